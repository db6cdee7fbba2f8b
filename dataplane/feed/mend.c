/* mend.c - see mend.h. */
#include "dataplane/feed/mend.h"

#include "dataplane/feed/arrival.h"
#include "dataplane/feed/hole.h"
#include "dataplane/shm/word.h"

enum {
	ANSWER_COUNT_MAX = 64,  /* taken in one turn                       */
	HOLE_JUMP_COUNT = 1024, /* over a longer hole one packet does not lead */
};

/* Books that messages cannot mend, but a snapshot can. */
#define STALE_UNSOUND ((uint64_t)STALE_BROKEN | STALE_BEHIND)

static bool is_mendable(const struct channel *channel)
{
	return !channel->is_lossy && !channel->is_building &&
	       (channel->stale_reasons & STALE_UNSOUND) == 0;
}

/* hole_is_imagined tells of one packet far ahead that no source knows anything of.  Where books can be mended by
   messages, a hole is what is wrong with them. */
static bool hole_is_imagined(const struct channel *channel)
{
	return channel->config->recovery.is_configured && is_mendable(channel) &&
	       channel->gap.count <= 1 && hole_count(channel) > HOLE_JUMP_COUNT;
}

/* hole_abandon: nobody is left to ask. */
static void hole_abandon(struct channel *channel, uint64_t now_ns)
{
	if (hole_is_imagined(channel)) {
		/* Nothing is lost, if a line says that what is next is next. */
		channel_mark(channel, STALE_SILENT, now_ns);
		channel_disbelieve(channel);
		channel_flush(channel, now_ns);
		hole_forget(channel);
		return;
	}
	bool was_lossy = channel->is_lossy;
	metrics_add(channel->metrics, METRIC_feed_given_up, 1);
	channel->is_building = channel->is_full = false;
	channel->is_lossy = true;
	quotes_mute(&channel->quotes, false);
	/* What a snapshot had us hold may be next, or behind it. */
	channel_drain(channel, now_ns);
	channel_mark(channel, STALE_GAP, now_ns);
	if (channel_has_hole(channel)) {
		if (!was_lossy)
			hole_tell(channel);
		hole_declare(channel, now_ns);
	}
}

static void hole_ask(struct channel *channel, uint64_t now_ns)
{
	struct recover *recover = &channel->recover;
	struct datagram_packet answer;
	for (uint32_t i = 0; i < ANSWER_COUNT_MAX && recover_receive(recover, &answer, now_ns);
		i++) {
		struct channel_packet packet = {.payload = answer.bytes,
			.end = answer.bytes + answer.size_bytes + DATAGRAM_READ_PAST_BYTES,
			.payload_bytes = answer.size_bytes,
			.line = LINE_REQUESTED};
		enum recover_use use = arrival_answer(channel, &packet, now_ns);
		recover_answered(recover, use, channel->arbiter.next, now_ns);
		/* The next answer lies where this one does. */
		channel_flush(channel, now_ns);
	}
	if (!channel_has_hole(channel)) {
		hole_close(channel, now_ns);
		return;
	}
	if (hole_is_due(channel, now_ns))
		hole_say(channel, now_ns);
	bool is_hopeless = channel->is_full && channel->config->recovery.has_snapshot;
	channel->is_full = false;
	if (!is_hopeless && recover_ask(recover, &channel->stream, channel->arbiter.session,
				    channel->arbiter.next, gap_end(&channel->gap), now_ns))
		return;
	hole_say(channel, now_ns);
	if (!recover_escalate(recover, now_ns))
		hole_abandon(channel, now_ns);
}

static void hole_begin(struct channel *channel, uint64_t now_ns)
{
	struct recover *recover = &channel->recover;
	uint64_t count = channel_has_hole(channel) ? hole_count(channel) : 0;
	channel->is_full = false;
	if (!((channel->stale_reasons & STALE_BROKEN) != 0
			    ? recover_begin_broken(recover, count, now_ns)
			    : recover_begin(recover, count, now_ns))) {
		hole_abandon(channel, now_ns);
		return;
	}
	/* Books that cannot be trusted are not mended by messages. */
	if (!is_mendable(channel) && recover->state == RECOVERY_ASKING &&
		!recover_escalate(recover, now_ns))
		hole_abandon(channel, now_ns);
	if (recover->state == RECOVERY_ASKING)
		hole_ask(channel, now_ns);
}

