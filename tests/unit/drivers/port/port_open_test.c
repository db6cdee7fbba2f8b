/* A port is opened as its config says, fault wrapper included, or refused with a sentence. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/port/port_fault.h"
#include "drivers/port/port_sim.h"

static void a_simulated_port_is_opened_with_its_name(void **state)
{
	(void)state;
	struct config_error error = {"old"};
	struct port_config config = {.kind = PORT_SIM, .name = "A"};
	struct port *port = port_open(&config, &error);
	assert_non_null(port);
	assert_string_equal(port->name, "A");
	assert_string_equal(error.text, "");
	struct packet packet;
	assert_true(port_sim_put(port, (const uint8_t *)"x", 1, 0));
	assert_int_equal(port_rx_burst(port, 0, &packet, 1), 1);
	port_close(port);
}

static void a_dpdk_port_without_an_eal_is_refused(void **state)
{
	(void)state;
	struct config_error error;
	struct port_config config = {.kind = PORT_DPDK, .name = "A", .device = "net_null0"};
	assert_null(port_open(&config, &error));
	assert_non_null(strstr(error.text, "found no DPDK device 'net_null0'"));
}

static void a_port_that_cannot_be_opened_is_not_wrapped(void **state)
{
	(void)state;
	struct config_error error;
	struct port_config config = {
		.kind = PORT_PCAP, .name = "A", .device = "/nonexistent", .is_fault = 1};
	assert_null(port_open(&config, &error));
	assert_non_null(strstr(error.text, "/nonexistent"));
}

static void a_kind_nobody_knows_is_refused(void **state)
{
	(void)state;
	struct config_error error;
	struct port_config config = {.kind = PORT_FAULT, .name = "A"};
	assert_null(port_open(&config, &error));
	assert_non_null(strstr(error.text, "expected dpdk, pcap or sim"));
	config.kind = 0;
	assert_null(port_open(&config, &error));
	assert_non_null(strstr(error.text, "port A"));
}

static void the_config_wraps_a_port_and_refuses_impossible_rates(void **state)
{
	(void)state;
	struct config_error error;
	struct port_config config = {.kind = PORT_SIM,
		.name = "A",
		.is_fault = 1,
		.fault_loss_ppm = PORT_FAULT_PPM_MAX + 1};
	assert_null(port_open(&config, &error));
	assert_non_null(strstr(error.text, "port A: found a fault rate"));
	config.fault_loss_ppm = PORT_FAULT_PPM_MAX;
	struct port *port = port_open(&config, &error);
	assert_non_null(port);
	assert_string_equal(port->name, "A");
	assert_true(port_tx(port, (const uint8_t *)"x", 1));
	struct port_stats stats;
	port_get_stats(port, &stats);
	assert_int_equal(stats.tx_packets, 1);
	assert_true(stats.link_up);
	port_close(port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_simulated_port_is_opened_with_its_name),
		cmocka_unit_test(a_dpdk_port_without_an_eal_is_refused),
		cmocka_unit_test(a_port_that_cannot_be_opened_is_not_wrapped),
		cmocka_unit_test(a_kind_nobody_knows_is_refused),
		cmocka_unit_test(the_config_wraps_a_port_and_refuses_impossible_rates),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.port.port_open", tests, NULL, NULL);
}
