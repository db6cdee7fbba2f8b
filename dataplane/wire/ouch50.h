/* ouch50.h - OUCH 5.0 (revision 1.04): orders to an exchange and its answers.

   One struct for all inbound and one for all outbound messages: a field that a message does not have
   is zero.  The same codec serves the gate's both sides and the exchange simulator.

   Units      price_e4 as on the wire, unsigned with 4 decimals, >= 200,000.0000 means market (for
              crosses); times are nanoseconds since midnight US Eastern.
   Source     OUCH 5.0 rev. 1.04 (2024-05-01), sections 4 and 5; offsets stand in ouch50.def.
   Errors     OUCH_SHORT: fewer bytes than the type's fixed part, an appendage that runs past the
              message, an option that runs past the appendage, has no tag or a known tag with another
              size than its own; OUCH_UNKNOWN: no such type in this direction.  Either leaves the
              message unfit for use.  Unknown option tags are skipped and leave OUCH_OPTION_UNKNOWN; of a
              tag that comes twice the last value counts; bytes behind the appendage are ignored.
   Editions   read are also AIQ Canceled without its last byte (its strategy is 0 then) and Trade Correction,
              both of documents before revision 1.03; written is revision 1.04, and Trade Correction. */
#ifndef SLUICE_WIRE_OUCH50_H
#define SLUICE_WIRE_OUCH50_H

#include "config/types.h"

enum ouch_verdict { OUCH_OK = 0, OUCH_SHORT = 1, OUCH_UNKNOWN = 2 };

#define OUCH_MARKET_PRICE_E4 2000000000ull /* 200,000.0000 */
#define OUCH_QTY_MAX         999999u

enum { OUCH_APPENDAGE_LENGTH_BYTES = 2 };

/* No tag is 0: its bit says that a tag came which is none of ours, so that who must not misjudge an order
   knows that it asked for more. */
#define OUCH_OPTION_UNKNOWN 1u

/* Options that came with a message: bit (1 << tag) in present, value by tag (tags 1 .. 28). Characters
   are kept as they stand on the wire, big-endian in the low bytes; signed prices sign-extended. */
struct ouch_options {
	uint32_t present;
	int64_t value[29];
};

/* A client's message: O U X M C D E Q. */
struct ouch_in {
	_Alignas(16) uint8_t type;
	uint8_t side; /* character B S T E     */
	uint8_t time_in_force, display, capacity, iso, cross_type;
	uint32_t ref;          /* UserRefNum            */
	uint32_t original_ref; /* U: order replaced     */
	uint32_t qty;
	uint64_t price_e4;
	uint64_t symbol;  /* symbol_pack           */
	char clordid[14]; /* padded, as on the wire */
	char firm[4];     /* C D E                 */
	/* Of the order that a U replaces, and with clordid of the order that an X or M names: for protocols that
	   name orders by text; not on this wire. */
	char original_clordid[14];
	struct ouch_options options;
};

/* The exchange's message: S A U C D E B F J P I T M R X G K Q. */
struct ouch_out {
	_Alignas(16) uint8_t type;
	uint8_t side, time_in_force, display, capacity, iso, cross_type, order_state;
	uint8_t code; /* event code, cancel reason, liquidity flag, broken or restated reason */
	uint8_t aiq_strategy;
	uint8_t liquidity;      /* D F: liquidity flag, because code holds the reason */
	uint8_t lane;           /* J of our own gate: enum lane + 1; on no wire */
	uint8_t reject_letter;  /* J: as an OUCH 4.2 venue said it; not on this wire */
	uint16_t reject_code;   /* J */
	uint32_t ref;           /* UserRefNum; Q: next one       */
	uint32_t original_ref;  /* U; Q of FIX: the end (hear.c) */
	uint32_t qty;           /* A U accepted, C D E taken off */
	uint32_t qty_prevented; /* D */
	uint64_t price_e4;
	uint64_t symbol;
	uint64_t
		order_reference; /* exchange id: the ITCH key.  E B F of our own gate: the order that
	                             the execution is named after, if not the one told of; on no wire */
	uint64_t match;
	uint64_t time_ns;
	char clordid[14];
	char firm[4];
	char original_clordid[14]; /* U: of the order replaced; not on this wire */
	struct ouch_options options;
};

/* ouch50_price gives a price of the wire, which is unsigned, as ours: what does not fit is the largest there is, so it only
   holds more. */
static inline int64_t ouch50_price(uint64_t price_e4)
{
	return price_e4 > INT64_MAX ? INT64_MAX : (int64_t)price_e4;
}

/* ouch_options_copy copies the options that a message carries and leaves the values of the others as they were: nobody
   asks for these.  All of them are four lines, and an order carries two. */
static inline void ouch_options_copy(struct ouch_options *to, const struct ouch_options *from)
{
	to->present = from->present;
	for (uint32_t left = from->present & ~OUCH_OPTION_UNKNOWN; left != 0; left &= left - 1)
		to->value[__builtin_ctz(left)] = from->value[__builtin_ctz(left)];
}

/* ouch50_parse_in, ouch50_parse_out decode one message. */
enum ouch_verdict ouch50_parse_in(
	const uint8_t *bytes, uint32_t size_bytes, struct ouch_in *message);
enum ouch_verdict ouch50_parse_out(
	const uint8_t *bytes, uint32_t size_bytes, struct ouch_out *message);

/* ouch50_build_in, ouch50_build_out encode one message with its options in rising tag order; bits of
   present without a tag are left out.  Return its size, 0 if the type is unknown or it does not fit
   out_bytes. */
uint32_t ouch50_build_in(uint8_t *out, uint32_t out_bytes, const struct ouch_in *message);
uint32_t ouch50_build_out(uint8_t *out, uint32_t out_bytes, const struct ouch_out *message);

/* ouch50_is_in tells whether bytes are exactly what ouch50_build_in makes of a message, without making it where it has no
   options. */
bool ouch50_is_in(const uint8_t *bytes, uint32_t size_bytes, const struct ouch_in *message);

/* ouch50_option_bytes gives the size of a tag's value; 0: unknown tag. */
uint8_t ouch50_option_bytes(uint8_t tag);

/* ouch50_side turns the wire's B S T E into our side; false: none of them. */
bool ouch50_side(uint8_t character, enum side *side);

#endif
