/* Judging again happens apart from any gate.  tidy: boot */
#include "dataplane/fold/replay.h"

#include <stdio.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

static void *replay_output(void *context, enum record_type type, uint32_t body_bytes)
{
	struct replay *replay = context;
	uint16_t size = record_size_of(body_bytes);
	CHECK(replay->pending_tail + size <= REPLAY_PENDING_BYTES);
	struct record *record = (struct record *)(replay->pending + replay->pending_tail);
	memset(record, 0, size);
	record->type = (uint8_t)type;
	record->size_bytes = size;
	record->body_bytes = (uint16_t)body_bytes;
	replay->pending_tail += size;
	return record + 1;
}

static void replay_client(void *context, uint32_t session)
{
	(void)context;
	(void)session;
}

struct replay *replay_open(const struct site_config *site)
{
	struct replay *replay = memory_take("replay", sizeof *replay);
	replay->metrics = memory_take("replay's metrics", sizeof *replay->metrics);
	replay->page = memory_take("replay's page", sizeof *replay->page);
	replay->pending = memory_take("replay's outputs", REPLAY_PENDING_BYTES);
	struct fold_out out = {.context = replay, .record = replay_output, .client = replay_client};
	replay->fold = fold_open(site, &out, replay->metrics, replay->page);
	return replay;
}

void replay_close(struct replay *replay)
{
	if (replay->fold != NULL)
		fold_close(replay->fold);
	memory_return(replay->pending, REPLAY_PENDING_BYTES);
	memory_return(replay->page, sizeof *replay->page);
	memory_return(replay->metrics, sizeof *replay->metrics);
	memory_return(replay, sizeof *replay);
}

const struct record *replay_pending(const struct replay *replay, uint32_t *position)
{
	uint32_t at = *position == 0 ? replay->pending_head : *position;
	if (at >= replay->pending_tail)
		return NULL;
	const struct record *record = (const struct record *)(replay->pending + at);
	*position = at + record->size_bytes;
	return record;
}

static void replay_differs(
	struct replay *replay, uint64_t sequence, const char *found, const char *expected)
{
	struct replay_result *r = &replay->result;
	if (r->differences++ == 0)
		snprintf(r->first_difference, sizeof r->first_difference,
			"record %llu: journal has %s, replay gives %s",
			(unsigned long long)sequence, found, expected);
}

static void replay_compare(struct replay *replay, const struct record *record, uint64_t sequence)
{
	replay->result.outputs++;
	if (record->type == RECORD_RECEIPT) {
		const struct receipt *receipt = record_body(record);
		replay->result.receipts++;
		replay->result.passed += (receipt->flags & RECEIPT_PASSED) != 0;
		replay->result.refused += (receipt->flags & RECEIPT_PASSED) == 0;
	}
	uint32_t position = 0;
	const struct record *mine = replay_pending(replay, &position);
	if (mine == NULL) {
		replay_differs(replay, sequence, record_type_name(record->type), "nothing");
		return;
	}
	replay->pending_head = position;
	bool is_same = mine->type == record->type && mine->body_bytes == record->body_bytes &&
		       memcmp(record_body(mine), record_body(record), record->body_bytes) == 0;
	if (!is_same)
		replay_differs(replay, sequence, record_type_name(record->type),
			mine->type == record->type ? "another body" : record_type_name(mine->type));
	if (replay->pending_head == replay->pending_tail)
		replay->pending_head = replay->pending_tail = 0;
}

static void replay_compare_hash(
	struct replay *replay, const struct record *record, uint64_t sequence)
{
	const struct state_hash_record *stated = record_body(record);
	uint64_t hash[2];
	fold_hash(replay->fold, hash);
	replay->result.hashes++;
	if (memcmp(hash, stated->hash, sizeof hash) == 0)
		return;
	fold_hash_before(replay->fold, hash);
	if (memcmp(hash, stated->hash, sizeof hash) != 0)
		replay_differs(replay, sequence, "a state hash", "another state hash");
}

/* The journal says something was handed over: the replay must have decided the same thing. */
static bool replay_can_hand_over(const struct replay *replay, const struct record *record)
{
	const struct fold_egress *front = fold_egress_front(replay->fold);
	const struct sent_record *sent = record_body(record);
	if (record->type != RECORD_SENT && record->type != RECORD_WITHHELD)
		return true;
	return front != NULL && front->order_id == sent->order_id && front->kind == sent->kind;
}

