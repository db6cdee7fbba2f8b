#include "drivers/port/port_sim.h"

#include "drivers/machine/memory.h"

#include <stdio.h>

/* One direction: frames in order, their bytes in a ring beside them.  Frames from lent_from to head
   are with the reader and keep their bytes; head is the next to deliver; tail is where the next one
   goes.  All three only grow and are taken modulo the count. */
struct wire {
	struct packet frames[PORT_SIM_FRAME_COUNT];
	uint64_t begins[PORT_SIM_FRAME_COUNT]; /* where a frame's bytes begin, ever growing */
	uint64_t lent_from, head, tail;
	uint64_t end; /* where the bytes of the next frame may begin */
	uint8_t bytes[PORT_SIM_BYTES];
};

struct port_sim {
	struct port port;
	struct port_stats stats;
	bool is_ended, has_mac;
	uint8_t mac[6];
	uint32_t filter_count;
	uint8_t filter[PORT_FILTER_COUNT_MAX][6];
	struct wire rx, tx;
};

static bool wire_put(struct wire *w, const uint8_t *bytes, struct packet packet)
{
	if (packet.size_bytes > PACKET_BYTES_MAX || w->tail - w->lent_from >= PORT_SIM_FRAME_COUNT)
		return false;
	uint64_t begin = w->end;
	if (begin % PORT_SIM_BYTES + packet.size_bytes > PORT_SIM_BYTES)
		begin += PORT_SIM_BYTES - begin % PORT_SIM_BYTES; /* a frame never wraps */
	uint64_t oldest =
		w->tail == w->lent_from ? begin : w->begins[w->lent_from % PORT_SIM_FRAME_COUNT];
	if (begin + packet.size_bytes - oldest > PORT_SIM_BYTES)
		return false;
	uint8_t *place = w->bytes + begin % PORT_SIM_BYTES;
	if (packet.size_bytes > 0)
		memcpy(place, bytes, packet.size_bytes);
	packet.bytes = place;
	w->frames[w->tail % PORT_SIM_FRAME_COUNT] = packet;
	w->begins[w->tail % PORT_SIM_FRAME_COUNT] = begin;
	w->end = begin + packet.size_bytes;
	w->tail++;
	return true;
}

static uint32_t wire_take(struct wire *w, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	uint32_t count = 0;
	w->lent_from = w->head; /* port_sim (1): the frames of the burst before are given back */
	while (count < max && w->head != w->tail) {
		const struct packet *next = &w->frames[w->head % PORT_SIM_FRAME_COUNT];
		if (next->time_ns > now_ns)
			break;
		packets[count++] = *next;
		w->head++;
	}
	return count;
}

static uint32_t port_sim_rx_burst(
	struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	struct port_sim *sim = (struct port_sim *)port;
	if (!sim->stats.link_up)
		max = 0;
	uint32_t count = wire_take(&sim->rx, now_ns, packets, max);
	sim->stats.rx_packets += count;
	for (uint32_t i = 0; i < count; i++)
		sim->stats.rx_bytes += packets[i].size_bytes;
	sim->stats.at_end = sim->is_ended && sim->rx.head == sim->rx.tail;
	return count;
}

static bool port_sim_tx(struct port *port, const uint8_t *bytes, uint32_t size_bytes)
{
	struct port_sim *sim = (struct port_sim *)port;
	struct packet packet = {.size_bytes = size_bytes, .wire_bytes = size_bytes};
	if (!sim->stats.link_up || size_bytes == 0 || !wire_put(&sim->tx, bytes, packet))
		return false;
	sim->stats.tx_packets++;
	return true;
}

static void port_sim_stats(struct port *port, struct port_stats *stats)
{
	const struct port_sim *sim = (const struct port_sim *)port;
	*stats = sim->stats;
	stats->ring_used = (uint32_t)(sim->rx.tail - sim->rx.head);
	stats->ring_size = PORT_SIM_FRAME_COUNT;
}

static void port_sim_close(struct port *port)
{
	memory_return(port, sizeof(struct port_sim));
}

static bool port_sim_mac(const struct port *port, uint8_t mac[6])
{
	const struct port_sim *sim = (const struct port_sim *)port;
	memcpy(mac, sim->mac, sizeof sim->mac);
	return sim->has_mac;
}

static void port_sim_set_filter(struct port *port, const uint8_t *macs, uint32_t count)
{
	struct port_sim *sim = (struct port_sim *)port;
	CHECK(count <= PORT_FILTER_COUNT_MAX);
	sim->filter_count = count;
	for (uint32_t i = 0; i < count; i++)
		memcpy(sim->filter[i], macs + (size_t)i * 6, 6);
}

static const struct port_ops port_sim_ops = {
	.rx_burst = port_sim_rx_burst,
	.tx = port_sim_tx,
	.stats = port_sim_stats,
	.close = port_sim_close,
	.mac = port_sim_mac,
	.filter = port_sim_set_filter,
};

static struct port_sim *port_sim_of(struct port *port)
{
	CHECK(port->ops == &port_sim_ops);
	return (struct port_sim *)port;
}

struct port *port_sim_open(const char *name)
{
	struct port_sim *sim = memory_take("simulated port", sizeof *sim);
	sim->port.ops = &port_sim_ops;
	snprintf(sim->port.name, sizeof sim->port.name, "%s", name);
	sim->stats.link_up = 1;
	return &sim->port;
}

bool port_sim_put_cut(struct port *port, const uint8_t *bytes, uint32_t size_bytes,
	uint32_t wire_bytes, uint64_t time_ns)
{
	CHECK(wire_bytes >= size_bytes);
	struct packet packet = {
		.size_bytes = size_bytes, .wire_bytes = wire_bytes, .time_ns = time_ns};
	return wire_put(&port_sim_of(port)->rx, bytes, packet);
}

bool port_sim_put(struct port *port, const uint8_t *bytes, uint32_t size_bytes, uint64_t time_ns)
{
	return port_sim_put_cut(port, bytes, size_bytes, size_bytes, time_ns);
}

bool port_sim_take_sent(struct port *port, struct packet *packet)
{
	return wire_take(&port_sim_of(port)->tx, UINT64_MAX, packet, 1) == 1;
}

void port_sim_set_link(struct port *port, bool is_up)
{
	port_sim_of(port)->stats.link_up = is_up;
}

void port_sim_set_mac(struct port *port, const uint8_t mac[6])
{
	struct port_sim *sim = port_sim_of(port);
	memcpy(sim->mac, mac, sizeof sim->mac);
	sim->has_mac = true;
}

void port_sim_set_losses(struct port *port, uint64_t missed, uint64_t no_buffer, uint64_t errors)
{
	struct port_stats *stats = &port_sim_of(port)->stats;
	stats->rx_missed = missed;
	stats->rx_no_buffer = no_buffer;
	stats->rx_errors = errors;
}

void port_sim_set_time(struct port *port, enum port_time source)
{
	port_sim_of(port)->stats.time_source = (uint8_t)source;
}

uint32_t port_sim_filter(const struct port *port, uint8_t macs[PORT_FILTER_COUNT_MAX][6])
{
	const struct port_sim *sim = (const struct port_sim *)port;
	CHECK(port->ops == &port_sim_ops);
	memcpy(macs, sim->filter, sizeof sim->filter);
	return sim->filter_count;
}

void port_sim_end(struct port *port)
{
	struct port_sim *sim = port_sim_of(port);
	sim->is_ended = true;
	sim->stats.at_end = sim->rx.head == sim->rx.tail;
}
