#include "control/limits/leasing.h"

#include <stdio.h>

/* Adds what a gate tells of one. */
static uint32_t row_add(struct leasing_row *rows, uint32_t count, const struct lease_row *row,
	uint32_t gate, uint64_t left_ns)
{
	uint32_t at = count;
	while (at > 0 && rows[at - 1].row.lease.number > row->lease.number)
		at--;
	bool is_known = at > 0 && rows[at - 1].row.lease.number == row->lease.number;
	if (is_known) {
		rows[at - 1].gate_mask |= 1u << gate;
		if (left_ns < rows[at - 1].left_ns)
			rows[at - 1].left_ns = left_ns;
		return count;
	}
	memmove(&rows[at + 1], &rows[at], (count - at) * sizeof rows[0]);
	rows[at] = (struct leasing_row){.row = *row, .gate_mask = 1u << gate, .left_ns = left_ns};
	return count + 1;
}

uint32_t leasing_list(
	const struct plane *plane, struct leasing_row rows[LEASING_COUNT_MAX], uint32_t *last)
{
	uint32_t count = 0;
	struct leases_page page;
	*last = 0;
	for (uint32_t gate = 0; plane->region != NULL && gate < plane_gate_count(plane); gate++) {
		const struct gate_page *of = region_gate(plane->region, gate);
		leases_page_take(&of->leases, &page);
		*last = page.last > *last ? page.last : *last;
		for (uint32_t i = 0; i < page.count && i < LEASE_COUNT_MAX; i++)
			count = row_add(rows, count, &page.rows[i], gate,
				atomic_load_explicit(&of->leases_left_ns[i], memory_order_relaxed));
	}
	return count;
}

const struct leasing_row *leasing_find(
	const struct leasing_row *rows, uint32_t count, const struct limit_place *place)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct lease_record *lease = &rows[i].row.lease;
		if (lease->scope == place->scope && lease->limit == place->limit &&
			lease->id == place->id && lease->symbol == place->symbol)
			return &rows[i];
	}
	return NULL;
}

const char *leasing_tell(const struct plane *plane, char text[LEASING_TEXT_BYTES])
{
	struct leasing_row rows[LEASING_COUNT_MAX];
	uint32_t last, count = leasing_list(plane, rows, &last);
	text[0] = '\0';
	if (count > 0)
		snprintf(text, LEASING_TEXT_BYTES, "%u limits are raised for a time: limits leases",
			count);
	return text;
}

const char *leasing_name(const struct site_config *site, const struct lease_record *lease,
	char text[LEASING_NAME_BYTES])
{
	const struct limit_row row = {
		.scope = lease->scope, .id = lease->id, .symbol = lease->symbol};
	char scope[64];
	limit_scope_format(site, &row, scope, sizeof scope);
	snprintf(text, LEASING_NAME_BYTES, "%s %s", scope,
		lease->limit < LIMIT_COUNT ? limit_keys[lease->limit].key : "?");
	return text;
}
