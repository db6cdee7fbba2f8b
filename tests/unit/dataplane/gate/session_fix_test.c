/* session_fix_test.c - the bytes of a FIX client's connection: who comes in, what is cut, what waits for room.  Each test ends
   by replaying itself.
   rooms: dataplane_gate */
#include "dataplane/fold/fix_client.h"
#include "dataplane/gate/session_fix.h"
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

static const struct session_event *newest(const struct rig *rig)
{
	const struct gate_page *page = &rig->region->gate;
	uint64_t count = atomic_load(&page->session_event_count);
	assert_true(count > 0);
	return &page->session_events[(count - 1) % SESSION_EVENT_COUNT];
}

static void refused(const struct rig *rig, uint32_t session, enum session_why why)
{
	assert_int_equal(newest(rig)->happening, SESSION_WAS_REFUSED);
	assert_int_equal(newest(rig)->session, session);
	assert_int_equal(newest(rig)->why, why);
}

struct logon {
	const char *version, *sender, *target, *number, *time, *rest;
	enum session_why why;
	const char *told; /* Text of the Logout; NULL: the connection ends without a word */
};

static void log_on(struct rig *rig, const struct logon *logon)
{
	char now[32] = {0}, fields[256];
	fix_write_time((uint8_t *)now, clock_wall_ns(), FIX_MILLIS);
	snprintf(fields, sizeof fields, "35=A|49=%s|56=%s|34=%s|52=%s|98=0|108=30|%s",
		logon->sender, logon->target, logon->number,
		logon->time != NULL ? logon->time : now,
		logon->rest != NULL ? logon->rest : "553=USER2|554=PASS2|");
	dial(rig);
	say_raw(rig, logon->version, fields);
}

static void leave(struct rig *rig)
{
	stream_shut(rig->peer_stream, peer.connection, true);
	rig_poll(rig, 1000);
}

/* Only who names a session is told why: a Logout is a message of it, and takes one of its numbers. */
static void a_logon_that_is_not_right_is_told_why_where_there_is_a_session_to_say_it_in(
	void **state)
{
	static const char version[] = "found another BeginString, expected this one";
	static const char secret[] = "found another username or password, expected the agreed one";
	static const char time[] = "found a SendingTime too far from our clock, expected it close";
	static const struct logon logons[] = {
		{"FIX.4.4", "STRAX", "SLUICE", "2", NULL, NULL, SESSION_WHY_COMP_IDS, NULL},
		{"FIX.4.4", "STRATS", "SLUICE", "2", NULL, NULL, SESSION_WHY_COMP_IDS, NULL},
		{"FIX.4.4", "STRAT", "SLUICX", "2", NULL, NULL, SESSION_WHY_COMP_IDS, NULL},
		{"FIX.4.4", "STRAT", "SLUICE", "0", NULL, NULL, SESSION_WHY_NOT_RIGHT, NULL},
		{"FIX.4.4", "STRAT", "SLUICE", "2", NULL, "0=1|554=PASS2|", SESSION_WHY_NOT_RIGHT,
			NULL},
		{"FIX.4.4", "STRAT", "SLUICE", "2", "20250102-14:30:00", NULL, SESSION_WHY_CLOCK,
			time},
		{"FIX.4.4", "STRAT", "SLUICE", "2", "21250102-14:30:00", NULL, SESSION_WHY_CLOCK,
			time},
		{"FIX.4.4", "STRAT", "SLUICE", "2", NULL, "553=A.NAME.LONGER.THAN.ANY|554=PASS2|",
			SESSION_WHY_CREDENTIALS, secret},
		{"FIX.4.4", "STRAT", "SLUICE", "2", NULL, "553=USER2|554=PASS1|",
			SESSION_WHY_CREDENTIALS, secret},
		{"FIX.4.4", "STRAT", "SLUICE", "2", NULL, "554=PASS2|", SESSION_WHY_CREDENTIALS,
			secret},
		{"FIX.4.3", "STRAT", "SLUICE", "2", NULL, NULL, SESSION_WHY_VERSION, version},
		{"FIX.4.2", "STRAT", "SLUICE", "2", NULL, NULL, SESSION_WHY_VERSION, version}};
	struct rig *rig = *state;
	uint32_t said = 1; /* the answer to the first Logon */
	leave(rig);
	for (uint32_t i = 0; i < ARRAY_COUNT(logons); i++) {
		char expected[160];
		log_on(rig, &logons[i]);
		if (logons[i].told != NULL) {
			snprintf(expected, sizeof expected, "35=5|34=%u|58=%s|", ++said,
				logons[i].told);
			told(expected);
		}
		assert_int_equal(peer.count, 0);
		assert_true(peer.is_closed);
		refused(rig, logons[i].why == SESSION_WHY_COMP_IDS ? 0 : FIX_SESSION,
			logons[i].why);
	}
	assert_int_equal(metric(rig, METRIC_gate_logins_refused), ARRAY_COUNT(logons));
	assert_int_equal(metric(rig, METRIC_gate_logins), 1);
	dial(rig);
	say(rig, "A", logon_words());
	told("35=A|34=9|");
	assert_int_equal(newest(rig)->happening, SESSION_CAME_UP);
}

