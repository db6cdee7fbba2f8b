/* sums_test.c - every kernel of money's sums says what the scalar one says, of every sum and every kind.

   rooms: dataplane_risk */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/risk/sums.h"
#include "drivers/machine/cpu.h"

static const int64_t near = INT64_C(1) << 62;
static const int64_t boundaries[] = {-(INT64_C(1) << 62), 1 - (INT64_C(1) << 62), -4294967297,
	-4294967296, -2147483648, -2, -1, 0, 1, 2, 2147483647, 4294967295, 4294967296,
	(INT64_C(1) << 62) - 2, (INT64_C(1) << 62) - 1};
static const int64_t beyond[] = {INT64_MIN, INT64_MIN + 1, -(INT64_C(1) << 62) - 1,
	INT64_C(1) << 62, INT64_MAX - 1, INT64_MAX};

/* What a judgement is of, and what it says. */
struct work {
	struct money own, all;
	struct stake old;
	struct money_limits limits;
	struct money_verdict judged;
	int64_t exceeded[MONEY_WIDTH];
	uint64_t is_far;
};

static uint64_t seed = 88172645463325252u;

static uint64_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 8;
}

/* Mostly small, so that most judgements are of what is near. */
static int64_t draw_number(unsigned one_of_far)
{
	uint64_t which = draw() % one_of_far;
	if (which == 0)
		return beyond[draw() % ARRAY_COUNT(beyond)];
	if (which < 4)
		return boundaries[draw() % ARRAY_COUNT(boundaries)];
	return (int64_t)(draw() % 2000) - 1000;
}

static void draw_money(struct money *money)
{
	int64_t *line = money->sums;
	for (unsigned i = 0; i < SUMS_WIDTH; i++)
		line[i] = draw_number(60);
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++) {
		money->above[kind] = draw_number(20);
		money->below[kind] = draw_number(20);
	}
	money->is_wide = draw();
	money->over = draw();
}

static void draw_work(struct work *work)
{
	draw_money(&work->own);
	draw_money(&work->all);
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++) {
		work->old.parts[i] = draw_number(60);
		work->judged.stake.parts[i] = draw() % 2 ? work->old.parts[i] : draw_number(60);
	}
	work->old.cash_e4 = draw_number(20);
	work->judged.stake.cash_e4 = draw_number(20);
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++)
		for (unsigned kind = 0; kind < MONEY_WIDTH; kind++) {
			work->limits.limits[owner][kind] = draw_number(20);
			work->judged.used[owner][kind] = draw_number(20);
		}
}

static void judge(struct work *work, const struct sums_kernels *kernels)
{
	const struct money *const owners[] = {&work->own, &work->all};
	CHECK(kernels != NULL);
	memset(work->exceeded, 0xA5, sizeof work->exceeded);
	work->is_far =
		kernels->judge(owners, &work->old, &work->limits, &work->judged, work->exceeded);
}

/* The promise itself, of sums that are near. */
static void owner_is_as_promised(const struct work *work, unsigned owner)
{
	const struct money *money = owner == MONEY_OF_ACCOUNT ? &work->own : &work->all;
	const int64_t *sums = work->judged.sums[owner], *used = work->judged.used[owner];
	for (unsigned i = 0; i < STAKE_PART_COUNT; i++) {
		int128_t sum =
			(int128_t)money->sums[i] + work->judged.stake.parts[i] - work->old.parts[i];
		if (sum >= -near && sum < near)
			assert_int_equal(sums[i], (int64_t)sum);
	}
	assert_int_equal(sums[SUMS_EXECUTED], money->executed_e4);
	assert_int_equal(sums[SUMS_PEAK], money->peak_e4);
	assert_int_equal(used[MONEY_WIDTH - 1], 0);
	if (work->is_far)
		return;
	int64_t net_e4 =
		sums[STAKE_LONG] > sums[STAKE_SHORT] ? sums[STAKE_LONG] : sums[STAKE_SHORT];
	assert_int_equal(used[MONEY_GROSS], sums[STAKE_GROSS]);
	assert_int_equal(used[MONEY_NET], net_e4);
	assert_int_equal(used[MONEY_LOSS], -sums[STAKE_PNL]);
	assert_int_equal(used[MONEY_DRAWDOWN], money->peak_e4 - sums[STAKE_PNL]);
	assert_int_equal(used[MONEY_MARGIN], sums[STAKE_MARGIN]);
	assert_int_equal(used[MONEY_STRESS], sums[STAKE_STRESS]);
}

static void exceeded_is_as_promised(const struct work *work)
{
	for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++) {
		bool is_exceeded = false;
		for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++)
			is_exceeded |=
				work->judged.used[owner][kind] > work->limits.limits[owner][kind];
		assert_int_equal(work->exceeded[kind], is_exceeded);
	}
	assert_int_equal(work->exceeded[MONEY_WIDTH - 1], 0);
}

