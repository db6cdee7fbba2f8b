/* bars_test.c - the bars of a real morning against an oracle that reads the wire by itself.

   The AAPL flow is played through a whole feed, its tape through the archive into SQLite; hidden trades,
   crosses and broken trades that the flow lacks are strewn in by a seed.  The oracle knows ITCH 5.0 and
   nothing of ours: it walks the messages, keeps every order in a plain list and every print in another, and
   looks at all prints again for each bar.

   SLUICE_BARS_DAYS is how many mornings are played (default 3).
   rooms: dataplane_feed control_archive */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/eastern.h"
#include "control/archive/archive.h"
#include "control/archive/page.h"
#include "drivers/machine/log.h"
#include "tests/support/capture.h"
#include "tests/support/feed_rig.h"

enum { LOCATE = 1, PRINT_MAX = 4096, WAIT_MS = 60000 };

__extension__ typedef unsigned __int128 wide;

struct oracle_print {
	uint64_t match, time_ns, qty;
	int64_t price_e4;
	bool is_broken;
};

struct oracle {
	uint64_t references[FEED_RIG_MESSAGE_COUNT];
	int64_t prices[FEED_RIG_MESSAGE_COUNT];
	uint32_t order_count;
	struct oracle_print prints[PRINT_MAX];
	uint32_t print_count;
};

static struct oracle oracle;
static uint64_t seed;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void oracle_order(uint64_t reference, int64_t price_e4)
{
	oracle.references[oracle.order_count] = reference;
	oracle.prices[oracle.order_count++] = price_e4;
}

static int64_t oracle_price(uint64_t reference)
{
	for (uint32_t i = oracle.order_count; i-- > 0;)
		if (oracle.references[i] == reference)
			return oracle.prices[i];
	return 0;
}

static void oracle_print(const uint8_t *m, uint64_t match, uint64_t qty, int64_t price_e4)
{
	assert_true(oracle.print_count < PRINT_MAX && price_e4 > 0);
	oracle.prints[oracle.print_count++] = (struct oracle_print){
		.match = match, .time_ns = load_be48(m + 5), .qty = qty, .price_e4 = price_e4};
}

/* ITCH 5.0, sections 4 and 5: what is an order, what is a print. */
static void oracle_take(const uint8_t *m)
{
	switch (m[0]) {
	case 'A':
	case 'F':
		oracle_order(load_be64(m + 11), load_be32(m + 32));
		break;
	case 'U':
		oracle_order(load_be64(m + 19), load_be32(m + 31));
		break;
	case 'E':
		oracle_print(
			m, load_be64(m + 23), load_be32(m + 19), oracle_price(load_be64(m + 11)));
		break;
	case 'C':
		if (m[31] == 'Y')
			oracle_print(m, load_be64(m + 23), load_be32(m + 19), load_be32(m + 32));
		break;
	case 'P':
		oracle_print(m, load_be64(m + 36), load_be32(m + 20), load_be32(m + 32));
		break;
	case 'Q':
		if (load_be64(m + 11) != 0)
			oracle_print(m, load_be64(m + 31), load_be64(m + 11), load_be32(m + 27));
		break;
	case 'B':
		for (uint32_t i = 0; i < oracle.print_count; i++)
			if (oracle.prints[i].match == load_be64(m + 11))
				oracle.prints[i].is_broken = true;
		break;
	default:
		break;
	}
}

