/* plain_desk.h - whether the order of a desk is plain: what tests of plain_judge ask. */
#ifndef SLUICE_TESTS_PLAIN_DESK_H
#define SLUICE_TESTS_PLAIN_DESK_H

#include "tests/unit/dataplane/risk/desk.h"

#include "dataplane/risk/plain.h"

/* is_plain gives what plain_judge says of the desk's order, as risk_judge asks it. */
static inline bool is_plain(struct desk *desk)
{
	static const struct row nothing;
	struct risk *risk = desk->risk;
	const struct risk_order *order = &desk->order;
	uint16_t account = order->account < ACCOUNT_COUNT_MAX ? order->account : 0;
	const struct row *row = rows_find(&risk->rows, row_key(account, order->symbol));
	struct verdict verdict;
	const struct measure_inputs in = {.risk = risk,
		.turn = &desk->turn,
		.top = &desk->top,
		.order = order,
		.session = tables_session(risk, order->session),
		.account = tables_account(risk, order->account),
		.symbol = tables_symbol(risk, order->symbol),
		.row = row != NULL ? row : &nothing,
		.profile = tables_profile(risk, row_key(account, order->symbol)),
		.has_row = row != NULL};
	return plain_judge(&in, &verdict);
}

#endif
