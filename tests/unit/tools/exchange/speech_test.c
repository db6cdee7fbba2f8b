/* A port of OUCH 4.2 at the same desk: tokens instead of numbers, and every letter it may be rejected by.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/ouch42.h"
#include "tests/unit/tools/exchange/venue.h"
#include "tools/exchange/counter.h"
#include "tools/exchange/speech.h"

static uint64_t heard[3];
static uint32_t old, new;

static int begin(void **state)
{
	static struct options options;
	(void)state;
	options = venue_options();
	venue_user(&options, "old", "secret", "LIME");
	venue_user(&options, "new", "secret", "");
	options.speeches[0] = (struct options_speech){"old", SPEECH_OUCH42};
	options.speech_count = 1;
	venue_open(&options);
	exchange_begin(x, 1);
	old = desk_user_named(x->desk, "old");
	new = desk_user_named(x->desk, "new");
	heard[old] = heard[new] = 1; /* start of day */
	return 0;
}

static struct ouch42_in order_of(uint8_t type, const char *token, uint32_t shares)
{
	struct ouch42_in in = {.type = type,
		.side = 'B',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N',
		.customer = ' ',
		.firm = {' ', ' ', ' ', ' '},
		.shares = shares,
		.price_e4 = 1630000,
		.time_in_force_s = OUCH42_MARKET_HOURS,
		.symbol = symbol_pack("AAPL")};
	memset(in.token, ' ', sizeof in.token);
	memcpy(in.token, token, strlen(token));
	return in;
}

static void say(const struct ouch42_in *in)
{
	uint8_t bytes[OUCH42_MESSAGE_BYTES_MAX];
	counter_take(x->desk, old, bytes, ouch42_build_in(bytes, sizeof bytes, in));
}

static void enter(const char *token, uint32_t shares)
{
	struct ouch42_in in = order_of('O', token, shares);
	say(&in);
}

static void replace(const char *previous, const char *token, uint32_t shares)
{
	struct ouch42_in in = order_of('U', token, shares);
	memset(in.previous, ' ', sizeof in.previous);
	memcpy(in.previous, previous, strlen(previous));
	say(&in);
}

static void cancel(const char *token, uint32_t shares)
{
	struct ouch42_in in = order_of('X', token, shares);
	say(&in);
}

/* hear takes the next answer, which must be of that type and token. */
static struct ouch42_out hear(uint8_t type, const char *token)
{
	struct ouch42_out message;
	uint32_t size;
	const struct sequence *said = &x->desk->users[old].said;
	assert_true(heard[old] < said->count);
	const uint8_t *bytes = sequence_message(said, ++heard[old], &size);
	assert_int_equal(ouch42_parse_out(bytes, size, &message), OUCH_OK);
	assert_int_equal(message.type, type);
	struct ouch42_in named = order_of('O', token, 0);
	if (type != 'S')
		assert_memory_equal(message.token, named.token, sizeof message.token);
	return message;
}

static void silence(void)
{
	assert_int_equal(heard[old], x->desk->users[old].said.count);
}

static void an_order_lives_under_its_token(void **state)
{
	(void)state;
	enter("T1", 100);
	struct ouch42_out a = hear('A', "T1");
	assert_int_equal(a.shares, 100);
	assert_int_equal(a.price_e4, 1630000);
	assert_int_equal(a.time_in_force_s, OUCH42_MARKET_HOURS);
	assert_int_equal(a.order_state, 'L');
	done("fill old 1 30");
	struct ouch42_out e = hear('E', "T1");
	assert_int_equal(e.shares, 30);
	assert_int_equal(e.liquidity, 'A');
	replace("T1", "T2", 90);
	struct ouch42_out u = hear('U', "T2");
	assert_memory_equal(u.previous, "T1            ", 14);
	assert_int_equal(u.shares, 60);
	done("bust old last reason consent");
	assert_int_equal(hear('B', "T1").code, 'C');
	done("fill old last 10");
	uint64_t match = hear('E', "T2").match;
	done("correct old last to 162.90");
	struct ouch42_out f = hear('F', "T2");
	assert_int_equal(f.match, match);
	assert_int_equal(f.price_e4, 1629000);
	done("prevent old last 5 strategy D");
	assert_int_equal(hear('D', "T2").shares_prevented, 5);
	done("next old cancel pend");
	cancel("T2", 0);
	hear('P', "T2");
	done("next old cancel refuse");
	cancel("T2", 0);
	hear('I', "T2");
	done("move old last");
	assert_true(hear('T', "T2").order_reference > u.order_reference);
	done("restate old last"); /* OUCH 4.2 has no word for it */
	silence();
	cancel("T2", 0);
	assert_int_equal(hear('C', "T2").shares, 45);
	silence();
}

