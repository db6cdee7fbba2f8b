/* salvage_test.c - what a dead dataplane had published is taken over; what it left torn is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/dataplane/journal/bench.h"

static bool count_record(void *context, const struct record *record)
{
	uint64_t *next = context;
	bench_check(record, *next);
	++*next;
	return true;
}

static void a_dead_dataplanes_link_is_salvaged_above_what_is_durable(void **state)
{
	(void)state;
	struct bench *b = bench_open(1 << 20, 0, 0);
	for (uint64_t i = 1; i <= 100; i++)
		bench_append(b, i);
	assert_true(journal_flush(b->journal));
	for (uint64_t i = 101; i <= 150; i++)
		bench_append(b, i);
	uint64_t next = 121; /* 20 more were found on the disk */
	assert_int_equal(journal_salvage(b->link, 120, count_record, &next), 30);
	assert_int_equal(next, 151);
	next = 151;
	assert_int_equal(journal_salvage(b->link, 150, count_record, &next), 0);
	assert_int_equal(journal_salvage(b->link, 1000, count_record, &next), 0);
	/* what the link no longer has cannot be joined on: nothing is taken */
	next = 51;
	assert_int_equal(journal_salvage(b->link, 50, count_record, &next), 0);
	bench_close(b);
}

static void salvage_ends_at_the_first_torn_record(void **state)
{
	(void)state;
	for (unsigned fault = 0; fault < 6; fault++) {
		bench_clear();
		struct bench *b = bench_open(1 << 20, 0, 0);
		uint64_t position = 0, next = 1;
		for (uint64_t i = 1; i <= 10; i++)
			bench_append(b, i);
		struct record *torn = NULL;
		for (unsigned i = 0; i < 5; i++)
			torn = (struct record *)(uintptr_t)link_peek(b->link, &position);
		if (fault == 0)
			torn->size_bytes = 0;
		else if (fault == 1)
			torn->size_bytes += 16;
		else if (fault == 2)
			torn->size_bytes = 60000 / 16 * 16;
		else if (fault == 3)
			torn->sequence++;
		else if (fault == 4)
			torn->type = RECORD_PAD;
		else
			torn->body_bytes = 600;
		assert_int_equal(journal_salvage(b->link, 0, count_record, &next), 4);
		atomic_store(&b->link->head, LINK_BYTES * 3ull); /* and of nonsense, nothing */
		assert_int_equal(journal_salvage(b->link, 0, count_record, &next), 0);
		torn->size_bytes = 16;
		bench_drop(b);
	}
}

static void salvage_crosses_the_end_of_the_ring(void **state)
{
	(void)state;
	struct link *link = calloc(1, sizeof *link);
	struct link_writer writer;
	atomic_store(&link->head, LINK_BYTES - 304);
	atomic_store(&link->tail, LINK_BYTES - 304);
	link_join(&writer, link, 0xFFFFFFF0ull); /* and the low half of the number wraps */
	for (uint64_t i = 1; i <= 40; i++)
		bench_fill(link_claim(&writer, RECORD_RECEIPT, 112), 0xFFFFFFF0ull + i, 112);
	link_publish(&writer);
	uint64_t next = 0xFFFFFFF0ull + 6;
	assert_int_equal(journal_salvage(link, 0xFFFFFFF0ull + 5, count_record, &next), 35);
	free(link);
}

static struct record *record_at(struct link *link, uint64_t position)
{
	return (struct record *)&link->bytes[position & (LINK_BYTES - 1)];
}

/* A link with ten records of 128 bytes from `begin` on. */
static struct link *link_of_ten(uint64_t begin)
{
	struct link_writer writer;
	struct link *link = calloc(1, sizeof *link);
	assert_non_null(link);
	atomic_store(&link->head, begin);
	atomic_store(&link->tail, begin);
	link_join(&writer, link, 0);
	for (uint64_t i = 1; i <= 10; i++)
		bench_fill(link_claim(&writer, RECORD_RECEIPT, 112), i, 112);
	link_publish(&writer);
	return link;
}

