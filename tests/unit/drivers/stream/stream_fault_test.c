/* A bad network around the good one of a test: what it does is drawn from its seed, and nothing else changes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "drivers/stream/stream_fault.h"
#include "drivers/stream/stream_sim.h"

enum { CONNECTIONS = 4, SENT_BYTES = 20 };

static const struct stream_fault_rates none = {.seed = 1};
static const uint8_t text[] = "twenty bytes to send";
static struct stream_sim_net *net;
static struct stream *owner, *peer; /* the owner's network is bad */

/* What came to one side. */
struct heard {
	uint8_t bytes[1 << 16];
	uint32_t size, opened, pieces, closed, last_connection;
	int32_t error;
};
static struct heard mine, theirs;

static int net_open(void **state)
{
	struct config_error error;
	(void)state;
	net = stream_sim_net_open(7, 16, 1 << 14);
	owner = stream_fault_open(stream_sim_open(net), CONNECTIONS, &none);
	peer = stream_sim_open(net);
	assert_int_equal(stream_listen(peer, "10.0.0.1", 100, &error), 1);
	assert_int_equal(stream_listen(owner, "10.0.0.1", 200, &error), 2);
	memset(&mine, 0, sizeof mine);
	memset(&theirs, 0, sizeof theirs);
	return 0;
}

static int net_close(void **state)
{
	(void)state;
	stream_close(owner);
	stream_close(peer);
	stream_sim_net_close(net);
	return 0;
}

static void hear(struct stream *s, struct heard *heard)
{
	struct stream_event events[8];
	uint32_t count = stream_poll(s, events, 8);
	for (uint32_t i = 0; i < count; i++) {
		const struct stream_event *event = &events[i];
		heard->last_connection = event->connection;
		if (event->kind == STREAM_OPENED) {
			heard->opened++;
		} else if (event->kind == STREAM_BYTES) {
			assert_true(heard->size + event->size_bytes <= sizeof heard->bytes);
			memcpy(heard->bytes + heard->size, event->bytes, event->size_bytes);
			heard->size += event->size_bytes;
			heard->pieces++;
		} else {
			heard->closed++;
			heard->error = event->error;
		}
	}
}

static void turns(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		hear(owner, &mine);
		hear(peer, &theirs);
	}
}

/* call connects the owner to the peer; the numbers of both ends. */
static void call(uint32_t *at_owner, uint32_t *at_peer)
{
	*at_owner = stream_connect(owner, "10.0.0.1", 100);
	assert_int_not_equal(*at_owner, CONNECTION_NONE);
	turns(2);
	*at_peer = theirs.last_connection;
}

static void a_good_network_changes_nothing(void **state)
{
	uint32_t o, p;
	(void)state;
	call(&o, &p);
	assert_int_equal(mine.opened, 1);
	assert_int_equal(theirs.opened, 1);
	assert_true(stream_send(owner, o, text, SENT_BYTES));
	assert_int_equal(stream_unsent_bytes(owner, o), SENT_BYTES);
	assert_true(stream_send(peer, p, text, 7));
	turns(3);
	assert_int_equal(stream_unsent_bytes(owner, o), 0);
	assert_int_equal(theirs.size, SENT_BYTES);
	assert_memory_equal(theirs.bytes, text, SENT_BYTES);
	assert_int_equal(mine.size, 7);
	stream_shut(owner, o, false);
	assert_false(stream_send(owner, o, text, 1));
	turns(5);
	assert_int_equal(mine.closed, 1);
	assert_int_equal(mine.error, 0);
	assert_int_equal(theirs.closed, 1);
	assert_int_equal(stream_fault_ends(owner), 0);
	assert_int_equal(stream_listen_port(owner, 2), 200);
}

