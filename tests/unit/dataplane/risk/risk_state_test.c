/* risk_state_test.c - the bytes of the state: equal for equal decisions, different for everything that
   a decision may depend on. */
#include "tests/unit/dataplane/risk/state.h"

static void a_judgement_leaves_no_trace(void **state)
{
	struct desk *desk = *state;
	uint64_t before = desk_hash(desk);
	desk_judge(desk);
	desk->order.symbol = 2;
	risk_prefetch(desk->risk, &desk->order);
	desk_judge(desk);
	desk->order.stop_state = STATE_KILLED;
	desk_judge(desk);
	assert_true(desk_hash(desk) == before);
}

/* Each step changes something that a later decision may depend on. */
static void everything_that_matters_is_in_the_state(void **state)
{
	struct desk *desk = *state;
	uint64_t seen[16];
	unsigned count = 0;
	seen[count++] = desk_hash(desk);
	desk_pass(desk);
	seen[count++] = desk_hash(desk);
	desk->turn.now_ns += 1;
	desk_pass(desk);
	seen[count++] = desk_hash(desk);
	risk_fill(desk->risk, 7, 0, SIDE_BUY, 100, 10000000, 100000);
	seen[count++] = desk_hash(desk);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 1, 0);
	seen[count++] = desk_hash(desk);
	risk_release(desk->risk, 7, 0, SIDE_BUY, 0, 1);
	seen[count++] = desk_hash(desk);
	assert_true(risk_cancel_take(desk->risk, &desk->turn, 2));
	seen[count++] = desk_hash(desk);
	desk_adopt(desk);
	seen[count++] = desk_hash(desk);
	desk_limit(desk, LIMIT_collar, 101);
	seen[count++] = desk_hash(desk);
	risk_limits_begin(desk->risk);
	seen[count++] = desk_hash(desk);
	risk_limits_row(desk->risk, &desk->rows[0]);
	seen[count++] = desk_hash(desk);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_pass(desk); /* a way out */
	seen[count++] = desk_hash(desk);
	desk_size(desk, 1200);
	desk_judge(desk);
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 41);
	seen[count++] = desk_hash(desk);
	desk->risk->is_torn = true;
	seen[count++] = desk_hash(desk);
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
}

static void every_word_of_messages_and_located_shares_shows(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	desk_pass(desk);
	risk_executed(risk, &desk->turn, 7, 70);
	shows(desk, risk->ratio.messages);
	shows(desk, risk->ratio.trades);
	shows(desk, risk->accounts[7].ratio.messages);
	shows(desk, risk->accounts[7].ratio.trades);
	shows(desk, risk->rows.locates[0].working);
	shows(desk, risk->rows.locates[0].executed);
}

static void every_word_that_matters_shows(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	desk_pass(desk);
	risk_fill(risk, 7, 0, SIDE_BUY, 10, 0, 100000);
	shows(desk, risk->rows.rows[0].position.shares);
	shows(desk, risk->rows.rows[0].position.working_qty[1]);
	shows(desk, risk->rows.rows[0].position.working_value_e4[1]);
	shows(desk, risk->rows.rows[0].trail_last_ns);
	shows(desk, risk->rows.rows[0].trail_last_e4);
	shows(desk, risk->rows.totals[0].qty[0]);
	shows(desk, risk->rows.totals[0].value_e4[1]);
	shows(desk, risk->symbols[0].firm.shares);
	shows(desk, risk->symbols[0].orders.near[0]);
	shows(desk, risk->symbols[0].orders.bucket.used);
	shows(desk, risk->accounts[7].open_value_e4[1]);
	shows(desk, risk->accounts[7].exits.used);
	shows(desk, risk->accounts[7].orders.bucket.seen_ns);
	shows(desk, risk->sessions[1].orders.near[0]);
	shows(desk, risk->sessions[1].cancels.used);
	shows(desk, risk->open_value_e4[0]);
	shows(desk, risk->rows.rows[0].stake.mark_e4);
	shows(desk, risk->rows.starts[0].shares);
	shows(desk, risk->rows.starts[0].cost_e4);
	shows(desk, risk->rows.starts[0].price_e4);
	shows(desk, risk->money.peak_e4);
	shows(desk, risk->money.executed_wide);
	shows(desk, risk->accounts[7].money.peak_e4);
	shows(desk, risk->accounts[7].money.executed_wide);
	assert_int_equal(risk_executed(risk, &desk->turn, 7, 70), 0);
	shows(desk, risk->tempos.gate.recorded);
	shows(desk, risk->tempos.gate.times[0]);
	shows(desk, risk->tempos.strategies[70].recorded);
	shows(desk, risk->tempos.strategies[70].times[0]);
	const struct risk_execution slip = {.account = 7, .price_e4 = 100000};
	assert_int_equal(risk_slipped(risk, &desk->turn, &slip), 0);
	shows(desk, risk->slips.firm.recorded);
	shows(desk, risk->slips.firm.times[0]);
	shows(desk, risk->slips.accounts[7].recorded);
	shows(desk, risk->slips.accounts[7].times[0]);
	shows(desk, risk->duplicate.log[0].time_ns);
	shows(desk, risk->duplicate.log[0].key.qty);
	shows(desk, risk->duplicate.keep_ns);
	shows(desk, risk->limits->rows[0].limits[LIMIT_collar].value);
	risk_limits_begin(risk);
	risk_limits_row(risk, &desk->rows[0]);
	shows(desk, risk->pending->rows[0].limits[LIMIT_collar].value);
}

