/* cboe_fuzz.c - any bytes at the gap request proxy and at the spin server of a unit, in any pieces: nobody who did not log in is
   told anything, nothing is kept for a connection that is gone, and the next client is served whole.
   rooms: tools_exchange */
#include <stdlib.h>

#include "drivers/stream/stream_sim.h"
#include "tools/exchange/cboe.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { GAPS = 1, SPINS = 2, TOLD = 40 };

static struct stream_sim_net *net;
static struct stream *outside;
static struct cboe cboe;
static uint64_t now_ns = 1000;

static void on_reply(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size_bytes, uint64_t at_ns)
{
	struct pitch_unit_header header;
	(void)context, (void)line, (void)at_ns;
	if (!pitch_unit_parse_header(bytes, size_bytes, &header) || header.length != size_bytes ||
		header.count == 0 || header.sequence + header.count > cboe.history.next)
		abort();
}

static void venue_begin(void)
{
	struct config_error error;
	net = stream_sim_net_open(3, 4, 1 << 13);
	outside = stream_sim_open(net);
	cboe_init(&cboe, 1, 1 << 14, on_reply, NULL);
	cboe.session_sub_id = "0001";
	cboe.username = "FIRM";
	cboe.password = "secret";
	cboe.gaps = stream_sim_open(net);
	cboe.spins = stream_sim_open(net);
	stream_listen(cboe.gaps, "10.0.0.1", GAPS, &error);
	stream_listen(cboe.spins, "10.0.0.1", SPINS, &error);
	for (uint64_t id = 1; id <= TOLD; id++) {
		uint8_t message[PITCH_SIZE_MAX];
		const struct event event = {.kind = EVENT_ADD,
			.order = id,
			.qty = 100,
			.price_e4 = 10000,
			.symbol = symbol_pack("AAPL")};
		cboe_say(&cboe, message, pitch_encode(&event, message));
	}
}

/* heard reads what one connection hears until it is quiet; returns how many messages it was told. */
static uint32_t heard(uint32_t connection, bool *is_closed)
{
	static uint8_t bytes[1 << 16];
	uint32_t used = 0, messages = 0;
	for (uint32_t quiet = 0; quiet < 4;) {
		struct stream_event events[8];
		bool did = cboe_turn(&cboe, now_ns);
		uint32_t count = stream_poll(outside, events, 8);
		for (uint32_t i = 0; i < count; i++) {
			if (events[i].connection != connection)
				continue;
			*is_closed |= events[i].kind == STREAM_CLOSED;
			if (events[i].kind != STREAM_BYTES ||
				events[i].size_bytes > sizeof bytes - used)
				continue;
			memcpy(bytes + used, events[i].bytes, events[i].size_bytes);
			used += events[i].size_bytes;
		}
		quiet = did || count > 0 ? 0 : quiet + 1;
	}
	struct pitch_unit_header header;
	for (uint32_t at = 0; pitch_unit_cut(bytes + at, used - at, &header) == PITCH_UNIT_OK;
		at += header.length)
		messages += header.count;
	return messages;
}

static void say(uint32_t connection, const uint8_t *message, uint32_t size)
{
	uint8_t packet[PITCH_PROXY_PACKET_BYTES];
	stream_send(outside, connection, packet, pitch_proxy_packet(packet, message, size));
}

static uint32_t come(uint16_t port, bool *is_closed)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX];
	uint32_t connection = stream_connect(outside, "10.0.0.1", port);
	heard(connection, is_closed);
	say(connection, message, pitch_proxy_login(message, "0001", "FIRM", "secret"));
	return connection;
}

/* good_client must be served whole, whatever came before. */
static void good_client(void)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX];
	bool is_closed = false;
	uint32_t connection = come(SPINS, &is_closed);
	if (heard(connection, &is_closed) != 2) /* let in, and told of the image */
		abort();
	say(connection, message, pitch_proxy_spin_request(message, TOLD));
	/* promised, a time, all orders, finished */
	if (heard(connection, &is_closed) != 3 + TOLD || is_closed)
		abort();
	stream_shut(outside, connection, true);
	heard(connection, &is_closed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	bool is_closed = false, is_let_in = size > 0 && (bytes[0] & 2) != 0;
	uint32_t at = 1, told = 0;
	if (net == NULL)
		venue_begin();
	uint16_t port = size > 0 && (bytes[0] & 1) != 0 ? SPINS : GAPS;
	uint64_t logins = cboe.counts.logins, accepted = cboe.counts.accepted;
	now_ns += UINT64_C(86400) * 1000000000; /* another day: quotas are anew */
	uint32_t connection =
		is_let_in ? come(port, &is_closed) : stream_connect(outside, "10.0.0.1", port);
	heard(connection, &is_closed);
	while (at < size && !is_closed) {
		uint32_t piece = 1 + bytes[at++] % 250u;
		if (piece > size - at)
			piece = (uint32_t)(size - at);
		if (piece > 0)
			stream_send(outside, connection, bytes + at, piece);
		at += piece;
		told += heard(connection, &is_closed);
	}
	if (cboe.counts.logins == logins && (cboe.counts.accepted != accepted || told > 1))
		abort();
	stream_shut(outside, connection, true);
	heard(connection, &is_closed);
	for (uint32_t i = 0; i < CBOE_CLIENT_MAX; i++)
		if (cboe.clients[i].connection != CONNECTION_NONE ||
			cboe.clients[i].spin.bytes != NULL)
			abort();
	good_client();
	return 0;
}
