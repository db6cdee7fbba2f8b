/* What a client asks of its orders: modifies, channels, and what it may not name.  Each test ends by replaying
   itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/shm/mark.h"
#include "tests/support/rig.h"

static struct ouch_in modify(uint32_t ref, uint8_t side, uint32_t qty)
{
	return (struct ouch_in){.type = 'M', .ref = ref, .side = side, .qty = qty};
}

static struct ouch_in sale(uint32_t ref)
{
	struct ouch_in in = rig_order(ref);
	in.side = 'S';
	return in;
}

static void not_modified(struct rig *rig, const struct ouch_in *in)
{
	struct ouch_in got;
	struct ouch_out told;
	rig_send(rig, 0, in);
	assert_false(rig_venue_got(rig, &got));
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'I');
	assert_int_equal(told.ref, in->ref);
}

/* The mark of a sale is in its receipt and beside its side, whatever became of it. */
static void a_sale_is_written_down_as_it_was_marked(void **state)
{
	static const uint8_t sides[] = {'B', 'S', 'T', 'E'};
	static const uint8_t marks[] = {0, 0, RECEIPT_SHORT, RECEIPT_EXEMPT};
	struct rig *rig = *state;
	for (uint32_t i = 0; i < 4; i++) {
		struct ouch_in order = rig_order(i + 1);
		struct receipt receipt = {.turn = 0};
		order.side = sides[i];
		rig_send(rig, 0, &order);
		for (uint64_t at = 0; at < rig->record_bytes;) {
			const struct record *record = (const struct record *)(rig->records + at);
			if (record->type == RECORD_RECEIPT)
				memcpy(&receipt, record_body(record), sizeof receipt);
			at += record->size_bytes;
		}
		assert_int_equal(receipt.client_ref, i + 1);
		assert_int_equal(receipt.flags & (RECEIPT_SHORT | RECEIPT_EXEMPT), marks[i]);
	}
	const struct own_order *sold = NULL;
	for (uint32_t slot = rig->gate->fold->orders.open_head; slot != ORDER_NONE;
		slot = rig->gate->fold->orders.slots[slot].next)
		sold = &rig->gate->fold->orders.slots[slot];
	assert_non_null(sold);
	struct mailbox_request request = {.kind = REQUEST_ORDERS};
	const struct mailbox_answer *answer = rig_ask(rig, &request);
	struct order_row row;
	memcpy(&row, answer->rows[answer->row_count - 1], sizeof row);
	const uint8_t mark = sold->wire_side == 'T'   ? ROW_SHORT
			     : sold->wire_side == 'E' ? ROW_EXEMPT
						      : 0;
	assert_int_equal(row.side, sold->side | mark);
}

static void a_modify_that_asks_for_less_goes_to_the_venue(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1), more = modify(1, 'S', 60);
	struct ouch_in first = rig_pass_and_accept(rig, 0, &order);
	more.options.present = 1u << 25 | 1u << 26;
	more.options.value[25] = 'Y';
	struct ouch_in got = rig_pass(rig, 0, &more);
	assert_int_equal(got.type, 'M');
	assert_int_equal(got.ref, first.ref);
	assert_int_equal(got.side, 'S');
	assert_int_equal(got.qty, 60);
	assert_int_equal(got.options.present, more.options.present);
	/* Until the venue says so all of it is held. */
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_sell_qty, 100);
	struct ouch_out out = {.type = 'M', .ref = first.ref, .side = 'S', .qty = 60}, told;
	rig_answer(rig, &out);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'M');
	assert_int_equal(rig_position(rig, RIG_ACCOUNT, RIG_AAPL).working_sell_qty, 60);
	/* Two may be under way at once; the total counts what was executed. */
	rig_execute(rig, &first, 10, 1630000);
	assert_true(rig_client_got(rig, 0, &told));
	more = modify(1, 'S', 60);
	assert_int_equal(rig_pass(rig, 0, &more).qty, 60);
}

