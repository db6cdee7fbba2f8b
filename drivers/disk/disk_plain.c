#include "drivers/disk/disk.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "drivers/disk/files.h"
#include "drivers/machine/memory.h"

struct plain {
	struct disk disk;
	struct file files[DISK_FILE_MAX];
	uint32_t done_count;
	struct disk_done done[DISK_IN_FLIGHT_MAX];
};

static int plain_create(struct disk *d, const char *path, uint64_t size_bytes)
{
	return files_create(((struct plain *)d)->files, path, size_bytes, false);
}

/* plain_write waits for the disk; only the answer is kept for the next poll. */
static int plain_write(struct disk *d, int file, const void *bytes, uint32_t size_bytes,
	uint64_t offset, uint64_t tag)
{
	struct plain *p = (struct plain *)d;
	int result = files_check(p->files, file, bytes, size_bytes, offset);
	if (result != 0)
		return result;
	if (p->done_count == DISK_IN_FLIGHT_MAX)
		return -EAGAIN;
	const struct iovec vector = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size_bytes};
	int fd = p->files[file].fd;
	ssize_t size;
	do
		size = pwritev2(fd, &vector, 1, (off_t)offset, RWF_DSYNC);
	while (size < 0 && errno == EINTR);
	if (size < 0 && errno == EOPNOTSUPP) { /* a file system without RWF_DSYNC */
		size = pwrite(fd, bytes, size_bytes, (off_t)offset);
		if (size >= 0 && fdatasync(fd) != 0)
			size = -1;
	}
	result = size < 0 ? -errno : size == (ssize_t)size_bytes ? 0 : -EIO;
	p->done[p->done_count++] = (struct disk_done){.tag = tag, .result = result};
	return 0;
}

static uint32_t plain_poll(struct disk *d, struct disk_done *done, uint32_t max)
{
	struct plain *p = (struct plain *)d;
	uint32_t count = p->done_count < max ? p->done_count : max;
	memcpy(done, p->done, count * sizeof done[0]);
	memmove(p->done, p->done + count, (p->done_count - count) * sizeof p->done[0]);
	p->done_count -= count;
	return count;
}

static int plain_shut(struct disk *d, int file)
{
	return files_shut(((struct plain *)d)->files, file);
}

static int plain_remove(struct disk *d, const char *path)
{
	return files_remove(((struct plain *)d)->files, path);
}

static int plain_adopt(struct disk *d, const char *from, const char *to)
{
	return files_adopt(((struct plain *)d)->files, from, to, false);
}

static void plain_close(struct disk *d)
{
	files_close(((struct plain *)d)->files);
	memory_return(d, sizeof(struct plain));
}

static const struct disk_ops plain_ops = {
	.create = plain_create,
	.write = plain_write,
	.poll = plain_poll,
	.read = files_read,
	.list = files_list,
	.shut = plain_shut,
	.remove = plain_remove,
	.adopt = plain_adopt,
	.allocated = files_allocated,
	.close = plain_close,
};

struct disk *disk_plain_open(void)
{
	struct plain *p = memory_take("disk_plain", sizeof *p);
	p->disk.ops = &plain_ops;
	files_reset(p->files);
	return &p->disk;
}
