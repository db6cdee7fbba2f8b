/* glimpse_fuzz.c - any bytes at the snapshot server, in any pieces: nobody who did not log in hears a message,
   nothing is kept for a connection that is gone, and the next client is served whole.
   rooms: tools_exchange */
#include <stdlib.h>

#include "drivers/stream/stream_sim.h"
#include "tools/exchange/glimpse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct options_user users[] = {{"feed", "secret", ""}};
static struct stream_sim_net *net;
static struct stream *inside, *outside;
static struct tape tape;
static struct match *match;
static struct glimpse glimpse;
static uint16_t port;

static void on_packet(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size, uint64_t now_ns)
{
	(void)context, (void)line, (void)bytes, (void)size, (void)now_ns;
}

static void on_event(void *context, const struct event *event)
{
	(void)context;
	tape_event(&tape, event);
}

static void on_fill(void *context, const struct match_fill *fill)
{
	(void)context, (void)fill;
}

static void venue_begin(void)
{
	const struct match_sink sink = {.publish = on_event, .fill = on_fill};
	struct config_error error;
	net = stream_sim_net_open(3, 4, 1 << 13);
	inside = stream_sim_open(net);
	outside = stream_sim_open(net);
	port = stream_listen_port(inside, stream_listen(inside, "10.0.0.1", 0, &error));
	match = match_open(&sink, 16);
	match_symbol(match, 1, symbol_pack("AAPL"));
	tape_init(&tape, "DAY1", 2, 1000, on_packet, NULL);
	for (uint32_t i = 0; i < 10; i++) {
		struct match_order order = {.reference = match_reference(match),
			.price_e4 = 10000,
			.qty = 100,
			.locate = 1};
		match_enter(match, &order);
	}
	glimpse_init(&glimpse, &tape, match, users, 1);
	glimpse.stream = inside;
}

/* heard reads what one connection hears until it is quiet: messages behind the login's answer. */
static uint32_t heard(uint32_t connection, bool *is_accepted, bool *is_closed)
{
	static uint8_t bytes[1 << 16];
	uint32_t used = 0, messages = 0;
	for (uint32_t quiet = 0; quiet < 4;) {
		struct stream_event events[8];
		bool did = glimpse_turn(&glimpse, 1);
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
	struct soup_packet packet;
	for (uint32_t at = 0; soup_parse(bytes + at, used - at, &packet) == SOUP_OK;
		at += packet.wire_bytes) {
		*is_accepted |= packet.type == SOUP_LOGIN_ACCEPTED;
		if (packet.type == SOUP_SEQUENCED && !*is_accepted)
			abort();
		messages += packet.type == SOUP_SEQUENCED;
	}
	return messages;
}

/* good_client must be served whole, whatever came before. */
static void good_client(void)
{
	uint8_t bytes[SOUP_LOGIN_REQUEST_BYTES];
	const struct soup_login request = {
		.username = "feed", .password = "secret", .session = "DAY1", .sequence = 1};
	bool is_accepted = false, is_closed = false;
	uint32_t connection = stream_connect(outside, "10.0.0.1", port);
	heard(connection, &is_accepted, &is_closed);
	stream_send(outside, connection, bytes, soup_build_login_request(bytes, &request));
	if (heard(connection, &is_accepted, &is_closed) != 11 || !is_accepted || is_closed)
		abort();
	stream_shut(outside, connection, true);
	heard(connection, &is_accepted, &is_closed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	bool is_accepted = false, is_closed = false;
	uint32_t at = 0;
	if (net == NULL)
		venue_begin();
	uint32_t connection = stream_connect(outside, "10.0.0.1", port);
	heard(connection, &is_accepted, &is_closed);
	while (at < size && !is_closed) {
		uint32_t piece = 1 + bytes[at++] % 64u;
		if (piece > size - at)
			piece = (uint32_t)(size - at);
		if (piece > 0)
			stream_send(outside, connection, bytes + at, piece);
		at += piece;
		heard(connection, &is_accepted, &is_closed);
	}
	stream_shut(outside, connection, true);
	heard(connection, &is_accepted, &is_closed);
	for (uint32_t i = 0; i < GLIMPSE_CLIENT_MAX; i++)
		if (glimpse.clients[i].connection != CONNECTION_NONE ||
			glimpse.clients[i].spin.bytes != NULL)
			abort();
	good_client();
	return 0;
}
