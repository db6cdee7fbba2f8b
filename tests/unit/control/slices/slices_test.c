/* slices_test.c - limits that come and go keep their cuts; a record brings all of it back, or is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "control/slices/record.h"

static struct slices slices;
static struct limitset *set;
static struct site_config site = {.gate_count = 2, .gates = {{.name = "east"}, {.name = "west"}}};
static struct symbol_config symbols[2];
static uint32_t epoch_now;

static const struct slice_key credit = {
	.scope = SCOPE_FIRM, .limit = LIMIT_credit, .symbol = SYMBOL_NONE};
static const struct slice_key rate = {
	.scope = SCOPE_SYMBOL, .limit = LIMIT_order_rate, .symbol = 1};
static const struct slice_key burst = {
	.scope = SCOPE_SYMBOL, .limit = LIMIT_order_rate, .part = SLICE_BURST, .symbol = 1};

static int begin(void **state)
{
	(void)state;
	set = calloc(1, sizeof *set);
	symbols[0].name = symbol_pack("AAPL");
	symbols[1].name = symbol_pack("MSFT");
	site.symbols = symbols;
	site.symbol_count = 2;
	epoch_now = 0;
	return !slices_open(&slices, 2, 64);
}

static int end(void **state)
{
	(void)state;
	slices_close(&slices);
	free(set);
	return 0;
}

static struct limit_row *state_row(enum scope scope, uint32_t symbol)
{
	struct limit_row *row = &set->rows[set->row_count++];
	limit_row_init(row, scope, 0, symbol);
	return row;
}

static void state(struct limit_row *row, enum limit limit, int64_t value, uint32_t tokens)
{
	row->stated |= UINT64_C(1) << limit;
	row->limits[limit] =
		(struct limit_value){.value = value, .window_ns = 1000, .burst = tokens};
}

/* A file with the firm's credit and, of MSFT, a rate. */
static void make(uint64_t hash, int64_t whole_credit, int64_t orders, uint32_t tokens)
{
	memset(set, 0, offsetof(struct limitset, rows));
	set->hash[0] = hash;
	struct limit_row *firm = state_row(SCOPE_FIRM, SYMBOL_NONE);
	state(firm, LIMIT_credit, whole_credit, 0);
	state(firm, LIMIT_max_order_value, 1000, 0);
	if (orders > 0)
		state(state_row(SCOPE_SYMBOL, 1), LIMIT_order_rate, orders, tokens);
}

static struct slice *cell(struct slice_key key)
{
	uint32_t at = slices_find(&slices, key);
	assert_int_not_equal(at, UINT32_MAX);
	return &slices.cells[at];
}

static void hear(uint32_t epoch, bool has_term)
{
	epoch_now = epoch;
	for (uint32_t i = 0; i < 2; i++)
		slices_hear(&slices, i,
			&(struct slices_word){.is_ours = true,
				.is_durable = true,
				.has_term = has_term,
				.epoch = epoch,
				.taken = slices.last_epoch > epoch ? slices.last_epoch : epoch});
}

/* Offers until nothing is to change. */
static void settle(bool is_term)
{
	hear(epoch_now, false);
	for (bool is_first = true; slices_plan(&slices, is_first, is_term, 1); is_first = false) {
		slices.durable = slices.record;
		slices_offer(&slices);
		hear(slices.offered_epoch, is_term);
		slices_turn(&slices);
	}
	slices.durable = slices.record;
}

static void has(struct slice_key key, int64_t first, int64_t second)
{
	assert_int_equal(cell(key)->sure[0], first);
	assert_int_equal(cell(key)->sure[1], second);
	assert_int_equal(first + second, cell(key)->whole);
}

static void each_gate_gets_its_part_of_both_numbers_of_a_rate(void **s)
{
	(void)s;
	make(1, 100, 7, 5);
	slices_want(&slices, set, false);
	settle(false);
	has(credit, 50, 50);
	has(rate, 4, 3);
	has(burst, 3, 2);
	assert_int_equal(slices.count, 3);
	assert_true(slices_is_settled(&slices) && slices_is_in_force(&slices));
}

static void move_all_the_way(struct slice_key key, uint32_t from, int64_t amount)
{
	struct slice_move *move =
		slices_move(&slices, slices_find(&slices, key), from, 1 - from, amount);
	assert_non_null(move);
	settle(false);
	assert_int_equal(move->stage, MOVE_CUT);
	slices_grant(&slices, move);
	settle(false);
	slices_turn(&slices);
	assert_int_equal(move->stage, MOVE_NONE);
}

static void what_was_moved_stays_so_through_loads_that_do_not_touch_it(void **s)
{
	(void)s;
	make(1, 100, 0, 0);
	slices_want(&slices, set, false);
	settle(false);
	move_all_the_way(credit, 0, 30);
	has(credit, 20, 80);
	make(2, 100, 8, 2);
	slices_want(&slices, set, false);
	settle(false);
	has(credit, 20, 80);
	has(rate, 4, 4);
	make(3, 50, 8, 2);
	slices_want(&slices, set, false);
	settle(false);
	has(credit, 10, 40);
}

