/* market.h - a market that behaves like a day of NASDAQ, message by message.

   market_next draws the next ITCH 5.0 message: first the directory and the trading states of all symbols,
   then order flow with the measured mix, symbol activity, distances from the best, sizes, lifetimes and
   order references of 30 January 2019.  References mostly count upwards, but some orders carry one that
   is millions older.  A few quotes are stubs and a few prices lie between cents, so that a book that
   cannot hold them is found out.

   Owner      one generator.
   Units      price_e4, shares, nanoseconds since midnight of the venue.
   Invariant  (1) the same options give the same bytes;
              (2) no message names an order that is not live, takes more than it has, or uses a live
                  reference again. */
#ifndef SLUICE_PKTGEN_MARKET_H
#define SLUICE_PKTGEN_MARKET_H

#include "dataplane/wire/itch50.h"
#include "tools/pktgen/shadow.h"

struct market_options {
	uint64_t message_count; /* at most this many               */
	uint32_t symbol_count;  /* 1 .. 65,535                     */
	uint64_t seed;
};

struct market;

/* market_open returns NULL if there is no memory for it. */
struct market *market_open(const struct market_options *options);
void market_close(struct market *market);

/* market_next writes the next message.  Returns its size; 0: message_count are made. */
uint32_t market_next(struct market *market, uint8_t out[ITCH50_SIZE_MAX]);

/* market_time_ns is the time of the message just made; market_order_count how many orders live. */
uint64_t market_time_ns(const struct market *market);
uint64_t market_order_count(const struct market *market);

/* market_symbol gives a locate's state; NULL: there is no such symbol. */
const struct shadow_symbol *market_symbol(const struct market *market, uint32_t locate);

/* market_oracle writes a row for each locate. */
void market_oracle(const struct market *market, FILE *file);

#endif
