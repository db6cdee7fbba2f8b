/* The feed: numbers without a hole, packets cut line by line, heartbeats, sessions.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/mold64.h"
#include "tools/exchange/tape.h"

#define SECOND_NS 1000000000ull

static struct tape tape;
static uint64_t now_ns;

/* What a line has heard. */
static struct ear {
	uint64_t next;
	uint32_t packets, heartbeats, ends, largest;
	char session[10];
} ears[LINE_COUNT_MAX];

static void on_packet(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size, uint64_t at_ns)
{
	struct ear *ear = &ears[line];
	struct mold64_header header;
	assert_ptr_equal(context, ears);
	assert_int_equal(at_ns, now_ns);
	assert_true(mold64_parse_header(bytes, size, &header));
	memcpy(ear->session, header.session, sizeof ear->session);
	assert_int_equal(header.sequence, ear->next);
	if (header.count == MOLD64_HEARTBEAT || header.count == MOLD64_END_OF_SESSION) {
		*(header.count == MOLD64_HEARTBEAT ? &ear->heartbeats : &ear->ends) += 1;
		assert_int_equal(size, MOLD64_HEADER_BYTES);
		return;
	}
	ear->packets++;
	ear->largest = header.count > ear->largest ? header.count : ear->largest;
	ear->next += header.count;
}

static int begin(void **state)
{
	(void)state;
	now_ns = 100 * SECOND_NS;
	memset(ears, 0, sizeof ears);
	ears[0].next = ears[1].next = 1;
	tape_init(&tape, "DAY1", 2, 100000, on_packet, ears);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	tape_free(&tape);
	return 0;
}

static void say(uint32_t count)
{
	const struct event event = {.kind = EVENT_DELETE, .order = 7, .locate = 1};
	for (uint32_t i = 0; i < count; i++)
		tape_event(&tape, &event);
}

static void turn(void)
{
	tape_turn(&tape, now_ns);
}

static void each_line_cuts_its_own_packets_and_carries_all(void **state)
{
	(void)state;
	turn(); /* the first heartbeats */
	tape.lines[0].cut = 1;
	tape.lines[1].cut = 7;
	say(100);
	turn();
	assert_int_equal(ears[0].packets, 100);
	assert_int_equal(ears[0].largest, 1);
	assert_int_equal(ears[1].packets, 15);
	assert_int_equal(ears[1].largest, 7);
	assert_int_equal(ears[0].next, 101);
	assert_int_equal(ears[1].next, 101);
	tape.lines[1].cut = TAPE_CUT_MAX;
	say(200);
	turn();
	assert_int_equal(ears[1].largest, (TAPE_PACKET_BYTES - 20) / 21);
	assert_int_equal(ears[1].next, tape.next);
}

static void much_at_once_does_not_wait_for_the_end_of_the_turn(void **state)
{
	(void)state;
	turn();
	say(TAPE_PENDING_MAX * 3 + 5);
	assert_int_equal(ears[0].next, TAPE_PENDING_MAX * 3 + 1);
	turn();
	assert_int_equal(ears[0].next, tape.next);
}

static void a_silent_second_has_a_heartbeat_on_each_line(void **state)
{
	(void)state;
	turn();
	assert_int_equal(ears[0].heartbeats + ears[1].heartbeats, 2);
	now_ns += SECOND_NS - 1;
	turn();
	assert_int_equal(ears[0].heartbeats, 1);
	now_ns += 1;
	turn();
	assert_int_equal(ears[0].heartbeats, 2);
	say(1);
	turn();
	now_ns += SECOND_NS - 1;
	turn();
	assert_int_equal(ears[1].heartbeats, 2);
}

static void an_end_is_said_again_each_second_until_another_session(void **state)
{
	(void)state;
	say(3);
	tape_turn(&tape, now_ns);
	tape_end(&tape);
	for (int second = 0; second < 3; second++) {
		now_ns += SECOND_NS;
		turn();
	}
	assert_int_equal(ears[0].ends, 4);
	assert_int_equal(ears[0].heartbeats, 0);
	assert_int_equal(ears[0].next, 4);
	ears[0].next = ears[1].next = 1;
	tape_session(&tape, "DAY2");
	say(2);
	turn();
	assert_memory_equal(ears[0].session, "DAY2      ", 10);
	assert_int_equal(ears[0].next, 3);
	uint32_t size;
	assert_null(history_message(&tape.history, 3, &size));
}

static void what_was_not_yet_sent_goes_out_before_a_new_session(void **state)
{
	(void)state;
	turn();
	say(5);
	tape_session(&tape, "DAY2");
	assert_int_equal(ears[0].next, 6);
	assert_memory_equal(ears[0].session, "DAY1      ", 10);
}

static void numbers_that_never_were_are_skipped_on_both_lines(void **state)
{
	uint32_t size;
	(void)state;
	turn();
	say(5);
	tape_skip(&tape, 10);
	assert_int_equal(ears[0].next, 6);
	ears[0].next = ears[1].next = 16;
	say(2);
	turn();
	assert_int_equal(ears[1].next, 18);
	assert_null(history_message(&tape.history, 15, &size));
	assert_non_null(history_message(&tape.history, 16, &size));
	say(1);
	tape_forget(&tape);
	assert_int_equal(ears[1].next, 19);
	assert_null(history_message(&tape.history, 18, &size));
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
	const struct CMUnitTest tests[] = {
		EACH(each_line_cuts_its_own_packets_and_carries_all),
		EACH(much_at_once_does_not_wait_for_the_end_of_the_turn),
		EACH(a_silent_second_has_a_heartbeat_on_each_line),
		EACH(an_end_is_said_again_each_second_until_another_session),
		EACH(what_was_not_yet_sent_goes_out_before_a_new_session),
		EACH(numbers_that_never_were_are_skipped_on_both_lines),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.tape", tests, NULL, NULL);
}
