/* The desk's hand: what the venue does to orders and trades unasked, what participants and the public hear of
   it, and reactions that wait for a message.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/itch50.h"
#include "tests/unit/tools/exchange/venue.h"
#include "tools/exchange/counter.h"
#include "tools/exchange/hand.h"

static uint64_t heard[3];
static uint32_t alice, bob, copy;

static int begin(void **state)
{
	static struct options options;
	(void)state;
	options = venue_options();
	venue_user(&options, "alice", "secret", "ALCE");
	venue_user(&options, "bob", "secret", "");
	options.drops[0] = (struct options_drop){"copy", "secret", "alice"};
	options.drop_count = 1;
	venue_open(&options);
	exchange_begin(x, 1);
	alice = desk_user_named(x->desk, "alice");
	bob = desk_user_named(x->desk, "bob");
	copy = desk_user_named(x->desk, "copy");
	heard[alice] = heard[bob] = heard[copy] = 1; /* start of day */
	return 0;
}

/* refused tells that a line is not done, and that nobody hears anything of it. */
static void refused(const char *line)
{
	uint64_t next = x->tape.next, said = x->desk->users[alice].said.count;
	assert_true(commands_do(x, line, 1, answer, sizeof answer));
	if (strncmp(answer, "error", 5) != 0)
		fail_msg("`%s`: found `%s`, expected an error", line, answer);
	assert_int_equal(x->tape.next, next);
	assert_int_equal(x->desk->users[alice].said.count, said);
}

static void say(uint32_t user, const struct ouch_in *in)
{
	uint8_t bytes[MESSAGE_BYTES_MAX];
	counter_take(x->desk, user, bytes, ouch50_build_in(bytes, sizeof bytes, in));
}

static void enter(uint32_t user, uint32_t ref, uint8_t side, uint32_t qty, uint64_t price_e4)
{
	struct ouch_in in = {.type = 'O',
		.ref = ref,
		.side = side,
		.qty = qty,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = price_e4,
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	memcpy(in.clordid, "CLORDID-000001", sizeof in.clordid);
	say(user, &in);
}

/* hear takes the next answer, which must be of that type. */
static struct ouch_out hear(uint32_t user, uint8_t type)
{
	struct ouch_out message;
	uint32_t size;
	const struct sequence *said = &x->desk->users[user].said;
	assert_true(heard[user] < said->count);
	const uint8_t *bytes = sequence_message(said, ++heard[user], &size);
	assert_int_equal(ouch50_parse_out(bytes, size, &message), OUCH_OK);
	assert_int_equal(message.type, type);
	return message;
}

static void silence(uint32_t user)
{
	assert_int_equal(heard[user], x->desk->users[user].said.count);
}

/* feed gives a field of the message that the feed said last. */
static uint64_t feed(uint8_t type, const char *name)
{
	uint32_t size;
	const uint8_t *message = history_message(&x->tape.history, x->tape.next - 1, &size);
	assert_int_equal(message[0], type);
	return itch50_field_value(message, itch50_field_of(type, name));
}

static void a_fill_by_hand_is_told_to_all_who_should_know(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 1630000);
	uint64_t reference = hear(alice, 'A').order_reference;
	done("fill alice 1 40");
	struct ouch_out e = hear(alice, 'E');
	assert_int_equal(e.qty, 40);
	assert_int_equal(e.price_e4, 1630000);
	assert_int_equal(e.code, 'A');
	assert_int_equal(feed('E', "order_ref"), reference);
	assert_int_equal(feed('E', "match_number"), e.match);
	assert_int_equal(feed('E', "executed_shares"), 40);
	done("fill alice last 60 at 162.50 flag k");
	e = hear(alice, 'E');
	assert_int_equal(e.price_e4, 1625000);
	assert_int_equal(e.code, 'k');
	assert_int_equal(feed('C', "execution_price"), 1625000);
	assert_int_equal(hand_order(&x->desk->users[alice], 1)->state, DESK_FILLED);
	hear(copy, 'A');
	hear(copy, 'E');
	assert_int_equal(hear(copy, 'E').match, e.match);
	silence(copy);
	refused("fill alice 1 1");
}

static void what_cannot_be_done_is_refused_and_nobody_hears_of_it(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 1630000);
	hear(alice, 'A');
	refused("fill alice 1 101");
	refused("fill alice 2 10");
	refused("fill nobody 1 10");
	refused("fill alice 0 10");
	refused("fill alice 1 10 at 0");
	refused("fill alice 1");
	refused("cancel alice 1 reason nonsense");
	refused("cancel alice 1 101");
	refused("bust alice last");
	refused("bust alice 99");
	refused("restate alice 1 reason unheard_of");
	refused("restate alice 1 display 101");
	refused("move alice 2");
	refused("next alice enter pend");
	refused("next alice cancel reject halted");
	refused("next 0 alice enter dead");
	refused("next alice enter reject nonsense");
	refused("break alice sideways 10");
	refused("sequence alice 3");
	refused("flood alice 10 nonsense");
	refused("door deaf");
	refused("door session MUCHTOOLONGNAME");
	refused("tell alice E price nonsense");
	refused("tell alice Z");
	refused("tell alice E unheard_of 1");
	silence(alice);
}

