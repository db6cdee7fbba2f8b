/* profile.h - what venue it is: a YAML file, read as strictly as a site.

       venue: {name: inet, session: SIM0000001, mold_session: SIM0000001}
       listen: 127.0.0.1:26000
       ports:
         - {name: sluice, password: test-venue, firm: SLCE, speaks: ouch50}
         - {name: drop, password: test-drop, speaks: ouch50, copies: [sluice]}
       symbols:
         - {name: AAPL, tick: 0.01, lot: 1 shares}
       sessions: {heartbeat: 1 s, timeout: 15 s, second_login: replaces, cancel_on_disconnect: false}
       orders: {...}
       self_match: {scope: firm, action: cancel-oldest}
       fix: {listen: 127.0.0.1:26001, comp_id: VENUE}

   config/examples/venues has whole ones.  Nothing has a default but what a comment there calls optional: firm,
   copies, orders.max_value, orders.throttle, fees, fix.

   Errors     one sentence, file:line:column: found ..., expected ...; the options may not be used then. */
#ifndef SLUICE_EXCHANGE_PROFILE_H
#define SLUICE_EXCHANGE_PROFILE_H

#include "tools/exchange/options.h"

/* profile_load reads a file into options. */
bool profile_load(struct options *options, const char *path, struct config_error *error);

/* profile_parse is profile_load from memory; name stands for it in sentences. */
bool profile_parse(struct options *options, const char *name, const char *text, size_t size,
	struct config_error *error);

#endif
