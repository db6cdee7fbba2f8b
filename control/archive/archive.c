#include "control/archive/archive.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "control/archive/follow.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

/* So often something is written at most, and so late a bar may be. */
#define ARCHIVE_NAP_NS    UINT64_C(50000000)
#define ARCHIVE_RETRY_NS  UINT64_C(1000000000)
#define ARCHIVE_RETAIN_NS UINT64_C(3600000000000)

struct archive {
	char path[PATH_BYTES + 32];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under the lock */
	int offered_fd; /* -1: none */
	bool is_closing;
	struct archive_facts facts;
	/* passes begun after the last question, for archive_wait */
	uint64_t asked, idle;
	/* the thread's own */
	struct store *store;
	const struct market_region *market;
	struct follow follow;
	struct archive_facts earlier; /* of markets before this one */
	bool is_joined;
	uint64_t errors, retain_ns;
	char trouble[1024];
};

/* archive_fail says a trouble once, not every second. */
static void archive_fail(struct archive *archive, const char *why)
{
	archive->errors++;
	if (archive->trouble[0] == '\0')
		log_write(LOG_LEVEL_ERROR, "archive",
			"bars are not written: %s; tried again every second", why);
	snprintf(archive->trouble, sizeof archive->trouble, "%s", why);
}

static void archive_succeed(struct archive *archive)
{
	if (archive->trouble[0] != '\0')
		log_write(LOG_LEVEL_INFO, "archive", "bars are written again");
	archive->trouble[0] = '\0';
}

/* facts_sum adds what was read of the market under way to what was read before. */
static struct archive_facts facts_sum(const struct archive *archive)
{
	struct archive_facts sum = archive->earlier;
	const struct archive_facts *now = &archive->follow.facts;
	sum.prints += now->prints;
	sum.repeated += now->repeated;
	sum.broken += now->broken;
	sum.unknown += now->unknown;
	sum.lost += now->lost;
	sum.holes += now->holes;
	sum.errors = archive->errors;
	sum.is_writing = archive->trouble[0] == '\0';
	memcpy(sum.trouble, archive->trouble, sizeof sum.trouble);
	return sum;
}

/* market_take reads another market from now on; what was read of the last one is written. */
static void market_take(struct archive *archive, int fd)
{
	struct config_error error;
	const struct market_region *market = market_join(fd, &error);
	close(fd);
	if (market == NULL) {
		archive_fail(archive, error.text);
		return;
	}
	archive->earlier = facts_sum(archive);
	region_leave(archive->market);
	archive->market = market;
	archive->is_joined = follow_join(&archive->follow, market, &error);
	if (!archive->is_joined)
		archive_fail(archive, error.text);
}

/* retain_turn takes old rows away, a few at a time, once an hour and at the start. */
static bool retain_turn(struct archive *archive, uint64_t now_ns)
{
	bool is_done;
	if (archive->retain_ns != 0 && now_ns - archive->retain_ns < ARCHIVE_RETAIN_NS)
		return true;
	if (!store_retain(archive->store, clock_wall_ns(), &is_done))
		return false;
	if (is_done)
		archive->retain_ns = now_ns;
	return true;
}

/* archive_pass does a piece of work; *is_idle: there is nothing more to do.  false: it failed and is tried again. */
static bool archive_pass(struct archive *archive, bool *is_idle)
{
	struct config_error error = {0};
	uint64_t events = 0;
	*is_idle = true;
	/* Nothing to write yet: no file is made. */
	if (!archive->is_joined)
		return true;
	if (archive->store == NULL)
		archive->store = store_open(archive->path, &error);
	if (archive->store == NULL) {
		archive_fail(archive, error.text);
		return false;
	}
	if (!follow_pass(&archive->follow, archive->store, &events) ||
		(events == 0 && !retain_turn(archive, clock_now_ns()))) {
		char why[1024];
		snprintf(why, sizeof why, "%s: %s", archive->path, store_trouble(archive->store));
		archive_fail(archive, why);
		/* Opened anew: the file may have been taken away. */
		store_close(archive->store);
		archive->store = NULL;
		return false;
	}
	archive_succeed(archive);
	*is_idle = events == 0;
	return true;
}

