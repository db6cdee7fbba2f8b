#include "tools/exchange/reason.h"

#include <stdlib.h>

static const struct reason rows[] = {
#define OUCH_REJECT(code, name, sentence)   {REASON_REJECT, code, #name, sentence},
#define OUCH_CANCEL(code, name, sentence)   {REASON_CANCEL, code, #name, sentence},
#define OUCH_BROKEN(code, name, sentence)   {REASON_BROKEN, code, #name, sentence},
#define OUCH_RESTATED(code, name, sentence) {REASON_RESTATED, code, #name, sentence},
#include "dataplane/wire/ouch_reason.def"
#define OUCH42_REJECT(letter, code, sentence) {REASON_LETTER, letter, "letter", sentence},
#include "dataplane/wire/ouch42.def"
};

const struct reason *reason_rows(uint32_t *count)
{
	*count = ARRAY_COUNT(rows);
	return rows;
}

bool reason_read(enum reason_kind kind, const char *word, uint16_t *code)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].kind == kind && strcmp(rows[i].name, word) == 0) {
			*code = rows[i].code;
			return true;
		}
	if (kind != REASON_REJECT) {
		*code = (uint8_t)word[0];
		return word[0] > ' ' && word[0] <= '~' && word[1] == '\0';
	}
	char *end;
	unsigned long value = strtoul(word, &end, 0);
	*code = (uint16_t)value;
	return word[0] >= '0' && word[0] <= '9' && *end == '\0' && value > 0 && value <= UINT16_MAX;
}

const char *reason_name(enum reason_kind kind, uint16_t code)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].kind == kind && rows[i].code == code)
			return rows[i].name;
	return "unknown";
}
