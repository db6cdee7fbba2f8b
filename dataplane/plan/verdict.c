#include "dataplane/plan/verdict.h"

#include <inttypes.h>
#include <stdio.h>

#include "drivers/machine/clock.h"

void verdict_begin(
	struct verdict *v, struct dataplane_region *region, uint32_t uid, uint64_t read_ns)
{
	struct stop_board *board = &region->door_stops;
	const _Atomic uint64_t *seen = &region->gate.stop_epoch_seen[STOP_BY_DOOR];
	uint64_t epoch = atomic_load_explicit(&board->epoch, memory_order_relaxed);
	uint32_t index = stop_index(v->words.scope, v->words.id);
	enum trading_state state = v->words.state;
	if (atomic_load_explicit(seen, memory_order_acquire) != epoch) {
		enum trading_state stands = stop_word_state(
			atomic_load_explicit(&board->words[index], memory_order_relaxed));
		state = stands > state ? stands : state;
	}
	v->stamp = stop_set(board, v->words.scope, v->words.id, state, clock_wall_ns(), uid,
		v->words.reason[0] != '\0' ? v->words.reason : "kill socket");
	v->set_ns = clock_now_ns();
	v->read_ns = read_ns;
	v->epoch = epoch + 1;
	v->loops = metrics_get(&region->metrics, METRIC_gate_loops);
}

/* Copies the gate's result for our stamp.  false: there is none, or it is being written. */
static bool verdict_find(
	const struct verdict *v, const struct gate_page *gate, struct stop_result *result)
{
	uint64_t count = atomic_load_explicit(&gate->result_count, memory_order_acquire);
	for (uint64_t back = 1; back <= STOP_RESULT_COUNT && back <= count; back++) {
		const struct stop_result *slot = &gate->results[(count - back) % STOP_RESULT_COUNT];
		uint64_t lock = atomic_load_explicit(&slot->lock, memory_order_acquire);
		memcpy(result, slot, sizeof *result);
		atomic_thread_fence(memory_order_acquire);
		if (result->stamp != v->stamp || result->writer != STOP_BY_DOOR)
			continue;
		return !(lock & 1) &&
		       atomic_load_explicit(&slot->lock, memory_order_relaxed) == lock;
	}
	return false;
}

/* Microseconds from the store to what the gate says happened at ns; never more than we waited. */
static uint64_t verdict_us(const struct verdict *v, uint64_t ns, uint64_t now_ns)
{
	if (ns < v->set_ns || ns > now_ns)
		ns = now_ns;
	return (ns - v->set_ns + 999) / 1000;
}

static const char *verdict_word(enum trading_state state)
{
	return state == STATE_KILLED ? "killed" : state == STATE_HALTED ? "halted" : "reduce-only";
}

static void verdict_say_latched(const struct verdict *v, const struct stop_result *r,
	uint64_t now_ns, char text[VERDICT_TEXT_BYTES])
{
	const char *word = verdict_word(v->words.state);
	uint64_t latched_us = verdict_us(v, r->seen_ns, v->latched_ns);
	if (v->words.state != STATE_KILLED) {
		snprintf(text, VERDICT_TEXT_BYTES,
			"%03d %s %s: latched in %" PRIu64 " us, latch %" PRIu64
			", open orders stay\n",
			ANSWER_DONE, word, v->words.label, latched_us, r->latch);
		return;
	}
	if (r->done_ns == 0) {
		snprintf(text, VERDICT_TEXT_BYTES,
			"%03d %s %s, not every cancel confirmed: latched in %" PRIu64
			" us, latch %" PRIu64
			", %u orders open, %u cancels sent, %u confirmed after "
			"%" PRIu64 " us; silent: the venue%s\n",
			ANSWER_UNCONFIRMED, word, v->words.label, latched_us, r->latch,
			r->open_count, r->cancels_sent, r->cancels_confirmed,
			verdict_us(v, now_ns, now_ns),
			r->cancels_sent < r->open_count || r->cancels_sent == 0
				? " (it takes no cancels now: see `show sessions`)"
				: "");
		return;
	}
	snprintf(text, VERDICT_TEXT_BYTES,
		"%03d %s %s: latched in %" PRIu64 " us, latch %" PRIu64
		", %u orders open, %u cancels sent in %" PRIu64 " us, %u confirmed in %" PRIu64
		" us\n",
		ANSWER_DONE, word, v->words.label, latched_us, r->latch, r->open_count,
		r->cancels_sent, r->cancels_sent > 0 ? verdict_us(v, r->sent_ns, now_ns) : 0,
		r->cancels_confirmed, verdict_us(v, r->done_ns, now_ns));
}

