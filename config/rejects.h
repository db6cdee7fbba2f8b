/* rejects.h - the lanes of the judgement, printed from rejects.def.

   enum lane is the bit of a reason in a verdict's mask and its place in the order of reasons. */
#ifndef SLUICE_CONFIG_REJECTS_H
#define SLUICE_CONFIG_REJECTS_H

#include "config/types.h"

enum lane {
#define LANE(name, control, applies, ouch, sentence) LANE_##name,
#include "config/rejects.def"
#undef LANE
	LANE_COUNT
};
_Static_assert((int)LANE_COUNT <= (int)LANE_COUNT_MAX, "a verdict's mask has 64 bits");

/* LANE_NONE: no lane breached. */
#define LANE_NONE 255

/* Whom a lane can refuse: every order, those that are no way out, or the way out alone. */
enum lane_applies { ALWAYS, OPENING, EXITING };

struct lane_row {
	const char *name;
	const char *sentence;
	uint8_t control;    /* number of the control that it is a part of; 0: our own integrity */
	uint8_t applies;    /* enum lane_applies */
	uint16_t ouch_code; /* RejectReason of OUCH 5.0 that says it best */
};

/* lane_rows holds one row per lane, in order. */
extern const struct lane_row lane_rows[LANE_COUNT];

/* lane_name names a lane; "NONE" for LANE_NONE and "?" for what is no lane. */
const char *lane_name(unsigned lane);

#endif
