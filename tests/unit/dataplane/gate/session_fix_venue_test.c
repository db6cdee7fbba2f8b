/* session_fix_venue_test.c - our end of a FIX venue's connection: what we owe goes in its turn, or nothing does.  Each test ends
   by replaying itself.
   rooms: dataplane_gate */
#include "dataplane/gate/session_fix.h"
#include "drivers/stream/stream_fault.h"
#include "tests/support/fix_peer_rig.h"
#include "tests/support/fix_text.h"

static const struct stream_fault_rates none = {.seed = 1};
static const struct stream_fault_rates refuse = {.seed = 1, .refuse_ppm = STREAM_FAULT_PPM_MAX};

static struct stream *fault_wrap(struct stream *inside)
{
	return stream_fault_open(inside, 64, &none);
}

static bool is_away; /* whoever connects is shut out */
static bool is_mute; /* whoever logs on is shut out without a word */
static uint32_t knocks;

static bool away_event(struct rig *rig, const struct stream_event *event)
{
	if (is_mute && event->kind == STREAM_BYTES) {
		knocks++;
		stream_shut(rig->peer_stream, event->connection, true);
		return true;
	}
	if (!is_away || event->kind != STREAM_OPENED || event->listener == 0)
		return venue_event(rig, event);
	knocks++;
	stream_shut(rig->peer_stream, event->connection, true);
	return true;
}

static const struct rig_hooks hooks = {
	.wrap = fault_wrap, .others = venue_poll, .site = site_with_fix, .venue = away_event};

static int open_44(void **state)
{
	venue_open(ORDERS_FIX44);
	is_away = is_mute = false;
	knocks = 0;
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static const struct fix_session *ours(const struct rig *rig)
{
	return &fix_venue_of(rig->gate->fold, 0)->session;
}

static uint8_t times;

static void site_with_times(struct site_config *site)
{
	site_with_fix(site);
	site->venues[0].fix.times = times;
}

static uint32_t bytes_of(const struct fix_kept *kept, uint32_t tag)
{
	struct fix_walk walk = {.at = kept->body, .end = kept->body + kept->body_bytes};
	struct fix_field field;
	do
		assert_int_equal(fix_next(&walk, &field), FIX_NO_REASON);
	while (field.tag != tag && field.tag != 0);
	return field.size_bytes;
}

/* Finer than milliseconds many a venue refuses, from the Logon on. */
static void times_are_as_fine_as_the_venue_reads_them(void **state)
{
	static const struct rig_hooks timed = {
		.others = venue_poll, .site = site_with_times, .venue = venue_event};
	static const struct {
		uint8_t times;
		uint32_t bytes;
	} rows[] = {{TIMES_MILLIS, 21}, {TIMES_SECONDS, 17}, {TIMES_MICROS, 24}, {TIMES_NANOS, 27}};
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct ouch_in order = rig_order(1);
		times = rows[i].times;
		venue_open(ORDERS_FIX44);
		struct rig *rig = rig_open_with(&timed, NULL);
		rig_ready(rig);
		rig_send(rig, 0, &order);
		assert_int_equal(
			bytes_of(fix_session_kept(ours(rig), taken().sequence), 60), rows[i].bytes);
		rig_close(rig);
	}
}

static void an_order_that_finds_no_room_is_withheld_and_takes_no_number(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	uint64_t next = ours(rig)->next_out;
	stream_fault_begin(rig->gate_stream, &refuse);
	rig_send(rig, 0, &order);
	assert_int_equal(ours(rig)->next_out, next);
	stream_fault_begin(rig->gate_stream, &none);
	rig_poll(rig, 2000000);
	assert_int_equal(told(rig, 'J').reject_code, lane_rows[LANE_VENUE_SLOW].ouch_code);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(venue.got_count, 0);
	order = rig_order(2);
	rig_send(rig, 0, &order);
	assert_int_equal(taken().sequence, next);
}

/* A number behind one that did not leave would make the venue ask for it. */
static void nothing_goes_before_what_is_owed(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	stream_fault_begin(rig->gate_stream, &refuse);
	fix_session_test(&venue.session, now(rig));
	rig_poll(rig, 1000);
	rig_send(rig, 0, &order);
	assert_int_equal(venue.got_count, 0);
	stream_fault_begin(rig->gate_stream, &none);
	order = rig_order(2);
	rig_send(rig, 0, &order);
	assert_int_equal(taken().type, 'D');
	assert_int_equal(venue.session.answered, venue.session.test_count);
	assert_int_equal(venue.session.gap_from, 0);
	rig_poll(rig, 2000000);
	assert_int_equal(told(rig, 'J').ref, 1);
}

