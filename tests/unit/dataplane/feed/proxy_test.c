/* proxy_test.c - what recovery says to Cboe's gap request proxy, and what it makes of every letter that comes back.
   rooms: tools_exchange dataplane_feed */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/feed/recover.h"
#include "drivers/stream/stream_sim.h"
#include "tools/exchange/cboe.h"

#define MS_NS UINT64_C(1000000)

enum { UNIT = 7, SERVERS = 2, PORT = 30000, TOLD = 500 };

static struct recovery_config config;
static struct metrics metrics;
static struct channel_state page;
static struct recover recover;
static struct protocol_stream stream;
static struct stream_sim_net *net;
static struct stream *client;
static struct cboe cboes[SERVERS];
static uint64_t now_ns;
static uint64_t replied_first, replied_end; /* by the last request, on line 0 */

static void take(void *context, const struct mold64_block *blocks, uint32_t count, uint64_t at_ns)
{
	(void)context, (void)blocks, (void)count, (void)at_ns;
}

static void on_reply(
	void *context, uint32_t line, const uint8_t *bytes, uint32_t size_bytes, uint64_t at_ns)
{
	struct pitch_unit_header header;
	(void)context, (void)at_ns;
	assert_true(pitch_unit_parse_header(bytes, size_bytes, &header));
	assert_int_equal(header.unit, UNIT);
	if (line != 0)
		return;
	if (header.sequence != replied_end)
		replied_first = header.sequence;
	replied_end = header.sequence + header.count;
}

static int net_open(void **state)
{
	static const char *const addresses[] = {"10.0.0.1", "10.0.0.2"};
	struct config_error error;
	(void)state;
	config = (struct recovery_config){.is_configured = 1,
		.has_requests = 1,
		.server_count = SERVERS,
		.servers = {{0x0A000001, PORT}, {0x0A000002, PORT + 1}},
		.request_messages = 100,
		.request_reach = 1000,
		.requests_per_s = 300,
		.request_tries = 6,
		.request_timeout_ns = 20 * MS_NS,
		.request_within_ns = 10000 * MS_NS,
		.request_sub_id = "0001",
		.request_username = "FIRM",
		.request_password = "secret"};
	net = stream_sim_net_open(1, 16, 1 << 16);
	client = stream_sim_open(net);
	for (uint32_t i = 0; i < SERVERS; i++) {
		const uint8_t message[14] = {14, 0x29};
		cboe_init(&cboes[i], UNIT, 1 << 16, on_reply, NULL);
		cboes[i].gaps = stream_sim_open(net);
		cboes[i].session_sub_id = "0001";
		cboes[i].username = "FIRM";
		cboes[i].password = "secret";
		assert_int_not_equal(
			stream_listen(cboes[i].gaps, addresses[i], (uint16_t)(PORT + i), &error),
			0);
		for (uint32_t n = 0; n < TOLD; n++)
			cboe_say(&cboes[i], message, sizeof message);
	}
	memset(&metrics, 0, sizeof metrics);
	memset(&page, 0, sizeof page);
	protocol_stream_init(
		&stream, &(struct channel_config){
				 .protocol = PROTOCOL_PITCH, .has_number = 1, .number = UNIT});
	recover_init(&recover, &config, stream.row, &metrics, &page, 1, take, NULL);
	recover_speak_by(&recover, client, NULL);
	now_ns = 1000 * MS_NS;
	replied_first = replied_end = 0;
	return 0;
}

static int net_close(void **state)
{
	(void)state;
	recover_end(&recover);
	for (uint32_t i = 0; i < SERVERS; i++) {
		stream_close(cboes[i].gaps);
		cboe_free(&cboes[i]);
	}
	stream_close(client);
	stream_sim_net_close(net);
	return 0;
}

static void hear(void)
{
	struct stream_event event;
	while (stream_poll(client, &event, 1) == 1)
		recover_on_event(&recover, &event, now_ns);
}

