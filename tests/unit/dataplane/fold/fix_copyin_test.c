/* A venue's drop copy in FIX against an order session in OUCH.  Each test ends by replaying itself.
   rooms: dataplane_gate */
#include "tests/support/copy_fix_rig.h"

#include "dataplane/fold/copyin.h"
#include "dataplane/gate/copylink.h"

static const struct rig_hooks hooks = {.venue = copy_event, .others = copy_poll, .site = copy_site};

static int open_44(void **state)
{
	*state = copy_rig(FIX_44, &hooks);
	return 0;
}

static int open_42(void **state)
{
	*state = copy_rig(FIX_42, &hooks);
	return 0;
}

static void tokens_site(struct site_config *site)
{
	copy_site(site);
	site->venues[0].protocol = ORDERS_OUCH42;
}

static int open_tokens(void **state)
{
	static const struct rig_hooks tokens = {
		.venue = copy_event, .others = copy_poll, .site = tokens_site};
	*state = copy_rig(FIX_44, &tokens);
	return 0;
}

static int close_copy(void **state)
{
	rig_close(*state);
	return 0;
}

static uint64_t metric(const struct rig *rig, enum metric name)
{
	return metrics_get(&rig->region->metrics, name);
}

static uint32_t rows(const struct rig *rig)
{
	return rig->gate->fold->breaks.count;
}

static int64_t position(const struct rig *rig)
{
	return rig_position(rig, RIG_ACCOUNT, RIG_AAPL).position;
}

static void pass(struct rig *rig, uint64_t ns)
{
	for (; ns > second_ns; ns -= second_ns)
		rig_poll(rig, second_ns);
	rig_poll(rig, ns);
}

static struct ouch_out executed(uint32_t ref, uint32_t qty, uint64_t match)
{
	return (struct ouch_out){.type = 'E',
		.code = 'A',
		.ref = ref,
		.qty = qty,
		.match = match,
		.price_e4 = 1630000};
}

static struct ouch_out cancelled(uint32_t ref, uint32_t qty)
{
	return (struct ouch_out){.type = 'C', .code = 'U', .ref = ref, .qty = qty};
}

/* The copy tells that `last` more of an order of 100 are executed, `cum` in all. */
static void copy_fills(
	struct rig *rig, const struct ouch_in *order, uint32_t cum, uint32_t last, uint64_t match)
{
	copy_reports(rig, &(struct report){.order = order,
				  .type = 'F',
				  .status = cum == 100 ? '2' : '1',
				  .leaves = 100 - cum,
				  .cum = cum,
				  .last = last,
				  .match = match});
}

static struct ouch_in both_accept(struct rig *rig, uint32_t client_ref)
{
	struct ouch_in order = rig_order(client_ref);
	struct ouch_in sent = rig_pass_and_accept(rig, 0, &order);
	copy_reports(
		rig, &(struct report){.order = &sent, .type = '0', .status = '0', .leaves = 100});
	assert_int_equal(rows(rig), 0);
	return sent;
}

static void what_both_tell_leaves_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent = both_accept(rig, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501), part = cancelled(sent.ref, 20),
			rest = cancelled(sent.ref, 40);
	assert_string_equal(copy.password, "SECRET");
	rig_answer(rig, &fill);
	copy_fills(rig, &sent, 40, 40, 501);
	/* Part of it declined, and the rest cancelled: FIX tells what is left, OUCH what went. */
	copy_reports(rig, &(struct report){.order = &sent,
				  .type = 'D',
				  .status = '1',
				  .leaves = 40,
				  .cum = 40,
				  .reason = 5});
	assert_int_equal(rows(rig), 1);
	rig_answer(rig, &part);
	assert_int_equal(rows(rig), 0);
	rig_answer(rig, &rest);
	copy_reports(rig, &(struct report){.order = &sent, .type = '4', .status = '4', .cum = 40});
	assert_int_equal(rows(rig), 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_matched), 4);
	assert_int_equal(metric(rig, METRIC_gate_venue_bad), 0);
	assert_int_equal(position(rig), 40);
}

