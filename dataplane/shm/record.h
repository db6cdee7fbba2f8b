/* record.h - what the journal holds: one shape for the link, the file and the replay.

   The gate is a fold: it takes input records one by one and from them alone derives its state and its
   output records.  Live, an input is published to the journal link and then applied; at boot and in a
   replay the same inputs are read back and applied by the same function, and the outputs that come
   out must equal the ones in the file.

   A record is a 16-byte header and its body, padded to 16 bytes.  Published means in the link, which
   survives the process; durable means on the disk, which survives the machine.

   Units      last in the names; sequence counts records of one journal from 1 without holes.
   Invariant  (1) an input's record is published before it is applied; a turn's and a top's with the input behind them, a
                  client's message with what was decided of it: before anything is handed over, or anybody is told;
              (2) a receipt is published before its order leaves;
              (3) every byte of a record is written: padding is zero, so equal decisions are equal
                  bytes. */
#ifndef SLUICE_SHM_RECORD_H
#define SLUICE_SHM_RECORD_H

#include "config/limitset.h"
#include "config/rejects.h"

enum { RECORD_ALIGN_BYTES = 16, RECORD_VERSION = 7 };

/*    from          to            meaning                                                    */
enum record_type {
	RECORD_PAD = 0, /* input: nothing; fills the end of a ring or segment                  */
	/* inputs */
	RECORD_BOOT = 1,         /* a process took over this journal                        */
	RECORD_TURN = 2,         /* a turn began with these inputs                          */
	RECORD_TOP = 3,          /* the market as this turn sees one symbol                 */
	RECORD_STOP = 4,         /* a stop word was seen and latched                        */
	RECORD_RELEASE = 5,      /* a latch was released by persons                         */
	RECORD_LIMIT_ROW = 6,    /* a row of the epoch that follows; behind it config/cut.h */
	RECORD_LIMIT_EPOCH = 7,  /* the rows before this are now in force                   */
	RECORD_SESSION = 8,      /* a session changed: logged in, gone                      */
	RECORD_CLIENT_IN = 9,    /* a message a client sent, raw                            */
	RECORD_VENUE_IN = 10,    /* a sequenced message the venue sent, raw                 */
	RECORD_SENT = 11,        /* an order or cancel was handed to the venue's stream     */
	RECORD_WITHHELD = 12,    /* it was not, and why                                     */
	RECORD_MARK = 13,        /* what an account holds of a symbol is valued at a price  */
	RECORD_RESERVED = 14,    /* a RESERVE is durable: its numbers may be used           */
	RECORD_DAY = 15,         /* a day ends, is closed, or another begins                */
	RECORD_POSITION = 16,    /* the journal begins with this position                   */
	RECORD_LIMIT_WORD = 17,  /* a person confirmed limits on trial, or gave them up     */
	RECORD_RATE = 19,        /* what another currency is worth from now on              */
	RECORD_RESOLVE = 20,     /* two persons say what became of an uncertain order       */
	RECORD_ACKNOWLEDGE = 23, /* a person has seen a break of a drop copy              */
	RECORD_LEASE = 24,       /* persons raise one limit for a time, or end that         */
	/* outputs */
	RECORD_RECEIPT = 32,    /* a decision                                              */
	RECORD_CANCEL = 33,     /* the gate cancels an order: for its client or by a kill  */
	RECORD_RESERVE = 34,    /* venue UserRefNums up to here may be used once durable   */
	RECORD_STATE_HASH = 35, /* the hash of the whole state at this point               */
	RECORD_TRADE = 36,      /* a position moved: executed, broken or corrected         */
	RECORD_TRIP = 37,       /* an input made the fold latch a scope: a stop_record     */
	RECORD_ENDED = 38, /* an order of a day that is over has ended with its venue's session */
	RECORD_LIMIT_END = 39, /* the limits of the epoch before are in force again       */
	RECORD_LEASE_END = 40, /* a limit that was raised for a time is no longer         */
};
const char *record_type_name(unsigned type);

/* record_is_input tells whether a fold consumes (true) or produces (false) this type. */
static inline bool record_is_input(unsigned type)
{
	return type < RECORD_RECEIPT;
}

