#include "dataplane/feed/arrival.h"

#include "dataplane/feed/hole.h"
#include "dataplane/feed/offer.h"
#include "dataplane/shm/word.h"

/* packet_hold keeps a packet that is ahead, or any while a snapshot is built. */
static bool packet_hold(struct channel *channel, const struct channel_packet *packet,
	const struct mold64_header *header, uint64_t now_ns)
{
	/* The blocks behind the batch serve as scratch: only their number is wanted. */
	struct batch *batch = channel->batch;
	uint32_t tail_bytes;
	bool is_malformed;
	channel_make_room(channel, now_ns);
	struct gap_packet held = {.sequence = header->sequence,
		.held_ns = now_ns,
		.payload = packet->payload,
		.size_bytes = packet->payload_bytes,
		.line = packet->line};
	held.count = channel->stream.row->blocks_read(packet->payload, packet->payload_bytes,
		header->count, 0, batch->blocks + batch->count, MOLD64_BLOCK_COUNT_MAX,
		&is_malformed, &tail_bytes);
	word_add(&channel->page->lines[packet->line].messages, held.count);
	if (held.count == 0)
		gap_expect(&channel->gap, channel->arbiter.next, header->sequence, packet->line,
			now_ns);
	while (held.count != 0) {
		if (held.sequence <= channel->arbiter.next && !channel->is_building) {
			/* Giving up made it the next one. */
			uint32_t skip = (uint32_t)(channel->arbiter.next - held.sequence);
			skip = skip < held.count ? skip : held.count;
			channel_duplicates(channel, packet->line, skip);
			channel_deliver(channel, packet, held.count, skip, &is_malformed, now_ns);
			break;
		}
		enum gap_verdict verdict = gap_hold(&channel->gap, &held);
		if (verdict == GAP_KNOWN)
			channel_duplicates(channel, packet->line, held.count);
		if (verdict != GAP_FULL)
			break;
		if (!hole_make_room(channel, now_ns)) {
			metrics_add(channel->metrics, METRIC_feed_hold_full, held.count);
			/* It is not held, but it exists: what is held before it is not the end. */
			gap_expect(&channel->gap, channel->arbiter.next, held.sequence + held.count,
				packet->line, now_ns);
			break;
		}
	}
	channel_tell(channel);
	return is_malformed;
}

/* packet_contradict hears a line that is at next although it showed something ahead.  Where that one thing is all
   there is, and the line goes on so, it is forgotten: one packet from nowhere must not cost the day. */
static void packet_contradict(struct channel *channel, uint8_t line)
{
	bool is_lone = channel->gap.count + (channel->gap.tail > channel->arbiter.next) == 1;
	if (!is_lone || gap_shown_by(&channel->gap) != line || channel->is_building)
		channel->contradictions = 0;
	else if (++channel->contradictions == CHANNEL_CONTRADICTION_COUNT)
		channel_disbelieve(channel);
}

/* packet_take delivers a packet that holds the next message and what was held behind it. */
static inline bool packet_take(struct channel *channel, const struct channel_packet *packet,
	const struct mold64_header *header, uint32_t skip, uint64_t now_ns)
{
	struct line_state *line = &channel->page->lines[packet->line];
	bool is_malformed, was_open = channel_has_hole(channel);
	uint32_t found =
		channel_deliver(channel, packet, header->count, skip, &is_malformed, now_ns);
	uint64_t end = header->sequence + header->count;
	channel_duplicates(channel, packet->line, skip);
	word_add(&line->messages, found + skip);
	channel->arrivals[end % CHANNEL_ARRIVAL_COUNT] =
		(struct channel_arrival){.end = end, .ns_and_line = now_ns * 4 + packet->line};
	if (UNLIKELY(was_open)) {
		if (gap_shown_by(&channel->gap) != packet->line) {
			word_add(&line->gaps_filled, found);
			if (packet->line != LINE_REQUESTED)
				word_add(&channel->page->filled_by_line, found);
		}
		channel_drain(channel, now_ns);
		packet_contradict(channel, packet->line);
		channel_tell(channel);
	}
	return is_malformed;
}

/* packet_late notes how long after the other line a copy came, if both cut the stream alike there. */
static inline void packet_late(
	struct channel *channel, const struct channel_packet *packet, uint64_t end, uint64_t now_ns)
{
	const struct channel_arrival *first = &channel->arrivals[end % CHANNEL_ARRIVAL_COUNT];
	struct line_state *line = &channel->page->lines[packet->line];
	if (first->end != end || (first->ns_and_line & 3) == packet->line)
		return;
	uint64_t late_ns = now_ns - first->ns_and_line / 4;
	word_add(&line->late_count, 1);
	word_add(&line->late_ns_sum, late_ns);
	if (late_ns > word_get(&line->late_ns_max))
		word_set(&line->late_ns_max, late_ns);
}

