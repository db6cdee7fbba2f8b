/* What control offers in its bank is taken once.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/cut.h"
#include "dataplane/gate/banks.h"
#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

#define TERM_NS UINT64_C(1000000000)

static uint32_t in_force(const struct rig *rig)
{
	return atomic_load(&rig->region->gate.limits_epoch_adopted);
}

static struct limit_bank *next_bank(struct rig *rig)
{
	uint32_t next = atomic_load(&rig->control->limits_epoch) + 1;
	return &rig->control->banks[next % LIMIT_BANK_COUNT];
}

static void limits_come_back(struct rig *rig)
{
	struct limit_bank *bank = next_bank(rig);
	bank->within_ns = TERM_NS;
	bank->term = LIMITS_TRIAL;
	rig_limits(rig, NULL);
	rig_poll(rig, TERM_NS);
	assert_int_equal(in_force(rig), 1);
}

/* control's bank holds the epoch that returned: neither the gate that returned takes it again nor the next. */
static void what_returned_is_not_taken_again(void **state)
{
	struct rig *rig = *state;
	limits_come_back(rig);
	assert_int_equal(atomic_load(&rig->control->limits_epoch), 2);
	rig_poll(rig, 1000);
	assert_int_equal(in_force(rig), 1);
	assert_false(banks_take(rig->gate, false));
	rig_restart(rig, false);
	rig_poll(rig, 1000);
	assert_int_equal(in_force(rig), 1);
	assert_int_equal(rig->gate->fold->epochs.taken, 2);
	next_bank(rig)->term = LIMITS_STAY;
	rig_limits(rig, NULL);
	assert_int_equal(in_force(rig), 3);
}

static void who_loaded_them_and_for_how_long_is_in_the_record(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = next_bank(rig);
	bank->within_ns = 7;
	bank->uid = 1000;
	bank->second_uid = 1001;
	bank->persons = 2;
	rig_limits(rig, NULL);
	const struct limit_epoch_record *now = &rig->gate->fold->epochs.now;
	assert_int_equal(now->within_ns, 7);
	assert_int_equal(now->uid, 1000);
	assert_int_equal(now->second_uid, 1001);
	assert_int_equal(now->persons, 2);
	assert_int_equal(now->term, LIMITS_STAY);
}

/* The row of an account in force. */
static const struct limit_row *row_in_force(const struct rig *rig, uint32_t index)
{
	return &rig->gate->fold->risk->limits->rows[index];
}

static void of_a_limit_that_spans_gates_a_gate_takes_its_own_part(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = next_bank(rig);
	bank->cut_count = 3;
	bank->cuts[0] = (struct limit_cut){.row = 0,
		.limit = LIMIT_max_gross_exposure,
		.values = {{.value = 4200}, {.value = 7}}};
	bank->cuts[1] = (struct limit_cut){
		.row = 0, .limit = LIMIT_credit, .values = {{.value = 4300}, {.value = 8}}};
	bank->cuts[2] = (struct limit_cut){
		.row = 1, .limit = LIMIT_max_order_quantity, .values = {{.value = 44}}};
	rig_limits(rig, NULL);
	assert_int_equal(row_in_force(rig, 0)->limits[LIMIT_max_gross_exposure].value, 4200);
	assert_int_equal(row_in_force(rig, 0)->limits[LIMIT_credit].value, 4300);
	assert_int_not_equal(row_in_force(rig, 1)->limits[LIMIT_credit].value, 4300);
	assert_int_equal(row_in_force(rig, 1)->limits[LIMIT_max_order_quantity].value, 44);
	bank->cut_count = 0;
}

/* The newest row of the firm in the journal. */
static const struct record *row_journaled(const struct rig *rig)
{
	const struct record *found = NULL;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		const struct limit_row *row = record_body(record);
		at += record->size_bytes;
		if (record->type == RECORD_LIMIT_ROW && row->scope == SCOPE_FIRM)
			found = record;
	}
	assert_non_null(found);
	return found;
}

