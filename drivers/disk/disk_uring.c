#include "drivers/disk/disk.h"

#include <errno.h>
#include <liburing.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drivers/disk/files.h"
#include "drivers/machine/memory.h"

/* One write in flight. */
struct slot {
	uint64_t tag;
	uint32_t size_bytes;
	int file; /* -1: free */
};

struct uring_disk {
	struct disk disk;
	struct io_uring ring;
	struct file files[DISK_FILE_MAX];
	struct slot slots[DISK_IN_FLIGHT_MAX];
};

static int uring_create(struct disk *d, const char *path, uint64_t size_bytes)
{
	return files_create(((struct uring_disk *)d)->files, path, size_bytes, true);
}

/* uring_write starts one write that is durable when it completes: RWF_DSYNC is one trip, where a write
   linked with a sync would be two, and costs the same on the disk. */
static int uring_write(struct disk *d, int file, const void *bytes, uint32_t size_bytes,
	uint64_t offset, uint64_t tag)
{
	struct uring_disk *u = (struct uring_disk *)d;
	uint32_t slot = 0;
	int result = files_check(u->files, file, bytes, size_bytes, offset);
	if (result != 0)
		return result;
	while (slot < DISK_IN_FLIGHT_MAX && u->slots[slot].file >= 0)
		slot++;
	if (slot == DISK_IN_FLIGHT_MAX)
		return -EAGAIN;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
	CHECK(sqe != NULL); /* the ring has more room than slots */
	io_uring_prep_write(sqe, u->files[file].fd, bytes, size_bytes, offset);
	sqe->rw_flags = RWF_DSYNC;
	io_uring_sqe_set_data64(sqe, slot);
	u->slots[slot] = (struct slot){.tag = tag, .size_bytes = size_bytes, .file = file};
	u->files[file].in_flight++;
	/* A submit that the kernel puts off (EINTR, EAGAIN) stays in the ring; poll submits it. */
	io_uring_submit(&u->ring);
	return 0;
}

static uint32_t uring_poll(struct disk *d, struct disk_done *done, uint32_t max)
{
	struct uring_disk *u = (struct uring_disk *)d;
	struct io_uring_cqe *cqe;
	unsigned head;
	uint32_t count = 0;
	if (io_uring_sq_ready(&u->ring) > 0)
		io_uring_submit(&u->ring);
	io_uring_for_each_cqe(&u->ring, head, cqe)
	{
		if (count == max)
			break;
		struct slot *slot = &u->slots[cqe->user_data];
		int32_t result = cqe->res;
		if (result >= 0)
			result = (uint32_t)result == slot->size_bytes ? 0 : -EIO;
		done[count++] = (struct disk_done){.tag = slot->tag, .result = result};
		u->files[slot->file].in_flight--;
		slot->file = -1;
	}
	if (count > 0)
		io_uring_cq_advance(&u->ring, count);
	return count;
}

static int uring_shut(struct disk *d, int file)
{
	return files_shut(((struct uring_disk *)d)->files, file);
}

static int uring_remove(struct disk *d, const char *path)
{
	return files_remove(((struct uring_disk *)d)->files, path);
}

static int uring_adopt(struct disk *d, const char *from, const char *to)
{
	return files_adopt(((struct uring_disk *)d)->files, from, to, true);
}

/* The caller's buffers must not be read after the close, so what is in flight is waited for. */
static void uring_close(struct disk *d)
{
	struct uring_disk *u = (struct uring_disk *)d;
	struct disk_done done[DISK_IN_FLIGHT_MAX];
	struct io_uring_cqe *cqe;
	uint32_t in_flight = 0;
	for (uint32_t i = 0; i < DISK_IN_FLIGHT_MAX; i++)
		in_flight += u->slots[i].file >= 0;
	while (in_flight > 0) {
		int result = io_uring_submit_and_wait(&u->ring, 1);
		if ((result < 0 && result != -EINTR) || io_uring_peek_cqe(&u->ring, &cqe) != 0)
			break;
		in_flight -= uring_poll(d, done, DISK_IN_FLIGHT_MAX);
	}
	io_uring_queue_exit(&u->ring);
	files_close(u->files);
	memory_return(u, sizeof *u);
}

static const struct disk_ops uring_ops = {
	.create = uring_create,
	.write = uring_write,
	.poll = uring_poll,
	.read = files_read,
	.list = files_list,
	.shut = uring_shut,
	.remove = uring_remove,
	.adopt = uring_adopt,
	.allocated = files_allocated,
	.close = uring_close,
};

/* uring_restrict leaves the ring only writes: its operations pass by seccomp.  A kernel that cannot
   restrict serves as well. */
static int uring_restrict(struct io_uring *ring)
{
	struct io_uring_restriction rows[] = {
		{.opcode = IORING_RESTRICTION_REGISTER_OP,
			.register_op = IORING_REGISTER_ENABLE_RINGS},
		{.opcode = IORING_RESTRICTION_SQE_OP, .sqe_op = IORING_OP_WRITE},
	};
	syscall(__NR_io_uring_register, ring->ring_fd, IORING_REGISTER_RESTRICTIONS, rows,
		ARRAY_COUNT(rows));
	return (int)syscall(
		__NR_io_uring_register, ring->ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
}

/* No SINGLE_ISSUER here: boot creates files and writes on another thread than the journal stage, and
   completions must come by themselves to a stage that only reads the queue. */
struct disk *disk_uring_open(struct config_error *error)
{
	struct uring_disk *u = memory_take("disk_uring", sizeof *u);
	struct io_uring_params parameters = {.flags = IORING_SETUP_R_DISABLED};
	error->text[0] = '\0';
	int result = io_uring_queue_init_params(2 * DISK_IN_FLIGHT_MAX, &u->ring, &parameters);
	if (result == 0 && uring_restrict(&u->ring) != 0) {
		result = -errno;
		io_uring_queue_exit(&u->ring);
	}
	if (result != 0) {
		snprintf(error->text, sizeof error->text,
			"journal disk: found '%s' from io_uring, expected it to be allowed; plain "
			"writes are "
			"used instead, see `sysctl kernel.io_uring_disabled`",
			strerror(-result));
		memory_return(u, sizeof *u);
		return disk_plain_open();
	}
	u->disk.ops = &uring_ops;
	files_reset(u->files);
	for (uint32_t i = 0; i < DISK_IN_FLIGHT_MAX; i++)
		u->slots[i].file = -1;
	return &u->disk;
}
