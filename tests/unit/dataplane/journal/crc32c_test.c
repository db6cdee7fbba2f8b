/* crc32c_test.c - the checksum of bytes and of records, held to one that goes bit by bit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/journal/reader.h"

static uint32_t slow_crc32c(uint32_t seed, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint32_t crc = ~seed;
	for (size_t i = 0; i < size; i++) {
		crc ^= p[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
	}
	return ~crc;
}

/* The catalogue's check value of CRC-32/ISCSI. */
static void the_digits_have_the_checksum_that_everybody_knows(void **state)
{
	(void)state;
	assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283);
	assert_int_equal(slow_crc32c(0, "123456789", 9), 0xE3069283);
}

static void every_length_and_start_has_the_slow_ones_checksum(void **state)
{
	(void)state;
	uint8_t bytes[80];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	for (size_t from = 0; from < 16; from++)
		for (size_t size = 0; size <= sizeof bytes - from; size++)
			assert_int_equal(crc32c(0x1234567, bytes + from, size),
				slow_crc32c(0x1234567, bytes + from, size));
}

union space {
	struct record record;
	uint8_t bytes[RECORD_BYTES_MAX];
};

static void record_fill(union space *space, uint16_t body_bytes)
{
	memset(space, 0, sizeof *space);
	for (size_t i = sizeof space->record; i < sizeof space->record + body_bytes; i++)
		space->bytes[i] = (uint8_t)(i * 151 + 7);
	space->record.size_bytes = record_size_of(body_bytes);
	space->record.body_bytes = body_bytes;
	space->record.type = RECORD_TURN;
	space->record.sequence = 0x89ABCDEF;
	space->record.crc = 0x55AA55AA;
}

/* The record's sum is of all its bytes, with the sum's own field zero. */
static void a_record_of_every_size_has_the_slow_ones_checksum(void **state)
{
	(void)state;
	union space space, zero;
	for (uint16_t body = 0; body <= RECORD_BYTES_MAX - sizeof space.record; body++) {
		record_fill(&space, body);
		zero = space;
		zero.record.crc = 0;
		assert_int_equal(record_crc(0xCAFE, &space.record),
			slow_crc32c(0xCAFE, &zero, space.record.size_bytes));
	}
}

static void every_bit_of_a_record_but_the_sums_own_counts(void **state)
{
	(void)state;
	const size_t first = offsetof(struct record, crc), behind = first + sizeof(uint32_t);
	union space space;
	record_fill(&space, 45);
	uint32_t crc = record_crc(7, &space.record);
	assert_int_not_equal(record_crc(8, &space.record), crc);
	for (size_t bit = 0; bit < 8u * space.record.size_bytes; bit++) {
		bool is_own = bit / 8 >= first && bit / 8 < behind;
		if (bit / 8 < sizeof space.record.size_bytes)
			continue; /* how far it goes: a_record_of_every_size */
		space.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(record_crc(7, &space.record) == crc, is_own);
		space.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_digits_have_the_checksum_that_everybody_knows),
		cmocka_unit_test(every_length_and_start_has_the_slow_ones_checksum),
		cmocka_unit_test(a_record_of_every_size_has_the_slow_ones_checksum),
		cmocka_unit_test(every_bit_of_a_record_but_the_sums_own_counts),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.journal.crc32c", tests, NULL, NULL);
}
