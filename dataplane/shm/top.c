#include "dataplane/shm/top.h"

enum { TOP_TRY_COUNT = 64 };

bool top_read(const struct top *top, struct top_prices *prices)
{
	for (unsigned i = 0; i < TOP_TRY_COUNT; i++) {
		uint32_t lock = atomic_load_explicit(&top->lock, memory_order_acquire);
		if (lock & 1)
			continue;
		*prices = top->prices;
		atomic_thread_fence(memory_order_acquire);
		if (LIKELY(atomic_load_explicit(&top->lock, memory_order_relaxed) == lock))
			return true;
	}
	memset(prices, 0, sizeof *prices);
	return false;
}
