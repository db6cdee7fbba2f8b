/* Words of the venue are lost on the way to its order session or to its drop copy, sessions are cut and the gate is killed, all by
   seed: in the end the position is the venue's own list of trades, and every word that one session never
   told is a break with its owner.  Each day ends by replaying itself.
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
		uint32_t ref, left;
		bool is_accepted;
	} orders[ORDERS_MAX]; /* the venue's book */
	uint64_t match;
	int64_t bought;   /* the venue's list */
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
	while (rig_client_got(day->rig, 0, &out))
		;
}

static void tell(struct day *day, const struct ouch_out *word)
{
	uint32_t fate = roll(day, 8);
	bool copy_first = roll(day, 2) != 0;
	if (copy_first && fate != 0)
		copy_rig_say(day->copy, word);
	if (fate != 1)
		rig_answer(day->rig, word);
	if (!copy_first && fate != 0)
		copy_rig_say(day->copy, word);
	day->lacking += fate < 2;
	drain(day);
}

static void enter(struct day *day)
{
	struct ouch_in order = rig_order(++day->client_ref), got;
	rig_market(day->rig, RIG_AAPL, 1630000, 1630200);
	rig_send(day->rig, 0, &order);
	while (rig_venue_got(day->rig, &got)) {
		assert_true(day->order_count < ORDERS_MAX);
		day->orders[day->order_count].ref = got.ref;
		day->orders[day->order_count++].left = got.qty;
	}
	drain(day);
}

static void happen(struct day *day)
{
	if (day->order_count == 0)
		return;
	uint32_t at = roll(day, day->order_count);
	uint32_t ref = day->orders[at].ref, left = day->orders[at].left;
	if (!day->orders[at].is_accepted) {
		struct ouch_in order = rig_order(1);
		order.ref = ref;
		struct ouch_out word = rig_accepted(&order);
		day->orders[at].is_accepted = true;
		tell(day, &word);
		return;
	}
	if (left == 0)
		return;
	struct ouch_out word = {.type = 'C', .code = 'U', .ref = ref, .qty = left};
	if (roll(day, 3) != 0) {
		uint32_t qty = 1 + roll(day, left);
		word = (struct ouch_out){.type = 'E',
			.code = 'A',
			.ref = ref,
			.qty = qty,
			.match = ++day->match,
			.price_e4 = 1630000};
		day->bought += qty;
	}
	day->orders[at].left -= word.qty;
	tell(day, &word);
}

static void kill_gate(struct day *day)
{
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
	else if (what < 24)
		happen(day);
	else if (what == 24 && day->rig->venue.is_up)
		rig_venue_cut(day->rig);
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
	const struct fold *fold = day.rig->gate->fold;
	int64_t position = rig_position(day.rig, RIG_ACCOUNT, RIG_AAPL).position;
	if (position != day.bought || fold->breaks.count != day.lacking)
		fail_msg("seed %llu: found position %lld and %u rows, expected %lld and %u",
			(unsigned long long)seed, (long long)position, fold->breaks.count,
			(long long)day.bought, day.lacking);
	assert_int_equal(fold->breaks.alarmed[0], day.lacking);
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
