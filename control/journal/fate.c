/* fate.c - what became of an order that its venue had not answered when their session was lost (story.h).

     handed over --its venue's word--> answered
          '-- session lost, or the gate started anew --> UNCERTAIN --its venue's word, persons--> answered
                                                             '-- the venue's next number is not above it --> never there

   Which answer is one to the last question is reckoned as the gate does (dataplane/fold/hear.c). */
#include <inttypes.h>

#include "control/journal/story.h"
#include "dataplane/wire/ouch50.h"

/* The venue of an order session; STORY_VENUE_NONE: of none. */
static uint8_t venue_of(const struct story *story, uint32_t session)
{
	for (uint32_t i = 0; i < story->site->venue_count; i++)
		if (story->site->venues[i].session_id == session)
			return (uint8_t)i;
	return STORY_VENUE_NONE;
}

static bool may_be_there(const struct story *story, uint8_t venue)
{
	return venue != STORY_VENUE_NONE &&
	       (story->venue == STORY_VENUE_NONE || story->venue == venue);
}

void story_fate_sent(struct story *story, const struct sent_record *sent)
{
	if (sent->kind != DECISION_ENTER && sent->kind != DECISION_REPLACE)
		return;
	story->fate = FATE_UNANSWERED;
	story->fate_ref = sent->venue_ref;
}

void story_fate_session(
	struct story *story, const struct session_record *session, uint64_t sequence)
{
	uint8_t venue = venue_of(story, session->session);
	bool is_lost = session->change == SESSION_VENUE_DOWN && story->fate == FATE_UNANSWERED;
	bool is_back = session->change == SESSION_VENUE_UP && story->fate == FATE_UNCERTAIN;
	if (venue == STORY_VENUE_NONE)
		return;
	struct story_queries *queries = &story->queries[venue];
	if (session->change == SESSION_VENUE_UP)
		queries->stale = queries->open++;
	if (session->change == SESSION_VENUE_NEW)
		queries->open = 0;
	if (!may_be_there(story, venue) || (!is_lost && !is_back))
		return;
	story->fate = FATE_UNCERTAIN;
	struct story_event *event = story_event_add(story, RECORD_SESSION, sequence);
	if (event != NULL)
		event->hours = *session;
}

void story_fate_boot(struct story *story, uint64_t sequence)
{
	if (story->fate != FATE_UNANSWERED)
		return;
	story->fate = FATE_UNCERTAIN;
	story_event_add(story, RECORD_BOOT, sequence);
}

/* Reads a venue's answer to the question which number it takes next; false: it is another message. */
static bool query_read(const struct story *story, const struct record *record, uint8_t *venue,
	struct ouch_out *out)
{
	struct word_message message;
	if (!word_message_of(record, &message))
		return false;
	*venue = venue_of(story, message.session);
	return *venue != STORY_VENUE_NONE &&
	       story->site->venues[*venue].protocol == ORDERS_OUCH50 &&
	       ouch50_parse_out(message.bytes, message.size_bytes, out) == OUCH_OK &&
	       out->type == 'Q';
}

void story_fate_query(struct story *story, const struct record *record, uint64_t sequence)
{
	struct ouch_out out;
	uint8_t venue;
	if (!query_read(story, record, &venue, &out))
		return;
	struct story_queries *queries = &story->queries[venue];
	queries->open -= queries->open > 0;
	if (queries->stale > 0) {
		queries->stale--;
		queries->open++;
		return;
	}
	if (story->fate != FATE_UNCERTAIN || !may_be_there(story, venue))
		return;
	struct story_event *event = story_event_add(story, RECORD_VENUE_IN, sequence);
	if (event != NULL)
		event->word = (struct venue_word){.type = 'Q',
			.venue = venue,
			.ref = out.ref,
			.original_ref = story->fate_ref};
	if (story->fate_ref >= out.ref)
		story->fate = FATE_NONE;
}

static const char *name_of(const struct story *story, uint8_t venue)
{
	return venue < story->site->venue_count ? story->site->venues[venue].name : "?";
}

void story_fate_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	const char *name = "";
	if (event->type == RECORD_SESSION)
		name = name_of(story, venue_of(story, event->hours.session));
	if (event->type == RECORD_BOOT)
		story_sentence(answer, event,
			"the gate was started anew before its venue had answered: the order is "
			"UNCERTAIN, "
			"nobody knows whether it is there");
	else if (event->type == RECORD_VENUE_IN && event->word.original_ref >= event->word.ref)
		story_sentence(answer, event,
			"venue %s said that it takes UserRefNum %u next: it NEVER SAW %u, which is "
			"over and holds nothing any more; its client was told J, VENUE_DOWN",
			name_of(story, event->word.venue), event->word.ref,
			event->word.original_ref);
	else if (event->type == RECORD_VENUE_IN)
		story_sentence(answer, event,
			"venue %s said that it takes UserRefNum %u next: it has seen %u, and what "
			"became of that it tells",
			name_of(story, event->word.venue), event->word.ref,
			event->word.original_ref);
	else if (event->hours.change == SESSION_VENUE_DOWN)
		story_sentence(answer, event,
			"the session of venue %s was lost before it had answered: the order is "
			"UNCERTAIN, "
			"nobody knows whether it is there%s",
			name,
			story->venue == STORY_VENUE_NONE ? ", if it is that venue's at all" : "");
	else
		story_sentence(answer, event,
			"the session of venue %s is back: what it knows of the order it has to say",
			name);
}

void story_fate_end(const struct story *story, struct answer *answer)
{
	if (story->fate == FATE_UNCERTAIN)
		answer_line(answer,
			"it is UNCERTAIN where the journal ends: neither its venue nor two persons "
			"have "
			"said what became of it: orders uncertain");
}
