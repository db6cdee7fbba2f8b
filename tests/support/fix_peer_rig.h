/* fix_peer_rig.h - a venue of FIX behind the rig's gate: the session machine from the other side, and what it got.

   Owner      the test: one at a time. */
#ifndef SLUICE_TESTS_SUPPORT_FIX_PEER_RIG_H
#define SLUICE_TESTS_SUPPORT_FIX_PEER_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/fold/fix_venue.h"
#include "drivers/machine/clock.h"
#include "tests/support/rig.h"

enum { STORE_COUNT = 1024, GOT_COUNT = 64 };

static const uint64_t second_ns = 1000000000;

/* The venue: the same machine from the other side, and what it got of the gate's. */
static struct {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_line line;
	struct fix_kept store[STORE_COUNT];
	uint32_t connection;
	bool is_deaf; /* what comes is lost on the way */
	bool is_mute; /* what it would say waits */
	uint32_t rx_bytes, got_count;
	uint8_t rx[1 << 16];
	struct got {
		uint8_t type;
		char id[24], of[24];
		uint64_t sequence, qty, side, time_in_force, capacity; /* 528, or 47 of 4.2 */
		int64_t price_e4;
		bool is_dup, is_located, is_hidden; /* 114=N; 111=0 */
	} got[GOT_COUNT];
	uint64_t exec_count;
} venue;
static enum order_protocol protocol;

static inline struct fix_moment now(const struct rig *rig)
{
	return (struct fix_moment){.now_ns = rig->now_ns, .wall_ns = clock_wall_ns()};
}

static inline void site_with_fix(struct site_config *site)
{
	struct venue_config *config = &site->venues[0];
	config->protocol = (uint8_t)protocol;
	snprintf(config->fix.comp_id, sizeof config->fix.comp_id, "VENUE");
	snprintf(config->fix.our_comp_id, sizeof config->fix.our_comp_id, "SLUICE");
	config->heartbeat_ns = 30 * second_ns;
	config->timeout_ns = 90 * second_ns;
}

static inline void text_copy(char out[24], const struct fix_text *text)
{
	snprintf(out, 24, "%.*s", (int)text->size_bytes, (const char *)text->bytes);
}

static inline void venue_got(const struct fix_message *m)
{
	assert_true(venue.got_count < GOT_COUNT);
	struct got *got = &venue.got[venue.got_count++];
	*got = (struct got){.type = m->type_text.bytes[0],
		.sequence = m->sequence,
		.qty = m->order_qty,
		.side = m->side,
		.time_in_force = m->time_in_force,
		.price_e4 = m->price_e4,
		.capacity = m->order_capacity + m->rule_80a,
		.is_located = fix_has(m, FIX_LOCATE_REQD) && m->is_locate_required == 0,
		.is_hidden = fix_has(m, FIX_MAX_FLOOR) && m->max_floor == 0,
		.is_dup = m->is_poss_dup != 0};
	text_copy(got->id, &m->cl_ord_id);
	text_copy(got->of, &m->orig_cl_ord_id);
}

static inline bool venue_event(struct rig *rig, const struct stream_event *event)
{
	if (event->kind == STREAM_OPENED && event->listener != 0) {
		venue.connection = rig->venue.connection = event->connection;
		venue.rx_bytes = 0;
		fix_line_begin(&venue.line, &venue.session);
		fix_session_connect(&venue.session, now(rig));
		return true;
	}
	if (event->connection != venue.connection)
		return false;
	if (event->kind == STREAM_BYTES && !venue.is_deaf) {
		memcpy(venue.rx + venue.rx_bytes, event->bytes, event->size_bytes);
		venue.rx_bytes += event->size_bytes;
	} else if (event->kind == STREAM_CLOSED) {
		fix_session_disconnect(&venue.session);
		venue.connection = CONNECTION_NONE;
	}
	return true;
}

static inline bool venue_poll(struct rig *rig)
{
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_frame frame;
	struct fix_message m;
	struct fix_step step;
	bool had_work = false;
	while (fix_cut(venue.rx, venue.rx_bytes, &frame) == FIX_WHOLE) {
		fix_parse(frame.bytes, frame.size_bytes, &m);
		assert_int_equal(m.reason, FIX_NO_REASON);
		if (fix_session_receive(&venue.session, &m, now(rig)) == FIX_TAKE_MESSAGE)
			venue_got(&m);
		venue.rx_bytes -= frame.taken_bytes;
		memmove(venue.rx, venue.rx + frame.taken_bytes, venue.rx_bytes);
		had_work = true;
	}
	while (venue.connection != CONNECTION_NONE && !venue.is_mute &&
		fix_line_next(&venue.line, &venue.session, NULL, clock_wall_ns(), out, &step) ==
			FIX_LINE_SEND) {
		stream_send(rig->peer_stream, venue.connection, out, step.size_bytes);
		fix_line_sent(&venue.line, &step);
		had_work = true;
	}
	return had_work;
}

static inline void venue_open(enum order_protocol spoken)
{
	memset(&venue, 0, sizeof venue);
	protocol = spoken;
	venue.connection = CONNECTION_NONE;
	venue.config = (struct fix_session_config){
		.version = spoken == ORDERS_FIX42 ? FIX_42 : FIX_44,
		.precision = FIX_MILLIS,
		.heartbeat_s_min = 1,
		.heartbeat_s_max = 60,
		.store_count = STORE_COUNT,
		.time_tolerance_ns = 120 * second_ns,
		.logon_wait_ns = 10 * second_ns,
		.logout_wait_ns = 2 * second_ns,
		.resend_wait_ns = 5 * second_ns,
		.sender = "VENUE",
		.target = "SLUICE",
	};
	fix_session_init(&venue.session, &venue.config, venue.store);
}

