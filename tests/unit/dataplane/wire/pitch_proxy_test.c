/* pitch_proxy_test.c - requests and answers of Cboe's gap proxy and spin server, against the document's examples. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/pitch_proxy.h"
#include "tests/support/fields.h"

static const char *const names[] = {"login", "login_response", "gap_request", "gap_response",
	"spin_image_available", "spin_request", "spin_response", "spin_finished"};
static const uint8_t types[] = {0x01, 0x02, 0x03, 0x04, 0x80, 0x81, 0x82, 0x83};

/* field_matches compares the members that the document names; length and type are not among them. */
static void fields_match_document(const uint8_t *message, const json_t *expected)
{
	const struct little_field *fields;
	const char *name;
	uint32_t count = pitch_proxy_fields(message[1], &fields, &name);
	assert_int_equal(json_object_size(expected), count - 1); /* a name, no length, no type */
	for (uint32_t i = 2; i < count; i++) {
		const struct little_field *f = &fields[i];
		const json_t *value = json_object_get(expected, f->name);
		const char *text = json_string_value(value);
		if (text == NULL)
			assert_int_equal(little_value(message, f), json_integer_value(value));
		else if (strcmp(f->name, "filler") != 0)
			assert_true(capture_alpha_equals(message + f->offset, f->bytes, text));
	}
}

/* document_message reads the n-th example behind the first, which is a packet. */
static uint32_t document_message(uint32_t n, uint8_t *bytes, uint32_t room)
{
	json_t *root = capture_json("spec_examples/cboe_pitch.json");
	assert_non_null(root);
	const json_t *example = json_array_get(root, n + 1);
	uint32_t size = capture_hex(capture_text(example, "hex"), bytes, room);
	fields_match_document(bytes, json_object_get(example, "expected"));
	json_decref(root);
	return size;
}

/* What each of the document's messages says. */
static const struct pitch_proxy_message said[] = {{.type = 0x01}, {.type = 0x02, .status = 'A'},
	{.type = 0x03, .unit = 1, .sequence = 4155, .count = 50},
	{.type = 0x04, .unit = 1, .sequence = 4155, .count = 50, .status = 'A'},
	{.type = 0x80, .sequence = 4155}, {.type = 0x81, .sequence = 4155},
	{.type = 0x82, .sequence = 4155, .count = 66, .status = 'A'},
	{.type = 0x83, .sequence = 4155}};

static void the_documents_messages_are_read(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(said); i++) {
		uint8_t bytes[64];
		struct pitch_proxy_message found;
		uint32_t size = document_message(i, bytes, sizeof bytes);
		assert_int_equal(bytes[0], size);
		assert_true(pitch_proxy_parse(bytes, size, &found));
		assert_int_equal(found.type, said[i].type);
		assert_int_equal(found.unit, said[i].unit);
		assert_int_equal(found.sequence, said[i].sequence);
		assert_int_equal(found.count, said[i].count);
		assert_int_equal(found.status, said[i].status);
		for (uint32_t cut = 0; cut < size; cut++)
			assert_false(pitch_proxy_parse(bytes, cut, &found));
	}
}

static void requests_are_written_as_the_document_has_them(void **state)
{
	(void)state;
	uint8_t wanted[64], out[PITCH_PROXY_SIZE_MAX];
	assert_int_equal(pitch_proxy_login(out, "0001", "FIRM", "ABCD00"),
		document_message(0, wanted, sizeof wanted));
	assert_memory_equal(out, wanted, 22);
	assert_int_equal(pitch_proxy_gap_request(out, 1, 4155, 50),
		document_message(2, wanted, sizeof wanted));
	assert_memory_equal(out, wanted, 9);
	assert_int_equal(
		pitch_proxy_spin_request(out, 4155), document_message(5, wanted, sizeof wanted));
	assert_memory_equal(out, wanted, 6);
}

