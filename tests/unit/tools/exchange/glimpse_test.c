/* Snapshots over streams in one process: exactly the market, for who may have it, however slowly they read.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/itch50.h"
#include "drivers/stream/stream_sim.h"
#include "tools/exchange/glimpse.h"

#define SECOND_NS 1000000000ull

enum { SYMBOLS = 3, ORDERS = 4000, DEPTH = 2048, EARS = GLIMPSE_CLIENT_MAX + 1 };

static struct stream_sim_net *net;
static struct stream *inside, *outside;
static struct tape tape;
static struct match *match;
static struct glimpse *glimpse;
static uint16_t port;
static uint64_t now_ns, dice;

/* What a client has heard: a book built from the snapshot. */
static struct ear {
	uint32_t connection, used, heartbeats, orders, states, sequenced;
	bool is_closed, is_ended, is_accepted;
	char session[11], reject;
	uint64_t goes_on, last_order;
	struct book *book;
	uint8_t bytes[1 << 16];
} * ears;

static uint64_t draw(uint64_t below)
{
	uint64_t z = dice += 0x9E3779B97F4A7C15ull;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return (z ^ z >> 31) % below;
}

static void on_event(void *context, const struct event *event)
{
	(void)context;
	tape_event(&tape, event);
}

static void on_fill(void *context, const struct match_fill *fill)
{
	(void)context, (void)fill;
}

static void on_packet(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size, uint64_t at_ns)
{
	(void)context, (void)line, (void)bytes, (void)size, (void)at_ns;
}

static void say(const struct event *event)
{
	struct event e = *event;
	e.exch_ns = 34200000000000ull;
	tape_event(&tape, &e);
}

static int begin(void **state)
{
	static const struct options_user users[] = {{"feed", "secret", ""}, {"other", "word", ""}};
	const struct match_sink sink = {.publish = on_event, .fill = on_fill};
	struct config_error error;
	(void)state;
	net = stream_sim_net_open(3, 2 * EARS, 1 << 15);
	inside = stream_sim_open(net);
	outside = stream_sim_open(net);
	port = stream_listen_port(inside, stream_listen(inside, "10.0.0.1", 0, &error));
	match = match_open(&sink, ORDERS);
	tape_init(&tape, "DAY1", 2, 1 << 20, on_packet, NULL);
	glimpse = calloc(1, sizeof *glimpse);
	ears = calloc(EARS, sizeof ears[0]);
	glimpse_init(glimpse, &tape, match, users, 2);
	glimpse->stream = inside;
	now_ns = 100 * SECOND_NS;
	dice = 1;
	for (uint16_t i = 1; i <= SYMBOLS; i++) {
		char name[9] = "AAA";
		name[0] = (char)('A' + i);
		match_symbol(match, i, symbol_pack(name));
		say(&(struct event){.kind = EVENT_DIRECTORY,
			.locate = i,
			.symbol = symbol_pack(name),
			.qty = 100,
			.code = 'P'});
		say(&(struct event){.kind = EVENT_STATE,
			.locate = i,
			.symbol = symbol_pack(name),
			.code = 'T'});
	}
	return 0;
}

static int finish(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < EARS; i++)
		if (ears[i].book != NULL)
			book_close(ears[i].book);
	stream_close(outside);
	stream_close(inside);
	stream_sim_net_close(net);
	glimpse_free(glimpse);
	match_close(match);
	tape_free(&tape);
	free(ears);
	free(glimpse);
	return 0;
}

