#include "tools/client/script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORD_MAX = 32, WORD_BYTES = 64, DEPTH_MAX = 8, TIMES_MAX = 10000000 };

#define WAIT_NS 1000000000ull /* unless `within` says otherwise */

/* One line as words, read from left to right. */
struct words {
	char word[WORD_MAX][WORD_BYTES];
	uint32_t count, at;
	const char *name;
	uint32_t line;
	struct config_error *error;
};

static const char *const outcomes[] = {
	[OUTCOME_ACCEPTED] = "accepted",
	[OUTCOME_REJECTED] = "rejected",
	[OUTCOME_REPLACED] = "replaced",
	[OUTCOME_EXECUTED] = "executed",
	[OUTCOME_FILLED] = "filled",
	[OUTCOME_CANCELED] = "canceled",
	[OUTCOME_SILENT] = "silent",
	[OUTCOME_ANSWERS] = "answers",
	[OUTCOME_CLOSED] = "closed",
	[OUTCOME_CODE] = "code",
};

const char *outcome_name(enum outcome outcome)
{
	return outcomes[outcome];
}

static const char *words_peek(const struct words *w)
{
	return w->at < w->count ? w->word[w->at] : "";
}

static bool words_fail(struct words *w, const char *expected)
{
	const char *found = words_peek(w);
	snprintf(w->error->text, sizeof w->error->text, "%s:%u: found '%s', expected %s", w->name,
		w->line, found[0] == '\0' ? "the end of the line" : found, expected);
	return false;
}

static bool words_take(struct words *w, const char *word)
{
	if (strcmp(words_peek(w), word) != 0)
		return false;
	w->at++;
	return true;
}

static bool words_need(struct words *w, const char *word)
{
	return words_take(w, word) || words_fail(w, word);
}

static bool words_number(struct words *w, uint32_t max, uint32_t *value)
{
	const char *text = words_peek(w);
	char *end;
	if (!isdigit((unsigned char)text[0]))
		return words_fail(w, "a number");
	unsigned long number = strtoul(text, &end, 0);
	if (*end != '\0' || number > max)
		return words_fail(w, "a smaller whole number");
	*value = (uint32_t)number;
	w->at++;
	return true;
}

/* words_price reads up to four decimals exactly. */
static bool words_price(struct words *w, uint64_t *price_e4)
{
	const char *text = words_peek(w);
	uint64_t value = 0;
	int decimals = -1;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '.' && decimals < 0) {
			decimals = 0;
			continue;
		}
		if (!isdigit((unsigned char)*p) || decimals == 4 || value > UINT32_MAX * 10ull)
			return words_fail(w, "a price with up to four decimals");
		value = value * 10 + (uint64_t)(*p - '0');
		decimals += decimals >= 0;
	}
	if (text[0] == '\0')
		return words_fail(w, "a price");
	for (int d = decimals < 0 ? 0 : decimals; d < 4; d++)
		value *= 10;
	*price_e4 = value;
	w->at++;
	return true;
}

/* words_time reads `10 ms` or `10ms`. */
static bool words_time(struct words *w, uint64_t *time_ns)
{
	const char *text = words_peek(w);
	char *end = NULL;
	if (!isdigit((unsigned char)text[0]))
		return words_fail(w, "a time such as 10 ms");
	unsigned long number = strtoul(text, &end, 10);
	if (number > 1000000)
		return words_fail(w, "a shorter time");
	w->at++;
	const char *unit = *end != '\0' ? end : words_peek(w);
	uint64_t unit_ns = strcmp(unit, "us") == 0   ? 1000
			   : strcmp(unit, "ms") == 0 ? 1000000
			   : strcmp(unit, "s") == 0  ? 1000000000
						     : 0;
	if (unit_ns == 0)
		return words_fail(w, "us, ms or s");
	w->at += *end == '\0';
	*time_ns = number * unit_ns;
	return true;
}

