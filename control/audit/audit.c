#include "control/audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/socket/answer.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

struct audit {
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	/* under the lock */
	char *queue[AUDIT_QUEUE_COUNT];
	uint64_t head, tail; /* lines ever queued, lines ever taken */
	bool is_closing;
	/* control's own */
	uint64_t left_out, minor_since_ns;
	uint32_t minor_count;
	_Atomic uint64_t durable;
	_Atomic int failed;
};

/* Writes all of it or says why not. */
static int audit_write(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t done = write(fd, bytes, size);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? errno : EIO;
		bytes += done;
		size -= (size_t)done;
	}
	return 0;
}

/* One group: everything queued now, then one sync for all of it. */
static void audit_group(struct audit *audit, char **lines, uint64_t count, uint64_t last)
{
	int failed = atomic_load(&audit->failed);
	for (uint64_t i = 0; i < count; i++) {
		if (failed == 0)
			failed = audit_write(audit->fd, lines[i], strlen(lines[i]));
		free(lines[i]);
	}
	if (failed == 0 && fdatasync(audit->fd) != 0)
		failed = errno;
	if (failed == 0) {
		atomic_store(&audit->durable, last);
	} else if (atomic_exchange(&audit->failed, failed) == 0) {
		log_write(LOG_LEVEL_ERROR, "audit",
			"audit.jsonl: found \"%s\", expected a durable write: nothing can be "
			"loosened until control is restarted with room on the disk",
			strerror(failed));
	}
}

static void *audit_run(void *context)
{
	struct audit *audit = context;
	static char *lines[AUDIT_QUEUE_COUNT];
	for (;;) {
		pthread_mutex_lock(&audit->lock);
		while (audit->head == audit->tail && !audit->is_closing)
			pthread_cond_wait(&audit->more, &audit->lock);
		uint64_t count = 0;
		while (audit->tail < audit->head)
			lines[count++] = audit->queue[audit->tail++ % AUDIT_QUEUE_COUNT];
		uint64_t last = audit->tail;
		pthread_mutex_unlock(&audit->lock);
		if (count == 0)
			return NULL;
		audit_group(audit, lines, count, last);
	}
}

/* Creates a directory and those above it. */
static void directory_create(const char *directory)
{
	char path[PATH_BYTES];
	snprintf(path, sizeof path, "%s", directory);
	for (char *p = path + 1; *p != '\0'; p++) {
		if (*p == '/') {
			*p = '\0';
			mkdir(path, 0755);
			*p = '/';
		}
	}
	mkdir(path, 0755);
}

struct audit *audit_open(const char *directory, struct config_error *error)
{
	char path[PATH_BYTES + 16];
	struct audit *audit = calloc(1, sizeof *audit);
	if (audit == NULL) {
		snprintf(error->text, sizeof error->text, "out of memory for the audit queue");
		return NULL;
	}
	directory_create(directory);
	snprintf(path, sizeof path, "%s/audit.jsonl", directory);
	audit->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (audit->fd < 0) {
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected to append to it: give sluice-control's "
			"user the directory",
			path, strerror(errno));
		free(audit);
		return NULL;
	}
	pthread_mutex_init(&audit->lock, NULL);
	pthread_cond_init(&audit->more, NULL);
	int failed = pthread_create(&audit->thread, NULL, audit_run, audit);
	if (failed != 0) {
		snprintf(error->text, sizeof error->text, "audit thread: %s", strerror(failed));
		close(audit->fd);
		free(audit);
		return NULL;
	}
	return audit;
}

/* Whether a minor line is within its rate. */
static bool minor_may_go(struct audit *audit, uint64_t now_ns)
{
	if (now_ns - audit->minor_since_ns >= 1000000000u) {
		audit->minor_since_ns = now_ns;
		audit->minor_count = 0;
	}
	return audit->minor_count++ < AUDIT_MINOR_RATE_PER_S;
}

static char *line_render(struct audit *audit, json_t *line, uint64_t number)
{
	char time[32];
	time_format(clock_wall_ns(), time);
	json_object_set_new(line, "number", json_integer((json_int_t)number));
	json_object_set_new(line, "time", json_string(time));
	if (audit->left_out > 0)
		json_object_set_new(line, "left_out", json_integer((json_int_t)audit->left_out));
	char *text = json_dumps(line, JSON_COMPACT);
	if (text == NULL)
		return NULL;
	size_t size = strlen(text);
	char *whole = realloc(text, size + 2);
	if (whole == NULL) {
		free(text);
		return NULL;
	}
	memcpy(whole + size, "\n", 2);
	return whole;
}

uint64_t audit_append(struct audit *audit, json_t *line, enum audit_weight weight, uint64_t now_ns)
{
	uint64_t number = 0;
	if (weight == AUDIT_MINOR && !minor_may_go(audit, now_ns)) {
		audit->left_out++;
		json_decref(line);
		return 0;
	}
	pthread_mutex_lock(&audit->lock);
	/* Minor lines leave a quarter of the queue to those that change something. */
	uint64_t room = AUDIT_QUEUE_COUNT - (audit->head - audit->tail);
	if (room > (weight == AUDIT_MAJOR ? 0u : AUDIT_QUEUE_COUNT / 4u)) {
		char *text = line_render(audit, line, audit->head + 1);
		if (text != NULL) {
			audit->queue[audit->head % AUDIT_QUEUE_COUNT] = text;
			number = ++audit->head;
			audit->left_out = 0;
			pthread_cond_signal(&audit->more);
		}
	}
	pthread_mutex_unlock(&audit->lock);
	if (number == 0)
		audit->left_out++;
	json_decref(line);
	return number;
}

uint64_t audit_durable(const struct audit *audit)
{
	return atomic_load(&((struct audit *)(uintptr_t)audit)->durable);
}

int audit_failed(const struct audit *audit)
{
	return atomic_load(&((struct audit *)(uintptr_t)audit)->failed);
}

void audit_close(struct audit *audit)
{
	pthread_mutex_lock(&audit->lock);
	audit->is_closing = true;
	pthread_cond_signal(&audit->more);
	pthread_mutex_unlock(&audit->lock);
	pthread_join(audit->thread, NULL);
	close(audit->fd);
	pthread_mutex_destroy(&audit->lock);
	pthread_cond_destroy(&audit->more);
	free(audit);
}
