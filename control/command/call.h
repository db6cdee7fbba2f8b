/* call.h - one command under way: who asked, what, the answer so far, and how it goes on.

     begun --function coded an answer-------------------------> done
       '-----function set `step`--> under way --step coded-->---'

   A command is a function that acts and either codes its answer or leaves a step for later turns.  Steps
   never wait: they look, and come again.

   Owner      the server's place holds the call; the call owns its request, answer and `held`.
   Invariant  (1) every call ends with a coded answer and one audit line;
              (2) what stops acts before it is written down; what loosens is durable in the audit before
                  it acts (call_written). */
#ifndef SLUICE_CONTROL_CALL_H
#define SLUICE_CONTROL_CALL_H

#include "control/archive/page.h"
#include "control/command/control.h"
#include "control/journal/inspect.h"
#include "control/journal/story.h"
#include "control/kill/stopping.h"
#include "control/limits/reading.h"
#include "control/metrics/gauges.h"
#include "control/plane/question.h"

struct call;
typedef void call_function(struct call *call, uint64_t now_ns);
/* A step returns what it needs next; DONE after answer_code. */
typedef enum call_progress call_step(struct call *call, uint64_t now_ns);

/* Answers of a stage page by page. */
struct asking {
	struct question question;
	void (*row)(struct call *call, const void *row);
	const char *what;                      /* "open orders" */
	char text[PUBLISHING_TEXT_BYTES + 20]; /* of what, where it is made */
	uint64_t count;
	uint32_t account, depth;
};

/* A release: find the latch, ask a second person, write it down, lower the word, release. */
struct releasing {
	struct question question;
	enum scope scope;
	uint32_t id;
	struct latch_row latch; /* latch 0: not found */
	struct person first;    /* who asked before; uid of the second is the caller's */
	bool has_second;
};

/* A word on an uncertain order: find it, ask a second person, write it down, tell the gate. */
struct resolving {
	struct question question;
	struct order_row order; /* order_id 0: not found */
	struct person first;    /* as of releasing */
	bool has_second;
};

struct loading {
	struct reading *reading; /* NULL once control keeps it */
	uint64_t hash[2];        /* of the set published */
	struct person first;
	bool has_second;
	uint32_t loosened, changed;
	struct lint_counts lint;
	uint64_t within_ns; /* --confirm-within; 0: not said */
	bool is_lease;      /* limits raise: within_ns is its length */
	bool is_on_trial;   /* control has the reading, to publish it for a term */
	bool is_published;
};

/* A word on limits on trial: confirm or undo. */
struct settling {
	struct question question;
	uint64_t hash[2];      /* of the set that is on trial */
	uint32_t former_epoch; /* what it returns to */
	uint64_t until_ns;
};

/* A program run for the caller, its output so far. */
struct child {
	int32_t pid; /* 0: ended */
	int output;  /* -1: closed */
	int status;
	uint64_t until_ns;
	size_t size;
	char bytes[1 << 20];
};

/* Rates on their way to the gate, one after the other. */
struct rating {
	struct question question;
	uint32_t count, at;
	struct rate_record rates[CURRENCY_COUNT_MAX];
};

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
	union {
		struct asking asking;
		struct stopping stopping;
		struct releasing releasing;
		struct loading loading;
		struct settling settling;
		struct resolving resolving;
		struct question day; /* day show, end, begin */
		struct rating rating;
	};
	struct story *story;
	struct inspect *inspect;
	struct page *page;
	struct child *child;
	struct gauges *gauges;
	struct booking *booking;
};

/* call_hooks gives the server what serves requests for a control. */
struct server_hooks call_hooks(struct control *control);

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

/* call_limits_path gives the path of a limits file of the site's directory by its name; NULL: of the site's own limits.
   false: the answer is coded. */
bool call_limits_path(struct call *call, const char *name, char *path, size_t size);

/* loading_begin goes on with a reading as limits load does; NULL: the answer is coded. */
void loading_begin(struct call *call, struct reading *reading);

/* call_duration_take reads a duration in one word or two, "60s" or "60 s", from the argument at *at on, which it moves
   behind it.  NULL, or what was expected. */
const char *call_duration_take(const struct call *call, uint32_t *at, uint64_t *duration_ns);

/* loading_end frees what a limits command read, and forgets limits that it did not come to publish. */
void loading_end(struct call *call);

/* call_argument gives an argument, or NULL. */
const char *call_argument(const struct call *call, uint32_t index);

/* call_silent codes the answer for a stage that did not answer, or no dataplane at all. */
void call_silent(struct call *call, enum stage_id stage, uint64_t now_ns);

/* call_roomless codes the answer for a gate that could not write down what was asked of it. */
void call_roomless(struct call *call);

/* child_begin runs `sluice-dataplane --replay` over the journal with more words (ended by NULL); file, where it is not
   -1, is the program's descriptor CHILD_FILE.  false: the answer is coded.  child_is_waited_for looks for its output and
   its end; afterwards call->child has them, or is NULL and the answer is coded. */
enum { CHILD_FILE = 3 };
bool child_begin(struct call *call, char *const *more, int file, uint64_t now_ns);
bool child_is_waited_for(struct call *call, uint64_t now_ns);

/* child_end ends a call's program, if it has one, and frees it. */
void child_end(struct call *call);

/* booking_close frees what show pnl and show lots took, and gives up their question. */
void booking_close(struct booking *booking, struct plane *plane);

/* call_ask begins a question whose rows go to asking.row; the caller has filled asking. */
void call_ask(struct call *call, uint64_t now_ns);

/* the functions of commands.def */
#define COMMAND(words, role, persons, socket, function, sentence) call_function function;
#include "config/commands.def"
#undef COMMAND

#endif
