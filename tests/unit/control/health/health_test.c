/* health_test.c - every no, one by one, with its reason. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <errno.h>

#include "control/health/health.h"

static struct site_config site;
static struct plane plane;
static struct dataplane_region *other;
static struct market_region *market;
static int market_fd;
static struct publishing publishing;
static struct health health;
static struct timekeeping keeping;
static struct bookkeeping_verdict books;

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	struct limitset *set = calloc(1, sizeof *set);
	site = (struct site_config){.channel_count = 1, .venue_count = 1, .journal_max_behind = 10};
	memcpy(site.channels[0].name, "itch", 5);
	memcpy(site.venues[0].name, "exchange", 9);
	books = (struct bookkeeping_verdict){.state = BOOKKEEPING_EQUAL};
	timekeeping_open(&keeping, &site);
	if (!plane_open(&plane, &site, &error) || !publishing_open(&publishing, &site, &error))
		return 1;
	other = region_create_dataplane(&plane.region_fd, &site, &error);
	plane.region = other;
	market = market_create(&market_fd, &site, &error);
	plane.market = market;
	plane.is_attached = true;
	atomic_store(&other->gate.is_recovered, 1);
	atomic_store(&other->gate.venue_up_mask, 1);
	atomic_store(&market->channels[0].heard_ns, 1);
	publishing_want(&publishing, set);
	other->gate.limits.now.epoch = other->gate.limits.taken = 1;
	atomic_store(&other->gate.limits_epoch_adopted, 1);
	publishing_turn(&publishing, &plane);
	free(set);
	return other == NULL || market == NULL;
}

static int end(void **state)
{
	(void)state;
	plane_close(&plane);
	publishing_close(&publishing);
	return 0;
}

static int audit_errno;
static const char *limits_owed;

static void look(uint64_t now_ns)
{
	const struct health_sources from = {.site = &site,
		.plane = &plane,
		.publishing = &publishing,
		.keeping = &keeping,
		.books = &books,
		.audit_errno = audit_errno,
		.limits_owed = limits_owed};
	health_read(&health, &from, now_ns);
}

static void limits_on_trial_are_told(void)
{
	publishing.now.now.term = LIMITS_TRIAL;
	publishing.now.former.epoch = 9;
	atomic_store(&other->gate.limits_left_ns, 30000000000);
	look(1);
	publishing.now.now.term = LIMITS_STAY;
	for (uint32_t i = 0; i < health.count; i++)
		if (strcmp(health.checks[i].name, "limits") == 0 && health.checks[i].is_good &&
			strstr(health.checks[i].reason, "in 30 s epoch 9 is in force again") !=
				NULL)
			return;
	fail();
}

/* The one check that says no. */
static const char *the_no(void)
{
	const char *name = NULL;
	for (uint32_t i = 0; i < health.count; i++) {
		/* that it is not armed either follows from any other */
		bool follows = strcmp(health.checks[i].name, "ready") == 0;
		assert_true(!follows || !health.is_good[HEALTH_READY]);
		if (!health.checks[i].is_good && !follows) {
			assert_null(name);
			assert_non_null(strstr(health.checks[i].reason, "expected"));
			name = health.checks[i].name;
		}
	}
	assert_non_null(name);
	return name;
}

static void a_wait_for_the_disk_is_told(void)
{
	bool is_told = false;
	metrics_set(&other->metrics, METRIC_journal_waits, 1);
	look(1);
	assert_string_equal(the_no(), "recovery");
	for (uint32_t i = 0; i < health.count; i++)
		is_told |= strstr(health.checks[i].reason, "waits for its disk") != NULL;
	assert_true(is_told);
	metrics_set(&other->metrics, METRIC_journal_waits, 0);
}

static void all_is_well(void **state)
{
	(void)state;
	look(1);
	assert_true(health.is_good[HEALTH_ALIVE] && health.is_good[HEALTH_READY] &&
		    health.is_good[HEALTH_ARMED]);
}

static void a_loop_that_stands_is_not_alive_and_so_not_ready(void **state)
{
	(void)state;
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		plane.loops_moved_ns[i] = i == STAGE_FEED ? 0 : 5;
	look(PLANE_STUCK_NS - 1);
	assert_true(health.is_good[HEALTH_ALIVE]);
	look(PLANE_STUCK_NS);
	assert_string_equal(the_no(), "feed");
	assert_false(health.is_good[HEALTH_ALIVE] || health.is_good[HEALTH_READY] ||
		     health.is_good[HEALTH_ARMED]);
}

