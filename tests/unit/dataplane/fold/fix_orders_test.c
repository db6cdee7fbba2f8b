/* fix_orders_test.c - a strategy of FIX at the gate and a venue of OUCH 5.0 behind it.  Each test ends by replaying
   itself.
   rooms: dataplane_gate */
#include "dataplane/fold/fix_client.h"
#include "dataplane/gate/roll.h"
#include "tests/support/fix_client_rig.h"

static void an_order_goes_to_the_venue_in_its_own_words(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	say(rig, "D", ORDER("A"));
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'O');
	assert_int_equal(at_venue.side, 'B');
	assert_int_equal(at_venue.qty, 100);
	assert_int_equal(at_venue.price_e4, 1630000);
	assert_int_equal(at_venue.symbol, symbol_pack("AAPL"));
	assert_int_equal(peer.count, 0);
}

/* Side, time in force and capacity, which is 47 in 4.2 and 528 in 4.4. */
static void what_an_order_says_of_itself_is_what_the_venue_gets(void **state)
{
	struct rig *rig = *state;
	static const struct {
		const char *words;
		char said, side, time_in_force, capacity;
	} orders[] = {{"54=1|44=163|", 0, 'B', '0', 'P'}, {"54=2|44=164|59=0|", 'P', 'S', '0', 'P'},
		{"54=5|44=164|114=N|", 'A', 'T', '0', 'A'}, {"54=6|44=164|", 'R', 'E', '0', 'R'},
		{"54=1|44=163|59=3|", 'I', 'B', '3', 'O'}};
	for (uint32_t i = 0; i < ARRAY_COUNT(orders); i++) {
		char body[160], capacity[8] = "";
		struct ouch_in at_venue;
		if (orders[i].said != 0)
			snprintf(capacity, sizeof capacity, "%s=%c|",
				protocol == ORDERS_FIX42 ? "47" : "528", orders[i].said);
		snprintf(body, sizeof body,
			"11=%u|21=1|55=AAPL|60=20250102-14:30:00|38=%u|40=2|%s%s", i, 100 + i,
			orders[i].words, capacity);
		say(rig, "D", body);
		assert_true(rig_venue_got(rig, &at_venue));
		assert_int_equal(at_venue.side, orders[i].side);
		assert_int_equal(at_venue.time_in_force, orders[i].time_in_force);
		assert_int_equal(at_venue.capacity, orders[i].capacity);
	}
}

static void a_replace_says_anew_whether_it_is_post_only_and_of_nothing_else(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue, replacing;
	say(rig, "D", ORDER("A") "18=6|");
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.options.value[12], 'P');
	rig_accept(rig, &at_venue);
	told("35=8|11=A|150=0|");
	say(rig, "G", "41=A|11=S|21=1|55=AAPL|54=2|60=20250102-14:30:00|38=120|40=2|44=164|");
	told("35=9|11=S|41=A|39=0|434=2|58=NOT_SUPPORTED: the order asks for something the gate "
	     "cannot judge|");
	say(rig, "G", "41=A|11=Z|21=1|55=ZVZZT|54=1|60=20250102-14:30:00|38=120|40=2|44=162|");
	told("35=9|11=Z|41=A|39=0|434=2|");
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=162|18=6|");
	assert_true(rig_venue_got(rig, &replacing));
	assert_int_equal(replacing.options.value[12], 'P');
	struct ouch_in answer = replacing;
	answer.symbol = symbol_pack("AAPL");
	rig_accept(rig, &answer);
	told("35=8|11=B|41=A|150=5|");
	say(rig, "G", "41=B|11=C|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=130|40=2|44=162|");
	assert_true(rig_venue_got(rig, &replacing));
	assert_int_equal(replacing.options.value[12], 'N');
}

static void fills_are_told_with_what_is_left_and_the_exact_average(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	bool is_42 = protocol == ORDERS_FIX42;
	rig_execute(rig, &at_venue, 30, 1629900);
	told(is_42 ? "35=8|11=A|20=0|150=1|39=1|32=30|31=162.99|151=70|14=30|6=162.99|"
		   : "35=8|11=A|150=F|39=1|32=30|31=162.99|151=70|14=30|6=162.99|");
	rig_execute(rig, &at_venue, 70, 1630000);
	told(is_42 ? "35=8|11=A|20=0|150=2|39=2|32=70|31=163|151=0|14=100|6=162.997|"
		   : "35=8|11=A|150=F|39=2|32=70|31=163|151=0|14=100|6=162.997|");
	assert_int_equal(rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL).position, 100);
}

