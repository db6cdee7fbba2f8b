#include "drivers/stream/shm.h"

#include <stdio.h>
#include <sys/epoll.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

_Static_assert(sizeof(struct sluice_order_page) == 4096, "the rings begin on a page of their own");
_Static_assert(
	offsetof(struct sluice_order_page, strategy_sent) % SHARED_ALIGN_BYTES == 0 &&
		offsetof(struct sluice_order_page, strategy_taken) % SHARED_ALIGN_BYTES == 0 &&
		offsetof(struct sluice_order_page, gate_sent) % SHARED_ALIGN_BYTES == 0 &&
		offsetof(struct sluice_order_page, gate_taken) % SHARED_ALIGN_BYTES == 0,
	"one writer of a pair of lines");

static struct shm_session *shm_find(struct shm *shm, uint32_t number)
{
	struct shm_session *session = &shm->sessions[number & shm->slot_mask];
	return session->phase != SHM_FREE && session->number == number ? session : NULL;
}

/* The one trouble that must not be forgiven: a count that no honest peer writes. */
static void shm_expose(struct shm *shm, struct shm_session *session, const char *whose)
{
	const struct sluice_order_way *way = whose[0] == 's' ? &session->in : &session->out;
	notes_put(&shm->notes,
		"order session of uid %u, pid %u closed: found %llu as the count of bytes %s, "
		"expected "
		"%llu to %llu: it writes where it must not",
		session->uid, session->pid,
		(unsigned long long)__atomic_load_n(way->other, __ATOMIC_RELAXED), whose,
		(unsigned long long)way->seen,
		(unsigned long long)(whose[0] == 's' ? way->count + way->ring_bytes : way->count));
	notes_count(&shm->counts.lied);
	shm_die(shm, session, EPROTO);
}

/* --- the verbs --- */

static uint32_t shm_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	(void)port;
	return shm_door_listen((struct shm *)s, address, error);
}

static uint32_t shm_connect(struct stream *s, const char *address, uint16_t port)
{
	struct shm *shm = (struct shm *)s;
	struct shm_session *session = shm_take(shm, SHM_ASKING, 0);
	(void)port;
	if (session == NULL)
		return CONNECTION_NONE;
	int found = sluice_order_ask(&session->order, address, "sluice");
	int32_t error = errno;
	session->socket = session->order.socket;
	session->since_ns = clock_now_ns();
	if (found != 0)
		shm_die(shm, session, error == 0 ? EINVAL : error);
	else
		shm_door_watch_for(shm, session, false);
	return session->number;
}

static bool shm_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct shm *shm = (struct shm *)s;
	struct shm_session *session = shm_find(shm, connection);
	if (session == NULL || (session->phase != SHM_OPEN && session->phase != SHM_ENDING))
		return false;
	int done = sluice_order_put(&session->out, bytes, size_bytes);
	if (UNLIKELY(done < 0))
		shm_expose(shm, session, "taken");
	return done > 0;
}

static uint32_t shm_unsent_bytes(struct stream *s, uint32_t connection)
{
	struct shm *shm = (struct shm *)s;
	struct shm_session *session = shm_find(shm, connection);
	if (session == NULL || session->page == NULL || session->phase == SHM_DYING)
		return 0;
	int64_t unsent = sluice_order_look(&session->out);
	if (UNLIKELY(unsent < 0))
		shm_expose(shm, session, "taken");
	return unsent < 0 ? 0 : (uint32_t)unsent;
}

static void shm_tell_end(struct shm_session *session)
{
	if (session->is_ours)
		__atomic_store_n(&session->page->gate_state, SLUICE_ORDER_ENDED, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&session->page->strategy_ended, 1, __ATOMIC_RELEASE);
}

static void shm_shut(struct stream *s, uint32_t connection, bool reset)
{
	struct shm *shm = (struct shm *)s;
	struct shm_session *session = shm_find(shm, connection);
	if (session == NULL || session->phase == SHM_DYING)
		return;
	if (reset || session->page == NULL) {
		shm_die(shm, session, reset ? ECONNABORTED : 0);
	} else if (session->phase == SHM_NEWS || session->phase == SHM_OPEN) {
		session->phase = SHM_DRAINING;
		shm_tell_end(session);
	}
}

static uint16_t shm_listen_port(struct stream *s, uint32_t listener)
{
	(void)s, (void)listener;
	return 0;
}

static bool shm_peer(struct stream *s, uint32_t connection, struct stream_peer *peer)
{
	const struct shm_session *session = shm_find((struct shm *)s, connection);
	if (session == NULL || !session->is_ours)
		return false;
	peer->has_uid = true;
	peer->uid = session->uid;
	peer->pid = session->pid;
	return true;
}

