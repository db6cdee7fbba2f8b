/* symbols.c - see symbols.h. */
#include "dataplane/feed/symbols.h"

#include "drivers/machine/memory.h"

/* symbols_home spreads the eight characters over the table (multiplication by the golden ratio). */
static uint32_t symbols_home(const struct symbols *symbols, uint64_t name)
{
	return (uint32_t)(name * 0x9E3779B97F4A7C15u >> 32) & symbols->mask;
}

void symbols_init(struct symbols *symbols, const struct site_config *site)
{
	uint32_t size = 16;
	while (size < site->symbol_count * 2)
		size *= 2;
	symbols->mask = size - 1;
	symbols->count = site->symbol_count;
	symbols->names = memory_take("feed names", size * sizeof *symbols->names);
	symbols->indexes = memory_take("feed indexes", size * sizeof *symbols->indexes);
	symbols->instruments = memory_take(
		"feed instruments", (symbols->count + 1) * sizeof *symbols->instruments);
	for (uint32_t i = 0; i < symbols->count; i++) {
		uint32_t at = symbols_home(symbols, site->symbols[i].name);
		while (symbols->names[at] != 0)
			at = (at + 1) & symbols->mask;
		symbols->names[at] = site->symbols[i].name;
		symbols->indexes[at] = i;
		symbols->instruments[i].channel = INSTRUMENT_NO_CHANNEL;
	}
}

void symbols_return(struct symbols *symbols)
{
	size_t size = (size_t)symbols->mask + 1;
	memory_return(symbols->names, size * sizeof *symbols->names);
	memory_return(symbols->indexes, size * sizeof *symbols->indexes);
	memory_return(
		symbols->instruments, ((size_t)symbols->count + 1) * sizeof *symbols->instruments);
}

uint32_t symbols_find(const struct symbols *symbols, uint64_t name)
{
	uint32_t at = symbols_home(symbols, name);
	for (; symbols->names[at] != 0; at = (at + 1) & symbols->mask)
		if (symbols->names[at] == name)
			return symbols->indexes[at];
	return SYMBOL_NONE;
}

bool symbols_claim(struct symbols *symbols, uint32_t symbol, uint8_t channel)
{
	struct instrument *instrument = &symbols->instruments[symbol];
	if (instrument->channel == channel)
		return true;
	if (instrument->channel != INSTRUMENT_NO_CHANNEL)
		return false;
	uint8_t claim = 0, ours = (uint8_t)(channel + 1);
	if (symbols->claims != NULL &&
		!atomic_compare_exchange_strong_explicit(&symbols->claims[symbol], &claim, ours,
			memory_order_relaxed, memory_order_relaxed) &&
		claim != ours)
		return false;
	instrument->channel = channel;
	return true;
}
