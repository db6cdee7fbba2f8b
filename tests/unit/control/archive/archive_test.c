/* archive_test.c - tapes become bars: read once, whatever ends in between, and what was missed is known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/eastern.h"
#include "control/archive/follow.h"
#include "control/archive/page.h"
#include "dataplane/shm/tape.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

enum { AAPL = 0, MSFT = 1, RING = 1024, WAIT_MS = 20000 };

static char directory[64], path[PATH_BYTES + 32];
static struct site_config site;
static struct symbol_config symbols[2];
static struct market_region *market;
static int market_fd;
static struct tape_writer tape;
static struct archive *archive;
static struct archive_facts facts;
static uint64_t day_ns;

static void market_begin(void)
{
	struct config_error error;
	market = market_create(&market_fd, &site, &error);
	if (market == NULL)
		fail_msg("%s", error.text);
	tape_join(&tape, market, 0);
	day_ns = eastern_day_of(market->header.started_wall_ns).begin_ns;
}

static void market_end(void)
{
	region_leave(market);
	close(market_fd);
}

static int begin(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	snprintf(directory, sizeof directory, "/tmp/sluice-archive-XXXXXX");
	assert_non_null(mkdtemp(directory));
	memset(&site, 0, sizeof site);
	snprintf(site.journal_directory, sizeof site.journal_directory, "%s", directory);
	symbols[AAPL].name = symbol_pack("AAPL");
	symbols[MSFT].name = symbol_pack("MSFT");
	site.symbols = symbols;
	site.symbol_count = 2;
	site.channel_count = 2;
	site.tape_event_count = RING;
	site.tape_carries = TAPE_TRADES;
	store_path(&site, path);
	market_begin();
	archive = archive_open(&site);
	assert_non_null(archive);
	return 0;
}

static int end(void **state)
{
	(void)state;
	char command[128];
	if (archive != NULL)
		archive_close(archive);
	archive = NULL;
	market_end();
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

/* say puts an event on the tape; a time of 0 is none. */
static void say(struct sluice_event event)
{
	uint64_t words[8];
	memcpy(words, &event, sizeof words);
	tape_append(&tape, words);
	tape_publish(&tape);
}

static void trade(uint32_t symbol, uint64_t match, uint64_t second, int64_t price_e4, uint32_t qty)
{
	say((struct sluice_event){.kind = SLUICE_TRADE,
		.symbol = symbol,
		.other = match,
		.exch_ns = (34200 + second) * 1000000000,
		.price_e4 = price_e4,
		.qty = qty});
}

static void settle(void)
{
	assert_true(archive_wait(archive, WAIT_MS));
	archive_look(archive, &facts);
}

static void attach(void)
{
	archive_attach(archive, market_fd);
	settle();
	settle(); /* taken by the first, read by the second */
}

static uint32_t read_bars(
	const char *symbol, enum bar_interval interval, struct page_bar found[PAGE_BAR_COUNT])
{
	struct page_query query = {.interval = interval, .to_s = INT64_MAX};
	const char *error;
	uint32_t count;
	int64_t next_s;
	snprintf(query.symbol, sizeof query.symbol, "%s", symbol);
	struct page *page = page_begin(path, &query);
	while (!page_is_done(page))
		sched_yield();
	const struct page_bar *bars = page_bars(page, &count, &next_s, &error);
	if (bars == NULL)
		fail_msg("%s", error);
	memcpy(found, bars, count * sizeof *found);
	page_end(page);
	return count;
}

static struct page_bar day_of(const char *symbol)
{
	static struct page_bar found[PAGE_BAR_COUNT];
	assert_int_equal(read_bars(symbol, BAR_DAY, found), 1);
	assert_int_equal(found[0].begin_s, day_ns / 1000000000);
	return found[0];
}

