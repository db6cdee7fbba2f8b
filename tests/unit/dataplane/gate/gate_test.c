/* The whole gate: client to venue and back, limits, questions.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

#include "tests/unit/dataplane/gate/ready.h"

static void an_order_goes_to_the_venue_under_our_number_and_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(7);
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	struct receipt receipt;
	assert_int_equal(at_venue.type, 'O');
	assert_int_equal(at_venue.qty, 100);
	assert_int_equal(at_venue.price_e4, 1630000);
	assert_int_equal(at_venue.symbol, symbol_pack("AAPL"));
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.flags & RECEIPT_PASSED, RECEIPT_PASSED);
	assert_int_equal(receipt.lane, LANE_NONE);
	assert_int_equal(receipt.account, RIG_ACCOUNT);
	assert_int_equal(receipt.venue_ref, at_venue.ref);
	assert_memory_equal(at_venue.clordid, "01100000000001", 14);
	assert_int_equal(at_venue.options.value[2], 'F' << 24 | 'I' << 16 | 'R' << 8 | 'M');
}

static void the_answer_comes_back_under_the_clients_number_and_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(7);
	struct ouch_in at_venue = rig_pass(rig, 0, &order);
	rig_accept(rig, &at_venue);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'A');
	assert_int_equal(told.ref, 7);
	assert_memory_equal(told.clordid, order.clordid, 14);
	assert_false(rig_client_got(rig, 1, &told));
}

static void a_fill_turns_working_into_position(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.working_buy_qty, 100);
	assert_int_equal(row.working_buy_value_e4, 163000000);
	rig_execute(rig, &at_venue, 30, 1629900);
	row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, 30);
	assert_int_equal(row.working_buy_qty, 70);
	rig_execute(rig, &at_venue, 70, 1630000);
	row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, 100);
	assert_int_equal(row.working_buy_qty, 0);
	assert_int_equal(row.working_buy_value_e4, 0);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void a_fill_above_what_was_open_still_counts(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &at_venue, 130, 1630000);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 130);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_unknown), 1);
}

static void a_cancel_reaches_the_venue_once_and_its_answer_releases(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1), cancel = rig_cancel(1, 0), again;
	struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
	struct ouch_in cancelling = rig_pass(rig, 0, &cancel);
	assert_int_equal(cancelling.type, 'X');
	assert_int_equal(cancelling.ref, at_venue.ref);
	rig_send(rig, 0, &cancel);
	assert_false(rig_venue_got(rig, &again));
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'C');
	assert_int_equal(told.ref, 1);
	assert_int_equal(told.qty, 100);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
}

static void a_client_sees_and_cancels_only_its_own(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in order = rig_order(1), cancel = rig_cancel(1, 0), at_venue;
	rig_pass_and_accept(rig, 0, &order);
	rig_send(rig, 1, &cancel);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_false(rig_client_got(rig, 1, &told));
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

static void a_replace_holds_the_larger_of_both_until_it_is_answered(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), more = rig_replace(1, 2, 150, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in at_venue = rig_pass(rig, 0, &more);
	assert_int_equal(at_venue.type, 'U');
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 150);
	rig_accept(rig, &at_venue);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 150);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	rig->clients[0].count = 0;
	struct ouch_in less = rig_replace(2, 3, 40, 1629900);
	at_venue = rig_pass(rig, 0, &less);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 150);
	rig_accept(rig, &at_venue);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 40);
	assert_int_equal(
		rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4, 40ll * 1629900);
}

static void a_fill_that_crosses_a_replace_leaves_no_share_unaccounted(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), dearer = rig_replace(1, 2, 120, 1630100);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	struct ouch_in second = rig_pass(rig, 0, &dearer);
	rig_execute(rig, &first, 60, 1630000);
	second.qty = 60; /* the venue says what is open: 120 of the chain less 60 executed */
	rig_accept(rig, &second);
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.position, 60);
	assert_int_equal(row.working_buy_qty, 60);
	assert_int_equal(row.working_buy_value_e4, 60ll * 1630100);
	rig_execute(rig, &second, 60, 1630100);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4, 0);
}

static void a_replace_of_an_order_that_filled_first_dies_with_it(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 200, 1630000);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	rig_pass(rig, 0, &replace);
	rig_execute(rig, &first, 100, 1630000);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_unanswered), 0);
}

