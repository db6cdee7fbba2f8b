/* feeds.h - what a channel's page means, in an operator's words.

   Owner      pure: the caller's text.
   Units      ages are from the caller's clock against the feed's: both count one machine's time from boot, and
              a figure for people may be a little off. */
#ifndef SLUICE_CONTROL_FEEDS_H
#define SLUICE_CONTROL_FEEDS_H

#include "config/config.h"
#include "dataplane/shm/market.h"

enum { FEEDS_TEXT_BYTES = 512 };

/* feeds_reason_name gives the word of a bit of enum stale_reason; NULL: there is none so high. */
const char *feeds_reason_name(uint32_t bit);

/* feeds_reasons lists why a channel is stale: "gap, silent"; "-": it is not. */
const char *feeds_reasons(uint64_t reasons, char text[FEEDS_TEXT_BYTES]);

/* feeds_recovery names what is done about it: none, waiting, asking, snapshot, given up. */
const char *feeds_recovery(uint64_t state);

/* feeds_sources lists whom it asked: "request 10.0.0.1:26400, snapshot 10.0.0.3:26401"; "-": nobody. */
const char *feeds_sources(
	const struct recovery_config *recovery, uint64_t sources, char text[FEEDS_TEXT_BYTES]);

/* feeds_refused_session gives the session that the site does not let be taken up; "-": none was heard. */
enum { FEEDS_SESSION_BYTES = 17 };
const char *feeds_refused_session(
	const struct channel_state *channel, char text[FEEDS_SESSION_BYTES]);

/* feeds_closed_by names what ended the last gap: other line, request, snapshot, given up; "-": there was none. */
const char *feeds_closed_by(const struct channel_state *channel);

/* feeds_refusal says what the letter of a proxy's last refusal means, feeds_snapshot_trouble how the last snapshot broke off;
   "-": none did. */
const char *feeds_refusal(uint64_t letter);
const char *feeds_snapshot_trouble(uint64_t trouble);

/* feeds_explain is the whole story of a stale channel in one sentence. */
const char *feeds_explain(const struct channel_config *config, const struct channel_state *channel,
	uint64_t now_ns, char text[2 * FEEDS_TEXT_BYTES]);

/* feeds_line_silence_ms tells for how long a line has been silent, if that is longer than the channel's max_silence lets both
   be; 0: it speaks, or there is nothing to compare with: no max_silence, or a channel that never spoke.
   FEEDS_NEVER_HEARD: its channel is heard and it never was. */
#define FEEDS_NEVER_HEARD UINT64_MAX
uint64_t feeds_line_silence_ms(const struct channel_config *config,
	const struct channel_state *channel, uint32_t line, uint64_t now_ns);

/* feeds_line_tell says so: "line B: silent for 5600 ms ..."; silence_ms is not 0. */
const char *feeds_line_tell(uint64_t silence_ms, char text[FEEDS_TEXT_BYTES]);

/* feeds_age_ms is how long ago; 0: never, or just now. */
uint64_t feeds_age_ms(uint64_t then_ns, uint64_t now_ns);

#endif
