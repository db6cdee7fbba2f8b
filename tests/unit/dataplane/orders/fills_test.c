/* What was executed is found again, and whose the finished orders were.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/fills.h"

static struct fill trade(uint8_t venue, uint32_t venue_ref, uint64_t match)
{
	return (struct fill){.venue = venue,
		.venue_ref = venue_ref,
		.match = match,
		.qty = 100,
		.price_e4 = (int64_t)match,
		.state = FILL_COUNTED};
}

static void an_execution_is_found_by_all_that_names_it(void **state)
{
	(void)state;
	struct fills fills;
	struct fill one = trade(0, 7, 1000), other = trade(0, 8, 1000), far = trade(1, 7, 1000);
	fills_open(&fills, 1);
	assert_int_equal(fills.count_max, FILLS_COUNT_MIN);
	assert_null(fills_find(&fills, 0, 7, 1000));
	assert_true(fills_add(&fills, &one));
	assert_null(fills_find(&fills, 0, 8, 1000));
	assert_null(fills_find(&fills, 1, 7, 1000));
	assert_null(fills_find(&fills, 0, 7, 1001));
	/* Both sides of a trade may be ours, and two venues count apart. */
	assert_true(fills_add(&fills, &other));
	assert_true(fills_add(&fills, &far));
	assert_memory_equal(fills_find(&fills, 0, 7, 1000), &one, sizeof one);
	assert_memory_equal(fills_find(&fills, 0, 8, 1000), &other, sizeof other);
	assert_memory_equal(fills_find(&fills, 1, 7, 1000), &far, sizeof far);
	/* fills (1) */
	assert_false(fills_add(&fills, &one));
	assert_int_equal(fills.total, 3);
	fills_close(&fills);
}

static void an_execution_is_of_a_day_before_until_its_place_is_taken(void **state)
{
	(void)state;
	struct fills fills;
	struct fill fill;
	fills_open(&fills, 1);
	fill = trade(0, 1, 1);
	assert_true(fills_add(&fills, &fill));
	assert_false(fills_is_before(&fills, fills_find(&fills, 0, 1, 1)));
	for (uint64_t i = 2; i <= FILLS_COUNT_MIN; i++) {
		fill = trade(0, 1, i);
		assert_true(fills_add(&fills, &fill));
	}
	fills_day(&fills);
	assert_true(fills_is_before(&fills, fills_find(&fills, 0, 1, 1)));
	assert_true(fills_is_before(&fills, fills_find(&fills, 0, 1, FILLS_COUNT_MIN)));
	fill = trade(0, 1, FILLS_COUNT_MIN + 1);
	assert_true(fills_add(&fills, &fill)); /* in the place of the first */
	assert_false(fills_is_before(&fills, fills_find(&fills, 0, 1, FILLS_COUNT_MIN + 1)));
	assert_true(fills_is_before(&fills, fills_find(&fills, 0, 1, 2)));
	assert_true(fills_is_before(&fills, fills_find(&fills, 0, 1, FILLS_COUNT_MIN)));
	fills_close(&fills);
}

static void a_match_number_of_zero_names_nothing(void **state)
{
	(void)state;
	struct fills fills;
	struct fill nameless = trade(0, 7, 0);
	fills_open(&fills, 1);
	assert_false(fills_add(&fills, &nameless));
	assert_null(fills_find(&fills, 0, 7, 0));
	fills_close(&fills);
}

/* The hash of match_key taken back: a match whose key is that one. */
static uint64_t match_of(uint64_t key, uint8_t venue, uint32_t venue_ref)
{
	uint64_t mixed = (key ^ key >> 32) * 0xCFEE444D8B59A89Bull;
	return (mixed ^ (((uint64_t)venue + 1) << 32 | venue_ref)) * 0xF1DE83E19937733Dull;
}

