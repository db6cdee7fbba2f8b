#include "tools/exchange/background.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/itch50.h"

enum { LENGTH_BYTES = 2, TIME_OFFSET = 5 };

/* background_read takes the whole file into memory, with room to read past its end. */
static bool background_read(struct background *b, const char *path, struct config_error *error)
{
	FILE *file = fopen(path, "rbe");
	long size = -1;
	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size < 0) {
		snprintf(error->text, sizeof error->text,
			"%s: found '%s', expected a file of ITCH 5.0 messages", path,
			strerror(errno));
		if (file != NULL)
			fclose(file);
		return false;
	}
	b->size_bytes = (uint64_t)size;
	b->bytes = calloc(1, b->size_bytes + ITCH50_READ_PAST_BYTES);
	CHECK(b->bytes != NULL);
	rewind(file);
	bool is_whole = fread(b->bytes, 1, b->size_bytes, file) == b->size_bytes;
	fclose(file);
	if (!is_whole)
		snprintf(error->text, sizeof error->text, "%s: found a file that ends early", path);
	return is_whole;
}

bool background_open(struct background *b, const char *path, struct config_error *error)
{
	memset(b, 0, sizeof *b);
	refmap_init(&b->references);
	if (!background_read(b, path, error)) {
		background_close(b);
		return false;
	}
	for (uint64_t at = 0; at < b->size_bytes; b->message_count++) {
		uint64_t left = b->size_bytes - at;
		uint32_t size = left >= LENGTH_BYTES ? load_be16(b->bytes + at) : 0;
		uint8_t known = left > LENGTH_BYTES ? itch50_size(b->bytes[at + LENGTH_BYTES]) : 0;
		if (size == 0 && left == LENGTH_BYTES) { /* some days' files end in a length of 0 */
			b->size_bytes = at;
			break;
		}
		if (size == 0 || size > left - LENGTH_BYTES || size < known) {
			snprintf(error->text, sizeof error->text,
				"%s: found %u bytes for message %llu at byte %llu, expected a "
				"16-bit length "
				"and a whole ITCH 5.0 message",
				path, size, (unsigned long long)b->message_count + 1,
				(unsigned long long)at);
			background_close(b);
			return false;
		}
		at += LENGTH_BYTES + size;
	}
	background_next(b, &b->first_ns);
	return true;
}

void background_close(struct background *b)
{
	refmap_free(&b->references);
	free(b->bytes);
	b->bytes = NULL;
	b->size_bytes = b->at = 0;
}

bool background_next(const struct background *b, uint64_t *exch_ns)
{
	if (b->at >= b->size_bytes)
		return false;
	*exch_ns = load_be48(b->bytes + b->at + LENGTH_BYTES + TIME_OFFSET);
	return true;
}

void background_symbols(const struct background *b,
	void (*symbol)(void *context, uint16_t locate, uint64_t name), void *context)
{
	struct itch50_counts counts = {0};
	for (uint64_t at = 0; at < b->size_bytes;) {
		struct mold64_block block = {.bytes = b->bytes + at + LENGTH_BYTES,
			.size_bytes = load_be16(b->bytes + at)};
		struct event event;
		itch50_decode(&block, 1, &event, &counts);
		if (event.symbol != 0 && event.locate != 0)
			symbol(context, event.locate, event.symbol);
		at += LENGTH_BYTES + block.size_bytes;
	}
}

static struct match_order background_order(struct desk *desk, const struct event *e)
{
	return (struct match_order){.reference = match_reference(desk->match),
		.other = e->kind == EVENT_ADD ? e->other : 0,
		.price_e4 = e->price_e4,
		.qty = e->qty,
		.locate = e->locate,
		.side = e->side};
}

static void background_add(struct background *b, struct desk *desk, const struct event *e)
{
	if (e->qty == 0 || !match_has_room(desk->match)) {
		b->counts.gone++;
		return;
	}
	struct match_order order = background_order(desk, e);
	match_enter(desk->match, &order);
	refmap_put(&b->references, e->order, order.reference);
}

/* background_change applies what happens to an order that was added before. */
static void background_change(struct background *b, struct desk *desk, const struct event *e)
{
	uint64_t reference = 0;
	const struct match_order *there = refmap_get(&b->references, e->order, &reference)
						  ? match_find(desk->match, reference)
						  : NULL;
	if (there == NULL) {
		b->counts.gone++;
		refmap_remove(&b->references, e->order);
		return;
	}
	struct match_order order;
	switch (e->kind) {
	case EVENT_EXECUTE:
		match_hit(desk->match, reference, e->qty);
		break;
	case EVENT_EXECUTE_AT:
		match_print(desk->match, reference, e->qty, e->price_e4, e->code);
		break;
	case EVENT_REDUCE:
		match_reduce(desk->match, reference, e->qty);
		break;
	case EVENT_REPLACE:
		refmap_remove(&b->references, e->order);
		if (e->qty == 0) {
			match_reduce(desk->match, reference, there->qty);
			break;
		}
		order = background_order(desk, e);
		order.side = there->side;
		order.other = there->other;
		order.locate = there->locate;
		match_replace(desk->match, reference, &order);
		refmap_put(&b->references, e->other, order.reference);
		break;
	default:
		match_reduce(desk->match, reference, there->qty);
		refmap_remove(&b->references, e->order);
	}
}

/* background_say repeats on the tape what changes no book. */
static void background_say(struct background *b, struct desk *desk, struct tape *tape,
	struct event *e, const uint8_t *bytes)
{
	uint8_t message[ITCH50_SIZE_MAX];
	e->exch_ns = desk->exch_ns;
	switch (e->kind) {
	case EVENT_TRADE:
	case EVENT_CROSS:
		e->match = match_trade_number(desk->match);
		break;
	case EVENT_STATE:
		desk_halt(desk, e->locate, DESK_HALT, e->code != 'T');
		break;
	case EVENT_OPERATIONAL:
		if (e->side == 'Q')
			desk_halt(desk, e->locate, DESK_HALT_HERE, e->code != 'T');
		break;
	case EVENT_SHORT_SALE:
		break;
	case EVENT_SYSTEM:
		if (e->code == 'M' || e->code == 'E')
			break;
		b->counts.skipped++; /* the venue opens and closes its own day */
		return;
	case EVENT_OTHER:
		memcpy(message, bytes, itch50_size(bytes[0]));
		store_be48(message + TIME_OFFSET, e->exch_ns);
		tape_raw(tape, message, itch50_size(bytes[0]));
		return;
	default: /* breaks name match numbers that are not ours; the directory was said at the start */
		b->counts.skipped++;
		return;
	}
	tape_event(tape, e);
}

void background_step(struct background *b, struct desk *desk, struct tape *tape)
{
	struct mold64_block block = {.bytes = b->bytes + b->at + LENGTH_BYTES,
		.size_bytes = load_be16(b->bytes + b->at)};
	struct itch50_counts counts = {0};
	struct event event;
	itch50_decode(&block, 1, &event, &counts);
	b->at += LENGTH_BYTES + block.size_bytes;
	b->counts.messages++;
	if (event.exch_ns > desk->exch_ns) {
		desk->exch_ns = event.exch_ns;
		match_now(desk->match, event.exch_ns);
	}
	if (event.kind == EVENT_ADD)
		background_add(b, desk, &event);
	else if (event.kind >= EVENT_EXECUTE && event.kind <= EVENT_REPLACE)
		background_change(b, desk, &event);
	else
		background_say(b, desk, tape, &event, block.bytes);
}
