/* patience_test.c - how long a boot waits for its disk, and what it says meanwhile. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/plan/patience.h"
#include "drivers/machine/log.h"

static const uint64_t second_ns = PATIENCE_TELL_NS;
static _Alignas(SHARED_ALIGN_BYTES) struct metrics metrics;
static volatile sig_atomic_t is_stopping;
static struct patience patience;

static int begin(void **state)
{
	(void)state;
	memset(&metrics, 0, sizeof metrics);
	is_stopping = 0;
	patience = (struct patience){
		.is_stopping = &is_stopping, .directory = "journal", .metrics = &metrics};
	return 0;
}

/* The kernel may keep the thread before anybody asks whether it goes on. */
static void what_is_waited_for_is_said_before_it_begins(void **state)
{
	(void)state;
	assert_int_equal(metrics_get(&metrics, METRIC_journal_waits), 0);
	patience_begin(&patience);
	assert_int_equal(metrics_get(&metrics, METRIC_journal_waits), 1);
	assert_true(patience_goes_on(&patience, 0));
	assert_true(patience_goes_on(&patience, second_ns - 1));
	assert_int_equal(patience.tell_ns, second_ns); /* soon enough: no warning */
	patience_end(&patience);
	assert_int_equal(metrics_get(&metrics, METRIC_journal_waits), 0);
}

static void after_a_second_it_says_what_it_waits_for_and_goes_on_for_hours(void **state)
{
	(void)state;
	patience_begin(&patience);
	assert_true(patience_goes_on(&patience, second_ns));
	assert_int_equal(metrics_get(&metrics, METRIC_journal_waits), 1);
	assert_int_equal(patience.tell_ns, 11 * second_ns); /* not in every turn */
	assert_true(patience_goes_on(&patience, 4 * 3600 * second_ns));
	patience_end(&patience);
	assert_int_equal(metrics_get(&metrics, METRIC_journal_waits), 0);
}

static void who_is_stopped_waits_no_longer(void **state)
{
	(void)state;
	is_stopping = 1;
	assert_false(patience_goes_on(&patience, 0));
}

int main(void)
{
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_waited_for_is_said_before_it_begins, begin),
		cmocka_unit_test_setup(
			after_a_second_it_says_what_it_waits_for_and_goes_on_for_hours, begin),
		cmocka_unit_test_setup(who_is_stopped_waits_no_longer, begin),
	};
	return !!cmocka_run_group_tests_name("dataplane.plan.patience", tests, NULL, NULL);
}
