/* A day judged again with other limits: every verdict that differs is named, and the day stays what it was.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/fold/whatif.h"
#include "tests/support/rig.h"

struct heard {
	uint32_t count;
	uint64_t order_id[64];
	uint8_t day[64], other[64];
	int64_t usage[64], limit[64];
	struct portion portion; /* the first that is told */
};

static void hear(void *context, const struct whatif_change *change)
{
	struct heard *heard = context;
	assert_true(heard->count < 64);
	heard->order_id[heard->count] = change->order_id;
	heard->day[heard->count] = change->day->lane;
	heard->other[heard->count] = change->other->lane;
	heard->usage[heard->count] = change->other->usage;
	heard->limit[heard->count++] = change->other->limit;
}

/* Orders of 10, 20 .. 100 shares, executed, cancelled, and two that the day refuses. */
static int open_traded(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	for (uint32_t i = 1; i <= 10; i++) {
		struct ouch_in order = rig_order(i), cancel = rig_cancel(i, 0);
		order.qty = 10 * i;
		order.price_e4 -= 100 * i;
		struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
		rig_execute(rig, &sent, 5, 1630000);
		rig_pass(rig, 0, &cancel);
		rig_cancelled(rig, sent.ref, order.qty - 5, 'U');
		rig->clients[0].count = 0;
	}
	struct ouch_in far = rig_order(11);
	far.price_e4 = 1000000;
	rig_refuse(rig, 0, &far);
	*state = rig;
	return 0;
}

/* The limits that the rig has in force, as a file would state them. */
static struct limitset *limits_of(const struct rig *rig)
{
	uint32_t epoch = atomic_load(&rig->control->limits_epoch);
	const struct limit_bank *bank = &rig->control->banks[epoch % LIMIT_BANK_COUNT];
	struct limitset *set = calloc(1, sizeof *set);
	assert_non_null(set);
	set->row_count = bank->row_count;
	memcpy(set->rows, bank->rows, bank->row_count * sizeof set->rows[0]);
	set->hash[0] = 4711;
	return set;
}

static void state_everywhere(struct limitset *set, enum limit limit, int64_t value)
{
	for (uint32_t i = 0; i < set->row_count; i++) {
		if ((set->rows[i].stated >> limit & 1) != 0)
			set->rows[i].limits[limit].value = value;
	}
}

static struct whatif_counts judge_again(
	const struct rig *rig, const struct limitset *set, struct heard *heard, uint64_t hash[2])
{
	struct replay *replay = replay_open(&rig->site);
	struct whatif *whatif = whatif_open(replay, set, false, hear, heard);
	uint64_t sequence = 0;
	bool is_adopted;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		at += record->size_bytes;
		replay_record(replay, record, ++sequence);
	}
	struct whatif_counts counts = whatif_counts(whatif, &is_adopted);
	assert_true(is_adopted);
	assert_int_equal(replay->result.differences, 0);
	fold_hash(replay->fold, hash);
	heard->portion = *whatif_portions(whatif);
	whatif_close(whatif);
	replay_close(replay);
	return counts;
}

static void the_same_limits_change_nothing(void **state)
{
	struct rig *rig = *state;
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2], day[2];
	struct whatif_counts counts = judge_again(rig, set, &heard, hash);
	assert_int_equal(counts.orders, 11);
	assert_int_equal(counts.refused + counts.passed + counts.renamed, 0);
	assert_int_equal(heard.count, 0);
	fold_hash(rig->gate->fold, day);
	assert_memory_equal(hash, day, sizeof day);
	free(set);
}

static void a_tighter_limit_names_each_order_that_it_refuses(void **state)
{
	struct rig *rig = *state;
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2], day[2];
	state_everywhere(set, LIMIT_max_order_quantity, 70);
	struct whatif_counts counts = judge_again(rig, set, &heard, hash);
	/* 80, 90 and 100; the one that the day refused for its price had 100 too, and size comes first or not. */
	assert_int_equal(counts.refused, 3);
	assert_int_equal(counts.passed, 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(heard.day[i], LANE_NONE);
		assert_int_equal(heard.other[i], LANE_MAX_ORDER_QUANTITY);
		assert_int_equal(heard.usage[i], 80 + 10 * i);
		assert_int_equal(heard.limit[i], 70);
	}
	fold_hash(rig->gate->fold, day);
	assert_memory_equal(hash, day, sizeof day);
	free(set);
}

