/* Sessions in shared memory: what one side writes the other reads, every end is told, and no peer's word is
   believed.  The strategy's side is the driver's own or sluice_order.h, in this process, in a thread or in a
   process that is killed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

#include "drivers/stream/sluice_order.h"
#include "drivers/stream/stream_shm.h"
#include "tests/unit/drivers/stream/seen.h"

enum { RING_BYTES = 4096, CONNECTION_COUNT = 8 };

static struct stream *gate, *other;
static struct stream_shm_config config;
static char path[64];
static uint32_t listener;
static struct seen at_gate, at_other;

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void gate_open_with(uint32_t uid, uint64_t silence_ns)
{
	struct config_error error = {{0}};
	config = (struct stream_shm_config){.connection_max = CONNECTION_COUNT,
		.ring_bytes = RING_BYTES,
		.silence_ns = silence_ns,
		.uid_count = 1,
		.uids = {uid}};
	snprintf(path, sizeof path, "/tmp/sluice-shm-%d.sock", getpid());
	memset(&at_gate, 0, sizeof at_gate);
	memset(&at_other, 0, sizeof at_other);
	gate = stream_shm_open(&config, &error);
	assert_non_null(gate);
	listener = stream_listen(gate, path, 0, &error);
	if (listener == 0)
		fail_msg("%s", error.text);
}

static int ends_open(void **state)
{
	struct config_error error = {{0}};
	(void)state;
	gate_open_with(geteuid(), 0);
	other = stream_shm_open(&config, &error);
	return other == NULL;
}

static int ends_close(void **state)
{
	(void)state;
	stream_close(other);
	stream_close(gate);
	return 0;
}

/* until polls until the truth holds or five seconds are over. */
#define until(truth)                                                                               \
	do {                                                                                       \
		uint64_t deadline_ns = now_ns() + 5000000000ull;                                   \
		bool is_true;                                                                      \
		while (!(is_true = (truth)) && now_ns() < deadline_ns) {                           \
			see(gate, &at_gate);                                                       \
			if (other != NULL)                                                         \
				see(other, &at_other);                                             \
		}                                                                                  \
		assert_true(is_true);                                                              \
	} while (0)

/* A strategy in this process, by the header alone. */
static void strategy_open(struct sluice_order *o)
{
	uint32_t before = at_gate.opened;
	int found = 0;
	assert_int_equal(sluice_order_ask(o, path, "test"), 0);
	until((found = sluice_order_answer(o)) != 0);
	if (found < 0)
		fail_msg("%s", o->error);
	until(at_gate.opened == before + 1);
}

static void expect_note(const char *part)
{
	char text[NOTE_BYTES] = "";
	while (notes_take(stream_shm_notes(gate), text))
		if (strstr(text, part) != NULL)
			return;
	fail_msg("found \"%s\" as the last note, expected one with \"%s\"", text, part);
}

static void a_message_is_echoed(void **state)
{
	(void)state;
	at_gate.is_echo = true;
	uint32_t c = stream_connect(other, path, 0);
	assert_int_not_equal(c, CONNECTION_NONE);
	until(at_other.opened == 1);
	assert_int_equal(at_other.last_opened, c);
	assert_int_equal(at_gate.last_listener, listener);
	assert_true(stream_send(other, c, (const uint8_t *)"hello", 5));
	until(at_other.bytes == 5);
	until(stream_unsent_bytes(other, c) == 0 &&
		stream_unsent_bytes(gate, at_gate.last_opened) == 0);
}

static void the_header_speaks_to_the_driver(void **state)
{
	struct sluice_order o;
	uint8_t bytes[64];
	(void)state;
	at_gate.is_echo = true;
	strategy_open(&o);
	assert_int_equal(sluice_order_send(&o, "order", 5), 1);
	assert_int_equal(sluice_order_unsent_bytes(&o), 5);
	until(at_gate.bytes == 5);
	assert_int_equal(sluice_order_unsent_bytes(&o), 0);
	assert_int_equal(sluice_order_receive(&o, bytes, 2), 2);
	assert_int_equal(sluice_order_receive(&o, bytes + 2, sizeof bytes - 2), 3);
	assert_memory_equal(bytes, "order", 5);
	assert_int_equal(sluice_order_receive(&o, bytes, sizeof bytes), 0);
	assert_true(sluice_order_is_alive(&o));
	sluice_order_close(&o);
	until(at_gate.closed == 1);
	assert_int_equal(at_gate.last_error, 0);
}

