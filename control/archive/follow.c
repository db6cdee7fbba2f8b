#include "control/archive/follow.h"

#include "config/eastern.h"
#include "drivers/machine/clock.h"

enum { FOLLOW_READ_COUNT = 256 };

#define SECOND_NS      UINT64_C(1000000000)
#define FOLLOW_HOUR_NS (3600 * SECOND_NS)
#define FOLLOW_NIGHT_NS                                                                            \
	(4 * FOLLOW_HOUR_NS) /* no day is so long without an event, and no night shorter */

bool follow_join(
	struct follow *follow, const struct market_region *market, struct config_error *error)
{
	memset(follow, 0, sizeof *follow);
	if (sluice_adopt(&follow->sluice, market, market->header.size_bytes) != 0) {
		snprintf(error->text, sizeof error->text, "%s", follow->sluice.error);
		return false;
	}
	follow->market = market;
	follow->day_s =
		(int64_t)(eastern_day_of(market->header.started_wall_ns).begin_ns / 1000000000);
	for (uint32_t i = 0; i < FEED_STAGE_COUNT_MAX; i++) {
		sluice_tape_join(&follow->tapes[i].tape, &follow->sluice, i, SLUICE_OLDEST);
		follow->tapes[i].is_waiting = true;
	}
	return true;
}

/* wall_of tells what time it was when an event was heard; none was before its dataplane began. */
static uint64_t wall_of(const struct follow *follow, uint64_t recv_ns)
{
	const uint64_t started_ns = follow->market->header.started_wall_ns;
	int64_t age_ns = (int64_t)(sluice_now_ns(&follow->sluice) - recv_ns);
	uint64_t wall_ns = clock_wall_ns();
	if (wall_ns <= started_ns)
		return started_ns;
	if (age_ns <= 0)
		return wall_ns;
	return (uint64_t)age_ns < wall_ns - started_ns ? wall_ns - (uint64_t)age_ns : started_ns;
}

/* day_begin finds the day of an event that was heard at some time, of which the venue says how far it is. */
static int64_t day_begin(uint64_t wall_ns, uint64_t exch_ns)
{
	struct eastern_day day = eastern_day_of(wall_ns);
	if (wall_ns - day.begin_ns < FOLLOW_HOUR_NS && exch_ns > 23 * FOLLOW_HOUR_NS)
		day = eastern_day_of(day.begin_ns - 1);
	else if (day.end_ns - wall_ns < FOLLOW_HOUR_NS && exch_ns != 0 && exch_ns < FOLLOW_HOUR_NS)
		day = eastern_day_of(day.end_ns);
	return (int64_t)(day.begin_ns / SECOND_NS);
}

/* day_of gives the day that an event is of, as seconds at its begin. */
static int64_t day_of(struct follow *follow, const struct sluice_event *event)
{
	struct follow_day *day = &follow->days[event->channel % CHANNEL_COUNT_MAX];
	bool has_time = event->exch_ns != 0;
	bool is_anew = has_time && event->exch_ns + FOLLOW_HOUR_NS < day->exch_ns;
	bool is_after_night = (int64_t)(event->recv_ns - day->recv_ns) > (int64_t)FOLLOW_NIGHT_NS;
	if (day->begin_s == 0 || is_anew || is_after_night)
		day->begin_s = day_begin(wall_of(follow, event->recv_ns), event->exch_ns);
	if (has_time)
		day->exch_ns = event->exch_ns;
	day->recv_ns = event->recv_ns;
	return day->begin_s;
}

/* The time of an event: the venue's, or that of the last event before, if it has none. */
static uint64_t time_of(
	struct follow *follow, struct follow_tape *tape, const struct sluice_event *event)
{
	uint64_t begin_ns = (uint64_t)day_of(follow, event) * SECOND_NS;
	if (event->exch_ns != 0)
		tape->time_ns = begin_ns + event->exch_ns;
	return tape->time_ns;
}

