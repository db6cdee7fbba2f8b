#include "control/journal/story.h"

#include <stdio.h>
#include <stdlib.h>

struct story *story_open(const struct site_config *site, const char *directory, uint64_t order_id,
	struct config_error *error)
{
	struct story *story = calloc(1, sizeof *story);
	if (story == NULL) {
		snprintf(error->text, sizeof error->text, "out of memory for %zu bytes",
			sizeof *story);
		return NULL;
	}
	story->site = site;
	story->order_id = order_id;
	for (uint32_t i = 1; i < site->currency_count; i++)
		story->rates_wall_ns[i] = site->currencies[i].as_of_wall_ns;
	story->reader = reader_open(directory, error);
	if (story->reader == NULL) {
		free(story);
		return NULL;
	}
	return story;
}

void story_close(struct story *story)
{
	if (story == NULL)
		return;
	reader_close(story->reader);
	free(story);
}

static struct story_event *event_add(struct story *story, uint8_t type, uint64_t sequence)
{
	if (story->event_count == STORY_EVENT_COUNT_MAX) {
		story->is_cut = true;
		return NULL;
	}
	struct story_event *event = &story->events[story->event_count++];
	event->type = type;
	event->sequence = sequence;
	event->wall_ns = story->wall_ns;
	return event;
}

static bool ref_is_ours(const struct story *story, uint32_t ref)
{
	for (uint32_t i = 0; i < story->ref_count; i++) {
		if (story->refs[i] == ref)
			return true;
	}
	return false;
}

/* Copies as much of a body as its struct holds: a shorter one leaves zeros. */
static void body_copy(void *target, size_t target_bytes, const struct record *record)
{
	memset(target, 0, target_bytes);
	memcpy(target, record_body(record),
		record->body_bytes < target_bytes ? record->body_bytes : target_bytes);
}

/* Which rates might not be used when a receipt was written. */
static void rates_note(const struct story *story, struct story_event *event)
{
	event->old_rates = event->no_rates = 0;
	for (uint32_t i = 1; i < story->site->currency_count; i++) {
		uint64_t as_of_ns = story->rates_wall_ns[i];
		bool is_future = as_of_ns > story->wall_ns;
		bool is_old = is_future ||
			      story->wall_ns - as_of_ns > story->site->currencies[i].max_age_ns;
		event->no_rates |= (uint16_t)((unsigned)(as_of_ns == 0) << i);
		event->old_rates |= (uint16_t)((unsigned)(as_of_ns != 0 && is_old) << i);
	}
}

static void rate_take(struct story *story, const struct record *record)
{
	struct rate_record rate;
	body_copy(&rate, sizeof rate, record);
	if (rate.currency < CURRENCY_COUNT_MAX)
		story->rates_wall_ns[rate.currency] = rate.as_of_wall_ns;
}

static void receipt_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct receipt receipt;
	body_copy(&receipt, sizeof receipt, record);
	if (receipt.order_id != story->order_id && receipt.original_id != story->order_id)
		return;
	struct story_event *event = event_add(story, record->type, sequence);
	if (event != NULL) {
		event->receipt = receipt;
		rates_note(story, event);
	}
	if (receipt.order_id == story->order_id && receipt.venue_ref != 0 &&
		story->ref_count < STORY_REF_COUNT_MAX)
		story->refs[story->ref_count++] = receipt.venue_ref;
}

/* A venue's message names the order by UserRefNum: at 9, a replaced one also by the number that took its
   place, at 13 (OUCH 5.0, 5: A C D E B J P I at 9; U at 9 and 13). */
static void venue_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct message_record message;
	if (record->body_bytes < sizeof message)
		return;
	memcpy(&message, record_body(record), sizeof message);
	const uint8_t *bytes = (const uint8_t *)record_body(record) + sizeof message;
	uint32_t size = record->body_bytes - (uint32_t)sizeof message;
	if (message.size_bytes < size)
		size = message.size_bytes;
	if (size < 13)
		return;
	bool is_ours = ref_is_ours(story, load_be32(bytes + 9)) ||
		       (bytes[0] == 'U' && size >= 17 && ref_is_ours(story, load_be32(bytes + 13)));
	struct story_event *event = is_ours ? event_add(story, record->type, sequence) : NULL;
	if (event == NULL)
		return;
	event->venue.size_bytes =
		size < sizeof event->venue.bytes ? size : (uint32_t)sizeof event->venue.bytes;
	memset(event->venue.bytes, 0, sizeof event->venue.bytes);
	memcpy(event->venue.bytes, bytes, event->venue.size_bytes);
}

