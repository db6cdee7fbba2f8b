/* market_test.c - the market's memory as its maker and a strategy of another build see it.
   rooms: dataplane_shm */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/shm/market.h"
#include "drivers/machine/aside.h"
#include "drivers/machine/clock.h"

/* What a strategy reads lies where sluice.h says. */
#define SAME(ours, theirs, member)                                                                 \
	_Static_assert(offsetof(struct ours, member) == offsetof(struct theirs, member), #member)
SAME(top_prices, sluice_top, bid_e4);
SAME(top_prices, sluice_top, ask_e4);
SAME(top_prices, sluice_top, bid_qty);
SAME(top_prices, sluice_top, ask_qty);
SAME(top_prices, sluice_top, last_e4);
SAME(top_prices, sluice_top, last_ns);
SAME(top_prices, sluice_top, state);
SAME(top_prices, sluice_top, channel);
SAME(top_prices, sluice_top, operational);
SAME(top_prices, sluice_top, stale);
SAME(top_prices, sluice_top, close_minute);
SAME(top_prices, sluice_top, short_sale);
SAME(top_prices, sluice_top, close_e4);
SAME(top_prices, sluice_top, band_lower_e4);
SAME(top_prices, sluice_top, band_upper_e4);
_Static_assert(sizeof(struct top_prices) == sizeof(struct sluice_top), "one top");
_Static_assert(
	offsetof(struct top, lock) == 0 && offsetof(struct top, prices) == 0, "lock in the prices");
_Static_assert(offsetof(struct channel_state, heard_ns) == 0, "a channel's age is its first word");
_Static_assert(sizeof(struct sluice_event) == CACHE_LINE_BYTES, "one line");
_Static_assert(offsetof(struct sluice_tape_page, offset_bytes) == SHARED_ALIGN_BYTES, "apart");
_Static_assert((int)SIDE_BUY == 0 && (int)SIDE_SELL == 1, "sides");
_Static_assert(sizeof(struct sluice_hello) == 256, "said whole");

static struct symbol_config symbols[] = {
	{.tick_e4 = 100, .lot = 100, .previous_close_e4 = 1630000}, {.tick_e4 = 1, .lot = 1}};
static struct site_config site = {.symbol_count = 2,
	.symbols = symbols,
	.channel_count = 3,
	.tape_event_count = 1024,
	.tape_carries = TAPE_ALL};
static struct market_region *market;
static int market_fd;
static struct sluice s;

static int set_up(void **state)
{
	(void)state;
	struct config_error error = {""};
	symbols[0].name = symbol_pack("AAPL");
	symbols[1].name = symbol_pack("ABCDEFGH");
	market = market_create(&market_fd, &site, &error);
	memset(&s, 0, sizeof s);
	return market == NULL || sluice_map_fd(&s, market_fd) != 0;
}

static int tear_down(void **state)
{
	(void)state;
	s.socket = -1;
	sluice_close(&s);
	region_leave(market);
	close(market_fd);
	return 0;
}

static void symbols_are_found_by_name_and_told_by_index(void **state)
{
	(void)state;
	char name[9];
	assert_int_equal(sluice_symbol(&s, "AAPL"), 0);
	assert_int_equal(sluice_symbol(&s, "ABCDEFGH"), 1);
	assert_int_equal(sluice_symbol(&s, "AAP"), SLUICE_NONE);
	assert_int_equal(sluice_symbol(&s, "ABCDEFGHI"), SLUICE_NONE);
	assert_int_equal(sluice_symbol(&s, ""), SLUICE_NONE);
	sluice_name(&s, 0, name);
	assert_string_equal(name, "AAPL");
	sluice_name(&s, 1, name);
	assert_string_equal(name, "ABCDEFGH");
	sluice_name(&s, 2, name);
	assert_string_equal(name, "?");
	assert_int_equal(sluice_instrument_of(&s, 0)->tick_e4, 100);
	assert_int_equal(sluice_instrument_of(&s, 0)->previous_close_e4, 1630000);
	assert_int_equal(sluice_instrument_of(&s, 1)->lot, 1);
	assert_null(sluice_instrument_of(&s, 2));
}

static void a_top_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	struct sluice_top top;
	struct top_prices prices = {
		.bid_e4 = 1630000, .ask_e4 = 1630200, .bid_qty = 5, .state = 'T', .stale = 1};
	top_publish(&market->tops[1], &prices);
	assert_true(sluice_top_read(&s, 1, &top));
	assert_memory_equal(&top, &prices, sizeof top);
	assert_false(sluice_top_read(&s, 2, &top)); /* beyond the site's symbols */
	atomic_fetch_add(&market->tops[1].lock, 1); /* a writer that died in the middle */
	assert_false(sluice_top_read(&s, 1, &top));
	assert_int_equal(top.bid_e4, 0);
}

static void a_channel_ages_until_it_is_heard(void **state)
{
	(void)state;
	assert_true(sluice_channel_age_ns(&s, 0, 1000) == UINT64_MAX);
	atomic_store(&market->channels[0].heard_ns, 400);
	assert_int_equal(sluice_channel_age_ns(&s, 0, 1000), 600);
	assert_int_equal(sluice_channel_age_ns(&s, 0, 300), 0);
	assert_true(sluice_channel_age_ns(&s, 3, 1000) == UINT64_MAX);
}

