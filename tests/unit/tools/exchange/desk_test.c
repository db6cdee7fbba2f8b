/* The venue's answers in OUCH 5.0, word by word, over a market of one symbol. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "tools/exchange/counter.h"
#include "tools/exchange/desk.h"

static struct desk *desk;
static uint32_t alice, bob;
static uint64_t heard[2];

static void on_event(void *context, const struct event *event)
{
	(void)context, (void)event;
}

static void on_fill(void *context, const struct match_fill *fill)
{
	(void)context;
	desk_on_fill(desk, fill);
}

static int desk_open(void **state)
{
	const struct match_sink sink = {.publish = on_event, .fill = on_fill};
	(void)state;
	desk = calloc(1, sizeof *desk);
	desk_init(desk);
	desk->match = match_open(&sink, 100);
	desk->exch_ns = 77;
	match_symbol(desk->match, 3, symbol_pack("ZVZZT"));
	desk_symbol(desk, 3, symbol_pack("ZVZZT"));
	alice = desk_user_add(desk, "alice", "secret", "");
	bob = desk_user_add(desk, "bob", "secret", "BOBB");
	heard[alice] = heard[bob] = 1; /* start of day */
	return 0;
}

static int desk_close(void **state)
{
	(void)state;
	match_close(desk->match);
	desk_free(desk);
	free(desk);
	return 0;
}

static void say(uint32_t user, const struct ouch_in *in)
{
	uint8_t bytes[MESSAGE_BYTES_MAX];
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, in);
	assert_true(size > 0);
	counter_take(desk, user, bytes, size);
}

/* hear takes the next answer, which must be of that type. */
static struct ouch_out hear(uint32_t user, uint8_t type)
{
	struct ouch_out message;
	uint32_t size;
	assert_true(heard[user] < desk->users[user].said.count);
	const uint8_t *bytes = sequence_message(&desk->users[user].said, ++heard[user], &size);
	assert_int_equal(ouch50_parse_out(bytes, size, &message), OUCH_OK);
	assert_int_equal(message.type, type);
	assert_int_equal(message.time_ns, 77);
	return message;
}

static void silence(uint32_t user)
{
	assert_int_equal(heard[user], desk->users[user].said.count);
}

