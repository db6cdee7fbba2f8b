#include "tools/exchange/counter.h"

#include "tools/exchange/speech.h"

/* Options of Enter and Replace that Accepted and Replaced repeat. */
#define ECHO_ACCEPTED (1u << 2 | 1u << 4 | 1u << 12 | 1u << 16 | 1u << 17 | 1u << 24 | 1u << 25)
#define ECHO_REPLACED (1u << 2 | 1u << 12 | 1u << 16 | 1u << 17)

/* One message under way. */
struct call {
	struct desk *desk;
	struct desk_user *user;
	const struct ouch_in *in;
	struct reaction reaction;
};

static bool is_disabled(const struct desk_user *user, uint32_t firm)
{
	if (firm == 0)
		firm = user->firm;
	for (uint32_t i = 0; i < user->disabled_count; i++)
		if (user->disabled[i] == firm)
			return true;
	return false;
}

static uint16_t enter_judge(const struct call *call, uint16_t *locate)
{
	const struct desk *desk = call->desk;
	const struct ouch_in *in = call->in;
	enum side side;
	uint64_t found = 0;
	bool is_known = refmap_get(&desk->locates, in->symbol, &found);
	*locate = (uint16_t)found;
	if (call->reaction.kind == REACTION_REJECT)
		return call->reaction.code;
	if (!ouch50_side(in->side, &side))
		return REJECT_invalid_side;
	if (!is_known)
		return REJECT_invalid_symbol;
	if (in->cross_type != 'N')
		return REJECT_invalid_cross_order;
	if (!terms_take(&desk->terms.rules, &call->user->throttle, desk->exch_ns))
		return REJECT_risk_port_message_rate;
	uint16_t code = terms_judge(&desk->terms, in, *locate, in->side);
	if (code != REJECT_NONE)
		return code;
	if (desk->is_closed || desk->halts[*locate] != 0)
		return REJECT_halted;
	if (is_disabled(call->user, (uint32_t)terms_option(in, OPTION_FIRM)))
		return REJECT_firm_not_authorised;
	return match_has_room(desk->match) ? REJECT_NONE : REJECT_processing_error;
}

static void reject(const struct call *call, uint16_t code)
{
	struct ouch_out message = {.type = 'J',
		.ref = call->in->ref,
		.original_ref = call->in->original_ref,
		.reject_code = code};
	if (call->reaction.kind == REACTION_REJECT)
		message.reject_letter = call->reaction.letter;
	memcpy(message.clordid, call->in->clordid, sizeof message.clordid);
	call->user->counts.rejected++;
	desk_say(call->desk, call->user, &message);
}

/* enter_market lets an accepted order trade and rest. */
static void enter_market(const struct call *call, struct desk_order *order)
{
	struct match_order out = desk_take(call->desk, call->user, order);
	uint32_t left = match_enter(call->desk->match, &out);
	if (left > 0 && out.is_ioc)
		desk_canceled(call->desk, call->user, order, left, 'I');
}

/* order_die ends an order whose acceptance said that it is over: nothing more is told of it. */
static void order_die(struct desk_order *order)
{
	order->canceled += order->open;
	order->open = 0;
	order->state = DESK_CANCELED;
}

