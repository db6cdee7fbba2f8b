/* disk.h - files that must be true after a power cut: append, sync, read.

   Kinds: uring (O_DIRECT and RWF_DSYNC, a few writes in flight), plain (pwritev2 with RWF_DSYNC, one
   after the other, the fallback), sim (memory with seeded faults: torn, short, EIO, full, power cut).

   Owner      one thread drives a disk; buffers given to disk_write stay the caller's but may not
              change until the write has completed.
   Units      offsets and sizes in bytes, multiples of DISK_BLOCK_BYTES for writes; buffers aligned to
              it.
   Errors     negative errno; -EINVAL: not a multiple of a block, not aligned, or no such file; -EFBIG:
              beyond the size the file was created with.  After a write or sync failed the state of that range is unknown: the
              caller stops; nothing here retries. */
#ifndef SLUICE_DRIVERS_DISK_H
#define SLUICE_DRIVERS_DISK_H

#include "config/config.h"

enum { DISK_BLOCK_BYTES = 4096, DISK_IN_FLIGHT_MAX = 8, DISK_FILE_MAX = 16 };

struct disk_done {
	uint64_t tag;   /* the caller's, from disk_write */
	int32_t result; /* 0, or negative errno; a short write is -EIO */
};

struct disk;

struct disk_ops {
	int (*create)(struct disk *d, const char *path, uint64_t size_bytes);
	int (*write)(struct disk *d, int file, const void *bytes, uint32_t size_bytes,
		uint64_t offset, uint64_t tag);
	uint32_t (*poll)(struct disk *d, struct disk_done *done, uint32_t max);
	int (*read)(struct disk *d, const char *path, uint64_t offset, void *bytes,
		uint64_t size_bytes, uint64_t *got);
	int (*list)(struct disk *d, const char *directory, char (*names)[64], uint32_t max);
	int (*shut)(struct disk *d, int file);
	int (*remove)(struct disk *d, const char *path);
	int (*adopt)(struct disk *d, const char *from, const char *to);
	int (*allocated)(struct disk *d, const char *path, uint64_t *bytes);
	void (*close)(struct disk *d);
};

struct disk {
	const struct disk_ops *ops;
};

/* disk_uring_open never fails: where io_uring is refused it gives a plain disk and error says why; where
   O_DIRECT is refused files are opened without.  error->text stays empty otherwise. */
struct disk *disk_uring_open(struct config_error *error);
struct disk *disk_plain_open(void);

/* disk_create makes a new file of size_bytes, allocated and zeroed, its directory synced; fails with
   -EEXIST if it is there.  Returns a file number >= 0. */
static inline int disk_create(struct disk *d, const char *path, uint64_t size_bytes)
{
	return d->ops->create(d, path, size_bytes);
}

/* disk_write starts one durable write; its disk_done comes from disk_poll.  -EAGAIN: too many in
   flight, nothing was started. */
static inline int disk_write(struct disk *d, int file, const void *bytes, uint32_t size_bytes,
	uint64_t offset, uint64_t tag)
{
	return d->ops->write(d, file, bytes, size_bytes, offset, tag);
}

/* disk_poll returns finished writes without waiting.  A done write is durable. */
static inline uint32_t disk_poll(struct disk *d, struct disk_done *done, uint32_t max)
{
	return d->ops->poll(d, done, max);
}

/* disk_read reads a file by path, for boot and tools; got may be less than asked at its end. */
static inline int disk_read(struct disk *d, const char *path, uint64_t offset, void *bytes,
	uint64_t size_bytes, uint64_t *got)
{
	return d->ops->read(d, path, offset, bytes, size_bytes, got);
}

/* disk_list writes the names in a directory, sorted; returns how many, or negative errno: -E2BIG if there
   are more than max, -ENAMETOOLONG if one does not fit, because half a list is no list. */
static inline int disk_list(struct disk *d, const char *directory, char (*names)[64], uint32_t max)
{
	return d->ops->list(d, directory, names, max);
}

/* disk_shut gives a file number back, whatever it answers but -EBUSY: a write of it is in flight, and it stays open. */
static inline int disk_shut(struct disk *d, int file)
{
	return d->ops->shut(d, file);
}

/* disk_remove takes away a file that is shut, its directory synced; -ENOENT: there is none, -EBUSY: this
   disk has it open and nothing is taken away.  After any other failure nobody knows whether it comes back. */
static inline int disk_remove(struct disk *d, const char *path)
{
	return d->ops->remove(d, path);
}

/* disk_adopt makes the file at `from`, whole blocks that lie on the disk, a new file at `to` in the same directory: zeroed
   where it lies, so that it takes no room, its name durable.  Returns a file number >= 0; -EEXIST: `to` is there, and
   `from` stays as it was; -EINVAL: it is no file of whole blocks.  After any other failure it lies at one of the two names, perhaps
   zeroed. */
static inline int disk_adopt(struct disk *d, const char *from, const char *to)
{
	return d->ops->adopt(d, from, to);
}

/* disk_allocated tells how many bytes of a file, from its beginning, have their place on the disk: less than all of a
   file with holes.  -ENOENT: there is none. */
static inline int disk_allocated(struct disk *d, const char *path, uint64_t *bytes)
{
	return d->ops->allocated(d, path, bytes);
}

static inline void disk_close(struct disk *d)
{
	d->ops->close(d);
}

#endif
