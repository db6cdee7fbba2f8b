/* Lines of the console, word by word.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/exchange/words.h"

static struct words words;

static void lines_and_seed_may_stand_anywhere(void **state)
{
	static const char *const lines[] = {"drop 5 on both", "drop 5 ab", "drop ab 5",
		"drop on a 5 b seed 7", "drop seed 7 on a on b 5"};
	uint64_t number;
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		assert_true(words_line(&words, lines[i]));
		assert_string_equal(words_next(&words), "drop");
		assert_true(words_number(&words, 5, &number));
		assert_int_equal(number, 5);
		assert_false(words_left(&words));
		assert_null(words_next(&words));
		assert_int_equal(words.lines, 3);
		assert_int_equal(words.has_seed, i >= 3);
		assert_int_equal(words.seed, i >= 3 ? 7 : 0);
	}
	assert_true(words_line(&words, "drop 5"));
	assert_int_equal(words.lines, 0);
	assert_true(words_line(&words, "drop 5 on b"));
	assert_int_equal(words.lines, 2);
}

static void nonsense_is_no_line(void **state)
{
	char longest[WORDS_LINE_BYTES + 1], many[WORDS_LINE_BYTES];
	(void)state;
	assert_false(words_line(&words, "lose 1 % on a seed"));
	assert_false(words_line(&words, "lose 1 % on a seed x"));
	assert_false(words_line(&words, "lose 1 % on a seed 18446744073709551616"));
	memset(longest, 'x', sizeof longest);
	longest[WORDS_LINE_BYTES] = '\0';
	assert_false(words_line(&words, longest));
	longest[WORDS_LINE_BYTES - 1] = '\0';
	assert_true(words_line(&words, longest));
	for (size_t i = 0; i < sizeof many; i++)
		many[i] = i % 2 == 0 ? 'x' : ' ';
	many[2 * WORDS_MAX] = '\0';
	assert_true(words_line(&words, many));
	many[2 * WORDS_MAX] = 'x';
	many[2 * WORDS_MAX + 1] = '\0';
	assert_false(words_line(&words, many));
	assert_true(words_line(&words, " \t "));
	assert_null(words_next(&words));
}

static void numbers_have_bounds_and_nothing_else_in_them(void **state)
{
	uint64_t value;
	(void)state;
	assert_true(words_line(&words, "18446744073709551615 18446744073709551616 -1 1x 0x1 1.0"));
	assert_true(words_number(&words, UINT64_MAX, &value));
	assert_int_equal(value, UINT64_MAX);
	while (words_left(&words)) {
		assert_false(words_number(&words, UINT64_MAX, &value));
		words_next(&words);
	}
	assert_true(words_line(&words, "100"));
	assert_false(words_number(&words, 99, &value));
	assert_true(words_number(&words, 100, &value));
}

static uint64_t ppm_of(const char *line)
{
	uint32_t ppm;
	assert_true(words_line(&words, line));
	return words_ppm(&words, &ppm) && !words_left(&words) ? ppm : UINT64_MAX;
}

static uint64_t time_of(const char *line)
{
	uint64_t time_ns;
	assert_true(words_line(&words, line));
	return words_time(&words, &time_ns) && !words_left(&words) ? time_ns : UINT64_MAX;
}

static void shares_and_times_have_units(void **state)
{
	(void)state;
	assert_int_equal(ppm_of("1 %"), 10000);
	assert_int_equal(ppm_of("1%"), 10000);
	assert_int_equal(ppm_of("0.5%"), 5000);
	assert_int_equal(ppm_of("0.0005 %"), UINT64_MAX);
	assert_int_equal(ppm_of("5000"), 5000);
	assert_int_equal(ppm_of("5000 ppm"), 5000);
	assert_int_equal(ppm_of("100 %"), 1000000);
	assert_int_equal(ppm_of("100.001%"), UINT64_MAX);
	assert_int_equal(ppm_of("5 ms"), UINT64_MAX);
	assert_int_equal(ppm_of("%"), UINT64_MAX);
	assert_int_equal(ppm_of(""), UINT64_MAX);
	assert_int_equal(time_of("5 ms"), 5000000);
	assert_int_equal(time_of("5"), 5000000);
	assert_int_equal(time_of("1.5s"), 1500000000);
	assert_int_equal(time_of("200 us"), 200000);
	assert_int_equal(time_of("7ns"), 7);
	assert_int_equal(time_of("3600 s"), 3600000000000);
	assert_int_equal(time_of("3601 s"), UINT64_MAX);
	assert_int_equal(time_of("99999999999999999999 s"), UINT64_MAX);
	assert_int_equal(time_of("18446744073709551 s"), UINT64_MAX);
	assert_int_equal(time_of("5 h"), UINT64_MAX);
	assert_int_equal(time_of("12345678901234567890123456789012 ms"), UINT64_MAX);
}

static void decimals_are_exact(void **state)
{
	uint64_t value;
	(void)state;
	assert_true(words_decimal("163", 4, &value));
	assert_int_equal(value, 1630000);
	assert_true(words_decimal("163.0001", 4, &value));
	assert_int_equal(value, 1630001);
	assert_true(words_decimal(".5", 4, &value));
	assert_int_equal(value, 5000);
	assert_true(words_decimal("5.", 4, &value));
	assert_false(words_decimal("163.00001", 4, &value));
	assert_false(words_decimal("1.6.3", 4, &value));
	assert_false(words_decimal(".", 4, &value));
	assert_false(words_decimal("", 4, &value));
	assert_false(words_decimal("1.5", 0, &value));
	assert_false(words_decimal("1844674407370955.1616", 4, &value));
	assert_true(words_decimal("1844674407370955.1615", 4, &value));
	assert_int_equal(value, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_seed_may_stand_anywhere),
		cmocka_unit_test(nonsense_is_no_line),
		cmocka_unit_test(numbers_have_bounds_and_nothing_else_in_them),
		cmocka_unit_test(shares_and_times_have_units),
		cmocka_unit_test(decimals_are_exact),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.words", tests, NULL, NULL);
}
