/* ports_test.c - ports come up beside the boot, and are there when somebody needs them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "dataplane/plan/ports.h"

static const char *const names[] = {"feed-a", "feed-b", "orders"};

static struct site_config site_of(uint8_t count)
{
	struct site_config site = {.port_count = count};
	for (uint8_t i = 0; i < count; i++) {
		site.ports[i].kind = PORT_SIM;
		strcpy(site.ports[i].name, names[i]);
	}
	return site;
}

static void every_port_is_open_at_the_end_as_the_site_orders_them(void **state)
{
	struct ports ports = {0};
	struct config_error error;
	struct site_config site = site_of(3);
	(void)state;
	ports_begin(&ports, &site);
	assert_true(ports_end(&ports, &error));
	for (uint32_t i = 0; i < 3; i++)
		assert_string_equal(ports.rows[i]->name, names[i]);
	assert_null(ports.rows[3]);
	ports_close(&ports);
	assert_null(ports.rows[0]);
}

static void one_that_does_not_come_up_is_named_and_the_others_are_closed(void **state)
{
	struct ports ports = {0};
	struct config_error error = {.text = ""};
	struct site_config site = site_of(2);
	(void)state;
	site.ports[1].kind = PORT_PCAP;
	strcpy(site.ports[1].device, "/nowhere/day.pcap");
	ports_begin(&ports, &site);
	assert_false(ports_end(&ports, &error));
	assert_non_null(strstr(error.text, "/nowhere/day.pcap"));
	assert_non_null(ports.rows[0]);
	ports_close(&ports);
	assert_null(ports.rows[0]);
}

static void a_boot_that_ends_early_waits_for_them_and_closes_them(void **state)
{
	struct ports ports = {0};
	struct site_config site = site_of(2);
	(void)state;
	ports_begin(&ports, &site);
	ports_close(&ports);
	assert_null(ports.rows[0]);
	assert_null(ports.rows[1]);
	assert_false(ports.is_begun);
}

static void what_was_never_begun_is_closed_without_a_word(void **state)
{
	struct ports ports = {0};
	(void)state;
	ports_close(&ports);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_port_is_open_at_the_end_as_the_site_orders_them),
		cmocka_unit_test(one_that_does_not_come_up_is_named_and_the_others_are_closed),
		cmocka_unit_test(a_boot_that_ends_early_waits_for_them_and_closes_them),
		cmocka_unit_test(what_was_never_begun_is_closed_without_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