/* --- the turn --- */

static bool shm_say(
	struct shm_session *session, enum stream_event_kind kind, struct stream_event *event)
{
	*event = (struct stream_event){.kind = (uint8_t)kind,
		.connection = session->number,
		.listener = session->listener,
		.error = kind == STREAM_CLOSED ? session->error : 0};
	return true;
}

static bool shm_has_peer_ended(const struct shm_session *session)
{
	if (session->is_ours)
		return __atomic_load_n(&session->page->strategy_ended, __ATOMIC_ACQUIRE) != 0;
	return __atomic_load_n(&session->page->gate_state, __ATOMIC_ACQUIRE) != SLUICE_ORDER_OPEN;
}

/* Why a peer's end is no orderly one; 0: it is. */
static int32_t shm_end_error(const struct shm_session *session, bool has_ended)
{
	if (!has_ended)
		return ECONNRESET;
	if (session->is_ours ||
		__atomic_load_n(&session->page->gate_state, __ATOMIC_RELAXED) != SLUICE_ORDER_RESET)
		return 0;
	return ECONNRESET;
}

/* shm_receive takes what the peer wrote; true: event is filled. */
static bool shm_receive(struct shm *shm, struct shm_session *session, struct stream_event *event)
{
	/* Ended and gone are read first: what was written before is then seen by the look behind them. */
	bool is_gone = session->is_gone, has_ended = shm_has_peer_ended(session);
	int64_t size = sluice_order_take(&session->in, session->rx, STREAM_EVENT_BYTES_MAX);
	if (LIKELY(size == 0 && !is_gone && !has_ended))
		return false;
	if (size < 0) {
		shm_expose(shm, session, "sent");
		return false;
	}
	if (size > 0 && session->phase == SHM_OPEN) {
		shm_say(session, STREAM_BYTES, event);
		event->bytes = session->rx;
		event->size_bytes = (uint32_t)size;
		return true;
	}
	if (size > 0)
		return false; /* we shut: what still comes is thrown away */
	session->error = shm_end_error(session, has_ended);
	if (session->phase == SHM_DRAINING) {
		shm_die(shm, session, 0);
	} else if (session->error == 0 && !is_gone) {
		session->phase = SHM_ENDING; /* the caller may still answer, this turn */
	} else {
		if (session->error != 0 && session->is_ours) {
			notes_count(&shm->counts.died);
			notes_put(&shm->notes,
				"order session of uid %u, pid %u: found it gone without a word",
				session->uid, session->pid);
		}
		shm_die(shm, session, session->error);
	}
	return false;
}

/* shm_tend moves a session on; true: event is filled. */
static bool shm_tend(struct shm *shm, struct shm_session *session, struct stream_event *event)
{
	if (session->phase == SHM_NEWS) {
		session->phase = SHM_OPEN;
		return shm_say(session, STREAM_OPENED, event);
	}
	if (session->phase == SHM_ENDING)
		shm_die(shm, session, 0);
	else if ((session->phase == SHM_OPEN || session->phase == SHM_DRAINING) &&
		 shm_receive(shm, session, event))
		return true;
	if (session->phase != SHM_DYING)
		return false;
	shm_say(session, STREAM_CLOSED, event);
	shm_bury(shm, session);
	return true;
}

