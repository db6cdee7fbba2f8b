/* bills_test.c - what venues have billed: by their own schedules and currencies, taken back and billed anew as trades are.

   Venue 0 takes euros: 0.0040 a share by R, a rebate of 0.0010 by A, half a euro an order, two cents at least.  Venue 1 takes
   0.0030 a share of whatever is traded: symbol 0 in the base currency, symbol 1 in euros. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/ledger/ledger.h"

enum { EUROS_VENUE, TRADED_VENUE, VENUE_COUNT };
enum { BASE, EUR };

struct book {
	struct site_config site;
	struct symbol_config symbols[2];
	struct bills bills;
	struct ledger ledger;
};

static int setup(void **state)
{
	static struct book book;
	memset(&book, 0, sizeof book);
	book.site.venue_count = VENUE_COUNT;
	book.site.symbols = book.symbols;
	book.site.symbol_count = ARRAY_COUNT(book.symbols);
	book.symbols[1].currency = EUR;
	struct fees_config *fees = &book.site.venues[EUROS_VENUE].fees;
	*fees = (struct fees_config){.is_stated = true,
		.has_currency = true,
		.currency = EUR,
		.order_e4 = 5000,
		.minimum_e4 = 200};
	fees->rates_e6['R'] = 4000;
	fees->rates_e6['A'] = -1000;
	fees = &book.site.venues[TRADED_VENUE].fees;
	fees->is_stated = true;
	fees->rates_e6['R'] = 3000;
	bills_init(&book.bills, &book.site);
	ledger_init(&book.ledger);
	book.ledger.bills = &book.bills;
	*state = &book;
	return 0;
}

static int teardown(void **state)
{
	struct book *book = *state;
	ledger_free(&book->ledger);
	return 0;
}

#define bills_case(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void say(struct book *book, const struct trade_record *trade)
{
	struct {
		struct record record;
		struct trade_record trade;
	} space = {.record = {.type = RECORD_TRADE, .body_bytes = sizeof space.trade},
		.trade = *trade};
	space.trade.account = 17;
	space.trade.price_e4 = 100000;
	ledger_record(&book->ledger, &space.record);
}

static void begin_day(struct book *book)
{
	for (uint8_t change = DAY_ENDS; change <= DAY_BEGINS; change++) {
		struct {
			struct record record;
			struct day_record day;
		} space = {.record = {.type = RECORD_DAY, .body_bytes = sizeof space.day},
			.day = {.change = change}};
		ledger_record(&book->ledger, &space.record);
	}
}

static void expect(struct book *book, uint32_t venue, uint32_t currency, const struct bill *bill)
{
	const struct bill *found = &book->bills.venues[venue][currency];
	assert_int_equal(found->executions, bill->executions);
	assert_int_equal((int64_t)found->fees_e4, (int64_t)bill->fees_e4);
	assert_int_equal((int64_t)found->rebates_e4, (int64_t)bill->rebates_e4);
	assert_int_equal((int64_t)found->orders_e4, (int64_t)bill->orders_e4);
}

/* What the records say was taken, in another currency, is not what was billed. */
static void a_venue_bills_in_its_own_currency_whatever_is_traded(void **state)
{
	struct book *book = *state;
	for (uint16_t symbol = 0; symbol < 2; symbol++) {
		say(book, &(struct trade_record){.match = 1,
				  .kind = TRADE_EXECUTED,
				  .symbol = symbol,
				  .qty = 1000,
				  .liquidity = 'R',
				  .fee_e4 = 77,
				  .order_fee_e4 = 77,
				  .is_first = 1});
		say(book, &(struct trade_record){.match = 2,
				  .kind = TRADE_EXECUTED,
				  .symbol = symbol,
				  .qty = 500,
				  .liquidity = 'A',
				  .fee_e4 = -77});
	}
	const struct bill bill = {
		.executions = 4, .fees_e4 = 80000, .rebates_e4 = 10000, .orders_e4 = 10000};
	expect(book, EUROS_VENUE, EUR, &bill);
	expect(book, EUROS_VENUE, BASE, &(struct bill){.executions = 0});
	assert_int_equal((int64_t)bill_net(&bill), 80000);
	assert_int_equal(bills_currency(&book->bills, EUROS_VENUE), EUR);
}

