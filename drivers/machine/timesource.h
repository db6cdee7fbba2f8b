/* timesource.h - how far the machine's wall clock may be off, and who says so.

   Records, receipts and limits that end at a time of day stand on wall time, and a clock that nobody keeps is
   worth nothing.  A source is asked now and then and answers with what it knows:

     chrony   chronyd's command port on this machine (its protocol, version 6, the tracking report): the
              correction that is left, root delay and dispersion, stratum, leap status
     ptp      ptp4l's Unix socket (ptp.h): how far it is off its grandmaster, whether a port is locked to one.
              Where ptp4l keeps the card's clock and phc2sys the machine's, this is the first half of the way
              and kernel tells the second
     kernel   adjtimex: whether some daemon (of NTP or PTP) keeps the clock, and the errors it left there
     sim      what a test says

   Owner      one thread; nothing blocks: an answer that has not come is asked for again at the next turn.
   Time       now_ns is monotonic, from the caller.
   Units      offset_ns is what is still to be corrected, positive when the clock is behind; bound_ns the most
              it may be off at worst, as the source reckons.
   Errors     a source that cannot be asked has no reading, and reason says why. */
#ifndef SLUICE_DRIVERS_TIMESOURCE_H
#define SLUICE_DRIVERS_TIMESOURCE_H

#include "config/config.h"
#include "drivers/machine/ptp.h"

#define TIMESOURCE_PERIOD_NS (1000ull * 1000 * 1000) /* between two questions */

struct time_reading {
	bool is_known;        /* an answer came                                     */
	bool is_synchronised; /* and the source says that the clock is being kept   */
	int64_t offset_ns;
	uint64_t bound_ns;
	uint32_t stratum;   /* hops from a reference clock; 0: not told */
	uint64_t read_ns;   /* when the answer came                     */
	char reference[48]; /* by whom it is kept, in words             */
	char reason[96];    /* why it is not known or not synchronised  */
};

struct timesource {
	uint8_t kind; /* enum clock_source */
	int socket;   /* of chrony or ptp; -1: none */
	uint16_t port;
	uint8_t domain;
	const char *path;
	struct ptp_gathering {
		struct ptp_answer status, current;
		bool has_status, has_current;
		uint8_t port_state; /* of the port that is furthest on its way to a master */
	} ptp;
	uint32_t sequence;
	uint64_t asked_ns;
	bool is_awaited;
	struct time_reading reading;
};

/* timesource_open prepares a source; port is chronyd's command port on loopback. */
void timesource_open(struct timesource *source, enum clock_source kind, uint16_t port);

/* timesource_open_ptp prepares one that asks ptp4l on its socket, of its domain; path lives as long as source. */
void timesource_open_ptp(struct timesource *source, const char *path, uint8_t domain);
void timesource_close(struct timesource *source);

/* timesource_turn asks when it is time and takes what was answered. */
void timesource_turn(struct timesource *source, uint64_t now_ns);

/* timesource_set is what the sim source will answer. */
void timesource_set(struct timesource *source, const struct time_reading *reading);

/* timesource_float_ns reads a number of chrony's protocol (seven bits of exponent, 25 of coefficient) as
   nanoseconds of seconds, saturated. */
int64_t timesource_float_ns(uint32_t bits);

#endif
