/* socket_fuzz.c - any bytes at the control socket: frames, lines, objects, commands, scopes.
   rooms: control_socket */
#include <stdlib.h>

#include "control/socket/grammar.h"
#include "control/socket/scope.h"

static void request_use(struct request *request)
{
	struct command command;
	char error[GRAMMAR_ERROR_BYTES];
	enum scope scope;
	CHECK(request->word_count <= REQUEST_WORD_COUNT_MAX);
	for (uint32_t i = 0; i < request->word_count; i++)
		CHECK(text_is_clean(request->words[i], strlen(request->words[i]), false));
	CHECK(request->reason == NULL ||
		text_is_clean(request->reason, strlen(request->reason), false));
	if (request->word_count == 0)
		return;
	if (grammar_find(request, &command, error) == CODE_DONE) {
		CHECK(command.id < COMMAND_COUNT && command.argument_count <= COMMAND_ARGUMENT_MAX);
		for (uint32_t i = 0; i < command.argument_count; i++)
			scope_find(command.arguments[i], &scope);
	} else {
		CHECK(error[0] != '\0');
	}
	struct request *moved = malloc(sizeof *moved);
	CHECK(moved != NULL);
	request_move(moved, request);
	CHECK(moved->word_count == 0 ||
		(moved->words[0] >= moved->space &&
			moved->words[0] < moved->space + sizeof moved->space));
	request_free(moved);
	free(moved);
}

static void line_use(const char *bytes, size_t size)
{
	static struct request request;
	char error[160];
	size_t at = 0, used;
	while (at < size) {
		enum code code = request_line(&request, bytes + at, size - at, &used, error);
		CHECK(used <= size - at);
		if (code != CODE_DONE)
			return;
		request_use(&request);
		at += used > 0 ? used : 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct request request;
	/* A copy of exactly this size: the sanitizer sees a read behind its end. */
	char *bytes = malloc(size + (size == 0));
	char error[160];
	struct framing framing = {.seen = 0};
	size_t at = 0, used;
	CHECK(bytes != NULL);
	memcpy(bytes, data, size);
	for (;;) {
		enum framing_verdict verdict =
			framing_find(&framing, bytes + at, size - at, 2048, &used);
		if (verdict != FRAMING_LINE && verdict != FRAMING_OBJECT)
			break;
		CHECK(used > 0 && used <= size - at);
		if (verdict == FRAMING_LINE)
			line_use(bytes + at, used);
		else if (request_object(&request, bytes + at, used, error) == CODE_DONE)
			request_use(&request);
		else
			CHECK(error[0] != '\0');
		at += used;
	}
	free(bytes);
	return 0;
}
