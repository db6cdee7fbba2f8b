/* copies.c - the sessions that may only listen, as a site names them: to us, and ours at venues. */
#include <stdio.h>

#include "config/scalar.h"
#include "config/site_file.h"

static const uint64_t alarm_after_default_ns = 5000000000ull; /* CONTROLS, 33 */

/* taken_by tells who has a session's id or username already; NULL: nobody. */
static const char *taken_by(
	const struct site_config *site, const struct session_config *session, bool by_username)
{
	for (uint32_t i = 0; i < site->session_count; i++)
		if (by_username ? strcasecmp(site->sessions[i].username, session->username) == 0
				: site->sessions[i].id == session->id)
			return site->sessions[i].name;
	for (uint32_t i = 0; i < site->copy_count; i++)
		if (by_username ? strcasecmp(site->copies[i].session.username, session->username) ==
					  0
				: site->copies[i].session.id == session->id)
			return site->copies[i].session.name;
	for (uint32_t i = 0; i < site->venue_count; i++)
		if (!by_username && (site->venues[i].session_id == session->id ||
					    site->venues[i].drop.session_id == session->id))
			return site->venues[i].name;
	return NULL;
}

static bool copy_check(const struct document *d, const struct raw_copy *raw,
	const struct site_config *site, const struct session_config *session)
{
	const char *owner = taken_by(site, session, false);
	if (owner != NULL)
		return document_refuse(d, raw->id,
			"found session id %s of \"%s\" again, expected one that no other session "
			"has",
			raw->id, owner);
	owner = taken_by(site, session, true);
	if (owner != NULL)
		return document_refuse(d, raw->username,
			"found the username \"%s\" of \"%s\" again, expected one that no other "
			"session has",
			raw->username, owner);
	return true;
}

static bool copy_read_accounts(const struct document *d, const struct raw_copy *raw,
	const struct site_config *site, struct copy_config *copy)
{
	for (unsigned i = 0; i < raw->accounts_count; i++) {
		uint32_t id;
		if (!field_count_u32(d, raw->accounts[i], NULL, 1, ACCOUNT_COUNT_MAX - 1, &id))
			return false;
		if (site_account_find(site, id) == UINT32_MAX)
			return document_refuse(d, raw->accounts[i],
				"found the unknown account %s, expected an id from accounts.yaml",
				raw->accounts[i]);
		copy->accounts[copy->account_count++] = id;
	}
	return true;
}

static bool drop_read_endpoint(const struct document *d, const char *text, struct drop_config *drop)
{
	uint32_t address_ip;
	const char *expected = scalar_endpoint(text, &address_ip, &drop->tcp_port);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	snprintf(drop->address, sizeof drop->address, "%.*s", (int)strcspn(text, ":"), text);
	return true;
}

/* What orders are called there must lead back to ours: OUCH 5.0 tells numbers that only its own sessions have, and the
   match numbers of OUCH 4.2 are those of OUCH. */
static bool drop_speaks(const struct document *d, const struct raw_drop *raw,
	const struct venue_config *venue, struct drop_config *drop)
{
	enum order_protocol orders = (enum order_protocol)venue->protocol;
	if (!order_protocol_read(d, raw->protocol, &drop->protocol))
		return false;
	bool is_told = drop->protocol != ORDERS_OUCH50 || orders == ORDERS_OUCH50;
	if (drop->protocol == ORDERS_OUCH42)
		is_told = orders == ORDERS_OUCH50 || orders == ORDERS_OUCH42;
	if (!is_told)
		return document_refuse(d, raw->protocol != NULL ? raw->protocol : raw->session_id,
			"found a drop copy in %s of venue \"%s\", where orders go by %s, expected "
			"%sfix42 or fix44",
			order_protocol_name((enum order_protocol)drop->protocol), venue->name,
			order_protocol_name(orders), orders == ORDERS_OUCH42 ? "ouch42, " : "");
	return true;
}

static bool drop_read_fix(const struct document *d, const struct raw_venue *raw,
	const struct site_config *site, const struct venue_config *venue, struct drop_config *drop)
{
	const struct raw_fix_peer words = {.who = "the drop copy of venue",
		.name = raw->name,
		.comp_id = raw->drop_copy->comp_id,
		.our_comp_id = raw->drop_copy->our_comp_id,
		.reset = raw->drop_copy->reset,
		.timestamps = raw->drop_copy->timestamps,
		.heartbeat = raw->heartbeat,
		.heartbeat_ns = venue->heartbeat_ns,
		.protocol = drop->protocol,
		.has_calendar = (site->calendar.weekdays | venue->calendar.weekdays) != 0};
	return fix_peer_read(d, &words, &drop->fix);
}

