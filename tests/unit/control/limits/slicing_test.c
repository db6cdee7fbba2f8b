/* slicing_test.c - two gates' pages, journals and answers on one side, a real file on the other: nothing is granted before it
   may be. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/limits/publishing.h"
#include "control/plane/durable_file.h"

enum { PATIENT_TURNS = 200000 };

static struct site_config site;
static struct plane plane;
static struct dataplane_region *gates;
static struct publishing publishing;
static struct audit *audit;
static struct limitset *set;
static char directory[PATH_BYTES];
static uint64_t now_ns, whole;

static struct slicing *slicing(void)
{
	return &publishing.slicing;
}

static struct gate_writes gate(uint32_t index)
{
	return region_gate_writes(gates, index);
}

static int begin(void **state)
{
	(void)state;
	struct config_error error;
	site = (struct site_config){.gate_count = 2, .gates = {{.name = "east"}, {.name = "west"}}};
	snprintf(directory, sizeof directory, "/dev/shm/sluice-slicing-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(site.journal_directory, sizeof site.journal_directory, "%s", directory);
	memset(&plane, 0, sizeof plane);
	if (!plane_open(&plane, &site, &error) || !publishing_open(&publishing, &site, &error))
		return 1;
	gates = region_create_dataplane(&plane.region_fd, &site, &error);
	audit = audit_open(directory, &error);
	set = calloc(1, sizeof *set);
	plane.region = gates;
	plane.is_attached = true;
	whole = 0;
	now_ns = 1000000000;
	for (uint32_t i = 0; gates != NULL && i < 2; i++) {
		atomic_store(&gate(i).page->is_recovered, 1);
		atomic_store(&gate(i).page->control_instance, plane.own->header.instance);
	}
	return gates == NULL || audit == NULL;
}

static int end(void **state)
{
	(void)state;
	char command[PATH_BYTES + 16];
	publishing_close(&publishing);
	audit_close(audit);
	plane_close(&plane);
	free(set);
	snprintf(command, sizeof command, "rm -r %s", directory);
	return system(command);
}

static void want(uint64_t credit)
{
	memset(set, 0, offsetof(struct limitset, rows));
	set->hash[0] = whole = credit;
	set->row_count = 1;
	limit_row_init(&set->rows[0], SCOPE_FIRM, 0, SYMBOL_NONE);
	set->rows[0].stated = UINT64_C(1) << LIMIT_credit;
	set->rows[0].limits[LIMIT_credit].value = (int64_t)credit;
	publishing_want(&publishing, set);
}

/* A turn that waits for a thread: the clock stands. */
static void turn_still(void)
{
	for (uint32_t i = 0; i < 2; i++)
		metrics_add(gate(i).metrics, METRIC_gate_loops, 1);
	publishing_turn(&publishing, &plane);
	slicing_turn(slicing(), &plane, audit, now_ns);
}

static void turn(void)
{
	now_ns += 5000000;
	turn_still();
}

static uint32_t offered(void)
{
	return atomic_load(&plane.own->limits_epoch);
}

/* Until an epoch is offered, or enough turns went by for one. */
static void wait_offered(uint32_t epoch)
{
	for (unsigned i = 0; i < PATIENT_TURNS && offered() < epoch; i++) {
		turn_still();
		sched_yield();
	}
	assert_int_equal(offered(), epoch);
}

static void turn_much(void)
{
	for (unsigned i = 0; i < 20; i++)
		turn();
	while (slicing()->slices.durable != slicing()->slices.record) {
		turn_still();
		sched_yield();
	}
	turn();
}

static const struct limit_bank *bank(void)
{
	return &plane.own->banks[offered() % LIMIT_BANK_COUNT];
}

static int64_t slice_of(uint32_t index)
{
	assert_int_equal(bank()->cut_count, 1);
	assert_int_equal(bank()->cuts[0].limit, LIMIT_credit);
	return bank()->cuts[0].values[index].value;
}

/* The gate has it in force; its journal has not. */
static void take(uint32_t index)
{
	struct limits_page *page = &gate(index).page->limits;
	page->now = (struct limit_epoch_record){.epoch = offered(), .hash = {bank()->hash[0]}};
	page->taken = offered();
	atomic_fetch_add(&gate(index).journal->sequence, 1);
}

static void sync_journal(uint32_t index)
{
	struct gate_writes of = gate(index);
	atomic_store(&of.journal->durable, atomic_load(&of.journal->sequence));
	for (unsigned i = 0; i < 4; i++)
		turn();
}