static void the_kernel_says_who_it_is(void **state)
{
	struct sluice_order o;
	struct stream_peer peer;
	(void)state;
	strategy_open(&o);
	assert_true(stream_peer_of(gate, at_gate.last_opened, &peer));
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.pid, getpid());
	sluice_order_close(&o);
}

static void nothing_is_sent_before_it_is_open(void **state)
{
	(void)state;
	uint32_t c = stream_connect(other, path, 0);
	assert_false(stream_send(other, c, (const uint8_t *)"x", 1));
	assert_false(stream_send(other, c + 1, (const uint8_t *)"x", 1));
}

static void pieces_of_every_size_cross_both_ways_in_order(void **state)
{
	static uint8_t block[RING_BYTES];
	uint64_t sums[2] = {0, 0}, sent[2] = {0, 0};
	uint32_t random = 1;
	(void)state;
	uint32_t c = stream_connect(other, path, 0);
	until(at_gate.opened == 1 && at_other.opened == 1);
	while (sent[0] < 2000000 || sent[1] < 2000000) {
		random = random * 1664525 + 1013904223;
		uint32_t which = random >> 31, size = 1 + (random >> 8) % 1500;
		for (uint32_t b = 0; b < size; b++)
			block[b] = (uint8_t)(random >> 16) ^ (uint8_t)b;
		bool done = which ? stream_send(gate, at_gate.last_opened, block, size)
				  : stream_send(other, c, block, size);
		for (uint32_t b = 0; done && b < size; b++)
			sums[which] = sums[which] * 31 + block[b];
		sent[which] += done ? size : 0;
		if (!done || random % 7 == 0)
			see(which ? other : gate, which ? &at_other : &at_gate);
	}
	until(at_gate.bytes == sent[0] && at_other.bytes == sent[1]);
	assert_int_equal(at_gate.sum, sums[0]);
	assert_int_equal(at_other.sum, sums[1]);
}

static void a_message_is_taken_whole_or_not_at_all(void **state)
{
	static uint8_t block[RING_BYTES + 1];
	struct sluice_order o;
	(void)state;
	strategy_open(&o);
	uint32_t c = at_gate.last_opened;
	assert_int_equal(sluice_order_send(&o, block, RING_BYTES + 1), 0);
	assert_int_equal(sluice_order_send(&o, block, RING_BYTES - 1), 1);
	assert_int_equal(sluice_order_send(&o, block, 2), 0);
	assert_int_equal(sluice_order_unsent_bytes(&o), RING_BYTES - 1);
	assert_int_equal(sluice_order_send(&o, block, 1), 1);
	until(at_gate.bytes == RING_BYTES);
	assert_true(stream_send(gate, c, block, RING_BYTES - 10));
	assert_false(stream_send(gate, c, block, 11));
	assert_int_equal(stream_unsent_bytes(gate, c), RING_BYTES - 10);
	assert_int_equal(sluice_order_receive(&o, block, 1), 1);
	assert_true(stream_send(gate, c, block, 11));
	sluice_order_close(&o);
}

static void a_strategy_that_ends_is_still_answered(void **state)
{
	struct sluice_order o;
	uint8_t bytes[64];
	(void)state;
	at_gate.is_echo = true;
	strategy_open(&o);
	assert_int_equal(sluice_order_send(&o, "last", 4), 1);
	sluice_order_end(&o);
	until(at_gate.closed == 1);
	assert_int_equal(at_gate.bytes, 4);
	assert_int_equal(at_gate.last_error, 0);
	assert_int_equal(sluice_order_receive(&o, bytes, sizeof bytes), 4);
	assert_int_equal(sluice_order_receive(&o, bytes, sizeof bytes), -1);
	assert_false(sluice_order_is_alive(&o));
	sluice_order_close(&o);
}

static void an_orderly_end_comes_after_what_was_queued(void **state)
{
	struct sluice_order o;
	uint8_t bytes[64];
	(void)state;
	strategy_open(&o);
	uint32_t c = at_gate.last_opened;
	assert_true(stream_send(gate, c, (const uint8_t *)"rest", 4));
	stream_shut(gate, c, false);
	assert_false(stream_send(gate, c, (const uint8_t *)"more", 4));
	assert_int_equal(sluice_order_receive(&o, bytes, sizeof bytes), 4);
	assert_int_equal(sluice_order_receive(&o, bytes, sizeof bytes), -1);
	assert_int_equal(sluice_order_send(&o, "x", 1), -1);
	see(gate, &at_gate);
	assert_int_equal(at_gate.closed, 0); /* it waits for the peer's own end */
	sluice_order_close(&o);
	until(at_gate.closed == 1);
	assert_int_equal(at_gate.last_error, 0);
}

