/* What risk holds for an order's life, located shares included.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

static struct ouch_in sale(uint32_t ref, uint8_t side)
{
	struct ouch_in in = rig_order(ref);
	in.side = side;
	return in;
}

/* Located shares that the account's short sales use.  Its short sales need none, so no screen has them. */
static int64_t located(const struct rig *rig)
{
	const struct rows *rows = &rig->gate->fold->risk->rows;
	int64_t used = 0;
	for (uint32_t at = 0; at < rows->count; at++)
		if (rows->rows[at].key >> 16 == RIG_ACCOUNT)
			used += rows->locates[at].working + rows->locates[at].executed;
	return used;
}

static void say(struct rig *rig, uint8_t type, uint32_t ref, uint32_t qty, uint64_t match)
{
	struct ouch_out out = {
		.type = type, .ref = ref, .qty = qty, .match = match, .price_e4 = 1630000};
	out.code = type == 'E' ? 'A' : 'U';
	rig_answer(rig, &out);
}

static void replaced(struct rig *rig, const struct ouch_in *sent, uint32_t qty, uint8_t side)
{
	struct ouch_out out = {.type = 'U',
		.ref = sent->ref,
		.original_ref = sent->original_ref,
		.qty = qty,
		.price_e4 = 1630000,
		.side = side,
		.order_state = 'L'};
	rig_answer(rig, &out);
	rig_client_got(rig, 0, &out);
}

static void a_short_sale_uses_located_shares_until_it_is_cancelled(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'T'), other = sale(2, 'S'), exempt = sale(3, 'E');
	uint32_t ref = rig_pass_and_accept(rig, 0, &order).ref;
	assert_int_equal(located(rig), 100);
	other.price_e4 = 1630100;
	rig_pass_and_accept(rig, 0, &other);
	assert_int_equal(located(rig), 100);
	exempt.price_e4 = 1630200;
	uint32_t exempt_ref = rig_pass_and_accept(rig, 0, &exempt).ref;
	assert_int_equal(located(rig), 200);
	say(rig, 'C', exempt_ref, 100, 0);
	assert_int_equal(located(rig), 100);
	say(rig, 'C', ref, 30, 0);
	assert_int_equal(located(rig), 70);
	say(rig, 'C', ref, 70, 0);
	assert_int_equal(located(rig), 0);
}

static void what_was_executed_has_used_them_up(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'T');
	uint32_t ref = rig_pass_and_accept(rig, 0, &order).ref;
	say(rig, 'E', ref, 40, 501);
	assert_int_equal(located(rig), 100);
	say(rig, 'C', ref, 60, 0);
	assert_int_equal(located(rig), 40);
	say(rig, 'B', ref, 40, 501); /* broken: the locate was used all the same */
	assert_int_equal(located(rig), 40);
	rig_restart(rig, false);
	assert_int_equal(located(rig), 40);
}

static void a_short_sale_corrected_to_more_shares_uses_more(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'T'), other = sale(2, 'S');
	other.price_e4 = 1630100;
	uint32_t ref = rig_pass_and_accept(rig, 0, &order).ref;
	uint32_t long_ref = rig_pass_and_accept(rig, 0, &other).ref;
	say(rig, 'E', ref, 40, 501);
	say(rig, 'C', ref, 60, 0);
	say(rig, 'F', ref, 30, 501);
	assert_int_equal(located(rig), 40); /* it was used all the same */
	say(rig, 'F', ref, 40, 501);
	assert_int_equal(located(rig), 40);
	say(rig, 'F', ref, 70, 501);
	assert_int_equal(located(rig), 70);
	say(rig, 'E', long_ref, 40, 502);
	say(rig, 'F', long_ref, 50, 502);
	assert_int_equal(located(rig), 70);
}

static void a_venue_that_executes_more_than_was_open_uses_more(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'T');
	uint32_t ref = rig_pass_and_accept(rig, 0, &order).ref;
	say(rig, 'E', ref, 150, 501);
	assert_int_equal(located(rig), 150);
	say(rig, 'E', ref, 10, 502); /* after its last word */
	assert_int_equal(located(rig), 160);
}

static void a_fill_of_a_finished_sale_that_was_not_short_uses_none(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'S');
	uint32_t ref = rig_pass_and_accept(rig, 0, &order).ref;
	say(rig, 'E', ref, 100, 501);
	say(rig, 'E', ref, 10, 502);
	assert_int_equal(located(rig), 0);
}

static void a_replacement_and_its_original_use_the_larger_of_both(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'T');
	struct ouch_in more = rig_replace(1, 2, 150, 1630000),
		       less = rig_replace(2, 3, 60, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in sent = rig_pass(rig, 0, &more);
	assert_int_equal(located(rig), 150);
	say(rig, 'E', sent.original_ref, 20, 501); /* 20 are used up, 80 work or 130 */
	assert_int_equal(located(rig), 150);
	replaced(rig, &sent, 130, 'T');
	assert_int_equal(located(rig), 150);
	sent = rig_pass(rig, 0, &less);
	assert_int_equal(located(rig), 150);
	replaced(rig, &sent, 40, 'T');
	assert_int_equal(located(rig), 60);
}