struct record {
	uint16_t size_bytes; /* header, body and padding; a multiple of 16          */
	uint16_t body_bytes; /* of the body, without padding                        */
	uint8_t type;        /* enum record_type                                    */
	uint8_t reserved[3]; /* zero                                                */
	uint32_t crc;        /* CRC32C over the record with this field zero, seeded
	                        with the crc of the record before; set on the disk,
	                        0 in the link                                       */
	uint32_t sequence;   /* low 32 bits of the record's number                  */
};
_Static_assert(sizeof(struct record) == 16, "header");

static inline const void *record_body(const struct record *record)
{
	return record + 1;
}

static inline uint16_t record_size_of(uint32_t body_bytes)
{
	return (uint16_t)((sizeof(struct record) + body_bytes + RECORD_ALIGN_BYTES - 1) &
			  ~(uint32_t)(RECORD_ALIGN_BYTES - 1));
}

/* RECORD_BOOT: orders unanswered before it are uncertain; every session is down. */
struct boot_record {
	uint64_t build_id;         /* of the binary                                        */
	uint64_t config_hash[2];   /* struct site_config.hash                              */
	uint64_t wall_ns;          /* since 1970                                           */
	uint64_t midnight_wall_ns; /* last midnight US Eastern: zero of OUCH timestamps    */
};

/* RECORD_TURN: what a turn copied from others when it began.  Judge, throttles and replay see nothing
   else, so what is not here does not exist for them. */
struct turn_inputs {
	uint64_t turn;              /* counts from 1 in a journal                          */
	uint64_t now_ns;            /* monotonic; never decreases, also across boots       */
	uint64_t wall_ns;           /* since 1970; for people and OUCH timestamps          */
	uint64_t control_silent_ns; /* since control's heartbeat last moved                */
	uint64_t journal_behind;    /* records published and not yet durable               */
	uint32_t venue_up_mask;     /* bit per venue: takes orders                         */
	uint32_t venue_slow_mask;   /* bit per venue: its stream holds unsent bytes        */
	uint64_t
		clock_off_ns; /* how far the wall clock is off, as control says; UINT64_MAX: unknown */
};

/* turn_inputs_copy copies them as they were written, word by word.  Live that was a moment ago, and a load that is wider than
   the store it reads from waits until that store and all before it are in the cache: as long as it takes to get a line back from
   the core that reads what was published.  Volatile, or the compiler joins the words. */
static inline void turn_inputs_copy(struct turn_inputs *to, const volatile struct turn_inputs *from)
{
	_Static_assert(sizeof *to == 56, "every field");
	to->turn = from->turn;
	to->now_ns = from->now_ns;
	to->wall_ns = from->wall_ns;
	to->control_silent_ns = from->control_silent_ns;
	to->journal_behind = from->journal_behind;
	to->venue_up_mask = from->venue_up_mask;
	to->venue_slow_mask = from->venue_slow_mask;
	to->clock_off_ns = from->clock_off_ns;
}

/* One symbol's best prices as the feed publishes them, and what else of the market price controls need.
   Prices of 32 bits saturate: what does not fit is absurd to every control. */
struct top_prices {
	uint32_t slot_lock;     /* of the slot it lies in (top.h); 0 in every copy          */
	uint16_t close_minute;  /* of the feed's clock when close_e4 was made, modulo 2^16  */
	uint8_t short_sale;     /* Reg SHO (ITCH Y): '0' none, '1' '2' price test; 0 unknown */
	uint8_t phase;          /* 0 in the slot; a gate's copy: its channel's (top.h)      */
	int64_t bid_e4, ask_e4; /* 0: that side is empty                                   */
	uint32_t bid_qty, ask_qty;
	int64_t last_e4;     /* last trade that was not broken; 0: none known                */
	uint64_t last_ns;    /* when it came, monotonic                                     */
	uint8_t state;       /* T trading, H P Q not, X never here (test issue), 0 unknown  */
	uint8_t channel;     /* index of its channel                                        */
	uint8_t operational; /* 1: operationally halted on this market (ITCH h)             */
	uint8_t stale;       /* 1: a gap is open; prices may be wrong                       */
	uint32_t close_e4;   /* official close of today; 0: none yet                        */
	uint32_t band_lower_e4, band_upper_e4; /* where the venue lets it trade; 0: not said */
};
_Static_assert(sizeof(struct top_prices) == 64, "journaled layout");

