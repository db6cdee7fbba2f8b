/* rooms: drivers_machine
   Whatever is said, a log line is one line of valid JSON of bounded length. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

static void assert_says(const char *component, const char *text, const char *expected)
{
	char line[LOG_LINE_BYTES_MAX];
	size_t size = log_format_line(line, sizeof line, UINT64_C(1500000000000000001),
		LOG_LEVEL_WARNING, component, text);
	assert_true(size < sizeof line);
	assert_int_equal(strlen(line), size);
	assert_ptr_equal(strchr(line, '\n'), line + size - 1);
	json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(object);
	assert_string_equal(json_string_value(json_object_get(object, "time")),
		"2017-07-14T02:40:00.000000001Z");
	assert_string_equal(json_string_value(json_object_get(object, "level")), "warning");
	assert_string_equal(json_string_value(json_object_get(object, "component")), component);
	assert_string_equal(json_string_value(json_object_get(object, "text")), expected);
	json_decref(object);
}

static void a_sentence_is_said_as_it_is(void **state)
{
	(void)state;
	assert_says("boot", "port A is up", "port A is up");
	assert_says("", "", "");
	assert_says("boot", "2 \xc2\xb5s, \xe2\x82\xac, \xf0\x9f\x98\x80",
		"2 \xc2\xb5s, \xe2\x82\xac, \xf0\x9f\x98\x80");
}

static void quotes_and_control_characters_are_escaped(void **state)
{
	(void)state;
	assert_says("a\"b", "say \"no\" to \\ and\nnew\tlines\x7f\x1b",
		"say \"no\" to \\ and\nnew\tlines\x7f\x1b");
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
	(void)state;
#define R "\xef\xbf\xbd"
	assert_says("x", "\xff", R);
	assert_says("x", "\xc0\x80", R R);
	assert_says("x", "\xe0\x80\x80", R R R);
	assert_says("x", "\xed\xa0\x80", R R R);
	assert_says("x", "\xf4\x90\x80\x80", R R R R);
	assert_says("x", "\xf5", R);
	assert_says("x", "\xe2\x82", R R); /* cut at the end of the string */
	assert_says("x", "\xf0\x9f\x98q", R R R "q");
#undef R
}

static void a_long_sentence_is_cut_and_says_so(void **state)
{
	(void)state;
	for (size_t length = 100; length < 240; length++) {
		for (int kind = 0; kind < 3; kind++) {
			char text[256] = {0}, line[256];
			memset(text, kind == 0 ? 'a' : kind == 1 ? '\x01' : '\xff', length);
			size_t size = log_format_line(
				line, sizeof line, 0, LOG_LEVEL_ERROR, "component", text);
			assert_true(size < sizeof line);
			json_t *object = json_loads(line, 0, NULL);
			assert_non_null(object);
			const char *said = json_string_value(json_object_get(object, "text"));
			size_t said_length = strlen(said);
			bool is_cut = size > sizeof line - 10;
			assert_int_equal(is_cut, strcmp(said + said_length - 3, "...") == 0);
			if (kind == 0)
				assert_memory_equal(said, text, is_cut ? said_length - 3 : length);
			json_decref(object);
		}
	}
}

/* What the deed writes to standard error. */
static size_t heard(char *text, size_t size_bytes, void (*deed)(void))
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	int kept = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	deed();
	dup2(kept, STDERR_FILENO);
	close(kept);
	ssize_t size = read(ends[0], text, size_bytes - 1);
	close(ends[0]);
	close(ends[1]);
	if (size < 0)
		size = 0;
	text[size] = '\0';
	return (size_t)size;
}

static void say_two(void)
{
	log_write(LOG_LEVEL_INFO, "a", "one %d", 1);
	log_write(LOG_LEVEL_ERROR, "b", "two %s", "2");
}

static void say_much(void)
{
	char text[LOG_TEXT_BYTES_MAX + 100];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	log_write(LOG_LEVEL_ERROR, "a", "%s", text);
}

static void each_sentence_is_one_line_on_standard_error(void **state)
{
	(void)state;
	char text[8192];
	heard(text, sizeof text, say_two);
	char *second = strchr(text, '\n');
	assert_non_null(second);
	assert_non_null(strstr(text, "\"text\":\"one 1\"}"));
	assert_non_null(strstr(second, "\"text\":\"two 2\"}\n"));
	size_t size = heard(text, sizeof text, say_much);
	assert_true(size <= LOG_LINE_BYTES_MAX);
	assert_non_null(strstr(text, "x...\"}\n"));
}

static void below_the_floor_nothing_is_said(void **state)
{
	(void)state;
	char text[8192];
	log_set_floor(LOG_LEVEL_ERROR);
	heard(text, sizeof text, say_two);
	log_set_floor(LOG_LEVEL_INFO);
	assert_null(strstr(text, "one 1"));
	assert_non_null(strstr(text, "two"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sentence_is_said_as_it_is),
		cmocka_unit_test(quotes_and_control_characters_are_escaped),
		cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
		cmocka_unit_test(a_long_sentence_is_cut_and_says_so),
		cmocka_unit_test(each_sentence_is_one_line_on_standard_error),
		cmocka_unit_test(below_the_floor_nothing_is_said),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.log", tests, NULL, NULL);
}
