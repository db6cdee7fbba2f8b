/* ouch50_fuzz.c - any bytes as a message of either direction: what was read and written again reads the
   same.
   rooms: dataplane_wire */
#include <stdlib.h>

#include "config/limits.h"
#include "dataplane/wire/ouch50.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t out[MESSAGE_BYTES_MAX];
	struct ouch_in in, in_again;
	struct ouch_out answer, answer_again;
	uint32_t built;
	if (ouch50_parse_in(bytes, (uint32_t)size, &in) == OUCH_OK) {
		in.options.present &= ~OUCH_OPTION_UNKNOWN; /* not ours to write */
		built = ouch50_build_in(out, sizeof out, &in);
		if (built == 0 || ouch50_parse_in(out, built, &in_again) != OUCH_OK ||
			memcmp(&in, &in_again, sizeof in) != 0)
			abort();
		if (ouch50_build_in(out, built - 1, &in) != 0)
			abort();
	}
	if (ouch50_parse_out(bytes, (uint32_t)size, &answer) == OUCH_OK) {
		answer.options.present &= ~OUCH_OPTION_UNKNOWN;
		built = ouch50_build_out(out, sizeof out, &answer);
		if (built == 0 || ouch50_parse_out(out, built, &answer_again) != OUCH_OK ||
			memcmp(&answer, &answer_again, sizeof answer) != 0)
			abort();
		if (ouch50_build_out(out, built - 1, &answer) != 0)
			abort();
	}
	return 0;
}