/* The oldest message of the gate's. */
static inline struct got taken(void)
{
	assert_true(venue.got_count > 0);
	struct got got = venue.got[0];
	memmove(venue.got, venue.got + 1, --venue.got_count * sizeof venue.got[0]);
	return got;
}

/* What the venue says of an order; NULL and 0: not said, but for AvgPx, CumQty and LeavesQty, which must be. */
struct saying {
	const char *id, *of;
	uint8_t type, status;
	uint32_t leaves, last;
	int64_t last_e8;
	uint8_t transaction; /* 20, of 4.2; 0: new */
	uint64_t exec_ref;
	uint32_t liquidity; /* 851, of 4.4 */
	uint8_t side;       /* 0: bought */
	int64_t price_e4;
	uint64_t reason;                      /* 103 */
	const char *order_id, *symbol, *exec; /* NULL: "77", "AAPL", the next of its own */
	uint32_t cum;                         /* 0: as last */
};

static inline void set_or(
	struct fix_message *m, enum fix_tag tag, const char *said, const char *usual)
{
	const char *text = said != NULL ? said : usual;
	fix_set_text(m, tag, text, (uint32_t)strlen(text));
}

static inline uint64_t says(struct rig *rig, const struct saying *s)
{
	struct fix_message m;
	uint8_t exec[FIX_NUMBER_BYTES_MAX], ref[FIX_NUMBER_BYTES_MAX];
	bool is_42 = protocol == ORDERS_FIX42;
	fix_begin_type(&m, is_42 ? FIX_42 : FIX_44, FIX_MSG_EXECUTION_REPORT);
	set_or(&m, FIX_ORDER_ID, s->order_id, "77");
	set_or(&m, FIX_SYMBOL, s->symbol, "AAPL");
	fix_set_text(&m, FIX_EXEC_ID, exec, fix_write_number(exec, ++venue.exec_count));
	if (s->exec != NULL)
		fix_set_text(&m, FIX_EXEC_ID, s->exec, (uint32_t)strlen(s->exec));
	if (s->price_e4 != 0)
		fix_set_decimal(&m, FIX_PRICE, s->price_e4);
	if (s->reason != 0)
		fix_set_number(&m, FIX_ORD_REJ_REASON, s->reason);
	if (is_42)
		fix_set_number(&m, FIX_EXEC_TRANS_TYPE, s->transaction == 0 ? '0' : s->transaction);
	if (s->id != NULL)
		fix_set_text(&m, FIX_CL_ORD_ID, s->id, (uint32_t)strlen(s->id));
	if (s->of != NULL)
		fix_set_text(&m, FIX_ORIG_CL_ORD_ID, s->of, (uint32_t)strlen(s->of));
	if (s->exec_ref != 0)
		fix_set_text(&m, FIX_EXEC_REF_ID, ref, fix_write_number(ref, s->exec_ref));
	fix_set_number(&m, FIX_EXEC_TYPE, s->type);
	fix_set_number(&m, FIX_ORD_STATUS, s->status);
	fix_set_number(&m, FIX_SIDE, s->side == 0 ? '1' : s->side);
	fix_set_number(&m, FIX_LEAVES_QTY, s->leaves);
	fix_set_number(&m, FIX_CUM_QTY, s->cum != 0 ? s->cum : s->last);
	fix_set_decimal(&m, FIX_AVG_PX, s->last_e8);
	if (s->last != 0) {
		fix_set_number(&m, FIX_LAST_QTY, s->last);
		if (s->last_e8 != 0)
			fix_set_decimal(&m, FIX_LAST_PX, s->last_e8);
		if (!is_42 && s->liquidity != 0)
			fix_set_number(&m, FIX_LAST_LIQUIDITY, s->liquidity);
	}
	assert_true(fix_session_send(&venue.session, &m, KEPT_AGAIN, 0, now(rig)) > 0);
	rig_poll(rig, 1000);
	return venue.exec_count;
}

/* It will not do what a cancel or replace asks: 35=9. */
static inline void refuses(
	struct rig *rig, const struct got *what, bool is_replace, uint64_t reason)
{
	struct fix_message m;
	fix_begin_type(&m, (enum fix_version)venue.config.version, FIX_MSG_CANCEL_REJECT);
	fix_set_text(&m, FIX_ORDER_ID, "77", 2);
	fix_set_text(&m, FIX_CL_ORD_ID, what->id, (uint32_t)strlen(what->id));
	fix_set_text(&m, FIX_ORIG_CL_ORD_ID, what->of, (uint32_t)strlen(what->of));
	fix_set_number(&m, FIX_ORD_STATUS, '0');
	fix_set_number(&m, FIX_CXL_REJ_RESPONSE_TO, is_replace ? '2' : '1');
	fix_set_number(&m, FIX_CXL_REJ_REASON, reason);
	assert_true(fix_session_send(&venue.session, &m, KEPT_AGAIN, 0, now(rig)) > 0);
	rig_poll(rig, 1000);
}

static inline struct ouch_out told(struct rig *rig, uint8_t type)
{
	struct ouch_out out = {0};
	assert_true(rig_client_got(rig, 0, &out));
	assert_int_equal(out.type, type);
	return out;
}

/* Order 1 of client 0, accepted. */
static inline struct got accepted(struct rig *rig)
{
	struct ouch_in order = rig_order(1);
	rig_send(rig, 0, &order);
	struct got got = taken();
	assert_int_equal(got.type, 'D');
	says(rig, &(struct saying){.id = got.id, .type = '0', .status = '0', .leaves = 100});
	told(rig, 'A');
	return got;
}

#endif
