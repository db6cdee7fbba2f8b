/* lease_tell_test.c - an order that met a limit raised for a time is told so, from the journal alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/journal/why.h"

static void lease_write(uint32_t number, enum scope scope, uint32_t id, uint32_t symbol,
	enum limit limit, int64_t value)
{
	const struct lease_record lease = {.number = number,
		.word = LEASE_BEGINS,
		.scope = (uint8_t)scope,
		.limit = (uint8_t)limit,
		.id = id,
		.symbol = symbol,
		.uid = 0,
		.second_uid = 1001,
		.within_ns = UINT64_C(1800) * 1000000000u,
		.value = {.value = value},
		.reason = "a large client"};
	record_write(RECORD_LEASE, &lease, sizeof lease);
}

static void lease_end_write(uint32_t number)
{
	const struct lease_end_record end = {.number = number, .why = LIMITS_EXPIRED};
	record_write(RECORD_LEASE_END, &end, sizeof end);
}

static void decision_write(uint64_t order, uint8_t lane, uint8_t owner, uint8_t flags)
{
	struct receipt receipt = receipt_of(order, lane);
	receipt.limit = lane == LANE_NONE ? 0 : 50;
	receipt.owner_scope = owner;
	receipt.flags |= flags;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
}

static void says_nothing(uint64_t order)
{
	assert_int_equal(tell(order), CODE_ROWS);
	if (strstr(told, "lease") != NULL)
		fail_msg("expected no lease in: %s", told);
}

static void the_lease_whose_limit_refused_an_order_is_named(void **state)
{
	(void)state;
	turn_write(1);
	decision_write(41, LANE_MAX_ORDER_QUANTITY, SCOPE_ACCOUNT, 0);
	lease_write(3, SCOPE_ACCOUNT, 17, SYMBOL_NONE, LIMIT_max_order_quantity, 5000);
	turn_write(2);
	decision_write(42, LANE_MAX_ORDER_QUANTITY, SCOPE_ACCOUNT, 0);
	lease_end_write(3);
	decision_write(43, LANE_MAX_ORDER_QUANTITY, SCOPE_ACCOUNT, 0);
	says_nothing(41);
	assert_int_equal(tell(42), CODE_ROWS);
	says("  that limit was raised by lease 3: account 17 max_order_quantity is 5000 shares "
	     "until "
	     "2019-01-29T21:30:01.000000Z, by uid 0 and uid 1001: a large client");
	says_nothing(43);
}

/* Of another scope, another limit or another account. */
static void a_lease_that_is_not_what_refused_is_not_named(void **state)
{
	(void)state;
	turn_write(1);
	lease_write(1, SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_max_order_quantity, 5000);
	lease_write(2, SCOPE_ACCOUNT, 18, SYMBOL_NONE, LIMIT_max_order_quantity, 5000);
	lease_write(3, SCOPE_ACCOUNT, 17, SYMBOL_NONE, LIMIT_collar, 5000);
	decision_write(42, LANE_MAX_ORDER_QUANTITY, SCOPE_ACCOUNT, 0);
	says_nothing(42);
}

static void each_lease_that_stood_for_an_order_that_passed_is_named(void **state)
{
	(void)state;
	turn_write(1);
	lease_write(1, SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_credit, 50000);
	lease_write(2, SCOPE_ACCOUNT, 18, SYMBOL_NONE, LIMIT_credit, 40000);
	lease_write(3, SCOPE_SYMBOL, 0, 0, LIMIT_collar, 51);
	lease_write(4, SCOPE_SYMBOL, 0, 1, LIMIT_collar, 52);
	lease_write(5, SCOPE_ACCOUNT_SYMBOL, 17, 0, LIMIT_collar, 53);
	lease_write(6, SCOPE_ACCOUNT_SYMBOL, 17, 1, LIMIT_collar, 54);
	lease_write(7, SCOPE_ACCOUNT_SYMBOL, 18, 0, LIMIT_collar, 55);
	lease_write(8, SCOPE_SESSION, 2, SYMBOL_NONE, LIMIT_order_rate, 7);
	lease_write(9, SCOPE_SESSION, 3, SYMBOL_NONE, LIMIT_order_rate, 7);
	lease_write(10, SCOPE_STRATEGY, 3, SYMBOL_NONE, LIMIT_max_loss, 10000);
	lease_write(11, SCOPE_STRATEGY, 4, SYMBOL_NONE, LIMIT_max_loss, 10000);
	lease_write(12, SCOPE_ACCOUNT, 17, SYMBOL_NONE, LIMIT_collar, 56);
	lease_end_write(12);
	decision_write(42, LANE_NONE, SCOPE_COUNT, 0);
	assert_int_equal(tell(42), CODE_ROWS);
	says("  a limit of it was raised then by lease 1: firm credit is 5.00 USD until");
	static const bool names[] = {
		[1] = true, [3] = true, [5] = true, [8] = true, [10] = true, [12] = false};
	for (unsigned i = 1; i < ARRAY_COUNT(names); i++) {
		char part[24];
		snprintf(part, sizeof part, "lease %u:", i);
		if ((strstr(told, part) != NULL) != names[i])
			fail_msg("%s %s in: %s", names[i] ? "expected" : "expected no", part, told);
	}
}