static void a_key_that_by_chance_stands_for_another_is_never_mistaken_for_it(void **state)
{
	(void)state;
	struct fills fills;
	struct fill one = trade(0, 7, match_of(77, 0, 7)), nought = trade(0, 7, match_of(0, 0, 7));
	struct fill others[] = {trade(1, 7, match_of(77, 1, 7)), trade(0, 8, match_of(77, 0, 8))};
	fills_open(&fills, 1);
	assert_true(fills_add(&fills, &one));
	for (uint32_t i = 0; i < ARRAY_COUNT(others); i++) {
		assert_false(fills_add(&fills, &others[i]));
		assert_null(
			fills_find(&fills, others[i].venue, others[i].venue_ref, others[i].match));
	}
	assert_memory_equal(fills_find(&fills, 0, 7, one.match), &one, sizeof one);
	/* A key of 0, which no table may hold, is another's too. */
	assert_true(fills_add(&fills, &nought));
	assert_null(fills_find(&fills, 0, 7, match_of(1, 0, 7)));
	assert_memory_equal(fills_find(&fills, 0, 7, nought.match), &nought, sizeof nought);
	fills_close(&fills);
}

static void the_oldest_give_way(void **state)
{
	(void)state;
	struct fills fills;
	const uint32_t count = FILLS_COUNT_MIN + 10;
	fills_open(&fills, count);
	assert_int_equal(fills.count_max, count);
	for (uint32_t i = 1; i <= 3 * count; i++) {
		struct fill fill = trade(0, i, i);
		assert_true(fills_add(&fills, &fill));
		assert_non_null(fills_find(&fills, 0, i, i));
		if (i > count)
			assert_null(fills_find(&fills, 0, i - count, i - count));
		uint32_t oldest = i > count ? i - count + 1 : 1;
		assert_non_null(fills_find(&fills, 0, oldest, oldest));
	}
	fills_close(&fills);
}

static void a_finished_order_is_known_until_its_place_is_taken(void **state)
{
	(void)state;
	struct fills fills;
	struct own_order order = {.id = 5,
		.venue = 1,
		.venue_ref = 9,
		.client_ref = 3,
		.session = 2,
		.account = 17,
		.strategy = 4,
		.symbol = 6,
		.side = SIDE_SELL};
	memcpy(order.clordid, "CLORDID       ", sizeof order.clordid);
	fills_open(&fills, 1);
	assert_null(fills_past(&fills, 1, 9));
	fills_leave(&fills, &order, false);
	const struct fill *past = fills_past(&fills, 1, 9);
	assert_non_null(past);
	assert_int_equal(past->order_id, 5);
	assert_int_equal(past->client_ref, 3);
	assert_int_equal(past->session, 2);
	assert_int_equal(past->account, 17);
	assert_int_equal(past->strategy, 4);
	assert_int_equal(past->symbol, 6);
	assert_int_equal(past->side, SIDE_SELL);
	assert_memory_equal(past->clordid, order.clordid, sizeof order.clordid);
	assert_null(fills_past(&fills, 0, 9));
	assert_null(fills_past(&fills, 1, 9 + PAST_COUNT));
	order.venue_ref += PAST_COUNT;
	fills_leave(&fills, &order, false);
	assert_null(fills_past(&fills, 1, 9));
	assert_non_null(fills_past(&fills, 1, 9 + PAST_COUNT));
	fills_close(&fills);
}

struct written {
	uint64_t sum, bytes;
};

static void write_add(void *context, const void *bytes, size_t size)
{
	struct written *written = context;
	for (size_t i = 0; i < size; i++)
		written->sum = written->sum * 31 + ((const uint8_t *)bytes)[i];
	written->bytes += size;
}

