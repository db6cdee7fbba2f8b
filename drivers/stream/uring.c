#include "drivers/stream/uring.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

void uring_list(struct uring *u, struct connection *c)
{
	if (c->is_listed)
		return;
	c->is_listed = true;
	u->list[u->list_count++] = c->number & u->slot_mask;
}

struct connection *uring_take(struct uring *u, int fd, enum phase phase, uint32_t listener)
{
	if (u->used_count == u->connection_max)
		return NULL;
	struct connection *c;
	do {
		u->last_number++;
		c = &u->connections[u->last_number & u->slot_mask];
	} while (u->last_number == CONNECTION_NONE || c->phase != PHASE_FREE);
	memset(c, 0, sizeof *c);
	c->out = u->outs[u->used_count++];
	c->number = u->last_number;
	c->fd = fd;
	c->phase = (uint8_t)phase;
	c->listener = listener;
	uring_list(u, c);
	return c;
}

static struct io_uring_sqe *uring_sqe(struct uring *u, enum operation operation, uint32_t number)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
	while (sqe == NULL) {
		CHECK(u->is_enabled);
		io_uring_submit(&u->ring);
		sqe = io_uring_get_sqe(&u->ring);
	}
	sqe->user_data = 0;
	/* The prep functions leave user_data alone, so it may be set first. */
	io_uring_sqe_set_data64(sqe, (uint64_t)operation << 32 | number);
	return sqe;
}

static void uring_cancel(struct uring *u, enum operation operation, uint32_t number)
{
	io_uring_prep_cancel64(
		uring_sqe(u, OPERATION_CANCEL, number), (uint64_t)operation << 32 | number, 0);
}

/* uring_bury closes what has no operation left in the ring and reports its end. */
static bool uring_bury(struct uring *u, struct connection *c, struct stream_event *event)
{
	if (c->is_connecting || c->is_receiving || c->is_sending) {
		if (!c->is_cancelled) {
			/* A send may wait in a worker of the kernel, where a cancel does not find it. */
			shutdown(c->fd, SHUT_RDWR);
			if (c->is_connecting)
				uring_cancel(u, OPERATION_CONNECT, c->number);
			if (c->is_receiving)
				uring_cancel(u, OPERATION_RECV, c->number);
			if (c->is_sending)
				uring_cancel(u, OPERATION_SEND, c->number);
			c->is_cancelled = true;
		}
		return false;
	}
	if (c->fd >= 0)
		close(c->fd);
	*event = (struct stream_event){.kind = STREAM_CLOSED,
		.connection = c->number,
		.listener = c->listener,
		.error = c->error};
	c->phase = PHASE_FREE;
	u->outs[--u->used_count] = c->out;
	return true;
}

static void uring_arm_send(struct uring *u, struct connection *c)
{
	uint32_t at = (uint32_t)c->tail & (u->send_bytes - 1);
	uint32_t size = uring_unsent(c);
	if (size > u->send_bytes - at)
		size = u->send_bytes - at;
	io_uring_prep_send(
		uring_sqe(u, OPERATION_SEND, c->number), c->fd, c->out + at, size, MSG_NOSIGNAL);
	c->is_sending = true;
}

