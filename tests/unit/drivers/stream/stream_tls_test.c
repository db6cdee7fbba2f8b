/* TLS around another stream: what is plain at one end is plain at the other whatever lies between, who is not
   believed was never there, and an end without close_notify is told as one.  Peers are this driver, OpenSSL held by
   the test, and OpenSSL's own programs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/stream/stream_sim.h"
#include "drivers/stream/stream_tls.h"
#include "tests/support/papers.h"
#include "tests/unit/drivers/stream/seen.h"

enum { SEND_BYTES = 1 << 17, PORT = 443, DAY_S = 86400 };

static char place[64];
static struct stream_sim_net *net;
static struct stream *server, *client, *client_wire;
static struct seen at_server, at_client;

static const char *file_of(const char *name, const char *kind)
{
	static char paths[8][128];
	static unsigned turn;
	char *path = paths[turn++ % 8];
	snprintf(path, sizeof paths[0], "%s/%s.%s", place, name, kind);
	return path;
}

static struct stream_tls_papers papers_of(const char *who, const char *authority, const char *name)
{
	return (struct stream_tls_papers){.certificate = file_of(who, "pem"),
		.key = file_of(who, "key"),
		.authority = file_of(authority, "pem"),
		.name = name};
}

static int make_papers(void **state)
{
	static const struct paper rows[] = {{"ca", NULL, -60, DAY_S}, {"otherca", NULL, -60, DAY_S},
		{"gate.example", "ca", -60, DAY_S}, {"quoter", "ca", -60, DAY_S},
		{"stranger", "otherca", -60, DAY_S}, {"expired", "ca", -2 * DAY_S, -DAY_S},
		{"early", "ca", DAY_S, 2 * DAY_S}, {"expiredca", NULL, -2 * DAY_S, -DAY_S}};
	(void)state;
	/* Before anybody else uses OpenSSL, as in a dataplane: its memory is counted from then on. */
	struct config_error error;
	const struct stream_tls_config config = {.connection_max = 16};
	net = stream_sim_net_open(1, 1, 4096);
	stream_close(stream_tls_open(stream_sim_open(net), &config, &error));
	stream_sim_net_close(net);
	snprintf(place, sizeof place, "/tmp/sluice-tls-XXXXXX");
	assert_non_null(mkdtemp(place));
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		papers_make(place, &rows[i]);
	return 0;
}

static int remove_papers(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof command, "rm -r %s", place);
	return system(command);
}

static struct stream *tls_over(struct stream *wrapped, const struct stream_tls_config *change)
{
	struct stream_tls_config config = {.connection_max = 16, .handshake_ns = 5000000000ull};
	struct config_error error = {{0}};
	struct stream *s = stream_tls_open(wrapped, change != NULL ? change : &config, &error);
	assert_non_null(s);
	return s;
}

static void serve(struct stream *s)
{
	struct config_error error = {{0}};
	struct stream_tls_papers papers = papers_of("gate.example", "ca", NULL);
	if (!stream_tls_serve(s, &papers, &error))
		fail_msg("%s", error.text);
}

static void trust(struct stream *s, const char *word, const char *who, const char *authority,
	const char *name)
{
	struct config_error error = {{0}};
	struct stream_tls_papers papers = papers_of(who, authority, name);
	if (!stream_tls_trust(s, word, &papers, &error))
		fail_msg("%s", error.text);
}

static void ends_with(uint64_t seed, const struct stream_tls_config *change)
{
	struct config_error error;
	memset(&at_server, 0, sizeof at_server);
	memset(&at_client, 0, sizeof at_client);
	net = stream_sim_net_open(seed, 32, SEND_BYTES);
	server = tls_over(stream_sim_open(net), change);
	client_wire = stream_sim_open(net);
	client = tls_over(client_wire, change);
	serve(server);
	trust(client, "good", "quoter", "ca", "gate.example");
	assert_int_not_equal(stream_listen(server, "tls:10.0.0.1", PORT, &error), 0);
}

static int ends_open(void **state)
{
	(void)state;
	ends_with(1, NULL);
	return 0;
}

