/* market_test.c - the generated market, its files and its oracle, held against the book.
   rooms: tools_pktgen dataplane_book dataplane_wire */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pcap/pcap.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/net.h"
#include "drivers/machine/cpu.h"
#include "tools/pktgen/carrier.h"
#include "tools/pktgen/market.h"
#include "tools/pktgen/verify.h"

enum { MESSAGES = 300000, SYMBOLS = 2000 };

static const char folder[] = SLUICE_BINARY_DIRECTORY "/pktgen_test";

static const char *path_of(const char *name)
{
	static char paths[4][512];
	static uint32_t turn;
	char *path = paths[turn++ % ARRAY_COUNT(paths)];
	snprintf(path, sizeof paths[0], "%s.%d.%s", folder, (int)getpid(), name);
	return path;
}

/* make writes all files of a market. */
static void make(uint64_t seed, uint64_t messages, uint32_t symbols)
{
	static struct carrier carrier;
	struct market_options options = {messages, symbols, seed};
	uint8_t message[ITCH50_SIZE_MAX];
	uint64_t made = 0;
	uint32_t size;
	struct market *market = market_open(&options);
	assert_non_null(market);
	assert_true(carrier_open(&carrier, PROTOCOL_ITCH50, path_of("itch"), path_of("a.pcap"),
		path_of("b.pcap"), "TEST"));
	while ((size = market_next(market, message)) != 0) {
		assert_int_equal(size, itch50_size(message[0]));
		carrier_add(&carrier, message, size, market_time_ns(market));
		made++;
	}
	assert_int_equal(made, messages);
	assert_true(carrier_close(&carrier));
	FILE *oracle = fopen(path_of("tsv"), "w");
	assert_non_null(oracle);
	market_oracle(market, oracle);
	assert_int_equal(fclose(oracle), 0);
	market_close(market);
}

static void forget(void)
{
	unlink(path_of("itch"));
	unlink(path_of("a.pcap"));
	unlink(path_of("b.pcap"));
	unlink(path_of("tsv"));
}

static void two_markets_verify_exactly_by_every_decoder(void **state)
{
	(void)state;
	enum isa before = cpu_isa();
	for (uint64_t seed = 1; seed <= 2; seed++) {
		make(seed, MESSAGES, seed == 1 ? SYMBOLS : 8714);
		for (enum isa isa = ISA_SCALAR; isa < ISA_COUNT; isa++) {
			if (!cpu_isa_force(isa))
				continue;
			assert_true(verify_files(path_of("itch"), path_of("tsv"), stderr));
		}
		cpu_isa_force(before);
		forget();
	}
}

static void one_symbol_and_the_most_symbols_verify(void **state)
{
	(void)state;
	make(3, 20000, 1);
	assert_true(verify_files(path_of("itch"), path_of("tsv"), stderr));
	make(4, 150000, 65535);
	assert_true(verify_files(path_of("itch"), path_of("tsv"), stderr));
	forget();
}

static void a_length_of_0_at_the_end_is_a_mark(void **state)
{
	(void)state;
	make(6, 20000, 10);
	FILE *file = fopen(path_of("itch"), "a");
	assert_non_null(file);
	assert_int_equal(fwrite("\0", 1, 2, file), 2);
	fclose(file);
	assert_true(verify_files(path_of("itch"), path_of("tsv"), stderr));
	forget();
}

/* spoil changes one digit of the oracle's row of the first symbol that has a bid. */
static void spoil(const char *path)
{
	char text[256];
	FILE *file = fopen(path, "r+");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof text, file));
	for (;;) {
		long at = ftell(file);
		assert_non_null(fgets(text, sizeof text, file));
		char *bid = strchr(strchr(text, '\t') + 1, '\t') + 1;
		if (*bid == '0')
			continue;
		fseek(file, at + (bid - text), SEEK_SET);
		fputc(*bid == '9' ? '8' : '9', file);
		break;
	}
	fclose(file);
}

static void a_spoilt_oracle_and_a_cut_file_are_found_out(void **state)
{
	(void)state;
	FILE *report = tmpfile();
	assert_non_null(report);
	make(5, 30000, 100);
	assert_int_equal(truncate(path_of("itch"), 500001), 0);
	assert_false(verify_files(path_of("itch"), path_of("tsv"), report));
	char text[200] = "";
	rewind(report);
	assert_non_null(fgets(text, sizeof text, report));
	assert_non_null(strstr(text, "cut short at byte "));
	assert_non_null(strstr(text, "of 500001"));
	fseek(report, 0, SEEK_END);
	make(5, 30000, 100);
	spoil(path_of("tsv"));
	assert_false(verify_files(path_of("itch"), path_of("tsv"), report));
	assert_false(verify_files(path_of("none"), path_of("tsv"), report));
	assert_false(verify_files(path_of("itch"), path_of("none"), report));
	assert_true(ftell(report) > 0);
	fclose(report);
	forget();
}