static struct ouch_in order_of(uint32_t ref, uint8_t side, uint32_t qty, uint64_t price_e4)
{
	struct ouch_in in = {.type = 'O',
		.ref = ref,
		.side = side,
		.qty = qty,
		.symbol = symbol_pack("ZVZZT"),
		.price_e4 = price_e4,
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	memcpy(in.clordid, "ORDER-00000001", sizeof in.clordid);
	return in;
}

static void enter(uint32_t user, uint32_t ref, uint8_t side, uint32_t qty, uint64_t price_e4)
{
	struct ouch_in in = order_of(ref, side, qty, price_e4);
	say(user, &in);
}

static void replace(uint32_t user, uint32_t old, uint32_t ref, uint32_t qty, uint64_t price_e4)
{
	struct ouch_in in = order_of(ref, 'B', qty, price_e4);
	in.type = 'U';
	in.original_ref = old;
	say(user, &in);
}

static void cancel(uint32_t user, uint32_t ref, uint32_t qty)
{
	struct ouch_in in = {.type = 'X', .ref = ref, .qty = qty};
	say(user, &in);
}

static const struct desk_order *last_order(uint32_t user)
{
	return &desk->users[user].orders[desk->users[user].order_count - 1];
}

static void an_order_is_accepted_with_what_it_said(void **state)
{
	(void)state;
	struct ouch_in in = order_of(1, 'T', 100, 100000);
	in.options.present = 1u << 2 | 1u << 24;
	in.options.value[2] = 0x4C494D45;
	in.options.value[24] = 9;
	say(alice, &in);
	struct ouch_out a = hear(alice, 'A');
	assert_int_equal(a.ref, 1);
	assert_int_equal(a.side, 'T');
	assert_int_equal(a.qty, 100);
	assert_int_equal(a.price_e4, 100000);
	assert_int_equal(a.order_state, 'L');
	assert_memory_equal(a.clordid, "ORDER-00000001", 14);
	assert_int_equal(a.options.value[2], 0x4C494D45);
	assert_int_equal(a.options.value[24], 9);
	assert_non_null(match_find(desk->match, a.order_reference));
	silence(alice);
}

static void both_sides_hear_of_a_trade_under_one_match_number(void **state)
{
	(void)state;
	enter(alice, 1, 'S', 100, 100000);
	enter(bob, 1, 'B', 150, 100100);
	hear(alice, 'A');
	hear(bob, 'A');
	struct ouch_out maker = hear(alice, 'E'), taker = hear(bob, 'E');
	assert_int_equal(maker.match, taker.match);
	assert_int_equal(maker.qty, 100);
	assert_int_equal(taker.price_e4, 100000);
	assert_int_equal(maker.code, 'A');
	assert_int_equal(taker.code, 'R');
	assert_int_equal(last_order(alice)->state, DESK_FILLED);
	assert_int_equal(last_order(bob)->open, 50);
	silence(bob);
}

static void what_an_ioc_order_does_not_trade_is_canceled(void **state)
{
	(void)state;
	struct ouch_in in = order_of(1, 'B', 100, 100000);
	in.time_in_force = '3';
	say(alice, &in);
	hear(alice, 'A');
	struct ouch_out c = hear(alice, 'C');
	assert_int_equal(c.qty, 100);
	assert_int_equal(c.code, 'I');
	assert_int_equal(last_order(alice)->state, DESK_CANCELED);
}

static void a_number_used_before_is_ignored_in_silence(void **state)
{
	(void)state;
	enter(alice, 5, 'B', 100, 100000);
	hear(alice, 'A');
	enter(alice, 5, 'B', 100, 100000);
	enter(alice, 4, 'B', 100, 100000);
	silence(alice);
	assert_int_equal(desk->users[alice].counts.repeated, 2);
	enter(alice, 6, 'B', 100, 100000);
	hear(alice, 'A');
	enter(bob, 1, 'B', 100, 100000); /* each port counts for itself */
	hear(bob, 'A');
}

static void terms_that_are_wrong_are_rejected_by_their_code(void **state)
{
	const struct {
		uint16_t code;
		uint8_t side, tif, display, cross;
		uint32_t qty;
		uint64_t price_e4;
		const char *symbol;
	} cases[] = {
		{0x0013, 'B', '0', 'Y', 'N', 0, 100000, "ZVZZT"},
		{0x0013, 'B', '0', 'Y', 'N', 1000000, 100000, "ZVZZT"},
		{0, 'B', '0', 'Y', 'N', 999999, 100000, "ZVZZT"},
		{0x001D, 'B', '0', 'Y', 'N', 100, 0, "ZVZZT"},
		{0x001D, 'B', '0', 'Y', 'N', 100, 1999999901, "ZVZZT"},
		{0, 'B', '0', 'Y', 'N', 100, 1999999900, "ZVZZT"},
		{0x001D, 'B', '0', 'Y', 'N', 100, OUCH_MARKET_PRICE_E4, "ZVZZT"},
		{0x0009, 'X', '0', 'Y', 'N', 100, 100000, "ZVZZT"},
		{0x0017, 'B', '0', 'Y', 'N', 100, 100000, "NONE"},
		{0x0003, 'B', '0', 'Z', 'N', 100, 100000, "ZVZZT"},
		{0x0014, 'B', '0', 'Y', 'O', 100, 100000, "ZVZZT"},
		{0x000F, 'B', '6', 'Y', 'N', 100, 100000, "ZVZZT"},
	};
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct ouch_in in = order_of(i + 1, cases[i].side, cases[i].qty, cases[i].price_e4);
		in.time_in_force = cases[i].tif;
		in.display = cases[i].display;
		in.cross_type = cases[i].cross;
		in.symbol = symbol_pack(cases[i].symbol);
		say(alice, &in);
		struct ouch_out out = hear(alice, cases[i].code == 0 ? 'A' : 'J');
		assert_int_equal(out.reject_code, cases[i].code);
		assert_int_equal(out.ref, i + 1); /* the number is consumed either way */
	}
}

static void a_cancel_leaves_the_total_that_was_intended(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 100000);
	enter(bob, 1, 'S', 30, 100000);
	hear(alice, 'A');
	hear(alice, 'E');
	cancel(alice, 1, 100); /* nothing to take off */
	silence(alice);
	cancel(alice, 1, 50);
	assert_int_equal(hear(alice, 'C').qty, 50);
	assert_int_equal(last_order(alice)->open, 20);
	cancel(alice, 1, 30); /* what has executed already */
	assert_int_equal(hear(alice, 'C').qty, 20);
	assert_int_equal(last_order(alice)->state, DESK_CANCELED);
	cancel(alice, 1, 0);
	cancel(alice, 9, 0);
	silence(alice);
	assert_int_equal(desk->users[alice].counts.superfluous, 3);
}