static void take_durably(void)
{
	for (uint32_t i = 0; i < 2; i++) {
		take(i);
		turn();
		sync_journal(i);
	}
}

static void settle(uint32_t epoch)
{
	wait_offered(epoch);
	take_durably();
	turn_much();
}

/* What the giver says of its usage, once it is asked. */
static bool answer(uint32_t index, int64_t usage)
{
	enum stage_id stage = stage_of_gate(index);
	struct mailbox_answer *page = &gates->answers[stage];
	uint64_t number = atomic_load(&page->number);
	for (unsigned i = 0; i < 200 && number == atomic_load(&page->number); i++) {
		number = atomic_load(&plane.own->requests[stage].number);
		turn();
	}
	if (number == atomic_load(&page->number))
		return false;
	assert_int_equal(plane.own->requests[stage].kind, REQUEST_USAGE);
	struct usage_row row = {.scope = SCOPE_FIRM, .key = LIMIT_credit, .usage = usage};
	memcpy(page->rows[0], &row, sizeof row);
	page->row_count = 1;
	page->next = 0;
	page->code = 0;
	atomic_store(&page->number, number);
	turn();
	return true;
}

static void each_gate_gets_its_slice_when_a_record_knows_of_it(void **state)
{
	(void)state;
	want(100);
	publishing_turn(&publishing, &plane);
	publishing_turn(&publishing, &plane);
	assert_int_equal(offered(), 0); /* nothing is written down yet */
	assert_int_equal(slicing()->slices.max, slice_count_max());
	wait_offered(1);
	assert_int_equal(access(slicing()->path, R_OK), 0);
	assert_int_equal(slice_of(0), 50);
	assert_int_equal(slice_of(1), 50);
	assert_false(publishing_is_adopted(&publishing, &plane));
	take_durably();
	assert_true(publishing_is_adopted(&publishing, &plane));
	assert_true(publishing_is_cut(&publishing));
	assert_true(publishing_is_adopted_by(&publishing, &plane, 1));
	assert_false(publishing_is_adopted_by(&publishing, &plane, 2));
}

static void a_cut_that_is_in_force_and_not_durable_grants_nothing(void **state)
{
	(void)state;
	want(100);
	settle(1);
	assert_non_null(slices_move(&slicing()->slices, 0, 0, 1, 30));
	wait_offered(2);
	assert_int_equal(slice_of(0), 20);
	assert_int_equal(slice_of(1), 50);
	take(0);
	take(1);
	turn_much();
	assert_int_equal(slicing()->slices.moves[0].stage, MOVE_CUTTING);
	assert_false(answer(0, 0));
	sync_journal(1);
	turn_much();
	assert_int_equal(slicing()->slices.moves[0].stage, MOVE_CUTTING);
	sync_journal(0);
	turn();
	assert_int_equal(slicing()->slices.moves[0].stage, MOVE_CUT);
}

static void a_giver_that_uses_more_than_it_keeps_holds_the_grant(void **state)
{
	(void)state;
	want(100);
	settle(1);
	const struct slice_move *move = slices_move(&slicing()->slices, 0, 0, 1, 30);
	settle(2);
	assert_true(slicing_is_hurried(slicing()));
	assert_true(answer(0, 21));
	assert_int_equal(slicing()->over_usage, 21);
	assert_int_equal(slicing()->over_move, move->number);
	turn_much();
	assert_int_equal(move->stage, MOVE_CUT);
	assert_int_equal(offered(), 2);
	assert_true(answer(0, 20));
	assert_int_equal(move->stage, MOVE_GRANTED);
	wait_offered(3);
	assert_int_equal(slice_of(0), 20);
	assert_int_equal(slice_of(1), 80);
	take_durably();
	turn();
	assert_int_equal(move->stage, MOVE_NONE);
	assert_true(publishing_is_cut(&publishing));
}

static void control_begins(void)
{
	struct config_error error;
	publishing_close(&publishing);
	assert_true(publishing_open(&publishing, &site, &error));
	atomic_store(&plane.own->limits_epoch, 0);
	plane.own->header.instance++;
	publishing_resume(&publishing, set);
	turn();
	assert_int_equal(offered(), 0); /* gates hear another control still */
	for (uint32_t i = 0; i < 2; i++)
		atomic_store(&gate(i).page->control_instance, plane.own->header.instance);
	memset(plane.mail, 0, sizeof plane.mail);
	for (uint32_t i = 0; i < 2; i++) {
		turn();
		sync_journal(i);
	}
}

