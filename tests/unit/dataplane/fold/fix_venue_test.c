/* fix_venue_test.c - a strategy of OUCH 5.0 at the gate and a venue of FIX behind it.  Each test ends by replaying
   itself.
   rooms: dataplane_gate */
#include "dataplane/gate/venue.h"
#include "tests/support/fix_peer_table.h"
#include "tests/support/truth_bits.h"

static uint8_t fill_type(bool is_whole)
{
	return protocol == ORDERS_FIX44 ? 'F' : is_whole ? '2' : '1';
}

static void an_order_goes_as_new_order_single_under_our_name(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	assert_string_equal(got.id, "01100000000001");
	assert_int_equal(got.qty, 100);
	assert_int_equal(got.price_e4, 1630000);
	assert_int_equal(got.side, '1');
	assert_int_equal(got.time_in_force, '0');
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
}

static void fills_are_booked_at_the_worse_of_what_was_said(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	says(rig, &(struct saying){.id = got.id,
			  .type = fill_type(false),
			  .status = '1',
			  .leaves = 70,
			  .last = 30,
			  .last_e8 = 16299000001});
	struct ouch_out fill = told(rig, 'E');
	assert_int_equal(fill.qty, 30);
	assert_int_equal(fill.price_e4, 1629901);
	says(rig, &(struct saying){.id = got.id,
			  .type = fill_type(true),
			  .status = '2',
			  .leaves = 0,
			  .last = 70,
			  .last_e8 = 16300000000});
	assert_int_equal(told(rig, 'E').price_e4, 1630000);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 100);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

/* Each sale under its own side, and booked at the lower of what was said. */
static void a_sale_goes_with_its_side_and_is_booked_at_the_lower_price(void **state)
{
	static const struct {
		char wire, fix, capacity, display;
		uint64_t told;
	} sales[] = {{'S', '2', 'P', 'Y', 'P'}, {'T', '5', 'A', 'N', 'A'},
		{'E', '6', 'R', 'Y', 'R'}, {'S', '2', 'O', 'Y', 0}};
	struct rig *rig = *state;
	for (uint32_t i = 0; i < ARRAY_COUNT(sales); i++) {
		struct ouch_in order = rig_order(i + 1);
		order.side = (uint8_t)sales[i].wire;
		order.qty += i;
		order.price_e4 = 1640000;
		order.capacity = (uint8_t)sales[i].capacity;
		order.display = (uint8_t)sales[i].display;
		rig_send(rig, 0, &order);
		struct got got = taken();
		assert_int_equal(got.side, sales[i].fix);
		assert_int_equal(got.capacity, sales[i].told);
		assert_int_equal(got.is_located, i == 1 || i == 2);
		assert_int_equal(got.is_hidden, i == 1);
		says(rig, &(struct saying){.id = got.id,
				  .type = fill_type(true),
				  .status = '2',
				  .last = order.qty,
				  .last_e8 = 16400000001,
				  .side = (uint8_t)sales[i].fix});
		assert_int_equal(told(rig, 'E').price_e4, 1640000);
	}
}

static uint64_t metric(const struct rig *rig, enum metric name)
{
	return metrics_get(&rig->region->metrics, name);
}

/* By the name that we gave it, which names account and number. */
static void an_order_that_our_journal_lost_is_adopted_from_its_report(void **state)
{
	static const char sides[] = "1256", wire[] = "BSTE";
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	for (uint32_t i = 0; i < 4; i++) {
		char id[] = "0110000000F0F0";
		id[13] = (char)('0' + i);
		says(rig, &(struct saying){.id = id,
				  .type = '0',
				  .status = '0',
				  .leaves = 50,
				  .side = (uint8_t)sides[i],
				  .price_e4 = i < 1 ? 1630000 : 1640000,
				  .order_id = i == 3 ? "N-1" : "78"});
		const struct own_order *order = &fold->orders.slots[fold->orders.open_tail];
		assert_int_equal(fold->orders.open_count, i + 1);
		assert_int_equal(order->wire_side, wire[i]);
		assert_int_equal(order->open_qty, 50);
		assert_int_equal(order->price_e4, i < 1 ? 1630000 : 1640000);
		assert_int_equal(order->order_reference, i == 3 ? 0 : 78);
	}
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_sell_qty, 150);
	says(rig, &(struct saying){.id = "0110000000F0FF",
			  .type = '0',
			  .status = '0',
			  .leaves = 50,
			  .price_e4 = 1630000,
			  .symbol = "AAPLAAPLA"});
	assert_int_equal(fold->orders.open_count, 4);
}