static void a_strategy_tells_the_feeds_time(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t before_ns = clock_now_ns(), ns = sluice_now_ns(&s);
		uint64_t after_ns = clock_now_ns();
		assert_true(before_ns <= ns && ns <= after_ns);
	}
}

static void time_is_the_kernels_where_the_tsc_is_not_used(void **state)
{
	(void)state;
	struct timespec t;
	s.clock.ratio_q32 = 0;
	uint64_t ns = sluice_now_ns(&s);
	clock_gettime(CLOCK_MONOTONIC, &t);
	uint64_t after_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	assert_true(ns <= after_ns && after_ns - ns < 1000000000u);
}

static void nobody_maps_it_writable(void **state)
{
	(void)state;
	assert_int_equal(mprotect((void *)(uintptr_t)s.map, 4096, PROT_READ | PROT_WRITE), -1);
	assert_ptr_equal(
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, market_fd, 0), MAP_FAILED);
}

/* The map, changed by a maker that lies or is of another version. */
static void refused(const char *words)
{
	struct sluice other;
	assert_int_equal(sluice_adopt(&other, market, market->header.size_bytes), -1);
	if (strstr(other.error, words) == NULL)
		fail_msg("found \"%s\", expected it to say \"%s\"", other.error, words);
	assert_non_null(strstr(other.error, "expected"));
	assert_null(other.map);
}

static void memory_that_is_no_market_is_refused(void **state)
{
	(void)state;
	struct config_error error = {""};
	struct sluice other;
	const struct sluice_map right = market->map;
	const struct sluice_tape_page page = market->tapes[0].page;
	assert_int_equal(sluice_adopt(&other, market, market->header.size_bytes - 1), -1);
	assert_int_equal(sluice_adopt(&other, market, 8), -1);
	market->map.magic++;
	refused("another kind");
	market->map = right;
	market->map.abi++;
	refused("version");
	for (unsigned i = 0; i <= SLUICE_TAPES; i++) {
		market->map = right;
		market->map.parts[i].row_bytes = 4;
		refused("part");
		market->map = right;
		market->map.parts[i].offset_bytes = right.size_bytes + 8;
		refused("part");
		market->map = right;
		market->map.parts[i].count = UINT32_MAX;
		refused("part");
		market->map = right;
		market->map.parts[i].offset_bytes += 4;
		refused("part");
	}
	market->map = right;
	for (unsigned i = 0; i < 3; i++) {
		market->tapes[0].page = page;
		if (i == 0)
			market->tapes[0].page.event_count = 1000;
		if (i == 1)
			market->tapes[0].page.event_count = 2048;
		if (i == 2)
			market->tapes[0].page.offset_bytes += 8;
		refused("tape 0");
		assert_null(market_join(market_fd, &error));
		assert_non_null(strstr(error.text, "tape 0"));
	}
	market->tapes[0].page = page;
	const struct market_region *joined = market_join(market_fd, &error);
	assert_non_null(joined);
	region_leave(joined);
}

static void a_descriptor_of_no_use_is_refused(void **state)
{
	(void)state;
	struct sluice other = {0};
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sluice_map_fd(&other, fds[0]), -1);
	assert_non_null(strstr(other.error, "no use"));
	close(fds[0]);
	close(fds[1]);
}

/* Runs a shell command that prints a program, through every compiler there is, with every warning an error.
   -I is where a strategy finds the header. */
static void compiles_alone(const char *source)
{
	static const char *const compilers[] = {"gcc -x c -std=c11",
		"gcc -x c -std=c17 -D_GNU_SOURCE", "g++ -x c++ -std=c++17",
		"clang-14 -x c -std=c11", "clang++-14 -x c++ -std=c++17"};
	unsigned tried = 0;
	for (unsigned i = 0; i < ARRAY_COUNT(compilers); i++) {
		char command[2048];
		snprintf(command, sizeof command, "command -v %.*s >/dev/null 2>&1",
			(int)strcspn(compilers[i], " "), compilers[i]);
		if (system(command) != 0)
			continue;
		snprintf(command, sizeof command,
			"%s | %s -I%s/include -O2 -Wall -Wextra -Wpedantic -Wshadow "
			"-Wconversion -Werror -S -o /dev/null -",
			source, compilers[i], SLUICE_BINARY_DIRECTORY);
		if (system(command) != 0)
			fail_msg("found %s refusing it, expected it to compile", compilers[i]);
		tried++;
	}
	assert_true(tried > 0);
}

static void the_header_compiles_alone_as_c_and_as_cpp(void **state)
{
	(void)state;
	compiles_alone("printf '#include \"sluice.h\"\\nint main(void) { struct sluice s; return "
		       "sluice_open(&s, \"/x\", \"y\"); }\\n'");
}

