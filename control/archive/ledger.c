/* ledger.c - the store's prints and bars: see store.h. */
#include "control/archive/ledger.h"

const enum bar_interval store_intervals[STORE_INTERVAL_COUNT] = {BAR_SECOND, BAR_MINUTE, BAR_DAY};

/* The eight characters of a name and what else makes a bar, spread over the slots. */
static uint32_t pending_home(const char *symbol, uint32_t interval, int64_t begin_s)
{
	uint64_t name = 0;
	memcpy(&name, symbol, strnlen(symbol, 8));
	uint64_t mixed = (name ^ (uint64_t)begin_s * 3 ^ interval) * 0x9E3779B97F4A7C15u;
	return (uint32_t)(mixed >> 40) & (PENDING_COUNT - 1);
}

/* pending_find gives the slot of a bar, a new one if need be. */
static struct pending_bar *pending_find(
	struct store *store, const struct print *print, uint32_t interval)
{
	int64_t begin_s = bar_begin_s(print->time_ns, store_intervals[interval], print->day_s);
	uint32_t at = pending_home(print->symbol, interval, begin_s);
	for (;; at = (at + 1) & (PENDING_COUNT - 1)) {
		struct pending_bar *slot = &store->pending[at];
		if (slot->symbol[0] == '\0') {
			memcpy(slot->symbol, print->symbol, sizeof slot->symbol);
			slot->interval = (uint8_t)interval;
			slot->begin_s = begin_s;
			store->pending_count++;
			return slot;
		}
		if (slot->begin_s == begin_s && slot->interval == interval &&
			strcmp(slot->symbol, print->symbol) == 0)
			return slot;
	}
}

static void bar_take(sqlite3_stmt *statement, struct bar *bar)
{
	*bar = (struct bar){.open_e4 = sqlite3_column_int64(statement, 0),
		.high_e4 = sqlite3_column_int64(statement, 1),
		.low_e4 = sqlite3_column_int64(statement, 2),
		.close_e4 = sqlite3_column_int64(statement, 3),
		.volume = (uint64_t)sqlite3_column_int64(statement, 4),
		.trades = (uint64_t)sqlite3_column_int64(statement, 5),
		.notional_high = (uint64_t)sqlite3_column_int64(statement, 6),
		.notional_low = (uint64_t)sqlite3_column_int64(statement, 7)};
}

