/* loads_test.c - a journal of loads of limits, written record by record, and what became of each. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/journal/loads.h"
#include "tests/unit/control/journal/telling.h"

static struct loads *loads;
static uint64_t second;

static int begin_loads(void **state)
{
	second = 0;
	return begin(state);
}

static int end_loads(void **state)
{
	loads_close(loads);
	loads = NULL;
	return end(state);
}

static void rows_write(uint32_t count)
{
	static const struct limit_row row;
	for (uint32_t i = 0; i < count; i++)
		record_write(RECORD_LIMIT_ROW, &row, sizeof row);
}

static void epoch_of(uint32_t number, uint64_t hash, uint8_t term)
{
	struct limit_epoch_record epoch = {.epoch = number,
		.row_count = 2,
		.hash = {hash, 7},
		.within_ns = term != LIMITS_STAY ? 60000000000u : 0,
		.uid = 1000,
		.persons = 1,
		.term = term};
	turn_write(second++);
	rows_write(2);
	record_write(RECORD_LIMIT_EPOCH, &epoch, sizeof epoch);
}

static void epoch_write(uint32_t number, uint8_t term)
{
	epoch_of(number, number, term);
}

static void word_write(uint32_t epoch, uint8_t word)
{
	struct limit_word_record record = {
		.epoch = epoch, .word = word, .uid = 1001, .reason = "seen it"};
	turn_write(second++);
	record_write(RECORD_LIMIT_WORD, &record, sizeof record);
}

static void end_write(uint32_t epoch, uint32_t again, uint8_t why)
{
	struct limit_end_record record = {.epoch = epoch, .again = again, .why = why, .uid = 1001};
	turn_write(second++);
	record_write(RECORD_LIMIT_END, &record, sizeof record);
}

static void loads_read(void)
{
	struct config_error error;
	fflush(journal.file);
	if (loads == NULL)
		loads = loads_open(directory, &error);
	assert_non_null(loads);
	while (!loads_step(loads, 3))
		;
}

static void ends_as(uint32_t place, uint32_t epoch, enum load_end end)
{
	assert_true(place < loads->count);
	assert_int_equal(loads->rows[place].epoch.epoch, epoch);
	assert_string_equal(load_end_name(loads->rows[place].end), load_end_name(end));
}

static void a_load_is_replaced_by_the_next_that_stays(void **state)
{
	(void)state;
	epoch_write(1, LIMITS_STAY);
	epoch_write(2, LIMITS_STAY);
	loads_read();
	assert_int_equal(loads->count, 2);
	ends_as(0, 1, LOAD_REPLACED);
	assert_int_equal(loads->rows[0].replaced_by, 2);
	assert_int_equal(loads->rows[0].wall_ns, WALL_NS);
	assert_int_equal(loads->rows[0].ended_wall_ns, WALL_NS + 1000000000u);
	ends_as(1, 2, LOAD_IN_FORCE);
	assert_int_equal(loads->rows[1].ended_wall_ns, 0);
	assert_int_equal(loads->rows[1].epoch.uid, 1000);
	/* The journal goes on. */
	epoch_write(3, LIMITS_STAY);
	loads_read();
	ends_as(1, 2, LOAD_REPLACED);
	ends_as(2, 3, LOAD_IN_FORCE);
	assert_int_equal(loads->now, 3);
}

static void what_a_trial_returns_to_waits_and_is_in_force_again(void **state)
{
	static const struct {
		uint8_t term, why;
		enum load_end end;
	} rows[] = {{LIMITS_TRIAL, LIMITS_UNDONE, LOAD_UNDONE},
		{LIMITS_TRIAL, LIMITS_UNCONFIRMED, LOAD_UNCONFIRMED}};
	(void)state;
	epoch_write(1, LIMITS_STAY);
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		epoch_write(i + 2, rows[i].term);
		loads_read();
		ends_as(0, 1, LOAD_WAITING);
		ends_as(i + 1, i + 2, LOAD_IN_FORCE);
		if (rows[i].why == LIMITS_UNDONE)
			word_write(i + 2, LIMITS_UNDONE);
		end_write(i + 2, 1, rows[i].why);
		loads_read();
		ends_as(0, 1, LOAD_IN_FORCE);
		ends_as(i + 1, i + 2, rows[i].end);
		assert_true(loads->rows[i + 1].ended_wall_ns > loads->rows[i + 1].wall_ns);
		assert_int_equal(loads->now, 1);
	}
	assert_string_equal(loads->rows[1].word_reason, "seen it");
	assert_int_equal(loads->rows[1].ended_uid, 1001);
}

static void a_trial_that_is_confirmed_takes_the_place_of_what_waited(void **state)
{
	(void)state;
	epoch_write(1, LIMITS_STAY);
	epoch_write(2, LIMITS_TRIAL);
	word_write(1, LIMITS_CONFIRMED); /* names no trial */
	word_write(2, LIMITS_CONFIRMED);
	word_write(2, LIMITS_UNDONE); /* too late */
	loads_read();
	ends_as(0, 1, LOAD_REPLACED);
	assert_int_equal(loads->rows[0].replaced_by, 2);
	ends_as(1, 2, LOAD_IN_FORCE);
	assert_true(loads->rows[1].is_confirmed);
	assert_int_equal(loads->rows[1].word_uid, 1001);
	epoch_write(3, LIMITS_STAY);
	loads_read();
	ends_as(1, 2, LOAD_REPLACED);
}

