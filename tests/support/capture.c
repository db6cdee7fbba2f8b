/* capture.c - see capture.h. */
#include <dirent.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/limits.h"
#include "tests/support/capture.h"

enum { READ_PAST_BYTES = 64 };

static const char *const roots[] = {
	SLUICE_SOURCE_DIRECTORY "/tests/data",
	SLUICE_SOURCE_DIRECTORY "/../shared/captures",
};

_Noreturn static void capture_stop(const char *name, const char *why)
{
	fprintf(stderr, "capture %s: %s\n", name, why);
	abort();
}

static FILE *capture_find(const char *path, const char *ending, char found[static 512])
{
	for (size_t i = 0; i < ARRAY_COUNT(roots); i++) {
		snprintf(found, 512, "%s/%s%s", roots[i], path, ending);
		FILE *file = fopen(found, "rb");
		if (file != NULL)
			return file;
	}
	return NULL;
}

uint8_t *capture_file(const char *path, size_t *size_bytes)
{
	char found[512];
	FILE *file = capture_find(path, "", found);
	if (file == NULL)
		return NULL;
	fseek(file, 0, SEEK_END);
	size_t size = (size_t)ftell(file);
	rewind(file);
	uint8_t *bytes = calloc(1, size + READ_PAST_BYTES);
	if (bytes == NULL || fread(bytes, 1, size, file) != size)
		capture_stop(found, "cannot be read whole");
	fclose(file);
	*size_bytes = size;
	return bytes;
}

static json_t *json_from(FILE *file, const char *found)
{
	json_error_t error;
	json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	fclose(file);
	if (root == NULL)
		capture_stop(found, error.text);
	return root;
}

json_t *capture_json(const char *path)
{
	char found[512];
	FILE *file = capture_find(path, "", found);
	return file == NULL ? NULL : json_from(file, found);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

uint32_t capture_hex(const char *hex, uint8_t *out, uint32_t out_bytes)
{
	uint32_t size = 0;
	for (; hex[0] != '\0'; hex += 2, size++) {
		int high = digit_of(hex[0]), low = digit_of(hex[1]);
		if (high < 0 || low < 0 || size >= out_bytes)
			capture_stop(hex, "not hex digits, or more than there is room for");
		out[size] = (uint8_t)(high << 4 | low);
	}
	return size;
}

int64_t capture_integer(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);
	if (!json_is_integer(member))
		capture_stop(key, "expected an integer");
	return json_integer_value(member);
}

const char *capture_text(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);
	if (!json_is_string(member))
		capture_stop(key, "expected a string");
	return json_string_value(member);
}

bool capture_has(const json_t *object, const char *key)
{
	return json_object_get(object, key) != NULL;
}

bool capture_alpha_equals(const void *wire, size_t wire_bytes, const char *text)
{
	const char *bytes = wire;
	size_t size = strlen(text);
	if (size > wire_bytes || memcmp(bytes, text, size) != 0)
		return false;
	for (size_t i = size; i < wire_bytes; i++)
		if (bytes[i] != ' ')
			return false;
	return true;
}

/* The payload begins behind Ethernet, its tags, IPv4 and TCP or UDP; the codec under test has no part
   in finding it. */
static uint32_t payload_offset(const uint8_t *bytes, uint32_t size_bytes)
{
	uint32_t offset = 12;
	while (offset + 4 <= size_bytes && load_be16(bytes + offset) == 0x8100)
		offset += 4;
	offset += 2;
	if (offset + 20 > size_bytes)
		return size_bytes;
	uint8_t protocol = bytes[offset + 9];
	offset += (bytes[offset] & 15u) * 4;
	if (protocol == 17)
		return offset + 8;
	return offset + 13 <= size_bytes ? offset + (bytes[offset + 12] >> 4) * 4u : size_bytes;
}

