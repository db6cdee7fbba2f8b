#include "config/scalar.h"
#include "config/site_file.h"

static bool check_account(const struct document *d, const struct raw_account *raw,
	const struct site_config *site, const struct account_config *account)
{
	for (const struct account_config *other = site->accounts; other < account; other++) {
		if (other->id == account->id)
			return document_refuse(d, raw->id,
				"found a second account %s, expected each id once", raw->id);
		if (strcmp(other->name, account->name) == 0)
			return document_refuse(d, raw->name,
				"found a second account \"%s\", expected each name once",
				raw->name);
		if (account->mpid[0] != '\0' && strcmp(other->mpid, account->mpid) == 0)
			return document_refuse(d, raw->mpid,
				"found the MPID \"%s\" of account %u again, expected one account "
				"for each MPID",
				raw->mpid, other->id);
	}
	return true;
}

/* Strategy ids name one strategy in stop words and receipts, so they are the whole site's. */
static bool check_strategy(const struct document *d, const struct raw_strategy *raw,
	const struct site_config *site, const struct account_config *account,
	const struct strategy_config *strategy)
{
	for (const struct account_config *other = site->accounts; other <= account; other++) {
		for (unsigned i = 0; i < other->strategy_count; i++) {
			if (other->strategies[i].id == strategy->id)
				return document_refuse(d, raw->id,
					"found strategy %s of account %u again, expected one "
					"account for each strategy",
					raw->id, other->id);
			if (strcmp(other->strategies[i].name, strategy->name) == 0)
				return document_refuse(d, raw->name,
					"found a second strategy \"%s\", expected each name once",
					raw->name);
		}
	}
	return true;
}

static bool read_strategies(const struct document *d, const struct raw_account *raw,
	const struct site_config *site, struct account_config *account)
{
	for (unsigned i = 0; i < raw->strategies_count; i++) {
		struct strategy_config *strategy = &account->strategies[i];
		const struct raw_strategy *row = &raw->strategies[i];
		if (!field_count_u32(d, row->id, NULL, 1, STRATEGY_COUNT_MAX - 1, &strategy->id) ||
			!field_name(d, row->name, strategy->name, sizeof strategy->name) ||
			!check_strategy(d, row, site, account, strategy))
			return false;
		account->strategy_count++;
	}
	return true;
}

static bool read_sessions(const struct document *d, const struct raw_account *raw,
	const struct site_config *site, struct account_config *account)
{
	for (unsigned i = 0; i < raw->sessions_count; i++) {
		uint32_t id;
		if (!field_count_u32(d, raw->sessions[i], NULL, 1, SESSION_COUNT_MAX - 1, &id))
			return false;
		if (site_session_find(site, id) == UINT32_MAX)
			return document_refuse(d, raw->sessions[i],
				"found the unknown session %s, expected an id from the gate's "
				"sessions",
				raw->sessions[i]);
		for (unsigned j = 0; j < i; j++) {
			if (account->sessions[j] == id)
				return document_refuse(d, raw->sessions[i],
					"found session %s again, expected each once",
					raw->sessions[i]);
		}
		account->sessions[i] = id;
		account->session_count++;
	}
	return true;
}

/* The firm says until when it has approved an account (who its holder is, what he may do). */
static bool read_approval(
	const struct document *d, const struct raw_account *raw, struct account_config *account)
{
	if (raw->approved_until == NULL)
		return true;
	const char *expected = scalar_time(raw->approved_until, &account->approved_until_wall_ns);
	return expected == NULL ||
	       document_refuse(d, raw->approved_until, "found \"%.64s\", expected %s",
		       raw->approved_until, expected);
}