static void a_modify_that_asks_for_more_is_answered_by_the_gate(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1), buy = rig_order(2),
		       replace = rig_replace(1, 3, 50, 1630000);
	struct ouch_in stop = rig_cancel(2, 0), more;
	buy.price_e4 = 1629000;
	rig_pass_and_accept(rig, 0, &order);
	rig_pass_and_accept(rig, 0, &buy);
	const struct ouch_in bad[] = {modify(1, 'S', 101), modify(1, 'S', 0), modify(1, 'T', 50),
		modify(1, 'B', 50), modify(1, '?', 50), modify(2, 'S', 50)};
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		not_modified(rig, &bad[i]);
	for (uint32_t tag = 1; tag < 28; tag++) {
		struct ouch_in other = modify(1, 'S', 50);
		other.options.present = 1u << tag;
		if (ouch50_option_bytes((uint8_t)tag) != 0 && tag != 2 && tag != 24 && tag != 26)
			not_modified(rig, &other);
	}
	/* Another is under way. */
	rig_pass(rig, 0, &replace);
	more = modify(1, 'S', 50);
	not_modified(rig, &more);
	rig_pass(rig, 0, &stop);
	more = modify(2, 'B', 50);
	not_modified(rig, &more);
	/* Of an order nobody has it says nothing, as the venue. */
	more = modify(9, 'B', 50);
	rig_send(rig, 0, &more);
	assert_int_equal(rig->clients[0].count, 0);
}

static void a_stop_lets_an_order_shrink(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1), more = modify(1, 'S', 50);
	rig_pass_and_accept(rig, 0, &order);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_HALTED);
	assert_int_equal(rig_pass(rig, 0, &more).type, 'M');
}

static void a_withheld_modify_is_told(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1), more = modify(1, 'S', 50);
	rig_pass_and_accept(rig, 0, &order);
	rig_venue_cut(rig);
	not_modified(rig, &more);
}

/* OUCH 5.0, section 2: with UserRefIdx numbers count by channel, and every message carries it. */
static void channels_count_their_own_numbers(void **state)
{
	struct rig *rig = *state;
	struct ouch_out told;
	struct ouch_in first[3];
	static const uint8_t channels[] = {0, 5, 255};
	for (uint32_t i = 0; i < 3; i++) {
		struct ouch_in order = rig_order(7);
		order.price_e4 = 1630000 - 100 * i;
		order.options.present = channels[i] != 0 ? 1u << 28 : 0;
		order.options.value[28] = channels[i];
		first[i] = rig_pass(rig, 0, &order);
		assert_int_equal(first[i].options.present & 1u << 28, 0); /* not the venue's */
		rig_accept(rig, &first[i]);
		assert_true(rig_client_got(rig, 0, &told));
		assert_int_equal(told.ref, 7);
		assert_int_equal((told.options.present & 1u << 28) != 0, channels[i] != 0);
		assert_int_equal(told.options.value[28], channels[i]);
		/* Not above the last of its channel: silence. */
		rig_send(rig, 0, &order);
		assert_int_equal(rig->clients[0].count + rig->venue.count, 0);
		struct ouch_in query = {.type = 'Q', .options = order.options};
		rig_send(rig, 0, &query);
		assert_true(rig_client_got(rig, 0, &told));
		assert_int_equal(told.type, 'Q');
		assert_int_equal(told.ref, 8);
		assert_int_equal(told.options.value[28], channels[i]);
	}
	/* A replace and a cancel name an order of their channel. */
	struct ouch_in replace = rig_replace(7, 8, 100, 1629000), stop = rig_cancel(7, 0);
	replace.options.present = stop.options.present = 1u << 28;
	replace.options.value[28] = 5;
	stop.options.value[28] = 255;
	assert_int_equal(rig_pass(rig, 0, &replace).original_ref, first[1].ref);
	assert_int_equal(rig_pass(rig, 0, &stop).ref, first[2].ref);
	stop.options.value[28] = 6;
	rig_send(rig, 0, &stop);
	assert_int_equal(rig->venue.count, 0);
	/* A trade of a finished order still goes to its channel, and a reject too. */
	rig_cancelled(rig, first[2].ref, 100, 'U');
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.options.value[28], 255);
	struct ouch_out late = {.type = 'E', .ref = first[2].ref, .qty = 10, .match = 77};
	rig_answer(rig, &late);
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.options.value[28], 255);
	struct ouch_in bad = rig_order(9);
	bad.options.present = 1u << 28;
	bad.options.value[28] = 255;
	bad.iso = 'Y';
	assert_int_equal(rig_refuse(rig, 0, &bad), LANE_NOT_SUPPORTED);
}