static void salvage_believes_no_length_that_a_record_cannot_have(void **state)
{
	(void)state;
	static const uint16_t sizes[][2] = {/* of the record, of its body */
		{0, 112}, {8, 112}, {112, 112}, {120, 112}, {136, 112}, {144, 112}, {128, 113},
		{128, 95}, {RECORD_BYTES_MAX + 16, RECORD_BYTES_MAX}, {6 * 128 + 16, 112},
		{16, 65521}, {16, 65535}, {32, 65535}};
	for (unsigned i = 0; i < ARRAY_COUNT(sizes); i++) {
		struct link *link = link_of_ten(0);
		uint64_t next = 1;
		struct record *torn = record_at(link, 4ull * 128);
		torn->size_bytes = sizes[i][0];
		torn->body_bytes = sizes[i][1];
		assert_int_equal(journal_salvage(link, 0, count_record, &next), 4);
		free(link);
	}
	/* the longest that is right */
	struct link *link = calloc(1, sizeof *link);
	struct link_writer writer;
	uint64_t next = 1;
	link_join(&writer, link, 0);
	for (uint64_t i = 1; i <= 2; i++)
		bench_fill(link_claim(&writer, RECORD_RECEIPT, RECORD_BYTES_MAX - 16), i,
			RECORD_BYTES_MAX - 16);
	link_publish(&writer);
	assert_int_equal(journal_salvage(link, 0, count_record, &next), 2);
	free(link);
}

static void salvage_does_not_read_past_the_end_of_the_ring(void **state)
{
	(void)state;
	struct link *link = link_of_ten(LINK_BYTES - 5 * 128);
	uint64_t next = 1;
	assert_int_equal(journal_salvage(link, 0, count_record, &next), 10);
	struct record *last = record_at(link, LINK_BYTES - 128); /* the fifth */
	last->size_bytes = 256;
	last->body_bytes = 240;
	next = 1;
	assert_int_equal(journal_salvage(link, 0, count_record, &next), 4);
	free(link);
	/* and a pad that does not reach the end is none */
	link = link_of_ten(0);
	record_at(link, 128)->type = RECORD_PAD;
	next = 1;
	assert_int_equal(journal_salvage(link, 0, count_record, &next), 1);
	free(link);
}

static void salvage_begins_at_no_place_where_no_record_can_be(void **state)
{
	(void)state;
	struct link *link = link_of_ten(0);
	uint64_t next = 1;
	atomic_store(&link->tail, 8);
	assert_int_equal(journal_salvage(link, 0, count_record, &next), 0);
	atomic_store(&link->tail, LINK_BYTES); /* before the head: nonsense */
	assert_int_equal(journal_salvage(link, 0, count_record, &next), 0);
	atomic_store(&link->tail, 0);
	assert_int_equal(journal_salvage(link, 0, count_record, &next), 10);
	free(link);
}

static bool refuse_the_sixth(void *context, const struct record *record)
{
	uint64_t *next = context;
	return *next < 6 && count_record(context, record);
}

static void salvage_ends_when_a_record_is_refused(void **state)
{
	(void)state;
	struct link *link = link_of_ten(0);
	uint64_t next = 1;
	assert_int_equal(journal_salvage(link, 0, refuse_the_sixth, &next), 5);
	assert_int_equal(next, 6);
	free(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		bench_test(a_dead_dataplanes_link_is_salvaged_above_what_is_durable),
		bench_test(salvage_ends_at_the_first_torn_record),
		bench_test(salvage_crosses_the_end_of_the_ring),
		bench_test(salvage_believes_no_length_that_a_record_cannot_have),
		bench_test(salvage_does_not_read_past_the_end_of_the_ring),
		bench_test(salvage_begins_at_no_place_where_no_record_can_be),
		bench_test(salvage_ends_when_a_record_is_refused),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.journal.salvage", tests, NULL, NULL);
}
