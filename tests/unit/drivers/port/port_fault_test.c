/* A bad wire loses, reorders, delays and repeats by its seed, and does nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/port/port_fault.h"
#include "drivers/port/port_sim.h"

#include <stdlib.h>

enum { FRAME_COUNT = 100000, MILLION = 1000000 };

/* What came out, in order; a frame is its number. */
struct outcome {
	uint32_t count;
	uint32_t numbers[3 * FRAME_COUNT];
	struct port_stats stats;
};

static struct outcome first, second;

/* Frame `number` is its number and some bytes that follow from it. */
static uint32_t frame_make(uint8_t *frame, uint32_t number)
{
	uint32_t size = 4 + number % 60;
	store_be32(frame, number);
	memset(frame + 4, (int)(number * 7 & 0xff), size - 4);
	return size;
}

static uint32_t frame_number(const struct packet *packet)
{
	uint8_t expected[64];
	assert_true(packet->size_bytes >= 4);
	uint32_t number = load_be32(packet->bytes);
	assert_int_equal(packet->size_bytes, frame_make(expected, number));
	assert_int_equal(packet->wire_bytes, packet->size_bytes);
	assert_memory_equal(packet->bytes, expected, packet->size_bytes);
	return number;
}

static void outcome_take(struct outcome *o, struct port *port, uint64_t now_ns, uint32_t max)
{
	struct packet packets[BURST_COUNT_MAX];
	uint32_t count = port_rx_burst(port, now_ns, packets, max);
	assert_true(count <= max);
	for (uint32_t i = 0; i < count; i++) {
		assert_true(o->count < ARRAY_COUNT(o->numbers));
		o->numbers[o->count++] = frame_number(&packets[i]);
	}
}

/* Plays FRAME_COUNT frames in bursts of burst and collects them to the end. */
static void play(struct outcome *o, const struct port_fault_rates *rates, uint32_t burst)
{
	struct port *wire = port_sim_open("A");
	struct port *port = port_fault_open(wire, rates);
	uint8_t frame[64];
	uint64_t now_ns = 1;
	o->count = 0;
	for (uint32_t number = 0; number < FRAME_COUNT;) {
		uint32_t size = frame_make(frame, number);
		if (number % 97 != 96 && port_sim_put(wire, frame, size, 0)) {
			number++;
			continue;
		}
		outcome_take(o, port, now_ns, burst);
		number += port_sim_put(wire, frame, size, 0);
	}
	port_sim_end(wire);
	do {
		outcome_take(o, port, now_ns, burst);
		port_get_stats(port, &o->stats);
	} while (!o->stats.at_end);
	port_close(port);
}

static void assert_conserved(const struct outcome *o)
{
	assert_int_equal(o->count, o->stats.rx_packets);
	assert_int_equal(
		FRAME_COUNT, o->stats.rx_packets + o->stats.fault_lost - o->stats.fault_duplicated);
}

/* The count of events of a rate lies within six standard deviations of what it should be. */
static void assert_rate(uint64_t events, uint32_t ppm)
{
	double expected = (double)FRAME_COUNT * ppm / MILLION;
	double off = (double)events - expected;
	assert_true(off * off <= 36 * expected + 36);
}

static void a_good_wire_changes_nothing(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 1};
	play(&first, &rates, 32);
	assert_int_equal(first.count, FRAME_COUNT);
	for (uint32_t i = 0; i < FRAME_COUNT; i++)
		assert_int_equal(first.numbers[i], i);
	assert_conserved(&first);
}

static void the_same_seed_gives_the_same_day_however_it_is_cut_into_bursts(void **state)
{
	(void)state;
	struct port_fault_rates rates = {
		.seed = 7, .loss_ppm = 20000, .reorder_ppm = 50000, .duplicate_ppm = 30000};
	play(&first, &rates, 32);
	for (uint32_t burst = 1; burst <= 32; burst += 5) {
		play(&second, &rates, burst);
		assert_int_equal(first.count, second.count);
		assert_memory_equal(
			first.numbers, second.numbers, first.count * sizeof first.numbers[0]);
		assert_memory_equal(&first.stats, &second.stats, sizeof first.stats);
	}
}

static void another_seed_gives_another_day(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 7, .loss_ppm = 20000};
	play(&first, &rates, 32);
	rates.seed = 8;
	play(&second, &rates, 32);
	assert_true(
		first.count != second.count ||
		memcmp(first.numbers, second.numbers, first.count * sizeof first.numbers[0]) != 0);
}

static void as_many_are_lost_as_the_rate_says_and_none_is_invented(void **state)
{
	(void)state;
	for (uint32_t ppm = 1000; ppm <= 500000; ppm *= 8) {
		struct port_fault_rates rates = {.seed = ppm, .loss_ppm = ppm};
		play(&first, &rates, 32);
		assert_rate(first.stats.fault_lost, ppm);
		assert_conserved(&first);
		for (uint32_t i = 1; i < first.count; i++)
			assert_true(first.numbers[i - 1] < first.numbers[i]);
		assert_true(first.numbers[first.count - 1] < FRAME_COUNT);
	}
}

