#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

static bool check_session(const struct document *d, const struct raw_session *raw,
	const struct site_config *site, const struct session_config *session)
{
	for (const struct session_config *other = site->sessions; other < session; other++) {
		if (other->id == session->id)
			return document_refuse(d, raw->id,
				"found session id %s again, expected one that no other session has",
				raw->id);
		if (strcmp(other->name, session->name) == 0)
			return document_refuse(d, raw->name,
				"found a second session \"%s\", expected each name once",
				raw->name);
		if (strcasecmp(other->username, session->username) == 0)
			return document_refuse(d, raw->username,
				"found the username \"%s\" of session %u again, expected one that "
				"no other session "
				"has",
				raw->username, other->id);
	}
	for (unsigned i = 0; i < site->venue_count; i++) {
		if (site->venues[i].session_id == session->id)
			return document_refuse(d, raw->id,
				"found session id %s of venue \"%s\" again, expected one that no "
				"other session has",
				raw->id, site->venues[i].name);
	}
	return true;
}

/* Two sessions of the same names could not be told apart. */
static bool check_fix_names(const struct document *d, const struct raw_fix_names *raw,
	const struct site_config *site, const struct session_config *session)
{
	const struct session_config *other;
	for (uint32_t i = 0; (other = site_login(site, i)) != NULL; i++) {
		if (other != session && other->protocol == session->protocol &&
			strcmp(other->comp_id, session->comp_id) == 0 &&
			strcmp(other->our_comp_id, session->our_comp_id) == 0)
			return document_refuse(d, raw->comp_id,
				"found the names %s and %s of session %u again, expected others",
				raw->comp_id, raw->our_comp_id, other->id);
	}
	return true;
}

bool fix_times_read(const struct document *d, const char *text, uint8_t *times)
{
	static const char *const words[] = {[TIMES_MILLIS] = "milliseconds",
		[TIMES_SECONDS] = "seconds",
		[TIMES_MICROS] = "microseconds",
		[TIMES_NANOS] = "nanoseconds"};
	unsigned choice = TIMES_MILLIS;
	if (text != NULL && !field_choice(d, text, words, ARRAY_COUNT(words), &choice))
		return false;
	*times = (uint8_t)choice;
	return true;
}

bool fix_names_read(const struct document *d, const struct raw_fix_names *raw,
	const struct site_config *site, struct session_config *session)
{
	static const char *const resets[] = {"refused", "agreed"};
	unsigned reset = 0;
	bool is_fix = session->protocol == ORDERS_FIX42 || session->protocol == ORDERS_FIX44;
	bool has_any = raw->comp_id != NULL || raw->our_comp_id != NULL || raw->reset != NULL ||
		       raw->timestamps != NULL;
	bool has_all = raw->comp_id != NULL && raw->our_comp_id != NULL && raw->reset != NULL;
	if (!is_fix && !has_any)
		return true;
	if (is_fix != has_all || is_fix != has_any)
		return document_refuse(d, raw->name,
			"found session \"%s\" of %s, expected comp_id, our_comp_id and reset (and "
			"timestamps, if wanted) with fix42 and fix44, and none of them with "
			"another protocol",
			raw->name, order_protocol_name((enum order_protocol)session->protocol));
	if (!field_name(d, raw->comp_id, session->comp_id, sizeof session->comp_id) ||
		!field_name(
			d, raw->our_comp_id, session->our_comp_id, sizeof session->our_comp_id) ||
		!field_choice(d, raw->reset, resets, ARRAY_COUNT(resets), &reset) ||
		!fix_times_read(d, raw->timestamps, &session->times))
		return false;
	session->takes_reset = reset != 0;
	return check_fix_names(d, raw, site, session);
}

/* What becomes of its orders when the client is gone.  A production site says so for each session. */
static bool read_absence(const struct document *d, const struct raw_session *raw,
	const struct site_config *site, struct session_config *session)
{
	static const char *const words[] = {"no", "yes"};
	unsigned does_cancel = 0;
	if (raw->cancel_on_disconnect != NULL && !field_choice(d, raw->cancel_on_disconnect, words,
							 ARRAY_COUNT(words), &does_cancel))
		return false;
	if (raw->cancel_on_disconnect == NULL && site->kind == SITE_PRODUCTION)
		return document_refuse(d, raw->id,
			"found no cancel_on_disconnect of session %s in the production site "
			"\"%s\", expected yes or no",
			raw->id, site->name);
	session->cancel_on_disconnect = (uint8_t)does_cancel;
	if (raw->dead_man == NULL)
		return true;
	if (!field_duration(d, raw->dead_man, &session->dead_man_ns))
		return false;
	if (session->dead_man_ns <= site->client_heartbeat_ns)
		return document_refuse(d, raw->dead_man,
			"found a dead_man of %s, expected longer than the gate's client_heartbeat "
			"of "
			"%u ms, by which a client that is there speaks: state a longer one",
			raw->dead_man, (unsigned)(site->client_heartbeat_ns / 1000000));
	return session->dead_man_ns < site->client_timeout_ns ||
	       document_refuse(d, raw->dead_man,
		       "found a dead_man of %s, expected shorter than the gate's client_timeout, "
		       "which ends the session",
		       raw->dead_man);
}

