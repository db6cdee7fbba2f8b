#include "drivers/port/spoil.h"

enum {
	ETHERNET_BYTES = 14,
	IPV4_BYTES = 20,
	UDP_BYTES = 8,
	TAG_BYTES = 4,
	TAG_COUNT_MAX = 3, /* one more than is read */
	TYPE_AT = 12,
	TYPE_IPV4 = 0x0800,
	TYPE_TAG = 0x8100,
	MORE_FRAGMENTS = 0x2000,
	OFFSET_MASK = 0x1FFF,
};

/* header_find returns the IPv4 header of an untagged frame with a whole UDP header, or NULL. */
static uint8_t *header_find(uint8_t *bytes, uint32_t size_bytes)
{
	if (size_bytes < ETHERNET_BYTES + IPV4_BYTES + UDP_BYTES ||
		load_be16(bytes + TYPE_AT) != TYPE_IPV4 || bytes[ETHERNET_BYTES] != 0x45)
		return NULL;
	return bytes + ETHERNET_BYTES;
}

static void header_seal(uint8_t *ip)
{
	uint32_t sum = 0;
	store_be16(ip + 10, 0);
	for (uint32_t i = 0; i < IPV4_BYTES; i += 2)
		sum += load_be16(ip + i);
	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = (sum & 0xFFFF) + (sum >> 16);
	store_be16(ip + 10, (uint16_t)~sum);
}

/* length_lie writes a wrong length where draw says: IP's, longer than the frame or shorter than the datagram
   says, or UDP's, longer than the packet or shorter than the payload. */
static void length_lie(uint8_t *ip, uint32_t draw)
{
	uint8_t *field = (draw & 1) != 0 ? ip + 2 : ip + IPV4_BYTES + 4;
	uint16_t length = load_be16(field);
	bool is_longer = (draw & 2) != 0 || length < 2;
	uint16_t change = (uint16_t)(1 + (draw >> 2) % (is_longer ? 1024 : length - 1u));
	store_be16(field, (uint16_t)(is_longer ? length + change : length - change));
	header_seal(ip);
}

static void fragment_make(uint8_t *ip, uint32_t draw)
{
	uint16_t offset = (uint16_t)(draw >> 1 & OFFSET_MASK);
	store_be16(ip + 6, (draw & 1) != 0 || offset == 0 ? MORE_FRAGMENTS : offset);
	header_seal(ip);
}

static uint32_t tags_insert(uint8_t *bytes, uint32_t size_bytes, uint32_t room_bytes, uint32_t draw)
{
	uint32_t more = TAG_BYTES * (1 + draw % TAG_COUNT_MAX);
	if (size_bytes < ETHERNET_BYTES || size_bytes + more > room_bytes)
		return size_bytes;
	memmove(bytes + TYPE_AT + more, bytes + TYPE_AT, size_bytes - TYPE_AT);
	for (uint32_t at = 0; at < more; at += TAG_BYTES) {
		store_be16(bytes + TYPE_AT + at, TYPE_TAG);
		store_be16(bytes + TYPE_AT + at + 2, (uint16_t)(draw >> 8 & 0xFFF));
	}
	return size_bytes + more;
}

uint32_t spoil_frame(
	enum spoil spoil, uint8_t *bytes, uint32_t size_bytes, uint32_t room_bytes, uint32_t draw)
{
	uint8_t *ip = header_find(bytes, size_bytes);
	switch (spoil) {
	case SPOIL_RUNT:
		return size_bytes < ETHERNET_BYTES ? size_bytes : draw % ETHERNET_BYTES;
	case SPOIL_CUT:
		return size_bytes != 0 ? draw % size_bytes : 0;
	case SPOIL_CHECKSUM:
		if (ip != NULL)
			ip[10 + (draw & 1)] ^= (uint8_t)(1u << (draw >> 1) % 8);
		return size_bytes;
	case SPOIL_LENGTH:
		if (ip != NULL)
			length_lie(ip, draw);
		return size_bytes;
	case SPOIL_FRAGMENT:
		if (ip != NULL)
			fragment_make(ip, draw);
		return size_bytes;
	default:
		return tags_insert(bytes, size_bytes, room_bytes, draw);
	}
}
