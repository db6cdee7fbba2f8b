/* Random days written as a journal, and a gate of the test's own that tells its rows page by page, at any record: rightly, or
   one number wrong.
   rooms: control_ledger */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "control/ledger/clerk.h"
#include "tests/unit/control/written.h"

enum { PAIR_COUNT = 5, TOLD_COUNT_MAX = 400, PAGE_ROWS = 2 };

struct told {
	struct trade_record trade;
	bool stands;
};

static char directory[64];
static struct site_config site, later_site;
static struct written journal;
static struct clerk clerk;
/* What the gate holds, and the trades it may take back. */
static struct position_row held[PAIR_COUNT];
static struct told told[TOLD_COUNT_MAX];
static uint32_t told_count;

enum { ORDER_FEE_E4 = 17 };

/* Taken by what nothing here could work out, and now and then given. */
static int64_t fee_any(uint32_t number)
{
	return number % 3 == 0 ? -(int64_t)(number * 29) : number * 31;
}

static uint64_t chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static int begin(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/sluice-clerk-XXXXXX");
	assert_non_null(mkdtemp(directory));
	assert_true(written_begin(&journal, directory, 1));
	snprintf(site.journal_directory, sizeof site.journal_directory, "%s", directory);
	clerk_open(&clerk, &site);
	told_count = 0;
	memset(told, 0, sizeof told);
	for (uint32_t i = 0; i < PAIR_COUNT; i++)
		held[i] = (struct position_row){.account = 17 + i % 2, .symbol = i};
	return 0;
}

