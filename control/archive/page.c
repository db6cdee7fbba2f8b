#include "control/archive/page.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A bar is complete if no hole touches it: of its symbol, of its channel, or of all; an open one goes on. */
static const char text[] =
	"SELECT open_e4, high_e4, low_e4, close_e4, volume, trades, notional_high, notional_low, "
	"begin_s, "
	"NOT EXISTS(SELECT 1 FROM holes WHERE from_ns < (begin_s + seconds) * 1000000000 AND "
	"(to_ns = 0 OR to_ns > begin_s * 1000000000) AND (holes.symbol = '' OR holes.symbol = "
	"bars.symbol) "
	"AND (holes.channel = 255 OR holes.channel = bars.channel)) "
	"FROM bars WHERE symbol = ?1 AND seconds = ?2 AND begin_s >= ?3 AND begin_s < ?4 "
	"ORDER BY begin_s LIMIT ?5";

/* The holes of a time, of a symbol, its channel, or all. */
static const char holes_text[] =
	"SELECT from_ns, to_ns, cause FROM holes WHERE from_ns / 1000000000 < ?3 AND "
	"(to_ns = 0 OR (to_ns - 1) / 1000000000 >= ?2) AND (symbol = '' OR symbol = ?1) "
	"AND (?4 = 255 OR channel = 255 OR channel = ?4) ORDER BY from_ns";

struct page {
	char path[PATH_BYTES + 32];
	struct page_query query;
	uint32_t count, hole_count, hole_more;
	int64_t next_s;
	bool is_good;
	char error[640];
	_Atomic int owners; /* 2: the thread works; 1: the caller alone holds it */
	struct page_bar bars[PAGE_BAR_COUNT];
	struct page_hole holes[PAGE_HOLE_COUNT];
};

/* Whoever leaves last frees it: nobody ever waits for a disk that hangs. */
static void page_leave(struct page *page)
{
	if (atomic_fetch_sub_explicit(&page->owners, 1, memory_order_acq_rel) == 1)
		free(page);
}

static void page_take(struct page *page, sqlite3_stmt *statement)
{
	struct page_bar *bar = &page->bars[page->count++];
	bar->bar = (struct bar){.open_e4 = sqlite3_column_int64(statement, 0),
		.high_e4 = sqlite3_column_int64(statement, 1),
		.low_e4 = sqlite3_column_int64(statement, 2),
		.close_e4 = sqlite3_column_int64(statement, 3),
		.volume = (uint64_t)sqlite3_column_int64(statement, 4),
		.trades = (uint64_t)sqlite3_column_int64(statement, 5),
		.notional_high = (uint64_t)sqlite3_column_int64(statement, 6),
		.notional_low = (uint64_t)sqlite3_column_int64(statement, 7)};
	bar->begin_s = sqlite3_column_int64(statement, 8);
	bar->is_complete = sqlite3_column_int(statement, 9) != 0;
}

/* page_read reads one row more than a page holds, to know whether there is another. */
static int page_read(struct page *page, sqlite3 *db, sqlite3_stmt **statement)
{
	int code = sqlite3_prepare_v2(db, text, -1, statement, NULL);
	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_text(*statement, 1, page->query.symbol, -1, SQLITE_STATIC);
	sqlite3_bind_int(*statement, 2, (int)page->query.interval);
	sqlite3_bind_int64(*statement, 3, page->query.from_s);
	sqlite3_bind_int64(*statement, 4, page->query.to_s);
	sqlite3_bind_int(*statement, 5, PAGE_BAR_COUNT + 1);
	while ((code = sqlite3_step(*statement)) == SQLITE_ROW) {
		if (page->count == PAGE_BAR_COUNT) {
			page->next_s = sqlite3_column_int64(*statement, 8);
			return SQLITE_DONE;
		}
		page_take(page, *statement);
	}
	return code;
}

/* cause_add names a cause beside those that are named. */
static void cause_add(struct page_hole *hole, const char *cause)
{
	size_t size = strlen(hole->cause);
	if (strstr(hole->cause, cause) != NULL)
		return;
	snprintf(
		hole->cause + size, sizeof hole->cause - size, "%s%s", size > 0 ? ", " : "", cause);
}

