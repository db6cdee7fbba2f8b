#include "dataplane/plan/audience.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/local.h"
#include "drivers/machine/log.h"

enum { AUDIENCE_ACCEPT_MAX = 16 };

void audience_init(
	struct audience *a, const struct site_config *site, struct metrics *metrics, int market_fd)
{
	a->site = site;
	a->metrics = metrics;
	a->market_fd = market_fd;
	for (uint32_t i = 0; i < AUDIENCE_COUNT; i++)
		a->seats[i].fd = -1;
}

bool audience_may_read(const struct site_config *site, uint32_t uid)
{
	if (uid == geteuid())
		return true;
	for (uint32_t i = 0; i < site->person_count; i++)
		if (site->persons[i].uid == uid)
			return true;
	for (uint32_t i = 0; i < site->reader_count; i++)
		if (site->readers[i].uid == uid)
			return true;
	return false;
}

static uint32_t audience_count(const struct audience *a, uint32_t uid)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < AUDIENCE_COUNT; i++)
		count += a->seats[i].fd >= 0 && a->seats[i].is_served &&
			 (uid == UINT32_MAX || a->seats[i].uid == uid);
	return count;
}

static void seat_end(struct audience *a, struct audience_seat *seat)
{
	close(seat->fd);
	seat->fd = -1;
	metrics_set(a->metrics, METRIC_door_market_readers, audience_count(a, UINT32_MAX));
}

void audience_close(struct audience *a)
{
	for (uint32_t i = 0; i < AUDIENCE_COUNT; i++)
		if (a->seats[i].fd >= 0)
			seat_end(a, &a->seats[i]);
}

uint32_t audience_polls(const struct audience *a, struct pollfd *polls)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < AUDIENCE_COUNT; i++)
		if (a->seats[i].fd >= 0)
			polls[count++] = (struct pollfd){.fd = a->seats[i].fd, .events = POLLIN};
	return count;
}

/* Sends the answer: the market, or why not. */
static void audience_answer(struct audience *a, int fd, const char *refusal)
{
	struct sluice_hello hello = {.magic = SLUICE_MAGIC,
		.abi = SLUICE_ABI,
		.wants = refusal == NULL ? SLUICE_WANTS_MARKET : 0,
		.pid = (uint64_t)getpid()};
	if (refusal != NULL)
		snprintf(hello.text, sizeof hello.text, "%s", refusal);
	local_send(fd, &hello, sizeof hello, &a->market_fd, refusal == NULL);
}

static void audience_refuse(
	struct audience *a, int fd, uint32_t uid, const char *refusal, uint64_t now_ns)
{
	audience_answer(a, fd, refusal);
	metrics_add(a->metrics, METRIC_door_market_refused, 1);
	if (a->logged_ns != 0 && now_ns - a->logged_ns < AUDIENCE_LOG_NS)
		return;
	a->logged_ns = now_ns;
	log_write(LOG_LEVEL_WARNING, "market", "refused uid %u: %s", uid, refusal);
}

/* Why a hello is not answered with the market; NULL: it is. */
static const char *audience_judge(const struct audience *a, const struct audience_seat *seat,
	const struct sluice_hello *hello, ssize_t size, char text[256])
{
	if (!audience_may_read(a->site, seat->uid))
		snprintf(text, 256,
			"found uid %u, expected one of `market: readers` or `people` in site.yaml",
			seat->uid);
	else if (size != (ssize_t)sizeof *hello || hello->magic != SLUICE_MAGIC)
		snprintf(text, 256, "found something else than a hello, expected sluice.h's");
	else if (hello->abi != SLUICE_ABI)
		snprintf(text, 256,
			"found abi %u, expected %u: build the strategy with this appliance's "
			"sluice.h",
			hello->abi, SLUICE_ABI);
	else if (hello->wants != SLUICE_WANTS_MARKET)
		snprintf(text, 256,
			"found a wish for %#x, expected the market alone (%#x): orders go through "
			"the order session",
			hello->wants, SLUICE_WANTS_MARKET);
	else if (audience_count(a, seat->uid) >= AUDIENCE_UID_COUNT)
		snprintf(text, 256, "found %u readers of uid %u, expected fewer: close some",
			audience_count(a, seat->uid), seat->uid);
	else
		return NULL;
	return text;
}

