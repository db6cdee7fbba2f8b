#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/fold/whatif.h"
#include "dataplane/plan/rerun.h"

/* More changes than a reader or a pipe wants are counted and not printed. */
enum { CHANGE_ROW_COUNT_MAX = 4000 };

struct judging {
	const struct site_config *site;
	uint64_t order_id; /* 0: whatever differs */
	uint64_t printed, dropped;
	bool is_json, has_order;
};

static const char *verdict_word(const struct verdict *verdict)
{
	return verdict->lane == LANE_NONE ? "PASSED" : lane_name(verdict->lane);
}

static const char *owner_word(const struct verdict *verdict)
{
	return verdict->lane == LANE_NONE || verdict->owner_scope >= SCOPE_COUNT
		       ? "-"
		       : scope_name((enum scope)verdict->owner_scope);
}

/* Usage and limit are of the verdict that refuses; of two, of the other limits'. */
static void judging_print(struct judging *j, const struct whatif_change *change, const char *symbol)
{
	const struct risk_order *order = change->order;
	const struct verdict *told = change->other->lane != LANE_NONE ? change->other : change->day;
	const char *side = order->side == SIDE_BUY ? "buy" : "sell";
	if (j->is_json)
		printf("%s{\"order\":%" PRIu64 ",\"account\":%u,\"symbol\":\"%s\",\"side\":\"%s\","
		       "\"qty\":%u,\"price_e4\":%" PRId64 ",\"old\":\"%s\",\"new\":\"%s\","
		       "\"lane\":%u,\"usage\":%" PRId64 ",\"limit\":%" PRId64 ",\"owner\":\"%s\"}",
			j->printed > 1 ? "," : "", change->order_id, order->account, symbol, side,
			order->qty, order->price_e4, verdict_word(change->day),
			verdict_word(change->other), told->lane, told->usage, told->limit,
			owner_word(told));
	else
		printf("order %" PRIu64 " account %u %s %u %s: %s -> %s, usage %" PRId64
		       " limit %" PRId64 " of %s\n",
			change->order_id, order->account, side, order->qty, symbol,
			verdict_word(change->day), verdict_word(change->other), told->usage,
			told->limit, owner_word(told));
}

static void judging_hear(void *context, const struct whatif_change *change)
{
	struct judging *j = context;
	char symbol[9] = "-";
	if (j->order_id != 0 && change->order_id != j->order_id)
		return;
	j->has_order = true;
	if (j->printed == CHANGE_ROW_COUNT_MAX) {
		j->dropped++;
		return;
	}
	j->printed++;
	if (change->order->symbol < j->site->symbol_count)
		symbol_unpack(j->site->symbols[change->order->symbol].name, symbol);
	judging_print(j, change, symbol);
}

/* Whether the gate had more than all gates together may have by the other limits. */
static bool is_more(const struct portion *portion)
{
	return portion->whole != PORTION_NONE && portion->part > portion->other_whole;
}

static void portion_print_text(
	const struct portion *portion, const struct site_config *site, uint32_t index)
{
	char name[CUT_NAME_BYTES], day[80] = "not stated";
	(void)index;
	if (portion->whole != PORTION_NONE)
		snprintf(day, sizeof day, "%" PRId64 " of %" PRId64, portion->part, portion->whole);
	printf("  slice       %s: %s in the day, %" PRId64 " of %" PRId64 " by these limits%s\n",
		cut_name(site, portion->key, name), day, portion->other_part, portion->other_whole,
		is_more(portion) ? "; the gate had more than all gates may have" : "");
}

static void portion_print_json(
	const struct portion *portion, const struct site_config *site, uint32_t index)
{
	char name[CUT_NAME_BYTES];
	printf("%s{\"of\":\"%s\",\"limit\":\"%s\",\"whole\":", index > 0 ? "," : "",
		cut_name(site, portion->key, name), limit_keys[portion->key.limit].key);
	if (portion->whole != PORTION_NONE)
		printf("%" PRId64 ",\"slice\":%" PRId64, portion->whole, portion->part);
	else
		printf("null,\"slice\":null");
	printf(",\"new_whole\":%" PRId64 ",\"new_slice\":%" PRId64 ",\"had_more\":%s}",
		portion->other_whole, portion->other_part, is_more(portion) ? "true" : "false");
}

