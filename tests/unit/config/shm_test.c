/* Order sessions in shared memory: who may open one, and how large its rings are. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/config/example.h"

#define CONTROL   "control: {max_silence: 500 ms"
#define WITH(shm) "shm: " shm "\n  " CONTROL

static void a_site_says_who_may_open_a_session(void **state)
{
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	struct config_error error = {{0}};
	(void)state;
	read_texts(texts);
	assert_true(site_parse(&site, directory, texts, &error));
	assert_int_equal(site.shm.is_used, 0);
	config_free(&site);
	replace_once(&texts[SITE], CONTROL, WITH("{socket: order.sock, uids: [1002, 0]}"));
	if (!site_parse(&site, directory, texts, &error))
		fail_msg("%s", error.text);
	assert_int_equal(site.shm.is_used, 1);
	assert_string_equal(site.shm.socket + strlen(directory), "/run/order.sock");
	assert_int_equal(site.shm.ring_bytes, 65536);
	assert_int_equal(site.shm.max_silence_ns, 0);
	assert_int_equal(site.shm.uid_count, 2);
	assert_int_equal(site.shm.uids[0], 1002);
	assert_int_equal(site.shm.uids[1], 0);
	config_free(&site);
	replace_once(&texts[SITE], "order.sock,", "o.sock, ring: 4 KiB, max_silence: 2 s,");
	assert_true(site_parse(&site, directory, texts, &error));
	assert_int_equal(site.shm.ring_bytes, 4096);
	assert_int_equal(site.shm.max_silence_ns, 2000000000);
	config_free(&site);
	free_texts(texts);
}

static void a_door_is_held_to_its_words(void **state)
{
	static const struct wrong rows[] = {
		{SITE, CONTROL, WITH("{socket: kill.sock, uids: [1]}"),
			"site.yaml:59:17: found \"kill.sock\", expected a name that no other "
			"socket "
			"of the run directory has, such as order.sock"},
		{SITE, CONTROL, WITH("{socket: ../order, uids: [1]}"),
			"site.yaml:59:17: found \"../order\", expected a name of letters, digits, "
			"dots, dashes and underscores"},
		{SITE, CONTROL, WITH("{socket: o, ring: 65537 B, uids: [1]}"),
			"site.yaml:59:26: found \"65537 B\", expected a power of two from 4 KiB to "
			"16 "
			"MiB"},
		{SITE, CONTROL, WITH("{socket: o, max_silence: 1 ms, uids: [1]}"),
			"site.yaml:59:33: found \"1 ms\", expected 10 ms or more: beats are looked "
			"at "
			"once a millisecond"},
		{SITE, CONTROL, WITH("{socket: o, uids: [1, 1]}"),
			"site.yaml:59:30: found uid 1 again, expected each once"},
		{SITE, CONTROL, WITH("{socket: o, uids: [root]}"),
			"site.yaml:59:27: found \"root\", expected a whole number such as \"100\""},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_site_says_who_may_open_a_session),
		cmocka_unit_test(a_door_is_held_to_its_words),
	};
	return !!cmocka_run_group_tests_name("config.shm", tests, NULL, NULL);
}
