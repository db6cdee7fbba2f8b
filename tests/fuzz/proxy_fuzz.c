/* proxy_fuzz.c - any bytes from a gap request proxy and a spin server, in any pieces: nothing is read outside what came, a
   connection that went wrong is left, and only messages of a spin that was promised are handed over.
   rooms: dataplane_feed

   An input is a script: the first byte says which of the two speaks, then a byte says what, the bytes behind it how. */
#include <stdlib.h>

#include "dataplane/feed/proxy.h"
#include "dataplane/feed/spin.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct script {
	const uint8_t *at, *end;
};

static const struct recovery_config config = {.server_count = 1,
	.servers = {{0x0A000001, 1}},
	.request_sub_id = "0001",
	.request_username = "FIRM",
	.request_password = "secret",
	.snapshot_address = "10.0.0.1",
	.snapshot_sub_id = "0001",
	.snapshot_username = "FIRM",
	.snapshot_password = "secret",
	.snapshot_timeout_ns = 1000};
static struct proxy proxy;
static struct snapshot snapshot;
static uint64_t sum;

static uint8_t script_next(struct script *script)
{
	return script->at < script->end ? *script->at++ : 0;
}

static uint32_t stream_to(struct stream *s, const char *address, uint16_t port)
{
	(void)s, (void)address, (void)port;
	return 1;
}

static bool stream_take(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	(void)s;
	if (connection != 1)
		abort();
	for (uint32_t i = 0; i < size_bytes; i++)
		sum += bytes[i];
	return true;
}

static void stream_end(struct stream *s, uint32_t connection, bool reset)
{
	(void)s, (void)connection, (void)reset;
}

static const struct stream_ops verbs = {
	.connect = stream_to, .send = stream_take, .shut = stream_end};
static struct stream stream = {.ops = &verbs};

static void take(void *context, const struct mold64_block *blocks, uint32_t count, uint64_t now_ns)
{
	(void)context, (void)now_ns;
	if (count != 0 && !snapshot.is_promised)
		abort();
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t at = 0; at < blocks[i].size_bytes; at++)
			sum += blocks[i].bytes[at];
}

/* packet_make writes what a server may say, then spoils some of it. */
static uint32_t packet_make(struct script *script, uint8_t packet[256])
{
	static const uint8_t types[] = {PITCH_PROXY_LOGIN_RESPONSE, PITCH_PROXY_GAP_RESPONSE,
		PITCH_PROXY_IMAGE, PITCH_PROXY_SPIN_RESPONSE, PITCH_PROXY_SPIN_FINISHED};
	uint8_t message[PITCH_PROXY_SIZE_MAX] = {14, 0x29}, what = script_next(script);
	uint32_t size = pitch_unit_begin(packet, 1, 0);
	for (uint32_t i = 0; i < what % 8u; i++) {
		uint8_t type = script_next(script);
		const struct pitch_proxy_message said = {.type = types[type % ARRAY_COUNT(types)],
			.unit = (type & 0x20) == 0,
			.sequence = script_next(script),
			.status = (type & 0x80) == 0   ? 'A'
				  : (type & 0x10) == 0 ? (uint8_t) "OSDMNBCIU"[type % 9]
						       : script_next(script)};
		uint32_t bytes = (type & 0x40) != 0 ? 14 : pitch_proxy_answer(message, &said);
		if ((type & 0x40) != 0) {
			message[0] = 14;
			message[1] = 0x29;
		}
		size = pitch_unit_append(packet, size, 256, message, (uint16_t)bytes);
	}
	if ((what & 0x10) != 0)
		packet[script_next(script) % size] ^= script_next(script);
	if ((what & 0x20) != 0)
		size -= script_next(script) % size;
	return size;
}

static void speak(struct script *script, bool is_spin, uint64_t now_ns)
{
	uint8_t packet[256], what = script_next(script);
	struct stream_event event = {.connection = 1};
	event.kind = what % 16 == 0 ? STREAM_CLOSED : what % 16 <= 3 ? STREAM_OPENED : STREAM_BYTES;
	if (event.kind == STREAM_BYTES)
		event.size_bytes = packet_make(script, packet);
	uint8_t *exact = malloc(event.size_bytes + 1);
	if (exact == NULL)
		abort();
	memcpy(exact, packet, event.size_bytes);
	event.bytes = exact;
	if (is_spin && snapshot.connection != CONNECTION_NONE)
		snapshot_on_event(&snapshot, &event, now_ns);
	if (!is_spin && proxy.connection != CONNECTION_NONE)
		proxy_on_event(&proxy, &event, now_ns);
	free(exact);
}

static void letter_is_known(uint8_t letter)
{
	if (letter != 0 && strchr("OSDMNBCIU", letter) == NULL && letter != PROXY_CLOSED &&
		letter != PROXY_NONSENSE)
		abort();
}

static void tend(struct script *script, bool is_spin, uint64_t now_ns)
{
	const struct snapshot_wish wish = {
		.next = 1 + (uint64_t)script_next(script), .until = script_next(script)};
	if (is_spin) {
		if (snapshot.phase == SNAPSHOT_IDLE || snapshot.phase >= SNAPSHOT_DONE)
			snapshot_start(&snapshot, &wish, now_ns);
		snapshot_tick(&snapshot, now_ns);
	} else {
		uint8_t request[PITCH_PROXY_SIZE_MAX], what = script_next(script);
		uint32_t size = pitch_proxy_gap_request(request, 1, script_next(script), 1);
		if (proxy.phase == PROXY_IDLE)
			proxy_start(&proxy, 0, now_ns);
		if ((what & 1) != 0)
			proxy_ask(&proxy, request, size, now_ns);
		if ((what & 2) != 0)
			proxy_answered(&proxy);
		proxy_tick(&proxy, now_ns);
		letter_is_known(proxy_refusal(&proxy));
	}
}

static void all_is_sound(void)
{
	bool is_open = snapshot.phase >= SNAPSHOT_CONNECTING && snapshot.phase <= SNAPSHOT_SPINNING;
	if ((snapshot.connection != CONNECTION_NONE) != is_open ||
		(proxy.connection != CONNECTION_NONE) != (proxy.phase != PROXY_IDLE) ||
		proxy.rx_bytes >= PROXY_PACKET_BYTES_MAX || snapshot.rx_bytes > SNAPSHOT_RX_BYTES ||
		snapshot.block_count != 0)
		abort();
	if (snapshot.phase == SNAPSHOT_DONE && (!snapshot.is_promised || snapshot.sequence == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct script script = {bytes, bytes + size};
	bool is_spin = script_next(&script) & 1;
	uint64_t now_ns = 1000;
	proxy_init(&proxy, &config);
	proxy.stream = &stream;
	snapshot_init(&snapshot, &config, &spin_talk, take, NULL);
	snapshot.stream = &stream;
	while (script.at < script.end) {
		uint8_t what = script_next(&script);
		now_ns += what;
		if (what < 40)
			tend(&script, is_spin, now_ns);
		else
			speak(&script, is_spin, now_ns);
		all_is_sound();
	}
	return 0;
}