/* turn lets everybody speak and asks for first .. end - 1, until nothing moves. */
static bool turn(uint64_t first, uint64_t end)
{
	bool goes_on = true;
	for (uint32_t i = 0; i < 50 && goes_on; i++) {
		goes_on = recover_ask(&recover, &stream, "unit 7    ", first, end, now_ns);
		cboe_turn(&cboes[0], now_ns);
		cboe_turn(&cboes[1], now_ns);
		hear();
	}
	return goes_on;
}

static uint64_t counted(enum metric metric)
{
	return metrics_get(&metrics, metric);
}

/* say has a server say one message to who asked it first. */
static void say(uint32_t server, const struct pitch_proxy_message *said)
{
	uint8_t message[PITCH_PROXY_SIZE_MAX], packet[PITCH_PROXY_PACKET_BYTES];
	uint32_t size = pitch_proxy_packet(packet, message, pitch_proxy_answer(message, said));
	assert_true(
		stream_send(cboes[server].gaps, cboes[server].clients[0].connection, packet, size));
}

static void say_letter(uint32_t server, uint8_t unit, uint32_t sequence, uint8_t letter)
{
	say(server, &(struct pitch_proxy_message){.type = PITCH_PROXY_GAP_RESPONSE,
			    .unit = unit,
			    .sequence = sequence,
			    .count = 40,
			    .status = letter});
}

static void hang_up(uint32_t server)
{
	stream_shut(cboes[server].gaps, cboes[server].clients[0].connection, false);
}

static uint32_t client_count(uint32_t server)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < CBOE_CLIENT_MAX; i++)
		count += cboes[server].clients[i].connection != CONNECTION_NONE;
	return count;
}

static void who_logs_in_may_ask_and_is_answered_on_lines(void **state)
{
	(void)state;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.logins, 1);
	assert_int_equal(cboes[0].counts.requests, 1);
	assert_int_equal(replied_first, 11);
	assert_int_equal(replied_end, 51);
	assert_int_equal(page.requests, 1);
	assert_int_equal(page.refusal, 0);
	assert_int_equal(page.sources_tried, 1);
	assert_true(recover_is_connected(&recover));
	recover_end(&recover);
	assert_false(recover_is_connected(&recover));
}

/* A request's messages come in many packets: the rest is under way, and a quota is not for asking twice. */
static void what_is_under_way_is_not_asked_for_again_before_it_is_late(void **state)
{
	(void)state;
	assert_true(recover_begin(&recover, 300, now_ns));
	assert_true(turn(11, 311));
	assert_int_equal(replied_end, 111);
	now_ns += 15 * MS_NS;
	recover_answered(&recover, RECOVER_USED, 60, now_ns);
	now_ns += 15 * MS_NS;
	assert_true(turn(60, 311));
	assert_int_equal(cboes[0].counts.requests, 1);
	recover_answered(&recover, RECOVER_USED, 111, now_ns);
	assert_true(turn(111, 311));
	assert_int_equal(cboes[0].counts.requests, 2);
	assert_int_equal(replied_end, 211);
	now_ns += 20 * MS_NS; /* nothing came of it: another server is asked */
	assert_true(turn(111, 311));
	assert_int_equal(page.timeouts, 1);
	assert_int_equal(cboes[1].counts.requests, 1);
	assert_int_equal(page.sources_tried, 3);
}

static void what_is_out_of_range_is_asked_for_nowhere_else(void **state)
{
	(void)state;
	cboes[0].limits.reach = 100;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_false(turn(11, 51));
	assert_int_equal(page.refusal, 'O');
	assert_int_equal(page.requests_refused, 1);
	assert_int_equal(counted(METRIC_feed_requests_refused), 1);
	assert_int_equal(cboes[1].counts.connections, 0);
}

static void a_quota_of_the_second_is_waited_for(void **state)
{
	(void)state;
	cboes[0].limits.per_s = 0;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	assert_int_equal(page.refusal, 'S');
	cboes[0].limits.per_s = 100;
	now_ns += 900 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.requests, 1);
	now_ns += 100 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.requests, 2);
	assert_int_equal(replied_end, 51);
}

