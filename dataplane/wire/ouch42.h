/* ouch42.h - OUCH 4.2: orders to an exchange and its answers, under tokens of 14 characters.

   One struct for all inbound and one for all outbound messages: a field that a message does not have
   is zero.  The structs hold what stands on the wire; what it means in the gate's own words (ouch50.h) is
   ouch42_inner.h.

   Units      price_e4 as on the wire, 4 bytes with 4 decimals, 0x7FFFFFFF means market (for crosses); times
              are nanoseconds since midnight US Eastern, a time in force is seconds to live.
   Source     OUCH 4.2 (2018-12-07), sections 2 and 3; offsets stand in ouch42.def.
   Errors     OUCH_SHORT: fewer bytes than the type has; OUCH_UNKNOWN: no such type in this direction.  Either
              leaves the message unfit for use.  Bytes behind a message are ignored. */
#ifndef SLUICE_WIRE_OUCH42_H
#define SLUICE_WIRE_OUCH42_H

#include "dataplane/wire/ouch50.h"

enum { OUCH42_TOKEN_BYTES = 14, OUCH42_MESSAGE_BYTES_MAX = 80 };

#define OUCH42_MARKET_PRICE_E4 0x7FFFFFFFu

/* Times in force that are no seconds. */
enum { OUCH42_IMMEDIATE = 0, OUCH42_MARKET_HOURS = 99998, OUCH42_SYSTEM_HOURS = 99999 };

/* A client's message: O U X M N. */
struct ouch42_in {
	uint8_t type;
	uint8_t side; /* character B S T E */
	uint8_t display, capacity, iso, cross_type, customer;
	char firm[4];
	char token[OUCH42_TOKEN_BYTES];    /* U: of the replacement   */
	char previous[OUCH42_TOKEN_BYTES]; /* U: of the order replaced */
	uint32_t shares, qty_min;
	uint32_t price_e4;
	uint32_t time_in_force_s;
	uint64_t symbol; /* symbol_pack */
};

/* The exchange's message: S A U C D E B G F J P I T M N. */
struct ouch42_out {
	_Alignas(16) uint8_t type;
	uint8_t side, display, capacity, iso, cross_type, order_state, bbo_weight;
	uint8_t code; /* event code; reason of a cancel, reject, break or correction */
	uint8_t liquidity;
	uint8_t reference_kind; /* G */
	char firm[4];
	char token[OUCH42_TOKEN_BYTES];    /* U: of the replacement    */
	char previous[OUCH42_TOKEN_BYTES]; /* U: of the order replaced */
	uint32_t shares;                   /* A U accepted, C D E taken off, M open */
	uint32_t shares_prevented, qty_min;
	uint32_t price_e4, reference_e4;
	uint32_t time_in_force_s;
	uint64_t symbol;
	uint64_t order_reference; /* exchange id: the ITCH key */
	uint64_t match;
	uint64_t time_ns;
};

/* ouch42_parse_in, ouch42_parse_out decode one message. */
enum ouch_verdict ouch42_parse_in(
	const uint8_t *bytes, uint32_t size_bytes, struct ouch42_in *message);
enum ouch_verdict ouch42_parse_out(
	const uint8_t *bytes, uint32_t size_bytes, struct ouch42_out *message);

/* ouch42_build_in, ouch42_build_out encode one message; return its size, 0 if the type is unknown or it does
   not fit out_bytes. */
uint32_t ouch42_build_in(uint8_t *out, uint32_t out_bytes, const struct ouch42_in *message);
uint32_t ouch42_build_out(uint8_t *out, uint32_t out_bytes, const struct ouch42_out *message);

/* ouch42_reject_code, ouch42_reject_letter lead from a reason of Rejected to the code of OUCH 5.0 and back.
   What neither knows is 0x000F and 'O': another reason. */
uint16_t ouch42_reject_code(uint8_t letter);
uint8_t ouch42_reject_letter(uint16_t code);

#endif