static void a_replace_leads_to_both_orders(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = both_accept(rig, 1), ask = rig_replace(1, 2, 80, 1629900);
	struct ouch_in second = rig_pass_and_accept(rig, 0, &ask);
	copy_reports(rig, &(struct report){.order = &second,
				  .original = &first,
				  .type = '5',
				  .status = '0',
				  .qty = 80,
				  .leaves = 80});
	assert_int_equal(rows(rig), 0);
	assert_int_equal(fix_copyin_of(rig->gate->fold, 0)->leaves.count, 1);
	assert_int_equal(metric(rig, METRIC_gate_copy_matched), 2);
}

static void what_was_missed_is_asked_for_also_by_a_gate_that_died(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent = both_accept(rig, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501), more = executed(sent.ref, 10, 502);
	copy_cut(rig);
	rig_answer(rig, &fill);
	copy_fills(rig, &sent, 40, 40, 501);
	assert_int_equal(rows(rig), 1);
	pass(rig, 2 * copy_limit_ns); /* while it is away nothing is a break */
	assert_int_equal(metric(rig, METRIC_gate_copy_breaks), 0);
	copy_up(rig);
	assert_int_equal(rows(rig), 0);
	rig_answer(rig, &more);
	fix_session_disconnect(&copy.session);
	copy.connection = CONNECTION_NONE;
	copy_fills(rig, &sent, 50, 10, 502);
	rig_restart(rig, false);
	copy_up(rig);
	assert_int_equal(rows(rig), 0);
	assert_int_equal(fix_copyin_of(rig->gate->fold, 0)->session.next_in, copy.session.next_out);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 0);
	assert_int_equal(position(rig), 50);
}

static void a_trade_told_under_two_numbers_is_one(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent = both_accept(rig, 1);
	struct report report = {.order = &sent,
		.type = 'F',
		.status = '1',
		.leaves = 60,
		.cum = 40,
		.last = 40,
		.match = 501,
		.exec = "X1"};
	copy_reports(rig, &report);
	report.is_resent = true;
	copy_reports(rig, &report);
	assert_int_equal(metric(rig, METRIC_gate_fills_repeated), 1);
	pass(rig, 2 * copy_limit_ns);
	assert_int_equal(position(rig), 40); /* counted at the limit, once */
	/* A cancel that is told again was heard. */
	copy_reports(rig, &(struct report){.order = &sent, .type = '4', .status = '4', .cum = 40});
	copy_reports(rig,
		&(struct report){
			.order = &sent, .type = '4', .status = '4', .cum = 40, .is_resent = true});
	assert_int_equal(rows(rig), 2);
	struct ouch_out fill = executed(sent.ref, 40, 501), rest = cancelled(sent.ref, 60);
	rig_answer(rig, &fill);
	rig_answer(rig, &rest);
	assert_int_equal(rows(rig), 0);
	assert_int_equal(position(rig), 40);
}

static void a_trade_without_its_number_is_bad_and_counts_nothing(void **state)
{
	static const char *const names[] = {"X1", "0", "T5-1"};
	struct rig *rig = *state;
	struct ouch_in sent = both_accept(rig, 1);
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
		copy_reports(rig, &(struct report){.order = &sent,
					  .type = 'F',
					  .status = '1',
					  .leaves = 60,
					  .cum = 40,
					  .last = 40,
					  .exec = names[i]});
		assert_int_equal(metric(rig, METRIC_gate_venue_bad), i + 1);
	}
	assert_int_equal(rows(rig), 0);
	pass(rig, 2 * copy_limit_ns);
	assert_int_equal(position(rig), 0);
}

