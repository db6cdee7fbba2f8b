/* What rests when an order is refused SELF_TRADE: each mode, through the whole gate.  Each test ends by replaying
   itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

static enum self_trade_mode mode;

static void set_mode(struct site_config *site)
{
	for (uint32_t i = 0; i < site->account_count; i++) {
		strcpy(site->accounts[i].self_trade_group, "desk");
		site->accounts[i].self_trade_mode = (uint8_t)mode;
	}
}

static struct rig *open_as(enum self_trade_mode wanted)
{
	static const struct rig_hooks hooks = {.site = set_mode};
	mode = wanted;
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	return rig;
}

static struct ouch_in sale(uint32_t ref, uint64_t price_e4)
{
	struct ouch_in order = rig_order(ref);
	order.side = 'T';
	order.price_e4 = price_e4;
	return order;
}

static struct ouch_in buy(uint32_t ref, uint32_t qty, uint64_t price_e4)
{
	struct ouch_in order = rig_order(ref);
	order.price_e4 = price_e4;
	order.qty = qty;
	return order;
}

/* rig_refuse would have the venue hear nothing. */
static void is_refused(struct rig *rig, uint32_t client, struct ouch_in order)
{
	struct ouch_out told;
	struct receipt receipt;
	rig_send(rig, client, &order);
	assert_true(rig_client_got(rig, client, &told));
	assert_int_equal(told.type, 'J');
	assert_int_equal(told.ref, order.ref);
	assert_true(rig_receipt(rig, &receipt));
	assert_string_equal(lane_name(receipt.lane), "SELF_TRADE");
	rig_poll(rig, 1000);
}

/* The gate asks the venue to cut an order to a total; 0: to cancel it. */
static void is_cut(struct rig *rig, uint32_t venue_ref, uint32_t total)
{
	struct ouch_in got;
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, 'X');
	assert_int_equal(got.ref, venue_ref);
	assert_int_equal(got.qty, total);
}

static void venue_heard_nothing(struct rig *rig)
{
	struct ouch_in got;
	assert_false(rig_venue_got(rig, &got));
}

/* The venue cancels, and the client is told that it was for a self-trade (OUCH 5.0, cancel reasons). */
static void is_cancelled(struct rig *rig, uint32_t client, uint32_t venue_ref, uint32_t qty)
{
	struct ouch_out told;
	rig_cancelled(rig, venue_ref, qty, 'U');
	assert_true(rig_client_got(rig, client, &told));
	assert_int_equal(told.type, 'C');
	assert_int_equal(told.code, 'Q');
	assert_int_equal(told.qty, qty);
}

static void the_newest_alone_is_refused(void **state)
{
	(void)state;
	struct rig *rig = open_as(SELF_TRADE_CANCEL_NEWEST);
	struct ouch_in resting = sale(1, 1630200);
	rig_pass_and_accept(rig, 0, &resting);
	is_refused(rig, 0, buy(2, 100, 1630200));
	venue_heard_nothing(rig);
	rig_close(rig);
}

static void the_oldest_are_cancelled_and_the_newest_passes_when_they_are_gone(void **state)
{
	(void)state;
	struct rig *rig = open_as(SELF_TRADE_CANCEL_OLDEST);
	struct ouch_in near = sale(1, 1630200), between = sale(1, 1630300), far = sale(2, 1630400);
	struct ouch_in at = buy(4, 100, 1630300), later = buy(5, 100, 1630300);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &near);
	struct ouch_in second = rig_pass_and_accept(rig, 1, &between);
	rig_pass_and_accept(rig, 0, &far);
	is_refused(rig, 0, buy(3, 100, 1630300));
	is_cut(rig, first.ref, 0);
	is_cut(rig, second.ref, 0);
	venue_heard_nothing(rig);
	/* Asked for and not answered, they may still trade: refused again, and asked for once. */
	is_refused(rig, 0, at);
	is_cancelled(rig, 0, first.ref, 100);
	is_cancelled(rig, 1, second.ref, 100);
	venue_heard_nothing(rig);
	rig_pass(rig, 0, &later);
	rig_close(rig);
}

static void a_replace_that_is_refused_keeps_its_original_or_loses_it_too(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *rig =
			open_as(i == 0 ? SELF_TRADE_CANCEL_OLDEST : SELF_TRADE_CANCEL_BOTH);
		struct ouch_in resting = sale(1, 1630200), below = buy(2, 100, 1630100);
		struct ouch_in first = rig_pass_and_accept(rig, 0, &resting);
		struct ouch_in second = rig_pass_and_accept(rig, 0, &below);
		is_refused(rig, 0, rig_replace(2, 3, 100, 1630200));
		is_cut(rig, first.ref, 0);
		if (i == 1)
			is_cut(rig, second.ref, 0);
		venue_heard_nothing(rig);
		rig_close(rig);
	}
}

