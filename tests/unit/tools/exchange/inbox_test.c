/* Packets out of a stream of bytes, in any pieces.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/exchange/inbox.h"

static struct inbox inbox;
static uint32_t taken, bytes_taken, stop_at;

static bool on_packet(void *context, const struct soup_packet *packet)
{
	assert_ptr_equal(context, &taken);
	assert_int_equal(packet->type, SOUP_UNSEQUENCED);
	for (uint32_t i = 0; i < packet->payload_bytes; i++)
		assert_int_equal(packet->payload[i], (uint8_t)taken);
	bytes_taken += packet->payload_bytes;
	return ++taken != stop_at;
}

static int begin(void **state)
{
	(void)state;
	memset(&inbox, 0, sizeof inbox);
	taken = bytes_taken = stop_at = 0;
	return 0;
}

static void packets_in_any_pieces_are_taken_whole_and_once(void **state)
{
	static uint8_t stream[1 << 16];
	uint32_t size = 0, count = 0;
	(void)state;
	for (; size + SOUP_PACKET_BYTES_MAX < sizeof stream; count++) {
		uint8_t payload[SOUP_PACKET_BYTES_MAX];
		uint32_t payload_bytes =
			count * 37 % (SOUP_PACKET_BYTES_MAX - SOUP_HEADER_BYTES + 1);
		memset(payload, (int)(count & 255), sizeof payload);
		size += soup_build(stream + size, SOUP_UNSEQUENCED, payload, payload_bytes);
	}
	for (uint32_t piece = 1; piece < 9000; piece = piece * 2 + 1) {
		begin(NULL);
		for (uint32_t at = 0; at < size; at += piece)
			assert_true(inbox_take(&inbox, stream + at,
				size - at < piece ? size - at : piece, on_packet, &taken));
		assert_int_equal(taken, count);
		assert_int_equal(bytes_taken, size - count * SOUP_HEADER_BYTES);
		assert_int_equal(inbox.used, 0);
	}
}

static void what_is_no_packet_is_said_at_once(void **state)
{
	(void)state;
	assert_true(inbox_take(&inbox, (const uint8_t *)"\0", 1, on_packet, &taken));
	assert_false(inbox_take(&inbox, (const uint8_t *)"\0", 1, on_packet, &taken));
	begin(NULL);
	assert_false(inbox_take(&inbox, (const uint8_t *)"\xff\xffU", 3, on_packet, &taken));
	begin(NULL);
	assert_false(inbox_take(&inbox, (const uint8_t *)"\0\1U\0\0", 5, on_packet, &taken));
	assert_int_equal(taken, 1);
}

static void who_is_gone_is_read_no_further(void **state)
{
	(void)state;
	stop_at = 2;
	assert_true(
		inbox_take(&inbox, (const uint8_t *)"\0\1U\0\1U\0\1U\0\0", 11, on_packet, &taken));
	assert_int_equal(taken, 2);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup(test, begin)
	const struct CMUnitTest tests[] = {
		EACH(packets_in_any_pieces_are_taken_whole_and_once),
		EACH(what_is_no_packet_is_said_at_once),
		EACH(who_is_gone_is_read_no_further),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.inbox", tests, NULL, NULL);
}
