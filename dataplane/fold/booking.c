#include "dataplane/fold/booking.h"

/* What the venue takes, in the currency of what was traded. */
static int64_t booking_fee(const struct fold *fold, const struct fill *fill, int64_t fee_e4)
{
	const struct fees_config *fees = &fold->site->venues[fill->venue].fees;
	return fees->has_currency ? risk_fee(fold->risk, fill->symbol, fees->currency, fee_e4)
				  : fee_e4;
}

/* What the venue takes for an order beside its executions, with the first of them. */
static int64_t booking_order_fee(const struct fold *fold, const struct fill *fill, bool is_first)
{
	int64_t order_e4 = fold->site->venues[fill->venue].fees.order_e4;
	return is_first ? booking_fee(fold, fill, order_e4) : 0;
}

void booking_write(struct fold *fold, const struct fill *fill, enum trade_kind kind,
	const struct ouch_out *out, bool is_first)
{
	struct trade_record *record = fold_record(fold, RECORD_TRADE, sizeof *record);
	record->order_id = fill->order_id;
	record->match = out->match;
	record->price_e4 = fill->price_e4;
	record->fee_e4 = fill->fee_e4;
	record->order_fee_e4 = booking_order_fee(fold, fill, is_first);
	record->qty = fill->qty;
	record->venue_ref = fill->venue_ref;
	record->account = fill->account;
	record->strategy = fill->strategy;
	record->symbol = fill->symbol;
	record->venue = fill->venue;
	record->side = fill->side;
	record->kind = (uint8_t)kind;
	record->liquidity = kind == TRADE_EXECUTED ? out->code : 0;
	record->is_first = is_first;
}

/* What a strategy has of it. */
static void booking_own(struct fold *fold, const struct fill *fill, int64_t qty, int64_t fee_e4)
{
	const struct risk_trade trade = {.account = fill->account,
		.strategy = fill->strategy,
		.side = fill->side,
		.symbol = fill->symbol,
		.qty = qty,
		.price_e4 = fill->price_e4,
		.fee_e4 = fee_e4};
	risk_traded(fold->risk, &trade);
}

void booking_charge(struct fold *fold, struct fill *fill, bool is_first)
{
	const struct fees_config *fees = &fold->site->venues[fill->venue].fees;
	fill->fee_e4 = booking_fee(fold, fill, fee_of(fees, fill->liquidity, fill->qty));
	int64_t fee_e4 = fill->fee_e4 + booking_order_fee(fold, fill, is_first);
	risk_charge(fold->risk, fill->account, fill->symbol, fee_e4);
	booking_own(fold, fill, fill->qty, fee_e4);
	metrics_add(fold->metrics, METRIC_gate_fees_unnamed,
		fees->is_stated && !fees->is_named[fill->liquidity]);
}

void booking_count(struct fold *fold, struct fill *fill, bool is_first)
{
	enum side side = (enum side)fill->side;
	booking_charge(fold, fill, is_first);
	risk_reserve(fold->risk, fill->account, fill->symbol, side, fill->qty, 0);
	risk_fill(fold->risk, fill->account, fill->symbol, side, fill->qty, 0, fill->price_e4);
}

/* An execution that is kept moves credit by so many shares only if it is of this day. */
static void booking_before(struct fold *fold, const struct fill *fill, int64_t qty)
{
	if (fills_is_before(&fold->fills, fill))
		risk_was_before(fold->risk, fill->account, fill->symbol, qty, fill->price_e4);
}

void booking_again(struct fold *fold, struct fill *fill)
{
	booking_before(fold, fill, fill->qty);
	booking_count(fold, fill, false);
}

void booking_take_back(struct fold *fold, const struct fill *fill)
{
	booking_before(fold, fill, -(int64_t)fill->qty);
	risk_charge(fold->risk, fill->account, fill->symbol, -fill->fee_e4); /* booking (1) */
	booking_own(fold, fill, -(int64_t)fill->qty, -fill->fee_e4);
	risk_unfill(fold->risk, fill->account, fill->symbol, (enum side)fill->side, fill->qty,
		fill->price_e4);
}
