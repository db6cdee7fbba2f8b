/* stop.h - the stop words: how a person stops trading without asking anyone.

   A board has one word per scope: firm, venues, sessions, accounts, strategies, symbols.  To stop is one store
   and one addition: the word gets a state and a stamp, the board's epoch rises.  Whoever reads the
   board compares the epoch with the one it saw: unchanged costs one load.

   There are two boards, each with one writer: control's (in control's region) and the door's (in the
   dataplane's), so a kill needs only one of the two processes' threads alive.  A gate latches what it
   saw; a word that later falls does not release the latch (latch.h).

   Owner      one writing thread per board; any number of readers.
   Units      a word is stamp << 8 | enum trading_state; stamps only rise; a stamp is wall time in steps
              of 256 ns.
   Invariant  (1) the word is stored before the epoch that announces it;
              (2) a stamp never repeats on one board, across restarts too: stamps come from wall time. */
#ifndef SLUICE_SHM_STOP_H
#define SLUICE_SHM_STOP_H

#include <stdatomic.h>

#include "dataplane/shm/record.h"

enum {
	STOP_VENUE_BASE = 1,
	STOP_SESSION_BASE = STOP_VENUE_BASE + VENUE_COUNT_MAX,
	STOP_ACCOUNT_BASE = STOP_SESSION_BASE + SESSION_COUNT_MAX,
	STOP_STRATEGY_BASE = STOP_ACCOUNT_BASE + ACCOUNT_COUNT_MAX,
	STOP_SYMBOL_BASE = STOP_STRATEGY_BASE + STRATEGY_COUNT_MAX,
	STOP_WORD_COUNT = STOP_SYMBOL_BASE + SYMBOL_COUNT_MAX,
	STOP_CHANGE_COUNT = 256, /* changes remembered by name; older ones are found by scanning */
};

/* Who stopped it and why, beside the word. */
struct stop_change {
	uint32_t word; /* index */
	uint32_t uid;
	char reason[44];
	uint32_t reserved;
};

struct stop_board {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t epoch; /* changes so far */
	_Alignas(SHARED_ALIGN_BYTES) struct stop_change changes[STOP_CHANGE_COUNT];
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint64_t words[STOP_WORD_COUNT];
};

static inline enum trading_state stop_word_state(uint64_t word)
{
	return (enum trading_state)(word & 0xFF);
}

static inline uint64_t stop_word_stamp(uint64_t word)
{
	return word >> 8;
}

/* stop_index gives the word of a scope and id; UINT32_MAX if the id is out of its range. */
uint32_t stop_index(enum scope scope, uint32_t id);

/* stop_scope is its inverse. */
enum scope stop_scope(uint32_t index, uint32_t *id);

/* stop_set writes a state: the store and the epoch that a kill is.  wall_ns gives the stamp.
   Returns the stamp.  The word is visible to every reader when it returns.  It replaces the word that
   stands there: before writing a weaker state the caller makes sure that the stronger one was seen. */
uint64_t stop_set(struct stop_board *board, enum scope scope, uint32_t id, enum trading_state state,
	uint64_t wall_ns, uint32_t uid, const char *reason);

/* stop_scan calls `seen` for every word that changed after the caller's epoch, oldest first where the
   order is still known, and returns the new epoch.  A word may be reported again: its stamp tells.
   change is never NULL; where it is no longer remembered who it was, its uid is UINT32_MAX.  The epoch
   belongs to one board: for the board of another process's life begin with 0. */
uint64_t stop_scan(const struct stop_board *board, uint64_t epoch,
	void (*seen)(
		void *context, uint32_t index, uint64_t word, const struct stop_change *change),
	void *context);

#endif
