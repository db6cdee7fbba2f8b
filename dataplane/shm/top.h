/* top.h - the best prices of every symbol, for all to read and one to write.

   The feed writes a slot when a symbol's best price, size, last trade or state changes; gates, control
   and strategies copy it.  A slot is a sequence lock in one cache line: odd while it is written.

   Owner      the feed stage that has the symbol's channel.
   Units      see struct top_prices. */
#ifndef SLUICE_SHM_TOP_H
#define SLUICE_SHM_TOP_H

#include <stdatomic.h>

#include "dataplane/shm/record.h"

struct top {
	union {
		/* odd: being written; rises by 2 */
		_Alignas(CACHE_LINE_BYTES) _Atomic uint32_t lock;
		struct top_prices prices;
	};
};
_Static_assert(sizeof(struct top) == CACHE_LINE_BYTES, "one line");

/* The first word of the prices is half lock: what is beside it is moved by itself. */
enum { TOP_WORD_COUNT = sizeof(struct top_prices) / sizeof(uint64_t) };

/* top_publish replaces a slot; only its one writer calls it.  The prices go word by word, so that a
   reader who comes in between reads old and new words (and finds out by the lock), never half ones. */
static inline void top_publish(struct top *top, const struct top_prices *prices)
{
	uint64_t words[TOP_WORD_COUNT], *slot = (uint64_t *)(void *)&top->prices;
	uint32_t *beside = (uint32_t *)(void *)&top->prices + 1;
	memcpy(words, prices, sizeof words);
	uint32_t lock = atomic_load_explicit(&top->lock, memory_order_relaxed);
	atomic_store_explicit(&top->lock, lock + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	__atomic_store_n(beside, (uint32_t)(words[0] >> 32), __ATOMIC_RELAXED);
	for (unsigned i = 1; i < TOP_WORD_COUNT; i++)
		__atomic_store_n(&slot[i], words[i], __ATOMIC_RELAXED);
	atomic_store_explicit(&top->lock, lock + 2, memory_order_release);
}

/* top_read copies a slot.  false: the writer was in the way 64 times; prices then is zero, which every
   control treats as missing. */
bool top_read(const struct top *top, struct top_prices *prices);

/* top_minute gives close_minute for a time; top_close_age_s how long ago that minute began, with a minute
   added, because a close is older than it looks by up to that: right for closes of the last 45 days. */
static inline uint16_t top_minute(uint64_t now_ns)
{
	return (uint16_t)(now_ns / UINT64_C(60000000000));
}

static inline uint32_t top_close_age_s(const struct top_prices *prices, uint64_t now_ns)
{
	uint16_t minutes = (uint16_t)(top_minute(now_ns) - prices->close_minute);
	/* The feed's clock may be a moment ahead of the reader's. */
	return minutes == UINT16_MAX ? 60 : (minutes + 1u) * 60;
}

/* top_prefetch announces a read. */
static inline void top_prefetch(const struct top *top)
{
	for (size_t i = 0; i < sizeof *top; i += CACHE_LINE_BYTES)
		base_ask((const char *)top + i);
}

/* Why a channel is stale: a bit each. */
enum stale_reason {
	STALE_GAP = 1,     /* messages are missing                                          */
	STALE_SILENT = 2,  /* no line has proved for max_silence that nothing newer is there */
	STALE_ENDED = 4,   /* its session is over                                           */
	STALE_BROKEN = 8,  /* a message could not be read                                   */
	STALE_BEHIND = 16, /* lines speak, but only of numbers below ours                   */
};

/* What is done about missing messages (dataplane/feed/mend.h). */
enum recovery_state {
	RECOVERY_NONE = 0,     /* nothing is missing                    */
	RECOVERY_WAITING = 1,  /* the other line may bring it           */
	RECOVERY_ASKING = 2,   /* request servers are asked             */
	RECOVERY_SNAPSHOT = 3, /* a snapshot is fetched                 */
	RECOVERY_GIVEN_UP = 4, /* the stream went on behind what is lost */
};

/* How a snapshot broke off. */
enum snapshot_trouble {
	SNAPSHOT_NO_TROUBLE = 0,
	SNAPSHOT_CLOSED = 1,        /* no connection, or it ended before the spin      */
	SNAPSHOT_SILENT = 2,        /* nothing of a spin that helps within the timeout */
	SNAPSHOT_REJECTED = 3,      /* the login                                       */
	SNAPSHOT_NONSENSE = 4,      /* what came is no spin, or fits no stream of ours */
	SNAPSHOT_REFUSED = 5,       /* the spin, though the login was good             */
	SNAPSHOT_OTHER_SESSION = 6, /* it is of another session than the channel's     */
};

/* sources_tried: bit i is request server i; this one the snapshot. */
enum { SOURCE_SNAPSHOT = 1 << 15 };

/* Beside the lines a channel hears its request servers, all as one. */
enum { LINE_REQUESTED = LINE_COUNT_MAX };

/* A channel as the feed sees it. */
struct channel_state {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t
		heard_ns;                      /* last packet while gap-free; 0: never */
	_Atomic uint64_t phase;                /* of the day: ITCH S: O S Q M E C; 0: unknown */
	_Atomic uint64_t next_sequence;        /* the message expected next                 */
	_Atomic uint64_t stale_since_ns;       /* 0: not stale                              */
	_Atomic uint64_t stale_reasons;        /* enum stale_reason                         */
	_Atomic uint64_t gap_first, gap_count; /* the first open gap: first missing, how many */
	_Atomic uint64_t gaps;                 /* gaps the other line did not fill in time  */
	_Atomic uint64_t lost;                 /* messages given up                         */
	_Atomic uint64_t messages;             /* delivered to the books                    */
	_Atomic uint64_t bytes;
	/* recovery: of the gap that is open, or of the last one */
	_Atomic uint64_t recovery;           /* enum recovery_state                       */
	_Atomic uint64_t recovery_since_ns;  /* since when something is missing; 0: nothing is */
	_Atomic uint64_t recovery_ns;        /* how long the last one took                */
	_Atomic uint64_t recoveries;         /* gaps that closed completely               */
	_Atomic uint64_t sources_tried;      /* bits                                      */
	_Atomic uint64_t requests, timeouts; /* sent; not answered in time                */
	_Atomic uint64_t snapshots;          /* spliced in                                */
	_Atomic uint64_t snapshots_failed;
	_Atomic uint64_t snapshot_trouble; /* of the last that failed: enum snapshot_trouble   */
	/* Of servers that answer: requests and logins they refused, and the letter of the last one; 0: none yet. */
	_Atomic uint64_t requests_refused, refusal;
	_Atomic uint64_t filled_by_line; /* messages the other line brought in a gap  */
	_Atomic uint64_t spared;         /* numbers snapshots stood for               */
	_Atomic uint64_t held_packets, held_bytes;
	_Atomic uint64_t session_changes;
	_Atomic uint64_t ended_numbers; /* numbers of the sessions before this one   */
	/* The last gap that ended: first missing, how many, when, and what was done last (enum recovery_state: WAITING the other
	   line filled it, GIVEN_UP it is lost); closed_ns 0: none yet. */
	_Atomic uint64_t closed_first, closed_count, closed_ns, closed_by;
	/* A session that the site does not let be taken up (new_session: refuse): its characters as they stand, and when it
	   was heard last; 0: none since ours began.  Ours itself: it begins again at 1. */
	_Atomic uint64_t refused_session[2], refused_ns;
	char session[16]; /* MoldUDP64 session in use                  */
	struct line_state {
		_Atomic uint64_t packets, messages, bytes;
		_Atomic uint64_t duplicates;  /* messages another source brought first   */
		_Atomic uint64_t wins;        /* messages it brought first               */
		_Atomic uint64_t gaps_filled; /* messages it brought that the other lost */
		_Atomic uint64_t last_sequence;
		_Atomic uint64_t heard_ns;
		_Atomic uint64_t malformed;
		_Atomic uint64_t other_session;
		_Atomic uint64_t unbelieved;
		_Atomic uint64_t
			strangers; /* packets to its group and port, but from another sender */
		/* How long after the first a packet came that the other had brought. */
		_Atomic uint64_t late_count, late_ns_sum, late_ns_max;
	} lines[LINE_COUNT_MAX + 1];
};

#endif
