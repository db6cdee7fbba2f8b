/* ptp_test.c - questions as ptp4l takes them, its answers as it gave them (linuxptp 3.1.1 over a veth). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/machine/ptp.h"

/* Response header of a clock whose port is 0 or 1; the TLV's length and id follow. */
#define RESPONSE(length, sequence, tlv)                                                            \
	"\x0d\x02\x00" length "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"   \
	"\x72\x05\x66\xff\xfe\xd6\xbe\xa2\x00\x00" sequence                                        \
	"\x04\x7f\x00\x00\x00\x00\x00\x00\x00\x00\x51\xce\x00\x00\x02\x00\x00\x01\x00" tlv

static const char status_bytes[] = RESPONSE(
	"\x68", "\x00\x07", "\x34\xc0\x00") "\xff\xff\xff\xff\xff\xff\xff\xc2\x18\xec\x10\x44\xd7"
					    "\x21\x72\x46\x00\x00\x00\x00\x00\x00\x00"
					    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
					    "\x00\x00\x00\x00\x00\x01"
					    "\x4a\xa4\xce\xff\xfe\x92\x74\x83";
static const char current_bytes[] = RESPONSE("\x48", "\x00\x07",
	"\x14\x20\x01") "\x00\x01\xff\xff\xff\xff\xff\xc2\x00\x00\x00\x00\x00\x00\x08\xe3\x00\x01";
static const char port_bytes[] = RESPONSE(
	"\x50", "\x00\x07", "\x1c\x20\x04") "\x72\x05\x66\xff\xfe\xd6\xbe\xa2\x00\x01\x08\xfd\x00"
					    "\x00\x00\x00\x00\x00\x00\x00\xfe\x03\xfd"
					    "\x01\x00\x02";

static const struct {
	const char *bytes;
	size_t size;
	enum ptp_question question;
} answers[] = {{status_bytes, sizeof status_bytes - 1, PTP_TIME_STATUS},
	{current_bytes, sizeof current_bytes - 1, PTP_CURRENT_DATA_SET},
	{port_bytes, sizeof port_bytes - 1, PTP_PORT_DATA_SET}};

static bool parse(unsigned which, struct ptp_answer *answer)
{
	return ptp_answer_parse((const uint8_t *)answers[which].bytes, answers[which].size, answer);
}

static void a_question_is_as_long_as_its_answer_and_meant_for_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(answers); i++) {
		uint8_t out[PTP_MESSAGE_BYTES_MAX];
		assert_int_equal(ptp_ask(out, answers[i].question, 3, 0x0102), answers[i].size);
		assert_int_equal(load_be16(out + 2), answers[i].size);
		assert_memory_equal(out, "\x0d\x02", 2);
		assert_int_equal(out[4], 3);
		assert_memory_equal(out + 30,
			"\x01\x02\x04\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
			"\x00\x00\x00\x00\x00\x01",
			20);
		assert_memory_equal(out + 50, answers[i].bytes + 50, 4);
	}
}

static void the_status_tells_offset_and_grandmaster(void **state)
{
	struct ptp_answer answer;
	(void)state;
	assert_true(parse(0, &answer));
	assert_int_equal(answer.question, PTP_TIME_STATUS);
	assert_int_equal(answer.sequence, 7);
	assert_int_equal(answer.offset_ns, -62);
	assert_true(answer.has_grandmaster);
	assert_memory_equal(answer.grandmaster, "\x4a\xa4\xce\xff\xfe\x92\x74\x83", 8);
}

static void the_current_data_set_tells_hops_and_delay_rounded_up(void **state)
{
	struct ptp_answer answer;
	uint8_t bytes[sizeof current_bytes];
	(void)state;
	assert_true(parse(1, &answer));
	assert_int_equal(answer.steps, 1);
	assert_int_equal(answer.delay_ns, 2276);
	memcpy(bytes, current_bytes, sizeof bytes);
	memset(bytes + 64, 0xFF, 8); /* -2^-16 ns */
	assert_true(ptp_answer_parse(bytes, sizeof current_bytes - 1, &answer));
	assert_int_equal(answer.delay_ns, 1);
	memset(bytes + 64, 0, 8);
	bytes[64] = 0x80; /* the largest there is */
	assert_true(ptp_answer_parse(bytes, sizeof current_bytes - 1, &answer));
	assert_int_equal(answer.delay_ns, UINT64_C(1) << 47);
}

static void a_port_tells_its_state(void **state)
{
	struct ptp_answer answer;
	(void)state;
	assert_true(parse(2, &answer));
	assert_int_equal(answer.port_state, PTP_STATE_UNCALIBRATED);
	assert_string_equal(ptp_state_name(answer.port_state), "UNCALIBRATED");
	assert_string_equal(ptp_state_name(PTP_STATE_SLAVE), "SLAVE");
	assert_string_equal(ptp_state_name(PTP_STATE_COUNT), "unknown");
}

static void what_is_cut_short_is_no_answer(void **state)
{
	struct ptp_answer answer;
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(answers); i++) {
		for (size_t size = 0; size < answers[i].size; size++)
			assert_false(
				ptp_answer_parse((const uint8_t *)answers[i].bytes, size, &answer));
	}
}

static void what_is_no_response_to_our_questions_is_no_answer(void **state)
{
	/* type, version, length, action, TLV type, TLV length, id */
	static const struct {
		uint8_t at, value;
	} wrong[] = {{0, 0x0B}, {1, 1}, {3, 0x67}, {46, 3}, {49, 2}, {51, 0x33}, {53, 9}};
	struct ptp_answer answer;
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(wrong); i++) {
		uint8_t bytes[sizeof status_bytes];
		memcpy(bytes, status_bytes, sizeof bytes);
		bytes[wrong[i].at] = wrong[i].value;
		assert_false(ptp_answer_parse(bytes, sizeof status_bytes - 1, &answer));
	}
}

static void a_newer_minor_version_is_understood(void **state)
{
	struct ptp_answer answer;
	uint8_t bytes[sizeof status_bytes];
	(void)state;
	memcpy(bytes, status_bytes, sizeof bytes);
	bytes[1] = 0x12; /* IEEE 1588-2019 */
	assert_true(ptp_answer_parse(bytes, sizeof status_bytes - 1, &answer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_as_long_as_its_answer_and_meant_for_all),
		cmocka_unit_test(the_status_tells_offset_and_grandmaster),
		cmocka_unit_test(the_current_data_set_tells_hops_and_delay_rounded_up),
		cmocka_unit_test(a_port_tells_its_state),
		cmocka_unit_test(what_is_cut_short_is_no_answer),
		cmocka_unit_test(what_is_no_response_to_our_questions_is_no_answer),
		cmocka_unit_test(a_newer_minor_version_is_understood),
	};
	return !!cmocka_run_group_tests_name("unit.drivers.machine.ptp", tests, NULL, NULL);
}
