/* plain_test.c - which orders are plain.  That whatever is judged comes to what all lanes come to, every test of a desk demands. */
#include "tests/unit/dataplane/risk/plain_desk.h"

static void the_first_order_of_a_row_is_not_plain_and_the_second_is(void **state)
{
	struct desk *desk = *state;
	assert_false(is_plain(desk));
	desk_pass(desk);
	desk->order.qty = desk->order.open_qty = 200;
	assert_true(is_plain(desk));
	desk_pass(desk);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	assert_true(is_plain(desk));
	desk->top.top.phase = 'Q';
	assert_true(is_plain(desk));
}

/* One thing at a time makes an order doubtful: in the order, the turn or the market. */
#define doubtful(desk, what, value)                                                                \
	do {                                                                                       \
		__typeof__((desk)->what) before = (desk)->what;                                    \
		(desk)->what = (__typeof__(before))(value);                                        \
		assert_false(is_plain(desk));                                                      \
		desk_judge(desk);                                                                  \
		(desk)->what = before;                                                             \
		assert_true(is_plain(desk));                                                       \
	} while (0)

/* The same of an order that is not plain otherwise either. */
#define doubtful_at(desk, what, value)                                                             \
	do {                                                                                       \
		__typeof__((desk)->what) before = (desk)->what;                                    \
		(desk)->what = (__typeof__(before))(value);                                        \
		assert_false(is_plain(desk));                                                      \
		desk_judge(desk);                                                                  \
		(desk)->what = before;                                                             \
	} while (0)

static void whatever_is_said_against_an_order_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	doubtful(desk, order.is_supported, 0);
	doubtful(desk, order.has_trader, 0);
	doubtful(desk, order.is_duplicate_id, 1);
	doubtful(desk, order.is_disabled, 1);
	doubtful(desk, order.is_table_full, 1);
	doubtful(desk, order.is_unrouted, 1);
	doubtful(desk, order.is_self_trade, 1);
	for (unsigned stop = STATE_WARN; stop < TRADING_STATE_COUNT; stop++)
		doubtful(desk, order.stop_state, stop);
	desk->order.parent_qty = 1000; /* room for it, were it the right one */
	doubtful(desk, order.parent_word, PARENT_WRONG);
	desk->order.parent_word = PARENT_NAMED;
	doubtful(desk, order.parent_used, 900);
	doubtful(desk, order.parent_used, INT64_MAX);
	desk->order.parent_word = PARENT_NONE;
	doubtful(desk, order.side, 2);
	doubtful(desk, order.side, 255);
	doubtful(desk, order.mark, SALE_MARK_COUNT);
	doubtful(desk, order.mark, 255);
}

static void whoever_nobody_knows_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	doubtful(desk, order.session, 0);
	doubtful(desk, order.session, 3);
	doubtful(desk, order.session, SESSION_COUNT_MAX + 1);
	doubtful(desk, order.account, 8);
	doubtful(desk, order.account, 9);
	doubtful(desk, order.account, ACCOUNT_COUNT_MAX + 7);
	doubtful(desk, order.strategy, 0);
	doubtful(desk, order.strategy, 80);
	doubtful(desk, order.venue_index, 1);
	doubtful(desk, order.venue_index, 32);
	doubtful(desk, order.venue_index, 255);
	doubtful(desk, turn.venue_slow_mask, 1);
	doubtful(desk, turn.wall_ns, 2000 * DESK_SECOND);
	doubtful(desk, turn.control_silent_ns, 1000001);
	doubtful(desk, turn.control_silent_ns, UINT64_MAX);
	doubtful(desk, turn.journal_behind, 51);
	doubtful(desk, turn.clock_off_ns, UINT64_MAX);
}

