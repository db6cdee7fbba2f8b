#include "drivers/stream/tls.h"

#include <errno.h>
#include <stdio.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

static const char tls_prefix[] = "tls:";

static struct tls_session *tls_find(const struct tls *tls, uint32_t number)
{
	const struct number *row = numbers_find(&tls->numbers, number);
	return row == NULL ? NULL : &tls->sessions[row->value];
}

/* tls_take gives a connection of the wrapped stream a session; NULL: all are in use. */
static struct tls_session *tls_take(struct tls *tls, uint32_t number, enum tls_phase phase)
{
	if (tls->used_count == tls->config.connection_max)
		return NULL;
	uint32_t index = tls->list[tls->used_count];
	struct tls_session *session = &tls->sessions[index];
	CHECK(session != NULL);
	uint8_t *out = session->out;
	CHECK(numbers_add(&tls->numbers, number, index));
	tls->used_count++;
	*session = (struct tls_session){.tls = tls,
		.number = number,
		.phase = (uint8_t)phase,
		.since_ns = clock_now_ns(),
		.out = out};
	return session;
}

static void tls_give(struct tls *tls, struct tls_session *session)
{
	uint32_t index = (uint32_t)(session - tls->sessions);
	SSL_free(session->ssl);
	session->ssl = NULL;
	session->phase = TLS_FREE;
	numbers_remove(&tls->numbers, numbers_find(&tls->numbers, session->number));
	for (uint32_t i = 0; i < tls->used_count; i++) {
		if (tls->list[i] == index) {
			tls->list[i] = tls->list[--tls->used_count];
			tls->list[tls->used_count] = index;
			return;
		}
	}
}

/* --- the verbs --- */

static bool tls_is_asked(const char *address)
{
	return strncmp(address, tls_prefix, sizeof tls_prefix - 1) == 0;
}

static uint32_t tls_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	struct tls *tls = (struct tls *)s;
	if (!tls_is_asked(address))
		return stream_listen(tls->wrapped, address, port, error);
	if (tls->server == NULL) {
		snprintf(error->text, sizeof error->text,
			"listen on %s: found no papers of ours, expected a certificate and its key",
			address);
		return 0;
	}
	uint32_t listener =
		stream_listen(tls->wrapped, address + sizeof tls_prefix - 1, port, error);
	CHECK(listener < TLS_LISTENER_BITS);
	if (listener != 0)
		tls->listeners |= 1ull << listener;
	return listener;
}

static uint32_t tls_connect(struct stream *s, const char *address, uint16_t port)
{
	struct tls *tls = (struct tls *)s;
	if (!tls_is_asked(address))
		return stream_connect(tls->wrapped, address, port);
	const char *word = address + sizeof tls_prefix - 1, *at = strchr(word, '@');
	size_t size = at == NULL ? 0 : (size_t)(at - word);
	uint32_t client = 0;
	while (client < tls->client_count &&
		(strlen(tls->clients[client].word) != size ||
			memcmp(tls->clients[client].word, word, size) != 0))
		client++;
	bool is_known = client < tls->client_count;
	uint32_t number = stream_connect(tls->wrapped, is_known ? at + 1 : word, port);
	if (number == CONNECTION_NONE)
		return CONNECTION_NONE;
	struct tls_session *session = tls_take(tls, number, TLS_WAITING);
	if (session == NULL) {
		stream_shut(tls->wrapped, number, true);
		return CONNECTION_NONE;
	}
	session->is_told = true;
	session->client = (uint8_t)client;
	if (!is_known) { /* nobody gave papers for that word */
		session->error = EINVAL;
		session->phase = TLS_LEAVING;
		stream_shut(tls->wrapped, number, true);
	}
	return number;
}

/* Room for all of it once encrypted, and for what must always have room: tls (1). */
static bool tls_has_room(const struct tls_session *session, uint32_t size_bytes)
{
	uint32_t records = (size_bytes + TLS_RECORD_BYTES - 1) / TLS_RECORD_BYTES;
	uint32_t needed = size_bytes + records * TLS_OVERHEAD_BYTES + TLS_RESERVE_BYTES;
	return size_bytes <= STREAM_TLS_SEND_BYTES_MAX &&
	       needed <= TLS_OUT_BYTES - tls_out_bytes(session);
}

