/* Days that cross rolls, traded by a whole gate: what the ledger makes of its journal is what the gate says.
   rooms: dataplane_gate control_ledger */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/ledger/ledger.h"
#include "dataplane/gate/roll.h"
#include "dataplane/risk/tables.h"
#include "tests/support/rig.h"

enum { FILL_COUNT = 400 };

struct fill_told {
	uint32_t venue_ref;
	uint64_t match;
};

static uint64_t chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void compare(const struct rig *rig)
{
	static struct lot space[FILL_COUNT + 1];
	struct ledger ledger;
	ledger_init(&ledger);
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		ledger_record(&ledger, record);
		at += record->size_bytes;
	}
	assert_int_equal(ledger.unknown_count, 0);
	for (uint32_t i = 0; i < ledger.row_count; i++) {
		const struct ledger_row *row = &ledger.rows[i];
		struct position_row held = rig_position(rig, row->pair >> 16, row->pair & 0xFFFF);
		assert_true(row->count == 0 || row->fees_before_e4 + row->totals.fees_e4 != 0);
		struct ledger_totals day = row->totals;
		struct lots lots;
		lots_init(&lots, space, row->start_shares, row->start_cost_e4);
		ledger_lots(&ledger, row->first, FILL_COUNT, &lots);
		assert_int_equal(lots.shares, held.position);
		assert_true(day.qty[SIDE_BUY] == held.bought_qty);
		assert_true(day.qty[SIDE_SELL] == held.sold_qty);
		assert_true(day.value_e4[SIDE_BUY] == held.bought_value_e4);
		assert_true(day.value_e4[SIDE_SELL] == held.sold_value_e4);
		assert_true(day.fees_e4 == held.fees_e4);
		assert_true(ledger_shares(row) == held.position);
		/* The day's profit: what came in, and what is held is worth, less what the start was worth. */
		assert_true(held.pnl_e4 ==
			    day.value_e4[SIDE_SELL] - day.value_e4[SIDE_BUY] - day.fees_e4 +
				    (money_wide)held.position * held.mark_e4 -
				    (money_wide)held.start_shares * held.start_price_e4);
	}
	ledger_free(&ledger);
}

/* Every execution costs, by its flag or what is worst of them, and the first of an order more. */
static void site_with_fees(struct site_config *site)
{
	struct fees_config *fees = &site->venues[0].fees;
	for (unsigned i = 0; i < FEE_FLAG_COUNT; i++)
		fees->rates_e6[i] = i == 'A' ? -2050 : i == 'R' ? 2950 : 3333;
	fees->order_e4 = 17;
	fees->minimum_e4 = 45;
}

/* The same in euros, which are worth something else every few executions. */
static void site_with_fees_in_euros(struct site_config *site)
{
	site_with_fees(site);
	site->currency_count = 2;
	site->currencies[1] =
		(struct currency_config){.name = "EUR", .max_age_ns = RATE_AGE_NS_MAX};
	site->venues[0].fees.has_currency = true;
	site->venues[0].fees.currency = 1;
}

static void another_rate(struct rig *rig, uint64_t *seed)
{
	const struct mailbox_request request = {.kind = REQUEST_RATES,
		.rate = {.currency = 1, .rate_e8 = 90000000 + (int64_t)(chance(seed) % 30000000)}};
	assert_int_equal(rig_ask(rig, &request)->code, 0);
}

static void another_day(struct rig *rig)
{
	for (enum day_change change = DAY_ENDS; change <= DAY_BEGINS; change++) {
		rig->gate->is_turn_open = false;
		roll_write(rig->gate, change, 1000, "by hand", rig->gate->fold->midnight_wall_ns);
		rig_poll(rig, 2000000);
		rig_poll(rig, 2000000);
	}
	for (uint32_t i = 0; i < RIG_CLIENT_COUNT; i++) {
		rig->clients[i].sequence = 0;
		rig->clients[i].count = 0;
		rig_client_up(rig, i);
	}
}

static struct fill_told fill_one(struct rig *rig, uint32_t ref, uint64_t *seed)
{
	struct ouch_in order = rig_order(ref);
	struct fill_told told = {.venue_ref = 0};
	uint32_t client = (uint32_t)(chance(seed) & 1);
	rig->clients[client].count = 0; /* what it was told before */
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	order.side = chance(seed) & 1 ? 'B' : 'S';
	order.qty = 1 + (uint32_t)(chance(seed) % 50);
	struct ouch_in sent = rig_pass_and_accept(rig, client, &order);
	rig_execute(rig, &sent, order.qty, 1620000 + chance(seed) % 20000);
	for (uint64_t at = 0; at < rig->record_bytes;) {
		const struct record *record = (const struct record *)(rig->records + at);
		const struct trade_record *trade = record_body(record);
		if (record->type == RECORD_TRADE)
			told = (struct fill_told){trade->venue_ref, trade->match};
		at += record->size_bytes;
	}
	return told;
}

static void days_are_those_of_the_journal(const struct rig_hooks *hooks)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct fill_told told[FILL_COUNT];
		uint64_t random = seed;
		uint32_t count = 0;
		struct rig *rig = rig_open_with(hooks, NULL);
		rig_ready(rig);
		for (unsigned day = 0; day < 4; day++) {
			for (uint32_t ref = 1; ref <= 12; ref++) {
				if (rig->gate->fold->risk->rates.count > 1 && ref % 3 == 1)
					another_rate(rig, &random);
				told[count++] = fill_one(rig, ref, &random);
				struct fill_told *broken = &told[chance(&random) % count];
				struct ouch_out out = {.type = 'B',
					.ref = broken->venue_ref,
					.match = broken->match,
					.code = 'E'};
				if (chance(&random) % 3 == 0 && broken->match != 0) {
					rig_answer(rig, &out);
					broken->match = 0;
				}
			}
			compare(rig);
			if (chance(&random) % 2 == 0) {
				rig_restart(rig, true);
				compare(rig);
				rig_venue_up(rig);
			}
			another_day(rig);
			compare(rig);
		}
		rig_close(rig);
	}
}

static void days_of_a_gate_are_those_of_its_journal(void **state)
{
	const struct rig_hooks hooks = {.site = site_with_fees};
	(void)state;
	days_are_those_of_the_journal(&hooks);
}

static void fees_in_another_currency_are_those_of_the_journal_whatever_its_rate_was(void **state)
{
	const struct rig_hooks hooks = {.site = site_with_fees_in_euros};
	(void)state;
	days_are_those_of_the_journal(&hooks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_of_a_gate_are_those_of_its_journal),
		cmocka_unit_test(
			fees_in_another_currency_are_those_of_the_journal_whatever_its_rate_was),
	};
	return !!cmocka_run_group_tests_name("ledger.ledger_day", tests, NULL, NULL);
}
