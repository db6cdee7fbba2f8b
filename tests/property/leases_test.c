/* leases_test.c - limits raised for a time, loads, trials, words, time and deaths in any order, against a model that remembers
   of each limit what the file says and what was asked: what a gate compares with is the model's at every step, and the
   whole is judged again at the end.

   SLUICE_LEASE_RUNS is how many runs of 400 steps are made (default 2).
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

enum { PLACE_COUNT = 7, STEP_COUNT = 400, VALUE_BELOW = 8 };
#define UNIT_NS UINT64_C(100000000)

static const struct limit_place places[PLACE_COUNT] = {
	{.scope = SCOPE_ACCOUNT,
		.limit = LIMIT_max_order_quantity,
		.id = RIG_ACCOUNT,
		.symbol = SYMBOL_NONE},
	{.scope = SCOPE_ACCOUNT,
		.limit = LIMIT_max_order_quantity,
		.id = RIG_OTHER_ACCOUNT,
		.symbol = SYMBOL_NONE},
	{.scope = SCOPE_ACCOUNT,
		.limit = LIMIT_order_rate,
		.id = RIG_ACCOUNT,
		.symbol = SYMBOL_NONE},
	{.scope = SCOPE_FIRM, .limit = LIMIT_order_rate, .symbol = SYMBOL_NONE},
	{.scope = SCOPE_FIRM, .limit = LIMIT_credit, .symbol = SYMBOL_NONE},
	{.scope = SCOPE_SESSION, .limit = LIMIT_cancel_rate, .id = 1, .symbol = SYMBOL_NONE},
	{.scope = SCOPE_STRATEGY,
		.limit = LIMIT_order_rate,
		.id = RIG_STRATEGY,
		.symbol = SYMBOL_NONE},
};

/* What the model knows: of a limit what the file says, and has been raised to. */
struct model_lease {
	uint32_t number, value; /* number 0: none */
	uint64_t until_ns;
};
static uint32_t stated[PLACE_COUNT], former[PLACE_COUNT]; /* former: while on trial */
static struct model_lease leases[PLACE_COUNT];
static bool is_on_trial;
static uint64_t trial_until_ns, seed;
static uint32_t last_number;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

/* A small number as a value of a place. */
static struct limit_value value_of(uint32_t place, uint32_t number)
{
	bool is_rate = limit_keys[places[place].limit].unit == RATE;
	return (struct limit_value){.value = 100 + (int64_t)number,
		.window_ns = is_rate ? 1000000000 : 0,
		.burst = is_rate ? 100 + number : 0};
}

static void state(struct limit_row *row, uint32_t account)
{
	(void)account;
	for (uint32_t i = 0; i < PLACE_COUNT; i++)
		if (places[i].scope == row->scope && places[i].id == row->id)
			row->limits[places[i].limit] = value_of(i, stated[i]);
}

static void state_strategy(struct limit_row *row)
{
	limit_row_init(row, SCOPE_STRATEGY, RIG_STRATEGY, SYMBOL_NONE);
	row->stated = UINT64_C(1) << LIMIT_order_rate;
	state(row, 0);
}

static uint64_t now_of(const struct rig *rig)
{
	return rig->now_ns + rig->gate->time_offset_ns;
}

/* ---- the model ---- */

static void model_state(const uint32_t *numbers)
{
	for (uint32_t i = 0; i < PLACE_COUNT; i++) {
		if (numbers[i] != stated[i])
			leases[i].number = 0;
		stated[i] = numbers[i];
	}
}

static void model_time(uint64_t now_ns)
{
	for (uint32_t i = 0; i < PLACE_COUNT; i++)
		if (leases[i].number != 0 && now_ns >= leases[i].until_ns)
			leases[i].number = 0;
	if (is_on_trial && now_ns >= trial_until_ns) {
		is_on_trial = false;
		model_state(former);
	}
}

/* What the judge takes tokens from is not what the limits say but what was made of it. */
static void expect_bucket(const struct bucket *bucket, const struct limit_value *expected)
{
	assert_int_equal(bucket->rate, expected->value);
	assert_int_equal(bucket->capacity, (int64_t)(expected->burst * expected->window_ns));
}

static void compare_bucket(const struct risk *risk, const struct limit_place *place,
	const struct limit_value *expected)
{
	if (place->limit == LIMIT_cancel_rate)
		expect_bucket(&risk->sessions[place->id].cancels, expected);
	if (place->limit != LIMIT_order_rate)
		return;
	if (place->scope == SCOPE_ACCOUNT)
		expect_bucket(&risk->accounts[place->id].orders.bucket, expected);
	else if (place->scope == SCOPE_STRATEGY)
		expect_bucket(&risk->paces.strategies[place->id].bucket, expected);
	else
		for (uint32_t i = 0; i < risk->symbol_count; i++)
			expect_bucket(&risk->symbols[i].orders.bucket, expected);
}

static void compare(const struct rig *rig)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < PLACE_COUNT; i++) {
		bool is_leased = leases[i].number != 0;
		const struct limit_value expected =
			value_of(i, is_leased ? leases[i].value : stated[i]);
		const struct limit_value *found =
			risk_limits_stated(rig->gate->fold->risk, RISK_IN_FORCE, &places[i]);
		count += is_leased;
		compare_bucket(rig->gate->fold->risk, &places[i], &expected);
		if (memcmp(found, &expected, sizeof expected) != 0)
			fail_msg("place %u: found %ld, expected %ld", i, (long)found->value,
				(long)expected.value);
	}
	assert_int_equal(rig->gate->fold->epochs.leases.count, count);
	assert_int_equal(rig->region->gate.leases.count, count);
}