static void whatever_the_market_does_not_say_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	doubtful(desk, top.top.state, 0);
	doubtful(desk, top.top.state, 'H');
	doubtful(desk, top.top.operational, 1);
	doubtful(desk, top.top.stale, 1);
	doubtful(desk, top.top.phase, 'O');
	doubtful(desk, top.top.phase, 'E');
	doubtful(desk, top.top.phase, 'C');
	doubtful(desk, top.top.bid_e4, 100200);
	doubtful(desk, top.top.bid_e4, 0);
	doubtful(desk, top.top.bid_e4, -100);
	doubtful(desk, top.top.band_lower_e4, 100001);
	doubtful(desk, top.top.band_upper_e4, 99999);
	doubtful(desk, top.channel_age_ns, UINT64_MAX);
	doubtful(desk, top.channel_age_ns, INT64_MAX);
	doubtful(desk, order.price_e4, 0);
	doubtful(desk, order.price_e4, -100);
	doubtful(desk, order.price_e4, 100001);
	doubtful(desk, order.price_e4, PRICE_E4_MAX);
	doubtful(desk, order.price_e4, INT64_MIN);
	doubtful(desk, order.price_e4, (INT64_C(1) << 32) + 100000);
	doubtful(desk, order.qty, 0);
	doubtful(desk, order.qty, UINT32_MAX);
}

/* Numbers so far that their sums might not fit are no plain ones. */
static void what_is_far_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	struct account_entry *account = &desk->risk->accounts[7];
	desk_pass(desk);
	desk_size(desk, 101);
	struct row *row = rows_find(&desk->risk->rows, row_key(7, 0));
	struct position *firm = &desk->risk->symbols[0].firm;
	const int64_t far = INT64_C(1) << 60;
	int64_t *const words[] = {&row->position.shares, &row->position.working_qty[0],
		&row->position.working_qty[1], &firm->shares, &firm->working_qty[0],
		&account->open_value_e4[0], &account->open_value_e4[1],
		&desk->risk->open_value_e4[0], &desk->risk->open_value_e4[1]};
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
		int64_t before = *words[i];
		assert_true(is_plain(desk));
		*words[i] = far;
		assert_false(is_plain(desk));
		*words[i] = INT64_MAX;
		assert_false(is_plain(desk));
		*words[i] = before;
	}
	doubtful(desk, order.reserved_value_e4, far);
	account->money.executed_e4 = INT64_C(1) << 62;
	assert_false(is_plain(desk));
	account->money.executed_e4 = 0;
	desk->risk->money.executed_e4 = -(INT64_C(1) << 62) - 1;
	assert_false(is_plain(desk));
	desk->risk->money.executed_e4 = 0;
	desk->risk->is_torn = true;
	assert_false(is_plain(desk));
}

/* What nobody states refuses every order; what only a way out is held to, no other. */
static void a_limit_that_is_missing_makes_it_doubtful(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	desk_unstate(desk, LIMIT_exit_rate);
	desk_unstate(desk, LIMIT_exit_collar);
	assert_true(is_plain(desk));
	desk_unstate(desk, LIMIT_max_open_sell_value);
	assert_false(is_plain(desk));
	desk_expect(desk, LANE_OPEN_SELL_VALUE);
}