static int ends_close(void **state)
{
	(void)state;
	stream_close(client);
	stream_close(server);
	stream_sim_net_close(net);
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

#define until(truth)                                                                               \
	do {                                                                                       \
		uint64_t deadline_ns = now_ns() + 10000000000ull;                                  \
		bool is_true;                                                                      \
		while (!(is_true = (truth)) && now_ns() < deadline_ns) {                           \
			see(server, &at_server);                                                   \
			see(client, &at_client);                                                   \
		}                                                                                  \
		assert_true(is_true);                                                              \
	} while (0)

static uint32_t meet(void)
{
	uint32_t c = stream_connect(client, "tls:good@10.0.0.1", PORT);
	assert_int_not_equal(c, CONNECTION_NONE);
	until(at_client.opened == 1 && at_server.opened == 1);
	return c;
}

static void expect_note(struct stream *s, const char *part)
{
	char text[NOTE_BYTES] = "";
	while (notes_take(stream_tls_notes(s), text))
		if (strstr(text, part) != NULL)
			return;
	fail_msg("found \"%s\" as the last note, expected one with \"%s\"", text, part);
}

static struct stream_tls_counts counts_of(struct stream *s)
{
	struct stream_tls_counts counts;
	stream_tls_counts_of(s, &counts);
	return counts;
}

/* --- orderly --- */

static void a_message_is_echoed(void **state)
{
	struct stream_peer peer;
	(void)state;
	at_server.is_echo = true;
	uint32_t c = meet();
	assert_true(stream_send(client, c, (const uint8_t *)"hello", 5));
	until(at_client.bytes == 5);
	assert_true(stream_peer_of(server, at_server.last_opened, &peer));
	assert_string_equal(peer.certificate, "quoter");
	stream_shut(client, c, false);
	assert_false(stream_send(client, c, (const uint8_t *)"late", 4));
	until(at_client.closed == 1 && at_server.closed == 1);
	assert_int_equal(at_client.last_error, 0);
	assert_int_equal(at_server.last_error, 0);
	assert_int_equal(counts_of(server).alerts_in + counts_of(server).alerts_out, 0);
	assert_int_equal(counts_of(server).truncated, 0);
	assert_int_equal(counts_of(server).opened, 1);
}

static void what_does_not_ask_passes_through(void **state)
{
	struct config_error error;
	struct stream_peer peer;
	(void)state;
	at_server.is_echo = true;
	stream_listen(server, "10.0.0.1", 80, &error);
	uint32_t c = stream_connect(client, "10.0.0.1", 80);
	until(at_client.opened == 1 && at_server.opened == 1);
	assert_true(stream_send(client, c, (const uint8_t *)"plain", 5));
	until(at_client.bytes == 5);
	assert_false(stream_peer_of(server, at_server.last_opened, &peer));
	stream_shut(client, c, true);
	until(at_client.closed == 1 && at_server.closed == 1);
	assert_int_equal(at_client.last_error, ECONNABORTED);
	assert_int_equal(counts_of(server).opened, 0);
}

static void cross(uint64_t seed, uint32_t min_bytes, uint32_t max_bytes, uint64_t total)
{
	static uint8_t block[20000];
	uint64_t sums[2] = {0, 0}, sent[2] = {0, 0};
	uint32_t random = (uint32_t)seed;
	ends_with(seed, NULL);
	if (max_bytes > 0)
		stream_sim_chunk(net, min_bytes, max_bytes);
	uint32_t c = meet();
	for (uint64_t end_ns = now_ns() + 10000000000ull;
		(sent[0] < total || sent[1] < total) && now_ns() < end_ns;) {
		random = random * 1664525 + 1013904223;
		uint32_t which = random >> 31, size = 1 + (random >> 8) % 300;
		if (random % 11 == 0)
			size = 1 + (random >> 4) % sizeof block;
		for (uint32_t b = 0; b < size; b++)
			block[b] = (uint8_t)(random >> 16) ^ (uint8_t)b;
		bool done = which ? stream_send(server, at_server.last_opened, block, size)
				  : stream_send(client, c, block, size);
		for (uint32_t b = 0; done && b < size; b++)
			sums[which] = sums[which] * 31 + block[b];
		sent[which] += done ? size : 0;
		if (random / 8 % 61 == 0)
			stream_tls_update(
				which ? server : client, which ? at_server.last_opened : c);
		see(which ? client : server, which ? &at_client : &at_server);
	}
	until(at_server.bytes == sent[0] && at_client.bytes == sent[1]);
	assert_int_equal(at_server.sum, sums[0]);
	assert_int_equal(at_client.sum, sums[1]);
	assert_true(counts_of(server).updates_in > 0 && counts_of(server).updates_out > 0);
	ends_close(NULL);
}

static void bytes_cross_in_pieces_of_any_size_while_keys_change(void **state)
{
	(void)state;
	cross(1, 1, 1, 20000); /* split at every byte */
	for (uint64_t seed = 2; seed < 8; seed++)
		cross(seed, 1, (uint32_t)(seed * seed * 40), 200000);
	cross(9, 0, 0, 500000);
}

static void keys_are_updated_after_so_many_records(void **state)
{
	const struct stream_tls_config config = {
		.connection_max = 4, .handshake_ns = 5000000000ull, .records_a_key = 10};
	(void)state;
	ends_with(3, &config);
	uint32_t c = meet();
	for (uint32_t i = 0; i < 95; i++)
		assert_true(stream_send(client, c, (const uint8_t *)"x", 1));
	until(at_server.bytes == 95);
	assert_int_equal(counts_of(client).updates_out, 9);
	assert_int_equal(counts_of(server).updates_in, 9);
	ends_close(NULL);
}

static void a_message_is_taken_whole_or_not_at_all(void **state)
{
	static uint8_t block[STREAM_TLS_SEND_BYTES_MAX + 1];
	uint64_t sent = 0, sum = 0;
	uint32_t refused = 0, unsent;
	(void)state;
	uint32_t c = meet();
	assert_false(stream_send(client, c, block, STREAM_TLS_SEND_BYTES_MAX + 1));
	for (uint32_t i = 0; refused < 50;
		i++) { /* nobody polls: the wrapped one fills, then ours */
		uint32_t size = 1 + i * 37 % 5000;
		for (uint32_t b = 0; b < size; b++)
			block[b] = (uint8_t)(i * 3 + b);
		if (!stream_send(client, c, block, size)) {
			refused++;
			continue;
		}
		sent += size;
		for (uint32_t b = 0; b < size; b++)
			sum = sum * 31 + block[b];
	}
	unsent = stream_unsent_bytes(client, c);
	assert_true(unsent > sent);
	stream_shut(client, c, false); /* close_notify waits behind it all */
	until(at_server.closed == 1 && at_client.closed == 1);
	assert_int_equal(at_server.bytes, sent);
	assert_int_equal(at_server.sum, sum);
	assert_int_equal(at_server.last_error, 0);
}

static void nothing_is_sent_before_it_is_open(void **state)
{
	(void)state;
	uint32_t c = stream_connect(client, "tls:good@10.0.0.1", PORT);
	assert_false(stream_send(client, c, (const uint8_t *)"x", 1));
	stream_shut(client, c, true);
	until(at_client.closed == 1);
	assert_int_equal(at_client.last_error, ECONNABORTED);
	assert_int_equal(at_server.opened + at_server.closed, 0);
	stream_connect(client, "tls:nobody@10.0.0.1", PORT);
	until(at_client.closed == 2);
	assert_int_equal(at_client.last_error, EINVAL);
	stream_connect(client, "tls:good@10.0.0.1", PORT + 1);
	until(at_client.closed == 3);
	assert_int_equal(at_client.last_error, ECONNREFUSED);
}

/* --- not believed --- */

static void a_client_of_another_authority_was_never_there(void **state)
{
	(void)state;
	trust(client, "stranger", "stranger", "ca", "gate.example");
	stream_connect(client, "tls:stranger@10.0.0.1", PORT);
	until(at_client.closed == 1);
	assert_int_equal(at_client.last_error, EPROTO); /* told by an alert */
	assert_int_equal(at_server.opened + at_server.closed, 0);
	assert_int_equal(counts_of(server).refused, 1);
	assert_int_equal(counts_of(server).alerts_out, 1);
	assert_int_equal(counts_of(client).alerts_in, 1);
	expect_note(server, "found a certificate of /CN=stranger");
}

static void a_server_that_is_not_believed_is_left(void **state)
{
	(void)state;
	trust(client, "other", "quoter", "otherca", "gate.example");
	trust(client, "name", "quoter", "ca", "another.example");
	stream_connect(client, "tls:other@10.0.0.1", PORT);
	until(at_client.closed == 1);
	assert_int_equal(at_client.last_error, EKEYREJECTED);
	expect_note(client, "expected one of the authority for this server");
	stream_connect(client, "tls:name@10.0.0.1", PORT);
	until(at_client.closed == 2);
	assert_int_equal(at_client.last_error, EKEYREJECTED);
	expect_note(client, "hostname mismatch");
	assert_int_equal(at_client.opened + at_server.opened, 0);
}

/* OpenSSL in the test's own hands, over the same net. */
struct raw {
	struct stream *stream;
	uint32_t connection;
	SSL_CTX *context;
	SSL *ssl;
	bool is_closed;
};

static void raw_open(struct raw *r, const char *who, int version)
{
	*r = (struct raw){.stream = stream_sim_open(net)};
	r->context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(r->context, version);
	if (who != NULL) {
		assert_int_equal(SSL_CTX_use_certificate_file(
					 r->context, file_of(who, "pem"), SSL_FILETYPE_PEM),
			1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(
					 r->context, file_of(who, "key"), SSL_FILETYPE_PEM),
			1);
	}
	r->ssl = SSL_new(r->context);
	SSL_set_connect_state(r->ssl);
	SSL_set_bio(r->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	r->connection = stream_connect(r->stream, "", PORT);
}

static void raw_turn(struct raw *r)
{
	struct stream_event events[8];
	uint8_t bytes[4096];
	uint32_t count = stream_poll(r->stream, events, 8);
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == STREAM_BYTES)
			BIO_write(SSL_get_rbio(r->ssl), events[i].bytes, (int)events[i].size_bytes);
		r->is_closed |= events[i].kind == STREAM_CLOSED;
	}
	SSL_do_handshake(r->ssl);
	for (int size; (size = BIO_read(SSL_get_wbio(r->ssl), bytes, sizeof bytes)) > 0;)
		stream_send(r->stream, r->connection, bytes, (uint32_t)size);
	see(server, &at_server);
}