static void every_kind_of_print_counts_as_it_must(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	const uint64_t ns = UINT64_C(34200000000000);
	attach();
	say((struct sluice_event){.kind = SLUICE_EXECUTE,
		.symbol = AAPL,
		.other = 1,
		.exch_ns = ns,
		.price_e4 = 1000,
		.qty = 10});
	say((struct sluice_event){.kind = SLUICE_EXECUTE_AT,
		.symbol = AAPL,
		.other = 2,
		.exch_ns = ns + 1,
		.price_e4 = 1100,
		.qty = 20,
		.code = 'Y'});
	say((struct sluice_event){.kind = SLUICE_EXECUTE_AT,
		.symbol = AAPL,
		.other = 3,
		.exch_ns = ns + 2,
		.price_e4 = 9999,
		.qty = 999,
		.code = 'N'});
	say((struct sluice_event){.kind = SLUICE_CROSS,
		.symbol = AAPL,
		.other = 4,
		.exch_ns = ns + 3,
		.price_e4 = 1050,
		.order = UINT64_C(5000000000),
		.code = 'O'});
	/* A cross of nothing, a print of nothing, symbols of nobody, other kinds. */
	say((struct sluice_event){.kind = SLUICE_CROSS, .symbol = AAPL, .exch_ns = ns + 4});
	say((struct sluice_event){.kind = SLUICE_CROSS, .symbol = AAPL, .exch_ns = ns, .order = 7});
	say((struct sluice_event){.kind = SLUICE_TRADE, .symbol = AAPL, .exch_ns = ns + 4});
	say((struct sluice_event){
		.kind = SLUICE_TRADE, .symbol = 9, .exch_ns = ns, .price_e4 = 1, .qty = 1});
	say((struct sluice_event){
		.kind = SLUICE_EXECUTE, .symbol = SLUICE_NONE, .price_e4 = 1, .qty = 1});
	say((struct sluice_event){.kind = SLUICE_BREAK, .symbol = 9, .exch_ns = ns});
	say((struct sluice_event){.kind = SLUICE_STATE, .symbol = AAPL, .exch_ns = ns + 5});
	settle();
	assert_int_equal(facts.prints, 3);
	assert_true(facts.is_writing);
	struct page_bar day = day_of("AAPL");
	assert_true(day.is_complete);
	assert_int_equal(day.bar.volume, UINT64_C(5000000030));
	assert_int_equal(day.bar.open_e4, 1000);
	assert_int_equal(day.bar.close_e4, 1050);
	assert_int_equal(day.bar.high_e4, 1100);
	assert_int_equal(read_bars("MSFT", BAR_SECOND, found), 0);
}

static void breaks(uint32_t symbol, uint8_t channel, uint64_t match)
{
	say((struct sluice_event){.kind = SLUICE_BREAK,
		.symbol = symbol,
		.other = match,
		.channel = channel,
		.exch_ns = UINT64_C(34260000000000)});
}

static void a_broken_trade_mends_its_bars(void **state)
{
	(void)state;
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	trade(AAPL, 2, 0, 2000, 1);
	breaks(AAPL, 0, 2);
	breaks(AAPL, 0, 7);
	settle();
	assert_int_equal(facts.broken, 1);
	assert_int_equal(facts.unknown, 1);
	assert_int_equal(day_of("AAPL").bar.high_e4, 1000);
}

/* PITCH, Trade Break: it names the execution alone, and trades come and go before it does. */
static void a_break_that_names_no_symbol_finds_its_trade_by_channel_and_match(void **state)
{
	(void)state;
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	trade(MSFT, 2, 0, 2000, 1);
	trade(MSFT, 3, 1, 2500, 1);
	breaks(SLUICE_NONE, 1, 2);
	breaks(SLUICE_NONE, 0, 3);
	settle();
	assert_int_equal(facts.broken, 1);
	assert_int_equal(facts.unknown, 1);
	assert_int_equal(day_of("MSFT").bar.high_e4, 2000);
	assert_int_equal(day_of("AAPL").bar.high_e4, 1000);
}

/* A print of a day as it was heard then, the feed's clock off the venue's by some seconds. */
static void trade_of(uint64_t begin_ns, uint64_t match, uint64_t second, int off_s)
{
	struct sluice sluice;
	uint64_t exch_ns = second * 1000000000;
	assert_int_equal(sluice_adopt(&sluice, market, market->header.size_bytes), 0);
	uint64_t heard_ns = begin_ns + exch_ns + (uint64_t)(off_s * INT64_C(1000000000));
	say((struct sluice_event){.kind = SLUICE_TRADE,
		.symbol = AAPL,
		.other = match,
		.exch_ns = exch_ns,
		.recv_ns = sluice_now_ns(&sluice) - (clock_wall_ns() - heard_ns),
		.price_e4 = 1000,
		.qty = 1});
}

