/* The vector decoders against the scalar one, byte by byte.
   rooms: dataplane_wire */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/wire/itch50.h"
#include "drivers/machine/cpu.h"

enum { LENGTH_MAX = 64, COUNT = 256 * (LENGTH_MAX + 1) };

static uint64_t random_state = 0x9E3779B97F4A7C15ull;

static uint8_t random_byte(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint8_t)(random_state >> 32);
}

/* compare decodes the same blocks with the truth and with one kernel, in bursts of burst_count. */
static void compare(
	enum isa isa, const struct mold64_block *blocks, uint32_t count, uint32_t burst_count)
{
	struct event *expected = aligned_alloc(64, (count + 1) * sizeof *expected);
	struct event *found = aligned_alloc(64, (count + 1) * sizeof *found);
	struct itch50_counts expected_counts = {0}, found_counts = {0};
	assert_non_null(expected);
	assert_non_null(found);
	memset(expected, 0xA5, (count + 1) * sizeof *expected);
	memset(found, 0xA5, (count + 1) * sizeof *found);
	itch50_kernel_of(ISA_SCALAR)(blocks, count, expected, &expected_counts);
	for (uint32_t at = 0; at < count; at += burst_count) {
		uint32_t part = count - at < burst_count ? count - at : burst_count;
		itch50_kernel_of((int)isa)(blocks + at, part, found + at, &found_counts);
	}
	for (uint32_t i = 0; i <= count; i++)
		if (memcmp(&expected[i], &found[i], sizeof found[i]) != 0)
			fail_msg("%s: message %u of type 0x%02x, %u bytes, differs", isa_name(isa),
				i, i < count ? blocks[i].bytes[0] : 0,
				i < count ? blocks[i].size_bytes : 0);
	assert_int_equal(expected_counts.unknown, found_counts.unknown);
	assert_int_equal(expected_counts.bad, found_counts.bad);
	free(expected);
	free(found);
}

/* make_all fills one message of each first byte and length, each ending where its memory ends. */
static struct mold64_block *make_all(uint8_t **memory)
{
	const size_t room_bytes = LENGTH_MAX + ITCH50_READ_PAST_BYTES;
	struct mold64_block *blocks = malloc(COUNT * sizeof *blocks);
	*memory = malloc(COUNT * room_bytes);
	assert_non_null(blocks);
	assert_non_null(*memory);
	for (size_t i = 0; i < COUNT * room_bytes; i++)
		(*memory)[i] = random_byte();
	for (uint32_t i = 0; i < COUNT; i++) {
		blocks[i].bytes = *memory + i * room_bytes;
		blocks[i].size_bytes = i % (LENGTH_MAX + 1);
		(*memory)[i * room_bytes] = (uint8_t)(i / (LENGTH_MAX + 1));
	}
	return blocks;
}

static void check_every_type_and_length(enum isa isa)
{
	if (itch50_kernel_of((int)isa) == NULL) {
		print_message("this machine has no %s\n", isa_name(isa));
		skip();
	}
	for (int round = 0; round < 20; round++) {
		uint8_t *memory;
		struct mold64_block *blocks = make_all(&memory);
		compare(isa, blocks, COUNT, round % 2 == 0 ? COUNT : (uint32_t)round);
		free(blocks);
		free(memory);
	}
}

static void avx2_agrees_on_every_type_and_length(void **state)
{
	(void)state;
	check_every_type_and_length(ISA_AVX2);
}

static void avx512_agrees_on_every_type_and_length(void **state)
{
	(void)state;
	check_every_type_and_length(ISA_AVX512);
}

/* Whatever the rest of a message's memory holds, the event is the same. */
static void bytes_beyond_the_type_do_not_matter(void **state)
{
	(void)state;
	for (enum isa isa = ISA_SCALAR; isa < ISA_COUNT; isa++) {
		if (itch50_kernel_of((int)isa) == NULL)
			continue;
		for (int type = 0; type < 256; type++) {
			uint8_t one[LENGTH_MAX + ITCH50_READ_PAST_BYTES], other[sizeof one];
			uint32_t size = itch50_size((uint8_t)type);
			for (size_t i = 0; i < sizeof one; i++) {
				one[i] = random_byte();
				other[i] = i < size ? one[i] : (uint8_t)~one[i];
			}
			one[0] = other[0] = (uint8_t)type;
			struct mold64_block a = {one, size == 0 ? 1 : size};
			struct mold64_block b = {other, a.size_bytes};
			struct event first, second;
			struct itch50_counts counts = {0};
			itch50_kernel_of((int)isa)(&a, 1, &first, &counts);
			itch50_kernel_of((int)isa)(&b, 1, &second, &counts);
			assert_memory_equal(&first, &second, sizeof first);
		}
	}
}

