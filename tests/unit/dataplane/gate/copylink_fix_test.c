/* Our session at a venue's drop copy in FIX: in, out, silent, and over the night.  Each test ends by replaying itself. */
#include "tests/support/copy_fix_rig.h"

#include "tests/support/calendar_rig.h"
#include "tests/support/fix_text.h"

static enum fix_reset reset;
static uint8_t times;  /* enum fix_times */
static bool has_hours; /* the venue's own, which are the gate's */

static void site_with_days(struct site_config *site)
{
	copy_site(site);
	site->venues[0].drop.fix.reset = (uint8_t)reset;
	site->venues[0].drop.fix.times = times;
	calendar_site(site);
	if (has_hours)
		site->venues[0].calendar = site->calendar;
}

static const struct rig_hooks hooks = {.venue = copy_event,
	.others = copy_poll,
	.site = site_with_days,
	.turn = mortal_turn,
	.wall_ns = read_wall_ns};

static struct rig *open_with(enum fix_reset how)
{
	now_wall_ns = MIDNIGHT_NS + 10 * HOUR_NS;
	die_at = 0;
	reset = how;
	return copy_rig(FIX_44, &hooks);
}

static const struct fix_session *ours(const struct rig *rig)
{
	return &fix_copyin_of(rig->gate->fold, 0)->session;
}

static void its_times_are_as_fine_as_the_venue_reads_them(void **state)
{
	(void)state;
	times = TIMES_SECONDS;
	struct rig *rig = open_with(RESET_KEPT);
	assert_int_equal(ours(rig)->config->precision, FIX_SECONDS);
	rig_close(rig);
	times = TIMES_MILLIS;
}

static void it_comes_back_by_itself_where_it_was(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	uint64_t next = ours(rig)->next_in;
	copy_cut(rig);
	assert_false(copy_is_up(rig));
	copy_up(rig);
	assert_true(ours(rig)->next_in > next);
	assert_int_equal(ours(rig)->reset_count, 0);
	assert_int_equal(ours(rig)->config->precision, FIX_MILLIS);
	assert_true(rig->gate->fold->venues[0].is_ready);
	rig_close(rig);
}

static void numbers_begin_anew_with_each_logon_where_that_is_agreed(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_ASKED);
	copy_cut(rig);
	copy_up(rig);
	assert_int_equal(ours(rig)->next_in, 2);
	assert_int_equal(copy.session.next_in, 2);
	rig_close(rig);
}

/* It would come again for ever: it is kept without what nobody reads (session_fix.h). */
static void a_message_longer_than_the_journal_takes_is_heard(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	uint8_t wire[FIX_MESSAGE_BYTES_MAX];
	char text[1100], fields[2000], time[32] = {0};
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	fix_write_time((uint8_t *)time, clock_wall_ns(), FIX_MILLIS);
	snprintf(fields, sizeof fields,
		"35=8|49=VENUE|56=SLUICE|34=%llu|52=%s|37=77|11=none|17=E1|150=6|39=6|55=AAPL|54=1|"
		"151=0|14=0|6=0|58=%s|",
		(unsigned long long)copy.session.next_out, time, text);
	assert_true(stream_send(rig->peer_stream, copy.connection, wire,
		fix_text_frame(wire, sizeof wire, "FIX.4.4", fields)));
	rig_poll(rig, 1000);
	assert_true(copy_is_up(rig));
	assert_int_equal(ours(rig)->next_in, copy.session.next_out + 1);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_bad), 0);
	rig_close(rig);
}

static void a_silent_copy_is_asked_and_then_given_up(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	copy.is_mute = true;
	for (unsigned i = 0; i < 80 && copy_is_up(rig); i++)
		rig_poll(rig, second_ns);
	assert_false(copy_is_up(rig));
	copy.is_mute = false;
	copy_up(rig);
	rig_close(rig);
}

static void one_that_answers_no_logon_is_tried_again(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	copy_cut(rig);
	copy.is_away = false;
	copy.is_mute = true;
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, second_ns);
	uint32_t connection = copy.connection;
	assert_int_not_equal(connection, CONNECTION_NONE);
	for (unsigned i = 0; i < 100 && copy.connection == connection; i++)
		rig_poll(rig, second_ns);
	assert_false(copy_is_up(rig));
	assert_int_not_equal(copy.connection, connection);
	copy.is_mute = false;
	copy_up(rig);
	rig_close(rig);
}

static void its_goodbye_ends_the_session_and_it_is_sought_again(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	fix_session_logout(&copy.session, "maintenance", copy_now(rig));
	copy.is_away = true;
	rig_poll(rig, 1000);
	assert_false(copy_is_up(rig));
	copy_up(rig);
	rig_close(rig);
}

static void it_rests_at_night_and_begins_anew_with_the_day(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_DAILY);
	pass(rig, 20 * HOUR_NS, 45);
	assert_int_equal(rig->gate->fold->day.phase, DAY_CLOSED);
	assert_int_equal(copy.connection, CONNECTION_NONE);
	assert_int_equal(copy.session.end, FIX_END_LOGOUT);
	assert_int_equal(rig->gate->fold->copies[0].over_day, 1);
	assert_int_equal(ours(rig)->next_out, 1);
	pass(rig, 27 * HOUR_NS, 30);
	assert_int_equal(copy.connection, CONNECTION_NONE);
	fix_session_renew(&copy.session);
	pass(rig, 28 * HOUR_NS, 6);
	assert_int_equal(rig->gate->fold->day.phase, DAY_OPEN);
	assert_true(copy_is_up(rig));
	assert_int_equal(ours(rig)->next_in, copy.session.next_out);
	rig_close(rig);
}

