#include "tools/exchange/play/expect.h"

#include <stdio.h>

#include "tools/exchange/acts.h"
#include "tools/exchange/hand.h"

/* A verb of a participant: what it is, and what must follow. */
struct verb {
	const char *word;
	uint8_t kind, type, side;
	bool (*read)(struct expect *expect, struct words *words);
};

static bool trouble_is(char *trouble, size_t size, const char *found, const char *expected)
{
	snprintf(trouble, size, "found `%s`, expected %s", found == NULL ? "nothing" : found,
		expected);
	return false;
}

static bool read_qty(struct expect *expect, struct words *words)
{
	uint64_t qty;
	if (words_take(words, "any"))
		return true;
	expect->has_qty = words_number(words, UINT32_MAX, &qty);
	expect->in.qty = (uint32_t)qty;
	return expect->has_qty;
}

static bool read_price(struct expect *expect, struct words *words)
{
	if (!words_take(words, "at"))
		return false;
	if (words_take(words, "any"))
		return true;
	return expect->has_price = words_price(words, &expect->in.price_e4);
}

static bool read_order(struct expect *expect, struct words *words)
{
	if (!read_qty(expect, words))
		return false;
	const char *symbol = words_next(words);
	if (symbol == NULL || strlen(symbol) > 8)
		return false;
	expect->has_symbol = strcmp(symbol, "any") != 0;
	expect->in.symbol = symbol_pack(symbol);
	return read_price(expect, words);
}

static bool read_replace(struct expect *expect, struct words *words)
{
	return acts_place(words, &expect->place) && words_take(words, "with") &&
	       read_qty(expect, words) && read_price(expect, words);
}

static bool read_cancel(struct expect *expect, struct words *words)
{
	if (!acts_place(words, &expect->place))
		return false;
	return !words_take(words, "to") || read_qty(expect, words);
}

static bool read_modify(struct expect *expect, struct words *words)
{
	if (!acts_place(words, &expect->place) || !words_take(words, "to") ||
		!read_qty(expect, words))
		return false;
	if (!words_take(words, "as"))
		return true;
	const char *side = words_next(words);
	expect->in.side = side != NULL && side[1] == '\0' ? (uint8_t)side[0] : 0;
	return expect->in.side != 0;
}

static bool read_firm(struct expect *expect, struct words *words)
{
	const char *firm =
		words_left(words) && words->word[words->at][0] != '-' ? words_next(words) : NULL;
	if (firm == NULL)
		return expect->in.type == 'C';
	if (strlen(firm) > sizeof expect->in.firm)
		return false;
	memset(expect->in.firm, ' ', sizeof expect->in.firm);
	memcpy(expect->in.firm, firm, strlen(firm));
	return expect->has_firm = true;
}

static bool read_nothing(struct expect *expect, struct words *words)
{
	(void)expect, (void)words;
	return true;
}

static bool read_log(struct expect *expect, struct words *words)
{
	if (words_take(words, "out")) {
		expect->kind = HEARD_LOGOUT;
		return true;
	}
	if (!words_take(words, "in"))
		return false;
	if (words_take(words, "session")) {
		const char *session = words_next(words);
		if (session == NULL || strlen(session) >= sizeof expect->session)
			return false;
		memcpy(expect->session, session, strlen(session) + 1);
		expect->has_session = true;
	}
	expect->has_sequence = words_take(words, "sequence");
	return !expect->has_sequence || words_number(words, UINT64_MAX, &expect->sequence);
}

static bool read_is(struct expect *expect, struct words *words)
{
	if (words_take(words, "refused")) {
		expect->kind = HEARD_REFUSED;
		return true;
	}
	expect->kind = EXPECT_SILENCE;
	return words_take(words, "silent") && words_time(words, &expect->time_ns);
}

