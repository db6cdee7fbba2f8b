/* tell.c - a story in sentences. */
#include <inttypes.h>
#include <stdio.h>

#include "config/binds.h"
#include "control/journal/story.h"
#include "control/socket/scope.h"
#include "dataplane/shm/mark.h"

static const char *symbol_text(const struct site_config *site, uint32_t symbol, char name[9])
{
	if (symbol >= site->symbol_count)
		return "an unknown symbol";
	symbol_unpack(site->symbols[symbol].name, name);
	return name;
}

static void asked_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	const struct receipt *r = &event->receipt;
	char account[80], session[80], strategy[80], price[32], name[9], of[40] = "";
	scope_id_name(story->site, SCOPE_ACCOUNT, r->account, account, sizeof account);
	scope_id_name(story->site, SCOPE_SESSION, r->session, session, sizeof session);
	scope_id_name(story->site, SCOPE_STRATEGY, r->strategy, strategy, sizeof strategy);
	e4_format(r->price_e4, price);
	if (r->kind == DECISION_REPLACE)
		snprintf(of, sizeof of, " in place of order %" PRIu64, r->original_id);
	if (r->kind == DECISION_CANCEL)
		story_sentence(
			answer, event, "%s asked to cancel order %" PRIu64, session, r->order_id);
	else
		story_sentence(answer, event,
			"%s, %s, by %s (UserRefNum %u) asked to %s %u %s at %s%s: order %" PRIu64
			", turn %" PRIu64 ", limits epoch %u",
			account, strategy, session, r->client_ref,
			mark_of_receipt(r->side, r->flags), r->qty,
			symbol_text(story->site, r->symbol, name), price, of, r->order_id, r->turn,
			r->epoch);
}

static bool stop_covers(const struct stop_record *stop, const struct receipt *receipt)
{
	switch (stop->scope) {
	case SCOPE_FIRM:
		return true;
	case SCOPE_SESSION:
		return stop->id == receipt->session;
	case SCOPE_ACCOUNT:
		return stop->id == receipt->account;
	case SCOPE_STRATEGY:
		return stop->id == receipt->strategy;
	case SCOPE_SYMBOL:
		return stop->id == receipt->symbol;
	default:
		return stop->scope == SCOPE_VENUE;
	}
}

/* Says that the day had ended; false: it was open, or its changes are too long ago. */
static bool day_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	uint32_t kept =
		story->day_count < STORY_DAY_COUNT_MAX ? story->day_count : STORY_DAY_COUNT_MAX;
	for (uint32_t i = 1; i <= kept; i++) {
		const struct story_event *change =
			&story->days[(story->day_count - i) % STORY_DAY_COUNT_MAX];
		char time[32], who[32];
		if (change->sequence > event->sequence)
			continue;
		if (change->day.change == DAY_BEGINS)
			return false;
		time_format(change->day.wall_ns, time);
		if (change->day.uid == DAY_BY_CALENDAR)
			snprintf(who, sizeof who, "the calendar");
		else
			snprintf(who, sizeof who, "uid %u", change->day.uid);
		story_sentence(answer, event,
			"  the day was over: %s at %s by %s: %.40s; nothing new passes until the "
			"next "
			"begins: day show",
			change->day.change == DAY_ENDS ? "it ended" : "it was closed", time, who,
			change->day.reason[0] != '\0' ? change->day.reason : "no reason given");
		return true;
	}
	return false;
}

/* Says which venues were outside of their hours: the newest change of each that is not behind the order. */
static void hours_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	uint32_t kept =
		story->hours_count < STORY_DAY_COUNT_MAX ? story->hours_count : STORY_DAY_COUNT_MAX;
	for (uint32_t venue = 0; venue < story->site->venue_count; venue++) {
		const struct story_event *last = NULL;
		for (uint32_t i = kept; i >= 1; i--) {
			const struct story_event *change =
				&story->hours[(story->hours_count - i) % STORY_DAY_COUNT_MAX];
			bool is_ours =
				change->hours.session == story->site->venues[venue].session_id;
			if (is_ours && change->sequence < event->sequence)
				last = change;
		}
		char time[32];
		if (last == NULL || last->hours.change == SESSION_VENUE_BEGINS)
			continue;
		time_format(last->hours.sequence, time);
		story_sentence(answer, event,
			"  venue %s was outside of its hours by its calendar: they %s at %s",
			story->site->venues[venue].name,
			last->hours.change == SESSION_VENUE_ENDS ? "ended" : "were closed", time);
	}
}

