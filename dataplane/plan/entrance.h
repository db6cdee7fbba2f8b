/* entrance.h - the streams that orders come and go by, as the site names them, joined into one for the gate.

      kernel TCP, or the stack on a port of the gate's own ── TLS where it is asked for ──┐
                                                                                          ├── one stream
      shared memory, for strategies on this machine ──────────────────────────────────────┘

   What the drivers have to say of peers they refused or ended is said here, by a thread that may: they keep it
   until they are asked.

   Owner      the main thread opens, tells and closes; the gate's stage polls the stream in between.
   Errors     as the drivers say. */
#ifndef SLUICE_PLAN_ENTRANCE_H
#define SLUICE_PLAN_ENTRANCE_H

#include "config/config.h"
#include "dataplane/shm/metrics.h"
#include "drivers/port/port.h"
#include "drivers/stream/stream.h"

struct entrance {
	struct stream *stream; /* NULL: not open.  It owns the others. */
	struct stream *shm;    /* NULL: the site has none */
	struct stream *tls;    /* NULL: nobody speaks it  */
};

/* entrance_open opens what the site names.  port: of the gate's own stack; NULL: the kernel's TCP. */
bool entrance_open(struct entrance *entrance, const struct site_config *site, struct port *port,
	struct config_error *error);

/* entrance_tell logs what the drivers kept and counts for metrics; it is the one writer of these counters. */
void entrance_tell(struct entrance *entrance, struct metrics *metrics);

void entrance_close(struct entrance *entrance);

#endif
