/* A ring whose other side is the input: it writes any count and any byte at any time.
   rooms: drivers_stream */
#include <stdlib.h>

#include "config/base.h"
#include "drivers/stream/sluice_order.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

/* What both sides of an honest ring may rely on, whatever the other did. */
static void hold(const struct sluice_order_way *w, uint64_t count_before)
{
	CHECK(w->count - count_before <= w->ring_bytes);
	CHECK(*w->own == w->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	uint64_t ring = size > 0 ? 1ull << (input[0] % 8) : 1, words[4] = {0};
	uint8_t *rings = malloc(2 * ring), bytes[300];
	struct sluice_order_way in, out;
	bool has_lied[2] = {false, false};
	CHECK(rings != NULL);
	memset(rings, 0, 2 * ring);
	memset(bytes, 7, sizeof bytes);
	sluice_order_way_set(&in, rings, ring, &words[0], &words[1]);
	sluice_order_way_set(&out, rings + ring, ring, &words[2], &words[3]);
	for (size_t i = 1; i + 9 <= size; i += 9) {
		uint64_t value = load_be64(input + i + 1), before;
		switch (input[i] % 7) {
		case 0:
			words[1] = value;
			break;
		case 1:
			words[3] = value;
			break;
		case 2: /* a likely step */
			words[1] += value % (ring + 1);
			break;
		case 3:
			words[3] += value % (ring + 1);
			break;
		case 4:
			rings[value % (2 * ring)] = (uint8_t)(value >> 56);
			break;
		case 5:
			before = in.count;
			if (!has_lied[0]) {
				int64_t got = sluice_order_take(&in, bytes, value % sizeof bytes);
				CHECK(got < 0 || (uint64_t)got == in.count - before);
				has_lied[0] = got < 0;
			}
			hold(&in, before);
			break;
		default:
			before = out.count;
			if (!has_lied[1]) {
				int done = sluice_order_put(&out, bytes, value % sizeof bytes);
				CHECK(done == 1 || out.count == before);
				has_lied[1] = done < 0;
			}
			hold(&out, before);
		}
	}
	free(rings);
	return 0;
}
