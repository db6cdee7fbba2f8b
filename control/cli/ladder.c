#include "control/cli/ladder.h"

#include <inttypes.h>
#include <stdlib.h>

#include "config/types.h"

enum { BAR_COLUMNS = 16, SIDE_LEVELS_MAX = 1024, QTY_TEXT_BYTES = 32 };

struct rung {
	const char *price;
	int64_t qty, order_count;
};

struct ladder {
	struct rung rungs[2][SIDE_LEVELS_MAX]; /* by enum side */
	uint32_t counts[2];
	int64_t qty_max;
};

static void ladder_fill(struct ladder *ladder, const json_t *rows)
{
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "side"));
		const char *price = json_string_value(json_object_get(row, "price"));
		if (name == NULL || price == NULL)
			continue;
		enum side side = strcmp(name, "bid") == 0 ? SIDE_BUY : SIDE_SELL;
		uint32_t *count = &ladder->counts[side];
		if (*count == SIDE_LEVELS_MAX)
			continue;
		struct rung rung = {.price = price,
			.qty = json_integer_value(json_object_get(row, "qty")),
			.order_count = json_integer_value(json_object_get(row, "orders"))};
		if (rung.qty > ladder->qty_max)
			ladder->qty_max = rung.qty;
		ladder->rungs[side][(*count)++] = rung;
	}
}

/* 1234567 becomes 1,234,567. */
static const char *qty_text(int64_t qty, char text[QTY_TEXT_BYTES])
{
	char digits[24];
	int size = snprintf(digits, sizeof digits, "%" PRId64, qty), at = 0;
	for (int i = 0; i < size; i++) {
		if (i > 0 && (size - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

static void bar_draw(FILE *out, uint32_t columns, bool is_utf8)
{
	for (uint32_t i = 0; i < columns; i++)
		fputs(is_utf8 ? "\xe2\x96\x88" : "#", out);
}

/* A level that is there has a bar, however small. */
static uint32_t bar_columns(const struct ladder *ladder, int64_t qty)
{
	if (qty <= 0 || ladder->qty_max <= 0)
		return 0;
	/* A depth that nearly fills its word is scaled first, or it would turn over. */
	int64_t unit = ladder->qty_max > INT64_MAX / BAR_COLUMNS ? BAR_COLUMNS : 1;
	uint32_t columns = (uint32_t)(qty / unit * BAR_COLUMNS / (ladder->qty_max / unit));
	return columns == 0 ? 1 : columns;
}

static void bid_draw(FILE *out, const struct ladder *ladder, const struct rung *bid, bool is_utf8)
{
	char qty[QTY_TEXT_BYTES];
	if (bid == NULL) {
		fprintf(out, "%8s %12s  %*s %12s |", "", "", BAR_COLUMNS, "", "");
		return;
	}
	uint32_t columns = bar_columns(ladder, bid->qty);
	fprintf(out, "%8" PRId64 " %12s  %*s", bid->order_count, qty_text(bid->qty, qty),
		(int)(BAR_COLUMNS - columns), "");
	bar_draw(out, columns, is_utf8);
	fprintf(out, " %12s |", bid->price);
}

static void ask_draw(FILE *out, const struct ladder *ladder, const struct rung *ask, bool is_utf8)
{
	char qty[QTY_TEXT_BYTES];
	if (ask != NULL) {
		uint32_t columns = bar_columns(ladder, ask->qty);
		fprintf(out, " %-12s ", ask->price);
		bar_draw(out, columns, is_utf8);
		fprintf(out, "%*s %12s %8" PRId64, (int)(BAR_COLUMNS - columns), "",
			qty_text(ask->qty, qty), ask->order_count);
	}
	fputc('\n', out);
}

void ladder_draw(FILE *out, const char *symbol, const char *state, const json_t *rows, bool is_utf8)
{
	struct ladder *ladder = calloc(1, sizeof *ladder);
	if (ladder == NULL)
		return;
	ladder_fill(ladder, rows);
	const uint32_t *counts = ladder->counts;
	bool is_whole = state == NULL || strcmp(state, "sequenced") == 0;
	fprintf(out, "%s: %u bids, %u asks%s%s\n", symbol, counts[SIDE_BUY], counts[SIDE_SELL],
		is_whole ? "" : ", ", is_whole ? "" : state);
	fprintf(out, "%8s %12s  %*s %12s | %-12s %*s %12s %8s\n", "orders", "qty", BAR_COLUMNS, "",
		"bid", "ask", BAR_COLUMNS, "", "qty", "orders");
	for (uint32_t i = 0; i < counts[SIDE_BUY] || i < counts[SIDE_SELL]; i++) {
		bid_draw(out, ladder, i < counts[SIDE_BUY] ? &ladder->rungs[SIDE_BUY][i] : NULL,
			is_utf8);
		ask_draw(out, ladder, i < counts[SIDE_SELL] ? &ladder->rungs[SIDE_SELL][i] : NULL,
			is_utf8);
	}
	free(ladder);
}

bool ladder_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && value[0] != '\0')
			return strcasestr(value, "utf-8") != NULL ||
			       strcasestr(value, "utf8") != NULL;
	}
	return false;
}
