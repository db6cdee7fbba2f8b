/* line_test.c - what a connection is owed: each message once in its turn, and again what its peer asks for.
   rooms: dataplane_gate */
#include "tests/support/fix_desk_table.h"

static void reports_are_sent_again_and_the_rest_is_a_gap(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("send 8 again\n< 35=8|34=2|37=B|11=A|\n"
	     "> 35=1|34=2|112=T|\n< 35=0|34=3|112=T|\n"
	     "> 35=1|34=3|112=U|\n< 35=0|34=4|112=U|\n"
	     "send 8 again\n< 35=8|34=5|37=B|11=A|\n"
	     "> 35=1|34=4|\n"
	     "< 35=3|34=6|45=4|371=112|372=1|373=1|58=required tag missing|\n"
	     "> 35=2|34=5|7=1|16=0|\n"
	     "< 35=4|34=1|43=Y|123=Y|36=2|\n"
	     "< 35=8|34=2|43=Y|37=B|11=A|\n"
	     "< 35=4|34=3|43=Y|123=Y|36=5|\n"
	     "< 35=8|34=5|43=Y|37=B|11=A|\n"
	     "< 35=3|34=6|43=Y|45=4|371=112|372=1|373=1|58=required tag missing|\n"
	     "next 7 6\n");
}

static void a_range_is_sent_as_far_as_it_was_asked_for(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("send 8 again\nsend 8 again\nsend D once\nsend D once\n"
	     "< 35=8|34=2|37=B|11=A|\n< 35=8|34=3|37=B|11=A|\n< 35=D|34=4|11=A|\n< "
	     "35=D|34=5|11=A|\n"
	     "> 35=2|34=2|7=3|16=4|\n"
	     "< 35=8|34=3|43=Y|37=B|11=A|\n"
	     "< 35=4|34=4|43=Y|123=Y|36=5|\n"
	     "> 35=2|34=3|7=2|16=999999|\n"
	     "< 35=8|34=2|43=Y|37=B|11=A|\n"
	     "< 35=8|34=3|43=Y|37=B|11=A|\n"
	     "< 35=4|34=4|43=Y|123=Y|36=6|\n"
	     "send 8 again\n< 35=8|34=6|37=B|11=A|\n");
}

/* What waits for room goes once, in its turn: a second time would look like a number used twice. */
static void what_was_not_sent_yet_is_not_sent_again(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("full\nsend 8 again\nsend 8 again\n"
	     "> 35=2|34=2|7=3|16=0|\n"
	     "roomy\n< 35=8|34=2|37=B|11=A|\n< 35=8|34=3|37=B|11=A|\n"
	     "full\nsend 8 again\n"
	     "> 35=2|34=3|7=3|16=0|\n"
	     "roomy\n< 35=8|34=3|43=Y|37=B|11=A|\n< 35=8|34=4|37=B|11=A|\n"
	     "next 5 4\n");
}

/* A second request comes while the first waits for room. */
static void what_was_asked_for_before_is_owed_too(void **state)
{
	(void)state;
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_step step;
	accepted(FIX_42);
	play("send 8 again\nsend 8 again\nsend 8 again\nsend 8 again\n"
	     "< 35=8|34=2|37=B|11=A|\n< 35=8|34=3|37=B|11=A|\n"
	     "< 35=8|34=4|37=B|11=A|\n< 35=8|34=5|37=B|11=A|\n"
	     "full\n> 35=2|34=2|7=2|16=3|\n");
	assert_int_equal(
		fix_line_next(&desk.line, &desk.session, NULL, desk.at.wall_ns, out, &step),
		FIX_LINE_SEND);
	play("> 35=2|34=3|7=5|16=5|\nroomy\n"
	     "< 35=8|34=2|43=Y|37=B|11=A|\n< 35=8|34=3|43=Y|37=B|11=A|\n"
	     "< 35=8|34=4|43=Y|37=B|11=A|\n< 35=8|34=5|43=Y|37=B|11=A|\n"
	     "full\n> 35=2|34=4|7=4|16=5|\n");
	assert_int_equal(
		fix_line_next(&desk.line, &desk.session, NULL, desk.at.wall_ns, out, &step),
		FIX_LINE_SEND);
	play("> 35=2|34=5|7=3|16=3|\nroomy\n"
	     "< 35=8|34=3|43=Y|37=B|11=A|\n"
	     "< 35=8|34=4|43=Y|37=B|11=A|\n< 35=8|34=5|43=Y|37=B|11=A|\n");
}

static void an_order_is_never_sent_twice(void **state)
{
	(void)state;
	initiated(FIX_42);
	play("send D once\n< 35=D|34=2|11=A|\n"
	     "disconnect\nsend D once\nconnect\n"
	     "< 35=A|34=4|98=0|108=30|95=6|96=secret|\n"
	     "> 35=A|34=2|98=0|108=30|\n"
	     "> 35=2|34=3|7=2|16=0|\n"
	     "< 35=4|34=2|43=Y|123=Y|36=5|\n"
	     "next 5 4\n");
	assert_int_equal(fix_session_kept(&desk.session, 3)->kind, KEPT_ONCE);
	assert_int_equal(fix_session_kept(&desk.session, 3)->ref, 7);
}

