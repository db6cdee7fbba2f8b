/* A loss beyond its limit latches, once, and stays when the market comes back.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "dataplane/gate/trips.h"
#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

#define TICK_NS UINT64_C(1000000)

/* The account may lose 100.0000, the firm 150.0000. */
static void tight(struct limit_row *row, uint32_t account)
{
	if (row->scope == SCOPE_FIRM)
		row->limits[LIMIT_max_loss].value = 1500000;
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_loss].value = 1000000;
}

/* A client buys 100 AAPL at 163.00. */
static void bought(struct rig *rig, uint32_t client)
{
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, client, &order);
	struct ouch_out fill = {.type = 'E',
		.ref = sent.ref,
		.qty = order.qty,
		.match = 501 + client,
		.code = 'A',
		.price_e4 = 1630000};
	rig_answer(rig, &fill);
}

static int open_held(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	rig_limits(rig, tight);
	bought(rig, 0);
	*state = rig;
	return 0;
}

static void market_at(struct rig *rig, int64_t bid_e4)
{
	rig_market(rig, RIG_AAPL, bid_e4, bid_e4 + 200);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
}

static enum trading_state state_of(struct rig *rig, uint32_t account)
{
	return latches_state(&rig->gate->fold->latches, 0, 0, account, 0, SYMBOL_NONE);
}

static const struct latch *latch_of(const struct rig *rig, uint32_t account)
{
	return &rig->gate->fold->latches.rows[stop_index(SCOPE_ACCOUNT, account)];
}

static void a_loss_at_its_limit_trips_nothing_and_a_cent_more_latches(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1620000);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE);
	market_at(rig, 1619900);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
	assert_int_equal(state_of(rig, RIG_OTHER_ACCOUNT), STATE_ACTIVE);
	const struct latch *latch = latch_of(rig, RIG_ACCOUNT);
	assert_int_equal(latch->writer, STOP_BY_GATE);
	assert_string_equal(latch->reason, "loss 101.00 above 100.00");
}

static void it_stays_when_the_market_comes_back(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1619900);
	market_at(rig, 1640000);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
	rig_restart(rig, false);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
}

static const struct latch *latch_at(const struct rig *rig, enum scope scope, uint32_t id)
{
	return &rig->gate->fold->latches.rows[stop_index(scope, id)];
}

/* AAPL may lose 50.0000 over all accounts. */
static void symbol_row(struct limit_row *row)
{
	limit_row_init(row, SCOPE_SYMBOL, 0, RIG_AAPL);
	row->stated = UINT64_C(1) << LIMIT_max_loss;
	row->limits[LIMIT_max_loss].value = 500000;
}

/* The first strategy of the account may. */
static void strategy_row(struct limit_row *row)
{
	limit_row_init(row, SCOPE_STRATEGY, RIG_STRATEGY, SYMBOL_NONE);
	row->stated = UINT64_C(1) << LIMIT_max_loss;
	row->limits[LIMIT_max_loss].value = 500000;
}

static void a_strategys_own_loss_latches_it_alone_and_outlives_a_restart(void **state)
{
	struct rig *rig = *state;
	rig_limits_more(rig, NULL, strategy_row);
	market_at(rig, 1625000);
	assert_int_equal(latch_at(rig, SCOPE_STRATEGY, RIG_STRATEGY)->state, STATE_ACTIVE);
	market_at(rig, 1624900);
	const struct latch *latch = latch_at(rig, SCOPE_STRATEGY, RIG_STRATEGY);
	assert_int_equal(latch->state, STATE_REDUCE_ONLY);
	assert_string_equal(latch->reason, "loss 51.00 above 50.00");
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE);
	market_at(rig, 1640000);
	rig_restart(rig, false);
	assert_int_equal(latch_at(rig, SCOPE_STRATEGY, RIG_STRATEGY)->state, STATE_REDUCE_ONLY);
}

static void a_symbols_own_loss_latches_it_for_all_accounts(void **state)
{
	struct rig *rig = *state;
	rig_limits_more(rig, NULL, symbol_row);
	market_at(rig, 1625000);
	assert_int_equal(latch_at(rig, SCOPE_SYMBOL, RIG_AAPL)->state, STATE_ACTIVE);
	market_at(rig, 1624900);
	assert_int_equal(latch_at(rig, SCOPE_SYMBOL, RIG_AAPL)->state, STATE_REDUCE_ONLY);
	assert_string_equal(
		latch_at(rig, SCOPE_SYMBOL, RIG_AAPL)->reason, "loss 51.00 above 50.00");
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE);
}

