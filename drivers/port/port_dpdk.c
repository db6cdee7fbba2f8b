/* Measured on two virtual cores, frames of 104 bytes in bursts of 32, one byte of each read: net_pcap
   69 ns a frame (port_pcap 59), net_af_packet 25-30 from a full ring, 8 an empty poll; net_af_packet
   sends one in 2.2 us and answers port_get_stats in 0.3 us, both system calls. */
#include "drivers/port/port_dpdk.h"

#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"
#include "drivers/machine/memory.h"
#include "drivers/port/eal.h"
#include "drivers/port/packet_socket.h"
#include "drivers/port/port_clock.h"
#include "drivers/port/port_pace.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

enum {
	/* A NIC, and an XDP socket, keeps a buffer in every descriptor; other virtual devices take one when a
	   frame comes. */
	RX_DESCRIPTOR_COUNT = 4096,
	TX_DESCRIPTOR_COUNT = 512,
	MBUF_COUNT_NIC = 8191,
	MBUF_COUNT_VIRTUAL = 2047,
	MBUF_COUNT_PACKET = 1023, /* net_af_packet keeps none: of a burst, and of two caches */
	MBUF_CACHE_COUNT = 256,
	SLOT_BYTES = 2048, /* of net_af_packet's ring, unless the device says framesz= */
	SLOT_BYTES_MAX = UINT16_MAX - RTE_PKTMBUF_HEADROOM,
};

struct port_dpdk {
	struct port port;
	uint16_t id;
	bool is_paced, is_file;
	uint16_t slot_bytes; /* of net_af_packet's ring, headers included; 0: another device */
	uint16_t queue_count, queue; /* receive queues; the one to be asked next */
	uint32_t ring_frames;        /* of each queue                           */
	struct pace pace;
	uint64_t time_unit_ns; /* of the device's timestamps; 0: they are not ours to read */
	bool has_clock;        /* or its clock can be read beside ours */
	struct port_clock clock;
	uint64_t time_flag;
	size_t time_offset;
	uint32_t count; /* buffers of the latest burst                     */
	uint32_t next;  /* the first of them that is not yet delivered     */
	uint32_t freed; /* the first of them that is not yet given back    */
	struct rte_mbuf *mbufs[BURST_COUNT_MAX];
	struct port_stats stats; /* what we counted; the device adds its own */
	int socket;              /* of net_af_packet, which counts no drops itself; else -1 */
	int link_socket;         /* to ask the kernel for its interface's link; -1: it has none */
	char interface[IF_NAMESIZE];
	uint64_t no_buffer_seen;
	struct rte_mempool *pool;
	uint8_t spanning[BURST_COUNT_MAX]
			[PACKET_BYTES_MAX]; /* frames of several buffers, in one piece */
};

bool port_dpdk_start(const struct port_config *ports, uint32_t count, struct config_error *error)
{
	error->text[0] = '\0';
	return eal_start(ports, count, error);
}

/* A thread that polls becomes known to the EAL, so that buffers come from a cache of its own; where
   that is refused they come from the shared ring, slower but the same. */
static void dpdk_register_thread(void)
{
	static _Thread_local bool is_done;
	if (LIKELY(is_done))
		return;
	is_done = true;
	if (rte_lcore_id() == LCORE_ID_ANY)
		rte_thread_register();
}

static uint64_t dpdk_time_ns(const struct port_dpdk *p, const struct rte_mbuf *mbuf)
{
	if ((mbuf->ol_flags & p->time_flag) == 0)
		return 0;
	uint64_t stamp = *RTE_MBUF_DYNFIELD(mbuf, p->time_offset, rte_mbuf_timestamp_t *);
	return p->has_clock ? port_clock_ns(&p->clock, stamp) : stamp * p->time_unit_ns;
}

