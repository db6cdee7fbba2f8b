/* days_test.c - the calendar that a site may state. */
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

/* Puts words behind what is found of `old`. */
static void splice(struct file_text *text, const char *old, const char *words)
{
	char *from = memmem(text->bytes, text->size, old, strlen(old));
	assert_non_null(from);
	size_t head = (size_t)(from - text->bytes) + strlen(old), size = strlen(words);
	size_t rest = text->size - head;
	char *bytes = malloc(head + size + rest + 1);
	memcpy(bytes, text->bytes, head);
	memcpy(bytes + head, words, size);
	memcpy(bytes + head + size, text->bytes + head, rest);
	free(text->bytes);
	text->bytes = bytes;
	text->size = head + size + rest;
}

static const char *venue_words = ""; /* behind the venue's session_id */

/* The example with days in place of its market; returns the sentence of a refusal, "" when it is taken. */
static const char *parse_with(const char *days)
{
	static const char *const names[] = {"site.yaml", "accounts.yaml", "symbols.yaml"};
	static struct config_error error;
	struct file_text texts[3];
	for (unsigned i = 0; i < 3; i++) {
		char path[512];
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		assert_true(file_text_read(&texts[i], path, &error));
	}
	char *market = memmem(texts[0].bytes, texts[0].size, "\nmarket:", 8);
	assert_non_null(market); /* it is the last part of the file */
	texts[0].size = (size_t)(market - texts[0].bytes) + 1;
	splice(&texts[0], "session_id: 200", venue_words);
	char *bytes = malloc(texts[0].size + strlen(days) + 1);
	memcpy(bytes, texts[0].bytes, texts[0].size);
	memcpy(bytes + texts[0].size, days, strlen(days));
	free(texts[0].bytes);
	texts[0].bytes = bytes;
	texts[0].size += strlen(days);
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

static void refused(const char *days, const char *words)
{
	const char *sentence = parse_with(days);
	if (strstr(sentence, words) == NULL)
		fail_msg("found \"%s\" for \"%s\", expected it to say \"%s\"", sentence, days,
			words);
}

#define GOOD_TIMES "calendar: {zone: new-york, begins: \"04:00\", ends: \"20:00\", "
#define GOOD_DAYS  "days: [mon..thu, sat], "
#define GOOD_CLOSE "close_after: 30 s}"

static void a_site_that_says_nothing_rolls_no_day(void **state)
{
	(void)state;
	assert_string_equal(parse_with(""), "");
	assert_int_equal(site.calendar.weekdays, 0);
}

static void a_calendar_is_read(void **state)
{
	(void)state;
	assert_string_equal(
		parse_with(GOOD_TIMES GOOD_DAYS "holidays: [2026-12-25], half_days: [2026-12-24 "
						"13:00, 2026-11-26 04:01], " GOOD_CLOSE),
		"");
	assert_int_equal(site.calendar.zone, CALENDAR_NEW_YORK);
	assert_int_equal(site.calendar.begins_ns, 4 * UINT64_C(3600000000000));
	assert_int_equal(site.calendar.ends_ns, 20 * UINT64_C(3600000000000));
	assert_int_equal(site.calendar.weekdays, 0x5e);
	assert_int_equal(site.calendar.holiday_count, 1);
	assert_int_equal(site.calendar.holidays[0], 20812);
	assert_int_equal(site.calendar.half_count, 2);
	assert_int_equal(site.calendar.halves[0].date, 20811);
	assert_int_equal(site.calendar.halves[0].ends_ns, 13 * UINT64_C(3600000000000));
	assert_int_equal(site.calendar.halves[1].date, 20783);
	assert_int_equal(site.close_after_ns, UINT64_C(30000000000));
}

static void refused_half(const char *half, const char *words)
{
	char days[256];
	snprintf(days, sizeof days,
		GOOD_TIMES GOOD_DAYS "holidays: [2026-12-24], half_days: [%s], " GOOD_CLOSE, half);
	refused(days, words);
}

static void a_half_day_that_cannot_be_meant_is_refused(void **state)
{
	(void)state;
	refused_half("2026-11-26", "found \"2026-11-26\", expected a date and when its day ends");
	refused_half("2026-11-26 13.00", "expected a date and when its day ends");
	refused_half("2026-11-26T13:00", "expected a date and when its day ends");
	refused_half("2026-11-31 13:00", "expected a date and when its day ends");
	refused_half("2026-11-26 25:00", "expected a date and when its day ends");
	refused_half("2026-11-27 13:00", "a date without a day"); /* Fridays are not stated */
	refused_half("2026-12-24 13:00", "a date without a day"); /* a holiday */
	refused_half("2026-11-26 04:00", "expected an end within the hours");
	refused_half("2026-11-26 20:00", "expected an end within the hours");
	refused_half("2026-11-26 13:00, 2026-11-26 12:00",
		"found 2026-11-26 12:00 again, expected each date once");
}

static void each_bad_field_is_refused_with_its_words(void **state)
{
	(void)state;
	refused("calendar: {zone: mars, begins: \"04:00\", ends: \"20:00\", " GOOD_DAYS GOOD_CLOSE,
		"found \"mars\"");
	refused("calendar: {zone: utc, begins: \"4:00\", ends: \"20:00\", " GOOD_DAYS GOOD_CLOSE,
		"found \"4:00\", expected a time");
	refused("calendar: {zone: utc, begins: \"04:00\", ends: \"24:01\", " GOOD_DAYS GOOD_CLOSE,
		"found \"24:01\", expected a time");
	refused("calendar: {zone: utc, begins: \"04:00\", ends: \"04:00\", " GOOD_DAYS GOOD_CLOSE,
		"expected one after the beginning");
	refused(GOOD_TIMES "days: [fri..mon], " GOOD_CLOSE, "found \"fri..mon\"");
	refused(GOOD_TIMES "days: [mon..tue, tue], " GOOD_CLOSE, "found \"tue\" again");
	refused(GOOD_TIMES GOOD_DAYS "holidays: [2026-02-30], " GOOD_CLOSE, "expected a date");
	refused(GOOD_TIMES GOOD_DAYS "holidays: [2026-12-25, 2026-12-25], " GOOD_CLOSE,
		"each holiday once");
	refused(GOOD_TIMES GOOD_DAYS "close_after: 2 h}", "at most an hour");
	refused(GOOD_TIMES GOOD_DAYS "close_after: 30s}", "found \"30s\"");
	refused(GOOD_TIMES GOOD_CLOSE, "days");
}

static void a_venues_numbers_may_begin_anew_with_each_day_of_the_calendar(void **state)
{
	(void)state;
	venue_words = "\n    protocol: fix44\n    comp_id: A\n    our_comp_id: B\n    reset: daily";
	assert_string_equal(parse_with(GOOD_TIMES GOOD_DAYS GOOD_CLOSE "\n"), "");
	assert_int_equal(site.venues[0].fix.reset, RESET_DAILY);
	config_free(&site);
	refused("", "found reset daily and no calendar");
	venue_words = "";
}

#define HOURS                                                                                      \
	"\n    calendar: {zone: new-york, begins: \"08:00\", ends: \"17:00\", days: [mon..thu], "  \
	"holidays: [2026-12-25], half_days: [2026-12-24 12:30]}"

static void a_venue_may_have_hours_of_its_own(void **state)
{
	(void)state;
	const struct calendar *hours = &site.venues[0].calendar;
	venue_words = "";
	assert_string_equal(parse_with(""), "");
	assert_int_equal(hours->weekdays, 0);
	config_free(&site);
	venue_words = HOURS;
	assert_string_equal(parse_with(""), "");
	assert_int_equal(hours->begins_ns, UINT64_C(8 * 3600) * 1000000000);
	assert_int_equal(hours->ends_ns, UINT64_C(17 * 3600) * 1000000000);
	assert_int_equal(hours->weekdays, 0x1e);
	assert_int_equal(hours->holiday_count, 1);
	assert_int_equal(hours->half_count, 1);
	assert_int_equal(hours->halves[0].ends_ns, UINT64_C(25 * 1800) * 1000000000);
	assert_int_equal(site.calendar.weekdays, 0);
	config_free(&site);
	/* Numbers may begin anew by it. */
	venue_words =
		HOURS "\n    protocol: fix44\n    comp_id: A\n    our_comp_id: B\n    reset: daily";
	assert_string_equal(parse_with(""), "");
	assert_int_equal(site.venues[0].fix.reset, RESET_DAILY);
	config_free(&site);
	venue_words =
		"\n    calendar: {zone: utc, begins: \"08:00\", ends: \"07:00\", days: [mon]}";
	assert_non_null(strstr(parse_with(""), "found an end at 07:00, expected one after"));
	venue_words =
		"\n    calendar: {zone: utc, begins: \"08:00\", ends: \"17:00\", days: [mon], "
		"close_after: 1 s}";
	assert_non_null(strstr(parse_with(""), "close_after"));
	venue_words = "";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_site_that_says_nothing_rolls_no_day, tear_down),
		cmocka_unit_test_teardown(a_calendar_is_read, tear_down),
		cmocka_unit_test(a_venues_numbers_may_begin_anew_with_each_day_of_the_calendar),
		cmocka_unit_test(each_bad_field_is_refused_with_its_words),
		cmocka_unit_test(a_half_day_that_cannot_be_meant_is_refused),
		cmocka_unit_test(a_venue_may_have_hours_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
