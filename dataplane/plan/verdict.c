#include "dataplane/plan/verdict.h"

#include <inttypes.h>
#include <stdio.h>

#include "drivers/machine/clock.h"

/* The epoch of the door's words that every gate has seen. */
static uint64_t verdict_seen(const struct dataplane_region *region)
{
	uint64_t least = UINT64_MAX;
	for (uint32_t i = 0; i < region_gate_count(region); i++) {
		uint64_t seen =
			atomic_load_explicit(&region_gate(region, i)->stop_epoch_seen[STOP_BY_DOOR],
				memory_order_acquire);
		least = seen < least ? seen : least;
	}
	return least;
}

void verdict_begin(
	struct verdict *v, struct dataplane_region *region, uint32_t uid, uint64_t read_ns)
{
	struct stop_board *board = &region->door_stops;
	uint64_t epoch = atomic_load_explicit(&board->epoch, memory_order_relaxed);
	uint32_t index = stop_index(v->words.scope, v->words.id);
	enum trading_state state = v->words.state;
	if (verdict_seen(region) != epoch) {
		enum trading_state stands = stop_word_state(
			atomic_load_explicit(&board->words[index], memory_order_relaxed));
		state = stands > state ? stands : state;
	}
	v->stamp = stop_set(board, v->words.scope, v->words.id, state, clock_wall_ns(), uid,
		v->words.reason[0] != '\0' ? v->words.reason : "kill socket");
	v->set_ns = clock_now_ns();
	v->read_ns = read_ns;
	v->epoch = epoch + 1;
	for (uint32_t i = 0; i < region_gate_count(region); i++)
		v->loops[i] = metrics_get(region_gate_metrics(region, i), METRIC_gate_loops);
}

enum verdict_finding { VERDICT_NOTHING, VERDICT_WRITING, VERDICT_RESULT };

/* Copies a gate's result for our stamp. */
static enum verdict_finding verdict_find(
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
		bool is_whole = !(lock & 1) &&
				atomic_load_explicit(&slot->lock, memory_order_relaxed) == lock;
		return is_whole ? VERDICT_RESULT : VERDICT_WRITING;
	}
	return VERDICT_NOTHING;
}

/* What all gates say together. */
struct verdict_sum {
	uint32_t gate_count, result_count, latched_count;
	bool is_writing; /* some gate is: nothing is final */
	bool is_done;    /* every one that latched it has nothing open any more */
	struct stop_result total;
};

static void verdict_add(struct verdict_sum *sum, const struct stop_result *result)
{
	struct stop_result *total = &sum->total;
	sum->result_count++;
	if (result->latch == 0)
		return; /* the word changed nothing there */
	if (sum->latched_count++ == 0)
		total->latch = result->latch;
	sum->is_done &= result->done_ns != 0;
	total->open_count += result->open_count;
	total->cancels_sent += result->cancels_sent;
	total->cancels_confirmed += result->cancels_confirmed;
	total->seen_ns = result->seen_ns > total->seen_ns ? result->seen_ns : total->seen_ns;
	total->sent_ns = result->sent_ns > total->sent_ns ? result->sent_ns : total->sent_ns;
	total->done_ns = result->done_ns > total->done_ns ? result->done_ns : total->done_ns;
}