/* dpdk_describe fills packet from a buffer chain; index is its place in the burst. */
static void dpdk_describe(
	struct port_dpdk *p, uint32_t index, struct packet *packet, uint64_t time_ns)
{
	const struct rte_mbuf *mbuf = p->mbufs[index];
	packet->bytes = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	packet->size_bytes = packet->wire_bytes = mbuf->pkt_len;
	packet->time_ns = time_ns;
	if (UNLIKELY(mbuf->nb_segs > 1))
		packet->bytes = rte_pktmbuf_read(mbuf, 0, mbuf->pkt_len, p->spanning[index]);
	p->stats.rx_packets++;
	p->stats.rx_bytes += mbuf->pkt_len;
}

/* dpdk_refill asks the device for the next burst.  A file's device that gives nothing, and not for
   want of a buffer, has come to its end. */
static void dpdk_refill(struct port_dpdk *p, uint32_t max)
{
	p->next = p->freed = p->count = 0;
	for (uint16_t i = 0; i < p->queue_count && p->count == 0; i++) {
		p->count = rte_eth_rx_burst(p->id, p->queue, p->mbufs, (uint16_t)max);
		p->queue = p->queue + 1 < p->queue_count ? (uint16_t)(p->queue + 1) : 0;
	}
	if (p->count > 0 || !p->is_file || p->stats.at_end || max == 0)
		return;
	struct rte_eth_stats device = {0};
	rte_eth_stats_get(p->id, &device);
	p->stats.at_end = device.rx_nombuf == p->no_buffer_seen;
	p->no_buffer_seen = device.rx_nombuf;
}

static uint32_t port_dpdk_rx_burst(
	struct port *port, uint64_t now_ns, struct packet *packets, uint32_t max)
{
	struct port_dpdk *p = (struct port_dpdk *)port;
	uint32_t count = 0;
	dpdk_register_thread();
	rte_pktmbuf_free_bulk(p->mbufs + p->freed, p->next - p->freed);
	p->freed = p->next;
	if (p->next == p->count)
		dpdk_refill(p, max < BURST_COUNT_MAX ? max : BURST_COUNT_MAX);
	for (uint32_t i = p->next; i < p->count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(p->mbufs[i], const void *));
	while (p->next < p->count && count < max) {
		const struct rte_mbuf *mbuf = p->mbufs[p->next];
		uint64_t time_ns = p->time_flag != 0 ? dpdk_time_ns(p, mbuf) : 0;
		if (p->is_paced && !pace_is_due(&p->pace, time_ns, now_ns))
			break;
		if (LIKELY(mbuf->pkt_len <= PACKET_BYTES_MAX))
			dpdk_describe(p, p->next, &packets[count++], time_ns);
		else
			p->stats.rx_errors++; /* port_dpdk (1) */
		p->next++;
	}
	return count;
}

static bool port_dpdk_tx(struct port *port, const uint8_t *bytes, uint32_t size_bytes)
{
	struct port_dpdk *p = (struct port_dpdk *)port;
	dpdk_register_thread();
	struct rte_mbuf *mbuf = size_bytes > 0 && size_bytes <= PACKET_BYTES_MAX
					? rte_pktmbuf_alloc(p->pool)
					: NULL;
	if (mbuf == NULL)
		return false;
	char *place = rte_pktmbuf_append(mbuf, (uint16_t)size_bytes);
	if (place != NULL) {
		memcpy(place, bytes, size_bytes);
		if (rte_eth_tx_burst(p->id, 0, &mbuf, 1) == 1) {
			p->stats.tx_packets++;
			return true;
		}
	}
	rte_pktmbuf_free(mbuf);
	return false;
}

/* dpdk_ask_rings adds up what waits in the queues, where the driver can tell. */
static void dpdk_ask_rings(const struct port_dpdk *p, struct port_stats *stats)
{
	for (uint16_t queue = 0; queue < p->queue_count; queue++) {
		int used = rte_eth_rx_queue_count(p->id, queue);
		if (used < 0)
			return;
		stats->ring_used += (uint32_t)used;
		stats->ring_size += p->ring_frames;
	}
}

