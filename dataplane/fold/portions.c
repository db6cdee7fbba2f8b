/* Judging again happens apart from any gate.  tidy: boot */
#include "dataplane/fold/portions.h"

#include "drivers/machine/memory.h"

__extension__ typedef __int128 part_wide;

/* In force, what that may return to, and what is collected. */
enum { EPOCH_COUNT = 3 };

struct cell {
	struct limit_value part;
	struct cut_whole whole;
	bool is_stated, is_told;
};

struct portions_epoch {
	uint32_t epoch; /* 0: it is collected, or was never in force */
	bool is_told;
	struct cell *cells; /* of the firm, then of each symbol: LIMIT_COUNT each */
};

struct portions {
	const struct site_config *site;
	size_t bytes; /* of an epoch's cells */
	struct portions_epoch epochs[EPOCH_COUNT];
	struct portions_epoch *coming; /* rows are collected into it; NULL: none came yet */
};

struct portions *portions_open(const struct site_config *site)
{
	struct portions *p = memory_take("portions", sizeof *p);
	p->site = site;
	p->bytes = sizeof(struct cell) * LIMIT_COUNT * (site->symbol_count + (size_t)1);
	for (unsigned i = 0; i < EPOCH_COUNT; i++)
		p->epochs[i].cells = memory_take("portions of an epoch", p->bytes);
	return p;
}

void portions_close(struct portions *p)
{
	for (unsigned i = 0; i < EPOCH_COUNT; i++)
		memory_return(p->epochs[i].cells, p->bytes);
	memory_return(p, sizeof *p);
}

/* The cells of a row's limits; NULL: it states nothing that spans gates. */
static struct cell *cells_of(
	const struct portions *p, const struct portions_epoch *epoch, const struct limit_row *row)
{
	if (row->scope == SCOPE_FIRM)
		return epoch->cells;
	if (row->scope != SCOPE_SYMBOL || row->symbol >= p->site->symbol_count)
		return NULL;
	return epoch->cells + LIMIT_COUNT * (row->symbol + (size_t)1);
}

/* ---- the day's ---- */

static void coming_begin(struct portions *p, const struct epochs *epochs)
{
	uint32_t i = 0;
	while (i < EPOCH_COUNT - 1 && p->epochs[i].epoch != 0 &&
		(p->epochs[i].epoch == epochs->now.epoch ||
			p->epochs[i].epoch == epochs->former.epoch))
		i++;
	p->coming = &p->epochs[i];
	p->coming->epoch = 0;
	p->coming->is_told = true;
	memset(p->coming->cells, 0, p->bytes);
}

static bool adds_up(const struct limit_row *row, unsigned limit)
{
	return cut_adds_up((enum scope)row->scope, (enum limit)limit, SLICE_VALUE) ||
	       cut_adds_up((enum scope)row->scope, (enum limit)limit, SLICE_BURST);
}

static void row_take(struct portions *p, const struct limit_row *row, uint32_t whole_count)
{
	const struct cut_whole *wholes = (const struct cut_whole *)(row + 1);
	struct cell *cells = cells_of(p, p->coming, row);
	if (cells == NULL)
		return;
	for (uint32_t i = 0; i < whole_count; i++)
		if (wholes[i].limit < LIMIT_COUNT) {
			cells[wholes[i].limit].whole = wholes[i];
			cells[wholes[i].limit].is_told = true;
		}
	for (unsigned i = 0; i < LIMIT_COUNT; i++) {
		cells[i].part = row->limits[i];
		cells[i].is_stated = (row->stated >> i & 1) != 0 && adds_up(row, i);
		p->coming->is_told &= !cells[i].is_stated || cells[i].is_told;
	}
}

/* What was not adopted is forgotten. */
static void epoch_take(struct portions *p, const struct epochs *epochs, uint32_t epoch)
{
	if (p->coming == NULL)
		coming_begin(p, epochs); /* an epoch without a row */
	bool is_adopted = epoch != 0 && epochs->now.epoch == epoch;
	for (unsigned i = 0; i < EPOCH_COUNT && is_adopted; i++)
		if (p->epochs[i].epoch == epoch)
			p->epochs[i].epoch = 0;
	p->coming->epoch = is_adopted ? epoch : 0;
	p->coming = NULL;
}

void portions_take(struct portions *p, const struct record *record, const struct epochs *epochs)
{
	const void *body = record_body(record);
	if (record->type == RECORD_BOOT)
		p->coming = NULL; /* rows of an epoch that never came whole */
	if (record->type == RECORD_LIMIT_EPOCH)
		epoch_take(p, epochs, ((const struct limit_epoch_record *)body)->epoch);
	if (record->type != RECORD_LIMIT_ROW)
		return;
	if (p->coming == NULL)
		coming_begin(p, epochs);
	row_take(p, body,
		(uint32_t)((record->body_bytes - sizeof(struct limit_row)) /
			   sizeof(struct cut_whole)));
}

static const struct portions_epoch *epoch_of(const struct portions *p, uint32_t epoch)
{
	for (unsigned i = 0; i < EPOCH_COUNT; i++)
		if (p->epochs[i].epoch == epoch && epoch != 0)
			return &p->epochs[i];
	return NULL;
}

bool portions_are_told(const struct portions *p, uint32_t epoch)
{
	const struct portions_epoch *of = epoch_of(p, epoch);
	return of != NULL && of->is_told;
}

/* ---- of other limits ---- */

/* portions (1), (2) */
static int64_t part_of(const struct portion *portion, const struct site_config *site)
{
	if (portion->whole <= 0 || portion->part < 0)
		return cut_equally(portion->other_whole, site->gate, site_gate_count(site));
	if (portion->part >= portion->whole)
		return portion->other_whole;
	return (int64_t)((part_wide)portion->part * portion->other_whole / portion->whole);
}

static struct portion portion_of(
	const struct cell *cell, struct slice_key key, const struct limit_value *other)
{
	bool is_burst = key.part == SLICE_BURST;
	struct portion portion = {.key = key,
		.whole = PORTION_NONE,
		.other_whole = is_burst ? (int64_t)other->burst : other->value};
	if (cell->is_stated && cell->is_told) {
		portion.part = is_burst ? (int64_t)cell->part.burst : cell->part.value;
		portion.whole = is_burst ? (int64_t)cell->whole.burst : cell->whole.value;
	}
	return portion;
}

void portions_cut(const struct portions *p, uint32_t epoch, struct limit_row *row,
	void (*tell)(void *context, const struct portion *portion), void *context)
{
	const struct portions_epoch *of = epoch_of(p, epoch);
	const struct cell *cells = of != NULL ? cells_of(p, of, row) : NULL;
	for (unsigned at = 0; cells != NULL && at < 2 * LIMIT_COUNT; at++) {
		struct slice_key key = {.scope = row->scope,
			.limit = (uint8_t)(at / 2),
			.part = at % 2 == 0 ? SLICE_VALUE : SLICE_BURST,
			.symbol = row->symbol};
		struct limit_value *value = &row->limits[key.limit];
		if ((row->stated >> key.limit & 1) == 0 ||
			!cut_adds_up((enum scope)key.scope, (enum limit)key.limit, key.part))
			continue;
		struct portion portion = portion_of(&cells[key.limit], key, value);
		portion.other_part = part_of(&portion, p->site);
		tell(context, &portion);
		if (key.part == SLICE_BURST)
			value->burst = (uint32_t)portion.other_part;
		else
			value->value = portion.other_part;
	}
}