static void a_replacement_that_is_refused_gives_back_what_it_used_beyond(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'T'), more = rig_replace(1, 2, 150, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in sent = rig_pass(rig, 0, &more);
	say(rig, 'J', sent.ref, 0, 0);
	assert_int_equal(located(rig), 100);
}

static void a_sale_that_becomes_short_needs_them_all(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'S'), replace = rig_replace(1, 2, 90, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(located(rig), 0);
	replace.options.present = 1u << 27;
	replace.options.value[27] = 'T';
	struct ouch_in sent = rig_pass(rig, 0, &replace);
	assert_int_equal(located(rig), 90);
	replaced(rig, &sent, 90, 'T');
	assert_int_equal(located(rig), 90);
}

static void a_sale_that_the_venue_makes_short_uses_them(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1, 'S');
	uint32_t ref = rig_pass_and_accept(rig, 0, &order).ref;
	struct ouch_out modified = {.type = 'M', .ref = ref, .side = 'T', .qty = 60};
	rig_answer(rig, &modified);
	assert_int_equal(located(rig), 60);
	modified.side = 'S';
	modified.qty = 50;
	rig_answer(rig, &modified);
	assert_int_equal(located(rig), 0);
}

/* What risk holds for the account's bids, to the share and to the ten-thousandth. */
static void holds(const struct rig *rig, int64_t qty, int64_t value_e4)
{
	struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.working_buy_qty, qty);
	assert_int_equal(row.working_buy_value_e4, value_e4);
}

static void what_is_taken_off_is_given_back_to_the_unit(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), other = rig_order(2);
	order.price_e4 = 1629900;
	other.price_e4 = 1629800;
	uint32_t ref = rig_pass_and_accept(rig, 0, &order).ref;
	rig_pass_and_accept(rig, 0, &other);
	holds(rig, 200, 100 * 1629900 + 100 * 1629800);
	say(rig, 'C', ref, 1, 0);
	holds(rig, 199, 99 * 1629900 + 100 * 1629800);
	struct ouch_out modified = {.type = 'M', .ref = ref, .side = 'B', .qty = 98};
	rig_answer(rig, &modified);
	holds(rig, 198, 98 * 1629900 + 100 * 1629800);
	say(rig, 'C', ref, 98, 0);
	holds(rig, 100, 100 * 1629800);
}

/* Of shares and of value each by itself: one may grow while the other shrinks. */
static void a_replacement_holds_the_larger_of_both_and_then_its_own_to_the_unit(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), dear = rig_replace(1, 2, 99, 1629900),
		       cheap = rig_replace(2, 3, 101, 1590000);
	order.price_e4 = 1610000;
	rig_pass_and_accept(rig, 0, &order);
	holds(rig, 100, 100 * 1610000);
	struct ouch_in sent = rig_pass(rig, 0, &dear);
	holds(rig, 100, 99 * 1629900);
	struct ouch_out out = {.type = 'U',
		.ref = sent.ref,
		.original_ref = sent.original_ref,
		.qty = 99,
		.price_e4 = 1629900,
		.side = 'B',
		.order_state = 'L'};
	rig_answer(rig, &out);
	rig_client_got(rig, 0, &out);
	holds(rig, 99, 99 * 1629900);
	sent = rig_pass(rig, 0, &cheap);
	holds(rig, 101, 99 * 1629900);
	say(rig, 'J', sent.ref, 0, 0);
	holds(rig, 99, 99 * 1629900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define LIFE_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		LIFE_TEST(a_short_sale_uses_located_shares_until_it_is_cancelled),
		LIFE_TEST(what_was_executed_has_used_them_up),
		LIFE_TEST(a_venue_that_executes_more_than_was_open_uses_more),
		LIFE_TEST(a_short_sale_corrected_to_more_shares_uses_more),
		LIFE_TEST(a_fill_of_a_finished_sale_that_was_not_short_uses_none),
		LIFE_TEST(a_replacement_and_its_original_use_the_larger_of_both),
		LIFE_TEST(a_replacement_that_is_refused_gives_back_what_it_used_beyond),
		LIFE_TEST(a_sale_that_becomes_short_needs_them_all),
		LIFE_TEST(a_sale_that_the_venue_makes_short_uses_them),
		LIFE_TEST(what_is_taken_off_is_given_back_to_the_unit),
		LIFE_TEST(a_replacement_holds_the_larger_of_both_and_then_its_own_to_the_unit),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.life", tests, NULL, NULL);
}