static void a_bust_names_the_execution_that_it_breaks(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	char name[64], expected[128];
	rig_execute(rig, &at_venue, 30, 1629900);
	snprintf(name, sizeof name, "%s",
		fix_text_value(peer.heard[0].bytes, peer.heard[0].size, 17));
	told("39=1|");
	struct ouch_out bust = {.type = 'B', .ref = at_venue.ref, .code = 'E'};
	bust.match = rig->venue.sequence;
	rig_answer(rig, &bust);
	snprintf(expected, sizeof expected, "35=8|11=A|19=%s|%s", name,
		protocol == ORDERS_FIX42 ? "20=1|" : "150=H|");
	told(expected);
	assert_int_equal(rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL).position, 0);
}

static void a_correction_names_the_execution_and_its_new_terms(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	rig_execute(rig, &at_venue, 30, 1629900);
	told("39=1|");
	struct ouch_out correction = {.type = 'F',
		.ref = at_venue.ref,
		.code = 'E',
		.match = rig->venue.sequence,
		.qty = 20,
		.price_e4 = 1620000};
	rig_answer(rig, &correction);
	told(protocol == ORDERS_FIX42 ? "35=8|11=A|20=2|150=1|39=1|32=20|31=162|"
				      : "35=8|11=A|150=G|39=1|32=20|31=162|");
	assert_int_equal(rig_position(rig, RIG_OTHER_ACCOUNT, RIG_AAPL).position, 20);
}

static void an_operator_sees_the_numbers_of_both_sides_and_what_was_answered(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	const struct fix_session *session = &fix_client_of(rig->gate->fold, 2)->session;
	struct session_row row = rig_session(rig, 2);
	assert_int_equal(row.peer, SESSION_PEER_CLIENT);
	assert_int_equal(row.sequence_in, 2); /* its Logon and the order */
	assert_int_equal(row.sequence_in, session->next_in - 1);
	assert_int_equal(row.sequence_out, session->next_out - 1);
	assert_int_equal(row.messages_out, row.sequence_out);
	assert_int_equal(row.orders_acked, 1);
	say(rig, "D", ORDER("B"));
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(rig_session(rig, 2).sequence_in, 3);
	assert_int_equal(rig_session(rig, 2).orders_sent, 2);
	assert_int_equal(rig_session(rig, 2).orders_acked, 1);
}

/* What is not of an order is not for a protocol that has no word for it. */
static void what_the_venue_does_by_itself_is_told(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	const struct ouch_out opens = {.type = 'S', .code = 'S'};
	say(rig, "D", ORDER("A"));
	assert_true(rig_venue_got(rig, &at_venue));
	rig_answer(rig, &opens);
	assert_int_equal(peer.count, 0);
	struct ouch_out dead = rig_accepted(&at_venue);
	dead.order_state = 'D';
	rig_answer(rig, &dead);
	told("35=8|34=2|11=A|150=4|39=4|151=0|14=0|");
	say(rig, "D", ORDER("B"));
	assert_true(rig_venue_got(rig, &at_venue));
	rig_accept(rig, &at_venue);
	told("35=8|11=B|150=0|");
	rig_cancelled(rig, at_venue.ref, 40, 'U');
	told("35=8|11=B|150=D|39=0|151=60|378=5|");
	const struct ouch_out waits = {.type = 'P', .ref = at_venue.ref};
	rig_answer(rig, &waits);
	told("35=8|11=B|150=6|39=6|151=60|");
	rig_cancelled(rig, at_venue.ref, 60, 'U');
	told("35=8|11=B|150=4|39=4|151=0|");
}

static void a_replace_is_told_under_both_names(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	rig_execute(rig, &at_venue, 40, 1630000);
	told("39=1|");
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=162.50|");
	assert_true(rig_venue_got(rig, &replacing));
	assert_int_equal(replacing.type, 'U');
	assert_int_equal(replacing.original_ref, at_venue.ref);
	assert_int_equal(replacing.qty, 120);
	struct ouch_in answer = replacing;
	answer.qty = 80;
	answer.symbol = symbol_pack("AAPL");
	rig_accept(rig, &answer);
	told("35=8|11=B|41=A|150=5|39=1|151=80|14=40|6=163|44=162.5|");
}

