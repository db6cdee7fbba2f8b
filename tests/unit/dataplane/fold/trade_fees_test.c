/* What a venue takes for executions, in profit and loss with them: by flag, by order, given back when a trade is broken, and
   against the loss limit.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

enum { BUY_E4 = 1630000 };

/* 0.0030 for R and what is not named, 0.0020 back for A, a cent an order. */
static void state_fees(struct site_config *site)
{
	struct fees_config *fees = &site->venues[0].fees;
	fees->is_stated = true;
	for (unsigned i = 0; i < FEE_FLAG_COUNT; i++)
		fees->rates_e6[i] = 3000;
	fees->is_named['A'] = fees->is_named['R'] = true;
	fees->rates_e6['A'] = -2000;
	fees->order_e4 = 100;
}

static int open_ready(void **state)
{
	static const struct rig_hooks hooks = {.site = state_fees};
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

enum { EUR = 1, DOLLARS = 108500000 };

#define HOUR_NS UINT64_C(3600000000000)

/* The same schedule in euros; what is traded is in dollars. */
static void state_fees_in_euros(struct site_config *site)
{
	state_fees(site);
	site->currency_count = 2;
	site->currencies[EUR] = (struct currency_config){.name = "EUR", .max_age_ns = HOUR_NS};
	site->venues[0].fees.has_currency = true;
	site->venues[0].fees.currency = EUR;
}

/* As of age_ns ago. */
static void euro_was(struct rig *rig, int64_t rate_e8, uint64_t age_ns)
{
	const struct mailbox_request request = {.kind = REQUEST_RATES,
		.rate = {.currency = EUR,
			.uid = 1000,
			.rate_e8 = rate_e8,
			.as_of_wall_ns = rig->gate->fold->turn.wall_ns - age_ns}};
	assert_int_equal(rig_ask(rig, &request)->code, 0);
}

static void euro_is(struct rig *rig, int64_t rate_e8)
{
	euro_was(rig, rate_e8, 0);
}

static int open_abroad(void **state)
{
	static const struct rig_hooks hooks = {.site = state_fees_in_euros};
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static void say(
	struct rig *rig, uint8_t type, uint32_t ref, uint32_t qty, uint64_t match, char code)
{
	const struct ouch_out out = {.type = type,
		.ref = ref,
		.qty = qty,
		.match = match,
		.price_e4 = BUY_E4,
		.code = (uint8_t)code};
	rig_answer(rig, &out);
}

static void fees_are(const struct rig *rig, int64_t fees_e4)
{
	const struct position_row row = rig_position(rig, RIG_ACCOUNT, RIG_AAPL);
	assert_int_equal(row.fees_e4, fees_e4);
	assert_int_equal(row.pnl_e4,
		row.sold_value_e4 - row.bought_value_e4 - fees_e4 + row.position * row.mark_e4);
	assert_int_equal(rig->gate->fold->risk->money.sums[STAKE_PNL], row.pnl_e4);
}

static uint64_t unnamed(const struct rig *rig)
{
	return metrics_get(&rig->region->metrics, METRIC_gate_fees_unnamed);
}

static void each_flag_costs_its_own_and_an_order_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', sent.ref, 10, 501, 'R');
	fees_are(rig, 100 + 300);
	say(rig, 'E', sent.ref, 20, 502, 'A');
	fees_are(rig, 100 + 300 - 400);
	assert_int_equal(unnamed(rig), 0);
	/* Told twice it costs once. */
	say(rig, 'E', sent.ref, 20, 502, 'A');
	fees_are(rig, 0);
	say(rig, 'E', sent.ref, 1, 503, '7');
	fees_are(rig, 30);
	assert_int_equal(unnamed(rig), 1);
	struct ouch_in second = rig_order(2);
	struct ouch_out told;
	while (rig_client_got(rig, 0, &told))
		;
	sent = rig_pass_and_accept(rig, 0, &second);
	say(rig, 'E', sent.ref, 100, 504, 'R');
	fees_are(rig, 30 + 100 + 3000);
}

static void what_is_broken_is_given_back_and_what_is_corrected_counted_anew(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', sent.ref, 10, 501, 'R');
	say(rig, 'E', sent.ref, 20, 502, 'A');
	say(rig, 'B', sent.ref, 0, 501, 'E');
	fees_are(rig, 100 - 400);
	say(rig, 'B', sent.ref, 0, 501, 'E'); /* again */
	fees_are(rig, 100 - 400);
	say(rig, 'F', sent.ref, 30, 502, 'E');
	fees_are(rig, 100 - 600);
	rig_restart(rig, false);
	fees_are(rig, 100 - 600);
	say(rig, 'B', sent.ref, 0, 502, 'E');
	rig_venue_up(rig);
	rig_poll(rig, 1000);
	fees_are(rig, 100);
}

/* Of a finished order nobody knows whether it had executed: its own fee is counted rather than forgotten. */
static void a_late_execution_costs_as_the_first_of_its_order(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'C', sent.ref, 100, 0, 'U');
	say(rig, 'E', sent.ref, 10, 501, 'R');
	fees_are(rig, 100 + 300);
}

