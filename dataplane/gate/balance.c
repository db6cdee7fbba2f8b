/* Written once a trip, never in a turn.  tidy: boot */
#include "dataplane/gate/balance.h"

#include <stdio.h>

#include "dataplane/gate/trips.h"

uint64_t balance_pending(const struct fold *fold, uint32_t session)
{
	uint64_t pending = 0;
	for (uint64_t i = fold->egress_head; i != fold->egress_tail; i++) {
		const struct fold_egress *egress = &fold->egress[i % FOLD_EGRESS_COUNT];
		pending += egress->kind != DECISION_CANCEL && egress->session == session;
	}
	return pending;
}

static uint64_t balance_off(uint64_t left, uint64_t right)
{
	return left > right ? left - right : right - left;
}

uint64_t balance_client(const struct fold *fold, uint32_t session)
{
	const struct session_balance *b = &fold->clients[session].balance;
	return balance_off(b->in, b->passed + b->refused + b->ignored) +
	       balance_off(b->passed, b->sent + b->withheld + balance_pending(fold, session));
}

uint64_t balance_venue(const struct fold *fold, uint32_t venue)
{
	const struct fold_venue *v = &fold->venues[venue];
	return balance_off(v->orders_sent, v->orders_acked + v->orders_unanswered);
}

static void balance_trip(struct gate *gate, const char *name)
{
	bool may_reduce = gate->site->residue_policy == RESIDUE_REDUCE_ONLY;
	char reason[44];
	snprintf(reason, sizeof reason, "orders missing: %.26s", name);
	gate_trip(gate, SCOPE_FIRM, 0, may_reduce ? STATE_REDUCE_ONLY : STATE_HALTED, reason);
}

void balance_check(struct gate *gate)
{
	const struct fold *fold = gate->fold;
	const char *name = NULL;
	uint64_t sum = 0;
	for (uint32_t i = 0; i < gate->site->session_count; i++) {
		uint64_t residue = balance_client(fold, gate->site->sessions[i].id);
		if (residue != 0)
			name = gate->site->sessions[i].name;
		sum += residue;
	}
	for (uint32_t i = 0; i < gate->site->venue_count; i++) {
		uint64_t residue = balance_venue(fold, i);
		if (residue != 0)
			name = gate->site->venues[i].name;
		sum += residue;
	}
	metrics_set(gate->metrics, METRIC_gate_conservation_residue, sum);
	/* Told once: who resumes the firm has seen it. */
	if (sum != 0 && !gate->is_unbalanced)
		balance_trip(gate, name);
	gate->is_unbalanced = sum != 0;
}
