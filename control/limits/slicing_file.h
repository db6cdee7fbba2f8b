/* slicing_file.h - a text written to a file, whole and durably or not at all, by a thread of its own.

   begun --thread--> done (0, or the errno that it failed with)

   Owner      slicing_file_begin takes the text over; the thread writes until it is done; slicing_file_end may come at any time: a
              thread under way frees what it has.  Nobody ever waits for a disk that hangs. */
#ifndef SLUICE_CONTROL_SLICING_FILE_H
#define SLUICE_CONTROL_SLICING_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slicing_file;

/* slicing_file_begin begins to write the record of this number.  NULL: out of memory or threads; the text is freed. */
struct slicing_file *slicing_file_begin(const char *path, char *text, uint64_t record);

/* slicing_file_is_done tells whether it came to an end, and how. */
bool slicing_file_is_done(const struct slicing_file *file, int *why);

/* slicing_file_record gives the number. */
uint64_t slicing_file_record(const struct slicing_file *file);

void slicing_file_end(struct slicing_file *file);

/* slicing_file_read reads a whole file, to be freed; its text is ended.  NULL: there is none, or it cannot be read. */
char *slicing_file_read(const char *path, size_t *size);

#endif
