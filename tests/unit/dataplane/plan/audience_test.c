/* audience_test.c - who may read gets memory that it cannot write; everyone else a sentence.
   rooms: dataplane_plan */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/plan/audience.h"
#include "dataplane/shm/tape.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

enum { READER_UID = 60011, STRANGER_UID = 60012, VIEWER_UID = 60013, MANY = 200 };

static struct symbol_config symbol = {.tick_e4 = 100, .lot = 100};
static struct site_config site = {.symbol_count = 1,
	.symbols = &symbol,
	.person_count = 1,
	.reader_count = 1,
	.tape_event_count = 1024,
	.tape_carries = TAPE_ALL};
static struct market_region *market;
static struct metrics metrics;
static struct audience audience;
static int market_fd, listener;
static uint64_t now_ns;

static struct sockaddr_un address(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	snprintf(un.sun_path, sizeof un.sun_path, "%.80s/%s", site.run_directory,
		SLUICE_SOCKET_NAME);
	return un;
}

static int set_up(void **state)
{
	(void)state;
	struct config_error error = {""};
	strcpy(site.run_directory, "/tmp/sluice-audience-XXXXXX");
	assert_non_null(mkdtemp(site.run_directory));
	chmod(site.run_directory, 0755);
	symbol.name = symbol_pack("AAPL");
	site.persons[0] = (struct person_config){.uid = VIEWER_UID, .role = ROLE_VIEWER};
	site.readers[0] = (struct reader_config){.uid = READER_UID};
	memset(&metrics, 0, sizeof metrics);
	memset(&audience, 0, sizeof audience);
	market = market_create(&market_fd, &site, &error);
	assert_non_null(market);
	audience_init(&audience, &site, &metrics, market_fd);
	struct sockaddr_un un = address();
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&un, sizeof un), 0);
	chmod(un.sun_path, 0666);
	now_ns = 5000000000;
	return listen(listener, 4096);
}

static int tear_down(void **state)
{
	(void)state;
	audience_close(&audience);
	close(listener);
	unlink(address().sun_path);
	region_leave(market);
	close(market_fd);
	return rmdir(site.run_directory);
}

static void serve(unsigned turns)
{
	for (unsigned i = 0; i < turns; i++)
		audience_serve(&audience, listener, now_ns);
}

/* Runs in another process, as uid; what `client` returns is its exit code. */
static int as_uid(uint32_t uid, int (*client)(void))
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		close(listener);
		close(market_fd);
		audience = (struct audience){0};
		_exit(uid != geteuid() && setuid(uid) != 0 ? 99 : client());
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		serve(1);
	serve(1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static int reads(void)
{
	struct sluice s;
	struct sluice_tape tape;
	struct sluice_event event;
	struct sluice_top top;
	if (sluice_open(&s, site.run_directory, "a test") != 0) {
		fprintf(stderr, "%s\n", s.error);
		return 1;
	}
	uint32_t aapl = sluice_symbol(&s, "AAPL");
	sluice_tape_join(&tape, &s, 0, SLUICE_OLDEST);
	if (!sluice_is_alive(&s) || !sluice_top_read(&s, aapl, &top) || top.bid_e4 != 1630000 ||
		sluice_tape_read(&tape, &event, 1) != 1 || event.order != 42)
		return 2;
	sluice_close(&s);
	return 0;
}

/* Everything a strategy could try to get a word into the market. */
static int writes(void)
{
	struct sluice s;
	char path[64];
	if (sluice_open(&s, site.run_directory, "an attacker") != 0)
		return 1;
	size_t size = s.size_bytes;
	if (mprotect((void *)(uintptr_t)s.map, size, PROT_READ | PROT_WRITE) == 0)
		return 2;
	/* the descriptor itself, once more */
	strcpy(s.error, "");
	struct sockaddr_un un = address();
	s.socket = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (connect(s.socket, (struct sockaddr *)&un, sizeof un) != 0)
		return 3;
	int fd = sluice_ask(&s, un.sun_path, "an attacker");
	if (fd < 0)
		return 4;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int again = open(path, O_RDWR);
	for (unsigned i = 0; i < 2; i++) {
		int file = i == 0 ? fd : again;
		if (file < 0)
			continue;
		if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) != MAP_FAILED ||
			pwrite(file, "x", 1, 0) >= 0 || ftruncate(file, 0) == 0 ||
			fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == 0)
			return 5;
	}
	return 0;
}

