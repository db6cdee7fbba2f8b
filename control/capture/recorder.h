/* recorder.h - what the ports brought, kept as a ring of pcapng files that any analyser opens.

   The feed copies frames into shared memory while control's capture word is set (shm/frames.h); a thread of
   control's writes them to files of a bounded size and removes its own oldest one when there are too many.
   A disk that is slow or hangs costs frames of the capture, counted, and nothing else: neither the feed nor
   control's loop waits for it.

     off --recorder_start--> on --recorder_stop, its time is over, a write failed--> off

   Owner      control's thread calls; the capture's thread writes files and reads its own mapping of
              the dataplane's region.
   Units      names count files of the directory: capture-000042.pcapng; numbers go on after a restart.
   Errors     a failed write ends the capture and is told by recorder_look; frames that the writer
              overran are counted as lost. */
#ifndef SLUICE_CONTROL_RECORDER_H
#define SLUICE_CONTROL_RECORDER_H

#include "config/config.h"
#include "dataplane/shm/region.h"

struct recorder;

struct recorder_facts {
	bool is_on;
	uint64_t frames, bytes, lost; /* since the last start: written, their file bytes, overrun */
	uint64_t files;               /* made since the last start        */
	uint64_t since_wall_ns, until_ns; /* until: monotonic, UINT64_MAX: until it is stopped */
	char path[PATH_BYTES + 40];       /* of the file being written; empty: none yet */
	char trouble[512];                /* why it ended by itself; empty: it did not  */
};

/* recorder_open starts the thread, which waits; NULL: out of memory or threads. */
struct recorder *recorder_open(const struct site_config *site);

/* recorder_attach gives the dataplane's region whose frames are taken from now on; the descriptor stays the
   caller's.  -1: there is none. */
void recorder_attach(struct recorder *recorder, int region_fd);

/* recorder_start begins a new file at the first frame that comes, until until_ns (UINT64_MAX: until it is
   stopped); begun again it goes on into a new file with its counts at 0. */
void recorder_start(struct recorder *recorder, uint64_t until_ns);
void recorder_stop(struct recorder *recorder);

/* recorder_turn ends a capture whose time is over; returns whether the feed is to copy frames. */
bool recorder_turn(struct recorder *recorder, uint64_t now_ns);

void recorder_look(struct recorder *recorder, struct recorder_facts *facts);

/* recorder_close writes what is there and ends the thread. */
void recorder_close(struct recorder *recorder);

#endif
