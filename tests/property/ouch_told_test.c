/* ouch_told_test.c - what strategies of OUCH 5.0 and 4.2 believe of their orders (tests/support/ouch_desk.h), against a venue of
   either that does as it pleases, by a seed.

   In between connections break, gates die, accounts are killed, the venue's day ends, alone or in ours.  In the end every
   request has had its answer, or its order is uncertain.

   SLUICE_SEED plays one seed alone.
   rooms: dataplane_gate */
#include "dataplane/gate/roll.h"
#include "drivers/machine/clock.h"
#include "tests/support/ouch_desk.h"
#include "tests/support/random_venue.h"

enum { STEPS = 1500, SEEDS = 4 };

static struct world {
	struct rig *rig;
	struct random_venue venue;
	uint32_t days;
} w;

static uint32_t days_ended; /* in all seeds */

static const char *const day_names[] = {"DAY2", "DAY3", "DAY4", "DAY5"};

/* --- what happens beside --- */

static void change_day(enum day_change change)
{
	uint64_t midnight_ns = w.rig->gate->fold->midnight_wall_ns;
	w.rig->gate->is_turn_open = false;
	roll_write(w.rig->gate, change, 1000, "by hand",
		midnight_ns + (change == DAY_BEGINS ? UINT64_C(86400000000000) : 0));
	rig_poll(w.rig, 2000000);
	rig_poll(w.rig, 2000000);
}

static void venue_day_ends(void)
{
	w.venue.open_count = 0;
	w.rig->venue.count = 0;
	memset(w.venue.trades, 0, sizeof w.venue.trades);
	rig_venue_day(w.rig, day_names[w.days++]);
	rig_venue_up(w.rig);
}

/* Numbers begin anew, and so do books; who was away knows nothing of what happened since. */
static void desk_renews(struct desk *desk, bool has_heard)
{
	uint32_t account = desk->client == 0 ? RIG_ACCOUNT : RIG_OTHER_ACCOUNT;
	int64_t position = rig_position(w.rig, account, RIG_AAPL).position;
	if (has_heard)
		assert_int_equal(desk->position, position);
	*desk = (struct desk){.client = desk->client,
		.channels = desk->channels,
		.next = {1, 1, 1},
		.is_disabled = desk->is_disabled,
		.position = position};
	w.rig->clients[desk->client].sequence = w.rig->clients[desk->client].count = 0;
}

/* The venue's day ends alone, or ours around it. */
static void day_ends(void)
{
	bool was_up[RIG_CLIENT_COUNT], is_ours = any(2) == 0;
	if (w.days == ARRAY_COUNT(day_names) || any(2) != 0)
		return;
	if (!is_ours) {
		venue_day_ends();
		return;
	}
	change_day(DAY_ENDS);
	for (uint32_t i = any(20); i > 0; i--)
		random_venue_acts(&w.venue);
	venue_day_ends();
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++)
		was_up[i] = w.rig->clients[i].is_up;
	change_day(DAY_CLOSES);
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		hear_all(&game.desks[i]);
		if (was_up[i])
			check_books(&game.desks[i]);
	}
	change_day(DAY_BEGINS);
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++)
		desk_renews(&game.desks[i], was_up[i]);
	days_ended++;
}

/* A venue that comes back has answered all it was asked, or never will. */
static void venue_cuts(void)
{
	for (uint32_t i = any(8); i > 0; i--) {
		step_strategy();
		hear_and_check();
	}
	random_venue_cuts(&w.venue);
	while (random_venue_reads(&w.venue))
		;
	hear_and_check();
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		if (w.rig->clients[i].is_up)
			check_sizes(&game.desks[i]);
	}
}

static void client_goes(uint32_t client)
{
	struct rig_peer *peer = &w.rig->clients[client];
	if (!peer->is_up)
		return;
	stream_shut(w.rig->peer_stream, peer->connection, any(2));
	peer->connection = CONNECTION_NONE;
	peer->is_up = false;
	rig_poll(w.rig, 1000000);
}

