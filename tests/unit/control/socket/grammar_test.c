/* grammar_test.c - every row of commands.def is found, each role may what its row says, at each socket. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "control/socket/grammar.h"

static char error[GRAMMAR_ERROR_BYTES];

static enum code find(const char *text, struct command *command)
{
	static struct request request;
	char why[160];
	size_t used;
	assert_int_equal(request_line(&request, text, strlen(text), &used, why), CODE_DONE);
	return grammar_find(&request, command, error);
}

/* A row's words with its places filled: "kill <scope> <id>" -> "kill x x". */
static void row_fill(const char *words, char *text, bool with_optional)
{
	for (const char *p = words; *p != '\0';) {
		size_t size = strcspn(p, " ");
		bool is_optional = *p == '[';
		bool is_reason = strncmp(p, "[because", 8) == 0;
		if (!is_optional || (with_optional && !is_reason)) {
			if (*p == '<' || *p == '[')
				text += sprintf(text, "x ");
			else
				text += sprintf(text, "%.*s ", (int)size, p);
		}
		p += size;
		p += *p == ' ';
	}
}

static void every_row_is_found_by_its_own_words(void **state)
{
	(void)state;
	for (unsigned id = 0; id < COMMAND_COUNT; id++) {
		char text[256] = "";
		struct command command;
		row_fill(command_rows[id].words, text, true);
		assert_int_equal(find(text, &command), CODE_DONE);
		assert_int_equal(command.id, id);
		row_fill(command_rows[id].words, text, false);
		assert_int_equal(find(text, &command), CODE_DONE);
		assert_int_equal(command.id, id);
	}
}

static void a_word_that_no_row_has_is_told_all_that_could_stand_there(void **state)
{
	(void)state;
	struct command command;
	assert_int_equal(find("show nothing", &command), CODE_UNKNOWN_COMMAND);
	for (unsigned id = 0; id < COMMAND_COUNT; id++) {
		char word[32];
		if (sscanf(command_rows[id].words, "show %31s", word) == 1)
			assert_non_null(strstr(error, word));
	}
}

/* The table: role x command x socket. */
static void each_role_may_what_its_row_says_and_nothing_else(void **state)
{
	(void)state;
	unsigned allowed = 0;
	for (unsigned id = 0; id < COMMAND_COUNT; id++) {
		for (unsigned role = ROLE_NONE; role <= ROLE_SECURITY; role++) {
			enum code control = grammar_allows(
				(enum command_id)id, (enum role)role, SOCKET_CONTROL);
			enum code view =
				grammar_allows((enum command_id)id, (enum role)role, SOCKET_VIEW);
			bool reaches = role >= command_rows[id].role;
			bool is_view = command_rows[id].socket == SOCKET_VIEW;
			assert_int_equal(control, role == ROLE_NONE ? CODE_NO_ROLE
						  : reaches         ? CODE_DONE
								    : CODE_ROLE_TOO_LOW);
			assert_int_equal(view, is_view ? CODE_DONE : CODE_VIEW_ONLY);
			/* Nobody below operator changes anything, and nothing changes at the view socket. */
			if (control == CODE_DONE && role < ROLE_OPERATOR)
				assert_true(is_view);
			allowed += control == CODE_DONE;
		}
		/* What loosens takes more than a viewer. */
		assert_true(command_rows[id].role >= ROLE_VIEWER);
		assert_true(command_rows[id].socket == SOCKET_VIEW ||
			    command_rows[id].role >= ROLE_OPERATOR);
	}
	assert_true(allowed > 0);
	assert_int_equal(command_rows[COMMAND_command_rearm].persons, PERSONS_TWO);
	assert_int_equal(command_rows[COMMAND_command_rearm].role, ROLE_RISK);
	assert_int_equal(command_rows[COMMAND_command_kill].persons, PERSONS_ONE);
	assert_int_equal(command_rows[COMMAND_command_limits_load].role, ROLE_RISK);
}

static void the_firm_needs_no_id(void **state)
{
	(void)state;
	struct command command;
	assert_int_equal(find("kill firm because x", &command), CODE_DONE);
	assert_int_equal(command.argument_count, 2);
	assert_string_equal(command.arguments[1], "0");
	assert_int_equal(find("halt all", &command), CODE_DONE);
	assert_int_equal(find("kill account", &command), CODE_ARGUMENT_MISSING);
	assert_non_null(strstr(error, "<id>"));
	assert_int_equal(find("kill", &command), CODE_ARGUMENT_MISSING);
}