/* The strategy, and AAPL over all accounts, may fall 50.0000 from their best. */
static void strategy_fall_row(struct limit_row *row)
{
	limit_row_init(row, SCOPE_STRATEGY, RIG_STRATEGY, SYMBOL_NONE);
	row->stated = UINT64_C(1) << LIMIT_max_drawdown;
	row->limits[LIMIT_max_drawdown].value = 500000;
}

static void symbol_fall_row(struct limit_row *row)
{
	limit_row_init(row, SCOPE_SYMBOL, 0, RIG_AAPL);
	row->stated = UINT64_C(1) << LIMIT_max_drawdown;
	row->limits[LIMIT_max_drawdown].value = 500000;
}

/* 100.00 were won; the best is found again by whoever restarts, and so is what fell from it. */
static void a_strategys_own_fall_latches_it_from_a_best_that_outlives_a_restart(void **state)
{
	struct rig *rig = *state;
	rig_limits_more(rig, NULL, strategy_fall_row);
	market_at(rig, 1640000);
	market_at(rig, 1635000);
	assert_int_equal(latch_at(rig, SCOPE_STRATEGY, RIG_STRATEGY)->state, STATE_ACTIVE);
	const struct risk *risk = rig->gate->fold->risk;
	assert_true(risk->losses.strategies[RIG_STRATEGY].best_e4 == 1000000);
	rig_restart(rig, false);
	risk = rig->gate->fold->risk;
	assert_true(risk->losses.strategies[RIG_STRATEGY].best_e4 == 1000000);
	assert_true(risk->symbols[RIG_AAPL].best_e4 == 1000000);
	rig_client_up(rig, 0);
	market_at(rig, 1634900);
	const struct latch *latch = latch_at(rig, SCOPE_STRATEGY, RIG_STRATEGY);
	assert_int_equal(latch->state, STATE_REDUCE_ONLY);
	assert_string_equal(latch->reason, "drawdown 51.00 above 50.00");
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE);
	market_at(rig, 1640000);
	rig_restart(rig, false);
	assert_int_equal(latch_at(rig, SCOPE_STRATEGY, RIG_STRATEGY)->state, STATE_REDUCE_ONLY);
}

static void a_symbols_own_fall_latches_it_for_all_accounts(void **state)
{
	struct rig *rig = *state;
	rig_limits_more(rig, NULL, symbol_fall_row);
	market_at(rig, 1640000);
	market_at(rig, 1635000);
	assert_int_equal(latch_at(rig, SCOPE_SYMBOL, RIG_AAPL)->state, STATE_ACTIVE);
	market_at(rig, 1634900);
	assert_int_equal(latch_at(rig, SCOPE_SYMBOL, RIG_AAPL)->state, STATE_REDUCE_ONLY);
	assert_string_equal(
		latch_at(rig, SCOPE_SYMBOL, RIG_AAPL)->reason, "drawdown 51.00 above 50.00");
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE);
}

static void release(struct rig *rig, uint32_t account)
{
	struct release_record *record = gate_input(rig->gate, RECORD_RELEASE, sizeof *record);
	record->scope = SCOPE_ACCOUNT;
	record->id = account;
	record->latch = latch_of(rig, account)->number;
	gate_commit(rig->gate, record);
}

/* What the account has bought, 16,300.00, is so much of its credit. */
static int64_t credit_e4;
static void credited(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_credit].value = credit_e4;
}

static void credit_of(struct rig *rig, int64_t value_e4)
{
	credit_e4 = value_e4;
	rig_limits(rig, credited);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
}

static void credit_nearly_used_up_warns_and_then_leaves_the_way_out(void **state)
{
	struct rig *rig = *state;
	const uint64_t told = rig->region->gate.trip_count;
	credit_of(rig, 232857143); /* less than 70 % */
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_ACTIVE);
	credit_of(rig, 232857142);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_WARN);
	assert_string_equal(latch_of(rig, RIG_ACCOUNT)->reason, "credit 70 % used of 23285.71");
	credit_of(rig, 181111112); /* less than 90 % */
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_WARN);
	assert_int_equal(rig->region->gate.trips_standing, 0);
	credit_of(rig, 181111111);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_REDUCE_ONLY);
	assert_int_equal(latch_of(rig, RIG_OTHER_ACCOUNT)->state, STATE_ACTIVE);
	assert_int_equal(rig->region->gate.trips_standing, 1);
	assert_int_equal(rig->region->gate.trip_count, told + 2);
}

