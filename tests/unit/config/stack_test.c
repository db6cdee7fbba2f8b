/* stack_test.c - the gate's own TCP stack, as a site may and may not ask for it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "config/site_file.h"

static const char directory[] = SLUICE_SOURCE_DIRECTORY "/config/examples/simulation";
static const char *const files[] = {SLUICE_SOURCE_DIRECTORY "/config/examples/simulation/site.yaml",
	SLUICE_SOURCE_DIRECTORY "/config/examples/simulation/accounts.yaml",
	SLUICE_SOURCE_DIRECTORY "/config/examples/simulation/symbols.yaml"};

static void replace_once(struct file_text *text, const char *old, const char *new)
{
	char *at = strstr(text->bytes, old);
	assert_non_null(at);
	size_t before = (size_t)(at - text->bytes), after = text->size - before - strlen(old);
	char *bytes = calloc(1, before + strlen(new) + after + 1);
	assert_non_null(bytes);
	memcpy(bytes, text->bytes, before);
	memcpy(bytes + before, new, strlen(new));
	memcpy(bytes + before + strlen(new), at + strlen(old), after);
	text->size = before + strlen(new) + after;
	free(text->bytes);
	text->bytes = bytes;
}

/* stack_is reads the example with a stack, on port feed-b, which its channel gives up. */
static void stack_is(const char *words, const char *expected)
{
	static struct site_config site;
	struct file_text texts[3];
	struct config_error error = {""};
	char stack[256];
	for (int i = 0; i < 3; i++)
		assert_true(file_text_read(&texts[i], files[i], &error));
	replace_once(&texts[0], "      - {port: feed-b, group: 239.1.1.2:26478}\n", "");
	snprintf(stack, sizeof stack, "  stack: {%s}\n  control: {max_silence", words);
	replace_once(&texts[0], "  control: {max_silence", stack);
	bool is_good = site_parse(&site, directory, texts, &error);
	for (int i = 0; i < 3; i++)
		file_text_free(&texts[i]);
	if (expected[0] == '\0') {
		assert_true(is_good);
		assert_int_equal(site.stack.is_used, 1);
		assert_int_equal(site.stack.port, 1);
		assert_int_equal(site.stack.address_ip, 0x7F000001);
		assert_int_equal(site.stack.netmask_ip, 0xFF000000);
		assert_int_equal(site.stack.gateway_ip, 0x7F000002);
		assert_int_equal(site.stack.mtu_bytes, 1400);
		config_free(&site);
		return;
	}
	assert_false(is_good);
	if (strstr(error.text, expected) == NULL)
		fail_msg("%s: found %s, expected %s", words, error.text, expected);
}

static void the_gates_own_stack_is_held_to_its_words(void **state)
{
	(void)state;
	stack_is("port: feed-c, address: 10.0.0.2/24",
		"found the port \"feed-c\", expected a name from ports");
	stack_is("port: feed-a, address: 10.0.0.2/24",
		"found the port \"feed-a\" of channel \"itch\", expected one that no channel "
		"listens on");
	stack_is("port: feed-b, address: 10.0.0.2",
		"found \"10.0.0.2\", expected an IPv4 address and the bits of its network, 1 to "
		"30, such as \"10.0.0.2/24\"");
	stack_is("port: feed-b, address: 10.0.0.2/31",
		"found \"10.0.0.2/31\", expected an IPv4 address");
	stack_is("port: feed-b, address: 10.0.0.2/0",
		"found \"10.0.0.2/0\", expected an IPv4 address");
	stack_is("port: feed-b, address: /24", "found \"/24\", expected an IPv4 address");
	stack_is("port: feed-b, address: 10.0.0.2/24, gateway: 10.0.1.1",
		"found the gateway 10.0.1.1, expected another address of the network of "
		"10.0.0.2/24");
	stack_is("port: feed-b, address: 10.0.0.2/24, gateway: 10.0.0.2",
		"found the gateway 10.0.0.2, expected another");
	stack_is("port: feed-b, address: 10.0.0.2/24, gateway: x",
		"found \"x\", expected a numeric IPv4 address");
	stack_is("port: feed-b, address: 10.0.0.2/24, mtu: 9000 B",
		"found 9000 B, expected from 576 to 1500 B");
	stack_is("port: feed-b, address: 10.0.0.2/24",
		"found 127.0.0.1:25000, expected the address of the gate's stack, 10.0.0.2/24");
	stack_is("port: feed-b, address: 127.0.0.1/8, gateway: 127.0.0.2, mtu: 1400 B", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gates_own_stack_is_held_to_its_words),
	};
	return !!cmocka_run_group_tests_name("unit.config.stack", tests, NULL, NULL);
}
