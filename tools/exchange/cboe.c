#include "tools/exchange/cboe.h"

#define SECOND_NS UINT64_C(1000000000)

enum { SPIN_PER_TURN = 256 }; /* packets of a spin in a turn */

void cboe_init(
	struct cboe *cboe, uint8_t unit, uint64_t history_max, cboe_reply *reply, void *context)
{
	memset(cboe, 0, sizeof *cboe);
	cboe->unit = unit;
	cboe->session_sub_id = cboe->username = cboe->password = "";
	cboe->limits = (struct cboe_limits){.count = PITCH_PROXY_COUNT_MAX,
		.per_s = 320,
		.per_minute = 1500,
		.per_day = 100000,
		.reach = 1000000};
	cboe->reply = reply;
	cboe->context = context;
	cboe->line_count = 2;
	history_init(&cboe->history, history_max);
	image_init(&cboe->image);
}

void cboe_free(struct cboe *cboe)
{
	for (uint32_t i = 0; i < CBOE_CLIENT_MAX; i++)
		sequence_free(&cboe->clients[i].spin);
	history_free(&cboe->history);
	image_free(&cboe->image);
}

void cboe_say(struct cboe *cboe, const uint8_t *message, uint32_t size_bytes)
{
	history_append(&cboe->history, message, size_bytes);
	image_take(&cboe->image, message, size_bytes);
}

uint32_t cboe_packet(const struct cboe *cboe, uint64_t first, uint32_t count_max,
	uint8_t out[CBOE_PACKET_BYTES], uint32_t *count)
{
	uint32_t size = pitch_unit_begin(out, cboe->unit, pitch_unit_sequence(first)), bytes;
	for (*count = 0; *count < count_max; ++*count) {
		const uint8_t *message = history_message(&cboe->history, first + *count, &bytes);
		uint32_t grown = message == NULL ? 0
						 : pitch_unit_append(out, size, CBOE_PACKET_BYTES,
							   message, (uint16_t)bytes);
		if (grown == 0)
			break;
		size = grown;
	}
	return *count == 0 && count_max != 0 ? 0 : size;
}

static struct stream *stream_of(const struct cboe *cboe, const struct cboe_client *client)
{
	return client->is_spin ? cboe->spins : cboe->gaps;
}

static void client_leave(struct cboe_client *client)
{
	sequence_free(&client->spin);
	client->connection = CONNECTION_NONE;
}

static void client_shut(struct cboe *cboe, struct cboe_client *client, bool reset)
{
	stream_shut(stream_of(cboe, client), client->connection, reset);
	client_leave(client);
}

/* client_say sends one message of ours, or none: a heartbeat. */
static bool client_say(struct cboe *cboe, struct cboe_client *client,
	const struct pitch_proxy_message *said, uint64_t now_ns)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX], packet[PITCH_PROXY_PACKET_BYTES];
	uint32_t size = said == NULL ? pitch_proxy_packet(packet, NULL, 0)
				     : pitch_proxy_packet(
					       packet, message, pitch_proxy_answer(message, said));
	client->sent_ns = now_ns;
	return stream_send(stream_of(cboe, client), client->connection, packet, size);
}

static void login_take(struct cboe *cboe, struct cboe_client *client, const uint8_t *message,
	uint32_t size_bytes, uint64_t now_ns)
{
	struct pitch_proxy_message answer = {.type = PITCH_PROXY_LOGIN_RESPONSE, .status = 'A'};
	for (uint32_t i = 0; i < CBOE_CLIENT_MAX; i++)
		if (cboe->clients[i].connection != CONNECTION_NONE &&
			cboe->clients[i].is_logged_in &&
			cboe->clients[i].is_spin == client->is_spin)
			answer.status = 'B';
	if (!pitch_proxy_logs_in(
		    message, size_bytes, cboe->session_sub_id, cboe->username, cboe->password))
		answer.status = 'N';
	client->is_logged_in = answer.status == 'A';
	cboe->counts.logins += client->is_logged_in;
	cboe->counts.login_rejects += !client->is_logged_in;
	client_say(cboe, client, &answer, now_ns);
	if (!client->is_logged_in)
		client_shut(cboe, client, false);
}

