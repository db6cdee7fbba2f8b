/* Whatever participants and the venue's own hand do, by a seed: what was told on the order ports is what the public
   feed tells, execution for execution, break for break; a copy hears the same; the book made of the feed is
   the market's, and so is a snapshot.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/itch50.h"
#include "dataplane/wire/ouch42.h"
#include "tools/exchange/commands.h"
#include "tools/exchange/counter.h"
#include "tools/exchange/speech.h"

enum {
	SEEDS = 12,
	STEPS = 3000,
	ORDERS_MAX = 1 << 14,
	PORTS = 4,
	FIX_PORT = 3,
	COPY = 4,
	FIX_COPY = 5
};

static struct exchange *x;
static uint64_t random_state;

static uint32_t any(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 20) % below);
}

static void venue_open(uint64_t seed)
{
	static struct options options;
	struct config_error error;
	options = (struct options){.listen_address = "127.0.0.1",
		.session = "DAY1",
		.mold_session = "DAY1",
		.pace = PACE_STEP,
		.start = START_COMMAND,
		.heartbeat_ns = 1000000000ull,
		.timeout_ns = 15000000000ull,
		.order_max = 1000,
		.history_max = 1u << 20,
		.self = (uint8_t)(seed % 4),
		.script = "-",
		.comp_id = "VENUE",
		.users = {{"a", "secret", "FRMA"}, {"b", "secret", ""}, {"c", "secret", "FRMA"},
			{"d", "secret", "FRMD"}},
		.user_count = PORTS,
		.drops = {{"copy", "secret", "a"}, {"all", "secret", "a"}, {"all", "secret", "b"},
			{"all", "secret", "c"}, {"all", "secret", "d"}},
		.drop_count = 5,
		.speeches = {{"b", SPEECH_OUCH42}, {"d", SPEECH_FIX42}, {"all", SPEECH_FIX44}},
		.speech_count = 3,
		.symbols = {symbol_pack("AAPL"), symbol_pack("MSFT")},
		.symbol_count = 2};
	terms_rules_all(&options.rules);
	random_state = seed * 0x9E3779B97F4A7C15ull + 1;
	x = calloc(1, sizeof *x);
	assert_true(exchange_open(x, &options, &error));
	exchange_begin(x, 1);
	fix_door_turn(&x->fix, 1, 1735828200000000000ull); /* the time of day */
}

static void fix_say(struct desk_user *port, const struct ouch_in *in)
{
	struct fix_message m;
	char name[24], of[24];
	enum fix_type type = in->type == 'O'   ? FIX_MSG_NEW_ORDER
			     : in->type == 'U' ? FIX_MSG_REPLACE
					       : FIX_MSG_CANCEL;
	static uint64_t names;
	uint32_t known = in->type == 'X' ? in->ref : in->original_ref;
	struct fix_name *old = fix_port_name(port->ear_context, known);
	fix_begin_type(&m, FIX_42, type);
	snprintf(name, sizeof name, "D%llu", (unsigned long long)++names);
	snprintf(of, sizeof of, "%s", old != NULL ? old->text : "D0");
	fix_set_text(&m, FIX_CL_ORD_ID, name, (uint32_t)strlen(name));
	if (type != FIX_MSG_NEW_ORDER)
		fix_set_text(&m, FIX_ORIG_CL_ORD_ID, of, (uint32_t)strlen(of));
	fix_set_text(&m, FIX_SYMBOL, &in->symbol, 4);
	fix_set_number(&m, FIX_SIDE, in->side == 'B' ? '1' : in->side == 'S' ? '2' : '5');
	fix_set_number(&m, FIX_ORDER_QTY, in->qty);
	fix_set_number(&m, FIX_ORD_TYPE, '2');
	fix_set_decimal(&m, FIX_PRICE, (int64_t)in->price_e4);
	fix_set_number(&m, FIX_TIME_IN_FORCE, (uint64_t)in->time_in_force);
	fix_port_take(port->ear_context, &m);
}

