#include "control/capture/recorder.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "control/capture/reel.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

enum { NAP_NS = 1000000, FRAMES_A_STEP = 4096 };

/* What control's thread wants of the other one. */
struct wish {
	bool is_closing, is_on, is_new; /* new: begun since the thread looked last */
	bool has_region;                /* region_fd is news                       */
	int region_fd;                  /* handed over; -1: no dataplane           */
};

struct recorder {
	const struct site_config *site;
	pthread_t thread;
	pthread_mutex_t lock; /* of wish and facts */
	pthread_cond_t more;
	struct wish wish;
	struct recorder_facts facts;

	/* the thread's own */
	const struct dataplane_region *region;
	struct frames_reader readers[FEED_STAGE_COUNT_MAX];
	bool is_running;
	uint64_t lost; /* before the reader joined the region it has now */
	struct reel reel;
	uint8_t bytes[PACKET_BYTES_MAX + 8];
};

/* Every feed stage has a ring of its own; the readers begin behind what is there. */
static void readers_join(struct recorder *recorder)
{
	for (uint32_t i = 0; i < FEED_STAGE_COUNT_MAX; i++)
		frames_join(&recorder->readers[i], &recorder->region->frames[i]);
}

static uint64_t readers_lost(const struct recorder *recorder)
{
	uint64_t lost = 0;
	for (uint32_t i = 0; i < FEED_STAGE_COUNT_MAX; i++)
		lost += recorder->readers[i].lost;
	return lost;
}

static void region_adopt(struct recorder *recorder, int fd)
{
	struct config_error error;
	region_leave(recorder->region);
	recorder->region = NULL;
	if (fd < 0)
		return;
	recorder->region = region_join(fd, REGION_MAGIC_DATAPLANE, &error);
	close(fd);
	if (recorder->region == NULL) {
		log_write(LOG_LEVEL_WARNING, "capture", "%s", error.text);
		return;
	}
	recorder->lost += readers_lost(recorder);
	readers_join(recorder);
}

/* Wall time of a frame: a capture's own, or the monotonic one moved by the distance of the two clocks now. */
static uint64_t frame_time_ns(const struct frame_head *head)
{
	return head->capture_ns != 0 ? head->capture_ns
				     : head->now_ns + clock_wall_ns() - clock_now_ns();
}

/* Writes what one stage brought, a bounded part of it; false: the files refuse. */
static bool reader_write(
	struct recorder *recorder, struct frames_reader *reader, uint32_t most, uint32_t *count)
{
	struct frame_head head;
	for (uint32_t i = 0; i < most && frames_take(reader, &head, recorder->bytes); i++) {
		struct pcapng_packet packet = {.bytes = recorder->bytes,
			.time_ns = frame_time_ns(&head),
			.size_bytes = head.size_bytes,
			.wire_bytes = head.wire_bytes,
			.interface = head.port};
		if (!reel_put(&recorder->reel, &packet))
			return false;
		++*count;
	}
	return true;
}

/* Writes what is there, a bounded part of each stage's; false: the files refuse. */
static bool frames_write(struct recorder *recorder, uint32_t *count)
{
	*count = 0;
	if (recorder->region == NULL)
		return true;
	for (uint32_t i = 0; i < FEED_STAGE_COUNT_MAX; i++) {
		if (!reader_write(recorder, &recorder->readers[i], FRAMES_A_STEP, count))
			return false;
	}
	return *count == 0 || reel_flush(&recorder->reel);
}

static void facts_tell(struct recorder *recorder, bool is_failed)
{
	const struct reel *reel = &recorder->reel;
	struct recorder_facts *facts = &recorder->facts;
	pthread_mutex_lock(&recorder->lock);
	facts->frames = reel->frames;
	facts->bytes = reel->bytes;
	facts->files = reel->files;
	facts->lost = recorder->lost + readers_lost(recorder);
	memcpy(facts->path, reel->path, sizeof facts->path);
	if (is_failed) {
		memcpy(facts->trouble, reel->trouble, sizeof facts->trouble);
		recorder->wish.is_on = false;
	}
	pthread_mutex_unlock(&recorder->lock);
	if (is_failed)
		log_write(LOG_LEVEL_ERROR, "capture", "%s", reel->trouble);
}

