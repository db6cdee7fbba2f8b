/* standing.h - stop words that no dataplane has taken yet, kept for a control that is started meanwhile.

   A stop said while no dataplane is there, or while a gate is silent, stands on control's board, which ends with control.  So
   its words are written to a file beside the journal as long as they wait, and a control that starts puts them on its board
   again; whoever comes latches them.  Once every gate has seen them the file holds none: from then on the gates' latches stand.

   Owner      control's thread; the file is written by a thread of its own.
   Invariant  (1) a stop is never held up by the file: the word is on the board first.
   Errors     a file that cannot be read or means nothing: control does not start, for nobody knows what was stopped. */
#ifndef SLUICE_CONTROL_STANDING_H
#define SLUICE_CONTROL_STANDING_H

#include "control/plane/durable_file.h"
#include "control/plane/plane.h"

#define STANDING_AGAIN_NS 1000000000ull

struct standing {
	char path[PATH_BYTES + 32];
	struct durable_file *file; /* under way; NULL: none */
	uint64_t written;          /* epoch of the board that the file has */
	uint32_t count;            /* words in it */
	bool has_failed;
	uint64_t again_ns; /* not before: a disk that takes nothing is not asked in every turn */
};

/* standing_open puts the words of directory's file on control's board.  false: error has why, and no word is set. */
bool standing_open(struct standing *standing, struct plane *plane, const char *directory,
	struct config_error *error);
void standing_close(struct standing *standing);

/* standing_is_waiting tells whether the board has words that not every gate has seen. */
bool standing_is_waiting(const struct plane *plane);

/* standing_turn keeps the file as the board is. */
void standing_turn(struct standing *standing, const struct plane *plane, uint64_t now_ns);

#endif