static void a_rejected_replace_leaves_the_original_as_it_was(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 200, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in at_venue = rig_pass(rig, 0, &replace);
	struct ouch_out reject = {.type = 'J', .ref = at_venue.ref, .reject_code = 0x15};
	rig_answer(rig, &reject);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	struct ouch_in again = rig_replace(1, 3, 50, 1630000);
	rig->clients[0].count = 0;
	rig_pass(rig, 0, &again);
}

static void a_number_not_above_the_last_is_ignored_without_a_word(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(5), same = rig_order(5), lower = rig_order(4), at_venue;
	struct ouch_out told;
	rig_pass_and_accept(rig, 0, &order);
	rig_send(rig, 0, &same);
	rig_send(rig, 0, &lower);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_false(rig_client_got(rig, 0, &told));
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_orders_ignored), 2);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_conservation_residue), 0);
}

static void an_account_is_named_by_firm_or_by_the_session(void **state)
{
	struct rig *rig = *state;
	struct receipt receipt;
	struct ouch_in order = rig_order(1);
	order.options.present = 1u << 2 | 1u << 24;
	order.options.value[2] = 'A' << 24 | 'C' << 16 | '1' << 8 | '8';
	order.options.value[24] = RIG_OTHER_STRATEGY;
	rig_pass(rig, 0, &order);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.account, RIG_OTHER_ACCOUNT);
	assert_int_equal(receipt.strategy, RIG_OTHER_STRATEGY);
	order = rig_order(2);
	order.options.present = 1u << 2;
	order.options.value[2] = 'N' << 24 | 'O' << 16 | 'N' << 8 | 'E';
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_UNKNOWN_ACCOUNT);
}

static void what_the_gate_cannot_judge_is_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_in pegged = rig_order(1), cross = rig_order(2), iso = rig_order(3),
		       unknown = rig_order(4);
	pegged.options.present = 1u << 6;
	pegged.options.value[6] = 'M';
	assert_int_equal(rig_refuse(rig, 0, &pegged), LANE_NOT_SUPPORTED);
	cross.cross_type = 'O';
	assert_int_equal(rig_refuse(rig, 0, &cross), LANE_NOT_SUPPORTED);
	iso.iso = 'Y';
	assert_int_equal(rig_refuse(rig, 0, &iso), LANE_NOT_SUPPORTED);
	unknown.symbol = symbol_pack("NOPE");
	assert_int_equal(rig_refuse(rig, 0, &unknown), LANE_UNKNOWN_SYMBOL);
}

static void tighten(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_order_quantity].value = 99;
}

static void an_absurd_word_of_the_venue_stops_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_out orphan = {.type = 'A',
		.ref = 0,
		.side = 'B',
		.qty = 70,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = 1630000,
		.order_state = 'L'};
	memcpy(orphan.clordid, "0110000000BEEF", 14);
	rig_answer(rig, &orphan);
	orphan.ref = 7000;
	orphan.qty = UINT32_MAX;
	orphan.price_e4 = UINT64_MAX;
	rig_answer(rig, &orphan);
	assert_true(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_value_e4 > 0);
	struct ouch_out fill = {
		.type = 'E', .ref = 7000, .qty = UINT32_MAX, .price_e4 = UINT64_MAX, .match = 1};
	rig_answer(rig, &fill);
	rig_answer(rig, &fill);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, UINT32_MAX);
}

static void an_epoch_half_taken_from_a_control_that_died_does_not_block_the_next(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = &rig->control->banks[0];
	memcpy(bank, &rig->control->banks[1], sizeof *bank);
	bank->epoch = 2;
	bank->row_count = 200;
	for (uint32_t i = 5; i < 200; i++)
		bank->rows[i] = bank->rows[0];
	atomic_store(&rig->control->limits_epoch, 2);
	gate_poll(rig->gate, rig->now_ns += 1000); /* takes the first rows only */
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 1);
	struct config_error error = {{0}};
	int fd;
	struct control_region *next = region_create_control(&fd, &rig->site, &error);
	assert_non_null(next);
	memcpy(&next->banks[1], &rig->control->banks[1], sizeof next->banks[1]);
	next->banks[1].epoch = 3;
	next->banks[1].hash[0] = 99;
	atomic_store(&next->limits_epoch, 3);
	gate_attach(rig->gate, next);
	rig_poll(rig, 1000);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 3);
	gate_attach(rig->gate, rig->control);
	atomic_store(&rig->control->limits_epoch, 0);
	rig_poll(rig, 1000);
	region_leave(next);
	close(fd);
}

