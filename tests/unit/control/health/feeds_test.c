/* feeds_test.c - what an operator reads of a channel that lost something. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "control/health/feeds.h"
#include "dataplane/shm/word.h"

static struct channel_config config;
static struct channel_state channel;
static char text[2 * FEEDS_TEXT_BYTES];

static int channel_open(void **state)
{
	(void)state;
	memset(&channel, 0, sizeof channel);
	config = (struct channel_config){.name = "itch",
		.recovery = {.is_configured = 1,
			.server_count = 2,
			.servers = {{0x0A000001, 26400}, {0x0A000002, 26400}},
			.snapshot_address = "10.0.0.3",
			.snapshot_port = 26401}};
	return 0;
}

static void reasons_and_sources_are_listed(void **state)
{
	(void)state;
	assert_string_equal(feeds_reasons(0, text), "-");
	assert_string_equal(feeds_reasons(STALE_SILENT, text), "silent");
	assert_string_equal(feeds_reasons(STALE_GAP | STALE_ENDED | STALE_BROKEN, text),
		"gap, session ended, unreadable message or unknown order");
	assert_string_equal(feeds_sources(&config.recovery, 0, text), "-");
	assert_string_equal(feeds_sources(&config.recovery, 3 | SOURCE_SNAPSHOT, text),
		"request 10.0.0.1:26400, request 10.0.0.2:26400, snapshot 10.0.0.3:26401");
}

static void letters_and_troubles_have_words(void **state)
{
	(void)state;
	assert_string_equal(feeds_refusal(0), "-");
	for (const char *letter = "ODMSCIUNBcn"; *letter != '\0'; letter++)
		assert_string_not_equal(feeds_refusal((uint64_t)*letter), "?");
	assert_string_equal(feeds_refusal('O'), "out of range");
	assert_string_equal(feeds_refusal('?'), "?");
	assert_string_equal(feeds_snapshot_trouble(SNAPSHOT_NO_TROUBLE), "-");
	assert_string_equal(feeds_snapshot_trouble(SNAPSHOT_OTHER_SESSION), "other session");
	assert_string_equal(feeds_snapshot_trouble(SNAPSHOT_OTHER_SESSION + 1), "?");
}

static void a_stale_channel_tells_its_story(void **state)
{
	(void)state;
	word_set(&channel.stale_since_ns, 1000000);
	word_set(&channel.stale_reasons, STALE_GAP);
	word_set(&channel.gap_first, 11);
	word_set(&channel.gap_count, 3);
	word_set(&channel.recovery, RECOVERY_ASKING);
	word_set(&channel.sources_tried, 1);
	assert_string_equal(feeds_explain(&config, &channel, 43000000, text),
		"stale for 42 ms: gap, expected sequenced; first missing 11, 3 messages; recovery: "
		"asking, tried: request 10.0.0.1:26400");
	config.recovery.is_configured = 0;
	assert_string_equal(feeds_explain(&config, &channel, 43000000, text),
		"stale for 42 ms: gap, expected sequenced; first missing 11, 3 messages; no "
		"recovery "
		"is configured");
	config.recovery.is_configured = 1;
	word_set(&channel.stale_reasons, STALE_SILENT);
	word_set(&channel.gap_count, 0);
	word_set(&channel.recovery, RECOVERY_NONE);
	assert_string_equal(feeds_explain(&config, &channel, 43000000, text),
		"stale for 42 ms: silent, expected sequenced");
}

static void a_session_that_is_refused_is_named_with_its_remedy(void **state)
{
	(void)state;
	char session[FEEDS_SESSION_BYTES];
	uint64_t words[2] = {0, 0};
	word_set(&channel.stale_since_ns, 1000000);
	word_set(&channel.stale_reasons, STALE_ENDED);
	memcpy(channel.session, "000010059B", 10);
	assert_string_equal(feeds_refused_session(&channel, session), "-");
	memcpy(words, "000010059C", 10);
	word_set(&channel.refused_session[0], words[0]);
	word_set(&channel.refused_session[1], words[1]);
	word_set(&channel.refused_ns, 5);
	assert_string_equal(feeds_refused_session(&channel, session), "000010059C");
	assert_string_equal(feeds_explain(&config, &channel, 43000000, text),
		"stale for 42 ms: session ended, expected sequenced; session 000010059C is "
		"refused: "
		"new_session; restart the dataplane to take it up, or say new_session: adopt");
	memcpy(config.session, "000010059B", 10);
	assert_non_null(strstr(feeds_explain(&config, &channel, 43000000, text),
		"to take it up, with another session named in the site"));
	memcpy(words, "000010059B", 10);
	word_set(&channel.refused_session[0], words[0]);
	word_set(&channel.refused_session[1], words[1]);
	assert_non_null(strstr(feeds_explain(&config, &channel, 43000000, text),
		"session 000010059B begins again at 1 and is refused: new_session"));
	/* Where it is taken up nothing need be done. */
	config.is_session_adopted = 1;
	assert_null(strstr(feeds_explain(&config, &channel, 43000000, text), "refused"));
}