static void a_looser_limit_names_the_order_that_it_lets_pass(void **state)
{
	struct rig *rig = *state;
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2];
	state_everywhere(set, LIMIT_collar, 1000000);
	state_everywhere(set, LIMIT_collar_ticks, 1000000);
	state_everywhere(set, LIMIT_exit_collar, 1000000);
	state_everywhere(set, LIMIT_collar_window, 1000000);
	struct whatif_counts counts = judge_again(rig, set, &heard, hash);
	assert_int_equal(counts.passed, 1);
	assert_int_equal(counts.refused, 0);
	assert_int_equal(heard.other[0], LANE_NONE);
	assert_int_not_equal(heard.day[0], LANE_NONE);
	free(set);
}

/* The 50 shares bought in the day are held, whether the other limits would have let them be bought or not. */
static void each_order_is_judged_on_the_state_that_the_day_had(void **state)
{
	struct rig *rig = *state;
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2];
	state_everywhere(set, LIMIT_max_long_position, 44);
	judge_again(rig, set, &heard, hash);
	/* Order n wants 10 n on top of the 5 (n - 1) held: from the fourth, 40 + 15, each is above. */
	assert_int_equal(heard.count, 7);
	assert_int_equal(heard.usage[0], 55);
	assert_int_equal(heard.usage[6], 145);
	free(set);
}

/* A cancel without a token was refused in the day, or went in the day: the other limits do not change it. */
static void cancels_go_as_they_went(void **state)
{
	struct rig *rig = *state;
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2], day[2];
	for (uint32_t i = 0; i < set->row_count; i++) {
		if (set->rows[i].scope == SCOPE_SESSION || set->rows[i].scope == SCOPE_FIRM) {
			set->rows[i].limits[LIMIT_cancel_rate] = (struct limit_value){
				.value = 1, .window_ns = 1000000000, .burst = 1};
		}
	}
	judge_again(rig, set, &heard, hash);
	fold_hash(rig->gate->fold, day);
	assert_memory_equal(hash, day, sizeof day);
	free(set);
}

/* Latched, halted, restarted, loaded again: the other limits stay from the first epoch on. */
static void later_loads_and_restarts_leave_the_other_limits_in_force(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, NULL);
	rig_restart(rig, false);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	struct ouch_in order = rig_order(12);
	rig_pass(rig, 0, &order);
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2];
	state_everywhere(set, LIMIT_max_order_quantity, 70);
	struct whatif_counts counts = judge_again(rig, set, &heard, hash);
	assert_int_equal(counts.refused, 4);
	free(set);
}

static void every_verdict_is_told_to_who_wants_all(void **state)
{
	struct rig *rig = *state;
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	struct replay *replay = replay_open(&rig->site);
	struct whatif *whatif = whatif_open(replay, set, true, hear, &heard);
	uint64_t sequence = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		at += record->size_bytes;
		replay_record(replay, record, ++sequence);
	}
	assert_int_equal(heard.count, 11);
	whatif_close(whatif);
	replay_close(replay);
	free(set);
}

/* ---- at one gate of several ---- */

enum { DAY_WHOLE = 1000, LOT = 40, PHASE_COUNT = 3, PHASE_ORDERS = 9 };

static void whole_of_long(struct limit_row *row, uint32_t account)
{
	if (account == 0 && row->scope == SCOPE_FIRM)
		row->limits[LIMIT_max_long_position].value = DAY_WHOLE;
}