/* The one limit that an order exceeds by the least there is refuses it, whoever states it; at the limit it is plain. */
static void each_limit_binds_a_plain_order_to_the_last_unit(void **state)
{
	struct desk *desk = *state;
	static const struct {
		unsigned row, limit;
		int64_t used;
		unsigned lane;
		uint8_t side;
	} bounds[] = {
		{DESK_FIRM, LIMIT_max_order_quantity, 101, LANE_MAX_ORDER_QUANTITY, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_order_value, 10100000, LANE_MAX_ORDER_VALUE, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_order_quantity_extended, 101, LANE_MAX_ORDER_QUANTITY,
			SIDE_BUY},
		{DESK_FIRM, LIMIT_max_order_value_extended, 10100000, LANE_MAX_ORDER_VALUE,
			SIDE_BUY},
		{DESK_FIRM, LIMIT_max_market_data_age, 100, LANE_STALE_MARKET_DATA, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_duplicates, 1, LANE_DUPLICATE_ORDER, SIDE_BUY},
		{DESK_ACCOUNT_7, LIMIT_max_long_position, 201, LANE_POSITION_LONG, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_long_position, 201, LANE_FIRM_POSITION_LONG, SIDE_BUY},
		{DESK_ACCOUNT_7, LIMIT_max_short_position, 201, LANE_POSITION_SHORT, SIDE_SELL},
		{DESK_FIRM, LIMIT_max_short_position, 201, LANE_FIRM_POSITION_SHORT, SIDE_SELL},
		{DESK_ACCOUNT_7, LIMIT_max_open_buy_value, 20100000, LANE_OPEN_BUY_VALUE, SIDE_BUY},
		{DESK_FIRM, LIMIT_max_open_buy_value, 20100000, LANE_FIRM_OPEN_BUY_VALUE, SIDE_BUY},
		{DESK_ACCOUNT_7, LIMIT_max_open_sell_value, 20140200, LANE_OPEN_SELL_VALUE,
			SIDE_SELL},
		{DESK_FIRM, LIMIT_max_open_sell_value, 20140200, LANE_FIRM_OPEN_SELL_VALUE,
			SIDE_SELL},
		{DESK_ACCOUNT_7, LIMIT_credit, 30140200, LANE_CREDIT, SIDE_SELL},
		{DESK_FIRM, LIMIT_credit, 30140200, LANE_CREDIT, SIDE_SELL},
	};
	/* 100 shares of either side work, at the best price of it. */
	desk_pass(desk);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_pass(desk);
	desk_size(desk, 101);
	for (unsigned i = 0; i < ARRAY_COUNT(bounds); i++) {
		struct limit_row *row = &desk->rows[bounds[i].row];
		const struct limit_row before = *row;
		struct limit_value *value = &row->limits[bounds[i].limit];
		desk->order.side = bounds[i].side;
		desk->order.price_e4 = bounds[i].side == SIDE_BUY ? 100000 : 100200;
		row->stated |= UINT64_C(1) << bounds[i].limit;
		value->value = bounds[i].used;
		desk_adopt(desk);
		desk_expect(desk, LANE_NONE);
		assert_true(is_plain(desk));
		value->value = bounds[i].used - 1;
		desk_adopt(desk);
		desk_expect(desk, bounds[i].lane);
		*row = before;
	}
}

/* The last that is plain, and the next, which is not; of either all lanes say what is judged. */
#define plain_up_to(desk, what, most)                                                              \
	do {                                                                                       \
		__typeof__((desk)->what) before = (desk)->what;                                    \
		(desk)->what = (__typeof__(before))(most);                                         \
		assert_true(is_plain(desk));                                                       \
		desk_judge(desk);                                                                  \
		(desk)->what++;                                                                    \
		assert_false(is_plain(desk));                                                      \
		desk_judge(desk);                                                                  \
		(desk)->what = before;                                                             \
	} while (0)

#define plain_down_to(desk, what, least)                                                           \
	do {                                                                                       \
		__typeof__((desk)->what) before = (desk)->what;                                    \
		(desk)->what = (__typeof__(before))(least);                                        \
		assert_true(is_plain(desk));                                                       \
		desk_judge(desk);                                                                  \
		(desk)->what--;                                                                    \
		assert_false(is_plain(desk));                                                      \
		desk_judge(desk);                                                                  \
		(desk)->what = before;                                                             \
	} while (0)

static void the_turn_is_plain_up_to_what_the_site_states(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	plain_up_to(desk, turn.control_silent_ns, 1000000);
	plain_up_to(desk, turn.journal_behind, 50);
	plain_up_to(desk, turn.clock_off_ns, desk->risk->profiles.site.clock_off_ns);
	plain_up_to(desk, turn.wall_ns, 2000 * DESK_SECOND - 1);
	desk->risk->accounts[7].approved_until_wall_ns = 0;
	doubtful_at(desk, turn.wall_ns, 0);
}

/* Each of 32 venues has its bit, of those that are there and of those that are slow. */
static void a_plain_order_goes_to_a_venue_that_is_there_and_not_slow(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	for (unsigned venue = 0; venue < 32; venue++) {
		desk->order.venue_index = (uint8_t)venue;
		desk->turn.venue_up_mask = UINT32_C(1) << venue;
		assert_true(is_plain(desk));
		doubtful(desk, turn.venue_slow_mask, UINT32_C(1) << venue);
		doubtful(desk, turn.venue_up_mask, ~(UINT32_C(1) << venue));
	}
	doubtful(desk, order.venue_index, 32);
}

