#include "dataplane/plan/caller.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/clock.h"

void caller_start(struct caller *c, int fd, uint32_t uid, enum role role, uint64_t now_ns)
{
	c->fd = fd;
	c->uid = uid;
	c->role = role;
	c->active_ns = now_ns;
	c->is_eof = c->is_skipping = false;
	c->in_size = c->out_size = 0;
	c->pending_first = c->pending_count = 0;
}

void caller_end(struct caller *c)
{
	close(c->fd);
	c->fd = -1;
}

/* Acts on one request; the answer comes later. */
static void caller_act(
	struct caller *c, const struct caller_world *world, const char *line, size_t size)
{
	uint64_t read_ns = clock_now_ns();
	struct verdict *v = &c->pending[(c->pending_first + c->pending_count++) % CALLER_PENDING];
	memset(v, 0, sizeof *v);
	v->code = words_read(world->site, line, size, &v->words, v->text, sizeof v->text);
	if (v->code == 0 && !v->words.is_status && c->role < ROLE_OPERATOR) {
		v->code = ANSWER_ROLE_TOO_LOW;
		snprintf(v->text, sizeof v->text,
			"found uid %u with role viewer, expected operator or higher: see people in "
			"site.yaml; nothing was stopped",
			c->uid);
	}
	if (v->code != 0) {
		metrics_add(&world->region->metrics, METRIC_door_refused, 1);
	} else if (!v->words.is_status) {
		verdict_begin(v, world->region, c->uid, read_ns);
		metrics_add(&world->region->metrics, METRIC_door_commands, 1);
	}
}

static bool caller_is_full(const struct caller *c)
{
	return c->pending_count == CALLER_PENDING;
}

/* Takes one request off the front of the input.  false: there is no whole one. */
static bool caller_take(struct caller *c, const struct caller_world *world)
{
	bool is_quoted = false, has_end = false;
	uint32_t size = 0, blank = 0;
	if (c->in_size == 0 || caller_is_full(c))
		return false;
	while (size < c->in_size && !has_end) {
		char letter = c->in[size++];
		is_quoted ^= letter == '"';
		has_end = letter == '\n' || (letter == ';' && !is_quoted && !c->is_skipping);
		blank += letter == ' ' || letter == '\t' || letter == '\r' || has_end;
	}
	bool is_cut = !has_end && size == sizeof c->in;
	if (!has_end && !is_cut && !c->is_eof)
		return false;
	uint32_t length = size - has_end;
	while (length > 0 && c->in[length - 1] == '\r')
		length--;
	if (blank < size && !c->is_skipping)
		caller_act(c, world, c->in, length);
	c->is_skipping = is_cut || (c->is_skipping && !has_end);
	c->in_size -= size;
	memmove(c->in, c->in + size, c->in_size);
	return true;
}

bool caller_read(struct caller *c, const struct caller_world *world, uint64_t now_ns)
{
	bool has_come = false;
	for (;;) {
		while (caller_take(c, world))
			;
		if (c->is_eof || caller_is_full(c) || c->in_size == sizeof c->in)
			return has_come;
		ssize_t got =
			recv(c->fd, c->in + c->in_size, sizeof c->in - c->in_size, MSG_DONTWAIT);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return has_come;
		if (got <= 0)
			c->is_eof = true;
		else
			c->in_size += (uint32_t)got;
		c->active_ns = now_ns;
		has_come = true;
	}
}

/* Adds answers in order while there is room for one. */
static void caller_compose(struct caller *c, const struct caller_world *world, uint64_t now_ns)
{
	char text[VERDICT_TEXT_BYTES];
	while (c->pending_count > 0 && c->out_size + VERDICT_TEXT_BYTES + 1 <= sizeof c->out) {
		struct verdict *v = &c->pending[c->pending_first];
		if (!verdict_answer(v, world->site, world->region, now_ns, text))
			return;
		size_t size = strlen(text);
		memcpy(c->out + c->out_size, text, size);
		c->out_size += (uint32_t)size;
		c->out[c->out_size++] = '\n'; /* the empty line that ends an answer */
		c->pending_first = (c->pending_first + 1) % CALLER_PENDING;
		c->pending_count--;
	}
}

bool caller_write(struct caller *c, const struct caller_world *world, uint64_t now_ns)
{
	caller_compose(c, world, now_ns);
	while (c->out_size > 0) {
		ssize_t sent = send(c->fd, c->out, c->out_size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return true;
		if (sent <= 0)
			return false;
		c->out_size -= (uint32_t)sent;
		memmove(c->out, c->out + sent, c->out_size);
		c->active_ns = now_ns;
		caller_compose(c, world, now_ns);
	}
	return !c->is_eof || c->pending_count > 0 || c->in_size > 0;
}
