#include "dataplane/risk/plain.h"

#include <emmintrin.h>

#include "dataplane/risk/exposure.h"
#include "dataplane/risk/measure.h"
#include "dataplane/risk/money.h"
#include "dataplane/risk/permission.h"
#include "dataplane/risk/trail.h"

_Static_assert(LANE_COUNT == 64, "plain (1): one more is one more to ask about here");

/* Numbers that are not negative and below 2^60 leave room for sums of several. */
static inline uint64_t is_beyond(uint64_t numbers)
{
	return numbers >> 60;
}

/* What its describer said: KILLED, HALTED, REDUCE_ONLY, DISABLED, DUPLICATE_ID, UNKNOWN_TRADER, NOT_SUPPORTED, NO_ROUTE,
   SELF_TRADE, TABLE_FULL. */
static inline uint64_t plain_said(const struct risk_order *order)
{
	static const struct risk_order silent = {.is_supported = 1, .has_trader = 1};
	enum { SAID = offsetof(struct risk_order, is_supported) };
	_Static_assert(SAID % 8 == 0 && offsetof(struct risk_order, stop_state) == SAID + 7,
		"a word of it");
	uint64_t said, nothing;
	memcpy(&said, &order->is_supported, sizeof said);
	memcpy(&nothing, &silent.is_supported, sizeof nothing);
	return said ^ nothing;
}

/* Whether a strategy is one of the account's. */
static inline bool has_strategy(const struct account_entry *account, uint16_t strategy)
{
	_Static_assert(sizeof account->strategies == sizeof(__m128i), "a vector");
	__m128i all = _mm_loadu_si128((const __m128i *)(const void *)account->strategies);
	__m128i own = _mm_set1_epi16((int16_t)strategy);
	return _mm_movemask_epi8(_mm_cmpeq_epi16(all, own)) != 0;
}

/* Who asks, and whom: UNKNOWN_ACCOUNT, ACCOUNT_NOT_APPROVED, UNKNOWN_STRATEGY, VENUE_DOWN, VENUE_SLOW, PARENT.  Integrity:
   CONTROL_SILENT, JOURNAL_BEHIND, CLOCK_IN_DOUBT, ORDER_TO_TRADE, TABLE_FULL. */
static inline uint64_t plain_identity(const struct measure_inputs *in)
{
	const struct turn_inputs *turn = in->turn;
	const struct risk_order *order = in->order;
	const struct site_limits *site = &in->risk->profiles.site;
	unsigned session = order->session & (SESSION_COUNT_MAX - 1);
	uint32_t venues = turn->venue_up_mask & ~turn->venue_slow_mask;
	bool is_mute = (in->account->sessions[session / 64] >> (session % 64) & 1) == 0;
	bool is_late = (turn->control_silent_ns > (uint64_t)site->control_silence_ns) |
		       (turn->journal_behind > (uint64_t)site->journal_behind) |
		       (turn->clock_off_ns > (uint64_t)site->clock_off_ns);
	bool is_away = ((venues >> (order->venue_index & 31) & 1) == 0) | (order->venue_index > 31);
	return (uint64_t)is_mute | is_late | is_away | (order->session >= SESSION_COUNT_MAX) |
	       (turn->wall_ns >= in->account->approved_until_wall_ns) | (order->strategy == 0) |
	       !has_strategy(in->account, order->strategy) | ratio_is_reached(&in->account->ratio) |
	       ratio_is_reached(&in->risk->ratio) | in->risk->is_torn |
	       duplicate_is_full(&in->risk->duplicate, turn->now_ns);
}

/* The market, the grid, and the order's part of the symbol: UNKNOWN_SYMBOL, MARKET_STATE, TICK_SIZE, PRICE_BAND, LOT_SIZE,
   VOLUME_SHARE, half of STALE_MARKET_DATA.  From here on the price is one and the symbol known. */
