/* store_test.c - prints become bars, once; broken ones leave them; what is missing is known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/archive/page.h"
#include "control/archive/store_inside.h"

#define DAY_S   INT64_C(1548824400) /* 2019-01-30, midnight in New York */
#define OPEN_NS (UINT64_C(1548858600) * 1000000000)

static char directory[64], path[PATH_BYTES + 32];
static struct store *store;
static const struct page_bar *bars;
static struct page *page;
static uint32_t bar_count;
static int64_t next_s;

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	struct site_config site = {0};
	snprintf(directory, sizeof directory, "/tmp/sluice-store-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(site.journal_directory, sizeof site.journal_directory, "%s", directory);
	store_path(&site, path);
	store = store_open(path, &error);
	assert_non_null(store);
	return 0;
}

static int end(void **state)
{
	(void)state;
	char command[128];
	page_end(page);
	page = NULL;
	store_close(store);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

static void read_bars(const char *symbol, enum bar_interval interval, int64_t from_s, int64_t to_s)
{
	struct page_query query = {.interval = interval, .from_s = from_s, .to_s = to_s};
	const char *error;
	snprintf(query.symbol, sizeof query.symbol, "%s", symbol);
	page_end(page);
	page = page_begin(path, &query);
	assert_non_null(page);
	while (!page_is_done(page))
		sched_yield();
	bars = page_bars(page, &bar_count, &next_s, &error);
	if (bars == NULL)
		fail_msg("%s", error);
}

static void read_all(const char *symbol, enum bar_interval interval)
{
	read_bars(symbol, interval, 0, INT64_MAX);
}

static bool put(
	const char *symbol, uint64_t match, uint64_t after_ns, int64_t price_e4, uint64_t qty)
{
	struct print print = {.day_s = DAY_S,
		.time_ns = OPEN_NS + after_ns,
		.match = match,
		.price_e4 = price_e4,
		.qty = qty,
		.channel = 3};
	bool is_new;
	snprintf(print.symbol, sizeof print.symbol, "%s", symbol);
	assert_true(store_print(store, &print, &is_new));
	return is_new;
}

static bool broken(const char *symbol, uint64_t match)
{
	bool is_known;
	assert_true(store_break(store, DAY_S, symbol, match, &is_known));
	return is_known;
}

static void prints_are_in_the_bars_of_all_intervals(void **state)
{
	(void)state;
	assert_true(store_begin(store));
	assert_true(put("AAPL", 1, 0, 1630000, 100));
	assert_true(put("AAPL", 2, 999999999, 1640000, 50));
	assert_true(store_commit(store));
	assert_true(store_begin(store));
	assert_true(put("AAPL", 3, 1000000000, 1620000, 10));
	assert_true(put("AAPL", UINT64_MAX, UINT64_C(60000000000), 1650000, 1));
	assert_true(put("MSFT", 1, 5, 1000000, 7));
	assert_true(store_commit(store));
	read_all("AAPL", BAR_SECOND);
	assert_int_equal(bar_count, 3);
	assert_int_equal(bars[0].begin_s, 1548858600);
	assert_int_equal(bars[0].bar.close_e4, 1640000);
	assert_int_equal(bars[0].bar.volume, 150);
	assert_true(bars[0].is_complete);
	read_all("AAPL", BAR_MINUTE);
	assert_int_equal(bar_count, 2);
	assert_int_equal(bars[0].bar.open_e4, 1630000);
	assert_int_equal(bars[0].bar.high_e4, 1640000);
	assert_int_equal(bars[0].bar.low_e4, 1620000);
	assert_int_equal(bars[0].bar.close_e4, 1620000);
	assert_int_equal(bars[0].bar.trades, 3);
	assert_int_equal(bars[0].bar.notional_low, 163000000 + 82000000 + 16200000);
	read_all("AAPL", BAR_DAY);
	assert_int_equal(bar_count, 1);
	assert_int_equal(bars[0].begin_s, DAY_S);
	assert_int_equal(bars[0].bar.close_e4, 1650000);
	assert_int_equal(bars[0].bar.volume, 161);
	read_all("MSFT", BAR_DAY);
	assert_int_equal(bars[0].bar.volume, 7);
	read_bars("AAPL", BAR_SECOND, 1548858601, 1548858660);
	assert_int_equal(bar_count, 1);
	read_all("INTC", BAR_DAY);
	assert_int_equal(bar_count, 0);
	assert_int_equal(next_s, 0);
}

static void a_print_counts_once_however_often_it_comes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(store_begin(store));
		assert_int_equal(put("AAPL", 1, 0, 1630000, 100), i == 0);
		assert_false(put("AAPL", 1, 0, 1630000, 100));
		assert_true(store_commit(store));
	}
	read_all("AAPL", BAR_DAY);
	assert_int_equal(bars[0].bar.volume, 100);
	assert_int_equal(bars[0].bar.trades, 1);
}

