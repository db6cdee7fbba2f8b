#include "dataplane/fold/decision.h"

#include "dataplane/fold/mass.h"
#include "dataplane/fold/option.h"
#include "dataplane/fold/parents.h"

static bool decision_is_market(const struct ouch_in *in)
{
	return in->type == 'O' && in->price_e4 >= OUCH_MARKET_PRICE_E4;
}

static bool decision_is_supported(
	const struct ouch_in *in, const struct own_order *original, bool is_converted)
{
	bool is_limit = in->price_e4 >= 1 && in->price_e4 < OUCH_MARKET_PRICE_E4;
	return option_fits(in, original) && in->qty >= 1 && in->qty <= OUCH_QTY_MAX &&
	       (is_limit || is_converted);
}

static bool decision_converts(const struct fold *fold, const struct risk_order *order)
{
	uint32_t at = site_account_find(fold->site, order->account);
	return risk_converts_market(
		at != UINT32_MAX ? &fold->site->accounts[at] : NULL, fold_top(fold, order->symbol));
}

static uint16_t decision_account(
	const struct fold *fold, const struct session_config *session, const struct ouch_in *in)
{
	return in->options.present & option_bit(OPTION_FIRM)
		       ? fold_account_named(
				 fold, session->id, (uint32_t)in->options.value[OPTION_FIRM])
		       : (uint16_t)session->default_account;
}

void decision_name(const struct fold *fold, struct decision *d, uint32_t session)
{
	d->account = decision_account(fold, fold->clients[session].config, &d->message);
	d->symbol = refs_find(&fold->symbols, d->message.symbol);
}

/* A strategy that the session may not use is none: it is refused like one that nobody knows. */
static uint16_t decision_strategy(const struct fold_client *client, const struct ouch_in *in)
{
	if (!(in->options.present & 1u << 24))
		return (uint16_t)client->config->default_strategy;
	int64_t group = in->options.value[24];
	if (group <= 0 || group >= STRATEGY_COUNT_MAX)
		return 0;
	bool is_permitted = (client->strategies[group / 64] >> (group % 64) & 1) != 0;
	return is_permitted ? (uint16_t)group : 0;
}

static uint8_t decision_mark(uint8_t wire_side)
{
	if (wire_side == 'T')
		return SALE_SHORT;
	return wire_side == 'E' ? SALE_EXEMPT : SALE_LONG;
}

/* What a sale marked short needs located beyond what its original holds. */
static uint32_t decision_locate(const struct risk_order *order, uint32_t held_qty)
{
	bool is_short = order->side == SIDE_SELL && order->mark != SALE_LONG;
	return is_short && order->open_qty > held_qty ? order->open_qty - held_qty : 0;
}

static void decision_describe_new(
	struct fold *fold, struct decision *d, const struct session_config *session)
{
	const struct ouch_in *in = d->in;
	struct risk_order *order = &d->order;
	enum side side = SIDE_BUY;
	bool has_side = ouch50_side(in->side, &side);
	order->side = (uint8_t)side;
	order->mark = decision_mark(in->side);
	order->kind = DECISION_ENTER;
	order->account = d->account;
	order->strategy = decision_strategy(&fold->clients[session->id], in);
	order->symbol = d->symbol;
	d->is_converted = decision_is_market(in) && decision_converts(fold, order);
	order->is_supported = has_side && decision_is_supported(in, NULL, d->is_converted);
	order->open_qty = in->qty;
	order->locate_qty = decision_locate(order, 0);
}

APART static void decision_describe_replace(
	struct fold *fold, struct decision *d, const struct session_config *session)
{
	const struct ouch_in *in = d->in;
	struct risk_order *order = &d->order;
	order->account = (uint16_t)session->default_account;
	order->strategy = (uint16_t)session->default_strategy;
	order->kind = DECISION_REPLACE;
	order->symbol = SYMBOL_NONE;
	order->is_duplicate_id = 1;
	order->is_supported = 1;
	if (d->original == ORDER_NONE)
		return;
	const struct own_order *original = &fold->orders.slots[d->original];
	order->is_supported = decision_is_supported(in, original, false);
	/* Named again, they must be the original's: no order changes hands. */
	bool is_firm = (in->options.present & option_bit(OPTION_FIRM)) == 0 ||
		       decision_account(fold, session, in) == original->account;
	bool is_group = (in->options.present & option_bit(OPTION_GROUP)) == 0 ||
			decision_strategy(&fold->clients[session->id], in) == original->strategy;
	order->account = is_firm ? original->account : 0;
	order->strategy = is_group ? original->strategy : 0;
	order->symbol = original->symbol;
	order->side = original->side;
	order->mark = decision_mark(in->options.present & option_bit(OPTION_SIDE)
					    ? (uint8_t)in->options.value[OPTION_SIDE]
					    : original->wire_side);
	order->open_qty = in->qty > original->executed_qty ? in->qty - original->executed_qty : 0;
	order->is_supported = order->is_supported && order->open_qty > 0;
	order->locate_qty = decision_locate(order, original->located_qty);
	order->reserved_qty = original->reserved_qty;
	order->reserved_value_e4 = original->reserved_value_e4;
	/* One change at a time: an order with a replace or cancel under way is not replaced again. */
	bool is_at_venue = original->state == ORDER_LIVE || original->state == ORDER_SENT;
	order->is_duplicate_id =
		!is_at_venue ||
		(original->flags & (ORDER_PENDING_CANCEL | ORDER_PENDING_REPLACE)) != 0;
}

