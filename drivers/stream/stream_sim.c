#include "drivers/stream/stream_sim.h"

#include <errno.h>
#include <stdio.h>

#include "drivers/machine/memory.h"

enum phase {
	PHASE_FREE = 0,
	PHASE_CONNECTING,
	PHASE_OPEN,
	PHASE_DRAINING,
	PHASE_ENDING,
	PHASE_DYING
};

#define NO_CUT UINT64_MAX

/* One end of a connection; its peer is the end beside it.  The bytes it sends stand in its own ring:
   freed <= delivered <= taken <= queued, counted since the connection opened. */
struct end {
	uint32_t number, driver, listener;
	int32_t error;
	uint8_t phase;
	bool is_held, is_fin_sent;
	uint64_t queued, taken, delivered, freed, cut_at;
	uint8_t *out;
};

struct sim_stream {
	struct stream stream;
	struct stream_sim_net *net;
	uint32_t index;
};

struct sim_listener {
	uint32_t driver;
	uint16_t port;
};

struct stream_sim_net {
	uint64_t random;
	uint32_t end_count, send_bytes, chunk_min, chunk_max;
	uint32_t driver_count, listener_count, last_number, turn;
	uint32_t used_count; /* ends from here on were never anybody's */
	uint16_t last_port;
	struct sim_stream drivers[STREAM_SIM_DRIVER_MAX];
	struct sim_listener listeners[STREAM_SIM_LISTENER_MAX];
	struct end *ends;
	size_t size_bytes;
};

/* splitmix64 */
static uint64_t sim_random(struct stream_sim_net *net)
{
	uint64_t z = net->random += 0x9E3779B97F4A7C15ull;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return z ^ z >> 31;
}

static struct end *sim_peer(struct stream_sim_net *net, const struct end *e)
{
	return &net->ends[(uint32_t)(e - net->ends) ^ 1];
}

static struct end *sim_find(struct stream *s, uint32_t number)
{
	struct sim_stream *driver = (struct sim_stream *)s;
	for (uint32_t i = 0; i < driver->net->used_count; i++) {
		struct end *e = &driver->net->ends[i];
		if (e->phase != PHASE_FREE && e->number == number && e->driver == driver->index)
			return e;
	}
	return NULL;
}

static void sim_start(struct stream_sim_net *net, struct end *e, uint32_t driver, enum phase phase)
{
	uint8_t *out = e->out;
	memset(e, 0, sizeof *e);
	e->out = out;
	e->number = ++net->last_number;
	e->driver = driver;
	e->phase = (uint8_t)phase;
	e->cut_at = NO_CUT;
}

static uint32_t sim_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	struct sim_stream *driver = (struct sim_stream *)s;
	struct stream_sim_net *net = driver->net;
	uint32_t place = net->listener_count;
	if (port == 0)
		port = ++net->last_port;
	for (uint32_t i = 0; i < net->listener_count; i++) {
		if (net->listeners[i].port == port)
			goto fail;
		if (net->listeners[i].port == 0)
			place = i;
	}
	if (place == STREAM_SIM_LISTENER_MAX)
		goto fail;
	net->listener_count += place == net->listener_count;
	net->listeners[place] = (struct sim_listener){.driver = driver->index, .port = port};
	return place + 1;
fail:
	snprintf(error->text, sizeof error->text,
		"listen on %s:%u: found it in use, expected a free port", address, port);
	return 0;
}

static uint32_t sim_connect(struct stream *s, const char *address, uint16_t port)
{
	struct sim_stream *driver = (struct sim_stream *)s;
	struct stream_sim_net *net = driver->net;
	(void)address; /* all drivers of a net live on one address */
	for (uint32_t i = 0; i < net->end_count; i += 2) {
		struct end *e = &net->ends[i];
		if (e[0].phase != PHASE_FREE || e[1].phase != PHASE_FREE)
			continue;
		net->used_count = net->used_count > i + 2 ? net->used_count : i + 2;
		sim_start(net, e, driver->index, PHASE_CONNECTING);
		e->error = ECONNREFUSED;
		for (uint32_t l = 0; l < net->listener_count; l++) {
			if (net->listeners[l].port != port)
				continue;
			sim_start(net, &e[1], net->listeners[l].driver, PHASE_CONNECTING);
			e[1].listener = l + 1;
			e->error = 0;
		}
		return e->number;
	}
	return CONNECTION_NONE;
}

