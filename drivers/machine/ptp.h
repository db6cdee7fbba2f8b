/* ptp.h - asking a PTP daemon how it does: management messages of IEEE 1588-2019.

   linuxptp's ptp4l answers management messages on a Unix socket beside the network (uds_address, and from
   version 3.2 on uds_ro_address).  Three questions tell what a clock's keeper must know:

     TIME_STATUS_NP    ptp4l's own: how far the last sync message says we are off, and from which grandmaster
     CURRENT_DATA_SET  hops to the grandmaster, mean delay of the path
     PORT_DATA_SET     one answer for each port: whether it follows a master and is locked to it

   Pure codec; the socket is timesource.c's.

   Units      offset_ns is our clock minus the master's; delays in nanoseconds, rounded up.
   Source     IEEE 1588-2019, 15.4 and 15.5; TIME_STATUS_NP: ptp4l(8) and an answer of ptp4l 3.1.1. */
#ifndef SLUICE_DRIVERS_PTP_H
#define SLUICE_DRIVERS_PTP_H

#include "config/base.h"

enum { PTP_MESSAGE_BYTES_MAX = 104 };

enum ptp_question {
	PTP_CURRENT_DATA_SET = 0x2001,
	PTP_PORT_DATA_SET = 0x2004,
	PTP_TIME_STATUS = 0xC000,
};

/* IEEE 1588-2019, table 20 */
enum ptp_port_state { PTP_STATE_UNCALIBRATED = 8, PTP_STATE_SLAVE = 9, PTP_STATE_COUNT = 10 };

/* What one answer says; fields of the other questions are zero. */
struct ptp_answer {
	uint16_t question; /* enum ptp_question */
	uint16_t sequence; /* of the question it answers */
	uint8_t domain;
	bool has_grandmaster; /* TIME_STATUS_NP */
	int64_t offset_ns;    /* TIME_STATUS_NP */
	uint8_t grandmaster[8];
	uint16_t steps;     /* CURRENT_DATA_SET: hops to the grandmaster */
	uint64_t delay_ns;  /* CURRENT_DATA_SET: mean path delay, its size */
	uint8_t port_state; /* PORT_DATA_SET */
};

/* ptp_ask writes a GET and returns its bytes. */
uint32_t ptp_ask(uint8_t out[PTP_MESSAGE_BYTES_MAX], enum ptp_question question, uint8_t domain,
	uint16_t sequence);

/* ptp_answer_parse reads a RESPONSE to one of the three.  false: it is something else, an error status or cut
   short; answer may not be used. */
bool ptp_answer_parse(const uint8_t *bytes, size_t size, struct ptp_answer *answer);

/* ptp_state_name gives a port's state as the standard spells it. */
const char *ptp_state_name(uint8_t state);

#endif
