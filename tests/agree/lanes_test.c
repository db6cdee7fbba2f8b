/* lanes_test.c - every kernel of the comparison says what the scalar one says, in every lane.

   rooms: dataplane_risk */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/risk/lanes.h"
#include "drivers/machine/cpu.h"

static const int64_t boundaries[] = {INT64_MIN, INT64_MIN + 1, INT64_MIN + 2, -4294967297,
	-4294967296, -4294967295, -2147483649, -2147483648, -2, -1, 0, 1, 2, 2147483647, 2147483648,
	4294967295, 4294967296, 4294967297, INT64_MAX - 2, INT64_MAX - 1, INT64_MAX};

struct pair {
	_Alignas(64) int64_t measures[LANE_WIDTH];
	_Alignas(64) int64_t limits[LANE_WIDTH];
};

/* The promise itself, lane by lane. */
static uint64_t expected(const struct pair *pair)
{
	uint64_t mask = 0;
	for (unsigned lane = 0; lane < LANE_WIDTH; lane++)
		if (!(pair->measures[lane] <= pair->limits[lane]))
			mask |= UINT64_C(1) << lane;
	return mask;
}

static void kernel_agrees(int isa)
{
	lanes_kernel *kernel = lanes_kernel_of(isa);
	static struct pair pair;
	uint64_t seed = 88172645463325252u;
	if (kernel == NULL) {
		printf("this machine has no %s\n", isa_name((enum isa)isa));
		skip();
	}
	for (unsigned lane = 0; lane < LANE_WIDTH; lane++)
		for (unsigned m = 0; m < ARRAY_COUNT(boundaries); m++)
			for (unsigned l = 0; l < ARRAY_COUNT(boundaries); l++) {
				memset(&pair, 0, sizeof pair);
				pair.measures[lane] = boundaries[m];
				pair.limits[lane] = boundaries[l];
				assert_int_equal(kernel(pair.measures, pair.limits),
					(uint64_t)(boundaries[m] > boundaries[l]) << lane);
			}
	for (unsigned round = 0; round < 100000; round++) {
		for (unsigned lane = 0; lane < LANE_WIDTH; lane++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			pair.measures[lane] = boundaries[(seed >> 8) % ARRAY_COUNT(boundaries)];
			pair.limits[lane] =
				seed & 1 ? pair.measures[lane]
					 : boundaries[(seed >> 40) % ARRAY_COUNT(boundaries)];
		}
		assert_int_equal(kernel(pair.measures, pair.limits), expected(&pair));
	}
}

static void the_scalar_kernel_is_the_promise(void **state)
{
	(void)state;
	kernel_agrees(ISA_SCALAR);
}

static void the_avx2_kernel_agrees_in_every_lane(void **state)
{
	(void)state;
	kernel_agrees(ISA_AVX2);
}

static void the_avx512_kernel_agrees_in_every_lane(void **state)
{
	(void)state;
	kernel_agrees(ISA_AVX512);
}

static void the_choice_follows_the_machine_and_what_is_forced(void **state)
{
	(void)state;
	enum isa best = cpu_isa();
	for (int isa = ISA_SCALAR; isa <= (int)best; isa++) {
		assert_true(cpu_isa_force((enum isa)isa));
		lanes_start();
		assert_ptr_equal(lanes_compare, lanes_kernel_of(isa));
		assert_null(lanes_kernel_of(isa + 1));
	}
	assert_non_null(lanes_kernel_of(ISA_SCALAR));
	assert_null(lanes_kernel_of(-1));
	assert_null(lanes_kernel_of(ISA_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_scalar_kernel_is_the_promise),
		cmocka_unit_test(the_avx2_kernel_agrees_in_every_lane),
		cmocka_unit_test(the_avx512_kernel_agrees_in_every_lane),
		cmocka_unit_test(the_choice_follows_the_machine_and_what_is_forced),
	};
	return !!cmocka_run_group_tests_name("agree.lanes", tests, NULL, NULL);
}
