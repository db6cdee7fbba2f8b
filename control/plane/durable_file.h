/* durable_file.h - a text written to a file, whole and durably or not at all, by a thread of its own.

   begun --thread--> done (0, or the errno that it failed with)

   Owner      durable_file_begin takes the text over; the thread writes until it is done; durable_file_end may come at any time: a
              thread under way frees what it has.  Nobody ever waits for a disk that hangs. */
#ifndef SLUICE_CONTROL_DURABLE_FILE_H
#define SLUICE_CONTROL_DURABLE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct durable_file;

/* durable_file_begin begins to write the record of this number.  NULL: out of memory or threads; the text is freed. */
struct durable_file *durable_file_begin(const char *path, char *text, uint64_t record);

/* durable_file_is_done tells whether it came to an end, and how. */
bool durable_file_is_done(const struct durable_file *file, int *why);

/* durable_file_record gives the number. */
uint64_t durable_file_record(const struct durable_file *file);

void durable_file_end(struct durable_file *file);

/* durable_file_read reads a whole file, to be freed; its text is ended.  NULL: there is none, or it cannot be read. */
char *durable_file_read(const char *path, size_t *size);

#endif