/* Whoever may speak for another account speaks for no more than that. */
static void a_plain_order_comes_from_a_session_that_speaks_for_its_account(void **state)
{
	struct desk *desk = *state;
	static const uint16_t speak[] = {1, 2, 63, 64, 65, 127, 128, SESSION_COUNT_MAX - 1};
	struct session_entry *sessions = desk->risk->sessions;
	uint64_t *own = desk->risk->accounts[7].sessions;
	desk_pass(desk);
	desk_size(desk, 101);
	const uint64_t ready_ns = sessions[1].orders.ready_ns;
	for (unsigned i = 0; i < ARRAY_COUNT(speak); i++)
		sessions[speak[i]].orders.ready_ns = ready_ns;
	for (unsigned i = 0; i < ARRAY_COUNT(speak); i++) {
		memset(own, 0, sizeof desk->risk->accounts[7].sessions);
		own[speak[i] / 64] = UINT64_C(1) << (speak[i] % 64);
		for (unsigned j = 0; j < ARRAY_COUNT(speak); j++) {
			desk->order.session = speak[j];
			assert_int_equal(is_plain(desk), i == j);
		}
	}
}

static void a_plain_price_is_within_its_band_to_the_last_unit(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	plain_up_to(desk, top.top.band_lower_e4, 100000);
	plain_down_to(desk, top.top.band_upper_e4, 100000);
	desk->top.top.band_lower_e4 = desk->top.top.band_upper_e4 = 100000;
	assert_true(is_plain(desk));
	doubtful_at(desk, top.top.band_upper_e4, 1);
	desk->top.top.band_upper_e4 = UINT32_MAX;
	assert_true(is_plain(desk));
}

static void a_plain_order_is_a_share_of_the_symbol_to_the_last_share(void **state)
{
	struct desk *desk = *state;
	struct instrument *instrument = &desk->risk->symbols[0].instrument;
	desk_pass(desk);
	/* 1000 bps of 1010 shares, and 100 of 10100, are 101. */
	instrument->adv_qty = 1010;
	desk_size(desk, 101);
	assert_true(is_plain(desk));
	desk_size(desk, 102);
	assert_false(is_plain(desk));
	desk_expect(desk, LANE_VOLUME_SHARE);
	instrument->adv_qty = 10000;
	assert_true(is_plain(desk));
	instrument->outstanding_qty = 10100;
	assert_false(is_plain(desk));
	desk_expect(desk, LANE_VOLUME_SHARE);
	desk_size(desk, 101);
	assert_true(is_plain(desk));
	instrument->has_rates = 0;
	assert_false(is_plain(desk));
}

/* A side or a mark that is none may look like one in its last bits. */
static void a_side_or_a_mark_that_is_none_is_never_plain(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	for (unsigned wrong = 2; wrong < 256; wrong++) {
		doubtful(desk, order.side, wrong);
		if (wrong >= SALE_MARK_COUNT)
			doubtful(desk, order.mark, wrong);
	}
}

/* A sale of what is held, by how it is marked and what it needs. */
static void a_short_sale_is_plain_where_it_needs_no_look(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_size(desk, 101);
	assert_true(is_plain(desk));
	desk->order.mark = SALE_SHORT;
	desk->order.locate_qty = 1; /* easy to borrow */
	assert_true(is_plain(desk));
	doubtful(desk, top.top.short_sale, 0);
	doubtful(desk, top.top.short_sale, '1');
	doubtful(desk, top.top.short_sale, '2');
	desk->order.mark = SALE_EXEMPT;
	desk->top.top.short_sale = '1';
	assert_true(is_plain(desk));
	desk_limit(desk, LIMIT_easy_to_borrow, 0);
	desk->order.locate_qty = 0;
	assert_true(is_plain(desk));
	doubtful(desk, order.locate_qty, 1);
}

/* Of 100 shares that are held as many may be sold unmarked as there are, where no more may. */
static void an_unmarked_sale_is_plain_until_it_may_leave_the_account_short(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 201);
	desk_pass(desk);
	desk_limit(desk, LIMIT_allow_unmarked_short, 0);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	desk_size(desk, 201);
	assert_true(is_plain(desk));
	desk_expect(desk, LANE_NONE);
	desk_size(desk, 202);
	assert_false(is_plain(desk));
	desk_expect(desk, LANE_SHORT_SALE);
	desk->order.mark = SALE_SHORT;
	assert_true(is_plain(desk));
}

