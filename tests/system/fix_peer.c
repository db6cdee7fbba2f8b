/* fix_peer.c - see fix_peer.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/fix/session.h"
#include "tests/system/fix_peer.h"

enum { STORE_COUNT = 1024, ORDER_COUNT = 64, RX_BYTES = 1 << 16 };

struct fix_peer {
	pthread_t thread;
	pthread_mutex_t lock;
	bool is_closing, is_cut;
	int listener, socket, port;
	struct fix_session_config config;
	struct fix_session session;
	struct fix_line line;
	struct fix_kept store[STORE_COUNT];
	uint8_t rx[RX_BYTES];
	uint32_t rx_bytes;
	char orders[ORDER_COUNT][24];
	uint32_t order_count;
	uint64_t exec_count;
	unsigned long counts[FIX_PEER_GARBLED + 1];
	pcap_t *pcap;
	pcap_dumper_t *dump;
	uint32_t sequence[2]; /* of TCP, as recorded */
};

static struct fix_moment now(void)
{
	struct timespec mono, wall;
	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct fix_moment){(uint64_t)mono.tv_sec * 1000000000u + (uint64_t)mono.tv_nsec,
		(uint64_t)wall.tv_sec * 1000000000u + (uint64_t)wall.tv_nsec};
}

/* record writes one segment; from 0: ours. */
static void record(struct fix_peer *end, unsigned from, const uint8_t *bytes, uint32_t size)
{
	uint8_t frame[54 + FIX_MESSAGE_BYTES_MAX] = {0};
	struct pcap_pkthdr header = {0};
	if (end->dump == NULL || size > FIX_MESSAGE_BYTES_MAX)
		return;
	uint16_t ours = 9878, theirs = 50000;
	frame[5] = (uint8_t)(1 + from);
	frame[11] = (uint8_t)(2 - from);
	frame[12] = 8;
	frame[14] = 0x45;
	store_be16(frame + 16, (uint16_t)(40 + size));
	frame[22] = 64;
	frame[23] = 6;
	store_be32(frame + 26, 0x0a000001 + from);
	store_be32(frame + 30, 0x0a000002 - from);
	store_be16(frame + 34, from == 0 ? ours : theirs);
	store_be16(frame + 36, from == 0 ? theirs : ours);
	store_be32(frame + 38, 1 + end->sequence[from]);
	store_be32(frame + 42, 1 + end->sequence[1 - from]);
	frame[46] = 0x50;
	frame[47] = 0x18;
	store_be16(frame + 48, 65535);
	memcpy(frame + 54, bytes, size);
	end->sequence[from] += size;
	header.caplen = header.len = 54 + size;
	header.ts.tv_sec = (time_t)(now().wall_ns / 1000000000u);
	pcap_dump((unsigned char *)end->dump, &header, frame);
}

static void gone(struct fix_peer *end)
{
	if (end->socket >= 0)
		close(end->socket);
	end->socket = -1;
	end->rx_bytes = 0;
	end->counts[FIX_PEER_WHY] = end->session.end;
	fix_session_disconnect(&end->session);
}

static void made(struct fix_peer *end, int socket)
{
	end->socket = socket;
	fcntl(socket, F_SETFL, O_NONBLOCK);
	fix_line_begin(&end->line, &end->session);
	fix_session_connect(&end->session, now());
}