static const struct verb verbs[] = {
	{"buys", HEARD_MESSAGE, 'O', 'B', read_order},
	{"sells", HEARD_MESSAGE, 'O', 'S', read_order},
	{"shorts", HEARD_MESSAGE, 'O', 'T', read_order},
	{"shorts-exempt", HEARD_MESSAGE, 'O', 'E', read_order},
	{"replaces", HEARD_MESSAGE, 'U', 0, read_replace},
	{"cancels", HEARD_MESSAGE, 'X', 0, read_cancel},
	{"modifies", HEARD_MESSAGE, 'M', 0, read_modify},
	{"mass-cancels", HEARD_MESSAGE, 'C', 0, read_firm},
	{"disables", HEARD_MESSAGE, 'D', 0, read_firm},
	{"enables", HEARD_MESSAGE, 'E', 0, read_firm},
	{"asks", HEARD_MESSAGE, 'Q', 0, read_nothing},
	{"garbles", HEARD_MALFORMED, 0, 0, read_nothing},
	{"goes", HEARD_GONE, 0, 0, read_nothing},
	{"beats", EXPECT_BEAT, 0, 0, read_nothing},
	{"logs", HEARD_LOGIN, 0, 0, read_log},
	{"is", EXPECT_SILENCE, 0, 0, read_is},
};

/* read_field reads a field's name and value, or an option's. */
static bool read_field(struct expect *expect, struct words *words)
{
	const char *name = words_next(words), *text = words_next(words);
	if (expect->kind != HEARD_MESSAGE || text == NULL)
		return false;
	const struct field *field = field_find(FIELD_IN, expect->in.type, name);
	if (field == NULL) {
		uint32_t tag = field_option(&expect->in.options, name, text);
		expect->tags |= 1u << tag;
		return tag != 0;
	}
	if (expect->field_count == EXPECT_FIELD_MAX || !field_write(&expect->in, field, text))
		return false;
	expect->fields[expect->field_count++] = field;
	return true;
}

/* read_tail reads what may stand behind an expectation. */
static bool read_tail(struct expect *expect, struct words *words)
{
	while (words_left(words)) {
		if (words_take(words, "within")) {
			if (!words_time(words, &expect->within_ns))
				return false;
		} else if (words_take(words, "->")) {
			const char *word = words_next(words);
			const char *detail = words_left(words) ? words->word[words->at] : NULL;
			uint32_t used;
			if (expect->kind != HEARD_MESSAGE || word == NULL ||
				!reaction_read(word, detail, &expect->reaction, &used) ||
				!reaction_fits(expect->reaction.kind, expect->in.type))
				return false;
			words->at += used - 1;
		} else if (!read_field(expect, words)) {
			return false;
		}
	}
	return true;
}

bool expect_read(struct expect *expect, const struct exchange *x, struct words *words,
	char *trouble, size_t size)
{
	memset(expect, 0, sizeof *expect);
	expect->user = acts_user(x, words_next(words));
	const char *word = words_next(words);
	for (size_t i = 0; word != NULL && i < ARRAY_COUNT(verbs); i++) {
		if (strcmp(word, verbs[i].word) != 0)
			continue;
		expect->kind = verbs[i].kind;
		expect->in.type = verbs[i].type;
		expect->in.side = verbs[i].side;
		if (verbs[i].read(expect, words) && read_tail(expect, words))
			return true;
		return trouble_is(trouble, size, word, "the words that expect.h gives behind it");
	}
	return trouble_is(trouble, size, word, "what a participant does, such as buys or cancels");
}

/* number_at gives the number of the order at a place; 0: there is none. */
static uint32_t number_at(const struct exchange *x, uint32_t user, uint32_t place)
{
	const struct desk_order *order = hand_order(&x->desk->users[user], place);
	return order == NULL ? 0 : order->ref;
}

