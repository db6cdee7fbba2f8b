/* trust_test.c - what the feed last said is worth as much as its channel, its stage and its process. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>

#include "control/health/trust.h"
#include "dataplane/shm/word.h"

#define MS_NS UINT64_C(1000000)

enum { AAPL = 0, MSFT = 1, SECOND = 1 };

static struct symbol_config symbols[2];
static struct site_config site;
static struct plane plane;
static struct market_region *market;
static char why[FEEDS_TEXT_BYTES], text[2 * FEEDS_TEXT_BYTES];

static int pages_open(void **state)
{
	(void)state;
	market = mmap(
		NULL, sizeof *market, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	site = (struct site_config){.channel_count = 2, .symbol_count = 2, .symbols = symbols};
	plane = (struct plane){.site = &site, .market = market, .is_attached = true};
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		plane.loops_moved_ns[i] = 100 * MS_NS;
	for (uint32_t i = 0; i < 2; i++) {
		struct top_prices top = {.bid_e4 = 10000, .channel = (uint8_t)i};
		word_set(&market->channels[i].heard_ns, 90 * MS_NS);
		top_publish(&market->tops[i], &top);
	}
	return market == MAP_FAILED;
}

static int pages_close(void **state)
{
	(void)state;
	return munmap(market, sizeof *market);
}

static enum trust trust_at(uint64_t ms)
{
	return trust_channel(&plane, 0, ms * MS_NS, why);
}

static void each_reason_to_doubt_has_its_word(void **state)
{
	(void)state;
	assert_string_equal(trust_name(trust_at(100)), "sequenced");
	assert_string_equal(why, "-");
	assert_string_equal(trust_tell(&plane, AAPL, 100 * MS_NS, text), "");
	word_set(&market->channels[0].heard_ns, 0);
	assert_string_equal(trust_name(trust_at(100)), "never heard");
	word_set(&market->channels[0].stale_reasons, STALE_SILENT);
	word_set(&market->channels[0].stale_since_ns, 58 * MS_NS);
	assert_string_equal(trust_name(trust_at(100)), "STALE");
	assert_string_equal(why, "silent");
	assert_string_equal(trust_tell(&plane, AAPL, 100 * MS_NS, text), "STALE for 42 ms: silent");
	/* The other channel's symbols are none of it. */
	assert_string_equal(trust_tell(&plane, MSFT, 100 * MS_NS, text), "");
	assert_string_equal(trust_name(trust_at(100 + PLANE_STUCK_NS / MS_NS)), "STANDS");
	plane.is_attached = false;
	assert_string_equal(trust_name(trust_at(100)), "GONE");
	assert_string_equal(
		trust_tell(&plane, MSFT, 100 * MS_NS, text), "GONE: the dataplane is gone");
}

static void a_symbol_may_be_doubted_alone(void **state)
{
	(void)state;
	struct top_prices top = {.bid_e4 = 10000, .stale = 1};
	top_publish(&market->tops[AAPL], &top);
	assert_int_equal(trust_symbol(&plane, AAPL, 100 * MS_NS, why), TRUST_STALE);
	assert_int_equal(trust_at(100), TRUST_WHOLE);
	/* Nobody named it: there is nothing to doubt. */
	memset(&market->tops[MSFT], 0, sizeof market->tops[MSFT]);
	assert_int_equal(trust_symbol(&plane, MSFT, 100 * MS_NS, why), TRUST_NOT_NAMED);
	assert_false(trust_is_doubtful(TRUST_NOT_NAMED));
	assert_string_equal(trust_name(TRUST_NOT_NAMED), "not named");
}

static void symbols_that_are_stale_alone_are_counted_and_named(void **state)
{
	(void)state;
	uint32_t first[1] = {99};
	struct top_prices top = {.bid_e4 = 10000, .stale = 1};
	assert_int_equal(trust_doubted(&plane, 100 * MS_NS, first, 1), 0);
	top_publish(&market->tops[AAPL], &top);
	top.channel = SECOND;
	top_publish(&market->tops[MSFT], &top);
	assert_int_equal(trust_doubted(&plane, 100 * MS_NS, first, 1), 2);
	assert_int_equal(first[0], AAPL);
	/* Of a channel that is stale each is: the channel says so. */
	word_set(&market->channels[0].stale_since_ns, 1);
	assert_int_equal(trust_doubted(&plane, 100 * MS_NS, first, 1), 1);
	assert_int_equal(first[0], MSFT);
}

static int64_t usage(enum scope scope, uint32_t symbol)
{
	struct usage_row row = {.scope = (uint8_t)scope,
		.symbol = symbol,
		.lane = LANE_STALE_MARKET_DATA,
		.usage = 7};
	trust_usage(&plane, &row, 100 * MS_NS);
	return row.usage;
}

static void the_age_of_market_data_is_that_of_now(void **state)
{
	(void)state;
	struct top_prices top = {.bid_e4 = 10000, .stale = 1};
	word_set(&market->channels[SECOND].heard_ns, 60 * MS_NS);
	assert_int_equal(usage(SCOPE_ACCOUNT, 0), 40 * MS_NS); /* the oldest channel's */
	assert_int_equal(usage(SCOPE_SYMBOL, AAPL), 10 * MS_NS);
	assert_int_equal(usage(SCOPE_ACCOUNT_SYMBOL, MSFT), 40 * MS_NS);
	word_set(&market->channels[SECOND].stale_since_ns, 1);
	assert_true(usage(SCOPE_ACCOUNT, 0) == INT64_MAX);
	assert_true(usage(SCOPE_SYMBOL, MSFT) == INT64_MAX);
	assert_int_equal(usage(SCOPE_SYMBOL, AAPL), 10 * MS_NS);
	top_publish(&market->tops[AAPL], &top);
	assert_true(usage(SCOPE_SYMBOL, AAPL) == INT64_MAX);
	/* Other limits are the gate's to tell, and without a market so is this one. */
	struct usage_row row = {.scope = SCOPE_ACCOUNT, .lane = LANE_PRICE_COLLAR, .usage = 7};
	trust_usage(&plane, &row, 100 * MS_NS);
	assert_int_equal(row.usage, 7);
	plane.market = NULL;
	assert_int_equal(usage(SCOPE_ACCOUNT, 0), 7);
}

/* What is told as of now may be more than any order met. */
static void the_peak_of_an_age_is_at_least_the_age(void **state)
{
	(void)state;
	struct usage_row row = {.scope = SCOPE_SYMBOL,
		.symbol = AAPL,
		.lane = LANE_STALE_MARKET_DATA,
		.usage = 7,
		.peak = 8};
	trust_usage(&plane, &row, 100 * MS_NS);
	assert_int_equal(row.usage, 10 * MS_NS);
	assert_int_equal(row.peak, 10 * MS_NS);
	row.peak = 50 * MS_NS;
	trust_usage(&plane, &row, 100 * MS_NS);
	assert_int_equal(row.peak, 50 * MS_NS);
	row.scope = SCOPE_ACCOUNT;
	row.peak = 8;
	trust_usage(&plane, &row, 100 * MS_NS);
	assert_true(row.peak == row.usage);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, pages_open, pages_close)
	const struct CMUnitTest tests[] = {
		ONE(each_reason_to_doubt_has_its_word),
		ONE(a_symbol_may_be_doubted_alone),
		ONE(symbols_that_are_stale_alone_are_counted_and_named),
		ONE(the_age_of_market_data_is_that_of_now),
		ONE(the_peak_of_an_age_is_at_least_the_age),
	};
	return !!cmocka_run_group_tests_name("unit.control.health.trust", tests, NULL, NULL);
}
