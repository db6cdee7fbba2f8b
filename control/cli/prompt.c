/* prompt.c - the interactive face: the prompt shows the trading state, Tab completes from commands.def. */
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/cli/hand.h"
#include "control/socket/grammar.h"

enum { WORD_COUNT_MAX = 8 };

/* libedit's prompt callback takes no context. */
static char prompt_text[96];

static char *prompt_get(EditLine *line)
{
	(void)line;
	return prompt_text;
}

static void prompt_refresh(struct hand *hand)
{
	struct reply reply = client_ask(&hand->control, "status");
	json_t *object = reply.bytes != NULL ? json_loads(reply.bytes, 0, NULL) : NULL;
	const char *text = json_string_value(json_object_get(object, "text"));
	/* "simulation: active" */
	if (reply.code / 100 == 1 && text != NULL)
		snprintf(prompt_text, sizeof prompt_text, "%.80s> ", text);
	else
		snprintf(prompt_text, sizeof prompt_text, "control %s> ",
			reply.code == CODE_SOCKET_FAILED ? "away" : "?");
	json_decref(object);
	reply_free(&reply);
}

struct candidates {
	char common[64];
	uint32_t count;
	char list[1024];
};

static void candidate_take(void *context, const char *word)
{
	struct candidates *candidates = context;
	if (candidates->count++ == 0)
		snprintf(candidates->common, sizeof candidates->common, "%s", word);
	size_t same = 0;
	while (candidates->common[same] != '\0' && candidates->common[same] == word[same])
		same++;
	candidates->common[same] = '\0';
	size_t used = strlen(candidates->list);
	snprintf(candidates->list + used, sizeof candidates->list - used, " %s", word);
}

static unsigned char complete(EditLine *line, int key)
{
	(void)key;
	const LineInfo *where = el_line(line);
	char text[512];
	const char *words[WORD_COUNT_MAX];
	uint32_t count = 0;
	struct candidates candidates = {.count = 0};
	snprintf(text, sizeof text, "%.*s", (int)(where->cursor - where->buffer), where->buffer);
	char *last = strrchr(text, ' ');
	const char *prefix = last != NULL ? last + 1 : text;
	char prefix_copy[512];
	snprintf(prefix_copy, sizeof prefix_copy, "%s", prefix);
	if (last != NULL)
		*last = '\0';
	for (char *word = last != NULL ? strtok(text, " ") : NULL;
		word != NULL && count < WORD_COUNT_MAX; word = strtok(NULL, " "))
		words[count++] = word;
	grammar_complete(words, count, prefix_copy, candidate_take, &candidates);
	if (candidates.count == 0)
		return CC_ERROR;
	if (strlen(candidates.common) > strlen(prefix_copy))
		el_insertstr(line, candidates.common + strlen(prefix_copy));
	if (candidates.count == 1) {
		el_insertstr(line, " ");
		return CC_REFRESH;
	}
	if (strlen(candidates.common) > strlen(prefix_copy))
		return CC_REFRESH;
	printf("\n%s\n", candidates.list);
	return CC_REDISPLAY;
}

static void history_path(char *path, size_t size)
{
	const char *home = getenv("HOME");
	snprintf(path, size, "%s/.sluicectl_history", home != NULL ? home : "/tmp");
}

static int prompt_loop(struct hand *hand, EditLine *line, History *past)
{
	int status = 0, count;
	HistEvent event;
	for (;;) {
		prompt_refresh(hand);
		const char *text = el_gets(line, &count);
		if (text == NULL || count <= 0) {
			putchar('\n');
			return status;
		}
		char copy[2 * REQUEST_LINE_BYTES_MAX]; /* cut, it is too long still */
		snprintf(copy, sizeof copy, "%s", text);
		copy[strcspn(copy, "\n")] = '\0';
		if (copy[strspn(copy, " \t")] == '\0')
			continue;
		history(past, &event, H_ENTER, copy);
		if (strcmp(copy, "quit") == 0 || strcmp(copy, "exit") == 0)
			return status;
		status = hand_line(hand, copy);
	}
}

int prompt_run(struct hand *hand)
{
	char path[PATH_BYTES];
	HistEvent event;
	History *past = history_init();
	EditLine *line = el_init("sluicectl", stdin, stdout, stderr);
	if (past == NULL || line == NULL) {
		fputs("sluicectl: found no terminal, expected one, or a command, or -f FILE\n",
			stderr);
		return 9;
	}
	history_path(path, sizeof path);
	history(past, &event, H_SETSIZE, 1000);
	history(past, &event, H_LOAD, path);
	el_set(line, EL_PROMPT, prompt_get);
	el_set(line, EL_EDITOR, "emacs");
	el_set(line, EL_HIST, history, past);
	el_set(line, EL_ADDFN, "complete", "complete a command", complete);
	el_set(line, EL_BIND, "^I", "complete", NULL);
	el_source(line, NULL);
	int status = prompt_loop(hand, line, past);
	history(past, &event, H_SAVE, path);
	el_end(line);
	history_end(past);
	return status;
}
