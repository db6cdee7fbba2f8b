#include "tools/exchange/lines.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

bool lines_address(const char *text, struct sockaddr_in *address)
{
	char ip[INET_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	if (colon == NULL || (size_t)(colon - text) >= sizeof ip || colon[1] < '0' ||
		colon[1] > '9')
		return false;
	char *end;
	unsigned long port = strtoul(colon + 1, &end, 10);
	memcpy(ip, text, (size_t)(colon - text));
	ip[colon - text] = '\0';
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	return *end == '\0' && port <= UINT16_MAX &&
	       inet_pton(AF_INET, ip, &address->sin_addr) == 1;
}

void lines_init(struct lines *lines)
{
	memset(lines, 0, sizeof *lines);
	for (int i = 0; i < LINE_COUNT_MAX; i++) {
		lines->line[i].fd = -1;
		mishap_init(&lines->line[i].mishap, (uint64_t)i + 1);
		stock_init(&lines->line[i].stock);
	}
}

bool lines_open(struct lines *lines, int index, const char *feed, const char *interface,
	struct config_error *error)
{
	struct line *line = &lines->line[index];
	struct in_addr from = {.s_addr = INADDR_ANY};
	const int ttl = 1, loop = 1;
	if (!lines_address(feed, &line->target)) {
		snprintf(error->text, sizeof error->text,
			"feed %c: found '%s', expected group:port such as 239.1.1.1:26477",
			'a' + index, feed);
		return false;
	}
	if (interface != NULL && inet_pton(AF_INET, interface, &from) != 1) {
		snprintf(error->text, sizeof error->text,
			"interface %c: found '%s', expected the numeric IPv4 address of an "
			"interface here",
			'a' + index, interface);
		return false;
	}
	line->from = from;
	line->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (line->fd < 0 ||
		setsockopt(line->fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) != 0 ||
		setsockopt(line->fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop) != 0 ||
		(interface != NULL && setsockopt(line->fd, IPPROTO_IP, IP_MULTICAST_IF, &from,
					      sizeof from) != 0)) {
		snprintf(error->text, sizeof error->text,
			"feed %c: found '%s', expected an interface that can multicast; see `ip "
			"address`",
			'a' + index, strerror(errno));
		return false;
	}
	return true;
}

static void line_send(void *context, const uint8_t *bytes, uint32_t size_bytes)
{
	struct line *line = context;
	if (stock_takes(&line->stock, line->from, &line->target, bytes, size_bytes))
		return;
	ssize_t sent = sendto(line->fd, bytes, size_bytes, 0,
		(const struct sockaddr *)&line->target, sizeof line->target);
	*(sent == (ssize_t)size_bytes ? &line->packets : &line->refused) += 1;
}

void lines_packet(
	void *context, uint32_t index, const uint8_t *bytes, uint32_t size_bytes, uint64_t now_ns)
{
	struct lines *lines = context;
	struct line *line = &lines->line[index];
	if (line->fd >= 0)
		mishap_take(&line->mishap, bytes, size_bytes, now_ns, line_send, line);
}

bool lines_due(struct lines *lines, uint64_t now_ns)
{
	bool do_wait = false;
	for (int i = 0; i < LINE_COUNT_MAX; i++) {
		struct line *line = &lines->line[i];
		mishap_due(&line->mishap, now_ns, line_send, line);
		do_wait |= mishap_waiting(&line->mishap) > 0;
	}
	return do_wait;
}

bool lines_stock(struct lines *lines)
{
	bool is_kept = true;
	for (int i = 0; i < LINE_COUNT_MAX; i++)
		if (lines->line[i].fd >= 0)
			is_kept &= stock_keep(&lines->line[i].stock, lines->line[i].from);
	for (int i = 0; i < LINE_COUNT_MAX; i++)
		lines->line[i].stock.is_kept &= is_kept;
	return is_kept;
}

void lines_volley(struct lines *lines, uint64_t rate_per_s, uint64_t now_ns)
{
	lines->volley_since_ns = now_ns;
	for (int i = 0; i < LINE_COUNT_MAX; i++)
		stock_volley(&lines->line[i].stock, rate_per_s, now_ns);
}

bool lines_stock_turn(struct lines *lines, uint64_t now_ns)
{
	bool is_going = false;
	for (int i = 0; i < LINE_COUNT_MAX; i++) {
		struct line *line = &lines->line[i];
		is_going |= stock_is_going(&line->stock);
		stock_turn(&line->stock, now_ns, &line->packets, &line->refused);
	}
	if (is_going)
		lines->volley_ns = now_ns - lines->volley_since_ns;
	return is_going;
}

uint64_t lines_stocked(const struct lines *lines)
{
	uint64_t count = 0;
	for (int i = 0; i < LINE_COUNT_MAX; i++)
		count += stock_left(&lines->line[i].stock);
	return count;
}

void lines_close(struct lines *lines)
{
	for (int i = 0; i < LINE_COUNT_MAX; i++) {
		if (lines->line[i].fd >= 0)
			close(lines->line[i].fd);
		mishap_free(&lines->line[i].mishap);
		stock_close(&lines->line[i].stock);
	}
}
