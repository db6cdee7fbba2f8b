/* call.h - one command under way: who asked, what, the answer so far, and how it goes on.

     begun --function coded an answer-------------------------> done
       '-----function set `step`--> under way --step coded-->---'

   A command is a function that acts and either codes its answer or leaves a step for later turns.  Steps
   never wait: they look, and come again.  What a command remembers from step to step it has of its own, and
   says how that ends.

   Owner      the server's place holds the call; the call owns its request, answer and `own`.
   Invariant  (1) every call ends with a coded answer and one audit line;
              (2) what stops acts before it is written down; what loosens is durable in the audit before
                  it acts (call_written);
              (3) a call that ends early gives back what it holds of others: its question and its `own`. */
#ifndef SLUICE_CONTROL_CALL_H
#define SLUICE_CONTROL_CALL_H

#include "control/command/control.h"
#include "control/kill/stopping.h"
#include "control/plane/question.h"

struct call;
typedef void call_function(struct call *call, uint64_t now_ns);
/* A step returns what it needs next; DONE after answer_code. */
typedef enum call_progress call_step(struct call *call, uint64_t now_ns);
/* Ends what call_hold was given. */
typedef void call_end(struct call *call, void *own);

struct call {
	struct control *control;
	struct peer peer;
	struct person person;
	struct request request;
	struct command command;
	struct answer answer;
	call_step *step;
	bool is_refused_early; /* by words, role or load: the audit line is minor */
	uint64_t begun_ns, audit_number, audit_until_ns;
	struct question question; /* to a stage; one at a time */
	struct person first;      /* who asked before, where has_second: the caller is the second */
	char first_reason[APPROVAL_REASON_BYTES]; /* and why */
	bool has_second;
	json_t *told;             /* fields of every audit line to come; NULL: none */
	struct stopping stopping; /* here, because a stop needs no memory */
	void *own;                /* of the command; NULL: nothing */
	call_end *end;
};

/* call_own gives the command memory of its own, zeroed, which is freed with the call.  NULL: the answer is coded. */
void *call_own(struct call *call, size_t size);

/* call_hold makes own the command's, which end ends with the call. */
void call_hold(struct call *call, void *own, call_end *end);

/* call_let_go ends what the command has of its own now. */
void call_let_go(struct call *call);

/* call_gate_ask puts call->question, filled but for stage and kind, to a gate; call_look goes on with it: WAITING, or
   DONE with the stage's answer in *page, NULL: none came, the answer is coded.  call_gate_next puts it to the next gate;
   false: that was the last. */
void call_gate_ask(struct call *call, uint32_t gate, uint32_t kind, uint64_t now_ns);
bool call_gate_next(struct call *call, uint64_t now_ns);
enum call_progress call_look(
	struct call *call, uint64_t now_ns, const struct mailbox_answer **page);

/* call_agreed tells whether a second person agreed to text, which says all that both agree to.  What the second does is
   told by does, "repeats: rearm ...", why by why, "" or "3 changes loosen; ".  false: the answer is coded. */
bool call_agreed(
	struct call *call, const char *text, const char *why, const char *does, uint64_t now_ns);

/* call_reasoned tells whether a reason was given; false: the answer is coded. */
bool call_reasoned(struct call *call);

/* call_reason_copy fills a record's reason: zeroed, cut to what it takes. */
void call_reason_copy(const struct call *call, char *reason, size_t size);

/* call_audit writes a line about this call; outcome is "acted", "asked", "ended" ... */
uint64_t call_audit(
	struct call *call, const char *outcome, enum audit_weight weight, uint64_t now_ns);

/* call_write begins what call_written waits for: the line that precedes loosening. */
void call_write(struct call *call, uint64_t now_ns);

enum call_written { CALL_WRITE_PENDING, CALL_WRITE_DURABLE, CALL_WRITE_FAILED };

/* call_written tells whether the line is on the disk; FAILED: the answer is coded. */
enum call_written call_written(struct call *call, uint64_t now_ns);

/* call_name_find reads <scope> <id> words; false: the answer is coded. */
bool call_name_find(struct call *call, const char *scope_word, const char *id_word,
	enum scope *scope, uint32_t *id);

/* call_duration_take reads a duration in one word or two, "60s" or "60 s", from the argument at *at on, which it moves
   behind it.  NULL, or what was expected. */
const char *call_duration_take(const struct call *call, uint32_t *at, uint64_t *duration_ns);

/* call_limits_path gives the path of a limits file of the site's directory by its name; NULL: of the site's own limits.
   false: the answer is coded. */
bool call_limits_path(struct call *call, const char *name, char *path, size_t size);

/* call_argument gives an argument, or NULL. */
const char *call_argument(const struct call *call, uint32_t index);

/* call_gate_option takes --gate NAME at argument *i, if it stands there, and moves *i behind it.  false: the answer is
   coded. */
bool call_gate_option(struct call *call, uint32_t *i, const char **name);

/* call_gate_only takes --gate NAME where nothing else may stand, and gives that gate; false: the answer is coded.
   call_gate_choose gives the gate named; name NULL: the only one. */
bool call_gate_only(struct call *call, uint32_t *gate);
bool call_gate_choose(struct call *call, const char *name, uint32_t *gate);

/* call_gate_tell ends a row that a gate told with its name, where there are several; call_stage gives what a stage is
   called. */
void call_gate_tell(struct call *call);
const char *call_stage(const struct call *call, enum stage_id stage);

/* call_latches writes the numbers of latches by gate, 0 where it has none: "7", where there are several gates "7 of east, 3 of
   west". */
enum { CALL_LATCHES_BYTES = GATE_COUNT_MAX * (22 + 4 + NAME_BYTES) };
const char *call_latches(const struct call *call, const uint64_t latches[GATE_COUNT_MAX],
	char text[CALL_LATCHES_BYTES]);

/* call_day_pnl adds to a row what it gained today, which is in the site's base currency whatever the row is in, and says so. */
void call_day_pnl(struct call *call, int64_t pnl_e4);

/* call_silent codes the answer for a stage that did not answer, or no dataplane at all. */
void call_silent(struct call *call, enum stage_id stage, uint64_t now_ns);

/* call_channels_tell codes an answer with rows of every channel, of which so many are not to be trusted. */
void call_channels_tell(struct call *call, uint32_t doubtful);

/* call_roomless codes the answer for a gate that could not write down what was asked of it. */
void call_roomless(struct call *call);

#endif
