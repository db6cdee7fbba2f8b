/* fix_session_test.c - two FIX sessions over a link that loses, garbles and cuts, by seed: in the end both have equal
   numbers, what was to come again came once and in order, and no order came twice or after a word that it is gone.

   SLUICE_FIX_SEEDS gives the count of seeds (default 300).
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/fix/session.h"

enum { STORE_COUNT = 4096, PIPE_BYTES = 1 << 16, STEPS = 400, SENT_MAX = 4000 };

static const uint64_t second_ns = 1000000000;

struct end {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_line line;
	struct fix_kept store[STORE_COUNT];
	uint8_t pipe[PIPE_BYTES]; /* what comes to it */
	uint32_t pipe_bytes;
	/* what it sent, by its own count, and what the other took */
	uint32_t sent, again_expected;
	uint8_t is_once[SENT_MAX];
	uint8_t taken[SENT_MAX]; /* of the other's messages: how often */
	uint32_t last_taken;
};

static struct end sides[2];
static struct fix_moment at;
static uint64_t chance_state;
static bool is_cut_due; /* after this step */

static uint32_t chance(uint32_t below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (uint32_t)(chance_state >> 20) % below;
}

static void end_open(struct end *side, bool is_initiator, enum fix_version version)
{
	memset(side, 0, sizeof *side);
	side->config = (struct fix_session_config){
		.version = (uint8_t)version,
		.is_initiator = is_initiator,
		.precision = FIX_MILLIS,
		.heartbeat_s = 10,
		.heartbeat_s_min = 1,
		.heartbeat_s_max = 60,
		.tells_next_expected = version == FIX_44 && chance(2) == 0,
		.store_count = STORE_COUNT,
		.time_tolerance_ns = 120 * second_ns,
		.logon_wait_ns = 5 * second_ns,
		.logout_wait_ns = 2 * second_ns,
		.resend_wait_ns = 3 * second_ns,
	};
	snprintf(side->config.sender, sizeof side->config.sender, is_initiator ? "ONE" : "TWO");
	snprintf(side->config.target, sizeof side->config.target, is_initiator ? "TWO" : "ONE");
	fix_session_init(&side->session, &side->config, side->store);
}

static void cut(void)
{
	is_cut_due = false;
	for (int i = 0; i < 2; i++) {
		fix_session_disconnect(&sides[i].session);
		sides[i].pipe_bytes = 0;
	}
}

static void join(void)
{
	for (int i = 0; i < 2; i++) {
		fix_line_begin(&sides[i].line, &sides[i].session);
		fix_session_connect(&sides[i].session, at);
	}
}

/* put lets the link do to a message what it does. */
static void put(struct end *to, const uint8_t *bytes, uint32_t size, uint32_t harm)
{
	uint32_t begin = to->pipe_bytes;
	if (size > PIPE_BYTES - begin)
		return;
	memcpy(to->pipe + begin, bytes, size);
	to->pipe_bytes += size;
	if (harm == 0 || chance(1000) >= harm)
		return;
	switch (chance(3)) {
	case 0: /* lost whole */
		to->pipe_bytes = begin;
		break;
	case 1: /* a byte is another */
		to->pipe[begin + chance(size)] ^= (uint8_t)(1 + chance(255));
		break;
	default: /* its end is lost, and the connection with it */
		to->pipe_bytes -= 1 + chance(size);
		is_cut_due = true;
	}
}

static void pump(uint32_t harm)
{
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_step step;
	for (int i = 0; i < 2; i++) {
		struct end *from = &sides[i];
		for (uint32_t n = 0; n < 1 + chance(8); n++) {
			enum fix_line_verdict verdict = fix_line_next(
				&from->line, &from->session, NULL, at.wall_ns, out, &step);
			assert_int_not_equal(verdict, FIX_LINE_LOST);
			if (verdict != FIX_LINE_SEND)
				break;
			fix_line_sent(&from->line, &step);
			put(&sides[1 - i], out, step.size_bytes, harm);
		}
	}
}

static void take(struct end *side, const struct end *other, const struct fix_message *m)
{
	uint64_t number;
	if (m->type == FIX_MSG_REJECT || m->type == FIX_MSG_BUSINESS_REJECT)
		fail_msg("a message was rejected: %.*s", (int)m->text.size_bytes,
			(const char *)m->text.bytes);
	assert_int_equal(fix_read_number(m->cl_ord_id.bytes, m->cl_ord_id.size_bytes, &number),
		FIX_NO_REASON);
	assert_true(number > 0 && number <= other->sent);
	assert_int_equal(side->taken[number]++, 0);
	assert_true(number > side->last_taken); /* in order, so nothing comes after its gap */
	side->last_taken = (uint32_t)number;
	if (other->is_once[number])
		assert_false(m->is_poss_dup);
}