static bool message_is(
	const struct expect *expect, const struct exchange *x, const struct heard_item *item)
{
	const struct ouch_in *wanted = &expect->in, *in = &item->in;
	uint32_t concerned = in->type == 'U' ? in->original_ref : in->ref;
	bool is = in->type == wanted->type;
	is = is && (wanted->side == 0 || wanted->side == in->side);
	is = is && (!expect->has_qty || wanted->qty == in->qty);
	is = is && (!expect->has_symbol || wanted->symbol == in->symbol);
	is = is && (!expect->has_price || wanted->price_e4 == in->price_e4);
	is = is && (!expect->has_firm || memcmp(wanted->firm, in->firm, sizeof in->firm) == 0);
	is = is && (expect->place == 0 || number_at(x, expect->user, expect->place) == concerned);
	for (uint32_t i = 0; is && i < expect->field_count; i++)
		is = field_equal(wanted, in, expect->fields[i]);
	for (uint32_t tag = 0; is && tag < ARRAY_COUNT(in->options.value); tag++)
		if ((expect->tags & 1u << tag) != 0)
			is = (in->options.present & 1u << tag) != 0 &&
			     in->options.value[tag] == wanted->options.value[tag];
	return is;
}

bool expect_is(const struct expect *expect, const struct exchange *x, const struct heard_item *item)
{
	if (item->kind != expect->kind)
		return false;
	if (item->kind == HEARD_MESSAGE)
		return message_is(expect, x, item);
	return (!expect->has_session || strcmp(expect->session, item->session) == 0) &&
	       (!expect->has_sequence || expect->sequence == item->sequence);
}

/* place_of gives the place of an order that a message names; 0: no such order. */
static uint32_t place_of(const struct exchange *x, uint32_t user, uint32_t ref)
{
	const struct desk_user *port = &x->desk->users[user];
	const struct desk_order *order = desk_order_find(port, ref);
	return order == NULL ? 0 : (uint32_t)(order - port->orders) + 1;
}

static void tell_message(
	const struct exchange *x, const struct heard_item *item, char *text, size_t size)
{
	const struct ouch_in *in = &item->in;
	unsigned long long whole = in->price_e4 / 10000, part = in->price_e4 % 10000;
	uint32_t concerned = in->type == 'U' ? in->original_ref : in->ref;
	uint32_t place = place_of(x, item->user, concerned);
	char symbol[9] = "";
	memcpy(symbol, &in->symbol, sizeof in->symbol);
	const char *side = in->side == 'B'   ? "buys"
			   : in->side == 'S' ? "sells"
			   : in->side == 'E' ? "shorts-exempt"
					     : "shorts";
	switch (in->type) {
	case 'O':
		snprintf(text, size, "%s %u %.*s at %llu.%04llu clordid %.14s", side, in->qty,
			(int)strcspn(symbol, " "), symbol, whole, part, in->clordid);
		break;
	case 'U':
		snprintf(text, size, "replaces %u with %u at %llu.%04llu", place, in->qty, whole,
			part);
		break;
	case 'X':
		snprintf(text, size, "cancels %u to %u", place, in->qty);
		break;
	case 'M':
		snprintf(text, size, "modifies %u to %u as %c", place, in->qty, in->side);
		break;
	case 'Q':
		snprintf(text, size, "asks");
		break;
	default:
		snprintf(text, size, "%s %.4s",
			in->type == 'C'   ? "mass-cancels"
			: in->type == 'D' ? "disables"
					  : "enables",
			in->firm);
	}
}

void expect_tell(const struct exchange *x, const struct heard_item *item, char *text, size_t size)
{
	const char *name =
		item->user < x->desk->user_count ? x->desk->users[item->user].name : "somebody";
	int used = snprintf(text, size, "%s ", name);
	text += used;
	size -= (size_t)used;
	switch (item->kind) {
	case HEARD_LOGIN:
		snprintf(text, size, "logs in session %s sequence %llu",
			item->session[0] != '\0' ? item->session : "-",
			(unsigned long long)item->sequence);
		break;
	case HEARD_REFUSED:
		snprintf(text, size, "is refused");
		break;
	case HEARD_MESSAGE:
		tell_message(x, item, text, size);
		break;
	case HEARD_MALFORMED:
		snprintf(text, size, "garbles");
		break;
	case HEARD_LOGOUT:
		snprintf(text, size, "logs out");
		break;
	default:
		snprintf(text, size, "goes");
	}
}
