#include "tools/exchange/acts.h"

#include <stdio.h>

#include "tools/exchange/counter.h"
#include "tools/exchange/hand.h"
#include "tools/exchange/tell.h"

/* One command under way. */
struct act {
	struct exchange *x;
	struct words *words;
	uint64_t now_ns;
	uint32_t user; /* where the row wants one */
	struct desk_user *port;
	struct desk_order *order; /* where the row wants one */
	char *trouble;
	size_t size;
};

uint32_t acts_user(const struct exchange *x, const char *name)
{
	return name == NULL ? UINT32_MAX : desk_user_named(x->desk, name);
}

bool acts_place(struct words *words, uint32_t *place)
{
	uint64_t number;
	*place = UINT32_MAX;
	if (words_take(words, "last"))
		return true;
	if (!words_number(words, UINT32_MAX - 1, &number) || number == 0)
		return false;
	*place = (uint32_t)number;
	return true;
}

/* What may follow an order's place. */
struct tail {
	uint64_t qty, price_e4;
	uint16_t reason;
	uint8_t letter; /* flag, strategy */
	uint64_t display;
};

/* act_tail reads `QTY`, `at PRICE`, `reason R`, `flag F`, `strategy S`, `display N` in any order. */
static bool act_tail(struct words *words, enum reason_kind kind, struct tail *tail)
{
	const char *letter = NULL;
	while (words_left(words)) {
		if (words_take(words, "at")) {
			if (!words_price(words, &tail->price_e4) || tail->price_e4 == 0)
				return false;
		} else if (words_take(words, "reason")) {
			const char *word = words_next(words);
			if (word == NULL || !reason_read(kind, word, &tail->reason))
				return false;
		} else if (words_take(words, "flag") || words_take(words, "strategy")) {
			letter = words_next(words);
			if (letter == NULL || letter[1] != '\0')
				return false;
			tail->letter = (uint8_t)letter[0];
		} else if (words_take(words, "display")) {
			if (!words_number(words, UINT32_MAX, &tail->display))
				return false;
		} else if (!words_number(words, UINT32_MAX, &tail->qty)) {
			return false;
		}
	}
	return true;
}

static bool act_next(struct act *act)
{
	static const struct {
		const char *word;
		uint8_t type;
	} kinds[] = {{"enter", 'O'}, {"replace", 'U'}, {"cancel", 'X'}, {"modify", 'M'},
		{"mass-cancel", 'C'}, {"query", 'Q'}, {"message", 0}};
	struct reaction_rule rule = {.left = 1};
	uint64_t left = 1;
	uint32_t used;
	if (!words_number(act->words, UINT32_MAX, &left))
		left = 1;
	rule.left = (uint32_t)left;
	rule.user = acts_user(act->x, words_next(act->words));
	const char *kind = words_next(act->words), *word = words_next(act->words);
	if (rule.user == UINT32_MAX || word == NULL ||
		!reaction_read(word, words_next(act->words), &rule.reaction, &used))
		return false;
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (strcmp(kind, kinds[i].word) == 0) {
			rule.type = kinds[i].type;
			return reactions_add(&act->x->desk->reactions, &rule);
		}
	return false;
}

static bool act_fill(struct act *act)
{
	struct tail tail = {0};
	return act_tail(act->words, REASON_CANCEL, &tail) &&
	       hand_fill(act->x->desk, act->order, (uint32_t)tail.qty, tail.price_e4, tail.letter);
}

static bool act_cancel(struct act *act)
{
	struct tail tail = {.reason = 'S'};
	return act_tail(act->words, REASON_CANCEL, &tail) &&
	       hand_cancel(act->x->desk, act->port, act->order, (uint32_t)tail.qty,
		       (uint8_t)tail.reason);
}

static bool act_prevent(struct act *act)
{
	struct tail tail = {.letter = 'O'};
	return act_tail(act->words, REASON_CANCEL, &tail) &&
	       hand_prevent(act->x->desk, act->port, act->order, (uint32_t)tail.qty, tail.letter);
}

static bool act_bust(struct act *act)
{
	struct tail tail = {.reason = 'E'};
	uint64_t match = 0;
	bool is_last = words_take(act->words, "last");
	if ((!is_last && !words_number(act->words, UINT64_MAX, &match)) ||
		!act_tail(act->words, REASON_BROKEN, &tail))
		return false;
	const struct ledger *ledger = &act->x->desk->ledger;
	return hand_bust(act->x->desk,
		is_last ? ledger_last(ledger, act->user) : ledger_of_match(ledger, match),
		(uint8_t)tail.reason);
}

