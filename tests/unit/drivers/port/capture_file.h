/* capture_file.h - captures written byte by byte, so that a test decides what the file says.

   Frames are numbered: their bytes tell their number and their size, so a reader can be checked
   without keeping what was written. */
#ifndef SLUICE_TESTS_CAPTURE_FILE_H
#define SLUICE_TESTS_CAPTURE_FILE_H

#include "config/limits.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CAPTURE_ETHERNET = 1, CAPTURE_RAW_IP = 101 };

struct capture_file {
	FILE *file;
	bool is_swapped; /* the other byte order than this machine's */
	bool is_ns;      /* nanoseconds instead of microseconds      */
	char path[128];
};

/* frame_bytes_of gives frame `number` a size between 60 and 1514 that differs from its neighbours'. */
static inline uint32_t frame_bytes_of(uint32_t number)
{
	return 60 + number * 37 % 1455;
}

/* frame_fill writes frame `number`: an Ethernet header for a multicast group, then its pattern. */
static inline void frame_fill(uint8_t *bytes, uint32_t size_bytes, uint32_t number)
{
	static const uint8_t header[14] = {1, 0, 0x5e, 1, 2, 3, 2, 0, 0, 0, 0, 1, 8, 0};
	for (uint32_t i = 0; i < size_bytes; i++)
		bytes[i] = i < sizeof header ? header[i] : (uint8_t)(number >> (i % 4 * 8) ^ i);
}

static inline void capture_word(struct capture_file *c, uint32_t word, size_t size_bytes)
{
	uint8_t bytes[4];
	for (size_t i = 0; i < size_bytes; i++)
		bytes[c->is_swapped ? size_bytes - 1 - i : i] = (uint8_t)(word >> 8 * i);
	size_t written = fwrite(bytes, 1, size_bytes, c->file);
	assert(written == size_bytes);
	(void)written;
}

/* capture_begin creates a file named after the process and writes its header. */
static inline void capture_begin(struct capture_file *c, const char *name, uint32_t link)
{
	snprintf(c->path, sizeof c->path, "/tmp/sluice-%ld-%s", (long)getpid(), name);
	c->file = fopen(c->path, "wb");
	assert(c->file != NULL);
	capture_word(c, c->is_ns ? 0xa1b23c4du : 0xa1b2c3d4u, 4);
	capture_word(c, 2, 2);
	capture_word(c, 4, 2);
	capture_word(c, 0, 4);
	capture_word(c, 0, 4);
	capture_word(c, 262144, 4);
	capture_word(c, link, 4);
}

/* capture_record writes one record; kept_bytes of wire_bytes are in the file. */
static inline void capture_record(struct capture_file *c, uint32_t number, uint64_t time_ns,
	uint32_t kept_bytes, uint32_t wire_bytes)
{
	static uint8_t bytes[65536];
	uint32_t fraction_ns = (uint32_t)(time_ns % 1000000000u);
	capture_word(c, (uint32_t)(time_ns / 1000000000u), 4);
	capture_word(c, c->is_ns ? fraction_ns : fraction_ns / 1000, 4);
	capture_word(c, kept_bytes, 4);
	capture_word(c, wire_bytes, 4);
	frame_fill(bytes, kept_bytes, number);
	fwrite(bytes, 1, kept_bytes, c->file);
}

/* capture_whole writes frame `number` whole. */
static inline void capture_whole(struct capture_file *c, uint32_t number, uint64_t time_ns)
{
	capture_record(c, number, time_ns, frame_bytes_of(number), frame_bytes_of(number));
}

/* capture_end closes the file; cut_bytes are taken off its end. */
static inline void capture_end(struct capture_file *c, long cut_bytes)
{
	fflush(c->file);
	int result = ftruncate(fileno(c->file), ftell(c->file) - cut_bytes);
	assert(result == 0);
	(void)result;
	fclose(c->file);
}

#endif
