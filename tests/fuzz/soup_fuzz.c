/* soup_fuzz.c - any bytes as a stream: packets lie inside it, what is built of one is the same packet.
   rooms: dataplane_wire */
#include <stdlib.h>

#include "dataplane/wire/soup.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void packet_check(const struct soup_packet *packet, const uint8_t *at)
{
	uint8_t out[SOUP_PACKET_BYTES_MAX];
	struct soup_packet again;
	struct soup_login login, login_again;
	uint64_t sequence, sequence_again;
	char session[11], session_again[11];
	uint32_t built = soup_build(out, packet->type, packet->payload, packet->payload_bytes);
	if (built != packet->wire_bytes || memcmp(out, at, built) != 0)
		abort();
	if (soup_parse_login_request(packet, &login)) {
		built = soup_build_login_request(out, &login);
		if (soup_parse(out, built, &again) != SOUP_OK ||
			!soup_parse_login_request(&again, &login_again) ||
			strcmp(login.username, login_again.username) != 0 ||
			strcmp(login.password, login_again.password) != 0 ||
			strcmp(login.session, login_again.session) != 0 ||
			login.sequence != login_again.sequence)
			abort();
	}
	if (soup_parse_login_accepted(packet, session, &sequence)) {
		built = soup_build_login_accepted(out, session, sequence);
		if (soup_parse(out, built, &again) != SOUP_OK ||
			!soup_parse_login_accepted(&again, session_again, &sequence_again) ||
			strcmp(session, session_again) != 0 || sequence != sequence_again)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes, *end = bytes + size;
	struct soup_packet packet;
	while (soup_parse(at, (uint32_t)(end - at), &packet) == SOUP_OK) {
		if (packet.payload != at + SOUP_HEADER_BYTES || at + packet.wire_bytes > end)
			abort();
		packet_check(&packet, at);
		at += packet.wire_bytes;
	}
	return 0;
}
