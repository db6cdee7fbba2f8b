/* The keenest open order of a group's other side is found, whatever joined, left and changed its price. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/selftrade.h"

enum { ORDERS = 200, STEPS = 40000, ACCOUNTS = 4 };

static const uint16_t account_ids[ACCOUNTS] = {7, 17, 18, 4095};
/* 17 and 4095 share a name. */
static const uint16_t group_of[ACCOUNTS] = {0, 1, 2, 1};

static struct account_config accounts[ACCOUNTS];
static struct site_config site;
static struct order_table orders;
static struct selftrade selftrade;
static uint32_t next_ref;

static int begin(void **state)
{
	(void)state;
	memset(accounts, 0, sizeof accounts);
	memset(&site, 0, sizeof site);
	for (uint32_t i = 0; i < ACCOUNTS; i++)
		accounts[i].id = account_ids[i];
	/* The higher id stands first: a group is not where it is in the file. */
	accounts[1].id = 4095;
	accounts[3].id = 17;
	strcpy(accounts[1].self_trade_group, "desk");
	strcpy(accounts[3].self_trade_group, "desk");
	site.accounts = accounts;
	site.account_count = ACCOUNTS;
	order_table_open(&orders, ORDERS);
	selftrade_open(&selftrade, &orders, &site);
	next_ref = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	selftrade_close(&selftrade);
	order_table_close(&orders);
	return 0;
}

static uint32_t enter(uint16_t account, uint32_t symbol, unsigned side, int64_t price_e4)
{
	next_ref++;
	uint32_t slot = order_table_take(&orders, next_ref, 1, next_ref, 0, next_ref);
	orders.slots[slot].account = account;
	orders.slots[slot].symbol = symbol;
	orders.slots[slot].side = (uint8_t)side;
	orders.slots[slot].price_e4 = price_e4;
	selftrade_join(&selftrade, slot);
	return slot;
}

static void finish(uint32_t slot)
{
	selftrade_leave(&selftrade, slot);
	orders.slots[slot].state = ORDER_DONE;
	order_table_return(&orders, slot);
}

static bool crosses(uint16_t account, uint32_t symbol, unsigned side, int64_t price_e4)
{
	return selftrade_find(&selftrade, account, symbol, side, price_e4) != ORDER_NONE;
}

static void a_buy_at_the_own_offer_would_trade_and_one_below_would_not(void **state)
{
	(void)state;
	uint32_t slot = enter(7, 3, SIDE_SELL, 1000);
	assert_false(crosses(7, 3, SIDE_BUY, 999));
	assert_int_equal(selftrade_find(&selftrade, 7, 3, SIDE_BUY, 1000), slot);
	assert_int_equal(selftrade_find(&selftrade, 7, 3, SIDE_BUY, INT64_MAX), slot);
	finish(slot);
	assert_false(crosses(7, 3, SIDE_BUY, INT64_MAX));
}

static void a_sale_at_the_own_bid_would_trade_and_one_above_would_not(void **state)
{
	(void)state;
	uint32_t slot = enter(7, 3, SIDE_BUY, 1000);
	assert_false(crosses(7, 3, SIDE_SELL, 1001));
	assert_int_equal(selftrade_find(&selftrade, 7, 3, SIDE_SELL, 1000), slot);
	finish(slot);
	assert_false(crosses(7, 3, SIDE_SELL, 0));
}

static void neither_the_own_side_nor_another_symbol_or_group_is_looked_at(void **state)
{
	(void)state;
	enter(7, 3, SIDE_SELL, 1000);
	assert_false(crosses(7, 3, SIDE_SELL, 1000));
	assert_false(crosses(7, 4, SIDE_BUY, 1000));
	assert_false(crosses(18, 3, SIDE_BUY, 1000));
	assert_false(crosses(7, SYMBOL_NONE, SIDE_BUY, 1000));
	assert_false(crosses(0, 3, SIDE_BUY, 1000));
	assert_false(crosses(ACCOUNT_COUNT_MAX + 7, 3, SIDE_BUY, 1000));
	/* Every group and symbol has a heap of its own, whatever bits their numbers have. */
	uint32_t last = SYMBOL_COUNT_MAX - 1;
	for (uint32_t bit = 1; bit < SYMBOL_COUNT_MAX; bit <<= 1)
		enter(18, last ^ bit, SIDE_SELL, 1000);
	for (uint32_t i = 0; i < ACCOUNTS; i++) {
		assert_false(crosses(account_ids[i], last, SIDE_BUY, 1000));
		for (uint32_t bit = 1; bit < SYMBOL_COUNT_MAX; bit <<= 1)
			assert_int_equal(crosses(account_ids[i], last ^ bit, SIDE_BUY, 1000),
				account_ids[i] == 18);
	}
}

static void accounts_of_one_name_are_one_group(void **state)
{
	(void)state;
	enter(17, 3, SIDE_SELL, 1000);
	assert_true(crosses(4095, 3, SIDE_BUY, 1000));
	assert_true(crosses(17, 3, SIDE_BUY, 1000));
	assert_false(crosses(18, 3, SIDE_BUY, 1000));
}

