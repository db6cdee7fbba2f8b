/* fields.h - OUCH 5.0's messages by the names that ouch50.def gives their fields, for people and scripts.

   A field is written into struct ouch_in or struct ouch_out, which hold it in their own member.  Prices are
   decimal, a single character stands for itself, other numbers are decimal or 0x hexadecimal.

   Errors     false: what was given does not fit the field, and nothing is written. */
#ifndef SLUICE_EXCHANGE_FIELDS_H
#define SLUICE_EXCHANGE_FIELDS_H

#include "dataplane/wire/ouch50.h"

enum field_way { FIELD_IN = 0, FIELD_OUT = 1 };

/* A row of ouch50.def: a message that begins (name NULL), or a field of the one that began. */
struct field {
	const char *name;
	uint16_t member;
	uint8_t type, bytes;
	char kind[6]; /* U8 U16 U32 U64 NAME TEXT */
};

/* field_find finds a field of a type; NULL: it has none of that name, or there is no such type. */
const struct field *field_find(enum field_way way, uint8_t type, const char *name);

/* field_is_type tells whether there is such a message. */
bool field_is_type(enum field_way way, uint8_t type);

/* field_write reads text into the field's member of a struct ouch_in or ouch_out. */
bool field_write(void *message, const struct field *field, const char *text);

/* field_equal tells whether two messages have the same in a field. */
bool field_equal(const void *a, const void *b, const struct field *field);

/* field_option reads text into the option of that name; 0: there is none, or it does not fit; else its tag. */
uint32_t field_option(struct ouch_options *options, const char *name, const char *text);

/* field_option_tag gives the tag of the option of that name; 0: there is none. */
uint32_t field_option_tag(const char *name);

#endif
