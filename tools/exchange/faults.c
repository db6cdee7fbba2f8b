#include "tools/exchange/faults.h"

#include <stdio.h>

#include "dataplane/wire/itch50.h"
#include "dataplane/wire/mold64.h"

const char faults_help[] =
	"drop N on LINES | lose PPM on LINES [seed N] | duplicate PPM on LINES "
	"[seed N] | reorder PPM on "
	"LINES [seed N] | delay TIME on LINES | silence on LINES | heartbeats "
	"on LINES | calm on LINES | "
	"cut N on LINES | rogue N on LINES | foreign on LINES | skip N | forget "
	"| end | session NAME | "
	"reset | rewind refuse N|all | rewind hole FIRST N | rewind answer | "
	"rewind rate N | rewind "
	"depth N | rewind messages N | "
	"glimpse refuse N|all | glimpse answer | glimpse cut N | "
	"pitch drop|lose|duplicate|reorder|delay|silence|heartbeats|calm ... on LINES | "
	"gaps refuse N|all | gaps deaf N|all | gaps depth N | gaps answer | spins cut N | spins "
	"answer; LINES are a, b or ab";

/* A command about lines: it is done to each line that is named. */
struct on_line {
	struct exchange *x;
	struct lines *lines; /* of the feed, or of the unit */
	uint32_t index;
	uint64_t number;
	uint32_t ppm;
	uint64_t time_ns;
};

static struct mishap *mishap_of(const struct on_line *on)
{
	return &on->lines->line[on->index].mishap;
}

static void do_drop(const struct on_line *on)
{
	mishap_of(on)->drop_next += on->number;
}

static void do_lose(const struct on_line *on)
{
	mishap_of(on)->drop_ppm = on->ppm;
}

static void do_duplicate(const struct on_line *on)
{
	mishap_of(on)->duplicate_ppm = on->ppm;
}

static void do_reorder(const struct on_line *on)
{
	mishap_of(on)->reorder_ppm = on->ppm;
}

static void do_delay(const struct on_line *on)
{
	mishap_of(on)->delay_ns = on->time_ns;
}

static void do_silence(const struct on_line *on)
{
	mishap_of(on)->voice = VOICE_NONE;
}

static void do_heartbeats(const struct on_line *on)
{
	mishap_of(on)->voice = VOICE_HEARTBEATS;
}

static void do_calm(const struct on_line *on)
{
	mishap_calm(mishap_of(on));
}

static void do_cut(const struct on_line *on)
{
	on->x->tape.lines[on->index].cut = (uint32_t)on->number;
}

/* send_stray puts one Delete of an order that never was on a line, under any session and number. */
static void send_stray(const struct on_line *on, const char session[10], uint64_t sequence)
{
	uint8_t bytes[MOLD64_HEADER_BYTES + 2 + ITCH50_SIZE_MAX], message[ITCH50_SIZE_MAX];
	const struct event event = {.kind = EVENT_DELETE,
		.order = UINT64_MAX,
		.locate = 1,
		.exch_ns = on->x->desk->exch_ns};
	uint32_t size = mold64_begin(bytes, session, sequence);
	size = mold64_append(
		bytes, size, sizeof bytes, message, (uint16_t)itch50_encode(&event, message));
	on->x->strays++;
	lines_packet(&on->x->lines, on->index, bytes, size, on->x->tape.now_ns);
}

static void do_rogue(const struct on_line *on)
{
	send_stray(on, on->x->tape.session, on->x->tape.next + on->number);
}

static void do_foreign(const struct on_line *on)
{
	send_stray(on, "OTHERDAY01", on->x->tape.next);
}

enum argument { NOTHING, NUMBER, SHARE, TIME };

static const struct row {
	const char *verb;
	enum argument argument;
	uint64_t max;
	void (*act)(const struct on_line *on);
	bool is_of_feed; /* of the feed's lines alone */
} rows[] = {
	{"drop", NUMBER, UINT32_MAX, do_drop, false},
	{"lose", SHARE, 0, do_lose, false},
	{"duplicate", SHARE, 0, do_duplicate, false},
	{"reorder", SHARE, 0, do_reorder, false},
	{"delay", TIME, 0, do_delay, false},
	{"silence", NOTHING, 0, do_silence, false},
	{"heartbeats", NOTHING, 0, do_heartbeats, false},
	{"calm", NOTHING, 0, do_calm, false},
	{"cut", NUMBER, TAPE_CUT_MAX, do_cut, true},
	{"rogue", NUMBER, UINT32_MAX, do_rogue, true},
	{"foreign", NOTHING, 0, do_foreign, true},
};

static bool row_read(const struct row *row, struct words *words, struct on_line *on)
{
	switch (row->argument) {
	case NUMBER:
		return words_number(words, row->max, &on->number) && on->number > 0;
	case SHARE:
		return words_ppm(words, &on->ppm);
	case TIME:
		return words_time(words, &on->time_ns);
	default:
		return true;
	}
}

static bool row_do(
	struct exchange *x, struct lines *lines, const struct row *row, struct words *words)
{
	struct on_line on = {.x = x, .lines = lines};
	if (words->lines == 0 || !row_read(row, words, &on) || words_left(words))
		return false;
	for (on.index = 0; on.index < LINE_COUNT_MAX; on.index++) {
		if ((words->lines & 1u << on.index) == 0)
			continue;
		if (words->has_seed)
			mishap_seed(mishap_of(&on), words->seed + on.index);
		row->act(&on);
	}
	return true;
}

