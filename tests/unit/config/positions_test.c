/* The positions file of a site: read whole or refused with the place of what is wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "tests/unit/config/example.h"

static const char good[] =
	"version: 1\n"
	"as_of: \"2019-01-30T12:00:00Z\"\n"
	"positions:\n"
	"  - {account: 17, symbol: AAPL, long: 500 shares, cost: 150.25, price: 154.68}\n"
	"  - {account: 17, symbol: ZVZZT, short: 70 shares, cost: 10.5, price: 10}\n"
	"  - {account: 18, symbol: AAPL, short: 1 shares, cost: 0.0001, price: 199999.9999}\n";

static void open_named(struct site_config *site, const char *part)
{
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	read_texts(texts);
	replace_once(&texts[SITE], "run_directory: run", part);
	if (!site_parse(site, directory, texts, &error))
		fail_msg("%s", error.text);
	free_texts(texts);
}

static void open_site(struct site_config *site)
{
	open_named(site, "positions: {file: positions.yaml, max_age: 3 days}\nrun_directory: run");
}

static bool parse(struct site_config *site, const char *bytes, char sentence[1024])
{
	struct config_error error = {{0}};
	char *copy = strdup(bytes);
	const struct file_text text = {copy, strlen(bytes)};
	bool is_good = positions_parse(site, &text, &error);
	const char *name = strrchr(error.text, '/');
	snprintf(sentence, 1024, "%s", name != NULL ? name + 1 : error.text);
	free(copy);
	return is_good;
}

static void rows_are_read_exactly(void **state)
{
	static struct site_config site;
	char sentence[1024];
	(void)state;
	open_site(&site);
	uint64_t before = site.hash[0];
	assert_int_equal(site.positions_max_age_ns, 3 * 86400ull * 1000000000);
	assert_string_equal(site.positions_path + strlen(directory), "/positions.yaml");
	if (!parse(&site, good, sentence))
		fail_msg("%s", sentence);
	assert_int_equal(site.position_count, 3);
	assert_int_equal(site.positions_wall_ns, 1548849600000000000);
	assert_int_equal(site.positions[0].account, 17);
	assert_int_equal(site.positions[0].symbol, 0);
	assert_int_equal(site.positions[0].shares, 500);
	assert_int_equal(site.positions[0].cost_e4, 1502500);
	assert_int_equal(site.positions[0].price_e4, 1546800);
	assert_int_equal(site.positions[1].shares, -70);
	assert_int_equal(site.positions[2].price_e4, 1999999999);
	assert_true(site.hash[0] != before);
	config_free(&site);
}

static void another_byte_is_another_configuration(void **state)
{
	static struct site_config one, two;
	char sentence[1024], *other = strdup(good);
	(void)state;
	memcpy(strstr(other, "500"), "501", 3);
	open_site(&one);
	open_site(&two);
	assert_memory_equal(one.hash, two.hash, sizeof one.hash);
	assert_true(parse(&one, good, sentence));
	assert_true(parse(&two, other, sentence));
	assert_memory_not_equal(one.hash, two.hash, sizeof one.hash);
	config_free(&one);
	config_free(&two);
	free(other);
}

/* The other files stay in it: the same positions of another site are not the same configuration. */
static void another_site_with_the_same_positions_is_another_configuration(void **state)
{
	static struct site_config one, two;
	char sentence[1024];
	(void)state;
	open_site(&one);
	open_named(&two, "positions: {file: positions.yaml, max_age: 4 days}\nrun_directory: run");
	assert_true(parse(&one, good, sentence));
	assert_true(parse(&two, good, sentence));
	assert_memory_not_equal(one.hash, two.hash, sizeof one.hash);
	config_free(&one);
	config_free(&two);
}

static void a_file_elsewhere_is_named_by_its_whole_path(void **state)
{
	static struct site_config site;
	(void)state;
	open_named(&site, "positions: {file: /var/p.yaml, max_age: 3 days}\nrun_directory: run");
	assert_string_equal(site.positions_path, "/var/p.yaml");
	config_free(&site);
}

