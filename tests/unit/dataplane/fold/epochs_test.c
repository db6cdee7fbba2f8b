/* Limits on trial return by themselves, on the clock of turns, whoever has died meanwhile.  Each test ends by replaying
   itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/support/rig.h"

#define TERM_NS UINT64_C(1000000000)

/* Lets 100 shares pass where the rig's first epoch does; `tight` does not. */
static void tight(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_order_quantity].value = 99;
}

static void tighter(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_order_quantity].value = 9;
}

static void on_trial(struct rig *rig, uint64_t within_ns,
	void (*change)(struct limit_row *row, uint32_t account))
{
	uint32_t next = atomic_load(&rig->control->limits_epoch) + 1;
	struct limit_bank *bank = &rig->control->banks[next % LIMIT_BANK_COUNT];
	bank->within_ns = within_ns;
	bank->term = LIMITS_TRIAL;
	bank->uid = 1000;
	bank->persons = 1;
	rig_limits(rig, change);
	bank->within_ns = 0;
	bank->term = LIMITS_STAY;
}

/* Each limit of the tests lets exactly one of these pass. */
static enum lane verdict_on(struct rig *rig, uint32_t ref, uint32_t qty)
{
	struct ouch_in order = rig_order(ref);
	order.qty = qty;
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig_send(rig, 0, &order);
	struct receipt receipt;
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.client_ref, ref);
	rig->clients[0].count = 0;
	return receipt.lane;
}

static uint32_t epoch_of_receipt(const struct rig *rig)
{
	struct receipt receipt;
	assert_true(rig_receipt(rig, &receipt));
	return receipt.epoch;
}

static struct limits_page page_of(const struct rig *rig)
{
	struct limits_page page;
	limits_page_take(&rig->region->gate.limits, &page);
	return page;
}

static int32_t say(struct rig *rig, uint32_t epoch, enum limits_end word)
{
	struct mailbox_request request = {.kind = REQUEST_LIMITS,
		.limits = {.epoch = epoch, .word = (uint8_t)word, .uid = 1001}};
	return rig_ask(rig, &request)->code;
}

static uint32_t ends_recorded(const struct rig *rig)
{
	uint32_t count = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		count += record->type == RECORD_LIMIT_END;
		at += record->size_bytes;
	}
	return count;
}

static void limits_on_trial_return_to_the_former_on_the_nanosecond(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	on_trial(rig, TERM_NS, NULL);
	uint64_t until_ns = rig->gate->fold->epochs.until_ns;
	assert_int_equal(verdict_on(rig, 1, 100), LANE_NONE);
	assert_int_equal(epoch_of_receipt(rig), 3);
	gate_poll(rig->gate, rig->now_ns = until_ns - 1);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 3);
	gate_poll(rig->gate, rig->now_ns = until_ns);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 2);
	assert_int_equal(ends_recorded(rig), 0); /* not taken from the link yet */
	assert_int_equal(verdict_on(rig, 2, 100), LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(ends_recorded(rig), 1);
	assert_int_equal(epoch_of_receipt(rig), 2);
	struct limits_page page = page_of(rig);
	assert_int_equal(page.ended.epoch, 3);
	assert_int_equal(page.ended.again, 2);
	assert_int_equal(page.ended.why, LIMITS_UNCONFIRMED);
	assert_int_equal(page.now.term, LIMITS_STAY);
	assert_int_equal(page.taken, 3);
	assert_int_equal(page.end_count, 1);
}

static void the_page_tells_what_is_left(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	on_trial(rig, TERM_NS, NULL);
	uint64_t until_ns = rig->gate->fold->epochs.until_ns;
	gate_poll(rig->gate, rig->now_ns = until_ns - 5000000);
	assert_int_equal(atomic_load(&rig->region->gate.limits_left_ns), 5000000);
	struct limits_page page = page_of(rig);
	assert_int_equal(page.now.term, LIMITS_TRIAL);
	assert_int_equal(page.now.uid, 1000);
	assert_int_equal(page.now.persons, 1);
	assert_int_equal(page.former.epoch, 2);
	gate_poll(rig->gate, rig->now_ns = until_ns + 5000000);
	assert_int_equal(atomic_load(&rig->region->gate.limits_left_ns), 0);
}

