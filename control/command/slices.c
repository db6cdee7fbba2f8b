/* slices.c - show slices, slices move and slices settle: limits that span gates, and what is on its way between them.

     move:    agree (two persons) --durable in the audit--> cut at the giver --> ... --> in force at the taker
     settle:  durable in the audit --> what was not granted is the giver's again

   Control goes on with a move by itself (control/limits/slicing.h); the command only waits for a while. */
#include <inttypes.h>
#include <stdio.h>

#include "config/scalar.h"
#include "control/command/commands.h"
#include "control/limits/leasing.h"
#include "control/slices/record.h"

#define SLICES_WAIT_NS 2000000000u

/* What is asked for: a limit has a second number where it is a rate. */
struct moving {
	struct slice_key key;
	uint32_t from, to;
	int64_t amounts[2]; /* by enum slice_part; 0: none */
	uint64_t numbers[2];
};

static struct slicing *slicing_of(struct call *call)
{
	return &call->control->publishing.slicing;
}

/* ---- shown ---- */

static const char *amount_text(const struct site_config *site, struct slice_key key, int64_t amount,
	char text[CUT_AMOUNT_BYTES])
{
	return amount == SLICE_NONE      ? "none"
	       : amount == SLICE_UNKNOWN ? "unknown"
					 : cut_amount(site, key, amount, text);
}

static void slice_row(struct call *call, struct slice_key key, int64_t whole, const char *gate,
	int64_t slice, int64_t in_force)
{
	const struct site_config *site = &call->control->site;
	char text[80], name[CUT_NAME_BYTES];
	answer_row(&call->answer);
	answer_word(&call->answer, "limit", cut_name(site, key, name));
	answer_word(&call->answer, "whole", amount_text(site, key, whole, text));
	answer_word(&call->answer, "gate", gate);
	answer_word(&call->answer, "slice", amount_text(site, key, slice, text));
	answer_word(&call->answer, "in_force", amount_text(site, key, in_force, text));
}

/* One gate has everything, as soon as it has adopted it. */
static uint32_t whole_rows(struct call *call)
{
	struct publishing *publishing = &call->control->publishing;
	const struct limitset *set = publishing_set(publishing);
	bool is_adopted = publishing_is_adopted(publishing, &call->control->plane);
	uint32_t count = 0;
	for (uint32_t i = 0; set != NULL && i < set->row_count; i++)
		for (unsigned at = 0; at < 2 * LIMIT_COUNT; at++) {
			const struct limit_row *row = &set->rows[i];
			struct slice_key key = {.scope = row->scope,
				.limit = (uint8_t)(at / 2),
				.part = at % 2 == 0 ? SLICE_VALUE : SLICE_BURST,
				.symbol = row->symbol};
			const struct limit_value *value = &row->limits[key.limit];
			int64_t whole = key.part == SLICE_VALUE ? value->value : value->burst;
			if ((row->stated >> key.limit & 1) == 0 ||
				!cut_adds_up(
					(enum scope)key.scope, (enum limit)key.limit, key.part))
				continue;
			slice_row(call, key, whole, "gate", whole,
				is_adopted ? whole : SLICE_UNKNOWN);
			count++;
		}
	return count;
}

static uint32_t cut_rows(struct call *call)
{
	const struct slices *slices = &slicing_of(call)->slices;
	uint32_t count = 0;
	for (uint32_t i = 0; i < slices->count; i++) {
		const struct slice *cell = &slices->cells[i];
		if (cell->whole == SLICE_NONE)
			continue;
		count++;
		for (uint32_t gate = 0; gate < slices->gate_count; gate++)
			slice_row(call, cell->key, cell->whole,
				gate_name(&call->control->site, gate), cell->wanted[gate],
				cell->sure[gate]);
	}
	return count;
}

static uint32_t move_rows(struct call *call)
{
	const struct slicing *slicing = slicing_of(call);
	const struct site_config *site = &call->control->site;
	char text[80], name[CUT_NAME_BYTES];
	uint32_t count = 0;
	for (unsigned i = 0; slicing->is_used && i < SLICE_MOVE_COUNT_MAX; i++) {
		const struct slice_move *move = &slicing->slices.moves[i];
		if (move->stage == MOVE_NONE)
			continue;
		count++;
		answer_row(&call->answer);
		answer_count(&call->answer, "move", move->number);
		answer_word(&call->answer, "of", cut_name(site, move->key, name));
		answer_word(
			&call->answer, "amount", amount_text(site, move->key, move->amount, text));
		answer_word(&call->answer, "from", gate_name(site, move->from));
		answer_word(&call->answer, "to", gate_name(site, move->to));
		answer_word(&call->answer, "stage", slicing_stage_name(move->stage));
	}
	return count;
}

