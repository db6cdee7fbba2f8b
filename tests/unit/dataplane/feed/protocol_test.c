/* protocol_test.c - every row: packets become numbers and blocks, blocks become events, and what is another's is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/feed/protocol.h"
#include "dataplane/wire/pitch_proxy.h"

static struct protocol_stream stream_of(enum protocol protocol, bool has_number, uint32_t number)
{
	struct protocol_stream stream;
	struct channel_config config = {.protocol = (uint8_t)protocol};
	config.has_number = has_number;
	config.number = number;
	protocol_stream_init(&stream, &config);
	return stream;
}

static uint32_t segment(uint8_t *out, uint16_t protocol, uint32_t channel, uint32_t session)
{
	struct iextp_header header = {
		.protocol = protocol, .channel = channel, .session = session, .sequence = 41};
	uint32_t size = iextp_begin(out, &header);
	return iextp_append(out, size, 256, (const uint8_t *)"ABC", 3);
}

static void a_moldudp64_packet_is_what_it_says(void **state)
{
	(void)state;
	struct protocol_stream stream = stream_of(PROTOCOL_ITCH50, false, 0);
	struct mold64_header header;
	uint8_t packet[64];
	uint32_t size = mold64_begin(packet, "SESSION001", 9);
	assert_int_equal(stream.row->frame_read(&stream, packet, size, 1, &header), FRAME_NUMBERED);
	assert_memory_equal(header.session, "SESSION001", 10);
	assert_int_equal(header.sequence, 9);
	assert_int_equal(
		stream.row->frame_read(&stream, packet, size - 1, 1, &header), FRAME_MALFORMED);
}

static void a_segments_session_is_its_number_in_ten_characters(void **state)
{
	(void)state;
	static const struct {
		uint32_t session;
		const char *text;
	} rows[] = {{0, "0         "}, {1222443008, "1222443008"}, {7, "7         "},
		{0, "0         "}, {UINT32_MAX, "4294967295"}};
	struct protocol_stream stream = stream_of(PROTOCOL_DEEP, false, 0);
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++)
		for (int again = 0; again < 2; again++) {
			struct mold64_header header;
			uint8_t packet[256];
			uint32_t size = segment(packet, IEXTP_DEEP, 1, rows[i].session);
			assert_int_equal(stream.row->frame_read(&stream, packet, size, 1, &header),
				FRAME_NUMBERED);
			assert_memory_equal(header.session, rows[i].text, 10);
			assert_int_equal(header.sequence, 41);
			assert_int_equal(header.count, 1);
		}
}

static void a_segment_of_another_protocol_or_channel_is_anothers(void **state)
{
	(void)state;
	struct mold64_header header;
	uint8_t packet[256];
	struct protocol_stream levels = stream_of(PROTOCOL_DEEP, true, 1);
	struct protocol_stream orders = stream_of(PROTOCOL_DEEP_PLUS, false, 0);
	uint32_t size = segment(packet, IEXTP_DEEP, 1, 7);
	assert_int_equal(levels.row->frame_read(&levels, packet, size, 1, &header), FRAME_NUMBERED);
	assert_int_equal(orders.row->frame_read(&orders, packet, size, 1, &header), FRAME_OTHER);
	segment(packet, IEXTP_DEEP_PLUS, 1, 7);
	assert_int_equal(levels.row->frame_read(&levels, packet, size, 1, &header), FRAME_OTHER);
	segment(packet, IEXTP_DEEP, 2, 7);
	assert_int_equal(levels.row->frame_read(&levels, packet, size, 1, &header), FRAME_OTHER);
	/* Where none is wanted the first is. */
	segment(packet, IEXTP_DEEP_PLUS, 5, 7);
	assert_int_equal(orders.row->frame_read(&orders, packet, size, 1, &header), FRAME_NUMBERED);
	segment(packet, IEXTP_DEEP_PLUS, 6, 7);
	assert_int_equal(orders.row->frame_read(&orders, packet, size, 1, &header), FRAME_OTHER);
}

static void a_segment_that_is_none_or_counts_too_far_is_malformed(void **state)
{
	(void)state;
	struct mold64_header header;
	uint8_t packet[256];
	struct protocol_stream stream = stream_of(PROTOCOL_DEEP, false, 0);
	uint32_t size = segment(packet, IEXTP_DEEP, 1, 7);
	assert_int_equal(stream.row->frame_read(&stream, packet, 39, 1, &header), FRAME_MALFORMED);
	little_store16(packet + 14, UINT16_MAX);
	assert_int_equal(
		stream.row->frame_read(&stream, packet, size, 1, &header), FRAME_MALFORMED);
}