/* trade lets the market move: orders of all kinds come, go, change and meet. */
static void trade(uint32_t steps)
{
	for (uint32_t i = 0; i < steps; i++) {
		uint64_t known = 1 + draw(1 + tape.next);
		const struct match_order *there = match_find(match, known);
		struct match_order order = {.reference = match_reference(match),
			.other = draw(3) == 0 ? symbol_pack("GSCO") & UINT32_MAX : 0,
			.price_e4 = 1000000 + (int64_t)draw(40) * 100,
			.qty = 1 + (uint32_t)draw(500),
			.locate = (uint16_t)(1 + draw(SYMBOLS)),
			.side = (uint8_t)draw(2),
			.is_hidden = draw(8) == 0,
			.is_ioc = draw(10) == 0};
		switch (there == NULL ? 0 : draw(6)) {
		case 1:
			match_reduce(match, known, 1 + (uint32_t)draw(400));
			break;
		case 2:
			match_hit(match, known, 1 + (uint32_t)draw(400));
			break;
		case 3:
			match_print(match, known, 1 + (uint32_t)draw(400), 1000000, 'N');
			break;
		case 4:
			order.locate = there->locate;
			order.side = there->side;
			order.is_ioc = false;
			match_replace(match, known, &order);
			break;
		default:
			if (match_has_room(match))
				match_enter(match, &order);
		}
		match_now(match, 34200000000000ull + i);
	}
}

static void hear_message(struct ear *e, const uint8_t *message, uint32_t size)
{
	uint8_t padded[ITCH50_SIZE_MAX + ITCH50_READ_PAST_BYTES] = {0};
	struct mold64_block block = {.bytes = padded, .size_bytes = size};
	struct itch50_counts counts = {0};
	struct event event;
	assert_int_equal(e->goes_on, 0); /* nothing behind the end marker */
	e->sequenced++;
	if (message[0] == 'G') {
		char digits[21] = "";
		assert_int_equal(size, GLIMPSE_END_BYTES);
		memcpy(digits, message + 1, 20);
		e->goes_on = strtoull(digits, NULL, 10);
		return;
	}
	memcpy(padded, message, size);
	itch50_decode(&block, 1, &event, &counts);
	assert_int_equal(counts.bad + counts.unknown, 0);
	e->states += event.kind != EVENT_ADD;
	if (event.kind != EVENT_ADD)
		return;
	assert_true(event.order > e->last_order); /* the older stands first */
	e->last_order = event.order;
	e->orders++;
	book_apply(e->book, &event);
}

static void hear_packet(struct ear *e, const struct soup_packet *packet)
{
	uint64_t sequence;
	if (packet->type == SOUP_LOGIN_ACCEPTED) {
		assert_true(soup_parse_login_accepted(packet, e->session, &sequence));
		assert_int_equal(sequence, 1);
		e->is_accepted = true;
	}
	e->reject = packet->type == SOUP_LOGIN_REJECTED ? (char)packet->payload[0] : e->reject;
	e->heartbeats += packet->type == SOUP_SERVER_HEARTBEAT;
	e->is_ended |= packet->type == SOUP_END_OF_SESSION;
	if (packet->type == SOUP_SEQUENCED)
		hear_message(e, packet->payload, packet->payload_bytes);
}

static void hear(const struct stream_event *event)
{
	for (uint32_t i = 0; i < EARS; i++) {
		struct ear *e = &ears[i];
		struct soup_packet packet;
		uint32_t at = 0;
		if (e->connection != event->connection)
			continue;
		e->is_closed |= event->kind == STREAM_CLOSED;
		if (event->kind != STREAM_BYTES)
			return;
		memcpy(e->bytes + e->used, event->bytes, event->size_bytes);
		e->used += event->size_bytes;
		while (soup_parse(e->bytes + at, e->used - at, &packet) == SOUP_OK) {
			hear_packet(e, &packet);
			at += packet.wire_bytes;
		}
		e->used -= at;
		memmove(e->bytes, e->bytes + at, e->used);
	}
}

static void turns(uint32_t count)
{
	struct stream_event events[32];
	for (uint32_t t = 0; t < count; t++) {
		glimpse_turn(glimpse, now_ns);
		uint32_t heard = stream_poll(outside, events, 32);
		for (uint32_t i = 0; i < heard; i++)
			hear(&events[i]);
	}
}

