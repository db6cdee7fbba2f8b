#include "drivers/stream/uring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/memory.h"

static uint32_t uring_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	struct uring *u = (struct uring *)s;
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t size = sizeof name;
	const int on = 1;
	if (inet_pton(AF_INET, address, &name.sin_addr) != 1) {
		snprintf(error->text, sizeof error->text,
			"listen address: found '%s', expected a numeric IPv4 address", address);
		return 0;
	}
	if (u->listener_count == LISTENER_MAX) {
		snprintf(error->text, sizeof error->text,
			"listen on %s:%u: found %d listeners already, expected fewer", address,
			port, LISTENER_MAX);
		return 0;
	}
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		goto fail;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, BACKLOG) != 0 ||
		getsockname(fd, (struct sockaddr *)&name, &size) != 0)
		goto fail;
	u->listeners[u->listener_count++] =
		(struct listener){.fd = fd, .port = ntohs(name.sin_port)};
	return u->listener_count;
fail:
	snprintf(error->text, sizeof error->text,
		"listen on %s:%u: found '%s', expected a free local address and port; see `ss "
		"-ltn`",
		address, port, strerror(errno));
	if (fd >= 0)
		close(fd);
	return 0;
}

static uint32_t uring_connect(struct stream *s, const char *address, uint16_t port)
{
	struct uring *u = (struct uring *)s;
	const int on = 1;
	struct connection *c = uring_take(u, -1, PHASE_CONNECTING, 0);
	if (c == NULL)
		return CONNECTION_NONE;
	c->peer = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	if (inet_pton(AF_INET, address, &c->peer.sin_addr) != 1)
		c->error = EINVAL;
	else if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		c->error = errno;
	if (c->error != 0)
		c->phase = PHASE_DYING;
	else
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return c->number;
}

static bool uring_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct uring *u = (struct uring *)s;
	struct connection *c = uring_find(u, connection);
	/* ENDING: the peer's last bytes and its end may come in one poll, and it may wait for an answer. */
	if (c == NULL || (c->phase != PHASE_OPEN && c->phase != PHASE_ENDING) ||
		size_bytes > u->send_bytes - uring_unsent(c))
		return false;
	if (c->head == c->tail) /* empty: begin at the front, so that one write takes it all */
		c->head = c->tail = 0;
	uint32_t at = (uint32_t)c->head & (u->send_bytes - 1);
	uint32_t first = u->send_bytes - at < size_bytes ? u->send_bytes - at : size_bytes;
	memcpy(c->out + at, bytes, first);
	memcpy(c->out, bytes + first, size_bytes - first);
	c->head += size_bytes;
	uring_list(u, c);
	return true;
}

static uint32_t uring_unsent_bytes(struct stream *s, uint32_t connection)
{
	struct connection *c = uring_find((struct uring *)s, connection);
	return c == NULL ? 0 : uring_unsent(c);
}

/* uring_reset sends the RST now, while operations of the ring still hold the socket: a disconnect by
   AF_UNSPEC aborts an established connection and throws away what it had queued. */
static void uring_reset(struct connection *c)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	if (c->fd < 0)
		return;
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	if (connect(c->fd, &nobody, sizeof nobody) != 0)
		shutdown(c->fd, SHUT_RDWR); /* the RST then comes with the close */
}

static void uring_shut(struct stream *s, uint32_t connection, bool reset)
{
	struct uring *u = (struct uring *)s;
	struct connection *c = uring_find(u, connection);
	if (c == NULL || c->phase == PHASE_DYING)
		return;
	if (reset || c->phase == PHASE_CONNECTING) {
		uring_reset(c);
		c->phase = PHASE_DYING;
		c->error = reset ? ECONNABORTED : 0;
	} else if (c->phase == PHASE_OPEN) {
		c->phase = PHASE_DRAINING;
	} else if (c->phase == PHASE_BROKEN) {
		c->phase = PHASE_DYING;
	}
	uring_list(u, c);
}

static uint16_t uring_listen_port(struct stream *s, uint32_t listener)
{
	struct uring *u = (struct uring *)s;
	return listener >= 1 && listener <= u->listener_count ? u->listeners[listener - 1].port : 0;
}

/* The kernel takes a ring down on its own time, so sockets are shut here: ports are free and peers
   know at once.  What is still queued gets one try. */