static void it_passes_by_itself_ten_percent_below_each_mark(void **state)
{
	struct rig *rig = *state;
	credit_of(rig, 181111111);
	credit_of(rig, 203750000); /* 80 % */
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_REDUCE_ONLY);
	credit_of(rig, 203750001);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_WARN);
	assert_int_equal(rig->region->gate.trips_standing, 0);
	credit_of(rig, 271666666); /* 60 % */
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_WARN);
	credit_of(rig, 271666668);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_ACTIVE);
	uint64_t turn = rig->gate->fold->turn.turn;
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(rig->gate->fold->turn.turn, turn); /* nothing more is written */
}

static void it_passes_behind_a_restart_too(void **state)
{
	struct rig *rig = *state;
	credit_of(rig, 181111111);
	rig_restart(rig, false);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_REDUCE_ONLY);
	rig_ready(rig); /* under generous limits */
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_ACTIVE);
}

static void a_person_who_released_it_is_not_overruled_while_it_lasts(void **state)
{
	struct rig *rig = *state;
	credit_of(rig, 181111111);
	release(rig, RIG_ACCOUNT);
	credit_of(rig, 175000000);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_ACTIVE);
	credit_of(rig, 300000000);
	credit_of(rig, 181111111); /* it was over, and comes again */
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_REDUCE_ONLY);
}

/* A loss, or a person's word, that latches the same meanwhile stays when the credit is there again. */
static void what_stays_takes_the_place_of_what_passes(void **state)
{
	struct rig *rig = *state;
	credit_of(rig, 181111111);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_REDUCE_ONLY);
	assert_int_equal(rig->region->gate.trips_standing, 0);
	credit_of(rig, 1000000000);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_REDUCE_ONLY);
	release(rig, RIG_ACCOUNT);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_ACTIVE);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_HALTED);
	credit_of(rig, 181111111); /* halted is enough, until that is over */
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_HALTED);
	release(rig, RIG_ACCOUNT);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_REDUCE_ONLY);
}

static void collateralised(struct limit_row *row, uint32_t account)
{
	(void)account;
	if (row->scope == SCOPE_FIRM)
		row->limits[LIMIT_collateral].value = credit_e4;
}

static void the_firms_collateral_counts_likewise(void **state)
{
	struct rig *rig = *state;
	const struct latch *firm = &rig->gate->fold->latches.rows[0];
	int64_t used_e4 = rig->gate->fold->risk->money.sums[STAKE_MARGIN];
	credit_e4 = used_e4 * 10 / 9 + 1;
	rig_limits(rig, collateralised);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(firm->state, STATE_WARN);
	credit_e4 = used_e4 * 10 / 9;
	rig_limits(rig, collateralised);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(firm->state, STATE_REDUCE_ONLY);
	assert_memory_equal(firm->reason, "collateral 90 % used", 20);
	credit_e4 = 0; /* all of nothing */
	rig_limits(rig, collateralised);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2 * TICK_NS);
	assert_int_equal(firm->state, STATE_REDUCE_ONLY);
}

static void only_the_other(struct limit_row *row, uint32_t account)
{
	if (account == RIG_OTHER_ACCOUNT)
		row->limits[LIMIT_max_loss].value = 1000000;
}

/* Accounts are looked at in rotation: none is left out. */
static void the_other_accounts_loss_latches_it_alone(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, only_the_other);
	bought(rig, 1);
	market_at(rig, 1619845);
	assert_int_equal(state_of(rig, RIG_OTHER_ACCOUNT), STATE_REDUCE_ONLY);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE);
	assert_string_equal(latch_of(rig, RIG_OTHER_ACCOUNT)->reason, "loss 101.55 above 100.00");
}

static void tight_drawdown(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_drawdown].value = 1000500;
}

/* 100.00 were won and 101.00 lost: next to no loss, but a fall. */
static void a_fall_from_the_best_of_the_day_latches_too(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight_drawdown);
	market_at(rig, 1640000);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE);
	market_at(rig, 1629900);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
	assert_string_equal(latch_of(rig, RIG_ACCOUNT)->reason, "drawdown 101.00 above 100.05");
}