static void one_that_stays_replaces_a_trial_and_what_waited(void **state)
{
	(void)state;
	epoch_write(1, LIMITS_STAY);
	epoch_write(2, LIMITS_TRIAL);
	epoch_write(3, LIMITS_TRIAL);
	loads_read();
	ends_as(0, 1, LOAD_WAITING);
	ends_as(1, 2, LOAD_REPLACED);
	epoch_write(4, LIMITS_STAY);
	loads_read();
	ends_as(0, 1, LOAD_REPLACED);
	ends_as(2, 3, LOAD_REPLACED);
	assert_int_equal(loads->rows[0].replaced_by, 4);
	assert_int_equal(loads->rows[2].replaced_by, 4);
	ends_as(3, 4, LOAD_IN_FORCE);
}

/* As the gate's fold does (fold/epochs.h). */
static void an_epoch_that_never_came_whole_was_never_in_force(void **state)
{
	static const struct boot_record boot;
	struct limit_epoch_record broken = {.row_count = UINT32_MAX};
	(void)state;
	epoch_write(1, LIMITS_STAY);
	rows_write(1);
	record_write(RECORD_LIMIT_EPOCH, &broken, sizeof broken);
	rows_write(1);
	record_write(RECORD_BOOT, &boot, sizeof boot);
	epoch_write(2, LIMITS_STAY);
	rows_write(1);
	loads_read();
	assert_int_equal(loads->count, 2);
	ends_as(1, 2, LOAD_IN_FORCE);
}

static void the_oldest_are_left_out_and_counted(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= LOADS_COUNT_MAX + 3; i++)
		epoch_write(i, LIMITS_STAY);
	/* What it would return to is left out by then. */
	end_write(LOADS_COUNT_MAX + 3, 2, LIMITS_UNDONE);
	loads_read();
	assert_int_equal(loads->count, LOADS_COUNT_MAX);
	assert_int_equal(loads->left_out, 3);
	assert_int_equal(loads->rows[0].epoch.epoch, 4);
	assert_int_equal(loads->now, 2);
	ends_as(LOADS_COUNT_MAX - 1, LOADS_COUNT_MAX + 3, LOAD_UNDONE);
}

/* The same limits cut anew between gates: no load, however often. */
static void a_load_that_is_cut_anew_is_one_load(void **state)
{
	(void)state;
	epoch_write(1, LIMITS_STAY);
	for (uint32_t i = 2; i <= LOADS_COUNT_MAX + 3; i++)
		epoch_of(i, 1, LIMITS_STAY);
	loads_read();
	assert_int_equal(loads->count, 1);
	assert_int_equal(loads->left_out, 0);
	ends_as(0, 1, LOAD_IN_FORCE);
	assert_int_equal(loads->rows[0].last_epoch, LOADS_COUNT_MAX + 3);
	assert_int_equal(loads->now, LOADS_COUNT_MAX + 3);
	epoch_write(1000, LIMITS_TRIAL);
	loads_read();
	ends_as(0, 1, LOAD_WAITING);
	end_write(1000, LOADS_COUNT_MAX + 3, LIMITS_UNCONFIRMED);
	epoch_of(1001, 1, LIMITS_STAY);
	loads_read();
	assert_int_equal(loads->count, 2);
	ends_as(0, 1, LOAD_IN_FORCE);
	assert_int_equal(loads->rows[0].last_epoch, 1001);
	ends_as(1, 1000, LOAD_UNCONFIRMED);
	epoch_write(1002, LIMITS_STAY);
	epoch_of(1003, 1, LIMITS_STAY);
	loads_read();
	assert_int_equal(loads->count, 4);
	ends_as(0, 1, LOAD_REPLACED);
	assert_int_equal(loads->rows[0].replaced_by, 1002);
	ends_as(3, 1003, LOAD_IN_FORCE);
}

static void a_directory_that_is_not_there_is_told(void **state)
{
	struct config_error error;
	(void)state;
	assert_null(loads_open("/nowhere", &error));
	assert_true(error.text[0] != '\0');
	assert_string_equal(load_end_name((enum load_end)99), "?");
	loads_close(NULL);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_loads, end_loads)
	const struct CMUnitTest tests[] = {
		ONE(a_load_is_replaced_by_the_next_that_stays),
		ONE(what_a_trial_returns_to_waits_and_is_in_force_again),
		ONE(a_trial_that_is_confirmed_takes_the_place_of_what_waited),
		ONE(one_that_stays_replaces_a_trial_and_what_waited),
		ONE(an_epoch_that_never_came_whole_was_never_in_force),
		ONE(the_oldest_are_left_out_and_counted),
		ONE(a_load_that_is_cut_anew_is_one_load),
		ONE(a_directory_that_is_not_there_is_told),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.loads", tests, NULL, NULL);
}
