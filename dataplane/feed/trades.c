/* trades.c - see trades.h. */
#include "dataplane/feed/trades.h"

#include "drivers/machine/memory.h"

void trades_init(struct trades *trades, uint32_t symbol_count)
{
	trades->symbol_count = symbol_count;
	trades->memories =
		memory_take("feed trades", ((size_t)symbol_count + 1) * sizeof *trades->memories);
}

void trades_return(struct trades *trades)
{
	memory_return(
		trades->memories, ((size_t)trades->symbol_count + 1) * sizeof *trades->memories);
}

/* The place of the trade that came `back` trades before the newest. */
static uint32_t place_of(const struct trade_memory *memory, uint32_t back)
{
	return (memory->next + 2 * TRADE_COUNT - 1 - back) % TRADE_COUNT;
}

/* back_of finds how many trades came after the one of a match number; memory->count: it is not there. */
static uint32_t back_of(const struct trade_memory *memory, uint64_t match)
{
	uint32_t back = 0;
	while (back < memory->count && memory->trades[place_of(memory, back)].match != match)
		back++;
	return back;
}

bool trades_has(const struct trades *trades, uint32_t symbol, uint64_t match)
{
	const struct trade_memory *memory = &trades->memories[symbol];
	return back_of(memory, match) != memory->count;
}

bool trades_break(struct trades *trades, uint32_t symbol, uint64_t match)
{
	struct trade_memory *memory = &trades->memories[symbol];
	uint32_t back = back_of(memory, match);
	if (back == memory->count)
		return false;
	/* Those that came later move one place down, so the ring has no hole. */
	for (; back > 0; back--)
		memory->trades[place_of(memory, back)] = memory->trades[place_of(memory, back - 1)];
	memory->next = place_of(memory, 0);
	memory->count--;
	return true;
}

bool trades_last(const struct trades *trades, uint32_t symbol, struct trade *trade)
{
	const struct trade_memory *memory = &trades->memories[symbol];
	memset(trade, 0, sizeof *trade);
	if (memory->count == 0)
		return false;
	*trade = memory->trades[place_of(memory, 0)];
	return true;
}

void trades_forget(struct trades *trades, uint32_t symbol)
{
	memset(&trades->memories[symbol], 0, sizeof trades->memories[symbol]);
}
