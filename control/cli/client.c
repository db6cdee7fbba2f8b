#include "control/cli/client.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "control/socket/answer.h"
#include "drivers/machine/local.h"

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void client_init(struct client *client, const char *path)
{
	snprintf(client->path, sizeof client->path, "%s", path);
	client->fd = -1;
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

static struct reply reply_failed(struct client *client, bool is_json, const char *what)
{
	struct reply reply = {.code = CODE_SOCKET_FAILED, .is_json = is_json};
	int failed = errno;
	struct answer answer;
	size_t size;
	answer_init(&answer, is_json);
	answer_code(&answer, CODE_SOCKET_FAILED, failed != 0 ? "%s: %s (%s)" : "%s: %s",
		client->path, what, strerror(failed));
	reply.bytes = answer_render(&answer, &size);
	answer_free(&answer);
	client_close(client);
	return reply;
}

static bool client_wait(const struct client *client, short events, int64_t until_ms)
{
	struct pollfd poll_fd = {.fd = client->fd, .events = events};
	for (;;) {
		int64_t left = until_ms - now_ms();
		int found = poll(&poll_fd, 1, left > 0 ? (int)left : 0);
		if (found > 0)
			return true;
		if (found == 0) {
			errno = ETIMEDOUT;
			return false;
		}
		if (errno != EINTR)
			return false;
	}
}

static bool client_connect(struct client *client, int64_t until_ms)
{
	if (client->fd >= 0)
		return true;
	/* A full backlog says EAGAIN at once: try again until the time is up. */
	while ((client->fd = local_connect(client->path, NULL, SOCK_STREAM)) < 0) {
		if (errno != EAGAIN || now_ms() >= until_ms)
			return false;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return true;
}

static bool client_send(struct client *client, const char *bytes, size_t size, int64_t until_ms)
{
	while (size > 0) {
		ssize_t sent = send(client->fd, bytes, size, MSG_NOSIGNAL);
		if (sent > 0) {
			bytes += sent;
			size -= (size_t)sent;
			continue;
		}
		bool is_broken = sent < 0 && errno != EAGAIN && errno != EINTR;
		if (is_broken || !client_wait(client, POLLOUT, until_ms))
			return false;
	}
	return true;
}

/* A text ends at its empty line, an object at its newline. */
static bool reply_is_whole(const char *bytes, size_t size, bool is_json)
{
	if (is_json)
		return size > 0 && bytes[size - 1] == '\n';
	return (size >= 2 && bytes[size - 1] == '\n' && bytes[size - 2] == '\n');
}

static char *client_receive(struct client *client, bool is_json, int64_t until_ms)
{
	size_t size = 0, room = 65536;
	char *bytes = malloc(room);
	while (bytes != NULL && !reply_is_whole(bytes, size, is_json)) {
		if (size + 1 >= room) {
			room *= 2;
			char *larger = realloc(bytes, room);
			if (larger == NULL)
				break;
			bytes = larger;
		}
		ssize_t got = recv(client->fd, bytes + size, room - 1 - size, 0);
		if (got > 0)
			size += (size_t)got;
		else if (got == 0)
			errno = ENODATA; /* it took the request, and goes; who goes without has reset */
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR) ||
			(got < 0 && !client_wait(client, POLLIN, until_ms))) {
			free(bytes);
			return NULL;
		}
	}
	if (bytes != NULL)
		bytes[size] = '\0';
	return bytes;
}

static unsigned reply_code(const char *bytes, bool is_json)
{
	unsigned code = CODE_SOCKET_FAILED;
	if (!is_json) {
		char *end;
		unsigned long read = strtoul(bytes, &end, 10);
		return end == bytes + 3 ? (unsigned)read : CODE_SOCKET_FAILED;
	}
	json_t *object = json_loads(bytes, 0, NULL);
	if (object != NULL)
		code = (unsigned)json_integer_value(json_object_get(object, "code"));
	json_decref(object);
	return code;
}

