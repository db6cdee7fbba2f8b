/* session_soup.h - SoupBinTCP 3.0 on both sides.

   Towards a client: a login with a user's name and password, sequenced messages from any number it asks
   for, heartbeats.  Towards a venue: after the login it replays what we missed; then, where the protocol has
   one, an account query asks which of our numbers it has seen, so that every order of a lost connection is
   known to be there or known never to have arrived.  An answer that an earlier connection kept back comes
   first and says nothing of what followed: then the venue is asked again.  A login refused because the
   session is over is repeated for the current one, from its beginning; orders of the session before stay
   exposure.

   Owner      the gate stage. */
#ifndef SLUICE_GATE_SESSION_SOUP_H
#define SLUICE_GATE_SESSION_SOUP_H

#include "dataplane/gate/session.h"

extern const struct session_kind session_soup;

#endif
