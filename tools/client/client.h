/* client.h - a strategy's order session: SoupBinTCP and OUCH 5.0, one step after the other.

   The client logs in, asks for the next free UserRefNum, runs the script, and keeps for every order
   what it heard.  Each message sent and received is told on standard output, with the time since the
   order it answers.

   Owner      one thread.  Time: monotonic nanoseconds.
   Errors     no connection, a refused login, a session that ends: a sentence; an expectation that does
              not hold is counted and told, and the script goes on. */
#ifndef SLUICE_CLIENT_CLIENT_H
#define SLUICE_CLIENT_CLIENT_H

#include "config/config.h"
#include "tools/client/known.h"

/* client_address_read reads ADDRESS:PORT or the path of an order socket.  false: it is neither. */
bool client_address_read(struct client_options *options, const char *text);

/* client_open connects and logs in.  false: error says why. */
bool client_open(
	struct client *c, const struct client_options *options, struct config_error *error);

/* client_run runs a script; name stands for it in what is told.  false: the session was lost, and
   the script had not waited for its end. */
bool client_run(struct client *c, const struct script *script, const char *name);

/* client_logout logs out and ends the connection in order. */
void client_logout(struct client *c);

/* client_turn takes what has come and keeps the session alive. */
void client_turn(struct client *c);

/* client_send_order sends Enter, Replace or Cancel as a step says.  false: the session is closed. */
bool client_send_order(struct client *c, const struct step *step);

/* client_is tells whether what a step waits for or expects is so. */
bool client_is(const struct client *c, const struct step *step);

#endif
