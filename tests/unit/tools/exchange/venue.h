/* venue.h - a whole venue on the table: one symbol, manual pace, and words said at its console.

   Owner      the test; its file includes cmocka first. */
#ifndef SLUICE_TESTS_VENUE_H
#define SLUICE_TESTS_VENUE_H

#include <stdio.h>
#include <stdlib.h>

#include "tools/exchange/commands.h"

static struct exchange *x;
static char answer[COMMANDS_ANSWER_BYTES];

/* What every venue on the table begins with; a test adds its users. */
static inline struct options venue_options(void)
{
	struct options options = {.listen_address = "127.0.0.1",
		.session = "DAY1",
		.mold_session = "DAY1",
		.comp_id = "VENUE",
		.pace = PACE_STEP,
		.start = START_COMMAND,
		.heartbeat_ns = 1000000000ull,
		.timeout_ns = 15000000000ull,
		.order_max = 1000,
		.history_max = 100000,
		.script = "-",
		.symbols = {symbol_pack("AAPL")},
		.symbol_count = 1};
	terms_rules_all(&options.rules);
	return options;
}

static inline void venue_user(
	struct options *options, const char *name, const char *password, const char *mpid)
{
	struct options_user *user = &options->users[options->user_count++];
	snprintf(user->name, sizeof user->name, "%s", name);
	snprintf(user->password, sizeof user->password, "%s", password);
	snprintf(user->firm, sizeof user->firm, "%s", mpid);
}

static inline void venue_open(const struct options *options)
{
	struct config_error error;
	x = calloc(1, sizeof *x);
	assert_true(exchange_open(x, options, &error));
}

static inline void venue_close(void)
{
	exchange_close(x);
	free(x);
}

static inline int finish(void **state)
{
	(void)state;
	venue_close();
	return 0;
}

/* done says a line at the console, and it is done. */
static inline void done(const char *line)
{
	assert_true(commands_do(x, line, 1, answer, sizeof answer));
	if (strncmp(answer, "ok ", 3) != 0)
		fail_msg("`%s`: found `%s`", line, answer);
}

#endif
