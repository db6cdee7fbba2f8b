/* asked.c - which symbol and account a client's message names, in its own words: a receipt has only those that the site
   knows (story.h). */
#include <stdio.h>

#include "control/journal/story.h"
#include "dataplane/wire/fix.h"
#include "dataplane/wire/ouch42_inner.h"

/* OUCH 5.0, option Firm: the MPID, which names the account here. */
enum { OPTION_FIRM = 2 };

static void printable_copy(char *out, size_t out_bytes, const void *bytes, size_t size)
{
	const uint8_t *from = bytes;
	size_t used = 0;
	for (; used < size && used + 1 < out_bytes; used++)
		out[used] = from[used] >= ' ' && from[used] < 0x7F ? (char)from[used] : '?';
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

static void ouch_names(const struct ouch_in *in, struct story_asked *asked)
{
	char name[9];
	symbol_unpack(in->symbol, name);
	printable_copy(asked->symbol, sizeof asked->symbol, name, strlen(name));
	if ((in->options.present >> OPTION_FIRM & 1) == 0)
		return;
	uint8_t firm[4];
	store_be32(firm, (uint32_t)in->options.value[OPTION_FIRM]);
	printable_copy(asked->account, sizeof asked->account, firm, sizeof firm);
}

static void fix_names(const uint8_t *bytes, uint32_t size, struct story_asked *asked)
{
	struct fix_frame frame;
	struct fix_message m;
	if (fix_cut(bytes, size, &frame) != FIX_WHOLE)
		return;
	fix_parse(frame.bytes, frame.size_bytes, &m);
	printable_copy(asked->symbol, sizeof asked->symbol, m.symbol.bytes, m.symbol.size_bytes);
	printable_copy(
		asked->account, sizeof asked->account, m.account.bytes, m.account.size_bytes);
}

void story_asked_take(struct story *story, const struct record *record)
{
	struct word_message message;
	struct ouch_in in;
	struct ouch42_in in42;
	story->asked = (struct story_asked){.session = 0};
	if (!word_message_of(record, &message))
		return;
	uint32_t at = site_session_find(story->site, message.session);
	if (at >= story->site->session_count)
		return;
	story->asked.session = message.session;
	switch (story->site->sessions[at].protocol) {
	case ORDERS_OUCH50:
		if (ouch50_parse_in(message.bytes, message.size_bytes, &in) == OUCH_OK)
			ouch_names(&in, &story->asked);
		break;
	case ORDERS_OUCH42:
		if (ouch42_parse_in(message.bytes, message.size_bytes, &in42) != OUCH_OK)
			break;
		ouch42_inner_hear_in(&in42, &in);
		ouch_names(&in, &story->asked);
		break;
	default:
		fix_names(message.bytes, message.size_bytes, &story->asked);
		break;
	}
}

void story_asked_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	const struct receipt *r = &event->receipt;
	if ((r->mask >> LANE_UNKNOWN_SYMBOL & 1) != 0 && event->asked.symbol[0] != '\0')
		story_sentence(answer, event,
			"  it named the symbol \"%s\", which the symbols file has not",
			event->asked.symbol);
	if ((r->mask >> LANE_UNKNOWN_ACCOUNT & 1) == 0)
		return;
	if (event->asked.account[0] != '\0')
		story_sentence(answer, event,
			"  it named the account \"%s\", for which session %u does not speak",
			event->asked.account, r->session);
	else if (site_account_find(story->site, r->account) == UINT32_MAX)
		story_sentence(answer, event,
			"  it named no account, and session %u has none for such orders",
			r->session);
}
