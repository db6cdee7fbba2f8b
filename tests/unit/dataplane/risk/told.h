/* told.h - what operators hear of one limit: the events since it was asked last, and its row of usage. */
#ifndef SLUICE_TESTS_TOLD_H
#define SLUICE_TESTS_TOLD_H

#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/usage.h"

/* told gives how often a limit of a scope was told since the last call, and the last time it was. */
static inline unsigned told(
	struct desk *desk, enum limit limit, enum scope scope, struct usage_row *last)
{
	static struct usage_row events[EVENT_COUNT_MAX];
	uint32_t count = risk_events(desk->risk, events, EVENT_COUNT_MAX);
	unsigned found = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].key != limit || events[i].scope != scope)
			continue;
		*last = events[i];
		found++;
	}
	return found;
}

/* shown gives whether an account's usage (0: the firm's) has a row of a limit for these, and the row. */
static inline bool shown(struct desk *desk, uint32_t account, enum limit limit, enum scope scope,
	uint32_t symbol, struct usage_row *row)
{
	static struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	uint64_t cursor = 0;
	do {
		cursor = risk_usage(desk->risk, account, desk->turn.now_ns, cursor, rows,
			MAILBOX_ROW_COUNT, &count);
		for (uint32_t i = 0; i < count; i++) {
			*row = rows[i];
			if (row->key == limit && row->scope == scope && row->symbol == symbol)
				return true;
		}
	} while (cursor != 0);
	return false;
}

#endif
