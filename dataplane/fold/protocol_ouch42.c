#include "dataplane/fold/protocol_ouch42.h"

#include "dataplane/fold/state.h"
#include "dataplane/orders/names.h"
#include "dataplane/fold/option.h"
#include "dataplane/fold/sweep.h"
#include "dataplane/wire/ouch42_inner.h"

static uint32_t token_ref(const struct fold *fold, uint32_t session, const char *token)
{
	return ids_find(&fold->ids, (uint16_t)session, token, OUCH42_TOKEN_BYTES);
}

/* A token that was used is the number it had, which is not above the last: a repetition.  A new one gets the
   next. */
static enum protocol_verdict token_take(
	struct fold *fold, uint32_t session, const char *token, uint32_t *ref)
{
	*ref = token_ref(fold, session, token);
	if (*ref != 0)
		return PROTOCOL_TAKEN;
	uint32_t next = fold->clients[session].last_refs[0] + 1;
	if (next == 0 || !ids_put(&fold->ids, (uint16_t)session, next, token, OUCH42_TOKEN_BYTES))
		return PROTOCOL_FULL;
	*ref = next;
	return PROTOCOL_TAKEN;
}

static enum protocol_verdict ouch42_client_in(struct fold *fold, uint32_t session,
	const uint8_t *bytes, uint32_t size_bytes, struct ouch_in *in)
{
	struct ouch42_in message;
	if (ouch42_parse_in(bytes, size_bytes, &message) != OUCH_OK)
		return PROTOCOL_BAD;
	ouch42_inner_hear_in(&message, in);
	if (in->type == 'U')
		in->original_ref = token_ref(fold, session, message.previous);
	if (in->type == 'O' || in->type == 'U')
		return token_take(fold, session, message.token, &in->ref);
	in->ref = token_ref(fold, session, message.token);
	return PROTOCOL_TAKEN;
}

static uint32_t ouch42_client_out(struct fold *fold, uint32_t session,
	const struct own_order *order, const struct ouch_out *message, uint8_t *out,
	uint32_t out_bytes)
{
	struct ouch42_out said;
	(void)order;
	if (!ouch42_inner_say_out(message, &said))
		return 0;
	if (message->type == 'U')
		memcpy(said.previous,
			ids_text(&fold->ids, (uint16_t)session, message->original_ref)->text,
			sizeof said.previous);
	return ouch42_build_out(out, out_bytes, &said);
}

static uint32_t ouch42_client_symbol(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	struct ouch42_in message;
	if (ouch42_parse_in(bytes, size_bytes, &message) != OUCH_OK)
		return SYMBOL_NONE;
	if (message.type == 'O')
		return message.symbol == 0 ? SYMBOL_NONE
					   : refs_find(&fold->symbols, message.symbol);
	return message.type == 'U' ? fold_symbol_of_order(fold, session,
					     token_ref(fold, session, message.previous))
				   : SYMBOL_NONE;
}

/* The number in our token; 0: it is none of ours. */
static uint32_t clordid_ref(const char clordid[14])
{
	uint64_t account, order_id;
	return names_clordid_read(clordid, &account, &order_id) && order_id <= UINT32_MAX
		       ? (uint32_t)order_id
		       : 0;
}

static enum protocol_verdict ouch42_venue_in(struct fold *fold, uint32_t venue,
	const uint8_t *bytes, uint32_t size_bytes, struct ouch_out *out)
{
	struct ouch42_out message;
	(void)fold, (void)venue;
	if (ouch42_parse_out(bytes, size_bytes, &message) != OUCH_OK)
		return PROTOCOL_BAD;
	ouch42_inner_hear_out(&message, out);
	out->ref = clordid_ref(message.token);
	if (out->type == 'U')
		out->original_ref = clordid_ref(message.previous);
	return PROTOCOL_TAKEN;
}

/* The copy of a venue that knows our orders by another protocol's numbers too. */
static enum protocol_verdict ouch42_copy_in(struct fold *fold, uint32_t venue, const uint8_t *bytes,
	uint32_t size_bytes, struct ouch_out *out)
{
	enum protocol_verdict verdict = ouch42_venue_in(fold, venue, bytes, size_bytes, out);
	if (verdict != PROTOCOL_TAKEN)
		return verdict;
	out->ref = fold_ref_of(fold, venue, out->ref);
	out->original_ref = fold_ref_of(fold, venue, out->original_ref);
	return PROTOCOL_TAKEN;
}

static uint32_t ouch42_venue_out(
	const struct fold *fold, const struct fold_egress *egress, uint8_t *out, uint32_t out_bytes)
{
	struct ouch42_in said;
	(void)fold;
	CHECK(ouch42_inner_say_in(&egress->message, &said)); /* ouch42_venue_may */
	return ouch42_build_in(out, out_bytes, &said);
}

/* What a replace of OUCH 5.0 keeps by silence and one of OUCH 4.2 takes away. */
#define KEPT (1u << 3 | 1u << 12 | 1u << 16)

static bool ouch42_venue_may(const struct ouch_in *message, const struct own_order *original)
{
	struct ouch42_in said;
	if (message->type == 'U' && (original->flags & ORDER_HAS_OPTIONS) != 0 &&
		(message->options.present & KEPT) != KEPT)
		return false;
	return ouch42_inner_say_in(message, &said);
}

/* Nobody can be asked what arrived: orders may go at once, and what is uncertain stays so. */
static void ouch42_changed(struct fold *fold, const struct session_record *record)
{
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		if (fold->venues[i].config->session_id != record->session ||
			record->change != SESSION_VENUE_UP)
			continue;
		fold->venues[i].is_ready = 1;
		sweep_start(fold);
	}
}

const struct protocol_orders protocol_ouch42 = {
	.carrier = CARRIER_SOUP,
	.store_bytes = 96,
	.has_text_ids = true,
	.has_text_refs = true,
	.client_in = ouch42_client_in,
	.client_out = ouch42_client_out,
	.client_symbol = ouch42_client_symbol,
	.venue_in = ouch42_venue_in,
	.copy_in = ouch42_copy_in,
	.venue_out = ouch42_venue_out,
	.venue_may = ouch42_venue_may,
	.changed = ouch42_changed,
};
