/* state.h - what shows in the state of the judgement and what does not. */
#ifndef SLUICE_TESTS_STATE_H
#define SLUICE_TESTS_STATE_H

#include "tests/unit/dataplane/risk/desk.h"

/* One word changed by hand, and nothing else: it must show. */
#define shows(desk, word)                                                                          \
	do {                                                                                       \
		uint64_t before = desk_hash(desk);                                                 \
		(word)++;                                                                          \
		assert_true(desk_hash(desk) != before);                                            \
		(word)--;                                                                          \
		assert_true(desk_hash(desk) == before);                                            \
	} while (0)

/* One word changed by hand that no decision depends on. */
#define hides(desk, word)                                                                          \
	do {                                                                                       \
		uint64_t before = desk_hash(desk);                                                 \
		(word)++;                                                                          \
		assert_true(desk_hash(desk) == before);                                            \
		(word)--;                                                                          \
	} while (0)

static inline void add_size(void *context, const void *bytes, size_t size)
{
	(void)bytes;
	*(size_t *)context += size;
}

static inline size_t size_of(const struct desk *desk)
{
	size_t size_bytes = 0;
	risk_state_write(desk->risk, add_size, &size_bytes);
	return size_bytes;
}

/* What is nothing says nothing; whatever else it is, be it one, is told, in so many bytes. */
#define adds(desk, word, size_bytes)                                                               \
	do {                                                                                       \
		(word) = 0;                                                                        \
		size_t before_bytes = size_of(desk);                                               \
		for (unsigned i_ = 1; i_ < 3; i_++) {                                              \
			(word) = i_;                                                               \
			assert_int_equal(size_of(desk), before_bytes + (size_bytes));              \
		}                                                                                  \
		(word) = 0;                                                                        \
	} while (0)

#endif
