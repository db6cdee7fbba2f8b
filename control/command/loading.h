/* loading.h - limits on their way into force, by whichever command: load, raise or restore.

   Owner      the call. */
#ifndef SLUICE_CONTROL_LOADING_H
#define SLUICE_CONTROL_LOADING_H

#include "control/command/call.h"
#include "control/limits/reading.h"

/* A limit that is raised for a time: what each gate is asked for. */
struct lease_asked {
	struct lease_record record; /* value: of the gate asked last */
	struct limit_value values[GATE_COUNT_MAX];
	uint32_t gate_mask, taken_mask; /* whose limit it is, and that have it by now */
};

/* Goes on with what was read once it is written down. */
typedef void loading_written(struct call *call, const struct limitset *set, uint64_t now_ns);

struct loading {
	struct reading *reading; /* NULL once control keeps it */
	uint64_t hash[2];        /* of the set published */
	json_t *words;           /* history_words of the set that is loaded; NULL: none yet */
	uint32_t loosened, changed;
	struct lint_counts lint;
	uint64_t within_ns; /* --confirm-within; 0: not said */
	bool is_lease;      /* limits raise: within_ns is its length */
	struct lease_asked lease;
	loading_written *lease_written; /* of a lease */
	uint32_t restored_epoch;        /* limits restore: the load that is brought back; 0: none */
	uint64_t restored_hash[2];
	bool is_look;     /* check, lint or diff: counted in control's look_count */
	bool is_on_trial; /* control has the reading, to publish it for a term */
	bool is_published;
};

/* loading_make gives the call one.  NULL: the answer is coded. */
struct loading *loading_make(struct call *call);

static inline struct loading *loading_of(const struct call *call)
{
	return call->own;
}

/* loading_read begins to read a limits file for a command, whoever it is for: once, so that all that it judges is judged by one
   text.  It is the request's body, a file of the site's directory by its name, or the site's own limits (name NULL), to compare
   with old and former.  loading_look goes on: WAITING, or DONE with what was read.  NULL: the answer is coded.
   loading_hash_tell has every audit line to come say which limits they were. */
struct reading *loading_read(struct call *call, const char *name, const struct limitset *old,
	const struct limitset *former);
enum call_progress loading_look(
	struct call *call, const struct reading *reading, const struct limitset **set);
void loading_hash_tell(struct call *call, const struct limitset *set);

/* loading_options reads [--confirm-within DURATION] from an argument on; false: the answer is coded. */
bool loading_options(struct call *call, uint32_t at);

/* loading_begin goes on with a reading as limits load does and takes it over; loading_begin_lease for one limit for a
   time, which written goes on with.  NULL: the answer is coded. */
void loading_begin(struct call *call, struct reading *reading);
void loading_begin_lease(
	struct call *call, struct reading *reading, uint64_t length_ns, loading_written *written);

/* loading_is_cut tells that every gate has its own slices, and nothing is on its way between them: each returns by itself to
   what it has now.  false: the answer is coded. */
bool loading_is_cut(struct call *call);

/* loading_is_restored tells that what was read is what the epoch had, where one is restored; loading_is_timely that it may
   come in force now; loading_is_agreed that its limits mean something and that whoever must agree has: it may act then.
   false: the answer is coded. */
bool loading_is_restored(struct call *call, const struct limitset *set);
bool loading_is_timely(struct call *call);
bool loading_is_agreed(struct call *call, const struct limitset *set, uint64_t now_ns);

/* loading_first_tell keeps why who asked first wants it, where a second agreed: beside the second's own reason. */
void loading_first_tell(struct call *call);

/* loading_words_take says how what was read came and what it waives, for the history and for every audit line to come. */
void loading_words_take(struct call *call, const struct limitset *set);

#endif
