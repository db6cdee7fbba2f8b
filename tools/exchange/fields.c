#include "tools/exchange/fields.h"

#include <stddef.h>
#include <stdlib.h>

#include "tools/exchange/words.h"

/* clang-format off */
static const struct field in_rows[] = {
#define OUCH_ROWS_IN
#define OUCH_IN(type, name, bytes, options) {NULL, 0, type, 0, ""},
#define OUCH_FIELD(name, offset, bytes, kind, member) \
	{#name, offsetof(struct ouch_in, member), 0, bytes, #kind},
#include "dataplane/wire/ouch50.def"
};

static const struct field out_rows[] = {
#define OUCH_ROWS_OUT
#define OUCH_OUT(type, name, bytes, options) {NULL, 0, type, 0, ""},
#define OUCH_FIELD(name, offset, bytes, kind, member) \
	{#name, offsetof(struct ouch_out, member), 0, bytes, #kind},
#include "dataplane/wire/ouch50.def"
};

static const struct {
	const char *name;
	uint8_t tag, bytes;
	char kind[9]; /* UNSIGNED SIGNED TEXT */
} option_rows[] = {
#define OUCH_OPTION(tag, name, bytes, kind) {#name, tag, bytes, #kind},
#include "dataplane/wire/ouch50.def"
};
/* clang-format on */

static const struct field *rows_of(enum field_way way, size_t *count)
{
	*count = way == FIELD_IN ? ARRAY_COUNT(in_rows) : ARRAY_COUNT(out_rows);
	return way == FIELD_IN ? in_rows : out_rows;
}

const struct field *field_find(enum field_way way, uint8_t type, const char *name)
{
	size_t count;
	const struct field *rows = rows_of(way, &count);
	uint8_t opened = 0;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].name == NULL)
			opened = rows[i].type;
		else if (opened == type && strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

bool field_is_type(enum field_way way, uint8_t type)
{
	size_t count;
	const struct field *rows = rows_of(way, &count);
	for (size_t i = 0; i < count; i++)
		if (rows[i].name == NULL && rows[i].type == type)
			return true;
	return false;
}

/* field_number reads a price, one character, a whole number or a hexadecimal one. */
static bool field_number(const char *name, uint8_t bytes, const char *text, uint64_t *value)
{
	char *end;
	if (strstr(name, "price") != NULL && bytes >= 4)
		return words_decimal(text, 4, value);
	if (bytes == 1 && text[0] != '\0' && text[1] == '\0') {
		*value = (uint8_t)text[0];
		return true;
	}
	*value = strtoull(text, &end, 0);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' &&
	       (bytes == 8 || *value >> (8 * bytes) == 0);
}

static bool field_text(uint8_t *to, uint8_t bytes, const char *text)
{
	if (strlen(text) > bytes)
		return false;
	memset(to, ' ', bytes);
	memcpy(to, text, strlen(text));
	return true;
}

bool field_write(void *message, const struct field *field, const char *text)
{
	uint8_t *member = (uint8_t *)message + field->member;
	uint64_t value;
	if (strcmp(field->kind, "TEXT") == 0)
		return field_text(member, field->bytes, text);
	if (strcmp(field->kind, "NAME") == 0) {
		if (strlen(text) > 8)
			return false;
		value = symbol_pack(text);
		memcpy(member, &value, sizeof value);
		return true;
	}
	if (!field_number(field->name, field->bytes, text, &value))
		return false;
	memcpy(member, &value, field->bytes); /* little-endian, as all machines here */
	return true;
}

bool field_equal(const void *a, const void *b, const struct field *field)
{
	return memcmp((const uint8_t *)a + field->member, (const uint8_t *)b + field->member,
		       field->bytes) == 0;
}

uint32_t field_option(struct ouch_options *options, const char *name, const char *text)
{
	for (size_t i = 0; i < ARRAY_COUNT(option_rows); i++) {
		uint8_t characters[8] = {0};
		uint64_t value = 0;
		uint8_t tag = option_rows[i].tag, bytes = option_rows[i].bytes;
		if (strcmp(option_rows[i].name, name) != 0)
			continue;
		if (strcmp(option_rows[i].kind, "TEXT") == 0) {
			if (!field_text(characters, bytes, text))
				return 0;
			value = load_be32(characters);
		} else if (!field_number(name, bytes, text, &value)) {
			return 0;
		}
		options->present |= 1u << tag;
		options->value[tag] = (int64_t)value;
		return tag;
	}
	return 0;
}

uint32_t field_option_tag(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(option_rows); i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return option_rows[i].tag;
	return 0;
}