static void raw_close(struct raw *r)
{
	SSL_free(r->ssl);
	SSL_CTX_free(r->context);
	stream_close(r->stream);
}

static void who_shows_nothing_or_too_little_is_refused(void **state)
{
	static const struct {
		const char *who;
		int version;
		const char *note;
	} rows[] = {{"expired", TLS1_3_VERSION, "certificate has expired"},
		{"early", TLS1_3_VERSION, "certificate is not yet valid"},
		{NULL, TLS1_3_VERSION, "peer did not return a certificate"},
		{"quoter", TLS1_2_VERSION, "unsupported protocol"}};
	(void)state;
	for (uint32_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct raw raw;
		raw_open(&raw, rows[i].who, rows[i].version);
		for (uint32_t t = 0; t < 2000 && counts_of(server).refused == i; t++)
			raw_turn(&raw);
		assert_int_equal(counts_of(server).refused, i + 1);
		assert_int_equal(counts_of(server).alerts_out, i + 1);
		expect_note(server, rows[i].note);
		raw_close(&raw);
	}
	assert_int_equal(at_server.opened + at_server.closed, 0);
}

static void garbage_is_refused_at_any_length(void **state)
{
	struct stream *peer = stream_sim_open(net);
	struct stream_event events[8];
	uint8_t bytes[600];
	uint32_t random = 1, rounds = 200;
	(void)state;
	for (uint32_t i = 0; i < rounds; i++) {
		uint32_t c = stream_connect(peer, "", PORT);
		stream_poll(peer, events, 8);
		for (uint32_t b = 0; b < sizeof bytes; b++)
			bytes[b] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
		if (i % 3 == 0) /* looks like a record */
			memcpy(bytes, "\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03", 11);
		stream_send(peer, c, bytes, 1 + random % sizeof bytes);
		see(server, &at_server);
		see(server, &at_server);
		stream_shut(peer, c, true);
		for (uint32_t t = 0; t < 3; t++) {
			stream_poll(peer, events, 8);
			see(server, &at_server);
		}
	}
	assert_int_equal(counts_of(server).refused, rounds);
	assert_int_equal(at_server.opened + at_server.closed, 0);
	meet();
	stream_close(peer);
}