static bool act_correct(struct act *act)
{
	uint64_t match = 0, price_e4;
	const struct ledger *ledger = &act->x->desk->ledger;
	bool is_last = words_take(act->words, "last");
	if ((!is_last && !words_number(act->words, UINT64_MAX, &match)) ||
		!words_take(act->words, "to") || !words_price(act->words, &price_e4))
		return false;
	return hand_correct(act->x->desk,
		is_last ? ledger_last(ledger, act->user) : ledger_of_match(ledger, match),
		price_e4);
}

static bool act_restate(struct act *act)
{
	struct tail tail = {.reason = 'R'};
	return act_tail(act->words, REASON_RESTATED, &tail) &&
	       hand_restate(act->x->desk, act->port, act->order, (uint8_t)tail.reason,
		       (uint32_t)tail.display, tail.price_e4);
}

static bool act_move(struct act *act)
{
	struct tail tail = {0};
	return act_tail(act->words, REASON_CANCEL, &tail) &&
	       hand_move(act->x->desk, act->port, act->order, tail.price_e4);
}

static bool act_repeat(struct act *act)
{
	return hand_repeat(act->port);
}

static bool act_tell(struct act *act)
{
	return tell_words(act->x->desk, act->user, act->words, act->trouble, act->size);
}

static bool act_break(struct act *act)
{
	struct door_harm *harm = &act->x->door.harms[act->user];
	uint64_t bytes;
	bool is_sent = words_take(act->words, "sent");
	if ((!is_sent && !words_take(act->words, "heard")) ||
		!words_number(act->words, UINT32_MAX, &bytes))
		return false;
	if (is_sent) {
		harm->is_cut_sent = true;
		harm->cut_sent = bytes;
	} else {
		harm->is_cut_heard = true;
		harm->cut_heard = bytes;
	}
	return true;
}

static bool act_mute(struct act *act)
{
	return act->x->door.harms[act->user].is_mute = true;
}

static bool act_keep(struct act *act)
{
	return act->x->door.harms[act->user].is_kept = true;
}

static bool act_voice(struct act *act)
{
	act->x->door.harms[act->user].is_kept = false;
	act->x->door.harms[act->user].is_mute = false;
	return true;
}

static bool act_refuse(struct act *act)
{
	struct door_harm *harm = &act->x->door.harms[act->user];
	uint64_t count = 1;
	if (!words_number(act->words, UINT32_MAX, &count))
		count = 1;
	const char *reason = words_next(act->words);
	if (reason == NULL || reason[1] != '\0')
		return false;
	harm->refuse = (uint32_t)count;
	harm->refusal = reason[0];
	return true;
}

static bool act_sequence(struct act *act)
{
	bool is_ahead = words_take(act->words, "ahead");
	uint64_t by;
	if ((!is_ahead && !words_take(act->words, "behind")) ||
		!words_number(act->words, UINT32_MAX, &by))
		return false;
	act->x->door.harms[act->user].shift = is_ahead ? (int64_t)by : -(int64_t)by;
	return true;
}

static bool act_flood(struct act *act)
{
	struct door_harm *harm = &act->x->door.harms[act->user];
	uint64_t count;
	if (!words_number(act->words, UINT32_MAX, &count))
		return false;
	bool is_debug = words_take(act->words, "debug");
	if (!is_debug && !words_take(act->words, "heartbeats"))
		return false;
	harm->flood = (uint32_t)count;
	harm->flood_type = is_debug ? SOUP_DEBUG : SOUP_SERVER_HEARTBEAT;
	return true;
}

static bool act_debug(struct act *act)
{
	char text[WORDS_LINE_BYTES] = "";
	size_t used = 0;
	while (words_left(act->words))
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
			used > 0 ? " " : "", words_next(act->words));
	return door_debug(&act->x->door, act->user, text);
}

static bool act_door(struct act *act)
{
	struct door *door = &act->x->door;
	const char *what = words_next(act->words);
	uint64_t time_ns;
	if (what == NULL)
		return false;
	if (strcmp(what, "calm") == 0) {
		door_calm(door);
	} else if (strcmp(what, "end") == 0) {
		door_end(door);
	} else if (strcmp(what, "deaf") == 0) {
		if (!words_time(act->words, &time_ns))
			return false;
		door->deaf_until_ns = act->now_ns + time_ns;
	} else if (strcmp(what, "session") == 0) {
		const char *name = words_next(act->words);
		if (name == NULL || strlen(name) >= sizeof door->session)
			return false;
		door_session(door, name);
	} else {
		return false;
	}
	return true;
}

