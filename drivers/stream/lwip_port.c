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

/* The stack keeps a copy: a frame is the port's again after the next burst.  PBUF_RAM, because a pool's
   buffers are shorter than the library believes. */
static void frame_take(struct lwip *stack, const struct packet *packet)
{
	struct pbuf *frame = packet->size_bytes <= PACKET_BYTES_MAX
				     ? pbuf_alloc(PBUF_RAW, (u16_t)packet->size_bytes, PBUF_RAM)
				     : NULL;
	if (frame == NULL) {
		stack->counts.rx_no_memory++;
		return;
	}
	memcpy(frame->payload, packet->bytes, packet->size_bytes);
	stack->counts.rx_frames++;
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