static void a_cancel_is_told_under_its_own_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), cancelling;
	say(rig, "F", "41=A|11=B|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	assert_int_equal(cancelling.type, 'X');
	say(rig, "F", "41=A|11=C|55=AAPL|54=1|60=20250102-14:30:00|");
	told("35=9|11=C|41=A|39=6|434=1|102=3|");
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	told("35=8|11=B|41=A|150=4|39=4|151=0|14=0|");
}

static void a_cancel_that_crosses_the_last_fill_is_told_that_it_came_too_late(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), cancelling;
	say(rig, "F", "41=A|11=B|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	say(rig, "H", "11=A|55=AAPL|54=1|");
	told("35=8|11=A|39=6|");
	rig_execute(rig, &at_venue, 40, 1630000);
	told("35=8|11=A|39=1|151=60|14=40|");
	rig_execute(rig, &at_venue, 60, 1630000);
	told("35=8|11=A|39=2|151=0|14=100|");
	told("35=9|11=B|41=A|39=2|434=1|102=0|58=the order was over before its cancel|");
	assert_int_equal(peer.count, 0);
}

/* OUCH answers a replace of an order that is over with silence; who asked in FIX waits for an answer. */
static void a_replace_that_crosses_the_last_fill_is_told_that_it_came_too_late(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing;
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=162.50|");
	assert_true(rig_venue_got(rig, &replacing));
	say(rig, "G", "41=B|11=C|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=130|40=2|44=162.50|");
	assert_true(rig_venue_got(rig, &replacing));
	say(rig, "F", "41=C|11=D|55=AAPL|54=1|60=20250102-14:30:00|");
	rig_execute(rig, &at_venue, 100, 1630000);
	told("35=8|11=A|39=2|151=0|14=100|");
	told("35=9|11=B|41=A|39=2|434=2|102=0|58=the order was over before its replace|");
	told("35=9|11=C|41=B|434=2|102=0|58=the order was over before its replace|");
	told("35=9|11=D|41=C|434=1|102=0|58=the order was over before its cancel|");
	assert_int_equal(peer.count, 0);
}

static void a_cancel_follows_what_replaced_its_order_and_is_told_under_its_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), replacing, cancelling;
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=162.50|");
	assert_true(rig_venue_got(rig, &replacing));
	say(rig, "F", "41=A|11=C|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	assert_int_equal(cancelling.ref, at_venue.ref);
	struct ouch_in answer = replacing;
	answer.symbol = symbol_pack("AAPL");
	rig_accept(rig, &answer);
	told("35=8|11=B|41=A|150=5|");
	assert_true(rig_venue_got(rig, &cancelling));
	assert_int_equal(cancelling.ref, replacing.ref);
	rig_cancelled(rig, replacing.ref, 120, 'U');
	told("35=8|11=C|41=B|150=4|39=4|151=0|");
	assert_int_equal(peer.count, 0);
}

static void a_cancel_of_an_order_that_the_venue_refuses_is_told_that_it_came_too_late(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue, cancelling;
	static const char *const orders[] = {ORDER("A"), ORDER("B")};
	for (uint32_t i = 0; i < ARRAY_COUNT(orders); i++) {
		say(rig, "D", orders[i]);
		assert_true(rig_venue_got(rig, &at_venue));
		say(rig, "F",
			i == 0 ? "41=A|11=X|55=AAPL|54=1|60=20250102-14:30:00|"
			       : "41=B|11=Y|55=AAPL|54=1|60=20250102-14:30:00|");
		assert_true(rig_venue_got(rig, &cancelling));
		struct ouch_out dead = rig_accepted(&at_venue);
		dead.order_state = 'D';
		rig_answer(
			rig, i == 0 ? &(struct ouch_out){.type = 'J', .ref = at_venue.ref} : &dead);
		told(i == 0 ? "35=8|11=A|150=8|39=8|" : "35=8|11=B|150=4|39=4|");
		told(i == 0 ? "35=9|11=X|41=A|39=4|434=1|102=0|"
			    : "35=9|11=Y|41=B|39=4|434=1|102=0|");
	}
	assert_int_equal(peer.count, 0);
}

/* The gate asks again for whom it kills; whose cancel it was in the beginning waits for its answer all the same. */
static void a_cancel_that_a_kill_took_over_is_told_under_its_own_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), cancelling;
	say(rig, "F", "41=A|11=B|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	rig_venue_cut(rig);
	rig_stop(rig, SCOPE_ACCOUNT, RIG_OTHER_ACCOUNT, STATE_KILLED);
	rig_venue_up(rig);
	assert_true(rig_venue_got(rig, &cancelling));
	assert_int_equal(cancelling.type, 'X');
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	told("35=8|11=B|41=A|150=4|39=4|151=0|");
	assert_int_equal(peer.count, 0);
}

