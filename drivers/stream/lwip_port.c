#include "drivers/stream/lwip.h"

#include <lwip/etharp.h>
#include <netif/ethernet.h>
#include <stdio.h>

/* lwip_output sends one frame of the stack.  What the port does not take now stays in the stack's queue. */
static err_t lwip_output(struct netif *netif, struct pbuf *frame)
{
	struct lwip *stack = netif->state;
	uint8_t bytes[PACKET_BYTES_MAX];
	uint32_t size_bytes = frame->tot_len;
	if (size_bytes > sizeof bytes)
		return ERR_BUF;
	pbuf_copy_partial(frame, bytes, frame->tot_len, 0);
	if (size_bytes < LWIP_FRAME_BYTES_MIN) {
		memset(bytes + size_bytes, 0, LWIP_FRAME_BYTES_MIN - size_bytes);
		size_bytes = LWIP_FRAME_BYTES_MIN;
	}
	if (!port_tx(stack->port, bytes, size_bytes)) {
		stack->counts.tx_refused++;
		return ERR_MEM;
	}
	stack->counts.tx_frames++;
	return ERR_OK;
}

/* A port without an address of its own gets a local one that its IP address makes unique. */
static void address_fill(struct netif *netif, const struct port *port, uint32_t address_ip)
{
	netif->hwaddr_len = ETH_HWADDR_LEN;
	if (port_mac(port, netif->hwaddr))
		return;
	netif->hwaddr[0] = 0x02;
	netif->hwaddr[1] = 0;
	store_be32(netif->hwaddr + 2, address_ip);
}

static err_t lwip_netif_fill(struct netif *netif)
{
	netif->name[0] = 's';
	netif->name[1] = 'l';
	netif->output = etharp_output;
	netif->linkoutput = lwip_output;
	netif->flags =
		NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
	return ERR_OK;
}

bool lwip_port_open(
	struct lwip *stack, const struct stream_lwip_config *config, struct config_error *error)
{
	ip4_addr_t address = {.addr = lwip_htonl(config->address_ip)};
	ip4_addr_t netmask = {.addr = lwip_htonl(config->netmask_ip)};
	ip4_addr_t gateway = {.addr = lwip_htonl(config->gateway_ip)};
	if (netif_add(&stack->netif, &address, &netmask, &gateway, stack, lwip_netif_fill,
		    ethernet_input) == NULL) {
		snprintf(error->text, sizeof error->text,
			"order streams over %s: found no room for an interface in lwIP, expected "
			"one: restart the process",
			stack->port->name);
		return false;
	}
	stack->netif.mtu = config->mtu_bytes;
	address_fill(&stack->netif, stack->port, config->address_ip);
	netif_set_default(&stack->netif);
	netif_set_up(&stack->netif);
	return true;
}

/* The stack drops what is not good without a word, so it is looked at here first. */
enum frame_verdict { FRAME_GOOD, FRAME_NOT_IP, FRAME_NOT_OURS, FRAME_BAD };

enum {
	ETHER_BYTES = 14,
	IP_BYTES_MIN = 20,
	ARP_BYTES = 28,
	TCP_BYTES_MIN = 20,
	TYPE_IP = 0x0800,
	TYPE_ARP = 0x0806,
	PROTOCOL_TCP = 6,
	FRAGMENT_BITS = 0x3FFF, /* more fragments, and the offset */
};

/* words_add adds the 16-bit words of bytes to a sum (RFC 1071); its carries are folded by words_close. */
static uint64_t words_add(uint64_t sum, const uint8_t *bytes, uint32_t size_bytes)
{
	uint32_t i = 0;
	for (; i + 4 <= size_bytes; i += 4)
		sum += load_be32(bytes + i);
	if (i + 2 <= size_bytes) {
		sum += load_be16(bytes + i);
		i += 2;
	}
	return i < size_bytes ? sum + ((uint64_t)bytes[i] << 8) : sum;
}

