/* show.c - questions that a stage answers row by row. */
#include <inttypes.h>
#include <stdio.h>

#include "config/binds.h"
#include "control/command/asking.h"
#include "control/command/commands.h"
#include "control/health/trust.h"
#include "control/journal/story.h"
#include "control/limits/leasing.h"
#include "control/limits/percent.h"
#include "control/metrics/marks.h"
#include "control/socket/scope.h"
#include "dataplane/shm/mark.h"
#include "drivers/machine/clock.h"

static const struct site_config *site_of(const struct call *call)
{
	return &call->control->site;
}

static const char *symbol_name(const struct call *call, uint32_t symbol, char name[9])
{
	if (symbol >= site_of(call)->symbol_count)
		return "-";
	symbol_unpack(site_of(call)->symbols[symbol].name, name);
	return name;
}

static void gate_ask(
	struct call *call, uint64_t now_ns, uint32_t kind, const char *what, asking_row *row)
{
	asking_begin(call, STAGE_GATE, kind, what, row, now_ns);
}

static void order_row(struct call *call, const void *bytes)
{
	struct order_row row;
	char name[9], text[40];
	memcpy(&row, bytes, sizeof row);
	answer_row(&call->answer);
	answer_count(&call->answer, "order", row.order_id);
	answer_number(&call->answer, "account", row.account);
	answer_number(&call->answer, "strategy", row.strategy);
	answer_number(&call->answer, "session", row.session);
	answer_word(&call->answer, "side", mark_of_row(row.side));
	answer_word(&call->answer, "symbol", symbol_name(call, row.symbol, name));
	answer_number(&call->answer, "qty", row.qty);
	answer_number(&call->answer, "open", row.open_qty);
	answer_number(&call->answer, "executed", row.executed_qty);
	answer_e4(&call->answer, "price", row.price_e4);
	snprintf(text, sizeof text, "%.*s", (int)sizeof row.state_name, row.state_name);
	answer_word(&call->answer, "state", text);
	answer_number(&call->answer, "client_ref", row.client_ref);
	answer_number(&call->answer, "venue_ref", row.venue_ref);
	answer_time(&call->answer, "entered", row.entered_wall_ns);
}

void command_show_orders(struct call *call, uint64_t now_ns)
{
	if (asking_account(call))
		gate_ask(call, now_ns, REQUEST_ORDERS, "open orders", order_row);
}

static void position_row(struct call *call, const void *bytes)
{
	struct position_row row;
	char name[9];
	memcpy(&row, bytes, sizeof row);
	answer_row(&call->answer);
	if (row.account == 0)
		answer_word(&call->answer, "account", "firm");
	else
		answer_format(&call->answer, "account", "%u", row.account);
	answer_word(&call->answer, "symbol", symbol_name(call, row.symbol, name));
	answer_word(&call->answer, "currency", site_currency_of(site_of(call), row.symbol));
	answer_number(&call->answer, "start", row.start_shares);
	answer_number(&call->answer, "position", row.position);
	answer_number(&call->answer, "working_buy", row.working_buy_qty);
	answer_number(&call->answer, "working_sell", row.working_sell_qty);
	answer_e4(&call->answer, "buy_value", row.working_buy_value_e4);
	answer_e4(&call->answer, "sell_value", row.working_sell_value_e4);
	answer_number(&call->answer, "bought", row.bought_qty);
	answer_number(&call->answer, "sold", row.sold_qty);
	answer_e4(&call->answer, "bought_value", row.bought_value_e4);
	answer_e4(&call->answer, "sold_value", row.sold_value_e4);
	if (row.account == 0)
		return;
	answer_e4(&call->answer, "start_cost", row.start_cost_e4);
	answer_e4(&call->answer, "start_price", row.start_price_e4);
	answer_e4(&call->answer, "mark", row.mark_e4);
	answer_e4(&call->answer, "fees", row.fees_e4);
	call_day_pnl(call, row.pnl_e4);
}

void command_show_positions(struct call *call, uint64_t now_ns)
{
	if (asking_account(call))
		gate_ask(call, now_ns, REQUEST_POSITIONS, "positions", position_row);
}

static const char *protocol_word(const struct session_row *row)
{
	return row->protocol < ORDERS_COUNT
		       ? order_protocol_name((enum order_protocol)row->protocol)
		       : "?";
}

