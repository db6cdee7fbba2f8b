#include "drivers/stream/stream_fault.h"

#include <errno.h>

#include "drivers/machine/memory.h"

enum {
	EVENTS_PER_POLL = 4, /* taken from the wrapped stream at once */
	HOLD_BYTES = 2 * EVENTS_PER_POLL * STREAM_EVENT_BYTES_MAX,
	VANISH_BYTES =
		1 << 14, /* a silent network takes so much before the owner sees that it stands */
	LINGER_POLLS = 1 << 16, /* the other side has so long to read what came before the end */
};

enum phase {
	PHASE_FREE = 0,
	PHASE_LIVE,
	PHASE_SILENT, /* half open: the owner knows nothing    */
	PHASE_GONE,   /* ended here; the wrapped one is ending */
};

struct fault_connection {
	uint32_t number, listener;
	uint8_t phase;
	bool is_news, is_over, is_shut; /* to be told: opened, closed; the owner shut it */
	bool is_wrapped_over, is_told;
	bool is_merging;
	int32_t error;
	uint32_t wait_polls;
	uint64_t ordinal, draws;
	uint64_t passed[2], cut_at[2]; /* by enum stream_fault_way */
	uint8_t cut_end[2];
	uint32_t held_bytes, lent_bytes; /* lent are the first of held */
	uint8_t *held;
};

struct fault_stream {
	struct stream stream;
	struct stream *wrapped;
	struct stream_fault_rates rates;
	uint32_t connection_max, turn;
	uint64_t ordinal, ends;
	void (*met)(void *context);
	void *context;
	struct stream_fault_cut cuts[STREAM_FAULT_CUT_MAX];
	uint32_t cut_count;
	size_t size_bytes;
	struct fault_connection connections[];
};

#define NO_CUT UINT64_MAX

/* fault_draw gives a number below bound: a hash of seed, connection and how many draws it had. */
static uint32_t fault_draw(struct fault_stream *f, struct fault_connection *c, uint32_t bound)
{
	uint64_t x = f->rates.seed + c->ordinal * 0xd1342543de82ef95u;
	x += ++c->draws * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	x ^= x >> 31;
	return (uint32_t)((x >> 32) * bound >> 32);
}

static bool fault_happens(struct fault_stream *f, struct fault_connection *c, uint32_t ppm)
{
	return ppm != 0 && fault_draw(f, c, STREAM_FAULT_PPM_MAX) < ppm;
}

static struct fault_connection *fault_find(struct fault_stream *f, uint32_t number)
{
	for (uint32_t i = 0; i < f->connection_max; i++) {
		if (f->connections[i].phase != PHASE_FREE && f->connections[i].number == number)
			return &f->connections[i];
	}
	return NULL;
}

static struct fault_connection *fault_free(struct fault_stream *f)
{
	for (uint32_t i = 0; i < f->connection_max; i++) {
		if (f->connections[i].phase == PHASE_FREE)
			return &f->connections[i];
	}
	return NULL;
}

/* fault_begin takes a connection under watch, with the cut that waited for it. */
static void fault_begin(
	struct fault_stream *f, struct fault_connection *c, uint32_t number, uint32_t listener)
{
	uint8_t *held = c->held;
	*c = (struct fault_connection){.number = number,
		.listener = listener,
		.phase = PHASE_LIVE,
		.ordinal = ++f->ordinal,
		.cut_at = {NO_CUT, NO_CUT},
		.held = held};
	uint32_t kept = 0;
	for (uint32_t i = 0; i < f->cut_count; i++) {
		struct stream_fault_cut *cut = &f->cuts[i];
		bool is_of_kind = cut->is_accepted == (listener != 0);
		if (is_of_kind && cut->skip == 0) {
			c->cut_at[cut->way] = cut->after_bytes;
			c->cut_end[cut->way] = cut->end;
			continue;
		}
		cut->skip -= is_of_kind;
		f->cuts[kept++] = *cut;
	}
	f->cut_count = kept;
}

/* fault_met ends a connection.  What was sent before is read by the other side first; what came and was
   not delivered is lost. */
static void fault_met(struct fault_stream *f, struct fault_connection *c, enum stream_fault_way way)
{
	f->ends++;
	c->cut_at[STREAM_FAULT_RX] = c->cut_at[STREAM_FAULT_TX] = NO_CUT;
	if (f->met != NULL)
		f->met(f->context);
	c->held_bytes = c->lent_bytes;
	c->wait_polls = 0;
	if (c->cut_end[way] == STREAM_FAULT_SILENCE) {
		c->phase = PHASE_SILENT;
		c->passed[STREAM_FAULT_TX] = 0; /* from here on: what vanished */
		return;
	}
	c->phase = PHASE_GONE;
	c->is_over = true;
	c->error = ECONNRESET;
	c->wait_polls = LINGER_POLLS;
	stream_shut(f->wrapped, c->number, way == STREAM_FAULT_RX);
}

