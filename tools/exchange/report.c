#include "tools/exchange/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

enum { LEVELS_MAX = 65536 };

static json_t *whole(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* text_of copies characters as JSON may have them, without the padding. */
static json_t *text_of(const void *characters, size_t size)
{
	char text[32];
	memcpy(text, characters, size);
	while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\0'))
		size--;
	for (size_t i = 0; i < size; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	return json_stringn(text, size);
}

static json_t *price_of(uint64_t price_e4)
{
	char text[32];
	snprintf(text, sizeof text, "%llu.%04llu", (unsigned long long)(price_e4 / 10000),
		(unsigned long long)(price_e4 % 10000));
	return json_string(text);
}

static int compare_clordid(const void *a, const void *b)
{
	return memcmp(a, b, 14);
}

/* clordid_repeats counts accepted orders that carry an identifier used before: with a sender that
   numbers them, something sent twice. */
static uint64_t clordid_repeats(const struct desk_user *user)
{
	uint64_t count = 0, repeats = 0;
	char(*all)[14] = calloc(user->order_count + 1, sizeof all[0]);
	CHECK(all != NULL);
	for (uint64_t i = 0; i < user->order_count; i++)
		if (user->orders[i].state != DESK_REJECTED && user->orders[i].original_ref == 0)
			memcpy(all[count++], user->orders[i].clordid, sizeof all[0]);
	qsort(all, count, sizeof all[0], compare_clordid);
	for (uint64_t i = 1; i < count; i++)
		repeats += memcmp(all[i - 1], all[i], sizeof all[0]) == 0;
	free(all);
	return repeats;
}

static json_t *user_stats(const struct desk_user *user)
{
	const struct desk_counts *c = &user->counts;
	uint64_t live = 0, open_shares = 0;
	for (uint64_t i = 0; i < user->order_count; i++) {
		live += user->orders[i].state == DESK_LIVE;
		open_shares += user->orders[i].open;
	}
	json_t *out = json_object();
	json_object_set_new(out, "fees_e4", json_integer((json_int_t)c->fees_e4));
	json_object_set_new(out, "user", text_of(user->name, strlen(user->name)));
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{"messages", c->messages},
		{"malformed", c->malformed},
		{"entered", c->entered},
		{"accepted", c->accepted},
		{"rejected", c->rejected},
		{"replaced", c->replaced},
		{"executions", c->executions},
		{"executed_shares", c->executed_shares},
		{"canceled", c->canceled},
		{"canceled_shares", c->canceled_shares},
		{"repeated_refs", c->repeated},
		{"superfluous", c->superfluous},
		{"ignored", c->ignored},
		{"broken_trades", c->broken},
		{"modified", c->modified},
		{"clordid_repeats", clordid_repeats(user)},
		{"last_ref", user->last_ref},
		{"said", user->said.count},
		{"live_orders", live},
		{"open_shares", open_shares},
	};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		json_object_set_new(out, rows[i].name, whole(rows[i].value));
	return out;
}

/* A count and its name. */
struct named {
	const char *name;
	uint64_t value;
};

static json_t *named_stats(const struct named *rows, size_t count)
{
	json_t *out = json_object();
	for (size_t i = 0; i < count; i++)
		json_object_set_new(out, rows[i].name, whole(rows[i].value));
	return out;
}

static json_t *line_stats(const struct line *line)
{
	const struct mishap_counts *c = &line->mishap.counts;
	const struct named rows[] = {
		{"taken", c->taken},
		{"packets", line->packets},
		{"refused", line->refused},
		{"dropped", c->dropped},
		{"muted", c->muted},
		{"duplicated", c->duplicated},
		{"reordered", c->reordered},
		{"delayed", c->delayed},
		{"overflowed", c->overflowed},
		{"waiting", mishap_waiting(&line->mishap)},
	};
	return named_stats(rows, ARRAY_COUNT(rows));
}

static json_t *feed_stats(const struct exchange *x)
{
	const struct line *a = &x->lines.line[0], *b = &x->lines.line[1];
	const struct named rows[] = {
		{"next_sequence", x->tape.next},
		{"oldest_kept", x->tape.history.first},
		{"packets", x->tape.packets},
		{"packets_a", a->packets},
		{"packets_b", b->packets},
		{"dropped", a->mishap.counts.dropped + b->mishap.counts.dropped},
		{"refused", a->refused + b->refused},
		{"strays", x->strays},
	};
	json_t *out = named_stats(rows, ARRAY_COUNT(rows));
	json_object_set_new(out, "session", text_of(x->tape.session, sizeof x->tape.session));
	json_object_set_new(out, "a", line_stats(a));
	json_object_set_new(out, "b", line_stats(b));
	return out;
}

static json_t *rewind_stats(const struct rewind *rewind)
{
	const struct rewind_counts *c = &rewind->counts;
	const struct named rows[] = {
		{"requests", c->requests},
		{"answered", c->answered},
		{"messages", c->messages},
		{"malformed", c->malformed},
		{"other_session", c->other_session},
		{"ahead", c->ahead},
		{"gone", c->gone},
		{"limited", c->limited},
		{"refused", c->refused},
		{"unsent", c->unsent},
	};
	return named_stats(rows, ARRAY_COUNT(rows));
}

static json_t *glimpse_stats(const struct glimpse *glimpse)
{
	const struct glimpse_counts *c = &glimpse->counts;
	const struct named rows[] = {
		{"connections", c->connections},
		{"logins", c->logins},
		{"login_rejects", c->login_rejects},
		{"snapshots", c->snapshots},
		{"messages", c->messages},
		{"full", c->full},
		{"broken", c->broken},
		{"timeouts", c->timeouts},
		{"slow", c->slow},
		{"refused", c->refused},
		{"cut", c->cut},
	};
	return named_stats(rows, ARRAY_COUNT(rows));
}

static json_t *unit_stats(const struct unit *unit)
{
	const struct cboe_counts *c = &unit->cboe.counts;
	uint64_t refused = 0;
	for (uint32_t i = 0; i < ARRAY_COUNT(c->refused); i++)
		refused += c->refused[i];
	const struct named rows[] = {
		{"messages", unit->cboe.history.next - 1},
		{"connections", c->connections},
		{"logins", c->logins},
		{"login_rejects", c->login_rejects},
		{"requests", c->requests},
		{"accepted", c->accepted},
		{"refused", refused},
		{"replies", c->replies},
		{"spins", c->spins},
		{"spun", c->spun},
		{"spins_refused", c->spins_refused},
		{"broken", c->broken},
		{"timeouts", c->timeouts},
	};
	json_t *out = named_stats(rows, ARRAY_COUNT(rows));
	json_object_set_new(out, "a", line_stats(&unit->lines.line[0]));
	json_object_set_new(out, "b", line_stats(&unit->lines.line[1]));
	return out;
}

static json_t *fix_stats(const struct fix_door_counts *c)
{
	const struct named rows[] = {
		{"connections", c->connections},
		{"logons", c->logons},
		{"refused", c->refused},
		{"garbled", c->garbled},
		{"timeouts", c->timeouts},
		{"messages", c->messages},
		{"cut", c->cut},
	};
	return named_stats(rows, ARRAY_COUNT(rows));
}

static json_t *door_stats(const struct door_counts *c)
{
	const struct named rows[] = {
		{"connections", c->connections},
		{"logins", c->logins},
		{"login_rejects", c->login_rejects},
		{"timeouts", c->timeouts},
		{"broken", c->broken},
		{"replaced_sessions", c->replaced_sessions},
		{"heartbeats", c->heartbeats},
		{"cut", c->cut},
		{"flooded", c->flooded},
	};
	return named_stats(rows, ARRAY_COUNT(rows));
}

void report_stats(const struct exchange *x, FILE *file)
{
	const struct background_counts *b = &x->background.counts;
	json_t *users = json_array();
	for (uint32_t i = 0; i < x->desk->user_count; i++)
		json_array_append_new(users, user_stats(&x->desk->users[i]));
	json_t *root = json_pack("{s:s, s:i, s:b, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:o, s:o}",
		"session", x->options.session, "port", (int)x->port, "open", x->is_open, "users",
		users, "door", door_stats(&x->door.counts), "feed", feed_stats(x), "background",
		"messages", whole(b->messages), "of", whole(x->background.message_count), "gone",
		whole(b->gone), "skipped", whole(b->skipped), "rewind", rewind_stats(&x->rewind),
		"glimpse", glimpse_stats(&x->glimpse));
	CHECK(root != NULL);
	if (x->unit.is_told)
		json_object_set_new(root, "unit", unit_stats(&x->unit));
	json_object_set_new(root, "fix", fix_stats(&x->fix.counts));
	json_dumpf(root, file, JSON_COMPACT);
	fputc('\n', file);
	fflush(file);
	json_decref(root);
}

static void report_order(const struct desk_user *user, const struct desk_order *o, FILE *file)
{
	static const char *const states[128] = {
		[DESK_LIVE] = "live",
		[DESK_FILLED] = "filled",
		[DESK_CANCELED] = "canceled",
		[DESK_REPLACED] = "replaced",
		[DESK_REJECTED] = "rejected",
	};
	uint8_t firm[4];
	store_be32(firm, o->firm);
	json_t *out = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
		"user", user->name, "ref", whole(o->ref), "clordid", text_of(o->clordid, 14),
		"symbol", text_of(&o->symbol, 8), "side", text_of(&o->side, 1), "qty",
		whole(o->qty), "price", price_of(o->price_e4), "executed", whole(o->executed),
		"canceled", whole(o->canceled), "open", whole(o->open), "firm",
		text_of(firm, o->firm == 0 ? 0 : sizeof firm), "reference", whole(o->reference),
		"state", states[o->state & 127]);
	CHECK(out != NULL);
	if (o->original_ref != 0) {
		json_object_set_new(out, "replaces", whole(o->original_ref));
		json_object_set_new(out, "executed_before", whole(o->executed_before));
	}
	if (o->replaced_by != 0)
		json_object_set_new(out, "replaced_by", whole(o->replaced_by));
	if (o->reject_code != 0)
		json_object_set_new(out, "reject_code", whole(o->reject_code));
	json_dumpf(out, file, JSON_COMPACT);
	fputc('\n', file);
	json_decref(out);
}