void command_show_slices(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const struct slicing *slicing = slicing_of(call);
	uint32_t gates = site_gate_count(&call->control->site);
	uint32_t count = slicing->is_used ? cut_rows(call) : whole_rows(call);
	uint32_t moves = move_rows(call);
	const char *note = slicing->note[0] != '\0' ? slicing->note
			   : slicing->file_errno != 0
				   ? "what changes cannot be written down: nothing is granted"
			   : gates == 1 ? "one gate has them whole"
			   : publishing_is_cut(&call->control->publishing)
				   ? "every gate has its own"
				   : "not every gate has its own yet";
	answer_code(&call->answer, CODE_ROWS, "%u limits of %u gates, %u amounts on their way; %s",
		count, gates, moves, note);
}

/* ---- moved ---- */

static bool move_refuse(struct call *call, const char *found, const char *expected)
{
	answer_code(&call->answer, CODE_ARGUMENT_BAD,
		"found \"%.60s\", expected %s: slices move [symbol S] <limit> <amount> --from "
		"<gate> --to "
		"<gate> because ...",
		found != NULL ? found : "nothing more", expected);
	return false;
}

static bool gate_take(struct call *call, uint32_t *at, const char *word, uint32_t *gate)
{
	if (call_argument(call, *at) == NULL || strcmp(call_argument(call, *at), word) != 0)
		return move_refuse(call, call_argument(call, *at), word);
	const char *name = call_argument(call, ++*at);
	*gate = name != NULL ? site_gate_find(&call->control->site, name) : UINT32_MAX;
	if (*gate == UINT32_MAX)
		return move_refuse(call, name, "the name of a gate of the site");
	++*at;
	return true;
}

/* Whose limit, and which. */
static bool key_take(struct call *call, struct moving *moving, uint32_t *at)
{
	const char *word = call_argument(call, 0);
	moving->key = (struct slice_key){.scope = SCOPE_FIRM, .symbol = SYMBOL_NONE};
	if (word != NULL && strcmp(word, "symbol") == 0) {
		const char *name = call_argument(call, 1);
		enum scope scope;
		if (name == NULL)
			return move_refuse(call, name, "a symbol");
		if (!call_name_find(call, "symbol", name, &scope, &moving->key.symbol))
			return false;
		moving->key.scope = SCOPE_SYMBOL;
		*at = 2;
		word = call_argument(call, 2);
	}
	unsigned limit = 0;
	while (word != NULL && limit < LIMIT_COUNT && strcmp(limit_keys[limit].key, word) != 0)
		limit++;
	if (word == NULL || limit == LIMIT_COUNT)
		return move_refuse(call, word, "the name of a limit");
	moving->key.limit = (uint8_t)limit;
	moving->key.part = limit == LIMIT_order_to_trade ? SLICE_BURST : SLICE_VALUE;
	++*at;
	if (!cut_adds_up((enum scope)moving->key.scope, (enum limit)limit, moving->key.part))
		return move_refuse(call, word, "a limit that adds up over gates (show slices)");
	return true;
}

static bool count_take(struct call *call, const char *word, int64_t *count)
{
	uint64_t number;
	const char *expected = word != NULL ? scalar_count(word, &number) : "a number";
	if (expected != NULL || number == 0 || number > INT64_MAX)
		return move_refuse(call, word, expected != NULL ? expected : "more than nothing");
	*count = (int64_t)number;
	return true;
}

/* "30 shares", "30000.00 USD", "10" and, of a rate, "10 burst 5". */
static bool amount_take(struct call *call, struct moving *moving, uint32_t *at)
{
	enum limit_unit unit = (enum limit_unit)limit_keys[moving->key.limit].unit;
	int64_t *amount = &moving->amounts[moving->key.part];
	const char *word = call_argument(call, *at), *next = call_argument(call, *at + 1);
	char text[80];
	struct limit_value value;
	if (unit == MONEY || unit == SHARES) {
		snprintf(text, sizeof text, "%.40s %.30s", word != NULL ? word : "",
			next != NULL ? next : "");
		const char *expected =
			scalar_limit(text, unit, site_currency(&call->control->site), &value);
		if (expected != NULL || value.value <= 0)
			return move_refuse(
				call, word, expected != NULL ? expected : "more than nothing");
		*amount = value.value;
		*at += 2;
		return true;
	}
	if (!count_take(call, word, amount))
		return false;
	++*at;
	if (unit != RATE || next == NULL || strcmp(next, "burst") != 0)
		return true;
	*at += 2;
	return count_take(call, call_argument(call, *at - 1), &moving->amounts[SLICE_BURST]);
}

