/* audit_test.c - lines are numbered, whole and durable; floods are counted; a full disk stops loosening. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/audit/audit.h"

static char directory[64];

static int make(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/sluice-audit-XXXXXX");
	return mkdtemp(directory) == NULL;
}

static int clear(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	unlink(path);
	return rmdir(directory);
}

static json_t *line_of(const char *command)
{
	json_t *line = json_object();
	json_object_set_new(line, "command", json_string(command));
	return line;
}

static json_t *line_read(unsigned index)
{
	char path[128], text[4096];
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	FILE *file = fopen(path, "r");
	json_t *line = NULL;
	for (unsigned i = 0; file != NULL && fgets(text, sizeof text, file) != NULL; i++) {
		if (i == index)
			line = json_loads(text, 0, NULL);
	}
	if (file != NULL)
		fclose(file);
	return line;
}

static void a_line_is_on_the_disk_when_it_is_called_durable(void **state)
{
	(void)state;
	struct config_error error;
	struct audit *audit = audit_open(directory, &error);
	assert_non_null(audit);
	assert_int_equal(audit_append(audit, line_of("kill"), AUDIT_MAJOR, 1), 1);
	assert_int_equal(audit_append(audit, line_of("resume"), AUDIT_MAJOR, 1), 2);
	while (audit_durable(audit) < 2)
		sched_yield();
	json_t *line = line_read(1);
	assert_string_equal(json_string_value(json_object_get(line, "command")), "resume");
	assert_int_equal(json_integer_value(json_object_get(line, "number")), 2);
	json_decref(line);
	audit_close(audit);
}

static void a_flood_of_questions_is_counted_and_what_changes_something_is_not_lost(void **state)
{
	(void)state;
	struct config_error error;
	struct audit *audit = audit_open(directory, &error);
	unsigned written = 0;
	for (unsigned i = 0; i < AUDIT_MINOR_RATE_PER_S + 50; i++)
		written += audit_append(audit, line_of("status"), AUDIT_MINOR, 5000000000u) != 0;
	assert_int_equal(written, AUDIT_MINOR_RATE_PER_S);
	uint64_t number = audit_append(audit, line_of("kill"), AUDIT_MAJOR, 5000000000u);
	assert_true(number > 0);
	audit_close(audit);
	json_t *line = line_read((unsigned)number - 1);
	assert_int_equal(json_integer_value(json_object_get(line, "left_out")), 50);
	json_decref(line);
}

static void a_disk_that_fails_is_never_called_durable(void **state)
{
	(void)state;
	struct config_error error;
	char path[128];
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	assert_int_equal(symlink("/dev/full", path), 0);
	struct audit *audit = audit_open(directory, &error);
	assert_non_null(audit);
	assert_true(audit_append(audit, line_of("rearm"), AUDIT_MAJOR, 1) > 0);
	while (audit_failed(audit) == 0)
		sched_yield();
	assert_int_equal(audit_durable(audit), 0);
	audit_append(audit, line_of("again"), AUDIT_MAJOR, 1);
	audit_close(audit);
}

static void a_directory_that_cannot_be_is_a_sentence(void **state)
{
	(void)state;
	struct config_error error;
	assert_null(audit_open("/proc/none", &error));
	assert_non_null(strstr(error.text, "expected"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_line_is_on_the_disk_when_it_is_called_durable, make, clear),
		cmocka_unit_test_setup_teardown(
			a_flood_of_questions_is_counted_and_what_changes_something_is_not_lost,
			make, clear),
		cmocka_unit_test_setup_teardown(
			a_disk_that_fails_is_never_called_durable, make, clear),
		cmocka_unit_test(a_directory_that_cannot_be_is_a_sentence),
	};
	return !!cmocka_run_group_tests_name("unit.control.audit.audit", tests, NULL, NULL);
}
