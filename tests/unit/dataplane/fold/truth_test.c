/* What leaves is what was decided: a message that something changed while it waited stays here, and the firm is
   halted.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/fold/truth.h"
#include "tests/support/truth_bits.h"
#include "tests/unit/dataplane/gate/ready.h"

/* The other side's view after the queue was emptied: nothing came, the client knows, the firm is halted. */
static void expect_closed(struct rig *rig, uint32_t ref)
{
	struct ouch_in at_venue;
	struct ouch_out told;
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'J');
	assert_int_equal(told.ref, ref);
	assert_int_equal(told.reject_code, lane_rows[LANE_HALTED].ouch_code);
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_HALTED);
	assert_string_equal(rig->gate->fold->latches.rows[0].reason,
		"what would leave is not what was decided");
	assert_int_equal(atomic_load(&rig->region->metrics.values[METRIC_gate_untrue]), 1);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 0);
}

enum change {
	PRICE,
	QTY,
	SIDE,
	SYMBOL,
	NUMBER,
	NAME,
	TYPE,
	TIME_IN_FORCE,
	DISPLAY,
	CAPACITY,
	SWEEP,
	CROSS,
	FIRM,
	NO_FIRM,
	OPTION,
	OTHER_OPTION,
	NONSENSE,
	CHANGE_COUNT
};

/* Fields of one letter, and another letter. */
static const struct {
	size_t at;
	char letter;
} letters[CHANGE_COUNT] = {
	[SIDE] = {offsetof(struct ouch_in, side), 'S'},
	[TYPE] = {offsetof(struct ouch_in, type), 'X'},
	[TIME_IN_FORCE] = {offsetof(struct ouch_in, time_in_force), '3'},
	[DISPLAY] = {offsetof(struct ouch_in, display), 'N'},
	[CAPACITY] = {offsetof(struct ouch_in, capacity), 'A'},
	[SWEEP] = {offsetof(struct ouch_in, iso), 'Y'},
	[CROSS] = {offsetof(struct ouch_in, cross_type), 'O'},
	[NONSENSE] = {offsetof(struct ouch_in, type), '?'},
};

static void spoil(struct ouch_in *message, enum change change)
{
	if (letters[change].letter != '\0') {
		((char *)message)[letters[change].at] = letters[change].letter;
		return;
	}
	switch (change) {
	case PRICE:
		message->price_e4 += 100;
		break;
	case QTY:
		message->qty ^= 1u << 12;
		break;
	case SYMBOL:
		message->symbol = symbol_pack("ZVZZT");
		break;
	case NUMBER:
		message->ref++;
		break;
	case NAME:
		message->clordid[13] ^= 1;
		break;
	case FIRM:
		message->options.value[2] ^= 1;
		break;
	case NO_FIRM:
		message->options.present &= ~(1u << 2);
		break;
	case OPTION:
		message->options.present |= 1u << 3;
		break;
	case OTHER_OPTION:
		message->options.value[12] = 'P';
		break;
	default:
		fail_msg("found change %d, expected one that is made", change);
	}
}

static void an_order_changed_after_the_judgement_does_not_leave_and_halts_the_firm(void **state)
{
	for (int change = 0; change < CHANGE_COUNT; change++) {
		struct rig *rig = *state;
		struct ouch_in order = rig_order(1);
		order.options.present = 1u << 12 | 1u << 4;
		order.options.value[12] = 'N';
		order.options.value[4] = 'R';
		spoil(&truth_decide(rig, &order)->message, (enum change)change);
		expect_closed(rig, 1);
		close_rig(state);
		open_ready(state);
	}
}

static void an_order_as_decided_leaves(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), at_venue;
	order.options.present = 1u << 12 | 1u << 4 | 1u << 16;
	order.options.value[12] = 'N';
	order.options.value[4] = 'R';
	order.options.value[16] = 'Y';
	truth_decide(rig, &order);
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.options.value[12], 'N');
	assert_int_equal(at_venue.options.value[4], 'R');
	assert_int_equal(at_venue.options.value[16], 'Y');
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_ACTIVE);
}

static void a_replace_of_another_order_does_not_leave(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in one = rig_order(1), two = rig_order(2), at_venue;
	two.price_e4 -= 100;
	rig_pass_and_accept(rig, 0, &one);
	struct ouch_in second = rig_pass_and_accept(rig, 0, &two);
	struct ouch_in replace = rig_replace(1, 3, 150, 1629900);
	truth_decide(rig, &replace)->message.original_ref = second.ref;
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'J');
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_HALTED);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty, 200);
}