static void hole_wait(struct channel *channel, uint64_t now_ns)
{
	struct recover *recover = &channel->recover;
	bool is_broken = (channel->stale_reasons & STALE_UNSOUND) != 0 &&
			 channel->config->recovery.has_snapshot;
	if (!channel_has_hole(channel) && !is_broken) {
		if (recover->state == RECOVERY_WAITING)
			hole_close(channel, now_ns);
		return;
	}
	if (recover->state == RECOVERY_NONE) {
		recover->state = RECOVERY_WAITING;
		channel->requested = word_get(&channel->page->lines[LINE_REQUESTED].wins);
		word_set(&channel->page->recovery, RECOVERY_WAITING);
		word_set(&channel->page->recovery_since_ns,
			is_broken ? now_ns : gap_since_ns(&channel->gap, channel->arbiter.next));
		word_set(&channel->page->sources_tried, 0);
	}
	bool is_due = is_broken || hole_is_due(channel, now_ns);
	bool is_tail = channel->gap.count == 0 && channel->config->recovery.has_requests;
	if (!is_due && !is_tail)
		return;
	if (is_due && channel_has_hole(channel))
		hole_say(channel, now_ns);
	hole_begin(channel, now_ns);
}

/* sequence_known gives the number below which all exist, as far as lines were believed. */
static uint64_t sequence_known(const struct channel *channel)
{
	return channel->known > channel->arbiter.next ? channel->known : channel->arbiter.next;
}

/* snapshot_fits refuses one that speaks of numbers nobody has heard of, or could not be read. */
static bool snapshot_fits(const struct channel *channel)
{
	uint64_t known = sequence_known(channel);
	uint64_t sequence = channel->recover.snapshot.sequence;
	return (sequence <= known || sequence - known <= ARBITER_BELIEVE_COUNT) &&
	       !(channel->is_building && channel->quotes.is_broken);
}

/* snapshot_splice puts the stream behind the snapshot that is in the books. */
static void snapshot_splice(struct channel *channel, uint64_t now_ns)
{
	bool is_proven = sequence_known(channel) >= channel->recover.snapshot.sequence;
	uint64_t sequence = channel->recover.snapshot.sequence, next = channel->arbiter.next;
	bool is_ahead = sequence > next;
	metrics_add(channel->metrics, is_ahead ? METRIC_feed_spared : METRIC_feed_rewound,
		is_ahead ? sequence - next : next - sequence);
	if (is_ahead)
		word_add(&channel->page->spared, sequence - next);
	/* What came and is not in the snapshot exists, unless lines themselves went back behind it: then one of them
	   must say where they are. */
	if ((channel->stale_reasons & STALE_BEHIND) == 0)
		gap_expect(&channel->gap, sequence, next, LINE_REQUESTED, now_ns);
	else
		is_proven &= sequence >= next;
	channel->arbiter.next = sequence;
	channel->is_building = channel->is_lossy = channel->is_full = false;
	quotes_mute(&channel->quotes, false);
	/* The spin told times of its own. */
	protocol_codec_forget(&channel->quotes.codec);
	/* Of numbers that no line has spoken of yet, one must speak first. */
	if (!is_proven)
		channel_mark(channel, STALE_SILENT, now_ns);
	channel->current_ns = now_ns;
	channel_unmark(channel, STALE_BROKEN);
	channel_unmark(channel, STALE_BEHIND);
	channel_part(channel);
	channel_drain(channel, now_ns);
	if (channel_has_hole(channel) && hole_count(channel) > ARBITER_BELIEVE_COUNT) {
		/* The venue itself has just said where it is: what we hold is from nowhere. */
		channel_disbelieve(channel);
		channel_mark(channel, STALE_SILENT, now_ns);
	}
	bool has_hole = channel_has_hole(channel), is_broken = !is_mendable(channel);
	if (!recover_spliced(
		    &channel->recover, has_hole ? hole_count(channel) : 0, is_broken, now_ns))
		hole_abandon(channel, now_ns);
	else if (!has_hole && !is_broken)
		hole_close(channel, now_ns);
	else if (has_hole)
		hole_tell(channel);
}

/* wish_of tells which snapshot would help: one behind what is held, or at least not before the books.  One packet alone is no
   proof that the venue has come so far, and where lines speak of old numbers it is we who may be wrong. */
static struct snapshot_wish wish_of(const struct channel *channel)
{
	const struct arbiter *arbiter = &channel->arbiter;
	struct snapshot_wish wish = {.has_session = arbiter->has_session,
		.unit = (uint8_t)channel->stream.number,
		.next = arbiter->next};
	memcpy(wish.session, arbiter->session, sizeof wish.session);
	if ((channel->stale_reasons & STALE_BEHIND) == 0)
		wish.until = channel->gap.count > 1 ? gap_end(&channel->gap) : arbiter->next;
	return wish;
}

