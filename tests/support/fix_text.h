/* fix_text.h - FIX as people write it: fields between bars, the frame made around them.

   Owner      the test. */
#ifndef SLUICE_TESTS_SUPPORT_FIX_TEXT_H
#define SLUICE_TESTS_SUPPORT_FIX_TEXT_H

#include "config/base.h"

/* fix_text_frame writes 8, 9 and 10 around fields written as "35=0|49=A|", whose bars become SOH.  Returns the
   message's size; stops the test if it does not fit. */
uint32_t fix_text_frame(
	uint8_t *out, uint32_t out_bytes, const char *begin_string, const char *fields);

/* fix_text_raw writes any text with bars as SOH, nothing around it. */
uint32_t fix_text_raw(uint8_t *out, uint32_t out_bytes, const char *text);

/* fix_text_value finds "<tag>=" in a message and copies its value, ended; "" if it is not there. */
const char *fix_text_value(const uint8_t *bytes, uint32_t size_bytes, uint32_t tag);

#endif
