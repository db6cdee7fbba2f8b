/* spoil.h - what a bad wire does to the bytes of one frame.

   Each kind is something that a line, a switch, a card or a stranger does: a frame shorter than its own
   header, one cut anywhere, a checksum that is wrong, a length that lies under a checksum that is right, tags
   in front, a piece of a larger packet.  No kind changes what a market data packet says: where it is still
   taken, it is taken as it was sent, or less of it.

   A kind that needs an IPv4 header does nothing to a frame without one.

   Pure: bytes in, bytes out; chance is an argument. */
#ifndef SLUICE_DRIVERS_SPOIL_H
#define SLUICE_DRIVERS_SPOIL_H

#include "config/base.h"
#include "config/config.h"

/* spoil_frame changes a frame of size_bytes in place; room for room_bytes is there.  draw is any number: the
   same gives the same.  Returns the new size. */
uint32_t spoil_frame(
	enum spoil spoil, uint8_t *bytes, uint32_t size_bytes, uint32_t room_bytes, uint32_t draw);

#endif
