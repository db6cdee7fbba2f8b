/* standing_test.c - what FIX is told of an order after busts, corrections and late fills.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include "dataplane/fold/standing.h"
#include "dataplane/orders/names.h"
#include "tests/support/fix_client_rig.h"

static void break_trade(struct rig *rig, uint32_t ref, uint64_t match)
{
	rig_answer(rig, &(struct ouch_out){.type = 'B', .ref = ref, .code = 'E', .match = match});
}

/* An order gets another name; its total is 120 then, of which so many are open. */
static void replace(struct rig *rig, const char *names, struct ouch_in *replacing, uint32_t open)
{
	char text[160];
	snprintf(text, sizeof text, "%s|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=163|",
		names);
	say(rig, "G", text);
	assert_true(rig_venue_got(rig, replacing));
	struct ouch_in answer = *replacing;
	answer.symbol = symbol_pack("AAPL");
	answer.qty = open;
	rig_accept(rig, &answer);
}

/* Order A, of which 30 were executed, becomes B: 90 are open. */
static void replace_by_b(struct rig *rig, struct ouch_in *replacing)
{
	replace(rig, "41=A|11=B", replacing, 90);
}

static void a_bust_leaves_what_stands_of_an_open_order(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	rig_execute(rig, &at_venue, 30, 1629900);
	uint64_t first = rig->venue.sequence;
	rig_execute(rig, &at_venue, 20, 1630000);
	told("39=1|14=30|");
	told("39=1|14=50|151=50|6=162.994|");
	break_trade(rig, at_venue.ref, first);
	told("39=1|38=70|14=20|151=50|6=163|");
	break_trade(rig, at_venue.ref, first + 1);
	told("39=0|38=50|14=0|151=50|6=0|");
	rig_execute(rig, &at_venue, 50, 1630000);
	told("39=2|38=50|14=50|151=0|6=163|");
}

static void a_bust_of_a_filled_order_leaves_what_stands_and_opens_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	rig_execute(rig, &at_venue, 30, 1629900);
	uint64_t first = rig->venue.sequence;
	rig_execute(rig, &at_venue, 70, 1630000);
	told("39=1|");
	told("39=2|38=100|14=100|151=0|6=162.997|");
	break_trade(rig, at_venue.ref, first);
	told("11=A|39=4|38=100|14=70|151=0|6=163|");
	break_trade(rig, at_venue.ref, first + 1);
	told("11=A|39=4|38=100|14=0|151=0|6=0|");
}

static void a_correction_restates_what_was_executed_and_for_how_much(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	rig_execute(rig, &at_venue, 30, 1629900);
	uint64_t first = rig->venue.sequence;
	rig_execute(rig, &at_venue, 70, 1630000);
	told("39=1|");
	told("39=2|");
	struct ouch_out correction = {.type = 'F',
		.ref = at_venue.ref,
		.code = 'E',
		.match = first,
		.qty = 30,
		.price_e4 = 1620000};
	rig_answer(rig, &correction);
	told("39=2|38=100|14=100|151=0|6=162.7|32=30|31=162|");
	correction.qty = 20;
	rig_answer(rig, &correction);
	told("39=4|38=100|14=90|151=0|32=20|31=162|");
	break_trade(rig, at_venue.ref, first);
	told("39=4|14=70|6=163|");
}

/* After its last word, and told of a number that a replace had ended: both count for the chain. */
static void a_late_fill_counts_with_what_stands(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	rig_execute(rig, &at_venue, 30, 1629900);
	told("14=30|");
	replace_by_b(rig, &replacing);
	told("11=B|150=5|14=30|");
	rig_execute(rig, &at_venue, 10, 1629900);
	told("11=B|39=1|38=130|14=40|151=90|6=162.99|");
	rig_execute(rig, &replacing, 90, 1629900);
	told("11=B|39=2|38=130|14=130|151=0|");
	rig_execute(rig, &replacing, 5, 1629900);
	told("11=B|39=2|14=135|151=0|6=162.99|");
}

