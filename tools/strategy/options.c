#include "tools/strategy/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/scalar.h"
#include "drivers/machine/build.h"

static const char help[] =
	"sluice-strategy: a sample strategy on the dataplane's machine. It reads tops and the "
	"event tape\n"
	"in shared memory, says how late it hears, and may send orders when a price is met.\n\n"
	"  --run DIRECTORY     the dataplane's run directory (run)\n"
	"  --symbol NAME       tell of this symbol; may be repeated\n"
	"  --idle WORD         spin | yield | nap, when there is nothing to read (yield); latency "
	"means\n"
	"                      something with spin on a core of its own\n"
	"  --oldest            begin as far back as the tape safely goes, not at the newest event\n"
	"  --once              tell of the symbols and end\n"
	"  --every TIME        tell of the symbols that often, such as '1 s'\n"
	"  --for TIME          end after that time; without it when the dataplane ends\n"
	"  --wait TIME         keep trying to open for so long (0)\n"
	"  --reopen            when the dataplane ends, wait for the next one and go on\n"
	"  --stall TIME        play a slow reader: sleep so long ...\n"
	"  --stall-each N      ... each time N events were read (10000)\n"
	"  --when CONDITION    such as 'AAPL ask <= 163.02'\n"
	"  --then ORDER        such as 'buy 100 AAPL at 163.02 tif ioc'; sent when the condition "
	"becomes true\n"
	"  --orders N          send at most so many (1)\n"
	"  --connect ADDRESS:PORT --user NAME --password WORD   the order session "
	"(127.0.0.1:25000)\n"
	"  --connect PATH      instead: through shared memory, by the dataplane's order socket "
	"(run/order.sock)\n"
	"  --json              one JSON object a line\n"
	"  --version           which build this is\n"
	"  --help              print this\n\n"
	"Exit: 0 ended as told, 2 a mistake in the call, 3 the dataplane ended, 4 no market (not "
	"running, or\n"
	"      this uid may not read it: `market: readers` in site.yaml), 5 no order session.\n";

static bool read_time(const char *text, uint64_t *ns)
{
	return scalar_duration(text, ns) == NULL;
}

static bool read_number(const char *text, uint64_t *number)
{
	return scalar_count(text, number) == NULL;
}

static bool copied(char *to, size_t size, const char *from)
{
	size_t used = strlen(from);
	if (used == 0 || used >= size)
		return false;
	memcpy(to, from, used + 1);
	return true;
}

static bool read_idle(struct strategy_options *o, const char *text)
{
	if (strcmp(text, "spin") == 0)
		o->idle = IDLE_SPIN;
	else if (strcmp(text, "yield") == 0)
		o->idle = IDLE_YIELD;
	else if (strcmp(text, "nap") == 0)
		o->idle = IDLE_NAP;
	else
		return false;
	return true;
}

static bool read_order(struct strategy_options *o, const char *text)
{
	struct config_error error = {""};
	script_free(&o->then);
	if (script_parse(&o->then, "--then", text, &error) && o->then.count == 1 &&
		o->then.steps[0].kind == STEP_ENTER && o->then.steps[0].times <= 1)
		return true;
	if (error.text[0] != '\0')
		fprintf(stderr, "sluice-strategy: %s\n", error.text);
	return false;
}

static bool read_when(struct strategy_options *o, const char *text)
{
	struct config_error error = {""};
	if (trigger_parse(&o->when, text, &error))
		return true;
	fprintf(stderr, "sluice-strategy: %s\n", error.text);
	return false;
}

static bool read_option(struct strategy_options *o, int letter, const char *text)
{
	switch (letter) {
	case 'r':
		return copied(o->run_directory, sizeof o->run_directory, text);
	case 's':
		return o->watched_count < STRATEGY_WATCH_MAX &&
		       copied(o->watched[o->watched_count++], sizeof o->watched[0], text);
	case 'i':
		return read_idle(o, text);
	case 'e':
		return read_time(text, &o->every_ns);
	case 'f':
		return read_time(text, &o->for_ns);
	case 'w':
		return read_time(text, &o->wait_ns);
	case 'S':
		return read_time(text, &o->stall_ns);
	case 'E':
		return read_number(text, &o->stall_events) && o->stall_events > 0;
	case 'W':
		return read_when(o, text);
	case 'T':
		return read_order(o, text);
	case 'O':
		return read_number(text, &o->order_max);
	case 'c':
		return client_address_read(&o->client, text);
	case 'u':
		return copied(o->client.user, sizeof o->client.user, text);
	default:
		return copied(o->client.password, sizeof o->client.password, text);
	}
}

/* What only makes sense together. */
static bool options_check(struct strategy_options *o)
{
	o->has_orders = o->then.count > 0;
	bool has_session = o->client.user[0] != '\0' && o->client.password[0] != '\0';
	if (o->has_orders == o->when.is_set && (!o->has_orders || has_session))
		return true;
	fprintf(stderr, "sluice-strategy: found a part of it, expected --when, --then, --user and "
			"--password "
			"together\n");
	return false;
}

static bool read_switch(struct strategy_options *o, int letter)
{
	o->is_json |= letter == 'j';
	o->is_once |= letter == '1';
	o->is_oldest |= letter == 'o';
	o->is_reopening |= letter == 'R';
	return letter == 'j' || letter == '1' || letter == 'o' || letter == 'R';
}

int options_take(struct strategy_options *o, int count, char **words)
{
	static const struct option rows[] = {{"run", 1, NULL, 'r'}, {"symbol", 1, NULL, 's'},
		{"idle", 1, NULL, 'i'}, {"every", 1, NULL, 'e'}, {"for", 1, NULL, 'f'},
		{"wait", 1, NULL, 'w'}, {"stall", 1, NULL, 'S'}, {"stall-each", 1, NULL, 'E'},
		{"when", 1, NULL, 'W'}, {"then", 1, NULL, 'T'}, {"orders", 1, NULL, 'O'},
		{"connect", 1, NULL, 'c'}, {"user", 1, NULL, 'u'}, {"password", 1, NULL, 'p'},
		{"json", 0, NULL, 'j'}, {"once", 0, NULL, '1'}, {"oldest", 0, NULL, 'o'},
		{"reopen", 0, NULL, 'R'}, {"help", 0, NULL, 'h'}, {"version", 0, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	int letter, index = 0;
	*o = (struct strategy_options){.run_directory = "run",
		.idle = IDLE_YIELD,
		.nap_ns = 50000,
		.order_max = 1,
		.client = {.address = "127.0.0.1", .port = 25000, .is_quiet = true}};
	while ((letter = getopt_long(count, words, "", rows, &index)) != -1) {
		if (letter == 'h')
			return fputs(help, stdout) < 0;
		if (letter == 'V')
			return build_print("sluice-strategy");
		if (letter == '?')
			return EXIT_MISTAKE;
		if (!read_switch(o, letter) && !read_option(o, letter, optarg)) {
			fprintf(stderr,
				"sluice-strategy: found '%s', expected what --help says of --%s\n",
				optarg, rows[index].name);
			return EXIT_MISTAKE;
		}
	}
	if (optind < count) {
		fprintf(stderr, "sluice-strategy: found %s, expected options only\n",
			words[optind]);
		return EXIT_MISTAKE;
	}
	if (o->stall_ns > 0 && o->stall_events == 0)
		o->stall_events = 10000;
	return options_check(o) ? -1 : EXIT_MISTAKE;
}
