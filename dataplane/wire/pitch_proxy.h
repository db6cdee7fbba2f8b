/* pitch_proxy.h - Cboe's gap request proxy and spin server: logins, requests and answers.

   Both are TCP sessions of unit packets without a number (pitch_unit.h, sequence 0); a packet without messages is a
   heartbeat, which each side sends so that the other knows it lives.  A gap is asked for at the proxy, and what was lost comes again on multicast groups of its own, perhaps
   before the answer.  A spin gives all orders of a unit up to and including the number of its image; what
   follows is applied from the next number on.

   Pure.
   Errors     an unknown type, and a message shorter than its type, is none; a longer one is read and its tail ignored. */
#ifndef SLUICE_WIRE_PITCH_PROXY_H
#define SLUICE_WIRE_PITCH_PROXY_H

#include "dataplane/wire/little.h"
#include "dataplane/wire/pitch_unit.h"

enum {
	PITCH_PROXY_SIZE_MAX = 22,
	PITCH_PROXY_COUNT_MAX = 100, /* messages that one request may ask for */
	PITCH_PROXY_PACKET_BYTES = PITCH_UNIT_HEADER_BYTES + PITCH_PROXY_SIZE_MAX,

	PITCH_PROXY_LOGIN = 0x01,
	PITCH_PROXY_LOGIN_RESPONSE =
		0x02, /* status: A accepted, N not authorised, B in use, S bad session */
	PITCH_PROXY_GAP_REQUEST = 0x03,
	PITCH_PROXY_GAP_RESPONSE =
		0x04, /* status: A; O out of range, D M S quotas, C count, I unit, U unavailable */
	PITCH_PROXY_IMAGE = 0x80,
	PITCH_PROXY_SPIN_REQUEST = 0x81,
	PITCH_PROXY_SPIN_RESPONSE = 0x82, /* status: A; O out of range, S busy */
	PITCH_PROXY_SPIN_FINISHED = 0x83,
};

/* What any of them says; what its type does not carry is 0. */
struct pitch_proxy_message {
	uint8_t type, unit, status;
	uint32_t sequence;
	uint32_t count; /* messages asked for, or orders of a spin */
};

/* pitch_proxy_is tells whether a type is one of these, and none of the feed's. */
bool pitch_proxy_is(uint8_t type);

/* pitch_proxy_parse reads one message, its length byte first.  false: unknown, or shorter than its type. */
bool pitch_proxy_parse(
	const uint8_t *message, uint32_t size_bytes, struct pitch_proxy_message *said);

/* pitch_proxy_login, pitch_proxy_gap_request and pitch_proxy_spin_request write a message and return its size.  Texts
   are cut or padded to their fields (4, 4 and 10 characters). */
uint32_t pitch_proxy_login(uint8_t out[PITCH_PROXY_SIZE_MAX], const char *session_sub_id,
	const char *username, const char *password);
uint32_t pitch_proxy_gap_request(
	uint8_t out[PITCH_PROXY_SIZE_MAX], uint8_t unit, uint32_t sequence, uint16_t count);
uint32_t pitch_proxy_spin_request(uint8_t out[PITCH_PROXY_SIZE_MAX], uint32_t sequence);

/* pitch_proxy_answer writes what a server says: a response, an image, the end of a spin; of `said` it takes what the type
   carries.  Returns its size, 0: no server says that. */
uint32_t pitch_proxy_answer(
	uint8_t out[PITCH_PROXY_SIZE_MAX], const struct pitch_proxy_message *said);

/* pitch_proxy_packet puts one message, or none (NULL: a heartbeat), into a packet without a number; returns its size. */
uint32_t pitch_proxy_packet(
	uint8_t out[PITCH_PROXY_PACKET_BYTES], const uint8_t *message, uint32_t size_bytes);

/* pitch_proxy_logs_in tells whether a message is a login of that user. */
bool pitch_proxy_logs_in(const uint8_t *message, uint32_t size_bytes, const char *session_sub_id,
	const char *username, const char *password);

/* pitch_proxy_fields lists a type's fields in wire order, length and type first; returns how many, 0: unknown. */
uint32_t pitch_proxy_fields(
	uint8_t type, const struct little_field **fields, const char **message_name);

#endif
