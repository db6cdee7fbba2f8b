/* session_watch_test.c - what becomes of sessions, in the log: each once, a refusal that repeats once a minute. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/plane/session_watch.h"

static const uint64_t second_ns = 1000000000;
static const uint64_t wall_ns = 1735828200000000000; /* 14:30:00 */
static struct gate_page page;
static struct session_watch watch;
static struct site_config site;
static char said[8192];

static int begin(void **state)
{
	(void)state;
	memset(&page, 0, sizeof page);
	memset(&watch, 0, sizeof watch);
	site = (struct site_config){.venue_count = 1, .session_count = 1};
	site.venues[0] = (struct venue_config){
		.name = "exchange", .session_id = 200, .drop = {.session_id = 240}};
	site.sessions[0] = (struct session_config){.id = 2, .name = "beta"};
	return 0;
}

static void tell(struct session_event event)
{
	uint64_t count = atomic_load(&page.session_event_count);
	page.session_events[count % SESSION_EVENT_COUNT] = event;
	atomic_store(&page.session_event_count, count + 1);
}

/* Looks, and keeps what went to the log. */
static void look(uint64_t now_ns)
{
	char path[] = "/tmp/sluice-watch-XXXXXX";
	int kept = dup(STDERR_FILENO), file = mkstemp(path);
	assert_true(kept >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	session_watch_turn(&watch, &site, &page, now_ns, wall_ns + now_ns);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	ssize_t size = pread(file, said, sizeof said - 1, 0);
	said[size > 0 ? size : 0] = '\0';
	close(kept);
	close(file);
	unlink(path);
}

static void says(const char *part)
{
	if (strstr(said, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, said);
}

static void each_event_is_one_line_with_its_reason(void **state)
{
	(void)state;
	tell((struct session_event){.session = 2, .happening = SESSION_CAME_UP});
	look(1);
	assert_string_equal(said, ""); /* from before */
	tell((struct session_event){.session = 200, .happening = SESSION_CAME_UP});
	tell((struct session_event){
		.session = 240, .happening = SESSION_WENT_DOWN, .why = SESSION_WHY_SILENT});
	tell((struct session_event){.session = 2,
		.happening = SESSION_WENT_DOWN,
		.why = SESSION_WHY_LOGOUT,
		.text = "goodbye"});
	tell((struct session_event){.happening = SESSION_WAS_REFUSED,
		.why = SESSION_WHY_CREDENTIALS,
		.text = "mallet"});
	tell((struct session_event){.session = 2,
		.happening = SESSION_WAS_REFUSED,
		.why = SESSION_WHY_LOGON,
		.text = "found HeartBtInt 90"});
	look(2);
	says("session 2 (beta): login refused: its Logon was answered with a Logout, we said: "
	     "found HeartBtInt 90");
	says("venue exchange: logged in");
	says("the drop copy of exchange: gone: nothing was heard for the timeout");
	says("session 2 (beta): gone: the peer said Logout, it said: goodbye");
	says("an unknown client: login refused: username or password is not right, it said: "
	     "mallet");
	look(3);
	assert_string_equal(said, "");
}

static void numbers_that_do_not_meet_are_told_with_what_mends_them(void **state)
{
	(void)state;
	look(1);
	tell((struct session_event){.session = 200,
		.happening = SESSION_WAS_REFUSED,
		.why = SESSION_WHY_TOO_LOW,
		.expected = 12,
		.received = 3});
	look(2);
	says("venue exchange: login refused: the peer's MsgSeqNum is lower than what it had "
	     "before: "
	     "found 3, expected 12; have the venue go on from the expected number");
}

static void a_refusal_that_repeats_is_told_once_a_minute(void **state)
{
	const struct session_event refused = {
		.session = 200, .happening = SESSION_WAS_REFUSED, .why = SESSION_WHY_HUNG_UP};
	struct session_event other = refused;
	(void)state;
	look(1);
	tell(refused);
	look(2);
	says("login not answered: the venue hung up");
	for (uint32_t i = 0; i < 3; i++)
		tell(refused);
	look(30 * second_ns);
	assert_string_equal(said, "");
	other.why = SESSION_WHY_CREDENTIALS;
	tell(other);
	look(31 * second_ns);
	says("username or password");
	tell(refused);
	look(59 * second_ns);
	assert_string_equal(said, "");
	/* That nobody tries on keeps nothing back. */
	look(60 * second_ns + 2);
	says("venue exchange: login not answered again, 4 times since 14:30:00: the venue hung up");
	tell(refused);
	look(62 * second_ns);
	assert_string_equal(said, "");
	tell((struct session_event){.session = 200, .happening = SESSION_CAME_UP});
	tell(refused);
	look(94 * second_ns);
	says("venue exchange: login not answered again, 1 times since 14:31:00: the venue hung up");
	says("venue exchange: logged in");
	says("venue exchange: login not answered: the venue hung up");
}

/* One that is gone for good too. */
static void what_an_unknown_client_tried_is_told_with_its_count(void **state)
{
	struct session_event refused = {.happening = SESSION_WAS_REFUSED,
		.why = SESSION_WHY_CREDENTIALS,
		.text = "MALLORY"};
	(void)state;
	look(1);
	for (uint32_t i = 0; i < 38; i++)
		tell(refused);
	look(62 * second_ns);
	says("an unknown client: login refused: username or password is not right, it said: "
	     "MALLORY");
	look(123 * second_ns);
	says("an unknown client: login refused again, 37 times since 14:31:02: username or "
	     "password is not right, it said: MALLORY");
	look(600 * second_ns);
	assert_string_equal(said, "");
}

/* Two reasons that take turns are told as often as either alone, be it that other numbers did not meet each time. */
static void refusals_that_alternate_are_each_told_once_a_minute(void **state)
{
	uint32_t lines = 0;
	(void)state;
	look(1);
	for (uint32_t i = 0; i < 120; i++) {
		tell((struct session_event){.session = 200,
			.happening = SESSION_WAS_REFUSED,
			.why = i % 2 == 0 ? SESSION_WHY_HUNG_UP : SESSION_WHY_TOO_LOW,
			.expected = 1 + i});
		look((i + 1) * second_ns);
		for (const char *at = said; *at != '\0'; at++)
			lines += *at == '\n';
	}
	assert_int_equal(lines, 4);
	look(121 * second_ns);
	says("login not answered again, 30 times since 14:31:01");
}

static void a_message_that_is_too_long_is_told_once_a_minute_with_what_mends_it(void **state)
{
	struct session_event event = {.session = 2,
		.happening = SESSION_WAS_LONG,
		.why = SESSION_WHY_LONG,
		.expected = 960,
		.received = 1200};
	(void)state;
	look(1);
	tell(event);
	look(2);
	says("session 2 (beta): found a message of 1200 bytes, expected at most 960: its number "
	     "was taken "
	     "and it was rejected; have the peer say it shorter\"}\n");
	tell(event);
	look(3);
	assert_string_equal(said, "");
	event.session = 200;
	tell(event);
	look(4);
	says("venue exchange: found a message of 1200 bytes");
	says("and if the venue is halted for it, ask what it told before you resume it");
	event.session = 2;
	tell(event);
	look(61 * second_ns);
	says("say it shorter (1 times more since it was told)");
}

static void what_came_too_fast_is_counted(void **state)
{
	(void)state;
	look(1);
	for (uint32_t i = 0; i < SESSION_EVENT_COUNT + 5; i++)
		tell((struct session_event){.session = 2, .happening = SESSION_CAME_UP});
	look(2);
	says("5 events of sessions came faster than they were read");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup(test, begin)
	const struct CMUnitTest tests[] = {
		ONE(each_event_is_one_line_with_its_reason),
		ONE(numbers_that_do_not_meet_are_told_with_what_mends_them),
		ONE(a_refusal_that_repeats_is_told_once_a_minute),
		ONE(what_an_unknown_client_tried_is_told_with_its_count),
		ONE(refusals_that_alternate_are_each_told_once_a_minute),
		ONE(a_message_that_is_too_long_is_told_once_a_minute_with_what_mends_it),
		ONE(what_came_too_fast_is_counted),
	};
	return !!cmocka_run_group_tests_name("unit.control.plane.session_watch", tests, NULL, NULL);
}
