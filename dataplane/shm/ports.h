/* ports.h - one page of words for every port of the site, printed from ports.def.

   Owner      the stage that polls the port, a feed's or the gate's; everyone may read.
   Invariant  (1) frames = delivered + queries + not_udp + not_ours + bad_frames + fragments, whenever the
                  stage is between two bursts. */
#ifndef SLUICE_SHM_PORTS_H
#define SLUICE_SHM_PORTS_H

#include <stdatomic.h>

#include "config/config.h"

enum port_word {
#define PORT_WORD(field, kind, name, sentence) PORT_WORD_##field,
#include "config/ports.def"
#undef PORT_WORD
	PORT_WORD_COUNT
};

struct port_word_row {
	const char *field, *name, *sentence;
	bool is_gauge;
};
extern const struct port_word_row port_word_rows[PORT_WORD_COUNT];

struct port_page {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t words[PORT_WORD_COUNT];
};

static inline uint64_t port_page_get(const struct port_page *page, enum port_word word)
{
	return atomic_load_explicit(&page->words[word], memory_order_relaxed);
}

/* port_page_set and port_page_add are the stage's own. */
static inline void port_page_set(struct port_page *page, enum port_word word, uint64_t value)
{
	atomic_store_explicit(&page->words[word], value, memory_order_relaxed);
}

static inline void port_page_add(struct port_page *page, enum port_word word, uint64_t count)
{
	port_page_set(page, word, port_page_get(page, word) + count);
}

/* port_page_residue is what invariant (1) leaves: 0, or frames went nowhere.  A reader that comes in the middle
   of a burst looks again. */
int64_t port_page_residue(const struct port_page *page);

/* port_page_lost is what was lost before the port could be asked: missed, without buffer, in error. */
uint64_t port_page_lost(const struct port_page *page);

#endif
