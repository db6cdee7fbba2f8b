/* record_json.c - one record of the journal as an object with its fields by name. */
#include <inttypes.h>
#include <stdio.h>

#include "control/journal/inspect.h"
#include "control/journal/lease_json.h"
#include "control/journal/story.h"
#include "dataplane/shm/mark.h"

static void set_count(json_t *row, const char *key, uint64_t value)
{
	json_object_set_new(row, key, json_integer((json_int_t)value));
}

static void set_text(json_t *row, const char *key, const char *text, size_t size)
{
	size_t used = strnlen(text, size);
	json_t *value = json_stringn(text, used);
	json_object_set_new(row, key, value != NULL ? value : json_string("?"));
}

static void set_e4(json_t *row, const char *key, int64_t value_e4)
{
	char text[32];
	e4_format(value_e4, text);
	json_object_set_new(row, key, json_string(text));
}

static void set_hash(json_t *row, const char *key, const uint64_t hash[2])
{
	char text[40];
	snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64, hash[1], hash[0]);
	json_object_set_new(row, key, json_string(text));
}

static void set_symbol(json_t *row, const struct site_config *site, uint32_t symbol)
{
	char name[9] = "?";
	if (symbol < site->symbol_count)
		symbol_unpack(site->symbols[symbol].name, name);
	set_text(row, "symbol", name, sizeof name);
}

static void set_bytes(json_t *row, const uint8_t *bytes, size_t size)
{
	char text[2 * RECORD_BYTES_MAX + 1] = "";
	for (size_t i = 0; i < size && i < RECORD_BYTES_MAX; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	json_object_set_new(row, "bytes", json_string(text));
}

static void receipt_fields(json_t *row, const struct site_config *site, const struct receipt *r)
{
	json_t *breached = json_array();
	for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
		if ((r->mask >> lane & 1) != 0)
			json_array_append_new(breached, json_string(lane_rows[lane].name));
	}
	set_count(row, "order", r->order_id);
	set_count(row, "kind", r->kind);
	json_object_set_new(row, "passed", json_boolean((r->flags & RECEIPT_PASSED) != 0));
	json_object_set_new(row, "market", json_boolean((r->flags & RECEIPT_MARKET) != 0));
	json_object_set_new(row, "way_out", json_boolean((r->flags & RECEIPT_WAY_OUT) != 0));
	json_object_set_new(row, "reason", json_string(lane_name(r->lane)));
	json_object_set_new(row, "breached", breached);
	json_object_set_new(row, "side", json_string(mark_of_receipt(r->side, r->flags)));
	set_count(row, "qty", r->qty);
	set_symbol(row, site, r->symbol);
	set_e4(row, "price", r->price_e4);
	set_count(row, "original", r->original_id);
	set_count(row, "met", r->met_id);
	set_count(row, "parent", r->parent);
	set_count(row, "account", r->account);
	set_count(row, "strategy", r->strategy);
	set_count(row, "session", r->session);
	set_count(row, "client_ref", r->client_ref);
	set_count(row, "venue_ref", r->venue_ref);
	json_object_set_new(row, "usage", json_integer(r->usage));
	json_object_set_new(row, "limit", json_integer(r->limit));
	json_object_set_new(row, "owner",
		json_string(r->owner_scope < SCOPE_COUNT ? scope_name((enum scope)r->owner_scope)
							 : "none"));
	const char *word = receipt_limit_word(r);
	if (word != NULL)
		json_object_set_new(row, "by", json_string(word));
	set_e4(row, "reference", r->reference_e4);
	json_object_set_new(row, "reference_source",
		json_string(reference_source_name((enum reference_source)r->reference_source)));
	set_count(row, "reference_age_us", r->reference_age_us);
	set_count(row, "epoch", r->epoch);
	set_count(row, "turn", r->turn);
}

static void turn_fields(json_t *row, const struct turn_inputs *turn)
{
	set_count(row, "turn", turn->turn);
	set_count(row, "now_ns", turn->now_ns);
	set_count(row, "control_silent_ns", turn->control_silent_ns);
	set_count(row, "journal_behind", turn->journal_behind);
	set_count(row, "venue_up_mask", turn->venue_up_mask);
	set_count(row, "venue_slow_mask", turn->venue_slow_mask);
}