static void a_silent_peer_and_a_crowd_are_bounded(void **state)
{
	const struct stream_tls_config config = {
		.connection_max = 32, .handshake_ns = 20000000, .handshakes_per_s = 10};
	struct stream_event events[8];
	(void)state;
	ends_with(1, &config);
	struct stream *peer = stream_sim_open(net);
	for (uint32_t i = 0; i < 18; i++)
		stream_connect(peer, "", PORT); /* the last two are too many at once */
	uint32_t closed = 0;
	for (uint64_t end_ns = now_ns() + 5000000000ull; closed < 18 && now_ns() < end_ns;) {
		uint32_t count = stream_poll(peer, events, 8);
		for (uint32_t i = 0; i < count; i++)
			closed += events[i].kind == STREAM_CLOSED;
		see(server, &at_server);
	}
	assert_int_equal(closed, 18);
	assert_int_equal(counts_of(server).refused, 18);
	expect_note(server, "no handshake in time");
	assert_int_equal(at_server.opened + at_server.closed, 0);
	stream_close(peer);
	ends_close(NULL);
}

/* --- cut --- */

static void raw_meet(struct raw *r)
{
	raw_open(r, "quoter", TLS1_3_VERSION);
	for (uint32_t t = 0; t < 2000 && at_server.opened == 0; t++)
		raw_turn(r);
	assert_int_equal(at_server.opened, 1);
}

