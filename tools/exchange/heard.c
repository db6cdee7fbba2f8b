#include "tools/exchange/heard.h"

static struct heard_item *heard_at(struct heard *heard, uint64_t number)
{
	return &heard->items[number % HEARD_MAX];
}

bool heard_add(struct heard *heard, const struct heard_item *item)
{
	bool waits = heard->is_held && item->kind == HEARD_MESSAGE;
	if (!heard->is_kept && !waits)
		return false;
	if (heard->next - heard->first == HEARD_MAX) {
		heard->first++;
		heard->overflowed++;
	}
	struct heard_item *kept = heard_at(heard, heard->next++);
	*kept = *item;
	kept->is_served = !waits;
	kept->is_taken = false;
	return waits;
}

struct heard_item *heard_oldest(struct heard *heard, uint32_t user)
{
	for (uint64_t n = heard->first; n < heard->next; n++) {
		struct heard_item *item = heard_at(heard, n);
		if (!item->is_taken && (user == UINT32_MAX || item->user == user))
			return item;
	}
	return NULL;
}

void heard_take(struct heard *heard, struct heard_item *item)
{
	item->is_taken = true;
	while (heard->first < heard->next && heard_at(heard, heard->first)->is_taken)
		heard->first++;
}
