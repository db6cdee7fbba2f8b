#include "control/socket/code.h"

const struct code_row code_rows[] = {
#define CODE(name, number, sentence) {#name, sentence, number},
#include "config/errors.def"
#undef CODE
};
const uint32_t code_row_count = ARRAY_COUNT(code_rows);

const char *code_sentence(unsigned number)
{
	for (uint32_t i = 0; i < code_row_count; i++) {
		if (code_rows[i].number == number)
			return code_rows[i].sentence;
	}
	return "?";
}

int code_exit_status(unsigned number)
{
	unsigned class = number / 100;
	return class <= 1 ? 0 : (int)class;
}