static void each_example_of_the_page_for_authors_compiles(void **state)
{
	(void)state;
	for (int i = 1; i <= 2; i++) {
		char source[512];
		snprintf(source, sizeof source,
			"awk '/^```c$/ {n++; on = 1; next} /^```$/ {on = 0} on && n == "
			"%d' " SLUICE_SOURCE_DIRECTORY "/docs/strategies.md",
			i);
		compiles_alone(source);
	}
}

static void orders_compile_without_the_market(void **state)
{
	(void)state;
	compiles_alone("printf '#include \"" SLUICE_SOURCE_DIRECTORY
		       "/drivers/stream/sluice_order.h\"\nint main(void) { struct sluice_order o; "
		       "return sluice_order_open(&o, \"/x\", \"y\"); }\n'");
}

/* How many pages of a part of the region there are. */
static size_t pages_there(const void *from, size_t size_bytes)
{
	static unsigned char there[64 * 1024];
	uintptr_t begin = (uintptr_t)from / 4096 * 4096, end = (uintptr_t)from + size_bytes;
	size_t count = (end - begin + 4095) / 4096, sum = 0;
	assert_true(count <= sizeof there);
	assert_int_equal(mincore((void *)begin, end - begin, there), 0);
	for (size_t i = 0; i < count; i++)
		sum += there[i] & 1;
	return sum;
}

/* A boot clears what it makes present, and the tables have room for six times ten thousand symbols. */
static void rows_that_a_site_uses_are_there_and_no_more(void **state)
{
	(void)state;
	enum { SYMBOLS = 10000 };
	static struct symbol_config many[SYMBOLS];
	struct site_config large = site;
	struct config_error error = {""};
	int fd = -1;
	large.symbols = many;
	large.symbol_count = SYMBOLS;
	struct market_region *m = market_create(&fd, &large, &error);
	assert_non_null(m);
	const size_t rows = sizeof m->tops[0] + sizeof m->instruments[0] + sizeof m->states[0];
	const size_t fixed = market_size_bytes(&large) - SYMBOL_COUNT_MAX * rows;
	assert_int_equal(pages_there(m->tops, sizeof m->tops[0] * SYMBOLS),
		(sizeof m->tops[0] * SYMBOLS + (uintptr_t)m->tops % 4096 + 4095) / 4096);
	assert_int_equal(pages_there(m->instruments, sizeof m->instruments[0] * SYMBOLS),
		(sizeof m->instruments[0] * SYMBOLS + (uintptr_t)m->instruments % 4096 + 4095) /
			4096);
	assert_int_equal(pages_there(m->states, sizeof m->states[0] * SYMBOLS),
		(sizeof m->states[0] * SYMBOLS + (uintptr_t)m->states % 4096 + 4095) / 4096);
	assert_true(
		pages_there(m, market_size_bytes(&large)) <= (fixed + SYMBOLS * rows) / 4096 + 8);
	region_leave(m);
	close(fd);
}

/* A tape is a second of the fastest burst, and its beginning is there at once. */
static void a_tapes_beginning_is_there_at_once_and_the_rest_behind_the_boot(void **state)
{
	(void)state;
	enum { EVENTS = 1 << 17 };
	struct site_config large = site;
	struct config_error error = {""};
	int fd = -1;
	large.tape_event_count = EVENTS;
	aside_begin();
	struct market_region *m = market_create(&fd, &large, &error);
	assert_non_null(m);
	const size_t bytes = EVENTS * sizeof(struct sluice_event), first = 4 << 20;
	const uint8_t *ring = (const uint8_t *)m + m->tapes[0].page.offset_bytes;
	assert_true(first < bytes);
	assert_int_equal(aside_settle(), 0);
	assert_int_equal(pages_there(ring, first), (first + (uintptr_t)ring % 4096 + 4095) / 4096);
	assert_true(pages_there(ring, bytes) < pages_there(ring, first) + 2);
	assert_int_equal(aside_end(), 0);
	const size_t pages = (bytes + (uintptr_t)ring % 4096 + 4095) / 4096;
	const uint64_t until_ns = clock_now_ns() + UINT64_C(20000000000);
	while (pages_there(ring, bytes) != pages && clock_now_ns() < until_ns)
		sched_yield();
	assert_int_equal(pages_there(ring, bytes), pages);
	region_leave(m);
	close(fd);
}

#define market_case(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	clock_start();
	const struct CMUnitTest tests[] = {
		market_case(symbols_are_found_by_name_and_told_by_index),
		market_case(a_top_is_read_whole_or_not_at_all),
		market_case(a_channel_ages_until_it_is_heard),
		market_case(a_strategy_tells_the_feeds_time),
		market_case(time_is_the_kernels_where_the_tsc_is_not_used),
		market_case(nobody_maps_it_writable),
		market_case(rows_that_a_site_uses_are_there_and_no_more),
		market_case(a_tapes_beginning_is_there_at_once_and_the_rest_behind_the_boot),
		market_case(memory_that_is_no_market_is_refused),
		market_case(a_descriptor_of_no_use_is_refused),
		market_case(the_header_compiles_alone_as_c_and_as_cpp),
		market_case(each_example_of_the_page_for_authors_compiles),
		market_case(orders_compile_without_the_market),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.shm.market", tests, NULL, NULL);
}
