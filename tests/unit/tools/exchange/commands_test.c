/* The venue's console: what can be said, what can be made to go wrong, and what is refused with a sentence.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/itch50.h"
#include "tests/unit/tools/exchange/venue.h"

static int begin(void **state)
{
	static struct options options;
	(void)state;
	options = venue_options();
	options.symbols[1] = symbol_pack("ZVZZT");
	options.symbol_count = 2;
	venue_open(&options);
	desk_user_add(x->desk, "alice", "secret", "");
	return 0;
}

static void refused(const char *line, const char *part)
{
	uint64_t next = x->tape.next;
	assert_true(commands_do(x, line, 1, answer, sizeof answer));
	if (strncmp(answer, "error", 5) != 0 || strstr(answer, part) == NULL)
		fail_msg("`%s`: found `%s`, expected an error with `%s`", line, answer, part);
	assert_int_equal(x->tape.next, next);
}

/* last gives the message that the feed said last. */
static const uint8_t *last(void)
{
	uint32_t size;
	const uint8_t *message = history_message(&x->tape.history, x->tape.next - 1, &size);
	assert_non_null(message);
	assert_int_equal(size, itch50_size(message[0]));
	return message;
}

static uint64_t field(const char *name)
{
	const struct itch50_field *f = itch50_field_of(last()[0], name);
	assert_non_null(f);
	return itch50_field_value(last(), f);
}

static bool text_is(const char *name, const char *text)
{
	const struct itch50_field *f = itch50_field_of(last()[0], name);
	uint8_t expected[ITCH50_SIZE_MAX];
	itch50_blank(last()[0], expected);
	assert_true(itch50_text_write(expected, f, text));
	return memcmp(last() + f->offset, expected + f->offset, f->bytes) == 0;
}

static void anything_that_changes_no_book_can_be_said(void **state)
{
	(void)state;
	done("begin");
	done("say H AAPL trading_state P reason LUDP");
	assert_true(text_is("trading_state", "P") && text_is("reason", "LUDP"));
	assert_true(text_is("stock", "AAPL"));
	assert_int_equal(field("stock_locate"), 1);
	assert_int_equal(field("timestamp"), 34200000000000ull);
	done("say Y ZVZZT reg_sho_action 2");
	assert_int_equal(field("stock_locate"), 2);
	done("say L AAPL mpid GSCO primary_market_maker Y market_maker_mode N participant_state A");
	assert_true(text_is("mpid", "GSCO") && text_is("participant_state", "A"));
	done("say V level_1 2500 level_2 2400.5 level_3 2200.00000001");
	assert_int_equal(field("level_1"), 250000000000ull);
	assert_int_equal(field("level_3"), 220000000001ull);
	assert_int_equal(field("stock_locate"), 0);
	done("say W breached_level 1");
	done("say K AAPL release_time 36000 release_qualifier A ipo_price 21.50");
	assert_int_equal(field("ipo_price"), 215000);
	done("say J AAPL reference_price 163.00 upper_price 171.15 lower_price 154.85 extension 1");
	assert_int_equal(field("upper_price"), 1711500);
	assert_int_equal(field("extension"), 1);
	done("say I AAPL paired_shares 1000 imbalance_shares 4294967296 imbalance_direction B "
	     "far_price 163 near_price 163.01 reference_price 163 cross_type O price_variation L");
	assert_int_equal(field("imbalance_shares"), 4294967296ull);
	done("say N AAPL interest_flag B");
	done("say O AAPL open_eligibility Y near_execution_time 34200000000000");
	assert_int_equal(field("near_execution_time"), 34200000000000ull);
	done("say S event_code M");
}

static void trades_have_numbers_of_their_own_and_breaks_name_them(void **state)
{
	(void)state;
	done("begin");
	done("say P AAPL side B shares 100 price 163.00");
	uint64_t first = field("match_number");
	done("say Q AAPL shares 5000 cross_price 163.00 cross_type O");
	assert_int_equal(field("match_number"), first + 1);
	done("say P AAPL side B shares 100 price 163.00 match_number 900");
	assert_int_equal(field("match_number"), 900);
	done("say B match_number 900");
	assert_int_equal(field("match_number"), 900);
	assert_int_equal(field("stock_locate"), 0);
}

