/* receive_test.c - what a venue's certification asks of a session, case by case: what is out of place, missing, early, asked for
   twice or begun anew.
   rooms: dataplane_gate */
#include "tests/support/fix_desk_table.h"

/* --- the header --- */

static void a_reset_of_the_sequence_needs_no_number_at_all(void **state)
{
	(void)state;
	accepted(FIX_44);
	play("> 35=4|34=0|36=25|\nnext 2 25\n"
	     "> 35=4|34=0|123=N|36=25|\nnext 2 25\n"
	     "> 35=4|34=0|36=24|\n"
	     "< 35=3|34=2|45=0|371=36|372=4|373=5|58=value out of range for this tag|\n"
	     "state up\nnext 3 25\n"
	     "> 35=4|34=0|123=Y|36=30|\n"
	     "< 35=5|34=3|58=found no MsgSeqNum, expected one in every message|\n"
	     "state over\nend header\n");
	accepted(FIX_44);
	play("> 35=4|36=25|\n"
	     "< 35=5|34=2|58=found no MsgSeqNum, expected one in every message|\n"
	     "state over\n");
}

static void a_number_that_stands_in_a_wrong_place_is_one(void **state)
{
	(void)state;
	accepted(FIX_44);
	play("> 35=0|112=x|34=2|\n"
	     "< 35=3|34=2|45=2|371=34|372=0|373=14|58=tag out of the required order|\n"
	     "> 35=0|34=3|34=3|\n"
	     "< 35=3|34=3|45=3|371=34|372=0|373=13|58=tag appears more than once|\n"
	     "state up\nnext 4 4\n");
}

static void a_number_that_cannot_be_read_is_none_whatever_else_is_wrong(void **state)
{
	(void)state;
	static const char *const unread[] = {
		"> 35=0|0=x|34=2x|\n", "> 35=0|0=x|34=-2|\n", "> 35=0|0=x|34=0|\n"};
	for (size_t i = 0; i < ARRAY_COUNT(unread); i++) {
		accepted(FIX_42);
		play(unread[i]);
		play("< 35=5|34=2|58=found no MsgSeqNum, expected one in every message|\n"
		     "state over\nnext 3 2\n");
	}
}

static void a_name_that_is_missing_is_a_tag_missing(void **state)
{
	(void)state;
	accepted(FIX_44);
	play("> 35=0|49=PEER|34=2|\n"
	     "< 35=3|34=2|45=2|371=56|372=0|373=1|58=required tag missing|\n"
	     "> 35=0|49=PEER|56=|34=3|\n"
	     "< 35=3|34=3|45=3|371=56|372=0|373=4|58=tag without a value|\n"
	     "> 35=D|49=|56=US|34=4|" HEAD_D "\n"
	     "< 35=3|34=4|45=4|371=49|372=D|373=4|58=tag without a value|\n"
	     "state up\nnext 5 5\n"
	     "> 35=0|49=PEEP|34=5|\n"
	     "< 35=3|34=5|45=5|372=0|373=9|58=CompID problem|\n"
	     "< 35=5|34=6|58=found other CompIDs, expected those of the Logon|\n"
	     "state over\n");
	fix_desk_open(&desk, FIX_44, false);
	play("connect\n> 35=A|49=PEER|34=1|98=0|108=30|\nstate over\nnext 1 1\n");
}

static void a_type_of_the_peers_own_is_one_that_is_not_served(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=UCC|34=2|\n"
	     "< 35=j|34=2|45=2|372=UCC|380=3|58=found a message type that is not served here|\n"
	     "> 35=U|34=3|\n"
	     "< 35=j|34=3|45=3|372=U|380=3|58=found a message type that is not served here|\n"
	     "> 35=U{|34=4|\n"
	     "< 35=3|34=4|45=4|371=35|373=11|58=invalid MsgType|\n"
	     "> 35=UABCDEFGH|34=5|\n"
	     "< 35=3|34=5|45=5|371=35|373=11|58=invalid MsgType|\n"
	     "state up\n");
}

