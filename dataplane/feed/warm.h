/* warm.h - a scratch channel through which made-up packets go before the first real one comes.

   The first packet of a day pays for code that no cache holds, pages of it that are not mapped yet and
   branches nobody has foreseen: many times what the thousandth pays.  So a feed plays a few thousand packets
   of every frequent kind, in the shape of the real ones, through the same functions, on the core that will do
   the work, into books, tops and a tape of the scratch channel's own.  What they leave there is nobody's;
   nothing of the feed is read or changed.

   Owner      the feed stage; the bench, which measures what it is worth (warm: first packet).
   Time       none: the packets tell their own, always the same. */
#ifndef SLUICE_FEED_WARM_H
#define SLUICE_FEED_WARM_H

#include "config/base.h"

enum { WARM_PACKETS = 4096 };

struct warm;

/* warm_open takes memory for the scratch channel; warm_close gives it back. */
struct warm *warm_open(void);
void warm_close(struct warm *warm);

/* warm_run plays packets, most of one message and some of sixteen, again and again the same orders that come,
   trade, change and go: after every WARM_PACKETS of them the scratch books are as before. */
void warm_run(struct warm *warm, uint32_t packet_count);

/* warm_make makes the next packet, of message_count messages (1 .. 16); warm_play gives it to the channel. */
void warm_make(struct warm *warm, uint32_t message_count);
void warm_play(struct warm *warm);

/* warm_messages tells how many messages the scratch channel has delivered. */
uint64_t warm_messages(const struct warm *warm);

#endif