static void session_row(struct call *call, const void *bytes)
{
	static const char *const peers[] = {[SESSION_PEER_CLIENT] = "client",
		[SESSION_PEER_VENUE] = "venue",
		[SESSION_PEER_LISTENER] = "listener",
		[SESSION_PEER_COPY] = "copy"};
	struct session_row row;
	memcpy(&row, bytes, sizeof row);
	row.name[sizeof row.name - 1] = '\0';
	answer_row(&call->answer);
	answer_number(&call->answer, "session", row.id);
	answer_word(&call->answer, "name", row.name);
	answer_word(&call->answer, "peer", row.peer < ARRAY_COUNT(peers) ? peers[row.peer] : "?");
	answer_word(&call->answer, "protocol", protocol_word(&row));
	answer_flag(&call->answer, "up", row.is_up != 0);
	answer_number(&call->answer, "last_ref", row.last_ref);
	answer_count(&call->answer, "sequence_out", row.sequence_out);
	answer_count(&call->answer, "sequence_in", row.sequence_in);
	answer_count(&call->answer, "messages_in", row.messages_in);
	answer_count(&call->answer, "messages_out", row.messages_out);
	answer_count(&call->answer, "orders_open", row.orders_open);
	answer_count(&call->answer, "in", row.orders_in);
	answer_count(&call->answer, "refused", row.orders_refused);
	answer_count(&call->answer, "ignored", row.orders_ignored);
	answer_count(&call->answer, "sent", row.orders_sent);
	answer_count(&call->answer, "withheld", row.orders_withheld);
	answer_count(&call->answer, "acked", row.orders_acked);
	answer_count(&call->answer, "pending", row.orders_pending);
	answer_count(&call->answer, "residue", row.residue);
}

void command_show_sessions(struct call *call, uint64_t now_ns)
{
	gate_ask(call, now_ns, REQUEST_SESSIONS, "sessions", session_row);
}

/* What a venue refuses, and why. */
static void refusals_row(struct call *call, uint32_t session)
{
	const struct dataplane_region *region = call->control->plane.region;
	char words[SESSION_WORDS_BYTES];
	for (uint32_t i = 0; i < site_of(call)->venue_count && region != NULL; i++) {
		if (site_of(call)->venues[i].session_id != session)
			continue;
		const struct session_refusals *refusals =
			venue_refusals(region, site_of(call), i, false);
		uint32_t count = atomic_load_explicit(&refusals->count, memory_order_acquire);
		answer_count(&call->answer, "refused", count);
		answer_word(&call->answer, "because",
			count == 0 ? "-" : session_words(&refusals->last, words));
	}
}

/* Venues stand among the sessions; the others' rows are passed over. */
static void venue_row(struct call *call, const void *bytes)
{
	static const char *const states[] = {
		[SESSION_AWAY] = "away", [SESSION_JOINING] = "joining", [SESSION_READY] = "ready"};
	struct session_row row;
	memcpy(&row, bytes, sizeof row);
	if (row.peer != SESSION_PEER_VENUE)
		return;
	row.name[sizeof row.name - 1] = '\0';
	answer_row(&call->answer);
	answer_word(&call->answer, "venue", row.name);
	answer_number(&call->answer, "session", row.id);
	answer_word(&call->answer, "protocol", protocol_word(&row));
	answer_word(
		&call->answer, "state", row.state < ARRAY_COUNT(states) ? states[row.state] : "?");
	answer_number(&call->answer, "last_ref", row.last_ref);
	answer_count(&call->answer, "sequence_in", row.sequence_in);
	answer_count(&call->answer, "messages_in", row.messages_in);
	answer_count(&call->answer, "orders_open", row.orders_open);
	answer_count(&call->answer, "orders_uncertain", row.orders_uncertain);
	refusals_row(call, row.id);
}

void command_show_venues(struct call *call, uint64_t now_ns)
{
	gate_ask(call, now_ns, REQUEST_SESSIONS, "venues", venue_row);
}

/* What has no lane is written as something of its unit that has one. */
static void usage_word(
	struct call *call, const char *word, const struct usage_row *row, int64_t value)
{
	char text[64];
	enum limit_unit unit =
		row->key < LIMIT_COUNT ? (enum limit_unit)limit_keys[row->key].unit : FLAG;
	if (row->key < LIMIT_COUNT && unit == FLAG) {
		bool is_limit = strcmp(word, "limit") == 0;
		snprintf(text, sizeof text, "%" PRId64, value);
		answer_word(&call->answer, word, !is_limit ? text : value != 0 ? "yes" : "no");
		return;
	}
	uint8_t lane = row->lane != LANE_NONE              ? row->lane
		       : unit == AGE || usage_is_rate(row) ? LANE_STALE_MARKET_DATA
		       : unit == BPS                       ? LANE_PRICE_COLLAR
							   : LANE_NONE;
	bool is_stale = row->lane == LANE_STALE_MARKET_DATA && value == INT64_MAX;
	lane_measure_format(lane, value, text, sizeof text);
	answer_word(&call->answer, word, is_stale ? "STALE: refuses" : text);
}