static void a_dataplane_that_lives_for_days_has_a_bar_of_each(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	const uint64_t yesterday_ns = eastern_day_of(day_ns - 1).begin_ns;
	const uint64_t before_ns = eastern_day_of(yesterday_ns - 1).begin_ns;
	/* It was started in the evening before. */
	market->header.started_wall_ns = before_ns - UINT64_C(3600000000000);
	attach();
	trade_of(before_ns, 1, 36000, 0);
	trade_of(yesterday_ns, 1, 36001, 0); /* numbers of matches begin anew */
	trade_of(yesterday_ns, 2, 86390, 0);
	trade_of(day_ns, 1, 5, -7); /* past midnight there, before it here */
	trade_of(day_ns, 2, 6, -7);
	say((struct sluice_event){.kind = SLUICE_BREAK, .symbol = AAPL, .other = 2});
	settle();
	assert_int_equal(facts.prints, 5);
	assert_int_equal(facts.repeated, 0);
	assert_int_equal(facts.broken, 1);
	assert_int_equal(read_bars("AAPL", BAR_DAY, found), 3);
	assert_int_equal(found[0].begin_s, before_ns / 1000000000);
	assert_int_equal(found[0].bar.trades, 1);
	assert_int_equal(found[1].begin_s, yesterday_ns / 1000000000);
	assert_int_equal(found[1].bar.trades, 2);
	assert_int_equal(found[2].begin_s, day_ns / 1000000000);
	assert_int_equal(found[2].bar.trades, 1);
	/* Control that begins again in the middle knows it, too. */
	archive_close(archive);
	trade_of(day_ns, 3, 10, 1);
	archive = archive_open(&site);
	attach();
	assert_int_equal(read_bars("AAPL", BAR_DAY, found), 3);
	assert_int_equal(found[2].bar.trades, 2);
}

static void the_last_print_before_midnight_is_of_its_day(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	const uint64_t yesterday_ns = eastern_day_of(day_ns - 1).begin_ns;
	market->header.started_wall_ns = yesterday_ns;
	attach();
	trade_of(yesterday_ns, 1, 86399, 3); /* heard when it was tomorrow */
	trade_of(day_ns, 1, 1, 3);
	settle();
	assert_int_equal(read_bars("AAPL", BAR_DAY, found), 2);
	assert_int_equal(found[0].begin_s, yesterday_ns / 1000000000);
	assert_int_equal(found[1].begin_s, day_ns / 1000000000);
}

static void a_restart_of_control_goes_on_where_it_was(void **state)
{
	(void)state;
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	settle();
	archive_close(archive);
	trade(AAPL, 2, 1, 1000, 1);
	trade(AAPL, 3, 2, 1000, 1);
	archive = archive_open(&site);
	attach();
	trade(AAPL, 4, 3, 1000, 1);
	settle();
	assert_int_equal(facts.prints, 3);
	assert_int_equal(facts.repeated, 0);
	assert_int_equal(facts.lost, 0);
	struct page_bar day = day_of("AAPL");
	assert_int_equal(day.bar.trades, 4);
	assert_true(day.is_complete);
}

static void a_tape_that_overtakes_leaves_a_hole_where_it_did(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	settle();
	archive_close(archive);
	for (uint32_t i = 0; i < RING * 2; i++)
		trade(AAPL, 2 + i, 10, 1000, 1);
	trade(AAPL, 9999, 20, 1000, 1);
	trade(AAPL, 10000, 21, 1000, 1);
	archive = archive_open(&site);
	attach();
	assert_true(facts.lost > 0);
	assert_int_equal(facts.holes, 1);
	assert_int_equal(facts.prints + facts.lost, RING * 2 + 2);
	assert_int_equal(read_bars("AAPL", BAR_SECOND, found), 4);
	assert_false(found[0].is_complete); /* the hole begins in it */
	assert_false(found[1].is_complete);
	assert_true(found[2].is_complete);
	assert_true(found[3].is_complete);
	assert_false(day_of("AAPL").is_complete);
}