/* RECORD_TOP */
struct top_used {
	uint32_t symbol;         /* index in the symbols file                              */
	uint32_t close_age_s;    /* since today's close, rounded up to a minute; UINT32_MAX: none */
	uint64_t channel_age_ns; /* since its gap-free channel was last heard; UINT64_MAX: never */
	struct top_prices top;
};

/* top_used_copy copies one as turn_inputs_copy does a turn.  The first word of the prices is written by halves: its phase
   last. */
static inline void top_used_copy(struct top_used *to, const volatile struct top_used *from)
{
	const volatile uint64_t *source =
		(const volatile uint64_t *)(const volatile void *)&from->top;
	uint64_t *words = (uint64_t *)(void *)&to->top;
	_Static_assert(sizeof *to == 80 && offsetof(struct top_prices, bid_e4) == sizeof *words,
		"every field");
	to->symbol = from->symbol;
	to->close_age_s = from->close_age_s;
	to->channel_age_ns = from->channel_age_ns;
	to->top.slot_lock = from->top.slot_lock;
	to->top.close_minute = from->top.close_minute;
	to->top.short_sale = from->top.short_sale;
	to->top.phase = from->top.phase;
	for (unsigned i = 1; i < sizeof to->top / sizeof *words; i++)
		words[i] = source[i];
}

enum stop_writer { STOP_BY_CONTROL = 0, STOP_BY_DOOR = 1, STOP_BY_GATE = 2, STOP_WRITER_COUNT = 3 };

/* RECORD_STOP, RECORD_TRIP */
struct stop_record {
	uint8_t scope;  /* enum scope, firm to symbol   */
	uint8_t state;  /* enum trading_state           */
	uint8_t writer; /* enum stop_writer             */
	uint8_t is_while; /* 1: the gate's, that it takes back itself when what it stands for is over */
	uint32_t id;
	uint64_t stamp; /* the writer's number of this stop */
	uint32_t uid;   /* of the person                    */
	char reason[44];
};
_Static_assert(sizeof(struct stop_record) == 64, "journaled layout");

/* stop_is_lasting_trip tells whether a stop is a trip that stays until persons release it: by nobody's word but the gate's. */
static inline bool stop_is_lasting_trip(const struct stop_record *stop)
{
	return stop->writer == STOP_BY_GATE && stop->is_while == 0 &&
	       stop->state >= STATE_REDUCE_ONLY;
}

/* RECORD_RELEASE: ignored unless latch is the latch in force. */
struct release_record {
	uint8_t scope;
	uint8_t reserved[3];
	uint32_t id;
	uint64_t latch;           /* number of the latch it names */
	uint32_t uid, second_uid; /* second_uid 0: one person */
	char reason[40];
};
_Static_assert(sizeof(struct release_record) == 64, "journaled layout");

enum limits_term {
	LIMITS_STAY = 0,  /* until others are adopted                              */
	LIMITS_TRIAL = 1, /* until within_ns is over, unless somebody confirms them */
};

/* RECORD_LIMIT_EPOCH */
struct limit_epoch_record {
	uint32_t epoch; /* counts up; 0 means none was ever loaded */
	uint32_t row_count;
	uint64_t hash[2];
	uint64_t within_ns; /* a term's length, from the turn that adopts them; 0: they stay */
	uint32_t uid, second_uid; /* of the persons who loaded them */
	uint8_t persons;          /* how many these are; 0: nobody, control brought them at boot */
	uint8_t term;             /* enum limits_term */
	uint8_t reserved[6];
};
_Static_assert(sizeof(struct limit_epoch_record) == 48, "journaled layout");

enum limits_end {
	LIMITS_CONFIRMED = 1,   /* they stay                                        */
	LIMITS_UNDONE = 2,      /* a person gave them up: the former are in force   */
	LIMITS_UNCONFIRMED = 3, /* their term was over: the former are in force     */
	LIMITS_REPLACED = 4,    /* others that stay were adopted in their place     */
	LIMITS_EXPIRED = 5,     /* the time of a lease was over                     */
};

/* RECORD_LIMIT_WORD: ignored unless that epoch is in force for a term. */
struct limit_word_record {
	uint32_t epoch;
	uint8_t word; /* LIMITS_CONFIRMED or LIMITS_UNDONE */
	uint8_t reserved[3];
	uint32_t uid;
	char reason[52];
};
_Static_assert(sizeof(struct limit_word_record) == 64, "journaled layout");

