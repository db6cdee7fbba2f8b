/* stream_fault.h - a bad network around any stream, by a seed.

   It hands deliveries out late, in pieces or joined to the next, refuses sends, and ends connections: at a
   byte that a test chose, or at one drawn from the seed.  An end is a reset that both sides learn of, or a
   silence that neither does (half open): what is sent vanishes and nothing comes, until the owner gives up.
   It never changes a byte, nor loses one but behind an end, nor brings two out of order.

   Owner      as stream.h says; the wrapped stream belongs to the wrapper from then on.
   Units      rates in parts per million: of deliveries, sends or both.  Delays in polls: a stream has no
              clock.  A cut counts the bytes of one direction since the connection opened.
   Invariant  (1) same seed and same calls: same events;
              (2) a cut after n bytes lets exactly n through, never n + 1;
              (3) an end comes once; stream_send that met it took all, as a kernel would have.
   Errors     like stream.h; a cut connection closes with ECONNRESET. */
#ifndef SLUICE_DRIVERS_STREAM_FAULT_H
#define SLUICE_DRIVERS_STREAM_FAULT_H

#include "drivers/stream/stream.h"

enum { STREAM_FAULT_PPM_MAX = 1000000, STREAM_FAULT_CUT_MAX = 16 };

struct stream_fault_rates {
	uint64_t seed;
	uint32_t split_ppm;              /* a delivery comes in two pieces, in two polls       */
	uint32_t merge_ppm;              /* it waits for the next one, delay_polls at most     */
	uint32_t delay_ppm, delay_polls; /* it waits 1 .. delay_polls polls                    */
	uint32_t refuse_ppm;             /* a send finds no room                               */
	uint32_t reset_ppm;              /* the connection breaks inside a delivery or a send  */
	uint32_t silence_ppm;            /* it goes silent inside one                          */
};

enum stream_fault_way { STREAM_FAULT_RX = 0, STREAM_FAULT_TX = 1 }; /* as the owner sees it */
enum stream_fault_end { STREAM_FAULT_RESET = 0, STREAM_FAULT_SILENCE = 1 };

/* Where a connection that is still to come shall end. */
struct stream_fault_cut {
	bool is_accepted; /* it comes to a listener; else by stream_connect */
	uint32_t skip;    /* so many of that kind come first                */
	uint8_t way;      /* enum stream_fault_way                          */
	uint8_t end;      /* enum stream_fault_end                          */
	uint64_t after_bytes;
};

/* stream_fault_open wraps a stream; stream_close of the result closes both.  connection_max: of the wrapped
   one, those included that ended here and not there. */
struct stream *stream_fault_open(
	struct stream *wrapped, uint32_t connection_max, const struct stream_fault_rates *rates);

/* stream_fault_begin sets other rates and forgets the cuts that wait for their connection.  Connections stay; those
   that come are drawn for as if they were the first. */
void stream_fault_begin(struct stream *s, const struct stream_fault_rates *rates);

/* stream_fault_cut lets a connection that opens later end at a byte; up to STREAM_FAULT_CUT_MAX wait. */
void stream_fault_cut(struct stream *s, const struct stream_fault_cut *cut);

/* stream_fault_watch calls back when a connection meets its end, bytes before it handed on and nothing else
   done.  The call need not return: then the wrapper is good for stream_close and nothing else. */
void stream_fault_watch(struct stream *s, void (*met)(void *context), void *context);

/* stream_fault_passed tells how many bytes went one way over a connection that has not ended. */
uint64_t stream_fault_passed(
	const struct stream *s, uint32_t connection, enum stream_fault_way way);

/* stream_fault_ends tells how many connections met their end here. */
uint64_t stream_fault_ends(const struct stream *s);

/* stream_fault_wrapped gives the stream inside. */
struct stream *stream_fault_wrapped(struct stream *s);

#endif