/* What the venue's session says next, of any length; it is counted there. */
static void says_raw(struct rig *rig, const char *type, const char *body)
{
	static char fields[70000];
	static uint8_t wire[70000];
	char time[32] = {0};
	fix_write_time((uint8_t *)time, clock_wall_ns(), FIX_MILLIS);
	snprintf(fields, sizeof fields, "35=%s|49=VENUE|56=SLUICE|34=%llu|52=%s|%s", type,
		(unsigned long long)venue.session.next_out, time, body);
	uint32_t size = fix_text_frame(wire, sizeof wire, "FIX.4.4", fields);
	for (uint32_t at = 0, end; at < size; at = end) {
		end = size - at > 8000 ? at + 8000 : at < size - 10 ? size - 10 : size;
		if (end == size)
			venue.session.next_out = venue.session.kept_from = ++venue.line.fresh;
		assert_true(stream_send(rig->peer_stream, venue.connection, wire + at, end - at));
		rig_poll(rig, 1000);
	}
	rig_poll(rig, 1000);
}

/* A message that its end will not take comes again for ever: what is too long for the journal is kept without what says nothing
   here. */
static void a_report_longer_than_the_journal_takes_counts(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	char body[2500], parties[2000] = "", text[1100];
	for (uint32_t i = 0; i < 40; i++)
		snprintf(parties + strlen(parties), sizeof parties - strlen(parties),
			"448=PARTY%02u|447=D|452=%u|", i, i);
	snprintf(body, sizeof body,
		"37=77|11=%s|17=E1|150=F|39=1|55=AAPL|54=1|38=100|32=30|31=163|151=70|14=30|6=163|"
		"453=40|%s58=%.100s|",
		order.id, parties, "of a broker");
	says_raw(rig, "8", body);
	assert_int_equal(told(rig, 'E').qty, 30);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 30);
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	snprintf(body, sizeof body,
		"37=77|11=%s|17=E2|150=F|39=1|55=AAPL|54=1|38=100|32=10|31=163|151=60|14=40|6=163|"
		"354=1099|355=%s|",
		order.id, text);
	says_raw(rig, "8", body);
	assert_int_equal(told(rig, 'E').qty, 10);
	/* Of what is not spoken here the number is taken, and it is refused by its own type. */
	uint64_t next = ours(rig)->next_in;
	snprintf(body, sizeof body, "148=news|33=1|58=%s|58=%s|", text, text);
	says_raw(rig, "B", body);
	assert_int_equal(ours(rig)->next_in, next + 1);
	assert_true(rig->gate->fold->venues[0].is_ready);
	const struct fix_kept *refusal = fix_session_kept(ours(rig), ours(rig)->next_out - 1);
	assert_int_equal(refusal->type, FIX_MSG_BUSINESS_REJECT);
	assert_non_null(memmem(refusal->body, refusal->body_bytes, "372=B\001380=3", 11));
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_bad), 0);
}

