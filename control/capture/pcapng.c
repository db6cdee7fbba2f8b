#include "control/capture/pcapng.h"

enum {
	BLOCK_SECTION = 0x0A0D0D0A,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1A2B3C4D,
	LINK_ETHERNET = 1,
	OPTION_END = 0,
	OPTION_INTERFACE_NAME = 2,
	OPTION_PROGRAM = 4,
	OPTION_TIME_RESOLUTION = 9,
	NANOSECONDS = 9,
};

/* A block under construction. */
struct block {
	uint8_t *bytes;
	uint32_t size_bytes;
};

static void put_u16(struct block *block, uint32_t value)
{
	block->bytes[block->size_bytes++] = (uint8_t)value;
	block->bytes[block->size_bytes++] = (uint8_t)(value >> 8);
}

static void put_u32(struct block *block, uint32_t value)
{
	put_u16(block, value & 0xFFFF);
	put_u16(block, value >> 16);
}

/* Bytes, and zeros up to the next four. */
static void put_bytes(struct block *block, const void *bytes, uint32_t size_bytes)
{
	memcpy(block->bytes + block->size_bytes, bytes, size_bytes);
	block->size_bytes += size_bytes;
	while (block->size_bytes % 4 != 0)
		block->bytes[block->size_bytes++] = 0;
}

static void put_option(struct block *block, uint32_t code, const void *bytes, uint32_t size_bytes)
{
	put_u16(block, code);
	put_u16(block, size_bytes);
	put_bytes(block, bytes, size_bytes);
}

static struct block block_begin(uint8_t *out, uint32_t type)
{
	struct block block = {.bytes = out};
	put_u32(&block, type);
	put_u32(&block, 0); /* its size, known at the end */
	return block;
}

/* The size stands at both ends of a block. */
static uint32_t block_end(struct block *block)
{
	struct block size = {.bytes = block->bytes + 4};
	put_u32(block, block->size_bytes + 4);
	put_u32(&size, block->size_bytes);
	return block->size_bytes;
}

/* What fits a head block beside its fixed words. */
static uint32_t text_bytes(const char *text)
{
	size_t size = strlen(text);
	return (uint32_t)(size < PCAPNG_HEAD_BYTES_MAX / 2 ? size : PCAPNG_HEAD_BYTES_MAX / 2);
}

uint32_t pcapng_section(uint8_t *out, const char *program)
{
	struct block block = block_begin(out, BLOCK_SECTION);
	put_u32(&block, BYTE_ORDER_MAGIC);
	put_u16(&block, 1); /* version 1.0 */
	put_u16(&block, 0);
	put_u32(&block, UINT32_MAX); /* the section's length is not said */
	put_u32(&block, UINT32_MAX);
	put_option(&block, OPTION_PROGRAM, program, text_bytes(program));
	put_u32(&block, OPTION_END);
	return block_end(&block);
}

uint32_t pcapng_interface(uint8_t *out, const char *name, uint32_t snap_bytes)
{
	struct block block = block_begin(out, BLOCK_INTERFACE);
	put_u16(&block, LINK_ETHERNET);
	put_u16(&block, 0);
	put_u32(&block, snap_bytes);
	put_option(&block, OPTION_INTERFACE_NAME, name, text_bytes(name));
	put_option(&block, OPTION_TIME_RESOLUTION, &(uint8_t){NANOSECONDS}, 1);
	put_u32(&block, OPTION_END);
	return block_end(&block);
}

uint32_t pcapng_packet(uint8_t *out, const struct pcapng_packet *packet)
{
	CHECK(packet->size_bytes <= PACKET_BYTES_MAX);
	struct block block = block_begin(out, BLOCK_PACKET);
	put_u32(&block, packet->interface);
	put_u32(&block, (uint32_t)(packet->time_ns >> 32));
	put_u32(&block, (uint32_t)packet->time_ns);
	put_u32(&block, packet->size_bytes);
	put_u32(&block, packet->wire_bytes);
	put_bytes(&block, packet->bytes, packet->size_bytes);
	return block_end(&block);
}
