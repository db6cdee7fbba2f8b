#include "control/cli/hand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/cli/body.h"
#include "control/cli/ladder.h"
#include "control/socket/grammar.h"

bool hand_open(struct hand *hand, const char *socket, const char *run, const char *config,
	bool is_json, struct config_error *error)
{
	char path[512];
	const char *directory = run;
	memset(hand, 0, sizeof *hand);
	hand->is_json = is_json;
	error->text[0] = '\0';
	if (config != NULL) {
		snprintf(hand->config_directory, sizeof hand->config_directory, "%s", config);
		if (!site_load(&hand->site, config, error))
			return false;
		hand->has_site = true;
		if (directory == NULL)
			directory = hand->site.run_directory;
	}
	if (directory == NULL)
		directory = getenv("SLUICE_RUN");
	if (directory == NULL)
		directory = "/run/sluice";
	snprintf(hand->run_directory, sizeof hand->run_directory, "%s", directory);
	snprintf(path, sizeof path, "%s/kill.sock", directory);
	client_init(&hand->door, path);
	snprintf(path, sizeof path, "%s/control.sock", directory);
	/* Who may not enter there may still look. */
	if (socket == NULL && access(path, F_OK) == 0 && access(path, W_OK) != 0)
		snprintf(path, sizeof path, "%s/view.sock", directory);
	client_init(&hand->control, socket != NULL ? socket : path);
	return true;
}

void hand_close(struct hand *hand)
{
	client_close(&hand->control);
	client_close(&hand->door);
	if (hand->has_site)
		config_free(&hand->site);
}

static bool is_words(const struct request *request, const char *first, const char *second)
{
	return request->word_count >= 2 && strcmp(request->words[0], first) == 0 &&
	       strcmp(request->words[1], second) == 0;
}

/* Lines that machines read go out alone; the code line goes to the person. */
static bool is_for_machines(const struct request *request)
{
	return strcmp(request->words[0], "metrics") == 0 || is_words(request, "journal", "export");
}

static void reply_print(const struct reply *reply, const struct request *request)
{
	const char *bytes = reply->bytes != NULL ? reply->bytes : "890 out of memory\n\n";
	size_t size = strlen(bytes);
	if (!reply->is_json && size >= 2 && bytes[size - 2] == '\n')
		size--; /* the empty line ends the conversation, not the page */
	if (!reply->is_json && is_for_machines(request)) {
		size_t head = strcspn(bytes, "\n") + 1;
		fprintf(stderr, "%.*s", (int)head, bytes);
		bytes += head < size ? head : size;
		size -= head < size ? head : size;
	}
	fwrite(bytes, 1, size, stdout);
	fflush(stdout);
}

static int sentence_print(const struct hand *hand, unsigned code, const char *text)
{
	struct answer answer;
	size_t size;
	answer_init(&answer, hand->is_json);
	answer_code(&answer, (enum code)code, "%s", text);
	char *bytes = answer_render(&answer, &size);
	if (bytes != NULL)
		fwrite(bytes, 1, hand->is_json ? size : size - 1, stdout);
	free(bytes);
	answer_free(&answer);
	return code_exit_status(code);
}

static bool is_book(const struct request *request)
{
	return is_words(request, "show", "book") && request->word_count > 2;
}

/* An answer that came as JSON printed as text: the same rows, a book as a ladder. */
static void object_print(const struct reply *reply, const struct request *request)
{
	struct answer answer;
	size_t size, i;
	json_t *row, *object = json_loads(reply->bytes, 0, NULL);
	json_t *rows = json_object_get(object, "rows");
	const char *text = json_string_value(json_object_get(object, "text"));
	bool is_drawn = is_book(request) && json_array_size(rows) > 0;
	answer_init(&answer, false);
	answer_code(&answer, (enum code)reply->code, "%s", text != NULL ? text : "");
	json_array_foreach(rows, i, row)
	{
		if (!is_drawn)
			answer_json(&answer, json_incref(row));
	}
	char *bytes = answer_render(&answer, &size);
	if (bytes != NULL)
		fwrite(bytes, 1, size - 1, stdout);
	if (is_drawn)
		ladder_draw(stdout, request->words[2],
			json_string_value(json_object_get(object, "state")), rows,
			ladder_is_utf8());
	fflush(stdout);
	free(bytes);
	answer_free(&answer);
	json_decref(object);
}

