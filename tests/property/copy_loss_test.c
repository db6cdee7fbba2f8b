/* Words of the venue are lost on the way to its order session or to its drop copy, sessions are cut and the gate is killed, all by
   seed: in the end the position is the venue's own list of trades and what is open what both told of its book, the client was told each trade and each
   share cancelled once, and every word that one session never told is a break with its owner.  Each day ends by
   replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "tests/support/copy_rig.h"

enum { STEPS = 120, ORDERS_MAX = 256 };

static const uint64_t second_ns = 1000000000ull;

struct day {
	struct copy_rig *copy;
	struct rig *rig;
	uint64_t random;
	uint32_t client_ref, order_count;
	struct {
		struct ouch_in sent;
		uint32_t executed, left;
		bool is_accepted;
		/* Cancels of one order add up: as its session, and as the copy tells them. */
		uint32_t cancelled_qty[2], cancels[2];
	} orders[ORDERS_MAX]; /* the venue's book */
	uint64_t match;
	int64_t bought;                      /* the venue's list */
	int64_t told_bought, told_cancelled; /* the client's */
	uint32_t told_fills;
	uint32_t lacking; /* words that one session has told and the other never will */
};

static uint32_t roll(struct day *day, uint32_t below)
{
	day->random ^= day->random << 13;
	day->random ^= day->random >> 7;
	day->random ^= day->random << 17;
	return (uint32_t)(day->random >> 33) % below;
}

static void drain(struct day *day)
{
	struct ouch_out out;
	while (rig_client_got(day->rig, 0, &out)) {
		day->told_fills += out.type == 'E';
		day->told_bought += out.type == 'E' ? out.qty : 0;
		day->told_cancelled += out.type == 'C' ? out.qty : 0;
	}
}

static void tell(struct day *day, uint32_t at, const struct ouch_out *word)
{
	uint32_t fate = roll(day, 8);
	bool copy_first = roll(day, 2) != 0;
	if (copy_first && fate != 0)
		copy_rig_say(day->copy, word);
	if (fate != 1)
		rig_answer(day->rig, word);
	if (!copy_first && fate != 0)
		copy_rig_say(day->copy, word);
	if (word->type != 'C')
		day->lacking += fate < 2;
	for (uint32_t teller = 0; teller < 2 && word->type == 'C'; teller++) {
		bool is_told = fate != 1 - teller;
		day->orders[at].cancels[teller] += is_told;
		day->orders[at].cancelled_qty[teller] += is_told ? word->qty : 0;
	}
	drain(day);
}

static void enter(struct day *day)
{
	struct ouch_in order = rig_order(++day->client_ref), got;
	rig_market(day->rig, RIG_AAPL, 1630000, 1630200);
	rig_send(day->rig, 0, &order);
	while (rig_venue_got(day->rig, &got)) {
		assert_true(day->order_count < ORDERS_MAX);
		day->orders[day->order_count].sent = got;
		day->orders[day->order_count++].left = got.qty;
	}
	drain(day);
}

static void happen(struct day *day)
{
	if (day->order_count == 0)
		return;
	/* Often of the newest, so that one may come and go while its session is away. */
	uint32_t at = roll(day, 2) != 0 ? day->order_count - 1 : roll(day, day->order_count);
	uint32_t ref = day->orders[at].sent.ref, left = day->orders[at].left;
	if (!day->orders[at].is_accepted) {
		struct ouch_out word = rig_accepted(&day->orders[at].sent);
		day->orders[at].is_accepted = true;
		tell(day, at, &word);
		return;
	}
	if (left == 0)
		return;
	uint32_t qty = roll(day, 2) != 0 ? left : 1 + roll(day, left);
	struct ouch_out word = {.type = 'C', .code = 'U', .ref = ref, .qty = qty};
	if (roll(day, 3) != 0) {
		word = (struct ouch_out){.type = 'E',
			.code = 'A',
			.ref = ref,
			.qty = qty,
			.match = ++day->match,
			.price_e4 = 1630000};
		day->bought += qty;
		day->orders[at].executed += qty;
	}
	day->orders[at].left -= word.qty;
	tell(day, at, &word);
}

