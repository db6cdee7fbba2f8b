/* recover.c - see recover.h. */
#include "dataplane/feed/recover.h"

#include "dataplane/shm/word.h"

#define SECOND_NS UINT64_C(1000000000)
#define MINUTE_NS (60 * SECOND_NS)

void recover_init(struct recover *recover, const struct recovery_config *config,
	const struct protocol_row *row, struct metrics *metrics, struct channel_state *page,
	uint64_t seed, snapshot_take *take, void *context)
{
	memset(recover, 0, sizeof *recover);
	recover->config = config;
	recover->row = row;
	recover->metrics = metrics;
	recover->page = page;
	recover->random = seed;
	proxy_init(&recover->proxy, config);
	snapshot_init(&recover->snapshot, config, row->snapshot, take, context);
}

void recover_speak_by(struct recover *recover, struct stream *stream, struct datagram *datagram)
{
	recover->datagram = datagram;
	recover->proxy.stream = stream;
	recover->snapshot.stream = stream;
}

void recover_on_event(struct recover *recover, const struct stream_event *event, uint64_t now_ns)
{
	if (event->connection == recover->snapshot.connection)
		snapshot_on_event(&recover->snapshot, event, now_ns);
	else if (event->connection == recover->proxy.connection)
		proxy_on_event(&recover->proxy, event, now_ns);
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
	bool has_way =
		recover->row->has_proxy ? recover->proxy.stream != NULL : recover->datagram != NULL;
	return recover->config->has_requests && has_way && count <= recover->config->request_reach;
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
		recover_answered(recover, RECOVER_OLD, 0, now_ns);
	}
}

/* quota_wait asks again not before a time, if that is before asking ends. */
static void quota_wait(struct recover *recover, uint64_t until_ns)
{
	recover->is_asked = false;
	if (recover->ask_ns < until_ns)
		recover->ask_ns = until_ns;
	recover->is_hopeless |=
		recover->ask_ns - recover->began_ns >= recover->config->request_within_ns;
}

/* server_turn turns to the next server that is not barred, from one on; with none, to the one that is so again first. */
static void server_turn(struct recover *recover, uint32_t from, uint64_t now_ns)
{
	uint64_t least_ns = UINT64_MAX;
	for (uint32_t i = 0; i < recover->config->server_count && least_ns > now_ns; i++) {
		uint32_t server = (from + i) % recover->config->server_count;
		if (recover->barred_ns[server] >= least_ns)
			continue;
		least_ns = recover->barred_ns[server];
		recover->server = (uint8_t)server;
	}
	if (least_ns > now_ns)
		quota_wait(recover, least_ns);
}

static void asking_begin(struct recover *recover, uint64_t now_ns)
{
	answers_drop(recover, now_ns);
	recover->is_asked = recover->is_entering = recover->is_hopeless = false;
	recover->unanswered = 0;
	recover->asked_end = 0;
	recover->ask_ns = now_ns;
	if (recover->asked_ns != 0 && now_ns - recover->asked_ns < interval_ns(recover))
		recover->ask_ns = recover->asked_ns + interval_ns(recover);
	server_turn(recover, recover->server, now_ns);
	state_set(recover, RECOVERY_ASKING);
}

static bool begin(struct recover *recover, uint64_t count, uint32_t relapses, uint64_t now_ns)
{
	recover->began_ns = now_ns;
	recover->spins = recover->relapses = relapses;
	word_set(&recover->page->sources_tried, 0);
	if (can_ask(recover, count)) {
		asking_begin(recover, now_ns);
		return true;
	}
	return recover_escalate(recover, now_ns);
}

bool recover_begin(struct recover *recover, uint64_t count, uint64_t now_ns)
{
	return begin(recover, count, 0, now_ns);
}

bool recover_begin_broken(struct recover *recover, uint64_t count, uint64_t now_ns)
{
	bool is_relapse =
		recover->spliced_ns != 0 && now_ns - recover->spliced_ns < RECOVER_RELAPSE_NS;
	return begin(recover, count, is_relapse ? recover->relapses + 1 : 0, now_ns);
}

