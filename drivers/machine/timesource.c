#include "drivers/machine/timesource.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <unistd.h>

/* chrony's command protocol, version 6. */
enum {
	CHRONY_VERSION = 6,
	PACKET_REQUEST = 1,
	PACKET_REPLY = 2,
	REQUEST_TRACKING = 33,
	REPLY_TRACKING = 5,
	/* A request is as long as its reply, so that nobody is flooded by it. */
	TRACKING_BYTES = 104,
	COMMAND_AT = 4,
	REQUEST_SEQUENCE_AT = 8,
	REPLY_AT = 6,
	STATUS_AT = 8,
	REPLY_SEQUENCE_AT = 16,
	REFERENCE_AT = 28,
	STRATUM_AT = 52,
	LEAP_AT = 54,
	CORRECTION_AT = 68,
	DELAY_AT = 92,
	DISPERSION_AT = 96,
	LEAP_UNSYNCHRONISED = 3,
	EXPONENT_BITS = 7,
	COEFFICIENT_BITS = 25,
};

#define NS_PER_S 1000000000

int64_t timesource_float_ns(uint32_t bits)
{
	int32_t exponent = (int32_t)(bits >> COEFFICIENT_BITS);
	int32_t coefficient = (int32_t)(bits & ((1u << COEFFICIENT_BITS) - 1));
	if (exponent >= 1 << (EXPONENT_BITS - 1))
		exponent -= 1 << EXPONENT_BITS;
	if (coefficient >= 1 << (COEFFICIENT_BITS - 1))
		coefficient -= 1 << COEFFICIENT_BITS;
	exponent -= COEFFICIENT_BITS;
	int64_t value = (int64_t)coefficient * NS_PER_S;
	for (; exponent < 0 && value != 0; exponent++)
		value /= 2;
	for (; exponent > 0 && value != 0; exponent--)
		value = saturating_add(value, value);
	return value;
}

static uint64_t size_of(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* reading_lose takes the reading away; the reason stands in its place. */
static void reading_lose(struct timesource *source, const char *what, int code)
{
	source->reading = (struct time_reading){0};
	snprintf(source->reading.reason, sizeof source->reading.reason, "%s%s%.60s", what,
		code != 0 ? ": " : "", code != 0 ? strerror(code) : "");
}

void timesource_open(struct timesource *source, enum clock_source kind, uint16_t port)
{
	memset(source, 0, sizeof *source);
	source->kind = (uint8_t)kind;
	source->socket = -1;
	source->port = port;
	reading_lose(source, "not asked yet", 0);
}

void timesource_open_ptp(struct timesource *source, const char *path, uint8_t domain)
{
	timesource_open(source, CLOCK_PTP, 0);
	source->path = path;
	source->domain = domain;
}

void timesource_close(struct timesource *source)
{
	if (source->socket >= 0)
		close(source->socket);
	source->socket = -1;
}

void timesource_set(struct timesource *source, const struct time_reading *reading)
{
	CHECK(source->kind == CLOCK_SIM);
	source->reading = *reading;
}

static void kernel_read(struct timesource *source, uint64_t now_ns)
{
	struct timex timex = {0};
	struct time_reading *reading = &source->reading;
	int state = adjtimex(&timex);
	if (state < 0) {
		reading_lose(source, "adjtimex", errno);
		return;
	}
	*reading = (struct time_reading){.is_known = true, .read_ns = now_ns};
	reading->is_synchronised = state != TIME_ERROR && (timex.status & STA_UNSYNC) == 0;
	reading->offset_ns = (timex.status & STA_NANO) != 0 ? timex.offset : timex.offset * 1000;
	reading->bound_ns = timex.maxerror > 0 ? (uint64_t)timex.maxerror * 1000 : 0;
	/* What the daemon estimates counts against us as if it were still to be corrected. */
	int64_t estimate_ns = timex.esterror > 0 ? timex.esterror * 1000 : 0;
	reading->offset_ns = reading->offset_ns < 0 ? reading->offset_ns - estimate_ns
						    : reading->offset_ns + estimate_ns;
	snprintf(reading->reference, sizeof reading->reference, "the kernel's discipline");
	if (!reading->is_synchronised)
		snprintf(reading->reason, sizeof reading->reason,
			"the kernel says that nobody keeps the clock (state %d, status 0x%x)",
			state, (unsigned int)timex.status);
}

static bool chrony_connect(struct timesource *source)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(source->port),
		.sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	if (source->socket >= 0)
		return true;
	source->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (source->socket >= 0 &&
		connect(source->socket, (struct sockaddr *)&address, sizeof address) == 0)
		return true;
	reading_lose(source, "no socket to chronyd", errno);
	timesource_close(source);
	return false;
}

