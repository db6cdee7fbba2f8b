/* fix_rules.c - what each message must and may have, and the words for it (fix.h). */
#include "dataplane/wire/fix.h"

enum { OWN_TYPE_BYTES_MAX = 8 };
enum { TAKES_ROWS = 0, TAKES_TAGS = 1, TAKES_WORDS = 2 };

#define LOW(tag)           ((FIX_##tag) < 64 ? 1ull << ((FIX_##tag) & 63) : 0)
#define HIGH(tag)          ((FIX_##tag) >= 64 ? 1ull << ((FIX_##tag) & 63) : 0)
#define MUST_R             1
#define MUST_O             0
#define MUST_N             0
#define MAY_R              1
#define MAY_O              1
#define MAY_N              0
#define FIX_CLOSE_ROW      ,
#define FIX_OPEN_ROW(name) [FIX_MSG_##name] = 0

static const uint64_t must[2][2][FIX_MSG_COUNT] = {
	{{
#define FIX_MESSAGE(name, type, kind) FIX_OPEN_ROW(name)
#define FIX_ROW(tag, v42, v44)        | (MUST_##v42 * LOW(tag))
#define FIX_CLOSE(name)               FIX_CLOSE_ROW
#include "dataplane/wire/fix.def"
	 },
		{
#define FIX_MESSAGE(name, type, kind) FIX_OPEN_ROW(name)
#define FIX_ROW(tag, v42, v44)        | (MUST_##v42 * HIGH(tag))
#define FIX_CLOSE(name)               FIX_CLOSE_ROW
#include "dataplane/wire/fix.def"
		}},
	{{
#define FIX_MESSAGE(name, type, kind) FIX_OPEN_ROW(name)
#define FIX_ROW(tag, v42, v44)        | (MUST_##v44 * LOW(tag))
#define FIX_CLOSE(name)               FIX_CLOSE_ROW
#include "dataplane/wire/fix.def"
	 },
		{
#define FIX_MESSAGE(name, type, kind) FIX_OPEN_ROW(name)
#define FIX_ROW(tag, v42, v44)        | (MUST_##v44 * HIGH(tag))
#define FIX_CLOSE(name)               FIX_CLOSE_ROW
#include "dataplane/wire/fix.def"
		}},
};

static const uint64_t may[2][2][FIX_MSG_COUNT] = {
	{{
#define FIX_MESSAGE(name, type, kind) FIX_OPEN_ROW(name)
#define FIX_ROW(tag, v42, v44)        | (MAY_##v42 * LOW(tag))
#define FIX_CLOSE(name)               FIX_CLOSE_ROW
#include "dataplane/wire/fix.def"
	 },
		{
#define FIX_MESSAGE(name, type, kind) FIX_OPEN_ROW(name)
#define FIX_ROW(tag, v42, v44)        | (MAY_##v42 * HIGH(tag))
#define FIX_CLOSE(name)               FIX_CLOSE_ROW
#include "dataplane/wire/fix.def"
		}},
	{{
#define FIX_MESSAGE(name, type, kind) FIX_OPEN_ROW(name)
#define FIX_ROW(tag, v42, v44)        | (MAY_##v44 * LOW(tag))
#define FIX_CLOSE(name)               FIX_CLOSE_ROW
#include "dataplane/wire/fix.def"
	 },
		{
#define FIX_MESSAGE(name, type, kind) FIX_OPEN_ROW(name)
#define FIX_ROW(tag, v42, v44)        | (MAY_##v44 * HIGH(tag))
#define FIX_CLOSE(name)               FIX_CLOSE_ROW
#include "dataplane/wire/fix.def"
		}},
};

/* Every message: 49 56 34 52 must be there, and what stands in the header may. */
#define HEAD_MUST (LOW(SENDER_COMP_ID) | LOW(TARGET_COMP_ID) | LOW(MSG_SEQ_NUM) | LOW(SENDING_TIME))
#define HEAD_MAY  (LOW(ENCRYPT_METHOD) - 1)
#define HEAD_ROUTING                                                                               \
	(LOW(SENDER_SUB_ID) | LOW(TARGET_SUB_ID) | LOW(ON_BEHALF_OF_COMP_ID) |                     \
		LOW(DELIVER_TO_COMP_ID))