static void serve_enter(const struct call *call)
{
	const struct ouch_in *in = call->in;
	struct desk *desk = call->desk;
	struct desk_user *user = call->user;
	uint16_t locate = 0;
	user->counts.entered++;
	uint16_t code = enter_judge(call, &locate);
	struct desk_order fresh = {.symbol = in->symbol,
		.price_e4 = in->price_e4,
		.ref = in->ref,
		.qty = in->qty,
		.open = in->qty,
		.firm = (uint32_t)terms_option(in, OPTION_FIRM),
		.group = (int32_t)terms_option(in, OPTION_GROUP),
		.locate = locate,
		.side = in->side,
		.time_in_force = in->time_in_force,
		.display = in->display,
		.capacity = in->capacity,
		.iso = in->iso,
		.state = DESK_LIVE};
	memcpy(fresh.clordid, in->clordid, sizeof fresh.clordid);
	if (code != REJECT_NONE) {
		fresh.state = DESK_REJECTED;
		fresh.reject_code = code;
		fresh.open = 0;
		desk_order_add(user, &fresh);
		reject(call, code);
		return;
	}
	bool is_dead = call->reaction.kind == REACTION_DEAD;
	fresh.reference = match_reference(desk->match);
	struct desk_order *order = desk_order_add(user, &fresh);
	struct ouch_out message = {.type = 'A',
		.ref = in->ref,
		.side = in->side,
		.qty = in->qty,
		.symbol = in->symbol,
		.price_e4 = in->price_e4,
		.time_in_force = in->time_in_force,
		.display = in->display,
		.order_reference = fresh.reference,
		.capacity = in->capacity,
		.iso = in->iso,
		.cross_type = in->cross_type,
		.order_state = is_dead ? 'D' : 'L',
		.options = in->options};
	message.options.present &= ECHO_ACCEPTED;
	memcpy(message.clordid, in->clordid, sizeof message.clordid);
	user->counts.accepted++;
	if (is_dead)
		order_die(order);
	desk_say(desk, user, &message);
	if (!is_dead)
		enter_market(call, order);
}

/* replace_market takes the old order out and lets the new one trade and rest in its place. */
static void replace_market(const struct call *call, uint64_t before, struct desk_order *order)
{
	struct match_order out = desk_take(call->desk, call->user, order);
	uint32_t left = match_replace(call->desk->match, before, &out);
	if (left > 0 && out.is_ioc)
		desk_canceled(call->desk, call->user, order, left, 'I');
}

/* replace_done says U and enters the new number; open shares are what the chain may still execute. */
static void replace_done(const struct call *call, struct desk_order *old, uint32_t open)
{
	const struct ouch_in *in = call->in;
	struct desk_order fresh = *old;
	uint64_t before = old->reference;
	bool is_dead = call->reaction.kind == REACTION_DEAD;
	fresh.ref = in->ref;
	fresh.original_ref = old->ref;
	fresh.price_e4 = in->price_e4;
	fresh.qty = fresh.open = open;
	fresh.executed_before = old->executed_before + old->executed;
	fresh.executed = fresh.canceled = 0;
	fresh.gone = old->busted;
	fresh.time_in_force = in->time_in_force;
	fresh.display = in->display;
	fresh.iso = in->iso;
	fresh.reference = match_reference(call->desk->match);
	memcpy(fresh.clordid, in->clordid, sizeof fresh.clordid);
	old->state = DESK_REPLACED;
	old->replaced_by = in->ref;
	old->open = 0;
	struct desk_order *order = desk_order_add(call->user, &fresh); /* old may have moved */
	struct ouch_out message = {.type = 'U',
		.ref = in->ref,
		.original_ref = in->original_ref,
		.side = fresh.side,
		.qty = open,
		.symbol = fresh.symbol,
		.price_e4 = in->price_e4,
		.time_in_force = in->time_in_force,
		.display = in->display,
		.order_reference = fresh.reference,
		.capacity = fresh.capacity,
		.iso = in->iso,
		.cross_type = 'N',
		.order_state = is_dead ? 'D' : 'L',
		.options = in->options};
	message.options.present &= ECHO_REPLACED;
	memcpy(message.clordid, in->clordid, sizeof message.clordid);
	call->user->counts.replaced++;
	if (is_dead) {
		match_reduce(call->desk->match, before, UINT32_MAX);
		order_die(order);
	}
	desk_say(call->desk, call->user, &message);
	if (!is_dead)
		replace_market(call, before, order);
}

