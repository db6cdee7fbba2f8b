/* participants.c - see participants.h. */
#include "dataplane/feed/participants.h"

#include "drivers/machine/memory.h"

void participants_init(struct participants *participants, uint32_t symbol_count)
{
	uint32_t size = PARTICIPANTS_PER_SYMBOL;
	while (size < symbol_count * PARTICIPANTS_PER_SYMBOL && size < PARTICIPANT_SLOT_COUNT_MAX)
		size *= 2;
	participants->mask = size - 1;
	participants->count = 0;
	participants->symbol_count = symbol_count;
	participants->slots = memory_take("feed participants", size * sizeof *participants->slots);
	participants->generations = memory_take("feed participants' symbols",
		((size_t)symbol_count + 1) * sizeof *participants->generations);
}

void participants_return(struct participants *participants)
{
	memory_return(participants->slots,
		((size_t)participants->mask + 1) * sizeof *participants->slots);
	memory_return(participants->generations,
		((size_t)participants->symbol_count + 1) * sizeof *participants->generations);
}

/* participant_find gives a participant's slot, a new one if need be; NULL: no room. */
static struct participant *participant_find(
	struct participants *participants, uint32_t symbol, const char mpid[4])
{
	uint32_t key;
	memcpy(&key, mpid, sizeof key);
	uint64_t mixed = ((uint64_t)symbol << 32 | key) * 0x9E3779B97F4A7C15u;
	uint32_t at = (uint32_t)(mixed >> 32) & participants->mask;
	for (;; at = (at + 1) & participants->mask) {
		struct participant *slot = &participants->slots[at];
		if (slot->symbol == symbol + 1 && memcmp(slot->mpid, mpid, 4) == 0)
			return slot;
		if (slot->symbol != 0)
			continue;
		/* An eighth stays free, so that a search ends soon. */
		if (participants->count >= participants->mask - participants->mask / 8)
			return NULL;
		participants->count++;
		slot->symbol = symbol + 1;
		memcpy(slot->mpid, mpid, 4);
		return slot;
	}
}

/* The counter of a state; NULL: it has none (deleted, or never said). */
static uint32_t *counter_of(struct participant_facts *facts, uint8_t state)
{
	switch (state) {
	case 'A':
		return &facts->active;
	case 'E':
		return &facts->excused;
	case 'W':
		return &facts->withdrawn;
	case 'S':
		return &facts->suspended;
	default:
		return NULL;
	}
}

static void participant_count(
	struct participant_facts *facts, const struct participant *slot, uint32_t change)
{
	uint32_t *counter = counter_of(facts, slot->state);
	if (counter != NULL)
		*counter += change;
	if (slot->state == 'A' && slot->is_primary)
		facts->primary += change;
}

void participants_note(struct participants *participants, uint32_t symbol,
	const struct participant_position *position, struct participant_facts *facts)
{
	memcpy(facts->last_mpid, position->mpid, sizeof facts->last_mpid);
	facts->last_mode = position->mode;
	facts->last_state = position->state;
	struct participant *slot = participant_find(participants, symbol, position->mpid);
	if (slot == NULL) {
		facts->not_kept++;
		return;
	}
	if (slot->generation == participants->generations[symbol])
		participant_count(facts, slot, UINT32_MAX);
	slot->generation = participants->generations[symbol];
	slot->state = position->state;
	slot->is_primary = position->primary == 'Y';
	participant_count(facts, slot, 1);
}

void participants_forget(struct participants *participants, uint32_t symbol)
{
	participants->generations[symbol]++;
}