static bool words_take(struct call *call, struct moving *moving)
{
	uint32_t at = 0;
	if (!key_take(call, moving, &at) || !amount_take(call, moving, &at) ||
		!gate_take(call, &at, "--from", &moving->from) ||
		!gate_take(call, &at, "--to", &moving->to))
		return false;
	if (call_argument(call, at) != NULL)
		return move_refuse(call, call_argument(call, at), "nothing more");
	return moving->from != moving->to ||
	       move_refuse(call, call_argument(call, at - 1), "another gate");
}

/* Whether a part may be moved as things are; false: the answer is coded. */
static bool part_is_there(struct call *call, const struct moving *moving, enum slice_part part)
{
	const struct slices *slices = &slicing_of(call)->slices;
	const struct site_config *site = &call->control->site;
	struct slice_key key = moving->key;
	char name[CUT_NAME_BYTES], has[80], asked[80];
	key.part = (uint8_t)part;
	if (moving->amounts[part] == 0)
		return true;
	uint32_t at = slices_find(slices, key);
	if (at == UINT32_MAX || slices->cells[at].whole == SLICE_NONE) {
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found no %s in the limits wanted, expected one that they state: show "
			"slices",
			cut_name(site, key, name));
		return false;
	}
	int64_t wanted = slices->cells[at].wanted[moving->from];
	if (moving->amounts[part] <= wanted)
		return true;
	answer_code(&call->answer, CODE_ARGUMENT_BAD,
		"found %s, expected at most the %s of %s that %s is to have",
		amount_text(site, key, moving->amounts[part], asked),
		amount_text(site, key, wanted, has), cut_name(site, key, name),
		gate_name(site, moving->from));
	return false;
}

/* A gate that has more by a lease would lose that by a cut; true: the answer is coded. */
static bool is_leased(struct call *call, const struct slice_key *key)
{
	struct leasing_row rows[LEASING_COUNT_MAX];
	uint32_t last, count = leasing_list(&call->control->plane, rows, &last);
	const struct limit_place place = {
		.scope = key->scope, .limit = key->limit, .symbol = key->symbol};
	const struct leasing_row *lease = leasing_find(rows, count, &place);
	if (lease == NULL)
		return false;
	answer_code(&call->answer, CODE_STATE_WRONG,
		"lease %u raises that limit for a time, expected none: first limits undo lease %u, "
		"or wait",
		lease->row.lease.number, lease->row.lease.number);
	return true;
}

static bool move_may_begin(struct call *call, const struct moving *moving)
{
	const struct control *control = call->control;
	unsigned count = 0;
	if (!slicing_of(call)->is_used) {
		answer_code(&call->answer, CODE_STATE_WRONG,
			"found one gate, expected several: it has every limit whole");
		return false;
	}
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		count += slicing_of(call)->slices.moves[i].stage != MOVE_NONE;
	if (publishing_has_term(&control->publishing) || slicing_of(call)->slices.has_kept) {
		answer_code(&call->answer, CODE_STATE_WRONG,
			"limits are in force for a time, and each gate returns from them by "
			"itself: first "
			"limits confirm, or limits undo, or wait");
		return false;
	}
	if (is_leased(call, &moving->key))
		return false;
	if (count + 2 > SLICE_MOVE_COUNT_MAX) {
		answer_code(&call->answer, CODE_BUSY,
			"found %u amounts on their way, expected at most %u: show slices, slices "
			"settle",
			count, SLICE_MOVE_COUNT_MAX - 2);
		return false;
	}
	return part_is_there(call, moving, SLICE_VALUE) && part_is_there(call, moving, SLICE_BURST);
}

static const struct slice_move *move_find(struct call *call)
{
	const struct moving *moving = call->own;
	const struct slices *slices = &slicing_of(call)->slices;
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++) {
		const struct slice_move *move = &slices->moves[i];
		if (move->stage != MOVE_NONE &&
			(move->number == moving->numbers[0] || move->number == moving->numbers[1]))
			return move;
	}
	return NULL;
}

