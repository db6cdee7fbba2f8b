/* pnl_test.c - show pnl and show lots: a journal of the test's own beside the positions that a stand-in's gate tells. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "tests/unit/control/written.h"
#include "tests/unit/control/command/asking.h"

enum { AAPL = 0, OTHER = 1 };

static struct written journal;
static struct position_row held[4];
static uint32_t steps;

static void record_write(uint8_t type, const void *body, size_t size)
{
	assert_true(written_record(&journal, type, body, size));
	assert_int_equal(fflush(journal.file), 0);
	atomic_store(&standin.own->journal.sequence, journal.sequence);
}

static void start_write(uint32_t account, uint32_t symbol, uint32_t place, int64_t shares)
{
	const struct position_record row = {.account = account,
		.symbol = symbol,
		.place = place,
		.count = 2,
		.shares = shares,
		.cost_e4 = 1000000,
		.price_e4 = 1100000};
	record_write(RECORD_POSITION, &row, sizeof row);
}

static void trade_write(enum trade_kind kind, uint64_t match, enum side side, uint32_t qty)
{
	const struct trade_record row = {.order_id = match * 10,
		.match = match,
		.price_e4 = 1200000,
		.qty = qty,
		.account = 17,
		.symbol = AAPL,
		.side = (uint8_t)side,
		.kind = (uint8_t)kind};
	record_write(RECORD_TRADE, &row, sizeof row);
}

/* 17 began with 100 AAPL at 100.00, bought 30 at 120.00, sold 40 there; 18 is short 5 of another. */
static void day_write(void)
{
	start_write(17, AAPL, 0, 100);
	start_write(18, OTHER, 1, -5);
	trade_write(TRADE_EXECUTED, 1, SIDE_BUY, 30);
	trade_write(TRADE_EXECUTED, 2, SIDE_SELL, 40);
	standin_hush(&standin);
	held[0] = (struct position_row){
		.account = 18, .symbol = OTHER, .position = -5, .start_shares = -5};
	held[1] = (struct position_row){.account = 0, .symbol = AAPL, .position = 90};
	held[2] = (struct position_row){.account = 17,
		.symbol = AAPL,
		.position = 90,
		.bought_qty = 30,
		.sold_qty = 40,
		.bought_value_e4 = 30 * 1200000,
		.sold_value_e4 = 40 * 1200000,
		.mark_e4 = 1300000};
	standin.position_count = 3;
	standin_speak(&standin);
}

static int begin_journal(void **state)
{
	begin(state);
	standin_hush(&standin);
	standin.positions = held;
	standin_speak(&standin);
	assert_true(written_begin(&journal, control.site.journal_directory, 1));
	return 0;
}

static int end_journal(void **state)
{
	fclose(journal.file);
	return end(state);
}

/* One command; its code, its text in answer_text.  Where nothing goes on for hundreds of steps, hours pass. */
static unsigned ask_long(const char *line)
{
	struct server_hooks hooks = dispatch_hooks(&control);
	const struct peer peer = {.uid = 0, .socket = SOCKET_CONTROL};
	static struct request request;
	char error[160];
	size_t used, size;
	uint64_t skipped_ns = 0;
	enum call_progress progress;
	enum code code = request_line(&request, line, strlen(line), &used, error);
	standin_meet(&standin);
	struct call *call = hooks.start(hooks.context, &peer, &request, code, error);
	assert_non_null(call);
	steps = 0;
	while ((progress = hooks.step(hooks.context, call, clock_now_ns() + skipped_ns)) !=
		CALL_DONE) {
		steps += progress == CALL_WORKING;
		if (progress == CALL_WORKING && steps % 300 == 0)
			skipped_ns += 3000000000;
		control_turn(&control, progress == CALL_WORKING ? 0 : 1);
		standin_meet(&standin);
	}
	char *text = answer_render(hooks.answer(call), &size);
	unsigned number = hooks.answer(call)->code;
	snprintf(answer_text, sizeof answer_text, "%s", text);
	free(text);
	hooks.end(hooks.context, call);
	return number;
}

static void journal_and_gate_are_equal_and_both_ways_are_told(void **state)
{
	(void)state;
	day_write();
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("2 held or traded");
	says("equal");
	says_not("differs");
	says_not("away");
	/* 40 of the hundred that cost 100.00 went for 120.00; 60 and 30 are worth 130.00. */
	says("800.0000");
	says("9600.0000");
	says("2100.0000");
	assert_int_equal(ask_long("show pnl 18"), CODE_ROWS);
	says("1 held or traded");
	assert_int_equal(ask_long("show lots 17 AAPL"), CODE_ROWS);
	says("2 lots");
	says("start of day");
	says("order 10");
	char line[64] = "show lots 17 ", name[9];
	symbol_unpack(control.site.symbols[OTHER].name, name);
	strcat(line, name);
	assert_int_equal(ask_long(line), CODE_ROWS);
	says("0 lots");
}