static void a_range_that_is_none_is_rejected(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=2|34=2|7=0|16=0|\n"
	     "< 35=3|34=2|45=2|371=7|372=2|373=5|58=value out of range for this tag|\n"
	     "> 35=2|34=3|7=3|16=0|\n"
	     "< 35=3|34=3|45=3|371=7|372=2|373=5|58=value out of range for this tag|\n"
	     "> 35=2|34=4|7=2|16=1|\n"
	     "< 35=3|34=4|45=4|371=16|372=2|373=5|58=value out of range for this tag|\n"
	     "next 5 5\n");
}

static void what_is_no_longer_kept_is_never_passed_over_in_silence(void **state)
{
	(void)state;
	accepted(FIX_42);
	for (int i = 0; i < FIX_DESK_STORE; i++)
		play("send 8 again\n");
	for (int i = 0; i < FIX_DESK_STORE; i++) {
		char line[64];
		snprintf(line, sizeof line, "< 35=8|34=%d|37=B|11=A|\n", i + 2);
		play(line);
	}
	play("> 35=2|34=2|7=1|16=0|\n"
	     "< 35=5|34=18|58=found a ResendRequest from 1, kept are messages from 2|\n"
	     "state over\nend not-kept\n");
	assert_null(fix_session_kept(&desk.session, 2));
	assert_null(fix_session_kept(&desk.session, 19));
	/* Whoever is let go for it is asked for nothing more, though we lack something too. */
	accepted(FIX_42);
	for (int i = 0; i < FIX_DESK_STORE; i++)
		play("send 8 again\n");
	desk.line.fresh = desk.session.next_out;
	play("> 35=2|34=4|7=1|16=0|\n"
	     "< 35=5|34=18|58=found a ResendRequest from 1, kept are messages from 2|\n"
	     "state over\nend not-kept\nnext 19 2\n");
}

static void a_peer_that_reads_too_slowly_for_the_store_is_let_go(void **state)
{
	(void)state;
	accepted(FIX_42);
	for (int i = 0; i < FIX_DESK_STORE + 1; i++)
		play("send 8 again\n");
	play("< lost\n");
	desk.line.fresh = desk.session.next_out;
	play("> 35=2|34=2|7=3|16=0|\n");
	play("send 8 again\n< lost\n"); /* asked for, and gone before it was its turn */
	desk.line.again_next = desk.line.again_end;
	play("< 35=8|34=19|37=B|11=A|\n");
}

static void both_may_lack_something_at_once(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("send 8 again\n< 35=8|34=2|37=B|11=A|\n"
	     "> 35=2|34=4|7=2|16=0|\n"
	     "< 35=8|34=2|43=Y|37=B|11=A|\n"
	     "< 35=2|34=3|7=2|16=0|\n"
	     "next 4 2\n"
	     "> 35=2|34=5|7=x|16=0|\n"
	     "> 35=4|34=2|43=Y|122=20250102-14:30:00|123=Y|36=6|\nnext 4 6\n");
}

static void who_we_are_is_said_and_never_kept(void **state)
{
	(void)state;
	initiated(FIX_42);
	const struct fix_kept *logon = fix_session_kept(&desk.session, 1);
	for (uint32_t i = 0; i + 6 < logon->body_bytes; i++)
		assert_memory_not_equal(logon->body + i, "secret", 6);
}

/* FIX 4.2 has no tag for a name or a password, and who checks tags by its dictionary refuses the Logon for them. */
static void a_password_stands_where_its_version_has_a_place_for_it(void **state)
{
	(void)state;
	fix_desk_open(&desk, FIX_42, true);
	play("connect\n< 35=A|34=1|98=0|108=30|95=6|96=secret|\n");
	fix_desk_open(&desk, FIX_44, true);
	play("connect\n< 35=A|34=1|98=0|108=30|553=user|554=secret|\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(reports_are_sent_again_and_the_rest_is_a_gap, quiet),
		cmocka_unit_test_teardown(a_range_is_sent_as_far_as_it_was_asked_for, quiet),
		cmocka_unit_test_teardown(what_was_not_sent_yet_is_not_sent_again, quiet),
		cmocka_unit_test_teardown(what_was_asked_for_before_is_owed_too, quiet),
		cmocka_unit_test_teardown(an_order_is_never_sent_twice, quiet),
		cmocka_unit_test_teardown(a_range_that_is_none_is_rejected, quiet),
		cmocka_unit_test_teardown(
			what_is_no_longer_kept_is_never_passed_over_in_silence, quiet),
		cmocka_unit_test_teardown(
			a_peer_that_reads_too_slowly_for_the_store_is_let_go, quiet),
		cmocka_unit_test_teardown(both_may_lack_something_at_once, quiet),
		cmocka_unit_test_teardown(who_we_are_is_said_and_never_kept, quiet),
		cmocka_unit_test_teardown(
			a_password_stands_where_its_version_has_a_place_for_it, quiet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
