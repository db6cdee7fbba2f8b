#include "tools/pktgen/carrier.h"

#include <errno.h>

#include "dataplane/wire/iextp.h"
#include "dataplane/wire/mold64.h"
#include "dataplane/wire/net.h"
#include "dataplane/wire/pitch_unit.h"

enum { FRAME_BYTES_MAX = 1600, BUFFER_BYTES = 1 << 20, NS_PER_S = 1000000000 };

static const uint64_t line_delay_ns[2] = {12000, 14000};
static const uint32_t group_ip[2] = {0xE9360C6F, 0xE9360CEF}; /* 233.54.12.111, .239 */

struct capture_file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, length_max, link_type;
};

struct capture_packet_header {
	uint32_t seconds, nanoseconds, stored_bytes, wire_bytes;
};

static bool open_file(FILE **file, const char *path)
{
	*file = NULL;
	if (path == NULL)
		return true;
	*file = fopen(path, "wb");
	if (*file == NULL) {
		fprintf(stderr,
			"%s: cannot be written: %s; name a file in a folder that is there\n", path,
			strerror(errno));
		return false;
	}
	setvbuf(*file, NULL, _IOFBF, BUFFER_BYTES);
	return true;
}

bool carrier_open(struct carrier *carrier, enum protocol protocol, const char *itch,
	const char *line_a, const char *line_b, const char *session)
{
	static const struct capture_file_header header = {
		0xA1B23C4D, 2, 4, 0, 0, 65535, 1}; /* nanoseconds, Ethernet */
	const char *paths[2] = {line_a, line_b};
	memset(carrier, 0, sizeof *carrier);
	carrier->protocol = protocol;
	memset(carrier->session, ' ', sizeof carrier->session);
	memcpy(carrier->session, session, strnlen(session, sizeof carrier->session));
	carrier->sequence = 1;
	bool is_open = open_file(&carrier->itch, itch);
	for (int i = 0; i < 2 && is_open; i++) {
		is_open = open_file(&carrier->lines[i], paths[i]);
		if (carrier->lines[i] != NULL)
			carrier->is_failed |=
				fwrite(&header, sizeof header, 1, carrier->lines[i]) != 1;
	}
	return is_open;
}

/* packet_begin begins a packet of the next messages. */
static void packet_begin(struct carrier *carrier, uint64_t time_ns)
{
	struct iextp_header segment = {.protocol = IEXTP_DEEP, .channel = 1, .session = 1};
	switch (carrier->protocol) {
	case PROTOCOL_ITCH50:
		carrier->payload_bytes =
			mold64_begin(carrier->payload, carrier->session, carrier->sequence);
		break;
	case PROTOCOL_PITCH:
		carrier->payload_bytes = pitch_unit_begin(
			carrier->payload, 1, pitch_unit_sequence(carrier->sequence));
		break;
	default:
		if (carrier->protocol == PROTOCOL_DEEP_PLUS)
			segment.protocol = IEXTP_DEEP_PLUS;
		segment.stream_offset = carrier->stream_offset;
		segment.sequence = carrier->sequence;
		segment.sent_ns = CARRIER_MIDNIGHT_NS + time_ns;
		carrier->payload_bytes = iextp_begin(carrier->payload, &segment);
	}
}

/* packet_append adds a message; 0: it does not fit. */
static uint32_t packet_append(
	struct carrier *carrier, const uint8_t *message, uint16_t message_bytes)
{
	switch (carrier->protocol) {
	case PROTOCOL_ITCH50:
		return mold64_append(carrier->payload, carrier->payload_bytes,
			CARRIER_PAYLOAD_BYTES_MAX, message, message_bytes);
	case PROTOCOL_PITCH:
		return pitch_unit_append(carrier->payload, carrier->payload_bytes,
			CARRIER_PAYLOAD_BYTES_MAX, message, message_bytes);
	default:
		return iextp_append(carrier->payload, carrier->payload_bytes,
			CARRIER_PAYLOAD_BYTES_MAX, message, message_bytes);
	}
}

