/* What keeps DPDK from starting is said by port, with what was found and what mends it.  The EAL starts
   once per process, so every attempt is made by a child.
   rooms: drivers_port dpdk_drivers */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/port/eal.h"
#include "drivers/port/port.h"
#include "tests/unit/drivers/port/capture_file.h"

#include <sys/wait.h>

static char said[sizeof(struct config_error)];
static struct capture_file capture;

static int write_capture(void **state)
{
	(void)state;
	capture_begin(&capture, "refused.pcap", CAPTURE_ETHERNET);
	capture_whole(&capture, 0, 0);
	capture_end(&capture, 0);
	return 0;
}

static int remove_capture(void **state)
{
	(void)state;
	unlink(capture.path);
	return 0;
}

/* start_and_open starts the EAL for the ports in a child and opens them all; returns true if that went
   well and leaves the child's sentence in said. */
static bool start_and_open(const struct port_config *ports, uint32_t count)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		struct config_error error;
		bool is_good = port_dpdk_start(ports, count, &error);
		for (uint32_t i = 0; i < count && is_good; i++)
			is_good = port_open(&ports[i], &error) != NULL;
		ssize_t written = write(ends[1], error.text, strlen(error.text));
		_exit(written >= 0 && is_good ? 0 : 1);
	}
	close(ends[1]);
	size_t size = 0;
	for (ssize_t got; (got = read(ends[0], said + size, sizeof said - 1 - size)) > 0;)
		size += (size_t)got;
	said[size] = '\0';
	close(ends[0]);
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

static struct port_config port_of(const char *name, const char *device, const char *path)
{
	struct port_config config = {.kind = PORT_DPDK};
	snprintf(config.name, sizeof config.name, "%s", name);
	snprintf(config.device, sizeof config.device, "%s%s", device, path);
	return config;
}

static void assert_said(const char *word)
{
	if (strstr(said, word) == NULL)
		fail_msg("'%s' is not in: %s", word, said);
}

static void assert_refused(const struct port_config *ports, uint32_t count)
{
	assert_false(start_and_open(ports, count));
	assert_said("found");
	assert_said("expected");
}

static void without_dpdk_ports_no_eal_is_started(void **state)
{
	(void)state;
	struct port_config ports[2] = {
		{.kind = PORT_SIM, .name = "A"}, {.kind = PORT_SIM, .name = "B"}};
	assert_true(start_and_open(ports, 2));
	assert_string_equal(said, "");
}

static void a_good_device_starts(void **state)
{
	(void)state;
	struct port_config port = port_of("A", "net_pcap0,rx_pcap=", capture.path);
	if (!start_and_open(&port, 1))
		fail_msg("%s", said);
}

static void a_missing_file_is_named_with_its_port(void **state)
{
	(void)state;
	struct port_config ports[2] = {port_of("A", "net_pcap0,rx_pcap=", capture.path),
		port_of("B", "net_pcap1,rx_pcap=", "/nonexistent/day.pcap")};
	assert_refused(ports, 2);
	assert_said("port B");
	assert_said("/nonexistent/day.pcap");
}

static void a_missing_interface_is_named_with_its_port(void **state)
{
	(void)state;
	struct port_config port = port_of("A", "net_af_packet0,iface=", "nosuchwire0");
	assert_refused(&port, 1);
	assert_said("port A");
	assert_said("nosuchwire0");
}

static void a_driver_nobody_wrote_is_refused(void **state)
{
	(void)state;
	struct port_config port = port_of("A", "net_nosuch0", "");
	assert_refused(&port, 1);
	assert_said("net_nosuch0");
	assert_said("a driver of this program (docs/site.md lists them)");
}

static void two_ports_on_one_device_are_refused_before_anything_starts(void **state)
{
	(void)state;
	struct port_config ports[2] = {port_of("A", "net_pcap0,rx_pcap=", capture.path),
		port_of("B", "net_pcap0,rx_pcap=", capture.path)};
	assert_refused(ports, 2);
	assert_said("port B");
	assert_said("port A has already");
	ports[0] = port_of("A", "0000:ff:1e.7", "");
	ports[1] = port_of("B", "ff:1e.7", "");
	assert_refused(ports, 2);
	assert_said("0000:ff:1e.7");
}

static void a_card_that_is_not_there_is_refused_with_the_mend(void **state)
{
	(void)state;
	struct port_config port = port_of("A", "0000:ff:1e.7", "");
	assert_refused(&port, 1);
	assert_said("dpdk-devbind.py --bind=vfio-pci");
	assert_said("a driver of this program (docs/site.md lists them)");
}

static void capture_speed_is_refused_where_there_is_no_capture(void **state)
{
	(void)state;
	struct port_config port = port_of("A", "net_null0", "");
	port.at_capture_speed = 1;
	assert_refused(&port, 1);
	assert_said("port kind pcap");
	port = port_of("A", "net_pcap0,infinite_rx=1,rx_pcap=", capture.path);
	port.at_capture_speed = 1;
	assert_refused(&port, 1);
	assert_said("port kind pcap");
}

static void a_device_is_named_as_dpdk_lists_it(void **state)
{
	(void)state;
	/* clang-format off */
	static const struct { const char *device, *name; bool is_pci; } cases[] = {
		{"0000:01:00.0", "0000:01:00.0", true},
		{"01:00.0", "0000:01:00.0", true},
		{"0000:AF:1E.7,rx_queue=1", "0000:af:1e.7", true},
		{"net_pcap0,rx_pcap=a,b", "net_pcap0", false},
		{"net_null0", "net_null0", false},
		{"01:00.", "01:00.", false},
		{"01:00.00", "01:00.00", false},
		{"0000:01:00.g", "0000:01:00.g", false},
		{"", "", false},
	};
	/* clang-format on */
	char name[TEXT_BYTES];
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(eal_device_name(cases[i].device, name), cases[i].is_pci);
		assert_string_equal(name, cases[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_named_as_dpdk_lists_it),
		cmocka_unit_test(without_dpdk_ports_no_eal_is_started),
		cmocka_unit_test(a_good_device_starts),
		cmocka_unit_test(a_missing_file_is_named_with_its_port),
		cmocka_unit_test(a_missing_interface_is_named_with_its_port),
		cmocka_unit_test(a_driver_nobody_wrote_is_refused),
		cmocka_unit_test(two_ports_on_one_device_are_refused_before_anything_starts),
		cmocka_unit_test(a_card_that_is_not_there_is_refused_with_the_mend),
		cmocka_unit_test(capture_speed_is_refused_where_there_is_no_capture),
	};
	return !!cmocka_run_group_tests_name(
		"unit.drivers.port.eal", tests, write_capture, remove_capture);
}