static void dpdk_ask_clock(struct port_dpdk *p)
{
	uint64_t ticks;
	if (p->has_clock && rte_eth_read_clock(p->id, &ticks) == 0)
		port_clock_note(&p->clock, ticks, clock_now_ns());
}

static void port_dpdk_stats(struct port *port, struct port_stats *stats)
{
	struct port_dpdk *p = (struct port_dpdk *)port;
	struct rte_eth_stats device = {0};
	struct rte_eth_link link = {0};
	p->stats.rx_missed += packet_socket_drops(p->socket);
	*stats = p->stats;
	if (rte_eth_stats_get(p->id, &device) == 0) {
		stats->rx_missed += device.imissed;
		stats->rx_errors += device.ierrors;
		stats->rx_no_buffer += device.rx_nombuf;
	}
	dpdk_ask_clock(p);
	stats->time_source = p->has_clock        ? PORT_TIME_HARDWARE
			     : p->time_flag != 0 ? PORT_TIME_CAPTURE
						 : PORT_TIME_NONE;
	if (rte_eth_link_get_nowait(p->id, &link) == 0)
		stats->link_up = link.link_status == RTE_ETH_LINK_UP;
	if (stats->link_up != 0) /* vhost complains of rings that nobody has brought yet */
		dpdk_ask_rings(p, stats);
	/* A driver over a kernel's interface says "up" for ever; the kernel knows. */
	if (p->link_socket >= 0)
		stats->link_up &= packet_socket_link(p->link_socket, p->interface);
}

static bool port_dpdk_mac(const struct port *port, uint8_t mac[6])
{
	struct rte_ether_addr address;
	if (rte_eth_macaddr_get(((const struct port_dpdk *)port)->id, &address) != 0 ||
		rte_is_zero_ether_addr(&address))
		return false;
	memcpy(mac, address.addr_bytes, sizeof address.addr_bytes);
	return true;
}

/* A device that filters by a list takes no more than is on it.  All multicast is open since the start, and
   stays so where the list is refused. */
