/* talker_fix.c - a talker of FIX: orders are A and their number, cancels X and the order's number and one of their own.

   Its session is the gate's own machine from the other side (dataplane/fix).  What it said is told again when the gate
   asks: an order that comes so late is refused, a cancel is not.  A TestRequest behind each Logon tells when the gate has
   taken everything in order.
   See        talker.h. */
#include "tests/support/talker.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/fold/fix_orders.h"
#include "drivers/machine/clock.h"

enum { STORE_COUNT = 4096, CL_ORD_ID_BYTES = 20 };

static const uint64_t second_ns = 1000000000;

struct talker_fix {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_line line;
	struct fix_kept store[STORE_COUNT];
	uint64_t asked; /* TestRequest whose answer is waited for; 0: none */
	uint64_t cancel_count;
	uint32_t rx_bytes;
	uint8_t rx[2 * FIX_MESSAGE_BYTES_MAX];
};

static struct fix_moment now(const struct talker *t)
{
	return (struct fix_moment){.now_ns = t->talk->rig->now_ns, .wall_ns = clock_wall_ns()};
}

void talker_fix_open(struct talker *t)
{
	const struct session_config *config = &t->talk->rig->site.sessions[t->index];
	struct talker_fix *fix = t->fix = calloc(1, sizeof *fix);
	assert_non_null(fix);
	fix->config = (struct fix_session_config){
		.version = t->speech == ORDERS_FIX42 ? FIX_42 : FIX_44,
		.is_initiator = true,
		.precision = FIX_MILLIS,
		.heartbeat_s = 5,
		.heartbeat_s_min = 1,
		.heartbeat_s_max = 60,
		.store_count = STORE_COUNT,
		.time_tolerance_ns = 120 * second_ns,
		.logon_wait_ns = 2 * second_ns,
		.logout_wait_ns = second_ns,
		.resend_wait_ns = 2 * second_ns,
	};
	memcpy(fix->config.sender, config->comp_id, sizeof fix->config.sender);
	memcpy(fix->config.target, config->our_comp_id, sizeof fix->config.target);
	fix_session_init(&fix->session, &fix->config, fix->store);
}

void talker_fix_close(struct talker *t)
{
	free(t->fix);
}

/* --- what it says --- */

static uint8_t side_of(struct talker *t, const struct ouch_in *in)
{
	uint32_t first = in->type == 'U' ? in->original_ref : in->ref;
	const struct talker_order *order = talker_find(t, first);
	while (order->said.type == 'U')
		order = talker_find(t, order->said.original_ref);
	return order->said.side == 'B' ? '1' : '2';
}

void talker_fix_say(struct talker *t, const struct ouch_in *in)
{
	struct fix_message m;
	char name[CL_ORD_ID_BYTES + 1], original[CL_ORD_ID_BYTES + 1];
	enum fix_type type = in->type == 'O'   ? FIX_MSG_NEW_ORDER
			     : in->type == 'U' ? FIX_MSG_REPLACE
					       : FIX_MSG_CANCEL;
	fix_begin_type(&m, (enum fix_version)t->fix->config.version, type);
	snprintf(name, sizeof name, "A%u", in->ref);
	snprintf(original, sizeof original, "A%u", in->type == 'U' ? in->original_ref : in->ref);
	if (type == FIX_MSG_CANCEL)
		snprintf(name, sizeof name, "X%u.%llu", in->ref,
			(unsigned long long)++t->fix->cancel_count);
	fix_set_text(&m, FIX_CL_ORD_ID, name, (uint32_t)strlen(name));
	if (type != FIX_MSG_NEW_ORDER)
		fix_set_text(&m, FIX_ORIG_CL_ORD_ID, original, (uint32_t)strlen(original));
	fix_set_text(&m, FIX_SYMBOL, "AAPL", 4);
	fix_set_number(&m, FIX_SIDE, side_of(t, in));
	fix_set_number(&m, FIX_TRANSACT_TIME, clock_wall_ns());
	if (type != FIX_MSG_CANCEL) {
		fix_set_number(&m, FIX_HANDL_INST, '1');
		fix_set_number(&m, FIX_ORDER_QTY, in->qty);
		fix_set_number(&m, FIX_ORD_TYPE, '2');
		fix_set_decimal(&m, FIX_PRICE, (int64_t)in->price_e4);
		fix_set_number(&m, FIX_TIME_IN_FORCE, in->time_in_force);
	}
	assert_int_not_equal(fix_session_send(&t->fix->session, &m, KEPT_AGAIN, 0, now(t)), 0);
	talker_find(t, in->ref)->is_numbered |= type != FIX_MSG_CANCEL;
}

/* --- what it hears --- */

uint32_t talker_fix_ref(const char *text, uint32_t size_bytes)
{
	char digits[CL_ORD_ID_BYTES] = {0};
	if (size_bytes < 2 || size_bytes > CL_ORD_ID_BYTES || (text[0] != 'A' && text[0] != 'X'))
		return 0;
	memcpy(digits, text + 1, size_bytes - 1);
	return (uint32_t)strtoul(digits, NULL, 10);
}

static struct talker_order *order_of(struct talker *t, const struct fix_text *name)
{
	return talker_find(t, talker_fix_ref((const char *)name->bytes, name->size_bytes));
}