static void a_bust_and_a_correction_name_the_trade(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent = both_accept(rig, 1);
	struct ouch_out fill = executed(sent.ref, 40, 501);
	struct ouch_out correction = {.type = 'F',
		.code = 'E',
		.ref = sent.ref,
		.qty = 40,
		.match = 501,
		.price_e4 = 1630000};
	struct ouch_out bust = {.type = 'B', .code = 'E', .ref = sent.ref, .match = 501};
	bool is_42 = copy.config.version == FIX_42;
	rig_answer(rig, &fill);
	/* The whole of 17 may be the number. */
	copy_reports(rig, &(struct report){.order = &sent,
				  .type = is_42 ? '1' : 'F',
				  .status = '1',
				  .leaves = 60,
				  .cum = 40,
				  .last = 40,
				  .exec = "501"});
	assert_int_equal(rows(rig), 0);
	rig_answer(rig, &correction);
	copy_reports(rig, &(struct report){.order = &sent,
				  .type = is_42 ? '1' : 'G',
				  .status = '1',
				  .leaves = 60,
				  .cum = 40,
				  .last = 40,
				  .transaction = '2',
				  .exec_ref = "501"});
	assert_int_equal(rows(rig), 0);
	rig_answer(rig, &bust);
	copy_reports(rig, &(struct report){.order = &sent,
				  .type = is_42 ? '0' : 'H',
				  .status = '0',
				  .leaves = 60,
				  .last = 40,
				  .transaction = '1',
				  .exec_ref = "501"});
	assert_int_equal(rows(rig), 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_matched), 4);
	assert_int_equal(position(rig), 0);
}

/* By the newest name of its order, and the order session away: it is found, counted, and halts nobody. */
static void a_bust_under_the_newest_name_is_of_the_trade_it_names(void **state)
{
	struct rig *rig = *state;
	struct ouch_in first = both_accept(rig, 1), ask = rig_replace(1, 2, 120, 1629900);
	struct ouch_out fill = executed(first.ref, 40, 501);
	bool is_42 = copy.config.version == FIX_42;
	rig_answer(rig, &fill);
	assert_true(rig_client_got(rig, 0, &fill));
	copy_fills(rig, &first, 40, 40, 501);
	struct ouch_in second = rig_pass_and_accept(rig, 0, &ask);
	copy_reports(rig, &(struct report){.order = &second,
				  .original = &first,
				  .type = '5',
				  .status = '1',
				  .qty = 160,
				  .cum = 40,
				  .leaves = 120});
	assert_int_equal(rows(rig), 0);
	copy_reports(rig, &(struct report){.order = &second,
				  .type = is_42 ? '0' : 'H',
				  .status = '0',
				  .leaves = 120,
				  .transaction = '1',
				  .exec_ref = "501"});
	assert_int_equal(rows(rig), 1);
	pass(rig, 2 * copy_limit_ns);
	assert_int_equal(position(rig), 0);
	assert_int_equal(metric(rig, METRIC_gate_fills_unknown), 0);
	struct ouch_out bust = {.type = 'B', .code = 'E', .ref = first.ref, .match = 501};
	rig_answer(rig, &bust);
	assert_int_equal(rows(rig), 0);
}

static void a_new_price_is_not_compared_and_a_wish_is(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent = both_accept(rig, 1);
	struct report report = {
		.order = &sent, .type = 'D', .status = '0', .leaves = 100, .reason = 3};
	copy_reports(rig, &report);
	assert_int_equal(rows(rig), 0);
	report.leaves = 70;
	report.reason = 2;
	copy_reports(rig, &report);
	assert_int_equal(rows(rig), 1);
	struct ouch_out modified = {.type = 'M', .ref = sent.ref, .qty = 70, .side = 'B'};
	rig_answer(rig, &modified);
	assert_int_equal(rows(rig), 0);
}

