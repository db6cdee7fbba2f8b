/* Requests for old messages: whole messages or silence, and every silence has its reason.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/wire/mold64.h"
#include "tools/exchange/rewind.h"

#define SECOND_NS 1000000000ull

static struct tape tape;
static struct rewind rewinder;
static uint64_t now_ns;
static uint8_t out[TAPE_PACKET_BYTES];

static void on_packet(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size, uint64_t at_ns)
{
	(void)context, (void)line, (void)bytes, (void)size, (void)at_ns;
}

static void say(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct event event = {.kind = EVENT_DELETE, .order = tape.next, .locate = 1};
		tape_event(&tape, &event);
	}
	tape_turn(&tape, now_ns);
}

static int begin(void **state)
{
	(void)state;
	now_ns = 100 * SECOND_NS;
	tape_init(&tape, "DAY1", 2, 40000, on_packet, NULL);
	rewind_init(&rewinder, &tape);
	say(1000);
	return 0;
}

/* Whatever a test asked, each request has exactly one outcome. */
static int finish(void **state)
{
	const struct rewind_counts *c = &rewinder.counts;
	(void)state;
	assert_int_equal(c->requests, c->answered + c->malformed + c->other_session + c->ahead +
					      c->gone + c->limited + c->refused + c->unsent);
	rewind_close(&rewinder);
	tape_free(&tape);
	return 0;
}

static uint32_t ask_bytes(const uint8_t *request, uint32_t size)
{
	return rewind_answer(&rewinder, request, size, now_ns, out);
}

/* ask returns how many messages came, which must be those that were asked for; 0: silence. */
static uint32_t ask(const char *session, uint64_t first, uint16_t count)
{
	uint8_t request[REWIND_REQUEST_BYTES];
	struct mold64_block blocks[TAPE_PACKET_BYTES / 2];
	struct mold64_header header;
	bool is_malformed;
	uint32_t tail;
	mold64_begin(request, session, first);
	store_be16(request + 18, count);
	uint32_t size = ask_bytes(request, sizeof request);
	if (size == 0)
		return 0;
	assert_true(mold64_parse_header(out, size, &header));
	assert_memory_equal(header.session, tape.session, sizeof tape.session);
	assert_int_equal(header.sequence, first);
	assert_true(header.count >= 1 && header.count <= count);
	uint32_t found = mold64_parse_blocks(
		out, size, header.count, 0, blocks, ARRAY_COUNT(blocks), &is_malformed, &tail);
	assert_int_equal(found, header.count);
	assert_int_equal(tail, 0);
	for (uint32_t i = 0; i < found; i++)
		assert_int_equal(load_be64(blocks[i].bytes + 11), first + i);
	return found;
}

static void every_slice_of_the_day_is_answered_with_whole_messages(void **state)
{
	enum { FIT = (TAPE_PACKET_BYTES - MOLD64_HEADER_BYTES) / (2 + 19) };
	(void)state;
	for (uint64_t first = 1; first < tape.next; first += 13)
		for (uint32_t count = 1; count < 65535; count = count * 3 + 1) {
			uint64_t there = tape.next - first;
			uint64_t expected = count < there ? count : there;
			assert_int_equal(ask("DAY1      ", first, (uint16_t)count),
				expected < FIT ? expected : FIT);
		}
	assert_int_equal(ask("DAY1      ", 1000, 65534), 1);
}

static void silence_is_the_only_no(void **state)
{
	uint8_t bytes[64] = "DAY1      ";
	(void)state;
	assert_int_equal(ask("DAY1      ", 1001, 1), 0);
	assert_int_equal(ask("DAY1      ", UINT64_MAX, 65534), 0);
	assert_int_equal(ask("DAY1      ", 0, 1), 0);
	assert_int_equal(rewinder.counts.ahead, 3);
	assert_int_equal(ask("DAY2      ", 1, 1), 0);
	assert_int_equal(ask("DAY1\0\0\0\0\0\0", 1, 1), 0);
	assert_int_equal(rewinder.counts.other_session, 2);
	assert_int_equal(ask("DAY1      ", 1, MOLD64_HEARTBEAT), 0);
	assert_int_equal(ask("DAY1      ", 1, MOLD64_END_OF_SESSION), 0);
	store_be64(bytes + 10, 1);
	store_be16(bytes + 18, 1);
	for (uint32_t size = 0; size < sizeof bytes; size++)
		assert_int_equal(ask_bytes(bytes, size) != 0, size == REWIND_REQUEST_BYTES);
	assert_int_equal(rewinder.counts.malformed, 2 + 63);
}

static void what_is_no_longer_kept_is_not_invented(void **state)
{
	(void)state;
	say(100000);
	uint64_t oldest = tape.history.first;
	assert_true(oldest > 1000);
	assert_int_equal(ask("DAY1      ", oldest - 1, 5), 0);
	assert_int_equal(ask("DAY1      ", 1, 5), 0);
	assert_int_equal(ask("DAY1      ", oldest, 5), 5);
	tape_forget(&tape);
	assert_int_equal(ask("DAY1      ", tape.next - 1, 1), 0);
	assert_int_equal(rewinder.counts.gone, 3);
}