static void hear_report(struct talker *t, const struct fix_message *m)
{
	struct talker_order *order = order_of(t, &m->cl_ord_id);
	struct talker_order *original =
		fix_has(m, FIX_ORIG_CL_ORD_ID) ? order_of(t, &m->orig_cl_ord_id) : NULL;
	assert_non_null(order);
	switch (m->exec_type) {
	case '0':
		assert_true(order->is_waiting);
		talker_order_is(order, (uint32_t)m->leaves_qty);
		break;
	case '5':
		assert_true(order->is_waiting);
		assert_non_null(original);
		talker_order_is(original, 0);
		talker_order_is(order, (uint32_t)m->leaves_qty);
		break;
	case '1':
	case '2':
	case 'F':
		assert_int_equal(order->open, m->last_qty + m->leaves_qty);
		talker_order_is(order, (uint32_t)m->leaves_qty);
		break;
	case '4':
		talker_order_is(original != NULL ? original : order, (uint32_t)m->leaves_qty);
		break;
	default:
		assert_int_equal(m->exec_type, '8');
		talker_order_is(order, 0);
	}
}

static void hear(struct talker *t, const struct fix_message *m)
{
	if (m->type == FIX_MSG_EXECUTION_REPORT) {
		hear_report(t, m);
		return;
	}
	assert_int_equal(m->type, FIX_MSG_CANCEL_REJECT);
	struct talker_order *order = order_of(t, &m->cl_ord_id);
	assert_non_null(order);
	if (m->cxl_rej_response_to == '2')
		talker_order_is(order, 0);
}

static void send_owed(struct talker *t)
{
	const struct session_config *config = &t->talk->rig->site.sessions[t->index];
	const struct fix_credentials credentials = {config->username, config->password};
	struct talker_fix *fix = t->fix;
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_step step;
	while (t->connection != CONNECTION_NONE &&
		fix_line_next(&fix->line, &fix->session, &credentials, clock_wall_ns(), out,
			&step) == FIX_LINE_SEND) {
		if (!stream_send(t->talk->talker_stream, t->connection, out, step.size_bytes))
			return;
		fix_line_sent(&fix->line, &step);
	}
	if (t->connection != CONNECTION_NONE && fix->session.state == FIX_STATE_OVER)
		stream_shut(t->talk->talker_stream, t->connection, true);
}

/* The gate has answered a TestRequest, so it has taken everything that was said before it. */
static void settle(struct talker *t)
{
	struct talker_fix *fix = t->fix;
	if (fix->session.state != FIX_STATE_UP)
		return;
	if (!t->is_up) {
		t->is_up = true;
		fix->asked = fix_session_test(&fix->session, now(t));
	}
	if (t->is_settled || fix->session.gap_from != 0 || fix->session.answered < fix->asked)
		return;
	talker_recover(t, 0);
}

static void take(struct talker *t, const struct fix_message *m)
{
	struct talker_fix *fix = t->fix;
	uint64_t again_count = fix->session.again_count;
	assert_int_equal(m->reason, FIX_NO_REASON);
	if (fix_session_receive(&fix->session, m, now(t)) == FIX_TAKE_MESSAGE)
		hear(t, m);
	/* The question was among what the gate lacks, and goes as a gap. */
	if (fix->session.again_count != again_count && t->is_up && !t->is_settled)
		fix->asked = fix_session_test(&fix->session, now(t));
	settle(t);
}

void talker_fix_opened(struct talker *t)
{
	t->fix->rx_bytes = 0;
	fix_line_begin(&t->fix->line, &t->fix->session);
	fix_session_connect(&t->fix->session, now(t));
	send_owed(t);
}

void talker_fix_bytes(struct talker *t, const uint8_t *bytes, uint32_t size_bytes)
{
	struct talker_fix *fix = t->fix;
	struct fix_frame frame;
	struct fix_message m;
	while (size_bytes > 0) {
		uint32_t room = (uint32_t)sizeof fix->rx - fix->rx_bytes;
		uint32_t piece = size_bytes < room ? size_bytes : room;
		memcpy(fix->rx + fix->rx_bytes, bytes, piece);
		fix->rx_bytes += piece;
		bytes += piece;
		size_bytes -= piece;
		enum fix_cut_verdict verdict;
		while ((verdict = fix_cut(fix->rx, fix->rx_bytes, &frame)) != FIX_MORE) {
			assert_int_equal(verdict, FIX_WHOLE);
			fix_parse(frame.bytes, frame.size_bytes, &m);
			take(t, &m);
			fix->rx_bytes -= frame.taken_bytes;
			memmove(fix->rx, fix->rx + frame.taken_bytes, fix->rx_bytes);
		}
	}
	send_owed(t);
}

void talker_fix_gone(struct talker *t)
{
	fix_session_disconnect(&t->fix->session);
}

void talker_fix_tick(struct talker *t)
{
	if (fix_session_due_ns(&t->fix->session) <= t->talk->rig->now_ns)
		fix_session_tick(&t->fix->session, now(t));
	send_owed(t);
}

bool talker_fix_has_heard(const struct talker *t)
{
	const struct fix_session *ours = &t->fix->session;
	const struct fix_session *gates =
		&fix_client_of(t->talk->rig->gate->fold, t->index + 1)->session;
	return ours->next_in == gates->next_out && gates->next_in == ours->next_out &&
	       ours->gap_from == 0 && gates->gap_from == 0;
}