static void numbers_may_leave_gaps_but_never_fall(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(0);
	rig_send(rig, 0, &order); /* the first of the day is 1 */
	assert_int_equal(rig->clients[0].count + rig->venue.count, 0);
	order = rig_order(5);
	rig_pass(rig, 0, &order);
	for (uint32_t ref = 1; ref <= 5; ref++) {
		order = rig_order(ref);
		rig_send(rig, 0, &order);
		assert_int_equal(rig->clients[0].count + rig->venue.count, 0);
	}
	order = rig_order(UINT32_MAX);
	order.price_e4 -= 100;
	rig_pass(rig, 0, &order);
}

static void a_replace_changes_the_kind_of_sale_but_not_whose_it_is(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1), more = rig_replace(1, 2, 90, 1630000);
	rig_pass_and_accept(rig, 0, &order);
	more.options.present = 1u << 2;
	more.options.value[2] = 'A' << 24 | 'C' << 16 | '1' << 8 | '8';
	assert_int_equal(rig_refuse(rig, 0, &more), LANE_UNKNOWN_ACCOUNT);
	more = rig_replace(1, 3, 90, 1630000);
	more.options.present = 1u << 24;
	more.options.value[24] = RIG_OTHER_STRATEGY;
	assert_int_equal(rig_refuse(rig, 0, &more), LANE_UNKNOWN_STRATEGY);
	more = rig_replace(1, 4, 90, 1630000);
	more.options.present = 1u << 2 | 1u << 24 | 1u << 27;
	more.options.value[2] = 'A' << 24 | 'C' << 16 | '1' << 8 | '7';
	more.options.value[24] = RIG_STRATEGY;
	more.options.value[27] = 'T';
	struct ouch_in got = rig_pass(rig, 0, &more);
	assert_int_equal(got.options.present, 1u << 27);
	const struct fold *fold = rig->gate->fold;
	assert_int_equal(fold->orders.slots[fold->orders.open_tail].wire_side, 'T');
}

/* A firm that is blank, or nothing at all, is not the default account's: the option was given. */
static void a_firm_that_is_no_name_is_nobody(void **state)
{
	struct rig *rig = *state;
	static const int64_t firms[] = {0, ' ' << 24 | ' ' << 16 | ' ' << 8 | ' '};
	for (uint32_t i = 0; i < 2; i++) {
		struct ouch_in order = rig_order(i + 1);
		order.options.present = 1u << 2;
		order.options.value[2] = firms[i];
		assert_int_equal(rig_refuse(rig, 0, &order), LANE_UNKNOWN_ACCOUNT);
	}
}

static void one_cancel_a_second(struct limit_row *row, uint32_t account)
{
	(void)account;
	if (row->scope != SCOPE_SESSION)
		return;
	row->limits[LIMIT_cancel_rate] =
		(struct limit_value){.value = 1, .window_ns = 1000000000, .burst = 1};
	row->stated |= 1ull << LIMIT_cancel_rate;
}

static void a_cancel_without_a_token_is_refused_and_the_order_stays(void **state)
{
	struct rig *rig = *state;
	struct receipt receipt;
	struct ouch_out told;
	struct ouch_in order = rig_order(1), other = rig_order(2), got;
	rig_limits(rig, one_cancel_a_second);
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in second = rig_pass_and_accept(rig, 0, &other);
	const struct ouch_in first_cancel = {.type = 'X', .ref = 1};
	const struct ouch_in cancel = {.type = 'X', .ref = 2};
	assert_int_equal(rig_pass(rig, 0, &first_cancel).type, 'X');
	rig_send(rig, 0, &cancel);
	assert_false(rig_venue_got(rig, &got));
	assert_true(rig_client_got(rig, 0, &told));
	assert_int_equal(told.type, 'I');
	assert_int_equal(told.ref, 2);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.kind, DECISION_CANCEL);
	assert_int_equal(receipt.lane, LANE_SESSION_RATE);
	assert_int_equal(receipt.mask, 1ull << LANE_SESSION_RATE);
	assert_int_equal(receipt.owner_scope, SCOPE_SESSION);
	assert_int_equal(receipt.venue_ref, 0);
	/* A second later the way out is open again. */
	rig_poll(rig, 1000000000);
	got = rig_pass(rig, 0, &cancel);
	assert_int_equal(got.type, 'X');
	assert_int_equal(got.ref, second.ref);
}

