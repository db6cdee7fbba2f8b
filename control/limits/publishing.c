#include "control/limits/publishing.h"

#include <stdlib.h>

bool publishing_open(struct publishing *publishing)
{
	memset(publishing, 0, sizeof *publishing);
	publishing->set = calloc(1, sizeof *publishing->set);
	return publishing->set != NULL;
}

void publishing_close(struct publishing *publishing)
{
	free(publishing->set);
	publishing->set = NULL;
}

void publishing_want(struct publishing *publishing, const struct limitset *set)
{
	memcpy(publishing->set, set, sizeof *set);
	publishing->is_wanted = publishing->is_held = true;
}

static uint32_t gate_epoch(const struct plane *plane)
{
	return atomic_load_explicit(
		&plane->region->gate.limits_epoch_adopted, memory_order_acquire);
}

static bool gate_is_recovered(const struct plane *plane)
{
	return plane->is_attached &&
	       atomic_load_explicit(&plane->region->gate.is_recovered, memory_order_acquire) != 0;
}

static void bank_fill(struct control_region *own, uint32_t epoch, const struct limitset *set)
{
	struct limit_bank *bank = &own->banks[epoch % LIMIT_BANK_COUNT];
	bank->epoch = epoch;
	bank->row_count = set->row_count;
	memcpy(bank->hash, set->hash, sizeof bank->hash);
	memcpy(bank->rows, set->rows, set->row_count * sizeof set->rows[0]);
	atomic_store_explicit(&own->limits_epoch, epoch, memory_order_release);
}

void publishing_turn(struct publishing *publishing, struct plane *plane)
{
	if (!publishing->is_held || !gate_is_recovered(plane))
		return;
	uint32_t adopted = gate_epoch(plane);
	/* A gate that recovered an epoch above ours would take ours for an old one. */
	if (adopted > publishing->epoch)
		publishing->is_wanted = true;
	/* publishing (1): until the gate has caught up it may be reading. */
	if (!publishing->is_wanted || adopted < publishing->epoch)
		return;
	publishing->epoch = adopted + 1;
	publishing->is_wanted = false;
	bank_fill(plane->own, publishing->epoch, publishing->set);
}

bool publishing_is_adopted(const struct publishing *publishing, const struct plane *plane)
{
	return publishing->is_held && !publishing->is_wanted && publishing->epoch != 0 &&
	       plane->is_attached && gate_epoch(plane) == publishing->epoch;
}

const struct limitset *publishing_set(const struct publishing *publishing)
{
	return publishing->is_held ? publishing->set : NULL;
}
