/* report.h - what the venue saw, for people and for judges: counts, and every order by its number.

   Units      shares, price_e4.  Errors: a file that cannot be written is a sentence on standard error
              and false. */
#ifndef SLUICE_EXCHANGE_REPORT_H
#define SLUICE_EXCHANGE_REPORT_H

#include <stdio.h>

#include "tools/exchange/exchange.h"

/* report_stats writes the counts as one JSON object and a newline. */
void report_stats(const struct exchange *x, FILE *file);

/* report_every_order writes every order of every user, one JSON object a line, in the order of their
   numbers: user, ref, clordid, symbol, side, qty, price, executed, canceled, open, state ... */
void report_every_order(const struct exchange *x, FILE *file);

/* report_books writes the market: every symbol as one JSON object a line, with its levels
   best first as [price, shares, orders], displayed ones only. */
void report_books(const struct exchange *x, FILE *file);
bool report_books_file(const struct exchange *x, const char *path);

/* report_files writes both where the options say. */
bool report_files(const struct exchange *x);

#endif