static enum call_progress moved_step(struct call *call, uint64_t now_ns)
{
	const struct moving *moving = call->own;
	const struct site_config *site = &call->control->site;
	const struct slice_move *move = move_find(call);
	struct slice_key key = moving->key;
	char name[CUT_NAME_BYTES], amount[80], used[80];
	bool is_over = move != NULL && move->stage == MOVE_CUT &&
		       slicing_of(call)->over_move == move->number;
	if (move != NULL && !is_over && now_ns < call->audit_until_ns)
		return CALL_WAITING;
	amount_text(site, key, moving->amounts[key.part], amount);
	cut_name(site, key, name);
	if (move == NULL)
		answer_code(&call->answer, CODE_DONE, "%s of %s went from %s to %s%s%s", amount,
			name, gate_name(site, moving->from), gate_name(site, moving->to),
			call->has_second ? ", asked by " : "",
			call->has_second ? call->first.name : "");
	else
		answer_code(&call->answer, CODE_NOT_ADOPTED,
			"move %" PRIu64
			" of %s of %s is %s%s%s; it goes on by itself: show slices, or "
			"slices settle",
			move->number, amount, name, slicing_stage_name(move->stage),
			is_over ? ", which was " : "",
			is_over ? amount_text(site, key, slicing_of(call)->over_usage, used) : "");
	return CALL_DONE;
}

static enum call_progress move_write_step(struct call *call, uint64_t now_ns)
{
	struct moving *moving = call->own;
	enum call_written written = call_written(call, now_ns);
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	if (!move_may_begin(call, moving))
		return CALL_DONE;
	for (unsigned part = 0; part < 2; part++) {
		struct slice_key key = moving->key;
		key.part = (uint8_t)part;
		if (moving->amounts[part] == 0)
			continue;
		struct slices *slices = &slicing_of(call)->slices;
		const struct slice_move *move = slices_move(slices, slices_find(slices, key),
			moving->from, moving->to, moving->amounts[part]);
		CHECK(move != NULL);
		moving->numbers[part] = move->number;
	}
	publishing_turn(&call->control->publishing, &call->control->plane);
	call->audit_until_ns = now_ns + SLICES_WAIT_NS;
	call->step = moved_step;
	return CALL_WAITING;
}

void command_slices_move(struct call *call, uint64_t now_ns)
{
	struct moving *moving = call_own(call, sizeof *moving);
	char text[300], name[CUT_NAME_BYTES];
	if (moving == NULL || !call_reasoned(call) || !words_take(call, moving) ||
		!move_may_begin(call, moving))
		return;
	snprintf(text, sizeof text,
		"slices move %s %" PRId64 " burst %" PRId64 " from %u to %u against epoch %u",
		cut_name(&call->control->site, moving->key, name), moving->amounts[SLICE_VALUE],
		moving->amounts[SLICE_BURST], moving->from, moving->to,
		call->control->publishing.epoch);
	if (!call_agreed(call, text, "", "asks for the same", now_ns))
		return;
	call_write(call, now_ns);
	call->step = move_write_step;
}

/* ---- settled ---- */

static enum call_progress settle_write_step(struct call *call, uint64_t now_ns)
{
	enum call_written written = call_written(call, now_ns);
	struct slices *slices = &slicing_of(call)->slices;
	unsigned back = 0, granted = 0;
	if (written != CALL_WRITE_DURABLE)
		return written == CALL_WRITE_PENDING ? CALL_WAITING : CALL_DONE;
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++) {
		if (slices->moves[i].stage == MOVE_NONE)
			continue;
		bool is_back = slices_back(slices, &slices->moves[i]);
		back += is_back;
		granted += !is_back;
	}
	publishing_turn(&call->control->publishing, &call->control->plane);
	answer_code(&call->answer, CODE_DONE,
		"%u amounts are given back to the gates that gave them, %u were granted or given "
		"back already: show slices",
		back, granted);
	return CALL_DONE;
}

void command_slices_settle(struct call *call, uint64_t now_ns)
{
	const struct slices *slices = &slicing_of(call)->slices;
	unsigned count = 0;
	for (unsigned i = 0; i < SLICE_MOVE_COUNT_MAX; i++)
		count += slices->moves[i].stage != MOVE_NONE;
	if (!call_reasoned(call))
		return;
	if (count == 0) {
		answer_code(&call->answer, CODE_ALREADY, "nothing is on its way between gates");
		return;
	}
	call_write(call, now_ns);
	call->step = settle_write_step;
}
