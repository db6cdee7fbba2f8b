#include "dataplane/wire/itch50.h"

uint32_t itch50_blank(uint8_t type, uint8_t out[ITCH50_SIZE_MAX])
{
	const struct itch50_field *fields;
	const char *name;
	uint32_t count = itch50_fields(type, &fields, &name);
	memset(out, 0, ITCH50_SIZE_MAX);
	for (uint32_t i = 0; i < count; i++)
		if (fields[i].kind == 'A')
			memset(out + fields[i].offset, ' ', fields[i].bytes);
	out[0] = type;
	return itch50_size(type);
}

const struct itch50_field *itch50_field_of(uint8_t type, const char *name)
{
	const struct itch50_field *fields;
	const char *message_name;
	uint32_t count = itch50_fields(type, &fields, &message_name);
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

bool itch50_field_write(uint8_t *message, const struct itch50_field *field, uint64_t value)
{
	if (field->bytes < 8 && value >> 8 * field->bytes != 0)
		return false;
	for (uint32_t i = field->bytes; i-- > 0; value >>= 8)
		message[field->offset + i] = (uint8_t)value;
	return true;
}

bool itch50_text_write(uint8_t *message, const struct itch50_field *field, const char *text)
{
	size_t size = strlen(text);
	if (size > field->bytes)
		return false;
	memset(message + field->offset, ' ', field->bytes);
	memcpy(message + field->offset, text, size);
	return true;
}