/* An order is as late as what comes last of the session, the account, the symbol and the strategy. */
static void a_plain_order_comes_when_one_more_fits_everywhere(void **state)
{
	struct desk *desk = *state;
	struct risk *risk = desk->risk;
	limit_row_init(&desk->rows[desk->row_count], SCOPE_STRATEGY, 70, SYMBOL_NONE);
	desk_state(&desk->rows[desk->row_count++], LIMIT_order_rate, 9, DESK_SECOND, 9);
	desk_adopt(desk);
	desk_pass(desk);
	desk_size(desk, 101);
	uint64_t *const ready_ns[] = {&risk->sessions[1].orders.ready_ns,
		&risk->accounts[7].orders.ready_ns, &risk->symbols[0].orders.ready_ns,
		&risk->paces.strategies[70].ready_ns};
	for (unsigned i = 0; i < ARRAY_COUNT(ready_ns); i++) {
		*ready_ns[i] = desk->turn.now_ns;
		assert_true(is_plain(desk));
		*ready_ns[i] = desk->turn.now_ns + 1;
		assert_false(is_plain(desk));
		*ready_ns[i] = 0;
	}
	struct ratio *const ratios[] = {&risk->accounts[7].ratio, &risk->ratio};
	for (unsigned i = 0; i < ARRAY_COUNT(ratios); i++) {
		const struct ratio before = *ratios[i];
		ratios[i]->messages = ratios[i]->allowed - 1;
		assert_true(is_plain(desk));
		ratios[i]->messages++;
		assert_false(is_plain(desk));
		desk_expect(desk, LANE_ORDER_TO_TRADE);
		*ratios[i] = before;
	}
}

/* What an order went by holds the next for the window's length, and not a nanosecond longer. */
static void a_plain_order_walks_from_what_the_one_before_went_by(void **state)
{
	struct desk *desk = *state;
	const struct row *row = desk->risk->rows.rows;
	desk_pass(desk);
	desk_size(desk, 101);
	assert_int_equal(row->trail_last_e4, 100000);
	desk->top.top.bid_e4 = 100100;
	desk->order.price_e4 = 100100;
	static const struct {
		uint64_t after_ns;
		int64_t walk_bps;
	} times[] = {{0, 10}, {10 * DESK_SECOND - 1, 10}, {10 * DESK_SECOND, 0}};
	for (unsigned i = 0; i < ARRAY_COUNT(times); i++) {
		desk->turn.now_ns = row->trail_last_ns + times[i].after_ns;
		assert_true(is_plain(desk));
		desk_expect(desk, LANE_NONE);
		assert_int_equal(desk->verdict.walk_bps, times[i].walk_bps);
	}
}

/* A row that was made by a fill has no price to walk from yet, be the clock as young as it is. */
static void an_order_of_a_row_that_no_order_began_walks_from_its_reference(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 100);
	desk->turn.now_ns = DESK_SECOND;
	assert_true(is_plain(desk));
	desk_expect(desk, LANE_NONE);
}

static void a_plain_price_may_be_keener_than_its_reference(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	for (desk->order.price_e4 = 99900; desk->order.price_e4 <= 100200;
		desk->order.price_e4 += 100) {
		assert_true(is_plain(desk));
		desk_expect(desk, LANE_NONE);
		int64_t away_e4 = desk->order.price_e4 - 100000;
		assert_int_equal(
			desk->verdict.collar_ticks, (away_e4 < 0 ? -away_e4 : away_e4) / 100);
	}
}

/* A loss that its symbol stated is looked at, and one that it no longer states is none. */
static void a_symbol_with_a_loss_of_its_own_is_not_plain_until_it_states_none(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	limit_row_init(&desk->rows[desk->row_count], SCOPE_SYMBOL, 0, 0);
	desk_state(&desk->rows[desk->row_count++], LIMIT_max_loss, 1000000000, 0, 0);
	desk_adopt(desk);
	assert_false(is_plain(desk));
	desk_expect(desk, LANE_NONE);
	desk->rows[desk->row_count - 1].stated = UINT64_C(1) << LIMIT_max_order_quantity;
	desk->rows[desk->row_count - 1].limits[LIMIT_max_order_quantity].value = 1000;
	desk_adopt(desk);
	assert_true(is_plain(desk));
	desk->row_count--;
	desk_adopt(desk);
	assert_true(is_plain(desk));
	desk_expect(desk, LANE_NONE);
}

