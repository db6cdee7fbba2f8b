/* Journals that are not what a gate wrote: a replay tells, and applies nothing that it cannot read.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/fold/decision.h"
#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

static int open_traded(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	for (uint32_t i = 1; i <= 5; i++) {
		struct ouch_in order = rig_order(i), cancel = rig_cancel(i, 0);
		order.price_e4 -= 100 * i;
		struct ouch_in at_venue = rig_pass_and_accept(rig, 0, &order);
		rig_execute(rig, &at_venue, 10, 1630000);
		rig_pass(rig, 0, &cancel);
		rig->clients[0].count = 0;
	}
	rig_stop(rig, SCOPE_FIRM, 0, STATE_KILLED);
	*state = rig;
	return 0;
}

/* Replays the records with one of them changed; returns the differences found. */
static uint64_t replay_with(const struct rig *rig, uint32_t which,
	bool (*change)(struct record *record, uint32_t round), uint32_t round)
{
	struct replay *replay = replay_open(&rig->site);
	union record_space space;
	uint64_t sequence = 0, differences;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		at += record->size_bytes;
		memset(&space, 0, sizeof space);
		memcpy(&space, record, record->size_bytes);
		if (sequence++ != which || change(&space.record, round))
			replay_record(replay, &space.record, sequence);
	}
	differences = replay->result.differences;
	replay_close(replay);
	return differences;
}

static uint32_t record_count(const struct rig *rig)
{
	uint32_t count = 0;
	for (uint64_t at = 0; at < rig->record_bytes; count++)
		at += ((const struct record *)(rig->records + at))->size_bytes;
	return count;
}

static bool cut_short(struct record *record, uint32_t round)
{
	(void)round;
	record->body_bytes = (uint16_t)(record->body_bytes / 2);
	return true;
}

static bool leave_out(struct record *record, uint32_t round)
{
	(void)record, (void)round;
	return false;
}

static bool spoil(struct record *record, uint32_t round)
{
	uint8_t *body = (uint8_t *)(record + 1);
	uint32_t at = round * 2654435761u % (record->body_bytes > 0 ? record->body_bytes : 1u);
	body[at] = (uint8_t)(body[at] + 1 + round * 7);
	return true;
}

static void a_record_cut_short_is_told_and_not_applied(void **state)
{
	struct rig *rig = *state;
	uint32_t count = record_count(rig);
	for (uint32_t i = 0; i < count; i += 3)
		assert_true(replay_with(rig, i, cut_short, 0) > 0);
}

static void a_record_that_is_missing_stops_nothing(void **state)
{
	struct rig *rig = *state;
	uint32_t count = record_count(rig);
	for (uint32_t i = 0; i < count; i += 2)
		replay_with(rig, i, leave_out, 0);
}

static void no_byte_of_a_journal_ends_the_replay(void **state)
{
	struct rig *rig = *state;
	uint32_t count = record_count(rig);
	for (uint32_t i = 0; i < count; i++)
		replay_with(rig, i, spoil, i);
}

static void an_empty_epoch_counts_after_one_with_a_bad_row(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = &rig->control->banks[0];
	bank->epoch = 2;
	bank->hash[0] = 2;
	bank->row_count = 1;
	memset(&bank->rows[0], 0xFF, sizeof bank->rows[0]);
	atomic_store(&rig->control->limits_epoch, 2);
	rig_poll(rig, 1000);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 1);
	rig->control->banks[1].epoch = 3;
	rig->control->banks[1].hash[0] = 3;
	rig->control->banks[1].row_count = 0;
	atomic_store(&rig->control->limits_epoch, 3);
	rig_poll(rig, 1000);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 3);
}

/* The machine was switched on again: its clock began anew, the journal's time goes on. */
/* The order is in the journal and may be at the venue: who reads on finds it standing wherever it counts. */
/* The replay of what was journaled until the first order passed, and no further. */
static struct replay *replay_to_passed(const struct rig *rig, uint64_t *sequence)
{
	struct replay *replay = replay_open(&rig->site);
	uint64_t at = 0;
	*sequence = 0;
	while (replay->fold->orders_passed == 0) {
		const struct record *record = (const struct record *)(rig->records + at);
		at += record->size_bytes;
		assert_true(at < rig->record_bytes);
		replay_record(replay, record, ++*sequence);
	}
	return replay;
}

