/* What goes wrong on a line on purpose: as often as was asked for, by the seed, and all of it counted.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/wire/mold64.h"
#include "tools/exchange/mishap.h"

#define MS_NS 1000000ull

enum { HEARD_MAX = 1 << 18 };

static struct mishap *mishap;
static uint64_t now_ns;
static uint64_t heard[HEARD_MAX];
static uint32_t heard_count;

static void on_out(void *context, const uint8_t *bytes, uint32_t size_bytes)
{
	struct mold64_header header;
	(void)context;
	assert_true(mold64_parse_header(bytes, size_bytes, &header));
	assert_true(heard_count < HEARD_MAX);
	heard[heard_count++] = header.sequence;
}

static int begin(void **state)
{
	(void)state;
	mishap = calloc(1, sizeof *mishap);
	mishap_init(mishap, 1);
	now_ns = 1;
	heard_count = 0;
	return 0;
}

/* Whatever a test did, every packet is accounted for. */
static int finish(void **state)
{
	const struct mishap_counts *c = &mishap->counts;
	(void)state;
	assert_int_equal(c->taken + c->duplicated,
		c->out + c->dropped + c->muted + c->overflowed + mishap_waiting(mishap));
	assert_int_equal(c->out, heard_count);
	mishap_free(mishap);
	free(mishap);
	return 0;
}

static void put(uint64_t number, uint16_t count)
{
	uint8_t bytes[MISHAP_PACKET_BYTES];
	uint32_t size = mold64_begin(bytes, "DAY1      ", number);
	store_be16(bytes + size - 2, count);
	mishap_take(mishap, bytes, size, now_ns, on_out, NULL);
}

static void put_all(uint64_t first, uint64_t count)
{
	for (uint64_t n = first; n < first + count; n++)
		put(n, 1);
}

static void later(uint64_t time_ns)
{
	now_ns += time_ns;
	mishap_due(mishap, now_ns, on_out, NULL);
}

static void without_mishaps_everything_passes_in_order(void **state)
{
	(void)state;
	put_all(1, 1000);
	assert_int_equal(heard_count, 1000);
	for (uint32_t i = 0; i < heard_count; i++)
		assert_int_equal(heard[i], i + 1);
}

static void exactly_the_next_packets_are_lost(void **state)
{
	(void)state;
	mishap->drop_next = 3;
	put_all(1, 10);
	assert_int_equal(heard_count, 7);
	assert_int_equal(heard[0], 4);
	assert_int_equal(mishap->counts.dropped, 3);
}

static void a_share_is_lost_and_the_same_by_the_same_seed(void **state)
{
	static uint64_t first[HEARD_MAX];
	(void)state;
	mishap->drop_ppm = 10000;
	mishap_seed(mishap, 7);
	put_all(1, 100000);
	uint32_t count = heard_count;
	assert_in_range(mishap->counts.dropped, 850, 1150);
	memcpy(first, heard, sizeof heard);
	heard_count = 0;
	mishap->counts.out = 0;
	mishap->counts.taken -= count;
	mishap_seed(mishap, 7);
	put_all(1, 100000);
	assert_int_equal(heard_count, count);
	assert_memory_equal(first, heard, count * sizeof heard[0]);
}

static void all_and_nothing_are_shares_too(void **state)
{
	(void)state;
	mishap->drop_ppm = PPM;
	put_all(1, 100);
	assert_int_equal(heard_count, 0);
	mishap_calm(mishap);
	mishap->duplicate_ppm = PPM;
	put_all(1, 100);
	assert_int_equal(heard_count, 200);
	assert_int_equal(mishap->counts.duplicated, 100);
	assert_int_equal(heard[0], heard[1]);
}

static void disorder_loses_nothing_and_ends_soon(void **state)
{
	static uint8_t seen[20001];
	uint32_t out_of_order = 0;
	(void)state;
	memset(seen, 0, sizeof seen);
	mishap->reorder_ppm = 50000;
	put_all(1, 20000);
	assert_true(heard_count + MISHAP_BEHIND_MAX >= 20000);
	later(2 * MS_NS);
	assert_int_equal(heard_count, 20000);
	for (uint32_t i = 0; i < heard_count; i++) {
		assert_int_equal(seen[heard[i]]++, 0);
		out_of_order += heard[i] != i + 1;
		assert_true(heard[i] <= i + 1 + MISHAP_BEHIND_MAX); /* overtook few */
		assert_true(heard[i] + MISHAP_PASS_MAX + 2 * MISHAP_BEHIND_MAX >= i + 1);
	}
	assert_in_range(mishap->counts.reordered, 800, 1200);
	assert_true(out_of_order >= mishap->counts.reordered);
}