/* A lane that looks at two limits names the lease of the one that it was; a part of the capital comes from the capital too. */
static void a_lease_of_the_second_limit_of_a_lane_is_named(void **state)
{
	static const struct {
		uint8_t lane, flags, first, second;
	} rows[] = {
		{LANE_MAX_ORDER_QUANTITY, RECEIPT_SECOND, LIMIT_max_order_quantity,
			LIMIT_max_order_quantity_extended},
		{LANE_GROSS_EXPOSURE, RECEIPT_SECOND, LIMIT_max_gross_exposure, LIMIT_max_leverage},
		{LANE_GROSS_EXPOSURE, RECEIPT_SECOND, LIMIT_max_gross_exposure, LIMIT_capital},
		{LANE_PORTFOLIO_RISK, RECEIPT_SECOND, LIMIT_max_stress, LIMIT_capital},
		{LANE_PORTFOLIO_RISK, 0, LIMIT_capital, LIMIT_max_stress},
		{LANE_CONCENTRATION, RECEIPT_SECOND, LIMIT_capital, LIMIT_max_sector_share},
		{LANE_VOLUME_SHARE, 0, LIMIT_max_outstanding_share, LIMIT_max_adv_share},
		{LANE_CREDIT, 0, LIMIT_max_loss, LIMIT_credit},
		{LANE_ACCOUNT_RATE, 0, LIMIT_exit_rate, LIMIT_order_rate},
	};
	(void)state;
	turn_write(1);
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		lease_write(100 + i, SCOPE_ACCOUNT, 17, SYMBOL_NONE, rows[i].first, 5);
		decision_write(42 + 2 * i, rows[i].lane, SCOPE_ACCOUNT, rows[i].flags);
		lease_end_write(100 + i);
		lease_write(200 + i, SCOPE_ACCOUNT, 17, SYMBOL_NONE, rows[i].second, 5);
		decision_write(43 + 2 * i, rows[i].lane, SCOPE_ACCOUNT, rows[i].flags);
		lease_end_write(200 + i);
		says_nothing(42 + 2 * i);
		assert_int_equal(tell(43 + 2 * i), CODE_ROWS);
		says("that limit was raised by lease 2");
	}
}

static void what_gives_a_lease_up_begins_none_and_an_unknown_limit_is_none(void **state)
{
	const struct lease_record undone = {
		.number = 1, .word = LEASE_UNDONE, .limit = LIMIT_credit};
	(void)state;
	turn_write(1);
	record_write(RECORD_LEASE, &undone, sizeof undone);
	lease_write(2, SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_COUNT, 5);
	decision_write(42, LANE_NONE, SCOPE_COUNT, 0);
	says_nothing(42);
}

static void of_more_leases_than_there_is_room_for_the_last_are_told(void **state)
{
	(void)state;
	turn_write(1);
	for (uint32_t i = 1; i <= STORY_LEASE_COUNT_MAX + 1; i++) {
		lease_write(i, SCOPE_FIRM, 0, SYMBOL_NONE, LIMIT_credit, 5);
		if (i <= STORY_LEASE_COUNT_MAX)
			lease_end_write(i);
	}
	decision_write(42, LANE_CREDIT, SCOPE_FIRM, 0);
	assert_int_equal(tell(42), CODE_ROWS);
	says("raised by lease 257: firm credit");
	assert_null(strstr(strstr(told, "lease 257") + 1, "lease"));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(the_lease_whose_limit_refused_an_order_is_named),
		ONE(a_lease_that_is_not_what_refused_is_not_named),
		ONE(each_lease_that_stood_for_an_order_that_passed_is_named),
		ONE(a_lease_of_the_second_limit_of_a_lane_is_named),
		ONE(what_gives_a_lease_up_begins_none_and_an_unknown_limit_is_none),
		ONE(of_more_leases_than_there_is_room_for_the_last_are_told),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.lease_tell", tests, NULL, NULL);
}
