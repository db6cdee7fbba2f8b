/* calendar_rig.h - a rig that has days by a calendar, its wall clock set by hand, and a gate that can be killed behind a
   record.

   The rig's day is Wednesday, 30 January 2019; a day goes from 04:00 to 20:00 in New York.

   Owner      the test: one program, one rig at a time. */
#ifndef SLUICE_TESTS_SUPPORT_CALENDAR_RIG_H
#define SLUICE_TESTS_SUPPORT_CALENDAR_RIG_H

#include "tests/support/rig.h"

#define HOUR_NS     UINT64_C(3600000000000)
#define MIDNIGHT_NS (UINT64_C(1548858600) * 1000000000 - 19 * HOUR_NS / 2)

static uint64_t now_wall_ns;
static uint64_t die_at; /* the gate is dead from this record on; 0: it lives */

static inline uint64_t read_wall_ns(void)
{
	return now_wall_ns;
}

/* pass moves the wall to a moment of the rig's day, or of one behind it, and lets so many seconds go by; the first client says that it
   is there. */
static inline void pass(struct rig *rig, uint64_t since_midnight_ns, unsigned seconds)
{
	now_wall_ns = MIDNIGHT_NS + since_midnight_ns;
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2000000);
	for (unsigned i = 0; i < seconds; i += 3) {
		if (rig->clients[0].is_up)
			rig_put(rig, &rig->clients[0], SOUP_CLIENT_HEARTBEAT, NULL, 0);
		rig_poll(rig, UINT64_C(3000000000));
	}
}

static inline void calendar_site(struct site_config *site)
{
	site->calendar = (struct calendar){.begins_ns = 4 * HOUR_NS,
		.ends_ns = 20 * HOUR_NS,
		.zone = CALENDAR_NEW_YORK,
		.weekdays = 0x3e};
}

/* Killed between two records: what is published is in the journal, nothing is sent any more. */
static inline bool mortal_turn(struct rig *rig)
{
	if (die_at != 0 && rig->gate->writer.sequence >= die_at)
		return false;
	return gate_poll(rig->gate, rig->now_ns);
}

static inline uint32_t count_of(const struct rig *rig, enum record_type type)
{
	uint32_t count = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		count += record->type == type;
		at += record->size_bytes;
	}
	return count;
}

/* The journal ends behind record `last`: the machine lost the rest. */
static inline void cut(struct rig *rig, uint64_t last)
{
	uint64_t at = 0;
	for (uint64_t n = 0; n < last && at < rig->record_bytes; n++)
		at += ((const struct record *)(rig->records + at))->size_bytes;
	rig->record_bytes = at;
}

/* One roll and no more: 100 AAPL are held over it, and the one order that lived has ended. */
static inline void rolled_once(const struct rig *rig)
{
	const struct position_row held = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(rig->gate->fold->day.count, 1);
	assert_int_equal(rig->gate->fold->day.phase, DAY_OPEN);
	assert_int_equal(count_of(rig, RECORD_DAY), 3);
	assert_int_equal(count_of(rig, RECORD_ENDED), 1);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	assert_int_equal(held.position, 100);
	assert_int_equal(held.start_shares, 100);
	assert_int_equal(held.bought_qty, 0);
}

#endif
