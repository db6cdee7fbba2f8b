#include "drivers/stream/lwip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <lwip/init.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/timeouts.h>
#include <stdio.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

/* lwIP's own state: one stack in a process, begun once. */
static bool is_begun, is_open;

static struct lwip_connection *lwip_find(struct lwip *stack, uint32_t number)
{
	struct lwip_connection *c = &stack->connections[number & stack->slot_mask];
	return c->phase != LWIP_FREE && c->number == number ? c : NULL;
}

static void lwip_list(struct lwip_connection *c)
{
	struct lwip *stack = c->stack;
	if (c->is_listed)
		return;
	c->is_listed = true;
	stack->list[stack->list_count++] = c->number & stack->slot_mask;
}

/* lwip_die keeps why a connection is over, until the caller is told. */
static void lwip_die(struct lwip_connection *c, int32_t error)
{
	c->phase = LWIP_DYING;
	c->error = error;
	lwip_list(c);
}

/* --- what the stack tells --- */

static err_t on_received(void *context, struct tcp_pcb *pcb, struct pbuf *bytes, err_t result)
{
	struct lwip_connection *c = context;
	(void)result;
	if (bytes == NULL) {
		c->has_ended = true;
		lwip_list(c);
		return ERR_OK;
	}
	if (c->phase != LWIP_OPEN) { /* we shut: nobody reads it any more */
		tcp_recved(pcb, bytes->tot_len);
		pbuf_free(bytes);
		return ERR_OK;
	}
	/* Chains count in 16 bits; the window keeps them below. */
	if (c->rx != NULL)
		pbuf_cat(c->rx, bytes);
	else
		c->rx = bytes;
	lwip_list(c);
	return ERR_OK;
}

/* The stack has freed the pcb already. */
static void on_failed(void *context, err_t why)
{
	struct lwip_connection *c = context;
	bool is_connecting = c->phase == LWIP_CONNECTING;
	c->pcb = NULL;
	if (c->phase == LWIP_DYING)
		return;
	if (why == ERR_RST)
		lwip_die(c, is_connecting ? ECONNREFUSED : ECONNRESET);
	else
		lwip_die(c, ETIMEDOUT);
}

static err_t on_sent(void *context, struct tcp_pcb *pcb, u16_t size_bytes)
{
	struct lwip_connection *c = context;
	(void)pcb;
	(void)size_bytes;
	if (c->phase != LWIP_OPEN)
		lwip_list(c); /* an end that waits for the last byte */
	return ERR_OK;
}

static err_t on_connected(void *context, struct tcp_pcb *pcb, err_t result)
{
	struct lwip_connection *c = context;
	(void)pcb;
	(void)result;
	c->phase = LWIP_OPEN;
	c->is_news = true;
	lwip_list(c);
	return ERR_OK;
}

static void lwip_bind(struct lwip_connection *c, struct tcp_pcb *pcb)
{
	c->pcb = pcb;
	tcp_arg(pcb, c);
	tcp_recv(pcb, on_received);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_failed);
	tcp_nagle_disable(pcb);
}