static void a_venue_without_a_currency_bills_in_that_of_each_symbol(void **state)
{
	struct book *book = *state;
	for (uint16_t symbol = 0; symbol < 2; symbol++)
		say(book, &(struct trade_record){.match = 1,
				  .venue = TRADED_VENUE,
				  .kind = TRADE_EXECUTED,
				  .symbol = symbol,
				  .qty = 100u * (symbol + 1u),
				  .liquidity = 'R',
				  .is_first = 1});
	expect(book, TRADED_VENUE, BASE, &(struct bill){.executions = 1, .fees_e4 = 3000});
	expect(book, TRADED_VENUE, EUR, &(struct bill){.executions = 1, .fees_e4 = 6000});
	assert_int_equal(bills_currency(&book->bills, TRADED_VENUE), BASE);
}

/* By the flag of its first telling, which a correction does not say; of ten shares a minimum is billed. */
static void what_is_corrected_is_billed_anew_and_what_is_broken_given_back(void **state)
{
	struct book *book = *state;
	struct trade_record trade = {
		.match = 9, .kind = TRADE_EXECUTED, .qty = 1000, .liquidity = 'R', .is_first = 1};
	say(book, &trade);
	trade = (struct trade_record){.match = 9, .kind = TRADE_CORRECTED, .qty = 10};
	say(book, &trade);
	expect(book, EUROS_VENUE, EUR,
		&(struct bill){.executions = 1, .fees_e4 = 400, .orders_e4 = 5000});
	trade.kind = TRADE_BROKEN;
	say(book, &trade);
	expect(book, EUROS_VENUE, EUR, &(struct bill){.executions = 0, .orders_e4 = 5000});
	trade.match = 8; /* of what never was */
	say(book, &trade);
	expect(book, EUROS_VENUE, EUR, &(struct bill){.executions = 0, .orders_e4 = 5000});
}

static void a_day_begins_with_nothing_billed_and_has_what_yesterday_gives_back(void **state)
{
	struct book *book = *state;
	struct trade_record trade = {
		.match = 9, .kind = TRADE_EXECUTED, .qty = 1000, .liquidity = 'A', .is_first = 1};
	say(book, &trade);
	begin_day(book);
	expect(book, EUROS_VENUE, EUR, &(struct bill){.executions = 0});
	trade.kind = TRADE_BROKEN;
	say(book, &trade);
	expect(book, EUROS_VENUE, EUR, &(struct bill){.executions = -1, .rebates_e4 = -10000});
}

/* A journal of another configuration may name what this site does not have. */
static void what_the_site_does_not_know_is_billed_by_nobody(void **state)
{
	struct book *book = *state;
	say(book, &(struct trade_record){.match = 1,
			  .kind = TRADE_EXECUTED,
			  .venue = VENUE_COUNT,
			  .qty = 10,
			  .is_first = 1});
	say(book, &(struct trade_record){.match = 2,
			  .kind = TRADE_EXECUTED,
			  .symbol = ARRAY_COUNT(book->symbols),
			  .qty = 10,
			  .is_first = 1});
	for (uint32_t venue = 0; venue < VENUE_COUNT; venue++)
		for (uint32_t at = 0; at < CURRENCY_COUNT_MAX; at++)
			expect(book, venue, at, &(struct bill){.executions = 0});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bills_case(a_venue_bills_in_its_own_currency_whatever_is_traded),
		bills_case(a_venue_without_a_currency_bills_in_that_of_each_symbol),
		bills_case(what_is_corrected_is_billed_anew_and_what_is_broken_given_back),
		bills_case(a_day_begins_with_nothing_billed_and_has_what_yesterday_gives_back),
		bills_case(what_the_site_does_not_know_is_billed_by_nobody),
	};
	return !!cmocka_run_group_tests_name("unit.control.ledger.bills", tests, NULL, NULL);
}
