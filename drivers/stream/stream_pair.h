/* stream_pair.h - two stream drivers as one, so that whoever polls one stream serves both.

   The gate's clients come by TCP and through shared memory; to the gate they are connections of one
   driver.  An address that begins with the prefix belongs to the second driver, every other to the first: for
   a TCP driver and stream_shm the prefix is "/", the beginning of a socket's path.

   Numbers    a connection's number is its driver's in 31 bits, and one bit says which driver: nothing is
              looked up for an event.  The drivers' own numbers may have come round past 31 bits, so the
              whole ones of open connections are kept in a table; a newcomer whose 31 bits are those of
              an open connection (2^31 connections younger) is reset.
   Owner      as stream.h says.  The pair owns both drivers and closes them.
   Time       a poll is a poll of both; the first begins every other turn. */
#ifndef SLUICE_DRIVERS_STREAM_PAIR_H
#define SLUICE_DRIVERS_STREAM_PAIR_H

#include "drivers/stream/stream.h"

/* stream_pair_open joins two drivers for up to connection_max connections of each. */
struct stream *stream_pair_open(
	struct stream *first, struct stream *second, const char *prefix, uint32_t connection_max);

#endif
