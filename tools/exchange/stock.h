/* stock.h - packets of a line that are made ready, kept, and let go faster than they could be made.

   To match, to number and to cut a message takes the venue longer than a feed takes to read it, and a walk through the
   kernel's UDP longer still, so that a venue that plays as it goes is at its end before the feed is.  A line that stocks
   keeps its packets as whole frames; a volley hands them, many at a call, to a packet socket on the line's interface, past
   routing and queues.

   Owner      one line of one thread.
   Units      messages a second; now_ns is monotonic.
   States     open (packets pass) -> kept (stock_keep) -> let go (stock_volley) -> open, once the last is out
   Invariant  no packet overtakes another: while any is left, a new one waits behind it. */
#ifndef SLUICE_EXCHANGE_STOCK_H
#define SLUICE_EXCHANGE_STOCK_H

#include <netinet/in.h>

#include "tools/exchange/sequence.h"

enum { STOCK_CALL_MAX = 32 /* packets a call */ };

struct stock {
	int fd; /* -1: not asked for yet */
	uint8_t mac[6];
	struct sequence frames;
	uint64_t gone;                           /* frames let go of */
	uint64_t rate_per_s, since_ns, messages; /* of the volley */
	bool is_kept;
};

void stock_init(struct stock *stock);
void stock_close(struct stock *stock);

/* stock_keep keeps what comes from now on.  `from` is the address of the interface that a volley leaves by.
   false: no interface has it, or no right to send past the kernel; nothing is kept. */
bool stock_keep(struct stock *stock, struct in_addr from);

/* stock_takes adds a packet, from that address to target.  false: nothing is kept, and the packet is the caller's to send. */
bool stock_takes(struct stock *stock, struct in_addr from, const struct sockaddr_in *target,
	const uint8_t *bytes, uint32_t size_bytes);

/* stock_volley begins to let go. */
void stock_volley(struct stock *stock, uint64_t rate_per_s, uint64_t now_ns);

/* stock_turn lets go what is due, STOCK_CALL_MAX frames at most; adds to what was sent and what was refused. */
void stock_turn(struct stock *stock, uint64_t now_ns, uint64_t *sent, uint64_t *refused);

/* stock_left tells how many frames are left; stock_is_going whether a volley is under way. */
uint64_t stock_left(const struct stock *stock);
bool stock_is_going(const struct stock *stock);

#endif
