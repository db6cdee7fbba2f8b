/* copy_rig.h - a rig whose venue has a drop copy: the test says what it tells, and when it is away.

   Its session is numbered and told again from the number that the gate asks for, as the venue's own.

   Owner      the test. */
#ifndef SLUICE_TESTS_COPY_RIG_H
#define SLUICE_TESTS_COPY_RIG_H

#include "tests/support/rig.h"

enum { COPY_RIG_SESSION = 240, COPY_RIG_PORT = 26010, COPY_RIG_WORD_COUNT = 20480 };

struct copy_rig {
	struct rig *rig;
	uint32_t listener, connection;
	const char *session; /* its SoupBinTCP session of today */
	bool is_up, is_away; /* is_away: whoever connects is shut out */
	uint64_t asked;      /* the number that the last login asked for */
	uint32_t logouts;    /* said to it */
	uint64_t count;
	struct ouch_out words[COPY_RIG_WORD_COUNT];
};

/* copy_rig_open makes a rig, ready, with the drop copy logged in; what only one has told is a break after 5 s.
   copy_rig_close replays the day, compares, and frees everything. */
struct copy_rig *copy_rig_open(enum drop_policy policy);
void copy_rig_close(struct copy_rig *copy);

/* copy_rig_say tells a word, or keeps it for the next login, and polls. */
void copy_rig_say(struct copy_rig *copy, const struct ouch_out *word);

/* copy_rig_cut ends the session and keeps the gate out; copy_rig_up lets it in again and waits until it is. */
void copy_rig_cut(struct copy_rig *copy);
void copy_rig_up(struct copy_rig *copy);

#endif
