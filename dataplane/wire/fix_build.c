/* fix_build.c - structs to messages (fix.h). */
#include "dataplane/wire/fix.h"

enum {
	LENGTH_DIGITS = 3, /* that are kept free for 9: most messages are 100 to 999 bytes long */
	TAG_BYTES_MAX = 4, /* of a number and its "=" */
};

static const struct build_row {
	uint16_t offset;
	uint8_t kind;
	uint8_t name_bytes;
	char name[TAG_BYTES_MAX + 1];
} rows[FIX_TAG_COUNT] = {
#define FIX_TAG(number, name_, member, kind_, place, values)                                       \
	[FIX_##name_] = {.offset = offsetof(struct fix_message, member),                           \
		.kind = KIND_##kind_,                                                              \
		.name_bytes = sizeof(#number "=") - 1,                                             \
		.name = #number "="},
#include "dataplane/wire/fix.def"
};

static const uint16_t count_of[FIX_TAG_NUMBER_MAX + 1] = {
#define FIX_COUNTED(length, value) [value] = (length),
#include "dataplane/wire/fix.def"
};

/* The tags of each type's body, in the order in which they are written. */
#define FIX_MESSAGE(name, type, kind) static const uint8_t body_##name[] = {
#define FIX_ROW(tag, v42, v44)        FIX_##tag,
#define FIX_CLOSE(name)                                                                            \
	}                                                                                          \
	;
#include "dataplane/wire/fix.def"

static const struct body_row {
	const uint8_t *tags;
	uint32_t count;
} bodies[FIX_MSG_COUNT] = {
#define FIX_MESSAGE(name, type, kind) [FIX_MSG_##name] = {body_##name, sizeof body_##name},
#define FIX_ROW(tag, v42, v44)
#define FIX_CLOSE(name)
#include "dataplane/wire/fix.def"
};

/* Where writing goes on.  Once something did not fit, or may not be written, nothing more is. */
struct writer {
	uint8_t *at, *end;
	bool is_unfit;
};

static bool writer_room(struct writer *writer, size_t size_bytes)
{
	writer->is_unfit |= (size_t)(writer->end - writer->at) < size_bytes;
	return !writer->is_unfit;
}

static void put_bytes(struct writer *writer, const void *bytes, uint32_t size_bytes)
{
	if (size_bytes == 0 || !writer_room(writer, size_bytes))
		return;
	memcpy(writer->at, bytes, size_bytes);
	writer->at += size_bytes;
}

static void put_character(struct writer *writer, uint8_t character)
{
	put_bytes(writer, &character, 1);
}

/* put_text writes a value that its kind allows: what SOH or nothing at all would make of it is refused. */
static void put_text(struct writer *writer, const struct fix_text *text, uint32_t kind)
{
	writer->is_unfit |= text->size_bytes == 0;
	for (uint32_t i = 0; i < text->size_bytes && kind != KIND_BYTES; i++) {
		uint8_t c = text->bytes[i];
		writer->is_unfit |= kind == KIND_ANY ? c == FIX_SOH : c < ' ' || c > '~';
	}
	put_bytes(writer, text->bytes, text->size_bytes);
}

static void put_count(struct writer *writer, uint32_t number, uint32_t size_bytes)
{
	if (!writer_room(writer, 2 * FIX_NUMBER_BYTES_MAX + 2))
		return;
	writer->at += fix_write_number(writer->at, count_of[number]);
	*writer->at++ = '=';
	writer->at += fix_write_number(writer->at, size_bytes);
	*writer->at++ = FIX_SOH;
}

static void put_character_value(struct writer *writer, uint64_t character)
{
	writer->is_unfit |= character < ' ' || character > '~';
	put_character(writer, (uint8_t)character);
}

/* put_scalar writes a number of some kind; member is its 64 bits. */
static void put_scalar(
	struct writer *writer, uint32_t kind, const void *member, enum fix_precision precision)
{
	uint64_t number;
	int64_t decimal;
	memcpy(&number, member, sizeof number);
	memcpy(&decimal, member, sizeof decimal);
	if (!writer_room(writer, FIX_TIME_BYTES_MAX))
		return;
	if (kind == KIND_PRICE)
		writer->at += fix_write_price(writer->at, decimal);
	else if (kind == KIND_RATE)
		writer->at += fix_write_rate(writer->at, decimal);
	else if (kind == KIND_TIME)
		writer->at += fix_write_time(writer->at, number, precision);
	else
		writer->at += fix_write_number(writer->at, number);
}

static void put_field(struct writer *writer, const struct fix_message *message, enum fix_tag tag,
	enum fix_precision precision)
{
	const struct build_row *row = &rows[tag];
	const uint8_t *member = (const uint8_t *)message + row->offset;
	const struct fix_text *text = (const struct fix_text *)(const void *)member;
	const uint64_t *number = (const uint64_t *)(const void *)member;
	if (row->kind == KIND_BYTES)
		put_count(writer, fix_tag_number(tag), text->size_bytes);
	put_bytes(writer, row->name, row->name_bytes);
	switch (row->kind) {
	case KIND_TEXT:
	case KIND_ANY:
	case KIND_BYTES:
		put_text(writer, text, row->kind);
		break;
	case KIND_CHAR:
		put_character_value(writer, *number);
		break;
	case KIND_BOOL:
		put_character(writer, *number != 0 ? 'Y' : 'N');
		break;
	default:
		put_scalar(writer, row->kind, member, precision);
	}
	put_character(writer, FIX_SOH);
}

static void put_body(
	struct writer *writer, const struct fix_message *message, enum fix_precision precision)
{
	const struct body_row *body = &bodies[message->type];
	for (uint32_t i = 0; i < body->count; i++) {
		enum fix_tag tag = (enum fix_tag)body->tags[i];
		if (fix_has(message, tag))
			put_field(writer, message, tag, precision);
	}
}

/* put_head writes 8, a place for 9, 35 and the header; returns where the counted bytes begin. */
static uint8_t *put_head(
	struct writer *writer, const struct fix_message *message, enum fix_precision precision)
{
	static const char length[] = {FIX_SOH, '9', '=', '0', '0', '0', FIX_SOH};
	static const char type[] = {'3', '5', '='};
	const char *version = fix_version_text((enum fix_version)message->version);
	uint8_t character = fix_type_character((enum fix_type)message->type);
	writer->is_unfit |= version[0] == '\0' || character == 0;
	put_bytes(writer, "8=", 2);
	put_bytes(writer, version, (uint32_t)strlen(version));
	put_bytes(writer, length, sizeof length);
	uint8_t *counted = writer->at;
	put_bytes(writer, type, sizeof type);
	put_character(writer, character);
	put_character(writer, FIX_SOH);
	for (uint32_t tag = 0; tag < FIX_ENCRYPT_METHOD; tag++) {
		if (fix_has(message, (enum fix_tag)tag))
			put_field(writer, message, (enum fix_tag)tag, precision);
	}
	return counted;
}

/* close_length writes 9 where its place is; what follows moves if it has not three digits. */
static void close_length(struct writer *writer, uint8_t *counted)
{
	uint8_t digits[FIX_NUMBER_BYTES_MAX];
	uint32_t length = (uint32_t)(writer->at - counted);
	uint32_t count = fix_write_number(digits, length);
	uint8_t *place = counted - 1 - LENGTH_DIGITS;
	if (count > LENGTH_DIGITS && !writer_room(writer, count - LENGTH_DIGITS))
		return;
	if (count != LENGTH_DIGITS)
		memmove(place + count, counted - 1, length + 1);
	memcpy(place, digits, count);
	writer->at = place + count + 1 + length;
}

static void close_sum(struct writer *writer, const uint8_t *first)
{
	uint8_t sum = 0;
	if (!writer_room(writer, FIX_TAIL_BYTES))
		return;
	for (const uint8_t *at = first; at < writer->at; at++)
		sum = (uint8_t)(sum + *at);
	uint8_t tail[FIX_TAIL_BYTES] = {'1', '0', '=', (uint8_t)('0' + sum / 100),
		(uint8_t)('0' + sum / 10 % 10), (uint8_t)('0' + sum % 10), FIX_SOH};
	put_bytes(writer, tail, sizeof tail);
}

static uint32_t build(uint8_t *out, uint32_t out_bytes, const struct fix_message *message,
	const uint8_t *body, uint32_t body_bytes, enum fix_precision precision)
{
	struct writer writer = {.at = out, .end = out + out_bytes};
	uint8_t *counted = put_head(&writer, message, precision);
	if (body == NULL)
		put_body(&writer, message, precision);
	else
		put_bytes(&writer, body, body_bytes);
	if (writer.is_unfit)
		return 0;
	close_length(&writer, counted);
	close_sum(&writer, out);
	uint32_t size = (uint32_t)(writer.at - out);
	return writer.is_unfit || size > FIX_MESSAGE_BYTES_MAX ? 0 : size;
}

uint32_t fix_build(uint8_t *out, uint32_t out_bytes, const struct fix_message *message,
	enum fix_precision precision)
{
	return build(out, out_bytes, message, NULL, 0, precision);
}

uint32_t fix_build_around(uint8_t *out, uint32_t out_bytes, const struct fix_message *message,
	const uint8_t *body, uint32_t body_bytes, enum fix_precision precision)
{
	return build(out, out_bytes, message, body, body_bytes, precision);
}

uint32_t fix_build_body(uint8_t *out, uint32_t out_bytes, const struct fix_message *message,
	enum fix_precision precision)
{
	struct writer writer = {.at = out, .end = out + out_bytes};
	put_body(&writer, message, precision);
	return writer.is_unfit ? UINT32_MAX : (uint32_t)(writer.at - out);
}

/* --- leaving out --- */

/* What is read of a message by its number: not its free text, nor what is counted. */
static const uint8_t is_read[FIX_TAG_NUMBER_MAX + 1] = {
#define FIX_TAG(number, name_, member, kind_, place, values)                                       \
	[number] = KIND_##kind_ != KIND_ANY && KIND_##kind_ != KIND_BYTES,
#include "dataplane/wire/fix.def"
	[35] = 1,
};

uint32_t fix_shorten(uint8_t *out, uint32_t out_bytes, const uint8_t *bytes, uint32_t size_bytes)
{
	static const char length[] = {'9', '=', '0', '0', '0', FIX_SOH};
	struct writer writer = {.at = out, .end = out + out_bytes};
	struct fix_walk walk = {.at = bytes, .end = bytes + size_bytes - FIX_TAIL_BYTES};
	struct fix_field field;
	CHECK(size_bytes > FIX_TAIL_BYTES);
	fix_next(&walk, &field);
	put_bytes(&writer, bytes, (uint32_t)(walk.at - bytes));
	put_bytes(&writer, length, sizeof length);
	uint8_t *counted = writer.at;
	fix_next(&walk, &field); /* the length it had */
	for (;;) {
		const uint8_t *from = walk.at;
		enum fix_reason reason = fix_next(&walk, &field);
		if (reason == FIX_NO_REASON && field.tag == 0)
			break;
		if (field.tag <= FIX_TAG_NUMBER_MAX && is_read[field.tag])
			put_bytes(&writer, from, (uint32_t)(walk.at - from));
	}
	if (writer.is_unfit)
		return 0;
	close_length(&writer, counted);
	close_sum(&writer, out);
	return writer.is_unfit ? 0 : (uint32_t)(writer.at - out);
}

/* --- giving values --- */

static void *member_of(struct fix_message *message, enum fix_tag tag)
{
	message->present[tag >> 6] |= 1ull << (tag & 63);
	return (uint8_t *)message + rows[tag].offset;
}

void fix_set_text(
	struct fix_message *message, enum fix_tag tag, const void *bytes, uint32_t size_bytes)
{
	uint32_t kind = rows[tag].kind;
	CHECK(kind == KIND_TEXT || kind == KIND_ANY || kind == KIND_BYTES);
	*(struct fix_text *)member_of(message, tag) =
		(struct fix_text){.bytes = bytes, .size_bytes = size_bytes};
}

void fix_set_number(struct fix_message *message, enum fix_tag tag, uint64_t value)
{
	uint32_t kind = rows[tag].kind;
	CHECK(kind == KIND_CHAR || kind == KIND_BOOL || kind == KIND_NUMBER || kind == KIND_QTY ||
		kind == KIND_TIME);
	*(uint64_t *)member_of(message, tag) = value;
}

void fix_set_decimal(struct fix_message *message, enum fix_tag tag, int64_t value)
{
	CHECK(rows[tag].kind == KIND_PRICE || rows[tag].kind == KIND_RATE);
	*(int64_t *)member_of(message, tag) = value;
}

void fix_begin_type(struct fix_message *message, enum fix_version version, enum fix_type type)
{
	memset(message, 0, sizeof *message);
	message->version = (uint8_t)version;
	message->type = (uint8_t)type;
	message->reason = FIX_NO_REASON;
}
