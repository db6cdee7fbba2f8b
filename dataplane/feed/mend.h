/* mend.h - what a channel does while something is missing, silent or over.

   A hole is given to the other line first, then to request servers, then to a snapshot, then up:

        state      what is held   from it, by whom
        ---------  -------------  ------------------------------------------------------------------
        none       nothing        something is ahead -> waiting
        waiting    what is ahead  filled -> none
                                  wait_ns over, or no room: said aloud, stale -> asking
                                  (no server, or too much to ask for -> snapshot; no source -> given up)
                                  only a heartbeat or an end of session shows the hole -> asking at once, because
                                  no later packet will fill it; said aloud when wait_ns is over
        asking     what is ahead  filled -> none, whole again
                                  no answer in request_tries, request_within_ns over, no room -> snapshot
        snapshot   what is ahead; filled before the snapshot begins -> none, whole again
                   all that is    done: books are the snapshot's, next is its number, what is held follows;
                   live from its  a hole behind it -> asking (or another snapshot); none -> none, whole again;
                   beginning on   what follows breaks the books -> another snapshot
                                  broken, or books behind it, too often -> given up
        given up   nothing        what is missing is declared lost and the stream goes on behind it, stale;
                                  after again_ns -> snapshot; another session -> none

   Whole again: the books are exact, tops are published anew without their mark, and orders pass.  A loss
   concerns every instrument of the channel, because most ITCH messages carry no name.

   Silence: when no line has proved for max_silence that nothing newer is missing, the channel is stale until
   one does; when lines speak all that time, but of old numbers, a snapshot tells who is right.  End: what is missing is got back first; then the channel is stale, because nothing keeps its books
   true, unless a line goes on behind it: then it was none.  Another session is taken up (where the site says `new_session: adopt`) when ours has ended or
   been silent for max_silence, and two packets speak for it; so is our own session when it begins again at 1.
   Everything of the old one is forgotten, never mixed.  A line that began at 1 again and was not taken up may reach next all
   the same: the channel then is stale until a snapshot or another session, because its books may hold two days.

   Owner      the feed stage.
   Time       now_ns of the turn.
   Invariant  (1) tops are unmarked only while books hold every message below next and nothing more;
              (2) books that went on behind a loss are never whole before a snapshot or another session;
              (3) nor are those that a line filled which had begun again. */
#ifndef SLUICE_FEED_MEND_H
#define SLUICE_FEED_MEND_H

#include "dataplane/feed/channel.h"

/* mend_hear takes a packet of a line on which a proxy answers, us or others (LINE_REQUESTED); of use is it while something
   is asked for.  Its bytes must stay until channel_flush. */
void mend_hear(struct channel *channel, const struct channel_packet *packet, uint64_t now_ns);

/* mend_expire does what time brings; cheap where nothing is wrong. */
void mend_expire(struct channel *channel, uint64_t now_ns);

#endif
