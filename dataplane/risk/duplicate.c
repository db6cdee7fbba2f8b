#include "dataplane/risk/duplicate.h"

#include "drivers/machine/memory.h"

/* How many entries of one bucket a count looks at before it gives up and refuses. */
enum { DUPLICATE_STEP_MAX = 256 };

static const uint64_t log_mask = DUPLICATE_COUNT_MAX - 1;
_Static_assert((DUPLICATE_COUNT_MAX & (DUPLICATE_COUNT_MAX - 1)) == 0, "a mask wraps the log");

/* Log and hash in one piece, which is large enough for huge pages: the hash alone is not, and each order would look for
   the page of its bucket. */
static const size_t duplicate_bytes =
	(sizeof(struct duplicate_entry) + sizeof(struct duplicate_newest)) * DUPLICATE_COUNT_MAX;

void duplicate_init(struct duplicate *duplicate)
{
	duplicate->log = memory_take("duplicate log", duplicate_bytes);
	duplicate->buckets = (struct duplicate_newest *)(duplicate->log + DUPLICATE_COUNT_MAX);
	duplicate->count = 0;
	duplicate->keep_ns = 0;
}

void duplicate_free(struct duplicate *duplicate)
{
	memory_return(duplicate->log, duplicate_bytes);
}

uint32_t duplicate_bucket(const struct duplicate_key *key)
{
	uint64_t low = (uint64_t)key->price_e4 << 32 | key->qty;
	uint64_t high = (uint64_t)key->symbol << 32 | (uint32_t)key->session << 1 | key->side;
	uint64_t mixed = (low ^ high * UINT64_C(0xD6E8FEB86659FD93)) * UINT64_C(0x9E3779B97F4A7C15);
	mixed ^= mixed >> 32;
	return (uint32_t)(mixed * UINT64_C(0xD6E8FEB86659FD93) >> 40) & (uint32_t)log_mask;
}

static bool key_equal(const struct duplicate_key *a, const struct duplicate_key *b)
{
	return a->symbol == b->symbol && a->price_e4 == b->price_e4 && a->qty == b->qty &&
	       a->session == b->session && a->side == b->side;
}

/* Whether entry `number` is still in the log and younger than window_ns. */
static bool entry_counts(
	const struct duplicate *duplicate, uint64_t number, uint64_t window_ns, uint64_t now_ns)
{
	if (duplicate->count - number > DUPLICATE_COUNT_MAX)
		return false;
	return now_ns - duplicate->log[number & log_mask].time_ns < window_ns;
}

int64_t duplicate_measure(const struct duplicate *duplicate, const struct duplicate_key *key,
	uint32_t bucket, uint64_t window_ns, uint64_t now_ns)
{
	const struct duplicate_newest *newest = &duplicate->buckets[bucket];
	uint64_t link = newest->link;
	int64_t count = 1;
	unsigned steps = 0;
	if (now_ns - newest->time_ns >= window_ns)
		return count;
	while (link != 0 && entry_counts(duplicate, link - 1, window_ns, now_ns)) {
		const struct duplicate_entry *entry = &duplicate->log[(link - 1) & log_mask];
		if (++steps > DUPLICATE_STEP_MAX)
			return INT64_MAX;
		count += key_equal(&entry->key, key);
		link = entry->previous;
	}
	return count;
}

bool duplicate_is_full(const struct duplicate *duplicate, uint64_t now_ns)
{
	if (duplicate->count < DUPLICATE_COUNT_MAX)
		return false;
	return entry_counts(
		duplicate, duplicate->count - DUPLICATE_COUNT_MAX, duplicate->keep_ns, now_ns);
}

void duplicate_add(struct duplicate *duplicate, const struct duplicate_key *key, uint32_t bucket,
	uint64_t now_ns)
{
	enum { AHEAD_COUNT = 8 };
	struct duplicate_newest *newest = &duplicate->buckets[bucket];
	struct duplicate_entry *entry = &duplicate->log[duplicate->count & log_mask];
	*entry = (struct duplicate_entry){.time_ns = now_ns, .key = *key, .previous = newest->link};
	entry->key.reserved = 0;
	*newest = (struct duplicate_newest){.link = ++duplicate->count, .time_ns = now_ns};
	/* The oldest entry is asked for its age before it is overwritten, and nobody looked at it for long. */
	base_ask(&duplicate->log[(duplicate->count + AHEAD_COUNT) & log_mask]);
}