static void report(struct fix_peer *end, const struct fix_text *id, const struct fix_text *original,
	char type, char status, uint64_t last, uint64_t leaves)
{
	struct fix_message m;
	uint8_t digits[FIX_NUMBER_BYTES_MAX];
	bool is_42 = end->config.version == FIX_42;
	fix_begin_type(&m, (enum fix_version)end->config.version, FIX_MSG_EXECUTION_REPORT);
	fix_set_text(&m, FIX_ORDER_ID, "V1", 2);
	fix_set_text(&m, FIX_EXEC_ID, digits, fix_write_number(digits, ++end->exec_count));
	if (is_42)
		fix_set_number(&m, FIX_EXEC_TRANS_TYPE, '0');
	if (id != NULL)
		fix_set_text(&m, FIX_CL_ORD_ID, id->bytes, id->size_bytes);
	if (original != NULL)
		fix_set_text(&m, FIX_ORIG_CL_ORD_ID, original->bytes, original->size_bytes);
	fix_set_number(&m, FIX_EXEC_TYPE, (uint64_t)(type == 'F' && is_42 ? '1' : type));
	fix_set_number(&m, FIX_ORD_STATUS, (uint64_t)status);
	fix_set_text(&m, FIX_SYMBOL, "MSFT", 4);
	fix_set_number(&m, FIX_SIDE, '1');
	fix_set_number(&m, FIX_LEAVES_QTY, leaves);
	fix_set_number(&m, FIX_CUM_QTY, last);
	fix_set_decimal(&m, FIX_AVG_PX, last == 0 ? 0 : 1050000000);
	if (last != 0) {
		fix_set_number(&m, FIX_LAST_QTY, last);
		fix_set_decimal(&m, FIX_LAST_PX, 1050000000);
	}
	CHECK(fix_session_send(&end->session, &m, KEPT_AGAIN, 0, now()) != 0);
}

static void refuse(struct fix_peer *end, const struct fix_message *of)
{
	struct fix_message m;
	fix_begin_type(&m, (enum fix_version)end->config.version, FIX_MSG_CANCEL_REJECT);
	fix_set_text(&m, FIX_ORDER_ID, "NONE", 4);
	fix_set_text(&m, FIX_CL_ORD_ID, of->cl_ord_id.bytes, of->cl_ord_id.size_bytes);
	fix_set_text(
		&m, FIX_ORIG_CL_ORD_ID, of->orig_cl_ord_id.bytes, of->orig_cl_ord_id.size_bytes);
	fix_set_number(&m, FIX_ORD_STATUS, '8');
	fix_set_number(&m, FIX_CXL_REJ_RESPONSE_TO, of->type == FIX_MSG_CANCEL ? '1' : '2');
	fix_set_number(&m, FIX_CXL_REJ_REASON, 1);
	CHECK(fix_session_send(&end->session, &m, KEPT_AGAIN, 0, now()) != 0);
}

static char *order_find(struct fix_peer *end, const struct fix_text *id)
{
	for (uint32_t i = 0; i < end->order_count; i++) {
		if (strlen(end->orders[i]) == id->size_bytes &&
			memcmp(end->orders[i], id->bytes, id->size_bytes) == 0)
			return end->orders[i];
	}
	return NULL;
}

static void name_copy(char name[24], const struct fix_text *id)
{
	snprintf(name, 24, "%.*s", (int)id->size_bytes, (const char *)id->bytes);
}

static void serve(struct fix_peer *end, const struct fix_message *m)
{
	char *order;
	switch (m->type) {
	case FIX_MSG_NEW_ORDER:
		end->counts[FIX_PEER_ORDERS]++;
		name_copy(end->orders[end->order_count++ % ORDER_COUNT], &m->cl_ord_id);
		report(end, &m->cl_ord_id, NULL, '0', '0', 0, m->order_qty);
		report(end, &m->cl_ord_id, NULL, 'F', '1', m->order_qty / 2,
			m->order_qty - m->order_qty / 2);
		break;
	case FIX_MSG_REPLACE:
	case FIX_MSG_CANCEL:
		order = order_find(end, &m->orig_cl_ord_id);
		if (order == NULL) {
			refuse(end, m);
			break;
		}
		name_copy(order, &m->cl_ord_id);
		report(end, &m->cl_ord_id, &m->orig_cl_ord_id,
			m->type == FIX_MSG_CANCEL ? '4' : '5',
			m->type == FIX_MSG_CANCEL ? '4' : '1', 0, 0);
		break;
	case FIX_MSG_EXECUTION_REPORT:
	case FIX_MSG_CANCEL_REJECT:
		end->counts[FIX_PEER_REPORTS]++;
		end->counts[FIX_PEER_AGAIN] += m->is_poss_dup != 0;
		break;
	default:
		end->counts[FIX_PEER_REJECTS]++;
	}
}

