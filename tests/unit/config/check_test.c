/* check_test.c - what --check says of a limits file: what is wrong with it, and what limits check and limits lint would say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/check.h"
#include "tests/unit/config/example_limits.h"

static char *said;
static size_t said_size;
static struct config_error error;

/* A file of its own, or with NULL the site's. */
static bool check(const char *limits)
{
	char path[64] = "/dev/shm/sluice-check-XXXXXX";
	if (limits != NULL) {
		int fd = mkstemp(path);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, limits, strlen(limits)), strlen(limits));
		close(fd);
	}
	free(said);
	said = NULL;
	FILE *to = open_memstream(&said, &said_size);
	bool is_good = check_limits(&site, limits != NULL ? path : NULL, to, &error);
	fclose(to);
	if (limits != NULL)
		unlink(path);
	return is_good;
}

static void says(const char *part)
{
	if (strstr(said, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, said);
}

static void the_sites_own_file_is_good(void **state)
{
	(void)state;
	if (!check(NULL))
		fail_msg("%s", error.text);
	says("/limits.yaml: good: ");
	assert_null(strstr(said, "so high"));
}

static void what_nobody_states_and_what_is_too_high_is_told(void **state)
{
	(void)state;
	assert_true(check("version: 1\nsite: simulation\n"
			  "firm: {max_order_quantity: 4000000000 shares}\n"
			  "defaults: {account: {max_order_quantity: 100 shares}}\n"));
	says("credit, which is stated by firm, is stated for any order by nobody: refuses\n");
	says(" limits are not stated for every order, and refuse where they are not\n");
	says("max_order_quantity");
	says("1 limits are so high that they do nothing, 0 are waived\n");
	says("firm: max_order_quantity 4000000000 shares never binds: ");
	says("1 limits never bind, because others are always tighter: no fault, a warning\n");
}

static void a_file_that_is_wrong_is_refused_with_its_place(void **state)
{
	(void)state;
	assert_false(check("version: 1\nsite: simulation\nfirm: {credit: 5 shares}\n"
			   "defaults: {account: {}}\n"));
	assert_non_null(strstr(error.text, ":3:"));
	assert_non_null(strstr(error.text, "expected"));
	assert_int_equal(said_size, 0);
	snprintf(site.directory, sizeof site.directory, "/nowhere");
	assert_false(check(NULL));
	assert_non_null(strstr(error.text, "/nowhere/limits.yaml"));
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, open_site, close_site)
	const struct CMUnitTest tests[] = {
		ONE(the_sites_own_file_is_good),
		ONE(what_nobody_states_and_what_is_too_high_is_told),
		ONE(a_file_that_is_wrong_is_refused_with_its_place),
	};
	int status = cmocka_run_group_tests_name("unit.config.check", tests, NULL, NULL);
	free(said);
	return status;
}
