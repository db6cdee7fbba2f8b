#include "control/limits/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "config/file_text.h"
#include "config/unstated.h"

enum {
	DIFF_BYTES = 256 * 1024,
	LINT_BYTES = 64 * 1024,
	UNSTATED_BYTES = 16 * 1024,
	READING_MORE_BYTES = 1024
};

struct reading {
	const struct site_config *site;
	char path[PATH_BYTES * 2], keep_path[PATH_BYTES * 2], gone_path[PATH_BYTES * 2];
	char *text;
	size_t size;
	char more[READING_MORE_BYTES]; /* put behind what a file says */
	bool is_file, is_ok, is_kept;
	struct config_error error;
	struct limitset *set, *old, *former; /* old, former NULL: nothing to compare with */
	struct reading_diff diff;
	char *diff_text, *lint_text, *unstated_text;
	struct lint_counts lint;
	struct limit_shadow *shadows;
	uint32_t shadow_count, unstated_count;
	_Atomic int owners; /* 2: the thread works; 1: the caller alone holds it */
};

static void reading_free(struct reading *reading)
{
	free(reading->text);
	free(reading->set);
	free(reading->old);
	free(reading->former);
	free(reading->diff_text);
	free(reading->lint_text);
	free(reading->unstated_text);
	free(reading->shadows);
	free(reading);
}

/* Whoever leaves last frees it: nobody ever waits for a disk that hangs. */
static void reading_leave(struct reading *reading)
{
	if (atomic_fetch_sub_explicit(&reading->owners, 1, memory_order_acq_rel) == 1)
		reading_free(reading);
}

static bool reading_refuse(struct reading *reading, const char *path, const char *what)
{
	snprintf(reading->error.text, sizeof reading->error.text, "%s: found \"%s\", expected %s",
		path, strerror(errno), what);
	return false;
}

/* Takes the file's bytes once, so what is kept is what was judged. */
static bool file_take(struct reading *reading)
{
	struct file_text text;
	if (!file_text_read(&text, reading->path, &reading->error))
		return false;
	reading->text = text.bytes;
	reading->size = text.size;
	size_t more = strlen(reading->more);
	char *whole = more > 0 ? realloc(reading->text, reading->size + more + 1) : reading->text;
	if (whole == NULL)
		return reading_refuse(reading, reading->path, "memory for a limits file");
	if (more > 0)
		memcpy(whole + reading->size, reading->more, more + 1);
	reading->text = whole;
	reading->size += more;
	return true;
}

static void diffs_take(struct reading *reading)
{
	if (reading->old != NULL) {
		reading->diff.changed = limitset_diff(reading->old, reading->set, reading->site,
			reading->diff_text, DIFF_BYTES, &reading->diff.loosened);
		memcpy(reading->diff.old_hash, reading->old->hash, sizeof reading->old->hash);
	}
	if (reading->former != NULL)
		limitset_diff(reading->former, reading->set, reading->site, NULL, 0,
			&reading->diff.loosened_former);
}

static void *reading_run(void *context)
{
	struct reading *reading = context;
	reading->is_ok = (!reading->is_file || file_take(reading)) &&
			 limitset_parse(reading->set, reading->site, reading->path, reading->text,
				 reading->size, &reading->error);
	if (reading->is_ok) {
		diffs_take(reading);
		reading->lint =
			limitset_lint(reading->set, reading->site, reading->lint_text, LINT_BYTES);
		reading->shadow_count = limitset_shadows(
			reading->set, reading->site, reading->shadows, READING_SHADOW_COUNT_MAX);
		reading->unstated_count = limitset_unstated(
			reading->set, reading->site, reading->unstated_text, UNSTATED_BYTES);
	}
	reading_leave(reading);
	return NULL;
}