static void a_name_that_we_never_gave_names_no_order(void **state)
{
	static const char *const names[] = {"0110000000000", "01100000000001-2", "X01100000000001",
		"Y011000000000010000", "0110000000000g", "011000000000/1", "011F0000000001",
		"X0110000000000 0000"};
	struct rig *rig = *state;
	accepted(rig);
	for (uint32_t i = 0; i < ARRAY_COUNT(names); i++)
		says(rig, &(struct saying){.id = names[i], .type = '4', .status = '4'});
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(metric(rig, METRIC_gate_venue_unknown), ARRAY_COUNT(names));
}

/* The sum of this name is 0, which as a match would name nothing. */
static void an_execution_is_kept_whatever_its_name_comes_to(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	struct saying saying = {.id = got.id,
		.type = fill_type(false),
		.status = '1',
		.leaves = 70,
		.last = 30,
		.last_e8 = 16300000000,
		.exec = "77kepQFQ8Kl"};
	says(rig, &saying);
	told(rig, 'E');
	says(rig, &saying);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 30);
}

static void what_is_pending_or_no_report_changes_nothing(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	for (const char *type = "6AE7"; *type != '\0'; type++)
		says(rig, &(struct saying){.id = got.id,
				  .type = (uint8_t)*type,
				  .status = (uint8_t)*type,
				  .leaves = 100});
	assert_int_equal(metric(rig, METRIC_gate_venue_bad), 1);
	struct fix_message m;
	fix_begin_type(&m, (enum fix_version)venue.config.version, FIX_MSG_MASS_REPORT);
	fix_set_text(&m, FIX_ORDER_ID, "77", 2);
	fix_set_number(&m, FIX_MASS_CANCEL_TYPE, '7');
	fix_set_number(&m, FIX_MASS_CANCEL_RESPONSE, '7');
	assert_true(fix_session_send(&venue.session, &m, KEPT_AGAIN, 0, now(rig)) > 0);
	rig_poll(rig, 1000);
	assert_true(venue_take_message(
		rig->gate, &rig->gate->venues[0], (const uint8_t *)"8=FIX.4.2", 9));
	assert_int_equal(metric(rig, METRIC_gate_venue_bad), 3);
	says(rig, &(struct saying){.id = got.id, .type = 'D', .status = '0', .leaves = 60});
	assert_int_equal(told(rig, 'M').qty, 60);
	says(rig, &(struct saying){.id = got.id, .type = 'C', .status = 'C'});
	assert_int_equal(told(rig, 'C').code, 'I');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

/* What a venue's fees go by; what is not said is told as not said, never as something that a rebate is paid for. */
static void whether_a_fill_added_or_removed_is_told(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	for (uint32_t said = 0; said <= 4; said++) {
		says(rig, &(struct saying){.id = got.id,
				  .type = fill_type(false),
				  .status = '1',
				  .leaves = 90 - 10 * said,
				  .last = 10,
				  .last_e8 = 16300000000,
				  .liquidity = said});
		assert_int_equal(
			told(rig, 'E').code, protocol == ORDERS_FIX44 ? " ARX "[said] : ' ');
	}
}

static void a_bust_and_a_correction_name_their_execution(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	bool is_42 = protocol == ORDERS_FIX42;
	uint64_t exec = says(rig, &(struct saying){.id = got.id,
					  .type = fill_type(false),
					  .status = '1',
					  .leaves = 70,
					  .last = 30,
					  .last_e8 = 16300000000});
	told(rig, 'E');
	says(rig, &(struct saying){.id = got.id,
			  .type = is_42 ? '1' : 'G',
			  .status = '1',
			  .leaves = 80,
			  .last = 20,
			  .last_e8 = 16300000000,
			  .transaction = '2',
			  .exec_ref = exec});
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 20);
	says(rig, &(struct saying){.id = got.id,
			  .type = is_42 ? '1' : 'H',
			  .status = '0',
			  .leaves = 100,
			  .transaction = '1',
			  .exec_ref = exec});
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 0);
}

