#include "tools/bench/bench_stream.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"
#include "drivers/stream/sluice_order.h"
#include "drivers/stream/stream_pair.h"
#include "drivers/stream/stream_shm.h"
#include "drivers/stream/stream_tls.h"
#include "tools/bench/bench_machine.h"
#include "tools/bench/entry.h"

enum { TRIPS = TRIP_COUNT_MAX, MESSAGE_BYTES = 64, RING_BYTES = 65536, TCP_TRIPS = 5000 };

/* One way of going there and back. */
struct way {
	const char *name, *yardstick;
	uint32_t trips;
	bool (*trip)(void *way);         /* NULL: orders go this way */
	void (*answer)(struct way *way); /* what the other end does, again and again */
	/* the near end */
	struct sluice_order order;
	struct sluice_order_way near[2];
	struct stream *client;
	uint32_t connection;
	uint8_t bytes[MESSAGE_BYTES];
	struct entry entry; /* of an order session */
	/* the far end */
	struct stream *server;
	struct sluice_order_way far[2];
	struct gate_rig *rig;
	bool is_good; /* the gate has booted, where there is one */
	_Atomic bool is_ready, is_ending;
	pthread_t thread;
};

static bool gate_boot(struct gate_rig *rig)
{
	rig->is_remote = true;
	rig->memory.is_answering = true;
	return rig_open(rig, 1, 1);
}

static void *far_end(void *context)
{
	struct way *way = context;
	cpu_pin(0, "bench-far");
	/* here, as a ring of the kernel's belongs to who first polls it */
	way->is_good = way->rig == NULL || gate_boot(way->rig);
	atomic_store(&way->is_ready, true);
	while (way->is_good && !atomic_load_explicit(&way->is_ending, memory_order_relaxed))
		way->answer(way);
	return NULL;
}

static void far_start(struct way *way)
{
	way->is_ready = way->is_ending = false;
	CHECK(pthread_create(&way->thread, NULL, far_end, way) == 0);
	while (!atomic_load(&way->is_ready))
		sched_yield();
}

static void far_end_wait(struct way *way)
{
	atomic_store(&way->is_ending, true);
	pthread_join(way->thread, NULL);
}

/* --- the bare ring --- */

static uint64_t ring_words[4][16] __attribute__((aligned(128)));
static uint8_t rings[2][RING_BYTES];

static void ring_answer(struct way *way)
{
	uint8_t bytes[MESSAGE_BYTES];
	int64_t size = sluice_order_take(&way->far[0], bytes, sizeof bytes);
	if (size > 0)
		sluice_order_put(&way->far[1], bytes, (uint64_t)size);
}

static bool ring_trip(void *context)
{
	struct way *way = context;
	sluice_order_put(&way->near[0], way->bytes, MESSAGE_BYTES);
	for (int64_t got = 0; got < MESSAGE_BYTES;)
		got += sluice_order_take(&way->near[1], way->bytes, MESSAGE_BYTES);
	return true;
}

static void ring_open(struct way *way)
{
	sluice_order_way_set(&way->near[0], rings[0], RING_BYTES, ring_words[0], ring_words[1]);
	sluice_order_way_set(&way->far[0], rings[0], RING_BYTES, ring_words[1], ring_words[0]);
	sluice_order_way_set(&way->far[1], rings[1], RING_BYTES, ring_words[2], ring_words[3]);
	sluice_order_way_set(&way->near[1], rings[1], RING_BYTES, ring_words[3], ring_words[2]);
}

/* --- streams --- */

static void stream_answer(struct way *way)
{
	struct stream_event events[8];
	uint32_t count = stream_poll(way->server, events, 8);
	for (uint32_t i = 0; i < count; i++)
		if (events[i].kind == STREAM_BYTES)
			stream_send(way->server, events[i].connection, events[i].bytes,
				events[i].size_bytes);
}

static bool order_trip(void *context)
{
	struct way *way = context;
	if (sluice_order_send(&way->order, way->bytes, MESSAGE_BYTES) != 1)
		return false;
	for (int64_t got = 0; got < MESSAGE_BYTES;) {
		int64_t more = sluice_order_receive(&way->order, way->bytes, MESSAGE_BYTES);
		if (more < 0)
			return false;
		got += more;
	}
	return true;
}

/* near_poll takes what came; false: the connection is over. */
static bool near_poll(struct way *way, uint32_t *got, bool *is_open)
{
	struct stream_event events[8];
	uint32_t count = stream_poll(way->client, events, 8);
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == STREAM_CLOSED)
			return false;
		*is_open |= events[i].kind == STREAM_OPENED;
		*got += events[i].kind == STREAM_BYTES ? events[i].size_bytes : 0;
	}
	return true;
}

