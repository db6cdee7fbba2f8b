/* market_test.c - what a site says of its tapes and of who reads the market. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "config/site_file.h"

static const char directory[] = SLUICE_SOURCE_DIRECTORY "/config/examples/simulation";
static struct site_config site;

/* The example with its market replaced; returns the sentence of a refusal, "" when it is taken. */
static const char *parse_with(const char *market)
{
	static const char *const names[] = {"site.yaml", "accounts.yaml", "symbols.yaml"};
	static struct config_error error;
	struct file_text texts[3];
	for (unsigned i = 0; i < 3; i++) {
		char path[512];
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		assert_true(file_text_read(&texts[i], path, &error));
	}
	char *from = memmem(texts[0].bytes, texts[0].size, "\nmarket:", 8);
	assert_non_null(from);
	size_t head = (size_t)(from - texts[0].bytes); /* it is the last part of the file */
	char *bytes = malloc(texts[0].size + strlen(market) + 1);
	memcpy(bytes, texts[0].bytes, head + 1);
	memcpy(bytes + head + 1, market, strlen(market));
	texts[0].size = head + 1 + strlen(market);
	free(texts[0].bytes);
	texts[0].bytes = bytes;
	bool good = site_parse(&site, directory, texts, &error);
	for (unsigned i = 0; i < 3; i++)
		file_text_free(&texts[i]);
	return good ? "" : error.text;
}

static int tear_down(void **state)
{
	(void)state;
	config_free(&site);
	return 0;
}

static void refused(const char *market, const char *words)
{
	const char *sentence = parse_with(market);
	if (strstr(sentence, words) == NULL)
		fail_msg("found \"%s\" for \"%s\", expected it to say \"%s\"", sentence, market,
			words);
}

static void a_site_that_says_nothing_has_a_whole_tape_and_no_readers(void **state)
{
	(void)state;
	assert_string_equal(parse_with(""), "");
	assert_int_equal(site.tape_event_count, TAPE_EVENT_COUNT_DEFAULT);
	assert_int_equal(site.tape_carries, TAPE_ALL);
	assert_int_equal(site.reader_count, 0);
}

static void what_a_tape_carries_is_said(void **state)
{
	(void)state;
	assert_string_equal(parse_with("market: {tape: {events: 4096, carries: trades}}"), "");
	assert_int_equal(site.tape_event_count, 4096);
	assert_int_equal(site.tape_carries, TAPE_TRADES);
	config_free(&site);
	assert_string_equal(parse_with("market: {tape: {events: 4096, carries: none}}"), "");
	assert_int_equal(site.tape_event_count, 0);
	assert_int_equal(site.tape_carries, TAPE_NONE);
}

static void readers_are_uids_with_names(void **state)
{
	(void)state;
	assert_string_equal(
		parse_with("market: {readers: [{name: quoter, uid: 1002}, {name: taker, uid: 0}]}"),
		"");
	assert_int_equal(site.reader_count, 2);
	assert_int_equal(site.readers[0].uid, 1002);
	assert_string_equal(site.readers[0].name, "quoter");
	assert_int_equal(site.readers[1].uid, 0);
	assert_int_equal(site.tape_event_count, TAPE_EVENT_COUNT_DEFAULT);
}

static void what_is_wrong_is_refused_with_what_should_stand_there(void **state)
{
	(void)state;
	refused("market: {tape: {events: 1000000, carries: all}}", "expected a power of two");
	refused("market: {tape: {events: 512, carries: all}}", "found 512, expected from 1024");
	refused("market: {tape: {events: 33554432, carries: all}}", "found 33554432");
	refused("market: {tape: {events: 4096, carries: prints}}", "expected");
	refused("market: {tape: {events: 4096}}", "carries");
	refused("market: {readers: [{name: a, uid: 7}, {name: a, uid: 8}]}",
		"found a second reader \"a\"");
	refused("market: {readers: [{name: a, uid: 7}, {name: b, uid: 7}]}",
		"expected one reader for each uid");
	refused("market: {readers: [{name: a, uid: -1}]}", "found \"-1\"");
	refused("market: {readers: [{name: \"\", uid: 1}]}", "found");
	refused("market: {reader: []}", "reader");
}

#define market_case(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		market_case(a_site_that_says_nothing_has_a_whole_tape_and_no_readers),
		market_case(what_a_tape_carries_is_said),
		market_case(readers_are_uids_with_names),
		market_case(what_is_wrong_is_refused_with_what_should_stand_there),
	};
	return !!cmocka_run_group_tests_name("unit.config.market", tests, NULL, NULL);
}