/* serve_replace walks the four cases of section 6: silence; the order is lost; refused; done. */
static void serve_replace(const struct call *call)
{
	struct desk *desk = call->desk;
	struct desk_user *user = call->user;
	const struct ouch_in *in = call->in;
	struct desk_order *old = desk_order_find(user, in->original_ref);
	if (in->ref <= user->last_ref) {
		user->counts.repeated++;
		return;
	}
	if (old == NULL || old->state != DESK_LIVE) {
		desk_not_done(user, in);
		return;
	}
	uint32_t executed = old->executed_before + old->executed;
	bool is_rejected = call->reaction.kind == REACTION_REJECT;
	if (!is_rejected && (terms_judge(&desk->terms, in, old->locate, 0) != REJECT_NONE ||
				    in->qty <= executed)) {
		uint32_t qty = match_reduce(desk->match, old->reference, old->open);
		desk_canceled(desk, user, old, qty, 'U');
		return;
	}
	user->last_ref = in->ref;
	speech_used(user, in);
	if (is_rejected)
		reject(call, call->reaction.code);
	else if (desk->halts[old->locate] != 0)
		reject(call, REJECT_halted);
	else if (is_disabled(user, old->firm))
		reject(call, REJECT_firm_not_authorised);
	else
		replace_done(call, old, in->qty - executed);
}

/* serve_cancel leaves so many to the chain in total as were intended; what is there already is ignored. */
static void serve_cancel(const struct call *call)
{
	struct desk *desk = call->desk;
	const struct ouch_in *in = call->in;
	struct desk_order *order = desk_order_find(call->user, in->ref);
	struct ouch_out kept = {
		.type = call->reaction.kind == REACTION_PEND ? 'P' : 'I', .ref = in->ref};
	if (order == NULL || order->state != DESK_LIVE) {
		desk_not_done(call->user, call->in);
		return;
	}
	if (call->reaction.kind == REACTION_PEND || call->reaction.kind == REACTION_REFUSE) {
		desk_say(desk, call->user, &kept);
		return;
	}
	uint32_t executed = order->executed_before + order->executed;
	uint32_t keep = in->qty > executed ? in->qty - executed : 0;
	if (keep >= order->open) {
		desk_not_done(call->user, call->in);
		return;
	}
	uint32_t qty = match_reduce(desk->match, order->reference, order->open - keep);
	desk_canceled(desk, call->user, order, qty, 'U');
}

/* serve_modify changes the kind of a sale and takes shares off; what it may not do is ignored. */
static void serve_modify(const struct call *call)
{
	const struct ouch_in *in = call->in;
	struct desk_order *order = desk_order_find(call->user, in->ref);
	if (order == NULL || order->state != DESK_LIVE) {
		desk_not_done(call->user, call->in);
		return;
	}
	bool is_side = in->side == order->side ||
		       (order->side == 'S' && (in->side == 'E' || in->side == 'T')) ||
		       (order->side == 'E' && in->side == 'T');
	uint32_t executed = order->executed_before + order->executed;
	uint32_t keep = in->qty > executed ? in->qty - executed : 0;
	if (!is_side || keep == 0 || keep > order->open) {
		desk_not_done(call->user, call->in);
		return;
	}
	uint32_t qty = match_reduce(call->desk->match, order->reference, order->open - keep);
	struct ouch_out message = {.type = 'M', .ref = in->ref, .side = in->side, .qty = keep};
	order->side = in->side;
	desk_reduce(order, qty);
	call->user->counts.modified++;
	call->user->counts.canceled_shares += qty;
	desk_say(call->desk, call->user, &message);
}

static bool is_meant(
	const struct desk_user *user, const struct desk_order *order, const struct ouch_in *in)
{
	uint32_t firm = order->firm != 0 ? order->firm : user->firm;
	uint32_t wanted = desk_firm(in->firm, sizeof in->firm);
	if (order->state != DESK_LIVE || (firm != 0 && firm != wanted))
		return false;
	if (in->symbol != symbol_pack("") && in->symbol != order->symbol)
		return false;
	if ((in->options.present & 1u << OPTION_SIDE) != 0 &&
		in->options.value[OPTION_SIDE] != order->side)
		return false;
	return (in->options.present & 1u << OPTION_GROUP) == 0 ||
	       in->options.value[OPTION_GROUP] == order->group;
}

