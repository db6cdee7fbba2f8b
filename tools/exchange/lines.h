/* lines.h - the two multicast lines of the feed, by kernel UDP.

   Each line carries every message, in packets of its own.  On the way out packets may come to harm on
   purpose (mishap.h), line by line; everything that happens to one is counted.

   Owner      one thread.  Errors: at open a sentence; later a packet the kernel refuses is counted. */
#ifndef SLUICE_EXCHANGE_LINES_H
#define SLUICE_EXCHANGE_LINES_H

#include <netinet/in.h>

#include "config/config.h"
#include "tools/exchange/mishap.h"
#include "tools/exchange/stock.h"

struct line {
	int fd; /* -1: not used */
	struct sockaddr_in target;
	struct in_addr from; /* of the interface; any: the kernel's choice */
	struct mishap mishap;
	struct stock stock;
	uint64_t packets, refused;
};

struct lines {
	struct line line[LINE_COUNT_MAX];
	uint64_t volley_since_ns, volley_ns; /* when the last volley began, and how long it took */
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

/* lines_stock keeps what the lines say from now on; lines_volley lets it go at so many messages a second (stock.h);
   lines_stock_turn does what is due of that.  lines_stock is false where a line cannot, and then none does.
   lines_stock_turn returns true while a volley is under way; lines_stocked tells how many packets are left. */
bool lines_stock(struct lines *lines);
void lines_volley(struct lines *lines, uint64_t rate_per_s, uint64_t now_ns);
bool lines_stock_turn(struct lines *lines, uint64_t now_ns);
uint64_t lines_stocked(const struct lines *lines);

void lines_close(struct lines *lines);

/* lines_address reads "1.2.3.4:port"; false: it is not that. */
bool lines_address(const char *text, struct sockaddr_in *address);

#endif