static void an_end_without_close_notify_is_told(void **state)
{
	struct raw raw;
	(void)state;
	raw_meet(&raw);
	SSL_write(raw.ssl, "order", 5);
	raw_turn(&raw);
	stream_shut(raw.stream, raw.connection, false); /* in order for TCP, not for TLS */
	for (uint32_t t = 0; t < 10; t++)
		raw_turn(&raw);
	assert_int_equal(at_server.bytes, 5);
	assert_int_equal(at_server.closed, 1);
	assert_int_equal(at_server.last_error, EPROTO);
	assert_int_equal(counts_of(server).truncated, 1);
	expect_note(server, "without a word");
	raw_close(&raw);
}

static void a_broken_record_ends_it(void **state)
{
	struct raw raw;
	uint8_t record[64];
	(void)state;
	raw_meet(&raw);
	SSL_write(raw.ssl, "order", 5);
	int size = BIO_read(SSL_get_wbio(raw.ssl), record, sizeof record);
	assert_true(size > 10);
	record[size - 1] ^= 1;
	stream_send(raw.stream, raw.connection, record, (uint32_t)size);
	for (uint32_t t = 0; t < 10 && at_server.closed == 0; t++)
		raw_turn(&raw);
	stream_shut(raw.stream, raw.connection, false);
	for (uint32_t t = 0; t < 10; t++)
		raw_turn(&raw);
	assert_int_equal(at_server.bytes, 0);
	assert_int_equal(at_server.closed, 1);
	assert_int_equal(at_server.last_error, EPROTO);
	assert_int_equal(counts_of(server).broken, 1);
	assert_int_equal(counts_of(server).alerts_out, 1);
	expect_note(server, "with \"quoter\" closed");
	raw_close(&raw);
}

static void a_flood_of_key_updates_ends_it(void **state)
{
	struct raw raw;
	(void)state;
	raw_meet(&raw);
	for (uint32_t i = 0; i < 50; i++) {
		SSL_key_update(raw.ssl, SSL_KEY_UPDATE_REQUESTED);
		SSL_do_handshake(raw.ssl);
	}
	raw_turn(&raw);
	see(server, &at_server);
	stream_shut(raw.stream, raw.connection, false);
	for (uint32_t t = 0; t < 10; t++)
		raw_turn(&raw);
	assert_int_equal(at_server.closed, 1);
	assert_int_equal(at_server.last_error, EPROTO);
	expect_note(server, "flood of key updates");
	raw_close(&raw);
}

/* Whatever byte a connection is cut at, each side that knew of it is told once, and what it got is a beginning of what was
   sent. */
static void a_cut_at_every_byte_is_told_once(void **state)
{
	uint32_t done = 0;
	(void)state;
	for (uint64_t cut = 0; done < 3; cut += cut < 300 ? 7 : 41) {
		ends_with(cut, NULL);
		at_server.is_echo = true;
		uint32_t c = stream_connect(client, "tls:good@10.0.0.1", PORT);
		stream_sim_cut(client_wire, c, cut);
		for (uint32_t t = 0; t < 60; t++) {
			see(server, &at_server);
			see(client, &at_client);
			if (t == 20)
				stream_send(client, c, (const uint8_t *)"0123456789", 10);
			if (t == 40)
				stream_shut(client, c, false);
		}
		assert_int_equal(at_client.closed, 1);
		assert_int_equal(at_server.closed, at_server.opened);
		assert_true(at_server.bytes == 0 || at_server.bytes == 10);
		assert_true(at_client.bytes <= at_server.bytes);
		done += at_client.last_error == 0;
		ends_close(NULL);
	}
}