static void the_journal_has_what_a_part_is_of(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = next_bank(rig);
	rig_poll(rig, 1000);
	assert_int_equal(row_journaled(rig)->body_bytes, sizeof(struct limit_row));
	bank->cut_count = 3;
	bank->cuts[0] = (struct limit_cut){
		.row = 0, .limit = LIMIT_credit, .values = {{.value = 4300}, {.value = 8}}};
	bank->cuts[1] = (struct limit_cut){.row = 0,
		.limit = LIMIT_order_rate,
		.values = {{.value = 3, .window_ns = 1000000000, .burst = 2}}};
	bank->cuts[2] = (struct limit_cut){.row = 0, .limit = LIMIT_COUNT}; /* nobody's limit */
	rig_limits(rig, NULL);
	rig_poll(rig, 1000);
	const struct record *record = row_journaled(rig);
	const struct limit_row *row = record_body(record);
	const struct cut_whole *wholes = (const struct cut_whole *)(row + 1);
	assert_int_equal(record->body_bytes, sizeof *row + 3 * sizeof wholes[0]);
	assert_int_equal(row->limits[LIMIT_credit].value, 4300);
	assert_int_equal(row->limits[LIMIT_order_rate].burst, 2);
	assert_int_equal(wholes[0].limit, LIMIT_credit);
	assert_int_equal(wholes[0].value, 1000000000000);
	assert_int_equal(wholes[1].limit, LIMIT_order_rate);
	assert_int_equal(wholes[1].value, 500);
	assert_int_equal(wholes[1].burst, 500);
	assert_int_equal(wholes[2].value, 0);
	bank->cut_count = 0;
}

/* Rows of sessions that log in elsewhere are another gate's. */
static void rows_of_another_gates_sessions_are_not_taken(void **state)
{
	struct rig *rig = *state;
	rig->site.gate_count = 2;
	rig->site.session_count = 1;
	rig_limits(rig, NULL);
	assert_int_equal(in_force(rig), 2);
	assert_int_equal(rig->gate->fold->epochs.now.row_count, 4);
	rig->site.gate_count = 0;
	rig->site.session_count = RIG_CLIENT_COUNT;
}

/* Rows wait for orders, but not for ever. */
static void while_orders_come_few_polls_take_a_few_rows(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = next_bank(rig);
	memcpy(bank, &rig->control->banks[1], sizeof *bank);
	bank->epoch = 2;
	bank->hash[0] = 2;
	atomic_store(&rig->control->limits_epoch, 2);
	for (uint32_t i = 0; i < 4; i++)
		limit_row_init(&bank->rows[bank->row_count++], SCOPE_ACCOUNT_SYMBOL,
			RIG_ACCOUNT + i % 2, i / 2);
	assert_int_equal(bank->row_count, 9);
	for (uint32_t turn = 1; turn <= 2; turn++) {
		for (uint32_t i = 0; i < 47; i++) {
			assert_false(banks_take(rig->gate, true));
			assert_int_equal(in_force(rig), 1);
		}
		assert_true(banks_take(rig->gate, true));
		assert_int_equal(in_force(rig), turn);
	}
	assert_false(banks_take(rig->gate, true));
}

/* Two epochs that share no reason: what one of them refuses an order for the other allows, at every scope there is. */
static const struct opposite {
	uint8_t scope, limit, lane;
	bool is_odd; /* whose epochs state 0 */
} opposites[] = {
	{SCOPE_FIRM, LIMIT_max_open_buy_value, LANE_FIRM_OPEN_BUY_VALUE, true},
	{SCOPE_ACCOUNT, LIMIT_max_open_buy_value, LANE_OPEN_BUY_VALUE, false},
	{SCOPE_SYMBOL, LIMIT_max_order_quantity, LANE_MAX_ORDER_QUANTITY, true},
	{SCOPE_ACCOUNT_SYMBOL, LIMIT_max_order_value, LANE_MAX_ORDER_VALUE, false},
	{SCOPE_SESSION, LIMIT_order_rate, LANE_SESSION_WINDOW, true},
	{SCOPE_ACCOUNT, LIMIT_order_rate, LANE_ACCOUNT_WINDOW, false},
	{SCOPE_SYMBOL, LIMIT_order_rate, LANE_SYMBOL_WINDOW, true},
	{SCOPE_FIRM, LIMIT_max_gross_exposure, LANE_GROSS_EXPOSURE, false},
	{SCOPE_ACCOUNT, LIMIT_max_duplicates, LANE_DUPLICATE_ORDER, true},
	{SCOPE_ACCOUNT_SYMBOL, LIMIT_max_long_position, LANE_POSITION_LONG, false},
	{SCOPE_SYMBOL, LIMIT_max_long_position, LANE_FIRM_POSITION_LONG, true},
	{SCOPE_SYMBOL, LIMIT_allow_buy, LANE_RESTRICTED, false},
};

static uint64_t refused_for(uint32_t epoch)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(opposites); i++)
		if (opposites[i].is_odd == (epoch % 2 != 0))
			mask |= UINT64_C(1) << opposites[i].lane;
	return mask;
}

static struct limit_row base_rows[5];

