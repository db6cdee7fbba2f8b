/* Latched means latched. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/latch.h"

static struct stop_record stop_of(
	enum scope scope, uint32_t id, enum trading_state state, uint64_t stamp)
{
	return (struct stop_record){
		.scope = (uint8_t)scope, .id = id, .state = (uint8_t)state, .stamp = stamp};
}

static void the_strictest_state_that_covers_an_order_wins(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	struct stop_record halt = stop_of(SCOPE_ACCOUNT, 17, STATE_HALTED, 1);
	struct stop_record kill = stop_of(SCOPE_SYMBOL, 5, STATE_KILLED, 2);
	assert_int_equal(latches_apply(&latches, &halt, 100), 1);
	assert_int_equal(latches_apply(&latches, &kill, 100), 2);
	assert_int_equal(latches_state(&latches, 0, 1, 17, 1, 6), STATE_HALTED);
	assert_int_equal(latches_state(&latches, 0, 1, 17, 1, 5), STATE_KILLED);
	assert_int_equal(latches_state(&latches, 0, 1, 18, 1, 6), STATE_ACTIVE);
	assert_int_equal(latches_state(&latches, 0, 1, 18, 1, SYMBOL_NONE), STATE_ACTIVE);
	latches_close(&latches);
}

static void every_scope_reaches_its_orders(void **state)
{
	static const struct {
		enum scope scope;
		uint32_t id;
	} scopes[] = {{SCOPE_FIRM, 0}, {SCOPE_VENUE, 1}, {SCOPE_SESSION, 2}, {SCOPE_ACCOUNT, 3},
		{SCOPE_STRATEGY, 4}, {SCOPE_SYMBOL, 5}};
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(scopes); i++) {
		struct latches latches;
		latches_open(&latches);
		struct stop_record stop = stop_of(scopes[i].scope, scopes[i].id, STATE_KILLED, 1);
		assert_int_equal(latches_apply(&latches, &stop, 0), 1);
		assert_int_equal(latches_state(&latches, 1, 2, 3, 4, 5), STATE_KILLED);
		assert_int_equal(latches_binding(&latches, 1, 2, 3, 4, 5), STATE_KILLED);
		assert_int_equal(latches_binding(&latches, 6, 7, 8, 9, 10),
			i == 0 ? STATE_KILLED : STATE_ACTIVE);
		assert_int_equal(latches_state(&latches, 6, 7, 8, 9, 10),
			i == 0 ? STATE_KILLED : STATE_ACTIVE);
		latches_close(&latches);
	}
}

static void a_word_or_a_release_of_what_nobody_has_changes_nothing(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	struct stop_record nowhere = stop_of(SCOPE_ACCOUNT, ACCOUNT_COUNT_MAX, STATE_KILLED, 1);
	struct stop_record nobody = stop_of(SCOPE_FIRM, 0, STATE_KILLED, 1);
	nobody.writer = STOP_WRITER_COUNT;
	struct stop_record stateless = stop_of(SCOPE_FIRM, 0, TRADING_STATE_COUNT, 1);
	assert_int_equal(latches_apply(&latches, &nowhere, 0), 0);
	assert_int_equal(latches_apply(&latches, &nobody, 0), 0);
	assert_int_equal(latches_apply(&latches, &stateless, 0), 0);
	const struct release_record release = {.scope = SCOPE_ACCOUNT, .id = ACCOUNT_COUNT_MAX};
	assert_false(latches_release(&latches, &release));
	assert_int_equal(latches.stopped_count, 0);
	assert_int_equal(latches_state(&latches, 0, 1, 17, 1, 5), STATE_ACTIVE);
	struct stop_record kill = stop_of(SCOPE_FIRM, 0, STATE_KILLED, 1);
	assert_int_equal(latches_apply(&latches, &kill, 0), 1); /* nor did they count as seen */
	latches_close(&latches);
}