static void a_control_that_begins_anew_goes_on_with_a_move(void **state)
{
	(void)state;
	want(100);
	settle(1);
	slices_move(&slicing()->slices, 0, 0, 1, 30);
	settle(2);
	control_begins();
	turn_much();
	assert_int_equal(offered(), 0);
	assert_int_equal(slicing()->slices.moves[0].stage, MOVE_CUT);
	assert_false(publishing_is_cut(&publishing));
	assert_true(publishing_is_adopted(&publishing, &plane));
	assert_true(answer(0, 0));
	wait_offered(3);
	assert_int_equal(slice_of(0), 20);
	assert_int_equal(slice_of(1), 80);
}

static void without_its_record_every_gate_is_cut_to_nothing_first(void **state)
{
	(void)state;
	want(100);
	settle(1);
	assert_int_equal(unlink(slicing()->path), 0);
	control_begins();
	turn_much();
	assert_int_equal(offered(), 2);
	assert_int_equal(slice_of(0) + slice_of(1), 0);
	take_durably();
	wait_offered(3);
	assert_int_equal(slice_of(0), 50);
	assert_int_equal(slice_of(1), 50);
}

static void a_record_that_is_none_says_so(void **state)
{
	(void)state;
	FILE *file = fopen(slicing()->path, "w");
	fputs("{\"version\": 1}", file);
	fclose(file);
	control_begins();
	assert_non_null(strstr(slicing()->note, "expected a record of slices"));
}

static void a_disk_that_takes_nothing_grants_nothing(void **state)
{
	(void)state;
	want(100);
	settle(1);
	snprintf(slicing()->path, sizeof slicing()->path, "%s/none/slices.json", directory);
	want(120);
	for (unsigned i = 0; i < PATIENT_TURNS && slicing()->file_errno == 0; i++) {
		turn_still();
		sched_yield();
	}
	assert_int_not_equal(slicing()->file_errno, 0);
	assert_int_equal(offered(), 1);
	want(80); /* and takes away all the same, under another number: slices (5) */
	turn();
	assert_int_equal(offered(), 3);
	assert_int_equal(slice_of(0) + slice_of(1), 80);
}

/* A term: each gate returns by itself. */
static void end_term(uint32_t index, uint32_t epoch, uint64_t hash)
{
	struct limits_page *page = &gate(index).page->limits;
	page->now = (struct limit_epoch_record){.epoch = epoch, .hash = {hash}};
	page->former = (struct limit_epoch_record){.epoch = 0};
	page->ended =
		(struct limit_end_record){.epoch = 2, .again = epoch, .why = LIMITS_UNCONFIRMED};
	page->end_count++;
	turn();
	sync_journal(index);
}

static void gates_return_from_a_trial_one_by_one_and_nothing_is_offered_meanwhile(void **state)
{
	(void)state;
	want(100);
	settle(1);
	set->hash[0] = 140;
	set->rows[0].limits[LIMIT_credit].value = 140;
	publishing_try(&publishing, set,
		&(struct publishing_term){
			.within_ns = 60000000000, .persons = 2, .term = LIMITS_TRIAL});
	wait_offered(2);
	assert_int_equal(slice_of(0) + slice_of(1), 140);
	for (uint32_t i = 0; i < 2; i++) {
		struct limits_page *page = &gate(i).page->limits;
		page->former = page->now;
		page->now = (struct limit_epoch_record){
			.epoch = 2, .hash = {140}, .term = LIMITS_TRIAL};
		page->taken = 2;
		turn();
		sync_journal(i);
	}
	assert_true(publishing_is_adopted(&publishing, &plane));
	end_term(1, 1, 100);
	turn_much();
	assert_int_equal(publishing_set(&publishing)->hash[0], 100);
	assert_int_equal(offered(), 2);
	end_term(0, 1, 100);
	turn_much();
	assert_int_equal(offered(), 2);
	assert_true(publishing_is_cut(&publishing));
	assert_int_equal(slicing()->slices.cells[0].sure[0], 50);
}

