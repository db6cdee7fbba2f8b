/* OUCH 4.2 on either side of the gate: tokens, what has no words, what a broken connection leaves.  Each test
   ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/names.h"
#include "dataplane/fold/protocol_ouch42.h"
#include "dataplane/fold/protocols.h"
#include "tests/support/truth_bits.h"

static void client_speaks(struct site_config *site)
{
	site->sessions[0].protocol = ORDERS_OUCH42;
	site->text_id_count = 4096;
}

static void venue_speaks(struct site_config *site)
{
	site->venues[0].protocol = ORDERS_OUCH42;
}

static void both_speak(struct site_config *site)
{
	client_speaks(site);
	venue_speaks(site);
}

static const struct rig_hooks client_hooks = {.site = client_speaks};
static const struct rig_hooks venue_hooks = {.site = venue_speaks};
static const struct rig_hooks both_hooks = {.site = both_speak};

static int open_with(void **state, const struct rig_hooks *hooks)
{
	struct rig *rig = rig_open_with(hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static int open_client(void **state)
{
	return open_with(state, &client_hooks);
}

static int open_venue(void **state)
{
	return open_with(state, &venue_hooks);
}

static int open_both(void **state)
{
	return open_with(state, &both_hooks);
}

static int64_t working(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_buy_qty;
}

static struct ouch_out told(struct rig *rig, uint8_t type, uint32_t ref)
{
	struct ouch_out out;
	assert_true(rig_client_got(rig, 0, &out));
	assert_int_equal(out.type, type);
	assert_int_equal(out.ref, ref);
	return out;
}

static void silence(struct rig *rig)
{
	struct ouch_out out;
	struct ouch_in in;
	assert_false(rig_client_got(rig, 0, &out));
	assert_false(rig_venue_got(rig, &in));
}

/* The life of a chain, told under tokens whatever the other side speaks. */
static void a_chain_lives_under_its_tokens(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(11), more = rig_replace(11, 12, 150, 1630100);
	struct ouch_in stop = rig_cancel(12, 0);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &first, 30, 1630000);
	struct ouch_out fill = told(rig, 'E', 11);
	struct ouch_in second = rig_pass(rig, 0, &more);
	assert_int_equal(second.original_ref, first.ref);
	second.qty = 120;
	second.symbol = symbol_pack("AAPL");
	rig_accept(rig, &second);
	struct ouch_out out = told(rig, 'U', 12);
	assert_int_equal(out.original_ref, 11);
	assert_int_equal(out.qty, 120);
	assert_int_equal(working(rig), 120);
	struct ouch_out small = {.type = 'P', .ref = second.ref};
	rig_answer(rig, &small);
	told(rig, 'P', 12);
	assert_int_equal(rig_pass(rig, 0, &stop).ref, second.ref);
	rig_cancelled(rig, second.ref, 120, 'U');
	out = told(rig, 'C', 12);
	assert_int_equal(out.code, 'U');
	assert_int_equal(working(rig), 0);
	struct ouch_out broken = {.type = 'B', .ref = first.ref, .match = fill.match, .code = 'E'};
	rig_answer(rig, &broken);
	told(rig, 'B', 11);
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position, 0);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_unknown), 0);
}

static void a_used_token_is_ignored_and_a_refused_one_is_used(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(11), bad = rig_order(12);
	rig_pass(rig, 0, &order);
	rig_send(rig, 0, &order);
	silence(rig);
	bad.iso = 'Y';
	rig_send(rig, 0, &bad);
	assert_int_equal(told(rig, 'J', 12).reject_letter, 'O');
	bad.iso = 'N';
	rig_send(rig, 0, &bad);
	silence(rig);
	/* Tokens need not rise. */
	order = rig_order(3);
	order.price_e4 -= 100;
	rig_pass(rig, 0, &order);
	rig_restart(rig, false);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig->clients[0].count = rig->venue.count = 0;
	rig_send(rig, 0, &order);
	silence(rig);
}

static void what_names_no_order_is_ignored(void **state)
{
	struct rig *rig = *state;
	struct ouch_in stop = rig_cancel(99, 0), modify = {.type = 'M', .ref = 99, .side = 'S'};
	struct ouch_in now = {.type = 'N', .ref = 99}, order = rig_order(1);
	rig_send(rig, 0, &stop);
	rig_send(rig, 0, &modify);
	rig_pass(rig, 0, &order);
	now.ref = 1;
	rig_send(rig, 0, &now);
	silence(rig);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_cancels_ignored), 3);
	uint8_t nonsense[3] = {'O', 1, 2};
	rig_put(rig, &rig->clients[0], SOUP_UNSEQUENCED, nonsense, sizeof nonsense);
	rig_poll(rig, 1000);
	silence(rig);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_bad_messages), 1);
}

static void answers_without_words_are_not_told(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	struct ouch_out restated = {.type = 'R', .ref = first.ref, .code = 'R'};
	rig_answer(rig, &restated);
	silence(rig);
	rig_execute(rig, &first, 100, 1630000);
	told(rig, 'E', 1);
}

