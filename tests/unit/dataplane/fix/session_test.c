/* session_test.c - conversations of FIX sessions, both ends, by script: what comes, what goes, which numbers.
   rooms: dataplane_gate */
#include "tests/support/fix_desk_table.h"

#define TEXT_13 "abcdefghijklm"
#define TEXT_65 TEXT_13 TEXT_13 TEXT_13 TEXT_13 TEXT_13

/* --- logon --- */

static void a_logon_is_answered_with_the_same_interval(void **state)
{
	(void)state;
	fix_desk_open(&desk, FIX_42, false);
	play("connect\nstate waiting\n"
	     "> 35=A|34=1|98=0|108=7|\n"
	     "< 35=A|34=1|98=0|108=7|\n"
	     "state up\nnext 2 2\n");
	initiated(FIX_44);
}

static void anything_else_first_ends_the_connection_without_a_word(void **state)
{
	(void)state;
	static const char *const others[] = {"> 35=0|34=1|\n", "> 35=D|34=1|" HEAD_D "\n",
		"> 35=5|34=1|\n", "> 35=A|98=0|108=30|\n", "> 35=A|34=0|98=0|108=30|\n",
		"> 35=A|34=1|49=OTHER|56=US|98=0|108=30|\n",
		"> 35=A|34=1|49=PEER|56=OTHER|98=0|108=30|\n",
		"> FIX.4.3|35=A|34=1|98=0|108=30|\n"};
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		fix_desk_open(&desk, FIX_42, false);
		play("connect\n");
		play(others[i]);
		play("state over\nnext 1 1\n");
	}
}

static void a_logon_that_is_not_right_is_told_why(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
		{"> 35=A|34=1|98=1|108=30|\n",
			"found an EncryptMethod, expected 0: encryption is not served"},
		{"> 35=A|34=1|98=0|108=0|\n", "found HeartBtInt 0, expected at least 1"},
		{"> 35=A|34=1|98=0|108=61|\n", "found HeartBtInt 61, expected at most 60"},
		{"> 35=A|34=1|98=0|108=99999999999|\n",
			"found HeartBtInt 4294967295, expected at most 60"},
		{"> 35=A|34=1|98=0|\n", "found a Logon rejected for reason 1, tag 108"},
		{"> 35=A|34=1|98=x|108=30|\n", "found a Logon rejected for reason 6, tag 98"},
		{"> 35=A|34=1|52=20250102-14:27:59.999|98=0|108=30|\n",
			"found a SendingTime too far from our clock, expected it close"},
		{"> 35=A|34=1|98=0|108=30|141=Y|\n", "found ResetSeqNumFlag Y, expected N: a reset "
						     "is not agreed for this session"},
	};
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		char expected[256];
		fix_desk_open(&desk, FIX_42, false);
		play("connect\n");
		play(wrong[i][0]);
		snprintf(
			expected, sizeof expected, "< 35=5|34=1|58=%s|\nstate over\n", wrong[i][1]);
		play(expected);
	}
}

static void a_logon_from_further_on_is_answered_and_the_rest_asked_for(void **state)
{
	(void)state;
	fix_desk_open(&desk, FIX_42, false);
	play("connect\n"
	     "> 35=A|34=5|98=0|108=30|\n"
	     "< 35=A|34=1|98=0|108=30|\n"
	     "< 35=2|34=2|7=1|16=0|\n"
	     "state up\nnext 3 1\n"
	     "> 35=4|34=1|43=Y|122=20250102-14:30:00|123=Y|36=6|\n"
	     "next 3 6\n");
}

static void a_logon_with_a_number_used_before_is_refused(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("disconnect\nconnect\n"
	     "> 35=A|34=1|98=0|108=30|\n"
	     "< 35=5|34=2|58=MsgSeqNum too low: expected 2, received 1|\n"
	     "state over\nend too-low\n");
}

static void numbers_go_on_with_the_next_connection(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("send 8 again\n< 35=8|34=2|37=B|11=A|\n"
	     "disconnect\nsend 8 again\nconnect\n"
	     "> 35=A|34=2|98=0|108=30|\n"
	     "< 35=A|34=4|98=0|108=30|\n"
	     "> 35=2|34=3|7=3|16=0|\n"
	     "< 35=8|34=3|43=Y|37=B|11=A|\n"
	     "< 35=4|34=4|43=Y|123=Y|36=5|\n"
	     "next 5 4\n");
}