static void a_million_parts_lose_everything_and_one_nearly_nothing(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 3, .loss_ppm = PORT_FAULT_PPM_MAX};
	play(&first, &rates, 32);
	assert_int_equal(first.count, 0);
	assert_int_equal(first.stats.fault_lost, FRAME_COUNT);
	rates.loss_ppm = 1;
	play(&first, &rates, 32);
	assert_true(first.stats.fault_lost <= 7);
}

static void a_reordered_frame_comes_later_but_not_too_late(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 5, .reorder_ppm = 100000};
	play(&first, &rates, 32);
	assert_conserved(&first);
	assert_int_equal(first.count, FRAME_COUNT);
	assert_rate(first.stats.fault_reordered, rates.reorder_ppm);
	uint32_t overtaken = 0;
	uint32_t latest = 0;
	for (uint32_t i = 0; i < first.count; i++) {
		uint32_t number = first.numbers[i];
		if (number < latest) {
			/* port_fault (2): the frames that went first are its next eight at most */
			assert_true(latest - number <= PORT_FAULT_DISTANCE_MAX);
			overtaken++;
		}
		latest = number > latest ? number : latest;
	}
	/* Two that are held back may meet again in order; most are overtaken. */
	assert_true(overtaken > first.stats.fault_reordered * 9 / 10);
	assert_true(overtaken <= first.stats.fault_reordered);
}

static void a_duplicate_comes_after_its_original(void **state)
{
	(void)state;
	static uint8_t seen[FRAME_COUNT];
	struct port_fault_rates rates = {.seed = 6, .duplicate_ppm = 200000};
	memset(seen, 0, sizeof seen);
	play(&first, &rates, 32);
	assert_conserved(&first);
	assert_rate(first.stats.fault_duplicated, rates.duplicate_ppm);
	uint32_t next = 0, twice = 0;
	for (uint32_t i = 0; i < first.count; i++) {
		uint32_t number = first.numbers[i];
		twice += ++seen[number] == 2;
		assert_true(seen[number] <= 2);
		if (seen[number] == 1)
			assert_int_equal(number, next++); /* originals keep their order */
		else
			assert_true(next - 1 - number <= PORT_FAULT_DISTANCE_MAX);
	}
	assert_int_equal(next, FRAME_COUNT);
	assert_int_equal(twice, first.stats.fault_duplicated);
}

static void everything_at_once_still_adds_up(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.loss_ppm = 100000,
		.reorder_ppm = MILLION,
		.duplicate_ppm = MILLION,
		.delay_ppm = 300000};
	for (uint32_t burst = 1; burst <= 32; burst += 31) {
		static uint8_t seen[FRAME_COUNT];
		memset(seen, 0, sizeof seen);
		play(&first, &rates, burst);
		assert_conserved(&first);
		for (uint32_t i = 0; i < first.count; i++)
			assert_true(++seen[first.numbers[i]] <= 2);
	}
}

static void a_delayed_frame_waits_its_time_and_holds_nobody_up(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 9, .delay_ppm = 500000, .delay_ns = 1000};
	struct port *wire = port_sim_open("A");
	struct port *port = port_fault_open(wire, &rates);
	uint8_t frame[64];
	for (uint32_t number = 0; number < 32; number++)
		assert_true(port_sim_put(wire, frame, frame_make(frame, number), 0));
	first.count = 0;
	outcome_take(&first, port, 5000, 32);
	uint32_t at_once = first.count;
	assert_true(at_once > 4 && at_once < 28);
	outcome_take(&first, port, 5999, 32);
	assert_int_equal(first.count, at_once);
	outcome_take(&first, port, 6000, 32);
	assert_int_equal(first.count, 32);
	port_close(port);
}

static void the_end_waits_for_no_delay(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.delay_ppm = MILLION, .delay_ns = UINT64_C(3600000000000)};
	struct port *wire = port_sim_open("A");
	struct port *port = port_fault_open(wire, &rates);
	struct port_stats stats;
	uint8_t frame[64];
	assert_true(port_sim_put(wire, frame, frame_make(frame, 0), 0));
	port_sim_end(wire);
	first.count = 0;
	outcome_take(&first, port, 5000, 32);
	port_get_stats(port, &stats);
	assert_int_equal(first.count, 0);
	assert_false(stats.at_end);
	outcome_take(&first, port, 5000, 32);
	port_get_stats(port, &stats);
	assert_int_equal(first.count, 1);
	assert_true(stats.at_end);
	port_close(port);
}

static void a_held_frame_goes_when_the_wire_falls_silent(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 2, .reorder_ppm = MILLION};
	struct port *wire = port_sim_open("A");
	struct port *port = port_fault_open(wire, &rates);
	uint8_t frame[64];
	assert_true(port_sim_put(wire, frame, frame_make(frame, 0), 0));
	first.count = 0;
	outcome_take(&first, port, 100, 32);
	outcome_take(&first, port, 100 + PORT_FAULT_HOLD_NS - 1, 32);
	assert_int_equal(first.count, 0);
	outcome_take(&first, port, 100 + PORT_FAULT_HOLD_NS, 32);
	assert_int_equal(first.count, 1);
	port_close(port);
}

