#include "drivers/disk/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ZERO_BYTES = 1 << 20 };

void files_reset(struct file files[DISK_FILE_MAX])
{
	for (int i = 0; i < DISK_FILE_MAX; i++)
		files[i] = (struct file){.fd = -1};
}

void files_close(struct file files[DISK_FILE_MAX])
{
	for (int i = 0; i < DISK_FILE_MAX; i++)
		if (files[i].fd >= 0)
			close(files[i].fd);
	files_reset(files);
}

static int files_zero(int fd, uint64_t size_bytes)
{
	static _Alignas(DISK_BLOCK_BYTES) uint8_t zeros[ZERO_BYTES]; /* never written */
	int result = posix_fallocate(fd, 0, (off_t)size_bytes);
	if (result != 0)
		return -result;
	for (uint64_t at = 0; at < size_bytes;) {
		uint64_t size = size_bytes - at < ZERO_BYTES ? size_bytes - at : ZERO_BYTES;
		ssize_t done = pwrite(fd, zeros, size, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		at += (uint64_t)done;
	}
	return fsync(fd) == 0 ? 0 : -errno;
}

/* files_sync_name makes the entry in the file's directory durable. */
static int files_sync_name(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t size = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
	if (size >= sizeof directory)
		return -ENAMETOOLONG;
	memcpy(directory, slash == NULL ? "." : path, size);
	directory[size] = '\0';
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int result = fsync(fd) == 0 ? 0 : -errno;
	close(fd);
	return result;
}

static int files_free(const struct file files[DISK_FILE_MAX])
{
	int file = 0;
	while (file < DISK_FILE_MAX && files[file].fd >= 0)
		file++;
	return file < DISK_FILE_MAX ? file : -ENFILE;
}

/* files_open opens without O_DIRECT where that is refused, such as tmpfs; the name may have been made already. */
static int files_open(const char *path, int flags, bool direct)
{
	int fd = open(path, flags | (direct ? O_DIRECT : 0), 0640);
	if (fd < 0 && errno == EINVAL && direct) {
		if ((flags & O_CREAT) != 0)
			unlink(path);
		fd = open(path, flags, 0640);
	}
	return fd < 0 ? -errno : fd;
}

int files_create(
	struct file files[DISK_FILE_MAX], const char *path, uint64_t size_bytes, bool direct)
{
	if (size_bytes == 0 || size_bytes % DISK_BLOCK_BYTES != 0)
		return -EINVAL;
	int file = files_free(files);
	if (file < 0)
		return file;
	int fd = files_open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, direct);
	if (fd < 0)
		return fd;
	int result = files_zero(fd, size_bytes);
	if (result == 0)
		result = files_sync_name(path);
	if (result != 0) {
		close(fd);
		unlink(path);
		return result;
	}
	files[file] = (struct file){.fd = fd, .size_bytes = size_bytes};
	return file;
}

int files_adopt(struct file files[DISK_FILE_MAX], const char *from, const char *to, bool direct)
{
	int file = files_free(files);
	struct stat found;
	if (file < 0)
		return file;
	/* The name is taken over what lies there: it must be known that nothing does. */
	if (access(to, F_OK) == 0)
		return -EEXIST;
	if (errno != ENOENT)
		return -errno;
	int fd = files_open(from, O_RDWR | O_CLOEXEC, direct);
	if (fd < 0)
		return fd;
	int result = fstat(fd, &found) == 0 ? 0 : -errno;
	if (result == 0 && (found.st_size == 0 || found.st_size % DISK_BLOCK_BYTES != 0))
		result = -EINVAL;
	if (result == 0)
		result = files_zero(fd, (uint64_t)found.st_size);
	if (result == 0)
		result = rename(from, to) == 0 ? files_sync_name(to) : -errno;
	if (result != 0) {
		close(fd);
		return result;
	}
	files[file] = (struct file){.fd = fd, .size_bytes = (uint64_t)found.st_size};
	return file;
}

int files_allocated(struct disk *d, const char *path, uint64_t *bytes)
{
	struct stat found;
	(void)d;
	if (stat(path, &found) != 0)
		return -errno;
	uint64_t size = (uint64_t)found.st_size, placed = (uint64_t)found.st_blocks * 512;
	*bytes = size < placed ? size : placed;
	return 0;
}

int files_check(const struct file files[DISK_FILE_MAX], int file, const void *bytes,
	uint32_t size_bytes, uint64_t offset)
{
	if (file < 0 || file >= DISK_FILE_MAX || files[file].fd < 0 || size_bytes == 0 ||
		size_bytes % DISK_BLOCK_BYTES != 0 || offset % DISK_BLOCK_BYTES != 0 ||
		(uintptr_t)bytes % DISK_BLOCK_BYTES != 0)
		return -EINVAL;
	if (offset > files[file].size_bytes || size_bytes > files[file].size_bytes - offset)
		return -EFBIG;
	return 0;
}

int files_shut(struct file files[DISK_FILE_MAX], int file)
{
	if (file < 0 || file >= DISK_FILE_MAX || files[file].fd < 0)
		return -EINVAL;
	if (files[file].in_flight > 0)
		return -EBUSY;
	int result = close(files[file].fd) == 0 ? 0 : -errno;
	files[file] = (struct file){.fd = -1};
	return result;
}

int files_remove(const struct file files[DISK_FILE_MAX], const char *path)
{
	struct stat named, open_file;
	if (stat(path, &named) != 0)
		return -errno;
	for (int i = 0; i < DISK_FILE_MAX; i++)
		if (files[i].fd >= 0 && fstat(files[i].fd, &open_file) == 0 &&
			open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino)
			return -EBUSY;
	return unlink(path) == 0 ? files_sync_name(path) : -errno;
}

int files_read(struct disk *d, const char *path, uint64_t offset, void *bytes, uint64_t size_bytes,
	uint64_t *got)
{
	(void)d;
	*got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int result = 0;
	while (*got < size_bytes) {
		ssize_t size = pread(
			fd, (uint8_t *)bytes + *got, size_bytes - *got, (off_t)(offset + *got));
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			result = -errno;
		if (size <= 0)
			break;
		*got += (uint64_t)size;
	}
	close(fd);
	return result;
}

static int files_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int files_list(struct disk *d, const char *directory, char (*names)[64], uint32_t max)
{
	(void)d;
	DIR *open_directory = opendir(directory);
	if (open_directory == NULL)
		return -errno;
	uint32_t count = 0;
	int result = 0;
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(open_directory);
		if (entry == NULL) {
			result = -errno;
			break;
		}
		size_t size = strlen(entry->d_name);
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (size >= sizeof names[0] || count == max) {
			result = size >= sizeof names[0] ? -ENAMETOOLONG : -E2BIG;
			break;
		}
		memcpy(names[count++], entry->d_name, size + 1);
	}
	closedir(open_directory);
	if (result != 0)
		return result;
	qsort(names, count, sizeof names[0], files_compare);
	return (int)count;
}
