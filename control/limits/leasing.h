/* leasing.h - limits that are raised for a time, as the gates tell them.

   Control keeps nothing of a lease: the gates have it in their journals, return it by their own clocks, and tell it in their
   pages, to a control that is started again too.

   Owner      the caller's rows. */
#ifndef SLUICE_CONTROL_LEASING_H
#define SLUICE_CONTROL_LEASING_H

#include "control/plane/plane.h"

enum { LEASING_COUNT_MAX = LEASE_COUNT_MAX * GATE_COUNT_MAX };

struct leasing_row {
	struct lease_row row; /* as the first gate that has it tells it */
	uint32_t gate_mask;   /* bit per gate that has it */
	uint64_t left_ns;     /* until the first of them returns */
};

/* leasing_list gives those in force, by rising number; how many, and the highest number that any gate ever had. */
uint32_t leasing_list(
	const struct plane *plane, struct leasing_row rows[LEASING_COUNT_MAX], uint32_t *last);

/* leasing_find gives the lease of a limit among so many rows, or NULL. */
const struct leasing_row *leasing_find(
	const struct leasing_row *rows, uint32_t count, const struct limit_place *place);

/* leasing_tell writes a clause on them for people, "" if there is none. */
enum { LEASING_TEXT_BYTES = 80 };
const char *leasing_tell(const struct plane *plane, char text[LEASING_TEXT_BYTES]);

/* leasing_name writes whose limit a lease is of, "account 17 symbol AAPL max_long_position". */
enum { LEASING_NAME_BYTES = 120 };
const char *leasing_name(const struct site_config *site, const struct lease_record *lease,
	char text[LEASING_NAME_BYTES]);

#endif