/* The venue repeats nothing, so no word of its may ever be seen twice. */
static void nothing_was_repeated(const struct day *day)
{
	const struct metrics *metrics = &day->rig->region->metrics;
	assert_int_equal(metrics_get(metrics, METRIC_gate_fills_repeated), 0);
}

static void kill_gate(struct day *day)
{
	nothing_was_repeated(day);
	day->copy->connection = CONNECTION_NONE;
	day->copy->is_up = false;
	rig_restart(day->rig, roll(day, 2) != 0);
	rig_venue_up(day->rig);
	rig_client_up(day->rig, 0);
	drain(day);
}

static void step(struct day *day)
{
	uint32_t what = roll(day, 32);
	if (what < 8)
		enter(day);
	else if (what < 22)
		happen(day);
	else if (what < 25 && day->rig->venue.is_up)
		rig_venue_cut(day->rig);
	else if (what < 25)
		happen(day);
	else if (what == 25)
		rig_venue_up(day->rig);
	else if (what == 26)
		copy_rig_cut(day->copy);
	else if (what == 27)
		copy_rig_up(day->copy);
	else if (what == 28)
		kill_gate(day);
	else
		rig_poll(day->rig, (1 + roll(day, 10)) * (second_ns / 5));
	drain(day);
}

/* What the gate can know: of an order's cancels what the one told that told more of them. */
struct known {
	int64_t open, cancelled;
	uint32_t lacking;
};

static struct known known_of(const struct day *day)
{
	struct known known = {.lacking = day->lacking};
	for (uint32_t i = 0; i < day->order_count; i++) {
		const uint32_t *qty = day->orders[i].cancelled_qty;
		const uint32_t *count = day->orders[i].cancels;
		uint32_t more = qty[0] > qty[1] ? qty[0] : qty[1];
		known.open += (int64_t)day->orders[i].sent.qty - day->orders[i].executed - more;
		known.cancelled += more;
		known.lacking += qty[0] != qty[1] || count[0] != count[1];
	}
	return known;
}

static void all_counts_once(const struct day *day, uint64_t seed)
{
	struct position_row row = rig_position(day->rig, RIG_ACCOUNT, RIG_AAPL);
	struct known known = known_of(day);
	uint32_t rows = day->rig->gate->fold->breaks.count;
	nothing_was_repeated(day);
	if (row.position != day->bought || rows != known.lacking ||
		(int64_t)row.working_buy_qty != known.open)
		fail_msg("seed %llu: found position %lld, %u rows and %lld open, expected %lld, "
			 "%u and %lld",
			(unsigned long long)seed, (long long)row.position, rows,
			(long long)row.working_buy_qty, (long long)day->bought, known.lacking,
			(long long)known.open);
	assert_int_equal(day->rig->gate->fold->breaks.alarmed[0], rows);
	assert_int_equal(day->told_fills, day->match);
	assert_int_equal(day->told_bought, day->bought);
	assert_int_equal(day->told_cancelled, known.cancelled);
}

static void play(uint64_t seed)
{
	struct day day = {.random = seed * 0x9E3779B97F4A7C15ull | 1};
	day.copy = copy_rig_open(DROP_ALERTS);
	day.rig = day.copy->rig;
	for (uint32_t i = 0; i < STEPS; i++)
		step(&day);
	rig_venue_up(day.rig);
	copy_rig_up(day.copy);
	for (uint32_t i = 0; i < 8; i++)
		rig_poll(day.rig, second_ns);
	/* Whoever said nothing for so long was let go, and hears on return what it missed. */
	if (!day.rig->clients[0].is_up)
		rig_client_up(day.rig, 0);
	drain(&day);
	all_counts_once(&day, seed);
	const struct fold *fold = day.rig->gate->fold;
	for (uint32_t at = fold->breaks.heads[0]; at != BREAK_NONE; at = fold->breaks.rows[at].next)
		assert_int_equal(fold->breaks.rows[at].account, RIG_ACCOUNT);
	copy_rig_close(day.copy);
}

static void position_is_the_venues_list_and_what_was_lost_is_named(void **state)
{
	(void)state;
	const char *text = getenv("SLUICE_COPY_DAYS");
	uint64_t count = text != NULL ? strtoull(text, NULL, 10) : 10;
	for (uint64_t seed = 1; seed <= count; seed++)
		play(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(position_is_the_venues_list_and_what_was_lost_is_named)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