static bool drop_read_tls(const struct document *d, const struct raw_drop *raw,
	const struct site_config *site, const struct venue_config *venue, struct drop_config *drop)
{
	char word[sizeof drop->tls.word];
	snprintf(word, sizeof word, "%s/copy", venue->name);
	return tls_venue_read(d, raw->tls, site, word, drop->address, &drop->tls);
}

/* drop_read reads the copy of one venue's that we hear. */
static bool drop_read(const struct document *d, const struct raw_venue *whole,
	const struct site_config *site, struct venue_config *venue)
{
	static const char *const policies[] = {
		[DROP_ALERTS] = "alert", [DROP_REDUCES] = "reduce-only"};
	const struct raw_drop *raw = whole->drop_copy;
	struct drop_config drop = {.alarm_after_ns = alarm_after_default_ns};
	struct session_config session = {0};
	unsigned policy = DROP_ALERTS;
	if (!drop_speaks(d, raw, venue, &drop) ||
		!field_count_u32(d, raw->session_id, NULL, 1, SESSION_COUNT_MAX - 1, &session.id) ||
		!drop_read_endpoint(d, raw->address, &drop) ||
		!field_name(d, raw->username, drop.username, sizeof drop.username) ||
		!password_read(
			d, site, raw->username, raw->password, raw->password_file, drop.password) ||
		(raw->alarm_after != NULL &&
			!field_duration(d, raw->alarm_after, &drop.alarm_after_ns)) ||
		(raw->on_break != NULL && !field_choice(d, raw->on_break, policies,
						  ARRAY_COUNT(policies), &policy)) ||
		!drop_read_fix(d, whole, site, venue, &drop) ||
		!drop_read_tls(d, raw, site, venue, &drop))
		return false;
	const char *owner = taken_by(site, &session, false);
	if (owner != NULL)
		return document_refuse(d, raw->session_id,
			"found session id %s of \"%s\" again, expected one that no other session "
			"has",
			raw->session_id, owner);
	drop.session_id = session.id;
	drop.policy = (uint8_t)policy;
	venue->drop = drop;
	return true;
}

/* copy_speak reads in which protocol a copy is told, and its names there. */
static bool copy_speak(const struct document *d, const struct raw_copy *raw,
	const struct site_config *site, struct session_config *session)
{
	const struct raw_fix_names names = {.name = raw->name,
		.comp_id = raw->comp_id,
		.our_comp_id = raw->our_comp_id,
		.reset = raw->reset,
		.timestamps = raw->timestamps};
	if (!order_protocol_read(d, raw->protocol, &session->protocol))
		return false;
	if (session->protocol == ORDERS_OUCH42)
		return document_refuse(d, raw->protocol,
			"found a drop copy in ouch42, expected ouch50, fix42 or fix44");
	return fix_names_read(d, &names, site, session);
}

bool copies_read(const struct document *d, struct site_config *site)
{
	const struct raw_gate *raw = &((const struct raw_site *)d->root)->gate;
	for (unsigned i = 0; i < raw->drop_copies_count; i++) {
		const struct raw_copy *row = &raw->drop_copies[i];
		struct copy_config *copy = &site->copies[site->copy_count];
		struct session_config *session = &copy->session;
		if (!field_count_u32(d, row->id, NULL, 1, SESSION_COUNT_MAX - 1, &session->id) ||
			!field_name(d, row->name, session->name, sizeof session->name) ||
			!field_name(
				d, row->username, session->username, sizeof session->username) ||
			!password_read(d, site, row->username, row->password, row->password_file,
				session->password) ||
			!copy_read_accounts(d, row, site, copy) ||
			!field_count_u32(
				d, row->replay, NULL, 1, 1 << 24, &session->replay_count) ||
			!copy_speak(d, row, site, session) || !copy_check(d, row, site, session))
			return false;
		site->copy_count++;
	}
	const struct raw_site *whole = d->root;
	for (unsigned i = 0; i < whole->venues_count; i++) {
		if (whole->venues[i].drop_copy != NULL &&
			!drop_read(d, &whole->venues[i], site, &site->venues[i]))
			return false;
	}
	return true;
}
