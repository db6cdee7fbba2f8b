/* ouch42_fuzz.c - any bytes as a message of either direction: what was read and written again reads the same
   and is the same bytes; what was said in the gate's words and heard again is the same.
   rooms: dataplane_wire */
#include <stdlib.h>

#include "dataplane/wire/ouch42_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void in_means_the_same(const struct ouch42_in *in)
{
	struct ouch_in inner, again;
	struct ouch42_in said;
	ouch42_inner_hear_in(in, &inner);
	if (!ouch42_inner_say_in(&inner, &said))
		return;
	ouch42_inner_hear_in(&said, &again);
	if (inner.price_e4 >= OUCH_MARKET_PRICE_E4)
		again.price_e4 = inner.price_e4; /* every market price is the same one */
	if (memcmp(&inner, &again, sizeof inner) != 0)
		abort();
}

static void out_means_the_same(const struct ouch42_out *out)
{
	struct ouch_out inner;
	struct ouch42_out said;
	ouch42_inner_hear_out(out, &inner);
	if (!ouch42_inner_say_out(&inner, &said))
		abort(); /* every answer of this protocol has words */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t out[OUCH42_MESSAGE_BYTES_MAX];
	struct ouch42_in in;
	struct ouch42_out answer;
	uint32_t built;
	if (ouch42_parse_in(bytes, (uint32_t)size, &in) == OUCH_OK) {
		in_means_the_same(&in);
		built = ouch42_build_in(out, sizeof out, &in);
		if (built == 0 || built > size || memcmp(out, bytes, built) != 0)
			abort();
		if (ouch42_build_in(out, built - 1, &in) != 0)
			abort();
	}
	if (ouch42_parse_out(bytes, (uint32_t)size, &answer) == OUCH_OK) {
		out_means_the_same(&answer);
		built = ouch42_build_out(out, sizeof out, &answer);
		if (built == 0 || built > size || memcmp(out, bytes, built) != 0)
			abort();
		if (ouch42_build_out(out, built - 1, &answer) != 0)
			abort();
	}
	return 0;
}
