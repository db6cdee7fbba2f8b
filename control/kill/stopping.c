#include "control/kill/stopping.h"

#include "control/kill/standing.h"
#include "drivers/machine/clock.h"

uint32_t stopping_silent(const struct stopping *stopping, const struct plane *plane)
{
	for (uint32_t i = 0; i < plane_gate_count(plane); i++) {
		const struct gate_page *gate = region_gate(plane->region, i);
		if (atomic_load_explicit(&gate->stop_epoch_seen[STOP_BY_CONTROL],
			    memory_order_acquire) < stopping->epoch)
			return i;
	}
	return UINT32_MAX;
}

static bool gate_has_seen(const struct stopping *stopping, const struct plane *plane)
{
	return stopping_silent(stopping, plane) == UINT32_MAX;
}

/* Whether some gate may not have seen what stands on the board of this control. */
static bool board_is_news(const struct plane *plane)
{
	bool is_news = standing_is_waiting(plane);
	for (uint32_t i = 0; i < plane_gate_count(plane); i++)
		is_news |= atomic_load_explicit(&region_gate(plane->region, i)->control_instance,
				   memory_order_acquire) != plane->own->header.instance;
	return is_news;
}

/* What is written: no weaker word takes the place of one that no gate may have latched yet. */
static enum trading_state stopping_state(
	const struct plane *plane, enum scope scope, uint32_t id, enum trading_state wanted)
{
	enum trading_state stands = stop_word_state(atomic_load_explicit(
		&plane->own->stops.words[stop_index(scope, id)], memory_order_relaxed));
	return stands > wanted && board_is_news(plane) ? stands : wanted;
}

void stopping_set(struct stopping *stopping, struct plane *plane, enum scope scope, uint32_t id,
	enum trading_state state, uint32_t uid, const char *reason)
{
	/* The act comes first; nothing stands before it. */
	uint64_t wall_ns = clock_wall_ns();
	uint64_t set_ns = clock_now_ns();
	state = stopping_state(plane, scope, id, state);
	uint64_t stamp = stop_set(&plane->own->stops, scope, id, state, wall_ns, uid, reason);
	*stopping = (struct stopping){.state = plane->is_attached ? STOPPING_SET : STOPPING_AWAY,
		.scope = scope,
		.id = id,
		.wanted = state,
		.stamp = stamp,
		.epoch = atomic_load_explicit(&plane->own->stops.epoch, memory_order_relaxed),
		.set_ns = set_ns};
	while (stopping->state == STOPPING_SET && clock_now_ns() - set_ns < STOPPING_SPIN_NS)
		stopping_look(stopping, plane, clock_now_ns());
}

bool stop_result_find(const struct gate_page *gate, enum stop_writer writer, uint64_t stamp,
	struct stop_result *result)
{
	for (unsigned i = 0; i < STOP_RESULT_COUNT; i++) {
		const struct stop_result *slot = &gate->results[i];
		uint64_t before = atomic_load_explicit(&slot->lock, memory_order_acquire);
		if ((before & 1) != 0)
			continue;
		memcpy(result, (const void *)slot, sizeof *result);
		atomic_thread_fence(memory_order_acquire);
		if (atomic_load_explicit(&slot->lock, memory_order_relaxed) != before)
			continue;
		if (result->stamp == stamp && result->writer == (uint8_t)writer &&
			result->latch != 0)
			return true;
	}
	return false;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Adds what one more gate did: counts are summed, the last of the times counts, and one that is not done is not. */
static void result_add(struct stop_result *sum, const struct stop_result *one)
{
	bool is_done = sum->done_ns != 0 && one->done_ns != 0;
	sum->open_count += one->open_count;
	sum->cancels_sent += one->cancels_sent;
	sum->cancels_confirmed += one->cancels_confirmed;
	sum->seen_ns = later(sum->seen_ns, one->seen_ns);
	sum->sent_ns = later(sum->sent_ns, one->sent_ns);
	sum->done_ns = is_done ? later(sum->done_ns, one->done_ns) : 0;
}

/* What all gates that latched the word did; how many they are. */
static uint32_t results_find(
	struct stopping *stopping, const struct plane *plane, struct stop_result *sum)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < plane_gate_count(plane); i++) {
		struct stop_result one;
		if (!stop_result_find(
			    region_gate(plane->region, i), STOP_BY_CONTROL, stopping->stamp, &one))
			continue;
		stopping->latches[i] = one.latch;
		if (count++ == 0)
			*sum = one;
		else
			result_add(sum, &one);
	}
	return count;
}

/* A gate stamps the end: at once for a halt, for a kill when all it covered is finished at the venue. */
static bool result_is_complete(const struct stopping *stopping)
{
	return stopping->result.done_ns != 0;
}

static void latched_look(struct stopping *stopping, const struct plane *plane, uint64_t now_ns)
{
	struct stop_result result;
	bool is_late = now_ns - stopping->set_ns >= STOPPING_WAIT_NS;
	uint32_t count = results_find(stopping, plane, &result);
	/* A gate that has seen the word for so long and tells nothing holds a latch as strict. */
	bool is_all = count == plane_gate_count(plane) ||
		      now_ns - stopping->seen_ns >= STOPPING_ALREADY_NS;
	if (count > 0) {
		stopping->result = result;
		stopping->state = STOPPING_LATCHED;
		if (is_all && result_is_complete(stopping))
			stopping->state = STOPPING_DONE;
	}
	if (stopping->state == STOPPING_LATCHED && (is_late || !plane->is_attached))
		stopping->state = STOPPING_UNCONFIRMED;
	else if (stopping->state == STOPPING_SEEN &&
		 now_ns - stopping->seen_ns >= STOPPING_ALREADY_NS)
		stopping->state = STOPPING_ALREADY;
}

bool stopping_look(struct stopping *stopping, const struct plane *plane, uint64_t now_ns)
{
	/* A caller whose turn began before the word was set has waited for no time yet. */
	if (now_ns < stopping->set_ns)
		now_ns = stopping->set_ns;
	if (stopping->state == STOPPING_SET && gate_has_seen(stopping, plane)) {
		stopping->state = STOPPING_SEEN;
		stopping->seen_ns = now_ns;
	}
	if (stopping->state == STOPPING_SEEN || stopping->state == STOPPING_LATCHED)
		latched_look(stopping, plane, now_ns);
	if (stopping->state == STOPPING_SET && !plane->is_attached)
		stopping->state = STOPPING_AWAY;
	else if (stopping->state == STOPPING_SET && now_ns - stopping->set_ns >= STOPPING_WAIT_NS)
		stopping->state = STOPPING_SILENT;
	return stopping->state != STOPPING_SET && stopping->state != STOPPING_SEEN &&
	       stopping->state != STOPPING_LATCHED;
}