/* What is no report: of a cancel that was not done, or of a message that it would not take. */
static void copy_says(struct rig *rig, enum fix_type type)
{
	struct fix_message m;
	fix_begin_type(&m, (enum fix_version)copy.config.version, type);
	if (type == FIX_MSG_CANCEL_REJECT) {
		fix_set_text(&m, FIX_ORDER_ID, "77", 2);
		fix_set_text(&m, FIX_CL_ORD_ID, "01100000000001", 14);
		fix_set_text(&m, FIX_ORIG_CL_ORD_ID, "01100000000001", 14);
		fix_set_number(&m, FIX_ORD_STATUS, '0');
		fix_set_number(&m, FIX_CXL_REJ_RESPONSE_TO, '1');
	} else {
		fix_set_text(&m, FIX_REF_MSG_TYPE, "0", 1);
		fix_set_number(&m, FIX_BUSINESS_REJECT_REASON, 0);
	}
	assert_true(fix_session_send(&copy.session, &m, KEPT_AGAIN, 0, copy_now(rig)) > 0);
	rig_poll(rig, 1000);
}

static void what_is_pending_or_a_state_or_no_report_says_nothing(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent = both_accept(rig, 1);
	bool is_42 = copy.config.version == FIX_42;
	copy_reports(
		rig, &(struct report){.order = &sent, .type = '6', .status = '6', .leaves = 100});
	copy_reports(rig, &(struct report){.order = &sent,
				  .type = is_42 ? '0' : 'I',
				  .status = '0',
				  .leaves = 100,
				  .transaction = '3'});
	copy_says(rig, FIX_MSG_CANCEL_REJECT);
	assert_int_equal(rows(rig), 0);
	assert_int_equal(metric(rig, METRIC_gate_venue_bad), 0);
	copy_says(rig, FIX_MSG_BUSINESS_REJECT);
	const struct session_message cut = {.bytes = (const uint8_t *)"8=FIX.4.4", .size_bytes = 9};
	assert_true(copylink_write(rig->gate, &rig->gate->copylinks[0], &cut));
	assert_int_equal(metric(rig, METRIC_gate_venue_bad), 2);
	assert_int_equal(rows(rig), 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_matched), 1);
}

static void an_order_of_nobody_waits_and_its_trade_halts_the_venue(void **state)
{
	struct rig *rig = *state;
	struct ouch_in stranger = rig_order(1);
	memcpy(stranger.clordid, "OTHERS-ORDER-1", sizeof stranger.clordid);
	copy_reports(rig,
		&(struct report){.order = &stranger, .type = '0', .status = '0', .leaves = 100});
	assert_int_equal(rows(rig), 1);
	copy_fills(rig, &stranger, 100, 100, 9);
	pass(rig, 2 * copy_limit_ns);
	assert_int_equal(metric(rig, METRIC_gate_fills_unknown), 1);
	assert_int_equal(position(rig), 0);
}

/* The order session's own word, where orders are found by their ids too. */
static void a_name_that_numbers_no_order_is_adopted_by_nobody(void **state)
{
	struct rig *rig = *state;
	struct ouch_in stranger = rig_order(1);
	stranger.ref = 999;
	memcpy(stranger.clordid, "01100000000000", sizeof stranger.clordid);
	struct ouch_out orphan = rig_accepted(&stranger);
	rig_answer(rig, &orphan);
	assert_int_equal(rig->gate->fold->orders.open_count, 0);
	memcpy(orphan.clordid, "0110000000BEEF", sizeof orphan.clordid);
	rig_answer(rig, &orphan);
	assert_int_equal(rig->gate->fold->orders.open_count, 1);
}

