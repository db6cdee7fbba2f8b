/* request.h - bytes of a connection become words of a command.

   A request is a line, or a JSON object that may span lines.  A line holds commands apart by `;`; a
   command is words; a word may be quoted ("..." with \" and \\ inside, or '...' as it stands).  After
   the word `because` the rest of the command is the reason.  An object is
     {"command": "kill account 17", "because": "runaway", "body": "..."}
   or has the words as an array; body carries a file's contents, never its path.

   Errors     a verdict and a sentence for whatever the peer sent; nothing here trusts a byte.
   Invariant  (1) words and reason are UTF-8 without control characters;
              (2) no more than REQUEST_WORD_COUNT_MAX words, REQUEST_LINE_BYTES_MAX bytes a line. */
#ifndef SLUICE_CONTROL_REQUEST_H
#define SLUICE_CONTROL_REQUEST_H

#include "control/socket/code.h"

enum {
	REQUEST_WORD_COUNT_MAX = 16,
	REQUEST_LINE_BYTES_MAX = 4096,
	REQUEST_BODY_BYTES_MAX = 2 * 1024 * 1024, /* a JSON object, for peers with a role */
	REQUEST_VIEW_BYTES_MAX = 64 * 1024,       /* a JSON object, for everybody else    */
	REQUEST_MARK_COUNT_MAX =
		64, /* braces, brackets and commas of an object: a request has a few */
};

/* Finds where the first request of a stream ends; keeps its place between calls. */
struct framing {
	size_t seen;    /* bytes already looked at */
	uint32_t depth; /* open braces and brackets */
	uint32_t marks; /* braces, brackets and commas until now */
	bool is_object, is_string, is_escaped, is_begun;
};

enum framing_verdict {
	FRAMING_MORE,
	FRAMING_LINE,
	FRAMING_OBJECT,
	FRAMING_TOO_LONG,
	FRAMING_TOO_MANY
};

/* framing_find looks for the end of the first request in bytes; max_bytes bounds an object.  LINE and
   OBJECT: the request is the first *used bytes.  TOO_MANY: an object of more parts than any request has, whose
   reading would keep others waiting.  Bytes already seen are not looked at again. */
enum framing_verdict framing_find(
	struct framing *framing, const char *bytes, size_t size, size_t max_bytes, size_t *used);

struct request {
	bool is_json;
	uint32_t word_count;
	const char *words[REQUEST_WORD_COUNT_MAX];
	const char *reason; /* NULL: none given */
	const char *body;   /* NULL: none given; ended by a zero */
	size_t body_bytes;
	char space[REQUEST_LINE_BYTES_MAX + 2];
	char *body_space;
};

/* request_line parses the first command of bytes (one line) into request; *used gets its length with
   the `;` that ends it.  DONE with word_count 0: there was nothing.  Else a 9xx code, and error has why. */
enum code request_line(
	struct request *request, const char *bytes, size_t size, size_t *used, char error[160]);

/* request_object parses a JSON object. */
enum code request_object(struct request *request, const char *bytes, size_t size, char error[160]);

/* request_move takes a request over into another place; the source holds nothing afterwards. */
void request_move(struct request *target, struct request *source);

void request_free(struct request *request);

/* text_is_clean tells whether bytes are UTF-8 without control characters (tabs allowed; newlines too if
   asked). */
bool text_is_clean(const char *bytes, size_t size, bool with_newlines);

#endif