/* One that was refused has its answer: what becomes of the order later is told under the order's name. */
static void a_cancel_is_answered_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), cancelling;
	say(rig, "F", "41=A|11=B|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
	told("35=9|11=B|41=A|39=0|434=1|102=2|");
	rig_cancelled(rig, at_venue.ref, 100, 'S');
	told("35=8|11=A|150=4|39=4|151=0|");
	say(rig, "D", ORDER("C"));
	assert_true(rig_venue_got(rig, &at_venue));
	rig_accept(rig, &at_venue);
	told("35=8|11=C|150=0|");
	say(rig, "F", "41=C|11=D|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	rig_answer(rig, &(struct ouch_out){.type = 'I', .ref = at_venue.ref});
	told("35=9|11=D|41=C|39=0|434=1|102=2|");
	rig_execute(rig, &at_venue, 100, 1630000);
	told("35=8|11=C|39=2|151=0|14=100|");
	assert_int_equal(peer.count, 0);
}

/* Each by the name that it was asked under, whatever was asked since. */
static void a_request_that_the_venue_refuses_late_is_told_under_its_own_name(void **state)
{
	struct rig *rig = *state;
	struct ouch_in original = accepted(rig), replacing, cancelling;
	struct ouch_out refusal = {.type = 'I', .ref = original.ref};
	say(rig, "F", "41=A|11=B|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	say(rig, "F", "41=A|11=C|55=AAPL|54=1|60=20250102-14:30:00|");
	told("35=9|11=C|41=A|39=6|434=1|102=3|");
	rig_answer(rig, &refusal);
	told("35=9|11=B|41=A|39=0|434=1|102=2|");
	refusal.type = 'J';
	say(rig, "G", "41=A|11=D|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=162.50|");
	assert_true(rig_venue_got(rig, &replacing));
	say(rig, "H", "11=D|55=AAPL|54=1|");
	told("35=8|11=D|39=0|");
	refusal.ref = replacing.ref;
	rig_answer(rig, &refusal);
	told("35=9|11=D|41=A|39=0|434=2|102=2|");
	say(rig, "G", "41=A|11=E|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=162.50|");
	assert_true(rig_venue_got(rig, &replacing));
	say(rig, "F", "41=E|11=F|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	refusal.ref = replacing.ref;
	rig_answer(rig, &refusal);
	told("35=9|11=E|41=A|39=0|434=2|102=2|");
	told("35=9|11=F|41=E|39=4|434=1|102=0|");
	/* A name used again is no name of an order that waits. */
	say(rig, "D", ORDER("G"));
	assert_true(rig_venue_got(rig, &original));
	say(rig, "G", "41=A|11=G|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=162.50|");
	told("35=9|11=G|41=A|434=2|");
	refusal.ref = original.ref;
	rig_answer(rig, &refusal);
	told("35=8|11=G|150=8|39=8|");
}

static void what_names_nothing_is_refused(void **state)
{
	struct rig *rig = *state;
	say(rig, "F", "41=X|11=B|55=AAPL|54=1|60=20250102-14:30:00|");
	told("35=9|11=B|41=X|37=NONE|39=8|434=1|102=1|");
	say(rig, "G", "41=X|11=C|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=120|40=2|44=162.50|");
	told("35=9|11=C|41=X|37=NONE|39=8|434=2|102=1|");
	say(rig, "F", "41=X|11=B|55=AAPL|54=1|60=20250102-14:30:00|");
	told("35=9|11=B|41=X|");
	say(rig, "H", "11=Z|55=AAPL|54=1|");
	told("35=j|372=H|379=Z|380=1|");
	say(rig, "D",
		"11=AN.ID.OF.21.CHARACTERS|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=1|40=2|44=1|");
	told("35=3|371=11|373=5|");
	say(rig, "F", "41=AN.ID.OF.21.CHARACTERS|11=Y|55=AAPL|54=1|60=20250102-14:30:00|");
	told("35=3|371=41|373=5|");
}

/* What it says of our reports is counted, not answered, and what no session would take changes nothing. */
static void what_is_no_request_is_counted_or_refused(void **state)
{
	struct rig *rig = *state;
	const struct metrics *metrics = &rig->region->metrics;
	say(rig, "3", "45=1|");
	say(rig, "j", "45=1|372=8|380=0|");
	assert_int_equal(metrics_get(metrics, METRIC_gate_bad_messages), 2);
	assert_true(client_message(
		rig->gate, rig->gate->by_session[FIX_SESSION], (const uint8_t *)"8=FIX.4.2", 9));
	assert_int_equal(metrics_get(metrics, METRIC_gate_bad_messages), 3);
	assert_int_equal(peer.count, 0);
	say(rig, "q", "11=A|530=7|60=20250102-14:30:00|");
	told("35=j|34=2|372=q|379=A|380=3|");
}

/* The way out stays open: a cancel needs no name. */
static void where_names_run_out_orders_are_refused_and_cancels_go(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), cancelling;
	char body[160];
	for (uint32_t i = 1; i < TEXT_IDS; i++) {
		snprintf(body, sizeof body,
			"11=%u|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=3|", i);
		say(rig, "D", body);
		told("35=8|150=8|39=8|");
	}
	say(rig, "D", ORDER("NEW"));
	told("35=8|11=NEW|150=8|39=8|");
	say(rig, "F", "41=A|11=OUT|55=AAPL|54=1|60=20250102-14:30:00|");
	assert_true(rig_venue_got(rig, &cancelling));
	assert_int_equal(cancelling.type, 'X');
	say(rig, "F", "41=A|11=AGAIN|55=AAPL|54=1|60=20250102-14:30:00|");
	told("35=9|11=AGAIN|41=A|39=6|102=3|");
	const struct ouch_out refusal = {.type = 'I', .ref = at_venue.ref};
	rig_answer(rig, &refusal);
	told("35=9|11=A|41=A|39=0|102=2|");
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	told("35=8|11=A|150=4|39=4|151=0|");
}

static int32_t ask_day(struct rig *rig, enum day_change change)
{
	struct mailbox_request request = {.kind = REQUEST_DAY, .id = change};
	memcpy(request.release.reason, "by hand", 8);
	int32_t code = rig_ask(rig, &request)->code;
	for (unsigned i = 0; i < 4; i++)
		rig_poll(rig, 2000000);
	return code;
}

static void another_day_begins_with_numbers_and_names_from_one(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	rig_cancelled(rig, at_venue.ref, 100, 'U');
	told("35=8|150=4|");
	assert_int_equal(ask_day(rig, DAY_ENDS), 0);
	told("35=5|58=the gate closes|");
	assert_true(peer.is_closed);
	assert_int_equal(ask_day(rig, DAY_BEGINS), 0);
	dial(rig);
	peer.next = 1;
	say(rig, "A", logon_words());
	told("35=A|34=1|");
	accepted(rig);
}

static void an_order_that_dies_with_its_venues_session_is_told_as_cancelled(void **state)
{
	struct rig *rig = *state;
	struct ouch_in cancelling;
	accepted(rig);
	assert_int_equal(ask_day(rig, DAY_ENDS), 0);
	assert_true(rig_venue_got(rig, &cancelling));
	rig_venue_day(rig, "DAY2");
	rig_poll(rig, 3000000000);
	rig->gate->is_turn_open = false;
	assert_true(roll_write(
		rig->gate, DAY_CLOSES, 1000, "by hand", rig->gate->fold->midnight_wall_ns));
	rig_poll(rig, 2000000);
	rig_poll(rig, 2000000); /* the tick after the sweep */
	told("35=8|11=A|150=4|39=4|151=0|14=0|");
}

static void a_logon_that_asks_for_what_is_not_served_is_told_so(void **state)
{
	struct rig *rig = *state;
	static const char *const heads[][2] = {
		{"98=1|108=30|",
			"35=5|58=found an EncryptMethod, expected 0: encryption is not served|"},
		{"98=0|108=99999|", "35=5|58=found HeartBtInt 65535, expected at most 60|"},
		{"98=0|108=30|141=Y|", "35=A|34=1|141=Y|"}};
	for (size_t i = 0; i < ARRAY_COUNT(heads); i++) {
		char body[128];
		stream_shut(rig->peer_stream, peer.connection, true);
		rig_poll(rig, 1000);
		dial(rig);
		snprintf(body, sizeof body, "%s%s", heads[i][0],
			strchr(strchr(logon_words(), '|') + 1, '|') + 1);
		say_at(rig, i < 2 ? peer.next : 1, "A", body);
		told(heads[i][1]);
	}
}

static void an_id_is_never_taken_twice(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	accepted(rig);
	say(rig, "D", ORDER("A"));
	told("35=8|11=A|150=8|39=8|103=6|58=DUPLICATE_ID: the order's id was used before, or its "
	     "original is not open|");
	assert_false(rig_venue_got(rig, &at_venue));
}

/* 97=Y: what came before is not done again, and not refused either, which its owner would take for the end of the order. */
static void what_may_have_come_before_is_told_its_state_and_done_once(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue, other;
	say(rig, "D", "97=Y|" ORDER("A"));
	assert_true(rig_venue_got(rig, &at_venue));
	rig_accept(rig, &at_venue);
	told("35=8|11=A|150=0|");
	rig_execute(rig, &at_venue, 40, 1630000);
	told("39=1|");
	say(rig, "D", "97=Y|" ORDER("A"));
	told(protocol == ORDERS_FIX42 ? "35=8|11=A|20=3|150=1|39=1|151=60|14=40|"
				      : "35=8|11=A|150=I|39=1|151=60|14=40|");
	rig_execute(rig, &at_venue, 60, 1630000);
	told("39=2|");
	say(rig, "D", "97=Y|" ORDER("A"));
	assert_int_equal(peer.count, 0);
	say(rig, "F", "97=Y|41=A|11=A|55=AAPL|54=1|60=20250102-14:30:00|38=100|");
	assert_int_equal(peer.count, 0);
	assert_false(rig_venue_got(rig, &other));
}

#define LIMIT(id) "11=" id "|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163|"

static void what_cannot_be_judged_is_refused_by_the_name_of_its_control(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	static const char *const orders[] = {
		"11=1|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=1|",
		"11=2|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163|59=1|",
		"11=3|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163|211=1|",
		"11=4|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163|18=R|",
		"11=5|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163|110=50|",
		"11=6|21=1|55=AAPL|54=8|60=20250102-14:30:00|38=100|40=2|44=163|",
		"11=7|21=1|55=AAPL|54=1|60=20250102-14:30:00|40=2|44=163|",
		LIMIT("a") "99=1|",
		LIMIT("b") "126=20250102-14:30:00|",
		LIMIT("c") "432=20250102|",
		LIMIT("d") "111=0|",
		LIMIT("e") "114=Y|",
		LIMIT("f") "18=66|",
		"11=g|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|",
		"11=h|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=0|",
		"11=i|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=1|44=163|",
		"11=j|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=3|44=163|",
		"128=X|" LIMIT("k"),
	};
	static const char *const nothing[] = {
		LIMIT("l") "65=X|",
		"11=m|21=1|55=AAPLAAPLA|54=1|60=20250102-14:30:00|38=100|40=2|44=163|"
	};
	for (size_t i = 0; i < ARRAY_COUNT(nothing); i++) {
		say(rig, "D", nothing[i]);
		told("35=8|150=8|39=8|151=0|55=?|");
	}
	for (size_t i = 0; i < ARRAY_COUNT(orders); i++) {
		say(rig, "D", orders[i]);
		told("35=8|150=8|39=8|151=0|14=0|58=NOT_SUPPORTED: the order asks for something "
		     "the gate "
		     "cannot judge|");
	}
	say(rig, "D", "11=8|21=1|55=NONE|54=1|60=20250102-14:30:00|38=100|40=2|44=163|");
	told("35=8|11=8|55=NONE|150=8|103=1|");
	say(rig, "D", "11=9|21=1|1=AC17X|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163|");
	told("35=8|11=9|150=8|58=UNKNOWN_ACCOUNT: the session does not speak for this account|");
	assert_false(rig_venue_got(rig, &at_venue));
	say(rig, "D", "11=10|21=1|1=AC18|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163|");
	assert_true(rig_venue_got(rig, &at_venue));
}

static void what_the_venue_refuses_is_told_with_its_reason(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	say(rig, "D", ORDER("A"));
	assert_true(rig_venue_got(rig, &at_venue));
	struct ouch_out reject = {.type = 'J', .ref = at_venue.ref, .reject_code = 7};
	rig_answer(rig, &reject);
	told("35=8|11=A|150=8|39=8|151=0|58=refused by the venue, reason 7|");
}

static void the_state_of_an_order_is_told_when_asked(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	rig_execute(rig, &at_venue, 40, 1630000);
	told("39=1|");
	say(rig, "H", "11=A|55=AAPL|54=1|");
	told(protocol == ORDERS_FIX42 ? "35=8|11=A|20=3|150=1|39=1|151=60|14=40|"
				      : "35=8|11=A|150=I|39=1|151=60|14=40|");
}

static void what_was_missed_is_sent_again_and_a_late_order_refused(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig), other;
	stream_shut(rig->peer_stream, peer.connection, true);
	rig_poll(rig, 1000);
	rig_execute(rig, &at_venue, 40, 1630000);
	dial(rig);
	say(rig, "A", logon_words());
	told("35=A|34=4|");
	say(rig, "2", "7=3|16=0|");
	told("35=8|34=3|43=Y|11=A|39=1|");
	told("35=4|34=4|43=Y|123=Y|36=5|");
	say_at(rig, peer.next + 1, "0", "");
	told("35=2|7=5|16=0|");
	say(rig, "D", "43=Y|122=20250102-14:30:00|" ORDER("LATE"));
	told("35=8|11=LATE|150=8|58=NOT_SUPPORTED: the order asks for something the gate cannot "
	     "judge|");
	assert_false(rig_venue_got(rig, &other));
}

static void a_restart_goes_on_with_the_numbers_and_the_names(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue = accepted(rig);
	rig_restart(rig, false);
	rig_venue_up(rig);
	rig_limits(rig, NULL);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	dial(rig);
	say(rig, "A", logon_words());
	told("35=A|34=3|");
	rig_execute(rig, &at_venue, 100, 1630000);
	told("35=8|34=4|11=A|39=2|");
}

static void heartbeats_and_silence_are_the_sessions_own(void **state)
{
	struct rig *rig = *state;
	const uint64_t second_ns = 1000000000;
	rig_poll(rig, 29 * second_ns);
	assert_int_equal(peer.count, 0);
	rig_poll(rig, 2 * second_ns);
	told("35=0|34=2|");
	say(rig, "1", "112=hello|");
	told("35=0|112=hello|");
	rig_poll(rig, 37 * second_ns);
	told("35=1|");
	while (peer.count > 0)
		told("35=0|");
	rig_poll(rig, 40 * second_ns);
	while (peer.count > 1)
		told("35=0|");
	told("35=5|");
	assert_true(peer.is_closed);
}

static void nobody_logs_in_with_another_password_or_name(void **state)
{
	struct rig *rig = *state;
	static const char *const words[] = {"98=0|108=30|553=USER2|554=PASS1|",
		"98=0|108=30|553=USER1|554=PASS2|", "98=0|108=30|553=USER2|", "98=0|108=30|",
		"98=0|108=30|553=USER2|554=PASS2PASS2PASS2|"};
	say(rig, "5", "");
	told("35=5|");
	assert_true(peer.is_closed);
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		dial(rig);
		say_at(rig, peer.next, "A", words[i]);
		told("35=5|58=found another username or password, expected the agreed one|");
		assert_int_equal(peer.count, 0);
		assert_true(peer.is_closed);
	}
	dial(rig);
	say(rig, "A", logon_words());
	told("35=A|");
	assert_int_equal(metrics_get(&rig->region->metrics, METRIC_gate_logins_refused), 5);
}

