/* Several limits raised for a time: each returns alone, on the clock of turns, whatever is loaded beside it and whoever has
   died meanwhile.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

#define TERM_NS UINT64_C(1000000000)

static const struct limit_place quantity = {.scope = SCOPE_ACCOUNT,
	.limit = LIMIT_max_order_quantity,
	.id = RIG_ACCOUNT,
	.symbol = SYMBOL_NONE};
static const struct limit_place open_buys = {.scope = SCOPE_ACCOUNT,
	.limit = LIMIT_max_open_buy_value,
	.id = RIG_ACCOUNT,
	.symbol = SYMBOL_NONE};
static const struct limit_place firm_rate = {
	.scope = SCOPE_FIRM, .limit = LIMIT_order_rate, .symbol = SYMBOL_NONE};

/* 100 shares do not pass, nor does a second order within a second. */
static void tight(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_order_quantity].value = 99;
	if (row->scope == SCOPE_FIRM)
		row->limits[LIMIT_order_rate] =
			(struct limit_value){.value = 1, .window_ns = TERM_NS, .burst = 1};
}

/* The same but for one number. */
static void other(struct limit_row *row, uint32_t account)
{
	tight(row, account);
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_order_quantity].value = 98;
}

static void other_rate(struct limit_row *row, uint32_t account)
{
	tight(row, account);
	if (row->scope == SCOPE_FIRM)
		row->limits[LIMIT_order_rate].value = 2;
}

static void on_trial(struct rig *rig, uint64_t within_ns,
	void (*change)(struct limit_row *row, uint32_t account))
{
	uint32_t next = atomic_load(&rig->control->limits_epoch) + 1;
	struct limit_bank *bank = &rig->control->banks[next % LIMIT_BANK_COUNT];
	bank->within_ns = within_ns;
	bank->term = LIMITS_TRIAL;
	rig_limits(rig, change);
	bank->within_ns = 0;
	bank->term = LIMITS_STAY;
}

static struct lease_record lease_of(const struct rig *rig, const struct limit_place *place,
	struct limit_value value, uint64_t within_ns)
{
	return (struct lease_record){.number = rig->gate->fold->epochs.leases.last + 1,
		.epoch = rig->gate->fold->epochs.now.epoch,
		.word = LEASE_BEGINS,
		.scope = place->scope,
		.limit = place->limit,
		.id = place->id,
		.symbol = place->symbol,
		.uid = 1000,
		.second_uid = 1001,
		.persons = 2,
		.within_ns = within_ns,
		.value = value,
		.whole = value,
		.reason = "a large client"};
}

static int32_t say(struct rig *rig, const struct lease_record *lease)
{
	struct mailbox_request request = {.kind = REQUEST_LEASE, .lease = *lease};
	return rig_ask(rig, &request)->code;
}

static void lease(
	struct rig *rig, const struct limit_place *place, int64_t value, uint64_t within_ns)
{
	bool is_rate = place->limit == LIMIT_order_rate;
	const struct lease_record record = lease_of(rig, place,
		(struct limit_value){.value = value,
			.window_ns = is_rate ? TERM_NS : 0,
			.burst = is_rate ? (uint32_t)value : 0},
		within_ns);
	assert_int_equal(say(rig, &record), 0);
}

static int32_t undo(struct rig *rig, uint32_t number)
{
	const struct lease_record word = {.number = number, .word = LEASE_UNDONE, .uid = 1002};
	return say(rig, &word);
}

static int64_t stated(const struct rig *rig, const struct limit_place *place)
{
	return risk_limits_stated(rig->gate->fold->risk, RISK_IN_FORCE, place)->value;
}

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

static struct leases_page page_of(const struct rig *rig)
{
	struct leases_page page;
	leases_page_take(&rig->region->gate.leases, &page);
	return page;
}

static const struct lease_ended *ended_last(const struct leases_page *page)
{
	return &page->ends[(page->end_count - 1) % LEASE_COUNT_MAX];
}

