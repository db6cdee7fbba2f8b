/* sluice-bench - what each step costs here, beside what the machine could do at best. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/machine/build.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"
#include "tools/bench/bench_count.h"
#include "tools/bench/bench_feed.h"
#include "tools/bench/bench_fix.h"
#include "tools/bench/bench_gate.h"
#include "tools/bench/bench_link.h"
#include "tools/bench/bench_loads.h"
#include "tools/bench/bench_lwip.h"
#include "tools/bench/bench_machine.h"
#include "tools/bench/bench_order.h"
#include "tools/bench/bench_restart.h"
#include "tools/bench/bench_stages.h"
#include "tools/bench/bench_stream.h"
#include "tools/bench/bench_tape.h"
#include "tools/bench/ladder.h"
#include "tools/bench/report.h"
#include "tools/bench/bench_warm.h"

static const char help[] =
	"sluice-bench measures the steps of the feed and of the judgement, each beside a "
	"yardstick.\n"
	"\n"
	"  sluice-bench [--json] [--messages N] [--rounds N] [--core N] [--aapl FILE] [--only "
	"feed|stages|tape|warm|order|fix|journal|restart|gate|loads|stream|machine]\n"
	"\n"
	"  --json        figures as JSON, for comparing with a later run\n"
	"  --messages N  of the generated market, 100,000 to 100,000,000 (default 5,000,000)\n"
	"  --rounds N    interleaved rounds, 1 to 15; a figure is their median (default 5)\n"
	"  --core N      the core it runs on (default 1, or 0 if there is one only)\n"
	"  --aapl FILE   the real flow (default tests/data/nasdaq_aapl/aapl_20190130.itch)\n"
	"  --only WORD   one part\n"
	"  --ladder MS   instead: the feed's load ladder, so many ms a rung (1000 for a close "
	"look)\n"
	"  --ring N      of the ladder: packets that wait on a port, a power of two (default "
	"4096)\n"
	"  --wall        of the ladder: let time go on while the core is taken away\n"
	"  --endurance S of the ladder: so many seconds at the peak at the end (default 0)\n"
	"  --count N     instead: N orders through a gate, for callgrind to count "
	"(instructions.py): of one\n"
	"                symbol, or with --only wide of many; until their bytes are out, or with "
	"--poll whole polls\n"
	"  --version     which build this is\n"
	"  --help        this text\n"
	"\n"
	"sluice-bench-queue is the same with books that keep a queue per price.\n"
	"A figure counts as a ratio to something of the same run: machines and moments differ.\n";

struct arguments {
	uint64_t messages, rounds, core, ladder_ms, ring, endurance_s, count;
	const char *aapl, *only;
	bool is_json, is_wall, is_poll;
};

static bool read_number(
	const char *name, const char *text, uint64_t low, uint64_t high, uint64_t *number)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);
	if (*end != '\0' || text[0] < '0' || text[0] > '9' || value < low || value > high) {
		fprintf(stderr, "--%s: found '%s', expected a number from %llu to %llu\n", name,
			text, (unsigned long long)low, (unsigned long long)high);
		return false;
	}
	*number = value;
	return true;
}

/* read_arguments returns -1 to go on, or the exit code. */
static int read_arguments(int count, char **words, struct arguments *a)
{
	static const struct option options[] = {{"json", 0, NULL, 'j'}, {"messages", 1, NULL, 'm'},
		{"rounds", 1, NULL, 'r'}, {"core", 1, NULL, 'c'}, {"aapl", 1, NULL, 'a'},
		{"only", 1, NULL, 'o'}, {"ladder", 1, NULL, 'l'}, {"ring", 1, NULL, 'n'},
		{"endurance", 1, NULL, 'e'}, {"wall", 0, NULL, 'w'}, {"count", 1, NULL, 'k'},
		{"poll", 0, NULL, 'p'}, {"help", 0, NULL, 'h'}, {"version", 0, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	bool is_good = true;
	int which;
	while (is_good && (which = getopt_long(count, words, "", options, NULL)) != -1) {
		if (which == 'j')
			a->is_json = true;
		else if (which == 'm')
			is_good = read_number("messages", optarg, 100000, 100000000, &a->messages);
		else if (which == 'r')
			is_good = read_number("rounds", optarg, 1, ROUND_COUNT_MAX, &a->rounds);
		else if (which == 'c')
			is_good = read_number("core", optarg, 0, 1023, &a->core);
		else if (which == 'l')
			is_good = read_number("ladder", optarg, 10, 60000, &a->ladder_ms);
		else if (which == 'n')
			is_good = read_number("ring", optarg, 64, 1 << 20, &a->ring) &&
				  (a->ring & (a->ring - 1)) == 0;
		else if (which == 'w')
			a->is_wall = true;
		else if (which == 'e')
			is_good = read_number("endurance", optarg, 0, 86400, &a->endurance_s);
		else if (which == 'k')
			is_good = read_number("count", optarg, 1, 1000000, &a->count);
		else if (which == 'p')
			a->is_poll = true;
		else if (which == 'a')
			a->aapl = optarg;
		else if (which == 'o')
			a->only = optarg;
		else if (which == 'h')
			return fputs(help, stdout) < 0;
		else if (which == 'V')
			return build_print("sluice-bench");
		else
			is_good = false;
	}
	return is_good && optind == count ? -1 : 2;
}

static bool is_wanted(const struct arguments *a, const char *part)
{
	return a->only == NULL || strcmp(a->only, part) == 0;
}

int main(int count, char **words)
{
	static struct figures figures;
	struct arguments a = {.messages = 5000000,
		.rounds = 5,
		.core = 1,
		.ring = 4096,
		.aapl = "tests/data/nasdaq_aapl/aapl_20190130.itch"};
	int code = read_arguments(count, words, &a);
	bool is_good = true;
	if (code >= 0)
		return code;
	clock_start();
	if (a.count > 0)
		return bench_count_run(a.only != NULL && strcmp(a.only, "wide") == 0,
			       a.is_poll ? COUNT_POLL : COUNT_OUT, (uint32_t)a.count)
			       ? 0
			       : 1;
	/* On its own clock a thread may go where there is room. */
	bool is_pinned = a.ladder_ms == 0 || a.is_wall;
	if (is_pinned && !cpu_pin((int)a.core, "bench") && a.core == 1)
		cpu_pin(0, "bench");
	if (a.ladder_ms > 0)
		return ladder_run(&(struct ladder_options){.message_count = a.messages,
			       .rung_ns = a.ladder_ms * 1000000,
			       .endurance_ns = a.endurance_s * 1000000000,
			       .ring_count = (uint32_t)a.ring,
			       .is_wall = a.is_wall})
			       ? 0
			       : 1;
	figures.round_count = (uint32_t)a.rounds;
	if (is_wanted(&a, "machine"))
		bench_machine_run(&figures);
	if (is_wanted(&a, "feed"))
		is_good = bench_feed_run(&figures, a.messages, a.aapl);
	if (is_wanted(&a, "tape"))
		is_good = bench_tape_run(&figures, a.aapl) && is_good;
	if (is_wanted(&a, "stages"))
		is_good = bench_stages_run(&figures, a.messages / 10) && is_good;
	if (is_wanted(&a, "warm"))
		bench_warm_run(&figures);
	if (is_wanted(&a, "order"))
		is_good = bench_order_run(&figures) && is_good;
	if (is_wanted(&a, "fix"))
		bench_fix_run(&figures);
	if (is_wanted(&a, "journal"))
		bench_link_run(&figures);
	if (is_wanted(&a, "restart"))
		is_good = bench_restart_run(&figures) && is_good;
	if (is_wanted(&a, "gate"))
		is_good = bench_gate_run(&figures) && is_good;
	if (is_wanted(&a, "loads"))
		is_good = bench_loads_run(&figures) && is_good;
	if (is_wanted(&a, "stream"))
		is_good = bench_stream_run(&figures) && bench_lwip_run(&figures) && is_good;
	is_good = (a.is_json ? report_json : report_text)(&figures, stdout) && is_good;
	return is_good && figures.count > 0 ? 0 : 1;
}
