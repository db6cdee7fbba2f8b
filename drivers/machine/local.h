/* local.h - sockets of this machine (AF_UNIX): a name in a directory, the kernel's word on who is behind a
   connection (SO_PEERCRED), and descriptors that travel with a message (SCM_RIGHTS).

   Every socket made here is non-blocking and close-on-exec.  A name where somebody answers is refused; one that a
   dead process left is replaced.  A name gets its mode before it exists: nobody slips in between.

   Errors     error->text says what was found, what was expected and what mends it; where there is no error,
              errno. */
#ifndef SLUICE_DRIVERS_LOCAL_H
#define SLUICE_DRIVERS_LOCAL_H

#include <sys/socket.h>
#include <sys/types.h>

#include "config/config.h"

enum { LOCAL_FD_COUNT_MAX = 4, LOCAL_BACKLOG = 4096 };

/* Who is at the other end, as the kernel knows it.  pid 0: of another pid namespace. */
struct local_peer {
	uint32_t uid, pid;
};

/* A place is directory/name, or directory alone where name is NULL. */

/* local_connect gives a connection of a type (SOCK_STREAM, SOCK_SEQPACKET: a message is whole or not there) to a
   place.  -1: errno says why (EAGAIN: too many wait there, so somebody listens; ENAMETOOLONG). */
int local_connect(const char *directory, const char *name, int type);

/* local_listen listens at a place with a mode.  -1: error has why. */
int local_listen(
	const char *directory, const char *name, int type, mode_t mode, struct config_error *error);

/* local_close ends listening and takes the name away; nothing for -1. */
void local_close(int listener, const char *directory, const char *name);

/* local_accept takes one that waits; -1: none does, or no descriptor is left (errno). */
int local_accept(int listener, struct local_peer *peer);

/* local_send sends one message with descriptors (none: fds may be NULL).  false: it did not go whole. */
bool local_send(int fd, const void *message, size_t size, const int *fds, uint32_t fd_count);

/* local_receive takes one message.  Returns its bytes and sets *fd_count; a message that is longer than size, or
   came with more than *fd_count descriptors, is -1 with EBADMSG, and its descriptors are closed. */
ssize_t local_receive(int fd, void *message, size_t size, int *fds, uint32_t *fd_count);

#endif
