/* fix.h - FIX 4.2 and 4.4: messages in a byte stream, their tags, and the messages we speak.

   Pure codec.  Numbers, resends and heartbeats are the session's (fix/session.h); the exchange simulator
   uses the same codec from the other side.

      stream --fix_cut--> frame --fix_parse--> struct fix_message --fix_build--> bytes

   One struct for all messages, made of the rows of fix.def: a tag that is not there has no bit in present
   and its member is zero.  Texts point into the bytes that were parsed, or into the writer's own.

   Units      price_e4; rates are 1/100,000,000; quantities whole shares up to 32 bits; times ns since 1970.
   Invariant  (1) a frame begins with 8=, 9= and 35=, is as long as 9 says and ends with the right 10;
              (2) what fix_build writes, fix_cut and fix_parse read as the same struct;
              (3) no text with SOH in it can be written, so no field can be smuggled.
   Errors     a garbled frame is skipped and counted by the gate, nobody is told.  A frame that is whole but
              says what may not be said keeps its header; the first thing wrong is in reason and
              reason_tag, as a Reject (35=3) tells it. */
#ifndef SLUICE_WIRE_FIX_H
#define SLUICE_WIRE_FIX_H

#include "config/types.h"
#include "dataplane/wire/fix_scalar.h"

enum {
	FIX_MESSAGE_BYTES_MAX = 4096, /* longest message we write, 8= and 10= included */
	FIX_FRAME_BYTES_MAX = 16384,  /* longest we read                              */
	FIX_LONG_BYTES_MAX =
		65536, /* longest whose number we take without reading it: beyond that a length is none */
	FIX_TAG_NUMBER_MAX = 956,    /* highest tag of 4.4                           */
	FIX_TAG_NUMBER_MAX_42 = 446, /* and of 4.2                                   */
	FIX_TAG_USER_FIRST = 5000,   /* from here on tags belong to the peers        */
	FIX_TAIL_BYTES = 7,          /* 10=ddd and its SOH                           */
	FIX_SOH = 1,
};

enum fix_version { FIX_42 = 0, FIX_44 = 1, FIX_VERSION_OTHER = 2 };

/* The tags we know, by name; values are indexes, not numbers. */
enum fix_tag {
#define FIX_TAG(number, name, member, kind, place, values) FIX_##name,
#include "dataplane/wire/fix.def"
	FIX_TAG_COUNT,
};

enum fix_type {
	FIX_MSG_UNKNOWN = 0, /* no such message in any version                */
	FIX_MSG_FOREIGN = 1, /* defined by FIX or a peer, and we do not speak it */
#define FIX_MESSAGE(name, type, kind) FIX_MSG_##name,
#define FIX_ROW(tag, v42, v44)
#define FIX_CLOSE(name)
#include "dataplane/wire/fix.def"
	FIX_MSG_COUNT,
};

/* Bytes that somebody else owns. */
struct fix_text {
	const uint8_t *bytes;
	uint32_t size_bytes;
	uint32_t reserved;
};

struct fix_message {
	_Alignas(16) uint64_t present[2]; /* a bit per enum fix_tag                          */
	uint8_t version;                  /* enum fix_version                                */
	uint8_t type;                     /* enum fix_type                                   */
	uint8_t reason;                   /* enum fix_reason: the first thing wrong, or none */
	uint8_t reserved;
	uint32_t reason_tag;  /* the number of the tag it is about; 0: of none */
	uint32_t foreign_tag; /* first tag we do not know in the body; 0: none */
	uint32_t foreign_count;
	struct fix_text begin_string; /* 8 and 35 as they came; not written    */
	struct fix_text type_text;
#define FIX_MEMBER_TEXT(member)                            struct fix_text member;
#define FIX_MEMBER_ANY(member)                             struct fix_text member;
#define FIX_MEMBER_BYTES(member)                           struct fix_text member;
#define FIX_MEMBER_CHAR(member)                            uint64_t member;
#define FIX_MEMBER_BOOL(member)                            uint64_t member;
#define FIX_MEMBER_NUMBER(member)                          uint64_t member;
#define FIX_MEMBER_QTY(member)                             uint64_t member;
#define FIX_MEMBER_TIME(member)                            uint64_t member;
#define FIX_MEMBER_PRICE(member)                           int64_t member;
#define FIX_MEMBER_RATE(member)                            int64_t member;
#define FIX_TAG(number, name, member, kind, place, values) FIX_MEMBER_##kind(member)
#include "dataplane/wire/fix.def"
};

static inline bool fix_has(const struct fix_message *message, enum fix_tag tag)
{
	return (message->present[tag >> 6] >> (tag & 63) & 1) != 0;
}

/* --- reading --- */

enum fix_cut_verdict {
	FIX_WHOLE = 0,   /* frame holds a message                                    */
	FIX_MORE = 1,    /* not whole yet                                            */
	FIX_GARBLED = 2, /* what stood at the head is no message: skip it and go on  */
	FIX_LONG =
		3, /* longer than FIX_FRAME_BYTES_MAX: frame holds its length, and what to skip if it is not to be waited for */
};

struct fix_frame {
	const uint8_t *bytes;
	uint32_t size_bytes;
	uint32_t taken_bytes; /* of the stream: advance by this, whatever the verdict */
};

