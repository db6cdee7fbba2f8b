/* client.h - one end of a conversation with a socket of Sluice.

   Owner      the caller; a client keeps its connection between requests and makes a new one when the other
              end closed it.  What was sent whole is not sent again: it may have been done.
   Time       every exchange is bounded; a late answer ends the connection, so it is never taken for the
              answer to something else. */
#ifndef SLUICE_CONTROL_CLIENT_H
#define SLUICE_CONTROL_CLIENT_H

#include "control/socket/request.h"

struct client {
	char path[512];
	int fd; /* -1: not connected */
};

/* What came back: bytes ended by a zero, to be freed; code 850 with a sentence if nothing did. */
struct reply {
	unsigned code;
	char *bytes;
	bool is_json;
};

void client_init(struct client *client, const char *path);
void client_close(struct client *client);

/* client_exchange sends a request (a line or an object, with its newline) and waits for its answer. */
struct reply client_exchange(
	struct client *client, const char *request, size_t size, bool is_json, int timeout_ms);

/* client_ask asks one command line of control, within CLIENT_ASK_MS, for an answer in JSON. */
enum { CLIENT_ASK_MS = 2000 };
struct reply client_ask(struct client *client, const char *line);

/* request_render writes a request as the socket takes it; to be freed, NULL: out of memory. */
char *request_render(const struct request *request, bool is_json, size_t *size);

void reply_free(struct reply *reply);

#endif
