#include "drivers/stream/shm.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/local.h"

enum watched { WATCHED_LISTENER = 1, WATCHED_SOCKET = 2, WATCHED_PROCESS = 3 };

static void door_watch(struct shm *shm, enum watched kind, int fd, uint32_t number)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP, .data.u64 = (uint64_t)kind << 32 | number};
	epoll_ctl(shm->epoll, EPOLL_CTL_ADD, fd, &event);
}

void shm_door_watch_for(struct shm *shm, struct shm_session *session, bool is_pid)
{
	door_watch(shm, WATCHED_SOCKET, session->socket, session->number);
	if (!is_pid || session->pid == 0)
		return;
	/* Without one (another pid namespace) the socket alone tells of the end. */
	session->process = (int)syscall(SYS_pidfd_open, (pid_t)session->pid, 0);
	if (session->process >= 0)
		door_watch(shm, WATCHED_PROCESS, session->process, session->number);
}

/* --- the socket --- */

uint32_t shm_door_listen(struct shm *shm, const char *path, struct config_error *error)
{
	if (shm->listener_count == SHM_LISTENER_MAX) {
		snprintf(error->text, sizeof error->text,
			"%s: found %d order sockets already, expected fewer", path,
			SHM_LISTENER_MAX);
		return 0;
	}
	if (path[0] != '/') {
		snprintf(error->text, sizeof error->text,
			"order socket: found \"%s\", expected an absolute path", path);
		return 0;
	}
	/* Strategies have uids of their own, so anybody may knock; the uid decides. */
	int fd = local_listen(path, NULL, SOCK_SEQPACKET, 0666, error);
	if (fd < 0)
		return 0;
	shm->listeners[shm->listener_count].fd = fd;
	snprintf(shm->listeners[shm->listener_count].path, PATH_BYTES, "%s", path);
	door_watch(shm, WATCHED_LISTENER, fd, shm->listener_count);
	return ++shm->listener_count;
}

/* --- the hello --- */

/* door_answer sends the session's memory, or why there is none. */
static bool door_answer(int socket, int memory, uint64_t instance, const char *refusal)
{
	struct sluice_order_hello hello = {
		.magic = SLUICE_ORDER_MAGIC, .abi = SLUICE_ORDER_ABI, .instance = instance};
	if (refusal != NULL)
		snprintf(hello.text, sizeof hello.text, "%.231s", refusal);
	return local_send(socket, &hello, sizeof hello, &memory, refusal == NULL);
}

static void door_refuse(struct shm *shm, int socket, uint32_t uid, uint32_t pid, const char *why)
{
	door_answer(socket, -1, 0, why);
	notes_count(&shm->counts.refused);
	if (shm->noted_ns != 0 && shm->looked_ns - shm->noted_ns < SHM_NOTE_NS)
		return;
	shm->noted_ns = shm->looked_ns;
	notes_put(&shm->notes, "order session refused to uid %u, pid %u: %s", uid, pid, why);
}

static bool door_may_enter(const struct shm *shm, uint32_t uid)
{
	for (uint32_t i = 0; i < shm->config.uid_count; i++)
		if (shm->config.uids[i] == uid)
			return true;
	return false;
}

static uint32_t door_count_of(const struct shm *shm, uint32_t uid)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < shm->used_count; i++) {
		const struct shm_session *session = &shm->sessions[shm->list[i]];
		count += session->is_ours && session->uid == uid;
	}
	return count;
}

