/* names.c - see names.h. */
#include "dataplane/feed/names.h"

#include "drivers/machine/memory.h"

enum { HOME_BITS = 17 };
_Static_assert(NAMES_SLOT_COUNT == 1 << HOME_BITS, "a home for every hash, half of them free");

void names_init(struct names *names, const struct site_config *site)
{
	names->packed = memory_take("feed channel names", NAMES_SLOT_COUNT * sizeof *names->packed);
	names->locates =
		memory_take("feed channel locates", NAMES_SLOT_COUNT * sizeof *names->locates);
	names->count = 0;
	for (uint32_t i = 0; i < site->symbol_count; i++)
		names_locate(names, site->symbols[i].name);
}

void names_return(struct names *names)
{
	memory_return(names->packed, NAMES_SLOT_COUNT * sizeof *names->packed);
	memory_return(names->locates, NAMES_SLOT_COUNT * sizeof *names->locates);
}

uint16_t names_locate(struct names *names, uint64_t name)
{
	uint32_t at = (uint32_t)(name * 0x9E3779B97F4A7C15u >> (64 - HOME_BITS));
	if (UNLIKELY(name == 0))
		return 0;
	while (names->packed[at] != name) {
		if (names->packed[at] == 0) {
			if (names->count == NAMES_COUNT_MAX)
				return 0;
			names->packed[at] = name;
			names->locates[at] = (uint16_t)++names->count;
			break;
		}
		at = (at + 1) % NAMES_SLOT_COUNT;
	}
	return names->locates[at];
}