/* What a strategy has of a row, symbols that were only sold, the best of an account that did nothing more, and limits that
   may return. */
static void what_is_rarely_there_shows(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	const struct risk_trade trade = {
		.account = 7, .strategy = 70, .side = SIDE_BUY, .qty = 100, .price_e4 = 100000};
	uint64_t empty = desk_hash(desk);
	shows(desk, risk->rests[2].totals.qty[SIDE_SELL]);
	shows(desk, risk->rests[2].totals.qty[SIDE_BUY]);
	shows(desk, risk->symbols[2].firm.working_qty[SIDE_SELL]);
	for (unsigned side = 0; side < 2; side++) {
		risk->rests[2].totals.qty[side] = 1;
		shows(desk, risk->rests[2].totals.value_e4[side]);
		risk->rests[2].totals.qty[side] = 0;
		risk->symbols[2].firm.working_qty[side] = 1;
		shows(desk, risk->symbols[2].firm.working_value_e4[side]);
		risk->symbols[2].firm.working_qty[side] = 0;
	}
	shows(desk, risk->accounts[8].money.peak_e4);
	shows(desk, risk->accounts[8].money.executed_wide);
	risk_traded(risk, &trade);
	risk_fill(risk, 7, 0, SIDE_BUY, 100, 0, 100000);
	assert_true(desk_hash(desk) != empty);
	shows(desk, risk->rows.portions[0].shares);
	shows(desk, risk->rows.portions[0].cash_e4);
	/* Of a second row, by its symbol, what a second strategy has alone. */
	const struct risk_trade second = {.account = 7,
		.strategy = 71,
		.side = SIDE_BUY,
		.symbol = 1,
		.qty = 100,
		.price_e4 = 100000};
	risk_traded(risk, &second);
	risk_fill(risk, 7, 1, SIDE_BUY, 100, 0, 100000);
	shows(desk, risk->rows.rows[1].position.shares);
	shows(desk, risk->rows.rows[1].key);
	shows(desk, risk->rows.portions[ACCOUNT_STRATEGY_MAX + 1].shares);
	/* Of an account that did only this. */
	risk->accounts[8].money.executed_wide = 1;
	shows(desk, risk->accounts[8].money.executed_wide);
	risk->accounts[8].money.executed_wide = 0;
	risk->accounts[8].ratio.messages = 1;
	shows(desk, risk->accounts[8].ratio.trades);
	risk->accounts[8].ratio.messages = 0;
	risk_limits_hold(risk);
	desk_adopt(desk);
	assert_true(risk->has_former);
	shows(desk, risk->former->rows[0].limits[LIMIT_collar].value);
}

/* Of an account that has only part of what makes up its money. */
static void an_account_with_a_part_of_its_money_shows(void **state)
{
	struct desk *desk = *state;
	struct account_entry *account = &desk->risk->accounts[8];
	shows(desk, account->open_value_e4[SIDE_BUY]);
	shows(desk, account->open_value_e4[SIDE_SELL]);
	account->open_value_e4[SIDE_BUY] = 1;
	shows(desk, account->open_value_e4[SIDE_SELL]);
	shows(desk, account->money.peak_e4);
	account->open_value_e4[SIDE_BUY] = 0;
	account->money.peak_e4 = -1; /* a loss from the beginning */
	shows(desk, account->open_value_e4[SIDE_SELL]);
	shows(desk, account->money.executed_wide);
	/* And whose it is. */
	uint64_t of_8 = desk_hash(desk);
	account->money.peak_e4 = 0;
	desk->risk->accounts[9].money.peak_e4 = -1;
	assert_true(desk_hash(desk) != of_8);
}

