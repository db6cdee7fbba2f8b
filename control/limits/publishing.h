/* publishing.h - limits sets become epochs that the gate adopts, and what the gate says is learnt.

   wanted --gate recovered, not in force, last epoch taken--> published (epoch e, bank e % 2) --gate--> in force
     ^                                                                                               |    |
     '------------------------------ something else is in force ------------------------------------'    |
   in force for a term: --confirmed--> it stays; --given up, or the term over--> the former is the set <---'

   A bank is written only when the gate has taken the epoch in the other one, so no order ever sees
   half a set.  What is in force the gate's page says, by its hash: a set that the gate has already is not
   published again, and neither is one that has returned to the former - control died and was started again
   meanwhile, or the gate was.

   Of several gates each takes the same epoch, and of what spans them its slice (slicing.h).  What they say is
   taken together: in force is what is so at every gate, and a term is over once it is at any.  Another cut of the same set is an epoch
   too.

   Owner      control's thread.
   Invariant  (1) a bank is written only while the attached gate has taken the epoch in the other;
              (2) published epochs only rise, above every one that was ever in force;
              (3) a start of control is no end of a term: the set that it returns to is not published over it;
              (4) nor is it a way around the second person: over limits at a gate that are neither what control starts with nor
                  what was kept, nor on trial, nothing is published until somebody loads. */
#ifndef SLUICE_CONTROL_PUBLISHING_H
#define SLUICE_CONTROL_PUBLISHING_H

#include "control/limits/slicing.h"

/* How long a set is to be in force, and who loaded it. */
struct publishing_term {
	uint64_t within_ns; /* LIMITS_STAY: 0 */
	uint32_t uid, second_uid;
	uint8_t persons;
	uint8_t term; /* enum limits_term */
};

struct publishing {
	struct limitset *set;    /* in force, or on its way there                            */
	struct limitset *former; /* while set has a term: what the gate returns to            */
	struct limitset *known;  /* from a file: it was on its way to a term when control ended */
	struct publishing_term term;
	bool has_former, has_known;
	bool is_held;                  /* set holds something */
	bool is_resumed;               /* set is what control started with */
	bool is_settled;               /* a set whose term ended stays: somebody should keep it */
	bool has_expected, is_strange; /* publishing (4) */
	uint64_t expected_hash[2];     /* of the limits kept                              */
	uint32_t epoch;                /* of the set: published last, or found in force; 0: none */
	struct limits_page
		now;        /* what the gate said last; of several the one that is not there yet */
	uint64_t end_count; /* terms that ended, as the first gate counts them */
	struct limit_end_record ended;    /* the last of them */
	uint32_t taken_least, taken_most; /* the highest epoch that every gate took, and any gate */
	struct slicing slicing;
};

bool publishing_open(
	struct publishing *publishing, const struct site_config *site, struct config_error *error);
void publishing_close(struct publishing *publishing);

/* publishing_want takes a copy of a set that is to stay, to publish as soon as may be. */
void publishing_want(struct publishing *publishing, const struct limitset *set);

/* publishing_sign says who loaded the set that was wanted last: the journal holds it beside the epoch.  Unsigned, nobody did. */
void publishing_sign(struct publishing *publishing, const struct publishing_term *term);

/* publishing_resume does it with the set that control starts with: a term in force that returns to it anyway is left
   alone, until it ends. */
void publishing_resume(struct publishing *publishing, const struct limitset *set);

/* publishing_expect says what else a gate may have in force when control starts: the limits kept; of no rows: none were kept, and
   whatever a gate has makes way. */
void publishing_expect(struct publishing *publishing, const struct limitset *kept);

/* publishing_is_strange tells that a gate has limits in force that control does not know, and that nothing is published over
   them. */
bool publishing_is_strange(const struct publishing *publishing);

/* publishing_try takes one for a term; what is in force by then is what it returns to. */
void publishing_try(struct publishing *publishing, const struct limitset *set,
	const struct publishing_term *term);

/* publishing_know takes a copy of the set that may be in force for a term, or confirmed, since before control was started;
   the set wanted is what it returns to. */
void publishing_know(struct publishing *publishing, const struct limitset *set);

/* publishing_turn goes on; call it every turn of the loop. */
void publishing_turn(struct publishing *publishing, struct plane *plane);

/* publishing_is_cut tells whether limits may be tried or raised for a term: every gate has all its slices, and nothing is on its
   way between them. */
bool publishing_is_cut(const struct publishing *publishing);

/* publishing_is_adopted tells whether the set wanted last is in force at the gate. */
bool publishing_is_adopted(const struct publishing *publishing, const struct plane *plane);

/* publishing_is_adopted_by tells whether it is at one of several gates. */
bool publishing_is_adopted_by(
	const struct publishing *publishing, const struct plane *plane, uint32_t gate);

/* publishing_set gives the set in force or on its way; NULL: none.  publishing_former gives what it returns to; NULL: it
   has no term. */
const struct limitset *publishing_set(const struct publishing *publishing);
const struct limitset *publishing_former(const struct publishing *publishing);

/* publishing_has_term tells whether what is in force, or on its way there, is so for a term; left_ns is how long still, as
   the gate said last. */
bool publishing_has_term(const struct publishing *publishing);
uint64_t publishing_left_ns(const struct publishing *publishing, const struct plane *plane);

/* publishing_tell writes a clause on the term for people, "" if there is none. */
enum { PUBLISHING_TEXT_BYTES = 240 };
const char *publishing_tell(const struct publishing *publishing, const struct plane *plane,
	char text[PUBLISHING_TEXT_BYTES]);

#endif
