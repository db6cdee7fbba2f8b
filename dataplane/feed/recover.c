/* recover.c - see recover.h. */
#include "dataplane/feed/recover.h"

#include "dataplane/shm/word.h"

void recover_init(struct recover *recover, const struct recovery_config *config,
	struct metrics *metrics, struct channel_state *page, uint64_t seed, snapshot_take *take,
	void *context)
{
	memset(recover, 0, sizeof *recover);
	recover->config = config;
	recover->metrics = metrics;
	recover->page = page;
	recover->random = seed;
	snapshot_init(&recover->snapshot, config, take, context);
}

static void state_set(struct recover *recover, enum recovery_state state)
{
	recover->state = (uint8_t)state;
	word_set(&recover->page->recovery, state);
}

static void source_note(struct recover *recover, uint64_t source)
{
	word_set(&recover->page->sources_tried, word_get(&recover->page->sources_tried) | source);
}

/* pause_ns doubles with every round and adds up to a quarter by the seed (splitmix64). */
static uint64_t pause_ns(struct recover *recover, uint64_t first_ns, uint32_t round)
{
	uint64_t z = recover->random += 0x9E3779B97F4A7C15ull;
	uint64_t pause = first_ns;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	while (round-- > 1 && pause < RECOVER_PAUSE_NS_MAX)
		pause *= 2;
	pause = pause < RECOVER_PAUSE_NS_MAX ? pause : RECOVER_PAUSE_NS_MAX;
	return pause + (z ^ z >> 31) % (pause / 4 + 1);
}

static bool can_ask(const struct recover *recover, uint64_t count)
{
	return recover->config->has_requests && recover->datagram != NULL &&
	       count <= recover->config->request_reach;
}

static uint64_t interval_ns(const struct recover *recover)
{
	return 1000000000u / recover->config->requests_per_s;
}

/* answers_drop drops what came after it was given up: by now its numbers may be another session's. */
static void answers_drop(struct recover *recover, uint64_t now_ns)
{
	struct datagram_packet packet;
	for (uint32_t i = 0; i < RECOVER_DROP_COUNT_MAX; i++) {
		if (!recover_receive(recover, &packet, now_ns))
			return;
		recover_answered(recover, RECOVER_OLD);
	}
}

static void asking_begin(struct recover *recover, uint64_t now_ns)
{
	answers_drop(recover, now_ns);
	recover->is_asked = false;
	recover->unanswered = 0;
	recover->ask_ns = now_ns;
	if (recover->asked_ns != 0 && now_ns - recover->asked_ns < interval_ns(recover))
		recover->ask_ns = recover->asked_ns + interval_ns(recover);
	state_set(recover, RECOVERY_ASKING);
}

bool recover_begin(struct recover *recover, uint64_t count, uint64_t now_ns)
{
	recover->began_ns = now_ns;
	recover->spins = 0;
	word_set(&recover->page->sources_tried, 0);
	if (can_ask(recover, count)) {
		asking_begin(recover, now_ns);
		return true;
	}
	return recover_escalate(recover, now_ns);
}

static void give_up(struct recover *recover, uint64_t now_ns)
{
	snapshot_stop(&recover->snapshot);
	recover->spin_ns = now_ns + recover->config->again_ns;
	state_set(recover, RECOVERY_GIVEN_UP);
}

bool recover_escalate(struct recover *recover, uint64_t now_ns)
{
	if (!recover->config->has_snapshot || recover->snapshot.stream == NULL ||
		recover->spins >= recover->config->snapshot_tries) {
		give_up(recover, now_ns);
		return false;
	}
	snapshot_stop(&recover->snapshot);
	recover->spin_ns = now_ns;
	if (recover->spins != 0)
		recover->spin_ns += pause_ns(recover, RECOVER_PAUSE_NS_MIN, recover->spins);
	else if (recover->spun_ns != 0 && recover->spun_ns + RECOVER_PAUSE_NS_MIN > now_ns)
		recover->spin_ns = recover->spun_ns + RECOVER_PAUSE_NS_MIN;
	state_set(recover, RECOVERY_SNAPSHOT);
	return true;
}

void recover_end(struct recover *recover)
{
	snapshot_stop(&recover->snapshot);
	recover->is_asked = false;
	state_set(recover, RECOVERY_NONE);
}

static bool is_server(const struct recovery_config *config, const struct endpoint *from)
{
	for (uint32_t i = 0; i < config->server_count; i++)
		if (config->servers[i].ip == from->ip && config->servers[i].port == from->port)
			return true;
	return false;
}

bool recover_receive(struct recover *recover, struct datagram_packet *packet, uint64_t now_ns)
{
	enum { STRANGER_COUNT_MAX = 16 }; /* a turn's work has a bound */
	for (uint32_t i = 0; i < STRANGER_COUNT_MAX; i++) {
		if (recover->datagram == NULL ||
			!datagram_receive(recover->datagram, packet, now_ns))
			return false;
		metrics_add(recover->metrics, METRIC_feed_answers, 1);
		if (!packet->is_cut && is_server(recover->config, &packet->from))
			return true;
		metrics_add(recover->metrics, METRIC_feed_answers_refused, 1);
	}
	return false;
}

