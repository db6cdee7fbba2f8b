/* Trades, breaks and corrections as the journal tells them, against a second ledger that knows each share by itself.
   rooms: control_ledger */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "control/ledger/ledger.h"

enum { TRADE_COUNT_MAX = 60, SHARE_COUNT_MAX = 20000 };

static uint64_t chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void say_start(struct ledger *ledger, int64_t shares, int64_t cost_e4)
{
	struct {
		struct record record;
		struct position_record position;
	} space = {.record = {.type = RECORD_POSITION, .body_bytes = sizeof space.position},
		.position = {.account = 17,
			.symbol = 3,
			.count = 1,
			.shares = shares,
			.cost_e4 = cost_e4}};
	ledger_record(ledger, &space.record);
}

static void say_record(struct ledger *ledger, const struct trade_record *trade)
{
	struct {
		struct record record;
		struct trade_record trade;
	} space = {.record = {.type = RECORD_TRADE, .body_bytes = sizeof space.trade},
		.trade = *trade};
	ledger_record(ledger, &space.record);
}

static void say_of(struct ledger *ledger, uint16_t account, uint16_t symbol, enum trade_kind kind,
	enum side side, uint64_t match, uint32_t qty, int64_t price_e4)
{
	const struct trade_record trade = {.order_id = match * 10,
		.match = match,
		.price_e4 = price_e4,
		.qty = qty,
		.account = account,
		.symbol = symbol,
		.side = (uint8_t)side,
		.kind = (uint8_t)kind};
	say_record(ledger, &trade);
}

static void say(struct ledger *ledger, enum trade_kind kind, enum side side, uint64_t match,
	uint32_t qty, int64_t price_e4)
{
	say_of(ledger, 17, 3, kind, side, match, qty, price_e4);
}

static void say_day(struct ledger *ledger, enum day_change change)
{
	struct {
		struct record record;
		struct day_record day;
	} space = {.record = {.type = RECORD_DAY, .body_bytes = sizeof space.day},
		.day = {.change = (uint8_t)change}};
	ledger_record(ledger, &space.record);
}

static void say_next_day(struct ledger *ledger)
{
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++)
		say_day(ledger, change);
}

/* In pieces of three trades, as who has a heartbeat to keep does. */
static struct lots lots_of(struct ledger *ledger, struct lot *space)
{
	const struct ledger_row *row = ledger_row(ledger, ledger_pair(17, 3));
	struct lots lots;
	assert_non_null(row);
	lots_init(&lots, space, row->start_shares, row->start_cost_e4);
	for (uint32_t trade = row->first; trade != 0;)
		trade = ledger_lots(ledger, trade, 3, &lots);
	return lots;
}

static void the_oldest_lot_is_closed_first(void **state)
{
	(void)state;
	struct ledger ledger;
	struct lot space[8];
	ledger_init(&ledger);
	say(&ledger, TRADE_EXECUTED, SIDE_BUY, 1, 100, 1000);
	say(&ledger, TRADE_EXECUTED, SIDE_BUY, 2, 100, 2000);
	say(&ledger, TRADE_EXECUTED, SIDE_SELL, 3, 150, 3000);
	struct lots lots = lots_of(&ledger, space);
	assert_int_equal(lots.shares, 50);
	assert_int_equal(lots.realised_e4, 100 * 2000 + 50 * 1000);
	assert_int_equal(lots.cost_e4, 50 * 2000);
	assert_int_equal(lots.tail - lots.head, 1);
	assert_int_equal(space[lots.head].order_id, 20);
	/* 200 for 300,000 together: three quarters of it are gone. */
	assert_int_equal(lots.average_realised_e4, 150 * 3000 - 225000);
	assert_int_equal(lots.average_cost_e4, 75000);
	ledger_free(&ledger);
}

/* A third of 302 that was paid is 101 of cost; a third of 302 that was brought in, 100. */
static void average_cost_is_rounded_so_that_less_is_gained(void **state)
{
	(void)state;
	for (enum side side = SIDE_BUY; side <= SIDE_SELL; side++) {
		struct ledger ledger;
		struct lot space[8];
		ledger_init(&ledger);
		say(&ledger, TRADE_EXECUTED, side, 1, 1, 100);
		say(&ledger, TRADE_EXECUTED, side, 2, 2, 101);
		say(&ledger, TRADE_EXECUTED, side == SIDE_BUY ? SIDE_SELL : SIDE_BUY, 3, 1, 150);
		struct lots lots = lots_of(&ledger, space);
		assert_int_equal(lots.average_realised_e4, side == SIDE_BUY ? 49 : -50);
		assert_int_equal(lots.average_cost_e4, side == SIDE_BUY ? 201 : -202);
		ledger_free(&ledger);
	}
}

