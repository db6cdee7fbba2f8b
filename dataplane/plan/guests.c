#include "dataplane/plan/guests.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/local.h"
#include "drivers/machine/log.h"

void guests_init(struct guests *g, const struct site_config *site, struct dataplane_region *region,
	int region_fd, int market_fd)
{
	g->site = site;
	g->region = region;
	g->region_fd = region_fd;
	g->market_fd = market_fd;
	g->newest = DOOR_REGION_COUNT - 1;
	for (uint32_t i = 0; i < DOOR_ATTACH_COUNT; i++)
		g->guests[i].fd = -1;
}

static void guest_end(struct guest *guest)
{
	close(guest->fd);
	guest->fd = -1;
}

void guests_close(struct guests *g)
{
	for (uint32_t i = 0; i < DOOR_ATTACH_COUNT; i++)
		if (g->guests[i].fd >= 0)
			guest_end(&g->guests[i]);
	for (uint32_t i = 0; i < DOOR_REGION_COUNT; i++)
		region_leave(g->regions[i].region);
	region_leave(atomic_load(&g->previous));
}

uint32_t guests_polls(const struct guests *g, struct pollfd *polls)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < DOOR_ATTACH_COUNT; i++)
		if (g->guests[i].fd >= 0)
			polls[count++] = (struct pollfd){.fd = g->guests[i].fd, .events = POLLIN};
	return count;
}

static bool guests_may_attach(const struct site_config *site, uint32_t uid)
{
	if (uid == 0 || uid == geteuid())
		return true;
	for (uint32_t i = 0; i < site->person_count; i++)
		if (site->persons[i].uid == uid && site->persons[i].role == ROLE_SECURITY)
			return true;
	return false;
}

static void guests_reply(const struct guests *g, struct guest *guest, const char *refusal)
{
	struct attach_message message = {.magic = REGION_MAGIC_DATAPLANE,
		.layout_hash = region_layout_hash(),
		.version = REGION_VERSION,
		.pid = (uint64_t)getpid()};
	if (refusal) {
		snprintf(message.refusal, sizeof message.refusal, "%.231s", refusal);
		log_write(LOG_LEVEL_WARNING, "attach", "refused: %s", message.refusal);
	}
	const int fds[] = {g->region_fd, g->market_fd};
	attach_send(guest->fd, &message, fds, refusal ? 0 : ARRAY_COUNT(fds));
}

/* A slot for one more region; UINT32_MAX: all were replaced too short a time ago. */
static uint32_t guests_slot(struct guests *g, uint64_t now_ns)
{
	uint32_t slot = (g->newest + 1) % DOOR_REGION_COUNT; /* the oldest, or one never used */
	struct guest_region *old = &g->regions[slot];
	if (!old->region)
		return slot;
	if (now_ns - old->replaced_ns < GUESTS_GRACE_NS)
		return UINT32_MAX;
	for (uint32_t i = 0; i < region_gate_count(g->region); i++) {
		const struct gate_page *page = region_gate(g->region, i);
		if (old->region->header.instance ==
			atomic_load_explicit(&page->control_instance, memory_order_acquire))
			return UINT32_MAX;
	}
	region_leave(old->region);
	old->region = NULL;
	return slot;
}

/* What an earlier dataplane left is kept from the first control that brings it; without it boot goes
   on, so trouble with it is only told. */
static void guests_keep_previous(struct guests *g, int fd)
{
	struct config_error error = {""};
	if (atomic_load_explicit(&g->previous, memory_order_relaxed))
		return;
	const struct dataplane_region *region = region_join(fd, REGION_MAGIC_DATAPLANE, &error);
	if (!region) {
		log_write(LOG_LEVEL_WARNING, "attach",
			"an earlier dataplane's region is no use: %s", error.text);
		return;
	}
	if (region->header.instance == g->region->header.instance) {
		region_leave(region); /* our own: control lost the connection, not the dataplane */
		return;
	}
	atomic_store_explicit(&g->previous, region, memory_order_release);
}

