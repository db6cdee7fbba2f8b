#include "dataplane/fold/parents.h"

#include "dataplane/risk/event.h"
#include "drivers/machine/memory.h"

enum { WORD_BITS = 64, WORD_COUNT = PARENT_COUNT_MAX / WORD_BITS };

static uint64_t parent_key(uint16_t account, uint32_t id)
{
	return (uint64_t)account << 32 | id;
}

void parents_open(struct parents *parents, const struct site_config *site)
{
	bool is_named = false;
	for (uint32_t i = 0; i < site->session_count; i++)
		is_named |= site->sessions[i].has_parents != 0;
	*parents = (struct parents){.count_max = is_named ? PARENT_COUNT_MAX : 0};
	if (is_named) {
		parents->rows = memory_take("parents", sizeof *parents->rows * PARENT_COUNT_MAX);
		parents->gauges =
			memory_take("parents' gauges", sizeof *parents->gauges * PARENT_COUNT_MAX);
		parents->at_work =
			memory_take("parents at work", sizeof *parents->at_work * WORD_COUNT);
	}
	refs_open(&parents->by_id, parents->count_max);
}

void parents_close(struct parents *parents)
{
	refs_close(&parents->by_id);
	if (parents->rows == NULL)
		return;
	memory_return(parents->rows, sizeof *parents->rows * PARENT_COUNT_MAX);
	memory_return(parents->gauges, sizeof *parents->gauges * PARENT_COUNT_MAX);
	memory_return(parents->at_work, sizeof *parents->at_work * WORD_COUNT);
}

void parents_forget(struct parents *parents)
{
	for (uint32_t i = 0; i < parents->count; i++)
		refs_remove(
			&parents->by_id, parent_key(parents->rows[i].account, parents->rows[i].id));
	if (parents->count > 0)
		memset(parents->at_work, 0, sizeof *parents->at_work * WORD_COUNT);
	parents->count = 0;
}

/* A decimal number from 1 to UINT32_MAX; returns how many characters it has, 0: it is none. */
static unsigned read_number(const char *text, unsigned size, uint32_t *number)
{
	uint64_t value = 0;
	unsigned at = 0;
	while (at < size && at < 10 && text[at] >= '0' && text[at] <= '9')
		value = value * 10 + (uint64_t)(text[at++] - '0');
	if (at == 0 || text[0] == '0' || value > UINT32_MAX)
		return 0;
	*number = (uint32_t)value;
	return at;
}

bool parents_read(const char clordid[14], uint32_t *id, uint32_t *qty)
{
	const unsigned size = 14;
	unsigned at = read_number(clordid, size, id);
	if (at == 0 || at == size || clordid[at++] != '/')
		return false;
	unsigned digits = read_number(clordid + at, size - at, qty);
	for (at += digits; digits != 0 && at < size; at++)
		if (clordid[at] != ' ')
			return false;
	return digits != 0;
}

static struct parent *parent_find(const struct parents *parents, uint16_t account, uint32_t id)
{
	uint32_t at = refs_find(&parents->by_id, parent_key(account, id));
	return at == REFS_NONE ? NULL : &parents->rows[at];
}

/* The parent of an order that passed; NULL: it has none. */
static struct parent *parent_of(
	const struct fold *fold, uint16_t session, uint16_t account, const char clordid[14])
{
	const struct session_config *config = fold->clients[session].config;
	uint32_t id, qty;
	if (LIKELY(fold->parents.count_max == 0) || config == NULL || !config->has_parents ||
		!parents_read(clordid, &id, &qty))
		return NULL;
	return parent_find(&fold->parents, account, id);
}

static bool is_same(const struct parent *parent, const struct risk_order *order)
{
	return parent->qty == order->parent_qty && parent->symbol == order->symbol &&
	       parent->side == order->side;
}

uint32_t parents_describe(const struct fold *fold, const char clordid[14],
	const struct own_order *original, struct risk_order *order)
{
	uint32_t id, old_id, old_qty;
	if (LIKELY(fold->parents.count_max == 0) ||
		!fold->clients[order->session].config->has_parents)
		return 0;
	order->parent_word = PARENT_WRONG;
	if (!parents_read(clordid, &id, &order->parent_qty))
		return 0;
	if (original != NULL &&
		(!parents_read(original->clordid, &old_id, &old_qty) || old_id != id))
		return id;
	const struct parent *parent = parent_find(&fold->parents, order->account, id);
	if (parent != NULL && !is_same(parent, order))
		return id;
	order->parent_word = PARENT_NAMED;
	if (parent == NULL)
		order->is_table_full |= fold->parents.count == fold->parents.count_max;
	else
		order->parent_used = saturating_add(parent->filled, parent->working);
	return id;
}