/* By the chain's newest name, of the execution by the name that it had. */
static void a_bust_after_a_replace_is_of_the_chain(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	char name[64], expected[160];
	rig_execute(rig, &at_venue, 30, 1629900);
	uint64_t match = rig->venue.sequence;
	snprintf(name, sizeof name, "%s",
		fix_text_value(peer.heard[0].bytes, peer.heard[0].size, 17));
	told("14=30|");
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=163|");
	assert_true(rig_venue_got(rig, &replacing));
	assert_int_equal(replacing.qty, 120);
	struct ouch_in answer = replacing;
	answer.symbol = symbol_pack("AAPL");
	answer.qty = 90;
	rig_accept(rig, &answer);
	told("11=B|41=A|150=5|39=1|38=120|14=30|151=90|");
	break_trade(rig, at_venue.ref, match);
	snprintf(expected, sizeof expected, "11=B|39=0|19=%s|38=90|14=0|151=90|6=0|", name);
	told(expected);
	/* The total of a chain is what stands and what shall be open. */
	say(rig, "G", "41=B|11=C|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=70|40=2|44=163|");
	assert_true(rig_venue_got(rig, &replacing));
	assert_int_equal(replacing.qty, 100);
	answer = replacing;
	answer.symbol = symbol_pack("AAPL");
	answer.qty = 70;
	rig_accept(rig, &answer);
	told("11=C|41=B|150=5|39=0|38=70|14=0|151=70|");
	rig_execute(rig, &replacing, 70, 1630000);
	told("11=C|39=2|38=70|14=70|151=0|6=163|");
}

static void a_bust_while_a_replace_is_under_way_reaches_what_replaces(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	rig_execute(rig, &at_venue, 30, 1629900);
	told("14=30|");
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=163|");
	assert_true(rig_venue_got(rig, &replacing));
	break_trade(rig, at_venue.ref, rig->venue.sequence);
	told("11=A|14=0|151=70|");
	say(rig, "H", "11=B|55=AAPL|54=1|");
	told("11=B|14=0|6=0|");
	struct ouch_in answer = replacing;
	answer.symbol = symbol_pack("AAPL");
	answer.qty = 90;
	rig_accept(rig, &answer);
	told("11=B|41=A|150=5|39=0|38=90|14=0|151=90|");
}

/* Refused, it leaves the order as the bust left it. */
static void a_replace_refused_after_a_bust_leaves_what_stands(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	rig_execute(rig, &at_venue, 30, 1629900);
	told("14=30|");
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=163|");
	assert_true(rig_venue_got(rig, &replacing));
	break_trade(rig, at_venue.ref, rig->venue.sequence);
	told("11=A|39=0|38=70|14=0|151=70|");
	rig_answer(rig, &(struct ouch_out){.type = 'J', .ref = replacing.ref, .reject_code = 0x15});
	told("35=9|11=B|41=A|39=0|434=2|");
	say(rig, "H", "11=A|55=AAPL|54=1|");
	told("11=A|39=0|38=70|14=0|151=70|6=0|");
	assert_int_equal(rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL).working_buy_qty, 70);
	assert_int_equal(rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL).position, 0);
	rig_execute(rig, &at_venue, 70, 1630000);
	told("11=A|39=2|38=70|14=70|151=0|6=163|");
}

/* A chain A, B, C, of which 30 were executed as B: the order as it was sent under each name, and the match. */
static uint64_t chain_of_three(struct rig *rig, struct ouch_in sent[3])
{
	sent[0] = accepted(rig);
	replace(rig, "41=A|11=B", &sent[1], 120);
	told("11=B|150=5|14=0|");
	rig_execute(rig, &sent[1], 30, 1629900);
	told("11=B|14=30|");
	uint64_t match = rig->venue.sequence;
	replace(rig, "41=B|11=C", &sent[2], 90);
	told("11=C|150=5|14=30|");
	return match;
}

/* Orders are forgotten as other numbers take their places; known again, they are as the replay has them. */
struct forgotten {
	struct fill *past, was;
};

static struct forgotten forget(struct rig *rig, const struct ouch_in *sent)
{
	struct fill *past = fills_past(&rig->gate->fold->fills, 0, sent->ref);
	assert_non_null(past);
	struct forgotten forgotten = {.past = past, .was = *past};
	past->state = FILL_NONE;
	return forgotten;
}

/* Its first order is forgotten, 65,536 numbers later: it works still, and is not called dead. */
static void a_bust_of_a_chain_whose_beginning_is_forgotten_reaches_what_works(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	rig_execute(rig, &at_venue, 30, 1629900);
	told("14=30|");
	uint64_t match = rig->venue.sequence;
	replace_by_b(rig, &replacing);
	told("11=B|150=5|14=30|");
	struct forgotten a = forget(rig, &at_venue);
	break_trade(rig, at_venue.ref, match);
	told("11=B|39=0|38=90|14=0|151=90|6=0|");
	*a.past = a.was;
}

