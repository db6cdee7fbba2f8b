/* arbiter_test.c - old, new or ahead, at every boundary. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/feed/arbiter.h"

static enum arbiter_verdict judge(struct arbiter *arbiter, const char *session, uint64_t sequence,
	uint32_t count, uint32_t *skip)
{
	struct mold64_header header = {.sequence = sequence, .count = (uint16_t)count};
	memcpy(header.session, session, sizeof header.session);
	return arbiter_judge(arbiter, &header, count, skip);
}

/* With message 10 expected: what packets of every begin and size are. */
static void every_packet_around_the_next_message_is_judged(void **state)
{
	(void)state;
	for (uint64_t first = 1; first <= 20; first++)
		for (uint32_t count = 1; count <= 20; count++) {
			struct arbiter arbiter;
			uint32_t skip;
			arbiter_init(&arbiter, "");
			arbiter.next = 10;
			enum arbiter_verdict verdict =
				judge(&arbiter, "SESSION001", first, count, &skip);
			if (first > 10) {
				assert_int_equal(verdict, ARBITER_AHEAD);
			} else if (first + count <= 10) {
				assert_int_equal(verdict, ARBITER_OLD);
				assert_int_equal(skip, count);
			} else {
				assert_int_equal(verdict, ARBITER_NEW);
				assert_int_equal(skip, 10 - first);
			}
			assert_int_equal(arbiter.next, 10);
		}
}

static void a_heartbeat_is_judged_by_its_number(void **state)
{
	(void)state;
	struct arbiter arbiter;
	uint32_t skip;
	arbiter_init(&arbiter, "");
	arbiter.next = 10;
	assert_int_equal(judge(&arbiter, "SESSION001", 9, 0, &skip), ARBITER_OLD);
	assert_int_equal(judge(&arbiter, "SESSION001", 10, 0, &skip), ARBITER_NEW);
	assert_int_equal(skip, 0);
	assert_int_equal(judge(&arbiter, "SESSION001", 11, 0, &skip), ARBITER_AHEAD);
}

static void a_day_begins_with_message_one(void **state)
{
	(void)state;
	struct arbiter arbiter;
	uint32_t skip;
	arbiter_init(&arbiter, "");
	assert_int_equal(judge(&arbiter, "SESSION001", 1, 1, &skip), ARBITER_NEW);
	assert_int_equal(judge(&arbiter, "SESSION001", 2, 1, &skip), ARBITER_AHEAD);
}

static void the_first_session_is_adopted_and_no_other_taken(void **state)
{
	(void)state;
	struct arbiter arbiter;
	uint32_t skip;
	arbiter_init(&arbiter, "");
	assert_int_equal(judge(&arbiter, "SESS\0ON001", 1, 1, &skip), ARBITER_NEW);
	assert_int_equal(judge(&arbiter, "SESS\0ON002", 1, 1, &skip), ARBITER_OTHER_SESSION);
	assert_int_equal(judge(&arbiter, "SESS\0ON001", 1, 1, &skip), ARBITER_NEW);
}

static void a_configured_session_is_the_only_one(void **state)
{
	(void)state;
	struct arbiter arbiter;
	uint32_t skip;
	arbiter_init(&arbiter, "SESSION001");
	assert_int_equal(judge(&arbiter, "SESSION002", 1, 1, &skip), ARBITER_OTHER_SESSION);
	assert_int_equal(judge(&arbiter, "SESSION001", 1, 1, &skip), ARBITER_NEW);
	arbiter_init(&arbiter, "SHORT");
	assert_int_equal(judge(&arbiter, "SHORT     ", 1, 1, &skip), ARBITER_NEW);
}

static void a_number_of_zero_or_past_the_end_is_malformed(void **state)
{
	(void)state;
	struct arbiter arbiter;
	uint32_t skip;
	arbiter_init(&arbiter, "");
	assert_int_equal(judge(&arbiter, "SESSION001", 0, 1, &skip), ARBITER_MALFORMED);
	assert_int_equal(judge(&arbiter, "SESSION001", 0, 0, &skip), ARBITER_MALFORMED);
	assert_false(arbiter.has_session);
	assert_int_equal(judge(&arbiter, "SESSION001", UINT64_MAX - 4, 4, &skip), ARBITER_AHEAD);
	assert_int_equal(
		judge(&arbiter, "SESSION001", UINT64_MAX - 4, 5, &skip), ARBITER_MALFORMED);
}

