#include "tests/support/refuse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>

static struct refusal refused;
static bool is_in_force, has_hurt;
static uint64_t count;
static const char *name;

void refuse(const struct refusal *refusal)
{
	refused = *refusal;
	count = 0;
	name = NULL;
	has_hurt = false;
	is_in_force = true;
}

bool refuse_end(void)
{
	is_in_force = false;
	return refused.at > 0 && count >= refused.at;
}

bool refuse_hurt(void)
{
	return has_hurt;
}

uint64_t refuse_count(void)
{
	return count;
}

const char *refuse_name(void)
{
	return name == NULL ? "none" : name;
}

unsigned refuse_open_files(void)
{
	unsigned files = 0;
	DIR *directory = opendir("/proc/self/fd");
	while (readdir(directory) != NULL)
		files++;
	closedir(directory);
	return files;
}

/* Whether this call is the one. */
static bool is_chosen(const char *call)
{
	if (!is_in_force || (refused.call != NULL && strcmp(refused.call, call) != 0))
		return false;
	count++;
	if (refused.at == 0 || (refused.is_for_ever ? count < refused.at : count != refused.at))
		return false;
	if (name == NULL)
		name = call;
	has_hurt |= strcmp(call, "close") != 0;
	if (refused.meanwhile != NULL) {
		is_in_force = false; /* what another process does is not counted */
		refused.meanwhile();
		is_in_force = true;
	}
	return true;
}

static bool is_refused(const char *call)
{
	if (!is_chosen(call) || refused.code == 0)
		return false;
	errno = refused.code;
	return true;
}

/* A call that moves bytes: how many of them it is given. */
static size_t moved(size_t size)
{
	return refused.is_short && size > 0 ? size - 1 : size;
}

/* clang-format off */
#define REFUSE(result, call, failed, parameters, arguments) \
	result __real_##call parameters; \
	result __wrap_##call parameters; \
	result __wrap_##call parameters \
	{ \
		if (is_refused(#call)) \
			return failed; \
		return __real_##call arguments; \
	}
/* clang-format on */

REFUSE(DIR *, opendir, NULL, (const char *path), (path))
REFUSE(struct dirent *, readdir, NULL, (DIR * directory), (directory))
REFUSE(int, stat, -1, (const char *path, struct stat *found), (path, found))
REFUSE(int, fstat, -1, (int fd, struct stat *found), (fd, found))
REFUSE(int, access, -1, (const char *path, int mode), (path, mode))
REFUSE(int, fsync, -1, (int fd), (fd))
REFUSE(int, fdatasync, -1, (int fd), (fd))
REFUSE(int, ftruncate, -1, (int fd, off_t size), (fd, size))
REFUSE(int, posix_fallocate, refused.code, (int fd, off_t at, off_t size), (fd, at, size))
REFUSE(int, flock, -1, (int fd, int how), (fd, how))
REFUSE(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
REFUSE(int, rmdir, -1, (const char *path), (path))
REFUSE(int, rename, -1, (const char *from, const char *to), (from, to))
REFUSE(int, unlink, -1, (const char *path), (path))

/* Those that move bytes. */
#define REFUSE_BYTES(call, bytes_type)                                                             \
	ssize_t __real_##call(int fd, bytes_type *bytes, size_t size, off_t at);                   \
	ssize_t __wrap_##call(int fd, bytes_type *bytes, size_t size, off_t at);                   \
	ssize_t __wrap_##call(int fd, bytes_type *bytes, size_t size, off_t at)                    \
	{                                                                                          \
		if (is_chosen(#call) && (refused.is_short || refused.code != 0)) {                 \
			errno = refused.code;                                                      \
			return refused.is_short ? __real_##call(fd, bytes, moved(size), at) : -1;  \
		}                                                                                  \
		return __real_##call(fd, bytes, size, at);                                         \
	}

REFUSE_BYTES(pread, void)
REFUSE_BYTES(pwrite, const void)
REFUSE(ssize_t, pwritev2, -1, (int fd, const struct iovec *bytes, int pieces, off_t at, int flags),
	(fd, bytes, pieces, at, flags))

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	bool is_told = is_refused("close");
	int result = __real_close(fd);
	if (!is_told)
		return result;
	errno = refused.code;
	return -1;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list rest;
	va_start(rest, flags);
	mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
	va_end(rest);
	return is_refused("open") ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...)
{
	return is_refused("openat") ? -1 : __real_openat(directory, path, flags);
}