/* --- papers --- */

static void refuse_papers(const struct stream_tls_papers *papers, const char *part)
{
	struct config_error error = {{0}};
	if (stream_tls_serve(server, papers, &error))
		fail_msg("found them taken, expected \"%s\"", part);
	if (strstr(error.text, part) == NULL)
		fail_msg("found \"%s\", expected \"%s\"", error.text, part);
}

static void papers_are_refused_by_name(void **state)
{
	struct stream_tls_papers good = papers_of("gate.example", "ca", NULL), bad = good;
	(void)state;
	bad.key = file_of("quoter", "key");
	refuse_papers(&bad, "quoter.key: found the key of another certificate");
	bad.key = file_of("nobody", "key");
	refuse_papers(&bad, "nobody.key: found \"No such file or directory\"");
	bad.key = file_of("quoter", "pem");
	assert_int_equal(chmod(bad.key, 0600), 0);
	refuse_papers(&bad, "expected a private key in PEM");
	chmod(good.key, 0640);
	refuse_papers(
		&good, "gate.example.key: found mode 0640, expected a key that only its owner");
	chmod(good.key, 0600);
	if (geteuid() == 0) {
		assert_int_equal(chown(good.key, 1002, 0), 0);
		refuse_papers(&good, "found uid 1002 as the owner of a key");
		assert_int_equal(chown(good.key, 0, 0), 0);
	}
	bad = papers_of("expired", "ca", NULL);
	refuse_papers(&bad, "expired.pem: found the certificate of /CN=expired expired");
	bad = papers_of("early", "ca", NULL);
	refuse_papers(&bad, "not valid yet");
	bad = papers_of("gate.example", "expiredca", NULL);
	refuse_papers(&bad, "expiredca.pem: found the certificate of /CN=expiredca expired");
	bad.authority = file_of("gate.example", "key");
	refuse_papers(&bad, "expected the certificates of an authority");
	bad.certificate = file_of("gate.example", "key");
	refuse_papers(&bad, "expected a certificate in PEM");
}

static void a_listener_without_papers_is_refused(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	assert_int_equal(stream_listen(client, "tls:10.0.0.1", 1, &error), 0);
	assert_non_null(strstr(error.text, "no papers of ours"));
}

/* --- OpenSSL's own programs, over loopback --- */

static void its_server_is_spoken_to(void **state)
{
	struct config_error error = {{0}};
	char port[32], cert[128], key[128], authority[128];
	struct stream *probe = stream_uring_open(4, 4, 4096, &error);
	uint32_t connection = CONNECTION_NONE;
	(void)state;
	uint16_t number = stream_listen_port(probe, stream_listen(probe, "127.0.0.1", 0, &error));
	stream_close(probe);
	snprintf(port, sizeof port, "127.0.0.1:%u", number);
	snprintf(cert, sizeof cert, "%s", file_of("gate.example", "pem"));
	snprintf(key, sizeof key, "%s", file_of("gate.example", "key"));
	snprintf(authority, sizeof authority, "%s", file_of("ca", "pem"));
	pid_t child = fork();
	if (child == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
			freopen("/dev/null", "w", stderr) == NULL)
			_exit(126);
		execlp("openssl", "openssl", "s_server", "-quiet", "-accept", port, "-cert", cert,
			"-key", key, "-CAfile", authority, "-Verify", "2", "-verify_return_error",
			"-rev", (char *)NULL);
		_exit(127);
	}
	struct stream *kernel = tls_over(stream_uring_open(4, 4, 65536, &error), NULL);
	trust(kernel, "good", "quoter", "ca", "gate.example");
	memset(&at_client, 0, sizeof at_client);
	for (uint64_t end_ns = now_ns() + 10000000000ull;
		at_client.opened == 0 && now_ns() < end_ns;) {
		uint32_t closed = at_client.closed;
		connection = stream_connect(kernel, "tls:good@127.0.0.1", number);
		while (at_client.opened == 0 && at_client.closed == closed)
			see(kernel, &at_client);
	}
	assert_int_equal(at_client.opened, 1);
	assert_true(stream_send(kernel, connection, (const uint8_t *)"sluice\n", 7));
	for (uint64_t end_ns = now_ns() + 5000000000ull; at_client.bytes < 7 && now_ns() < end_ns;)
		see(kernel, &at_client);
	uint64_t sum = 0;
	for (const char *c = "eciuls\n"; *c != '\0'; c++)
		sum = sum * 31 + (uint8_t)*c;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(at_client.bytes, 7);
	assert_int_equal(at_client.sum, sum);
	for (uint64_t end_ns = now_ns() + 5000000000ull;
		at_client.last_error != EPROTO && now_ns() < end_ns;)
		see(kernel, &at_client);
	assert_int_equal(at_client.last_error, EPROTO); /* killed: no close_notify */
	stream_close(kernel);
}