static void a_reset_that_is_agreed_begins_both_at_one(void **state)
{
	(void)state;
	accepted(FIX_42);
	desk.config.takes_reset = true;
	play("send 8 again\n< 35=8|34=2|37=B|11=A|\n"
	     "disconnect\nconnect\n"
	     "> 35=A|34=1|98=0|108=30|141=Y|\n"
	     "< 35=A|34=1|98=0|108=30|141=Y|\n"
	     "state up\nnext 2 2\n"
	     "> 35=2|34=2|7=1|16=0|\n"
	     "< 35=4|34=1|43=Y|123=Y|36=2|\n");
	fix_desk_open(&desk, FIX_42, false);
	desk.config.takes_reset = true;
	play("connect\n"
	     "> 35=A|34=3|98=0|108=30|141=Y|\n"
	     "< 35=5|34=1|58=found ResetSeqNumFlag Y and MsgSeqNum 3, expected MsgSeqNum 1|\n"
	     "state over\n");
}

static void an_initiator_resets_only_what_it_asked_for(void **state)
{
	(void)state;
	fix_desk_open(&desk, FIX_42, true);
	desk.config.asks_reset = true;
	play("connect\n"
	     "< 35=A|34=1|98=0|108=30|141=Y|95=6|96=secret|\n"
	     "> 35=A|34=1|98=0|108=30|141=Y|\n"
	     "state up\nnext 2 2\ndisconnect\nconnect\n"
	     "< 35=A|34=1|98=0|108=30|141=Y|95=6|96=secret|\nnext 2 1\n");
	fix_desk_open(&desk, FIX_42, true);
	desk.config.takes_reset = true;
	play("connect\n"
	     "< 35=A|34=1|98=0|108=30|95=6|96=secret|\n"
	     "> 35=A|34=1|98=0|108=30|141=Y|\n"
	     "< 35=5|34=2|58=found ResetSeqNumFlag Y, expected N: our Logon did not ask for it|\n"
	     "state over\n");
}

static void a_venue_that_refuses_our_logon_is_believed(void **state)
{
	(void)state;
	fix_desk_open(&desk, FIX_42, true);
	play("connect\n"
	     "< 35=A|34=1|98=0|108=30|95=6|96=secret|\n"
	     "> 35=5|34=1|58=no|\n"
	     "state over\nend refused\nnext 2 2\n");
	fix_desk_open(&desk, FIX_42, true);
	play("connect\n"
	     "< 35=A|34=1|98=0|108=30|95=6|96=secret|\n"
	     "> 35=5|34=9|49=OTHER|56=US|58=no|\n"
	     "state over\nend refused\nnext 2 1\n");
	fix_desk_open(&desk, FIX_42, true);
	play("connect\n"
	     "< 35=A|34=1|98=0|108=30|95=6|96=secret|\n"
	     "> 35=5|34=0|58=no|\n"
	     "state over\nend refused\nnext 2 1\n");
}

static void nobody_waits_for_a_logon_for_ever(void **state)
{
	(void)state;
	fix_desk_open(&desk, FIX_42, false);
	play("connect\nwait 9.9\nstate waiting\nwait 0.1\nstate over\nend not-logged\n");
}

static void a_second_logon_is_rejected(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=A|34=2|98=0|108=30|\n"
	     "< 35=3|34=2|45=2|372=A|58=found a second Logon, expected one for each connection|\n"
	     "state up\nnext 3 3\n");
}