static void a_quota_of_the_minute_sends_us_to_the_next_server_and_then_away(void **state)
{
	(void)state;
	cboes[0].limits.per_minute = cboes[1].limits.per_minute = 0;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	assert_int_equal(page.refusal, 'M');
	now_ns += 10 * MS_NS;
	assert_false(turn(11, 51));
	assert_int_equal(cboes[1].counts.requests, 1);
}

static void a_quota_of_the_minute_is_waited_for_where_there_is_time(void **state)
{
	(void)state;
	config.server_count = 1;
	config.request_within_ns = 70000 * MS_NS;
	cboes[0].limits.per_minute = 0;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	cboes[0].limits.per_minute = 100;
	now_ns += 59900 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.connections, 1);
	now_ns += 100 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.accepted, 1);
}

static void a_quota_of_the_day_sends_us_to_the_next_server_and_then_away(void **state)
{
	(void)state;
	cboes[0].limits.per_day = 0;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	assert_int_equal(page.refusal, 'D');
	now_ns += 10 * MS_NS; /* the rate allows the next */
	assert_true(turn(11, 51));
	assert_int_equal(cboes[1].counts.accepted, 1);
	cboes[1].limits.per_day = 0;
	now_ns += 100 * MS_NS;
	bool goes_on = true;
	for (uint32_t i = 0; i < 20 && goes_on; i++, now_ns += 100 * MS_NS)
		goes_on = turn(11, 51);
	assert_false(goes_on);
	assert_int_equal(cboes[0].counts.requests, 1); /* it is never asked again */
}

static void a_login_that_is_not_authorised_is_not_tried_twice(void **state)
{
	(void)state;
	cboes[0].password = cboes[1].password = "other";
	assert_true(recover_begin(&recover, 40, now_ns));
	bool goes_on = true;
	for (uint32_t i = 0; i < 20 && goes_on; i++, now_ns += 100 * MS_NS)
		goes_on = turn(11, 51);
	assert_false(goes_on);
	assert_int_equal(page.refusal, 'N');
	assert_int_equal(cboes[0].counts.login_rejects, 1);
	assert_int_equal(cboes[1].counts.login_rejects, 1);
	assert_int_equal(page.requests, 0);
}

/* Many wrong logins lock a firm out: new holes are no reason for more of them. */
static void a_server_that_sent_us_away_is_not_asked_by_the_next_recovery_either(void **state)
{
	(void)state;
	cboes[0].password = "other";
	cboes[1].limits.per_day = 0;
	for (uint32_t hole = 0; hole < 10; hole++, now_ns += 20000 * MS_NS) {
		bool goes_on = recover_begin(&recover, 40, now_ns);
		for (uint32_t i = 0; i < 20 && goes_on; i++, now_ns += 10 * MS_NS)
			goes_on = turn(11, 51);
		assert_false(goes_on);
		recover_end(&recover);
	}
	assert_int_equal(cboes[0].counts.connections, 1);
	assert_int_equal(cboes[1].counts.connections, 1);
	/* Not for ever: the site may have been set right. */
	cboes[0].password = "secret";
	now_ns += RECOVER_BAR_NS;
	assert_true(recover_begin(&recover, 40, now_ns));
	for (uint32_t i = 0; i < 2; i++, now_ns += 10 * MS_NS)
		assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.accepted, 1);
}

/* One server that sent us away does not keep us from the others. */
static void the_next_recovery_begins_with_who_takes_requests(void **state)
{
	(void)state;
	cboes[0].password = "other";
	for (uint32_t hole = 1; hole <= 3; hole++) {
		assert_true(recover_begin(&recover, 40, now_ns));
		for (uint32_t i = 0; i < 2; i++, now_ns += 10 * MS_NS)
			assert_true(turn(11, 51));
		assert_int_equal(cboes[1].counts.accepted, hole);
		recover_end(&recover);
		recover.server = 0;
	}
	assert_int_equal(cboes[0].counts.login_rejects, 1);
}