/* Told again by an application that does not know whether it had (97=Y): what leaves less of an order is news, once. */
static void what_is_told_again_is_news_only_if_it_leaves_less(void **state)
{
	struct rig *rig = *state;
	struct ouch_in sent = both_accept(rig, 1);
	struct ouch_out fill = executed(sent.ref, 30, 501), part = cancelled(sent.ref, 20),
			rest = cancelled(sent.ref, 50);
	struct report opened = {
		.order = &sent, .type = '0', .status = '0', .leaves = 100, .is_resent = true};
	struct report traded = opened, declined = opened, gone = opened;
	traded.type = 'F';
	traded.leaves = 70;
	traded.cum = traded.last = 30;
	traded.match = 501;
	declined.type = 'D';
	declined.reason = 5;
	declined.leaves = 50;
	gone.type = gone.status = '4';
	gone.leaves = 0;
	rig_answer(rig, &fill);
	rig_answer(rig, &part);
	rig_answer(rig, &rest);
	assert_int_equal(rows(rig), 2); /* both cancels are one sum */
	const struct report *const told[] = {&opened, &traded, &declined, &opened, &traded,
		&declined, &gone, &opened, &traded, &declined, &gone};
	for (unsigned i = 0; i < ARRAY_COUNT(told); i++)
		copy_reports(rig, told[i]);
	assert_int_equal(rows(rig), 0);
	assert_int_equal(fix_copyin_of(rig->gate->fold, 0)->leaves.count, 0);
	assert_int_equal(metric(rig, METRIC_gate_copy_matched), 3);
	assert_int_equal(position(rig), 30);
}

/* An id leads to an order of the venue that the copy is of, open or not. */
static void an_order_is_found_by_its_id_at_its_own_venue(void **state)
{
	struct rig *rig = *state;
	const struct fold *fold = rig->gate->fold;
	struct ouch_in sent = both_accept(rig, 1);
	struct ouch_out gone = cancelled(sent.ref, 100);
	uint64_t id = fold->orders.last_id;
	for (unsigned is_past = 0; is_past < 2; is_past++) {
		assert_int_equal(fold_ref_of(fold, 0, id), sent.ref);
		assert_int_equal(fold_ref_of(fold, 1, id), 0);
		assert_int_equal(fold_ref_of(fold, 0, id + 1), 0);
		rig_answer(rig, &gone);
		assert_int_equal(fold->orders.open_count, 0);
	}
}

static void what_is_left_open_is_forgotten_with_the_copys_day(void **state)
{
	struct rig *rig = *state;
	struct fix_copyin *fix = fix_copyin_of(rig->gate->fold, 0);
	both_accept(rig, 1);
	both_accept(rig, 2);
	assert_int_equal(fix->leaves.count, 2);
	gate_turn(rig->gate);
	struct session_record *end = gate_input(rig->gate, RECORD_SESSION, sizeof *end);
	*end = (struct session_record){.session = COPY_RIG_SESSION, .change = SESSION_VENUE_END};
	gate_commit(rig->gate, end);
	assert_int_equal(fix->leaves.count, 0);
	assert_int_equal(rig->gate->fold->copies[0].over_day, 1);
}

int main(void)
{
#define COPY(test) cmocka_unit_test_setup_teardown(test, open_44, close_copy)
#define BOTH(test) COPY(test), cmocka_unit_test_setup_teardown(test, open_42, close_copy)
	const struct CMUnitTest tests[] = {
		COPY(what_both_tell_leaves_nothing),
		cmocka_unit_test_setup_teardown(
			what_both_tell_leaves_nothing, open_tokens, close_copy),
		COPY(a_replace_leads_to_both_orders),
		BOTH(what_was_missed_is_asked_for_also_by_a_gate_that_died),
		COPY(a_trade_told_under_two_numbers_is_one),
		COPY(a_trade_without_its_number_is_bad_and_counts_nothing),
		BOTH(a_bust_and_a_correction_name_the_trade),
		BOTH(a_bust_under_the_newest_name_is_of_the_trade_it_names),
		COPY(a_new_price_is_not_compared_and_a_wish_is),
		BOTH(what_is_pending_or_a_state_or_no_report_says_nothing),
		COPY(an_order_of_nobody_waits_and_its_trade_halts_the_venue),
		COPY(a_name_that_numbers_no_order_is_adopted_by_nobody),
		BOTH(what_is_told_again_is_news_only_if_it_leaves_less),
		COPY(an_order_is_found_by_its_id_at_its_own_venue),
		COPY(what_is_left_open_is_forgotten_with_the_copys_day),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.fix_copyin", tests, NULL, NULL);
}
