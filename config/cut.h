/* cut.h - which limits of the whole firm are cut into a part for each gate, and what the journal says that a part is of.

   A gate of several judges by its own part of what holds over all accounts together.  Its journal has the parts, as rows of
   an epoch; behind each row stands what its parts are of, so that who judges the day again knows how much of the whole the
   gate had (dataplane/fold/portions.h).  A row of before this was so has nothing behind it.

   Units      the limit's own. */
#ifndef SLUICE_CONFIG_CUT_H
#define SLUICE_CONFIG_CUT_H

#include "config/config.h"

/* Which number of a limits file it is: a rate has two, how many and the burst; so has a ratio, whose burst is what is free. */
enum slice_part { SLICE_VALUE, SLICE_BURST };

struct slice_key {
	uint8_t scope, limit, part,
		reserved; /* enum scope: firm or symbol; enum limit; enum slice_part */
	uint32_t symbol;
};

/* Of all gates together: one limit of the row that it stands behind. */
struct cut_whole {
	int64_t value;
	uint32_t burst;
	uint8_t limit; /* enum limit */
	uint8_t reserved[3];
};
_Static_assert(sizeof(struct cut_whole) == 16, "journaled layout");

enum { CUT_WHOLE_COUNT_MAX = 18 }; /* limits of one row that are cut */

/* cut_adds_up tells whether a limit stated for this scope adds up over gates, and so is cut.  What looks at one order alone, a
   share and a ratio do not; nor does what is stated for an account or a session, which one gate owns. */
bool cut_adds_up(enum scope scope, enum limit limit, enum slice_part part);

/* cut_equally gives one gate's part where all have the same; the first gates get what is left over. */
static inline int64_t cut_equally(int64_t whole, unsigned gate, unsigned gate_count)
{
	return whole / gate_count + (gate < whole % gate_count);
}

/* cut_name writes what people call a limit, "firm credit", "symbol AAPL order_rate burst". */
enum { CUT_NAME_BYTES = 80 };
const char *cut_name(
	const struct site_config *site, struct slice_key key, char text[CUT_NAME_BYTES]);

/* cut_amount writes an amount of one of its numbers, with its unit where the limit is in shares or money. */
enum { CUT_AMOUNT_BYTES = 80 };
const char *cut_amount(const struct site_config *site, struct slice_key key, int64_t amount,
	char text[CUT_AMOUNT_BYTES]);

#endif
