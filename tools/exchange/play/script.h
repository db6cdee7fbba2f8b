/* script.h - a conversation from a file, played line by line, and what became of each line.

       each reject            the lines up to `end` once for every row of ouch_reason.def of that kind
         next sluice enter reject {name}
         sluice buys 100 AAPL at any
       end
       repeat 20              the lines up to `end` so often
         ...
       end

   Kinds are reject, cancel, broken, restated, and letter (the rejects of OUCH 4.2); {name}, {code} and {number} (the code in decimal) are those of the row; {n} counts
   a block's turns from 1, {nn} with two digits at least.  Blocks may stand in blocks.  Other lines are the player's (player.h).

   Each line is told as it is decided: PASS or FAIL, its number, itself, and what was found; ASK for what a
   person is to do.  A line that cannot be read or done is BROKEN: the script is wrong, or the venue.

   Owner      one thread.
   Errors     at open one sentence, file:line: found ..., expected ...; nothing is played. */
#ifndef SLUICE_EXCHANGE_PLAY_SCRIPT_H
#define SLUICE_EXCHANGE_PLAY_SCRIPT_H

#include <stdio.h>

#include "tools/exchange/play/player.h"

enum { SCRIPT_LINE_MAX = 200000, SCRIPT_DEPTH_MAX = 8 };

struct script_line {
	uint32_t number; /* in the file */
	char *text;
};

struct script {
	struct player player;
	const char *name;
	struct script_line *lines; /* blocks written out */
	uint64_t count, capacity, at;
	uint64_t passed, failed, broken;
	FILE *told, *verdict; /* NULL: not wanted */
	bool is_over;
};

/* script_open reads a file and writes its blocks out.  told: the transcript for people; verdict_path: a file
   for its JSON, one object a line and a last one that sums up (NULL: none). */
bool script_open(struct script *script, struct exchange *x, const char *path, FILE *told,
	const char *verdict_path, struct config_error *error);

/* script_read does so with a text that is already there, named in sentences. */
bool script_read(
	struct script *script, const char *name, const char *text, struct config_error *error);
void script_close(struct script *script);

/* script_turn plays on as far as it goes now; afterwards is_over tells whether the script is at its end. */
void script_turn(struct script *script, uint64_t now_ns);

/* script_is_good tells whether every line passed. */
bool script_is_good(const struct script *script);

#endif
