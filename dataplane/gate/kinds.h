/* kinds.h - which kind of session (session.h) a connection is of.

   Pure: a choice. */
#ifndef SLUICE_GATE_KINDS_H
#define SLUICE_GATE_KINDS_H

#include "dataplane/gate/session.h"

/* kinds_of tells by the first byte of a connection what kind of session it wants to be. */
const struct session_kind *kinds_of(uint8_t first);

/* kinds_for gives the kind of session that carries a protocol. */
const struct session_kind *kinds_for(enum order_protocol protocol);

#endif
