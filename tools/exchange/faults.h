/* faults.h - commands that do harm on purpose: to packets on the lines, to the feed's session, to those who
   ask for what they missed.  `help` of the console lists them (faults_help).

   Errors     what cannot be read: trouble says what was expected, and nothing is changed. */
#ifndef SLUICE_EXCHANGE_FAULTS_H
#define SLUICE_EXCHANGE_FAULTS_H

#include "tools/exchange/exchange.h"
#include "tools/exchange/words.h"

/* One line for people, a command after the other. */
extern const char faults_help[];

/* faults_do does a command of this file.  false: it is none of them.  *is_done is false when it was one
   but could not be done; trouble says why. */
bool faults_do(struct exchange *x, const char *verb, struct words *words, bool *is_done,
	char *trouble, size_t size);

#endif
