/* session_fix_test.c - the bytes of a FIX client's connection: who comes in, what is cut, what waits for room.  Each test ends
   by replaying itself.
   rooms: dataplane_gate */
#include "drivers/stream/stream_fault.h"
#include "tests/support/fix_client_rig.h"

static struct stream *fault_wrap(struct stream *inside)
{
	const struct stream_fault_rates none = {.seed = 1};
	return stream_fault_open(inside, 64, &none);
}

static int open_faulty(void **state)
{
	static const struct rig_hooks hooks = {.wrap = fault_wrap,
		.others = peer_poll,
		.site = site_with_fix,
		.event = peer_event};
	return open_by(state, ORDERS_FIX44, &hooks);
}

static uint64_t metric(const struct rig *rig, enum metric name)
{
	return metrics_get(&rig->region->metrics, name);
}

static void say_raw(struct rig *rig, const char *version, const char *fields)
{
	uint8_t wire[2048];
	uint32_t size = fix_text_frame(wire, sizeof wire, version, fields);
	assert_true(stream_send(rig->peer_stream, peer.connection, wire, size));
	rig_poll(rig, 1000);
}

/* Whoever is not named right, or not at the right time, is told nothing. */
static void a_logon_that_is_of_no_session_ends_the_connection_without_a_word(void **state)
{
	struct rig *rig = *state;
	char now[32] = {0}, fields[256];
	fix_write_time((uint8_t *)now, clock_wall_ns(), FIX_MILLIS);
	const struct {
		const char *version, *sender, *target, *number, *time, *rest;
	} logons[] = {{"FIX.4.4", "STRAX", "SLUICE", "2", now, ""},
		{"FIX.4.4", "STRATS", "SLUICE", "2", now, ""},
		{"FIX.4.4", "STRAT", "SLUICX", "2", now, ""},
		{"FIX.4.4", "STRAT", "SLUICE", "0", now, ""},
		{"FIX.4.4", "STRAT", "SLUICE", "2", "20250102-14:30:00", ""},
		{"FIX.4.4", "STRAT", "SLUICE", "2", "21250102-14:30:00", ""},
		{"FIX.4.4", "STRAT", "SLUICE", "2", now, "999=1|"},
		{"FIX.4.4", "STRAT", "SLUICE", "2", now, "553=A.NAME.LONGER.THAN.ANY|"},
		{"FIX.4.3", "STRAT", "SLUICE", "2", now, ""},
		{"FIX.4.2", "STRAT", "SLUICE", "2", now, ""}};
	stream_shut(rig->peer_stream, peer.connection, true);
	rig_poll(rig, 1000);
	for (uint32_t i = 0; i < ARRAY_COUNT(logons); i++) {
		snprintf(fields, sizeof fields,
			"35=A|49=%s|56=%s|34=%s|52=%s|98=0|108=30|%s554=PASS2|", logons[i].sender,
			logons[i].target, logons[i].number, logons[i].time,
			logons[i].rest[0] != '\0' ? logons[i].rest : "553=USER2|");
		dial(rig);
		say_raw(rig, logons[i].version, fields);
		assert_int_equal(peer.count, 0);
		assert_true(peer.is_closed);
	}
	assert_int_equal(metric(rig, METRIC_gate_logins_refused), ARRAY_COUNT(logons));
	dial(rig);
	say(rig, "A", logon_words());
	told("35=A|34=2|");
}

static void a_session_that_is_there_has_no_second_connection(void **state)
{
	struct rig *rig = *state;
	uint32_t first = peer.connection;
	dial(rig);
	say_at(rig, 2, "A", logon_words());
	assert_int_equal(peer.count, 0);
	assert_true(peer.is_closed);
	peer.connection = first;
	accepted(rig);
}

static void a_message_in_pieces_is_one_and_what_is_none_is_passed_over(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	stream_sim_chunk(rig->net, 1, 3);
	accepted(rig);
	uint64_t garbled = metric(rig, METRIC_gate_garbled);
	uint8_t wire[64];
	uint32_t size = fix_text_raw(wire, sizeof wire, "8=FIX.4.4|9=60|35=0|10=999|");
	assert_true(stream_send(rig->peer_stream, peer.connection, wire, size));
	say(rig, "D", ORDER("B") "44=162|");
	told("35=3|371=44|372=D|");
	say(rig, "D", ORDER("C"));
	assert_true(rig_venue_got(rig, &at_venue));
	assert_true(metric(rig, METRIC_gate_garbled) > garbled);
}

static void a_message_longer_than_the_journal_takes_ends_the_connection(void **state)
{
	struct rig *rig = *state;
	char body[MESSAGE_BYTES_MAX - 40] = ORDER("A") "58=";
	size_t size = strlen(body);
	memset(body + size, 'x', sizeof body - 2 - size);
	body[sizeof body - 2] = '|';
	say(rig, "D", body);
	assert_true(peer.is_closed);
	assert_int_equal(metric(rig, METRIC_gate_bad_messages), 1);
	assert_int_equal(rig->gate->fold->orders_in, 0);
}

/* Shut, it is heard no more, and does not keep its place by not going. */
static void whoever_does_not_go_is_cut_off(void **state)
{
	struct rig *rig = *state;
	uint32_t place = rig->gate->by_session[FIX_SESSION]->place;
	stream_sim_hold(rig->gate_stream, rig->gate->numbers[place], true);
	say_at(rig, 1, "0", "");
	assert_null(rig->gate->by_session[FIX_SESSION]);
	uint64_t records = rig->record_bytes;
	say(rig, "D", ORDER("A"));
	assert_int_equal(rig->gate->fold->orders_in, 0);
	assert_int_equal(rig->record_bytes, records);
	assert_int_not_equal(rig->gate->numbers[place], CONNECTION_NONE);
	rig_poll(rig, 1100000000);
	assert_int_equal(rig->gate->numbers[place], CONNECTION_NONE);
	assert_true(peer.is_closed);
}

/* A stream without room: what it is owed comes once, in its turn. */
static void reports_wait_for_room(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	const struct stream_fault_rates refuse = {.seed = 1, .refuse_ppm = STREAM_FAULT_PPM_MAX};
	const struct stream_fault_rates none = {.seed = 1};
	say(rig, "D", ORDER("A"));
	assert_true(rig_venue_got(rig, &at_venue));
	stream_fault_begin(rig->gate_stream, &refuse);
	rig_accept(rig, &at_venue);
	rig_execute(rig, &at_venue, 40, 1630000);
	rig_poll(rig, 2000000);
	assert_int_equal(peer.count, 0);
	stream_fault_begin(rig->gate_stream, &none);
	rig_poll(rig, 2000000);
	told("35=8|34=2|11=A|150=0|");
	told("35=8|34=3|11=A|150=F|");
	assert_int_equal(peer.count, 0);
	say(rig, "1", "112=still there|");
	told("35=0|34=4|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_logon_that_is_of_no_session_ends_the_connection_without_a_word, open_44,
			shut),
		cmocka_unit_test_setup_teardown(
			a_session_that_is_there_has_no_second_connection, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_message_in_pieces_is_one_and_what_is_none_is_passed_over, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_message_longer_than_the_journal_takes_ends_the_connection, open_44, shut),
		cmocka_unit_test_setup_teardown(whoever_does_not_go_is_cut_off, open_44, shut),
		cmocka_unit_test_setup_teardown(reports_wait_for_room, open_faulty, shut),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