/* It would be booked for nothing. */
static void a_correction_that_names_no_price_corrects_nothing(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	bool is_42 = protocol == ORDERS_FIX42;
	struct saying saying = {.id = got.id,
		.type = fill_type(false),
		.status = '1',
		.leaves = 70,
		.last = 30,
		.last_e8 = 16300000000};
	uint64_t exec = says(rig, &saying);
	told(rig, 'E');
	int64_t bought_e4 = rig_position(rig, RIG_ACCOUNT, RIG_AAPL).bought_value_e4;
	saying.type = is_42 ? '1' : 'G';
	saying.transaction = '2';
	saying.exec_ref = exec;
	saying.last = 20;
	saying.last_e8 = 0;
	says(rig, &saying);
	saying.last = 0;
	saying.last_e8 = 16300000000;
	says(rig, &saying);
	saying.last = 20;
	saying.exec_ref = 0;
	says(rig, &saying);
	saying = (struct saying){
		.id = got.id, .type = fill_type(false), .status = '1', .leaves = 70, .last = 30};
	says(rig, &saying);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 30);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).bought_value_e4, bought_e4);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_bad), 4);
}

static void a_replace_and_a_cancel_name_what_they_change(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	struct ouch_in replace = rig_replace(1, 2, 80, 1629000), cancel = rig_cancel(2, 0);
	rig_send(rig, 0, &replace);
	struct got got = taken();
	assert_int_equal(got.type, 'G');
	assert_string_equal(got.of, order.id);
	assert_int_equal(got.qty, 80);
	says(rig, &(struct saying){
			  .id = got.id, .of = got.of, .type = '5', .status = '0', .leaves = 80});
	assert_int_equal(told(rig, 'U').ref, 2);
	rig_send(rig, 0, &cancel);
	struct got cancelling = taken();
	assert_int_equal(cancelling.type, 'F');
	assert_string_equal(cancelling.of, got.id);
	assert_int_equal(cancelling.id[0], 'X');
	refuses(rig, &cancelling, false, 0);
	assert_int_equal(told(rig, 'I').ref, 2);
	rig_send(rig, 0, &cancel);
	struct got again = taken();
	assert_string_not_equal(again.id, cancelling.id);
	says(rig, &(struct saying){.id = again.id, .of = again.of, .type = '4', .status = '4'});
	assert_int_equal(told(rig, 'C').qty, 80);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

/* FIX 4.2, appendix D11 and D12: executions came first, and what was asked for is no more than they were. */
static void an_order_replaced_by_what_was_executed_is_over(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	struct ouch_in replace = rig_replace(1, 2, 70, 1630000);
	rig_send(rig, 0, &replace);
	struct got got = taken();
	says(rig, &(struct saying){.id = order.id,
			  .type = fill_type(false),
			  .status = '1',
			  .leaves = 30,
			  .last = 70,
			  .last_e8 = 16300000000});
	told(rig, 'E');
	says(rig, &(struct saying){
			  .id = got.id, .of = got.of, .type = '5', .status = '2', .cum = 70});
	struct ouch_out out = told(rig, 'U');
	assert_int_equal(out.ref, 2);
	assert_int_equal(out.qty, 0);
	assert_int_equal(out.order_state, 'D');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 70);
}

