#include "dataplane/plan/door.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/plan/audience.h"
#include "dataplane/plan/caller.h"
#include "dataplane/plan/guests.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/local.h"
#include "drivers/machine/memory.h"

enum { DOOR_ACCEPT_MAX = 256, DOOR_WAIT_MS = 1 };

struct door {
	struct caller_world world;
	struct guests guests;
	struct audience audience;
	int kill_fd, attach_fd, market_fd; /* listeners */
	struct pollfd polls[3 + DOOR_CALLER_COUNT + DOOR_ATTACH_COUNT + AUDIENCE_COUNT];
	struct caller callers[DOOR_CALLER_COUNT];
};

/* door_role gives what a uid may do here: the best of its rows, and to stop is always allowed to
   whoever the dataplane itself runs as. */
static enum role door_role(const struct site_config *site, uint32_t uid)
{
	enum role role = uid == geteuid() ? ROLE_OPERATOR : ROLE_NONE;
	for (uint32_t i = 0; i < site->person_count; i++)
		if (site->persons[i].uid == uid && site->persons[i].role > role)
			role = (enum role)site->persons[i].role;
	return role;
}

struct door *door_open(const struct site_config *site, struct dataplane_region *region,
	int region_fd, int market_fd, struct config_error *error)
{
	struct door *door = memory_take("door", sizeof *door);
	door->world = (struct caller_world){.site = site, .region = region};
	guests_init(&door->guests, site, region, region_fd, market_fd);
	audience_init(&door->audience, site, &region->metrics, market_fd);
	for (uint32_t i = 0; i < DOOR_CALLER_COUNT; i++)
		door->callers[i].fd = -1;
	door->kill_fd = door->attach_fd = door->market_fd = -1;
	if (mkdir(site->run_directory, 0755) == 0 || errno == EEXIST)
		door->kill_fd = local_listen(
			site->run_directory, KILL_SOCKET_NAME, SOCK_STREAM, 0660, error);
	else
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected a run directory: `mkdir -p` it and give it to "
			"this "
			"user",
			site->run_directory, strerror(errno));
	if (door->kill_fd >= 0)
		door->attach_fd = local_listen(
			site->run_directory, ATTACH_SOCKET_NAME, SOCK_SEQPACKET, 0660, error);
	/* Strategies have uids of their own, so anybody may knock; the uid decides. */
	if (door->attach_fd >= 0)
		door->market_fd = local_listen(
			site->run_directory, SLUICE_SOCKET_NAME, SOCK_SEQPACKET, 0666, error);
	if (door->market_fd >= 0)
		return door;
	door_close(door);
	return NULL;
}

void door_close(struct door *door)
{
	if (!door)
		return;
	for (uint32_t i = 0; i < DOOR_CALLER_COUNT; i++)
		if (door->callers[i].fd >= 0)
			caller_end(&door->callers[i]);
	guests_close(&door->guests);
	audience_close(&door->audience);
	local_close(door->kill_fd, door->world.site->run_directory, KILL_SOCKET_NAME);
	local_close(door->attach_fd, door->world.site->run_directory, ATTACH_SOCKET_NAME);
	local_close(door->market_fd, door->world.site->run_directory, SLUICE_SOCKET_NAME);
	memory_return(door, sizeof *door);
}

static uint32_t door_count_of(const struct door *door, uint32_t uid)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < DOOR_CALLER_COUNT; i++)
		count += door->callers[i].fd >= 0 && door->callers[i].uid == uid;
	return count;
}

/* Drops the caller whose loss matters least, never the newest: of the uid that holds most, the idle
   before the waiting, the longest silent first.  What a waiting one asked for was done already. */
static void door_drop_one(struct door *door, const struct caller *newest)
{
	struct caller *victim = NULL;
	uint32_t victim_count = 0;
	for (uint32_t i = 0; i < DOOR_CALLER_COUNT; i++) {
		struct caller *c = &door->callers[i];
		/* cppcheck-suppress nullPointerRedundantCheck -- newest may be NULL, c never is */
		if (c->fd < 0 || c == newest)
			continue;
		uint32_t count = door_count_of(door, c->uid);
		bool is_better = !victim || count > victim_count;
		if (victim && count == victim_count) {
			bool is_idle = caller_is_idle(c);
			is_better = is_idle != caller_is_idle(victim)
					    ? is_idle
					    : c->active_ns < victim->active_ns;
		}
		if (is_better) {
			victim = c;
			victim_count = count;
		}
	}
	if (victim)
		caller_end(victim);
}

