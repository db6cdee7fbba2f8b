#include "tools/exchange/commands.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/exchange/report.h"

static uint32_t user_of(const struct exchange *x, const char *name)
{
	for (uint32_t i = 0; i < x->desk->user_count; i++)
		if (strcmp(x->desk->users[i].name, name) == 0)
			return i;
	return UINT32_MAX;
}

/* commands_flow does what concerns the background and the feed; false: another command. */
static bool commands_flow(struct exchange *x, const char *verb, const char *word, uint64_t count,
	uint64_t now_ns, bool *is_done)
{
	*is_done = true;
	if (strcmp(verb, "begin") == 0)
		exchange_begin(x, now_ns);
	else if (strcmp(verb, "pause") == 0)
		x->is_paused = true;
	else if (strcmp(verb, "run") == 0)
		x->is_paused = false;
	else if (strcmp(verb, "step") == 0)
		x->budget += strtoull(word, NULL, 10);
	else if (strcmp(verb, "halt") == 0 || strcmp(verb, "resume") == 0)
		*is_done = exchange_halt(x, word, verb[0] == 'h');
	else if (strcmp(verb, "drop") == 0) {
		bool is_a = strchr(word, 'a') != NULL, is_b = strchr(word, 'b') != NULL;
		x->lines.line[0].drop += is_a ? (uint32_t)count : 0;
		x->lines.line[1].drop += is_b ? (uint32_t)count : 0;
		*is_done = is_a || is_b;
	} else
		return false;
	return true;
}

/* commands_user does what concerns one user; false: another command. */
static bool commands_user(struct exchange *x, const char *verb, const char *word, bool *is_done)
{
	uint32_t user = user_of(x, word);
	*is_done = user != UINT32_MAX;
	if (strcmp(verb, "cancel-all") == 0) {
		if (*is_done)
			desk_cancel_all(x->desk, user, 'S');
	} else if (strcmp(verb, "disconnect") == 0) {
		*is_done = *is_done && door_drop(&x->door, user);
	} else {
		return false;
	}
	return true;
}

bool commands_do(struct exchange *x, const char *line, uint64_t now_ns, char *answer, size_t size)
{
	char verb[32] = "", word[32] = "", number[32] = "";
	bool is_done = true;
	sscanf(line, "%31s %31s %31s", verb, word, number);
	uint64_t count = strtoull(number, NULL, 10);
	snprintf(answer, size, "error %s: not done; `help` lists what can be", verb);
	if (strcmp(verb, "help") == 0) {
		snprintf(answer, size,
			"ok begin | step N | pause | run | halt SYMBOL | resume SYMBOL | drop "
			"a|b|ab "
			"PACKETS | cancel-all USER | disconnect USER | report | status | stop");
		return true;
	}
	if (strcmp(verb, "status") == 0) {
		snprintf(answer, size, "ok played=%llu of=%llu sequence=%llu logins=%llu",
			(unsigned long long)x->background.counts.messages,
			(unsigned long long)x->background.message_count,
			(unsigned long long)x->tape.next,
			(unsigned long long)x->door.counts.logins);
		return true;
	}
	if (strcmp(verb, "report") == 0)
		is_done = report_files(x);
	else if (!commands_flow(x, verb, word, count, now_ns, &is_done) &&
		 !commands_user(x, verb, word, &is_done))
		is_done = strcmp(verb, "stop") == 0;
	if (is_done)
		snprintf(answer, size, "ok %s", verb);
	return strcmp(verb, "stop") != 0;
}

bool commands_poll(struct commands *commands, struct exchange *x, uint64_t now_ns)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	if (commands->is_over || poll(&input, 1, 0) <= 0)
		return true;
	ssize_t got = read(STDIN_FILENO, commands->line + commands->used,
		sizeof commands->line - 1 - commands->used);
	if (got <= 0) {
		commands->is_over = got == 0 || errno != EINTR;
		return true;
	}
	commands->used += (uint32_t)got;
	commands->line[commands->used] = '\0';
	bool goes_on = true;
	char *begin = commands->line, *end;
	while (goes_on && (end = strchr(begin, '\n')) != NULL) {
		char answer[512];
		*end = '\0';
		if (begin[strspn(begin, " \t")] != '\0') {
			goes_on = commands_do(x, begin, now_ns, answer, sizeof answer);
			puts(answer);
			fflush(stdout);
		}
		begin = end + 1;
	}
	commands->used -= (uint32_t)(begin - commands->line);
	memmove(commands->line, begin, commands->used);
	if (commands->used == sizeof commands->line - 1)
		commands->used = 0; /* a line that long is none of ours */
	return goes_on;
}
