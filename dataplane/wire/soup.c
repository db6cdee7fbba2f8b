/* soup.c - see soup.h. */
#include "dataplane/wire/soup.h"

enum {
	LENGTH_BYTES = 2, /* of the length field, which does not count itself */
	USERNAME_BYTES = 6,
	PASSWORD_BYTES = 10,
	SESSION_BYTES = 10,
	SEQUENCE_BYTES = 20,
	LOGIN_REQUEST_PAYLOAD = USERNAME_BYTES + PASSWORD_BYTES + SESSION_BYTES + SEQUENCE_BYTES,
	LOGIN_ACCEPTED_PAYLOAD = SESSION_BYTES + SEQUENCE_BYTES,
};
_Static_assert(LOGIN_REQUEST_PAYLOAD + SOUP_HEADER_BYTES == SOUP_LOGIN_REQUEST_BYTES, "L");
_Static_assert(LOGIN_ACCEPTED_PAYLOAD + SOUP_HEADER_BYTES == SOUP_LOGIN_ACCEPTED_BYTES, "A");

enum soup_verdict soup_parse(const uint8_t *bytes, uint32_t size_bytes, struct soup_packet *packet)
{
	if (UNLIKELY(size_bytes < LENGTH_BYTES))
		return SOUP_MORE;
	uint32_t wire_bytes = LENGTH_BYTES + (uint32_t)load_be16(bytes);
	if (UNLIKELY(wire_bytes - SOUP_HEADER_BYTES > SOUP_PACKET_BYTES_MAX - SOUP_HEADER_BYTES))
		return SOUP_BROKEN; /* both ends at once: 0 wraps around */
	if (size_bytes < wire_bytes)
		return SOUP_MORE;
	packet->type = bytes[LENGTH_BYTES];
	packet->payload = bytes + SOUP_HEADER_BYTES;
	packet->payload_bytes = wire_bytes - SOUP_HEADER_BYTES;
	packet->wire_bytes = wire_bytes;
	return SOUP_OK;
}

static bool is_padding(uint8_t c)
{
	return c == ' ' || c == '\0';
}

/* text_trim copies a field without the padding on either side and ends it.  Padding inside is part of
   the text; anything but printable ASCII is nobody's name. */
static bool text_trim(char *text, const uint8_t *field, uint32_t field_bytes)
{
	uint32_t first = 0, end = field_bytes, size = 0;
	while (first < end && is_padding(field[first]))
		first++;
	while (end > first && is_padding(field[end - 1]))
		end--;
	for (uint32_t i = first; i < end; i++) {
		if (field[i] < ' ' || field[i] > '~')
			return false;
		text[size++] = (char)field[i];
	}
	text[size] = '\0';
	return true;
}

/* sequence_read takes digits between padding; blank, a sign or 2^64 and more are malformed. */
static bool sequence_read(uint64_t *sequence, const uint8_t *field)
{
	char text[SEQUENCE_BYTES + 1];
	uint64_t value = 0;
	if (!text_trim(text, field, SEQUENCE_BYTES) || text[0] == '\0')
		return false;
	for (uint32_t i = 0; text[i] != '\0'; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
			return false;
	}
	*sequence = value;
	return true;
}

bool soup_parse_login_request(const struct soup_packet *packet, struct soup_login *login)
{
	const uint8_t *field = packet->payload;
	if (packet->type != SOUP_LOGIN_REQUEST || packet->payload_bytes != LOGIN_REQUEST_PAYLOAD)
		return false;
	if (!text_trim(login->username, field, USERNAME_BYTES))
		return false;
	field += USERNAME_BYTES;
	if (!text_trim(login->password, field, PASSWORD_BYTES))
		return false;
	field += PASSWORD_BYTES;
	if (!text_trim(login->session, field, SESSION_BYTES))
		return false;
	return sequence_read(&login->sequence, field + SESSION_BYTES);
}

bool soup_parse_login_accepted(
	const struct soup_packet *packet, char session[11], uint64_t *sequence)
{
	if (packet->type != SOUP_LOGIN_ACCEPTED || packet->payload_bytes != LOGIN_ACCEPTED_PAYLOAD)
		return false;
	if (!text_trim(session, packet->payload, SESSION_BYTES))
		return false;
	return sequence_read(sequence, packet->payload + SESSION_BYTES);
}

/* text_write_left pads on the right, text_write_right on the left; both cut what is too long. */
static uint8_t *text_write_left(uint8_t *field, const char *text, uint32_t field_bytes)
{
	uint32_t size = (uint32_t)strnlen(text, field_bytes);
	memset(field, ' ', field_bytes);
	memcpy(field, text, size);
	return field + field_bytes;
}

static uint8_t *text_write_right(uint8_t *field, const char *text, uint32_t field_bytes)
{
	uint32_t size = (uint32_t)strnlen(text, field_bytes);
	memset(field, ' ', field_bytes);
	memcpy(field + field_bytes - size, text, size);
	return field + field_bytes;
}

static void sequence_write(uint8_t *field, uint64_t sequence)
{
	uint32_t at = SEQUENCE_BYTES;
	memset(field, ' ', SEQUENCE_BYTES);
	do {
		field[--at] = (uint8_t)('0' + sequence % 10);
		sequence /= 10;
	} while (sequence != 0);
}

static uint32_t header_write(uint8_t *out, enum soup_type type, uint32_t payload_bytes)
{
	CHECK(payload_bytes < UINT16_MAX);
	store_be16(out, (uint16_t)(payload_bytes + 1));
	out[LENGTH_BYTES] = (uint8_t)type;
	return SOUP_HEADER_BYTES + payload_bytes;
}

uint32_t soup_build(
	uint8_t *out, enum soup_type type, const uint8_t *payload, uint32_t payload_bytes)
{
	if (payload_bytes != 0 && payload != out + SOUP_HEADER_BYTES)
		memcpy(out + SOUP_HEADER_BYTES, payload, payload_bytes);
	return header_write(out, type, payload_bytes);
}

uint32_t soup_build_login_request(uint8_t *out, const struct soup_login *login)
{
	uint8_t *field = out + SOUP_HEADER_BYTES;
	field = text_write_left(field, login->username, USERNAME_BYTES);
	field = text_write_left(field, login->password, PASSWORD_BYTES);
	field = text_write_right(field, login->session, SESSION_BYTES);
	sequence_write(field, login->sequence);
	return header_write(out, SOUP_LOGIN_REQUEST, LOGIN_REQUEST_PAYLOAD);
}

uint32_t soup_build_login_accepted(uint8_t *out, const char *session, uint64_t sequence)
{
	sequence_write(text_write_right(out + SOUP_HEADER_BYTES, session, SESSION_BYTES), sequence);
	return header_write(out, SOUP_LOGIN_ACCEPTED, LOGIN_ACCEPTED_PAYLOAD);
}

uint32_t soup_build_login_rejected(uint8_t *out, char reason)
{
	out[SOUP_HEADER_BYTES] = (uint8_t)reason;
	return header_write(out, SOUP_LOGIN_REJECTED, 1);
}
