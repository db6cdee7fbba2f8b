/* fix_copy_test.c - who only listens, in FIX: a report of every decision and of what became of it.  Every test is
   replayed by its rig: the copies of a replay are those of the day.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/fold/option.h"
#include "dataplane/wire/ouch42_inner.h"
#include "drivers/machine/clock.h"
#include "tests/support/fix_text.h"
#include "tests/support/rig.h"

enum { OFFICE = 90, CLEARER = 91, HEARD_COUNT = 64, REPLAY = 64 };

static const struct copy_names {
	uint32_t session;
	uint8_t protocol;
	const char *begin, *name, *comp_id;
} names[] = {
	{OFFICE, ORDERS_FIX44, "FIX.4.4", "office", "OFFICE"},
	{CLEARER, ORDERS_FIX42, "FIX.4.2", "clearer", "CLEARER"},
};

/* The listener that is logged in: what it heard, oldest first, with bars. */
static struct {
	const struct copy_names *who;
	uint32_t connection;
	bool is_closed;
	uint64_t next;
	uint32_t rx_bytes, count, taken;
	uint8_t rx[1 << 16];
	char heard[HEARD_COUNT][FIX_MESSAGE_BYTES_MAX];
} peer;

static void site_with_copies(struct site_config *site)
{
	site->copy_count = ARRAY_COUNT(names);
	for (uint32_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct session_config *session = &site->copies[i].session;
		session->id = names[i].session;
		session->protocol = names[i].protocol;
		snprintf(session->name, sizeof session->name, "%s", names[i].name);
		snprintf(session->username, sizeof session->username, "COPY%u", i);
		snprintf(session->password, sizeof session->password, "PASS%u", i);
		snprintf(session->comp_id, sizeof session->comp_id, "%s", names[i].comp_id);
		snprintf(session->our_comp_id, sizeof session->our_comp_id, "SLUICE");
		session->replay_count = REPLAY;
	}
	site->copies[1].account_count = 1;
	site->copies[1].accounts[0] = RIG_OTHER_ACCOUNT;
}

static void frame_take(const struct fix_frame *frame)
{
	assert_true(peer.count < HEARD_COUNT);
	char *text = peer.heard[peer.count++];
	for (uint32_t i = 0; i < frame->size_bytes; i++)
		text[i] = frame->bytes[i] == 1 ? '|' : (char)frame->bytes[i];
	text[frame->size_bytes] = '\0';
}

static void peer_event(struct rig *rig, const struct stream_event *event)
{
	struct fix_frame frame;
	(void)rig;
	if (event->connection != peer.connection)
		return;
	peer.is_closed |= event->kind == STREAM_CLOSED;
	if (event->kind != STREAM_BYTES)
		return;
	memcpy(peer.rx + peer.rx_bytes, event->bytes, event->size_bytes);
	peer.rx_bytes += event->size_bytes;
	while (fix_cut(peer.rx, peer.rx_bytes, &frame) == FIX_WHOLE) {
		frame_take(&frame);
		peer.rx_bytes -= frame.taken_bytes;
		memmove(peer.rx, peer.rx + frame.taken_bytes, peer.rx_bytes);
	}
}

static void say_at(struct rig *rig, uint64_t number, const char *type, const char *body)
{
	char fields[1024], time[32] = {0};
	uint8_t wire[2048];
	fix_write_time((uint8_t *)time, clock_wall_ns(), FIX_MILLIS);
	snprintf(fields, sizeof fields, "35=%s|49=%s|56=SLUICE|34=%llu|52=%s|%s", type,
		peer.who->comp_id, (unsigned long long)number, time, body);
	uint32_t size = fix_text_frame(wire, sizeof wire, peer.who->begin, fields);
	assert_true(stream_send(rig->peer_stream, peer.connection, wire, size));
	rig_poll(rig, 1000);
}

static void say(struct rig *rig, const char *type, const char *body)
{
	say_at(rig, peer.next++, type, body);
}

/* told takes the oldest message and compares tags of it, "150=0|39=0|". */
static void told(const char *fields)
{
	assert_true(peer.taken < peer.count);
	const char *text = peer.heard[peer.taken++];
	while (*fields != '\0') {
		char one[256];
		size_t length = strcspn(fields, "|") + 1;
		snprintf(one, sizeof one, "|%.*s", (int)length, fields);
		if (strstr(text, one) == NULL)
			fail_msg("expected %s in %s", one, text);
		fields += length;
	}
}

static void nothing_more(void)
{
	if (peer.taken != peer.count)
		fail_msg("found %s, expected nothing", peer.heard[peer.taken]);
}

