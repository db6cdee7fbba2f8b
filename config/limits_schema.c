#include "config/limits_schema.h"

/* clang-format off */
#define LIMIT(name, unit, scopes, sentence) \
	{.key = #name, .data_offset = offsetof(struct raw_scope, limits) + LIMIT_##name * sizeof(char *), \
	 .value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, char *, 0, CYAML_UNLIMITED)}},
#define OWNER(key) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_DEFAULT, struct raw_scope, of, 0, CYAML_UNLIMITED)
#define SCOPES(structure, member, entry, high) \
	CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct structure, member, entry, 0, high)
#define WHOSE(structure) \
	CYAML_FIELD_STRING_PTR("account", CYAML_FLAG_OPTIONAL, struct structure, account, 0, CYAML_UNLIMITED), \
	CYAML_FIELD_STRING_PTR("session", CYAML_FLAG_OPTIONAL, struct structure, session, 0, CYAML_UNLIMITED), \
	CYAML_FIELD_STRING_PTR("strategy", CYAML_FLAG_OPTIONAL, struct structure, strategy, 0, CYAML_UNLIMITED), \
	CYAML_FIELD_STRING_PTR("sector", CYAML_FLAG_OPTIONAL, struct structure, sector, 0, CYAML_UNLIMITED), \
	CYAML_FIELD_STRING_PTR("symbol", CYAML_FLAG_OPTIONAL, struct structure, symbol, 0, CYAML_UNLIMITED),
#define ENTRY(fields) {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_scope, fields)}

static const cyaml_schema_field_t bare_fields[] = {
#include "config/limits.def"
	CYAML_FIELD_END};

static const cyaml_schema_field_t symbol_fields[] = {
	OWNER("symbol"),
#include "config/limits.def"
	CYAML_FIELD_END};
static const cyaml_schema_value_t symbol_entry = ENTRY(symbol_fields);

static const cyaml_schema_field_t session_fields[] = {
	OWNER("session"),
#include "config/limits.def"
	CYAML_FIELD_END};
static const cyaml_schema_value_t session_entry = ENTRY(session_fields);

static const cyaml_schema_field_t strategy_fields[] = {
	OWNER("strategy"),
#include "config/limits.def"
	CYAML_FIELD_END};
static const cyaml_schema_value_t strategy_entry = ENTRY(strategy_fields);

static const cyaml_schema_field_t sector_fields[] = {
	OWNER("sector"),
#include "config/limits.def"
	CYAML_FIELD_END};
static const cyaml_schema_value_t sector_entry = ENTRY(sector_fields);

static const cyaml_schema_field_t account_fields[] = {
	OWNER("account"),
#include "config/limits.def"
	SCOPES(raw_scope, symbols, &symbol_entry, LIMIT_ROW_COUNT_MAX),
	CYAML_FIELD_END};
static const cyaml_schema_value_t account_entry = ENTRY(account_fields);

static const cyaml_schema_field_t defaults_fields[] = {
	CYAML_FIELD_MAPPING("account", CYAML_FLAG_DEFAULT, struct raw_defaults, account, bare_fields),
	CYAML_FIELD_END};

static const cyaml_schema_field_t waiver_fields[] = {
	WHOSE(raw_waiver)
	CYAML_FIELD_STRING_PTR("limit", CYAML_FLAG_DEFAULT, struct raw_waiver, limit, 0, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("reason", CYAML_FLAG_DEFAULT, struct raw_waiver, reason, 0, CYAML_UNLIMITED),
	CYAML_FIELD_END};
static const cyaml_schema_value_t waiver_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_waiver, waiver_fields)};

static const cyaml_schema_field_t lease_fields[] = {
	WHOSE(raw_lease)
	CYAML_FIELD_STRING_PTR("limit", CYAML_FLAG_DEFAULT, struct raw_lease, limit, 0, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_DEFAULT, struct raw_lease, value, 0, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("reason", CYAML_FLAG_DEFAULT, struct raw_lease, reason, 0, CYAML_UNLIMITED),
	CYAML_FIELD_END};
static const cyaml_schema_value_t lease_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_lease, lease_fields)};

static const cyaml_schema_field_t file_fields[] = {
	CYAML_FIELD_STRING_PTR("version", CYAML_FLAG_DEFAULT, struct raw_file, version, 0, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("site", CYAML_FLAG_DEFAULT, struct raw_file, site, 0, CYAML_UNLIMITED),
	CYAML_FIELD_MAPPING("firm", CYAML_FLAG_DEFAULT, struct raw_file, firm, bare_fields),
	CYAML_FIELD_MAPPING("defaults", CYAML_FLAG_DEFAULT, struct raw_file, defaults, defaults_fields),
	SCOPES(raw_file, accounts, &account_entry, ACCOUNT_COUNT_MAX),
	SCOPES(raw_file, sessions, &session_entry, SESSION_COUNT_MAX),
	SCOPES(raw_file, strategies, &strategy_entry, STRATEGY_COUNT_MAX),
	SCOPES(raw_file, sectors, &sector_entry, SECTOR_COUNT_MAX),
	SCOPES(raw_file, symbols, &symbol_entry, LIMIT_ROW_COUNT_MAX),
	CYAML_FIELD_SEQUENCE("waivers", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct raw_file, waivers,
		&waiver_entry, 0, WAIVER_COUNT_MAX),
	CYAML_FIELD_SEQUENCE("leases", CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER, struct raw_file, leases,
		&lease_entry, 0, WAIVER_COUNT_MAX),
	CYAML_FIELD_END};
const cyaml_schema_value_t limits_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_file, file_fields)};
#undef LIMIT
/* clang-format on */
