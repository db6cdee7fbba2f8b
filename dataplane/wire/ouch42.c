/* ouch42.c - see ouch42.h.  The rows of ouch42.def become one switch per direction and way. */
#include "dataplane/wire/ouch42.h"

#include "dataplane/wire/field.h"

_Static_assert(sizeof(struct ouch42_in) % sizeof(field_line) == 0, "whole lines");
_Static_assert(sizeof(struct ouch42_out) % sizeof(field_line) == 0, "whole lines");

#define OUCH42_READ(type_, bytes)                                                                  \
	case type_:                                                                                \
		if (UNLIKELY(size_bytes < (bytes)))                                                \
			return OUCH_SHORT;

enum ouch_verdict ouch42_parse_in(
	const uint8_t *wire, uint32_t size_bytes, struct ouch42_in *message)
{
	if (UNLIKELY(size_bytes == 0))
		return OUCH_SHORT;
	field_clear((field_line *)message, sizeof *message);
	message->type = wire[0];
	switch (wire[0]) {
#define OUCH42_ROWS_IN
#define OUCH42_IN(type_, name, bytes) OUCH42_READ(type_, bytes)
#define OUCH42_FIELD(name, offset, bytes, kind, member)                                            \
	_Static_assert(sizeof message->member == (bytes), #name);                                  \
	kind##_LOAD(message->member, wire + (offset));
#define OUCH42_CLOSE(bytes) return OUCH_OK;
#include "dataplane/wire/ouch42.def"
	default:
		return OUCH_UNKNOWN;
	}
}

enum ouch_verdict ouch42_parse_out(
	const uint8_t *wire, uint32_t size_bytes, struct ouch42_out *message)
{
	if (UNLIKELY(size_bytes == 0))
		return OUCH_SHORT;
	field_clear((field_line *)message, sizeof *message);
	message->type = wire[0];
	switch (wire[0]) {
#define OUCH42_ROWS_OUT
#define OUCH42_OUT(type_, name, bytes) OUCH42_READ(type_, bytes)
#define OUCH42_FIELD(name, offset, bytes, kind, member)                                            \
	_Static_assert(sizeof message->member == (bytes), #name);                                  \
	kind##_LOAD(message->member, wire + (offset));
#define OUCH42_CLOSE(bytes) return OUCH_OK;
#include "dataplane/wire/ouch42.def"
	default:
		return OUCH_UNKNOWN;
	}
}

#define OUCH42_WRITE(type_, bytes)                                                                 \
	case type_:                                                                                \
		if (UNLIKELY(out_bytes < (bytes)))                                                 \
			return 0;                                                                  \
		out[0] = (type_);

uint32_t ouch42_build_in(uint8_t *out, uint32_t out_bytes, const struct ouch42_in *message)
{
	switch (message->type) {
#define OUCH42_ROWS_IN
#define OUCH42_IN(type_, name, bytes) OUCH42_WRITE(type_, bytes)
#define OUCH42_FIELD(name, offset, bytes, kind, member)                                            \
	kind##_STORE(message->member, out + (offset));
#define OUCH42_CLOSE(bytes) return bytes;
#include "dataplane/wire/ouch42.def"
	default:
		return 0;
	}
}

uint32_t ouch42_build_out(uint8_t *out, uint32_t out_bytes, const struct ouch42_out *message)
{
	switch (message->type) {
#define OUCH42_ROWS_OUT
#define OUCH42_OUT(type_, name, bytes) OUCH42_WRITE(type_, bytes)
#define OUCH42_FIELD(name, offset, bytes, kind, member)                                            \
	kind##_STORE(message->member, out + (offset));
#define OUCH42_CLOSE(bytes) return bytes;
#include "dataplane/wire/ouch42.def"
	default:
		return 0;
	}
}

uint16_t ouch42_reject_code(uint8_t letter)
{
	static const uint16_t codes[256] = {
#define OUCH42_REJECT(letter_, code, sentence) [letter_] = code,
#include "dataplane/wire/ouch42.def"
	};
	return codes[letter] != 0 ? codes[letter] : codes['O'];
}

uint8_t ouch42_reject_letter(uint16_t code)
{
	static const uint8_t letters[] = {
#define OUCH42_CODE(code_, letter) [code_] = (letter),
#include "dataplane/wire/ouch42.def"
	};
	return code < ARRAY_COUNT(letters) && letters[code] != 0 ? letters[code] : 'O';
}
