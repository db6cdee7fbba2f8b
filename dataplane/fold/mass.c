#include "dataplane/fold/mass.h"

#include "dataplane/orders/names.h"
#include "dataplane/fold/option.h"
#include "dataplane/fold/sweep.h"

enum mass_code {
	MASS_DONE = 0,
	MASS_NO_FIRM = 0x000C,
	MASS_NO_SYMBOL = 0x0017,
	MASS_NO_SIDE = 0x0009,
	MASS_NO_TOKEN = 0x0029,
	MASS_NO_ROOM = 0x000A,
};

bool mass_is_disabled(const struct fold *fold, uint32_t session, uint16_t account)
{
	return (fold->clients[session].disabled[account / 64] >> account % 64 & 1) != 0;
}

static bool mass_covers_one(const struct mass *mass, const struct own_order *order)
{
	return order->session == mass->session && order->account == mass->account &&
	       order->id <= mass->last_id &&
	       (mass->symbol == SYMBOL_NONE || mass->symbol == order->symbol) &&
	       (mass->strategy == 0 || mass->strategy == order->strategy) &&
	       (mass->wire_side == 0 || mass->wire_side == order->wire_side) &&
	       (mass->has_channel == 0 || mass->channel == order->client_index);
}

bool mass_covers(const struct fold *fold, const struct own_order *order)
{
	for (uint64_t left = fold->masses_open; left != 0; left &= left - 1) {
		if (mass_covers_one(&fold->masses[__builtin_ctzll(left)], order))
			return true;
	}
	return false;
}

void mass_walked(struct fold *fold)
{
	for (uint64_t left = fold->masses_open; left != 0; left &= left - 1) {
		unsigned slot = (unsigned)__builtin_ctzll(left);
		if (fold->masses[slot].walk <= fold->sweep_walk)
			fold->masses_open &= ~(1ull << slot);
	}
}

/* Fills what the request narrows to; an enum mass_code but MASS_DONE tells why it cannot. */
static enum mass_code mass_narrow(
	const struct fold *fold, const struct ouch_in *in, uint16_t account, struct mass *mass)
{
	static const char blank[8] = "        ";
	const struct session_config *session = fold->clients[mass->session].config;
	const struct ouch_options *options = &in->options;
	enum side side;
	mass->account = account;
	mass->symbol = memcmp(&in->symbol, blank, sizeof blank) == 0
			       ? SYMBOL_NONE
			       : refs_find(&fold->symbols, in->symbol);
	if (mass->symbol == SYMBOL_NONE && memcmp(&in->symbol, blank, sizeof blank) != 0)
		return MASS_NO_SYMBOL;
	if (options->present & option_bit(OPTION_SIDE)) {
		mass->wire_side = (uint8_t)options->value[OPTION_SIDE];
		if (!ouch50_side(mass->wire_side, &side))
			return MASS_NO_SIDE;
	}
	if (options->present & option_bit(OPTION_GROUP)) {
		/* 0 names the orders without a group: those went to the default strategy. */
		mass->strategy = options->value[OPTION_GROUP] == 0
					 ? (uint16_t)session->default_strategy
					 : (uint16_t)options->value[OPTION_GROUP];
	}
	mass->has_channel = (options->present & option_bit(OPTION_INDEX)) != 0;
	mass->channel = option_index(options);
	return MASS_DONE;
}

static enum mass_code mass_cancel(
	struct fold *fold, uint32_t session, const struct ouch_in *in, uint16_t account)
{
	struct mass mass = {.session = (uint16_t)session,
		.last_id = fold->orders.last_id,
		.walk = fold->sweep_walk + 1};
	enum mass_code code = mass_narrow(fold, in, account, &mass);
	if (code != MASS_DONE)
		return code;
	if (fold->masses_open == UINT64_MAX)
		return MASS_NO_ROOM;
	if (!fold_cancel_take(fold, session))
		return MASS_NO_TOKEN;
	unsigned slot = (unsigned)__builtin_ctzll(~fold->masses_open);
	fold->masses[slot] = mass;
	fold->masses_open |= 1ull << slot;
	sweep_start(fold);
	return MASS_DONE;
}

static void mass_disable(struct fold *fold, uint32_t session, uint16_t account, bool is_disabled)
{
	uint64_t bit = 1ull << account % 64;
	uint64_t *word = &fold->clients[session].disabled[account / 64];
	*word = is_disabled ? *word | bit : *word & ~bit;
}

/* The numbers of orders count these requests too (OUCH 5.0, section 2). */
static bool mass_is_new(struct fold *fold, uint32_t session, const struct ouch_in *in)
{
	uint32_t *last_ref = &fold->clients[session].last_refs[option_index(&in->options)];
	metrics_add(fold->metrics, METRIC_gate_cancels_in, in->type == 'C');
	if (in->ref <= *last_ref) {
		metrics_add(fold->metrics, METRIC_gate_cancels_ignored, 1);
		return false;
	}
	*last_ref = in->ref;
	return true;
}

void mass_request(struct fold *fold, uint32_t session, const struct ouch_in *in)
{
	if (!mass_is_new(fold, session, in))
		return;
	struct ouch_out out = {.ref = in->ref,
		.symbol = in->symbol,
		.options = in->options,
		.time_ns = fold_time_ns(fold)};
	uint32_t firm = load_be32((const uint8_t *)in->firm);
	uint16_t account = firm == names_mpid("")
				   ? (uint16_t)fold->clients[session].config->default_account
				   : fold_account_named(fold, session, firm);
	enum mass_code code = account == 0 ? MASS_NO_FIRM : MASS_DONE;
	memcpy(out.firm, in->firm, sizeof out.firm);
	out.options.present &=
		option_bit(OPTION_SIDE) | option_bit(OPTION_GROUP) | option_bit(OPTION_INDEX);
	if (code == MASS_DONE && in->type == 'C')
		code = mass_cancel(fold, session, in, account);
	else if (code == MASS_DONE)
		mass_disable(fold, session, account, in->type == 'D');
	out.type = in->type == 'C' ? 'X' : in->type == 'D' ? 'G' : 'K';
	if (code != MASS_DONE) {
		out.type = 'J';
		out.reject_code = (uint16_t)code;
	}
	if (out.type != 'X')
		out.options.present &= option_bit(OPTION_INDEX);
	if (out.type == 'J')
		memset(out.clordid, ' ', sizeof out.clordid);
	fold_send_client(fold, session, NULL, &out);
}