static bool words_target(struct words *w, uint32_t *ref)
{
	*ref = SCRIPT_LAST;
	if (words_take(w, "last"))
		return true;
	if (!words_number(w, TIMES_MAX, ref))
		return false;
	if (*ref > 0)
		return true;
	w->at--;
	return words_fail(w, "an order from 1 on");
}

/* read_option reads one of the words that may follow an order; false: none, or a mistake in it. */
static bool read_option(struct words *w, struct step *s)
{
	if (words_take(w, "as")) {
		const char *mpid = words_peek(w);
		size_t size = strlen(mpid);
		if (size == 0 || size >= sizeof s->mpid)
			return words_fail(w, "an MPID of up to four characters");
		memcpy(s->mpid, mpid, size + 1);
		w->at++;
		return true;
	}
	if (words_take(w, "strategy"))
		return words_number(w, UINT16_MAX, &s->strategy);
	if (words_take(w, "ref"))
		return words_number(w, TIMES_MAX, &s->ref);
	if (words_take(w, "tif")) {
		s->time_in_force = strcmp(words_peek(w), "ioc") == 0 ? '3' : '0';
		return words_take(w, "ioc") || words_need(w, "day");
	}
	if (words_take(w, "times"))
		return words_number(w, TIMES_MAX, &s->times);
	if (words_take(w, "rate"))
		return words_number(w, TIMES_MAX, &s->rate_per_s);
	if (words_need(w, "hidden")) {
		s->display = 'N';
		return true;
	}
	return words_fail(w, "as, strategy, tif, hidden, ref, times, rate or the end of the line");
}

static bool read_options(struct words *w, struct step *s)
{
	while (w->at < w->count)
		if (!read_option(w, s))
			return false;
	return true;
}

static bool read_order(struct words *w, struct step *s)
{
	s->kind = STEP_ENTER;
	if (words_take(w, "buy"))
		s->side = 'B';
	else if (words_take(w, "sell"))
		s->side = 'S';
	else if (words_need(w, "short"))
		s->side = 'T';
	else
		return words_fail(w, "buy, sell or short");
	if (!words_number(w, UINT32_MAX, &s->qty))
		return false;
	const char *symbol = words_peek(w);
	if (symbol[0] == '\0' || strlen(symbol) > 8)
		return words_fail(w, "a symbol of up to eight characters");
	s->symbol = symbol_pack(symbol);
	w->at++;
	return words_need(w, "at") && words_price(w, &s->price_e4) && read_options(w, s);
}

static bool read_replace(struct words *w, struct step *s)
{
	s->kind = STEP_REPLACE;
	return words_target(w, &s->ref) && words_need(w, "with") &&
	       words_number(w, UINT32_MAX, &s->qty) && words_need(w, "at") &&
	       words_price(w, &s->price_e4) && read_options(w, s);
}

static bool read_cancel(struct words *w, struct step *s)
{
	s->kind = STEP_CANCEL;
	return words_target(w, &s->ref) &&
	       (!words_take(w, "to") || words_number(w, UINT32_MAX, &s->qty));
}

static bool read_outcome(struct words *w, struct step *s)
{
	uint32_t code;
	for (uint8_t i = OUTCOME_ACCEPTED; i <= OUTCOME_CODE; i++) {
		if (!words_take(w, outcomes[i]))
			continue;
		s->outcome = i;
		s->ref = SCRIPT_LAST;
		if (i == OUTCOME_ANSWERS || i == OUTCOME_CLOSED)
			return true;
		if (i == OUTCOME_CODE) {
			if (!words_number(w, UINT16_MAX, &code))
				return false;
			s->code = (uint16_t)code;
			return w->at == w->count || words_target(w, &s->ref);
		}
		return words_target(w, &s->ref);
	}
	return words_fail(w, "an outcome such as accepted or rejected");
}

static bool read_wait(struct words *w, struct step *s)
{
	s->kind = STEP_WAIT;
	s->time_ns = WAIT_NS;
	return read_outcome(w, s) && (!words_take(w, "within") || words_time(w, &s->time_ns));
}