static void each_missing_thing_is_named(void **state)
{
	(void)state;
	atomic_store(&market->channels[0].stale_since_ns, 5);
	look(1);
	assert_string_equal(the_no(), "feed itch");
	atomic_store(&market->channels[0].stale_since_ns, 0);
	atomic_store(&market->channels[0].heard_ns, 0);
	look(1);
	assert_string_equal(the_no(), "feed itch");
	atomic_store(&market->channels[0].heard_ns, 1);
	atomic_store(&other->gate.venue_up_mask, 2);
	look(1);
	assert_string_equal(the_no(), "venue exchange");
	atomic_store(&other->gate.venue_up_mask, 1);
	atomic_store(&other->gate.venue_uncertain[0], 3);
	look(1);
	assert_string_equal(the_no(), "venue exchange");
	atomic_store(&other->gate.venue_uncertain[0], 0);
	site.venues[0].login_tries = 2;
	atomic_store(&other->gate.venue_refusals[0].count, 2);
	look(1);
	assert_string_equal(the_no(), "venue exchange");
	atomic_store(&other->gate.venue_refusals[0].count, 1);
	metrics_set(&other->metrics, METRIC_journal_no_room, 1);
	metrics_set(&other->metrics, METRIC_journal_room_records, 77);
	look(1);
	assert_string_equal(the_no(), "journal");
	metrics_set(&other->metrics, METRIC_journal_no_room, 0);
	metrics_set(&other->metrics, METRIC_journal_errors, 1);
	look(1);
	assert_string_equal(the_no(), "journal");
	metrics_set(&other->metrics, METRIC_journal_errors, 0);
	metrics_set(&other->metrics, METRIC_journal_behind, 11);
	look(1);
	assert_string_equal(the_no(), "journal");
	metrics_set(&other->metrics, METRIC_journal_behind, 10);
	metrics_set(&other->metrics, METRIC_gate_conservation_residue, (uint64_t)-1);
	look(1);
	assert_string_equal(the_no(), "conservation");
	metrics_set(&other->metrics, METRIC_gate_conservation_residue, 0);
	other->gate.limits.now.hash[0] = 1;
	look(1);
	assert_string_equal(the_no(), "limits");
	other->gate.limits.now.hash[0] = 0;
	limits_on_trial_are_told();
	atomic_store(&other->gate.is_recovered, 0);
	look(1);
	assert_string_equal(the_no(), "recovery");
	a_wait_for_the_disk_is_told();
	atomic_store(&other->gate.is_recovered, 1);
	for (books.state = BOOKKEEPING_NOT_YET; books.state <= BOOKKEEPING_WRONG; books.state++) {
		snprintf(books.reason, sizeof books.reason, "not compared, expected equal");
		look(1);
		assert_string_equal(the_no(), "ledger");
	}
	assert_true(health.is_good[HEALTH_ALIVE]);
	assert_false(health.is_good[HEALTH_READY]);
}

static void a_silent_line_is_a_warning_and_no_no(void **state)
{
	(void)state;
	struct channel_state *channel = &market->channels[0];
	site.channels[0].line_count = 2;
	site.channels[0].max_silence_ns = 1000000;
	atomic_store(&channel->lines[0].heard_ns, 7000000);
	atomic_store(&channel->lines[1].heard_ns, 1400000);
	look(7000000);
	assert_true(health.is_good[HEALTH_READY]);
	assert_int_equal(health.warning_count, 1);
	for (uint32_t i = 0; i < health.count; i++) {
		const struct health_check *check = &health.checks[i];
		assert_int_equal(check->is_warning, strcmp(check->name, "line itch B") == 0);
		assert_true(check->is_good);
		if (check->is_warning)
			assert_non_null(strstr(check->reason, "silent for 5 ms, expected"));
	}
	atomic_store(&channel->lines[1].heard_ns, 7000000);
	look(7000000);
	assert_int_equal(health.warning_count, 0);
}

static void a_port_without_its_link_or_with_losses_is_named(void **state)
{
	(void)state;
	site.port_count = 2;
	site.channels[0].line_count = 1;
	memcpy(site.ports[0].name, "feed-a", 7);
	plane.ports[0].down_ns = plane.ports[1].down_ns = 1;
	look(5000001);
	assert_string_equal(the_no(), "port feed-a"); /* no line uses the other */
	assert_false(health.is_good[HEALTH_READY]);
	assert_true(health.is_good[HEALTH_ALIVE]);
	plane.ports[0].down_ns = 0;
	plane.ports[0].lost = 7;
	plane.ports[0].lost_ns = 2;
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		plane.loops_moved_ns[i] = WATCH_LOST_NS;
	look(1 + WATCH_LOST_NS);
	assert_string_equal(the_no(), "port feed-a");
	look(2 + WATCH_LOST_NS);
	assert_true(health.is_good[HEALTH_READY]);
}

