#include "control/socket/grammar.h"

#include <stdio.h>

enum { TOKEN_BYTES = 24, TOKEN_COUNT_MAX = 8 };

#define VIEWER      ROLE_VIEWER
#define OPERATOR    ROLE_OPERATOR
#define RISK        ROLE_RISK
#define SECURITY    ROLE_SECURITY
#define ONE_PERSON  PERSONS_ONE
#define TWO_PERSONS PERSONS_TWO
#define VIEW        SOCKET_VIEW
#define CONTROL     SOCKET_CONTROL
const struct command_row command_rows[COMMAND_COUNT] = {
#define COMMAND(words, role, persons, socket, function, sentence)                                  \
	{words, sentence, role, persons, socket},
#include "config/commands.def"
#undef COMMAND
};

static const char *const scope_words[] = {
	"firm", "all", "venue", "session", "account", "strategy", "symbol"};

/* One word of a row: literal, <one>, [maybe] or [rest...]. */
struct token {
	char text[TOKEN_BYTES];
	bool is_literal, is_optional, is_rest;
};

/* Cuts a row's words into tokens; [because...] is left out: reasons are the request's own. */
static uint32_t tokens_read(const char *words, struct token tokens[TOKEN_COUNT_MAX])
{
	uint32_t count = 0;
	while (*words != '\0' && count < TOKEN_COUNT_MAX) {
		size_t size = strcspn(words, " ");
		struct token *token = &tokens[count];
		snprintf(token->text, sizeof token->text, "%.*s", (int)size, words);
		token->is_optional = words[0] == '[';
		token->is_literal = words[0] != '[' && words[0] != '<';
		token->is_rest = size > 4 && strncmp(words + size - 4, "...]", 4) == 0;
		words += size;
		words += *words == ' ';
		if (strcmp(token->text, "[because...]") != 0)
			count++;
	}
	return count;
}

static bool row_takes_reason(enum command_id id)
{
	return strstr(command_rows[id].words, "[because...]") != NULL;
}

static bool is_firm(const char *word)
{
	return strcmp(word, "firm") == 0 || strcmp(word, "all") == 0;
}

/* How many of the row's literal words the request begins with; 0 if they part before the row's
   literals end. */
static uint32_t row_match(
	const struct request *request, const struct token *tokens, uint32_t count, uint32_t *near)
{
	uint32_t i = 0;
	while (i < count && tokens[i].is_literal) {
		if (i >= request->word_count || strcmp(tokens[i].text, request->words[i]) != 0) {
			*near = i;
			return 0;
		}
		i++;
	}
	*near = i;
	return i;
}

/* Gives the words after the literals to the row's places. */
static enum code arguments_take(const struct request *request, enum command_id id,
	const struct token *tokens, uint32_t count, uint32_t word, struct command *command,
	char error[GRAMMAR_ERROR_BYTES])
{
	for (uint32_t i = word; i < count; i++) {
		bool is_present = word < request->word_count;
		bool is_firm_id = i > 0 && strcmp(tokens[i - 1].text, "<scope>") == 0 &&
				  is_firm(request->words[word - 1]);
		if (tokens[i].is_rest) {
			while (word < request->word_count &&
				command->argument_count < COMMAND_ARGUMENT_MAX)
				command->arguments[command->argument_count++] =
					request->words[word++];
		} else if (is_present) {
			command->arguments[command->argument_count++] = request->words[word++];
		} else if (is_firm_id) {
			command->arguments[command->argument_count++] = "0";
		} else if (!tokens[i].is_optional) {
			snprintf(error, GRAMMAR_ERROR_BYTES, "found no %s, expected: %s",
				tokens[i].text, command_rows[id].words);
			return CODE_ARGUMENT_MISSING;
		}
	}
	if (word < request->word_count) {
		snprintf(error, GRAMMAR_ERROR_BYTES, "found \"%.60s\" too many, expected: %s",
			request->words[word], command_rows[id].words);
		return CODE_ARGUMENT_SURPLUS;
	}
	if (request->reason != NULL && !row_takes_reason(id)) {
		snprintf(error, GRAMMAR_ERROR_BYTES, "found a reason, expected: %s",
			command_rows[id].words);
		return CODE_ARGUMENT_SURPLUS;
	}
	return CODE_DONE;
}

/* What could stand where the request left all rows: the rows that agree longest. */
static void nearest_tell(
	const struct request *request, uint32_t near_most, char error[GRAMMAR_ERROR_BYTES])
{
	size_t used = 0;
	const char *last = "";
	char expected[512] = "";
	for (unsigned id = 0; id < COMMAND_COUNT; id++) {
		struct token tokens[TOKEN_COUNT_MAX];
		uint32_t near, count = tokens_read(command_rows[id].words, tokens);
		if (row_match(request, tokens, count, &near) != 0 || near != near_most)
			continue;
		bool is_repeated = strcmp(last, command_rows[id].words) == 0 ||
				   strstr(expected, tokens[near].text) != NULL;
		last = command_rows[id].words;
		if (!is_repeated && used + strlen(tokens[near].text) + 3 < sizeof expected)
			used += (size_t)snprintf(expected + used, sizeof expected - used, "%s%s",
				used > 0 ? ", " : "", tokens[near].text);
	}
	snprintf(error, GRAMMAR_ERROR_BYTES, "found \"%.48s\", expected one of: %s",
		near_most < request->word_count ? request->words[near_most] : "the end", expected);
}

