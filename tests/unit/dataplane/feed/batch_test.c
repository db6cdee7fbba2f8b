/* batch_test.c - what is settled is whole, in order, and readable behind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/feed/batch.h"

static struct batch batch;

/* Blocks of every length from 0 on, one behind the other in memory that ends where they do. */
static uint8_t *fill(uint32_t lengths, uint32_t *size)
{
	uint32_t at = 0;
	*size = lengths * (lengths - 1) / 2;
	uint8_t *bytes = malloc(*size);
	assert_non_null(bytes);
	batch.copy_count = 0;
	for (uint32_t i = 0; i < *size; i++)
		bytes[i] = (uint8_t)(i * 31 + 7);
	for (uint32_t i = 0; i < lengths; i++) {
		batch.blocks[i] = (struct mold64_block){bytes + at, i};
		at += i;
	}
	return bytes;
}

static void empty_messages_are_dropped_and_the_last_are_copied(void **state)
{
	(void)state;
	uint32_t size, at = 0, copied = 0;
	uint8_t *bytes = fill(62, &size);
	batch_settle(&batch, 0, 62, bytes + size, ITCH50_READ_PAST_BYTES);
	assert_int_equal(batch.count, 61);
	for (uint32_t i = 0; i < batch.count; i++) {
		const struct mold64_block *block = &batch.blocks[i];
		assert_int_equal(block->size_bytes, i + 1);
		assert_memory_equal(block->bytes, bytes + at, block->size_bytes);
		at += block->size_bytes;
		bool is_copied = block->bytes < bytes || block->bytes >= bytes + size;
		copied += is_copied;
		assert_int_equal(is_copied, at + ITCH50_READ_PAST_BYTES > size);
	}
	assert_int_equal(copied, batch.copy_count);
	free(bytes);
}

static void what_reads_no_byte_behind_is_never_copied(void **state)
{
	(void)state;
	uint32_t size;
	uint8_t *bytes = fill(62, &size);
	batch_settle(&batch, 0, 62, bytes + size, 0);
	assert_int_equal(batch.count, 61);
	assert_int_equal(batch.copy_count, 0);
	free(bytes);
}

static void what_is_before_stays(void **state)
{
	(void)state;
	uint32_t size;
	uint8_t *bytes = fill(8, &size);
	batch_settle(&batch, 5, 3, bytes + size, ITCH50_READ_PAST_BYTES);
	assert_int_equal(batch.count, 8);
	assert_int_equal(batch.blocks[0].size_bytes, 0);
	assert_int_equal(batch.copy_count, 3);
	free(bytes);
}

/* More than a message may have is nobody's: its first bytes are enough. */
static void a_copy_never_exceeds_its_room(void **state)
{
	(void)state;
	uint8_t *bytes = calloc(1, 500);
	assert_non_null(bytes);
	batch.copy_count = 0;
	batch.blocks[0] = (struct mold64_block){bytes, 500};
	batch_settle(&batch, 0, 1, bytes + 500, ITCH50_READ_PAST_BYTES);
	assert_int_equal(batch.count, 1);
	assert_int_equal(batch.copy_count, 1);
	assert_memory_equal(batch.blocks[0].bytes, bytes, ITCH50_READ_PAST_BYTES);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_messages_are_dropped_and_the_last_are_copied),
		cmocka_unit_test(what_reads_no_byte_behind_is_never_copied),
		cmocka_unit_test(what_is_before_stays),
		cmocka_unit_test(a_copy_never_exceeds_its_room),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.batch", tests, NULL, NULL);
}