/* Told of the execution's own number, which is forgotten: its total is the next replace's. */
static void a_bust_in_the_middle_of_a_chain_reaches_what_works(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent[3], replacing;
	uint64_t match = chain_of_three(rig, sent);
	struct forgotten b = forget(rig, &sent[1]);
	break_trade(rig, sent[1].ref, match);
	told("11=C|39=0|38=90|14=0|151=90|6=0|");
	say(rig, "G", "41=C|11=D|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=70|40=2|44=163|");
	assert_true(rig_venue_got(rig, &replacing));
	assert_int_equal(replacing.qty, 100);
	*b.past = b.was;
}

static void a_late_fill_of_a_chain_counts_whatever_of_it_is_forgotten(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent[3];
	chain_of_three(rig, sent);
	struct forgotten b = forget(rig, &sent[1]);
	rig_execute(rig, &sent[0], 10, 1629900);
	told("11=C|39=1|38=130|14=40|151=90|");
	struct forgotten a = forget(rig, &sent[0]);
	break_trade(rig, sent[0].ref, rig->venue.sequence);
	told("11=C|39=1|38=120|14=30|151=90|");
	*a.past = a.was;
	*b.past = b.was;
}

static void a_bust_after_a_chains_end_is_told_by_its_last_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent[3];
	uint64_t match = chain_of_three(rig, sent);
	rig_execute(rig, &sent[2], 90, 1629900);
	told("11=C|39=2|14=120|");
	struct forgotten a = forget(rig, &sent[0]), b = forget(rig, &sent[1]);
	break_trade(rig, sent[1].ref, match);
	told("11=C|39=4|38=120|14=90|151=0|");
	*a.past = a.was;
	*b.past = b.was;
}

/* A venue that executes a replacement before it says that it is one: it works on when its original is filled, and has what that had
   executed when it was asked for. */
static void a_bust_reaches_a_replacement_that_outlived_its_original(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	rig_execute(rig, &at_venue, 30, 1629900);
	uint64_t match = rig->venue.sequence;
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=163|");
	assert_true(rig_venue_got(rig, &replacing));
	rig_execute(rig, &replacing, 10, 1629900);
	rig_execute(rig, &at_venue, 70, 1629900);
	peer.count = 0;
	break_trade(rig, at_venue.ref, match);
	told("11=B|14=10|");
}

/* Of an order that is over and forgotten nothing stands that we know of: so much is said, and no size made up. */
static void a_bust_of_a_forgotten_order_says_that_no_more_is_known(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	rig_execute(rig, &at_venue, 30, 1629900);
	told("14=30|");
	uint64_t match = rig->venue.sequence;
	rig_cancelled(rig, at_venue.ref, 70, 'U');
	told("150=4|");
	struct ouch_out far = {.type = 'A',
		.ref = at_venue.ref + PAST_COUNT,
		.side = 'B',
		.qty = 100,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = 1630000,
		.order_state = 'L'};
	names_clordid(far.clordid, RIG_ACCOUNT, 99);
	rig_answer(rig, &far);
	rig_cancelled(rig, at_venue.ref + PAST_COUNT, 100, 'U');
	assert_null(fills_past(&rig->gate->fold->fills, 0, at_venue.ref));
	rig_answer(rig, &(struct ouch_out){.type = 'F',
				.ref = at_venue.ref,
				.code = 'E',
				.match = match,
				.qty = 20,
				.price_e4 = 1620000});
	assert_string_equal(fix_text_value(peer.heard[0].bytes, peer.heard[0].size, 38), "");
	told("11=A|151=0|32=20|58=the venue corrected this trade; what stands of its order is no "
	     "longer known|");
}

/* What was never added is not taken away. */
static void what_stands_never_falls_below_nothing(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	struct ouch_in at_venue = accepted(rig);
	struct own_order *order = &fold->orders.slots[fold->orders.open_head];
	struct fill fill;
	fills_whose(&fill, order);
	fill.qty = 5;
	fill.price_e4 = 1630000;
	standing_change(fold, &fill, NULL);
	assert_int_equal(order->standing_qty, 0);
	assert_int_equal(order->least_qty, 0);
	assert_int_equal(order->executed_value_e4, 0);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	peer.count = 0;
	standing_change(fold, &fill, NULL);
	assert_int_equal(fills_past(&fold->fills, 0, at_venue.ref)->qty, 0);
}