/* A Reject of a report takes what was executed away: whoever sent it does not send it again. */
static void what_a_report_says_beside_its_trade_cannot_spoil_it(void **state)
{
	static const char *const words[] = {"58=|", "1=|", "9999=|", "30=caf\xc3\xa9|", "18=|",
		"60=20250102-14:30:00.123456789012|", "60=14:30|", "44=market|", "40=|",
		"851=added|", "354=0|355=|", "103=|", "432=tomorrow\x02|"},
				 *const heads[] = {"50=|", "57=|", "115=|128=|", "129=|"};
	struct rig *rig = *state;
	struct got order = accepted(rig);
	for (uint32_t i = 0; i < ARRAY_COUNT(words); i++) {
		char body[400];
		snprintf(body, sizeof body,
			"37=77|11=%s|17=E%u|150=F|39=1|55=AAPL|54=1|32=2|31=163|151=%u|14=%u|6=163|"
			"%s",
			order.id, i, 98 - 2 * i, 2 + 2 * i, words[i]);
		says_raw(rig, "8", body);
		assert_int_equal(told(rig, 'E').qty, 2);
	}
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 2 * ARRAY_COUNT(words));
	for (uint32_t i = 0; i < ARRAY_COUNT(heads); i++) {
		char body[400];
		snprintf(body, sizeof body,
			"%s37=77|11=%s|17=H%u|150=6|39=6|55=AAPL|54=1|151=9|14=9|6=163|", heads[i],
			order.id, i);
		says_raw(rig, "8", body);
	}
	assert_int_equal(ours(rig)->rejected_out, 0);
	/* What is its trade must be there. */
	static const char *const spoiled[] = {"11=", "17=", "32=", "31=", "150=", "54=", "55="};
	for (uint32_t i = 0; i < ARRAY_COUNT(spoiled); i++) {
		char body[400], *at;
		snprintf(body, sizeof body,
			"37=77|11=%s|17=EX%u|150=F|39=1|55=AAPL|54=1|32=2|31=163|151=9|14=9|6=163|",
			order.id, i);
		at = strstr(body, spoiled[i]) + strlen(spoiled[i]);
		memmove(at, at + strcspn(at, "|"), strlen(at + strcspn(at, "|")) + 1);
		says_raw(rig, "8", body);
		assert_int_equal(ours(rig)->rejected_out, i + 1);
	}
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 2 * ARRAY_COUNT(words));
}

/* A report of so many bytes of Text. */
static void reports(struct rig *rig, const char *id, const char *exec, uint32_t text_bytes)
{
	static char body[70000];
	uint32_t used = (uint32_t)snprintf(body, sizeof body,
		"37=77|11=%s|17=%s|150=F|39=1|55=AAPL|54=1|38=100|32=10|31=163|151=60|14=40|6=163|"
		"58=",
		id, exec);
	memset(body + used, 'x', text_bytes);
	memcpy(body + used + text_bytes, "|", 2);
	says_raw(rig, "8", body);
}

static void a_report_of_16_kib_counts(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	reports(rig, order.id, "E1", 4000);
	assert_int_equal(told(rig, 'E').qty, 10);
	reports(rig, order.id, "E2", 16100);
	assert_int_equal(told(rig, 'E').qty, 10);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_garbled), 0);
}

static enum trading_state state_of(const struct rig *rig)
{
	return (enum trading_state)rig->gate->fold->latches.states[stop_index(SCOPE_VENUE, 0)];
}

/* What nobody can read may have been an execution: its number is taken, the venue learns it, and trades no more until a person has
   looked. */
static void a_report_that_is_longer_halts_its_venue(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	uint64_t next = ours(rig)->next_in;
	reports(rig, order.id, "E1", 17000);
	assert_int_equal(ours(rig)->next_in, next + 1);
	assert_true(rig->gate->fold->venues[0].is_ready);
	assert_int_equal(state_of(rig), STATE_HALTED);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_too_long), 1);
	const struct fix_kept *refusal = fix_session_kept(ours(rig), ours(rig)->next_out - 1);
	assert_int_equal(refusal->type, FIX_MSG_REJECT);
	assert_non_null(memmem(refusal->body, refusal->body_bytes, "372=8\001", 6));
	/* What follows counts. */
	reports(rig, order.id, "E2", 10);
	assert_int_equal(told(rig, 'E').qty, 10);
}

/* As no venue speaks: what is read here alone is longer than the journal takes.  No report, it halts nothing. */
static void a_message_that_is_too_long_however_it_is_kept_is_rejected(void **state)
{
	struct rig *rig = *state;
	char body[2500], text[1100];
	uint64_t next = ours(rig)->next_in;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	snprintf(body, sizeof body, "112=%s|", text);
	says_raw(rig, "0", body);
	assert_int_equal(ours(rig)->next_in, next + 1);
	assert_int_equal(ours(rig)->rejected_out, 1);
	assert_true(rig->gate->fold->venues[0].is_ready);
	assert_int_equal(state_of(rig), STATE_ACTIVE);
}

/* Its words are told whole, as far as people read them. */
static void a_long_logout_is_one(void **state)
{
	struct rig *rig = *state;
	char body[2500], text[1100];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	snprintf(body, sizeof body, "58=%s|", text);
	says_raw(rig, "5", body);
	assert_int_equal(ours(rig)->end, FIX_END_LOGOUT);
	rig_venue_up(rig);
}