/* Somebody else has the sessions, and lives. */
static void sessions_take(void)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		cboes[i].clients[15] =
			(struct cboe_client){.connection = 999, .is_logged_in = true};
}

static void sessions_keep(void)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		cboes[i].clients[15].received_ns = cboes[i].clients[15].sent_ns = now_ns;
}

static void sessions_leave(void)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		cboes[i].clients[15].connection = CONNECTION_NONE;
}

/* Another channel of ours may have the session for a moment. */
static void a_session_in_use_is_tried_again_until_tries_are_over(void **state)
{
	(void)state;
	uint64_t began_ns = now_ns, rejects = 0, second_ns = 0;
	sessions_take();
	assert_true(recover_begin(&recover, 40, now_ns));
	for (bool goes_on = true; goes_on; now_ns += 10 * MS_NS) {
		sessions_keep();
		goes_on = turn(11, 51);
		rejects = cboes[0].counts.login_rejects + cboes[1].counts.login_rejects;
		if (rejects == 3 && second_ns == 0)
			second_ns = now_ns;
	}
	assert_int_equal(page.refusal, 'B');
	assert_int_equal(rejects, 6);
	/* A second behind the first round, two behind the second, each up to a quarter longer. */
	assert_in_range(second_ns - began_ns, 1000 * MS_NS, 1270 * MS_NS);
	assert_in_range(now_ns - second_ns, 2000 * MS_NS, 2600 * MS_NS);
	/* Nor does the next hole come sooner. */
	recover_end(&recover);
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.login_rejects + cboes[1].counts.login_rejects, 6);
	sessions_leave();
	now_ns += 5000 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.accepted + cboes[1].counts.accepted, 1);
}

static void where_nobody_is_or_answers_the_next_is_asked_and_then_it_is_over(void **state)
{
	(void)state;
	cboes[0].is_mute = true;
	cboes[1].deaf = UINT64_MAX;
	assert_true(recover_begin(&recover, 40, now_ns));
	bool goes_on = true;
	uint32_t turns = 0;
	for (; turns < 2000 && goes_on; turns++, now_ns += 10 * MS_NS)
		goes_on = turn(11, 51);
	assert_false(goes_on);
	assert_int_equal(counted(METRIC_feed_request_timeouts) + page.requests_refused, 6);
	assert_true(page.timeouts > 0);
	assert_int_equal(page.refusal, PROXY_CLOSED);
	assert_int_equal(page.sources_tried, 3);
}

static void a_proxy_that_talks_nonsense_is_left(void **state)
{
	static const uint8_t wrong[][12] = {
		{7, 0, 0, 0},                               /* a header shorter than itself   */
		{12, 0, 1, 0, 0, 0, 0, 0, 4, 0x29, 0, 0},   /* a message of the feed          */
		{11, 0, 1, 0, 0, 0, 0, 0, 3, 0x02, 'A', 0}, /* a login that is in already     */
		{12, 0, 1, 0, 0, 0, 0, 0, 9, 0x02, 'A', 0}, /* a length that runs past the end */
	};
	for (uint32_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		if (i > 0)
			net_open(state);
		assert_true(recover_begin(&recover, 40, now_ns));
		assert_true(turn(11, 51));
		assert_true(stream_send(
			cboes[0].gaps, cboes[0].clients[0].connection, wrong[i], i == 2 ? 11 : 12));
		assert_true(turn(11, 51));
		assert_int_equal(page.refusal, PROXY_NONSENSE);
		now_ns += 10 * MS_NS;
		assert_true(turn(11, 51));
		assert_int_equal(cboes[1].counts.logins, 1);
		if (i + 1 < ARRAY_COUNT(wrong))
			net_close(state);
	}
}

