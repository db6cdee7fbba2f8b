#include "dataplane/orders/fills.h"

#include "drivers/machine/memory.h"

void fills_open(struct fills *fills, uint32_t count_max)
{
	*fills = (struct fills){
		.count_max = count_max < FILLS_COUNT_MIN ? FILLS_COUNT_MIN : count_max};
	fills->ring = memory_take("executions", fills->count_max * sizeof fills->ring[0]);
	fills->past = memory_take("finished orders", PAST_COUNT * sizeof fills->past[0]);
	refs_open(&fills->by_match, fills->count_max);
	refs_open(&fills->past_by_chain, PAST_COUNT);
}

void fills_index(struct fills *fills)
{
	refs_open(&fills->past_by_id, PAST_COUNT);
}

void fills_close(struct fills *fills)
{
	if (fills->past_by_id.entries != NULL)
		refs_close(&fills->past_by_id);
	if (fills->by_name.entries != NULL) {
		memory_return(fills->aliases, ALIAS_COUNT * sizeof fills->aliases[0]);
		refs_close(&fills->by_name);
	}
	refs_close(&fills->past_by_chain);
	refs_close(&fills->by_match);
	memory_return(fills->past, PAST_COUNT * sizeof fills->past[0]);
	memory_return(fills->ring, fills->count_max * sizeof fills->ring[0]);
}

static uint64_t order_key(uint8_t venue, uint32_t venue_ref)
{
	return ((uint64_t)venue + 1) << 32 | venue_ref;
}

/* 96 bits and a venue in 64: who finds something by it looks whether it is what he sought. */
static uint64_t match_key(uint8_t venue, uint32_t venue_ref, uint64_t match)
{
	uint64_t order = order_key(venue, venue_ref);
	uint64_t key = (match * 0x9E3779B97F4A7C15ull ^ order) * 0xD6E8FEB86659FD93ull;
	key ^= key >> 32;
	return key != 0 ? key : 1;
}

static bool fill_is(const struct fill *fill, uint8_t venue, uint32_t venue_ref, uint64_t match)
{
	return fill->match == match &&
	       order_key(fill->venue, fill->venue_ref) == order_key(venue, venue_ref);
}

/* Written where it shall stand: a copy in vectors would wait for the small stores that it is made of. */
void fills_whose(struct fill *fill, const struct own_order *order)
{
	*fill = (struct fill){.order_id = order->id,
		.venue_ref = order->venue_ref,
		.client_ref = order->client_ref,
		.symbol = (uint16_t)order->symbol,
		.client_index = order->client_index,
		.session = order->session,
		.account = order->account,
		.strategy = order->strategy,
		.venue = order->venue,
		.side = order->side,
		.wire_side = order->wire_side,
		.state = FILL_COUNTED,
		.first_ref = order->first_ref};
	memcpy(fill->clordid, order->clordid, sizeof fill->clordid);
}

struct fill *fills_find(
	const struct fills *fills, uint8_t venue, uint32_t venue_ref, uint64_t match)
{
	uint32_t at = match == 0 ? REFS_NONE
				 : refs_find(&fills->by_match, match_key(venue, venue_ref, match));
	if (at == REFS_NONE || !fill_is(&fills->ring[at], venue, venue_ref, match))
		return NULL;
	return &fills->ring[at];
}

void fills_day(struct fills *fills)
{
	fills->day_total = fills->total;
}

bool fills_is_before(const struct fills *fills, const struct fill *execution)
{
	uint64_t at = (uint64_t)(execution - fills->ring), next = fills->total % fills->count_max;
	uint64_t back = at < next ? next - at : next + fills->count_max - at;
	return fills->total - back < fills->day_total;
}

void fills_name(struct fills *fills, uint8_t venue)
{
	if (fills->by_name.entries == NULL) {
		refs_open(&fills->by_name, fills->count_max);
		fills->aliases =
			memory_take("names of corrections", ALIAS_COUNT * sizeof fills->aliases[0]);
	}
	fills->named_mask |= 1u << venue;
}