static void a_replace_states_the_total_of_the_chain(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 100000);
	enter(bob, 1, 'S', 30, 100000);
	hear(alice, 'A');
	hear(alice, 'E');
	replace(alice, 1, 2, 120, 99000);
	struct ouch_out u = hear(alice, 'U');
	assert_int_equal(u.original_ref, 1);
	assert_int_equal(u.ref, 2);
	assert_int_equal(u.qty, 90);
	assert_int_equal(u.price_e4, 99000);
	assert_int_equal(desk->users[alice].orders[0].state, DESK_REPLACED);
	replace(alice, 2, 3, 31, 99000);
	assert_int_equal(hear(alice, 'U').qty, 1);
	replace(alice, 3, 4, 30, 99000); /* nothing is left to execute: the order goes */
	struct ouch_out c = hear(alice, 'C');
	assert_int_equal(c.ref, 3);
	assert_int_equal(c.qty, 1);
	assert_int_equal(desk->users[alice].last_ref, 3); /* the number is not consumed */
	enter(alice, 4, 'B', 10, 99000);
	hear(alice, 'A');
}

static void a_replace_of_what_is_gone_is_silence_and_consumes_nothing(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 100000);
	hear(alice, 'A');
	cancel(alice, 1, 0);
	hear(alice, 'C');
	replace(alice, 1, 2, 100, 99000);
	replace(alice, 7, 3, 100, 99000);
	silence(alice);
	enter(alice, 2, 'B', 100, 100000);
	hear(alice, 'A');
	replace(alice, 2, 2, 100, 99000); /* its own number: used */
	silence(alice);
}

static void a_replace_during_a_halt_is_refused_and_the_order_stays(void **state)
{
	(void)state;
	enter(alice, 1, 'B', 100, 100000);
	hear(alice, 'A');
	desk_halt(desk, 3, DESK_HALT, true);
	enter(alice, 2, 'B', 100, 100000);
	assert_int_equal(hear(alice, 'J').reject_code, 0x0007);
	replace(alice, 1, 3, 100, 99000);
	struct ouch_out j = hear(alice, 'J');
	assert_int_equal(j.reject_code, 0x0007);
	assert_int_equal(j.ref, 3);
	assert_int_equal(desk->users[alice].orders[0].state, DESK_LIVE);
	cancel(alice, 1, 0); /* the way out stays open */
	hear(alice, 'C');
}

static void a_mass_cancel_takes_what_it_names(void **state)
{
	struct ouch_in in = {.type = 'C', .ref = 4, .symbol = symbol_pack("ZVZZT")};
	(void)state;
	enter(bob, 1, 'B', 100, 90000);
	enter(bob, 2, 'S', 100, 110000);
	struct ouch_in other = order_of(3, 'B', 100, 90000);
	other.options.present = 1u << 2;
	other.options.value[2] = 0x4C494D45;
	say(bob, &other);
	for (int i = 0; i < 3; i++)
		hear(bob, 'A');
	memcpy(in.firm, "BOBB", 4);
	in.options.present = 1u << 27;
	in.options.value[27] = 'S';
	say(bob, &in);
	struct ouch_out x = hear(bob, 'X');
	assert_int_equal(x.ref, 4);
	assert_memory_equal(x.firm, "BOBB", 4);
	assert_int_equal(hear(bob, 'C').ref, 2);
	silence(bob);
	in.ref = 5;
	in.symbol = symbol_pack("");
	in.options.present = 0;
	say(bob, &in);
	hear(bob, 'X');
	assert_int_equal(hear(bob, 'C').ref, 1);
	silence(bob);
	assert_int_equal(last_order(bob)->state, DESK_LIVE);
}

static void a_port_without_a_firm_cancels_for_whom_it_names(void **state)
{
	struct ouch_in in = {.type = 'C', .ref = 2, .symbol = symbol_pack("")};
	(void)state;
	enter(alice, 1, 'B', 100, 90000);
	hear(alice, 'A');
	memcpy(in.firm, "LIME", 4);
	say(alice, &in);
	hear(alice, 'X');
	assert_int_equal(hear(alice, 'C').ref, 1);
}

