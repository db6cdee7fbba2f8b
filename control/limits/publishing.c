#include "control/limits/publishing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/auth/person.h"

bool publishing_open(struct publishing *publishing)
{
	memset(publishing, 0, sizeof *publishing);
	publishing->set = calloc(1, sizeof *publishing->set);
	publishing->former = calloc(1, sizeof *publishing->former);
	publishing->known = calloc(1, sizeof *publishing->known);
	return publishing->set != NULL && publishing->former != NULL && publishing->known != NULL;
}

void publishing_close(struct publishing *publishing)
{
	free(publishing->set);
	free(publishing->former);
	free(publishing->known);
	publishing->set = publishing->former = publishing->known = NULL;
}

static void set_copy(struct limitset *to, const struct limitset *from)
{
	memcpy(to, from, offsetof(struct limitset, rows));
	memcpy(to->rows, from->rows, from->row_count * sizeof from->rows[0]);
}

static bool set_is(const struct limitset *set, const struct limit_epoch_record *epoch)
{
	return epoch->epoch != 0 && memcmp(set->hash, epoch->hash, sizeof set->hash) == 0;
}

void publishing_want(struct publishing *publishing, const struct limitset *set)
{
	set_copy(publishing->set, set);
	publishing->is_held = true;
	publishing->has_former = publishing->has_known = false;
	publishing->is_settled = publishing->is_resumed = false;
	publishing->term = (struct publishing_term){.term = LIMITS_STAY};
}

void publishing_sign(struct publishing *publishing, const struct publishing_term *term)
{
	publishing->term.uid = term->uid;
	publishing->term.second_uid = term->second_uid;
	publishing->term.persons = term->persons;
}

void publishing_resume(struct publishing *publishing, const struct limitset *set)
{
	publishing_want(publishing, set);
	publishing->is_resumed = true;
}

void publishing_try(struct publishing *publishing, const struct limitset *set,
	const struct publishing_term *term)
{
	struct limitset *former = publishing->set;
	CHECK(publishing->is_held && !publishing->has_former && term->term != LIMITS_STAY);
	publishing->set = publishing->former;
	publishing->former = former;
	set_copy(publishing->set, set);
	publishing->has_former = true;
	publishing->has_known = publishing->is_settled = false;
	publishing->term = *term;
}

void publishing_know(struct publishing *publishing, const struct limitset *set)
{
	set_copy(publishing->known, set);
	publishing->has_known = true;
}

static bool gate_is_recovered(const struct plane *plane)
{
	return plane->is_attached &&
	       atomic_load_explicit(&plane->region->gate.is_recovered, memory_order_acquire) != 0;
}

/* Control was started again while the gate had the known set for a term, or just after it was confirmed. */
static void known_learn(struct publishing *publishing)
{
	const struct limits_page *now = &publishing->now;
	if (!publishing->has_known)
		return;
	if (!set_is(publishing->known, &now->now)) {
		publishing->has_known = !set_is(publishing->set, &now->now);
		return;
	}
	struct limitset *known = publishing->known;
	bool has_term = now->now.term != LIMITS_STAY;
	if (has_term && !set_is(publishing->set, &now->former))
		return; /* what is wanted is neither: it is published */
	publishing->known = publishing->former;
	publishing->former = publishing->set;
	publishing->set = known;
	publishing->has_known = false;
	publishing->has_former = has_term;
	publishing->is_settled = !has_term;
	publishing->epoch = now->now.epoch;
	publishing->term = (struct publishing_term){.within_ns = now->now.within_ns,
		.uid = now->now.uid,
		.second_uid = now->now.second_uid,
		.persons = now->now.persons,
		.term = now->now.term};
}