/* arrival_take handles a packet with messages; true: a block length lied. */
static inline bool arrival_take(struct channel *channel, const struct channel_packet *packet,
	const struct mold64_header *header, enum arbiter_verdict verdict, uint32_t skip,
	uint64_t now_ns)
{
	if (UNLIKELY(channel->is_building) && verdict == ARBITER_NEW)
		verdict = ARBITER_AHEAD;
	switch (verdict) {
	case ARBITER_NEW:
		return packet_take(channel, packet, header, skip, now_ns);
	case ARBITER_OLD:
		channel_duplicates(channel, packet->line, skip);
		word_add(&channel->page->lines[packet->line].messages, skip);
		packet_late(channel, packet, header->sequence + header->count, now_ns);
		return false;
	default:
		return packet_hold(channel, packet, header, now_ns);
	}
}

/* line_note keeps the page of a line whose packet is of our session. */
static inline void line_note(struct channel *channel, const struct channel_packet *packet,
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

/* packet_doubt drops what is further ahead than one packet is believed; false: it is believed. */
static bool packet_doubt(struct channel *channel, const struct mold64_header *header,
	uint32_t count, uint8_t line, uint64_t now_ns)
{
	uint64_t horizon =
		channel->known > channel->arbiter.next ? channel->known : channel->arbiter.next;
	if (LIKELY(arbiter_believe(&channel->arbiter, header, count, line, horizon, now_ns))) {
		if (header->sequence + count > channel->known)
			channel->known = header->sequence + count;
		return false;
	}
	metrics_add(channel->metrics, METRIC_feed_unbelieved, 1);
	word_add(&channel->page->lines[line].unbelieved, 1);
	return true;
}

/* packet_judge is arbiter_judge, and another session where the site lets one be taken up. */
static enum arbiter_verdict packet_judge(struct channel *channel,
	const struct mold64_header *header, uint32_t count, uint8_t line, uint32_t *skip,
	uint64_t now_ns)
{
	bool is_first = !channel->arbiter.has_session;
	enum arbiter_verdict verdict = arbiter_judge(&channel->arbiter, header, count, skip);
	bool is_offer = verdict == ARBITER_OTHER_SESSION ||
			(verdict == ARBITER_OLD && header->sequence == 1 &&
				(channel->stale_reasons & STALE_SILENT) != 0);
	if (UNLIKELY(is_offer) && offer_hear(channel, header, count, line, now_ns))
		verdict = arbiter_judge(&channel->arbiter, header, count, skip);
	if (UNLIKELY(is_first))
		memcpy(channel->page->session, channel->arbiter.session,
			sizeof channel->arbiter.session);
	return verdict;
}

/* line_again hears whether a line began at 1 again, which no session's name tells where the venue has none.  When it then
   reaches next, what it brings may be another day's, and its messages do not show it: mend (3). */
static inline void line_again(struct channel *channel, uint32_t line,
	const struct mold64_header *header, uint64_t end_sequence, bool is_current, uint64_t now_ns)
{
	uint32_t *again = &channel->again[line];
	if (LIKELY(is_current)) {
		if (UNLIKELY(*again >= CHANNEL_AGAIN_COUNT)) {
			channel->is_mixed = true;
			channel_mark(channel, STALE_BEHIND, now_ns);
		}
		*again = 0;
		return;
	}
	bool is_behind = end_sequence <= word_get(&channel->page->lines[line].last_sequence);
	if (is_behind && (*again != 0 || header->sequence == 1) && *again < CHANNEL_AGAIN_COUNT)
		++*again;
}

/* arrival_current notes that a packet came which is not behind: what is in the books is the newest, unless
   something is missing. */
static inline void arrival_current(struct channel *channel, bool is_copy, uint64_t now_ns)
{
	/* A copy of what we have may have been long on its way: it ends no silence. */
	if (UNLIKELY(is_copy && (channel->stale_reasons & STALE_SILENT) != 0))
		return;
	channel->current_ns = now_ns;
	if (channel_has_hole(channel) || channel->is_building || UNLIKELY(channel->is_mixed))
		return;
	if (UNLIKELY((channel->stale_reasons & STALE_SILENT) != 0)) {
		channel_flush(channel, now_ns);
		channel_unmark(channel, STALE_BEHIND);
		channel_unmark(channel, STALE_SILENT);
	}
	if (channel->stale_reasons == 0)
		atomic_store_explicit(&channel->page->heard_ns, now_ns, memory_order_release);
}

/* end_take hears that the session is over; the same end again is no news, least of all if a line went beyond it. */
static void end_take(struct channel *channel, uint64_t sequence)
{
	if (sequence == channel->end_sequence)
		return;
	channel->is_ended = true;
	channel->end_sequence = sequence;
	channel->end_next = sequence > channel->arbiter.next ? sequence : channel->arbiter.next;
}

static void control_take(struct channel *channel, const struct channel_packet *packet,
	const struct mold64_header *header, uint64_t now_ns)
{
	bool is_end = header->count == MOLD64_END_OF_SESSION;
	if (UNLIKELY(channel_has_hole(channel)) && header->sequence == channel->arbiter.next)
		packet_contradict(channel, packet->line);
	gap_expect(&channel->gap, channel->arbiter.next, header->sequence, packet->line, now_ns);
	if (is_end)
		end_take(channel, header->sequence);
	metrics_add(
		channel->metrics, is_end ? METRIC_feed_end_of_session : METRIC_feed_heartbeats, 1);
}

/* frame_read reads a packet's header; false: it has no place in the stream, and was counted. */
static bool frame_read(struct channel *channel, const struct channel_packet *packet,
	struct mold64_header *header, uint64_t now_ns)
{
	struct protocol_stream *stream = &channel->stream;
	switch (stream->row->frame_read(
		stream, packet->payload, packet->payload_bytes, channel->arbiter.next, header)) {
	case FRAME_NUMBERED:
		return true;
	case FRAME_ALIVE:
		line_note(channel, packet, 1, now_ns);
		metrics_add(channel->metrics, METRIC_feed_heartbeats, 1);
		return false;
	case FRAME_OTHER:
		packet_refuse(channel, packet->line, ARBITER_OTHER_SESSION);
		return false;
	default:
		packet_refuse(channel, packet->line, ARBITER_MALFORMED);
		return false;
	}
}

void arrival_packet(struct channel *channel, const struct channel_packet *packet, uint64_t now_ns)
{
	struct mold64_header header;
	uint32_t skip, count;
	if (UNLIKELY(!frame_read(channel, packet, &header, now_ns)))
		return;
	bool is_control = header.count == MOLD64_HEARTBEAT || header.count == MOLD64_END_OF_SESSION;
	count = is_control ? 0 : header.count;
	enum arbiter_verdict verdict =
		packet_judge(channel, &header, count, packet->line, &skip, now_ns);
	if (UNLIKELY(packet_refuse(channel, packet->line, verdict)))
		return;
	if (UNLIKELY(verdict == ARBITER_AHEAD) &&
		packet_doubt(channel, &header, count, packet->line, now_ns))
		return;
	bool is_current = header.sequence + count >= channel->arbiter.next;
	line_again(channel, packet->line, &header, header.sequence + count, is_current, now_ns);
	line_note(channel, packet, header.sequence + count, now_ns);
	if (is_control) {
		control_take(channel, packet, &header, now_ns);
	} else if (UNLIKELY(arrival_take(channel, packet, &header, verdict, skip, now_ns))) {
		malformed_count(channel, packet->line);
		is_current = false;
	} else {
		metrics_add(channel->metrics, METRIC_feed_data_packets, 1);
	}
	word_set(&channel->page->next_sequence, channel->arbiter.next);
	word_set(&channel->page->messages, channel->messages);
	if (is_current)
		arrival_current(channel, verdict == ARBITER_OLD, now_ns);
}

enum recover_use arrival_answer(
	struct channel *channel, const struct channel_packet *packet, uint64_t now_ns)
{
	struct line_state *line = &channel->page->lines[packet->line];
	struct mold64_header header;
	uint64_t next = channel->arbiter.next;
	uint32_t skip;
	switch (channel->stream.row->frame_read(
		&channel->stream, packet->payload, packet->payload_bytes, next, &header)) {
	case FRAME_NUMBERED:
		break;
	case FRAME_ALIVE:
		line_note(channel, packet, 1, now_ns);
		return RECOVER_OLD;
	case FRAME_OTHER:
		word_add(&line->other_session, 1);
		return RECOVER_REFUSED;
	default:
		word_add(&line->malformed, 1);
		return RECOVER_REFUSED;
	}
	if (header.count == MOLD64_HEARTBEAT || header.count == MOLD64_END_OF_SESSION)
		return RECOVER_OLD; /* it has nothing for us */
	enum arbiter_verdict verdict =
		arbiter_judge(&channel->arbiter, &header, header.count, &skip);
	if (verdict == ARBITER_OTHER_SESSION || verdict == ARBITER_MALFORMED ||
		(verdict == ARBITER_AHEAD && header.sequence > channel->known)) {
		word_add(verdict == ARBITER_OTHER_SESSION ? &line->other_session : &line->malformed,
			1);
		return RECOVER_REFUSED;
	}
	line_note(channel, packet, header.sequence + header.count, now_ns);
	if (arrival_take(channel, packet, &header, verdict, skip, now_ns))
		word_add(&line->malformed, 1);
	return channel->arbiter.next > next ? RECOVER_USED : RECOVER_OLD;
}