/* Whether its orders name the parent that they are children of. */
static bool read_parents(
	const struct document *d, const struct raw_session *raw, struct session_config *session)
{
	static const char *const words[] = {"no", "yes"};
	unsigned has_parents = 0;
	if (raw->parents != NULL &&
		!field_choice(d, raw->parents, words, ARRAY_COUNT(words), &has_parents))
		return false;
	session->has_parents = (uint8_t)has_parents;
	return has_parents == 0 || session->protocol != ORDERS_OUCH42 ||
	       document_refuse(d, raw->parents,
		       "found parents of session \"%s\" of ouch42, expected a protocol whose "
		       "orders "
		       "have a field for them: ouch50, fix42 or fix44",
		       raw->name);
}

static bool read_strategies(
	const struct document *d, const struct raw_session *raw, struct session_config *session)
{
	for (unsigned i = 0; i < raw->strategies_count; i++) {
		uint32_t *id = &session->strategies[session->strategy_count];
		if (!field_count_u32(d, raw->strategies[i], NULL, 1, STRATEGY_COUNT_MAX - 1, id))
			return false;
		session->strategy_count++;
	}
	return true;
}

static bool read_session(
	const struct document *d, const struct raw_session *raw, struct site_config *site)
{
	struct session_config *session = &site->sessions[site->session_count];
	if (!field_count_u32(d, raw->id, NULL, 1, SESSION_COUNT_MAX - 1, &session->id) ||
		!field_name(d, raw->name, session->name, sizeof session->name) ||
		!order_protocol_read(d, raw->protocol, &session->protocol) ||
		!field_name(d, raw->username, session->username, sizeof session->username) ||
		!password_read(d, site, raw->username, raw->password, raw->password_file,
			session->password) ||
		!read_absence(d, raw, site, session) || !read_parents(d, raw, session) ||
		!read_strategies(d, raw, session) ||
		(raw->trader != NULL &&
			!field_name(d, raw->trader, session->trader, sizeof session->trader)) ||
		(raw->default_account != NULL &&
			!field_count_u32(d, raw->default_account, NULL, 1, ACCOUNT_COUNT_MAX - 1,
				&session->default_account)) ||
		(raw->default_strategy != NULL &&
			!field_count_u32(d, raw->default_strategy, NULL, 1, STRATEGY_COUNT_MAX - 1,
				&session->default_strategy)) ||
		!field_count_u32(d, raw->replay, NULL, 1, 1 << 24, &session->replay_count) ||
		!tls_session_read(d, raw->certificate, site, session))
		return false;
	const struct raw_fix_names names = {.name = raw->name,
		.comp_id = raw->comp_id,
		.our_comp_id = raw->our_comp_id,
		.reset = raw->reset,
		.timestamps = raw->timestamps};
	if (!fix_names_read(d, &names, site, session))
		return false;
	site->session_count++;
	return check_session(d, raw, site, session);
}

/* Where there are several gates each says it for itself. */
static bool read_listen(
	const struct document *d, const struct raw_site *raw, struct site_config *site)
{
	uint32_t address_ip;
	const char *text = raw->gate.listen;
	if ((text != NULL) == (raw->gates_count > 0))
		return document_refuse(d, text != NULL ? text : raw->gate.client_heartbeat,
			"found %s, expected listen either of the gate or of each of the gates",
			text != NULL ? "listen of gate beside gates" : "no listen");
	if (text == NULL)
		return true;
	const char *expected = scalar_endpoint(text, &address_ip, &site->listen_port);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	snprintf(site->listen_address, sizeof site->listen_address, "%.*s", (int)strcspn(text, ":"),
		text);
	return true;
}

/* A stack answers at its own address only. */
static bool check_listen(
	const struct document *d, const struct raw_gate *raw, const struct site_config *site)
{
	uint32_t address_ip;
	uint16_t port;
	if (site->stack.is_used && raw->listen != NULL &&
		scalar_endpoint(raw->listen, &address_ip, &port) == NULL &&
		address_ip != site->stack.address_ip)
		return document_refuse(d, raw->listen,
			"found %s, expected the address of the gate's stack, %s", raw->listen,
			raw->stack->address);
	return true;
}

static bool read_control(
	const struct document *d, const struct raw_control *raw, struct site_config *site)
{
	static const char *const policies[] = {"halted", "reduce-only"};
	unsigned policy;
	if (!field_duration(d, raw->max_silence, &site->control_max_silence_ns) ||
		!field_choice(d, raw->when_silent, policies, ARRAY_COUNT(policies), &policy))
		return false;
	site->silent_policy = (uint8_t)(SILENT_HALTED + policy);
	return true;
}

