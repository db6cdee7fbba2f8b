/* files.h - what both real disks do alike: make, read and list files.

   Private to this room.  A created file is allocated and written with zeros before its first use, so
   that a later durable write moves data only: a file that grows costs half as much again (PLATFORM,
   io_uring and disk).

   Units      bytes.  Errors: negative errno. */
#ifndef SLUICE_DRIVERS_DISK_FILES_H
#define SLUICE_DRIVERS_DISK_FILES_H

#include "drivers/disk/disk.h"

/* An open file: number in the table is what the caller holds. */
struct file {
	int fd; /* -1: free */
	uint32_t in_flight;
	uint64_t size_bytes;
};

/* files_reset marks a table as empty; files_close closes what is open in it. */
void files_reset(struct file files[DISK_FILE_MAX]);
void files_close(struct file files[DISK_FILE_MAX]);

/* files_create makes the file (O_DIRECT where wanted and possible), zeroes it, makes it and its name
   durable.  Returns its number, or negative errno and then no such file is left behind. */
int files_create(
	struct file files[DISK_FILE_MAX], const char *path, uint64_t size_bytes, bool direct);

/* files_check says whether a write may be started: 0, -EINVAL or -EFBIG. */
int files_check(const struct file files[DISK_FILE_MAX], int file, const void *bytes,
	uint32_t size_bytes, uint64_t offset);

int files_shut(struct file files[DISK_FILE_MAX], int file);

/* files_adopt is disk_adopt, files_allocated disk_allocated. */
int files_adopt(struct file files[DISK_FILE_MAX], const char *from, const char *to, bool direct);
int files_allocated(struct disk *d, const char *path, uint64_t *bytes);

/* files_remove, files_read and files_list are disk_remove, disk_read and disk_list. */
int files_remove(const struct file files[DISK_FILE_MAX], const char *path);
int files_read(struct disk *d, const char *path, uint64_t offset, void *bytes, uint64_t size_bytes,
	uint64_t *got);
int files_list(struct disk *d, const char *directory, char (*names)[64], uint32_t max);

#endif