static void the_same_seed_gives_the_same_bytes_and_another_does_not(void **state)
{
	(void)state;
	uint8_t one[ITCH50_SIZE_MAX], two[ITCH50_SIZE_MAX], other[ITCH50_SIZE_MAX];
	struct market_options options = {20000, 50, 9}, changed = {20000, 50, 10};
	struct market *a = market_open(&options), *b = market_open(&options),
		      *c = market_open(&changed);
	uint32_t size, different = 0;
	while ((size = market_next(a, one)) != 0) {
		assert_int_equal(market_next(b, two), size);
		assert_memory_equal(one, two, size);
		different += market_next(c, other) != size || memcmp(one, other, size) != 0;
	}
	assert_true(different > 10000);
	market_close(a);
	market_close(b);
	market_close(c);
}

/* read_line plays a capture back: every frame is whole, sequences follow each other, and the messages are
   those of the daily file.  Returns how many. */
static uint64_t read_line(const char *path, FILE *itch, uint64_t *first_ns)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
	struct pcap_pkthdr *header;
	const uint8_t *frame;
	uint64_t next = 1;
	bool is_ended = false;
	assert_non_null(pcap);
	while (pcap_next_ex(pcap, &header, &frame) == 1) {
		struct net_udp udp;
		struct mold64_header mold;
		struct mold64_block blocks[64];
		bool is_malformed;
		uint32_t tail;
		assert_int_equal(net_parse(frame, header->caplen, &udp), NET_OK);
		assert_true(mold64_parse_header(udp.payload, udp.payload_bytes, &mold));
		assert_memory_equal(mold.session, "TEST      ", 10);
		assert_int_equal(mold.sequence, next);
		assert_false(is_ended);
		if (next == 1)
			*first_ns = (uint64_t)header->ts.tv_sec * 1000000000u +
				    (uint64_t)header->ts.tv_usec;
		is_ended = mold.count == MOLD64_END_OF_SESSION;
		if (is_ended)
			continue;
		uint32_t count = mold64_parse_blocks(udp.payload, udp.payload_bytes, mold.count, 0,
			blocks, 64, &is_malformed, &tail);
		assert_int_equal(count, mold.count);
		assert_in_range(count, 1, CARRIER_BURST_COUNT_MAX);
		assert_int_equal(tail, 0);
		for (uint32_t i = 0; i < count; i++) {
			uint8_t bytes[2 + ITCH50_SIZE_MAX];
			assert_int_equal(fread(bytes, 2 + blocks[i].size_bytes, 1, itch), 1);
			assert_int_equal(load_be16(bytes), blocks[i].size_bytes);
			assert_memory_equal(bytes + 2, blocks[i].bytes, blocks[i].size_bytes);
		}
		next += count;
	}
	assert_true(is_ended);
	pcap_close(pcap);
	return next - 1;
}

static void both_lines_carry_the_file_and_b_comes_later(void **state)
{
	(void)state;
	uint64_t a_ns = 0, b_ns = 0;
	make(6, 50000, 100);
	FILE *itch = fopen(path_of("itch"), "rb");
	assert_non_null(itch);
	assert_int_equal(read_line(path_of("a.pcap"), itch, &a_ns), 50000);
	assert_int_equal(fgetc(itch), EOF);
	rewind(itch);
	assert_int_equal(read_line(path_of("b.pcap"), itch, &b_ns), 50000);
	assert_int_equal(b_ns - a_ns, 2000);
	fclose(itch);
	forget();
}

/* The mix, the repeated symbol and the sizes are those that were measured on the real day. */
static void the_flow_has_the_statistics_of_the_day(void **state)
{
	(void)state;
	struct market_options options = {MESSAGES, 1000, 7};
	struct market *market = market_open(&options);
	uint32_t of_type[256] = {0}, flow = 0, same = 0, hundreds = 0, older = 0;
	uint8_t message[ITCH50_SIZE_MAX];
	uint16_t last = 0;
	uint64_t highest = 0;
	assert_non_null(market);
	for (uint64_t i = 0; market_next(market, message) != 0; i++) {
		uint16_t locate = load_be16(message + 1);
		if (i < 2003)
			continue;
		of_type[message[0]]++;
		flow++;
		same += locate == last;
		last = locate;
		if (message[0] != 'A')
			continue;
		hundreds += load_be32(message + 20) == 100;
		older += load_be64(message + 11) < highest;
		if (load_be64(message + 11) > highest)
			highest = load_be64(message + 11);
	}
	assert_in_range(of_type['A'] * 1000 / flow, 440, 520);
	assert_in_range(of_type['D'] * 1000 / flow, 370, 435);
	assert_in_range(of_type['U'] * 1000 / flow, 65, 80);
	assert_in_range(of_type['E'] * 1000 / flow, 15, 24);
	assert_in_range(of_type['I'] * 1000 / flow, 8, 12);
	assert_in_range(same * 1000 / flow, 300, 335);
	assert_in_range(hundreds * 1000 / of_type['A'], 460, 480);
	assert_in_range(older, 1, of_type['A'] / 100);
	market_close(market);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_markets_verify_exactly_by_every_decoder),
		cmocka_unit_test(one_symbol_and_the_most_symbols_verify),
		cmocka_unit_test(a_length_of_0_at_the_end_is_a_mark),
		cmocka_unit_test(a_spoilt_oracle_and_a_cut_file_are_found_out),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_another_does_not),
		cmocka_unit_test(both_lines_carry_the_file_and_b_comes_later),
		cmocka_unit_test(the_flow_has_the_statistics_of_the_day),
	};
	return !!cmocka_run_group_tests_name("unit.tools.pktgen.market", tests, NULL, NULL);
}
