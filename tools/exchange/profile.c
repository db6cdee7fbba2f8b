#include "tools/exchange/profile.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "config/scalar.h"
#include "config/schema.h"
#include "config/site_file.h"
#include "tools/exchange/fields.h"
#include "tools/exchange/match.h"
#include "tools/exchange/speech.h"

enum { LETTERS_MAX = 4, SOUP_NAME_BYTES = 6 };

/* The file as libcyaml loads it: every leaf is the written string; what was left out is NULL. */
struct raw_venue_name {
	char *name, *session, *mold_session;
};

struct raw_place {
	char *name, *password, *firm, *speaks;
	char **copies;
	unsigned copies_count;
};

struct raw_listed {
	char *name, *tick, *lot;
};

struct raw_sessions {
	char *heartbeat, *timeout, *second_login, *cancel_on_disconnect;
};

struct raw_orders {
	char **times_in_force, **displays, **sides, **capacities, **refuses;
	unsigned times_in_force_count, displays_count, sides_count, capacities_count, refuses_count;
	char *iso, *max_quantity, *max_value, *throttle;
};

struct raw_self_match {
	char *scope, *action;
};

struct raw_fees {
	char *removed, *rebate;
};

struct raw_fix {
	char *listen, *comp_id;
};

struct raw_profile {
	struct raw_venue_name venue;
	char *listen;
	struct raw_place *ports;
	struct raw_listed *symbols;
	unsigned ports_count, symbols_count;
	struct raw_sessions sessions;
	struct raw_orders orders;
	struct raw_self_match self_match;
	struct raw_fees *fees;
	struct raw_fix *fix;
};

/* clang-format off */

static const cyaml_schema_value_t word_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};

static const cyaml_schema_field_t venue_name_fields[] = {
	TEXT(MUST, raw_venue_name, name),
	TEXT(MUST, raw_venue_name, session),
	TEXT(MUST, raw_venue_name, mold_session),
	CYAML_FIELD_END};

static const cyaml_schema_field_t place_fields[] = {
	TEXT(MUST, raw_place, name),
	TEXT(MUST, raw_place, password),
	TEXT(MAY,  raw_place, firm),
	TEXT(MUST, raw_place, speaks),
	LIST(MAY, raw_place, copies, &word_entry, 1, OPTIONS_USER_MAX),
	CYAML_FIELD_END};
static const cyaml_schema_value_t place_entry = ENTRY(raw_place, place_fields);

static const cyaml_schema_field_t listed_fields[] = {
	TEXT(MUST, raw_listed, name),
	TEXT(MUST, raw_listed, tick),
	TEXT(MUST, raw_listed, lot),
	CYAML_FIELD_END};
static const cyaml_schema_value_t listed_entry = ENTRY(raw_listed, listed_fields);

static const cyaml_schema_field_t sessions_fields[] = {
	TEXT(MUST, raw_sessions, heartbeat),
	TEXT(MUST, raw_sessions, timeout),
	TEXT(MUST, raw_sessions, second_login),
	TEXT(MUST, raw_sessions, cancel_on_disconnect),
	CYAML_FIELD_END};

static const cyaml_schema_field_t orders_fields[] = {
	LIST(MUST, raw_orders, times_in_force, &word_entry, 1, LETTERS_MAX),
	LIST(MUST, raw_orders, displays, &word_entry, 1, LETTERS_MAX),
	LIST(MUST, raw_orders, sides, &word_entry, 1, LETTERS_MAX),
	LIST(MUST, raw_orders, capacities, &word_entry, 1, LETTERS_MAX),
	LIST(MUST, raw_orders, refuses, &word_entry, 0, 32),
	TEXT(MUST, raw_orders, iso),
	TEXT(MUST, raw_orders, max_quantity),
	TEXT(MAY,  raw_orders, max_value),
	TEXT(MAY,  raw_orders, throttle),
	CYAML_FIELD_END};

static const cyaml_schema_field_t self_match_fields[] = {
	TEXT(MUST, raw_self_match, scope),
	TEXT(MUST, raw_self_match, action),
	CYAML_FIELD_END};

static const cyaml_schema_field_t fees_fields[] = {
	TEXT(MUST, raw_fees, removed),
	TEXT(MUST, raw_fees, rebate),
	CYAML_FIELD_END};

