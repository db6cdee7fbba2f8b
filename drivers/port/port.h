/* port.h - packets in bursts, whoever brings them.

   A port delivers Ethernet frames.  Kinds: dpdk (any DPDK port: a NIC, net_pcap, net_af_packet …),
   pcap (libpcap reads a capture, no EAL), sim (frames a test or the simulator puts in), fault (wraps
   any port and loses, reorders, duplicates and delays by a seed).  Everything above sees this table
   of verbs and cannot tell which.

   Owner      one stage polls a port; nobody else touches it.  Frames of a burst belong to the port and
              stay readable until the next call of port_rx_burst on it.
   Time       now_ns comes from the caller; a port that replays a capture at its own speed compares it.
   Units      size_bytes of the frame as received, without FCS. */
#ifndef SLUICE_DRIVERS_PORT_H
#define SLUICE_DRIVERS_PORT_H

#include "config/config.h"

struct packet {
	const uint8_t *bytes;
	uint32_t size_bytes; /* bytes that are here                                        */
	uint32_t wire_bytes; /* bytes on the wire; larger if the capture cut the frame     */
	uint64_t time_ns;    /* capture or hardware time where the port has it, else 0     */
};

/* Where a packet's time_ns comes from. */
enum port_time {
	PORT_TIME_NONE = 0,     /* nowhere: it is 0, and the turn's time stands for it */
	PORT_TIME_CAPTURE = 1,  /* the capture's own clock                             */
	PORT_TIME_HARDWARE = 2, /* the device, on the time that clock_now_ns counts    */
};

/* What a port did not deliver, from the driver; never decreases. */
struct port_stats {
	uint64_t rx_packets, rx_bytes, tx_packets;
	uint64_t rx_missed;    /* no room in the ring: imissed       */
	uint64_t rx_errors;    /* refused by the device              */
	uint64_t rx_no_buffer; /* no buffer to receive into          */
	uint64_t fault_lost, fault_reordered, fault_duplicated, fault_spoilt; /* by port_fault */
	uint32_t ring_used,
		ring_size; /* frames that wait in the device's rings, and their room; 0: unknown */
	uint8_t time_source; /* enum port_time: what time_ns of its packets is */
	uint8_t link_up;
	uint8_t at_end; /* a capture has been played to its end */
};

struct port;

/* How many Ethernet addresses a port may be asked to let through: groups of lines and of those on which proxies answer, and
   the two that queries come to. */
enum { PORT_FILTER_COUNT_MAX = 2 * CHANNEL_COUNT_MAX * LINE_COUNT_MAX + 2 };

/* The verbs of one kind; mac and filter may be NULL where there is no device behind. */
struct port_ops {
	uint32_t (*rx_burst)(
		struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max);
	bool (*tx)(struct port *port, const uint8_t *bytes, uint32_t size_bytes);
	void (*stats)(struct port *port, struct port_stats *stats);
	void (*close)(struct port *port);
	bool (*mac)(const struct port *port, uint8_t mac[6]);
	void (*filter)(struct port *port, const uint8_t *macs, uint32_t count);
};

/* Every kind's struct begins with this. */
struct port {
	const struct port_ops *ops;
	char name[NAME_BYTES];
};

/* port_open opens what the config says, fault wrapper included.  NULL: error has found, expected and
   what mends it; nothing stays open.  DPDK ports need port_dpdk_start first. */
struct port *port_open(const struct port_config *config, struct config_error *error);

/* port_dpdk_start starts the EAL once per process for all DPDK ports of the site.  Call before
   port_open, from the same thread. */
bool port_dpdk_start(const struct port_config *ports, uint32_t count, struct config_error *error);

/* port_rx_burst returns up to max frames (max <= BURST_COUNT_MAX); 0 when there is nothing now. */
static inline uint32_t port_rx_burst(
	struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	return port->ops->rx_burst(port, now_ns, packets, max);
}

/* port_tx sends one frame (IGMP reports, requests).  false: not sent. */
static inline bool port_tx(struct port *port, const uint8_t *bytes, uint32_t size_bytes)
{
	return port->ops->tx(port, bytes, size_bytes);
}

static inline void port_get_stats(struct port *port, struct port_stats *stats)
{
	port->ops->stats(port, stats);
}

/* port_mac gives the address of the port's device.  false: it has none. */
static inline bool port_mac(const struct port *port, uint8_t mac[6])
{
	return port->ops->mac != NULL && port->ops->mac(port, mac);
}

/* port_filter asks the device to let through, beside what is sent to itself, frames for these multicast
   addresses, six bytes each, and no others; count 0: everything.  A device that cannot takes more, and the log says so: what
   is not wanted is counted above.  At boot. */
static inline void port_filter(struct port *port, const uint8_t *macs, uint32_t count)
{
	if (port->ops->filter != NULL)
		port->ops->filter(port, macs, count);
}

static inline void port_close(struct port *port)
{
	port->ops->close(port);
}

#endif
