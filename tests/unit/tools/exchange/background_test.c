/* Other people's flow in our market: alone it comes out as it went in, with us it trades with us. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/wire/itch50.h"
#include "tools/exchange/background.h"
#include "tools/exchange/counter.h"

enum { LOCATE = 14, PACKET_MAX = 4096 };

static struct desk *desk;
static struct tape tape;
static struct background background;
static char path[64];
static uint8_t file[1 << 16];
static uint32_t file_bytes;

/* What went out on the tape, event by event, with the numbers it should have. */
static struct event out[PACKET_MAX];
static uint32_t out_count;
static uint64_t expected_sequence;

static void on_packet(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size, uint64_t now_ns)
{
	static uint8_t padded[TAPE_PACKET_BYTES + ITCH50_READ_PAST_BYTES];
	struct mold64_header header;
	struct mold64_block blocks[64];
	struct itch50_counts counts = {0};
	bool is_malformed;
	uint32_t tail;
	(void)context, (void)line, (void)now_ns;
	memcpy(padded, bytes, size);
	assert_true(mold64_parse_header(padded, size, &header));
	assert_memory_equal(header.session, "DAY1      ", 10);
	assert_int_equal(header.sequence, expected_sequence);
	if (header.count == MOLD64_END_OF_SESSION)
		return;
	uint32_t found = mold64_parse_blocks(
		padded, size, header.count, 0, blocks, 64, &is_malformed, &tail);
	assert_int_equal(found, header.count);
	assert_true(out_count + found <= PACKET_MAX);
	itch50_decode(blocks, found, out + out_count, &counts);
	assert_int_equal(counts.bad + counts.unknown, 0);
	out_count += found;
	expected_sequence += found;
}

static void on_event(void *context, const struct event *event)
{
	(void)context;
	tape_event(&tape, event);
}

static void on_fill(void *context, const struct match_fill *fill)
{
	(void)context;
	desk_on_fill(desk, fill);
}

static int flow_begin(void **state)
{
	const struct match_sink sink = {.publish = on_event, .fill = on_fill};
	(void)state;
	desk = calloc(1, sizeof *desk);
	desk_init(desk);
	desk->match = match_open(&sink, 20000);
	match_symbol(desk->match, LOCATE, symbol_pack("AAPL"));
	desk_symbol(desk, LOCATE, symbol_pack("AAPL"));
	desk_user_add(desk, "alice", "secret", "");
	tape_init(&tape, "DAY1", 1, 1 << 20, on_packet, NULL);
	out_count = file_bytes = 0;
	expected_sequence = 1;
	snprintf(path, sizeof path, "flow-%d.itch", (int)getpid());
	return 0;
}

static int flow_finish(void **state)
{
	(void)state;
	background_close(&background);
	tape_free(&tape);
	unlink(path);
	match_close(desk->match);
	desk_free(desk);
	free(desk);
	return 0;
}

static void put(const struct event *event)
{
	uint8_t message[ITCH50_SIZE_MAX];
	struct event e = *event;
	e.locate = LOCATE;
	e.exch_ns = 1000 + file_bytes;
	uint32_t size = itch50_encode(&e, message);
	store_be16(file + file_bytes, (uint16_t)size);
	memcpy(file + file_bytes + 2, message, size);
	file_bytes += 2 + size;
}

static void put_add(uint64_t order, enum side side, uint32_t qty, int64_t price_e4)
{
	put(&(struct event){.kind = EVENT_ADD,
		.order = order,
		.side = (uint8_t)side,
		.qty = qty,
		.price_e4 = price_e4,
		.symbol = symbol_pack("AAPL")});
}

static void write_file(void)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(file, 1, file_bytes, f), file_bytes);
	fclose(f);
}

static void play(uint64_t count)
{
	uint64_t exch_ns;
	while (count-- > 0 && background_next(&background, &exch_ns))
		background_step(&background, desk, &tape);
	tape_turn(&tape, 1);
}

static void load(void)
{
	struct config_error error;
	write_file();
	assert_true(background_open(&background, path, &error));
}