static void port_dpdk_filter(struct port *port, const uint8_t *macs, uint32_t count)
{
	struct port_dpdk *p = (struct port_dpdk *)port;
	struct rte_ether_addr list[PORT_FILTER_COUNT_MAX];
	CHECK(count <= PORT_FILTER_COUNT_MAX);
	if (count == 0) {
		log_write(LOG_LEVEL_INFO, "port",
			"port %s: a line takes any group, so the device takes every frame",
			port->name);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		memcpy(list[i].addr_bytes, macs + (size_t)i * 6, 6);
	int result = rte_eth_dev_set_mc_addr_list(p->id, list, count);
	if (result == 0) {
		rte_eth_allmulticast_disable(p->id);
		rte_eth_promiscuous_disable(p->id);
		log_write(LOG_LEVEL_INFO, "port",
			"port %s: the device lets %u multicast addresses through", port->name,
			count);
		return;
	}
	log_write(LOG_LEVEL_INFO, "port",
		"port %s: the device refuses a list of %u multicast addresses (%s), so it takes %s",
		port->name, count, strerror(-result),
		rte_eth_promiscuous_get(p->id) == 1 ? "every frame" : "all multicast");
}

static void port_dpdk_close(struct port *port)
{
	struct port_dpdk *p = (struct port_dpdk *)port;
	rte_pktmbuf_free_bulk(p->mbufs + p->freed, p->count - p->freed);
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
	rte_mempool_free(p->pool);
	if (p->link_socket >= 0)
		close(p->link_socket);
	memory_return(p, sizeof *p);
}

static const struct port_ops port_dpdk_ops = {
	.rx_burst = port_dpdk_rx_burst,
	.tx = port_dpdk_tx,
	.stats = port_dpdk_stats,
	.close = port_dpdk_close,
	.mac = port_dpdk_mac,
	.filter = port_dpdk_filter,
};

static struct rte_mempool *dpdk_make_pool(
	const struct port_dpdk *p, const struct rte_eth_dev_info *device, bool is_pci, int socket)
{
	/* A long frame spans buffers, but net_af_packet copies its into one: a slot of its ring is the most there can be. */
	uint16_t room = p->slot_bytes > 0 ? p->slot_bytes + RTE_PKTMBUF_HEADROOM
					  : RTE_MBUF_DEFAULT_BUF_SIZE;
	bool keeps_buffers = is_pci || strcmp(device->driver_name, "net_af_xdp") == 0;
	unsigned int mbuf_count =
		keeps_buffers       ? MBUF_COUNT_NIC + (p->queue_count - 1u) * RX_DESCRIPTOR_COUNT
		: p->slot_bytes > 0 ? MBUF_COUNT_PACKET
				    : MBUF_COUNT_VIRTUAL;
	return rte_pktmbuf_pool_create(p->port.name, mbuf_count, MBUF_CACHE_COUNT, 0, room, socket);
}

/* dpdk_set_up configures one queue each way and starts the device.  Returns what failed, or NULL;
   result has the negative errno. */
static const char *dpdk_set_up(
	struct port_dpdk *p, const struct rte_eth_dev_info *device, bool is_pci, int *result)
{
	struct rte_eth_conf conf = {0};
	uint16_t rx_count = RX_DESCRIPTOR_COUNT, tx_count = TX_DESCRIPTOR_COUNT;
	conf.rxmode.offloads = device->rx_offload_capa &
			       (RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_TIMESTAMP);
	if (p->queue_count > 1 && device->flow_type_rss_offloads != 0) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
			device->flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
	}
	int socket = rte_eth_dev_socket_id(p->id);
	*result = -EINVAL;
	if (p->queue_count > device->max_rx_queues)
		return "give it so many receive queues";
	if ((*result = rte_eth_dev_configure(p->id, p->queue_count, 1, &conf)) != 0)
		return "configure its queues";
	if ((*result = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rx_count, &tx_count)) != 0)
		return "size its rings";
	p->pool = dpdk_make_pool(p, device, is_pci, socket);
	*result = -rte_errno;
	if (p->pool == NULL)
		return "take memory for its buffers";
	p->ring_frames = rx_count;
	for (uint16_t queue = 0; queue < p->queue_count; queue++) {
		*result = rte_eth_rx_queue_setup(
			p->id, queue, rx_count, (unsigned int)socket, NULL, p->pool);
		if (*result != 0)
			return "set up its receive queues";
	}
	if ((*result = rte_eth_tx_queue_setup(p->id, 0, tx_count, (unsigned int)socket, NULL)) != 0)
		return "set up its send queue";
	if ((*result = rte_eth_dev_start(p->id)) != 0)
		return "start it";
	/* A virtual device has no filter to open; a NIC that keeps its filter would drop the feed. */
	int promiscuous = rte_eth_promiscuous_enable(p->id);
	int multicast = rte_eth_allmulticast_enable(p->id);
	*result = multicast;
	return is_pci && promiscuous != 0 && multicast != 0 ? "make it take all multicast" : NULL;
}

/* dpdk_find_time learns where the device leaves a frame's time, if it does.  A card's stamps are of use when its
   clock can be read too; a virtual device other than net_pcap may leave ticks that are nobody's. */
static void dpdk_find_time(struct port_dpdk *p, bool is_pci)
{
	uint64_t ticks;
	int offset = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, NULL);
	int bit = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, NULL);
	p->has_clock = is_pci && rte_eth_read_clock(p->id, &ticks) == 0;
	if (offset < 0 || bit < 0 || (!p->has_clock && p->time_unit_ns == 0)) {
		p->has_clock = false;
		return;
	}
	p->time_offset = (size_t)offset;
	p->time_flag = RTE_BIT64(bit);
}

