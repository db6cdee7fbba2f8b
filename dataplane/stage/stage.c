#include "dataplane/stage/stage.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"

/* A turn without work hands its core back, or keeps it, as the site says. */
static void stage_idle(const struct stage_config *config)
{
	if (config->idle == IDLE_NAP) {
		struct timespec nap = {.tv_sec = (time_t)(config->nap_ns / 1000000000u),
			.tv_nsec = (long)(config->nap_ns % 1000000000u)};
		nanosleep(&nap, NULL);
	} else if (config->idle == IDLE_YIELD) {
		sched_yield();
	} else {
		__builtin_ia32_pause();
	}
}

static void stage_leave(const struct stage *stage)
{
	uint64_t began_ns = clock_now_ns(), now_ns = began_ns;
	while (now_ns - began_ns < STAGE_LEAVE_NS && stage->leave(stage->context, now_ns)) {
		stage_idle(&stage->config);
		now_ns = clock_now_ns();
	}
}

void stage_run(struct stage *stage)
{
	struct clock_watch watch;
	uint64_t look_ns = 0;
	clock_watch_start(&watch);
	for (uint32_t turn = 0; !atomic_load_explicit(&stage->is_stopping, memory_order_relaxed);
		turn++) {
		uint64_t now_ns = clock_now_ns();
		if (UNLIKELY(now_ns >= look_ns || turn % STAGE_LOOK_TURNS == 0)) {
			look_ns = now_ns + STAGE_LOOK_NS;
			atomic_store_explicit(
				stage->strayed_ns, clock_watch_look(&watch), memory_order_relaxed);
		}
		bool has_worked = stage->poll(stage->context, now_ns);
		metrics_add(stage->metrics, stage->loops, 1);
		if (!has_worked)
			stage_idle(&stage->config);
	}
	if (stage->leave != NULL)
		stage_leave(stage);
}

static void *stage_thread(void *argument)
{
	struct stage *stage = argument;
	CHECK(cpu_pin(-1, stage->name)); /* only names: it was born pinned */
	stage_run(stage);
	return NULL;
}

/* The stage's thread takes no signals but those of its own faults: the rest belong to main, which
   stops stages in order. */
static int stage_create(struct stage *stage, const pthread_attr_t *attributes)
{
	sigset_t all, before;
	static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
	sigfillset(&all);
	for (unsigned i = 0; i < ARRAY_COUNT(faults); i++)
		sigdelset(&all, faults[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int code = pthread_create(&stage->thread, attributes, stage_thread, stage);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

bool stage_start(struct stage *stage, struct config_error *error)
{
	pthread_attr_t attributes;
	cpu_set_t cores;
	int code = pthread_attr_init(&attributes);
	CHECK(code == 0);
	/* Pinned before it runs: the thread never touches its memory from another core, and a core
	   that is not there is found here, with nothing started. */
	if (stage->config.core >= CPU_SETSIZE) {
		code = EINVAL;
	} else if (stage->config.core >= 0) {
		CPU_ZERO(&cores);
		CPU_SET((size_t)stage->config.core, &cores);
		code = pthread_attr_setaffinity_np(&attributes, sizeof cores, &cores);
	}
	if (code == 0)
		code = stage_create(stage, &attributes);
	pthread_attr_destroy(&attributes);
	if (code != 0) {
		snprintf(error->text, sizeof error->text,
			"stage %s: found \"%s\", expected a thread on core %d: give it a core that "
			"`nproc --all` counts and the cpuset allows, or -1",
			stage->name, strerror(code), stage->config.core);
		return false;
	}
	stage->is_started = true;
	return true;
}

void stage_stop(struct stage *stage)
{
	atomic_store_explicit(&stage->is_stopping, true, memory_order_relaxed);
}

void stage_join(struct stage *stage)
{
	if (!stage->is_started)
		return;
	CHECK(pthread_join(stage->thread, NULL) == 0);
	stage->is_started = false;
}
