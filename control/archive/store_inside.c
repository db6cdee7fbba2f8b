/* store_inside.c - the connection, opened and closed, and its statements: see store.h. */
#include "control/archive/store_inside.h"

#include <stdio.h>
#include <stdlib.h>

static const char schema[] =
	"PRAGMA journal_mode=WAL;"
	"PRAGMA synchronous=FULL;"
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS prints(id INTEGER PRIMARY KEY, day_s INTEGER NOT NULL, symbol "
	"TEXT NOT "
	"NULL, match INTEGER NOT NULL, time_ns INTEGER NOT NULL, price_e4 INTEGER NOT NULL, qty "
	"INTEGER NOT "
	"NULL, channel INTEGER NOT NULL, kind INTEGER NOT NULL, broken INTEGER NOT NULL DEFAULT 0);"
	"CREATE UNIQUE INDEX IF NOT EXISTS prints_match ON prints(day_s, symbol, match);"
	"CREATE INDEX IF NOT EXISTS prints_time ON prints(symbol, time_ns);"
	"CREATE TABLE IF NOT EXISTS bars(symbol TEXT NOT NULL, seconds INTEGER NOT NULL, begin_s "
	"INTEGER NOT "
	"NULL, open_e4 INTEGER NOT NULL, high_e4 INTEGER NOT NULL, low_e4 INTEGER NOT NULL, "
	"close_e4 INTEGER "
	"NOT NULL, volume INTEGER NOT NULL, trades INTEGER NOT NULL, notional_high INTEGER NOT "
	"NULL, "
	"notional_low INTEGER NOT NULL, channel INTEGER NOT NULL, PRIMARY KEY(symbol, seconds, "
	"begin_s)) "
	"WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS bars_age ON bars(seconds, begin_s);"
	"CREATE TABLE IF NOT EXISTS holes(from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, symbol "
	"TEXT NOT "
	"NULL, channel INTEGER NOT NULL, cause TEXT NOT NULL);"
	"CREATE INDEX IF NOT EXISTS holes_from ON holes(from_ns);"
	"CREATE TABLE IF NOT EXISTS tapes(instance INTEGER NOT NULL, tape INTEGER NOT NULL, next "
	"INTEGER NOT "
	"NULL, time_ns INTEGER NOT NULL, PRIMARY KEY(instance, tape));"
	"COMMIT;";

/* clang-format off */
static const char *const texts[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_PRINT] = "INSERT OR IGNORE INTO prints(day_s, symbol, match, time_ns, price_e4, qty, channel, kind) "
		"VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_PRINT_BREAK] = "UPDATE prints SET broken = 1 WHERE day_s = ?1 AND symbol = ?2 AND match = ?3 AND "
		"broken = 0",
	[SQL_PRINT_FIND] = "SELECT time_ns, channel FROM prints WHERE day_s = ?1 AND symbol = ?2 AND match = ?3",
	[SQL_PRINTS_OF] = "SELECT price_e4, qty FROM prints WHERE symbol = ?1 AND time_ns >= ?2 AND time_ns < ?3 "
		"AND broken = 0 ORDER BY id",
	[SQL_BAR_GET] = "SELECT open_e4, high_e4, low_e4, close_e4, volume, trades, notional_high, notional_low "
		"FROM bars WHERE symbol = ?1 AND seconds = ?2 AND begin_s = ?3",
	[SQL_BAR_SET] = "INSERT OR REPLACE INTO bars(symbol, seconds, begin_s, open_e4, high_e4, low_e4, close_e4, "
		"volume, trades, notional_high, notional_low, channel) "
		"VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[SQL_BAR_DROP] = "DELETE FROM bars WHERE symbol = ?1 AND seconds = ?2 AND begin_s = ?3",
	[SQL_BARS_OF] = "SELECT open_e4, high_e4, low_e4, close_e4, volume, trades, notional_high, notional_low "
		"FROM bars WHERE symbol = ?1 AND seconds = ?2 AND begin_s >= ?3 AND begin_s < ?4 ORDER BY begin_s",
	[SQL_HOLE] = "INSERT INTO holes(from_ns, to_ns, symbol, channel, cause) VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_HOLE_JOIN] = "UPDATE holes SET to_ns = CASE WHEN to_ns = 0 OR ?2 = 0 THEN 0 ELSE max(to_ns, ?2) END, cause = "
		"CASE WHEN instr(cause, ?5) > 0 THEN cause ELSE cause || ', ' || ?5 END WHERE rowid = (SELECT rowid FROM "
		"holes WHERE symbol = ?3 AND channel = ?4 AND from_ns <= ?1 AND (to_ns = 0 OR to_ns >= ?1) "
		"ORDER BY from_ns DESC LIMIT 1)",
	[SQL_HOLE_CLOSE] = "UPDATE holes SET to_ns = max(?1, from_ns + 1) WHERE to_ns = 0 AND symbol = ?2 AND "
		"channel = ?3",
	[SQL_HOLE_CLOSE_ALL] = "UPDATE holes SET to_ns = max(?1, from_ns + 1) WHERE to_ns = 0",
	[SQL_PLACE_SET] = "INSERT OR REPLACE INTO tapes(instance, tape, next, time_ns) VALUES(?1, ?2, ?3, ?4)",
	[SQL_PLACE_GET] = "SELECT next, time_ns FROM tapes WHERE instance = ?1 AND tape = ?2",
	[SQL_LAST] = "SELECT max(time_ns) FROM tapes",
	[SQL_RETAIN_PRINTS] = "DELETE FROM prints WHERE id IN (SELECT id FROM prints WHERE day_s < ?1 LIMIT ?2)",
	[SQL_RETAIN_BARS] = "DELETE FROM bars WHERE (symbol, seconds, begin_s) IN (SELECT symbol, seconds, begin_s "
		"FROM bars WHERE seconds = ?3 AND begin_s < ?1 LIMIT ?2)",
};
/* clang-format on */