/* RECORD_LIMIT_END */
struct limit_end_record {
	uint32_t epoch; /* that ended          */
	uint32_t again; /* that is in force again */
	uint8_t why;    /* enum limits_end     */
	uint8_t reserved[3];
	uint32_t uid; /* of who gave it up */
};

enum lease_word { LEASE_BEGINS = 1, LEASE_UNDONE = 2 };

/* RECORD_LEASE: one limit for a time in place of what the file states (fold/leases.h); undone: number and uid alone count.
   Ignored unless leases_may lets it. */
struct lease_record {
	uint32_t number;               /* names it; above every one before in this journal */
	uint32_t epoch;                /* that it was asked against */
	uint8_t word;                  /* enum lease_word */
	uint8_t scope, limit, persons; /* enum scope; enum limit */
	uint32_t id, symbol;           /* as a row's */
	uint32_t uid, second_uid;
	uint32_t reserved;
	uint64_t within_ns;       /* from the turn that takes it */
	struct limit_value value; /* of this gate */
	struct limit_value whole; /* of all gates together */
	char reason[56];
};
_Static_assert(sizeof(struct lease_record) == 144, "journaled layout");

/* RECORD_LEASE_END */
struct lease_end_record {
	uint32_t number;
	uint8_t why; /* LIMITS_UNDONE, LIMITS_EXPIRED or LIMITS_REPLACED: a file states another number */
	uint8_t reserved[3];
	uint32_t uid; /* of who gave it up */
	uint32_t reserved2;
};
_Static_assert(sizeof(struct lease_end_record) == 16, "journaled layout");

enum session_change {
	SESSION_CLIENT_UP = 1, /* logged in; sequence: the next it will be sent        */
	SESSION_CLIENT_DOWN = 2,
	SESSION_VENUE_UP = 3, /* logged in; sequence: the next the venue will send    */
	SESSION_VENUE_DOWN = 4,
	SESSION_VENUE_NEW = 5,  /* the venue began another session: numbers start anew  */
	SESSION_TICK = 6,       /* a timer of a session that lives in the fold is due   */
	SESSION_GOODBYE = 7,    /* we end it in order                                   */
	SESSION_VENUE_OPEN = 8, /* its connection stands; the login is the session's     */
	SESSION_DEAD_MAN = 9,   /* a client that is connected was silent for too long */
	SESSION_VENUE_END =
		10, /* the venue's session of the day is over: it says so, or its calendar */
	SESSION_VENUE_ENDS =
		12, /* a venue's own calendar: its hours end; sequence: the wall's time */
	SESSION_VENUE_CLOSES = 13, /* what worked there is gone, or had its time             */
	SESSION_VENUE_BEGINS = 14, /* its hours begin                                        */
	SESSION_LONG = 15, /* FIX: a message that is longer than is taken (fold/fix_long.h)  */
	SESSION_DAY = 11,  /* never written: a day began, a session's own numbers may begin anew */
};

/* RECORD_SESSION */
struct session_record {
	uint32_t session;     /* session id; venues have one too */
	uint8_t change;       /* enum session_change */
	uint8_t flags;        /* what a login asked for, as its protocol says */
	uint16_t heartbeat_s; /* FIX: HeartBtInt of the Logon */
	uint64_t sequence;    /* its number, or of what comes next, as its protocol says */
	char soup_session[10];
	uint8_t reserved2[6];
};
_Static_assert(sizeof(struct session_record) == 32, "journaled layout");

/* RECORD_CLIENT_IN, RECORD_VENUE_IN: then size_bytes of the raw message. */
struct message_record {
	uint32_t session;
	uint32_t size_bytes;
	uint64_t sequence; /* of the venue's message: its Soup number */
	uint64_t time_ns;  /* monotonic, when it was read */
};

enum withheld_reason {
	WITHHELD_STOPPED = 1,
	WITHHELD_VENUE_DOWN = 2,
	WITHHELD_VENUE_SLOW = 3,
	WITHHELD_UNTRUE = 4, /* its bytes were not those of the decision: the firm is halted */
};

/* RECORD_MARK */
struct mark_record {
	uint32_t account, symbol;
	int64_t price_e4;
};