static void a_copy_that_answers_no_goodbye_keeps_no_day_from_beginning(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	copy.is_mute = true;
	pass(rig, 20 * HOUR_NS, 45);
	assert_int_equal(rig->gate->fold->copies[0].over_day, 1);
	copy.is_mute = false;
	pass(rig, 28 * HOUR_NS, 6);
	assert_int_equal(rig->gate->fold->day.count, 1);
	copy_up(rig);
	rig_close(rig);
}

static void one_that_did_not_let_us_in_by_the_end_of_the_day_is_left(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_DAILY);
	copy_cut(rig);
	copy.is_away = false;
	copy.is_mute = true;
	pass(rig, 19 * HOUR_NS, 6);
	assert_int_not_equal(copy.connection, CONNECTION_NONE);
	assert_false(copy_is_up(rig));
	pass(rig, 20 * HOUR_NS, 6);
	assert_int_equal(copy.connection, CONNECTION_NONE);
	assert_int_equal(rig->gate->fold->copies[0].over_day, 1);
	rig_close(rig);
}

static void it_rests_when_its_venues_own_hours_end(void **state)
{
	(void)state;
	has_hours = true;
	struct rig *rig = open_with(RESET_DAILY);
	has_hours = false;
	pass(rig, 20 * HOUR_NS - 1, 0);
	assert_true(copy_is_up(rig));
	pass(rig, 20 * HOUR_NS, 45);
	assert_int_equal(rig->gate->fold->venues[0].hours, HOURS_CLOSED);
	assert_int_equal(copy.connection, CONNECTION_NONE);
	assert_int_equal(copy.session.end, FIX_END_LOGOUT);
	assert_int_equal(ours(rig)->next_out, 1);
	fix_session_renew(&copy.session);
	pass(rig, 28 * HOUR_NS, 6);
	assert_true(copy_is_up(rig));
	rig_close(rig);
}

/* What is read here alone is longer: its number is taken, and it is rejected. */
static void a_message_that_is_too_long_however_it_is_kept_is_rejected(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	char text[MESSAGE_BYTES_MAX + 1], fields[2000], time[32] = {0};
	uint8_t wire[FIX_MESSAGE_BYTES_MAX];
	uint64_t next = ours(rig)->next_in;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	fix_write_time((uint8_t *)time, clock_wall_ns(), FIX_MILLIS);
	snprintf(fields, sizeof fields, "35=1|49=VENUE|56=SLUICE|34=%llu|52=%s|112=%s|",
		(unsigned long long)next, time, text);
	copy.session.next_out = copy.session.kept_from = ++copy.line.fresh;
	assert_true(stream_send(rig->peer_stream, copy.connection, wire,
		fix_text_frame(wire, sizeof wire, "FIX.4.4", fields)));
	rig_poll(rig, 1000);
	assert_true(copy_is_up(rig));
	assert_int_equal(ours(rig)->next_in, next + 1);
	assert_int_equal(ours(rig)->rejected_out, 1);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_too_long), 1);
	rig_close(rig);
}

/* One of nobody's ends the connection, and the copy is sought where it was. */
static void a_message_that_is_too_long_and_of_nobodys_ends_its_connection(void **state)
{
	(void)state;
	struct rig *rig = open_with(RESET_KEPT);
	char text[MESSAGE_BYTES_MAX + 1];
	uint8_t wire[FIX_MESSAGE_BYTES_MAX];
	struct fix_message m;
	memset(text, 'x', sizeof text);
	fix_begin_type(&m, FIX_44, FIX_MSG_TEST_REQUEST);
	fix_set_text(&m, FIX_TEST_REQ_ID, text, sizeof text);
	copy.is_away = true;
	assert_true(stream_send(rig->peer_stream, copy.connection, wire,
		fix_build(wire, sizeof wire, &m, FIX_MILLIS)));
	rig_poll(rig, 1000);
	assert_false(copy_is_up(rig));
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_bad_messages), 1);
	copy_up(rig);
	rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_back_by_itself_where_it_was),
		cmocka_unit_test(its_times_are_as_fine_as_the_venue_reads_them),
		cmocka_unit_test(numbers_begin_anew_with_each_logon_where_that_is_agreed),
		cmocka_unit_test(a_message_longer_than_the_journal_takes_is_heard),
		cmocka_unit_test(a_silent_copy_is_asked_and_then_given_up),
		cmocka_unit_test(one_that_answers_no_logon_is_tried_again),
		cmocka_unit_test(its_goodbye_ends_the_session_and_it_is_sought_again),
		cmocka_unit_test(one_that_did_not_let_us_in_by_the_end_of_the_day_is_left),
		cmocka_unit_test(it_rests_when_its_venues_own_hours_end),
		cmocka_unit_test(a_message_that_is_too_long_however_it_is_kept_is_rejected),
		cmocka_unit_test(a_message_that_is_too_long_and_of_nobodys_ends_its_connection),
		cmocka_unit_test(it_rests_at_night_and_begins_anew_with_the_day),
		cmocka_unit_test(a_copy_that_answers_no_goodbye_keeps_no_day_from_beginning),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.copylink_fix", tests, NULL, NULL);
}