static void what_was_decided_before_the_trip_stays_too(void **state)
{
	struct rig *rig = *state;
	struct ouch_in one = rig_order(1), two = rig_order(2), at_venue;
	struct ouch_out told;
	uint8_t bytes[256];
	two.price_e4 -= 100;
	truth_decide(rig, &one)->message.qty = 1000;
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, &two);
	struct message_record *record =
		gate_input(rig->gate, RECORD_CLIENT_IN, (uint32_t)sizeof *record + size);
	record->session = 1;
	record->size_bytes = size;
	memcpy(record + 1, bytes, size);
	gate_commit(rig->gate, record);
	assert_int_equal(rig->gate->fold->orders_passed, 2);
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_true(rig_client_got(rig, 0, &told) && told.type == 'J' && told.ref == 1);
	assert_true(rig_client_got(rig, 0, &told) && told.type == 'J' && told.ref == 2);
}

/* The way out stays open: the cancel is made again and leaves. */
static void a_changed_cancel_stays_and_the_right_one_follows(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), at_venue;
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order), cancel = rig_cancel(1, 0);
	truth_decide(rig, &cancel)->message.ref = first.ref + 1;
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_HALTED);
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'X');
	assert_int_equal(at_venue.ref, first.ref);
	assert_int_equal(at_venue.qty, 0);
	assert_false(rig_venue_got(rig, &at_venue));
}

static void a_cancel_of_a_part_that_was_changed_is_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), at_venue, cancel = rig_cancel(1, 40);
	struct ouch_out told;
	rig_pass_and_accept(rig, 0, &order);
	truth_decide(rig, &cancel)->message.qty = 0;
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'I');
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_HALTED);
}

/* A modify goes the way of a cancel: as decided it leaves, changed it is refused and cancels nothing. */
static void a_modify_leaves_only_as_it_was_asked_for(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), at_venue;
	struct ouch_in modify = {.type = 'M', .ref = 1, .side = 'B', .qty = 60};
	struct ouch_out told;
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	truth_decide(rig, &modify);
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'M');
	assert_int_equal(at_venue.ref, first.ref);
	assert_int_equal(at_venue.qty, 60);
	modify.qty = 50;
	truth_decide(rig, &modify)->message.qty = 90;
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_false(rig_venue_got(rig, &at_venue));
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'I');
	assert_int_equal(rig->gate->fold->latches.states[0], STATE_HALTED);
}

/* Not one bit of it, whatever it is; and what nothing changed leaves. */
static void no_bit_of_what_leaves_may_differ(void **state)
{
	struct rig *rig = *state;
	struct ouch_in one = rig_order(1), two = rig_order(2);
	struct ouch_in cancel = rig_cancel(3, 0), part = rig_cancel(3, 40);
	struct ouch_in replace = rig_replace(1, 3, 150, 1629900);
	struct ouch_in modify = {.type = 'M', .ref = 2, .side = 'B', .qty = 60}, at_venue;
	modify.options.present = 1u << 25;
	modify.options.value[25] = 'Y';
	two.options.present = 1u << 12 | 1u << 4;
	two.options.value[12] = 'N';
	two.options.value[4] = 'R';
	two.price_e4 -= 100;
	const struct ouch_in *const said[] = {&one, &two, &replace, &modify, &part, &cancel};
	for (uint32_t i = 0; i < ARRAY_COUNT(said); i++) {
		truth_check(rig, said[i]);
		assert_true(rig_venue_got(rig, &at_venue));
		assert_int_equal(at_venue.type, said[i]->type);
		if (said[i]->type == 'O' || said[i]->type == 'U')
			rig_accept(rig, &at_venue);
	}
}

/* Most orders: compared field by field, and no message is made for it.  A venue may want a firm's name or none. */
static void no_bit_of_a_plain_order_may_differ(struct rig *rig, uint32_t ref, bool has_firm)
{
	struct ouch_in one = rig_order(ref), two = rig_order(ref + 1), at_venue;
	two.display = 'N';
	two.capacity = 'A';
	two.time_in_force = '3';
	two.price_e4 -= 100;
	const struct ouch_in *const said[] = {&one, &two};
	for (uint32_t i = 0; i < ARRAY_COUNT(said); i++) {
		truth_check(rig, said[i]);
		assert_true(rig_venue_got(rig, &at_venue));
		assert_int_equal(at_venue.options.present, has_firm ? 1u << 2 : 0);
		rig_accept(rig, &at_venue);
	}
}

static void no_bit_of_an_order_without_options_may_differ(void **state)
{
	struct rig *rig = *state;
	no_bit_of_a_plain_order_may_differ(rig, 1, true);
	rig->site.venues[0].firm[3] = '\0'; /* a shorter one, padded */
	no_bit_of_a_plain_order_may_differ(rig, 3, true);
	rig->site.venues[0].firm[0] = '\0';
	no_bit_of_a_plain_order_may_differ(rig, 5, false);
}

