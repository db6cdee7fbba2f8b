/* link_test.c - the ring of records: whole, in order, never overwritten, readable after a death. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/shm/link.h"

static struct link *link_new(void)
{
	struct link *link = aligned_alloc(SHARED_ALIGN_BYTES, sizeof *link);
	assert_non_null(link);
	memset(link, 0xEE, sizeof *link); /* old bytes: bodies must come zeroed all the same */
	atomic_store(&link->head, 0);
	atomic_store(&link->tail, 0);
	atomic_store(&link->sequence, 0);
	atomic_store(&link->durable, 0);
	return link;
}

static void a_claimed_record_is_seen_only_when_published(void **state)
{
	(void)state;
	struct link *link = link_new();
	struct link_writer writer;
	uint64_t position = 0;
	link_join(&writer, link, 41);
	uint8_t *body = link_claim(&writer, RECORD_TURN, 20);
	assert_non_null(body);
	for (unsigned i = 0; i < 32; i++) /* body and padding */
		assert_int_equal(body[i], 0);
	assert_null(link_peek(link, &position));
	assert_int_equal(position, 0);
	link_publish(&writer);
	const struct record *record = link_peek(link, &position);
	assert_non_null(record);
	assert_int_equal(record->type, RECORD_TURN);
	assert_int_equal(record->body_bytes, 20);
	assert_int_equal(record->size_bytes, 48);
	assert_int_equal(record->sequence, 42);
	assert_int_equal(record->crc, 0);
	assert_ptr_equal(record_body(record), body);
	assert_int_equal(position, 48);
	assert_int_equal(atomic_load(&link->sequence), 42);
	assert_null(link_peek(link, &position));
	free(link);
}

static void a_record_claimed_whole_has_nothing_old_behind_what_its_writer_wrote(void **state)
{
	(void)state;
	struct link *link = link_new();
	struct link_writer writer;
	link_join(&writer, link, 0);
	for (uint32_t size = 0; size <= 48; size++) {
		uint8_t *body = link_claim_whole(&writer, RECORD_CLIENT_IN, size);
		assert_non_null(body);
		const struct record *record = (const struct record *)body - 1;
		assert_int_equal(record->body_bytes, size);
		assert_int_equal(record->sequence, size + 1);
		assert_int_equal(record->crc, 0);
		for (uint32_t i = size; i < record->size_bytes - sizeof *record; i++)
			assert_int_equal(body[i], 0);
		link_publish(&writer);
	}
	free(link);
}

static void a_full_link_refuses_and_takes_nothing(void **state)
{
	(void)state;
	struct link *link = link_new();
	struct link_writer writer;
	link_join(&writer, link, 0);
	uint64_t count = 0;
	while (link_claim(&writer, RECORD_RECEIPT, sizeof(struct receipt)))
		count++;
	assert_int_equal(count, LINK_BYTES / 128);
	assert_int_equal(link_room(&writer), 0);
	assert_int_equal(writer.sequence, count);
	link_publish(&writer);
	assert_null(link_claim(&writer, RECORD_PAD + 1, 0));
	assert_int_equal(writer.sequence, count);
	/* one byte short of room is no room; one record released is room for one */
	link_release(link, 112);
	assert_null(link_claim(&writer, RECORD_RECEIPT, sizeof(struct receipt)));
	link_release(link, 128);
	assert_int_equal(link_room(&writer), 128);
	assert_non_null(link_claim(&writer, RECORD_RECEIPT, sizeof(struct receipt)));
	assert_null(link_claim(&writer, RECORD_RECEIPT, sizeof(struct receipt)));
	assert_int_equal(writer.sequence, count + 1);
	free(link);
}

static void no_record_wraps_and_the_pad_is_skipped(void **state)
{
	(void)state;
	for (uint32_t left = 16; left <= 512; left += 16) {
		struct link *link = link_new();
		struct link_writer writer;
		uint64_t start = LINK_BYTES - left, position = start;
		atomic_store(&link->head, start);
		atomic_store(&link->tail, start);
		link_join(&writer, link, 0);
		assert_non_null(link_claim(&writer, RECORD_LIMIT_ROW, 448)); /* 464 bytes whole */
		assert_non_null(link_claim(&writer, RECORD_RECEIPT, 112));
		link_publish(&writer);
		const struct record *record = link_peek(link, &position);
		assert_int_equal(record->sequence, 1);
		uint64_t at = (uint64_t)((const uint8_t *)record - link->bytes);
		assert_int_equal(at, left < 464 ? 0 : start);
		record = link_peek(link, &position);
		assert_int_equal(record->sequence, 2);
		at = (uint64_t)((const uint8_t *)record - link->bytes);
		assert_true(at + 128 <= LINK_BYTES);
		assert_null(link_peek(link, &position));
		assert_int_equal(position, atomic_load(&link->head));
		free(link);
	}
}

