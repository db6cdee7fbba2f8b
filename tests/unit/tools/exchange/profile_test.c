/* Venue profiles: the examples load, what is wrong is refused where it stands, and the rules are in force.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tools/exchange/counter.h"
#include "tools/exchange/exchange.h"
#include "tools/exchange/profile.h"

static struct options options;
static struct config_error error;

static void fresh(void)
{
	options = (struct options){.pace = PACE_STEP,
		.start = START_COMMAND,
		.order_max = 1000,
		.history_max = 100000};
	terms_rules_all(&options.rules);
	memset(&error, 0, sizeof error);
}

static void load(const char *name)
{
	char path[512];
	fresh();
	snprintf(path, sizeof path, "%s/config/examples/venues/%s.yaml", SLUICE_SOURCE_DIRECTORY,
		name);
	if (!profile_load(&options, path, &error))
		fail_msg("%s", error.text);
	options.listen_port = 0; /* a free one */
}

static void the_examples_load(void **state)
{
	(void)state;
	load("inet");
	assert_int_equal(options.user_count, 3);
	assert_int_equal(options.drop_count, 2);
	assert_int_equal(options.symbol_count, 3);
	assert_int_equal(options.tick_e4[0], 100);
	assert_string_equal(options.session, "SIM0000001");
	assert_string_equal(options.rules.times_in_force, "035");
	assert_false(options.rules.is_iso_refused);
	assert_false(options.is_second_refused);
	load("fixed");
	assert_int_equal(options.fix_port, 26201);
	assert_string_equal(options.comp_id, "FIXED");
	assert_int_equal(options.speeches[2].speech, SPEECH_FIX44);
	load("small");
	assert_int_equal(options.lot[0], 100);
	assert_string_equal(options.rules.sides, "BS");
	assert_true(options.is_second_refused && options.is_cancel_on_disconnect);
	assert_int_equal(options.rules.options_refused, 1u << 4 | 1u << 24);
	assert_int_equal(options.rules.fee_e4, 30);
	assert_int_equal(options.rules.notional_max_e4, 2500000000);
	assert_int_equal(options.rules.rate_per_window, 20);
	assert_int_equal(options.rules.burst, 5);
}

/* What a whole profile becomes when one thing in it is another. */
static void refused(const char *old, const char *new, const char *sentence)
{
	static char text[16384], path[512];
	snprintf(
		path, sizeof path, "%s/config/examples/venues/small.yaml", SLUICE_SOURCE_DIRECTORY);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof text / 2, file);
	fclose(file);
	text[size] = '\0';
	char *at = strstr(text, old);
	if (at == NULL)
		fail_msg("found no `%s` to change", old);
	memmove(at + strlen(new), at + strlen(old), strlen(at + strlen(old)) + 1);
	memcpy(at, new, strlen(new));
	fresh();
	if (profile_parse(&options, "small.yaml", text, strlen(text), &error))
		fail_msg("`%s`: found it taken, expected `%s`", new, sentence);
	if (strstr(error.text, sentence) == NULL || strncmp(error.text, "small.yaml:", 11) != 0)
		fail_msg("`%s`: found `%s`, expected `%s`", new, error.text, sentence);
}