static const cyaml_schema_field_t fix_fields[] = {
	TEXT(MUST, raw_fix, listen),
	TEXT(MUST, raw_fix, comp_id),
	CYAML_FIELD_END};

static const cyaml_schema_field_t profile_fields[] = {
	PART(raw_profile, venue, venue_name_fields),
	TEXT(MUST, raw_profile, listen),
	LIST(MUST, raw_profile, ports, &place_entry, 1, OPTIONS_USER_MAX),
	LIST(MUST, raw_profile, symbols, &listed_entry, 1, OPTIONS_SYMBOL_MAX),
	PART(raw_profile, sessions, sessions_fields),
	PART(raw_profile, orders, orders_fields),
	PART(raw_profile, self_match, self_match_fields),
	CYAML_FIELD_MAPPING_PTR("fees", MAY, struct raw_profile, fees, fees_fields),
	CYAML_FIELD_MAPPING_PTR("fix", MAY, struct raw_profile, fix, fix_fields),
	CYAML_FIELD_END};
static const cyaml_schema_value_t profile_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_profile, profile_fields)};
/* clang-format on */

static bool read_listen(const struct document *d, const char *text, char target[64], uint16_t *port)
{
	uint32_t address_ip;
	struct in_addr address;
	const char *expected = scalar_endpoint(text, &address_ip, port);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	address.s_addr = htonl(address_ip);
	return inet_ntop(AF_INET, &address, target, 64) != NULL;
}

static bool read_truth(const struct document *d, const char *text, bool *truth)
{
	const char *expected = scalar_boolean(text, truth);
	return expected == NULL ||
	       document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
}

static bool read_money(const struct document *d, const char *text, int64_t *money_e4)
{
	const char *expected = scalar_money(text, CURRENCY_BASE_NAME, money_e4);
	return expected == NULL ||
	       document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
}

/* read_name takes a name that fits its field on the wire. */
static bool read_name(
	const struct document *d, const char *text, char *target, size_t size, const char *what)
{
	if (strlen(text) >= size)
		return document_refuse(d, text,
			"found \"%.64s\", expected a %s of up to %zu characters", text, what,
			size - 1);
	return field_name(d, text, target, size);
}

/* port_find finds a port that was read; NULL: there is none. */
static const struct options_user *port_find(const struct options *options, const char *name)
{
	for (uint32_t i = 0; i < options->user_count; i++)
		if (strcmp(options->users[i].name, name) == 0)
			return &options->users[i];
	return NULL;
}

static bool read_port(
	const struct document *d, const struct raw_place *raw, struct options *options)
{
	struct options_user *user = &options->users[options->user_count];
	struct options_speech *speech = &options->speeches[options->speech_count];
	if (options->user_count == OPTIONS_USER_MAX || options->speech_count == OPTIONS_USER_MAX)
		return document_refuse(
			d, raw, "found one port more, expected up to %d", OPTIONS_USER_MAX);
	if (port_find(options, raw->name) != NULL)
		return document_refuse(
			d, raw->name, "found port %s again, expected each once", raw->name);
	if (!read_name(d, raw->name, user->name, sizeof user->name, "name") ||
		!read_name(d, raw->password, user->password, sizeof user->password, "password") ||
		(raw->firm != NULL &&
			!read_name(d, raw->firm, user->firm, sizeof user->firm, "firm")))
		return false;
	if (!speech_of(raw->speaks, &speech->speech))
		return document_refuse(d, raw->speaks,
			"found \"%.64s\", expected ouch50, ouch42, fix42 or fix44", raw->speaks);
	if (speech->speech < SPEECH_FIX42 && strlen(user->name) > SOUP_NAME_BYTES)
		return document_refuse(d, raw->name,
			"found \"%.64s\", expected a name of up to %d characters, as SoupBinTCP "
			"has",
			raw->name, SOUP_NAME_BYTES);
	memcpy(speech->name, user->name, sizeof speech->name);
	options->user_count++;
	options->speech_count++;
	return true;
}

