/* word_tell.c - a sentence of a story, and what a venue said in such (story.h). */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "control/journal/story.h"
#include "dataplane/wire/ouch50.h"

enum { WORDS_BYTES = 200 };

void story_sentence(struct answer *answer, const struct story_event *event, const char *format, ...)
{
	char time[32], text[1024];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	time_format(event->wall_ns, time);
	if (answer->is_json) {
		answer_row(answer);
		answer_time(answer, "time", event->wall_ns);
		answer_count(answer, "record", event->sequence);
		answer_word(answer, "sentence", text);
	} else {
		answer_line(answer, "%s  %s", event->wall_ns == 0 ? "-" : time, text);
	}
}

void story_at_venue(const struct story *story, uint32_t ref, char *text, size_t size)
{
	const struct venue_config *venue =
		story->venue < story->site->venue_count ? &story->site->venues[story->venue] : NULL;
	if (venue == NULL)
		snprintf(text, size, "a venue as UserRefNum %u", ref);
	else if (venue->protocol == ORDERS_OUCH50)
		snprintf(text, size, "venue %s as UserRefNum %u", venue->name, ref);
	else
		snprintf(text, size, "venue %s by our ClOrdID of order %" PRIu64, venue->name,
			story->order_id);
}

static uint8_t shown(uint8_t letter)
{
	return letter > 0x20 && letter < 0x7F ? letter : '?';
}

/* How a trade is named: OUCH counts them, FIX names executions. */
static void trade_name(const struct venue_word *word, char *text, size_t size)
{
	if (word->number != 0)
		snprintf(text, size, "execution %s", word->name[0] != '\0' ? word->name : "?");
	else
		snprintf(text, size, "match %" PRIu64, word->match);
}

static void accepted_write(const struct venue_word *word, const char *price, char *text)
{
	const char *dead = word->order_state == 'D' ? ", dead at once" : "";
	char its[64] = "";
	if (word->number != 0)
		snprintf(its, sizeof its, ", its order %s", word->name);
	else if (word->order_reference != 0)
		snprintf(its, sizeof its, ", its order %" PRIu64, word->order_reference);
	snprintf(text, WORDS_BYTES, "ACCEPTED %u at %s%s%s", word->qty, price, its, dead);
}

static void replaced_write(const struct venue_word *word, const char *price, char *text)
{
	const char *dead = word->order_state == 'D' ? ", dead at once" : "";
	if (word->ref != 0)
		snprintf(text, WORDS_BYTES, "REPLACED UserRefNum %u by %u: %u open at %s%s",
			word->original_ref, word->ref, word->qty, price, dead);
	else
		snprintf(text, WORDS_BYTES,
			"REPLACED order %" PRIu64 " by order %" PRIu64 ": %u open at %s%s",
			word->original_id, word->order_id, word->qty, price, dead);
}

/* FIX says what is left and not what went. */
static void cancelled_write(const struct venue_word *word, char *text)
{
	if (word->number == 0)
		snprintf(text, WORDS_BYTES, "CANCELLED %u shares, reason %c", word->qty,
			shown(word->code));
	else
		snprintf(text, WORDS_BYTES, "%s what was open of it, %u executed before",
			word->code == 'C'   ? "EXPIRED"
			: word->code == '3' ? "was DONE for the day with"
					    : "CANCELLED",
			word->executed_qty);
}

static void rejected_write(const struct venue_word *word, char *text)
{
	if (word->number != 0)
		snprintf(text, WORDS_BYTES, "REJECTED it, reason %u%s%s", word->reject_code,
			word->text[0] != '\0' ? ": " : "", word->text);
	else if (word->reject_letter != 0)
		snprintf(text, WORDS_BYTES, "REJECTED it, reason %c", shown(word->reject_letter));
	else
		snprintf(text, WORDS_BYTES, "REJECTED it, reason 0x%04X", word->reject_code);
}

/* What it shows now stands in options, as far as it changed. */
static void restated_write(const struct venue_word *word, const char *price, char *text)
{
	int used = snprintf(text, WORDS_BYTES, "RESTATED it, reason %c", shown(word->code));
	if (word->qty != 0)
		used += snprintf(
			text + used, WORDS_BYTES - (size_t)used, ", it shows %u", word->qty);
	if (word->price_e4 != 0)
		used += snprintf(text + used, WORDS_BYTES - (size_t)used, ", shown at %s", price);
	if (word->order_reference != 0)
		snprintf(text + used, WORDS_BYTES - (size_t)used, ", its order %" PRIu64,
			word->order_reference);
}

/* The words of what happened to trades; false: it is about the order. */
static bool trade_write(const struct venue_word *word, const char *price, char *text)
{
	char name[64];
	trade_name(word, name, sizeof name);
	switch (word->type) {
	case 'E':
		snprintf(text, WORDS_BYTES, "EXECUTED %u at %s, liquidity %c, %s", word->qty, price,
			word->liquidity == ' ' ? '-' : shown(word->liquidity), name);
		return true;
	case 'B':
		snprintf(text, WORDS_BYTES, "BROKE the trade of %s%s", name,
			word->number != 0 ? "" : ", reason ");
		if (word->number == 0)
			snprintf(text + strlen(text), WORDS_BYTES - strlen(text), "%c",
				shown(word->code));
		return true;
	case 'F':
		snprintf(text, WORDS_BYTES, "CORRECTED the trade of %s: %u at %s", name, word->qty,
			price);
		return true;
	default:
		return false;
	}
}

static void order_write(const struct venue_word *word, const char *price, char *text)
{
	switch (word->type) {
	case 'A':
		accepted_write(word, price, text);
		break;
	case 'U':
		replaced_write(word, price, text);
		break;
	case 'C':
		cancelled_write(word, text);
		break;
	case 'D':
		snprintf(
			text, WORDS_BYTES, "CANCELLED %u shares: self-match prevention", word->qty);
		break;
	case 'J':
		rejected_write(word, text);
		break;
	case 'M':
		snprintf(text, WORDS_BYTES, "%s it: %u open",
			word->number != 0 ? "RESTATED" : "CUT", word->qty);
		break;
	case 'T':
		snprintf(text, WORDS_BYTES,
			"MOVED it: its price is %s, display %c, its order %" PRIu64, price,
			shown(word->display), word->order_reference);
		break;
	case 'R':
		restated_write(word, price, text);
		break;
	case 'P':
		snprintf(text, WORDS_BYTES, "will cancel it later (cancel pending)");
		break;
	case 'I':
		snprintf(text, WORDS_BYTES, "refused the cancel");
		break;
	case 'N':
		snprintf(text, WORDS_BYTES, "has it and has not done it yet (pending)");
		break;
	case '8':
		snprintf(text, WORDS_BYTES, "told its state, OrdStatus %c: %u open, %u executed",
			shown(word->code), word->qty, word->executed_qty);
		break;
	default:
		snprintf(text, WORDS_BYTES, "sent a message of type %c", shown(word->type));
		break;
	}
}

void story_word_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	const struct venue_word *word = &event->word;
	char price[32], text[WORDS_BYTES];
	e4_format(ouch50_price(word->price_e4), price);
	if (!trade_write(word, price, text))
		order_write(word, price, text);
	story_sentence(answer, event, "%s %s %s", word->is_copy ? "the drop copy of" : "venue",
		story->site->venues[word->venue].name, text);
}
