/* approval_test.c - two persons, five minutes, the same words; and who a uid is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "control/auth/approval.h"

static const struct person anna = {.uid = 1, .role = ROLE_RISK, .name = "anna"};
static const struct person boris = {.uid = 2, .role = ROLE_RISK, .name = "boris"};
static const struct person anna_again = {.uid = 3, .role = ROLE_RISK, .name = "anna"};

static char reason[APPROVAL_REASON_BYTES];

static enum approval_verdict ask(struct approvals *approvals, const char *text,
	const struct person *person, uint64_t now_ns, struct person *first)
{
	const struct approval_asker asker = {.person = person, .reason = person->name};
	return approval_ask(approvals, text, &asker, now_ns, first, reason);
}

static void a_second_person_grants_what_the_first_asked_for(void **state)
{
	(void)state;
	struct approvals approvals = {0};
	struct person first;
	assert_int_equal(ask(&approvals, "rearm", &anna, 10, &first), APPROVAL_AWAITED);
	assert_int_equal(ask(&approvals, "rearm", &boris, 20, &first), APPROVAL_GRANTED);
	assert_int_equal(first.uid, 1);
	assert_string_equal(reason, "anna");
	/* approval (1): it is used up */
	assert_int_equal(ask(&approvals, "rearm", &boris, 30, &first), APPROVAL_AWAITED);
}

static void the_same_person_is_refused_under_any_uid(void **state)
{
	(void)state;
	struct approvals approvals = {0};
	struct person first;
	ask(&approvals, "rearm", &anna, 10, &first);
	assert_int_equal(ask(&approvals, "rearm", &anna, 11, &first), APPROVAL_SAME_PERSON);
	assert_int_equal(ask(&approvals, "rearm", &anna_again, 12, &first), APPROVAL_SAME_PERSON);
	assert_int_equal(ask(&approvals, "rearm", &boris, 13, &first), APPROVAL_GRANTED);
}

static void other_words_are_another_approval(void **state)
{
	(void)state;
	struct approvals approvals = {0};
	struct person first;
	ask(&approvals, "rearm account 17 latch 1", &anna, 10, &first);
	assert_int_equal(
		ask(&approvals, "rearm account 17 latch 2", &boris, 11, &first), APPROVAL_AWAITED);
}

static void it_expires_on_the_nanosecond(void **state)
{
	(void)state;
	struct approvals approvals = {0};
	struct person first;
	ask(&approvals, "rearm", &anna, 10, &first);
	assert_int_equal(
		ask(&approvals, "rearm", &boris, 10 + APPROVAL_LIFE_NS, &first), APPROVAL_AWAITED);
	assert_int_equal(ask(&approvals, "rearm", &anna, 10 + 2 * APPROVAL_LIFE_NS - 1, &first),
		APPROVAL_GRANTED);
}

static void when_all_places_are_taken_the_oldest_yields(void **state)
{
	(void)state;
	struct approvals approvals = {0};
	struct person first;
	char text[32];
	for (unsigned i = 0; i <= APPROVAL_COUNT_MAX; i++) {
		snprintf(text, sizeof text, "command %u", i);
		assert_int_equal(ask(&approvals, text, &anna, 10 + i, &first), APPROVAL_AWAITED);
	}
	assert_int_equal(ask(&approvals, "command 1", &boris, 100, &first), APPROVAL_GRANTED);
	assert_int_equal(ask(&approvals, "command 0", &boris, 100, &first), APPROVAL_AWAITED);
}

static void a_text_too_long_to_compare_is_never_granted(void **state)
{
	(void)state;
	static char text[APPROVAL_TEXT_BYTES + 1];
	struct approvals approvals = {0};
	struct person first;
	memset(text, 'a', APPROVAL_TEXT_BYTES);
	assert_int_equal(ask(&approvals, text, &anna, 1, &first), APPROVAL_AWAITED);
	assert_int_equal(ask(&approvals, text, &boris, 2, &first), APPROVAL_AWAITED);
}

static void a_uid_the_site_does_not_list_is_nobody_but_controls_own_may_stop(void **state)
{
	(void)state;
	static struct site_config site;
	site.person_count = 1;
	site.persons[0] = (struct person_config){.name = "anna", .uid = 7, .role = ROLE_VIEWER};
	struct person known = person_find(&site, 7), unknown = person_find(&site, 0);
	assert_int_equal(known.role, ROLE_VIEWER);
	assert_string_equal(known.name, "anna");
	assert_int_equal(unknown.role, ROLE_NONE);
	assert_string_equal(unknown.name, "uid 0");
	assert_int_equal(person_role_to_stop(&unknown, 99), ROLE_NONE);
	assert_int_equal(person_role_to_stop(&unknown, 0), ROLE_OPERATOR);
	assert_int_equal(person_role_to_stop(&known, 7), ROLE_OPERATOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_person_grants_what_the_first_asked_for),
		cmocka_unit_test(the_same_person_is_refused_under_any_uid),
		cmocka_unit_test(other_words_are_another_approval),
		cmocka_unit_test(it_expires_on_the_nanosecond),
		cmocka_unit_test(when_all_places_are_taken_the_oldest_yields),
		cmocka_unit_test(a_text_too_long_to_compare_is_never_granted),
		cmocka_unit_test(a_uid_the_site_does_not_list_is_nobody_but_controls_own_may_stop),
	};
	return !!cmocka_run_group_tests_name("unit.control.auth.approval", tests, NULL, NULL);
}