/* A person of the site who is not of the sockets' group cannot even ask. */
static const char *unconnected_why(void)
{
	if (errno == EACCES)
		return "found no right to connect, expected to be of the group that owns this "
		       "socket: "
		       "see docs/site.md, Persons and their sockets";
	return "nobody answers there, expected the process that opens it: start it, or look at its "
	       "log";
}

/* Who ended in order has taken the request. */
static const char *unanswered_why(void)
{
	if (errno == ETIMEDOUT)
		return "no answer in time";
	if (errno != ENODATA)
		return "the connection ended";
	errno = 0; /* nothing failed */
	return "found the connection ended behind the request, expected an answer: it may have "
	       "been done, look before you ask again";
}

struct reply client_exchange(
	struct client *client, const char *request, size_t size, bool is_json, int timeout_ms)
{
	int64_t until_ms = now_ms() + timeout_ms;
	bool was_connected = client->fd >= 0;
	errno = 0;
	if (!client_connect(client, until_ms))
		return reply_failed(client, is_json, unconnected_why());
	bool is_sent = client_send(client, request, size, until_ms);
	/* Who takes no more may have said why. */
	bool is_cut = !is_sent && (errno == EPIPE || errno == ECONNRESET);
	char *bytes = is_sent || is_cut ? client_receive(client, is_json, until_ms) : NULL;
	if (is_cut)
		client_close(client);
	/* A kept connection may have been closed as idle, with the request unread: once more on a new one. */
	if (bytes == NULL && was_connected && (is_cut || errno == ECONNRESET)) {
		client_close(client);
		return client_exchange(client, request, size, is_json, timeout_ms);
	}
	if (bytes == NULL)
		return reply_failed(client, is_json, unanswered_why());
	return (struct reply){
		.code = reply_code(bytes, is_json), .bytes = bytes, .is_json = is_json};
}

void reply_free(struct reply *reply)
{
	free(reply->bytes);
	reply->bytes = NULL;
}

static char *object_render(const struct request *request, size_t *size)
{
	json_t *object = json_object(), *words = json_array();
	for (uint32_t i = 0; i < request->word_count; i++)
		json_array_append_new(words, json_string(request->words[i]));
	json_object_set_new(object, "command", words);
	if (request->reason != NULL)
		json_object_set_new(object, "because", json_string(request->reason));
	if (request->body != NULL)
		json_object_set_new(
			object, "body", json_stringn(request->body, request->body_bytes));
	char *text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	char *whole = NULL;
	int length = text != NULL ? asprintf(&whole, "%s\n", text) : -1;
	free(text);
	*size = length < 0 ? 0 : (size_t)length;
	return length < 0 ? NULL : whole;
}

static void word_write(FILE *out, const char *word)
{
	if (word[0] != '\0' && strpbrk(word, " \t;\"'\\") == NULL) {
		fputs(word, out);
		return;
	}
	fputc('"', out);
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			fputc('\\', out);
		fputc(*word, out);
	}
	fputc('"', out);
}

char *request_render(const struct request *request, bool is_json, size_t *size)
{
	char *bytes = NULL;
	if (is_json)
		return object_render(request, size);
	FILE *out = open_memstream(&bytes, size);
	if (out == NULL)
		return NULL;
	for (uint32_t i = 0; i < request->word_count; i++) {
		if (i > 0)
			fputc(' ', out);
		word_write(out, request->words[i]);
	}
	if (request->reason != NULL) {
		fputs(" because ", out);
		word_write(out, request->reason);
	}
	fputc('\n', out);
	fclose(out);
	return bytes;
}

struct reply client_ask(struct client *client, const char *line)
{
	struct request request;
	char error[160];
	size_t used, size;
	request_line(&request, line, strlen(line), &used, error);
	char *bytes = request_render(&request, true, &size);
	if (bytes == NULL)
		return (struct reply){.code = CODE_NO_MEMORY};
	struct reply reply = client_exchange(client, bytes, size, true, CLIENT_ASK_MS);
	free(bytes);
	return reply;
}