/* quota_take counts a request against a window that begins anew when it is over. */
static bool quota_take(
	uint64_t *since_ns, uint64_t *count, uint64_t window_ns, uint32_t most, uint64_t now_ns)
{
	if (*since_ns == 0 || now_ns - *since_ns >= window_ns) {
		*since_ns = now_ns;
		*count = 0;
	}
	return ++*count <= most;
}

/* request_letter judges a request. */
static uint8_t request_letter(
	struct cboe *cboe, const struct pitch_proxy_message *asked, uint64_t now_ns)
{
	const struct cboe_limits *limits = &cboe->limits;
	uint64_t next = cboe->history.next, first = pitch_unit_number(asked->sequence, next);
	bool is_in_s = quota_take(
		&cboe->second.since_ns, &cboe->second.count, SECOND_NS, limits->per_s, now_ns);
	bool is_in_minute = quota_take(&cboe->minute.since_ns, &cboe->minute.count, 60 * SECOND_NS,
		limits->per_minute, now_ns);
	bool is_in_day = quota_take(
		&cboe->day.since_ns, &cboe->day.count, 86400 * SECOND_NS, limits->per_day, now_ns);
	if (!is_in_day || !is_in_minute || !is_in_s)
		return !is_in_day ? 'D' : !is_in_minute ? 'M' : 'S';
	if (asked->unit != cboe->unit)
		return 'I';
	if (asked->count == 0 || asked->count > limits->count)
		return 'C';
	if (cboe->refuse > 0) {
		cboe->refuse -= cboe->refuse != UINT64_MAX;
		return 'U';
	}
	if (asked->sequence == 0 || first >= next || first < cboe->history.first ||
		next - first > limits->reach)
		return 'O';
	return 'A';
}

static void request_reply(
	struct cboe *cboe, const struct pitch_proxy_message *asked, uint64_t now_ns)
{
	uint64_t first = pitch_unit_number(asked->sequence, cboe->history.next);
	uint64_t end = first + asked->count;
	end = end < cboe->history.next ? end : cboe->history.next;
	for (uint32_t count; first < end; first += count) {
		uint8_t packet[CBOE_PACKET_BYTES];
		uint64_t most = end - first;
		if (cboe->limits.packet_count != 0 && most > cboe->limits.packet_count)
			most = cboe->limits.packet_count;
		uint32_t size = cboe_packet(cboe, first, (uint32_t)most, packet, &count);
		for (uint32_t line = 0; line < cboe->line_count; line++)
			cboe->reply(cboe->context, line, packet, size, now_ns);
		cboe->counts.replies++;
	}
}

static void request_take(struct cboe *cboe, struct cboe_client *client,
	const struct pitch_proxy_message *asked, uint64_t now_ns)
{
	struct pitch_proxy_message answer = *asked;
	cboe->counts.requests++;
	if (cboe->deaf > 0) {
		cboe->deaf -= cboe->deaf != UINT64_MAX;
		return;
	}
	answer.type = PITCH_PROXY_GAP_RESPONSE;
	answer.status = request_letter(cboe, asked, now_ns);
	if (answer.status == 'A') {
		cboe->counts.accepted++;
		request_reply(cboe, asked, now_ns);
	} else {
		cboe->counts.refused[answer.status]++;
	}
	client_say(cboe, client, &answer, now_ns);
}

