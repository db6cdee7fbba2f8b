#include "tools/exchange/rewind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/wire/mold64.h"

#define SECOND_NS 1000000000ull

void rewind_init(struct rewind *rewind, const struct tape *tape)
{
	*rewind = (struct rewind){.fd = -1, .tape = tape, .count_max = TAPE_CUT_MAX};
}

bool rewind_open(
	struct rewind *rewind, const char *address, uint16_t port, struct config_error *error)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t size = sizeof name;
	const int room = 1 << 20;
	if (inet_pton(AF_INET, address, &name.sin_addr) == 1)
		rewind->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	else
		errno = EINVAL;
	if (rewind->fd < 0 || bind(rewind->fd, (struct sockaddr *)&name, sizeof name) != 0 ||
		getsockname(rewind->fd, (struct sockaddr *)&name, &size) != 0) {
		snprintf(error->text, sizeof error->text,
			"rewind on %s:%u: found '%s', expected a free local address and port; see "
			"`ss -lun`",
			address, port, strerror(errno));
		return false;
	}
	setsockopt(rewind->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	setsockopt(rewind->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	rewind->port = ntohs(name.sin_port);
	return true;
}

void rewind_close(struct rewind *rewind)
{
	if (rewind->fd >= 0)
		close(rewind->fd);
	rewind->fd = -1;
}

bool rewind_hole(struct rewind *rewind, uint64_t first, uint64_t count)
{
	if (rewind->hole_count == REWIND_HOLE_MAX || count == 0 || first > UINT64_MAX - count)
		return false;
	rewind->holes[rewind->hole_count++] = (struct rewind_hole){first, count};
	return true;
}

void rewind_calm(struct rewind *rewind)
{
	rewind->refuse = 0;
	rewind->hole_count = 0;
}

/* rewind_until gives the number before which an answer from `first` on ends at the latest. */
static uint64_t rewind_until(const struct rewind *rewind, uint64_t first)
{
	uint64_t until = UINT64_MAX;
	for (uint32_t i = 0; i < rewind->hole_count; i++) {
		const struct rewind_hole *hole = &rewind->holes[i];
		if (hole->first + hole->count > first && hole->first < until)
			until = hole->first;
	}
	return until;
}

/* rewind_may takes one request off the rate; a second's worth may come at once. */
static bool rewind_may(struct rewind *rewind, uint64_t now_ns)
{
	if (rewind->rate_per_s == 0)
		return true;
	uint64_t full = rewind->rate_per_s * SECOND_NS;
	uint64_t passed = now_ns - rewind->seen_ns;
	if (rewind->seen_ns == 0 || passed >= SECOND_NS)
		rewind->level = full;
	else
		rewind->level += passed * rewind->rate_per_s;
	if (rewind->level > full)
		rewind->level = full;
	rewind->seen_ns = now_ns;
	if (rewind->level < SECOND_NS)
		return false;
	rewind->level -= SECOND_NS;
	return true;
}

/* rewind_verdict gives the counter that a request belongs to. */
static uint64_t *rewind_verdict(struct rewind *rewind, const struct mold64_header *wanted,
	uint32_t size_bytes, uint64_t now_ns)
{
	struct rewind_counts *c = &rewind->counts;
	const struct tape *tape = rewind->tape;
	if (size_bytes != REWIND_REQUEST_BYTES || wanted->count == 0 ||
		wanted->count == MOLD64_END_OF_SESSION)
		return &c->malformed;
	if (rewind->refuse > 0) {
		rewind->refuse -= rewind->refuse != UINT64_MAX;
		return &c->refused;
	}
	if (!rewind_may(rewind, now_ns))
		return &c->limited;
	if (memcmp(wanted->session, tape->session, sizeof wanted->session) != 0)
		return &c->other_session;
	if (wanted->sequence == 0 || wanted->sequence >= tape->next)
		return &c->ahead;
	if (wanted->sequence < tape->history.first ||
		wanted->sequence >= rewind_until(rewind, wanted->sequence) ||
		(rewind->depth > 0 && tape->next - wanted->sequence > rewind->depth))
		return &c->gone;
	return &c->answered;
}

uint32_t rewind_answer(struct rewind *rewind, const uint8_t *request, uint32_t size_bytes,
	uint64_t now_ns, uint8_t out[TAPE_PACKET_BYTES])
{
	struct mold64_header wanted = {.count = 0};
	uint32_t count;
	mold64_parse_header(request, size_bytes, &wanted);
	uint64_t *verdict = rewind_verdict(rewind, &wanted, size_bytes, now_ns);
	rewind->counts.requests++;
	*verdict += 1;
	if (verdict != &rewind->counts.answered)
		return 0;
	uint64_t until = rewind_until(rewind, wanted.sequence);
	uint32_t most = wanted.count < rewind->count_max ? wanted.count : rewind->count_max;
	if (most > until - wanted.sequence)
		most = (uint32_t)(until - wanted.sequence);
	uint32_t size = history_packet(&rewind->tape->history, rewind->tape->session,
		wanted.sequence, most, out, TAPE_PACKET_BYTES, &count);
	CHECK(size > 0);
	rewind->counts.messages += count;
	return size;
}

bool rewind_poll(struct rewind *rewind, uint64_t now_ns)
{
	uint32_t done = 0;
	while (rewind->fd >= 0 && done < REWIND_PER_TURN) {
		uint8_t request[REWIND_REQUEST_BYTES + 1], out[TAPE_PACKET_BYTES];
		struct sockaddr_in from;
		socklen_t from_size = sizeof from;
		ssize_t got = recvfrom(rewind->fd, request, sizeof request, 0,
			(struct sockaddr *)&from, &from_size);
		if (got < 0)
			break;
		done++;
		uint32_t size = rewind_answer(rewind, request, (uint32_t)got, now_ns, out);
		if (size == 0 || sendto(rewind->fd, out, size, 0, (const struct sockaddr *)&from,
					 from_size) == (ssize_t)size)
			continue;
		rewind->counts.answered--;
		rewind->counts.unsent++;
	}
	return done > 0;
}