static void lent_frames_stay_until_the_next_burst(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 4, .duplicate_ppm = 500000};
	struct port *wire = port_sim_open("A");
	struct port *port = port_fault_open(wire, &rates);
	struct packet packets[BURST_COUNT_MAX];
	uint8_t frame[64];
	for (uint32_t number = 0; number < 3000; number++)
		assert_true(port_sim_put(wire, frame, frame_make(frame, number), 0));
	for (uint32_t burst = 0; burst < 90; burst++) {
		uint32_t count = port_rx_burst(port, 0, packets, BURST_COUNT_MAX);
		assert_true(count > 0);
		for (uint32_t number = 3000; number < 3010; number++)
			port_sim_put(wire, frame, frame_make(frame, number), 0);
		for (uint32_t i = 0; i < count; i++)
			frame_number(&packets[i]);
	}
	port_close(port);
}

static void losses_come_in_bursts_of_a_bounded_length(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 12, .burst_ppm = 1000, .burst_frames = 50};
	play(&first, &rates, 32);
	assert_conserved(&first);
	uint32_t bursts = 0, longest = 0;
	for (uint32_t i = 1; i < first.count; i++) {
		uint32_t missing = first.numbers[i] - first.numbers[i - 1] - 1;
		bursts += missing != 0;
		longest = missing > longest ? missing : longest;
	}
	/* About a hundred begin, of 25 frames on average; few touch. */
	assert_in_range(bursts, 60, 140);
	assert_in_range(longest, 40, 150);
	assert_in_range(first.stats.fault_lost, 1500, 4000);
	play(&second, &rates, 5);
	assert_memory_equal(&first.stats, &second.stats, sizeof first.stats);
}

static void a_skewed_line_comes_later_in_its_order(void **state)
{
	(void)state;
	struct port_fault_rates rates = {.seed = 9, .skew_ns = 1000};
	struct port *wire = port_sim_open("A");
	struct port *port = port_fault_open(wire, &rates);
	uint8_t frame[64];
	first.count = 0;
	for (uint32_t number = 0; number < 40; number++) {
		assert_true(port_sim_put(wire, frame, frame_make(frame, number), 0));
		outcome_take(&first, port, 5000 + number * 100, 32);
		assert_int_equal(first.count, number < 10 ? 0 : number - 9);
	}
	for (uint32_t i = 0; i < first.count; i++)
		assert_int_equal(first.numbers[i], i);
	port_close(port);
}

static void spoilt_frames_are_counted_by_their_rate(void **state)
{
	(void)state;
	for (uint32_t kind = 0; kind < SPOIL_COUNT; kind++) {
		struct port_fault_rates rates = {.seed = 20 + kind};
		rates.spoil_ppm[kind] = 200000;
		struct port *wire = port_sim_open("A");
		struct port *port = port_fault_open(wire, &rates);
		struct packet packets[BURST_COUNT_MAX];
		struct port_stats stats;
		uint8_t frame[64] = {0};
		uint32_t changed = 0, count = 0;
		store_be16(frame + 12, 0x0800);
		frame[14] = 0x45;
		store_be16(frame + 16, 50);
		for (uint32_t number = 0; number < 10000; number++)
			assert_true(port_sim_put(wire, frame, sizeof frame, 0));
		for (uint32_t got; (got = port_rx_burst(port, 1, packets, 32)) != 0; count += got)
			for (uint32_t i = 0; i < got; i++) {
				assert_int_equal(packets[i].wire_bytes, packets[i].size_bytes);
				changed += packets[i].size_bytes != sizeof frame ||
					   memcmp(packets[i].bytes, frame, sizeof frame) != 0;
			}
		port_get_stats(port, &stats);
		assert_int_equal(count, 10000);
		assert_int_equal(changed, stats.fault_spoilt);
		assert_in_range(changed, 1800, 2200);
		port_close(port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_wire_changes_nothing),
		cmocka_unit_test(the_same_seed_gives_the_same_day_however_it_is_cut_into_bursts),
		cmocka_unit_test(another_seed_gives_another_day),
		cmocka_unit_test(as_many_are_lost_as_the_rate_says_and_none_is_invented),
		cmocka_unit_test(a_million_parts_lose_everything_and_one_nearly_nothing),
		cmocka_unit_test(a_reordered_frame_comes_later_but_not_too_late),
		cmocka_unit_test(a_duplicate_comes_after_its_original),
		cmocka_unit_test(everything_at_once_still_adds_up),
		cmocka_unit_test(a_delayed_frame_waits_its_time_and_holds_nobody_up),
		cmocka_unit_test(the_end_waits_for_no_delay),
		cmocka_unit_test(a_held_frame_goes_when_the_wire_falls_silent),
		cmocka_unit_test(losses_come_in_bursts_of_a_bounded_length),
		cmocka_unit_test(a_skewed_line_comes_later_in_its_order),
		cmocka_unit_test(spoilt_frames_are_counted_by_their_rate),
		cmocka_unit_test(lent_frames_stay_until_the_next_burst),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.port.port_fault", tests, NULL, NULL);
}