static void no_positions_are_positions_too(void **state)
{
	static struct site_config site;
	char sentence[1024];
	(void)state;
	open_site(&site);
	assert_true(parse(
		&site, "version: 1\nas_of: \"2019-01-30T12:00:00Z\"\npositions: []\n", sentence));
	assert_int_equal(site.position_count, 0);
	config_free(&site);
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
	static const struct {
		const char *old, *new, *sentence;
	} rows[] = {
		{"account: 17, symbol: AAPL", "account: 19, symbol: AAPL",
			"positions.yaml:4:15: found the unknown account 19, expected an id from "
			"accounts.yaml"},
		{"symbol: ZVZZT", "symbol: ZVZZ",
			"positions.yaml:5:27: found the unknown symbol \"ZVZZ\", expected one from "
			"symbols.yaml"},
		{"symbol: ZVZZT", "symbol: ZVZZTZVZZT",
			"positions.yaml:5:27: found the unknown symbol \"ZVZZTZVZZT\", expected "
			"one "
			"from symbols.yaml"},
		{"symbol: ZVZZT", "symbol: \"ZVZZT   X\"",
			"positions.yaml:5:27: found the unknown symbol \"ZVZZT   X\", expected one "
			"from symbols.yaml"},
		{"long: 500 shares, ", "",
			"positions.yaml:4:27: found neither long nor short for AAPL, expected "
			"either "
			"long or short"},
		{"long: 500 shares", "long: 500 shares, short: 1 shares",
			"positions.yaml:4:27: found both long and short for AAPL, expected either "
			"long or short"},
		{"500 shares", "-500 shares",
			"positions.yaml:4:39: found \"-500 shares\", expected a whole number of "
			"shares such as \"500 shares\""},
		{"500 shares", "0 shares",
			"positions.yaml:4:39: found 0 shares, expected from 1 to 1000000000 "
			"shares"},
		{"500 shares", "1000000001 shares",
			"positions.yaml:4:39: found 1000000001 shares, expected from 1 to "
			"1000000000 "
			"shares"},
		{"cost: 10.5", "cost: 0",
			"positions.yaml:5:58: found \"0\", expected a price above 0"},
		{"price: 199999.9999", "price: 200000",
			"positions.yaml:6:71: found 200000, expected a price below 200000"},
		{", price: 10}", "}",
			"positions.yaml:5:5: found no key \"price\" here, expected it"},
		{"symbol: ZVZZT", "symbol: AAPL",
			"positions.yaml:5:27: found AAPL of account 17 again, expected each once"},
		{"version: 1", "version: 2", "positions.yaml:1:10: found 2, expected from 1 to 1"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		static struct site_config site;
		struct file_text text = {strdup(good), strlen(good)};
		char sentence[1024], bytes[2048];
		replace_once(&text, rows[i].old, rows[i].new);
		snprintf(bytes, sizeof bytes, "%.*s", (int)text.size, text.bytes);
		open_site(&site);
		uint64_t before = site.hash[0];
		if (parse(&site, bytes, sentence))
			fail_msg("\"%s\" was taken", rows[i].new);
		assert_string_equal(sentence, rows[i].sentence);
		assert_int_equal(site.position_count, 0);
		assert_int_equal(site.hash[0], before);
		config_free(&site);
		file_text_free(&text);
	}
}

static void a_time_that_is_none_is_refused(void **state)
{
	static struct site_config site;
	char sentence[1024];
	(void)state;
	open_site(&site);
	assert_false(parse(&site, "version: 1\nas_of: today\npositions: []\n", sentence));
	assert_memory_equal(sentence, "positions.yaml:2:8: found \"today\"", 33);
	config_free(&site);
}

static void old_and_future_positions_begin_no_journal(void **state)
{
	static struct site_config site;
	const uint64_t day_ns = 86400ull * 1000000000;
	struct config_error error = {{0}};
	char sentence[1024];
	(void)state;
	open_site(&site);
	assert_true(parse(&site, good, sentence));
	uint64_t held_ns = site.positions_wall_ns;
	assert_true(positions_are_current(&site, held_ns, &error));
	assert_true(positions_are_current(&site, held_ns + 3 * day_ns, &error));
	assert_false(positions_are_current(&site, held_ns + 3 * day_ns + 1, &error));
	assert_non_null(strstr(error.text,
		"positions.yaml:1:1: found an as_of 259200 s ago, expected at most 259200 s, the "
		"site's max_age: write the file of this day"));
	assert_false(positions_are_current(&site, held_ns - 1, &error));
	assert_non_null(strstr(error.text,
		"positions.yaml:1:1: found an as_of 1 ms ahead of this machine's clock, expected a "
		"time that has been: "));
	config_free(&site);
	assert_true(positions_are_current(&site, held_ns, &error));
}

static void a_file_that_the_site_names_must_be_there(void **state)
{
	static const struct wrong wrong[] = {
		{SITE, "run_directory: run",
			"positions: {file: p.yaml, max_age: 0 s}\nrun_directory: run",
			"site.yaml:5:36: found \"0 s\", expected more than nothing"},
		{SITE, "run_directory: run",
			"positions: {file: p.yaml, max_age: 3}\nrun_directory: run",
			"site.yaml:5:36: found \"3\", expected a duration in ns, us, ms, s, min, h "
			"or "
			"days such as \"500 ms\""},
		{SITE, "run_directory: run",
			"positions: {file: \"\", max_age: 3 days}\nrun_directory: run",
			"site.yaml:5:19: found \"\", expected a file"},
		{SITE, "run_directory: run", "positions: {file: p.yaml}\nrun_directory: run",
			"site.yaml:5:12: found no key \"max_age\" here, expected it"},
	};
	static struct site_config site;
	struct config_error error = {{0}};
	char folder[] = "/tmp/sluice_positions_XXXXXX", path[512];
	(void)state;
	refuse_all(wrong, ARRAY_COUNT(wrong));
	assert_non_null(mkdtemp(folder));
	struct file_text texts[FILE_COUNT];
	read_texts(texts);
	replace_once(&texts[SITE], "run_directory: run",
		"positions: {file: positions.yaml, max_age: 3 days}\nrun_directory: run");
	for (unsigned i = 0; i < FILE_COUNT; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(texts[i].bytes, 1, texts[i].size, file), texts[i].size);
		fclose(file);
	}
	assert_false(config_load(&site, folder, &error));
	assert_non_null(strstr(error.text, "positions.yaml:1:1: found no readable file"));
	assert_null(site.accounts);
	assert_int_equal(site.account_count, 0);
	/* Who only asks and stops needs none. */
	assert_true(site_load(&site, folder, &error));
	assert_int_equal(site.position_count, 0);
	config_free(&site);
	snprintf(path, sizeof path, "%s/positions.yaml", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(good, file);
	fclose(file);
	if (!config_load(&site, folder, &error))
		fail_msg("%s", error.text);
	assert_int_equal(site.position_count, 3);
	config_free(&site);
	unlink(path);
	for (unsigned i = 0; i < FILE_COUNT; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	free_texts(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read_exactly),
		cmocka_unit_test(another_byte_is_another_configuration),
		cmocka_unit_test(another_site_with_the_same_positions_is_another_configuration),
		cmocka_unit_test(a_file_elsewhere_is_named_by_its_whole_path),
		cmocka_unit_test(no_positions_are_positions_too),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
		cmocka_unit_test(a_time_that_is_none_is_refused),
		cmocka_unit_test(old_and_future_positions_begin_no_journal),
		cmocka_unit_test(a_file_that_the_site_names_must_be_there),
	};
	return !!cmocka_run_group_tests_name("config.positions", tests, NULL, NULL);
}
