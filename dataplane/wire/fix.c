#include "dataplane/wire/fix.h"

#include <emmintrin.h>

enum { TAG_DIGITS_MAX = 6, SOH_BLOCK_BYTES = 16 };

/* --- walking over fields --- */

static const uint16_t counted_of[FIX_TAG_NUMBER_MAX + 1] = {
#define FIX_COUNTED(length, value) [length] = (value),
#include "dataplane/wire/fix.def"
};

/* soh_find gives the next SOH, or end. */
static inline const uint8_t *soh_find(const uint8_t *at, const uint8_t *end)
{
	const __m128i soh = _mm_set1_epi8(FIX_SOH);
	while (end - at >= SOH_BLOCK_BYTES) {
		__m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
		uint32_t mask = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, soh));
		if (mask != 0)
			return at + __builtin_ctz(mask);
		at += SOH_BLOCK_BYTES;
	}
	while (at < end && *at != FIX_SOH)
		at++;
	return at;
}

/* walk_tag reads "<number>=" at the walk; 0: it is none, and the walk is untouched. */
static inline uint32_t walk_tag(struct fix_walk *walk)
{
	const uint8_t *at = walk->at;
	uint32_t tag = 0;
	while (at < walk->end && *at >= '0' && *at <= '9' && at - walk->at < TAG_DIGITS_MAX)
		tag = tag * 10 + (uint32_t)(*at++ - '0');
	if (at == walk->end || *at != '=' || *walk->at == '0')
		return 0;
	walk->at = at + 1;
	return tag;
}

/* The counted value: as many bytes as the tag before it said, then SOH. */
static enum fix_reason walk_counted(struct fix_walk *walk, struct fix_field *field)
{
	uint32_t expected = counted_of[walk->counted_tag];
	walk->counted_tag = 0;
	size_t left = (size_t)(walk->end - walk->at);
	bool is_right = field->tag == expected && walk->counted_bytes < left &&
			walk->at[walk->counted_bytes] == FIX_SOH;
	field->value = walk->at;
	field->size_bytes = walk->counted_bytes;
	const uint8_t *end =
		is_right ? walk->at + walk->counted_bytes : soh_find(walk->at, walk->end);
	walk->at = end < walk->end ? end + 1 : end;
	if (field->tag != expected) {
		field->tag = expected;
		return FIX_REQUIRED_TAG_MISSING;
	}
	if (!is_right)
		return FIX_BAD_FORMAT;
	return field->size_bytes == 0 ? FIX_TAG_WITHOUT_VALUE : FIX_NO_REASON;
}

enum fix_reason fix_next(struct fix_walk *walk, struct fix_field *field)
{
	*field = (struct fix_field){0};
	if (walk->at == walk->end) {
		if (walk->counted_tag == 0)
			return FIX_NO_REASON;
		field->tag = counted_of[walk->counted_tag];
		walk->counted_tag = 0;
		return FIX_REQUIRED_TAG_MISSING;
	}
	field->tag = walk_tag(walk);
	if (UNLIKELY(walk->counted_tag != 0))
		return walk_counted(walk, field);
	const uint8_t *end = soh_find(walk->at, walk->end);
	field->value = walk->at;
	field->size_bytes = (uint32_t)(end - walk->at);
	walk->at = end < walk->end ? end + 1 : end;
	if (UNLIKELY(field->tag == 0))
		return FIX_INVALID_TAG;
	if (UNLIKELY(field->size_bytes == 0))
		return FIX_TAG_WITHOUT_VALUE;
	if (field->tag <= FIX_TAG_NUMBER_MAX && UNLIKELY(counted_of[field->tag] != 0)) {
		uint64_t count;
		enum fix_reason reason = fix_read_number(field->value, field->size_bytes, &count);
		if (reason != FIX_NO_REASON)
			return reason;
		walk->counted_tag = field->tag;
		walk->counted_bytes =
			count > FIX_LONG_BYTES_MAX ? FIX_LONG_BYTES_MAX : (uint32_t)count;
	}
	return FIX_NO_REASON;
}

/* --- reading a message --- */

enum { PLACE_HEAD = 1, PLACE_BODY = 2, PLACE_TAIL = 3 };

static const struct tag_row {
	uint16_t offset;
	uint8_t kind;
	const char *values;
} tag_rows[FIX_TAG_COUNT] = {
#define FIX_TAG(number, name, member, kind_, place, values_)                                       \
	[FIX_##name] = {.offset = offsetof(struct fix_message, member),                            \
		.kind = KIND_##kind_,                                                              \
		.values = (values_)},
#include "dataplane/wire/fix.def"
};