static void a_unit_has_numbers_of_64_bits_and_a_name(void **state)
{
	(void)state;
	struct protocol_stream stream = stream_of(PROTOCOL_PITCH, false, 0);
	struct mold64_header header;
	uint8_t packet[64];
	uint32_t size = pitch_unit_begin(packet, 31, UINT32_MAX);
	assert_int_equal(
		stream.row->frame_read(&stream, packet, size, UINT32_MAX, &header), FRAME_NUMBERED);
	assert_memory_equal(header.session, "unit 31   ", 10);
	assert_int_equal(header.sequence, UINT32_MAX);
	assert_int_equal(header.count, 0);
	pitch_unit_begin(packet, 31, 1);
	stream.row->frame_read(&stream, packet, size, UINT32_MAX, &header);
	assert_int_equal(header.sequence, (uint64_t)UINT32_MAX + 1);
}

static void a_unit_without_a_number_only_lives_and_another_is_anothers(void **state)
{
	(void)state;
	struct protocol_stream stream = stream_of(PROTOCOL_PITCH, true, 3);
	struct mold64_header header;
	uint8_t packet[64];
	uint32_t size = pitch_unit_begin(packet, 3, 0);
	assert_int_equal(stream.row->frame_read(&stream, packet, size, 1, &header), FRAME_ALIVE);
	assert_int_equal(stream.row->frame_read(&stream, packet, 7, 1, &header), FRAME_MALFORMED);
	pitch_unit_begin(packet, 4, 1);
	assert_int_equal(stream.row->frame_read(&stream, packet, size, 1, &header), FRAME_OTHER);
}

static void a_request_is_that_of_the_framing(void **state)
{
	(void)state;
	uint8_t out[PROTOCOL_REQUEST_BYTES_MAX], packet[256];
	struct mold64_header header;
	struct protocol_stream stream = stream_of(PROTOCOL_ITCH50, false, 0);
	uint32_t size = stream.row->request_write("SESSION001", 9, 60, &stream, out);
	assert_true(mold64_parse_header(out, size, &header));
	assert_int_equal(header.sequence, 9);
	assert_int_equal(header.count, 60);
	stream = stream_of(PROTOCOL_DEEP_PLUS, true, 5);
	stream.row->frame_read(
		&stream, packet, segment(packet, IEXTP_DEEP_PLUS, 5, 1222443008), 1, &header);
	size = stream.row->request_write(header.session, 9, 60, &stream, out);
	struct iextp_header asked;
	struct iextp_range range;
	assert_int_equal(iextp_parse_request(out, size, &asked, &range, 1), 1);
	assert_int_equal(asked.protocol, IEXTP_DEEP_PLUS);
	assert_int_equal(asked.channel, 5);
	assert_int_equal(asked.session, 1222443008);
	assert_int_equal(range.first, 9);
	assert_int_equal(range.last, 68);
	assert_int_equal(stream.row->request_write("4294967295", 1, 1, &stream, out), size);
	assert_int_equal(iextp_parse_request(out, size, &asked, &range, 1), 1);
	assert_int_equal(asked.session, UINT32_MAX);
	stream.row->request_write("77        ", 1, 1, &stream, out);
	assert_int_equal(iextp_parse_request(out, size, &asked, &range, 1), 1);
	assert_int_equal(asked.session, 77);
	stream = stream_of(PROTOCOL_PITCH, true, 7);
	size = stream.row->request_write("unit 7    ", UINT64_C(0xFFFFFFFF) + 9, 60, &stream, out);
	struct pitch_proxy_message wanted;
	assert_true(pitch_proxy_parse(out, size, &wanted));
	assert_int_equal(wanted.type, PITCH_PROXY_GAP_REQUEST);
	assert_int_equal(wanted.unit, 7);
	assert_int_equal(wanted.sequence, 9);
	assert_int_equal(wanted.count, 60);
}

/* One order or level of AAPL, as each protocol writes it. */
static uint32_t written(enum protocol protocol, struct event *event, uint8_t *out)
{
	event->symbol = symbol_pack("AAPL");
	event->kind = protocol == PROTOCOL_DEEP ? EVENT_LEVEL : EVENT_ADD;
	event->order = protocol == PROTOCOL_DEEP ? 0 : 77;
	event->qty = 100;
	event->price_e4 = 990100;
	event->side = SIDE_SELL;
	switch (protocol) {
	case PROTOCOL_DEEP:
		return deep_encode(DEEP_FEED_LEVELS, UINT64_C(1692676800000000000), event, out);
	case PROTOCOL_DEEP_PLUS:
		return deep_encode(DEEP_FEED_ORDERS, UINT64_C(1692676800000000000), event, out);
	case PROTOCOL_PITCH:
		return pitch_encode(event, out);
	default:
		event->locate = 2;
		return itch50_encode(event, out);
	}
}