static bool tls_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct tls *tls = (struct tls *)s;
	struct tls_session *session = tls_find(tls, connection);
	if (session == NULL)
		return stream_send(tls->wrapped, connection, bytes, size_bytes);
	if ((session->phase != TLS_OPEN && session->phase != TLS_ENDING) ||
		!tls_has_room(session, size_bytes))
		return false;
	if (size_bytes == 0)
		return true;
	size_t written = 0;
	if (++session->records >= tls->config.records_a_key) {
		session->records = 0;
		SSL_key_update(session->ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
	}
	if (SSL_write_ex(session->ssl, bytes, size_bytes, &written) == 1) {
		CHECK(written == size_bytes);
		return true;
	}
	tls_session_fail(session, EPROTO, "found a record that OpenSSL would not make");
	return false;
}

static uint32_t tls_unsent_bytes(struct stream *s, uint32_t connection)
{
	struct tls *tls = (struct tls *)s;
	const struct tls_session *session = tls_find(tls, connection);
	return stream_unsent_bytes(tls->wrapped, connection) +
	       (session == NULL ? 0 : tls_out_bytes(session));
}

static void tls_shut(struct stream *s, uint32_t connection, bool reset)
{
	struct tls *tls = (struct tls *)s;
	struct tls_session *session = tls_find(tls, connection);
	if (session == NULL) {
		stream_shut(tls->wrapped, connection, reset);
	} else if (reset) {
		session->phase = TLS_LEAVING;
		session->is_reset = true;
		stream_shut(tls->wrapped, connection, true);
	} else if (session->phase <= TLS_SHAKING) {
		session->phase = TLS_LEAVING;
		session->since_ns = clock_now_ns();
		stream_shut(tls->wrapped, connection, false);
	} else if (session->phase == TLS_OPEN || session->phase == TLS_ENDING) {
		tls_session_end(session, TLS_DRAINING);
	}
}

static uint16_t tls_listen_port(struct stream *s, uint32_t listener)
{
	return stream_listen_port(((struct tls *)s)->wrapped, listener);
}

static bool tls_peer(struct stream *s, uint32_t connection, struct stream_peer *peer)
{
	struct tls *tls = (struct tls *)s;
	const struct tls_session *session = tls_find(tls, connection);
	bool is_known = stream_peer_of(tls->wrapped, connection, peer);
	if (session == NULL || session->certificate[0] == '\0')
		return is_known;
	memcpy(peer->certificate, session->certificate, sizeof peer->certificate);
	return true;
}

static bool tls_counts(struct stream *s, struct stream_counts *counts)
{
	return stream_get_counts(((struct tls *)s)->wrapped, counts);
}

/* --- the turn --- */

/* A newcomer at a TLS listener: a session, unless there are too many or they come too fast. */
static void tls_accept(struct tls *tls, const struct stream_event *event)
{
	uint64_t now_ns = clock_now_ns(), apart_ns = 0;
	if (tls->config.handshakes_per_s != 0)
		apart_ns = 1000000000ull / tls->config.handshakes_per_s;
	uint64_t due_ns = tls->shaken_ns > now_ns ? tls->shaken_ns : now_ns;
	bool has_time = due_ns - now_ns <= apart_ns * (TLS_SHAKES_AT_ONCE - 1);
	struct tls_session *session =
		has_time ? tls_take(tls, event->connection, TLS_SHAKING) : NULL;
	if (session != NULL && !tls_session_start(session, tls->server, NULL)) {
		tls_give(tls, session);
		session = NULL;
	}
	if (session == NULL) {
		notes_count(&tls->counts.refused);
		stream_shut(tls->wrapped, event->connection, true);
		return;
	}
	session->listener = event->listener;
	tls->shaken_ns = due_ns + apart_ns;
}

static void tls_opened(struct tls *tls, struct tls_session *session)
{
	if (session->phase != TLS_WAITING)
		return;
	session->phase = TLS_SHAKING;
	session->since_ns = clock_now_ns();
	if (tls_session_start(session, tls->clients[session->client].context,
		    tls->clients[session->client].name))
		tls_session_take(session, NULL, 0);
	else
		tls_session_fail(session, ENOMEM, "found no memory for OpenSSL");
}