/* Nothing is said of it, so there is nothing that would have to be held to what was decided. */
static void what_waits_of_an_order_that_ended_meanwhile_does_not_leave(void **state)
{
	struct ouch_in modify = {.type = 'M', .ref = 1, .side = 'B', .qty = 60};
	const struct ouch_in cancels[] = {rig_cancel(1, 0), rig_cancel(1, 40), modify};
	for (uint32_t i = 0; i < ARRAY_COUNT(cancels); i++) {
		struct rig *rig = *state;
		struct ouch_in order = rig_order(1), at_venue;
		uint8_t bytes[64], leaves[MESSAGE_BYTES_MAX];
		struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
		const struct fold_egress egress = *truth_decide(rig, &cancels[i]);
		struct fold *fold = rig->gate->fold;
		const struct ouch_out over = {
			.type = 'C', .ref = first.ref, .qty = 100, .code = 'U'};
		uint32_t size = ouch50_build_out(bytes, sizeof bytes, &over);
		struct message_record *record =
			gate_input(rig->gate, RECORD_VENUE_IN, (uint32_t)sizeof *record + size);
		record->session = fold->venues[0].config->session_id;
		record->size_bytes = size;
		record->sequence = fold->venues[0].last_sequence + 1;
		memcpy(record + 1, bytes, size);
		gate_commit(rig->gate, record);
		assert_int_equal(fold->orders.open_count, 0);
		size = fold->venues[0].protocol->venue_out(fold, &egress, leaves, sizeof leaves);
		assert_false(truth_holds(fold, &egress, leaves, size));
		gate_flush(rig->gate);
		rig_poll(rig, 1000);
		assert_false(rig_venue_got(rig, &at_venue));
		assert_int_equal(fold->latches.states[0], STATE_ACTIVE);
		close_rig(state);
		open_ready(state);
	}
}

static void an_order_that_another_stands_for_does_not_leave(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct fold_egress *egress = truth_decide(rig, &order);
	struct fold_egress other = *egress;
	uint8_t bytes[256];
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, &egress->message);
	assert_true(truth_holds(rig->gate->fold, egress, bytes, size));
	assert_false(truth_holds(rig->gate->fold, egress, bytes, size - 1));
	other.order_id++;
	assert_false(truth_holds(rig->gate->fold, &other, bytes, size));
	other = *egress;
	other.slot++;
	assert_false(truth_holds(rig->gate->fold, &other, bytes, size));
	other = *egress;
	other.venue_ref += 100;
	assert_false(truth_holds(rig->gate->fold, &other, bytes, size));
	other = *egress;
	other.kind = DECISION_REPLACE;
	assert_false(truth_holds(rig->gate->fold, &other, bytes, size));
	gate_flush(rig->gate);
}

/* What the egress queue remembers of where its order stands is a guess: an order that is gone, and another that took
   its place, are not taken for it.  Without a guess the venue's number finds the same. */
static void a_slot_is_the_egress_orders_own_or_none(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	struct ouch_in order = rig_order(1);
	const struct fold_egress egress = *truth_decide(rig, &order);
	fold_settle(fold); /* as the record that tells of its handing over does */
	assert_int_equal(fold_egress_slot(fold, &egress), egress.slot);
	assert_int_equal(
		order_table_find_venue(&fold->orders, egress.venue, egress.venue_ref), egress.slot);
	struct own_order *own = &fold->orders.slots[egress.slot];
	const struct own_order kept = *own;
	own->id++; /* another decision's */
	assert_int_equal(fold_egress_slot(fold, &egress), ORDER_NONE);
	*own = kept;
	own->venue_ref++;
	assert_int_equal(fold_egress_slot(fold, &egress), ORDER_NONE);
	*own = kept;
	own->venue++;
	assert_int_equal(fold_egress_slot(fold, &egress), ORDER_NONE);
	*own = kept;
	own->state = ORDER_FREE; /* as order_table_return leaves it */
	assert_int_equal(fold_egress_slot(fold, &egress), ORDER_NONE);
	*own = kept;
	gate_flush(rig->gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(an_order_changed_after_the_judgement_does_not_leave_and_halts_the_firm),
		GATE_TEST(an_order_as_decided_leaves),
		GATE_TEST(a_replace_of_another_order_does_not_leave),
		GATE_TEST(what_was_decided_before_the_trip_stays_too),
		GATE_TEST(a_changed_cancel_stays_and_the_right_one_follows),
		GATE_TEST(a_cancel_of_a_part_that_was_changed_is_refused),
		GATE_TEST(a_modify_leaves_only_as_it_was_asked_for),
		GATE_TEST(no_bit_of_what_leaves_may_differ),
		GATE_TEST(no_bit_of_an_order_without_options_may_differ),
		GATE_TEST(what_waits_of_an_order_that_ended_meanwhile_does_not_leave),
		GATE_TEST(an_order_that_another_stands_for_does_not_leave),
		GATE_TEST(a_slot_is_the_egress_orders_own_or_none),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.truth", tests, NULL, NULL);
}