static void bar_name(
	sqlite3_stmt *statement, const char *symbol, enum bar_interval interval, int64_t begin_s)
{
	sqlite3_bind_text(statement, 1, symbol, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int(statement, 2, (int)interval);
	sqlite3_bind_int64(statement, 3, begin_s);
}

/* bar_write replaces a bar's row; one without trades has none. */
static bool bar_write(struct store *store, const struct pending_bar *pending)
{
	const struct bar *bar = &pending->bar;
	enum bar_interval interval = store_intervals[pending->interval];
	if (bar->trades == 0) {
		sqlite3_stmt *drop = store_use(store, SQL_BAR_DROP);
		bar_name(drop, pending->symbol, interval, pending->begin_s);
		return store_run(store, drop);
	}
	sqlite3_stmt *set = store_use(store, SQL_BAR_SET);
	bar_name(set, pending->symbol, interval, pending->begin_s);
	const int64_t values[] = {bar->open_e4, bar->high_e4, bar->low_e4, bar->close_e4,
		(int64_t)bar->volume, (int64_t)bar->trades, (int64_t)bar->notional_high,
		(int64_t)bar->notional_low, pending->channel};
	for (int i = 0; i < (int)ARRAY_COUNT(values); i++)
		sqlite3_bind_int64(set, 4 + i, values[i]);
	return store_run(store, set);
}

/* bar_extend joins a pending bar to what its row says and writes it. */
static bool bar_extend(struct store *store, const struct pending_bar *pending)
{
	struct pending_bar whole = *pending;
	sqlite3_stmt *get = store_use(store, SQL_BAR_GET);
	bar_name(get, pending->symbol, store_intervals[pending->interval], pending->begin_s);
	int code = store_step(store, get);
	if (code < 0)
		return false;
	if (code > 0) {
		bar_take(get, &whole.bar);
		sqlite3_reset(get);
		bar_join(&whole.bar, &pending->bar);
	}
	return bar_write(store, &whole);
}

bool store_flush(struct store *store)
{
	for (uint32_t i = 0; store->pending_count > 0 && i < PENDING_COUNT; i++) {
		if (store->pending[i].symbol[0] == '\0')
			continue;
		if (!bar_extend(store, &store->pending[i]))
			return false;
		memset(&store->pending[i], 0, sizeof store->pending[i]);
		store->pending_count--;
	}
	return true;
}

bool store_print(struct store *store, const struct print *print, bool *is_new)
{
	sqlite3_stmt *statement = store_use(store, SQL_PRINT);
	sqlite3_bind_int64(statement, 1, print->day_s);
	sqlite3_bind_text(statement, 2, print->symbol, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 3, (int64_t)print->match);
	sqlite3_bind_int64(statement, 4, (int64_t)print->time_ns);
	sqlite3_bind_int64(statement, 5, print->price_e4);
	sqlite3_bind_int64(statement, 6, (int64_t)print->qty);
	sqlite3_bind_int(statement, 7, print->channel);
	sqlite3_bind_int(statement, 8, print->kind);
	if (!store_run(store, statement))
		return false;
	*is_new = sqlite3_changes(store->db) != 0;
	if (!*is_new)
		return true;
	/* A quarter stays free, so that a search ends soon. */
	if (store->pending_count > PENDING_COUNT / 4 * 3 - STORE_INTERVAL_COUNT &&
		!store_flush(store))
		return false;
	for (uint32_t i = 0; i < STORE_INTERVAL_COUNT; i++) {
		struct pending_bar *pending = pending_find(store, print, i);
		pending->channel = print->channel;
		bar_add(&pending->bar, print->price_e4, print->qty);
	}
	return true;
}

/* bar_of_prints makes a second anew from the prints that are left. */
static bool bar_of_prints(struct store *store, struct pending_bar *pending)
{
	sqlite3_stmt *statement = store_use(store, SQL_PRINTS_OF);
	int code;
	sqlite3_bind_text(statement, 1, pending->symbol, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(statement, 2, pending->begin_s * 1000000000);
	sqlite3_bind_int64(statement, 3, (pending->begin_s + BAR_SECOND) * 1000000000);
	while ((code = store_step(store, statement)) > 0)
		bar_add(&pending->bar, sqlite3_column_int64(statement, 0),
			(uint64_t)sqlite3_column_int64(statement, 1));
	return code == 0;
}

/* bar_of_bars makes a longer bar anew from those of the interval below. */
static bool bar_of_bars(struct store *store, struct pending_bar *pending)
{
	sqlite3_stmt *statement = store_use(store, SQL_BARS_OF);
	int64_t length_s = store_intervals[pending->interval];
	struct bar bar;
	int code;
	/* The longest day has an hour more; the next day's bars begin hours later. */
	if (length_s == BAR_DAY)
		length_s += 3600;
	bar_name(statement, pending->symbol, store_intervals[pending->interval - 1],
		pending->begin_s);
	sqlite3_bind_int64(statement, 4, pending->begin_s + length_s);
	while ((code = store_step(store, statement)) > 0) {
		bar_take(statement, &bar);
		bar_join(&pending->bar, &bar);
	}
	return code == 0;
}

/* bars_mend makes the three bars of a moment anew, from below. */
static bool bars_mend(
	struct store *store, const char *symbol, uint8_t channel, uint64_t time_ns, int64_t day_s)
{
	for (uint32_t i = 0; i < STORE_INTERVAL_COUNT; i++) {
		struct pending_bar pending = {.channel = channel,
			.interval = (uint8_t)i,
			.begin_s = bar_begin_s(time_ns, store_intervals[i], day_s)};
		memcpy(pending.symbol, symbol, strnlen(symbol, 8));
		bool is_made =
			i == 0 ? bar_of_prints(store, &pending) : bar_of_bars(store, &pending);
		if (!is_made || !bar_write(store, &pending))
			return false;
	}
	return true;
}

bool store_has(struct store *store, int64_t day_s, const char *symbol, uint64_t match,
	uint8_t channel, bool *is_there)
{
	sqlite3_stmt *find = store_use(store, SQL_PRINT_FIND);
	sqlite3_bind_int64(find, 1, day_s);
	sqlite3_bind_text(find, 2, symbol, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(find, 3, (int64_t)match);
	int code = store_step(store, find);
	*is_there = code > 0 && (uint8_t)sqlite3_column_int(find, 1) == channel;
	if (code > 0)
		sqlite3_reset(find);
	return code >= 0;
}

bool store_break(
	struct store *store, int64_t day_s, const char *symbol, uint64_t match, bool *is_known)
{
	static const enum store_statement both[] = {SQL_PRINT_BREAK, SQL_PRINT_FIND};
	for (unsigned i = 0; i < ARRAY_COUNT(both); i++) {
		sqlite3_stmt *statement = store_use(store, both[i]);
		sqlite3_bind_int64(statement, 1, day_s);
		sqlite3_bind_text(statement, 2, symbol, -1, SQLITE_TRANSIENT);
		sqlite3_bind_int64(statement, 3, (int64_t)match);
	}
	if (!store_flush(store) || !store_run(store, store->statements[SQL_PRINT_BREAK]))
		return false;
	*is_known = sqlite3_changes(store->db) != 0;
	if (!*is_known)
		return true;
	sqlite3_stmt *find = store->statements[SQL_PRINT_FIND];
	if (store_step(store, find) <= 0)
		return false;
	uint64_t time_ns = (uint64_t)sqlite3_column_int64(find, 0);
	uint8_t channel = (uint8_t)sqlite3_column_int(find, 1);
	sqlite3_reset(find);
	return bars_mend(store, symbol, channel, time_ns, day_s);
}
