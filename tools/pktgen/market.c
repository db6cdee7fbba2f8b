#include "tools/pktgen/market.h"

#include <stdlib.h>

#include "tools/pktgen/chance.h"

enum {
	HELD_COUNT = 1 << 16, /* references skipped and used much later */
	HELD_COUNT_MIN = 1 << 12,
	SAME_SYMBOL_E4 = 3100,
	STUB_E4 = 2,
	FRACTION_E4 = 2, /* of adds: a price between cents */
	OLD_REFERENCE_E4 = 10,
	BIG_LEVEL_DISTANCE = 3000,
};
static const uint64_t preopen_ns = 12600000000000ull; /* 03:30 */
static const uint64_t open_ns = 34200000000000ull;    /* 09:30 */

/* How many live orders the flow tends to: a day's 1.65 million, two thirds of them after 30 million
   messages. */
static const double live_limit = 1650000, live_pace = 26400000;

/* The mix of 30 January 2019 in parts of 10,000. */
static const struct {
	char type;
	uint32_t parts_e4;
} mix[] = {{'A', 4424}, {'D', 4297}, {'U', 739}, {'E', 220}, {'X', 127}, {'I', 100}, {'F', 47},
	{'P', 36}, {'C', 4}};

struct market {
	struct market_options options;
	struct chance chance;
	struct chance_table activity;
	struct shadow_symbol *symbols; /* [locate]; [0] is unused */
	uint64_t made, time_ns, order_count, match;
	uint64_t reference;
	uint64_t held[HELD_COUNT];
	uint32_t held_first, held_count;
	uint32_t locate;   /* of the last message */
	double live_short; /* live_limit less the orders that should live by now */
};

/* weight_of is rank^-0.6 * e^(-rank/4000): the fifth root of rank^-3 by Newton's steps. */
static double weight_of(uint32_t rank, double *decay)
{
	double cube = 1.0 / ((double)rank * rank * rank), root = 1;
	for (int i = 0; i < 80; i++) {
		double fourth = root * root * root * root;
		root -= (root * fourth - cube) / (5 * fourth);
	}
	*decay *= 1 - 1.0 / 4000;
	return root * *decay;
}

static bool market_open_activity(struct market *m)
{
	double *weights = malloc(m->options.symbol_count * sizeof *weights);
	double decay = 1;
	if (weights == NULL)
		return false;
	for (uint32_t i = 0; i < m->options.symbol_count; i++)
		weights[i] = weight_of(i + 1, &decay);
	/* activity has nothing to do with the alphabet, by which locates are given */
	for (uint32_t i = m->options.symbol_count; i-- > 1;) {
		uint32_t other = chance_below(&m->chance, i + 1);
		double swap = weights[i];
		weights[i] = weights[other];
		weights[other] = swap;
	}
	bool is_open = chance_table_open(&m->activity, weights, m->options.symbol_count);
	free(weights);
	return is_open;
}

static void market_name(struct market *m, uint32_t locate)
{
	struct shadow_symbol *symbol = &m->symbols[locate];
	char name[5] = {0};
	uint32_t rest = locate - 1;
	for (int i = 3; i >= 0; i--, rest /= 26)
		name[i] = (char)('A' + rest % 26);
	symbol->name = symbol_pack(name);
	/* a twenty-fifth below a dollar, the others between 2 and 500, low prices oftener */
	uint32_t cents =
		200 + chance_below(&m->chance, 1 + (50000u >> chance_below(&m->chance, 6)));
	symbol->tick_e4 = 100;
	symbol->start_e4 = cents * 100;
	if (chance_of(&m->chance, 400)) {
		symbol->tick_e4 = 1;
		symbol->start_e4 = 1000 + chance_below(&m->chance, 8000);
	}
}

struct market *market_open(const struct market_options *options)
{
	struct market *m = calloc(1, sizeof *m);
	if (m == NULL)
		return NULL;
	m->options = *options;
	m->chance.state = options->seed;
	m->symbols = calloc((size_t)options->symbol_count + 1, sizeof *m->symbols);
	if (m->symbols == NULL || !market_open_activity(m)) {
		free(m->symbols);
		free(m);
		return NULL;
	}
	for (uint32_t i = 1; i <= options->symbol_count; i++)
		market_name(m, i);
	m->time_ns = preopen_ns;
	m->reference = 1000;
	m->match = 10000;
	m->locate = 1;
	m->live_short = live_limit;
	return m;
}