/* ---- what happens ---- */

static void step_lease(struct rig *rig)
{
	uint32_t place = rnd(PLACE_COUNT), number = rnd(VALUE_BELOW);
	struct mailbox_request request = {.kind = REQUEST_LEASE,
		.lease = {.number = last_number + 1,
			.epoch = rig->gate->fold->epochs.now.epoch,
			.word = LEASE_BEGINS,
			.scope = places[place].scope,
			.limit = places[place].limit,
			.id = places[place].id,
			.symbol = places[place].symbol,
			.within_ns = (1 + rnd(12)) * UNIT_NS,
			.value = value_of(place, number)}};
	int32_t code = rig_ask(rig, &request)->code;
	model_time(now_of(rig));
	bool may_be = !is_on_trial && leases[place].number == 0 && number > stated[place];
	assert_int_equal(code == 0, may_be);
	if (!may_be)
		return;
	const struct leases *of = &rig->gate->fold->epochs.leases;
	uint64_t until_ns = of->rows[of->count - 1].until_ns;
	assert_in_range(until_ns, now_of(rig) + request.lease.within_ns - 1000000,
		now_of(rig) + request.lease.within_ns);
	leases[place] = (struct model_lease){
		.number = ++last_number, .value = number, .until_ns = until_ns};
}

static void step_undo(struct rig *rig)
{
	uint32_t place = rnd(PLACE_COUNT), number = leases[place].number;
	struct mailbox_request request = {
		.kind = REQUEST_LEASE, .lease = {.number = number, .word = LEASE_UNDONE}};
	int32_t code = rig_ask(rig, &request)->code;
	model_time(now_of(rig));
	assert_int_equal(code == 0, leases[place].number != 0);
	leases[place].number = 0;
}

/* A file in which few numbers are others; on trial or not. */
static void step_load(struct rig *rig, bool is_trial)
{
	uint32_t next[PLACE_COUNT], before[PLACE_COUNT];
	uint32_t epoch = atomic_load(&rig->control->limits_epoch) + 1;
	struct limit_bank *bank = &rig->control->banks[epoch % LIMIT_BANK_COUNT];
	model_time(now_of(rig));
	memcpy(before, stated, sizeof before);
	for (uint32_t i = 0; i < PLACE_COUNT; i++)
		next[i] = rnd(3) == 0 ? rnd(VALUE_BELOW) : stated[i];
	model_state(next);
	bank->within_ns = is_trial ? (1 + rnd(8)) * UNIT_NS : 0;
	bank->term = is_trial ? LIMITS_TRIAL : LIMITS_STAY;
	rig_limits_more(rig, state, state_strategy);
	bank->within_ns = 0;
	bank->term = LIMITS_STAY;
	if (is_trial && !is_on_trial)
		memcpy(former, before, sizeof former);
	is_on_trial = is_trial;
	trial_until_ns = rig->gate->fold->epochs.until_ns;
}

static void step_word(struct rig *rig, enum limits_end word)
{
	struct mailbox_request request = {.kind = REQUEST_LIMITS,
		.limits = {.epoch = rig->gate->fold->epochs.now.epoch, .word = (uint8_t)word}};
	int32_t code = rig_ask(rig, &request)->code;
	model_time(now_of(rig));
	assert_int_equal(code == 0, is_on_trial);
	if (is_on_trial && word == LIMITS_UNDONE)
		model_state(former);
	is_on_trial = false;
}

/* No time passes between: what ends on the wall clock is looked at by unit.dataplane.fold.leases. */
static void step_death(struct rig *rig)
{
	rig_restart(rig, rnd(2) == 0);
	model_time(now_of(rig));
}

static void step(struct rig *rig)
{
	uint32_t kind = rnd(100);
	if (kind < 36)
		step_lease(rig);
	else if (kind < 46)
		step_undo(rig);
	else if (kind < 61)
		step_load(rig, false);
	else if (kind < 69)
		step_load(rig, true);
	else if (kind < 76)
		step_word(rig, rnd(2) == 0 ? LIMITS_CONFIRMED : LIMITS_UNDONE);
	else if (kind < 77)
		step_death(rig);
	else
		rig_poll(rig, rnd(4) * UNIT_NS);
	model_time(now_of(rig));
	compare(rig);
}

static void what_a_gate_compares_with_is_the_models(void **context)
{
	(void)context;
	const char *said = getenv("SLUICE_LEASE_RUNS");
	uint32_t runs = said != NULL ? (uint32_t)atoi(said) : 2;
	for (uint32_t run = 0; run < runs; run++) {
		struct rig *rig = rig_open();
		seed = run + 1;
		memset(stated, 0, sizeof stated);
		memset(leases, 0, sizeof leases);
		is_on_trial = false;
		last_number = 0;
		rig_limits_more(rig, state, state_strategy);
		for (uint32_t i = 0; i < STEP_COUNT; i++)
			step(rig);
		rig_close(rig); /* judges all of it again */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_gate_compares_with_is_the_models),
	};
	return !!cmocka_run_group_tests_name("property.leases", tests, NULL, NULL);
}