static void dial(struct rig *rig, uint32_t who)
{
	memset(&peer, 0, sizeof peer);
	peer.who = &names[who];
	peer.next = 1;
	peer.connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
	rig_poll(rig, 1000);
}

static void log_in(struct rig *rig, uint32_t who)
{
	char words[128];
	dial(rig, who);
	snprintf(words, sizeof words, "98=0|108=30|553=COPY%u|554=PASS%u|", who, who);
	say(rig, "A", words);
	told("35=A|34=1|108=30|");
}

static int open_copies(void **state)
{
	static const struct rig_hooks hooks = {.site = site_with_copies, .event = peer_event};
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static void site_with_tokens(struct site_config *site)
{
	site_with_copies(site);
	site->sessions[0].protocol = ORDERS_OUCH42;
	site->text_id_count = 256;
}

static int open_tokens(void **state)
{
	static const struct rig_hooks hooks = {.site = site_with_tokens, .event = peer_event};
	struct rig *rig = rig_open_with(&hooks, NULL);
	rig_ready(rig);
	*state = rig;
	return 0;
}

static int shut(void **state)
{
	rig_close(*state);
	return 0;
}

static void the_life_of_an_order_is_told_in_reports(void **state)
{
	struct rig *rig = *state;
	char venue[32];
	log_in(rig, 0);
	struct ouch_in order = rig_order(7);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &sent, 40, 1630000);
	struct ouch_in cancel = rig_cancel(7, 0);
	rig_send(rig, 0, &cancel);
	rig_cancelled(rig, sent.ref, 60, 'U');
	snprintf(venue, sizeof venue, "198=%u|", sent.ref);
	told("35=8|34=2|37=1|11=7|150=A|39=A|55=AAPL|54=1|38=100|44=163|151=100|14=0|6=0|797=Y|"
	     "58=[session 1 strategy 3]|");
	peer.taken--;
	told(venue);
	told("35=8|37=1|11=7|150=0|39=0|151=100|14=0|1=17|");
	peer.taken--;
	told(venue);
	told("35=8|37=1|11=7|150=F|39=1|32=40|31=163|151=60|14=40|6=163|1=17|");
	told("35=8|37=1|11=7|150=6|39=6|151=60|14=40|1=17|");
	told("35=8|37=1|11=7|150=4|39=4|151=0|14=40|1=17|");
	nothing_more();
}

static void a_refusal_is_told_with_the_control_that_refused(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	struct ouch_in order = rig_order(1);
	order.price_e4 = 1700001; /* off its tick */
	enum lane lane = rig_refuse(rig, 0, &order);
	told("35=8|37=1|11=1|150=8|39=8|55=AAPL|38=100|44=170.0001|151=0|1=17|");
	assert_non_null(strstr(peer.heard[peer.taken - 1], lane_rows[lane].name));
	assert_non_null(strstr(peer.heard[peer.taken - 1], "[session 1 strategy 3]"));
	nothing_more();
}

/* What a strategy of OUCH may put into its fields, FIX cannot always write. */
static void bytes_that_are_no_text_are_told_as_question_marks(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	struct ouch_in order = rig_order(1);
	char name[8] = {'A', '\001', '=', '\n', '|', (char)0xFE, ' ', ' '};
	memcpy(&order.symbol, name, sizeof name);
	rig_refuse(rig, 0, &order);
	assert_int_equal(peer.count, peer.taken + 1);
	told("55=A?=?|");
}

/* A token of OUCH 4.2 as a client sends it, whatever its bytes are. */
static void a_side_that_is_none_is_told_as_undisclosed(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	struct ouch_in order = rig_order(1);
	order.side = 'Z';
	rig_refuse(rig, 0, &order);
	told("35=8|37=1|11=1|150=8|39=8|54=7|");
	order = rig_order(2);
	order.options.present = option_bit(OPTION_SIDE);
	order.options.value[OPTION_SIDE] = 'X';
	rig_refuse(rig, 0, &order);
	told("35=8|11=2|150=8|54=7|");
	nothing_more();
}

static void enter_by_token(struct rig *rig, const char token[14])
{
	uint8_t bytes[256], packet[256 + SOUP_HEADER_BYTES];
	struct ouch_in order = rig_order(1);
	struct ouch42_in said;
	memcpy(order.clordid, token, sizeof order.clordid);
	assert_true(ouch42_inner_say_in(&order, &said));
	uint32_t size = ouch42_build_in(bytes, sizeof bytes, &said);
	assert_true(stream_send(rig->peer_stream, rig->clients[0].connection, packet,
		soup_build(packet, SOUP_UNSEQUENCED, bytes, size)));
	rig_poll(rig, 1000);
}

