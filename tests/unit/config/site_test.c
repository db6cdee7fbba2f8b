/* Who keeps the clock, and what a production site does not take. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/config/example.h"

static void a_clock_is_held_to_its_words(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "131072}", "131072}\nclock: {source: ntpd}",
			"site.yaml:79:17: found \"ntpd\", expected none, kernel, chrony or ptp"},
		{SITE, "131072}", "131072}\nclock: {source: chrony, max_offset: 1 us, domain: 0}",
			"site.yaml:79:51: found \"0\" for a clock whose source is chrony, "
			"expected socket and domain only with source: ptp"},
		{SITE, "131072}",
			"131072}\nclock: {source: ptp, max_offset: 1 us, socket: run/ptp4l}",
			"site.yaml:79:48: found \"run/ptp4l\", expected the absolute path of "
			"ptp4l's uds_address, of at most 107 bytes"},
		{SITE, "131072}", "131072}\nclock: {source: ptp, max_offset: 1 us, domain: 128}",
			"site.yaml:79:48: found 128, expected from 0 to 127"},
		{SITE, "131072}", "131072}\nclock: {source: chrony}",
			"site.yaml:79:17: found the source \"chrony\" without max_offset, expected "
			"how far the clock may be off"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

/* What the site says of raising limits; the policy, or -1: refused. */
static int raise_policy_of(const char *line, struct config_error *error)
{
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	read_texts(texts);
	if (line != NULL)
		replace_once(&texts[SITE], "book: {orders: 131072}", line);
	bool good = site_parse(&site, directory, texts, error);
	int policy = good ? site.raise_policy : -1;
	if (good)
		config_free(&site);
	free_texts(texts);
	return policy;
}

static void raising_limits_takes_two_persons_unless_the_site_says_otherwise(void **state)
{
	(void)state;
	struct config_error error;
	assert_int_equal(raise_policy_of(NULL, &error), RAISE_TWO_PERSONS);
	assert_int_equal(
		raise_policy_of("book: {orders: 131072}\nlimits: {raise: two_persons}", &error),
		RAISE_TWO_PERSONS);
	assert_int_equal(
		raise_policy_of("book: {orders: 131072}\nlimits: {raise: confirmed}", &error),
		RAISE_CONFIRMED);
	assert_int_equal(
		raise_policy_of("book: {orders: 131072}\nlimits: {raise: nobody}", &error), -1);
	assert_non_null(
		strstr(error.text, "79:17: found \"nobody\", expected two_persons or confirmed"));
}

/* as_production parses the example turned into a production site, with two more replacements. */
static bool as_production(const char *replace[][2], size_t count, struct config_error *error)
{
	static struct site_config site;
	static const char *const secrets[][2] = {{"kind: simulation", "kind: production"},
		{"test-venue", "s3cret-0"}, {"test-feed", "s3cret-3"}, {"test-one", "s3cret-1"},
		{"test-two", "s3cret-2"},
		{"firm: SLCE", "firm: SLCE\n    fees: {rates: [{flags: R, fee: 0.003}]}"},
		{"trader: ANNA", "trader: ANNA\n      cancel_on_disconnect: yes"},
		{"trader: BORIS", "trader: BORIS\n      cancel_on_disconnect: no"},
		{"book: {orders: 131072}",
			"book: {orders: 131072}\nclock: {source: kernel, max_offset: 100 us}"}};
	struct file_text texts[FILE_COUNT];
	read_texts(texts);
	for (size_t i = 0; i < ARRAY_COUNT(secrets); i++)
		replace_once(&texts[SITE], secrets[i][0], secrets[i][1]);
	for (size_t i = 0; i < count; i++)
		replace_once(&texts[SITE], replace[i][0], replace[i][1]);
	bool good = site_parse(&site, directory, texts, error);
	if (good)
		config_free(&site);
	free_texts(texts);
	return good;
}

/* What a boot makes present of tables that have room for the most there can be. */
static void rows_of_limits_and_positions_are_counted_as_far_as_there_is_room(void **state)
{
	(void)state;
	struct account_config accounts[3] = {
		{.strategy_count = 2}, {.strategy_count = 0}, {.strategy_count = 8}};
	struct site_config site = {
		.accounts = accounts, .account_count = 3, .symbol_count = 5, .session_count = 2};
	assert_int_equal(site_position_rows(&site), 15);
	assert_int_equal(
		site_limit_rows(&site), 1 + SECTOR_COUNT_MAX + SESSION_COUNT_MAX + 3 + 10 + 5 + 15);
	site.symbol_count = ROW_COUNT_MAX / 3;
	assert_int_equal(site_position_rows(&site), ROW_COUNT_MAX / 3 * 3);
	assert_int_equal(site_limit_rows(&site), LIMIT_ROW_COUNT_MAX);
	site.symbol_count++;
	assert_int_equal(site_position_rows(&site), ROW_COUNT_MAX);
	site = (struct site_config){0};
	assert_int_equal(site_position_rows(&site), 0);
	assert_int_equal(site_limit_rows(&site), 1 + SECTOR_COUNT_MAX + SESSION_COUNT_MAX);
}

static void a_production_site_refuses_simulators_and_test_passwords(void **state)
{
	static const char *wrong[][2] = {{"kind: dpdk", "kind: sim"}, {"kind: dpdk", "kind: pcap"},
		{"source: kernel", "source: none"},
		{"clock: {source: kernel, max_offset: 100 us}", ""},
		{"net_af_packet0", "net_pcap0"}, {"net_af_packet0", "net_ring0"},
		{"s3cret-1", "test-one"}, {"s3cret-0", "TESTVENUE"},
		{"      cancel_on_disconnect: yes\n", ""},
		{"    fees: {rates: [{flags: R, fee: 0.003}]}\n", ""},
		{"iface=slfeeda\"", "iface=slfeeda\", fault: {seed: 1, loss: 0 ppm, reorder: 0 "
				    "ppm, duplicate: 0 ppm}"}};
	struct config_error error;
	(void)state;
	if (!as_production(NULL, 0, &error))
		fail_msg("%s", error.text);
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		assert_false(as_production(&wrong[i], 1, &error));
		assert_non_null(
			strstr(error.text, "in the production site \"simulation\", expected "));
		assert_null(strstr(error.text, "TESTVENUE"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_is_held_to_its_words),
		cmocka_unit_test(raising_limits_takes_two_persons_unless_the_site_says_otherwise),
		cmocka_unit_test(rows_of_limits_and_positions_are_counted_as_far_as_there_is_room),
		cmocka_unit_test(a_production_site_refuses_simulators_and_test_passwords),
	};
	return !!cmocka_run_group_tests_name("unit.config.site", tests, NULL, NULL);
}