/* FIX counts a size by what stands (fold/standing.h). */
static void a_replace_after_a_bust_asks_for_what_stands_and_shall_be_open(void **state)
{
	struct rig *rig = *state;
	struct got order = accepted(rig);
	bool is_42 = protocol == ORDERS_FIX42;
	uint64_t exec = says(rig, &(struct saying){.id = order.id,
					  .type = fill_type(false),
					  .status = '1',
					  .leaves = 70,
					  .last = 30,
					  .last_e8 = 16300000000});
	told(rig, 'E');
	says(rig, &(struct saying){.id = order.id,
			  .type = is_42 ? '0' : 'H',
			  .status = '0',
			  .leaves = 70,
			  .transaction = '1',
			  .exec_ref = exec});
	told(rig, 'B');
	struct ouch_in replace = rig_replace(1, 2, 120, 1629000);
	truth_check(rig, &replace);
	assert_int_equal(taken().qty, 90);
	const struct order_table *orders = &rig->gate->fold->orders;
	assert_int_equal(orders->slots[orders->open_tail].open_qty, 90);
}

/* Not one bit of it may differ, whatever it is (fold/truth.h). */
static void what_leaves_is_what_was_decided(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 80, 1629000);
	struct ouch_in cancel = rig_cancel(2, 0);
	truth_check(rig, &order);
	struct got got = taken();
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	truth_check(rig, &replace);
	got = taken();
	assert_int_equal(got.type, 'G');
	says(rig, &(struct saying){
			  .id = got.id, .of = got.of, .type = '5', .status = '0', .leaves = 80});
	truth_check(rig, &cancel);
	assert_int_equal(taken().type, 'F');
}

static void a_smaller_size_by_a_cancel_is_refused_because_the_venue_has_no_word_for_it(void **state)
{
	struct rig *rig = *state;
	accepted(rig);
	struct ouch_in cancel = rig_cancel(1, 50);
	rig_send(rig, 0, &cancel);
	told(rig, 'I');
	assert_int_equal(venue.got_count, 0);
}

/* It would be a cancel of all of it. */
/* OUCH 5.0, section 2: numbers count by channel, and every answer carries it. */
static void a_smaller_size_is_refused_in_its_channel(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), cancel = rig_cancel(1, 60);
	order.options.present = cancel.options.present = 1u << 28;
	order.options.value[28] = cancel.options.value[28] = 2;
	rig_send(rig, 0, &order);
	rig_send(rig, 0, &cancel);
	struct ouch_out out = told(rig, 'I');
	assert_int_equal(out.ref, 1);
	assert_int_equal(out.options.present, 1u << 28);
	assert_int_equal(out.options.value[28], 2);
}

static void a_modify_is_refused_because_the_venue_has_no_word_for_it(void **state)
{
	struct rig *rig = *state;
	struct ouch_in modify = {.type = 'M', .ref = 1, .side = 'B', .qty = 50};
	accepted(rig);
	rig_send(rig, 0, &modify);
	told(rig, 'I');
	assert_int_equal(venue.got_count, 0);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
}

/* An order is never sent with less than it asked for. */
static void an_option_that_the_venue_has_no_word_for_is_refused(void **state)
{
	static const struct {
		uint8_t tag, value, time_in_force;
		bool may;
	} options[] = {{3, 50, '0', false}, {3, 0, '0', true}, {4, 'R', '0', false},
		{4, 'N', '0', true}, {5, 10, '0', false}, {5, 0, '0', true}, {6, 'L', '0', true},
		{12, 'P', '0', true}, {12, 'N', '0', true}, {15, 60, '6', false},
		{16, 'Y', '0', false}, {16, 'N', '0', true}, {25, 'Y', '0', true},
		{25, 'N', '0', false}, {26, 'A', '0', false}};
	struct rig *rig = *state;
	for (uint32_t i = 0; i < ARRAY_COUNT(options); i++) {
		struct ouch_in order = rig_order(i + 1);
		order.qty += i; /* none is the same again */
		order.time_in_force = options[i].time_in_force;
		order.options.present = 1u << options[i].tag;
		order.options.value[options[i].tag] = options[i].value;
		rig_send(rig, 0, &order);
		rig_poll(rig, 1000);
		if (options[i].may) {
			assert_int_equal(taken().type, 'D');
			continue;
		}
		assert_int_equal(venue.got_count, 0);
		assert_int_equal(
			told(rig, 'J').reject_code, lane_rows[LANE_NOT_SUPPORTED].ouch_code);
	}
}