static void two_stand_beside_each_other_and_each_returns_on_its_nanosecond(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_MAX_ORDER_QUANTITY);
	lease(rig, &open_buys, 2000000000000, 3 * TERM_NS);
	lease(rig, &quantity, 100, 2 * TERM_NS);
	struct leases_page page = page_of(rig);
	assert_int_equal(page.count, 2);
	assert_int_equal(page.last, 2);
	assert_string_equal(page.rows[1].lease.reason, "a large client");
	assert_int_equal(page.rows[1].lease.second_uid, 1001);
	assert_int_equal(page.rows[1].base.value, 99);
	uint64_t until_ns = rig->gate->fold->epochs.leases.rows[1].until_ns;
	assert_int_equal(verdict_on(rig, 2, 100), LANE_NONE);
	assert_int_equal(verdict_on(rig, 3, 101), LANE_MAX_ORDER_QUANTITY);
	gate_poll(rig->gate, rig->now_ns = until_ns - 5);
	assert_int_equal(atomic_load(&rig->region->gate.leases_left_ns[1]), 5);
	assert_int_equal(page_of(rig).count, 2);
	gate_poll(rig->gate, rig->now_ns = until_ns);
	page = page_of(rig);
	assert_int_equal(page.count, 1);
	assert_int_equal(ended_last(&page)->end.number, 2);
	assert_int_equal(ended_last(&page)->end.why, LIMITS_EXPIRED);
	assert_int_equal(ended_last(&page)->lease.value.value, 100);
	assert_int_equal(verdict_on(rig, 4, 100), LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(stated(rig, &open_buys), 2000000000000);
	assert_int_equal(rig->gate->fold->epochs.now.epoch, 2); /* no epoch */
	rig_poll(rig, TERM_NS);
	assert_int_equal(page_of(rig).count, 0);
	assert_int_equal(stated(rig, &open_buys), 1000000000000);
}

static void one_is_given_up_and_the_other_stays(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	lease(rig, &quantity, 100, TERM_NS);
	lease(rig, &open_buys, 2000000000000, TERM_NS);
	assert_int_equal(undo(rig, 1), 0);
	assert_int_equal(undo(rig, 1), ESTALE);
	struct leases_page page = page_of(rig);
	assert_int_equal(page.count, 1);
	assert_int_equal(page.rows[0].lease.number, 2);
	assert_int_equal(ended_last(&page)->end.why, LIMITS_UNDONE);
	assert_int_equal(ended_last(&page)->end.uid, 1002);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(stated(rig, &open_buys), 2000000000000);
}

/* What was used stays used, in tokens and in the window. */
static void a_rate_is_raised_and_returns_with_all_that_was_used(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	assert_int_equal(verdict_on(rig, 1, 10), LANE_NONE);
	assert_int_equal(verdict_on(rig, 2, 10), LANE_SYMBOL_RATE);
	lease(rig, &firm_rate, 3, TERM_NS / 2);
	assert_int_equal(verdict_on(rig, 3, 11), LANE_NONE);
	assert_int_equal(verdict_on(rig, 4, 12), LANE_NONE);
	assert_int_equal(verdict_on(rig, 5, 13), LANE_SYMBOL_RATE);
	rig_poll(rig, TERM_NS / 2);
	assert_int_equal(page_of(rig).count, 0);
	assert_int_equal(verdict_on(rig, 6, 14), LANE_SYMBOL_RATE);
	rig_poll(rig, 3 * TERM_NS);
	assert_int_equal(verdict_on(rig, 7, 15), LANE_NONE);
}

static const struct limit_place margin_rate = {
	.scope = SCOPE_FIRM, .limit = LIMIT_margin_rate, .symbol = SYMBOL_NONE};

/* More margin than the rig's symbols ask. */
static void more_margin(struct limit_row *row, uint32_t account)
{
	(void)account;
	if (row->scope != SCOPE_FIRM)
		return;
	row->stated |= UINT64_C(1) << LIMIT_margin_rate;
	row->limits[LIMIT_margin_rate] = (struct limit_value){.value = 8000};
}

static int64_t margin_of(const struct rig *rig)
{
	return rig->gate->fold->risk->money.sums[STAKE_MARGIN];
}