static void top_fields(json_t *row, const struct site_config *site, const struct top_used *top)
{
	set_symbol(row, site, top->symbol);
	set_e4(row, "bid", top->top.bid_e4);
	set_count(row, "bid_qty", top->top.bid_qty);
	set_e4(row, "ask", top->top.ask_e4);
	set_count(row, "ask_qty", top->top.ask_qty);
	set_e4(row, "last", top->top.last_e4);
	set_e4(row, "close", top->top.close_e4);
	set_e4(row, "band_lower", top->top.band_lower_e4);
	set_e4(row, "band_upper", top->top.band_upper_e4);
	set_text(row, "state", (const char *)&top->top.state, 1);
	set_text(row, "phase", (const char *)&top->top.phase, 1);
	set_text(row, "short_sale", (const char *)&top->top.short_sale, 1);
	json_object_set_new(row, "operational", json_boolean(top->top.operational != 0));
	json_object_set_new(row, "stale", json_boolean(top->top.stale != 0));
}

static void stop_fields(json_t *row, const struct stop_record *stop)
{
	json_object_set_new(row, "scope", json_string(scope_name((enum scope)stop->scope)));
	set_count(row, "id", stop->id);
	json_object_set_new(
		row, "state", json_string(trading_state_name((enum trading_state)stop->state)));
	set_count(row, "writer", stop->writer);
	set_count(row, "stamp", stop->stamp);
	set_count(row, "uid", stop->uid);
	if (stop->is_while)
		json_object_set_new(row, "passes", json_true());
	set_text(row, "because", stop->reason, sizeof stop->reason);
}

static void release_fields(json_t *row, const struct release_record *release)
{
	json_object_set_new(row, "scope", json_string(scope_name((enum scope)release->scope)));
	set_count(row, "id", release->id);
	set_count(row, "latch", release->latch);
	set_count(row, "uid", release->uid);
	set_count(row, "second_uid", release->second_uid);
	set_text(row, "because", release->reason, sizeof release->reason);
}

static void resolve_fields(json_t *row, const struct resolve_record *word)
{
	set_count(row, "order", word->order_id);
	set_count(row, "venue", word->venue);
	set_count(row, "venue_ref", word->venue_ref);
	json_object_set_new(row, "as", json_string(resolve_name(word->as)));
	set_count(row, "qty", word->qty);
	json_object_set_new(row, "price_e4", json_integer(word->price_e4));
	set_count(row, "uid", word->uid);
	set_count(row, "second_uid", word->second_uid);
	set_text(row, "because", word->reason, sizeof word->reason);
}

static void acknowledge_fields(json_t *row, const struct acknowledge_record *seen)
{
	set_count(row, "number", seen->number);
	set_count(row, "venue", seen->venue);
	set_count(row, "uid", seen->uid);
	set_text(row, "because", seen->reason, sizeof seen->reason);
}

static void message_fields(
	json_t *row, const struct record *record, const struct message_record *message)
{
	size_t size =
		record->body_bytes > sizeof *message ? record->body_bytes - sizeof *message : 0;
	set_count(row, "session", message->session);
	set_count(row, "message", message->sequence);
	set_bytes(row, (const uint8_t *)record_body(record) + sizeof *message,
		size < message->size_bytes ? size : message->size_bytes);
}

/* A record's body, at least as long as the longest struct it can be. */
union body {
	struct boot_record boot;
	struct turn_inputs turn;
	struct top_used top;
	struct stop_record stop;
	struct release_record release;
	struct limit_epoch_record epoch;
	struct limit_word_record word;
	struct limit_end_record end;
	struct session_record session;
	struct message_record message;
	struct sent_record sent;
	struct cancel_record cancel;
	struct reserve_record reserve;
	struct mark_record mark;
	struct position_record position;
	struct rate_record rate;
	struct trade_record trade;
	struct day_record day;
	struct ended_record ended;
	struct resolve_record resolve;
	struct acknowledge_record acknowledge;
	struct state_hash_record state;
	struct receipt receipt;
};

static void order_fields(json_t *row, unsigned type, const union body *body)
{
	if (type == RECORD_CANCEL) {
		static const char *const causes[] = {"?", "client", "kill", "disconnect",
			"dead man", "self-trade", "day", "persons"};
		set_count(row, "order", body->cancel.order_id);
		set_count(row, "venue_ref", body->cancel.venue_ref);
		set_count(row, "qty", body->cancel.qty);
		json_object_set_new(row, "cause",
			json_string(
				causes[body->cancel.cause < ARRAY_COUNT(causes) ? body->cancel.cause
										: 0]));
	} else {
		set_count(row, "order", body->sent.order_id);
		set_count(row, "venue_ref", body->sent.venue_ref);
		set_count(row, "kind", body->sent.kind);
		set_count(row, "reason", body->sent.reason);
	}
}

/* What persons said. */
static void persons_fields(json_t *row, unsigned type, const union body *body)
{
	if (type == RECORD_RELEASE)
		release_fields(row, &body->release);
	else if (type == RECORD_RESOLVE)
		resolve_fields(row, &body->resolve);
	else
		acknowledge_fields(row, &body->acknowledge);
}