static void send_payload(struct carrier *carrier)
{
	static const uint8_t source_mac[6] = {0x02, 0, 0, 0, 0, 0x01};
	uint8_t frame[FRAME_BYTES_MAX], target_mac[6];
	for (int i = 0; i < 2; i++) {
		if (carrier->lines[i] == NULL)
			continue;
		struct net_udp udp = {.source_ip = 0xCEC87F8A, /* 206.200.127.138 */
			.target_ip = group_ip[i],
			.source_port = 49653,
			.target_port = 26477,
			.payload_bytes = carrier->payload_bytes,
			.payload = carrier->payload};
		net_group_mac(udp.target_ip, target_mac);
		uint32_t size = net_build_udp(frame, sizeof frame, source_mac, target_mac, &udp);
		uint64_t at_ns = carrier->last_ns + line_delay_ns[i];
		struct capture_packet_header header = {
			(uint32_t)((CARRIER_MIDNIGHT_NS + at_ns) / NS_PER_S),
			(uint32_t)(at_ns % NS_PER_S), size, size};
		CHECK(size > 0);
		carrier->is_failed |= fwrite(&header, sizeof header, 1, carrier->lines[i]) != 1;
		carrier->is_failed |= fwrite(frame, size, 1, carrier->lines[i]) != 1;
	}
	carrier->packets++;
	carrier->stream_offset += carrier->payload_bytes - IEXTP_HEADER_BYTES;
	carrier->payload_bytes = carrier->message_count = 0;
}

static void add_to_packet(
	struct carrier *carrier, const uint8_t *message, uint32_t size_bytes, uint64_t time_ns)
{
	bool is_apart = time_ns - carrier->first_ns > CARRIER_BURST_NS;
	if (carrier->message_count > 0 &&
		(is_apart || carrier->message_count == CARRIER_BURST_COUNT_MAX))
		send_payload(carrier);
	for (;;) {
		if (carrier->message_count == 0) {
			packet_begin(carrier, time_ns);
			carrier->first_ns = time_ns;
		}
		uint32_t used = packet_append(carrier, message, (uint16_t)size_bytes);
		if (used != 0) {
			carrier->payload_bytes = used;
			break;
		}
		send_payload(carrier);
	}
	carrier->message_count++;
	carrier->sequence++;
	carrier->last_ns = time_ns;
}

void carrier_add(
	struct carrier *carrier, const uint8_t *message, uint32_t size_bytes, uint64_t time_ns)
{
	if (carrier->itch != NULL) {
		uint8_t length[2];
		store_be16(length, (uint16_t)size_bytes);
		carrier->is_failed |= fwrite(length, sizeof length, 1, carrier->itch) != 1;
		carrier->is_failed |= fwrite(message, size_bytes, 1, carrier->itch) != 1;
	}
	if (carrier->lines[0] != NULL || carrier->lines[1] != NULL)
		add_to_packet(carrier, message, size_bytes, time_ns);
}

static void close_file(struct carrier *carrier, FILE *file)
{
	if (file != NULL)
		carrier->is_failed |= fclose(file) != 0;
}

bool carrier_close(struct carrier *carrier)
{
	if (carrier->lines[0] != NULL || carrier->lines[1] != NULL) {
		if (carrier->message_count > 0)
			send_payload(carrier);
		packet_begin(carrier, carrier->last_ns);
		if (carrier->protocol == PROTOCOL_ITCH50)
			store_be16(carrier->payload + 18, MOLD64_END_OF_SESSION);
		carrier->last_ns += 1000000;
		send_payload(carrier);
	}
	close_file(carrier, carrier->itch);
	close_file(carrier, carrier->lines[0]);
	close_file(carrier, carrier->lines[1]);
	if (carrier->is_failed)
		fprintf(stderr, "a file could not be written whole: %s; make room on the disk\n",
			strerror(errno));
	return !carrier->is_failed;
}
