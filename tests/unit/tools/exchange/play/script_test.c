/* Conversations: blocks written out, lines judged one by one, and the same bytes each time.
   rooms: tools_exchange_play */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>

#include "tests/unit/tools/exchange/venue.h"
#include "tools/exchange/counter.h"
#include "tools/exchange/play/script.h"

static struct script *script;
static uint32_t alice;
static char *told;
static size_t told_bytes;

static int begin(void **state)
{
	static struct options options;
	(void)state;
	options = venue_options();
	venue_user(&options, "alice", "secret", "");
	script = calloc(1, sizeof *script);
	venue_open(&options);
	exchange_begin(x, 1);
	player_init(&script->player, x);
	x->desk->heard.is_held = true;
	script->told = open_memstream(&told, &told_bytes);
	return 0;
}

static int finish_script(void **state)
{
	(void)state;
	fclose(script->told);
	free(told);
	script_close(script);
	free(script);
	venue_close();
	return 0;
}

static void read_text(const char *text)
{
	struct config_error error = {{0}};
	if (!script_read(script, "a.scn", text, &error))
		fail_msg("%s", error.text);
}

static void says(const struct ouch_in *in)
{
	uint8_t bytes[MESSAGE_BYTES_MAX];
	counter_take(x->desk, alice, bytes, ouch50_build_in(bytes, sizeof bytes, in));
}

static void buys(uint32_t ref, uint32_t qty, uint64_t price_e4)
{
	struct ouch_in in = {.type = 'O',
		.ref = ref,
		.side = 'B',
		.qty = qty,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = price_e4,
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	memcpy(in.clordid, "T0001         ", sizeof in.clordid);
	says(&in);
}

static void last_said(struct ouch_out *out)
{
	uint32_t size;
	const struct sequence *said = &x->desk->users[alice].said;
	const uint8_t *bytes = sequence_message(said, said->count, &size);
	assert_int_equal(ouch50_parse_out(bytes, size, out), OUCH_OK);
}

static void counts_are(uint64_t passed, uint64_t failed, uint64_t broken)
{
	if (script->passed != passed || script->failed != failed || script->broken != broken)
		fail_msg("found %llu passed, %llu failed, %llu broken in\n%s",
			(unsigned long long)script->passed, (unsigned long long)script->failed,
			(unsigned long long)script->broken, told);
}

static void a_message_that_waits_is_served_as_its_line_says(void **state)
{
	struct ouch_out out;
	(void)state;
	read_text("# a conversation\n\n"
		  "given alice buys 100 AAPL at 163.00 clordid T0001 -> reject halted\n"
		  "when  alice buys any any at any\n"
		  "then  fill alice last 100\n");
	script_turn(script, 1);
	assert_int_equal(script->at, 0); /* nothing has come: it waits */
	buys(1, 100, 1630000);
	script_turn(script, 2);
	last_said(&out);
	assert_int_equal(out.reject_code, 7);
	buys(2, 50, 1620000);
	buys(3, 100, 1620000);
	script_turn(script, 3);
	assert_true(script->is_over);
	counts_are(2, 0, 1);                                    /* fill of more than there is */
	assert_int_equal(x->desk->users[alice].order_count, 2); /* nobody served the third */
	assert_false(script_is_good(script));
}

static void another_message_than_expected_fails_its_line_alone(void **state)
{
	(void)state;
	read_text("alice buys 100 AAPL at 163.00\n"
		  "alice cancels 1\n");
	const struct ouch_in cancel = {.type = 'X', .ref = 1};
	buys(1, 100, 1630100);
	says(&cancel);
	script_turn(script, 1);
	counts_are(1, 1, 0);
	assert_non_null(strstr(told, "FAIL      1  alice buys 100 AAPL at 163.00  : found `alice "
				     "buys 100 AAPL at 163.0100"));
	assert_non_null(strstr(told, "PASS      2  alice cancels 1"));
	assert_non_null(strstr(told, "FAIL a.scn: 1 passed, 1 failed, 0 broken"));
}

static void each_difference_is_seen(void **state)
{
	static const char *const lines[] = {"alice sells 100 AAPL at 163.00",
		"alice buys 101 AAPL at 163.00", "alice buys 100 MSFT at 163.00",
		"alice buys 100 AAPL at 163.01", "alice buys 100 AAPL at 163.00 clordid T0002",
		"alice buys 100 AAPL at 163.00 time_in_force 3",
		"alice buys 100 AAPL at 163.00 min_qty 100", "alice replaces 1 with 100 at 163.00",
		"alice cancels 1", "alice asks", "alice mass-cancels", "alice goes",
		"alice logs out", "alice logs in", "alice garbles", "alice is silent 1 ms"};
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(lines); i++) {
		buys(i + 1, 100, 1630000);
		enum play play = player_begin(&script->player, lines[i], 1);
		if (play != PLAY_FAILED)
			fail_msg("`%s`: found %d %s, expected it to fail", lines[i], play,
				script->player.answer);
	}
	assert_int_equal(x->desk->users[alice].counts.accepted, ARRAY_COUNT(lines));
}