static struct ear *dial(uint32_t index)
{
	struct ear *e = &ears[index];
	struct book *book = e->book != NULL ? e->book : book_open(ORDERS * 2);
	memset(e, 0, sizeof *e);
	e->book = book;
	book_clear(book);
	e->connection = stream_connect(outside, "10.0.0.1", port);
	turns(3);
	return e;
}

static struct ear *login(uint32_t index, const char *user, const char *password,
	const char *session, uint64_t sequence)
{
	uint8_t bytes[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login request = {.sequence = sequence};
	struct ear *e = dial(index);
	strcpy(request.username, user);
	strcpy(request.password, password);
	strcpy(request.session, session);
	uint32_t size = soup_build_login_request(bytes, &request);
	assert_true(stream_send(outside, e->connection, bytes, size));
	turns(2);
	return e;
}

/* same_levels compares a book with the one that a feed makes of all messages, level by level. */
static void same_levels(const struct book *book, const struct book *whole)
{
	static struct book_level a[DEPTH], b[DEPTH];
	for (uint16_t locate = 1; locate <= SYMBOLS; locate++)
		for (enum side side = SIDE_BUY; side <= SIDE_SELL; side++) {
			uint32_t count = book_depth(book, locate, side, a, DEPTH);
			assert_int_equal(book_depth(whole, locate, side, b, DEPTH), count);
			for (uint32_t i = 0; i < count; i++) {
				assert_int_equal(a[i].price_e4, b[i].price_e4);
				assert_int_equal(a[i].qty, b[i].qty);
				assert_int_equal(a[i].order_count, b[i].order_count);
			}
		}
}

/* book_of_messages plays messages first .. until - 1 of the feed into a book. */
static void book_of_messages(struct book *book, uint64_t first, uint64_t until)
{
	for (uint64_t n = first; n < until; n++) {
		uint8_t padded[ITCH50_SIZE_MAX + ITCH50_READ_PAST_BYTES] = {0};
		struct itch50_counts counts = {0};
		struct event event;
		struct mold64_block block = {.bytes = padded};
		const uint8_t *message = history_message(&tape.history, n, &block.size_bytes);
		assert_non_null(message);
		memcpy(padded, message, block.size_bytes);
		itch50_decode(&block, 1, &event, &counts);
		book_apply(book, &event);
	}
}

/* The promise itself: snapshot and what follows it, or every message from the first: the same books. */
static void a_snapshot_and_what_follows_is_the_whole_day(void **state)
{
	struct book *whole = book_open(ORDERS * 2);
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		dice = seed;
		trade((uint32_t)draw(600));
		struct ear *e = login(0, "feed", "secret", "", 1);
		uint64_t at_login = tape.next;
		trade((uint32_t)draw(100)); /* while it is sent */
		for (int t = 0; t < 2000 && e->goes_on == 0; t++)
			turns(1);
		assert_int_equal(e->goes_on, at_login);
		assert_int_equal(e->states, 2 * SYMBOLS);
		book_clear(whole);
		book_of_messages(whole, 1, at_login);
		same_levels(e->book, whole);
		book_of_messages(e->book, at_login, tape.next);
		book_of_messages(whole, at_login, tape.next);
		same_levels(e->book, whole);
		stream_shut(outside, e->connection, true);
		turns(3);
	}
	assert_int_equal(glimpse->counts.snapshots, 60);
	book_close(whole);
}

static void an_empty_market_has_a_snapshot_too(void **state)
{
	(void)state;
	struct ear *e = login(0, "FEED", "Secret", "day1", 1);
	turns(3);
	assert_string_equal(e->session, "DAY1");
	assert_int_equal(e->goes_on, tape.next);
	assert_int_equal(e->orders, 0);
}

