#include "tools/exchange/ladder.h"

#include <stdlib.h>

uint32_t ladder_at(const struct ladder *ladder, uint8_t side, int64_t price_e4)
{
	uint32_t low = 0, high = ladder->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (ladder_better(side, price_e4, ladder->levels[middle].price_e4))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct level *ladder_level(struct ladder *ladder, uint8_t side, int64_t price_e4)
{
	uint32_t at = ladder_at(ladder, side, price_e4);
	if (at < ladder->count && ladder->levels[at].price_e4 == price_e4)
		return &ladder->levels[at];
	if (ladder->count == ladder->capacity) {
		ladder->capacity = ladder->capacity == 0 ? 64 : ladder->capacity * 2;
		ladder->levels =
			realloc(ladder->levels, ladder->capacity * sizeof ladder->levels[0]);
		CHECK(ladder->levels != NULL);
	}
	memmove(ladder->levels + at + 1, ladder->levels + at,
		(ladder->count - at) * sizeof ladder->levels[0]);
	ladder->count++;
	ladder->levels[at] = (struct level){
		.price_e4 = price_e4, .queues = {{NODE_NONE, NODE_NONE}, {NODE_NONE, NODE_NONE}}};
	return &ladder->levels[at];
}

void ladder_remove(struct ladder *ladder, uint32_t at)
{
	ladder->count--;
	memmove(ladder->levels + at, ladder->levels + at + 1,
		(ladder->count - at) * sizeof ladder->levels[0]);
}