static void hear(struct end *side, struct end *other)
{
	struct fix_frame frame;
	struct fix_message message;
	uint32_t done = 0;
	while (done < side->pipe_bytes) {
		enum fix_cut_verdict verdict =
			fix_cut(side->pipe + done, side->pipe_bytes - done, &frame);
		if (verdict == FIX_MORE)
			break;
		if (verdict == FIX_WHOLE) {
			fix_parse(frame.bytes, frame.size_bytes, &message);
			if (fix_session_receive(&side->session, &message, at) == FIX_TAKE_MESSAGE)
				take(side, other, &message);
		}
		done += frame.taken_bytes;
	}
	memmove(side->pipe, side->pipe + done, side->pipe_bytes - done);
	side->pipe_bytes -= done;
}

static void say(struct end *side, const struct end *other)
{
	struct fix_message m;
	uint8_t digits[FIX_NUMBER_BYTES_MAX];
	bool is_initiator = side->config.is_initiator;
	if (side->sent + 1 == SENT_MAX || side->session.state != FIX_STATE_UP)
		return;
	(void)other;
	uint32_t number = ++side->sent;
	side->is_once[number] = is_initiator && chance(4) != 0;
	fix_begin_type(&m, (enum fix_version)side->config.version,
		is_initiator ? FIX_MSG_STATUS_REQUEST : FIX_MSG_EXECUTION_REPORT);
	fix_set_text(&m, FIX_CL_ORD_ID, digits, fix_write_number(digits, number));
	fix_set_text(&m, FIX_SYMBOL, "MSFT", 4);
	fix_set_number(&m, FIX_SIDE, '1');
	if (!is_initiator) {
		fix_set_text(&m, FIX_ORDER_ID, "1", 1);
		fix_set_text(&m, FIX_EXEC_ID, "1", 1);
		fix_set_number(&m, FIX_EXEC_TRANS_TYPE, '0');
		fix_set_number(&m, FIX_EXEC_TYPE, '0');
		fix_set_number(&m, FIX_ORD_STATUS, '0');
		fix_set_number(&m, FIX_LEAVES_QTY, 0);
		fix_set_number(&m, FIX_CUM_QTY, 0);
		fix_set_decimal(&m, FIX_AVG_PX, 0);
	}
	assert_true(fix_session_send(&side->session, &m,
			    side->is_once[number] ? KEPT_ONCE : KEPT_AGAIN, number, at) > 0);
}

static void step(uint32_t harm, bool is_talking)
{
	uint64_t ns = second_ns / 100 * (1 + chance(100));
	at.now_ns += ns;
	at.wall_ns += ns;
	for (int i = 0; i < 2; i++) {
		for (uint32_t n = is_talking ? chance(3) : 0; n > 0; n--)
			say(&sides[i], &sides[1 - i]);
	}
	pump(harm);
	for (int i = 0; i < 2; i++) {
		hear(&sides[i], &sides[1 - i]);
		fix_session_tick(&sides[i].session, at);
	}
	bool is_over = sides[0].session.state == FIX_STATE_OVER ||
		       sides[1].session.state == FIX_STATE_OVER;
	if (is_over || is_cut_due || (harm > 0 && chance(120) == 0))
		cut();
	if (sides[0].session.state == FIX_STATE_IDLE)
		join();
}

static bool are_even(void)
{
	return sides[0].session.next_out == sides[1].session.next_in &&
	       sides[1].session.next_out == sides[0].session.next_in &&
	       sides[0].session.state == FIX_STATE_UP && sides[1].session.state == FIX_STATE_UP;
}

static void run(uint64_t seed)
{
	chance_state = seed * 0x9e3779b97f4a7c15u + 1;
	enum fix_version version = chance(2) == 0 ? FIX_42 : FIX_44;
	uint32_t harm = 1 + chance(200);
	at = (struct fix_moment){1000 * second_ns, 1735828200 * second_ns};
	end_open(&sides[0], true, version);
	end_open(&sides[1], false, version);
	join();
	for (uint32_t i = 0; i < STEPS; i++)
		step(harm, true);
	uint32_t calm = 0;
	for (; calm < 200 && (calm < 50 || !are_even()); calm++)
		step(0, false);
	if (!are_even())
		fail_msg("seed %llu: numbers %llu/%llu and %llu/%llu, states %u %u",
			(unsigned long long)seed, (unsigned long long)sides[0].session.next_out,
			(unsigned long long)sides[1].session.next_in,
			(unsigned long long)sides[1].session.next_out,
			(unsigned long long)sides[0].session.next_in, sides[0].session.state,
			sides[1].session.state);
	for (int i = 0; i < 2; i++) {
		for (uint32_t n = 1; n <= sides[i].sent; n++) {
			bool may_miss = sides[i].is_once[n];
			if (!sides[1 - i].taken[n] && !may_miss)
				fail_msg("seed %llu: side %d's message %u was lost",
					(unsigned long long)seed, i, n);
		}
	}
	assert_int_equal(sides[0].session.skipped + sides[1].session.skipped, 0);
}

static void whatever_the_link_does_both_end_with_equal_numbers_and_nothing_twice(void **state)
{
	(void)state;
	const char *count = getenv("SLUICE_FIX_SEEDS");
	uint64_t seeds = count != NULL ? strtoull(count, NULL, 10) : 300;
	for (uint64_t seed = 1; seed <= seeds; seed++)
		run(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			whatever_the_link_does_both_end_with_equal_numbers_and_nothing_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
