#include "control/plane/session_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "drivers/machine/log.h"

enum { SECOND_NS = 1000000000 };

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

/* A look: at what, and when. */
struct look {
	struct session_watch *watch;
	const struct site_config *site;
	uint64_t now_ns, wall_ns;
};

static const char *refusal_verb(uint8_t why)
{
	return why == SESSION_WHY_HUNG_UP ? "not answered" : "refused";
}

/* again_tell tells what one session was refused again, longer than an interval after it was told. */
static void again_tell(const struct look *look, uint32_t session, uint64_t interval_ns)
{
	char name[SESSION_WORDS_BYTES], words[SESSION_WORDS_BYTES], clock[16];
	const struct session_event *newest = &look->watch->newest[session];
	struct repeat_due due;
	while (repeat_due(&look->watch->refusals[session], look->now_ns, interval_ns, &due)) {
		const struct session_event other = {.why = (uint8_t)due.reason};
		time_t told_s =
			(time_t)((look->wall_ns - (look->now_ns - due.told_ns)) / SECOND_NS);
		struct tm utc;
		gmtime_r(&told_s, &utc);
		strftime(clock, sizeof clock, "%H:%M:%S", &utc);
		session_name(look->site, newest->session, name);
		session_words(newest->why == due.reason ? newest : &other, words);
		log_write(LOG_LEVEL_WARNING, "sessions",
			"%s: login %s again, %" PRIu32 " times since %s: %s", name,
			refusal_verb(other.why), due.since.again, clock, words);
	}
}

static void all_again_tell(const struct look *look)
{
	struct session_watch *watch = look->watch;
	bool has_counted = false;
	for (uint32_t i = 0; watch->has_counted && i < SESSION_COUNT_MAX; i++) {
		again_tell(look, i, SESSION_WATCH_AGAIN_NS);
		has_counted |= repeat_has_counted(&watch->refusals[i]);
	}
	watch->has_counted = has_counted;
}

static void refusal_tell(const struct look *look, const struct session_event *event,
	const char *name, const char *words)
{
	struct session_watch *watch = look->watch;
	uint32_t session = event->session % SESSION_COUNT_MAX;
	char more[REPEAT_WORDS_BYTES];
	struct repeat_since since;
	watch->newest[session] = *event;
	if (!repeat_is_news(&watch->refusals[session], event->why, look->now_ns,
		    SESSION_WATCH_AGAIN_NS, &since)) {
		watch->has_counted = true;
		return;
	}
	log_write(LOG_LEVEL_WARNING, "sessions", "%s: login %s: %s%s", name,
		refusal_verb(event->why), words, repeat_words(&since, more));
}

/* long_tell tells of a message that nobody could read; once, and then how often it came. */
static void long_tell(const struct look *look, const struct session_event *event, const char *name)
{
	char more[REPEAT_WORDS_BYTES];
	struct repeat_since since;
	bool is_client = true;
	for (uint32_t i = 0; i < look->site->venue_count; i++)
		is_client &= look->site->venues[i].session_id != event->session;
	if (!repeat_is_news(&look->watch->longs[event->session % SESSION_COUNT_MAX], event->why,
		    look->now_ns, SESSION_WATCH_AGAIN_NS, &since))
		return;
	log_write(LOG_LEVEL_WARNING, "sessions",
		"%s: found a message of %" PRIu64 " bytes, expected at most %" PRIu64
		": its number was taken and it was rejected; have the peer say it shorter%s%s",
		name, event->received, event->expected,
		is_client ? ""
			  : ", and if the venue is halted for it, ask what it told before you "
			    "resume it",
		repeat_words(&since, more));
}

static void event_tell(const struct look *look, const struct session_event *event)
{
	char name[SESSION_WORDS_BYTES], words[SESSION_WORDS_BYTES];
	uint32_t session = event->session % SESSION_COUNT_MAX;
	session_name(look->site, event->session, name);
	session_words(event, words);
	switch (event->happening) {
	case SESSION_CAME_UP:
		again_tell(look, session, 0);
		look->watch->refusals[session] = (struct repeat){0};
		log_write(LOG_LEVEL_INFO, "sessions", "%s: logged in", name);
		break;
	case SESSION_WENT_DOWN:
		log_write(event->why == SESSION_WHY_OURS || event->why == SESSION_WHY_LOGOUT
				  ? LOG_LEVEL_INFO
				  : LOG_LEVEL_WARNING,
			"sessions", "%s: gone: %s", name, words);
		break;
	case SESSION_WAS_REFUSED:
		refusal_tell(look, event, name, words);
		break;
	case SESSION_WAS_LONG:
		long_tell(look, event, name);
		break;
	default:
		break;
	}
}

void session_watch_turn(struct session_watch *watch, const struct site_config *site,
	const struct gate_page *page, uint64_t now_ns, uint64_t wall_ns)
{
	const struct look look = {
		.watch = watch, .site = site, .now_ns = now_ns, .wall_ns = wall_ns};
	uint64_t end = atomic_load_explicit(&page->session_event_count, memory_order_acquire);
	uint64_t first = watch->is_known ? watch->seen : end;
	all_again_tell(&look);
	if (end - first > SESSION_EVENT_COUNT) {
		log_write(LOG_LEVEL_WARNING, "sessions",
			"%" PRIu64 " events of sessions came faster than they were read",
			end - first - SESSION_EVENT_COUNT);
		first = end - SESSION_EVENT_COUNT;
	}
	for (uint64_t i = first; i < end; i++) {
		struct session_event event = page->session_events[i % SESSION_EVENT_COUNT];
		event_tell(&look, &event);
	}
	watch->is_known = true;
	watch->seen = end;
}
