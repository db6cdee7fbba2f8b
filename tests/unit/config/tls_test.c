/* TLS in a site: papers of the gate and of a venue, and which session asks for which certificate. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/config/example.h"

#define CONTROL   "control: {max_silence: 500 ms"
#define PAPERS    "certificate: a.pem, key: /k/b.key, authority: c.pem}"
#define WITH(tls) "tls: " tls "\n  " CONTROL
#define TIMEOUT   "timeout: 15 s\n\ngate:"

static void papers_are_read_where_they_are_said(void **state)
{
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	struct config_error error = {{0}};
	(void)state;
	read_texts(texts);
	replace_once(&texts[SITE], CONTROL, WITH("{listen: 127.0.0.1:25443, " PAPERS));
	replace_once(&texts[SITE], TIMEOUT,
		"timeout: 15 s\n    tls: {name: exchange.example, " PAPERS "\n\ngate:");
	replace_once(
		&texts[SITE], "trader: ANNA", "trader: ANNA\n      certificate: quoter.example");
	if (!site_parse(&site, directory, texts, &error))
		fail_msg("%s", error.text);
	assert_int_equal(site.tls.is_used, 1);
	assert_string_equal(site.tls_address, "tls:127.0.0.1");
	assert_int_equal(site.tls_port, 25443);
	assert_string_equal(site.tls.certificate + strlen(directory), "/a.pem");
	assert_string_equal(site.tls.key, "/k/b.key");
	assert_string_equal(site.tls.authority + strlen(directory), "/c.pem");
	assert_string_equal(site.venues[0].address, "tls:exchange@127.0.0.1");
	assert_string_equal(site.venues[0].tls.name, "exchange.example");
	assert_string_equal(site.sessions[0].certificate, "quoter.example");
	assert_string_equal(site.sessions[1].certificate, "");
	config_free(&site);
	free_texts(texts);
}

static void tls_is_held_to_its_words(void **state)
{
	static const struct wrong rows[] = {
		{SITE, CONTROL, WITH("{listen: here, " PAPERS),
			"site.yaml:59:17: found \"here\", expected a numeric IPv4 address and a "
			"port "
			"from 1 to 65535 such as \"239.1.1.1:26477\""},
		{SITE, CONTROL, WITH("{listen: 127.0.0.1:25000, " PAPERS),
			"site.yaml:59:17: found 127.0.0.1:25000, expected another port than that "
			"of "
			"sessions without TLS"},
		{SITE, "trader: ANNA", "certificate: quoter",
			"site.yaml:65:20: found a certificate, expected none at a gate without "
			"tls: "
			"nobody could show it"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(papers_are_read_where_they_are_said),
		cmocka_unit_test(tls_is_held_to_its_words),
	};
	return !!cmocka_run_group_tests_name("config.tls", tests, NULL, NULL);
}