static bool fills_has_names(const struct fills *fills, uint8_t venue)
{
	return (fills->named_mask >> venue & 1) != 0;
}

/* Both sides of a trade may be ours, and have one name. */
static uint64_t name_key(const struct fill *fill)
{
	return match_key(fill->venue, fill->side, fill->match);
}

const struct fill *fills_named(
	const struct fills *fills, uint8_t venue, enum side side, uint64_t match)
{
	if (!fills_has_names(fills, venue) || match == 0)
		return NULL;
	uint32_t at = refs_find(&fills->by_name, match_key(venue, (uint32_t)side, match));
	const struct fill *fill = at == REFS_NONE ? NULL : &fills->ring[at];
	bool is_it = fill != NULL && fill->venue == venue && fill->side == (uint8_t)side &&
		     fill->match == match;
	return is_it ? fill : NULL;
}

static uint64_t alias_first(const struct fills *fills)
{
	return fills->alias_total < ALIAS_COUNT ? 0 : fills->alias_total - ALIAS_COUNT;
}

/* The newest first.  Rare: a second change of one trade. */
uint64_t fills_first_name(const struct fills *fills, uint8_t venue, uint64_t name)
{
	for (uint64_t n = fills->alias_total; n > alias_first(fills); n--) {
		const struct fill_alias *alias = &fills->aliases[(n - 1) % ALIAS_COUNT];
		if (alias->name == name && alias->venue == venue)
			return alias->match;
	}
	return name;
}

void fills_rename(struct fills *fills, uint8_t venue, uint64_t name, uint64_t other)
{
	uint64_t match = fills_first_name(fills, venue, other);
	/* Told again, or by the drop copy too. */
	if (!fills_has_names(fills, venue) || fills_first_name(fills, venue, name) == match)
		return;
	fills->aliases[fills->alias_total++ % ALIAS_COUNT] =
		(struct fill_alias){.name = name, .match = match, .venue = venue};
}

static void fills_put_name(struct fills *fills, uint32_t at)
{
	uint64_t key = name_key(&fills->ring[at]);
	refs_remove(&fills->by_name, key);
	CHECK(refs_put(&fills->by_name, key, at));
}

static void fills_forget(struct fills *fills, uint32_t at)
{
	const struct fill *fill = &fills->ring[at];
	refs_remove(&fills->by_match, match_key(fill->venue, fill->venue_ref, fill->match));
	if (fills_has_names(fills, fill->venue) && refs_find(&fills->by_name, name_key(fill)) == at)
		refs_remove(&fills->by_name, name_key(fill));
}

bool fills_add(struct fills *fills, const struct fill *fill)
{
	uint64_t key = match_key(fill->venue, fill->venue_ref, fill->match);
	uint32_t at = (uint32_t)(fills->total % fills->count_max);
	struct fill *oldest = &fills->ring[at];
	if (fill->match == 0 || refs_find(&fills->by_match, key) != REFS_NONE)
		return false; /* fills (1), (3) */
	if (oldest->state != FILL_NONE)
		fills_forget(fills, at);
	*oldest = *fill;
	fills->total++;
	CHECK(refs_put(&fills->by_match, key, at));
	if (fills_has_names(fills, fill->venue))
		fills_put_name(fills, at);
	return true;
}

/* Numbers of a venue follow each other; those of several stand apart. */
static uint32_t past_place(uint8_t venue, uint32_t venue_ref)
{
	return (venue_ref + venue * 4099u) % PAST_COUNT;
}

static void fills_move_id(struct fills *fills, uint32_t place, uint64_t order_id)
{
	const struct fill *old = &fills->past[place];
	if (old->state != FILL_NONE && refs_find(&fills->past_by_id, old->order_id) == place)
		refs_remove(&fills->past_by_id, old->order_id);
	refs_remove(&fills->past_by_id, order_id);
	CHECK(refs_put(&fills->past_by_id, order_id, place));
}

