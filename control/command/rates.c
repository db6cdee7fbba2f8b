/* rates.c - what currencies are worth: shown, and put in force at the gate.

   A rate moves everything that is measured in its currency against limits that are not, so the audit has it on the disk
   before the gate has it.  One far from the rate in force would make limits of another size, and the first of a currency opens it with
   nothing to hold it against: either takes two persons.  Each
   rate is in force by itself: of a file that the gate refuses half-way the first are.

     look what the gates have --> agree, where one leaps or is the first --> write down --> gate after gate, rate after rate */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "config/scalar.h"
#include "control/command/asking.h"
#include "control/command/commands.h"

/* What takes one person to state: further from the rate in force it takes two. */
enum { RATE_LEAP_PERCENT = 10 };

static void rate_format(int64_t rate_e8, char text[32])
{
	snprintf(text, 32, "%" PRId64 ".%08u", rate_e8 / RATE_E8_ONE,
		(unsigned)(rate_e8 % RATE_E8_ONE));
}

static const char *currency_word(const struct call *call, uint32_t currency)
{
	const struct site_config *site = &call->control->site;
	return currency < site->currency_count ? site->currencies[currency].name : "?";
}

static void rate_row(struct call *call, const void *bytes)
{
	struct answer *answer = &call->answer;
	struct rate_row row;
	char text[32];
	memcpy(&row, bytes, sizeof row);
	bool is_base = row.currency == 0;
	rate_format(row.rate_e8, text);
	answer_row(answer);
	answer_word(answer, "currency", currency_word(call, row.currency));
	answer_word(answer, "rate", row.rate_e8 == 0 ? "-" : text);
	answer_word(answer, "state",
		is_base            ? "base"
		: row.rate_e8 == 0 ? "none"
		: row.is_good      ? "good"
				   : "old");
	answer_flag(answer, "in_use", is_base || row.is_used);
	answer_flag(answer, "limits", is_base || row.is_stated);
	answer_flag(answer, "fees", is_base || row.is_charged);
	answer_time(answer, "as_of", row.as_of_wall_ns);
	answer_time(answer, "until", row.rate_e8 == 0 ? 0 : row.as_of_wall_ns + row.max_age_ns);
}

void command_show_rates(struct call *call, uint64_t now_ns)
{
	asking_begin(call, STAGE_GATE, REQUEST_RATES,
		"currencies, what one is worth in the base currency", rate_row, now_ns);
}

/* Rates on their way to each gate, one after the other. */
struct rating {
	uint32_t count, at, gate;
	struct rate_record rates[CURRENCY_COUNT_MAX];
	bool has_leap;
	uint32_t leap;     /* which */
	int64_t before_e8; /* what a gate has instead of that; 0: nothing */
};

static void rating_refused(struct call *call, int32_t code)
{
	const struct rating *rating = call->own;
	const char *currency = currency_word(call, call->question.rate.currency);
	char time[32];
	time_format(call->question.rate.as_of_wall_ns, time);
	if (code == EINVAL)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"the gate refused the rate of %s as of %s, expected one of its own past: "
			"look at as_of and at show clock; %u of %u rates are in force",
			currency, time, rating->at, rating->count);
	else
		answer_code(&call->answer, CODE_STATE_WRONG,
			"the gate did not take the rate of %s (%s); %u of %u rates are in force: "
			"repeat in a moment",
			currency, strerror(code), rating->at, rating->count);
}

static void rating_ask(struct call *call, uint64_t now_ns)
{
	const struct rating *rating = call->own;
	call->question.rate = rating->rates[rating->at];
	call->question.rate.uid = call->person.uid;
	call_gate_ask(call, rating->gate, REQUEST_RATES, now_ns);
}

/* A gate has all of them; true: another gate takes them next. */
static bool rating_next_gate(struct call *call, const struct mailbox_answer *page, uint64_t now_ns)
{
	struct rating *rating = call->own;
	for (uint32_t i = 0; i < page->row_count && i < CURRENCY_COUNT_MAX; i++) {
		rate_row(call, page->rows[i]);
		call_gate_tell(call);
	}
	if (++rating->gate >= plane_gate_count(&call->control->plane))
		return false;
	rating->at = 0;
	rating_ask(call, now_ns);
	return true;
}

static void rating_conclude(struct call *call)
{
	const struct rating *rating = call->own;
	answer_code(&call->answer, CODE_DONE, "%u rate%s in force: show rates", rating->count,
		rating->count == 1 ? " is" : "s are");
}

static enum call_progress rating_step(struct call *call, uint64_t now_ns)
{
	struct rating *rating = call->own;
	const struct mailbox_answer *page;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	if (page == NULL)
		return CALL_DONE;
	if (page->code != 0) {
		rating_refused(call, page->code);
		return CALL_DONE;
	}
	if (++rating->at < rating->count) {
		rating_ask(call, now_ns);
		return CALL_WAITING;
	}
	if (rating_next_gate(call, page, now_ns))
		return CALL_WAITING;
	rating_conclude(call);
	return CALL_DONE;
}