/* --- what is told, and what is said at a beginning and an end, is taken with a tag that nobody knows --- */

static void what_is_told_is_taken_with_a_tag_of_a_later_version(void **state)
{
	(void)state;
	initiated(FIX_42);
	play("> 35=8|34=2|" HEAD_8 "1003=T|448=X|\ntake 8\n"
	     "> 35=5|34=3|1409=4|\n< 35=5|34=2|58=goodbye|\nstate over\n");
	fix_desk_open(&desk, FIX_44, true);
	play("connect\n< 35=A|34=1|98=0|108=30|553=user|554=secret|\n"
	     "> 35=A|34=1|98=0|108=30|1137=9|1409=0|\nstate up\n"
	     "> 35=D|34=2|" HEAD_D "1003=T|\n"
	     "< 35=3|34=2|45=2|371=1003|372=D|373=3|58=undefined tag|\n");
}

static void what_is_told_is_taken_with_a_word_that_nobody_needs(void **state)
{
	(void)state;
	initiated(FIX_42);
	play("> 35=8|34=2|" HEAD_8 "59=9|40=Q|44=1.00001|111=0.5|\ntake 8\n"
	     "> 35=8|34=3|" HEAD_8 "32=0.5|\n"
	     "< 35=3|34=2|45=3|371=32|372=8|373=5|58=value out of range for this tag|\n"
	     "> 35=8|34=4|37=1|17=1|20=0|150=z|39=0|55=A|54=1|151=0|14=0|6=0|\n"
	     "< 35=3|34=3|45=4|371=150|372=8|373=5|58=value out of range for this tag|\n");
}

/* --- a gap --- */

static void a_test_that_came_early_is_answered_when_its_turn_has_come(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=1|34=4|112=EARLY|\n"
	     "< 35=2|34=2|7=2|16=0|\n"
	     "> 35=4|34=2|43=Y|122=20250102-14:30:00|123=Y|36=4|\nnext 3 4\n"
	     "> 35=4|34=4|43=Y|122=20250102-14:30:00|123=Y|36=5|\n"
	     "< 35=0|34=3|112=EARLY|\nnext 4 5\n"
	     "> 35=4|34=5|123=Y|36=9|\nnext 4 9\n");
	/* Come again itself it is answered once. */
	accepted(FIX_42);
	play("> 35=1|34=3|112=ONE|\n< 35=2|34=2|7=2|16=0|\n"
	     "> 35=0|34=2|43=Y|122=20250102-14:30:00|\n"
	     "> 35=1|34=3|43=Y|122=20250102-14:30:00|112=ONE|\n< 35=0|34=3|112=ONE|\n"
	     "> 35=4|34=4|123=Y|36=9|\nnext 4 9\n");
	/* The newest counts; a reset passes it too. */
	accepted(FIX_42);
	play("> 35=1|34=3|112=ONE|\n< 35=2|34=2|7=2|16=0|\n> 35=1|34=5|112=TWO|\n"
	     "> 35=4|34=2|36=6|\n< 35=0|34=3|112=TWO|\nnext 4 6\n");
	/* With its connection it is gone. */
	accepted(FIX_42);
	play("> 35=1|34=3|112=ONE|\n< 35=2|34=2|7=2|16=0|\n"
	     "disconnect\nconnect\n"
	     "> 35=A|34=4|98=0|108=30|\n< 35=A|34=3|98=0|108=30|\n< 35=2|34=4|7=2|16=0|\n"
	     "> 35=4|34=2|43=Y|122=20250102-14:30:00|123=Y|36=5|\nnext 5 5\n");
}

static void a_test_that_is_none_is_not_remembered(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=1|34=4|\n< 35=2|34=2|7=2|16=0|\n"
	     "> 35=4|34=2|43=Y|122=20250102-14:30:00|123=Y|36=5|\nnext 3 5\n");
}

