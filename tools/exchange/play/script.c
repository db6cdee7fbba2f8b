#include "tools/exchange/play/script.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "tools/exchange/sequence.h"

/* The lines of a text, and what is being written out. */
struct source {
	struct script *script;
	const char *name;
	const char **lines; /* each ends with a newline or the text */
	uint64_t count, capacity;
	struct config_error *error;
};

/* What {name}, {code} and {n} mean inside a block. */
struct meaning {
	const struct reason *reason; /* NULL: no row */
	uint64_t n;                  /* 0: no repeat */
};

static bool source_fails(
	const struct source *source, uint64_t line, const char *found, const char *expected)
{
	snprintf(source->error->text, sizeof source->error->text, "%s:%llu: found %s, expected %s",
		source->name, (unsigned long long)line + 1, found, expected);
	return false;
}

/* meaning_of gives what a name between braces stands for; false: nothing. */
static bool meaning_of(const struct meaning *meaning, const char *name, size_t size, char text[64])
{
	const struct reason *reason = meaning->reason;
	if (size == 1 && name[0] == 'n' && meaning->n != 0)
		snprintf(text, 64, "%llu", (unsigned long long)meaning->n);
	else if (size == 2 && memcmp(name, "nn", 2) == 0 && meaning->n != 0)
		snprintf(text, 64, "%02llu", (unsigned long long)meaning->n);
	else if (reason != NULL && size == 4 && memcmp(name, "name", 4) == 0)
		snprintf(text, 64, "%s", reason->name);
	else if (reason != NULL && size == 4 && memcmp(name, "code", 4) == 0)
		snprintf(text, 64, reason->kind == REASON_REJECT ? "0x%04X" : "%c", reason->code);
	else if (reason != NULL && size == 6 && memcmp(name, "number", 6) == 0)
		snprintf(text, 64, "%u", reason->code);
	else
		return false;
	return true;
}

/* source_write writes one line out, with every {name} replaced. */
static bool source_write(
	struct source *source, uint64_t at, const char *text, const struct meaning *meaning)
{
	struct script *script = source->script;
	char out[WORDS_LINE_BYTES * 2];
	size_t used = 0;
	for (; *text != '\0'; text++) {
		char value[64];
		size_t size = strcspn(text + 1, "} ");
		if (*text != '{' || text[1 + size] != '}') {
			out[used++] = *text;
		} else if (meaning_of(meaning, text + 1, size, value)) {
			used += (size_t)snprintf(out + used, sizeof out - used, "%s", value);
			text += size + 1;
		} else {
			return source_fails(source, at, "a name in braces",
				"{name} or {code} within an each, {n} or {nn} within any block");
		}
		if (used >= WORDS_LINE_BYTES - 1)
			return source_fails(source, at, "a long line", "a shorter one");
	}
	out[used] = '\0';
	if (script->count == SCRIPT_LINE_MAX)
		return source_fails(source, at, "more lines than can be", "fewer repeats");
	script->lines = sequence_grow(
		script->lines, script->count, &script->capacity, sizeof script->lines[0]);
	script->lines[script->count++] =
		(struct script_line){.number = (uint32_t)at + 1, .text = strdup(out)};
	return true;
}

static bool source_block(struct source *source, uint64_t *at, const struct meaning *meaning,
	uint32_t depth, bool is_writing);

/* source_each writes a block out for every row of a kind, or so many times. */
static bool source_each(struct source *source, uint64_t *at, struct words *words,
	const struct meaning *outer, uint32_t depth, bool is_writing)
{
	static const char *const kinds[] = {"reject", "cancel", "broken", "restated", "letter"};
	bool is_each = strcmp(words_next(words), "each") == 0;
	uint64_t begin = *at + 1, times = 0, n = 0;
	uint32_t row_count, kind = 0;
	const struct reason *rows = reason_rows(&row_count);
	const char *word = words_left(words) ? words->word[words->at] : "";
	if (depth == SCRIPT_DEPTH_MAX)
		return source_fails(source, *at, "blocks in blocks", "fewer of them");
	while (is_each && kind < ARRAY_COUNT(kinds) && strcmp(word, kinds[kind]) != 0)
		kind++;
	if (is_each && kind == ARRAY_COUNT(kinds))
		return source_fails(source, *at, "no kind of code",
			"reject, cancel, broken, restated or letter");
	if (!is_each && !words_number(words, SCRIPT_LINE_MAX, &times))
		return source_fails(source, *at, "no number", "how often");
	*at = begin; /* once without writing, to find its end whatever it says */
	if (!source_block(source, at, outer, depth + 1, false))
		return false;
	uint64_t end = *at;
	if (is_each)
		times = row_count;
	for (uint64_t i = 0; is_writing && i < times; i++) {
		struct meaning meaning = *outer;
		if (is_each && rows[i].kind != kind)
			continue;
		meaning.n = ++n;
		if (is_each)
			meaning.reason = &rows[i];
		*at = begin;
		if (!source_block(source, at, &meaning, depth + 1, true))
			return false;
	}
	*at = end;
	return true;
}

/* source_block goes through lines up to its `end`, or at depth 0 to the end of the text; *at is then the
   line of that end. */