static int64_t used_of(const struct parent *parent)
{
	return saturating_add(parent->filled, parent->working);
}

static struct usage_row row_of(const struct parents *parents, uint32_t at)
{
	const struct parent *parent = &parents->rows[at];
	return (struct usage_row){.scope = SCOPE_ACCOUNT_SYMBOL,
		.lane = LANE_PARENT,
		.key = LIMIT_COUNT, /* whose order it is states it */
		.id = parent->account,
		.symbol = parent->symbol,
		.usage = used_of(parent),
		.peak = parents->gauges[at].peak,
		.limit = parent->qty,
		.parent = parent->id};
}

/* What is used of it changed. */
static void parent_moved(struct fold *fold, const struct parent *parent)
{
	struct parents *parents = &fold->parents;
	uint32_t at = (uint32_t)(parent - parents->rows);
	uint64_t *word = &parents->at_work[at / WORD_BITS], bit = UINT64_C(1) << at % WORD_BITS;
	*word = parent->working > 0 ? *word | bit : *word & ~bit;
	if (gauge_feed(&parents->gauges[at], used_of(parent)) &&
		gauge_move(&parents->gauges[at], parent->qty, used_of(parent)))
		event_keep(fold->risk, row_of(parents, at));
}

void parents_take(struct fold *fold, const struct own_order *order)
{
	struct parents *parents = &fold->parents;
	const struct session_config *config = fold->clients[order->session].config;
	uint32_t id, qty;
	if (LIKELY(parents->count_max == 0) || !config->has_parents)
		return;
	CHECK(parents_read(order->clordid, &id, &qty));
	struct parent *parent = parent_find(parents, order->account, id);
	if (parent == NULL) {
		CHECK(parents->count < parents->count_max);
		CHECK(refs_put(&parents->by_id, parent_key(order->account, id), parents->count));
		parent = &parents->rows[parents->count++];
		*parent = (struct parent){.id = id,
			.qty = qty,
			.symbol = order->symbol,
			.account = order->account,
			.side = order->side};
		struct gauge *gauge = &parents->gauges[parent - parents->rows];
		*gauge = (struct gauge){0};
		gauge_set(gauge, qty, 0);
	}
	parent->working += order->reserved_qty;
	parent_moved(fold, parent);
}

void parents_hold(struct fold *fold, const struct own_order *order, int64_t qty)
{
	struct parent *parent = parent_of(fold, order->session, order->account, order->clordid);
	if (parent == NULL)
		return;
	parent->working += qty;
	parent_moved(fold, parent);
}

void parents_fill(struct fold *fold, const struct fill *fill, int64_t qty)
{
	struct parent *parent = parent_of(fold, fill->session, fill->account, fill->clordid);
	if (parent == NULL)
		return;
	parent->filled += qty;
	parent_moved(fold, parent);
}

/* The first row at or behind `at` that has something working; count: none. */
static uint32_t at_work_from(const struct parents *parents, uint32_t at)
{
	while (at < parents->count) {
		uint64_t word = parents->at_work[at / WORD_BITS] >> at % WORD_BITS;
		if (word != 0)
			return at + (uint32_t)__builtin_ctzll(word);
		at = (at / WORD_BITS + 1) * WORD_BITS;
	}
	return parents->count;
}

uint64_t parents_usage(const struct parents *parents, uint32_t account, uint64_t cursor,
	struct usage_row *rows, uint32_t max, uint32_t *count)
{
	uint32_t at = cursor < parents->count ? (uint32_t)cursor : parents->count;
	*count = 0;
	for (at = at_work_from(parents, at); at < parents->count;
		at = at_work_from(parents, at + 1)) {
		if (parents->rows[at].account != account)
			continue;
		if (*count == max)
			return at;
		rows[(*count)++] = row_of(parents, at);
	}
	return 0;
}