static void hole_take(struct page *page, sqlite3_stmt *statement)
{
	const char *cause = (const char *)sqlite3_column_text(statement, 2);
	uint64_t from_ns = (uint64_t)sqlite3_column_int64(statement, 0);
	uint64_t to_ns = (uint64_t)sqlite3_column_int64(statement, 1);
	struct page_hole *last = page->hole_count > 0 ? &page->holes[page->hole_count - 1] : NULL;
	if (last != NULL && (last->to_ns == 0 || from_ns <= last->to_ns)) {
		cause_add(last, cause != NULL ? cause : "");
		if (last->to_ns != 0 && (to_ns == 0 || to_ns > last->to_ns))
			last->to_ns = to_ns;
		return;
	}
	if (page->hole_count == PAGE_HOLE_COUNT) {
		page->hole_more++;
		return;
	}
	last = &page->holes[page->hole_count++];
	last->from_ns = from_ns;
	last->to_ns = to_ns;
	cause_add(last, cause != NULL ? cause : "");
}

static int holes_read(struct page *page, sqlite3 *db, sqlite3_stmt **statement)
{
	int code = sqlite3_prepare_v2(db, holes_text, -1, statement, NULL);
	if (code != SQLITE_OK)
		return code;
	sqlite3_bind_text(*statement, 1, page->query.symbol, -1, SQLITE_STATIC);
	sqlite3_bind_int64(*statement, 2, page->query.from_s);
	sqlite3_bind_int64(*statement, 3, page->next_s != 0 ? page->next_s : page->query.to_s);
	sqlite3_bind_int(*statement, 4, page->query.channel);
	while ((code = sqlite3_step(*statement)) == SQLITE_ROW)
		hole_take(page, *statement);
	return code;
}

/* Whether its maker has not come to the end of making it, which is when it has a version. */
static bool page_is_unmade(sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	bool is_unmade =
		sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 0;
	sqlite3_finalize(statement);
	return is_unmade;
}

static int page_fill(struct page *page, sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	if (page_is_unmade(db))
		return SQLITE_DONE;
	int code = page_read(page, db, &statement);
	sqlite3_finalize(statement);
	statement = NULL;
	if (code == SQLITE_DONE)
		code = holes_read(page, db, &statement);
	sqlite3_finalize(statement);
	return code;
}

static void *page_run(void *context)
{
	struct page *page = context;
	sqlite3 *db = NULL;
	/* Nothing was ever traded: no bars, and nothing wrong. */
	page->is_good = access(page->path, F_OK) != 0;
	if (!page->is_good) {
		int code = sqlite3_open_v2(page->path, &db, SQLITE_OPEN_READONLY, NULL);
		sqlite3_busy_timeout(db, 2000);
		if (code == SQLITE_OK)
			code = page_fill(page, db);
		page->is_good = code == SQLITE_DONE;
		if (!page->is_good)
			snprintf(page->error, sizeof page->error,
				"%s: found \"%s\", expected to read bars from it", page->path,
				sqlite3_errmsg(db));
		sqlite3_close(db);
	}
	page_leave(page);
	return NULL;
}

struct page *page_begin(const char *path, const struct page_query *query)
{
	struct page *page = calloc(1, sizeof *page);
	pthread_t thread;
	if (page == NULL)
		return NULL;
	snprintf(page->path, sizeof page->path, "%s", path);
	page->query = *query;
	atomic_store(&page->owners, 2);
	if (pthread_create(&thread, NULL, page_run, page) != 0) {
		free(page);
		return NULL;
	}
	pthread_detach(thread);
	return page;
}

bool page_is_done(const struct page *page)
{
	return atomic_load_explicit(
		       &((struct page *)(uintptr_t)page)->owners, memory_order_acquire) == 1;
}

const struct page_bar *page_bars(
	const struct page *page, uint32_t *count, int64_t *next_s, const char **error)
{
	*count = page->count;
	*next_s = page->next_s;
	*error = page->error;
	return page->is_good ? page->bars : NULL;
}

const struct page_hole *page_holes(const struct page *page, uint32_t *count, uint32_t *more)
{
	*count = page->hole_count;
	*more = page->hole_more;
	return page->holes;
}

void page_end(struct page *page)
{
	if (page != NULL)
		page_leave(page);
}