static void a_cancel_by_the_desk_says_why(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 1630000);
	hear(alice, 'A');
	done("cancel alice 1 30");
	struct ouch_out c = hear(alice, 'C');
	assert_int_equal(c.qty, 30);
	assert_int_equal(c.code, 'S');
	assert_int_equal(feed('X', "cancelled_shares"), 30);
	done("cancel alice 1 reason regulatory");
	c = hear(alice, 'C');
	assert_int_equal(c.qty, 70);
	assert_int_equal(c.code, 'D');
	refused("cancel alice 1");
}

static void a_prevented_trade_is_told_as_aiq(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 1630000);
	hear(alice, 'A');
	done("prevent alice 1 30 strategy D");
	struct ouch_out d = hear(alice, 'D');
	assert_int_equal(d.qty, 30);
	assert_int_equal(d.qty_prevented, 30);
	assert_int_equal(d.code, 'Q');
	assert_int_equal(d.aiq_strategy, 'D');
	assert_int_equal(hand_order(&x->desk->users[alice], 1)->open, 70);
}

static void a_trade_is_broken_once_for_both_sides_and_in_public(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 1630000);
	enter(bob, 1, 'S', 100, 1630000);
	hear(alice, 'A');
	hear(bob, 'A');
	uint64_t match = hear(alice, 'E').match;
	assert_int_equal(hear(bob, 'E').match, match);
	done("bust alice last reason consent");
	struct ouch_out mine = hear(alice, 'B'), theirs = hear(bob, 'B');
	assert_int_equal(mine.match, match);
	assert_int_equal(theirs.match, match);
	assert_int_equal(mine.code, 'C');
	assert_memory_equal(mine.clordid, "CLORDID-000001", 14);
	assert_int_equal(feed('B', "match_number"), match);
	refused("bust alice last");
	refused("bust bob last");
}

static void a_restated_or_moved_order_has_another_public_number(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 1630000);
	uint64_t before = hear(alice, 'A').order_reference;
	done("restate alice 1 reason price at 163.05");
	struct ouch_out r = hear(alice, 'R');
	assert_int_equal(r.code, 'P');
	assert_int_equal(r.options.value[23], 1630500);
	assert_int_equal(r.options.value[22], 100);
	assert_int_equal(feed('U', "original_order_ref"), before);
	assert_int_equal(feed('U', "new_order_ref"), (uint64_t)r.options.value[1]);
	done("move alice 1");
	struct ouch_out t = hear(alice, 'T');
	assert_int_equal(feed('U', "new_order_ref"), t.order_reference);
	assert_int_equal(t.price_e4, 1630500);
	enter(bob, 1, 'S', 100, 1640000);
	refused("move alice 1 at 164.00"); /* it would trade there */
	done("fill alice 1 100");
	assert_int_equal(feed('E', "order_ref"), t.order_reference);
}

static void reactions_are_spent_one_by_one(void **state)
{
	(void)state;
	done("next 2 alice enter reject halted");
	done("next alice enter dead");
	done("next bob enter ignore");
	enter(alice, 1, 'B', 100, 1630000);
	enter(alice, 2, 'B', 100, 1630000);
	enter(alice, 3, 'B', 100, 1630000);
	enter(alice, 4, 'B', 100, 1630000);
	enter(bob, 1, 'B', 100, 1630000);
	assert_int_equal(hear(alice, 'J').reject_code, 7);
	assert_int_equal(hear(alice, 'J').reject_code, 7);
	assert_int_equal(hear(alice, 'A').order_state, 'D');
	assert_int_equal(hear(alice, 'A').order_state, 'L');
	silence(alice);
	silence(bob);
	enter(bob, 1, 'B', 100, 1630000); /* the venue never saw the number */
	hear(bob, 'A');
	done("next alice cancel pend");
	done("next alice cancel refuse");
	const struct ouch_in cancel = {.type = 'X', .ref = 4};
	say(alice, &cancel);
	say(alice, &cancel);
	say(alice, &cancel);
	assert_int_equal(hear(alice, 'P').ref, 4);
	assert_int_equal(hear(alice, 'I').ref, 4);
	assert_int_equal(hear(alice, 'C').qty, 100);
}