static void judging_portions(
	const struct judging *j, const struct whatif_counts *counts, const struct portion *portions)
{
	if (j->is_json)
		printf("],\"slices\":[");
	for (uint32_t i = 0; i < counts->portion_count; i++)
		(j->is_json ? portion_print_json : portion_print_text)(&portions[i], j->site, i);
	if (j->is_json)
		printf("],\"slices_dropped\":%u,\"by_wholes\":%" PRIu64, counts->portions_dropped,
			counts->by_wholes);
	else if (counts->by_wholes > 0)
		printf("  by wholes   %" PRIu64 " orders: the journal does not say what the gate's "
		       "slices were of\n",
			counts->by_wholes);
}

static void judging_end(const struct judging *j, const struct replay_result *r,
	const struct whatif_counts *counts, const char *verdict)
{
	if (j->is_json) {
		printf(",\"dropped\":%" PRIu64 ",\"verdict\":", j->dropped);
		rerun_print_string(verdict);
		printf(",\"orders\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"passed\":%" PRIu64
		       ",\"renamed\":%" PRIu64 ",\"differences\":%" PRIu64 "}\n",
			counts->orders, counts->refused, counts->passed, counts->renamed,
			r->differences);
	} else {
		printf("what-if: %s\n  orders      %" PRIu64 " judged by both\n"
		       "  refused     %" PRIu64 " that passed\n"
		       "  passed      %" PRIu64 " that were refused\n"
		       "  renamed     %" PRIu64 " refused for another reason\n"
		       "  not shown   %" PRIu64 "\n  differences %" PRIu64
		       " of the replay itself\n",
			verdict, counts->orders, counts->refused, counts->passed, counts->renamed,
			j->dropped, r->differences);
	}
}

/* What went over: the exit status, and in words. */
static int judging_status(const struct judging *j, const struct replay_result *r,
	const struct whatif_counts *counts, const char **verdict)
{
	bool is_day = r->differences == 0 && !r->end.is_damaged;
	bool is_same = counts->refused + counts->passed + counts->renamed == 0;
	*verdict = !is_day ? "another day" : is_same ? "same" : "changed";
	if (j->order_id != 0 && !j->has_order)
		*verdict = "no such order";
	if (!is_day)
		return 1;
	if (j->order_id != 0 && !j->has_order)
		return 2;
	return is_same ? 0 : 3;
}

static int judging_run(struct judging *j, struct replay *replay, const struct limitset *set,
	const char *directory, uint64_t until)
{
	struct config_error error = {{0}};
	const char *verdict;
	bool is_adopted;
	struct whatif *whatif = whatif_open(replay, set, j->order_id != 0, judging_hear, j);
	if (j->is_json)
		printf("{\"changes\":[");
	bool is_read = replay_journal(replay, directory, until, &error);
	struct whatif_counts counts = whatif_counts(whatif, &is_adopted);
	judging_portions(j, &counts, whatif_portions(whatif));
	whatif_close(whatif);
	int status = judging_status(j, &replay->result, &counts, &verdict);
	if (is_read && !is_adopted) {
		verdict = "no limits were ever in force";
		status = 2;
	}
	judging_end(j, &replay->result, &counts, is_read ? verdict : error.text);
	return is_read ? status : 2;
}

int rerun_what_if(const struct site_config *site, const struct site_config *whole,
	const char *directory, uint64_t until, const char *limits_path, uint64_t order_id,
	bool is_json)
{
	struct config_error error = {{0}};
	struct judging judging = {.site = site, .order_id = order_id, .is_json = is_json};
	struct limitset *set = calloc(1, sizeof *set);
	int status = 2;
	CHECK(set != NULL);
	if (limitset_load(set, whole, limits_path, &error)) {
		struct replay *replay = replay_open(site);
		status = judging_run(&judging, replay, set, directory, until);
		replay_close(replay);
	} else {
		fprintf(stderr, "%s\n", error.text);
	}
	free(set);
	return status;
}
