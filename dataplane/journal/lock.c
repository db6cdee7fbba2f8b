#include "dataplane/journal/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/journal/segment.h"

static bool lock_sync(int directory, const char *name)
{
	/* O_NONBLOCK: a pipe of that name is refused by fsync, not waited for. */
	int file = openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (file < 0)
		return false;
	bool is_synced = fsync(file) == 0;
	close(file);
	return is_synced;
}

/* A write that a dead process had started may be readable and not yet durable.  Boot builds on what it
   reads, so it is made durable first. */
static bool lock_settle(const char *path, char *name, size_t name_size)
{
	DIR *directory = opendir(path);
	uint64_t first;
	uint32_t attempt;
	snprintf(name, name_size, ".");
	if (!directory)
		return false;
	bool is_synced = true;
	for (struct dirent *e = readdir(directory); is_synced && e; e = readdir(directory)) {
		if (!segment_name_read(e->d_name, &first, &attempt))
			continue;
		snprintf(name, name_size, "%.60s", e->d_name);
		is_synced = lock_sync(dirfd(directory), e->d_name);
	}
	is_synced = is_synced && fsync(dirfd(directory)) == 0;
	int why = errno;
	closedir(directory);
	errno = why;
	return is_synced;
}

static int lock_refuse(int file, const char *directory, struct config_error *error)
{
	char holder[32] = "";
	int why = errno;
	ssize_t size = file >= 0 ? pread(file, holder, sizeof holder - 1, 0) : 0;
	if (size > 0)
		holder[strcspn(holder, "\n")] = '\0';
	if (why == EWOULDBLOCK)
		snprintf(error->text, sizeof error->text,
			"journal %s: found it locked by process %s, expected no other "
			"sluice-dataplane: stop that one first",
			directory, holder[0] != '\0' ? holder : "?");
	else
		snprintf(error->text, sizeof error->text,
			"journal %s: found \"%s\", expected a directory that can be written: "
			"`mkdir -p` it and give it to this user",
			directory, strerror(why));
	if (file >= 0)
		close(file);
	return -1;
}

int journal_lock(const char *directory, struct config_error *error)
{
	char path[PATH_BYTES + 16], name[SEGMENT_NAME_BYTES];
	if (snprintf(path, sizeof path, "%s/journal.lock", directory) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return lock_refuse(-1, directory, error);
	}
	if (mkdir(directory, 0750) != 0 && errno != EEXIST)
		return lock_refuse(-1, directory, error);
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (file < 0 || flock(file, LOCK_EX | LOCK_NB) != 0)
		return lock_refuse(file, directory, error);
	/* The number is for people only; the lock is the kernel's and dies with us. */
	char holder[32];
	int size = snprintf(holder, sizeof holder, "%d\n", (int)getpid());
	if (ftruncate(file, 0) != 0 || pwrite(file, holder, (size_t)size, 0) != size)
		return lock_refuse(file, directory, error);
	if (!lock_settle(directory, name, sizeof name)) {
		snprintf(error->text, sizeof error->text,
			"journal %s/%s: found \"%s\" when syncing it, expected a sound disk: the "
			"state "
			"of the file is unknown, look at the kernel's log",
			directory, name, strerror(errno));
		close(file);
		return -1;
	}
	return file;
}
