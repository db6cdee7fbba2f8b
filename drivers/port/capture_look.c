#include "drivers/port/capture_look.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	LOOK_BLOCK_COUNT_MAX = 4096, /* before the first packet */
	SNAPLEN_MAX = 262144,        /* to libpcap none at all is as many */
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_PACKET = 6,
	VLAN_TAG_BYTES = 4,
};
#define BLOCK_SECTION    UINT32_C(0x0A0D0D0A)
#define SECTION_MAGIC    UINT32_C(0x1A2B3C4D)
#define LINK_ETHERNET    1 /* LINKTYPE_ETHERNET, as DLT_EN10MB */
#define ETHERTYPE_IPV4   0x0800
#define ETHERTYPE_VLAN   0x8100
#define ETHERTYPE_DOUBLE 0x88A8

struct look {
	FILE *file;
	bool is_swapped;
	uint32_t interface_count, snaplen; /* of the first interface */
	char *why;
};

static uint32_t word(const struct look *look, const uint8_t *bytes)
{
	uint32_t value;
	memcpy(&value, bytes, sizeof value);
	return look->is_swapped ? __builtin_bswap32(value) : value;
}

/* Two files of other makers that people have, by their first bytes. */
static const char *packed_by(const uint8_t bytes[4])
{
	static const uint8_t gzip[] = {0x1F, 0x8B}, zstd[] = {0x28, 0xB5, 0x2F, 0xFD};
	if (memcmp(bytes, gzip, sizeof gzip) == 0)
		return "gzip";
	return memcmp(bytes, zstd, sizeof zstd) == 0 ? "zstd" : NULL;
}

static bool interface_look(struct look *look, const uint8_t body[8])
{
	uint16_t half;
	memcpy(&half, body, sizeof half);
	unsigned link = look->is_swapped ? __builtin_bswap16(half) : half;
	uint32_t snaplen = word(look, body + 4);
	uint32_t number = look->interface_count++;
	if (snaplen == 0 || snaplen > SNAPLEN_MAX)
		snaplen = SNAPLEN_MAX;
	if (number == 0)
		look->snaplen = snaplen;
	if (link != LINK_ETHERNET && number > 0) {
		const char *name = pcap_datalink_val_to_name((int)link);
		snprintf(look->why, CAPTURE_LOOK_BYTES,
			"found link type %u (%s) on interface %u, expected Ethernet (EN10MB) on "
			"each of them: write the packets of interface 0 to a file of their own",
			link, name != NULL ? name : "unknown", number);
		return false;
	}
	if (snaplen != look->snaplen)
		snprintf(look->why, CAPTURE_LOOK_BYTES,
			"found a snapshot length of %u on interface %u, expected %u as on "
			"interface 0: write the packets of each interface to a file of their own",
			snaplen, number, look->snaplen);
	return snaplen == look->snaplen;
}

/* One block; false: it is the last that is looked at.  *is_good tells whether libpcap will read on. */
static bool block_look(struct look *look, bool *is_good)
{
	uint8_t bytes[16];
	if (fread(bytes, 1, 8, look->file) != 8)
		return false;
	uint32_t type = word(look, bytes), size = word(look, bytes + 4);
	bool is_packet =
		type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_OLD_PACKET;
	if (is_packet || type == BLOCK_SECTION || size < 12 || size % 4 != 0)
		return false;
	uint32_t taken = 8;
	if (type == BLOCK_INTERFACE && size >= 20) {
		if (fread(bytes, 1, 8, look->file) != 8)
			return false;
		*is_good = interface_look(look, bytes);
		taken += 8;
	}
	return *is_good && fseek(look->file, (long)(size - taken), SEEK_CUR) == 0;
}

static bool section_look(struct look *look)
{
	uint8_t bytes[12];
	bool is_good = true;
	if (fread(bytes, 1, sizeof bytes, look->file) != sizeof bytes)
		return true;
	const char *packer = packed_by(bytes);
	if (packer != NULL) {
		snprintf(look->why, CAPTURE_LOOK_BYTES,
			"found a file packed by %s, expected a pcap or pcapng file: unpack it "
			"first "
			"(%s -dk)",
			packer, packer);
		return false;
	}
	look->is_swapped = word(look, bytes + 8) != SECTION_MAGIC;
	if (word(look, bytes) != BLOCK_SECTION || word(look, bytes + 8) != SECTION_MAGIC ||
		fseek(look->file, (long)word(look, bytes + 4), SEEK_SET) != 0)
		return true; /* no pcapng */
	for (unsigned i = 0; i < LOOK_BLOCK_COUNT_MAX && block_look(look, &is_good); i++)
		;
	return is_good;
}

bool capture_look(const char *path, char why[CAPTURE_LOOK_BYTES])
{
	struct stat facts;
	struct look look = {.why = why};
	why[0] = '\0';
	if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode))
		return true;
	look.file = fopen(path, "re");
	if (look.file == NULL)
		return true;
	bool is_good = section_look(&look);
	fclose(look.file);
	return is_good;
}

/* The words as they lie: the folded sum of a header is the same in either byte order. */
static uint16_t header_sum(const uint8_t *header, uint32_t size_bytes)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < size_bytes; i += 2) {
		uint16_t half;
		memcpy(&half, header + i, sizeof half);
		sum += half;
	}
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)~sum;
}

void capture_fill(uint8_t *frame, uint32_t size_bytes)
{
	uint32_t at = 12, type = 0;
	for (unsigned tags = 0; tags <= 2 && at + 2 <= size_bytes; tags++, at += VLAN_TAG_BYTES) {
		type = (uint32_t)(frame[at] << 8 | frame[at + 1]);
		if (type != ETHERTYPE_VLAN && type != ETHERTYPE_DOUBLE)
			break;
	}
	at += 2;
	if (type != ETHERTYPE_IPV4 || at + 20 > size_bytes || frame[at] >> 4 != 4)
		return;
	uint32_t header_bytes = (frame[at] & 15u) * 4;
	if (header_bytes < 20 || at + header_bytes > size_bytes || frame[at + 10] != 0 ||
		frame[at + 11] != 0)
		return;
	uint16_t checksum = header_sum(frame + at, header_bytes);
	memcpy(frame + at + 10, &checksum, sizeof checksum);
}