static bool store_fail(struct store *store)
{
	snprintf(store->trouble, sizeof store->trouble, "%s", sqlite3_errmsg(store->db));
	return false;
}

/* The version stands in the file's head; a file of another one is not touched. */
static bool store_version_check(struct store *store, const char *path, struct config_error *error)
{
	sqlite3_stmt *statement = NULL;
	int version = -1;
	if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement, NULL) ==
			SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	if (version == 0 || version == STORE_VERSION)
		return true;
	if (version < 0)
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected a database of bars: take it away, it is only "
			"an index",
			path, sqlite3_errmsg(store->db));
	else
		snprintf(error->text, sizeof error->text,
			"%s: found version %d, expected %d: take it away, it is only an index",
			path, version, STORE_VERSION);
	return false;
}

static bool store_prepare(struct store *store, const char *path, struct config_error *error)
{
	char version[48];
	snprintf(version, sizeof version, "PRAGMA user_version=%d", STORE_VERSION);
	bool is_good = sqlite3_exec(store->db, schema, NULL, NULL, NULL) == SQLITE_OK &&
		       sqlite3_exec(store->db, version, NULL, NULL, NULL) == SQLITE_OK;
	for (unsigned i = 0; is_good && i < SQL_COUNT; i++)
		is_good = sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
				  &store->statements[i], NULL) == SQLITE_OK;
	if (!is_good)
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected a database to write bars to: look at the "
			"disk; the file may be taken away, it is only an index",
			path, sqlite3_errmsg(store->db));
	return is_good;
}

struct store *store_open(const char *path, struct config_error *error)
{
	struct store *store = calloc(1, sizeof *store);
	if (store == NULL) {
		snprintf(error->text, sizeof error->text, "out of memory for the bars' database");
		return NULL;
	}
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected to open or make it: give sluice-control's "
			"user the directory",
			path, sqlite3_errmsg(store->db));
		store_close(store);
		return NULL;
	}
	sqlite3_busy_timeout(store->db, 2000);
	if (!store_version_check(store, path, error) || !store_prepare(store, path, error)) {
		store_close(store);
		return NULL;
	}
	return store;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	for (unsigned i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	free(store);
}

sqlite3_stmt *store_use(struct store *store, enum store_statement which)
{
	sqlite3_clear_bindings(store->statements[which]);
	return store->statements[which];
}

int store_step(struct store *store, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		return 1;
	bool is_good = code == SQLITE_DONE || store_fail(store);
	sqlite3_reset(statement);
	return is_good ? 0 : -1;
}

bool store_run(struct store *store, sqlite3_stmt *statement)
{
	int code = store_step(store, statement);
	if (code > 0)
		sqlite3_reset(statement);
	return code >= 0;
}