static void a_price_that_changes_is_looked_at_where_it_is(void **state)
{
	(void)state;
	uint32_t keen = enter(7, 3, SIDE_SELL, 1000), far = enter(7, 3, SIDE_SELL, 1100);
	selftrade_reprice(&selftrade, keen, 1200);
	assert_false(crosses(7, 3, SIDE_BUY, 1099));
	assert_int_equal(selftrade_find(&selftrade, 7, 3, SIDE_BUY, 1100), far);
	selftrade_reprice(&selftrade, keen, 900);
	assert_int_equal(selftrade_find(&selftrade, 7, 3, SIDE_BUY, 900), keen);
}

static uint64_t seed = 88172645463325252u;

static uint32_t any(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 20) % below);
}

static int64_t keenest(uint32_t account, uint32_t symbol, unsigned side)
{
	int64_t best = side == SIDE_BUY ? INT64_MIN : INT64_MAX;
	for (uint32_t i = orders.open_head; i != ORDER_NONE; i = orders.slots[i].next) {
		const struct own_order *order = &orders.slots[i];
		uint32_t group = UINT32_MAX;
		for (uint32_t j = 0; j < ACCOUNTS; j++)
			group = account_ids[j] == order->account ? group_of[j] : group;
		bool is_one = group == group_of[account] && order->symbol == symbol &&
			      order->side == side;
		if (is_one && (side == SIDE_BUY ? order->price_e4 > best : order->price_e4 < best))
			best = order->price_e4;
	}
	return best;
}

/* Counts what is met by hand and by going from one to the next, each of them once. */
static void all_are_found(uint32_t account, uint32_t symbol, unsigned side, int64_t price_e4)
{
	uint8_t seen[ORDERS] = {0};
	uint32_t wanted = 0, found = 0, looks = ORDERS;
	for (uint32_t i = orders.open_head; i != ORDER_NONE; i = orders.slots[i].next) {
		const struct own_order *order = &orders.slots[i];
		uint32_t group = UINT32_MAX;
		for (uint32_t j = 0; j < ACCOUNTS; j++)
			group = account_ids[j] == order->account ? group_of[j] : group;
		bool is_met = side == SIDE_BUY ? price_e4 >= order->price_e4
					       : price_e4 <= order->price_e4;
		wanted += is_met && group == group_of[account] && order->symbol == symbol &&
			  order->side != side;
	}
	for (uint32_t slot =
			selftrade_find(&selftrade, account_ids[account], symbol, side, price_e4);
		slot != ORDER_NONE; slot = selftrade_next(&selftrade, slot, price_e4, &looks)) {
		assert_int_equal(seen[slot]++, 0);
		found++;
	}
	assert_int_equal(found, wanted);
}

static void as_many_are_found_as_may_be_looked_at(void **state)
{
	(void)state;
	uint32_t looks = 3, found = 0;
	for (uint32_t i = 0; i < 10; i++)
		enter(7, 3, SIDE_SELL, 1000 + i);
	for (uint32_t slot = selftrade_find(&selftrade, 7, 3, SIDE_BUY, 2000); slot != ORDER_NONE;
		slot = selftrade_next(&selftrade, slot, 2000, &looks))
		found++;
	assert_int_equal(found, 4);
}

static void any_coming_and_going_finds_what_a_search_of_all_orders_finds(void **state)
{
	(void)state;
	uint32_t live[ORDERS], count = 0, crossed = 0;
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t act = any(8), at = count > 0 ? any(count) : 0;
		if (count < ORDERS && (act < 4 || count == 0)) {
			live[count++] =
				enter(account_ids[any(ACCOUNTS)], any(2), any(2), 100 + any(40));
		} else if (act < 6) {
			selftrade_reprice(&selftrade, live[at], 100 + any(40));
		} else {
			finish(live[at]);
			live[at] = live[--count];
		}
		uint32_t account = any(ACCOUNTS), symbol = any(2), side = any(2);
		int64_t best = keenest(account, symbol, side ^ 1), price = 100 + any(40);
		bool is_crossed = side == SIDE_BUY ? price >= best : price <= best;
		assert_int_equal(crosses(account_ids[account], symbol, side, price), is_crossed);
		crossed += is_crossed;
		all_are_found(account, symbol, side, price);
	}
	assert_in_range(crossed, STEPS / 8, STEPS);
	while (count > 0)
		finish(live[--count]);
	assert_int_equal(selftrade.tops.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define SELFTRADE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		SELFTRADE_TEST(a_buy_at_the_own_offer_would_trade_and_one_below_would_not),
		SELFTRADE_TEST(a_sale_at_the_own_bid_would_trade_and_one_above_would_not),
		SELFTRADE_TEST(neither_the_own_side_nor_another_symbol_or_group_is_looked_at),
		SELFTRADE_TEST(accounts_of_one_name_are_one_group),
		SELFTRADE_TEST(a_price_that_changes_is_looked_at_where_it_is),
		SELFTRADE_TEST(as_many_are_found_as_may_be_looked_at),
		SELFTRADE_TEST(any_coming_and_going_finds_what_a_search_of_all_orders_finds),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.selftrade", tests, NULL, NULL);
}