/* How many bytes a tag of the oldest message has, which is taken. */
static uint32_t taken_bytes(uint32_t tag)
{
	struct fix_walk walk = {
		.at = peer.heard[0].bytes, .end = peer.heard[0].bytes + peer.heard[0].size};
	struct fix_field field;
	do
		assert_int_equal(fix_next(&walk, &field), FIX_NO_REASON);
	while (field.tag != tag && field.tag != 0);
	memmove(peer.heard, peer.heard + 1, --peer.count * sizeof peer.heard[0]);
	return field.size_bytes;
}

static uint8_t times;

static void site_with_times(struct site_config *site)
{
	site_with_fix(site);
	site->sessions[FIX_SESSION - 1].times = times;
}

/* FIX 4.2 and 4.4 know seconds and milliseconds alone, and many peers refuse what is longer, from the Logon on. */
static void times_are_as_fine_as_the_peer_reads_them(void **state)
{
	static const struct {
		uint8_t times;
		uint32_t bytes;
	} rows[] = {{TIMES_MILLIS, 21}, {TIMES_SECONDS, 17}, {TIMES_MICROS, 24}, {TIMES_NANOS, 27}};
	static const struct rig_hooks hooks = {
		.others = peer_poll, .site = site_with_times, .event = peer_event};
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct rig *rig;
		times = rows[i].times;
		assert_int_equal(open_by((void **)&rig, ORDERS_FIX44, &hooks), 0);
		leave(rig);
		dial(rig);
		say(rig, "A", logon_words());
		assert_int_equal(taken_bytes(52), rows[i].bytes);
		say(rig, "D", "11=ONE|21=1|55=NONE|54=1|60=20250102-14:30:00|38=100|40=2|44=163|");
		assert_int_equal(taken_bytes(60), rows[i].bytes);
		rig_close(rig);
	}
}

static void day_change(struct rig *rig, uint32_t change, uint32_t phase)
{
	struct mailbox_request request = {.kind = REQUEST_DAY, .id = change};
	request.release.uid = 1001;
	memcpy(request.release.reason, "the venue closes early", 23);
	rig_ask(rig, &request);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2000000);
	assert_int_equal(rig->gate->fold->day.phase, phase);
}

