#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "dataplane/risk/duplicate.h"

static struct duplicate duplicate;

static int open_log(void **state)
{
	(void)state;
	duplicate_init(&duplicate);
	return 0;
}

static int close_log(void **state)
{
	(void)state;
	duplicate_free(&duplicate);
	return 0;
}

static const struct duplicate_key base = {
	.symbol = 3, .price_e4 = 100, .qty = 7, .session = 2, .side = 1};

static void like_orders_are_counted_within_the_window(void **state)
{
	(void)state;
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 100, 1000), 1);
	duplicate_add(&duplicate, &base, duplicate_bucket(&base), 1000);
	duplicate_add(&duplicate, &base, duplicate_bucket(&base), 1050);
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 100, 1099), 3);
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 100, 1100), 2);
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 100, 1149), 2);
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 100, 1150), 1);
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), UINT64_MAX, 1000000),
		3);
}

static void every_part_of_the_key_tells_orders_apart(void **state)
{
	(void)state;
	struct duplicate_key other[5] = {base, base, base, base, base};
	other[0].symbol++;
	other[1].price_e4++;
	other[2].qty++;
	other[3].session++;
	other[4].side = 0;
	duplicate_add(&duplicate, &base, duplicate_bucket(&base), 1);
	for (unsigned i = 0; i < ARRAY_COUNT(other); i++)
		assert_int_equal(duplicate_measure(&duplicate, &other[i],
					 duplicate_bucket(&other[i]), 1000, 2),
			1);
	assert_int_equal(duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 1000, 2), 2);
}

/* Two keys that differ in one part and share a bucket all the same. */
static struct duplicate_key bucket_mate(unsigned part, struct duplicate_key *first)
{
	struct duplicate_key other;
	*first = base;
	do {
		first->price_e4 += part != 1;
		first->qty += part == 1;
		other = *first;
		other.symbol += part == 0;
		other.price_e4 += part == 1;
		other.qty += part == 2;
		other.session = (uint16_t)(other.session + (part == 3));
		other.side = (uint8_t)(other.side ^ (part == 4));
	} while (duplicate_bucket(first) != duplicate_bucket(&other));
	return other;
}

static void orders_of_one_bucket_are_told_apart_by_every_part(void **state)
{
	(void)state;
	for (unsigned part = 0; part < 5; part++) {
		struct duplicate_key first, other = bucket_mate(part, &first);
		duplicate_add(&duplicate, &first, duplicate_bucket(&first), 1);
		assert_int_equal(
			duplicate_measure(&duplicate, &other, duplicate_bucket(&other), 1000, 2),
			1);
		assert_int_equal(
			duplicate_measure(&duplicate, &first, duplicate_bucket(&first), 1000, 2),
			2);
	}
}

static void an_overwritten_entry_is_not_counted_for_its_successor(void **state)
{
	(void)state;
	struct duplicate_key key = base;
	duplicate_add(&duplicate, &base, duplicate_bucket(&base), 5000);
	for (uint32_t i = 1; i < DUPLICATE_COUNT_MAX; i++) {
		key.qty = base.qty + i;
		duplicate_add(&duplicate, &key, duplicate_bucket(&key), 5000);
	}
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 10, 5000), 2);
	duplicate_add(
		&duplicate, &base, duplicate_bucket(&base), 5001); /* in the place of the first */
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 10, 5001), 2);
}

