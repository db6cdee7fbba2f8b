#include "control/plane/durable_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

enum { FILE_BYTES_MAX = 256 * 1024 * 1024 };

struct durable_file {
	char path[PATH_BYTES + 32];
	char *text;
	uint64_t record;
	int why;
	_Atomic int owners; /* 2: the thread writes; 1: the caller alone holds it */
};

static void file_leave(struct durable_file *file)
{
	if (atomic_fetch_sub_explicit(&file->owners, 1, memory_order_acq_rel) != 1)
		return;
	free(file->text);
	free(file);
}

static int write_all(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640), why = 0;
	if (fd < 0)
		return errno;
	for (size_t at = 0, size = strlen(text); at < size && why == 0;) {
		ssize_t done = write(fd, text + at, size - at);
		if (done > 0)
			at += (size_t)done;
		else if (errno != EINTR)
			why = done == 0 ? EIO : errno;
	}
	if (why == 0 && fsync(fd) != 0)
		why = errno;
	close(fd);
	return why;
}

static int directory_sync(const char *path)
{
	char directory[PATH_BYTES + 32];
	snprintf(directory, sizeof directory, "%s", path);
	char *slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
	int fd = open(slash != NULL ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int why = fd < 0 || fsync(fd) != 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return why;
}

static void *file_run(void *context)
{
	struct durable_file *file = context;
	char aside[PATH_BYTES + 40];
	snprintf(aside, sizeof aside, "%s.new", file->path);
	file->why = write_all(aside, file->text);
	if (file->why == 0 && rename(aside, file->path) != 0)
		file->why = errno;
	if (file->why == 0)
		file->why = directory_sync(file->path);
	file_leave(file);
	return NULL;
}

struct durable_file *durable_file_begin(const char *path, char *text, uint64_t record)
{
	struct durable_file *file = calloc(1, sizeof *file);
	pthread_t thread;
	if (file == NULL) {
		free(text);
		return NULL;
	}
	snprintf(file->path, sizeof file->path, "%s", path);
	file->text = text;
	file->record = record;
	atomic_store_explicit(&file->owners, 2, memory_order_release);
	if (pthread_create(&thread, NULL, file_run, file) == 0) {
		pthread_detach(thread);
		return file;
	}
	free(text);
	free(file);
	return NULL;
}

bool durable_file_is_done(const struct durable_file *file, int *why)
{
	bool is_done = atomic_load_explicit(&((struct durable_file *)(uintptr_t)file)->owners,
			       memory_order_acquire) == 1;
	if (is_done)
		*why = file->why;
	return is_done;
}

uint64_t durable_file_record(const struct durable_file *file)
{
	return file->record;
}

void durable_file_end(struct durable_file *file)
{
	file_leave(file);
}

char *durable_file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	long end = -1;
	if (file == NULL)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0)
		end = ftell(file);
	char *text = end < 0 || end > FILE_BYTES_MAX ? NULL : malloc((size_t)end + 1);
	rewind(file);
	if (text != NULL && fread(text, 1, (size_t)end, file) != (size_t)end) {
		free(text);
		text = NULL;
	}
	fclose(file);
	if (text != NULL)
		text[end] = '\0';
	*size = text != NULL ? (size_t)end : 0;
	return text;
}