static void give_up(struct recover *recover, uint64_t now_ns)
{
	snapshot_stop(&recover->snapshot);
	proxy_stop(&recover->proxy);
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
	proxy_stop(&recover->proxy);
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
	proxy_stop(&recover->proxy);
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

/* request_end: what was asked for is there.  A login that is under way goes on. */
static void request_end(struct recover *recover)
{
	recover->unanswered = 0;
	recover->is_asked = recover->is_entering;
	proxy_answered(&recover->proxy);
}

void recover_answered(struct recover *recover, enum recover_use use, uint64_t next, uint64_t now_ns)
{
	static const uint8_t metric_of[] = {[RECOVER_USED] = METRIC_feed_answers_used,
		[RECOVER_OLD] = METRIC_feed_answers_old,
		[RECOVER_REFUSED] = METRIC_feed_answers_refused};
	metrics_add(recover->metrics, metric_of[use], 1);
	if (use != RECOVER_USED)
		return;
	recover->unanswered = 0;
	/* The rest of a long answer is under way: it is not asked for again before it is late. */
	if (recover->row->has_long_answers && next < recover->asked_end)
		recover->asked_ns = now_ns;
	else
		request_end(recover);
}

/* request_fail ends the request under way and turns to the next server; behind a round of all of them a pause begins.  Who was
   asked is left: its connection may be dead without a word, its letters would be taken for the next one's, and in a
   pause the login is free for other units. */
static void request_fail(struct recover *recover, uint64_t now_ns)
{
	const struct recovery_config *config = recover->config;
	proxy_stop(&recover->proxy);
	recover->is_asked = recover->is_entering = false;
	recover->unanswered++;
	if (recover->unanswered % config->server_count == 0)
		recover->ask_ns = now_ns + pause_ns(recover, config->request_timeout_ns,
						   recover->unanswered / config->server_count);
	server_turn(recover, recover->server + 1u, now_ns);
}

/* request_expire gives up the request under way. */
static void request_expire(struct recover *recover, uint64_t now_ns)
{
	metrics_add(recover->metrics, METRIC_feed_request_timeouts, 1);
	word_add(&recover->page->timeouts, 1);
	request_fail(recover, now_ns);
}

/* bar_ns tells for how long a server that said a letter is left alone.  Who asks or logs in again and again is locked out. */
static uint64_t bar_ns(struct recover *recover, uint8_t letter)
{
	bool is_login = recover->proxy.is_login;
	if (letter == 'U' || letter == PROXY_CLOSED)
		return 0; /* it may be there in a moment */
	if (is_login && letter == 'B')
		return pause_ns(recover, SECOND_NS,
			recover->unanswered / recover->config->server_count + 1);
	return !is_login && letter == 'M' ? MINUTE_NS : RECOVER_BAR_NS;
}

/* refusal_take does what a letter of the proxy's asks for. */
static void refusal_take(struct recover *recover, uint8_t letter, uint64_t now_ns)
{
	bool is_login = recover->proxy.is_login;
	metrics_add(recover->metrics, METRIC_feed_requests_refused, 1);
	word_add(&recover->page->requests_refused, 1);
	word_set(&recover->page->refusal, letter);
	if (!is_login && letter == 'O') {
		recover->is_hopeless = true; /* what one has no more the others have no more */
	} else if (!is_login && letter == 'S') {
		quota_wait(recover, now_ns + SECOND_NS);
	} else {
		recover->barred_ns[recover->proxy.server] = now_ns + bar_ns(recover, letter);
		request_fail(recover, now_ns);
	}
}

/* proxy_tend keeps the connection to the server whose turn it is.  true: a request may go over it now. */
static bool proxy_tend(struct recover *recover, uint64_t now_ns)
{
	struct proxy *proxy = &recover->proxy;
	bool is_there = proxy->phase == PROXY_READY;
	if (recover->is_entering && is_there) {
		recover->is_asked = recover->is_entering = false;
		recover->ask_ns = now_ns;
	}
	if (is_there || recover->is_asked || now_ns < recover->ask_ns)
		return is_there;
	proxy_start(proxy, recover->server, now_ns);
	source_note(recover, 1ull << recover->server);
	recover->is_asked = recover->is_entering = true;
	recover->asked_ns = now_ns;
	return false;
}

/* request_send sends a request as the protocol writes and carries it. */
static void request_send(struct recover *recover, const struct protocol_stream *stream,
	const char session[10], uint64_t first, uint16_t count, uint64_t now_ns)
{
	uint8_t request[PROTOCOL_REQUEST_BYTES_MAX];
	uint32_t size = recover->row->request_write(session, first, count, stream, request);
	bool is_sent = recover->row->has_proxy ? proxy_ask(&recover->proxy, request, size, now_ns)
					       : datagram_send(recover->datagram,
							 &recover->config->servers[recover->server],
							 request, size, now_ns);
	metrics_add(
		recover->metrics, is_sent ? METRIC_feed_requests : METRIC_feed_requests_unsent, 1);
	word_add(&recover->page->requests, is_sent);
	source_note(recover, 1ull << recover->server);
	/* One that was not taken is as good as unanswered. */
	recover->is_asked = true;
	recover->asked_ns = now_ns;
	recover->asked_end = first + count;
	recover->ask_ns = now_ns + interval_ns(recover);
}

bool recover_ask(struct recover *recover, const struct protocol_stream *stream,
	const char session[10], uint64_t first, uint64_t end, uint64_t now_ns)
{
	const struct recovery_config *config = recover->config;
	/* The other line may have brought the rest: nothing of it is late then. */
	if (recover->is_asked && !recover->is_entering && first >= recover->asked_end)
		request_end(recover);
	uint8_t letter = proxy_refusal(&recover->proxy);
	if (letter != 0)
		refusal_take(recover, letter, now_ns);
	if (recover->is_asked && now_ns - recover->asked_ns >= config->request_timeout_ns)
		request_expire(recover, now_ns);
	if (recover->is_hopeless || recover->unanswered >= config->request_tries ||
		now_ns - recover->began_ns >= config->request_within_ns ||
		end - first > config->request_reach)
		return false;
	proxy_tick(&recover->proxy, now_ns);
	if (recover->row->has_proxy && !proxy_tend(recover, now_ns))
		return true;
	if (recover->is_asked || now_ns < recover->ask_ns)
		return true;
	uint64_t count = end - first;
	count = count < config->request_messages ? count : config->request_messages;
	request_send(recover, stream, session, first, (uint16_t)count, now_ns);
	return true;
}

static void spin_begin(struct recover *recover, const struct snapshot_wish *wish, uint64_t now_ns)
{
	recover->spins++;
	recover->spun_ns = now_ns;
	source_note(recover, SOURCE_SNAPSHOT);
	metrics_add(recover->metrics, METRIC_feed_snapshots_begun, 1);
	snapshot_start(&recover->snapshot, wish, now_ns);
}

static void spin_count_failure(struct recover *recover)
{
	uint8_t trouble = recover->snapshot.trouble;
	bool is_rejected = trouble == SNAPSHOT_REJECTED || trouble == SNAPSHOT_REFUSED ||
			   trouble == SNAPSHOT_OTHER_SESSION;
	metrics_add(recover->metrics,
		is_rejected ? METRIC_feed_snapshots_refused : METRIC_feed_snapshots_failed, 1);
	word_add(&recover->page->snapshots_failed, 1);
	word_set(&recover->page->snapshot_trouble, trouble);
}

enum recover_spin recover_spin(
	struct recover *recover, const struct snapshot_wish *wish, uint64_t now_ns)
{
	struct snapshot *snapshot = &recover->snapshot;
	snapshot->wish = *wish;
	if (snapshot->phase == SNAPSHOT_IDLE && now_ns >= recover->spin_ns)
		spin_begin(recover, wish, now_ns);
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

bool recover_spliced(struct recover *recover, uint64_t count, bool is_broken, uint64_t now_ns)
{
	snapshot_stop(&recover->snapshot);
	metrics_add(recover->metrics, METRIC_feed_snapshots, 1);
	word_add(&recover->page->snapshots, 1);
	/* What lies between is asked for with all the time there is. */
	recover->began_ns = recover->spliced_ns = now_ns;
	if (count == 0 && !is_broken)
		return true;
	/* Books that are broken messages do not mend. */
	if (!is_broken && can_ask(recover, count)) {
		asking_begin(recover, now_ns);
		return true;
	}
	return recover_escalate(recover, now_ns);
}

bool recover_again(struct recover *recover, uint64_t now_ns)
{
	if (recover->config->again_ns == 0 || now_ns < recover->spin_ns)
		return false;
	recover->spins = recover->relapses = 0;
	return recover_escalate(recover, now_ns);
}
