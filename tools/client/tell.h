/* tell.h - what a client says about its session: a line for each message, and a summary.

   Text for people, or with --json one object a line: {"t_us", "way", "type", "ref", ...}. */
#ifndef SLUICE_CLIENT_TELL_H
#define SLUICE_CLIENT_TELL_H

#include "dataplane/wire/ouch50.h"
#include "tools/client/known.h"

/* tell_sent and tell_received tell one message; ref counts from the first order of this run. */
void tell_sent(const struct client *c, const struct ouch_in *in, uint32_t ref);
void tell_received(const struct client *c, const struct ouch_out *out,
	const struct client_order *order, uint64_t now_ns);

/* tell_failure tells what was waited for or expected and is not so. */
void tell_failure(const struct client *c, const struct step *step, const char *name);

/* tell_summary counts what happened and gives p50, p99 and the most of Enter to first answer. */
void tell_summary(struct client *c);

#endif
