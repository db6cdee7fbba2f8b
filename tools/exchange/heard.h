/* heard.h - what participants did, in the order in which the venue heard it, until a script takes it.

   Nothing is kept unless somebody listens.  While the venue holds, messages wait here instead of being
   served, so that a script decides when each is, and how; else they are served at once and stay here
   only to be looked at.

   Owner      one thread.
   Errors     more than HEARD_MAX that nobody takes: the oldest goes, served or not, and is counted. */
#ifndef SLUICE_EXCHANGE_HEARD_H
#define SLUICE_EXCHANGE_HEARD_H

#include "dataplane/wire/ouch50.h"

enum { HEARD_MAX = 2048 };

enum heard_kind {
	HEARD_LOGIN = 1, /* accepted: session and sequence are what was asked for */
	HEARD_REFUSED,   /* a login that was refused; user may be UINT32_MAX      */
	HEARD_MESSAGE,   /* in                                                    */
	HEARD_MALFORMED, /* a message that cannot be read                         */
	HEARD_LOGOUT,
	HEARD_GONE, /* the connection is over, however it ended              */
};

struct heard_item {
	uint8_t kind; /* enum heard_kind */
	bool is_served, is_taken;
	uint32_t user;
	uint64_t sequence;
	char session[11];
	struct ouch_in in;
};

struct heard {
	bool is_kept, is_held;
	uint64_t first, next; /* numbers of items: oldest there may be, next to come */
	uint64_t overflowed;
	struct heard_item items[HEARD_MAX]; /* a ring */
};

/* heard_add keeps an item if anyone listens.  Returns true if the item waits to be served. */
bool heard_add(struct heard *heard, const struct heard_item *item);

/* heard_oldest gives a user's oldest item that is not taken (UINT32_MAX: anybody's); NULL: there is none. */
struct heard_item *heard_oldest(struct heard *heard, uint32_t user);

/* heard_take takes an item away. */
void heard_take(struct heard *heard, struct heard_item *item);

#endif