static void a_broken_print_leaves_exact_bars(void **state)
{
	(void)state;
	assert_true(store_begin(store));
	put("AAPL", 1, 0, 1630000, 100);
	put("AAPL", 2, 1, 1700000, 50);
	put("AAPL", 3, 2, 1640000, 10);
	put("AAPL", 4, UINT64_C(1000000000), 1000000, 1);
	assert_true(broken("AAPL", 2));
	put("AAPL", 5, 3, 1635000, 1);
	assert_true(store_commit(store));
	read_all("AAPL", BAR_SECOND);
	assert_int_equal(bar_count, 2);
	assert_int_equal(bars[0].bar.high_e4, 1640000);
	assert_int_equal(bars[0].bar.volume, 111);
	assert_int_equal(bars[0].bar.close_e4, 1635000);
	/* Later, in another transaction: the only one of its second, and the low of the day. */
	assert_true(store_begin(store));
	assert_true(broken("AAPL", 4));
	assert_false(broken("AAPL", 4));
	assert_false(broken("AAPL", 77));
	assert_false(broken("MSFT", 1));
	assert_true(store_commit(store));
	read_all("AAPL", BAR_SECOND);
	assert_int_equal(bar_count, 1);
	read_all("AAPL", BAR_DAY);
	assert_int_equal(bars[0].bar.low_e4, 1630000);
	assert_int_equal(bars[0].bar.trades, 3);
	assert_int_equal(bars[0].bar.notional_low, 163000000 + 16400000 + 1635000);
	/* All of them: no bar is left. */
	assert_true(store_begin(store));
	assert_true(broken("AAPL", 1) && broken("AAPL", 3) && broken("AAPL", 5));
	assert_true(store_commit(store));
	read_all("AAPL", BAR_DAY);
	assert_int_equal(bar_count, 0);
}

static void what_is_undone_never_was(void **state)
{
	(void)state;
	assert_true(store_begin(store));
	put("AAPL", 1, 0, 1630000, 100);
	store_undo(store);
	assert_true(store_begin(store));
	assert_true(put("AAPL", 1, 0, 1630000, 100));
	assert_true(store_commit(store));
	read_all("AAPL", BAR_DAY);
	assert_int_equal(bars[0].bar.volume, 100);
}

static void more_bars_than_are_held_are_written_between(void **state)
{
	(void)state;
	assert_true(store_begin(store));
	for (uint32_t i = 0; i < 20000; i++)
		assert_true(put("AAPL", i, UINT64_C(1000000000) * i, 1630000 + i, 2));
	assert_true(store_commit(store));
	read_all("AAPL", BAR_DAY);
	assert_int_equal(bars[0].bar.trades, 20000);
	assert_int_equal(bars[0].bar.high_e4, 1649999);
	/* A page is bounded and says where the next begins. */
	read_all("AAPL", BAR_SECOND);
	assert_int_equal(bar_count, PAGE_BAR_COUNT);
	assert_int_equal(next_s, 1548858600 + PAGE_BAR_COUNT);
	read_bars("AAPL", BAR_SECOND, 1548858600, 1548858600 + PAGE_BAR_COUNT);
	assert_int_equal(bar_count, PAGE_BAR_COUNT);
	assert_int_equal(next_s, 0);
}

static bool is_complete(const char *symbol)
{
	read_all(symbol, BAR_MINUTE);
	assert_int_equal(bar_count, 1);
	return bars[0].is_complete;
}

/* The holes that a page up to a time would show. */
static void holes_page(int64_t to_s)
{
	const struct page_query query = {
		.symbol = "AAPL", .interval = BAR_MINUTE, .to_s = to_s, .channel = 3};
	page = page_begin(path, &query);
	assert_non_null(page);
	while (!page_is_done(page))
		sched_yield();
}

static void put_hole(uint64_t from_ns, uint64_t to_ns, uint8_t channel, const char *cause)
{
	struct hole hole = {.from_ns = from_ns, .to_ns = to_ns, .channel = channel, .cause = cause};
	assert_true(store_begin(store) && store_hole(store, &hole) && store_commit(store));
}