static void enter(uint32_t ref, uint8_t side, uint32_t qty, uint64_t price_e4)
{
	uint8_t bytes[MESSAGE_BYTES_MAX];
	struct ouch_in in = {.type = 'O',
		.ref = ref,
		.side = side,
		.qty = qty,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = price_e4,
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	counter_take(desk, 0, bytes, ouch50_build_in(bytes, sizeof bytes, &in));
}

static void a_flow_alone_comes_out_with_its_own_meaning(void **state)
{
	(void)state;
	put_add(900, SIDE_BUY, 100, 1000000);
	put_add(901, SIDE_SELL, 200, 1000100);
	put(&(struct event){.kind = EVENT_EXECUTE, .order = 901, .qty = 50, .match = 77});
	put(&(struct event){
		.kind = EVENT_REPLACE, .order = 900, .other = 902, .qty = 70, .price_e4 = 1000050});
	put(&(struct event){.kind = EVENT_REDUCE, .order = 901, .qty = 20});
	put(&(struct event){.kind = EVENT_EXECUTE_AT,
		.order = 902,
		.qty = 10,
		.match = 78,
		.price_e4 = 999900,
		.code = 'N'});
	put(&(struct event){.kind = EVENT_DELETE, .order = 902});
	load();
	play(100);
	static const uint8_t kinds[] = {EVENT_ADD, EVENT_ADD, EVENT_EXECUTE, EVENT_REPLACE,
		EVENT_REDUCE, EVENT_EXECUTE_AT, EVENT_DELETE};
	assert_int_equal(out_count, ARRAY_COUNT(kinds));
	for (uint32_t i = 0; i < out_count; i++)
		assert_int_equal(out[i].kind, kinds[i]);
	assert_int_equal(out[2].order, out[1].order);
	assert_int_equal(out[2].qty, 50);
	assert_int_equal(out[3].order, out[0].order);
	assert_int_equal(out[5].order, out[3].other);
	assert_int_equal(out[5].price_e4, 999900);
	assert_int_equal(out[5].code, 'N');
	assert_int_equal(match_find(desk->match, out[1].order)->qty, 130);
	assert_int_equal(background.counts.gone, 0);
}

static void a_participant_takes_and_the_flow_loses_what_was_taken(void **state)
{
	(void)state;
	put_add(900, SIDE_SELL, 100, 1000000);
	put(&(struct event){.kind = EVENT_EXECUTE, .order = 900, .qty = 80, .match = 1});
	put(&(struct event){.kind = EVENT_DELETE, .order = 900});
	load();
	play(1);
	enter(1, 'B', 60, 1000000);
	play(2);
	assert_int_equal(desk->users[0].orders[0].executed, 60);
	assert_int_equal(out_count, 3);
	assert_int_equal(out[2].kind, EVENT_EXECUTE);
	assert_int_equal(out[2].qty, 40); /* what is left of it */
	assert_int_equal(background.counts.gone, 1);
}

static void the_flow_meets_a_participant_who_is_better(void **state)
{
	(void)state;
	put_add(900, SIDE_SELL, 100, 1000000);
	put(&(struct event){.kind = EVENT_EXECUTE, .order = 900, .qty = 80, .match = 1});
	put_add(901, SIDE_BUY, 500, 999950);
	load();
	play(1);
	enter(1, 'S', 50, 999900);
	enter(2, 'S', 30, 999950);
	enter(3, 'S', 30, 999960);
	play(1);
	assert_int_equal(desk->users[0].orders[0].executed, 50);
	assert_int_equal(desk->users[0].orders[1].executed, 30);
	assert_int_equal(desk->users[0].orders[2].executed, 0);
	enter(4, 'S', 30, 999940);
	play(1); /* crosses the participant's order, as any order would */
	assert_int_equal(desk->users[0].orders[3].executed, 30);
	struct match_level level;
	assert_int_equal(match_levels(desk->match, LOCATE, SIDE_BUY, &level, 1), 1);
	assert_int_equal(level.qty, 470);
}

static void a_halt_of_the_flow_halts_the_market(void **state)
{
	(void)state;
	put(&(struct event){.kind = EVENT_STATE, .symbol = symbol_pack("AAPL"), .code = 'H'});
	put(&(struct event){.kind = EVENT_STATE, .symbol = symbol_pack("AAPL"), .code = 'T'});
	put(&(struct event){.kind = EVENT_SYSTEM, .code = 'Q'});
	load();
	play(1);
	assert_true(desk->halts[LOCATE]);
	play(2);
	assert_false(desk->halts[LOCATE]);
	assert_int_equal(out_count, 2);
	assert_int_equal(background.counts.skipped, 1);
}

static void refused(const char *part)
{
	struct config_error error = {{0}};
	write_file();
	assert_false(background_open(&background, path, &error));
	assert_non_null(strstr(error.text, part));
}

static void a_length_of_0_at_the_end_is_a_mark_and_elsewhere_a_lie(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	put_add(900, SIDE_SELL, 100, 1000000);
	store_be16(file + file_bytes, 0);
	file_bytes += 2;
	write_file();
	assert_true(background_open(&background, path, &error));
	assert_int_equal(background.message_count, 1);
	background_close(&background);
	put_add(901, SIDE_SELL, 100, 1000000);
	refused("message 2 at byte 38");
}

static void a_file_that_lies_is_refused_with_its_place(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	put_add(900, SIDE_SELL, 100, 1000000);
	uint32_t whole = file_bytes;
	put_add(901, SIDE_SELL, 100, 1000000);
	file_bytes -= 1;
	refused("message 2 at byte 38");
	file_bytes = whole + 1;
	refused("message 2");
	file_bytes = whole;
	store_be16(file, 35);
	refused("message 1 at byte 0");
	assert_false(background_open(&background, "nowhere.itch", &error));
	assert_non_null(strstr(error.text, "No such file"));
}

static void packets_carry_every_message_once_and_silence_has_heartbeats(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 300; i++)
		put_add(900 + i, SIDE_SELL, 100, 1000000);
	load();
	play(300);
	assert_int_equal(out_count, 300);
	uint64_t packets = tape.packets;
	assert_int_equal(packets, (300 + 35) / 36); /* 20 + 36 blocks of 38 bytes fit 1400 */
	tape_turn(&tape, 1000000000);
	assert_int_equal(tape.packets, packets);
	tape_turn(&tape, 1000000001);
	assert_int_equal(tape.packets, packets + 1);
	tape_end(&tape);
	assert_int_equal(tape.packets, packets + 2);
}