static bool believe(
	struct arbiter *arbiter, uint64_t sequence, uint32_t count, uint8_t line, uint64_t now_ns)
{
	struct mold64_header header = {.sequence = sequence, .count = (uint16_t)count};
	return arbiter_believe(arbiter, &header, count, line, 100, now_ns);
}

enum { FAR = 100 + ARBITER_BELIEVE_COUNT + 1 };

static void what_is_not_far_ahead_needs_no_witness(void **state)
{
	(void)state;
	struct arbiter arbiter;
	arbiter_init(&arbiter, "");
	assert_true(believe(&arbiter, 1, 5, 0, 0));
	assert_true(believe(&arbiter, 100, 5, 0, 0));
	assert_true(believe(&arbiter, FAR - 1, 5, 0, 0));
	assert_false(believe(&arbiter, FAR, 5, 0, 0));
}

static void the_other_line_is_a_witness_of_what_is_near(void **state)
{
	(void)state;
	struct arbiter arbiter;
	arbiter_init(&arbiter, "");
	assert_false(believe(&arbiter, FAR + 50000, 5, 0, 0));
	assert_true(believe(&arbiter, FAR + 50005 + ARBITER_BELIEVE_COUNT, 5, 1, 0));
	arbiter_init(&arbiter, "");
	assert_false(believe(&arbiter, FAR + 50000, 5, 0, 0));
	assert_true(believe(&arbiter, FAR + 50000 - ARBITER_BELIEVE_COUNT - 5, 5, 1, 0));
}

static void a_witness_from_elsewhere_is_another_doubt(void **state)
{
	(void)state;
	struct arbiter arbiter;
	arbiter_init(&arbiter, "");
	assert_false(believe(&arbiter, FAR + 50000, 5, 0, 0));
	assert_false(believe(&arbiter, FAR + 50006 + ARBITER_BELIEVE_COUNT, 5, 1, 0));
	/* which stands in the first one's place */
	assert_false(believe(&arbiter, FAR + 50000, 5, 0, 0));
	assert_false(believe(&arbiter, FAR + 50000 - ARBITER_BELIEVE_COUNT - 6, 5, 1, 0));
}

static void a_line_that_goes_on_is_its_own_witness_and_one_that_repeats_itself_is_not(void **state)
{
	(void)state;
	struct arbiter arbiter;
	arbiter_init(&arbiter, "");
	assert_false(believe(&arbiter, FAR, 5, 0, 0));
	assert_false(believe(&arbiter, FAR, 5, 0, ARBITER_WITNESS_NS));
	assert_false(believe(&arbiter, FAR + 4, 5, 0, ARBITER_WITNESS_NS));
	assert_true(believe(&arbiter, FAR + 9, 5, 0, ARBITER_WITNESS_NS));
	/* One that begins alike and ends elsewhere is another doubt, whose end counts. */
	arbiter_init(&arbiter, "");
	assert_false(believe(&arbiter, FAR, 5, 0, 0));
	assert_false(believe(&arbiter, FAR, 9, 0, 0));
	assert_false(believe(&arbiter, FAR + 5, 5, 0, 0));
}

static void a_heartbeat_is_believed_when_it_is_still_true_later(void **state)
{
	(void)state;
	struct arbiter arbiter;
	arbiter_init(&arbiter, "");
	assert_false(believe(&arbiter, FAR, 0, 0, 10));
	assert_false(believe(&arbiter, FAR, 0, 0, 10 + ARBITER_WITNESS_NS - 1));
	assert_true(believe(&arbiter, FAR, 0, 0, 10 + ARBITER_WITNESS_NS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packet_around_the_next_message_is_judged),
		cmocka_unit_test(a_heartbeat_is_judged_by_its_number),
		cmocka_unit_test(a_day_begins_with_message_one),
		cmocka_unit_test(the_first_session_is_adopted_and_no_other_taken),
		cmocka_unit_test(a_configured_session_is_the_only_one),
		cmocka_unit_test(a_number_of_zero_or_past_the_end_is_malformed),
		cmocka_unit_test(what_is_not_far_ahead_needs_no_witness),
		cmocka_unit_test(the_other_line_is_a_witness_of_what_is_near),
		cmocka_unit_test(a_witness_from_elsewhere_is_another_doubt),
		cmocka_unit_test(
			a_line_that_goes_on_is_its_own_witness_and_one_that_repeats_itself_is_not),
		cmocka_unit_test(a_heartbeat_is_believed_when_it_is_still_true_later),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.arbiter", tests, NULL, NULL);
}