static void limit_fields(json_t *row, unsigned type, const union body *body)
{
	uint8_t why = type == RECORD_LIMIT_WORD ? body->word.word : body->end.why;
	if (type == RECORD_LIMIT_EPOCH) {
		set_count(row, "epoch", body->epoch.epoch);
		set_count(row, "rows", body->epoch.row_count);
		set_hash(row, "hash", body->epoch.hash);
		set_count(row, "within_ns", body->epoch.within_ns);
		set_count(row, "uid", body->epoch.uid);
		set_count(row, "second_uid", body->epoch.second_uid);
		set_count(row, "persons", body->epoch.persons);
		set_count(row, "term", body->epoch.term);
		return;
	}
	json_object_set_new(row, "word", json_string(limits_end_name(why)));
	if (type == RECORD_LIMIT_WORD) {
		set_count(row, "epoch", body->word.epoch);
		set_count(row, "uid", body->word.uid);
		set_text(row, "because", body->word.reason, sizeof body->word.reason);
	} else {
		set_count(row, "epoch", body->end.epoch);
		set_count(row, "again", body->end.again);
		set_count(row, "uid", body->end.uid);
	}
}

static void boot_fields(json_t *row, const struct boot_record *boot)
{
	set_count(row, "wall_ns", boot->wall_ns);
	set_hash(row, "config", boot->config_hash);
}

static void session_fields(json_t *row, const struct session_record *session)
{
	static const char *const changes[] = {"?", "client up", "client down", "venue up",
		"venue down", "venue new", "tick", "goodbye", "venue open", "dead man",
		"venue end", [SESSION_VENUE_ENDS] = "venue hours end",
		[SESSION_VENUE_CLOSES] = "venue hours closed",
		[SESSION_VENUE_BEGINS] = "venue hours begin", [SESSION_LONG] = "message too long"};
	set_count(row, "session", session->session);
	json_object_set_new(row, "change",
		json_string(changes[session->change < ARRAY_COUNT(changes) ? session->change : 0]));
	set_count(row, "message", session->sequence);
}

static void trade_fields(
	json_t *row, const struct site_config *site, const struct trade_record *trade)
{
	static const char *const kinds[] = {"?", "executed", "broken", "corrected"};
	const char flag[2] = {(char)trade->liquidity, '\0'};
	set_count(row, "order", trade->order_id);
	set_count(row, "account", trade->account);
	set_count(row, "strategy", trade->strategy);
	set_symbol(row, site, trade->symbol);
	json_object_set_new(row, "kind",
		json_string(kinds[trade->kind < ARRAY_COUNT(kinds) ? trade->kind : 0]));
	json_object_set_new(row, "side", json_string(trade->side == SIDE_BUY ? "buy" : "sell"));
	set_count(row, "qty", trade->qty);
	json_object_set_new(row, "price_e4", json_integer(trade->price_e4));
	set_count(row, "venue", trade->venue);
	set_count(row, "venue_ref", trade->venue_ref);
	set_count(row, "match", trade->match);
	set_text(row, "liquidity", flag, sizeof flag);
	json_object_set_new(row, "first_of_order", json_boolean(trade->is_first != 0));
	json_object_set_new(row, "fee_e4", json_integer(trade->fee_e4));
	json_object_set_new(row, "order_fee_e4", json_integer(trade->order_fee_e4));
	json_object_set_new(row, "currency", json_string(site_currency_of(site, trade->symbol)));
}

static void position_fields(
	json_t *row, const struct site_config *site, const struct position_record *position)
{
	set_count(row, "account", position->account);
	set_symbol(row, site, position->symbol);
	json_object_set_new(row, "shares", json_integer(position->shares));
	json_object_set_new(row, "cost_e4", json_integer(position->cost_e4));
	json_object_set_new(row, "price_e4", json_integer(position->price_e4));
}

static void mark_fields(json_t *row, const struct site_config *site, const struct mark_record *mark)
{
	set_count(row, "account", mark->account);
	set_symbol(row, site, mark->symbol);
	json_object_set_new(row, "price_e4", json_integer(mark->price_e4));
}

static void rate_fields(json_t *row, const struct site_config *site, const struct rate_record *rate)
{
	const char *name =
		rate->currency < site->currency_count ? site->currencies[rate->currency].name : "?";
	json_object_set_new(row, "currency", json_string(name));
	json_object_set_new(row, "rate_e8", json_integer(rate->rate_e8));
	set_count(row, "as_of_wall_ns", rate->as_of_wall_ns);
	set_count(row, "uid", rate->uid);
}