/* archive_nap waits for something new, with the lock held. */
static void archive_nap(struct archive *archive, uint64_t nap_ns)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	uint64_t ns = (uint64_t)until.tv_nsec + nap_ns;
	until.tv_sec += (time_t)(ns / 1000000000);
	until.tv_nsec = (long)(ns % 1000000000);
	pthread_cond_timedwait(&archive->wake, &archive->lock, &until);
}

static void *archive_run(void *context)
{
	struct archive *archive = context;
	pthread_mutex_lock(&archive->lock);
	for (;;) {
		int fd = archive->offered_fd;
		uint64_t asked = archive->asked;
		bool is_closing = archive->is_closing, is_idle;
		archive->offered_fd = -1;
		pthread_mutex_unlock(&archive->lock);
		/* What the last market still holds is written before the next is taken. */
		bool is_good = archive_pass(archive, &is_idle);
		if (fd >= 0) {
			while (is_good && !is_idle)
				is_good = archive_pass(archive, &is_idle);
			market_take(archive, fd);
			is_idle = false;
		}
		pthread_mutex_lock(&archive->lock);
		archive->facts = facts_sum(archive);
		if (is_good && is_idle)
			archive->idle = asked;
		if (is_closing && (is_idle || !is_good))
			break;
		if (!is_good && !archive->is_closing)
			archive_nap(archive, ARCHIVE_RETRY_NS);
		else if (is_idle && !archive->is_closing && archive->asked == asked)
			archive_nap(archive, ARCHIVE_NAP_NS);
	}
	pthread_mutex_unlock(&archive->lock);
	return NULL;
}

struct archive *archive_open(const struct site_config *site)
{
	struct archive *archive = calloc(1, sizeof *archive);
	if (archive == NULL)
		return NULL;
	store_path(site, archive->path);
	archive->offered_fd = -1;
	archive->facts.is_writing = true;
	pthread_mutex_init(&archive->lock, NULL);
	pthread_cond_init(&archive->wake, NULL);
	if (pthread_create(&archive->thread, NULL, archive_run, archive) == 0)
		return archive;
	free(archive);
	return NULL;
}

void archive_attach(struct archive *archive, int market_fd)
{
	int fd = fcntl(market_fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_lock(&archive->lock);
	if (archive->offered_fd >= 0)
		close(archive->offered_fd);
	archive->offered_fd = fd;
	pthread_cond_signal(&archive->wake);
	pthread_mutex_unlock(&archive->lock);
}

void archive_look(struct archive *archive, struct archive_facts *facts)
{
	pthread_mutex_lock(&archive->lock);
	*facts = archive->facts;
	pthread_mutex_unlock(&archive->lock);
}

bool archive_wait(struct archive *archive, unsigned timeout_ms)
{
	uint64_t until_ns = clock_now_ns() + timeout_ms * UINT64_C(1000000);
	bool is_done = false;
	pthread_mutex_lock(&archive->lock);
	uint64_t asked = ++archive->asked;
	pthread_cond_signal(&archive->wake);
	while (!is_done && clock_now_ns() < until_ns) {
		archive_nap(archive, 1000000);
		is_done = archive->idle >= asked;
	}
	pthread_mutex_unlock(&archive->lock);
	return is_done;
}

void archive_close(struct archive *archive)
{
	pthread_mutex_lock(&archive->lock);
	archive->is_closing = true;
	pthread_cond_signal(&archive->wake);
	pthread_mutex_unlock(&archive->lock);
	pthread_join(archive->thread, NULL);
	if (archive->offered_fd >= 0)
		close(archive->offered_fd);
	if (archive->store != NULL && archive->is_joined)
		follow_rest(&archive->follow, archive->store);
	store_close(archive->store);
	region_leave(archive->market);
	pthread_mutex_destroy(&archive->lock);
	pthread_cond_destroy(&archive->wake);
	free(archive);
}