static void uring_close(struct stream *s)
{
	struct uring *u = (struct uring *)s;
	struct io_uring_cqe *cqe;
	unsigned head;
	io_uring_for_each_cqe(&u->ring, head, cqe)
	{
		if (cqe->user_data >> 32 == OPERATION_ACCEPT && cqe->res >= 0)
			close(cqe->res);
	}
	for (uint32_t i = 0; i < u->listener_count; i++) {
		shutdown(u->listeners[i].fd, SHUT_RDWR);
		close(u->listeners[i].fd);
	}
	for (uint32_t i = 0; i <= u->slot_mask; i++) {
		struct connection *c = &u->connections[i];
		if (c->phase == PHASE_FREE || c->fd < 0)
			continue;
		while (!c->is_sending && uring_unsent(c) > 0 && c->phase != PHASE_DYING) {
			uint32_t at = (uint32_t)c->tail & (u->send_bytes - 1);
			uint32_t size = uring_unsent(c);
			size = size < u->send_bytes - at ? size : u->send_bytes - at;
			ssize_t sent = send(c->fd, c->out + at, size, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (sent <= 0)
				break;
			c->tail += (uint64_t)sent;
		}
		shutdown(c->fd, SHUT_RDWR);
		close(c->fd);
	}
	io_uring_queue_exit(&u->ring);
	memory_return(u, u->size_bytes);
}

static const struct stream_ops uring_ops = {
	.listen = uring_listen,
	.connect = uring_connect,
	.poll = uring_poll,
	.send = uring_send,
	.unsent_bytes = uring_unsent_bytes,
	.shut = uring_shut,
	.listen_port = uring_listen_port,
	.close = uring_close,
};

/* uring_restrict leaves the ring only what a stream does: its operations pass by seccomp. */
static void uring_restrict(struct io_uring *ring)
{
	static const uint8_t opcodes[] = {IORING_OP_ACCEPT, IORING_OP_CONNECT, IORING_OP_RECV,
		IORING_OP_SEND, IORING_OP_ASYNC_CANCEL};
	struct io_uring_restriction rows[ARRAY_COUNT(opcodes) + 2] = {
		{.opcode = IORING_RESTRICTION_REGISTER_OP,
			.register_op = IORING_REGISTER_ENABLE_RINGS},
		{.opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED, .sqe_flags = IOSQE_BUFFER_SELECT},
	};
	for (size_t i = 0; i < ARRAY_COUNT(opcodes); i++) {
		rows[i + 2].opcode = IORING_RESTRICTION_SQE_OP;
		rows[i + 2].sqe_op = opcodes[i];
	}
	/* A kernel that cannot restrict serves as well; the sandbox then has one wall less. */
	uring_register(ring, IORING_REGISTER_RESTRICTIONS, rows, ARRAY_COUNT(rows));
}

/* uring_setup makes the ring disabled, so that the thread that polls first becomes its owner. */
static int uring_setup(struct uring *u)
{
	struct io_uring_params parameters = {.cq_entries = 8192,
		.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE |
			 IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			 IORING_SETUP_TASKRUN_FLAG};
	int result = io_uring_queue_init_params(1024, &u->ring, &parameters);
	if (result == -EINVAL) { /* Linux 6.0: no DEFER_TASKRUN */
		parameters = (struct io_uring_params){.cq_entries = 8192,
			.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE |
				 IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
				 IORING_SETUP_TASKRUN_FLAG};
		result = io_uring_queue_init_params(1024, &u->ring, &parameters);
	}
	if (result < 0)
		return result;
	struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)u->buffer_ring,
		.ring_entries = BUFFER_COUNT,
		.bgid = BUFFER_GROUP};
	result = io_uring_register_buf_ring(&u->ring, &registration, 0);
	if (result < 0) {
		io_uring_queue_exit(&u->ring);
		return result;
	}
	io_uring_buf_ring_init(u->buffer_ring);
	for (uint16_t i = 0; i < BUFFER_COUNT; i++)
		io_uring_buf_ring_add(u->buffer_ring, u->buffers + (size_t)i * BUFFER_BYTES,
			BUFFER_BYTES, i, BUFFER_COUNT - 1, i);
	io_uring_buf_ring_advance(u->buffer_ring, BUFFER_COUNT);
	uring_restrict(&u->ring);
	return 0;
}

static size_t uring_round(size_t size, size_t unit)
{
	return (size + unit - 1) / unit * unit;
}

struct stream *stream_uring_open(uint32_t connection_max, uint32_t expected_count,
	uint32_t send_bytes, struct config_error *error)
{
	uint32_t slots = 1, out_bytes = 4096;
	CHECK(connection_max >= 1 && connection_max <= 4096 && send_bytes <= 1u << 24);
	CHECK(expected_count <= connection_max);
	while (slots < connection_max)
		slots *= 2;
	while (out_bytes < send_bytes)
		out_bytes *= 2;
	size_t head = uring_round(sizeof(struct uring), 4096);
	size_t ring = uring_round(BUFFER_COUNT * sizeof(struct io_uring_buf), 4096);
	size_t table = uring_round(
		slots * (sizeof(struct connection) + sizeof(uint8_t *) + sizeof(uint32_t)), 4096);
	size_t used = head + ring + (size_t)BUFFER_COUNT * BUFFER_BYTES + table;
	size_t size = used + (size_t)connection_max * out_bytes;
	uint8_t *memory =
		memory_take_part("stream_uring", size, used + (size_t)expected_count * out_bytes);
	struct uring *u = (struct uring *)memory;
	u->stream.ops = &uring_ops;
	u->size_bytes = size;
	u->connection_max = connection_max;
	u->slot_mask = slots - 1;
	u->send_bytes = out_bytes;
	u->buffer_ring = (struct io_uring_buf_ring *)(memory + head);
	u->buffers = memory + head + ring;
	u->connections = (struct connection *)(u->buffers + (size_t)BUFFER_COUNT * BUFFER_BYTES);
	u->outs = (uint8_t **)(u->connections + slots);
	u->list = (uint32_t *)(u->outs + slots);
	for (uint32_t i = 0; i < connection_max; i++)
		u->outs[i] = memory + used + (size_t)i * out_bytes;
	int result = uring_setup(u);
	if (result < 0) {
		snprintf(error->text, sizeof error->text,
			"order streams: found '%s' from io_uring, expected Linux 6.0 or later with "
			"io_uring "
			"allowed; see `sysctl kernel.io_uring_disabled`",
			strerror(-result));
		memory_return(memory, size);
		return NULL;
	}
	return &u->stream;
}