/* What persons said was executed had cost what an order costs: the venue's word takes its place and not its cost twice. */
static void an_order_of_which_persons_said_that_it_executed_costs_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass(rig, 0, &order);
	rig_venue_cut(rig);
	uint32_t slot = order_table_find_venue(&rig->gate->fold->orders, 0, sent.ref);
	const struct mailbox_request request = {.kind = REQUEST_RESOLVE,
		.resolve = {.order_id = rig->gate->fold->orders.slots[slot].id,
			.venue_ref = sent.ref,
			.as = RESOLVE_FILLED,
			.qty = 100,
			.price_e4 = BUY_E4,
			.uid = 1000,
			.second_uid = 1001}};
	assert_int_equal(rig_ask(rig, &request)->code, 0);
	fees_are(rig, 100 + 3000);
	rig_accept(rig, &sent);
	say(rig, 'E', sent.ref, 60, 501, 'A');
	say(rig, 'E', sent.ref, 40, 502, 'A');
	rig_venue_up(rig);
	fees_are(rig, 100 - 2000);
	/* What its number brings later costs no more than itself either. */
	say(rig, 'E', sent.ref, 10, 503, 'R');
	fees_are(rig, 100 - 2000 + 300);
}

/* The newest TRADE record. */
static struct trade_record trade_told(const struct rig *rig)
{
	struct trade_record told = {.match = 0};
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		if (record->type == RECORD_TRADE)
			memcpy(&told, record_body(record), sizeof told);
		at += record->size_bytes;
	}
	return told;
}

static void trade_is(const struct rig *rig, enum trade_kind kind, int64_t fee_e4, int64_t order_e4)
{
	const struct trade_record told = trade_told(rig);
	assert_int_equal(told.kind, kind);
	assert_int_equal(told.fee_e4, fee_e4);
	assert_int_equal(told.order_fee_e4, order_e4);
}

/* 0.0300 and 0.0100 EUR at 1.0850, and 0.0400 back at 1.2. */
static void a_fee_in_another_currency_is_taken_at_the_rate_of_its_moment(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_MAX_ORDER_VALUE);
	euro_is(rig, DOLLARS);
	order = rig_order(2);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', sent.ref, 10, 501, 'R');
	trade_is(rig, TRADE_EXECUTED, 326, 109); /* 325.5 and 108.5 */
	fees_are(rig, 326 + 109);
	euro_is(rig, 120000000);
	fees_are(rig, 326 + 109);
	say(rig, 'E', sent.ref, 20, 502, 'A');
	trade_is(rig, TRADE_EXECUTED, -480, 0);
	fees_are(rig, 326 + 109 - 480);
}

