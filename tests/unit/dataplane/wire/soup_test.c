/* soup_test.c - packets out of a byte stream, against vectors and against lies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/soup.h"
#include "tests/support/capture.h"

static uint8_t *exact_copy(const void *bytes, uint32_t size)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	assert_non_null(copy);
	if (size != 0)
		memcpy(copy, bytes, size);
	return copy;
}

/* The session and number of the vectors keep their padding; ours are trimmed. */
static void text_matches(const char *ours, const char *padded)
{
	while (*padded == ' ')
		padded++;
	size_t size = strlen(padded);
	while (size > 0 && padded[size - 1] == ' ')
		size--;
	assert_int_equal(strlen(ours), size);
	assert_memory_equal(ours, padded, size);
}

static void number_matches(uint64_t ours, const char *padded)
{
	assert_int_equal(ours, strtoull(padded, NULL, 10));
}

/* packet_matches compares one packet with what is expected of it, and builds the same bytes again. */
static void packet_matches(const struct soup_packet *packet, const json_t *expected)
{
	uint8_t payload[SOUP_PACKET_BYTES_MAX], out[SOUP_PACKET_BYTES_MAX];
	const uint8_t *wire = packet->payload - SOUP_HEADER_BYTES;
	struct soup_login login;
	uint64_t sequence;
	char session[11];
	uint32_t size = capture_hex(capture_text(expected, "payload_hex"), payload, sizeof payload);
	assert_int_equal(packet->wire_bytes, capture_integer(expected, "packet_length") + 2);
	assert_int_equal(packet->type, capture_text(expected, "packet_type")[0]);
	assert_int_equal(packet->payload_bytes, size);
	assert_memory_equal(packet->payload, payload, size);
	assert_int_equal(soup_build(out, packet->type, payload, size), packet->wire_bytes);
	assert_memory_equal(out, wire, packet->wire_bytes);
	if (packet->type == SOUP_LOGIN_REQUEST) {
		assert_true(soup_parse_login_request(packet, &login));
		text_matches(login.username, capture_text(expected, "username"));
		text_matches(login.password, capture_text(expected, "password"));
		text_matches(login.session, capture_text(expected, "requested_session"));
		number_matches(login.sequence, capture_text(expected, "requested_sequence"));
		assert_int_equal(soup_build_login_request(out, &login), packet->wire_bytes);
		assert_memory_equal(out, wire, packet->wire_bytes);
	}
	if (packet->type == SOUP_LOGIN_ACCEPTED) {
		assert_true(soup_parse_login_accepted(packet, session, &sequence));
		text_matches(session, capture_text(expected, "session"));
		number_matches(sequence, capture_text(expected, "sequence"));
		assert_int_equal(
			soup_build_login_accepted(out, session, sequence), packet->wire_bytes);
		assert_memory_equal(out, wire, packet->wire_bytes);
	}
	if (packet->type == SOUP_LOGIN_REJECTED) {
		assert_int_equal(
			soup_build_login_rejected(out, (char)payload[0]), packet->wire_bytes);
		assert_memory_equal(out, wire, packet->wire_bytes);
	}
}

static uint32_t vector_matches(const char *name)
{
	struct capture capture;
	uint32_t packets = 0;
	assert_true(capture_open(&capture, name));
	for (uint32_t i = 0; i < capture.count; i++) {
		const struct capture_frame *frame = &capture.frames[i];
		const json_t *expected = json_object_get(frame->expected, "soupbintcp");
		uint32_t offset = 0;
		for (size_t p = 0; p < json_array_size(expected); p++, packets++) {
			struct soup_packet packet;
			assert_int_equal(soup_parse(frame->payload + offset,
						 frame->payload_bytes - offset, &packet),
				SOUP_OK);
			packet_matches(&packet, json_array_get(expected, p));
			offset += packet.wire_bytes;
		}
		if (expected != NULL)
			assert_int_equal(frame->payload_bytes - offset,
				capture_integer(frame->expected, "trailing_bytes"));
	}
	capture_close(&capture);
	return packets;
}

static uint32_t folder_matches(const char *folder, bool is_synthetic)
{
	static char names[CAPTURE_NAME_COUNT_MAX][CAPTURE_NAME_BYTES];
	uint32_t count = capture_list(folder, names, CAPTURE_NAME_COUNT_MAX), packets = 0;
	for (uint32_t i = 0; i < count; i++)
		if ((strstr(names[i], "synthetic") != NULL) == is_synthetic)
			packets += vector_matches(names[i]);
	return packets;
}

static void every_packet_type_reads_as_expected(void **state)
{
	(void)state;
	assert_true(folder_matches("soupbintcp", true) >= 12);
}

