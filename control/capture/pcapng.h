/* pcapng.h - blocks of a pcapng file, as bytes.

   A file is a section header, an interface description for each port, then one enhanced packet for each
   frame.  Everything is little-endian, as the section header's magic tells any reader.

   Pure.
   Units      times are nanoseconds since the epoch (if_tsresol 9).
   Source     draft-ietf-opsawg-pcapng, sections 4.1 (SHB), 4.2 (IDB), 4.3 (EPB). */
#ifndef SLUICE_CONTROL_PCAPNG_H
#define SLUICE_CONTROL_PCAPNG_H

#include "config/config.h"

enum {
	PCAPNG_HEAD_BYTES_MAX = 256, /* of a section header or an interface */
	PCAPNG_PACKET_BYTES_MAX = PACKET_BYTES_MAX + 3 + 32, /* of an enhanced packet         */
};

/* One frame; interface counts the pcapng_interface blocks before it. */
struct pcapng_packet {
	const uint8_t *bytes;
	uint64_t time_ns;
	uint32_t size_bytes, wire_bytes, interface;
};

/* pcapng_section writes a file's first block, with the program's name; pcapng_interface an Ethernet port
   by its name.  out has PCAPNG_HEAD_BYTES_MAX bytes; returns the block's size. */
uint32_t pcapng_section(uint8_t *out, const char *program);
uint32_t pcapng_interface(uint8_t *out, const char *name, uint32_t snap_bytes);

/* pcapng_packet writes one frame; out has PCAPNG_PACKET_BYTES_MAX bytes; returns the block's size. */
uint32_t pcapng_packet(uint8_t *out, const struct pcapng_packet *packet);

#endif
