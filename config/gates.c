/* gates.c - the gates of a site: which of them owns what, and the site as one of them sees it. */
#include <stdio.h>
#include <stdlib.h>

#include "config/scalar.h"
#include "config/site_file.h"

enum { GATE_NONE = 0xFF };

uint32_t site_gate_count(const struct site_config *site)
{
	return site->gate_count != 0 ? site->gate_count : 1;
}

uint32_t site_gate_find(const struct site_config *site, const char *name)
{
	for (uint32_t i = 0; i < site->gate_count; i++) {
		if (strcmp(site->gates[i].name, name) == 0)
			return i;
	}
	return UINT32_MAX;
}

bool site_gate_choose(const struct site_config *site, const char *name, uint32_t *gate,
	struct config_error *error)
{
	char names[GATE_COUNT_MAX * (NAME_BYTES + 2)] = "";
	*gate = name != NULL ? site_gate_find(site, name) : site->gate_count == 0 ? 0 : UINT32_MAX;
	if (*gate != UINT32_MAX)
		return true;
	for (uint32_t i = 0; i < site->gate_count; i++)
		snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
			i == 0 ? "" : ", ", site->gates[i].name);
	if (site->gate_count == 0)
		snprintf(error->text, sizeof error->text,
			"found gate \"%.60s\", expected no --gate: the site has one gate", name);
	else if (name == NULL)
		snprintf(error->text, sizeof error->text,
			"found %u gates, expected --gate and one of: %s", site->gate_count, names);
	else
		snprintf(error->text, sizeof error->text,
			"found gate \"%.60s\", expected one of: %s", name, names);
	return false;
}

void site_journal_of(const struct site_config *site, uint32_t gate, char directory[PATH_BYTES])
{
	bool is_one = gate >= site->gate_count;
	CHECK((size_t)snprintf(directory, PATH_BYTES, "%s%s%s", site->journal_directory,
		      is_one ? "" : "/", is_one ? "" : site->gates[gate].name) < PATH_BYTES);
}

bool site_has_row(const struct site_config *view, const struct limit_row *row)
{
	return view->gate_count == 0 || row->scope != SCOPE_SESSION ||
	       site_session_find(view, row->id) != UINT32_MAX;
}

static bool read_name(const struct document *d, const struct raw_gate_row *raw,
	const struct site_config *site, struct gate_config *gate)
{
	uint32_t address_ip;
	if (!field_name(d, raw->name, gate->name, sizeof gate->name))
		return false;
	if (site_gate_find(site, gate->name) != UINT32_MAX)
		return document_refuse(d, raw->name,
			"found a second gate \"%s\", expected each name once", raw->name);
	if (strlen(site->journal_directory) + 1 + strlen(gate->name) >=
		sizeof site->journal_directory)
		return document_refuse(d, raw->name,
			"found a journal directory of %zu bytes, expected one that leaves room for "
			"that of gate \"%s\" in it",
			strlen(site->journal_directory), gate->name);
	const char *expected = scalar_endpoint(raw->listen, &address_ip, &gate->listen_port);
	if (expected != NULL)
		return document_refuse(
			d, raw->listen, "found \"%.64s\", expected %s", raw->listen, expected);
	snprintf(gate->listen_address, sizeof gate->listen_address, "%.*s",
		(int)strcspn(raw->listen, ":"), raw->listen);
	for (uint32_t i = 0; i < site->gate_count; i++) {
		if (gate->listen_port == site->gates[i].listen_port &&
			strcmp(gate->listen_address, site->gates[i].listen_address) == 0)
			return document_refuse(d, raw->listen,
				"found %s of gate \"%s\" again, expected an address of its own",
				raw->listen, site->gates[i].name);
	}
	return true;
}

/* own gives a row to the gate that is being read; false: another has it. */
static bool own(
	const struct document *d, const char *text, const struct site_config *site, uint8_t *gate)
{
	if (*gate != GATE_NONE)
		return document_refuse(d, text,
			"found %s of gate \"%s\" again, expected one gate for each", text,
			site->gates[*gate].name);
	*gate = site->gate_count;
	return true;
}

static bool read_accounts(
	const struct document *d, const struct raw_gate_row *raw, struct site_config *site)
{
	for (unsigned i = 0; i < raw->accounts_count; i++) {
		const char *text = raw->accounts[i];
		uint32_t id;
		if (!field_count_u32(d, text, NULL, 1, ACCOUNT_COUNT_MAX - 1, &id))
			return false;
		uint32_t index = site_account_find(site, id);
		if (index == UINT32_MAX)
			return document_refuse(d, text,
				"found the unknown account %s, expected an id from accounts.yaml",
				text);
		if (!own(d, text, site, &site->accounts[index].gate))
			return false;
	}
	return true;
}

