/* A rate enters as a record, is in every sum from then on, and outlives a restart.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "dataplane/gate/conversion.h"
#include "dataplane/risk/tables.h"
#include "drivers/machine/clock.h"
#include "tests/support/rig.h"

enum { EUR = 1, JPY = 2 };

#define HOUR_NS UINT64_C(3600000000000)

/* AAPL is priced in EUR. */
static void site_is_mixed(struct site_config *site)
{
	site->currency_count = 3;
	site->currencies[EUR] = (struct currency_config){.name = "EUR", .max_age_ns = HOUR_NS};
	site->currencies[JPY] = (struct currency_config){.name = "JPY", .max_age_ns = HOUR_NS};
	site->symbols[RIG_AAPL].currency = EUR;
}

static int open_mixed(void **state)
{
	static const struct rig_hooks hooks = {.site = site_is_mixed};
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static const struct mailbox_answer *rate_ask(
	struct rig *rig, uint32_t currency, int64_t rate_e8, uint64_t as_of_wall_ns)
{
	const struct mailbox_request request = {.kind = REQUEST_RATES,
		.rate = {.currency = currency,
			.uid = 1000,
			.rate_e8 = rate_e8,
			.as_of_wall_ns = as_of_wall_ns}};
	return rig_ask(rig, &request);
}

static struct rate_row rate_of(struct rig *rig, uint32_t currency)
{
	struct rate_row row;
	const struct mailbox_answer *answer = rate_ask(rig, 0, 0, 0);
	assert_int_equal(answer->row_count, 3);
	memcpy(&row, answer->rows[currency], sizeof row);
	assert_int_equal(row.currency, currency);
	return row;
}

static uint32_t rate_records(const struct rig *rig)
{
	uint32_t count = 0;
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		count += record->type == RECORD_RATE;
		at += record->size_bytes;
	}
	return count;
}

static void an_order_passes_once_its_currency_has_a_rate(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_MAX_ORDER_VALUE);
	assert_int_equal(rate_ask(rig, EUR, 108500000, 0)->code, 0);
	struct rate_row row = rate_of(rig, EUR);
	assert_int_equal(row.rate_e8, 108500000);
	assert_int_equal(row.is_good, 1);
	assert_int_equal(row.is_used, 0);
	assert_int_equal(row.as_of_wall_ns, rig->gate->fold->turn.wall_ns);
	order = rig_order(2);
	rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(rate_of(rig, EUR).is_used, 1);
	assert_int_equal(rig->gate->fold->risk->open_value_e4[SIDE_BUY], 176855000);
	assert_int_equal(rate_of(rig, JPY).is_good, 0);
}

static void a_rate_outlives_a_restart(void **state)
{
	struct rig *rig = *state;
	rate_ask(rig, EUR, 108500000, 0);
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order);
	rate_ask(rig, EUR, 200000000, 0);
	assert_int_equal(rig->gate->fold->risk->open_value_e4[SIDE_BUY], 326000000);
	uint64_t as_of_ns = rate_of(rig, EUR).as_of_wall_ns;
	rig_restart(rig, false);
	assert_int_equal(rig->gate->fold->risk->open_value_e4[SIDE_BUY], 326000000);
	assert_int_equal(rate_of(rig, EUR).rate_e8, 200000000);
	assert_int_equal(rate_of(rig, EUR).as_of_wall_ns, as_of_ns);
	assert_int_equal(rate_records(rig), 2);
}

static void what_is_no_rate_is_refused_and_not_written(void **state)
{
	struct rig *rig = *state;
	uint64_t now_ns = rig->gate->fold->turn.wall_ns;
	assert_int_equal(rate_ask(rig, 3, 108500000, 0)->code, EINVAL);
	assert_int_equal(rate_ask(rig, EUR, 0, 0)->code, EINVAL);
	assert_int_equal(rate_ask(rig, EUR, -1, 0)->code, EINVAL);
	assert_int_equal(rate_ask(rig, EUR, RATE_E8_MAX + 1, 0)->code, EINVAL);
	assert_int_equal(rate_ask(rig, EUR, 1, now_ns + HOUR_NS)->code, EINVAL);
	assert_int_equal(rate_records(rig), 0);
	assert_int_equal(rate_ask(rig, EUR, 1, now_ns - HOUR_NS)->code, 0);
	assert_int_equal(rate_of(rig, EUR).as_of_wall_ns, now_ns - HOUR_NS);
	assert_int_equal(rate_records(rig), 1);
}