static void what_stays_takes_the_place_of_what_passes_and_not_the_other_way(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	struct stop_record passes = stop_of(SCOPE_ACCOUNT, 17, STATE_REDUCE_ONLY, 0);
	struct stop_record stays = stop_of(SCOPE_ACCOUNT, 17, STATE_REDUCE_ONLY, 1);
	passes.writer = STOP_BY_GATE;
	passes.is_while = 1;
	const struct latch *latch = &latches.rows[stop_index(SCOPE_ACCOUNT, 17)];
	assert_int_equal(latches_apply(&latches, &passes, 0), 1);
	assert_int_equal(latches_apply(&latches, &passes, 0), 0);
	assert_int_equal(latch->is_while, 1);
	assert_int_equal(latches.tripped_count, 1);
	assert_int_equal(latches_apply(&latches, &stays, 0), 2);
	assert_int_equal(latch->is_while, 0);
	assert_int_equal(latches.tripped_count, 0);
	assert_int_equal(latches.stopped_count, 1);
	assert_int_equal(latches_apply(&latches, &passes, 0), 0);
	const struct release_record release = {.scope = SCOPE_ACCOUNT, .id = 17, .latch = 2};
	assert_true(latches_release(&latches, &release));
	assert_int_equal(latches_apply(&latches, &passes, 0), 3);
	const struct release_record second = {.scope = SCOPE_ACCOUNT, .id = 17, .latch = 3};
	assert_true(latches_release(&latches, &second));
	assert_int_equal(latch->is_while, 0);
	assert_int_equal(latches.tripped_count + latches.stopped_count, 0);
	latches_close(&latches);
}

static struct stop_record trip_of(enum trading_state state, const char *reason)
{
	struct stop_record trip = stop_of(SCOPE_ACCOUNT, 17, state, 0);
	trip.writer = STOP_BY_GATE;
	memcpy(trip.reason, reason, strlen(reason));
	return trip;
}

static bool release_of(struct latches *latches)
{
	const uint32_t index = stop_index(SCOPE_ACCOUNT, 17);
	return latches_release(latches,
		&(struct release_record){
			.scope = SCOPE_ACCOUNT, .id = 17, .latch = latches->rows[index].number});
}

/* Who lifts his own stop has not looked at what the gate saw under it, or before it. */
static void a_trip_under_somebodys_stop_is_in_force_when_that_is_lifted(void **state)
{
	static const enum trading_state over[] = {STATE_REDUCE_ONLY, STATE_HALTED, STATE_KILLED};
	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_COUNT(over); i++) {
		bool is_before = i % 2 != 0; /* the trip is */
		struct latches latches;
		latches_open(&latches);
		const struct latch *latch = &latches.rows[stop_index(SCOPE_ACCOUNT, 17)];
		struct stop_record stop = stop_of(SCOPE_ACCOUNT, 17, over[i / 2], 5);
		struct stop_record trip = trip_of(STATE_REDUCE_ONLY, "loss");
		stop.uid = 1000;
		if (is_before)
			assert_int_equal(latches_apply(&latches, &trip, 100), 1);
		latches_apply(&latches, &stop, 200);
		if (!is_before)
			assert_int_equal(latches_apply(&latches, &trip, 100), 0);
		assert_int_equal(latch->state, over[i / 2]);
		uint64_t number = latch->number;
		assert_true(release_of(&latches));
		if (is_before && over[i / 2] == STATE_REDUCE_ONLY) {
			/* It was the trip that somebody said again. */
			assert_int_equal(latch->state, STATE_ACTIVE);
			assert_int_equal(latches.stopped_count, 0);
		} else {
			assert_int_equal(latch->state, STATE_REDUCE_ONLY);
			assert_int_equal(latch->writer, STOP_BY_GATE);
			assert_int_equal(latch->uid, 0);
			assert_int_equal(latch->since_wall_ns, 100);
			assert_string_equal(latch->reason, "loss");
			assert_true(latch->number > number);
			assert_int_equal(latches.stopped_count, 1);
			assert_int_equal(latches.tripped_count, 1);
			assert_true(release_of(&latches));
		}
		assert_int_equal(latch->state, STATE_ACTIVE);
		assert_int_equal(latches.tripped_count, 0);
		assert_int_equal(latches.killed_count, 0);
		assert_false(release_of(&latches));
		latches_close(&latches);
	}
}

static void the_strictest_trip_under_a_stop_stays_and_what_passes_does_not(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	const struct latch *latch = &latches.rows[stop_index(SCOPE_ACCOUNT, 17)];
	struct stop_record kill = stop_of(SCOPE_ACCOUNT, 17, STATE_KILLED, 5);
	struct stop_record loss = trip_of(STATE_REDUCE_ONLY, "loss"),
			   fills = trip_of(STATE_HALTED, "fills");
	struct stop_record credit = trip_of(STATE_REDUCE_ONLY, "credit"),
			   warn = trip_of(STATE_WARN, "w");
	credit.is_while = 1;
	latches_apply(&latches, &credit, 100);
	latches_apply(&latches, &kill, 100);
	latches_apply(&latches, &credit, 100);
	latches_apply(&latches, &warn, 100);
	assert_true(release_of(&latches));
	assert_int_equal(latch->state, STATE_ACTIVE);
	kill.stamp++;
	latches_apply(&latches, &kill, 100);
	latches_apply(&latches, &fills, 100);
	latches_apply(&latches, &loss, 100);
	assert_true(release_of(&latches));
	assert_int_equal(latch->state, STATE_HALTED);
	assert_string_equal(latch->reason, "fills");
	assert_true(release_of(&latches));
	assert_int_equal(latch->state, STATE_ACTIVE);
	/* One trip over another. */
	latches_apply(&latches, &loss, 100);
	latches_apply(&latches, &fills, 100);
	assert_true(release_of(&latches));
	assert_int_equal(latch->state, STATE_REDUCE_ONLY);
	assert_true(release_of(&latches));
	assert_int_equal(latch->state, STATE_ACTIVE);
	latches_close(&latches);
}

