#include "tools/bench/bench_machine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/cpu.h"

enum { LINE_TRIPS = 200000, KERNEL_TRIPS = 10000, MESSAGE_BYTES = 64, SPIN_LIMIT = 50000000 };

/* Two words, each written by one side. */
struct ball {
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint32_t there;
	_Alignas(SHARED_ALIGN_BYTES) _Atomic uint32_t back;
};

static void *return_ball(void *context)
{
	struct ball *ball = context;
	cpu_pin(0, "bench-echo");
	for (uint32_t i = 1; i <= LINE_TRIPS; i++) {
		while (atomic_load_explicit(&ball->there, memory_order_acquire) != i)
			;
		atomic_store_explicit(&ball->back, i, memory_order_release);
	}
	return NULL;
}

static double line_round_trip(void *context)
{
	static struct ball ball;
	pthread_t thread;
	(void)context;
	atomic_store(&ball.there, 0);
	atomic_store(&ball.back, 0);
	if (pthread_create(&thread, NULL, return_ball, &ball) != 0)
		return 0;
	uint64_t from = 0;
	for (uint32_t i = 1; i <= LINE_TRIPS; i++) {
		if (i == 2)
			from = clock_now_ns();
		atomic_store_explicit(&ball.there, i, memory_order_release);
		while (atomic_load_explicit(&ball.back, memory_order_acquire) != i)
			;
	}
	uint64_t spent = clock_now_ns() - from;
	pthread_join(thread, NULL);
	return (double)spent / (LINE_TRIPS - 1);
}

/* spin_read reads a whole message without sleeping; false: nothing came for a long time. */
static bool spin_read(int socket, uint8_t *bytes)
{
	size_t size = 0;
	for (uint32_t spins = 0; size < MESSAGE_BYTES && spins < SPIN_LIMIT; spins++) {
		ssize_t part = recv(socket, bytes + size, MESSAGE_BYTES - size, MSG_DONTWAIT);
		if (part > 0)
			size += (size_t)part;
		else if (part == 0 || (errno != EAGAIN && errno != EINTR))
			return false;
	}
	return size == MESSAGE_BYTES;
}

static void *echo_messages(void *context)
{
	const int *socket = context;
	uint8_t bytes[MESSAGE_BYTES];
	cpu_pin(0, "bench-echo");
	for (uint32_t i = 0; i < KERNEL_TRIPS && spin_read(*socket, bytes); i++)
		if (send(*socket, bytes, sizeof bytes, MSG_NOSIGNAL) != MESSAGE_BYTES)
			break;
	return NULL;
}

/* connect_pair makes two connected loopback sockets of a type. */
static bool connect_pair(int type, int pair[2])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in other = address;
	socklen_t size = sizeof address;
	int listener = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1;
	bool is_made = false;
	pair[0] = pair[1] = -1;
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
		getsockname(listener, (struct sockaddr *)&address, &size) != 0)
		goto done;
	pair[0] = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (type == SOCK_STREAM) {
		is_made = listen(listener, 1) == 0 &&
			  connect(pair[0], (struct sockaddr *)&address, size) == 0 &&
			  (pair[1] = accept(listener, NULL, NULL)) >= 0;
		for (int i = 0; is_made && i < 2; i++)
			setsockopt(pair[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		goto done;
	}
	is_made = bind(pair[0], (struct sockaddr *)&other, sizeof other) == 0 &&
		  getsockname(pair[0], (struct sockaddr *)&other, &size) == 0 &&
		  connect(pair[0], (struct sockaddr *)&address, size) == 0 &&
		  connect(listener, (struct sockaddr *)&other, size) == 0;
	pair[1] = listener;
	return is_made;
done:
	if (listener >= 0)
		close(listener);
	return is_made;
}

static double kernel_round_trip(void *context)
{
	const int *type = context;
	uint8_t bytes[MESSAGE_BYTES] = {0};
	pthread_t thread;
	int pair[2];
	double cost = 0;
	if (connect_pair(*type, pair) &&
		pthread_create(&thread, NULL, echo_messages, &pair[1]) == 0) {
		uint32_t trips = 0;
		uint64_t from = clock_now_ns();
		while (trips < KERNEL_TRIPS &&
			send(pair[0], bytes, sizeof bytes, MSG_NOSIGNAL) == MESSAGE_BYTES &&
			spin_read(pair[0], bytes))
			trips++;
		cost = trips == KERNEL_TRIPS ? (double)(clock_now_ns() - from) / KERNEL_TRIPS : 0;
		shutdown(pair[0], SHUT_RDWR);
		shutdown(pair[1], SHUT_RDWR);
		pthread_join(thread, NULL);
	}
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
	return cost;
}

/* Each trip by itself, so that one in which the machine did something else is one of many. */
static double line_round_trip_p50(void *context)
{
	static struct ball ball;
	static uint32_t trips[LINE_TRIPS];
	pthread_t thread;
	(void)context;
	atomic_store(&ball.there, 0);
	atomic_store(&ball.back, 0);
	if (pthread_create(&thread, NULL, return_ball, &ball) != 0)
		return 0;
	for (uint32_t i = 1; i <= LINE_TRIPS; i++) {
		uint64_t from = clock_cycles();
		atomic_store_explicit(&ball.there, i, memory_order_release);
		while (atomic_load_explicit(&ball.back, memory_order_acquire) != i)
			;
		trips[i - 1] = (uint32_t)(clock_cycles() - from);
	}
	pthread_join(thread, NULL);
	round_sort_cycles(trips, LINE_TRIPS);
	return (double)clock_cycles_to_ns(trips[LINE_TRIPS / 2]);
}

static const char hop_name[] = "machine: cache line between two cores, round trip, p50";

const char *bench_machine_hop(struct figures *figures)
{
	const struct bench_case hop = {hop_name, NULL, line_round_trip_p50, NULL};
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return NULL;
	if (round_find(figures, hop_name) == NULL)
		round_run(figures, &hop, 1);
	return hop_name;
}

void bench_machine_run(struct figures *figures)
{
	static int datagram = SOCK_DGRAM, stream = SOCK_STREAM;
	cpu_set_t cores;
	const struct bench_case cases[] = {
		{"machine: cache line between two cores, round trip", NULL, line_round_trip, NULL},
		{hop_name, NULL, line_round_trip_p50, NULL},
		{"machine: kernel UDP over loopback, spinning, round trip", NULL, kernel_round_trip,
			&datagram},
		{"machine: kernel TCP over loopback, spinning, round trip", NULL, kernel_round_trip,
			&stream},
	};
	if (sched_getaffinity(0, sizeof cores, &cores) != 0 || sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		fputs("machine: one core only; nothing that crosses cores is measured\n", stderr);
		return;
	}
	round_run(figures, cases, ARRAY_COUNT(cases));
}
