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

/* Which places may be given: one in [first, last) that is free, or else the oldest there that has said nothing for
   idle_ns; of viewers only: no free one, as they have their share. */
struct search {
	uint32_t first, last;
	uint64_t idle_ns;
	bool is_of_viewers;
};

static struct place *search_run(struct server *server, const struct search *search, uint64_t now_ns)
{
	struct place *oldest = NULL;
	for (uint32_t i = search->first; i < search->last; i++) {
		struct place *place = &server->places[i];
		bool is_viewer = place->fd >= 0 && place->peer.socket == SOCKET_VIEW;
		if (search->is_of_viewers && !is_viewer)
			continue;
		if (place->fd < 0)
			return place;
		if (place->call == NULL && place->out_size == 0 &&
			now_ns - place->said_ns >= search->idle_ns &&
			(oldest == NULL || place->order < oldest->order))
			oldest = place;
	}
	if (oldest != NULL) {
		server->counts.evicted++;
		place_free(server, oldest);
	}
	return oldest;
}

static uint32_t viewer_count(const struct server *server)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < PEER_COUNT_MAX; i++)
		count += server->places[i].fd >= 0 && server->places[i].peer.socket == SOCKET_VIEW;
	return count;
}

struct place *place_find(struct server *server, enum command_socket socket, uint64_t now_ns)
{
	const struct search ordinary = {.last = PEER_COUNT_MAX,
		.idle_ns = SERVER_IDLE_MS * 1000000ull,
		.is_of_viewers =
			socket == SOCKET_VIEW && viewer_count(server) >= PEER_VIEWER_COUNT_MAX};
	const struct search reserved = {.first = PEER_COUNT_MAX, .last = PEER_TOTAL_COUNT};
	struct place *place = search_run(server, &ordinary, now_ns);
	if (place == NULL && socket == SOCKET_CONTROL)
		place = search_run(server, &reserved, now_ns);
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

/* What cannot be framed is answered, and nothing behind it is looked at. */
static void frame_refuse(struct server *server, struct place *place, enum framing_verdict verdict)
{
	struct request request = {.is_json = place->framing.is_object};
	bool is_many = verdict == FRAMING_TOO_MANY;
	char error[160];
	enum code code = verdict == FRAMING_TOO_LONG ? CODE_TOO_LONG : CODE_JSON_BAD;
	snprintf(error, sizeof error, "%s", code_sentence(CODE_TOO_LONG));
	if (is_many)
		snprintf(error, sizeof error,
			"found an object of more than %d parts, expected command, because and "
			"body; the connection is closed",
			REQUEST_MARK_COUNT_MAX);
	else if (verdict == FRAMING_MORE)
		snprintf(error, sizeof error, "the object is not closed, and nothing follows");
	place->is_closing = true;
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
			if (place->is_at_end && place->framing.is_object)
				frame_refuse(server, place, verdict);
			return;
		}
		if (verdict == FRAMING_OBJECT) {
			object_serve(server, place, used);
			return;
		}
		if (verdict == FRAMING_TOO_LONG || verdict == FRAMING_TOO_MANY) {
			frame_refuse(server, place, verdict);
			return;
		}
		place->line_size = used;
		place->line_at = 0;
	}
}

static bool place_has(const struct place *place, size_t at, const char *word)
{
	size_t size = strlen(word);
	return place->in_size - at >= size && memcmp(place->in + at, word, size) == 0;
}

/* Passes what stands before a word, of a line or of an object. */
static size_t marks_pass(const struct place *place, size_t at)
{
	static const char marks[] = " \t\r\n{[:\"'";
	while (at < place->in_size && memchr(marks, place->in[at], sizeof marks - 1) != NULL)
		at++;
	return at;
}

bool place_asks_to_stop(const struct place *place)
{
	size_t at = marks_pass(place, place->line_at);
	if (place_has(place, at, "command"))
		at = marks_pass(place, at + strlen("command"));
	return place_has(place, at, "kill") || place_has(place, at, "halt") ||
	       place_has(place, at, "reduce-only");
}
