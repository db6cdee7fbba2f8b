/* deep_state.c - see deep_state.h.  Offsets are those of deep.def. */
#include "dataplane/wire/deep_state.h"

#include "dataplane/wire/little.h"

enum { DIRECTORY_ETP = 0x20 };

/* DEEP 1.08, Security Directory */
static void read_directory(
	const uint8_t *p, const struct event *event, struct directory_facts *directory)
{
	directory->round_lot = event->qty;
	directory->authenticity = event->code;
	directory->etp_flag = p[1] & DIRECTORY_ETP ? 'Y' : 'N';
	directory->luld_tier = p[30] == 0 ? ' ' : (uint8_t)('0' + p[30] % 10);
}

/* DEEP 1.08, Auction Information.  What the auction book alone gives is the far price. */
static void read_auction(const uint8_t *p, struct imbalance_facts *imbalance)
{
	imbalance->cross_type = p[1];
	imbalance->paired = little_load32(p + 18);
	imbalance->reference_e4 = (int64_t)little_load64(p + 22);
	imbalance->near_e4 = (int64_t)little_load64(p + 30);
	imbalance->imbalance = little_load32(p + 38);
	imbalance->direction = p[42];
	imbalance->far_e4 = (int64_t)little_load64(p + 48);
}

/* interest_of: IEX writes A for buyers, B for sellers, C for both, a space for none. */
static uint8_t interest_of(uint8_t indicator)
{
	return indicator == 'A' ? 'B' : indicator == 'B' ? 'S' : indicator == 'C' ? 'A' : 'N';
}

uint32_t deep_state_decode(const struct mold64_block *block, const struct event *event,
	struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX])
{
	const uint8_t *p = block->bytes;
	struct state_event *s = &said[0];
	memset(s, 0, sizeof *s);
	s->locate = event->locate;
	s->symbol = event->symbol;
	s->exch_ns = event->exch_ns;
	s->code = event->code;
	switch (p[0]) {
	case 'S':
		s->kind = STATE_EVENT_PHASE;
		return 1;
	case 'D':
		s->kind = STATE_EVENT_DIRECTORY;
		read_directory(p, event, &s->directory);
		break;
	case 'H':
		s->kind = STATE_EVENT_TRADING;
		s->trading.state = event->code;
		memcpy(s->trading.reason, p + 18, sizeof s->trading.reason);
		break;
	case 'O':
		s->kind = STATE_EVENT_OPERATIONAL;
		s->operational.market = event->side;
		s->operational.action = event->code;
		break;
	case 'P':
		s->kind = STATE_EVENT_SHORT_SALE;
		s->short_sale.action = event->code;
		break;
	case 'I':
		s->kind = STATE_EVENT_RETAIL;
		s->retail.interest = interest_of(p[1]);
		break;
	case 'A':
		s->kind = STATE_EVENT_IMBALANCE;
		read_auction(p, &s->imbalance);
		break;
	default:
		return 0;
	}
	/* Each group begins with its time. */
	s->directory.exch_ns = event->exch_ns;
	return 1;
}
