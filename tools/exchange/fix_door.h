/* fix_door.h - the venue's FIX acceptor: connections, logons, and what each port owes its peer.

   A Logon names the port by its SenderCompID and us by TargetCompID; its password, in tag 554 or of FIX 4.2 in 96, is the port's.  One
   port has one connection: a second one is closed.  Who does not log on in ten seconds, or sends what is no
   Logon first, is closed.

   On purpose a session may be cut at any byte, either way, or refused (door_harm).

   Owner      one thread.  Time: now_ns is monotonic, wall_ns for what is written.
   Errors     garbled messages are skipped and counted; a message that does not fit is the end. */
#ifndef SLUICE_EXCHANGE_FIX_DOOR_H
#define SLUICE_EXCHANGE_FIX_DOOR_H

#include "drivers/stream/stream.h"
#include "tools/exchange/fix_port.h"

enum {
	FIX_CLIENT_MAX = 64,
	FIX_SEND_BYTES = 1 << 18,
	FIX_INBOX_BYTES = 2 * FIX_FRAME_BYTES_MAX,
};

struct fix_client {
	uint32_t connection;   /* CONNECTION_NONE: free */
	struct fix_port *port; /* NULL: nobody yet */
	uint64_t opened_ns;
	bool is_ending;
	uint32_t used;
	uint8_t bytes[FIX_INBOX_BYTES];
};

struct fix_door_counts {
	uint64_t connections, logons, refused, garbled, timeouts, messages;
	uint64_t cut; /* because a script wants it */
};

struct door_harm;

struct fix_door {
	struct stream *stream; /* NULL: FIX is not spoken here */
	struct desk *desk;
	char comp_id[21];
	bool is_cancel_on_disconnect;
	struct door_harm *harms;               /* by user; NULL: none ever comes to harm */
	struct fix_port *ports[DESK_USER_MAX]; /* by user; NULL: speaks something else */
	struct fix_door_counts counts;
	struct fix_client clients[FIX_CLIENT_MAX];
};

void fix_door_init(struct fix_door *door, struct desk *desk, const char *comp_id);
void fix_door_close(struct fix_door *door);

/* fix_door_port makes a user's port one of FIX; it has not spoken yet. */
void fix_door_port(struct fix_door *door, uint32_t user, enum fix_version version);

/* fix_door_turn takes what has come, does what time asks for, and sends what is owed.  Returns true if there was
   anything to take. */
bool fix_door_turn(struct fix_door *door, uint64_t now_ns, uint64_t wall_ns);

/* fix_door_drop resets a user's connection; false: it has none. */
bool fix_door_drop(struct fix_door *door, uint32_t user);

/* fix_door_end says goodbye to all. */
void fix_door_end(struct fix_door *door);

#endif
