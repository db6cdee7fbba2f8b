/* Kernel UDP over loopback: answers come to the port that asked, nothing waits, a deaf peer is no error. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/datagram/datagram.h"

static struct datagram *d;
static int peer;
static struct endpoint peer_at;

static int ends_open(void **state)
{
	struct config_error error = {{0}};
	struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof name;
	(void)state;
	d = datagram_udp_open(&error);
	assert_non_null(d);
	peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(peer, (struct sockaddr *)&name, size), 0);
	assert_int_equal(getsockname(peer, (struct sockaddr *)&name, &size), 0);
	peer_at = (struct endpoint){INADDR_LOOPBACK, ntohs(name.sin_port)};
	return 0;
}

static int ends_close(void **state)
{
	(void)state;
	datagram_close(d);
	close(peer);
	return 0;
}

/* ask sends one byte and tells where it came from. */
static struct sockaddr_in ask(void)
{
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	uint8_t byte;
	assert_true(datagram_send(d, &peer_at, (const uint8_t *)"?", 1, 0));
	assert_int_equal(recvfrom(peer, &byte, 1, 0, (struct sockaddr *)&from, &size), 1);
	assert_int_equal(byte, '?');
	return from;
}

/* Loopback delivers within the sender's call. */
static void an_answer_comes_to_the_port_that_asked(void **state)
{
	struct datagram_packet packet;
	static uint8_t bytes[DATAGRAM_BYTES_MAX + 1];
	(void)state;
	assert_false(datagram_receive(d, &packet, 0));
	struct sockaddr_in from = ask();
	bytes[0] = 'a';
	static const uint32_t sizes[] = {0, sizeof bytes / 2, sizeof bytes};
	for (uint32_t i = 0; i < ARRAY_COUNT(sizes); i++)
		assert_int_equal(
			sendto(peer, bytes, sizes[i], 0, (struct sockaddr *)&from, sizeof from),
			sizes[i]);
	assert_int_equal(sendto(peer, "z", 1, 0, (struct sockaddr *)&from, sizeof from), 1);
	assert_true(datagram_receive(d, &packet, 0));
	assert_int_equal(packet.size_bytes, 0);
	assert_int_equal(packet.from.ip, peer_at.ip);
	assert_int_equal(packet.from.port, peer_at.port);
	assert_true(datagram_receive(d, &packet, 0));
	assert_int_equal(packet.size_bytes, sizeof bytes / 2);
	assert_int_equal(packet.bytes[0], 'a');
	assert_false(packet.is_cut);
	assert_true(datagram_receive(d, &packet, 0));
	assert_int_equal(packet.size_bytes, DATAGRAM_BYTES_MAX);
	assert_true(packet.is_cut);
	assert_true(datagram_receive(d, &packet, 0));
	assert_false(packet.is_cut);
	assert_int_equal(packet.size_bytes, 1);
	assert_int_equal(packet.bytes[0], 'z');
	assert_false(datagram_receive(d, &packet, 0));
}

static void where_nobody_listens_nothing_comes(void **state)
{
	struct datagram_packet packet;
	struct sockaddr_in from = ask();
	(void)state;
	int gone = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof name;
	assert_int_equal(bind(gone, (struct sockaddr *)&name, size), 0);
	assert_int_equal(getsockname(gone, (struct sockaddr *)&name, &size), 0);
	close(gone);
	for (uint32_t i = 0; i < 5; i++)
		datagram_send(d, &(struct endpoint){INADDR_LOOPBACK, ntohs(name.sin_port)},
			(const uint8_t *)"?", 1, 0);
	assert_false(datagram_receive(d, &packet, 0));
	assert_int_equal(sendto(peer, "y", 1, 0, (struct sockaddr *)&from, sizeof from), 1);
	assert_true(datagram_receive(d, &packet, 0));
	assert_int_equal(packet.bytes[0], 'y');
}

static void what_cannot_be_sent_is_told(void **state)
{
	static uint8_t bytes[70000];
	(void)state;
	assert_false(datagram_send(d, &peer_at, bytes, sizeof bytes, 0));
}

#define UDP_TEST(name) cmocka_unit_test_setup_teardown(name, ends_open, ends_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(an_answer_comes_to_the_port_that_asked),
		UDP_TEST(where_nobody_listens_nothing_comes),
		UDP_TEST(what_cannot_be_sent_is_told),
	};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.datagram.datagram_udp", tests, NULL, NULL);
}