static void one_outage_is_one_hole(void **state)
{
	(void)state;
	uint32_t count, more;
	put_hole(OPEN_NS, OPEN_NS + 100, 3, "it was stale");
	put_hole(OPEN_NS + 99, OPEN_NS + 300, 3,
		"it was stale"); /* up to the first event behind it */
	put_hole(OPEN_NS + 300, OPEN_NS + 310, 3, "the tape was overrun");
	holes_page(INT64_MAX);
	const struct page_hole *holes = page_holes(page, &count, &more);
	assert_int_equal(count, 1);
	assert_int_equal(more, 0);
	assert_int_equal(holes[0].from_ns, OPEN_NS);
	assert_int_equal(holes[0].to_ns, OPEN_NS + 310);
	assert_string_equal(holes[0].cause, "it was stale, the tape was overrun");
	page_end(page);
	page = NULL;
	/* Another time is another one, and so is another channel's; of one page they are told as they overlap. */
	put_hole(OPEN_NS + 1000, 0, 3, "it was stale");
	put_hole(OPEN_NS + 2000, OPEN_NS + 2001, STORE_CHANNEL_ALL, "another dataplane began");
	holes_page(INT64_MAX);
	holes = page_holes(page, &count, &more);
	assert_int_equal(count, 2);
	assert_int_equal(holes[1].from_ns, OPEN_NS + 1000);
	assert_int_equal(holes[1].to_ns, 0);
	assert_string_equal(holes[1].cause, "it was stale, another dataplane began");
	page_end(page);
	page = NULL;
	/* Only what touches the time that was asked for. */
	holes_page(OPEN_NS / 1000000000);
	page_holes(page, &count, &more);
	assert_int_equal(count, 0);
	page_end(page);
	page = NULL;
}

static void a_hole_makes_incomplete_what_it_touches(void **state)
{
	(void)state;
	const uint64_t end_ns = OPEN_NS + UINT64_C(60000000000);
	struct hole hole = {.from_ns = OPEN_NS - 10, .to_ns = OPEN_NS, .channel = 3, .cause = "x"};
	assert_true(store_begin(store) && put("AAPL", 1, 0, 1, 1) && put("MSFT", 1, 0, 1, 1));
	assert_true(store_hole(store, &hole) && store_commit(store));
	assert_true(is_complete("AAPL"));
	hole.from_ns = end_ns;
	hole.to_ns = end_ns + 5;
	assert_true(store_begin(store) && store_hole(store, &hole) && store_commit(store));
	assert_true(is_complete("AAPL"));
	/* Another channel's. */
	hole.from_ns = OPEN_NS;
	hole.channel = 2;
	assert_true(store_begin(store) && store_hole(store, &hole) && store_commit(store));
	assert_true(is_complete("AAPL"));
	/* Its own, and of one symbol. */
	hole.channel = 3;
	hole.to_ns = OPEN_NS + 1;
	snprintf(hole.symbol, sizeof hole.symbol, "AAPL");
	assert_true(store_begin(store) && store_hole(store, &hole) && store_commit(store));
	assert_false(is_complete("AAPL"));
	assert_true(is_complete("MSFT"));
	/* Of all, and still open. */
	hole = (struct hole){.from_ns = OPEN_NS - 5, .channel = STORE_CHANNEL_ALL, .cause = "x"};
	assert_true(store_begin(store) && store_hole(store, &hole) && store_commit(store));
	assert_false(is_complete("MSFT"));
	assert_true(store_begin(store));
	assert_true(store_hole_close(store, "", 3, OPEN_NS));
	assert_true(store_commit(store));
	assert_false(is_complete("MSFT"));
	assert_true(store_begin(store));
	assert_true(store_hole_close(store, "", STORE_CHANNEL_ALL, OPEN_NS));
	assert_true(store_commit(store));
	assert_true(is_complete("MSFT"));
	/* Whoever closes all closes what is open, and never before it began. */
	hole.from_ns = end_ns - 1;
	assert_true(store_begin(store) && store_hole(store, &hole));
	assert_true(store_hole_close_all(store, OPEN_NS) && store_commit(store));
	assert_false(is_complete("MSFT"));
}

static void places_are_kept_by_dataplane_and_tape(void **state)
{
	(void)state;
	struct tape_place place = {.next = 7, .time_ns = 70}, found;
	uint64_t last_ns = 1;
	assert_true(store_last_ns(store, &last_ns));
	assert_int_equal(last_ns, 0);
	assert_true(store_place_get(store, 5, 1, &found));
	assert_int_equal(found.next, 0);
	assert_true(store_place_set(store, 5, 1, &place));
	place.next = 8;
	assert_true(store_place_set(store, 5, 1, &place));
	assert_true(store_place_get(store, 5, 1, &found));
	assert_int_equal(found.next, 8);
	assert_int_equal(found.time_ns, 70);
	assert_true(store_place_get(store, 6, 1, &found));
	assert_int_equal(found.next, 0);
	assert_true(store_last_ns(store, &last_ns));
	assert_int_equal(last_ns, 70);
}

