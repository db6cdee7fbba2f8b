/* tls.h - the inside of stream_tls: sessions between a wrapped stream's events and the caller's.

   Private to this room.  stream_tls.c has the verbs and the turn, tls_session.c what one session does with OpenSSL,
   tls_papers.c files, contexts and OpenSSL's memory.

   OpenSSL reads from the event that is being worked on and writes into the wrapped stream, or into `out` while that
   has no room; it holds no socket and never waits.

   Owner      the polling thread.
   Invariant  (1) a record is encrypted only with room for it in out;
              (2) an event's bytes are used up before the next event is looked at;
              (3) what was handed out stays until the queue is empty and the caller polls again. */
#ifndef SLUICE_DRIVERS_STREAM_TLS_INSIDE_H
#define SLUICE_DRIVERS_STREAM_TLS_INSIDE_H

#include <openssl/ssl.h>

#include "drivers/stream/numbers.h"
#include "drivers/stream/stream_tls.h"

#define TLS_LOOK_NS  1000000ull
#define TLS_LEAVE_NS 1000000000ull /* a peer we sent away has so long to close its end */

enum {
	TLS_BURST = 32,         /* events of the wrapped stream in one poll */
	TLS_EVENTS_A_BURST = 6, /* opened, closed, and what one event can hold of plain bytes */
	TLS_PLAIN_BYTES = 16384 + STREAM_EVENT_BYTES_MAX, /* an unfinished record and an event */
	TLS_OUT_BYTES = 65536,
	TLS_RECORD_BYTES = 16384,
	TLS_OVERHEAD_BYTES = 32,  /* of a record, at most 22 */
	TLS_RESERVE_BYTES = 1024, /* of out, for alerts and key updates */
	TLS_SHAKES_AT_ONCE = 16,  /* handshakes that may come together */
	TLS_UPDATES_MAX = 4,      /* key updates in one event; more is a flood */
	TLS_LISTENER_BITS = 64,
	TLS_WORD_BYTES = 40,
};

/*  FREE -> WAITING (the wrapped stream connects) -> SHAKING -> OPEN -> DRAINING (we shut) -> LEAVING -> FREE
             accepted: --------------------------------^          \-> ENDING (close_notify came)
    LEAVING: the wrapped stream was shut, and its end is awaited. */
enum tls_phase {
	TLS_FREE = 0,
	TLS_WAITING,
	TLS_SHAKING,
	TLS_OPEN,
	TLS_DRAINING,
	TLS_ENDING,
	TLS_LEAVING,
};

struct tls;

struct tls_session {
	struct tls *tls;
	SSL *ssl;
	uint32_t number, listener;
	uint8_t phase;  /* enum tls_phase */
	bool is_told;   /* the caller knows of it: its end is told */
	bool is_reset;  /* and has reset it: the wrapped stream's word is the end's */
	uint8_t client; /* index of the papers; of a connection that we make */
	int32_t error;
	uint32_t in_bytes, updates_here;
	const uint8_t *in; /* what is left of the event */
	uint8_t *out;      /* TLS_OUT_BYTES */
	uint32_t out_from, out_to;
	uint64_t since_ns, records;
	char certificate[64]; /* the verified one's name */
	char doubted[100];    /* the subject of one that was not believed */
};

struct tls {
	struct stream stream;
	struct stream *wrapped;
	struct stream_tls_config config;
	SSL_CTX *server;
	struct {
		SSL_CTX *context;
		char word[TLS_WORD_BYTES], name[64];
	} clients[STREAM_TLS_CLIENT_MAX];
	uint32_t client_count, used_count;
	uint64_t listeners; /* a bit for each of the wrapped stream's that speaks TLS */
	uint64_t looked_ns;
	uint64_t shaken_ns; /* when the next handshake is due by the rate; a few may come before */
	struct numbers numbers; /* the wrapped stream's number -> index of sessions */
	struct tls_session *sessions;
	uint32_t *list; /* sessions in use, then free ones */
	struct stream_event queue[TLS_BURST * TLS_EVENTS_A_BURST];
	uint32_t queue_from, queue_to;
	uint8_t *plain; /* TLS_BURST * TLS_PLAIN_BYTES */
	uint32_t plain_bytes;
	struct stream_tls_counts counts;
	struct notes notes;
	size_t size_bytes;
};

/* tls_papers_context makes a context of one side's files.  NULL: error names what is wrong. */
SSL_CTX *tls_papers_context(
	bool is_server, const struct stream_tls_papers *papers, struct config_error *error);

/* tls_memory_bound has OpenSSL's memory counted and bounded from now on; tls_memory_counts tells. */
void tls_memory_bound(uint64_t max_bytes);
void tls_memory_counts(struct stream_tls_counts *counts);

/* tls_session_start gives a session its OpenSSL side.  false: no memory. */
bool tls_session_start(struct tls_session *session, SSL_CTX *context, const char *name);

/* tls_session_take works on bytes of the wrapped stream. */
void tls_session_take(struct tls_session *session, const uint8_t *bytes, uint32_t size_bytes);

/* tls_session_flush hands on what waited for room. */
void tls_session_flush(struct tls_session *session);

/* tls_session_end says close_notify; tls_session_fail notes why a session is over and sends it away. */
void tls_session_end(struct tls_session *session, enum tls_phase phase);
void tls_session_fail(struct tls_session *session, int32_t error, const char *why);

/* tls_queue adds an event for the caller. */
struct stream_event *tls_queue(struct tls_session *session, enum stream_event_kind kind);

static inline uint32_t tls_out_bytes(const struct tls_session *session)
{
	return session->out_to - session->out_from;
}

#endif