/* A limit in a currency without a rate; to orders it is as one that nobody states. */
static const char no_rate[] = "refuses: no rate";

static void usage_row(struct call *call, const void *bytes)
{
	struct usage_row row;
	char name[9], id[80], limit[WATCHING_NAME_BYTES], forecast[WATCHING_FORECAST_BYTES];
	memcpy(&row, bytes, sizeof row);
	trust_usage(&call->control->plane, &row, clock_now_ns());
	watching_name(site_of(call), &row, limit);
	answer_row(&call->answer);
	if (row.scope == SCOPE_ACCOUNT_SYMBOL) {
		scope_id_name(site_of(call), SCOPE_ACCOUNT, row.id, id, sizeof id);
		answer_format(
			&call->answer, "scope", "%s %s", id, symbol_name(call, row.symbol, name));
	} else {
		scope_id_name(site_of(call), (enum scope)row.scope,
			row.scope == SCOPE_SYMBOL ? row.symbol : row.id, id, sizeof id);
		answer_word(&call->answer, "scope", id);
	}
	answer_word(&call->answer, "limit_of", limit);
	answer_word(&call->answer, "key", row.key < LIMIT_COUNT ? limit_keys[row.key].key : "-");
	usage_word(call, "usage", &row, row.usage);
	usage_word(call, "peak", &row, row.peak);
	if ((row.flags & USAGE_LACKS_RATE) != 0)
		answer_word(&call->answer, "limit", no_rate);
	else
		usage_word(call, "limit", &row, row.limit);
	if (row.limit == INT64_MIN && (row.flags & USAGE_LACKS_RATE) == 0)
		answer_word(&call->answer, "percent", "-"); /* of nothing */
	else
		answer_number(&call->answer, "percent", percent_of(row.usage, row.limit));
	watching_forecast(&row, forecast);
	answer_word(&call->answer, "forecast", forecast);
}

void command_show_limits(struct call *call, uint64_t now_ns)
{
	char term[PUBLISHING_TEXT_BYTES], leases[LEASING_TEXT_BYTES];
	char text[ASKING_WHAT_BYTES], marks[MARKS_TEXT_BYTES];
	const struct control *control = call->control;
	bool has_term = publishing_tell(&control->publishing, &control->plane, term)[0] != '\0';
	bool has_leases = leasing_tell(&control->plane, leases)[0] != '\0';
	bool has_marks = marks_tell(&control->watching, marks)[0] != '\0';
	snprintf(text, sizeof text, "limits in use%s%.*s%s%s%s%s%s", has_term ? "; " : "",
		PUBLISHING_TEXT_BYTES - LEASING_TEXT_BYTES, term, has_leases ? "; " : "", leases,
		has_marks ? "; " : "", marks, has_marks ? " since control began" : "");
	if (asking_account(call))
		gate_ask(call, now_ns, REQUEST_USAGE, text, usage_row);
}

/* Money in another currency is told with what orders are held to. */
static void effective_format(
	const struct site_config *site, const struct effective_row *row, char *text, size_t size)
{
	const enum limit limit = (enum limit)row->limit;
	limit_format(site, limit, &row->value, text, size);
	size_t used = strlen(text);
	char base[64];
	if (row->value.currency == 0)
		return;
	snprintf(base, sizeof base, "%s", no_rate);
	if (row->in_force != INT64_MIN)
		limit_format(site, limit, &(struct limit_value){.value = row->in_force}, base,
			sizeof base);
	snprintf(text + used, size - used, " (%s)", base);
}

