/* state_event.h - what a venue says beside orders and trades, whatever wire it came by.

   The rare messages are events of their own (event.h) only as far as the hot path needs them; a codec
   decodes them a second time into this, with every field.  Groups of facts are those of shm/market_state.h.

   Units      price_e4; exch_ns is nanoseconds since the venue's midnight, also inside the groups. */
#ifndef SLUICE_WIRE_STATE_EVENT_H
#define SLUICE_WIRE_STATE_EVENT_H

#include "dataplane/shm/market_state.h"

enum state_event_kind {
	STATE_EVENT_NONE = 0,
	STATE_EVENT_PHASE = 1,        /* code                 */
	STATE_EVENT_DIRECTORY = 2,    /* directory            */
	STATE_EVENT_TRADING = 3,      /* trading              */
	STATE_EVENT_OPERATIONAL = 4,  /* operational, without halted_on */
	STATE_EVENT_SHORT_SALE = 5,   /* short_sale           */
	STATE_EVENT_COLLAR = 6,       /* collar               */
	STATE_EVENT_IPO = 7,          /* ipo                  */
	STATE_EVENT_LISTING = 8,      /* listing              */
	STATE_EVENT_IMBALANCE = 9,    /* imbalance            */
	STATE_EVENT_RETAIL = 10,      /* retail               */
	STATE_EVENT_CROSS = 11,       /* cross; code: O C H   */
	STATE_EVENT_PARTICIPANT = 12, /* participant          */
	STATE_EVENT_MWCB_LEVELS = 13, /* levels               */
	STATE_EVENT_MWCB_STATUS = 14, /* code: 1 2 3          */
};

/* A message says this many of them at most. */
enum { STATE_EVENTS_OF_MESSAGE_MAX = 2 };

struct participant_position {
	char mpid[4];
	uint8_t primary; /* Y N       */
	uint8_t mode;    /* N P S R L */
	uint8_t state;   /* A E W S D */
	uint8_t reserved;
};

struct state_event {
	uint8_t kind; /* enum state_event_kind */
	uint8_t code;
	uint16_t locate; /* 0: none, only the name */
	uint32_t reserved;
	uint64_t symbol; /* symbol_pack; 0: it concerns all */
	uint64_t exch_ns;
	union {
		struct directory_facts directory;
		struct trading_facts trading;
		struct operational_facts operational;
		struct short_sale_facts short_sale;
		struct collar_facts collar;
		struct ipo_facts ipo;
		struct listing_facts listing;
		struct imbalance_facts imbalance;
		struct retail_facts retail;
		struct cross_facts cross;
		struct participant_position participant;
		uint64_t levels[3]; /* index values with 8 decimals */
	};
};

#endif