static void the_gate_says_goodbye(void **state)
{
	struct rig *rig = *state;
	gate_stop(rig->gate, rig->now_ns);
	rig_poll(rig, 1000);
	told("35=5|58=the gate closes|");
}

/* CONTROLS, 25: the parent stands in Text; an order without one is refused, 3: it exceeds a limit. */
static void a_child_names_its_parent_in_its_text(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	say(rig, "D", ORDER("A") "58=417/150|");
	assert_true(rig_venue_got(rig, &at_venue));
	rig_accept(rig, &at_venue);
	told("35=8|11=A|150=0|39=0|151=100|");
	say(rig, "D", ORDER("B") "58=417/150|");
	told("35=8|11=B|150=8|39=8|103=3|");
	say(rig, "D", ORDER("C") "58=a text that is too long for a parent|");
	told("35=8|11=C|150=8|39=8|103=3|");
	say(rig, "D", ORDER("D"));
	told("35=8|11=D|150=8|39=8|103=3|");
	say(rig, "G",
		"41=A|11=E|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=150|40=2|44=163.00|59=0|"
		"58=417/150|");
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'U');
}

/* CONTROLS, 23: OrdType 1 has no price; the venue gets one, 1,000 ticks above the bid. */
static void a_market_order_is_given_its_price(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	say(rig, "D", "11=A|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=1|59=0|");
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.price_e4, 1730000);
	say(rig, "D", ORDER("B") "40=1|");
	assert_false(rig_venue_got(rig, &at_venue));
}