/* RECORD_RATE: ignored if it is no rate of another currency of the site. */
struct rate_record {
	uint32_t currency;      /* index of the site's currencies; not 0, the base */
	uint32_t uid;           /* of the person */
	int64_t rate_e8;        /* of the base currency for one */
	uint64_t as_of_wall_ns; /* when it was so, by the wall; its age counts from here */
};
_Static_assert(sizeof(struct rate_record) == 24, "journaled layout");

/* RECORD_POSITION: one row of the positions file, behind the first BOOT; taken once, in the file's order. */
struct position_record {
	uint32_t account, symbol;
	uint32_t place, count; /* of the row in the file, from 0; rows in the file */
	int64_t shares;        /* short is negative                                */
	int64_t cost_e4;       /* of a share, on average, when it was bought       */
	int64_t price_e4;      /* of a share as the day begins                     */
};

/* RECORD_SENT, RECORD_WITHHELD: follows its receipt or cancel. */
struct sent_record {
	uint64_t order_id;
	uint32_t venue_ref; /* UserRefNum on the wire */
	uint8_t kind;       /* enum decision_kind of what was handed over */
	uint8_t reason;     /* enum withheld_reason; 0 when sent */
	uint8_t reserved[2];
};

/* RECORD_CANCEL */
struct cancel_record {
	uint64_t order_id;
	uint32_t venue_ref; /* of the order to cancel      */
	uint32_t qty;       /* new intended total; 0: all  */
	uint8_t cause;      /* enum cancel_cause           */
	uint8_t reserved[7];
};
enum cancel_cause {
	CANCEL_BY_CLIENT = 1,
	CANCEL_BY_KILL = 2,
	CANCEL_BY_DISCONNECT = 3, /* its client is gone                       */
	CANCEL_BY_DEAD_MAN = 4,   /* its client is connected and says nothing */
	CANCEL_BY_SELF_TRADE = 5, /* a newer order of its group would have met it */
	CANCEL_BY_DAY = 6,        /* the day is ending                        */
	CANCEL_BY_PERSONS = 7,    /* persons had said that it is gone         */
};

/* RECORD_RESERVE, RECORD_RESERVED */
struct reserve_record {
	uint32_t session; /* the venue's */
	uint32_t reserved;
	uint64_t up_to; /* numbers below this may be used once this record is durable */
};

/* RECORD_DAY: ignored unless it follows what is in force (fold/day.h). */
struct day_record {
	uint8_t change; /* enum day_change */
	uint8_t reserved[3];
	uint32_t uid;              /* of the person; or DAY_BY_CALENDAR       */
	uint64_t midnight_wall_ns; /* begins: zero of OUCH timestamps         */
	uint64_t wall_ns;          /* when it was decided, by the wall        */
	char reason[40];
};
_Static_assert(sizeof(struct day_record) == 64, "journaled layout");
#define DAY_BY_CALENDAR UINT32_MAX
enum day_change { DAY_ENDS = 1, DAY_CLOSES = 2, DAY_BEGINS = 3 };
enum day_phase { DAY_OPEN = 0, DAY_ENDING = 1, DAY_CLOSED = 2 };

const char *day_phase_name(uint32_t phase);

/* day_follow makes the change if it follows the phase; false: it does not, and nothing is changed. */
static inline bool day_follow(uint32_t *phase, uint8_t change)
{
	if (change < DAY_ENDS || change > DAY_BEGINS || *phase != change - 1u)
		return false;
	*phase = change % DAY_BEGINS;
	return true;
}

/* RECORD_RESOLVE: ignored unless the order is uncertain (fold/resolve.h). */
struct resolve_record {
	uint64_t order_id;
	int64_t price_e4; /* filled: of a share */
	uint32_t venue_ref;
	uint32_t qty;             /* filled: shares, of those that are open */
	uint32_t uid, second_uid; /* of the persons */
	uint8_t as;               /* enum resolve_as */
	uint8_t venue;            /* index */
	uint8_t reserved[2];
	char reason[44];
};
_Static_assert(sizeof(struct resolve_record) == 80, "journaled layout");
enum resolve_as {
	RESOLVE_CANCELLED = 1, /* nothing of it is at the venue                              */
	RESOLVE_FILLED = 2,    /* so many were executed; nothing else of it is at the venue   */
	RESOLVE_WORKING = 3,   /* the venue has it                                           */
};
const char *resolve_name(unsigned as);