static bool sim_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct end *e = sim_find(s, connection);
	if (e == NULL || e->phase != PHASE_OPEN)
		return false;
	uint32_t capacity = ((struct sim_stream *)s)->net->send_bytes;
	if (size_bytes > capacity - (e->queued - e->freed))
		return false;
	for (uint32_t i = 0; i < size_bytes; i++)
		e->out[(e->queued + i) & (capacity - 1)] = bytes[i];
	e->queued += size_bytes;
	return true;
}

static uint32_t sim_unsent_bytes(struct stream *s, uint32_t connection)
{
	struct end *e = sim_find(s, connection);
	return e == NULL ? 0 : (uint32_t)(e->queued - e->taken);
}

static void sim_break(struct end *e, int32_t error)
{
	if (e->phase == PHASE_FREE || e->phase == PHASE_DYING)
		return;
	e->phase = PHASE_DYING;
	e->error = error;
}

static void sim_shut(struct stream *s, uint32_t connection, bool reset)
{
	struct end *e = sim_find(s, connection);
	if (e == NULL || e->phase == PHASE_DYING)
		return;
	if (reset || e->phase == PHASE_CONNECTING) {
		sim_break(sim_peer(((struct sim_stream *)s)->net, e), ECONNRESET);
		sim_break(e, reset ? ECONNABORTED : 0);
	} else if (e->phase == PHASE_OPEN) {
		e->phase = PHASE_DRAINING;
	}
}

static bool sim_say(struct end *e, enum stream_event_kind kind, struct stream_event *event)
{
	*event = (struct stream_event){.kind = (uint8_t)kind,
		.connection = e->number,
		.listener = e->listener,
		.error = kind == STREAM_CLOSED ? e->error : 0};
	if (kind == STREAM_CLOSED)
		e->phase = PHASE_FREE;
	return true;
}

/* sim_deliver hands this end the next piece of what its peer has sent. */
static bool sim_deliver(struct stream_sim_net *net, struct end *e, struct stream_event *event)
{
	struct end *peer = sim_peer(net, e);
	uint64_t until = peer->taken < peer->cut_at ? peer->taken : peer->cut_at;
	uint64_t size = until - peer->delivered;
	uint32_t at = (uint32_t)peer->delivered & (net->send_bytes - 1);
	if (size == 0)
		return false;
	if (size > net->send_bytes - at)
		size = net->send_bytes - at;
	if (size > STREAM_EVENT_BYTES_MAX)
		size = STREAM_EVENT_BYTES_MAX;
	if (net->chunk_max > 0) {
		uint64_t span = net->chunk_max - net->chunk_min + 1;
		uint64_t piece = net->chunk_min + sim_random(net) % span;
		size = size < piece ? size : piece;
	}
	peer->delivered += size;
	if (e->phase != PHASE_OPEN && e->phase != PHASE_ENDING)
		return false; /* we shut: what still comes is thrown away */
	sim_say(e, STREAM_BYTES, event);
	event->size_bytes = (uint32_t)size;
	event->bytes = peer->out + at;
	return true;
}

/* sim_step does the next thing for one end; true: event is filled. */
static bool sim_step(struct stream_sim_net *net, struct end *e, struct stream_event *event)
{
	struct end *peer = sim_peer(net, e);
	if (e->phase == PHASE_CONNECTING && e->error == 0) {
		e->phase = PHASE_OPEN;
		return sim_say(e, STREAM_OPENED, event);
	}
	if (e->phase == PHASE_CONNECTING || e->phase == PHASE_DYING)
		return sim_say(e, STREAM_CLOSED, event);
	if (!e->is_held)
		e->taken = e->queued;
	if (e->phase == PHASE_DRAINING && e->taken == e->queued)
		e->is_fin_sent = true;
	if (sim_deliver(net, e, event))
		return true;
	if (peer->delivered == peer->cut_at) {
		sim_break(peer, ECONNRESET);
		e->error = ECONNRESET;
		return sim_say(e, STREAM_CLOSED, event);
	}
	if (peer->is_fin_sent && peer->delivered == peer->queued && e->phase == PHASE_OPEN)
		e->phase = PHASE_ENDING;
	bool is_peer_done = peer->is_fin_sent && peer->delivered == peer->queued;
	if (is_peer_done && e->taken == e->queued) {
		e->is_fin_sent = true;
		return sim_say(e, STREAM_CLOSED, event);
	}
	return false;
}

