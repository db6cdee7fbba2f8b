#include "dataplane/gate/session.h"

#include "dataplane/gate/state.h"

bool session_bytes(struct gate *gate, struct gate_connection *connection,
	const struct session_kind *kind, const uint8_t *bytes, uint32_t size_bytes,
	bool (*take)(struct gate *gate, struct gate_connection *connection,
		const struct session_message *message))
{
	struct session_message message;
	connection->heard_ns = gate->now_ns;
	while (size_bytes > 0) {
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
		enum session_cut cut = kind->cut(from, available, &message);
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
		bytes += message.wire_bytes - held;
		size_bytes -= message.wire_bytes - held;
		message.behind = bytes;
		message.behind_bytes = size_bytes;
		if (cut == SESSION_WHOLE && !take(gate, connection, &message))
			return false;
	}
	return true;
}
