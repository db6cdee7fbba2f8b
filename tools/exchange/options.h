/* options.h - what the exchange simulator is told on its command line.

   Errors     one sentence on standard error: what was found, what was expected; the program exits 2. */
#ifndef SLUICE_EXCHANGE_OPTIONS_H
#define SLUICE_EXCHANGE_OPTIONS_H

#include "config/config.h"
#include "tools/exchange/terms.h"

enum { OPTIONS_USER_MAX = 64, OPTIONS_SYMBOL_MAX = 1024 };

/* When the day on the feed begins. */
enum exchange_start { START_NOW = 0, START_LOGIN, START_COMMAND };

/* How the background flows. */
enum exchange_pace { PACE_MAX = 0, PACE_TIMES, PACE_RATE, PACE_STEP };

struct options_user {
	char name[21], password[11], firm[5];
};

/* A port that hears what becomes of another's orders. */
struct options_drop {
	char name[21], password[11], of[21];
};

/* What a port speaks. */
struct options_speech {
	char name[21];
	uint8_t speech; /* enum desk_speech */
};

/* The feed as a Cboe unit (unit.h). */
struct options_unit {
	uint8_t number;
	const char *line[LINE_COUNT_MAX], *gap_line[LINE_COUNT_MAX]; /* NULL: none */
	char gap_address[64], spin_address[64];                      /* "": not served */
	uint16_t gap_port, spin_port;
	struct options_user user; /* one may log in */
	char sub_id[5];
};

struct options {
	char listen_address[64];
	uint16_t listen_port;
	char session[11], mold_session[11];
	char fix_address[64], comp_id[21]; /* address "": FIX is not spoken */
	uint16_t fix_port;
	struct options_user users[OPTIONS_USER_MAX];
	uint32_t user_count;
	uint64_t symbols[OPTIONS_SYMBOL_MAX];
	uint32_t tick_e4[OPTIONS_SYMBOL_MAX], lot[OPTIONS_SYMBOL_MAX]; /* 0: any */
	struct terms_rules rules;
	uint32_t symbol_count;
	const char *itch, *feed[LINE_COUNT_MAX], *interface[LINE_COUNT_MAX];
	const char *stats_file, *orders_file, *script, *verdict;
	struct options_drop drops[OPTIONS_USER_MAX];
	uint32_t drop_count;
	struct options_speech speeches[OPTIONS_USER_MAX];
	uint32_t speech_count;
	uint8_t self;        /* enum match_self */
	uint8_t start, pace; /* enum exchange_start, enum exchange_pace */
	double times;        /* PACE_TIMES: so many times as fast as it was */
	uint64_t rate_per_s; /* PACE_RATE: messages a second */
	uint64_t heartbeat_ns, timeout_ns;
	uint32_t order_max;
	char rewind_address[64], glimpse_address[64]; /* "": not served */
	uint16_t rewind_port, glimpse_port;
	uint32_t rewind_rate_per_s, rewind_count_max; /* 0: no limit */
	uint64_t rewind_depth, history_max;
	struct options_user glimpse_users[OPTIONS_USER_MAX];
	uint32_t glimpse_user_count;
	struct options_unit unit;
	int ready_fd;           /* -1: standard output */
	bool is_second_refused; /* a user's second login does not take the place of its first */
	bool is_self_port;
	bool is_commanded, is_cancel_on_disconnect, is_spinning, is_stats_printed;
};

/* options_read fills options from the command line.  Returns -1 to go on, else the code to exit with:
   0 after --help, 2 after a mistake. */
int options_read(struct options *options, int argc, char **argv);

#endif