/* Takes the wish; waits for one while there is nothing to do. */
static struct wish wish_take(struct recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	struct wish *wish = &recorder->wish;
	while (!recorder->is_running && !wish->is_on && !wish->has_region && !wish->is_closing)
		pthread_cond_wait(&recorder->more, &recorder->lock);
	struct wish taken = *wish;
	wish->is_new = wish->has_region = false;
	pthread_mutex_unlock(&recorder->lock);
	return taken;
}

static void reel_start(struct recorder *recorder)
{
	if (recorder->is_running)
		reel_end(&recorder->reel);
	reel_begin(&recorder->reel, recorder->site);
	recorder->lost = 0;
	if (recorder->region != NULL)
		readers_join(recorder);
	recorder->is_running = true;
}

static void *recorder_run(void *context)
{
	struct recorder *recorder = context;
	const struct timespec nap = {.tv_nsec = NAP_NS};
	for (;;) {
		uint32_t count = 0;
		struct wish wish = wish_take(recorder);
		/* What the earlier dataplane left is written before it is let go. */
		bool is_good = !recorder->is_running || frames_write(recorder, &count);
		if (wish.has_region)
			region_adopt(recorder, wish.region_fd);
		if (wish.is_on && wish.is_new)
			reel_start(recorder);
		bool is_over = !wish.is_on && count < FRAMES_A_STEP;
		if (recorder->is_running && (is_over || !is_good || wish.is_closing)) {
			is_good = reel_end(&recorder->reel) && is_good;
			recorder->is_running = false;
			facts_tell(recorder, !is_good);
		} else if (recorder->is_running && count > 0) {
			facts_tell(recorder, false);
		}
		if (wish.is_closing)
			return NULL;
		if (recorder->is_running && count < FRAMES_A_STEP)
			nanosleep(&nap, NULL);
	}
}

struct recorder *recorder_open(const struct site_config *site)
{
	struct recorder *recorder = calloc(1, sizeof *recorder);
	if (recorder == NULL)
		return NULL;
	recorder->site = site;
	recorder->reel.file = -1;
	recorder->facts.until_ns = UINT64_MAX;
	pthread_mutex_init(&recorder->lock, NULL);
	pthread_cond_init(&recorder->more, NULL);
	if (pthread_create(&recorder->thread, NULL, recorder_run, recorder) == 0)
		return recorder;
	free(recorder);
	return NULL;
}

void recorder_attach(struct recorder *recorder, int region_fd)
{
	int own_fd = region_fd >= 0 ? fcntl(region_fd, F_DUPFD_CLOEXEC, 0) : -1;
	pthread_mutex_lock(&recorder->lock);
	struct wish *wish = &recorder->wish;
	if (wish->has_region && wish->region_fd >= 0)
		close(wish->region_fd);
	wish->has_region = true;
	wish->region_fd = own_fd;
	pthread_cond_signal(&recorder->more);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_start(struct recorder *recorder, uint64_t until_ns)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->wish.is_on = recorder->wish.is_new = true;
	recorder->facts = (struct recorder_facts){
		.since_wall_ns = clock_wall_ns(),
		.until_ns = until_ns,
	};
	pthread_cond_signal(&recorder->more);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_stop(struct recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->wish.is_on = false;
	pthread_mutex_unlock(&recorder->lock);
}

bool recorder_turn(struct recorder *recorder, uint64_t now_ns)
{
	pthread_mutex_lock(&recorder->lock);
	if (now_ns >= recorder->facts.until_ns)
		recorder->wish.is_on = false;
	bool is_on = recorder->wish.is_on;
	pthread_mutex_unlock(&recorder->lock);
	return is_on;
}

void recorder_look(struct recorder *recorder, struct recorder_facts *facts)
{
	pthread_mutex_lock(&recorder->lock);
	*facts = recorder->facts;
	facts->is_on = recorder->wish.is_on;
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_close(struct recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->wish.is_closing = true;
	pthread_cond_signal(&recorder->more);
	pthread_mutex_unlock(&recorder->lock);
	pthread_join(recorder->thread, NULL);
	region_leave(recorder->region);
	if (recorder->wish.has_region && recorder->wish.region_fd >= 0)
		close(recorder->wish.region_fd);
	pthread_mutex_destroy(&recorder->lock);
	pthread_cond_destroy(&recorder->more);
	free(recorder);
}