/* Whatever the rate is by then, and behind a restart. */
static void a_break_gives_back_what_was_taken_at_the_rate_of_then(void **state)
{
	struct rig *rig = *state;
	euro_is(rig, DOLLARS);
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', sent.ref, 10, 501, 'R');
	say(rig, 'E', sent.ref, 20, 502, 'A');
	fees_are(rig, 326 + 109 - 434);
	euro_is(rig, 99000000);
	rig_restart(rig, false);
	rig_venue_up(rig);
	fees_are(rig, 326 + 109 - 434);
	say(rig, 'B', sent.ref, 0, 501, 'E');
	trade_is(rig, TRADE_BROKEN, 326, 0);
	fees_are(rig, 109 - 434);
	/* A correction gives it back too, and is charged at the rate of now: 0.0600 EUR back at 0.99. */
	say(rig, 'F', sent.ref, 30, 502, 'E');
	trade_is(rig, TRADE_CORRECTED, -594, 0);
	fees_are(rig, 109 - 594);
	euro_is(rig, 200000000);
	say(rig, 'B', sent.ref, 0, 502, 'E');
	trade_is(rig, TRADE_BROKEN, -594, 0);
	fees_are(rig, 109);
}

/* An order that works when its fees' rate grows old is executed all the same, and charged at the last there was. */
static void what_executes_when_the_rate_is_old_is_charged_at_the_last(void **state)
{
	struct rig *rig = *state;
	euro_is(rig, DOLLARS);
	struct ouch_in order = rig_order(1);
	struct ouch_out told;
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	euro_was(rig, 120000000, 2 * HOUR_NS);
	say(rig, 'E', sent.ref, 10, 501, 'R');
	fees_are(rig, 360 + 120);
	while (rig_client_got(rig, 0, &told))
		;
	order = rig_order(2);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_GROSS_EXPOSURE);
}

static int64_t loss_limit_e4;

static void limit_loss(struct limit_row *row, uint32_t account)
{
	if (account == RIG_ACCOUNT)
		row->limits[LIMIT_max_loss].value = loss_limit_e4;
}

static enum trading_state state_at(struct rig *rig, int64_t limit_e4)
{
	loss_limit_e4 = limit_e4;
	rig_limits(rig, limit_loss);
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2000000);
	return rig->gate->fold->latches.states[stop_index(SCOPE_ACCOUNT, RIG_ACCOUNT)];
}

/* The market stands where it was bought: but for the fee nothing is lost. */
static void a_loss_limit_counts_fees_to_the_last_unit(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	say(rig, 'E', sent.ref, 100, 501, 'R');
	fees_are(rig, 3100);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).pnl_e4, -3100);
	assert_int_equal(state_at(rig, 3100), STATE_ACTIVE);
	assert_int_equal(state_at(rig, 3099), STATE_REDUCE_ONLY);
}

int main(void)
{
#define ONE(test)    cmocka_unit_test_setup_teardown(test, open_ready, rig_teardown)
#define ABROAD(test) cmocka_unit_test_setup_teardown(test, open_abroad, rig_teardown)
	const struct CMUnitTest tests[] = {
		ONE(each_flag_costs_its_own_and_an_order_once),
		ONE(what_is_broken_is_given_back_and_what_is_corrected_counted_anew),
		ONE(a_late_execution_costs_as_the_first_of_its_order),
		ONE(an_order_of_which_persons_said_that_it_executed_costs_once),
		ONE(a_loss_limit_counts_fees_to_the_last_unit),
		ABROAD(a_fee_in_another_currency_is_taken_at_the_rate_of_its_moment),
		ABROAD(a_break_gives_back_what_was_taken_at_the_rate_of_then),
		ABROAD(what_executes_when_the_rate_is_old_is_charged_at_the_last),
	};
	return !!cmocka_run_group_tests_name("fold.trade_fees", tests, NULL, NULL);
}
