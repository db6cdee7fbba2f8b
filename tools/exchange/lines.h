/* lines.h - the two multicast lines of the feed, by kernel UDP.

   Each line carries every message, in packets of its own.  On the way out packets may come to harm on
   purpose (mishap.h), line by line; everything that happens to one is counted.

   Owner      one thread.  Errors: at open a sentence; later a packet the kernel refuses is counted. */
#ifndef SLUICE_EXCHANGE_LINES_H
#define SLUICE_EXCHANGE_LINES_H

#include <netinet/in.h>

#include "config/config.h"
#include "tools/exchange/mishap.h"

struct line {
	int fd; /* -1: not used */
	struct sockaddr_in target;
	struct mishap mishap;
	uint64_t packets, refused;
};

struct lines {
	struct line line[LINE_COUNT_MAX];
};

void lines_init(struct lines *lines);

/* lines_open opens line `index` towards "group:port" from the interface with that address (NULL: the
   kernel's choice).  TTL 1, heard on this machine too. */
bool lines_open(struct lines *lines, int index, const char *feed, const char *interface,
	struct config_error *error);

/* lines_packet sends one packet of a line; a tape_packet. */
void lines_packet(
	void *lines, uint32_t index, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns);

/* lines_due sends what was held back and is due.  Returns true if packets still wait. */
bool lines_due(struct lines *lines, uint64_t now_ns);

void lines_close(struct lines *lines);

/* lines_address reads "1.2.3.4:port"; false: it is not that. */
bool lines_address(const char *text, struct sockaddr_in *address);

#endif