/* A replace of FIX says all anew, one of OUCH only what changes: silence would take post-only away. */
static void a_replace_says_whether_it_is_post_only_still(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), silent = rig_replace(1, 2, 80, 1629000);
	struct ouch_in replace = rig_replace(1, 3, 80, 1629000);
	order.options.present = replace.options.present = 1u << 12;
	order.options.value[12] = replace.options.value[12] = 'P';
	rig_send(rig, 0, &order);
	struct got got = taken();
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	told(rig, 'A');
	rig_send(rig, 0, &silent);
	assert_int_equal(told(rig, 'J').reject_code, lane_rows[LANE_NOT_SUPPORTED].ouch_code);
	rig_send(rig, 0, &replace);
	assert_int_equal(taken().type, 'G');
}

/* LocateReqd is said of every short sale: a replace that does not say what was located takes nothing away. */
static void a_replace_of_what_was_located_need_not_say_so_again(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 80, 1631000);
	order.side = 'T';
	order.price_e4 = 1631000;
	order.options.present = 1u << 25;
	order.options.value[25] = 'Y';
	rig_send(rig, 0, &order);
	struct got got = taken();
	assert_true(got.is_located);
	says(rig, &(struct saying){
			  .id = got.id, .type = '0', .status = '0', .side = '5', .leaves = 100});
	told(rig, 'A');
	rig_send(rig, 0, &replace);
	got = taken();
	assert_int_equal(got.type, 'G');
	assert_true(got.is_located);
}

