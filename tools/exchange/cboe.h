/* cboe.h - a Cboe unit's other doors: the gap request proxy and the spin server, over TCP.

   Both take a login and then requests (dataplane/wire/pitch_proxy.h).  The proxy answers with a letter and, before that, says
   what was asked for again on the lines of gap responses, in packets cut as it likes.  The spin server tells again and again
   which image there is, and gives it to who asks: the market as it is in that moment.

   What the unit says, live, is said through cboe_say: it is numbered and kept from then on.

   Owner      one thread.  Time: now_ns is monotonic.
   Errors     a wrong login: N; a session that is in already: B; of a request: C too many or none at once, I another unit, S M D
              quotas, O numbers that are not or no longer there, U what a test wants; of a spin: O an image that
              is not there yet, S another one under way.  Silence, broken packets, one connection too many: closed.
              All are counted. */
#ifndef SLUICE_EXCHANGE_CBOE_H
#define SLUICE_EXCHANGE_CBOE_H

#include "dataplane/wire/pitch_proxy.h"
#include "drivers/stream/stream.h"
#include "tools/exchange/history.h"
#include "tools/exchange/image.h"

#define CBOE_IMAGE_NS   UINT64_C(1000000000) /* between two words of which image there is */
#define CBOE_SILENCE_NS UINT64_C(5000000000) /* a client that says nothing for so long is gone */

enum { CBOE_CLIENT_MAX = 16, CBOE_PACKET_BYTES = 1400, CBOE_RX_BYTES = 512 };

/* What is said again on line `line` of gap responses. */
typedef void cboe_reply(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns);

/* The limits of the document; a test may set others. */
struct cboe_limits {
	uint32_t count;                      /* messages a request                 */
	uint32_t per_s, per_minute, per_day; /* requests                           */
	uint64_t reach;                      /* messages back from the next        */
	uint32_t packet_count; /* messages a packet of what is said again; 0: what fits */
};

struct cboe_client {
	uint32_t connection; /* CONNECTION_NONE: free */
	bool is_spin, is_logged_in, is_asked;
	uint64_t received_ns, sent_ns, told_ns; /* told: of an image */
	uint64_t next;   /* number of the spin's next message; 0: none is under way */
	uint32_t number; /* of the image it is given */
	struct sequence spin;
	uint32_t rx_bytes;
	uint8_t rx[CBOE_RX_BYTES + STREAM_EVENT_BYTES_MAX];
};

struct cboe_counts {
	uint64_t connections, full, logins, login_rejects, broken, timeouts;
	uint64_t requests, accepted, replies, refused[256]; /* refused by letter */
	uint64_t images, spins, spun, spins_refused;
};

struct cboe {
	struct stream *gaps, *spins; /* NULL: not served */
	uint8_t unit;
	const char *session_sub_id, *username, *password;
	struct cboe_limits limits;
	cboe_reply *reply;
	void *context;
	uint32_t line_count; /* of gap responses */
	struct history history;
	struct image image;
	struct {
		uint64_t since_ns, count;
	} second, minute, day;
	/* what a test may want */
	uint64_t deaf;      /* so many requests are neither answered nor said again */
	uint64_t refuse;    /* so many requests are answered with U                 */
	uint64_t cut_after; /* each spin is cut off behind so many messages; 0: none */
	bool is_mute;       /* nobody is let in                                     */
	struct cboe_counts counts;
	struct cboe_client clients[CBOE_CLIENT_MAX];
};

/* cboe_init begins a day of a unit without a message, that keeps history_max of them. */
void cboe_init(
	struct cboe *cboe, uint8_t unit, uint64_t history_max, cboe_reply *reply, void *context);
void cboe_free(struct cboe *cboe);

/* cboe_say takes what the unit says live and gives it its number, history.next before the call. */
void cboe_say(struct cboe *cboe, const uint8_t *message, uint32_t size_bytes);

/* cboe_packet writes a packet of whole messages from number `first` on, at most count_max and what fits; returns its size, *count
   says how many; 0: `first` is not kept. */
uint32_t cboe_packet(const struct cboe *cboe, uint64_t first, uint32_t count_max,
	uint8_t out[CBOE_PACKET_BYTES], uint32_t *count);

/* cboe_turn takes what clients sent and sends what they take.  Returns true if it did anything. */
bool cboe_turn(struct cboe *cboe, uint64_t now_ns);

#endif
