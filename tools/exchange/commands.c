#include "tools/exchange/commands.h"

#include <stdio.h>

#include "tools/exchange/acts.h"
#include "tools/exchange/faults.h"
#include "tools/exchange/report.h"
#include "tools/exchange/say.h"

/* commands_flow does what concerns the background and the market; false: another command. */
static bool commands_flow(
	struct exchange *x, const char *verb, struct words *words, uint64_t now_ns, bool *is_done)
{
	uint64_t count = 0;
	*is_done = true;
	if (strcmp(verb, "begin") == 0) {
		exchange_begin(x, now_ns);
	} else if (strcmp(verb, "pause") == 0) {
		x->is_paused = true;
	} else if (strcmp(verb, "run") == 0) {
		x->is_paused = false;
	} else if (strcmp(verb, "step") == 0) {
		*is_done = words_number(words, UINT32_MAX, &count);
		x->budget += count;
	} else if (strcmp(verb, "rate") == 0) {
		*is_done = words_number(words, UINT32_MAX, &count) && count > 0;
		if (*is_done)
			exchange_rate(x, count, now_ns);
	} else if (strcmp(verb, "halt") == 0 || strcmp(verb, "resume") == 0) {
		const char *symbol = words_next(words);
		*is_done = symbol != NULL && exchange_halt(x, symbol, verb[0] == 'h');
	} else {
		return false;
	}
	return true;
}

/* commands_stock makes packets ready and lets them go; false: another command. */
static bool commands_stock(struct exchange *x, const char *verb, struct words *words,
	uint64_t now_ns, bool *is_done, char *trouble, size_t size)
{
	uint64_t rate_per_s = 0;
	if (strcmp(verb, "stock") == 0) {
		*is_done = lines_stock(&x->lines);
		snprintf(trouble, size,
			"found no way past the kernel's queues, expected --interface-a and -b, and "
			"the right to send raw packets");
		return true;
	}
	if (strcmp(verb, "volley") != 0)
		return false;
	*is_done = words_number(words, UINT32_MAX, &rate_per_s) && rate_per_s > 0;
	if (*is_done)
		lines_volley(&x->lines, rate_per_s, now_ns);
	return true;
}

/* commands_user does what concerns one user; false: another command. */
static bool commands_user(struct exchange *x, const char *verb, struct words *words, bool *is_done)
{
	bool is_cancel = strcmp(verb, "cancel-all") == 0;
	if (!is_cancel && strcmp(verb, "disconnect") != 0)
		return false;
	uint32_t user = acts_user(x, words_next(words));
	*is_done = user != UINT32_MAX;
	if (*is_done && is_cancel)
		desk_cancel_all(x->desk, user, 'S');
	else if (*is_done)
		*is_done = door_drop(&x->door, user) || fix_door_drop(&x->fix, user);
	return true;
}

/* commands_tell does what asks only; false: another command. */
static bool commands_tell(
	struct exchange *x, const char *verb, struct words *words, char *answer, size_t size)
{
	if (strcmp(verb, "help") == 0) {
		char acts[COMMANDS_ANSWER_BYTES];
		acts_help(acts, sizeof acts);
		snprintf(answer, size,
			"ok begin | step N | rate N | pause | run | stock | volley N | halt SYMBOL "
			"| resume SYMBOL | "
			"say TYPE [SYMBOL] [FIELD VALUE]... | %s | %s | cancel-all USER | "
			"disconnect USER | books FILE | report | status | stop",
			faults_help, acts);
		return true;
	}
	if (strcmp(verb, "status") == 0) {
		snprintf(answer, size,
			"ok played=%llu of=%llu sequence=%llu logins=%llu stocked=%llu "
			"volley_ns=%llu",
			(unsigned long long)x->background.counts.messages,
			(unsigned long long)x->background.message_count,
			(unsigned long long)x->tape.next, (unsigned long long)x->door.counts.logins,
			(unsigned long long)lines_stocked(&x->lines),
			(unsigned long long)x->lines.volley_ns);
		return true;
	}
	const char *path = strcmp(verb, "books") == 0 ? words_next(words) : NULL;
	if (path == NULL && strcmp(verb, "report") != 0)
		return false;
	bool is_done = path != NULL ? report_books_file(x, path) : report_files(x);
	snprintf(answer, size, is_done ? "ok %s" : "error %s: not written", verb);
	return true;
}

/* commands_act does what the desk does by hand; false: another command. */
static bool commands_act(struct exchange *x, const char *line, uint64_t now_ns, bool *is_done,
	char *trouble, size_t size)
{
	struct words words;
	const char *verb = words_split(&words, line) ? words_next(&words) : NULL;
	return verb != NULL && acts_do(x, verb, &words, now_ns, is_done, trouble, size);
}

bool commands_do(struct exchange *x, const char *line, uint64_t now_ns, char *answer, size_t size)
{
	struct words words;
	char trouble[COMMANDS_ANSWER_BYTES - 64] = "not done; `help` lists what can be";
	bool is_done = false;
	const char *verb = words_line(&words, line) ? words_next(&words) : NULL;
	if (verb == NULL) {
		snprintf(answer, size, "error: found no line of words; `help` lists what can be");
		return true;
	}
	if (commands_tell(x, verb, &words, answer, size))
		return true;
	if (strcmp(verb, "say") == 0)
		is_done = say_words(x, &words, trouble, sizeof trouble);
	else if (!commands_stock(x, verb, &words, now_ns, &is_done, trouble, sizeof trouble) &&
		 !commands_flow(x, verb, &words, now_ns, &is_done) &&
		 !commands_user(x, verb, &words, &is_done) &&
		 !commands_act(x, line, now_ns, &is_done, trouble, sizeof trouble) &&
		 !faults_do(x, verb, &words, &is_done, trouble, sizeof trouble))
		is_done = strcmp(verb, "stop") == 0;
	if (is_done)
		snprintf(answer, size, "ok %s", verb);
	else
		snprintf(answer, size, "error %s: %s", verb, trouble);
	return strcmp(verb, "stop") != 0;
}