static void what_comes_after_our_end_is_thrown_away(void **state)
{
	struct sluice_order o;
	(void)state;
	strategy_open(&o);
	stream_shut(gate, at_gate.last_opened, false);
	assert_int_equal(sluice_order_put(&o.out, "late", 4), 1);
	see(gate, &at_gate);
	assert_int_equal(at_gate.bytes, 0);
	stream_shut(gate, at_gate.last_opened, true);
	until(at_gate.closed == 1);
	assert_int_equal(at_gate.last_error, ECONNABORTED);
	sluice_order_close(&o);
}

static void a_reset_is_seen_at_once(void **state)
{
	struct sluice_order o;
	uint8_t bytes[8];
	(void)state;
	strategy_open(&o);
	stream_shut(gate, at_gate.last_opened, true);
	assert_int_equal(sluice_order_state_of(&o), SLUICE_ORDER_RESET);
	assert_int_equal(sluice_order_receive(&o, bytes, sizeof bytes), -1);
	assert_non_null(strstr(o.error, "ended by the appliance"));
	assert_false(sluice_order_is_alive(&o));
	until(at_gate.closed == 1);
	assert_int_equal(at_gate.last_error, ECONNABORTED);
	sluice_order_close(&o);
}

static void a_driver_that_connects_is_told_how_it_ended(void **state)
{
	(void)state;
	uint32_t c = stream_connect(other, path, 0);
	until(at_other.opened == 1 && at_gate.opened == 1);
	stream_shut(gate, at_gate.last_opened, true);
	until(at_other.closed == 1);
	assert_int_equal(at_other.last_error, ECONNRESET);
	c = stream_connect(other, path, 0);
	until(at_other.opened == 2 && at_gate.opened == 2);
	stream_shut(other, c, false);
	until(at_gate.closed == 2 && at_other.closed == 2);
	assert_int_equal(at_gate.last_error, 0);
	assert_int_equal(at_other.last_error, 0);
	stream_connect(other, "/nowhere/order.sock", 0);
	until(at_other.closed == 3);
	assert_int_equal(at_other.last_error, ENOENT);
}

static void a_number_is_not_given_twice_and_a_full_table_refuses(void **state)
{
	uint32_t last = 0;
	struct sluice_order o;
	int found = 0;
	(void)state;
	for (uint32_t i = 0; i < CONNECTION_COUNT; i++) {
		uint32_t c = stream_connect(other, path, 0);
		assert_true(c > last);
		last = c;
	}
	assert_int_equal(stream_connect(other, path, 0), CONNECTION_NONE);
	until(at_gate.opened == CONNECTION_COUNT);
	assert_int_equal(sluice_order_ask(&o, path, "one too many"), 0);
	until((found = sluice_order_answer(&o)) != 0);
	assert_int_equal(found, -1);
	assert_non_null(strstr(o.error, "refused: found 8 order sessions"));
	stream_shut(other, last, true);
	until(at_other.closed == 1 && at_gate.closed == 1);
	assert_int_equal(at_gate.last_error, ECONNRESET);
	assert_true(stream_connect(other, path, 0) > last);
	until(at_gate.opened == CONNECTION_COUNT + 1);
}

static void a_stranger_is_refused_by_uid(void **state)
{
	struct sluice_order o;
	int found = 0;
	(void)state;
	other = NULL;
	gate_open_with(geteuid() + 1, 0);
	assert_int_equal(sluice_order_ask(&o, path, "stranger"), 0);
	until((found = sluice_order_answer(&o)) != 0);
	assert_int_equal(found, -1);
	assert_non_null(strstr(o.error, "expected one of `gate: shm: uids` in site.yaml"));
	expect_note("refused to uid");
	assert_int_equal(at_gate.opened, 0);
	stream_close(gate);
}