void market_close(struct market *m)
{
	if (m == NULL)
		return;
	for (uint32_t i = 0; i <= m->options.symbol_count; i++)
		shadow_close(&m->symbols[i]);
	chance_table_close(&m->activity);
	free(m->symbols);
	free(m);
}

/* draw_reference counts upwards with holes; some of the holes are filled millions of orders later. */
static uint64_t draw_reference(struct market *m)
{
	if (m->held_count > HELD_COUNT_MIN && chance_of(&m->chance, OLD_REFERENCE_E4)) {
		uint64_t old = m->held[m->held_first];
		m->held_first = (m->held_first + 1) % HELD_COUNT;
		m->held_count--;
		return old;
	}
	if (chance_of(&m->chance, 3500)) {
		uint64_t skipped = ++m->reference;
		if (m->held_count < HELD_COUNT)
			m->held[(m->held_first + m->held_count++) % HELD_COUNT] = skipped;
	}
	return ++m->reference;
}

static uint32_t draw_qty(struct market *m)
{
	uint32_t draw = chance_below(&m->chance, 100);
	if (draw < 47)
		return 100;
	if (draw < 68)
		return 1 + chance_below(&m->chance, 99);
	if (draw < 92)
		return 100 * (2 + chance_below(&m->chance, 9));
	return 1 + chance_below(&m->chance, 20000);
}

/* draw_distance gives ticks behind the own best; -1 betters it. */
static int32_t draw_distance(struct market *m)
{
	uint32_t draw = chance_below(&m->chance, 1000);
	if (draw < 110)
		return -1;
	if (draw < 350)
		return 0;
	if (draw < 725)
		return 1 + (int32_t)chance_below(&m->chance, 9);
	/* as many between 10 and 20 as between 1,500 and 3,000 */
	uint32_t limit = 12u << chance_below(&m->chance, 9);
	if (limit > BIG_LEVEL_DISTANCE)
		limit = BIG_LEVEL_DISTANCE;
	return 10 + (int32_t)chance_below(&m->chance, limit - 9);
}

/* start_of gives the price at which an empty side begins: beside the other side, or where the symbol is
   said to trade. */
