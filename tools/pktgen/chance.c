#include "tools/pktgen/chance.h"

#include <stdlib.h>

/* The rows below the mean share their place with one above it, until all places are full. */
bool chance_table_open(struct chance_table *table, const double *weights, uint32_t count)
{
	double *left = malloc(count * sizeof *left);
	uint32_t *stack = malloc(count * sizeof *stack);
	double sum = 0;
	uint32_t small = 0, large = count; /* the two ends of stack */
	table->count = count;
	table->other = malloc(count * sizeof *table->other);
	table->keep = malloc(count * sizeof *table->keep);
	bool is_open = left && stack && table->other && table->keep;
	for (uint32_t i = 0; is_open && i < count; i++)
		sum += weights[i];
	for (uint32_t i = 0; is_open && i < count; i++) {
		left[i] = weights[i] / sum * count;
		table->other[i] = i;
		table->keep[i] = UINT32_MAX;
		if (left[i] < 1)
			stack[small++] = i;
		else
			stack[--large] = i;
	}
	while (is_open && small > 0 && large < count) {
		uint32_t poor = stack[--small], rich = stack[large];
		table->other[poor] = rich;
		table->keep[poor] = (uint32_t)(left[poor] * 4294967295.0);
		left[rich] -= 1 - left[poor];
		if (left[rich] < 1) {
			large++;
			stack[small++] = rich;
		}
	}
	free(left);
	free(stack);
	if (!is_open)
		chance_table_close(table);
	return is_open;
}

void chance_table_close(struct chance_table *table)
{
	free(table->other);
	free(table->keep);
}

uint32_t chance_table_draw(const struct chance_table *table, struct chance *chance)
{
	uint64_t draw = chance_next(chance);
	uint32_t row = (uint32_t)((draw >> 32) * table->count >> 32);
	return (uint32_t)draw <= table->keep[row] ? row : table->other[row];
}
