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
	story->venue = site->venue_count == 1 ? 0 : STORY_VENUE_NONE;
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

/* The order's UserRefNum at a venue; NULL: it has no such one there. */
static struct story_ref *ref_find(struct story *story, uint32_t ref, uint8_t venue)
{
	for (uint32_t i = 0; i < story->ref_count; i++) {
		if (story->refs[i].ref == ref && story->refs[i].venue == venue)
			return &story->refs[i];
	}
	return NULL;
}

static void ref_add(struct story *story, uint32_t ref, uint8_t venue)
{
	if (story->ref_count < STORY_REF_COUNT_MAX)
		story->refs[story->ref_count++] = (struct story_ref){.ref = ref, .venue = venue};
}

/* A venue named the order and its number there. */
static void ref_bind(struct story *story, uint32_t ref, uint8_t venue)
{
	struct story_ref *unbound = ref_find(story, ref, STORY_VENUE_NONE);
	if (unbound != NULL)
		unbound->venue = venue;
	else if (ref_find(story, ref, venue) == NULL)
		ref_add(story, ref, venue);
}

/* The venue's numbers start anew: the same number is another order. */
static void refs_forget(struct story *story, uint32_t session)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < story->ref_count; i++) {
		uint8_t venue = story->refs[i].venue;
		bool is_there = venue < story->site->venue_count &&
				story->site->venues[venue].session_id == session;
		if (!is_there)
			story->refs[kept++] = story->refs[i];
	}
	story->ref_count = kept;
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

static void top_take(struct story *story, const struct record *record)
{
	struct top_used top;
	body_copy(&top, sizeof top, record);
	if (story->top_count < BURST_COUNT_MAX)
		story->tops[story->top_count++] = top;
}

/* By what it was judged, and what it asked for. */
static void inputs_note(const struct story *story, struct story_event *event)
{
	event->has_top = false;
	event->now_ns = story->now_ns;
	event->asked = (struct story_asked){.session = 0};
	if (story->asked.session == event->receipt.session)
		event->asked = story->asked;
	for (uint32_t i = 0; i < story->top_count && !event->has_top; i++) {
		event->has_top = story->tops[i].symbol == event->receipt.symbol;
		event->top = story->tops[i];
	}
}

static void receipt_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct receipt receipt;
	body_copy(&receipt, sizeof receipt, record);
	if (receipt.order_id != story->order_id && receipt.original_id != story->order_id)
		return;
	struct story_event *event = story_event_add(story, record->type, sequence);
	if (event != NULL) {
		event->receipt = receipt;
		rates_note(story, event);
		inputs_note(story, event);
	}
	if (receipt.order_id == story->order_id && receipt.venue_ref != 0)
		ref_add(story, receipt.venue_ref,
			story->site->venue_count == 1 ? 0 : STORY_VENUE_NONE);
}

/* Our ClOrdID names an order wherever it stands; without one a UserRefNum does, at the venue that counts it. */
static bool word_is_ours(struct story *story, const struct venue_word *word)
{
	if (word->order_id == story->order_id || word->original_id == story->order_id)
		return true;
	if (word->original_ref != 0 && ref_find(story, word->original_ref, word->venue) != NULL)
		return true;
	return word->order_id == 0 && word->ref != 0 &&
	       ref_find(story, word->ref, word->venue) != NULL;
}

/* FIX: what was asked for again is told once. */
static bool word_is_told(const struct story *story, const struct venue_word *word)
{
	for (uint32_t i = 0; i < story->event_count && word->is_again; i++) {
		const struct story_event *event = &story->events[i];
		if (event->type == RECORD_VENUE_IN && event->word.venue == word->venue &&
			event->word.is_copy == word->is_copy && event->word.number == word->number)
			return true;
	}
	return false;
}

static void venue_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct venue_word word;
	if (!word_read(story->site, record, &word) || !word_is_ours(story, &word) ||
		word_is_told(story, &word))
		return;
	story->venue = word.venue;
	story->fate = FATE_NONE;
	if (word.order_id == story->order_id && word.ref != 0)
		ref_bind(story, word.ref, word.venue);
	struct story_event *event = story_event_add(story, record->type, sequence);
	if (event != NULL)
		event->word = word;
}

static void sent_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct sent_record sent;
	body_copy(&sent, sizeof sent, record);
	struct story_event *event = sent.order_id == story->order_id
					    ? story_event_add(story, record->type, sequence)
					    : NULL;
	if (event != NULL)
		event->sent = sent;
	if (sent.order_id == story->order_id && record->type == RECORD_SENT)
		story_fate_sent(story, &sent);
}

static void cancel_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct cancel_record cancel;
	body_copy(&cancel, sizeof cancel, record);
	struct story_event *event = cancel.order_id == story->order_id
					    ? story_event_add(story, record->type, sequence)
					    : NULL;
	if (event != NULL)
		event->cancel = cancel;
}

static void ended_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct ended_record ended;
	body_copy(&ended, sizeof ended, record);
	struct story_event *event = ended.order_id == story->order_id
					    ? story_event_add(story, record->type, sequence)
					    : NULL;
	if (ended.order_id == story->order_id)
		story->fate = FATE_NONE;
	if (event != NULL)
		event->ended = ended;
}