static bool read_venues(
	const struct document *d, const struct raw_gate_row *raw, struct site_config *site)
{
	for (unsigned i = 0; i < raw->venues_count; i++) {
		const char *text = raw->venues[i];
		uint32_t index = 0;
		while (index < site->venue_count && strcmp(site->venues[index].name, text) != 0)
			index++;
		if (index == site->venue_count)
			return document_refuse(d, text,
				"found the unknown venue \"%.64s\", expected one of the site's",
				text);
		if (!own(d, text, site, &site->venues[index].gate))
			return false;
	}
	return true;
}

static bool check_all_are_owned(const struct document *d, const struct site_config *site)
{
	const struct raw_site *raw = d->root;
	for (uint32_t i = 0; i < site->account_count; i++) {
		if (site->accounts[i].gate == GATE_NONE)
			return document_refuse(d, raw->gates[0].name,
				"found no gate that owns account %u, expected every account in one "
				"of the gates",
				site->accounts[i].id);
	}
	for (uint32_t i = 0; i < site->venue_count; i++) {
		if (site->venues[i].gate == GATE_NONE)
			return document_refuse(d, raw->venues[i].name,
				"found no gate that owns venue \"%s\", expected every venue in one "
				"of the gates",
				site->venues[i].name);
	}
	return true;
}

/* The orders of a group meet each other, so one gate must see them all. */
static bool check_groups(const struct document *d, const struct site_config *site)
{
	const struct raw_site *raw = d->root;
	for (uint32_t i = 0; i < site->account_count; i++)
		for (uint32_t j = 0; j < i; j++) {
			const struct account_config *account = &site->accounts[i],
						    *other = &site->accounts[j];
			if (account->self_trade_group[0] != '\0' &&
				strcmp(account->self_trade_group, other->self_trade_group) == 0 &&
				account->gate != other->gate)
				return document_refuse(d, raw->gates[account->gate].name,
					"found accounts %u and %u of the self-trade group %s in "
					"two gates, expected one for the group",
					other->id, account->id, account->self_trade_group);
		}
	return true;
}

/* A session logs in at the gate of its accounts. */
static bool place_sessions(const struct document *d, struct site_config *site)
{
	const struct raw_site *raw = d->root;
	for (uint32_t i = 0; i < site->session_count; i++) {
		struct session_config *session = &site->sessions[i];
		session->gate = GATE_NONE;
		for (uint32_t j = 0; j < site->account_count; j++) {
			if (!account_has_session(&site->accounts[j], session->id))
				continue;
			if (session->gate != GATE_NONE && session->gate != site->accounts[j].gate)
				return document_refuse(d, raw->gate.sessions[i].id,
					"found session %u of accounts in the gates %s and %s, "
					"expected one gate for all its accounts",
					session->id, site->gates[session->gate].name,
					site->gates[site->accounts[j].gate].name);
			session->gate = site->accounts[j].gate;
		}
		if (session->gate == GATE_NONE)
			return document_refuse(d, raw->gate.sessions[i].id,
				"found session %u of no account, expected one that names it: else "
				"no gate has it",
				session->id);
	}
	return true;
}

static bool place_copies(const struct document *d, struct site_config *site)
{
	const struct raw_site *raw = d->root;
	for (uint32_t i = 0; i < site->copy_count; i++) {
		struct copy_config *copy = &site->copies[i];
		copy->session.gate = GATE_NONE;
		for (uint32_t j = 0; j < copy->account_count; j++) {
			uint32_t at = site_account_find(site, copy->accounts[j]);
			if (j > 0 && copy->session.gate != site->accounts[at].gate)
				copy->session.gate = GATE_NONE;
			else
				copy->session.gate = site->accounts[at].gate;
			if (copy->session.gate == GATE_NONE)
				break;
		}
		if (copy->session.gate == GATE_NONE)
			return document_refuse(d, raw->gate.drop_copies[i].id,
				"found copy %u of accounts in more than one gate, expected "
				"accounts of one: a copy is told by one gate",
				copy->session.id);
	}
	return true;
}

/* An order goes only to venues of its gate. */
static bool check_routes(const struct document *d, const struct site_config *site)
{
	const struct raw_site *raw = d->root;
	uint32_t routes[GATE_COUNT_MAX] = {0}, venues[GATE_COUNT_MAX] = {0};
	for (uint32_t i = 0; i < site->route_count; i++) {
		const struct route_config *route = &site->routes[i];
		uint8_t gate = site->venues[route->venue].gate;
		uint32_t account = site_account_find(site, route->account);
		uint32_t session = site_session_find(site, route->session);
		routes[gate]++;
		if ((account != UINT32_MAX && site->accounts[account].gate != gate) ||
			(session != UINT32_MAX && site->sessions[session].gate != gate))
			return document_refuse(d, raw->routes[i].venue,
				"found a route to venue \"%s\" of gate \"%s\" for what another "
				"gate "
				"owns, expected a venue of its own gate",
				raw->routes[i].venue, site->gates[gate].name);
	}
	for (uint32_t i = 0; i < site->venue_count; i++) {
		uint8_t gate = site->venues[i].gate;
		if (++venues[gate] > 1 && routes[gate] == 0)
			return document_refuse(d, raw->venues[i].name,
				"found two venues of gate \"%s\" and no route to them, expected "
				"routes that say which order goes where",
				site->gates[gate].name);
	}
	return true;
}