static void step_break(void)
{
	uint32_t dice = any(5);
	if (dice == 0 && w.rig->venue.is_up) {
		venue_cuts();
	} else if (dice < 3) {
		client_goes(dice - 1);
	} else if (dice == 3) {
		rig_restart(w.rig, any(2));
		rig_venue_up(w.rig);
		rig_limits(w.rig, NULL);
		rig_market(w.rig, RIG_AAPL, 1630000, 1630200);
	} else {
		day_ends();
	}
}

static void step_stop(bool is_kill)
{
	uint32_t account = any(2) ? RIG_ACCOUNT : RIG_OTHER_ACCOUNT;
	const struct fold *fold = w.rig->gate->fold;
	uint32_t index = stop_index(SCOPE_ACCOUNT, account);
	struct mailbox_request request = {.kind = REQUEST_RELEASE};
	if ((fold->latches.states[index] == STATE_ACTIVE) != is_kill)
		return;
	if (is_kill) {
		rig_stop(w.rig, SCOPE_ACCOUNT, account, STATE_KILLED);
		return;
	}
	request.release = (struct release_record){
		.scope = SCOPE_ACCOUNT, .id = account, .latch = fold->latches.rows[index].number};
	assert_int_equal(rig_ask(w.rig, &request)->code, 0);
}

static void step(void)
{
	uint32_t dice = any(1000);
	if (dice < 15)
		step_break();
	else if (dice < 60)
		step_stop(dice < 20);
	else if (dice < 560)
		step_strategy();
	else
		random_venue_acts(&w.venue);
	rig_poll(w.rig, 3000000);
	hear_and_check();
}

static void finish(void)
{
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		if (!w.rig->clients[i].is_up)
			back_in(&game.desks[i]);
	}
	venue_cuts();
	random_venue_ends(&w.venue);
	rig_poll(w.rig, 3000000);
	hear_and_check();
	const struct fold *fold = w.rig->gate->fold;
	for (uint32_t i = fold->orders.open_head; i != ORDER_NONE; i = fold->orders.slots[i].next)
		assert_true(is_nobodys_guess(&fold->orders.slots[i]));
}

static enum order_protocol spoken;

static void site_of_ouch(struct site_config *site)
{
	site->venues[0].protocol = (uint8_t)spoken;
	desks_site(site);
}

static void run(uint64_t seed)
{
	static const struct rig_hooks hooks = {.site = site_of_ouch};
	memset(&w, 0, sizeof w);
	w.rig = rig_open_with(&hooks, NULL);
	random_venue_join(&w.venue, w.rig, seed);
	rig_ready(w.rig);
	desks_open(w.rig, &w.venue.dice);
	for (uint32_t i = 0; i < STEPS; i++)
		step();
	finish();
	print_message("seed %llu: %llu orders passed\n", (unsigned long long)seed,
		(unsigned long long)w.rig->gate->fold->orders_passed);
	rig_close(w.rig);
}

/* What was to be shown was met. */
static void check_shown(void)
{
	assert_true(shown.executed > 0 && shown.broken > 0 && shown.replaced > 0);
	assert_true(shown.cancelled > 0 && shown.refused > 0);
	assert_true(shown.again > 0 && shown.repeated > 0 && days_ended > 0);
}

static void play(enum order_protocol protocol)
{
	const char *only = getenv("SLUICE_SEED");
	uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;
	spoken = protocol;
	shown = (struct shown){.executed = 0};
	days_ended = 0;
	for (uint64_t seed = first; seed < first + (only != NULL ? 1 : SEEDS); seed++)
		run(seed);
	if (only == NULL)
		check_shown();
}

static void strategies_of_ouch_believe_what_is_true_of_a_venue_of_ouch_50(void **state)
{
	(void)state;
	play(ORDERS_OUCH50);
}

static void strategies_of_ouch_believe_what_is_true_of_a_venue_of_ouch_42(void **state)
{
	(void)state;
	play(ORDERS_OUCH42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strategies_of_ouch_believe_what_is_true_of_a_venue_of_ouch_50),
		cmocka_unit_test(strategies_of_ouch_believe_what_is_true_of_a_venue_of_ouch_42),
	};
	clock_start();
	return !!cmocka_run_group_tests_name("property.ouch_told", tests, NULL, NULL);
}