static void the_next_number_a_peer_expects_is_followed_without_a_request(void **state)
{
	(void)state;
	accepted(FIX_44);
	desk.config.tells_next_expected = true;
	play("send 8 again\n< 35=8|34=2|37=B|11=A|\n"
	     "disconnect\nconnect\n"
	     "> 35=A|34=4|98=0|108=30|789=2|\n"
	     "< 35=A|34=3|98=0|108=30|789=2|\n"
	     "< 35=8|34=2|43=Y|37=B|11=A|\n"
	     "< 35=4|34=3|43=Y|123=Y|36=4|\n"
	     "next 4 2\n"
	     "> 35=4|34=2|43=Y|122=20250102-14:30:00|123=Y|36=5|\nnext 4 5\n"
	     "wait 6\n");
	fix_desk_open(&desk, FIX_44, false);
	play("connect\n"
	     "> 35=A|34=1|98=0|108=30|789=3|\n"
	     "< 35=A|34=1|98=0|108=30|789=2|\n"
	     "< 35=5|34=2|58=found NextExpectedMsgSeqNum 3, expected at most 2|\n"
	     "state over\n");
	initiated(FIX_44);
	play("disconnect\nconnect\n"
	     "< 35=A|34=2|98=0|108=30|553=user|554=secret|\n"
	     "> 35=A|34=2|98=0|108=30|789=1|\n"
	     "< 35=4|34=1|43=Y|123=Y|36=3|\nstate up\n");
	/* 4.2 has no word to tell it by. */
	fix_desk_open(&desk, FIX_42, false);
	desk.config.tells_next_expected = true;
	play("connect\n> 35=A|34=1|98=0|108=30|\n< 35=A|34=1|98=0|108=30|\n");
}

static void what_a_peer_expects_and_is_no_longer_kept_is_said(void **state)
{
	(void)state;
	accepted(FIX_44);
	for (int i = 0; i < FIX_DESK_STORE; i++)
		play("send 8 again\n");
	desk.line.fresh = desk.session.next_out;
	play("disconnect\nconnect\n"
	     "> 35=A|34=2|98=0|108=30|789=1|\n"
	     "< 35=A|34=18|98=0|108=30|789=3|\n"
	     "< 35=5|34=19|58=found NextExpectedMsgSeqNum 1, kept are messages from 3|\n"
	     "state over\nend not-kept\n");
}

/* --- numbers --- */

static void a_gap_is_asked_for_once_and_closed_by_what_is_sent_again(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=D|34=4|" HEAD_D "\n"
	     "< 35=2|34=2|7=2|16=0|\n"
	     "> 35=D|34=5|" HEAD_D "\n"
	     "> 35=D|34=2|43=Y|122=20250102-14:29:59|" HEAD_D "\ntake D\n"
	     "> 35=4|34=3|43=Y|122=20250102-14:29:59|123=Y|36=4|\n"
	     "> 35=D|34=4|43=Y|122=20250102-14:29:59|" HEAD_D "\ntake D\n"
	     "> 35=D|34=5|43=Y|122=20250102-14:29:59|" HEAD_D "\ntake D\n"
	     "next 3 6\n"
	     "> 35=D|34=7|" HEAD_D "\n"
	     "< 35=2|34=3|7=6|16=0|\n");
}

static void a_hole_in_what_is_sent_again_is_asked_for_again(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=D|34=6|" HEAD_D "\n"
	     "< 35=2|34=2|7=2|16=0|\n"
	     "> 35=D|34=2|43=Y|122=20250102-14:29:59|" HEAD_D "\ntake D\n"
	     "> 35=D|34=4|43=Y|122=20250102-14:29:59|" HEAD_D "\n"
	     "< 35=2|34=3|7=3|16=0|\n"
	     "> 35=D|34=5|43=Y|122=20250102-14:29:59|" HEAD_D "\n"
	     "> 35=4|34=3|43=Y|122=20250102-14:29:59|123=Y|36=7|\n"
	     "next 4 7\n");
}

static void a_gap_that_nobody_fills_is_asked_for_again_in_time(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=D|34=6|" HEAD_D "\n"
	     "< 35=2|34=2|7=2|16=0|\n"
	     "wait 4.9\nwait 0.1\n"
	     "< 35=2|34=3|7=2|16=0|\n"
	     "> 35=D|34=2|43=Y|122=20250102-14:29:59|" HEAD_D "\ntake D\n"
	     "wait 4.9\nwait 0.1\n"
	     "< 35=2|34=4|7=3|16=0|\n");
}

static void a_number_used_again_ends_the_session_unless_it_says_so(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=0|34=2|\n> 35=D|34=2|43=Y|122=20250102-14:29:59|" HEAD_D "\n"
	     "> 35=D|34=2|43=Y|122=20250102-14:30:00.000|" HEAD_D "\n"
	     "> 35=3|34=2|43=Y|45=1|\n"
	     "> 35=4|34=2|43=Y|123=Y|36=9|\n"
	     "next 2 3\n"
	     "> 35=D|34=2|43=N|" HEAD_D "\n"
	     "< 35=5|34=2|58=MsgSeqNum too low: expected 3, received 2|\n"
	     "state over\nend too-low\n");
}

