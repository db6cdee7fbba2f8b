/* market.c - what the venue says of a symbol and of all of them, read from the market's pages. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "control/command/commands.h"
#include "control/health/trust.h"

/* What a character or code of the venue means to a person (ITCH 5.0, section 3). */
struct meaning {
	const char *code;
	const char *sentence;
};

/* clang-format off */
static const struct meaning states[] = {
	{"T", "trading"}, {"H", "halted"}, {"P", "paused"}, {"Q", "quotation only"},
	{"X", "a test issue: never traded here"}, {NULL, "not said yet: refused"}};
static const struct meaning phases[] = {
	{"O", "start of messages"}, {"S", "system hours"}, {"Q", "market hours"},
	{"M", "after market hours"}, {"E", "end of system hours"}, {"C", "end of messages"},
	{NULL, "not said yet"}};
static const struct meaning reasons[] = {
	{"T1", "news pending"}, {"T2", "news out"}, {"T3", "news and resumption times"},
	{"T5", "single stock pause"}, {"T6", "extraordinary activity"}, {"T7", "pause over, quotation only"},
	{"T8", "ETF"}, {"T12", "information requested"}, {"H4", "non-compliance"}, {"H9", "filings not current"},
	{"H10", "SEC suspension"}, {"H11", "regulatory concern"}, {"O1", "operations"},
	{"LUDP", "volatility pause"}, {"LUDS", "volatility pause, straddle"},
	{"MWC1", "market-wide breaker, level 1"}, {"MWC2", "market-wide breaker, level 2"},
	{"MWC3", "market-wide breaker, level 3"}, {"MWC0", "market-wide breaker, carried over"},
	{"MWCQ", "market-wide breaker over"}, {"IPO1", "not yet trading"}, {"IPOQ", "released for quotation"},
	{"IPOE", "positioning window extended"}, {"M1", "corporate action"}, {"M2", "no quotation"},
	{"R1", "new issue"}, {"R2", "issue available"}, {"R4", "qualifications resolved"},
	{"R9", "filings resolved"}, {"C3", "news not forthcoming"}, {"C4", "maintenance met"},
	{"C9", "filings met"}, {"C11", "concluded by another regulator"}, {NULL, ""}};
static const struct meaning short_sales[] = {
	{"0", "no price test"}, {"1", "price test since today"}, {"2", "price test carried over"},
	{NULL, "not said yet"}};
static const struct meaning finances[] = {
	{"N", "normal"}, {"D", "deficient"}, {"E", "delinquent"}, {"Q", "bankrupt"}, {"S", "suspended"},
	{"G", "deficient, bankrupt"}, {"H", "deficient, delinquent"}, {"J", "delinquent, bankrupt"},
	{"K", "deficient, delinquent, bankrupt"}, {"C", "creations and redemptions suspended"}, {NULL, ""}};
/* clang-format on */

/* Wire characters as a word: trailing spaces cut, what no terminal should get replaced. */
static const char *word_of(const void *characters, size_t size, char text[16])
{
	char from[16] = "";
	size_t used = 0;
	memcpy(from, characters, size < 15 ? size : 15);
	for (size_t i = 0; from[i] != '\0'; i++) {
		text[i] = from[i] > ' ' && from[i] < 127 ? from[i] : ' ';
		if (text[i] != ' ')
			used = i + 1;
	}
	text[used] = '\0';
	return text;
}

static const char *meaning_of(const struct meaning *meanings, const char *code)
{
	while (meanings->code != NULL && strcmp(meanings->code, code) != 0)
		meanings++;
	return meanings->sentence;
}

/* "T: trading"; what is unknown stands alone. */
static const char *meaning_format(
	const struct meaning *meanings, const void *characters, size_t size, char text[80])
{
	char word[16];
	const char *sentence = meaning_of(meanings, word_of(characters, size, word));
	snprintf(text, 80, "%s%s%s", word, word[0] != '\0' && sentence[0] != '\0' ? ": " : "",
		sentence);
	return text;
}

/* Exchange time: the venue's own clock. */
static void exch_format(uint64_t exch_ns, char text[32])
{
	uint64_t s = exch_ns / 1000000000;
	snprintf(text, 32, "%02u:%02u:%02u.%09u", (unsigned)(s / 3600 % 100),
		(unsigned)(s / 60 % 60), (unsigned)(s % 60), (unsigned)(exch_ns % 1000000000));
}