/* The letter and the end of the connection come in one turn. */
static void a_letter_is_read_although_the_proxy_hangs_up_behind_it(void **state)
{
	static const uint8_t letters[] = {'D', 'O', 'S', 'I'};
	for (uint32_t i = 0; i < ARRAY_COUNT(letters); i++) {
		if (i > 0)
			net_open(state);
		cboes[0].deaf = 1;
		assert_true(recover_begin(&recover, 40, now_ns));
		assert_true(turn(11, 51));
		say_letter(0, UNIT, 11, letters[i]);
		hang_up(0);
		assert_int_equal(turn(11, 51), letters[i] != 'O');
		assert_int_equal(page.refusal, letters[i]);
		assert_int_equal(page.requests_refused, 1);
		if (i + 1 < ARRAY_COUNT(letters))
			net_close(state);
	}
}

/* Neither our own letters nor none come by the wire. */
static void a_letter_that_no_proxy_knows_is_nonsense(void **state)
{
	static const uint8_t letters[] = {0, 'X', 'N', 'B', PROXY_CLOSED, PROXY_NONSENSE};
	for (uint32_t i = 0; i < ARRAY_COUNT(letters); i++) {
		if (i > 0)
			net_open(state);
		cboes[0].deaf = 1;
		assert_true(recover_begin(&recover, 40, now_ns));
		assert_true(turn(11, 51));
		say_letter(0, UNIT, 11, letters[i]);
		assert_true(turn(11, 51));
		assert_int_equal(page.refusal, PROXY_NONSENSE);
		now_ns += 10 * MS_NS;
		assert_true(turn(11, 51));
		assert_int_equal(cboes[1].counts.logins, 1);
		assert_int_equal(client_count(0), 0);
		if (i + 1 < ARRAY_COUNT(letters))
			net_close(state);
	}
}

static void a_login_is_answered_by_letters_of_logins_alone(void **state)
{
	static const uint8_t letters[] = {0, 'O', 'D', 'U', PROXY_CLOSED};
	for (uint32_t i = 0; i < ARRAY_COUNT(letters); i++) {
		struct stream_event event;
		if (i > 0)
			net_open(state);
		assert_true(recover_begin(&recover, 40, now_ns));
		assert_true(recover_ask(&recover, &stream, "unit 7    ", 11, 51, now_ns));
		while (stream_poll(cboes[0].gaps, &event, 1) != 1)
			hear();
		assert_int_equal(event.kind, STREAM_OPENED);
		cboes[0].clients[0].connection = event.connection;
		while (recover.proxy.phase != PROXY_LOGGING_IN)
			hear();
		say(0, &(struct pitch_proxy_message){
			       .type = PITCH_PROXY_LOGIN_RESPONSE, .status = letters[i]});
		for (uint32_t n = 0; n < 50; n++) {
			stream_poll(cboes[0].gaps, &event, 1);
			hear();
		}
		assert_true(recover_ask(&recover, &stream, "unit 7    ", 11, 51, now_ns));
		assert_int_equal(page.refusal, PROXY_NONSENSE);
		if (i + 1 < ARRAY_COUNT(letters))
			net_close(state);
	}
}

static void a_letter_to_a_request_that_is_over_is_not_taken(void **state)
{
	static const uint8_t letters[] = {'O', 'D', 'A', 'U'};
	(void)state;
	assert_true(recover_begin(&recover, 140, now_ns));
	assert_true(turn(11, 151));
	recover_answered(&recover, RECOVER_USED, 111, now_ns);
	say_letter(0, UNIT, 11, 'O'); /* before the next is asked */
	assert_true(turn(111, 151));
	assert_int_equal(page.refusal, 0);
	now_ns += 5 * MS_NS;
	cboes[0].deaf = 1;
	assert_true(turn(111, 151));
	assert_int_equal(cboes[0].counts.requests, 2);
	for (uint32_t i = 0; i < ARRAY_COUNT(letters); i++)
		say_letter(0, UNIT, 11, letters[i]);
	assert_true(turn(111, 151));
	assert_int_equal(page.refusal, 0);
	assert_int_equal(page.requests_refused, 0);
	say_letter(0, UNIT, 111, 'O');
	assert_false(turn(111, 151));
	assert_int_equal(page.refusal, 'O');
}