static void a_clock_that_is_not_as_the_site_demands_is_named(void **state)
{
	(void)state;
	struct time_reading reading = {.is_known = true, .is_synchronised = true, .offset_ns = 100};
	site.clock_source = CLOCK_SIM;
	site.clock_max_offset_ns = 100;
	timekeeping_open(&keeping, &site);
	look(1);
	assert_string_equal(the_no(), "clock");
	assert_false(health.is_good[HEALTH_READY]);
	timesource_set(&keeping.source, &reading);
	look(1);
	assert_true(health.is_good[HEALTH_READY]);
	reading.offset_ns = -101;
	timesource_set(&keeping.source, &reading);
	look(1);
	assert_string_equal(the_no(), "clock");
}

/* What is said of something by its name; NULL: nothing. */
static const struct health_check *said_of(const char *name)
{
	look(1);
	for (uint32_t i = 0; i < health.count; i++)
		if (strcmp(health.checks[i].name, name) == 0)
			return &health.checks[i];
	return NULL;
}

static void the_copy_says(bool is_good, const char *reason)
{
	const struct health_check *check = said_of("drop copy second");
	assert_non_null(check);
	assert_string_equal(check->reason, reason);
	assert_int_equal(check->part, HEALTH_READY);
	assert_int_equal(check->is_good, is_good);
	assert_int_equal(health.is_good[HEALTH_READY], is_good);
	if (!is_good)
		assert_string_equal(the_no(), "drop copy second");
}

/* Of two venues the second has a copy; what is told of the first is not of it. */
static void a_drop_copy_is_named_while_it_is_away_or_tells_otherwise(void **state)
{
	(void)state;
	site.venue_count = 2;
	memcpy(site.venues[1].name, "second", 7);
	site.venues[1].drop.session_id = 240;
	site.venues[1].drop.alarm_after_ns = 5000000000;
	atomic_store(&other->gate.venue_up_mask, 3);
	atomic_store(&other->gate.venue_breaks[0], 9);
	atomic_store(&other->gate.venue_copy_up_mask, 1);
	the_copy_says(false, "not logged in, expected a session: what the venue tells is taken on "
			     "trust until it is back");
	assert_null(said_of("drop copy exchange"));
	atomic_store(&other->gate.venue_copy_up_mask, 2);
	the_copy_says(true, "logged in, tells what we know");
	atomic_store(&other->gate.venue_breaks[1], 3);
	the_copy_says(false, "3 words that it and the order session do not tell alike for longer "
			     "than 5000 ms, expected none: show breaks");
	atomic_store(&other->gate.venue_breaks[1], 0);
	atomic_store(&other->gate.breaks_lost, 7);
	the_copy_says(false, "7 words could not be compared, there being no room, expected none: "
			     "compare with the venue's own list");
	atomic_store(&other->gate.breaks_lost, 0);
	the_copy_says(true, "logged in, tells what we know");
}

static void is_good_because(const char *name, const char *reason)
{
	const struct health_check *check = said_of(name);
	assert_non_null(check);
	assert_true(check->is_good);
	assert_non_null(strstr(check->reason, reason));
	assert_true(health.is_good[HEALTH_READY]);
}

/* Of two venues the second is outside of its hours, and both of its sessions are away. */
static void a_venue_outside_of_its_hours_is_no_alarm_unless_something_is_open_there(void **state)
{
	(void)state;
	site.venue_count = 2;
	memcpy(site.venues[1].name, "second", 7);
	site.venues[1].drop.session_id = 240;
	atomic_store(&other->gate.venue_closed_mask, 2);
	is_good_because("venue second", "outside of its hours: no order goes to it");
	is_good_because("drop copy second", "outside of its venue's hours");
	is_good_because("venue exchange", "logged in");
	/* Who is closed may say no. */
	atomic_store(&other->gate.venue_refusals[1].count, 20);
	atomic_store(&other->gate.copy_refusals[1].count, 20);
	is_good_because("venue second", "outside of its hours: no order goes to it");
	is_good_because("drop copy second", "outside of its venue's hours");
	atomic_store(&other->gate.venue_refusals[1].count, 0);
	atomic_store(&other->gate.copy_refusals[1].count, 0);
	atomic_store(&other->gate.venue_uncertain[1], 1);
	assert_non_null(
		strstr(said_of("venue second")->reason, "1 orders sent to it of which nobody"));
	assert_string_equal(the_no(), "venue second");
	atomic_store(&other->gate.venue_uncertain[1], 0);
	/* What it and its copy do not tell alike is told as ever. */
	atomic_store(&other->gate.venue_breaks[1], 1);
	the_copy_says(false, "1 words that it and the order session do not tell alike for longer "
			     "than 0 ms, expected none: show breaks");
	atomic_store(&other->gate.venue_breaks[1], 0);
	atomic_store(&other->gate.breaks_lost, 7);
	the_copy_says(false, "7 words could not be compared, there being no room, expected none: "
			     "compare with the venue's own list");
	atomic_store(&other->gate.breaks_lost, 0);
	atomic_store(
		&other->gate.venue_up_mask, 2); /* the first is away, and its hours are not over */
	look(1);
	assert_string_equal(the_no(), "venue exchange");
}

