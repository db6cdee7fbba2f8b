#include "control/cli/body.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config/file_text.h"

static bool is_words(const struct request *request, const char *first, const char *second)
{
	return request->word_count >= 2 && strcmp(request->words[0], first) == 0 &&
	       strcmp(request->words[1], second) == 0;
}

static bool takes_file(const struct request *request)
{
	static const char *const verbs[] = {"check", "lint", "diff", "dry-run", "load"};
	for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
		if (is_words(request, "limits", verbs[i]))
			return true;
	return is_words(request, "rates", "load");
}

/* The word that may name a file of limits or rates; NULL: none. */
static const char *file_word(const struct request *request)
{
	uint32_t at = 2;
	if (strcmp(request->words[0], "what-if") == 0) {
		for (at = 1; at < request->word_count; at++) {
			const char *word = request->words[at];
			if (strcmp(word + strspn(word, "-"), "limits") == 0)
				break;
		}
		at++;
	} else if (!takes_file(request)) {
		return NULL;
	}
	bool is_named = at < request->word_count && request->words[at][0] != '-';
	return is_named ? request->words[at] : NULL;
}

/* A pipe, which a shell makes of `<(...)`, is whole when its writer closed it. */
static bool pipe_read(struct file_text *text, const char *path, struct config_error *error)
{
	FILE *file = fopen(path, "re");
	text->bytes = malloc(BODY_BYTES_MAX + 1);
	if (file != NULL && text->bytes != NULL)
		text->size = fread(text->bytes, 1, BODY_BYTES_MAX + 1, file);
	bool is_good = file != NULL && text->bytes != NULL && ferror(file) == 0;
	if (!is_good)
		snprintf(error->text, sizeof error->text,
			"%s:1:1: found a pipe that cannot be read (%s), expected a file", path,
			strerror(errno));
	if (file != NULL)
		fclose(file);
	if (!is_good)
		file_text_free(text);
	return is_good;
}

/* The first line that is no text; 0: all are. */
static size_t line_unclean(const struct file_text *text)
{
	size_t line = 1;
	for (size_t at = 0; at < text->size; line++) {
		const char *end = memchr(text->bytes + at, '\n', text->size - at);
		size_t size = end != NULL ? (size_t)(end - text->bytes) + 1 - at : text->size - at;
		if (!text_is_clean(text->bytes + at, size, true))
			return line;
		at += size;
	}
	return 0;
}

static enum code text_judge(
	const char *word, const struct file_text *text, struct config_error *error)
{
	size_t line = text->size <= BODY_BYTES_MAX ? line_unclean(text) : 0;
	if (text->size > BODY_BYTES_MAX)
		snprintf(error->text, sizeof error->text,
			"found a file of more than %d bytes, expected at most these: put it into "
			"the site's directory and name it there",
			(int)BODY_BYTES_MAX);
	else if (line > 0)
		snprintf(error->text, sizeof error->text,
			"%s:%zu:1: found a control character or bytes that are no UTF-8, expected "
			"text: nothing was sent",
			word, line);
	return text->size > BODY_BYTES_MAX ? CODE_TOO_LONG : line > 0 ? CODE_NOT_TEXT : CODE_DONE;
}

enum body_verdict body_take(
	struct request *request, char **bytes, enum code *code, struct config_error *error)
{
	const char *word = file_word(request);
	struct stat file;
	struct file_text text = {0};
	if (word == NULL)
		return BODY_NONE;
	bool is_there = stat(word, &file) == 0;
	if (!is_there && errno == ENOENT && strchr(word, '/') == NULL)
		return BODY_NONE;
	*code = CODE_ARGUMENT_BAD;
	if (!is_there) {
		snprintf(error->text, sizeof error->text,
			"found no file %.100s that can be read (%s), expected one: or name one of "
			"the site's directory, without a path",
			word, strerror(errno));
		return BODY_REFUSED;
	}
	if (!(S_ISFIFO(file.st_mode) ? pipe_read : file_text_read)(&text, word, error))
		return BODY_REFUSED;
	*code = text_judge(word, &text, error);
	if (*code != CODE_DONE) {
		file_text_free(&text);
		return BODY_REFUSED;
	}
	text.bytes[text.size] = '\0'; /* both reads leave room for it */
	*bytes = text.bytes;
	request->body = text.bytes;
	request->body_bytes = text.size;
	return BODY_TAKEN;
}