static void a_trade_through_zero_opens_the_other_way(void **state)
{
	(void)state;
	struct ledger ledger;
	struct lot space[8];
	ledger_init(&ledger);
	say_start(&ledger, 10, 500);
	say(&ledger, TRADE_EXECUTED, SIDE_SELL, 1, 25, 600);
	struct lots lots = lots_of(&ledger, space);
	assert_int_equal(lots.shares, -15);
	assert_int_equal(lots.realised_e4, 1000);
	assert_int_equal(lots.cost_e4, -15 * 600);
	assert_int_equal(lots.average_realised_e4, 1000);
	assert_int_equal(lots.average_cost_e4, -15 * 600);
	ledger_free(&ledger);
}

static void a_broken_trade_is_as_if_it_had_never_been(void **state)
{
	(void)state;
	struct ledger with, without;
	struct lot one[8], two[8];
	ledger_init(&with);
	ledger_init(&without);
	say(&with, TRADE_EXECUTED, SIDE_BUY, 1, 100, 1000);
	say(&with, TRADE_EXECUTED, SIDE_BUY, 2, 70, 2000);
	say(&with, TRADE_EXECUTED, SIDE_SELL, 3, 60, 3000);
	say(&with, TRADE_BROKEN, SIDE_BUY, 1, 100, 1000);
	say(&without, TRADE_EXECUTED, SIDE_BUY, 2, 70, 2000);
	say(&without, TRADE_EXECUTED, SIDE_SELL, 3, 60, 3000);
	struct lots a = lots_of(&with, one), b = lots_of(&without, two);
	a.lots = b.lots = NULL;
	assert_memory_equal(&a, &b, sizeof a);
	assert_int_equal(with.unknown_count, 0);
	say(&with, TRADE_BROKEN, SIDE_BUY, 1, 100, 1000);
	assert_int_equal(with.unknown_count, 1);
	ledger_free(&with);
	ledger_free(&without);
}

static void a_corrected_trade_keeps_its_place(void **state)
{
	(void)state;
	struct ledger ledger;
	struct lot space[8];
	ledger_init(&ledger);
	say(&ledger, TRADE_EXECUTED, SIDE_BUY, 1, 100, 1000);
	say(&ledger, TRADE_EXECUTED, SIDE_SELL, 2, 100, 3000);
	say(&ledger, TRADE_CORRECTED, SIDE_BUY, 1, 100, 1500);
	struct lots lots = lots_of(&ledger, space);
	assert_int_equal(lots.realised_e4, 150000);
	assert_int_equal(lots.shares, 0);
	ledger_free(&ledger);
}

/* The second ledger: a list of single shares, and every trade that stands taken from the first again. */
struct told {
	uint64_t match;
	int64_t price_e4;
	uint32_t qty;
	enum side side;
	bool stands;
};

struct shares {
	int64_t prices[SHARE_COUNT_MAX];
	uint32_t head, tail;
	int sign;
	money_wide realised_e4, cash_e4;
};

static void share_take(struct shares *s, int sign, int64_t price_e4)
{
	s->cash_e4 -= (money_wide)sign * price_e4;
	if (s->head < s->tail && s->sign != sign) {
		int64_t opened_e4 = s->prices[s->head++];
		s->realised_e4 += s->sign > 0 ? price_e4 - opened_e4 : opened_e4 - price_e4;
		return;
	}
	s->sign = sign;
	assert_true(s->tail < SHARE_COUNT_MAX);
	s->prices[s->tail++] = price_e4;
}

static void compare(struct ledger *ledger, const struct told *told, uint32_t count, int64_t start,
	int64_t cost_e4, int64_t mark_e4)
{
	static struct shares s;
	struct lot space[TRADE_COUNT_MAX + 1];
	memset(&s, 0, sizeof s);
	for (int64_t i = 0; i < (start < 0 ? -start : start); i++)
		share_take(&s, start < 0 ? -1 : 1, cost_e4);
	s.cash_e4 = 0;
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t n = 0; told[i].stands && n < told[i].qty; n++)
			share_take(&s, told[i].side == SIDE_BUY ? 1 : -1, told[i].price_e4);
	}
	money_wide cost = 0;
	for (uint32_t i = s.head; i < s.tail; i++)
		cost += (money_wide)s.sign * s.prices[i];
	struct lots lots = lots_of(ledger, space);
	int64_t held = s.head < s.tail ? s.sign * (int64_t)(s.tail - s.head) : 0;
	assert_true(lots.shares == held);
	assert_true(lots.realised_e4 == s.realised_e4 && lots.cost_e4 == cost);
	const struct ledger_row *row = ledger_find(ledger, ledger_pair(17, 3));
	assert_true(ledger_shares(row) == held);
	/* realised + unrealised is what came in, and what is held is worth, less what the start had cost: both ways. */
	money_wide worth = (money_wide)held * mark_e4;
	money_wide all = s.cash_e4 + worth - (money_wide)start * cost_e4;
	assert_true(lots.realised_e4 + (worth - lots.cost_e4) == all);
	assert_true(lots.average_realised_e4 + (worth - lots.average_cost_e4) == all);
	if (held == 0)
		assert_true(lots.average_cost_e4 == 0);
	money_wide sum = 0;
	for (uint32_t i = lots.head; i < lots.tail; i++) {
		sum += space[i].shares;
		assert_true(space[i].shares != 0 && (space[i].shares < 0) == (held < 0));
	}
	assert_true(sum == held);
}

