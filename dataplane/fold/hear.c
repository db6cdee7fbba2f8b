#include "dataplane/fold/hear.h"

#include "dataplane/fold/answer.h"
#include "dataplane/fold/copyin.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/peers.h"
#include "dataplane/fold/resolved.h"
#include "dataplane/fold/said.h"

/* The venue's next usable number: what we sent at or above it, below the original's if that is said (fix_venue.h), never arrived,
   and what carried it is gone, so it never will.  Of orders of another session it says nothing: they stay
   uncertain. */
static void hear_query(struct fold *fold, uint32_t venue_index, const struct ouch_out *out)
{
	struct fold_venue *venue = &fold->venues[venue_index];
	uint64_t end = out->original_ref != 0 ? out->original_ref : UINT64_MAX;
	uint32_t slot = fold->orders.open_head;
	venue->queries_open -= venue->queries_open > 0;
	if (venue->queries_stale > 0) {
		venue->queries_stale--; /* perhaps an old answer: it tells nothing, ask again */
		venue->queries_open++;
		venue->queries_asked++;
		return;
	}
	while (slot != ORDER_NONE) {
		struct own_order *order = &fold->orders.slots[slot];
		uint32_t previous = order->previous, next = order->next;
		bool is_unseen = order->venue == venue_index && order->venue_ref >= out->ref &&
				 order->venue_ref < end &&
				 order->venue_ref >= venue->session_first_ref;
		if (is_unseen && order->resolved == RESOLVE_WORKING)
			resolved_unseen(fold, slot);
		if (is_unseen && order->state == ORDER_UNCERTAIN) {
			answer_reject(fold, order, LANE_VENUE_DOWN);
			life_step(fold, slot, ORDER_NOT_SEEN);
			/* Its replacement, later in the list, may have gone with it; what is before stays. */
			next = previous == ORDER_NONE ? fold->orders.open_head
						      : fold->orders.slots[previous].next;
		}
		slot = next;
	}
	said_unseen(fold, (uint8_t)venue_index, out->ref, end);
	if (out->ref > venue->next_ref)
		venue->next_ref = out->ref;
	peers_venue_ready(fold, venue_index);
}

static void hear_all(struct fold *fold, const struct ouch_out *out)
{
	for (uint32_t session = 1; session < SESSION_COUNT_MAX; session++) {
		const struct fold_client *client = &fold->clients[session];
		if (client->config != NULL && client->copy == NULL)
			fold_send_client(fold, session, NULL, out);
	}
}

void hear_venue(struct fold *fold, uint32_t venue, const uint8_t *bytes, uint32_t size_bytes)
{
	struct ouch_out out;
	fold->venues[venue].messages_in++;
	enum protocol_verdict verdict =
		fold->venues[venue].protocol->venue_in(fold, venue, bytes, size_bytes, &out);
	if (verdict == PROTOCOL_DONE)
		return;
	if (verdict != PROTOCOL_TAKEN) {
		metrics_add(fold->metrics, METRIC_gate_venue_bad, 1);
		return;
	}
	if (out.type == 'S') {
		hear_all(fold, &out);
		return;
	}
	if (out.type == 'Q') {
		hear_query(fold, venue, &out);
		return;
	}
	if (out.type == 'X' || out.type == 'G' || out.type == 'K')
		return;
	if (!copyin_heard(fold, venue, &out))
		answer_said(fold, venue, &out);
}
