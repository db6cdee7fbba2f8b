/* reason.h - the codes by which the venue says why, by name (ouch_reason.def, and the letters of ouch42.def).

   A word names a code by its name (`halted`), by its letter, or by its number (`0x0007`); a code that no
   row has may be named too, so that a peer meets one it does not know. */
#ifndef SLUICE_EXCHANGE_REASON_H
#define SLUICE_EXCHANGE_REASON_H

#include "config/base.h"

/* REJECT_halted ... */
enum reject_code {
	REJECT_NONE = 0,
#define OUCH_REJECT(code, name, sentence) REJECT_##name = (code),
#include "dataplane/wire/ouch_reason.def"
};

enum reason_kind {
	REASON_REJECT = 0,
	REASON_CANCEL,
	REASON_BROKEN,
	REASON_RESTATED,
	REASON_LETTER
};

struct reason {
	uint8_t kind; /* enum reason_kind */
	uint16_t code;
	const char *name, *sentence;
};

/* reason_rows gives every row there is. */
const struct reason *reason_rows(uint32_t *count);

/* reason_read finds the code that a word names; false: it names none. */
bool reason_read(enum reason_kind kind, const char *word, uint16_t *code);

/* reason_name gives a code's name; "unknown": no row has it. */
const char *reason_name(enum reason_kind kind, uint16_t code);

#endif
