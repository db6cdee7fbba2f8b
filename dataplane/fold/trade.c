#include "dataplane/fold/trade.h"

#include "dataplane/fold/booking.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/parents.h"
#include "dataplane/fold/said.h"
#include "dataplane/fold/standing.h"
#include "dataplane/fold/stops.h"
#include "dataplane/fold/tell.h"

/* A fill above what was open is still a fill: hold for it first, so that it takes nobody else's. */
static void trade_hold(struct fold *fold, struct own_order *order, uint32_t qty)
{
	uint32_t missing = qty - order->reserved_qty;
	int64_t value_e4 = saturating_multiply(order->price_e4, missing);
	risk_reserve(fold->risk, order->account, order->symbol, (enum side)order->side, missing,
		value_e4);
	parents_hold(fold, order, missing);
	order->reserved_qty += missing;
	order->reserved_value_e4 = saturating_add(order->reserved_value_e4, value_e4);
	metrics_add(fold->metrics, METRIC_gate_venue_unknown, 1);
}

/* An execution of whose an order is. */
static void trade_fill(struct fill *whose, const struct ouch_out *out)
{
	whose->match = out->match;
	whose->qty = out->qty;
	whose->price_e4 = ouch50_price(out->price_e4);
	whose->liquidity = out->code;
}

static void trade_keep(
	struct fold *fold, const struct fill *fill, const struct ouch_out *out, bool is_first)
{
	fills_add(&fold->fills, fill);
	parents_fill(fold, fill, fill->qty);
	booking_write(fold, fill, TRADE_EXECUTED, out, is_first);
	metrics_add(fold->metrics, METRIC_gate_fills, 1);
}

/* An execution too many: what runs away is halted, whoever it is. */
static void trade_pace(struct fold *fold, uint16_t account, uint16_t strategy)
{
	unsigned trips = risk_executed(fold->risk, &fold->turn, account, strategy);
	if ((trips & RISK_TRIP_STRATEGY_FILLS) != 0)
		stops_trip(fold, SCOPE_STRATEGY, strategy, "executed more often than max_fills");
	if ((trips & RISK_TRIP_GATE_FILLS) != 0)
		stops_trip(fold, SCOPE_FIRM, 0, "executed more often than max_fill_rate");
}

/* Executed worse than the market its order was judged by, once too often: only the way out is left. */
static void trade_slip(struct fold *fold, const struct fill *fill, const struct ouch_out *out,
	uint32_t reference_e4)
{
	static const char reason[] = "executed worse than max_slippage too often";
	const struct risk_execution execution = {.account = fill->account,
		.side = fill->side,
		.symbol = fill->symbol,
		.price_e4 = ouch50_price(out->price_e4),
		.reference_e4 = reference_e4};
	unsigned trips = risk_slipped(fold->risk, &fold->turn, &execution);
	if ((trips & RISK_TRIP_ACCOUNT_SLIPS) != 0)
		stops_latch(fold, SCOPE_ACCOUNT, fill->account, STATE_REDUCE_ONLY, reason);
	if ((trips & RISK_TRIP_FIRM_SLIPS) != 0)
		stops_latch(fold, SCOPE_FIRM, 0, STATE_REDUCE_ONLY, reason);
}

/* Whether nothing was executed of an order before, as far as is known; what persons said was had its cost. */
static bool trade_is_first(const struct fold *fold, const struct fill *fill, uint32_t executed_qty)
{
	bool was_said = UNLIKELY(fold->resolved_count != 0) &&
			fills_find(&fold->fills, fill->venue, fill->venue_ref, SAID_MATCH) != NULL;
	return executed_qty == 0 && !was_said;
}

static void trade_of_order(struct fold *fold, uint32_t slot, struct ouch_out *out)
{
	struct own_order *order = &fold->orders.slots[slot];
	struct fill fill;
	fills_whose(&fill, order);
	trade_fill(&fill, out);
	bool is_first = trade_is_first(fold, &fill, order->executed_qty);
	if (out->qty > order->reserved_qty)
		trade_hold(fold, order, out->qty);
	int64_t value_e4 = saturating_multiply(order->price_e4, out->qty);
	if (value_e4 > order->reserved_value_e4)
		value_e4 = order->reserved_value_e4;
	booking_charge(fold, &fill, is_first);
	risk_fill(fold->risk, order->account, order->symbol, (enum side)order->side, out->qty,
		value_e4, ouch50_price(out->price_e4));
	life_short(fold, order, out->qty);
	parents_hold(fold, order, -(int64_t)out->qty);
	order->reserved_qty -= out->qty;
	order->reserved_value_e4 -= value_e4;
	order->executed_qty += out->qty;
	order->standing_qty += out->qty;
	order->least_qty += out->qty;
	order->executed_value_e4 = saturating_add(order->executed_value_e4,
		saturating_multiply(ouch50_price(out->price_e4), out->qty));
	order->open_qty -= out->qty < order->open_qty ? out->qty : order->open_qty;
	if (order->open_qty != 0)
		life_cover(fold, order);
	trade_keep(fold, &fill, out, is_first);
	trade_pace(fold, order->account, order->strategy);
	trade_slip(fold, &fill, out, order->reference_e4);
	tell_owner(fold, order, out);
	life_step(fold, slot, order->open_qty == 0 ? ORDER_WAS_FINISHED : ORDER_WAS_REDUCED);
}