/* fix_cut reads one message at the head of a byte stream.  Garbled, or long: everything up to where the next message
   may begin is taken. */
enum fix_cut_verdict fix_cut(const uint8_t *bytes, uint32_t size_bytes, struct fix_frame *frame);

/* fix_tail_is_right tells whether a message ends as it must: with the SOH before 10= and 10=ddd, where ddd is the sum of all
   bytes before 10=. */
bool fix_tail_is_right(const uint8_t tail[FIX_TAIL_BYTES + 1], uint8_t sum);

/* What stands before the body of a message. */
struct fix_head {
	struct fix_text type, sender_comp_id, target_comp_id;
	uint64_t sequence; /* 0: none that can be read */
	bool is_poss_dup;
};

/* fix_head_read reads the header of a message of which at least that is there: size_bytes of it, its tail may be missing.  What is
   missing, or cannot be read, is empty. */
void fix_head_read(const uint8_t *bytes, uint32_t size_bytes, struct fix_head *head);

/* One field.  The value of a counted field may hold SOH. */
struct fix_field {
	uint32_t tag;
	uint32_t size_bytes;
	const uint8_t *value;
};

/* A walk over the fields of a frame, or of any bytes that should be fields. */
struct fix_walk {
	const uint8_t *at, *end;
	uint32_t counted_tag; /* the tag whose bytes were just counted; 0: none */
	uint32_t counted_bytes;
};

/* fix_next gives the next field.  FIX_NO_REASON: there was one, field->tag 0 means the end; else what is wrong
   with it, and then only field->tag is good (0 if not even that) and the walk stands behind it. */
enum fix_reason fix_next(struct fix_walk *walk, struct fix_field *field);

/* fix_parse reads a frame that fix_cut gave.  Always fills the header as far as it can be read; reason tells
   whether the message may be used. */
void fix_parse(const uint8_t *bytes, uint32_t size_bytes, struct fix_message *message);

/* --- writing --- */

/* fix_set_* give a tag its value and its bit.  The kind of the tag must be the one that is set (CHECK).
   Texts are not copied. */
void fix_set_text(
	struct fix_message *message, enum fix_tag tag, const void *bytes, uint32_t size_bytes);
void fix_set_number(struct fix_message *message, enum fix_tag tag, uint64_t value);
void fix_set_decimal(struct fix_message *message, enum fix_tag tag, int64_t value);

/* fix_begin_type makes an empty message. */
void fix_begin_type(struct fix_message *message, enum fix_version version, enum fix_type type);

/* fix_build writes a whole message: header, body in the order of its rows, and 8, 9, 10 around it.  Returns its
   size; 0 if it does not fit out_bytes, the version or type is none of ours, or a text holds what its kind may
   not.  Tags that the type does not have are left out. */
uint32_t fix_build(uint8_t *out, uint32_t out_bytes, const struct fix_message *message,
	enum fix_precision precision);

/* fix_build_body writes only the body's fields: what a store keeps of a message.  Returns UINT32_MAX instead
   of 0 when it cannot. */
uint32_t fix_build_body(uint8_t *out, uint32_t out_bytes, const struct fix_message *message,
	enum fix_precision precision);

/* fix_build_around writes a message whose body was written before; of message only the header counts. */
uint32_t fix_build_around(uint8_t *out, uint32_t out_bytes, const struct fix_message *message,
	const uint8_t *body, uint32_t body_bytes, enum fix_precision precision);

/* fix_shorten writes what fix_cut gave without what is not read of any message: tags that are in no row, and free text; nor is seen
   what is wrong with those.  All else stays as it is and where it is.  Returns its size; 0: it does not fit
   out_bytes so either. */
uint32_t fix_shorten(uint8_t *out, uint32_t out_bytes, const uint8_t *bytes, uint32_t size_bytes);

/* --- words --- */

/* fix_type_of finds a message by its character; FIX_MSG_UNKNOWN: none of ours. */
enum fix_type fix_type_of(uint8_t character);

/* fix_type_character gives it back; 0 for none of ours. */
uint8_t fix_type_character(enum fix_type type);

/* fix_type_is_admin tells the session's own messages from those of the application. */
bool fix_type_is_admin(enum fix_type type);

/* fix_tag_number gives a tag's number on the wire. */
uint32_t fix_tag_number(enum fix_tag tag);

/* fix_reason_text says a reason in words, for tag 58. */
const char *fix_reason_text(enum fix_reason reason);

/* fix_version_text gives the BeginString. */
const char *fix_version_text(enum fix_version version);

/* --- for the other files of the codec --- */

/* fix_type_read finds the type of a value of tag 35. */
enum fix_type fix_type_read(const uint8_t *at, uint32_t size_bytes);

/* fix_note keeps the first thing that is wrong. */
void fix_note(struct fix_message *message, enum fix_reason reason, uint32_t tag);

/* fix_takes_tag tells whether a message is taken with tags that its version does not know; fix_takes_word whether with a word
   of this tag that we cannot hold or read, or that is none, as if it were not said. */
bool fix_takes_tag(const struct fix_message *message);
bool fix_takes_word(const struct fix_message *message, enum fix_tag tag);

/* fix_check notes a type that is none, a tag that is missing or does not belong. */
void fix_check(struct fix_message *message);

#endif
