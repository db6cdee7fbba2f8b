#include "control/socket/request.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- UTF-8, RFC 3629 ---- */

/* Length of a well-formed sequence at p, 0 if it is none, or a control character of several bytes. */
static size_t utf8_size(const unsigned char *p, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = p[0] < 0x80             ? 1
		      : (p[0] & 0xE0) == 0xC0 ? 2
		      : (p[0] & 0xF0) == 0xE0 ? 3
		      : (p[0] & 0xF8) == 0xF0 ? 4
					      : 0;
	if (size <= 1 || size > left)
		return size == 1 ? 1 : 0;
	uint32_t value = p[0] & (0x7Fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3Fu);
	}
	if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
		return 0;
	/* C1: to many a terminal such a letter is an escape sequence's beginning. */
	if (value < 0xA0)
		return 0;
	return size;
}

bool text_is_clean(const char *bytes, size_t size, bool with_newlines)
{
	const unsigned char *p = (const unsigned char *)bytes;
	for (size_t i = 0; i < size;) {
		bool is_break = p[i] == '\n' || p[i] == '\r';
		if ((p[i] < 0x20 && p[i] != '\t' && !(is_break && with_newlines)) || p[i] == 0x7F)
			return false;
		size_t step = utf8_size(p + i, size - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One byte of an object; true when it closes the outermost brace. */
static bool framing_step(struct framing *framing, char c)
{
	if (framing->is_string) {
		if (framing->is_escaped)
			framing->is_escaped = false;
		else if (c == '\\')
			framing->is_escaped = true;
		else if (c == '"')
			framing->is_string = false;
		return false;
	}
	framing->marks += c == ',' || c == '{' || c == '[';
	if (c == '"')
		framing->is_string = true;
	else if (c == '{' || c == '[')
		framing->depth++;
	else if (c == '}' || c == ']')
		return --framing->depth == 0;
	return false;
}

enum framing_verdict framing_find(
	struct framing *framing, const char *bytes, size_t size, size_t max_bytes, size_t *used)
{
	while (framing->seen < size) {
		char c = bytes[framing->seen++];
		if (!framing->is_begun && !is_space(c)) {
			framing->is_begun = true;
			framing->is_object = c == '{';
		}
		bool is_end = framing->is_object ? framing_step(framing, c) : c == '\n';
		if (is_end) {
			enum framing_verdict verdict =
				framing->is_object ? FRAMING_OBJECT : FRAMING_LINE;
			*used = framing->seen;
			memset(framing, 0, sizeof *framing);
			return verdict;
		}
		if (framing->seen >
			(framing->is_object ? max_bytes : (size_t)REQUEST_LINE_BYTES_MAX))
			return FRAMING_TOO_LONG;
		if (framing->marks > REQUEST_MARK_COUNT_MAX)
			return FRAMING_TOO_MANY;
	}
	return FRAMING_MORE;
}

/* A place in a line, and where its words are written. */
struct scan {
	const char *bytes;
	size_t size, at;
	char *out;
};

/* Copies one word, unquoting; false: a quote is open. */
static bool word_take(struct scan *scan)
{
	char quote = '\0';
	for (; scan->at < scan->size; scan->at++) {
		char c = scan->bytes[scan->at];
		if (quote == '\0' && (is_space(c) || c == ';'))
			break;
		if (quote == '\0' && (c == '"' || c == '\'')) {
			quote = c;
		} else if (quote != '\0' && c == quote) {
			quote = '\0';
		} else if (quote == '"' && c == '\\' && scan->at + 1 < scan->size &&
			   (scan->bytes[scan->at + 1] == '"' ||
				   scan->bytes[scan->at + 1] == '\\')) {
			*scan->out++ = scan->bytes[++scan->at];
		} else {
			*scan->out++ = c;
		}
	}
	*scan->out++ = '\0';
	return quote == '\0';
}

static void space_skip(struct scan *scan)
{
	while (scan->at < scan->size && is_space(scan->bytes[scan->at]))
		scan->at++;
}

/* The rest of the command as one text: words with one space between them. */
static enum code reason_take(struct request *request, struct scan *scan)
{
	request->reason = scan->out;
	for (;;) {
		space_skip(scan);
		if (scan->at >= scan->size || scan->bytes[scan->at] == ';')
			break;
		if (scan->out != request->reason)
			scan->out[-1] = ' ';
		if (!word_take(scan))
			return CODE_QUOTE_OPEN;
	}
	if (scan->out == request->reason)
		*scan->out++ = '\0';
	return CODE_DONE;
}

static enum code words_take(struct request *request, struct scan *scan, char error[160])
{
	for (;;) {
		space_skip(scan);
		if (scan->at >= scan->size)
			return CODE_DONE;
		if (scan->bytes[scan->at] == ';') {
			scan->at++;
			return CODE_DONE;
		}
		const char *word = scan->out;
		size_t begin = scan->at;
		if (!word_take(scan)) {
			snprintf(error, 160, "the quote that begins at byte %zu is not closed",
				begin + 1);
			return CODE_QUOTE_OPEN;
		}
		if (strcmp(word, "because") == 0 && request->word_count > 0) {
			enum code code = reason_take(request, scan);
			if (code != CODE_DONE) {
				snprintf(error, 160, "a quote in the reason is not closed");
				return code;
			}
			continue;
		}
		if (request->word_count == REQUEST_WORD_COUNT_MAX) {
			snprintf(error, 160, "found more than %d words", REQUEST_WORD_COUNT_MAX);
			return CODE_ARGUMENT_SURPLUS;
		}
		request->words[request->word_count++] = word;
	}
}

enum code request_line(
	struct request *request, const char *bytes, size_t size, size_t *used, char error[160])
{
	memset(request, 0, offsetof(struct request, space));
	request->body_space = NULL;
	*used = size;
	error[0] = '\0';
	while (size > 0 && is_space(bytes[size - 1]))
		size--;
	if (size > REQUEST_LINE_BYTES_MAX) {
		snprintf(error, 160, "found a line of more than %d bytes", REQUEST_LINE_BYTES_MAX);
		return CODE_TOO_LONG;
	}
	if (!text_is_clean(bytes, size, false)) {
		snprintf(error, 160, "found a control character or bytes that are no UTF-8");
		return CODE_NOT_TEXT;
	}
	/* Unquoting never makes longer, and each word's end falls on the separator or quote behind it;
	   the last one has the extra bytes of space. */
	struct scan scan = {.bytes = bytes, .size = size, .out = request->space};
	enum code code = words_take(request, &scan, error);
	if (code == CODE_DONE && scan.at < size)
		*used = scan.at;
	return code;
}

static enum code object_refuse(char error[160], const char *what)
{
	snprintf(error, 160, "%s", what);
	return CODE_JSON_BAD;
}

/* Copies the array's words into the request's space. */
static enum code array_take(struct request *request, const json_t *array, char error[160])
{
	size_t at = 0;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *word = json_string_value(json_array_get(array, i));
		size_t size = word == NULL ? 0 : json_string_length(json_array_get(array, i));
		if (word == NULL || !text_is_clean(word, size, false))
			return object_refuse(error, "found a word that is no plain string, "
						    "expected strings in \"command\"");
		if (i == REQUEST_WORD_COUNT_MAX || at + size + 1 > REQUEST_LINE_BYTES_MAX)
			return object_refuse(
				error, "found too many or too long words in \"command\"");
		request->words[request->word_count++] = memcpy(request->space + at, word, size + 1);
		at += size + 1;
	}
	return CODE_DONE;
}

/* Body and reason are kept behind each other in one allocation. */
static enum code object_texts_take(struct request *request, const json_t *object, char error[160])
{
	const json_t *reason = json_object_get(object, "because"),
		     *body = json_object_get(object, "body");
	if ((reason != NULL && !json_is_string(reason)) || (body != NULL && !json_is_string(body)))
		return object_refuse(
			error, "found no string, expected strings in \"because\" and \"body\"");
	size_t reason_bytes = json_string_length(reason), body_bytes = json_string_length(body);
	if (reason_bytes > REQUEST_LINE_BYTES_MAX)
		return object_refuse(error, "the reason is too long");
	if ((reason != NULL && !text_is_clean(json_string_value(reason), reason_bytes, false)) ||
		(body != NULL && !text_is_clean(json_string_value(body), body_bytes, true)))
		return object_refuse(error, "found a control character in \"because\" or \"body\"");
	request->body_space = malloc(reason_bytes + body_bytes + 2);
	if (request->body_space == NULL)
		return CODE_NO_MEMORY;
	if (body != NULL) {
		request->body =
			memcpy(request->body_space, json_string_value(body), body_bytes + 1);
		request->body_bytes = body_bytes;
	}
	if (reason != NULL)
		request->reason = memcpy(request->body_space + body_bytes + 1,
			json_string_value(reason), reason_bytes + 1);
	return CODE_DONE;
}

static enum code object_take(struct request *request, const json_t *object, char error[160])
{
	const json_t *command = json_object_get(object, "command");
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (strcmp(key, "command") != 0 && strcmp(key, "because") != 0 &&
			strcmp(key, "body") != 0)
			return object_refuse(
				error, "found an unknown key, expected command, because, body");
	}
	enum code code;
	size_t used, size = json_string_length(command);
	if (json_is_string(command)) {
		code = request_line(request, json_string_value(command), size, &used, error);
		request->is_json = true; /* as the whole line was emptied before */
		if (code == CODE_DONE && used < size)
			return object_refuse(
				error, "found a `;`, expected one command in an object");
	} else if (json_is_array(command)) {
		code = array_take(request, command, error);
	} else {
		return object_refuse(
			error, "found no \"command\", expected a string or an array of words");
	}
	const char *reason = request->reason;
	if (code == CODE_DONE)
		code = object_texts_take(request, object, error);
	if (code == CODE_DONE && request->word_count == 0)
		return object_refuse(error, "found an empty \"command\"");
	if (request->reason == NULL)
		request->reason = reason;
	return code;
}

enum code request_object(struct request *request, const char *bytes, size_t size, char error[160])
{
	json_error_t where;
	memset(request, 0, offsetof(struct request, space));
	request->body_space = NULL;
	request->is_json = true;
	error[0] = '\0';
	json_t *object = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &where);
	if (object == NULL) {
		snprintf(error, 160, "line %d column %d: %.100s", where.line, where.column,
			where.text);
		return CODE_JSON_BAD;
	}
	enum code code = object_take(request, object, error);
	json_decref(object);
	if (code != CODE_DONE)
		request_free(request);
	return code;
}

/* Words live inside the struct, so they move with it. */
static const char *word_move(
	const struct request *target, const struct request *source, const char *word)
{
	if (word == NULL || word < source->space || word >= source->space + sizeof source->space)
		return word;
	return target->space + (word - source->space);
}

void request_move(struct request *target, struct request *source)
{
	memcpy(target, source, sizeof *target);
	for (uint32_t i = 0; i < target->word_count; i++)
		target->words[i] = word_move(target, source, source->words[i]);
	target->reason = word_move(target, source, source->reason);
	source->body_space = NULL;
}

void request_free(struct request *request)
{
	free(request->body_space);
	request->body_space = NULL;
	request->body = NULL;
}