/* Every kind of money of either owner, at what the order comes to and one below. */
static void a_plain_order_is_within_every_kind_of_money_to_the_last_unit(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 200);
	desk_pass(desk);
	desk->top.top.bid_e4 = 99500; /* a loss of 50 a share */
	desk->order.price_e4 = 99500;
	desk_size(desk, 101);
	desk_expect(desk, LANE_NONE);
	const struct money_verdict judged = desk->verdict.money;
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++)
		for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++) {
			struct limit_row *row =
				&desk->rows[owner == MONEY_OF_ACCOUNT ? DESK_ACCOUNT_7 : DESK_FIRM];
			struct limit_value *limit = &row->limits[LIMIT_max_gross_exposure + kind];
			const struct limit_value before = *limit;
			assert_true(judged.used[owner][kind] > 0);
			limit->value = judged.used[owner][kind];
			desk_adopt(desk);
			assert_true(is_plain(desk));
			desk_expect(desk, LANE_NONE);
			limit->value--;
			desk_adopt(desk);
			assert_false(is_plain(desk));
			desk_expect(desk, LANE_GROSS_EXPOSURE + kind);
			*limit = before;
		}
}

/* What is wide or far is for who reckons in 128 bits. */
static void sums_that_are_wide_and_a_stake_that_is_far_are_not_plain(void **state)
{
	struct desk *desk = *state;
	struct money *own = &desk->risk->accounts[7].money, *all = &desk->risk->money;
	desk_pass(desk);
	desk_size(desk, 101);
	own->is_wide = 1;
	assert_false(is_plain(desk));
	own->is_wide = 0;
	all->is_wide = 1;
	assert_false(is_plain(desk));
	all->is_wide = 0;
	desk->risk->rows.rows[0].stake.is_far = 1;
	assert_false(is_plain(desk));
	desk->risk->rows.rows[0].stake.is_far = 0;
	desk->risk->rows.rows[0].stake.cash_e4 = STAKE_CASH_FAR;
	assert_false(is_plain(desk));
	desk->risk->rows.rows[0].stake.cash_e4 = 0;
	assert_true(is_plain(desk));
	int64_t *const executed_e4[] = {&own->executed_e4, &all->executed_e4};
	for (unsigned i = 0; i < ARRAY_COUNT(executed_e4); i++) {
		*executed_e4[i] = 1;
		assert_true(is_plain(desk));
		*executed_e4[i] = -(INT64_C(1) << 62);
		assert_true(is_plain(desk));
		desk_judge(desk);
		--*executed_e4[i];
		assert_false(is_plain(desk));
		*executed_e4[i] = 0;
	}
}

/* A word, and between what numbers of it an order is plain. */
struct span {
	int64_t *word, least, most;
};

static void plain_between(struct desk *desk, const struct span *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int64_t before = *words[i].word;
		*words[i].word = words[i].most;
		assert_true(is_plain(desk));
		desk_judge(desk);
		*words[i].word = words[i].most + 1;
		assert_false(is_plain(desk));
		desk_judge(desk);
		*words[i].word = words[i].least;
		assert_true(is_plain(desk));
		desk_judge(desk);
		*words[i].word = words[i].least - 1;
		assert_false(is_plain(desk));
		*words[i].word = before;
	}
}