static void control_that_comes_late_knows_what_it_missed(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	for (uint32_t i = 0; i < RING * 2; i++)
		trade(AAPL, 2 + i, 10 + i / RING, 1000, 1);
	attach();
	assert_int_equal(facts.holes, 1);
	assert_int_equal(read_bars("AAPL", BAR_DAY, found), 1);
	assert_false(found[0].is_complete);
}

static void what_is_stale_is_incomplete_until_it_is_whole(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	trade(MSFT, 1, 1, 1000, 1);
	/* The feed's own word has no time of the venue's. */
	say((struct sluice_event){.kind = SLUICE_STALE, .symbol = MSFT});
	trade(AAPL, 2, 1, 1000, 1);
	trade(MSFT, 2, 2, 1000, 1);
	say((struct sluice_event){.kind = SLUICE_WHOLE, .symbol = MSFT});
	trade(MSFT, 3, 4, 1000, 1);
	settle();
	assert_int_equal(read_bars("MSFT", BAR_SECOND, found), 3);
	assert_false(found[0].is_complete);
	assert_false(found[1].is_complete);
	assert_true(found[2].is_complete);
	assert_true(day_of("AAPL").is_complete);
	/* A whole channel: of others none. */
	say((struct sluice_event){.kind = SLUICE_STALE, .symbol = SLUICE_NONE, .channel = 1});
	settle();
	assert_true(day_of("AAPL").is_complete);
	say((struct sluice_event){.kind = SLUICE_STALE, .symbol = SLUICE_NONE, .channel = 0});
	settle();
	assert_false(day_of("AAPL").is_complete);
}

static void what_a_snapshot_stood_for_is_missing_up_to_the_next_event(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	say((struct sluice_event){.kind = SLUICE_STALE, .symbol = SLUICE_NONE});
	say((struct sluice_event){.kind = SLUICE_WHOLE, .symbol = SLUICE_NONE});
	trade(AAPL, 2, 70, 1000, 1);
	trade(AAPL, 3, 71, 1000, 1);
	settle();
	assert_int_equal(read_bars("AAPL", BAR_SECOND, found), 3);
	assert_false(found[0].is_complete);
	assert_false(found[1].is_complete); /* of this second prints may be lost, too */
	assert_true(found[2].is_complete);
	assert_int_equal(read_bars("AAPL", BAR_MINUTE, found), 2);
	assert_false(found[1].is_complete);
}

static void an_execution_without_a_price_is_a_hole(void **state)
{
	(void)state;
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	say((struct sluice_event){.kind = SLUICE_EXECUTE,
		.symbol = AAPL,
		.other = 2,
		.exch_ns = UINT64_C(34200000000000),
		.qty = 5});
	trade(MSFT, 3, 0, 1000, 1);
	settle();
	assert_int_equal(facts.prints, 2);
	assert_false(day_of("AAPL").is_complete);
	assert_true(day_of("MSFT").is_complete);
}

static void another_dataplane_goes_on_and_repeats_nothing(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	settle();
	market_end();
	market_begin();
	attach();
	/* It heard the day again from its begin: what is known is not counted twice. */
	trade(AAPL, 1, 0, 1000, 1);
	trade(AAPL, 2, 5, 1000, 1);
	trade(AAPL, 3, 9, 1000, 1);
	settle();
	assert_int_equal(facts.prints, 3);
	assert_int_equal(facts.repeated, 1);
	assert_int_equal(read_bars("AAPL", BAR_SECOND, found), 3);
	assert_true(found[2].is_complete);
	assert_int_equal(facts.holes, 1);
}

static void a_disk_that_fails_loses_nothing_the_tape_still_holds(void **state)
{
	(void)state;
	/* A directory stands where the database should be made. */
	archive_close(archive);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	archive = archive_open(&site);
	archive_attach(archive, market_fd);
	trade(AAPL, 1, 0, 1000, 1);
	for (unsigned i = 0; i < 5000 && facts.errors == 0; i++) {
		archive_wait(archive, 2);
		archive_look(archive, &facts);
	}
	assert_true(facts.errors > 0);
	assert_false(facts.is_writing);
	assert_non_null(strstr(facts.trouble, path));
	assert_int_equal(rmdir(path), 0);
	settle();
	settle();
	assert_true(facts.is_writing);
	assert_int_equal(facts.prints, 1);
	assert_int_equal(day_of("AAPL").bar.trades, 1);
}

