#include "drivers/port/port_fault.h"

#include "drivers/machine/memory.h"
#include "drivers/port/spoil.h"

#include <stdio.h>

/* A burst lends up to 32, the next may take in 32 frames that become 64; the rest may be held. */
enum { SLOT_COUNT = 256, SLOT_NONE = 0xffff };

/* A frame of ours: free, held (in the queue or delayed) or lent to the caller. */
struct slot {
	struct packet packet;
	uint64_t turn;       /* twice the frame it follows, and 1 if it was held back  */
	uint64_t release_ns; /* it goes at this time in any case                       */
	uint64_t ready_ns;   /* and not before this one                                */
	uint16_t next;
	uint8_t bytes[PACKET_BYTES_MAX];
};

struct port_fault {
	struct port port;
	struct port *wrapped;
	struct port_fault_rates rates;
	struct port_stats stats;
	uint64_t received;
	uint32_t burst_left; /* frames of a burst of losses that are still to come */
	uint16_t free_head, free_count;
	uint16_t queue_head, queue_tail; /* by turn, then by arrival */
	uint16_t delayed_head;           /* in no order              */
	uint16_t lent[BURST_COUNT_MAX];
	uint32_t lent_count;
	struct slot slots[SLOT_COUNT];
};

enum draw {
	DRAW_LOSS,
	DRAW_REORDER,
	DRAW_DUPLICATE,
	DRAW_DELAY,
	DRAW_DISTANCE,
	DRAW_COPY,
	DRAW_COUNT,
	/* Later questions are drawn from seeds of their own, so that what the first answer stays. */
	DRAW_BURST = DRAW_COUNT,
	DRAW_BURST_LENGTH,
	DRAW_SPOIL, /* and one for each kind */
	DRAW_CHANGE = DRAW_SPOIL + SPOIL_COUNT,
};

/* fault_draw gives a number below bound for this frame and this question: a hash of seed, frame and
   question (the finishing steps of splitmix64), so that no draw depends on another. */
static uint32_t fault_draw(const struct port_fault *f, enum draw draw, uint32_t bound)
{
	uint64_t x = f->received * DRAW_COUNT + (uint64_t)draw % DRAW_COUNT + 1;
	uint64_t seed = f->rates.seed + (uint64_t)(draw / DRAW_COUNT) * 0xd1342543de82ef95u;
	x = seed + x * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	x ^= x >> 31;
	return (uint32_t)((x >> 32) * bound >> 32);
}

static bool fault_happens(const struct port_fault *f, enum draw draw, uint32_t ppm)
{
	return fault_draw(f, draw, PORT_FAULT_PPM_MAX) < ppm;
}

static uint16_t slot_take(struct port_fault *f, const struct packet *packet)
{
	uint16_t index = f->free_head;
	CHECK(index != SLOT_NONE && packet->size_bytes <= PACKET_BYTES_MAX);
	struct slot *slot = &f->slots[index];
	f->free_head = slot->next;
	f->free_count--;
	slot->packet = *packet;
	slot->packet.bytes = slot->bytes;
	memcpy(slot->bytes, packet->bytes, packet->size_bytes);
	return index;
}

static void slot_free(struct port_fault *f, uint16_t index)
{
	f->slots[index].next = f->free_head;
	f->free_head = index;
	f->free_count++;
}

/* queue_insert keeps the queue sorted by turn; equal turns keep the order of arrival. */
static void queue_insert(struct port_fault *f, uint16_t index)
{
	uint64_t turn = f->slots[index].turn;
	uint16_t *link = &f->queue_head;
	if (f->queue_tail != SLOT_NONE && f->slots[f->queue_tail].turn <= turn)
		link = &f->slots[f->queue_tail].next;
	while (*link != SLOT_NONE && f->slots[*link].turn <= turn)
		link = &f->slots[*link].next;
	f->slots[index].next = *link;
	*link = index;
	if (f->slots[index].next == SLOT_NONE)
		f->queue_tail = index;
}

/* slot_spoil changes the frame in a slot by the first kind that happens to it. */
static void slot_spoil(struct port_fault *f, uint16_t index)
{
	struct slot *slot = &f->slots[index];
	for (uint32_t kind = 0; kind < SPOIL_COUNT; kind++) {
		if (!fault_happens(f, (enum draw)(DRAW_SPOIL + kind), f->rates.spoil_ppm[kind]))
			continue;
		uint32_t size = spoil_frame((enum spoil)kind, slot->bytes, slot->packet.size_bytes,
			PACKET_BYTES_MAX, fault_draw(f, DRAW_CHANGE, UINT32_MAX));
		/* Cut by a capture the wire had more; cut by the wire that is all there was. */
		slot->packet.size_bytes = slot->packet.wire_bytes = size;
		f->stats.fault_spoilt++;
		return;
	}
}

