/* publishing_test.c - no bank is written that a gate may read, and epochs only rise. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "control/limits/publishing.h"

static struct site_config site;
static struct plane plane;
static struct dataplane_region *other;
static struct publishing publishing;
static struct limitset *set;

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	if (!plane_open(&plane, &site, &error) || !publishing_open(&publishing))
		return 1;
	other = region_create_dataplane(&plane.region_fd, &site, &error);
	plane.region = other;
	plane.is_attached = true;
	set = calloc(1, sizeof *set);
	set->row_count = 1;
	return other == NULL;
}

static int end(void **state)
{
	(void)state;
	plane_close(&plane);
	publishing_close(&publishing);
	free(set);
	return 0;
}

static void want(uint64_t hash)
{
	set->hash[0] = hash;
	publishing_want(&publishing, set);
	publishing_turn(&publishing, &plane);
}

static void adopt(uint32_t epoch)
{
	atomic_store(&other->gate.limits_epoch_adopted, epoch);
	publishing_turn(&publishing, &plane);
}

static uint32_t published(void)
{
	return atomic_load(&plane.own->limits_epoch);
}

static void nothing_is_published_before_the_gate_has_recovered(void **state)
{
	(void)state;
	want(1);
	assert_int_equal(published(), 0);
	atomic_store(&other->gate.limits_epoch_adopted, 7);
	atomic_store(&other->gate.is_recovered, 1);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 8);
	assert_int_equal(plane.own->banks[0].hash[0], 1);
	assert_int_equal(plane.own->banks[0].epoch, 8);
	assert_false(publishing_is_adopted(&publishing, &plane));
	adopt(8);
	assert_true(publishing_is_adopted(&publishing, &plane));
}

static void a_bank_waits_until_the_other_is_adopted(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	want(1);
	want(2);
	want(3);
	assert_int_equal(published(), 1);
	assert_int_equal(plane.own->banks[1].hash[0], 1);
	assert_int_equal(plane.own->banks[0].hash[0], 0);
	adopt(1);
	/* The set wanted last; the one between was never seen by anyone. */
	assert_int_equal(published(), 2);
	assert_int_equal(plane.own->banks[0].hash[0], 3);
	assert_int_equal(plane.own->banks[1].hash[0], 1);
}

static void a_gate_that_recovered_a_higher_epoch_gets_one_above_it(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	want(1);
	adopt(1);
	adopt(41);
	assert_int_equal(published(), 42);
	assert_int_equal(plane.own->banks[0].hash[0], 1);
}

static void a_gate_that_starts_empty_takes_the_epoch_that_stands(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	want(1);
	adopt(1);
	atomic_store(&other->gate.limits_epoch_adopted, 0);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 1);
	assert_false(publishing_is_adopted(&publishing, &plane));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(nothing_is_published_before_the_gate_has_recovered),
		ONE(a_bank_waits_until_the_other_is_adopted),
		ONE(a_gate_that_recovered_a_higher_epoch_gets_one_above_it),
		ONE(a_gate_that_starts_empty_takes_the_epoch_that_stands),
	};
	return !!cmocka_run_group_tests_name("unit.control.limits.publishing", tests, NULL, NULL);
}
