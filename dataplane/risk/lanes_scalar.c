#include "dataplane/risk/lanes.h"

uint64_t lanes_scalar(const int64_t *measures, const int64_t *limits);

uint64_t lanes_scalar(const int64_t *measures, const int64_t *limits)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < LANE_WIDTH; i++)
		mask |= (uint64_t)(measures[i] > limits[i]) << i;
	return mask;
}
