/* answer_test.c - one empty line at the end and nowhere else, aligned columns, the same rows as JSON. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "control/socket/answer.h"

static char *render(struct answer *answer)
{
	size_t size;
	char *bytes = answer_render(answer, &size);
	assert_non_null(bytes);
	assert_int_equal(strlen(bytes), size);
	answer_free(answer);
	return bytes;
}

static void rows_stand_in_columns_under_their_names(void **state)
{
	(void)state;
	struct answer answer;
	answer_init(&answer, false);
	answer_row(&answer);
	answer_word(&answer, "symbol", "AAPL");
	answer_number(&answer, "qty", 5);
	answer_row(&answer);
	answer_word(&answer, "symbol", "Z");
	answer_number(&answer, "qty", 12345);
	answer_code(&answer, CODE_ROWS, "2 rows");
	char *text = render(&answer);
	assert_string_equal(text, "100 2 rows\nsymbol    qty\nAAPL        5\nZ       12345\n\n");
	free(text);
}

static void nothing_inside_an_answer_can_break_its_frame(void **state)
{
	(void)state;
	struct answer answer;
	answer_init(&answer, false);
	answer_line(&answer, "a\n\nb\rc");
	answer_line(&answer, "%s", "");
	answer_lines(&answer, "one\n\n\ntwo\n");
	answer_row(&answer);
	answer_word(&answer, "word", "x\n\ny");
	answer_code(&answer, CODE_ROWS, "text\n\nmore");
	char *text = render(&answer);
	char *empty = strstr(text, "\n\n");
	assert_non_null(empty);
	assert_string_equal(empty, "\n\n");
	assert_non_null(strstr(text, "one\ntwo\n"));
	free(text);
}

static void bytes_that_are_no_utf8_do_not_lose_the_word(void **state)
{
	(void)state;
	struct answer answer;
	answer_init(&answer, true);
	answer_row(&answer);
	answer_word(&answer, "word",
		"ab\xff"
		"c");
	answer_code(&answer, CODE_ROWS, "x\xfe");
	char *text = render(&answer);
	assert_string_equal(
		text, "{\"code\":100,\"text\":\"x?\",\"rows\":[{\"word\":\"ab?c\"}]}\n");
	free(text);
}

static void a_sentence_cut_inside_a_letter_is_still_text(void **state)
{
	(void)state;
	static char sentence[ANSWER_TEXT_BYTES + 8];
	struct answer answer;
	/* One byte, then letters of two bytes: the end falls inside one. */
	sentence[0] = 'x';
	for (size_t i = 1; i + 2 < sizeof sentence; i += 2)
		memcpy(sentence + i, "\xc3\xa9", 2);
	answer_init(&answer, true);
	answer_code(&answer, CODE_ROWS, "%s", sentence);
	char *text = render(&answer);
	json_t *object = json_loads(text, 0, NULL);
	assert_non_null(object);
	json_decref(object);
	free(text);
}

/* A record's reason has room for its beginning. */
static void a_word_cut_inside_a_letter_keeps_its_other_letters(void **state)
{
	(void)state;
	static const char whole[] =
		"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"; /* of 2, 3 and 4 bytes */
	static const size_t kept[] = {0, 0, 2, 2, 2, 5, 5, 5, 5, 9};
	for (size_t size = 0; size < sizeof whole; size++) {
		char text[sizeof whole];
		snprintf(text, sizeof text, "%.*s", (int)size, whole);
		json_t *word = text_json(text);
		assert_int_equal(json_string_length(word), kept[size]);
		assert_memory_equal(json_string_value(word), whole, kept[size]);
		json_decref(word);
	}
}

static void numbers_keep_their_ends(void **state)
{
	(void)state;
	char text[32];
	e4_format(INT64_MIN, text);
	assert_string_equal(text, "-922337203685477.5808");
	e4_format(INT64_MAX, text);
	assert_string_equal(text, "922337203685477.5807");
	e4_format(-1, text);
	assert_string_equal(text, "-0.0001");
	time_format(1548795600123456789ull, text);
	assert_string_equal(text, "2019-01-29T21:00:00.123456Z");
	time_format(UINT64_MAX, text);
	assert_true(strlen(text) > 0);
	struct answer answer;
	answer_init(&answer, true);
	answer_row(&answer);
	answer_count(&answer, "n", UINT64_MAX);
	answer_code(&answer, CODE_ROWS, "-");
	char *json = render(&answer);
	assert_non_null(strstr(json, "\"18446744073709551615\""));
	free(json);
}

static void rows_above_the_bound_are_counted_and_told(void **state)
{
	(void)state;
	struct answer answer;
	answer_init(&answer, false);
	for (uint32_t i = 0; i < ANSWER_ROW_COUNT_MAX + 3; i++)
		answer_line(&answer, "%u", i);
	answer_code(&answer, CODE_MORE, "many");
	char *text = render(&answer);
	assert_non_null(strstr(text, "(3 rows left out)\n\n"));
	free(text);
}

static void the_exit_status_mirrors_the_class(void **state)
{
	(void)state;
	assert_int_equal(code_exit_status(CODE_DONE), 0);
	assert_int_equal(code_exit_status(CODE_MORE), 0);
	for (uint32_t i = 0; i < code_row_count; i++) {
		unsigned number = code_rows[i].number;
		assert_true(number / 100 <= 1 || number / 100 == 4 || number / 100 == 8 ||
			    number / 100 == 9);
		assert_int_equal(
			code_exit_status(number), number / 100 <= 1 ? 0 : (int)(number / 100));
		/* rising, so no number is given twice */
		assert_true(i == 0 || code_rows[i - 1].number < number);
		assert_string_equal(code_sentence(number), code_rows[i].sentence);
	}
	assert_string_equal(code_sentence(777), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_stand_in_columns_under_their_names),
		cmocka_unit_test(nothing_inside_an_answer_can_break_its_frame),
		cmocka_unit_test(bytes_that_are_no_utf8_do_not_lose_the_word),
		cmocka_unit_test(a_sentence_cut_inside_a_letter_is_still_text),
		cmocka_unit_test(a_word_cut_inside_a_letter_keeps_its_other_letters),
		cmocka_unit_test(numbers_keep_their_ends),
		cmocka_unit_test(rows_above_the_bound_are_counted_and_told),
		cmocka_unit_test(the_exit_status_mirrors_the_class),
	};
	return !!cmocka_run_group_tests_name("unit.control.socket.answer", tests, NULL, NULL);
}