/* fault_break chooses by the rates whether, where and how this delivery or send ends the connection. */
static void fault_break(struct fault_stream *f, struct fault_connection *c,
	enum stream_fault_way way, uint32_t size_bytes)
{
	bool is_reset = fault_happens(f, c, f->rates.reset_ppm);
	bool is_silence = fault_happens(f, c, f->rates.silence_ppm);
	if (!is_reset && !is_silence)
		return;
	uint64_t at = c->passed[way] + (way == STREAM_FAULT_RX ? c->held_bytes : 0) +
		      fault_draw(f, c, size_bytes + 1);
	if (at >= c->cut_at[way])
		return;
	c->cut_at[way] = at;
	c->cut_end[way] = is_reset ? STREAM_FAULT_RESET : STREAM_FAULT_SILENCE;
}

/* --- what comes --- */

static void fault_hold(
	struct fault_stream *f, struct fault_connection *c, const struct stream_event *event)
{
	if (c->phase != PHASE_LIVE || c->is_shut)
		return;
	CHECK(c->held_bytes + event->size_bytes <= HOLD_BYTES);
	fault_break(f, c, STREAM_FAULT_RX, event->size_bytes);
	memcpy(c->held + c->held_bytes, event->bytes, event->size_bytes);
	c->held_bytes += event->size_bytes;
	if (c->is_merging) {
		c->is_merging = false;
		c->wait_polls = 0;
	} else if (fault_happens(f, c, f->rates.merge_ppm)) {
		c->is_merging = true;
		c->wait_polls = f->rates.delay_polls;
	}
	if (fault_happens(f, c, f->rates.delay_ppm))
		c->wait_polls += 1 + fault_draw(f, c, f->rates.delay_polls);
}

/* The wrapped connection ended first: what lies behind a cut never came. */
static void fault_keep(struct fault_connection *c)
{
	uint64_t left = c->cut_at[STREAM_FAULT_RX] - c->passed[STREAM_FAULT_RX];
	if (c->held_bytes > left)
		c->held_bytes = (uint32_t)left;
	c->cut_at[STREAM_FAULT_RX] = NO_CUT;
}

static void fault_take(struct fault_stream *f, const struct stream_event *event)
{
	struct fault_connection *c = fault_find(f, event->connection);
	if (c == NULL && event->kind == STREAM_OPENED) {
		c = fault_free(f);
		if (c == NULL) {
			stream_shut(f->wrapped, event->connection, true);
			return;
		}
		fault_begin(f, c, event->connection, event->listener);
	}
	if (c == NULL)
		return; /* one that was turned away */
	if (event->kind == STREAM_OPENED) {
		c->is_news = true;
	} else if (event->kind == STREAM_BYTES) {
		fault_hold(f, c, event);
	} else {
		c->is_wrapped_over = true;
		if (c->phase != PHASE_LIVE)
			return;
		c->is_over = true;
		c->error = event->error;
		c->phase = PHASE_GONE;
		fault_keep(c);
	}
}

/* fault_receive asks the wrapped stream while every connection has room for whatever comes. */
static void fault_receive(struct fault_stream *f)
{
	struct stream_event events[EVENTS_PER_POLL];
	for (uint32_t i = 0; i < f->connection_max; i++) {
		if (f->connections[i].held_bytes > HOLD_BYTES / 2)
			return;
	}
	uint32_t count = stream_poll(f->wrapped, events, EVENTS_PER_POLL);
	for (uint32_t i = 0; i < count; i++)
		fault_take(f, &events[i]);
}

/* --- what is handed out --- */

static bool fault_say(
	struct fault_connection *c, enum stream_event_kind kind, struct stream_event *event)
{
	*event = (struct stream_event){.kind = (uint8_t)kind,
		.connection = c->number,
		.listener = c->listener,
		.error = kind == STREAM_CLOSED ? c->error : 0};
	return true;
}

