/* fix_scalar.h - the values of FIX: text to integers and back, exactly or not at all.

   Binary floating point appears nowhere: a price is an integer of ten-thousandths, and what does not fit
   one exactly is refused.  Only a venue's average and last prices (RATE) may carry more decimals; eight
   are kept, the rest is cut and said so.

   Pure.
   Units      price_e4; rate_e8 is 1/100,000,000 of the currency; times are ns since 1970, UTC.
   Errors     what cannot be read gives the SessionRejectReason (tag 373) that tells the peer why: 6 when it is
              not of the type at all, 5 when it is and cannot be held.  *value is then not to be used. */
#ifndef SLUICE_WIRE_FIX_SCALAR_H
#define SLUICE_WIRE_FIX_SCALAR_H

#include "config/base.h"

/* SessionRejectReason (373).  12 and above exist in 4.4 only. */
enum fix_reason {
	FIX_INVALID_TAG = 0,
	FIX_REQUIRED_TAG_MISSING = 1,
	FIX_TAG_NOT_OF_MESSAGE = 2,
	FIX_UNDEFINED_TAG = 3,
	FIX_TAG_WITHOUT_VALUE = 4,
	FIX_OUT_OF_RANGE = 5,
	FIX_BAD_FORMAT = 6,
	FIX_COMP_ID_PROBLEM = 9,
	FIX_SENDING_TIME_PROBLEM = 10,
	FIX_INVALID_TYPE = 11,
	FIX_TAG_REPEATED = 13,
	FIX_TAG_ORDER = 14,
	FIX_OTHER_REASON = 99,
	FIX_NO_REASON = 255, /* nothing is wrong */
};

/* What a value of fix.def is, for who reads and who writes it. */
enum fix_kind {
	KIND_TEXT,
	KIND_ANY,
	KIND_CHAR,
	KIND_BOOL,
	KIND_NUMBER,
	KIND_QTY,
	KIND_PRICE,
	KIND_RATE,
	KIND_TIME,
	KIND_BYTES,
};

enum {
	FIX_NUMBER_BYTES_MAX =
		20, /* longest text of a number or a price, sign and point included */
	FIX_PRICE_BYTES_MAX = 22,
	FIX_TIME_BYTES_MAX = 27, /* with nanoseconds */
};

/* How many digits behind the second a timestamp is written with. */
enum fix_precision { FIX_SECONDS = 0, FIX_MILLIS = 3, FIX_MICROS = 6, FIX_NANOS = 9 };

/* fix_read_number takes digits, leading zeros allowed, up to 18 of them that count; a sign is read, and
   anything below zero is out of range: no number of this protocol may be.  What is none leaves value as it was. */
enum fix_reason fix_read_number(const uint8_t *at, uint32_t size, uint64_t *value);

/* fix_read_qty takes whole shares up to 32 bits; decimals may be written, but all of them zero. */
enum fix_reason fix_read_qty(const uint8_t *at, uint32_t size, uint64_t *value);

/* fix_read_price takes a decimal, perhaps negative; exact in 1/10,000 or out of range. */
enum fix_reason fix_read_price(const uint8_t *at, uint32_t size, int64_t *price_e4);

/* fix_read_rate takes a decimal of any length behind the point; digits after the eighth are cut. */
enum fix_reason fix_read_rate(const uint8_t *at, uint32_t size, int64_t *rate_e8);

/* fix_read_time takes YYYYMMDD-HH:MM:SS with nothing, .sss, .ssssss or .sssssssss behind, 1970 to 2261.  Second
   60 is taken where a leap second may stand, as the second after. */
enum fix_reason fix_read_time(const uint8_t *at, uint32_t size, uint64_t *wall_ns);

/* fix_write_* write without an end and return how many bytes; the room is that of the bounds above. */
uint32_t fix_write_number(uint8_t *out, uint64_t value);
uint32_t fix_write_price(uint8_t *out, int64_t price_e4);
uint32_t fix_write_rate(uint8_t *out, int64_t rate_e8);
uint32_t fix_write_time(uint8_t *out, uint64_t wall_ns, enum fix_precision precision);

#endif
