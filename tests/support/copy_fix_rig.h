/* copy_fix_rig.h - a rig whose venue has a drop copy in FIX: the session machine from the venue's side, and what the test has
   it report.  The order session stays the rig's own, in OUCH 5.0.

   Owner      the test: one at a time. */
#ifndef SLUICE_TESTS_SUPPORT_COPY_FIX_RIG_H
#define SLUICE_TESTS_SUPPORT_COPY_FIX_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/fold/fix_copyin.h"
#include "dataplane/orders/names.h"
#include "drivers/machine/clock.h"
#include "tests/support/rig.h"

enum { COPY_RIG_SESSION = 240, COPY_RIG_PORT = 26011, COPY_RIG_STORE = 1024 };

static const uint64_t second_ns = 1000000000;
static const uint64_t copy_limit_ns = 5000000000ull;

/* The venue's end of the copy. */
static struct {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_line line;
	struct fix_kept store[COPY_RIG_STORE];
	uint32_t listener, connection;
	bool is_away; /* whoever connects is shut out */
	bool is_mute; /* nothing is sent */
	uint32_t rx_bytes;
	uint8_t rx[1 << 16];
	char password[16];
	uint64_t exec_count;
} copy;

static inline struct fix_moment copy_now(const struct rig *rig)
{
	return (struct fix_moment){.now_ns = rig->now_ns, .wall_ns = clock_wall_ns()};
}

static inline void copy_site(struct site_config *site)
{
	struct drop_config *drop = &site->venues[0].drop;
	site->venues[0].heartbeat_ns = 30 * second_ns;
	site->venues[0].timeout_ns = 90 * second_ns;
	drop->session_id = COPY_RIG_SESSION;
	drop->protocol = copy.config.version == FIX_42 ? ORDERS_FIX42 : ORDERS_FIX44;
	snprintf(drop->address, sizeof drop->address, "127.0.0.1");
	drop->tcp_port = COPY_RIG_PORT;
	memcpy(drop->username, "DROP", 5);
	memcpy(drop->password, "SECRET", 7);
	memcpy(drop->fix.comp_id, "VENUE", 6);
	memcpy(drop->fix.our_comp_id, "SLUICE", 7);
	drop->alarm_after_ns = copy_limit_ns;
}

static inline bool copy_event(struct rig *rig, const struct stream_event *event)
{
	bool is_new = event->kind == STREAM_OPENED && event->listener != 0 &&
		      event->listener == copy.listener;
	if (is_new && copy.is_away) {
		stream_shut(rig->peer_stream, event->connection, true);
		return true;
	}
	if (is_new) {
		copy.connection = event->connection;
		copy.rx_bytes = 0;
		fix_line_begin(&copy.line, &copy.session);
		fix_session_connect(&copy.session, copy_now(rig));
		return true;
	}
	if (event->connection != copy.connection)
		return false;
	if (event->kind == STREAM_BYTES) {
		memcpy(copy.rx + copy.rx_bytes, event->bytes, event->size_bytes);
		copy.rx_bytes += event->size_bytes;
	} else if (event->kind == STREAM_CLOSED) {
		fix_session_disconnect(&copy.session);
		copy.connection = CONNECTION_NONE;
	}
	return true;
}

static inline bool copy_poll(struct rig *rig)
{
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_frame frame;
	struct fix_message m;
	struct fix_step step;
	bool had_work = false;
	while (fix_cut(copy.rx, copy.rx_bytes, &frame) == FIX_WHOLE) {
		fix_parse(frame.bytes, frame.size_bytes, &m);
		assert_int_equal(m.reason, FIX_NO_REASON);
		if (m.type == FIX_MSG_LOGON)
			snprintf(copy.password, sizeof copy.password, "%.*s",
				(int)(m.password.size_bytes + m.raw_data.size_bytes),
				(const char *)(fix_has(&m, FIX_PASSWORD) ? &m.password
									 : &m.raw_data)
					->bytes);
		/* Whoever only listens says nothing but what the session needs, and what it could not read. */
		assert_int_equal(fix_session_receive(&copy.session, &m, copy_now(rig)),
			m.type == FIX_MSG_REJECT ? FIX_TAKE_MESSAGE : FIX_TAKE_NOTHING);
		copy.rx_bytes -= frame.taken_bytes;
		memmove(copy.rx, copy.rx + frame.taken_bytes, copy.rx_bytes);
		had_work = true;
	}
	while (copy.connection != CONNECTION_NONE && !copy.is_mute &&
		fix_line_next(&copy.line, &copy.session, NULL, clock_wall_ns(), out, &step) ==
			FIX_LINE_SEND) {
		stream_send(rig->peer_stream, copy.connection, out, step.size_bytes);
		fix_line_sent(&copy.line, &step);
		had_work = true;
	}
	return had_work;
}

static inline void copy_begin(enum fix_version version)
{
	memset(&copy, 0, sizeof copy);
	copy.connection = CONNECTION_NONE;
	copy.config = (struct fix_session_config){.version = (uint8_t)version,
		.precision = FIX_MILLIS,
		.takes_reset = true,
		.heartbeat_s_min = 1,
		.heartbeat_s_max = 60,
		.store_count = COPY_RIG_STORE,
		.time_tolerance_ns = 120 * second_ns,
		.logon_wait_ns = 10 * second_ns,
		.logout_wait_ns = 2 * second_ns,
		.resend_wait_ns = 5 * second_ns,
		.sender = "VENUE",
		.target = "SLUICE"};
	fix_session_init(&copy.session, &copy.config, copy.store);
}