/* bar_agrees looks at every print again. */
static void bar_agrees(const struct page_bar *found, uint64_t day_ns, uint64_t length_s)
{
	uint64_t from_ns = (uint64_t)found->begin_s * 1000000000 - day_ns;
	uint64_t to_ns = from_ns + length_s * 1000000000;
	int64_t open = 0, high = 0, low = INT64_MAX, close = 0;
	uint64_t volume = 0, trades = 0;
	wide notional = 0;
	for (uint32_t i = 0; i < oracle.print_count; i++) {
		const struct oracle_print *p = &oracle.prints[i];
		if (p->is_broken || p->time_ns < from_ns || p->time_ns >= to_ns)
			continue;
		open = open == 0 ? p->price_e4 : open;
		high = p->price_e4 > high ? p->price_e4 : high;
		low = p->price_e4 < low ? p->price_e4 : low;
		close = p->price_e4;
		volume += p->qty;
		trades++;
		notional += (wide)p->qty * (wide)p->price_e4;
	}
	assert_int_equal(found->bar.open_e4, open);
	assert_int_equal(found->bar.high_e4, high);
	assert_int_equal(found->bar.low_e4, low);
	assert_int_equal(found->bar.close_e4, close);
	assert_int_equal(found->bar.volume, volume);
	assert_int_equal(found->bar.trades, trades);
	assert_true((wide)found->bar.notional_high * BAR_NOTIONAL_UNIT + found->bar.notional_low ==
		    notional);
	assert_true(found->is_complete);
}

/* bars_agree reads all bars of an interval: each is the oracle's, and none is missing. */
static uint32_t bars_agree(const char *path, enum bar_interval interval, uint64_t day_ns)
{
	struct page_query query = {.symbol = "AAPL", .interval = interval, .to_s = INT64_MAX};
	uint64_t trades = 0, kept = 0;
	uint32_t bars = 0;
	do {
		uint32_t count;
		const char *error;
		struct page *page = page_begin(path, &query);
		while (!page_is_done(page))
			sched_yield();
		const struct page_bar *found = page_bars(page, &count, &query.from_s, &error);
		if (found == NULL)
			fail_msg("%s", error);
		for (uint32_t i = 0; i < count; i++) {
			bar_agrees(&found[i], day_ns, interval);
			trades += found[i].bar.trades;
		}
		bars += count;
		page_end(page);
	} while (query.from_s != 0);
	for (uint32_t i = 0; i < oracle.print_count; i++)
		kept += !oracle.prints[i].is_broken;
	assert_int_equal(trades, kept);
	return bars;
}

/* strewn makes a hidden trade, a cross or a break of some earlier print, as late as the message before. */
static uint32_t strewn(uint8_t *m, const uint8_t *before, uint64_t *match)
{
	memset(m, 0, ITCH50_SIZE_MAX);
	m[0] = (uint8_t) "PPQBB"[rnd(5)];
	store_be16(m + 1, LOCATE);
	memcpy(m + 5, before + 5, 6);
	if (m[0] == 'P') {
		m[19] = 'B';
		store_be32(m + 20, 1 + rnd(500));
		memcpy(m + 24, "AAPL    ", 8);
		store_be32(m + 32, 1500000 + rnd(300000));
		store_be64(m + 36, ++*match);
	} else if (m[0] == 'Q') {
		uint64_t shares = rnd(3) == 0 ? 0 : UINT64_C(5000000000) + rnd(1000);
		store_be64(m + 11, shares);
		memcpy(m + 19, "AAPL    ", 8);
		store_be32(m + 27, shares == 0 ? 0 : 1500000 + rnd(300000));
		store_be64(m + 31, ++*match);
		m[39] = (uint8_t) "OCH"[rnd(3)];
	} else if (oracle.print_count > 0) {
		store_be64(m + 11, oracle.prints[rnd(oracle.print_count)].match);
	}
	return itch50_size(m[0]);
}

static void day_say(struct feed_rig *rig, const uint8_t *file, size_t size, bool is_strewn)
{
	static struct mold64_block blocks[FEED_RIG_MESSAGE_COUNT];
	size_t used;
	uint64_t match = UINT64_C(1) << 60;
	uint32_t count = itch50_split(file, size, blocks, FEED_RIG_MESSAGE_COUNT, &used);
	memset(&oracle, 0, sizeof oracle);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t message[ITCH50_SIZE_MAX] = {0};
		memcpy(message, blocks[i].bytes, blocks[i].size_bytes);
		store_be16(message + 1, LOCATE);
		feed_rig_say_bytes(rig, message, blocks[i].size_bytes);
		oracle_take(message);
		if (!is_strewn || rnd(20) != 0)
			continue;
		uint8_t more[ITCH50_SIZE_MAX];
		uint32_t more_bytes = strewn(more, message, &match);
		feed_rig_say_bytes(rig, more, more_bytes);
		oracle_take(more);
	}
	for (uint64_t sent = 0; sent < rig->message_count; sent += 16) {
		uint64_t left = rig->message_count - sent;
		feed_rig_send(rig, 0, sent + 1, left < 16 ? (uint32_t)left : 16);
	}
	feed_rig_poll(rig);
}

