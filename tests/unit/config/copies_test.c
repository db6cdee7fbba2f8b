/* copies_test.c - sessions that only listen, as a site may and may not ask for them. */
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
static struct site_config site;

/* example_with reads the example with `more` in front of `before`; true: it is a site. */
static bool example_with(const char *more, const char *before, struct config_error *error)
{
	struct file_text texts[3];
	for (int i = 0; i < 3; i++)
		assert_true(file_text_read(&texts[i], files[i], error));
	char *at = memmem(texts[0].bytes, texts[0].size, before, strlen(before)), *text = NULL;
	assert_non_null(at);
	int head = (int)(at - texts[0].bytes), tail = (int)texts[0].size - head;
	int size = asprintf(&text, "%.*s%s%.*s", head, texts[0].bytes, more, tail, at);
	assert_true(size > 0);
	free(texts[0].bytes);
	texts[0].bytes = text;
	texts[0].size = (size_t)size;
	bool is_good = site_parse(&site, directory, texts, error);
	for (int i = 0; i < 3; i++)
		file_text_free(&texts[i]);
	return is_good;
}

/* copies_are reads the example with these drop copies. */
static bool copies_are(const char *rows, struct config_error *error)
{
	char more[512];
	snprintf(more, sizeof more, "  drop_copies: [%s]\n", rows);
	return example_with(more, "  control: {max_silence", error);
}

/* drop_is reads the example with this drop copy of its venue. */
static bool drop_is(const char *row, struct config_error *error)
{
	char more[512];
	snprintf(more, sizeof more, "    drop_copy: {%s}\n", row);
	return example_with(more, "    firm: SLCE", error);
}

static void refused(const char *rows, const char *expected)
{
	struct config_error error = {""};
	assert_false(copies_are(rows, &error));
	if (strstr(error.text, expected) == NULL)
		fail_msg("%s: found %s, expected %s", rows, error.text, expected);
}

#define ONE "{id: 90, name: office, username: copy1, password: test-c, replay: 1024}"

static void a_site_names_who_listens_and_to_whom(void **state)
{
	(void)state;
	struct config_error error = {""};
	if (!copies_are(ONE ", {id: 91, name: clearer, username: copy2, password: test-d, "
			    "accounts: [18, 17], replay: 16}",
		    &error))
		fail_msg("%s", error.text);
	assert_int_equal(site.copy_count, 2);
	assert_int_equal(site.copies[0].session.id, 90);
	assert_string_equal(site.copies[0].session.name, "office");
	assert_string_equal(site.copies[0].session.username, "copy1");
	assert_string_equal(site.copies[0].session.password, "test-c");
	assert_int_equal(site.copies[0].session.replay_count, 1024);
	assert_int_equal(site.copies[0].account_count, 0);
	assert_int_equal(site.copies[1].account_count, 2);
	assert_int_equal(site.copies[1].accounts[0], 18);
	assert_int_equal(site.copies[1].accounts[1], 17);
	config_free(&site);
}

#define FIX       ", comp_id: OFFICE, our_comp_id: SLUICE, reset: agreed"
#define TWO(more) "{id: 91, name: clearer, username: copy2, password: test-d, replay: 16" more "}"

