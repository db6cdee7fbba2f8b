/* load_steps_test.c - a site that is read in two steps is the one that is read in one; between them its ports are known and its
   symbols are not, and what the second refuses leaves nothing behind but the site to free. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/config/example.h"

static char broken[] = "/tmp/sluice-steps-XXXXXX";

/* A copy of the example in which a file has another end. */
static void copy_example(const char *changed, const char *end)
{
	char path[PATH_BYTES];
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
		struct file_text text;
		struct config_error error;
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		assert_true(file_text_read(&text, path, &error));
		snprintf(path, sizeof path, "%s/%s", broken, names[i]);
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fwrite(text.bytes, 1, text.size, file);
		if (strcmp(names[i], changed) == 0)
			fputs(end, file);
		fclose(file);
		file_text_free(&text);
	}
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(broken) == NULL;
}

static int remove_directory(void **state)
{
	char path[PATH_BYTES];
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
		snprintf(path, sizeof path, "%s/%s", broken, names[i]);
		unlink(path);
	}
	return rmdir(broken);
}

static void between_the_steps_ports_are_known_and_symbols_are_not(void **state)
{
	static struct site_config site, whole;
	struct config_error error;
	(void)state;
	struct config_reading *reading = config_begin(&site, directory, &error);
	assert_non_null(reading);
	assert_int_equal(site.port_count, 2);
	assert_string_equal(site.ports[1].name, "feed-b");
	assert_string_equal(site.journal_directory + strlen(directory), "/journal");
	assert_string_equal(site.run_directory + strlen(directory), "/run");
	assert_int_equal(site.symbol_count, 0);
	assert_int_equal(site.account_count, 0);
	assert_true(config_end(reading));
	assert_true(config_load(&whole, directory, &error));
	assert_memory_equal(site.hash, whole.hash, sizeof site.hash);
	assert_int_equal(site.symbol_count, whole.symbol_count);
	assert_memory_equal(site.ports, whole.ports, sizeof site.ports);
	config_free(&site);
	config_free(&whole);
}

static void what_the_second_step_refuses_is_said_and_the_site_is_still_to_be_freed(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	copy_example("symbols.yaml", "  - {name: AAPL}\n");
	struct config_reading *reading = config_begin(&site, broken, &error);
	assert_non_null(reading);
	assert_false(config_end(reading));
	assert_non_null(strstr(error.text, "symbols.yaml"));
	assert_int_equal(site.port_count, 2);
	config_free(&site);
	assert_false(config_load(&site, broken, &error));
	assert_null(site.symbols);
}

static void what_the_first_step_refuses_leaves_nothing(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	copy_example("site.yaml", "nobody: knows this\n");
	assert_null(config_begin(&site, broken, &error));
	assert_non_null(strstr(error.text, "site.yaml"));
	assert_int_equal(site.port_count, 0);
	assert_null(config_begin(&site, "/nonexistent", &error));
}

static void who_needs_no_second_step_forgets_the_first(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	struct config_reading *reading = config_begin(&site, directory, &error);
	assert_non_null(reading);
	config_drop(reading);
	config_free(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(between_the_steps_ports_are_known_and_symbols_are_not),
		cmocka_unit_test(
			what_the_second_step_refuses_is_said_and_the_site_is_still_to_be_freed),
		cmocka_unit_test(what_the_first_step_refuses_leaves_nothing),
		cmocka_unit_test(who_needs_no_second_step_forgets_the_first),
	};
	return !!cmocka_run_group_tests_name(
		"unit.config.load_steps", tests, make_directory, remove_directory);
}
