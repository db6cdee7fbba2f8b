#include "control/socket/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/socket/door.h"
#include "drivers/machine/clock.h"

enum { DOOR_COUNT = 2 };
static const char *const door_names[DOOR_COUNT] = {
	[SOCKET_VIEW] = "view.sock", [SOCKET_CONTROL] = "control.sock"};

/* One peer's place. */
struct place {
	int fd; /* -1: free */
	struct peer peer;
	bool is_reserved, is_at_end, is_closing;
	uint64_t order;      /* rises with each peer: the oldest yields first */
	uint64_t said_ns;    /* when it last sent something */
	uint32_t poll_index; /* 0: not polled (0 is a door) */
	struct framing framing;
	char *in;
	size_t in_size, in_room;
	char *out;
	size_t out_size, out_sent;
	uint64_t out_since_ns;
	struct call *call;
	/* the line whose commands are being served */
	size_t line_size, line_at;
};

struct server {
	char directory[PATH_BYTES];
	struct server_hooks hooks;
	struct server_counts counts;
	int doors[DOOR_COUNT];
	struct place places[PEER_TOTAL_COUNT];
	uint32_t first; /* place the next turn begins with: everybody gets a share */
	uint32_t waiting, working;
	uint64_t order;
};

struct server *server_open(
	const char *run_directory, const struct server_hooks *hooks, struct config_error *error)
{
	struct server *server = calloc(1, sizeof *server);
	if (server == NULL) {
		snprintf(error->text, sizeof error->text,
			"out of memory for %zu bytes of connections", sizeof *server);
		return NULL;
	}
	snprintf(server->directory, sizeof server->directory, "%s", run_directory);
	server->hooks = *hooks;
	for (uint32_t i = 0; i < PEER_TOTAL_COUNT; i++)
		server->places[i].fd = -1;
	server->doors[SOCKET_VIEW] = -1;
	server->doors[SOCKET_CONTROL] =
		door_open(run_directory, door_names[SOCKET_CONTROL], 0660, error);
	if (server->doors[SOCKET_CONTROL] >= 0)
		server->doors[SOCKET_VIEW] =
			door_open(run_directory, door_names[SOCKET_VIEW], 0666, error);
	if (server->doors[SOCKET_VIEW] < 0) {
		server_close(server);
		return NULL;
	}
	return server;
}

static void place_free(struct server *server, struct place *place)
{
	if (place->call != NULL)
		server->hooks.end(server->hooks.context, place->call);
	if (place->fd >= 0)
		close(place->fd);
	free(place->in);
	free(place->out);
	memset(place, 0, sizeof *place);
	place->fd = -1;
	server->counts.open--;
}

void server_close(struct server *server)
{
	for (uint32_t i = 0; i < PEER_TOTAL_COUNT; i++) {
		if (server->places[i].fd >= 0)
			place_free(server, &server->places[i]);
	}
	for (unsigned i = 0; i < DOOR_COUNT; i++)
		door_close(server->doors[i], server->directory, door_names[i]);
	free(server);
}

const struct server_counts *server_counts(const struct server *server)
{
	return &server->counts;
}

/* ---- places ---- */

/* A free place of a range, or the oldest one there that has said nothing for idle_ns. */
static struct place *range_find(
	struct server *server, uint32_t first, uint32_t last, uint64_t now_ns, uint64_t idle_ns)
{
	struct place *oldest = NULL;
	for (uint32_t i = first; i < last; i++) {
		struct place *place = &server->places[i];
		if (place->fd < 0)
			return place;
		if (place->call == NULL && place->out_size == 0 &&
			now_ns - place->said_ns >= idle_ns &&
			(oldest == NULL || place->order < oldest->order))
			oldest = place;
	}
	if (oldest != NULL) {
		server->counts.evicted++;
		place_free(server, oldest);
	}
	return oldest;
}

static struct place *place_find(struct server *server, enum command_socket socket, uint64_t now_ns)
{
	struct place *place =
		range_find(server, 0, PEER_COUNT_MAX, now_ns, SERVER_IDLE_MS * 1000000ull);
	if (place == NULL && socket == SOCKET_CONTROL)
		place = range_find(server, PEER_COUNT_MAX, PEER_TOTAL_COUNT, now_ns, 0);
	return place;
}