/* read_copies is for when every port is known. */
static bool read_copies(
	const struct document *d, const struct raw_place *raw, struct options *options)
{
	for (unsigned i = 0; i < raw->copies_count; i++) {
		const char *of = raw->copies[i];
		struct options_drop *drop = &options->drops[options->drop_count];
		if (port_find(options, of) == NULL || strcmp(of, raw->name) == 0)
			return document_refuse(
				d, of, "found \"%.64s\", expected the name of another port", of);
		if (options->drop_count == OPTIONS_USER_MAX)
			return document_refuse(
				d, of, "found one copy more, expected up to %d", OPTIONS_USER_MAX);
		memcpy(drop->name, raw->name, strlen(raw->name) + 1);
		memcpy(drop->of, of, strlen(of) + 1);
		options->drop_count++;
	}
	return true;
}

static bool read_symbol(
	const struct document *d, const struct raw_listed *raw, struct options *options)
{
	uint32_t at = options->symbol_count;
	char name[9] = "";
	int64_t tick_e4;
	if (at == OPTIONS_SYMBOL_MAX)
		return document_refuse(
			d, raw, "found one symbol more, expected up to %d", OPTIONS_SYMBOL_MAX);
	if (!read_name(d, raw->name, name, sizeof name, "symbol") ||
		!field_price(d, raw->tick, &tick_e4) ||
		!field_count_u32(d, raw->lot, "shares", 1, OUCH_QTY_MAX, &options->lot[at]))
		return false;
	if (tick_e4 > UINT32_MAX)
		return document_refuse(
			d, raw->tick, "found %s, expected a smaller tick", raw->tick);
	options->tick_e4[at] = (uint32_t)tick_e4;
	options->symbols[at] = symbol_pack(name);
	options->symbol_count++;
	return true;
}

static bool read_sessions(
	const struct document *d, const struct raw_sessions *raw, struct options *options)
{
	static const char *const words[] = {"replaces", "refused"};
	unsigned second;
	if (!field_duration(d, raw->heartbeat, &options->heartbeat_ns) ||
		!field_duration(d, raw->timeout, &options->timeout_ns) ||
		!field_choice(d, raw->second_login, words, ARRAY_COUNT(words), &second) ||
		!read_truth(d, raw->cancel_on_disconnect, &options->is_cancel_on_disconnect))
		return false;
	options->is_second_refused = second == 1;
	if (options->timeout_ns <= options->heartbeat_ns)
		return document_refuse(d, raw->timeout,
			"found a timeout of %s, expected more than the heartbeat, %s", raw->timeout,
			raw->heartbeat);
	return true;
}

/* read_letters reads words of a list, each of which stands for a letter of the wire. */
static bool read_letters(const struct document *d, char **list, unsigned count,
	const char *const *words, const char *word_letters, char *letters)
{
	size_t word_count = strlen(word_letters), used = 0;
	for (unsigned i = 0; i < count; i++) {
		unsigned choice;
		if (!field_choice(d, list[i], words, word_count, &choice))
			return false;
		if (memchr(letters, word_letters[choice], used) != NULL)
			return document_refuse(
				d, list[i], "found \"%s\" again, expected each once", list[i]);
		letters[used++] = word_letters[choice];
	}
	letters[used] = '\0';
	return true;
}

static bool read_refuses(
	const struct document *d, const struct raw_orders *raw, struct terms_rules *rules)
{
	for (unsigned i = 0; i < raw->refuses_count; i++) {
		uint32_t tag = field_option_tag(raw->refuses[i]);
		if (tag == 0)
			return document_refuse(d, raw->refuses[i],
				"found \"%.64s\", expected the name of an option of OUCH 5.0 as in "
				"ouch50.def",
				raw->refuses[i]);
		rules->options_refused |= 1u << tag;
	}
	return true;
}

static bool read_throttle(const struct document *d, const char *text, struct terms_rules *rules)
{
	struct limit_value value = {0};
	const char *expected =
		text != NULL ? scalar_limit(text, RATE, CURRENCY_BASE_NAME, &value) : NULL;
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	rules->rate_per_window = (uint64_t)value.value;
	rules->window_ns = value.window_ns;
	rules->burst = value.burst;
	return true;
}

