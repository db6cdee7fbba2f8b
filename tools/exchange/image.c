#include "tools/exchange/image.h"

#include <stdlib.h>

#include "config/base.h"

enum { PLACES_FIRST = 1 << 12, ORDERS_MORE = 1024 };

static uint64_t *places_taken(uint64_t count)
{
	uint64_t *places = calloc(count, sizeof *places);
	CHECK(places != NULL);
	return places;
}

void image_init(struct image *image)
{
	memset(image, 0, sizeof *image);
	pitch_init(&image->clock);
	image->place_mask = PLACES_FIRST - 1;
	image->places = places_taken(PLACES_FIRST);
}

void image_free(struct image *image)
{
	free(image->orders);
	free(image->places);
	free(image->states);
	memset(image, 0, sizeof *image);
}

/* place_of finds where an id's place stands, or where it would. */
static uint64_t *place_of(const struct image *image, uint64_t id)
{
	uint64_t at = (id * 0x9E3779B97F4A7C15ull >> 20) & image->place_mask;
	while (image->places[at] != 0 && image->orders[image->places[at] - 1].id != id)
		at = (at + 1) & image->place_mask;
	return &image->places[at];
}

/* orders_tidy throws out what is gone and finds every place anew, with room for as many again. */
static void orders_tidy(struct image *image)
{
	uint64_t kept = 0, size = PLACES_FIRST;
	for (uint64_t i = 0; i < image->order_count; i++)
		if (image->orders[i].qty != 0)
			image->orders[kept++] = image->orders[i];
	image->order_count = kept;
	while (size < 4 * (kept + ORDERS_MORE))
		size *= 2;
	free(image->places);
	image->places = places_taken(size);
	image->place_mask = size - 1;
	for (uint64_t i = 0; i < kept; i++)
		*place_of(image, image->orders[i].id) = i + 1;
}

static struct image_order *order_find(const struct image *image, uint64_t id)
{
	uint64_t place = *place_of(image, id);
	return place == 0 || image->orders[place - 1].qty == 0 ? NULL : &image->orders[place - 1];
}

bool image_order_of(const struct image *image, uint64_t id, struct image_order *order)
{
	const struct image_order *found = order_find(image, id);
	if (found != NULL)
		*order = *found;
	return found != NULL;
}

static void order_add(struct image *image, const struct image_order *order)
{
	if (2 * image->order_count > image->place_mask)
		orders_tidy(image);
	image->orders = sequence_grow(
		image->orders, image->order_count, &image->order_capacity, sizeof *image->orders);
	/* An id that comes again stands where it now is: the hash finds it by its newest place. */
	uint64_t *place = place_of(image, order->id);
	if (*place != 0)
		image->orders[*place - 1].qty = 0;
	image->orders[image->order_count++] = *order;
	*place = image->order_count;
}

static void order_shrink(struct image *image, uint64_t id, uint32_t qty)
{
	struct image_order *order = order_find(image, id);
	if (order != NULL)
		order->qty = qty < order->qty ? order->qty - qty : 0;
}

static void order_modify(struct image *image, const struct event *event)
{
	struct image_order *order = order_find(image, event->order);
	if (order == NULL)
		return;
	struct image_order changed = *order;
	changed.qty = event->qty;
	changed.price_e4 = event->price_e4;
	changed.exch_ns = event->exch_ns;
	if ((event->flags & EVENT_FLAG_KEEPS_PRIORITY) != 0)
		*order = changed;
	else
		order_add(image, &changed);
}

static void state_keep(
	struct image *image, uint64_t symbol, const uint8_t *message, uint32_t size_bytes)
{
	uint64_t at = 0;
	while (at < image->state_count &&
		(image->states[at].symbol != symbol || image->states[at].bytes[1] != message[1]))
		at++;
	if (at == image->state_count) {
		image->states = sequence_grow(image->states, image->state_count,
			&image->state_capacity, sizeof *image->states);
		image->state_count++;
	}
	struct image_state *state = &image->states[at];
	state->symbol = symbol;
	state->size_bytes = size_bytes < PITCH_SIZE_MAX ? size_bytes : PITCH_SIZE_MAX;
	memcpy(state->bytes, message, state->size_bytes);
}

void image_take(struct image *image, const uint8_t *message, uint32_t size_bytes)
{
	struct event_skips skips = {0};
	struct event event;
	const struct mold64_block block = {.bytes = message, .size_bytes = size_bytes};
	struct image_order *order;
	pitch_decode(&image->clock, &block, 1, &event, &skips);
	switch (event.kind) {
	case EVENT_ADD:
		order_add(image, &(struct image_order){.id = event.order,
					 .symbol = event.symbol,
					 .other = event.other,
					 .exch_ns = event.exch_ns,
					 .price_e4 = event.price_e4,
					 .qty = event.qty,
					 .side = event.side});
		return;
	case EVENT_EXECUTE:
	case EVENT_REDUCE:
		order_shrink(image, event.order, event.qty);
		return;
	case EVENT_DELETE:
		order_shrink(image, event.order, UINT32_MAX);
		return;
	case EVENT_EXECUTE_TO:
		order = order_find(image, event.order);
		if (order != NULL)
			order->qty = event.qty;
		return;
	case EVENT_MODIFY:
		order_modify(image, &event);
		return;
	case EVENT_CLEAR_ALL:
		image->order_count = 0;
		orders_tidy(image);
		return;
	case EVENT_STATE:
	case EVENT_OTHER:
	case EVENT_OFFICIAL:
		state_keep(image, event.symbol, message, size_bytes);
		return;
	default: /* what was, and is no state */
		return;
	}
}

static void time_append(struct sequence *spin, struct pitch *clock, uint64_t exch_ns)
{
	uint8_t bytes[PITCH_SIZE_MAX];
	const struct event at = {.exch_ns = exch_ns};
	uint32_t size = pitch_encode_time(clock, &at, bytes);
	if (size != 0)
		sequence_append(spin, bytes, size);
}

uint32_t image_spin(const struct image *image, struct sequence *spin)
{
	struct pitch clock;
	uint32_t orders = 0;
	pitch_init(&clock);
	if (image->clock.has_second)
		time_append(spin, &clock, image->clock.second * UINT64_C(1000000000));
	for (uint64_t i = 0; i < image->state_count; i++)
		sequence_append(spin, image->states[i].bytes, image->states[i].size_bytes);
	for (uint64_t i = 0; i < image->order_count; i++) {
		const struct image_order *order = &image->orders[i];
		const struct event event = {.kind = EVENT_ADD,
			.order = order->id,
			.other = order->other,
			.symbol = order->symbol,
			.exch_ns = order->exch_ns,
			.price_e4 = order->price_e4,
			.qty = order->qty,
			.side = order->side};
		uint8_t bytes[PITCH_SIZE_MAX];
		if (order->qty == 0)
			continue;
		time_append(spin, &clock, order->exch_ns);
		sequence_append(spin, bytes, pitch_encode(&event, bytes));
		orders++;
	}
	return orders;
}
