#include "control/socket/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/machine/clock.h"
#include "drivers/machine/local.h"

static const char *const door_names[DOOR_COUNT] = {
	[SOCKET_VIEW] = "view.sock", [SOCKET_CONTROL] = "control.sock"};

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
		local_listen(run_directory, door_names[SOCKET_CONTROL], SOCK_STREAM, 0660, error);
	if (server->doors[SOCKET_CONTROL] >= 0)
		server->doors[SOCKET_VIEW] = local_listen(
			run_directory, door_names[SOCKET_VIEW], SOCK_STREAM, 0666, error);
	if (server->doors[SOCKET_VIEW] < 0) {
		server_close(server);
		return NULL;
	}
	return server;
}

void server_close(struct server *server)
{
	for (uint32_t i = 0; i < PEER_TOTAL_COUNT; i++) {
		if (server->places[i].fd >= 0)
			place_free(server, &server->places[i]);
	}
	for (unsigned i = 0; i < DOOR_COUNT; i++)
		local_close(server->doors[i], server->directory, door_names[i]);
	free(server);
}

const struct server_counts *server_counts(const struct server *server)
{
	return &server->counts;
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
	place->is_stop = false;
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

/* A reserved place may be taken by the next peer, so what this one brought is served now; who asked for
   anything but a stop has his answer and is gone. */
static void reserved_serve(struct server *server, struct place *place, uint64_t now_ns)
{
	place_serve(server, place);
	if (place->call != NULL)
		call_go_on(server, place, now_ns);
	if (place->is_closing && place->call == NULL && place->out_size == 0)
		place_free(server, place);
}

static void peers_accept(struct server *server, enum command_socket socket, uint64_t now_ns)
{
	for (unsigned i = 0; i < SERVER_ACCEPT_COUNT; i++) {
		struct local_peer from;
		int fd = local_accept(server->doors[socket], &from);
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
		place->peer = (struct peer){.uid = from.uid, .pid = from.pid, .socket = socket};
		place->is_reserved = place >= &server->places[PEER_COUNT_MAX];
		place->order = ++server->order;
		place->said_ns = now_ns;
		server->counts.open++;
		server->counts.accepted++;
		if (!place_read(server, place))
			place->is_closing = true;
		else if (place->is_reserved)
			reserved_serve(server, place, now_ns);
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

/* Whoever waits for a stop's answer is served before all others, whatever time they take. */
static void stops_go_on(struct server *server, uint64_t now_ns)
{
	for (uint32_t i = 0; i < PEER_TOTAL_COUNT; i++) {
		struct place *place = &server->places[i];
		if (place->fd >= 0 && place->call != NULL && place->is_stop)
			call_go_on(server, place, now_ns);
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
		if (place->call != NULL && !place->is_stop) {
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
	stops_go_on(server, now_ns);
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
