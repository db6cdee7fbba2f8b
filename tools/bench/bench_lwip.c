#include "tools/bench/bench_lwip.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"
#include "drivers/port/port.h"
#include "drivers/stream/stream_lwip.h"
#include "drivers/stream/stream_pair.h"
#include "tools/bench/entry.h"

enum {
	NEAR_IP = 0x0A500002,
	FAR_IP = 0x0A500001,
	ECHO_PORT = 25000,
	ORDER_PORT = 26000,
	MESSAGE_BYTES = 64,
	FRAME_BYTES = 14 + 20 + 20 + MESSAGE_BYTES, /* what a message takes on this wire */
	ETHERTYPE_BENCH = 0x88B5,                   /* local experimental, IEEE 802 */
	TRIPS = 5000
};
#define FAR_ADDRESS "10.80.0.1"
#define WIRE_NAME   "stream: bare frame, virtio-user to vhost-user and back"
#define ECHO_NAME   "stream: lwIP TCP echo over it"
#define PATIENCE_NS UINT64_C(10000000000)

enum phase { PHASE_BOOT, PHASE_FRAMES, PHASE_STACK, PHASE_GATE, PHASE_END };

/* What the two ends and their parent share. */
struct wire_page {
	_Atomic uint32_t wanted, reached; /* enum phase: of the near end, of the far */
	struct trip_times frame, echo;
	struct entry_times orders;
	char trouble[256];
};

struct near {
	struct wire_page *page;
	struct port *port;
	struct stream *stack;
	uint32_t connection;
	uint8_t frame[FRAME_BYTES];
};

static struct gate_rig rig; /* its site is made before the ends part */

static struct port *wire_open(const char *device, struct config_error *error)
{
	static struct port_config config = {.kind = PORT_DPDK, .name = "bench"};
	snprintf(config.device, sizeof config.device, "%s", device);
	return port_dpdk_start(&config, 1, error) ? port_open(&config, error) : NULL;
}

static struct stream *stack_open(struct port *port, uint32_t ip, struct config_error *error)
{
	const struct stream_lwip_config config = {
		.address_ip = ip, .netmask_ip = 0xFFFFFF00, .mtu_bytes = 1500, .connection_max = 4};
	return stream_lwip_open(port, &config, error);
}

/* --- the far end: sends back what comes --- */

static void frames_answer(struct port *port)
{
	struct packet packets[BURST_COUNT_MAX];
	uint32_t count = port_rx_burst(port, 0, packets, BURST_COUNT_MAX);
	for (uint32_t i = 0; i < count; i++)
		port_tx(port, packets[i].bytes, packets[i].size_bytes);
}

static void stack_answer(struct stream *stack)
{
	struct stream_event events[8];
	uint32_t count = stream_poll(stack, events, 8);
	for (uint32_t i = 0; i < count; i++)
		if (events[i].kind == STREAM_BYTES)
			stream_send(
				stack, events[i].connection, events[i].bytes, events[i].size_bytes);
}

/* From here on a gate answers, with its venue in memory. */
static bool gate_behind(struct stream *stack)
{
	rig.is_remote = true;
	rig_memory_open(&rig);
	rig.stream = stream_pair_open(&rig.memory.stream, stack, "10.", 16);
	rig.memory.is_answering = true;
	return rig_open(&rig, 1, 1);
}

static bool far_run(struct wire_page *page, const char *path, struct config_error *error)
{
	char device[160];
	cpu_pin(0, "bench-far");
	snprintf(device, sizeof device, "net_vhost0,iface=%s,queues=1", path);
	struct port *port = wire_open(device, error);
	if (port == NULL)
		return false;
	atomic_store(&page->reached, PHASE_FRAMES);
	while (atomic_load_explicit(&page->wanted, memory_order_relaxed) <= PHASE_FRAMES)
		frames_answer(port);
	struct stream *stack = stack_open(port, FAR_IP, error);
	if (stack == NULL || stream_listen(stack, FAR_ADDRESS, ECHO_PORT, error) == 0)
		return false;
	atomic_store(&page->reached, PHASE_STACK);
	while (atomic_load_explicit(&page->wanted, memory_order_relaxed) <= PHASE_STACK)
		stack_answer(stack);
	if (!gate_behind(stack))
		return false;
	atomic_store(&page->reached, PHASE_GATE);
	while (atomic_load_explicit(&page->wanted, memory_order_relaxed) < PHASE_END)
		entry_turn(&rig);
	rig_close(&rig);
	stream_close(rig.stream);
	port_close(port);
	return true;
}

/* --- the near end --- */

static bool frame_back(struct near *near, uint64_t patience_ns)
{
	struct packet packets[BURST_COUNT_MAX];
	uint64_t until_ns = clock_now_ns() + patience_ns;
	do {
		uint32_t count = port_rx_burst(near->port, 0, packets, BURST_COUNT_MAX);
		for (uint32_t i = 0; i < count; i++)
			if (packets[i].size_bytes == FRAME_BYTES)
				return true;
	} while (clock_now_ns() < until_ns);
	return false;
}

static bool frame_trip(void *context)
{
	struct near *near = context;
	return port_tx(near->port, near->frame, FRAME_BYTES) && frame_back(near, PATIENCE_NS);
}

static bool echo_trip(void *context)
{
	struct near *near = context;
	struct stream_event events[8];
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	if (!stream_send(near->stack, near->connection, near->frame, MESSAGE_BYTES))
		return false;
	for (uint32_t got = 0; got < MESSAGE_BYTES;) {
		uint32_t count = stream_poll(near->stack, events, 8);
		for (uint32_t i = 0; i < count; i++) {
			if (events[i].kind == STREAM_CLOSED)
				return false;
			got += events[i].kind == STREAM_BYTES ? events[i].size_bytes : 0;
		}
		if (count == 0 && clock_now_ns() > until_ns)
			return false;
	}
	return true;
}