static bool place_read(struct server *server, struct place *place)
{
	size_t most = server->hooks.is_known(server->hooks.context, place->peer.uid)
			      ? REQUEST_BODY_BYTES_MAX
			      : REQUEST_VIEW_BYTES_MAX;
	size_t wanted = place->in_size + SERVER_READ_BYTES;
	/* One object and one line more: what is above stays in the kernel until there is room. */
	if (wanted > most + REQUEST_LINE_BYTES_MAX)
		wanted = most + REQUEST_LINE_BYTES_MAX;
	if (place->in_size >= wanted)
		return true;
	if (place->in_room < wanted) {
		char *larger = realloc(place->in, wanted);
		if (larger == NULL)
			return false;
		place->in = larger;
		place->in_room = wanted;
	}
	ssize_t size = read(place->fd, place->in + place->in_size, wanted - place->in_size);
	if (size > 0)
		place->in_size += (size_t)size;
	else if (size == 0)
		place->is_at_end = true;
	else if (errno != EAGAIN && errno != EINTR)
		return false;
	return true;
}

static void in_drop(struct place *place, size_t size)
{
	memmove(place->in, place->in + size, place->in_size - size);
	place->in_size -= size;
	if (place->in_size == 0) {
		free(place->in);
		place->in = NULL;
		place->in_room = 0;
	}
}

/* ---- requests ---- */

static void call_start(struct server *server, struct place *place, struct request *request,
	enum code code, const char *error)
{
	server->counts.requests++;
	if (code != CODE_DONE)
		server->counts.rejected++;
	place->call =
		server->hooks.start(server->hooks.context, &place->peer, request, code, error);
	if (place->call == NULL)
		place->is_closing = true;
}

/* Starts the next command of the line under way; false: the line is used up. */
static bool line_go_on(struct server *server, struct place *place)
{
	struct request request;
	char error[160];
	while (place->line_at < place->line_size) {
		size_t used;
		enum code code = request_line(&request, place->in + place->line_at,
			place->line_size - place->line_at, &used, error);
		place->line_at += used > 0 ? used : 1;
		if (code != CODE_DONE)
			place->line_at = place->line_size;
		if (code == CODE_DONE && request.word_count == 0)
			continue;
		if (code == CODE_DONE && place->is_reserved && !grammar_is_stop(request.words[0])) {
			code = CODE_STOPS_ONLY;
			snprintf(error, sizeof error,
				"all %d connections are taken: kill, halt, reduce-only only",
				PEER_COUNT_MAX);
			place->is_closing = true;
		}
		call_start(server, place, &request, code, error);
		return true;
	}
	in_drop(place, place->line_size);
	place->line_size = place->line_at = 0;
	return false;
}

static void object_serve(struct server *server, struct place *place, size_t size)
{
	struct request request;
	char error[160];
	enum code code = request_object(&request, place->in, size, error);
	if (code == CODE_DONE && place->is_reserved && !grammar_is_stop(request.words[0])) {
		code = CODE_STOPS_ONLY;
		snprintf(error, sizeof error,
			"all connections are taken: kill, halt, reduce-only only");
		request_free(&request);
		place->is_closing = true;
	}
	in_drop(place, size);
	call_start(server, place, &request, code, error);
}

/* Starts at most one request of a peer that has none under way. */
static void place_serve(struct server *server, struct place *place)
{
	size_t used, most = server->hooks.is_known(server->hooks.context, place->peer.uid)
				    ? REQUEST_BODY_BYTES_MAX
				    : REQUEST_VIEW_BYTES_MAX;
	while (place->call == NULL && place->out_size == 0 && !place->is_closing) {
		if (place->line_size > 0) {
			if (line_go_on(server, place))
				return;
			continue;
		}
		/* A last line without its newline is a line when nothing follows. */
		struct framing was = place->framing;
		enum framing_verdict verdict =
			framing_find(&place->framing, place->in, place->in_size, most, &used);
		if (verdict == FRAMING_MORE && place->is_at_end && place->in_size > 0 &&
			!place->framing.is_object && place->in_size <= REQUEST_LINE_BYTES_MAX) {
			verdict = FRAMING_LINE;
			used = place->in_size;
			memset(&place->framing, 0, sizeof place->framing);
		}
		if (verdict == FRAMING_MORE) {
			place->is_closing = place->is_at_end;
			return;
		}
		if (verdict == FRAMING_OBJECT) {
			object_serve(server, place, used);
			return;
		}
		if (verdict == FRAMING_TOO_LONG) {
			struct request request = {
				.is_json = was.is_object || place->framing.is_object};
			place->is_closing = true;
			call_start(server, place, &request, CODE_TOO_LONG,
				code_sentence(CODE_TOO_LONG));
			return;
		}
		place->line_size = used;
		place->line_at = 0;
	}
}