static void confirmed_limits_stay(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	on_trial(rig, TERM_NS, NULL);
	assert_int_equal(say(rig, 3, LIMITS_CONFIRMED), 0);
	assert_int_equal(page_of(rig).ended.why, LIMITS_CONFIRMED);
	assert_int_equal(page_of(rig).ended.uid, 1001);
	assert_int_equal(page_of(rig).now.term, LIMITS_STAY);
	rig_poll(rig, 2 * TERM_NS);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 3);
	assert_int_equal(say(rig, 3, LIMITS_UNDONE), ESTALE);
	rig_restart(rig, false);
	assert_int_equal(rig->gate->fold->epochs.now.epoch, 3);
	assert_int_equal(ends_recorded(rig), 0);
}

static void limits_given_up_return_at_once(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	on_trial(rig, TERM_NS, NULL);
	assert_int_equal(say(rig, 3, LIMITS_UNDONE), 0);
	assert_int_equal(page_of(rig).ended.why, LIMITS_UNDONE);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_MAX_ORDER_QUANTITY);
}

static void a_word_on_another_epoch_or_of_another_kind_changes_nothing(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	assert_int_equal(say(rig, 2, LIMITS_CONFIRMED), ESTALE);
	on_trial(rig, TERM_NS, NULL);
	assert_int_equal(say(rig, 2, LIMITS_CONFIRMED), ESTALE);
	assert_int_equal(say(rig, 3, LIMITS_REPLACED), EINVAL);
	assert_int_equal(page_of(rig).now.term, LIMITS_TRIAL);
	/* Records that no gate writes. */
	struct limit_word_record *word =
		gate_input(rig->gate, RECORD_LIMIT_WORD, sizeof(struct limit_word_record));
	word->epoch = 2;
	word->word = LIMITS_UNDONE;
	gate_commit(rig->gate, word);
	word = gate_input(rig->gate, RECORD_LIMIT_WORD, sizeof *word);
	word->epoch = 3;
	word->word = LIMITS_REPLACED;
	gate_commit(rig->gate, word);
	assert_int_equal(page_of(rig).now.term, LIMITS_TRIAL);
}

static void who_confirms_too_late_finds_them_gone(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	on_trial(rig, TERM_NS, NULL);
	rig->now_ns = rig->gate->fold->epochs.until_ns - 1000;
	assert_int_equal(say(rig, 3, LIMITS_CONFIRMED), ESTALE);
	assert_int_equal(atomic_load(&rig->region->gate.limits_epoch_adopted), 2);
}

static void a_gate_that_died_meanwhile_returns_in_time(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	on_trial(rig, 10 * TERM_NS, NULL);
	uint64_t until_ns = rig->gate->fold->epochs.until_ns;
	rig_restart(rig, true);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	assert_int_equal(page_of(rig).now.term, LIMITS_TRIAL);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_NONE);
	gate_poll(rig->gate, rig->now_ns = until_ns - rig->gate->time_offset_ns);
	assert_int_equal(verdict_on(rig, 2, 100), LANE_MAX_ORDER_QUANTITY);
}

static void a_trial_in_place_of_a_trial_returns_to_what_stood_before_both(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tighter);
	on_trial(rig, TERM_NS, tight);
	on_trial(rig, 2 * TERM_NS, NULL);
	rig_poll(rig, TERM_NS + 1000);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_NONE);
	rig_poll(rig, TERM_NS);
	assert_int_equal(verdict_on(rig, 2, 50), LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(epoch_of_receipt(rig), 2);
}

static void limits_that_stay_end_a_trial(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	on_trial(rig, TERM_NS, NULL);
	rig_limits(rig, tighter);
	assert_int_equal(page_of(rig).ended.epoch, 3);
	assert_int_equal(page_of(rig).ended.why, LIMITS_REPLACED);
	rig_poll(rig, 2 * TERM_NS);
	assert_int_equal(verdict_on(rig, 1, 50), LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(epoch_of_receipt(rig), 4);
}

/* Nothing was in force before: then nothing is again, and nothing trades. */
static void the_first_limits_may_be_on_trial_too(void **state)
{
	(void)state;
	struct rig *rig = rig_open();
	rig->next_reference = 1;
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	on_trial(rig, TERM_NS, NULL);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_NONE);
	rig_poll(rig, TERM_NS);
	assert_int_equal(verdict_on(rig, 2, 100), LANE_NOT_CONFIGURED);
	assert_int_equal(epoch_of_receipt(rig), 0);
	rig_close(rig);
}

static void a_term_without_end_never_ends(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	on_trial(rig, UINT64_MAX, NULL);
	assert_int_equal(rig->gate->fold->epochs.until_ns, UINT64_MAX);
	rig_poll(rig, TERM_NS);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_NONE);
}

