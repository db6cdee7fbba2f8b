#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/shm/region.h"

enum { ATTACH_FD_MAX = 4 };

union attach_space {
	struct cmsghdr head;
	uint8_t bytes[CMSG_SPACE(sizeof(int) * ATTACH_FD_MAX)];
};

bool attach_address(
	const char *run_directory, const char *name, void *address, struct config_error *error)
{
	struct sockaddr_un *un = address;
	memset(un, 0, sizeof *un);
	un->sun_family = AF_UNIX;
	int size = snprintf(un->sun_path, sizeof un->sun_path, "%s/%s", run_directory, name);
	if (size > 0 && (size_t)size < sizeof un->sun_path)
		return true;
	snprintf(error->text, sizeof error->text,
		"socket %s/%s: found a path of %d bytes, expected at most %zu: choose a shorter "
		"run_directory",
		run_directory, name, size, sizeof un->sun_path - 1);
	return false;
}

int attach_connect(const char *run_directory, struct config_error *error)
{
	struct sockaddr_un address;
	if (!attach_address(run_directory, ATTACH_SOCKET_NAME, &address, error))
		return -1;
	int file = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (file >= 0 && connect(file, (struct sockaddr *)&address, sizeof address) == 0)
		return file;
	snprintf(error->text, sizeof error->text,
		"%s: found \"%s\", expected a running sluice-dataplane", address.sun_path,
		strerror(errno));
	if (file >= 0)
		close(file);
	return -1;
}

bool attach_send(
	int socket, const struct attach_message *message, const int *fds, uint32_t fd_count)
{
	CHECK(fd_count <= ATTACH_FD_MAX);
	struct attach_message copy = *message;
	copy.fd_count = fd_count;
	struct iovec bytes = {&copy, sizeof copy};
	struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
	union attach_space space;
	memset(&space, 0, sizeof space);
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
		sent = sendmsg(socket, &header, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof copy;
}

/* Takes the descriptors out of a message; what does not fit into fds is closed, never leaked. */
static uint32_t attach_take(struct msghdr *header, int *fds, uint32_t fd_max)
{
	uint32_t count = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t size = c->cmsg_len - CMSG_LEN(0);
		for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
			if (count < fd_max)
				fds[count++] = fd;
			else
				close(fd);
		}
	}
	return count;
}

int attach_receive(int socket, struct attach_message *message, int *fds, uint32_t fd_max)
{
	struct iovec bytes = {message, sizeof *message};
	union attach_space space;
	struct msghdr header = {.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof space.bytes};
	ssize_t got;
	do
		got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	uint32_t count = attach_take(&header, fds, fd_max);
	bool is_cut = header.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
	if (got == (ssize_t)sizeof *message && message->fd_count == count && !is_cut) {
		message->refusal[sizeof message->refusal - 1] = '\0';
		return (int)count;
	}
	while (count > 0)
		close(fds[--count]);
	errno = got == 0 ? ECONNRESET : EBADMSG;
	return -1;
}