static bool place_asks_to_stop(const struct place *place)
{
	size_t at = place->line_at;
	while (at < place->in_size &&
		(place->in[at] == ' ' || place->in[at] == '{' || place->in[at] == '"'))
		at++;
	static const char *const words[] = {
		"kill", "halt", "reduce-only", "command\":\"kill", "command\": \"kill"};
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		size_t size = strlen(words[i]);
		if (place->in_size - at >= size && memcmp(place->in + at, words[i], size) == 0)
			return true;
	}
	return false;
}

/* ---- answers ---- */

static void place_write(struct place *place, uint64_t now_ns)
{
	if (place->out_size == 0)
		return;
	ssize_t size = send(place->fd, place->out + place->out_sent,
		place->out_size - place->out_sent, MSG_NOSIGNAL);
	if (size > 0) {
		place->out_sent += (size_t)size;
		place->out_since_ns = now_ns;
	} else if (size < 0 && errno != EAGAIN && errno != EINTR) {
		place->is_closing = true;
		place->out_sent = place->out_size;
	}
	if (place->out_sent == place->out_size) {
		free(place->out);
		place->out = NULL;
		place->out_size = place->out_sent = 0;
	}
}

static void call_finish(struct server *server, struct place *place, uint64_t now_ns)
{
	place->out = answer_render(server->hooks.answer(place->call), &place->out_size);
	if (place->out == NULL) {
		place->out_size = 0;
		place->is_closing = true;
	}
	place->out_sent = 0;
	place->out_since_ns = now_ns;
	server->hooks.end(server->hooks.context, place->call);
	place->call = NULL;
	place_write(place, now_ns);
}

static void call_go_on(struct server *server, struct place *place, uint64_t now_ns)
{
	/* Its own time: the call may have begun later in this turn than the turn did. */
	enum call_progress progress =
		server->hooks.step(server->hooks.context, place->call, clock_now_ns());
	if (progress == CALL_DONE)
		call_finish(server, place, now_ns);
	else if (progress == CALL_WORKING)
		server->working++;
	else
		server->waiting++;
}

/* ---- a turn ---- */

static void peers_accept(struct server *server, enum command_socket socket, uint64_t now_ns)
{
	for (unsigned i = 0; i < SERVER_ACCEPT_COUNT; i++) {
		struct peer peer = {.socket = socket};
		int fd = door_accept(server->doors[socket], &peer.uid, &peer.pid);
		if (fd < 0)
			return;
		struct place *place = place_find(server, socket, now_ns);
		if (place == NULL) {
			static const char full[] = "450 all connections are taken; try again\n\n";
			(void)!send(fd, full, sizeof full - 1, MSG_NOSIGNAL);
			close(fd);
			server->counts.refused++;
			continue;
		}
		place->fd = fd;
		place->peer = peer;
		place->is_reserved = place >= &server->places[PEER_COUNT_MAX];
		place->order = ++server->order;
		place->said_ns = now_ns;
		server->counts.open++;
		server->counts.accepted++;
		/* A reserved place may be taken by the next peer: what this one brought is served now. */
		if (!place_read(server, place))
			place->is_closing = true;
		else if (place->is_reserved)
			place_serve(server, place);
	}
}

