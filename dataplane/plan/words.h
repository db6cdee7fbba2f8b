/* words.h - one line of the kill socket, understood: who is to be stopped, how far, and why.

     kill|halt|reduce-only <scope> <id or name> [because ...]
     status

   Scope is firm, venue, session, account, strategy or symbol; `firm` and `all` take no id, 0, or the
   site's name.  An id is a number of the site's files or a name in them; a venue's number is its place
   there, from 0; a symbol is its name.  A hand in a hurry is forgiven: capitals, a missing `because`,
   a reason that is too long.  It is not forgiven to name what is not there: a stop of nobody that
   says "killed" would be worse than a refusal.

   Errors     words_read returns the answer's code and writes the sentence; nothing is stopped. */
#ifndef SLUICE_PLAN_WORDS_H
#define SLUICE_PLAN_WORDS_H

#include "config/config.h"

enum answer_code {
#define CODE(name, number, sentence) ANSWER_##name = number,
#include "config/errors.def"
#undef CODE
};

enum { WORDS_LABEL_BYTES = 64, WORDS_REASON_BYTES = 44 };

struct words {
	bool is_status; /* asks; stops nothing */
	enum trading_state state;
	enum scope scope;
	uint32_t id;
	char label[WORDS_LABEL_BYTES];   /* "account 17" */
	char reason[WORDS_REASON_BYTES]; /* printable; empty: none was given */
};

/* words_read understands a line.  Returns 0; or a code, and text says what was found and expected. */
int words_read(const struct site_config *site, const char *line, size_t size, struct words *words,
	char *text, size_t text_size);

#endif