/* Real flow around an open: nothing of it is lost or changed on the way. */
static void real_flow_alone_is_repeated_whole(void **state)
{
	static const char real[] =
		SLUICE_SOURCE_DIRECTORY "/tests/data/nasdaq_aapl/aapl_20190130.itch";
	struct config_error error;
	uint64_t exch_ns;
	(void)state;
	assert_true(background_open(&background, real, &error));
	while (background_next(&background, &exch_ns)) {
		out_count = 0;
		background_step(&background, desk, &tape);
		tape_turn(&tape, 0);
	}
	assert_int_equal(background.counts.messages, 10049);
	assert_int_equal(background.counts.gone, 0);
	assert_int_equal(
		expected_sequence - 1, 10049 - 3); /* the day's O, R and Q are the venue's own */
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, flow_begin, flow_finish)
	const struct CMUnitTest tests[] = {
		EACH(a_flow_alone_comes_out_with_its_own_meaning),
		EACH(a_participant_takes_and_the_flow_loses_what_was_taken),
		EACH(the_flow_meets_a_participant_who_is_better),
		EACH(a_halt_of_the_flow_halts_the_market),
		EACH(a_length_of_0_at_the_end_is_a_mark_and_elsewhere_a_lie),
		EACH(a_file_that_lies_is_refused_with_its_place),
		EACH(packets_carry_every_message_once_and_silence_has_heartbeats),
		EACH(real_flow_alone_is_repeated_whole),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.background", tests, NULL, NULL);
}
