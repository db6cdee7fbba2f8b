#include "tools/exchange/say.h"

#include <stdio.h>

#include "dataplane/wire/itch50.h"

#define BOOK_TYPES "AFECXDU"

enum { PRICE_DECIMALS = 4, INDEX_DECIMALS = 8 };

static bool trouble_is(char *trouble, size_t size, const char *found, const char *expected)
{
	snprintf(trouble, size, "found `%s`, expected %s", found == NULL ? "nothing" : found,
		expected);
	return false;
}

/* say_symbol fills the symbol and its locate; false: nobody knows it. */
static bool say_symbol(struct exchange *x, uint8_t *message, const struct itch50_field *stock,
	const char *symbol, uint16_t *locate)
{
	uint64_t found = 0;
	if (symbol == NULL || strlen(symbol) > stock->bytes)
		return false;
	uint64_t packed = symbol_pack(symbol);
	if (!refmap_get(&x->desk->locates, packed, &found)) {
		if (message[0] != 'R')
			return false;
		found = exchange_symbol(x, packed);
	}
	*locate = (uint16_t)found;
	store_be16(message + 1, *locate);
	return itch50_text_write(message, stock, symbol);
}

static bool say_field(uint8_t *message, const struct itch50_field *field, const char *text)
{
	uint64_t value;
	uint32_t decimals = field->bytes == 8 ? INDEX_DECIMALS : PRICE_DECIMALS;
	if (text == NULL || field->offset < 11)
		return false;
	if (field->kind == 'A')
		return itch50_text_write(message, field, text);
	return words_decimal(text, field->kind == 'P' ? decimals : 0, &value) &&
	       itch50_field_write(message, field, value);
}

/* say_follow lets the market do what was said about it. */
static void say_follow(struct exchange *x, const uint8_t *message, uint16_t locate)
{
	if (message[0] == 'H')
		desk_halt(x->desk, locate, DESK_HALT, message[19] != 'T');
	if (message[0] == 'Y')
		x->short_sale[locate] = message[19];
	if (message[0] == 'h' && message[19] == 'Q')
		desk_halt(x->desk, locate, DESK_HALT_HERE, message[20] != 'T');
}

bool say_words(struct exchange *x, struct words *words, char *trouble, size_t size)
{
	uint8_t message[ITCH50_SIZE_MAX];
	uint16_t locate = 0;
	const char *type = words_next(words);
	uint32_t message_bytes =
		type == NULL || type[1] != '\0' ? 0 : itch50_blank((uint8_t)type[0], message);
	if (!x->is_open || x->tape.is_ended)
		return trouble_is(trouble, size, "a feed that is not open", "`begin` before");
	if (message_bytes == 0 || strchr(BOOK_TYPES, type[0]) != NULL)
		return trouble_is(trouble, size, type, "one of S R H Y L V W K J h P Q B I N O");
	const struct itch50_field *stock = itch50_field_of(message[0], "stock");
	if (stock != NULL) {
		const char *symbol = words_next(words);
		if (!say_symbol(x, message, stock, symbol, &locate))
			return trouble_is(trouble, size, symbol, "a symbol of this venue");
	}
	const struct itch50_field *match = itch50_field_of(message[0], "match_number");
	if (match != NULL && message[0] != 'B')
		itch50_field_write(message, match, match_trade_number(x->match));
	while (words_left(words)) {
		const char *name = words_next(words), *text = words_next(words);
		const struct itch50_field *field = itch50_field_of(message[0], name);
		if (field == NULL)
			return trouble_is(trouble, size, name, "a field's name of itch50.def");
		if (field == stock || !say_field(message, field, text))
			return trouble_is(trouble, size, text, name);
	}
	store_be48(message + 5, x->desk->exch_ns);
	tape_raw(&x->tape, message, message_bytes);
	say_follow(x, message, locate);
	return true;
}
