#include "dataplane/wire/itch50_state.h"

#include "dataplane/wire/itch50.h"

static uint64_t symbol_at(const uint8_t *p)
{
	uint64_t packed;
	memcpy(&packed, p, sizeof packed);
	return packed;
}

/* ITCH 5.0, Stock Directory */
static void read_directory(const uint8_t *p, struct directory_facts *d)
{
	d->market_category = p[19];
	d->financial_status = p[20];
	d->round_lot = load_be32(p + 21);
	d->round_lots_only = p[25];
	d->classification = p[26];
	memcpy(d->sub_type, p + 27, 2);
	d->authenticity = p[29];
	d->short_sale_threshold = p[30];
	d->ipo_flag = p[31];
	d->luld_tier = p[32];
	d->etp_flag = p[33];
	d->etp_leverage = load_be32(p + 34);
	d->inverse = p[38];
}

/* ITCH 5.0, Direct Listing with Capital Raise */
static void read_listing(const uint8_t *p, struct listing_facts *l)
{
	l->eligibility = p[19];
	l->min_e4 = load_be32(p + 20);
	l->max_e4 = load_be32(p + 24);
	l->near_e4 = load_be32(p + 28);
	l->near_ns = load_be64(p + 32);
	l->lower_e4 = load_be32(p + 40);
	l->upper_e4 = load_be32(p + 44);
}

/* ITCH 5.0, Net Order Imbalance Indicator */
static void read_imbalance(const uint8_t *p, struct imbalance_facts *i)
{
	i->paired = load_be64(p + 11);
	i->imbalance = load_be64(p + 19);
	i->direction = p[27];
	i->far_e4 = load_be32(p + 36);
	i->near_e4 = load_be32(p + 40);
	i->reference_e4 = load_be32(p + 44);
	i->cross_type = p[48];
	i->variation = p[49];
}

/* read_auction fills what auctions are made of; NONE: another type. */
static enum state_event_kind read_auction(const uint8_t *p, struct state_event *e)
{
	switch (p[0]) {
	case 'J':
		e->collar.reference_e4 = load_be32(p + 19);
		e->collar.upper_e4 = load_be32(p + 23);
		e->collar.lower_e4 = load_be32(p + 27);
		e->collar.extension = load_be32(p + 31);
		return STATE_EVENT_COLLAR;
	case 'K':
		e->ipo.release_s = load_be32(p + 19);
		e->ipo.qualifier = p[23];
		e->ipo.price_e4 = load_be32(p + 24);
		return STATE_EVENT_IPO;
	case 'O':
		read_listing(p, &e->listing);
		return STATE_EVENT_LISTING;
	case 'I':
		e->symbol = symbol_at(p + 28);
		read_imbalance(p, &e->imbalance);
		return STATE_EVENT_IMBALANCE;
	case 'Q':
		e->symbol = symbol_at(p + 19);
		e->cross.shares = load_be64(p + 11);
		e->cross.price_e4 = load_be32(p + 27);
		e->cross.match = load_be64(p + 31);
		e->code = p[39];
		return STATE_EVENT_CROSS;
	default:
		return STATE_EVENT_NONE;
	}
}

/* read_symbol fills what is said of one symbol outside auctions; NONE: another type. */
static enum state_event_kind read_symbol(const uint8_t *p, struct state_event *e)
{
	switch (p[0]) {
	case 'R':
		read_directory(p, &e->directory);
		return STATE_EVENT_DIRECTORY;
	case 'H':
		e->trading.state = p[19];
		memcpy(e->trading.reason, p + 21, 4);
		return STATE_EVENT_TRADING;
	case 'h':
		e->operational.market = p[19];
		e->operational.action = p[20];
		return STATE_EVENT_OPERATIONAL;
	case 'Y':
		e->short_sale.action = p[19];
		return STATE_EVENT_SHORT_SALE;
	case 'N':
		e->retail.interest = p[19];
		return STATE_EVENT_RETAIL;
	case 'L':
		e->symbol = symbol_at(p + 15);
		memcpy(e->participant.mpid, p + 11, 4);
		e->participant.primary = p[23];
		e->participant.mode = p[24];
		e->participant.state = p[25];
		return STATE_EVENT_PARTICIPANT;
	default:
		return STATE_EVENT_NONE;
	}
}

/* read_all fills what concerns every symbol; NONE: another type. */
static enum state_event_kind read_all(const uint8_t *p, struct state_event *e)
{
	e->symbol = 0;
	switch (p[0]) {
	case 'S':
		e->code = p[11];
		return STATE_EVENT_PHASE;
	case 'V':
		for (unsigned i = 0; i < 3; i++)
			e->levels[i] = load_be64(p + 11 + 8 * i);
		return STATE_EVENT_MWCB_LEVELS;
	case 'W':
		e->code = p[11];
		return STATE_EVENT_MWCB_STATUS;
	default:
		return STATE_EVENT_NONE;
	}
}

/* exch_ns stands first in each group but a participant's and the levels'. */
static void stamp(struct state_event *e)
{
	if (e->kind >= STATE_EVENT_DIRECTORY && e->kind <= STATE_EVENT_CROSS)
		e->directory.exch_ns = e->exch_ns;
}

_Static_assert(offsetof(struct directory_facts, exch_ns) == 0 &&
		       offsetof(struct trading_facts, exch_ns) == 0 &&
		       offsetof(struct operational_facts, exch_ns) == 0 &&
		       offsetof(struct short_sale_facts, exch_ns) == 0 &&
		       offsetof(struct collar_facts, exch_ns) == 0 &&
		       offsetof(struct ipo_facts, exch_ns) == 0 &&
		       offsetof(struct listing_facts, exch_ns) == 0 &&
		       offsetof(struct imbalance_facts, exch_ns) == 0 &&
		       offsetof(struct retail_facts, exch_ns) == 0 &&
		       offsetof(struct cross_facts, exch_ns) == 0,
	"stamp");

enum state_event_kind itch50_state_decode(
	const struct mold64_block *block, struct state_event *event)
{
	const uint8_t *p = block->bytes;
	memset(event, 0, sizeof *event);
	if (block->size_bytes == 0 || itch50_size(p[0]) == 0 ||
		block->size_bytes < itch50_size(p[0]))
		return STATE_EVENT_NONE;
	event->locate = load_be16(p + 1);
	event->exch_ns = load_be48(p + 5);
	/* Most have the name there; those that have not say where. */
	if (itch50_size(p[0]) >= 11 + 8)
		event->symbol = symbol_at(p + 11);
	enum state_event_kind kind = read_symbol(p, event);
	if (kind == STATE_EVENT_NONE)
		kind = read_auction(p, event);
	if (kind == STATE_EVENT_NONE)
		kind = read_all(p, event);
	event->kind = (uint8_t)kind;
	if (kind == STATE_EVENT_NONE)
		memset(event, 0, sizeof *event);
	stamp(event);
	return kind;
}