static void morning_agrees(const uint8_t *file, size_t size, bool is_strewn)
{
	char directory[64] = "/tmp/sluice-morning-XXXXXX", path[PATH_BYTES + 32], command[128];
	struct config_error error;
	struct archive_facts facts;
	int fd;
	struct feed_rig *rig = feed_rig_open("", 1);
	struct market_region *anonymous = rig->market;
	uint32_t event_count = rig->site.tape_event_count;
	uint8_t carries = rig->site.tape_carries;
	assert_non_null(mkdtemp(directory));
	snprintf(rig->site.journal_directory, sizeof rig->site.journal_directory, "%s", directory);
	feed_close(rig->feed);
	rig->site.tape_event_count = 65536;
	rig->site.tape_carries = TAPE_ALL;
	rig->market = market_create(&fd, &rig->site, &error);
	assert_non_null(rig->market);
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
	assert_non_null(rig->feed);
	struct archive *archive = archive_open(&rig->site);
	archive_attach(archive, fd);
	assert_true(archive_wait(archive, WAIT_MS));
	day_say(rig, file, size, is_strewn);
	assert_true(archive_wait(archive, WAIT_MS));
	archive_look(archive, &facts);
	archive_close(archive);
	store_path(&rig->site, path);
	assert_int_equal(facts.prints, oracle.print_count);
	assert_int_equal(facts.lost, 0);
	assert_int_equal(facts.holes, 0);
	uint64_t day_ns = eastern_day_of(rig->market->header.started_wall_ns).begin_ns;
	uint32_t seconds = bars_agree(path, BAR_SECOND, day_ns);
	uint32_t minutes = bars_agree(path, BAR_MINUTE, day_ns);
	assert_int_equal(bars_agree(path, BAR_DAY, day_ns), 1);
	print_message("%u prints, %lu broken: %u bars of a second, %u of a minute, 1 of the day\n",
		oracle.print_count, (unsigned long)facts.broken, seconds, minutes);
	assert_int_equal(facts.broken > 0, is_strewn);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
	feed_close(rig->feed);
	region_leave(rig->market);
	close(fd);
	rig->market = anonymous;
	rig->site.tape_event_count = event_count;
	rig->site.tape_carries = carries;
	rig->feed = feed_open(&rig->site, rig->region, rig->market, rig->ports, &error);
	feed_rig_close(rig);
}

static void the_bars_of_a_real_morning_are_the_oracles(void **state)
{
	(void)state;
	size_t size;
	uint8_t *file = capture_file("nasdaq_aapl/aapl_20190130.itch", &size);
	assert_non_null(file);
	morning_agrees(file, size, false);
	free(file);
}

static void with_crosses_and_broken_trades_too(void **state)
{
	(void)state;
	const char *days_wanted = getenv("SLUICE_BARS_DAYS");
	uint64_t days = days_wanted != NULL ? strtoull(days_wanted, NULL, 10) : 3;
	size_t size;
	uint8_t *file = capture_file("nasdaq_aapl/aapl_20190130.itch", &size);
	assert_non_null(file);
	for (seed = 1; seed <= days; seed++) {
		uint64_t day = seed;
		morning_agrees(file, size, true);
		seed = day;
	}
	free(file);
}

static int begin(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_bars_of_a_real_morning_are_the_oracles, begin),
		cmocka_unit_test_setup(with_crosses_and_broken_trades_too, begin),
	};
	return !!cmocka_run_group_tests_name("property.bars", tests, NULL, NULL);
}