static bool read_orders(
	const struct document *d, const struct raw_orders *raw, struct terms_rules *rules)
{
	static const char *const times[] = {"day", "ioc", "extended"};
	static const char *const displays[] = {"visible", "hidden", "attributable"};
	static const char *const sides[] = {"buy", "sell", "short", "short-exempt"};
	static const char *const capacities[] = {"agency", "principal", "riskless", "other"};
	bool is_iso;
	if (!read_letters(d, raw->times_in_force, raw->times_in_force_count, times, "035",
		    rules->times_in_force) ||
		!read_letters(
			d, raw->displays, raw->displays_count, displays, "YNA", rules->displays) ||
		!read_letters(d, raw->sides, raw->sides_count, sides, "BSTE", rules->sides) ||
		!read_letters(d, raw->capacities, raw->capacities_count, capacities, "APRO",
			rules->capacities) ||
		!read_truth(d, raw->iso, &is_iso) || !read_refuses(d, raw, rules))
		return false;
	rules->is_iso_refused = !is_iso;
	return field_count_u32(d, raw->max_quantity, "shares", 1, OUCH_QTY_MAX, &rules->qty_max) &&
	       (raw->max_value == NULL || read_money(d, raw->max_value, &rules->notional_max_e4)) &&
	       read_throttle(d, raw->throttle, rules);
}

static bool read_self_match(
	const struct document *d, const struct raw_self_match *raw, struct options *options)
{
	static const char *const scopes[] = {"none", "port", "firm"};
	static const char *const actions[] = {
		"trade", "cancel-oldest", "cancel-newest", "decrement"};
	unsigned scope, action;
	if (!field_choice(d, raw->scope, scopes, ARRAY_COUNT(scopes), &scope) ||
		!field_choice(d, raw->action, actions, ARRAY_COUNT(actions), &action))
		return false;
	if ((scope == 0) != (action == SELF_TRADES))
		return document_refuse(d, raw->action,
			"found %s within %s, expected trade within none, another within port or "
			"firm",
			raw->action, raw->scope);
	options->is_self_port = scope == 1;
	options->self = (uint8_t)action;
	return true;
}

/* read_fix reads where FIX is spoken; who speaks it must find it. */
static bool read_fix(
	const struct document *d, const struct raw_profile *raw, struct options *options)
{
	for (unsigned i = 0; raw->fix == NULL && i < raw->ports_count; i++)
		if (options->speeches[i].speech >= SPEECH_FIX42)
			return document_refuse(d, raw->ports[i].speaks,
				"found %s, expected a part `fix: {listen: ..., comp_id: ...}` too",
				raw->ports[i].speaks);
	return raw->fix == NULL ||
	       (read_listen(d, raw->fix->listen, options->fix_address, &options->fix_port) &&
		       read_name(d, raw->fix->comp_id, options->comp_id, sizeof options->comp_id,
			       "name"));
}

static bool profile_read(const struct document *d, struct options *options)
{
	const struct raw_profile *raw = d->root;
	char name[NAME_BYTES] = "";
	bool is_good = read_name(d, raw->venue.name, name, sizeof name, "name") &&
		       read_name(d, raw->venue.session, options->session, sizeof options->session,
			       "session") &&
		       read_name(d, raw->venue.mold_session, options->mold_session,
			       sizeof options->mold_session, "session") &&
		       read_listen(d, raw->listen, options->listen_address, &options->listen_port);
	for (unsigned i = 0; is_good && i < raw->ports_count; i++)
		is_good = read_port(d, &raw->ports[i], options);
	for (unsigned i = 0; is_good && i < raw->ports_count; i++)
		is_good = read_copies(d, &raw->ports[i], options);
	for (unsigned i = 0; is_good && i < raw->symbols_count; i++)
		is_good = read_symbol(d, &raw->symbols[i], options);
	return is_good && read_sessions(d, &raw->sessions, options) &&
	       read_orders(d, &raw->orders, &options->rules) &&
	       read_self_match(d, &raw->self_match, options) && read_fix(d, raw, options) &&
	       (raw->fees == NULL ||
		       (read_money(d, raw->fees->removed, &options->rules.fee_e4) &&
			       read_money(d, raw->fees->rebate, &options->rules.rebate_e4)));
}

bool profile_parse(struct options *options, const char *name, const char *text, size_t size,
	struct config_error *error)
{
	struct document d;
	if (!document_open(&d, name, text, size, &profile_schema, error))
		return false;
	bool is_good = profile_read(&d, options);
	document_close(&d);
	return is_good;
}

bool profile_load(struct options *options, const char *path, struct config_error *error)
{
	struct file_text text;
	if (!file_text_read(&text, path, error))
		return false;
	bool is_good = profile_parse(options, path, text.bytes, text.size, error);
	file_text_free(&text);
	return is_good;
}