static void what_the_peer_said_before_it_went_is_heard(void **state)
{
	uint32_t o, p;
	struct stream_fault_rates slow = {.seed = 1, .delay_ppm = 1000000, .delay_polls = 100};
	(void)state;
	stream_fault_begin(owner, &slow);
	call(&o, &p);
	assert_true(stream_send(peer, p, text, SENT_BYTES));
	stream_shut(peer, p, false);
	turns(8);
	assert_int_equal(mine.size, SENT_BYTES);
	assert_int_equal(mine.closed, 1);
	assert_int_equal(mine.error, 0);
}

/* Sends the text in three sends, from one side, over a connection that ends after n bytes of it. */
static void send_over(enum stream_fault_way way, uint32_t n, enum stream_fault_end end)
{
	uint32_t o, p, sizes[] = {3, 9, 8}, at = 0;
	struct stream_fault_cut cut = {.way = (uint8_t)way, .end = (uint8_t)end, .after_bytes = n};
	stream_fault_cut(owner, &cut);
	call(&o, &p);
	for (uint32_t i = 0; i < 3; i++) {
		stream_send(way == STREAM_FAULT_TX ? owner : peer, way == STREAM_FAULT_TX ? o : p,
			text + at, sizes[i]);
		at += sizes[i];
		turns(2);
	}
	turns(6);
}

static void a_cut_lets_exactly_so_many_bytes_out(void **state)
{
	for (uint32_t n = 0; n <= SENT_BYTES; n++) {
		send_over(STREAM_FAULT_TX, n, STREAM_FAULT_RESET);
		assert_int_equal(theirs.size, n);
		assert_memory_equal(theirs.bytes, text, n);
		assert_int_equal(theirs.closed, 1);
		assert_int_equal(mine.closed, 1);
		assert_int_equal(mine.error, ECONNRESET);
		assert_int_equal(stream_fault_ends(owner), 1);
		net_close(state);
		net_open(state);
	}
}

static void a_cut_lets_exactly_so_many_bytes_in(void **state)
{
	for (uint32_t n = 0; n <= SENT_BYTES; n++) {
		send_over(STREAM_FAULT_RX, n, STREAM_FAULT_RESET);
		assert_int_equal(mine.size, n);
		assert_memory_equal(mine.bytes, text, n);
		assert_int_equal(mine.closed, 1);
		assert_int_equal(mine.error, ECONNRESET);
		assert_int_equal(theirs.closed, 1);
		assert_int_equal(theirs.error, ECONNRESET);
		net_close(state);
		net_open(state);
	}
}

static void a_send_that_meets_the_end_was_taken_and_the_next_is_not(void **state)
{
	uint32_t o, p;
	struct stream_fault_cut cut = {.way = STREAM_FAULT_TX, .after_bytes = 5};
	(void)state;
	stream_fault_cut(owner, &cut);
	call(&o, &p);
	assert_true(stream_send(owner, o, text, 10));
	assert_false(stream_send(owner, o, text, 1));
	assert_int_equal(stream_unsent_bytes(owner, o), 0);
	stream_shut(owner, o, true); /* of no use any more, and no second end */
	turns(4);
	assert_int_equal(mine.closed, 1);
	assert_int_equal(theirs.size, 5);
}

static void nobody_learns_of_a_silence(void **state)
{
	uint32_t o, p, taken = 0;
	struct stream_fault_cut cut = {
		.way = STREAM_FAULT_TX, .end = STREAM_FAULT_SILENCE, .after_bytes = 5};
	(void)state;
	stream_fault_cut(owner, &cut);
	call(&o, &p);
	assert_true(stream_send(owner, o, text, SENT_BYTES));
	assert_true(stream_send(peer, p, text, SENT_BYTES));
	turns(20);
	assert_int_equal(theirs.size, 5);
	assert_int_equal(mine.size, 0);
	assert_int_equal(mine.closed + theirs.closed, 0);
	assert_int_equal(stream_unsent_bytes(owner, o), 0);
	while (stream_send(owner, o, text, SENT_BYTES))
		taken += SENT_BYTES;
	assert_in_range(taken, 1 << 14, 1 << 15);
	assert_true(stream_unsent_bytes(owner, o) > 0);
	stream_shut(owner, o, false); /* waits for an answer that cannot come */
	turns(20);
	assert_int_equal(mine.closed, 0);
	stream_shut(owner, o, true);
	turns(20);
	assert_int_equal(mine.closed, 1);
	assert_int_equal(mine.error, ECONNABORTED);
	assert_int_equal(theirs.closed, 0);
	stream_shut(peer, p, true); /* it gives up too, some day */
	turns(4);
	assert_int_equal(theirs.closed, 1);
	assert_int_equal(mine.closed, 1);
}

