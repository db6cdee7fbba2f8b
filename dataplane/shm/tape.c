#include "dataplane/shm/tape.h"

#define KIND(kind) (UINT64_C(1) << (kind))

/* Prints and what undoes or stops them, and the feed's own word on whether the tape is whole. */
static const uint64_t trade_kinds =
	KIND(SLUICE_EXECUTE) | KIND(SLUICE_EXECUTE_AT) | KIND(SLUICE_TRADE) | KIND(SLUICE_CROSS) |
	KIND(SLUICE_BREAK) | KIND(SLUICE_SYSTEM) | KIND(SLUICE_STATE) | KIND(SLUICE_OPERATIONAL) |
	KIND(SLUICE_OFFICIAL) | KIND(SLUICE_STALE) | KIND(SLUICE_WHOLE);

uint64_t tape_kinds(enum tape_carries carries)
{
	if (carries == TAPE_ALL)
		return UINT64_MAX & ~UINT64_C(1); /* kind 0 is nothing for anyone */
	return carries == TAPE_TRADES ? trade_kinds : 0;
}

void tape_join(struct tape_writer *tape, struct market_region *market, uint32_t index)
{
	CHECK(index < FEED_STAGE_COUNT_MAX);
	memset(tape, 0, sizeof *tape);
	tape->next = 1;
	struct sluice_tape_page *page = &market->tapes[index].page;
	if (page->offset_bytes == 0)
		return;
	tape->page = page;
	tape->next = page->written + 1;
	if (page->event_count == 0)
		return;
	tape->events = (struct sluice_event *)(void *)((uint8_t *)market + page->offset_bytes);
	tape->mask = page->event_count - 1;
	tape->kinds = page->kinds;
}