static void keep_orders_small(struct limit_row *row, uint32_t account)
{
	(void)account;
	if ((row->stated >> LIMIT_max_order_quantity & 1) == 0)
		return;
	row->limits[LIMIT_max_order_quantity].value = 500;
	row->limits[LIMIT_max_slicing] =
		(struct limit_value){.value = 5000, .window_ns = 1000000000};
}

/* CONTROLS, 30: the receipt names the order that would come back; a restart forgets nothing. */
static void a_refused_order_does_not_come_back_in_pieces(void **state)
{
	struct rig *rig = *state;
	struct receipt receipt;
	struct ouch_in whole = rig_order(1), half = rig_order(2), share = rig_order(3);
	rig_limits(rig, keep_orders_small);
	whole.qty = 1000;
	half.qty = 500;
	share.qty = 1;
	assert_int_equal(rig_refuse(rig, 0, &whole), LANE_MAX_ORDER_QUANTITY);
	assert_true(rig_receipt(rig, &receipt));
	uint64_t whole_id = receipt.order_id;
	assert_int_equal(receipt.met_id, 0);
	rig_pass_and_accept(rig, 0, &half);
	assert_int_equal(rig_refuse(rig, 0, &share), LANE_SLICING);
	assert_true(rig_receipt(rig, &receipt));
	assert_int_equal(receipt.met_id, whole_id);
	assert_int_equal(receipt.usage, 5010);
	assert_int_equal(receipt.limit, 5000);
	rig_restart(rig, true);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	share.ref = 4;
	assert_int_equal(rig_refuse(rig, 0, &share), LANE_SLICING);
	rig_poll(rig, 1000000000);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	share.ref = 5;
	rig_pass(rig, 0, &share);
}

static int64_t messages_of(const struct rig *rig, uint32_t account)
{
	struct usage_row rows[MAILBOX_ROW_COUNT];
	uint32_t count;
	risk_usage(rig->gate->fold->risk, account, 0, 0, rows, MAILBOX_ROW_COUNT, &count);
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].lane == LANE_ORDER_TO_TRADE)
			return rows[i].usage;
	return -1;
}

/* Orders, replaces, modifies and cancels that go to the venue; not what is refused, and no answer. */
static void every_message_to_the_venue_counts(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = sale(1), replace = rig_replace(1, 2, 90, 1630000);
	struct ouch_in less = modify(2, 'S', 50), stop = rig_cancel(2, 0), bad = sale(3);
	bad.qty = 0;
	rig_pass_and_accept(rig, 0, &order);
	assert_int_equal(messages_of(rig, RIG_ACCOUNT), 1);
	struct ouch_in sent = rig_pass(rig, 0, &replace);
	struct ouch_out replaced = {
		.type = 'U', .ref = sent.ref, .original_ref = sent.original_ref};
	replaced.qty = 90;
	replaced.price_e4 = 1630000;
	replaced.side = 'S';
	replaced.order_state = 'L';
	rig_answer(rig, &replaced);
	assert_true(rig_client_got(rig, 0, &replaced));
	assert_int_equal(messages_of(rig, RIG_ACCOUNT), 2);
	rig_pass(rig, 0, &less);
	assert_int_equal(messages_of(rig, RIG_ACCOUNT), 3);
	rig_pass(rig, 0, &stop);
	assert_int_equal(messages_of(rig, RIG_ACCOUNT), 4);
	rig_refuse(rig, 0, &bad);
	assert_int_equal(messages_of(rig, RIG_ACCOUNT), 4);
	assert_int_equal(messages_of(rig, RIG_OTHER_ACCOUNT), 0);
	assert_int_equal(messages_of(rig, 0), 4);
}

