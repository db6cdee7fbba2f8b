#include "tools/exchange/speech.h"

#include "dataplane/wire/ouch42_inner.h"

static const char *const words[] = {[SPEECH_OUCH50] = "ouch50",
	[SPEECH_OUCH42] = "ouch42",
	[SPEECH_FIX42] = "fix42",
	[SPEECH_FIX44] = "fix44"};

bool speech_of(const char *word, uint8_t *speech)
{
	for (uint8_t i = 0; i < ARRAY_COUNT(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*speech = i;
			return true;
		}
	return false;
}

/* token_key folds a token into a key of a refmap; never 0. */
static uint64_t token_key(const char token[14])
{
	uint64_t head, tail = 0;
	memcpy(&head, token, sizeof head);
	memcpy(&tail, token + sizeof head, 14 - sizeof head);
	uint64_t key = head * 0x9E3779B97F4A7C15ull ^ (tail + 1) * 0xBF58476D1CE4E5B9ull;
	key ^= key >> 31;
	return key != 0 ? key : 1;
}

/* token_number gives the number that a token stands for; 0: it was never used. */
static uint32_t token_number(const struct desk_user *user, const char token[14])
{
	uint64_t number;
	return refmap_get(&user->tokens, token_key(token), &number) ? (uint32_t)number : 0;
}

/* ouch42_hear gives a new token the next number, and a used one that which it has: the counter ignores it. */
static bool ouch42_hear(
	struct desk_user *user, const uint8_t *bytes, uint32_t size_bytes, struct ouch_in *in)
{
	struct ouch42_in from;
	if (ouch42_parse_in(bytes, size_bytes, &from) != OUCH_OK)
		return false;
	ouch42_inner_hear_in(&from, in);
	in->ref = token_number(user, from.token);
	if (in->type == 'U')
		in->original_ref = token_number(user, from.previous);
	if (in->ref != 0 || (in->type != 'O' && in->type != 'U'))
		return true;
	in->ref = desk_user_number(user);
	if (in->type == 'O') /* whatever becomes of it */
		speech_used(user, in);
	return true;
}

bool speech_hear(
	struct desk_user *user, const uint8_t *bytes, uint32_t size_bytes, struct ouch_in *in)
{
	if (user->speech == SPEECH_OUCH42)
		return ouch42_hear(user, bytes, size_bytes, in);
	return ouch50_parse_in(bytes, size_bytes, in) == OUCH_OK;
}

void speech_used(struct desk_user *user, const struct ouch_in *in)
{
	if (user->speech == SPEECH_OUCH42)
		refmap_put(&user->tokens, token_key(in->clordid), in->ref);
}

void speech_unused(struct desk_user *user, const struct ouch_in *in)
{
	bool is_new = in->type == 'O' || in->type == 'U';
	if (user->speech == SPEECH_OUCH42 && is_new && in->ref > user->last_ref &&
		token_number(user, in->clordid) == in->ref)
		refmap_remove(&user->tokens, token_key(in->clordid));
}

/* ouch42_say names the order of every message by its token. */
static uint32_t ouch42_say(
	const struct desk_user *of, const struct ouch_out *message, uint8_t out[MESSAGE_BYTES_MAX])
{
	struct ouch_out named = *message;
	struct ouch42_out to;
	const struct desk_order *order = desk_order_find(of, message->ref);
	const struct desk_order *original = desk_order_find(of, message->original_ref);
	if (message->type != 'J' && order != NULL)
		memcpy(named.clordid, order->clordid, sizeof named.clordid);
	if (original != NULL)
		memcpy(named.original_clordid, original->clordid, sizeof named.original_clordid);
	if (!ouch42_inner_say_out(&named, &to))
		return 0;
	return ouch42_build_out(out, MESSAGE_BYTES_MAX, &to);
}

uint32_t speech_say(const struct desk_user *user, const struct desk_user *of,
	const struct ouch_out *message, uint8_t out[MESSAGE_BYTES_MAX])
{
	if (user->speech == SPEECH_OUCH42)
		return ouch42_say(of, message, out);
	return ouch50_build_out(out, MESSAGE_BYTES_MAX, message);
}
