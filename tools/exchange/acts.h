/* acts.h - commands of the venue's desk: what it does to orders, trades and order sessions on purpose.

       next 2 sluice enter reject halted        the next Enters of a user are answered so
       fill sluice last 40 at 163.00            an order executes, whoever stands before it
       cancel sluice 3 reason supervisory       the desk cancels, as the user did not ask
       prevent sluice 3 strategy O              AIQ; bust, restate, move, repeat, tell (tell.h)
       break sluice sent 17                     17 bytes more, then the connection ends
       hold / flow                              messages wait for the script / are served at once
       listen                                   what users do is kept for expectations

   Users are named by their login, their orders by place: 1 is the first of the day, `last` the latest.

   Errors     what cannot be read or done: trouble says what was expected, and nothing is changed. */
#ifndef SLUICE_EXCHANGE_ACTS_H
#define SLUICE_EXCHANGE_ACTS_H

#include "tools/exchange/exchange.h"
#include "tools/exchange/words.h"

/* acts_help writes one line for people, a command after the other. */
void acts_help(char *text, size_t size);

/* acts_do does a command of this file; words are those behind the verb.  false: it is none of them.
   *is_done is false when it was one but could not be done; trouble says why. */
bool acts_do(struct exchange *x, const char *verb, struct words *words, uint64_t now_ns,
	bool *is_done, char *trouble, size_t size);

/* acts_user finds a user by name; UINT32_MAX: nobody has it. */
uint32_t acts_user(const struct exchange *x, const char *name);

/* acts_place reads `last` or a number from 1 on, as hand_order takes it. */
bool acts_place(struct words *words, uint32_t *place);

#endif
