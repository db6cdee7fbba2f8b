#include "dataplane/shm/top.h"

enum { TOP_TRY_COUNT = 64 };

bool top_read(const struct top *top, struct top_prices *prices)
{
	const uint64_t *slot = (const uint64_t *)(const void *)&top->prices;
	const uint32_t *beside = (const uint32_t *)(const void *)&top->prices + 1;
	uint64_t *words = (uint64_t *)(void *)prices;
	for (unsigned i = 0; i < TOP_TRY_COUNT; i++) {
		uint32_t lock = atomic_load_explicit(&top->lock, memory_order_acquire);
		if (lock & 1)
			continue;
		words[0] = (uint64_t)__atomic_load_n(beside, __ATOMIC_RELAXED) << 32;
#pragma GCC unroll 8
		for (unsigned w = 1; w < TOP_WORD_COUNT; w++)
			words[w] = __atomic_load_n(&slot[w], __ATOMIC_RELAXED);
		atomic_thread_fence(memory_order_acquire);
		if (LIKELY(atomic_load_explicit(&top->lock, memory_order_relaxed) == lock))
			return true;
	}
	memset(prices, 0, sizeof *prices);
	return false;
}
