/* lease.c - limits raise: one limit, for a time.

   A lease is what is kept with one limit in another's place: the kept file with a list of leases behind it, which goes
   on as a file that was loaded does, for a term that nobody confirms. */
#include <stdio.h>

#include "control/command/commands.h"
#include "control/command/loading.h"

enum { LEASE_WORD_BYTES = 80, LEASE_TEXT_BYTES = 900 };
#define LEASE_NS_MIN 1000000000u
#define LEASE_NS_MAX (24ull * 3600 * 1000000000u)

struct lease {
	char scope[LEASE_WORD_BYTES]; /* "account: 17, " of the list's row */
	const char *limit;
	char value[LEASE_WORD_BYTES];
	uint64_t length_ns;
};

static bool lease_refuse(struct call *call, const char *found, const char *expected)
{
	answer_code(&call->answer, CODE_ARGUMENT_BAD,
		"found \"%.60s\", expected %s: limits raise <scope> <id> [symbol S] <limit> "
		"<value> "
		"for <duration> because ...",
		found, expected);
	return false;
}

/* Whose limit: the words of the scope, and a symbol within an account.  *at is moved behind them. */
static bool lease_scope(struct call *call, struct lease *lease, uint32_t *at)
{
	const char *word = call_argument(call, 0), *id = call_argument(call, 1);
	enum scope scope;
	uint32_t number, symbol;
	if (strcmp(word, "firm") == 0 || strcmp(word, "all") == 0) {
		*at = strcmp(id, "0") == 0 ? 2 : 1; /* the firm needs no number */
		return true;
	}
	if (!call_name_find(call, word, id, &scope, &number))
		return false;
	const char *next = call_argument(call, 2);
	bool has_symbol = next != NULL && strcmp(next, "symbol") == 0;
	*at = has_symbol ? 4 : 2;
	if (scope == SCOPE_VENUE || (has_symbol && scope != SCOPE_ACCOUNT))
		return lease_refuse(call, word, "a scope that limits are stated for");
	if (scope == SCOPE_SYMBOL)
		snprintf(lease->scope, sizeof lease->scope, "symbol: %.8s, ", id);
	else
		snprintf(lease->scope, sizeof lease->scope, "%s: %u, ", scope_name(scope), number);
	if (!has_symbol)
		return true;
	const char *name = call_argument(call, 3);
	enum scope of;
	if (name == NULL || !call_name_find(call, "symbol", name, &of, &symbol))
		return name != NULL ? false : lease_refuse(call, "symbol", "its name");
	size_t used = strlen(lease->scope);
	snprintf(lease->scope + used, sizeof lease->scope - used, "symbol: %.8s, ", name);
	return true;
}

/* The limit, its value up to the word `for`, and for how long. */
static bool lease_words(struct call *call, struct lease *lease, uint32_t at)
{
	const char *word = lease->limit = call_argument(call, at);
	size_t used = 0;
	if (word == NULL)
		return lease_refuse(call, "no limit", "its name in the limits file");
	while ((word = call_argument(call, ++at)) != NULL && strcmp(word, "for") != 0 &&
		used + strlen(word) + 2 < sizeof lease->value)
		used += (size_t)snprintf(lease->value + used, sizeof lease->value - used, "%s%s",
			used > 0 ? " " : "", word);
	if (word == NULL || strcmp(word, "for") != 0 || used == 0)
		return lease_refuse(
			call, word != NULL ? word : "no time", "a value, and for how long");
	at++;
	const char *expected = call_duration_take(call, &at, &lease->length_ns);
	if (expected != NULL || call_argument(call, at) != NULL)
		return lease_refuse(call,
			call_argument(call, at) != NULL ? call_argument(call, at) : "",
			expected != NULL ? expected : "nothing behind the duration");
	if (lease->length_ns < LEASE_NS_MIN || lease->length_ns > LEASE_NS_MAX)
		return lease_refuse(call, "that time", "from 1 s to 24 h");
	return true;
}

/* Text between quotes in YAML. */
static void quoted(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
	for (; *to != '\0'; to++)
		if (*to == '"' || *to == '\\')
			*to = '\'';
}

void command_limits_raise(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	struct control *control = call->control;
	struct lease lease = {0};
	char more[LEASE_TEXT_BYTES], limit[LEASE_WORD_BYTES], reason[400];
	uint32_t at;
	if (!call_reasoned(call))
		return;
	if (!lease_scope(call, &lease, &at) || !lease_words(call, &lease, at))
		return;
	if (publishing_has_term(&control->publishing)) {
		char term[PUBLISHING_TEXT_BYTES];
		answer_code(&call->answer, CODE_STATE_WRONG,
			"limits are in force for a time already (%s); first: limits undo, or wait",
			publishing_tell(&control->publishing, &control->plane, term));
		return;
	}
	quoted(limit, sizeof limit, lease.limit);
	quoted(reason, sizeof reason, call->request.reason);
	for (char *c = lease.value; *c != '\0'; c++)
		if (*c == '"' || *c == '\\')
			*c = '?';
	snprintf(more, sizeof more,
		"\nleases:\n  - {%slimit: \"%s\", value: \"%s\", reason: \"%s\"}\n", lease.scope,
		limit, lease.value, reason);
	struct reading *reading = reading_begin_more(
		&control->site, control->kept_path, more, publishing_set(&control->publishing));
	loading_begin_lease(call, reading, lease.length_ns);
}
