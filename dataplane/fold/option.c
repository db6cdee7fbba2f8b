#include "dataplane/fold/option.h"

enum option_word { PASSED = 1, CHECKED = 2, NAMES = 4, REFUSED = 8 };

enum {
	ENTER_TAKEN = 0
#define ENTRY_OPTION(tag, name, enter, replace, reason) | ((enter) != REFUSED ? 1u << (tag) : 0)
#include "dataplane/fold/options.def"
	,
	REPLACE_TAKEN = 0
#define ENTRY_OPTION(tag, name, enter, replace, reason) | ((replace) != REFUSED ? 1u << (tag) : 0)
#include "dataplane/fold/options.def"
	,
	CHECKED_TAGS = 0
#define ENTRY_OPTION(tag, name, enter, replace, reason)                                            \
	| (((enter) | (replace)) & CHECKED ? 1u << (tag) : 0)
#include "dataplane/fold/options.def"
	,
	NAMES_TAGS = 0
#define ENTRY_OPTION(tag, name, enter, replace, reason)                                            \
	| (((enter) | (replace)) & NAMES ? 1u << (tag) : 0)
#include "dataplane/fold/options.def"
};

bool option_side_may_change(uint8_t from, uint8_t to)
{
	bool is_sale = (from == 'S' || from == 'T' || from == 'E') &&
		       (to == 'S' || to == 'T' || to == 'E');
	return from == to || is_sale;
}

static bool option_is_one_of(int64_t value, uint8_t one, uint8_t other)
{
	return value == one || value == other;
}

static bool option_is_part(int64_t value, const struct ouch_in *in)
{
	return value >= 1 && value <= in->qty;
}

/* One option that has a value to check. */
static bool option_value_fits(
	uint32_t tag, int64_t value, const struct ouch_in *in, const struct own_order *original)
{
	switch (tag) {
	case 3: /* 0: none */
		return value <= in->qty;
	case 4:
		return option_is_one_of(value, 'R', 'N');
	case 5: /* 0: none */
		return value == 0 || option_is_part(value, in);
	case 6:
		return value == 'L';
	case 12:
		return option_is_one_of(value, 'P', 'N');
	case 13: /* 0: none */
		return value == 0 ||
		       (option_is_part(value, in) && (in->options.present & option_bit(5)) != 0);
	case 15:
		return in->time_in_force == '6' && value >= 1 && value <= OPTION_SECONDS_MAX;
	case 16:
	case 25:
		return option_is_one_of(value, 'Y', 'N');
	default: /* 27, of a replace */
		return original != NULL &&
		       option_side_may_change(original->wire_side, (uint8_t)value);
	}
}

/* What a letter may stand for. */
enum letter { LETTER_TIME = 1, LETTER_SHOWN = 2, LETTER_CAPACITY = 4 };
static const uint8_t letters[256] = {
	['0'] = LETTER_TIME,
	['3'] = LETTER_TIME,
	['5'] = LETTER_TIME,
	['A'] = LETTER_SHOWN | LETTER_CAPACITY,
	['N'] = LETTER_SHOWN,
	['O'] = LETTER_CAPACITY,
	['P'] = LETTER_CAPACITY,
	['R'] = LETTER_CAPACITY,
	['Y'] = LETTER_SHOWN,
};

bool option_fits(const struct ouch_in *in, const struct own_order *original)
{
	uint32_t present = in->options.present;
	uint32_t taken = in->type == 'U' ? REPLACE_TAKEN : ENTER_TAKEN;
	uint8_t is_time = letters[in->time_in_force] & LETTER_TIME;
	if (in->time_in_force == '6' && (present & option_bit(15)) != 0)
		is_time = LETTER_TIME;
	uint8_t is_shown = letters[in->display] & LETTER_SHOWN;
	uint8_t is_known = letters[in->capacity] & LETTER_CAPACITY;
	bool is_entered = in->type == 'U' || (in->cross_type == 'N' && is_known != 0);
	if (is_time == 0 || is_shown == 0 || !is_entered || in->iso != 'N' ||
		(present & ~taken) != 0)
		return false;
	for (uint32_t left = present & CHECKED_TAGS; left != 0; left &= left - 1) {
		uint32_t tag = (uint32_t)__builtin_ctz(left);
		if (!option_value_fits(tag, in->options.value[tag], in, original))
			return false;
	}
	return true;
}

bool option_modifies(const struct ouch_options *options)
{
	/* OUCH 5.0, Modify Order */
	const uint32_t taken = option_bit(25) | option_bit(26) | NAMES_TAGS;
	return (options->present & ~taken) == 0 &&
	       ((options->present & option_bit(25)) == 0 ||
		       option_is_one_of(options->value[25], 'Y', 'N'));
}

bool option_is_kept(const struct ouch_options *options)
{
	const uint32_t others = (uint32_t)(NAMES_TAGS | OUCH_OPTION_UNKNOWN) |
				option_bit(OPTION_LOCATED) | option_bit(OPTION_BROKER);
	return (options->present & ~others) != 0;
}

void option_strip(struct ouch_options *options)
{
	options->present &= ~(uint32_t)(NAMES_TAGS | OUCH_OPTION_UNKNOWN);
}

void option_pass(struct ouch_options *to, const struct ouch_options *from)
{
	to->present = from->present;
	option_strip(to);
	for (uint32_t left = to->present; left != 0; left &= left - 1)
		to->value[__builtin_ctz(left)] = from->value[__builtin_ctz(left)];
}