static void sent_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct sent_record sent;
	body_copy(&sent, sizeof sent, record);
	struct story_event *event =
		sent.order_id == story->order_id ? event_add(story, record->type, sequence) : NULL;
	if (event != NULL)
		event->sent = sent;
}

static void cancel_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct cancel_record cancel;
	body_copy(&cancel, sizeof cancel, record);
	struct story_event *event = cancel.order_id == story->order_id
					    ? event_add(story, record->type, sequence)
					    : NULL;
	if (event != NULL)
		event->cancel = cancel;
}

static void ended_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct ended_record ended;
	body_copy(&ended, sizeof ended, record);
	struct story_event *event =
		ended.order_id == story->order_id ? event_add(story, record->type, sequence) : NULL;
	if (event != NULL)
		event->ended = ended;
}

static void resolve_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct resolve_record word;
	body_copy(&word, sizeof word, record);
	struct story_event *event =
		word.order_id == story->order_id ? event_add(story, record->type, sequence) : NULL;
	if (event != NULL)
		event->resolve = word;
}

static void release_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct release_record release;
	body_copy(&release, sizeof release, record);
	uint32_t kept =
		story->stop_count < STORY_STOP_COUNT_MAX ? story->stop_count : STORY_STOP_COUNT_MAX;
	for (uint32_t i = 0; i < kept; i++) {
		struct story_event *stop = &story->stops[i];
		if (stop->stop.scope == release.scope && stop->stop.id == release.id &&
			stop->released == 0)
			stop->released = sequence;
	}
}

static void hours_take(struct story *story, const struct session_record *session, uint64_t sequence)
{
	if (session->change < SESSION_VENUE_ENDS || session->change > SESSION_VENUE_BEGINS)
		return;
	struct story_event *change = &story->hours[story->hours_count++ % STORY_DAY_COUNT_MAX];
	change->sequence = sequence;
	change->wall_ns = story->wall_ns;
	change->hours = *session;
}

static void record_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct turn_inputs turn;
	struct session_record session;
	struct story_event *stop;
	switch (record->type) {
	case RECORD_TURN:
		body_copy(&turn, sizeof turn, record);
		story->wall_ns = turn.wall_ns;
		break;
	case RECORD_RECEIPT:
		receipt_take(story, record, sequence);
		break;
	case RECORD_SENT:
	case RECORD_WITHHELD:
		sent_take(story, record, sequence);
		break;
	case RECORD_RATE:
		rate_take(story, record);
		break;
	case RECORD_CANCEL:
		cancel_take(story, record, sequence);
		break;
	case RECORD_VENUE_IN:
		venue_take(story, record, sequence);
		break;
	case RECORD_SESSION:
		/* The venue's numbers start anew: the same number is another order. */
		body_copy(&session, sizeof session, record);
		if (session.change == SESSION_VENUE_NEW)
			story->ref_count = 0;
		hours_take(story, &session, sequence);
		break;
	case RECORD_STOP:
	case RECORD_TRIP:
		stop = &story->stops[story->stop_count++ % STORY_STOP_COUNT_MAX];
		stop->type = record->type;
		stop->sequence = sequence;
		stop->wall_ns = story->wall_ns;
		stop->released = 0;
		body_copy(&stop->stop, sizeof stop->stop, record);
		break;
	case RECORD_DAY:
		stop = &story->days[story->day_count++ % STORY_DAY_COUNT_MAX];
		stop->sequence = sequence;
		stop->wall_ns = story->wall_ns;
		body_copy(&stop->day, sizeof stop->day, record);
		break;
	case RECORD_ENDED:
		ended_take(story, record, sequence);
		break;
	case RECORD_RESOLVE:
		resolve_take(story, record, sequence);
		break;
	case RECORD_RELEASE:
		release_take(story, record, sequence);
		break;
	default:
		break;
	}
}

bool story_step(struct story *story, uint32_t record_count)
{
	for (uint32_t i = 0; i < record_count; i++) {
		uint64_t sequence;
		const struct record *record = reader_next(story->reader, &sequence);
		if (record == NULL) {
			reader_end_of(story->reader, &story->end);
			return true;
		}
		story->record_count++;
		record_take(story, record, sequence);
	}
	return false;
}
