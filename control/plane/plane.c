#include "control/plane/plane.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

const char *stage_name(enum stage_id stage)
{
	static const char *const names[STAGE_COUNT] = {"feed", "gate", "journal", "door", "feed 2",
		"feed 3", "feed 4", "gate 2", "gate 3", "gate 4"};
	return (unsigned)stage < STAGE_COUNT ? names[stage] : "?";
}

enum metric stage_loops(enum stage_id stage)
{
	static const enum metric loops[STAGE_COUNT] = {METRIC_feed_loops, METRIC_gate_loops,
		METRIC_journal_loops, METRIC_door_loops, METRIC_feed_loops, METRIC_feed_loops,
		METRIC_feed_loops, METRIC_gate_loops, METRIC_gate_loops, METRIC_gate_loops};
	CHECK((unsigned)stage < STAGE_COUNT);
	return loops[stage];
}

bool stage_is_there(const struct site_config *site, enum stage_id stage)
{
	uint32_t feed = stage_feed_index(stage), gate = stage_gate_index(stage);
	return (feed == UINT32_MAX || feed < site_feed_count(site)) &&
	       (gate == UINT32_MAX || gate < site_gate_count(site));
}

const char *gate_name(const struct site_config *site, uint32_t gate)
{
	return gate < site->gate_count ? site->gates[gate].name : "gate";
}

/* How often a stage has turned, from its own page. */
static uint64_t stage_turns(const struct dataplane_region *region, enum stage_id stage)
{
	uint32_t feed = stage_feed_index(stage), gate = stage_gate_index(stage);
	const struct metrics *page = &region->metrics;
	if (feed != UINT32_MAX)
		page = region_feed_metrics(region, feed);
	else if (gate != UINT32_MAX)
		page = gate < region_gate_count(region) ? region_gate_metrics(region, gate) : page;
	return metrics_get(page, stage_loops(stage));
}

bool plane_open(struct plane *plane, const struct site_config *site, struct config_error *error)
{
	memset(plane, 0, sizeof *plane);
	plane->site = site;
	plane->socket = plane->region_fd = plane->market_fd = plane->own_fd = -1;
	plane->own = region_create_control(&plane->own_fd, site, error);
	snprintf(plane->trouble, sizeof plane->trouble, "no dataplane answered yet");
	return plane->own != NULL;
}

static void plane_hang_up(struct plane *plane, uint64_t now_ns)
{
	if (plane->socket >= 0)
		close(plane->socket);
	plane->socket = -1;
	plane->is_attached = false;
	plane->retry_ns = now_ns + PLANE_RETRY_NS;
}

void plane_close(struct plane *plane)
{
	plane_hang_up(plane, 0);
	region_leave(plane->region);
	region_leave(plane->market);
	region_leave(plane->own);
	if (plane->region_fd >= 0)
		close(plane->region_fd);
	if (plane->market_fd >= 0)
		close(plane->market_fd);
	if (plane->own_fd >= 0)
		close(plane->own_fd);
}

static void plane_refuse(struct plane *plane, uint64_t now_ns, const char *why)
{
	char more[REPEAT_WORDS_BYTES];
	struct repeat_since since;
	/* Once a minute, not every 100 ms. */
	if (repeat_is_news(&plane->refusals, repeat_reason_of(why), now_ns, PLANE_AGAIN_NS, &since))
		log_write(LOG_LEVEL_WARNING, "plane", "%s%s", why, repeat_words(&since, more));
	snprintf(plane->trouble, sizeof plane->trouble, "%s", why);
	plane_hang_up(plane, now_ns);
}

static void plane_reach(struct plane *plane, uint64_t now_ns)
{
	struct config_error error;
	int fd = attach_connect(plane->site->run_directory, &error);
	if (fd < 0) {
		plane_refuse(plane, now_ns, error.text);
		return;
	}
	struct attach_message message = {.magic = REGION_MAGIC_CONTROL,
		.layout_hash = region_layout_hash(),
		.version = REGION_VERSION,
		.pid = (uint64_t)getpid()};
	int fds[2] = {plane->own_fd, plane->region_fd};
	plane->socket = fd;
	plane->greeted_ns = now_ns;
	if (!attach_send(fd, &message, fds, plane->region_fd >= 0 ? 2 : 1)) {
		snprintf(error.text, sizeof error.text,
			"the dataplane's attach socket: found \"%s\", expected to hand over "
			"a descriptor",
			strerror(errno));
		plane_refuse(plane, now_ns, error.text);
	}
}

/* Takes the new regions in place of the earlier ones. */
static void plane_adopt(struct plane *plane, const struct dataplane_region *region,
	const struct market_region *market, const int fds[2], uint64_t now_ns)
{
	region_leave(plane->region);
	region_leave(plane->market);
	if (plane->region_fd >= 0)
		close(plane->region_fd);
	if (plane->market_fd >= 0)
		close(plane->market_fd);
	plane->region = region;
	plane->market = market;
	plane->region_fd = fds[0];
	plane->market_fd = fds[1];
	plane->is_attached = true;
	plane->attached_wall_ns = clock_wall_ns();
	plane->trouble[0] = '\0';
	plane->refusals = (struct repeat){0};
	plane->attach_count++;
	memset(plane->ports, 0, sizeof plane->ports);
	memset(plane->sessions, 0, sizeof plane->sessions);
	for (unsigned i = 0; i < STAGE_COUNT; i++) {
		struct plane_mail *mail = &plane->mail[i];
		uint64_t answered =
			atomic_load_explicit(&region->answers[i].number, memory_order_acquire);
		/* Numbers go on above all that this dataplane ever answered, so an old answer is never
		   taken for a new one. */
		if (mail->number < answered)
			mail->number = answered;
		/* What the last process left unanswered this one is not held to. */
		mail->is_unanswered = false;
		plane->loops[i] = stage_turns(region, (enum stage_id)i);
		plane->loops_moved_ns[i] = now_ns;
	}
	log_write(LOG_LEVEL_INFO, "plane", "attached to sluice-dataplane, pid %lu",
		(unsigned long)region->header.pid);
}

