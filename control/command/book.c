/* book.c - show book and show ahead: what a feed stage answers of its books, and what that is worth. */
#include <errno.h>
#include <stdio.h>

#include "config/scalar.h"
#include "control/command/asking.h"
#include "control/command/commands.h"
#include "control/health/trust.h"

enum { BOOK_DEPTH = 10, BOOK_DEPTH_MAX = 1024 /* dataplane/feed/depth.h */ };

static void level_row(struct call *call, const void *bytes)
{
	struct level_row row;
	memcpy(&row, bytes, sizeof row);
	answer_row(&call->answer);
	answer_word(&call->answer, "side", row.side == SIDE_BUY ? "bid" : "ask");
	answer_e4(&call->answer, "price", row.price_e4);
	answer_count(&call->answer, "qty", row.qty);
	answer_number(&call->answer, "orders", row.order_count);
}

/* The feed stage whose channel has claimed the symbol; the first answers for one that nobody named yet. */
static enum stage_id symbol_stage(const struct call *call, uint32_t symbol)
{
	const struct site_config *site = &call->control->site;
	const struct dataplane_region *region = call->control->plane.region;
	uint8_t claim = region == NULL ? 0
				       : atomic_load_explicit(
						 &region->claims[symbol], memory_order_relaxed);
	return claim == 0 || claim > CHANNEL_COUNT_MAX
		       ? STAGE_FEED
		       : stage_of_feed(site->channels[claim - 1].stage);
}

/* The feed has no such book, or cannot tell places at all. */
static enum code book_is_missing(const struct call *call, int code, char text[ASKING_TOLD_BYTES])
{
	if (code == ENOSYS)
		snprintf(text, ASKING_TOLD_BYTES,
			"this build keeps no queue per price: build the dataplane with "
			"-DSLUICE_QUEUE=ON");
	else if (code == ENOENT)
		snprintf(text, ASKING_TOLD_BYTES,
			"the feed has no book of %.20s yet: no message of a venue has named it; "
			"show feeds says what is heard",
			call_argument(call, 0));
	return CODE_NOT_FOUND;
}

/* An order that a whole book has not is gone; of one that a doubtful book has not nobody here knows anything. */
static enum code order_is_missing(
	const struct call *call, const char *doubt, char text[ASKING_TOLD_BYTES])
{
	bool is_doubtful = doubt[0] != '\0';
	snprintf(text, ASKING_TOLD_BYTES, "the book of %.20s has no order %.20s%s%.1000s",
		call_argument(call, 0), call_argument(call, 1),
		is_doubtful ? " now, which says nothing of the venue's: "
			    : ": it was never there, or is executed or gone",
		doubt);
	return is_doubtful ? CODE_BOOK_STALE : CODE_NOT_FOUND;
}

/* What stands behind "20 price levels": whose, and whether they may be believed. */
static enum code book_told(
	struct call *call, int code, char text[ASKING_TOLD_BYTES], uint64_t now_ns)
{
	const struct plane *plane = &call->control->plane;
	char why[FEEDS_TEXT_BYTES], doubt[2 * FEEDS_TEXT_BYTES];
	if (code != 0 && code != ESRCH)
		return book_is_missing(call, code, text);
	enum trust trust = trust_symbol(plane, call->question.symbol, now_ns, why);
	trust_tell(plane, call->question.symbol, now_ns, doubt);
	answer_fact(&call->answer, "state", trust_name(trust));
	answer_fact(&call->answer, "why", why);
	if (code == ESRCH)
		return order_is_missing(call, doubt, text);
	snprintf(text, ASKING_TOLD_BYTES, " of %.20s%s%.1000s", call_argument(call, 0),
		doubt[0] != '\0' ? "; " : "", doubt);
	return CODE_NOT_FOUND;
}

static bool depth_take(struct call *call, uint32_t *depth)
{
	uint64_t count;
	const char *word = call_argument(call, 1);
	*depth = BOOK_DEPTH;
	if (word == NULL)
		return true;
	if (scalar_count(word, &count) != NULL || count < 1 || count > BOOK_DEPTH_MAX) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.40s\", expected from 1 to %d levels of a side", word,
			BOOK_DEPTH_MAX);
		return false;
	}
	*depth = (uint32_t)count;
	return true;
}

void command_show_book(struct call *call, uint64_t now_ns)
{
	enum scope scope;
	struct question *question = &call->question;
	uint32_t depth;
	if (!call_name_find(call, "symbol", call_argument(call, 0), &scope, &question->symbol) ||
		!depth_take(call, &depth))
		return;
	question->id = depth;
	asking_begin(call, symbol_stage(call, question->symbol), REQUEST_BOOK, "price levels",
		level_row, now_ns);
	asking_end_with(call, book_told);
}

static void ahead_row(struct call *call, const void *bytes)
{
	struct ahead_row row;
	memcpy(&row, bytes, sizeof row);
	answer_row(&call->answer);
	answer_word(&call->answer, "side", row.side == SIDE_BUY ? "bid" : "ask");
	answer_e4(&call->answer, "price", row.price_e4);
	answer_number(&call->answer, "qty", row.qty);
	answer_count(&call->answer, "qty_ahead", row.qty_ahead);
	answer_number(&call->answer, "orders_ahead", row.orders_ahead);
}

void command_show_ahead(struct call *call, uint64_t now_ns)
{
	enum scope scope;
	uint64_t reference;
	struct question *question = &call->question;
	const char *word = call_argument(call, 1);
	if (!call_name_find(call, "symbol", call_argument(call, 0), &scope, &question->symbol))
		return;
	if (scalar_count(word, &reference) != NULL || reference == 0) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.40s\", expected the venue's reference of an order, a whole "
			"number",
			word);
		return;
	}
	question->cursor = reference;
	asking_begin(call, symbol_stage(call, question->symbol), REQUEST_AHEAD, "orders", ahead_row,
		now_ns);
	asking_end_with(call, book_told);
}