static struct caller *door_free_slot(struct door *door)
{
	for (uint32_t i = 0; i < DOOR_CALLER_COUNT; i++)
		if (door->callers[i].fd < 0)
			return &door->callers[i];
	return NULL;
}

static void door_refuse(struct door *door, int fd, uint32_t uid)
{
	char text[256];
	int size = snprintf(text, sizeof text,
		"%03d found uid %u, expected a person of the site with role operator or higher: "
		"see "
		"people in site.yaml; nothing was stopped\n\n",
		ANSWER_NO_ROLE, uid);
	send(fd, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
	metrics_add(&door->world.region->metrics, METRIC_door_refused, 1);
}

/* Lets one caller in, reads what it has sent and acts on it, and only then sees who must leave. */
static void door_admit(struct door *door, int fd, uint32_t uid, uint64_t now_ns)
{
	enum role role = door_role(door->world.site, uid);
	if (role == ROLE_NONE) {
		door_refuse(door, fd, uid);
		return;
	}
	struct caller *c = door_free_slot(door);
	CHECK(c != NULL); /* one slot is always left free, below */
	caller_start(c, fd, uid, role, now_ns);
	caller_read(c, &door->world, now_ns);
	if (!door_free_slot(door))
		door_drop_one(door, c);
}

static bool door_accept(struct door *door, uint64_t now_ns)
{
	uint32_t count = 0;
	for (; count < DOOR_ACCEPT_MAX; count++) {
		struct local_peer peer;
		int fd = local_accept(door->kill_fd, &peer);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
			door_drop_one(door, NULL); /* its descriptor is the next one's */
			fd = local_accept(door->kill_fd, &peer);
		}
		if (fd < 0)
			break;
		door_admit(door, fd, peer.uid, now_ns);
	}
	return count > 0;
}

/* Serves callers: everybody is read and acted on before anybody is answered. */
static bool door_serve(struct door *door, uint64_t now_ns)
{
	bool has_worked = false;
	for (uint32_t i = 0; i < DOOR_CALLER_COUNT; i++)
		if (door->callers[i].fd >= 0)
			has_worked |= caller_read(&door->callers[i], &door->world, now_ns);
	has_worked |= door_accept(door, now_ns);
	for (uint32_t i = 0; i < DOOR_CALLER_COUNT; i++)
		if (door->callers[i].fd >= 0 &&
			!caller_write(&door->callers[i], &door->world, now_ns))
			caller_end(&door->callers[i]);
	return has_worked;
}

static void door_wait(struct door *door)
{
	uint32_t count = 0;
	door->polls[count++] = (struct pollfd){.fd = door->kill_fd, .events = POLLIN};
	door->polls[count++] = (struct pollfd){.fd = door->attach_fd, .events = POLLIN};
	for (uint32_t i = 0; i < DOOR_CALLER_COUNT; i++) {
		const struct caller *c = &door->callers[i];
		short events = 0;
		if (!c->is_eof && c->pending_count < CALLER_PENDING)
			events |= POLLIN;
		if (c->out_size > 0)
			events |= POLLOUT;
		if (c->fd >= 0 && events != 0)
			door->polls[count++] = (struct pollfd){.fd = c->fd, .events = events};
	}
	door->polls[count++] = (struct pollfd){.fd = door->market_fd, .events = POLLIN};
	count += guests_polls(&door->guests, door->polls + count);
	count += audience_polls(&door->audience, door->polls + count);
	poll(door->polls, count, DOOR_WAIT_MS);
}

bool door_poll(void *context, uint64_t now_ns)
{
	struct door *door = context;
	/* Waits first, then reads the clock: what came while it waited came now. */
	door_wait(door);
	uint64_t woken_ns = clock_now_ns();
	now_ns = woken_ns > now_ns ? woken_ns : now_ns;
	bool has_worked = door_serve(door, now_ns);
	has_worked |= guests_serve(&door->guests, door->attach_fd, now_ns);
	return audience_serve(&door->audience, door->market_fd, now_ns) || has_worked;
}

const struct control_region *door_control(const struct door *door)
{
	return atomic_load_explicit(&door->guests.control, memory_order_acquire);
}

const struct dataplane_region *door_previous(const struct door *door)
{
	return atomic_load_explicit(&door->guests.previous, memory_order_acquire);
}

uint64_t door_attach_count(const struct door *door)
{
	return atomic_load_explicit(&door->guests.attach_count, memory_order_relaxed);
}
