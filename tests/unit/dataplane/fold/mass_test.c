/* Mass cancel, disable and enable.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/rig.h"

static int open_ready(void **state)
{
	struct rig *rig = rig_open();
	rig_ready(rig);
	rig_market(rig, RIG_ZVZZT, 1630000, 1630200);
	*state = rig;
	return 0;
}

static struct ouch_in ask(uint8_t type, uint32_t ref, const char *firm, const char *symbol)
{
	struct ouch_in in = {.type = type, .ref = ref};
	memcpy(in.firm, firm, sizeof in.firm);
	in.symbol = type == 'C' ? symbol_pack(symbol) : 0;
	return in;
}

static void narrow(struct ouch_in *in, uint32_t tag, int64_t value)
{
	in->options.present |= 1u << tag;
	in->options.value[tag] = value;
}

/* Sends a request and returns what came back. */
static struct ouch_out answer_of(struct rig *rig, const struct ouch_in *in)
{
	struct ouch_out out;
	rig->clients[0].count = 0;
	rig_send(rig, 0, in);
	assert_true(rig_client_got(rig, 0, &out));
	assert_int_equal(out.ref, in->ref);
	return out;
}

static void refused(struct rig *rig, const struct ouch_in *in, uint16_t code)
{
	struct ouch_out out = answer_of(rig, in);
	assert_int_equal(out.type, 'J');
	assert_int_equal(out.reject_code, code);
	assert_int_equal(rig->venue.count, 0);
}

/* What the venue is asked to cancel, as a bit for each of our numbers below 32. */
static uint32_t cancelled(struct rig *rig)
{
	struct ouch_in in;
	uint32_t mask = 0;
	rig_poll(rig, 1000);
	while (rig_venue_got(rig, &in)) {
		assert_int_equal(in.type, 'X');
		assert_int_equal(in.qty, 0);
		assert_true(in.ref < 32 && (mask & 1u << in.ref) == 0);
		mask |= 1u << in.ref;
	}
	return mask;
}

/* Six orders of client 0 and one of client 1, all live; their numbers at the venue. */
struct field {
	uint32_t buy, sell, exempt, zvzzt, other_account, channel, foreign;
};

static uint32_t put(struct rig *rig, uint32_t client, struct ouch_in *in)
{
	struct ouch_in at_venue = rig_pass_and_accept(rig, client, in);
	return 1u << at_venue.ref;
}

static struct field field_open(struct rig *rig)
{
	struct field f;
	struct ouch_in in = rig_order(1);
	f.buy = put(rig, 0, &in);
	in = rig_order(2);
	in.side = 'S';
	in.price_e4 = 1631000;
	f.sell = put(rig, 0, &in);
	in = rig_order(3);
	in.side = 'E';
	in.price_e4 = 1631100;
	f.exempt = put(rig, 0, &in);
	in = rig_order(4);
	in.symbol = symbol_pack("ZVZZT");
	f.zvzzt = put(rig, 0, &in);
	in = rig_order(5);
	in.price_e4 = 1629900;
	narrow(&in, 2, 'A' << 24 | 'C' << 16 | '1' << 8 | '8');
	narrow(&in, 24, RIG_OTHER_STRATEGY);
	f.other_account = put(rig, 0, &in);
	in = rig_order(1);
	in.price_e4 = 1629800;
	narrow(&in, 28, 3);
	f.channel = put(rig, 0, &in);
	in = rig_order(1);
	in.price_e4 = 1629700;
	narrow(&in, 2, 'A' << 24 | 'C' << 16 | '1' << 8 | '7');
	narrow(&in, 24, RIG_STRATEGY);
	f.foreign = put(rig, 1, &in);
	rig->clients[0].count = rig->clients[1].count = 0;
	return f;
}

static void it_is_acknowledged_and_then_each_order_is_cancelled(void **state)
{
	struct rig *rig = *state;
	struct field f = field_open(rig);
	struct ouch_in in = ask('C', 10, "AC17", "");
	struct ouch_out out = answer_of(rig, &in);
	assert_int_equal(out.type, 'X');
	assert_memory_equal(out.firm, "AC17", 4);
	assert_int_equal(out.symbol, symbol_pack(""));
	/* The other client's order of the same account, and the other account's, are left alone. */
	assert_int_equal(cancelled(rig), f.buy | f.sell | f.exempt | f.zvzzt | f.channel);
	for (uint32_t ref = 1; ref < 32; ref++) {
		if ((f.buy | f.sell) & 1u << ref)
			rig_cancelled(rig, ref, 100, 'U');
	}
	assert_true(rig_client_got(rig, 0, &out));
	assert_int_equal(out.type, 'C');
	assert_int_equal(out.ref, 1);
	assert_int_equal(rig->gate->fold->orders.open_count, 5);
	assert_int_equal(rig->gate->fold->masses_open, 0);
}

