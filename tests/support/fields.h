/* fields.h - messages of little-endian wires held against what an independent reader found in them.

   Owner      the test.
   Errors     a difference fails the test that asked. */
#ifndef SLUICE_TESTS_SUPPORT_FIELDS_H
#define SLUICE_TESTS_SUPPORT_FIELDS_H

#include "dataplane/wire/little.h"
#include "tests/support/capture.h"

/* fields_match compares every field with the member of its name; `decoded` has no other member but "name". */
void fields_match(const uint8_t *message, const struct little_field *fields, uint32_t count,
	const json_t *decoded);

/* fields_cover fails unless the fields follow each other without a hole and end at size. */
void fields_cover(const struct little_field *fields, uint32_t count, uint32_t size);

#endif