static void a_symbol_is_seen_before_the_message_is_judged(void **state)
{
	struct rig *rig = *state;
	const struct protocol_orders *row = protocols_row(ORDERS_OUCH42);
	struct ouch_in order = rig_order(5);
	rig_pass_and_accept(rig, 0, &order);
	uint8_t bytes[49] = {'O'};
	uint64_t name = symbol_pack("ZVZZT");
	memcpy(bytes + 20, &name, sizeof name);
	assert_int_equal(row->client_symbol(rig->gate->fold, 1, bytes, 49), RIG_ZVZZT);
	assert_int_equal(row->client_symbol(rig->gate->fold, 1, bytes, 48), SYMBOL_NONE);
	memset(bytes + 20, 0, sizeof name);
	assert_int_equal(row->client_symbol(rig->gate->fold, 1, bytes, 49), SYMBOL_NONE);
	bytes[0] = 'U';
	memcpy(bytes + 1, "T0000000000005", 14);
	assert_int_equal(row->client_symbol(rig->gate->fold, 1, bytes, 49), RIG_AAPL);
	bytes[1] = 'X';
	assert_int_equal(row->client_symbol(rig->gate->fold, 1, bytes, 49), SYMBOL_NONE);
	bytes[0] = 'X';
	assert_int_equal(row->client_symbol(rig->gate->fold, 1, bytes, 49), SYMBOL_NONE);
}

/* --- a venue of OUCH 4.2 --- */

static void what_the_venue_has_no_words_for_is_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	order.options.present = 1u << 5; /* MaxFloor */
	order.options.value[5] = 50;
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_NOT_SUPPORTED);
	order = rig_order(2);
	order.options.present = 1u << 3 | 1u << 12;
	order.options.value[3] = 50;
	order.options.value[12] = 'P';
	struct ouch_in got = rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(got.options.value[3], 50);
	/* A replace that is silent would take the minimum away. */
	struct ouch_in more = rig_replace(2, 3, 150, 1630000);
	assert_int_equal(rig_refuse(rig, 0, &more), LANE_NOT_SUPPORTED);
	more = rig_replace(2, 4, 150, 1630000);
	more.options.present = 1u << 3 | 1u << 12 | 1u << 16;
	more.options.value[3] = 50;
	more.options.value[12] = 'P';
	more.options.value[16] = 'N';
	assert_int_equal(rig_pass(rig, 0, &more).options.value[3], 50);
	/* A modify too. */
	order = rig_order(5);
	order.side = 'S';
	order.price_e4 = 1631000;
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in modify = {.type = 'M', .ref = 5, .side = 'S', .qty = 50};
	modify.options.present = 1u << 26; /* who located the shares */
	modify.options.value[26] = 'A' << 24;
	rig_send(rig, 0, &modify);
	told(rig, 'I', 5);
	modify.options.present = 0;
	assert_int_equal(rig_pass(rig, 0, &modify).type, 'M');
}

/* OUCH 4.2 has no word for located shares and asks for none: saying so asks for nothing, and nothing is lost with it. */
static void what_was_located_is_said_by_silence(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 150, 1631000);
	struct ouch_in modify = {.type = 'M', .ref = 2, .side = 'T', .qty = 60};
	order.side = 'T';
	order.price_e4 = 1631000;
	order.options.present = replace.options.present = modify.options.present = 1u << 25;
	order.options.value[25] = replace.options.value[25] = modify.options.value[25] = 'Y';
	struct ouch_in got = rig_pass(rig, 0, &order);
	assert_int_equal(got.side, 'T');
	assert_int_equal(got.options.present & 1u << 25, 0);
	rig_accept(rig, &got);
	told(rig, 'A', 1);
	got = rig_pass(rig, 0, &replace);
	assert_int_equal(got.type, 'U');
	rig_accept(rig, &got);
	told(rig, 'U', 2);
	assert_int_equal(rig_pass(rig, 0, &modify).type, 'M');
	/* Nor does a replace that does not say so take it away. */
	struct ouch_in silent = rig_replace(2, 3, 50, 1631000);
	assert_int_equal(rig_pass(rig, 0, &silent).type, 'U');
}

/* Not one bit of it may differ, whatever it is (fold/truth.h). */
static void what_leaves_is_what_was_decided(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 150, 1629900);
	struct ouch_in part = rig_cancel(2, 40), cancel = rig_cancel(2, 0), at_venue;
	struct ouch_in modify = {.type = 'M', .ref = 2, .side = 'B', .qty = 60};
	const struct ouch_in *const said[] = {&order, &replace, &modify, &part, &cancel};
	for (uint32_t i = 0; i < ARRAY_COUNT(said); i++) {
		truth_check(rig, said[i]);
		assert_true(rig_venue_got(rig, &at_venue));
		assert_int_equal(at_venue.type, said[i]->type);
		if (said[i]->type == 'O' || said[i]->type == 'U')
			rig_accept(rig, &at_venue);
	}
}

static void a_reject_has_its_code(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	struct ouch_in first = rig_pass(rig, 0, &order);
	struct ouch_out reject = {.type = 'J', .ref = first.ref, .reject_letter = 'S'};
	rig_answer(rig, &reject);
	assert_int_equal(told(rig, 'J', 1).reject_code, 0x0017);
	assert_int_equal(working(rig), 0);
}

