/* ouch50_is.h - are these bytes a message, up to its options?

   In line, for a caller who knows the type: of the rows of ouch50.def only that one's fields are left, compared where they
   lie, and the message that they are compared with need not be made in memory.

   Pure. */
#ifndef SLUICE_WIRE_OUCH50_IS_H
#define SLUICE_WIRE_OUCH50_IS_H

#include "dataplane/wire/field.h"
#include "dataplane/wire/ouch50.h"

/* Where the fixed part ends with the length of the options, that is theirs; a message without has no room for any. */
#define FIXED_DIFFERS(bytes_, size, more)                                                          \
	(load_be16((bytes_) + (size)-OUCH_APPENDAGE_LENGTH_BYTES) ^ (more))
#define LATE_DIFFERS(bytes_, size, more) (more)
#define NONE_DIFFERS(bytes_, size, more) (more)

/* ouch50_is_plain tells whether bytes are exactly what ouch50_build_in makes of a message of this type, if its options take
   option_bytes, which are the caller's to look at: the last of bytes. */
static inline __attribute__((always_inline)) bool ouch50_is_plain(uint8_t type,
	const uint8_t *bytes, uint32_t size_bytes, uint32_t option_bytes,
	const struct ouch_in *message)
{
	uint64_t differs = 0;
	switch (type) {
#define OUCH_ROWS_IN
#define OUCH_IN(type_, name, fixed_bytes, rule)                                                    \
	case type_:                                                                                \
		if (size_bytes != (fixed_bytes) + option_bytes || bytes[0] != (type_))             \
			return false;
#define OUCH_FIELD(name, offset, size, kind, member)                                               \
	differs |= kind##_DIFFERS(message->member, bytes + (offset));
#define OUCH_CLOSE(fixed_bytes, rule)                                                              \
	return (differs | rule##_DIFFERS(bytes, fixed_bytes, option_bytes)) == 0;
#include "dataplane/wire/ouch50.def"
	default:
		return false;
	}
}

#endif