static void chrony_ask(struct timesource *source)
{
	uint8_t request[TRACKING_BYTES] = {CHRONY_VERSION, PACKET_REQUEST};
	if (!chrony_connect(source))
		return;
	/* An answer that did not come by now is none: what it would have said is old. */
	if (source->is_awaited)
		reading_lose(
			source, "chronyd does not answer: is it running, is its cmdport open?", 0);
	source->is_awaited = true;
	store_be16(request + COMMAND_AT, REQUEST_TRACKING);
	store_be32(request + REQUEST_SEQUENCE_AT, ++source->sequence);
	if (send(source->socket, request, sizeof request, 0) != sizeof request)
		reading_lose(source, "chronyd cannot be asked: is it running?", errno);
}

/* reference_name writes who keeps the clock: four characters of a reference clock, or an address. */
static void reference_name(struct time_reading *reading, const uint8_t *id)
{
	bool is_text = true;
	for (uint32_t i = 0; i < 4; i++)
		is_text &= (id[i] >= '0' && id[i] <= 'Z') || (id[i] == 0 && i > 0);
	if (reading->stratum <= 1 && is_text)
		snprintf(reading->reference, sizeof reading->reference, "%.4s", (const char *)id);
	else
		snprintf(reading->reference, sizeof reading->reference, "%u.%u.%u.%u", id[0], id[1],
			id[2], id[3]);
}

static void tracking_take(struct timesource *source, const uint8_t *reply, uint64_t now_ns)
{
	struct time_reading *reading = &source->reading;
	uint32_t leap = load_be16(reply + LEAP_AT);
	*reading = (struct time_reading){.is_known = true, .read_ns = now_ns};
	reading->stratum = load_be16(reply + STRATUM_AT);
	reading->is_synchronised =
		leap != LEAP_UNSYNCHRONISED && load_be32(reply + REFERENCE_AT) != 0;
	reading->offset_ns = timesource_float_ns(load_be32(reply + CORRECTION_AT));
	uint64_t delay_ns = size_of(timesource_float_ns(load_be32(reply + DELAY_AT)));
	uint64_t dispersion_ns = size_of(timesource_float_ns(load_be32(reply + DISPERSION_AT)));
	reading->bound_ns = size_of(reading->offset_ns) + dispersion_ns + delay_ns / 2;
	reference_name(reading, reply + REFERENCE_AT);
	if (!reading->is_synchronised)
		snprintf(reading->reason, sizeof reading->reason,
			"chronyd says that it has no source it believes (leap status %u)", leap);
}

static void chrony_take(struct timesource *source, uint64_t now_ns)
{
	uint8_t reply[2 * TRACKING_BYTES];
	for (;;) {
		ssize_t size = recv(source->socket, reply, sizeof reply, 0);
		if (size < 0 && errno != EAGAIN && errno != EINTR)
			reading_lose(source, "chronyd does not answer: is it running?", errno);
		if (size < 0)
			return;
		if (size < TRACKING_BYTES || reply[0] != CHRONY_VERSION ||
			reply[1] != PACKET_REPLY ||
			load_be16(reply + COMMAND_AT) != REQUEST_TRACKING ||
			load_be32(reply + REPLY_SEQUENCE_AT) != source->sequence)
			continue; /* not the answer to this question */
		source->is_awaited = false;
		if (load_be16(reply + REPLY_AT) == REPLY_TRACKING &&
			load_be16(reply + STATUS_AT) == 0)
			tracking_take(source, reply, now_ns);
		else
			reading_lose(source, "chronyd refuses to tell its tracking", 0);
	}
}

/* The daemon answers to where a question came from, so the socket has a name: one the kernel chooses. */
static bool ptp_connect(struct timesource *source)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (source->socket >= 0)
		return true;
	source->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (source->socket >= 0 &&
		bind(source->socket, (struct sockaddr *)&address, sizeof address.sun_family) == 0)
		return true;
	reading_lose(source, "no socket to ptp4l", errno);
	timesource_close(source);
	return false;
}

