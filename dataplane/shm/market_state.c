#include "dataplane/shm/market_state.h"

enum { MARKET_STATE_TRY_COUNT = 64 };

_Static_assert(sizeof(struct symbol_state) % sizeof(uint64_t) == 0, "whole words");
_Static_assert(sizeof(struct channel_facts) % sizeof(uint64_t) == 0, "whole words");

/* Word by word, so that a reader who comes in between reads old and new words (and finds out by the
   lock), never half ones. */
static void words_publish(
	_Atomic uint64_t *lock, uint64_t *slot, const uint64_t *words, size_t count)
{
	uint64_t before = atomic_load_explicit(lock, memory_order_relaxed);
	atomic_store_explicit(lock, before + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < count; i++)
		__atomic_store_n(&slot[i], words[i], __ATOMIC_RELAXED);
	atomic_store_explicit(lock, before + 2, memory_order_release);
}

static bool words_read(
	const _Atomic uint64_t *lock, const uint64_t *slot, uint64_t *words, size_t count)
{
	for (unsigned try = 0; try < MARKET_STATE_TRY_COUNT; try++) {
		uint64_t before = atomic_load_explicit(lock, memory_order_acquire);
		if (before & 1)
			continue;
		for (size_t i = 0; i < count; i++)
			words[i] = __atomic_load_n(&slot[i], __ATOMIC_RELAXED);
		atomic_thread_fence(memory_order_acquire);
		if (LIKELY(atomic_load_explicit(lock, memory_order_relaxed) == before))
			return true;
	}
	memset(words, 0, count * sizeof *words);
	return false;
}

void market_state_publish(struct market_state *page, const struct symbol_state *facts)
{
	uint64_t words[sizeof *facts / sizeof(uint64_t)];
	memcpy(words, facts, sizeof words);
	words_publish(&page->lock, (uint64_t *)(void *)&page->facts, words, ARRAY_COUNT(words));
}

bool market_state_read(const struct market_state *page, struct symbol_state *facts)
{
	uint64_t words[sizeof *facts / sizeof(uint64_t)];
	bool is_whole = words_read(&page->lock, (const uint64_t *)(const void *)&page->facts, words,
		ARRAY_COUNT(words));
	memcpy(facts, words, sizeof words);
	return is_whole;
}

void channel_market_publish(struct channel_market *page, const struct channel_facts *facts)
{
	uint64_t words[sizeof *facts / sizeof(uint64_t)];
	memcpy(words, facts, sizeof words);
	words_publish(&page->lock, (uint64_t *)(void *)&page->facts, words, ARRAY_COUNT(words));
}

bool channel_market_read(const struct channel_market *page, struct channel_facts *facts)
{
	uint64_t words[sizeof *facts / sizeof(uint64_t)];
	bool is_whole = words_read(&page->lock, (const uint64_t *)(const void *)&page->facts, words,
		ARRAY_COUNT(words));
	memcpy(facts, words, sizeof words);
	return is_whole;
}