static void serve_mass_cancel(const struct call *call)
{
	const struct ouch_in *in = call->in;
	struct desk_user *user = call->user;
	struct ouch_out message = {
		.type = 'X', .ref = in->ref, .symbol = in->symbol, .options = in->options};
	message.options.present &= 1u << OPTION_SIDE | 1u << OPTION_GROUP;
	memcpy(message.firm, in->firm, sizeof message.firm);
	desk_say(call->desk, user, &message);
	for (uint64_t i = 0; i < user->order_count; i++) {
		struct desk_order *order = &user->orders[i];
		if (is_meant(user, order, in))
			desk_canceled(call->desk, user, order,
				match_reduce(call->desk->match, order->reference, order->open),
				'U');
	}
}

static void serve_switch(const struct call *call)
{
	const struct ouch_in *in = call->in;
	struct desk_user *user = call->user;
	uint32_t firm = desk_firm(in->firm, sizeof in->firm), kept = 0;
	struct ouch_out message = {.type = in->type == 'D' ? 'G' : 'K', .ref = in->ref};
	memcpy(message.firm, in->firm, sizeof message.firm);
	for (uint32_t i = 0; i < user->disabled_count; i++)
		if (user->disabled[i] != firm)
			user->disabled[kept++] = user->disabled[i];
	user->disabled_count = kept;
	if (in->type == 'D' && kept < DESK_DISABLED_MAX)
		user->disabled[user->disabled_count++] = firm;
	desk_say(call->desk, user, &message);
}

static void serve_query(const struct call *call)
{
	struct ouch_out next = {.type = 'Q', .ref = call->user->last_ref + 1};
	desk_say(call->desk, call->user, &next);
}

/* is_numbered tells whether a message takes a number of its own whatever becomes of it. */
static bool is_numbered(uint8_t type)
{
	return type == 'O' || type == 'C' || type == 'D' || type == 'E';
}

void counter_serve(struct desk *desk, uint32_t index, const struct ouch_in *in,
	const struct reaction *reaction)
{
	static void (*const serves[128])(const struct call *call) = {
		['O'] = serve_enter,
		['U'] = serve_replace,
		['X'] = serve_cancel,
		['M'] = serve_modify,
		['C'] = serve_mass_cancel,
		['D'] = serve_switch,
		['E'] = serve_switch,
		['Q'] = serve_query,
	};
	struct desk_user *user = &desk->users[index];
	desk_tick(desk);
	struct call call = {.desk = desk, .user = user, .in = in};
	call.reaction =
		reaction != NULL ? *reaction : reactions_take(&desk->reactions, index, in->type);
	if (call.reaction.kind == REACTION_IGNORE || user->copies != 0) {
		user->counts.ignored++;
		speech_unused(user, in);
		return;
	}
	if (is_numbered(in->type) && in->ref <= user->last_ref) {
		user->counts.repeated++;
		return;
	}
	if (is_numbered(in->type)) {
		user->last_ref = in->ref;
		speech_used(user, in);
	}
	if (serves[in->type & 127] != NULL)
		serves[in->type & 127](&call);
	else
		user->counts.superfluous++; /* Trade Now of OUCH 4.2 */
}

void counter_take(struct desk *desk, uint32_t index, const uint8_t *bytes, uint32_t size_bytes)
{
	struct desk_user *user = &desk->users[index];
	struct heard_item item = {.kind = HEARD_MESSAGE, .user = index};
	user->counts.messages++;
	if (!speech_hear(user, bytes, size_bytes, &item.in)) {
		user->counts.malformed++;
		item.kind = HEARD_MALFORMED;
		heard_add(&desk->heard, &item);
		return;
	}
	if (!heard_add(&desk->heard, &item))
		counter_serve(desk, index, &item.in, NULL);
}

void counter_hear(struct desk *desk, uint32_t index, const struct ouch_in *in)
{
	struct heard_item item = {.kind = HEARD_MESSAGE, .user = index, .in = *in};
	desk->users[index].counts.messages++;
	if (!heard_add(&desk->heard, &item))
		counter_serve(desk, index, in, NULL);
}