static const char *guests_judge(const struct attach_message *message, int count)
{
	if (message->magic != REGION_MAGIC_CONTROL)
		return "found a region that is not sluice-control's, expected one that is";
	if (message->version != REGION_VERSION || message->layout_hash != region_layout_hash())
		return "found another version or layout of shared memory, expected this build's: "
		       "start "
		       "dataplane and control from one build";
	if (count < 1)
		return "found no descriptor, expected control's region";
	return NULL;
}

static const char *guests_attach(struct guests *g, const struct attach_message *message,
	const int *fds, int count, struct config_error *error, uint64_t now_ns)
{
	const char *refusal = guests_judge(message, count);
	if (refusal)
		return refusal;
	uint32_t slot = guests_slot(g, now_ns);
	if (slot == UINT32_MAX)
		return "found too many attaches in a short time, expected a control that stays up: "
		       "look at its log";
	const struct control_region *region = region_join(fds[0], REGION_MAGIC_CONTROL, error);
	if (!region)
		return error->text;
	region_read_control(region, g->site);
	if (count > 1)
		guests_keep_previous(g, fds[1]);
	g->regions[g->newest].replaced_ns = now_ns;
	g->regions[slot].region = region;
	g->newest = slot;
	atomic_store_explicit(&g->control, region, memory_order_release); /* guests (1) */
	atomic_fetch_add_explicit(&g->attach_count, 1, memory_order_relaxed);
	metrics_add(&g->region->metrics, METRIC_door_attaches, 1);
	return NULL;
}

/* Takes what a guest sent.  false: it is over with it. */
static bool guests_hear(struct guests *g, struct guest *guest, uint64_t now_ns)
{
	struct attach_message message;
	struct config_error error = {""};
	int fds[2];
	int count = attach_receive(guest->fd, &message, fds, ARRAY_COUNT(fds));
	if (count < 0)
		return errno == EAGAIN;
	const char *refusal = NULL;
	bool is_first = !guest->is_attached && message.refusal[0] == '\0';
	if (is_first)
		refusal = guests_attach(g, &message, fds, count, &error, now_ns);
	for (int i = 0; i < count; i++)
		close(fds[i]);
	if (message.refusal[0] != '\0')
		log_write(LOG_LEVEL_WARNING, "attach", "control refuses us: %s", message.refusal);
	if (is_first)
		guests_reply(g, guest, refusal);
	guest->is_attached = is_first || guest->is_attached;
	return is_first ? refusal == NULL : guest->is_attached;
}

/* The slot for a newcomer: a free one, else that of the longest there, attached ones last. */
static struct guest *guests_place(struct guests *g)
{
	struct guest *worst = &g->guests[0];
	for (uint32_t i = 0; i < DOOR_ATTACH_COUNT; i++) {
		struct guest *guest = &g->guests[i];
		if (guest->fd < 0)
			return guest;
		if (guest->is_attached != worst->is_attached ? !guest->is_attached
							     : guest->since_ns < worst->since_ns)
			worst = guest;
	}
	guest_end(worst);
	return worst;
}

static bool guests_accept(struct guests *g, int listener, uint64_t now_ns)
{
	uint32_t count = 0;
	for (; count < DOOR_ATTACH_COUNT; count++) {
		struct local_peer peer;
		int fd = local_accept(listener, &peer);
		if (fd < 0)
			break;
		struct guest stranger = {.fd = fd};
		if (!guests_may_attach(g->site, peer.uid)) {
			char text[128];
			snprintf(text, sizeof text,
				"found uid %u, expected root, the dataplane's own or a person with "
				"role "
				"security",
				peer.uid);
			guests_reply(g, &stranger, text);
			close(fd);
			continue;
		}
		*guests_place(g) = (struct guest){.fd = fd, .since_ns = now_ns};
	}
	return count > 0;
}

bool guests_serve(struct guests *g, int listener, uint64_t now_ns)
{
	bool has_worked = guests_accept(g, listener, now_ns);
	for (uint32_t i = 0; i < DOOR_ATTACH_COUNT; i++) {
		struct guest *guest = &g->guests[i];
		if (guest->fd < 0)
			continue;
		bool is_late = !guest->is_attached && now_ns > guest->since_ns + GUESTS_PATIENCE_NS;
		if (!guests_hear(g, guest, now_ns) || is_late)
			guest_end(guest);
	}
	return has_worked;
}
