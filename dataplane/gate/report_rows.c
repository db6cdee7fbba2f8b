/* Orders and sessions that an operator asked to see, at the end of a turn.  tidy: boot */
#include "dataplane/gate/report_rows.h"

#include <stdio.h>

#include "dataplane/fold/day.h"
#include "dataplane/fold/fix_client.h"
#include "dataplane/fold/fix_copyin.h"
#include "dataplane/fold/fix_venue.h"
#include "dataplane/fold/life.h"
#include "dataplane/gate/balance.h"
#include "dataplane/orders/names.h"
#include "dataplane/shm/mark.h"

static void report_order(
	const struct fold *fold, const struct own_order *order, struct order_row *row)
{
	memset(row, 0, sizeof *row);
	row->order_id = order->id;
	row->price_e4 = order->price_e4;
	row->entered_wall_ns = order->entered_wall_ns;
	row->symbol = order->symbol;
	row->qty = order->qty;
	row->open_qty = order->open_qty;
	row->executed_qty = order->executed_qty;
	row->client_ref = order->client_ref;
	row->venue_ref = order->venue_ref;
	row->account = order->account;
	row->strategy = order->strategy;
	row->session = order->session;
	row->venue = order->venue;
	row->side = mark_row(order->side, order->wire_side);
	row->state = order->state;
	row->is_session_over = day_is_dead(fold, order);
	snprintf(row->state_name, sizeof row->state_name, "%s%s%s",
		order_state_name((enum order_state)order->state),
		order->flags & ORDER_PENDING_CANCEL ? "-cancel" : "",
		order->flags & ORDER_PENDING_REPLACE ? "-replace" : "");
	memcpy(row->clordid, order->clordid, sizeof row->clordid);
	names_clordid(row->venue_name, order->account, order->id);
}

/* What persons may say something of (resolve.h). */
static bool order_is_unknown(const struct fold *fold, const struct own_order *order)
{
	return order->state == ORDER_UNCERTAIN || day_is_dead(fold, order);
}

/* The cursor is the id of the last order told; it holds while orders come and go. */
void report_orders(const struct fold *fold, const struct mailbox_request *request,
	struct mailbox_answer *answer)
{
	uint64_t last = 0;
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		const struct own_order *order = &fold->orders.slots[slot];
		if (order->id <= request->cursor ||
			(request->id != 0 && order->account != request->id) ||
			(request->kind == REQUEST_UNCERTAIN && !order_is_unknown(fold, order)))
			continue;
		if (answer->row_count == MAILBOX_ROW_COUNT) {
			answer->next = last;
			return;
		}
		report_order(fold, order, (struct order_row *)answer->rows[answer->row_count++]);
		last = order->id;
	}
}

/* FIX counts both ways, what a session itself says included. */
static void report_fix(const struct fix_session *session, struct session_row *row)
{
	row->sequence_out = session->next_out - 1;
	row->sequence_in = session->next_in - 1;
}

static void report_client(
	const struct fold *fold, uint32_t id, uint64_t unanswered, struct session_row *row)
{
	const struct fold_client *client = &fold->clients[id];
	memset(row, 0, sizeof *row);
	row->id = id;
	snprintf(row->name, sizeof row->name, "%s", client->config->name);
	row->peer = client->copy != NULL ? SESSION_PEER_LISTENER : SESSION_PEER_CLIENT;
	row->is_up = client->is_up != 0;
	row->protocol = client->config->protocol;
	row->state = client->is_up ? SESSION_READY : SESSION_AWAY;
	row->last_ref = client->last_refs[0];
	row->sequence_out = client->last_sequence;
	if (client->protocol->carrier == CARRIER_FIX)
		report_fix(&fix_client_of(fold, id)->session, row);
	row->messages_in = client->messages_in;
	row->messages_out = row->sequence_out;
	row->orders_open = client->orders_open;
	row->orders_in = client->balance.in;
	row->orders_refused = client->balance.refused;
	row->orders_ignored = client->balance.ignored;
	row->orders_sent = client->balance.sent;
	row->orders_withheld = client->balance.withheld;
	row->orders_acked = client->balance.sent - unanswered;
	row->orders_pending = balance_pending(fold, id);
	row->residue = balance_client(fold, id);
}