static void a_venue_that_is_away_is_sought_ever_less_and_every_two_seconds_at_least(void **state)
{
	struct rig *rig = *state;
	uint32_t early = 0;
	is_away = true;
	stream_shut(rig->peer_stream, venue.connection, true);
	for (uint32_t i = 0; i < 200; i++) {
		early = i == 20 ? knocks : early;
		knocks = i == 100 ? 0 : knocks;
		rig_poll(rig, 100000000);
	}
	assert_in_range(early, 4, 8);
	assert_in_range(knocks, 4, 6);
	is_away = false;
	rig_venue_up(rig);
}

static const struct session_event *newest(const struct rig *rig)
{
	const struct gate_page *page = &rig->region->gate;
	uint64_t count = atomic_load(&page->session_event_count);
	return &page->session_events[(count - 1) % SESSION_EVENT_COUNT];
}

/* It said nothing: it may be in its own restart, and is there the next moment. */
static void a_venue_that_hangs_up_on_our_logon_is_told_of_and_asked_again(void **state)
{
	struct rig *rig = *state;
	const struct session_refusals *refusals = &rig->region->gate.venue_refusals[0];
	uint64_t events = atomic_load(&rig->region->gate.session_event_count);
	is_mute = true;
	stream_shut(rig->peer_stream, venue.connection, true);
	fix_session_disconnect(&venue.session);
	for (uint32_t i = 0; i < 100; i++)
		rig_poll(rig, second_ns);
	assert_int_equal(atomic_load(&refusals->count), 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_refusals), 0);
	assert_int_equal(newest(rig)->happening, SESSION_WAS_REFUSED);
	assert_int_equal(newest(rig)->why, SESSION_WHY_HUNG_UP);
	assert_in_range(
		atomic_load(&rig->region->gate.session_event_count), events + 4, events + 9);
	is_mute = false;
	rig->now_ns += 60 * second_ns;
	for (uint32_t i = 0; i < 5 && !rig->gate->fold->venues[0].is_ready; i++)
		rig_poll(rig, second_ns);
	assert_true(rig->gate->fold->venues[0].is_ready);
}

/* The venue lost its numbers: nobody can go on, and who looks is told which they are. */
static void a_venue_of_lower_numbers_is_told_with_both(void **state)
{
	struct rig *rig = *state;
	const struct gate_page *page = &rig->region->gate;
	uint64_t expected = ours(rig)->next_in;
	assert_true(expected > 2);
	stream_shut(rig->peer_stream, venue.connection, true);
	fix_session_disconnect(&venue.session);
	venue.session.next_out = 1;
	for (uint32_t i = 0; i < 5 && atomic_load(&page->venue_refusals[0].count) == 0; i++)
		rig_poll(rig, second_ns);
	const struct session_event *last = &page->venue_refusals[0].last;
	assert_true(atomic_load(&page->venue_refusals[0].count) > 0);
	assert_int_equal(last->why, SESSION_WHY_TOO_LOW);
	assert_int_equal(last->session, 200);
	assert_int_equal(last->expected, expected);
	assert_int_equal(last->received, 1);
	uint64_t events = atomic_load(&page->session_event_count);
	assert_int_equal(page->session_events[(events - 1) % SESSION_EVENT_COUNT].happening,
		SESSION_WAS_REFUSED);
	venue.session.next_out = expected;
	for (uint32_t i = 0; i < 200 && !rig->gate->fold->venues[0].is_ready; i++) {
		fix_session_disconnect(&venue.session);
		rig_poll(rig, second_ns);
	}
}

static void a_venue_that_says_logout_to_our_logon_is_quoted(void **state)
{
	struct rig *rig = *state;
	const struct gate_page *page = &rig->region->gate;
	const uint64_t next_in = venue.session.next_in;
	stream_shut(rig->peer_stream, venue.connection, true);
	fix_session_disconnect(&venue.session);
	venue.session.next_in += 50; /* what we say next is too low to it */
	for (uint32_t i = 0; i < 5 && atomic_load(&page->venue_refusals[0].count) == 0; i++)
		rig_poll(rig, second_ns);
	assert_int_equal(page->venue_refusals[0].last.why, SESSION_WHY_LOGOUT);
	assert_non_null(strstr(page->venue_refusals[0].last.text, "MsgSeqNum too low: expected "));
	venue.session.next_in = next_in;
}

