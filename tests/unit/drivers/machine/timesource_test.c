/* timesource_test.c - chronyd and ptp4l played on sockets, the kernel asked, a number format of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdio.h>

#include "drivers/machine/timesource.h"

#define SECOND_NS TIMESOURCE_PERIOD_NS

enum { BYTES = 104 };

static int daemon_socket;
static struct timesource source;
static struct sockaddr_in peer;
static uint8_t request[2 * BYTES];

static int begin(void **state)
{
	(void)state;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof address;
	daemon_socket = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(daemon_socket, (struct sockaddr *)&address, size) != 0 ||
		getsockname(daemon_socket, (struct sockaddr *)&address, &size) != 0)
		return 1;
	timesource_open(&source, CLOCK_CHRONY, ntohs(address.sin_port));
	return 0;
}

static int end(void **state)
{
	(void)state;
	timesource_close(&source);
	close(daemon_socket);
	return 0;
}

static void request_take(void)
{
	socklen_t size = sizeof peer;
	assert_int_equal(recvfrom(daemon_socket, request, sizeof request, 0,
				 (struct sockaddr *)&peer, &size),
		BYTES);
	assert_memory_equal(request, "\6\1\0\0\0\x21\0\0", 8);
}

/* A reply with the request's sequence, synchronised, off by half a millisecond. */
static void reply_make(uint8_t reply[BYTES])
{
	memset(reply, 0, BYTES);
	memcpy(reply, "\6\2\0\0\0\x21\0\5", 8);
	memcpy(reply + 16, request + 8, 4);
	memcpy(reply + 28, "\xC0\0\2\1", 4);
	store_be16(reply + 52, 3);
	store_be32(reply + 68, (uint32_t)(128 - 8) << 25 | 0x800000); /* 2^23 * 2^(-8-25) s */
	store_be32(reply + 92, (uint32_t)(128 - 6) << 25 | 0x800000);
	store_be32(reply + 96, (uint32_t)(128 - 8) << 25 | 0x800000);
}

static void reply_send(const uint8_t *reply, size_t size)
{
	assert_int_equal(
		sendto(daemon_socket, reply, size, 0, (struct sockaddr *)&peer, sizeof peer),
		(ssize_t)size);
}

static void numbers_of_the_protocol_become_nanoseconds(void **state)
{
	(void)state;
	assert_int_equal(timesource_float_ns(0), 0);
	assert_int_equal(timesource_float_ns(2u << 25 | 0x800000), 1000000000);
	assert_int_equal(timesource_float_ns(2u << 25 | 0x1800000), -1000000000);
	assert_int_equal(timesource_float_ns((uint32_t)(128 - 8) << 25 | 0x800000), 976562);
	assert_int_equal(timesource_float_ns(0x40u << 25 | 1), 0); /* 2^(-64 - 25) s */
	assert_int_equal(timesource_float_ns(63u << 25 | 0xFFFFFF), INT64_MAX);
	assert_true(timesource_float_ns(63u << 25 | 0x1000000) < -INT64_MAX / 2);
}

static void chronyds_answer_is_read(void **state)
{
	(void)state;
	uint8_t reply[BYTES];
	timesource_turn(&source, 5);
	assert_false(source.reading.is_known);
	request_take();
	reply_make(reply);
	reply_send(reply, sizeof reply);
	timesource_turn(&source, 7);
	const struct time_reading *reading = &source.reading;
	assert_true(reading->is_known && reading->is_synchronised);
	assert_int_equal(reading->offset_ns, 976562);
	assert_int_equal(reading->bound_ns, 976562 + 976562 + 3906250 / 2);
	assert_int_equal(reading->stratum, 3);
	assert_int_equal(reading->read_ns, 7);
	assert_string_equal(reading->reference, "192.0.2.1");
}

static void a_reference_clock_is_named_by_its_letters(void **state)
{
	(void)state;
	uint8_t reply[BYTES];
	timesource_turn(&source, 5);
	request_take();
	reply_make(reply);
	store_be16(reply + 52, 1);
	memcpy(reply + 28, "PPS\0", 4);
	reply_send(reply, sizeof reply);
	timesource_turn(&source, 7);
	assert_string_equal(source.reading.reference, "PPS");
}

static void a_daemon_without_a_source_is_not_believed(void **state)
{
	(void)state;
	for (uint32_t wrong = 0; wrong < 2; wrong++) {
		uint8_t reply[BYTES];
		timesource_turn(&source, (1 + wrong) * SECOND_NS);
		request_take();
		reply_make(reply);
		if (wrong == 0)
			store_be16(reply + 54, 3);
		else
			store_be32(reply + 28, 0);
		reply_send(reply, sizeof reply);
		timesource_turn(&source, (1 + wrong) * SECOND_NS + 1);
		assert_true(source.reading.is_known);
		assert_false(source.reading.is_synchronised);
		assert_non_null(strstr(source.reading.reason, "no source"));
	}
}