static void what_is_no_market_is_said_and_the_last_one_goes_on(void **state)
{
	(void)state;
	int pipes[2];
	attach();
	assert_int_equal(pipe(pipes), 0);
	archive_attach(archive, pipes[0]);
	close(pipes[0]);
	close(pipes[1]);
	settle();
	assert_int_equal(facts.errors, 1);
	trade(AAPL, 1, 0, 1000, 1);
	settle();
	assert_int_equal(facts.prints, 1);
	assert_true(facts.is_writing);
}

static void many_prints_take_many_transactions(void **state)
{
	(void)state;
	attach();
	for (uint32_t i = 0; i < 12; i++) {
		for (uint32_t k = 0; k < RING / 2; k++)
			trade(k % 2, i * RING + k, i, 1000 + k, 1);
		settle();
	}
	assert_int_equal(facts.prints, 12 * RING / 2);
	assert_int_equal(facts.lost, 0);
	assert_int_equal(day_of("AAPL").bar.trades, 12 * RING / 4);
}

static void what_says_nothing_of_bars_is_passed_over_and_not_lost(void **state)
{
	(void)state;
	attach();
	trade(AAPL, 1, 0, 1000, 1);
	for (uint32_t round = 0; round < 6; round++) {
		for (uint32_t i = 0; i < RING / 2; i++)
			say((struct sluice_event){.kind = SLUICE_ADD,
				.symbol = AAPL,
				.exch_ns = UINT64_C(34200000000000)});
		settle();
	}
	/* A restart finds its place although the print is long overwritten. */
	archive_close(archive);
	archive = archive_open(&site);
	attach();
	trade(AAPL, 2, 1, 1000, 1);
	settle();
	assert_int_equal(facts.lost, 0);
	assert_int_equal(facts.holes, 0);
	assert_true(day_of("AAPL").is_complete);
	assert_int_equal(day_of("AAPL").bar.trades, 2);
}

static void a_site_without_tapes_has_no_bars(void **state)
{
	(void)state;
	static struct page_bar found[PAGE_BAR_COUNT];
	market_end();
	site.tape_carries = TAPE_NONE;
	site.tape_event_count = 0;
	market_begin();
	attach();
	assert_int_equal(read_bars("AAPL", BAR_DAY, found), 0);
}

#define ARCHIVE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARCHIVE_TEST(every_kind_of_print_counts_as_it_must),
		ARCHIVE_TEST(a_broken_trade_mends_its_bars),
		ARCHIVE_TEST(a_break_that_names_no_symbol_finds_its_trade_by_channel_and_match),
		ARCHIVE_TEST(a_dataplane_that_lives_for_days_has_a_bar_of_each),
		ARCHIVE_TEST(the_last_print_before_midnight_is_of_its_day),
		ARCHIVE_TEST(a_restart_of_control_goes_on_where_it_was),
		ARCHIVE_TEST(a_tape_that_overtakes_leaves_a_hole_where_it_did),
		ARCHIVE_TEST(control_that_comes_late_knows_what_it_missed),
		ARCHIVE_TEST(what_is_stale_is_incomplete_until_it_is_whole),
		ARCHIVE_TEST(what_a_snapshot_stood_for_is_missing_up_to_the_next_event),
		ARCHIVE_TEST(an_execution_without_a_price_is_a_hole),
		ARCHIVE_TEST(another_dataplane_goes_on_and_repeats_nothing),
		ARCHIVE_TEST(a_disk_that_fails_loses_nothing_the_tape_still_holds),
		ARCHIVE_TEST(what_is_no_market_is_said_and_the_last_one_goes_on),
		ARCHIVE_TEST(many_prints_take_many_transactions),
		ARCHIVE_TEST(what_says_nothing_of_bars_is_passed_over_and_not_lost),
		ARCHIVE_TEST(a_site_without_tapes_has_no_bars),
	};
	return !!cmocka_run_group_tests_name("unit.control.archive.archive", tests, NULL, NULL);
}