/* work_begin opens the transaction with the first thing there is to write: most events are none. */
static bool work_begin(struct follow *follow, struct store *store)
{
	if (follow->is_writing)
		return true;
	follow->is_writing = store_begin(store);
	return follow->is_writing;
}

static bool hole_note(struct follow *follow, struct store *store, const struct hole *hole)
{
	follow->facts.holes++;
	return work_begin(follow, store) && store_hole(store, hole);
}

/* begin_note decides where a tape is read from and what was missed before. */
static bool begin_note(struct follow *follow, struct store *store, uint32_t index)
{
	struct follow_tape *tape = &follow->tapes[index];
	struct tape_place place;
	uint64_t last_ns, day_ns = (uint64_t)follow->day_s * 1000000000;
	if (!work_begin(follow, store) ||
		!store_place_get(store, follow->sluice.instance, index, &place) ||
		!store_last_ns(store, &last_ns))
		return false;
	tape->is_begun = true;
	if (place.next != 0) {
		/* Where we were before a restart; what was overwritten since, the tape itself tells. */
		tape->tape.first = tape->tape.next = place.next;
		tape->time_ns = place.time_ns;
		return true;
	}
	tape->time_ns = last_ns > day_ns ? last_ns : day_ns;
	if (index != 0)
		return true;
	/* Another dataplane: what the last one left open ends, and nobody heard what was between them. */
	if (!store_hole_close_all(store, tape->time_ns))
		return false;
	if (last_ns <= day_ns && tape->tape.next == 1)
		return true;
	struct hole hole = {.from_ns = tape->time_ns,
		.channel = STORE_CHANNEL_ALL,
		.cause = last_ns > day_ns ? "another dataplane began" : "control came late"};
	return hole_note(follow, store, &hole);
}

/* lost_note opens a hole where the tape was overrun; the next event with a time ends it. */
static bool lost_note(struct follow *follow, struct store *store, struct follow_tape *tape)
{
	struct hole hole = {.from_ns = tape->time_ns,
		.channel = STORE_CHANNEL_ALL,
		.cause = "the tape was overrun"};
	return hole_note(follow, store, &hole);
}

/* What is missing for all is missing until something is heard again; what else came at that moment may
   be missing too. */
static bool heard_note(struct follow *follow, struct store *store, uint64_t time_ns)
{
	return work_begin(follow, store) &&
	       store_hole_close(store, "", STORE_CHANNEL_ALL, time_ns + 1);
}

/* regained_note: a snapshot may have stood for prints up to the first event behind it. */
static bool regained_note(struct follow *follow, struct store *store,
	const struct sluice_event *event, uint64_t time_ns)
{
	struct follow_day *day = &follow->days[event->channel % CHANNEL_COUNT_MAX];
	struct hole hole = {.from_ns = day->whole_ns,
		.to_ns = time_ns + 1,
		.channel = event->channel,
		.cause = "it was stale"};
	if (day->whole_ns == 0 || event->exch_ns == 0)
		return true;
	day->whole_ns = 0;
	return time_ns <= hole.from_ns || (work_begin(follow, store) && store_hole(store, &hole));
}

static bool stale_note(struct follow *follow, struct store *store, const struct sluice_event *event,
	uint64_t time_ns)
{
	struct hole hole = {.from_ns = time_ns, .channel = event->channel, .cause = "it was stale"};
	if (event->symbol != SLUICE_NONE)
		sluice_name(&follow->sluice, event->symbol, hole.symbol);
	else
		follow->days[event->channel % CHANNEL_COUNT_MAX].whole_ns =
			event->kind == SLUICE_WHOLE ? time_ns : 0;
	if (event->kind == SLUICE_WHOLE)
		return work_begin(follow, store) &&
		       store_hole_close(store, hole.symbol, hole.channel, time_ns + 1);
	return hole_note(follow, store, &hole);
}