static void hole_spin(struct channel *channel, uint64_t now_ns)
{
	const struct snapshot_wish wish = wish_of(channel);
	if (is_mendable(channel) && !channel_has_hole(channel)) {
		hole_close(channel, now_ns);
		return;
	}
	if (!channel->is_building && channel_has_hole(channel) && hole_is_due(channel, now_ns))
		hole_say(channel, now_ns);
	switch (recover_spin(&channel->recover, &wish, now_ns)) {
	case RECOVER_SPINS:
		return;
	case RECOVER_SPENT:
		hole_abandon(channel, now_ns);
		return;
	default: /* RECOVER_SPUN */
		if (snapshot_fits(channel))
			snapshot_splice(channel, now_ns);
		else
			recover_spoil(&channel->recover);
		return;
	}
}

static void hole_tend(struct channel *channel, uint64_t now_ns)
{
	switch ((enum recovery_state)channel->recover.state) {
	case RECOVERY_NONE:
	case RECOVERY_WAITING:
		hole_wait(channel, now_ns);
		return;
	case RECOVERY_ASKING:
		hole_ask(channel, now_ns);
		return;
	case RECOVERY_SNAPSHOT:
		hole_spin(channel, now_ns);
		return;
	default: /* RECOVERY_GIVEN_UP */
		while (channel_has_hole(channel) && hole_is_due(channel, now_ns)) {
			channel->is_full = false;
			hole_declare(channel, now_ns);
		}
		recover_again(&channel->recover, now_ns);
		return;
	}
}

/* silence_tend notices that nobody proves what is newest, and (after as long again) that lines speak all the
   same, but of old numbers: then it is we who are wrong. */
static void silence_tend(struct channel *channel, uint64_t now_ns)
{
	uint64_t max_silence_ns = channel->config->max_silence_ns;
	uint64_t silent_ns = now_ns - channel->current_ns;
	if (channel->current_ns == 0 || max_silence_ns == 0 || silent_ns <= max_silence_ns)
		return;
	channel_mark(channel, STALE_SILENT, now_ns);
	for (uint32_t line = 0; line < channel->config->line_count; line++)
		if (silent_ns > 2 * max_silence_ns && !channel->is_ended &&
			now_ns - word_get(&channel->page->lines[line].heard_ns) <= max_silence_ns)
			channel_mark(channel, STALE_BEHIND, now_ns);
}

/* end_tend marks a channel whose session is over and not a number of it missing.  Where a line goes on behind the end,
   whoever said it is wrong. */
static void end_tend(struct channel *channel, uint64_t now_ns)
{
	if (channel->arbiter.next > channel->end_next) {
		channel->is_ended = false;
		channel_unmark(channel, STALE_ENDED);
	} else if (!channel_has_hole(channel) && !channel->is_building) {
		channel_mark(channel, STALE_ENDED, now_ns);
	}
}

static void mend_turn(struct channel *channel, uint64_t now_ns)
{
	hole_tend(channel, now_ns);
	channel_flush(channel, now_ns);
	silence_tend(channel, now_ns);
	if (channel->is_ended)
		end_tend(channel, now_ns);
	channel_tell(channel);
}

void mend_hear(struct channel *channel, const struct channel_packet *packet, uint64_t now_ns)
{
	/* Units name no session: what nobody here asked for may be of the day before. */
	bool is_wanted = channel_has_hole(channel) && recover_has_asked(&channel->recover);
	metrics_add(channel->metrics, METRIC_feed_replies, 1);
	metrics_add(channel->metrics, METRIC_feed_answers, 1);
	enum recover_use use = is_wanted ? arrival_answer(channel, packet, now_ns) : RECOVER_OLD;
	recover_answered(&channel->recover, use, channel->arbiter.next, now_ns);
}

void mend_expire(struct channel *channel, uint64_t now_ns)
{
	uint64_t max_silence_ns = channel->config->max_silence_ns;
	bool is_silent = max_silence_ns != 0 && channel->current_ns != 0 &&
			 now_ns - channel->current_ns > max_silence_ns;
	if (UNLIKELY(channel->recover.state != RECOVERY_NONE || channel->stale_reasons != 0 ||
		     channel_has_hole(channel) || channel->is_ended || is_silent))
		mend_turn(channel, now_ns);
}