static struct verdict_sum verdict_gather(
	const struct verdict *v, const struct dataplane_region *region)
{
	struct verdict_sum sum = {.gate_count = region_gate_count(region), .is_done = true};
	for (uint32_t i = 0; i < sum.gate_count; i++) {
		struct stop_result result;
		enum verdict_finding found = verdict_find(v, region_gate(region, i), &result);
		sum.is_writing |= found == VERDICT_WRITING;
		if (found == VERDICT_RESULT)
			verdict_add(&sum, &result);
	}
	if (!sum.is_done)
		sum.total.done_ns = 0;
	return sum;
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

/* Writes why each gate that has not seen the word has not. */
static void verdict_name_silent(const struct verdict *v, const struct site_config *site,
	const struct dataplane_region *region, char *text, size_t text_bytes)
{
	size_t size = 0;
	text[0] = '\0';
	for (uint32_t i = 0; i < region_gate_count(region) && size < text_bytes; i++) {
		const struct gate_page *gate = region_gate(region, i);
		uint64_t loops = metrics_get(region_gate_metrics(region, i), METRIC_gate_loops);
		const char *why =
			loops == v->loops[i]
				? "the gate stage does not turn"
				: "the gate stage turns and does not look at the stop words";
		if (!atomic_load_explicit(&gate->is_recovered, memory_order_relaxed))
			why = "the gate is not recovered yet and takes no orders";
		if (atomic_load_explicit(
			    &gate->stop_epoch_seen[STOP_BY_DOOR], memory_order_acquire) < v->epoch)
			size += (size_t)snprintf(text + size, text_bytes - size,
				"%sgate %s (%s, heartbeat %" PRIu64 ")", size > 0 ? ", " : "",
				site->gate_count > 0 ? site->gates[i].name : "0", why, loops);
	}
}

static void verdict_say_silent(const struct verdict *v, const struct site_config *site,
	const struct dataplane_region *region, const struct verdict_sum *sum, uint64_t now_ns,
	char text[VERDICT_TEXT_BYTES])
{
	char silent[VERDICT_TEXT_BYTES / 2];
	verdict_name_silent(v, site, region, silent, sizeof silent);
	snprintf(text, VERDICT_TEXT_BYTES,
		"%03d gate silent: %s latched the stop within %" PRIu64
		" ms; silent: %s; the word on %s stands since %" PRIu64
		" us and holds as soon as it is seen; to be sure now end the sluice-dataplane "
		"process\n",
		ANSWER_GATE_SILENT, sum->result_count == 0 ? "no gate" : "not every gate",
		(now_ns - v->set_ns) / 1000000, silent, v->words.label,
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

static bool verdict_stop_answer(struct verdict *v, const struct site_config *site,
	const struct dataplane_region *region, uint64_t now_ns, char text[VERDICT_TEXT_BYTES])
{
	bool is_over = now_ns - v->set_ns >= VERDICT_WAIT_NS && now_ns > v->set_ns;
	if (v->seen_ns == 0 && verdict_seen(region) >= v->epoch)
		v->seen_ns = now_ns;
	struct verdict_sum sum = verdict_gather(v, region);
	/* A gate that has seen the word for so long and tells nothing holds a latch as strict. */
	bool is_settled =
		v->seen_ns != 0 && !sum.is_writing && now_ns - v->seen_ns >= VERDICT_ALREADY_NS;
	bool is_told = sum.result_count == sum.gate_count || is_settled;
	if (is_told && sum.latched_count > 0) {
		if (v->latched_ns == 0)
			v->latched_ns = now_ns;
		if (v->words.state == STATE_KILLED && sum.total.done_ns == 0 && !is_over)
			return false;
		verdict_say_latched(v, &sum.total, now_ns, text);
		return true;
	}
	if (is_told && v->latched_ns == 0) {
		verdict_say_already(v, now_ns, text);
		return true;
	}
	if (!is_over)
		return false;
	verdict_say_silent(v, site, region, &sum, now_ns, text);
	return true;
}

struct gate_page_sum {
	bool is_recovered; /* every gate */
	uint32_t state, latch_count;
	uint64_t silent_ns, published, durable;
};

/* The strictest, the longest and the sums of what the gates' pages say. */
static struct gate_page_sum verdict_sum_pages(const struct dataplane_region *region)
{
	struct gate_page_sum sum = {.is_recovered = true};
	for (uint32_t i = 0; i < region_gate_count(region); i++) {
		const struct gate_page *gate = region_gate(region, i);
		const struct link *journal = region_link(region, i);
		uint32_t state = atomic_load_explicit(&gate->latched_state, memory_order_relaxed);
		uint32_t latches = atomic_load_explicit(&gate->latch_count, memory_order_relaxed);
		uint64_t silent_ns =
			atomic_load_explicit(&gate->control_silent_ns, memory_order_relaxed);
		sum.is_recovered &=
			atomic_load_explicit(&gate->is_recovered, memory_order_relaxed) != 0;
		sum.state = state > sum.state ? state : sum.state;
		sum.latch_count = latches > sum.latch_count ? latches : sum.latch_count;
		sum.silent_ns = silent_ns > sum.silent_ns ? silent_ns : sum.silent_ns;
		sum.published += atomic_load_explicit(&journal->sequence, memory_order_acquire);
		sum.durable += atomic_load_explicit(&journal->durable, memory_order_acquire);
	}
	return sum;
}

static void verdict_say_status(const struct dataplane_region *region, char text[VERDICT_TEXT_BYTES])
{
	struct gate_page_sum sum = verdict_sum_pages(region);
	uint64_t age_ns = clock_wall_ns() - region->header.started_wall_ns;
	snprintf(text, VERDICT_TEXT_BYTES,
		"%03d door of sluice-dataplane, process %" PRIu64 ", up %" PRIu64 " s\n"
		"gate recovered %s heartbeat %" PRIu64 " open-orders %" PRIu64 "\n"
		"firm %s scopes-stopped %u\n"
		"control instance %" PRIu64 " silent-us %" PRIu64 "\n"
		"journal published %" PRIu64 " durable %" PRIu64 " behind %" PRIu64 "\n"
		"door stops %" PRIu64 " seen-by-gate %" PRIu64 "\n",
		ANSWER_ROWS, region->header.pid, age_ns / 1000000000u,
		sum.is_recovered ? "yes" : "no", region_sum(region, METRIC_gate_loops),
		region_sum(region, METRIC_gate_open_orders),
		trading_state_name((enum trading_state)sum.state), sum.latch_count,
		atomic_load_explicit(&region->gate.control_instance, memory_order_relaxed),
		sum.silent_ns / 1000, sum.published, sum.durable, sum.published - sum.durable,
		atomic_load_explicit(&region->door_stops.epoch, memory_order_relaxed),
		verdict_seen(region));
}

bool verdict_answer(struct verdict *v, const struct site_config *site,
	const struct dataplane_region *region, uint64_t now_ns, char text[VERDICT_TEXT_BYTES])
{
	if (v->code != 0) {
		snprintf(text, VERDICT_TEXT_BYTES, "%03d %s\n", v->code, v->text);
		return true;
	}
	/* The caller's turn may have begun before the word was stored. */
	if (now_ns < v->set_ns)
		now_ns = clock_now_ns();
	if (!v->words.is_status)
		return verdict_stop_answer(v, site, region, now_ns, text);
	verdict_say_status(region, text);
	return true;
}