static void a_duplicate_must_say_when_it_was_sent_first(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=0|34=2|\n> 35=D|34=2|43=Y|" HEAD_D "\n"
	     "< 35=3|34=2|45=2|371=122|372=D|373=1|58=required tag missing|\n"
	     "state up\n"
	     "> 35=D|34=2|43=Y|122=20250102-14:30:01|" HEAD_D "\n"
	     "< 35=3|34=3|45=2|371=122|372=D|373=10|58=SendingTime accuracy problem|\n"
	     "< 35=5|34=4|58=found OrigSendingTime after SendingTime, expected it before|\n"
	     "state over\n");
}

static void a_gap_fill_moves_on_and_never_back(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=4|34=2|123=Y|36=10|\nnext 2 10\n"
	     "> 35=4|34=10|123=Y|36=10|\n"
	     "< 35=3|34=2|45=10|371=36|372=4|373=5|58=value out of range for this tag|\n"
	     "next 3 11\n"
	     "> 35=4|34=11|123=Y|36=3|\n"
	     "< 35=3|34=3|45=11|371=36|372=4|373=5|58=value out of range for this tag|\n"
	     "next 4 12\n"
	     "> 35=4|34=14|123=Y|36=20|\n"
	     "< 35=2|34=4|7=12|16=0|\n"
	     "next 5 12\n"
	     "> 35=4|34=5|123=Y|36=20|\n"
	     "< 35=5|34=5|58=MsgSeqNum too low: expected 12, received 5|\n");
}

static void a_reset_of_the_sequence_needs_no_right_number(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=4|34=77|123=N|36=20|\nnext 2 20\n"
	     "> 35=4|34=1|36=20|\nnext 2 20\n"
	     "> 35=4|34=1|36=19|\n"
	     "< 35=3|34=2|45=1|371=36|372=4|373=5|58=value out of range for this tag|\n"
	     "next 3 20\n"
	     "> 35=4|34=20|123=N|\n"
	     "< 35=3|34=3|45=20|371=36|372=4|373=1|58=required tag missing|\n"
	     "next 4 21\n");
	assert_int_equal(desk.session.skipped, 18);
}

static void a_message_without_a_number_ends_the_session(void **state)
{
	(void)state;
	static const char *const without[] = {
		"> 35=0|49=PEER|56=US|\n", "> 35=0|34=x|\n", "> 35=0|34=0|\n"};
	for (size_t i = 0; i < ARRAY_COUNT(without); i++) {
		accepted(FIX_42);
		play(without[i]);
		play("< 35=5|34=2|58=found no MsgSeqNum, expected one in every message|\n"
		     "state over\nend header\nnext 3 2\n");
	}
}

/* --- header --- */

static void another_version_ends_the_session(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> FIX.4.4|35=0|34=2|\n"
	     "< 35=5|34=2|58=found another BeginString, expected that of the Logon|\n"
	     "state over\nend header\n");
}

static void other_names_are_rejected_and_end_the_session(void **state)
{
	(void)state;
	static const char *const others[] = {"> 35=0|34=2|49=PEERS|56=US|\n",
		"> 35=0|34=2|49=PEER|56=UZ|\n", "> 35=0|34=2|49=PEEP|56=US|\n"};
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		accepted(FIX_42);
		play(others[i]);
		play("< 35=3|34=2|45=2|372=0|373=9|58=CompID problem|\n"
		     "< 35=5|34=3|58=found other CompIDs, expected those of the Logon|\n"
		     "state over\nend header\nnext 4 3\n");
	}
}

static void a_clock_that_is_wrong_is_rejected_and_ends_the_session(void **state)
{
	(void)state;
	static const char *const times[] = {"20250102-14:27:59.999", "20250102-14:32:00.001"};
	for (size_t i = 0; i < ARRAY_COUNT(times); i++) {
		char line[128];
		accepted(FIX_42);
		snprintf(line, sizeof line, "> 35=0|34=2|52=%s|\n", times[i]);
		play(line);
		play("< 35=3|34=2|45=2|371=52|372=0|373=10|58=SendingTime accuracy problem|\n"
		     "< 35=5|34=3|58=found a SendingTime too far from our clock, expected it "
		     "close|\n"
		     "state over\nend header\nnext 4 3\n");
	}
	accepted(FIX_42);
	play("> 35=0|34=2|52=20250102-14:28:00.000|\n> 35=0|34=3|52=20250102-14:32:00.000|\nstate "
	     "up\n");
	play("> 35=0|34=9|52=20250102-14:27:59|\n"
	     "< 35=3|34=2|45=9|371=52|372=0|373=10|58=SendingTime accuracy problem|\n"
	     "< 35=5|34=3|58=found a SendingTime too far from our clock, expected it close|\n"
	     "next 4 4\n");
}