/* What a stranger says of itself is shown, but only its plain letters. */
static void audience_name(const struct sluice_hello *hello, char name[NAME_BYTES])
{
	uint32_t size = 0;
	for (; size < NAME_BYTES - 1 && hello->text[size] != '\0'; size++)
		name[size] = hello->text[size] > ' ' && hello->text[size] <= '~' ? hello->text[size]
										 : '?';
	name[size] = '\0';
}

/* Takes what a seat sent.  false: it is over with it. */
static bool audience_hear(struct audience *a, struct audience_seat *seat, uint64_t now_ns)
{
	struct sluice_hello hello = {0};
	char text[256], name[NAME_BYTES];
	ssize_t size = recv(seat->fd, &hello, sizeof hello, MSG_DONTWAIT | MSG_TRUNC);
	if (size <= 0)
		return size < 0 && (errno == EAGAIN || errno == EINTR);
	if (seat->is_served)
		return true; /* nothing else is listened to */
	const char *refusal = audience_judge(a, seat, &hello, size, text);
	if (refusal != NULL) {
		audience_refuse(a, seat->fd, seat->uid, refusal, now_ns);
		return false;
	}
	seat->is_served = true;
	audience_answer(a, seat->fd, NULL);
	metrics_set(a->metrics, METRIC_door_market_readers, audience_count(a, UINT32_MAX));
	audience_name(&hello, name);
	log_write(LOG_LEVEL_INFO, "market", "read by \"%s\", uid %u, pid %llu", name, seat->uid,
		(unsigned long long)hello.pid);
	return true;
}

/* The seat for a newcomer: a free one, else that of who waits longest without a word; NULL: all are served. */
static struct audience_seat *audience_place(struct audience *a)
{
	struct audience_seat *worst = NULL;
	for (uint32_t i = 0; i < AUDIENCE_COUNT; i++) {
		struct audience_seat *seat = &a->seats[i];
		if (seat->fd < 0)
			return seat;
		if (!seat->is_served && (worst == NULL || seat->since_ns < worst->since_ns))
			worst = seat;
	}
	if (worst != NULL)
		seat_end(a, worst);
	return worst;
}

static bool audience_accept(struct audience *a, int listener, uint64_t now_ns)
{
	uint32_t count = 0;
	for (; count < AUDIENCE_ACCEPT_MAX; count++) {
		struct local_peer peer;
		int fd = local_accept(listener, &peer);
		if (fd < 0)
			break;
		struct audience_seat *seat = audience_place(a);
		if (seat == NULL) {
			char text[128];
			snprintf(text, sizeof text, "found %d readers already, expected fewer",
				AUDIENCE_COUNT);
			audience_refuse(a, fd, peer.uid, text, now_ns);
			close(fd);
			continue;
		}
		*seat = (struct audience_seat){.fd = fd, .uid = peer.uid, .since_ns = now_ns};
	}
	return count > 0;
}

bool audience_serve(struct audience *a, int listener, uint64_t now_ns)
{
	bool has_worked = audience_accept(a, listener, now_ns);
	for (uint32_t i = 0; i < AUDIENCE_COUNT; i++) {
		struct audience_seat *seat = &a->seats[i];
		if (seat->fd < 0)
			continue;
		bool is_late = !seat->is_served && now_ns > seat->since_ns + AUDIENCE_PATIENCE_NS;
		if (!audience_hear(a, seat, now_ns) || is_late)
			seat_end(a, seat);
	}
	return has_worked;
}
