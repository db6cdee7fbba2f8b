/* sluice-strategy - a sample strategy on the dataplane's machine; see --help, strategy.h and sluice.h. */
#include "dataplane/shm/sluice.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "drivers/machine/clock.h"
#include "tools/strategy/options.h"
#include "tools/strategy/report.h"

#define LOOK_NS  1000000ull /* how often the time is looked at, and whether the dataplane lives */
#define RETRY_NS 10000000

static volatile sig_atomic_t is_stopping;

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopping = 1;
}

static void idle(const struct strategy_options *o)
{
	const struct timespec nap = {.tv_nsec = (long)o->nap_ns};
	if (o->idle == IDLE_NAP)
		nanosleep(&nap, NULL);
	else if (o->idle == IDLE_YIELD)
		sched_yield();
	else
		__builtin_ia32_pause();
}

/* A symbol that the site does not list has no prices to tell, which zeros would look like.  false: there is one. */
static bool symbols_are_there(const struct strategy *s, const struct strategy_options *o)
{
	for (uint32_t i = 0; i < o->watched_count; i++) {
		if (sluice_symbol(&s->market, o->watched[i]) != SLUICE_NONE)
			continue;
		fprintf(stderr,
			"sluice-strategy: found --symbol %s, expected a symbol that the site "
			"lists: symbols.yaml\n",
			o->watched[i]);
		return false;
	}
	return true;
}

/* Opens, for as long as --wait allows.  0: it is open. */
static int open_within(struct strategy *s, const struct strategy_options *o, uint64_t wait_ns)
{
	const struct timespec pause = {.tv_nsec = RETRY_NS};
	struct config_error error = {""};
	uint64_t until_ns = clock_now_ns() + wait_ns;
	while (!strategy_open(s, o, &error)) {
		if (clock_now_ns() >= until_ns || is_stopping) {
			fprintf(stderr, "sluice-strategy: %s\n", error.text);
			return o->has_orders && !s->has_client ? EXIT_NO_SESSION : EXIT_NO_MARKET;
		}
		nanosleep(&pause, NULL);
	}
	report_open(s);
	return symbols_are_there(s, o) ? 0 : EXIT_MISTAKE;
}

/* Reads until the time is over (0) or the dataplane is (EXIT_GONE). */
static int read_on(struct strategy *s, const struct strategy_options *o, uint64_t until_ns)
{
	uint64_t looked_ns = clock_now_ns(), told_ns = looked_ns;
	for (;;) {
		size_t count = strategy_turn(s);
		uint64_t now_ns = clock_now_ns();
		if (now_ns - looked_ns >= LOOK_NS) {
			looked_ns = now_ns;
			if (is_stopping || now_ns >= until_ns)
				return 0;
			if (count == 0 && !sluice_is_alive(&s->market))
				return EXIT_GONE;
		}
		if (o->every_ns > 0 && now_ns - told_ns >= o->every_ns) {
			told_ns = now_ns;
			report_tops(s);
		}
		if (count == 0)
			idle(o);
	}
}

int main(int count, char **words)
{
	static struct strategy strategy;
	static struct strategy_options options;
	int code = options_take(&options, count, words);
	if (code >= 0)
		return code;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	clock_start();
	uint64_t until_ns = options.for_ns > 0 ? clock_now_ns() + options.for_ns : UINT64_MAX;
	code = open_within(&strategy, &options, options.wait_ns);
	while (code == 0) {
		code = options.is_once ? 0 : read_on(&strategy, &options, until_ns);
		report_tops(&strategy);
		if (code != EXIT_GONE)
			break;
		report_gone(&strategy);
		if (!options.is_reopening)
			break;
		strategy_close(&strategy);
		code = open_within(&strategy, &options, UINT64_MAX / 2);
	}
	if (strategy.opens > 0 && !options.is_once)
		report_summary(&strategy);
	strategy_close(&strategy);
	if (strategy.has_client)
		client_logout(&strategy.client);
	script_free(&options.then);
	return code;
}