/* The number that names an order to its venue; where it is named by our ClOrdID, that has the order's id. */
static uint64_t decision_venue_ref(const struct fold_venue *venue, const struct decision *d)
{
	return venue->protocol->has_text_refs ? d->order_id : venue->next_ref;
}

/* Where it goes: a new order by the site's routes, a replacement to where its original is. */
static void decision_route(const struct fold *fold, struct decision *d)
{
	struct risk_order *order = &d->order;
	uint8_t venue = d->original != ORDER_NONE
				? fold->orders.slots[d->original].venue
				: routes_find(&fold->routes, order->session, order->account,
					  order->strategy, order->symbol);
	/* A replacement of nothing has its own reason. */
	order->is_unrouted = venue == ROUTES_NONE && order->kind == DECISION_ENTER;
	order->venue_index = venue == ROUTES_NONE ? 0 : venue;
}

/* The strictest state that covers it.  An account with open orders at a venue that is gone may only reduce at the
   others: what it has there nobody can see or cancel. */
static uint8_t decision_state(const struct fold *fold, const struct risk_order *order)
{
	enum trading_state state = latches_binding(&fold->latches, order->venue_index,
		order->session, order->account, order->strategy, order->symbol);
	if (state < STATE_REDUCE_ONLY && fold_is_exposed(fold, order->account, order->venue_index))
		state = STATE_REDUCE_ONLY;
	if (state < STATE_HALTED && fold->day.phase != DAY_OPEN)
		state = STATE_HALTED;
	return (uint8_t)state;
}

bool decision_can_be_told(
	const struct fold_venue *venue, const struct ouch_in *in, const struct own_order *original)
{
	if (venue->protocol->venue_may == NULL || (in->type == 'U' && original == NULL))
		return true;
	struct ouch_in message = *in;
	option_strip(&message.options);
	return venue->protocol->venue_may(&message, original);
}

void decision_describe(struct fold *fold, struct decision *d, uint32_t session)
{
	const struct session_config *config = fold->clients[session].config;
	struct risk_order *order = &d->order;
	if (LIKELY(d->in->type == 'O'))
		decision_describe_new(fold, d, config);
	else
		decision_describe_replace(fold, d, config);
	order->session = (uint16_t)session;
	order->has_trader = config->trader[0] != '\0';
	order->qty = d->in->qty;
	order->price_e4 = ouch50_price(d->in->price_e4);
	if (UNLIKELY(d->is_converted))
		order->price_e4 = risk_market_price(
			fold->risk, &fold->turn, fold_top(fold, order->symbol), order);
	/* Far rows come while routes and latches are looked up. */
	risk_prefetch(fold->risk, order);
	selftrade_prefetch(&fold->selftrade, order->account, order->symbol);
	decision_route(fold, d);
	const struct fold_venue *venue = &fold->venues[order->venue_index];
	d->venue_ref = decision_venue_ref(venue, d);
	/* Two hashed places that nobody touched: waited for one after the other they were a sixth of the gate's time. */
	order_table_prefetch(&fold->orders,
		order_client((uint16_t)session, option_index(&d->in->options)), d->in->ref,
		order->venue_index, (uint32_t)d->venue_ref);
	bool has_number = order->is_unrouted || d->venue_ref < venue->durable_ref;
	order->is_table_full =
		order_table_is_full(&fold->orders) || !has_number || fold_egress_room(fold) == 0;
	const struct own_order *original =
		d->original == ORDER_NONE ? NULL : &fold->orders.slots[d->original];
	if (!decision_can_be_told(venue, d->in, original))
		order->is_supported = 0;
	order->is_disabled = mass_is_disabled(fold, session, order->account);
	order->stop_state = decision_state(fold, order);
	d->met = selftrade_find(
		&fold->selftrade, order->account, order->symbol, order->side, order->price_e4);
	order->is_self_trade = d->met != ORDER_NONE;
	d->parent = parents_describe(fold, d->in->clordid, original, order);
}