static void what_is_old_goes_and_days_stay(void **state)
{
	(void)state;
	bool is_done;
	assert_true(store_begin(store));
	for (uint32_t i = 0; i < STORE_RETAIN_ROWS + 10; i++)
		put("AAPL", i, UINT64_C(1000000000) * i, 1630000, 1);
	assert_true(store_commit(store));
	uint64_t later_ns = OPEN_NS + UINT64_C(11) * 86400 * 1000000000;
	assert_true(store_retain(store, later_ns - UINT64_C(9) * 86400 * 1000000000, &is_done));
	assert_true(is_done == false);
	read_all("AAPL", BAR_SECOND);
	assert_int_equal(bar_count, PAGE_BAR_COUNT);
	for (unsigned i = 0; i < 5 && !is_done; i++)
		assert_true(store_retain(store, later_ns, &is_done));
	assert_true(is_done);
	read_all("AAPL", BAR_SECOND);
	assert_int_equal(bar_count, 0);
	read_all("AAPL", BAR_MINUTE);
	assert_true(bar_count > 0);
	assert_true(store_retain(store, OPEN_NS + UINT64_C(500) * 86400 * 1000000000, &is_done));
	read_all("AAPL", BAR_MINUTE);
	assert_int_equal(bar_count, 0);
	read_all("AAPL", BAR_DAY);
	assert_int_equal(bar_count, 1);
}

