/* proxy.h - Cboe's gap request proxy, as one channel speaks to it: a connection that takes requests and answers with a letter.

   The messages themselves come on multicast lines of their own (LINE_REQUESTED), perhaps before the letter, perhaps
   cut otherwise than they were asked for.  The connection lives while something is asked for: a login is the firm's, and
   channels of several units may take it in turns.

        idle --proxy_start--> connecting --opened--> logging in --A--> ready --proxy_ask--> ready
         ^                        |                      |               |
         '--- closed, no stream --+------ another letter '- nonsense ----'   (refusal tells which)

   Owner      one channel's recovery; the stream belongs to the feed.
   Time       now_ns comes from the caller.
   Errors     every trouble ends in idle, with its letter in refusal until proxy_refusal takes it or the proxy is started or
              stopped; of more than one the first stands.  A letter that the protocol does not know is nonsense, and so is
              one about a unit that was not asked for; one to a request that is over is none. */
#ifndef SLUICE_FEED_PROXY_H
#define SLUICE_FEED_PROXY_H

#include "config/config.h"
#include "dataplane/wire/pitch_proxy.h"
#include "drivers/stream/stream.h"

#define PROXY_HEARTBEAT_NS UINT64_C(1000000000)

enum {
	PROXY_PACKET_BYTES_MAX = 1500, /* no answer is so long */
	PROXY_RX_BYTES = PROXY_PACKET_BYTES_MAX + STREAM_EVENT_BYTES_MAX,
};

enum proxy_phase {
	PROXY_IDLE = 0,
	PROXY_CONNECTING,
	PROXY_LOGGING_IN,
	PROXY_READY,
};

/* Letters that no server says: ours for what becomes of a connection. */
enum { PROXY_CLOSED = 'c', PROXY_NONSENSE = 'n' };

struct proxy {
	const struct recovery_config *config;
	struct stream *stream; /* NULL: none was given */
	uint32_t connection;
	uint8_t phase;                    /* enum proxy_phase                                  */
	uint8_t server;                   /* of config->servers                                */
	uint8_t refusal;                  /* the last refusal; 0: none                         */
	bool is_login;                    /* it was the login that was refused                 */
	bool is_asked;                    /* a request waits for its letter                    */
	struct pitch_proxy_message asked; /* this connection's last request; type 0: none      */
	uint64_t told_ns;
	uint32_t rx_bytes;
	uint8_t rx[PROXY_RX_BYTES];
};

/* proxy_init begins idle, without a stream. */
void proxy_init(struct proxy *proxy, const struct recovery_config *config);

/* proxy_start connects to a server of the config and logs in; proxy_stop ends the connection. */
void proxy_start(struct proxy *proxy, uint8_t server, uint64_t now_ns);
void proxy_stop(struct proxy *proxy);

/* proxy_on_event takes one event of its connection. */
void proxy_on_event(struct proxy *proxy, const struct stream_event *event, uint64_t now_ns);

/* proxy_ask sends a request that is ready to be sent.  false: not ready, or not taken. */
bool proxy_ask(struct proxy *proxy, const uint8_t *request, uint32_t size_bytes, uint64_t now_ns);

/* proxy_answered: what was asked for is there, whoever brought it.  A letter to it is not taken any more. */
void proxy_answered(struct proxy *proxy);

/* proxy_tick keeps the connection alive. */
void proxy_tick(struct proxy *proxy, uint64_t now_ns);

/* proxy_refusal takes the last refusal's letter; 0: there was none since. */
uint8_t proxy_refusal(struct proxy *proxy);

#endif
