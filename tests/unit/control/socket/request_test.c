/* request_test.c - words, quotes, reasons, several commands, objects, and everything a peer can send wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "control/socket/request.h"

static char error[160];

static enum code line(struct request *request, const char *text, size_t *used)
{
	return request_line(request, text, strlen(text), used, error);
}

static void append(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);
	snprintf(text + used, size - used, "%s", more);
}

static void words_are_cut_at_spaces_and_quotes_keep_them(void **state)
{
	(void)state;
	struct request r;
	size_t used;
	assert_int_equal(
		line(&r, "  kill\taccount \"a b\" 'c\\d' \"e\\\"f\\\\\" x\"y z\"w  \r\n", &used),
		CODE_DONE);
	assert_int_equal(r.word_count, 6);
	assert_string_equal(r.words[0], "kill");
	assert_string_equal(r.words[2], "a b");
	assert_string_equal(r.words[3], "c\\d");
	assert_string_equal(r.words[4], "e\"f\\");
	assert_string_equal(r.words[5], "xy zw");
	assert_null(r.reason);
}

static void because_takes_the_rest_of_the_command(void **state)
{
	(void)state;
	struct request r;
	size_t used;
	const char *text = "halt firm because  runaway   algo; status";
	assert_int_equal(line(&r, text, &used), CODE_DONE);
	assert_int_equal(r.word_count, 2);
	assert_string_equal(r.reason, "runaway algo");
	assert_string_equal(text + used, " status");
	assert_int_equal(line(&r, "halt firm because \"a; b\"", &used), CODE_DONE);
	assert_string_equal(r.reason, "a; b");
	assert_int_equal(line(&r, "halt firm because", &used), CODE_DONE);
	assert_string_equal(r.reason, "");
	assert_int_equal(line(&r, "because x", &used), CODE_DONE);
	assert_int_equal(r.word_count, 2);
}

static void several_commands_stand_apart_by_semicolons(void **state)
{
	(void)state;
	struct request r;
	const char *text = ";;status;;health ; ";
	size_t at = 0, used, found = 0;
	while (at < strlen(text)) {
		assert_int_equal(
			request_line(&r, text + at, strlen(text) - at, &used, error), CODE_DONE);
		assert_true(used > 0);
		found += r.word_count;
		at += used;
	}
	assert_int_equal(found, 2);
}

static void an_open_quote_is_named(void **state)
{
	(void)state;
	struct request r;
	size_t used;
	assert_int_equal(line(&r, "kill \"account", &used), CODE_QUOTE_OPEN);
	assert_int_equal(line(&r, "kill firm because 'x", &used), CODE_QUOTE_OPEN);
	assert_true(strlen(error) > 0);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
	(void)state;
	struct request r;
	size_t used;
	static const char *const bad[] = {"a\x01", "\xff", "\xc0\xaf", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xe2\x82", "a\x7f", "a\x1b[2J", "a\xc2\x9b[31m", "\xc2\x80"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(line(&r, bad[i], &used), CODE_NOT_TEXT);
	assert_int_equal(request_line(&r, "a\0b", 3, &used, error), CODE_NOT_TEXT);
	assert_int_equal(line(&r, "\xc2\xa0", &used), CODE_DONE);
	assert_int_equal(line(&r, "\xe2\x82\xac \xf0\x9f\x98\x80", &used), CODE_DONE);
	assert_int_equal(r.word_count, 2);
}

static void a_line_may_be_as_long_as_the_bound_and_not_one_longer(void **state)
{
	(void)state;
	struct request r;
	size_t used;
	char *text = malloc(REQUEST_LINE_BYTES_MAX + 2);
	memset(text, 'a', REQUEST_LINE_BYTES_MAX + 2);
	assert_int_equal(request_line(&r, text, REQUEST_LINE_BYTES_MAX, &used, error), CODE_DONE);
	assert_int_equal(strlen(r.words[0]), REQUEST_LINE_BYTES_MAX);
	assert_int_equal(
		request_line(&r, text, REQUEST_LINE_BYTES_MAX + 1, &used, error), CODE_TOO_LONG);
	free(text);
	char words[2 * REQUEST_WORD_COUNT_MAX + 3] = "";
	for (int i = 0; i < REQUEST_WORD_COUNT_MAX; i++)
		append(words, sizeof words, "a ");
	assert_int_equal(line(&r, words, &used), CODE_DONE);
	append(words, sizeof words, "b");
	assert_int_equal(line(&r, words, &used), CODE_ARGUMENT_SURPLUS);
}

static enum code object(struct request *request, const char *text)
{
	return request_object(request, text, strlen(text), error);
}

static void an_object_says_the_same_as_a_line(void **state)
{
	(void)state;
	struct request r;
	assert_int_equal(object(&r, "{\"command\":\"kill account 17 because x y\"}"), CODE_DONE);
	assert_true(r.is_json);
	assert_int_equal(r.word_count, 3);
	assert_string_equal(r.reason, "x y");
	request_free(&r);
	assert_int_equal(object(&r, "{\"command\":[\"limits\",\"load\"],\"because\":\"b\",\"body\":"
				    "\"a: 1\\nb: 2\\n\"}"),
		CODE_DONE);
	assert_string_equal(r.words[1], "load");
	assert_string_equal(r.reason, "b");
	assert_string_equal(r.body, "a: 1\nb: 2\n");
	struct request moved;
	request_move(&moved, &r);
	memset(&r, 0xAA, sizeof r);
	assert_string_equal(moved.words[0], "limits");
	assert_string_equal(moved.body, "a: 1\nb: 2\n");
	request_free(&moved);
}

static void a_wrong_object_is_refused_with_what_is_wrong(void **state)
{
	(void)state;
	struct request r;
	static const char *const bad[] = {"{", "{}", "{\"command\":1}", "{\"command\":\"\"}",
		"{\"command\":[1]}", "{\"command\":\"a\",\"command\":\"b\"}",
		"{\"command\":\"a; b\"}", "{\"command\":\"a\",\"x\":1}",
		"{\"command\":\"a\",\"because\":1}", "{\"command\":[\"a\\u0000b\"]}",
		"{\"command\":\"a\",\"body\":\"\\u0001\"}", "{\"command\":\"status\"} {",
		"{\"command\":[]}"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(object(&r, bad[i]), CODE_JSON_BAD);
		assert_true(r.is_json); /* and is answered as one */
		assert_true(strlen(error) > 0);
	}
}