static void the_same_history_is_the_same_bytes(void **state)
{
	(void)state;
	struct fills fills[2];
	struct written written[2] = {{0}};
	for (uint32_t f = 0; f < 2; f++) {
		fills_open(&fills[f], 1);
		for (uint32_t i = 1; i <= FILLS_COUNT_MIN + 5; i++) {
			struct fill fill = trade(0, i, i);
			fills_add(&fills[f], &fill);
		}
		struct own_order order = {.venue_ref = 77};
		fills_leave(&fills[f], &order, false);
		fills_write(&fills[f], true, write_add, &written[f]);
	}
	assert_int_equal(
		written[0].bytes, (FILLS_COUNT_MIN + 1) * offsetof(struct fill, first_ref));
	assert_memory_equal(&written[0], &written[1], sizeof written[0]);
	fills_find(&fills[1], 0, FILLS_COUNT_MIN, FILLS_COUNT_MIN)->state = FILL_BROKEN;
	written[1] = (struct written){0};
	fills_write(&fills[1], true, write_add, &written[1]);
	assert_true(written[0].sum != written[1].sum);
	fills_close(&fills[0]);
	fills_close(&fills[1]);
}

static void a_finished_order_is_known_by_its_id_too_where_somebody_asks(void **state)
{
	struct fills fills;
	struct own_order order = {.id = 5, .venue = 1, .venue_ref = 9};
	(void)state;
	fills_open(&fills, 1);
	fills_index(&fills);
	assert_null(fills_past_of(&fills, 5));
	fills_leave(&fills, &order, SPEAKER_SESSION);
	assert_int_equal(fills_past_of(&fills, 5)->venue_ref, 9);
	/* The newest under an id is it; whose place is taken is forgotten. */
	order.venue_ref = 10;
	fills_leave(&fills, &order, SPEAKER_SESSION);
	assert_int_equal(fills_past_of(&fills, 5)->venue_ref, 10);
	order.id = 6;
	order.venue_ref = 9 + PAST_COUNT;
	fills_leave(&fills, &order, SPEAKER_SESSION);
	assert_int_equal(fills_past_of(&fills, 5)->venue_ref, 10);
	order.id = 7;
	order.venue_ref = 10 + PAST_COUNT;
	fills_leave(&fills, &order, SPEAKER_SESSION);
	assert_null(fills_past_of(&fills, 5));
	assert_int_equal(fills_past_of(&fills, 6)->venue_ref, 9 + PAST_COUNT);
	fills_close(&fills);
}

static void an_execution_is_found_by_its_name_where_it_has_one(void **state)
{
	struct fills fills;
	struct fill one = trade(1, 7, 1000), other = trade(1, 8, 1000), newer = trade(1, 9, 1000),
		    counted = trade(0, 7, 1000);
	(void)state;
	other.side = SIDE_SELL;
	fills_open(&fills, 1);
	fills_name(&fills, 1);
	fills_name(&fills, 2);
	assert_true(fills_add(&fills, &one));
	assert_true(fills_add(&fills, &other));
	assert_true(fills_add(&fills, &counted));
	assert_int_equal(fills_named(&fills, 1, SIDE_BUY, 1000)->venue_ref, 7);
	assert_int_equal(fills_named(&fills, 1, SIDE_SELL, 1000)->venue_ref, 8);
	assert_null(fills_named(&fills, 0, SIDE_BUY, 1000));
	assert_null(fills_named(&fills, 2, SIDE_BUY, 1000));
	assert_null(fills_named(&fills, 1, SIDE_BUY, 1001));
	assert_null(fills_named(&fills, 1, SIDE_BUY, 0));
	/* fills (4): the newest, and none as the oldest give way. */
	assert_true(fills_add(&fills, &newer));
	for (uint32_t i = 1; i <= FILLS_COUNT_MIN - 2; i++) {
		struct fill fill = trade(1, 100 + i, 1000 + i);
		assert_true(fills_add(&fills, &fill));
		assert_int_equal(fills_named(&fills, 1, SIDE_BUY, 1000)->venue_ref, 9);
	}
	assert_null(fills_named(&fills, 1, SIDE_SELL, 1000));
	for (uint32_t i = 1; i <= 2; i++) {
		struct fill fill = trade(1, i, i);
		assert_true(fills_add(&fills, &fill));
	}
	assert_null(fills_named(&fills, 1, SIDE_BUY, 1000));
	fills_close(&fills);
}