static void patience_has_an_end(void **state)
{
	(void)state;
	read_text("patience 10 ms\nalice asks\nalice asks within 20 ms\nalice is silent 5 ms\nwait "
		  "1 ms\n");
	script_turn(script, 1);
	script_turn(script, 10000000);
	assert_int_equal(script->failed, 0);
	script_turn(script, 10000001);
	counts_are(1, 1, 0);
	script_turn(script, 30000000);
	counts_are(1, 1, 0);
	script_turn(script, 30000001);
	counts_are(1, 2, 0);
	script_turn(script, 35000001);
	script_turn(script, 36000001);
	counts_are(3, 2, 0);
	assert_true(script->is_over);
}

static void blocks_are_written_out_row_by_row(void **state)
{
	uint32_t count, rejects = 0;
	const struct reason *rows = reason_rows(&count);
	(void)state;
	for (uint32_t i = 0; i < count; i++)
		rejects += rows[i].kind == REASON_REJECT;
	read_text(
		"each reject\n  next alice enter reject {name}\n  repeat 2\n    listen # {n}\n"
		"    tell alice J reason {code} user_ref_num {n}\n  end\nend\n"
		"each restated\ndebug alice {nn}{n}\nend\nrepeat 0\nnonsense\nend\nrepeat alice\n");
	assert_int_equal(rejects, 51);
	assert_int_equal(script->count, rejects * 5 + 2 + 1);
	assert_string_equal(script->lines[0].text, "next alice enter reject quote_unavailable");
	assert_string_equal(script->lines[4].text, "tell alice J reason 0x0001 user_ref_num 2");
	assert_int_equal(script->lines[4].number, 5);
	assert_string_equal(script->lines[rejects * 5 + 1].text, "debug alice 022");
	assert_string_equal(script->lines[rejects * 5 + 2].text, "repeat alice");
}

static void what_is_no_script_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"end\n", "a.scn:1: found end"},
		{"listen\neach\nend\n", "a.scn:2: found no kind of code"},
		{"each colour\nend\n", "a.scn:1: found no kind of code"},
		{"each reject\nlisten\n", "a.scn:1: found a block without its end"},
		{"\n{name}\n", "a.scn:2: found a name in braces"},
		{"repeat 2\n{name}\nend\n", "a.scn:2: found a name in braces"},
		{"repeat 200001\nlisten\nend\n", "a.scn:1: found no number"},
		{"repeat 200000\nlisten\nlisten\nend\n", "a.scn:2: found more lines than can be"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct config_error error = {{0}};
		assert_false(script_read(script, "a.scn", rows[i].text, &error));
		if (strncmp(error.text, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("found `%s`, expected `%s`", error.text, rows[i].error);
		script_close(script);
	}
}

static void lines_that_cannot_be_read_are_broken(void **state)
{
	static const char *const lines[] = {"alice", "alice jumps", "alice buys", "alice buys 100",
		"alice buys 100 AAPL", "alice buys 100 AAPL at", "alice buys 100 AAPL at x",
		"alice buys 100 AAPLAAPLA at 1", "alice buys 100 AAPL at 1 colour red",
		"alice buys 100 AAPL at 1 clordid", "alice buys 100 AAPL at 1 -> jump",
		"alice buys 100 AAPL at 1 -> pend", "alice cancels 0", "alice cancels 1 -> dead",
		"alice logs", "alice logs in sequence x", "alice is", "alice is silent",
		"alice asks within x", "wait", "wait x", "patience", "nonsense",
		"bob buys 1 A at 1"};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		enum play play = player_begin(&script->player, lines[i], 1);
		if (play != PLAY_BROKEN || strncmp(script->player.answer, "error", 5) != 0)
			fail_msg("`%s`: found %d %s, expected it to be broken", lines[i], play,
				script->player.answer);
	}
}

static void a_verdict_is_json_line_by_line(void **state)
{
	char *text = NULL;
	size_t size = 0, lines = 0;
	(void)state;
	script->verdict = open_memstream(&text, &size);
	read_text("listen\nask do \"this\"\nfill alice 1 1\n");
	script_turn(script, 1);
	fflush(script->verdict);
	for (char *rest = NULL, *line = strtok_r(text, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest), lines++) {
		json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		static const char *const verdicts[] = {"PASS", "ASK", "BROKEN", "FAIL"};
		assert_non_null(object);
		assert_string_equal(
			json_string_value(json_object_get(object, "verdict")), verdicts[lines]);
		json_decref(object);
	}
	assert_int_equal(lines, 4);
	fclose(script->verdict);
	script->verdict = NULL;
	free(text);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish_script)
	const struct CMUnitTest tests[] = {
		EACH(a_message_that_waits_is_served_as_its_line_says),
		EACH(another_message_than_expected_fails_its_line_alone),
		EACH(each_difference_is_seen),
		EACH(patience_has_an_end),
		EACH(blocks_are_written_out_row_by_row),
		EACH(what_is_no_script_is_refused_with_its_line),
		EACH(lines_that_cannot_be_read_are_broken),
		EACH(a_verdict_is_json_line_by_line),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.play.script", tests, NULL, NULL);
}
