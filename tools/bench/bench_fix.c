#include "tools/bench/bench_fix.h"

#include "dataplane/wire/fix.h"

enum { FIX_PASSES = 100000 };

static const uint64_t bench_time_ns = 1735828200010000000u;

struct fix_work {
	struct fix_message message;
	uint8_t bytes[FIX_MESSAGE_BYTES_MAX];
	uint32_t size_bytes;
};

static double fix_read(void *context)
{
	const struct fix_work *work = context;
	struct fix_frame frame;
	struct fix_message message;
	uint64_t began = round_cpu_ns();
	for (uint32_t i = 0; i < FIX_PASSES; i++) {
		CHECK(fix_cut(work->bytes, work->size_bytes, &frame) == FIX_WHOLE);
		fix_parse(frame.bytes, frame.size_bytes, &message);
		CHECK(message.reason == FIX_NO_REASON);
		round_keep(message.order_qty);
	}
	return (double)(round_cpu_ns() - began) / FIX_PASSES;
}

static double fix_write(void *context)
{
	const struct fix_work *work = context;
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	uint64_t began = round_cpu_ns();
	for (uint32_t i = 0; i < FIX_PASSES; i++)
		round_keep(fix_build(out, sizeof out, &work->message, FIX_MILLIS));
	return (double)(round_cpu_ns() - began) / FIX_PASSES;
}

/* The least that reading could cost: each byte looked at once, for the sum. */
static double fix_sum(void *context)
{
	const struct fix_work *work = context;
	uint64_t began = round_cpu_ns();
	for (uint32_t i = 0; i < FIX_PASSES; i++) {
		uint8_t sum = 0;
		for (uint32_t at = 0; at < work->size_bytes; at++)
			sum = (uint8_t)(sum + work->bytes[at]);
		round_keep(sum);
		__asm__ volatile("" ::: "memory");
	}
	return (double)(round_cpu_ns() - began) / FIX_PASSES;
}

static void fix_head(struct fix_message *m, enum fix_type type)
{
	fix_begin_type(m, FIX_42, type);
	fix_set_text(m, FIX_SENDER_COMP_ID, "CLIENT", 6);
	fix_set_text(m, FIX_TARGET_COMP_ID, "VENUE", 5);
	fix_set_number(m, FIX_MSG_SEQ_NUM, 4);
	fix_set_number(m, FIX_SENDING_TIME, bench_time_ns);
	fix_set_text(m, FIX_CL_ORD_ID, "ORD0001", 7);
	fix_set_text(m, FIX_SYMBOL, "AAPL", 4);
	fix_set_number(m, FIX_SIDE, '1');
	fix_set_number(m, FIX_ORDER_QTY, 100);
	fix_set_number(m, FIX_TRANSACT_TIME, bench_time_ns);
}

static void fix_order(struct fix_work *work)
{
	struct fix_message *m = &work->message;
	fix_head(m, FIX_MSG_NEW_ORDER);
	fix_set_number(m, FIX_HANDL_INST, '1');
	fix_set_number(m, FIX_ORD_TYPE, '2');
	fix_set_decimal(m, FIX_PRICE, 1901200);
	fix_set_number(m, FIX_TIME_IN_FORCE, '0');
	work->size_bytes = fix_build(work->bytes, sizeof work->bytes, m, FIX_MILLIS);
}

static void fix_fill(struct fix_work *work)
{
	struct fix_message *m = &work->message;
	fix_head(m, FIX_MSG_EXECUTION_REPORT);
	fix_set_text(m, FIX_ORDER_ID, "EX1", 3);
	fix_set_text(m, FIX_EXEC_ID, "E2", 2);
	fix_set_number(m, FIX_EXEC_TRANS_TYPE, '0');
	fix_set_number(m, FIX_EXEC_TYPE, '1');
	fix_set_number(m, FIX_ORD_STATUS, '1');
	fix_set_number(m, FIX_LAST_QTY, 40);
	fix_set_decimal(m, FIX_LAST_PX, 19012000000);
	fix_set_number(m, FIX_LEAVES_QTY, 60);
	fix_set_number(m, FIX_CUM_QTY, 40);
	fix_set_decimal(m, FIX_AVG_PX, 19012000000);
	work->size_bytes = fix_build(work->bytes, sizeof work->bytes, m, FIX_MILLIS);
}

void bench_fix_run(struct figures *figures)
{
	static struct fix_work order, fill;
	const struct bench_case cases[] = {
		{"fix: every byte of an order added", NULL, fix_sum, &order},
		{"fix parse: a new order cut and read", "fix: every byte of an order added",
			fix_read, &order},
		{"fix parse: a fill cut and read", "fix: every byte of an order added", fix_read,
			&fill},
		{"fix build: a fill written", "fix: every byte of an order added", fix_write,
			&fill},
	};
	fix_order(&order);
	fix_fill(&fill);
	CHECK(order.size_bytes > 0 && fill.size_bytes > 0);
	round_run(figures, cases, ARRAY_COUNT(cases));
}
