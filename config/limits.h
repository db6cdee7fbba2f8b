/* limits.h - the bound of every table, in one place.

   Nothing in Sluice grows while it runs: each table takes its memory at boot from the number given
   here (or from the site's config, never above it) and refuses by name when it is full.

   Units      counts unless the name says otherwise. */
#ifndef SLUICE_CONFIG_LIMITS_H
#define SLUICE_CONFIG_LIMITS_H

enum {
	SYMBOL_COUNT_MAX = 65536,     /* stock locates are 16 bits (ITCH 5.0)       */
	ACCOUNT_COUNT_MAX = 4096,     /* account ids 1 .. 4095; 0 means none        */
	STRATEGY_COUNT_MAX = 4096,    /* strategy ids 1 .. 4095; 0 means none       */
	SESSION_COUNT_MAX = 256,      /* order sessions, both sides together        */
	COPY_COUNT_MAX = 16,          /* sessions that hear copies of decisions     */
	COPY_ACCOUNT_COUNT_MAX = 16,  /* accounts that one of them may be held to   */
	VENUE_COUNT_MAX = 16,         /* venues; each has one order session here    */
	LOGIN_TRIES_DEFAULT = 10,     /* refused logins in a row before the alarm   */
	SESSION_STRATEGY_MAX = 64,    /* strategies a session may be held to        */
	ROUTE_COUNT_MAX = 64,         /* routes to them: a bit each                 */
	CHANNEL_COUNT_MAX = 16,       /* market data channels                       */
	LINE_COUNT_MAX = 2,           /* lines of a channel: A and B                */
	PORT_COUNT_MAX = 8,           /* packet ports                               */
	QUEUE_COUNT_MAX = 16,         /* receive queues of a port                   */
	REQUEST_SERVER_COUNT_MAX = 4, /* request servers of a channel               */
	HOLD_PACKET_COUNT_MIN = 64,
	HOLD_PACKET_COUNT_MAX = 65536, /* packets of a channel held ahead of a gap   */
	GATE_ORDER_ID_BITS = 30,       /* of several gates each numbers so many orders */
	GATE_COUNT_MAX = 4,            /* each has its accounts, sessions and journal */
	FEED_STAGE_COUNT_MAX = 4,      /* stages that poll ports; each has a tape    */
	STAGE_COUNT_MAX = 8,           /* stages of the dataplane                    */
	BURST_COUNT_MAX = 32,          /* packets or orders handled at once          */
	ROW_COUNT_MAX = 65536,         /* account-symbol rows in use                 */
	LIMIT_ROW_COUNT_MAX = 16384,   /* rows a limits file may state               */
	/* of them that span gates: five of each symbol, and the firm's */
	LIMIT_CUT_COUNT_MAX = 5 * LIMIT_ROW_COUNT_MAX + 64,
	LEASE_COUNT_MAX = 16,          /* limits raised for a time at once           */
	PARENT_COUNT_MAX = 65536,      /* parents of orders in a journal's life      */
	GRANT_COUNT_MAX = 4096,        /* account-strategy-trader grants to sessions */
	OWN_ORDER_COUNT_MAX = 1 << 20, /* own orders not yet finished                */
	TEXT_ID_COUNT_DEFAULT = 1 << 18,
	TEXT_ID_COUNT_MAX = 1 << 24, /* ids of text that clients have used           */
	TAPE_EVENT_COUNT_MIN = 1024, /* events on a tape before the oldest is lost */
	TAPE_EVENT_COUNT_MAX = 1 << 24,
	TAPE_EVENT_COUNT_DEFAULT = 1 << 20,
	ORDER_UID_COUNT_MAX = 64, /* uids that may open order sessions in shared memory */
	READER_COUNT_MAX = 64,    /* uids that may read the market beside people    */
	BOOK_ORDER_COUNT_DEFAULT = 8 * 1024 * 1024,
	SECTOR_COUNT_MAX = 32, /* sectors of symbols, and one for what is in none */
	SECTOR_NAME_BYTES = 16,
	LANE_COUNT_MAX = 64,     /* one bit of a verdict's mask each           */
	MESSAGE_BYTES_MAX = 960, /* longest order message with its options     */
	RECORD_BYTES_MAX = 1536, /* longest journal record, header included    */
	PACKET_BYTES_MAX = 9216, /* longest frame we take: jumbo               */

	/* A sliding window is exact because every order's time is kept, so its count has a bound. */
	SESSION_RATE_MAX = 16384,     /* orders per window that a session may be allowed   */
	ACCOUNT_RATE_MAX = 4096,      /* the same for an account                           */
	STRATEGY_RATE_MAX = 1024,     /* the same for a strategy                           */
	SYMBOL_RATE_MAX = 1024,       /* the same for a symbol                             */
	BURST_MAX = 65536,            /* tokens of a bucket                                */
	STRATEGY_FILLS_MAX = 1000,    /* max_fills: executions per window of a strategy    */
	GATE_FILLS_MAX = 16000,       /* max_fill_rate: executions per window of the gate  */
	SLIPS_MAX = 120,              /* max_slips: bad executions per window              */
	DUPLICATE_TIMES_MAX = 64,     /* max_duplicates                                    */
	DUPLICATE_COUNT_MAX = 65536,  /* passed orders remembered; a power of two          */
	ORDER_TO_TRADE_MAX = 1000000, /* order_to_trade: messages for each execution      */
	EVENT_COUNT_MAX = 1024,       /* usage events waiting to be read                   */
};

/* Most shares that a symbol may be said to have outstanding, or to trade in a day. */
#define SYMBOL_SHARES_MAX UINT64_C(1000000000000)

/* Largest margin or stress rate of a symbol: ten times its value. */
enum { SYMBOL_RATE_BPS_MAX = 100000 };

/* Largest part of them that a limit may state, and furthest an execution may slip: with these two every product is
   below 2^60. */
enum { SHARE_BPS_WHOLE = 10000, SHARE_BPS_MAX = 100 * SHARE_BPS_WHOLE };

/* Most of a size that was refused that may come back in pieces: not the whole. */
enum { SLICING_BPS_MAX = SHARE_BPS_WHOLE - 1 };

/* Longest window of a limit: a day. */
#define LIMIT_WINDOW_NS_MAX (UINT64_C(86400) * 1000000000)

#endif
