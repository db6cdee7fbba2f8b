#include "control/socket/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void place_free(struct server *server, struct place *place)
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

struct place *place_find(struct server *server, enum command_socket socket, uint64_t now_ns)
{
	struct place *place =
		range_find(server, 0, PEER_COUNT_MAX, now_ns, SERVER_IDLE_MS * 1000000ull);
	if (place == NULL && socket == SOCKET_CONTROL)
		place = range_find(server, PEER_COUNT_MAX, PEER_TOTAL_COUNT, now_ns, 0);
	return place;
}

bool place_read(struct server *server, struct place *place)
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
	place->is_stop = code == CODE_DONE && grammar_is_stop(request->words[0]);
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

void place_serve(struct server *server, struct place *place)
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

bool place_asks_to_stop(const struct place *place)
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
