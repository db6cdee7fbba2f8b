/* store_inside.h - what the store is made of: the connection, its statements, the bars not written yet.

   Statements are prepared once; each is reset after use.  Bars of the transaction under way are folded in
   memory, keyed by symbol, interval and begin, and joined to their rows when it is committed or when a
   broken trade needs the rows to be right.

   Owner      the store's thread. */
#ifndef SLUICE_CONTROL_STORE_INSIDE_H
#define SLUICE_CONTROL_STORE_INSIDE_H

#include <sqlite3.h>

#include "control/archive/store.h"

enum store_statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_PRINT,
	SQL_PRINT_BREAK,
	SQL_PRINT_FIND,
	SQL_PRINTS_OF,
	SQL_BAR_GET,
	SQL_BAR_SET,
	SQL_BAR_DROP,
	SQL_BARS_OF,
	SQL_HOLE,
	SQL_HOLE_JOIN,
	SQL_HOLE_CLOSE,
	SQL_HOLE_CLOSE_ALL,
	SQL_PLACE_SET,
	SQL_PLACE_GET,
	SQL_LAST,
	SQL_RETAIN_PRINTS,
	SQL_RETAIN_BARS,
	SQL_COUNT,
};

/* A bar of the transaction under way. */
struct pending_bar {
	char symbol[9]; /* empty: a free slot */
	uint8_t channel;
	uint8_t interval; /* index into store_intervals */
	int64_t begin_s;
	struct bar bar;
};

enum { PENDING_COUNT = 1 << 14, STORE_INTERVAL_COUNT = 3 };
extern const enum bar_interval store_intervals[STORE_INTERVAL_COUNT];

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_COUNT];
	struct pending_bar pending[PENDING_COUNT];
	uint32_t pending_count;
	char trouble[512];
};

/* store_use gives a statement with its parameters cleared. */
sqlite3_stmt *store_use(struct store *store, enum store_statement which);

/* store_run steps a statement that gives no rows and resets it; false: trouble has why. */
bool store_run(struct store *store, sqlite3_stmt *statement);

/* store_step steps to the next row: 1 a row, 0 no more (and it is reset), -1 trouble has why. */
int store_step(struct store *store, sqlite3_stmt *statement);

#endif