/* spin_take makes the image whole in the moment in which it is asked for: it may be younger than the one that was told. */
static void spin_take(struct cboe *cboe, struct cboe_client *client,
	const struct pitch_proxy_message *asked, uint64_t now_ns)
{
	uint64_t next = cboe->history.next;
	uint64_t wanted = asked->sequence == 0 ? 0 : pitch_unit_number(asked->sequence, next);
	struct pitch_proxy_message answer = {.type = PITCH_PROXY_SPIN_RESPONSE,
		.sequence = asked->sequence,
		.status = client->next != 0 ? 'S'
			  : wanted >= next  ? 'O'
					    : 'A'};
	if (answer.status != 'A') {
		cboe->counts.spins_refused++;
		client_say(cboe, client, &answer, now_ns);
		return;
	}
	cboe->counts.spins++;
	client->next = 1;
	client->number = next == 1 ? 0 : pitch_unit_sequence(next - 1);
	answer.sequence = client->number;
	answer.count = image_spin(&cboe->image, &client->spin);
	client_say(cboe, client, &answer, now_ns);
}

/* message_take takes one message of a client; false: it has no business to say that. */
static bool message_take(struct cboe *cboe, struct cboe_client *client,
	const struct mold64_block *block, uint64_t now_ns)
{
	struct pitch_proxy_message said;
	if (!pitch_proxy_parse(block->bytes, block->size_bytes, &said))
		return false;
	if (said.type == PITCH_PROXY_LOGIN && !client->is_logged_in)
		login_take(cboe, client, block->bytes, block->size_bytes, now_ns);
	else if (said.type == PITCH_PROXY_GAP_REQUEST && client->is_logged_in && !client->is_spin)
		request_take(cboe, client, &said, now_ns);
	else if (said.type == PITCH_PROXY_SPIN_REQUEST && client->is_logged_in && client->is_spin)
		spin_take(cboe, client, &said, now_ns);
	else
		return false;
	return true;
}

/* packets_take takes the packets that are there whole; false: what came is none. */
static bool packets_take(struct cboe *cboe, struct cboe_client *client, uint64_t now_ns)
{
	struct pitch_unit_header header;
	struct mold64_block blocks[PITCH_UNIT_COUNT_MAX];
	uint32_t used = 0, tail;
	bool is_malformed;
	enum pitch_unit_cut cut;
	while ((cut = pitch_unit_cut(client->rx + used, client->rx_bytes - used, &header)) ==
		PITCH_UNIT_OK) {
		uint32_t count = pitch_unit_parse_blocks(client->rx + used, header.length,
			header.count, 0, blocks, PITCH_UNIT_COUNT_MAX, &is_malformed, &tail);
		if (is_malformed)
			return false;
		for (uint32_t i = 0; i < count; i++) {
			if (!message_take(cboe, client, &blocks[i], now_ns))
				return false;
			if (client->connection == CONNECTION_NONE)
				return true;
		}
		used += header.length;
	}
	client->rx_bytes -= used;
	memmove(client->rx, client->rx + used, client->rx_bytes);
	return cut == PITCH_UNIT_MORE && client->rx_bytes < CBOE_RX_BYTES;
}

static struct cboe_client *client_of(struct cboe *cboe, uint32_t connection, bool is_spin)
{
	for (uint32_t i = 0; i < CBOE_CLIENT_MAX; i++)
		if (cboe->clients[i].connection == connection &&
			(connection == CONNECTION_NONE || cboe->clients[i].is_spin == is_spin))
			return &cboe->clients[i];
	return NULL;
}

static void client_open(struct cboe *cboe, uint32_t connection, bool is_spin, uint64_t now_ns)
{
	struct cboe_client *client = client_of(cboe, CONNECTION_NONE, is_spin);
	cboe->counts.connections++;
	if (client == NULL || cboe->is_mute) {
		cboe->counts.full += client == NULL;
		stream_shut(is_spin ? cboe->spins : cboe->gaps, connection, true);
		return;
	}
	memset(client, 0, sizeof *client);
	client->connection = connection;
	client->is_spin = is_spin;
	client->received_ns = client->sent_ns = now_ns;
}

