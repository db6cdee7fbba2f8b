/* capture_look.h - what a capture file is, before libpcap opens it: where it would refuse one without saying why, or only in the
   middle of a day, this says which interface it is and what to do.

   libpcap takes one link type and one snapshot length from all interfaces of a pcapng file, and reads an interface when it comes
   by it.  Their clocks may differ: times are read by the resolution of each.  What a writer states of its interfaces stands
   before the first packet, and so far this looks.

   Owner      nobody: it reads a file that is one, and leaves all else (a pipe) to libpcap.
   Errors     what cannot be read or means nothing is libpcap's to refuse. */
#ifndef SLUICE_DRIVERS_CAPTURE_LOOK_H
#define SLUICE_DRIVERS_CAPTURE_LOOK_H

#include "config/base.h"

enum { CAPTURE_LOOK_BYTES = 400 };

/* capture_look tells whether libpcap may read the file to its end, as far as is to be seen; false: why has what was found and
   what was expected. */
bool capture_look(const char *path, char why[CAPTURE_LOOK_BYTES]);

/* capture_fill writes the checksum of a frame's IPv4 header where it is 0: who captures on the host that sends has what its card
   was to fill in.  A header that is cut, or whose checksum is another, stays as it is. */
void capture_fill(uint8_t *frame, uint32_t size_bytes);

#endif
