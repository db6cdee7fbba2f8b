#include "config/field.h"

#include "config/scalar.h"

#include <inttypes.h>
#include <stdio.h>

bool field_text(const struct document *d, const char *text, char *target, size_t size)
{
	size_t length = strlen(text);
	if (length >= size)
		return document_refuse(d, text,
			"found \"%.64s\" of %zu characters, expected at most %zu", text, length,
			size - 1);
	memset(target, 0, size);
	memcpy(target, text, length + 1);
	return true;
}

bool field_path(const struct document *d, const char *directory, const char *text, const char *what,
	char *target, size_t size)
{
	const char *where = text[0] == '/' ? "" : directory, *slash = text[0] == '/' ? "" : "/";
	if (text[0] == '\0')
		return document_refuse(d, text, "found \"\", expected %s", what);
	size_t length = strlen(where) + strlen(slash) + strlen(text);
	if (length >= size)
		return document_refuse(d, text, "found a path of %zu bytes, expected at most %zu",
			length, size - 1);
	snprintf(target, size, "%s%s%s", where, slash, text);
	return true;
}

bool field_is_name_character(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '_' || c == '.';
}

bool field_name(const struct document *d, const char *text, char *target, size_t size)
{
	bool good = text[0] != '\0';
	for (const char *c = text; *c != '\0'; c++)
		good = good && field_is_name_character(*c);
	if (!good)
		return document_refuse(d, text,
			"found \"%.64s\", expected a name of letters, digits, dots, dashes and "
			"underscores",
			text);
	return field_text(d, text, target, size);
}

bool field_choice(const struct document *d, const char *text, const char *const *choices,
	size_t count, unsigned *choice)
{
	char known[256] = "";
	size_t used = 0;
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(text, choices[i]) == 0) {
			*choice = i;
			return true;
		}
		int more = snprintf(known + used, sizeof known - used, "%s%s",
			i == 0 ? "" : (i + 1 < count ? ", " : " or "), choices[i]);
		used += more > 0 && (size_t)more < sizeof known - used ? (size_t)more : 0;
	}
	return document_refuse(d, text, "found \"%.64s\", expected %s", text, known);
}

bool field_count(const struct document *d, const char *text, const char *unit, uint64_t low,
	uint64_t high, uint64_t *count)
{
	uint64_t number = 0;
	const char *expected =
		unit != NULL ? scalar_unit_count(text, unit, &number) : scalar_count(text, &number);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	if (number < low || number > high)
		return document_refuse(d, text,
			"found %s, expected from %" PRIu64 " to %" PRIu64 "%s%s", text, low, high,
			unit != NULL ? " " : "", unit != NULL ? unit : "");
	*count = number;
	return true;
}

bool field_count_u32(const struct document *d, const char *text, const char *unit, uint32_t low,
	uint32_t high, uint32_t *count)
{
	uint64_t number = 0;
	if (!field_count(d, text, unit, low, high, &number))
		return false;
	*count = (uint32_t)number;
	return true;
}

bool field_duration(const struct document *d, const char *text, uint64_t *duration_ns)
{
	uint64_t number = 0;
	const char *expected = scalar_duration(text, &number);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	if (number == 0 || number > 86400ull * 1000000000)
		return document_refuse(d, text, "found \"%s\", expected from 1 ns to 24 h", text);
	*duration_ns = number;
	return true;
}

bool field_price(const struct document *d, const char *text, int64_t *price_e4)
{
	int64_t number = 0;
	const char *expected = scalar_price(text, &number);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	if (number == 0)
		return document_refuse(d, text, "found \"%s\", expected a price above 0", text);
	*price_e4 = number;
	return true;
}
