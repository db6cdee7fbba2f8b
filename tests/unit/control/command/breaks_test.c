/* breaks_test.c - show breaks: which side lacks what, and in which words it is said.
   rooms: control_command */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/control/command/asking.h"

/* What both tell of an execution, but for what a test changes. */
static struct mismatch_row told(void)
{
	return (struct mismatch_row){.order_id = 11,
		.match = 501,
		.age_ns = 6001999999,
		.qty = {40, 40},
		.price_sum = {1630000, 1630000},
		.count = {1, 1},
		.venue_ref = 7,
		.account = 17,
		.session = 2,
		.type = 'E',
		.is_alarmed = 1};
}

/* What `show breaks` says of one row. */
static void row_says(const struct mismatch_row *row, const char *expected)
{
	standin.breaks[0] = *row;
	standin.break_count = 1;
	assert_int_equal(look("show breaks"), CODE_ROWS);
	says(expected);
}

static void a_row_names_its_order_and_what_both_told(void **state)
{
	(void)state;
	struct mismatch_row row = told();
	row.qty[1] = 30;
	row.price_sum[1] = 1625000;
	row_says(&row,
		"exchange  break  quantity  executed     11       17        2          7    501 "
		"   6001"
		"       40        30  163.0000   162.5000    yes");
}

static void each_kind_has_its_word(void **state)
{
	(void)state;
	struct mismatch_row row = told();
	row.count[0] = 0;
	row_says(&row, "  copy-only  ");
	row = told();
	row.count[1] = 0;
	row_says(&row, "  ours-only  ");
	row = told();
	row.count[1] = 2;
	row.qty[1] = 50;
	row_says(&row, "  copy-more  ");
	row.count[0] = 3;
	row_says(&row, "  ours-more  ");
	row = told();
	row.qty[0] = 41;
	row_says(&row, "  quantity  ");
	row = told();
	row.side[1] = 'S';
	row_says(&row, "  side  ");
	row = told();
	row.price_sum[0]++;
	row_says(&row, "  price  ");
}

static void each_word_of_the_venue_has_a_name(void **state)
{
	(void)state;
	static const struct {
		uint8_t type;
		const char *what;
	} words[] = {{'A', "  accepted  "}, {'U', "  replaced  "}, {'C', "  cancelled  "},
		{'M', "  modified  "}, {'E', "  executed  "}, {'B', "  trade-broken  "},
		{'F', "  trade-corrected  "}, {'x', "  ?  "}};
	for (uint32_t i = 0; i < ARRAY_COUNT(words); i++) {
		struct mismatch_row row = told();
		row.type = words[i].type;
		row_says(&row, words[i].what);
	}
}

static void what_only_the_copy_told_counts_once_it_was_applied(void **state)
{
	(void)state;
	struct mismatch_row row = told();
	row.is_alarmed = 0;
	row_says(&row, "  waiting  ");
	row_says(&row, "  yes ");
	row.count[0] = 0;
	row_says(&row, "  no ");
	row.applied = 1;
	row.is_alarmed = 1;
	row_says(&row, "  yes ");
	row_says(&row, "  break  ");
}

static void a_person_says_that_a_break_was_seen_and_why(void **state)
{
	(void)state;
	assert_int_equal(ask(OPERATOR_UID, "breaks ack 7"), CODE_REASON_MISSING);
	assert_int_equal(ask(OPERATOR_UID, "breaks ack x because y"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(OPERATOR_UID, "breaks ack 0 because y"), CODE_ARGUMENT_BAD);
	assert_int_equal(ask(OPERATOR_UID, "breaks ack 7 because \"their error\""), CODE_DONE);
	says("break 7 was seen by operator");
	assert_int_equal(standin.seen_asked.latch, 7);
	assert_int_equal(standin.seen_asked.uid, 1000);
	assert_string_equal(standin.seen_asked.reason, "their error");
	atomic_store(&standin.resolve_code, EALREADY);
	assert_int_equal(ask(OPERATOR_UID, "breaks ack 7 because x"), CODE_ALREADY);
	atomic_store(&standin.resolve_code, ESTALE);
	assert_int_equal(ask(OPERATOR_UID, "breaks ack 7 because x"), CODE_STATE_WRONG);
	says("it is none yet");
	atomic_store(&standin.resolve_code, ENOENT);
	assert_int_equal(ask(OPERATOR_UID, "breaks ack 7 because x"), CODE_NOT_FOUND);
	atomic_store(&standin.resolve_code, EBUSY);
	assert_int_equal(ask(OPERATOR_UID, "breaks ack 7 because x"), CODE_STATE_WRONG);
	says("found no room in the gate's journal, expected room for it: see health, and repeat");
	struct mismatch_row row = told();
	row.is_acknowledged = 1;
	row.number = 7;
	row.acknowledged_uid = 1000;
	memcpy(row.seen_reason, "their error", sizeof "their error");
	row_says(&row, "acknowledged");
	row_says(&row, "operator");
	row_says(&row, "their error");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_row_names_its_order_and_what_both_told),
		ONE(each_kind_has_its_word),
		ONE(each_word_of_the_venue_has_a_name),
		ONE(what_only_the_copy_told_counts_once_it_was_applied),
		ONE(a_person_says_that_a_break_was_seen_and_why),
	};
	return !!cmocka_run_group_tests_name("unit.control.command.breaks", tests, NULL, NULL);
}
