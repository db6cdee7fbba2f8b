/* fix_desk.h - one FIX session at a desk: what the peer says in, what we say out, time by hand.

   A conversation is a script, one line a step:
     connect | disconnect       the connection
     > 35=0|34=2|112=x|         the peer says this; 49, 56 and 52 are put behind 34 unless they are there
     < 35=0|34=2|112=x|         we say this, and nothing before it; 49, 56, 52 and 122 are left out
     take D                     the message before was for the application
     wait 36                    so many seconds go by, and the session is given its time
     late 36                    the same without a tick
     state up | end silent      where the session is, and why its connection is over
     next 5 7                   the next number out and in
     send 8 again | D once      the application sends
     logout words               we say goodbye
     full | roomy               the connection takes nothing more of us, or again
   What is said and not expected fails, and so does what is expected and not said.

   Owner      the test. */
#ifndef SLUICE_TESTS_SUPPORT_FIX_DESK_H
#define SLUICE_TESTS_SUPPORT_FIX_DESK_H

#include "dataplane/fix/session.h"

enum { FIX_DESK_STORE = 16 };

struct fix_desk {
	struct fix_session_config config;
	struct fix_session session;
	struct fix_line line;
	struct fix_kept store[FIX_DESK_STORE];
	struct fix_moment at;
	bool is_full;
	char taken; /* type of a message for the application that no line spoke of yet; 0: none */
	char failure[1024];
};

/* fix_desk_open makes a session that was never connected: we are US, the peer is PEER. */
void fix_desk_open(struct fix_desk *desk, enum fix_version version, bool is_initiator);

/* fix_desk_play plays a script.  false: failure tells the line and what was found. */
bool fix_desk_play(struct fix_desk *desk, const char *script);

/* fix_desk_is_quiet tells that nothing is left to be said or taken. */
bool fix_desk_is_quiet(struct fix_desk *desk);

#endif
