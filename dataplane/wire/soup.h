/* soup.h - SoupBinTCP 3.00: packets in a byte stream, logins, heartbeats.

   Pure codec.  Sessions (who is logged in, which number is next, when a peer is dead) are the gate's
   session files; the exchange simulator uses the same codec from the other side.

   Units      packet_length excludes its own two bytes; sequence numbers start at 1.
   Errors     packet_length 0, or a packet longer than SOUP_PACKET_BYTES_MAX on the wire, is
              SOUP_BROKEN as soon as its length is seen: close the connection.  An unknown type is
              parsed like any other; whether to skip it is the session's choice. */
#ifndef SLUICE_WIRE_SOUP_H
#define SLUICE_WIRE_SOUP_H

#include "config/base.h"

enum {
	SOUP_HEADER_BYTES = 3,
	SOUP_LOGIN_REQUEST_BYTES = 49, /* on the wire */
	SOUP_LOGIN_ACCEPTED_BYTES = 33,
	SOUP_LOGIN_REJECTED_BYTES = 4,
	SOUP_PACKET_BYTES_MAX = 2048, /* longest packet we take on an order session */
};

enum soup_type {
	SOUP_DEBUG = '+',
	SOUP_LOGIN_ACCEPTED = 'A',
	SOUP_LOGIN_REJECTED = 'J',
	SOUP_SEQUENCED = 'S',
	SOUP_SERVER_HEARTBEAT = 'H',
	SOUP_END_OF_SESSION = 'Z',
	SOUP_LOGIN_REQUEST = 'L',
	SOUP_UNSEQUENCED = 'U',
	SOUP_CLIENT_HEARTBEAT = 'R',
	SOUP_LOGOUT = 'O',
};

enum soup_verdict { SOUP_OK = 0, SOUP_MORE = 1, SOUP_BROKEN = 2 };

struct soup_packet {
	uint8_t type;
	uint32_t payload_bytes;
	const uint8_t *payload;
	uint32_t wire_bytes; /* whole packet with its length field: advance by this */
};

struct soup_login {
	char username[7], password[11], session[11]; /* trimmed and ended */
	uint64_t sequence;                           /* requested         */
};

/* soup_parse reads one packet at the head of a byte stream.  SOUP_MORE: not whole yet. */
enum soup_verdict soup_parse(const uint8_t *bytes, uint32_t size_bytes, struct soup_packet *packet);

/* Reading the payloads; false: malformed (another type or size, unprintable characters, a number that is
   blank, not digits or above 64 bits), and then the results may not be used.  Spaces and NULs are trimmed
   on both sides, leading zeros are taken. */
bool soup_parse_login_request(const struct soup_packet *packet, struct soup_login *login);
bool soup_parse_login_accepted(
	const struct soup_packet *packet, char session[11], uint64_t *sequence);

/* Writing; each returns the bytes written on the wire.  Buffers hold payload + SOUP_HEADER_BYTES.  A
   payload that already stands at out + SOUP_HEADER_BYTES is not copied.  Names are padded right, the
   session and numbers left, as the exchange's documents say; what is too long for its field is cut. */
uint32_t soup_build(
	uint8_t *out, enum soup_type type, const uint8_t *payload, uint32_t payload_bytes);
uint32_t soup_build_login_request(uint8_t *out, const struct soup_login *login);
uint32_t soup_build_login_accepted(uint8_t *out, const char *session, uint64_t sequence);
uint32_t soup_build_login_rejected(uint8_t *out, char reason);

#endif