/* Some shares are dearer than OUCH's word for "at the market": a limit that never trades must not become an order that
   trades at once. */
static void a_limit_as_dear_as_a_market_price_is_no_market_order(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	static const char *const prices[] = {
		"200000", "200000.0000", "214748.3647", "700000", "99999999999999"};
	char body[160];
	for (size_t i = 0; i < ARRAY_COUNT(prices); i++) {
		snprintf(body, sizeof body,
			"11=%c|21=1|55=AAPL|54=2|60=20250102-14:30:00|38=100|40=2|44=%s|59=0|",
			(int)('A' + i), prices[i]);
		say(rig, "D", body);
		told("35=8|150=8|39=8|58=NOT_SUPPORTED: the order asks for something the gate "
		     "cannot judge|");
	}
	assert_false(rig_venue_got(rig, &at_venue));
}

static int open_market(void **state)
{
	converts_market = 1;
	int done = open_44(state);
	converts_market = 0;
	return done;
}

static int open_parents(void **state)
{
	has_parents = true;
	int done = open_44(state);
	has_parents = false;
	return done;
}

#define OF_BOTH(test)                                                                              \
	cmocka_unit_test_setup_teardown(test, open_42, shut),                                      \
		cmocka_unit_test_setup_teardown(test, open_44, shut)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_BOTH(an_order_goes_to_the_venue_in_its_own_words),
		OF_BOTH(what_an_order_says_of_itself_is_what_the_venue_gets),
		OF_BOTH(a_replace_says_anew_whether_it_is_post_only_and_of_nothing_else),
		OF_BOTH(fills_are_told_with_what_is_left_and_the_exact_average),
		OF_BOTH(a_bust_names_the_execution_that_it_breaks),
		OF_BOTH(a_correction_names_the_execution_and_its_new_terms),
		OF_BOTH(an_operator_sees_the_numbers_of_both_sides_and_what_was_answered),
		OF_BOTH(what_the_venue_does_by_itself_is_told),
		OF_BOTH(a_replace_is_told_under_both_names),
		OF_BOTH(a_cancel_is_told_under_its_own_name),
		OF_BOTH(a_cancel_that_crosses_the_last_fill_is_told_that_it_came_too_late),
		OF_BOTH(a_replace_that_crosses_the_last_fill_is_told_that_it_came_too_late),
		OF_BOTH(a_cancel_follows_what_replaced_its_order_and_is_told_under_its_name),
		OF_BOTH(a_cancel_of_an_order_that_the_venue_refuses_is_told_that_it_came_too_late),
		OF_BOTH(a_cancel_that_a_kill_took_over_is_told_under_its_own_name),
		OF_BOTH(a_cancel_is_answered_once),
		OF_BOTH(a_request_that_the_venue_refuses_late_is_told_under_its_own_name),
		OF_BOTH(what_names_nothing_is_refused),
		OF_BOTH(what_is_no_request_is_counted_or_refused),
		OF_BOTH(where_names_run_out_orders_are_refused_and_cancels_go),
		OF_BOTH(another_day_begins_with_numbers_and_names_from_one),
		OF_BOTH(an_order_that_dies_with_its_venues_session_is_told_as_cancelled),
		OF_BOTH(a_logon_that_asks_for_what_is_not_served_is_told_so),
		OF_BOTH(an_id_is_never_taken_twice),
		OF_BOTH(what_may_have_come_before_is_told_its_state_and_done_once),
		OF_BOTH(what_cannot_be_judged_is_refused_by_the_name_of_its_control),
		OF_BOTH(what_the_venue_refuses_is_told_with_its_reason),
		OF_BOTH(the_state_of_an_order_is_told_when_asked),
		OF_BOTH(what_was_missed_is_sent_again_and_a_late_order_refused),
		OF_BOTH(a_restart_goes_on_with_the_numbers_and_the_names),
		OF_BOTH(heartbeats_and_silence_are_the_sessions_own),
		OF_BOTH(nobody_logs_in_with_another_password_or_name),
		OF_BOTH(the_gate_says_goodbye),
		cmocka_unit_test_setup_teardown(
			a_child_names_its_parent_in_its_text, open_parents, shut),
		cmocka_unit_test_setup_teardown(
			a_market_order_is_given_its_price, open_market, shut),
		cmocka_unit_test_setup_teardown(
			a_limit_as_dear_as_a_market_price_is_no_market_order, open_market, shut),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