static void a_copy_may_be_told_in_fix(void **state)
{
	(void)state;
	struct config_error error = {""};
	if (!copies_are("{id: 90, name: office, username: copy1, password: test-c, replay: 1024, "
			"protocol: fix44" FIX
			"}, " TWO(", protocol: fix42, timestamps: nanoseconds" FIX),
		    &error))
		fail_msg("%s", error.text);
	const struct session_config *session = &site.copies[0].session;
	assert_int_equal(session->protocol, ORDERS_FIX44);
	assert_string_equal(session->comp_id, "OFFICE");
	assert_string_equal(session->our_comp_id, "SLUICE");
	assert_true(session->takes_reset);
	assert_int_equal(session->times, TIMES_MILLIS);
	assert_int_equal(site.copies[1].session.protocol, ORDERS_FIX42);
	assert_int_equal(site.copies[1].session.times, TIMES_NANOS);
	/* Strategies log in first, then who only listens. */
	assert_ptr_equal(site_login(&site, 0), &site.sessions[0]);
	assert_ptr_equal(site_login(&site, site.session_count + 1), &site.copies[1].session);
	assert_null(site_login(&site, site.session_count + 2));
	config_free(&site);
	refused(TWO(", protocol: ouch42"),
		"found a drop copy in ouch42, expected ouch50, fix42 or fix44");
	refused(TWO(", protocol: fix44"),
		"expected comp_id, our_comp_id and reset (and timestamps, if wanted) with fix42");
	refused(TWO(FIX),
		"expected comp_id, our_comp_id and reset (and timestamps, if wanted) with fix42");
	refused(TWO(", reset: agreed"),
		"expected comp_id, our_comp_id and reset (and timestamps, if wanted) with fix42");
	refused(TWO(", timestamps: seconds"),
		"expected comp_id, our_comp_id and reset (and timestamps, if wanted) with fix42");
	refused(TWO(", protocol: fix44, timestamps: ms" FIX),
		"found \"ms\", expected milliseconds, seconds, microseconds or nanoseconds");
	refused(TWO(", protocol: fix44" FIX) ", {id: 92, name: c, username: copy3, password: "
					     "test-d, replay: 16, protocol: fix44" FIX "}",
		"found the names OFFICE and SLUICE of session 91 again, expected others");
}

static void an_id_and_a_username_are_one_sessions(void **state)
{
	(void)state;
	refused("{id: 1, name: a, username: copy1, password: test-c, replay: 1}",
		"found session id 1 of \"quoter\" again");
	refused("{id: 200, name: a, username: copy1, password: test-c, replay: 1}",
		"found session id 200 of \"exchange\" again");
	refused(ONE ", {id: 90, name: a, username: copy2, password: test-c, replay: 1}",
		"found session id 90 of \"office\" again");
	refused("{id: 90, name: a, username: take2, password: test-c, replay: 1}",
		"found the username \"take2\" of \"taker\" again");
	refused(ONE ", {id: 91, name: a, username: copy1, password: test-c, replay: 1}",
		"found the username \"copy1\" of \"office\" again");
}

static void what_cannot_be_read_is_refused(void **state)
{
	(void)state;
	refused("{id: 256, name: a, username: b, password: test-c, replay: 1}",
		"found 256, expected from 1 to 255");
	refused("{id: 90, name: a, username: toolong, password: test-c, replay: 1}",
		"found \"toolong\"");
	refused("{id: 90, name: a, username: b, password: test-password, replay: 1}", "password");
	refused("{id: 90, name: a, username: b, password: test-c, replay: 0}",
		"found 0, expected from 1");
	refused("{id: 90, name: a, username: b, password: test-c, replay: 1, accounts: [19]}",
		"found the unknown account 19, expected an id from accounts.yaml");
	refused("{id: 90, name: a, username: b, password: test-c, replay: 1, accounts: [x]}",
		"found \"x\"");
}

#define DROP "session_id: 240, address: 127.0.0.1:26000, username: drop, password: test-d"

static void a_venue_has_a_copy_that_we_hear(void **state)
{
	(void)state;
	struct config_error error = {""};
	if (!drop_is(DROP, &error))
		fail_msg("%s", error.text);
	const struct drop_config *drop = &site.venues[0].drop;
	assert_int_equal(drop->session_id, 240);
	assert_string_equal(drop->address, "127.0.0.1");
	assert_int_equal(drop->tcp_port, 26000);
	assert_string_equal(drop->username, "drop");
	assert_string_equal(drop->password, "test-d");
	assert_int_equal(drop->alarm_after_ns, 5000000000u);
	assert_int_equal(drop->policy, DROP_ALERTS);
	config_free(&site);
	assert_true(drop_is(DROP ", alarm_after: 250 ms, on_break: reduce-only", &error));
	assert_int_equal(drop->alarm_after_ns, 250000000u);
	assert_int_equal(drop->policy, DROP_REDUCES);
	config_free(&site);
}

#define DROP_FIX ", protocol: fix42, comp_id: VENUE, our_comp_id: FIRM, reset: asked"

