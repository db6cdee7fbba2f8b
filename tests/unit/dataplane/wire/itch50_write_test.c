/* itch50_write_test.c - every message written field by field: what was written is read, and decoded. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/wire/itch50.h"

static const char types[] = "SRHYLVWKJhAFECXDUPQBINO";

static uint64_t dice = 1;

static uint64_t draw(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice;
}

static uint64_t fits(const struct itch50_field *field)
{
	return field->bytes == 8 ? draw() : draw() & ((1ull << 8 * field->bytes) - 1);
}

static void what_is_written_into_a_field_is_read_from_it_and_nothing_else_changes(void **state)
{
	(void)state;
	for (const char *type = types; *type != '\0'; type++) {
		const struct itch50_field *fields;
		const char *name;
		uint32_t count = itch50_fields((uint8_t)*type, &fields, &name);
		for (uint32_t round = 0; round < 200; round++) {
			uint8_t message[ITCH50_SIZE_MAX];
			uint64_t values[32];
			assert_int_equal(
				itch50_blank((uint8_t)*type, message), itch50_size((uint8_t)*type));
			for (uint32_t i = 1; i < count; i++) {
				values[i] = fits(&fields[i]);
				assert_ptr_equal(itch50_field_of((uint8_t)*type, fields[i].name),
					&fields[i]);
				assert_true(itch50_field_write(message, &fields[i], values[i]));
			}
			for (uint32_t i = 1; i < count; i++)
				assert_int_equal(
					itch50_field_value(message, &fields[i]), values[i]);
			assert_int_equal(message[0], *type);
			for (uint32_t i = itch50_size((uint8_t)*type); i < sizeof message; i++)
				assert_int_equal(message[i], 0);
		}
	}
}

static void a_blank_message_has_spaces_for_characters_and_zeros_for_numbers(void **state)
{
	(void)state;
	uint8_t message[ITCH50_SIZE_MAX];
	assert_int_equal(itch50_blank('I', message), 50);
	assert_int_equal(message[0], 'I');
	assert_int_equal(load_be64(message + 11), 0);
	assert_memory_equal(message + 27, "         ", 9);
	assert_int_equal(load_be32(message + 36), 0);
	assert_memory_equal(message + 48, "  ", 2);
	assert_int_equal(itch50_blank('z', message), 0);
	assert_null(itch50_field_of('I', "sharks"));
	assert_null(itch50_field_of('z', "shares"));
}

static void what_does_not_fit_a_field_is_refused_and_nothing_is_written(void **state)
{
	(void)state;
	uint8_t message[ITCH50_SIZE_MAX], before[ITCH50_SIZE_MAX];
	itch50_blank('L', message);
	assert_true(itch50_text_write(message, itch50_field_of('L', "mpid"), "GSCO"));
	assert_true(itch50_text_write(message, itch50_field_of('L', "stock"), "AAPL"));
	assert_memory_equal(message + 11, "GSCOAAPL    ", 12);
	assert_true(itch50_text_write(message, itch50_field_of('L', "mpid"), "GS"));
	assert_memory_equal(message + 11, "GS  AAPL    ", 12);
	memcpy(before, message, sizeof before);
	assert_false(itch50_text_write(message, itch50_field_of('L', "mpid"), "GSCOX"));
	assert_false(itch50_field_write(message, itch50_field_of('L', "stock_locate"), 65536));
	assert_memory_equal(message, before, sizeof before);
	assert_true(itch50_field_write(message, itch50_field_of('L', "stock_locate"), 65535));
	itch50_blank('V', message);
	assert_true(itch50_field_write(message, itch50_field_of('V', "level_1"), UINT64_MAX));
	assert_int_equal(load_be64(message + 11), UINT64_MAX);
}

/* The two writers of the house agree where both can write a message. */
static void a_message_written_by_fields_is_the_one_written_from_its_event(void **state)
{
	(void)state;
	uint8_t whole[ITCH50_SIZE_MAX] = {0}, fields[ITCH50_SIZE_MAX];
	const struct event cross = {.kind = EVENT_CROSS,
		.other = 1ull << 40,
		.symbol = symbol_pack("ZVZZT"),
		.price_e4 = 1234500,
		.match = 77,
		.exch_ns = 34200000000001ull,
		.locate = 300,
		.code = 'O'};
	uint32_t size = itch50_encode(&cross, whole);
	assert_int_equal(itch50_blank('Q', fields), size);
	itch50_field_write(fields, itch50_field_of('Q', "stock_locate"), 300);
	itch50_field_write(fields, itch50_field_of('Q', "timestamp"), 34200000000001ull);
	itch50_field_write(fields, itch50_field_of('Q', "shares"), 1ull << 40);
	itch50_text_write(fields, itch50_field_of('Q', "stock"), "ZVZZT");
	itch50_field_write(fields, itch50_field_of('Q', "cross_price"), 1234500);
	itch50_field_write(fields, itch50_field_of('Q', "match_number"), 77);
	itch50_text_write(fields, itch50_field_of('Q', "cross_type"), "O");
	assert_memory_equal(fields, whole, sizeof whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_written_into_a_field_is_read_from_it_and_nothing_else_changes),
		cmocka_unit_test(a_blank_message_has_spaces_for_characters_and_zeros_for_numbers),
		cmocka_unit_test(what_does_not_fit_a_field_is_refused_and_nothing_is_written),
		cmocka_unit_test(a_message_written_by_fields_is_the_one_written_from_its_event),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.wire.itch50_write", tests, NULL, NULL);
}