/* all_or_number reads how often something is refused. */
static bool all_or_number(struct words *words, uint64_t *count)
{
	if (words_left(words) && strcmp(words->word[words->at], "all") == 0) {
		words_next(words);
		*count = UINT64_MAX;
		return true;
	}
	return words_number(words, UINT32_MAX, count);
}

static bool do_rewind(struct rewind *rewind, struct words *words)
{
	const char *what = words_next(words);
	uint64_t number;
	if (what == NULL)
		return false;
	if (strcmp(what, "answer") == 0) {
		rewind_calm(rewind);
		return true;
	}
	if (strcmp(what, "hole") == 0) {
		uint64_t count;
		return words_number(words, UINT64_MAX, &number) &&
		       words_number(words, UINT32_MAX, &count) &&
		       rewind_hole(rewind, number, count);
	}
	if (strcmp(what, "refuse") == 0)
		return all_or_number(words, &rewind->refuse);
	if (!words_number(words, UINT32_MAX, &number))
		return false;
	if (strcmp(what, "rate") == 0)
		rewind->rate_per_s = (uint32_t)number;
	else if (strcmp(what, "depth") == 0)
		rewind->depth = number;
	else if (strcmp(what, "messages") == 0 && number > 0)
		rewind->count_max = (uint32_t)number;
	else
		return false;
	return true;
}

static bool do_glimpse(struct glimpse *glimpse, struct words *words)
{
	const char *what = words_next(words);
	if (what == NULL)
		return false;
	if (strcmp(what, "answer") == 0) {
		glimpse->refuse = glimpse->cut_after = 0;
		return true;
	}
	if (strcmp(what, "refuse") == 0)
		return all_or_number(words, &glimpse->refuse);
	return strcmp(what, "cut") == 0 && words_number(words, UINT32_MAX, &glimpse->cut_after);
}

static bool do_gaps(struct cboe *cboe, struct words *words)
{
	const char *what = words_next(words);
	uint64_t depth;
	if (what == NULL)
		return false;
	if (strcmp(what, "answer") == 0) {
		cboe->refuse = cboe->deaf = 0;
		return true;
	}
	if (strcmp(what, "refuse") == 0)
		return all_or_number(words, &cboe->refuse);
	if (strcmp(what, "deaf") == 0)
		return all_or_number(words, &cboe->deaf);
	if (strcmp(what, "depth") != 0 || !words_number(words, UINT32_MAX, &depth))
		return false;
	cboe->limits.reach = depth;
	return true;
}

static bool do_spins(struct cboe *cboe, struct words *words)
{
	const char *what = words_next(words);
	if (what != NULL && strcmp(what, "answer") == 0) {
		cboe->cut_after = 0;
		return true;
	}
	return what != NULL && strcmp(what, "cut") == 0 &&
	       words_number(words, UINT32_MAX, &cboe->cut_after);
}

/* session_do does what concerns the feed as a whole; false: another command. */
static bool session_do(struct exchange *x, const char *verb, struct words *words, bool *is_done)
{
	uint64_t number = 0;
	*is_done = x->is_open;
	if (strcmp(verb, "skip") == 0) {
		*is_done &= words_number(words, UINT32_MAX, &number);
		if (*is_done)
			tape_skip(&x->tape, number);
	} else if (strcmp(verb, "forget") == 0) {
		tape_forget(&x->tape);
	} else if (strcmp(verb, "end") == 0) {
		if (*is_done)
			exchange_stop(x);
	} else if (strcmp(verb, "session") == 0 || strcmp(verb, "reset") == 0) {
		const char *name = verb[0] == 's' ? words_next(words) : x->tape.session;
		*is_done &= name != NULL && (verb[0] == 'r' || strlen(name) <= 10);
		if (*is_done)
			exchange_session(x, name);
	} else if (strcmp(verb, "rewind") == 0) {
		*is_done = do_rewind(&x->rewind, words);
	} else if (strcmp(verb, "glimpse") == 0) {
		*is_done = do_glimpse(&x->glimpse, words);
	} else if (strcmp(verb, "gaps") == 0) {
		*is_done = do_gaps(&x->unit.cboe, words);
	} else if (strcmp(verb, "spins") == 0) {
		*is_done = do_spins(&x->unit.cboe, words);
	} else {
		return false;
	}
	return true;
}

bool faults_do(struct exchange *x, const char *verb, struct words *words, bool *is_done,
	char *trouble, size_t size)
{
	bool is_pitch = strcmp(verb, "pitch") == 0, is_mine = is_pitch;
	const char *name = is_pitch ? words_next(words) : verb;
	*is_done = false;
	for (size_t i = 0; i < ARRAY_COUNT(rows) && name != NULL; i++) {
		if (strcmp(name, rows[i].verb) != 0 || (is_pitch && rows[i].is_of_feed))
			continue;
		is_mine = true;
		*is_done = row_do(x, is_pitch ? &x->unit.lines : &x->lines, &rows[i], words);
	}
	is_mine = is_mine || session_do(x, verb, words, is_done);
	if (is_mine && !*is_done)
		snprintf(trouble, size, "%s: not done; expected as in: %s", verb, faults_help);
	return is_mine;
}