/* Of a haircut the smaller is the looser; what is held is reckoned by whichever is in force. */
static void a_haircut_is_lowered_for_a_time_and_no_lease_raises_it(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, NULL);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_NONE);
	int64_t listed_e4 = margin_of(rig);
	assert_true(listed_e4 > 0);
	rig_limits(rig, more_margin);
	assert_int_equal(margin_of(rig), listed_e4 / 5000 * 8000);
	const struct lease_record higher =
		lease_of(rig, &margin_rate, (struct limit_value){.value = 8001}, TERM_NS);
	assert_int_equal(say(rig, &higher), EINVAL);
	const struct lease_record none =
		lease_of(rig, &margin_rate, (struct limit_value){.value = 0}, TERM_NS);
	assert_int_equal(say(rig, &none), EINVAL);
	lease(rig, &margin_rate, 6000, TERM_NS);
	assert_int_equal(margin_of(rig), listed_e4 / 5000 * 6000);
	rig_poll(rig, TERM_NS);
	assert_int_equal(page_of(rig).count, 0);
	assert_int_equal(margin_of(rig), listed_e4 / 5000 * 8000);
	/* Below what the symbols file states that binds. */
	lease(rig, &margin_rate, 1, TERM_NS);
	assert_int_equal(margin_of(rig), listed_e4);
}

static void what_may_not_be_is_refused_and_is_no_record(void **state)
{
	struct rig *rig = *state;
	const struct limit_value more = {.value = 200};
	rig_limits(rig, tight);
	const struct lease_record good = lease_of(rig, &quantity, more, TERM_NS);
	struct lease_record bad = good;
	bad.number = 0;
	assert_int_equal(say(rig, &bad), ESTALE);
	bad = good;
	bad.epoch = 1;
	assert_int_equal(say(rig, &bad), ESTALE);
	bad = good;
	bad.word = 3;
	assert_int_equal(say(rig, &bad), EINVAL);
	bad = good;
	bad.within_ns = 0;
	assert_int_equal(say(rig, &bad), EINVAL);
	bad = good;
	bad.value.value = 99; /* no looser */
	assert_int_equal(say(rig, &bad), EINVAL);
	bad = lease_of(rig, &firm_rate,
		(struct limit_value){.value = INT64_MAX, .window_ns = TERM_NS}, TERM_NS);
	assert_int_equal(say(rig, &bad), EINVAL); /* beyond what may be stated */
	bad = lease_of(rig, &open_buys, (struct limit_value){.value = 2000000000000, .currency = 1},
		TERM_NS);
	assert_int_equal(say(rig, &bad), EINVAL); /* not the currency of what it raises */
	bad = good;
	bad.limit = LIMIT_cancel_rate; /* of a session */
	assert_int_equal(say(rig, &bad), ENOENT);
	bad.limit = 255;
	assert_int_equal(say(rig, &bad), ENOENT);
	bad = good;
	bad.id = 999;
	assert_int_equal(say(rig, &bad), ENOENT);
	assert_int_equal(page_of(rig).last, 0);
	assert_int_equal(say(rig, &good), 0);
	bad = good;
	bad.number = 2;
	assert_int_equal(say(rig, &bad), EEXIST);
	on_trial(rig, TERM_NS, tight);
	bad = lease_of(rig, &open_buys, (struct limit_value){.value = 2000000000000}, TERM_NS);
	assert_int_equal(say(rig, &bad), EBUSY);
	/* A record that no gate writes. */
	struct lease_record *record =
		gate_input(rig->gate, RECORD_LEASE, sizeof(struct lease_record));
	*record = bad;
	gate_commit(rig->gate, record);
	assert_int_equal(page_of(rig).count, 1);
}

