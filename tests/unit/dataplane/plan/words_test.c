/* words_test.c - what a person types at the kill socket, and what is understood. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/plan/words.h"

static struct account_config accounts[2] = {
	{.id = 17,
		.name = "alpha",
		.strategy_count = 2,
		.strategies = {{.id = 3, .name = "maker"}, {.id = 4, .name = "18"}}},
	{.id = 18, .name = "17", .strategy_count = 1, .strategies = {{.id = 5, .name = "taker"}}},
};
static struct symbol_config symbols[2];
static struct site_config site = {.name = "demo",
	.venue_count = 1,
	.session_count = 1,
	.account_count = 2,
	.symbol_count = 2,
	.accounts = accounts,
	.symbols = symbols};

static int set_up(void **state)
{
	(void)state;
	strcpy(site.venues[0].name, "nasdaq");
	site.venues[0].session_id = 200;
	strcpy(site.sessions[0].name, "desk");
	site.sessions[0].id = 1;
	symbols[0].name = symbol_pack("AAPL");
	symbols[1].name = symbol_pack("17");
	return 0;
}

static struct words words;
static char text[256];

static int ask(const char *line)
{
	text[0] = '\0';
	return words_read(&site, line, strlen(line), &words, text, sizeof text);
}

static void assert_stop(const char *line, enum trading_state state, enum scope scope, uint32_t id,
	const char *reason)
{
	if (ask(line) != 0)
		fail_msg("%s: %s", line, text);
	assert_false(words.is_status);
	assert_int_equal(words.state, state);
	assert_int_equal(words.scope, scope);
	assert_int_equal(words.id, id);
	assert_string_equal(words.reason, reason);
}

static void every_verb_and_scope_is_understood(void **state)
{
	(void)state;
	assert_stop("kill firm", STATE_KILLED, SCOPE_FIRM, 0, "");
	assert_stop("kill all", STATE_KILLED, SCOPE_FIRM, 0, "");
	assert_stop("kill firm 0 because \"test\"", STATE_KILLED, SCOPE_FIRM, 0, "test");
	assert_stop("kill firm demo", STATE_KILLED, SCOPE_FIRM, 0, "");
	assert_stop("kill firm because of rain", STATE_KILLED, SCOPE_FIRM, 0, "of rain");
	assert_stop("halt venue nasdaq", STATE_HALTED, SCOPE_VENUE, 0, "");
	assert_stop("halt venue 0", STATE_HALTED, SCOPE_VENUE, 0, "");
	assert_stop("halt session 1", STATE_HALTED, SCOPE_SESSION, 1, "");
	assert_stop("halt session desk", STATE_HALTED, SCOPE_SESSION, 1, "");
	assert_stop("halt session 200", STATE_HALTED, SCOPE_SESSION, 200, "");
	assert_stop("reduce-only strategy taker", STATE_REDUCE_ONLY, SCOPE_STRATEGY, 5, "");
	assert_stop("kill strategy 4", STATE_KILLED, SCOPE_STRATEGY, 4, "");
	assert_stop("kill symbol AAPL", STATE_KILLED, SCOPE_SYMBOL, 0, "");
	assert_string_equal(words.label, "symbol AAPL");
	assert_int_equal(ask("status"), 0);
	assert_true(words.is_status);
}

static void a_number_is_an_id_before_it_is_a_name(void **state)
{
	(void)state;
	assert_stop("kill account 17", STATE_KILLED, SCOPE_ACCOUNT, 17, "");
	assert_string_equal(words.label, "account 17");
	assert_stop("kill account alpha", STATE_KILLED, SCOPE_ACCOUNT, 17, "");
	assert_string_equal(words.label, "account 17 (alpha)");
	assert_stop("kill strategy 18", STATE_KILLED, SCOPE_STRATEGY, 4, ""); /* only a name */
	assert_stop("kill symbol 17", STATE_KILLED, SCOPE_SYMBOL, 1, "");
}

