/* ports.h - the site's ports come up while the journals are read.

   What a port needs before its first frame (the EAL and its calibration, buffers, the device's own start) is waiting for the
   most part, and nothing of a boot needs a port before its feeds open.  So a thread brings them up from ports_begin on, and who needs
   them waits in ports_end.

   Owner      the main thread; between the two calls the ports are the thread's.
   Errors     a sentence of port_dpdk_start or port_open, from ports_end; ports that came up before it are there to be closed.
   Invariant  (1) without the thread, where none is to be had, ports come up in ports_end. */
#ifndef SLUICE_PLAN_PORTS_H
#define SLUICE_PLAN_PORTS_H

#include <pthread.h>

#include "config/config.h"
#include "drivers/port/port.h"

struct ports {
	const struct site_config *site;
	struct port *rows[PORT_COUNT_MAX]; /* as in the site; NULL: not open */
	pthread_t thread;
	bool is_begun, is_up;
	struct config_error error;
};

/* ports_begin lets the ports of a site come up.  ports: all zero before. */
void ports_begin(struct ports *ports, const struct site_config *site);

/* ports_end waits for them.  false: one does not come up, error says why. */
bool ports_end(struct ports *ports, struct config_error *error);

/* ports_close waits for what is on its way and closes what is open. */
void ports_close(struct ports *ports);

#endif