static void only_so_many_stand_at_once(void **state)
{
	struct rig *rig = *state;
	uint32_t taken = 0;
	rig_limits(rig, tight);
	for (uint8_t limit = 0; limit < LIMIT_COUNT; limit++) {
		struct limit_place place = quantity;
		place.limit = limit;
		const struct limit_value *base =
			risk_limits_stated(rig->gate->fold->risk, RISK_IN_FORCE, &place);
		if (base == NULL || limit_keys[limit].unit != MONEY)
			continue;
		const struct lease_record record = lease_of(
			rig, &place, (struct limit_value){.value = base->value + 1}, TERM_NS);
		assert_int_equal(say(rig, &record), 0);
		taken++;
	}
	for (uint8_t limit = 0; limit < LIMIT_COUNT; limit++) {
		struct limit_place place = {
			.scope = SCOPE_FIRM, .limit = limit, .symbol = SYMBOL_NONE};
		if (limit_keys[limit].unit != MONEY ||
			risk_limits_stated(rig->gate->fold->risk, RISK_IN_FORCE, &place) == NULL)
			continue;
		const struct lease_record record = lease_of(
			rig, &place, (struct limit_value){.value = 1000000000001}, TERM_NS);
		assert_int_equal(say(rig, &record), taken < LEASE_COUNT_MAX ? 0 : ENOSPC);
		taken++;
	}
	assert_true(taken > LEASE_COUNT_MAX);
	assert_int_equal(page_of(rig).count, LEASE_COUNT_MAX);
	rig_poll(rig, TERM_NS);
	assert_int_equal(page_of(rig).count, 0);
	assert_int_equal(page_of(rig).end_count, LEASE_COUNT_MAX);
}

static void a_load_ends_the_leases_whose_number_it_states_anew_and_no_other(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	lease(rig, &quantity, 100, TERM_NS);
	lease(rig, &firm_rate, 3, TERM_NS);
	rig_limits(rig, tight); /* another epoch, the same numbers */
	assert_int_equal(page_of(rig).count, 2);
	assert_int_equal(stated(rig, &quantity), 100);
	rig_limits(rig, other);
	struct leases_page page = page_of(rig);
	assert_int_equal(page.count, 1);
	assert_int_equal(ended_last(&page)->end.number, 1);
	assert_int_equal(ended_last(&page)->end.why, LIMITS_REPLACED);
	assert_int_equal(stated(rig, &quantity), 98);
	assert_int_equal(stated(rig, &firm_rate), 3);
	rig_poll(rig, TERM_NS);
	assert_int_equal(stated(rig, &quantity), 98);
	assert_int_equal(stated(rig, &firm_rate), 1);
}

static void leases_stand_over_limits_on_trial_and_after_their_return(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	lease(rig, &quantity, 100, 4 * TERM_NS);
	lease(rig, &firm_rate, 3, TERM_NS);
	lease(rig, &open_buys, 2000000000000, 2 * TERM_NS);
	on_trial(rig, 3 * TERM_NS, other_rate);
	assert_int_equal(page_of(rig).count, 2); /* the rate's is ended by the trial's number */
	assert_int_equal(stated(rig, &quantity), 100);
	assert_int_equal(stated(rig, &firm_rate), 2);
	rig_poll(rig, 2 * TERM_NS);
	assert_int_equal(page_of(rig).count, 1); /* one ends meanwhile, and does not come back */
	rig_poll(rig, TERM_NS);
	assert_int_equal(rig->gate->fold->epochs.now.epoch, 2);
	assert_int_equal(stated(rig, &quantity), 100);
	assert_int_equal(stated(rig, &firm_rate), 1);
	assert_int_equal(stated(rig, &open_buys), 1000000000000);
	rig_poll(rig, TERM_NS);
	assert_int_equal(stated(rig, &quantity), 99);
}

static void a_gate_that_died_meanwhile_returns_each_in_time(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	lease(rig, &quantity, 100, 10 * TERM_NS);
	lease(rig, &open_buys, 2000000000000, 20 * TERM_NS);
	uint64_t until_ns = rig->gate->fold->epochs.leases.rows[0].until_ns;
	rig_restart(rig, true);
	assert_int_equal(page_of(rig).count, 2);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	assert_int_equal(verdict_on(rig, 1, 100), LANE_NONE);
	gate_poll(rig->gate, rig->now_ns = until_ns - rig->gate->time_offset_ns);
	assert_int_equal(page_of(rig).count, 1);
	assert_int_equal(verdict_on(rig, 2, 100), LANE_MAX_ORDER_QUANTITY);
	assert_int_equal(stated(rig, &open_buys), 2000000000000);
}

