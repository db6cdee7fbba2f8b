/* slicing.h - limits that span gates, kept inside of the whole while gates and control come and go.

   The machine (control/slices) says what may be offered; this brings it what it must know: what each gate has in force
   and whether that is on its disk, what a giver uses, and that the record of the machine is on control's disk
   (slices.json beside the journal; a thread writes it).  Publishing asks it before it offers an epoch.

   What a gate says is on its disk when the gate's loop has gone on since (so that the record was handed over) and the journal
   has made durable what was handed over by then.

   With one gate there is nothing to cut: nothing here is used, and no file is written.

   Owner      control's thread; the file, while it is written, its thread.
   Time       now_ns from the caller. */
#ifndef SLUICE_CONTROL_SLICING_H
#define SLUICE_CONTROL_SLICING_H

#include "control/audit/audit.h"
#include "control/plane/question.h"
#include "control/slices/slices.h"

#define SLICING_ASK_NS   200000000u  /* between questions to a giver that uses more than it keeps */
#define SLICING_RETRY_NS 1000000000u /* between writes that fail */

/* How far what a gate said is known to be on its disk. */
struct slicing_gate {
	uint64_t instance; /* of the dataplane that said it */
	struct limit_epoch_record now;
	uint32_t taken;
	uint64_t loops,
		sequence; /* when it was said, and what must be durable; sequence UINT64_MAX: not known yet */
};

/* Leases of a gate as they bear on the slices of others. */
struct slicing_leases {
	uint64_t lock;             /* of its page when that was read */
	struct lease_record asked; /* of it, and perhaps taken; number 0: nothing */
	bool is_read;
};

struct durable_file;

struct slicing {
	bool is_used;
	struct slices slices;
	const struct site_config *site;
	struct slicing_gate gates[GATE_COUNT_MAX];
	struct slicing_leases leases[GATE_COUNT_MAX];
	struct durable_file *file; /* being written; NULL: none */
	uint64_t retry_ns;
	int file_errno; /* of the last write; 0: it is on the disk */
	char path[PATH_BYTES + 32];
	char note[400]; /* what was wrong with the record found at boot; empty: nothing */
	/* the question to a giver */
	struct question question;
	uint64_t asked_move, ask_ns; /* number; 0: nobody is asked */
	int64_t usage;               /* the most that was found so far */
	uint64_t over_move;          /* whose giver was found to use more than it keeps, */
	int64_t over_usage;          /* so much */
	bool is_over;
	/* what the audit was told of each move */
	struct slice_move told[SLICE_MOVE_COUNT_MAX];
};

/* slicing_open reads the record that was left.  false: error has why. */
bool slicing_open(
	struct slicing *slicing, const struct site_config *site, struct config_error *error);
void slicing_close(struct slicing *slicing);

/* slicing_hear takes what the gates say. */
void slicing_hear(struct slicing *slicing, const struct plane *plane);

/* slicing_turn goes on with moves and writes down what changed. */
void slicing_turn(
	struct slicing *slicing, struct plane *plane, struct audit *audit, uint64_t now_ns);

/* slicing_is_hurried tells whether an answer is awaited. */
bool slicing_is_hurried(const struct slicing *slicing);

/* slicing_cuts fills a bank with each gate's values of the plan. */
void slicing_cuts(
	const struct slicing *slicing, const struct limitset *set, struct limit_bank *bank);

/* slicing_lease_values shares a limit raised for a time out to gates as what they are to have of it now. */
void slicing_lease_values(const struct slicing *slicing, const struct limit_row *row,
	enum limit limit, const struct limit_value *whole,
	struct limit_value values[GATE_COUNT_MAX]);

/* slicing_lease_ask says that a gate is asked for a lease: until it has answered, or has another epoch, it may have it. */
void slicing_lease_ask(struct slicing *slicing, uint32_t gate, const struct lease_record *asked);

/* slicing_stage_name says what a move waits for. */
const char *slicing_stage_name(uint8_t stage);

#endif