static void kernel_agrees(int isa)
{
	const struct sums_kernels *kernels = sums_kernels_of(isa);
	static struct work work, scalar;
	unsigned near_count = 0;
	if (kernels == NULL) {
		printf("this machine has no %s\n", isa_name((enum isa)isa));
		skip();
	}
	for (unsigned round = 0; round < 300000; round++) {
		draw_work(&work);
		scalar = work;
		judge(&work, kernels);
		judge(&scalar, sums_kernels_of(ISA_SCALAR));
		assert_memory_equal(&work, &scalar, sizeof work);
		owner_is_as_promised(&work, MONEY_OF_ACCOUNT);
		owner_is_as_promised(&work, MONEY_OF_FIRM);
		exceeded_is_as_promised(&work);
		near_count += !work.is_far;
	}
	assert_in_range(near_count, 100000, 250000);
}

/* A sum of either owner, or the best of it, at the end of what is near and one further. */
static void kernel_sees_what_is_far(int isa)
{
	static const struct work nothing;
	const struct sums_kernels *kernels = sums_kernels_of(isa);
	static struct work work;
	if (kernels == NULL)
		skip();
	for (unsigned owner = 0; owner < MONEY_OWNER_COUNT; owner++)
		for (unsigned i = 0; i < SUMS_WIDTH; i++)
			for (unsigned b = 0; b < 4; b++) {
				const int64_t at[] = {near - 1, near, -near, -near - 1};
				work = nothing;
				struct money *money =
					owner == MONEY_OF_ACCOUNT ? &work.own : &work.all;
				money->sums[i < STAKE_PART_COUNT ? i : 0] =
					i < STAKE_PART_COUNT ? at[b] : 0;
				money->executed_e4 = i == SUMS_EXECUTED ? at[b] : 0;
				money->peak_e4 = i == SUMS_PEAK ? at[b] : 0;
				judge(&work, kernels);
				assert_int_equal(work.is_far, i != SUMS_EXECUTED && b % 2 == 1);
			}
}

static void kernel_sees_what_moved(int isa)
{
	const struct sums_kernels *kernels = sums_kernels_of(isa);
	static struct money money;
	int64_t used[MONEY_WIDTH];
	if (kernels == NULL)
		skip();
	for (unsigned round = 0; round < 300000; round++) {
		uint64_t expected = 0;
		draw_money(&money);
		for (unsigned kind = 0; kind < MONEY_WIDTH; kind++)
			used[kind] = draw_number(20);
		for (unsigned kind = 0; kind < MONEY_KIND_COUNT; kind++) {
			if (draw() % 4 != 0)
				used[kind] = draw() % 2 ? money.above[kind] : money.below[kind];
			if (used[kind] > money.above[kind] || used[kind] < money.below[kind])
				expected |= UINT64_C(1) << kind;
		}
		assert_int_equal(kernels->moved(&money, used), expected);
	}
}

static void the_scalar_kernels_are_the_promise(void **state)
{
	(void)state;
	kernel_agrees(ISA_SCALAR);
	kernel_sees_what_is_far(ISA_SCALAR);
	kernel_sees_what_moved(ISA_SCALAR);
}

static void the_avx2_kernels_agree_in_every_sum(void **state)
{
	(void)state;
	kernel_agrees(ISA_AVX2);
	kernel_sees_what_is_far(ISA_AVX2);
	kernel_sees_what_moved(ISA_AVX2);
}

static void the_avx512_kernels_agree_in_every_sum(void **state)
{
	(void)state;
	kernel_agrees(ISA_AVX512);
	kernel_sees_what_is_far(ISA_AVX512);
	kernel_sees_what_moved(ISA_AVX512);
}

static void the_choice_follows_the_machine_and_what_is_forced(void **state)
{
	(void)state;
	enum isa best = cpu_isa();
	for (int isa = ISA_SCALAR; isa <= (int)best; isa++) {
		assert_true(cpu_isa_force((enum isa)isa));
		sums_start();
		assert_memory_equal(&sums_best, sums_kernels_of(isa), sizeof sums_best);
		assert_null(sums_kernels_of(isa + 1));
	}
	assert_non_null(sums_kernels_of(ISA_SCALAR));
	assert_null(sums_kernels_of(-1));
	assert_null(sums_kernels_of(ISA_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_scalar_kernels_are_the_promise),
		cmocka_unit_test(the_avx2_kernels_agree_in_every_sum),
		cmocka_unit_test(the_avx512_kernels_agree_in_every_sum),
		cmocka_unit_test(the_choice_follows_the_machine_and_what_is_forced),
	};
	return !!cmocka_run_group_tests_name("agree.sums", tests, NULL, NULL);
}
