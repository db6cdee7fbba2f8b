#include "dataplane/risk/gauge.h"

static const int gauge_percent[] = {25, 50, 80, 100};

/* Usage that is at least so many percent of the limit; rounded up, so 100 % is the limit itself. */
static int64_t gauge_usage_at(int64_t limit, int percent)
{
	return limit / 100 * percent + (limit % 100 * percent + 99) / 100;
}

void gauge_place(struct gauge *gauge, int64_t limit)
{
	int64_t mark = gauge->mark;
	gauge->up = INT64_MAX;
	gauge->down = INT64_MIN;
	if (limit <= 0)
		return;
	gauge->up = mark < 3 ? gauge_usage_at(limit, gauge_percent[mark + 1]) : INT64_MAX;
	gauge->down = mark > 0 ? gauge_usage_at(limit, gauge_percent[mark - 1]) : INT64_MIN;
}

bool gauge_move(struct gauge *gauge, int64_t limit, int64_t usage)
{
	int64_t before = gauge->mark;
	if (limit <= 0)
		return false;
	while (gauge->mark < 3 && usage >= gauge->up) {
		gauge->mark++;
		gauge_place(gauge, limit);
	}
	while (usage < gauge->down) { /* INT64_MIN without a mark */
		gauge->mark--;
		gauge_place(gauge, limit);
	}
	return gauge->mark > before;
}

void gauge_set(struct gauge *gauge, int64_t limit, int64_t usage)
{
	gauge->mark = 0;
	gauge_place(gauge, limit);
	gauge_move(gauge, limit, usage);
}