static void the_keenest_gives_up_what_the_newest_would_have_had(void **state)
{
	(void)state;
	struct rig *rig = open_as(SELF_TRADE_DECREMENT);
	struct ouch_in near = sale(1, 1630200), far = sale(2, 1630300);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &near);
	struct ouch_in second = rig_pass_and_accept(rig, 0, &far);
	is_refused(rig, 1, buy(1, 30, 1630300));
	is_cut(rig, first.ref, 70);
	/* Not answered yet, and given up already. */
	is_refused(rig, 1, buy(2, 20, 1630300));
	is_cut(rig, first.ref, 50);
	is_cancelled(rig, 0, first.ref, 30);
	is_cancelled(rig, 0, first.ref, 20);
	/* What was executed is not given up again: 40 are left, of a total of 50. */
	rig_execute(rig, &first, 10, 1630200);
	struct ouch_out told;
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'E');
	is_refused(rig, 1, buy(3, 39, 1630300));
	is_cut(rig, first.ref, 11);
	is_cancelled(rig, 0, first.ref, 39);
	is_refused(rig, 1, buy(4, 1, 1630300));
	is_cut(rig, first.ref, 0);
	is_refused(rig, 1, buy(5, 1, 1630300));
	venue_heard_nothing(rig);
	is_cancelled(rig, 0, first.ref, 1);
	is_refused(rig, 1, buy(6, 1000, 1630300));
	is_cut(rig, second.ref, 0);
	is_cancelled(rig, 0, second.ref, 100);
	struct ouch_in last = buy(7, 100, 1630300);
	rig_pass(rig, 1, &last);
	rig_close(rig);
}

/* An order that would not have passed anyway takes nothing away from others. */
static void what_is_refused_for_another_reason_too_moves_nothing(void **state)
{
	(void)state;
	struct rig *rig = open_as(SELF_TRADE_CANCEL_BOTH);
	struct ouch_in resting = sale(1, 1630200), odd = buy(2, 100, 1630250);
	struct receipt receipt;
	rig_pass_and_accept(rig, 0, &resting);
	assert_int_equal(rig_refuse(rig, 0, &odd), LANE_TICK_SIZE);
	assert_true(rig_receipt(rig, &receipt));
	assert_true(receipt.mask >> LANE_SELF_TRADE & 1);
	rig_poll(rig, 1000);
	venue_heard_nothing(rig);
	rig_close(rig);
}

static void few_cancels(struct limit_row *row, uint32_t account)
{
	(void)account;
	row->limits[LIMIT_cancel_rate].burst = 1;
	row->limits[LIMIT_cancel_rate].value = 1;
}

static void each_refused_order_takes_a_cancel_token_or_moves_nothing(void **state)
{
	(void)state;
	struct rig *rig = open_as(SELF_TRADE_DECREMENT);
	struct ouch_in resting = sale(1, 1630200);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &resting);
	rig_limits(rig, few_cancels);
	is_refused(rig, 0, buy(2, 30, 1630200));
	is_cut(rig, first.ref, 70);
	is_refused(rig, 0, buy(3, 30, 1630200));
	venue_heard_nothing(rig);
	rig_close(rig);
}

/* A cancel that a broken connection kept back is sent again; a smaller size was a wish of that moment, and nobody is
   told that it failed, for nobody asked. */
static void a_cancel_outlives_the_connection(void **state)
{
	(void)state;
	struct rig *rig = open_as(SELF_TRADE_CANCEL_OLDEST);
	struct ouch_in resting = sale(1, 1630200), got;
	struct ouch_in first = rig_pass_and_accept(rig, 0, &resting);
	rig_restart(rig, true);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	while (rig_venue_got(rig, &got))
		;
	is_refused(rig, 0, buy(2, 100, 1630200));
	is_cut(rig, first.ref, 0);
	rig_venue_cut(rig);
	rig_venue_up(rig);
	is_cut(rig, first.ref, 0);
	rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_alone_is_refused),
		cmocka_unit_test(the_oldest_are_cancelled_and_the_newest_passes_when_they_are_gone),
		cmocka_unit_test(a_replace_that_is_refused_keeps_its_original_or_loses_it_too),
		cmocka_unit_test(the_keenest_gives_up_what_the_newest_would_have_had),
		cmocka_unit_test(what_is_refused_for_another_reason_too_moves_nothing),
		cmocka_unit_test(each_refused_order_takes_a_cancel_token_or_moves_nothing),
		cmocka_unit_test(a_cancel_outlives_the_connection),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.prevention", tests, NULL, NULL);
}
