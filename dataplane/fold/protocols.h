/* protocols.h - the rows of all protocols (protocol.h), and OUCH 5.0's own, which speaks the inner language itself.

   Pure: a table. */
#ifndef SLUICE_FOLD_PROTOCOLS_H
#define SLUICE_FOLD_PROTOCOLS_H

#include "dataplane/fold/protocol.h"

/* protocols_row gives a protocol's row; it never goes. */
const struct protocol_orders *protocols_row(enum order_protocol protocol);

#endif