static void what_only_warns_binds_no_order(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	struct stop_record warn = stop_of(SCOPE_ACCOUNT, 17, STATE_WARN, 1);
	struct stop_record reduce = stop_of(SCOPE_SYMBOL, 5, STATE_REDUCE_ONLY, 2);
	latches_apply(&latches, &warn, 0);
	assert_int_equal(latches_state(&latches, 0, 1, 17, 1, 5), STATE_WARN);
	assert_int_equal(latches_binding(&latches, 0, 1, 17, 1, 5), STATE_ACTIVE);
	latches_apply(&latches, &reduce, 0);
	assert_int_equal(latches_binding(&latches, 0, 1, 17, 1, 5), STATE_REDUCE_ONLY);
	assert_int_equal(latches_binding(&latches, 0, 1, 17, 1, 6), STATE_ACTIVE);
	latches_close(&latches);
}

static void a_word_that_falls_releases_nothing(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	struct stop_record kill = stop_of(SCOPE_FIRM, 0, STATE_KILLED, 1);
	struct stop_record active = stop_of(SCOPE_FIRM, 0, STATE_ACTIVE, 2);
	latches_apply(&latches, &kill, 0);
	assert_int_equal(latches_apply(&latches, &active, 0), 0);
	assert_int_equal(latches_state(&latches, 0, 0, 0, 0, SYMBOL_NONE), STATE_KILLED);
	latches_close(&latches);
}

static void a_word_seen_before_is_no_news(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	struct stop_record kill = stop_of(SCOPE_FIRM, 0, STATE_KILLED, 7);
	assert_false(latches_has_seen(&latches, STOP_BY_CONTROL, 0, 7u << 8 | STATE_KILLED));
	assert_int_equal(latches_apply(&latches, &kill, 0), 1);
	assert_true(latches_has_seen(&latches, STOP_BY_CONTROL, 0, 7u << 8 | STATE_KILLED));
	assert_int_equal(latches_apply(&latches, &kill, 0), 0);
	/* The other writer's board is another board. */
	assert_false(latches_has_seen(&latches, STOP_BY_DOOR, 0, 7u << 8 | STATE_KILLED));
	latches_close(&latches);
}

/* Two admins: one has it released, the other stops it once more meanwhile.  Nobody's stop is undone by what was agreed before. */
static void a_stop_said_again_is_not_released_by_what_was_agreed_before_it(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	struct stop_record kill = stop_of(SCOPE_ACCOUNT, 17, STATE_KILLED, 1);
	struct stop_record weaker = stop_of(SCOPE_ACCOUNT, 17, STATE_HALTED, 4);
	struct stop_record falls = stop_of(SCOPE_ACCOUNT, 17, STATE_ACTIVE, 5);
	struct release_record release = {.scope = SCOPE_ACCOUNT, .id = 17, .latch = 1};
	kill.uid = 1000;
	assert_int_equal(latches_apply(&latches, &kill, 0), 1);
	kill.writer = STOP_BY_DOOR; /* the same stop through the other door */
	assert_int_equal(latches_apply(&latches, &kill, 0), 0);
	assert_int_equal(latches.rows[stop_index(SCOPE_ACCOUNT, 17)].number, 1);
	kill.stamp = 2; /* by the same person, again */
	assert_int_equal(latches_apply(&latches, &kill, 0), 0);
	assert_false(latches_release(&latches, &release));
	assert_int_equal(latches.rows[stop_index(SCOPE_ACCOUNT, 17)].number, 2);
	weaker.uid = 1001; /* by another, who asks for less */
	assert_int_equal(latches_apply(&latches, &weaker, 0), 0);
	release.latch = 2;
	assert_false(latches_release(&latches, &release));
	assert_int_equal(latches_state(&latches, 0, 0, 17, 0, SYMBOL_NONE), STATE_KILLED);
	/* What a release itself writes, and what the gate trips again and again, are nobody's stop. */
	assert_int_equal(latches_apply(&latches, &falls, 0), 0);
	weaker.writer = STOP_BY_GATE;
	assert_int_equal(latches_apply(&latches, &weaker, 0), 0);
	release.latch = 3;
	assert_true(latches_release(&latches, &release));
	latches_close(&latches);
}