/* Says of a state that no stop of the journal explains what else there is. */
static void no_stop_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	if (event->receipt.lane == LANE_HALTED && day_tell(story, event, answer))
		return;
	if (event->receipt.lane == LANE_REDUCE_ONLY)
		story_sentence(answer, event,
			"  no stop covers it: the account has open orders at a venue that is gone, "
			"and may only reduce at the others");
	else
		story_sentence(answer, event,
			"  none of the last %d stops of the journal covers it: see show stops",
			STORY_STOP_COUNT_MAX);
}

/* One stop in the way: whose word it was, or that the gate tripped by itself, and whether it stands. */
static void stop_name(const struct story *story, const struct story_event *event,
	const struct story_event *stop, struct answer *answer)
{
	static const char *const writers[] = {"control", "the kill door"};
	const char *reason = stop->stop.reason[0] != '\0' ? stop->stop.reason : "no reason given";
	const char *state = trading_state_name((enum trading_state)stop->stop.state);
	char name[80], time[32];
	scope_id_name(story->site, (enum scope)stop->stop.scope, stop->stop.id, name, sizeof name);
	time_format(stop->wall_ns, time);
	if (stop->stop.writer == STOP_BY_GATE)
		story_sentence(answer, event,
			"  the trip: the gate itself set %s to %s at %s: %.44s", name, state, time,
			reason);
	else
		story_sentence(answer, event,
			"  the stop: %s was set to %s at %s by %s, uid %u: %.44s", name, state,
			time,
			stop->stop.writer < ARRAY_COUNT(writers) ? writers[stop->stop.writer] : "?",
			stop->stop.uid, reason);
	if (stop->released == 0)
		story_sentence(answer, event,
			"  it stands where the journal ends, until a person releases it: show "
			"stops, resume");
}

/* Names the last stop before the refusal that covers the order and was not released before it. */
static void stop_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	uint32_t kept =
		story->stop_count < STORY_STOP_COUNT_MAX ? story->stop_count : STORY_STOP_COUNT_MAX;
	uint8_t least = event->receipt.lane == LANE_KILLED   ? STATE_KILLED
			: event->receipt.lane == LANE_HALTED ? STATE_HALTED
							     : STATE_REDUCE_ONLY;
	for (uint32_t i = 1; i <= kept; i++) {
		const struct story_event *stop =
			&story->stops[(story->stop_count - i) % STORY_STOP_COUNT_MAX];
		bool is_over = stop->released != 0 && stop->released < event->sequence;
		if (stop->sequence > event->sequence || is_over || stop->stop.state != least ||
			!stop_covers(&stop->stop, &event->receipt))
			continue;
		stop_name(story, event, stop, answer);
		return;
	}
	no_stop_tell(story, event, answer);
}

/* Says which rates were lacking. */
static void rates_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	char text[224];
	for (uint32_t i = 1; i < story->site->currency_count; i++)
		if (lacking_rate(story->site, event, i, text, sizeof text))
			story_sentence(answer, event, "  %s", text);
}

static void lanes_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	uint64_t judged = event->receipt.mask & ~story_unjudged_tell(story, event, answer);
	for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
		if ((judged >> lane & 1) != 0 && lane != event->receipt.lane)
			story_sentence(answer, event, "  also wrong: %s (control %u): %s",
				lane_rows[lane].name, lane_rows[lane].control,
				lane_rows[lane].sentence);
	}
}

/* Says what of its lane refused it where that looks at two things. */
static void second_tell(const struct story_event *event, struct answer *answer)
{
	const struct receipt *r = &event->receipt;
	const char *word = receipt_limit_word(r);
	if (word == NULL)
		return;
	if (r->lane == LANE_GROSS_EXPOSURE)
		story_sentence(answer, event,
			"  by leverage: exposure is at most so many times the capital as "
			"max_leverage says");
	else if (r->lane == LANE_PORTFOLIO_RISK)
		story_sentence(answer, event,
			"  by max_stress_share: the loss under stress is at most so large a part "
			"of "
			"the capital");
	else if (r->lane == LANE_STALE_MARKET_DATA)
		story_sentence(answer, event,
			"  by the book: its age is within the limit, but it is crossed or locked");
	else
		story_sentence(answer, event, "  by %s", word);
}

/* What states a limit that no limits file does. */
static const char *site_of_lane(unsigned lane)
{
	return lane == LANE_CONTROL_SILENT   ? "site.yaml's max_silence of control"
	       : lane == LANE_JOURNAL_BEHIND ? "site.yaml's max_behind of the journal"
	       : lane == LANE_CLOCK_IN_DOUBT ? "site.yaml's max_offset of the clock"
					     : "the gate itself";
}

