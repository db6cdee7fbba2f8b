/* Packets made ready: kept in order, let go at a rate, none overtaking another.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/wire/mold64.h"
#include "dataplane/wire/net.h"
#include "tools/exchange/stock.h"

#define MS_NS 1000000ull

static struct stock stock;
static struct sockaddr_in target;
static struct in_addr from;
static uint64_t sent, refused;
static int ear;

static int begin(void **state)
{
	int ends[2];
	(void)state;
	stock_init(&stock);
	target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(26477)};
	inet_pton(AF_INET, "239.1.1.1", &target.sin_addr);
	inet_pton(AF_INET, "10.77.1.1", &from);
	sent = refused = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	stock.fd = ends[0];
	ear = ends[1];
	return 0;
}

static int finish(void **state)
{
	(void)state;
	stock_close(&stock);
	close(ear);
	return 0;
}

/* packet offers a packet of `count` messages that begins at `first`. */
static bool packet(uint64_t first, uint16_t count)
{
	uint8_t bytes[MOLD64_HEADER_BYTES];
	mold64_begin(bytes, "SIM0000001", first);
	store_be16(bytes + 18, count);
	return stock_takes(&stock, from, &target, bytes, sizeof bytes);
}

/* hears takes one frame off the wire; 0: there is none.  Gives the number of its first message. */
static uint64_t hears(void)
{
	uint8_t frame[1600];
	struct net_udp udp;
	struct mold64_header header;
	ssize_t size = recv(ear, frame, sizeof frame, 0);
	if (size <= 0)
		return 0;
	assert_int_equal(net_parse(frame, (uint32_t)size, &udp), NET_OK);
	assert_int_equal(udp.target_ip, 0xEF010101);
	assert_int_equal(udp.source_ip, 0x0A4D0101);
	assert_int_equal(udp.target_port, 26477);
	assert_true(mold64_parse_header(udp.payload, udp.payload_bytes, &header));
	return header.sequence;
}

static void nothing_is_kept_before_it_is_asked_for(void **state)
{
	(void)state;
	assert_false(packet(1, 5));
	assert_int_equal(stock_left(&stock), 0);
	assert_false(stock_is_going(&stock));
}

static void what_is_kept_waits_for_a_volley(void **state)
{
	(void)state;
	assert_true(stock_keep(&stock, from));
	assert_true(packet(1, 5));
	stock_turn(&stock, 1000 * MS_NS, &sent, &refused);
	assert_int_equal(hears(), 0);
	assert_int_equal(stock_left(&stock), 1);
	stock_volley(&stock, 1000, 1000 * MS_NS);
	assert_true(stock_is_going(&stock));
	stock_turn(&stock, 1001 * MS_NS, &sent, &refused);
	assert_int_equal(hears(), 1);
	assert_int_equal(sent, 1);
	assert_false(stock_is_going(&stock));
	assert_false(packet(6, 1));
}

static void a_volley_keeps_its_rate(void **state)
{
	(void)state;
	assert_true(stock_keep(&stock, from));
	for (uint64_t n = 0; n < 8; n++)
		assert_true(packet(1 + 10 * n, 10));
	stock_volley(&stock, 1000, 0);
	stock_turn(&stock, 0, &sent, &refused);
	assert_int_equal(sent, 0);
	stock_turn(&stock, 20 * MS_NS, &sent, &refused); /* 20 messages are due */
	assert_int_equal(sent, 2);
	stock_turn(&stock, 20 * MS_NS, &sent, &refused);
	assert_int_equal(sent, 2);
	stock_turn(&stock, 1000 * MS_NS, &sent, &refused);
	assert_int_equal(sent, 8);
	for (uint64_t n = 0; n < 8; n++)
		assert_int_equal(hears(), 1 + 10 * n);
}

static void a_new_packet_waits_behind_those_that_are_left(void **state)
{
	(void)state;
	assert_true(stock_keep(&stock, from));
	assert_true(packet(1, 10));
	assert_true(packet(11, 10));
	stock_volley(&stock, 1000, 0);
	stock_turn(&stock, 5 * MS_NS, &sent, &refused);
	assert_int_equal(hears(), 1);
	assert_true(packet(21, MOLD64_HEARTBEAT));
	assert_true(packet(21, MOLD64_END_OF_SESSION));
	stock_turn(&stock, 1000 * MS_NS, &sent, &refused);
	assert_int_equal(hears(), 11);
	assert_int_equal(hears(), 21);
	assert_int_equal(hears(), 21);
	assert_int_equal(sent, 4);
	assert_int_equal(stock_left(&stock), 0);
}

static void more_than_one_call_takes_more_than_one_turn(void **state)
{
	(void)state;
	assert_true(stock_keep(&stock, from));
	for (uint64_t n = 0; n < STOCK_CALL_MAX + 3; n++)
		assert_true(packet(1 + n, 1));
	stock_volley(&stock, UINT32_MAX, 0);
	stock_turn(&stock, MS_NS, &sent, &refused);
	assert_int_equal(sent, STOCK_CALL_MAX);
	assert_int_equal(stock_left(&stock), 3);
	stock_turn(&stock, MS_NS, &sent, &refused);
	assert_int_equal(sent, STOCK_CALL_MAX + 3);
}

static void what_the_wire_refuses_is_counted_and_gone(void **state)
{
	(void)state;
	assert_true(stock_keep(&stock, from));
	assert_true(packet(1, 1));
	assert_true(packet(2, 1));
	shutdown(stock.fd, SHUT_WR);
	stock_volley(&stock, 1000, 0);
	signal(SIGPIPE, SIG_IGN);
	stock_turn(&stock, 1000 * MS_NS, &sent, &refused);
	assert_int_equal(sent, 0);
	assert_int_equal(refused, 2);
	assert_int_equal(stock_left(&stock), 0);
}

static void an_address_of_no_interface_keeps_nothing(void **state)
{
	struct stock other;
	struct in_addr nowhere;
	(void)state;
	inet_pton(AF_INET, "192.0.2.77", &nowhere);
	stock_init(&other);
	assert_false(stock_keep(&other, nowhere));
	assert_false(other.is_kept);
	stock_close(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			nothing_is_kept_before_it_is_asked_for, begin, finish),
		cmocka_unit_test_setup_teardown(what_is_kept_waits_for_a_volley, begin, finish),
		cmocka_unit_test_setup_teardown(a_volley_keeps_its_rate, begin, finish),
		cmocka_unit_test_setup_teardown(
			a_new_packet_waits_behind_those_that_are_left, begin, finish),
		cmocka_unit_test_setup_teardown(
			more_than_one_call_takes_more_than_one_turn, begin, finish),
		cmocka_unit_test_setup_teardown(
			what_the_wire_refuses_is_counted_and_gone, begin, finish),
		cmocka_unit_test_setup_teardown(
			an_address_of_no_interface_keeps_nothing, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
