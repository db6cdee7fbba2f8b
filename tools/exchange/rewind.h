/* rewind.h - the venue's MoldUDP64 request server: asked for messages by number, it sends them again.

   A request is 20 bytes of UDP: session, first number, count.  The answer goes to the address it came
   from: one packet with as many whole messages from the first on as were asked for, are there and
   fit.  There is no "no": another session, a number that is not yet or no longer there, a request
   out of shape or above a limit is met with silence and counted.

   Owner      one thread.  Time: now_ns is monotonic.
   Errors     at open a sentence; later an answer the kernel refuses is counted. */
#ifndef SLUICE_EXCHANGE_REWIND_H
#define SLUICE_EXCHANGE_REWIND_H

#include "config/config.h"
#include "tools/exchange/tape.h"

enum { REWIND_REQUEST_BYTES = 20, REWIND_PER_TURN = 256, REWIND_HOLE_MAX = 16 };

/* Messages that are never sent again, as if the venue had lost them too. */
struct rewind_hole {
	uint64_t first, count;
};

/* Requests; each is in exactly one of answered .. unsent. */
struct rewind_counts {
	uint64_t requests, messages;
	uint64_t answered;
	uint64_t malformed;     /* not 20 bytes, or a count of 0 or 0xFFFF             */
	uint64_t other_session; /* another name than the session now                   */
	uint64_t ahead;         /* numbers that are not there yet, or 0                */
	uint64_t gone;          /* no longer kept, too deep, or in a hole              */
	uint64_t limited;       /* more requests than the rate allows                  */
	uint64_t refused;       /* met with silence because a test wants it            */
	uint64_t unsent;        /* the kernel did not take the answer                  */
};

struct rewind {
	int fd; /* -1: not served */
	uint16_t port;
	const struct tape *tape;
	/* limits, as a venue has them */
	uint32_t count_max;  /* messages an answer                     */
	uint32_t rate_per_s; /* requests a second; 0: as many as come  */
	uint64_t depth;      /* messages back from the next; 0: all    */
	/* what a test may want */
	uint64_t refuse; /* so many requests are met with silence; UINT64_MAX: all */
	struct rewind_hole holes[REWIND_HOLE_MAX];
	uint32_t hole_count;
	uint64_t level, seen_ns; /* of the rate: nano-requests */
	struct rewind_counts counts;
};

/* rewind_init serves a tape without limits; nothing is open. */
void rewind_init(struct rewind *rewind, const struct tape *tape);

/* rewind_open binds the server to a numeric IPv4 address; port 0 takes a free one. */
bool rewind_open(
	struct rewind *rewind, const char *address, uint16_t port, struct config_error *error);
void rewind_close(struct rewind *rewind);

/* rewind_hole makes a hole; false: there are REWIND_HOLE_MAX, or it has no message. */
bool rewind_hole(struct rewind *rewind, uint64_t first, uint64_t count);

/* rewind_calm answers everything again: no refusals, no holes. */
void rewind_calm(struct rewind *rewind);

/* rewind_answer judges one request and writes the answer.  Returns its size; 0: silence. */
uint32_t rewind_answer(struct rewind *rewind, const uint8_t *request, uint32_t size_bytes,
	uint64_t now_ns, uint8_t out[TAPE_PACKET_BYTES]);

/* rewind_poll answers what has come.  Returns true if there was anything. */
bool rewind_poll(struct rewind *rewind, uint64_t now_ns);

#endif
