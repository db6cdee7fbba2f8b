#include "dataplane/feed/hole.h"

#include "dataplane/shm/word.h"

bool hole_is_due(const struct channel *channel, uint64_t now_ns)
{
	uint64_t since_ns = gap_since_ns(&channel->gap, channel->arbiter.next);
	return channel->is_full || now_ns - since_ns >= channel->config->recovery.wait_ns;
}

void hole_tell(struct channel *channel)
{
	word_set(&channel->page->gap_first, channel->arbiter.next);
	word_set(&channel->page->gap_count, hole_count(channel));
}

void hole_say(struct channel *channel, uint64_t now_ns)
{
	if (!channel->is_said) {
		channel->is_said = true;
		metrics_add(channel->metrics, METRIC_feed_gaps, 1);
		word_add(&channel->page->gaps, 1);
		if (!channel->is_lossy)
			hole_tell(channel);
	}
	channel_flush(channel, now_ns);
	channel_mark(channel, STALE_GAP, now_ns);
}

/* filled_by names what a hole that closes was filled by; what came last counts. */
static enum recovery_state filled_by(const struct channel *channel)
{
	uint64_t requested = word_get(&channel->page->lines[LINE_REQUESTED].wins);
	if (channel->recover.state == RECOVERY_SNAPSHOT)
		return RECOVERY_SNAPSHOT;
	return requested != channel->requested ? RECOVERY_ASKING : RECOVERY_WAITING;
}

/* hole_closed keeps what the page says of the hole, which is over. */
static void hole_closed(struct channel *channel, enum recovery_state by, uint64_t now_ns)
{
	struct channel_state *page = channel->page;
	word_set(&page->closed_first, word_get(&page->gap_first));
	word_set(&page->closed_count, word_get(&page->gap_count));
	word_set(&page->closed_by, by);
	word_set(&page->closed_ns, now_ns);
}

void hole_declare(struct channel *channel, uint64_t now_ns)
{
	uint64_t count = hole_count(channel);
	hole_say(channel, now_ns);
	metrics_add(channel->metrics, METRIC_feed_lost, count);
	word_add(&channel->page->lost, count);
	/* The page keeps the first hole that was given up; others follow it without a word of their own. */
	hole_closed(channel, RECOVERY_GIVEN_UP, now_ns);
	channel->is_lossy = true;
	channel->is_said = false;
	channel->arbiter.next += count;
	channel_drain(channel, now_ns);
}

void hole_forget(struct channel *channel)
{
	struct channel_state *page = channel->page;
	recover_end(&channel->recover);
	channel->is_said = channel->is_full = false;
	word_set(&page->recovery_since_ns, 0);
	word_set(&page->gap_first, 0);
	word_set(&page->gap_count, 0);
	channel_unmark(channel, STALE_GAP);
}

void hole_close(struct channel *channel, uint64_t now_ns)
{
	struct channel_state *page = channel->page;
	if ((channel->stale_reasons & STALE_GAP) != 0) {
		metrics_add(channel->metrics, METRIC_feed_recoveries, 1);
		word_add(&page->recoveries, 1);
		word_set(&page->recovery_ns, now_ns - word_get(&page->recovery_since_ns));
		hole_closed(channel, filled_by(channel), now_ns);
	}
	channel_flush(channel, now_ns);
	hole_forget(channel);
}

bool hole_make_room(struct channel *channel, uint64_t now_ns)
{
	enum recovery_state state = (enum recovery_state)channel->recover.state;
	if (channel->is_building) {
		/* What came first is the likeliest to be in the snapshot. */
		metrics_add(channel->metrics, METRIC_feed_superseded, gap_clear(&channel->gap));
		return true;
	}
	if (channel->config->recovery.is_configured && state != RECOVERY_GIVEN_UP) {
		channel->is_full = true;
		return false;
	}
	if (state != RECOVERY_GIVEN_UP) {
		recover_escalate(&channel->recover, now_ns); /* there is no source */
		metrics_add(channel->metrics, METRIC_feed_given_up, 1);
	}
	hole_declare(channel, now_ns);
	return true;
}