static bool source_block(struct source *source, uint64_t *at, const struct meaning *meaning,
	uint32_t depth, bool is_writing)
{
	uint64_t begin = *at;
	for (; *at < source->count; (*at)++) {
		char text[WORDS_LINE_BYTES];
		struct words words;
		if (player_line(source->lines[*at], text) == NULL)
			continue;
		if (!words_split(&words, text))
			return source_fails(source, *at, "too many words", "a shorter line");
		if (strcmp(words.word[0], "end") == 0 && words.count == 1) {
			if (depth > 0)
				return true;
			return source_fails(source, *at, "end", "it behind each or repeat");
		}
		if (strcmp(words.word[0], "each") == 0 || strcmp(words.word[0], "repeat") == 0) {
			/* `repeat USER` is a command of the desk */
			uint64_t number;
			bool is_block =
				words.word[0][0] == 'e' ||
				(words.count > 1 && words_decimal(words.word[1], 0, &number));
			if (is_block) {
				if (!source_each(source, at, &words, meaning, depth, is_writing))
					return false;
				continue;
			}
		}
		if (is_writing && !source_write(source, *at, text, meaning))
			return false;
	}
	return depth == 0 ||
	       source_fails(source, begin - 1, "a block without its end", "`end` behind it");
}

bool script_read(
	struct script *script, const char *name, const char *text, struct config_error *error)
{
	struct source source = {.script = script, .name = name, .error = error};
	const struct meaning nothing = {.reason = NULL};
	uint64_t at = 0;
	script->name = name;
	for (const char *line = text; line != NULL && *line != '\0';) {
		source.lines = sequence_grow((void *)source.lines, source.count, &source.capacity,
			sizeof source.lines[0]);
		source.lines[source.count++] = line;
		line = strchr(line, '\n');
		line += line != NULL;
	}
	bool is_good = source_block(&source, &at, &nothing, 0, true);
	free((void *)source.lines);
	return is_good;
}

static char *read_whole(const char *path, struct config_error *error)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t got = file != NULL ? getdelim(&text, &size, '\0', file) : -1;
	if (got < 0)
		snprintf(error->text, sizeof error->text,
			"--script: found '%s' (%s), expected a file of lines", path,
			file == NULL ? strerror(errno) : "empty");
	if (file != NULL)
		fclose(file);
	if (got >= 0)
		return text;
	free(text);
	return NULL;
}

bool script_open(struct script *script, struct exchange *x, const char *path, FILE *told,
	const char *verdict_path, struct config_error *error)
{
	memset(script, 0, sizeof *script);
	player_init(&script->player, x);
	script->told = told;
	char *text = read_whole(path, error);
	if (text == NULL)
		return false;
	bool is_good = script_read(script, path, text, error);
	free(text);
	if (!is_good || verdict_path == NULL)
		return is_good;
	script->verdict = fopen(verdict_path, "we");
	if (script->verdict == NULL)
		snprintf(error->text, sizeof error->text,
			"--verdict: found '%s' (%s), expected a file that can be written",
			verdict_path, strerror(errno));
	return script->verdict != NULL;
}

void script_close(struct script *script)
{
	for (uint64_t i = 0; i < script->count; i++)
		free(script->lines[i].text);
	free(script->lines);
	if (script->verdict != NULL)
		fclose(script->verdict);
	script->verdict = NULL;
	script->lines = NULL;
	script->count = script->capacity = 0;
}

static void script_write(struct script *script, json_t *object)
{
	CHECK(object != NULL);
	json_dumpf(object, script->verdict, JSON_COMPACT);
	fputc('\n', script->verdict);
	json_decref(object);
}

/* script_tell tells one line's end. */
static void script_tell(struct script *script, const struct script_line *line, enum play play)
{
	static const char *const words[] = {[PLAY_DONE] = "PASS",
		[PLAY_FAILED] = "FAIL",
		[PLAY_BROKEN] = "BROKEN",
		[PLAY_STOP] = "PASS"};
	bool is_asking = play == PLAY_DONE && strncmp(line->text, "ask ", 4) == 0;
	const char *verdict = is_asking ? "ASK" : words[play];
	const char *answer = script->player.answer;
	const char *more = strncmp(answer, "error", 5) == 0 ? answer + 5 : "";
	script->passed += play == PLAY_DONE || play == PLAY_STOP;
	script->failed += play == PLAY_FAILED;
	script->broken += play == PLAY_BROKEN;
	if (script->told != NULL) {
		fprintf(script->told, "%-6s %4u  %s%s%s\n", verdict, line->number, line->text,
			more[0] != '\0' ? "  :" : "", more);
		fflush(script->told);
	}
	if (script->verdict != NULL)
		script_write(script, json_pack("{s:i, s:s, s:s, s:s}", "line", (int)line->number,
					     "step", line->text, "verdict", verdict, "trouble",
					     more[0] == ' ' ? more + 1 : more));
}

static void script_end(struct script *script)
{
	const char *verdict = script_is_good(script) ? "PASS" : "FAIL";
	script->is_over = true;
	if (script->told != NULL) {
		fprintf(script->told, "%s %s: %llu passed, %llu failed, %llu broken\n", verdict,
			script->name, (unsigned long long)script->passed,
			(unsigned long long)script->failed, (unsigned long long)script->broken);
		fflush(script->told);
	}
	if (script->verdict == NULL)
		return;
	script_write(
		script, json_pack("{s:s, s:s, s:I, s:I, s:I}", "script", script->name, "verdict",
				verdict, "passed", (json_int_t)script->passed, "failed",
				(json_int_t)script->failed, "broken", (json_int_t)script->broken));
	fflush(script->verdict);
}

void script_turn(struct script *script, uint64_t now_ns)
{
	struct player *player = &script->player;
	while (!script->is_over && script->at < script->count) {
		const struct script_line *line = &script->lines[script->at];
		enum play play = player->state != PLAYER_IDLE
					 ? player_look(player, now_ns)
					 : player_begin(player, line->text, now_ns);
		if (play == PLAY_WAITS)
			return;
		script_tell(script, line, play);
		script->at = play == PLAY_STOP ? script->count : script->at + 1;
	}
	if (!script->is_over)
		script_end(script);
}

bool script_is_good(const struct script *script)
{
	return script->failed == 0 && script->broken == 0 && script->at == script->count;
}