static void a_loss_that_was_over_and_comes_again_trips_again(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1619900);
	release(rig, RIG_ACCOUNT);
	market_at(rig, 1619800);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE); /* the same loss: trips (2) */
	market_at(rig, 1640000);
	market_at(rig, 1619900);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
}

/* Who lifts a stop of his own has not looked at a loss that came meanwhile, nor at one that the stop took the place of. */
static void a_loss_under_somebodys_stop_trips_when_that_is_lifted(void **state)
{
	struct rig *rig = *state;
	static const enum trading_state stops[] = {
		STATE_HALTED, STATE_KILLED, STATE_REDUCE_ONLY, STATE_HALTED};
	for (unsigned i = 0; i < ARRAY_COUNT(stops); i++) {
		if (i == 3) {
			market_at(rig, 1619900); /* it trips, and is halted then */
			assert_string_equal(
				latch_of(rig, RIG_ACCOUNT)->reason, "loss 101.00 above 100.00");
		}
		rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, stops[i]);
		market_at(rig, 1619900);
		assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, stops[i]);
		if (i == 1) {
			market_at(rig, 1640000); /* it is over, and was */
			rig_restart(rig, true);
			rig_ready(rig);
			rig_limits(rig, tight);
		}
		const uint64_t told = rig->region->gate.trip_count;
		release(rig, RIG_ACCOUNT);
		assert_int_equal(rig->region->gate.trip_count, told + 1);
		assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_REDUCE_ONLY);
		market_at(rig, 1619900);
		assert_string_equal(latch_of(rig, RIG_ACCOUNT)->reason, "loss 101.00 above 100.00");
		release(rig, RIG_ACCOUNT);
		market_at(rig, 1619900);
		assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_ACTIVE); /* trips (2) */
		market_at(rig, 1640000);
	}
}

static void who_releases_a_stop_is_answered_with_the_trip_under_it(void **state)
{
	struct rig *rig = *state;
	struct mailbox_request request = {
		.kind = REQUEST_RELEASE, .release = {.scope = SCOPE_ACCOUNT, .id = RIG_ACCOUNT}};
	struct latch_row row;
	market_at(rig, 1619900);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_HALTED);
	request.release.latch = latch_of(rig, RIG_ACCOUNT)->number;
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	assert_int_equal(answer->code, 0);
	assert_int_equal(answer->row_count, 1);
	memcpy(&row, answer->rows[0], sizeof row);
	assert_int_equal(row.id, RIG_ACCOUNT);
	assert_int_equal(row.state, STATE_REDUCE_ONLY);
	assert_int_equal(row.latch, latch_of(rig, RIG_ACCOUNT)->number);
	request.release.latch = row.latch;
	answer = rig_ask(rig, &request);
	assert_int_equal(answer->code, 0);
	assert_int_equal(answer->row_count, 0);
	answer = rig_ask(rig, &request);
	assert_int_equal(answer->code, ESTALE);
	assert_int_equal(answer->row_count, 0);
}

static void credit_nearly_used_up_is_so_behind_a_stop_that_is_lifted(void **state)
{
	struct rig *rig = *state;
	credit_of(rig, 181111111);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_HALTED);
	credit_of(rig, 180000000);
	release(rig, RIG_ACCOUNT);
	credit_of(rig, 179000000);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_REDUCE_ONLY);
	assert_string_equal(latch_of(rig, RIG_ACCOUNT)->reason, "credit 91 % used of 17900.00");
	release(rig, RIG_ACCOUNT);
	credit_of(rig, 178000000);
	assert_int_equal(latch_of(rig, RIG_ACCOUNT)->state, STATE_ACTIVE);
}

/* The reserve of the link is for stops, the venue's word and cancels. */
static void while_the_journal_is_full_nothing_is_looked_at(void **state)
{
	struct rig *rig = *state;
	rig_market(rig, RIG_AAPL, 1619900, 1620100);
	uint64_t turn = rig->gate->fold->turn.turn;
	rig->gate->is_journal_full = true;
	rig->gate->is_turn_open = false;
	risk_mark(rig->gate->fold->risk, RIG_ACCOUNT, RIG_AAPL, 1619900);
	trips_tick(rig->gate);
	risk_mark(rig->gate->fold->risk, RIG_ACCOUNT, RIG_AAPL, 1630000);
	assert_int_equal(rig->gate->fold->turn.turn, turn);
	rig->gate->is_journal_full = false;
	market_at(rig, 1619900);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
}