static void a_cut_waits_for_its_kind_and_its_turn(void **state)
{
	uint32_t o, p, q;
	struct stream_fault_cut accepted = {
		.is_accepted = true, .way = STREAM_FAULT_RX, .after_bytes = 2};
	struct stream_fault_cut second = {.skip = 1, .way = STREAM_FAULT_RX, .after_bytes = 3};
	(void)state;
	stream_fault_cut(owner, &accepted);
	stream_fault_cut(owner, &second);
	call(&o, &p);
	assert_true(stream_send(peer, p, text, 4));
	turns(4);
	assert_int_equal(mine.size, 4);
	call(&o, &q);
	assert_true(stream_send(peer, q, text, 4));
	turns(4);
	assert_int_equal(mine.size, 4 + 3);
	assert_int_equal(mine.closed, 1);
	p = stream_connect(peer, "10.0.0.1", 200);
	turns(3);
	assert_true(stream_send(peer, p, text, 4));
	turns(4);
	assert_int_equal(mine.size, 4 + 3 + 2);
	assert_int_equal(mine.closed, 2);
}

static void write_down(void *context)
{
	*(uint32_t *)context = theirs.size;
}

static void who_watches_is_told_before_the_end(void **state)
{
	uint32_t seen = UINT32_MAX;
	(void)state;
	stream_fault_watch(owner, write_down, &seen);
	send_over(STREAM_FAULT_TX, 4, STREAM_FAULT_RESET);
	assert_int_equal(seen, 3); /* the fourth byte was on its way */
	assert_int_equal(theirs.size, 4);
}

/* Sends blocks both ways through a bad network and returns what was seen of pieces. */
static uint32_t exchange(const struct stream_fault_rates *rates)
{
	uint8_t sent[4096];
	uint32_t o, p, refused = 0;
	net_close(NULL);
	net_open(NULL);
	stream_fault_begin(owner, rates);
	for (uint32_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i * 7 + (i >> 8));
	call(&o, &p);
	for (uint32_t at = 0; at < sizeof sent; at += 16) {
		assert_true(stream_send(peer, p, sent + at, 16));
		while (!stream_send(owner, o, sent + at, 16))
			refused++;
		turns(2);
	}
	turns(3000);
	assert_int_equal(mine.size, sizeof sent);
	assert_memory_equal(mine.bytes, sent, sizeof sent);
	assert_int_equal(theirs.size, sizeof sent);
	assert_memory_equal(theirs.bytes, sent, sizeof sent);
	assert_int_equal(refused > 0, rates->refuse_ppm > 0);
	assert_int_equal(mine.closed, 0);
	return mine.pieces;
}

static void pieces_delays_and_refusals_lose_nothing(void **state)
{
	struct stream_fault_rates split = {.seed = 3, .split_ppm = 500000};
	struct stream_fault_rates merge = {.seed = 3, .merge_ppm = 500000, .delay_polls = 40};
	struct stream_fault_rates slow = {.seed = 3, .delay_ppm = 300000, .delay_polls = 9};
	struct stream_fault_rates full = {.seed = 3, .refuse_ppm = 300000};
	struct stream_fault_rates all = {.seed = 3,
		.split_ppm = 300000,
		.merge_ppm = 100000,
		.delay_ppm = 100000,
		.delay_polls = 5,
		.refuse_ppm = 50000};
	(void)state;
	assert_int_equal(exchange(&none), 256);
	assert_true(exchange(&split) > 300);
	assert_in_range(exchange(&merge), 100, 200);
	assert_in_range(exchange(&slow), 50, 200);
	assert_int_equal(exchange(&full), 256);
	uint32_t pieces = exchange(&all);
	assert_int_equal(exchange(&all), pieces);
	all.seed = 4;
	assert_int_not_equal(exchange(&all), pieces);
}