static void report_venue(const struct fold *fold, uint32_t index, struct session_row *row)
{
	const struct fold_venue *venue = &fold->venues[index];
	memset(row, 0, sizeof *row);
	row->id = venue->config->session_id;
	row->peer = SESSION_PEER_VENUE;
	snprintf(row->name, sizeof row->name, "%s", venue->config->name);
	row->is_up = fold_takes_orders(fold, venue);
	row->protocol = venue->config->protocol;
	row->state = (uint8_t)(row->is_up            ? SESSION_READY
			       : venue->is_connected ? SESSION_JOINING
						     : SESSION_AWAY);
	row->orders_uncertain = venue->orders_uncertain;
	row->last_ref = (uint32_t)(venue->next_ref - 1);
	row->sequence_in = venue->last_sequence;
	if (venue->protocol->carrier == CARRIER_FIX)
		report_fix(&fix_venue_of(fold, index)->session, row);
	row->messages_in = venue->messages_in;
	row->orders_sent = venue->orders_sent;
	row->orders_acked = venue->orders_acked;
	row->orders_pending = venue->orders_unanswered;
	row->residue = balance_venue(fold, index);
	row->orders_open = venue->orders_open;
}

static void report_copy(const struct fold *fold, uint32_t venue, struct session_row *row)
{
	const struct fold_copy *copy = &fold->copies[venue];
	memset(row, 0, sizeof *row);
	row->id = fold->site->venues[venue].drop.session_id;
	row->peer = SESSION_PEER_COPY;
	snprintf(row->name, sizeof row->name, "%s", fold->site->venues[venue].name);
	row->is_up = copy->is_up != 0;
	row->protocol = fold->site->venues[venue].drop.protocol;
	row->state = copy->is_up ? SESSION_READY : SESSION_AWAY;
	row->sequence_in = copy->last_sequence;
	if (copy->protocol->carrier == CARRIER_FIX)
		report_fix(&fix_copyin_of(fold, venue)->session, row);
	row->messages_in = row->sequence_in;
	row->messages_out = row->sequence_out;
}

/* Orders that a venue was sent and has not answered, by whose they are. */
static void report_unanswered(const struct fold *fold, uint64_t counts[SESSION_COUNT_MAX])
{
	memset(counts, 0, SESSION_COUNT_MAX * sizeof counts[0]);
	for (uint32_t slot = fold->orders.open_head; slot != ORDER_NONE;
		slot = fold->orders.slots[slot].next) {
		const struct own_order *order = &fold->orders.slots[slot];
		counts[order->session] += life_is_unanswered(order);
	}
}

/* What the cursor counts: clients by id, then venues, then their copies. */
static bool report_is_there(const struct fold *fold, uint64_t at)
{
	uint64_t venues = SESSION_COUNT_MAX, copies = venues + fold->site->venue_count;
	if (at < venues)
		return fold->clients[at].config != NULL;
	return at < copies || fold->site->venues[at - copies].drop.session_id != 0;
}

void report_sessions(const struct fold *fold, const struct mailbox_request *request,
	struct mailbox_answer *answer)
{
	uint64_t venues = SESSION_COUNT_MAX, copies = venues + fold->site->venue_count;
	uint64_t end = copies + fold->site->venue_count;
	uint64_t unanswered[SESSION_COUNT_MAX];
	report_unanswered(fold, unanswered);
	for (uint64_t i = request->cursor; i < end; i++) {
		if (!report_is_there(fold, i))
			continue;
		if (answer->row_count == MAILBOX_ROW_COUNT) {
			answer->next = i;
			return;
		}
		struct session_row *row = (struct session_row *)answer->rows[answer->row_count++];
		if (i < venues)
			report_client(fold, (uint32_t)i, unanswered[i], row);
		else if (i < copies)
			report_venue(fold, (uint32_t)(i - venues), row);
		else
			report_copy(fold, (uint32_t)(i - copies), row);
	}
}
