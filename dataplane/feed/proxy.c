/* proxy.c - see proxy.h. */
#include "dataplane/feed/proxy.h"

enum { ADDRESS_BYTES = 16 };

void proxy_init(struct proxy *proxy, const struct recovery_config *config)
{
	memset(proxy, 0, sizeof *proxy);
	proxy->config = config;
}

void proxy_stop(struct proxy *proxy)
{
	if (proxy->connection != CONNECTION_NONE)
		stream_shut(proxy->stream, proxy->connection, true);
	proxy->connection = CONNECTION_NONE;
	proxy->rx_bytes = 0;
	proxy->phase = PROXY_IDLE;
	proxy->is_asked = false;
	memset(&proxy->asked, 0, sizeof proxy->asked);
	proxy->refusal = 0;
}

/* proxy_refuse notes a refusal; one that ends the connection ends it.  A letter that nobody has read yet stands: what the
   server said is not lost because it hangs up behind it. */
static void proxy_refuse(struct proxy *proxy, uint8_t letter, bool is_end)
{
	bool is_first = proxy->refusal == 0;
	bool is_login = is_first ? proxy->phase != PROXY_READY : proxy->is_login;
	uint8_t refusal = is_first ? letter : proxy->refusal;
	if (is_end)
		proxy_stop(proxy);
	proxy->is_login = is_login;
	proxy->refusal = refusal;
}

/* address_write writes four numbers with points between them. */
static void address_write(uint32_t ip, char text[ADDRESS_BYTES])
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		uint32_t number = ip >> shift & 255;
		if (number >= 100)
			*text++ = (char)('0' + number / 100);
		if (number >= 10)
			*text++ = (char)('0' + number / 10 % 10);
		*text++ = (char)('0' + number % 10);
		*text++ = shift == 0 ? '\0' : '.';
	}
}

void proxy_start(struct proxy *proxy, uint8_t server, uint64_t now_ns)
{
	const struct endpoint *at = &proxy->config->servers[server];
	char address[ADDRESS_BYTES];
	proxy_stop(proxy);
	proxy->server = server;
	proxy->told_ns = now_ns;
	address_write(at->ip, address);
	if (proxy->stream != NULL)
		proxy->connection = stream_connect(proxy->stream, address, at->port);
	if (proxy->connection != CONNECTION_NONE)
		proxy->phase = PROXY_CONNECTING;
	else
		proxy_refuse(proxy, PROXY_CLOSED, true);
}

static bool proxy_say(
	struct proxy *proxy, const uint8_t *message, uint32_t size_bytes, uint64_t now_ns)
{
	uint8_t packet[PITCH_PROXY_PACKET_BYTES];
	if (!stream_send(proxy->stream, proxy->connection, packet,
		    pitch_proxy_packet(packet, message, size_bytes)))
		return false;
	proxy->told_ns = now_ns;
	return true;
}

static bool proxy_log_in(struct proxy *proxy, uint64_t now_ns)
{
	const struct recovery_config *config = proxy->config;
	uint8_t message[PITCH_PROXY_SIZE_MAX];
	proxy->phase = PROXY_LOGGING_IN;
	return proxy_say(proxy, message,
		pitch_proxy_login(message, config->request_sub_id, config->request_username,
			config->request_password),
		now_ns);
}

static bool is_letter(bool is_login, uint8_t letter)
{
	return letter != '\0' && strchr(is_login ? "ANBS" : "AODMSCIU", letter) != NULL;
}

/* is_due tells whether an answer may come now, and speaks of what we asked for. */
static bool is_due(const struct proxy *proxy, const struct pitch_proxy_message *said)
{
	if (said->type == PITCH_PROXY_LOGIN_RESPONSE)
		return proxy->phase == PROXY_LOGGING_IN && is_letter(true, said->status);
	return said->type == PITCH_PROXY_GAP_RESPONSE && proxy->asked.type != 0 &&
	       said->unit == proxy->asked.unit && is_letter(false, said->status);
}