static void a_token_used_once_is_used(void **state)
{
	(void)state;
	enter("T1", 100);
	hear('A', "T1");
	enter("T1", 100);
	silence();
	done("next old enter reject halted");
	enter("T2", 100);
	assert_int_equal(hear('J', "T2").code, 'H');
	enter("T2", 100);
	silence(); /* a rejected one too */
	replace("T1", "T2", 50);
	silence();
	replace("T9", "T3", 50); /* nothing is consumed by what replaces nothing */
	silence();
	done("next old replace reject other");
	replace("T1", "T4", 50);
	assert_int_equal(hear('J', "T4").code, 'O');
	replace("T1", "T4", 50);
	silence();
	replace("T1", "T3", 50);
	hear('U', "T3");
	cancel("T1", 0);
	cancel("T9", 0);
	silence();
}

static void each_letter_can_be_a_reason(void **state)
{
	uint32_t count, letters = 0;
	const struct reason *rows = reason_rows(&count);
	(void)state;
	for (uint32_t i = 0; i < count; i++) {
		char line[64], token[8];
		if (rows[i].kind != REASON_LETTER)
			continue;
		snprintf(line, sizeof line, "next old enter reject %c", rows[i].code);
		snprintf(token, sizeof token, "R%u", ++letters);
		done(line);
		enter(token, 100);
		assert_int_equal(hear('J', token).code, rows[i].code);
	}
	assert_true(letters >= 28);
}

static void both_languages_trade_with_each_other(void **state)
{
	struct ouch_in in = {.type = 'O',
		.ref = 7,
		.side = 'S',
		.qty = 40,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = 1630000,
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	uint8_t bytes[MESSAGE_BYTES_MAX];
	struct ouch_out theirs = {0};
	uint32_t size;
	(void)state;
	enter("T1", 100);
	hear('A', "T1");
	counter_take(x->desk, new, bytes, ouch50_build_in(bytes, sizeof bytes, &in));
	struct ouch42_out mine = hear('E', "T1");
	const struct sequence *said = &x->desk->users[new].said;
	const uint8_t *last = sequence_message(said, said->count, &size);
	assert_int_equal(ouch50_parse_out(last, size, &theirs), OUCH_OK);
	assert_int_equal(theirs.type, 'E');
	assert_int_equal(theirs.match, mine.match);
	assert_int_equal(mine.shares, 40);
}

static void what_is_not_its_protocol_is_malformed(void **state)
{
	const uint8_t query = 'Q', trade_now[15] = {'N'};
	(void)state;
	counter_take(x->desk, old, &query, 1);
	assert_int_equal(x->desk->users[old].counts.malformed, 1);
	counter_take(x->desk, old, trade_now, sizeof trade_now);
	assert_int_equal(x->desk->users[old].counts.superfluous, 1);
	silence();
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
	const struct CMUnitTest tests[] = {
		EACH(an_order_lives_under_its_token),
		EACH(a_token_used_once_is_used),
		EACH(each_letter_can_be_a_reason),
		EACH(both_languages_trade_with_each_other),
		EACH(what_is_not_its_protocol_is_malformed),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.speech", tests, NULL, NULL);
}
