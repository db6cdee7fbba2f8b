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