static void resolve_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct resolve_record word;
	body_copy(&word, sizeof word, record);
	struct story_event *event = word.order_id == story->order_id
					    ? story_event_add(story, record->type, sequence)
					    : NULL;
	if (word.order_id == story->order_id)
		story->fate = FATE_NONE;
	if (event != NULL)
		event->resolve = word;
}

static void stop_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct story_event *stop = &story->stops[story->stop_count++ % STORY_STOP_COUNT_MAX];
	stop->type = record->type;
	stop->sequence = sequence;
	stop->wall_ns = story->wall_ns;
	stop->released = 0;
	body_copy(&stop->stop, sizeof stop->stop, record);
}

/* What of a scope's stops is in force, and which trip stands under it, as the gate's latch has them (latch.h); NULL: none. */
struct standing_stops {
	struct story_event *in_force, *under;
};

static void standing_add(struct standing_stops *standing, struct story_event *next)
{
	const struct stop_record *stop = &next->stop;
	struct story_event *old = standing->in_force;
	bool takes_place =
		old == NULL || stop->state > old->stop.state ||
		(stop->state == old->stop.state && old->stop.is_while != 0 && stop->is_while == 0);
	struct story_event *trip = takes_place ? old : next;
	bool is_said_again =
		!takes_place && stop_is_lasting_trip(&old->stop) && stop->state == old->stop.state;
	if (trip != NULL && stop_is_lasting_trip(&trip->stop) && !is_said_again &&
		(standing->under == NULL || trip->stop.state > standing->under->stop.state))
		standing->under = trip;
	if (takes_place)
		standing->in_force = next;
}

/* Releases what is in force of a scope; a trip that stood under it is then. */
static void release_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct release_record release;
	struct standing_stops standing = {.in_force = NULL};
	body_copy(&release, sizeof release, record);
	uint64_t kept =
		story->stop_count < STORY_STOP_COUNT_MAX ? story->stop_count : STORY_STOP_COUNT_MAX;
	for (unsigned pass = 0; pass < 2; pass++) {
		for (uint64_t i = story->stop_count - kept; i < story->stop_count; i++) {
			struct story_event *stop = &story->stops[i % STORY_STOP_COUNT_MAX];
			if (stop->stop.scope != release.scope || stop->stop.id != release.id ||
				stop->released != 0)
				continue;
			if (pass == 0)
				standing_add(&standing, stop);
			else if (stop != standing.under)
				stop->released = sequence;
		}
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

static void turn_take(struct story *story, const struct record *record)
{
	struct turn_inputs turn;
	body_copy(&turn, sizeof turn, record);
	story->wall_ns = turn.wall_ns;
	story->now_ns = turn.now_ns;
	story->top_count = 0;
}

static void session_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct session_record session;
	body_copy(&session, sizeof session, record);
	if (session.change == SESSION_VENUE_NEW)
		refs_forget(story, session.session);
	hours_take(story, &session, sequence);
	story_fate_session(story, &session, sequence);
}

static void day_take(struct story *story, const struct record *record, uint64_t sequence)
{
	struct story_event *day = &story->days[story->day_count++ % STORY_DAY_COUNT_MAX];
	day->sequence = sequence;
	day->wall_ns = story->wall_ns;
	body_copy(&day->day, sizeof day->day, record);
}

/* What others did that may be in an order's way. */
static void way_take(struct story *story, const struct record *record, uint64_t sequence)
{
	switch (record->type) {
	case RECORD_RATE:
		rate_take(story, record);
		break;
	case RECORD_STOP:
	case RECORD_TRIP:
		stop_take(story, record, sequence);
		break;
	case RECORD_RELEASE:
		release_take(story, record, sequence);
		break;
	case RECORD_DAY:
		day_take(story, record, sequence);
		break;
	case RECORD_LEASE:
		story_lease_take(story, record, sequence);
		break;
	case RECORD_LEASE_END:
		story_lease_end_take(story, record, sequence);
		break;
	case RECORD_TOP:
		top_take(story, record);
		break;
	default:
		break;
	}
}

static void record_take(struct story *story, const struct record *record, uint64_t sequence)
{
	switch (record->type) {
	case RECORD_TURN:
		turn_take(story, record);
		break;
	case RECORD_CLIENT_IN:
		story_asked_take(story, record);
		break;
	case RECORD_RECEIPT:
		receipt_take(story, record, sequence);
		break;
	case RECORD_SENT:
	case RECORD_WITHHELD:
		sent_take(story, record, sequence);
		break;
	case RECORD_CANCEL:
		cancel_take(story, record, sequence);
		break;
	case RECORD_VENUE_IN:
		venue_take(story, record, sequence);
		story_fate_query(story, record, sequence);
		break;
	case RECORD_BOOT:
		story_fate_boot(story, sequence);
		break;
	case RECORD_SESSION:
		session_take(story, record, sequence);
		break;
	case RECORD_ENDED:
		ended_take(story, record, sequence);
		break;
	case RECORD_RESOLVE:
		resolve_take(story, record, sequence);
		break;
	default:
		way_take(story, record, sequence);
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