static void a_copy_that_we_hear_may_be_told_in_fix_or_ouch42_and_by_tls(void **state)
{
	(void)state;
	struct config_error error = {""};
	const struct drop_config *drop = &site.venues[0].drop;
	if (!drop_is(DROP DROP_FIX, &error))
		fail_msg("%s", error.text);
	assert_int_equal(drop->protocol, ORDERS_FIX42);
	assert_string_equal(drop->fix.comp_id, "VENUE");
	assert_string_equal(drop->fix.our_comp_id, "FIRM");
	assert_int_equal(drop->fix.reset, RESET_ASKED);
	assert_int_equal(drop->fix.times, TIMES_MILLIS);
	assert_int_equal(site.venues[0].fix.comp_id[0], 0);
	config_free(&site);
	if (!drop_is(DROP DROP_FIX ", timestamps: seconds", &error))
		fail_msg("%s", error.text);
	assert_int_equal(drop->fix.times, TIMES_SECONDS);
	config_free(&site);
	if (!drop_is(DROP ", protocol: ouch42, tls: {name: drop.example, certificate: firm.pem, "
			  "key: firm.key, authority: venue.pem}",
		    &error))
		fail_msg("%s", error.text);
	assert_int_equal(drop->protocol, ORDERS_OUCH42);
	assert_string_equal(drop->address, "tls:exchange/copy@127.0.0.1");
	assert_string_equal(drop->tls.word, "exchange/copy");
	assert_string_equal(drop->tls.name, "drop.example");
	assert_int_equal(drop->tls.is_used, 1);
	config_free(&site);
}

static void no_drop(const char *row, const char *expected)
{
	struct config_error error = {""};
	assert_false(drop_is(row, &error));
	if (strstr(error.text, expected) == NULL)
		fail_msg("%s: found %s, expected %s", row, error.text, expected);
}

static void a_copy_that_cannot_be_heard_is_refused(void **state)
{
	(void)state;
	no_drop("session_id: 0, address: 127.0.0.1:1, username: drop, password: test-d",
		"found 0, expected from 1 to 255");
	no_drop("session_id: 1, address: 127.0.0.1:1, username: drop, password: test-d",
		"found session id 1 of \"quoter\" again");
	no_drop("session_id: 200, address: 127.0.0.1:1, username: drop, password: test-d",
		"found session id 200 of \"exchange\" again");
	no_drop("session_id: 240, address: 127.0.0.1, username: drop, password: test-d",
		"found \"127.0.0.1\"");
	no_drop("session_id: 240, address: 127.0.0.1:1, username: drop", "password");
	no_drop(DROP ", alarm_after: 5", "found \"5\"");
	no_drop(DROP ", on_break: kill", "found \"kill\"");
	struct config_error error = {""};
	assert_false(example_with(
		"    protocol: ouch42\n    drop_copy: {" DROP "}\n", "    firm: SLCE", &error));
	assert_non_null(strstr(error.text,
		"found a drop copy in ouch50 of venue \"exchange\", where orders go by ouch42, "
		"expected ouch42, fix42 or fix44"));
	no_drop(DROP ", protocol: fix44", "found the drop copy of venue \"exchange\" of fix44");
	no_drop(DROP ", comp_id: A, our_comp_id: B, reset: kept",
		"found the drop copy of venue \"exchange\" of ouch50");
	no_drop(DROP ", comp_id: A", "found the drop copy of venue \"exchange\" of ouch50");
	no_drop(DROP ", timestamps: seconds",
		"found the drop copy of venue \"exchange\" of ouch50");
	no_drop(DROP DROP_FIX ", timestamps: none", "found \"none\"");
	no_drop(DROP ", protocol: fix44, comp_id: A, our_comp_id: B, reset: daily",
		"found reset daily and no calendar");
	assert_false(
		example_with("    protocol: fix42\n    comp_id: A\n    our_comp_id: B\n    reset: "
			     "kept\n    drop_copy: {" DROP ", protocol: ouch42}\n",
			"    firm: SLCE", &error));
	assert_non_null(strstr(error.text, "expected fix42 or fix44"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_site_names_who_listens_and_to_whom),
		cmocka_unit_test(a_copy_may_be_told_in_fix),
		cmocka_unit_test(an_id_and_a_username_are_one_sessions),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(a_venue_has_a_copy_that_we_hear),
		cmocka_unit_test(a_copy_that_we_hear_may_be_told_in_fix_or_ouch42_and_by_tls),
		cmocka_unit_test(a_copy_that_cannot_be_heard_is_refused),
	};
	return !!cmocka_run_group_tests_name("unit.config.copies", tests, NULL, NULL);
}