static int knock(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

/* Whoever knocks and says nothing takes no more places than one who speaks. */
static void silent_knockers_take_no_more_places_than_their_uid_has(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stream_shm_counts counts;
	int fds[STREAM_SHM_OF_UID_MAX + 4];
	struct config_error error = {{0}};
	(void)state;
	stream_close(gate);
	config.connection_max = 64;
	gate = stream_shm_open(&config, &error);
	assert_non_null(gate);
	assert_int_not_equal(stream_listen(gate, path, 0, &error), 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
		fds[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&address, sizeof address), 0);
	}
	until((stream_shm_counts_of(gate, &counts), counts.refused == 4));
	expect_note("found 16 order sessions of uid");
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++)
		close(fds[i]);
}

static void a_hello_of_another_kind_is_refused(void **state)
{
	struct sluice_order_hello hello = {
		.magic = SLUICE_ORDER_MAGIC, .abi = SLUICE_ORDER_ABI + 1, .text = "old"};
	struct sluice_order_hello answer;
	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		int fd = knock();
		size_t size = i == 1 ? 7 : sizeof hello;
		hello.magic += i == 2;
		assert_int_equal(send(fd, &hello, size, 0), size);
		memset(&answer, 0, sizeof answer);
		until(recv(fd, &answer, sizeof answer, MSG_DONTWAIT) == sizeof answer);
		assert_non_null(strstr(answer.text, "expected"));
		assert_int_equal(recv(fd, &answer, sizeof answer, 0), 0);
		close(fd);
	}
	close(knock()); /* and one that leaves without a word */
	struct sluice_order o;
	strategy_open(&o);
	assert_int_equal(at_gate.opened, 1);
	sluice_order_close(&o);
}

static void nobody_can_change_the_size_of_a_memory(void **state)
{
	struct sluice_order_hello hello = {.magic = SLUICE_ORDER_MAGIC, .abi = SLUICE_ORDER_ABI};
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {&hello, sizeof hello};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control};
	int fd = knock(), memory = -1;
	(void)state;
	assert_int_equal(send(fd, &hello, sizeof hello, 0), sizeof hello);
	until(recvmsg(fd, &message, MSG_DONTWAIT) == sizeof hello);
	memcpy(&memory, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof memory);
	assert_int_equal(ftruncate(memory, 0), -1);
	assert_int_equal(ftruncate(memory, 1 << 20), -1);
	assert_int_equal(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE), -1);
	/* Pages may be taken away; what is read there then is zero, and nobody falls over. */
	assert_int_equal(fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), 0);
	until(at_gate.opened == 1);
	assert_true(stream_send(gate, at_gate.last_opened, (const uint8_t *)"still", 5));
	close(memory);
	close(fd);
	until(at_gate.closed == 1);
	assert_int_equal(at_gate.last_error, ECONNRESET);
}

/* --- liars --- */

static void a_liar_is_closed(uint64_t value, bool is_taken, uint64_t after_sent)
{
	static uint8_t block[RING_BYTES];
	struct sluice_order liar, honest;
	uint8_t bytes[8];
	uint32_t closed = at_gate.closed;
	at_gate.is_echo = false;
	strategy_open(&honest);
	uint32_t h = at_gate.last_opened;
	strategy_open(&liar);
	uint32_t l = at_gate.last_opened;
	if (after_sent > 0) {
		uint64_t bytes_before = at_gate.bytes;
		assert_int_equal(sluice_order_send(&liar, block, after_sent), 1);
		until(at_gate.bytes == bytes_before + after_sent);
		assert_true(stream_send(gate, l, block, (uint32_t)after_sent));
		assert_int_equal(
			sluice_order_receive(&liar, block, sizeof block), (int64_t)after_sent);
		assert_int_equal(stream_unsent_bytes(gate, l), 0);
	}
	__atomic_store_n(is_taken ? &liar.page->strategy_taken : &liar.page->strategy_sent, value,
		__ATOMIC_RELEASE);
	if (is_taken)
		stream_unsent_bytes(gate, l);
	until(at_gate.closed == closed + 1);
	assert_int_equal(at_gate.last_error, EPROTO);
	assert_int_equal(sluice_order_receive(&liar, bytes, sizeof bytes), -1);
	expect_note(is_taken ? "as the count of bytes taken" : "as the count of bytes sent");
	/* Nobody else is touched. */
	assert_true(stream_send(gate, h, (const uint8_t *)"ok", 2));
	assert_int_equal(sluice_order_receive(&honest, bytes, sizeof bytes), 2);
	sluice_order_close(&liar);
	sluice_order_close(&honest);
	until(at_gate.closed == closed + 2);
}