static void a_replace_may_be_rejected_or_dead(void **state)
{
	(void)state;
	struct ouch_in replace = {.type = 'U',
		.original_ref = 1,
		.ref = 2,
		.qty = 50,
		.price_e4 = 1620000,
		.time_in_force = '0',
		.display = 'Y',
		.iso = 'N'};
	enter(alice, 1, 'B', 100, 1630000);
	hear(alice, 'A');
	done("next alice replace reject 0x0015");
	done("next alice replace dead");
	say(alice, &replace);
	assert_int_equal(hear(alice, 'J').reject_code, 0x15);
	assert_int_equal(hand_order(&x->desk->users[alice], 1)->state, DESK_LIVE);
	replace.ref = 3;
	say(alice, &replace);
	assert_int_equal(hear(alice, 'U').order_state, 'D');
	assert_int_equal(feed('D', "order_ref"), 1);
	assert_int_equal(hand_order(&x->desk->users[alice], 2)->open, 0);
}

static void a_modify_changes_the_sale_or_takes_off(void **state)
{
	(void)state;
	struct ouch_in modify = {.type = 'M', .ref = 1, .side = 'T', .qty = 100};
	enter(alice, 1, 'S', 100, 1630000);
	hear(alice, 'A');
	say(alice, &modify);
	struct ouch_out m = hear(alice, 'M');
	assert_int_equal(m.side, 'T');
	assert_int_equal(m.qty, 100);
	modify.qty = 60;
	say(alice, &modify);
	assert_int_equal(hear(alice, 'M').qty, 60);
	assert_int_equal(feed('X', "cancelled_shares"), 40);
	modify.qty = 61; /* may not rise */
	say(alice, &modify);
	modify.qty = 60;
	modify.side = 'S'; /* nor go back */
	say(alice, &modify);
	silence(alice);
}

static void a_port_for_copies_takes_no_orders(void **state)
{
	(void)state;
	enter(copy, 1, 'B', 100, 1630000);
	silence(copy);
	assert_int_equal(x->desk->users[copy].counts.ignored, 1);
	enter(bob, 1, 'B', 100, 1630000);
	silence(copy); /* not its business */
	done("next alice enter reject other");
	enter(alice, 1, 'B', 100, 1630000);
	silence(copy); /* nothing became of it */
}

static void anything_can_be_told_and_changes_nothing(void **state)
{
	(void)state;
	done("tell alice E user_ref_num 7 quantity 100 price 163.05 liquidity_flag R match_number "
	     "99");
	struct ouch_out e = hear(alice, 'E');
	assert_int_equal(e.ref, 7);
	assert_int_equal(e.qty, 100);
	assert_int_equal(e.price_e4, 1630500);
	assert_int_equal(e.code, 'R');
	assert_int_equal(e.match, 99);
	done("tell alice A user_ref_num 8 symbol MSFT clordid ABC firm LIME group_id 9");
	struct ouch_out a = hear(alice, 'A');
	assert_int_equal(a.symbol, symbol_pack("MSFT"));
	assert_memory_equal(a.clordid, "ABC           ", 14);
	assert_int_equal(a.options.value[2], 0x4C494D45);
	assert_int_equal(a.options.value[24], 9);
	assert_int_equal(x->desk->users[alice].order_count, 0);
	done("repeat alice");
	assert_int_equal(hear(alice, 'A').ref, 8);
}

static void messages_wait_while_the_venue_holds(void **state)
{
	(void)state;
	done("hold");
	enter(alice, 1, 'B', 100, 1630000);
	enter(bob, 1, 'S', 100, 1630000);
	silence(alice);
	silence(bob);
	done("flow");
	hear(alice, 'A');
	hear(bob, 'A');
	hear(alice, 'E');
	hear(bob, 'E');
	enter(alice, 2, 'B', 100, 1630000);
	hear(alice, 'A');
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
	const struct CMUnitTest tests[] = {
		EACH(a_fill_by_hand_is_told_to_all_who_should_know),
		EACH(what_cannot_be_done_is_refused_and_nobody_hears_of_it),
		EACH(a_cancel_by_the_desk_says_why),
		EACH(a_prevented_trade_is_told_as_aiq),
		EACH(a_trade_is_broken_once_for_both_sides_and_in_public),
		EACH(a_restated_or_moved_order_has_another_public_number),
		EACH(reactions_are_spent_one_by_one),
		EACH(a_replace_may_be_rejected_or_dead),
		EACH(a_modify_changes_the_sale_or_takes_off),
		EACH(a_port_for_copies_takes_no_orders),
		EACH(anything_can_be_told_and_changes_nothing),
		EACH(messages_wait_while_the_venue_holds),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.acts", tests, NULL, NULL);
}