/* The index of a tag's row, plus one. */
static const uint8_t row_of[FIX_TAG_NUMBER_MAX + 1] = {
#define FIX_TAG(number, name, member, kind, place, values) [number] = FIX_##name + 1,
#include "dataplane/wire/fix.def"
};

/* Where a tag stands; 0: in the body, as most do. */
static const uint8_t place_of[FIX_TAG_NUMBER_MAX + 1] = {
#define FIX_TAG(number, name, member, kind, place, values) [number] = PLACE_##place,
#define FIX_HEAD(number)                                   [number] = PLACE_HEAD,
#include "dataplane/wire/fix.def"
	[8] = PLACE_HEAD,
	[9] = PLACE_HEAD,
	[35] = PLACE_HEAD,
	[93] = PLACE_TAIL,
	[89] = PLACE_TAIL,
};

static bool text_is_printable(const uint8_t *at, uint32_t size_bytes)
{
	uint8_t bad = 0;
	for (uint32_t i = 0; i < size_bytes; i++)
		bad |= (uint8_t)((uint8_t)(at[i] - ' ') > '~' - ' ');
	return bad == 0;
}

static enum fix_reason char_read(
	const struct fix_field *field, const char *values, uint64_t *character)
{
	if (field->size_bytes != 1 || !text_is_printable(field->value, 1))
		return FIX_BAD_FORMAT;
	*character = field->value[0];
	return values[0] == '\0' || strchr(values, field->value[0]) != NULL ? FIX_NO_REASON
									    : FIX_OUT_OF_RANGE;
}

static enum fix_reason bool_read(const struct fix_field *field, uint64_t *truth)
{
	bool is_yes = field->value[0] == 'Y';
	if (field->size_bytes != 1 || (!is_yes && field->value[0] != 'N'))
		return FIX_BAD_FORMAT;
	*truth = is_yes;
	return FIX_NO_REASON;
}

static enum fix_reason value_read(
	const struct tag_row *row, const struct fix_field *field, void *member)
{
	const uint8_t *at = field->value;
	uint32_t size = field->size_bytes;
	switch (row->kind) {
	case KIND_CHAR:
		return char_read(field, row->values, member);
	case KIND_BOOL:
		return bool_read(field, member);
	case KIND_NUMBER:
		return fix_read_number(at, size, member);
	case KIND_QTY:
		return fix_read_qty(at, size, member);
	case KIND_PRICE:
		return fix_read_price(at, size, member);
	case KIND_RATE:
		return fix_read_rate(at, size, member);
	case KIND_TIME:
		return fix_read_time(at, size, member);
	default: /* TEXT, ANY, BYTES */
		*(struct fix_text *)member = (struct fix_text){.bytes = at, .size_bytes = size};
		return row->kind != KIND_TEXT || text_is_printable(at, size) ? FIX_NO_REASON
									     : FIX_BAD_FORMAT;
	}
}

/* A tag that is in no row: of no version, or simply not ours. */
static enum fix_reason foreign_take(struct fix_message *message, uint32_t tag, uint32_t place)
{
	uint32_t highest = message->version == FIX_42 ? FIX_TAG_NUMBER_MAX_42 : FIX_TAG_NUMBER_MAX;
	if (tag == 8 || tag == 9 || tag == 35)
		return FIX_TAG_REPEATED;
	if (tag == 10)
		return FIX_TAG_ORDER;
	if (tag > highest && tag < FIX_TAG_USER_FIRST && !fix_takes_tag(message))
		return FIX_UNDEFINED_TAG;
	if (place == PLACE_BODY) {
		if (message->foreign_count++ == 0)
			message->foreign_tag = tag;
	}
	return FIX_NO_REASON;
}

/* unsay takes a word back. */
static void unsay(struct fix_message *message, enum fix_tag tag)
{
	uint8_t kind = tag_rows[tag].kind;
	bool is_text = kind == KIND_TEXT || kind == KIND_ANY || kind == KIND_BYTES;
	message->present[tag >> 6] &= ~(1ull << (tag & 63));
	memset((uint8_t *)message + tag_rows[tag].offset, 0,
		is_text ? sizeof(struct fix_text) : sizeof(uint64_t));
}

