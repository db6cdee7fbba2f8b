#include "dataplane/shm/stop.h"

/* Where each scope's words stand. */
static const struct {
	uint32_t base, count;
} stop_ranges[] = {
	[SCOPE_FIRM] = {0, 1},
	[SCOPE_VENUE] = {STOP_VENUE_BASE, VENUE_COUNT_MAX},
	[SCOPE_SESSION] = {STOP_SESSION_BASE, SESSION_COUNT_MAX},
	[SCOPE_ACCOUNT] = {STOP_ACCOUNT_BASE, ACCOUNT_COUNT_MAX},
	[SCOPE_STRATEGY] = {STOP_STRATEGY_BASE, STRATEGY_COUNT_MAX},
	[SCOPE_SYMBOL] = {STOP_SYMBOL_BASE, SYMBOL_COUNT_MAX},
};

uint32_t stop_index(enum scope scope, uint32_t id)
{
	if ((unsigned)scope >= ARRAY_COUNT(stop_ranges) || id >= stop_ranges[scope].count)
		return UINT32_MAX;
	return stop_ranges[scope].base + id;
}

enum scope stop_scope(uint32_t index, uint32_t *id)
{
	unsigned scope = SCOPE_SYMBOL;
	while (index < stop_ranges[scope].base)
		scope--;
	*id = index - stop_ranges[scope].base;
	return (enum scope)scope;
}

/* A word leaves 56 bits for the stamp: wall time in steps of 256 ns.  When the clock stands or steps
   back, the last stamp plus one; it stands in the word that changed last. */
static uint64_t stop_stamp(const struct stop_board *board, uint64_t epoch, uint64_t wall_ns)
{
	uint64_t stamp = wall_ns >> 8;
	if (epoch == 0)
		return stamp > 0 ? stamp : 1;
	uint32_t last = board->changes[(epoch - 1) % STOP_CHANGE_COUNT].word;
	uint64_t floor =
		stop_word_stamp(atomic_load_explicit(&board->words[last], memory_order_relaxed));
	return stamp > floor ? stamp : floor + 1;
}

uint64_t stop_set(struct stop_board *board, enum scope scope, uint32_t id, enum trading_state state,
	uint64_t wall_ns, uint32_t uid, const char *reason)
{
	uint32_t index = stop_index(scope, id);
	CHECK(index != UINT32_MAX);
	uint64_t epoch = atomic_load_explicit(&board->epoch, memory_order_relaxed);
	uint64_t stamp = stop_stamp(board, epoch, wall_ns);
	struct stop_change *change = &board->changes[epoch % STOP_CHANGE_COUNT];
	change->word = index;
	change->uid = uid;
	memset(change->reason, 0, sizeof change->reason);
	for (size_t i = 0; reason && reason[i] != '\0' && i + 1 < sizeof change->reason; i++)
		change->reason[i] = reason[i];
	atomic_store_explicit(
		&board->words[index], stamp << 8 | (uint64_t)state, memory_order_release);
	atomic_store_explicit(&board->epoch, epoch + 1, memory_order_seq_cst);
	return stamp;
}

typedef void stop_seen(
	void *context, uint32_t index, uint64_t word, const struct stop_change *change);

/* stop_scan_changes reports the words changed in [first, end) once each, at their last change: only
   that one tells who wrote the word that stands there now. */
static void stop_scan_changes(const struct stop_board *board, uint64_t first, uint64_t end,
	stop_seen *seen, void *context)
{
	for (uint64_t i = first; i < end; i++) {
		struct stop_change change = board->changes[i % STOP_CHANGE_COUNT];
		bool is_last = change.word < STOP_WORD_COUNT;
		for (uint64_t j = i + 1; is_last && j < end; j++)
			is_last = board->changes[j % STOP_CHANGE_COUNT].word != change.word;
		if (!is_last)
			continue;
		change.reason[sizeof change.reason - 1] = '\0';
		seen(context, change.word,
			atomic_load_explicit(&board->words[change.word], memory_order_acquire),
			&change);
	}
}

static void stop_scan_words(const struct stop_board *board, stop_seen *seen, void *context)
{
	for (uint32_t index = 0; index < STOP_WORD_COUNT; index++) {
		uint64_t word = atomic_load_explicit(&board->words[index], memory_order_acquire);
		struct stop_change unknown = {
			.word = index, .uid = UINT32_MAX, .reason = "one of many stops at once"};
		if (word != 0)
			seen(context, index, word, &unknown);
	}
}

uint64_t stop_scan(const struct stop_board *board, uint64_t epoch, stop_seen *seen, void *context)
{
	/* The oldest remembered change may be being overwritten: it does not count as known. */
	const uint64_t known_max = STOP_CHANGE_COUNT - 1;
	uint64_t now = atomic_load_explicit(&board->epoch, memory_order_acquire);
	if (LIKELY(now == epoch))
		return now;
	uint64_t known = now - epoch < known_max ? now - epoch : known_max;
	known = known < now ? known : now;
	stop_scan_changes(board, now - known, now, seen, context);
	/* Too many changes to be remembered, or an epoch of another board, or the writer went round
	   the ring while it was read: what was missed stands in the words. */
	uint64_t after = atomic_load_explicit(&board->epoch, memory_order_acquire);
	if (UNLIKELY(after - epoch > known_max))
		stop_scan_words(board, seen, context);
	return now;
}
