/* answer.h - what a command says: a code, a sentence and rows, as text or as JSON.

   The code is written once, rows as they come; the same calls make both forms.  As text, rows with
   equal keys stand in aligned columns under their names, lines stand as they are, and one empty line
   ends it all; as JSON it is one object on one line:
     {"code":100,"text":"...","rows":[{...},...]}
   Facts about the whole answer stand between text and rows; as text the sentence says them.

   Owner      the command that fills it; answer_free when it was sent.
   Units      prices and money as decimal strings with four places, times as ISO 8601 UTC.
   Invariant  (1) a rendered text has exactly one empty line, its last: newlines and control characters
              inside words become spaces;
              (2) at most ANSWER_ROW_COUNT_MAX rows; what is above is counted and told. */
#ifndef SLUICE_CONTROL_ANSWER_H
#define SLUICE_CONTROL_ANSWER_H

#include <jansson.h>

#include "control/socket/code.h"

enum { ANSWER_ROW_COUNT_MAX = 5000, ANSWER_TEXT_BYTES = 2048 };

struct answer {
	bool is_json;
	bool is_coded; /* answer_code was called */
	unsigned code; /* enum code */
	char text[ANSWER_TEXT_BYTES];
	json_t *facts; /* object; NULL: none */
	json_t *rows;  /* array of objects; a plain line is an object with only "line" */
	json_t *row;   /* the one being filled; borrowed from rows */
	uint64_t dropped_count;
};

void answer_init(struct answer *answer, bool is_json);
void answer_free(struct answer *answer);

/* answer_code sets the code and the sentence; the last call counts. */
__attribute__((format(printf, 3, 4))) void answer_code(
	struct answer *answer, enum code code, const char *format, ...);

/* answer_fact adds a field of the whole answer for those who read JSON; the last value of a key counts. */
void answer_fact(struct answer *answer, const char *key, const char *value);

/* answer_line adds a plain line. */
__attribute__((format(printf, 2, 3))) void answer_line(
	struct answer *answer, const char *format, ...);

/* answer_row_count tells how many rows and lines it has, those dropped for want of room included. */
size_t answer_row_count(const struct answer *answer);

/* answer_lines adds each line of a text as a plain line; empty ones are left out. */
void answer_lines(struct answer *answer, const char *text);

/* answer_row begins a row; the calls after it fill it in the order of its columns. */
void answer_row(struct answer *answer);
void answer_word(struct answer *answer, const char *key, const char *value);
__attribute__((format(printf, 3, 4))) void answer_format(
	struct answer *answer, const char *key, const char *format, ...);
void answer_number(struct answer *answer, const char *key, int64_t value);
/* answer_count takes what does not fit a signed number as its decimal string in JSON. */
void answer_count(struct answer *answer, const char *key, uint64_t value);
void answer_flag(struct answer *answer, const char *key, bool value);
/* answer_e4 writes a price or money value, e.g. -12.0500. */
void answer_e4(struct answer *answer, const char *key, int64_t value_e4);
/* answer_time writes wall time; 0 is "-". */
void answer_time(struct answer *answer, const char *key, uint64_t wall_ns);
/* answer_json adds a whole row made elsewhere; takes it over. */
void answer_json(struct answer *answer, json_t *row);

/* answer_render returns the bytes to send, to be freed; NULL: out of memory. */
char *answer_render(const struct answer *answer, size_t *size);

/* text_json makes a JSON string of any bytes: what is no UTF-8 becomes '?', what would break a line a
   space, what is longer than 4 KiB is cut. */
json_t *text_json(const char *text);

/* e4_format writes value_e4 as a decimal; text holds 32 bytes.  time_format writes ISO 8601 UTC with
   microseconds; text holds 32 bytes. */
void e4_format(int64_t value_e4, char text[32]);
void time_format(uint64_t wall_ns, char text[32]);

#endif
