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

enum { LOCK_PATH_BYTES = PATH_BYTES + 16, LOCK_TRY_COUNT = 100 };

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

/* Syncs every segment; name is the one that could not be, or the directory that could not be read to its end. */
static bool lock_sync_segments(DIR *directory, char *name, size_t name_size)
{
	uint64_t first;
	uint32_t attempt;
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(directory);
		if (entry == NULL)
			return errno == 0;
		if (!segment_name_read(entry->d_name, &first, &attempt))
			continue;
		snprintf(name, name_size, "%.60s", entry->d_name);
		if (!lock_sync(dirfd(directory), entry->d_name))
			return false;
		snprintf(name, name_size, ".");
	}
}

/* A write that a dead process had started may be readable and not yet durable.  Boot builds on what it
   reads, so it is made durable first; so is the name of a directory that was made just now. */
static bool lock_settle(const char *path, bool is_new, char *name, size_t name_size)
{
	DIR *directory = opendir(path);
	snprintf(name, name_size, ".");
	if (!directory)
		return false;
	bool is_synced =
		lock_sync_segments(directory, name, name_size) && fsync(dirfd(directory)) == 0;
	if (is_synced && is_new) {
		snprintf(name, name_size, "..");
		is_synced = lock_sync(dirfd(directory), name);
	}
	int why = errno;
	closedir(directory);
	errno = why;
	return is_synced;
}

static void lock_path(const char *directory, char path[LOCK_PATH_BYTES])
{
	snprintf(path, LOCK_PATH_BYTES, "%s/journal.lock", directory);
}

/* Whether nothing lies in the directory but the lock; what cannot be read to its end may hold anything. */
static bool lock_is_alone(const char *path)
{
	DIR *directory = opendir(path);
	if (directory == NULL)
		return false;
	const struct dirent *entry;
	do {
		errno = 0;
		entry = readdir(directory);
	} while (entry != NULL &&
		 (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			 strcmp(entry->d_name, "journal.lock") == 0));
	bool is_alone = entry == NULL && errno == 0;
	closedir(directory);
	return is_alone;
}

/* Tells whether the file at path is the one that is open: 1, 0; -1: errno has why nobody knows. */
static int lock_is_at(int file, const char *path)
{
	struct stat held, named;
	if (fstat(file, &held) != 0)
		return -1;
	if (!S_ISREG(held.st_mode)) {
		errno = EINVAL; /* a pipe or a device: nothing is written to it */
		return -1;
	}
	if (stat(path, &named) != 0)
		return errno == ENOENT ? 0 : -1;
	return named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

void journal_unlock(struct journal_lock *lock, const char *directory, bool is_refused)
{
	char path[LOCK_PATH_BYTES];
	lock_path(directory, path);
	/* The name goes while the lock is held, so it is ours that goes: lock_take.  Somebody else may have taken it away by
	   hand, and then a lock of that name is another process's. */
	if (is_refused && lock->made_file && lock_is_alone(directory) &&
		lock_is_at(lock->file, path) == 1)
		unlink(path);
	if (is_refused && lock->made_directory)
		rmdir(directory); /* fails if something lies in it */
	if (lock->file >= 0)
		close(lock->file);
	*lock = (struct journal_lock){.file = -1};
}

static bool lock_refuse(
	struct journal_lock *lock, const char *directory, struct config_error *error)
{
	char holder[32] = "";
	int why = errno;
	ssize_t size = lock->file >= 0 ? pread(lock->file, holder, sizeof holder - 1, 0) : 0;
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
	/* Whoever holds it goes on with what is there. */
	journal_unlock(lock, directory, why != EWOULDBLOCK);
	return false;
}

/* lock_take opens the file, made if need be, and locks it.  A start that came to nothing may have taken the
   name away between the two: then what is locked is nobody's, and the name is tried anew.  What it made is its own only
   once it is locked: until then another may have it. */
static bool lock_take(struct journal_lock *lock, const char *path)
{
	for (unsigned attempt = 0; attempt < LOCK_TRY_COUNT; attempt++) {
		lock->file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
		bool is_made = lock->file >= 0;
		if (lock->file < 0 && errno == EEXIST)
			lock->file = open(path, O_RDWR | O_CLOEXEC);
		if (lock->file < 0 && errno != ENOENT)
			return false;
		if (lock->file < 0)
			continue;
		if (flock(lock->file, LOCK_EX | LOCK_NB) != 0)
			return false;
		int is_ours = lock_is_at(lock->file, path);
		if (is_ours < 0)
			return false;
		lock->made_file = is_made && is_ours == 1;
		if (is_ours == 1)
			return true;
		close(lock->file);
	}
	lock->file = -1;
	errno = EBUSY;
	return false;
}

/* Writes who holds it: for people only, the lock is the kernel's and dies with us.  What was there is written over before it is
   cut, so that a full disk is no hindrance. */
static bool lock_sign(int file)
{
	char holder[32];
	int size = snprintf(holder, sizeof holder, "%d\n", (int)getpid());
	ssize_t written = pwrite(file, holder, (size_t)size, 0);
	if (written >= 0 && written < size)
		errno = ENOSPC;
	return written == size && ftruncate(file, size) == 0;
}

bool journal_lock(struct journal_lock *lock, const char *directory, struct config_error *error)
{
	char path[LOCK_PATH_BYTES], name[SEGMENT_NAME_BYTES];
	*lock = (struct journal_lock){.file = -1};
	if (strlen(directory) >= PATH_BYTES) {
		errno = ENAMETOOLONG;
		return lock_refuse(lock, directory, error);
	}
	lock_path(directory, path);
	lock->made_directory = mkdir(directory, 0750) == 0;
	if (!lock->made_directory && errno != EEXIST)
		return lock_refuse(lock, directory, error);
	if (!lock_take(lock, path) || !lock_sign(lock->file))
		return lock_refuse(lock, directory, error);
	if (!lock_settle(directory, lock->made_directory, name, sizeof name)) {
		snprintf(error->text, sizeof error->text,
			"journal %s/%s: found \"%s\" when syncing it, expected a sound disk: the "
			"state "
			"of the file is unknown, look at the kernel's log",
			directory, name, strerror(errno));
		journal_unlock(lock, directory, true);
		return false;
	}
	return true;
}