static void a_release_must_name_the_latch_in_force(void **state)
{
	struct latches latches;
	(void)state;
	latches_open(&latches);
	struct stop_record halt = stop_of(SCOPE_ACCOUNT, 3, STATE_HALTED, 1);
	struct stop_record kill = stop_of(SCOPE_ACCOUNT, 3, STATE_KILLED, 2);
	uint64_t first = latches_apply(&latches, &halt, 0);
	uint64_t second = latches_apply(&latches, &kill, 0);
	struct release_record release = {.scope = SCOPE_ACCOUNT, .id = 3, .latch = first};
	assert_false(latches_release(&latches, &release));
	assert_int_equal(latches.states[STOP_ACCOUNT_BASE + 3], STATE_KILLED);
	release.latch = second;
	assert_true(latches_release(&latches, &release));
	assert_int_equal(latches.states[STOP_ACCOUNT_BASE + 3], STATE_ACTIVE);
	assert_int_equal(latches.stopped_count, 0);
	assert_int_equal(latches.killed_count, 0);
	assert_false(latches_release(&latches, &release));
	latches_close(&latches);
}

static void rows_are_paged_and_name_who_and_why(void **state)
{
	struct latches latches;
	struct latch_row rows[2];
	uint32_t count;
	(void)state;
	latches_open(&latches);
	for (uint32_t i = 1; i <= 3; i++) {
		struct stop_record stop = stop_of(SCOPE_ACCOUNT, i, STATE_HALTED, i);
		stop.uid = 1000 + i;
		memcpy(stop.reason, "why", 4);
		latches_apply(&latches, &stop, 50);
	}
	uint64_t next = latches_rows(&latches, 0, rows, 2, &count);
	assert_int_equal(count, 2);
	assert_true(next != 0);
	assert_int_equal(rows[0].id, 1);
	assert_int_equal(rows[0].scope, SCOPE_ACCOUNT);
	assert_int_equal(rows[1].uid, 1002);
	assert_string_equal(rows[1].reason, "why");
	next = latches_rows(&latches, next, rows, 2, &count);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, 3);
	assert_int_equal(next, 0);
	latches_close(&latches);
}

static void a_row_names_the_trip_that_its_stop_stands_over(void **state)
{
	struct latches latches;
	struct latch_row rows[2];
	uint32_t count;
	(void)state;
	latches_open(&latches);
	struct stop_record stop = stop_of(SCOPE_ACCOUNT, 1, STATE_HALTED, 1);
	latches_apply(&latches, &stop, 50);
	latches_rows(&latches, 0, rows, 2, &count);
	assert_int_equal(rows[0].under_state, STATE_ACTIVE);
	struct stop_record trip = stop_of(SCOPE_ACCOUNT, 1, STATE_REDUCE_ONLY, 2);
	trip.writer = STOP_BY_GATE;
	memcpy(trip.reason, "loss", 5);
	latches_apply(&latches, &trip, 60);
	latches_rows(&latches, 0, rows, 2, &count);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].state, STATE_HALTED);
	assert_int_equal(rows[0].under_state, STATE_REDUCE_ONLY);
	assert_int_equal(rows[0].under_wall_ns, 60);
	assert_string_equal(rows[0].under_reason, "loss");
	latches_close(&latches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strictest_state_that_covers_an_order_wins),
		cmocka_unit_test(every_scope_reaches_its_orders),
		cmocka_unit_test(a_trip_under_somebodys_stop_is_in_force_when_that_is_lifted),
		cmocka_unit_test(the_strictest_trip_under_a_stop_stays_and_what_passes_does_not),
		cmocka_unit_test(what_only_warns_binds_no_order),
		cmocka_unit_test(a_word_that_falls_releases_nothing),
		cmocka_unit_test(a_word_seen_before_is_no_news),
		cmocka_unit_test(a_word_or_a_release_of_what_nobody_has_changes_nothing),
		cmocka_unit_test(what_stays_takes_the_place_of_what_passes_and_not_the_other_way),
		cmocka_unit_test(a_stop_said_again_is_not_released_by_what_was_agreed_before_it),
		cmocka_unit_test(a_release_must_name_the_latch_in_force),
		cmocka_unit_test(rows_are_paged_and_name_who_and_why),
		cmocka_unit_test(a_row_names_the_trip_that_its_stop_stands_over),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.latch", tests, NULL, NULL);
}
