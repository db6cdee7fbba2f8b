/* open.c - a fold takes its memory for a site, and gives it back (fold.h). */
#include "dataplane/fold/copyin.h"
#include "dataplane/fold/decision.h"
#include "dataplane/fold/fold.h"
#include "dataplane/fold/parents.h"
#include "dataplane/fold/protocols.h"
#include "dataplane/orders/names.h"
#include "drivers/machine/memory.h"

enum { STORE_FIRST_BYTES = 2 << 20 }; /* of a replay store, present at once */

/* Those strategies that a session is held to; else all, and risk judges whether its accounts have them. */
static void client_permit(struct fold_client *client)
{
	const struct session_config *config = client->config;
	if (config->strategy_count == 0)
		memset(client->strategies, 0xFF, sizeof client->strategies);
	for (uint32_t i = 0; i < config->strategy_count; i++)
		client->strategies[config->strategies[i] / 64] |= 1ull
								  << config->strategies[i] % 64;
}

static size_t client_store_bytes(const struct fold_client *client)
{
	return (size_t)client->store_count * client->protocol->store_bytes;
}

/* A store is filled from its beginning. */
static void *client_store_take(size_t size_bytes)
{
	size_t part = size_bytes < STORE_FIRST_BYTES ? size_bytes : STORE_FIRST_BYTES;
	uint8_t *store = memory_take_part("client replay store", size_bytes, part);
	memory_make_later("client replay store", store + part, size_bytes - part);
	return store;
}

static void open_client(struct fold *fold, const struct session_config *config)
{
	struct fold_client *client = &fold->clients[config->id];
	client->config = config;
	client->protocol = protocols_row((enum order_protocol)config->protocol);
	client->store_count = config->replay_count;
	client->store = client_store_take(client_store_bytes(client));
	if (client->protocol->open != NULL)
		client->protocol->open(fold, config->id);
}

static void open_clients(struct fold *fold)
{
	bool has_text_ids = false;
	for (uint32_t i = 0; i < fold->site->session_count; i++) {
		const struct session_config *config = &fold->site->sessions[i];
		open_client(fold, config);
		client_permit(&fold->clients[config->id]);
		has_text_ids |= fold->clients[config->id].protocol->has_text_ids;
	}
	for (uint32_t i = 0; i < fold->site->copy_count; i++) {
		const struct copy_config *copy = &fold->site->copies[i];
		open_client(fold, &copy->session);
		fold->clients[copy->session.id].copy = copy;
	}
	ids_open(&fold->ids, has_text_ids ? fold->site->text_id_count : 0);
}

static void close_clients(struct fold *fold)
{
	for (uint32_t i = 0; i < SESSION_COUNT_MAX; i++) {
		struct fold_client *client = &fold->clients[i];
		if (client->own != NULL)
			client->protocol->close(fold, i);
		if (client->store != NULL)
			memory_return(client->store, client_store_bytes(client));
	}
}

static void open_grants(struct fold *fold)
{
	refs_open(&fold->grants, GRANT_COUNT_MAX);
	for (uint32_t i = 0; i < fold->site->account_count; i++) {
		const struct account_config *account = &fold->site->accounts[i];
		for (uint32_t j = 0; j < account->session_count && account->mpid[0] != '\0'; j++)
			CHECK(refs_put(&fold->grants,
				(uint64_t)account->sessions[j] << 32 | names_mpid(account->mpid),
				account->id));
	}
}

/* What names something of a gate to people tells which gate: orders by their numbers, venues by their places in the site. */
static void open_gate(struct fold *fold)
{
	const struct site_config *site = fold->site;
	const uint64_t first = (uint64_t)site->gate << GATE_ORDER_ID_BITS;
	const uint64_t end = first + (UINT64_C(1) << GATE_ORDER_ID_BITS);
	fold->orders.last_id = fold->breaks.taken = first;
	fold->orders.id_end = site->gate_count == 0 ? UINT64_MAX : end;
	for (uint32_t i = 0; i < site->venue_count; i++)
		fold->latches.venue_places[i] = (uint8_t)site_venue_place(site, i);
}

/* Executions have names of their own in FIX, told by the order session or a drop copy. */
static void open_names(struct fold *fold, uint32_t venue)
{
	bool has_copy = fold->site->venues[venue].drop.session_id != 0 &&
			fold->copies[venue].protocol->carrier == CARRIER_FIX;
	if (has_copy || fold->venues[venue].protocol->carrier == CARRIER_FIX)
		fills_name(&fold->fills, (uint8_t)venue);
}

struct fold *fold_open(const struct site_config *site, const struct fold_out *out,
	struct metrics *metrics, struct gate_page *page)
{
	struct fold *fold = memory_take("gate", sizeof *fold);
	fold->site = site;
	fold->out = *out;
	fold->metrics = metrics;
	fold->page = page;
	fold->risk = risk_open(site);
	fold->decision = memory_take("decision", sizeof *fold->decision);
	fold->egress = memory_take("egress queue", FOLD_EGRESS_COUNT * sizeof fold->egress[0]);
	order_table_open(&fold->orders, site->own_order_count);
	selftrade_open(&fold->selftrade, &fold->orders, site);
	parents_open(&fold->parents, site);
	fills_open(&fold->fills, site->own_order_count);
	latches_open(&fold->latches);
	open_clients(fold);
	for (uint32_t i = 0; i < site->venue_count; i++)
		fold->copies[i].protocol =
			protocols_row((enum order_protocol)site->venues[i].drop.protocol);
	copyin_open(fold);
	open_gate(fold);
	open_grants(fold);
	refs_open(&fold->symbols, SYMBOL_COUNT_MAX);
	for (uint32_t i = 0; i < site->symbol_count; i++)
		CHECK(refs_put(&fold->symbols, site->symbols[i].name, i));
	for (uint32_t i = 0; i < site->venue_count; i++) {
		fold->venues[i].config = &site->venues[i];
		fold->venues[i].protocol =
			protocols_row((enum order_protocol)site->venues[i].protocol);
		fold->venues[i].next_ref = 1;
		open_names(fold, i);
		memset(fold->venues[i].soup_session, ' ', sizeof fold->venues[i].soup_session);
		fold->venues[i].exposed = memory_take(
			"exposed accounts", ACCOUNT_COUNT_MAX * sizeof fold->venues[i].exposed[0]);
		fold->gone_mask |= 1u << i;
		if (fold->venues[i].protocol->venue_open != NULL)
			fold->venues[i].protocol->venue_open(fold, i);
	}
	routes_open(&fold->routes, site);
	return fold;
}

void fold_close(struct fold *fold)
{
	close_clients(fold);
	for (uint32_t i = 0; i < fold->site->venue_count; i++)
		memory_return(fold->venues[i].exposed,
			ACCOUNT_COUNT_MAX * sizeof fold->venues[i].exposed[0]);
	copyin_close(fold);
	routes_close(&fold->routes);
	for (uint32_t i = 0; i < fold->site->venue_count; i++) {
		if (fold->venues[i].own != NULL)
			fold->venues[i].protocol->venue_close(fold, i);
	}
	ids_close(&fold->ids);
	refs_close(&fold->symbols);
	refs_close(&fold->grants);
	latches_close(&fold->latches);
	fills_close(&fold->fills);
	selftrade_close(&fold->selftrade);
	parents_close(&fold->parents);
	order_table_close(&fold->orders);
	risk_close(fold->risk);
	memory_return(fold->decision, sizeof *fold->decision);
	memory_return(fold->egress, FOLD_EGRESS_COUNT * sizeof fold->egress[0]);
	memory_return(fold, sizeof *fold);
}