static void a_term_is_returned_to_what_was_cut_before_with_limits_it_did_not_state(void **s)
{
	(void)s;
	make(1, 100, 8, 2);
	slices_want(&slices, set, false);
	settle(false);
	move_all_the_way(rate, 0, 3);
	has(rate, 1, 7);
	uint32_t former = epoch_now;
	make(2, 160, 0, 0);
	slices_want(&slices, set, true);
	settle(true);
	has(credit, 80, 80);
	assert_null(slices_move(&slices, slices_find(&slices, credit), 0, 1, 1)); /* slices (6) */
	hear(former, false);
	make(1, 100, 8, 2);
	slices_want(&slices, set, false);
	has(credit, 50, 50);
	has(rate, 1, 7);
	assert_false(slices_plan(&slices, false, false, 1));
	assert_true(slices_is_settled(&slices));
}

static void a_term_that_was_confirmed_stays(void **s)
{
	(void)s;
	make(1, 100, 8, 2);
	slices_want(&slices, set, false);
	settle(false);
	make(2, 160, 0, 0);
	slices_want(&slices, set, true);
	settle(true);
	hear(epoch_now, false);
	slices_stay(&slices);
	assert_int_equal(slices.count, 1);
	has(credit, 80, 80);
	assert_int_equal(slice_bound(cell(credit), 0), 80);
}

static void only_what_gives_more_waits_for_the_disk(void **s)
{
	(void)s;
	make(1, 100, 0, 0);
	slices_want(&slices, set, false);
	hear(0, false);
	assert_true(slices_plan(&slices, true, false, 1));
	assert_false(slices_may_offer(&slices));
	slices.durable = slices.record;
	assert_true(slices_may_offer(&slices));
	settle(false);
	make(2, 60, 8, 2); /* tighter, and a limit that was not stated */
	slices_want(&slices, set, false);
	assert_true(slices_plan(&slices, true, false, 1));
	assert_true(slices_may_offer(&slices));
	slices_offer(&slices);
	hear(slices.offered_epoch, false);
	has(credit, 30, 30);
}

static void an_amount_that_is_not_granted_comes_back(void **s)
{
	(void)s;
	make(1, 100, 0, 0);
	slices_want(&slices, set, false);
	settle(false);
	struct slice_move *move = slices_move(&slices, 0, 0, 1, 30);
	settle(false);
	assert_int_equal(slices_moving(&slices, credit), 30);
	assert_int_equal(cell(credit)->sure[0], 20);
	assert_true(slices_back(&slices, move));
	assert_false(slices_back(&slices, move));
	settle(false);
	has(credit, 50, 50);
	assert_int_equal(move->stage, MOVE_NONE);
	assert_null(slices_move(&slices, 0, 0, 1, 51));
	assert_null(slices_move(&slices, 0, 0, 0, 1));
}

/* slices (6): a control that begins anew may find a term in force beside a move that it knows of. */
static void a_term_gives_back_what_is_on_its_way(void **s)
{
	(void)s;
	make(1, 100, 0, 0);
	slices_want(&slices, set, false);
	settle(false);
	struct slice_move *move = slices_move(&slices, 0, 0, 1, 30);
	make(2, 10, 0, 0);
	slices_want(&slices, set, true);
	assert_int_equal(slices_moving(&slices, credit), 0);
	assert_int_equal(move->stage, MOVE_BACK);
	assert_int_equal(cell(credit)->kept[0], 50);
	make(1, 100, 0, 0);
	slices_want(&slices, set, false);
	settle(false);
	has(credit, 50, 50);
	make(3, 40, 0, 0);
	slices_want(&slices, set, false);
	settle(false);
	has(credit, 20, 20);
}

/* A file of symbols that states all that is cut of a symbol. */
static void make_symbols(uint64_t hash, uint32_t first, uint32_t count)
{
	memset(set, 0, offsetof(struct limitset, rows));
	set->hash[0] = hash;
	for (uint32_t i = 0; i < count; i++) {
		struct limit_row *row = state_row(SCOPE_SYMBOL, first + i);
		for (unsigned limit = 0; limit < LIMIT_COUNT; limit++)
			if (cut_adds_up(SCOPE_SYMBOL, (enum limit)limit, SLICE_VALUE) ||
				cut_adds_up(SCOPE_SYMBOL, (enum limit)limit, SLICE_BURST))
				state(row, (enum limit)limit, INT64_MAX, UINT32_MAX);
	}
}