/* A command that has the word which none has there, beside the one before it if there is such: `limits show` is show limits. */
static const char *meant_by(const struct request *request, uint32_t at)
{
	const char *meant = NULL;
	for (unsigned id = 0; id < COMMAND_COUNT && at == 1 && at < request->word_count; id++) {
		struct token tokens[TOKEN_COUNT_MAX];
		uint32_t count = tokens_read(command_rows[id].words, tokens);
		bool has_word = false, has_first = false;
		for (uint32_t i = 0; i < count && tokens[i].is_literal; i++) {
			has_word |= strcmp(tokens[i].text, request->words[at]) == 0;
			has_first |= strcmp(tokens[i].text, request->words[0]) == 0;
		}
		if (has_word && has_first)
			return command_rows[id].words;
		if (has_word && meant == NULL && count > 1 && tokens[1].is_literal)
			meant = command_rows[id].words;
	}
	return meant;
}

/* `limits load --help` asks help of limits load. */
static enum code help_find(const struct request *request, struct command *command)
{
	memset(command, 0, sizeof *command);
	command->id = COMMAND_command_help;
	for (uint32_t i = 0; i + 1 < request->word_count && i < COMMAND_ARGUMENT_MAX; i++)
		command->arguments[command->argument_count++] = request->words[i];
	return CODE_DONE;
}

enum code grammar_find(
	const struct request *request, struct command *command, char error[GRAMMAR_ERROR_BYTES])
{
	uint32_t near_most = 0;
	if (request->word_count > 1 &&
		strcmp(request->words[request->word_count - 1], "--help") == 0)
		return help_find(request, command);
	memset(command, 0, sizeof *command);
	for (unsigned id = 0; id < COMMAND_COUNT; id++) {
		struct token tokens[TOKEN_COUNT_MAX];
		uint32_t near, count = tokens_read(command_rows[id].words, tokens);
		uint32_t literals = row_match(request, tokens, count, &near);
		if (near > near_most)
			near_most = near;
		if (literals > 0) {
			command->id = (enum command_id)id;
			return arguments_take(
				request, command->id, tokens, count, literals, command, error);
		}
	}
	nearest_tell(request, near_most, error);
	const char *meant = meant_by(request, near_most);
	size_t used = strlen(error);
	if (meant != NULL)
		snprintf(error + used, GRAMMAR_ERROR_BYTES - used, "; or: %s", meant);
	return CODE_UNKNOWN_COMMAND;
}

enum code grammar_allows(enum command_id id, enum role role, enum command_socket socket)
{
	const struct command_row *row = &command_rows[id];
	if (socket == SOCKET_VIEW && row->socket != SOCKET_VIEW)
		return CODE_VIEW_ONLY;
	if (socket == SOCKET_VIEW && role < ROLE_VIEWER)
		role = ROLE_VIEWER;
	if (role == ROLE_NONE)
		return CODE_NO_ROLE;
	return (uint8_t)role >= row->role ? CODE_DONE : CODE_ROLE_TOO_LOW;
}

const char *role_name(enum role role)
{
	static const char *const names[] = {"none", "viewer", "operator", "risk", "security"};
	return (unsigned)role < ARRAY_COUNT(names) ? names[role] : "?";
}

bool grammar_is_stop(const char *first_word)
{
	return strcmp(first_word, "kill") == 0 || strcmp(first_word, "halt") == 0 ||
	       strcmp(first_word, "reduce-only") == 0;
}

void grammar_help(struct answer *answer, const char *const *words, uint32_t word_count)
{
	uint32_t shown = 0;
	for (unsigned id = 0; id < COMMAND_COUNT; id++) {
		struct token tokens[TOKEN_COUNT_MAX];
		uint32_t i = 0, count = tokens_read(command_rows[id].words, tokens);
		while (i < word_count && i < count && strcmp(tokens[i].text, words[i]) == 0)
			i++;
		if (i < word_count)
			continue;
		answer_row(answer);
		answer_word(answer, "command", command_rows[id].words);
		answer_word(answer, "role", role_name((enum role)command_rows[id].role));
		answer_word(
			answer, "persons", command_rows[id].persons == PERSONS_TWO ? "two" : "one");
		answer_word(answer, "socket",
			command_rows[id].socket == SOCKET_VIEW ? "view" : "control");
		answer_word(answer, "what", command_rows[id].sentence);
		shown++;
	}
	if (shown == 0)
		answer_code(answer, CODE_NOT_FOUND,
			"no command begins with these words; help lists them all");
	else
		answer_code(answer, CODE_ROWS, "%u commands", shown);
}

static void candidate_tell(const char *word, const char *prefix,
	void (*found)(void *context, const char *word), void *context)
{
	if (strncmp(word, prefix, strlen(prefix)) == 0)
		found(context, word);
}

void grammar_complete(const char *const *words, uint32_t at, const char *prefix,
	void (*found)(void *context, const char *word), void *context)
{
	char last[TOKEN_BYTES] = "";
	for (unsigned id = 0; id < COMMAND_COUNT; id++) {
		struct token tokens[TOKEN_COUNT_MAX];
		uint32_t i = 0, count = tokens_read(command_rows[id].words, tokens);
		while (i < at && i < count &&
			(!tokens[i].is_literal || strcmp(tokens[i].text, words[i]) == 0))
			i++;
		if (i < at || at >= count)
			continue;
		if (strcmp(tokens[at].text, "<scope>") == 0) {
			for (size_t s = 0; s < ARRAY_COUNT(scope_words); s++)
				candidate_tell(scope_words[s], prefix, found, context);
		} else if (tokens[at].is_literal && strcmp(tokens[at].text, last) != 0) {
			snprintf(last, sizeof last, "%s", tokens[at].text);
			candidate_tell(tokens[at].text, prefix, found, context);
		}
	}
}
