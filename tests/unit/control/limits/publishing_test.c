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
	if (!plane_open(&plane, &site, &error) || !publishing_open(&publishing, &site, &error))
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

/* The gate's page says that this is in force: an epoch that control published, or another's. */
static void page_says(uint32_t epoch, uint64_t hash)
{
	struct limits_page *page = &other->gate.limits;
	page->now = (struct limit_epoch_record){.epoch = epoch, .hash = {hash}};
	if (epoch > page->taken)
		page->taken = epoch;
	publishing_turn(&publishing, &plane);
}

static void adopt(uint32_t epoch)
{
	const struct limit_bank *bank = &plane.own->banks[epoch % LIMIT_BANK_COUNT];
	page_says(epoch, bank->hash[0]);
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
	atomic_store(&other->gate.is_recovered, 1);
	page_says(7, 77);
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
	page_says(41, 77);
	assert_int_equal(published(), 42);
	assert_int_equal(plane.own->banks[0].hash[0], 1);
}

static void a_gate_that_starts_empty_takes_the_epoch_that_stands(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	want(1);
	adopt(1);
	memset(&other->gate.limits, 0, sizeof other->gate.limits);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 1);
	assert_false(publishing_is_adopted(&publishing, &plane));
}

/* Sets by their hash: 1 is in force, 2 is tried over it as epoch 2. */
static const struct publishing_term minute = {
	.within_ns = 60000000000, .uid = 1000, .persons = 1, .term = LIMITS_TRIAL};

static void try(uint64_t hash)
{
	set->hash[0] = hash;
	publishing_try(&publishing, set, &minute);
	publishing_turn(&publishing, &plane);
}

static void on_trial(void)
{
	atomic_store(&other->gate.is_recovered, 1);
	want(1);
	adopt(1);
	try(2);
	assert_int_equal(published(), 2);
	struct limits_page *page = &other->gate.limits;
	page->former = page->now;
	page->now = (struct limit_epoch_record){.epoch = 2, .hash = {2}, .term = LIMITS_TRIAL};
	page->taken = 2;
	publishing_turn(&publishing, &plane);
}

/* The gate ends the term by itself. */
static void end_term(enum limits_end why)
{
	struct limits_page *page = &other->gate.limits;
	page->ended = (struct limit_end_record){
		.epoch = page->now.epoch, .again = page->former.epoch, .why = (uint8_t)why};
	page->end_count++;
	if (why == LIMITS_CONFIRMED)
		page->now.term = LIMITS_STAY;
	else
		page->now = page->former;
	publishing_turn(&publishing, &plane);
}

static void who_tries_limits_stands_in_the_bank(void **state)
{
	(void)state;
	on_trial();
	const struct limit_bank *bank = &plane.own->banks[0];
	assert_int_equal(bank->term, LIMITS_TRIAL);
	assert_int_equal(bank->within_ns, minute.within_ns);
	assert_int_equal(bank->uid, 1000);
	assert_int_equal(bank->persons, 1);
	assert_true(publishing_is_adopted(&publishing, &plane));
	assert_true(publishing_has_term(&publishing));
	assert_int_equal(publishing_set(&publishing)->hash[0], 2);
	assert_int_equal(publishing_former(&publishing)->hash[0], 1);
	assert_int_equal(plane.own->banks[1].term, LIMITS_STAY);
}

/* The trap: what the gate returned to is not what was published last. */
static void what_the_gate_returned_to_is_not_undone(void **state)
{
	(void)state;
	on_trial();
	end_term(LIMITS_UNCONFIRMED);
	for (unsigned i = 0; i < 3; i++)
		publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 2);
	assert_true(publishing_is_adopted(&publishing, &plane));
	assert_int_equal(publishing_set(&publishing)->hash[0], 1);
	assert_int_equal(publishing.epoch, 1);
	assert_null(publishing_former(&publishing));
	assert_false(publishing.is_settled);
	assert_false(publishing_has_term(&publishing));
	/* The next is above the one that returned. */
	want(3);
	assert_int_equal(published(), 3);
}

static void what_was_confirmed_stays_and_wants_to_be_kept(void **state)
{
	(void)state;
	on_trial();
	end_term(LIMITS_CONFIRMED);
	assert_int_equal(published(), 2);
	assert_true(publishing.is_settled);
	assert_int_equal(publishing_set(&publishing)->hash[0], 2);
	assert_null(publishing_former(&publishing));
}

/* Control is another process now: its own region says nothing yet. */
static void start_again(uint64_t hash)
{
	struct config_error error;
	publishing_close(&publishing);
	assert_true(publishing_open(&publishing, &site, &error));
	atomic_store(&plane.own->limits_epoch, 0);
	set->hash[0] = hash;
	publishing_resume(&publishing, set);
}

static void a_control_started_again_leaves_a_trial_alone(void **state)
{
	(void)state;
	on_trial();
	start_again(1);
	set->hash[0] = 2;
	publishing_know(&publishing, set);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 0);
	assert_true(publishing_is_adopted(&publishing, &plane));
	assert_int_equal(publishing_set(&publishing)->hash[0], 2);
	assert_int_equal(publishing_former(&publishing)->hash[0], 1);
	assert_int_equal(publishing.epoch, 2);
	end_term(LIMITS_UNCONFIRMED);
	assert_int_equal(published(), 0);
	assert_int_equal(publishing_set(&publishing)->hash[0], 1);
	want(3);
	assert_int_equal(published(), 3);
}

static void expect(uint64_t hash)
{
	struct limitset *kept = calloc(1, sizeof *kept);
	kept->hash[0] = hash;
	publishing_expect(&publishing, kept);
	free(kept);
}