/* A row whose value one product holds is reckoned the short way, up to the last share and the last unit. */
static void a_stake_is_near_up_to_the_last_share(void **state)
{
	struct desk *desk = *state;
	static const enum limit wide[] = {LIMIT_max_long_position, LIMIT_max_short_position};
	for (unsigned i = 0; i < ARRAY_COUNT(wide); i++)
		desk_limit(desk, wide[i], INT64_MAX - 1);
	for (unsigned i = LIMIT_max_gross_exposure; i <= LIMIT_max_stress; i++)
		desk_limit(desk, (enum limit)i, INT64_MAX - 1);
	desk_pass(desk);
	desk->order.price_e4 = 99900;
	desk->top.top.bid_e4 = 100000;
	desk_size(desk, 1);
	struct position *own = &desk->risk->rows.rows[0].position;
	const int64_t works = INT64_C(1) << 29;
	/* With the order's one share. */
	const struct span words[] = {{&own->shares, -(INT64_C(1) << 28), (INT64_C(1) << 28) - 1},
		{&own->working_qty[SIDE_BUY], -1, works - 2},
		{&own->working_qty[SIDE_SELL], 0, works - 1}};
	plain_between(desk, words, ARRAY_COUNT(words));
	/* 2^28 shares, one of them the order's, at 2^20 are worth 2^48. */
	desk->top.top.bid_e4 = INT64_C(1) << 20;
	desk->top.top.ask_e4 = desk->top.top.bid_e4 + 1;
	desk->order.price_e4 = 1048500;
	desk_limit(desk, LIMIT_collar_window, SHARE_BPS_MAX);
	own->working_qty[SIDE_BUY] = (INT64_C(1) << 28) - 1;
	own->shares = 0;
	assert_false(is_plain(desk));
	desk_judge(desk);
	own->working_qty[SIDE_BUY]--;
	assert_true(is_plain(desk));
	desk_judge(desk);
}

/* What a price may be away from its reference, and the reference old. */
static void a_plain_price_is_near_its_reference_to_the_last_unit(void **state)
{
	struct desk *desk = *state;
	static const struct {
		enum limit limit;
		int64_t used;
		enum lane lane;
	} bounds[] = {{LIMIT_collar, 50, LANE_PRICE_COLLAR},
		{LIMIT_collar_ticks, 5, LANE_PRICE_COLLAR_TICKS},
		{LIMIT_collar_window, 50, LANE_COLLAR_WINDOW},
		{LIMIT_max_bbo_age, 100, LANE_PRICE_COLLAR}};
	desk_pass(desk);
	desk_size(desk, 101);
	desk->order.price_e4 = 99500;
	desk->top.top.last_e4 = 0; /* the previous close would be next: too far, so it refuses */
	desk_limit(desk, LIMIT_collar, 50);
	for (unsigned i = 0; i < ARRAY_COUNT(bounds); i++) {
		int64_t before = desk->rows[DESK_FIRM].limits[bounds[i].limit].value;
		desk_limit(desk, bounds[i].limit, bounds[i].used);
		assert_true(is_plain(desk));
		desk_expect(desk, LANE_NONE);
		desk_limit(desk, bounds[i].limit, bounds[i].used - 1);
		assert_false(is_plain(desk));
		desk_expect(desk, bounds[i].lane);
		desk_limit(desk, bounds[i].limit, before);
	}
}

/* A way out is held to collars and tokens of its own beside what binds what opens. */
static void a_way_out_is_plain_up_to_its_own_collar_and_rate(void **state)
{
	struct desk *desk = *state;
	desk_hold(desk, 0, 1000);
	desk_pass(desk);
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 99700; /* 50 bps below the offer, rounded up */
	desk_size(desk, 101);
	desk_expect(desk, LANE_NONE);
	assert_true(desk->verdict.is_way_out);
	desk_limit(desk, LIMIT_exit_collar, desk->verdict.collar_bps);
	assert_true(is_plain(desk));
	desk_limit(desk, LIMIT_exit_collar, desk->verdict.collar_bps - 1);
	assert_false(is_plain(desk));
	desk_expect(desk, LANE_EXIT_COLLAR);
	desk_limit(desk, LIMIT_exit_collar, 500);
	/* Three tokens: the third order takes the last. */
	for (unsigned i = 0; i < 3; i++) {
		desk_size(desk, 102 + i);
		assert_true(is_plain(desk));
		desk_pass(desk);
	}
	desk_size(desk, 110);
	assert_false(is_plain(desk));
	desk_expect(desk, LANE_EXIT_RATE);
}

static void a_child_is_plain_up_to_what_its_parent_leaves(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	desk->order.parent_word = PARENT_NAMED;
	desk->order.parent_qty = 1000;
	plain_up_to(desk, order.parent_used, 1000 - 101);
	desk->order.parent_qty = UINT32_MAX;
	plain_up_to(desk, order.parent_used, (int64_t)UINT32_MAX - 101);
	doubtful_at(desk, order.parent_used, INT64_MAX); /* with the order more than there is */
}