static void what_servers_say_is_written_as_it_is_read(void **state)
{
	static const uint8_t said_by_servers[] = {PITCH_PROXY_LOGIN_RESPONSE,
		PITCH_PROXY_GAP_RESPONSE, PITCH_PROXY_IMAGE, PITCH_PROXY_SPIN_RESPONSE,
		PITCH_PROXY_SPIN_FINISHED};
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(said); i++) {
		uint8_t wanted[64], out[PITCH_PROXY_SIZE_MAX];
		uint32_t size = document_message(i, wanted, sizeof wanted);
		const struct pitch_proxy_message message = {.type = said[i].type,
			.unit = said[i].unit,
			.sequence = said[i].sequence,
			.count = said[i].count,
			.status = said[i].status};
		bool is_server =
			memchr(said_by_servers, said[i].type, sizeof said_by_servers) != NULL;
		assert_int_equal(pitch_proxy_answer(out, &message), is_server ? size : 0);
		if (is_server)
			assert_memory_equal(out, wanted, size);
	}
}

static void a_message_travels_in_a_packet_without_a_number(void **state)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX], packet[PITCH_PROXY_PACKET_BYTES];
	struct pitch_unit_header header;
	(void)state;
	uint32_t size = pitch_proxy_login(message, "0001", "FIRM", "ABCD00");
	assert_int_equal(pitch_proxy_packet(packet, message, size), sizeof packet);
	assert_int_equal(pitch_unit_cut(packet, sizeof packet, &header), PITCH_UNIT_OK);
	assert_int_equal(header.sequence, 0);
	assert_int_equal(header.count, 1);
	assert_memory_equal(packet + PITCH_UNIT_HEADER_BYTES, message, size);
	assert_int_equal(pitch_proxy_packet(packet, NULL, 0), PITCH_UNIT_HEADER_BYTES);
	assert_int_equal(pitch_unit_cut(packet, PITCH_UNIT_HEADER_BYTES, &header), PITCH_UNIT_OK);
	assert_int_equal(header.count, 0);
}

static void a_login_is_of_whom_it_names_and_of_nobody_else(void **state)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX];
	(void)state;
	uint32_t size = pitch_proxy_login(message, "0001", "FIRM", "ABCD00");
	assert_true(pitch_proxy_logs_in(message, size, "0001", "FIRM", "ABCD00"));
	assert_false(pitch_proxy_logs_in(message, size, "0002", "FIRM", "ABCD00"));
	assert_false(pitch_proxy_logs_in(message, size, "0001", "FIR", "ABCD00"));
	assert_false(pitch_proxy_logs_in(message, size, "0001", "FIRM", "ABCD0"));
	assert_false(pitch_proxy_logs_in(message, size - 1, "0001", "FIRM", "ABCD00"));
}

static void fields_cover_every_message_and_other_types_are_unknown(void **state)
{
	(void)state;
	for (int type = 0; type < 256; type++) {
		const struct little_field *fields;
		const char *name;
		uint8_t bytes[64] = {0, (uint8_t)type};
		struct pitch_proxy_message found;
		uint32_t count = pitch_proxy_fields((uint8_t)type, &fields, &name);
		const uint8_t *known = memchr(types, type, sizeof types);
		assert_int_equal(count != 0, known != NULL);
		assert_int_equal(pitch_proxy_parse(bytes, sizeof bytes, &found), known != NULL);
		assert_int_equal(pitch_proxy_is((uint8_t)type), known != NULL);
		if (known == NULL)
			continue;
		assert_string_equal(name, names[known - types]);
		fields_cover(fields, count,
			fields[count - 1].offset + (uint32_t)fields[count - 1].bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documents_messages_are_read),
		cmocka_unit_test(requests_are_written_as_the_document_has_them),
		cmocka_unit_test(what_servers_say_is_written_as_it_is_read),
		cmocka_unit_test(a_message_travels_in_a_packet_without_a_number),
		cmocka_unit_test(a_login_is_of_whom_it_names_and_of_nobody_else),
		cmocka_unit_test(fields_cover_every_message_and_other_types_are_unknown),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.pitch_proxy", tests, NULL, NULL);
}
