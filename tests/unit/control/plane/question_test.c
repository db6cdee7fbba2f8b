/* question_test.c - one question at a time, silence bounded, an old answer never taken for a new one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "control/plane/question.h"

static struct site_config site;
static struct plane plane;
static struct dataplane_region *other;
static int other_fd;

/* A plane attached to a region of the test's own. */
static int begin(void **state)
{
	(void)state;
	struct config_error error;
	if (!plane_open(&plane, &site, &error))
		return 1;
	other = region_create_dataplane(&other_fd, &site, &error);
	plane.region = other;
	plane.region_fd = other_fd;
	plane.is_attached = true;
	return other == NULL;
}

static int end(void **state)
{
	(void)state;
	plane_close(&plane); /* leaves `other` too */
	return 0;
}

static void answer(uint64_t number, uint32_t rows)
{
	other->answers[STAGE_GATE].row_count = rows;
	atomic_store(&other->answers[STAGE_GATE].number, number);
}

static uint64_t asked_number(void)
{
	return atomic_load(&plane.own->requests[STAGE_GATE].number);
}

/* Descriptor 0 is somebody else's: what a plane has not, it must not close when the first dataplane comes. */
static void a_new_plane_has_no_descriptor_but_its_own(void **state)
{
	(void)state;
	struct plane fresh;
	struct config_error error;
	assert_true(plane_open(&fresh, &site, &error));
	assert_int_equal(fresh.socket, -1);
	assert_int_equal(fresh.region_fd, -1);
	assert_int_equal(fresh.market_fd, -1);
	assert_true(fresh.own_fd >= 0);
	plane_close(&fresh);
}

static void a_question_is_stored_whole_before_its_number(void **state)
{
	(void)state;
	struct question q = {.stage = STAGE_GATE, .kind = REQUEST_ORDERS, .id = 17, .cursor = 5};
	question_ask(&q, &plane, 100);
	assert_int_equal(q.state, QUESTION_ASKED);
	assert_int_equal(plane.own->requests[STAGE_GATE].kind, REQUEST_ORDERS);
	assert_int_equal(plane.own->requests[STAGE_GATE].id, 17);
	assert_true(plane.own->requests[STAGE_GATE].instance == other->header.instance);
	assert_int_equal(asked_number(), q.number);
	answer(q.number, 3);
	assert_int_equal(question_look(&q, &plane, 101), QUESTION_ANSWERED);
	assert_int_equal(question_answer(&q, &plane)->row_count, 3);
}

static void a_second_question_waits_for_the_first(void **state)
{
	(void)state;
	struct question a = {.stage = STAGE_GATE, .kind = REQUEST_ORDERS},
			b = {.stage = STAGE_GATE, .kind = REQUEST_STOPS};
	struct question feed = {.stage = STAGE_FEED, .kind = REQUEST_BOOK};
	question_ask(&a, &plane, 100);
	question_ask(&b, &plane, 100);
	question_ask(&feed, &plane, 100);
	assert_int_equal(b.state, QUESTION_QUEUED);
	assert_int_equal(feed.state, QUESTION_ASKED);
	assert_int_equal(plane.own->requests[STAGE_GATE].kind, REQUEST_ORDERS);
	answer(a.number, 0);
	/* Answered, but not looked at yet: its rows must not be overwritten. */
	assert_int_equal(question_look(&b, &plane, 101), QUESTION_QUEUED);
	assert_int_equal(question_look(&a, &plane, 101), QUESTION_ANSWERED);
	assert_int_equal(question_look(&b, &plane, 101), QUESTION_ASKED);
	assert_int_equal(plane.own->requests[STAGE_GATE].kind, REQUEST_STOPS);
}

static void silence_ends_on_the_nanosecond(void **state)
{
	(void)state;
	struct question q = {.stage = STAGE_GATE, .kind = REQUEST_ORDERS};
	question_ask(&q, &plane, 100);
	assert_int_equal(question_look(&q, &plane, 100 + QUESTION_WAIT_NS - 1), QUESTION_ASKED);
	assert_int_equal(question_look(&q, &plane, 100 + QUESTION_WAIT_NS), QUESTION_SILENT);
}

static void a_mailbox_is_not_written_while_the_stage_may_read_it(void **state)
{
	(void)state;
	struct question a = {.stage = STAGE_GATE, .kind = REQUEST_ORDERS},
			b = {.stage = STAGE_GATE, .kind = REQUEST_STOPS};
	question_ask(&a, &plane, 100);
	question_look(&a, &plane, 100 + QUESTION_WAIT_NS);
	question_ask(&b, &plane, 100 + QUESTION_WAIT_NS);
	assert_int_equal(b.state, QUESTION_QUEUED);
	assert_int_equal(plane.own->requests[STAGE_GATE].kind, REQUEST_ORDERS);
	/* The late answer frees it. */
	answer(asked_number(), 0);
	assert_int_equal(question_look(&b, &plane, 101 + QUESTION_WAIT_NS), QUESTION_ASKED);
}

static void a_dataplane_that_goes_away_is_told_at_once(void **state)
{
	(void)state;
	struct question q = {.stage = STAGE_GATE, .kind = REQUEST_ORDERS};
	question_ask(&q, &plane, 100);
	plane.is_attached = false;
	assert_int_equal(question_look(&q, &plane, 101), QUESTION_AWAY);
	question_ask(&q, &plane, 102);
	assert_int_equal(q.state, QUESTION_AWAY);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_new_plane_has_no_descriptor_but_its_own),
		ONE(a_question_is_stored_whole_before_its_number),
		ONE(a_second_question_waits_for_the_first),
		ONE(silence_ends_on_the_nanosecond),
		ONE(a_mailbox_is_not_written_while_the_stage_may_read_it),
		ONE(a_dataplane_that_goes_away_is_told_at_once),
	};
	return !!cmocka_run_group_tests_name("unit.control.plane.question", tests, NULL, NULL);
}
