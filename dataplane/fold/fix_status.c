#include "dataplane/fold/fix_status.h"

#include "dataplane/orders/names.h"
#include "dataplane/fold/fix_moment.h"
#include "dataplane/fold/resolve.h"

enum { STATUS_LOOKS = 4096, STATUS_ASKS = 10, STATUS_NAME_BYTES = 14 };
static const uint64_t status_step_ns = 20ull * 1000 * 1000;
static const uint64_t status_again_ns = 30ull * 1000 * 1000 * 1000;

void fix_status_begin(const struct fold *fold, struct fix_status *status)
{
	status->slot = 0;
	status->next_ns = fold->turn.now_ns + status_step_ns;
}

uint64_t fix_status_due_ns(const struct fold *fold, uint32_t venue, const struct fix_status *status,
	const struct fix_session *session)
{
	const struct fold_venue *v = &fold->venues[venue];
	bool may_ask = v->is_ready && v->orders_uncertain > 0 && session->state == FIX_STATE_UP;
	return may_ask ? status->next_ns : UINT64_MAX;
}

static void status_ask(
	struct fold *fold, struct fix_session *session, const struct own_order *order)
{
	static const uint8_t sides[] = {['B'] = '1', ['S'] = '2', ['T'] = '5', ['E'] = '6'};
	char name[STATUS_NAME_BYTES], symbol[9];
	struct fix_message m;
	names_clordid(name, order->account, order->id);
	symbol_unpack(fold->site->symbols[order->symbol].name, symbol);
	fix_begin_type(&m, (enum fix_version)session->config->version, FIX_MSG_STATUS_REQUEST);
	fix_set_text(&m, FIX_CL_ORD_ID, name, sizeof name);
	fix_set_text(&m, FIX_SYMBOL, symbol, (uint32_t)strlen(symbol));
	fix_set_number(&m, FIX_SIDE, sides[order->wire_side]);
	CHECK(fix_session_send(session, &m, KEPT_ONCE, order->venue_ref, fix_moment_of(fold)) != 0);
	metrics_add(fold->metrics, METRIC_gate_status_asked, 1);
}

void fix_status_tick(
	struct fold *fold, uint32_t venue, struct fix_status *status, struct fix_session *session)
{
	uint32_t asks = 0, looks = 0;
	if (fold->turn.now_ns < fix_status_due_ns(fold, venue, status, session))
		return;
	for (; status->slot < fold->orders.count_max && asks < STATUS_ASKS && looks < STATUS_LOOKS;
		status->slot++, looks++) {
		const struct own_order *order = &fold->orders.slots[status->slot];
		if (order->state != ORDER_UNCERTAIN || order->venue != venue)
			continue;
		status_ask(fold, session, order);
		asks++;
	}
	bool is_round = status->slot == fold->orders.count_max;
	if (is_round)
		status->slot = 0;
	status->next_ns = fold->turn.now_ns + (is_round ? status_again_ns : status_step_ns);
}

/* The price of what we lack, rounded against us: what the venue says all of it cost, less what we know of. */
static uint64_t status_price(
	const struct own_order *order, uint64_t missing, const struct fix_message *m)
{
	__extension__ typedef __int128 wide;
	wide average_e8 = m->average_price_e8 > 0 ? m->average_price_e8 : 0;
	wide value_e8 = average_e8 * m->cum_qty - (wide)order->executed_value_e4 * 10000;
	wide unit = (wide)missing * 10000;
	wide up = order->side == SIDE_BUY ? unit - 1 : 0;
	bool is_known = order->executed_value_e4 != INT64_MAX && value_e8 > 0;
	wide price_e4 = is_known ? (value_e8 + up) / unit : average_e8 / 10000;
	return price_e4 > INT64_MAX ? INT64_MAX : (uint64_t)price_e4;
}

void fix_status_read(struct fold *fold, uint32_t venue, uint32_t ref, const struct fix_message *m)
{
	uint32_t slot = order_table_find_venue(&fold->orders, (uint8_t)venue, ref);
	const struct own_order *order = slot == ORDER_NONE ? NULL : &fold->orders.slots[slot];
	int status = (int)(m->ord_status & 0x7F);
	struct resolve_state state = {
		.is_over = strchr("234C", status) != NULL, .is_refused = status == '8'};
	if (order == NULL || order->state != ORDER_UNCERTAIN)
		return;
	/* Pending, or another has its place: that one is asked for by its own name.  By the name of a replacement pending
	   replace is said of what it would replace. */
	bool is_replace = order->original != ORDER_NONE;
	if (status == 'A' || status == '5' || (status == 'E' && is_replace))
		return;
	/* Something of it broke, and whether this venue takes that out of CumQty nobody knows: it is for persons (resolve.h). */
	if (order->standing_qty != order->executed_qty && m->cum_qty != order->standing_qty)
		return;
	if (m->cum_qty > order->standing_qty && !state.is_refused) {
		state.qty = (uint32_t)m->cum_qty - order->standing_qty;
		state.price_e4 = status_price(order, state.qty, m);
	}
	if (fix_read_number(m->order_id.bytes, m->order_id.size_bytes, &state.order_reference) !=
		FIX_NO_REASON)
		state.order_reference = 0;
	metrics_add(fold->metrics, METRIC_gate_status_settled, 1);
	resolve_told(fold, slot, &state);
}
