#include "dataplane/feed/offer.h"

#include "dataplane/feed/hole.h"
#include "dataplane/shm/word.h"

/* session_begin forgets the old session and waits for message 1 of another. */
static void session_begin(struct channel *channel, const char session[10], uint64_t now_ns)
{
	struct channel_state *page = channel->page;
	channel_flush(channel, now_ns);
	/* Not whole before a packet has proved that nothing is missing. */
	channel_mark(channel, STALE_SILENT, now_ns);
	metrics_add(channel->metrics, METRIC_feed_superseded, gap_clear(&channel->gap));
	metrics_add(channel->metrics, METRIC_feed_session_changes, 1);
	word_add(&page->session_changes, 1);
	word_add(&page->ended_numbers, channel->arbiter.next - 1);
	arbiter_init(&channel->arbiter, "");
	memcpy(channel->arbiter.session, session, sizeof channel->arbiter.session);
	channel->arbiter.has_session = true;
	memcpy(page->session, session, sizeof channel->arbiter.session);
	channel->known = 0;
	channel_part(channel);
	channel->is_building = channel->is_lossy = channel->is_ended = false;
	channel->end_sequence = channel->end_next = 0;
	quotes_mute(&channel->quotes, false);
	channel->offer.is_made = false;
	word_set(&page->refused_ns, 0);
	memset(channel->arrivals, 0, sizeof channel->arrivals);
	for (uint32_t line = 0; line <= LINE_REQUESTED; line++)
		word_set(&page->lines[line].last_sequence, 0);
	quotes_clear(&channel->quotes, true);
	hole_forget(channel);
	channel_unmark(channel, STALE_BROKEN);
	channel_unmark(channel, STALE_BEHIND);
	channel_unmark(channel, STALE_ENDED);
	channel_tell(channel);
}

/* offer_refuse shows the session that the site does not let be taken up. */
static void offer_refuse(struct channel *channel, const char session[10], uint64_t now_ns)
{
	uint64_t words[2] = {0, 0};
	memcpy(words, session, 10);
	for (uint32_t i = 0; i < 2; i++)
		word_set(&channel->page->refused_session[i], words[i]);
	word_set(&channel->page->refused_ns, now_ns != 0 ? now_ns : 1);
}

bool offer_hear(struct channel *channel, const struct mold64_header *header, uint32_t count,
	uint8_t line, uint64_t now_ns)
{
	struct channel_offer *offer = &channel->offer;
	uint64_t end = header->sequence + count;
	bool is_over = channel->is_ended && !channel_has_hole(channel);
	bool is_silent = channel->config->max_silence_ns != 0 &&
			 now_ns - channel->current_ns > channel->config->max_silence_ns;
	if (!channel->config->is_session_adopted)
		offer_refuse(channel, header->session, now_ns);
	if (!channel->config->is_session_adopted || (!is_over && !is_silent))
		return false;
	bool is_same = offer->is_made &&
		       memcmp(offer->session, header->session, sizeof offer->session) == 0;
	if (is_same && (line != offer->line || end > offer->end ||
			       now_ns - offer->offered_ns >= ARBITER_WITNESS_NS)) {
		session_begin(channel, header->session, now_ns);
		return true;
	}
	if (!is_same) {
		*offer = (struct channel_offer){
			.is_made = true, .line = line, .end = end, .offered_ns = now_ns};
		memcpy(offer->session, header->session, sizeof offer->session);
	}
	return false;
}
