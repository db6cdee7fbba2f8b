#include "tools/bench/bench_warm.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/feed/warm.h"
#include "drivers/machine/clock.h"

enum { SWEEP_BYTES = 64 << 20, CHILDREN = 11 };

enum start { START_COLD, START_WARMED, START_RUNNING, START_COUNT };

/* sweep fills every cache with something else. */
static void sweep(uint8_t *bytes)
{
	for (size_t i = 0; i < SWEEP_BYTES; i += CACHE_LINE_BYTES)
		bytes[i]++;
}

/* first_packet measures one packet of one message on a channel that has seen none, or many. */
static double first_packet(enum start start, uint8_t *bytes)
{
	struct warm *channel = warm_open(), *scratch = warm_open();
	if (start == START_RUNNING)
		warm_run(channel, WARM_PACKETS);
	warm_make(channel, 1);
	sweep(bytes);
	if (start == START_WARMED)
		warm_run(scratch, WARM_PACKETS);
	if (start == START_RUNNING)
		for (int i = 0; i < 16 * 16; i++) {
			warm_play(channel);
			warm_make(channel, 1);
		}
	uint64_t from = clock_cycles();
	warm_play(channel);
	return (double)clock_cycles_to_ns(clock_cycles() - from);
}

/* in_child runs first_packet in a new process; 0: it could not be made. */
static double in_child(enum start start, uint8_t *bytes)
{
	int ends[2];
	double ns = 0;
	if (pipe(ends) != 0)
		return 0;
	pid_t child = fork();
	if (child == 0) {
		ns = first_packet(start, bytes);
		_exit(write(ends[1], &ns, sizeof ns) == sizeof ns ? 0 : 1);
	}
	close(ends[1]);
	if (child < 0 || read(ends[0], &ns, sizeof ns) != sizeof ns)
		ns = 0;
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return ns;
}

void bench_warm_run(struct figures *figures)
{
	static const char *const names[START_COUNT] = {"feed: first packet, cold",
		"feed: first packet after a warm-up", "feed: a packet among many"};
	static double ns[START_COUNT][CHILDREN];
	uint8_t *bytes = calloc(1, SWEEP_BYTES);
	CHECK(bytes != NULL);
	for (int i = 0; i < CHILDREN; i++)
		for (enum start start = START_COLD; start < START_COUNT; start++)
			ns[start][i] = in_child(start, bytes);
	for (enum start start = START_COLD; start < START_COUNT; start++) {
		round_sort(ns[start], CHILDREN);
		round_add(figures, names[start], "ns", ns[start][CHILDREN / 2],
			start == START_RUNNING ? NULL : names[START_RUNNING]);
	}
	double penalty = ns[START_COLD][CHILDREN / 2] - ns[START_RUNNING][CHILDREN / 2];
	double left = ns[START_WARMED][CHILDREN / 2] - ns[START_RUNNING][CHILDREN / 2];
	if (penalty > 0)
		round_add(figures, "feed: penalty removed by the warm-up", "%",
			100 * (1 - left / penalty), NULL);
	free(bytes);
}