/* One stack and one socket are one gate's; a certificate is asked for at one door. */
static bool check_doors(const struct document *d, const struct site_config *site)
{
	const struct raw_site *raw = d->root;
	const char *what = site->stack.is_used ? "a stack"
			   : site->shm.is_used ? "sessions in shared memory"
			   : site->tls.is_used ? "a listener with TLS"
					       : NULL;
	return what == NULL ||
	       document_refuse(d, raw->gates[0].name,
		       "found %s and %u gates, expected one gate with it, or sessions by the "
		       "kernel's TCP alone",
		       what, site->gate_count);
}

bool gates_read(const struct document *d, struct site_config *site)
{
	const struct raw_site *raw = d->root;
	if (raw->gates_count == 0)
		return true;
	for (uint32_t i = 0; i < site->account_count; i++)
		site->accounts[i].gate = GATE_NONE;
	for (uint8_t i = 0; i < site->venue_count; i++) {
		site->venues[i].gate = GATE_NONE;
		site->venues[i].place = i;
	}
	for (unsigned i = 0; i < raw->gates_count; i++) {
		const struct raw_gate_row *row = &raw->gates[i];
		if (!read_name(d, row, site, &site->gates[i]) || !read_accounts(d, row, site) ||
			!read_venues(d, row, site))
			return false;
		site->gate_count++;
	}
	return check_doors(d, site) && check_all_are_owned(d, site) && check_groups(d, site) &&
	       place_sessions(d, site) && place_copies(d, site) && check_routes(d, site);
}

static void view_sessions(struct site_config *view, const struct site_config *site)
{
	view->session_count = view->copy_count = 0;
	for (uint32_t i = 0; i < site->session_count; i++)
		if (site->sessions[i].gate == view->gate)
			view->sessions[view->session_count++] = site->sessions[i];
	for (uint32_t i = 0; i < site->copy_count; i++)
		if (site->copies[i].session.gate == view->gate)
			view->copies[view->copy_count++] = site->copies[i];
}

static uint32_t first_account(const struct site_config *site, uint8_t gate)
{
	uint32_t i = 0;
	while (site->accounts[i].gate != gate)
		i++;
	return site->accounts[i].id;
}

/* Routes keep their places, by which symbols name them: one to a venue of another gate is for an account of that gate,
   whose orders never come here. */
static void view_venues(struct site_config *view, const struct site_config *site)
{
	uint8_t places[VENUE_COUNT_MAX] = {0};
	uint32_t own_routes = 0;
	view->venue_count = 0;
	for (uint32_t i = 0; i < site->venue_count; i++) {
		if (site->venues[i].gate != view->gate)
			continue;
		places[i] = view->venue_count;
		view->venues[view->venue_count++] = site->venues[i];
	}
	for (uint32_t i = 0; i < site->route_count; i++) {
		struct route_config *route = &view->routes[i];
		uint8_t gate = site->venues[route->venue].gate;
		own_routes += gate == view->gate;
		route->venue = places[route->venue];
		if (gate != view->gate && route->account == 0)
			route->account = first_account(site, gate);
	}
	if (own_routes == 0)
		view->route_count = 0;
}

static void view_positions(struct site_config *view, const struct site_config *site)
{
	view->position_count = 0;
	view->positions = calloc(site->position_count + 1u, sizeof *view->positions);
	CHECK(view->positions != NULL);
	for (uint32_t i = 0; i < site->position_count; i++) {
		uint32_t account = site_account_find(site, site->positions[i].account);
		if (site->accounts[account].gate == view->gate)
			view->positions[view->position_count++] = site->positions[i];
	}
}

void site_of_gate(struct site_config *view, const struct site_config *site, uint32_t gate)
{
	*view = *site;
	CHECK(gate < site_gate_count(site));
	view->gate = (uint8_t)gate;
	view_positions(view, site);
	if (site->gate_count == 0)
		return;
	const struct gate_config *config = &site->gates[gate];
	view_sessions(view, site);
	view_venues(view, site);
	memcpy(view->listen_address, config->listen_address, sizeof view->listen_address);
	view->listen_port = config->listen_port;
	site_journal_of(site, gate, view->journal_directory);
	view->hash[0] = site->hash[0] ^ 0x9E3779B97F4A7C15ull * (gate + 1);
}

void site_of_gate_free(struct site_config *view)
{
	free(view->positions);
	*view = (struct site_config){0};
}
