/* watching.h - limits that fill up, told once each time: at 50, 80 and 100 %; and what the gate itself latched or ended.

   The gate leaves an event in its page when the usage of a limit rises to a mark; control writes each into
   the audit, so that people see a limit fill before it refuses, and afterwards that it had, and counts it.  A trip is told the
   same way and is never left out for its rate.

   Owner      control's thread.
   Units      marks are counted since control began, by limit and gate.
   Errors     events that the ring lost before they were read are counted in the next line, and as lost.  Those that it
              holds when control begins are written with `before_control`: the control before it may have written them. */
#ifndef SLUICE_CONTROL_LIMITS_WATCHING_H
#define SLUICE_CONTROL_LIMITS_WATCHING_H

#include "control/audit/audit.h"
#include "config/rejects.h"
#include "control/plane/plane.h"

/* Limits as watching_name names them, but for parents' numbers and rates' currencies: lanes, then keys, then rates' ages. */
enum { WATCHING_LIMIT_COUNT = LANE_COUNT + LIMIT_COUNT + 1, WATCHING_MARK_COUNT = 3 };

/* How often usage of a limit rose to each mark, in a gate; lost: and how many events nobody read. */
struct usage_marks {
	uint64_t told[WATCHING_LIMIT_COUNT][WATCHING_MARK_COUNT], lost;
};

struct watching {
	uint64_t instance;             /* of the dataplane whose events were read */
	uint64_t seen[GATE_COUNT_MAX]; /* events read of it, by gate          */
	uint64_t trips_seen[GATE_COUNT_MAX];
	uint64_t lease_ends_seen
		[GATE_COUNT_MAX]; /* UINT64_MAX: not read yet; what ended by then is the journal's */
	struct usage_marks marks[GATE_COUNT_MAX];
};

/* watching_marks gives the marks, in percent, as usage_marks has them. */
extern const uint32_t watching_marks[WATCHING_MARK_COUNT];

/* watching_row gives a row of a limit that usage_marks counts, to be named. */
struct usage_row watching_row(unsigned limit);

/* watching_percent gives the mark an event stands for: 50, 80 or 100; 0: below all. */
uint32_t watching_percent(const struct usage_row *row);

/* watching_name writes what people call the limit of a usage row: its lane's name or, where no lane is the
   limit's alone, its key in capitals; with its number where it is a parent's, and its currency where it is a rate's age. */
enum { WATCHING_NAME_BYTES = 40 };
void watching_name(const struct site_config *site, const struct usage_row *row,
	char name[WATCHING_NAME_BYTES]);

/* watching_unit gives what the numbers of a usage row count: "shares", "bps", "orders", "ns" where it is an age, "1e-4 USD" where
   it is money. */
enum { WATCHING_UNIT_BYTES = 24 };
const char *watching_unit(const struct site_config *site, const struct usage_row *row,
	char text[WATCHING_UNIT_BYTES]);

/* usage_is_age tells whether a row is of a time, however it is stated. */
bool usage_is_age(const struct usage_row *row);

/* usage_is_rate tells whether a row is of the age of a currency's rate. */
static inline bool usage_is_rate(const struct usage_row *row)
{
	return row->lane == LANE_NONE && row->key >= LIMIT_COUNT;
}

/* watching_forecast writes when usage reaches its limit if it goes on as it does: "in 0:12:05", "now", "not at this
   pace"; "-": nobody foretells this limit. */
enum { WATCHING_FORECAST_BYTES = 40 };
void watching_forecast(const struct usage_row *row, char text[WATCHING_FORECAST_BYTES]);

/* watching_turn writes what is new; returns how many lines. */
uint32_t watching_turn(
	struct watching *watching, const struct plane *plane, struct audit *audit, uint64_t now_ns);

#endif
