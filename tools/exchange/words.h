/* words.h - a command line of the venue's console, word by word.

   Small words may stand anywhere: `on a|b|ab|both` chooses lines, `seed N` the dice; what is left is read in
   order, as words or numbers.  A unit may follow a number: ppm, ms, s, us, ns.

   Errors     a word that is no number where one is due, a unit nobody knows: said by the reader. */
#ifndef SLUICE_EXCHANGE_WORDS_H
#define SLUICE_EXCHANGE_WORDS_H

#include "config/base.h"

enum { WORDS_MAX = 48, WORDS_LINE_BYTES = 512 };

struct words {
	char line[WORDS_LINE_BYTES];
	const char *word[WORDS_MAX]; /* without the lines and the seed */
	uint32_t count, at;          /* at: next to read */
	uint32_t lines;              /* bit i: line i; 0: none named */
	uint64_t seed;
	bool has_seed;
};

/* words_line splits a line.  false: too many words, or a seed that is no number. */
bool words_line(struct words *words, const char *line);

/* words_split splits a line and takes nothing out of it: every word is read in order. */
bool words_split(struct words *words, const char *line);

/* words_take takes the next word if it is this one. */
bool words_take(struct words *words, const char *word);

/* words_price takes the next word as a price in 1/10,000. */
bool words_price(struct words *words, uint64_t *price_e4);

/* words_next takes the next word; NULL: there is none. */
const char *words_next(struct words *words);

/* words_left tells whether there are more. */
bool words_left(const struct words *words);

/* words_number takes the next word as a whole number up to max; false: it is none, and stays. */
bool words_number(struct words *words, uint64_t max, uint64_t *value);

/* words_ppm takes `1 %`, `0.5%`, `5000 ppm` or a bare number of ppm, up to all of them. */
bool words_ppm(struct words *words, uint32_t *ppm);

/* words_time takes `5 ms`, `5ms`, `1 s`, `200 us`, up to an hour. */
bool words_time(struct words *words, uint64_t *time_ns);

/* words_decimal reads a number with up to `decimals` decimals as a whole multiple of the last one;
   false: it is none, or too big. */
bool words_decimal(const char *text, uint32_t decimals, uint64_t *value);

#endif
