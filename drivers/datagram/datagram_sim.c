#include "drivers/datagram/datagram_sim.h"

#include "drivers/machine/memory.h"

struct flight {
	uint64_t arrives_ns; /* 0: the place is free */
	uint64_t number;     /* in the order of sending */
	struct endpoint from, to;
	uint32_t size_bytes; /* as sent */
	uint8_t bytes[DATAGRAM_BYTES_MAX + DATAGRAM_READ_PAST_BYTES];
};

struct sim_end {
	struct datagram datagram;
	struct datagram_sim_net *net;
	struct endpoint own;
	uint8_t bytes[DATAGRAM_BYTES_MAX + DATAGRAM_READ_PAST_BYTES];
};

/* As many bytes as there is room for. */
static uint32_t sim_kept(uint32_t size_bytes)
{
	return size_bytes < DATAGRAM_BYTES_MAX ? size_bytes : DATAGRAM_BYTES_MAX;
}

struct datagram_sim_net {
	uint64_t random, sent, flight_count;
	struct datagram_sim_rates rates;
	uint32_t end_count;
	struct sim_end ends[DATAGRAM_SIM_END_MAX];
	struct flight flights[DATAGRAM_SIM_FLIGHT_MAX];
};

/* splitmix64 */
static uint64_t sim_random(struct datagram_sim_net *net)
{
	uint64_t z = net->random += 0x9E3779B97F4A7C15ull;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return z ^ z >> 31;
}

static bool sim_happens(struct datagram_sim_net *net, uint32_t ppm)
{
	return sim_random(net) % 1000000 < ppm;
}

static void sim_fly(struct datagram_sim_net *net, const struct endpoint *from,
	const struct endpoint *to, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	uint64_t span_ns = net->rates.delay_ns_max - net->rates.delay_ns_min + 1;
	uint64_t delay_ns = net->rates.delay_ns_min + sim_random(net) % span_ns;
	for (uint32_t i = 0; i < DATAGRAM_SIM_FLIGHT_MAX; i++) {
		struct flight *flight = &net->flights[i];
		if (flight->arrives_ns != 0)
			continue;
		flight->arrives_ns = now_ns + delay_ns + 1;
		flight->number = ++net->sent;
		flight->from = *from;
		flight->to = *to;
		flight->size_bytes = size_bytes;
		if (size_bytes != 0)
			memcpy(flight->bytes, bytes, sim_kept(size_bytes));
		net->flight_count++;
		return;
	}
}

static bool sim_send(struct datagram *d, const struct endpoint *to, const uint8_t *bytes,
	uint32_t size_bytes, uint64_t now_ns)
{
	struct sim_end *end = (struct sim_end *)d;
	struct datagram_sim_net *net = end->net;
	if (size_bytes > DATAGRAM_SIM_BYTES_MAX)
		return false;
	if (sim_happens(net, net->rates.loss_ppm))
		return true;
	sim_fly(net, &end->own, to, bytes, size_bytes, now_ns);
	if (sim_happens(net, net->rates.duplicate_ppm))
		sim_fly(net, &end->own, to, bytes, size_bytes, now_ns);
	return true;
}

static bool endpoint_is(const struct endpoint *a, const struct endpoint *b)
{
	return a->ip == b->ip && a->port == b->port;
}

/* The earliest to arrive; of two at once the one sent first. */
static bool sim_receive(struct datagram *d, struct datagram_packet *packet, uint64_t now_ns)
{
	struct sim_end *end = (struct sim_end *)d;
	struct datagram_sim_net *net = end->net;
	struct flight *first = NULL;
	for (uint32_t i = 0; net->flight_count != 0 && i < DATAGRAM_SIM_FLIGHT_MAX; i++) {
		struct flight *flight = &net->flights[i];
		if (flight->arrives_ns == 0 || flight->arrives_ns > now_ns + 1 ||
			!endpoint_is(&flight->to, &end->own))
			continue;
		if (first == NULL || flight->arrives_ns < first->arrives_ns ||
			(flight->arrives_ns == first->arrives_ns && flight->number < first->number))
			first = flight;
	}
	if (first == NULL)
		return false;
	memcpy(end->bytes, first->bytes, sim_kept(first->size_bytes));
	*packet = (struct datagram_packet){.from = first->from,
		.bytes = end->bytes,
		.size_bytes = sim_kept(first->size_bytes),
		.is_cut = first->size_bytes > DATAGRAM_BYTES_MAX};
	first->arrives_ns = 0;
	net->flight_count--;
	return true;
}

/* The net owns the memory of its ends. */
static void sim_close(struct datagram *d)
{
	((struct sim_end *)d)->own = (struct endpoint){0};
}

static const struct datagram_ops sim_ops = {
	.send = sim_send, .receive = sim_receive, .close = sim_close};

struct datagram_sim_net *datagram_sim_net_open(uint64_t seed)
{
	struct datagram_sim_net *net = memory_take("datagram_sim", sizeof *net);
	net->random = seed;
	return net;
}

void datagram_sim_net_close(struct datagram_sim_net *net)
{
	memory_return(net, sizeof *net);
}

void datagram_sim_begin(
	struct datagram_sim_net *net, uint64_t seed, const struct datagram_sim_rates *rates)
{
	CHECK(rates->delay_ns_max >= rates->delay_ns_min);
	net->random = seed;
	net->rates = *rates;
	net->sent = net->flight_count = 0;
	for (uint32_t i = 0; i < DATAGRAM_SIM_FLIGHT_MAX; i++)
		net->flights[i].arrives_ns = 0;
}

struct datagram *datagram_sim_open(struct datagram_sim_net *net, const struct endpoint *own)
{
	CHECK(net->end_count < DATAGRAM_SIM_END_MAX);
	struct sim_end *end = &net->ends[net->end_count++];
	end->datagram.ops = &sim_ops;
	end->net = net;
	end->own = *own;
	return &end->datagram;
}
