/* What the venue says, and what is held meanwhile.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

static int64_t working(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty;
}

static void a_replace_under_way_still_holds_its_size_when_the_original_shrinks(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), more = rig_replace(1, 2, 150, 1630100);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	struct ouch_in second = rig_pass(rig, 0, &more);
	assert_int_equal(working(rig), 150);
	rig_cancelled(rig, first.ref, 40, 'U');
	assert_int_equal(working(rig), 150); /* the venue may take the replace at its full size */
	rig_execute(rig, &first, 20, 1630000);
	assert_int_equal(working(rig), 130);
	assert_int_equal(
		rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4, 130ll * 1630100);
	struct ouch_out reject = {.type = 'J', .ref = second.ref, .reject_code = 0x15};
	rig_answer(rig, &reject);
	assert_int_equal(working(rig), 40);
	assert_int_equal(
		rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4, 40ll * 1630000);
}

static void a_replace_larger_than_an_original_accepted_smaller_keeps_its_hold(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), more = rig_replace(1, 2, 150, 1630000);
	struct ouch_in first = rig_pass(rig, 0, &order);
	rig_pass(rig, 0, &more); /* a replace of an order without an answer yet may go */
	first.qty = 50;
	rig_accept(rig, &first);
	assert_int_equal(working(rig), 150);
}

static void a_replace_whose_original_waits_for_another_is_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), one = rig_replace(1, 2, 150, 1630000),
		       two = rig_replace(1, 3, 160, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	rig_pass(rig, 0, &one);
	assert_int_equal(rig_refuse(rig, 0, &two), LANE_DUPLICATE_ID);
	assert_int_equal(working(rig), 150);
}

/* Longer than any stack would bear, were it walked by calls. */
static void a_chain_of_replaces_without_answers_dies_with_its_first_order(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass(rig, 0, &order);
	for (uint32_t i = 2; i < 1000; i++) {
		struct ouch_in next = rig_replace(i - 1, i, 100, 1630000 - 100 * (i % 300));
		rig_pass(rig, 0, &next);
		rig_poll(rig, 10000000);
	}
	assert_true(working(rig) >= 100);
	rig_accept(rig, &first);
	rig_execute(rig, &first, 100, 1630000);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(working(rig), 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_unanswered), 0);
}

static void an_order_replaced_by_a_number_we_lost_is_adopted_in_its_place(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &first, 30, 1630000);
	rig->clients[0].count = 0;
	struct ouch_in lost = rig_replace(1, first.ref + 7, 170, 1630000);
	lost.original_ref = first.ref;
	lost.qty = 140; /* open at the venue */
	lost.symbol = symbol_pack("AAPL");
	memcpy(lost.clordid, "01100000000099", 14);
	rig_accept(rig, &lost);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'C');
	assert_int_equal(told.ref, 1);
	assert_int_equal(told.qty, 70);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(working(rig), 140);
	rig_execute(rig, &lost, 140, 1630000);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 170);
	assert_int_equal(working(rig), 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_unknown), 0);
}

static void a_replacement_of_two_unknown_numbers_is_adopted_alone(void **state)
{
	struct rig *rig = *state;
	struct ouch_in lost = rig_replace(1, 4001, 170, 1630000);
	lost.original_ref = 4000;
	lost.symbol = symbol_pack("AAPL");
	memcpy(lost.clordid, "01100000000099", 14);
	rig_accept(rig, &lost);
	assert_int_equal(working(rig), 170);
	rig_cancelled(rig, 4001, 170, 'U');
	assert_int_equal(working(rig), 0);
}

/* The process dies between a decision and the word that it was handed over. */
static void an_order_decided_and_perhaps_sent_is_counted_as_sent(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_pass(rig, 0, &order);
	uint64_t at = 0, end = 0;
	for (; at < rig->record_bytes; at += ((struct record *)(rig->records + at))->size_bytes) {
		if (((struct record *)(rig->records + at))->type == RECORD_SENT)
			end = at;
	}
	rig->record_bytes = end;
	rig_restart(rig, false);
	const struct metrics *metrics = &rig->region->metrics;
	assert_int_equal(metrics_get(metrics, METRIC_gate_sent), 1);
	assert_int_equal(metrics_get(metrics, METRIC_gate_unanswered), 1);
	assert_int_equal(working(rig), 100);
	rig->next_reference = 1; /* the venue never had it */
	rig_venue_up(rig);
	assert_int_equal(working(rig), 0);
	rig_client_up(rig, 0);
	assert_int_equal(rig->gate->fold->orders_sent, rig->gate->fold->orders_acked);
}

