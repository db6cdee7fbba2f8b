/* standing_test.c - what FIX is told of an order after busts, corrections and late fills.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include "tests/support/fix_client_rig.h"

static void break_trade(struct rig *rig, uint32_t ref, uint64_t match)
{
	rig_answer(rig, &(struct ouch_out){.type = 'B', .ref = ref, .code = 'E', .match = match});
}

/* Order A, of which 30 were executed, becomes B: 90 are open. */
static void replace_by_b(struct rig *rig, struct ouch_in *replacing)
{
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=163|");
	assert_true(rig_venue_got(rig, replacing));
	struct ouch_in answer = *replacing;
	answer.symbol = symbol_pack("AAPL");
	answer.qty = 90;
	rig_accept(rig, &answer);
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
	struct fill *past = fills_past(&rig->gate->fold->fills, 0, at_venue.ref);
	assert_non_null(past);
	const struct fill known = *past;
	past->state = FILL_NONE;
	break_trade(rig, at_venue.ref, match);
	told("11=B|39=0|38=90|14=0|151=90|6=0|");
	*past = known; /* as the replay has it */
}

/* A walk along a chain leaves its first order at the end of it. */
static void a_long_chain_is_walked_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	char text[160];
	rig_execute(rig, &at_venue, 30, 1629900);
	uint64_t match = rig->venue.sequence;
	for (char name = 'B'; name <= 'E'; name++) {
		snprintf(text, sizeof text,
			"41=%c|11=%c|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=163|",
			name - 1, name);
		say(rig, "G", text);
		assert_true(rig_venue_got(rig, &replacing));
		struct ouch_in answer = replacing;
		answer.symbol = symbol_pack("AAPL");
		answer.qty = 90;
		rig_accept(rig, &answer);
	}
	const struct fill *past = fills_past(&rig->gate->fold->fills, 0, at_venue.ref);
	assert_int_not_equal(past->next_ref, replacing.ref);
	break_trade(rig, at_venue.ref, match);
	assert_int_equal(past->next_ref, replacing.ref);
	peer.count = 0;
}

/* The total of a replace is counted from it, so two folds that differ in it are two. */
static void what_stands_of_an_order_of_which_something_broke_is_in_the_hash(void **state)
{
	struct rig *rig = *state;
	struct fold *fold = rig->gate->fold;
	struct ouch_in at_venue = accepted(rig);
	uint64_t whole[2], other[2];
	rig_execute(rig, &at_venue, 30, 1629900);
	break_trade(rig, at_venue.ref, rig->venue.sequence);
	peer.count = 0;
	struct own_order *order = &fold->orders.slots[fold->orders.open_head];
	fold_hash(fold, whole);
	order->standing_qty++;
	fold_hash(fold, other);
	order->standing_qty--;
	assert_memory_not_equal(whole, other, sizeof whole);
	order->executed_value_e4++;
	fold_hash(fold, other);
	order->executed_value_e4--;
	assert_memory_not_equal(whole, other, sizeof whole);
}

#define OF_BOTH(test)                                                                              \
	cmocka_unit_test_setup_teardown(test, open_42, shut),                                      \
		cmocka_unit_test_setup_teardown(test, open_44, shut)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_BOTH(a_bust_leaves_what_stands_of_an_open_order),
		OF_BOTH(a_bust_of_a_chain_whose_beginning_is_forgotten_reaches_what_works),
		OF_BOTH(a_long_chain_is_walked_once),
		OF_BOTH(what_stands_of_an_order_of_which_something_broke_is_in_the_hash),
		OF_BOTH(a_bust_of_a_filled_order_leaves_what_stands_and_opens_nothing),
		OF_BOTH(a_correction_restates_what_was_executed_and_for_how_much),
		OF_BOTH(a_late_fill_counts_with_what_stands),
		OF_BOTH(a_bust_after_a_replace_is_of_the_chain),
		OF_BOTH(a_bust_while_a_replace_is_under_way_reaches_what_replaces),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