static bool read_residue(const struct document *d, const char *text, struct site_config *site)
{
	static const char *const policies[] = {
		[RESIDUE_HALTED] = "halted", [RESIDUE_REDUCE_ONLY] = "reduce-only"};
	unsigned policy = RESIDUE_HALTED;
	if (text != NULL && !field_choice(d, text, policies, ARRAY_COUNT(policies), &policy))
		return false;
	site->residue_policy = (uint8_t)policy;
	return true;
}

static bool read_text_ids(const struct document *d, const char *text, struct site_config *site)
{
	site->text_id_count = TEXT_ID_COUNT_DEFAULT;
	return text == NULL ||
	       field_count_u32(d, text, NULL, 1, TEXT_ID_COUNT_MAX, &site->text_id_count);
}

bool sessions_read(const struct document *d, struct site_config *site)
{
	const struct raw_gate *raw = &((const struct raw_site *)d->root)->gate;
	if (!read_listen(d, d->root, site) ||
		!field_duration(d, raw->client_heartbeat, &site->client_heartbeat_ns) ||
		!field_duration(d, raw->client_timeout, &site->client_timeout_ns) ||
		!field_count_u32(
			d, raw->cancels_per_turn, NULL, 1, 4096, &site->cancels_per_turn) ||
		!field_count_u32(
			d, raw->own_orders, NULL, 1, OWN_ORDER_COUNT_MAX, &site->own_order_count) ||
		!read_text_ids(d, raw->text_ids, site) || !read_residue(d, raw->residue, site) ||
		!read_control(d, &raw->control, site) || !stack_read(d, raw->stack, site) ||
		!shm_read(d, raw->shm, site) || !tls_listen_read(d, raw->tls, site) ||
		!check_listen(d, raw, site))
		return false;
	if (site->client_timeout_ns <= site->client_heartbeat_ns)
		return document_refuse(d, raw->client_timeout,
			"found a timeout of %s, expected longer than the heartbeat of %s",
			raw->client_timeout, raw->client_heartbeat);
	if (raw->sessions_count + site->venue_count > SESSION_COUNT_MAX - 1)
		return document_refuse(d, raw->sessions[0].id,
			"found %u sessions and %u venues, expected at most %d together",
			raw->sessions_count, site->venue_count, SESSION_COUNT_MAX - 1);
	for (unsigned i = 0; i < raw->sessions_count; i++) {
		if (!read_session(d, &raw->sessions[i], site))
			return false;
	}
	return true;
}

static bool has_strategy_of_session(
	const struct site_config *site, uint32_t session_id, uint32_t id)
{
	for (uint32_t i = 0; i < site->account_count; i++) {
		if (account_has_session(&site->accounts[i], session_id) &&
			account_has_strategy(&site->accounts[i], id))
			return true;
	}
	return false;
}

static bool may_use(const struct session_config *session, uint32_t strategy)
{
	for (unsigned i = 0; i < session->strategy_count; i++) {
		if (session->strategies[i] == strategy)
			return true;
	}
	return session->strategy_count == 0;
}

static bool check_strategies(const struct document *d, const struct raw_session *raw,
	const struct site_config *site, const struct session_config *session)
{
	for (unsigned i = 0; i < session->strategy_count; i++) {
		if (!has_strategy_of_session(site, session->id, session->strategies[i]))
			return document_refuse(d, raw->strategies[i],
				"found strategy %s, expected one of an account that the session "
				"speaks for",
				raw->strategies[i]);
	}
	return true;
}

static bool check_defaults(const struct document *d, const struct raw_session *raw,
	const struct site_config *site, const struct session_config *session)
{
	uint32_t index = site_account_find(site, session->default_account);
	if (session->default_account != 0 && index == UINT32_MAX)
		return document_refuse(d, raw->default_account,
			"found the unknown account %s, expected an id from accounts.yaml",
			raw->default_account);
	if (session->default_account != 0 &&
		!account_has_session(&site->accounts[index], session->id))
		return document_refuse(d, raw->default_account,
			"found account %s, expected one whose sessions name session %u",
			raw->default_account, session->id);
	if (session->default_strategy == 0)
		return true;
	if (!may_use(session, session->default_strategy))
		return document_refuse(d, raw->default_strategy,
			"found strategy %s, expected one of the session's own strategies",
			raw->default_strategy);
	bool known =
		session->default_account != 0
			? account_has_strategy(&site->accounts[index], session->default_strategy)
			: has_strategy_of_session(site, session->id, session->default_strategy);
	if (!known)
		return document_refuse(d, raw->default_strategy,
			"found strategy %s, expected one of the account that the session speaks "
			"for",
			raw->default_strategy);
	return true;
}

bool sessions_check(const struct document *d, const struct site_config *site)
{
	const struct raw_gate *raw = &((const struct raw_site *)d->root)->gate;
	for (unsigned i = 0; i < site->session_count; i++) {
		if (!check_strategies(d, &raw->sessions[i], site, &site->sessions[i]) ||
			!check_defaults(d, &raw->sessions[i], site, &site->sessions[i]))
			return false;
	}
	return true;
}
