#include "tools/exchange/play/console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

void console_init(struct console *console, struct exchange *x)
{
	memset(console, 0, sizeof *console);
	player_init(&console->player, x);
	x->desk->heard.is_kept = false; /* until somebody asks for it: `hold`, `listen` */
}

static void console_read(struct console *console)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	if (console->is_over || console->used == sizeof console->lines - 1 ||
		poll(&input, 1, 0) <= 0)
		return;
	ssize_t got = read(STDIN_FILENO, console->lines + console->used,
		sizeof console->lines - 1 - console->used);
	if (got <= 0) {
		console->is_over = got == 0 || errno != EINTR;
		return;
	}
	console->used += (uint32_t)got;
}

/* console_next takes the first whole line; false: there is none. */
static bool console_next(struct console *console, char line[WORDS_LINE_BYTES])
{
	const char *end = memchr(console->lines, '\n', console->used);
	if (end == NULL) {
		if (console->used == sizeof console->lines - 1)
			console->used = 0; /* a line that long is none of ours */
		return false;
	}
	size_t size = (size_t)(end - console->lines), taken = size + 1;
	if (size >= WORDS_LINE_BYTES)
		size = WORDS_LINE_BYTES - 1;
	memcpy(line, console->lines, size);
	line[size] = '\0';
	console->used -= (uint32_t)taken;
	memmove(console->lines, console->lines + taken, console->used);
	return true;
}

bool console_poll(struct console *console, uint64_t now_ns)
{
	struct player *player = &console->player;
	char line[WORDS_LINE_BYTES], text[WORDS_LINE_BYTES];
	console_read(console);
	for (;;) {
		enum play play = PLAY_DONE;
		if (player->state != PLAYER_IDLE)
			play = player_look(player, now_ns);
		else if (!console_next(console, line))
			return true;
		else if (player_line(line, text) != NULL)
			play = player_begin(player, line, now_ns);
		else
			snprintf(player->answer, sizeof player->answer, "ok");
		if (play == PLAY_WAITS)
			return true;
		puts(player->answer);
		fflush(stdout);
		if (play == PLAY_STOP)
			return false;
	}
}
