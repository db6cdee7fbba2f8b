/* lines.h - the two multicast lines of the feed, by kernel UDP.

   Both lines carry the same packets.  A line may be told to lose some, so that gaps and arbitration
   can be seen; what was lost is counted.

   Owner      one thread.  Errors: at open a sentence; later a packet the kernel refuses is counted. */
#ifndef SLUICE_EXCHANGE_LINES_H
#define SLUICE_EXCHANGE_LINES_H

#include <netinet/in.h>

#include "config/config.h"

struct line {
	int fd; /* -1: not used */
	struct sockaddr_in target;
	uint32_t drop; /* so many packets are lost next */
	uint64_t packets, dropped, refused;
};

struct lines {
	struct line line[LINE_COUNT_MAX];
};

void lines_init(struct lines *lines);

/* lines_open opens line `index` towards "group:port" from the interface with that address (NULL: the
   kernel's choice).  TTL 1, heard on this machine too. */
bool lines_open(struct lines *lines, int index, const char *feed, const char *interface,
	struct config_error *error);

/* lines_packet sends one packet on every line; a tape_packet. */
void lines_packet(void *lines, const uint8_t *bytes, uint32_t size_bytes);

void lines_close(struct lines *lines);

/* lines_address reads "1.2.3.4:port"; false: it is not that. */
bool lines_address(const char *text, struct sockaddr_in *address);

#endif