static void lwip_unbind(struct tcp_pcb *pcb)
{
	tcp_arg(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_err(pcb, NULL);
}

static struct lwip_connection *lwip_take(
	struct lwip *stack, enum lwip_phase phase, uint32_t listener)
{
	struct lwip_connection *c;
	if (stack->used_count == stack->connection_max)
		return NULL;
	do {
		stack->last_number++;
		c = &stack->connections[stack->last_number & stack->slot_mask];
	} while (stack->last_number == CONNECTION_NONE || c->phase != LWIP_FREE);
	*c = (struct lwip_connection){.stack = stack,
		.number = stack->last_number,
		.listener = listener,
		.phase = (uint8_t)phase};
	stack->used_count++;
	return c;
}

static err_t on_accepted(void *context, struct tcp_pcb *pcb, err_t result)
{
	struct lwip *stack = *(struct lwip **)context;
	uint32_t listener = 1;
	if (result != ERR_OK || pcb == NULL)
		return ERR_VAL;
	while ((void *)&stack->listeners[listener - 1] != context)
		listener++;
	struct lwip_connection *c = lwip_take(stack, LWIP_OPEN, listener);
	if (c == NULL) {
		stack->counts.refused++;
		tcp_abort(pcb);
		return ERR_ABRT;
	}
	lwip_bind(c, pcb);
	c->is_news = true;
	lwip_list(c);
	return ERR_OK;
}

/* --- the verbs --- */

static uint32_t lwip_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	struct lwip *stack = (struct lwip *)s;
	struct in_addr ip;
	err_t result = ERR_MEM;
	if (inet_pton(AF_INET, address, &ip) != 1 ||
		(ip.s_addr != 0 && ip.s_addr != netif_ip4_addr(&stack->netif)->addr)) {
		snprintf(error->text, sizeof error->text,
			"listen address: found '%s', expected the address of the stack on port "
			"%s, or 0.0.0.0",
			address, stack->port->name);
		return 0;
	}
	struct tcp_pcb *pcb = stack->listener_count < LWIP_LISTENER_MAX ? tcp_new() : NULL;
	if (pcb != NULL) {
		/* Connections that ended a moment ago still hold the port. */
		ip_set_option(pcb, SOF_REUSEADDR);
		result = tcp_bind(pcb, netif_ip_addr4(&stack->netif), port);
	}
	struct tcp_pcb *listening = result == ERR_OK ? tcp_listen(pcb) : NULL;
	if (listening == NULL) {
		snprintf(error->text, sizeof error->text,
			"listen on %s:%u: found %d listeners and the answer %d of lwIP, expected a "
			"free port and fewer than %d listeners",
			address, port, (int)stack->listener_count, (int)result, LWIP_LISTENER_MAX);
		if (pcb != NULL)
			tcp_close(pcb);
		return 0;
	}
	stack->listeners[stack->listener_count].stack = stack;
	stack->listeners[stack->listener_count].pcb = listening;
	tcp_arg(listening, &stack->listeners[stack->listener_count]);
	tcp_accept(listening, on_accepted);
	return ++stack->listener_count;
}

/* lwip_reaches: on our own network, or there is a gateway.  The stack itself would ask in vain. */
static bool lwip_reaches(const struct lwip *stack, uint32_t peer)
{
	const struct netif *netif = &stack->netif;
	return netif_ip4_gw(netif)->addr != 0 ||
	       ((peer ^ netif_ip4_addr(netif)->addr) & netif_ip4_netmask(netif)->addr) == 0;
}

static uint32_t lwip_connect(struct stream *s, const char *address, uint16_t port)
{
	struct lwip *stack = (struct lwip *)s;
	struct lwip_connection *c = lwip_take(stack, LWIP_CONNECTING, 0);
	if (c == NULL)
		return CONNECTION_NONE;
	struct in_addr ip;
	struct tcp_pcb *pcb = NULL;
	if (inet_pton(AF_INET, address, &ip) != 1) {
		lwip_die(c, EINVAL);
	} else if (!lwip_reaches(stack, ip.s_addr)) {
		lwip_die(c, EHOSTUNREACH);
	} else if ((pcb = tcp_new()) == NULL) {
		lwip_die(c, ENOMEM);
	} else {
		ip_addr_t peer = IPADDR4_INIT(ip.s_addr);
		lwip_bind(c, pcb);
		err_t result = tcp_connect(pcb, &peer, port, on_connected);
		if (result != ERR_OK) {
			c->pcb = NULL;
			lwip_unbind(pcb);
			tcp_abort(pcb);
			lwip_die(c, ENOMEM);
		}
	}
	return c->number;
}

static bool lwip_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct lwip *stack = (struct lwip *)s;
	struct lwip_connection *c = lwip_find(stack, connection);
	if (c == NULL || c->pcb == NULL || (c->phase != LWIP_OPEN && c->phase != LWIP_ENDING) ||
		size_bytes > tcp_sndbuf(c->pcb))
		return false;
	/* All or nothing: on ERR_MEM nothing of it is queued. */
	if (tcp_write(c->pcb, bytes, (u16_t)size_bytes, TCP_WRITE_FLAG_COPY) != ERR_OK)
		return false;
	c->is_dirty = true;
	lwip_list(c);
	return true;
}

/* What is queued and not yet on the wire: a closed window, a full port, or a poll that has not come. */
static uint32_t lwip_unsent(const struct lwip_connection *c)
{
	/* An end that was sent has a number too, behind the last byte. */
	return c->pcb == NULL || TCP_SEQ_GEQ(c->pcb->snd_nxt, c->pcb->snd_lbb)
		       ? 0
		       : c->pcb->snd_lbb - c->pcb->snd_nxt;
}

