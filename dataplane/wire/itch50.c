#include "dataplane/wire/itch50_kernel.h"

#include "drivers/machine/cpu.h"

#define ITCH_KIND_U 'U'
#define ITCH_KIND_A 'A'
#define ITCH_KIND_P 'P'

/* One array of fields for each message, the common header first. */
#define ITCH_MESSAGE(type, name, size)                                                             \
	static const struct itch50_field fields_##name[] = {{"message_type", 0, 1, 'A'},           \
		{"stock_locate", 1, 2, 'U'}, {"tracking_number", 3, 2, 'U'},                       \
		{"timestamp", 5, 6, 'U'},
#define ITCH_FIELD(name, offset, bytes, kind) {#name, offset, bytes, ITCH_KIND_##kind},
#define ITCH_END                                                                                   \
	}                                                                                          \
	;
#include "dataplane/wire/itch50.def"
#undef ITCH_MESSAGE
#undef ITCH_FIELD
#undef ITCH_END

#define ITCH_FIELD(name, offset, bytes, kind)
#define ITCH_END

uint8_t itch50_size(uint8_t type)
{
	return (uint8_t)itch50_types[type].size_min;
}

uint32_t itch50_fields(uint8_t type, const struct itch50_field **fields, const char **message_name)
{
	switch (type) {
#define ITCH_MESSAGE(code, name, size)                                                             \
	case code:                                                                                 \
		*fields = fields_##name;                                                           \
		*message_name = #name;                                                             \
		return ARRAY_COUNT(fields_##name);
#include "dataplane/wire/itch50.def"
#undef ITCH_MESSAGE
	default:
		return 0;
	}
}

uint64_t itch50_field_value(const uint8_t *message, const struct itch50_field *field)
{
	uint64_t value = 0;
	for (uint32_t i = 0; i < field->bytes; i++)
		value = value << 8 | message[field->offset + i];
	return value;
}

const struct itch50_type itch50_types[256] = {
#define ITCH_MESSAGE(type, name, size) [type] = {(size), ITCH50_ROW_##name},
#include "dataplane/wire/itch50.def"
#undef ITCH_MESSAGE
};

void itch50_skip(
	const struct mold64_block *block, struct event *event, struct itch50_counts *counts)
{
	memset(event, 0, sizeof *event);
	event->size_bytes = (uint16_t)block->size_bytes;
	if (block->size_bytes > 0)
		event->type = block->bytes[0];
	if (block->size_bytes > 0 && itch50_types[event->type].row == ITCH50_ROW_NONE)
		counts->unknown++;
	else
		counts->bad++;
}

static itch50_kernel *const kernels[ISA_COUNT] = {
	[ISA_SCALAR] = itch50_decode_scalar,
	[ISA_AVX2] = itch50_decode_avx2,
	[ISA_AVX512] = itch50_decode_avx512,
};

itch50_kernel *itch50_kernel_of(int isa)
{
	if (isa < 0 || isa > (int)cpu_isa())
		return NULL;
	return kernels[isa];
}

/* A message by itself is read field by field: its order is known after one load, where a vector waits for the type, the
   permutation and the store of the whole event.  From the message to its place in the book it takes 0.85. */
void itch50_decode(const struct mold64_block *blocks, uint32_t count, struct event *events,
	struct itch50_counts *counts)
{
	itch50_kernel *kernel = count > 1 ? kernels[cpu_isa()] : itch50_decode_scalar;
	kernel(blocks, count, events, counts);
}

uint32_t itch50_split(const uint8_t *bytes, size_t size_bytes, struct mold64_block *blocks,
	uint32_t max, size_t *used_bytes)
{
	size_t at = 0;
	uint32_t count = 0;
	while (count < max && size_bytes - at >= 2) {
		uint32_t size = load_be16(bytes + at);
		if (size > size_bytes - at - 2)
			break;
		blocks[count].bytes = bytes + at + 2;
		blocks[count].size_bytes = size;
		count++;
		at += 2 + size;
	}
	*used_bytes = at;
	return count;
}

/* Where decoding is much slower than walking, nothing is won by doing both at once. */
static uint32_t read_in_two(itch50_kernel *kernel, const uint8_t *bytes, size_t size_bytes,
	struct event *events, uint32_t max, size_t *used_bytes, struct itch50_counts *counts)
{
	enum { PART = 64 };
	struct mold64_block blocks[PART];
	uint32_t count = 0, part = 0;
	*used_bytes = 0;
	do {
		size_t used;
		part = itch50_split(bytes + *used_bytes, size_bytes - *used_bytes, blocks,
			max - count < PART ? max - count : PART, &used);
		kernel(blocks, part, events + count, counts);
		*used_bytes += used;
		count += part;
	} while (part == PART);
	return count;
}

static uint32_t read_scalar(const uint8_t *bytes, size_t size_bytes, struct event *events,
	uint32_t max, size_t *used_bytes, struct itch50_counts *counts)
{
	return read_in_two(
		itch50_decode_scalar, bytes, size_bytes, events, max, used_bytes, counts);
}

static uint32_t read_avx2(const uint8_t *bytes, size_t size_bytes, struct event *events,
	uint32_t max, size_t *used_bytes, struct itch50_counts *counts)
{
	return read_in_two(itch50_decode_avx2, bytes, size_bytes, events, max, used_bytes, counts);
}

static itch50_reader *const readers[ISA_COUNT] = {read_scalar, read_avx2, itch50_read_avx512};

itch50_reader *itch50_reader_of(int isa)
{
	return itch50_kernel_of(isa) == NULL ? NULL : readers[isa];
}

uint32_t itch50_read(const uint8_t *bytes, size_t size_bytes, struct event *events, uint32_t max,
	size_t *used_bytes, struct itch50_counts *counts)
{
	return readers[cpu_isa()](bytes, size_bytes, events, max, used_bytes, counts);
}
