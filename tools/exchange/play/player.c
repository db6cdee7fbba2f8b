#include "tools/exchange/play/player.h"

#include <stdio.h>

#include "tools/exchange/acts.h"
#include "tools/exchange/counter.h"

#define PATIENCE_NS 5000000000ull

void player_init(struct player *player, struct exchange *x)
{
	memset(player, 0, sizeof *player);
	player->x = x;
	player->patience_ns = PATIENCE_NS;
	x->desk->heard.is_kept = true;
}

const char *player_line(const char *line, char text[WORDS_LINE_BYTES])
{
	static const char *const small[] = {"given ", "when ", "then ", "and "};
	line += strspn(line, " \t\r");
	for (size_t i = 0; i < ARRAY_COUNT(small); i++)
		if (strncmp(line, small[i], strlen(small[i])) == 0) {
			line += strlen(small[i]);
			line += strspn(line, " \t\r");
		}
	size_t used = strcspn(line, "#\n");
	while (used > 0 && strchr(" \t\r", line[used - 1]) != NULL)
		used--;
	if (used >= WORDS_LINE_BYTES)
		used = WORDS_LINE_BYTES - 1;
	memcpy(text, line, used);
	text[used] = '\0';
	return used > 0 ? text : NULL;
}

static enum play player_says(struct player *player, enum play play)
{
	snprintf(player->answer, sizeof player->answer, "ok %s", player->line);
	return play;
}

/* player_expect begins an expectation. */
static enum play player_expect(struct player *player, struct words *words, uint64_t now_ns)
{
	char trouble[256];
	struct expect *expect = &player->expect;
	words->at = 0;
	if (!expect_read(expect, player->x, words, trouble, sizeof trouble)) {
		snprintf(player->answer, sizeof player->answer, "error %s", trouble);
		return PLAY_BROKEN;
	}
	uint64_t within_ns = expect->within_ns != 0 ? expect->within_ns : player->patience_ns;
	player->until_ns = now_ns + (expect->kind == EXPECT_SILENCE ? expect->time_ns : within_ns);
	player->beats = player->x->door.counts.heartbeats;
	player->state = PLAYER_EXPECTS;
	return player_look(player, now_ns);
}

/* player_own does a line that is the player's own; false: it is not. */
static bool player_own(struct player *player, const char *verb, struct words *words,
	uint64_t now_ns, enum play *play)
{
	uint64_t time_ns;
	bool is_wait = strcmp(verb, "wait") == 0;
	if (strcmp(verb, "ask") == 0) {
		*play = player_says(player, PLAY_DONE);
		return true;
	}
	if (!is_wait && strcmp(verb, "patience") != 0)
		return false;
	if (!words_time(words, &time_ns)) {
		snprintf(player->answer, sizeof player->answer,
			"error %s: found no time, expected one such as 500 ms", verb);
		*play = PLAY_BROKEN;
	} else if (is_wait) {
		player->state = PLAYER_PAUSES;
		player->until_ns = now_ns + time_ns;
		*play = PLAY_WAITS;
	} else {
		player->patience_ns = time_ns;
		*play = player_says(player, PLAY_DONE);
	}
	return true;
}

enum play player_begin(struct player *player, const char *line, uint64_t now_ns)
{
	struct words words;
	enum play play;
	CHECK(player->state == PLAYER_IDLE);
	desk_tick(player->x->desk);
	if (player_line(line, player->line) == NULL || !words_split(&words, player->line)) {
		snprintf(player->answer, sizeof player->answer,
			"error: found no line of up to %d words", WORDS_MAX);
		return PLAY_BROKEN;
	}
	const char *verb = words_next(&words);
	if (player_own(player, verb, &words, now_ns, &play))
		return play;
	if (acts_user(player->x, verb) != UINT32_MAX)
		return player_expect(player, &words, now_ns);
	if (!commands_do(player->x, player->line, now_ns, player->answer, sizeof player->answer))
		return PLAY_STOP;
	return strncmp(player->answer, "error", 5) == 0 ? PLAY_BROKEN : PLAY_DONE;
}

static enum play player_fails(struct player *player, const struct heard_item *item)
{
	char found[256] = "nothing";
	if (item != NULL)
		expect_tell(player->x, item, found, sizeof found);
	snprintf(player->answer, sizeof player->answer, "error found `%s`, expected `%s`", found,
		player->line);
	player->state = PLAYER_IDLE;
	return PLAY_FAILED;
}

/* player_serve lets the desk do what was waiting, with the reaction of the line. */
static void player_serve(struct player *player, const struct heard_item *item, bool is_expected)
{
	const struct reaction *reaction =
		is_expected && player->expect.reaction.kind != REACTION_MARKET
			? &player->expect.reaction
			: NULL;
	if (item->kind == HEARD_MESSAGE && !item->is_served)
		counter_serve(player->x->desk, item->user, &item->in, reaction);
}

enum play player_look(struct player *player, uint64_t now_ns)
{
	struct exchange *x = player->x;
	const struct expect *expect = &player->expect;
	if (player->state == PLAYER_PAUSES) {
		if (now_ns < player->until_ns)
			return PLAY_WAITS;
		player->state = PLAYER_IDLE;
		return player_says(player, PLAY_DONE);
	}
	if (expect->kind == EXPECT_BEAT && x->door.counts.heartbeats > player->beats) {
		player->state = PLAYER_IDLE;
		return player_says(player, PLAY_DONE);
	}
	struct heard_item *oldest =
		expect->kind == EXPECT_BEAT ? NULL : heard_oldest(&x->desk->heard, expect->user);
	if (oldest == NULL && now_ns < player->until_ns)
		return PLAY_WAITS;
	if (oldest == NULL && expect->kind != EXPECT_SILENCE)
		return player_fails(player, NULL);
	player->state = PLAYER_IDLE;
	if (oldest == NULL)
		return player_says(player, PLAY_DONE);
	struct heard_item item = *oldest;
	bool is_expected = expect_is(expect, x, &item);
	heard_take(&x->desk->heard, oldest);
	player_serve(player, &item, is_expected);
	return is_expected ? player_says(player, PLAY_DONE) : player_fails(player, &item);
}