/* Connections one after the other until each has broken; the sum of bytes that got through. */
static uint64_t broken(const struct stream_fault_rates *rates, uint32_t count)
{
	uint64_t through = 0;
	net_close(NULL);
	net_open(NULL);
	stream_fault_begin(owner, rates);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t o, p, sent = 0;
		mine.closed = theirs.closed = theirs.size = 0;
		call(&o, &p);
		while (mine.closed == 0) {
			sent += stream_send(owner, o, text, SENT_BYTES) ? SENT_BYTES : 0;
			turns(1);
		}
		turns(3);
		assert_int_equal(mine.closed, 1);
		assert_int_equal(mine.error, ECONNRESET);
		assert_int_equal(theirs.closed, 1);
		assert_true(theirs.size <= sent && theirs.size + SENT_BYTES > sent - SENT_BYTES);
		through = through * 31 + theirs.size;
	}
	assert_int_equal(stream_fault_ends(owner), count);
	return through;
}

static void a_seed_breaks_connections_at_bytes_of_its_own(void **state)
{
	struct stream_fault_rates rates = {.seed = 5, .reset_ppm = 100000};
	(void)state;
	uint64_t first = broken(&rates, 50);
	assert_int_equal(broken(&rates, 50), first);
	rates.seed = 6;
	assert_int_not_equal(broken(&rates, 50), first);
}

static void a_seed_silences_connections_too(void **state)
{
	struct stream_fault_rates rates = {.seed = 5, .silence_ppm = 200000};
	uint32_t o, p;
	(void)state;
	stream_fault_begin(owner, &rates);
	call(&o, &p);
	for (uint32_t i = 0; i < 50 && stream_fault_ends(owner) == 0; i++) {
		assert_true(stream_send(peer, p, text, SENT_BYTES));
		turns(1);
	}
	assert_int_equal(stream_fault_ends(owner), 1);
	assert_int_equal(mine.closed, 0);
}

static void who_finds_no_place_is_turned_away(void **state)
{
	uint32_t o, p;
	(void)state;
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		call(&o, &p);
	assert_int_equal(stream_connect(owner, "10.0.0.1", 100), CONNECTION_NONE);
	stream_connect(peer, "10.0.0.1", 200);
	turns(4);
	assert_int_equal(theirs.closed, 1);
	assert_int_equal(mine.opened, CONNECTIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, net_open, net_close)
		FAULT_TEST(a_good_network_changes_nothing),
		FAULT_TEST(what_the_peer_said_before_it_went_is_heard),
		FAULT_TEST(a_cut_lets_exactly_so_many_bytes_out),
		FAULT_TEST(a_cut_lets_exactly_so_many_bytes_in),
		FAULT_TEST(a_send_that_meets_the_end_was_taken_and_the_next_is_not),
		FAULT_TEST(nobody_learns_of_a_silence),
		FAULT_TEST(a_cut_waits_for_its_kind_and_its_turn),
		FAULT_TEST(who_watches_is_told_before_the_end),
		FAULT_TEST(pieces_delays_and_refusals_lose_nothing),
		FAULT_TEST(a_seed_breaks_connections_at_bytes_of_its_own),
		FAULT_TEST(a_seed_silences_connections_too),
		FAULT_TEST(who_finds_no_place_is_turned_away),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.stream.stream_fault", tests, NULL, NULL);
}
