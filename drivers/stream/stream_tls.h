/* stream_tls.h - TLS 1.3 around another stream driver, for the connections whose address asks for it.

   An address that begins with "tls:" is spoken to in TLS, every other passes through untouched:

     listen   "tls:10.0.0.2"            a listener whose clients must show a certificate of the given authority
     connect  "tls:exchange@10.0.0.9"   a server whose papers were given by the word in front of the @

   To the caller a TLS connection is a connection: STREAM_OPENED comes when the handshake is done and the other
   side's certificate is believed, bytes are plain, an end is an end.  A client that is refused was never there:
   no event, a note and a count.  stream_peer_of gives the verified certificate's name (its one common name).

   TLS 1.3 and nothing below it, so there is no renegotiation; no early data, no tickets, no resumption, no
   compression.  Certificates are asked for both ways.  Each side's close_notify is its orderly end; a stream that
   ends without one was cut, and says so:

     close_notify, then the end -> 0        the end alone, or a broken record -> EPROTO
     certificate not believed (connect) -> EKEYREJECTED      no handshake in time -> ETIMEDOUT

   Owner      as stream.h says; the wrapped stream belongs to this one, and is closed with it.  notes and counts are
              read by another thread.
   Time       of the handshake and of certificates is the machine's.  A handshake is about a millisecond of
              arithmetic in the poll that brings it, so their rate has a bound; a record is a microsecond.
   Invariant  stream (1): a send is encrypted only when there is room for all of it, so a refused one has left no
              trace; (2), (3) are the wrapped driver's.
   Memory     OpenSSL takes memory with malloc after boot.  It is counted, and bounded: beyond memory_max it gets
              none and the handshake that asked fails.  Buffers of our own are taken at open.
   Errors     as stream.h says; papers are refused by file, before anybody connects. */
#ifndef SLUICE_DRIVERS_STREAM_TLS_H
#define SLUICE_DRIVERS_STREAM_TLS_H

#include "drivers/stream/notes.h"
#include "drivers/stream/stream.h"

enum { STREAM_TLS_CLIENT_MAX = 32, STREAM_TLS_SEND_BYTES_MAX = 32768 };

struct stream_tls_config {
	uint32_t connection_max; /* TLS connections at once, 1 .. 1024 */
	uint64_t handshake_ns;   /* a handshake that takes longer is broken off */
	uint32_t
		handshakes_per_s; /* accepted on average, 16 at once; further ones are reset; 0: all */
	uint64_t records_a_key;    /* sent with one key, then it is updated; 0: 2^22 */
	uint64_t memory_max_bytes; /* of OpenSSL; 0: 16 MiB and 192 KiB a connection */
};

/* One side's files, PEM.  The key must belong to root or to this process's uid and be closed to everybody else. */
struct stream_tls_papers {
	const char *certificate; /* ours, with what leads to its authority */
	const char *key;
	const char *authority; /* whose certificates of others are believed */
	const char *name;      /* connect: what the server's certificate must be for; else NULL */
};

/* What happened; never decreases but memory_bytes.  Any thread may ask. */
struct stream_tls_counts {
	uint64_t opened;                  /* handshakes done */
	uint64_t refused;                 /* and not: certificate, protocol, time, rate, room */
	uint64_t truncated;               /* ended without close_notify */
	uint64_t broken;                  /* ended by a record that cannot be, or an alert */
	uint64_t alerts_in, alerts_out;   /* without close_notify */
	uint64_t updates_in, updates_out; /* of keys */
	uint64_t memory_bytes, memory_most_bytes, memory_denied; /* of OpenSSL */
};

/* stream_tls_open wraps a stream.  NULL: error has why, and wrapped stays the caller's. */
struct stream *stream_tls_open(
	struct stream *wrapped, const struct stream_tls_config *config, struct config_error *error);

/* stream_tls_serve gives the papers of all "tls:" listeners; stream_tls_trust those of connections to "tls:word@...".
   false: error names the file and what is wrong with it. */
bool stream_tls_serve(
	struct stream *tls, const struct stream_tls_papers *papers, struct config_error *error);
bool stream_tls_trust(struct stream *tls, const char *word, const struct stream_tls_papers *papers,
	struct config_error *error);

void stream_tls_counts_of(const struct stream *tls, struct stream_tls_counts *counts);

/* stream_tls_notes gives what the driver has to say of those it refused and ended. */
struct notes *stream_tls_notes(struct stream *tls);

/* stream_tls_update asks for new keys with the next send; for tests. */
void stream_tls_update(struct stream *tls, uint32_t connection);

#endif