/* One fact: what, its value, and when the venue said so (0: it has no time of its own). */
__attribute__((format(printf, 4, 5))) static void fact(
	struct answer *answer, const char *what, uint64_t exch_ns, const char *format, ...)
{
	char text[400], at[32] = "-";
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (exch_ns != 0)
		exch_format(exch_ns, at);
	answer_row(answer);
	answer_word(answer, "what", what);
	answer_word(answer, "value", text);
	answer_word(answer, "at", at);
}

/* e4 makes a price a text for a fact; five at most in one call. */
static const char *e4(int64_t price_e4)
{
	static char texts[5][32];
	static unsigned next;
	char *text = texts[next++ % ARRAY_COUNT(texts)];
	e4_format(price_e4, text);
	return text;
}

static void trading_facts(struct answer *answer, const struct symbol_state *facts)
{
	char text[80], reason[80];
	meaning_format(states, &facts->effective, 1, text);
	if ((facts->said & SAID_TRADING) != 0)
		meaning_format(reasons, facts->trading.reason, 4, reason);
	else
		snprintf(reason, sizeof reason, "no trading action was said");
	fact(answer, "state", facts->trading.exch_ns, "%s", text);
	fact(answer, "reason", facts->trading.exch_ns, "%s",
		reason[0] != '\0' ? reason : "none given");
	if (facts->mwcb_level != 0)
		fact(answer, "breaker", 0, "level %u halted it, its own trading action ends it",
			facts->mwcb_level);
	if ((facts->said & SAID_OPERATIONAL) != 0)
		fact(answer, "operational", facts->operational.exch_ns, "%s%s%s%s%s",
			facts->operational.halted_on == 0 ? "no market is halted" : "halted on",
			facts->operational.halted_on & 1 ? " NASDAQ" : "",
			facts->operational.halted_on & 2 ? " Texas" : "",
			facts->operational.halted_on & 4 ? " PSX" : "",
			facts->operational.halted_on & 8 ? " another" : "");
	fact(answer, "short sale", facts->short_sale.exch_ns, "%s",
		meaning_format(short_sales, &facts->short_sale.action, 1, text));
}

static void price_facts(struct answer *answer, const struct site_config *site, uint32_t symbol,
	const struct top_prices *top)
{
	fact(answer, "bid", 0, "%u at %s", top->bid_qty, e4(top->bid_e4));
	fact(answer, "ask", 0, "%u at %s", top->ask_qty, e4(top->ask_e4));
	fact(answer, "last", 0, "%s", top->last_e4 != 0 ? e4(top->last_e4) : "none known");
	fact(answer, "close", 0, "%s today, %s before",
		top->close_e4 != 0 ? e4(top->close_e4) : "none yet",
		site->symbols[symbol].previous_close_e4 != 0
			? e4(site->symbols[symbol].previous_close_e4)
			: "none");
	if (top->band_lower_e4 != 0 || top->band_upper_e4 != 0)
		fact(answer, "band", 0, "%s to %s", e4(top->band_lower_e4), e4(top->band_upper_e4));
}

/* A part of a fact, where the venue says it: ", class C Z"; what nobody said is left out. */
static void part_add(char text[400], const char *name, const char *value)
{
	size_t used = strlen(text);
	if (value[0] != '\0')
		snprintf(text + used, 400 - used, "%s%s%s%s", used > 0 ? ", " : "", name,
			name[0] != '\0' ? " " : "", value);
}

static void directory_facts(struct answer *answer, const struct directory_facts *d)
{
	char word[16], class[40], other[16], lot[40], finance[80], text[400] = "";
	snprintf(class, sizeof class, "%s%s%s", word_of(&d->classification, 1, word),
		d->classification > ' ' && d->sub_type[0] > ' ' ? " " : "",
		word_of(d->sub_type, 2, other));
	snprintf(lot, sizeof lot, "%u%s", d->round_lot, d->round_lots_only == 'Y' ? " only" : "");
	part_add(text, "market", word_of(&d->market_category, 1, word));
	part_add(text, "class", class);
	part_add(text, "round lot", lot);
	part_add(text, "", d->authenticity == 'P' ? "live issue" : "TEST issue");
	fact(answer, "directory", d->exch_ns, "%s", text);
	text[0] = '\0';
	part_add(text, "finance", meaning_format(finances, &d->financial_status, 1, finance));
	part_add(text, "LULD tier", word_of(&d->luld_tier, 1, word));
	part_add(text, "IPO", word_of(&d->ipo_flag, 1, word));
	part_add(text, "ETP", word_of(&d->etp_flag, 1, word));
	part_add(text, "", d->inverse == 'Y' ? "inverse" : "");
	if (text[0] != '\0')
		fact(answer, "listing", d->exch_ns, "%s", text);
}

