#include "dataplane/shm/ports.h"

enum { COUNTER = false, GAUGE = true };

const struct port_word_row port_word_rows[PORT_WORD_COUNT] = {
#define PORT_WORD(field, kind, name, sentence) {#field, name, sentence, kind},
#include "config/ports.def"
#undef PORT_WORD
};

enum { RESIDUE_TRY_COUNT = 1024 };

static int64_t residue_now(const struct port_page *page)
{
	uint64_t gone = 0;
	for (unsigned word = PORT_WORD_delivered; word <= PORT_WORD_fragments; word++)
		gone += port_page_get(page, (enum port_word)word);
	return (int64_t)(port_page_get(page, PORT_WORD_frames) - gone);
}

int64_t port_page_residue(const struct port_page *page)
{
	int64_t residue = residue_now(page);
	for (unsigned i = 0; i < RESIDUE_TRY_COUNT && residue != 0; i++) {
		__builtin_ia32_pause();
		residue = residue_now(page);
	}
	return residue;
}

uint64_t port_page_lost(const struct port_page *page)
{
	return port_page_get(page, PORT_WORD_missed) + port_page_get(page, PORT_WORD_no_buffer) +
	       port_page_get(page, PORT_WORD_errors);
}