/* Each of them decides something later: the next total, the next cancel, what an answer is of. */
static void all_of_an_order_that_decides_later_is_in_the_hash(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	struct ouch_in at_venue = accepted(rig);
	uint64_t whole[2], other[2];
	rig_execute(rig, &at_venue, 30, 1629900);
	peer.count = 0;
	struct own_order *order = &fold->orders.slots[fold->orders.open_head];
	const struct own_order was = *order;
	fold_hash(fold, whole);
	for (uint32_t field = 0; field < 8; field++) {
		order->standing_qty += field == 0;
		order->executed_value_e4 += field == 1;
		order->least_qty -= field == 2;
		order->first_ref += field == 3;
		order->cancel_qty += field == 4;
		order->is_size_lost ^= field == 5;
		order->is_no_vague ^= field == 6;
		order->cancel_type ^= field == 7;
		fold_hash(fold, other);
		*order = was;
		assert_memory_not_equal(whole, other, sizeof whole);
	}
	fold_hash(fold, other);
	assert_memory_equal(whole, other, sizeof whole);
}

static void all_of_an_execution_that_decides_later_is_in_the_hash(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	struct ouch_in at_venue = accepted(rig);
	uint64_t whole[2], other[2];
	rig_execute(rig, &at_venue, 30, 1629900);
	peer.count = 0;
	struct fill *fill = fills_find(&fold->fills, 0, at_venue.ref, rig->venue.sequence);
	fold_hash(fold, whole);
	fill->first_ref++;
	fold_hash(fold, other);
	fill->first_ref--;
	assert_memory_not_equal(whole, other, sizeof whole);
	fill->first_qty++;
	fold_hash(fold, other);
	fill->first_qty--;
	assert_memory_not_equal(whole, other, sizeof whole);
}

/* A journal that a build wrote which did not hash all of that comes to what it came to then. */
static void a_hash_of_an_older_build_is_known(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	struct ouch_in at_venue = accepted(rig), replacing;
	uint64_t whole[2], before[2], other[2];
	rig_execute(rig, &at_venue, 30, 1629900);
	replace_by_b(rig, &replacing);
	peer.count = 0;
	struct own_order *order = &fold->orders.slots[fold->orders.open_head];
	fold_hash(fold, whole);
	fold_hash_before(fold, before);
	assert_memory_not_equal(whole, before, sizeof whole);
	order->first_ref++;
	fold_hash_before(fold, other);
	order->first_ref--;
	assert_memory_equal(before, other, sizeof before);
}

#define OF_BOTH(test)                                                                              \
	cmocka_unit_test_setup_teardown(test, open_42, shut),                                      \
		cmocka_unit_test_setup_teardown(test, open_44, shut)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_BOTH(a_bust_leaves_what_stands_of_an_open_order),
		OF_BOTH(a_bust_of_a_chain_whose_beginning_is_forgotten_reaches_what_works),
		OF_BOTH(a_bust_in_the_middle_of_a_chain_reaches_what_works),
		OF_BOTH(a_late_fill_of_a_chain_counts_whatever_of_it_is_forgotten),
		OF_BOTH(a_bust_after_a_chains_end_is_told_by_its_last_name),
		OF_BOTH(a_bust_reaches_a_replacement_that_outlived_its_original),
		OF_BOTH(a_bust_of_a_forgotten_order_says_that_no_more_is_known),
		OF_BOTH(what_stands_never_falls_below_nothing),
		OF_BOTH(all_of_an_order_that_decides_later_is_in_the_hash),
		OF_BOTH(all_of_an_execution_that_decides_later_is_in_the_hash),
		OF_BOTH(a_hash_of_an_older_build_is_known),
		OF_BOTH(a_bust_of_a_filled_order_leaves_what_stands_and_opens_nothing),
		OF_BOTH(a_correction_restates_what_was_executed_and_for_how_much),
		OF_BOTH(a_late_fill_counts_with_what_stands),
		OF_BOTH(a_bust_after_a_replace_is_of_the_chain),
		OF_BOTH(a_bust_while_a_replace_is_under_way_reaches_what_replaces),
		OF_BOTH(a_replace_refused_after_a_bust_leaves_what_stands),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