/* A link that only has its reserve left takes nothing that can wait. */
static void a_rate_waits_while_the_journal_is_full(void **state)
{
	struct rig *rig = *state;
	rig->gate->is_journal_full = true;
	struct mailbox_answer answer = {.code = 0};
	const struct mailbox_request request = {
		.kind = REQUEST_RATES, .rate = {.currency = EUR, .rate_e8 = 108500000}};
	conversion_answer(rig->gate, &request, &answer);
	assert_int_equal(answer.code, EBUSY);
	assert_int_equal(answer.row_count, 3);
	rig->gate->is_journal_full = false;
	assert_int_equal(rate_records(rig), 0);
}

/* A rate that is so old now; returns how many marks of its currency were told so far, its row in *row. */
static uint32_t age_marks(struct rig *rig, uint64_t age_ns, struct usage_row *row)
{
	const struct gate_page *page = &rig->region->gate;
	const struct mailbox_request request = {.kind = REQUEST_USAGE};
	uint32_t count = 0;
	assert_int_equal(rate_ask(rig, EUR, 108500000, clock_wall_ns() - age_ns)->code, 0);
	rig_poll(rig, 2000000);
	for (uint64_t i = 0; i < atomic_load(&page->usage_count); i++) {
		const struct usage_row *told = &page->usage[i % USAGE_EVENT_COUNT];
		count += told->lane == LANE_NONE && told->key == LIMIT_COUNT && told->id == EUR;
	}
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	*row = (struct usage_row){0};
	for (uint32_t i = 0; i < answer->row_count; i++) {
		struct usage_row one;
		memcpy(&one, answer->rows[i], sizeof one);
		if (one.lane == LANE_NONE && one.key == LIMIT_COUNT && one.id == EUR)
			*row = one;
		/* Nobody ever stated the other. */
		if (one.lane == LANE_NONE && one.key == LIMIT_COUNT && one.id == JPY)
			assert_int_equal(one.usage, INT64_MAX);
	}
	assert_int_equal(row->limit, HOUR_NS);
	return count;
}

static void a_rate_that_grows_old_is_told_before_it_refuses(void **state)
{
	struct rig *rig = *state;
	struct usage_row row;
	assert_int_equal(age_marks(rig, HOUR_NS * 4 / 10, &row), 0);
	assert_in_range(row.usage, HOUR_NS * 4 / 10, HOUR_NS * 45 / 100);
	assert_int_equal(age_marks(rig, HOUR_NS * 5 / 10, &row), 1);
	assert_int_equal(age_marks(rig, HOUR_NS * 8 / 10, &row), 2);
	assert_int_equal(age_marks(rig, HOUR_NS, &row), 3);
	assert_int_equal(age_marks(rig, 0, &row), 3);
	assert_in_range(row.usage, 0, HOUR_NS / 10);
	assert_in_range(row.peak, HOUR_NS, HOUR_NS * 11 / 10);
	/* It grows old anew. */
	assert_int_equal(age_marks(rig, HOUR_NS * 5 / 10, &row), 4);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_mixed, rig_teardown)
	const struct CMUnitTest tests[] = {
		ONE(an_order_passes_once_its_currency_has_a_rate),
		ONE(a_rate_outlives_a_restart),
		ONE(what_is_no_rate_is_refused_and_not_written),
		ONE(a_rate_that_grows_old_is_told_before_it_refuses),
		ONE(a_rate_waits_while_the_journal_is_full),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.gate.conversion", tests, NULL, NULL);
}
