/* slices.h - one firm-wide limit, cut into a slice for each gate that judges against it.

   A gate judges against its own slice and asks nobody.  What one gate lacks and another has is moved in two
   steps: taken from the one, and only what that one confirms to have let go is given to the other.

     idle --slices_move--> taking --from confirms--> giving --to confirms--> idle
                             |  from let nothing go: idle, nothing is given

   A word to a gate is a number and the slice it may use from now on.  A gate obeys a word with a number above
   its last, judges against that slice at once, and answers with the number and what it *holds*: the greater
   of the slice and of what it has in use.  A gate with more in use than its new slice lets no order pass
   until it has less, so what it held when it answered is the most that it will ever use under this word.  Words and
   answers may be lost, doubled, late and out of order; a word is said again until it is answered.

   The ceiling of a gate is the most that it may hold by any word it may have got: it rises before the
   word that raises is sent and falls only when the word that lowers is confirmed.

   Whoever owns a `struct slices` writes it down whole and then calls slices_kept; before that no word of it
   may be had, so a control that dies and reads what it kept knows of every word that a gate may have got.

   Owner      control's thread.
   Units      those of the limit that is cut.
   Invariant  (1) the ceilings' sum rises only up to the whole, so what gates judge against and what they have
              in use never sums above it; after the whole was lowered it only falls until it fits;
              (2) a word can be had only of a state that is kept;
              (3) an answer to any word but the last changes nothing. */
#ifndef SLUICE_CONTROL_LIMITS_SLICES_H
#define SLUICE_CONTROL_LIMITS_SLICES_H

#include <stdbool.h>
#include <stdint.h>

enum { SLICES_GATE_COUNT_MAX = 8 };

enum slices_phase { SLICES_IDLE, SLICES_TAKING, SLICES_GIVING };

struct slice {
	uint64_t number; /* of the last word; 0: none, the gate may use nothing */
	int64_t asked;   /* the slice that word names                           */
	int64_t ceiling; /* slices (1)                                          */
	uint64_t is_confirmed;
};

struct slices {
	int64_t whole;
	uint32_t gate_count;
	uint32_t phase;    /* enum slices_phase */
	uint32_t from, to; /* of the move that is under way */
	int64_t amount;    /* that it wants, then that it gives */
	uint64_t version, kept;
	struct slice rows[SLICES_GATE_COUNT_MAX];
};

struct slice_word {
	uint64_t number;
	int64_t slice;
};

/* slices_init cuts nothing yet: every gate has 0 of the whole.  gate_count from 1 to
   SLICES_GATE_COUNT_MAX, whole not below 0. */
void slices_init(struct slices *slices, uint32_t gate_count, int64_t whole);

/* slices_free gives what of the whole no gate may hold; below 0 after the whole was lowered. */
int64_t slices_free(const struct slices *slices);

/* slices_whole changes the whole.  Lowering takes effect on what is given from now on; the caller asks
   gates for less (slices_ask) until slices_free is not below 0. */
void slices_whole(struct slices *slices, int64_t whole);

/* slices_ask gives a gate another slice.  false: it is below 0 or more than is free; nothing changed.
   A lower slice is never refused. */
bool slices_ask(struct slices *slices, uint32_t gate, int64_t slice);

/* slices_move begins to move from one gate to another.  false: another move is under way, or the amount is
   not above 0, or from was not asked to have that much, or has not confirmed what it was asked; nothing
   changed. */
bool slices_move(struct slices *slices, uint32_t from, uint32_t to, int64_t amount);

/* slices_hear takes a gate's answer.  false: it is no answer to the last word, or claims to hold less
   than its slice or more than it may; nothing changed. */
bool slices_hear(struct slices *slices, uint32_t gate, uint64_t number, int64_t held);

/* slices_kept says that the state of this version is on disk. */
void slices_kept(struct slices *slices, uint64_t version);

/* slices_word gives the word to say to a gate.  false: there is none, or slices (2) forbids it. */
bool slices_word(const struct slices *slices, uint32_t gate, struct slice_word *word);

/* slices_is_sound tells whether a state that was read back may be gone on with. */
bool slices_is_sound(const struct slices *slices);

#endif