static void cross_fact(struct answer *answer, const char *what, const struct cross_facts *cross)
{
	fact(answer, what, cross->exch_ns, "%" PRIu64 " at %s, match %" PRIu64, cross->shares,
		e4(cross->price_e4), cross->match);
}

static void auction_facts(struct answer *answer, const struct symbol_state *f)
{
	char text[16], other[16], third[16];
	if ((f->said & SAID_COLLAR) != 0)
		fact(answer, "collar", f->collar.exch_ns, "%s to %s around %s, extension %u%s",
			e4(f->collar.lower_e4), e4(f->collar.upper_e4), e4(f->collar.reference_e4),
			f->collar.extension, f->has_band ? "" : "; over");
	if ((f->said & SAID_IPO) != 0)
		fact(answer, "ipo", f->ipo.exch_ns, "%s at %02u:%02u:%02u, price %s",
			f->ipo.qualifier == 'A' ? "anticipated" : "cancelled or postponed",
			f->ipo.release_s / 3600, f->ipo.release_s / 60 % 60, f->ipo.release_s % 60,
			e4(f->ipo.price_e4));
	if ((f->said & SAID_LISTING) != 0)
		fact(answer, "direct listing", f->listing.exch_ns,
			"%s, %s to %s allowed, near %s, collar %s to %s",
			f->listing.eligibility == 'Y' ? "may be released" : "may not be released",
			e4(f->listing.min_e4), e4(f->listing.max_e4), e4(f->listing.near_e4),
			e4(f->listing.lower_e4), e4(f->listing.upper_e4));
	if ((f->said & SAID_IMBALANCE) != 0)
		fact(answer, "imbalance", f->imbalance.exch_ns,
			"cross %s: %" PRIu64 " paired, %" PRIu64 " %s over at %s, near %s, far %s, "
			"off %s",
			word_of(&f->imbalance.cross_type, 1, text), f->imbalance.paired,
			f->imbalance.imbalance, word_of(&f->imbalance.direction, 1, other),
			e4(f->imbalance.reference_e4), e4(f->imbalance.near_e4),
			e4(f->imbalance.far_e4), word_of(&f->imbalance.variation, 1, third));
	if ((f->said & SAID_OPENING) != 0)
		cross_fact(answer, "opening cross", &f->opening);
	if ((f->said & SAID_CLOSING) != 0)
		cross_fact(answer, "closing cross", &f->closing);
	if ((f->said & SAID_REOPENING) != 0)
		cross_fact(answer, "reopening cross", &f->reopening);
}

static void other_facts(struct answer *answer, const struct symbol_state *f)
{
	char text[16];
	if ((f->said & SAID_RETAIL) != 0)
		fact(answer, "retail interest", f->retail.exch_ns, "%s",
			word_of(&f->retail.interest, 1, text));
	if ((f->said & SAID_PARTICIPANTS) != 0)
		fact(answer, "participants", f->participants.exch_ns,
			"%u active (%u primary), %u excused, %u withdrawn, %u suspended; last %s "
			"%c%s",
			f->participants.active, f->participants.primary, f->participants.excused,
			f->participants.withdrawn, f->participants.suspended,
			word_of(f->participants.last_mpid, 4, text), f->participants.last_state,
			f->participants.not_kept != 0 ? "; INCOMPLETE" : "");
	if (f->breaks != 0)
		fact(answer, "broken trades", 0, "%" PRIu64, f->breaks);
}

/* Why a symbol may not trade now, or that it may: what a gate would say by its market lanes. */
static const char *trading_word(const struct symbol_state *facts, const struct top_prices *top,
	uint8_t phase, char text[80])
{
	if (facts->effective != 'T')
		return meaning_format(states, &facts->effective, 1, text);
	if (top->operational != 0)
		return "halted operationally";
	if (phase == 'O' || phase == 'E' || phase == 'C')
		return meaning_format(phases, &phase, 1, text);
	return "trading";
}