static void day_change_fields(json_t *row, const struct day_record *day)
{
	static const char *const changes[] = {
		"?", [DAY_ENDS] = "ends", [DAY_CLOSES] = "closes", [DAY_BEGINS] = "begins"};
	json_object_set_new(row, "change",
		json_string(changes[day->change < ARRAY_COUNT(changes) ? day->change : 0]));
	if (day->uid == DAY_BY_CALENDAR)
		json_object_set_new(row, "by", json_string("calendar"));
	else
		set_count(row, "uid", day->uid);
	set_count(row, "wall_ns", day->wall_ns);
	set_count(row, "midnight_wall_ns", day->midnight_wall_ns);
	set_text(row, "because", day->reason, sizeof day->reason);
}

/* What changed the day, and an order that its end ended. */
static void day_fields(json_t *row, unsigned type, const union body *body)
{
	if (type == RECORD_DAY) {
		day_change_fields(row, &body->day);
		return;
	}
	set_count(row, "order", body->ended.order_id);
	set_count(row, "venue_ref", body->ended.venue_ref);
	set_count(row, "qty", body->ended.qty);
}

static void reserve_fields(json_t *row, const struct reserve_record *reserve)
{
	set_count(row, "session", reserve->session);
	set_count(row, "up_to", reserve->up_to);
}

static void state_fields(json_t *row, const struct state_hash_record *state)
{
	set_hash(row, "hash", state->hash);
	set_count(row, "turn", state->turn);
}

/* What is held: begun with, traded, valued, and in which money. */
static void held_fields(
	json_t *row, const struct site_config *site, unsigned type, const union body *body)
{
	if (type == RECORD_MARK)
		mark_fields(row, site, &body->mark);
	else if (type == RECORD_RATE)
		rate_fields(row, site, &body->rate);
	else if (type == RECORD_TRADE)
		trade_fields(row, site, &body->trade);
	else
		position_fields(row, site, &body->position);
}

/* What two persons said. */

static void body_fields(json_t *row, const struct site_config *site, const struct record *record,
	const union body *body)
{
	switch (record->type) {
	case RECORD_BOOT:
		boot_fields(row, &body->boot);
		break;
	case RECORD_TURN:
		turn_fields(row, &body->turn);
		break;
	case RECORD_TOP:
		top_fields(row, site, &body->top);
		break;
	case RECORD_STOP:
	case RECORD_TRIP:
		stop_fields(row, &body->stop);
		break;
	case RECORD_RELEASE:
	case RECORD_RESOLVE:
	case RECORD_ACKNOWLEDGE:
		persons_fields(row, record->type, body);
		break;
	case RECORD_LIMIT_EPOCH:
	case RECORD_LIMIT_WORD:
	case RECORD_LIMIT_END:
		limit_fields(row, record->type, body);
		break;
	case RECORD_SESSION:
		session_fields(row, &body->session);
		break;
	case RECORD_CLIENT_IN:
	case RECORD_VENUE_IN:
		message_fields(row, record, &body->message);
		break;
	case RECORD_SENT:
	case RECORD_WITHHELD:
	case RECORD_CANCEL:
		order_fields(row, record->type, body);
		break;
	case RECORD_DAY:
	case RECORD_ENDED:
		day_fields(row, record->type, body);
		break;
	case RECORD_MARK:
	case RECORD_RATE:
	case RECORD_TRADE:
	case RECORD_POSITION:
		held_fields(row, site, record->type, body);
		break;
	case RECORD_RESERVED:
	case RECORD_RESERVE:
		reserve_fields(row, &body->reserve);
		break;
	case RECORD_STATE_HASH:
		state_fields(row, &body->state);
		break;
	case RECORD_RECEIPT:
		receipt_fields(row, site, &body->receipt);
		break;
	default:
		set_bytes(row, record_body(record), record->body_bytes);
		break;
	}
}

json_t *record_json(const struct site_config *site, const struct record *record, uint64_t sequence,
	uint64_t wall_ns)
{
	union body body;
	char time[32];
	json_t *row = json_object();
	memset(&body, 0, sizeof body);
	memcpy(&body, record_body(record),
		record->body_bytes < sizeof body ? record->body_bytes : sizeof body);
	time_format(wall_ns, time);
	set_count(row, "record", sequence);
	json_object_set_new(row, "type", json_string(record_type_name(record->type)));
	json_object_set_new(row, "time", wall_ns != 0 ? json_string(time) : json_null());
	if (record->type == RECORD_LEASE || record->type == RECORD_LEASE_END)
		lease_json(row, record);
	else
		body_fields(row, site, record, &body);
	return row;
}
