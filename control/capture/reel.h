/* reel.h - a directory of numbered capture files that never holds more than so many, nor larger ones.

     capture-000041.pcapng  capture-000042.pcapng  <- the newest grows
     ^ the oldest goes when one more is begun

   Every file is whole in itself: a section header and all of the site's ports before its first frame.
   Only files of such names are removed; whatever else lies there is left alone.

   Owner      the capture's thread.
   Errors     reel_put returns false and reel->trouble says what was found and what mends it; the file
              keeps what was written before. */
#ifndef SLUICE_CONTROL_REEL_H
#define SLUICE_CONTROL_REEL_H

#include "control/capture/pcapng.h"

enum { REEL_BUFFER_BYTES = 256 * 1024, REEL_PATH_BYTES = PATH_BYTES + 40 };

struct reel {
	const struct site_config *site;
	int file;                      /* -1: none is open */
	uint64_t number;               /* of the newest file ever made; 0: not looked yet */
	uint64_t file_bytes;           /* in the open one, buffer included                */
	uint64_t frames, bytes, files; /* since reel_begin                       */
	uint32_t buffered_bytes;
	char path[REEL_PATH_BYTES]; /* of the newest file */
	char trouble[512];
	uint8_t buffer[REEL_BUFFER_BYTES];
};

/* reel_begin starts counting anew; the next frame begins a new file. */
void reel_begin(struct reel *reel, const struct site_config *site);

/* reel_put adds a frame.  false: it is not in the file. */
bool reel_put(struct reel *reel, const struct pcapng_packet *packet);

/* reel_flush hands what is buffered to the kernel; reel_end also closes the file. */
bool reel_flush(struct reel *reel);
bool reel_end(struct reel *reel);

#endif
