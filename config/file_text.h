/* file_text.h - the bytes of a file that somebody may be writing.

   Whoever saves a file in place empties it first and fills it piece by piece; half of it can be a whole file of
   another meaning.  So a file is taken when it did not change while it was read and has been at rest for a moment
   before: until then it is read again, and one that never rests is refused.  Only a regular file is read: a pipe
   or a directory would hold the reader up, or look like an empty file.

   Owner      who reads it frees it.
   Time       waits for a file to rest, FILE_TEXT_TRY_COUNT times FILE_TEXT_TRY_MS at most; one written longer ago
              than that, or in the future by this clock, is read at once.
   Errors     one sentence `file:1:1: found ..., expected ...`; nothing is held. */
#ifndef SLUICE_CONFIG_FILE_TEXT_H
#define SLUICE_CONFIG_FILE_TEXT_H

#include "config/config.h"

enum { FILE_TEXT_REST_MS = 20, FILE_TEXT_TRY_MS = 20, FILE_TEXT_TRY_COUNT = 25 };

struct file_text {
	char *bytes;
	size_t size; /* DOCUMENT_BYTES_MAX + 1: it has more than a document may */
};

/* file_text_read takes the memory of a file's bytes; file_text_free returns it.  file_text_read_rested is told how long
   nobody may have written it. */
bool file_text_read(struct file_text *text, const char *path, struct config_error *error);
bool file_text_read_rested(
	struct file_text *text, const char *path, uint32_t rest_ms, struct config_error *error);
void file_text_free(struct file_text *text);

#endif