static void hear(struct fix_peer *end)
{
	struct fix_frame frame;
	struct fix_message message;
	ssize_t got = recv(end->socket, end->rx + end->rx_bytes, RX_BYTES - end->rx_bytes, 0);
	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		gone(end);
		return;
	}
	end->rx_bytes += got > 0 ? (uint32_t)got : 0;
	uint32_t done = 0;
	while (done < end->rx_bytes) {
		enum fix_cut_verdict verdict =
			fix_cut(end->rx + done, end->rx_bytes - done, &frame);
		if (verdict == FIX_MORE)
			break;
		end->counts[FIX_PEER_GARBLED] += verdict == FIX_GARBLED;
		if (verdict == FIX_WHOLE) {
			record(end, 1, frame.bytes, frame.size_bytes);
			fix_parse(frame.bytes, frame.size_bytes, &message);
			if (fix_session_receive(&end->session, &message, now()) == FIX_TAKE_MESSAGE)
				serve(end, &message);
		}
		done += frame.taken_bytes;
	}
	memmove(end->rx, end->rx + done, end->rx_bytes - done);
	end->rx_bytes -= done;
}

static void say(struct fix_peer *end)
{
	uint8_t out[FIX_MESSAGE_BYTES_MAX];
	struct fix_step step;
	while (end->socket >= 0 && fix_line_next(&end->line, &end->session, NULL, now().wall_ns,
					   out, &step) == FIX_LINE_SEND) {
		if (send(end->socket, out, step.size_bytes, MSG_NOSIGNAL) !=
			(ssize_t)step.size_bytes) {
			gone(end);
			return;
		}
		record(end, 0, out, step.size_bytes);
		fix_line_sent(&end->line, &step);
	}
	if (end->session.state == FIX_STATE_OVER)
		gone(end);
}

static void join(struct fix_peer *end)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)end->port)};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!end->config.is_initiator) {
		int socket = accept4(end->listener, NULL, NULL, SOCK_CLOEXEC);
		if (socket >= 0)
			made(end, socket);
		return;
	}
	int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(one, (struct sockaddr *)&address, sizeof address) == 0)
		made(end, one);
	else
		close(one);
}

static void *run(void *context)
{
	struct fix_peer *end = context;
	bool is_closing = false;
	while (!is_closing) {
		struct pollfd wait = {.fd = end->socket, .events = POLLIN};
		poll(&wait, 1, 5);
		pthread_mutex_lock(&end->lock);
		if (end->socket >= 0)
			hear(end);
		fix_session_tick(&end->session, now());
		say(end);
		if (end->socket < 0 && !end->is_cut)
			join(end);
		is_closing = end->is_closing;
		pthread_mutex_unlock(&end->lock);
	}
	return NULL;
}

static void listen_on(struct fix_peer *end)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	int yes = 1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	end->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(end->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	CHECK(bind(end->listener, (struct sockaddr *)&address, sizeof address) == 0);
	CHECK(listen(end->listener, 8) == 0);
	CHECK(getsockname(end->listener, (struct sockaddr *)&address, &size) == 0);
	end->port = ntohs(address.sin_port);
}

struct fix_peer *fix_peer_open(int version, int is_initiator, int port)
{
	const uint64_t second_ns = 1000000000;
	struct fix_peer *end = calloc(1, sizeof *end);
	CHECK(end != NULL);
	end->config = (struct fix_session_config){
		.version = version == 42 ? FIX_42 : FIX_44,
		.is_initiator = is_initiator != 0,
		.precision = FIX_MILLIS,
		.heartbeat_s = 30,
		.heartbeat_s_min = 1,
		.heartbeat_s_max = 60,
		.store_count = STORE_COUNT,
		.time_tolerance_ns = 120 * second_ns,
		.logon_wait_ns = 5 * second_ns,
		.logout_wait_ns = 2 * second_ns,
		.resend_wait_ns = 2 * second_ns,
		.sender = "SLUICE",
		.target = "QUICKFIX",
	};
	end->socket = end->listener = -1;
	end->port = port;
	fix_session_init(&end->session, &end->config, end->store);
	if (!is_initiator)
		listen_on(end);
	pthread_mutex_init(&end->lock, NULL);
	CHECK(pthread_create(&end->thread, NULL, run, end) == 0);
	return end;
}

int fix_peer_port(struct fix_peer *end)
{
	return end->port;
}