/* The term of the set published last may have ended. */
static void term_learn(struct publishing *publishing)
{
	const struct limits_page *now = &publishing->now;
	if (!publishing->has_former || now->taken < publishing->epoch || publishing->epoch == 0)
		return;
	bool is_in_force = set_is(publishing->set, &now->now);
	if (is_in_force && now->now.term != LIMITS_STAY)
		return;
	if (is_in_force) {
		publishing->is_settled = true;
	} else if (now->ended.epoch == publishing->epoch) {
		struct limitset *ended = publishing->set;
		publishing->set = publishing->former;
		publishing->former = ended;
	} else {
		return; /* another journal: the set is offered again */
	}
	publishing->has_former = false;
	publishing->term = (struct publishing_term){.term = LIMITS_STAY};
}

static void bank_fill(struct publishing *publishing, struct control_region *own, uint32_t epoch)
{
	const struct limitset *set = publishing->set;
	struct limit_bank *bank = &own->banks[epoch % LIMIT_BANK_COUNT];
	bank->epoch = epoch;
	bank->row_count = set->row_count;
	bank->within_ns = publishing->term.within_ns;
	bank->uid = publishing->term.uid;
	bank->second_uid = publishing->term.second_uid;
	bank->persons = publishing->term.persons;
	bank->term = publishing->term.term;
	memcpy(bank->hash, set->hash, sizeof bank->hash);
	memcpy(bank->rows, set->rows, set->row_count * sizeof set->rows[0]);
	publishing->epoch = epoch;
	atomic_store_explicit(&own->limits_epoch, epoch, memory_order_release);
}

void publishing_turn(struct publishing *publishing, struct plane *plane)
{
	struct limits_page *now = &publishing->now;
	if (!publishing->is_held || !gate_is_recovered(plane))
		return;
	limits_page_take(&plane->region->gate.limits, now);
	known_learn(publishing);
	term_learn(publishing);
	if (set_is(publishing->set, &now->now)) {
		publishing->epoch = now->now.epoch;
		return;
	}
	/* publishing (3) */
	if (publishing->is_resumed && now->now.term != LIMITS_STAY &&
		set_is(publishing->set, &now->former))
		return;
	/* publishing (1): until the gate has taken it it may be reading. */
	uint32_t offered = atomic_load_explicit(&plane->own->limits_epoch, memory_order_relaxed);
	if (offered <= now->taken)
		bank_fill(publishing, plane->own, now->taken + 1);
}

bool publishing_is_adopted(const struct publishing *publishing, const struct plane *plane)
{
	return publishing->is_held && plane->is_attached &&
	       set_is(publishing->set, &publishing->now.now);
}

const struct limitset *publishing_set(const struct publishing *publishing)
{
	return publishing->is_held ? publishing->set : NULL;
}

const struct limitset *publishing_former(const struct publishing *publishing)
{
	return publishing->has_former ? publishing->former : NULL;
}

bool publishing_has_term(const struct publishing *publishing)
{
	return publishing->has_former || publishing->now.now.term != LIMITS_STAY;
}

uint64_t publishing_left_ns(const struct publishing *publishing, const struct plane *plane)
{
	if (plane->region == NULL || publishing->now.now.term == LIMITS_STAY)
		return 0;
	return atomic_load_explicit(&plane->region->gate.limits_left_ns, memory_order_relaxed);
}

const char *publishing_tell(const struct publishing *publishing, const struct plane *plane,
	char text[PUBLISHING_TEXT_BYTES])
{
	const struct limits_page *now = &publishing->now;
	text[0] = '\0';
	if (now->now.term == LIMITS_STAY)
		return text;
	bool is_lease = now->now.term == LIMITS_LEASE;
	snprintf(text, PUBLISHING_TEXT_BYTES,
		"epoch %u is %s by %s: in %" PRIu64 " s epoch %u is in force again%s",
		now->now.epoch, is_lease ? "a lease, asked for" : "on trial, loaded",
		person_find(plane->site, now->now.uid).name,
		(publishing_left_ns(publishing, plane) + 999999999u) / 1000000000u,
		now->former.epoch, is_lease ? "" : ", unless somebody says limits confirm");
	return text;
}
