/* store.c - the store's transactions, holes and places: see store.h. */
#include <stdio.h>

#include "control/archive/ledger.h"

void store_path(const struct site_config *site, char path[PATH_BYTES + 32])
{
	snprintf(path, PATH_BYTES + 32, "%s/market.sqlite", site->journal_directory);
}

const char *store_trouble(const struct store *store)
{
	return store->trouble;
}

bool store_begin(struct store *store)
{
	memset(store->pending, 0, sizeof store->pending);
	store->pending_count = 0;
	return store_run(store, store_use(store, SQL_BEGIN));
}

bool store_commit(struct store *store)
{
	return store_flush(store) && store_run(store, store_use(store, SQL_COMMIT));
}

void store_undo(struct store *store)
{
	char trouble[sizeof store->trouble];
	memcpy(trouble, store->trouble, sizeof trouble);
	store_run(store, store_use(store, SQL_ROLLBACK));
	memcpy(store->trouble, trouble, sizeof trouble);
}

static bool hole_run(struct store *store, enum store_statement sql, const struct hole *hole)
{
	sqlite3_stmt *statement = store_use(store, sql);
	sqlite3_bind_int64(statement, 1, (int64_t)hole->from_ns);
	sqlite3_bind_int64(statement, 2, (int64_t)hole->to_ns);
	sqlite3_bind_text(statement, 3, hole->symbol, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(statement, 4, hole->channel);
	sqlite3_bind_text(statement, 5, hole->cause, -1, SQLITE_TRANSIENT);
	return store_run(store, statement);
}

bool store_hole(struct store *store, const struct hole *hole)
{
	if (!hole_run(store, SQL_HOLE_JOIN, hole))
		return false;
	return sqlite3_changes(store->db) != 0 || hole_run(store, SQL_HOLE, hole);
}

bool store_hole_close(struct store *store, const char *symbol, uint8_t channel, uint64_t to_ns)
{
	sqlite3_stmt *statement = store_use(store, SQL_HOLE_CLOSE);
	sqlite3_bind_int64(statement, 1, (int64_t)to_ns);
	sqlite3_bind_text(statement, 2, symbol, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(statement, 3, channel);
	return store_run(store, statement);
}

bool store_hole_close_all(struct store *store, uint64_t to_ns)
{
	sqlite3_stmt *statement = store_use(store, SQL_HOLE_CLOSE_ALL);
	sqlite3_bind_int64(statement, 1, (int64_t)to_ns);
	return store_run(store, statement);
}

bool store_place_set(
	struct store *store, uint64_t instance, uint32_t tape, const struct tape_place *place)
{
	sqlite3_stmt *statement = store_use(store, SQL_PLACE_SET);
	sqlite3_bind_int64(statement, 1, (int64_t)instance);
	sqlite3_bind_int64(statement, 2, tape);
	sqlite3_bind_int64(statement, 3, (int64_t)place->next);
	sqlite3_bind_int64(statement, 4, (int64_t)place->time_ns);
	return store_run(store, statement);
}

bool store_place_get(
	struct store *store, uint64_t instance, uint32_t tape, struct tape_place *place)
{
	sqlite3_stmt *statement = store_use(store, SQL_PLACE_GET);
	memset(place, 0, sizeof *place);
	sqlite3_bind_int64(statement, 1, (int64_t)instance);
	sqlite3_bind_int64(statement, 2, tape);
	int code = store_step(store, statement);
	if (code <= 0)
		return code == 0;
	place->next = (uint64_t)sqlite3_column_int64(statement, 0);
	place->time_ns = (uint64_t)sqlite3_column_int64(statement, 1);
	sqlite3_reset(statement);
	return true;
}

bool store_last_ns(struct store *store, uint64_t *time_ns)
{
	sqlite3_stmt *statement = store_use(store, SQL_LAST);
	*time_ns = 0;
	int code = store_step(store, statement);
	if (code > 0) {
		*time_ns = (uint64_t)sqlite3_column_int64(statement, 0);
		sqlite3_reset(statement);
	}
	return code >= 0;
}

/* rows_drop takes away up to STORE_RETAIN_ROWS rows from before a time. */
static bool rows_drop(struct store *store, enum store_statement which, int64_t before_s,
	enum bar_interval interval, bool *is_done)
{
	sqlite3_stmt *statement = store_use(store, which);
	sqlite3_bind_int64(statement, 1, before_s);
	sqlite3_bind_int(statement, 2, STORE_RETAIN_ROWS);
	if (which == SQL_RETAIN_BARS)
		sqlite3_bind_int(statement, 3, (int)interval);
	if (!store_run(store, statement))
		return false;
	*is_done &= sqlite3_changes(store->db) < STORE_RETAIN_ROWS;
	return true;
}

bool store_retain(struct store *store, uint64_t wall_ns, bool *is_done)
{
	int64_t now_s = (int64_t)(wall_ns / 1000000000);
	*is_done = true;
	return rows_drop(store, SQL_RETAIN_PRINTS, now_s - STORE_PRINT_DAYS * BAR_DAY, BAR_DAY,
		       is_done) &&
	       rows_drop(store, SQL_RETAIN_BARS, now_s - STORE_SECOND_DAYS * BAR_DAY, BAR_SECOND,
		       is_done) &&
	       rows_drop(store, SQL_RETAIN_BARS, now_s - STORE_MINUTE_DAYS * BAR_DAY, BAR_MINUTE,
		       is_done);
}