static void state_opposites(struct limit_row *row, uint32_t epoch)
{
	for (unsigned i = 0; i < ARRAY_COUNT(opposites); i++) {
		const struct opposite *of = &opposites[i];
		struct limit_value value = base_rows[1].limits[of->limit];
		if (row->scope != of->scope)
			continue;
		if (of->is_odd == (epoch % 2 != 0))
			value.value = 0;
		row->stated |= UINT64_C(1) << of->limit;
		row->limits[of->limit] = value;
	}
}

/* Every third epoch is on trial, and nobody confirms it. */
static void opposites_offer(struct rig *rig)
{
	struct limit_bank *bank = next_bank(rig);
	uint32_t epoch = atomic_load(&rig->control->limits_epoch) + 1;
	bank->epoch = epoch;
	bank->hash[0] = epoch;
	bank->term = epoch % 3 == 0 ? LIMITS_TRIAL : LIMITS_STAY;
	bank->within_ns = epoch % 3 == 0 ? 20000 : 0;
	memcpy(bank->rows, base_rows, sizeof base_rows);
	bank->row_count = ARRAY_COUNT(base_rows);
	for (uint32_t symbol = 0; symbol < rig->site.symbol_count; symbol++) {
		limit_row_init(&bank->rows[bank->row_count++], SCOPE_SYMBOL, 0, symbol);
		limit_row_init(
			&bank->rows[bank->row_count++], SCOPE_ACCOUNT_SYMBOL, RIG_ACCOUNT, symbol);
		limit_row_init(&bank->rows[bank->row_count++], SCOPE_ACCOUNT_SYMBOL,
			RIG_OTHER_ACCOUNT, symbol);
	}
	for (uint32_t i = 0; i < bank->row_count; i++)
		state_opposites(&bank->rows[i], epoch);
	atomic_store(&rig->control->limits_epoch, epoch);
}

/* An order in every poll, and another load as soon as the last one is in force. */
struct flow {
	uint32_t left, halfway;
	uint32_t ref;
};

static bool flow_turn(struct rig *rig)
{
	struct flow *flow = rig->context;
	if (flow->left != 0) {
		uint8_t bytes[256];
		struct ouch_in order = rig_order(++flow->ref);
		flow->left--;
		rig_put(rig, &rig->clients[0], SOUP_UNSEQUENCED, bytes,
			ouch50_build_in(bytes, sizeof bytes, &order));
		if (rig->gate->fold->epochs.taken == atomic_load(&rig->control->limits_epoch))
			opposites_offer(rig);
		flow->halfway += rig->gate->bank_row != UINT32_MAX && rig->gate->bank_row != 0;
		rig->now_ns += 1000;
		rig_market(rig, RIG_AAPL, 1630000, 1630200);
	}
	return gate_poll(rig->gate, rig->now_ns);
}

/* Each order under full flow is refused for all that its epoch states, and for nothing of another. */
static void no_order_sees_half_an_epoch(void **state)
{
	static struct flow flow;
	static const struct rig_hooks hooks = {.turn = flow_turn};
	struct rig *rig = rig_open_with(&hooks, &flow);
	struct ouch_out told;
	uint32_t seen[2] = {0}, changes = 0, last = 0;
	(void)state;
	rig_ready(rig);
	memcpy(base_rows, rig->control->banks[1].rows, sizeof base_rows);
	opposites_offer(rig);
	rig_poll(rig, 1000);
	uint64_t from = rig->record_bytes;
	for (uint32_t i = 0; i < 20; i++) {
		flow.left = 100;
		rig_poll(rig, 1000);
		while (rig_client_got(rig, 0, &told))
			assert_int_equal(told.type, 'J');
	}
	for (uint64_t at = from; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		const struct receipt *receipt = record_body(record);
		at += record->size_bytes;
		if (record->type != RECORD_RECEIPT)
			continue;
		assert_true((receipt->mask & (refused_for(0) | refused_for(1))) ==
			    refused_for(receipt->epoch));
		seen[receipt->epoch % 2]++;
		changes += receipt->epoch != last;
		last = receipt->epoch;
	}
	assert_int_equal(seen[0] + seen[1], 2000);
	assert_true(seen[0] > 300 && seen[1] > 300);
	assert_true(changes > 10 && flow.halfway > 500);
	rig_close(rig);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_returned_is_not_taken_again),
		TEST(while_orders_come_few_polls_take_a_few_rows),
		TEST(who_loaded_them_and_for_how_long_is_in_the_record),
		TEST(of_a_limit_that_spans_gates_a_gate_takes_its_own_part),
		TEST(the_journal_has_what_a_part_is_of),
		TEST(rows_of_another_gates_sessions_are_not_taken),
		cmocka_unit_test(no_order_sees_half_an_epoch),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.banks", tests, NULL, NULL);
}
