#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "dataplane/shm/region.h"
#include "drivers/machine/local.h"

int attach_connect(const char *run_directory, struct config_error *error)
{
	int fd = local_connect(run_directory, ATTACH_SOCKET_NAME, SOCK_SEQPACKET);
	if (fd < 0)
		snprintf(error->text, sizeof error->text,
			"%.200s/" ATTACH_SOCKET_NAME
			": found \"%s\", expected a running sluice-dataplane",
			run_directory, strerror(errno));
	return fd;
}

bool attach_send(
	int socket, const struct attach_message *message, const int *fds, uint32_t fd_count)
{
	struct attach_message copy = *message;
	copy.fd_count = fd_count;
	return local_send(socket, &copy, sizeof copy, fds, fd_count);
}

int attach_receive(int socket, struct attach_message *message, int *fds, uint32_t fd_max)
{
	uint32_t count = fd_max;
	ssize_t got = local_receive(socket, message, sizeof *message, fds, &count);
	if (got < 0)
		return -1;
	if (got == (ssize_t)sizeof *message && message->fd_count == count) {
		message->refusal[sizeof message->refusal - 1] = '\0';
		return (int)count;
	}
	while (count > 0)
		close(fds[--count]);
	errno = got == 0 ? ECONNRESET : EBADMSG;
	return -1;
}
