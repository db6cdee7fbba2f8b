/* reading.h - a limits file read, checked and kept by a thread of its own.

   A file may state 16,384 rows; reading and comparing it takes longer than control may go without a
   heartbeat, and a disk may hang.  So the thread reads, and control looks whether it has finished.

     begun --thread--> read (is_ok or error) --keep begun--> kept (is_kept or error)

   Owner      reading_begin makes it; the thread writes until it is done; afterwards the caller, until
              reading_end, which may come at any time: a thread under way frees what it has. */
#ifndef SLUICE_CONTROL_READING_H
#define SLUICE_CONTROL_READING_H

#include "config/config.h"
#include "config/shadow.h"

struct reading;

/* What a set changes against the one it was compared with. */
struct reading_diff {
	uint32_t changed, loosened;
	const char *text; /* a line for each change */
	uint64_t old_hash[2];
	uint32_t loosened_former; /* against what the old one returns to by itself */
};

/* What limitset_lint says of it, and what limitset_shadows finds: the first of so many. */
enum { READING_SHADOW_COUNT_MAX = 1000 };
struct reading_lint {
	struct lint_counts counts;
	const char *text; /* a line for each */
	const struct limit_shadow *shadows;
	uint32_t shadow_count;
};

/* What limitset_unstated says of it. */
struct reading_unstated {
	uint32_t count;
	const char *text; /* a line for each */
};

/* reading_begin starts to read a file (text NULL), or text under the name `path`, and to compare it with
   `old` and `former` (NULL: with nothing).  Text and sets are copied.  NULL: out of memory or threads. */
struct reading *reading_begin(const struct site_config *site, const char *path, const char *text,
	size_t size, const struct limitset *old, const struct limitset *former);

/* reading_begin_more does it with a file and more text behind it. */
struct reading *reading_begin_more(const struct site_config *site, const char *path,
	const char *more, const struct limitset *old);

/* reading_diff_of gives the comparison once the reading is done and good. */
struct reading_diff reading_diff_of(const struct reading *reading);

/* reading_lint_of gives what is too high to do anything and what never binds, reading_unstated_of what nobody states, as
   above. */
struct reading_lint reading_lint_of(const struct reading *reading);
struct reading_unstated reading_unstated_of(const struct reading *reading);

/* reading_keep_begin starts to write what was read to a file, durably, whole or not at all; then it removes the file
   `gone` (NULL: none).  reading_forget_begin only removes. */
bool reading_keep_begin(struct reading *reading, const char *path, const char *gone);
bool reading_forget_begin(struct reading *reading, const char *gone);

/* reading_copy makes one of the same text behind a head, to be kept elsewhere: it has no set.
   A head is a first line that begins with "# {"; that of an earlier copy is left out.  from NULL: of no text, to
   remove a file.  NULL: out of memory. */
struct reading *reading_copy(const struct reading *from, const char *head);

/* reading_text gives what was read, once it is done, and its length; reading_size the length alone. */
const char *reading_text(const struct reading *reading, size_t *size);
size_t reading_size(const struct reading *reading);

/* reading_is_done tells whether the thread has finished its last work. */
bool reading_is_done(const struct reading *reading);

/* reading_wait waits for that: for boot, where nothing else is to be done. */
void reading_wait(struct reading *reading);

/* reading_set gives the limits read, or NULL with the sentence of what is wrong. */
const struct limitset *reading_set(const struct reading *reading, const char **error);

/* reading_is_kept tells whether the last keep succeeded; else error says why not. */
bool reading_is_kept(const struct reading *reading, const char **error);

void reading_end(struct reading *reading);

#endif