/* door_memory makes what a session's two sides share; its size can no longer change.  -1: errno says why. */
static int door_memory(struct shm *shm, struct shm_session *session)
{
	uint64_t ring = shm->config.ring_bytes;
	size_t size = sizeof(struct sluice_order_page) + 2 * (size_t)ring;
	int fd = memfd_create("sluice-order", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *memory = MAP_FAILED;
	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0 &&
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (memory == MAP_FAILED) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	struct sluice_order_page *page = memory;
	uint8_t *rings = (uint8_t *)memory + sizeof *page;
	page->magic = SLUICE_ORDER_MAGIC;
	page->abi = SLUICE_ORDER_ABI;
	page->ring_bytes = shm->config.ring_bytes;
	page->size_bytes = size;
	page->instance = ++shm->instance;
	page->gate_state = SLUICE_ORDER_OPEN;
	sluice_order_way_set(&session->in, rings, ring, &page->gate_taken, &page->strategy_sent);
	sluice_order_way_set(
		&session->out, rings + ring, ring, &page->gate_sent, &page->strategy_taken);
	session->page = page;
	session->size_bytes = size;
	return fd;
}

/* Why a hello is not answered with a memory; NULL: it is. */
static const char *door_judge(
	const struct sluice_order_hello *hello, ssize_t size, char text[NOTE_BYTES])
{
	if (size != (ssize_t)sizeof *hello || hello->magic != SLUICE_ORDER_MAGIC)
		snprintf(text, NOTE_BYTES,
			"found something else than a hello, expected sluice_order.h's");
	else if (hello->abi != SLUICE_ORDER_ABI)
		snprintf(text, NOTE_BYTES,
			"found abi %u, expected %u: build the strategy with this appliance's "
			"sluice.h",
			hello->abi, SLUICE_ORDER_ABI);
	else
		return NULL;
	return text;
}

/* door_hear takes the hello of a newcomer.  Returns true if a memory was made for it. */
static bool door_hear(struct shm *shm, struct shm_session *session, uint64_t now_ns)
{
	struct sluice_order_hello hello = {0};
	char text[NOTE_BYTES];
	ssize_t size = recv(session->socket, &hello, sizeof hello, MSG_DONTWAIT | MSG_TRUNC);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	const char *refusal = size <= 0 ? NULL : door_judge(&hello, size, text);
	int memory = -1;
	if (size > 0 && refusal == NULL) {
		memory = door_memory(shm, session);
		if (memory < 0)
			snprintf(text, sizeof text,
				"found \"%s\", expected %u bytes of shared memory", strerror(errno),
				shm->config.ring_bytes * 2);
		refusal = memory < 0 ? text : NULL;
	}
	if (refusal != NULL)
		door_refuse(shm, session->socket, session->uid, session->pid, refusal);
	bool is_let_in = memory >= 0 && door_answer(session->socket, memory, shm->instance, NULL);
	if (memory >= 0)
		close(memory);
	if (!is_let_in) {
		shm_bury(shm, session);
		return memory >= 0;
	}
	notes_count(&shm->counts.opened);
	session->phase = SHM_NEWS;
	session->beat_ns = now_ns;
	return true;
}

static void door_accept(struct shm *shm, uint32_t listener, uint64_t now_ns)
{
	for (uint32_t i = 0; i < SHM_ACCEPT_MAX; i++) {
		struct local_peer peer;
		char text[NOTE_BYTES];
		int fd = local_accept(shm->listeners[listener].fd, &peer);
		if (fd < 0)
			return;
		struct shm_session *session = NULL;
		if (!door_may_enter(shm, peer.uid)) {
			snprintf(text, sizeof text,
				"found uid %u, expected one of `gate: shm: uids` in site.yaml",
				peer.uid);
		} else if (door_count_of(shm, peer.uid) == STREAM_SHM_OF_UID_MAX) {
			/* Who has said no hello yet counts too: one strategy takes nobody else's places. */
			snprintf(text, sizeof text,
				"found %d order sessions of uid %u, expected fewer: close some",
				STREAM_SHM_OF_UID_MAX, peer.uid);
		} else if ((session = shm_take(shm, SHM_GREETING, listener + 1)) == NULL) {
			snprintf(text, sizeof text, "found %u order sessions, expected fewer",
				shm->used_count);
		}
		if (session == NULL) {
			door_refuse(shm, fd, peer.uid, peer.pid, text);
			close(fd);
			continue;
		}
		session->is_ours = true;
		session->socket = fd;
		session->uid = peer.uid;
		session->pid = peer.pid;
		session->since_ns = now_ns;
		shm_door_watch_for(shm, session, true);
	}
}

/* door_end_of notes that a peer's socket or process has ended. */
static void door_end_of(struct shm *shm, struct shm_session *session)
{
	char byte;
	ssize_t got = recv(session->socket, &byte, 1, MSG_DONTWAIT);
	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
		return; /* nothing else is listened to */
	session->is_gone = true;
	epoll_ctl(shm->epoll, EPOLL_CTL_DEL, session->socket, NULL);
}

/* door_answered takes the answer of the appliance that we asked. */
static void door_answered(struct shm *shm, struct shm_session *session)
{
	int found = sluice_order_answer(&session->order);
	session->socket = session->order.socket;
	if (found == 0)
		return;
	if (found < 0) {
		notes_put(&shm->notes, "%.*s", NOTE_BYTES - 1, session->order.error);
		shm_die(shm, session, EACCES);
		return;
	}
	session->page = session->order.page;
	session->size_bytes = session->order.size_bytes;
	session->in = session->order.in;
	session->out = session->order.out;
	session->phase = SHM_NEWS;
}

void shm_door_watch(struct shm *shm, uint64_t now_ns)
{
	struct epoll_event events[SHM_READY_MAX];
	bool has_admitted = false;
	int count = epoll_wait(shm->epoll, events, SHM_READY_MAX, 0);
	for (int i = 0; i < count; i++) {
		enum watched kind = (enum watched)(events[i].data.u64 >> 32);
		uint32_t number = (uint32_t)events[i].data.u64;
		if (kind == WATCHED_LISTENER) {
			door_accept(shm, number, now_ns);
			continue;
		}
		struct shm_session *session = &shm->sessions[number & shm->slot_mask];
		if (session->phase == SHM_FREE || session->number != number)
			continue;
		if (kind == WATCHED_PROCESS) {
			session->is_gone = true;
			epoll_ctl(shm->epoll, EPOLL_CTL_DEL, session->process, NULL);
		} else if (session->phase == SHM_GREETING) {
			/* One memory a look: the others wait where they are. */
			if (!has_admitted)
				has_admitted = door_hear(shm, session, now_ns);
		} else if (session->phase == SHM_ASKING) {
			door_answered(shm, session);
		} else if (!session->is_gone && session->socket >= 0) {
			door_end_of(shm, session);
		}
	}
}
