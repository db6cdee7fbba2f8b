/* player.h - does one line of a script or of the console after the other.

   A line is a command of the venue (`help` lists them), an expectation (expect.h), or

       wait TIME            the venue goes on; nothing is expected
       ask TEXT             tells the person at the other end what to do now
       patience TIME        how long an expectation waits from here on (5 s)

   `given`, `when`, `then` and `and` before it mean nothing; `#` begins a comment.  An expectation looks at
   what its user did since the last one, the oldest first: that must be it.

   Owner      one thread.  Time: now_ns is monotonic. */
#ifndef SLUICE_EXCHANGE_PLAY_PLAYER_H
#define SLUICE_EXCHANGE_PLAY_PLAYER_H

#include "tools/exchange/commands.h"
#include "tools/exchange/play/expect.h"

enum play {
	PLAY_DONE = 0,
	PLAY_WAITS,  /* ask again */
	PLAY_FAILED, /* answer says what was expected and found */
	PLAY_BROKEN, /* the line cannot be read or done: answer says why */
	PLAY_STOP,
};

struct player {
	struct exchange *x;
	enum { PLAYER_IDLE = 0, PLAYER_EXPECTS, PLAYER_PAUSES } state;
	struct expect expect;
	uint64_t until_ns, patience_ns, beats;
	char line[WORDS_LINE_BYTES]; /* without the small words */
	char answer[COMMANDS_ANSWER_BYTES];
};

void player_init(struct player *player, struct exchange *x);

/* player_begin begins a line; the one before must be over. */
enum play player_begin(struct player *player, const char *line, uint64_t now_ns);

/* player_look goes on with a line that waits. */
enum play player_look(struct player *player, uint64_t now_ns);

/* player_line cuts the small words and the comment off a line; NULL: nothing is left. */
const char *player_line(const char *line, char text[WORDS_LINE_BYTES]);

#endif
