/* code.h - the codes that answers begin with, printed from errors.def.

   A code is three digits; the first is its class.  Programs read the code, people the sentence. */
#ifndef SLUICE_CONTROL_CODE_H
#define SLUICE_CONTROL_CODE_H

#include "config/base.h"

enum code {
#define CODE(name, number, sentence) CODE_##name = number,
#include "config/errors.def"
#undef CODE
};

struct code_row {
	const char *name, *sentence;
	uint16_t number;
};

/* code_rows lists them by rising number; code_row_count is how many. */
extern const struct code_row code_rows[];
extern const uint32_t code_row_count;

/* code_sentence gives a code's sentence; "?" for a number that is none. */
const char *code_sentence(unsigned number);

/* code_exit_status mirrors the class: 0 for 0xx and 1xx, else the first digit. */
int code_exit_status(unsigned number);

#endif