static void its_client_is_answered(void **state)
{
	struct config_error error = {{0}};
	char command[1024], line[64] = "";
	int in[2], out[2];
	ssize_t size = 0;
	(void)state;
	struct stream *kernel = tls_over(stream_uring_open(4, 4, 65536, &error), NULL);
	serve(kernel);
	uint16_t port =
		stream_listen_port(kernel, stream_listen(kernel, "tls:127.0.0.1", 0, &error));
	snprintf(command, sizeof command,
		"exec openssl s_client -quiet -no_ign_eof -connect 127.0.0.1:%u -tls1_3 -cert %s "
		"-key %s -CAfile %s -verify_return_error -verify_hostname gate.example 2>/dev/null",
		port, file_of("quoter", "pem"), file_of("quoter", "key"), file_of("ca", "pem"));
	memset(&at_server, 0, sizeof at_server);
	at_server.is_echo = true;
	assert_int_equal(pipe2(in, O_CLOEXEC) + pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(write(in[1], "hello\n", 6), 6);
	for (uint64_t end_ns = now_ns() + 20000000000ull; size <= 0 && now_ns() < end_ns;) {
		see(kernel, &at_server);
		size = read(out[0], line, sizeof line - 1);
	}
	close(in[1]); /* the end of its input: it says close_notify */
	for (uint64_t end_ns = now_ns() + 20000000000ull;
		at_server.closed == 0 && now_ns() < end_ns;)
		see(kernel, &at_server);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_string_equal(line, "hello\n");
	assert_int_equal(at_server.opened, 1);
	assert_int_equal(at_server.closed, 1);
	assert_int_equal(at_server.last_error, 0);
	stream_close(kernel);
}

static void openssls_memory_is_counted(void **state)
{
	(void)state;
	uint64_t before = counts_of(server).memory_bytes;
	meet();
	uint64_t with = counts_of(server).memory_bytes;
	assert_true(with - before < 2 * (192 << 10));
	assert_true(counts_of(server).memory_most_bytes >= with);
	print_message("a TLS connection costs OpenSSL %lu bytes an end\n",
		(unsigned long)(with - before) / 2);
}

#define tls_case(name) cmocka_unit_test_setup_teardown(name, ends_open, ends_close)

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		tls_case(a_message_is_echoed),
		tls_case(what_does_not_ask_passes_through),
		cmocka_unit_test(bytes_cross_in_pieces_of_any_size_while_keys_change),
		cmocka_unit_test(keys_are_updated_after_so_many_records),
		tls_case(a_message_is_taken_whole_or_not_at_all),
		tls_case(nothing_is_sent_before_it_is_open),
		tls_case(a_client_of_another_authority_was_never_there),
		tls_case(a_server_that_is_not_believed_is_left),
		tls_case(who_shows_nothing_or_too_little_is_refused),
		tls_case(garbage_is_refused_at_any_length),
		cmocka_unit_test(a_silent_peer_and_a_crowd_are_bounded),
		tls_case(an_end_without_close_notify_is_told),
		tls_case(a_broken_record_ends_it),
		tls_case(a_flood_of_key_updates_ends_it),
		cmocka_unit_test(a_cut_at_every_byte_is_told_once),
		tls_case(papers_are_refused_by_name),
		tls_case(a_listener_without_papers_is_refused),
		cmocka_unit_test(its_server_is_spoken_to),
		cmocka_unit_test(its_client_is_answered),
		tls_case(openssls_memory_is_counted),
	};
	return !!cmocka_run_group_tests_name("stream.tls", tests, make_papers, remove_papers);
}