_Static_assert(FIX_DELIVER_TO_COMP_ID + 1 == FIX_ENCRYPT_METHOD && FIX_TAG_COUNT <= 128, "masks");

/* A report tells what has happened, and a greeting that somebody comes or goes: they are taken with a tag too many. */
static const uint8_t takes_more[FIX_MSG_COUNT] = {
#define MORE_ADMIN                    TAKES_ROWS
#define MORE_GREETING                 TAKES_TAGS
#define MORE_APP                      TAKES_ROWS
#define MORE_REPORT                   TAKES_WORDS
#define FIX_MESSAGE(name, type, kind) [FIX_MSG_##name] = MORE_##kind,
#define FIX_ROW(tag, v42, v44)
#define FIX_CLOSE(name)
#include "dataplane/wire/fix.def"
};

bool fix_takes_tag(const struct fix_message *message)
{
	return takes_more[message->type] != TAKES_ROWS;
}

/* What a fill says is of use though no version demands it: without it there is nothing to book. */
bool fix_takes_word(const struct fix_message *message, enum fix_tag tag)
{
	uint32_t version = message->version, type = message->type;
	if (takes_more[type] != TAKES_WORDS || version == FIX_VERSION_OTHER)
		return false;
	uint64_t low = must[version][0][type] | (HEAD_MAY & ~HEAD_ROUTING) | LOW(CL_ORD_ID) |
		       LOW(ORIG_CL_ORD_ID);
	uint64_t high = must[version][1][type] | HIGH(LAST_QTY) | HIGH(LAST_PX);
	return ((tag < 64 ? low >> (tag & 63) : high >> (tag & 63)) & 1) == 0;
}

/* The number of the first tag of a mask, 0: none. */
static uint32_t mask_first(uint64_t low, uint64_t high)
{
	if (low != 0)
		return fix_tag_number((enum fix_tag)__builtin_ctzll(low));
	return high != 0 ? fix_tag_number((enum fix_tag)(64 + __builtin_ctzll(high))) : 0;
}

void fix_note(struct fix_message *message, enum fix_reason reason, uint32_t tag)
{
	if (message->reason != FIX_NO_REASON)
		return;
	message->reason = (uint8_t)reason;
	message->reason_tag = tag;
}

void fix_check(struct fix_message *message)
{
	if (message->version == FIX_VERSION_OTHER || message->type == FIX_MSG_FOREIGN)
		return;
	if (message->type == FIX_MSG_UNKNOWN) {
		fix_note(message, FIX_INVALID_TYPE, 35);
		return;
	}
	const uint64_t *present = message->present;
	uint32_t version = message->version, type = message->type;
	uint32_t missing = mask_first((must[version][0][type] | HEAD_MUST) & ~present[0],
		must[version][1][type] & ~present[1]);
	if (missing != 0)
		fix_note(message, FIX_REQUIRED_TAG_MISSING, missing);
	if (takes_more[type] != TAKES_ROWS)
		return;
	uint32_t other = mask_first(present[0] & ~(may[version][0][type] | HEAD_MAY),
		present[1] & ~may[version][1][type]);
	if (other != 0)
		fix_note(message, FIX_TAG_NOT_OF_MESSAGE, other);
}

/* --- words --- */

static const uint8_t characters[FIX_MSG_COUNT] = {
#define FIX_MESSAGE(name, type, kind) [FIX_MSG_##name] = (type),
#define FIX_ROW(tag, v42, v44)
#define FIX_CLOSE(name)
#include "dataplane/wire/fix.def"
};

static const uint8_t type_of[128] = {
#define FIX_MESSAGE(name, type, kind) [type] = FIX_MSG_##name,
#define FIX_ROW(tag, v42, v44)
#define FIX_CLOSE(name)
#include "dataplane/wire/fix.def"
};