/* As any other refusal it takes a number, and the next day begins numbers anew. */
static void who_comes_when_the_day_is_closed_is_told_so(void **state)
{
	static const struct logon at_night = {
		"FIX.4.4", "STRAT", "SLUICE", "2", NULL, NULL, SESSION_WHY_DAY, NULL};
	static const struct logon next_day = {
		"FIX.4.4", "STRAT", "SLUICE", "1", NULL, NULL, SESSION_WHY_NONE, NULL};
	struct rig *rig = *state;
	leave(rig);
	day_change(rig, DAY_ENDS, DAY_CLOSED);
	log_on(rig, &at_night);
	told("35=5|34=2|58=found the day closed, expected a Logon when the next has begun|");
	assert_true(peer.is_closed);
	refused(rig, FIX_SESSION, SESSION_WHY_DAY);
	day_change(rig, DAY_BEGINS, DAY_OPEN);
	log_on(rig, &next_day);
	told("35=A|34=1|");
	assert_int_equal(newest(rig)->happening, SESSION_CAME_UP);
}

/* Whoever tries for ever uses up no numbers, and what is kept for the peer stays: the newest Logout comes again, as a possible
   duplicate, with the reason that holds now. */
static void who_is_refused_again_and_again_is_told_each_time(void **state)
{
	static const struct logon logon = {"FIX.4.4", "STRAT", "SLUICE", "2", NULL,
		"553=USER2|554=PASS1|", SESSION_WHY_CREDENTIALS, NULL};
	static const struct logon other = {
		"FIX.4.2", "STRAT", "SLUICE", "2", NULL, NULL, SESSION_WHY_VERSION, NULL};
	struct rig *rig = *state;
	leave(rig);
	for (uint32_t i = 0; i < 2 * SESSION_FIX_TURNED_AWAY_MAX; i++) {
		log_on(rig, &logon);
		told(i < SESSION_FIX_TURNED_AWAY_MAX
				? "35=5|58=found another username or password, expected the agreed "
				  "one|"
				: "35=5|34=9|43=Y|58=found another username or password, expected "
				  "the agreed one|");
		assert_int_equal(peer.count, 0);
		assert_true(peer.is_closed);
	}
	log_on(rig, &other);
	told("35=5|34=9|43=Y|58=found another BeginString, expected this one|");
	/* One that is kept no longer is no Logout any more: the next has a number again. */
	struct fix_session *session = &fix_client_of(rig->gate->fold, FIX_SESSION)->session;
	uint64_t kept_from = session->kept_from;
	session->kept_from = session->next_out;
	log_on(rig, &other);
	session->kept_from = kept_from;
	told("35=5|34=10|58=found another BeginString, expected this one|");
	log_on(rig, &other);
	told("35=5|34=10|43=Y|");
	dial(rig);
	say(rig, "A", logon_words());
	told("35=A|34=11|");
	leave(rig);
	log_on(rig, &logon);
	told("35=5|34=12|");
}

/* What waits for the peer under a number behind it is not spoken for: who counts the Logout lacks nothing of that. */
static void the_logout_of_one_refused_too_often_takes_no_reports_number(void **state)
{
	static const struct logon logon = {"FIX.4.4", "STRAT", "SLUICE", "3", NULL,
		"553=USER2|554=PASS1|", SESSION_WHY_CREDENTIALS, NULL};
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	leave(rig);
	for (uint32_t i = 0; i < SESSION_FIX_TURNED_AWAY_MAX; i++)
		log_on(rig, &logon);
	rig_execute(rig, &at_venue, 30, 1629900);
	log_on(rig, &logon);
	told("35=5|34=10|43=Y|");
	dial(rig);
	peer.next = 3;
	say(rig, "A", logon_words());
	told("35=A|34=12|");
	say(rig, "2", "7=11|16=11|");
	told("35=8|34=11|43=Y|11=A|150=F|14=30|");
}

/* The session's own look at its Logon: it never came up, and the log has what it was told. */
static void a_heartbeat_that_is_not_allowed_is_a_refusal_and_no_login(void **state)
{
	struct rig *rig = *state;
	uint64_t logins = metric(rig, METRIC_gate_logins);
	leave(rig);
	dial(rig);
	say(rig, "A",
		protocol == ORDERS_FIX42 ? "98=0|108=90|95=5|96=PASS2|"
					 : "98=0|108=90|553=USER2|554=PASS2|");
	told("35=5|34=2|58=found HeartBtInt 90, expected at most 60|");
	assert_true(peer.is_closed);
	refused(rig, FIX_SESSION, SESSION_WHY_LOGON);
	assert_non_null(strstr(newest(rig)->text, "HeartBtInt"));
	assert_int_equal(metric(rig, METRIC_gate_logins), logins);
	assert_int_equal(metric(rig, METRIC_gate_logins_refused), 1);
}