/* Why a session ended, now that the wrapped stream has. */
static int32_t tls_end_error(struct tls *tls, struct tls_session *session, int32_t error)
{
	if (session->error != 0)
		return session->error;
	if (session->is_reset || session->phase == TLS_LEAVING || session->phase == TLS_WAITING)
		return error;
	if (session->phase == TLS_ENDING || session->phase == TLS_DRAINING)
		return error;
	notes_count(session->phase == TLS_OPEN ? &tls->counts.truncated : &tls->counts.refused);
	notes_put(&tls->notes, "TLS %s connection %u: found its end %s, expected a close_notify",
		session->listener != 0 ? "client's" : "server's", session->number,
		session->phase == TLS_OPEN ? "without a word" : "within the handshake");
	return error != 0 ? error : EPROTO;
}

static void tls_closed(struct tls *tls, struct tls_session *session, int32_t error)
{
	int32_t why = tls_end_error(tls, session, error);
	if (session->is_told)
		tls_queue(session, STREAM_CLOSED)->error = why;
	tls_give(tls, session);
}

static void tls_on_event(struct tls *tls, const struct stream_event *event)
{
	struct tls_session *session = tls_find(tls, event->connection);
	bool is_ours = event->listener != 0 && event->listener < TLS_LISTENER_BITS &&
		       (tls->listeners >> event->listener & 1) != 0;
	if (session == NULL && !is_ours)
		tls->queue[tls->queue_to++] = *event;
	else if (session == NULL && event->kind == STREAM_OPENED)
		tls_accept(tls, event);
	else if (session == NULL)
		return; /* the rest of one that was sent away */
	else if (event->kind == STREAM_OPENED)
		tls_opened(tls, session);
	else if (event->kind == STREAM_CLOSED)
		tls_closed(tls, session, event->error);
	else if (session->phase == TLS_SHAKING || session->phase == TLS_OPEN)
		tls_session_take(session, event->bytes, event->size_bytes);
}

/* tls_look breaks off what takes too long; once a millisecond. */
static void tls_look(struct tls *tls, struct tls_session *session, uint64_t now_ns)
{
	if (session->phase == TLS_SHAKING &&
		now_ns > session->since_ns + tls->config.handshake_ns) {
		tls_session_fail(session, ETIMEDOUT, "found no handshake in time");
		stream_shut(tls->wrapped, session->number, true);
	} else if (session->phase == TLS_LEAVING && session->error != 0 &&
		   now_ns > session->since_ns + TLS_LEAVE_NS) {
		stream_shut(tls->wrapped, session->number, true);
	}
}

static void tls_tend(struct tls *tls)
{
	uint64_t now_ns = clock_now_ns();
	bool is_looking = now_ns >= tls->looked_ns + TLS_LOOK_NS;
	if (is_looking)
		tls->looked_ns = now_ns;
	for (uint32_t i = 0; i < tls->used_count; i++) {
		struct tls_session *session = &tls->sessions[tls->list[i]];
		/* The caller had a poll to answer in. */
		if (session->phase == TLS_ENDING)
			tls_session_end(session, TLS_DRAINING);
		else if (tls_out_bytes(session) > 0 || session->phase == TLS_DRAINING)
			tls_session_flush(session);
		if (is_looking)
			tls_look(tls, session, now_ns);
	}
}

static uint32_t tls_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	struct tls *tls = (struct tls *)s;
	struct stream_event come[TLS_BURST];
	if (tls->queue_from == tls->queue_to) {
		tls->queue_from = tls->queue_to = tls->plain_bytes = 0; /* tls (3) */
		tls_tend(tls);
		uint32_t count = stream_poll(tls->wrapped, come, max < TLS_BURST ? max : TLS_BURST);
		for (uint32_t i = 0; i < count; i++)
			tls_on_event(tls, &come[i]);
	}
	uint32_t left = tls->queue_to - tls->queue_from;
	left = left < max ? left : max;
	memcpy(events, tls->queue + tls->queue_from, left * sizeof events[0]);
	tls->queue_from += left;
	return left;
}

static void tls_close(struct stream *s)
{
	struct tls *tls = (struct tls *)s;
	for (uint32_t i = tls->used_count; i-- > 0;) {
		struct tls_session *session = &tls->sessions[tls->list[i]];
		if (session->phase == TLS_OPEN || session->phase == TLS_ENDING)
			tls_session_end(session, TLS_DRAINING);
		tls_give(tls, session);
	}
	stream_close(tls->wrapped);
	SSL_CTX_free(tls->server);
	for (uint32_t i = 0; i < tls->client_count; i++)
		SSL_CTX_free(tls->clients[i].context);
	memory_return(tls, tls->size_bytes);
}