/* Here the other line brings all of it, and then a letter comes. */
static void a_range_that_came_by_the_other_line_waits_for_no_letter(void **state)
{
	(void)state;
	cboes[0].deaf = 1;
	assert_true(recover_begin(&recover, 140, now_ns));
	assert_true(turn(11, 151));
	say_letter(0, UNIT, 11, 'O');
	for (uint32_t i = 0; i < 50; i++) {
		cboe_turn(&cboes[0], now_ns);
		hear();
	}
	now_ns += 5 * MS_NS;
	assert_true(turn(111, 151));
	assert_int_equal(page.refusal, 0);
	assert_int_equal(cboes[0].counts.accepted, 1);
	/* And while a connection is made: the login goes on. */
	recover_end(&recover);
	now_ns += 5 * MS_NS;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(recover_ask(&recover, &stream, "unit 7    ", 200, 240, now_ns));
	assert_true(turn(220, 240));
	assert_int_equal(cboes[0].counts.logins, 2);
	assert_int_equal(cboes[0].counts.accepted, 2);
}

/* A letter may wait to be read while the messages come all the same. */
static void a_letter_that_was_not_read_goes_with_its_request(void **state)
{
	(void)state;
	cboes[0].deaf = 1;
	assert_true(recover_begin(&recover, 140, now_ns));
	assert_true(turn(11, 151));
	say_letter(0, UNIT, 11, 'O');
	for (uint32_t i = 0; i < 50; i++) {
		cboe_turn(&cboes[0], now_ns);
		hear();
	}
	recover_answered(&recover, RECOVER_USED, 111, now_ns);
	now_ns += 5 * MS_NS;
	assert_true(turn(111, 151));
	assert_int_equal(page.refusal, 0);
	assert_int_equal(cboes[0].counts.accepted, 1);
}

static void a_letter_about_what_was_not_asked_is_nonsense(void **state)
{
	static const struct {
		uint8_t unit, letter;
		bool is_asked;
	} wrong[] = {{UNIT + 1, 'I', true}, {UNIT + 1, 'A', true}, {UNIT, 'A', false}};
	for (uint32_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		if (i > 0)
			net_open(state);
		cboes[0].deaf = 1;
		assert_true(recover_begin(&recover, 40, now_ns));
		while (recover.proxy.phase != PROXY_READY) {
			assert_true(recover_ask(&recover, &stream, "unit 7    ", 11, 51, now_ns));
			cboe_turn(&cboes[0], now_ns);
			hear();
		}
		if (wrong[i].is_asked)
			assert_true(turn(11, 51));
		say_letter(0, wrong[i].unit, 11, wrong[i].letter);
		for (uint32_t n = 0; n < 50; n++) {
			cboe_turn(&cboes[0], now_ns);
			hear();
		}
		assert_true(turn(11, 51));
		assert_int_equal(page.refusal, PROXY_NONSENSE);
		if (i + 1 < ARRAY_COUNT(wrong))
			net_close(state);
	}
}

/* Behind a round of both servers lies a pause: the login is free for other units, and what the last of them says too late
   says nothing of the one whose turn it is. */
static void who_was_given_up_is_left_and_says_nothing_of_the_next(void **state)
{
	(void)state;
	config.requests_per_s = 1000;
	cboes[0].deaf = cboes[1].deaf = 1;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	now_ns += 20 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(client_count(0), 0);
	assert_int_equal(cboes[1].counts.requests, 1);
	say_letter(1, UNIT, 11, 'D');
	now_ns += 20 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(page.timeouts, 2);
	assert_int_equal(page.refusal, 0);
	assert_false(recover_is_connected(&recover));
	assert_int_equal(client_count(1), 0);
	now_ns += 30 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.accepted, 1);
}