static void said_take(struct proxy *proxy, const struct pitch_proxy_message *said)
{
	bool is_accepted = said->status == 'A';
	if (!is_due(proxy, said)) {
		proxy_refuse(proxy, PROXY_NONSENSE, true);
	} else if (said->type == PITCH_PROXY_LOGIN_RESPONSE) {
		if (is_accepted)
			proxy->phase = PROXY_READY;
		else
			proxy_refuse(proxy, said->status, true);
	} else if (!is_accepted && proxy->is_asked && said->sequence == proxy->asked.sequence) {
		proxy->is_asked = false;
		proxy_refuse(proxy, said->status, false);
	}
}

/* packet_take takes one packet; a proxy says nothing but its answers. */
static void packet_take(
	struct proxy *proxy, const uint8_t *bytes, const struct pitch_unit_header *header)
{
	struct mold64_block blocks[PITCH_UNIT_COUNT_MAX];
	struct pitch_proxy_message said;
	bool is_malformed;
	uint32_t tail_bytes;
	uint32_t count = pitch_unit_parse_blocks(bytes, header->length, header->count, 0, blocks,
		PITCH_UNIT_COUNT_MAX, &is_malformed, &tail_bytes);
	bool is_good = !is_malformed || header->count == 0;
	for (uint32_t i = 0; i < count && is_good && proxy->phase != PROXY_IDLE; i++) {
		is_good = pitch_proxy_parse(blocks[i].bytes, blocks[i].size_bytes, &said);
		if (is_good)
			said_take(proxy, &said);
	}
	if (!is_good)
		proxy_refuse(proxy, PROXY_NONSENSE, true);
}

static void bytes_take(struct proxy *proxy)
{
	struct pitch_unit_header header;
	uint32_t used = 0;
	enum pitch_unit_cut cut = PITCH_UNIT_OK;
	while (proxy->phase != PROXY_IDLE && cut == PITCH_UNIT_OK) {
		uint32_t left = proxy->rx_bytes - used;
		cut = pitch_unit_cut(proxy->rx + used, left, &header);
		if (cut == PITCH_UNIT_BROKEN ||
			(cut == PITCH_UNIT_MORE && left >= PROXY_PACKET_BYTES_MAX)) {
			proxy_refuse(proxy, PROXY_NONSENSE, true);
		} else if (cut == PITCH_UNIT_OK) {
			packet_take(proxy, proxy->rx + used, &header);
			used += header.length;
		}
	}
	if (proxy->phase == PROXY_IDLE)
		return;
	proxy->rx_bytes -= used;
	memmove(proxy->rx, proxy->rx + used, proxy->rx_bytes);
}

void proxy_on_event(struct proxy *proxy, const struct stream_event *event, uint64_t now_ns)
{
	switch (event->kind) {
	case STREAM_OPENED:
		if (!proxy_log_in(proxy, now_ns))
			proxy_refuse(proxy, PROXY_CLOSED, true);
		return;
	case STREAM_BYTES:
		/* What is kept is less than the longest packet, so an event always fits behind it. */
		CHECK(event->size_bytes <= PROXY_RX_BYTES - proxy->rx_bytes);
		memcpy(proxy->rx + proxy->rx_bytes, event->bytes, event->size_bytes);
		proxy->rx_bytes += event->size_bytes;
		bytes_take(proxy);
		return;
	default:
		proxy->connection = CONNECTION_NONE;
		proxy_refuse(proxy, PROXY_CLOSED, true);
		return;
	}
}

bool proxy_ask(struct proxy *proxy, const uint8_t *request, uint32_t size_bytes, uint64_t now_ns)
{
	if (proxy->phase != PROXY_READY || !proxy_say(proxy, request, size_bytes, now_ns))
		return false;
	proxy->is_asked = pitch_proxy_parse(request, size_bytes, &proxy->asked);
	return true;
}

void proxy_answered(struct proxy *proxy)
{
	bool is_ours = proxy->refusal == PROXY_CLOSED || proxy->refusal == PROXY_NONSENSE;
	proxy->is_asked = false;
	if (!proxy->is_login && !is_ours)
		proxy->refusal = 0;
}

void proxy_tick(struct proxy *proxy, uint64_t now_ns)
{
	if (proxy->phase >= PROXY_LOGGING_IN && now_ns - proxy->told_ns >= PROXY_HEARTBEAT_NS)
		proxy_say(proxy, NULL, 0, now_ns);
}

uint8_t proxy_refusal(struct proxy *proxy)
{
	uint8_t letter = proxy->refusal;
	proxy->refusal = 0;
	return letter;
}
