#include "dataplane/fold/settle.h"

#include "dataplane/fold/decision.h"
#include "dataplane/fold/life.h"
#include "dataplane/fold/parents.h"
#include "dataplane/fold/receipt.h"

void settle_passed(struct fold *fold)
{
	fold->is_unsettled = false;
	const struct decision *d = fold->decision;
	struct own_order *order = &fold->orders.slots[d->slot];
	risk_commit(fold->risk, &fold->turn, &d->order, &d->verdict);
	receipt_copy(fold, d, order->venue_ref, NULL);
	order_table_enter(&fold->orders, d->slot);
	life_begin(fold, order);
	parents_take(fold, order);
}