static void places_read(
	struct server *server, const struct pollfd *polls, uint32_t count, uint64_t now_ns)
{
	for (uint32_t i = 0; i < PEER_TOTAL_COUNT; i++) {
		struct place *place = &server->places[i];
		if (place->fd < 0 || place->poll_index == 0 || place->poll_index >= count)
			continue;
		short found = polls[place->poll_index].revents;
		place->poll_index = 0;
		if ((found & POLLIN) != 0) {
			place->said_ns = now_ns;
			if (!place_read(server, place))
				place->is_closing = true;
		} else if ((found & (POLLERR | POLLNVAL)) != 0) {
			place->is_closing = true;
		} else if ((found & POLLHUP) != 0) {
			/* Gone altogether; what was started runs to its end all the same. */
			place->is_at_end = true;
		}
	}
}

static void places_serve(struct server *server, uint64_t now_ns, bool stops)
{
	for (uint32_t k = 0; k < PEER_TOTAL_COUNT; k++) {
		struct place *place = &server->places[(server->first + k) % PEER_TOTAL_COUNT];
		if (place->fd < 0 || place->call != NULL ||
			place->in_size + (place->is_at_end ? 1u : 0u) == 0)
			continue;
		if (stops && !place_asks_to_stop(place))
			continue;
		if (!stops && clock_now_ns() - now_ns > SERVER_STEP_NS) {
			server->working++;
			server->first = (server->first + k) % PEER_TOTAL_COUNT;
			return;
		}
		place_serve(server, place);
	}
}

static void places_go_on(struct server *server, uint64_t now_ns)
{
	for (uint32_t k = 0; k < PEER_TOTAL_COUNT; k++) {
		uint32_t index = (server->first + k) % PEER_TOTAL_COUNT;
		struct place *place = &server->places[index];
		if (place->fd < 0)
			continue;
		if (place->out_size > 0) {
			place_write(place, now_ns);
			if (place->out_size > 0 && now_ns - place->out_since_ns > SERVER_STALL_NS) {
				server->counts.closed_slow++;
				place->is_closing = true;
				place->out_size = 0;
			}
		}
		if (place->call != NULL) {
			if (clock_now_ns() - now_ns > 2 * (uint64_t)SERVER_STEP_NS) {
				server->working++;
				server->first = index;
				return;
			}
			call_go_on(server, place, now_ns);
		}
		/* More commands are there already: no poll will tell. */
		if (place->fd >= 0 && place->call == NULL && place->out_size == 0 &&
			!place->is_closing &&
			(place->line_size > 0 || place->in_size > place->framing.seen ||
				place->is_at_end))
			server->working++;
		if (place->is_closing && place->call == NULL && place->out_size == 0)
			place_free(server, place);
	}
}

void server_turn(struct server *server, const struct pollfd *polls, uint32_t count, uint64_t now_ns)
{
	server->waiting = server->working = 0;
	places_read(server, polls, count, now_ns);
	places_serve(server, now_ns, true);
	/* A door that poll did not find ready has nobody waiting. */
	for (unsigned i = 0; i < DOOR_COUNT && i < count; i++) {
		if (polls[i].revents != 0)
			peers_accept(server, (enum command_socket)i, now_ns);
	}
	places_serve(server, now_ns, true);
	places_serve(server, now_ns, false);
	places_go_on(server, now_ns);
}

uint32_t server_polls(struct server *server, struct pollfd *polls, int *timeout_ms)
{
	uint32_t count = 0;
	for (unsigned i = 0; i < DOOR_COUNT; i++)
		polls[count++] = (struct pollfd){.fd = server->doors[i], .events = POLLIN};
	for (uint32_t i = 0; i < PEER_TOTAL_COUNT; i++) {
		struct place *place = &server->places[i];
		short events = 0;
		bool is_free = place->call == NULL && place->out_size == 0;
		place->poll_index = 0;
		if (place->fd < 0)
			continue;
		if (!place->is_at_end && !place->is_closing &&
			(is_free || place->in_size < SERVER_READ_BYTES))
			events |= POLLIN;
		if (place->out_size > 0)
			events |= POLLOUT;
		/* Without a wish a peer that hung up would wake us for ever. */
		if (events == 0)
			continue;
		place->poll_index = count;
		polls[count++] = (struct pollfd){.fd = place->fd, .events = events};
	}
	if (server->waiting > 0 && *timeout_ms > 1)
		*timeout_ms = 1;
	if (server->working > 0)
		*timeout_ms = 0;
	return count;
}