static inline uint64_t plain_market(const struct measure_inputs *in)
{
	const struct top_prices *prices = &in->top->top;
	const struct instrument *instrument = &in->symbol->instrument;
	const struct risk_order *order = in->order;
	const uint32_t shut = 1u << ('O' & 31) | 1u << ('E' & 31) | 1u << ('C' & 31);
	uint32_t price = (uint32_t)order->price_e4;
	int64_t parts = (int64_t)((uint64_t)order->qty * SHARE_BPS_WHOLE);
	bool is_small =
		(parts <= in->profile->adv_bps * (int64_t)instrument->adv_qty) &
		(parts <= in->profile->outstanding_bps * (int64_t)instrument->outstanding_qty);
	return (uint64_t)((prices->state ^ 'T') | prices->operational | prices->stale |
			  (shut >> (prices->phase & 31) & 1) |
			  instrument_remainder(price, instrument->tick_e4, instrument->tick_magic) |
			  instrument_remainder(
				  order->qty, instrument->lot, instrument->lot_magic)) |
	       (prices->bid_e4 >= prices->ask_e4) | price_is_absurd(order->price_e4) |
	       (order->qty == 0) | (instrument->has_rates == 0) | !is_small |
	       (price < prices->band_lower_e4) | (price - 1 > prices->band_upper_e4 - 1);
}

/* NOT_CONFIGURED, RESTRICTED, NO_LOCATE, and SHORT_SALE unless it is by the position. */
static inline uint64_t plain_permits(const struct measure_inputs *in, unsigned permits)
{
	const struct risk_order *order = in->order;
	return (permits & PERMIT_NOT) | ((order->side | order->mark) >> 2) |
	       (((permits & PERMIT_LOCATED) != 0) & (order->locate_qty != 0)) |
	       (((permits & PERMIT_UNTESTED) != 0) & (in->top->top.short_sale != '0'));
}

/* Tokens and windows of all but the way out. */
static inline uint64_t plain_rates(const struct measure_inputs *in)
{
	uint64_t now_ns = in->turn->now_ns;
	const struct throttle *pace = tables_pace(in->risk, in->order->strategy);
	bool is_paced = UNLIKELY(pace != NULL) && now_ns < pace->ready_ns;
	return (now_ns < in->session->orders.ready_ns) | (now_ns < in->account->orders.ready_ns) |
	       (now_ns < in->symbol->orders.ready_ns) | is_paced;
}

/* The price against its reference: NO_REFERENCE, STALE_MARKET_DATA, the collars but that of the way out. */
static inline uint64_t plain_collars(const struct measure_inputs *in, struct verdict *verdict)
{
	const struct instrument *instrument = &in->symbol->instrument;
	const int64_t *limits = in->profile->limits;
	const struct top_prices *prices = &in->top->top;
	uint32_t price = (uint32_t)in->order->price_e4;
	int64_t own_e4 = (in->order->side & 1) == SIDE_BUY ? prices->bid_e4 : prices->ask_e4;
	uint64_t doubt = price_is_absurd(own_e4) |
			 (in->top->channel_age_ns > (uint64_t)in->profile->ages.bbo_ns);
	uint32_t reference = (uint32_t)own_e4 | (own_e4 == 0);
	const struct trail_extremes extremes = trail_find(
		&in->risk->rows, in->row, in->profile->walk_window_ns, in->turn->now_ns, reference);
	uint32_t distance = price > reference ? price - reference : reference - price;
	verdict->reference_e4 = own_e4;
	verdict->reference_age_ns = in->top->channel_age_ns;
	verdict->reference_source = REFERENCE_OWN_SIDE;
	verdict->channel_age_ns = (int64_t)in->top->channel_age_ns;
	verdict->collar_bps = reference_bps(price, reference);
	int64_t walk_bps = reference_bps(price, trail_furthest(extremes, price));
	verdict->walk_bps = walk_bps > verdict->collar_bps ? walk_bps : verdict->collar_bps;
	verdict->collar_ticks =
		instrument_quotient(distance, instrument->tick_e4, instrument->tick_magic);
	return doubt | (verdict->channel_age_ns > limits[LANE_STALE_MARKET_DATA]) |
	       (verdict->collar_bps > limits[LANE_PRICE_COLLAR]) |
	       (verdict->collar_ticks > limits[LANE_PRICE_COLLAR_TICKS]) |
	       (verdict->walk_bps > limits[LANE_COLLAR_WINDOW]);
}