static uint32_t sim_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	struct sim_stream *driver = (struct sim_stream *)s;
	struct stream_sim_net *net = driver->net;
	uint32_t count = 0;
	net->turn++; /* begin elsewhere each turn, so that a small max starves nobody */
	for (uint32_t i = 0; i < net->used_count; i++) {
		struct end *e = &net->ends[i];
		if (e->phase != PHASE_FREE && e->driver == driver->index)
			sim_peer(net, e)->freed = sim_peer(net, e)->delivered;
	}
	uint32_t begin = net->turn % net->end_count;
	begin = begin < net->used_count ? begin : 0; /* those behind were never used */
	for (uint32_t i = 0; i < net->used_count && count < max; i++) {
		uint32_t at = begin + i < net->used_count ? begin + i : begin + i - net->used_count;
		struct end *e = &net->ends[at];
		if (e->phase != PHASE_FREE && e->driver == driver->index &&
			sim_step(net, e, &events[count]))
			count++;
	}
	return count;
}

static uint16_t sim_listen_port(struct stream *s, uint32_t listener)
{
	struct stream_sim_net *net = ((struct sim_stream *)s)->net;
	return listener >= 1 && listener <= net->listener_count ? net->listeners[listener - 1].port
								: 0;
}

/* A driver that goes away resets its connections and stops listening; its place is not used again. */
static void sim_close(struct stream *s)
{
	struct sim_stream *driver = (struct sim_stream *)s;
	struct stream_sim_net *net = driver->net;
	for (uint32_t i = 0; i < net->listener_count; i++)
		if (net->listeners[i].driver == driver->index)
			net->listeners[i].port = 0;
	for (uint32_t i = 0; i < net->end_count; i++) {
		struct end *e = &net->ends[i];
		if (e->phase == PHASE_FREE || e->driver != driver->index)
			continue;
		sim_break(sim_peer(net, e), ECONNRESET);
		e->phase = PHASE_FREE;
	}
	driver->stream.ops = NULL; /* another may have the place */
}

static const struct stream_ops sim_ops = {
	.listen = sim_listen,
	.connect = sim_connect,
	.poll = sim_poll,
	.send = sim_send,
	.unsent_bytes = sim_unsent_bytes,
	.shut = sim_shut,
	.listen_port = sim_listen_port,
	.close = sim_close,
};

struct stream_sim_net *stream_sim_net_open(
	uint64_t seed, uint32_t connection_max, uint32_t send_bytes)
{
	CHECK(send_bytes > 0 && (send_bytes & (send_bytes - 1)) == 0 && connection_max > 0);
	size_t ends = (size_t)connection_max * 2;
	size_t size = sizeof(struct stream_sim_net) + ends * (sizeof(struct end) + send_bytes);
	struct stream_sim_net *net = memory_take("stream_sim", size);
	net->random = seed;
	net->size_bytes = size;
	net->end_count = (uint32_t)ends;
	net->send_bytes = send_bytes;
	net->last_port = 40000;
	net->ends = (struct end *)(net + 1);
	for (size_t i = 0; i < ends; i++)
		net->ends[i].out = (uint8_t *)(net->ends + ends) + i * send_bytes;
	return net;
}

void stream_sim_net_close(struct stream_sim_net *net)
{
	memory_return(net, net->size_bytes);
}

struct stream *stream_sim_open(struct stream_sim_net *net)
{
	uint32_t place = 0;
	while (place < net->driver_count && net->drivers[place].stream.ops != NULL)
		place++;
	CHECK(place < STREAM_SIM_DRIVER_MAX);
	net->driver_count += place == net->driver_count;
	struct sim_stream *driver = &net->drivers[place];
	*driver = (struct sim_stream){.stream = {&sim_ops}, .net = net, .index = place};
	return &driver->stream;
}

void stream_sim_chunk(struct stream_sim_net *net, uint32_t min_bytes, uint32_t max_bytes)
{
	CHECK(max_bytes == 0 || (min_bytes >= 1 && min_bytes <= max_bytes));
	net->chunk_min = min_bytes;
	net->chunk_max = max_bytes;
}

void stream_sim_hold(struct stream *s, uint32_t connection, bool is_held)
{
	struct end *e = sim_find(s, connection);
	CHECK(e != NULL);
	e->is_held = is_held;
}

void stream_sim_cut(struct stream *s, uint32_t connection, uint64_t after_bytes)
{
	struct end *e = sim_find(s, connection);
	CHECK(e != NULL && after_bytes >= e->delivered);
	e->cut_at = after_bytes;
}
