/* ouch50.c - see ouch50.h.

   The rows of ouch50.def become one switch per direction and way: each type is straight-line loads or
   stores at constant offsets, so the types an order's life is made of cost no table walk. */
#include "dataplane/wire/ouch50.h"

#include "dataplane/wire/field.h"
#include "dataplane/wire/ouch50_is.h"

enum { OPTION_HEADER_BYTES = 2, AIQ_CANCELED_BYTES = 32 };

enum option_kind { KIND_NONE = 0, KIND_UNSIGNED = 1, KIND_SIGNED = 2, KIND_TEXT = 3 };

static const struct option_row {
	uint8_t bytes, kind;
} option_rows[32] = {
#define OUCH_OPTION(tag, name, size, kind_) [tag] = {.bytes = size, .kind = KIND_##kind_},
#include "dataplane/wire/ouch50.def"
};

enum {
	OPTION_MASK = 0
#define OUCH_OPTION(tag, name, size, kind) | 1u << tag
#include "dataplane/wire/ouch50.def"
};

uint8_t ouch50_option_bytes(uint8_t tag)
{
	return tag < ARRAY_COUNT(option_rows) ? option_rows[tag].bytes : 0;
}

bool ouch50_side(uint8_t character, enum side *side)
{
	if (character != 'B' && character != 'S' && character != 'T' && character != 'E')
		return false;
	*side = character == 'B' ? SIDE_BUY : SIDE_SELL;
	return true;
}

static int64_t value_read(const uint8_t *at, struct option_row row)
{
	switch (row.bytes) {
	case 1:
		return at[0];
	case 2:
		return load_be16(at);
	case 4:
		return row.kind == KIND_SIGNED ? (int32_t)load_be32(at) : (int64_t)load_be32(at);
	default:
		return (int64_t)load_be64(at);
	}
}

static void value_write(uint8_t *at, struct option_row row, int64_t value)
{
	switch (row.bytes) {
	case 1:
		at[0] = (uint8_t)value;
		break;
	case 2:
		store_be16(at, (uint16_t)value);
		break;
	case 4:
		store_be32(at, (uint32_t)value);
		break;
	default:
		store_be64(at, (uint64_t)value);
	}
}

/* options_read takes the elements of one appendage: length (of tag and value), tag, value. */
static enum ouch_verdict options_read(
	const uint8_t *at, const uint8_t *end, struct ouch_options *options)
{
	while (at < end) {
		uint32_t length = at[0];
		if (length == 0 || length >= (size_t)(end - at))
			return OUCH_SHORT;
		uint8_t tag = at[1];
		if (tag < ARRAY_COUNT(option_rows) && option_rows[tag].bytes != 0) {
			if (length != 1u + option_rows[tag].bytes)
				return OUCH_SHORT;
			options->present |= 1u << tag;
			options->value[tag] =
				value_read(at + OPTION_HEADER_BYTES, option_rows[tag]);
		} else {
			options->present |= OUCH_OPTION_UNKNOWN;
		}
		at += 1 + length;
	}
	return OUCH_OK;
}

/* FIXED: the length field is the end of the fixed part. */
static inline enum ouch_verdict FIXED_read(const uint8_t *wire, uint32_t size_bytes,
	uint32_t fixed_bytes, struct ouch_options *options)
{
	uint32_t length = load_be16(wire + fixed_bytes - OUCH_APPENDAGE_LENGTH_BYTES);
	if (LIKELY(length == 0))
		return OUCH_OK;
	if (length > size_bytes - fixed_bytes)
		return OUCH_SHORT;
	return options_read(wire + fixed_bytes, wire + fixed_bytes + length, options);
}

/* LATE: length and options are there only if bytes remain. */
static inline enum ouch_verdict LATE_read(const uint8_t *wire, uint32_t size_bytes,
	uint32_t fixed_bytes, struct ouch_options *options)
{
	if (LIKELY(size_bytes == fixed_bytes))
		return OUCH_OK;
	if (size_bytes < fixed_bytes + OUCH_APPENDAGE_LENGTH_BYTES)
		return OUCH_SHORT;
	return FIXED_read(wire, size_bytes, fixed_bytes + OUCH_APPENDAGE_LENGTH_BYTES, options);
}

static inline enum ouch_verdict NONE_read(const uint8_t *wire, uint32_t size_bytes,
	uint32_t fixed_bytes, struct ouch_options *options)
{
	(void)wire, (void)size_bytes, (void)fixed_bytes, (void)options;
	return OUCH_OK;
}

_Static_assert(sizeof(struct ouch_in) % sizeof(field_line) == 0, "whole lines");
_Static_assert(sizeof(struct ouch_out) % sizeof(field_line) == 0, "whole lines");

/* One byte is there: it said the type. */
#define MESSAGE_READ(type_, bytes)                                                                 \
	case type_:                                                                                \
		if (UNLIKELY((bytes) > 1 && size_bytes < (bytes)))                                 \
			return OUCH_SHORT;