/* The wire carries once both ends have seen each other: a frame is sent until one comes back. */
static bool wire_up(struct near *near)
{
	for (uint32_t i = 0; i < 1000; i++) {
		port_tx(near->port, near->frame, FRAME_BYTES);
		if (frame_back(near, 10000000))
			break;
	}
	while (frame_back(near, 10000000)) /* the late ones */
		;
	return frame_trip(near);
}

/* Asks the far end for its next phase.  false: it does not come. */
static bool phase_ask(struct near *near, enum phase phase)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	atomic_store(&near->page->wanted, phase);
	while (atomic_load(&near->page->reached) != phase && clock_now_ns() < until_ns)
		if (near->stack != NULL)
			stream_poll(near->stack, NULL, 0);
	return atomic_load(&near->page->reached) == phase;
}

static bool connect_to(struct near *near, uint16_t port)
{
	struct stream_event events[8];
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	near->connection = stream_connect(near->stack, FAR_ADDRESS, port);
	while (clock_now_ns() < until_ns) {
		uint32_t count = stream_poll(near->stack, events, 8);
		for (uint32_t i = 0; i < count; i++)
			if (events[i].kind == STREAM_OPENED)
				return true;
	}
	return false;
}

static bool echoes_time(struct near *near, uint32_t rounds, struct config_error *error)
{
	const struct trips echoes = {.count = TRIPS, .trip = echo_trip, .context = near};
	if (!phase_ask(near, PHASE_STACK))
		return false;
	near->stack = stack_open(near->port, NEAR_IP, error);
	return near->stack != NULL && connect_to(near, ECHO_PORT) &&
	       trips_time(&echoes, rounds, &near->page->echo);
}

static bool orders_time(struct near *near, uint32_t rounds)
{
	static struct entry entry = {.rig = &rig};
	if (!phase_ask(near, PHASE_GATE) || !connect_to(near, ORDER_PORT))
		return false;
	entry_over(&entry, near->stack, near->connection);
	return entry_time(&entry, TRIPS, rounds, &near->page->orders);
}

static bool near_run(
	struct wire_page *page, const char *path, uint32_t rounds, struct config_error *error)
{
	static struct near near;
	const struct trips frames = {.count = TRIPS, .trip = frame_trip, .context = &near};
	char device[160];
	snprintf(device, sizeof device, "virtio_user0,path=%s,queues=1", path);
	snprintf(error->text, sizeof error->text, "no answer came over the wire");
	near.page = page;
	near.port = wire_open(device, error);
	if (near.port == NULL)
		return false;
	memset(near.frame, 0xFF, 6);
	near.frame[6] = 2; /* a local address */
	near.frame[12] = ETHERTYPE_BENCH >> 8;
	near.frame[13] = ETHERTYPE_BENCH & 0xFF;
	bool is_good = wire_up(&near) && trips_time(&frames, rounds, &page->frame) &&
		       echoes_time(&near, rounds, error) && orders_time(&near, rounds);
	/* virtio-user says goodbye to whoever serves it, so the far end ends last. */
	if (near.stack != NULL)
		stream_close(near.stack);
	port_close(near.port);
	return is_good;
}

/* --- the parent --- */

static pid_t end_start(struct wire_page *page, const char *path, uint32_t rounds)
{
	pid_t child = fork();
	if (child != 0)
		return child;
	struct config_error error = {{0}};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bool is_good =
		rounds == 0 ? far_run(page, path, &error) : near_run(page, path, rounds, &error);
	if (!is_good)
		snprintf(page->trouble, sizeof page->trouble, "%.255s", error.text);
	_exit(is_good ? 0 : 1);
}

static bool end_wait(pid_t child)
{
	int status = 1;
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Runs both ends.  The far one is up before the near one knocks. */
static bool ends_run(struct wire_page *page, const char *path, uint32_t rounds)
{
	pid_t far = end_start(page, path, 0);
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (atomic_load(&page->reached) != PHASE_FRAMES && clock_now_ns() < until_ns)
		usleep(1000);
	bool is_good = far > 0 && end_wait(end_start(page, path, rounds));
	atomic_store(&page->wanted, PHASE_END);
	if (far > 0 && !is_good)
		kill(far, SIGKILL);
	return end_wait(far) && is_good;
}

bool bench_lwip_run(struct figures *figures)
{
	char directory[] = "/tmp/sluice-bench-XXXXXX", path[64];
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return true;
	struct wire_page *page =
		mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mkdtemp(directory) == NULL)
		return false;
	snprintf(path, sizeof path, "%s/wire", directory);
	rig_site(&rig, 1, 1);
	snprintf(rig.site.listen_address, sizeof rig.site.listen_address, FAR_ADDRESS);
	rig.site.listen_port = ORDER_PORT;
	bool is_good = ends_run(page, path, figures->round_count);
	if (is_good) {
		trips_add(figures, WIRE_NAME, NULL, &page->frame);
		trips_add(figures, ECHO_NAME, WIRE_NAME, &page->echo);
		entry_add(figures, "lwIP", ECHO_NAME, &page->orders);
	} else {
		fprintf(stderr, "sluice-bench: lwIP over virtio-user: %s\n", page->trouble);
	}
	unlink(path);
	rmdir(directory);
	munmap(page, sizeof *page);
	return is_good;
}