static void order_say(uint32_t user)
{
	struct desk_user *port = &x->desk->users[user];
	uint32_t kind = any(8);
	uint32_t known =
		port->order_count == 0 ? 1 : port->orders[any((uint32_t)port->order_count)].ref;
	struct ouch_in in = {.type = kind < 5   ? 'O'
				     : kind < 7 ? 'U'
						: 'X',
		.ref = port->last_ref + 1,
		.original_ref = known,
		.side = (uint8_t) "BST"[any(3)],
		.qty = 100 * (1 + any(5)),
		.symbol = symbol_pack(any(2) == 0 ? "AAPL" : "MSFT"),
		.price_e4 = 1000000 + 100 * any(12),
		.time_in_force = any(6) == 0 ? '3' : '0',
		.display = any(5) == 0 ? 'N' : 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	uint8_t bytes[MESSAGE_BYTES_MAX];
	char token[15];
	snprintf(token, sizeof token, "%c%013u", port->name[0], in.ref);
	memcpy(in.clordid, token, sizeof in.clordid);
	if (in.type == 'X') {
		in.ref = known;
		in.qty = any(3) == 0 ? 100 : 0;
	}
	if (port->speech == SPEECH_FIX42) {
		fix_say(port, &in);
		return;
	}
	if (port->speech == SPEECH_OUCH50) {
		counter_take(x->desk, user, bytes, ouch50_build_in(bytes, sizeof bytes, &in));
		return;
	}
	struct ouch42_in old = {.type = in.type,
		.side = in.side,
		.display = in.display,
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N',
		.customer = ' ',
		.firm = {' ', ' ', ' ', ' '},
		.shares = in.qty,
		.price_e4 = (uint32_t)in.price_e4,
		.time_in_force_s = in.time_in_force == '3' ? OUCH42_IMMEDIATE : OUCH42_MARKET_HOURS,
		.symbol = in.symbol};
	memcpy(old.token, token, sizeof old.token);
	snprintf(token, sizeof token, "%c%013u", port->name[0], known);
	memcpy(in.type == 'X' ? old.token : old.previous, token, sizeof old.previous);
	counter_take(x->desk, user, bytes, ouch42_build_in(bytes, sizeof bytes, &old));
}

static void hand_act(void)
{
	static const char *const lines[] = {"fill %c %u 100", "fill %c %u 100 at 100.03",
		"cancel %c %u", "prevent %c %u 100", "move %c %u", "restate %c %u",
		"move %c %u at 100.02", "next %c enter dead # %u", "next %c replace dead # %u",
		"bust %c last # %u", "next %c enter reject halted # %u"};
	char line[96], answer[COMMANDS_ANSWER_BYTES];
	uint32_t user = any(PORTS), count = (uint32_t)x->desk->users[user].order_count;
	uint32_t place = count == 0 ? 1 : count - any(count < 20 ? count : 20);
	snprintf(line, sizeof line, lines[any(ARRAY_COUNT(lines))], 'a' + (int)user, place);
	char *comment = strchr(line, '#');
	if (comment != NULL)
		*comment = '\0';
	commands_do(x, line, 1, answer, sizeof answer); /* what cannot be done is refused */
}

/* An execution as the feed tells it, and what ports were told of it. */
struct told {
	uint32_t qty, feed, ports, broken_feed, broken_ports;
	int64_t price_e4;
};
static struct told told[1 << 16];

/* A resting order as the feed tells it. */
struct public_order {
	uint32_t qty, locate;
	int64_t price_e4;
};
static struct public_order book[1 << 17];

static void feed_event(const struct event *e)
{
	assert_true(e->match < ARRAY_COUNT(told) && e->order < ARRAY_COUNT(book));
	struct public_order *order = &book[e->order];
	switch (e->kind) {
	case EVENT_ADD:
		*order = (struct public_order){e->qty, e->locate, e->price_e4};
		break;
	case EVENT_EXECUTE:
	case EVENT_EXECUTE_AT:
		assert_true(order->qty >= e->qty);
		order->qty -= e->qty;
		told[e->match] = (struct told){.qty = e->qty, .feed = 1};
		told[e->match].price_e4 = e->kind == EVENT_EXECUTE ? order->price_e4 : e->price_e4;
		break;
	case EVENT_TRADE:
		told[e->match] = (struct told){.qty = e->qty, .feed = 1, .price_e4 = e->price_e4};
		break;
	case EVENT_REDUCE:
		assert_true(order->qty > e->qty);
		order->qty -= e->qty;
		break;
	case EVENT_DELETE:
		assert_true(order->qty > 0);
		order->qty = 0;
		break;
	case EVENT_REPLACE:
		assert_true(order->qty > 0 && e->other < ARRAY_COUNT(book));
		book[e->other] = (struct public_order){e->qty, order->locate, e->price_e4};
		order->qty = 0;
		break;
	case EVENT_BREAK:
		told[e->match].broken_feed++;
		break;
	default:
		break;
	}
}

static void feed_read(void)
{
	memset(told, 0, sizeof told);
	memset(book, 0, sizeof book);
	for (uint64_t n = 1; n < x->tape.next; n++) {
		uint8_t bytes[ITCH50_SIZE_MAX + ITCH50_READ_PAST_BYTES] = {0};
		struct itch50_counts counts = {0};
		struct event event;
		uint32_t size;
		const uint8_t *message = history_message(&x->tape.history, n, &size);
		memcpy(bytes, message, size);
		const struct mold64_block block = {.bytes = bytes, .size_bytes = (uint16_t)size};
		itch50_decode(&block, 1, &event, &counts);
		feed_event(&event);
	}
}

static void port_told(uint64_t match, uint32_t qty, uint64_t price_e4)
{
	assert_true(match < ARRAY_COUNT(told) && told[match].feed == 1);
	assert_int_equal(told[match].qty, qty);
	assert_int_equal(told[match].price_e4, price_e4);
	told[match].ports++;
}

static void port_read(uint32_t user)
{
	const struct desk_user *port = &x->desk->users[user];
	for (uint64_t n = 1; n <= port->said.count; n++) {
		uint32_t size;
		const uint8_t *bytes = sequence_message(&port->said, n, &size);
		struct ouch_out out = {0};
		struct ouch42_out old = {0};
		if (port->speech == SPEECH_OUCH50) {
			assert_int_equal(ouch50_parse_out(bytes, size, &out), OUCH_OK);
		} else {
			assert_int_equal(ouch42_parse_out(bytes, size, &old), OUCH_OK);
			out.type = old.type;
			out.match = old.match;
			out.qty = old.shares;
			out.price_e4 = old.price_e4;
		}
		if (out.type == 'E')
			port_told(out.match, out.qty, out.price_e4);
		if (out.type == 'B')
			told[out.match].broken_ports++;
	}
}

/* fix_read counts what a FIX port was told; is_copy: of others, so it is only compared. */
static uint64_t fix_read(uint32_t user, bool is_copy)
{
	const struct fix_port *port = x->desk->users[user].ear_context;
	uint64_t fills = 0;
	for (uint64_t n = 1; n < port->session.next_out; n++) {
		const struct fix_kept *kept = fix_session_kept(&port->session, n);
		assert_non_null(kept);
		struct fix_walk walk = {.at = kept->body, .end = kept->body + kept->body_bytes};
		struct fix_field field;
		uint64_t match = 0, broken = 0, qty = 0;
		int64_t price_e8 = 0;
		uint8_t trans = 0;
		while (fix_next(&walk, &field) == FIX_NO_REASON && field.tag != 0) {
			const char *text = (const char *)field.value;
			if (field.tag == 17 && text[0] == 'T')
				match = strtoull(text + 1, NULL, 10);
			if (field.tag == 19)
				broken = strtoull(text + 1, NULL, 10);
			if (field.tag == 20)
				trans = field.value[0];
			if (field.tag == 32)
				fix_read_qty(field.value, field.size_bytes, &qty);
			if (field.tag == 31)
				fix_read_rate(field.value, field.size_bytes, &price_e8);
		}
		fills += match != 0;
		if (match != 0 && !is_copy)
			port_told(match, (uint32_t)qty, (uint64_t)price_e8 / 10000);
		if (broken != 0 && trans == '1' && !is_copy)
			told[broken].broken_ports++;
	}
	return fills;
}

/* copies_agree: the copy has the port's messages about orders, each once, in order. */
static void copies_agree(void)
{
	const struct sequence *port = &x->desk->users[0].said, *copy = &x->desk->users[COPY].said;
	uint64_t at = 2;
	for (uint64_t n = 2; n <= port->count; n++) {
		uint32_t size, copied;
		const uint8_t *bytes = sequence_message(port, n, &size);
		if (strchr("AUCDEBFTMR", bytes[0]) == NULL)
			continue;
		assert_true(at <= copy->count);
		const uint8_t *same = sequence_message(copy, at++, &copied);
		assert_int_equal(copied, size);
		assert_memory_equal(same, bytes, size);
	}
	assert_int_equal(at, copy->count + 1);
}

static uint64_t snapshot_count;

static void snapshot_order(void *context, const struct match_order *order, uint64_t exch_ns)
{
	(void)context, (void)exch_ns;
	const struct public_order *mine = &book[order->reference];
	assert_int_equal(mine->qty, order->qty);
	assert_int_equal(mine->price_e4, order->price_e4);
	assert_int_equal(mine->locate, order->locate);
	snapshot_count++;
}

static uint64_t venue_judge(void)
{
	uint64_t open = 0, fills = 0;
	feed_read();
	for (uint32_t user = 0; user < FIX_PORT; user++)
		port_read(user);
	fix_read(FIX_PORT, false);
	for (uint32_t m = 1; m < ARRAY_COUNT(told); m++) {
		assert_true(told[m].feed == 0 || (told[m].ports >= 1 && told[m].ports <= 2));
		assert_true(told[m].broken_feed <= 1);
		assert_int_equal(told[m].broken_ports, told[m].broken_feed * told[m].ports);
		fills += told[m].feed;
	}
	copies_agree();
	uint64_t executions = 0;
	for (uint32_t user = 0; user < PORTS; user++)
		executions += x->desk->users[user].counts.executions;
	assert_int_equal(fix_read(FIX_COPY, true), executions);
	for (uint32_t user = 0; user < PORTS; user++)
		assert_true(x->desk->users[user].counts.executions > 0);
	snapshot_count = 0;
	match_each(x->match, snapshot_order, NULL);
	for (uint32_t i = 0; i < ARRAY_COUNT(book); i++)
		open += book[i].qty > 0;
	assert_int_equal(open, snapshot_count);
	return fills;
}

static void orders_balance(void)
{
	for (uint32_t user = 0; user < PORTS; user++)
		for (uint64_t i = 0; i < x->desk->users[user].order_count; i++) {
			const struct desk_order *o = &x->desk->users[user].orders[i];
			if (o->state != DESK_REPLACED && o->state != DESK_REJECTED)
				assert_int_equal(o->qty, o->executed + o->canceled + o->open);
			if (o->state == DESK_LIVE)
				assert_int_equal(match_find(x->match, o->reference)->qty, o->open);
		}
}

static void ports_and_feed_tell_one_story(void **state)
{
	uint64_t fills = 0, seeds = SEEDS;
	const char *more = getenv("SLUICE_VENUE_SEEDS");
	(void)state;
	if (more != NULL)
		seeds = strtoull(more, NULL, 10);
	for (uint64_t seed = 1; seed <= seeds; seed++) {
		venue_open(seed);
		for (uint32_t step = 0; step < STEPS; step++) {
			if (any(5) == 0)
				hand_act();
			else
				order_say(any(PORTS));
		}
		orders_balance();
		fills += venue_judge();
		exchange_close(x);
		free(x);
	}
	assert_true(fills > 300 * seeds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_and_feed_tell_one_story),
	};
	return !!cmocka_run_group_tests_name("property.venue_fills", tests, NULL, NULL);
}
