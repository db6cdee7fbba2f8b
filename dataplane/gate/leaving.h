/* leaving.h - why sessions end or do not begin, for people (shm/session_event.h).

   Who finds the reason notes it; who ends the connection tells it.  The first note of an end counts: what follows is its
   consequence.  Nothing here is an input or decides anything but how soon a venue is asked again.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_LEAVING_H
#define SLUICE_GATE_LEAVING_H

#include "dataplane/fix/session.h"
#include "dataplane/gate/state.h"

/* leaving_note, leaving_note_numbers and leaving_note_text note a reason that is to be told. */
void leaving_note(struct gate *gate, enum session_why why);
void leaving_note_numbers(
	struct gate *gate, enum session_why why, uint64_t expected, uint64_t received);
void leaving_note_text(
	struct gate *gate, enum session_why why, const uint8_t *text, uint32_t size_bytes);

/* leaving_note_fix notes why a FIX session is over, by the message that ended it; nothing if it is not. */
void leaving_note_fix(struct gate *gate, const struct fix_session *session, const uint8_t *bytes,
	uint32_t size_bytes);

/* leaving_tell writes the event, with what was noted, and forgets the note. */
void leaving_tell(struct gate *gate, uint32_t session, enum session_happening happening);

/* leaving_forget forgets it untold. */
void leaving_forget(struct gate *gate);

/* leaving_part ends a connection of ours: by reset, or where its FIX session is over orderly, behind what was said last, which
   tells the other side why.  session NULL: it is of no FIX.  leaving_cut resets what was parted with and did not end it. */
void leaving_part(struct gate *gate, const struct fix_session *session, uint32_t connection,
	uint32_t *parted);
void leaving_cut(struct gate *gate, uint32_t *parted);

/* leaving_is_refusal tells that a FIX connection that ends before our login is in force ends so by a word of the venue: not by
   silence and not by ours. */
bool leaving_is_refusal(const struct gate *gate);

/* leaving_hung_up tells of a venue that ended the connection upon our login, if nothing was noted: it said nothing, so it is no
   refusal that counts, and who merely restarts is asked again soon (leaving_wait).  false: something was. */
bool leaving_hung_up(struct gate *gate, uint32_t session);

/* leaving_refused tells of a login that a venue refused, and counts it; leaving_accepted begins the count anew. */
void leaving_refused(struct gate *gate, uint32_t session, struct session_refusals *refusals);
void leaving_accepted(struct session_refusals *refusals);

/* leaving_is_paused tells that a venue refused as many logins in a row as the site allows: it is asked once a minute. */
bool leaving_is_paused(const struct session_refusals *refusals, const struct venue_config *venue);

#define LEAVING_PAUSE_NS   (60ull * 1000 * 1000 * 1000)
#define LEAVING_BACKOFF_NS (50ull * 1000 * 1000)
#define LEAVING_LASTED_NS  (1000ull * 1000 * 1000)

/* How a connection to a venue ended. */
enum leaving_end {
	LEAVING_UNCONNECTED, /* before it was one: no login was said */
	LEAVING_CONNECTED,   /* by a word, by silence, by us */
	LEAVING_HUNG_UP,     /* by the venue upon our login, without a word */
};

/* leaving_ended says that a session ended that began then, and begins *backoff_ns anew; not where more in a row than the venue
   allows tries did not last LEAVING_LASTED_NS (*brief_count): who takes logins and ends sessions at once is asked ever more seldom. */
void leaving_ended(uint64_t *backoff_ns, uint32_t *brief_count, uint64_t entered_ns,
	uint64_t now_ns, const struct venue_config *venue);

/* leaving_wait gives how long to wait for the next connection, and doubles *backoff_ns for the one after: up to 2 s; up to a minute
   behind a login while the venue hangs up on them, because that may be its answer, and somebody's account locks.  *hang_ups in
   a row, as many as the venue allows tries: a minute at once.  The row goes on over connections that did not come about and
   logins that nobody answered: only who says a word ends it (venue_enter, venue_refused). */
uint64_t leaving_wait(uint64_t *backoff_ns, uint32_t *hang_ups, enum leaving_end end,
	const struct venue_config *venue);

#endif