/* Whoever it is: the first, the last, and what is counted for nobody. */
static void the_first_and_the_last_of_a_table_show(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	static const uint32_t accounts[] = {0, 1, ACCOUNT_COUNT_MAX - 1};
	static const uint32_t strategies[] = {1, STRATEGY_COUNT_MAX - 1};
	for (unsigned i = 0; i < ARRAY_COUNT(accounts); i++) {
		struct account_entry *account = &risk->accounts[accounts[i]];
		account->orders = risk->accounts[7].orders; /* a ring to write in */
		shows(desk, account->money.peak_e4);
		shows(desk, account->orders.recorded);
		shows(desk, account->exits.used);
		if (accounts[i] == 0)
			continue;
		risk->slips.accounts[accounts[i]] = risk->slips.accounts[7];
		shows(desk, account->ratio.messages);
		shows(desk, account->ratio.trades);
		shows(desk, risk->slips.accounts[accounts[i]].recorded);
	}
	for (unsigned i = 0; i < ARRAY_COUNT(strategies); i++) {
		struct tempo *tempo = &risk->tempos.strategies[strategies[i]];
		struct throttle *pace = &risk->paces.strategies[strategies[i]];
		*tempo = risk->tempos.strategies[70];
		*pace = risk->paces.strategies[70];
		shows(desk, risk->losses.strategies[strategies[i]].best_e4);
		shows(desk, tempo->recorded);
		shows(desk, pace->recorded);
	}
	for (uint32_t symbol = 0; symbol < risk->symbol_count; symbol++) {
		shows(desk, risk->symbols[symbol].best_e4);
		shows(desk, risk->symbols[symbol].orders.recorded);
	}
	shows(desk, risk->sessions[0].cancels.used);
	shows(desk, risk->sessions[SESSION_COUNT_MAX - 1].cancels.used);
}

/* Of 128 bits each is told: two sums whose lower halves are equal differ, from the lowest bit of the upper half on. */
#define upper_shows(desk, word)                                                                    \
	do {                                                                                       \
		(word) = (int128_t)2 << 64;                                                        \
		uint64_t of_two = desk_hash(desk);                                                 \
		(word) = (int128_t)3 << 64;                                                        \
		assert_true(desk_hash(desk) != of_two);                                            \
		(word) = 0;                                                                        \
	} while (0)

/* 100 shares at 10.0000, by account 7 and its strategy. */
static void bought(struct risk *risk)
{
	const struct risk_trade trade = {
		.account = 7, .strategy = 70, .side = SIDE_BUY, .qty = 100, .price_e4 = 100000};
	risk_traded(risk, &trade);
	risk_fill(risk, 7, 0, SIDE_BUY, 100, 0, 100000);
}

static void the_upper_half_of_a_wide_sum_shows(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	bought(risk);
	upper_shows(desk, risk->money.executed_wide);
	upper_shows(desk, risk->accounts[7].money.executed_wide);
	upper_shows(desk, risk->losses.strategies[70].best_e4);
	upper_shows(desk, risk->symbols[0].best_e4);
	upper_shows(desk, risk->rows.portions[0].cash_e4);
	for (unsigned side = 0; side < 2; side++) {
		upper_shows(desk, risk->rows.totals[0].qty[side]);
		upper_shows(desk, risk->rows.totals[0].value_e4[side]);
	}
}

static void what_is_nothing_says_nothing(void **state)
{
	struct risk *risk = ((struct desk *)*state)->risk;
	const size_t words_bytes = 2 * sizeof(uint64_t);
	adds(*state, risk->accounts[8].exits.used, 2 * words_bytes);
	adds(*state, risk->accounts[8].exits.seen_ns, 2 * words_bytes);
	adds(*state, risk->sessions[2].cancels.used, 2 * words_bytes);
	adds(*state, risk->symbols[1].best_e4, 2 * words_bytes);
	adds(*state, risk->losses.strategies[80].best_e4, 2 * words_bytes);
	adds(*state, risk->accounts[8].money.peak_e4, 4 * words_bytes);
	adds(*state, risk->accounts[8].money.executed_wide, 4 * words_bytes);
	adds(*state, risk->accounts[8].open_value_e4[SIDE_BUY], 4 * words_bytes);
	adds(*state, risk->accounts[8].open_value_e4[SIDE_SELL], 4 * words_bytes);
}

