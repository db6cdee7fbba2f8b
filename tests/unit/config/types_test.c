/* The vocabulary: names, saturation, byte order, and rows that agree with their .def files. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/limitset.h"
#include "config/rejects.h"
#include "config/types.h"

static void money_saturates_at_both_ends(void **state)
{
	(void)state;
	assert_true(saturating_add(INT64_MAX, 1) == INT64_MAX);
	assert_true(saturating_add(INT64_MAX - 1, 1) == INT64_MAX);
	assert_true(saturating_add(INT64_MIN, -1) == INT64_MIN);
	assert_true(saturating_subtract(INT64_MIN, 1) == INT64_MIN);
	assert_true(saturating_subtract(INT64_MAX, -1) == INT64_MAX);
	assert_true(saturating_subtract(5, 7) == -2);
	assert_true(saturating_multiply(INT64_MAX, 2) == INT64_MAX);
	assert_true(saturating_multiply(INT64_MAX, -2) == INT64_MIN);
	assert_true(saturating_multiply(INT64_MIN, -1) == INT64_MAX);
	assert_true(saturating_multiply(-3, 7) == -21);
}

static void bytes_are_big_endian_at_any_alignment(void **state)
{
	uint8_t bytes[16] = {0};
	(void)state;
	for (size_t at = 0; at < 8; at++) {
		store_be16(bytes + at, 0x0102);
		assert_int_equal(bytes[at], 1);
		assert_int_equal(load_be16(bytes + at), 0x0102);
		store_be32(bytes + at, 0x01020304);
		assert_int_equal(bytes[at + 3], 4);
		assert_int_equal(load_be32(bytes + at), 0x01020304);
		store_be48(bytes + at, 0x010203040506);
		assert_int_equal(bytes[at + 5], 6);
		assert_int_equal(load_be48(bytes + at), 0x010203040506);
		store_be64(bytes + at, 0x0102030405060708);
		assert_int_equal(bytes[at + 7], 8);
		assert_int_equal(load_be64(bytes + at), 0x0102030405060708);
	}
}

static void a_symbol_survives_packing(void **state)
{
	static const char *const names[] = {"A", "AAPL", "ZVZZT", "EIGHTLTR"};
	char name[9];
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		symbol_unpack(symbol_pack(names[i]), name);
		assert_string_equal(name, names[i]);
	}
	assert_int_equal(symbol_pack("NINELETTR"), symbol_pack("NINELETT"));
	symbol_unpack(symbol_pack(""), name);
	assert_string_equal(name, "");
}

static void every_word_has_a_name_and_what_is_none_a_question_mark(void **state)
{
	(void)state;
	assert_string_equal(trading_state_name(STATE_REDUCE_ONLY), "reduce-only");
	assert_string_equal(trading_state_name(TRADING_STATE_COUNT), "?");
	assert_string_equal(scope_name(SCOPE_ACCOUNT_SYMBOL), "account-symbol");
	assert_string_equal(scope_name(SCOPE_COUNT), "?");
	assert_string_equal(reference_source_name(REFERENCE_PREVIOUS_CLOSE), "previous close");
	assert_string_equal(reference_source_name((enum reference_source)99), "?");
	assert_string_equal(lane_name(LANE_KILLED), "KILLED");
	assert_string_equal(lane_name(LANE_NONE), "NONE");
	assert_string_equal(lane_name(LANE_COUNT), "?");
}

static void the_stop_words_are_the_first_lane(void **state)
{
	(void)state;
	assert_int_equal(LANE_KILLED, 0);
	assert_int_equal(LANE_NOT_CONFIGURED, 1);
	for (unsigned i = 0; i < LANE_COUNT; i++) {
		assert_true(lane_rows[i].sentence[0] != '\0');
		assert_int_not_equal(lane_rows[i].ouch_code, 0);
	}
}

static void a_fresh_row_states_nothing_and_breaches(void **state)
{
	struct limit_row row;
	(void)state;
	memset(&row, 0xAA, sizeof row);
	limit_row_init(&row, SCOPE_ACCOUNT, 17, SYMBOL_NONE);
	assert_int_equal(row.stated, 0);
	assert_int_equal(row.id, 17);
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		assert_true(row.limits[i].value == INT64_MIN);
		assert_int_equal(row.limits[i].window_ns, 0);
		assert_int_equal(row.limits[i].burst + row.limits[i].currency, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(money_saturates_at_both_ends),
		cmocka_unit_test(bytes_are_big_endian_at_any_alignment),
		cmocka_unit_test(a_symbol_survives_packing),
		cmocka_unit_test(every_word_has_a_name_and_what_is_none_a_question_mark),
		cmocka_unit_test(the_stop_words_are_the_first_lane),
		cmocka_unit_test(a_fresh_row_states_nothing_and_breaches),
	};
	return !!cmocka_run_group_tests_name("unit.config.types", tests, NULL, NULL);
}