/* RECORD_ACKNOWLEDGE: ignored unless the row is a break that nobody has acknowledged (fold/breaks.h). */
struct acknowledge_record {
	uint64_t number; /* of the row */
	uint32_t uid;
	uint8_t venue; /* index */
	uint8_t reserved[3];
	char reason[48];
};
_Static_assert(sizeof(struct acknowledge_record) == 64, "journaled layout");

/* RECORD_ENDED: what risk held for it is given back. */
struct ended_record {
	uint64_t order_id;
	uint32_t venue_ref;
	uint32_t qty; /* that was open */
};

/* RECORD_STATE_HASH */
struct state_hash_record {
	uint64_t hash[2];
	uint64_t turn;
};

enum trade_kind {
	TRADE_EXECUTED = 1,
	TRADE_BROKEN = 2,    /* qty and price are those that are taken back                  */
	TRADE_CORRECTED = 3, /* qty and price stand in place of those told before            */
};

/* RECORD_TRADE: what was executed, as the position took it.  An execution is named by venue, venue_ref and match;
   match 0 names nothing, so it is never broken.  What the venue took is in the symbol's currency, below 0 it gave. */
struct trade_record {
	uint64_t order_id;
	uint64_t match; /* the venue's */
	int64_t price_e4;
	int64_t fee_e4; /* executed, corrected: taken for it; broken: what is given back of it */
	int64_t order_fee_e4; /* with the first of its order: taken for that, and never given back */
	uint32_t qty;
	uint32_t venue_ref;
	uint16_t account, strategy, symbol;
	uint8_t venue;     /* index */
	uint8_t side;      /* enum side */
	uint8_t kind;      /* enum trade_kind */
	uint8_t liquidity; /* the venue's flag of an execution; 0: not said */
	uint8_t is_first;  /* of its order */
	uint8_t reserved[5];
};
_Static_assert(sizeof(struct trade_record) == 64, "no padding");

enum decision_kind { DECISION_ENTER = 1, DECISION_REPLACE = 2, DECISION_CANCEL = 3 };

enum receipt_flags {
	RECEIPT_PASSED = 1,
	RECEIPT_WAY_OUT = 2,  /* provably reduces; judged by the way-out lanes */
	RECEIPT_NO_LIMIT = 4, /* the limit was not stated at any scope          */
	RECEIPT_MARKET = 8,   /* a market order, judged as a limit order at the collar */
	RECEIPT_SECOND =
		16, /* of two limits that its lane looks at, the second: receipt_limit_word */
};

/* RECORD_RECEIPT: one decision, 128 bytes with its header. */
struct receipt {
	uint64_t order_id; /* ours; every decision has one, a refused one too          */
	uint64_t turn;
	uint64_t mask;             /* a bit per lane that breached                             */
	int64_t price_e4;          /* as entered                                               */
	int64_t usage;             /* what the named lane measured                             */
	int64_t limit;             /* against what                                             */
	int64_t reference_e4;      /* reference price used; 0: none                            */
	uint64_t original_id;      /* replace: the order it replaces; else 0                    */
	uint32_t symbol;           /* index; SYMBOL_NONE: not in the symbols file              */
	uint32_t qty;              /* as entered                                               */
	uint32_t client_ref;       /* the client's UserRefNum                                  */
	uint32_t venue_ref;        /* ours to the venue; 0 when refused                        */
	uint32_t epoch;            /* limits epoch in force                                    */
	uint32_t reference_age_us; /* saturated                                           */
	uint16_t account, strategy, session;
	uint8_t lane;             /* enum lane of the reason; LANE_NONE: passed               */
	uint8_t owner_scope;      /* enum scope that owned the limit                          */
	uint8_t side;             /* enum side                                                */
	uint8_t kind;             /* enum decision_kind                                       */
	uint8_t flags;            /* enum receipt_flags, receipt_mark (mark.h)                 */
	uint8_t reference_source; /* enum reference_source                                */
	uint32_t parent;          /* that the order names; 0: none                            */
	uint64_t met_id;          /* SELF_TRADE: our open order that it would trade with;
	                             else SLICING: the refused one that would come back        */
};
_Static_assert(sizeof(struct receipt) + sizeof(struct record) == 128, "128 bytes whole");

/* A record that is long enough for any type: the buffer of readers and writers. */
union record_space {
	struct record record;
	uint8_t bytes[RECORD_BYTES_MAX + 64];
};

#endif