static void an_order_counts_before_anything_else_is_applied(void **state)
{
	uint64_t sequence;
	struct replay *replay = replay_to_passed(*state, &sequence);
	struct fold *fold = replay->fold;
	struct record turn = {.type = RECORD_TOP, .body_bytes = sizeof(struct top_used)};
	union record_space space = {.record = turn};
	/* It is handed over first: what only the next order needs waits. */
	assert_int_equal(fold->orders.open_count, 0);
	assert_int_equal(fold->risk->open_value_e4[SIDE_BUY], 0);
	assert_int_equal(order_table_find_venue(&fold->orders, 0, 1), ORDER_NONE);
	replay_record(replay, &space.record, ++sequence);
	const struct own_order *order = &fold->orders.slots[fold->decision->slot];
	assert_int_equal(fold->orders.open_count, 1);
	assert_int_equal(fold->orders.open_tail, fold->decision->slot);
	assert_int_equal(order->open_qty, 100);
	assert_int_equal(order->reserved_qty, 100);
	assert_int_equal(order->entered_wall_ns, fold->turn.wall_ns);
	assert_int_equal(fold->risk->open_value_e4[SIDE_BUY], 100 * (1630000 - 100));
	assert_int_equal(order_table_find_venue(&fold->orders, 0, 1), fold->decision->slot);
	assert_int_equal(fold->venues[0].orders_open, 1);
	replay_record(replay, &space.record, ++sequence);
	assert_int_equal(fold->risk->open_value_e4[SIDE_BUY], 100 * (1630000 - 100));
	replay_close(replay);
}

/* A gate of several has numbers of its own, and never one of the next gate's. */
static void an_order_beyond_the_numbers_of_its_gate_is_refused(void **state)
{
	const struct rig *rig = *state;
	struct replay *replay = replay_open(&rig->site);
	const struct fold *fold = replay->fold;
	replay->fold->orders.id_end = 2;
	uint64_t sequence = 0;
	for (uint64_t at = 0; at < rig->record_bytes && fold->orders.last_id < 2;) {
		const struct record *record = (const struct record *)(rig->records + at);
		at += record->size_bytes;
		replay_record(replay, record, ++sequence);
	}
	assert_int_equal(fold->orders.last_id, 2);
	assert_int_equal(fold->orders_passed, 1);
	assert_int_equal(fold->decision->verdict.mask, UINT64_C(1) << LANE_TABLE_FULL);
	replay_close(replay);
}

/* Whoever compares two states compares what they come to, not how far each has got with it. */
static void a_state_has_one_hash_whether_its_last_order_counts_already_or_not(void **state)
{
	uint64_t sequence, waiting[2], settled[2];
	struct replay *first = replay_to_passed(*state, &sequence);
	struct replay *second = replay_to_passed(*state, &sequence);
	fold_settle(second->fold);
	fold_hash(first->fold, waiting);
	fold_hash(second->fold, settled);
	assert_memory_equal(waiting, settled, sizeof settled);
	replay_close(first);
	replay_close(second);
}

static void time_goes_on_where_the_journal_ended(void **state)
{
	struct rig *rig = *state;
	rig_poll(rig, 1ull << 60);
	uint64_t last_ns = rig->gate->fold->turn.now_ns;
	rig->now_ns -= 1ull << 60;
	rig_restart(rig, false);
	assert_true(rig->gate->fold->turn.now_ns > last_ns);
	last_ns = rig->gate->fold->turn.now_ns;
	rig_poll(rig, 1000);
	rig_client_up(rig, 0);
	assert_true(rig->gate->fold->turn.now_ns > last_ns);
	assert_true(rig->gate->fold->turn.now_ns < last_ns + (1ull << 40));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define REPLAY_TEST(name) cmocka_unit_test_setup_teardown(name, open_traded, rig_teardown)
		REPLAY_TEST(a_record_cut_short_is_told_and_not_applied),
		REPLAY_TEST(an_order_counts_before_anything_else_is_applied),
		REPLAY_TEST(an_order_beyond_the_numbers_of_its_gate_is_refused),
		REPLAY_TEST(a_state_has_one_hash_whether_its_last_order_counts_already_or_not),
		REPLAY_TEST(a_record_that_is_missing_stops_nothing),
		REPLAY_TEST(no_byte_of_a_journal_ends_the_replay),
		REPLAY_TEST(an_empty_epoch_counts_after_one_with_a_bad_row),
		REPLAY_TEST(time_goes_on_where_the_journal_ended),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.replay", tests, NULL, NULL);
}
