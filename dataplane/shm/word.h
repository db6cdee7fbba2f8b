/* word.h - a 64-bit word that one thread writes and anyone reads.

   Plain stores are enough for the one writer: it reads what it wrote itself.  Readers see each word
   whole, in no order among words.

   Owner      of each word: the stage whose page it lies in. */
#ifndef SLUICE_SHM_WORD_H
#define SLUICE_SHM_WORD_H

#include <stdatomic.h>
#include <stdint.h>

static inline uint64_t word_get(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static inline void word_set(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static inline void word_add(_Atomic uint64_t *word, uint64_t count)
{
	word_set(word, word_get(word) + count);
}

#endif
