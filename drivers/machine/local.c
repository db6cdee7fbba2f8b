#include "drivers/machine/local.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

union rights {
	struct cmsghdr head;
	uint8_t bytes[CMSG_SPACE(sizeof(int) * LOCAL_FD_COUNT_MAX)];
};

static bool local_address(struct sockaddr_un *address, const char *directory, const char *name)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	int size = snprintf(address->sun_path, sizeof address->sun_path, "%s%s%s", directory,
		name ? "/" : "", name ? name : "");
	if (size > 0 && (size_t)size < sizeof address->sun_path)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static int local_socket(int type)
{
	return socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int address_connect(const struct sockaddr_un *address, int type)
{
	int fd = local_socket(type);
	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

int local_connect(const char *directory, const char *name, int type)
{
	struct sockaddr_un address;
	return local_address(&address, directory, name) ? address_connect(&address, type) : -1;
}

/* The socket file of a dead process refuses connections; a full backlog says that somebody listens. */
static bool address_is_taken(const struct sockaddr_un *address, int type)
{
	int probe = address_connect(address, type);
	if (probe >= 0)
		close(probe);
	return probe >= 0 || errno == EAGAIN;
}

static int address_listen(
	const struct sockaddr_un *address, int type, mode_t mode, struct config_error *error)
{
	int fd = local_socket(type);
	if (fd >= 0 && fchmod(fd, mode) == 0 &&
		bind(fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
		chmod(address->sun_path, mode) == 0 && listen(fd, LOCAL_BACKLOG) == 0)
		return fd;
	snprintf(error->text, sizeof error->text,
		"%s: found \"%s\", expected to listen there: `mkdir -p` its directory and give it "
		"to this user",
		address->sun_path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int local_listen(
	const char *directory, const char *name, int type, mode_t mode, struct config_error *error)
{
	struct sockaddr_un address;
	if (!local_address(&address, directory, name)) {
		snprintf(error->text, sizeof error->text,
			"socket %.100s/%.32s: found a path too long, expected at most %zu bytes: "
			"choose a shorter directory",
			directory, name ? name : "", sizeof address.sun_path - 1);
		return -1;
	}
	if (address_is_taken(&address, type)) {
		snprintf(error->text, sizeof error->text,
			"%s: found a living process behind it, expected none: stop it first (ss "
			"-xlp)",
			address.sun_path);
		return -1;
	}
	unlink(address.sun_path);
	return address_listen(&address, type, mode, error);
}

void local_close(int listener, const char *directory, const char *name)
{
	struct sockaddr_un address;
	if (listener < 0)
		return;
	close(listener);
	if (local_address(&address, directory, name))
		unlink(address.sun_path);
}

int local_accept(int listener, struct local_peer *peer)
{
	struct ucred who;
	socklen_t size = sizeof who;
	int fd;
	/* one who left before he could be asked for is passed over */
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0) {
			*peer = (struct local_peer){
				.uid = who.uid, .pid = who.pid > 0 ? (uint32_t)who.pid : 0};
			return fd;
		}
		close(fd);
	}
	return -1;
}

bool local_send(int fd, const void *message, size_t size, const int *fds, uint32_t fd_count)
{
	CHECK(fd_count <= LOCAL_FD_COUNT_MAX);
	struct iovec bytes = {(void *)message, size};
	struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
	union rights space = {.bytes = {0}};
	if (fd_count > 0) {
		header.msg_control = space.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * fd_count);
	}
	ssize_t sent;
	do
		sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)size;
}

/* Takes the descriptors out of a message.  Returns how many came; what does not fit into fds is closed. */
static uint32_t rights_take(struct msghdr *header, int *fds, uint32_t fd_max)
{
	uint32_t count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t size = c->cmsg_len - CMSG_LEN(0);
		for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int), count++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
			if (count < fd_max)
				fds[count] = fd;
			else
				close(fd);
		}
	}
	return count;
}

ssize_t local_receive(int fd, void *message, size_t size, int *fds, uint32_t *fd_count)
{
	struct iovec bytes = {message, size};
	union rights space;
	struct msghdr header = {.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof space.bytes};
	uint32_t fd_max = *fd_count;
	ssize_t got;
	*fd_count = 0;
	do
		got = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	uint32_t count = rights_take(&header, fds, fd_max);
	if (count <= fd_max && !(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		*fd_count = count;
		return got;
	}
	for (uint32_t i = 0; i < count && i < fd_max; i++)
		close(fds[i]);
	errno = EBADMSG;
	return -1;
}
