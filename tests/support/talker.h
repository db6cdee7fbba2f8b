/* talker.h - a strategy of a conversation: what it says, what it was told, and how it comes back.

   It speaks OUCH 5.0 or 4.2 over SoupBinTCP, or FIX 4.2 or 4.4 (talker_fix.c), and believes the same of its orders in
   either.  After a broken connection it learns what the gate has of it and says again what it never got: in OUCH 5.0 by
   the account query, in OUCH 4.2 by saying every order without an answer again under its token, in FIX by the
   session's numbers.

   Owner      the conversation (conversation.h). */
#ifndef SLUICE_TESTS_TALKER_H
#define SLUICE_TESTS_TALKER_H

#include "tests/support/conversation.h"

/* talkers_poll takes what came to any of them; true: something did.  talker_tick does what time asks for. */
bool talkers_poll(struct conversation *talk);
void talker_tick(struct talker *t);

/* talker_find gives an order of this conversation by its number, or NULL. */
struct talker_order *talker_find(struct talker *t, uint32_t ref);

/* talker_of_gate gives the order that stands at the gate under a number of the gate's; or NULL. */
struct talker_order *talker_of_gate(struct talker *t, uint32_t client_ref);

/* talker_waits tells whether an answer is still to come.  What was said into a silence is said again when it is
   noticed; a replace of what is finished gets no answer from the venue. */
bool talker_waits(const struct talker *t, const struct talker_order *order);

/* talker_has_heard tells whether everything that the gate has told it has come. */
bool talker_has_heard(const struct talker *t);

/* --- between talker.c and talker_fix.c --- */

void talker_order_is(struct talker_order *order, uint32_t open);

/* talker_recover says again what the gate does not have: orders from next_ref on, and cancels that may be lost. */
void talker_recover(struct talker *t, uint32_t next_ref);

void talker_fix_open(struct talker *t);
void talker_fix_close(struct talker *t);

/* talker_fix_say numbers an order, replace or cancel. */
void talker_fix_say(struct talker *t, const struct ouch_in *in);

void talker_fix_opened(struct talker *t);
void talker_fix_bytes(struct talker *t, const uint8_t *bytes, uint32_t size_bytes);
void talker_fix_gone(struct talker *t);
void talker_fix_tick(struct talker *t);
bool talker_fix_has_heard(const struct talker *t);

/* talker_fix_ref reads the number in a name of ours; 0: there is none. */
uint32_t talker_fix_ref(const char *text, uint32_t size_bytes);

#endif