/* OUCH 5.0, Order Modified: a smaller size or another kind of sale. */
static void a_modified_order_is_as_the_venue_says(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1);
	order.side = 'S';
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	struct ouch_out modified = {.type = 'M', .ref = first.ref, .side = 'T', .qty = 60};
	rig_answer(rig, &modified);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'M');
	assert_int_equal(told.ref, 1);
	assert_int_equal(told.qty, 60);
	const struct fold *fold = rig->gate->fold;
	assert_int_equal(fold->orders.slots[fold->orders.open_head].wire_side, 'T');
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.working_sell_qty, 60);
	assert_int_equal(row.working_sell_value_e4, 60ll * 1630000);
	/* A venue that makes it larger, or a buy, is counted; the larger is held for. */
	modified.qty = 80;
	rig_answer(rig, &modified);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_sell_qty, 80);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_unknown), 1);
	modified.side = 'B';
	rig_answer(rig, &modified);
	modified.side = '?';
	rig_answer(rig, &modified);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_unknown), 3);
	assert_int_equal(fold->orders.slots[fold->orders.open_head].wire_side, 'T');
	modified.qty = 0;
	modified.side = 'T';
	rig_answer(rig, &modified);
	assert_int_equal(fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_sell_qty, 0);
}

/* OUCH 5.0, Order Priority Update: an order that was priced to comply goes back to its limit. */
static void a_moved_order_holds_at_its_new_price_and_has_a_new_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass(rig, 0, &order);
	first.price_e4 = 1629900;
	rig_accept(rig, &first);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(
		rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4, 100ll * 1629900);
	struct ouch_out moved = {.type = 'T',
		.ref = first.ref,
		.price_e4 = 1630000,
		.display = 'Y',
		.order_reference = 99};
	rig_answer(rig, &moved);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'T');
	assert_int_equal(told.ref, 1);
	assert_int_equal(told.order_reference, 99);
	const struct fold *fold = rig->gate->fold;
	assert_int_equal(fold->orders.slots[fold->orders.open_head].order_reference, 99);
	assert_int_equal(
		rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4, 100ll * 1630000);
}

/* Told to the client, under its own number; nothing else moves. */
static void what_only_the_client_must_know_is_passed_on(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	for (const char *type = "PRI"; *type != '\0'; type++) {
		struct ouch_out told, out = {.type = (uint8_t)*type, .ref = first.ref, .code = 'R'};
		rig_answer(rig, &out);
		assert_true(rig_client_got(rig, 0, &told));
		assert_int_equal(told.type, *type);
		assert_int_equal(told.ref, 1);
	}
	assert_int_equal(working(rig), 100);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_unknown), 0);
}

static void a_self_match_takes_off_what_it_says(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told, out = {.type = 'D', .qty = 30, .code = 'Q', .qty_prevented = 30};
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	out.ref = first.ref;
	rig_answer(rig, &out);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'D');
	assert_int_equal(working(rig), 70);
	out.qty = 70;
	rig_answer(rig, &out);
	assert_int_equal(working(rig), 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

/* A live order that the venue rejects after all is gone; every code is passed on as it came. */
static void every_reject_code_reaches_the_client(void **state)
{
	struct rig *rig = *state;
	uint32_t ref = 0;
	for (uint16_t code = 0; code <= 0x34; code++) {
		struct ouch_out told;
		struct ouch_in order = rig_order(++ref);
		struct ouch_in first = code % 2 != 0 ? rig_pass(rig, 0, &order)
						     : rig_pass_and_accept(rig, 0, &order);
		struct ouch_out reject = {.type = 'J', .ref = first.ref, .reject_code = code};
		rig_answer(rig, &reject);
		assert_true(rig_client_got(rig, 0, &told));
		assert_int_equal(told.type, 'J');
		assert_int_equal(told.ref, ref);
		assert_int_equal(told.reject_code, code);
		assert_int_equal(working(rig), 0);
		rig_poll(rig, 1000000000);
	}
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ANSWER_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		ANSWER_TEST(a_replace_under_way_still_holds_its_size_when_the_original_shrinks),
		ANSWER_TEST(a_replace_larger_than_an_original_accepted_smaller_keeps_its_hold),
		ANSWER_TEST(a_replace_whose_original_waits_for_another_is_refused),
		ANSWER_TEST(a_chain_of_replaces_without_answers_dies_with_its_first_order),
		ANSWER_TEST(an_order_replaced_by_a_number_we_lost_is_adopted_in_its_place),
		ANSWER_TEST(a_replacement_of_two_unknown_numbers_is_adopted_alone),
		ANSWER_TEST(a_modified_order_is_as_the_venue_says),
		ANSWER_TEST(a_moved_order_holds_at_its_new_price_and_has_a_new_name),
		ANSWER_TEST(what_only_the_client_must_know_is_passed_on),
		ANSWER_TEST(a_self_match_takes_off_what_it_says),
		ANSWER_TEST(every_reject_code_reaches_the_client),
		ANSWER_TEST(an_order_decided_and_perhaps_sent_is_counted_as_sent),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.answer", tests, NULL, NULL);
}