static void trade_of_past(struct fold *fold, const struct fill *past, struct ouch_out *out)
{
	struct fill fill = *past;
	trade_fill(&fill, out);
	bool is_first = trade_is_first(fold, &fill, 0);
	booking_count(fold, &fill, is_first);
	if (fill.wire_side == 'T' || fill.wire_side == 'E')
		risk_located(fold->risk, fill.account, fill.symbol, 0, fill.qty);
	trade_keep(fold, &fill, out, is_first);
	trade_pace(fold, fill.account, fill.strategy);
	trade_slip(fold, &fill, out, 0);
	metrics_add(fold->metrics, METRIC_gate_fills_late, 1);
	standing_change(fold, NULL, &fill);
	tell_trader(fold, &fill, out);
}

static void trade_of_nobody(struct fold *fold, uint8_t venue)
{
	metrics_add(fold->metrics, METRIC_gate_fills_unknown, 1);
	stops_trip(fold, SCOPE_VENUE, venue, "a trade of an order we do not have");
}

void trade_executed(struct fold *fold, uint8_t venue, uint32_t slot, struct ouch_out *out)
{
	const struct fill *past = fills_past(&fold->fills, venue, out->ref);
	if (fills_find(&fold->fills, venue, out->ref, out->match) != NULL)
		metrics_add(fold->metrics, METRIC_gate_fills_repeated, 1);
	else if (slot == ORDER_NONE && past == NULL)
		trade_of_nobody(fold, venue);
	else {
		if (fold->resolved_count != 0)
			said_executed(fold, venue, slot, out);
		if (slot != ORDER_NONE)
			trade_of_order(fold, slot, out);
		else
			trade_of_past(fold, past, out);
	}
}

/* Whether an execution may be of the chain that a number stands in; of a number that is forgotten anything may be. */
static bool trade_may_be_of(const struct fold *fold, const struct fill *execution, uint32_t ref)
{
	uint32_t slot = order_table_find_venue(&fold->orders, execution->venue, ref);
	const struct fill *past = fills_past(&fold->fills, execution->venue, ref);
	if (slot != ORDER_NONE)
		return order_first_ref(&fold->orders.slots[slot]) == fill_first_ref(execution);
	return past == NULL || fill_first_ref(past) == fill_first_ref(execution);
}

/* What changes a trade again may name the report that changed it last (FIX 4.2, appendix D34; 4.4, J.1.a), or the first. */
static uint64_t trade_first_name(const struct fold *fold, uint8_t venue, uint64_t match)
{
	bool is_first = fills_named(&fold->fills, venue, SIDE_BUY, match) != NULL ||
			fills_named(&fold->fills, venue, SIDE_SELL, match) != NULL;
	return is_first ? match : fills_first_name(&fold->fills, venue, match);
}

void trade_find(const struct fold *fold, uint8_t venue, uint8_t wire_side, struct ouch_out *out)
{
	static const enum side sides[] = {SIDE_BUY, SIDE_SELL};
	const struct fill *found = NULL;
	enum side only = SIDE_BUY;
	bool is_told = ouch50_side(wire_side, &only);
	if (out->type != 'B' && out->type != 'F')
		return;
	out->match = trade_first_name(fold, venue, out->match);
	if (fills_find(&fold->fills, venue, out->ref, out->match) != NULL)
		return;
	for (uint32_t i = 0; i < ARRAY_COUNT(sides); i++) {
		const struct fill *fill = fills_named(&fold->fills, venue, sides[i], out->match);
		if (fill == NULL || (is_told && sides[i] != only) ||
			!trade_may_be_of(fold, fill, out->ref))
			continue;
		if (found != NULL)
			return;
		found = fill;
	}
	if (found != NULL)
		out->ref = found->venue_ref;
}

void trade_broken(struct fold *fold, uint8_t venue, struct ouch_out *out)
{
	struct fill *fill = fills_find(&fold->fills, venue, out->ref, out->match);
	if (fill == NULL) {
		trade_of_nobody(fold, venue);
		return;
	}
	if (fill->state == FILL_BROKEN) {
		metrics_add(fold->metrics, METRIC_gate_fills_repeated, 1);
		return;
	}
	booking_take_back(fold, fill);
	parents_fill(fold, fill, -(int64_t)fill->qty);
	booking_write(fold, fill, TRADE_BROKEN, out, false);
	fill->state = FILL_BROKEN;
	standing_change(fold, fill, NULL);
	metrics_add(fold->metrics, METRIC_gate_fills_broken, 1);
	tell_trader(fold, fill, out);
}

void trade_corrected(struct fold *fold, uint8_t venue, struct ouch_out *out)
{
	struct fill *fill = fills_find(&fold->fills, venue, out->ref, out->match);
	if (fill == NULL) {
		trade_of_nobody(fold, venue);
		return;
	}
	if (fill->state == FILL_BROKEN) { /* final: nothing is left to correct */
		metrics_add(fold->metrics, METRIC_gate_venue_unknown, 1);
		return;
	}
	booking_take_back(fold, fill);
	parents_fill(fold, fill, (int64_t)out->qty - fill->qty);
	const struct fill was = *fill;
	if (fill->first_qty == 0)
		fill->first_qty = fill->qty;
	fill->qty = out->qty;
	fill->price_e4 = ouch50_price(out->price_e4);
	standing_change(fold, &was, fill);
	booking_count(fold, fill, false);
	booking_write(fold, fill, TRADE_CORRECTED, out, false);
	metrics_add(fold->metrics, METRIC_gate_fills_corrected, 1);
	tell_trader(fold, fill, out);
}
