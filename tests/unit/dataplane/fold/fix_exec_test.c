/* fix_exec_test.c - which report a bust or a correction names to a strategy of FIX: the one that told the trade last.  Each test
   ends by replaying itself.
   rooms: dataplane_gate */
#include "dataplane/fold/fix_client.h"
#include "tests/support/fix_client_rig.h"

/* The name that the oldest report has, which is compared and taken. */
static void named(char name[64], const char *fields)
{
	assert_true(peer.count > 0);
	snprintf(name, 64, "%s", fix_text_value(peer.heard[0].bytes, peer.heard[0].size, 17));
	told(fields);
}

static uint64_t executes(struct rig *rig, const struct ouch_in *at_venue, uint32_t qty)
{
	rig_execute(rig, at_venue, qty, 1629900);
	return rig->venue.sequence;
}

static void changes(struct rig *rig, const struct ouch_in *at_venue, uint64_t match, uint32_t qty)
{
	struct ouch_out out = {.type = qty == 0 ? 'B' : 'F',
		.ref = at_venue->ref,
		.code = 'E',
		.match = match,
		.qty = qty,
		.price_e4 = 1620000};
	rig_answer(rig, &out);
}

/* The change is told, of the execution that `of` named, and has a name itself. */
static void changed(char name[64], const char *of, bool is_bust)
{
	char expected[128];
	bool is_42 = protocol == ORDERS_FIX42;
	const char *kind = is_42 ? is_bust ? "20=1" : "20=2" : is_bust ? "150=H" : "150=G";
	snprintf(expected, sizeof expected, "35=8|11=A|19=%s|%s|", of, kind);
	named(name, expected);
}

/* FIX 4.2, appendix D34, and 4.4, J.1.a. */
static void what_changes_a_trade_again_names_the_report_that_changed_it_last(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	char first[64], second[64], third[64], other[64], last[64];
	uint64_t match = executes(rig, &at_venue, 30), more = executes(rig, &at_venue, 10);
	named(first, "39=1|32=30|");
	named(other, "39=1|32=10|");
	changes(rig, &at_venue, match, 20);
	changed(second, first, false);
	changes(rig, &at_venue, match, 25);
	changed(third, second, false);
	changes(rig, &at_venue, more, 5); /* another trade has a chain of its own */
	changed(last, other, false);
	changes(rig, &at_venue, match, 0);
	changed(last, third, true);
	changes(rig, &at_venue, more, 0);
	assert_string_not_equal(last, other);
	told("35=8|11=A|");
	assert_int_equal(rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL).position, 0);
}

static void it_does_so_over_a_restart(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	char first[64], second[64], third[64];
	uint64_t match = executes(rig, &at_venue, 30);
	named(first, "39=1|32=30|");
	changes(rig, &at_venue, match, 20);
	changed(second, first, false);
	rig_restart(rig, false);
	rig_venue_up(rig);
	dial(rig);
	say(rig, "A", logon_words());
	told("35=A|");
	changes(rig, &at_venue, match, 25);
	changed(third, second, false);
}

/* Of what changed so long ago the first name is known alone, which names the trade as well. */
static void what_was_changed_long_ago_goes_by_its_execution(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	char first[64], second[64], name[64], before[64];
	uint64_t match = executes(rig, &at_venue, 30), more = executes(rig, &at_venue, 10);
	named(first, "39=1|32=30|");
	named(before, "39=1|32=10|");
	changes(rig, &at_venue, match, 20);
	changed(second, first, false);
	for (uint32_t i = 0; i < FIX_CHANGED_COUNT; i++) {
		changes(rig, &at_venue, more, 5 + i % 2);
		changed(name, before, false);
		memcpy(before, name, sizeof before);
	}
	changes(rig, &at_venue, match, 25);
	changed(name, first, false);
}

static void day_is(struct rig *rig, enum day_change change)
{
	struct mailbox_request request = {.kind = REQUEST_DAY, .id = change};
	request.release.uid = 1001;
	memcpy(request.release.reason, "the venue closes early", 23);
	rig_ask(rig, &request);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2000000);
}

/* Venues number trades from one again: a name of yesterday's is none of today's. */
static void a_day_forgets_what_was_changed_the_day_before(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	char first[64], second[64];
	uint32_t session = rig->site.sessions[1].id;
	uint64_t match = executes(rig, &at_venue, 30);
	named(first, "39=1|32=30|");
	changes(rig, &at_venue, match, 20);
	changed(second, first, false);
	rig_cancelled(rig, at_venue.ref, 70, 'U');
	assert_int_equal(fix_client_of(rig->gate->fold, session)->changed_total, 1);
	stream_shut(rig->peer_stream, peer.connection, true);
	rig_poll(rig, 1000);
	day_is(rig, DAY_ENDS);
	assert_int_equal(rig->gate->fold->day.phase, DAY_CLOSED);
	day_is(rig, DAY_BEGINS);
	assert_int_equal(rig->gate->fold->day.phase, DAY_OPEN);
	assert_int_equal(rig->gate->fold->day.count, 1);
	assert_int_equal(fix_client_of(rig->gate->fold, session)->changed_total, 0);
}

#define OF_BOTH(test)                                                                              \
	cmocka_unit_test_setup_teardown(test, open_42, shut),                                      \
		cmocka_unit_test_setup_teardown(test, open_44, shut)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_BOTH(what_changes_a_trade_again_names_the_report_that_changed_it_last),
		OF_BOTH(it_does_so_over_a_restart),
		OF_BOTH(what_was_changed_long_ago_goes_by_its_execution),
		OF_BOTH(a_day_forgets_what_was_changed_the_day_before),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