/* A gate's page says that it has a lease of the firm's credit. */
static void lease(uint32_t index, uint32_t number, int64_t value)
{
	struct leases_page *page = &gate(index).page->leases;
	atomic_fetch_add(&page->lock, 1);
	page->count = value != 0;
	page->last = number;
	page->rows[0] = (struct lease_row){.lease = {.number = number,
						   .scope = SCOPE_FIRM,
						   .limit = LIMIT_credit,
						   .symbol = SYMBOL_NONE,
						   .value = {.value = value}}};
	atomic_fetch_add(&page->lock, 1);
}

static void a_lease_is_shared_out_as_the_slices_are(void **state)
{
	(void)state;
	struct limit_value values[GATE_COUNT_MAX];
	want(100);
	settle(1);
	struct slice *cell = &slicing()->slices.cells[0];
	cell->wanted[0] = 30;
	cell->wanted[1] = 70;
	slicing_lease_values(slicing(), &set->rows[0], LIMIT_credit,
		&(struct limit_value){.value = 150}, values);
	assert_int_equal(values[0].value, 45);
	assert_int_equal(values[1].value, 105);
	slicing_lease_values(slicing(), &set->rows[0], LIMIT_max_order_value,
		&(struct limit_value){.value = 150}, values);
	assert_int_equal(values[0].value, 150);
	assert_int_equal(values[1].value, 150);
}

/* The whole is the lease's as long as it runs, and no other gate gets what one has by it. */
static void what_a_gate_has_by_a_lease_no_other_gets(void **state)
{
	(void)state;
	want(100);
	settle(1);
	lease(0, 1, 70);
	lease(1, 1, 70);
	turn_much();
	assert_true(publishing_is_cut(&publishing));
	assert_true(publishing_is_adopted(&publishing, &plane));
	assert_int_equal(offered(), 1);
	/* Another whole: a gate that has its number states it, one that has not may use its lease. */
	want(120);
	wait_offered(2);
	assert_int_equal(slice_of(0), 50);
	assert_int_equal(slice_of(1), 50);
	lease(0, 1, 0);
	lease(1, 1, 0);
	take_durably();
	wait_offered(3);
	assert_int_equal(slice_of(0), 60);
	assert_int_equal(slice_of(1), 60);
}

/* A gate that was asked and has not answered may take it later. */
static void a_lease_that_is_asked_for_counts_until_another_epoch(void **state)
{
	(void)state;
	const struct lease_record asked = {.number = 1,
		.epoch = 1,
		.scope = SCOPE_FIRM,
		.limit = LIMIT_credit,
		.symbol = SYMBOL_NONE,
		.value = {.value = 70}};
	want(100);
	settle(1);
	atomic_store(&gate(0).page->limits_epoch_adopted, 1);
	slicing_lease_ask(slicing(), 0, &asked);
	turn_much();
	assert_int_equal(slicing()->slices.cells[0].leased[0], 70);
	atomic_store(&gate(0).page->limits_epoch_adopted, 2);
	turn_much();
	assert_int_equal(slicing()->slices.cells[0].leased[0], 0);
	atomic_store(&gate(0).page->limits_epoch_adopted, 1);
	slicing_lease_ask(slicing(), 0, &asked);
	lease(0, 1, 60); /* what it says counts */
	turn_much();
	assert_int_equal(slicing()->slices.cells[0].leased[0], 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_gate_gets_its_slice_when_a_record_knows_of_it, begin, end),
		cmocka_unit_test_setup_teardown(
			a_cut_that_is_in_force_and_not_durable_grants_nothing, begin, end),
		cmocka_unit_test_setup_teardown(
			a_giver_that_uses_more_than_it_keeps_holds_the_grant, begin, end),
		cmocka_unit_test_setup_teardown(
			a_control_that_begins_anew_goes_on_with_a_move, begin, end),
		cmocka_unit_test_setup_teardown(
			without_its_record_every_gate_is_cut_to_nothing_first, begin, end),
		cmocka_unit_test_setup_teardown(a_record_that_is_none_says_so, begin, end),
		cmocka_unit_test_setup_teardown(
			a_disk_that_takes_nothing_grants_nothing, begin, end),
		cmocka_unit_test_setup_teardown(
			gates_return_from_a_trial_one_by_one_and_nothing_is_offered_meanwhile,
			begin, end),
		cmocka_unit_test_setup_teardown(
			a_lease_is_shared_out_as_the_slices_are, begin, end),
		cmocka_unit_test_setup_teardown(
			what_a_gate_has_by_a_lease_no_other_gets, begin, end),
		cmocka_unit_test_setup_teardown(
			a_lease_that_is_asked_for_counts_until_another_epoch, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