static uint64_t sum_of(const struct fills *fills, bool is_whole)
{
	struct written written = {0};
	fills_write(fills, is_whole, write_add, &written);
	return written.sum;
}

/* fills (5) */
static void later_names_lead_to_the_first_until_newer_ones_took_their_place(void **state)
{
	struct fills fills;
	(void)state;
	fills_open(&fills, 1);
	fills_rename(&fills, 1, 11, 10);
	assert_int_equal(fills_first_name(&fills, 1, 11), 11);
	fills_name(&fills, 1);
	uint64_t sum = sum_of(&fills, true), before = sum_of(&fills, false);
	fills_rename(&fills, 1, 11, 10);
	fills_rename(&fills, 1, 12, 11);
	assert_int_equal(fills_first_name(&fills, 1, 12), 10);
	assert_int_equal(fills_first_name(&fills, 1, 10), 10);
	assert_int_equal(fills_first_name(&fills, 2, 12), 12);
	assert_true(sum_of(&fills, true) != sum);
	assert_int_equal(sum_of(&fills, false), before);
	/* What is known takes no place. */
	sum = sum_of(&fills, true);
	fills_rename(&fills, 1, 11, 10);
	fills_rename(&fills, 1, 10, 10);
	assert_int_equal(sum_of(&fills, true), sum);
	for (uint32_t i = 1; i < ALIAS_COUNT; i++)
		fills_rename(&fills, 1, 1000 + i, 10);
	assert_int_equal(fills_first_name(&fills, 1, 11), 11);
	assert_int_equal(fills_first_name(&fills, 1, 12), 10);
	fills_close(&fills);
}

static void the_last_of_a_chain_is_found_until_its_place_is_taken(void **state)
{
	struct fills fills;
	struct own_order first = {.id = 5, .venue_ref = 9}, last = {.id = 6, .venue_ref = 10};
	struct fill execution = trade(0, 9, 1), between = trade(0, 8, 2);
	(void)state;
	last.first_ref = between.first_ref = first.venue_ref;
	fills_open(&fills, 1);
	fills_leave(&fills, &first, SPEAKER_SESSION);
	assert_int_equal(fills_last(&fills, &execution)->order_id, 5);
	fills_follow(&fills, 0, 9, 10);
	assert_null(fills_last(&fills, &execution));
	fills_leave(&fills, &last, SPEAKER_SESSION);
	fills_end(&fills, &last);
	assert_int_equal(fills_last(&fills, &execution)->order_id, 6);
	assert_int_equal(fills_last(&fills, &between)->order_id, 6);
	first.venue_ref = last.venue_ref + PAST_COUNT;
	fills_leave(&fills, &first, SPEAKER_SESSION);
	assert_null(fills_last(&fills, &execution));
	assert_null(fills_last(&fills, &between));
	fills_close(&fills);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_execution_is_found_by_all_that_names_it),
		cmocka_unit_test(an_execution_is_of_a_day_before_until_its_place_is_taken),
		cmocka_unit_test(a_match_number_of_zero_names_nothing),
		cmocka_unit_test(a_key_that_by_chance_stands_for_another_is_never_mistaken_for_it),
		cmocka_unit_test(the_oldest_give_way),
		cmocka_unit_test(a_finished_order_is_known_until_its_place_is_taken),
		cmocka_unit_test(the_same_history_is_the_same_bytes),
		cmocka_unit_test(an_execution_is_found_by_its_name_where_it_has_one),
		cmocka_unit_test(later_names_lead_to_the_first_until_newer_ones_took_their_place),
		cmocka_unit_test(the_last_of_a_chain_is_found_until_its_place_is_taken),
		cmocka_unit_test(a_finished_order_is_known_by_its_id_too_where_somebody_asks),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.fills", tests, NULL, NULL);
}