static void a_frame_is_found_whatever_the_pieces(void **state)
{
	(void)state;
	const char *text = "{\"a\":\"}\\\"{\",\"b\":[{}]}\nstatus\n";
	for (size_t piece = 1; piece < strlen(text); piece++) {
		struct framing framing = {.seen = 0};
		size_t used = 0, have = 0;
		enum framing_verdict verdict = FRAMING_MORE;
		while (verdict == FRAMING_MORE && have < strlen(text)) {
			have = have + piece < strlen(text) ? have + piece : strlen(text);
			verdict = framing_find(&framing, text, have, 4096, &used);
		}
		assert_int_equal(verdict, FRAMING_OBJECT);
		assert_int_equal(used, strcspn(text, "\n"));
	}
}

/* Their reading would take longer than others may be kept waiting: 2 MB of numbers, a quarter of a second. */
static void an_object_of_more_parts_than_a_request_has_is_none(void **state)
{
	(void)state;
	static char text[4096];
	size_t used;
	static const char *const parts[] = {"0,", "[", "{\"a\":"};
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		struct framing framing = {.seen = 0};
		snprintf(text, sizeof text, "{\"a\":[");
		for (unsigned k = 2; k < REQUEST_MARK_COUNT_MAX; k++)
			append(text, sizeof text, parts[i]);
		assert_int_equal(
			framing_find(&framing, text, strlen(text), 100000, &used), FRAMING_MORE);
		append(text, sizeof text, parts[i]);
		assert_int_equal(framing_find(&framing, text, strlen(text), 100000, &used),
			FRAMING_TOO_MANY);
	}
	/* In a string they are text. */
	struct framing framing = {.seen = 0};
	memset(text, ',', 1000);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + 1000, "\"}", 3);
	assert_int_equal(framing_find(&framing, text, strlen(text), 100000, &used), FRAMING_OBJECT);
}

static void a_frame_has_its_bound(void **state)
{
	(void)state;
	static char text[REQUEST_LINE_BYTES_MAX + 2];
	size_t used;
	struct framing framing = {.seen = 0};
	memset(text, 'a', sizeof text);
	assert_int_equal(
		framing_find(&framing, text, REQUEST_LINE_BYTES_MAX, 100000, &used), FRAMING_MORE);
	assert_int_equal(framing_find(&framing, text, REQUEST_LINE_BYTES_MAX + 1, 100000, &used),
		FRAMING_TOO_LONG);
	framing = (struct framing){.seen = 0};
	text[0] = '{';
	assert_int_equal(framing_find(&framing, text, 64, 64, &used), FRAMING_MORE);
	assert_int_equal(framing_find(&framing, text, 65, 64, &used), FRAMING_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_cut_at_spaces_and_quotes_keep_them),
		cmocka_unit_test(because_takes_the_rest_of_the_command),
		cmocka_unit_test(several_commands_stand_apart_by_semicolons),
		cmocka_unit_test(an_open_quote_is_named),
		cmocka_unit_test(bytes_that_are_no_text_are_refused),
		cmocka_unit_test(a_line_may_be_as_long_as_the_bound_and_not_one_longer),
		cmocka_unit_test(an_object_says_the_same_as_a_line),
		cmocka_unit_test(a_wrong_object_is_refused_with_what_is_wrong),
		cmocka_unit_test(a_frame_is_found_whatever_the_pieces),
		cmocka_unit_test(an_object_of_more_parts_than_a_request_has_is_none),
		cmocka_unit_test(a_frame_has_its_bound),
	};
	return !!cmocka_run_group_tests_name("unit.control.socket.request", tests, NULL, NULL);
}