static void limits_come_in_force_whole_and_are_named_in_the_receipt(void **state)
{
	struct rig *rig = *state;
	struct receipt receipt;
	struct ouch_in order = rig_order(1);
	rig_limits(rig, tighten);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_MAX_ORDER_QUANTITY);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.epoch, 2);
	assert_int_equal(receipt.usage, 100);
	assert_int_equal(receipt.limit, 99);
	assert_int_equal(receipt.owner_scope, SCOPE_ACCOUNT);
	order.ref = 2;
	order.qty = 99;
	rig_pass(rig, 0, &order);
}

static void before_limits_are_loaded_nothing_may_trade(void **state)
{
	struct rig *rig = rig_open();
	struct ouch_in order = rig_order(1);
	(void)state;
	rig->next_reference = 1;
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_NOT_CONFIGURED);
	rig_limits(rig, NULL);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	order.ref = 2;
	rig_pass(rig, 0, &order);
	rig_close(rig);
}

static void tight(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_long_position].value = 200;
}

static void a_limit_that_fills_is_told_at_each_mark(void **state)
{
	struct rig *rig = *state;
	struct gate_page *page = &rig->region->gate;
	rig_limits(rig, tight);
	rig_poll(rig, 2000000);
	uint64_t before = atomic_load(&page->usage_count);
	struct ouch_in order = rig_order(1);
	rig_pass(rig, 0, &order);
	rig_poll(rig, 2000000);
	assert_true(atomic_load(&page->usage_count) > before);
	const struct usage_row *row = &page->usage[before % USAGE_EVENT_COUNT];
	assert_int_equal(row->lane, LANE_POSITION_LONG);
	assert_int_equal(row->usage, 100);
	assert_int_equal(row->limit, 200);
}

static void questions_are_answered_in_pages(void **state)
{
	struct rig *rig = *state;
	struct mailbox_request request = {.kind = REQUEST_ORDERS};
	for (uint32_t i = 1; i <= 70; i++) {
		struct ouch_in order = rig_order(i);
		order.price_e4 -= 100 * i;
		rig_pass_and_accept(rig, 0, &order);
	}
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, MAILBOX_ROW_COUNT);
	assert_int_equal(((const struct order_row *)answer->rows[0])->order_id, 1);
	request.cursor = answer->next;
	assert_int_not_equal(request.cursor, 0);
	answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 6);
	assert_int_equal(answer->next, 0);
	assert_string_equal(((const struct order_row *)answer->rows[5])->state_name, "live");
	request = (struct mailbox_request){.kind = REQUEST_SESSIONS};
	answer = rig_ask(rig, &request);
	assert_int_equal(answer->row_count, 3);
	request.kind = 77;
	assert_int_equal(rig_ask(rig, &request)->code, EINVAL);
}

static void a_wrong_password_or_a_second_login_is_refused(void **state)
{
	struct rig *rig = *state;
	struct soup_login login = {.sequence = 1};
	uint8_t packet[SOUP_LOGIN_REQUEST_BYTES];
	memcpy(login.username, "USER1", 6);
	memcpy(login.password, "WRONG", 6);
	for (int i = 0; i < 2; i++) {
		uint32_t connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
		rig_poll(rig, 1000);
		stream_send(rig->peer_stream, connection, packet,
			soup_build_login_request(packet, &login));
		rig_poll(rig, 1000);
		memcpy(login.password, "PASS1", 6); /* right, but the session is up already */
	}
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_logins_refused), 2);
	struct ouch_in order = rig_order(1);
	rig_pass(rig, 0, &order);
}

static void messages_cut_anywhere_mean_the_same(void **state)
{
	struct rig *rig = *state;
	stream_sim_chunk(rig->net, 1, 7);
	for (uint32_t i = 1; i <= 20; i++) {
		struct ouch_in order = rig_order(i);
		order.price_e4 -= 100 * i;
		rig_pass_and_accept(rig, 0, &order);
	}
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_acked), 20);
}

static uint64_t clock_ns, clock_readings;

static uint64_t read_clock(void)
{
	clock_readings++;
	return clock_ns;
}