void recover_answered(struct recover *recover, enum recover_use use)
{
	static const uint8_t metric_of[] = {[RECOVER_USED] = METRIC_feed_answers_used,
		[RECOVER_OLD] = METRIC_feed_answers_old,
		[RECOVER_REFUSED] = METRIC_feed_answers_refused};
	metrics_add(recover->metrics, metric_of[use], 1);
	if (use != RECOVER_USED)
		return;
	recover->is_asked = false;
	recover->unanswered = 0;
}

/* request_expire gives up the request under way and turns to the next server. */
static void request_expire(struct recover *recover, uint64_t now_ns)
{
	const struct recovery_config *config = recover->config;
	recover->is_asked = false;
	recover->unanswered++;
	recover->server = (uint8_t)((recover->server + 1) % config->server_count);
	metrics_add(recover->metrics, METRIC_feed_request_timeouts, 1);
	word_add(&recover->page->timeouts, 1);
	if (recover->unanswered % config->server_count == 0)
		recover->ask_ns = now_ns + pause_ns(recover, config->request_timeout_ns,
						   recover->unanswered / config->server_count);
}

bool recover_ask(struct recover *recover, const struct protocol_stream *stream,
	const char session[10], uint64_t first, uint64_t end, uint64_t now_ns)
{
	const struct recovery_config *config = recover->config;
	uint8_t request[PROTOCOL_REQUEST_BYTES_MAX];
	if (recover->is_asked && now_ns - recover->asked_ns >= config->request_timeout_ns)
		request_expire(recover, now_ns);
	if (recover->unanswered >= config->request_tries ||
		now_ns - recover->began_ns >= config->request_within_ns ||
		end - first > config->request_reach)
		return false;
	if (recover->is_asked || now_ns < recover->ask_ns)
		return true;
	uint64_t count = end - first;
	count = count < config->request_messages ? count : config->request_messages;
	uint32_t size =
		stream->row->request_write(session, first, (uint16_t)count, stream, request);
	bool is_sent = datagram_send(
		recover->datagram, &config->servers[recover->server], request, size, now_ns);
	metrics_add(
		recover->metrics, is_sent ? METRIC_feed_requests : METRIC_feed_requests_unsent, 1);
	word_add(&recover->page->requests, is_sent);
	source_note(recover, 1ull << recover->server);
	/* One that was not taken is as good as unanswered. */
	recover->is_asked = true;
	recover->asked_ns = now_ns;
	recover->ask_ns = now_ns + interval_ns(recover);
	return true;
}

static void spin_begin(struct recover *recover, uint64_t now_ns)
{
	recover->spins++;
	recover->spun_ns = now_ns;
	source_note(recover, SOURCE_SNAPSHOT);
	metrics_add(recover->metrics, METRIC_feed_snapshots_begun, 1);
	snapshot_start(&recover->snapshot, now_ns);
}

static void spin_count_failure(struct recover *recover)
{
	bool is_rejected = recover->snapshot.trouble == SNAPSHOT_REJECTED;
	metrics_add(recover->metrics,
		is_rejected ? METRIC_feed_snapshots_refused : METRIC_feed_snapshots_failed, 1);
	word_add(&recover->page->snapshots_failed, 1);
}

enum recover_spin recover_spin(struct recover *recover, uint64_t now_ns)
{
	struct snapshot *snapshot = &recover->snapshot;
	if (snapshot->phase == SNAPSHOT_IDLE && now_ns >= recover->spin_ns)
		spin_begin(recover, now_ns);
	snapshot_tick(snapshot, now_ns);
	if (snapshot->phase == SNAPSHOT_DONE)
		return RECOVER_SPUN;
	if (snapshot->phase != SNAPSHOT_FAILED)
		return RECOVER_SPINS;
	spin_count_failure(recover);
	return recover_escalate(recover, now_ns) ? RECOVER_SPINS : RECOVER_SPENT;
}

void recover_spoil(struct recover *recover)
{
	recover->snapshot.phase = SNAPSHOT_FAILED;
	recover->snapshot.trouble = SNAPSHOT_NONSENSE;
}

bool recover_spliced(struct recover *recover, uint64_t count, uint64_t now_ns)
{
	snapshot_stop(&recover->snapshot);
	metrics_add(recover->metrics, METRIC_feed_snapshots, 1);
	word_add(&recover->page->snapshots, 1);
	/* What lies between is asked for with all the time there is. */
	recover->began_ns = now_ns;
	if (count == 0)
		return true;
	if (can_ask(recover, count)) {
		asking_begin(recover, now_ns);
		return true;
	}
	return recover_escalate(recover, now_ns);
}

bool recover_again(struct recover *recover, uint64_t now_ns)
{
	if (recover->config->again_ns == 0 || now_ns < recover->spin_ns)
		return false;
	recover->spins = 0;
	return recover_escalate(recover, now_ns);
}
