/* store.h - prints and bars in SQLite.

   The database is an index over what the feed heard, not the truth: take it away and it begins anew; play
   captures through a dataplane and it fills again, and prints it has already are known by day, symbol and
   match number and not counted twice.

     prints  every trade of the last days, the broken ones marked
     bars    of a second, a minute and a day, by symbol and begin
     holes   from when to when something is missing, of one symbol, one channel or all
     tapes   up to where each tape was read, so that a restart goes on there

   Writes happen inside one transaction; a bar changes with its prints or not at all.  WAL,
   synchronous=FULL: what is committed survives the machine.

   Owner      one thread; others read through connections of their own (page.h).
   Time       time_ns and begin_s are since 1970 UTC; a day is named by its midnight in New York.
   Errors     false: store_trouble has the sentence, and the transaction under way is to be undone. */
#ifndef SLUICE_CONTROL_STORE_H
#define SLUICE_CONTROL_STORE_H

#include "config/config.h"
#include "control/archive/bars.h"

enum {
	STORE_VERSION = 1,
	STORE_CHANNEL_ALL = 255,
	STORE_PRINT_DAYS = 2,     /* prints are kept, for breaks           */
	STORE_SECOND_DAYS = 10,   /* bars of a second                      */
	STORE_MINUTE_DAYS = 400,  /* bars of a minute; those of a day stay */
	STORE_RETAIN_ROWS = 5000, /* taken away at once                    */
};

struct store;

/* A print as it came. */
struct print {
	int64_t day_s;
	uint64_t time_ns;
	uint64_t match;
	uint64_t qty;
	int64_t price_e4;
	char symbol[9];
	uint8_t channel;
	uint8_t kind; /* enum sluice_kind */
};

/* What is missing: of a symbol (channel's), of a channel (symbol empty), or of all. */
struct hole {
	uint64_t from_ns, to_ns; /* to_ns 0: it is still open */
	char symbol[9];
	uint8_t channel; /* STORE_CHANNEL_ALL: of every one */
	const char *cause;
};

/* store_path writes where a site's database lies. */
void store_path(const struct site_config *site, char path[PATH_BYTES + 32]);

/* store_open opens or makes the database.  NULL: error has why. */
struct store *store_open(const char *path, struct config_error *error);
void store_close(struct store *store);
const char *store_trouble(const struct store *store);

/* store_begin, store_commit, store_undo: a transaction; commit writes the bars of its prints first. */
bool store_begin(struct store *store);
bool store_commit(struct store *store);
void store_undo(struct store *store);

/* store_print keeps a print and counts it into its bars; *is_new: it was not known. */
bool store_print(struct store *store, const struct print *print, bool *is_new);

/* store_break marks a print broken and mends its bars; *is_known: there was such a print, unbroken. */
bool store_break(
	struct store *store, int64_t day_s, const char *symbol, uint64_t match, bool *is_known);

/* store_has tells whether a symbol has a print of this match by this channel. */
bool store_has(struct store *store, int64_t day_s, const char *symbol, uint64_t match,
	uint8_t channel, bool *is_there);

/* store_hole notes that something is missing; what touches or goes on behind the newest hole of its symbol and channel makes
   that longer, because one outage is one hole.  store_hole_close ends what is open of this symbol and
   channel; store_hole_close_all ends all that is open. */
bool store_hole(struct store *store, const struct hole *hole);
bool store_hole_close(struct store *store, const char *symbol, uint8_t channel, uint64_t to_ns);
bool store_hole_close_all(struct store *store, uint64_t to_ns);

/* Where a tape of a dataplane was read up to, and the time of the last event there; 0: never. */
struct tape_place {
	uint64_t next, time_ns;
};
bool store_place_set(
	struct store *store, uint64_t instance, uint32_t tape, const struct tape_place *place);
bool store_place_get(
	struct store *store, uint64_t instance, uint32_t tape, struct tape_place *place);

/* store_last_ns gives the time of the last event of any dataplane before; 0: none. */
bool store_last_ns(struct store *store, uint64_t *time_ns);

/* store_retain takes away a few of the rows that are older than they are kept; *is_done: none is left. */
bool store_retain(struct store *store, uint64_t wall_ns, bool *is_done);

#endif