static void what_is_wrong_is_rejected_and_its_number_taken(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=1|34=2|\n"
	     "< 35=3|34=2|45=2|371=112|372=1|373=1|58=required tag missing|\n"
	     "> 35=0|34=3|999=x|\n"
	     "< 35=3|34=3|45=3|371=999|372=0|373=3|58=undefined tag|\n"
	     "> 35=PQ|34=4|\n"
	     "< 35=3|34=4|45=4|371=35|373=11|58=invalid MsgType|\n"
	     "> 35=D|34=5|" HEAD_D "59=9|\n"
	     "< 35=3|34=5|45=5|371=59|372=D|373=5|58=value out of range for this tag|\n"
	     "> 35=0|34=6|0=x|\n"
	     "< 35=3|34=6|45=6|372=0|373=0|58=invalid tag number|\n"
	     "> 35=0|34=7|52=nonsense|\n"
	     "< 35=3|34=7|45=7|371=52|372=0|373=6|58=value in a wrong format|\n"
	     "> 35=0|34=8|52=|\n"
	     "< 35=3|34=8|45=8|371=52|372=0|373=4|58=tag without a value|\n"
	     "state up\nnext 9 9\n");
}

static void a_reason_that_4_2_does_not_know_is_said_in_words_alone(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=0|34=2|112=x|112=x|\n"
	     "< 35=3|34=2|45=2|371=112|372=0|58=tag appears more than once|\n");
	accepted(FIX_44);
	play("> 35=0|34=2|112=x|112=x|\n"
	     "< 35=3|34=2|45=2|371=112|372=0|373=13|58=tag appears more than once|\n");
}

static void a_type_that_is_not_served_is_refused_as_business(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=V|34=2|\n"
	     "< 35=j|34=2|45=2|372=V|380=3|58=found a message type that is not served here|\n"
	     "> 35=8|34=3|" HEAD_8 "11=Z|\n"
	     "< 35=j|34=3|45=3|372=8|379=Z|380=3|58=found a message type that is not served here|\n"
	     "> 35=AE|34=4|\n"
	     "< 35=j|34=4|45=4|372=AE|380=3|58=found a message type that is not served here|\n"
	     "> 35=9|34=5|37=1|11=Z|41=Y|39=0|434=1|\n"
	     "< 35=j|34=5|45=5|372=9|379=Z|380=3|58=found a message type that is not served here|\n"
	     /* An id that is longer than any of ours is not repeated. */
	     "> 35=8|34=6|" HEAD_8 "11=" TEXT_65 "|\n"
	     "< 35=j|34=6|45=6|372=8|380=3|58=found a message type that is not served here|\n"
	     "next 7 7\n");
	initiated(FIX_42);
	play("> 35=D|34=2|" HEAD_D "\n"
	     "< 35=j|34=2|45=2|372=D|379=A|380=3|58=found a message type that is not served here|\n"
	     "> 35=8|34=3|" HEAD_8 "\ntake 8\n"
	     "> 35=j|34=4|45=1|372=D|380=0|\ntake j\n"
	     "> 35=9|34=5|37=1|11=B|41=A|39=0|434=1|\ntake 9\n"
	     "> 35=r|34=6|37=1|530=7|531=7|\ntake r\n");
}

static void a_reject_is_never_answered_with_a_reject(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=3|34=2|\nnext 2 3\n"
	     "> 35=3|34=3|45=1|\ntake 3\nnext 2 4\n");
	assert_int_equal(desk.session.rejected_in, 2);
	assert_int_equal(desk.session.rejected_out, 0);
}

/* --- time --- */