static void a_disabled_firm_is_refused_until_enabled(void **state)
{
	struct ouch_in in = {.type = 'D', .ref = 1};
	(void)state;
	memcpy(in.firm, "BOBB", 4);
	say(bob, &in);
	assert_memory_equal(hear(bob, 'G').firm, "BOBB", 4);
	enter(bob, 2, 'B', 100, 90000);
	assert_int_equal(hear(bob, 'J').reject_code, 0x000C);
	in.type = 'E';
	in.ref = 3;
	say(bob, &in);
	hear(bob, 'K');
	enter(bob, 4, 'B', 100, 90000);
	hear(bob, 'A');
}

static void a_query_tells_the_next_number(void **state)
{
	struct ouch_in in = {.type = 'Q'};
	(void)state;
	say(alice, &in);
	assert_int_equal(hear(alice, 'Q').ref, 1);
	enter(alice, 41, 'B', 100, 90000);
	hear(alice, 'A');
	say(alice, &in);
	assert_int_equal(hear(alice, 'Q').ref, 42);
}

static void names_are_compared_without_case_and_nonsense_is_counted(void **state)
{
	(void)state;
	assert_int_equal(desk_user_find(desk, "ALICE", "Secret"), alice);
	assert_int_equal(desk_user_find(desk, "ALICE", "wrong"), UINT32_MAX);
	counter_take(desk, alice, (const uint8_t *)"O", 1);
	counter_take(desk, alice, (const uint8_t *)"?", 1);
	counter_take(desk, alice, NULL, 0);
	assert_int_equal(desk->users[alice].counts.malformed, 3);
	silence(alice);
}

static void at_all_times_shares_are_conserved(void **state)
{
	(void)state;
	srand48(5);
	uint32_t ref[2] = {0, 0};
	for (int i = 0; i < 5000; i++) {
		uint32_t user = (uint32_t)(lrand48() % 2);
		uint32_t some = ref[user] == 0 ? 0 : (uint32_t)(lrand48() % ref[user]) + 1;
		uint64_t price_e4 = (uint64_t)(100000 + lrand48() % 20 * 100);
		long what = lrand48() % 4;
		if (what < 2)
			enter(user, ++ref[user], what == 0 ? 'B' : 'S', (uint32_t)(lrand48() % 200),
				price_e4);
		else if (what == 2)
			replace(user, some, ++ref[user], (uint32_t)(lrand48() % 300), price_e4);
		else
			cancel(user, some, (uint32_t)(lrand48() % 200));
	}
	uint64_t bought = 0, sold = 0;
	for (uint32_t u = 0; u < 2; u++) {
		for (uint64_t i = 0; i < desk->users[u].order_count; i++) {
			const struct desk_order *o = &desk->users[u].orders[i];
			const struct match_order *there = match_find(desk->match, o->reference);
			if (o->state == DESK_REJECTED)
				continue;
			assert_int_equal(o->state == DESK_LIVE, there != NULL);
			assert_int_equal(o->open, there == NULL ? 0 : there->qty);
			if (o->state != DESK_REPLACED)
				assert_int_equal(o->qty, o->executed + o->canceled + o->open);
			*(o->side == 'B' ? &bought : &sold) += o->executed;
		}
	}
	assert_true(bought > 0);
	assert_int_equal(bought, sold);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, desk_open, desk_close)
	const struct CMUnitTest tests[] = {
		EACH(an_order_is_accepted_with_what_it_said),
		EACH(both_sides_hear_of_a_trade_under_one_match_number),
		EACH(what_an_ioc_order_does_not_trade_is_canceled),
		EACH(a_number_used_before_is_ignored_in_silence),
		EACH(terms_that_are_wrong_are_rejected_by_their_code),
		EACH(a_cancel_leaves_the_total_that_was_intended),
		EACH(a_replace_states_the_total_of_the_chain),
		EACH(a_replace_of_what_is_gone_is_silence_and_consumes_nothing),
		EACH(a_replace_during_a_halt_is_refused_and_the_order_stays),
		EACH(a_mass_cancel_takes_what_it_names),
		EACH(a_port_without_a_firm_cancels_for_whom_it_names),
		EACH(a_disabled_firm_is_refused_until_enabled),
		EACH(a_query_tells_the_next_number),
		EACH(names_are_compared_without_case_and_nonsense_is_counted),
		EACH(at_all_times_shares_are_conserved),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.desk", tests, NULL, NULL);
}