static void frame_fill(
	struct capture *capture, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct capture_frame *frame = &capture->frames[capture->count];
	uint8_t payload[PACKET_BYTES_MAX];
	frame->json = json_array_get(json_object_get(capture->root, "frames"), capture->count);
	frame->expected = json_object_get(frame->json, "expected");
	if (frame->expected == NULL)
		capture_stop(capture->name, "more frames in the .pcap than in the .json");
	frame->size_bytes = header->caplen;
	frame->bytes = calloc(1, header->caplen + READ_PAST_BYTES);
	if (frame->bytes == NULL)
		capture_stop(capture->name, "no memory");
	memcpy(frame->bytes, bytes, header->caplen);
	frame->time_ns = (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec;
	frame->payload_bytes =
		capture_hex(capture_text(frame->json, "payload_hex"), payload, sizeof payload);
	uint32_t offset = payload_offset(frame->bytes, frame->size_bytes);
	if (offset + frame->payload_bytes > frame->size_bytes ||
		memcmp(frame->bytes + offset, payload, frame->payload_bytes) != 0)
		capture_stop(capture->name, "the .pcap and the .json disagree on a payload");
	frame->payload = frame->bytes + offset;
	capture->count++;
}

bool capture_open(struct capture *capture, const char *name)
{
	char found[512], why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *bytes;
	memset(capture, 0, sizeof *capture);
	snprintf(capture->name, sizeof capture->name, "%s", name);
	FILE *file = capture_find(name, ".json", found);
	if (file == NULL)
		return false;
	capture->root = json_from(file, found);
	size_t count = json_array_size(json_object_get(capture->root, "frames"));
	capture->frames = calloc(count + 1, sizeof *capture->frames);
	file = capture_find(name, ".pcap", found);
	if (file == NULL || capture->frames == NULL)
		capture_stop(name, "there is no .pcap beside the .json");
	pcap_t *pcap =
		pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (pcap == NULL)
		capture_stop(found, why);
	while (pcap_next_ex(pcap, &header, &bytes) == 1)
		frame_fill(capture, header, bytes);
	pcap_close(pcap);
	if (capture->count != count)
		capture_stop(name, "fewer frames in the .pcap than in the .json");
	return true;
}

void capture_close(struct capture *capture)
{
	for (uint32_t i = 0; i < capture->count; i++)
		free(capture->frames[i].bytes);
	free(capture->frames);
	json_decref(capture->root);
	memset(capture, 0, sizeof *capture);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* list_add takes "<folder>/<file without .json>" if it is a vector and not listed yet. */
static uint32_t list_add(const char *folder, const char *file, char names[][CAPTURE_NAME_BYTES],
	uint32_t count, uint32_t max)
{
	char name[CAPTURE_NAME_BYTES], found[512];
	size_t size = strlen(file);
	if (size < 6 || strcmp(file + size - 5, ".json") != 0)
		return count;
	int written = snprintf(name, sizeof name, "%s/%.*s", folder, (int)(size - 5), file);
	if (written < 0 || (size_t)written >= sizeof name)
		capture_stop(file, "the name is too long");
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return count;
	FILE *pcap = capture_find(name, ".pcap", found);
	if (pcap == NULL)
		return count;
	fclose(pcap);
	if (count == max)
		capture_stop(folder, "more vectors than the test has room for");
	memcpy(names[count], name, sizeof name);
	return count + 1;
}

uint32_t capture_list(const char *folder, char names[][CAPTURE_NAME_BYTES], uint32_t max)
{
	uint32_t count = 0;
	for (size_t i = 0; i < ARRAY_COUNT(roots); i++) {
		char path[512];
		snprintf(path, sizeof path, "%s/%s", roots[i], folder);
		DIR *directory = opendir(path);
		if (directory == NULL)
			continue;
		for (struct dirent *entry = readdir(directory); entry != NULL;
			entry = readdir(directory))
			count = list_add(folder, entry->d_name, names, count, max);
		closedir(directory);
	}
	if (count > 1)
		qsort(names, count, CAPTURE_NAME_BYTES, name_compare);
	return count;
}