/* All that is cut is the gate's alone, but for the long position: of that it has a part. */
static void load_part(struct rig *rig, int64_t part)
{
	uint32_t now = atomic_load(&rig->control->limits_epoch);
	const struct limit_row *firm = &rig->control->banks[now % LIMIT_BANK_COUNT].rows[0];
	struct limit_bank *bank = &rig->control->banks[(now + 1) % LIMIT_BANK_COUNT];
	bank->cut_count = 0;
	for (uint32_t i = 0; i < LIMIT_COUNT; i++) {
		if (!cut_adds_up(SCOPE_FIRM, (enum limit)i, SLICE_VALUE) &&
			!cut_adds_up(SCOPE_FIRM, (enum limit)i, SLICE_BURST))
			continue;
		struct limit_cut *cut = &bank->cuts[bank->cut_count++];
		*cut = (struct limit_cut){.limit = i, .values = {firm->limits[i]}};
		if (i == LIMIT_max_long_position)
			cut->values[0].value = part;
	}
	rig_limits(rig, whole_of_long);
}

/* An order that the day judged, reckoned by hand: what would be long with it, and the gate's part then. */
struct asked {
	int64_t usage, part;
};

/* Buys at a gate whose part of 1,000 is another in each phase; none is executed or cancelled. */
static struct rig *open_cut(
	const int64_t parts[PHASE_COUNT], struct asked asked[PHASE_COUNT * PHASE_ORDERS])
{
	struct rig *rig = rig_open();
	uint32_t number = 0;
	int64_t open = 0;
	rig_ready(rig);
	rig->site.gate_count = 2;
	for (uint32_t phase = 0; phase < PHASE_COUNT; phase++) {
		load_part(rig, parts[phase]);
		for (uint32_t i = 0; i < PHASE_ORDERS; i++, number++) {
			struct ouch_in order = rig_order(number + 1);
			order.qty = LOT;
			order.price_e4 -= 100 * (number + 1);
			asked[number] = (struct asked){.usage = open + LOT, .part = parts[phase]};
			if (open + LOT <= parts[phase])
				rig_pass_and_accept(rig, 0, &order);
			else
				rig_refuse(rig, 0, &order);
			open += open + LOT <= parts[phase] ? LOT : 0;
			rig->clients[0].count = 0;
		}
	}
	return rig;
}

static const int64_t giver[PHASE_COUNT] = {500, 200, 200}, taker[PHASE_COUNT] = {300, 300, 700};

/* Which verdicts a whole makes others is reckoned from the orders alone. */
static struct heard judge_by_whole(const struct rig *rig, const struct asked *asked, int64_t whole)
{
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2];
	uint32_t expected = 0;
	set->rows[0].limits[LIMIT_max_long_position].value = whole;
	struct whatif_counts counts = judge_again(rig, set, &heard, hash);
	for (uint32_t n = 0; n < PHASE_COUNT * PHASE_ORDERS; n++) {
		bool passed = asked[n].usage <= asked[n].part;
		bool passes = asked[n].usage <= asked[n].part * whole / DAY_WHOLE;
		if (passed == passes)
			continue;
		assert_true(expected < heard.count);
		assert_int_equal(heard.order_id[expected], n + 1);
		assert_int_equal(
			heard.other[expected++], passes ? LANE_NONE : LANE_FIRM_POSITION_LONG);
	}
	assert_int_equal(heard.count, expected);
	assert_int_equal(counts.refused + counts.passed, expected);
	assert_int_equal(counts.portion_count, whole != DAY_WHOLE);
	assert_int_equal(counts.by_wholes, 0);
	free(set);
	return heard;
}

static void a_gate_that_gave_a_part_away_has_less_of_another_whole_from_then_on(void **state)
{
	(void)state;
	struct asked asked[PHASE_COUNT * PHASE_ORDERS];
	struct rig *rig = open_cut(giver, asked);
	assert_int_equal(judge_by_whole(rig, asked, DAY_WHOLE).count, 0);
	struct heard heard = judge_by_whole(rig, asked, 601);
	assert_int_equal(heard.count, 2); /* 320 and 360, of 300 */
	rig_close(rig);
}