/* Who says nothing cancels nothing: the newer order alone is refused. */
static bool read_self_trade(
	const struct document *d, const struct raw_account *raw, struct account_config *account)
{
	static const char *const modes[] = {
		[SELF_TRADE_CANCEL_NEWEST] = "cancel_newest",
		[SELF_TRADE_CANCEL_OLDEST] = "cancel_oldest",
		[SELF_TRADE_CANCEL_BOTH] = "cancel_both",
		[SELF_TRADE_DECREMENT] = "decrement",
	};
	unsigned mode = SELF_TRADE_CANCEL_NEWEST;
	if (raw->self_trade_group != NULL &&
		!field_name(d, raw->self_trade_group, account->self_trade_group,
			sizeof account->self_trade_group))
		return false;
	if (raw->self_trade_mode != NULL &&
		!field_choice(d, raw->self_trade_mode, modes, ARRAY_COUNT(modes), &mode))
		return false;
	account->self_trade_mode = (uint8_t)mode;
	return true;
}

/* Within regular hours, and in every other phase; who says nothing has his market orders refused. */
static bool read_market(
	const struct document *d, const struct raw_account *raw, struct account_config *account)
{
	static const char *const words[] = {"refused", "converted"};
	const char *const texts[] = {raw->market_orders_extended, raw->market_orders};
	for (unsigned i = 0; i < ARRAY_COUNT(texts); i++) {
		unsigned word = 0;
		if (texts[i] != NULL &&
			!field_choice(d, texts[i], words, ARRAY_COUNT(words), &word))
			return false;
		account->converts_market[i] = (uint8_t)word;
	}
	return true;
}

/* The orders of a group meet each other, so all its accounts say the same of them. */
static bool check_modes(const struct document *d, const struct site_config *site)
{
	const struct raw_accounts *raw = d->root;
	for (uint32_t i = 0; i < site->account_count; i++)
		for (uint32_t j = 0; j < i; j++) {
			const struct account_config *account = &site->accounts[i],
						    *other = &site->accounts[j];
			if (account->self_trade_group[0] != '\0' &&
				strcmp(account->self_trade_group, other->self_trade_group) == 0 &&
				account->self_trade_mode != other->self_trade_mode)
				return document_refuse(d, raw->accounts[i].self_trade_group,
					"found accounts %u and %u of the self-trade group %s with "
					"different self_trade_mode, expected one for the group",
					other->id, account->id, account->self_trade_group);
		}
	return true;
}

/* A name that nobody shares is a slip of the pen, and would keep nobody apart. */
static bool check_groups(const struct document *d, const struct site_config *site)
{
	const struct raw_accounts *raw = d->root;
	for (uint32_t i = 0; i < site->account_count; i++) {
		const char *group = site->accounts[i].self_trade_group;
		bool is_shared = group[0] == '\0';
		for (uint32_t j = 0; j < site->account_count; j++)
			is_shared |=
				j != i && strcmp(group, site->accounts[j].self_trade_group) == 0;
		if (!is_shared)
			return document_refuse(d, raw->accounts[i].self_trade_group,
				"found account %u alone in the self-trade group %s, expected "
				"another with the same name: give it to a second account, or leave "
				"it away",
				site->accounts[i].id, group);
	}
	return true;
}

bool accounts_read(const struct document *d, struct site_config *site)
{
	const struct raw_accounts *raw = d->root;
	for (unsigned i = 0; i < raw->accounts_count; i++) {
		const struct raw_account *row = &raw->accounts[i];
		struct account_config *account = &site->accounts[i];
		if (!field_count_u32(d, row->id, NULL, 1, ACCOUNT_COUNT_MAX - 1, &account->id) ||
			!field_name(d, row->name, account->name, sizeof account->name) ||
			(row->mpid != NULL &&
				!field_name(d, row->mpid, account->mpid, sizeof account->mpid)) ||
			!read_self_trade(d, row, account) || !read_market(d, row, account) ||
			!read_approval(d, row, account) || !check_account(d, row, site, account) ||
			!read_strategies(d, row, site, account) ||
			!read_sessions(d, row, site, account))
			return false;
		site->account_count++;
	}
	return check_groups(d, site) && check_modes(d, site);
}
