/* session_bytes.h - a stream of bytes cut into messages.

   In line: each kind of session has it with its own two functions in it, and calls nothing by a pointer for a message.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_SESSION_BYTES_H
#define SLUICE_GATE_SESSION_BYTES_H

#include "dataplane/gate/state.h"

/* session_pass follows a message that is passed over; of message size_bytes is 0 until it is over, and if it was none. */
static inline uint32_t session_pass(struct gate *gate, struct gate_connection *connection,
	const uint8_t *bytes, uint32_t size_bytes, struct session_message *message)
{
	struct passing *passing = &connection->passing;
	uint32_t passed = passing_take(passing, bytes, size_bytes, connection->rx, GATE_RX_BYTES);
	*message = (struct session_message){.bytes = connection->rx};
	if (!passing_is_over(passing))
		return passed;
	if (passing_is_right(passing)) {
		message->size_bytes = passing->size_bytes;
		message->gone_bytes = passing->size_bytes - GATE_RX_BYTES;
	} else {
		metrics_add(gate->metrics, METRIC_gate_garbled, 1);
	}
	passing_forget(passing);
	return passed;
}

/* session_bytes cuts what came on a connection into messages by cut_one and calls take for each whole one; an unfinished one
   waits in the connection.  false: the stream is broken or take said so, and it must be closed. */
static inline __attribute__((always_inline)) bool session_bytes(struct gate *gate,
	struct gate_connection *connection,
	enum session_cut (*cut_one)(
		const uint8_t *bytes, uint32_t size_bytes, struct session_message *message),
	const uint8_t *bytes, uint32_t size_bytes,
	bool (*take)(struct gate *gate, struct gate_connection *connection,
		const struct session_message *message))
{
	struct session_message message;
	connection->heard_ns = gate->now_ns;
	while (size_bytes > 0) {
		if (UNLIKELY(connection->passing.size_bytes != 0)) {
			uint32_t passed =
				session_pass(gate, connection, bytes, size_bytes, &message);
			bytes += passed;
			size_bytes -= passed;
			if (message.size_bytes != 0 && !take(gate, connection, &message))
				return false;
			continue;
		}
		/* Whole messages are read where they lie; only an unfinished one is copied. */
		const uint8_t *from = bytes;
		uint32_t available = size_bytes, held = connection->rx_bytes;
		if (held > 0) {
			uint32_t copy = GATE_RX_BYTES - held < size_bytes ? GATE_RX_BYTES - held
									  : size_bytes;
			memcpy(connection->rx + held, bytes, copy);
			from = connection->rx;
			available = held + copy;
		}
		enum session_cut cut = cut_one(from, available, &message);
		if (UNLIKELY(cut == SESSION_PASS)) {
			passing_begin(&connection->passing, message.size_bytes);
			passing_take(&connection->passing, connection->rx, held, connection->rx,
				GATE_RX_BYTES);
			connection->rx_bytes = 0;
			continue;
		}
		bool is_endless = cut == SESSION_MORE && available >= GATE_RX_BYTES;
		if (UNLIKELY(cut == SESSION_BROKEN || cut == SESSION_SKIP || is_endless))
			metrics_add(gate->metrics, METRIC_gate_garbled, 1);
		if (cut == SESSION_BROKEN || is_endless)
			return false;
		if (cut == SESSION_MORE) {
			memmove(connection->rx, from, available);
			connection->rx_bytes = available;
			return true;
		}
		/* What is thrown away may end before the bytes that were held: the rest is looked at again. */
		if (message.wire_bytes < held) {
			connection->rx_bytes = held - message.wire_bytes;
			memmove(connection->rx, connection->rx + message.wire_bytes,
				connection->rx_bytes);
			continue;
		}
		connection->rx_bytes = 0;
		message.gone_bytes = 0;
		bytes += message.wire_bytes - held;
		size_bytes -= message.wire_bytes - held;
		message.behind = bytes;
		message.behind_bytes = size_bytes;
		if (cut == SESSION_WHOLE && !take(gate, connection, &message))
			return false;
	}
	return true;
}

#endif