static void apply(struct fold *fold, unsigned type, const void *body, size_t size)
{
	union record_space space = {
		.record = {.type = (uint8_t)type, .body_bytes = (uint16_t)size}};
	memcpy(&space.record + 1, body, size);
	fold_apply(fold, &space.record);
}

/* A fold that booted at wall time 0 and has limits on trial until wall time TERM_NS, monotonic TERM_NS + 1. */
static struct replay *trial_open(const struct site_config *site)
{
	struct replay *replay = replay_open(site);
	struct boot_record boot = {0};
	struct turn_inputs turn = {.turn = 1, .now_ns = 1};
	struct limit_row row;
	apply(replay->fold, RECORD_BOOT, &boot, sizeof boot);
	apply(replay->fold, RECORD_TURN, &turn, sizeof turn);
	for (uint32_t epoch = 1; epoch <= 2; epoch++) {
		struct limit_epoch_record record = {.epoch = epoch,
			.row_count = 1,
			.term = epoch == 2 ? LIMITS_TRIAL : LIMITS_STAY,
			.within_ns = epoch == 2 ? TERM_NS : 0};
		limit_row_init(&row, SCOPE_FIRM, 0, SYMBOL_NONE);
		apply(replay->fold, RECORD_LIMIT_ROW, &row, sizeof row);
		apply(replay->fold, RECORD_LIMIT_EPOCH, &record, sizeof record);
	}
	assert_int_equal(replay->fold->epochs.now.epoch, 2);
	return replay;
}

static void a_boot_after_the_end_on_the_wall_clock_returns(void **state)
{
	struct rig *rig = *state;
	struct replay *replay = trial_open(&rig->site);
	struct boot_record boot = {.wall_ns = TERM_NS - 1};
	apply(replay->fold, RECORD_BOOT, &boot, sizeof boot);
	assert_int_equal(replay->fold->epochs.now.epoch, 2);
	boot.wall_ns = TERM_NS;
	apply(replay->fold, RECORD_BOOT, &boot, sizeof boot);
	assert_int_equal(replay->fold->epochs.now.epoch, 1);
	apply(replay->fold, RECORD_BOOT, &boot, sizeof boot);
	assert_int_equal(replay->fold->epochs.now.epoch, 1);
	replay_close(replay);
}

/* Whoever sets the clock back wins nothing. */
static void a_wall_clock_that_steps_back_does_not_lengthen_a_term(void **state)
{
	struct rig *rig = *state;
	struct replay *replay = trial_open(&rig->site);
	struct turn_inputs turn = {.turn = 2, .now_ns = TERM_NS + 1};
	apply(replay->fold, RECORD_TURN, &turn, sizeof turn);
	assert_int_equal(replay->fold->epochs.now.epoch, 1);
	replay_close(replay);
}

static void how_long_limits_stay_is_in_the_state_hash(void **state)
{
	struct rig *rig = *state;
	struct replay *one = trial_open(&rig->site), *two = trial_open(&rig->site);
	uint64_t hash[2][2];
	fold_hash(one->fold, hash[0]);
	fold_hash(two->fold, hash[1]);
	assert_memory_equal(hash[0], hash[1], sizeof hash[0]);
	two->fold->epochs.until_ns++;
	fold_hash(two->fold, hash[1]);
	assert_memory_not_equal(hash[0], hash[1], sizeof hash[0]);
	replay_close(one);
	replay_close(two);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(limits_on_trial_return_to_the_former_on_the_nanosecond),
		TEST(the_page_tells_what_is_left),
		TEST(confirmed_limits_stay),
		TEST(limits_given_up_return_at_once),
		TEST(a_word_on_another_epoch_or_of_another_kind_changes_nothing),
		TEST(who_confirms_too_late_finds_them_gone),
		TEST(a_gate_that_died_meanwhile_returns_in_time),
		TEST(a_trial_in_place_of_a_trial_returns_to_what_stood_before_both),
		TEST(limits_that_stay_end_a_trial),
		cmocka_unit_test(the_first_limits_may_be_on_trial_too),
		TEST(a_term_without_end_never_ends),
		TEST(a_boot_after_the_end_on_the_wall_clock_returns),
		TEST(a_wall_clock_that_steps_back_does_not_lengthen_a_term),
		TEST(how_long_limits_stay_is_in_the_state_hash),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.epochs", tests, NULL, NULL);
}