static void what_is_wrong_is_refused_where_it_stands(void **state)
{
	(void)state;
	refused("listen: 127", "listens: 127", "listens");
	refused("127.0.0.1:26100", "127.0.0.1", "found \"127.0.0.1\"");
	refused("speaks: ouch42", "speaks: ouch43", "expected ouch50, ouch42, fix42 or fix44");
	refused("name: sluice", "name: sluices7", "up to 6 characters");
	refused("name: sluice", "name: a_name_of_more_than_20", "up to 20 characters");
	refused("name: sluice", "name: \"\"", "found \"\"");
	refused("session: SMALL00001", "session: SMALL000012", "up to 10 characters");
	refused("firm: SLCE", "firm: SLCE5", "a firm of up to 4 characters");
	refused("speaks: ouch42}", "speaks: ouch42, copies: [nobody]}", "name of another port");
	refused("speaks: ouch42}", "speaks: ouch42, copies: [sluice]}", "name of another port");
	refused("speaks: ouch42}\n",
		"speaks: ouch42}\n  - {name: sluice, password: x, speaks: ouch50}\n",
		"found port sluice again");
	refused("tick: 0.05", "tick: 0.00", "found \"0.00\"");
	refused("tick: 0.05", "tick: 500000.00", "expected a smaller tick");
	refused("lot: 100 shares", "lot: 100", "found \"100\"");
	refused("timeout: 5 s", "timeout: 1 s", "expected more than the heartbeat");
	refused("second_login: refused", "second_login: maybe", "expected replaces or refused");
	refused("cancel_on_disconnect: true", "cancel_on_disconnect: yes", "found \"yes\"");
	refused("[day]", "[day, day]", "again, expected each once");
	refused("[day]", "[month]", "expected day, ioc or extended");
	refused("[visible]", "[]", "small.yaml:");
	refused("[customer_type, group_id]", "[colour]", "option of OUCH 5.0");
	refused("max_quantity: 10000 shares", "max_quantity: 1000000 shares", "from 1 to 999999");
	refused("max_value: 250000.00 USD", "max_value: 250000.00", "found \"250000.00\"");
	refused("20 per 1 s burst 5", "20", "found \"20\"");
	refused("scope: port, action: cancel-newest", "scope: none, action: cancel-newest",
		"expected trade within none");
	refused("speaks: ouch42", "speaks: fix42", "expected a part `fix");
	refused("scope: port, action: cancel-newest", "scope: firm, action: trade",
		"expected trade within none");
	refused("rebate: 0.0020 USD", "rebate: 0.0020 EUR", "found \"0.0020 EUR\"");
}

static struct exchange *x;

static uint16_t judged(struct ouch_in in)
{
	struct ouch_out out = {0};
	uint32_t size;
	uint8_t bytes[MESSAGE_BYTES_MAX];
	struct sequence *said = &x->desk->users[0].said;
	in.type = 'O';
	in.ref = x->desk->users[0].last_ref + 1;
	counter_take(x->desk, 0, bytes, ouch50_build_in(bytes, sizeof bytes, &in));
	const uint8_t *last = sequence_message(said, said->count, &size);
	assert_int_equal(ouch50_parse_out(last, size, &out), OUCH_OK);
	return out.type == 'J' ? out.reject_code : 0;
}

static void rules_are_in_force(void **state)
{
	const struct ouch_in good = {.side = 'B',
		.qty = 100,
		.symbol = symbol_pack("ZVZZT"),
		.price_e4 = 100000,
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	struct ouch_in in;
	(void)state;
	load("small");
	options.speeches[0].speech = SPEECH_OUCH50;
	x = calloc(1, sizeof *x);
	assert_true(exchange_open(x, &options, &error));
	exchange_begin(x, 1);
#define CASE(code, member, value)                                                                  \
	in = good;                                                                                 \
	in.member = value;                                                                         \
	x->desk->exch_ns += 1000000000;                                                            \
	assert_int_equal(judged(in), code);
	CASE(REJECT_NONE, qty, 200)
	CASE(REJECT_invalid_quantity, qty, 150)
	CASE(REJECT_shares_above_threshold, qty, 10100)
	CASE(REJECT_above_maximum_notional, price_e4, 25000500)
	CASE(REJECT_invalid_price, price_e4, 100100)
	CASE(REJECT_invalid_display, display, 'N')
	CASE(REJECT_other, time_in_force, '3')
	CASE(REJECT_other, capacity, 'R')
	CASE(REJECT_risk_short_sell_not_allowed, side, 'T')
	CASE(REJECT_risk_short_exempt_not_allowed, side, 'E')
	CASE(REJECT_iso_not_allowed, iso, 'Y')
	CASE(REJECT_other, options,
		((struct ouch_options){.present = 1u << 4, .value = {[4] = 'R'}}))
	CASE(REJECT_NONE, qty, 100)
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(judged(good), REJECT_NONE);
	assert_int_equal(judged(good), REJECT_risk_port_message_rate);
	x->desk->exch_ns += 49999999;
	assert_int_equal(judged(good), REJECT_risk_port_message_rate);
	x->desk->exch_ns += 1;
	assert_int_equal(judged(good), REJECT_NONE);
	in = good;
	in.side = 'S';
	x->desk->exch_ns += 1000000000;
	judged(in);
	assert_int_equal(x->desk->users[0].counts.executions, 0); /* its own side */
	exchange_close(x);
	free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_load),
		cmocka_unit_test(what_is_wrong_is_refused_where_it_stands),
		cmocka_unit_test(rules_are_in_force),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.profile", tests, NULL, NULL);
}