static void what_is_said_of_trading_is_done(void **state)
{
	(void)state;
	done("begin");
	done("say H AAPL trading_state P reason LUDP");
	assert_int_equal(x->desk->halts[1], DESK_HALT);
	done("say h AAPL market_code Q halt_action H");
	done("say h AAPL market_code B halt_action H"); /* another market's */
	assert_int_equal(x->desk->halts[1], DESK_HALT | DESK_HALT_HERE);
	done("say H AAPL trading_state T");
	assert_int_equal(x->desk->halts[1], DESK_HALT_HERE);
	done("say h AAPL market_code Q halt_action T");
	assert_int_equal(x->desk->halts[1], 0);
	done("halt AAPL");
	assert_true(text_is("trading_state", "H"));
	done("resume AAPL");
	assert_int_equal(x->desk->halts[1], 0);
}

static void a_new_symbol_may_be_listed_in_the_middle_of_the_day(void **state)
{
	uint64_t locate;
	(void)state;
	done("begin");
	refused("say H NEWCO trading_state T", "a symbol of this venue");
	done("say R NEWCO round_lot_size 100 authenticity P");
	assert_int_equal(field("stock_locate"), 3);
	done("say H NEWCO trading_state T");
	assert_true(refmap_get(&x->desk->locates, symbol_pack("NEWCO"), &locate));
	done("say R NEWCO round_lot_size 10 authenticity P");
	assert_int_equal(field("stock_locate"), 3);
}

static void what_makes_no_message_is_not_said(void **state)
{
	(void)state;
	refused("say H AAPL trading_state T", "begin");
	done("begin");
	for (const char *type = "AFECXDU"; *type != '\0'; type++) {
		char line[64] = "say A AAPL";
		line[4] = *type;
		refused(line, "one of S R H");
	}
	refused("say", "nothing");
	refused("say HH AAPL", "`HH`");
	refused("say H", "a symbol of this venue");
	refused("say H VERYLONGNAME", "a symbol of this venue");
	refused("say H AAPL trading_state", "trading_state");
	refused("say H AAPL trading_state TT", "`TT`");
	refused("say H AAPL trading_style T", "`trading_style`");
	refused("say H AAPL stock ZVZZT", "stock");
	refused("say H AAPL stock_locate 2", "stock_locate");
	refused("say J AAPL upper_price 1.23456", "upper_price");
	refused("say J AAPL upper_price 429496.7296", "upper_price");
	refused("say J AAPL extension -1", "extension");
	refused("say W breached_level 12", "breached_level");
	done("end");
	refused("say W breached_level 1", "begin");
}

static void harm_is_done_to_the_lines_that_are_named(void **state)
{
	struct mishap *a = &x->lines.line[0].mishap, *b = &x->lines.line[1].mishap;
	(void)state;
	done("drop 5 on both");
	done("drop b 2");
	assert_int_equal(a->drop_next, 5);
	assert_int_equal(b->drop_next, 7);
	done("lose 1 % on b seed 9");
	assert_int_equal(a->drop_ppm, 0);
	assert_int_equal(b->drop_ppm, 10000);
	assert_int_equal(b->random, 10);
	done("duplicate 500 on a");
	assert_int_equal(a->duplicate_ppm, 500);
	done("reorder 2.5% on ab");
	assert_int_equal(a->reorder_ppm, 25000);
	done("delay 5 ms on b");
	assert_int_equal(b->delay_ns, 5000000);
	done("silence on a");
	assert_int_equal(a->voice, VOICE_NONE);
	done("heartbeats on a");
	assert_int_equal(a->voice, VOICE_HEARTBEATS);
	done("calm on both");
	assert_int_equal(a->voice, VOICE_ALL);
	assert_int_equal(a->drop_next + b->drop_next + b->drop_ppm + b->delay_ns, 0);
	done("cut 1 on a");
	assert_int_equal(x->tape.lines[0].cut, 1);
	assert_int_equal(x->tape.lines[1].cut, TAPE_CUT_MAX);
	refused("drop 5", "drop N on LINES");
	refused("drop 5 on A,B", "LINES are a, b or ab");
	refused("drop 0 on a", "drop");
	refused("drop five on a", "drop");
	refused("drop 5 more on a", "drop");
	refused("lose 101 % on a", "lose");
	refused("delay 2 h on a", "delay");
	refused("cut 0 on a", "cut");
	refused("cut 65535 on a", "cut");
}