static void what_ended_the_last_gap_is_named(void **state)
{
	(void)state;
	static const char *const names[] = {
		"other line", "other line", "request", "snapshot", "given up", "?"};
	assert_string_equal(feeds_closed_by(&channel), "-");
	word_set(&channel.closed_ns, 1);
	for (uint64_t i = 0; i < ARRAY_COUNT(names); i++) {
		word_set(&channel.closed_by, i);
		assert_string_equal(feeds_closed_by(&channel), names[i]);
	}
}

static void a_line_is_silent_when_both_might_not_be_so_long(void **state)
{
	(void)state;
	config.max_silence_ns = 3000000000;
	assert_int_equal(feeds_line_silence_ms(&config, &channel, 1, 9000000000), 0);
	word_set(&channel.heard_ns, 1);
	assert_true(feeds_line_silence_ms(&config, &channel, 1, 1) == FEEDS_NEVER_HEARD);
	assert_non_null(strstr(feeds_line_tell(FEEDS_NEVER_HEARD, text), "never heard, expected"));
	word_set(&channel.lines[1].heard_ns, 1000000000);
	assert_int_equal(feeds_line_silence_ms(&config, &channel, 1, 4000000000), 0);
	assert_int_equal(feeds_line_silence_ms(&config, &channel, 1, 4001000000), 3001);
	assert_non_null(strstr(feeds_line_tell(5600, text), "silent for 5600 ms, expected"));
	config.max_silence_ns = 0;
	assert_int_equal(feeds_line_silence_ms(&config, &channel, 1, 4001000000), 0);
}

static void every_state_of_recovery_has_a_name(void **state)
{
	(void)state;
	static const char *const names[] = {"none", "waiting", "asking", "snapshot", "given up"};
	for (uint64_t i = 0; i < ARRAY_COUNT(names); i++)
		assert_string_equal(feeds_recovery(i), names[i]);
	assert_string_equal(feeds_recovery(99), "?");
	assert_int_equal(feeds_age_ms(0, 5), 0);
	assert_int_equal(feeds_age_ms(9, 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reasons_and_sources_are_listed, channel_open),
		cmocka_unit_test_setup(letters_and_troubles_have_words, channel_open),
		cmocka_unit_test_setup(a_stale_channel_tells_its_story, channel_open),
		cmocka_unit_test_setup(
			a_session_that_is_refused_is_named_with_its_remedy, channel_open),
		cmocka_unit_test_setup(what_ended_the_last_gap_is_named, channel_open),
		cmocka_unit_test_setup(
			a_line_is_silent_when_both_might_not_be_so_long, channel_open),
		cmocka_unit_test_setup(every_state_of_recovery_has_a_name, channel_open),
	};
	return !!cmocka_run_group_tests_name("unit.control.health.feeds", tests, NULL, NULL);
}