static const uint8_t is_admin[FIX_MSG_COUNT] = {
#define ADMIN_ADMIN                   1
#define ADMIN_GREETING                1
#define ADMIN_APP                     0
#define ADMIN_REPORT                  0
#define FIX_MESSAGE(name, type, kind) [FIX_MSG_##name] = ADMIN_##kind,
#define FIX_ROW(tag, v42, v44)
#define FIX_CLOSE(name)
#include "dataplane/wire/fix.def"
};

static const uint16_t numbers[FIX_TAG_COUNT] = {
#define FIX_TAG(number, name, member, kind, place, values) [FIX_##name] = (number),
#include "dataplane/wire/fix.def"
};

enum fix_type fix_type_of(uint8_t character)
{
	return (enum fix_type)(character < ARRAY_COUNT(type_of) ? type_of[character] : 0);
}

uint8_t fix_type_character(enum fix_type type)
{
	return characters[type];
}

bool fix_type_is_admin(enum fix_type type)
{
	return is_admin[type] != 0;
}

uint32_t fix_tag_number(enum fix_tag tag)
{
	return numbers[tag];
}

/* What begins with U belongs to the peers. */
static bool is_own_type(const uint8_t *at, uint32_t size_bytes)
{
	for (uint32_t i = 0; i < size_bytes; i++) {
		uint8_t c = at[i];
		bool is_digit = c >= '0' && c <= '9', is_small = c >= 'a' && c <= 'z';
		if (!is_digit && !is_small && (c < 'A' || c > 'Z'))
			return false;
	}
	return size_bytes <= OWN_TYPE_BYTES_MAX;
}

/* Types of one character that FIX 4.2 or 4.4 defines and that are in no row; of two: AA .. BH of 4.4. */
enum fix_type fix_type_read(const uint8_t *at, uint32_t size_bytes)
{
	static const char foreign[] = "67BCEJKLMNPQRSTVWXYZabcdefghiklmnopstuvwxyz";
	if (size_bytes == 1 && fix_type_of(at[0]) != FIX_MSG_UNKNOWN)
		return fix_type_of(at[0]);
	if (size_bytes == 1 && memchr(foreign, at[0], sizeof foreign - 1) != NULL)
		return FIX_MSG_FOREIGN;
	if (size_bytes > 0 && at[0] == 'U')
		return is_own_type(at, size_bytes) ? FIX_MSG_FOREIGN : FIX_MSG_UNKNOWN;
	bool is_two = size_bytes == 2 && at[1] >= 'A' &&
		      ((at[0] == 'A' && at[1] <= 'Z') || (at[0] == 'B' && at[1] <= 'H'));
	return is_two ? FIX_MSG_FOREIGN : FIX_MSG_UNKNOWN;
}

const char *fix_reason_text(enum fix_reason reason)
{
	switch (reason) {
	case FIX_INVALID_TAG:
		return "invalid tag number";
	case FIX_REQUIRED_TAG_MISSING:
		return "required tag missing";
	case FIX_TAG_NOT_OF_MESSAGE:
		return "tag not defined for this message type";
	case FIX_UNDEFINED_TAG:
		return "undefined tag";
	case FIX_TAG_WITHOUT_VALUE:
		return "tag without a value";
	case FIX_OUT_OF_RANGE:
		return "value out of range for this tag";
	case FIX_BAD_FORMAT:
		return "value in a wrong format";
	case FIX_COMP_ID_PROBLEM:
		return "CompID problem";
	case FIX_SENDING_TIME_PROBLEM:
		return "SendingTime accuracy problem";
	case FIX_INVALID_TYPE:
		return "invalid MsgType";
	case FIX_TAG_REPEATED:
		return "tag appears more than once";
	case FIX_TAG_ORDER:
		return "tag out of the required order";
	default:
		return "other";
	}
}

const char *fix_version_text(enum fix_version version)
{
	static const char *const texts[] = {"FIX.4.2", "FIX.4.4"};
	return version == FIX_42 || version == FIX_44 ? texts[version] : "";
}