static void silence_of_ours_is_broken_by_heartbeats(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("late 29.9\n> 35=0|34=2|\nwait 0.05\nwait 0.05\n< 35=0|34=2|\n"
	     "late 20\n> 35=0|34=3|\nwait 9\nwait 1\n< 35=0|34=3|\n");
	desk.config.heartbeat_s_min = 0;
	fix_desk_open(&desk, FIX_42, false);
	desk.config.heartbeat_s_min = 0;
	play("connect\n> 35=A|34=1|98=0|108=0|\n< 35=A|34=1|98=0|108=0|\nwait 100000\nstate up\n");
	assert_int_equal(fix_session_due_ns(&desk.session), UINT64_MAX);
}

static void silence_of_theirs_is_questioned_and_then_ends_it(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("wait 30\n< 35=0|34=2|\nwait 5.9\nwait 0.1\n< 35=1|34=3|112=1|\n"
	     "wait 24\nwait 6\n< 35=0|34=4|\nwait 5.9\n"
	     "wait 0.1\n< 35=5|34=5|58=found no answer to a TestRequest, expected a Heartbeat|\n"
	     "state over\nend silent\n");
	accepted(FIX_42);
	play("wait 36\n< 35=1|34=2|112=1|\n> 35=0|34=2|112=1|\nwait 29\n"
	     "wait 1\n< 35=0|34=3|\nwait 6\n< 35=1|34=4|112=2|\nstate up\n");
	assert_int_equal(desk.session.answered, 1);
}

static void a_test_is_answered_with_its_own_words(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=1|34=2|112=are you there?|\n< 35=0|34=2|112=are you there?|\n");
	char line[1200] = "> 35=1|34=3|112=";
	memset(line + strlen(line), 'x', 900);
	strcat(line, "|\n");
	play(line);
	assert_int_equal(desk.session.next_out, 4);
	desk.line.fresh = desk.session.next_out;
}

static void our_test_counts_when_its_own_answer_came(void **state)
{
	(void)state;
	initiated(FIX_42);
	assert_int_equal(fix_session_test(&desk.session, desk.at), 1);
	play("< 35=1|34=2|112=1|\n> 35=0|34=2|\n> 35=0|34=3|112=x|\n> 35=0|34=4|112=2|\n");
	assert_int_equal(desk.session.answered, 0);
	play("> 35=0|34=5|112=1|\n");
	assert_int_equal(desk.session.answered, 1);
	play("> 35=0|34=6|112=0|\n");
	assert_int_equal(desk.session.answered, 1);
}

static void the_next_moment_is_told_exactly(void **state)
{
	(void)state;
	const uint64_t second_ns = 1000000000;
	fix_desk_open(&desk, FIX_42, false);
	uint64_t began = desk.at.now_ns;
	assert_int_equal(fix_session_due_ns(&desk.session), UINT64_MAX);
	play("connect\n");
	assert_int_equal(fix_session_due_ns(&desk.session), began + 10 * second_ns);
	play("> 35=A|34=1|98=0|108=30|\n< 35=A|34=1|98=0|108=30|\n");
	assert_int_equal(fix_session_due_ns(&desk.session), began + 30 * second_ns);
	play("wait 30\n< 35=0|34=2|\n");
	assert_int_equal(fix_session_due_ns(&desk.session), began + 36 * second_ns);
	play("> 35=0|34=5|\n< 35=2|34=3|7=2|16=0|\n");
	assert_int_equal(fix_session_due_ns(&desk.session), began + 35 * second_ns);
	play("logout x\n< 35=5|34=4|58=x|\n");
	assert_int_equal(fix_session_due_ns(&desk.session), began + 32 * second_ns);
	play("disconnect\n");
	assert_int_equal(fix_session_due_ns(&desk.session), UINT64_MAX);
}

static void a_logout_is_answered_and_then_it_is_over(void **state)
{
	(void)state;
	accepted(FIX_42);
	play("> 35=5|34=2|58=bye|\n< 35=5|34=2|58=goodbye|\nstate over\nend logout\nnext 3 3\n"
	     "> 35=0|34=3|\nnext 3 3\nwait 1000\n");
	accepted(FIX_42);
	play("> 35=5|34=9|\n< 35=5|34=2|58=goodbye|\nstate over\nnext 3 2\n");
}