static bool fault_deliver(
	struct fault_stream *f, struct fault_connection *c, struct stream_event *event)
{
	uint64_t left = c->cut_at[STREAM_FAULT_RX] - c->passed[STREAM_FAULT_RX];
	uint32_t size =
		c->held_bytes < STREAM_EVENT_BYTES_MAX ? c->held_bytes : STREAM_EVENT_BYTES_MAX;
	if (size > left)
		size = (uint32_t)left;
	if (size > 1 && fault_happens(f, c, f->rates.split_ppm))
		size = 1 + fault_draw(f, c, size - 1);
	c->lent_bytes = size;
	c->passed[STREAM_FAULT_RX] += size;
	fault_say(c, STREAM_BYTES, event);
	event->size_bytes = size;
	event->bytes = c->held;
	return true;
}

/* fault_step does the next thing for one connection; true: event is filled. */
static bool fault_step(
	struct fault_stream *f, struct fault_connection *c, struct stream_event *event)
{
	if (c->is_news) {
		c->is_news = false;
		return fault_say(c, STREAM_OPENED, event);
	}
	for (unsigned way = STREAM_FAULT_RX; way <= STREAM_FAULT_TX; way++) {
		if (c->phase == PHASE_LIVE && c->passed[way] == c->cut_at[way])
			fault_met(f, c, (enum stream_fault_way)way);
	}
	if (c->phase == PHASE_LIVE && c->wait_polls > 0) {
		c->wait_polls--;
		return false;
	}
	c->is_merging = false;
	if (c->phase != PHASE_SILENT && c->held_bytes > 0)
		return fault_deliver(f, c, event);
	if (c->is_over) {
		c->is_over = false;
		c->is_told = true;
		return fault_say(c, STREAM_CLOSED, event);
	}
	if (c->phase == PHASE_GONE && c->is_told && !c->is_wrapped_over && c->wait_polls > 0 &&
		--c->wait_polls == 0)
		stream_shut(f->wrapped, c->number, true);
	if (c->is_told && c->is_wrapped_over)
		c->phase = PHASE_FREE;
	return false;
}

static uint32_t fault_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	struct fault_stream *f = (struct fault_stream *)s;
	uint32_t count = 0;
	f->turn++; /* begin elsewhere each turn, so that a small max starves nobody */
	for (uint32_t i = 0; i < f->connection_max; i++) {
		struct fault_connection *c = &f->connections[i];
		c->held_bytes -= c->lent_bytes;
		memmove(c->held, c->held + c->lent_bytes, c->held_bytes);
		c->lent_bytes = 0;
	}
	fault_receive(f);
	for (uint32_t i = 0; i < f->connection_max && count < max; i++) {
		struct fault_connection *c = &f->connections[(i + f->turn) % f->connection_max];
		if (c->phase != PHASE_FREE && fault_step(f, c, &events[count]))
			count++;
	}
	return count;
}

/* --- what the owner does --- */

static uint32_t fault_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	return stream_listen(((struct fault_stream *)s)->wrapped, address, port, error);
}

static uint32_t fault_connect(struct stream *s, const char *address, uint16_t port)
{
	struct fault_stream *f = (struct fault_stream *)s;
	struct fault_connection *c = fault_free(f);
	uint32_t number = c == NULL ? CONNECTION_NONE : stream_connect(f->wrapped, address, port);
	if (number != CONNECTION_NONE)
		fault_begin(f, c, number, 0);
	return number;
}

static bool fault_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct fault_stream *f = (struct fault_stream *)s;
	struct fault_connection *c = fault_find(f, connection);
	if (c == NULL || c->phase == PHASE_GONE || c->is_shut)
		return false;
	if (c->phase == PHASE_SILENT) {
		if (c->passed[STREAM_FAULT_TX] + size_bytes > 2 * VANISH_BYTES)
			return false;
		c->passed[STREAM_FAULT_TX] += size_bytes;
		return true;
	}
	if (fault_happens(f, c, f->rates.refuse_ppm))
		return false;
	fault_break(f, c, STREAM_FAULT_TX, size_bytes);
	uint64_t left = c->cut_at[STREAM_FAULT_TX] - c->passed[STREAM_FAULT_TX];
	uint32_t size = size_bytes < left ? size_bytes : (uint32_t)left;
	if (size > 0 && !stream_send(f->wrapped, connection, bytes, size))
		return false;
	c->passed[STREAM_FAULT_TX] += size;
	if (size_bytes >= left)
		fault_met(f, c, STREAM_FAULT_TX);
	return true;
}

static uint32_t fault_unsent_bytes(struct stream *s, uint32_t connection)
{
	struct fault_stream *f = (struct fault_stream *)s;
	const struct fault_connection *c = fault_find(f, connection);
	if (c == NULL || c->phase == PHASE_GONE)
		return 0;
	if (c->phase == PHASE_LIVE)
		return stream_unsent_bytes(f->wrapped, connection);
	return c->passed[STREAM_FAULT_TX] > VANISH_BYTES
		       ? (uint32_t)c->passed[STREAM_FAULT_TX] - VANISH_BYTES
		       : 0;
}

