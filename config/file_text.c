#include "config/file_text.h"

#include "config/document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool refuse(
	struct config_error *error, const char *path, const char *found, const char *expected)
{
	snprintf(error->text, sizeof error->text, "%s:1:1: found %s, expected %s", path, found,
		expected);
	return false;
}

static bool refuse_errno(
	struct config_error *error, const char *path, const char *found, const char *expected)
{
	char text[160];
	snprintf(text, sizeof text, "%s (%s)", found, strerror(errno));
	return refuse(error, path, text, expected);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool is_at_rest(const struct stat *file, uint32_t rest_ms)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t age_ms = (now.tv_sec - file->st_mtim.tv_sec) * INT64_C(1000) +
			 (now.tv_nsec - file->st_mtim.tv_nsec) / 1000000;
	return age_ms < 0 || age_ms >= rest_ms;
}

/* Fills bytes, which has room for what a document may have and one byte more. */
static bool bytes_take(int fd, struct file_text *text)
{
	text->size = 0;
	while (text->size <= DOCUMENT_BYTES_MAX) {
		ssize_t got = pread(fd, text->bytes + text->size,
			DOCUMENT_BYTES_MAX + 1 - text->size, (off_t)text->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		text->size += (size_t)got;
	}
	return true;
}

/* Reads it once; *is_whole tells whether nobody wrote it meanwhile. */
static bool try_read(struct file_text *text, int fd, uint32_t rest_ms, bool *is_whole)
{
	struct stat before, after;
	*is_whole = false;
	if (fstat(fd, &before) != 0 || !bytes_take(fd, text) || fstat(fd, &after) != 0)
		return false;
	bool is_cut = text->size > DOCUMENT_BYTES_MAX;
	*is_whole = is_same(&before, &after) && is_at_rest(&after, rest_ms) &&
		    (is_cut || text->size == (size_t)after.st_size);
	return true;
}

static bool fd_read(struct file_text *text, int fd, const char *path, uint32_t rest_ms,
	struct config_error *error)
{
	bool is_whole = false;
	text->bytes = malloc(DOCUMENT_BYTES_MAX + 1);
	CHECK(text->bytes != NULL);
	for (unsigned i = 0; i < FILE_TEXT_TRY_COUNT; i++) {
		if (!try_read(text, fd, rest_ms, &is_whole))
			return refuse_errno(
				error, path, "a file that cannot be read", "a readable one");
		if (is_whole)
			break;
		nanosleep(&(struct timespec){.tv_nsec = FILE_TEXT_TRY_MS * 1000000}, NULL);
	}
	if (!is_whole)
		return refuse(error, path, "a file that is being written",
			"one at rest: again when its writer is done, who had better write "
			"another and rename it");
	char *fitted = realloc(text->bytes, text->size + 1);
	if (fitted != NULL)
		text->bytes = fitted;
	return true;
}

bool file_text_read_rested(
	struct file_text *text, const char *path, uint32_t rest_ms, struct config_error *error)
{
	struct stat file;
	*text = (struct file_text){0};
	/* A pipe without a writer would hold up an open that waits. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return refuse_errno(error, path, "no readable file", "one");
	bool good = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
	if (!good)
		refuse(error, path, "a directory, pipe or device", "a file");
	good = good && fd_read(text, fd, path, rest_ms, error);
	close(fd);
	if (!good)
		file_text_free(text);
	return good;
}

bool file_text_read(struct file_text *text, const char *path, struct config_error *error)
{
	return file_text_read_rested(text, path, FILE_TEXT_REST_MS, error);
}

void file_text_free(struct file_text *text)
{
	free(text->bytes);
	*text = (struct file_text){0};
}