/* Joins what came: the dataplane's region, whose descriptor is kept for the next one's salvage, and the
   market, whose descriptor is kept for the archive.  false: neither is joined, error has why. */
static bool plane_join(
	struct plane *plane, const int fds[2], uint64_t now_ns, struct config_error *error)
{
	const struct dataplane_region *region = region_join(fds[0], REGION_MAGIC_DATAPLANE, error);
	if (region == NULL)
		return false;
	const struct market_region *market = market_join(fds[1], error);
	if (market == NULL) {
		region_leave(region);
		return false;
	}
	plane_adopt(plane, region, market, fds, now_ns);
	return true;
}

static bool plane_greet(struct plane *plane, uint64_t now_ns)
{
	struct attach_message message;
	struct config_error error;
	int fds[2] = {-1, -1};
	int count = attach_receive(plane->socket, &message, fds, 2);
	if (count < 0 && errno == EAGAIN) {
		if (now_ns - plane->greeted_ns > PLANE_GREETING_NS)
			plane_refuse(plane, now_ns,
				"the dataplane's attach socket gave no answer within 1 s: its door "
				"thread hangs");
		return false;
	}
	if (count < 0) {
		snprintf(error.text, sizeof error.text,
			"the dataplane's attach socket: found \"%s\", expected its regions",
			strerror(errno));
		plane_refuse(plane, now_ns, error.text);
		return false;
	}
	bool is_joined = false;
	if (message.refusal[0] != '\0' || count != 2)
		plane_refuse(plane, now_ns,
			message.refusal[0] != '\0' ? message.refusal
						   : "the dataplane did not send two regions");
	else if (plane_join(plane, fds, now_ns, &error))
		is_joined = true;
	else
		plane_refuse(plane, now_ns, error.text);
	for (int i = 0; !is_joined && i < count; i++)
		close(fds[i]);
	return is_joined;
}

/* The connection carries nothing more; that it ends is the news. */
static bool plane_has_ended(struct plane *plane, uint64_t now_ns)
{
	struct attach_message message;
	int fd = -1;
	int count = attach_receive(plane->socket, &message, &fd, 1);
	if (fd >= 0)
		close(fd);
	if (count >= 0 || errno == EAGAIN)
		return false;
	plane->lost_wall_ns = clock_wall_ns();
	snprintf(plane->trouble, sizeof plane->trouble, "the dataplane, pid %lu, ended",
		(unsigned long)plane->region->header.pid);
	log_write(LOG_LEVEL_ERROR, "plane", "%s", plane->trouble);
	plane_hang_up(plane, now_ns);
	return true;
}

bool plane_turn(struct plane *plane, uint64_t now_ns)
{
	if (plane->socket < 0) {
		if (now_ns >= plane->retry_ns)
			plane_reach(plane, now_ns);
		if (plane->socket < 0)
			return false;
	}
	if (!plane->is_attached)
		return plane_greet(plane, now_ns);
	for (unsigned i = 0; i < STAGE_COUNT; i++) {
		uint64_t loops = stage_turns(plane->region, (enum stage_id)i);
		if (loops != plane->loops[i]) {
			plane->loops[i] = loops;
			plane->loops_moved_ns[i] = now_ns;
		}
	}
	for (uint32_t i = 0; i < plane->site->port_count; i++)
		if (site_port_is_used(plane->site, i))
			watch_turn(&plane->ports[i], &plane->region->ports[i],
				plane->site->ports[i].name, now_ns);
	for (uint32_t i = 0; i < plane_gate_count(plane); i++)
		session_watch_turn(&plane->sessions[i], plane->site, region_gate(plane->region, i),
			now_ns, clock_wall_ns());
	return plane_has_ended(plane, now_ns);
}

bool plane_stage_is_alive(const struct plane *plane, enum stage_id stage, uint64_t now_ns)
{
	return plane->is_attached && now_ns - plane->loops_moved_ns[stage] < PLANE_STUCK_NS;
}

uint32_t plane_gate_count(const struct plane *plane)
{
	uint32_t site = site_gate_count(plane->site);
	uint32_t there = plane->region == NULL ? 0 : region_gate_count(plane->region);
	return site < there ? site : there;
}

uint64_t plane_durable(const struct plane *plane, uint32_t gate)
{
	if (gate >= plane_gate_count(plane))
		return 0;
	return atomic_load_explicit(
		&region_link(plane->region, gate)->durable, memory_order_acquire);
}

bool plane_is_recovered(const struct plane *plane)
{
	bool is_recovered = plane->is_attached;
	for (uint32_t i = 0; is_recovered && i < plane_gate_count(plane); i++)
		is_recovered = atomic_load_explicit(&region_gate(plane->region, i)->is_recovered,
				       memory_order_acquire) != 0;
	return is_recovered;
}

uint32_t plane_latched_state(const struct plane *plane)
{
	uint32_t strictest = STATE_ACTIVE;
	for (uint32_t i = 0; i < plane_gate_count(plane); i++) {
		uint32_t state = atomic_load_explicit(
			&region_gate(plane->region, i)->latched_state, memory_order_relaxed);
		strictest = state > strictest ? state : strictest;
	}
	return strictest;
}