static bool stream_trip(void *context)
{
	struct way *way = context;
	uint32_t got = 0;
	bool is_open = true;
	if (!stream_send(way->client, way->connection, way->bytes, MESSAGE_BYTES))
		return false;
	while (got < MESSAGE_BYTES)
		if (!near_poll(way, &got, &is_open))
			return false;
	return true;
}

static struct stream *shm_open_server(const char *path, struct config_error *error)
{
	const struct stream_shm_config config = {
		.connection_max = 4, .ring_bytes = RING_BYTES, .uid_count = 1, .uids = {geteuid()}};
	struct stream *server = stream_shm_open(&config, error);
	if (server != NULL && path != NULL && stream_listen(server, path, 0, error) == 0) {
		stream_close(server);
		return NULL;
	}
	return server;
}

/* --- orders --- */

static bool order_send(struct entry *entry, const uint8_t *bytes, uint32_t size_bytes)
{
	return sluice_order_send(entry->line, bytes, size_bytes) == 1;
}

static int64_t order_receive(struct entry *entry, uint8_t *bytes, uint64_t room)
{
	return sluice_order_receive(entry->line, bytes, room);
}

static void gate_answer(struct way *way)
{
	entry_turn(way->rig);
}

/* --- measuring --- */

static bool way_failed(const struct way *way)
{
	fprintf(stderr, "sluice-bench: %s: found no answer, expected one for each message\n",
		way->name);
	return false;
}

static bool way_measure(struct figures *figures, struct way *way)
{
	static struct trip_times times;
	const struct trips trips = {.count = way->trips, .trip = way->trip, .context = way};
	if (!trips_time(&trips, figures->round_count, &times))
		return way_failed(way);
	trips_add(figures, way->name, way->yardstick, &times);
	return true;
}

static bool orders_measure(struct figures *figures, struct way *way)
{
	static struct entry_times times;
	way->entry.rig = way->rig;
	if (!entry_time(&way->entry, way->trips, figures->round_count, &times))
		return way_failed(way);
	entry_add(figures, way->name, way->yardstick, &times);
	return true;
}

static bool ring_run(struct figures *figures)
{
	static struct way way = {.name = "stream: bare ring, there and back",
		.trips = TRIPS,
		.trip = ring_trip,
		.answer = ring_answer};
	way.yardstick = bench_machine_hop(figures);
	ring_open(&way);
	far_start(&way);
	bool is_good = way_measure(figures, &way);
	far_end_wait(&way);
	return is_good;
}

static bool shm_run(struct figures *figures)
{
	static struct way way = {.name = "stream: shm echo",
		.yardstick = "stream: bare ring, there and back",
		.trips = TRIPS,
		.trip = order_trip,
		.answer = stream_answer};
	struct config_error error = {{0}};
	char path[64];
	snprintf(path, sizeof path, "/tmp/sluice-bench-%d.sock", getpid());
	way.server = shm_open_server(path, &error);
	bool is_good = way.server != NULL;
	if (is_good)
		far_start(&way);
	is_good = is_good && sluice_order_open(&way.order, path, "bench") == 0 &&
		  way_measure(figures, &way);
	if (way.server != NULL)
		far_end_wait(&way);
	sluice_order_close(&way.order);
	if (way.server != NULL)
		stream_close(way.server);
	return is_good;
}

/* A gate behind a stream; the far thread boots and turns it. */
static bool gate_open_behind(struct way *way, struct stream *stream, const char *prefix)
{
	rig_memory_open(way->rig);
	way->rig->stream = stream_pair_open(&way->rig->memory.stream, stream, prefix, 16);
	far_start(way);
	return way->is_good;
}

static void gate_close_behind(struct way *way)
{
	far_end_wait(way);
	rig_close(way->rig);
	stream_close(way->rig->stream);
}

static bool shm_orders_run(struct figures *figures)
{
	static struct gate_rig rig;
	static struct way way = {.name = "shm",
		.yardstick = "stream: shm echo",
		.trips = TRIPS,
		.answer = gate_answer,
		.rig = &rig,
		.entry = {.send = order_send, .receive = order_receive, .line = &way.order}};
	struct config_error error = {{0}};
	rig.site.shm.is_used = 1;
	snprintf(rig.site.shm.socket, sizeof rig.site.shm.socket, "/tmp/sluice-bench-%d.sock",
		getpid());
	struct stream *shm = shm_open_server(NULL, &error);
	if (shm == NULL || !gate_open_behind(&way, shm, "/"))
		return false;
	bool is_good = sluice_order_open(&way.order, rig.site.shm.socket, "bench") == 0 &&
		       orders_measure(figures, &way);
	sluice_order_close(&way.order);
	gate_close_behind(&way);
	return is_good;
}