static inline bool copy_is_up(const struct rig *rig)
{
	return rig->gate->fold->copies[0].is_up != 0;
}

/* Lets the gate in, and waits until it is. */
static inline void copy_up(struct rig *rig)
{
	copy.is_away = false;
	for (uint32_t i = 0; i < 8 && !copy_is_up(rig); i++)
		rig_poll(rig, 2100000000ull);
	assert_true(copy_is_up(rig));
}

static inline void copy_cut(struct rig *rig)
{
	copy.is_away = true;
	stream_shut(rig->peer_stream, copy.connection, true);
	fix_session_disconnect(&copy.session);
	copy.connection = CONNECTION_NONE;
	rig_poll(rig, 1000);
}

static inline struct rig *copy_rig(enum fix_version version, const struct rig_hooks *hooks)
{
	struct config_error error = {{0}};
	copy_begin(version);
	struct rig *rig = rig_open_with(hooks, NULL);
	copy.listener = stream_listen(rig->peer_stream, "127.0.0.1", COPY_RIG_PORT, &error);
	assert_true(copy.listener != 0);
	rig_ready(rig);
	copy_up(rig);
	return rig;
}

/* What the copy reports of an order that we sent; 0 and NULL: not said. */
struct report {
	const struct ouch_in *order, *original;
	uint8_t type, status;
	uint32_t qty, leaves, cum, last;
	uint64_t match;       /* 880 */
	const char *exec;     /* 17; NULL: the next of its own */
	const char *exec_ref; /* 19 */
	uint32_t reason;      /* 378 */
	uint8_t transaction;  /* 20, of 4.2; 0: new */
	bool is_resent;       /* 97 */
};

/* PossResend stands in the header, which the machine makes itself: here it is made by hand, and counts as sent. */
static inline void copy_sends_again(struct rig *rig, const struct fix_message *message)
{
	struct fix_message m = *message;
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	fix_set_text(&m, FIX_SENDER_COMP_ID, "VENUE", 5);
	fix_set_text(&m, FIX_TARGET_COMP_ID, "SLUICE", 6);
	fix_set_number(&m, FIX_MSG_SEQ_NUM, copy.session.next_out);
	fix_set_number(&m, FIX_SENDING_TIME, clock_wall_ns());
	fix_set_number(&m, FIX_POSS_RESEND, true);
	assert_true(stream_send(rig->peer_stream, copy.connection, out,
		fix_build(out, sizeof out, &m, FIX_MILLIS)));
	copy.line.fresh++;
}

static inline void copy_reports(struct rig *rig, const struct report *r)
{
	struct fix_message m;
	uint8_t exec[FIX_NUMBER_BYTES_MAX], match[FIX_NUMBER_BYTES_MAX];
	bool is_42 = copy.config.version == FIX_42;
	fix_begin_type(&m, (enum fix_version)copy.config.version, FIX_MSG_EXECUTION_REPORT);
	fix_set_text(&m, FIX_ORDER_ID, "77", 2);
	if (r->exec != NULL)
		fix_set_text(&m, FIX_EXEC_ID, r->exec, (uint32_t)strlen(r->exec));
	else
		fix_set_text(&m, FIX_EXEC_ID, exec, fix_write_number(exec, ++copy.exec_count));
	if (is_42)
		fix_set_number(&m, FIX_EXEC_TRANS_TYPE, r->transaction == 0 ? '0' : r->transaction);
	fix_set_text(&m, FIX_CL_ORD_ID, r->order->clordid, sizeof r->order->clordid);
	if (r->original != NULL)
		fix_set_text(
			&m, FIX_ORIG_CL_ORD_ID, r->original->clordid, sizeof r->original->clordid);
	if (r->exec_ref != NULL)
		fix_set_text(&m, FIX_EXEC_REF_ID, r->exec_ref, (uint32_t)strlen(r->exec_ref));
	if (r->match != 0)
		fix_set_text(&m, FIX_TRD_MATCH_ID, match, fix_write_number(match, r->match));
	if (r->reason != 0)
		fix_set_number(&m, FIX_EXEC_RESTATEMENT_REASON, r->reason);
	fix_set_number(&m, FIX_EXEC_TYPE, r->type);
	fix_set_number(&m, FIX_ORD_STATUS, r->status);
	fix_set_text(&m, FIX_SYMBOL, "AAPL", 4);
	fix_set_number(&m, FIX_SIDE, '1');
	fix_set_number(&m, FIX_ORDER_QTY, r->qty == 0 ? 100 : r->qty);
	fix_set_decimal(&m, FIX_PRICE, (int64_t)r->order->price_e4);
	fix_set_number(&m, FIX_LEAVES_QTY, r->leaves);
	fix_set_number(&m, FIX_CUM_QTY, r->cum);
	fix_set_decimal(&m, FIX_AVG_PX, r->cum != 0 ? 16300000000 : 0);
	if (r->last != 0) {
		fix_set_number(&m, FIX_LAST_QTY, r->last);
		fix_set_decimal(&m, FIX_LAST_PX, 16300000000);
	}
	if (r->is_resent)
		copy_sends_again(rig, &m);
	assert_true(fix_session_send(&copy.session, &m, KEPT_AGAIN, 0, copy_now(rig)) > 0);
	rig_poll(rig, 1000);
}

#endif
