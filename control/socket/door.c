#include "control/socket/door.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool door_address(struct sockaddr_un *address, const char *directory, const char *name)
{
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	int size = snprintf(address->sun_path, sizeof address->sun_path, "%s/%s", directory, name);
	return size > 0 && (size_t)size < sizeof address->sun_path;
}

int door_reach(const char *directory, const char *name)
{
	struct sockaddr_un address;
	if (!door_address(&address, directory, name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

static int door_refuse(int fd, struct config_error *error, const char *path, const char *what)
{
	snprintf(error->text, sizeof error->text, "%s: %s: %s", path, what, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int door_open(const char *directory, const char *name, mode_t mode, struct config_error *error)
{
	struct sockaddr_un address;
	if (!door_address(&address, directory, name)) {
		snprintf(error->text, sizeof error->text,
			"%s/%s: found a path of more than %zu bytes, expected a shorter "
			"run_directory",
			directory, name, sizeof address.sun_path - 1);
		return -1;
	}
	/* EAGAIN means a full backlog, and that somebody listens. */
	int other = door_reach(directory, name);
	if (other >= 0 || errno == EAGAIN) {
		if (other >= 0)
			close(other);
		snprintf(error->text, sizeof error->text,
			"%s: found another process listening there, expected none: stop it first "
			"(ss -xlp)",
			address.sun_path);
		return -1;
	}
	unlink(address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return door_refuse(fd, error, address.sun_path, "socket");
	/* The name appears with no permission; nobody enters before its mode is set. */
	mode_t before = umask(0777);
	int bound = bind(fd, (const struct sockaddr *)&address, sizeof address);
	umask(before);
	if (bound != 0)
		return door_refuse(fd, error, address.sun_path, "bind");
	if (chmod(address.sun_path, mode) != 0 || listen(fd, 4096) != 0)
		return door_refuse(fd, error, address.sun_path, "listen");
	return fd;
}

void door_close(int fd, const char *directory, const char *name)
{
	struct sockaddr_un address;
	if (fd < 0)
		return;
	close(fd);
	if (door_address(&address, directory, name))
		unlink(address.sun_path);
}

int door_accept(int fd, uint32_t *uid, int32_t *pid)
{
	struct ucred who;
	socklen_t size = sizeof who;
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (peer < 0)
		return -1;
	if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
		close(peer);
		return -1;
	}
	*uid = who.uid;
	*pid = who.pid;
	return peer;
}
