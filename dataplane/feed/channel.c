/* channel.c - see channel.h. */
#include "dataplane/feed/channel.h"

#include "drivers/machine/memory.h"

static inline uint64_t word_get(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static inline void word_set(_Atomic uint64_t *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static inline void word_add(_Atomic uint64_t *word, uint64_t count)
{
	word_set(word, word_get(word) + count);
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
	arbiter_init(&channel->arbiter, channel->config->session);
	gap_init(&channel->gap, memory_take("feed gap", GAP_BYTES));
	quotes_init(&channel->quotes, index, site->book_order_count, symbols, state, metrics);
	memcpy(channel->page->session, channel->arbiter.session, sizeof channel->arbiter.session);
	word_set(&channel->page->next_sequence, channel->arbiter.next);
}

void channel_return(struct channel *channel)
{
	quotes_return(&channel->quotes);
	memory_return(channel->gap.bytes, GAP_BYTES);
}

/* page_mark_stale keeps the first time. */
static void page_mark_stale(struct channel *channel, uint64_t now_ns)
{
	if (word_get(&channel->page->stale_since_ns) == 0)
		atomic_store_explicit(&channel->page->stale_since_ns, now_ns != 0 ? now_ns : 1,
			memory_order_release);
}

void channel_flush(struct channel *channel, uint64_t now_ns)
{
	if (channel->batch->count == 0)
		return;
	quotes_apply(&channel->quotes, channel->batch->blocks, channel->batch->count, now_ns);
	channel->batch->count = 0;
	channel->batch->copy_count = 0;
	if (UNLIKELY(channel->quotes.is_stale))
		page_mark_stale(channel, now_ns);
}

/* batch_make_room makes sure that one more packet of any kind fits. */
static inline void batch_make_room(struct channel *channel, uint64_t now_ns)
{
	const struct batch *batch = channel->batch;
	if (UNLIKELY(batch->count > BATCH_COUNT - MOLD64_BLOCK_COUNT_MAX ||
		     batch->copy_count > BATCH_COPY_COUNT - BATCH_COPY_COUNT_PACKET))
		channel_flush(channel, now_ns);
}

/* message_copy moves up to ITCH50_READ_PAST_BYTES; more than the longest message is nobody's. */
static inline void message_copy(uint8_t *copy, const uint8_t *bytes, uint32_t size_bytes)
{
	uint32_t size = size_bytes < ITCH50_READ_PAST_BYTES ? size_bytes : ITCH50_READ_PAST_BYTES;
	if (UNLIKELY(size < 16)) {
		memcpy(copy, bytes, size);
		return;
	}
	memcpy(copy, bytes, 16);
	if (size > 32) {
		memcpy(copy + 16, bytes + 16, 16);
		memcpy(copy + size - 32, bytes + size - 32, 16);
	}
	memcpy(copy + size - 16, bytes + size - 16, 16);
}

/* batch_settle drops messages without data, which only use up a number, and copies those behind which
   the decoder may not read, from number `from` on. */
static void batch_settle(struct batch *batch, uint32_t from, uint32_t found, const uint8_t *end)
{
	uint32_t kept = from;
	for (uint32_t i = from; i < from + found; i++) {
		struct mold64_block block = batch->blocks[i];
		if (UNLIKELY(block.size_bytes == 0))
			continue;
		if ((size_t)(end - block.bytes) < block.size_bytes + ITCH50_READ_PAST_BYTES) {
			uint8_t *copy = batch->copies[batch->copy_count++];
			message_copy(copy, block.bytes, block.size_bytes);
			block.bytes = copy;
		}
		batch->blocks[kept++] = block;
	}
	batch->count = kept;
}

/* channel_deliver takes the messages of a packet from number `skip` on.  Returns how many were whole;
   *is_malformed tells of the rest. */
static uint32_t channel_deliver(struct channel *channel, const struct channel_packet *packet,
	uint32_t count, uint32_t skip, bool *is_malformed, uint64_t now_ns)
{
	struct batch *batch = channel->batch;
	struct line_state *line = &channel->page->lines[packet->line];
	uint32_t tail_bytes;
	batch_make_room(channel, now_ns);
	uint32_t from = batch->count;
	uint32_t found =
		mold64_parse_blocks(packet->payload, packet->payload_bytes, (uint16_t)count, skip,
			batch->blocks + from, MOLD64_BLOCK_COUNT_MAX, is_malformed, &tail_bytes);
	batch_settle(batch, from, found, packet->end);
	channel->arbiter.next += found;
	channel->messages += found;
	metrics_add(channel->metrics, METRIC_feed_messages, found);
	word_add(&line->wins, found);
	return found;
}

static void duplicates_count(struct channel *channel, uint32_t line, uint32_t count)
{
	if (count == 0)
		return;
	metrics_add(channel->metrics, METRIC_feed_duplicates, count);
	word_add(&channel->page->lines[line].duplicates, count);
}

/* gap_drain delivers what was held and is no longer ahead.  It is applied at once, because its bytes are
   only kept until something else is held. */
static void gap_drain(struct channel *channel, uint64_t now_ns)
{
	struct gap_packet held;
	bool is_malformed;
	while (gap_take(&channel->gap, channel->arbiter.next, &held)) {
		uint64_t skip = channel->arbiter.next - held.sequence;
		if (skip > held.count)
			skip = held.count;
		duplicates_count(channel, held.line, (uint32_t)skip);
		struct channel_packet packet = {.payload = held.payload,
			.end = held.payload + held.size_bytes + ITCH50_READ_PAST_BYTES,
			.payload_bytes = held.size_bytes,
			.line = held.line};
		channel_deliver(
			channel, &packet, held.count, (uint32_t)skip, &is_malformed, now_ns);
		channel_flush(channel, now_ns);
	}
}

/* gap_declare gives up what is missing before the first thing we have. */
static void gap_declare(struct channel *channel, uint64_t now_ns)
{
	struct channel_state *page = channel->page;
	uint64_t first = channel->arbiter.next, end = gap_end(&channel->gap);
	channel_flush(channel, now_ns);
	metrics_add(channel->metrics, METRIC_feed_gaps, 1);
	metrics_add(channel->metrics, METRIC_feed_lost, end - first);
	word_add(&page->gaps, 1);
	if (word_get(&page->gap_count) == 0) {
		word_set(&page->gap_first, first);
		word_set(&page->gap_count, end - first);
	}
	page_mark_stale(channel, now_ns);
	quotes_mark_stale(&channel->quotes);
	channel->arbiter.next = end;
	gap_drain(channel, now_ns);
}

void channel_expire(struct channel *channel, uint64_t now_ns)
{
	while (gap_is_open(&channel->gap, channel->arbiter.next)) {
		uint64_t since_ns = gap_since_ns(&channel->gap, channel->arbiter.next);
		if (now_ns < since_ns || now_ns - since_ns < GAP_HOLD_NS)
			break;
		gap_declare(channel, now_ns);
		word_set(&channel->page->next_sequence, channel->arbiter.next);
		word_set(&channel->page->messages, channel->messages);
	}
	if (UNLIKELY(channel->is_ended) && !gap_is_open(&channel->gap, channel->arbiter.next) &&
		!channel->quotes.is_stale) {
		channel_flush(channel, now_ns);
		quotes_mark_stale(&channel->quotes);
		page_mark_stale(channel, now_ns);
	}
}

/* packet_hold keeps a packet that is ahead.  With no room for it the oldest gap is given up. */
static bool packet_hold(struct channel *channel, const struct channel_packet *packet,
	const struct mold64_header *header, uint64_t now_ns)
{
	/* The blocks behind the batch serve as scratch: only their number is wanted. */
	struct batch *batch = channel->batch;
	uint32_t tail_bytes;
	bool is_malformed;
	batch_make_room(channel, now_ns);
	struct gap_packet held = {.sequence = header->sequence,
		.held_ns = now_ns,
		.payload = packet->payload,
		.size_bytes = packet->payload_bytes,
		.line = packet->line};
	held.count = mold64_parse_blocks(packet->payload, packet->payload_bytes, header->count, 0,
		batch->blocks + batch->count, MOLD64_BLOCK_COUNT_MAX, &is_malformed, &tail_bytes);
	word_add(&channel->page->lines[packet->line].messages, held.count);
	if (held.count == 0) {
		gap_expect(&channel->gap, channel->arbiter.next, header->sequence, packet->line,
			now_ns);
		return is_malformed;
	}
	for (;;) {
		if (held.sequence <= channel->arbiter.next) {
			/* Giving up made it the next one. */
			uint32_t skip = (uint32_t)(channel->arbiter.next - held.sequence);
			skip = skip < held.count ? skip : held.count;
			duplicates_count(channel, packet->line, skip);
			channel_deliver(channel, packet, held.count, skip, &is_malformed, now_ns);
			break;
		}
		enum gap_verdict verdict = gap_hold(&channel->gap, &held);
		if (verdict == GAP_KNOWN)
			duplicates_count(channel, packet->line, held.count);
		if (verdict != GAP_FULL)
			break;
		gap_declare(channel, now_ns);
	}
	return is_malformed || held.count != header->count;
}

/* packet_take delivers a packet that holds the next message and what was held behind it. */
static bool packet_take(struct channel *channel, const struct channel_packet *packet,
	const struct mold64_header *header, uint32_t skip, uint64_t now_ns)
{
	struct line_state *line = &channel->page->lines[packet->line];
	bool is_malformed, was_open = gap_is_open(&channel->gap, channel->arbiter.next);
	uint32_t found =
		channel_deliver(channel, packet, header->count, skip, &is_malformed, now_ns);
	duplicates_count(channel, packet->line, skip);
	word_add(&line->messages, found + skip);
	if (UNLIKELY(was_open)) {
		if (gap_shown_by(&channel->gap) != packet->line)
			word_add(&line->gaps_filled, found);
		gap_drain(channel, now_ns);
	}
	return is_malformed;
}

/* arrival_take handles a packet with messages; true: a block length lied. */
static bool arrival_take(struct channel *channel, const struct channel_packet *packet,
	const struct mold64_header *header, enum arbiter_verdict verdict, uint32_t skip,
	uint64_t now_ns)
{
	switch (verdict) {
	case ARBITER_NEW:
		return packet_take(channel, packet, header, skip, now_ns);
	case ARBITER_OLD:
		duplicates_count(channel, packet->line, skip);
		word_add(&channel->page->lines[packet->line].messages, skip);
		return false;
	default:
		return packet_hold(channel, packet, header, now_ns);
	}
}

/* line_note keeps the page of a line whose packet is of our session. */
static void line_note(struct channel *channel, const struct channel_packet *packet,
	uint64_t end_sequence, uint64_t now_ns)
{
	struct line_state *line = &channel->page->lines[packet->line];
	word_add(&line->packets, 1);
	word_add(&line->bytes, packet->payload_bytes);
	word_add(&channel->page->bytes, packet->payload_bytes);
	word_set(&line->heard_ns, now_ns);
	if (end_sequence - 1 > word_get(&line->last_sequence))
		word_set(&line->last_sequence, end_sequence - 1);
}

static void malformed_count(struct channel *channel, uint32_t line)
{
	metrics_add(channel->metrics, METRIC_feed_bad_mold, 1);
	word_add(&channel->page->lines[line].malformed, 1);
}

/* packet_refuse counts what never reaches the stream; false: it does. */
static bool packet_refuse(struct channel *channel, uint32_t line, enum arbiter_verdict verdict)
{
	if (verdict == ARBITER_OTHER_SESSION) {
		metrics_add(channel->metrics, METRIC_feed_other_session, 1);
		word_add(&channel->page->lines[line].other_session, 1);
		return true;
	}
	if (verdict == ARBITER_MALFORMED)
		malformed_count(channel, line);
	return verdict == ARBITER_MALFORMED;
}

void channel_on_packet(
	struct channel *channel, const struct channel_packet *packet, uint64_t now_ns)
{
	struct mold64_header header;
	uint32_t skip, count;
	if (UNLIKELY(!mold64_parse_header(packet->payload, packet->payload_bytes, &header))) {
		malformed_count(channel, packet->line);
		return;
	}
	bool is_control = header.count == MOLD64_HEARTBEAT || header.count == MOLD64_END_OF_SESSION;
	count = is_control ? 0 : header.count;
	bool is_first = !channel->arbiter.has_session;
	enum arbiter_verdict verdict = arbiter_judge(&channel->arbiter, &header, count, &skip);
	if (UNLIKELY(packet_refuse(channel, packet->line, verdict)))
		return;
	if (UNLIKELY(is_first))
		memcpy(channel->page->session, channel->arbiter.session,
			sizeof channel->arbiter.session);
	bool is_current = header.sequence + count >= channel->arbiter.next;
	line_note(channel, packet, header.sequence + count, now_ns);
	if (is_control) {
		gap_expect(&channel->gap, channel->arbiter.next, header.sequence, packet->line,
			now_ns);
		channel->is_ended |= header.count == MOLD64_END_OF_SESSION;
		metrics_add(channel->metrics,
			header.count == MOLD64_HEARTBEAT ? METRIC_feed_heartbeats
							 : METRIC_feed_end_of_session,
			1);
	} else if (UNLIKELY(arrival_take(channel, packet, &header, verdict, skip, now_ns))) {
		malformed_count(channel, packet->line);
		is_current = false;
	} else {
		metrics_add(channel->metrics, METRIC_feed_data_packets, 1);
	}
	word_set(&channel->page->next_sequence, channel->arbiter.next);
	word_set(&channel->page->messages, channel->messages);
	if (is_current && !channel->quotes.is_stale &&
		!gap_is_open(&channel->gap, channel->arbiter.next))
		atomic_store_explicit(&channel->page->heard_ns, now_ns, memory_order_release);
}
