/* build.h - which build this program is: what `--version` says, and what is stamped into every region and journal.

   The commit is that of the tree when it was configured. */
#ifndef SLUICE_DRIVERS_MACHINE_BUILD_H
#define SLUICE_DRIVERS_MACHINE_BUILD_H

#include <stdint.h>

/* build_id is the first 64 bits of the commit's name; 0: unknown, such as of a tree without its history. */
uint64_t build_id(void);

/* build_kind says how it was optimised, such as "file by file". */
const char *build_kind(void);

/* build_print writes the line of `--version` to standard output; 0, or 1 if it could not: an exit status. */
int build_print(const char *program);

#endif