static void the_machine_chooses_what_it_was_forced_to(void **state)
{
	(void)state;
	uint8_t *memory;
	struct mold64_block *blocks = make_all(&memory);
	enum isa before = cpu_isa();
	for (enum isa isa = ISA_SCALAR; isa < ISA_COUNT; isa++) {
		struct event one[8], two[8];
		struct itch50_counts counts = {0};
		if (!cpu_isa_force(isa))
			continue;
		itch50_decode(blocks + 'A' * (LENGTH_MAX + 1) + 34, 8, one, &counts);
		itch50_kernel_of((int)isa)(blocks + 'A' * (LENGTH_MAX + 1) + 34, 8, two, &counts);
		assert_memory_equal(one, two, sizeof one);
		assert_int_equal(counts.bad, 4); /* lengths 34 and 35, twice */
		assert_null(itch50_kernel_of((int)isa + 1));
		assert_null(itch50_reader_of((int)isa + 1));
	}
	cpu_isa_force(before);
	free(blocks);
	free(memory);
}

/* read_all reads a stream in parts; returns how many messages it found. */
static uint32_t read_all(itch50_reader *reader, const uint8_t *stream, size_t size, uint32_t part,
	struct event *events, size_t *used, struct itch50_counts *counts)
{
	uint32_t count = 0, found;
	*used = 0;
	do {
		size_t step;
		found = reader(stream + *used, size - *used, events + count, part, &step, counts);
		*used += step;
		count += found;
	} while (found == part);
	return count;
}

static void reading_in_one_pass_is_splitting_and_decoding(void **state)
{
	enum { MESSAGES = 2000, ROOM = MESSAGES * (LENGTH_MAX + 2) + ITCH50_READ_PAST_BYTES };
	static uint8_t stream[ROOM];
	static struct mold64_block blocks[MESSAGES];
	static struct event expected[MESSAGES], found[MESSAGES];
	size_t end = 0, expected_used, used;
	(void)state;
	for (size_t i = 0; i < ROOM; i++)
		stream[i] = random_byte();
	for (uint32_t i = 0; i < MESSAGES; i++) {
		uint32_t size = random_byte() % (LENGTH_MAX + 1);
		store_be16(stream + end, (uint16_t)size);
		stream[end + 2] = (uint8_t) "ADUEXFCPQhHRSYI\0"[random_byte() % 16];
		end += 2 + size;
	}
	for (size_t cut = 0; cut < 2 * LENGTH_MAX; cut++) {
		struct itch50_counts expected_counts = {0};
		uint32_t count = itch50_split(stream, end - cut, blocks, MESSAGES, &expected_used);
		itch50_kernel_of(ISA_SCALAR)(blocks, count, expected, &expected_counts);
		for (enum isa isa = ISA_SCALAR; isa < ISA_COUNT; isa++) {
			struct itch50_counts counts = {0};
			if (itch50_reader_of((int)isa) == NULL)
				continue;
			uint32_t part = 1 + (uint32_t)cut % 100;
			assert_int_equal(read_all(itch50_reader_of((int)isa), stream, end - cut,
						 part, found, &used, &counts),
				count);
			assert_int_equal(used, expected_used);
			assert_memory_equal(found, expected, count * sizeof *found);
			assert_memory_equal(&counts, &expected_counts, sizeof counts);
		}
		assert_int_equal(read_all(itch50_read, stream, end - cut, MESSAGES, found, &used,
					 &(struct itch50_counts){0}),
			count);
		assert_memory_equal(found, expected, count * sizeof *found);
	}
}

static void there_is_no_kernel_without_a_name(void **state)
{
	(void)state;
	assert_null(itch50_kernel_of(-1));
	assert_null(itch50_kernel_of(ISA_COUNT));
	assert_null(itch50_reader_of(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(avx2_agrees_on_every_type_and_length),
		cmocka_unit_test(avx512_agrees_on_every_type_and_length),
		cmocka_unit_test(bytes_beyond_the_type_do_not_matter),
		cmocka_unit_test(the_machine_chooses_what_it_was_forced_to),
		cmocka_unit_test(reading_in_one_pass_is_splitting_and_decoding),
		cmocka_unit_test(there_is_no_kernel_without_a_name),
	};
	return !!cmocka_run_group_tests_name("agree.itch50", tests, NULL, NULL);
}
