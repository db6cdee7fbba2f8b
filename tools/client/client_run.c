#include <stdio.h>
#include <time.h>

#include "drivers/machine/clock.h"
#include "tools/client/client.h"
#include "tools/client/tell.h"

#define NAP_NS 50000

static void run_pause(struct client *c, uint64_t time_ns)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	uint64_t until_ns = clock_now_ns() + time_ns;
	do {
		client_turn(c);
		if (time_ns > NAP_NS * 4)
			nanosleep(&nap, NULL);
	} while (clock_now_ns() < until_ns);
}

static void run_flood(struct client *c, const struct step *step)
{
	uint64_t start_ns = clock_now_ns();
	for (uint32_t i = 0; i < step->times && c->connection != CONNECTION_NONE; i++) {
		while (step->rate_per_s > 0 && c->connection != CONNECTION_NONE &&
			clock_now_ns() - start_ns < i * 1000000000ull / step->rate_per_s)
			client_turn(c);
		client_send_order(c, step);
		client_turn(c);
	}
}

static void run_wait(struct client *c, const struct step *step, const char *name)
{
	uint64_t until_ns = clock_now_ns() + step->time_ns;
	while (!client_is(c, step) && clock_now_ns() < until_ns) {
		if (c->connection == CONNECTION_NONE)
			break;
		client_turn(c);
	}
	if (client_is(c, step)) {
		c->is_close_awaited |= step->outcome == OUTCOME_CLOSED;
		return;
	}
	c->failures++;
	tell_failure(c, step, name);
}

static void run_steps(
	struct client *c, const struct script *script, uint32_t from, uint32_t to, const char *name)
{
	for (uint32_t i = from; i < to; i++) {
		const struct step *step = &script->steps[i];
		switch ((enum step_kind)step->kind) {
		case STEP_ENTER:
			run_flood(c, step);
			break;
		case STEP_REPLACE:
		case STEP_CANCEL:
			client_send_order(c, step);
			client_turn(c);
			break;
		case STEP_WAIT:
			run_wait(c, step, name);
			break;
		case STEP_EXPECT:
			if (!client_is(c, step)) {
				c->failures++;
				tell_failure(c, step, name);
			}
			break;
		case STEP_PAUSE:
			run_pause(c, step->time_ns);
			break;
		case STEP_REPEAT:
			for (uint32_t turn = 0; turn < step->times; turn++)
				run_steps(c, script, i + 1, step->end, name);
			i = step->end - 1;
			break;
		}
	}
}

bool client_run(struct client *c, const struct script *script, const char *name)
{
	run_steps(c, script, 0, script->count, name);
	return c->connection != CONNECTION_NONE || c->is_close_awaited;
}
