#include "dataplane/fold/leases.h"

#include <errno.h>

#include "dataplane/risk/limits.h"

static struct leases *leases_of(struct fold *fold)
{
	return &fold->epochs.leases;
}

static struct limit_place place_of(const struct lease_record *record)
{
	return (struct limit_place){.scope = record->scope,
		.limit = record->limit,
		.id = record->id,
		.symbol = record->symbol};
}

static bool value_is(const struct limit_value *a, const struct limit_value *b)
{
	return a->value == b->value && a->window_ns == b->window_ns && a->burst == b->burst &&
	       a->currency == b->currency;
}

void leases_tell_left(const struct leases *leases, struct gate_page *page, uint64_t now_ns)
{
	for (uint32_t i = 0; i < leases->count; i++) {
		uint64_t until_ns = leases->rows[i].until_ns;
		atomic_store_explicit(&page->leases_left_ns[i],
			now_ns < until_ns ? until_ns - now_ns : 0, memory_order_relaxed);
	}
}

void leases_tell(struct fold *fold)
{
	const struct leases *leases = leases_of(fold);
	struct leases_page *page = &fold->page->leases;
	leases_tell_left(leases, fold->page, fold->turn.now_ns);
	atomic_fetch_add_explicit(&page->lock, 1, memory_order_acq_rel);
	page->count = leases->count;
	page->last = leases->last;
	page->end_count = leases->end_count;
	for (uint32_t i = 0; i < leases->count; i++)
		page->rows[i] = (struct lease_row){
			.lease = leases->rows[i].is, .base = leases->rows[i].base};
	memcpy(page->ends, leases->ends, sizeof page->ends);
	atomic_fetch_add_explicit(&page->lock, 1, memory_order_release);
	metrics_set(fold->metrics, METRIC_gate_leases, leases->count);
}

static uint32_t find_number(const struct leases *leases, uint32_t number)
{
	uint32_t i = 0;
	while (i < leases->count && leases->rows[i].is.number != number)
		i++;
	return i;
}

static bool has_lease(const struct leases *leases, const struct limit_place *place)
{
	for (uint32_t i = 0; i < leases->count; i++) {
		struct limit_place other = place_of(&leases->rows[i].is);
		if (memcmp(&other, place, sizeof other) == 0)
			return true;
	}
	return false;
}

int32_t leases_may(const struct fold *fold, const struct lease_record *record)
{
	const struct epochs *epochs = &fold->epochs;
	const struct leases *leases = &epochs->leases;
	const struct limit_place place = place_of(record);
	if (record->word == LEASE_UNDONE)
		return find_number(leases, record->number) < leases->count ? 0 : ESTALE;
	if (record->word != LEASE_BEGINS || record->within_ns == 0)
		return EINVAL;
	if (record->number <= leases->last || record->epoch != epochs->now.epoch)
		return ESTALE;
	if (epochs->now.term != LIMITS_STAY)
		return EBUSY;
	if (has_lease(leases, &place))
		return EEXIST;
	if (leases->count == LEASE_COUNT_MAX)
		return ENOSPC;
	const struct limit_value *base = risk_limits_stated(fold->risk, RISK_IN_FORCE, &place);
	if (base == NULL)
		return ENOENT;
	bool is_looser = base->currency == record->value.currency &&
			 limit_is_tighter((enum limit)place.limit, base, &record->value);
	return is_looser && limits_may_be(&place, &record->value) ? 0 : EINVAL;
}

/* Takes it out of the table; what its limit is then is the caller's. */
static void lease_end(struct fold *fold, uint32_t at, enum limits_end why, uint32_t uid)
{
	struct leases *leases = leases_of(fold);
	struct lease_ended *ended = &leases->ends[leases->end_count++ % LEASE_COUNT_MAX];
	*ended = (struct lease_ended){.lease = leases->rows[at].is,
		.end = {.number = leases->rows[at].is.number, .why = (uint8_t)why, .uid = uid}};
	leases->count--;
	memmove(&leases->rows[at], &leases->rows[at + 1],
		(leases->count - at) * sizeof leases->rows[0]);
	struct lease_end_record *record = fold_record(fold, RECORD_LEASE_END, sizeof *record);
	*record = ended->end;
}

static void lease_return(struct fold *fold, uint32_t at, enum limits_end why, uint32_t uid)
{
	const struct lease *lease = &leases_of(fold)->rows[at];
	const struct limit_place place = place_of(&lease->is);
	CHECK(risk_limits_put(fold->risk, RISK_IN_FORCE, &place, &lease->base));
	lease_end(fold, at, why, uid);
	leases_tell(fold);
}

static uint64_t later(uint64_t time_ns, uint64_t within_ns)
{
	return within_ns < UINT64_MAX - time_ns ? time_ns + within_ns : UINT64_MAX;
}

static void lease_begin(struct fold *fold, const struct lease_record *record)
{
	struct leases *leases = leases_of(fold);
	const struct limit_place place = place_of(record);
	struct lease *lease = &leases->rows[leases->count++];
	*lease = (struct lease){.is = *record,
		.base = *risk_limits_stated(fold->risk, RISK_IN_FORCE, &place),
		.until_ns = later(fold->turn.now_ns, record->within_ns),
		.until_wall_ns = later(fold->turn.wall_ns, record->within_ns)};
	leases->last = record->number;
	CHECK(risk_limits_put(fold->risk, RISK_IN_FORCE, &place, &record->value));
	leases_tell(fold);
}

void leases_take(struct fold *fold, const struct lease_record *record)
{
	const struct leases *leases = leases_of(fold);
	if (leases_may(fold, record) != 0)
		return;
	if (record->word == LEASE_BEGINS)
		lease_begin(fold, record);
	else
		lease_return(fold, find_number(leases, record->number), LIMITS_UNDONE, record->uid);
}

void leases_turn(struct fold *fold)
{
	const struct leases *leases = leases_of(fold);
	for (uint32_t i = 0; i < leases->count;)
		if (fold->turn.now_ns >= leases->rows[i].until_ns)
			lease_return(fold, i, LIMITS_EXPIRED, 0);
		else
			i++;
}

void leases_boot(struct fold *fold, uint64_t wall_ns)
{
	const struct leases *leases = leases_of(fold);
	for (uint32_t i = 0; i < leases->count;)
		if (wall_ns >= leases->rows[i].until_wall_ns)
			lease_return(fold, i, LIMITS_EXPIRED, 0);
		else
			i++;
}

void leases_meet(struct fold *fold, enum risk_limits which)
{
	const struct leases *leases = leases_of(fold);
	for (uint32_t i = 0; i < leases->count;) {
		const struct lease *lease = &leases->rows[i];
		const struct limit_place place = place_of(&lease->is);
		const struct limit_value *stated = risk_limits_stated(fold->risk, which, &place);
		if (stated == NULL || !value_is(stated, &lease->base)) {
			lease_end(fold, i, LIMITS_REPLACED, 0);
			continue;
		}
		CHECK(risk_limits_put(fold->risk, which, &place, &lease->is.value));
		i++;
	}
}

void leases_leave(struct fold *fold, const struct leases *before)
{
	for (uint32_t i = 0; i < before->count; i++) {
		const struct limit_place place = place_of(&before->rows[i].is);
		CHECK(risk_limits_put(fold->risk, RISK_FORMER, &place, &before->rows[i].base));
	}
}

void leases_write(const struct leases *leases,
	void (*add)(void *context, const void *bytes, size_t size), void *context)
{
	const uint64_t words[2] = {leases->count, leases->last};
	add(context, words, sizeof words);
	add(context, leases->rows, leases->count * sizeof leases->rows[0]);
}