/* A connection may be dead without a word. */
static void who_does_not_answer_is_connected_to_anew_although_there_is_no_other(void **state)
{
	(void)state;
	config.server_count = 1;
	cboes[0].deaf = 1;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	now_ns += 20 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(page.timeouts, 1);
	assert_false(recover_is_connected(&recover));
	now_ns += 30 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.connections, 2);
	assert_int_equal(cboes[0].counts.accepted, 1);
}

/* A proxy that refuses for a while is no reason to keep the login from other units meanwhile. */
static void who_refused_keeps_no_login_until_it_is_asked_again(void **state)
{
	(void)state;
	config.server_count = 1;
	cboes[0].refuse = 1;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	assert_int_equal(page.refusal, 'U');
	assert_int_equal(client_count(0), 0);
	now_ns += 30 * MS_NS;
	assert_true(turn(11, 51));
	assert_int_equal(cboes[0].counts.accepted, 1);
}

static void while_it_waits_it_keeps_the_connection_alive(void **state)
{
	(void)state;
	config.request_timeout_ns = 60000 * MS_NS;
	config.request_within_ns = 60000 * MS_NS;
	assert_true(recover_begin(&recover, 40, now_ns));
	assert_true(turn(11, 51));
	for (uint32_t i = 0; i < 12; i++) {
		now_ns += 1000 * MS_NS;
		assert_true(turn(11, 51));
	}
	assert_int_equal(cboes[0].counts.timeouts, 0);
	assert_true(recover_is_connected(&recover));
}

static void without_a_stream_nobody_is_asked(void **state)
{
	(void)state;
	recover_speak_by(&recover, NULL, NULL);
	assert_false(recover_begin(&recover, 40, now_ns));
	assert_int_equal(page.recovery, RECOVERY_GIVEN_UP);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, net_open, net_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(who_logs_in_may_ask_and_is_answered_on_lines),
		NET_TEST(what_is_under_way_is_not_asked_for_again_before_it_is_late),
		NET_TEST(what_is_out_of_range_is_asked_for_nowhere_else),
		NET_TEST(a_quota_of_the_second_is_waited_for),
		NET_TEST(a_quota_of_the_minute_sends_us_to_the_next_server_and_then_away),
		NET_TEST(a_quota_of_the_minute_is_waited_for_where_there_is_time),
		NET_TEST(a_quota_of_the_day_sends_us_to_the_next_server_and_then_away),
		NET_TEST(a_login_that_is_not_authorised_is_not_tried_twice),
		NET_TEST(a_server_that_sent_us_away_is_not_asked_by_the_next_recovery_either),
		NET_TEST(the_next_recovery_begins_with_who_takes_requests),
		NET_TEST(a_session_in_use_is_tried_again_until_tries_are_over),
		NET_TEST(where_nobody_is_or_answers_the_next_is_asked_and_then_it_is_over),
		NET_TEST(a_proxy_that_talks_nonsense_is_left),
		NET_TEST(a_letter_is_read_although_the_proxy_hangs_up_behind_it),
		NET_TEST(a_letter_that_no_proxy_knows_is_nonsense),
		NET_TEST(a_login_is_answered_by_letters_of_logins_alone),
		NET_TEST(a_letter_to_a_request_that_is_over_is_not_taken),
		NET_TEST(a_range_that_came_by_the_other_line_waits_for_no_letter),
		NET_TEST(a_letter_that_was_not_read_goes_with_its_request),
		NET_TEST(a_letter_about_what_was_not_asked_is_nonsense),
		NET_TEST(who_was_given_up_is_left_and_says_nothing_of_the_next),
		NET_TEST(who_does_not_answer_is_connected_to_anew_although_there_is_no_other),
		NET_TEST(who_refused_keeps_no_login_until_it_is_asked_again),
		NET_TEST(while_it_waits_it_keeps_the_connection_alive),
		NET_TEST(without_a_stream_nobody_is_asked),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.proxy", tests, NULL, NULL);
}
