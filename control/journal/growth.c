#include "control/journal/growth.h"

bool growth_is_settled(
	struct growth *growth, const char *directory, const struct reader_end *end, uint64_t now_ns)
{
	if (!growth->has_waited) {
		growth->holder = reader_holder(directory);
		growth->since_ns = now_ns;
		growth->last_sequence = end->last_sequence;
	}
	bool is_torn = end->is_damaged && end->last_sequence == growth->last_sequence;
	growth->is_growing = growth->holder != 0 && !is_torn;
	if (!is_torn || growth->holder == 0 || end->code != 0)
		return true;
	growth->has_waited = true;
	return now_ns - growth->since_ns >= GROWTH_WAIT_NS;
}
