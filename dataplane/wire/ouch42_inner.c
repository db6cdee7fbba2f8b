#include "dataplane/wire/ouch42_inner.h"

enum {
	FIRM = 2,
	MIN_QTY = 3,
	CUSTOMER_TYPE = 4,
	PRICE_TYPE = 6,
	POST_ONLY = 12,
	EXPIRE_TIME = 15,
	TRADE_NOW = 16,
	HANDLE_INST = 17,
	BBO_WEIGHT = 18,
	SHARES_LOCATED = 25,
	EXPIRE_SECONDS_MAX = 86399,
};

#define OPTION(tag) (1u << (tag))
/* What an order of OUCH 4.2 can ask for; and what it need not say: whether shares were located nobody asks there. */
#define SAYABLE                                                                                    \
	(OPTION(SHARES_LOCATED) | OPTION(FIRM) | OPTION(MIN_QTY) | OPTION(CUSTOMER_TYPE) |         \
		OPTION(PRICE_TYPE) | OPTION(POST_ONLY) | OPTION(EXPIRE_TIME) | OPTION(TRADE_NOW) | \
		OPTION(HANDLE_INST))

/* OUCH 4.2, display values. */
static const struct letter {
	uint8_t letter, display, price_type, post_only, trade_now, handle;
} letters[] = {
	{'A', 'A', 'L', 'N', 'N', ' '},
	{'Y', 'Y', 'L', 'N', 'N', ' '},
	{'N', 'N', 'L', 'N', 'N', ' '},
	{'Z', 'Z', 'L', 'N', 'N', ' '},
	{'P', 'Y', 'L', 'P', 'N', ' '},
	{'L', 'A', 'L', 'P', 'N', ' '},
	{'I', 'N', 'L', 'N', 'N', 'I'},
	{'M', 'N', 'M', 'N', 'N', ' '},
	{'W', 'N', 'M', 'P', 'N', ' '},
	{'m', 'N', 'M', 'N', 'Y', ' '},
	{'n', 'N', 'L', 'N', 'Y', ' '},
	{'O', 'Y', 'L', 'N', 'N', 'O'},
	{'T', 'Y', 'L', 'N', 'N', 'T'},
	{'Q', 'Y', 'L', 'N', 'N', 'Q'},
};

static void option_put(struct ouch_options *options, uint32_t tag, int64_t value)
{
	options->present |= OPTION(tag);
	options->value[tag] = value;
}

static uint8_t option_get(const struct ouch_options *options, uint32_t tag, uint8_t absent)
{
	return options->present & OPTION(tag)
	? (uint8_t)options->value[tag] : absent;
}

static const struct letter *letter_of(uint8_t letter)
{
	for (uint32_t i = 0; i < ARRAY_COUNT(letters); i++) {
		if (letters[i].letter == letter)
			return &letters[i];
	}
	return NULL;
}

/* The display letter as options; is_whole: also those that say that nothing is asked. */
static uint8_t display_hear(uint8_t letter, bool is_whole, struct ouch_options *options)
{
	const struct letter *row = letter_of(letter);
	if (row == NULL)
		return letter; /* nobody's: the gate refuses it */
	if (is_whole || row->price_type != 'L')
		option_put(options, PRICE_TYPE, row->price_type);
	if (is_whole || row->post_only != 'N')
		option_put(options, POST_ONLY, row->post_only);
	if (is_whole || row->trade_now != 'N')
		option_put(options, TRADE_NOW, row->trade_now);
	if (row->handle != ' ')
		option_put(options, HANDLE_INST, row->handle);
	return row->display;
}

/* The letter of a display and its options; 0: there is none. */
static uint8_t display_say(uint8_t display, const struct ouch_options *options)
{
	for (uint32_t i = 0; i < ARRAY_COUNT(letters); i++) {
		const struct letter *row = &letters[i];
		if (row->display == display &&
			row->price_type == option_get(options, PRICE_TYPE, 'L') &&
			row->post_only == option_get(options, POST_ONLY, 'N') &&
			row->trade_now == option_get(options, TRADE_NOW, 'N') &&
			row->handle == option_get(options, HANDLE_INST, ' '))
			return row->letter;
	}
	return 0;
}

static uint8_t time_hear(uint32_t seconds, struct ouch_options *options)
{
	if (seconds == OUCH42_IMMEDIATE)
		return '3';
	if (seconds == OUCH42_MARKET_HOURS)
		return '0';
	if (seconds == OUCH42_SYSTEM_HOURS)
		return '5';
	if (seconds > EXPIRE_SECONDS_MAX)
		return 0;
	option_put(options, EXPIRE_TIME, seconds);
	return '6';
}