static void what_the_venue_refuses_is_told(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(2, 3, 80, 1629000);
	rig_send(rig, 0, &order);
	struct got got = taken();
	says(rig, &(struct saying){.id = got.id, .type = '8', .status = '8', .reason = 99999});
	assert_int_equal(told(rig, 'J').reject_code, UINT16_MAX);
	order = rig_order(2);
	rig_send(rig, 0, &order);
	got = taken();
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	told(rig, 'A');
	rig_send(rig, 0, &replace);
	got = taken();
	refuses(rig, &got, true, 99999);
	assert_int_equal(told(rig, 'J').ref, 3);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

/* A message that its session, or its application, would not take is as good as refused. */
static void a_reject_by_number_finds_its_order(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_send(rig, 0, &order);
	struct got got = taken();
	struct fix_message what = {.sequence = got.sequence};
	what.type_text = (struct fix_text){.bytes = (const uint8_t *)"D", .size_bytes = 1};
	fix_session_reject(&venue.session, &what, FIX_OUT_OF_RANGE, 38, NULL, now(rig));
	rig_poll(rig, 1000);
	assert_int_equal(told(rig, 'J').ref, 1);
	order = rig_order(2);
	rig_send(rig, 0, &order);
	got = taken();
	what.sequence = got.sequence;
	fix_session_refuse(&venue.session, &what, 4, "closed", now(rig));
	rig_poll(rig, 1000);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	/* Of a cancel it is the cancel that is refused; of a Logon or of what was never sent it is nobody's. */
	order = rig_order(3);
	rig_send(rig, 0, &order);
	taken();
	struct ouch_in cancel = rig_cancel(3, 0);
	rig_send(rig, 0, &cancel);
	const uint64_t numbers[] = {taken().sequence, 1, 9999};
	for (uint32_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		what.sequence = numbers[i];
		fix_session_reject(&venue.session, &what, FIX_OUT_OF_RANGE, 41, NULL, now(rig));
	}
	rig_poll(rig, 1000);
	assert_int_equal(told(rig, 'I').ref, 3);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(metric(rig, METRIC_gate_venue_bad), 2);
}

static void cut(struct rig *rig)
{
	stream_shut(rig->peer_stream, venue.connection, true);
	fix_session_disconnect(&venue.session);
	venue.connection = CONNECTION_NONE;
	venue.is_deaf = false;
	rig_poll(rig, 1000);
	assert_false(rig->gate->fold->venues[0].is_ready);
}

static void an_order_that_never_arrived_is_known_and_never_sent_again(void **state)
{
	struct rig *rig = *state;
	accepted(rig);
	struct ouch_in order = rig_order(2);
	venue.is_deaf = true;
	rig_send(rig, 0, &order);
	assert_int_equal(venue.got_count, 0);
	cut(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
	rig_venue_up(rig);
	struct ouch_out gone = told(rig, 'J');
	assert_int_equal(gone.ref, 2);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(venue.got_count, 0);
	assert_int_equal(venue.session.next_in, fix_venue_of(rig->gate->fold, 0)->session.next_out);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
}

/* The venue asks for what it lacks from some number on, or only for some of it. */
static void asks_again(struct rig *rig, uint64_t from, uint64_t to)
{
	struct fix_message m;
	fix_begin_type(&m, (enum fix_version)venue.config.version, FIX_MSG_RESEND_REQUEST);
	fix_set_number(&m, FIX_BEGIN_SEQ_NO, from);
	fix_set_number(&m, FIX_END_SEQ_NO, to);
	assert_true(fix_session_send(&venue.session, &m, KEPT_ADMIN, 0, now(rig)) > 0);
	rig_poll(rig, 1000);
}

/* It says so of what was sent by then. */
static void what_the_venue_once_lacked_says_nothing_of_later_orders(void **state)
{
	struct rig *rig = *state;
	struct got first = accepted(rig);
	asks_again(rig, first.sequence, 0);
	struct ouch_in order = rig_order(2);
	rig_send(rig, 0, &order);
	struct got got = taken();
	/* Nor if it lacks something else since: a heartbeat. */
	fix_session_test(&venue.session, now(rig));
	rig_poll(rig, 1000);
	asks_again(rig, got.sequence + 1, 0);
	cut(rig);
	rig_venue_up(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 200);
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	assert_int_equal(told(rig, 'A').ref, 2);
}

static void a_part_that_the_venue_asks_for_says_nothing_of_an_order(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), more = rig_order(2);
	rig_send(rig, 0, &order);
	struct got got = taken();
	rig_send(rig, 0, &more);
	taken();
	asks_again(rig, got.sequence, got.sequence);
	cut(rig);
	rig_venue_up(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 2);
}

/* Asked for twice, from further back the second time, before it is answered; a replace is an order too. */
static void all_that_the_venue_lacks_is_known_from_the_lowest_number(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	struct ouch_in replace = rig_replace(1, 2, 80, 1629000), order = rig_order(3);
	rig_send(rig, 0, &replace);
	taken();
	rig_send(rig, 0, &order);
	uint64_t last = taken().sequence;
	venue.is_deaf = true;
	asks_again(rig, last, 0);
	asks_again(rig, got.sequence + 1, 0);
	cut(rig);
	rig_venue_up(rig);
	assert_int_equal(told(rig, 'J').ref, 2);
	assert_int_equal(told(rig, 'J').ref, 3);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

static void an_order_that_arrived_stays_and_what_was_said_of_it_comes_again(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_send(rig, 0, &order);
	struct got got = taken();
	cut(rig);
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	says(rig, &(struct saying){.id = got.id,
			  .type = fill_type(false),
			  .status = '1',
			  .leaves = 70,
			  .last = 30,
			  .last_e8 = 16300000000});
	rig_venue_up(rig);
	told(rig, 'A');
	told(rig, 'E');
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 30);
}

static void an_order_without_an_answer_is_exposure_until_there_is_one(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	rig_send(rig, 0, &order);
	struct got got = taken();
	cut(rig);
	rig_venue_up(rig);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 100);
	says(rig, &(struct saying){.id = got.id, .type = '4', .status = '4'});
	told(rig, 'C');
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
}

