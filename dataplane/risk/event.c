#include "dataplane/risk/event.h"

#include "config/binds.h"

void event_keep(struct risk *risk, struct usage_row row)
{
	risk->events[risk->event_head++ % EVENT_COUNT_MAX] = row;
	if (risk->event_head - risk->event_tail > EVENT_COUNT_MAX)
		risk->event_tail = risk->event_head - EVENT_COUNT_MAX;
}

struct usage_row event_head(enum scope scope, uint8_t lane, uint32_t id, uint32_t symbol)
{
	unsigned key = lane == LANE_NONE ? LIMIT_cancel_rate : limit_of_lane(lane);
	return (struct usage_row){.scope = (uint8_t)scope,
		.lane = lane,
		.key = (uint8_t)key,
		.id = id,
		.symbol = symbol};
}

uint32_t risk_events(struct risk *risk, struct usage_row *rows, uint32_t max)
{
	uint32_t count = 0;
	while (count < max && risk->event_tail != risk->event_head)
		rows[count++] = risk->events[risk->event_tail++ % EVENT_COUNT_MAX];
	return count;
}
