#include "dataplane/shm/metrics.h"

enum {
	FEED = STAGE_FEED,
	GATE = STAGE_GATE,
	JOURNAL = STAGE_JOURNAL,
	DOOR = STAGE_DOOR,
	COUNTER = METRIC_COUNTER,
	GAUGE = METRIC_GAUGE,
};

const struct metric_row metric_rows[METRIC_COUNT] = {
#define METRIC(stage, field, kind, name, sentence) {#field, name, sentence, stage, kind},
#include "config/metrics.def"
#undef METRIC
};