static uint32_t lwip_unsent_bytes(struct stream *s, uint32_t connection)
{
	const struct lwip_connection *c = lwip_find((struct lwip *)s, connection);
	return c == NULL ? 0 : lwip_unsent(c);
}

static void lwip_abort(struct lwip_connection *c, int32_t error)
{
	struct tcp_pcb *pcb = c->pcb;
	c->pcb = NULL;
	if (pcb != NULL) {
		lwip_unbind(pcb);
		tcp_abort(pcb);
	}
	lwip_die(c, error);
}

static void lwip_forget_rx(struct lwip_connection *c)
{
	if (c->rx != NULL)
		pbuf_free(c->rx);
	c->rx = NULL;
}

static void lwip_shut(struct stream *s, uint32_t connection, bool reset)
{
	struct lwip_connection *c = lwip_find((struct lwip *)s, connection);
	if (c == NULL || c->phase == LWIP_DYING)
		return;
	lwip_forget_rx(c);
	if (reset || c->phase == LWIP_CONNECTING)
		lwip_abort(c, reset ? ECONNABORTED : 0);
	else if (c->phase == LWIP_OPEN)
		c->phase = LWIP_DRAINING;
	if (c->phase == LWIP_DRAINING && c->pcb != NULL)
		tcp_shutdown(c->pcb, 0, 1); /* the end follows what is queued */
	lwip_list(c);
}

static uint16_t lwip_listen_port(struct stream *s, uint32_t listener)
{
	const struct lwip *stack = (const struct lwip *)s;
	return listener >= 1 && listener <= stack->listener_count
		       ? stack->listeners[listener - 1].pcb->local_port
		       : 0;
}

/* --- the turn --- */

/* lwip_hand gives out the next piece of what came; false: as much was handed out as may be. */
static bool lwip_hand(struct lwip *stack, struct lwip_connection *c, struct stream_event *event)
{
	struct pbuf *piece = c->rx;
	if (stack->handed_count == LWIP_HANDED_MAX)
		return false;
	CHECK(piece->len <= STREAM_EVENT_BYTES_MAX);
	/* The rest hangs on the piece by one reference, which dechaining drops. */
	if (piece->next != NULL)
		pbuf_ref(piece->next);
	c->rx = pbuf_dechain(piece);
	stack->handed[stack->handed_count++] = piece;
	if (c->pcb != NULL)
		tcp_recved(c->pcb, piece->len);
	*event = (struct stream_event){.kind = STREAM_BYTES,
		.connection = c->number,
		.listener = c->listener,
		.size_bytes = piece->len,
		.bytes = piece->payload};
	return true;
}

/* The peer has ended and was answered, or we have and it answered: the stack finishes by itself. */
static void lwip_end(struct lwip_connection *c)
{
	struct tcp_pcb *pcb = c->pcb;
	c->pcb = NULL;
	lwip_unbind(pcb);
	if (tcp_close(pcb) != ERR_OK)
		tcp_abort(pcb);
	lwip_die(c, 0);
}

/* lwip_tend moves a connection on; true: event is filled. */
static bool lwip_tend(struct lwip *stack, struct lwip_connection *c, struct stream_event *event)
{
	if (c->is_news) {
		c->is_news = false;
		*event = (struct stream_event){
			.kind = STREAM_OPENED, .connection = c->number, .listener = c->listener};
		return true;
	}
	/* What the peer said before it went is still worth reading. */
	if (c->rx != NULL)
		return lwip_hand(stack, c, event);
	if (c->has_ended && c->phase == LWIP_OPEN)
		c->phase = LWIP_ENDING;
	bool is_over = c->phase == LWIP_ENDING || (c->phase == LWIP_DRAINING && c->has_ended);
	if (is_over && c->pcb != NULL && lwip_unsent(c) == 0)
		lwip_end(c);
	if (c->phase != LWIP_DYING)
		return false;
	*event = (struct stream_event){.kind = STREAM_CLOSED,
		.connection = c->number,
		.listener = c->listener,
		.error = c->error};
	c->phase = LWIP_FREE;
	stack->used_count--;
	return true;
}