static void verdict_say_silent(const struct verdict *v, const struct dataplane_region *region,
	uint64_t now_ns, char text[VERDICT_TEXT_BYTES])
{
	uint64_t loops = metrics_get(&region->metrics, METRIC_gate_loops);
	const char *why = loops == v->loops
				  ? "the gate stage does not turn"
				  : "the gate stage turns and does not look at the stop words";
	if (!atomic_load_explicit(&region->gate.is_recovered, memory_order_relaxed))
		why = "the gate is not recovered yet and takes no orders";
	snprintf(text, VERDICT_TEXT_BYTES,
		"%03d gate silent: no gate latched the stop within %" PRIu64
		" ms; silent: gate 0 (%s, heartbeat %" PRIu64
		"); the word on %s stands since %" PRIu64
		" us and holds as soon as it is seen; to be sure now end the sluice-dataplane "
		"process\n",
		ANSWER_GATE_SILENT, (now_ns - v->set_ns) / 1000000, why, loops, v->words.label,
		verdict_us(v, now_ns, now_ns));
}

static void verdict_say_already(
	const struct verdict *v, uint64_t now_ns, char text[VERDICT_TEXT_BYTES])
{
	snprintf(text, VERDICT_TEXT_BYTES,
		"%03d %s is %s already, or stricter: the gate saw the word within %" PRIu64
		" us and holds the latch it has\n",
		ANSWER_ALREADY, v->words.label, verdict_word(v->words.state),
		verdict_us(v, v->seen_ns, now_ns));
}

static bool verdict_stop_answer(struct verdict *v, const struct dataplane_region *region,
	uint64_t now_ns, char text[VERDICT_TEXT_BYTES])
{
	struct stop_result result;
	bool is_over = now_ns - v->set_ns >= VERDICT_WAIT_NS && now_ns > v->set_ns;
	const struct gate_page *gate = &region->gate;
	if (v->seen_ns == 0 && atomic_load_explicit(&gate->stop_epoch_seen[STOP_BY_DOOR],
				       memory_order_acquire) >= v->epoch)
		v->seen_ns = now_ns;
	/* A result without a latch: the word changed nothing. */
	bool is_found = verdict_find(v, gate, &result);
	if (is_found && result.latch == 0) {
		verdict_say_already(v, now_ns, text);
		return true;
	}
	if (is_found) {
		if (v->latched_ns == 0)
			v->latched_ns = now_ns;
		if (v->words.state == STATE_KILLED && result.done_ns == 0 && !is_over)
			return false;
		verdict_say_latched(v, &result, now_ns, text);
		return true;
	}
	if (v->seen_ns != 0 && v->latched_ns == 0 && now_ns - v->seen_ns >= VERDICT_ALREADY_NS) {
		verdict_say_already(v, now_ns, text);
		return true;
	}
	if (!is_over)
		return false;
	verdict_say_silent(v, region, now_ns, text);
	return true;
}

static void verdict_say_status(
	const struct dataplane_region *region, uint64_t now_ns, char text[VERDICT_TEXT_BYTES])
{
	const struct gate_page *gate = &region->gate;
	const struct link *journal = &region->journal;
	uint64_t published = atomic_load_explicit(&journal->sequence, memory_order_acquire);
	uint64_t durable = atomic_load_explicit(&journal->durable, memory_order_acquire);
	uint32_t state = atomic_load_explicit(&gate->latched_state, memory_order_relaxed);
	uint64_t age_ns = clock_wall_ns() - region->header.started_wall_ns;
	(void)now_ns;
	snprintf(text, VERDICT_TEXT_BYTES,
		"%03d door of sluice-dataplane, process %" PRIu64 ", up %" PRIu64 " s\n"
		"gate recovered %s heartbeat %" PRIu64 " open-orders %" PRIu64 "\n"
		"firm %s scopes-stopped %u\n"
		"control instance %" PRIu64 " silent-us %" PRIu64 "\n"
		"journal published %" PRIu64 " durable %" PRIu64 " behind %" PRIu64 "\n"
		"door stops %" PRIu64 " seen-by-gate %" PRIu64 "\n",
		ANSWER_ROWS, region->header.pid, age_ns / 1000000000u,
		atomic_load_explicit(&gate->is_recovered, memory_order_relaxed) ? "yes" : "no",
		metrics_get(&region->metrics, METRIC_gate_loops),
		metrics_get(&region->metrics, METRIC_gate_open_orders),
		trading_state_name((enum trading_state)state),
		atomic_load_explicit(&gate->latch_count, memory_order_relaxed),
		atomic_load_explicit(&gate->control_instance, memory_order_relaxed),
		atomic_load_explicit(&gate->control_silent_ns, memory_order_relaxed) / 1000,
		published, durable, published - durable,
		atomic_load_explicit(&region->door_stops.epoch, memory_order_relaxed),
		atomic_load_explicit(&gate->stop_epoch_seen[STOP_BY_DOOR], memory_order_relaxed));
}

bool verdict_answer(struct verdict *v, const struct dataplane_region *region, uint64_t now_ns,
	char text[VERDICT_TEXT_BYTES])
{
	if (v->code != 0) {
		snprintf(text, VERDICT_TEXT_BYTES, "%03d %s\n", v->code, v->text);
		return true;
	}
	/* The caller's turn may have begun before the word was stored. */
	if (now_ns < v->set_ns)
		now_ns = clock_now_ns();
	if (!v->words.is_status)
		return verdict_stop_answer(v, region, now_ns, text);
	verdict_say_status(region, now_ns, text);
	return true;
}