static void a_silent_venue_is_asked_and_then_given_up(void **state)
{
	struct rig *rig = *state;
	uint64_t tests = ours(rig)->test_count;
	const struct stream_fault_cut silence = {
		.skip = 0, .way = STREAM_FAULT_RX, .end = STREAM_FAULT_SILENCE, .after_bytes = 400};
	stream_shut(rig->peer_stream, venue.connection, true);
	fix_session_disconnect(&venue.session);
	stream_fault_cut(rig->gate_stream, &silence);
	for (uint32_t i = 0; i < 300 && ours(rig)->end != FIX_END_SILENT; i++)
		rig_poll(rig, second_ns);
	assert_int_equal(ours(rig)->end, FIX_END_SILENT);
	assert_true(ours(rig)->test_count > tests);
	fix_session_disconnect(&venue.session);
	rig_venue_up(rig);
}

static void what_we_say_at_the_end_goes_before_the_connection(void **state)
{
	struct rig *rig = *state;
	uint64_t next_in = venue.session.next_in;
	fix_session_logout(&venue.session, "end of day", now(rig));
	rig_poll(rig, 1000);
	assert_int_equal(venue.connection, CONNECTION_NONE);
	assert_int_equal(venue.session.next_in, next_in + 1); /* our Logout came */
	rig_venue_up(rig);
}

static void goodbye_is_said_once(void **state)
{
	struct rig *rig = *state;
	venue.is_deaf = true;
	session_fix_venue_end(rig->gate, &rig->gate->venues[0]);
	uint64_t next = ours(rig)->next_out;
	assert_int_equal(ours(rig)->state, FIX_STATE_LEAVING);
	session_fix_venue_end(rig->gate, &rig->gate->venues[0]);
	assert_int_equal(ours(rig)->next_out, next);
}

static void a_gate_that_stops_says_goodbye_and_closes(void **state)
{
	struct rig *rig = *state;
	struct stream_event events[8];
	uint32_t count, said = 0;
	bool is_closed = false;
	gate_stop(rig->gate, rig->now_ns);
	assert_int_equal(ours(rig)->state, FIX_STATE_IDLE);
	stream_poll(rig->gate_stream, events, 8);
	while ((count = stream_poll(rig->peer_stream, events, 8)) != 0)
		for (uint32_t i = 0; i < count; i++) {
			const struct stream_event *event = &events[i];
			if (event->connection != venue.connection)
				continue;
			is_closed |= event->kind == STREAM_CLOSED;
			said += event->kind == STREAM_BYTES &&
				memmem(event->bytes, event->size_bytes, "\00135=5\001", 6) != NULL;
		}
	assert_int_equal(said, 1);
	assert_true(is_closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define VENUE_TEST(test) cmocka_unit_test_setup_teardown(test, open_44, rig_teardown)
		cmocka_unit_test(times_are_as_fine_as_the_venue_reads_them),
		VENUE_TEST(an_order_that_finds_no_room_is_withheld_and_takes_no_number),
		VENUE_TEST(nothing_goes_before_what_is_owed),
		VENUE_TEST(a_report_longer_than_the_journal_takes_counts),
		VENUE_TEST(a_report_of_16_kib_counts),
		VENUE_TEST(a_report_that_is_longer_halts_its_venue),
		VENUE_TEST(a_message_that_is_too_long_however_it_is_kept_is_rejected),
		VENUE_TEST(what_a_report_says_beside_its_trade_cannot_spoil_it),
		VENUE_TEST(a_long_logout_is_one),
		VENUE_TEST(a_venue_that_is_away_is_sought_ever_less_and_every_two_seconds_at_least),
		VENUE_TEST(a_venue_that_hangs_up_on_our_logon_is_told_of_and_asked_again),
		VENUE_TEST(a_venue_of_lower_numbers_is_told_with_both),
		VENUE_TEST(a_venue_that_says_logout_to_our_logon_is_quoted),
		VENUE_TEST(a_silent_venue_is_asked_and_then_given_up),
		VENUE_TEST(what_we_say_at_the_end_goes_before_the_connection),
		VENUE_TEST(goodbye_is_said_once),
		VENUE_TEST(a_gate_that_stops_says_goodbye_and_closes),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
