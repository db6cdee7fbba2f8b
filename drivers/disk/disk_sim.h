/* disk_sim.h - a disk in memory that fails as disks do, by a seed.

   Writes wait in flight and complete after a few polls, in any order; only a completed write is sure.
   A test may make writes fail, tear, come short or go astray, fill the disk, refuse the n-th thing that is asked of it, or cut the
   power: then what had completed stays, and of what was in flight each 512-byte sector has reached the disk or not.

   Owner      one thread.  Units: bytes; a sector is DISK_SIM_SECTOR_BYTES; ppm of writes.
   Invariant  (1) same seed and same calls: same bytes and same answers;
              (2) bytes of a completed write never change but by another write of that place, or by one that went
                  astray.
   Errors     as disk.h: -ENOSPC beyond the capacity, -EIO and refusals as injected; what a failed write has left on
              the disk is for nobody to rely on.  An operation that is refused does nothing, but that a shut gives the number back. */
#ifndef SLUICE_DRIVERS_DISK_SIM_H
#define SLUICE_DRIVERS_DISK_SIM_H

#include "drivers/disk/disk.h"

enum { DISK_SIM_SECTOR_BYTES = 512, DISK_SIM_FILE_MAX = 256 };

/* clang-format off */
struct disk_sim_faults {
	uint32_t torn_ppm;    /* -EIO and a random subset of the sectors was written      */
	uint32_t short_ppm;   /* -EIO and only the first sectors were written             */
	uint32_t stray_ppm;   /* called done, and written to another block of the disk    */
	uint64_t eio_at;      /* this write fails, nothing written; 1 is the next, 0 none */
	bool is_eio_sticky;   /* and so do all after it                                   */
	uint32_t delay_polls; /* a write completes after 1 .. 1 + delay_polls polls       */
	bool is_full;         /* -ENOSPC: no file is made                                 */
	uint64_t refuse_at;   /* this operation is refused; 1 is the next, 0 none         */
	bool is_refused_for_ever; /* and so are all after it                              */
	int refusal;          /* by this errno                                            */
	bool is_look_spared;  /* disk_allocated is neither counted nor refused             */
};
/* clang-format on */

/* disk_sim_open makes an empty disk. */
struct disk *disk_sim_open(uint64_t seed, uint64_t capacity_bytes);

/* disk_sim_set replaces the faults; eio_at and refuse_at count from here. */
void disk_sim_set(struct disk *d, const struct disk_sim_faults *faults);

/* disk_sim_asked tells how many operations were asked of it since the last disk_sim_set: all but polls and the close. */
uint64_t disk_sim_asked(const struct disk *d);

/* disk_sim_power_cut loses the power: nothing in flight will ever complete, every file is shut, files
   stay with what had reached the disk.  The disk may be used on, as after a boot. */
void disk_sim_power_cut(struct disk *d);

/* disk_sim_bytes gives a file as it stands on the disk, for tests that rot bits; NULL: no such file. */
uint8_t *disk_sim_bytes(struct disk *d, const char *path, uint64_t *size_bytes);

#endif