static bool keep_write(struct reading *reading, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return reading_refuse(reading, path, "a file to write");
	size_t at = 0;
	while (at < reading->size) {
		ssize_t done = write(fd, reading->text + at, reading->size - at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			break;
		at += (size_t)done;
	}
	bool is_good = at == reading->size && fsync(fd) == 0;
	if (!is_good)
		reading_refuse(reading, path, "a durable write");
	close(fd);
	return is_good;
}

static bool directory_sync(const char *path)
{
	char directory[PATH_BYTES * 2];
	snprintf(directory, sizeof directory, "%s", path);
	char *slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
	int fd = open(slash != NULL ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return is_good;
}

static void *keep_run(void *context)
{
	struct reading *reading = context;
	char aside[PATH_BYTES * 2 + 8];
	snprintf(aside, sizeof aside, "%s.new", reading->keep_path);
	if (keep_write(reading, aside)) {
		reading->is_kept = rename(aside, reading->keep_path) == 0 &&
				   directory_sync(reading->keep_path);
		if (!reading->is_kept)
			reading_refuse(reading, reading->keep_path, "to replace it durably");
	}
	if (reading->is_kept && reading->gone_path[0] != '\0')
		unlink(reading->gone_path);
	reading_leave(reading);
	return NULL;
}

static void *forget_run(void *context)
{
	struct reading *reading = context;
	unlink(reading->gone_path);
	reading_leave(reading);
	return NULL;
}

static bool thread_begin(struct reading *reading, void *(*run)(void *))
{
	pthread_t thread;
	atomic_store_explicit(&reading->owners, 2, memory_order_release);
	if (pthread_create(&thread, NULL, run, reading) == 0) {
		pthread_detach(thread);
		return true;
	}
	atomic_store_explicit(&reading->owners, 1, memory_order_release);
	return false;
}

/* A copy of a set, in *to, of the rows that it has; NULL stays NULL.  false: out of memory.  16,384 rows are 20 MB: making so
   many small pages present held control's own thread 15 ms and more. */
static bool set_take(struct limitset **to, const struct limitset *from)
{
	enum { HUGE_PAGE_BYTES = 2 << 20 };
	size_t used = 0;
	if (from != NULL)
		used = offsetof(struct limitset, rows) + from->row_count * sizeof from->rows[0];
	size_t size = (used + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
	*to = size != 0 ? aligned_alloc(HUGE_PAGE_BYTES, size) : NULL;
	if (*to != NULL) {
		madvise(*to, size, MADV_HUGEPAGE); /* advice: small pages serve as well */
		memcpy(*to, from, used);
	}
	return *to != NULL || from == NULL;
}

/* Copies what the thread will need; false: out of memory. */
static bool reading_fill(struct reading *reading, const char *text, size_t size,
	const struct limitset *old, const struct limitset *former)
{
	reading->is_file = text == NULL;
	reading->set = calloc(1, sizeof *reading->set);
	reading->diff_text = calloc(1, DIFF_BYTES);
	reading->lint_text = calloc(1, LINT_BYTES);
	reading->unstated_text = calloc(1, UNSTATED_BYTES);
	reading->shadows = calloc(READING_SHADOW_COUNT_MAX, sizeof *reading->shadows);
	if (reading->set == NULL || reading->diff_text == NULL || reading->lint_text == NULL ||
		reading->unstated_text == NULL || reading->shadows == NULL)
		return false;
	reading->diff.text = reading->diff_text;
	if (!set_take(&reading->old, old) || !set_take(&reading->former, former))
		return false;
	if (text != NULL) {
		reading->text = malloc(size + 1);
		if (reading->text == NULL)
			return false;
		memcpy(reading->text, text, size);
		reading->size = size;
	}
	return true;
}

static struct reading *begin(const struct site_config *site, const char *path, const char *text,
	size_t size, const char *more, const struct limitset *old, const struct limitset *former)
{
	struct reading *reading = calloc(1, sizeof *reading);
	if (reading == NULL)
		return NULL;
	reading->site = site;
	snprintf(reading->path, sizeof reading->path, "%s", path);
	snprintf(reading->more, sizeof reading->more, "%s", more);
	if (!reading_fill(reading, text, size, old, former) ||
		!thread_begin(reading, reading_run)) {
		reading_free(reading);
		return NULL;
	}
	return reading;
}

struct reading *reading_begin(const struct site_config *site, const char *path, const char *text,
	size_t size, const struct limitset *old, const struct limitset *former)
{
	return begin(site, path, text, size, "", old, former);
}

struct reading *reading_begin_more(const struct site_config *site, const char *path,
	const char *more, const struct limitset *old)
{
	return begin(site, path, NULL, 0, more, old, NULL);
}

/* Where a text begins behind the head of an earlier copy. */
static size_t head_skip(const struct reading *reading)
{
	static const char mark[] = {'#', ' ', '{'};
	bool has_head =
		reading->size >= sizeof mark && memcmp(reading->text, mark, sizeof mark) == 0;
	const char *end = has_head ? memchr(reading->text, '\n', reading->size) : NULL;
	return end != NULL ? (size_t)(end + 1 - reading->text) : 0;
}

struct reading *reading_copy(const struct reading *from, const char *head)
{
	struct reading *reading = calloc(1, sizeof *reading);
	size_t before = strlen(head), skipped = from != NULL ? head_skip(from) : 0;
	size_t size = from != NULL ? from->size - skipped : 0;
	if (reading == NULL)
		return NULL;
	reading->owners = 1;
	reading->text = malloc(before + size + 1);
	if (reading->text == NULL) {
		reading_free(reading);
		return NULL;
	}
	memcpy(reading->text, head, before);
	if (size > 0)
		memcpy(reading->text + before, from->text + skipped, size);
	reading->size = before + size;
	return reading;
}

const char *reading_text(const struct reading *reading, size_t *size)
{
	*size = reading->size;
	return reading->text;
}

size_t reading_size(const struct reading *reading)
{
	return reading->size;
}

struct reading_diff reading_diff_of(const struct reading *reading)
{
	return reading->diff;
}

struct reading_lint reading_lint_of(const struct reading *reading)
{
	return (struct reading_lint){.counts = reading->lint,
		.text = reading->lint_text,
		.shadows = reading->shadows,
		.shadow_count = reading->shadow_count};
}

struct reading_unstated reading_unstated_of(const struct reading *reading)
{
	return (struct reading_unstated){
		.count = reading->unstated_count, .text = reading->unstated_text};
}

static void gone_take(struct reading *reading, const char *gone)
{
	snprintf(reading->gone_path, sizeof reading->gone_path, "%s", gone != NULL ? gone : "");
}

bool reading_forget_begin(struct reading *reading, const char *gone)
{
	gone_take(reading, gone);
	return thread_begin(reading, forget_run);
}

bool reading_keep_begin(struct reading *reading, const char *path, const char *gone)
{
	gone_take(reading, gone);
	snprintf(reading->keep_path, sizeof reading->keep_path, "%s", path);
	reading->is_kept = false;
	return thread_begin(reading, keep_run);
}

bool reading_is_done(const struct reading *reading)
{
	return atomic_load_explicit(
		       &((struct reading *)(uintptr_t)reading)->owners, memory_order_acquire) == 1;
}

void reading_wait(struct reading *reading)
{
	while (!reading_is_done(reading))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

const struct limitset *reading_set(const struct reading *reading, const char **error)
{
	*error = reading->error.text;
	return reading->is_ok ? reading->set : NULL;
}

bool reading_is_kept(const struct reading *reading, const char **error)
{
	*error = reading->error.text;
	return reading->is_kept;
}

void reading_end(struct reading *reading)
{
	if (reading != NULL)
		reading_leave(reading);
}