void command_show_symbol(struct call *call, uint64_t now_ns)
{
	const struct control *control = call->control;
	const struct market_region *market = control->plane.market;
	struct answer *answer = &call->answer;
	struct symbol_state facts;
	struct channel_facts channel = {0};
	struct top_prices top;
	enum scope scope;
	uint32_t symbol;
	char text[80], why[FEEDS_TEXT_BYTES], doubt[2 * FEEDS_TEXT_BYTES];
	const char *name = call_argument(call, 0);
	if (!call_name_find(call, "symbol", name, &scope, &symbol))
		return;
	if (market == NULL) {
		call_silent(call, STAGE_FEED, now_ns);
		return;
	}
	bool is_whole = market_state_read(&market->states[symbol], &facts) &&
			top_read(&market->tops[symbol], &top);
	if (!is_whole) {
		answer_code(answer, CODE_STAGE_SILENT,
			"the page of %.20s is being written and was not finished: see health",
			name);
		return;
	}
	if (top.channel < control->site.channel_count)
		channel_market_read(&market->channel_facts[top.channel], &channel);
	trading_facts(answer, &facts);
	price_facts(answer, &control->site, symbol, &top);
	if ((facts.said & SAID_DIRECTORY) != 0)
		directory_facts(answer, &facts.directory);
	auction_facts(answer, &facts);
	other_facts(answer, &facts);
	answer_fact(
		answer, "state", trust_name(trust_symbol(&control->plane, symbol, now_ns, why)));
	answer_fact(answer, "why", why);
	trust_tell(&control->plane, symbol, now_ns, doubt);
	answer_code(answer, CODE_ROWS, "%.20s: %s%s", name,
		doubt[0] != '\0' ? doubt : trading_word(&facts, &top, channel.phase, text),
		control->plane.is_attached ? "" : ", as a dataplane that is gone knew it");
}

/* An index value with eight decimals. */
static void level_word(struct answer *answer, const char *key, bool is_said, uint64_t value)
{
	if (is_said)
		answer_format(answer, key, "%" PRIu64 ".%08" PRIu64, value / 100000000,
			value % 100000000);
	else
		answer_word(answer, key, "-");
}

/* How many symbols of a channel are in each state. */
static void states_count(const struct market_region *market, uint32_t symbol_count,
	uint32_t channel, uint32_t counts[256])
{
	memset(counts, 0, 256 * sizeof counts[0]);
	for (uint32_t i = 0; i < symbol_count; i++) {
		struct top_prices top;
		/* A lock that never moved: no channel named it yet. */
		if (atomic_load_explicit(&market->tops[i].lock, memory_order_relaxed) != 0 &&
			top_read(&market->tops[i], &top) && top.channel == channel)
			counts[top.state]++;
	}
}

void command_show_market(struct call *call, uint64_t now_ns)
{
	const struct control *control = call->control;
	const struct market_region *market = control->plane.market;
	struct answer *answer = &call->answer;
	if (market == NULL) {
		call_silent(call, STAGE_FEED, now_ns);
		return;
	}
	uint32_t doubtful = 0;
	for (uint32_t i = 0; i < control->site.channel_count; i++) {
		char why[FEEDS_TEXT_BYTES];
		enum trust trust = trust_channel(&control->plane, i, now_ns, why);
		struct channel_facts facts;
		uint32_t counts[256];
		char text[80], at[32] = "-";
		bool has_levels;
		channel_market_read(&market->channel_facts[i], &facts);
		states_count(market, control->site.symbol_count, i, counts);
		has_levels = (facts.said & SAID_MWCB_LEVELS) != 0;
		answer_row(answer);
		answer_word(answer, "channel", control->site.channels[i].name);
		answer_word(answer, "state", trust_name(trust));
		answer_word(answer, "why", why);
		doubtful += trust_is_doubtful(trust);
		answer_word(answer, "phase", meaning_format(phases, &facts.phase, 1, text));
		if ((facts.said & SAID_PHASE) != 0)
			exch_format(facts.phase_ns, at);
		answer_word(answer, "since", at);
		if ((facts.said & SAID_MWCB_STATUS) != 0)
			answer_format(answer, "breaker", "LEVEL %u", facts.mwcb_level);
		else
			answer_word(answer, "breaker", "none");
		level_word(answer, "level_1", has_levels, facts.mwcb_levels[0]);
		level_word(answer, "level_2", has_levels, facts.mwcb_levels[1]);
		level_word(answer, "level_3", has_levels, facts.mwcb_levels[2]);
		answer_number(answer, "trading", counts['T']);
		answer_number(answer, "halted", counts['H']);
		answer_number(answer, "paused", counts['P']);
		answer_number(answer, "quoting", counts['Q']);
		answer_number(answer, "test", counts['X']);
		answer_number(answer, "unknown", counts[0]);
	}
	call_channels_tell(call, doubtful);
}
