/* strategy_test.c - sums from prints, and what becomes of them where events are missing.
   rooms: tools_strategy */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <getopt.h>
#include <stdlib.h>

#include "tools/strategy/options.h"

static struct strategy strategy;
static struct strategy_options options;

static int set_up(void **state)
{
	(void)state;
	memset(&strategy, 0, sizeof strategy);
	strategy.options = &options;
	strategy.symbol_count = 3;
	strategy.symbols = calloc(3, sizeof *strategy.symbols);
	strategy.symbols[2].channel = 1;
	strategy.trigger_symbol = SLUICE_NONE;
	return strategy.symbols == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	free(strategy.symbols);
	return 0;
}

static void take(const struct sluice_event *event)
{
	strategy_take(&strategy, event, 1, 1000);
}

static void prints_are_summed_and_what_is_none_is_not(void **state)
{
	(void)state;
	take(&(struct sluice_event){
		.kind = SLUICE_EXECUTE, .symbol = 1, .qty = 100, .price_e4 = 10000});
	take(&(struct sluice_event){
		.kind = SLUICE_TRADE, .symbol = 1, .qty = 50, .price_e4 = 10100});
	take(&(struct sluice_event){
		.kind = SLUICE_EXECUTE_AT, .symbol = 1, .qty = 7, .price_e4 = 10200, .code = 'N'});
	take(&(struct sluice_event){.kind = SLUICE_CROSS,
		.symbol = 1,
		.order = 1ull << 33,
		.qty = UINT32_MAX,
		.price_e4 = 10300});
	take(&(struct sluice_event){.kind = SLUICE_CROSS, .symbol = 1}); /* did not take place */
	take(&(struct sluice_event){.kind = SLUICE_ADD, .symbol = 1, .qty = 100, .price_e4 = 1});
	take(&(struct sluice_event){.kind = SLUICE_SYSTEM, .symbol = SLUICE_NONE});
	assert_int_equal(strategy.symbols[1].volume, 150 + (1ull << 33));
	assert_int_equal(strategy.symbols[1].last_e4, 10300);
	assert_int_equal(strategy.symbols[0].prints, 0);
	assert_int_equal(strategy.events, 7);
	assert_int_equal(strategy.heard_ns.count, 7);
}

static void the_feeds_own_loss_spoils_a_symbol_or_a_channel(void **state)
{
	(void)state;
	take(&(struct sluice_event){.kind = SLUICE_STALE, .symbol = 1});
	assert_false(strategy.symbols[0].is_partial);
	assert_true(strategy.symbols[1].is_partial);
	take(&(struct sluice_event){.kind = SLUICE_STALE, .symbol = SLUICE_NONE, .channel = 1});
	assert_false(strategy.symbols[0].is_partial);
	assert_true(strategy.symbols[2].is_partial);
}

static void a_reader_that_was_overrun_believes_none_of_its_sums(void **state)
{
	(void)state;
	strategy_lose(&strategy);
	for (unsigned i = 0; i < 3; i++)
		assert_true(strategy.symbols[i].is_partial);
}

static int read_words(const char *words)
{
	static char copy[512];
	char *list[32] = {(char *)(uintptr_t) "sluice-strategy"};
	int count = 1;
	strcpy(copy, words);
	for (char *word = strtok(copy, "|"); word != NULL; word = strtok(NULL, "|"))
		list[count++] = word;
	script_free(&options.then);
	optind = 0;
	return options_take(&options, count, list);
}

static void a_call_is_read_or_refused(void **state)
{
	(void)state;
	assert_int_equal(
		read_words("--run|/run/x|--symbol|AAPL|--idle|spin|--every|1 s|--stall|2 ms"), -1);
	assert_string_equal(options.run_directory, "/run/x");
	assert_string_equal(options.watched[0], "AAPL");
	assert_int_equal(options.idle, IDLE_SPIN);
	assert_int_equal(options.every_ns, 1000000000);
	assert_int_equal(options.stall_events, 10000);
	assert_int_equal(
		read_words(
			"--when|AAPL ask <= 1.00|--then|buy 1 AAPL at 1.00|--user|a|--password|b"),
		-1);
	assert_true(options.has_orders);
	assert_int_equal(options.order_max, 1);
	static const char *const wrong[] = {"--when|AAPL ask <= 1.00",
		"--then|buy 1 AAPL at 1.00|--user|a|--password|b",
		"--when|AAPL ask <= 1.00|--then|buy 1 AAPL at 1.00", "--when|AAPL",
		"--then|cancel 1", "--idle|sleep", "--every|1", "--symbol|TOOLONGNAME",
		"--connect|nowhere", "--orders|-1", "--stall-each|0", "extra", "--nonsense"};
	for (unsigned i = 0; i < ARRAY_COUNT(wrong); i++)
		if (read_words(wrong[i]) != EXIT_MISTAKE)
			fail_msg("found \"%s\" taken, expected it refused", wrong[i]);
}

#define strategy_case(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		strategy_case(prints_are_summed_and_what_is_none_is_not),
		strategy_case(the_feeds_own_loss_spoils_a_symbol_or_a_channel),
		strategy_case(a_reader_that_was_overrun_believes_none_of_its_sums),
		strategy_case(a_call_is_read_or_refused),
	};
	return !!cmocka_run_group_tests_name("unit.tools.strategy.strategy", tests, NULL, NULL);
}