/* --- numbers that begin anew --- */

static void a_logon_in_the_middle_begins_both_at_one_where_that_is_agreed(void **state)
{
	(void)state;
	accepted(FIX_44);
	desk.config.takes_reset = true;
	play("send 8 again\n< 35=8|34=2|37=B|11=A|\n"
	     "> 35=0|34=2|\n> 35=0|34=3|\n"
	     "> 35=A|34=1|98=0|108=20|141=Y|\n"
	     "< 35=A|34=1|98=0|108=20|141=Y|\n"
	     "state up\nnext 2 2\n"
	     "> 35=1|34=2|112=T|\n< 35=0|34=2|112=T|\n"
	     "> 35=2|34=3|7=1|16=0|\n< 35=4|34=1|43=Y|123=Y|36=3|\n"
	     "wait 20\n< 35=0|34=3|\n"
	     "> 35=A|34=2|98=0|108=20|141=Y|\n"
	     "< 35=5|34=4|58=found ResetSeqNumFlag Y and MsgSeqNum 2, expected MsgSeqNum 1|\n"
	     "state over\n");
}

static void a_logon_in_the_middle_resets_nothing_that_was_not_agreed(void **state)
{
	(void)state;
	accepted(FIX_44);
	play("> 35=0|34=2|\n> 35=A|34=1|98=0|108=30|141=Y|\n"
	     "< 35=5|34=2|58=MsgSeqNum too low: expected 3, received 1|\nstate over\n");
	initiated(FIX_44);
	desk.config.takes_reset = true;
	play("> 35=0|34=2|\n> 35=A|34=1|98=0|108=30|141=Y|\n"
	     "< 35=5|34=2|58=MsgSeqNum too low: expected 3, received 1|\nstate over\n");
}

static void who_says_what_it_expects_is_told_what_we_expect(void **state)
{
	(void)state;
	fix_desk_open(&desk, FIX_44, false);
	play("connect\n> 35=A|34=1|98=0|108=30|789=1|\n< 35=A|34=1|98=0|108=30|789=2|\nstate up\n");
	/* It reads there what we lack, and is asked if it does not follow. */
	fix_desk_open(&desk, FIX_44, false);
	play("connect\n> 35=A|34=3|98=0|108=30|789=1|\n< 35=A|34=1|98=0|108=30|789=1|\n"
	     "wait 4.9\nwait 0.1\n< 35=2|34=2|7=1|16=0|\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_reset_of_the_sequence_needs_no_number_at_all, quiet),
		cmocka_unit_test_teardown(a_number_that_stands_in_a_wrong_place_is_one, quiet),
		cmocka_unit_test_teardown(
			a_number_that_cannot_be_read_is_none_whatever_else_is_wrong, quiet),
		cmocka_unit_test_teardown(a_name_that_is_missing_is_a_tag_missing, quiet),
		cmocka_unit_test_teardown(a_type_of_the_peers_own_is_one_that_is_not_served, quiet),
		cmocka_unit_test_teardown(
			what_is_told_is_taken_with_a_tag_of_a_later_version, quiet),
		cmocka_unit_test_teardown(
			what_is_told_is_taken_with_a_word_that_nobody_needs, quiet),
		cmocka_unit_test_teardown(
			a_test_that_came_early_is_answered_when_its_turn_has_come, quiet),
		cmocka_unit_test_teardown(a_test_that_is_none_is_not_remembered, quiet),
		cmocka_unit_test_teardown(
			a_logon_in_the_middle_begins_both_at_one_where_that_is_agreed, quiet),
		cmocka_unit_test_teardown(
			a_logon_in_the_middle_resets_nothing_that_was_not_agreed, quiet),
		cmocka_unit_test_teardown(who_says_what_it_expects_is_told_what_we_expect, quiet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
