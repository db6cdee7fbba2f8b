/* asking.h - what a stage answers row by row, page by page.

   Owner      the call. */
#ifndef SLUICE_CONTROL_ASKING_H
#define SLUICE_CONTROL_ASKING_H

#include "control/command/call.h"

typedef void asking_row(struct call *call, const void *row);

enum { ASKING_WHAT_BYTES = PUBLISHING_TEXT_BYTES + 200 };

/* asking_begin puts call->question, filled but for stage and kind, to a stage; row tells each row that it answers, what
   is said of all of them: "open orders".  STAGE_GATE stands for every gate; with an account as the question's id, for the
   one that owns it. */
void asking_begin(struct call *call, enum stage_id stage, uint32_t kind, const char *what,
	asking_row *row, uint64_t now_ns);

/* asking_end_with lets told write what stands behind "20 price levels" when all rows are there; where the stage answered with
   a code, the whole sentence, or nothing: then it is a general one.  What it returns is the code of our answer where the
   stage's is not 0.  Called behind asking_begin. */
enum { ASKING_TOLD_BYTES = 1200 };
typedef enum code asking_told(
	struct call *call, int code, char text[ASKING_TOLD_BYTES], uint64_t now_ns);
void asking_end_with(struct call *call, asking_told *told);

/* asking_account reads the optional account word into call->question; false: the answer is coded. */
bool asking_account(struct call *call);

#endif