static void a_log_of_orders_shows_what_it_holds_and_no_more(void **state)
{
	struct desk *desk = *state;
	struct duplicate *duplicate = &desk->risk->duplicate;
	const uint64_t most = DUPLICATE_COUNT_MAX;
	duplicate->count = 2;
	shows(desk, duplicate->log[1].time_ns);
	hides(desk, duplicate->log[2].time_ns);
	for (duplicate->count = most - 1; duplicate->count < most + 3; duplicate->count += 2) {
		shows(desk, duplicate->log[0].time_ns);
		shows(desk, duplicate->log[1].time_ns);
		shows(desk, duplicate->log[most - 2].time_ns);
	}
	shows(desk, duplicate->log[most - 1].time_ns);
	duplicate->count = 0;
	desk_pass(desk);
	hides(desk, desk->risk->symbols[0].orders.near[1]);
	risk_executed(desk->risk, &desk->turn, 7, 70);
	hides(desk, desk->risk->tempos.gate.times[1]);
}

/* Portions of strategies that have none, the side that nothing was refused of. */
static void what_is_marked_as_empty_does_not_show(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	bought(risk);
	hides(desk, risk->rows.portions[1].shares);
	hides(desk, risk->rows.portions[1].cash_e4);
	risk->rows.rows[0].is_sliced = 1u << SIDE_BUY;
	shows(desk, risk->rows.slicings[SIDE_BUY].refused_qty);
	hides(desk, risk->rows.slicings[SIDE_SELL].refused_qty);
	risk->rows.rows[0].is_sliced = 1u << SIDE_SELL;
	hides(desk, risk->rows.slicings[SIDE_BUY].refused_qty);
	shows(desk, risk->rows.slicings[SIDE_SELL].refused_qty);
	/* And limits that were begun, or refused, before a row of them came. */
	uint64_t before = desk_hash(desk);
	risk->is_refused = !risk->is_refused;
	assert_true(desk_hash(desk) != before);
}

/* The first currency is the site's own: its rate is always one. */
static void each_currency_but_the_sites_own_shows(void **state)
{
	struct desk *desk = *state;
	struct rates *rates = &desk->risk->rates;
	const uint32_t count = rates->count;
	rates->count = 0;
	size_t none_bytes = size_of(desk);
	rates->count = 1;
	assert_int_equal(size_of(desk), none_bytes);
	rates->count = 3;
	hides(desk, rates->rows[0].rate_e8);
	for (uint32_t i = 1; i < 3; i++) {
		shows(desk, rates->rows[i].rate_e8);
		shows(desk, rates->rows[i].from_wall_ns);
		uint64_t unused = desk_hash(desk);
		rates->used ^= 1u << i;
		assert_true(desk_hash(desk) != unused);
		rates->used ^= 1u << i;
	}
	rates->count = count;
}

static void whose_row_it_is_shows(void **state)
{
	struct desk *desk = *state;
	struct row *row = &desk->risk->rows.rows[0];
	desk_hold(desk, 0, 10);
	const uint32_t key = row->key;
	uint64_t seen[3];
	for (uint32_t account = 6; account < 9; account++) {
		row->key = account << 16;
		seen[account - 6] = desk_hash(desk);
	}
	row->key = key;
	assert_true(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2]);
}

/* Where time i is of those that a ring holds. */
static uint64_t *tempo_word(struct tempo *tempo, uint64_t i)
{
	return &tempo->times[i & tempo->ring_mask];
}

static uint64_t *throttle_word(struct throttle *throttle, uint64_t i)
{
	return throttle->recorded - i <= THROTTLE_NEAR_COUNT
		       ? &throttle->near[i % THROTTLE_NEAR_COUNT]
		       : &throttle->times[i & throttle->ring_mask];
}

/* A ring is told whole: each time that it holds, and none that it has forgotten. */
#define ring_shows(desk, ring, count, word)                                                        \
	do {                                                                                       \
		(ring)->recorded = (count)-1;                                                      \
		size_t before_bytes = size_of(desk);                                               \
		(ring)->recorded = (count);                                                        \
		assert_int_equal(size_of(desk), before_bytes + sizeof(uint64_t));                  \
		for (uint64_t more = 0; more < 2; more++) {                                        \
			(ring)->recorded = (count) + more;                                         \
			assert_int_equal(size_of(desk), before_bytes + sizeof(uint64_t));          \
			shows(desk, *word(ring, more));                                            \
			shows(desk, *word(ring, 1 + more));                                        \
			shows(desk, *word(ring, (count)-1 + more));                                \
		}                                                                                  \
		shows(desk, (ring)->recorded);                                                     \
	} while (0)

