#include "dataplane/fold/protocols.h"

#include "dataplane/fold/dropcopy.h"
#include "dataplane/fold/fix_copy.h"
#include "dataplane/fold/fix_copyin.h"
#include "dataplane/fold/fix_orders.h"
#include "dataplane/fold/fix_report.h"
#include "dataplane/fold/fix_venue.h"
#include "dataplane/fold/state.h"
#include "dataplane/fold/option.h"
#include "dataplane/fold/protocol_ouch42.h"

/* --- OUCH 5.0: the inner language itself --- */

static enum protocol_verdict ouch50_client_in(struct fold *fold, uint32_t session,
	const uint8_t *bytes, uint32_t size_bytes, struct ouch_in *in)
{
	(void)fold, (void)session;
	return ouch50_parse_in(bytes, size_bytes, in) == OUCH_OK ? PROTOCOL_TAKEN : PROTOCOL_BAD;
}

static uint32_t ouch50_client_out(struct fold *fold, uint32_t session,
	const struct own_order *order, const struct ouch_out *message, uint8_t *out,
	uint32_t out_bytes)
{
	(void)fold, (void)session, (void)order;
	return ouch50_build_out(out, out_bytes, message);
}

static uint32_t ouch50_client_symbol(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	uint64_t name;
	if (size_bytes >= 18 && bytes[0] == 'O') { /* OUCH 5.0, Enter Order: symbol at 10 */
		memcpy(&name, bytes + 10, sizeof name);
		return name == 0 ? SYMBOL_NONE : refs_find(&fold->symbols, name);
	}
	struct ouch_in in;
	if (size_bytes < 40 || bytes[0] != 'U')
		return SYMBOL_NONE;
	/* OUCH 5.0, Replace Order: original at 1, length of options at 38; they may name a channel. */
	if (LIKELY(load_be16(bytes + 38) == 0))
		return fold_symbol_of_order(fold, session, load_be32(bytes + 1));
	return ouch50_parse_in(bytes, size_bytes, &in) == OUCH_OK
		       ? fold_symbol_of_order(fold,
				 order_client((uint16_t)session, option_index(&in.options)),
				 in.original_ref)
		       : SYMBOL_NONE;
}

/* An account is named by its MPID, which is the first option where tags rise. */
static uint16_t ouch50_client_account(
	const struct fold *fold, uint32_t session, const uint8_t *bytes, uint32_t size_bytes)
{
	enum { OPTIONS_AT = 47, FIRM_BYTES = 6 }; /* OUCH 5.0, Enter Order */
	const uint8_t *first = bytes + OPTIONS_AT;
	bool has_firm = size_bytes >= OPTIONS_AT + FIRM_BYTES && bytes[0] == 'O' &&
			first[0] == FIRM_BYTES - 1 && first[1] == OPTION_FIRM;
	return has_firm ? fold_account_named(fold, session, load_be32(first + 2))
			: (uint16_t)fold->clients[session].config->default_account;
}

static enum protocol_verdict ouch50_venue_in(struct fold *fold, uint32_t venue,
	const uint8_t *bytes, uint32_t size_bytes, struct ouch_out *out)
{
	(void)fold, (void)venue;
	return ouch50_parse_out(bytes, size_bytes, out) == OUCH_OK ? PROTOCOL_TAKEN : PROTOCOL_BAD;
}

static uint32_t ouch50_venue_out(
	const struct fold *fold, const struct fold_egress *egress, uint8_t *out, uint32_t out_bytes)
{
	(void)fold;
	return ouch50_build_in(out, out_bytes, &egress->message);
}

static uint32_t ouch50_venue_query(uint8_t *out)
{
	out[0] = 'Q'; /* OUCH 5.0, Account Query */
	return 1;
}

/* --- FIX: the version is the session's --- */

static void fix_changed(struct fold *fold, const struct session_record *record)
{
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		if (fold->site->venues[i].session_id == record->session) {
			fix_venue_changed(fold, i, record);
			return;
		}
	}
	fix_orders_changed(fold, record);
}

#define FIX_ROW_OF_BOTH                                                                            \
	{                                                                                          \
		.carrier = CARRIER_FIX, .store_bytes = sizeof(struct fix_kept),                    \
		.has_text_ids = true, .answers_all = true, .client_in = fix_orders_in,             \
		.client_out = fix_report_out, .copy_out = fix_copy_out,                            \
		.client_symbol = fix_orders_symbol, .open = fix_orders_open,                       \
		.close = fix_orders_close, .write = fix_orders_write, .changed = fix_changed,      \
		.due_ns = fix_orders_due_ns, .has_text_refs = true, .has_query = true,             \
		.cancels_whole = true, .counts_standing = true, .venue_in = fix_venue_in,          \
		.venue_out = fix_venue_out, .venue_may = fix_venue_may,                            \
		.venue_sent = fix_venue_sent, .venue_open = fix_venue_open,                        \
		.copy_in = fix_copyin_in, .venue_close = fix_venue_close,                          \
		.venue_write = fix_venue_write,                                                    \
	}

static const struct protocol_orders rows[ORDERS_COUNT] = {
	[ORDERS_OUCH50] =
		{
			.carrier = CARRIER_SOUP,
			.store_bytes = FOLD_STORE_BYTES,
			.has_query = true,
			.hears_alone = true,
			.says_inner = true,
			.client_in = ouch50_client_in,
			.client_out = ouch50_client_out,
			.copy_out = dropcopy_ouch50,
			.client_symbol = ouch50_client_symbol,
			.client_account = ouch50_client_account,
			.venue_in = ouch50_venue_in,
			.copy_in = ouch50_venue_in,
			.venue_out = ouch50_venue_out,
			.venue_query = ouch50_venue_query,
		},
	[ORDERS_FIX42] = FIX_ROW_OF_BOTH,
	[ORDERS_FIX44] = FIX_ROW_OF_BOTH,
};

const struct protocol_orders *protocols_row(enum order_protocol protocol)
{
	if (protocol == ORDERS_OUCH42)
		return &protocol_ouch42;
	return &rows[protocol];
}