static void our_logout_waits_for_theirs_and_takes_what_still_comes(void **state)
{
	(void)state;
	initiated(FIX_42);
	play("logout end of day\n< 35=5|34=2|58=end of day|\nstate leaving\n"
	     "> 35=8|34=2|" HEAD_8 "\ntake 8\n"
	     "> 35=8|34=5|" HEAD_8 "\n< 35=2|34=3|7=3|16=0|\n"
	     "> 35=5|34=3|\nstate over\nend logout\nnext 4 4\n");
	accepted(FIX_42);
	play("logout end of day\n< 35=5|34=2|58=end of day|\nlogout twice\nwait 1.9\nstate "
	     "leaving\n"
	     "wait 0.1\nstate over\nend logout\n");
	accepted(FIX_42);
	play("logout \n< 35=5|34=2|\nstate leaving\n");
	fix_desk_open(&desk, FIX_42, false);
	play("logout nobody is here\nstate idle\n> 35=A|34=1|98=0|108=30|\nstate idle\n");
}

static void a_body_that_cannot_be_kept_takes_no_number(void **state)
{
	(void)state;
	struct fix_message m;
	static char text[FIX_BODY_BYTES];
	memset(text, 'x', sizeof text);
	accepted(FIX_42);
	fix_begin_type(&m, FIX_42, FIX_MSG_EXECUTION_REPORT);
	fix_set_text(&m, FIX_TEXT, text, sizeof text);
	assert_int_equal(fix_session_send(&desk.session, &m, KEPT_AGAIN, 0, desk.at), 0);
	fix_set_text(&m, FIX_TEXT, "a\1b", 3);
	assert_int_equal(fix_session_send(&desk.session, &m, KEPT_AGAIN, 0, desk.at), 0);
	play("next 2 2\n");
	fix_set_text(&m, FIX_TEXT, text, FIX_BODY_BYTES - 4);
	assert_int_equal(fix_session_send(&desk.session, &m, KEPT_AGAIN, 0, desk.at), 2);
	desk.line.fresh = desk.session.next_out;
}

static void words_that_are_too_long_are_cut_and_a_type_that_is_none_not_repeated(void **state)
{
	(void)state;
	char words[400];
	memset(words, 'w', sizeof words - 1);
	words[sizeof words - 1] = '\0';
	accepted(FIX_42);
	fix_session_logout(&desk.session, words, desk.at);
	assert_int_equal(fix_session_kept(&desk.session, 2)->body_bytes, 3 + 160 + 1);
	accepted(FIX_42);
	play("> 35=|34=2|\n< 35=3|34=2|45=2|371=35|373=4|58=tag without a value|\n");
}

static bool comes_long(uint64_t number, const char *type, bool is_dup)
{
	struct fix_long message = {
		.sequence = number, .size_bytes = 70000, .bytes_max = 960, .is_poss_dup = is_dup};
	snprintf(message.type, sizeof message.type, "%s", type);
	return fix_session_long(&desk.session, &message, desk.at);
}

#define LONG "58=found a message of 70000 bytes, expected at most 960|"