/* A term's, and what it returns to, of other symbols all. */
static void the_largest_files_have_room(void **s)
{
	(void)s;
	slices_close(&slices);
	assert_true(slices_open(&slices, 2, slice_count_max()));
	make_symbols(1, 0, LIMIT_ROW_COUNT_MAX);
	slices_want(&slices, set, false);
	uint32_t count = slices.count;
	make_symbols(2, LIMIT_ROW_COUNT_MAX, LIMIT_ROW_COUNT_MAX);
	slices_want(&slices, set, true);
	assert_int_equal(slices.count, 2 * count);
}

/* ---- the record ---- */

static void a_record_brings_everything_back(void **s)
{
	(void)s;
	struct config_error error;
	make(1, 100, 8, 2);
	slices_want(&slices, set, false);
	settle(false);
	slices_move(&slices, slices_find(&slices, credit), 0, 1, 30);
	settle(false);
	char *text = slices_text(&slices, &site), *again;
	assert_non_null(text);
	slices_clear(&slices);
	assert_true(slices_read(&slices, &site, text, &error));
	again = slices_text(&slices, &site);
	assert_string_equal(text, again);
	assert_int_equal(slices.moves[0].stage, MOVE_CUT);
	make(1, 100, 8, 2);
	slices_want(&slices, set, false);
	hear(epoch_now, false);
	assert_int_equal(cell(credit)->sure[0], 20);
	slices_grant(&slices, &slices.moves[0]);
	settle(false);
	has(credit, 20, 80);
	free(text);
	free(again);
}

static void a_plan_that_may_have_been_offered_counts_as_offered(void **s)
{
	(void)s;
	struct config_error error;
	make(1, 100, 0, 0);
	slices_want(&slices, set, false);
	settle(false);
	slices_move(&slices, 0, 0, 1, 30);
	assert_true(slices_plan(&slices, false, false, 1));
	uint32_t planned = slices.planned_epoch;
	char *text = slices_text(&slices, &site);
	slices_clear(&slices);
	assert_true(slices_read(&slices, &site, text, &error));
	hear(planned, false);
	assert_int_equal(cell(credit)->sure[0], 20);
	free(text);
}

static void an_epoch_that_no_record_knows_may_hold_anything(void **s)
{
	(void)s;
	make(1, 100, 0, 0);
	slices_want(&slices, set, false);
	hear(7, false);
	assert_int_equal(cell(credit)->sure[0], SLICE_UNKNOWN);
	assert_false(slices_is_in_force(&slices));
	assert_true(slices_plan(&slices, false, false, 8));
	assert_int_equal(slices.planned_epoch, 8);
	assert_int_equal(cell(credit)->planned[0] + cell(credit)->planned[1], 0);
	settle(false);
	has(credit, 50, 50);
}

static void refused(const char *from, const char *to)
{
	struct config_error error;
	char *text = slices_text(&slices, &site);
	char *at = strstr(text, from);
	assert_non_null(at);
	memcpy(at, to, strlen(to));
	struct slices other;
	assert_true(slices_open(&other, 2, 64));
	assert_false(slices_read(&other, &site, text, &error));
	assert_non_null(strstr(error.text, "expected a record of slices"));
	assert_int_equal(other.count, 0);
	slices_close(&other);
	free(text);
}

static void a_record_that_cannot_be_is_refused(void **s)
{
	(void)s;
	make(1, 100, 8, 2);
	slices_want(&slices, set, false);
	settle(false);
	refused("\"east\"", "\"nord\"");
	refused("\"whole\": 100", "\"whole\": 101");
	refused("\"version\": 1", "\"version\": 2");
	refused("\"credit\"", "\"credot\"");
	refused("\"MSFT\"", "\"MSFX\"");
	refused("{", "[");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_gate_gets_its_part_of_both_numbers_of_a_rate, begin, end),
		cmocka_unit_test_setup_teardown(
			what_was_moved_stays_so_through_loads_that_do_not_touch_it, begin, end),
		cmocka_unit_test_setup_teardown(
			a_term_is_returned_to_what_was_cut_before_with_limits_it_did_not_state,
			begin, end),
		cmocka_unit_test_setup_teardown(a_term_that_was_confirmed_stays, begin, end),
		cmocka_unit_test_setup_teardown(
			only_what_gives_more_waits_for_the_disk, begin, end),
		cmocka_unit_test_setup_teardown(
			an_amount_that_is_not_granted_comes_back, begin, end),
		cmocka_unit_test_setup_teardown(a_term_gives_back_what_is_on_its_way, begin, end),
		cmocka_unit_test_setup_teardown(the_largest_files_have_room, begin, end),
		cmocka_unit_test_setup_teardown(a_record_brings_everything_back, begin, end),
		cmocka_unit_test_setup_teardown(
			a_plan_that_may_have_been_offered_counts_as_offered, begin, end),
		cmocka_unit_test_setup_teardown(
			an_epoch_that_no_record_knows_may_hold_anything, begin, end),
		cmocka_unit_test_setup_teardown(a_record_that_cannot_be_is_refused, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