static void logins_are_checked(void **state)
{
	static const struct {
		const char *user, *password, *session;
		uint64_t sequence;
		char reject;
	} rows[] = {
		{"feed", "wrong", "", 1, 'A'},
		{"nobody", "secret", "", 1, 'A'},
		{"feed", "word", "", 1, 'A'},
		{"", "", "", 1, 'A'},
		{"feed", "secret", "DAY2", 1, 'S'},
		{"feed", "secret", "", 0, 'S'},
		{"feed", "secret", "", 2, 'S'},
		{"other", "word", "", 1, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct ear *e =
			login(0, rows[i].user, rows[i].password, rows[i].session, rows[i].sequence);
		turns(3);
		assert_int_equal(e->reject, rows[i].reject);
		assert_int_equal(e->is_accepted, rows[i].reject == 0);
		stream_shut(outside, e->connection, false);
		turns(3);
		assert_int_equal(e->is_closed, true);
	}
	assert_int_equal(glimpse->counts.login_rejects, 7);
	assert_int_equal(glimpse->counts.logins, 1);
}

static void many_clients_are_served_and_one_too_many_is_sent_away(void **state)
{
	(void)state;
	trade(1000);
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++) {
		login(i, "feed", "secret", "", 1);
		trade(5);
	}
	struct ear *last = dial(GLIMPSE_CLIENT_MAX);
	assert_true(last->is_closed);
	assert_int_equal(glimpse->counts.full, 1);
	for (int t = 0; t < 2000; t++)
		turns(1);
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++)
		assert_true(ears[i].goes_on > 0);
	stream_shut(outside, ears[0].connection, true);
	turns(3);
	login(0, "feed", "secret", "", 1);
	turns(500);
	assert_int_equal(ears[0].goes_on, tape.next);
}

static void who_takes_nothing_is_sent_away_and_who_is_slow_is_not(void **state)
{
	(void)state;
	trade(3000);
	struct ear *e = login(0, "feed", "secret", "", 1);
	uint32_t connection = CONNECTION_NONE;
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++)
		if (glimpse->clients[i].connection != CONNECTION_NONE)
			connection = glimpse->clients[i].connection;
	uint8_t beat[SOUP_HEADER_BYTES];
	soup_build(beat, SOUP_CLIENT_HEARTBEAT, NULL, 0);
	for (int second = 0; second < 60; second++) { /* a little, now and then */
		stream_sim_hold(inside, connection, second % 10 != 0);
		stream_send(outside, e->connection, beat, sizeof beat);
		turns(1);
		now_ns += SECOND_NS;
	}
	assert_false(e->is_closed);
	stream_sim_hold(inside, connection, true);
	trade(1);
	for (int second = 0; second < 20 && !e->is_closed; second++) {
		stream_send(outside, e->connection, beat, sizeof beat);
		turns(1);
		now_ns += SECOND_NS;
	}
	turns(2);
	assert_true(e->is_closed);
	assert_int_equal(glimpse->counts.slow, 1);
	assert_int_equal(glimpse->counts.timeouts, 0);
}

static void silence_brings_heartbeats_and_at_last_the_end(void **state)
{
	(void)state;
	struct ear *e = login(0, "feed", "secret", "", 1);
	turns(5);
	assert_true(e->goes_on > 0);
	now_ns += SECOND_NS;
	turns(3);
	assert_int_equal(e->heartbeats, 1);
	now_ns += 15 * SECOND_NS;
	turns(3);
	assert_true(e->is_closed);
	assert_int_equal(glimpse->counts.timeouts, 1);
	e = dial(1);
	now_ns += 30 * SECOND_NS;
	turns(3);
	assert_false(e->is_closed);
	now_ns += 1;
	turns(3);
	assert_true(e->is_closed);
}