static int is_refused(void)
{
	struct sluice s;
	if (sluice_open(&s, site.run_directory, "a stranger") == 0)
		return 1;
	return strstr(s.error, "refused: found uid 60012, expected one of `market: readers`") !=
			       NULL
		       ? 0
		       : 2;
}

static void say_something(void)
{
	struct tape_writer writer;
	struct top_prices prices = {.bid_e4 = 1630000};
	top_publish(&market->tops[0], &prices);
	tape_join(&writer, market, 0);
	tape_append(&writer, (const uint64_t[8]){0, 0, 0, 42});
	tape_publish(&writer);
}

static void who_may_read_reads(void **state)
{
	(void)state;
	say_something();
	assert_int_equal(as_uid(geteuid(), reads), 0);
	assert_int_equal(metrics_get(&metrics, METRIC_door_market_readers), 0); /* gone again */
	assert_int_equal(metrics_get(&metrics, METRIC_door_market_refused), 0);
}

static void another_uid_reads_and_can_write_nothing(void **state)
{
	(void)state;
	say_something();
	assert_int_equal(as_uid(geteuid(), writes), 0);
	if (geteuid() != 0) {
		print_message("only root can speak as others\n");
		skip();
	}
	assert_int_equal(as_uid(READER_UID, reads), 0);
	assert_int_equal(as_uid(VIEWER_UID, reads), 0);
	assert_int_equal(as_uid(READER_UID, writes), 0);
	assert_int_equal(as_uid(STRANGER_UID, is_refused), 0);
	assert_int_equal(metrics_get(&metrics, METRIC_door_market_refused), 1);
}

static void who_is_nobody_of_the_site_may_not_read(void **state)
{
	(void)state;
	assert_true(audience_may_read(&site, READER_UID));
	assert_true(audience_may_read(&site, VIEWER_UID));
	assert_true(audience_may_read(&site, geteuid()));
	assert_false(audience_may_read(&site, STRANGER_UID));
	site.reader_count = site.person_count = 0;
	assert_false(audience_may_read(&site, READER_UID));
	site.reader_count = site.person_count = 1;
}

static int dial(void)
{
	struct sockaddr_un un = address();
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof un), 0);
	return fd;
}

static void a_wrong_hello_is_told_what_was_expected(void **state)
{
	(void)state;
	static const struct {
		struct sluice_hello hello;
		size_t size;
		const char *words;
	} rows[] = {
		{{.magic = 1, .abi = SLUICE_ABI, .wants = 1}, sizeof(struct sluice_hello),
			"a hello"},
		{{.magic = SLUICE_MAGIC, .abi = SLUICE_ABI, .wants = 1}, 8, "a hello"},
		{{.magic = SLUICE_MAGIC, .abi = SLUICE_ABI + 1, .wants = 1},
			sizeof(struct sluice_hello), "abi 2"},
		{{.magic = SLUICE_MAGIC, .abi = SLUICE_ABI, .wants = SLUICE_WANTS_ORDERS},
			sizeof(struct sluice_hello), "orders go through"},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct sluice_hello answer;
		int fd = dial();
		assert_int_equal(send(fd, &rows[i].hello, rows[i].size, 0), rows[i].size);
		serve(2);
		assert_int_equal(recv(fd, &answer, sizeof answer, 0), sizeof answer);
		if (strstr(answer.text, rows[i].words) == NULL)
			fail_msg("found \"%s\", expected \"%s\"", answer.text, rows[i].words);
		assert_int_equal(recv(fd, &answer, sizeof answer, 0), 0);
		close(fd);
	}
	assert_int_equal(metrics_get(&metrics, METRIC_door_market_refused), ARRAY_COUNT(rows));
}