/* words_close: 0 if a checksum that was part of the sum was right. */
static uint16_t words_close(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return (uint16_t)~sum;
}

static enum frame_verdict segment_look(const uint8_t *ip, uint32_t header_bytes, uint32_t ip_bytes)
{
	uint32_t size_bytes = ip_bytes - header_bytes;
	if (size_bytes < TCP_BYTES_MIN)
		return FRAME_BAD;
	uint64_t sum = words_add(PROTOCOL_TCP + size_bytes, ip + 12, 8); /* the pseudo header */
	return words_close(words_add(sum, ip + header_bytes, size_bytes)) == 0 ? FRAME_GOOD
									       : FRAME_BAD;
}

static enum frame_verdict frame_look(const struct lwip *stack, const struct packet *packet)
{
	const uint8_t *ip = packet->bytes + ETHER_BYTES;
	if (packet->size_bytes > PACKET_BYTES_MAX || packet->size_bytes < ETHER_BYTES)
		return FRAME_BAD;
	uint32_t size_bytes = packet->size_bytes - ETHER_BYTES;
	uint16_t type = load_be16(packet->bytes + 12);
	if (type == TYPE_ARP)
		return size_bytes >= ARP_BYTES ? FRAME_GOOD : FRAME_BAD;
	if (type != TYPE_IP)
		return FRAME_NOT_IP;
	if (size_bytes < IP_BYTES_MIN || ip[0] >> 4 != 4)
		return FRAME_BAD;
	uint32_t header_bytes = (ip[0] & 15u) * 4, ip_bytes = load_be16(ip + 2);
	if (header_bytes < IP_BYTES_MIN || ip_bytes < header_bytes || ip_bytes > size_bytes ||
		words_close(words_add(0, ip, header_bytes)) != 0)
		return FRAME_BAD;
	if (load_be32(ip + 16) != lwip_ntohl(netif_ip4_addr(&stack->netif)->addr))
		return FRAME_NOT_OURS;
	if (ip[9] != PROTOCOL_TCP || (load_be16(ip + 6) & FRAGMENT_BITS) != 0)
		return FRAME_GOOD;
	return segment_look(ip, header_bytes, ip_bytes);
}

/* The stack keeps a copy: a frame is the port's again after the next burst.  PBUF_RAM, because a pool's
   buffers are shorter than the library believes. */
static void frame_take(struct lwip *stack, const struct packet *packet)
{
	struct stream_counts *counts = &stack->counts;
	uint64_t *const where[] = {[FRAME_GOOD] = &counts->rx_taken,
		[FRAME_NOT_IP] = &counts->rx_not_ip,
		[FRAME_NOT_OURS] = &counts->rx_not_ours,
		[FRAME_BAD] = &counts->rx_bad};
	enum frame_verdict verdict = frame_look(stack, packet);
	struct pbuf *frame = verdict == FRAME_GOOD
				     ? pbuf_alloc(PBUF_RAW, (u16_t)packet->size_bytes, PBUF_RAM)
				     : NULL;
	counts->rx_frames++;
	counts->rx_bytes += packet->size_bytes;
	if (verdict == FRAME_GOOD && frame == NULL)
		counts->rx_no_memory++;
	else
		++*where[verdict];
	if (frame == NULL)
		return;
	memcpy(frame->payload, packet->bytes, packet->size_bytes);
	if (stack->netif.input(frame, &stack->netif) != ERR_OK)
		pbuf_free(frame);
}

void lwip_port_receive(struct lwip *stack, uint64_t now_ns)
{
	struct packet packets[BURST_COUNT_MAX];
	uint32_t count = BURST_COUNT_MAX;
	for (uint32_t i = 0; i < LWIP_BURSTS_A_POLL && count == BURST_COUNT_MAX; i++) {
		count = port_rx_burst(stack->port, now_ns, packets, BURST_COUNT_MAX);
		for (uint32_t k = 0; k < count; k++)
			frame_take(stack, &packets[k]);
	}
}