static void the_pad_needs_room_too(void **state)
{
	(void)state;
	struct link *link = link_new();
	struct link_writer writer;
	/* 112 bytes to the ring's end, and behind it room for 127: a record of 128 does not fit. */
	atomic_store(&link->head, 2ull * LINK_BYTES - 112);
	atomic_store(&link->tail, LINK_BYTES + 112);
	link_join(&writer, link, 0);
	assert_null(link_claim(&writer, RECORD_RECEIPT, 112));
	assert_int_equal(writer.claimed, 0);
	link_release(link, LINK_BYTES + 128);
	assert_non_null(link_claim(&writer, RECORD_RECEIPT, 112));
	free(link);
}

static void unread_records_survive_their_writer(void **state)
{
	(void)state;
	struct link *link = link_new();
	struct link_writer writer;
	link_join(&writer, link, 0);
	for (uint64_t i = 1; i <= 10; i++)
		*(uint64_t *)link_claim(&writer, RECORD_TURN, 8) = i;
	link_publish(&writer);
	link_claim(&writer, RECORD_TURN, 8); /* dies before it publishes this one */
	uint64_t position = 0, count = 0;
	memset(&writer, 0, sizeof writer);
	for (const struct record *r; (r = link_peek(link, &position));)
		assert_int_equal(*(const uint64_t *)record_body(r), ++count);
	assert_int_equal(count, 10);
	/* who takes over continues where it stood */
	link_join(&writer, link, 10);
	*(uint64_t *)link_claim(&writer, RECORD_TURN, 8) = 11;
	link_publish(&writer);
	const struct record *r = link_peek(link, &position);
	assert_int_equal(r->sequence, 11);
	free(link);
}

static const uint64_t TWO_THREADS_COUNT = 400000;

static void *write_many(void *argument)
{
	struct link_writer writer;
	link_join(&writer, argument, 0);
	uint64_t random = 1;
	for (uint64_t i = 1; i <= TWO_THREADS_COUNT; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		uint32_t size = 9 + (uint32_t)(random >> 33) % 488;
		uint64_t *body;
		while (!(body = link_claim(&writer, RECORD_TURN, size))) {
			link_publish(&writer);
			sched_yield();
		}
		body[0] = i;
		((uint8_t *)body)[size - 1] ^= (uint8_t)size;
		if ((random >> 60) < 8)
			link_publish(&writer);
	}
	link_publish(&writer);
	return NULL;
}

static void two_threads_pass_every_record_once_and_in_order(void **state)
{
	(void)state;
	struct link *link = link_new();
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, write_many, link), 0);
	uint64_t position = 0, next = 1;
	while (next <= TWO_THREADS_COUNT) {
		const struct record *r = link_peek(link, &position);
		if (!r) {
			link_release(link, position);
			sched_yield();
			continue;
		}
		const uint8_t *body = record_body(r);
		uint64_t number;
		memcpy(&number, body, sizeof number);
		assert_int_equal(number, next);
		assert_int_equal(r->sequence, (uint32_t)next);
		assert_int_equal(body[r->body_bytes - 1], (uint8_t)r->body_bytes);
		next++;
		if (next % 64 == 0)
			link_release(link, position);
	}
	pthread_join(thread, NULL);
	assert_null(link_peek(link, &position));
	free(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_claimed_record_is_seen_only_when_published),
		cmocka_unit_test(
			a_record_claimed_whole_has_nothing_old_behind_what_its_writer_wrote),
		cmocka_unit_test(a_full_link_refuses_and_takes_nothing),
		cmocka_unit_test(no_record_wraps_and_the_pad_is_skipped),
		cmocka_unit_test(the_pad_needs_room_too),
		cmocka_unit_test(unread_records_survive_their_writer),
		cmocka_unit_test(two_threads_pass_every_record_once_and_in_order),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.shm.link", tests, NULL, NULL);
}