static uint8_t converts[2];

static void convert_market(struct site_config *site)
{
	memcpy(site->accounts[0].converts_market, converts, sizeof converts);
}

/* CONTROLS, 23: the venue gets a limit order, at the tightest of the rig's collars: 1,000 ticks above the bid. */
static void a_market_order_becomes_a_limit_order_or_is_refused(void **state)
{
	static const struct rig_hooks hooks = {.site = convert_market};
	for (unsigned within = 0; within < 2; within++) {
		rig_close(*state);
		converts[0] =
			within == 0; /* the rig's market says no phase: not within regular hours */
		converts[1] = within == 1;
		struct rig *rig = rig_open_with(&hooks, NULL);
		*state = rig;
		rig_ready(rig);
		struct receipt receipt;
		struct ouch_in order = rig_order(1), other = rig_order(1);
		order.price_e4 = other.price_e4 = OUCH_MARKET_PRICE_E4;
		assert_int_equal(rig_refuse(rig, 1, &other), LANE_NOT_SUPPORTED);
		if (within == 1) {
			assert_int_equal(rig_refuse(rig, 0, &order), LANE_NOT_SUPPORTED);
			continue;
		}
		struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
		assert_int_equal(sent.price_e4, 1730000);
		assert_true(rig_receipt(rig, &receipt));
		assert_int_equal(receipt.price_e4, 1730000);
		assert_true(receipt.flags & RECEIPT_MARKET);
		/* A replace may not ask for it: nothing bounds what it was. */
		struct ouch_in replace = rig_replace(1, 2, 100, OUCH_MARKET_PRICE_E4);
		assert_int_equal(rig_refuse(rig, 0, &replace), LANE_NOT_SUPPORTED);
		/* Its own orders meet it at that price. */
		struct ouch_in sale_at = rig_order(3);
		sale_at.side = 'T';
		sale_at.price_e4 = 1730000;
		assert_int_equal(rig_refuse(rig, 0, &sale_at), LANE_SELF_TRADE);
	}
}

/* record (3): a ring that went round holds old bytes, and a receipt is not zeroed before it is written.  Its replay writes into
   zeros, and must come to the same. */
static void a_receipt_has_nothing_of_what_lay_there_before(void **state)
{
	struct rig *rig = *state;
	struct link *link = rig->gate->journal;
	uint64_t head = atomic_load(&link->head) & (LINK_BYTES - 1);
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 150, 1629900),
		       large = rig_order(3);
	memset(link->bytes + head, 0xEE, 1 << 16);
	rig_pass_and_accept(rig, 0, &order);
	rig_pass_and_accept(rig, 0, &replace);
	large.qty = OUCH_QTY_MAX + 1;
	rig_refuse(rig, 0, &large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ENTRY_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		ENTRY_TEST(a_sale_is_written_down_as_it_was_marked),
		ENTRY_TEST(a_modify_that_asks_for_less_goes_to_the_venue),
		ENTRY_TEST(a_modify_that_asks_for_more_is_answered_by_the_gate),
		ENTRY_TEST(a_stop_lets_an_order_shrink),
		ENTRY_TEST(a_withheld_modify_is_told),
		ENTRY_TEST(channels_count_their_own_numbers),
		ENTRY_TEST(a_firm_that_is_no_name_is_nobody),
		ENTRY_TEST(numbers_may_leave_gaps_but_never_fall),
		ENTRY_TEST(every_message_to_the_venue_counts),
		ENTRY_TEST(a_replace_changes_the_kind_of_sale_but_not_whose_it_is),
		ENTRY_TEST(a_cancel_without_a_token_is_refused_and_the_order_stays),
		ENTRY_TEST(a_refused_order_does_not_come_back_in_pieces),
		ENTRY_TEST(a_market_order_becomes_a_limit_order_or_is_refused),
		ENTRY_TEST(a_receipt_has_nothing_of_what_lay_there_before),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.entry", tests, NULL, NULL);
}