static bool time_say(uint8_t letter, const struct ouch_options *options, uint32_t *seconds)
{
	bool has_seconds = (options->present & OPTION(EXPIRE_TIME)) != 0;
	int64_t value = options->value[EXPIRE_TIME];
	switch (letter) {
	case '3':
		*seconds = OUCH42_IMMEDIATE;
		return !has_seconds;
	case '0':
		*seconds = OUCH42_MARKET_HOURS;
		return !has_seconds;
	case '5':
		*seconds = OUCH42_SYSTEM_HOURS;
		return !has_seconds;
	case '6':
		*seconds = (uint32_t)value;
		return has_seconds && value >= 1 && value <= EXPIRE_SECONDS_MAX;
	default:
		return false;
	}
}

static bool is_blank(const char firm[4])
{
	return memcmp(firm, "    ", 4) == 0 || memcmp(firm, "\0\0\0\0", 4) == 0;
}

static void firm_hear(const char firm[4], struct ouch_options *options)
{
	if (!is_blank(firm))
		option_put(options, FIRM, load_be32((const uint8_t *)firm));
}

static void firm_say(const struct ouch_options *options, char firm[4])
{
	memset(firm, ' ', 4);
	if (options->present & OPTION(FIRM))
		store_be32((uint8_t *)firm, (uint32_t)options->value[FIRM]);
}

static void customer_hear(uint8_t customer, struct ouch_options *options)
{
	if (customer == 'R' || customer == 'N')
		option_put(options, CUSTOMER_TYPE, customer);
	else if (customer != ' ' && customer != 0)
		options->present |= OUCH_OPTION_UNKNOWN;
}

/* Every market price is the same here. */
static uint32_t price_say(uint64_t price_e4)
{
	return price_e4 >= OUCH_MARKET_PRICE_E4 ? OUCH42_MARKET_PRICE_E4 : (uint32_t)price_e4;
}

void ouch42_inner_hear_in(const struct ouch42_in *from, struct ouch_in *to)
{
	*to = (struct ouch_in){.type = from->type, .side = from->side, .qty = from->shares};
	memcpy(to->clordid, from->token, sizeof to->clordid);
	if (from->type != 'O' && from->type != 'U')
		return;
	to->price_e4 = from->price_e4;
	to->time_in_force = time_hear(from->time_in_force_s, &to->options);
	to->display = display_hear(from->display, from->type == 'U', &to->options);
	to->iso = from->iso;
	if (from->qty_min != 0 || from->type == 'U')
		option_put(&to->options, MIN_QTY, from->qty_min);
	if (from->type == 'U') {
		memcpy(to->original_clordid, from->previous, sizeof to->original_clordid);
		return;
	}
	bool is_capacity = from->capacity == 'A' || from->capacity == 'P' || from->capacity == 'R';
	to->capacity = is_capacity ? from->capacity : 'O'; /* OUCH 4.2, Enter Order */
	to->cross_type = from->cross_type;
	to->symbol = from->symbol;
	firm_hear(from->firm, &to->options);
	customer_hear(from->customer, &to->options);
}

static bool order_say(const struct ouch_in *from, struct ouch42_in *to)
{
	const struct ouch_options *options = &from->options;
	to->display = display_say(from->display, options);
	to->iso = from->iso;
	to->price_e4 = price_say(from->price_e4);
	to->qty_min = options->present & OPTION(MIN_QTY)
	? (uint32_t)options->value[MIN_QTY] : 0;
	return (options->present & ~SAYABLE) == 0 && to->display != 0 && to->display != 'Z' &&
	       time_say(from->time_in_force, options, &to->time_in_force_s);
}

bool ouch42_inner_say_in(const struct ouch_in *from, struct ouch42_in *to)
{
	const struct ouch_options *options = &from->options;
	*to = (struct ouch42_in){.type = from->type, .shares = from->qty};
	memcpy(to->token, from->clordid, sizeof to->token);
	switch (from->type) {
	case 'O':
		to->side = from->side;
		to->symbol = from->symbol;
		to->capacity = from->capacity;
		to->cross_type = from->cross_type;
		to->customer = option_get(options, CUSTOMER_TYPE, ' ');
		firm_say(options, to->firm);
		return order_say(from, to);
	case 'U':
		memcpy(to->previous, from->original_clordid, sizeof to->previous);
		/* Firm and customer are the original's. */
		return (options->present & (OPTION(FIRM) | OPTION(CUSTOMER_TYPE))) == 0 &&
		       order_say(from, to);
	case 'M':
		to->side = from->side;
		return (options->present & ~OPTION(SHARES_LOCATED)) == 0;
	case 'X':
	case 'N':
		return options->present == 0;
	default:
		return false;
	}
}