static void the_log_comes_round_and_says_when_it_is_full(void **state)
{
	(void)state;
	struct duplicate_key key = base;
	duplicate.keep_ns = 1000000; /* beyond the time of what was never written, too */
	for (uint32_t i = 0; i < DUPLICATE_COUNT_MAX; i++) {
		assert_false(duplicate_is_full(&duplicate, 5000));
		key.qty = i;
		duplicate_add(&duplicate, &key, duplicate_bucket(&key), 5000);
	}
	assert_true(duplicate_is_full(&duplicate, 5000));
	duplicate.keep_ns = 1000;
	assert_true(duplicate_is_full(&duplicate, 5999));
	assert_false(duplicate_is_full(&duplicate, 6000));
	duplicate_add(&duplicate, &base, duplicate_bucket(&base), 6000);
	key.qty = 0; /* the oldest, overwritten now */
	assert_int_equal(
		duplicate_measure(&duplicate, &key, duplicate_bucket(&key), UINT64_MAX, 6000), 1);
	key.qty = 1;
	assert_int_equal(
		duplicate_measure(&duplicate, &key, duplicate_bucket(&key), UINT64_MAX, 6000), 2);
	assert_true(duplicate_is_full(&duplicate, 5999));
}

static void a_crowded_bucket_refuses(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++)
		duplicate_add(&duplicate, &base, duplicate_bucket(&base), 10);
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 100, 10), 257);
	duplicate_add(&duplicate, &base, duplicate_bucket(&base), 10);
	assert_true(duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 100, 10) ==
		    INT64_MAX);
	assert_int_equal(
		duplicate_measure(&duplicate, &base, duplicate_bucket(&base), 100, 110), 1);
}

static void a_log_begins_empty_and_keeps_nothing(void **state)
{
	(void)state;
	duplicate_free(&duplicate);
	duplicate.count = 3;
	duplicate.keep_ns = 1000;
	duplicate_init(&duplicate);
	assert_int_equal(duplicate.count, 0);
	for (uint32_t i = 0; i < DUPLICATE_COUNT_MAX; i++)
		duplicate_add(&duplicate, &base, duplicate_bucket(&base), 5000);
	assert_false(duplicate_is_full(&duplicate, 5000));
}

/* duplicate (2): the log is hashed and compared byte by byte. */
static void what_is_reserved_is_zero_in_the_log(void **state)
{
	(void)state;
	struct duplicate_key key = base;
	key.reserved = 9;
	duplicate_add(&duplicate, &key, duplicate_bucket(&key), 5000);
	assert_int_equal(duplicate.log[0].key.reserved, 0);
}

/* How many buckets 64 x 64 orders come to that differ in two parts. */
static unsigned buckets_of(unsigned part, unsigned other)
{
	static bool is_taken[DUPLICATE_COUNT_MAX];
	unsigned found = 0;
	memset(is_taken, 0, sizeof is_taken);
	for (uint32_t i = 0; i < 64 * 64; i++) {
		const uint32_t by[2] = {i / 64, i % 64};
		uint32_t add[4] = {0};
		add[part] = by[0];
		add[other] = by[1];
		struct duplicate_key key = {.symbol = 3 + add[0],
			.price_e4 = 1000000 + 100 * add[1],
			.qty = 100 + 100 * add[2],
			.session = (uint16_t)(1 + add[3] / 2),
			.side = add[3] & 1};
		bool *taken = &is_taken[duplicate_bucket(&key)];
		found += !*taken;
		*taken = true;
	}
	return found;
}

/* 4,096 thrown at random come to 3,970 of 65,536. */
static void like_orders_do_not_crowd_a_bucket(void **state)
{
	(void)state;
	for (unsigned part = 0; part < 4; part++)
		for (unsigned other = part + 1; other < 4; other++)
			assert_true(buckets_of(part, other) > 3800);
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, open_log, close_log)

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(like_orders_are_counted_within_the_window),
		log_test(every_part_of_the_key_tells_orders_apart),
		log_test(orders_of_one_bucket_are_told_apart_by_every_part),
		log_test(an_overwritten_entry_is_not_counted_for_its_successor),
		log_test(the_log_comes_round_and_says_when_it_is_full),
		log_test(a_crowded_bucket_refuses),
		log_test(a_log_begins_empty_and_keeps_nothing),
		log_test(what_is_reserved_is_zero_in_the_log),
		log_test(like_orders_do_not_crowd_a_bucket),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.duplicate", tests, NULL, NULL);
}
