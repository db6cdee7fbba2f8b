#include "control/limits/publishing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/auth/person.h"

bool publishing_open(
	struct publishing *publishing, const struct site_config *site, struct config_error *error)
{
	memset(publishing, 0, sizeof *publishing);
	publishing->set = calloc(1, sizeof *publishing->set);
	publishing->former = calloc(1, sizeof *publishing->former);
	publishing->known = calloc(1, sizeof *publishing->known);
	if (publishing->set != NULL && publishing->former != NULL && publishing->known != NULL)
		return slicing_open(&publishing->slicing, site, error);
	snprintf(error->text, sizeof error->text, "out of memory for limits");
	return false;
}

void publishing_close(struct publishing *publishing)
{
	free(publishing->set);
	free(publishing->former);
	free(publishing->known);
	publishing->set = publishing->former = publishing->known = NULL;
	slicing_close(&publishing->slicing);
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

/* Another set is wanted: its cut follows from that of the one before. */
static void cut_want(struct publishing *publishing, bool has_term)
{
	if (publishing->slicing.is_used)
		slices_want(&publishing->slicing.slices, publishing->set, has_term);
}

void publishing_want(struct publishing *publishing, const struct limitset *set)
{
	set_copy(publishing->set, set);
	publishing->is_held = true;
	publishing->has_former = publishing->has_known = false;
	publishing->is_settled = publishing->is_resumed = false;
	publishing->has_expected = publishing->is_strange = false;
	publishing->term = (struct publishing_term){.term = LIMITS_STAY};
	cut_want(publishing, false);
}

void publishing_expect(struct publishing *publishing, const struct limitset *kept)
{
	publishing->has_expected = kept->hash[0] != 0 || kept->hash[1] != 0;
	memcpy(publishing->expected_hash, kept->hash, sizeof publishing->expected_hash);
}

bool publishing_is_strange(const struct publishing *publishing)
{
	return publishing->is_strange;
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
	publishing->has_expected = publishing->is_strange = false;
	publishing->term = *term;
	cut_want(publishing, true);
}

void publishing_know(struct publishing *publishing, const struct limitset *set)
{
	set_copy(publishing->known, set);
	publishing->has_known = true;
}

static bool gate_is_recovered(const struct plane *plane)
{
	return plane_is_recovered(plane);
}

/* Of the gates the first that has not the set wanted speaks for all; if all have it, one that has it for a term. */
static unsigned page_rank(const struct publishing *publishing, const struct limits_page *page)
{
	return !set_is(publishing->set, &page->now) ? 2 : page->now.term != LIMITS_STAY ? 1 : 0;
}

static void pages_take(struct publishing *publishing, const struct plane *plane)
{
	struct limits_page page;
	publishing->taken_least = UINT32_MAX;
	publishing->taken_most = 0;
	for (uint32_t i = 0; i < plane_gate_count(plane); i++) {
		limits_page_take(&region_gate(plane->region, i)->limits, &page);
		if (page.taken < publishing->taken_least)
			publishing->taken_least = page.taken;
		if (page.taken > publishing->taken_most)
			publishing->taken_most = page.taken;
		if (i == 0) {
			publishing->end_count = page.end_count;
			publishing->ended = page.ended;
		}
		if (i == 0 ||
			page_rank(publishing, &page) > page_rank(publishing, &publishing->now))
			publishing->now = page;
	}
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
	cut_want(publishing, has_term);
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
		if (publishing->slicing.is_used)
			slices_stay(&publishing->slicing.slices);
	} else if (now->ended.epoch == publishing->epoch) {
		struct limitset *ended = publishing->set;
		publishing->set = publishing->former;
		publishing->former = ended;
		publishing->is_resumed = true; /* other gates return by themselves too */
		cut_want(publishing, false);
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
	bank->cut_count = 0;
	if (publishing->slicing.is_used)
		slicing_cuts(&publishing->slicing, set, bank);
	publishing->epoch = epoch;
	atomic_store_explicit(&own->limits_epoch, epoch, memory_order_release);
}

/* Whether a gate has limits for a term still that returns to what is wanted. */
static bool is_returning(const struct publishing *publishing, const struct plane *plane)
{
	struct limits_page page;
	for (uint32_t i = 0; i < plane_gate_count(plane); i++) {
		limits_page_take(&region_gate(plane->region, i)->limits, &page);
		if (page.now.term != LIMITS_STAY && !set_is(publishing->set, &page.now) &&
			set_is(publishing->set, &page.former))
			return true;
	}
	return false;
}

/* publishing (4): whether a gate has limits that nobody expected.  Once all have what is wanted, control knows. */
static bool has_stranger(struct publishing *publishing, const struct plane *plane, bool is_there)
{
	struct limits_page page;
	publishing->has_expected &= !is_there;
	for (uint32_t i = 0; i < plane_gate_count(plane) && publishing->has_expected; i++) {
		limits_page_take(&region_gate(plane->region, i)->limits, &page);
		bool is_expected =
			memcmp(page.now.hash, publishing->expected_hash, sizeof page.now.hash) == 0;
		if (page.now.epoch != 0 && !is_expected && !set_is(publishing->set, &page.now))
			return true;
	}
	return false;
}

/* publishing (1): until every gate has taken it one may be reading. */
static bool bank_is_free(const struct publishing *publishing, const struct plane *plane)
{
	uint32_t offered = atomic_load_explicit(&plane->own->limits_epoch, memory_order_relaxed);
	return offered <= publishing->taken_least;
}

/* An epoch of several gates is offered when its cut may be. */
static void cut_turn(struct publishing *publishing, struct plane *plane, bool is_there)
{
	struct slices *slices = &publishing->slicing.slices;
	bool is_planned = slices_plan(slices, !is_there, publishing->term.term != LIMITS_STAY,
		publishing->taken_most + 1);
	if (!is_planned || !slices_may_offer(slices) || !bank_is_free(publishing, plane))
		return;
	bank_fill(publishing, plane->own, slices->planned_epoch);
	slices_offer(slices);
}

void publishing_turn(struct publishing *publishing, struct plane *plane)
{
	struct limits_page *now = &publishing->now;
	if (!publishing->is_held || !gate_is_recovered(plane))
		return;
	pages_take(publishing, plane);
	slicing_hear(&publishing->slicing, plane);
	known_learn(publishing);
	term_learn(publishing);
	bool is_there = set_is(publishing->set, &now->now);
	if (is_there)
		publishing->epoch = now->now.epoch;
	/* publishing (3) */
	if (publishing->is_resumed && is_returning(publishing, plane))
		return;
	publishing->is_strange = has_stranger(publishing, plane, is_there);
	if (publishing->is_strange)
		return;
	if (publishing->slicing.is_used)
		cut_turn(publishing, plane, is_there);
	else if (!is_there && bank_is_free(publishing, plane))
		bank_fill(publishing, plane->own, publishing->taken_most + 1);
}

bool publishing_is_cut(const struct publishing *publishing)
{
	return !publishing->slicing.is_used || slices_is_settled(&publishing->slicing.slices);
}

bool publishing_is_adopted(const struct publishing *publishing, const struct plane *plane)
{
	return publishing->is_held && plane->is_attached &&
	       set_is(publishing->set, &publishing->now.now) &&
	       (!publishing->slicing.is_used || slices_is_in_force(&publishing->slicing.slices));
}

bool publishing_is_adopted_by(
	const struct publishing *publishing, const struct plane *plane, uint32_t gate)
{
	struct limits_page page;
	if (!publishing->is_held || !plane->is_attached || gate >= plane_gate_count(plane))
		return false;
	limits_page_take(&region_gate(plane->region, gate)->limits, &page);
	return set_is(publishing->set, &page.now);
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
	uint64_t least_ns = UINT64_MAX;
	for (uint32_t i = 0; i < region_gate_count(plane->region); i++) {
		uint64_t left_ns = atomic_load_explicit(
			&region_gate(plane->region, i)->limits_left_ns, memory_order_relaxed);
		least_ns = left_ns < least_ns ? left_ns : least_ns;
	}
	return least_ns;
}

const char *publishing_tell(const struct publishing *publishing, const struct plane *plane,
	char text[PUBLISHING_TEXT_BYTES])
{
	const struct limits_page *now = &publishing->now;
	text[0] = '\0';
	if (now->now.term == LIMITS_STAY)
		return text;
	snprintf(text, PUBLISHING_TEXT_BYTES,
		"epoch %u is on trial, loaded by %s: in %" PRIu64
		" s epoch %u is in force again, unless somebody says limits confirm",
		now->now.epoch, person_find(plane->site, now->now.uid).name,
		(publishing_left_ns(publishing, plane) + 999999999u) / 1000000000u,
		now->former.epoch);
	return text;
}