static void limits_that_control_does_not_know_stay_until_somebody_loads(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	page_says(5, 55);
	start_again(1);
	expect(3);
	publishing_turn(&publishing, &plane);
	assert_true(publishing_is_strange(&publishing));
	assert_int_equal(published(), 0);
	assert_false(publishing_is_adopted(&publishing, &plane));
	want(1);
	assert_false(publishing_is_strange(&publishing));
	assert_int_equal(published(), 6);
}

static void what_was_kept_makes_way_for_what_control_starts_with(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	page_says(5, 55);
	start_again(1);
	expect(55);
	publishing_turn(&publishing, &plane);
	assert_false(publishing_is_strange(&publishing));
	assert_int_equal(published(), 6);
	/* From then on control knows: another journal's epoch is published over. */
	adopt(6);
	page_says(9, 77);
	assert_int_equal(published(), 10);
}

static void where_nothing_was_kept_whatever_a_gate_has_makes_way(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	page_says(5, 55);
	start_again(1);
	expect(0);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 6);
}

static void a_gate_without_limits_is_no_stranger(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	start_again(1);
	expect(3);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 1);
}

static void a_control_that_lost_the_trials_file_leaves_it_alone_too(void **state)
{
	(void)state;
	on_trial();
	start_again(1);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 0);
	assert_false(publishing_is_adopted(&publishing, &plane));
	assert_true(publishing_has_term(&publishing));
	end_term(LIMITS_UNCONFIRMED);
	assert_true(publishing_is_adopted(&publishing, &plane));
	assert_int_equal(published(), 0);
}

/* By hand it is something else: the former, loaded while a trial runs, ends it. */
static void the_former_that_a_person_loads_ends_a_trial(void **state)
{
	(void)state;
	on_trial();
	want(1);
	assert_int_equal(published(), 3);
	assert_int_equal(plane.own->banks[1].hash[0], 1);
	assert_int_equal(plane.own->banks[1].term, LIMITS_STAY);
}

static void a_control_started_with_tighter_limits_ends_a_trial(void **state)
{
	(void)state;
	on_trial();
	start_again(3);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 3);
	assert_int_equal(plane.own->banks[1].hash[0], 3);
}

/* It died between the gate's yes and its own disk. */
static void a_control_started_after_a_confirmation_takes_what_was_confirmed(void **state)
{
	(void)state;
	on_trial();
	end_term(LIMITS_CONFIRMED);
	start_again(1);
	set->hash[0] = 2;
	publishing_know(&publishing, set);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 0);
	assert_int_equal(publishing_set(&publishing)->hash[0], 2);
	assert_true(publishing.is_settled);
	assert_null(publishing_former(&publishing));
}

static void a_trials_file_of_another_day_is_forgotten(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	want(1);
	adopt(1);
	start_again(1);
	set->hash[0] = 2;
	publishing_know(&publishing, set);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 0);
	assert_false(publishing.has_known);
	assert_int_equal(publishing_set(&publishing)->hash[0], 1);
}

/* A gate that has what control wants is not given it again. */
static void limits_that_are_in_force_are_not_published_again(void **state)
{
	(void)state;
	atomic_store(&other->gate.is_recovered, 1);
	want(1);
	adopt(1);
	start_again(1);
	publishing_turn(&publishing, &plane);
	assert_int_equal(published(), 0);
	assert_int_equal(publishing.epoch, 1);
	assert_true(publishing_is_adopted(&publishing, &plane));
}

static void what_is_left_of_a_trial_is_told(void **state)
{
	(void)state;
	char text[PUBLISHING_TEXT_BYTES];
	on_trial();
	other->gate.limits.now.uid = 1000;
	atomic_store(&other->gate.limits_left_ns, 41000000001);
	publishing_turn(&publishing, &plane);
	assert_string_equal(publishing_tell(&publishing, &plane, text),
		"epoch 2 is on trial, loaded by uid 1000: in 42 s epoch 1 is in force again, "
		"unless somebody says limits confirm");
	end_term(LIMITS_CONFIRMED);
	assert_string_equal(publishing_tell(&publishing, &plane, text), "");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(nothing_is_published_before_the_gate_has_recovered),
		ONE(a_bank_waits_until_the_other_is_adopted),
		ONE(a_gate_that_recovered_a_higher_epoch_gets_one_above_it),
		ONE(a_gate_that_starts_empty_takes_the_epoch_that_stands),
		ONE(who_tries_limits_stands_in_the_bank),
		ONE(what_the_gate_returned_to_is_not_undone),
		ONE(what_was_confirmed_stays_and_wants_to_be_kept),
		ONE(a_control_started_again_leaves_a_trial_alone),
		ONE(limits_that_control_does_not_know_stay_until_somebody_loads),
		ONE(what_was_kept_makes_way_for_what_control_starts_with),
		ONE(where_nothing_was_kept_whatever_a_gate_has_makes_way),
		ONE(a_gate_without_limits_is_no_stranger),
		ONE(a_control_that_lost_the_trials_file_leaves_it_alone_too),
		ONE(the_former_that_a_person_loads_ends_a_trial),
		ONE(a_control_started_with_tighter_limits_ends_a_trial),
		ONE(a_control_started_after_a_confirmation_takes_what_was_confirmed),
		ONE(a_trials_file_of_another_day_is_forgotten),
		ONE(limits_that_are_in_force_are_not_published_again),
		ONE(what_is_left_of_a_trial_is_told),
	};
	return !!cmocka_run_group_tests_name("unit.control.limits.publishing", tests, NULL, NULL);
}