static void ptp_put(struct timesource *source, enum ptp_question question)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	uint8_t message[PTP_MESSAGE_BYTES_MAX];
	uint32_t size = ptp_ask(message, question, source->domain, (uint16_t)source->sequence);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", source->path);
	if (sendto(source->socket, message, size, 0, (struct sockaddr *)&address, sizeof address) !=
		(ssize_t)size)
		reading_lose(source,
			"ptp4l cannot be asked: is it running, is clock.socket its uds_address?",
			errno);
}

static void ptp_questions(struct timesource *source)
{
	if (!ptp_connect(source))
		return;
	if (source->is_awaited)
		reading_lose(source, "ptp4l does not answer: is it running, in this domain?", 0);
	source->is_awaited = true;
	source->ptp = (struct ptp_gathering){.port_state = 0};
	source->sequence++;
	ptp_put(source, PTP_TIME_STATUS);
	ptp_put(source, PTP_CURRENT_DATA_SET);
	ptp_put(source, PTP_PORT_DATA_SET);
}

/* ptp_conclude makes a reading of the three answers. */
static void ptp_conclude(struct timesource *source, uint64_t now_ns)
{
	const struct ptp_gathering *ptp = &source->ptp;
	const uint8_t *id = ptp->status.grandmaster;
	struct time_reading *reading = &source->reading;
	source->is_awaited = false;
	*reading = (struct time_reading){.is_known = true, .read_ns = now_ns};
	reading->is_synchronised =
		ptp->status.has_grandmaster && ptp->port_state == PTP_STATE_SLAVE;
	/* Ours minus the master's: a clock that is ahead has to be corrected back. */
	reading->offset_ns = saturating_subtract(0, ptp->status.offset_ns);
	reading->bound_ns = size_of(reading->offset_ns) + ptp->current.delay_ns / 2;
	reading->stratum = ptp->current.steps;
	snprintf(reading->reference, sizeof reading->reference,
		"grandmaster %02x%02x%02x.%02x%02x.%02x%02x%02x", id[0], id[1], id[2], id[3], id[4],
		id[5], id[6], id[7]);
	if (!reading->is_synchronised)
		snprintf(reading->reason, sizeof reading->reason,
			"ptp4l has %s, its port is %s, expected it SLAVE of one",
			ptp->status.has_grandmaster ? "a grandmaster" : "no grandmaster",
			ptp_state_name(ptp->port_state));
}

static void ptp_take(struct timesource *source, uint64_t now_ns)
{
	uint8_t bytes[2 * PTP_MESSAGE_BYTES_MAX];
	struct ptp_gathering *ptp = &source->ptp;
	struct ptp_answer answer;
	ssize_t size;
	while ((size = recv(source->socket, bytes, sizeof bytes, 0)) >= 0 || errno == EINTR) {
		if (size < 0 || !ptp_answer_parse(bytes, (size_t)size, &answer) ||
			answer.sequence != (uint16_t)source->sequence ||
			answer.domain != source->domain)
			continue; /* not an answer to these questions */
		if (answer.question == PTP_TIME_STATUS) {
			ptp->status = answer;
			ptp->has_status = true;
		} else if (answer.question == PTP_CURRENT_DATA_SET) {
			ptp->current = answer;
			ptp->has_current = true;
		} else if (answer.port_state > ptp->port_state &&
			   answer.port_state < PTP_STATE_COUNT) {
			ptp->port_state = answer.port_state;
		}
		if (ptp->has_status && ptp->has_current && ptp->port_state != 0)
			ptp_conclude(source, now_ns);
	}
}

void timesource_turn(struct timesource *source, uint64_t now_ns)
{
	if (source->kind == CLOCK_CHRONY && source->socket >= 0)
		chrony_take(source, now_ns);
	if (source->kind == CLOCK_PTP && source->socket >= 0)
		ptp_take(source, now_ns);
	if (source->asked_ns != 0 && now_ns - source->asked_ns < TIMESOURCE_PERIOD_NS)
		return;
	source->asked_ns = now_ns != 0 ? now_ns : 1;
	if (source->kind == CLOCK_CHRONY)
		chrony_ask(source);
	else if (source->kind == CLOCK_PTP)
		ptp_questions(source);
	else if (source->kind == CLOCK_KERNEL)
		kernel_read(source, now_ns);
}
