/* door.h - a listening Unix socket with a place in the file system.

   Errors     an address where somebody still answers is refused; one left by a dead process is
              replaced. */
#ifndef SLUICE_CONTROL_DOOR_H
#define SLUICE_CONTROL_DOOR_H

#include <sys/types.h>

#include "config/config.h"

/* door_open listens at directory/name with these permissions, non-blocking.  -1: error has why. */
int door_open(const char *directory, const char *name, mode_t mode, struct config_error *error);

/* door_close stops listening and removes the address. */
void door_close(int fd, const char *directory, const char *name);

/* door_accept takes one waiting peer, non-blocking; its uid and pid come from the kernel.  -1: none. */
int door_accept(int fd, uint32_t *uid, int32_t *pid);

/* door_reach connects to directory/name, non-blocking afterwards.  -1: errno has why. */
int door_reach(const char *directory, const char *name);

#endif