static void fault_hold(
	struct port_fault *f, const struct packet *packet, uint64_t turn, uint64_t now_ns)
{
	uint16_t index = slot_take(f, packet);
	slot_spoil(f, index);
	f->slots[index].turn = turn;
	f->slots[index].ready_ns = now_ns + f->rates.skew_ns;
	f->slots[index].release_ns = f->slots[index].ready_ns + PORT_FAULT_HOLD_NS;
	queue_insert(f, index);
}

/* fault_loses tells whether a frame is lost: alone, or in a burst that goes on or begins with it. */
static bool fault_loses(struct port_fault *f)
{
	bool is_lost = fault_happens(f, DRAW_LOSS, f->rates.loss_ppm);
	if (f->burst_left == 0 && fault_happens(f, DRAW_BURST, f->rates.burst_ppm))
		f->burst_left = 1 + fault_draw(f, DRAW_BURST_LENGTH, f->rates.burst_frames);
	is_lost |= f->burst_left != 0;
	f->burst_left -= f->burst_left != 0;
	return is_lost;
}

/* fault_receive decides what happens to one frame. */
static void fault_receive(struct port_fault *f, const struct packet *packet, uint64_t now_ns)
{
	const struct port_fault_rates *rates = &f->rates;
	f->received++;
	if (fault_loses(f)) {
		f->stats.fault_lost++;
		return;
	}
	if (fault_happens(f, DRAW_DELAY, rates->delay_ppm)) {
		uint16_t index = slot_take(f, packet);
		slot_spoil(f, index);
		f->slots[index].release_ns = now_ns + rates->delay_ns + rates->skew_ns;
		f->slots[index].next = f->delayed_head;
		f->delayed_head = index;
	} else {
		uint64_t turn = 2 * f->received;
		if (fault_happens(f, DRAW_REORDER, rates->reorder_ppm)) {
			turn += 2 * (1 + fault_draw(f, DRAW_DISTANCE, PORT_FAULT_DISTANCE_MAX)) + 1;
			f->stats.fault_reordered++;
		}
		fault_hold(f, packet, turn, now_ns);
	}
	if (fault_happens(f, DRAW_DUPLICATE, rates->duplicate_ppm)) {
		uint32_t distance = fault_draw(f, DRAW_COPY, PORT_FAULT_DISTANCE_MAX + 1);
		fault_hold(f, packet, 2 * (f->received + distance) + 1, now_ns);
		f->stats.fault_duplicated++;
	}
}

static void fault_lend(struct port_fault *f, uint16_t index, struct packet *packets)
{
	packets[f->lent_count] = f->slots[index].packet;
	f->lent[f->lent_count++] = index;
	f->stats.rx_packets++;
	f->stats.rx_bytes += f->slots[index].packet.size_bytes;
}

static void fault_deliver_delayed(
	struct port_fault *f, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	for (uint16_t *link = &f->delayed_head; *link != SLOT_NONE && f->lent_count < max;) {
		uint16_t index = *link;
		if (f->slots[index].release_ns <= now_ns) {
			*link = f->slots[index].next;
			fault_lend(f, index, packets);
		} else {
			link = &f->slots[index].next;
		}
	}
}

static void fault_deliver_queue(
	struct port_fault *f, uint64_t now_ns, bool is_end, struct packet *packets, uint32_t max)
{
	while (f->queue_head != SLOT_NONE && f->lent_count < max) {
		uint16_t index = f->queue_head;
		const struct slot *slot = &f->slots[index];
		bool is_due = slot->ready_ns <= now_ns &&
			      (slot->turn <= 2 * f->received + 1 || slot->release_ns <= now_ns);
		if (!is_due && !is_end)
			break;
		f->queue_head = slot->next;
		if (f->queue_head == SLOT_NONE)
			f->queue_tail = SLOT_NONE;
		fault_lend(f, index, packets);
	}
}

static bool fault_holds(const struct port_fault *f)
{
	return f->queue_head != SLOT_NONE || f->delayed_head != SLOT_NONE;
}