static void fault_shut(struct stream *s, uint32_t connection, bool reset)
{
	struct fault_stream *f = (struct fault_stream *)s;
	struct fault_connection *c = fault_find(f, connection);
	if (c == NULL || c->phase == PHASE_GONE)
		return;
	c->is_shut = true;
	c->held_bytes = c->lent_bytes;
	if (c->phase == PHASE_LIVE) {
		stream_shut(f->wrapped, connection, reset);
	} else if (reset) {
		/* The network is silent: the other side does not learn of it. */
		c->phase = PHASE_GONE;
		c->is_over = true;
		c->error = ECONNABORTED;
	}
}

static uint16_t fault_listen_port(struct stream *s, uint32_t listener)
{
	return stream_listen_port(((struct fault_stream *)s)->wrapped, listener);
}

static void fault_close(struct stream *s)
{
	struct fault_stream *f = (struct fault_stream *)s;
	stream_close(f->wrapped);
	memory_return(f, f->size_bytes);
}

static bool fault_peer(struct stream *s, uint32_t connection, struct stream_peer *peer)
{
	return stream_peer_of(((struct fault_stream *)s)->wrapped, connection, peer);
}

static bool fault_counts(struct stream *s, struct stream_counts *counts)
{
	return stream_get_counts(((struct fault_stream *)s)->wrapped, counts);
}

static const struct stream_ops fault_ops = {
	.listen = fault_listen,
	.connect = fault_connect,
	.poll = fault_poll,
	.send = fault_send,
	.unsent_bytes = fault_unsent_bytes,
	.shut = fault_shut,
	.listen_port = fault_listen_port,
	.close = fault_close,
	.peer = fault_peer,
	.counts = fault_counts,
};

void stream_fault_begin(struct stream *s, const struct stream_fault_rates *rates)
{
	struct fault_stream *f = (struct fault_stream *)s;
	CHECK(rates->split_ppm <= STREAM_FAULT_PPM_MAX &&
		rates->merge_ppm <= STREAM_FAULT_PPM_MAX &&
		rates->delay_ppm <= STREAM_FAULT_PPM_MAX &&
		rates->refuse_ppm <= STREAM_FAULT_PPM_MAX &&
		rates->reset_ppm <= STREAM_FAULT_PPM_MAX &&
		rates->silence_ppm <= STREAM_FAULT_PPM_MAX);
	f->rates = *rates;
	f->ordinal = 0;
	f->cut_count = 0;
}

struct stream *stream_fault_open(
	struct stream *wrapped, uint32_t connection_max, const struct stream_fault_rates *rates)
{
	size_t head = (sizeof(struct fault_stream) +
			      connection_max * sizeof(struct fault_connection) + 63) /
		      64 * 64;
	size_t size = head + (size_t)connection_max * HOLD_BYTES;
	uint8_t *memory = memory_take("faulty stream", size);
	struct fault_stream *f = (struct fault_stream *)memory;
	CHECK(connection_max > 0);
	f->stream.ops = &fault_ops;
	f->wrapped = wrapped;
	f->connection_max = connection_max;
	f->size_bytes = size;
	for (uint32_t i = 0; i < connection_max; i++)
		f->connections[i].held = memory + head + (size_t)i * HOLD_BYTES;
	stream_fault_begin(&f->stream, rates);
	return &f->stream;
}

void stream_fault_cut(struct stream *s, const struct stream_fault_cut *cut)
{
	struct fault_stream *f = (struct fault_stream *)s;
	CHECK(f->cut_count < STREAM_FAULT_CUT_MAX && cut->way <= STREAM_FAULT_TX);
	f->cuts[f->cut_count++] = *cut;
}

void stream_fault_watch(struct stream *s, void (*met)(void *context), void *context)
{
	struct fault_stream *f = (struct fault_stream *)s;
	f->met = met;
	f->context = context;
}

uint64_t stream_fault_passed(const struct stream *s, uint32_t connection, enum stream_fault_way way)
{
	struct fault_stream *f = (struct fault_stream *)s;
	const struct fault_connection *c = fault_find(f, connection);
	return c == NULL || c->phase != PHASE_LIVE ? 0 : c->passed[way];
}

uint64_t stream_fault_ends(const struct stream *s)
{
	return ((const struct fault_stream *)s)->ends;
}

struct stream *stream_fault_wrapped(struct stream *s)
{
	return ((struct fault_stream *)s)->wrapped;
}