static void a_whole_below_what_the_gate_had_is_told(void **state)
{
	(void)state;
	struct asked asked[PHASE_COUNT * PHASE_ORDERS];
	struct rig *rig = open_cut(taker, asked);
	struct heard heard = judge_by_whole(rig, asked, 600);
	assert_int_equal(heard.portion.key.limit, LIMIT_max_long_position);
	assert_int_equal(heard.portion.part, 700); /* the most that it had */
	assert_int_equal(heard.portion.whole, DAY_WHOLE);
	assert_int_equal(heard.portion.other_part, 420);
	assert_int_equal(heard.portion.other_whole, 600);
	judge_by_whole(rig, asked, 1001);
	rig_close(rig);
}

/* An older build wrote rows and nothing behind them: no slice is guessed, and that is said. */
static void a_journal_that_does_not_say_what_slices_are_of_is_judged_by_wholes(void **state)
{
	(void)state;
	struct asked asked[PHASE_COUNT * PHASE_ORDERS];
	struct rig *rig = open_cut(giver, asked);
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2];
	for (uint64_t at = 0; at < rig->record_bytes;) {
		struct record *record = (struct record *)(rig->records + at);
		at += record->size_bytes;
		if (record->type == RECORD_LIMIT_ROW)
			record->body_bytes = sizeof(struct limit_row);
	}
	struct whatif_counts counts = judge_again(rig, set, &heard, hash);
	uint32_t passes = 0;
	for (uint32_t n = 0; n < PHASE_COUNT * PHASE_ORDERS; n++)
		passes += asked[n].usage > asked[n].part && asked[n].usage <= DAY_WHOLE;
	assert_int_equal(counts.by_wholes, PHASE_COUNT * PHASE_ORDERS);
	assert_int_equal(counts.passed, passes);
	assert_int_equal(counts.refused, 0);
	free(set);
	rig_close(rig);
}

/* On trial the gate has a part of another whole; what they return to has its own again. */
static void limits_that_return_bring_their_slices_back(void **state)
{
	(void)state;
	struct asked asked[PHASE_COUNT * PHASE_ORDERS];
	struct rig *rig = open_cut(taker, asked);
	uint32_t next = atomic_load(&rig->control->limits_epoch) + 1;
	struct limit_bank *bank = &rig->control->banks[next % LIMIT_BANK_COUNT];
	bank->within_ns = 1000000000;
	bank->term = LIMITS_TRIAL;
	load_part(rig, 500);
	struct limitset *set = limits_of(rig);
	struct heard heard = {0};
	uint64_t hash[2];
	struct ouch_in order = rig_order(100), again = rig_order(101);
	order.qty = again.qty = LOT;
	again.price_e4 += 100;
	rig_refuse(rig, 0, &order); /* 640 are open */
	rig_poll(rig, 1000000000);
	assert_int_equal(rig->gate->fold->epochs.now.epoch, next - 1);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig_pass(rig, 0, &again);
	judge_again(rig, set, &heard, hash);
	assert_int_equal(heard.count, 0);
	free(set);
	rig_close(rig);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_traded, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_limits_change_nothing),
		TEST(a_tighter_limit_names_each_order_that_it_refuses),
		TEST(a_looser_limit_names_the_order_that_it_lets_pass),
		TEST(each_order_is_judged_on_the_state_that_the_day_had),
		TEST(cancels_go_as_they_went),
		TEST(later_loads_and_restarts_leave_the_other_limits_in_force),
		TEST(every_verdict_is_told_to_who_wants_all),
		cmocka_unit_test(
			a_gate_that_gave_a_part_away_has_less_of_another_whole_from_then_on),
		cmocka_unit_test(a_whole_below_what_the_gate_had_is_told),
		cmocka_unit_test(
			a_journal_that_does_not_say_what_slices_are_of_is_judged_by_wholes),
		cmocka_unit_test(limits_that_return_bring_their_slices_back),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.whatif", tests, NULL, NULL);
}