static void who_says_nothing_is_let_go(void **state)
{
	(void)state;
	char byte;
	int fd = dial();
	serve(1);
	now_ns += AUDIENCE_PATIENCE_NS;
	serve(1);
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	now_ns++;
	serve(1);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

static void a_flood_keeps_to_its_bounds_and_readers_stay(void **state)
{
	(void)state;
	const struct sluice_hello hello = {.magic = SLUICE_MAGIC,
		.abi = SLUICE_ABI,
		.wants = SLUICE_WANTS_MARKET,
		.text = "a\nb"};
	struct sluice_hello answer;
	int readers[AUDIENCE_UID_COUNT + 1], strangers[MANY];
	for (unsigned i = 0; i < ARRAY_COUNT(readers); i++) {
		readers[i] = dial();
		assert_int_equal(send(readers[i], &hello, sizeof hello, 0), sizeof hello);
		serve(1);
		assert_int_equal(recv(readers[i], &answer, sizeof answer, 0), sizeof answer);
		assert_int_equal(answer.text[0] == '\0', i < AUDIENCE_UID_COUNT);
	}
	assert_non_null(strstr(answer.text, "found 16 readers of uid"));
	assert_int_equal(metrics_get(&metrics, METRIC_door_market_readers), AUDIENCE_UID_COUNT);
	for (unsigned i = 0; i < MANY; i++) {
		strangers[i] = dial();
		serve(1);
	}
	for (unsigned i = 0; i < AUDIENCE_UID_COUNT; i++) {
		send(readers[i], "chatter", 7, 0); /* is not listened to */
		serve(1);
		assert_int_equal(recv(readers[i], &answer, sizeof answer, 0), -1);
	}
	close(readers[0]);
	int next = dial();
	assert_int_equal(send(next, &hello, sizeof hello, 0), sizeof hello);
	serve(2);
	assert_int_equal(recv(next, &answer, sizeof answer, 0), sizeof answer);
	assert_string_equal(answer.text, "");
	close(next);
	for (unsigned i = 0; i < MANY; i++)
		close(strangers[i]);
	for (unsigned i = 1; i < ARRAY_COUNT(readers); i++)
		close(readers[i]);
	serve(2);
	assert_int_equal(metrics_get(&metrics, METRIC_door_market_readers), 0);
}

static void nobody_behind_the_socket_is_said(void **state)
{
	(void)state;
	struct sluice s;
	char path[300];
	assert_int_equal(sluice_open(&s, "/tmp/there-is-no-such-run-directory", "x"), -1);
	assert_non_null(strstr(s.error, "expected a running sluice-dataplane"));
	memset(path, 'x', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_int_equal(sluice_open(&s, path, "x"), -1);
	assert_non_null(strstr(s.error, "too long a path"));
	sluice_close(&s);
}

static int outlives(void)
{
	struct sluice s;
	if (sluice_open(&s, site.run_directory, "a survivor") != 0)
		return 1;
	struct pollfd end = {.fd = s.socket, .events = POLLIN};
	if (poll(&end, 1, 10000) != 1 || sluice_is_alive(&s))
		return 2;
	struct sluice_top top;
	return sluice_top_read(&s, 0, &top) && top.bid_e4 == 1630000 ? 0 : 3;
}

static void the_end_of_the_dataplane_is_seen_and_the_last_prices_stay(void **state)
{
	(void)state;
	int status;
	say_something();
	pid_t child = fork();
	if (child == 0) {
		close(listener);
		audience = (struct audience){0};
		_exit(outlives());
	}
	while (metrics_get(&metrics, METRIC_door_market_readers) == 0 &&
		waitpid(child, &status, WNOHANG) == 0)
		serve(1);
	audience_close(&audience);
	audience_init(&audience, &site, &metrics, market_fd);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define audience_case(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	clock_start();
	log_set_floor(LOG_LEVEL_COUNT);
	const struct CMUnitTest tests[] = {
		audience_case(who_may_read_reads),
		audience_case(another_uid_reads_and_can_write_nothing),
		audience_case(who_is_nobody_of_the_site_may_not_read),
		audience_case(a_wrong_hello_is_told_what_was_expected),
		audience_case(who_says_nothing_is_let_go),
		audience_case(a_flood_keeps_to_its_bounds_and_readers_stay),
		audience_case(nobody_behind_the_socket_is_said),
		audience_case(the_end_of_the_dataplane_is_seen_and_the_last_prices_stay),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.plan.audience", tests, NULL, NULL);
}
