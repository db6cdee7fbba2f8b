/* stage_test.c - a stage turns, beats its heart, idles as told, and stops when asked. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "dataplane/stage/stage.h"
#include "drivers/machine/clock.h"

struct work {
	struct stage *stage;
	_Atomic uint64_t turns;
	uint64_t stop_after, last_ns, left, leave_after;
	bool is_busy, has_run_back;
	int core;
	char name[16];
	sigset_t blocked;
};

static struct metrics metrics;
static _Atomic uint64_t strayed_ns;

static bool work_poll(void *context, uint64_t now_ns)
{
	struct work *work = context;
	work->has_run_back |= now_ns < work->last_ns;
	work->last_ns = now_ns;
	if (atomic_load(&work->turns) == 0) {
		work->core = sched_getcpu();
		pthread_getname_np(pthread_self(), work->name, sizeof work->name);
		pthread_sigmask(SIG_SETMASK, NULL, &work->blocked);
	}
	if (atomic_fetch_add(&work->turns, 1) + 1 == work->stop_after)
		stage_stop(work->stage);
	return work->is_busy;
}

static void stage_prepare(struct stage *stage, struct work *work, uint8_t idle, int16_t core)
{
	memset(&metrics, 0, sizeof metrics);
	*work = (struct work){.stage = stage, .stop_after = 1000};
	*stage = (struct stage){.name = "sluice-test",
		.poll = work_poll,
		.context = work,
		.metrics = &metrics,
		.loops = METRIC_gate_loops,
		.strayed_ns = &strayed_ns,
		.config = {.idle = idle, .core = core, .nap_ns = 1000}};
}

static void every_turn_is_a_heartbeat(void **state)
{
	(void)state;
	static const uint8_t idles[] = {IDLE_SPIN, IDLE_YIELD, IDLE_NAP};
	for (unsigned i = 0; i < ARRAY_COUNT(idles); i++) {
		struct stage stage;
		struct work work;
		stage_prepare(&stage, &work, idles[i], -1);
		stage_run(&stage); /* on this thread, until the poll stops it */
		assert_int_equal(work.turns, 1000);
		assert_int_equal(metrics_get(&metrics, METRIC_gate_loops), 1000);
		assert_false(work.has_run_back);
	}
}

static void a_stage_looks_at_its_clock_in_its_first_turn(void **state)
{
	(void)state;
	struct stage stage;
	struct work work;
	stage_prepare(&stage, &work, IDLE_SPIN, -1);
	clock_start();
	atomic_store(&strayed_ns, 1);
	work.stop_after = 1;
	stage_run(&stage);
	assert_int_equal(atomic_load(&strayed_ns), 0);
}

static bool leave_poll(void *context, uint64_t now_ns)
{
	struct work *work = context;
	work->has_run_back |= now_ns < work->last_ns;
	work->last_ns = now_ns;
	return ++work->left < work->leave_after;
}

static void a_stage_that_is_to_stop_leaves_until_all_is_done_or_its_time_is_over(void **state)
{
	(void)state;
	struct stage stage;
	struct work work;
	clock_start();
	stage_prepare(&stage, &work, IDLE_YIELD, -1);
	stage.leave = leave_poll;
	work.leave_after = 7;
	stage_run(&stage);
	assert_int_equal(work.turns, 1000);
	assert_int_equal(work.left, 7);
	assert_false(work.has_run_back);
	stage_prepare(&stage, &work, IDLE_YIELD, -1);
	stage.leave = leave_poll;
	work.leave_after = UINT64_MAX;
	stage_run(&stage);
	assert_true(work.left > 1);
}

static void a_busy_stage_does_not_idle(void **state)
{
	(void)state;
	struct stage stage;
	struct work work;
	stage_prepare(&stage, &work, IDLE_NAP, -1);
	stage.config.nap_ns = 3600ull * 1000000000ull; /* one nap would outlast the test */
	work.is_busy = true;
	stage_run(&stage);
	assert_int_equal(work.turns, 1000);
}

static void a_stage_runs_named_and_pinned_on_its_own_thread(void **state)
{
	(void)state;
	struct config_error error = {""};
	cpu_set_t cores;
	assert_int_equal(sched_getaffinity(0, sizeof cores, &cores), 0);
	for (int16_t core = 0; core < 64; core++) {
		if (!CPU_ISSET((size_t)core, &cores))
			continue;
		struct stage stage;
		struct work work;
		stage_prepare(&stage, &work, IDLE_YIELD, core);
		assert_true(stage_start(&stage, &error));
		stage_join(&stage);
		assert_false(stage.is_started);
		stage_join(&stage); /* nothing to wait for */
		assert_int_equal(work.core, core);
		assert_string_equal(work.name, "sluice-test");
		assert_true(sigismember(&work.blocked, SIGTERM));
		assert_true(sigismember(&work.blocked, SIGUSR1));
		assert_false(sigismember(&work.blocked, SIGSEGV));
	}
	sigset_t ours;
	pthread_sigmask(SIG_SETMASK, NULL, &ours);
	assert_false(sigismember(&ours, SIGTERM));
}

static void a_core_that_is_not_there_is_refused(void **state)
{
	(void)state;
	static const int16_t cores[] = {1000, CPU_SETSIZE, 30000};
	for (unsigned i = 0; i < ARRAY_COUNT(cores); i++) {
		struct config_error error = {""};
		struct stage stage;
		struct work work;
		stage_prepare(&stage, &work, IDLE_SPIN, cores[i]);
		assert_false(stage_start(&stage, &error));
		assert_false(stage.is_started);
		assert_non_null(strstr(error.text, "stage sluice-test: found"));
		assert_non_null(strstr(error.text, "expected a thread on core"));
		assert_int_equal(work.turns, 0);
	}
}

static void another_thread_may_stop_it(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct stage stage;
	struct work work;
	stage_prepare(&stage, &work, IDLE_YIELD, -1);
	work.stop_after = UINT64_MAX;
	assert_true(stage_start(&stage, &error));
	while (atomic_load(&work.turns) < 10)
		sched_yield();
	stage_stop(&stage);
	stage_join(&stage);
	assert_int_equal(metrics_get(&metrics, METRIC_gate_loops), work.turns);
}

int main(void)
{
	clock_start();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_turn_is_a_heartbeat),
		cmocka_unit_test(a_stage_looks_at_its_clock_in_its_first_turn),
		cmocka_unit_test(
			a_stage_that_is_to_stop_leaves_until_all_is_done_or_its_time_is_over),
		cmocka_unit_test(a_busy_stage_does_not_idle),
		cmocka_unit_test(a_stage_runs_named_and_pinned_on_its_own_thread),
		cmocka_unit_test(a_core_that_is_not_there_is_refused),
		cmocka_unit_test(another_thread_may_stop_it),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.stage.stage", tests, NULL, NULL);
}