/* One order's size, and what it brings back of one that was refused for its own: MAX_ORDER_QUANTITY, MAX_ORDER_VALUE, SLICING. */
static inline uint64_t plain_size(const struct measure_inputs *in, struct verdict *verdict)
{
	const struct risk_order *order = in->order;
	const int64_t *limits = in->profile->limits;
	const struct size_limits *most = &in->profile->extended;
	int64_t value_e4 = (int64_t)((uint64_t)order->price_e4 * order->qty);
	uint64_t doubt = (order->qty > limits[LANE_MAX_ORDER_QUANTITY]) |
			 (value_e4 > limits[LANE_MAX_ORDER_VALUE]) |
			 (in->row->is_sliced >> (order->side & 1) & 1);
	verdict->is_extended = permission_is_extended(in);
	if (UNLIKELY(verdict->is_extended != 0))
		doubt |= (order->qty > most->qty) | (value_e4 > most->value_e4);
	return doubt;
}

/* Positions and open values, OVERFLOW of these, and what a way out is held to instead of what opens. */
static inline uint64_t plain_exposure(
	const struct measure_inputs *in, unsigned permits, struct verdict *verdict)
{
	const struct risk_order *order = in->order;
	const struct position *firm = &in->symbol->firm;
	const int64_t *limits = in->profile->limits, *own = in->account->open_value_e4;
	const int64_t *all = in->risk->open_value_e4;
	unsigned side = order->side & 1;
	const struct exposure exposure = exposure_of(in, true, verdict);
	/* The row's own position is near where its stake is (money_is_plain). */
	uint64_t far = (uint64_t)(own[0] | own[1] | all[0] | all[1] | order->reserved_value_e4 |
				  verdict->add_value_e4 | firm->working_qty[side]) |
		       ((uint64_t)firm->shares + (UINT64_C(1) << 59));
	uint64_t doubt = is_beyond(far) | (exposure.worst > limits[LANE_POSITION_LONG + side]) |
			 (exposure.firm_worst > limits[LANE_FIRM_POSITION_LONG + side]) |
			 (exposure.open_e4 > limits[LANE_OPEN_BUY_VALUE + side]) |
			 (exposure.firm_open_e4 > limits[LANE_FIRM_OPEN_BUY_VALUE + side]) |
			 (((permits & PERMIT_NOT_SHORT) != 0) & (exposure.worst > 0));
	if (UNLIKELY(order->parent_word != PARENT_NONE))
		doubt |= (order->parent_word == PARENT_WRONG) |
			 is_beyond((uint64_t)order->parent_used) |
			 (exposure_plus(true, order->parent_used, verdict->add_qty) >
				 order->parent_qty);
	if (UNLIKELY(verdict->is_way_out))
		doubt |= (verdict->collar_bps > limits[LANE_EXIT_COLLAR]) |
			 (bucket_measure(&in->account->exits, in->turn->now_ns) >
				 limits[LANE_EXIT_RATE]);
	return doubt;
}

/* DUPLICATE_ORDER. */
static inline uint64_t plain_duplicate(const struct measure_inputs *in, struct verdict *verdict)
{
	struct duplicate_key key = measure_duplicate_key(in->order);
	verdict->duplicate_bucket = duplicate_bucket(&key);
	verdict->duplicates = duplicate_measure(&in->risk->duplicate, &key,
		verdict->duplicate_bucket, in->profile->duplicate_window_ns, in->turn->now_ns);
	return verdict->duplicates > in->profile->limits[LANE_DUPLICATE_ORDER];
}

static inline void plain_fill(const struct measure_inputs *in, struct verdict *verdict)
{
	verdict->mask = 0;
	verdict->usage = 0;
	verdict->limit = 0;
	verdict->lane = LANE_NONE;
	verdict->owner_scope = SCOPE_COUNT;
	verdict->slicing_bps = 0;
	verdict->sliced_id = 0;
	verdict->is_second = 0;
	verdict->row = (uint32_t)(in->row - in->risk->rows.rows) + 1;
}

bool plain_judge(const struct measure_inputs *in, struct verdict *verdict)
{
	const struct risk_order *order = in->order;
	unsigned permits = in->profile->permits[order->side & 3][order->mark & 3];
	if (UNLIKELY(!in->has_row))
		return false;
	uint64_t doubt = plain_duplicate(in, verdict) | plain_said(order) | plain_identity(in) |
			 plain_market(in) | plain_permits(in, permits) | plain_rates(in) |
			 plain_collars(in, verdict) | plain_size(in, verdict) |
			 plain_exposure(in, permits, verdict);
	if (UNLIKELY(doubt != 0) || UNLIKELY(!money_is_plain(in, verdict)))
		return false;
	plain_fill(in, verdict);
	return true;
}
