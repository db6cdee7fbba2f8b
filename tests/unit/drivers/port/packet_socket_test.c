/* The packet socket behind an interface is found among this process's descriptors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/log.h"
#include "drivers/port/packet_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A packet socket on the loopback interface, or skips where the right to open one is missing. */
static int socket_on_loopback(uint16_t protocol)
{
	int packet = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (packet < 0) {
		print_message(
			"skipped: no packet socket without CAP_NET_RAW (%s)\n", strerror(errno));
		skip();
	}
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol)};
	address.sll_ifindex = (int)if_nametoindex("lo");
	assert_int_equal(bind(packet, (struct sockaddr *)&address, sizeof address), 0);
	return packet;
}

static void a_bound_socket_is_found_until_it_is_closed(void **state)
{
	(void)state;
	int packet = socket_on_loopback(ETH_P_LOOPBACK);
	assert_int_equal(packet_socket_find("lo"), packet);
	assert_int_equal(packet_socket_drops(packet), 0);
	close(packet);
	assert_int_equal(packet_socket_find("lo"), -1);
}

static void a_socket_that_receives_nothing_is_not_it(void **state)
{
	(void)state;
	int packet = socket_on_loopback(0);
	assert_int_equal(packet_socket_find("lo"), -1);
	close(packet);
}

static void an_interface_that_is_not_there_has_no_socket(void **state)
{
	(void)state;
	assert_int_equal(packet_socket_find("nosuchwire0"), -1);
	assert_int_equal(packet_socket_find(""), -1);
}

static void other_sockets_are_passed_over(void **state)
{
	(void)state;
	int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(other >= 0);
	assert_int_equal(packet_socket_find("lo"), -1);
	assert_int_equal(packet_socket_drops(other), 0);
	assert_int_equal(packet_socket_drops(-1), 0);
	close(other);
}

/* The ring a process without privilege gets under a limit of locked memory. */
static uint32_t ring_under_limit(rlim_t limit_bytes, uint32_t wanted, uint32_t socket_count)
{
	int ends[2];
	uint32_t count = 0;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		struct rlimit limit = {limit_bytes, limit_bytes};
		log_set_floor(LOG_LEVEL_ERROR);
		bool is_limited = setrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
				  (geteuid() != 0 || setuid(65534) == 0);
		count = is_limited ? packet_socket_ring(wanted, socket_count) : 0;
		_exit(write(ends[1], &count, sizeof count) == sizeof count ? 0 : 1);
	}
	assert_int_equal(read(ends[0], &count, sizeof count), sizeof count);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return count;
}

static void the_ring_keeps_to_the_limit_on_locked_memory(void **state)
{
	(void)state;
	const rlim_t megabyte = 1024 * 1024;
	assert_int_equal(ring_under_limit(megabyte, 256, 1), 256); /* exactly */
	assert_int_equal(ring_under_limit(megabyte - 4096, 256, 1), 128);
	assert_int_equal(ring_under_limit(megabyte, 256, 2), 128);
	assert_int_equal(ring_under_limit(0, 256, 1), 64);
}

static long page_faults(void)
{
	struct rusage usage;
	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_minflt;
}

/* A ring of 64 MiB is 16,384 pages. */
static void to_ask_for_room_makes_no_page(void **state)
{
	(void)state;
	long before = page_faults();
	uint32_t count = packet_socket_ring(8192, 2);
	assert_true(page_faults() - before < 100);
	if (count < 8192)
		skip(); /* a limit held, so that nothing would have been made in any case */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bound_socket_is_found_until_it_is_closed),
		cmocka_unit_test(a_socket_that_receives_nothing_is_not_it),
		cmocka_unit_test(an_interface_that_is_not_there_has_no_socket),
		cmocka_unit_test(other_sockets_are_passed_over),
		cmocka_unit_test(the_ring_keeps_to_the_limit_on_locked_memory),
		cmocka_unit_test(to_ask_for_room_makes_no_page),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.port.packet_socket", tests, NULL, NULL);
}