/* Nothing may be said between the numbers of who is there. */
static void who_knocks_at_a_session_that_is_there_is_told_nothing(void **state)
{
	static const struct logon logon = {"FIX.4.4", "STRAT", "SLUICE", "2", NULL,
		"553=USER2|554=PASS1|", SESSION_WHY_CREDENTIALS, NULL};
	struct rig *rig = *state;
	uint32_t first = peer.connection;
	log_on(rig, &logon);
	assert_int_equal(peer.count, 0);
	assert_true(peer.is_closed);
	refused(rig, FIX_SESSION, SESSION_WHY_CREDENTIALS);
	peer.connection = first;
	accepted(rig);
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

static void whoever_begins_with_what_is_no_message_is_let_go(void **state)
{
	struct rig *rig = *state;
	uint8_t wire[64];
	uint64_t garbled = metric(rig, METRIC_gate_garbled);
	uint32_t size = fix_text_raw(
		wire, sizeof wire, "8=FIX.4.4|9=20|35=A|34=1|49=STRAT|56=SLUICE|10=211|");
	leave(rig);
	dial(rig);
	assert_true(stream_send(rig->peer_stream, peer.connection, wire, size));
	rig_poll(rig, 1000);
	assert_true(peer.is_closed);
	assert_int_equal(metric(rig, METRIC_gate_garbled), garbled + 1);
}

/* A new order of size_bytes in all, filled by its Text; its last piece comes later. */
static void say_long_of(
	struct rig *rig, const char *sender, uint64_t number, uint32_t size_bytes, bool is_right)
{
	static char fields[70000];
	static uint8_t wire[70000];
	char time[32] = {0}, head[256];
	fix_write_time((uint8_t *)time, clock_wall_ns(), FIX_MILLIS);
	uint32_t used = (uint32_t)snprintf(head, sizeof head,
		"35=D|49=%s|56=SLUICE|34=%llu|52=%s|%s58=", sender, (unsigned long long)number,
		time, ORDER("A"));
	snprintf(fields, sizeof fields, "%s|", head);
	uint32_t bare = fix_text_frame(wire, sizeof wire, "FIX.4.4", fields);
	/* 9 has three digits in the one without a text */
	uint32_t text = size_bytes - bare - (size_bytes >= 10000 ? 2 : size_bytes >= 1000);
	memcpy(fields, head, used);
	memset(fields + used, 'x', text);
	memcpy(fields + used + text, "|", 2);
	uint32_t size = fix_text_frame(wire, sizeof wire, "FIX.4.4", fields);
	assert_int_equal(size, size_bytes);
	if (!is_right)
		wire[size - 100] ^= 1;
	uint32_t pieces[] = {9, size / 2, size - 20, size - 3, size};
	for (uint32_t i = 0, at = 0; i < ARRAY_COUNT(pieces); at = pieces[i++]) {
		for (uint32_t end; at < pieces[i]; at = end) {
			end = pieces[i] - at > 8000 ? at + 8000 : pieces[i];
			if (!peer.is_closed)
				assert_true(stream_send(
					rig->peer_stream, peer.connection, wire + at, end - at));
			rig_poll(rig, 1000);
		}
	}
}

static void say_long(struct rig *rig, uint64_t number, uint32_t size_bytes, bool is_right)
{
	say_long_of(rig, "STRAT", number, size_bytes, is_right);
}

/* Its number is taken, so that it does not come again for ever, and whoever sent it learns that it was not heard. */
static void a_message_longer_than_is_taken_is_rejected_by_its_number(void **state)
{
	static const uint32_t sizes[] = {961, 4096, 4097, 16384, 16385, 65536};
	struct rig *rig = *state;
	for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		char expected[160];
		say_long(rig, peer.next, sizes[i], true);
		snprintf(expected, sizeof expected,
			"35=3|45=%llu|372=D|373=99|58=found a message of %u bytes, expected at "
			"most 960|",
			(unsigned long long)peer.next++, sizes[i]);
		told(expected);
		assert_int_equal(peer.count, 0);
		assert_int_equal(newest(rig)->happening, SESSION_WAS_LONG);
		assert_int_equal(newest(rig)->session, FIX_SESSION);
		assert_int_equal(newest(rig)->received, sizes[i]);
	}
	assert_int_equal(metric(rig, METRIC_gate_too_long), ARRAY_COUNT(sizes));
	assert_false(peer.is_closed);
	assert_int_equal(rig->gate->fold->orders_in, 0);
	say(rig, "D", ORDER("A"));
	assert_int_equal(rig->gate->fold->orders_in, 1);
}

