#include "dataplane/orders/breaks.h"

#include <errno.h>

#include "drivers/machine/memory.h"

void breaks_open(struct breaks *breaks)
{
	breaks->rows = memory_take("breaks", BREAK_COUNT_MAX * sizeof breaks->rows[0]);
	for (uint32_t i = 0; i < BREAK_COUNT_MAX; i++)
		breaks->rows[i].next = i + 1 < BREAK_COUNT_MAX ? i + 1 : BREAK_NONE;
	for (uint32_t i = 0; i < VENUE_COUNT_MAX; i++)
		breaks->heads[i] = breaks->tails[i] = breaks->young[i] = BREAK_NONE;
	refs_open(&breaks->by_key, BREAK_COUNT_MAX);
}

void breaks_close(struct breaks *breaks)
{
	if (breaks->rows == NULL)
		return;
	refs_close(&breaks->by_key);
	memory_return(breaks->rows, BREAK_COUNT_MAX * sizeof breaks->rows[0]);
	breaks->rows = NULL;
}

/* Of a cancel it matters how much is gone, not why. */
static uint8_t break_type(uint8_t type)
{
	return type == 'D' ? 'C' : type;
}

/* 112 bits in 64: who finds something by it looks whether it is what he sought. */
static uint64_t break_key(uint8_t venue, uint32_t venue_ref, uint8_t type, uint64_t match)
{
	uint64_t order = ((uint64_t)venue + 1) << 40 | (uint64_t)type << 32 | venue_ref;
	uint64_t key = (match * 0x9E3779B97F4A7C15ull ^ order) * 0xD6E8FEB86659FD93ull;
	key ^= key >> 32;
	return key != 0 ? key : 1;
}

struct break_row *breaks_find(
	struct breaks *breaks, uint8_t venue, uint32_t venue_ref, uint8_t type, uint64_t match)
{
	type = break_type(type);
	uint32_t at = refs_find(&breaks->by_key, break_key(venue, venue_ref, type, match));
	if (at == REFS_NONE)
		return NULL;
	struct break_row *row = &breaks->rows[at];
	bool is_it = row->venue == venue && row->venue_ref == venue_ref && row->type == type &&
		     row->match == match;
	return is_it ? row : NULL;
}

struct break_row *breaks_take(struct breaks *breaks, uint8_t venue, uint32_t venue_ref,
	uint8_t type, uint64_t match, uint64_t now_ns)
{
	type = break_type(type);
	uint64_t key = break_key(venue, venue_ref, type, match);
	uint32_t at = breaks->free_head;
	if (at == BREAK_NONE || refs_find(&breaks->by_key, key) != REFS_NONE) {
		breaks->lost++;
		return NULL;
	}
	struct break_row *row = &breaks->rows[at];
	breaks->free_head = row->next;
	memset(row, 0, sizeof *row);
	row->venue = venue;
	row->venue_ref = venue_ref;
	row->type = type;
	row->match = match;
	row->first_ns = now_ns;
	row->number = ++breaks->taken;
	row->next = BREAK_NONE;
	row->previous = breaks->tails[venue];
	if (row->previous != BREAK_NONE)
		breaks->rows[row->previous].next = at;
	else
		breaks->heads[venue] = at;
	breaks->tails[venue] = at;
	if (breaks->young[venue] == BREAK_NONE)
		breaks->young[venue] = at;
	breaks->count++;
	CHECK(refs_put(&breaks->by_key, key, at));
	return row;
}

void breaks_tell(struct break_row *row, enum break_teller teller, uint32_t qty, uint64_t price_e4,
	uint8_t side)
{
	struct break_sum *sum = &row->told[teller];
	sum->count++;
	sum->qty += qty;
	sum->price_sum += price_e4;
	sum->side = side;
}

bool breaks_is_even(const struct break_row *row)
{
	const struct break_sum *ours = &row->told[BREAK_OURS], *theirs = &row->told[BREAK_THEIRS];
	return ours->count == theirs->count && ours->qty == theirs->qty &&
	       ours->price_sum == theirs->price_sum && ours->side == theirs->side;
}

void breaks_drop(struct breaks *breaks, struct break_row *row)
{
	uint32_t at = (uint32_t)(row - breaks->rows), venue = row->venue;
	refs_remove(&breaks->by_key, break_key(row->venue, row->venue_ref, row->type, row->match));
	if (breaks->young[venue] == at)
		breaks->young[venue] = row->next;
	if (row->previous != BREAK_NONE)
		breaks->rows[row->previous].next = row->next;
	else
		breaks->heads[venue] = row->next;
	if (row->next != BREAK_NONE)
		breaks->rows[row->next].previous = row->previous;
	else
		breaks->tails[venue] = row->previous;
	breaks->alarmed[venue] -= row->is_alarmed && !row->is_acknowledged;
	breaks->seen[venue] -= row->is_acknowledged;
	breaks->count--;
	row->next = breaks->free_head;
	breaks->free_head = at;
}

bool breaks_is_due(const struct breaks *breaks, uint8_t venue, uint64_t now_ns, uint64_t since_ns,
	uint64_t after_ns)
{
	uint32_t at = breaks->young[venue];
	if (at == BREAK_NONE)
		return false;
	uint64_t first_ns = breaks->rows[at].first_ns;
	if (since_ns > first_ns)
		first_ns = since_ns;
	return now_ns >= first_ns && now_ns - first_ns >= after_ns;
}

struct break_row *breaks_alarm(
	struct breaks *breaks, uint8_t venue, uint64_t now_ns, uint64_t since_ns, uint64_t after_ns)
{
	if (!breaks_is_due(breaks, venue, now_ns, since_ns, after_ns))
		return NULL;
	struct break_row *row = &breaks->rows[breaks->young[venue]];
	row->is_alarmed = 1;
	breaks->alarmed[venue]++;
	breaks->young[venue] = row->next;
	return row;
}

int32_t breaks_acknowledge(struct breaks *breaks, const struct acknowledge_record *seen, bool apply)
{
	uint32_t at = breaks->rows == NULL || seen->venue >= VENUE_COUNT_MAX
			      ? BREAK_NONE
			      : breaks->heads[seen->venue];
	while (at != BREAK_NONE && breaks->rows[at].number != seen->number)
		at = breaks->rows[at].next;
	if (at == BREAK_NONE)
		return ENOENT;
	struct break_row *row = &breaks->rows[at];
	if (!row->is_alarmed || row->is_acknowledged)
		return row->is_acknowledged ? EALREADY : ESTALE;
	if (!apply)
		return 0;
	row->is_acknowledged = 1;
	row->acknowledged_uid = seen->uid;
	memcpy(row->acknowledged_reason, seen->reason, sizeof row->acknowledged_reason);
	breaks->alarmed[seen->venue]--;
	breaks->seen[seen->venue]++;
	return 0;
}

void breaks_renew(struct breaks *breaks, struct break_row *row)
{
	breaks->alarmed[row->venue] += row->is_acknowledged;
	breaks->seen[row->venue] -= row->is_acknowledged;
	row->is_acknowledged = 0;
}

void breaks_write(const struct breaks *breaks,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	if (breaks->rows == NULL)
		return;
	add(context, &breaks->lost, sizeof breaks->lost);
	add(context, &breaks->taken, sizeof breaks->taken);
	for (uint32_t venue = 0; venue < VENUE_COUNT_MAX; venue++) {
		for (uint32_t at = breaks->heads[venue]; at != BREAK_NONE;
			at = breaks->rows[at].next) {
			struct break_row image = breaks->rows[at];
			image.next = image.previous = 0;
			add(context, &image, sizeof image);
		}
	}
}
