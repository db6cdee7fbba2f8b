/* bars_test.c - show bars: times, intervals, pages and what is wrong with a question.
   rooms: control_command */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/eastern.h"
#include "tests/unit/control/command/asking.h"

static int64_t today_s;

static void put(struct store *store, uint64_t match, int64_t time_s, int64_t price_e4)
{
	struct print print = {.day_s = today_s,
		.time_ns = (uint64_t)time_s * 1000000000,
		.match = match,
		.price_e4 = price_e4,
		.qty = 10,
		.symbol = "AAPL"};
	bool is_new;
	assert_true(store_print(store, &print, &is_new));
}

/* A day with a trade every second from 09:30 on, for 1,500 seconds; a hole in the second minute. */
static int begin_day(void **state)
{
	struct config_error error;
	char path[PATH_BYTES + 32];
	begin_alone(state);
	store_path(&control.site, path);
	struct store *store = store_open(path, &error);
	assert_non_null(store);
	today_s = (int64_t)(eastern_day_of(clock_wall_ns()).begin_ns / 1000000000);
	assert_true(store_begin(store));
	for (uint32_t i = 0; i < 1500; i++)
		put(store, i, today_s + 34200 + i, 1630000 + i);
	struct hole hole = {.from_ns = (uint64_t)(today_s + 34270) * 1000000000,
		.to_ns = (uint64_t)(today_s + 34271) * 1000000000,
		.channel = STORE_CHANNEL_ALL,
		.cause = "x"};
	assert_true(store_hole(store, &hole) && store_commit(store));
	store_close(store);
	return 0;
}

static void minutes_of_today_come_without_asking_for_more(void **state)
{
	(void)state;
	assert_int_equal(look("show bars AAPL"), CODE_ROWS);
	says("AAPL: 25 bars, 1 incomplete, 1 holes");
	says("163.0000");
	assert_int_equal(look("show bars MSFT"), CODE_ROWS);
	says("MSFT: 0 bars, 0 incomplete, 1 holes in which trades may be missing");
	says("hole_from");
}

static void each_interval_is_asked_by_its_word(void **state)
{
	(void)state;
	assert_int_equal(look("show bars AAPL --interval 1d"), CODE_ROWS);
	says("AAPL: 1 bars, 1 incomplete");
	says("163.1499");
	/* 15,000 shares; the notional to the last digit. */
	says("15000");
	says("2446124.2500");
	assert_int_equal(look("show bars AAPL interval 1m"), CODE_ROWS);
	says("25 bars");
	assert_int_equal(look("show bars AAPL --interval 1s"), CODE_MORE);
	says("AAPL: 1000 bars, 1 incomplete, 1 holes in which trades may be missing; more from ");
}

static void a_page_says_where_the_next_begins(void **state)
{
	(void)state;
	char line[160];
	assert_int_equal(look("show bars AAPL --interval 1s"), CODE_MORE);
	const char *next = strstr(answer_text, "more from ");
	assert_non_null(next);
	snprintf(line, sizeof line, "show bars AAPL --interval 1s --from %.20s", next + 10);
	assert_int_equal(look(line), CODE_ROWS);
	says("AAPL: 500 bars, 0 incomplete, 0 holes");
}

static void times_are_utc_dates_or_new_yorks_clock(void **state)
{
	(void)state;
	char line[160], from[32], to[32], date[32];
	assert_int_equal(look("show bars AAPL --from 09:31 --to 09:32:30"), CODE_ROWS);
	says("AAPL: 2 bars, 1 incomplete");
	time_format((uint64_t)(today_s + 34200) * 1000000000, from);
	time_format((uint64_t)(today_s + 34320) * 1000000000, to);
	snprintf(line, sizeof line, "show bars AAPL --from %.19sZ --to %.19sZ", from, to);
	assert_int_equal(look(line), CODE_ROWS);
	says("AAPL: 2 bars");
	time_format((uint64_t)(today_s + 43200) * 1000000000, date);
	snprintf(line, sizeof line, "show bars AAPL --from %.10s", date);
	assert_int_equal(look(line), CODE_ROWS);
	says("AAPL: 25 bars");
	assert_int_equal(look("show bars AAPL --from 2019-01-30 --to 2019-01-31"), CODE_ROWS);
	says("AAPL: 0 bars");
}

static void what_is_wrong_is_said_with_what_was_expected(void **state)
{
	(void)state;
	static const char *const bad[][2] = {
		{"show bars AAPL --interval 2h", "found --interval \"2h\", expected 1s, 1m or 1d"},
		{"show bars AAPL --from yesterday", "found --from \"yesterday\", expected 2026"},
		{"show bars AAPL --to 25:00", "found --to \"25:00\""},
		{"show bars AAPL --to 2026-13-01", "found --to \"2026-13-01\""},
		{"show bars AAPL --to", "found --to \"\", expected a word behind it"},
		{"show bars AAPL --depth 3", "found \"--depth\", expected --interval"},
		{"show bars AAPL --from 10:00 --to 10:00", "expected --from before --to"},
		{"show bars AAPL --to 2019-01-30", "expected --from before --to"},
	};
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		assert_int_equal(look(bad[i][0]), CODE_ARGUMENT_BAD);
		says(bad[i][1]);
	}
	assert_int_equal(look("show bars NONE"), CODE_NOT_FOUND);
	assert_int_equal(look("show bars"), CODE_ARGUMENT_MISSING);
}

static void an_archive_that_cannot_be_read_says_so(void **state)
{
	(void)state;
	char path[PATH_BYTES + 32];
	store_path(&control.site, path);
	shell("echo these are not the bars, and more than a hundred bytes of it: "
	      "0123456789012345678901234567890123456789 > %s; rm -f %s-wal",
		path, path);
	assert_int_equal(look("show bars AAPL"), CODE_ARCHIVE_FAILED);
	says("market.sqlite");
}

static void status_and_metrics_tell_of_the_archive(void **state)
{
	(void)state;
	assert_int_equal(look("status"), CODE_ROWS);
	says("0 prints, 0 holes, writes");
	look("metrics");
	says("sluice_archive_prints_total 0");
	says("sluice_archive_writing 1");
}

#define BARS_TEST(name) cmocka_unit_test_setup_teardown(name, begin_day, end_alone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BARS_TEST(minutes_of_today_come_without_asking_for_more),
		BARS_TEST(each_interval_is_asked_by_its_word),
		BARS_TEST(a_page_says_where_the_next_begins),
		BARS_TEST(times_are_utc_dates_or_new_yorks_clock),
		BARS_TEST(what_is_wrong_is_said_with_what_was_expected),
		BARS_TEST(an_archive_that_cannot_be_read_says_so),
		BARS_TEST(status_and_metrics_tell_of_the_archive),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.bars", tests, NULL, NULL);
}