static bool print_note(struct follow *follow, struct store *store, const struct sluice_event *event,
	uint64_t time_ns)
{
	bool is_cross = event->kind == SLUICE_CROSS, is_new;
	struct print print = {.day_s = follow->days[event->channel % CHANNEL_COUNT_MAX].begin_s,
		.time_ns = time_ns,
		.match = event->other,
		.qty = is_cross ? event->order : event->qty,
		.price_e4 = event->price_e4,
		.channel = event->channel,
		.kind = event->kind};
	sluice_name(&follow->sluice, event->symbol, print.symbol);
	/* A cross of no shares did not take place. */
	if (print.qty == 0 || (is_cross && print.price_e4 <= 0))
		return true;
	if (print.price_e4 <= 0) {
		/* An order that the book did not know was executed: how dear, nobody knows. */
		struct hole hole = {.from_ns = time_ns,
			.to_ns = time_ns + 1,
			.channel = print.channel,
			.cause = "a print without a price"};
		memcpy(hole.symbol, print.symbol, sizeof hole.symbol);
		return hole_note(follow, store, &hole);
	}
	if (!work_begin(follow, store) || !store_print(store, &print, &is_new))
		return false;
	follow->facts.prints += is_new;
	follow->facts.repeated += !is_new;
	return true;
}

/* whose_print finds the symbol of a channel's print, which its break does not name; symbol is left as it is if there is none. */
static bool whose_print(struct follow *follow, struct store *store,
	const struct sluice_event *event, int64_t day_s, char symbol[9])
{
	uint32_t count = (uint32_t)follow->sluice.parts[SLUICE_INSTRUMENTS].count;
	bool is_there = false;
	for (uint32_t i = 0; i < count && !is_there; i++) {
		char name[9];
		sluice_name(&follow->sluice, i, name);
		if (!store_has(store, day_s, name, event->other, event->channel, &is_there))
			return false;
		if (is_there)
			memcpy(symbol, name, sizeof name);
	}
	return true;
}

static bool break_note(struct follow *follow, struct store *store, const struct sluice_event *event)
{
	char symbol[9] = "";
	bool is_known;
	int64_t day_s = follow->days[event->channel % CHANNEL_COUNT_MAX].begin_s;
	if (event->symbol != SLUICE_NONE)
		sluice_name(&follow->sluice, event->symbol, symbol);
	if (!work_begin(follow, store) ||
		(event->symbol == SLUICE_NONE &&
			!whose_print(follow, store, event, day_s, symbol)) ||
		!store_break(store, day_s, symbol, event->other, &is_known))
		return false;
	follow->facts.broken += is_known;
	follow->facts.unknown += !is_known;
	return true;
}

static bool event_note(struct follow *follow, struct store *store, const struct sluice_event *event,
	uint64_t time_ns)
{
	bool has_symbol = event->symbol < follow->sluice.parts[SLUICE_INSTRUMENTS].count;
	switch (event->kind) {
	case SLUICE_EXECUTE:
	case SLUICE_TRADE:
	case SLUICE_CROSS:
		return !has_symbol || print_note(follow, store, event, time_ns);
	case SLUICE_EXECUTE_AT:
		return !has_symbol || event->code != 'Y' ||
		       print_note(follow, store, event, time_ns);
	case SLUICE_BREAK:
		return (!has_symbol && event->symbol != SLUICE_NONE) ||
		       break_note(follow, store, event);
	case SLUICE_STALE:
	case SLUICE_WHOLE:
		return stale_note(follow, store, event, time_ns);
	default:
		return true;
	}
}