static void those_who_serve_again_can_be_made_to_refuse(void **state)
{
	(void)state;
	done("rewind refuse all");
	assert_int_equal(x->rewind.refuse, UINT64_MAX);
	done("rewind hole 100 20");
	assert_int_equal(x->rewind.holes[0].first, 100);
	assert_int_equal(x->rewind.holes[0].count, 20);
	refused("rewind hole 100", "rewind hole");
	refused("rewind hole 100 0", "rewind hole");
	done("rewind answer");
	assert_int_equal(x->rewind.hole_count, 0);
	assert_int_equal(x->rewind.refuse, 0);
	done("rewind refuse 3");
	done("rewind rate 10");
	done("rewind depth 1000");
	done("rewind messages 7");
	assert_int_equal(x->rewind.refuse, 3);
	assert_int_equal(x->rewind.rate_per_s, 10);
	assert_int_equal(x->rewind.depth, 1000);
	assert_int_equal(x->rewind.count_max, 7);
	refused("rewind", "rewind");
	refused("rewind messages 0", "rewind");
	refused("rewind faster 1", "rewind");
	done("glimpse refuse 2");
	done("glimpse cut 9");
	assert_int_equal(x->glimpse.refuse, 2);
	assert_int_equal(x->glimpse.cut_after, 9);
	done("glimpse answer");
	assert_int_equal(x->glimpse.refuse + x->glimpse.cut_after, 0);
	refused("glimpse", "glimpse");
	refused("glimpse sing", "glimpse");
}

static void sessions_end_and_begin_anew_with_the_market_as_it_stands(void **state)
{
	uint32_t size;
	(void)state;
	refused("end", "end");
	refused("session DAY2", "session");
	done("begin");
	struct match_order order = {.reference = match_reference(x->match),
		.price_e4 = 1630000,
		.qty = 100,
		.locate = 1,
		.side = SIDE_BUY};
	match_enter(x->match, &order);
	done("say Y AAPL reg_sho_action 1");
	done("halt ZVZZT");
	done("end");
	assert_true(x->tape.is_ended && x->desk->is_closed && x->is_paused);
	refused("session TOOLONGNAME", "session");
	done("session DAY2");
	assert_memory_equal(x->tape.session, "DAY2      ", 10);
	assert_false(x->tape.is_ended || x->desk->is_closed);
	static const char expected[] = "ORRHHYYASQ"; /* S by its code */
	char found[16] = "";
	for (uint64_t n = 1; n < x->tape.next && n < sizeof found; n++) {
		const uint8_t *message = history_message(&x->tape.history, n, &size);
		found[n - 1] = (char)(message[0] == 'S' ? message[11] : message[0]);
	}
	assert_string_equal(found, expected);
	assert_int_equal(history_message(&x->tape.history, 5, &size)[19], 'H');
	assert_int_equal(history_message(&x->tape.history, 6, &size)[19], '1');
	assert_int_equal(history_message(&x->tape.history, 7, &size)[19], '0');
	done("reset");
	assert_memory_equal(x->tape.session, "DAY2      ", 10);
	assert_int_equal(x->tape.next, sizeof expected);
	done("skip 10");
	assert_int_equal(x->tape.next, sizeof expected + 10);
	done("forget");
	assert_null(history_message(&x->tape.history, x->tape.next - 1, &size));
}

static void the_rest_of_the_console_does_its_work_or_says_no(void **state)
{
	(void)state;
	done("help");
	assert_non_null(strstr(answer, "reorder PPM on LINES"));
	assert_non_null(strstr(answer, "| stop"));
	done("status");
	assert_non_null(strstr(answer, "sequence=1"));
	done("step 7");
	assert_int_equal(x->budget, 7);
	refused("step", "step");
	done("rate 1000");
	assert_int_equal(x->options.rate_per_s, 1000);
	refused("rate 0", "rate");
	done("pause");
	done("run");
	refused("halt NOBODY", "halt");
	done("cancel-all alice");
	refused("cancel-all bob", "cancel-all");
	refused("disconnect alice", "disconnect"); /* has no session */
	refused("books", "books");
	refused("sing", "sing");
	refused("volley", "volley");
	refused("volley 0", "volley");
	refused("drop 5 on both seed x", "error");
	assert_false(commands_do(x, "stop", 1, answer, sizeof answer));
	assert_string_equal(answer, "ok stop");
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
	const struct CMUnitTest tests[] = {
		EACH(anything_that_changes_no_book_can_be_said),
		EACH(trades_have_numbers_of_their_own_and_breaks_name_them),
		EACH(what_is_said_of_trading_is_done),
		EACH(a_new_symbol_may_be_listed_in_the_middle_of_the_day),
		EACH(what_makes_no_message_is_not_said),
		EACH(harm_is_done_to_the_lines_that_are_named),
		EACH(those_who_serve_again_can_be_made_to_refuse),
		EACH(sessions_end_and_begin_anew_with_the_market_as_it_stands),
		EACH(the_rest_of_the_console_does_its_work_or_says_no),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.commands", tests, NULL, NULL);
}