static void order_hear_out(const struct ouch42_out *from, struct ouch_out *to)
{
	to->time_in_force = from->time_in_force_s > OUCH42_SYSTEM_HOURS
				    ? '5' /* lives for system hours only */
				    : time_hear(from->time_in_force_s, &to->options);
	to->display = display_hear(from->display, false, &to->options);
	to->order_state = from->order_state;
	to->capacity = from->capacity;
	to->cross_type = from->cross_type;
	to->iso = from->iso;
	to->symbol = from->symbol;
	firm_hear(from->firm, &to->options);
	if (from->qty_min != 0)
		option_put(&to->options, MIN_QTY, from->qty_min);
	if (from->bbo_weight != ' ' && from->bbo_weight != 0)
		option_put(&to->options, BBO_WEIGHT, from->bbo_weight);
}

void ouch42_inner_hear_out(const struct ouch42_out *from, struct ouch_out *to)
{
	*to = (struct ouch_out){.type = from->type,
		.side = from->side,
		.code = from->code,
		.qty = from->shares,
		.qty_prevented = from->shares_prevented,
		.price_e4 = from->price_e4,
		.order_reference = from->order_reference,
		.match = from->match,
		.time_ns = from->time_ns};
	memcpy(to->clordid, from->token, sizeof to->clordid);
	switch (from->type) {
	case 'U':
		memcpy(to->original_clordid, from->previous, sizeof to->original_clordid);
		order_hear_out(from, to);
		break;
	case 'A':
		order_hear_out(from, to);
		break;
	case 'G':
		to->type = 'E';
		to->code = from->liquidity;
		break;
	case 'E':
		to->code = from->liquidity;
		break;
	case 'D':
	case 'F':
		to->liquidity = from->liquidity;
		break;
	case 'J':
		to->code = 0;
		to->reject_letter = from->code;
		to->reject_code = ouch42_reject_code(from->code);
		break;
	case 'T':
		to->display = from->display;
		break;
	default:
		break;
	}
}

static void order_say_out(const struct ouch_out *from, struct ouch42_out *to)
{
	const struct ouch_options *options = &from->options;
	uint8_t letter = display_say(from->display, options);
	to->display = letter != 0 ? letter : from->display; /* an answer is never held back */
	if (!time_say(from->time_in_force, options, &to->time_in_force_s))
		to->time_in_force_s = OUCH42_SYSTEM_HOURS;
	to->order_state = from->order_state;
	to->capacity = from->capacity;
	to->cross_type = from->cross_type;
	to->iso = from->iso;
	to->symbol = from->symbol;
	to->bbo_weight = option_get(options, BBO_WEIGHT, ' ');
	to->qty_min = options->present & OPTION(MIN_QTY)
	? (uint32_t)options->value[MIN_QTY] : 0;
	firm_say(options, to->firm);
}

bool ouch42_inner_say_out(const struct ouch_out *from, struct ouch42_out *to)
{
	*to = (struct ouch42_out){.type = from->type,
		.side = from->side,
		.code = from->code,
		.shares = from->qty,
		.shares_prevented = from->qty_prevented,
		.price_e4 = price_say(from->price_e4),
		.order_reference = from->order_reference,
		.match = from->match,
		.time_ns = from->time_ns};
	memcpy(to->token, from->clordid, sizeof to->token);
	switch (from->type) {
	case 'U':
		memcpy(to->previous, from->original_clordid, sizeof to->previous);
		order_say_out(from, to);
		return true;
	case 'A':
		order_say_out(from, to);
		return true;
	case 'E':
		to->code = 0;
		to->liquidity = from->code;
		return true;
	case 'D':
	case 'F':
		to->liquidity = from->liquidity;
		return true;
	case 'J':
		to->code = from->reject_letter != 0 ? from->reject_letter
						    : ouch42_reject_letter(from->reject_code);
		return true;
	case 'T':
		to->display = from->display;
		return true;
	case 'S':
	case 'C':
	case 'B':
	case 'P':
	case 'I':
	case 'M':
	case 'N':
		return true;
	default: /* R X G K Q */
		return false;
	}
}