void report_every_order(const struct exchange *x, FILE *file)
{
	for (uint32_t u = 0; u < x->desk->user_count; u++) {
		const struct desk_user *user = &x->desk->users[u];
		for (uint64_t i = 0; i < user->order_count; i++)
			report_order(user, &user->orders[i], file);
	}
}

static json_t *book_side(const struct exchange *x, uint16_t locate, enum side side)
{
	static struct match_level levels[LEVELS_MAX];
	json_t *out = json_array();
	uint32_t count = match_levels(x->match, locate, side, levels, LEVELS_MAX);
	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(
			out, json_pack("[o, o, o]", whole((uint64_t)levels[i].price_e4),
				     whole(levels[i].qty), whole(levels[i].order_count)));
	return out;
}

void report_books(const struct exchange *x, FILE *file)
{
	for (uint32_t i = 0; i < SYMBOL_COUNT_MAX; i++) {
		if (x->symbols[i] == 0)
			continue;
		json_t *out = json_pack("{s:o, s:o, s:o, s:o}", "symbol",
			text_of(&x->symbols[i], sizeof x->symbols[i]), "locate", whole(i), "bid",
			book_side(x, (uint16_t)i, SIDE_BUY), "ask",
			book_side(x, (uint16_t)i, SIDE_SELL));
		CHECK(out != NULL);
		json_dumpf(out, file, JSON_COMPACT);
		fputc('\n', file);
		json_decref(out);
	}
}

static bool report_file(const struct exchange *x, const char *path,
	void (*report)(const struct exchange *x, FILE *file))
{
	char fresh[PATH_BYTES + 8];
	if (path == NULL)
		return true;
	snprintf(fresh, sizeof fresh, "%s.new", path);
	FILE *file = fopen(fresh, "we");
	bool is_written = file != NULL;
	if (is_written) {
		report(x, file);
		is_written = ferror(file) == 0;
		is_written = fclose(file) == 0 && is_written;
	}
	/* Whoever reads sees the old file or the new one, whole. */
	if (is_written && rename(fresh, path) == 0)
		return true;
	fprintf(stderr, "sluice-exchange: %s: found '%s', expected a file that can be written\n",
		path, strerror(errno));
	return false;
}

bool report_books_file(const struct exchange *x, const char *path)
{
	return report_file(x, path, report_books);
}

bool report_files(const struct exchange *x)
{
	bool is_stats = report_file(x, x->options.stats_file, report_stats);
	return report_file(x, x->options.orders_file, report_every_order) && is_stats;
}
