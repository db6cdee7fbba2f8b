#include "tools/exchange/tell.h"

#include <stdio.h>

#include "tools/exchange/fields.h"

static bool trouble_is(char *trouble, size_t size, const char *found, const char *expected)
{
	snprintf(trouble, size, "found `%s`, expected %s", found == NULL ? "nothing" : found,
		expected);
	return false;
}

bool tell_words(struct desk *desk, uint32_t user, struct words *words, char *trouble, size_t size)
{
	struct ouch_out message = {.symbol = symbol_pack("")};
	const char *type = words_next(words);
	if (type == NULL || type[1] != '\0' || !field_is_type(FIELD_OUT, (uint8_t)type[0]))
		return trouble_is(trouble, size, type, "a type that OUCH 5.0 has for participants");
	message.type = (uint8_t)type[0];
	memset(message.clordid, ' ', sizeof message.clordid);
	memset(message.firm, ' ', sizeof message.firm);
	while (words_left(words)) {
		const char *name = words_next(words), *text = words_next(words);
		const struct field *field = field_find(FIELD_OUT, message.type, name);
		if (text == NULL)
			return trouble_is(trouble, size, text, name);
		if (field == NULL && field_option(&message.options, name, text) != 0)
			continue;
		if (field == NULL)
			return trouble_is(trouble, size, name,
				"a field or option of ouch50.def, and its value");
		if (!field_write(&message, field, text))
			return trouble_is(trouble, size, text, name);
	}
	desk_say(desk, &desk->users[user], &message);
	return true;
}