static void real_packets_read_as_expected(void **state)
{
	(void)state;
	uint32_t packets = folder_matches("soupbintcp/jnx_ouch111", false);
	packets += folder_matches("ouch50", false);
	if (packets == 0) {
		print_message("no captures beside the repository: real SoupBinTCP not compared\n");
		skip();
	}
	assert_int_equal(packets, 5 + 6);
}

static void a_packet_cut_at_any_byte_waits_for_more(void **state)
{
	(void)state;
	uint8_t wire[64];
	uint32_t size =
		soup_build(wire, SOUP_SEQUENCED, (const uint8_t *)"payload of a packet", 19);
	for (uint32_t cut = 0; cut < size; cut++) {
		uint8_t *bytes = exact_copy(wire, cut);
		struct soup_packet packet;
		assert_int_equal(soup_parse(bytes, cut, &packet), SOUP_MORE);
		free(bytes);
	}
	struct soup_packet packet;
	assert_int_equal(soup_parse(wire, size, &packet), SOUP_OK);
}

static void a_length_of_zero_breaks_the_connection(void **state)
{
	(void)state;
	const uint8_t wire[] = {0, 0, 'S', 1};
	struct soup_packet packet;
	assert_int_equal(soup_parse(wire, 2, &packet), SOUP_BROKEN);
	assert_int_equal(soup_parse(wire, 4, &packet), SOUP_BROKEN);
}

static void a_length_of_one_is_a_packet_without_payload(void **state)
{
	(void)state;
	const uint8_t wire[] = {0, 1, 'H'};
	struct soup_packet packet;
	assert_int_equal(soup_parse(wire, 3, &packet), SOUP_OK);
	assert_int_equal(packet.payload_bytes, 0);
	assert_int_equal(packet.wire_bytes, 3);
}

static void a_packet_above_the_bound_breaks_at_once(void **state)
{
	(void)state;
	static uint8_t wire[SOUP_PACKET_BYTES_MAX + 1];
	struct soup_packet packet;
	store_be16(wire, SOUP_PACKET_BYTES_MAX - 2);
	wire[2] = SOUP_SEQUENCED;
	assert_int_equal(soup_parse(wire, 2, &packet), SOUP_MORE);
	assert_int_equal(soup_parse(wire, SOUP_PACKET_BYTES_MAX, &packet), SOUP_OK);
	assert_int_equal(packet.wire_bytes, SOUP_PACKET_BYTES_MAX);
	store_be16(wire, SOUP_PACKET_BYTES_MAX - 1);
	assert_int_equal(soup_parse(wire, 2, &packet), SOUP_BROKEN);
	assert_int_equal(soup_parse(wire, SOUP_PACKET_BYTES_MAX + 1, &packet), SOUP_BROKEN);
	store_be16(wire, UINT16_MAX);
	assert_int_equal(soup_parse(wire, 2, &packet), SOUP_BROKEN);
}

static void a_stream_may_be_split_and_merged_anywhere(void **state)
{
	(void)state;
	uint8_t wire[256];
	uint32_t size = soup_build(wire, SOUP_DEBUG, (const uint8_t *)"hello", 5);
	size += soup_build(wire + size, SOUP_SERVER_HEARTBEAT, NULL, 0);
	size += soup_build(wire + size, SOUP_SEQUENCED, (const uint8_t *)"abc", 3);
	for (uint32_t split = 0; split <= size; split++) {
		uint32_t offset = 0, packets = 0;
		struct soup_packet packet;
		while (soup_parse(wire + offset, split - offset, &packet) == SOUP_OK)
			offset += packet.wire_bytes, packets++;
		while (soup_parse(wire + offset, size - offset, &packet) == SOUP_OK)
			offset += packet.wire_bytes, packets++;
		assert_int_equal(packets, 3);
		assert_int_equal(offset, size);
	}
}

static struct soup_packet packet_of(uint8_t *wire, uint32_t size)
{
	struct soup_packet packet;
	assert_int_equal(soup_parse(wire, size, &packet), SOUP_OK);
	return packet;
}

