/* event.h - what happened on a market, in one cache line, whatever wire it came by.

   A feed codec turns messages into events; books and, later, the card and other venues speak nothing
   else.  A whole burst is decoded first, so that the order slots it needs can be fetched together.

   Units      price_e4; exch_ns is nanoseconds since the venue's midnight; sizes in shares. */
#ifndef SLUICE_WIRE_EVENT_H
#define SLUICE_WIRE_EVENT_H

#include "config/types.h"

enum event_kind {
	EVENT_NONE = 0,    /* nothing for anyone: skip                                         */
	EVENT_ADD = 1,     /* A F: order, side, qty, price_e4, symbol; other: MPID or 0          */
	EVENT_EXECUTE = 2, /* E: order, qty; match                                             */
	EVENT_EXECUTE_AT = 3, /* C: order, qty; match; price_e4 of the print; code: printable Y N */
	EVENT_REDUCE = 4,     /* X: order, qty taken away                                         */
	EVENT_DELETE = 5,     /* D: order                                                         */
	EVENT_REPLACE = 6,    /* U: order (old), other (new), qty, price_e4                       */
	EVENT_TRADE = 7,      /* P: side, qty, price_e4, symbol, match                            */
	EVENT_CROSS =
		8, /* Q: other is the 64-bit size, price_e4, symbol, match; code: cross type */
	EVENT_BREAK = 9,      /* B: match                                                         */
	EVENT_SYSTEM = 10,    /* S: code                                                          */
	EVENT_DIRECTORY = 11, /* R: symbol, qty round lot; code: authenticity P T               */
	EVENT_STATE = 12,     /* H: symbol, code: T H P Q; other: reason (4 characters)           */
	EVENT_OPERATIONAL = 13, /* h: symbol, code: H T; side: market code character             */
	EVENT_SHORT_SALE = 14,  /* Y: symbol, code: 0 1 2                                         */
	EVENT_OTHER = 15, /* L V W K J I N O: header only; its fields by itch50_fields         */

	/* Of venues whose wire says how it is afterwards, not what changed. */
	EVENT_LEVEL =
		16, /* D 8 5: side, price_e4, symbol; qty is the level's whole size, 0: no level */
	EVENT_MODIFY =
		17, /* D M, P 27 28: order becomes qty at price_e4; EVENT_FLAG_KEEPS_PRIORITY */
	EVENT_EXECUTE_TO =
		18,       /* P 24: order, qty left of it (0: gone); other: shares executed; match;
				  price_e4 of the print; code: printable Y                       */
	EVENT_CLEAR = 19, /* D C: every order and level of symbol is gone                   */
	EVENT_CLEAR_ALL = 20, /* P 97: every order and level of the channel is gone             */
	EVENT_OFFICIAL = 21,  /* D X, P 96: symbol, price_e4; code: O opening C closing, H I;
				  other: shares, where the wire tells                            */
	EVENT_KIND_COUNT = 22,
};

enum event_flag {
	EVENT_FLAG_MORE = 1, /* the venue's own event goes on: do not act on what is between */
	EVENT_FLAG_KEEPS_PRIORITY = 2, /* of a modified order */
	EVENT_FLAG_NO_LOCATE = 4,      /* order or match says whose */
};

/* What a codec skipped: types not in its table, and messages shorter than their type. */
struct event_skips {
	uint32_t unknown, bad;
};

/* hot: every message */
struct event {
	_Alignas(CACHE_LINE_BYTES) uint64_t order; /*  0  order reference                 */
	uint64_t other;      /*  8  new reference, cross size or attribution               */
	uint64_t symbol;     /* 16  symbol_pack; 0 where the message has none              */
	uint64_t match;      /* 24                                                         */
	int64_t price_e4;    /* 32                                                         */
	uint64_t exch_ns;    /* 40                                                         */
	uint32_t qty;        /* 48                                                         */
	uint16_t locate;     /* 52                                                         */
	uint16_t tracking;   /* 54                                                         */
	uint8_t kind;        /* 56  enum event_kind                                        */
	uint8_t type;        /* 57  the wire's own type character                          */
	uint8_t side;        /* 58  enum side                                              */
	uint8_t code;        /* 59  one character, by kind                                 */
	uint16_t size_bytes; /* 60  of the message on the wire                            */
	uint16_t flags;      /* 62  enum event_flag                                        */
};
_Static_assert(sizeof(struct event) == CACHE_LINE_BYTES, "one line");

#endif
