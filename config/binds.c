#include "config/binds.h"

#include "config/rejects.h"
#include "config/scope_letters.h"

const struct limit_bind limit_binds[LIMIT_BIND_COUNT] = {
#define BIND(limit, lane, scopes, absence)                                                         \
	{LIMIT_##limit, LANE_##lane, (uint8_t)(scopes), ABSENCE_##absence},
#include "config/binds.def"
#undef BIND
};

const struct limit_bind *limit_bind_of(enum limit limit, enum scope scope)
{
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++)
		if (limit_binds[i].limit == limit && (limit_binds[i].scopes >> scope & 1) != 0)
			return &limit_binds[i];
	CHECK(false); /* binds (1) */
}

const struct limit_bind *limit_bind_of_lane(unsigned lane)
{
	unsigned stated = lane == LANE_ACCOUNT_RATE || lane == LANE_SYMBOL_RATE ? lane + 1 : lane;
	for (unsigned i = 0; i < LIMIT_BIND_COUNT && lane < LANE_COUNT; i++)
		if (limit_binds[i].lane == stated)
			return &limit_binds[i];
	return NULL;
}

enum limit limit_of_lane(unsigned lane)
{
	const struct limit_bind *bind = limit_bind_of_lane(lane);
	if (bind != NULL)
		return (enum limit)bind->limit;
	if (lane >= LANE_GROSS_EXPOSURE && lane <= LANE_PORTFOLIO_RISK)
		return (enum limit)(LIMIT_max_gross_exposure + lane - LANE_GROSS_EXPOSURE);
	if (lane == LANE_CONCENTRATION)
		return LIMIT_max_symbol_share;
	if (lane == LANE_NO_LOCATE)
		return LIMIT_locates;
	if (lane == LANE_ORDER_TO_TRADE)
		return LIMIT_order_to_trade;
	/* A profile covers no session. */
	return lane == LANE_SESSION_RATE || lane == LANE_SESSION_WINDOW ? LIMIT_order_rate
									: LIMIT_COUNT;
}
