#include "config/rejects.h"

const struct lane_row lane_rows[LANE_COUNT] = {
#define LANE(name, control, applies, ouch, sentence) {#name, sentence, control, applies, ouch},
#include "config/rejects.def"
#undef LANE
};

const char *lane_name(unsigned lane)
{
	if (lane == LANE_NONE)
		return "NONE";
	return lane < LANE_COUNT ? lane_rows[lane].name : "?";
}
