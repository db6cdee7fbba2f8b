/* capture.h - captured packets and what they mean, for tests that compare field by field.

   A vector is two files of one name: <name>.pcap has the frames, <name>.json says of each what an
   independent reader found in it (`expected`).  A name is "folder/vector", without an ending.  What the
   repository may ship lies in tests/data and is always there; the rest is read from the captures beside
   the repository where they are present.

   Owner      the test; capture_close gives everything back.
   Errors     a file that is not there is no error: the caller skips and says so.  A file that is there
              but cannot be read, or whose .pcap and .json disagree, stops the test program. */
#ifndef SLUICE_TESTS_SUPPORT_CAPTURE_H
#define SLUICE_TESTS_SUPPORT_CAPTURE_H

#include <jansson.h>

#include "config/base.h"

enum { CAPTURE_NAME_BYTES = 160, CAPTURE_NAME_COUNT_MAX = 64 };

/* One frame.  bytes is the whole Ethernet frame, payload what TCP or UDP carries. */
struct capture_frame {
	uint8_t *bytes;
	uint32_t size_bytes;
	const uint8_t *payload; /* inside bytes */
	uint32_t payload_bytes;
	uint64_t time_ns;
	json_t *json;     /* the frame's object           */
	json_t *expected; /* its "expected", never NULL   */
};

struct capture {
	char name[CAPTURE_NAME_BYTES];
	struct capture_frame *frames;
	uint32_t count;
	json_t *root;
};

/* capture_open reads <name>.pcap and <name>.json.  false: there is no such vector here. */
bool capture_open(struct capture *capture, const char *name);
void capture_close(struct capture *capture);

/* capture_list finds the vectors (*.json with a *.pcap) of a folder, e.g. "ouch50" or "itch50/nasdaq",
   in rising order, and returns how many names it wrote. */
uint32_t capture_list(const char *folder, char names[][CAPTURE_NAME_BYTES], uint32_t max);

/* capture_file reads any file ("nasdaq_aapl/aapl_20190130.itch") whole; bytes beyond the end up to 64
   are readable and zero.  NULL: not here.  The caller frees. */
uint8_t *capture_file(const char *path, size_t *size_bytes);

/* capture_json reads a JSON file, ending included.  NULL: not here.  The caller calls json_decref. */
json_t *capture_json(const char *path);

/* capture_hex decodes hex digits; returns the bytes written, stops the test if they do not fit. */
uint32_t capture_hex(const char *hex, uint8_t *out, uint32_t out_bytes);

/* capture_integer, capture_text read one member that must be there.  capture_has asks. */
int64_t capture_integer(const json_t *object, const char *key);
const char *capture_text(const json_t *object, const char *key);
bool capture_has(const json_t *object, const char *key);

/* capture_alpha_equals compares wire characters with expected text, whose trailing spaces were cut. */
bool capture_alpha_equals(const void *wire, size_t wire_bytes, const char *text);

#endif