/* Whose statements were asked for: what another scope states, the firm say, is of another sum. */
static void unstated_tell(const struct story_event *event, struct answer *answer)
{
	const unsigned lane = event->receipt.lane;
	char scopes[96];
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++) {
		const struct limit_bind *bind = &limit_binds[i];
		if (bind->lane != lane)
			continue;
		limit_scopes_format(bind->scopes, scopes, sizeof scopes);
		story_sentence(answer, event,
			"  no limit %s is stated for it, where it would be stated by: %s; what "
			"nobody "
			"set cannot trade",
			limit_keys[bind->limit].key, scopes);
		return;
	}
	story_sentence(answer, event,
		"  a scope that has to state a limit for it states none, whatever others state, "
		"and "
		"what nobody set cannot trade: show effective says which");
}

static void refused_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	const struct receipt *r = &event->receipt;
	char usage[64], limit[64];
	const struct lane_row *row = r->lane < LANE_COUNT ? &lane_rows[r->lane] : NULL;
	if (row == NULL) {
		story_sentence(answer, event,
			"  refused for reason %u, which this build does not know", r->lane);
		return;
	}
	story_sentence(answer, event, "  REFUSED: %s (control %u): %s", row->name, row->control,
		row->sentence);
	lane_measure_format(r->lane, r->usage, usage, sizeof usage);
	lane_measure_format(r->lane, r->limit, limit, sizeof limit);
	if (lacking_limit(event))
		story_sentence(answer, event,
			"  the limit that the %s states is in a currency without a rate: nothing "
			"passes",
			scope_name((enum scope)r->owner_scope));
	else if ((r->flags & RECEIPT_NO_LIMIT) != 0 || r->limit == INT64_MIN)
		unstated_tell(event, answer);
	else if (!lane_is_truth(r->lane) || r->usage == INT64_MAX)
		story_sentence(answer, event, "  it measured %s, the limit is %s, stated by %s",
			usage, limit,
			r->owner_scope < SCOPE_COUNT ? scope_name((enum scope)r->owner_scope)
						     : site_of_lane(r->lane));
	second_tell(event, answer);
	story_leases_tell(story, event, answer);
	if (r->lane == LANE_VENUE_DOWN)
		hours_tell(story, event, answer);
	if (r->lane == LANE_KILLED || r->lane == LANE_HALTED || r->lane == LANE_REDUCE_ONLY)
		stop_tell(story, event, answer);
	rates_tell(story, event, answer);
	story_asked_tell(story, event, answer);
	lanes_tell(story, event, answer);
	if (r->met_id != 0 && (r->mask >> LANE_SELF_TRADE & 1) == 0)
		story_sentence(answer, event,
			"  it brings back a part of order %" PRIu64
			", which was refused for its size: see why %" PRIu64,
			r->met_id, r->met_id);
	else if (r->met_id != 0)
		story_sentence(answer, event,
			"  it would have traded with order %" PRIu64
			", open then and of the same account or self-trade group: see why %" PRIu64,
			r->met_id, r->met_id);
}

static void passed_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	char where[96];
	story_at_venue(story, event->receipt.venue_ref, where, sizeof where);
	story_sentence(answer, event,
		"  PASSED: every lane was within its limit; it is known at %s", where);
	story_leases_tell(story, event, answer);
}

static void receipt_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	const struct receipt *r = &event->receipt;
	char price[32];
	asked_tell(story, event, answer);
	if ((r->flags & RECEIPT_MARKET) != 0)
		story_sentence(answer, event,
			"  it came as a market order: its price is the furthest that the collars "
			"allow");
	if (r->parent != 0)
		story_sentence(answer, event, "  it is a child of parent %" PRIu32 " of account %u",
			r->parent, r->account);
	if ((r->flags & RECEIPT_PASSED) != 0)
		passed_tell(story, event, answer);
	else
		refused_tell(story, event, answer);
	if (r->kind == DECISION_CANCEL)
		return;
	e4_format(r->reference_e4, price);
	const uint64_t by_market =
		UINT64_C(1) << LANE_STALE_MARKET_DATA | UINT64_C(1) << LANE_NO_REFERENCE;
	if ((r->mask & by_market) != 0)
		story_market_tell(event, answer);
	if (r->reference_source == REFERENCE_NONE)
		story_sentence(answer, event, "  no reference price was fresh");
	else
		story_sentence(answer, event, "  reference price %s: %s, %u.%03u ms old", price,
			reference_source_name((enum reference_source)r->reference_source),
			r->reference_age_us / 1000, r->reference_age_us % 1000);
	if ((r->flags & RECEIPT_WAY_OUT) != 0)
		story_sentence(answer, event,
			"  it provably reduced the position, so it was judged as a way out");
}