static void a_hand_in_a_hurry_is_forgiven(void **state)
{
	(void)state;
	assert_stop(
		"KILL ACCOUNT ALPHA BECAUSE RUNAWAY", STATE_KILLED, SCOPE_ACCOUNT, 17, "RUNAWAY");
	assert_stop("  kill\taccount   17   runaway  ", STATE_KILLED, SCOPE_ACCOUNT, 17, "runaway");
	assert_stop("kill account \"alpha\" because\"x\"", STATE_KILLED, SCOPE_ACCOUNT, 17, "x");
	assert_stop("kill symbol aapl", STATE_KILLED, SCOPE_SYMBOL, 0, "");
	assert_stop("kill account 17 because \x01\xff", STATE_KILLED, SCOPE_ACCOUNT, 17, "??");
	assert_stop(
		"kill account 17 because 0123456789012345678901234567890123456789012345678901234",
		STATE_KILLED, SCOPE_ACCOUNT, 17, "0123456789012345678901234567890123456789012");
}

/* As sluicectl sends a reason that has quotes in it. */
static void what_is_escaped_in_a_quoted_reason_is_told_as_it_was_typed(void **state)
{
	(void)state;
	assert_stop("kill account 17 because \"it \\\"ran\\\" away, C:\\\\x\"", STATE_KILLED,
		SCOPE_ACCOUNT, 17, "it \"ran\" away, C:\\x");
	assert_stop("kill account 17 because \"\\\"", STATE_KILLED, SCOPE_ACCOUNT, 17, "\\");
	assert_stop("kill account 17 because \"\"", STATE_KILLED, SCOPE_ACCOUNT, 17, "");
	assert_stop("kill account 17 because a\\\"b", STATE_KILLED, SCOPE_ACCOUNT, 17, "a\\\"b");
	assert_stop(
		"kill account 17 because \"0123456789012345678901234567890123456789\\\"\\\"\\\"5\"",
		STATE_KILLED, SCOPE_ACCOUNT, 17, "0123456789012345678901234567890123456789\"\"\"");
}

static void what_is_not_there_is_refused_with_a_sentence(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		int code;
	} rows[] = {
		{"kill account 71", ANSWER_NOT_FOUND},
		{"kill account 4294967313", ANSWER_NOT_FOUND}, /* 17 in 32 bits */
		{"kill account 017x", ANSWER_NOT_FOUND},
		{"kill account -17", ANSWER_NOT_FOUND},
		{"kill account alph", ANSWER_NOT_FOUND},
		{"kill venue 1", ANSWER_NOT_FOUND},
		{"kill session 0", ANSWER_NOT_FOUND},
		{"kill strategy 0", ANSWER_NOT_FOUND},
		{"kill symbol AAPLAAPLA", ANSWER_NOT_FOUND},
		{"kill symbol MSFT", ANSWER_NOT_FOUND},
		{"kill firm 17", ANSWER_NOT_FOUND},
		{"kill account", ANSWER_ARGUMENT_MISSING},
		{"kill", ANSWER_ARGUMENT_MISSING},
		{"kill 17", ANSWER_ARGUMENT_BAD},
		{"kill account-symbol 17", ANSWER_ARGUMENT_BAD},
		{"resume account 17", ANSWER_UNKNOWN_COMMAND},
		{"rearm firm 0", ANSWER_UNKNOWN_COMMAND},
		{"killaccount 17", ANSWER_UNKNOWN_COMMAND},
		{"{\"command\":\"kill\"}", ANSWER_UNKNOWN_COMMAND},
		{"\"", ANSWER_UNKNOWN_COMMAND},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(ask(rows[i].line), rows[i].code);
		assert_non_null(strstr(text, "found"));
		assert_non_null(strstr(text, "expected"));
	}
	/* bytes behind a NUL are part of the word */
	assert_int_equal(words_read(&site, "kill\0account 17", 15, &words, text, sizeof text),
		ANSWER_UNKNOWN_COMMAND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb_and_scope_is_understood),
		cmocka_unit_test(a_number_is_an_id_before_it_is_a_name),
		cmocka_unit_test(a_hand_in_a_hurry_is_forgiven),
		cmocka_unit_test(what_is_escaped_in_a_quoted_reason_is_told_as_it_was_typed),
		cmocka_unit_test(what_is_not_there_is_refused_with_a_sentence),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.plan.words", tests, set_up, NULL);
}