static void a_restart_goes_on_with_the_numbers(void **state)
{
	struct rig *rig = *state;
	struct got got = accepted(rig);
	fix_session_disconnect(&venue.session);
	venue.connection = CONNECTION_NONE;
	rig_restart(rig, false);
	rig_ready(rig);
	assert_int_equal(venue.session.next_in, fix_venue_of(rig->gate->fold, 0)->session.next_out);
	struct session_row row = rig_session(rig, rig->site.venues[0].session_id);
	assert_int_equal(row.peer, SESSION_PEER_VENUE);
	assert_int_equal(row.sequence_out, venue.session.next_in - 1);
	assert_int_equal(row.sequence_in, venue.session.next_out - 1);
	says(rig, &(struct saying){.id = got.id, .type = '4', .status = '4'});
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	struct ouch_in order = rig_order(5);
	rig_send(rig, 0, &order);
	assert_int_equal(taken().type, 'D');
}

static void a_venue_that_says_goodbye_is_logged_in_to_again(void **state)
{
	struct rig *rig = *state;
	fix_session_logout(&venue.session, "end of day", now(rig));
	rig_poll(rig, 1000);
	assert_false(rig->gate->fold->venues[0].is_ready);
	rig_venue_up(rig);
	accepted(rig);
}

#define OF_BOTH(test)                                                                              \
	cmocka_unit_test_setup_teardown(test, open_42, rig_teardown),                              \
		cmocka_unit_test_setup_teardown(test, open_44, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_BOTH(an_order_goes_as_new_order_single_under_our_name),
		OF_BOTH(fills_are_booked_at_the_worse_of_what_was_said),
		OF_BOTH(a_sale_goes_with_its_side_and_is_booked_at_the_lower_price),
		OF_BOTH(an_order_that_our_journal_lost_is_adopted_from_its_report),
		OF_BOTH(a_name_that_we_never_gave_names_no_order),
		OF_BOTH(an_execution_is_kept_whatever_its_name_comes_to),
		OF_BOTH(what_is_pending_or_no_report_changes_nothing),
		OF_BOTH(whether_a_fill_added_or_removed_is_told),
		OF_BOTH(a_bust_and_a_correction_name_their_execution),
		OF_BOTH(a_correction_that_names_no_price_corrects_nothing),
		OF_BOTH(a_replace_and_a_cancel_name_what_they_change),
		OF_BOTH(an_order_replaced_by_what_was_executed_is_over),
		OF_BOTH(a_replace_after_a_bust_asks_for_what_stands_and_shall_be_open),
		OF_BOTH(what_leaves_is_what_was_decided),
		OF_BOTH(a_smaller_size_by_a_cancel_is_refused_because_the_venue_has_no_word_for_it),
		OF_BOTH(a_smaller_size_is_refused_in_its_channel),
		OF_BOTH(a_modify_is_refused_because_the_venue_has_no_word_for_it),
		OF_BOTH(an_option_that_the_venue_has_no_word_for_is_refused),
		OF_BOTH(a_replace_says_whether_it_is_post_only_still),
		OF_BOTH(a_replace_of_what_was_located_need_not_say_so_again),
		OF_BOTH(what_the_venue_refuses_is_told),
		OF_BOTH(a_reject_by_number_finds_its_order),
		OF_BOTH(an_order_that_never_arrived_is_known_and_never_sent_again),
		OF_BOTH(what_the_venue_once_lacked_says_nothing_of_later_orders),
		OF_BOTH(a_part_that_the_venue_asks_for_says_nothing_of_an_order),
		OF_BOTH(all_that_the_venue_lacks_is_known_from_the_lowest_number),
		OF_BOTH(an_order_that_arrived_stays_and_what_was_said_of_it_comes_again),
		OF_BOTH(an_order_without_an_answer_is_exposure_until_there_is_one),
		OF_BOTH(a_restart_goes_on_with_the_numbers),
		OF_BOTH(a_venue_that_says_goodbye_is_logged_in_to_again),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
