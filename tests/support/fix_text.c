/* fix_text.c - see fix_text.h. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/fix_text.h"

uint32_t fix_text_raw(uint8_t *out, uint32_t out_bytes, const char *text)
{
	uint32_t size = (uint32_t)strlen(text);
	if (size > out_bytes)
		abort();
	for (uint32_t i = 0; i < size; i++)
		out[i] = text[i] == '|' ? 1 : (uint8_t)text[i];
	return size;
}

uint32_t fix_text_frame(
	uint8_t *out, uint32_t out_bytes, const char *begin_string, const char *fields)
{
	static char whole[72000];
	int size = snprintf(
		whole, sizeof whole, "8=%s|9=%zu|%s", begin_string, strlen(fields), fields);
	uint32_t sum = 0;
	if (size < 0 || (size_t)size + 8 > sizeof whole)
		abort();
	for (int i = 0; i < size; i++)
		sum += whole[i] == '|' ? 1 : (uint8_t)whole[i];
	snprintf(whole + size, sizeof whole - (size_t)size, "10=%03u|", sum % 256);
	return fix_text_raw(out, out_bytes, whole);
}

const char *fix_text_value(const uint8_t *bytes, uint32_t size_bytes, uint32_t tag)
{
	static char value[512];
	char name[16];
	int length = snprintf(name, sizeof name, "%u=", tag);
	value[0] = '\0';
	for (uint32_t i = 0; i + (uint32_t)length < size_bytes; i++) {
		bool begins = i == 0 || bytes[i - 1] == 1;
		if (!begins || memcmp(bytes + i, name, (size_t)length) != 0)
			continue;
		uint32_t end = i + (uint32_t)length, size = 0;
		while (end < size_bytes && bytes[end] != 1 && size < sizeof value - 1)
			value[size++] = (char)bytes[end++];
		value[size] = '\0';
		break;
	}
	return value;
}