static void what_answers_no_question_of_ours_is_passed_over(void **state)
{
	(void)state;
	static const uint8_t places[] = {0, 1, 5, 19};
	uint8_t reply[BYTES];
	timesource_turn(&source, 5);
	request_take();
	for (uint32_t i = 0; i < ARRAY_COUNT(places); i++) {
		reply_make(reply);
		reply[places[i]] ^= 1;
		reply_send(reply, sizeof reply);
	}
	reply_make(reply);
	reply_send(reply, BYTES - 1);
	timesource_turn(&source, 7);
	assert_false(source.reading.is_known);
	reply[9] = 1; /* status: not authorised */
	reply_send(reply, sizeof reply);
	timesource_turn(&source, 8);
	assert_non_null(strstr(source.reading.reason, "refuses"));
}

static void a_daemon_that_falls_silent_has_no_reading(void **state)
{
	(void)state;
	uint8_t reply[BYTES];
	timesource_turn(&source, 5);
	request_take();
	reply_make(reply);
	reply_send(reply, sizeof reply);
	timesource_turn(&source, 7);
	timesource_turn(&source, 5 + SECOND_NS - 1);
	assert_int_equal(source.sequence, 1);
	timesource_turn(&source, 5 + SECOND_NS);
	assert_true(source.reading.is_known);
	timesource_turn(&source, 5 + 2 * SECOND_NS);
	assert_false(source.reading.is_known);
	assert_non_null(strstr(source.reading.reason, "does not answer"));
	close(daemon_socket);
	timesource_turn(&source, 5 + 3 * SECOND_NS);
	timesource_turn(&source, 5 + 4 * SECOND_NS);
	assert_false(source.reading.is_known);
	daemon_socket = -1;
}

/* ptp4l played: three questions come in, answers go out as ptp_ask's own messages turned round. */
static char ptp_path[64];
static struct sockaddr_un ptp_peer;
static uint8_t questions[3][PTP_MESSAGE_BYTES_MAX];

static int begin_ptp(void **state)
{
	(void)state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(ptp_path, sizeof ptp_path, "/tmp/ptp4l.%d", (int)getpid());
	snprintf(address.sun_path, sizeof address.sun_path, "%s", ptp_path);
	unlink(ptp_path);
	daemon_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	timesource_open_ptp(&source, ptp_path, 5);
	return bind(daemon_socket, (struct sockaddr *)&address, sizeof address) != 0;
}

static int end_ptp(void **state)
{
	(void)state;
	timesource_close(&source);
	close(daemon_socket);
	unlink(ptp_path);
	return 0;
}

static void questions_take(void)
{
	for (uint32_t i = 0; i < 3; i++) {
		socklen_t size = sizeof ptp_peer;
		assert_true(recvfrom(daemon_socket, questions[i], sizeof questions[i], 0,
				    (struct sockaddr *)&ptp_peer, &size) > 54);
		questions[i][46] = 2; /* a response */
	}
	store_be32(questions[0] + 58, 1500); /* ahead of the master by 1,500 ns */
	store_be32(questions[0] + 92, 1);    /* a grandmaster is there */
	memcpy(questions[0] + 96, "\x4a\xa4\xce\xff\xfe\x92\x74\x83", 8);
	store_be16(questions[1] + 54, 1);    /* one hop */
	store_be32(questions[1] + 66, 4000); /* 4,000 ns in 2^-16 */
	questions[2][64] = PTP_STATE_SLAVE;
}

static void answer_send(uint32_t which)
{
	size_t size = load_be16(questions[which] + 2);
	assert_int_equal(
		sendto(daemon_socket, questions[which], size, 0, (struct sockaddr *)&ptp_peer,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 6)),
		size);
}

static void ptp4ls_three_answers_make_a_reading(void **state)
{
	(void)state;
	timesource_turn(&source, 5);
	questions_take();
	assert_int_equal(questions[0][4], 5);
	answer_send(2);
	answer_send(0);
	timesource_turn(&source, 6);
	assert_false(source.reading.is_known);
	answer_send(1);
	timesource_turn(&source, 7);
	const struct time_reading *reading = &source.reading;
	assert_true(reading->is_known && reading->is_synchronised);
	assert_int_equal(reading->offset_ns, -1500);
	assert_int_equal(reading->bound_ns, 1500 + 2000);
	assert_int_equal(reading->stratum, 1);
	assert_int_equal(reading->read_ns, 7);
	assert_string_equal(reading->reference, "grandmaster 4aa4ce.fffe.927483");
}

