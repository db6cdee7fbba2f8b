/* truth_bits.h - what is decided and not yet handed over, and every bit of what would leave turned over.

   Owner      the test. */
#ifndef SLUICE_TESTS_SUPPORT_TRUTH_BITS_H
#define SLUICE_TESTS_SUPPORT_TRUTH_BITS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/fold/entry.h"
#include "dataplane/fold/truth.h"
#include "tests/support/rig.h"

/* truth_decide: a message of client 0's, in OUCH 5.0, is decided and waits in the egress queue; nothing is handed over yet. */
static inline struct fold_egress *truth_decide(struct rig *rig, const struct ouch_in *in)
{
	struct gate *gate = rig->gate;
	uint8_t bytes[256];
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, in);
	atomic_store(&rig->market->channels[0].heard_ns, rig->now_ns);
	rig_poll(rig, 1000);
	gate->is_turn_open = false;
	gate_turn(gate);
	if (entry_peek(gate->fold, 1, bytes, size).symbol == RIG_AAPL) {
		struct top_used *used = gate_input(gate, RECORD_TOP, sizeof *used);
		used->symbol = RIG_AAPL;
		used->close_age_s = UINT32_MAX;
		assert_true(top_read(&rig->market->tops[RIG_AAPL], &used->top));
		gate_commit(gate, used);
	}
	struct message_record *record =
		gate_input(gate, RECORD_CLIENT_IN, (uint32_t)sizeof *record + size);
	record->session = 1;
	record->size_bytes = size;
	record->time_ns = gate->now_ns;
	memcpy(record + 1, bytes, size);
	gate_commit(gate, record);
	struct fold *fold = gate->fold;
	assert_int_equal(fold->egress_tail, fold->egress_head + 1);
	return &fold->egress[fold->egress_head % FOLD_EGRESS_COUNT];
}

/* The message as it would leave after something changed it while it waited.  is_seen: also where no byte of it would differ. */
static inline void truth_check_spoilt(const struct fold *fold, const struct fold_egress *spoilt,
	const uint8_t *bytes, uint32_t size, bool is_seen)
{
	const struct protocol_orders *row = fold->venues[spoilt->venue].protocol;
	const struct own_order *order = &fold->orders.slots[spoilt->slot];
	uint8_t out[MESSAGE_BYTES_MAX];
	if (row->venue_may != NULL && !row->venue_may(&spoilt->message, order))
		return; /* there are no such bytes */
	uint32_t out_bytes = row->venue_out(fold, spoilt, out, sizeof out);
	bool is_same = out_bytes == size && memcmp(out, bytes, size) == 0;
	if (out_bytes != 0 && !(is_same && is_seen))
		assert_int_equal(truth_holds(fold, spoilt, out, out_bytes), is_same);
}

/* Every byte of the message, every option that it could have, and the value of those that it has. */
static inline void truth_check_fields(const struct fold *fold, const struct fold_egress *egress,
	const uint8_t *bytes, uint32_t size)
{
	for (size_t i = 0; i < offsetof(struct ouch_in, options); i++) {
		struct fold_egress other = *egress;
		((uint8_t *)&other.message)[i] ^= 1;
		truth_check_spoilt(fold, &other, bytes, size, false);
	}
	for (uint32_t tag = 1; tag < ARRAY_COUNT(egress->message.options.value); tag++) {
		struct fold_egress other = *egress;
		other.message.options.value[tag] ^= 1;
		truth_check_spoilt(fold, &other, bytes, size, true);
		other.message.options.value[tag] ^= 1;
		other.message.options.present ^= 1u << tag;
		truth_check_spoilt(fold, &other, bytes, size, true);
	}
}

/* truth_check decides a message, has every bit of what would leave turned over, and then lets it leave. */
static inline void truth_check(struct rig *rig, const struct ouch_in *in)
{
	const struct fold_egress *egress = truth_decide(rig, in);
	const struct fold *fold = rig->gate->fold;
	uint8_t bytes[MESSAGE_BYTES_MAX + 1] = {0};
	uint32_t size = fold->venues[egress->venue].protocol->venue_out(
		fold, egress, bytes, MESSAGE_BYTES_MAX);
	assert_true(truth_holds(fold, egress, bytes, size));
	assert_false(truth_holds(fold, egress, bytes, size - 1));
	assert_false(truth_holds(fold, egress, bytes, size + 1));
	for (uint32_t i = 0; i < size * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_false(truth_holds(fold, egress, bytes, size));
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	truth_check_fields(fold, egress, bytes, size);
	gate_flush(rig->gate);
	rig_poll(rig, 1000);
	assert_int_equal(fold->egress_head, fold->egress_tail);
	assert_int_equal(atomic_load(&rig->region->metrics.values[METRIC_gate_untrue]), 0);
}

#endif