static void a_token_that_is_text_is_the_orders_name_and_another_goes_by_its_number(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	enter_by_token(rig, "MINE-1        ");
	told("35=8|37=1|11=MINE-1|150=A|");
	enter_by_token(rig, "BAD\001=\n\177ABCDEFG");
	told("35=8|37=2|11=2|150=A|");
	nothing_more();
}

static void a_channel_stands_behind_its_number(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	struct ouch_in order = rig_order(3);
	order.options.present |= option_bit(OPTION_INDEX);
	order.options.value[OPTION_INDEX] = 5;
	rig_pass_and_accept(rig, 0, &order);
	told("150=A|11=3.5|");
	told("150=0|11=3.5|");
}

static void a_replace_its_refusal_and_a_kill_are_told(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	struct ouch_in order = rig_order(1), replace = rig_replace(1, 2, 50, 1629900);
	struct ouch_in wrong = rig_replace(2, 3, 50, 1629901);
	struct ouch_out answered;
	rig_pass_and_accept(rig, 0, &order);
	struct ouch_in sent = rig_pass(rig, 0, &replace);
	rig_answer(rig, &(struct ouch_out){.type = 'U',
				.ref = sent.ref,
				.original_ref = sent.original_ref,
				.side = 'B',
				.qty = 50,
				.symbol = symbol_pack("AAPL"),
				.price_e4 = 1629900,
				.order_state = 'L'});
	assert_true(rig_client_got(rig, 0, &answered));
	rig_refuse(rig, 0, &wrong);
	wrong = rig_replace(99, 4, 50, 1629900);
	rig_refuse(rig, 0, &wrong);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_ACCOUNT, STATE_KILLED);
	told("37=1|11=1|150=A|30=XSIM|");
	told("37=1|11=1|150=0|30=XSIM|");
	told("35=8|37=2|11=2|41=1|150=E|39=E|55=AAPL|54=1|38=50|44=162.99|151=50|");
	told("35=8|37=2|11=2|41=1|150=5|39=0|151=50|");
	told("35=9|37=2|11=3|41=2|39=0|434=2|102=2|1=17|");
	told("35=9|37=NONE|11=4|41=99|39=8|434=2|102=1|");
	told("35=8|37=2|11=2|150=6|39=6|58=by a kill [session 1 strategy 3]|");
	nothing_more();
}

static void a_trade_that_is_broken_names_the_execution(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	struct ouch_in order = rig_order(7);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_answer(rig, &(struct ouch_out){.type = 'E',
				.ref = sent.ref,
				.qty = 100,
				.price_e4 = 1630000,
				.code = 'A',
				.match = 501});
	rig_answer(
		rig, &(struct ouch_out){.type = 'B', .ref = sent.ref, .match = 501, .code = 'E'});
	peer.taken += 2;
	struct session_row row = rig_session(rig, OFFICE);
	assert_int_equal(row.peer, SESSION_PEER_LISTENER);
	assert_int_equal(row.sequence_out, peer.count);
	assert_int_equal(row.sequence_in, 1);
	told("35=8|17=F501-1|150=F|39=2|30=XSIM|151=0|14=100|");
	told("35=8|19=F501-1|150=H|39=4|30=XSIM|38=100|14=0|151=0|6=0|11=7|37=1|1=17|58=the venue "
	     "broke this trade [session 1 "
	     "strategy 3]|");
	nothing_more();
}

/* OrderQty is what stands and what is open, before the venue has answered as behind it. */
static void a_replace_after_a_bust_is_told_as_it_will_be(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	struct ouch_in order = rig_order(7), replace = rig_replace(7, 8, 120, 1629900);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	rig_execute(rig, &sent, 20, 1630000);
	rig_execute(rig, &sent, 30, 1630000);
	rig_answer(rig,
		&(struct ouch_out){
			.type = 'B', .ref = sent.ref, .match = rig->venue.sequence, .code = 'E'});
	peer.taken = peer.count;
	struct ouch_in replacing = rig_pass(rig, 0, &replace);
	replacing.symbol = symbol_pack("AAPL");
	replacing.qty = 70;
	rig_accept(rig, &replacing);
	told("11=8|41=7|150=E|39=E|38=90|14=20|151=70|6=163|");
	told("11=8|41=7|150=5|39=1|38=90|14=20|151=70|6=163|");
	nothing_more();
}

static void a_market_is_told_of_no_refusal(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	struct ouch_in order = rig_order(7);
	struct ouch_in sent = rig_pass(rig, 0, &order);
	rig_answer(rig, &(struct ouch_out){.type = 'J', .ref = sent.ref, .reject_code = 17});
	told("150=A|30=XSIM|");
	told("150=8|39=8|");
	assert_null(strstr(peer.heard[peer.taken - 1], "|30="));
	nothing_more();
}

