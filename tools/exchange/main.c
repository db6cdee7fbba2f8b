/* main.c - sluice-exchange: a venue for tests, the quickstart and people; see --help. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "tools/exchange/play/console.h"
#include "tools/exchange/play/script.h"
#include "tools/exchange/report.h"

#define NAP_NS       20000
#define LONG_NAP_NS  200000 /* when it was quiet for so many turns */
#define LONG_TURNS   100
#define REST_NS      1000000 /* and for so many: half a second */
#define REST_TURNS   2500
#define QUIET_TURNS  1000
#define COMMAND_MASK 63 /* standard input is looked at every so many turns */

static volatile sig_atomic_t is_stopping, is_reporting;

static void on_signal(int signal)
{
	if (signal == SIGUSR1)
		is_reporting = 1;
	else
		is_stopping = 1;
}

/* The longer nobody says anything the longer the nap, so that whoever runs beside it has the cores. */
static void nap_after(uint32_t idle_turns)
{
	long nap_ns = idle_turns > REST_TURNS   ? REST_NS
		      : idle_turns > LONG_TURNS ? LONG_NAP_NS
						: NAP_NS;
	nanosleep(&(struct timespec){.tv_nsec = nap_ns}, NULL);
}

static void run(struct exchange *x, struct script *script)
{
	static struct console console;
	uint32_t idle_turns = 0;
	console_init(&console, x);
	if (script->name != NULL)
		x->desk->heard.is_kept = x->desk->heard.is_held = true;
	for (uint64_t turn = 0; !is_stopping && !script->is_over; turn++) {
		uint64_t now_ns = clock_now_ns();
		bool did = exchange_turn(x, now_ns);
		if (x->options.is_commanded && (!did || (turn & COMMAND_MASK) == 0) &&
			!console_poll(&console, now_ns))
			break;
		if (script->name != NULL)
			script_turn(script, now_ns);
		if (is_reporting) {
			is_reporting = 0;
			report_files(x);
		}
		idle_turns = did ? 0 : idle_turns + 1;
		if (!did && !x->options.is_spinning)
			nap_after(idle_turns);
	}
	exchange_end(x, clock_now_ns());
	for (uint32_t quiet = 0, turns = 0; quiet < QUIET_TURNS && turns < 1000000; turns++)
		quiet = exchange_is_quiet(x) ? quiet + 1 : 0;
}

static void ready(const struct exchange *x)
{
	char text[192];
	int size = snprintf(text, sizeof text,
		"ready port=%u session=%s mold_session=%s pid=%d rewind=%u "
		"glimpse=%u fix=%u gaps=%u spins=%u\n",
		x->port, x->options.session, x->options.mold_session, (int)getpid(), x->rewind.port,
		x->glimpse_port, x->fix_port, x->unit.gap_port, x->unit.spin_port);
	int fd = x->options.ready_fd < 0 ? STDOUT_FILENO : x->options.ready_fd;
	if (write(fd, text, (size_t)size) != size)
		perror("sluice-exchange: ready");
}

int main(int argc, char **argv)
{
	static struct exchange exchange;
	static struct options options;
	static struct script script;
	struct config_error error = {{0}};
	struct sigaction action = {.sa_handler = on_signal};
	int code = options_read(&options, argc, argv);
	if (code >= 0)
		return code;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, 1); /* a nap is as long as it says */
	clock_start();
	if (!exchange_open(&exchange, &options, &error)) {
		fprintf(stderr, "sluice-exchange: %s\n", error.text);
		exchange_close(&exchange);
		return 2;
	}
	if (options.script != NULL &&
		!script_open(&script, &exchange, options.script, stdout, options.verdict, &error)) {
		fprintf(stderr, "sluice-exchange: %s\n", error.text);
		exchange_close(&exchange);
		return 2;
	}
	ready(&exchange);
	run(&exchange, &script);
	bool is_good = options.script == NULL || script_is_good(&script);
	script_close(&script);
	bool is_reported = report_files(&exchange);
	if (options.is_stats_printed)
		report_stats(&exchange, stdout);
	exchange_close(&exchange);
	return is_reported && is_good ? 0 : 1;
}
