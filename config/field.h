/* field.h - one value of a loaded document: read, held to its range, refused with its place.

   Owner      the document owns the text; the caller the target.
   Units      last in the names; ranges are inclusive.
   Errors     false: the document's error has its sentence, and the target is unchanged. */
#ifndef SLUICE_CONFIG_FIELD_H
#define SLUICE_CONFIG_FIELD_H

#include "config/document.h"

/* field_text copies up to size - 1 characters; field_name also wants at least one, all of them
   letters, digits, dots, dashes or underscores. */
bool field_text(const struct document *d, const char *text, char *target, size_t size);
bool field_name(const struct document *d, const char *text, char *target, size_t size);
bool field_is_name_character(char c);

/* field_path reads the path of what ("a file", "a directory"): one that is not absolute stands in directory. */
bool field_path(const struct document *d, const char *directory, const char *text, const char *what,
	char *target, size_t size);

/* field_choice finds text in a list and gives its place, counted from 0. */
bool field_choice(const struct document *d, const char *text, const char *const *choices,
	size_t count, unsigned *choice);

/* field_count reads a whole number from low to high; with a unit when unit is not NULL. */
bool field_count(const struct document *d, const char *text, const char *unit, uint64_t low,
	uint64_t high, uint64_t *count);
bool field_count_u32(const struct document *d, const char *text, const char *unit, uint32_t low,
	uint32_t high, uint32_t *count);

/* field_duration reads from 1 ns to a day. */
bool field_duration(const struct document *d, const char *text, uint64_t *duration_ns);

/* field_price reads a price above 0. */
bool field_price(const struct document *d, const char *text, int64_t *price_e4);

#endif