static void a_login_takes_padding_on_either_side(void **state)
{
	(void)state;
	uint8_t wire[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login login = {"USER01", "PASSWORD12", "SESSION001", 18446744073709551615u},
			  back;
	assert_int_equal(soup_build_login_request(wire, &login), SOUP_LOGIN_REQUEST_BYTES);
	struct soup_packet packet = packet_of(wire, sizeof wire);
	assert_true(soup_parse_login_request(&packet, &back));
	assert_string_equal(back.username, login.username);
	assert_string_equal(back.password, login.password);
	assert_string_equal(back.session, login.session);
	assert_int_equal(back.sequence, login.sequence);
	memcpy(wire + 3, "  ab\0\0  pass\0    sess     00000000000000000007", 46);
	assert_true(soup_parse_login_request(&packet, &back));
	assert_string_equal(back.username, "ab");
	assert_string_equal(back.password, "pass");
	assert_string_equal(back.session, "sess");
	assert_int_equal(back.sequence, 7);
	memcpy(wire + 29, "9                   ", 20);
	assert_true(soup_parse_login_request(&packet, &back));
	assert_int_equal(back.sequence, 9);
}

static void a_login_with_a_false_number_is_malformed(void **state)
{
	(void)state;
	static const char *const numbers[] = {
		"                    ",
		"                  -1",
		"                 1 2",
		"                  1x",
		"                 +12",
		"18446744073709551616",
		"99999999999999999999",
	};
	uint8_t wire[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login login = {"user", "pass", "", 1};
	soup_build_login_request(wire, &login);
	struct soup_packet packet = packet_of(wire, sizeof wire);
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		memcpy(wire + 29, numbers[i], 20);
		assert_false(soup_parse_login_request(&packet, &login));
	}
}

static void a_login_with_unprintable_names_is_malformed(void **state)
{
	(void)state;
	uint8_t wire[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login login = {"user", "pass", "", 1};
	for (uint32_t field = 3; field < 29; field++) {
		login = (struct soup_login){"user", "pass", "", 1};
		soup_build_login_request(wire, &login);
		wire[field] = 0x80;
		struct soup_packet packet = packet_of(wire, sizeof wire);
		assert_false(soup_parse_login_request(&packet, &login));
	}
	login = (struct soup_login){"user", "pass", "", 1};
	soup_build_login_request(wire, &login);
	memcpy(wire + 3, "ab\0cd ", 6);
	struct soup_packet packet = packet_of(wire, sizeof wire);
	assert_false(soup_parse_login_request(&packet, &login));
}

static void a_login_of_another_size_or_type_is_malformed(void **state)
{
	(void)state;
	uint8_t wire[SOUP_LOGIN_REQUEST_BYTES + 1] = {0};
	struct soup_login login = {"user", "pass", "", 1};
	char session[11];
	uint64_t sequence;
	soup_build_login_request(wire, &login);
	struct soup_packet packet = packet_of(wire, SOUP_LOGIN_REQUEST_BYTES);
	packet.payload_bytes--;
	assert_false(soup_parse_login_request(&packet, &login));
	packet.payload_bytes += 2;
	assert_false(soup_parse_login_request(&packet, &login));
	packet.payload_bytes--;
	packet.type = SOUP_LOGIN_ACCEPTED;
	assert_false(soup_parse_login_request(&packet, &login));
	assert_false(soup_parse_login_accepted(&packet, session, &sequence));
	soup_build_login_accepted(wire, "S1", 0);
	packet = packet_of(wire, SOUP_LOGIN_ACCEPTED_BYTES);
	assert_true(soup_parse_login_accepted(&packet, session, &sequence));
	assert_string_equal(session, "S1");
	assert_int_equal(sequence, 0);
	wire[13 + 19] = '?';
	assert_false(soup_parse_login_accepted(&packet, session, &sequence));
	wire[13 + 19] = 0x7F;
	assert_false(soup_parse_login_accepted(&packet, session, &sequence));
	wire[4] = 0x7F;
	assert_false(soup_parse_login_accepted(&packet, session, &sequence));
	packet.type = SOUP_LOGIN_REQUEST;
	assert_false(soup_parse_login_accepted(&packet, session, &sequence));
	packet.type = SOUP_LOGIN_ACCEPTED;
	packet.payload_bytes--;
	assert_false(soup_parse_login_accepted(&packet, session, &sequence));
}

static void a_payload_that_is_in_place_is_not_moved(void **state)
{
	(void)state;
	uint8_t wire[16];
	memcpy(wire + SOUP_HEADER_BYTES, "order", 5);
	assert_int_equal(soup_build(wire, SOUP_UNSEQUENCED, wire + SOUP_HEADER_BYTES, 5), 8);
	assert_memory_equal(wire, "\0\6Uorder", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packet_type_reads_as_expected),
		cmocka_unit_test(real_packets_read_as_expected),
		cmocka_unit_test(a_packet_cut_at_any_byte_waits_for_more),
		cmocka_unit_test(a_length_of_zero_breaks_the_connection),
		cmocka_unit_test(a_length_of_one_is_a_packet_without_payload),
		cmocka_unit_test(a_packet_above_the_bound_breaks_at_once),
		cmocka_unit_test(a_stream_may_be_split_and_merged_anywhere),
		cmocka_unit_test(a_login_takes_padding_on_either_side),
		cmocka_unit_test(a_login_with_a_false_number_is_malformed),
		cmocka_unit_test(a_login_with_unprintable_names_is_malformed),
		cmocka_unit_test(a_login_of_another_size_or_type_is_malformed),
		cmocka_unit_test(a_payload_that_is_in_place_is_not_moved),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.soup", tests, NULL, NULL);
}