/* A tag without a value says as little as one that is not there, where it need not be. */
static bool is_nothing(
	const struct fix_message *message, const struct fix_field *field, enum fix_reason reason)
{
	uint32_t index = field->tag <= FIX_TAG_NUMBER_MAX ? row_of[field->tag] : 0;
	if (reason != FIX_TAG_WITHOUT_VALUE)
		return false;
	return index != 0 ? fix_takes_word(message, (enum fix_tag)(index - 1))
			  : fix_takes_tag(message);
}

static enum fix_reason field_take(
	struct fix_message *message, const struct fix_field *field, uint32_t *place)
{
	bool is_standard = field->tag <= FIX_TAG_NUMBER_MAX;
	uint32_t own = is_standard && place_of[field->tag] != 0 ? place_of[field->tag] : PLACE_BODY;
	uint32_t index = is_standard ? row_of[field->tag] : 0;
	/* Peers' own tags may stand anywhere, and the count of counted bytes is no field of its own. */
	bool is_out_of_order = own < *place && is_standard;
	if (is_standard && own > *place)
		*place = own;
	if (index == 0) {
		if (is_standard && counted_of[field->tag] != 0 &&
			row_of[counted_of[field->tag]] != 0)
			return is_out_of_order ? FIX_TAG_ORDER : FIX_NO_REASON;
		enum fix_reason reason = foreign_take(message, field->tag, own);
		return reason == FIX_NO_REASON && is_out_of_order ? FIX_TAG_ORDER : reason;
	}
	enum fix_tag tag = (enum fix_tag)(index - 1);
	if (fix_has(message, tag))
		return FIX_TAG_REPEATED;
	const struct tag_row *row = &tag_rows[tag];
	message->present[tag >> 6] |= 1ull << (tag & 63);
	enum fix_reason reason = value_read(row, field, (uint8_t *)message + row->offset);
	if (UNLIKELY(reason != FIX_NO_REASON) && fix_takes_word(message, tag)) {
		reason = FIX_NO_REASON;
		unsay(message, tag);
	}
	return reason == FIX_NO_REASON && is_out_of_order ? FIX_TAG_ORDER : reason;
}

/* message_open reads 8, 9 and 35, of which fix_cut has seen that they are there. */
static void message_open(struct fix_message *message, struct fix_walk *walk)
{
	struct fix_field field;
	const uint8_t *begin = walk->at + 2, *end = soh_find(begin, walk->end);
	uint32_t size_bytes = (uint32_t)(end - begin);
	message->begin_string = (struct fix_text){.bytes = begin, .size_bytes = size_bytes};
	message->version = FIX_VERSION_OTHER;
	for (uint32_t version = FIX_42; version <= FIX_44; version++) {
		const char *text = fix_version_text((enum fix_version)version);
		if (size_bytes == strlen(text) && memcmp(begin, text, size_bytes) == 0)
			message->version = (uint8_t)version;
	}
	walk->at = end + 1;
	fix_next(walk, &field);
	enum fix_reason reason = fix_next(walk, &field);
	message->type_text =
		(struct fix_text){.bytes = field.value, .size_bytes = field.size_bytes};
	message->type = (uint8_t)fix_type_read(field.value, field.size_bytes);
	if (reason != FIX_NO_REASON)
		fix_note(message, reason, field.tag);
}

/* 16-byte stores: for this size gcc would turn a memset into `rep stos`, which takes longer to start. */
typedef uint64_t clear_line __attribute__((vector_size(16), aligned(8), may_alias));
_Static_assert(sizeof(struct fix_message) % sizeof(clear_line) == 0, "whole lines");

static inline void message_clear(clear_line *line)
{
	for (size_t i = 0; i < sizeof(struct fix_message) / sizeof *line; i++)
		line[i] = (clear_line){0, 0};
}

void fix_parse(const uint8_t *bytes, uint32_t size_bytes, struct fix_message *message)
{
	struct fix_field field;
	uint32_t place = PLACE_HEAD;
	CHECK(size_bytes > FIX_TAIL_BYTES);
	struct fix_walk walk = {.at = bytes, .end = bytes + size_bytes - FIX_TAIL_BYTES};
	message_clear((clear_line *)message);
	message->reason = FIX_NO_REASON;
	message_open(message, &walk);
	for (;;) {
		enum fix_reason reason = fix_next(&walk, &field);
		if (reason == FIX_NO_REASON && field.tag == 0)
			break;
		if (reason == FIX_NO_REASON)
			reason = field_take(message, &field, &place);
		else if (is_nothing(message, &field, reason))
			continue;
		if (UNLIKELY(reason != FIX_NO_REASON))
			fix_note(message, reason, field.tag);
	}
	fix_check(message);
}
