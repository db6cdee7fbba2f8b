/* pitch_state.c - see pitch_state.h.  Offsets are those of pitch.def. */
#include "dataplane/wire/pitch_state.h"

#include "dataplane/wire/little.h"

/* said_begin fills what all events have; each group begins with its time. */
static void said_begin(struct state_event *s, enum state_event_kind kind, const struct event *event)
{
	memset(s, 0, sizeof *s);
	s->kind = (uint8_t)kind;
	s->code = event->code;
	s->locate = event->locate;
	s->symbol = event->symbol;
	s->exch_ns = event->exch_ns;
	s->directory.exch_ns = event->exch_ns;
}

/* PITCH 2.41, Auction Update.  What auction-only orders alone give is the far price. */
static void read_auction(const uint8_t *p, struct imbalance_facts *imbalance)
{
	uint32_t buy = little_load32(p + 23), sell = little_load32(p + 27);
	imbalance->cross_type = p[14];
	imbalance->reference_e4 = (int64_t)little_load64(p + 15);
	imbalance->paired = buy < sell ? buy : sell;
	imbalance->imbalance = buy < sell ? sell - buy : buy - sell;
	imbalance->direction = buy < sell ? 'S' : buy > sell ? 'B' : 'N';
	imbalance->near_e4 = (int64_t)little_load64(p + 31);
	imbalance->far_e4 = (int64_t)little_load64(p + 39);
}

uint32_t pitch_state_decode(const struct mold64_block *block, const struct event *event,
	struct state_event said[STATE_EVENTS_OF_MESSAGE_MAX])
{
	const uint8_t *p = block->bytes;
	switch (event->type) {
	case 0x2D:
		said_begin(&said[0], STATE_EVENT_PHASE, event);
		memset(&said[0].directory, 0, sizeof said[0].directory);
		return 1;
	case 0x31:
		said_begin(&said[0], STATE_EVENT_TRADING, event);
		said[0].trading.state = event->code;
		memset(said[0].trading.reason, ' ', sizeof said[0].trading.reason);
		said_begin(&said[1], STATE_EVENT_SHORT_SALE, event);
		said[1].short_sale.action = p[15];
		return 2;
	case 0x95:
		said_begin(&said[0], STATE_EVENT_IMBALANCE, event);
		read_auction(p, &said[0].imbalance);
		return 1;
	case 0x96:
		said_begin(&said[0], STATE_EVENT_CROSS, event);
		said[0].cross.price_e4 = event->price_e4;
		said[0].cross.shares = event->other;
		return 1;
	case 0x98:
		said_begin(&said[0], STATE_EVENT_RETAIL, event);
		said[0].retail.interest = p[14];
		return 1;
	default:
		return 0;
	}
}