static void a_list_of_accounts_is_a_fence_and_4_2_has_words_of_its_own(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 1);
	struct ouch_in order = rig_order(1);
	rig_pass_and_accept(rig, 0, &order);
	nothing_more();
	struct ouch_in sent = rig_pass_and_accept(rig, 1, &order);
	rig_execute(rig, &sent, 100, 1630000);
	told("35=8|20=0|150=A|39=A|11=1|1=18|58=[session 2 strategy 4]|");
	told("20=0|150=0|39=0|11=1|1=18|");
	told("20=0|150=2|39=2|32=100|14=100|1=18|");
	assert_null(strstr(peer.heard[peer.taken - 1], "|797="));
	nothing_more();
}

/* Its numbers are the journal's, so a restart loses none. */
static void whoever_comes_back_is_told_again_what_it_missed(void **state)
{
	struct rig *rig = *state;
	struct ouch_in order = rig_order(1);
	log_in(rig, 0);
	rig_pass_and_accept(rig, 0, &order);
	told("34=2|150=A|");
	told("34=3|150=0|");
	rig_restart(rig, false);
	rig_ready(rig);
	order.ref = 2;
	rig_pass_and_accept(rig, 0, &order);
	dial(rig, 0);
	peer.next = 2;
	say(rig, "A", "98=0|108=30|553=COPY0|554=PASS0|");
	told("35=A|34=6|");
	say(rig, "2", "7=2|16=0|");
	told("35=8|34=2|43=Y|11=1|150=A|");
	told("35=8|34=3|43=Y|11=1|150=0|");
	told("35=8|34=4|43=Y|11=2|150=A|");
	told("35=8|34=5|43=Y|11=2|150=0|");
	told("35=4|34=6|123=Y|36=7|");
}

static void whoever_sends_an_order_is_refused_and_stays(void **state)
{
	struct rig *rig = *state;
	log_in(rig, 0);
	say(rig, "1", "112=are you there|");
	told("35=0|112=are you there|");
	say(rig, "D",
		"11=X|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163.00|59=0|1=SLCA|");
	told("35=j|372=D|380=3|");
	assert_non_null(strstr(peer.heard[peer.taken - 1], "only listens"));
	say(rig, "F", "41=X|11=Y|55=AAPL|54=1|60=20250102-14:30:00|");
	told("35=j|372=F|380=3|");
	assert_int_equal(rig->gate->fold->orders.last_id, 0);
	assert_int_equal(rig->gate->fold->orders_in, 0);
	assert_false(peer.is_closed);
	say(rig, "5", "");
	told("35=5|");
	assert_true(peer.is_closed);
}

static void a_wrong_name_or_password_listens_to_nothing(void **state)
{
	static const char *const wrong[] = {"98=0|108=30|553=COPY0|554=PASS1|",
		"98=0|108=30|553=COPY1|554=PASS0|", "98=0|108=30|554=PASS0|"};
	struct rig *rig = *state;
	for (uint32_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		dial(rig, 0);
		say(rig, "A", wrong[i]);
		told("35=5|58=found another username or password, expected the agreed one|");
		nothing_more();
		assert_true(peer.is_closed);
	}
	dial(rig, 0);
	say(rig, "A", "98=0|108=30|553=COPY0|554=PASS0|");
	told("35=A|34=4|");
}

#define COPY_TEST(name) cmocka_unit_test_setup_teardown(name, open_copies, shut)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COPY_TEST(the_life_of_an_order_is_told_in_reports),
		COPY_TEST(a_refusal_is_told_with_the_control_that_refused),
		COPY_TEST(bytes_that_are_no_text_are_told_as_question_marks),
		COPY_TEST(a_side_that_is_none_is_told_as_undisclosed),
		cmocka_unit_test_setup_teardown(
			a_token_that_is_text_is_the_orders_name_and_another_goes_by_its_number,
			open_tokens, shut),
		COPY_TEST(a_channel_stands_behind_its_number),
		COPY_TEST(a_replace_its_refusal_and_a_kill_are_told),
		COPY_TEST(a_trade_that_is_broken_names_the_execution),
		COPY_TEST(a_replace_after_a_bust_is_told_as_it_will_be),
		COPY_TEST(a_market_is_told_of_no_refusal),
		COPY_TEST(a_list_of_accounts_is_a_fence_and_4_2_has_words_of_its_own),
		COPY_TEST(whoever_comes_back_is_told_again_what_it_missed),
		COPY_TEST(whoever_sends_an_order_is_refused_and_stays),
		COPY_TEST(a_wrong_name_or_password_listens_to_nothing),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.fix_copy", tests, NULL, NULL);
}