static uint32_t port_fault_rx_burst(
	struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	struct port_fault *f = (struct port_fault *)port;
	for (uint32_t i = 0; i < f->lent_count; i++)
		slot_free(f, f->lent[i]);
	f->lent_count = 0;
	if (max > BURST_COUNT_MAX)
		max = BURST_COUNT_MAX;

	struct packet arrived[BURST_COUNT_MAX];
	uint32_t room = f->free_count / 2; /* each frame may become two */
	uint32_t count = port_rx_burst(f->wrapped, now_ns, arrived, max < room ? max : room);
	for (uint32_t i = 0; i < count; i++)
		fault_receive(f, &arrived[i], now_ns);

	bool is_end = false;
	if (count == 0 && fault_holds(f)) { /* it costs a device more than a poll does */
		struct port_stats stats;
		port_get_stats(f->wrapped, &stats);
		is_end = stats.at_end;
	}
	fault_deliver_delayed(f, is_end ? UINT64_MAX : now_ns, packets, max);
	fault_deliver_queue(f, now_ns, is_end, packets, max);
	return f->lent_count;
}

static bool port_fault_tx(struct port *port, const uint8_t *bytes, uint32_t size_bytes)
{
	return port_tx(((struct port_fault *)port)->wrapped, bytes, size_bytes);
}

/* The wrapped port tells of the device; the wrapper tells what it delivered. */
static void port_fault_stats(struct port *port, struct port_stats *stats)
{
	struct port_fault *f = (struct port_fault *)port;
	port_get_stats(f->wrapped, stats);
	stats->rx_packets = f->stats.rx_packets;
	stats->rx_bytes = f->stats.rx_bytes;
	stats->fault_lost += f->stats.fault_lost;
	stats->fault_reordered += f->stats.fault_reordered;
	stats->fault_duplicated += f->stats.fault_duplicated;
	stats->fault_spoilt += f->stats.fault_spoilt;
	stats->at_end = stats->at_end && !fault_holds(f);
}

static bool port_fault_mac(const struct port *port, uint8_t mac[6])
{
	return port_mac(((const struct port_fault *)port)->wrapped, mac);
}

static void port_fault_filter(struct port *port, const uint8_t *macs, uint32_t count)
{
	port_filter(((struct port_fault *)port)->wrapped, macs, count);
}

static void port_fault_close(struct port *port)
{
	struct port_fault *f = (struct port_fault *)port;
	port_close(f->wrapped);
	memory_return(f, sizeof *f);
}

static const struct port_ops port_fault_ops = {
	.rx_burst = port_fault_rx_burst,
	.tx = port_fault_tx,
	.stats = port_fault_stats,
	.close = port_fault_close,
	.mac = port_fault_mac,
	.filter = port_fault_filter,
};

void port_fault_begin(struct port *port, const struct port_fault_rates *rates)
{
	struct port_fault *f = (struct port_fault *)port;
	for (uint32_t kind = 0; kind < SPOIL_COUNT; kind++)
		CHECK(rates->spoil_ppm[kind] <= PORT_FAULT_PPM_MAX);
	CHECK(rates->burst_ppm <= PORT_FAULT_PPM_MAX && rates->burst_frames <= UINT16_MAX + 1);
	CHECK(rates->loss_ppm <= PORT_FAULT_PPM_MAX && rates->reorder_ppm <= PORT_FAULT_PPM_MAX &&
		rates->duplicate_ppm <= PORT_FAULT_PPM_MAX &&
		rates->delay_ppm <= PORT_FAULT_PPM_MAX);
	f->rates = *rates;
	f->stats = (struct port_stats){0};
	f->received = 0;
	f->burst_left = 0;
	f->lent_count = 0;
	f->queue_head = f->queue_tail = f->delayed_head = SLOT_NONE;
	f->free_head = SLOT_NONE;
	f->free_count = 0;
	for (uint16_t i = SLOT_COUNT; i-- > 0;)
		slot_free(f, i);
}

struct port *port_fault_open(struct port *wrapped, const struct port_fault_rates *rates)
{
	struct port_fault *f = memory_take("faulty port", sizeof *f);
	f->port.ops = &port_fault_ops;
	snprintf(f->port.name, sizeof f->port.name, "%s", wrapped->name);
	f->wrapped = wrapped;
	port_fault_begin(&f->port, rates);
	return &f->port;
}
