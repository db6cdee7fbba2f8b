/* lease_json.h - what a record says of a limit that is raised for a time, as fields.

   Owner      the caller's row. */
#ifndef SLUICE_CONTROL_LEASE_JSON_H
#define SLUICE_CONTROL_LEASE_JSON_H

#include <jansson.h>

#include "dataplane/shm/record.h"

/* lease_json adds the fields of a lease, or of its end. */
void lease_json(json_t *row, const struct record *record);

/* limits_end_name says how limits ended: "confirmed", "undone", "not confirmed", "replaced", "expired". */
const char *limits_end_name(uint8_t why);

#endif