void fix_peer_close(struct fix_peer *end)
{
	pthread_mutex_lock(&end->lock);
	end->is_closing = true;
	pthread_mutex_unlock(&end->lock);
	pthread_join(end->thread, NULL);
	gone(end);
	if (end->listener >= 0)
		close(end->listener);
	if (end->dump != NULL) {
		pcap_dump_close(end->dump);
		pcap_close(end->pcap);
	}
	pthread_mutex_destroy(&end->lock);
	free(end);
}

unsigned long fix_peer_get(struct fix_peer *end, enum fix_peer_count count)
{
	pthread_mutex_lock(&end->lock);
	end->counts[FIX_PEER_NEXT_OUT] = end->session.next_out;
	end->counts[FIX_PEER_NEXT_IN] = end->session.next_in;
	end->counts[FIX_PEER_STATE] = end->session.state;
	end->counts[FIX_PEER_ANSWERED] = end->session.answered;
	unsigned long value = end->counts[count];
	pthread_mutex_unlock(&end->lock);
	return value;
}

/* order_begin fills what a new order and a cancel have in common. */
static void order_begin(
	struct fix_peer *end, struct fix_message *m, enum fix_type type, const char *id)
{
	fix_begin_type(m, (enum fix_version)end->config.version, type);
	fix_set_text(m, FIX_CL_ORD_ID, id, (uint32_t)strlen(id));
	fix_set_text(m, FIX_SYMBOL, "MSFT", 4);
	fix_set_number(m, FIX_SIDE, '1');
	fix_set_number(m, FIX_TRANSACT_TIME, now().wall_ns);
	fix_set_number(m, FIX_ORDER_QTY, 100);
}

void fix_peer_order(struct fix_peer *end, const char *id)
{
	struct fix_message m;
	pthread_mutex_lock(&end->lock);
	order_begin(end, &m, FIX_MSG_NEW_ORDER, id);
	fix_set_number(&m, FIX_HANDL_INST, '1');
	fix_set_number(&m, FIX_ORD_TYPE, '2');
	fix_set_decimal(&m, FIX_PRICE, 105000);
	CHECK(fix_session_send(&end->session, &m, KEPT_ONCE, 1, now()) != 0);
	pthread_mutex_unlock(&end->lock);
}

void fix_peer_cancel(struct fix_peer *end, const char *id, const char *of)
{
	struct fix_message m;
	pthread_mutex_lock(&end->lock);
	order_begin(end, &m, FIX_MSG_CANCEL, id);
	fix_set_text(&m, FIX_ORIG_CL_ORD_ID, of, (uint32_t)strlen(of));
	CHECK(fix_session_send(&end->session, &m, KEPT_ONCE, 1, now()) != 0);
	pthread_mutex_unlock(&end->lock);
}

void fix_peer_report(struct fix_peer *end)
{
	pthread_mutex_lock(&end->lock);
	report(end, NULL, NULL, 'F', '1', 1, 1);
	pthread_mutex_unlock(&end->lock);
}

void fix_peer_test(struct fix_peer *end)
{
	pthread_mutex_lock(&end->lock);
	fix_session_test(&end->session, now());
	pthread_mutex_unlock(&end->lock);
}

void fix_peer_logout(struct fix_peer *end)
{
	pthread_mutex_lock(&end->lock);
	fix_session_logout(&end->session, "the test is over", now());
	end->is_cut = true; /* and not made anew */
	pthread_mutex_unlock(&end->lock);
}

void fix_peer_cut(struct fix_peer *end)
{
	pthread_mutex_lock(&end->lock);
	end->is_cut = true;
	gone(end);
	pthread_mutex_unlock(&end->lock);
}

void fix_peer_join(struct fix_peer *end)
{
	pthread_mutex_lock(&end->lock);
	end->is_cut = false;
	pthread_mutex_unlock(&end->lock);
}

int fix_peer_record(struct fix_peer *end, const char *path)
{
	pthread_mutex_lock(&end->lock);
	end->pcap = pcap_open_dead(DLT_EN10MB, 65535);
	end->dump = pcap_dump_open(end->pcap, path);
	pthread_mutex_unlock(&end->lock);
	return end->dump != NULL;
}
