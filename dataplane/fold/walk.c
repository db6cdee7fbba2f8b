#include "dataplane/fold/walk.h"

#include "dataplane/fold/cancel.h"
#include "dataplane/fold/day.h"
#include "dataplane/fold/hours.h"
#include "dataplane/fold/mass.h"
#include "dataplane/fold/sweep.h"

static bool walk_is_over(const struct fold *fold, const struct own_order *order)
{
	return day_is_over(fold, order) || hours_are_over(fold, order->venue);
}

void walk_refused(struct fold *fold, const struct own_order *order)
{
	bool is_left = order->id <= fold->clients[order->session].cancel_up_to;
	bool is_owed = is_left || walk_is_over(fold, order) || sweep_is_killed(fold, order);
	if (!is_owed || fold->sweep_again_ns != 0)
		return;
	fold->sweep_again_ns = fold->turn.now_ns + (SWEEP_AGAIN_NS << fold->sweep_refusals);
	fold->sweep_refusals += fold->sweep_refusals < SWEEP_AGAIN_DOUBLINGS;
}

static void walk_visit(struct fold *fold, uint32_t slot)
{
	struct own_order *order = &fold->orders.slots[slot];
	if (fold->masses_open != 0 && mass_covers(fold, order) &&
		(order->flags & (ORDER_PENDING_CANCEL | ORDER_CANCEL_LOST)) == 0) {
		order->flags |= ORDER_CANCEL_LOST;
		order->is_no_vague = 1;
		order->cancel_cause = CANCEL_BY_CLIENT;
	}
	bool is_lost = (order->flags & ORDER_CANCEL_LOST) != 0;
	bool is_killed = sweep_is_killed(fold, order);
	const struct fold_client *client = &fold->clients[order->session];
	bool is_over = walk_is_over(fold, order);
	bool is_left = order->id <= client->cancel_up_to || is_over;
	if (is_killed)
		sweep_count(fold, order);
	if (is_over && day_end_order(fold, slot))
		return;
	if (!fold->venues[order->venue].is_ready || !(is_killed || is_lost || is_left))
		return; /* sweep (2) */
	uint8_t cause = is_killed ? CANCEL_BY_KILL
			: is_over ? (uint8_t)CANCEL_BY_DAY
			: is_left ? client->cancel_cause
				  : order->cancel_cause;
	bool is_asked = (order->flags & ORDER_PENDING_CANCEL) != 0;
	order->flags &= (uint8_t)~ORDER_CANCEL_LOST;
	if ((is_asked || cancel_ask(fold, slot, 0, (enum cancel_cause)cause)) && is_killed)
		sweep_count_sent(fold, order);
}

static void walk_end(struct fold *fold)
{
	fold->is_sweeping = false;
	mass_walked(fold);
	sweep_walked(fold);
	if (fold->is_sweep_again) {
		fold->is_sweep_again = false;
		sweep_start(fold);
	}
}

void walk_on(struct fold *fold)
{
	uint32_t cancels = fold->site->cancels_per_turn;
	uint32_t looks = cancels * SWEEP_LOOKS;
	while (fold->is_sweeping && looks > 0 && cancels > 0 && fold_egress_room(fold) > 0) {
		uint64_t before = fold->egress_tail, ended = fold->day.ended_count;
		uint32_t slot = fold->sweep_slot;
		if (slot == ORDER_NONE) {
			walk_end(fold);
			continue;
		}
		looks--;
		fold->sweep_slot = fold->orders.slots[slot].next;
		walk_visit(fold, slot);
		cancels -= fold->egress_tail != before || fold->day.ended_count != ended;
	}
	if (fold->is_sweeping && fold->sweep_slot == ORDER_NONE && !fold->is_sweep_again)
		walk_end(fold);
}