static void sent_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	static const char *const kinds[] = {"it", "the order", "the replace", "the cancel"};
	static const char *const reasons[] = {"for no stated reason", "because of a stop",
		"because the venue was down", "because the venue's stream still held unsent bytes",
		"because its bytes were not those of the decision: the firm is HALTED"};
	const char *what =
		event->sent.kind < ARRAY_COUNT(kinds) ? kinds[event->sent.kind] : kinds[0];
	char where[96];
	story_at_venue(story, event->sent.venue_ref, where, sizeof where);
	if (event->type == RECORD_SENT)
		story_sentence(answer, event, "%s was handed to %s", what, where);
	else
		story_sentence(answer, event, "%s was WITHHELD at the way out, %s", what,
			event->sent.reason < ARRAY_COUNT(reasons) ? reasons[event->sent.reason]
								  : reasons[0]);
}

static void cancel_tell(const struct story_event *event, struct answer *answer)
{
	static const char *const causes[] = {"?", "its client", "a kill", "the end of its session",
		"the silence of its client",
		"a newer order of its group, refused because it would have met it",
		"the end of the day", "the gate: persons had said that it is gone"};
	const char *cause =
		event->cancel.cause < ARRAY_COUNT(causes) ? causes[event->cancel.cause] : causes[0];
	if (event->cancel.qty == 0)
		story_sentence(answer, event, "cancelled whole by %s", cause);
	else
		story_sentence(
			answer, event, "cut to a total of %u by %s", event->cancel.qty, cause);
}

static void resolve_tell(
	const struct story *story, const struct story_event *event, struct answer *answer)
{
	const struct resolve_record *word = &event->resolve;
	const char *venue = word->venue < story->site->venue_count
				    ? story->site->venues[word->venue].name
				    : "?";
	char price[32], filled[64] = "";
	e4_format(word->price_e4, price);
	if (word->as == RESOLVE_FILLED)
		snprintf(filled, sizeof filled, " %u at %s", word->qty, price);
	story_sentence(answer, event,
		"nobody knew what became of it, and uid %u and uid %u said that at %s it is %s%s: "
		"%.44s",
		word->uid, word->second_uid, venue, resolve_name(word->as), filled, word->reason);
}

static void ended_tell(const struct story_event *event, struct answer *answer)
{
	story_sentence(answer, event,
		"ended with its venue's session: its day was over and %u shares were open, which "
		"nobody can trade any more",
		event->ended.qty);
}

void story_tell(const struct story *story, struct answer *answer)
{
	if (story->event_count == 0) {
		answer_code(answer, CODE_NOT_FOUND,
			"no decision on order %" PRIu64 " in %" PRIu64
			" records, expected a number "
			"as in `show orders` or a receipt",
			story->order_id, story->record_count);
		return;
	}
	for (uint32_t i = 0; i < story->event_count; i++) {
		const struct story_event *event = &story->events[i];
		if (event->type == RECORD_RECEIPT)
			receipt_tell(story, event, answer);
		else if (event->type == RECORD_SENT || event->type == RECORD_WITHHELD)
			sent_tell(story, event, answer);
		else if (event->type == RECORD_CANCEL)
			cancel_tell(event, answer);
		else if (event->type == RECORD_ENDED)
			ended_tell(event, answer);
		else if (event->type == RECORD_RESOLVE)
			resolve_tell(story, event, answer);
		else if (event->type == RECORD_SESSION || event->type == RECORD_BOOT ||
			 event->word.type == 'Q')
			story_fate_tell(story, event, answer);
		else
			story_word_tell(story, event, answer);
	}
	story_fate_end(story, answer);
	if (story->is_cut)
		answer_line(answer, "there is more than %d events: see journal export",
			STORY_EVENT_COUNT_MAX);
	if (story->growth.is_growing && story->durable == 0)
		answer_line(answer,
			"the journal is being written by process %u: read up to record %" PRIu64,
			story->growth.holder, story->end.last_sequence);
	else if (story->end.is_damaged &&
		 (story->durable == 0 || story->end.last_sequence < story->durable))
		answer_line(answer,
			"the journal ends at a damaged record: %s offset %" PRIu64 ": %s",
			story->end.segment, story->end.offset, story->end.reason);
	answer_code(answer, CODE_ROWS, "order %" PRIu64 ", %u events in %" PRIu64 " records",
		story->order_id, story->event_count, story->record_count);
}