static void a_file_that_is_none_of_ours_is_refused_with_its_name(void **state)
{
	(void)state;
	struct config_error error;
	char other[128];
	struct stat file;
	snprintf(other, sizeof other, "%s/other.sqlite", directory);
	FILE *text = fopen(other, "w");
	fputs("these are not the bars you are looking for, and long enough to be no database at "
	      "all",
		text);
	fclose(text);
	assert_null(store_open(other, &error));
	assert_non_null(strstr(error.text, other));
	/* Of another version: not touched. */
	snprintf(other, sizeof other, "%s/v", directory);
	sqlite3 *db;
	assert_int_equal(sqlite3_open(other, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=9", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_null(store_open(other, &error));
	assert_non_null(strstr(error.text, "found version 9, expected 1"));
	assert_int_equal(stat(other, &file), 0);
	snprintf(other, sizeof other, "%s/no/such/directory", directory);
	assert_null(store_open(other, &error));
}

/* pages_allow makes the disk as full as it is: every page more is refused. */
static void pages_allow(unsigned pages)
{
	char text[64];
	snprintf(text, sizeof text, "PRAGMA max_page_count=%u", pages);
	assert_int_equal(sqlite3_exec(store->db, text, NULL, NULL, NULL), SQLITE_OK);
}

/* A transaction of everything there is. */
static bool everything(void)
{
	bool is_new, is_known, is_good = store_begin(store);
	struct tape_place place = {.next = 1, .time_ns = OPEN_NS};
	struct hole hole = {
		.from_ns = OPEN_NS, .channel = 1, .cause = "a long word, to fill pages"};
	for (uint32_t i = 0; is_good && i < 300; i++) {
		struct print print = {.day_s = DAY_S,
			.time_ns = OPEN_NS + UINT64_C(1000000000) * i,
			.match = i,
			.price_e4 = 10000 + i,
			.qty = 1,
			.symbol = "AAPL"};
		is_good = store_print(store, &print, &is_new) && store_hole(store, &hole) &&
			  store_place_set(store, i, 0, &place);
	}
	is_good = is_good && store_break(store, DAY_S, "AAPL", 7, &is_known) && is_known &&
		  store_hole_close(store, "", 1, OPEN_NS + 9) && store_commit(store);
	if (!is_good) {
		assert_true(store_trouble(store)[0] != '\0');
		store_undo(store);
	}
	return is_good;
}

static void a_full_disk_changes_nothing_until_there_is_room(void **state)
{
	(void)state;
	unsigned failed = 0;
	/* Full at any point of it: whatever was done is undone, and the next attempt begins anew. */
	for (unsigned pages = 8; pages < 200; pages++) {
		pages_allow(pages);
		if (everything())
			break;
		failed++;
		read_all("AAPL", BAR_DAY);
		assert_int_equal(bar_count, 0);
	}
	assert_true(failed > 5);
	read_all("AAPL", BAR_DAY);
	assert_int_equal(bars[0].bar.trades, 299);
	assert_true(bars[0].is_complete);
}

static void a_database_without_its_tables_is_an_error_everywhere(void **state)
{
	(void)state;
	struct tape_place place = {0};
	struct print print = {
		.day_s = DAY_S, .match = 1, .price_e4 = 1, .qty = 1, .symbol = "AAPL"};
	bool is_any;
	uint64_t time_ns;
	assert_int_equal(
		sqlite3_exec(store->db,
			"DROP TABLE bars; DROP TABLE prints; DROP TABLE holes; DROP TABLE tapes",
			NULL, NULL, NULL),
		SQLITE_OK);
	assert_true(store_begin(store));
	assert_false(store_begin(store)); /* within another */
	assert_false(store_print(store, &print, &is_any));
	assert_false(store_break(store, DAY_S, "AAPL", 1, &is_any));
	assert_false(store_place_get(store, 1, 1, &place));
	assert_false(store_place_set(store, 1, 1, &place));
	assert_false(store_last_ns(store, &time_ns));
	assert_false(store_hole_close(store, "", 1, 1));
	assert_false(store_hole_close_all(store, 1));
	assert_false(store_retain(store, OPEN_NS, &is_any));
	assert_non_null(strstr(store_trouble(store), "no such table"));
	store_undo(store);
}

static void before_anything_was_written_a_page_is_empty(void **state)
{
	(void)state;
	struct page_query query = {.symbol = "AAPL", .interval = BAR_DAY, .to_s = INT64_MAX};
	const char *error;
	page_end(page);
	page = page_begin("/nonexistent/market.sqlite", &query);
	while (!page_is_done(page))
		sched_yield();
	assert_non_null(page_bars(page, &bar_count, &next_s, &error));
	assert_int_equal(bar_count, 0);
	/* One that cannot be read says so; one that nobody waits for ends by itself. */
	page_end(page);
	page = page_begin(directory, &query);
	while (!page_is_done(page))
		sched_yield();
	assert_null(page_bars(page, &bar_count, &next_s, &error));
	assert_non_null(strstr(error, directory));
	page_end(page_begin(path, &query));
}

/* Its maker opens the file, and writes the tables some time after; a page that is asked for meanwhile has nothing yet. */
static void while_a_database_is_being_made_a_page_is_empty(void **state)
{
	(void)state;
	static const char *const steps[] = {"", "PRAGMA journal_mode=WAL", "CREATE TABLE other(a)"};
	struct page_query query = {.symbol = "AAPL", .interval = BAR_DAY, .to_s = INT64_MAX};
	char made[128];
	const char *error;
	sqlite3 *db;
	snprintf(made, sizeof made, "%s/made.sqlite", directory);
	fclose(fopen(made, "w"));
	assert_int_equal(sqlite3_open(made, &db), SQLITE_OK);
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
		assert_int_equal(sqlite3_exec(db, steps[i], NULL, NULL, NULL), SQLITE_OK);
		page_end(page);
		page = page_begin(made, &query);
		while (!page_is_done(page))
			sched_yield();
		if (page_bars(page, &bar_count, &next_s, &error) == NULL)
			fail_msg("behind \"%s\": %s", steps[i], error);
		assert_int_equal(bar_count, 0);
	}
	sqlite3_close(db);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(prints_are_in_the_bars_of_all_intervals),
		STORE_TEST(a_print_counts_once_however_often_it_comes),
		STORE_TEST(a_broken_print_leaves_exact_bars),
		STORE_TEST(what_is_undone_never_was),
		STORE_TEST(more_bars_than_are_held_are_written_between),
		STORE_TEST(one_outage_is_one_hole),
		STORE_TEST(a_hole_makes_incomplete_what_it_touches),
		STORE_TEST(places_are_kept_by_dataplane_and_tape),
		STORE_TEST(what_is_old_goes_and_days_stay),
		STORE_TEST(a_file_that_is_none_of_ours_is_refused_with_its_name),
		STORE_TEST(a_full_disk_changes_nothing_until_there_is_room),
		STORE_TEST(a_database_without_its_tables_is_an_error_everywhere),
		STORE_TEST(before_anything_was_written_a_page_is_empty),
		STORE_TEST(while_a_database_is_being_made_a_page_is_empty),
	};
	return !!cmocka_run_group_tests_name("unit.control.archive.store", tests, NULL, NULL);
}