/* 0.0030 a share, a cent an order: what the trade's record says, whatever a schedule does. */
static void fees_are_charged_and_what_is_left_is_told(void **state)
{
	(void)state;
	day_write();
	struct trade_record row = {.order_id = 50,
		.match = 5,
		.price_e4 = 1200000,
		.fee_e4 = 300,
		.order_fee_e4 = 100,
		.qty = 10,
		.account = 17,
		.side = SIDE_SELL,
		.liquidity = 'R',
		.is_first = 1,
		.kind = TRADE_EXECUTED};
	record_write(RECORD_TRADE, &row, sizeof row);
	held[2].position -= 10;
	held[2].sold_qty += 10;
	held[2].sold_value_e4 += 10 * 1200000;
	held[2].fees_e4 = 400;
	assert_int_equal(ask_long("show pnl 17"), CODE_ROWS);
	says("equal");
	says("0.0400");
	says("999.9600");  /* fifty that cost 100.00 went for 120.00 */
	says("2799.9600"); /* and fifty of them and thirty of 120.00 are worth 130.00 */
	says("2800.0000"); /* gross */
	held[2].fees_e4--;
	assert_int_equal(ask_long("show pnl 17"), CODE_LEDGER_DIFFERS);
}

static void what_a_venue_billed_is_told_in_its_own_currency(void **state)
{
	(void)state;
	struct fees_config *fees = &control.site.venues[0].fees;
	*fees = (struct fees_config){.is_stated = true, .has_currency = true, .order_e4 = 5000};
	fees->rates_e6['R'] = 4000;
	fees->rates_e6['A'] = -1000;
	assert_int_equal(ask_long("show fees"), CODE_ROWS);
	says("1 bills of venues, today");
	says("exchange");
	struct trade_record row = {.match = 1,
		.qty = 1000,
		.account = 17,
		.liquidity = 'R',
		.is_first = 1,
		.kind = TRADE_EXECUTED};
	record_write(RECORD_TRADE, &row, sizeof row);
	row = (struct trade_record){
		.match = 2, .qty = 600, .account = 17, .liquidity = 'A', .kind = TRADE_EXECUTED};
	record_write(RECORD_TRADE, &row, sizeof row);
	assert_int_equal(ask_long("show fees"), CODE_ROWS);
	says("4.0000");
	says("0.6000");
	says("0.5000");
	says("3.9000");
	assert_int_equal(look("{\"command\": \"show fees\"}"), CODE_ROWS);
	says("\"net\"");
	trade_write(TRADE_BROKEN, 5, SIDE_BUY, 1);
	assert_int_equal(ask_long("show fees"), CODE_LEDGER_DIFFERS);
}

/* What is compared is in the symbol's currency; what the day came to is not, and says so. */
static void the_day_is_told_in_the_base_currency_by_name(void **state)
{
	(void)state;
	day_write();
	control.site.currency_count = 2;
	snprintf(control.site.currencies[0].name, sizeof control.site.currencies[0].name, "CHF");
	snprintf(control.site.currencies[1].name, sizeof control.site.currencies[1].name, "EUR");
	control.site.symbols[AAPL].currency = 1;
	assert_int_equal(ask_long("show pnl 17"), CODE_ROWS);
	says("day_pnl_currency");
	says("EUR");
	says("CHF");
	assert_int_equal(look("show positions 17"), CODE_ROWS);
	says("day_pnl_currency");
	says("CHF");
}

static void any_number_that_the_gate_has_otherwise_differs(void **state)
{
	int64_t *const numbers[] = {&held[2].position, &held[2].bought_qty, &held[2].sold_qty,
		&held[2].bought_value_e4, &held[2].sold_value_e4, &held[2].fees_e4};
	(void)state;
	day_write();
	for (unsigned i = 0; i < ARRAY_COUNT(numbers); i++) {
		++*numbers[i];
		assert_int_equal(ask_long("show pnl"), CODE_LEDGER_DIFFERS);
		says("1 of 2 differ between journal and gate, expected none");
		--*numbers[i];
	}
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
}

static void what_only_one_of_both_knows_differs(void **state)
{
	(void)state;
	day_write();
	held[3] = (struct position_row){.account = 17, .symbol = OTHER, .position = 7};
	standin.position_count = 4;
	assert_int_equal(ask_long("show pnl"), CODE_LEDGER_DIFFERS);
	says("1 of 3 differ");
	/* Orders that only work are in no ledger. */
	held[3].position = 0;
	held[3].working_buy_qty = 7;
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("2 held or traded");
	standin.position_count = 2; /* without 17's */
	assert_int_equal(ask_long("show pnl"), CODE_LEDGER_DIFFERS);
	says("1 of 2 differ");
}

static void next_day_write(void)
{
	for (uint8_t change = DAY_ENDS; change <= DAY_BEGINS; change++) {
		const struct day_record day = {.change = change, .uid = 1001};
		record_write(RECORD_DAY, &day, sizeof day);
	}
}

/* The gate counts from nothing when a day begins, and so does what is held against it; lots go on. */
static void another_day_is_held_against_what_was_traded_in_it(void **state)
{
	(void)state;
	day_write();
	next_day_write();
	assert_int_equal(ask_long("show pnl"), CODE_LEDGER_DIFFERS);
	held[2].start_shares = 90;
	held[2].bought_qty = held[2].sold_qty = 0;
	held[2].bought_value_e4 = held[2].sold_value_e4 = 0;
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("equal");
	says("800.0000"); /* realised, of all days */
	trade_write(TRADE_BROKEN, 1, SIDE_BUY, 30);
	held[2].position = 60;
	held[2].bought_qty = -30;
	held[2].bought_value_e4 = -30 * 1200000;
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("equal");
}