static int end(void **state)
{
	char command[128];
	(void)state;
	clerk_close(&clerk);
	fclose(journal.file);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

static void write_record(uint8_t type, const void *body, size_t size)
{
	assert_true(written_record(&journal, type, body, size));
	assert_int_equal(fflush(journal.file), 0);
}

static void gate_counts(const struct trade_record *trade, int sign)
{
	struct position_row *row = &held[trade->symbol];
	int64_t qty = sign * (int64_t)trade->qty;
	row->position += trade->side == SIDE_BUY ? qty : -qty;
	*(trade->side == SIDE_BUY ? &row->bought_qty : &row->sold_qty) += qty;
	*(trade->side == SIDE_BUY ? &row->bought_value_e4 : &row->sold_value_e4) +=
		qty * trade->price_e4;
	row->fees_e4 += sign * trade->fee_e4;
}

static void gate_starts(uint32_t pair, int64_t shares)
{
	const struct position_record row = {
		.account = held[pair].account, .symbol = pair, .count = 1, .shares = shares};
	write_record(RECORD_POSITION, &row, sizeof row);
	held[pair].position = shares;
}

static void gate_trades(uint32_t pair, enum side side, uint32_t qty, int64_t price_e4)
{
	struct told *row = &told[told_count++];
	*row = (struct told){.stands = true,
		.trade = {.match = told_count,
			.venue_ref = told_count % 7,
			.price_e4 = price_e4,
			.fee_e4 = fee_any(told_count),
			.order_fee_e4 = told_count % 2 != 0 ? ORDER_FEE_E4 : 0,
			.qty = qty,
			.account = (uint16_t)held[pair].account,
			.symbol = (uint16_t)pair,
			.side = (uint8_t)side,
			.liquidity = (uint8_t) "AR7"[told_count % 3],
			.is_first = told_count % 2,
			.kind = TRADE_EXECUTED}};
	gate_counts(&row->trade, 1);
	held[pair].fees_e4 += row->trade.order_fee_e4;
	write_record(RECORD_TRADE, &row->trade, sizeof row->trade);
}

/* A second thought says no flag, and is no order's first. */
static void gate_thinks_again(const struct trade_record *trade)
{
	struct trade_record record = *trade;
	record.liquidity = record.is_first = 0;
	record.order_fee_e4 = 0;
	write_record(RECORD_TRADE, &record, sizeof record);
}

static void gate_takes_back(struct told *row)
{
	gate_counts(&row->trade, -1);
	row->stands = false;
	row->trade.kind = TRADE_BROKEN;
	gate_thinks_again(&row->trade);
}

static void gate_corrects(struct told *row, uint32_t qty, int64_t price_e4)
{
	gate_counts(&row->trade, -1);
	row->trade.qty = qty;
	row->trade.price_e4 = price_e4;
	row->trade.fee_e4 = fee_any(qty);
	row->trade.kind = TRADE_CORRECTED;
	gate_counts(&row->trade, 1);
	gate_thinks_again(&row->trade);
}

/* Lots and positions go on; what was bought, sold and taken counts anew. */
static void gate_rolls(void)
{
	for (uint8_t change = DAY_ENDS; change <= DAY_BEGINS; change++) {
		const struct day_record day = {.change = change};
		write_record(RECORD_DAY, &day, sizeof day);
	}
	for (uint32_t i = 0; i < PAIR_COUNT; i++)
		held[i] = (struct position_row){.account = held[i].account,
			.symbol = held[i].symbol,
			.position = held[i].position};
}

/* Something of a day, its end, or a record that is of no position. */
static void gate_lives(uint64_t *seed)
{
	struct told *row = &told[told_count > 0 ? chance(seed) % told_count : 0];
	uint32_t qty = 1 + (uint32_t)(chance(seed) % 1000);
	int64_t price_e4 = 1 + (int64_t)(chance(seed) % 5000000);
	uint64_t what = chance(seed) % 8;
	if (what == 0 && qty % 4 == 0)
		gate_rolls();
	else if (what == 0)
		write_record(RECORD_TURN, "", 0);
	else if (what == 1 && row->stands)
		gate_takes_back(row);
	else if (what == 2 && row->stands)
		gate_corrects(row, qty, price_e4);
	else
		gate_trades((uint32_t)(chance(seed) % PAIR_COUNT),
			chance(seed) % 2 == 0 ? SIDE_BUY : SIDE_SELL, qty, price_e4);
}

static void read_up_to(uint64_t sequence)
{
	while (clerk_read(&clerk, sequence))
		;
	assert_int_equal(clerk.facts.sequence, sequence);
}

/* One round of pages as of now, of pairs from first to before end; the day may go on between two pages. */
static void round_of(uint32_t first, uint32_t last, uint64_t now_ns, uint64_t *seed)
{
	for (uint32_t at = first; at < last; at += PAGE_ROWS) {
		struct clerk_page page = {.sequence = journal.sequence,
			.now_ns = now_ns,
			.is_first = at == first,
			.is_last = at + PAGE_ROWS >= last};
		for (uint32_t i = at; i < last && i < at + PAGE_ROWS; i++)
			page.rows[page.row_count++] = held[i];
		if (seed != NULL)
			gate_lives(seed);
		bool is_there = clerk.facts.sequence == page.sequence;
		assert_true(clerk_compare(&clerk, &page) == is_there);
		read_up_to(page.sequence);
		assert_true(is_there || clerk_compare(&clerk, &page));
	}
}

static void a_page_is_compared_at_its_own_record_alone(void **state)
{
	(void)state;
	gate_trades(0, SIDE_BUY, 10, 100);
	struct clerk_page page = {.sequence = 1, .is_first = true, .is_last = true, .row_count = 1};
	page.rows[0] = held[0];
	assert_false(clerk_compare(&clerk, &page));
	gate_trades(0, SIDE_BUY, 5, 100);
	read_up_to(1);
	assert_true(clerk_compare(&clerk, &page));
	assert_int_equal(clerk.facts.differing, 0);
	assert_int_equal(clerk.facts.rows, 1);
	assert_int_equal(clerk.facts.rounds, 1);
	read_up_to(2);
	assert_false(clerk_compare(&clerk, &page));
}

static void any_number_that_is_otherwise_is_named(void **state)
{
	(void)state;
	static const char *const words[] = {"position", "shares bought", "shares sold",
		"1e-4 bought for", "1e-4 sold for", "1e-4 of fees"};
	int64_t *const numbers[] = {&held[1].position, &held[1].bought_qty, &held[1].sold_qty,
		&held[1].bought_value_e4, &held[1].sold_value_e4, &held[1].fees_e4};
	gate_starts(2, -50);
	gate_trades(1, SIDE_SELL, 30, 1000);
	for (unsigned i = 0; i < ARRAY_COUNT(numbers); i++) {
		uint64_t now_ns = 100 * (i + 1);
		++*numbers[i];
		round_of(0, PAIR_COUNT, now_ns, NULL);
		round_of(0, PAIR_COUNT, now_ns + 1, NULL);
		const struct clerk_difference *found = &clerk.facts.difference;
		assert_int_equal(clerk.facts.differing, 1);
		assert_int_equal(clerk.facts.differs_ns, now_ns);
		assert_int_equal(found->account, 18);
		assert_int_equal(found->symbol, 1);
		assert_string_equal(found->what, words[i]);
		assert_int_equal(found->gate - found->journal, 1);
		assert_int_equal(found->sequence, 2);
		--*numbers[i];
		round_of(0, PAIR_COUNT, now_ns + 2, NULL);
		assert_int_equal(clerk.facts.differing, 0);
		assert_int_equal(clerk.facts.differs_ns, 0);
	}
}

/* Told at once, not when the round is over; and a round with fewer says so only at its end. */
static void a_difference_is_told_before_the_round_ends(void **state)
{
	(void)state;
	gate_trades(0, SIDE_BUY, 10, 100);
	read_up_to(1);
	struct clerk_page page = {.sequence = 1, .now_ns = 7, .is_first = true, .row_count = 1};
	page.rows[0] = held[0];
	page.rows[0].position = 11;
	assert_true(clerk_compare(&clerk, &page));
	assert_int_equal(clerk.facts.differing, 1);
	assert_int_equal(clerk.facts.rounds, 0);
	page.rows[0].position = 10;
	assert_true(clerk_compare(&clerk, &page));
	assert_int_equal(clerk.facts.differing, 1);
	page.is_first = false;
	page.is_last = true;
	page.row_count = 0;
	assert_true(clerk_compare(&clerk, &page));
	assert_int_equal(clerk.facts.differing, 0);
}

static void what_only_one_of_both_knows_differs(void **state)
{
	(void)state;
	gate_trades(0, SIDE_BUY, 10, 100);
	gate_trades(4, SIDE_BUY, 10, 100);
	round_of(0, PAIR_COUNT - 1, 1, NULL);
	assert_int_equal(clerk.facts.differing, 1);
	assert_int_equal(clerk.facts.difference.symbol, 4);
	assert_int_equal(clerk.facts.difference.journal, 10);
	assert_int_equal(clerk.facts.difference.gate, 0);
	round_of(0, PAIR_COUNT, 2, NULL);
	assert_int_equal(clerk.facts.differing, 0);
	held[3].position = 6; /* of which the journal has not heard */
	round_of(0, PAIR_COUNT, 3, NULL);
	assert_int_equal(clerk.facts.differing, 1);
	assert_int_equal(clerk.facts.difference.symbol, 3);
}

/* A trade of a pair that comes when the page that would have told it is over. */
static void a_row_that_is_new_in_a_round_is_not_missed_by_it(void **state)
{
	(void)state;
	gate_trades(0, SIDE_BUY, 10, 100);
	read_up_to(1);
	struct clerk_page page = {.sequence = 1, .is_first = true, .row_count = 1};
	page.rows[0] = held[0];
	assert_true(clerk_compare(&clerk, &page));
	gate_trades(1, SIDE_BUY, 10, 100);
	read_up_to(2);
	page = (struct clerk_page){.sequence = 2, .is_last = true};
	assert_true(clerk_compare(&clerk, &page));
	assert_int_equal(clerk.facts.differing, 0);
	page.is_first = true;
	assert_true(clerk_compare(&clerk, &page));
	assert_int_equal(clerk.facts.differing, 2);
}

static void sums_that_64_bits_do_not_hold_are_equal_where_they_are_shown_so(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		gate_trades(0, SIDE_BUY, UINT32_MAX, 0);
	for (unsigned i = 0; i < 3; i++)
		write_record(RECORD_TRADE,
			&(struct trade_record){.match = 100 + i,
				.price_e4 = INT64_MAX,
				.qty = 1,
				.account = 17,
				.side = i == 0 ? SIDE_SELL : SIDE_BUY,
				.kind = TRADE_EXECUTED},
			sizeof(struct trade_record));
	held[0].position += 1;
	held[0].bought_qty += 2;
	held[0].sold_qty += 1;
	held[0].bought_value_e4 = held[0].sold_value_e4 = INT64_MAX;
	round_of(0, 1, 1, NULL);
	assert_int_equal(clerk.facts.differing, 0);
}

static void another_journal_in_its_place_is_read_from_its_first_record(void **state)
{
	(void)state;
	gate_trades(0, SIDE_BUY, 10, 100);
	gate_trades(0, SIDE_BUY, 10, 100);
	read_up_to(2);
	fclose(journal.file);
	assert_int_equal(remove(journal.path), 0);
	assert_true(written_begin(&journal, directory, 2));
	held[0] = (struct position_row){.account = 17};
	gate_trades(0, SIDE_SELL, 3, 100);
	round_of(0, PAIR_COUNT, 1, NULL);
	assert_int_equal(clerk.facts.sequence, 1);
	assert_int_equal(clerk.facts.trades, 1);
	assert_int_equal(clerk.facts.differing, 0);
}

static void a_journal_that_cannot_be_read_is_said_and_read_when_it_can(void **state)
{
	(void)state;
	static struct clerk other;
	snprintf(later_site.journal_directory, sizeof later_site.journal_directory, "%s/later",
		directory);
	clerk_open(&other, &later_site);
	assert_false(clerk_read(&other, 5));
	assert_non_null(strstr(other.facts.trouble, "expected a directory that can be read"));
	later_site = site;
	gate_trades(0, SIDE_BUY, 10, 100);
	assert_false(clerk_read(&other, 5));
	assert_string_equal(other.facts.trouble, "");
	assert_int_equal(other.facts.sequence, 1);
	clerk_close(&other);
}

static void a_long_journal_is_read_in_pieces(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * CLERK_PER_STEP + 1; i++)
		assert_true(written_record(&journal, RECORD_TURN, "", 0));
	assert_int_equal(fflush(journal.file), 0);
	assert_true(clerk_read(&clerk, journal.sequence));
	assert_int_equal(clerk.facts.sequence, CLERK_PER_STEP);
	assert_true(clerk_read(&clerk, journal.sequence));
	assert_false(clerk_read(&clerk, journal.sequence));
	assert_int_equal(clerk.facts.sequence, 2 * CLERK_PER_STEP + 1);
}

