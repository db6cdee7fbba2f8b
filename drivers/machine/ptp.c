#include "drivers/machine/ptp.h"

/* A management message: header, target, action, then one TLV (IEEE 1588-2019, 13.3, 15.4.1, 15.5.2). */
enum {
	TYPE_MANAGEMENT = 0xD,
	VERSION = 2,
	LENGTH_AT = 2,
	DOMAIN_AT = 4,
	SOURCE_PORT_AT = 28,
	SEQUENCE_AT = 30,
	CONTROL_AT = 32, /* 4: management */
	INTERVAL_AT = 33,
	TARGET_AT = 34,
	TARGET_BYTES = 10,
	ACTION_AT = 46,
	ACTION_RESPONSE = 2,
	TLV_AT = 48,
	TLV_MANAGEMENT = 1,
	TLV_LENGTH_AT = 50,
	ID_AT = 52,
	DATA_AT = 54,
	/* of the data */
	STATUS_BYTES = 50,
	STATUS_PRESENT_AT = 38,
	STATUS_GRANDMASTER_AT = 42,
	CURRENT_BYTES = 18,
	CURRENT_DELAY_AT = 10,
	PORT_BYTES = 26,
	PORT_STATE_AT = 10,
	INTERVAL_BITS = 16, /* a TimeInterval is in 2^-16 ns */
	OUR_PORT = 0x51CE,
};

static uint32_t answer_bytes(uint16_t question)
{
	switch (question) {
	case PTP_TIME_STATUS:
		return STATUS_BYTES;
	case PTP_CURRENT_DATA_SET:
		return CURRENT_BYTES;
	case PTP_PORT_DATA_SET:
		return PORT_BYTES;
	default:
		return 0;
	}
}

uint32_t ptp_ask(uint8_t out[PTP_MESSAGE_BYTES_MAX], enum ptp_question question, uint8_t domain,
	uint16_t sequence)
{
	uint32_t data = answer_bytes((uint16_t)question);
	memset(out, 0, PTP_MESSAGE_BYTES_MAX);
	out[0] = TYPE_MANAGEMENT;
	out[1] = VERSION;
	store_be16(out + LENGTH_AT, (uint16_t)(DATA_AT + data));
	out[DOMAIN_AT] = domain;
	store_be16(out + SOURCE_PORT_AT, OUR_PORT);
	store_be16(out + SEQUENCE_AT, sequence);
	out[CONTROL_AT] = 4;
	out[INTERVAL_AT] = 0x7F;
	memset(out + TARGET_AT, 0xFF, TARGET_BYTES); /* every clock and port that hears it */
	store_be16(out + TLV_AT, TLV_MANAGEMENT);
	store_be16(out + TLV_LENGTH_AT, (uint16_t)(data + 2));
	store_be16(out + ID_AT, (uint16_t)question);
	return DATA_AT + data;
}

/* A time interval as whole nanoseconds without its sign, rounded up. */
static uint64_t interval_size_ns(uint64_t bits)
{
	uint64_t size = bits >> 63 != 0 ? 0 - bits : bits;
	return (size + (1u << INTERVAL_BITS) - 1) >> INTERVAL_BITS;
}

bool ptp_answer_parse(const uint8_t *bytes, size_t size, struct ptp_answer *answer)
{
	memset(answer, 0, sizeof *answer);
	if (size < DATA_AT || (bytes[0] & 0xF) != TYPE_MANAGEMENT || (bytes[1] & 0xF) != VERSION ||
		(bytes[ACTION_AT] & 0xF) != ACTION_RESPONSE ||
		load_be16(bytes + TLV_AT) != TLV_MANAGEMENT)
		return false;
	uint32_t data = answer_bytes(load_be16(bytes + ID_AT));
	if (data == 0 || size < DATA_AT + data || load_be16(bytes + TLV_LENGTH_AT) < data + 2 ||
		load_be16(bytes + LENGTH_AT) < DATA_AT + data)
		return false;
	answer->question = load_be16(bytes + ID_AT);
	answer->sequence = load_be16(bytes + SEQUENCE_AT);
	answer->domain = bytes[DOMAIN_AT];
	bytes += DATA_AT;
	if (answer->question == PTP_TIME_STATUS) {
		answer->offset_ns = (int64_t)load_be64(bytes);
		answer->has_grandmaster = load_be32(bytes + STATUS_PRESENT_AT) != 0;
		memcpy(answer->grandmaster, bytes + STATUS_GRANDMASTER_AT,
			sizeof answer->grandmaster);
	} else if (answer->question == PTP_CURRENT_DATA_SET) {
		answer->steps = load_be16(bytes);
		answer->delay_ns = interval_size_ns(load_be64(bytes + CURRENT_DELAY_AT));
	} else {
		answer->port_state = bytes[PORT_STATE_AT];
	}
	return true;
}

const char *ptp_state_name(uint8_t state)
{
	static const char *const names[PTP_STATE_COUNT] = {"unknown", "INITIALIZING", "FAULTY",
		"DISABLED", "LISTENING", "PRE_MASTER", "MASTER", "PASSIVE", "UNCALIBRATED",
		"SLAVE"};
	return names[state < PTP_STATE_COUNT ? state : 0];
}