static void a_count_that_cannot_be_closes_its_writer(void **state)
{
	(void)state;
	a_liar_is_closed(RING_BYTES + 1, false, 0);
	a_liar_is_closed(UINT64_MAX, false, 0);
	a_liar_is_closed(99, false, 100); /* goes back */
	a_liar_is_closed(100 + RING_BYTES + 1, false, 100);
	a_liar_is_closed(1, true, 0);
	a_liar_is_closed(UINT64_MAX, true, 0);
	a_liar_is_closed(99, true, 100);
	a_liar_is_closed(101, true, 100);
}

static void a_count_taken_back_in_part_is_seen(void **state)
{
	static uint8_t memory[64];
	uint64_t own = 0, theirs = 0;
	uint8_t bytes[64];
	struct sluice_order_way reader, writer;
	(void)state;
	sluice_order_way_set(&reader, memory, 64, &own, &theirs);
	theirs = 40;
	assert_int_equal(sluice_order_take(&reader, bytes, 8), 8);
	theirs = 39; /* still ahead of what was read */
	assert_int_equal(sluice_order_take(&reader, bytes, 8), -1);
	theirs = 0;
	assert_int_equal(sluice_order_take(&reader, bytes, 8), -1);
	sluice_order_way_set(&writer, memory, 64, &own, &theirs);
	assert_int_equal(sluice_order_put(&writer, bytes, 50), 1);
	theirs = 30;
	assert_int_equal(sluice_order_look(&writer), 20);
	theirs = 29;
	assert_int_equal(sluice_order_look(&writer), -1);
	assert_int_equal(sluice_order_put(&writer, bytes, 60), -1);
}

/* A stranger's process that writes whatever it likes wherever it can, as fast as it can. */
static void scribble(uint32_t seed)
{
	struct sluice_order o;
	if (sluice_order_open(&o, path, "scribbler") != 0)
		_exit(1);
	uint64_t *words = (uint64_t *)o.page;
	for (uint64_t random = seed * 0x9E3779B97F4A7C15ull + 1;; random ^= random << 13) {
		random ^= random >> 7, random ^= random << 17;
		uint64_t at = random % 5 == 0 ? random % (o.size_bytes / 8) : random % 80;
		uint64_t value = random >> 32 & 1 ? random % (3 * RING_BYTES) : random * random;
		if (random % 3 == 0)
			value = o.page->strategy_sent + random % 700;
		__atomic_store_n(&words[at], value, __ATOMIC_RELAXED);
	}
}

static void a_scribbler_harms_nobody_but_itself(void **state)
{
	const char *count = getenv("SLUICE_SHM_SCRIBBLERS");
	struct sluice_order honest;
	uint8_t bytes[8];
	(void)state;
	strategy_open(&honest);
	uint32_t h = at_gate.last_opened, rounds = count != NULL ? (uint32_t)atoi(count) : 20;
	for (uint32_t i = 0; i < rounds; i++) {
		uint32_t closed = at_gate.closed, opened = at_gate.opened;
		pid_t child = fork();
		if (child == 0)
			scribble(i);
		until(at_gate.opened == opened + 1);
		uint32_t c = at_gate.last_opened;
		/* A count may by chance be one that could be; sooner or later none is. */
		for (uint64_t end_ns = now_ns() + 50000000;
			at_gate.closed == closed && now_ns() < end_ns;) {
			see(gate, &at_gate);
			stream_send(gate, c, bytes, sizeof bytes);
			stream_unsent_bytes(gate, c);
		}
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		until(at_gate.closed == closed + 1);
		assert_true(at_gate.last_error == EPROTO || at_gate.last_error == ECONNRESET ||
			    at_gate.last_error == 0);
		assert_true(stream_send(gate, h, (const uint8_t *)"ok", 2));
		assert_int_equal(sluice_order_receive(&honest, bytes, sizeof bytes), 2);
	}
	sluice_order_close(&honest);
}

/* --- the dead --- */