/* The gate told what it had before the day began; the journal has the day by now. */
static void a_day_that_begins_meanwhile_is_no_difference(void **state)
{
	(void)state;
	day_write();
	standin.asked = next_day_write;
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("moving");
	standin.asked = NULL;
}

static void break_one(void)
{
	trade_write(TRADE_BROKEN, 1, SIDE_BUY, 30);
}

/* The gate told what it had before; the journal has it by now. */
static void a_break_that_comes_meanwhile_is_no_difference(void **state)
{
	(void)state;
	day_write();
	standin.asked = break_one;
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("moving");
	standin.asked = NULL;
	assert_int_equal(ask_long("show pnl"), CODE_LEDGER_DIFFERS);
}

static void a_break_of_what_never_was_is_told(void **state)
{
	(void)state;
	day_write();
	trade_write(TRADE_BROKEN, 5, SIDE_BUY, 1);
	assert_int_equal(ask_long("show pnl"), CODE_LEDGER_DIFFERS);
	says("1 breaks or corrections in the journal of trades that are not in it");
}

static void a_journal_that_stays_behind_is_waited_for_and_told(void **state)
{
	(void)state;
	day_write();
	++held[2].position;
	atomic_store(&standin.own->journal.sequence, journal.sequence + 1);
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("the journal is behind the gate");
	says("moving");
}

/* Behind before the gate was asked, and there afterwards: nothing is behind. */
static void a_journal_that_comes_late_is_compared(void **state)
{
	(void)state;
	day_write();
	atomic_store(&standin.own->journal.sequence, journal.sequence + 1);
	standin.asked = break_one;
	held[2].bought_qty = held[2].bought_value_e4 = 0;
	held[2].position = 60;
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says_not("behind");
	says_not("moving");
	says("equal");
}

static void without_a_gate_the_journal_speaks_alone_and_says_where_it_ends(void **state)
{
	(void)state;
	day_write();
	standin_hush(&standin);
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("away");
	says_not("damaged");
	assert_int_equal(
		fputs("no record, but bytes that are not zero either", journal.file) < 0, 0);
	fflush(journal.file);
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("2 held or traded; the journal ends at a damaged record, 00000000000000000001.sj");
}

/* More trades of one pair than a turn takes: none is lost or taken twice between two turns. */
static void a_long_day_is_worked_out_in_pieces(void **state)
{
	enum { BOUGHT_COUNT = 10001 };
	(void)state;
	start_write(17, AAPL, 0, 7);
	for (uint32_t i = 1; i <= BOUGHT_COUNT; i++) {
		const struct trade_record row = {.order_id = i,
			.match = i,
			.price_e4 = 10000,
			.qty = 1,
			.account = 17,
			.symbol = AAPL,
			.side = SIDE_BUY,
			.kind = TRADE_EXECUTED};
		assert_true(written_record(&journal, RECORD_TRADE, &row, sizeof row));
	}
	record_write(RECORD_PAD, "", 0);
	held[0] = (struct position_row){.account = 17,
		.symbol = AAPL,
		.position = BOUGHT_COUNT + 7,
		.bought_qty = BOUGHT_COUNT,
		.bought_value_e4 = BOUGHT_COUNT * INT64_C(10000)};
	standin.position_count = 1;
	assert_int_equal(ask_long("show pnl"), CODE_ROWS);
	says("equal");
	/* Three turns of reading, two of trades, and those between the phases. */
	assert_true(steps >= 5);
	/* Each opened a lot beside that of the start; more rows than an answer takes are counted. */
	assert_int_equal(ask_long("show lots 17 AAPL"), CODE_ROWS);
	says("10002 lots");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_journal, end_journal)
	const struct CMUnitTest tests[] = {
		ONE(journal_and_gate_are_equal_and_both_ways_are_told),
		ONE(fees_are_charged_and_what_is_left_is_told),
		ONE(what_a_venue_billed_is_told_in_its_own_currency),
		ONE(the_day_is_told_in_the_base_currency_by_name),
		ONE(any_number_that_the_gate_has_otherwise_differs),
		ONE(what_only_one_of_both_knows_differs),
		ONE(another_day_is_held_against_what_was_traded_in_it),
		ONE(a_day_that_begins_meanwhile_is_no_difference),
		ONE(a_break_that_comes_meanwhile_is_no_difference),
		ONE(a_break_of_what_never_was_is_told),
		ONE(a_journal_that_stays_behind_is_waited_for_and_told),
		ONE(a_journal_that_comes_late_is_compared),
		ONE(without_a_gate_the_journal_speaks_alone_and_says_where_it_ends),
		ONE(a_long_day_is_worked_out_in_pieces),
	};
	return !!cmocka_run_group_tests_name("command.pnl", tests, NULL, NULL);
}