static void a_reason_longer_than_a_records_is_cut(void **state)
{
	struct rig *rig = *state;
	gate_trip(rig->gate, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_HALTED,
		"0123456789012345678901234567890123456789abcdefgh");
	assert_string_equal(
		latch_of(rig, RIG_ACCOUNT)->reason, "0123456789012345678901234567890123456789abc");
}

static void the_firms_own_limit_latches_the_firm(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1614900);
	assert_int_equal(state_of(rig, RIG_OTHER_ACCOUNT), STATE_REDUCE_ONLY);
}

static void one_loss_trips_once(void **state)
{
	struct rig *rig = *state;
	market_at(rig, 1619900);
	uint64_t last = rig->gate->fold->latches.last_number;
	uint64_t turn = rig->gate->fold->turn.turn;
	market_at(rig, 1619900);
	assert_int_equal(rig->gate->fold->turn.turn, turn); /* nothing was written */
	market_at(rig, 1619800);
	assert_int_equal(rig->gate->fold->latches.last_number, last);
}

static void a_trip_is_told_once_and_stands_until_a_person_releases_it(void **state)
{
	struct rig *rig = *state;
	struct gate_page *page = &rig->region->gate;
	uint64_t before = page->trip_count;
	uint32_t standing = page->trips_standing;
	market_at(rig, 1619900);
	assert_int_equal(page->trip_count, before + 1);
	assert_int_equal(page->trips_standing, standing + 1);
	const struct latch_row *row = &page->trips[before % TRIP_EVENT_COUNT];
	assert_int_equal(row->id, RIG_ACCOUNT);
	assert_int_equal(row->state, STATE_REDUCE_ONLY);
	assert_string_equal(row->reason, "loss 101.00 above 100.00");
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_trips), page->trip_count);
	assert_int_equal(row->latch, latch_of(rig, RIG_ACCOUNT)->number);
	gate_trip(rig->gate, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_REDUCE_ONLY, "again");
	assert_int_equal(page->trip_count, before + 1);
	rig_restart(rig, false);
	assert_int_equal(rig->region->gate.trips_standing, standing + 1);
	release(rig, RIG_ACCOUNT);
	assert_int_equal(rig->region->gate.trips_standing, standing);
}

static void a_persons_stop_is_no_trip(void **state)
{
	struct rig *rig = *state;
	const struct gate_page *page = &rig->region->gate;
	uint64_t before = page->trip_count;
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_REDUCE_ONLY);
	assert_int_equal(state_of(rig, RIG_ACCOUNT), STATE_REDUCE_ONLY);
	assert_int_equal(page->trip_count, before);
	assert_int_equal(page->trips_standing, 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_trips), before);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_held, rig_teardown)
	const struct CMUnitTest tests[] = {
		ONE(a_loss_at_its_limit_trips_nothing_and_a_cent_more_latches),
		ONE(it_stays_when_the_market_comes_back),
		ONE(the_other_accounts_loss_latches_it_alone),
		ONE(credit_nearly_used_up_warns_and_then_leaves_the_way_out),
		ONE(it_passes_by_itself_ten_percent_below_each_mark),
		ONE(it_passes_behind_a_restart_too),
		ONE(a_person_who_released_it_is_not_overruled_while_it_lasts),
		ONE(what_stays_takes_the_place_of_what_passes),
		ONE(a_loss_under_somebodys_stop_trips_when_that_is_lifted),
		ONE(who_releases_a_stop_is_answered_with_the_trip_under_it),
		ONE(credit_nearly_used_up_is_so_behind_a_stop_that_is_lifted),
		ONE(the_firms_collateral_counts_likewise),
		ONE(a_strategys_own_loss_latches_it_alone_and_outlives_a_restart),
		ONE(a_symbols_own_loss_latches_it_for_all_accounts),
		ONE(a_strategys_own_fall_latches_it_from_a_best_that_outlives_a_restart),
		ONE(a_symbols_own_fall_latches_it_for_all_accounts),
		ONE(a_fall_from_the_best_of_the_day_latches_too),
		ONE(a_loss_that_was_over_and_comes_again_trips_again),
		ONE(while_the_journal_is_full_nothing_is_looked_at),
		ONE(a_reason_longer_than_a_records_is_cut),
		ONE(the_firms_own_limit_latches_the_firm),
		ONE(one_loss_trips_once),
		ONE(a_persons_stop_is_no_trip),
		ONE(a_trip_is_told_once_and_stands_until_a_person_releases_it),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.trips", tests, NULL, NULL);
}