static void limits_hold_as_a_venues_do(void **state)
{
	(void)state;
	rewinder.count_max = 4;
	assert_int_equal(ask("DAY1      ", 1, 50), 4);
	rewinder.depth = 10;
	assert_int_equal(ask("DAY1      ", 990, 1), 0);
	assert_int_equal(ask("DAY1      ", 991, 50), 4);
	rewinder.rate_per_s = 3;
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask("DAY1      ", 1000, 1), 1);
	assert_int_equal(ask("DAY1      ", 1000, 1), 0);
	now_ns += SECOND_NS / 3;
	assert_int_equal(ask("DAY1      ", 1000, 1), 0);
	now_ns += 1;
	assert_int_equal(ask("DAY1      ", 1000, 1), 1);
	now_ns += 1000 * SECOND_NS;
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask("DAY1      ", 1000, 1), 1);
	assert_int_equal(ask("DAY1      ", 1000, 1), 0);
	assert_int_equal(rewinder.counts.limited, 3);
}

static void refusals_on_purpose_are_as_many_as_were_asked_for(void **state)
{
	(void)state;
	rewinder.refuse = 2;
	assert_int_equal(ask("DAY1      ", 1, 1), 0);
	assert_int_equal(ask("DAY1      ", 1, 1), 0);
	assert_int_equal(ask("DAY1      ", 1, 1), 1);
	rewinder.refuse = UINT64_MAX;
	for (int i = 0; i < 100; i++)
		assert_int_equal(ask("DAY1      ", 1, 1), 0);
	assert_int_equal(rewinder.counts.refused, 102);
}

static void holes_are_never_answered_and_end_an_answer(void **state)
{
	(void)state;
	assert_true(rewind_hole(&rewinder, 100, 10));
	assert_true(rewind_hole(&rewinder, 120, 1));
	assert_int_equal(ask("DAY1      ", 95, 50), 5);
	for (uint64_t n = 100; n < 110; n++)
		assert_int_equal(ask("DAY1      ", n, 50), 0);
	assert_int_equal(ask("DAY1      ", 110, 50), 10);
	assert_int_equal(ask("DAY1      ", 120, 50), 0);
	assert_int_equal(ask("DAY1      ", 121, 50), 50);
	assert_int_equal(rewinder.counts.gone, 11);
	assert_false(rewind_hole(&rewinder, 1, 0));
	assert_false(rewind_hole(&rewinder, UINT64_MAX, 1));
	while (rewinder.hole_count < REWIND_HOLE_MAX)
		assert_true(rewind_hole(&rewinder, 1, 1));
	assert_false(rewind_hole(&rewinder, 1, 1));
	rewind_calm(&rewinder);
	assert_int_equal(ask("DAY1      ", 100, 50), 50);
}

static void another_session_is_answered_under_its_own_name_only(void **state)
{
	(void)state;
	tape_session(&tape, "DAY2");
	say(5);
	assert_int_equal(ask("DAY1      ", 1, 9), 0);
	assert_int_equal(ask("DAY2      ", 6, 9), 0);
	assert_int_equal(ask("DAY2      ", 1, 9), 5);
	tape_end(&tape); /* while its end is said, the session is still answered */
	assert_int_equal(ask("DAY2      ", 2, 9), 4);
	assert_int_equal(rewinder.counts.other_session, 1);
}

static void the_answer_goes_to_where_the_request_came_from(void **state)
{
	struct config_error error;
	uint8_t request[REWIND_REQUEST_BYTES], answer[2048];
	struct sockaddr_in server = {.sin_family = AF_INET};
	(void)state;
	assert_true(rewind_open(&rewinder, "127.0.0.1", 0, &error));
	server.sin_port = htons(rewinder.port);
	inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);
	int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
	mold64_begin(request, "DAY1      ", 7);
	store_be16(request + 18, 2);
	assert_false(rewind_poll(&rewinder, now_ns));
	assert_int_equal(sendto(one, request, sizeof request, 0, (void *)&server, sizeof server),
		sizeof request);
	assert_true(rewind_poll(&rewinder, now_ns));
	assert_int_equal(recv(one, answer, sizeof answer, MSG_DONTWAIT), 20 + 2 * 21);
	assert_int_equal(recv(other, answer, sizeof answer, MSG_DONTWAIT), -1);
	store_be64(request + 10, 9);
	sendto(other, request, sizeof request, 0, (void *)&server, sizeof server);
	sendto(one, request, 3, 0, (void *)&server, sizeof server);
	sendto(one, request, 0, 0, (void *)&server, sizeof server);
	assert_true(rewind_poll(&rewinder, now_ns));
	assert_int_equal(recv(one, answer, sizeof answer, MSG_DONTWAIT), -1);
	assert_int_equal(recv(other, answer, sizeof answer, MSG_DONTWAIT), 20 + 2 * 21);
	assert_int_equal(load_be64(answer + 10), 9);
	assert_int_equal(rewinder.counts.malformed, 2);
	close(one);
	close(other);
	struct rewind second;
	rewind_init(&second, &tape);
	assert_false(rewind_open(&second, "127.0.0.1", rewinder.port, &error));
	assert_non_null(strstr(error.text, "Address already in use"));
	rewind_close(&second);
	assert_false(rewind_open(&second, "nowhere", 1, &error));
	assert_non_null(strstr(error.text, "nowhere"));
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish)
	const struct CMUnitTest tests[] = {
		EACH(every_slice_of_the_day_is_answered_with_whole_messages),
		EACH(silence_is_the_only_no),
		EACH(what_is_no_longer_kept_is_not_invented),
		EACH(limits_hold_as_a_venues_do),
		EACH(refusals_on_purpose_are_as_many_as_were_asked_for),
		EACH(holes_are_never_answered_and_end_an_answer),
		EACH(another_session_is_answered_under_its_own_name_only),
		EACH(the_answer_goes_to_where_the_request_came_from),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.rewind", tests, NULL, NULL);
}