static void a_port_that_is_not_locked_is_not_believed(void **state)
{
	(void)state;
	timesource_turn(&source, 5);
	questions_take();
	questions[2][64] = 6; /* the first of two ports is master itself */
	answer_send(0);
	answer_send(1);
	answer_send(2);
	questions[2][64] = PTP_STATE_UNCALIBRATED;
	answer_send(2);
	questions[2][64] = 77; /* no state at all */
	answer_send(2);
	timesource_turn(&source, 7);
	assert_true(source.reading.is_known);
	assert_false(source.reading.is_synchronised);
	assert_string_equal(source.reading.reason,
		"ptp4l has a grandmaster, its port is UNCALIBRATED, expected it SLAVE of one");
}

static void a_lost_grandmaster_is_said(void **state)
{
	(void)state;
	timesource_turn(&source, 5);
	questions_take();
	store_be32(questions[0] + 92, 0);
	answer_send(0);
	answer_send(1);
	answer_send(2);
	timesource_turn(&source, 7);
	assert_false(source.reading.is_synchronised);
	assert_non_null(strstr(source.reading.reason, "no grandmaster"));
}

static void answers_of_another_question_or_domain_are_passed_over(void **state)
{
	(void)state;
	timesource_turn(&source, 5);
	questions_take();
	answer_send(1);
	answer_send(2);
	questions[0][31] ^= 1;
	answer_send(0);
	questions[0][31] ^= 1;
	questions[0][4] ^= 1;
	answer_send(0);
	questions[0][46] = 0; /* a question, not an answer */
	answer_send(0);
	timesource_turn(&source, 7);
	assert_false(source.reading.is_known);
}

static void a_silent_or_absent_ptp4l_has_no_reading(void **state)
{
	(void)state;
	timesource_turn(&source, 5);
	questions_take();
	for (uint32_t i = 0; i < 3; i++)
		answer_send(i);
	timesource_turn(&source, 7);
	assert_true(source.reading.is_known);
	timesource_turn(&source, 7 + SECOND_NS);
	assert_true(source.reading.is_known);
	timesource_turn(&source, 7 + 2 * SECOND_NS);
	assert_non_null(strstr(source.reading.reason, "does not answer"));
	unlink(ptp_path);
	timesource_turn(&source, 7 + 3 * SECOND_NS);
	assert_false(source.reading.is_known);
	assert_non_null(strstr(source.reading.reason, "cannot be asked"));
}

static void the_kernel_knows_or_says_why_not(void **state)
{
	(void)state;
	struct timesource kernel;
	timesource_open(&kernel, CLOCK_KERNEL, 0);
	timesource_turn(&kernel, 5);
	if (kernel.reading.is_known)
		assert_int_equal(kernel.reading.is_synchronised, kernel.reading.reason[0] == '\0');
	else
		assert_non_null(strstr(kernel.reading.reason, "adjtimex"));
	timesource_close(&kernel);
}

static void the_twin_says_what_a_test_says(void **state)
{
	(void)state;
	struct timesource sim;
	struct time_reading reading = {.is_known = true, .offset_ns = -7};
	timesource_open(&sim, CLOCK_SIM, 0);
	timesource_turn(&sim, 5);
	assert_false(sim.reading.is_known);
	timesource_set(&sim, &reading);
	timesource_turn(&sim, 5 + SECOND_NS);
	assert_int_equal(sim.reading.offset_ns, -7);
	timesource_open(&sim, CLOCK_NONE, 0);
	timesource_turn(&sim, 5);
	assert_false(sim.reading.is_known);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define PTP(test) cmocka_unit_test_setup_teardown(test, begin_ptp, end_ptp)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_the_protocol_become_nanoseconds),
		ONE(chronyds_answer_is_read),
		ONE(a_reference_clock_is_named_by_its_letters),
		ONE(a_daemon_without_a_source_is_not_believed),
		ONE(what_answers_no_question_of_ours_is_passed_over),
		ONE(a_daemon_that_falls_silent_has_no_reading),
		PTP(ptp4ls_three_answers_make_a_reading),
		PTP(a_port_that_is_not_locked_is_not_believed),
		PTP(a_lost_grandmaster_is_said),
		PTP(answers_of_another_question_or_domain_are_passed_over),
		PTP(a_silent_or_absent_ptp4l_has_no_reading),
		cmocka_unit_test(the_kernel_knows_or_says_why_not),
		cmocka_unit_test(the_twin_says_what_a_test_says),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.timesource", tests, NULL, NULL);
}
