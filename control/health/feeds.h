/* feeds.h - what a channel's page means, in an operator's words.

   Owner      pure: the caller's text.
   Units      ages are from the caller's clock against the feed's: both count one machine's time from boot, and
              a figure for people may be a little off. */
#ifndef SLUICE_CONTROL_FEEDS_H
#define SLUICE_CONTROL_FEEDS_H

#include "config/config.h"
#include "dataplane/shm/market.h"

enum { FEEDS_TEXT_BYTES = 512 };

/* feeds_reasons lists why a channel is stale: "gap, silent"; "-": it is not. */
const char *feeds_reasons(uint64_t reasons, char text[FEEDS_TEXT_BYTES]);

/* feeds_recovery names what is done about it: none, waiting, asking, snapshot, given up. */
const char *feeds_recovery(uint64_t state);

/* feeds_sources lists whom it asked: "request 10.0.0.1:26400, snapshot 10.0.0.3:26401"; "-": nobody. */
const char *feeds_sources(
	const struct recovery_config *recovery, uint64_t sources, char text[FEEDS_TEXT_BYTES]);

/* feeds_explain is the whole story of a stale channel in one sentence. */
const char *feeds_explain(const struct channel_config *config, const struct channel_state *channel,
	uint64_t now_ns, char text[2 * FEEDS_TEXT_BYTES]);

/* feeds_age_ms is how long ago; 0: never, or just now. */
uint64_t feeds_age_ms(uint64_t then_ns, uint64_t now_ns);

#endif
