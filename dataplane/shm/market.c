#include "dataplane/shm/market.h"

#include <stdio.h>

#include "dataplane/shm/tape.h"
#include "drivers/machine/aside.h"
#include "drivers/machine/clock.h"

#define PAGE_BYTES       ((size_t)4096)
#define RING_FIRST_BYTES ((uint64_t)4 << 20)

#define SAME_PLACE(a, b)                                                                           \
	_Static_assert(offsetof(struct region_header, a) == offsetof(struct sluice_map, b),        \
		"a strategy reads the header through its map")
SAME_PLACE(magic, magic);
SAME_PLACE(version, version);
SAME_PLACE(layout_hash, layout_hash);
SAME_PLACE(size_bytes, size_bytes);
SAME_PLACE(instance, instance);
SAME_PLACE(pid, pid);
SAME_PLACE(build_id, build_id);
SAME_PLACE(config_hash, config_hash);
SAME_PLACE(started_wall_ns, started_wall_ns);
_Static_assert(sizeof(struct region_header) <= offsetof(struct sluice_map, abi), "the map follows");
_Static_assert(SLUICE_MAGIC == REGION_MAGIC_MARKET, "one kind of region");
_Static_assert(sizeof(struct market_region) % SHARED_ALIGN_BYTES == 0, "rings begin on a line");

/* A tape for each feed stage. */
static uint32_t market_tape_count(const struct site_config *site)
{
	return site_feed_count(site);
}

static uint64_t market_ring_bytes(const struct site_config *site)
{
	return (uint64_t)site->tape_event_count * sizeof(struct sluice_event);
}

size_t market_size_bytes(const struct site_config *site)
{
	return sizeof(struct market_region) + market_tape_count(site) * market_ring_bytes(site);
}

/* What strategies are shown of a table: its rows in use. */
#define MARKET_PART(table, rows)                                                                   \
	(struct sluice_part)                                                                       \
	{                                                                                          \
		.offset_bytes = offsetof(struct market_region, table),                             \
		.row_bytes = sizeof((struct market_region *)0)->table[0], .count = (rows)          \
	}

void market_fill(struct market_region *market, const struct site_config *site)
{
	struct sluice_map *map = &market->map;
	struct clock_scale scale = clock_scale();
	map->abi = SLUICE_ABI;
	map->part_count = SLUICE_TAPES + 1;
	map->clock = (struct sluice_clock){
		.ratio_q32 = scale.ratio_q32, .tsc_zero = scale.tsc_zero, .zero_ns = scale.zero_ns};
	map->parts[SLUICE_INSTRUMENTS] = MARKET_PART(instruments, site->symbol_count);
	map->parts[SLUICE_TOPS] = MARKET_PART(tops, site->symbol_count);
	map->parts[SLUICE_CHANNELS] = MARKET_PART(channels, site->channel_count);
	map->parts[SLUICE_TAPES] = MARKET_PART(tapes, market_tape_count(site));
	for (uint32_t i = 0; i < site->symbol_count; i++) {
		const struct symbol_config *symbol = &site->symbols[i];
		market->instruments[i] = (struct sluice_instrument){.name = symbol->name,
			.tick_e4 = symbol->tick_e4,
			.previous_close_e4 = symbol->previous_close_e4,
			.lot = symbol->lot};
	}
	for (uint32_t i = 0; i < market_tape_count(site); i++) {
		struct sluice_tape_page *page = &market->tapes[i].page;
		page->event_count = site->tape_event_count;
		page->kinds = tape_kinds((enum tape_carries)site->tape_carries);
		page->offset_bytes = sizeof *market + i * market_ring_bytes(site);
	}
}

/* A ring is filled from its beginning, and its beginning is a while of the fastest burst. */
static int market_make_ring(struct market_region *market, uint32_t tape, uint64_t ring_bytes)
{
	uint64_t first = ring_bytes < RING_FIRST_BYTES ? ring_bytes : RING_FIRST_BYTES;
	uint64_t from = sizeof *market + tape * ring_bytes;
	int error = region_piece(market, from, first);
	return error != 0 ? error : region_piece_later(market, from + first, ring_bytes - first);
}

int market_make(struct market_region *market, const struct site_config *site)
{
	const size_t rows = site->symbol_count;
	const struct {
		size_t offset_bytes, size_bytes;
	} pieces[] = {
		{0, offsetof(struct market_region, tops) + rows * sizeof market->tops[0]},
		{offsetof(struct market_region, instruments), rows * sizeof market->instruments[0]},
		{offsetof(struct market_region, channel_facts), sizeof market->channel_facts},
		{offsetof(struct market_region, states), rows * sizeof market->states[0]},
	};
	int error = 0;
	for (size_t i = 0; i < ARRAY_COUNT(pieces) && error == 0; i++)
		error = region_piece(market, pieces[i].offset_bytes, pieces[i].size_bytes);
	for (uint32_t i = 0; i < market_tape_count(site) && error == 0; i++)
		error = market_make_ring(market, i, market_ring_bytes(site));
	return error;
}

static int market_present(void *region, size_t size, const struct site_config *site)
{
	(void)size;
	return market_make(region, site);
}

struct market_region *market_create(
	int *fd, const struct site_config *site, struct config_error *error)
{
	struct market_region *market = region_create(
		fd, REGION_MAGIC_MARKET, market_size_bytes(site), site, market_present, error);
	if (market != NULL)
		market_fill(market, site);
	return market;
}

const struct market_region *market_join(int fd, struct config_error *error)
{
	const struct market_region *market = region_join(fd, REGION_MAGIC_MARKET, error);
	struct sluice bounds;
	if (market == NULL || sluice_adopt(&bounds, market, market->header.size_bytes) == 0)
		return market;
	snprintf(error->text, sizeof error->text, "shared memory of sluice-market: %s",
		bounds.error);
	region_leave(market);
	return NULL;
}