enum ouch_verdict ouch50_parse_in(const uint8_t *wire, uint32_t size_bytes, struct ouch_in *message)
{
	if (UNLIKELY(size_bytes == 0))
		return OUCH_SHORT;
	field_clear((field_line *)message, sizeof *message);
	message->type = wire[0];
	switch (wire[0]) {
#define OUCH_ROWS_IN
#define OUCH_IN(type_, name, bytes, rule) MESSAGE_READ(type_, bytes)
#define OUCH_FIELD(name, offset, bytes, kind, member)                                              \
	_Static_assert(sizeof message->member == (bytes), #name);                                  \
	kind##_LOAD(message->member, wire + (offset));
#define OUCH_CLOSE(bytes, rule) return rule##_read(wire, size_bytes, bytes, &message->options);
#include "dataplane/wire/ouch50.def"
	default:
		return OUCH_UNKNOWN;
	}
}

enum ouch_verdict ouch50_parse_out(
	const uint8_t *wire, uint32_t size_bytes, struct ouch_out *message)
{
	uint8_t older[AIQ_CANCELED_BYTES];
	if (UNLIKELY(size_bytes == 0))
		return OUCH_SHORT;
	if (UNLIKELY(wire[0] == 'D' && size_bytes == AIQ_CANCELED_BYTES - 1)) {
		memcpy(older, wire, size_bytes);
		older[size_bytes++] = 0; /* before revision 1.03: no strategy */
		wire = older;
	}
	field_clear((field_line *)message, sizeof *message);
	message->type = wire[0];
	switch (wire[0]) {
#define OUCH_ROWS_OUT
#define OUCH_OUT(type_, name, bytes, rule) MESSAGE_READ(type_, bytes)
#define OUCH_FIELD(name, offset, bytes, kind, member)                                              \
	_Static_assert(sizeof message->member == (bytes), #name);                                  \
	kind##_LOAD(message->member, wire + (offset));
#define OUCH_CLOSE(bytes, rule) return rule##_read(wire, size_bytes, bytes, &message->options);
#include "dataplane/wire/ouch50.def"
	default:
		return OUCH_UNKNOWN;
	}
}

/* options_write appends the elements in rising tag order; returns how many bytes, or UINT32_MAX if
   they do not fit. */
APART static uint32_t options_write(uint8_t *at, uint32_t room, const struct ouch_options *options)
{
	uint32_t size = 0;
	for (uint32_t left = options->present & OPTION_MASK; left != 0; left &= left - 1) {
		uint32_t tag = (uint32_t)__builtin_ctz(left);
		struct option_row row = option_rows[tag];
		if (room - size < (uint32_t)row.bytes + OPTION_HEADER_BYTES)
			return UINT32_MAX;
		at[size] = (uint8_t)(row.bytes + 1);
		at[size + 1] = (uint8_t)tag;
		value_write(at + size + OPTION_HEADER_BYTES, row, options->value[tag]);
		size += (uint32_t)row.bytes + OPTION_HEADER_BYTES;
	}
	return size;
}

static inline uint32_t FIXED_write(
	uint8_t *out, uint32_t out_bytes, uint32_t fixed_bytes, const struct ouch_options *options)
{
	uint32_t size = 0;
	if (UNLIKELY((options->present & OPTION_MASK) != 0))
		size = options_write(out + fixed_bytes, out_bytes - fixed_bytes, options);
	if (UNLIKELY(size == UINT32_MAX))
		return 0;
	store_be16(out + fixed_bytes - OUCH_APPENDAGE_LENGTH_BYTES, (uint16_t)size);
	return fixed_bytes + size;
}

static inline uint32_t LATE_write(
	uint8_t *out, uint32_t out_bytes, uint32_t fixed_bytes, const struct ouch_options *options)
{
	if (LIKELY((options->present & OPTION_MASK) == 0))
		return fixed_bytes;
	if (out_bytes - fixed_bytes < OUCH_APPENDAGE_LENGTH_BYTES)
		return 0;
	return FIXED_write(out, out_bytes, fixed_bytes + OUCH_APPENDAGE_LENGTH_BYTES, options);
}

static inline uint32_t NONE_write(
	uint8_t *out, uint32_t out_bytes, uint32_t fixed_bytes, const struct ouch_options *options)
{
	(void)out, (void)out_bytes, (void)options;
	return fixed_bytes;
}

#define MESSAGE_WRITE(type_, bytes)                                                                \
	case type_:                                                                                \
		if (UNLIKELY(out_bytes < (bytes)))                                                 \
			return 0;                                                                  \
		out[0] = (type_);

uint32_t ouch50_build_in(uint8_t *out, uint32_t out_bytes, const struct ouch_in *message)
{
	switch (message->type) {
#define OUCH_ROWS_IN
#define OUCH_IN(type_, name, bytes, rule)             MESSAGE_WRITE(type_, bytes)
#define OUCH_FIELD(name, offset, bytes, kind, member) kind##_STORE(message->member, out + (offset));
#define OUCH_CLOSE(bytes, rule)                       return rule##_write(out, out_bytes, bytes, &message->options);
#include "dataplane/wire/ouch50.def"
	default:
		return 0;
	}
}

/* With options it is made again. */
APART static bool is_built(const uint8_t *bytes, uint32_t size_bytes, const struct ouch_in *message)
{
	uint8_t again[MESSAGE_BYTES_MAX];
	uint32_t size = ouch50_build_in(again, sizeof again, message);
	return size != 0 && size == size_bytes && memcmp(again, bytes, size) == 0;
}

bool ouch50_is_in(const uint8_t *bytes, uint32_t size_bytes, const struct ouch_in *message)
{
	if (UNLIKELY((message->options.present & OPTION_MASK) != 0))
		return is_built(bytes, size_bytes, message);
	return ouch50_is_plain(message->type, bytes, size_bytes, 0, message);
}

uint32_t ouch50_build_out(uint8_t *out, uint32_t out_bytes, const struct ouch_out *message)
{
	switch (message->type) {
#define OUCH_ROWS_OUT
#define OUCH_OUT(type_, name, bytes, rule)            MESSAGE_WRITE(type_, bytes)
#define OUCH_FIELD(name, offset, bytes, kind, member) kind##_STORE(message->member, out + (offset));
#define OUCH_CLOSE(bytes, rule)                       return rule##_write(out, out_bytes, bytes, &message->options);
#include "dataplane/wire/ouch50.def"
	default:
		return 0;
	}
}
