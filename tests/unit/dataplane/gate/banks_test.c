/* What control offers in its bank is taken once.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/gate/banks.h"
#include "tests/support/rig.h"

#define TERM_NS UINT64_C(1000000000)

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	*state = rig;
	return 0;
}

static int close_rig(void **state)
{
	rig_close(*state);
	return 0;
}

static uint32_t in_force(const struct rig *rig)
{
	return atomic_load(&rig->region->gate.limits_epoch_adopted);
}

static struct limit_bank *next_bank(struct rig *rig)
{
	uint32_t next = atomic_load(&rig->control->limits_epoch) + 1;
	return &rig->control->banks[next % LIMIT_BANK_COUNT];
}

static void limits_return(struct rig *rig)
{
	struct limit_bank *bank = next_bank(rig);
	bank->within_ns = TERM_NS;
	bank->term = LIMITS_TRIAL;
	rig_limits(rig, NULL);
	rig_poll(rig, TERM_NS);
	assert_int_equal(in_force(rig), 1);
}

/* control's bank holds the epoch that returned: neither the gate that returned takes it again nor the next. */
static void what_returned_is_not_taken_again(void **state)
{
	struct rig *rig = *state;
	limits_return(rig);
	assert_int_equal(atomic_load(&rig->control->limits_epoch), 2);
	rig_poll(rig, 1000);
	assert_int_equal(in_force(rig), 1);
	assert_false(banks_take(rig->gate, false));
	rig_restart(rig, false);
	rig_poll(rig, 1000);
	assert_int_equal(in_force(rig), 1);
	assert_int_equal(rig->gate->fold->epochs.taken, 2);
	next_bank(rig)->term = LIMITS_STAY;
	rig_limits(rig, NULL);
	assert_int_equal(in_force(rig), 3);
}

static void who_loaded_them_and_for_how_long_is_in_the_record(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = next_bank(rig);
	bank->within_ns = 7;
	bank->uid = 1000;
	bank->second_uid = 1001;
	bank->persons = 2;
	rig_limits(rig, NULL);
	const struct limit_epoch_record *now = &rig->gate->fold->epochs.now;
	assert_int_equal(now->within_ns, 7);
	assert_int_equal(now->uid, 1000);
	assert_int_equal(now->second_uid, 1001);
	assert_int_equal(now->persons, 2);
	assert_int_equal(now->term, LIMITS_STAY);
}

/* Rows wait for orders, but not for ever. */
static void while_orders_come_one_poll_in_eight_takes_rows(void **state)
{
	struct rig *rig = *state;
	struct limit_bank *bank = next_bank(rig);
	memcpy(bank, &rig->control->banks[1], sizeof *bank);
	bank->epoch = 2;
	bank->hash[0] = 2;
	atomic_store(&rig->control->limits_epoch, 2);
	for (uint32_t i = 0; i < 7; i++) {
		assert_false(banks_take(rig->gate, true));
		assert_int_equal(in_force(rig), 1);
	}
	assert_true(banks_take(rig->gate, true));
	assert_int_equal(in_force(rig), 2);
	assert_false(banks_take(rig->gate, true));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, close_rig)
	const struct CMUnitTest tests[] = {
		TEST(what_returned_is_not_taken_again),
		TEST(while_orders_come_one_poll_in_eight_takes_rows),
		TEST(who_loaded_them_and_for_how_long_is_in_the_record),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.banks", tests, NULL, NULL);
}