static void the_last_packet_of_a_burst_is_held_back_for_a_moment_only(void **state)
{
	(void)state;
	mishap->reorder_ppm = PPM;
	put(1, 1);
	assert_int_equal(heard_count, 0);
	later(2 * MS_NS - 1);
	assert_int_equal(heard_count, 0);
	later(1);
	assert_int_equal(heard_count, 1);
}

static void a_late_line_says_the_same_later_and_in_order(void **state)
{
	(void)state;
	mishap->delay_ns = 5 * MS_NS;
	for (uint64_t n = 1; n <= 1000; n++) {
		put(n, 1);
		later(1000);
	}
	assert_int_equal(heard_count, 0);
	later(4 * MS_NS);
	assert_int_equal(heard_count, 1); /* the first is five milliseconds old */
	later(MS_NS);
	assert_int_equal(heard_count, 1000);
	put(1001, 1);
	mishap->delay_ns = 0;
	put(1002, 1); /* does not overtake the one that waits */
	assert_int_equal(heard_count, 1000);
	later(5 * MS_NS);
	assert_int_equal(heard_count, 1002);
	put(1003, 1);
	for (uint32_t i = 0; i < heard_count; i++)
		assert_int_equal(heard[i], i + 1);
}

static void more_late_packets_than_there_is_room_for_are_lost_and_counted(void **state)
{
	(void)state;
	mishap->delay_ns = 1000 * MS_NS;
	put_all(1, MISHAP_WAITING_MAX + 3);
	assert_int_equal(mishap->counts.overflowed, 3);
	later(1000 * MS_NS);
	assert_int_equal(heard_count, MISHAP_WAITING_MAX);
}

static void a_line_may_fall_silent_or_keep_its_heartbeats_only(void **state)
{
	(void)state;
	mishap->voice = VOICE_NONE;
	put(1, 1);
	put(2, MOLD64_HEARTBEAT);
	mishap->voice = VOICE_HEARTBEATS;
	put(2, 1);
	put(3, MOLD64_HEARTBEAT);
	put(3, MOLD64_END_OF_SESSION);
	assert_int_equal(heard_count, 2);
	assert_int_equal(mishap->counts.muted, 3);
	mishap_calm(mishap);
	put(3, 1);
	assert_int_equal(heard_count, 3);
}

static void everything_at_once_still_adds_up(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		mishap_seed(mishap, seed);
		mishap->drop_ppm = (uint32_t)(seed * 3001 % 300000);
		mishap->duplicate_ppm = (uint32_t)(seed * 7001 % 300000);
		mishap->reorder_ppm = (uint32_t)(seed * 9001 % 500000);
		mishap->delay_ns = seed % 3 * MS_NS;
		for (uint64_t n = 1; n <= 100; n++) {
			put(n, 1);
			later(seed * 100);
			const struct mishap_counts *c = &mishap->counts;
			assert_int_equal(c->taken + c->duplicated,
				c->out + c->dropped + mishap_waiting(mishap));
		}
	}
	later(10 * MS_NS);
	later(10 * MS_NS);
	assert_int_equal(mishap_waiting(mishap), 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
	const struct CMUnitTest tests[] = {
		EACH(without_mishaps_everything_passes_in_order),
		EACH(exactly_the_next_packets_are_lost),
		EACH(a_share_is_lost_and_the_same_by_the_same_seed),
		EACH(all_and_nothing_are_shares_too),
		EACH(disorder_loses_nothing_and_ends_soon),
		EACH(the_last_packet_of_a_burst_is_held_back_for_a_moment_only),
		EACH(a_late_line_says_the_same_later_and_in_order),
		EACH(more_late_packets_than_there_is_room_for_are_lost_and_counted),
		EACH(a_line_may_fall_silent_or_keep_its_heartbeats_only),
		EACH(everything_at_once_still_adds_up),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.mishap", tests, NULL, NULL);
}
