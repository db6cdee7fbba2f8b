/* inbox.h - SoupBinTCP packets out of the bytes of a connection, in whatever pieces they come.

   Owner      one connection of one thread. */
#ifndef SLUICE_EXCHANGE_INBOX_H
#define SLUICE_EXCHANGE_INBOX_H

#include "dataplane/wire/soup.h"

struct inbox {
	uint32_t used;
	uint8_t bytes[SOUP_PACKET_BYTES_MAX];
};

/* inbox_packet takes one packet; false: the connection is no longer ours, read no further. */
typedef bool inbox_packet(void *context, const struct soup_packet *packet);

/* inbox_take calls back for each packet that is whole.  false: what came is no packet, or longer than we
   take: close the connection. */
bool inbox_take(struct inbox *inbox, const uint8_t *bytes, uint32_t size_bytes, inbox_packet *take,
	void *context);

#endif
