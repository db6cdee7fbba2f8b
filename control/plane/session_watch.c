#include "control/plane/session_watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "drivers/machine/log.h"

static const char *const whys[] = {
#define SESSION_WHY(name, words) words,
#include "dataplane/shm/session_why.def"
#undef SESSION_WHY
};

/* What a person does about numbers that do not meet. */
static const char numbers_mend[] = "; have the venue go on from the expected number, or both begin "
				   "anew, in FIX by a reset, else "
				   "under another session's name: see docs/day.md, Venues";

const char *session_words(const struct session_event *event, char text[SESSION_WORDS_BYTES])
{
	const char *why = event->why < ARRAY_COUNT(whys) ? whys[event->why] : "?";
	int used = snprintf(text, SESSION_WORDS_BYTES, "%s", why);
	bool has_numbers = event->expected != 0 || event->received != 0;
	if (has_numbers)
		used += snprintf(text + used, SESSION_WORDS_BYTES - (size_t)used,
			": found %" PRIu64 ", expected %" PRIu64, event->received, event->expected);
	if (event->text[0] != '\0')
		used += snprintf(text + used, SESSION_WORDS_BYTES - (size_t)used, ", %s said: %.*s",
			event->why == SESSION_WHY_LOGON ? "we" : "it", (int)sizeof event->text - 1,
			event->text);
	if (event->why == SESSION_WHY_TOO_LOW || event->why == SESSION_WHY_OTHER_NUMBER)
		snprintf(text + used, SESSION_WORDS_BYTES - (size_t)used, "%s", numbers_mend);
	return text;
}

uint32_t venue_place(const struct site_config *site, uint32_t venue)
{
	uint32_t place = 0;
	for (uint32_t i = 0; i < venue; i++)
		place += site->venues[i].gate == site->venues[venue].gate;
	return place;
}

const struct session_refusals *venue_refusals(const struct dataplane_region *region,
	const struct site_config *site, uint32_t venue, bool is_copy)
{
	const struct gate_page *gate = region_gate(region, site->venues[venue].gate);
	uint32_t place = venue_place(site, venue);
	return is_copy ? &gate->copy_refusals[place] : &gate->venue_refusals[place];
}

const char *session_name(
	const struct site_config *site, uint32_t session, char text[SESSION_WORDS_BYTES])
{
	const struct session_config *config;
	for (uint32_t i = 0; session != 0 && i < site->venue_count; i++) {
		const struct venue_config *venue = &site->venues[i];
		bool is_copy = venue->drop.session_id == session;
		if (venue->session_id != session && !is_copy)
			continue;
		snprintf(text, SESSION_WORDS_BYTES, "%s %s", is_copy ? "the drop copy of" : "venue",
			venue->name);
		return text;
	}
	snprintf(text, SESSION_WORDS_BYTES, "an unknown client");
	for (uint32_t i = 0; session != 0 && (config = site_login(site, i)) != NULL; i++)
		if (config->id == session)
			snprintf(text, SESSION_WORDS_BYTES, "session %u (%s)", session,
				config->name);
	return text;
}

static void event_tell(struct session_watch *watch, const struct site_config *site,
	const struct session_event *event, uint64_t now_ns)
{
	char name[SESSION_WORDS_BYTES], words[SESSION_WORDS_BYTES], more[REPEAT_WORDS_BYTES];
	struct repeat *refusals = &watch->refusals[event->session % SESSION_COUNT_MAX];
	struct repeat_since since;
	session_name(site, event->session, name);
	session_words(event, words);
	switch (event->happening) {
	case SESSION_CAME_UP:
		*refusals = (struct repeat){0};
		log_write(LOG_LEVEL_INFO, "sessions", "%s: logged in", name);
		break;
	case SESSION_WENT_DOWN:
		log_write(event->why == SESSION_WHY_OURS || event->why == SESSION_WHY_LOGOUT
				  ? LOG_LEVEL_INFO
				  : LOG_LEVEL_WARNING,
			"sessions", "%s: gone: %s", name, words);
		break;
	case SESSION_WAS_REFUSED:
		if (!repeat_is_news(refusals, event->why, now_ns, SESSION_WATCH_AGAIN_NS, &since))
			break;
		log_write(LOG_LEVEL_WARNING, "sessions", "%s: login %s: %s%s", name,
			event->why == SESSION_WHY_HUNG_UP ? "not answered" : "refused", words,
			repeat_words(&since, more));
		break;
	default:
		break;
	}
}

void session_watch_turn(struct session_watch *watch, const struct site_config *site,
	const struct gate_page *page, uint64_t now_ns)
{
	uint64_t end = atomic_load_explicit(&page->session_event_count, memory_order_acquire);
	uint64_t first = watch->is_known ? watch->seen : end;
	if (end - first > SESSION_EVENT_COUNT) {
		log_write(LOG_LEVEL_WARNING, "sessions",
			"%" PRIu64 " events of sessions came faster than they were read",
			end - first - SESSION_EVENT_COUNT);
		first = end - SESSION_EVENT_COUNT;
	}
	for (uint64_t i = first; i < end; i++) {
		struct session_event event = page->session_events[i % SESSION_EVENT_COUNT];
		event_tell(watch, site, &event, now_ns);
	}
	watch->is_known = true;
	watch->seen = end;
}