static bool act_hold(struct act *act)
{
	struct heard *heard = &act->x->desk->heard;
	return heard->is_kept = heard->is_held = true;
}

static bool act_listen(struct act *act)
{
	return act->x->desk->heard.is_kept = true;
}

/* act_flow serves what has waited, in order, and from now on everything at once. */
static bool act_flow(struct act *act)
{
	struct heard *heard = &act->x->desk->heard;
	heard->is_held = false;
	for (struct heard_item *item; (item = heard_oldest(heard, UINT32_MAX)) != NULL;) {
		struct heard_item taken = *item;
		heard_take(heard, item);
		if (!taken.is_served)
			counter_serve(act->x->desk, taken.user, &taken.in, NULL);
	}
	return true;
}

/* A verb: what it wants before its own words. */
struct act_row {
	const char *verb;
	enum { WANTS_NOTHING, WANTS_USER, WANTS_ORDER } wants;
	bool (*act)(struct act *act);
	const char *words;
	bool is_soup; /* it is of SoupBinTCP: a user of FIX has no such thing */
};

/* clang-format off */
static const struct act_row rows[] = {
	{"next", WANTS_NOTHING, act_next, "[N] USER enter|replace|cancel|modify|mass-cancel|query|message reject CODE|dead|pend|refuse|ignore", false},
	{"fill", WANTS_ORDER, act_fill, "USER N QTY [at PRICE] [flag F]", false},
	{"cancel", WANTS_ORDER, act_cancel, "USER N [QTY] [reason R]", false},
	{"prevent", WANTS_ORDER, act_prevent, "USER N [QTY] [strategy S]", false},
	{"bust", WANTS_USER, act_bust, "USER last|MATCH [reason R]", false},
	{"correct", WANTS_USER, act_correct, "USER last|MATCH to PRICE", false},
	{"restate", WANTS_ORDER, act_restate, "USER N [reason R] [display QTY] [at PRICE]", false},
	{"move", WANTS_ORDER, act_move, "USER N [at PRICE]", false},
	{"repeat", WANTS_USER, act_repeat, "USER", false},
	{"tell", WANTS_USER, act_tell, "USER TYPE [FIELD VALUE]...", false},
	{"break", WANTS_USER, act_break, "USER sent|heard BYTES", false},
	{"mute", WANTS_USER, act_mute, "USER", true},
	{"keep", WANTS_USER, act_keep, "USER", false},
	{"voice", WANTS_USER, act_voice, "USER", false},
	{"refuse", WANTS_USER, act_refuse, "USER [N] A|S", false},
	{"sequence", WANTS_USER, act_sequence, "USER ahead|behind N", true},
	{"flood", WANTS_USER, act_flood, "USER N debug|heartbeats", true},
	{"debug", WANTS_USER, act_debug, "USER TEXT", true},
	{"door", WANTS_NOTHING, act_door, "session NAME|end|calm|deaf TIME", false},
	{"hold", WANTS_NOTHING, act_hold, "", false},
	{"listen", WANTS_NOTHING, act_listen, "", false},
	{"flow", WANTS_NOTHING, act_flow, "", false},
};
/* clang-format on */

void acts_help(char *text, size_t size)
{
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_COUNT(rows) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", i > 0 ? " | " : "",
			rows[i].verb, rows[i].words[0] != '\0' ? " " : "", rows[i].words);
}

static bool row_do(struct act *act, const struct act_row *row)
{
	uint32_t place;
	if (row->wants != WANTS_NOTHING) {
		act->user = acts_user(act->x, words_next(act->words));
		if (act->user == UINT32_MAX)
			return false;
		act->port = &act->x->desk->users[act->user];
		if (row->is_soup && act->x->fix.ports[act->user] != NULL) {
			snprintf(act->trouble, act->size,
				"not done: %.20s speaks FIX, expected a user of SoupBinTCP",
				act->port->name);
			return false;
		}
	}
	if (row->wants == WANTS_ORDER) {
		if (!acts_place(act->words, &place))
			return false;
		act->order = hand_order(act->port, place);
	}
	return row->act(act);
}

bool acts_do(struct exchange *x, const char *verb, struct words *words, uint64_t now_ns,
	bool *is_done, char *trouble, size_t size)
{
	struct act act = {
		.x = x, .words = words, .now_ns = now_ns, .trouble = trouble, .size = size};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (strcmp(verb, rows[i].verb) != 0)
			continue;
		snprintf(trouble, size,
			"not done: no such user, order or trade, or not as in: %s %s", verb,
			rows[i].words);
		*is_done = row_do(&act, &rows[i]);
		return true;
	}
	return false;
}
