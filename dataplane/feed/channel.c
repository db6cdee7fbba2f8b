/* channel.c - see channel.h. */
#include "dataplane/feed/channel.h"

#include "dataplane/shm/word.h"
#include "drivers/machine/memory.h"

void channel_build(
	void *context, const struct mold64_block *blocks, uint32_t count, uint64_t now_ns)
{
	struct channel *channel = context;
	if (count == 0) {
		channel_flush(channel, now_ns);
		channel_mark(channel, STALE_GAP, now_ns);
		quotes_clear(&channel->quotes, false);
		quotes_mute(&channel->quotes, true);
		channel->is_building = true;
		return;
	}
	metrics_add(channel->metrics, METRIC_feed_snapshot_messages, count);
	quotes_apply(&channel->quotes, blocks, count, now_ns);
}

/* streams_begin begins everything that stands before the books. */
static void streams_begin(struct channel *channel)
{
	struct datagram *datagram = channel->recover.datagram;
	struct stream *stream = channel->recover.snapshot.stream;
	arbiter_init(&channel->arbiter, channel->config->session);
	protocol_stream_init(&channel->stream, channel->config);
	recover_init(&channel->recover, &channel->config->recovery, channel->stream.row,
		channel->metrics, channel->page, channel->quotes.channel + 1u, channel_build,
		channel);
	recover_speak_by(&channel->recover, stream, datagram);
	memcpy(channel->page->session, channel->arbiter.session, sizeof channel->arbiter.session);
	word_set(&channel->page->next_sequence, channel->arbiter.next);
}

void channel_init(struct channel *channel, uint8_t index, const struct site_config *site,
	struct symbols *symbols, struct state *state, struct metrics *metrics,
	struct market_region *market, struct batch *batch)
{
	memset(channel, 0, sizeof *channel);
	channel->config = &site->channels[index];
	channel->page = &market->channels[index];
	channel->metrics = metrics;
	channel->batch = batch;
	uint32_t hold = channel->config->recovery.hold_packets;
	hold = hold > HOLD_PACKET_COUNT_MIN ? hold : HOLD_PACKET_COUNT_MIN;
	gap_init(&channel->gap, hold, memory_take("feed gap", gap_size_bytes(hold)));
	quotes_init(&channel->quotes, index, site, symbols, state, metrics);
	streams_begin(channel);
}

void channel_begin(struct channel *channel)
{
	recover_end(&channel->recover);
	quotes_mute(&channel->quotes, false);
	quotes_clear(&channel->quotes, true);
	channel->quotes.is_stale = false;
	gap_clear(&channel->gap);
	memset(channel->page, 0, sizeof *channel->page);
	memset(channel->arrivals, 0, sizeof channel->arrivals);
	channel->offer.is_made = false;
	channel->messages = channel->current_ns = channel->stale_reasons = channel->known = 0;
	channel->requested = 0;
	channel->contradictions = 0;
	channel_part(channel);
	channel->is_building = channel->is_lossy = channel->is_full = false;
	channel->is_said = channel->is_ended = false;
	channel->end_sequence = channel->end_next = 0;
	streams_begin(channel);
}

void channel_return(struct channel *channel)
{
	quotes_return(&channel->quotes);
	memory_return(channel->gap.packets, gap_size_bytes(channel->gap.packet_max));
}

void channel_mark(struct channel *channel, enum stale_reason reason, uint64_t now_ns)
{
	struct channel_state *page = channel->page;
	if ((channel->stale_reasons & reason) != 0)
		return;
	channel->stale_reasons |= reason;
	word_set(&page->stale_reasons, channel->stale_reasons);
	if (word_get(&page->stale_since_ns) == 0)
		atomic_store_explicit(
			&page->stale_since_ns, now_ns != 0 ? now_ns : 1, memory_order_release);
	quotes_mark_stale(&channel->quotes);
}