/* What stands, by side. */
static struct ledger_totals standing(const struct told *told, uint32_t count)
{
	struct ledger_totals sum = {.qty = {0}};
	for (uint32_t i = 0; i < count; i++) {
		sum.qty[told[i].side] += told[i].stands ? told[i].qty : 0;
		sum.value_e4[told[i].side] +=
			told[i].stands ? (money_wide)told[i].qty * told[i].price_e4 : 0;
	}
	return sum;
}

/* The day's are what stands now less what stood when the day began. */
static void compare_day(struct ledger *ledger, const struct told *told, uint32_t count,
	const struct ledger_totals *begun)
{
	struct ledger_totals now = standing(told, count);
	struct ledger_totals day = ledger_row(ledger, ledger_pair(17, 3))->totals;
	for (unsigned side = 0; side < 2; side++) {
		assert_true(day.qty[side] == now.qty[side] - begun->qty[side]);
		assert_true(day.value_e4[side] == now.value_e4[side] - begun->value_e4[side]);
	}
}

static void one_day(uint64_t seed)
{
	struct told told[TRADE_COUNT_MAX] = {{0}};
	struct ledger_totals begun = {.qty = {0}};
	struct ledger ledger;
	uint32_t count = 0;
	int64_t start = (int64_t)(chance(&seed) % 101) - 50;
	int64_t cost_e4 = 1 + (int64_t)(chance(&seed) % 2000000);
	ledger_init(&ledger);
	if (start != 0)
		say_start(&ledger, start, cost_e4);
	while (count < TRADE_COUNT_MAX) {
		uint64_t what = chance(&seed) % 8;
		if (chance(&seed) % 16 == 0) {
			compare_day(&ledger, told, count, &begun);
			say_next_day(&ledger);
			begun = standing(told, count);
		}
		struct told *row = &told[count > 0 ? chance(&seed) % count : 0];
		uint32_t qty = 1 + (uint32_t)(chance(&seed) % 100);
		int64_t price_e4 = 1 + (int64_t)(chance(&seed) % 2000000);
		if (what == 0 && row->stands) {
			say(&ledger, TRADE_BROKEN, row->side, row->match, row->qty, row->price_e4);
			row->stands = false;
		} else if (what == 1 && row->stands) {
			say(&ledger, TRADE_CORRECTED, row->side, row->match, qty, price_e4);
			row->qty = qty;
			row->price_e4 = price_e4;
		} else {
			enum side side = chance(&seed) % 2 == 0 ? SIDE_BUY : SIDE_SELL;
			told[count] = (struct told){count + 1, price_e4, qty, side, true};
			count++;
			say(&ledger, TRADE_EXECUTED, side, count, qty, price_e4);
		}
	}
	compare(&ledger, told, count, start, cost_e4, (int64_t)(chance(&seed) % 2000000));
	compare_day(&ledger, told, count, &begun);
	assert_int_equal(ledger.unknown_count, 0);
	ledger_free(&ledger);
}

static void random_days_agree_with_a_ledger_of_single_shares(void **state)
{
	(void)state;
	const char *word = getenv("SLUICE_LEDGER_DAYS");
	uint64_t days = word != NULL ? strtoull(word, NULL, 10) : 3000;
	for (uint64_t seed = 1; seed <= days; seed++)
		one_day(seed);
	print_message("%llu days of %d trades\n", (unsigned long long)days, TRADE_COUNT_MAX);
}