/* Of one that is garbled nothing counts: what follows shows the gap. */
static void a_long_message_that_is_garbled_is_none(void **state)
{
	static const uint32_t sizes[] = {4097, 16385, 65536};
	struct rig *rig = *state;
	for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		uint64_t garbled = metric(rig, METRIC_gate_garbled);
		say_long(rig, peer.next, sizes[i], false);
		assert_int_equal(peer.count, 0);
		assert_int_equal(metric(rig, METRIC_gate_garbled), garbled + 1);
	}
	say_at(rig, peer.next + 1, "0", "");
	told("35=2|7=2|16=0|");
}

/* Who says that much before a Logon is let go; who does so without a number, or under another's name, too. */
static void a_long_message_of_nobodys_ends_the_connection(void **state)
{
	struct rig *rig = *state;
	leave(rig);
	dial(rig);
	say_long(rig, 1, 20000, true);
	assert_true(peer.is_closed);
	log_on(rig, &(struct logon){.version = "FIX.4.4",
			    .sender = "STRAT",
			    .target = "SLUICE",
			    .number = "2"});
	told("35=A|");
	say_long_of(rig, "STRAX", 3, 20000, true);
	assert_true(peer.is_closed);
	assert_int_equal(metric(rig, METRIC_gate_too_long), 0);
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
			a_logon_that_is_not_right_is_told_why_where_there_is_a_session_to_say_it_in,
			open_44, shut),
		cmocka_unit_test_setup_teardown(
			who_comes_when_the_day_is_closed_is_told_so, open_44, shut),
		cmocka_unit_test_setup_teardown(
			who_is_refused_again_and_again_is_told_each_time, open_44, shut),
		cmocka_unit_test_setup_teardown(
			the_logout_of_one_refused_too_often_takes_no_reports_number, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_heartbeat_that_is_not_allowed_is_a_refusal_and_no_login, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_heartbeat_that_is_not_allowed_is_a_refusal_and_no_login, open_42, shut),
		cmocka_unit_test_setup_teardown(
			who_knocks_at_a_session_that_is_there_is_told_nothing, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_session_that_is_there_has_no_second_connection, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_message_in_pieces_is_one_and_what_is_none_is_passed_over, open_44, shut),
		cmocka_unit_test_setup_teardown(
			whoever_begins_with_what_is_no_message_is_let_go, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_message_longer_than_is_taken_is_rejected_by_its_number, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_long_message_that_is_garbled_is_none, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_long_message_of_nobodys_ends_the_connection, open_44, shut),
		cmocka_unit_test(times_are_as_fine_as_the_peer_reads_them),
		cmocka_unit_test_setup_teardown(whoever_does_not_go_is_cut_off, open_44, shut),
		cmocka_unit_test_setup_teardown(reports_wait_for_room, open_faulty, shut),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