/* A body shorter than its type's, or a message longer than its record, is not applied. */
static bool replay_is_whole(const struct record *record)
{
	static const uint16_t bodies[] = {
		[RECORD_BOOT] = sizeof(struct boot_record),
		[RECORD_TURN] = sizeof(struct turn_inputs),
		[RECORD_TOP] = sizeof(struct top_used),
		[RECORD_STOP] = sizeof(struct stop_record),
		[RECORD_RELEASE] = sizeof(struct release_record),
		[RECORD_LIMIT_ROW] = sizeof(struct limit_row),
		[RECORD_LIMIT_EPOCH] = sizeof(struct limit_epoch_record),
		[RECORD_SESSION] = sizeof(struct session_record),
		[RECORD_CLIENT_IN] = sizeof(struct message_record),
		[RECORD_VENUE_IN] = sizeof(struct message_record),
		[RECORD_SENT] = sizeof(struct sent_record),
		[RECORD_WITHHELD] = sizeof(struct sent_record),
		[RECORD_MARK] = sizeof(struct mark_record),
		[RECORD_RESERVED] = sizeof(struct reserve_record),
		[RECORD_DAY] = sizeof(struct day_record),
		[RECORD_POSITION] = sizeof(struct position_record),
		[RECORD_RATE] = sizeof(struct rate_record),
		[RECORD_LEASE] = sizeof(struct lease_record),
		[RECORD_LIMIT_WORD] = sizeof(struct limit_word_record),
		[RECORD_RESOLVE] = sizeof(struct resolve_record),
		[RECORD_ACKNOWLEDGE] = sizeof(struct acknowledge_record),
	};
	const struct message_record *message = record_body(record);
	if (record->type >= ARRAY_COUNT(bodies) || bodies[record->type] == 0 ||
		record->body_bytes < bodies[record->type])
		return false;
	if (record->type != RECORD_CLIENT_IN && record->type != RECORD_VENUE_IN)
		return true;
	return message->size_bytes == record->body_bytes - sizeof *message;
}

void replay_record(struct replay *replay, const struct record *record, uint64_t sequence)
{
	struct replay_result *r = &replay->result;
	r->records++;
	r->last_sequence = sequence;
	r->is_clean = record->type == RECORD_STATE_HASH;
	if (record->type == RECORD_STATE_HASH) {
		replay_compare_hash(replay, record, sequence);
		return;
	}
	if (!record_is_input(record->type)) {
		replay_compare(replay, record, sequence);
		return;
	}
	if (record->type == RECORD_PAD)
		return;
	uint32_t position = 0;
	if (replay_pending(replay, &position) != NULL) {
		replay_differs(replay, sequence, "no output", "one more output");
		replay->pending_head = replay->pending_tail = 0;
	}
	r->inputs++;
	if (!replay_is_whole(record)) {
		replay_differs(replay, sequence, "a record of another size",
			record_type_name(record->type));
		return;
	}
	if (!replay_can_hand_over(replay, record)) {
		replay_differs(replay, sequence, "an order handed over", "none decided");
		return;
	}
	if (record->type == RECORD_TURN) {
		r->turns++;
		r->last_now_ns = ((const struct turn_inputs *)record_body(record))->now_ns;
	}
	fold_apply(replay->fold, record);
	if (replay->applied != NULL)
		replay->applied(replay->context, record);
}

static bool replay_is_ours(
	const struct reader *reader, const struct site_config *site, struct config_error *error)
{
	const struct segment_header *header = reader_segment(reader);
	if (memcmp(header->config_hash, site->hash, sizeof site->hash) == 0)
		return true;
	snprintf(error->text, sizeof error->text,
		"journal: found records of configuration %016llx, expected %016llx (%s): start "
		"with the configuration that wrote "
		"it, or give the changed one a new journal directory",
		(unsigned long long)header->config_hash[0], (unsigned long long)site->hash[0],
		site->directory);
	return false;
}

bool replay_journal(
	struct replay *replay, const char *directory, uint64_t until, struct config_error *error)
{
	uint64_t sequence, began_ns = clock_now_ns();
	struct reader *reader = reader_open(directory, error);
	if (reader == NULL)
		return false;
	reader_until(reader, until);
	const struct record *record;
	while ((record = reader_next(reader, &sequence)) != NULL) {
		if (!replay_is_ours(reader, replay->fold->site, error)) {
			reader_close(reader);
			return false;
		}
		replay_record(replay, record, sequence);
	}
	reader_end_of(reader, &replay->result.end);
	reader_close(reader);
	replay->result.elapsed_ns = clock_now_ns() - began_ns;
	fold_hash(replay->fold, replay->result.state_hash);
	return true;
}
