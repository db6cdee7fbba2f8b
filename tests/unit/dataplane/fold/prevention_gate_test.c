/* Orders that would trade with an own one, through the whole gate.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

static struct ouch_in sale(uint32_t ref, uint64_t price_e4)
{
	struct ouch_in order = rig_order(ref);
	order.side = 'T';
	order.price_e4 = price_e4;
	return order;
}

static struct ouch_in buy(uint32_t ref, uint64_t price_e4)
{
	struct ouch_in order = rig_order(ref);
	order.price_e4 = price_e4;
	return order;
}

/* CONTROLS, 20; what the venue has not answered yet counts like what rests there. */
static void an_order_that_would_trade_with_an_own_one_is_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in resting = sale(1, 1630200), below = buy(2, 1630100), at = buy(3, 1630200);
	struct receipt receipt;
	struct ouch_in sent = rig_pass(rig, 0, &resting);
	assert_true(rig_receipt(rig, &receipt));
	uint64_t resting_id = receipt.order_id;
	rig_pass_and_accept(rig, 0, &below);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.met_id, 0);
	assert_int_equal(rig_refuse(rig, 0, &at), LANE_SELF_TRADE);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.met_id, resting_id);
	rig_accept(rig, &sent);
	assert_true(rig_client_got(rig, 0, &told));
	at.ref = 4;
	assert_int_equal(rig_refuse(rig, 0, &at), LANE_SELF_TRADE);
	rig_cancelled(rig, sent.ref, 100, 'U');
	assert_true(rig_client_got(rig, 0, &told));
	at.ref = 5;
	rig_pass(rig, 0, &at);
}

/* Either of a replace's two prices may be the one that works. */
static void a_replace_under_way_stands_at_both_of_its_prices(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in resting = sale(1, 1630200), at = buy(3, 1630200), above = buy(4, 1630300);
	rig_pass_and_accept(rig, 0, &resting);
	struct ouch_in away = rig_replace(1, 2, 100, 1630300);
	struct ouch_in sent = rig_pass(rig, 0, &away);
	assert_int_equal(rig_refuse(rig, 0, &at), LANE_SELF_TRADE);
	rig_accept(rig, &sent);
	assert_true(rig_client_got(rig, 0, &told));
	at.ref = 5;
	above.ref = 6;
	rig_pass_and_accept(rig, 0, &at);
	assert_int_equal(rig_refuse(rig, 0, &above), LANE_SELF_TRADE);
	/* And a replace that comes to meet the buy is refused like a new order. */
	struct ouch_in nearer = rig_replace(2, 7, 100, 1630200);
	assert_int_equal(rig_refuse(rig, 0, &nearer), LANE_SELF_TRADE);
}

/* OUCH 5.0, Order Accepted: the price is the venue's word. */
static void an_order_stands_where_the_venue_accepted_it(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in between = sale(1, 1630400), resting = sale(2, 1630500);
	struct ouch_in below = buy(3, 1630200), at = buy(4, 1630300);
	rig_pass_and_accept(rig, 0, &between);
	struct ouch_in sent = rig_pass(rig, 0, &resting);
	struct ouch_out accepted = rig_accepted(&sent);
	accepted.price_e4 = 1630300;
	rig_answer(rig, &accepted);
	assert_true(rig_client_got(rig, 0, &told));
	rig_pass_and_accept(rig, 0, &below);
	assert_int_equal(rig_refuse(rig, 0, &at), LANE_SELF_TRADE);
}

/* Between one that is less keen and one that is keener than where they stood before. */
static void an_order_stands_where_the_venue_put_its_replacement_or_moved_it(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in between = sale(1, 1630600), resting = sale(2, 1630700);
	struct ouch_in below = buy(4, 1630400), at = buy(5, 1630500);
	rig_pass_and_accept(rig, 0, &between);
	rig_pass_and_accept(rig, 0, &resting);
	struct ouch_in away = rig_replace(2, 3, 100, 1630800);
	struct ouch_in sent = rig_pass(rig, 0, &away);
	struct ouch_out replaced = rig_accepted(&sent);
	replaced.price_e4 = 1630500;
	rig_answer(rig, &replaced);
	assert_true(rig_client_got(rig, 0, &told));
	rig_pass_and_accept(rig, 0, &below);
	assert_int_equal(rig_refuse(rig, 0, &at), LANE_SELF_TRADE);
	struct ouch_out moved = {.type = 'T', .ref = sent.ref, .price_e4 = 1630700, .display = 'Y'};
	rig_answer(rig, &moved);
	assert_true(rig_client_got(rig, 0, &told));
	at.ref = 6;
	rig_pass_and_accept(rig, 0, &at);
	at = buy(7, 1630600);
	assert_int_equal(rig_refuse(rig, 0, &at), LANE_SELF_TRADE);
}

static void group_both_accounts(struct site_config *site)
{
	strcpy(site->accounts[0].self_trade_group, "desk");
	strcpy(site->accounts[1].self_trade_group, "desk");
}

static void accounts_of_a_group_do_not_trade_with_each_other(void **state)
{
	static const struct rig_hooks hooks = {.site = group_both_accounts};
	rig_close(*state);
	struct rig *rig = rig_open_with(&hooks, NULL);
	*state = rig;
	rig_ready(rig);
	struct ouch_in resting = sale(1, 1630200), at = buy(1, 1630200);
	rig_pass_and_accept(rig, 0, &resting);
	assert_int_equal(rig_refuse(rig, 1, &at), LANE_SELF_TRADE);
}

/* Without a name in common, two accounts are two. */
static void accounts_of_no_group_are_apart(void **state)
{
	struct rig *rig = *state;
	struct ouch_in resting = sale(1, 1630200), at = buy(1, 1630200);
	rig_pass_and_accept(rig, 0, &resting);
	rig_pass(rig, 1, &at);
}

static void what_is_uncertain_may_still_trade(void **state)
{
	struct rig *rig = *state;
	struct ouch_in resting = sale(1, 1630200), at = buy(2, 1630200);
	rig_pass(rig, 0, &resting);
	rig_restart(rig, true);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(rig_refuse(rig, 0, &at), LANE_SELF_TRADE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define SELFTRADE_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		SELFTRADE_TEST(an_order_that_would_trade_with_an_own_one_is_refused),
		SELFTRADE_TEST(a_replace_under_way_stands_at_both_of_its_prices),
		SELFTRADE_TEST(an_order_stands_where_the_venue_accepted_it),
		SELFTRADE_TEST(an_order_stands_where_the_venue_put_its_replacement_or_moved_it),
		SELFTRADE_TEST(accounts_of_a_group_do_not_trade_with_each_other),
		SELFTRADE_TEST(accounts_of_no_group_are_apart),
		SELFTRADE_TEST(what_is_uncertain_may_still_trade),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.fold.selftrade_gate", tests, NULL, NULL);
}