static bool tcp_orders_run(struct figures *figures)
{
	static struct gate_rig rig;
	static struct way way = {.name = "io_uring TCP",
		.yardstick = "stream: io_uring TCP echo, loopback",
		.trips = TCP_TRIPS,
		.answer = gate_answer,
		.rig = &rig};
	struct config_error error = {{0}};
	uint32_t got = 0;
	bool is_open = false, is_good = true;
	snprintf(rig.site.listen_address, sizeof rig.site.listen_address, "127.0.0.1");
	struct stream *tcp = stream_uring_open(4, 4, 65536, &error);
	way.client = stream_uring_open(4, 4, 65536, &error);
	if (tcp == NULL || way.client == NULL || !gate_open_behind(&way, tcp, "127."))
		return false;
	way.connection = stream_connect(
		way.client, "127.0.0.1", stream_listen_port(rig.stream, rig.gate->listener));
	while (is_good && !is_open)
		is_good = near_poll(&way, &got, &is_open);
	entry_over(&way.entry, way.client, way.connection);
	is_good = is_good && orders_measure(figures, &way);
	stream_close(way.client);
	gate_close_behind(&way);
	return is_good;
}

/* A certificate for both ends, by OpenSSL's own program.  false: it is not there. */
static bool tls_papers(char directory[64])
{
	char command[512];
	snprintf(directory, 64, "/tmp/sluice-bench-XXXXXX");
	if (mkdtemp(directory) == NULL)
		return false;
	snprintf(command, sizeof command,
		"cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
		"-days 2 "
		"-subj /CN=bench -keyout key -out pem 2>/dev/null && chmod 600 key",
		directory);
	return system(command) == 0;
}

static struct stream *tls_over(
	struct stream *wrapped, const char *directory, bool is_server, struct config_error *error)
{
	const struct stream_tls_config config = {
		.connection_max = 4, .handshake_ns = 5000000000ull};
	char certificate[96], key[96];
	snprintf(certificate, sizeof certificate, "%s/pem", directory);
	snprintf(key, sizeof key, "%s/key", directory);
	const struct stream_tls_papers papers = {.certificate = certificate,
		.key = key,
		.authority = certificate,
		.name = is_server ? NULL : "bench"};
	struct stream *tls = stream_tls_open(wrapped, &config, error);
	bool is_good = tls != NULL && (is_server ? stream_tls_serve(tls, &papers, error)
						 : stream_tls_trust(tls, "bench", &papers, error));
	CHECK(is_good);
	return tls;
}

static bool tcp_run(struct figures *figures, const char *directory)
{
	static struct way way;
	struct config_error error = {{0}};
	uint32_t got = 0;
	bool is_open = false, is_tls = directory != NULL;
	way = (struct way){.name = is_tls ? "stream: TLS 1.3 echo over it"
					  : "stream: io_uring TCP echo, loopback",
		.yardstick = is_tls ? "stream: io_uring TCP echo, loopback" : NULL,
		.trips = TCP_TRIPS,
		.trip = stream_trip,
		.answer = stream_answer};
	way.server = stream_uring_open(4, 4, 65536, &error);
	way.client = stream_uring_open(4, 4, 65536, &error);
	if (way.server == NULL || way.client == NULL)
		return false;
	if (is_tls) {
		way.server = tls_over(way.server, directory, true, &error);
		way.client = tls_over(way.client, directory, false, &error);
	}
	uint32_t listener =
		stream_listen(way.server, is_tls ? "tls:127.0.0.1" : "127.0.0.1", 0, &error);
	uint16_t port = stream_listen_port(way.server, listener);
	far_start(&way);
	way.connection =
		stream_connect(way.client, is_tls ? "tls:bench@127.0.0.1" : "127.0.0.1", port);
	bool is_good = true;
	while (is_good && !is_open)
		is_good = near_poll(&way, &got, &is_open);
	is_good = is_good && way_measure(figures, &way);
	far_end_wait(&way);
	stream_close(way.client);
	stream_close(way.server);
	return is_good;
}

bool bench_stream_run(struct figures *figures)
{
	char directory[64], command[96];
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return true;
	bool is_good = ring_run(figures) && shm_run(figures) && shm_orders_run(figures) &&
		       tcp_run(figures, NULL) && tcp_orders_run(figures);
	if (is_good && tls_papers(directory))
		is_good = tcp_run(figures, directory);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	if (strncmp(directory, "/tmp/sluice-bench-", 18) == 0 && system(command) != 0)
		return false;
	return is_good;
}