static uint64_t chain_key(const struct fill *fill)
{
	return order_key(fill->venue, fill_first_ref(fill));
}

void fills_leave(struct fills *fills, const struct own_order *order, enum speaker speaker)
{
	uint32_t place = past_place(order->venue, order->venue_ref);
	struct fill *past = &fills->past[place];
	if (UNLIKELY(fills->past_by_id.entries != NULL))
		fills_move_id(fills, place, order->id);
	if (past->first_ref != 0 && refs_find(&fills->past_by_chain, chain_key(past)) == place)
		refs_remove(&fills->past_by_chain, chain_key(past));
	fills_whose(past, order);
	past->ended_by = (uint8_t)speaker;
	past->qty = order->standing_qty;
	past->value_e4 = order->executed_value_e4;
	past->order_qty = order->qty - order_restated(order);
}

void fills_follow(struct fills *fills, uint8_t venue, uint32_t venue_ref, uint32_t next_ref)
{
	struct fill *past = fills_past(fills, venue, venue_ref);
	if (past != NULL)
		past->next_ref = next_ref;
}

void fills_end(struct fills *fills, const struct own_order *order)
{
	uint32_t place = past_place(order->venue, order->venue_ref);
	uint64_t key = chain_key(&fills->past[place]);
	refs_remove(&fills->past_by_chain, key);
	CHECK(refs_put(&fills->past_by_chain, key, place));
}

struct fill *fills_last(const struct fills *fills, const struct fill *execution)
{
	uint32_t place = refs_find(&fills->past_by_chain, chain_key(execution));
	if (place != REFS_NONE)
		return &fills->past[place];
	struct fill *past = fills_past(fills, execution->venue, execution->venue_ref);
	return past != NULL && past->next_ref == 0 ? past : NULL;
}

struct fill *fills_past(const struct fills *fills, uint8_t venue, uint32_t venue_ref)
{
	struct fill *past = &fills->past[past_place(venue, venue_ref)];
	return past->state != FILL_NONE && fill_is(past, venue, venue_ref, 0) ? past : NULL;
}

const struct fill *fills_past_of(const struct fills *fills, uint64_t order_id)
{
	uint32_t place = refs_find(&fills->past_by_id, order_id);
	return place == REFS_NONE ? NULL : &fills->past[place];
}

static void fill_disown(struct fill *fill)
{
	fill->session = 0;
	fill->client_index = 0;
	fill->client_ref = 0;
}

void fills_disown(struct fills *fills)
{
	for (uint32_t i = 0; i < fills->count_max; i++)
		fill_disown(&fills->ring[i]);
	for (uint32_t i = 0; i < PAST_COUNT; i++)
		fill_disown(&fills->past[i]);
}

/* Without what stands of a finished order, which only what is told of it asks for: a journal of a build that did not keep it comes
   to the same. */
static struct fill past_image(const struct fill *past)
{
	struct fill image = *past;
	image.value_e4 = 0;
	image.order_qty = image.next_ref = image.qty = 0;
	return image;
}

void fills_write(const struct fills *fills, bool is_whole,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	const size_t plain_bytes = offsetof(struct fill, first_ref);
	uint64_t kept = fills->total < fills->count_max ? fills->total : fills->count_max;
	for (uint64_t n = fills->total - kept; n < fills->total; n++) {
		const struct fill *fill = &fills->ring[n % fills->count_max];
		bool has_more = is_whole && (fill->first_ref != 0 || fill->first_qty != 0);
		add(context, fill, has_more ? sizeof *fill : plain_bytes);
	}
	for (uint64_t n = alias_first(fills); is_whole && n < fills->alias_total; n++)
		add(context, &fills->aliases[n % ALIAS_COUNT], sizeof fills->aliases[0]);
	for (uint32_t i = 0; i < PAST_COUNT; i++) {
		if (fills->past[i].state == FILL_NONE)
			continue;
		const struct fill image = past_image(&fills->past[i]);
		add(context, &image, plain_bytes);
	}
}