/* shm_look_at sees whether a peer lives; once a millisecond. */
static void shm_look_at(struct shm *shm, struct shm_session *session, uint64_t now_ns)
{
	bool is_waiting = session->phase == SHM_GREETING || session->phase == SHM_ASKING;
	if (is_waiting && now_ns > session->since_ns + SHM_PATIENCE_NS) {
		if (session->phase == SHM_GREETING)
			shm_bury(shm, session);
		else
			shm_die(shm, session, ETIMEDOUT);
		return;
	}
	if (session->phase == SHM_GREETING && session->is_gone) {
		shm_bury(shm, session);
		return;
	}
	if (session->page == NULL || session->phase == SHM_DYING)
		return;
	if (!session->is_ours) {
		__atomic_store_n(&session->page->strategy_beat, ++session->beat, __ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(&session->page->gate_beat, shm->looked_ns, __ATOMIC_RELAXED);
	uint64_t beat = __atomic_load_n(&session->page->strategy_beat, __ATOMIC_RELAXED);
	if (beat != session->beat) {
		session->beat = beat;
		session->beat_ns = now_ns;
	} else if (shm->config.silence_ns != 0 &&
		   now_ns > session->beat_ns + shm->config.silence_ns) {
		notes_count(&shm->counts.hung);
		notes_put(&shm->notes,
			"order session of uid %u, pid %u closed: found its process alive and its "
			"beat "
			"standing for %llu ms, expected it to turn",
			session->uid, session->pid,
			(unsigned long long)((now_ns - session->beat_ns) / 1000000));
		shm_die(shm, session, ETIMEDOUT);
	}
}

static uint32_t shm_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	struct shm *shm = (struct shm *)s;
	uint64_t now_ns = clock_now_ns();
	uint32_t count = 0;
	if (UNLIKELY(now_ns >= shm->looked_ns + SHM_LOOK_NS)) {
		shm->looked_ns = now_ns;
		shm_door_watch(shm, now_ns);
		for (uint32_t i = shm->used_count; i-- > 0;)
			shm_look_at(shm, &shm->sessions[shm->list[i]], now_ns);
	}
	/* From the last: one that ends gives its place in the list to one already served. */
	for (uint32_t i = shm->used_count; i-- > 0 && count < max;)
		if (shm_tend(shm, &shm->sessions[shm->list[i]], &events[count]))
			count++;
	/* What had no room this time comes first the next: the list turns. */
	if (UNLIKELY(count == max && shm->used_count > 1)) {
		uint32_t last = shm->list[shm->used_count - 1];
		memmove(shm->list + 1, shm->list, (shm->used_count - 1) * sizeof shm->list[0]);
		shm->list[0] = last;
	}
	return count;
}

static void shm_close(struct stream *s)
{
	struct shm *shm = (struct shm *)s;
	for (uint32_t i = shm->used_count; i-- > 0;) {
		struct shm_session *session = &shm->sessions[shm->list[i]];
		if (session->page != NULL && session->phase != SHM_DYING)
			shm_tell_end(session);
		shm_bury(shm, session);
	}
	for (uint32_t i = 0; i < shm->listener_count; i++) {
		unlink(shm->listeners[i].path);
		close(shm->listeners[i].fd);
	}
	close(shm->epoll);
	memory_return(shm, shm->size_bytes);
}

static const struct stream_ops shm_ops = {
	.listen = shm_listen,
	.connect = shm_connect,
	.poll = shm_poll,
	.send = shm_send,
	.unsent_bytes = shm_unsent_bytes,
	.shut = shm_shut,
	.listen_port = shm_listen_port,
	.close = shm_close,
	.peer = shm_peer,
};

struct stream *stream_shm_open(const struct stream_shm_config *config, struct config_error *error)
{
	uint32_t slots = 1;
	CHECK(config->connection_max >= 1 && config->connection_max <= 1024);
	CHECK(config->ring_bytes >= STREAM_SHM_RING_BYTES_MIN &&
		config->ring_bytes <= STREAM_SHM_RING_BYTES_MAX &&
		(config->ring_bytes & (config->ring_bytes - 1)) == 0);
	CHECK(config->uid_count <= STREAM_SHM_UID_MAX);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0) {
		snprintf(error->text, sizeof error->text,
			"order sessions in shared memory: found \"%s\" from epoll, expected a free "
			"descriptor: see `ulimit -n`",
			strerror(errno));
		return NULL;
	}
	while (slots < config->connection_max)
		slots *= 2;
	size_t head = (sizeof(struct shm) + 127) / 128 * 128;
	size_t size = head + slots * (sizeof(struct shm_session) + sizeof(uint32_t) +
					     STREAM_EVENT_BYTES_MAX);
	uint8_t *memory = memory_take("stream_shm", size);
	struct shm *shm = (struct shm *)memory;
	shm->stream.ops = &shm_ops;
	shm->config = *config;
	shm->epoll = epoll;
	shm->slot_mask = slots - 1;
	shm->size_bytes = size;
	shm->instance = clock_wall_ns();
	shm->sessions = (struct shm_session *)(memory + head);
	uint8_t *rx = (uint8_t *)(shm->sessions + slots);
	for (uint32_t i = 0; i < slots; i++)
		shm->sessions[i].rx = rx + (size_t)i * STREAM_EVENT_BYTES_MAX;
	shm->list = (uint32_t *)(rx + (size_t)slots * STREAM_EVENT_BYTES_MAX);
	return &shm->stream;
}

void stream_shm_counts_of(const struct stream *stream, struct stream_shm_counts *counts)
{
	notes_counts((uint64_t *)counts, (const uint64_t *)&((const struct shm *)stream)->counts,
		sizeof *counts / sizeof(uint64_t));
}

struct notes *stream_shm_notes(struct stream *stream)
{
	return &((struct shm *)stream)->notes;
}