/* tape_pass reads a batch of one tape; *events counts what was read. */
static bool tape_pass(struct follow *follow, struct store *store, uint32_t index, uint64_t *events)
{
	struct sluice_event read[FOLLOW_READ_COUNT];
	struct follow_tape *tape = &follow->tapes[index];
	uint64_t before = follow->facts.prints + follow->facts.repeated, lost = tape->tape.lost;
	if (!tape->is_begun && !begin_note(follow, store, index))
		return false;
	/* A ring at most, so that a pass ends however fast the tape grows. */
	for (uint64_t seen = 0;
		seen <= tape->tape.mask &&
		follow->facts.prints + follow->facts.repeated - before < ARCHIVE_BATCH_COUNT;) {
		size_t count = sluice_tape_read(&tape->tape, read, FOLLOW_READ_COUNT);
		if (tape->tape.lost != lost) {
			follow->facts.lost += tape->tape.lost - lost;
			lost = tape->tape.lost;
			tape->is_waiting = true;
			if (!lost_note(follow, store, tape))
				return false;
		}
		if (count == 0)
			break;
		*events += count;
		seen += count;
		for (size_t i = 0; i < count; i++) {
			uint64_t time_ns = time_of(follow, tape, &read[i]);
			bool has_ended = tape->is_waiting && read[i].exch_ns != 0;
			tape->is_waiting &= !has_ended;
			if ((has_ended && !heard_note(follow, store, time_ns)) ||
				!regained_note(follow, store, &read[i], time_ns) ||
				!event_note(follow, store, &read[i], time_ns))
				return false;
		}
	}
	return true;
}

/* places_write says up to where the tapes were read, with whatever was written of them. */
static bool places_write(struct follow *follow, struct store *store)
{
	for (uint32_t i = 0; i < FEED_STAGE_COUNT_MAX; i++) {
		const struct follow_tape *tape = &follow->tapes[i];
		struct tape_place place = {tape->tape.next, tape->time_ns};
		if (tape->tape.page != NULL &&
			!store_place_set(store, follow->sluice.instance, i, &place))
			return false;
	}
	return true;
}

/* places_are_old tells that so much was passed over since the last transaction that a restart might find it
   overwritten. */
static bool places_are_old(const struct follow *follow)
{
	for (uint32_t i = 0; i < FEED_STAGE_COUNT_MAX; i++) {
		const struct follow_tape *tape = &follow->tapes[i];
		if (tape->tape.page != NULL &&
			tape->tape.next - tape->placed > (tape->tape.mask + 1) / 4)
			return true;
	}
	return false;
}

static void places_note(struct follow *follow)
{
	for (uint32_t i = 0; i < FEED_STAGE_COUNT_MAX; i++)
		follow->tapes[i].placed = follow->tapes[i].tape.next;
}

bool follow_rest(struct follow *follow, struct store *store)
{
	if (store_begin(store) && places_write(follow, store) && store_commit(store))
		return true;
	store_undo(store);
	return false;
}

/* Whether a pass would find anything; asked without a transaction. */
static bool follow_has_news(const struct follow *follow)
{
	for (uint32_t i = 0; i < FEED_STAGE_COUNT_MAX; i++) {
		const struct sluice_tape *tape = &follow->tapes[i].tape;
		if (tape->page != NULL &&
			(!follow->tapes[i].is_begun || sluice_tape_written(tape) >= tape->next))
			return true;
	}
	return false;
}

bool follow_pass(struct follow *follow, struct store *store, uint64_t *events)
{
	struct follow before;
	*events = 0;
	if (!follow_has_news(follow))
		return true;
	memcpy(&before, follow, sizeof before);
	bool is_good = true;
	for (uint32_t i = 0; is_good && i < FEED_STAGE_COUNT_MAX; i++)
		if (follow->tapes[i].tape.page != NULL)
			is_good = tape_pass(follow, store, i, events);
	if (is_good && places_are_old(follow))
		is_good = work_begin(follow, store);
	if (is_good && follow->is_writing) {
		is_good = places_write(follow, store) && store_commit(store);
		places_note(follow);
	}
	if (is_good) {
		follow->is_writing = false;
		return true;
	}
	store_undo(store);
	memcpy(follow, &before, sizeof before);
	*events = 0;
	return false;
}