static void effective_row(struct call *call, const void *bytes)
{
	struct effective_row row;
	char text[128], scopes[96];
	memcpy(&row, bytes, sizeof row);
	if (row.limit >= LIMIT_COUNT)
		return;
	snprintf(text, sizeof text, "none stated: %s",
		row.absence == ABSENCE_PASSES    ? "passes"
		: row.absence == ABSENCE_SYMBOLS ? "symbols.yaml's bind"
						 : "refuses");
	const char *owner = row.owner_scope == OWNER_SYMBOLS
				    ? "symbols.yaml"
				    : scope_name((enum scope)row.owner_scope);
	bool is_stated = row.owner_scope != SCOPE_COUNT && row.value.value != INT64_MIN;
	if (is_stated)
		effective_format(site_of(call), &row, text, sizeof text);
	answer_row(&call->answer);
	answer_word(&call->answer, "limit", limit_keys[row.limit].key);
	answer_word(&call->answer, "value", text);
	limit_scopes_format(row.scopes, scopes, sizeof scopes);
	answer_word(&call->answer, "of", scopes);
	answer_word(&call->answer, "owner", is_stated ? owner : "nobody");
	answer_word(&call->answer, "what", limit_keys[row.limit].sentence);
}

/* --strategy N and --session N, each once at most; false: the answer is coded. */
static bool effective_options(struct call *call, struct question *question)
{
	for (uint32_t at = 2; call_argument(call, at) != NULL; at += 2) {
		const char *word = call_argument(call, at);
		bool is_session = strcmp(word, "--session") == 0;
		enum scope scope;
		uint32_t id;
		if (!is_session && strcmp(word, "--strategy") != 0) {
			answer_code(&call->answer, CODE_ARGUMENT_BAD,
				"found \"%.64s\", expected --strategy N or --session N", word);
			return false;
		}
		if (!call_name_find(call, word + 2, call_argument(call, at + 1), &scope, &id))
			return false;
		*(is_session ? &question->session : &question->strategy) = (uint16_t)id;
	}
	return true;
}

/* A session's limits are known to the gate that it logs in at; false: the answer is coded. */
static bool effective_is_of_one_gate(struct call *call)
{
	const struct site_config *site = site_of(call);
	const struct question *question = &call->question;
	uint32_t session = site_session_find(site, question->session);
	uint32_t account = site_account_find(site, question->id);
	if (site->gate_count == 0 || question->session == 0 || session >= site->session_count ||
		site->sessions[session].gate == site->accounts[account].gate)
		return true;
	answer_code(&call->answer, CODE_ARGUMENT_BAD,
		"found session %u, which logs in at gate %s, expected one of gate %s, which "
		"account %u "
		"is of: elsewhere it orders nothing",
		question->session, gate_name(site, site->sessions[session].gate),
		gate_name(site, site->accounts[account].gate), question->id);
	return false;
}

void command_show_effective(struct call *call, uint64_t now_ns)
{
	enum scope scope;
	struct question *question = &call->question;
	if (call_name_find(call, "account", call_argument(call, 0), &scope, &question->id) &&
		call_name_find(call, "symbol", call_argument(call, 1), &scope, &question->symbol) &&
		effective_options(call, question) && effective_is_of_one_gate(call))
		gate_ask(call, now_ns, REQUEST_EFFECTIVE, "limits in effect", effective_row);
}

static void latch_row(struct call *call, const void *bytes)
{
	struct latch_row row;
	char id[80];
	static const char *const writers[] = {"control", "door", "gate"};
	memcpy(&row, bytes, sizeof row);
	bool has_under = row.under_state != STATE_ACTIVE;
	scope_id_name(site_of(call), (enum scope)row.scope, row.id, id, sizeof id);
	answer_row(&call->answer);
	answer_word(&call->answer, "scope", id);
	answer_word(&call->answer, "state", trading_state_name((enum trading_state)row.state));
	answer_count(&call->answer, "latch", row.latch);
	answer_word(
		&call->answer, "by", row.writer < STOP_WRITER_COUNT ? writers[row.writer] : "?");
	answer_word(&call->answer, "person",
		row.writer == STOP_BY_GATE ? "-" : person_find(site_of(call), row.uid).name);
	answer_time(&call->answer, "since", row.since_wall_ns);
	answer_format(&call->answer, "because", "%.*s", (int)sizeof row.reason, row.reason);
	/* The gate's own, in force when this is lifted. */
	answer_word(&call->answer, "under",
		has_under ? trading_state_name((enum trading_state)row.under_state) : "-");
	answer_time(&call->answer, "under_since", has_under ? row.under_wall_ns : 0);
	answer_format(&call->answer, "under_because", "%.*s",
		has_under ? (int)sizeof row.under_reason : 1, has_under ? row.under_reason : "-");
}

void command_show_stops(struct call *call, uint64_t now_ns)
{
	gate_ask(call, now_ns, REQUEST_STOPS, "scopes latched", latch_row);
}
