/* schema.h - the words in which a file's schema is written, libcyaml's: every leaf is the written string.

   MUST and MAY say whether a field may be left out (then it is NULL); TEXT is a leaf, PART a mapping inside, LIST a
   sequence of low to high entries with a count beside it, ENTRY a mapping of a sequence, ROOT the file itself.

   Only for the .c file that holds a schema; the macros are short and must not travel. */
#ifndef SLUICE_CONFIG_SCHEMA_H
#define SLUICE_CONFIG_SCHEMA_H

#include <cyaml/cyaml.h>

/* clang-format off */
#define MUST CYAML_FLAG_DEFAULT
#define MAY  CYAML_FLAG_OPTIONAL
#define TEXT(presence, structure, member) \
	CYAML_FIELD_STRING_PTR(#member, presence, struct structure, member, 0, CYAML_UNLIMITED)
#define PART(structure, member, fields) \
	CYAML_FIELD_MAPPING(#member, CYAML_FLAG_DEFAULT, struct structure, member, fields)
#define LIST(presence, structure, member, entry, low, high) \
	CYAML_FIELD_SEQUENCE(#member, (presence) | CYAML_FLAG_POINTER, struct structure, member, entry, low, high)
#define ENTRY(structure, fields) {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct structure, fields)}
#define ROOT(structure, fields)  {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct structure, fields)}
/* clang-format on */

#endif