/* What was refused stays refused, though it lies there still when the next process looks and would be granted now. */
static void a_gate_takes_nothing_that_was_asked_of_the_one_before(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, tight);
	lease(rig, &quantity, 100, TERM_NS);
	const struct lease_record more =
		lease_of(rig, &quantity, (struct limit_value){.value = 500}, 100 * TERM_NS);
	assert_int_equal(say(rig, &more), EEXIST);
	rig_restart(rig, true);
	rig_poll(rig, 2 * TERM_NS);
	rig_poll(rig, 1000);
	assert_int_equal(page_of(rig).count, 0);
	assert_int_equal(stated(rig, &quantity), 99);
	assert_int_equal(atomic_load(&rig->region->answers[STAGE_GATE].number), 0);
}

static void apply(struct fold *fold, unsigned type, const void *body, size_t size)
{
	union record_space space = {
		.record = {.type = (uint8_t)type, .body_bytes = (uint16_t)size}};
	memcpy(&space.record + 1, body, size);
	fold_apply(fold, &space.record);
}

static void a_boot_after_its_end_on_the_wall_clock_returns_it(void **state)
{
	struct rig *rig = *state;
	struct replay *replay = replay_open(&rig->site);
	struct boot_record boot = {0};
	struct turn_inputs turn = {.turn = 1, .now_ns = 1};
	struct limit_epoch_record epoch = {.epoch = 1, .row_count = 1};
	struct lease_record record = {.number = 1,
		.epoch = 1,
		.word = LEASE_BEGINS,
		.limit = LIMIT_credit,
		.symbol = SYMBOL_NONE,
		.within_ns = TERM_NS,
		.value = {.value = 20}};
	struct limit_row row;
	limit_row_init(&row, SCOPE_FIRM, 0, SYMBOL_NONE);
	row.stated = UINT64_C(1) << LIMIT_credit;
	row.limits[LIMIT_credit].value = 10;
	apply(replay->fold, RECORD_BOOT, &boot, sizeof boot);
	apply(replay->fold, RECORD_TURN, &turn, sizeof turn);
	apply(replay->fold, RECORD_LIMIT_ROW, &row, sizeof row);
	apply(replay->fold, RECORD_LIMIT_EPOCH, &epoch, sizeof epoch);
	apply(replay->fold, RECORD_LEASE, &record, sizeof record);
	record.number = 2;
	record.limit = LIMIT_max_loss; /* which no row states */
	apply(replay->fold, RECORD_LEASE, &record, sizeof record);
	const struct leases *leases = &replay->fold->epochs.leases;
	assert_int_equal(leases->count, 1);
	boot.wall_ns = TERM_NS - 1;
	apply(replay->fold, RECORD_BOOT, &boot, sizeof boot);
	assert_int_equal(leases->count, 1);
	boot.wall_ns = TERM_NS;
	apply(replay->fold, RECORD_BOOT, &boot, sizeof boot);
	assert_int_equal(leases->count, 0);
	assert_int_equal(leases->ends[0].end.why, LIMITS_EXPIRED);
	replay_close(replay);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		ONE(two_stand_beside_each_other_and_each_returns_on_its_nanosecond),
		ONE(one_is_given_up_and_the_other_stays),
		ONE(a_rate_is_raised_and_returns_with_all_that_was_used),
		ONE(a_haircut_is_lowered_for_a_time_and_no_lease_raises_it),
		ONE(what_may_not_be_is_refused_and_is_no_record),
		ONE(only_so_many_stand_at_once),
		ONE(a_load_ends_the_leases_whose_number_it_states_anew_and_no_other),
		ONE(leases_stand_over_limits_on_trial_and_after_their_return),
		ONE(a_gate_that_died_meanwhile_returns_each_in_time),
		ONE(a_gate_takes_nothing_that_was_asked_of_the_one_before),
		ONE(a_boot_after_its_end_on_the_wall_clock_returns_it),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.leases", tests, NULL, NULL);
}