static void what_is_not_understood_says_what_was_expected(void **state)
{
	(void)state;
	struct command command;
	assert_int_equal(find("show bok AAPL", &command), CODE_UNKNOWN_COMMAND);
	assert_non_null(strstr(error, "bok"));
	assert_non_null(strstr(error, "book"));
	assert_int_equal(find("show", &command), CODE_UNKNOWN_COMMAND);
	assert_non_null(strstr(error, "feeds"));
	assert_int_equal(find("KILL account 17", &command), CODE_UNKNOWN_COMMAND);
	assert_int_equal(find("status now", &command), CODE_ARGUMENT_SURPLUS);
	assert_int_equal(find("status because x", &command), CODE_ARGUMENT_SURPLUS);
	assert_int_equal(find("why", &command), CODE_ARGUMENT_MISSING);
}

static void a_command_that_has_the_word_elsewhere_is_named(void **state)
{
	(void)state;
	struct command command;
	assert_int_equal(find("limits show", &command), CODE_UNKNOWN_COMMAND);
	assert_non_null(strstr(error, "; or: show limits"));
	assert_int_equal(find("limits effective", &command), CODE_UNKNOWN_COMMAND);
	assert_non_null(strstr(error, "; or: show effective <account> <symbol>"));
	assert_int_equal(find("limits nonsense", &command), CODE_UNKNOWN_COMMAND);
	assert_null(strstr(error, "; or:"));
}

static void help_may_be_asked_for_behind_a_command(void **state)
{
	(void)state;
	struct command command;
	assert_int_equal(find("limits load --help", &command), CODE_DONE);
	assert_int_equal(command.id, COMMAND_command_help);
	assert_int_equal(command.argument_count, 2);
	assert_string_equal(command.arguments[1], "load");
	assert_int_equal(find("kill account 17 --help", &command), CODE_DONE);
	assert_int_equal(command.id, COMMAND_command_help);
	assert_int_equal(find("--help", &command), CODE_UNKNOWN_COMMAND);
}

static void stops_are_known_by_their_first_word(void **state)
{
	(void)state;
	assert_true(grammar_is_stop("kill"));
	assert_true(grammar_is_stop("halt"));
	assert_true(grammar_is_stop("reduce-only"));
	assert_false(grammar_is_stop("rearm"));
	assert_false(grammar_is_stop("killer"));
}

static void count_word(void *context, const char *word)
{
	(void)word;
	(*(unsigned *)context)++;
}

static void completion_follows_the_rows(void **state)
{
	(void)state;
	unsigned count = 0;
	const char *const show[] = {"show"}, *const kill[] = {"kill"};
	grammar_complete(NULL, 0, "ki", count_word, &count);
	assert_int_equal(count, 1);
	count = 0;
	grammar_complete(show, 1, "s", count_word, &count);
	assert_int_equal(count, 4); /* sessions, slices, stops, symbol */
	count = 0;
	grammar_complete(kill, 1, "s", count_word, &count);
	assert_int_equal(count, 3); /* session, strategy, symbol */
}

static void help_lists_every_row(void **state)
{
	(void)state;
	struct answer answer;
	const char *const words[] = {"kill"}, *const none[] = {"nothing"};
	answer_init(&answer, true);
	grammar_help(&answer, NULL, 0);
	assert_int_equal(json_array_size(answer.rows), COMMAND_COUNT);
	answer_free(&answer);
	answer_init(&answer, true);
	grammar_help(&answer, words, 1);
	assert_int_equal(json_array_size(answer.rows), 1);
	answer_free(&answer);
	answer_init(&answer, true);
	grammar_help(&answer, none, 1);
	assert_int_equal(answer.code, CODE_NOT_FOUND);
	answer_free(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_by_its_own_words),
		cmocka_unit_test(a_word_that_no_row_has_is_told_all_that_could_stand_there),
		cmocka_unit_test(each_role_may_what_its_row_says_and_nothing_else),
		cmocka_unit_test(the_firm_needs_no_id),
		cmocka_unit_test(what_is_not_understood_says_what_was_expected),
		cmocka_unit_test(a_command_that_has_the_word_elsewhere_is_named),
		cmocka_unit_test(help_may_be_asked_for_behind_a_command),
		cmocka_unit_test(stops_are_known_by_their_first_word),
		cmocka_unit_test(completion_follows_the_rows),
		cmocka_unit_test(help_lists_every_row),
	};
	return !!cmocka_run_group_tests_name("unit.control.socket.grammar", tests, NULL, NULL);
}