static void without_a_query_orders_go_at_once_and_the_uncertain_stay(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1), lost = rig_order(2), stop = rig_cancel(1, 0), got;
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	lost.price_e4 -= 100;
	struct ouch_in second = rig_pass(rig, 0, &lost);
	rig_pass(rig, 0, &stop);
	rig_venue_cut(rig);
	rig_venue_up(rig);
	/* The cancel is asked again; the order is not sent again, and held for. */
	assert_true(rig_venue_got(rig, &got));
	assert_int_equal(got.type, 'X');
	assert_int_equal(got.ref, first.ref);
	silence(rig);
	assert_int_equal(working(rig), 200);
	const struct fold *fold = rig->gate->fold;
	assert_int_equal(fold->orders.slots[fold->orders.open_tail].state, ORDER_UNCERTAIN);
	struct ouch_in next = rig_order(3);
	next.price_e4 -= 200;
	rig_pass(rig, 0, &next);
	/* The venue speaks of it after all. */
	rig_accept(rig, &second);
	told(rig, 'A', 2);
	assert_int_equal(fold->orders.slots[fold->orders.open_tail].state, ORDER_SENT);
	rig_cancelled(rig, second.ref, 100, 'U');
	assert_int_equal(working(rig), 200);
}

static void a_token_of_nobody_is_no_order_and_its_trade_halts(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	uint8_t bytes[80] = {'C'};
	memcpy(bytes + 9, "SOMEBODY ELSES", 14);
	rig_put(rig, &rig->venue, SOUP_SEQUENCED, bytes, 28);
	rig_poll(rig, 1000);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_unknown), 1);
	bytes[0] = 'E';
	bytes[39] = 7;
	rig_put(rig, &rig->venue, SOUP_SEQUENCED, bytes, 40);
	rig_poll(rig, 1000);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_fills_unknown), 1);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_HALTED);
	rig_put(rig, &rig->venue, SOUP_SEQUENCED, bytes, 39);
	rig_poll(rig, 1000);
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_venue_bad), 1);
}

static void a_clordid_is_read_as_it_is_written(void **state)
{
	(void)state;
	char text[14];
	uint64_t account, order_id;
	names_clordid(text, 4095, 0xFEDCBA98765);
	assert_true(names_clordid_read(text, &account, &order_id));
	assert_int_equal(account, 4095);
	assert_true(order_id == 0xFEDCBA98765);
	for (int i = 0; i < 14; i++) {
		char spoilt[14];
		memcpy(spoilt, text, sizeof spoilt);
		for (const char *c = "/:@Gaf `"; *c != '\0'; c++) {
			spoilt[i] = *c;
			assert_false(names_clordid_read(spoilt, &account, &order_id));
		}
	}
}

/* What was read of one's message before is nothing to the next one's. */
static void strategies_of_two_protocols_are_each_read_by_their_own(void **state)
{
	struct rig *rig = *state;
	struct ouch_in of_ouch42 = rig_order(1), of_ouch50 = rig_order(1);
	for (uint32_t i = 1; i <= 4; i++) {
		of_ouch50.ref = of_ouch42.ref = i;
		of_ouch50.qty = 200 + i;
		of_ouch42.qty = 100 + i;
		assert_int_equal(rig_pass(rig, 1, &of_ouch50).qty, 200 + i);
		assert_int_equal(rig_pass(rig, 0, &of_ouch42).qty, 100 + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, rig_teardown)
#define VENUE_TEST(name)  cmocka_unit_test_setup_teardown(name, open_venue, rig_teardown)
#define BOTH_TEST(name)   cmocka_unit_test_setup_teardown(name, open_both, rig_teardown)
		CLIENT_TEST(a_chain_lives_under_its_tokens),
		VENUE_TEST(a_chain_lives_under_its_tokens),
		BOTH_TEST(a_chain_lives_under_its_tokens),
		CLIENT_TEST(a_used_token_is_ignored_and_a_refused_one_is_used),
		BOTH_TEST(a_used_token_is_ignored_and_a_refused_one_is_used),
		CLIENT_TEST(what_names_no_order_is_ignored),
		CLIENT_TEST(answers_without_words_are_not_told),
		CLIENT_TEST(a_symbol_is_seen_before_the_message_is_judged),
		CLIENT_TEST(strategies_of_two_protocols_are_each_read_by_their_own),
		VENUE_TEST(what_the_venue_has_no_words_for_is_refused),
		VENUE_TEST(what_was_located_is_said_by_silence),
		VENUE_TEST(what_leaves_is_what_was_decided),
		VENUE_TEST(a_reject_has_its_code),
		VENUE_TEST(without_a_query_orders_go_at_once_and_the_uncertain_stay),
		VENUE_TEST(a_token_of_nobody_is_no_order_and_its_trade_halts),
		cmocka_unit_test(a_clordid_is_read_as_it_is_written),
	};
	return !!cmocka_run_group_tests_name(
		"unit.dataplane.fold.protocol_ouch42", tests, NULL, NULL);
}
