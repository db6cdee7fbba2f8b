#include "drivers/datagram/datagram.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/memory.h"

struct udp {
	struct datagram datagram;
	int fd;
	uint8_t bytes[DATAGRAM_BYTES_MAX + DATAGRAM_READ_PAST_BYTES];
};

static bool udp_send(struct datagram *d, const struct endpoint *to, const uint8_t *bytes,
	uint32_t size_bytes, uint64_t now_ns)
{
	struct udp *u = (struct udp *)d;
	struct sockaddr_in name = {.sin_family = AF_INET,
		.sin_port = htons(to->port),
		.sin_addr.s_addr = htonl(to->ip)};
	(void)now_ns;
	ssize_t sent = sendto(u->fd, bytes, size_bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
		(struct sockaddr *)&name, sizeof name);
	return sent == (ssize_t)size_bytes;
}

static bool udp_receive(struct datagram *d, struct datagram_packet *packet, uint64_t now_ns)
{
	enum { REFUSAL_COUNT_MAX = 16 };
	struct udp *u = (struct udp *)d;
	struct sockaddr_in name = {0};
	(void)now_ns;
	/* A closed port at the peer is told as an error of the next call: it is no packet. */
	for (unsigned i = 0; i < REFUSAL_COUNT_MAX; i++) {
		socklen_t size = sizeof name;
		ssize_t got = recvfrom(u->fd, u->bytes, DATAGRAM_BYTES_MAX,
			MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&name, &size);
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return false;
		if (got < 0)
			continue;
		packet->from = (struct endpoint){
			.ip = ntohl(name.sin_addr.s_addr), .port = ntohs(name.sin_port)};
		packet->bytes = u->bytes;
		packet->is_cut = got > DATAGRAM_BYTES_MAX;
		packet->size_bytes = packet->is_cut ? DATAGRAM_BYTES_MAX : (uint32_t)got;
		return true;
	}
	return false;
}

static void udp_close(struct datagram *d)
{
	struct udp *u = (struct udp *)d;
	close(u->fd);
	memory_return(u, sizeof *u);
}

static const struct datagram_ops udp_ops = {
	.send = udp_send, .receive = udp_receive, .close = udp_close};

struct datagram *datagram_udp_open(struct config_error *error)
{
	const int room_bytes = 4 * 1024 * 1024;
	struct sockaddr_in name = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0) {
		snprintf(error->text, sizeof error->text,
			"request socket: found '%s', expected a UDP socket of IPv4; see `ulimit "
			"-n`",
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	/* Answers come in bursts; a kernel that grants less loses some, and they are asked for again. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room_bytes, sizeof room_bytes);
	struct udp *u = memory_take("datagram_udp", sizeof *u);
	u->datagram.ops = &udp_ops;
	u->fd = fd;
	return &u->datagram;
}