/* What it said is lost, its number is not. */
static void a_message_longer_than_is_taken_counts_by_its_number_alone(void **state)
{
	(void)state;
	fix_desk_open(&desk, FIX_44, false);
	assert_false(comes_long(1, "A", false)); /* no connection */
	accepted(FIX_44);
	assert_true(comes_long(2, "D", false));
	play("< 35=3|34=2|45=2|372=D|373=99|" LONG "\nnext 3 3\n");
	assert_false(comes_long(3, "1", false)); /* the session's own */
	play("< 35=3|34=3|45=3|372=1|373=99|" LONG "\nnext 4 4\n");
	assert_true(comes_long(4, "3", false)); /* never answered with another */
	play("next 4 5\n");
	assert_true(comes_long(5, "", false));
	play("< 35=3|34=4|45=5|373=99|" LONG "\nnext 5 6\n");
	/* Ahead it is asked for as any, of before it is none. */
	assert_false(comes_long(8, "D", false));
	play("< 35=2|34=5|7=6|16=0|\n");
	assert_true(comes_long(6, "D", true));
	play("< 35=3|34=6|45=6|372=D|373=99|" LONG "\n");
	assert_false(comes_long(6, "D", true));
	play("next 7 7\nstate up\n");
	assert_false(comes_long(6, "D", false));
	play("< 35=5|34=7|58=MsgSeqNum too low: expected 7, received 6|\nstate over\n");
	assert_false(comes_long(7, "D", false));
	accepted(FIX_42);
	assert_true(comes_long(2, "D", false));
	play("< 35=3|34=2|45=2|372=D|" LONG "\n");
	assert_false(comes_long(0, "D", false));
	play("< 35=5|34=3|58=found no MsgSeqNum, expected one in every message|\nend header\n");
	fix_desk_open(&desk, FIX_44, false);
	play("connect\n");
	assert_false(comes_long(1, "A", false));
	play("end not-logged\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_logon_is_answered_with_the_same_interval, quiet),
		cmocka_unit_test_teardown(
			anything_else_first_ends_the_connection_without_a_word, quiet),
		cmocka_unit_test_teardown(a_logon_that_is_not_right_is_told_why, quiet),
		cmocka_unit_test_teardown(
			a_logon_from_further_on_is_answered_and_the_rest_asked_for, quiet),
		cmocka_unit_test_teardown(a_logon_with_a_number_used_before_is_refused, quiet),
		cmocka_unit_test_teardown(numbers_go_on_with_the_next_connection, quiet),
		cmocka_unit_test_teardown(a_reset_that_is_agreed_begins_both_at_one, quiet),
		cmocka_unit_test_teardown(an_initiator_resets_only_what_it_asked_for, quiet),
		cmocka_unit_test_teardown(a_venue_that_refuses_our_logon_is_believed, quiet),
		cmocka_unit_test_teardown(nobody_waits_for_a_logon_for_ever, quiet),
		cmocka_unit_test_teardown(a_second_logon_is_rejected, quiet),
		cmocka_unit_test_teardown(
			the_next_number_a_peer_expects_is_followed_without_a_request, quiet),
		cmocka_unit_test_teardown(what_a_peer_expects_and_is_no_longer_kept_is_said, quiet),
		cmocka_unit_test_teardown(
			a_gap_is_asked_for_once_and_closed_by_what_is_sent_again, quiet),
		cmocka_unit_test_teardown(a_hole_in_what_is_sent_again_is_asked_for_again, quiet),
		cmocka_unit_test_teardown(
			a_gap_that_nobody_fills_is_asked_for_again_in_time, quiet),
		cmocka_unit_test_teardown(
			a_number_used_again_ends_the_session_unless_it_says_so, quiet),
		cmocka_unit_test_teardown(a_duplicate_must_say_when_it_was_sent_first, quiet),
		cmocka_unit_test_teardown(a_gap_fill_moves_on_and_never_back, quiet),
		cmocka_unit_test_teardown(a_reset_of_the_sequence_needs_no_right_number, quiet),
		cmocka_unit_test_teardown(a_message_without_a_number_ends_the_session, quiet),
		cmocka_unit_test_teardown(another_version_ends_the_session, quiet),
		cmocka_unit_test_teardown(other_names_are_rejected_and_end_the_session, quiet),
		cmocka_unit_test_teardown(
			a_clock_that_is_wrong_is_rejected_and_ends_the_session, quiet),
		cmocka_unit_test_teardown(what_is_wrong_is_rejected_and_its_number_taken, quiet),
		cmocka_unit_test_teardown(
			a_reason_that_4_2_does_not_know_is_said_in_words_alone, quiet),
		cmocka_unit_test_teardown(a_type_that_is_not_served_is_refused_as_business, quiet),
		cmocka_unit_test_teardown(a_reject_is_never_answered_with_a_reject, quiet),
		cmocka_unit_test_teardown(silence_of_ours_is_broken_by_heartbeats, quiet),
		cmocka_unit_test_teardown(silence_of_theirs_is_questioned_and_then_ends_it, quiet),
		cmocka_unit_test_teardown(a_test_is_answered_with_its_own_words, quiet),
		cmocka_unit_test_teardown(our_test_counts_when_its_own_answer_came, quiet),
		cmocka_unit_test_teardown(the_next_moment_is_told_exactly, quiet),
		cmocka_unit_test_teardown(a_logout_is_answered_and_then_it_is_over, quiet),
		cmocka_unit_test_teardown(
			our_logout_waits_for_theirs_and_takes_what_still_comes, quiet),
		cmocka_unit_test_teardown(a_body_that_cannot_be_kept_takes_no_number, quiet),
		cmocka_unit_test_teardown(
			a_message_longer_than_is_taken_counts_by_its_number_alone, quiet),
		cmocka_unit_test(
			words_that_are_too_long_are_cut_and_a_type_that_is_none_not_repeated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