static bool lwip_has_more(const struct lwip_connection *c)
{
	return c->phase != LWIP_FREE && (c->is_news || c->rx != NULL || c->phase == LWIP_DYING ||
						(c->has_ended && c->phase == LWIP_OPEN));
}

/* lwip_tend_all takes events from the listed connections; those with more stay in the list. */
static uint32_t lwip_tend_all(struct lwip *stack, struct stream_event *events, uint32_t max)
{
	uint32_t count = 0, kept = 0, listed = stack->list_count;
	for (uint32_t i = 0; i < listed; i++) {
		struct lwip_connection *c = &stack->connections[stack->list[i]];
		while (count < max && c->phase != LWIP_FREE && lwip_tend(stack, c, &events[count]))
			count++;
		c->is_listed = lwip_has_more(c);
		if (c->is_listed)
			stack->list[kept++] = stack->list[i];
	}
	stack->list_count = kept;
	return count;
}

static uint32_t lwip_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	struct lwip *stack = (struct lwip *)s;
	for (uint32_t i = 0; i < stack->handed_count; i++)
		pbuf_free(stack->handed[i]);
	stack->handed_count = 0;
	for (uint32_t i = 0; i < stack->list_count; i++) {
		struct lwip_connection *c = &stack->connections[stack->list[i]];
		uint64_t refused = stack->counts.tx_refused;
		if (c->is_dirty && c->pcb != NULL)
			tcp_output(c->pcb);
		c->is_dirty = stack->counts.tx_refused != refused;
	}
	lwip_port_receive(stack, clock_now_ns());
	sys_check_timeouts();
	return lwip_tend_all(stack, events, max);
}

static void lwip_close(struct stream *s)
{
	struct lwip *stack = (struct lwip *)s;
	for (uint32_t i = 0; i < stack->handed_count; i++)
		pbuf_free(stack->handed[i]);
	for (uint32_t i = 0; i <= stack->slot_mask; i++) {
		struct lwip_connection *c = &stack->connections[i];
		if (c->phase == LWIP_FREE)
			continue;
		lwip_forget_rx(c);
		if (c->pcb != NULL)
			lwip_end(c);
	}
	for (uint32_t i = 0; i < stack->listener_count; i++)
		tcp_close(stack->listeners[i].pcb);
	netif_remove(&stack->netif);
	memory_return(stack, stack->size_bytes);
	is_open = false;
}

static bool lwip_counts(struct stream *s, struct stream_counts *counts)
{
	struct lwip *stack = (struct lwip *)s;
	*counts = stack->counts;
	port_get_stats(stack->port, &counts->port);
	return true;
}

static const struct stream_ops lwip_ops = {
	.listen = lwip_listen,
	.connect = lwip_connect,
	.poll = lwip_poll,
	.send = lwip_send,
	.unsent_bytes = lwip_unsent_bytes,
	.shut = lwip_shut,
	.listen_port = lwip_listen_port,
	.close = lwip_close,
	.counts = lwip_counts,
};

struct stream *stream_lwip_open(
	struct port *port, const struct stream_lwip_config *config, struct config_error *error)
{
	uint32_t slots = 1;
	CHECK(config->connection_max >= 1 && config->connection_max <= 4096);
	if (is_open) {
		snprintf(error->text, sizeof error->text,
			"order streams over %s: found a TCP stack in this process already, "
			"expected "
			"one at most: give all sessions the same port",
			port->name);
		return NULL;
	}
	while (slots < config->connection_max)
		slots *= 2;
	size_t head = (sizeof(struct lwip) + 63) / 64 * 64;
	size_t size = head + slots * (sizeof(struct lwip_connection) + sizeof(uint32_t));
	uint8_t *memory = memory_take("stream_lwip", size);
	struct lwip *stack = (struct lwip *)memory;
	stack->stream.ops = &lwip_ops;
	stack->port = port;
	stack->connection_max = config->connection_max;
	stack->slot_mask = slots - 1;
	stack->size_bytes = size;
	stack->connections = (struct lwip_connection *)(memory + head);
	stack->list = (uint32_t *)(stack->connections + slots);
	if (!is_begun)
		lwip_init();
	is_begun = true;
	if (!lwip_port_open(stack, config, error)) {
		memory_return(memory, size);
		return NULL;
	}
	is_open = true;
	return &stack->stream;
}