static void every_codec_gives_the_same_event_and_a_locate(void **state)
{
	(void)state;
	static struct symbol_config symbols[2];
	struct site_config *site = calloc(1, sizeof *site);
	symbols[0].name = symbol_pack("MSFT");
	symbols[1].name = symbol_pack("AAPL");
	site->symbols = symbols;
	site->symbol_count = 2;
	for (enum protocol protocol = 0; protocol < PROTOCOL_COUNT; protocol++) {
		static struct protocol_codec codec;
		uint8_t out[DEEP_SIZE_MAX + ITCH50_READ_PAST_BYTES] = {0};
		struct event wanted = {0}, found;
		struct event_skips skips = {0};
		struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX];
		struct mold64_block block = {out, written(protocol, &wanted, out)};
		protocol_codec_init(&codec, protocol, site);
		codec.row->decode(&codec, &block, 1, &found, &skips);
		assert_int_equal(skips.unknown + skips.bad, 0);
		assert_int_equal(found.kind, wanted.kind);
		assert_int_equal(found.order, wanted.order);
		assert_int_equal(found.qty, wanted.qty);
		assert_int_equal(found.price_e4, wanted.price_e4);
		assert_int_equal(found.side, wanted.side);
		assert_int_equal(found.symbol, wanted.symbol);
		assert_int_equal(found.locate, 2);
		assert_int_equal(codec.unnamed, 0);
		assert_int_equal(codec.row->state_read(&block, &found, said), 0);
		/* A type that none of them knows, and one that is cut. */
		block.size_bytes--;
		codec.row->decode(&codec, &block, 1, &found, &skips);
		assert_int_equal(skips.bad, 1);
		out[0] = out[1] = '?';
		codec.row->decode(&codec, &block, 1, &found, &skips);
		assert_int_equal(skips.unknown, 1);
		protocol_codec_forget(&codec);
		protocol_codec_return(&codec);
	}
	free(site);
}

static void a_name_without_a_locate_is_counted(void **state)
{
	(void)state;
	static struct protocol_codec codec;
	struct site_config *site = calloc(1, sizeof *site);
	struct event wanted = {0}, found;
	struct event_skips skips = {0};
	uint8_t out[DEEP_SIZE_MAX];
	struct mold64_block block = {out, written(PROTOCOL_PITCH, &wanted, out)};
	protocol_codec_init(&codec, PROTOCOL_PITCH, site);
	codec.names.count = NAMES_COUNT_MAX;
	codec.row->decode(&codec, &block, 1, &found, &skips);
	assert_int_equal(found.locate, 0);
	assert_int_equal(codec.unnamed, 1);
	protocol_codec_return(&codec);
	free(site);
}

static void a_state_is_read_by_every_codec(void **state)
{
	(void)state;
	struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX];
	struct event event = {.kind = EVENT_STATE, .code = 'H', .locate = 2}, found;
	struct event_skips skips = {0};
	uint8_t out[DEEP_SIZE_MAX];
	event.symbol = symbol_pack("AAPL");
	struct mold64_block block = {out, itch50_encode(&event, out)};
	assert_int_equal(protocol_row_of(PROTOCOL_ITCH50)->state_read(&block, &event, said), 1);
	assert_int_equal(said[0].kind, STATE_EVENT_TRADING);
	struct pitch pitch = {0};
	block.size_bytes = pitch_encode(&event, out);
	pitch_decode(&pitch, &block, 1, &found, &skips);
	assert_int_equal(protocol_row_of(PROTOCOL_PITCH)->state_read(&block, &found, said), 2);
	assert_int_equal(said[0].trading.state, 'H');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moldudp64_packet_is_what_it_says),
		cmocka_unit_test(a_segments_session_is_its_number_in_ten_characters),
		cmocka_unit_test(a_segment_of_another_protocol_or_channel_is_anothers),
		cmocka_unit_test(a_segment_that_is_none_or_counts_too_far_is_malformed),
		cmocka_unit_test(a_unit_has_numbers_of_64_bits_and_a_name),
		cmocka_unit_test(a_unit_without_a_number_only_lives_and_another_is_anothers),
		cmocka_unit_test(a_request_is_that_of_the_framing),
		cmocka_unit_test(every_codec_gives_the_same_event_and_a_locate),
		cmocka_unit_test(a_name_without_a_locate_is_counted),
		cmocka_unit_test(a_state_is_read_by_every_codec),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.protocol", tests, NULL, NULL);
}