/* Says on `ready` that its bytes lie in the ring. */
static pid_t strategy_process(bool has_child, int ready)
{
	pid_t child = fork();
	if (child != 0)
		return child;
	struct sluice_order o;
	if (sluice_order_open(&o, path, "doomed") != 0 || sluice_order_send(&o, "bytes", 5) != 1 ||
		write(ready, "x", 1) != 1)
		_exit(1);
	pid_t parent = getpid();
	if (has_child && fork() == 0) { /* holds the socket, outlives its parent for a moment */
		while (getppid() == parent)
			poll(NULL, 0, 1);
		poll(NULL, 0, 300);
		_exit(0);
	}
	for (;;)
		pause();
}

static void a_killed_strategy_is_noticed_after_its_last_bytes(void **state)
{
	int ready[2];
	char byte;
	(void)state;
	assert_int_equal(pipe(ready), 0);
	for (uint32_t has_child = 0; has_child < 2; has_child++) {
		uint64_t bytes = at_gate.bytes;
		uint32_t opened = at_gate.opened, closed = at_gate.closed;
		pid_t child = strategy_process(has_child, ready[1]);
		until(at_gate.opened == opened + 1);
		assert_int_equal(read(ready[0], &byte, 1), 1); /* and it is dead before we look */
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		uint64_t killed_ns = now_ns();
		until(at_gate.closed == closed + 1);
		assert_int_equal(at_gate.bytes, bytes + 5);
		assert_int_equal(at_gate.last_error, ECONNRESET);
		assert_true(now_ns() - killed_ns < 200000000);
		expect_note("gone without a word");
	}
	close(ready[0]);
	close(ready[1]);
}

static void a_killed_appliance_is_noticed_after_its_last_bytes(void **state)
{
	struct sluice_order o;
	uint8_t bytes[8];
	int ready[2];
	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		other = NULL;
		snprintf(path, sizeof path, "/tmp/sluice-shm-%d.sock", getpid());
		gate_open_with(geteuid(), 0);
		snprintf(path, sizeof path, "/tmp/sluice-shm-%d.sock", getpid());
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;) {
			uint32_t opened = at_gate.opened;
			see(gate, &at_gate);
			if (at_gate.opened != opened)
				stream_send(gate, at_gate.last_opened, (const uint8_t *)"last", 4);
		}
	}
	assert_int_equal(read(ready[0], bytes, 1), 1);
	char place[64];
	snprintf(place, sizeof place, "/tmp/sluice-shm-%d.sock", child);
	assert_int_equal(sluice_order_open(&o, place, "orphan"), 0);
	for (uint64_t end_ns = now_ns() + 5000000000ull;
		__atomic_load_n(&o.page->gate_sent, __ATOMIC_ACQUIRE) == 0 && now_ns() < end_ns;)
		;
	assert_true(sluice_order_is_alive(&o));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_false(sluice_order_is_alive(&o));
	assert_int_equal(sluice_order_receive(&o, bytes, sizeof bytes), 4);
	assert_int_equal(sluice_order_receive(&o, bytes, sizeof bytes), 0);
	sluice_order_close(&o);
	unlink(place);
	close(ready[0]);
	close(ready[1]);
}

static void the_socket_of_a_dead_appliance_is_replaced_and_of_a_living_one_not(void **state)
{
	struct config_error error = {{0}};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)state;
	assert_int_equal(stream_listen(other, path, 0, &error), 0);
	assert_non_null(strstr(error.text, "a living process behind it"));
	snprintf(address.sun_path, sizeof address.sun_path, "/tmp/sluice-shm-%d.dead", getpid());
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	assert_int_not_equal(stream_listen(other, address.sun_path, 0, &error), 0);
	assert_int_equal(stream_listen(other, "order.sock", 0, &error), 0);
	assert_non_null(strstr(error.text, "expected an absolute path"));
}

static void a_strategy_that_hangs_is_let_go_and_one_that_turns_is_not(void **state)
{
	struct sluice_order hung, turning;
	uint8_t bytes[8];
	(void)state;
	other = NULL;
	gate_open_with(geteuid(), 20000000);
	strategy_open(&turning);
	strategy_open(&hung);
	uint64_t until_ns = now_ns() + 100000000;
	while (now_ns() < until_ns) {
		see(gate, &at_gate);
		assert_int_equal(sluice_order_receive(&turning, bytes, sizeof bytes), 0);
	}
	assert_int_equal(at_gate.closed, 1);
	assert_int_equal(at_gate.last_error, ETIMEDOUT);
	assert_int_equal(sluice_order_receive(&hung, bytes, sizeof bytes), -1);
	expect_note("its beat standing");
	assert_true(sluice_order_is_alive(&turning));
	sluice_order_close(&hung);
	sluice_order_close(&turning);
	stream_close(gate);
}