static int64_t start_of(struct market *m, const struct shadow_symbol *s, enum side side)
{
	const struct shadow_level *other = shadow_best(s, side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
	int64_t away = (int64_t)(1 + chance_below(&m->chance, 5)) * s->tick_e4;
	int64_t from = s->start_e4;
	/* a stub is no price to stand beside */
	if (other != NULL && other->price_e4 < s->start_e4 * 4u &&
		other->price_e4 > s->start_e4 / 4)
		from = other->price_e4;
	return side == SIDE_BUY ? from - away : from + away;
}

static uint32_t draw_price(struct market *m, const struct shadow_symbol *s, enum side side)
{
	const struct shadow_level *best = shadow_best(s, side);
	const struct shadow_level *other = shadow_best(s, side == SIDE_BUY ? SIDE_SELL : SIDE_BUY);
	int64_t tick = s->tick_e4, price;
	if (chance_of(&m->chance, STUB_E4))
		return side == SIDE_BUY ? 1 : 1999999900;
	if (best == NULL || best->price_e4 < s->start_e4 / 8 || best->price_e4 > s->start_e4 * 8u) {
		price = start_of(m, s, side);
	} else {
		int64_t distance = draw_distance(m);
		price = best->price_e4 / tick * tick;
		price += side == SIDE_BUY ? -distance * tick : distance * tick;
		if (other != NULL &&
			(side == SIDE_BUY ? price >= other->price_e4 : price <= other->price_e4))
			price = best->price_e4;
	}
	if (tick > 1 && chance_of(&m->chance, FRACTION_E4))
		price += side == SIDE_BUY ? -1 - (int64_t)chance_below(&m->chance, 99)
					  : 1 + (int64_t)chance_below(&m->chance, 99);
	return (uint32_t)(price < tick ? tick : price);
}

/* draw_order picks a live order: most often one of the newest, sometimes a very old one. */
static uint32_t draw_order(struct market *m, const struct shadow_symbol *s)
{
	uint64_t draw = 1 + (chance_next(&m->chance) >> 44); /* 1 .. 2^20 */
	uint64_t back = 6 * ((1u << 20) - draw) / draw;
	return back < s->count ? s->count - 1 - (uint32_t)back : chance_below(&m->chance, s->count);
}

/* find_best finds the oldest order at the best price of a side, as an execution would. */
static bool find_best(const struct shadow_symbol *s, enum side side, uint32_t *index)
{
	const struct shadow_level *best = shadow_best(s, side);
	for (uint32_t i = 0; best != NULL && i < s->count; i++) {
		if (s->orders[i].side == side && s->orders[i].price_e4 == best->price_e4) {
			*index = i;
			return true;
		}
	}
	return false;
}

static void make_add(struct market *m, struct shadow_symbol *s, struct event *e, char type)
{
	struct shadow_order order = {.reference = draw_reference(m), .qty = draw_qty(m)};
	order.side = (uint8_t)chance_below(&m->chance, 2);
	order.price_e4 = draw_price(m, s, order.side);
	shadow_add(s, &order);
	m->order_count++;
	e->kind = EVENT_ADD;
	e->order = order.reference;
	e->side = order.side;
	e->qty = order.qty;
	e->price_e4 = order.price_e4;
	e->symbol = s->name;
	if (type == 'F')
		memcpy(&e->other, chance_of(&m->chance, 5000) ? "UBSS" : "MLCO", 4);
}

static void make_replace(struct market *m, struct shadow_symbol *s, struct event *e)
{
	uint32_t index = draw_order(m, s);
	struct shadow_order order = s->orders[index];
	e->kind = EVENT_REPLACE;
	e->order = order.reference;
	shadow_reduce(s, index, order.qty);
	order.reference = draw_reference(m);
	order.qty = draw_qty(m);
	order.price_e4 = draw_price(m, s, order.side);
	shadow_add(s, &order);
	e->other = order.reference;
	e->qty = order.qty;
	e->price_e4 = order.price_e4;
}

static bool make_execution(struct market *m, struct shadow_symbol *s, struct event *e, char type)
{
	uint32_t index;
	if (!find_best(s, (enum side)chance_below(&m->chance, 2), &index))
		return false;
	const struct shadow_order *order = &s->orders[index];
	e->kind = type == 'C' ? EVENT_EXECUTE_AT : EVENT_EXECUTE;
	e->order = order->reference;
	e->qty = order->qty;
	if (!chance_of(&m->chance, 7700))
		e->qty = 1 + chance_below(&m->chance, order->qty);
	e->match = m->match++;
	e->code = type == 'C' ? 'Y' : 0;
	e->price_e4 = type == 'C' ? order->price_e4 : 0;
	m->order_count -= e->qty == order->qty;
	shadow_reduce(s, index, e->qty);
	return true;
}

static void make_removal(struct market *m, struct shadow_symbol *s, struct event *e, char type)
{
	uint32_t index = draw_order(m, s);
	const struct shadow_order *order = &s->orders[index];
	e->order = order->reference;
	if (type == 'X' && order->qty > 1) {
		e->kind = EVENT_REDUCE;
		e->qty = 1 + chance_below(&m->chance, order->qty - 1);
		shadow_reduce(s, index, e->qty);
		return;
	}
	e->kind = EVENT_DELETE;
	m->order_count--;
	shadow_reduce(s, index, order->qty);
}

static void make_trade(struct market *m, const struct shadow_symbol *s, struct event *e)
{
	e->kind = EVENT_TRADE;
	e->qty = draw_qty(m);
	e->symbol = s->name;
	e->price_e4 = s->start_e4;
	e->match = m->match++;
}

/* write_imbalance writes a Net Order Imbalance without interest (ITCH 5.0, section 5). */
static uint32_t write_imbalance(
	const struct market *m, const struct shadow_symbol *s, uint8_t out[ITCH50_SIZE_MAX])
{
	memset(out, 0, ITCH50_SIZE_MAX);
	out[0] = 'I';
	store_be16(out + 1, (uint16_t)m->locate);
	store_be48(out + 5, m->time_ns);
	out[27] = 'O';
	memcpy(out + 28, &s->name, 8);
	out[48] = 'O';
	out[49] = ' ';
	return 50;
}

static char draw_type(struct market *m)
{
	uint32_t draw = chance_below(&m->chance, 9994); /* the parts do not sum to 10,000 */
	size_t row = 0;
	while (row + 1 < ARRAY_COUNT(mix) && draw >= mix[row].parts_e4)
		draw -= mix[row++].parts_e4;
	return mix[row].type;
}

static uint32_t make_flow(struct market *m, uint8_t out[ITCH50_SIZE_MAX])
{
	struct event e = {0};
	if (!chance_of(&m->chance, SAME_SYMBOL_E4))
		m->locate = 1 + chance_table_draw(&m->activity, &m->chance);
	if (!chance_of(&m->chance, 4000))
		m->time_ns += chance_below(&m->chance, 49000);
	struct shadow_symbol *s = &m->symbols[m->locate];
	char type = draw_type(m);
	m->live_short *= 1 - 1 / live_pace;
	if (type == 'D' && (double)m->order_count < live_limit - m->live_short)
		type = 'A';
	if (s->count == 0 && type != 'I' && type != 'P')
		type = 'A';
	if (type == 'I')
		return write_imbalance(m, s, out);
	if (type == 'P')
		make_trade(m, s, &e);
	else if (type == 'U')
		make_replace(m, s, &e);
	else if (type == 'D' || type == 'X')
		make_removal(m, s, &e, type);
	else if ((type != 'E' && type != 'C') || !make_execution(m, s, &e, type))
		make_add(m, s, &e, type);
	e.locate = (uint16_t)m->locate;
	e.exch_ns = m->time_ns;
	return itch50_encode(&e, out);
}

/* make_start makes the messages before the flow: the system's hours, R of all, H of all. */
static uint32_t make_start(struct market *m, uint64_t index, uint8_t out[ITCH50_SIZE_MAX])
{
	uint64_t count = m->options.symbol_count;
	struct event e = {0};
	m->time_ns += 1 + chance_below(&m->chance, 20000);
	if (index == 2 * count + 2)
		m->time_ns = open_ns;
	e.exch_ns = m->time_ns;
	e.kind = EVENT_SYSTEM;
	e.code = index == 0 ? 'O' : index == 2 * count + 1 ? 'S' : 'Q';
	if (index > 0 && index <= 2 * count) {
		e.locate = (uint16_t)((index - 1) % count + 1);
		e.symbol = m->symbols[e.locate].name;
		e.kind = index <= count ? EVENT_DIRECTORY : EVENT_STATE;
		e.code = index <= count ? 'P' : 'T';
		e.qty = 100;
	}
	return itch50_encode(&e, out);
}

uint32_t market_next(struct market *m, uint8_t out[ITCH50_SIZE_MAX])
{
	if (m->made == m->options.message_count)
		return 0;
	uint64_t index = m->made++;
	if (index < 2ull * m->options.symbol_count + 3)
		return make_start(m, index, out);
	return make_flow(m, out);
}

uint64_t market_time_ns(const struct market *m)
{
	return m->time_ns;
}

uint64_t market_order_count(const struct market *m)
{
	return m->order_count;
}

const struct shadow_symbol *market_symbol(const struct market *m, uint32_t locate)
{
	return locate == 0 || locate > m->options.symbol_count ? NULL : &m->symbols[locate];
}

void market_oracle(const struct market *m, FILE *file)
{
	fputs("locate\tsymbol\tbid_e4\tbid_qty\task_e4\task_qty\tbid_levels\task_levels\torders\n",
		file);
	for (uint32_t i = 1; i <= m->options.symbol_count; i++)
		shadow_print(&m->symbols[i], i, file);
}
