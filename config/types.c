#include "config/types.h"

const char *trading_state_name(enum trading_state state)
{
	static const char *const names[TRADING_STATE_COUNT] = {
		"active", "warn", "reduce-only", "halted", "killed"};
	return (unsigned)state < TRADING_STATE_COUNT ? names[state] : "?";
}

const char *scope_name(enum scope scope)
{
	static const char *const names[SCOPE_COUNT] = {"firm", "venue", "session", "account",
		"strategy", "symbol", "account-symbol", "sector"};
	return (unsigned)scope < SCOPE_COUNT ? names[scope] : "?";
}

const char *reference_source_name(enum reference_source source)
{
	static const char *const names[] = {
		"none", "own side", "other side", "last trade", "previous close"};
	return (unsigned)source < ARRAY_COUNT(names) ? names[source] : "?";
}