void channel_unmark(struct channel *channel, enum stale_reason reason)
{
	struct channel_state *page = channel->page;
	CHECK(channel->batch->count == 0);
	if ((channel->stale_reasons & reason) == 0)
		return;
	channel->stale_reasons &= ~(uint64_t)reason;
	word_set(&page->stale_reasons, channel->stale_reasons);
	if (channel->stale_reasons != 0)
		return;
	word_set(&page->stale_since_ns, 0);
	quotes_mark_whole(&channel->quotes); /* mend (1) */
}

void channel_flush(struct channel *channel, uint64_t now_ns)
{
	if (channel->batch->count == 0)
		return;
	quotes_apply(&channel->quotes, channel->batch->blocks, channel->batch->count, now_ns);
	channel->batch->count = 0;
	channel->batch->copy_count = 0;
	if (UNLIKELY(channel->quotes.is_broken))
		channel_mark(channel, STALE_BROKEN, now_ns);
}

void channel_tell(struct channel *channel)
{
	struct channel_state *page = channel->page;
	word_set(&page->next_sequence, channel->arbiter.next);
	word_set(&page->messages, channel->messages);
	/* The gauges are sums over all channels: each adds what it changed, modulo 2^64. */
	metrics_add(channel->metrics, METRIC_feed_held_packets,
		channel->gap.count - word_get(&page->held_packets));
	metrics_add(channel->metrics, METRIC_feed_held_bytes,
		channel->gap.held_bytes - word_get(&page->held_bytes));
	word_set(&page->held_packets, channel->gap.count);
	word_set(&page->held_bytes, channel->gap.held_bytes);
}

uint32_t channel_deliver(struct channel *channel, const struct channel_packet *packet,
	uint32_t count, uint32_t skip, bool *is_malformed, uint64_t now_ns)
{
	struct batch *batch = channel->batch;
	struct line_state *line = &channel->page->lines[packet->line];
	uint32_t tail_bytes;
	channel_make_room(channel, now_ns);
	uint32_t from = batch->count;
	const struct protocol_row *protocol = channel->stream.row;
	uint32_t found =
		protocol->blocks_read(packet->payload, packet->payload_bytes, (uint16_t)count, skip,
			batch->blocks + from, MOLD64_BLOCK_COUNT_MAX, is_malformed, &tail_bytes);
	batch_settle(batch, from, found, packet->end, protocol->read_past_bytes);
	channel->arbiter.next += found;
	channel->messages += found;
	metrics_add(channel->metrics, METRIC_feed_messages, found);
	word_add(&line->wins, found);
	return found;
}

void channel_duplicates(struct channel *channel, uint32_t line, uint32_t count)
{
	if (count == 0)
		return;
	metrics_add(channel->metrics, METRIC_feed_duplicates, count);
	word_add(&channel->page->lines[line].duplicates, count);
}

/* What was held is applied at once, because its bytes are only kept until something else is held. */
void channel_drain(struct channel *channel, uint64_t now_ns)
{
	struct gap_packet held;
	bool is_malformed;
	while (gap_take(&channel->gap, channel->arbiter.next, &held)) {
		uint64_t skip = channel->arbiter.next - held.sequence;
		if (skip > held.count)
			skip = held.count;
		channel_duplicates(channel, held.line, (uint32_t)skip);
		struct channel_packet packet = {.payload = held.payload,
			.end = held.payload + held.size_bytes + ITCH50_READ_PAST_BYTES,
			.payload_bytes = held.size_bytes,
			.line = held.line};
		channel_deliver(
			channel, &packet, held.count, (uint32_t)skip, &is_malformed, now_ns);
	}
	channel_flush(channel, now_ns);
}

void channel_part(struct channel *channel)
{
	channel->is_mixed = false;
	memset(channel->again, 0, sizeof channel->again);
}

void channel_disbelieve(struct channel *channel)
{
	metrics_add(channel->metrics, METRIC_feed_superseded, gap_clear(&channel->gap));
	channel->known = channel->arbiter.next;
	channel->contradictions = 0;
}