/* dpdk_find_interface reads iface= of a device that stands over one of the kernel's; vhost's is a path. */
static void dpdk_find_interface(struct port_dpdk *p, const struct port_config *config)
{
	const char *from = strstr(config->device, "iface=");
	if (from != NULL && sscanf(from, "iface=%15[^,/]", p->interface) == 1)
		p->link_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

/* dpdk_find_slot reads how long the slots of net_af_packet's ring are. */
static uint16_t dpdk_find_slot(const struct port_config *config)
{
	static const char key[] = "framesz=";
	const char *from = strstr(config->device, key);
	unsigned long bytes = from != NULL ? strtoul(from + sizeof key - 1, NULL, 10) : 0;
	if (bytes == 0)
		bytes = SLOT_BYTES;
	return (uint16_t)(bytes < SLOT_BYTES_MAX ? bytes : SLOT_BYTES_MAX);
}

/* dpdk_find_socket finds the packet socket behind the device. */
static int dpdk_find_socket(const struct port_config *config, const char *interface)
{
	int socket = packet_socket_find(interface);
	if (socket < 0)
		log_write(LOG_LEVEL_WARNING, "port",
			"port %s: found no packet socket on interface '%s', expected the device's; "
			"frames the kernel drops will not be counted as missed",
			config->name, interface);
	return socket;
}

struct port *port_dpdk_open(const struct port_config *config, struct config_error *error)
{
	char name[TEXT_BYTES];
	uint16_t id;
	struct rte_eth_dev_info device;
	bool is_pci = eal_device_name(config->device, name);
	if (!eal_has_started() || rte_eth_dev_get_port_by_name(name, &id) != 0 ||
		rte_eth_dev_info_get(id, &device) != 0) {
		snprintf(error->text, sizeof error->text,
			"port %s: found no DPDK device '%s', expected one that was given to the "
			"EAL at "
			"start and is open once; mend the port's device and start again",
			config->name, name);
		return NULL;
	}
	bool is_pcap = strcmp(device.driver_name, "net_pcap") == 0;
	bool is_file = is_pcap && strstr(config->device, "rx_pcap=") != NULL &&
		       strstr(config->device, "infinite_rx=1") == NULL;
	if (config->at_capture_speed && !is_file) {
		snprintf(error->text, sizeof error->text,
			"port %s: found capture speed asked of '%s', expected a net_pcap device "
			"with "
			"rx_pcap and without infinite_rx; use port kind pcap to replay a file by "
			"its times",
			config->name, config->device);
		return NULL;
	}
	struct port_dpdk *p = memory_take("DPDK port", sizeof *p);
	p->port.ops = &port_dpdk_ops;
	snprintf(p->port.name, sizeof p->port.name, "%s", config->name);
	p->id = id;
	p->is_paced = config->at_capture_speed != 0;
	p->is_file = is_file;
	p->time_unit_ns = is_pcap ? 1000 : 0;
	bool is_af_packet = strcmp(device.driver_name, "net_af_packet") == 0;
	p->slot_bytes = is_af_packet ? dpdk_find_slot(config) : 0;
	p->queue_count = config->queue_count != 0 ? config->queue_count : 1;
	p->link_socket = -1;
	dpdk_find_interface(p, config);
	p->socket = is_af_packet ? dpdk_find_socket(config, p->interface) : -1;
	int result = 0;
	const char *failed = dpdk_set_up(p, &device, is_pci, &result);
	if (failed == NULL) {
		dpdk_find_time(p, is_pci);
		dpdk_ask_clock(p);
		return &p->port;
	}
	snprintf(error->text, sizeof error->text,
		"port %s: found that DPDK cannot %s ('%s': %s), expected it to; mend the device's "
		"arguments, or bind it again with dpdk-devbind.py",
		config->name, failed, config->device, strerror(-result));
	port_dpdk_close(&p->port);
	return NULL;
}