static bool read_step(struct words *w, struct step *s)
{
	if (words_take(w, "replace"))
		return read_replace(w, s);
	if (words_take(w, "cancel"))
		return read_cancel(w, s);
	if (words_take(w, "wait"))
		return read_wait(w, s);
	if (words_take(w, "flood"))
		return read_order(w, s);
	if (words_take(w, "expect")) {
		s->kind = STEP_EXPECT;
		return read_outcome(w, s);
	}
	if (words_take(w, "pause")) {
		s->kind = STEP_PAUSE;
		return words_time(w, &s->time_ns);
	}
	if (words_take(w, "repeat")) {
		s->kind = STEP_REPEAT;
		return words_number(w, TIMES_MAX, &s->times) && words_need(w, "{");
	}
	return read_order(w, s);
}

/* words_split cuts a line into words; false: it has too many or too long ones. */
static bool words_split(struct words *w, const char *line, size_t size)
{
	w->count = w->at = 0;
	for (size_t i = 0; i < size;) {
		size_t length = 0;
		while (i + length < size && !isspace((unsigned char)line[i + length]))
			length++;
		if (length == 0) {
			i++;
			continue;
		}
		if (w->count == WORD_MAX || length >= WORD_BYTES)
			return words_fail(w, "fewer or shorter words");
		memcpy(w->word[w->count], line + i, length);
		w->word[w->count++][length] = '\0';
		i += length;
	}
	return true;
}

static struct step *script_add(struct script *script)
{
	script->steps = realloc(script->steps, (script->count + 1) * sizeof script->steps[0]);
	CHECK(script->steps != NULL);
	struct step *s = &script->steps[script->count++];
	*s = (struct step){.time_in_force = '0', .display = 'Y', .times = 1};
	return s;
}

/* script_segment finds where the next step ends: at the end of its line, a semicolon, after {, before
   and after }.  Returns its size; *next is where to go on. */
static size_t script_segment(const char *text, const char **next)
{
	size_t size = strcspn(text, "\n;{}#");
	if (text[size] == '{' || (text[size] == '}' && strspn(text, " \t}") > size))
		size++;
	*next = text + size;
	if (text[size] == '#')
		*next += strcspn(*next, "\n");
	if (**next == ';')
		++*next;
	return size;
}

/* script_step reads one step into the script; depth and open are the repeats it stands in. */
static bool script_step(struct script *script, struct words *w, uint32_t *open, uint32_t *depth)
{
	if (*depth > 0 && words_take(w, "}")) {
		script->steps[open[--*depth]].end = script->count;
		return true;
	}
	struct step *s = script_add(script);
	s->line = w->line;
	if (!read_step(w, s))
		return false;
	if (w->at < w->count)
		return words_fail(w, "the end of the step");
	if (s->kind != STEP_REPEAT)
		return true;
	if (*depth == DEPTH_MAX)
		return words_fail(w, "repeats less deep");
	open[(*depth)++] = script->count - 1;
	return true;
}

bool script_parse(
	struct script *script, const char *name, const char *text, struct config_error *error)
{
	struct words w = {.name = name, .line = 1, .error = error};
	uint32_t open[DEPTH_MAX], depth = 0;
	*script = (struct script){0};
	for (const char *next = text; *text != '\0'; text = next) {
		if (*text == '\n') {
			w.line++;
			next = text + 1;
			continue;
		}
		size_t size = script_segment(text, &next);
		if (!words_split(&w, text, size) ||
			(w.count > 0 && !script_step(script, &w, open, &depth)))
			goto fail;
	}
	if (depth == 0)
		return true;
	w.count = w.at = 0;
	words_fail(&w, "} for the repeat that is open");
fail:
	script_free(script);
	return false;
}

void script_free(struct script *script)
{
	free(script->steps);
	*script = (struct script){0};
}