static void uring_arm_recv(struct uring *u, struct connection *c)
{
	struct io_uring_sqe *sqe = uring_sqe(u, OPERATION_RECV, c->number);
	io_uring_prep_recv_multishot(sqe, c->fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = BUFFER_GROUP;
	c->is_receiving = true;
}

/* uring_tend starts what a connection wants next.  Returns true if it ended and event is filled. */
static bool uring_tend(struct uring *u, struct connection *c, struct stream_event *event)
{
	if (c->phase == PHASE_CONNECTING && !c->is_connecting) {
		io_uring_prep_connect(uring_sqe(u, OPERATION_CONNECT, c->number), c->fd,
			(struct sockaddr *)&c->peer, sizeof c->peer);
		c->is_connecting = true;
	}
	if (c->phase == PHASE_OPEN || c->phase == PHASE_DRAINING || c->phase == PHASE_ENDING) {
		if (uring_unsent(c) > 0 && !c->is_sending)
			uring_arm_send(u, c);
		if (!c->is_receiving && c->phase != PHASE_ENDING)
			uring_arm_recv(u, c);
		if (c->phase == PHASE_DRAINING && uring_unsent(c) == 0 && !c->is_fin_sent) {
			shutdown(c->fd, SHUT_WR);
			c->is_fin_sent = true;
		}
		if (c->phase == PHASE_ENDING && uring_unsent(c) == 0)
			c->phase = PHASE_DYING;
	}
	if (c->phase == PHASE_BROKEN && !c->is_receiving)
		uring_arm_recv(u, c);
	return c->phase == PHASE_DYING && uring_bury(u, c, event);
}

/* uring_tend_all serves the listed connections, as long as there is room for what ended. */
static uint32_t uring_tend_all(struct uring *u, struct stream_event *events, uint32_t max)
{
	uint32_t count = 0, kept = 0;
	for (uint32_t i = 0; i < u->list_count; i++) {
		struct connection *c = &u->connections[u->list[i]];
		if (count == max) {
			u->list[kept++] = u->list[i];
			continue;
		}
		c->is_listed = false;
		if (uring_tend(u, c, &events[count]))
			count++;
	}
	u->list_count = kept;
	return count;
}

static bool uring_on_accept(struct uring *u, uint32_t number, const struct io_uring_cqe *cqe,
	struct stream_event *event)
{
	const int on = 1;
	if ((cqe->flags & IORING_CQE_F_MORE) == 0)
		u->listeners[number - 1].is_armed = false;
	if (cqe->res < 0)
		return false;
	struct connection *c = uring_take(u, cqe->res, PHASE_OPEN, number);
	if (c == NULL) { /* the table is full: the peer sees its connection end */
		close(cqe->res);
		return false;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	*event = (struct stream_event){
		.kind = STREAM_OPENED, .connection = c->number, .listener = number};
	return true;
}

static bool uring_on_connect(
	struct uring *u, struct connection *c, int32_t result, struct stream_event *event)
{
	c->is_connecting = false;
	uring_list(u, c);
	if (c->phase != PHASE_CONNECTING)
		return false;
	if (result < 0) {
		c->phase = PHASE_DYING;
		c->error = -result;
		return false;
	}
	c->phase = PHASE_OPEN;
	*event = (struct stream_event){.kind = STREAM_OPENED, .connection = c->number};
	return true;
}

static void uring_on_send(struct uring *u, struct connection *c, int32_t result)
{
	c->is_sending = false;
	uring_list(u, c);
	if (result > 0)
		c->tail += (uint32_t)result;
	if (result >= 0 || result == -EINTR || result == -EAGAIN || c->phase == PHASE_DYING)
		return;
	/* What the peer said before it went is still worth reading; the end of that ends us. */
	c->error = -result;
	c->tail = c->head;
	shutdown(c->fd, SHUT_RDWR);
	c->phase = c->phase == PHASE_OPEN ? PHASE_BROKEN : PHASE_DYING;
}

static bool uring_on_recv(struct uring *u, struct connection *c, const struct io_uring_cqe *cqe,
	struct stream_event *event)
{
	if ((cqe->flags & IORING_CQE_F_MORE) == 0) {
		c->is_receiving = false;
		uring_list(u, c);
	}
	if ((cqe->flags & IORING_CQE_F_BUFFER) != 0) {
		uint16_t buffer = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
		u->handed[u->handed_count++] = buffer;
		if (cqe->res > 0 && (c->phase == PHASE_OPEN || c->phase == PHASE_BROKEN)) {
			*event = (struct stream_event){.kind = STREAM_BYTES,
				.connection = c->number,
				.listener = c->listener,
				.size_bytes = (uint32_t)cqe->res,
				.bytes = u->buffers + (size_t)buffer * BUFFER_BYTES};
			return true;
		}
	}
	if (cqe->res > 0 || cqe->res == -ENOBUFS || cqe->res == -EINTR || c->phase == PHASE_DYING)
		return false;
	if (cqe->res == 0 && c->phase != PHASE_BROKEN) {
		c->phase = PHASE_ENDING;
	} else {
		if (c->error == 0)
			c->error = -cqe->res;
		c->phase = PHASE_DYING;
	}
	return false;
}

static bool uring_on_completion(
	struct uring *u, const struct io_uring_cqe *cqe, struct stream_event *event)
{
	uint32_t number = (uint32_t)cqe->user_data;
	enum operation operation = (enum operation)(cqe->user_data >> 32);
	if (operation == OPERATION_CANCEL)
		return false;
	if (operation == OPERATION_ACCEPT)
		return uring_on_accept(u, number, cqe, event);
	struct connection *c = uring_find(u, number);
	CHECK(c != NULL);
	if (operation == OPERATION_CONNECT)
		return uring_on_connect(u, c, cqe->res, event);
	if (operation == OPERATION_RECV)
		return uring_on_recv(u, c, cqe, event);
	uring_on_send(u, c, cqe->res);
	return false;
}

/* uring_enter gives the kernel what was prepared and lets it finish its work; an idle turn reads one
   word of shared memory and stays out of the kernel. */
static void uring_enter(struct uring *u)
{
	if (!u->is_enabled) { /* SINGLE_ISSUER: whoever enables the ring is its thread */
		CHECK(uring_register(&u->ring, IORING_REGISTER_ENABLE_RINGS, NULL, 0) == 0);
		u->is_enabled = true;
	}
	for (uint32_t i = 0; i < u->listener_count; i++) {
		if (u->listeners[i].is_armed)
			continue;
		io_uring_prep_multishot_accept(uring_sqe(u, OPERATION_ACCEPT, i + 1),
			u->listeners[i].fd, NULL, NULL, SOCK_CLOEXEC);
		u->listeners[i].is_armed = true;
	}
	if (io_uring_sq_ready(&u->ring) > 0) {
		io_uring_submit_and_get_events(&u->ring);
		return;
	}
	unsigned flags = __atomic_load_n(u->ring.sq.kflags, __ATOMIC_RELAXED);
	if ((flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0)
		io_uring_get_events(&u->ring);
}

uint32_t uring_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	struct uring *u = (struct uring *)s;
	struct io_uring_cqe *cqe;
	unsigned head, seen = 0;
	for (uint32_t i = 0; i < u->handed_count; i++)
		io_uring_buf_ring_add(u->buffer_ring,
			u->buffers + (size_t)u->handed[i] * BUFFER_BYTES, BUFFER_BYTES,
			u->handed[i], BUFFER_COUNT - 1, (int)i);
	if (u->handed_count > 0)
		io_uring_buf_ring_advance(u->buffer_ring, (int)u->handed_count);
	u->handed_count = 0;
	uint32_t count = uring_tend_all(u, events, max);
	uring_enter(u);
	io_uring_for_each_cqe(&u->ring, head, cqe)
	{
		if (count == max)
			break;
		seen++;
		if (uring_on_completion(u, cqe, &events[count]))
			count++;
	}
	if (seen > 0)
		io_uring_cq_advance(&u->ring, seen);
	return count;
}