static void it_is_narrowed_by_all_that_it_names(void **state)
{
	struct rig *rig = *state;
	struct field f = field_open(rig);
	struct ouch_in in = ask('C', 10, "AC17", "ZVZZT");
	assert_int_equal(answer_of(rig, &in).type, 'X');
	assert_int_equal(cancelled(rig), f.zvzzt);
	in = ask('C', 11, "AC17", "AAPL");
	narrow(&in, 27, 'E');
	struct ouch_out out = answer_of(rig, &in);
	assert_int_equal(out.options.value[27], 'E');
	assert_int_equal(cancelled(rig), f.exempt);
	in = ask('C', 12, "    ", "");
	narrow(&in, 24, RIG_OTHER_STRATEGY);
	assert_int_equal(answer_of(rig, &in).options.value[24], RIG_OTHER_STRATEGY);
	assert_int_equal(cancelled(rig), 0); /* blank is the default account */
	in = ask('C', 13, "AC18", "");
	narrow(&in, 24, RIG_OTHER_STRATEGY);
	assert_int_equal(answer_of(rig, &in).type, 'X');
	assert_int_equal(cancelled(rig), f.other_account);
	in = ask('C', 2, "AC17", "");
	narrow(&in, 28, 3);
	assert_int_equal(answer_of(rig, &in).options.value[28], 3);
	assert_int_equal(cancelled(rig), f.channel);
	in = ask('C', 14, "    ", "");
	narrow(&in, 24, 0);
	assert_int_equal(answer_of(rig, &in).type, 'X');
	assert_int_equal(cancelled(rig), f.buy | f.sell);
}

static void what_cannot_be_done_is_said(void **state)
{
	struct rig *rig = *state;
	field_open(rig);
	struct ouch_in in = ask('C', 10, "NONE", "");
	refused(rig, &in, 0x000C);
	in = ask('C', 11, "AC17", "NOPE");
	refused(rig, &in, 0x0017);
	in = ask('C', 12, "AC17", "");
	narrow(&in, 27, '?');
	refused(rig, &in, 0x0009);
	in = ask('D', 13, "NONE", "");
	refused(rig, &in, 0x000C);
	in = ask('E', 14, "NONE", "");
	refused(rig, &in, 0x000C);
	/* Retransmissions are ignored: numbers of orders and requests are one row. */
	rig->clients[0].count = 0;
	in = ask('C', 14, "AC17", "");
	rig_send(rig, 0, &in);
	assert_int_equal(rig->clients[0].count, 0);
	assert_int_equal(cancelled(rig), 0);
	struct ouch_in order = rig_order(14);
	rig_send(rig, 0, &order);
	assert_int_equal(rig->clients[0].count, 0);
}

static void few_tokens(struct limit_row *row, uint32_t account)
{
	(void)account;
	if (row->scope == SCOPE_SESSION)
		row->limits[LIMIT_cancel_rate].value = row->limits[LIMIT_cancel_rate].burst = 2;
}

static void it_takes_a_cancel_token_and_a_place(void **state)
{
	struct rig *rig = *state;
	rig_limits(rig, few_tokens);
	struct ouch_in in = ask('C', 1, "AC17", "");
	assert_int_equal(answer_of(rig, &in).type, 'X');
	in.ref = 2;
	assert_int_equal(answer_of(rig, &in).type, 'X');
	in.ref = 3;
	refused(rig, &in, 0x0029);
	/* So many in one turn, before the walk can end. */
	rig_limits(rig, NULL);
	uint8_t bytes[64], packets[66 * 32];
	uint32_t size = 0;
	for (uint32_t i = 0; i < MASS_COUNT + 1; i++) {
		in.ref = 10 + i;
		uint32_t built = ouch50_build_in(bytes, sizeof bytes, &in);
		size += soup_build(packets + size, SOUP_UNSEQUENCED, bytes, built);
	}
	rig->clients[0].count = 0;
	assert_true(stream_send(rig->peer_stream, rig->clients[0].connection, packets, size));
	rig_poll(rig, 1000);
	assert_int_equal(rig->clients[0].count, MASS_COUNT + 1);
	for (uint32_t i = 0; i < MASS_COUNT; i++)
		assert_int_equal(rig->clients[0].out[i].type, 'X');
	assert_int_equal(rig->clients[0].out[MASS_COUNT].type, 'J');
	assert_int_equal(rig->clients[0].out[MASS_COUNT].reject_code, 0x000A);
	in.ref = 100;
	assert_int_equal(answer_of(rig, &in).type, 'X');
}

