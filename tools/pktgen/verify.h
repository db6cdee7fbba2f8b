/* verify.h - our parser and book over a daily file, compared with an oracle.

   The file's messages go through itch50_decode and book_apply in bursts; then each row of the oracle is
   held against the book: best prices, their exact sizes, levels of each side, orders.

   Errors     a file that cannot be read or is not whole, a counter of the parser or the book that is not
              0, any difference: told on the stream given, and false. */
#ifndef SLUICE_PKTGEN_VERIFY_H
#define SLUICE_PKTGEN_VERIFY_H

#include <stdio.h>

#include "config/base.h"

/* verify_files compares; tells up to 20 differences and one closing line on report. */
bool verify_files(const char *itch, const char *oracle, FILE *report);

#endif
