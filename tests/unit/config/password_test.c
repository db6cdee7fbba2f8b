/* Secrets in files of their own: only root's, and nobody else reads them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/config/example.h"

static char path[64];
static struct site_config site;

static void write_secret(const char *secret, mode_t mode)
{
	snprintf(path, sizeof path, "/tmp/sluice-password-%d", (int)getpid());
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, secret, strlen(secret)), strlen(secret));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static bool parse_file(const char *file, char sentence[1024])
{
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	char line[200];
	read_texts(texts);
	snprintf(line, sizeof line, "password_file: %s", file);
	replace_once(&texts[SITE], "password: test-two", line);
	bool good = site_parse(&site, directory, texts, &error);
	snprintf(sentence, 1024, "%s", error.text);
	free_texts(texts);
	return good;
}

static void refuse(const char *file, const char *part)
{
	char sentence[1024];
	assert_false(parse_file(file, sentence));
	if (strstr(sentence, part) == NULL)
		fail_msg("found \"%s\", expected \"%s\" in it", sentence, part);
}

static void a_secret_is_read_without_its_end_of_line(void **state)
{
	char sentence[1024];
	(void)state;
	write_secret("hidden-2\n", 0600);
	assert_true(parse_file(path, sentence));
	assert_string_equal(site.sessions[1].password, "hidden-2");
	config_free(&site);
	write_secret("0123456789", 0400);
	assert_true(parse_file(path, sentence));
	assert_string_equal(site.sessions[1].password, "0123456789");
	config_free(&site);
	unlink(path);
}

static void a_file_that_others_may_read_is_refused_by_name(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0602, 0644, 0666};
	char expected[256];
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(modes); i++) {
		write_secret("hidden", modes[i]);
		snprintf(expected, sizeof expected,
			"found %s of mode %04o, which others may read or write, expected 0600: "
			"chmod 600 %s",
			path, (unsigned)modes[i], path);
		refuse(path, expected);
	}
	unlink(path);
}

static void what_is_no_file_or_no_secret_is_refused(void **state)
{
	char link[80];
	(void)state;
	refuse("/nowhere/at-all", "found no readable file /nowhere/at-all: No such file");
	refuse("/dev/null", "found /dev/null, which is no file, expected one");
	write_secret("", 0600);
	refuse(path, "found a password of 0 characters");
	write_secret("with space", 0600);
	refuse(path, "found a password of 10 characters");
	write_secret("longer-than-ten", 0600);
	refuse(path, "characters, expected 1 to 10");
	snprintf(link, sizeof link, "%s-link", path);
	unlink(link);
	assert_int_equal(symlink(path, link), 0);
	refuse(link, "found no readable file");
	unlink(link);
	unlink(path);
}

static void a_secret_stands_in_one_place(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "      password: test-two\n", "",
			"site.yaml:71:17: found neither password nor password_file of \"take2\", "
			"expected one of them"},
		{SITE, "password: test-two", "password: test-two\n      password_file: x",
			"site.yaml:71:17: found both password and password_file of \"take2\", "
			"expected one of them"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

static void what_becomes_of_orders_is_stated_within_bounds(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "default_strategy: 3",
			"default_strategy: 3\n      cancel_on_disconnect: maybe",
			"site.yaml:76:29: found \"maybe\", expected no or yes"},
		{SITE, "default_strategy: 3", "default_strategy: 3\n      dead_man: 15 s",
			"site.yaml:76:17: found a dead_man of 15 s, expected shorter than the "
			"gate's client_timeout, which ends the session"},
		{SITE, "default_strategy: 3", "default_strategy: 3\n      dead_man: 1 ms",
			"site.yaml:76:17: found a dead_man of 1 ms, expected longer than the "
			"gate's "
			"client_heartbeat of 1000 ms, by which a client that is there speaks: "
			"state a longer one"},
		{SITE, "default_strategy: 3", "default_strategy: 3\n      dead_man: 1 s",
			"site.yaml:76:17: found a dead_man of 1 s, expected longer than the gate's "
			"client_heartbeat of 1000 ms, by which a client that is there speaks: "
			"state a longer one"},
		{SITE, "default_strategy: 3", "default_strategy: 3\n      strategies: [1]",
			"site.yaml:76:20: found strategy 1, expected one of an account that the "
			"session speaks for"},
		{SITE, "session_id: 200", "session_id: 200\n    login_tries: 0",
			"site.yaml:46:18: found 0, expected from 1 to 1000"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_read_without_its_end_of_line),
		cmocka_unit_test(a_file_that_others_may_read_is_refused_by_name),
		cmocka_unit_test(what_is_no_file_or_no_secret_is_refused),
		cmocka_unit_test(a_secret_stands_in_one_place),
		cmocka_unit_test(what_becomes_of_orders_is_stated_within_bounds),
	};
	return !!cmocka_run_group_tests_name("unit.config.password", tests, NULL, NULL);
}