static void nonsense_is_reset(void **state)
{
	static const char *const nonsense[] = {"0000", "00024", "0001U", "0001S", "ffff"};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(nonsense); i++) {
		uint8_t bytes[3] = {0};
		char digits[5] = "";
		memcpy(digits, nonsense[i], 4);
		store_be16(bytes, (uint16_t)strtoul(digits, NULL, 16));
		bytes[2] = (uint8_t)nonsense[i][4];
		struct ear *e = dial(0);
		stream_send(outside, e->connection, bytes, 3);
		turns(5);
		assert_int_equal(e->is_closed, i != 1); /* the second is the head of a packet */
		stream_shut(outside, e->connection, true);
		turns(3);
	}
	assert_int_equal(glimpse->counts.broken, 4);
	struct ear *e = login(0, "feed", "secret", "", 1);
	turns(3);
	uint8_t again[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login request = {.username = "feed", .password = "secret", .sequence = 1};
	stream_send(outside, e->connection, again, soup_build_login_request(again, &request));
	turns(3);
	assert_true(e->is_closed); /* one login a connection */
}

static void a_client_may_log_out(void **state)
{
	uint8_t bytes[SOUP_HEADER_BYTES];
	(void)state;
	trade(3000);
	struct ear *e = login(0, "feed", "secret", "", 1);
	soup_build(bytes, SOUP_LOGOUT, NULL, 0);
	stream_send(outside, e->connection, bytes, sizeof bytes);
	turns(50);
	stream_shut(outside, e->connection, false);
	turns(50);
	assert_true(e->is_closed);
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++)
		assert_null(glimpse->clients[i].spin.bytes);
}

static void what_a_test_may_want_happens(void **state)
{
	(void)state;
	trade(1000);
	glimpse->refuse = 1;
	struct ear *e = login(0, "feed", "secret", "", 1);
	turns(3);
	assert_int_equal(e->reject, 'S');
	glimpse->cut_after = 100;
	e = login(1, "feed", "secret", "", 1);
	turns(30);
	assert_true(e->is_closed);
	assert_true(e->sequenced <= 100);
	assert_int_equal(e->goes_on, 0);
	assert_int_equal(glimpse->counts.refused, 1);
	assert_int_equal(glimpse->counts.cut, 1);
}

static void the_end_of_the_day_is_said_to_all(void **state)
{
	(void)state;
	struct ear *e = login(0, "feed", "secret", "", 1);
	dial(1);
	turns(5);
	glimpse_end(glimpse);
	for (int t = 0; t < 5; t++) {
		struct stream_event events[32];
		stream_poll(inside, events, 32);
		uint32_t heard = stream_poll(outside, events, 32);
		for (uint32_t i = 0; i < heard; i++)
			hear(&events[i]);
	}
	assert_true(e->is_ended);
	assert_true(e->goes_on > 0);
}

static void logins_in_any_pieces_mean_the_same(void **state)
{
	(void)state;
	trade(500);
	for (uint32_t most = 1; most <= 300; most = most * 4 + 1) {
		stream_sim_chunk(net, 1, most);
		struct ear *e = login(0, "feed", "secret", "DAY1", 1);
		turns(most == 1 ? 60000 : 20000);
		assert_int_equal(e->goes_on, tape.next);
		stream_shut(outside, e->connection, true);
		turns(3);
	}
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
	const struct CMUnitTest tests[] = {
		EACH(a_snapshot_and_what_follows_is_the_whole_day),
		EACH(an_empty_market_has_a_snapshot_too),
		EACH(logins_are_checked),
		EACH(many_clients_are_served_and_one_too_many_is_sent_away),
		EACH(who_takes_nothing_is_sent_away_and_who_is_slow_is_not),
		EACH(silence_brings_heartbeats_and_at_last_the_end),
		EACH(nonsense_is_reset),
		EACH(a_client_may_log_out),
		EACH(what_a_test_may_want_happens),
		EACH(the_end_of_the_day_is_said_to_all),
		EACH(logins_in_any_pieces_mean_the_same),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.glimpse", tests, NULL, NULL);
}