static void a_full_ring_shows_every_time_that_it_holds(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	ring_shows(desk, &risk->symbols[0].orders, SYMBOL_RATE_MAX, throttle_word);
	ring_shows(desk, &risk->accounts[7].orders, ACCOUNT_RATE_MAX, throttle_word);
	ring_shows(desk, &risk->paces.strategies[71], STRATEGY_RATE_MAX, throttle_word);
	ring_shows(desk, &risk->tempos.strategies[71], STRATEGY_FILL_RING, tempo_word);
	ring_shows(desk, &risk->tempos.gate, GATE_FILL_RING, tempo_word);
}

/* What a strategy sent at a rate of its own is part of what comes after a restart. */
static void the_pace_of_a_strategy_shows(void **state)
{
	struct desk *desk = *state;
	struct limit_row *row = &desk->rows[desk->row_count++];
	limit_row_init(row, SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(row, LIMIT_order_rate, 100, DESK_SECOND, 5);
	desk_adopt(desk);
	desk_pass(desk);
	struct throttle *pace = &desk->risk->paces.strategies[70];
	assert_int_equal(pace->recorded, 1);
	shows(desk, pace->near[0]);
	shows(desk, pace->bucket.used);
	shows(desk, pace->bucket.seen_ns);
	/* And whose it is. */
	uint64_t of_70 = desk_hash(desk);
	struct throttle kept = *pace;
	pace->recorded = 0;
	desk->risk->paces.strategies[71] = kept;
	assert_true(desk_hash(desk) != of_70);
}

static void a_refused_order_whose_pieces_are_held_back_shows(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 1200);
	desk_expect(desk, LANE_MAX_ORDER_QUANTITY);
	risk_refuse(desk->risk, &desk->turn, &desk->order, &desk->verdict, 41);
	struct slicing *slicing = &desk->risk->rows.slicings[SIDE_BUY];
	shows(desk, slicing->began_ns);
	shows(desk, slicing->order_id);
	shows(desk, slicing->refused_qty);
	shows(desk, slicing->refused_value_e4);
	shows(desk, slicing->passed_qty);
	shows(desk, slicing->passed_value_e4);
	/* And of which side it was. */
	uint64_t of_buys = desk_hash(desk);
	slicing[SIDE_SELL] = slicing[SIDE_BUY];
	desk->risk->rows.rows[0].is_sliced = 1u << SIDE_SELL;
	assert_true(desk_hash(desk) != of_buys);
}

/* Two accounts trade in one order or the other: their rows stand in different places. */
static void the_order_in_which_rows_were_made_does_not_show(void **state)
{
	struct desk *desk = *state;
	struct risk *first = desk->risk;
	uint64_t one, other;
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 10, 0, 100000);
	risk_fill(desk->risk, 8, 0, SIDE_BUY, 20, 0, 100000);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 30, 0, 100000);
	one = desk_hash(desk);
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	desk_adopt(desk);
	risk_fill(desk->risk, 7, 0, SIDE_SELL, 30, 0, 100000);
	risk_fill(desk->risk, 7, 1, SIDE_BUY, 10, 0, 100000);
	risk_fill(desk->risk, 8, 0, SIDE_BUY, 20, 0, 100000);
	other = desk_hash(desk);
	risk_close(desk->risk);
	desk->risk = first;
	assert_true(one == other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(a_judgement_leaves_no_trace),
		desk_test(everything_that_matters_is_in_the_state),
		desk_test(every_word_that_matters_shows),
		desk_test(what_is_rarely_there_shows),
		desk_test(an_account_with_a_part_of_its_money_shows),
		desk_test(the_first_and_the_last_of_a_table_show),
		desk_test(the_upper_half_of_a_wide_sum_shows),
		desk_test(what_is_nothing_says_nothing),
		desk_test(a_log_of_orders_shows_what_it_holds_and_no_more),
		desk_test(each_currency_but_the_sites_own_shows),
		desk_test(what_is_marked_as_empty_does_not_show),
		desk_test(whose_row_it_is_shows),
		desk_test(a_full_ring_shows_every_time_that_it_holds),
		desk_test(the_pace_of_a_strategy_shows),
		desk_test(a_refused_order_whose_pieces_are_held_back_shows),
		desk_test(every_word_of_messages_and_located_shares_shows),
		desk_test(the_order_in_which_rows_were_made_does_not_show),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.risk_state", tests, NULL, NULL);
}