static void what_was_traded_counts_by_day_and_lots_go_on(void **state)
{
	(void)state;
	struct ledger ledger;
	struct lot space[8];
	ledger_init(&ledger);
	say(&ledger, TRADE_EXECUTED, SIDE_BUY, 1, 100, 1000);
	say_day(&ledger, DAY_ENDS);
	say(&ledger, TRADE_EXECUTED, SIDE_BUY, 2, 50, 1100); /* it crossed our cancel */
	say_day(&ledger, DAY_BEGINS);                        /* out of turn: nothing begins */
	say_day(&ledger, DAY_CLOSES);
	const struct ledger_row *row = ledger_row(&ledger, ledger_pair(17, 3));
	assert_true(row->totals.qty[SIDE_BUY] == 150);
	say_day(&ledger, DAY_BEGINS);
	assert_true(row->totals.qty[SIDE_BUY] == 0);
	assert_true(row->totals.value_e4[SIDE_BUY] == 0);
	say(&ledger, TRADE_EXECUTED, SIDE_SELL, 3, 120, 3000);
	say(&ledger, TRADE_BROKEN, SIDE_BUY, 1, 100, 1000);
	struct ledger_totals day = row->totals;
	assert_true(day.qty[SIDE_BUY] == -100 && day.value_e4[SIDE_BUY] == -100000);
	assert_true(day.qty[SIDE_SELL] == 120 && day.value_e4[SIDE_SELL] == 360000);
	say(&ledger, TRADE_CORRECTED, SIDE_BUY, 2, 60, 1200);
	day = row->totals;
	assert_true(day.qty[SIDE_BUY] == -90);
	assert_true(day.value_e4[SIDE_BUY] == -100000 - 55000 + 72000);
	struct lots lots = lots_of(&ledger, space);
	assert_int_equal(lots.shares, -60);
	assert_int_equal(lots.realised_e4, 60 * 1800);
	assert_int_equal(ledger.told_count, 6);
	ledger_free(&ledger);
}

static void pairs_are_told_once_and_in_order(void **state)
{
	(void)state;
	struct ledger ledger;
	ledger_init(&ledger);
	assert_int_equal(ledger.row_count, 0);
	say_of(&ledger, 18, 2, TRADE_EXECUTED, SIDE_BUY, 1, 1, 1);
	say_start(&ledger, 5, 5);
	say_of(&ledger, 17, 9, TRADE_EXECUTED, SIDE_BUY, 2, 1, 1);
	say_of(&ledger, 17, 1, TRADE_EXECUTED, SIDE_BUY, 3, 1, 1);
	say_of(&ledger, 18, 2, TRADE_EXECUTED, SIDE_BUY, 4, 1, 1);
	say_start(&ledger, 7, 7); /* the same row again */
	assert_int_equal(ledger.row_count, 4);
	assert_null(ledger_find(&ledger, ledger_pair(17, 2)));
	assert_null(ledger_find(&ledger, ledger_pair(19, 0)));
	assert_int_equal(ledger_row_at(&ledger, 0)->pair, 17 << 16 | 1);
	assert_int_equal(ledger_row_at(&ledger, 1)->pair, 17 << 16 | 3);
	assert_int_equal(ledger_row_at(&ledger, 2)->pair, 17 << 16 | 9);
	assert_int_equal(ledger_row_at(&ledger, 3)->pair, 18 << 16 | 2);
	assert_int_equal(ledger_row_at(&ledger, 1)->start_shares, 5);
	assert_int_equal(ledger_row_at(&ledger, 3)->count, 2);
	assert_int_equal(ledger.start_count, 1);
	ledger_free(&ledger);
}

/* Only its own pair's trades, and of them only the one with the venue, the order and the match. */
static void a_break_names_its_trade_by_venue_order_and_match(void **state)
{
	(void)state;
	struct ledger ledger;
	struct trade_record trade = {
		.match = 5, .venue_ref = 7, .venue = 1, .qty = 10, .account = 17, .symbol = 3};
	ledger_init(&ledger);
	trade.kind = TRADE_EXECUTED;
	say_record(&ledger, &trade);
	trade.kind = TRADE_BROKEN;
	for (unsigned i = 0; i < 4; i++) {
		struct trade_record other = trade;
		other.match += i == 0;
		other.venue_ref += i == 1;
		other.venue = (uint8_t)(other.venue + (i == 2));
		other.symbol = (uint16_t)(other.symbol + (i == 3));
		say_record(&ledger, &other);
		assert_int_equal(ledger.unknown_count, i + 1);
		assert_int_equal(ledger.trades[0].is_broken, 0);
	}
	say_record(&ledger, &trade);
	assert_int_equal(ledger.unknown_count, 4);
	assert_int_equal(ledger.trades[0].is_broken, 1);
	assert_int_equal(ledger.told_count, 6);
	ledger_free(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_lot_is_closed_first),
		cmocka_unit_test(average_cost_is_rounded_so_that_less_is_gained),
		cmocka_unit_test(a_trade_through_zero_opens_the_other_way),
		cmocka_unit_test(a_broken_trade_is_as_if_it_had_never_been),
		cmocka_unit_test(a_corrected_trade_keeps_its_place),
		cmocka_unit_test(random_days_agree_with_a_ledger_of_single_shares),
		cmocka_unit_test(what_was_traded_counts_by_day_and_lots_go_on),
		cmocka_unit_test(pairs_are_told_once_and_in_order),
		cmocka_unit_test(a_break_names_its_trade_by_venue_order_and_match),
	};
	return !!cmocka_run_group_tests_name("ledger.ledger", tests, NULL, NULL);
}
