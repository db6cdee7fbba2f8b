/* lease_tell.c - limits that were raised for a time, as far as an order met them.

   Receipts name the epoch, and a lease is none: whether one was in force is told by where the records of its beginning and its
   end stand in the journal, before and behind the receipt. */
#include <inttypes.h>
#include <stdio.h>

#include "config/binds.h"
#include "control/journal/story.h"

void story_lease_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct lease_record lease = {0};
	memcpy(&lease, record_body(record),
		record->body_bytes < sizeof lease ? record->body_bytes : sizeof lease);
	if (lease.word != LEASE_BEGINS || lease.limit >= LIMIT_COUNT)
		return;
	story->leases[story->lease_count++ % STORY_LEASE_COUNT_MAX] = (struct story_lease){
		.lease = lease, .sequence = sequence, .wall_ns = story->wall_ns};
}

static uint32_t leases_kept(const struct story *story)
{
	return story->lease_count < STORY_LEASE_COUNT_MAX ? story->lease_count
							  : STORY_LEASE_COUNT_MAX;
}

void story_lease_end_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct lease_end_record end = {0};
	memcpy(&end, record_body(record),
		record->body_bytes < sizeof end ? record->body_bytes : sizeof end);
	for (uint32_t i = 0; i < leases_kept(story); i++)
		if (story->leases[i].lease.number == end.number && story->leases[i].ended == 0)
			story->leases[i].ended = sequence;
}

/* Whether a lease's scope covers the order. */
static bool lease_covers(const struct site_config *site, const struct lease_record *lease,
	const struct receipt *receipt)
{
	switch (lease->scope) {
	case SCOPE_FIRM:
		return true;
	case SCOPE_SESSION:
		return lease->id == receipt->session;
	case SCOPE_ACCOUNT:
		return lease->id == receipt->account;
	case SCOPE_STRATEGY:
		return lease->id == receipt->strategy;
	case SCOPE_SECTOR:
		return receipt->symbol < site->symbol_count &&
		       lease->id == site->symbols[receipt->symbol].sector;
	case SCOPE_SYMBOL:
		return lease->symbol == receipt->symbol;
	default:
		return lease->id == receipt->account && lease->symbol == receipt->symbol;
	}
}

/* Whether a limit is what refused an order: its lane's, or the second that the lane looks at. */
static bool limit_refused(const struct receipt *receipt, unsigned limit)
{
	const char *second = receipt_limit_word(receipt);
	bool is_of_capital =
		receipt->lane == LANE_GROSS_EXPOSURE || receipt->lane == LANE_PORTFOLIO_RISK;
	if (second != NULL)
		return strcmp(limit_keys[limit].key, second) == 0 ||
		       (is_of_capital && limit == LIMIT_capital);
	if (receipt->lane == LANE_VOLUME_SHARE)
		return limit == LIMIT_max_adv_share;
	return limit == (unsigned)limit_of_lane(receipt->lane);
}

void story_leases_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	const struct receipt *receipt = &event->receipt;
	bool is_passed = (receipt->flags & RECEIPT_PASSED) != 0;
	uint32_t kept = leases_kept(story);
	for (uint32_t i = 0; i < kept && receipt->kind != DECISION_CANCEL; i++) {
		const struct story_lease *row =
			&story->leases[(story->lease_count - kept + i) % STORY_LEASE_COUNT_MAX];
		const struct lease_record *lease = &row->lease;
		const struct limit_row whose = {
			.scope = lease->scope, .id = lease->id, .symbol = lease->symbol};
		char scope[64], value[64], until[32], reason[sizeof lease->reason + 1] = "";
		bool is_in_force = row->sequence < event->sequence &&
				   (row->ended == 0 || row->ended > event->sequence);
		bool has_refused = lease->scope == receipt->owner_scope &&
				   limit_refused(receipt, lease->limit);
		if (!is_in_force || !lease_covers(story->site, lease, receipt) ||
			!(is_passed || has_refused))
			continue;
		limit_scope_format(story->site, &whose, scope, sizeof scope);
		limit_format(
			story->site, (enum limit)lease->limit, &lease->value, value, sizeof value);
		time_format(row->wall_ns + lease->within_ns, until);
		memcpy(reason, lease->reason, sizeof lease->reason);
		story_sentence(answer, event,
			"  %s lease %" PRIu32 ": %s %s is %s until %s, by uid %u and uid %u: %s",
			is_passed ? "a limit of it was raised then by" : "that limit was raised by",
			lease->number, scope, limit_keys[lease->limit].key, value, until,
			lease->uid, lease->second_uid, reason);
	}
}