/* --- two threads --- */

struct crossing {
	uint64_t sent_sum, received_sum, received;
};

static void *cross(void *context)
{
	struct crossing *crossing = context;
	struct sluice_order o;
	uint8_t block[512], bytes[1024];
	uint32_t random = 7;
	if (sluice_order_open(&o, path, "thread") != 0)
		return NULL;
	for (uint64_t sent = 0; crossing->received < 1000000 || sent < 1000000;) {
		random = random * 1664525 + 1013904223;
		uint32_t size = 1 + (random >> 8) % sizeof block;
		for (uint32_t b = 0; b < size; b++)
			block[b] = (uint8_t)(random >> b % 24);
		if (sent < 1000000 && sluice_order_send(&o, block, size) == 1) {
			sent += size;
			for (uint32_t b = 0; b < size; b++)
				crossing->sent_sum = crossing->sent_sum * 31 + block[b];
		}
		int64_t got = sluice_order_receive(&o, bytes, sizeof bytes);
		if (got < 0)
			break;
		crossing->received += (uint64_t)got;
		for (int64_t b = 0; b < got; b++)
			crossing->received_sum = crossing->received_sum * 31 + bytes[b];
	}
	sluice_order_close(&o);
	return NULL;
}

static void two_threads_cross_a_million_bytes_each_way(void **state)
{
	struct crossing crossing = {0};
	pthread_t thread;
	uint8_t block[300];
	uint64_t sent = 0, sum = 0;
	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, cross, &crossing), 0);
	until(at_gate.opened == 1);
	for (uint64_t end_ns = now_ns() + 60000000000ull;
		at_gate.closed == 0 && now_ns() < end_ns;) {
		for (uint32_t b = 0; b < sizeof block; b++)
			block[b] = (uint8_t)(sent + b * 3);
		if (sent < 1000200 && stream_send(gate, at_gate.last_opened, block, sizeof block)) {
			sent += sizeof block;
			for (uint32_t b = 0; b < sizeof block; b++)
				sum = sum * 31 + block[b];
		}
		see(gate, &at_gate);
	}
	pthread_join(thread, NULL);
	assert_true(at_gate.bytes >= 1000000);
	assert_int_equal(at_gate.sum, crossing.sent_sum);
	assert_true(crossing.received >= 1000000);
	if (crossing.received == sent)
		assert_int_equal(crossing.received_sum, sum);
}

#define shm_case(name) cmocka_unit_test_setup_teardown(name, ends_open, ends_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		shm_case(a_message_is_echoed),
		shm_case(the_header_speaks_to_the_driver),
		shm_case(the_kernel_says_who_it_is),
		shm_case(nothing_is_sent_before_it_is_open),
		shm_case(pieces_of_every_size_cross_both_ways_in_order),
		shm_case(a_message_is_taken_whole_or_not_at_all),
		shm_case(a_strategy_that_ends_is_still_answered),
		shm_case(an_orderly_end_comes_after_what_was_queued),
		shm_case(what_comes_after_our_end_is_thrown_away),
		shm_case(a_reset_is_seen_at_once),
		shm_case(a_driver_that_connects_is_told_how_it_ended),
		shm_case(a_number_is_not_given_twice_and_a_full_table_refuses),
		cmocka_unit_test(a_stranger_is_refused_by_uid),
		shm_case(silent_knockers_take_no_more_places_than_their_uid_has),
		shm_case(a_hello_of_another_kind_is_refused),
		shm_case(nobody_can_change_the_size_of_a_memory),
		shm_case(a_count_that_cannot_be_closes_its_writer),
		cmocka_unit_test(a_count_taken_back_in_part_is_seen),
		shm_case(a_scribbler_harms_nobody_but_itself),
		shm_case(a_killed_strategy_is_noticed_after_its_last_bytes),
		shm_case(a_killed_appliance_is_noticed_after_its_last_bytes),
		shm_case(the_socket_of_a_dead_appliance_is_replaced_and_of_a_living_one_not),
		cmocka_unit_test(a_strategy_that_hangs_is_let_go_and_one_that_turns_is_not),
		shm_case(two_threads_cross_a_million_bytes_each_way),
	};
	return !!cmocka_run_group_tests_name("stream.shm", tests, NULL, NULL);
}