static enum call_progress rating_write_step(struct call *call, uint64_t now_ns)
{
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	rating_ask(call, now_ns);
	call->step = rating_step;
	return CALL_WAITING;
}

/* Whether a rate is further from the one before than a day moves it, as by a point in the wrong place or a rate upside down, or there is
   none before. */
static bool rate_leaps(int64_t before_e8, int64_t rate_e8)
{
	int64_t away_e8 = rate_e8 > before_e8 ? rate_e8 - before_e8 : before_e8 - rate_e8;
	return away_e8 * 100 > before_e8 * RATE_LEAP_PERCENT;
}

/* Notes the first of the rates asked for that leaps from what a gate has. */
static void rating_compare(struct rating *rating, const struct mailbox_answer *page)
{
	for (uint32_t i = 0; i < page->row_count && i < CURRENCY_COUNT_MAX; i++) {
		struct rate_row row;
		memcpy(&row, page->rows[i], sizeof row);
		for (uint32_t at = 0; at < rating->count && !rating->has_leap; at++)
			if (rating->rates[at].currency == row.currency &&
				rate_leaps(row.rate_e8, rating->rates[at].rate_e8)) {
				rating->has_leap = true;
				rating->before_e8 = row.rate_e8;
				rating->leap = at;
			}
	}
}

/* Whoever agrees agrees to every rate.  false: the answer is coded. */
static bool rating_agreed(struct call *call, uint64_t now_ns)
{
	const struct rating *rating = call->own;
	char text[80], why[160], before[32], after[32];
	XXH128_hash_t hash = XXH3_128bits(rating->rates, rating->count * sizeof rating->rates[0]);
	if (!rating->has_leap)
		return true;
	if (!call_reasoned(call))
		return false;
	snprintf(text, sizeof text, "%u rates %016" PRIx64 "%016" PRIx64, rating->count,
		hash.high64, hash.low64);
	const struct rate_record *leap = &rating->rates[rating->leap];
	rate_format(rating->before_e8, before);
	rate_format(leap->rate_e8, after);
	if (rating->before_e8 == 0)
		snprintf(why, sizeof why, "%s has no rate to hold %s against: it is the first; ",
			currency_word(call, leap->currency), after);
	else
		snprintf(why, sizeof why,
			"%s is %s and would be %s, which is more than %d %% away; ",
			currency_word(call, leap->currency), before, after, RATE_LEAP_PERCENT);
	return call_agreed(call, text, why, "states the same", now_ns);
}

static enum call_progress rating_look_step(struct call *call, uint64_t now_ns)
{
	const struct mailbox_answer *page;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	if (page == NULL)
		return CALL_DONE;
	rating_compare(call->own, page);
	if (call_gate_next(call, now_ns))
		return CALL_WAITING;
	if (!rating_agreed(call, now_ns))
		return CALL_DONE;
	call_write(call, now_ns);
	call->step = rating_write_step;
	return CALL_WAITING;
}

static void rating_begin(
	struct call *call, const struct rate_record *rates, uint32_t count, uint64_t now_ns)
{
	struct rating *rating = call_own(call, sizeof *rating);
	if (rating == NULL)
		return;
	rating->count = count;
	memcpy(rating->rates, rates, count * sizeof rates[0]);
	call_gate_ask(call, 0, REQUEST_RATES, now_ns);
	if (!call->answer.is_coded)
		call->step = rating_look_step;
}

void command_rates_set(struct call *call, uint64_t now_ns)
{
	const struct site_config *site = &call->control->site;
	const char *name = call_argument(call, 0), *text = call_argument(call, 1);
	struct rate_record rate = {0};
	rate.currency = site_currency_find(site, name);
	const char *expected = scalar_exchange(text, &rate.rate_e8);
	if (rate.currency == UINT32_MAX || rate.currency == 0) {
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found currency \"%.60s\", expected one of site.yaml's currencies: show "
			"rates",
			name);
		return;
	}
	if (expected != NULL) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD, "found \"%.60s\", expected %s", text,
			expected);
		return;
	}
	rating_begin(call, &rate, 1, now_ns);
}

void command_rates_load(struct call *call, uint64_t now_ns)
{
	static struct rate_set set;
	struct rate_record rates[CURRENCY_COUNT_MAX];
	const struct request *request = &call->request;
	const char *name = call_argument(call, 0);
	struct config_error error;
	if (request->body == NULL) {
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.100s\", expected a file of rates where sluicectl runs: it sends "
			"its contents",
			name);
		return;
	}
	if (!rates_file_parse(
		    &set, &call->control->site, name, request->body, request->body_bytes, &error)) {
		answer_code(&call->answer, CODE_RATES_REFUSED, "%s", error.text);
		return;
	}
	for (uint32_t i = 0; i < set.count; i++)
		rates[i] = (struct rate_record){.currency = set.rates[i].currency,
			.rate_e8 = set.rates[i].rate_e8,
			.as_of_wall_ns = set.as_of_wall_ns};
	rating_begin(call, rates, set.count, now_ns);
}
