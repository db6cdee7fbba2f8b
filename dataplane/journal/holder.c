#include "dataplane/journal/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "config/config.h"

/* A line of proc(5)'s /proc/locks, "1: FLOCK  ADVISORY  WRITE 2001 fd:00:1234 0 EOF"; who waits for one has "->" behind its
   number, and is none.  A file system of parts may name another device than stat(2) does: its number alone counts then, where the
   file names the process too. */
static uint32_t holder_in(char *line, const struct stat *lock, uint32_t signed_by)
{
	enum { KIND = 1, ACCESS = 3, HOLDER = 4, FILE_NUMBERS = 5, WORDS = 6 };
	const char *words[WORDS];
	char *rest = line, *end;
	for (uint32_t i = 0; i < WORDS; i++) {
		words[i] = strtok_r(rest, " ", &rest);
		if (words[i] == NULL)
			return 0;
	}
	if (strcmp(words[KIND], "FLOCK") != 0 || strcmp(words[ACCESS], "WRITE") != 0)
		return 0;
	uint32_t holder = (uint32_t)strtoul(words[HOLDER], NULL, 10);
	bool is_there = strtoul(words[FILE_NUMBERS], &end, 16) == major(lock->st_dev);
	is_there = *end == ':' && strtoul(end + 1, &end, 16) == minor(lock->st_dev) && is_there;
	if (*end != ':' || strtoull(end + 1, NULL, 10) != lock->st_ino)
		return 0;
	return is_there || holder == signed_by ? holder : 0;
}

static uint32_t holder_signed(const char *path)
{
	char text[32] = "";
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	const char *line = fgets(text, sizeof text, file);
	fclose(file);
	return line != NULL ? (uint32_t)strtoul(line, NULL, 10) : 0;
}

uint32_t reader_holder(const char *directory)
{
	char path[PATH_BYTES + 16], line[256];
	struct stat lock;
	uint32_t holder = 0;
	snprintf(path, sizeof path, "%.*s/journal.lock", PATH_BYTES - 1, directory);
	if (stat(path, &lock) != 0 || !S_ISREG(lock.st_mode))
		return 0;
	FILE *locks = fopen("/proc/locks", "re");
	if (locks == NULL)
		return 0;
	uint32_t signed_by = holder_signed(path);
	while (holder == 0 && fgets(line, sizeof line, locks) != NULL)
		holder = holder_in(line, &lock, signed_by);
	fclose(locks);
	return holder;
}