static int request_run(struct hand *hand, struct request *request)
{
	size_t size;
	if (strcmp(request->words[0], "top") == 0)
		return top_run(hand);
	if (grammar_is_stop(request->words[0]))
		return stop_run(hand, request);
	char *body = NULL;
	enum code code;
	struct config_error error;
	if (body_take(request, &body, &code, &error) == BODY_REFUSED)
		return sentence_print(hand, code, error.text);
	bool is_json = hand->is_json || body != NULL || is_book(request);
	char *bytes = request_render(request, is_json, &size);
	if (bytes == NULL)
		return sentence_print(hand, CODE_NO_MEMORY, "out of memory");
	bool is_long = is_words(request, "journal", "replay") ||
		       is_words(request, "limits", "dry-run") ||
		       strcmp(request->words[0], "what-if") == 0;
	int wait_ms = is_long ? HAND_REPLAY_MS : HAND_WAIT_MS;
	struct reply reply = client_exchange(&hand->control, bytes, size, is_json, wait_ms);
	free(bytes);
	free(body);
	request->body = NULL;
	int status = code_exit_status(reply.code);
	if (reply.code == CODE_SOCKET_FAILED && local_can(request) && hand->has_site)
		status = local_run(hand, request);
	else if (is_json && !hand->is_json && reply.bytes != NULL)
		object_print(&reply, request);
	else
		reply_print(&reply, request);
	if (reply.code == CODE_SOCKET_FAILED && !hand->has_site &&
		(local_can(request) || is_for_machines(request)))
		fprintf(stderr, "hint: without control, the journal is read with --config DIR; the "
				"counters of a dead dataplane "
				"live as long as control does\n");
	reply_free(&reply);
	return status;
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

int hand_line(struct hand *hand, const char *line)
{
	struct request request;
	char error[160];
	size_t size = strlen(line), at = 0;
	uint32_t count = 0;
	int status = 0;
	while (at < size) {
		size_t used;
		enum code code = request_line(&request, line + at, size - at, &used, error);
		at += used > 0 ? used : 1;
		if (code != CODE_DONE)
			return worse(status, sentence_print(hand, code, error));
		if (request.word_count == 0)
			continue;
		status = worse(status, request_run(hand, &request));
		count++;
	}
	if (count == 0)
		return sentence_print(hand, CODE_UNKNOWN_COMMAND,
			"found no command, expected one: sluicectl help lists them");
	return status;
}

int hand_words(struct hand *hand, char *const *words, int count)
{
	/* One quoted argument is a line: sluicectl "status; health". */
	if (count == 1)
		return hand_line(hand, words[0]);
	struct request request;
	char line[REQUEST_LINE_BYTES_MAX + 1];
	size_t at = 0;
	for (int i = 0; i < count; i++) {
		bool is_plain = strpbrk(words[i], " \t;\"'\\") == NULL && words[i][0] != '\0';
		if (at + 2 * strlen(words[i]) + 4 > sizeof line)
			return sentence_print(hand, CODE_TOO_LONG, "the command is too long");
		at += (size_t)snprintf(line + at, sizeof line - at, "%s%s", i > 0 ? " " : "",
			is_plain ? "" : "\"");
		for (const char *p = words[i]; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\')
				line[at++] = '\\';
			line[at++] = *p;
		}
		if (!is_plain)
			line[at++] = '"';
		line[at] = '\0';
	}
	char error[160];
	size_t used;
	enum code code = request_line(&request, line, at, &used, error);
	if (code != CODE_DONE)
		return sentence_print(hand, code, error);
	return request_run(hand, &request);
}

/* One line of a script.  What is too long to be a command, or has a zero in it, is none in pieces either. */
static int script_line(struct hand *hand, char *line, size_t size)
{
	while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
		line[--size] = '\0';
	const char *first = line + strspn(line, " \t");
	if (*first == '#' || size == (size_t)(first - line))
		return 0;
	if (strlen(line) != size)
		return sentence_print(
			hand, CODE_NOT_TEXT, "found a zero byte in a line, expected text");
	return hand_line(hand, first);
}

int hand_script(struct hand *hand, const char *path)
{
	char *line = NULL;
	size_t room = 0;
	int status = 0;
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (file == NULL) {
		fprintf(stderr, "sluicectl: %s: found no file to read (%s), expected one\n", path,
			strerror(errno));
		return 9;
	}
	for (ssize_t size; status == 0 && (size = getline(&line, &room, file)) > 0;)
		status = script_line(hand, line, (size_t)size);
	if (status == 0 && ferror(file) != 0) {
		fprintf(stderr, "sluicectl: %s: found what cannot be read (%s), expected a file\n",
			path, strerror(errno));
		status = 9;
	}
	free(line);
	if (file != stdin)
		fclose(file);
	return status;
}