static const struct stream_ops tls_ops = {
	.listen = tls_listen,
	.connect = tls_connect,
	.poll = tls_poll,
	.send = tls_send,
	.unsent_bytes = tls_unsent_bytes,
	.shut = tls_shut,
	.listen_port = tls_listen_port,
	.close = tls_close,
	.peer = tls_peer,
	.counts = tls_counts,
};

/* --- opening --- */

struct stream *stream_tls_open(
	struct stream *wrapped, const struct stream_tls_config *config, struct config_error *error)
{
	uint32_t count = config->connection_max, rows = numbers_row_count(count);
	CHECK(count >= 1 && count <= 1024);
	(void)error;
	size_t head = (sizeof(struct tls) + 63) / 64 * 64;
	size_t size = head +
		      count * (sizeof(struct tls_session) + sizeof(uint32_t) + TLS_OUT_BYTES) +
		      rows * sizeof(struct number) + (size_t)TLS_BURST * TLS_PLAIN_BYTES;
	uint8_t *memory = memory_take("stream_tls", size), *at = memory + head;
	struct tls *tls = (struct tls *)memory;
	tls->stream.ops = &tls_ops;
	tls->wrapped = wrapped;
	tls->config = *config;
	if (tls->config.records_a_key == 0)
		tls->config.records_a_key = 1 << 22;
	if (tls->config.memory_max_bytes == 0)
		tls->config.memory_max_bytes = (16u << 20) + (uint64_t)count * (192u << 10);
	tls->size_bytes = size;
	tls->sessions = (struct tls_session *)at;
	at += count * sizeof(struct tls_session);
	numbers_init(&tls->numbers, (struct number *)at, rows);
	at += rows * sizeof(struct number);
	tls->list = (uint32_t *)at;
	at += count * sizeof(uint32_t);
	tls->plain = at;
	at += (size_t)TLS_BURST * TLS_PLAIN_BYTES;
	for (uint32_t i = 0; i < count; i++, at += TLS_OUT_BYTES) {
		tls->list[i] = i;
		tls->sessions[i].out = at;
	}
	tls_memory_bound(tls->config.memory_max_bytes);
	return &tls->stream;
}

bool stream_tls_serve(
	struct stream *s, const struct stream_tls_papers *papers, struct config_error *error)
{
	struct tls *tls = (struct tls *)s;
	SSL_CTX *context = tls_papers_context(true, papers, error);
	if (context == NULL)
		return false;
	SSL_CTX_free(tls->server);
	tls->server = context;
	return true;
}

bool stream_tls_trust(struct stream *s, const char *word, const struct stream_tls_papers *papers,
	struct config_error *error)
{
	struct tls *tls = (struct tls *)s;
	CHECK(tls->client_count < STREAM_TLS_CLIENT_MAX && papers->name != NULL);
	CHECK(strlen(word) < TLS_WORD_BYTES && strlen(papers->name) < 64);
	SSL_CTX *context = tls_papers_context(false, papers, error);
	if (context == NULL)
		return false;
	uint32_t client = tls->client_count++;
	tls->clients[client].context = context;
	memcpy(tls->clients[client].word, word, strlen(word) + 1);
	memcpy(tls->clients[client].name, papers->name, strlen(papers->name) + 1);
	return true;
}

void stream_tls_counts_of(const struct stream *tls, struct stream_tls_counts *counts)
{
	notes_counts((uint64_t *)counts, (const uint64_t *)&((const struct tls *)tls)->counts,
		sizeof *counts / sizeof(uint64_t));
	tls_memory_counts(counts);
}

struct notes *stream_tls_notes(struct stream *tls)
{
	return &((struct tls *)tls)->notes;
}

void stream_tls_update(struct stream *s, uint32_t connection)
{
	struct tls_session *session = tls_find((struct tls *)s, connection);
	if (session != NULL && session->phase == TLS_OPEN)
		SSL_key_update(session->ssl, SSL_KEY_UPDATE_REQUESTED);
}