/* Orders on it are judged without a market, all others go on: somebody should look. */
static void books_that_contradict_themselves_are_a_warning_that_names_them(void **state)
{
	(void)state;
	static struct symbol_config symbols[19];
	struct top_prices top = {.bid_e4 = 10000, .stale = 1};
	for (uint32_t i = 0; i < ARRAY_COUNT(symbols); i++)
		symbols[i].name = symbol_pack((const char[]){'A', 'A', (char)('A' + i), '\0'});
	site.symbols = symbols;
	site.symbol_count = ARRAY_COUNT(symbols);
	is_good_because("books", "no symbol is stale alone");
	assert_int_equal(health.warning_count, 0);
	top_publish(&market->tops[3], &top);
	top_publish(&market->tops[18], &top);
	look(1);
	const struct health_check *said = said_of("books");
	assert_true(said->is_good && said->is_warning);
	assert_int_equal(health.warning_count, 1);
	assert_true(health.is_good[HEALTH_ARMED]);
	assert_non_null(strstr(said->reason, "2 of 19 symbols are stale alone: AAD, AAS; "));
	assert_non_null(strstr(said->reason, ", expected "));
	for (uint32_t i = 0; i < ARRAY_COUNT(symbols); i++)
		top_publish(&market->tops[i], &top);
	look(1);
	said = said_of("books");
	assert_non_null(strstr(said->reason, "19 of 19 symbols are stale alone: AAA, AAB, "));
	assert_non_null(strstr(said->reason, ", AAP and 3 more; "));
	/* While their channel is stale it says so, and not they. */
	atomic_store(&market->channels[0].stale_since_ns, 5);
	look(1);
	assert_string_equal(the_no(), "feed itch");
	assert_false(said_of("books")->is_warning);
}

static void what_control_cannot_write_down_is_not_ready(void **state)
{
	(void)state;
	audit_errno = ENOSPC;
	look(1);
	audit_errno = 0;
	assert_string_equal(the_no(), "audit");
	assert_false(health.is_good[HEALTH_READY]);
	limits_owed = "limits.in-force.yaml: found \"No space left on device\"";
	look(1);
	limits_owed = NULL;
	assert_string_equal(the_no(), "kept limits");
	assert_false(health.is_good[HEALTH_READY]);
}

static void a_halted_firm_is_ready_and_not_armed(void **state)
{
	(void)state;
	atomic_store(&other->gate.latched_state, STATE_REDUCE_ONLY);
	look(1);
	assert_true(health.is_good[HEALTH_ARMED]);
	atomic_store(&other->gate.latched_state, STATE_HALTED);
	look(1);
	assert_string_equal(the_no(), "stops");
	assert_true(health.is_good[HEALTH_READY]);
	assert_false(health.is_good[HEALTH_ARMED]);
}

static void a_trip_that_stands_is_not_armed(void **state)
{
	(void)state;
	atomic_store(&other->gate.trips_standing, 1);
	look(1);
	assert_string_equal(the_no(), "trips");
	assert_true(health.is_good[HEALTH_READY]);
	assert_false(health.is_good[HEALTH_ARMED]);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(all_is_well),
		ONE(a_loop_that_stands_is_not_alive_and_so_not_ready),
		ONE(each_missing_thing_is_named),
		ONE(a_silent_line_is_a_warning_and_no_no),
		ONE(a_port_without_its_link_or_with_losses_is_named),
		ONE(a_clock_that_is_not_as_the_site_demands_is_named),
		ONE(a_drop_copy_is_named_while_it_is_away_or_tells_otherwise),
		ONE(a_venue_outside_of_its_hours_is_no_alarm_unless_something_is_open_there),
		ONE(books_that_contradict_themselves_are_a_warning_that_names_them),
		ONE(what_control_cannot_write_down_is_not_ready),
		ONE(a_halted_firm_is_ready_and_not_armed),
		ONE(a_trip_that_stands_is_not_armed),
	};
	return !!cmocka_run_group_tests_name("unit.control.health.health", tests, NULL, NULL);
}