/* Never a false alarm, and never a number that is wrong unseen. */
static void random_days_are_equal_and_a_number_that_is_wrong_is_seen(void **state)
{
	(void)state;
	uint64_t rounds = 0;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		uint64_t dice = seed * 7919;
		if (seed > 1) {
			end(NULL);
			begin(NULL);
		}
		if (seed % 2 == 0)
			gate_starts((uint32_t)(chance(&dice) % PAIR_COUNT), 100);
		while (told_count < TOLD_COUNT_MAX - 2 * PAIR_COUNT) {
			gate_lives(&dice);
			if (chance(&dice) % 16 != 0)
				continue;
			round_of(0, PAIR_COUNT, ++rounds, &dice);
			assert_int_equal(clerk.facts.differing, 0);
		}
		struct position_row *row = &held[chance(&dice) % PAIR_COUNT];
		int64_t *const numbers[] = {&row->position, &row->bought_qty, &row->sold_qty,
			&row->bought_value_e4, &row->sold_value_e4, &row->fees_e4};
		*numbers[chance(&dice) % ARRAY_COUNT(numbers)] ^= 1 << chance(&dice) % 16;
		round_of(0, PAIR_COUNT, ++rounds, NULL); /* a day that begins would mend it */
		assert_int_equal(clerk.facts.differing, 1);
		assert_int_equal(clerk.facts.difference.symbol, row->symbol);
		assert_int_equal(clerk.facts.unknown, 0);
	}
	print_message("%llu rounds\n", (unsigned long long)rounds);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_page_is_compared_at_its_own_record_alone),
		ONE(any_number_that_is_otherwise_is_named),
		ONE(a_difference_is_told_before_the_round_ends),
		ONE(what_only_one_of_both_knows_differs),
		ONE(a_row_that_is_new_in_a_round_is_not_missed_by_it),
		ONE(sums_that_64_bits_do_not_hold_are_equal_where_they_are_shown_so),
		ONE(another_journal_in_its_place_is_read_from_its_first_record),
		ONE(a_journal_that_cannot_be_read_is_said_and_read_when_it_can),
		ONE(a_long_journal_is_read_in_pieces),
		ONE(random_days_are_equal_and_a_number_that_is_wrong_is_seen),
	};
	return !!cmocka_run_group_tests_name("ledger.clerk", tests, NULL, NULL);
}
