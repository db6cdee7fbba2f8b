/* question.h - one question to a stage of the dataplane, and its answer in time or not.

   A stage has one mailbox: a question waits until the one before it is answered.  A question that was
   given up still holds the mailbox until its answer comes, because the stage may be reading it; a
   new dataplane finds it empty.

     waiting for the mailbox --> asked --> answered
                  |                 '----> silent (the time is over)
                  '----> silent

   Owner      control's thread; the asker keeps the struct until it is answered or silent.
   Time       now_ns from the caller. */
#ifndef SLUICE_CONTROL_QUESTION_H
#define SLUICE_CONTROL_QUESTION_H

#include "control/plane/plane.h"

#define QUESTION_WAIT_NS 500000000u

enum question_state {
	QUESTION_NONE,
	QUESTION_QUEUED,
	QUESTION_ASKED,
	QUESTION_ANSWERED,
	QUESTION_SILENT,
	QUESTION_AWAY
};

struct question {
	enum question_state state;
	enum stage_id stage;
	uint32_t kind, id, symbol;
	uint16_t strategy, session;
	uint64_t cursor;
	struct release_record release;
	struct limit_word_record limits;
	struct lease_record lease;
	struct rate_record rate;
	struct resolve_record resolve;
	uint64_t number, until_ns;
};

/* question_ask begins; the caller has filled stage, kind and what the kind needs. */
void question_ask(struct question *question, struct plane *plane, uint64_t now_ns);

/* question_look goes on and returns the state.  AWAY: no dataplane is attached. */
enum question_state question_look(struct question *question, struct plane *plane, uint64_t now_ns);

/* question_answer is valid right after question_look said ANSWERED. */
const struct mailbox_answer *question_answer(
	const struct question *question, const struct plane *plane);

/* question_next_gate points a question that a gate answered to its end at the next gate, from the first page; false: that was
   the last. */
bool question_next_gate(struct question *question, const struct plane *plane);

/* question_drop gives up; the mailbox frees itself when the stage answers. */
void question_drop(struct question *question, struct plane *plane);

#endif