/* A millisecond of polls costs one reading, and whatever the clock did shows at the next. */
static void wall_time_goes_as_the_stage_does_until_the_clock_is_read_again(void **state)
{
	struct gate_wall wall = {0};
	const uint64_t wall_ns = UINT64_C(1548795600000000000), now_ns = 5000000;
	(void)state;
	clock_readings = 0;
	clock_ns = wall_ns;
	assert_int_equal(gate_wall_at(&wall, now_ns, read_clock), wall_ns);
	clock_ns = wall_ns + 3600 * UINT64_C(1000000000);
	assert_int_equal(gate_wall_at(&wall, now_ns + GATE_WALL_APART_NS - 1, read_clock),
		wall_ns + GATE_WALL_APART_NS - 1);
	assert_int_equal(clock_readings, 1);
	assert_int_equal(gate_wall_at(&wall, now_ns + GATE_WALL_APART_NS, read_clock), clock_ns);
	assert_int_equal(
		gate_wall_at(&wall, now_ns + GATE_WALL_APART_NS + 7, read_clock), clock_ns + 7);
	assert_int_equal(clock_readings, 2);
	/* Stepped back, it is followed back. */
	clock_ns = wall_ns - 1000;
	assert_int_equal(
		gate_wall_at(&wall, now_ns + 2 * GATE_WALL_APART_NS, read_clock), clock_ns);
	/* A poll that began before the last reading is told the clock, not a time of long ago or far ahead. */
	assert_int_equal(gate_wall_at(&wall, now_ns, read_clock), clock_ns);
	assert_int_equal(gate_wall_at(&wall, now_ns + 5, read_clock), clock_ns + 5);
	assert_int_equal(clock_readings, 4);
}

/* The clock is read in one turn of 17 that has events. */
static void how_long_an_order_takes_is_asked_now_and_then(void **state)
{
	struct rig *rig = *state;
	const struct histogram *judged = &rig->region->metrics.judge_ns,
			       *gone = &rig->region->metrics.gate_ns;
	uint64_t turns = rig->gate->turns_with_events;
	for (uint32_t i = 1; i <= 170; i++) {
		struct ouch_in order = rig_order(i);
		order.price_e4 += 100 * (i % 50);
		rig_send(rig, 0, &order);
	}
	turns = rig->gate->turns_with_events - turns;
	assert_true(turns >= 170);
	assert_in_range(judged->count, 1, (turns + 16) / 17);
	assert_in_range(gone->count, 1, judged->count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(an_order_goes_to_the_venue_under_our_number_and_name),
		GATE_TEST(the_answer_comes_back_under_the_clients_number_and_name),
		GATE_TEST(a_fill_turns_working_into_position),
		GATE_TEST(a_fill_above_what_was_open_still_counts),
		GATE_TEST(a_cancel_reaches_the_venue_once_and_its_answer_releases),
		GATE_TEST(a_client_sees_and_cancels_only_its_own),
		GATE_TEST(a_replace_holds_the_larger_of_both_until_it_is_answered),
		GATE_TEST(a_fill_that_crosses_a_replace_leaves_no_share_unaccounted),
		GATE_TEST(a_replace_of_an_order_that_filled_first_dies_with_it),
		GATE_TEST(a_rejected_replace_leaves_the_original_as_it_was),
		GATE_TEST(a_number_not_above_the_last_is_ignored_without_a_word),
		GATE_TEST(an_account_is_named_by_firm_or_by_the_session),
		GATE_TEST(what_the_gate_cannot_judge_is_refused),
		GATE_TEST(an_absurd_word_of_the_venue_stops_nothing),
		GATE_TEST(an_epoch_half_taken_from_a_control_that_died_does_not_block_the_next),
		GATE_TEST(limits_come_in_force_whole_and_are_named_in_the_receipt),
		cmocka_unit_test(before_limits_are_loaded_nothing_may_trade),
		GATE_TEST(a_limit_that_fills_is_told_at_each_mark),
		GATE_TEST(questions_are_answered_in_pages),
		GATE_TEST(a_wrong_password_or_a_second_login_is_refused),
		GATE_TEST(how_long_an_order_takes_is_asked_now_and_then),
		GATE_TEST(messages_cut_anywhere_mean_the_same),
		cmocka_unit_test(wall_time_goes_as_the_stage_does_until_the_clock_is_read_again),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.gate", tests, NULL, NULL);
}