/* What was refused of a side is looked at where that side is ordered again. */
static void a_side_of_which_an_order_was_refused_is_not_plain(void **state)
{
	struct desk *desk = *state;
	desk_pass(desk);
	desk_size(desk, 101);
	struct row *row = &desk->risk->rows.rows[0];
	row->is_sliced = 1u << SIDE_SELL;
	assert_true(is_plain(desk));
	row->is_sliced = 1u << SIDE_BUY;
	assert_false(is_plain(desk));
	desk->order.side = SIDE_SELL;
	desk->order.price_e4 = 100200;
	assert_true(is_plain(desk));
	row->is_sliced = 0;
}

/* Numbers up to which sums of several are plain sums. */
static void what_is_near_is_plain_up_to_the_last_number(void **state)
{
	struct desk *desk = *state;
	desk_limit(desk, LIMIT_max_long_position, INT64_MAX - 1);
	desk_limit(desk, LIMIT_max_short_position, INT64_MAX - 1);
	desk_limit(desk, LIMIT_max_open_buy_value, INT64_MAX - 1);
	desk_limit(desk, LIMIT_credit, INT64_MAX - 1);
	desk_pass(desk);
	desk_size(desk, 101);
	struct position *firm = &desk->risk->symbols[0].firm;
	int64_t *own_e4 = desk->risk->accounts[7].open_value_e4,
		*all_e4 = desk->risk->open_value_e4;
	const int64_t near = (INT64_C(1) << 60) - 1;
	const struct span words[] = {{&firm->shares, -(INT64_C(1) << 59), (INT64_C(1) << 59) - 1},
		{&firm->working_qty[SIDE_BUY], 0, near}, {&own_e4[SIDE_BUY], 0, near},
		{&own_e4[SIDE_SELL], 0, near}, {&all_e4[SIDE_BUY], 0, near},
		{&all_e4[SIDE_SELL], 0, near}};
	plain_between(desk, words, ARRAY_COUNT(words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		desk_test(the_first_order_of_a_row_is_not_plain_and_the_second_is),
		desk_test(whatever_is_said_against_an_order_makes_it_doubtful),
		desk_test(whoever_nobody_knows_makes_it_doubtful),
		desk_test(whatever_the_market_does_not_say_makes_it_doubtful),
		desk_test(what_is_far_makes_it_doubtful),
		desk_test(a_limit_that_is_missing_makes_it_doubtful),
		desk_test(each_limit_binds_a_plain_order_to_the_last_unit),
		desk_test(the_turn_is_plain_up_to_what_the_site_states),
		desk_test(a_plain_order_goes_to_a_venue_that_is_there_and_not_slow),
		desk_test(a_plain_order_comes_from_a_session_that_speaks_for_its_account),
		desk_test(a_plain_price_is_within_its_band_to_the_last_unit),
		desk_test(a_plain_order_is_a_share_of_the_symbol_to_the_last_share),
		desk_test(a_side_or_a_mark_that_is_none_is_never_plain),
		desk_test(a_short_sale_is_plain_where_it_needs_no_look),
		desk_test(an_unmarked_sale_is_plain_until_it_may_leave_the_account_short),
		desk_test(a_plain_order_comes_when_one_more_fits_everywhere),
		desk_test(a_plain_order_walks_from_what_the_one_before_went_by),
		desk_test(an_order_of_a_row_that_no_order_began_walks_from_its_reference),
		desk_test(a_plain_price_may_be_keener_than_its_reference),
		desk_test(a_symbol_with_a_loss_of_its_own_is_not_plain_until_it_states_none),
		desk_test(a_plain_order_is_within_every_kind_of_money_to_the_last_unit),
		desk_test(sums_that_are_wide_and_a_stake_that_is_far_are_not_plain),
		desk_test(a_stake_is_near_up_to_the_last_share),
		desk_test(a_plain_price_is_near_its_reference_to_the_last_unit),
		desk_test(a_way_out_is_plain_up_to_its_own_collar_and_rate),
		desk_test(a_child_is_plain_up_to_what_its_parent_leaves),
		desk_test(a_side_of_which_an_order_was_refused_is_not_plain),
		desk_test(what_is_near_is_plain_up_to_the_last_number),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.plain", tests, NULL, NULL);
}