static void orders_that_come_after_it_stay(void **state)
{
	struct rig *rig = *state;
	struct field f = field_open(rig);
	struct ouch_in in = ask('C', 10, "AC17", "AAPL"), order = rig_order(11);
	uint8_t bytes[128], packets[512];
	uint32_t size = 0;
	uint32_t built = ouch50_build_in(bytes, sizeof bytes, &in);
	size += soup_build(packets, SOUP_UNSEQUENCED, bytes, built);
	built = ouch50_build_in(bytes, sizeof bytes, &order);
	size += soup_build(packets + size, SOUP_UNSEQUENCED, bytes, built);
	assert_true(stream_send(rig->peer_stream, rig->clients[0].connection, packets, size));
	rig_poll(rig, 1000);
	uint32_t mask = 0, entered = 0;
	struct ouch_in got;
	while (rig_venue_got(rig, &got)) {
		mask |= got.type == 'X' ? 1u << got.ref : 0;
		entered += got.type == 'O';
	}
	assert_int_equal(entered, 1);
	assert_int_equal(mask, f.buy | f.sell | f.exempt | f.channel);
}

static void with_the_venue_away_it_waits_for_it(void **state)
{
	struct rig *rig = *state;
	struct field f = field_open(rig);
	rig_venue_cut(rig);
	struct ouch_in in = ask('C', 10, "AC17", "AAPL");
	assert_int_equal(answer_of(rig, &in).type, 'X');
	assert_int_equal(cancelled(rig), 0);
	rig_venue_up(rig);
	assert_int_equal(cancelled(rig), f.buy | f.sell | f.exempt | f.channel);
}

static void a_disabled_account_enters_nothing_until_enabled(void **state)
{
	struct rig *rig = *state;
	struct field f = field_open(rig);
	(void)f;
	struct ouch_in in = ask('D', 10, "AC17", ""), stop = rig_cancel(1, 0);
	struct ouch_out out = answer_of(rig, &in);
	assert_int_equal(out.type, 'G');
	assert_memory_equal(out.firm, "AC17", 4);
	struct ouch_in order = rig_order(11), replace = rig_replace(2, 12, 50, 1631000);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_DISABLED);
	assert_int_equal(rig_refuse(rig, 0, &replace), LANE_DISABLED);
	/* Its other account, the other client, and cancels go on. */
	order = rig_order(13);
	narrow(&order, 2, 'A' << 24 | 'C' << 16 | '1' << 8 | '8');
	narrow(&order, 24, RIG_OTHER_STRATEGY);
	rig_pass(rig, 0, &order);
	order = rig_order(20);
	narrow(&order, 2, 'A' << 24 | 'C' << 16 | '1' << 8 | '7');
	narrow(&order, 24, RIG_STRATEGY);
	rig_pass(rig, 1, &order);
	assert_int_equal(rig_pass(rig, 0, &stop).type, 'X');
	/* It lasts over a restart. */
	rig_restart(rig, false);
	rig_venue_up(rig);
	rig_client_up(rig, 0);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	rig->clients[0].count = rig->venue.count = 0;
	order = rig_order(14);
	assert_int_equal(rig_refuse(rig, 0, &order), LANE_DISABLED);
	in = ask('E', 15, "AC17", "");
	assert_int_equal(answer_of(rig, &in).type, 'K');
	order = rig_order(16);
	rig_pass(rig, 0, &order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define MASS_TEST(name) cmocka_unit_test_setup_teardown(name, open_ready, rig_teardown)
		MASS_TEST(it_is_acknowledged_and_then_each_order_is_cancelled),
		MASS_TEST(it_is_narrowed_by_all_that_it_names),
		MASS_TEST(what_cannot_be_done_is_said),
		MASS_TEST(it_takes_a_cancel_token_and_a_place),
		MASS_TEST(orders_that_come_after_it_stay),
		MASS_TEST(with_the_venue_away_it_waits_for_it),
		MASS_TEST(a_disabled_account_enters_nothing_until_enabled),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.mass", tests, NULL, NULL);
}
