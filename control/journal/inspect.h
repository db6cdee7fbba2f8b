/* inspect.h - the journal as a whole: is it intact, and its records as JSON lines.

   Owner      one command; inspect_step does a bounded piece.
   Errors     damage is told with segment, offset and what was found. */
#ifndef SLUICE_CONTROL_INSPECT_H
#define SLUICE_CONTROL_INSPECT_H

#include "control/journal/growth.h"
#include "control/socket/answer.h"
#include "dataplane/journal/reader.h"

enum { INSPECT_PAGE_COUNT = 1000 };

struct inspect {
	const struct site_config *site;
	struct reader *reader;
	struct reader_end end;
	uint64_t from; /* export: the first record wanted */
	uint64_t count, next;
	uint32_t page_count; /* export: rows wanted; 0: verify */
	uint64_t wall_ns, first_wall_ns;
	uint64_t first_segment, segment_count, last_segment;
	uint64_t
		durable; /* set by who opened it: a tail that is torn behind it is no loss; 0: not known */
	struct growth growth; /* the same; where durable is known it is not asked */
	uint64_t counts[256];
};

/* inspect_open begins: to verify (page_count 0), or to export page_count records from number `from`. */
struct inspect *inspect_open(const struct site_config *site, const char *directory, uint64_t from,
	uint32_t page_count, struct config_error *error);

/* inspect_step reads up to record_count records, adding a row for each exported one; true at the end. */
bool inspect_step(struct inspect *inspect, struct answer *answer, uint32_t record_count);

/* inspect_tell writes what was found. */
void inspect_tell(const struct inspect *inspect, struct answer *answer);

void inspect_close(struct inspect *inspect);

/* record_json gives one record with its number and fields by name. */
json_t *record_json(const struct site_config *site, const struct record *record, uint64_t sequence,
	uint64_t wall_ns);

#endif