static bool stream_take(struct cboe *cboe, bool is_spin, uint64_t now_ns)
{
	struct stream *stream = is_spin ? cboe->spins : cboe->gaps;
	struct stream_event events[BURST_COUNT_MAX];
	uint32_t count = stream == NULL ? 0 : stream_poll(stream, events, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++) {
		struct cboe_client *client = client_of(cboe, events[i].connection, is_spin);
		if (events[i].kind == STREAM_OPENED) {
			client_open(cboe, events[i].connection, is_spin, now_ns);
		} else if (client != NULL && events[i].kind == STREAM_CLOSED) {
			client_leave(client);
		} else if (client != NULL) {
			client->received_ns = now_ns;
			memcpy(client->rx + client->rx_bytes, events[i].bytes,
				events[i].size_bytes);
			client->rx_bytes += events[i].size_bytes;
			if (!packets_take(cboe, client, now_ns)) {
				cboe->counts.broken++;
				client_shut(cboe, client, true);
			}
		}
	}
	return count != 0;
}

/* spin_packet makes the next packet of a spin; returns the number behind its messages. */
static uint64_t spin_packet(const struct cboe *cboe, const struct cboe_client *client,
	uint8_t packet[CBOE_PACKET_BYTES], uint32_t *size)
{
	uint64_t at = client->next;
	*size = pitch_unit_begin(packet, cboe->unit, 0);
	while (at <= client->spin.count && (cboe->cut_after == 0 || at <= cboe->cut_after)) {
		uint32_t bytes;
		const uint8_t *message = sequence_message(&client->spin, at, &bytes);
		uint32_t grown = pitch_unit_append(
			packet, *size, CBOE_PACKET_BYTES, message, (uint16_t)bytes);
		if (grown == 0)
			break;
		*size = grown;
		at++;
	}
	return at;
}

/* spin_send sends a client more of its spin, as far as there is room. */
static bool spin_send(struct cboe *cboe, struct cboe_client *client, uint64_t now_ns)
{
	const struct pitch_proxy_message end = {
		.type = PITCH_PROXY_SPIN_FINISHED, .sequence = client->number};
	for (uint32_t i = 0; i < SPIN_PER_TURN && client->next <= client->spin.count; i++) {
		uint8_t packet[CBOE_PACKET_BYTES];
		uint32_t size;
		uint64_t next = spin_packet(cboe, client, packet, &size);
		if (next == client->next) { /* here a test wants it cut */
			client_shut(cboe, client, true);
			return true;
		}
		if (!stream_send(cboe->spins, client->connection, packet, size))
			return i != 0;
		cboe->counts.spun += next - client->next;
		client->next = next;
		client->sent_ns = now_ns;
	}
	if (client->next <= client->spin.count || !client_say(cboe, client, &end, now_ns))
		return true;
	sequence_free(&client->spin);
	client->next = 0;
	return true;
}

/* client_care keeps a client or sends it away. */
static bool client_care(struct cboe *cboe, struct cboe_client *client, uint64_t now_ns)
{
	uint64_t next = cboe->history.next;
	if (now_ns - client->received_ns > CBOE_SILENCE_NS) {
		cboe->counts.timeouts++;
		client_shut(cboe, client, true);
		return true;
	}
	if (!client->is_logged_in)
		return false;
	if (client->next != 0)
		return spin_send(cboe, client, now_ns);
	if (client->is_spin &&
		(client->told_ns == 0 || now_ns - client->told_ns >= CBOE_IMAGE_NS)) {
		const struct pitch_proxy_message image = {.type = PITCH_PROXY_IMAGE,
			.sequence = next == 1 ? 0 : pitch_unit_sequence(next - 1)};
		client->told_ns = now_ns;
		cboe->counts.images++;
		client_say(cboe, client, &image, now_ns);
	}
	if (now_ns - client->sent_ns >= SECOND_NS)
		client_say(cboe, client, NULL, now_ns);
	return false;
}

bool cboe_turn(struct cboe *cboe, uint64_t now_ns)
{
	bool did = stream_take(cboe, false, now_ns);
	did |= stream_take(cboe, true, now_ns);
	for (uint32_t i = 0; i < CBOE_CLIENT_MAX; i++)
		if (cboe->clients[i].connection != CONNECTION_NONE)
			did |= client_care(cboe, &cboe->clients[i], now_ns);
	return did;
}
