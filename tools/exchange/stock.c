#include "tools/exchange/stock.h"

#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/wire/mold64.h"
#include "dataplane/wire/net.h"

enum { FRAME_BYTES_MAX = 1600, FRAME_HEADER_BYTES = 14 + 20 + 8, COUNT_OFFSET = 18 };

void stock_init(struct stock *stock)
{
	memset(stock, 0, sizeof *stock);
	stock->fd = -1;
}

void stock_close(struct stock *stock)
{
	if (stock->fd >= 0)
		close(stock->fd);
	sequence_free(&stock->frames);
	stock_init(stock);
}

/* interface_named finds the interface of an address; false: none has it. */
static bool interface_named(struct in_addr from, char name[IF_NAMESIZE])
{
	struct ifaddrs *all, *at;
	if (getifaddrs(&all) != 0)
		return false;
	for (at = all; at != NULL; at = at->ifa_next) {
		struct sockaddr_in address;
		if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&address, at->ifa_addr, sizeof address);
		if (address.sin_addr.s_addr == from.s_addr)
			break;
	}
	if (at != NULL)
		memcpy(name, at->ifa_name, strnlen(at->ifa_name, IF_NAMESIZE - 1) + 1);
	freeifaddrs(all);
	return at != NULL;
}

static bool stock_open(struct stock *stock, struct in_addr from)
{
	char name[IF_NAMESIZE] = "";
	const int is_past_queues = 1;
	if (!interface_named(from, name))
		return false;
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
	socklen_t size = sizeof at;
	stock->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* 0: it hears nothing */
	if (stock->fd >= 0 && bind(stock->fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
		setsockopt(stock->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &is_past_queues,
			sizeof is_past_queues) == 0 &&
		getsockname(stock->fd, (struct sockaddr *)&at, &size) == 0) {
		memcpy(stock->mac, at.sll_addr, sizeof stock->mac);
		return true;
	}
	if (stock->fd >= 0)
		close(stock->fd);
	stock->fd = -1;
	return false;
}

bool stock_keep(struct stock *stock, struct in_addr from)
{
	stock->is_kept = stock->fd >= 0 || stock_open(stock, from);
	return stock->is_kept;
}

uint64_t stock_left(const struct stock *stock)
{
	return stock->frames.count - stock->gone;
}

bool stock_is_going(const struct stock *stock)
{
	return !stock->is_kept && stock_left(stock) > 0;
}

bool stock_takes(struct stock *stock, struct in_addr from, const struct sockaddr_in *target,
	const uint8_t *bytes, uint32_t size_bytes)
{
	uint8_t frame[FRAME_BYTES_MAX], mac[6];
	struct net_udp udp = {.source_ip = ntohl(from.s_addr),
		.target_ip = ntohl(target->sin_addr.s_addr),
		.source_port = ntohs(target->sin_port),
		.target_port = ntohs(target->sin_port),
		.payload_bytes = size_bytes,
		.payload = bytes};
	if (!stock->is_kept && stock_left(stock) == 0)
		return false;
	net_group_mac(udp.target_ip, mac);
	uint32_t size = net_build_udp(frame, sizeof frame, stock->mac, mac, &udp);
	CHECK(size > 0);
	sequence_append(&stock->frames, frame, size);
	return true;
}

void stock_volley(struct stock *stock, uint64_t rate_per_s, uint64_t now_ns)
{
	stock->is_kept = false;
	stock->rate_per_s = rate_per_s;
	stock->since_ns = now_ns;
	stock->messages = 0;
}

/* frame_messages tells how many messages a frame holds. */
static uint32_t frame_messages(const uint8_t *frame)
{
	uint32_t count = load_be16(frame + FRAME_HEADER_BYTES + COUNT_OFFSET);
	return count == MOLD64_END_OF_SESSION ? 0 : count;
}

/* stock_due notes the frames that are due in one call; returns how many. */
static uint32_t stock_due(struct stock *stock, uint64_t now_ns, struct iovec frames[STOCK_CALL_MAX])
{
	double due = (double)(now_ns - stock->since_ns) * (double)stock->rate_per_s / 1e9;
	uint32_t count = 0;
	while (count < STOCK_CALL_MAX && stock->gone + count < stock->frames.count &&
		(double)stock->messages < due) {
		uint32_t size;
		const uint8_t *frame =
			sequence_message(&stock->frames, stock->gone + count + 1, &size);
		frames[count++] =
			(struct iovec){.iov_base = (void *)(uintptr_t)frame, .iov_len = size};
		stock->messages += frame_messages(frame);
	}
	return count;
}

void stock_turn(struct stock *stock, uint64_t now_ns, uint64_t *sent, uint64_t *refused)
{
	struct iovec frames[STOCK_CALL_MAX];
	struct mmsghdr calls[STOCK_CALL_MAX] = {{.msg_len = 0}};
	if (!stock_is_going(stock))
		return;
	uint32_t count = stock_due(stock, now_ns, frames);
	for (uint32_t i = 0; i < count; i++)
		calls[i].msg_hdr = (struct msghdr){.msg_iov = &frames[i], .msg_iovlen = 1};
	for (uint32_t done = 0; done < count;) {
		int taken = sendmmsg(stock->fd, calls + done, count - done, 0);
		*refused += taken <= 0;
		*sent += taken <= 0 ? 0 : (uint64_t)taken;
		done += taken <= 0 ? 1 : (uint32_t)taken;
	}
	stock->gone += count;
	if (stock_left(stock) > 0)
		return;
	sequence_free(&stock->frames);
	stock->gone = 0;
}
