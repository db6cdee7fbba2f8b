/* lease.c - limits raise, limits leases and limits undo of a lease.

   What is asked for is read as the kept file with a list of leases behind it, and judged as a file that is loaded: it must
   raise one limit, and mean something.  Then the gates are asked for that one limit; no epoch is published.

     read --one limit looser--> agree (two persons) --> write down --> gate after gate takes it */
#include "control/command/lease.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "config/scalar.h"
#include "control/command/commands.h"
#include "control/command/loading.h"
#include "control/limits/leasing.h"

enum { LEASE_WORD_BYTES = 80, LEASE_TEXT_BYTES = 900 };
#define LEASE_NS_MIN 1000000000u
#define LEASE_NS_MAX (24ull * 3600 * 1000000000u)

struct lease {
	char scope[LEASE_WORD_BYTES]; /* "account: 17, " of the list's row */
	const char *limit;
	char value[LEASE_WORD_BYTES];
	uint64_t length_ns;
};

static bool lease_refuse(struct call *call, const char *found, const char *expected)
{
	answer_code(&call->answer, CODE_ARGUMENT_BAD,
		"found \"%.60s\", expected %s: limits raise <scope> <id> [symbol S] <limit> "
		"<value> "
		"for <duration> because ...",
		found, expected);
	return false;
}

static bool lease_sector(struct call *call, struct lease *lease, const char *name, uint32_t *at)
{
	uint32_t sector = site_sector_find(&call->control->site, name);
	if (sector == 0) {
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found sector \"%.60s\", expected one that symbols.yaml names", name);
		return false;
	}
	snprintf(lease->scope, sizeof lease->scope, "sector: \"%s\", ",
		call->control->site.sectors[sector]);
	*at = 2;
	return true;
}

/* Whose limit: the words of the scope, and a symbol within an account.  *at is moved behind them. */
static bool lease_scope(struct call *call, struct lease *lease, uint32_t *at)
{
	const char *word = call_argument(call, 0), *id = call_argument(call, 1);
	enum scope scope;
	uint32_t number, symbol;
	if (strcmp(word, "firm") == 0 || strcmp(word, "all") == 0) {
		*at = strcmp(id, "0") == 0 ? 2 : 1; /* the firm needs no number */
		return true;
	}
	if (strcmp(word, "sector") == 0)
		return lease_sector(call, lease, id, at);
	if (!call_name_find(call, word, id, &scope, &number))
		return false;
	const char *next = call_argument(call, 2);
	bool has_symbol = next != NULL && strcmp(next, "symbol") == 0;
	*at = has_symbol ? 4 : 2;
	if (scope == SCOPE_VENUE || (has_symbol && scope != SCOPE_ACCOUNT))
		return lease_refuse(call, word, "a scope that limits are stated for");
	if (scope == SCOPE_SYMBOL)
		snprintf(lease->scope, sizeof lease->scope, "symbol: %.8s, ", id);
	else
		snprintf(lease->scope, sizeof lease->scope, "%s: %u, ", scope_name(scope), number);
	if (!has_symbol)
		return true;
	const char *name = call_argument(call, 3);
	enum scope of;
	if (name == NULL || !call_name_find(call, "symbol", name, &of, &symbol))
		return name != NULL ? false : lease_refuse(call, "symbol", "its name");
	size_t used = strlen(lease->scope);
	snprintf(lease->scope + used, sizeof lease->scope - used, "symbol: %.8s, ", name);
	return true;
}

/* The limit, its value up to the word `for`, and for how long. */
static bool lease_words(struct call *call, struct lease *lease, uint32_t at)
{
	const char *word = lease->limit = call_argument(call, at);
	size_t used = 0;
	if (word == NULL)
		return lease_refuse(call, "no limit", "its name in the limits file");
	while ((word = call_argument(call, ++at)) != NULL && strcmp(word, "for") != 0 &&
		used + strlen(word) + 2 < sizeof lease->value)
		used += (size_t)snprintf(lease->value + used, sizeof lease->value - used, "%s%s",
			used > 0 ? " " : "", word);
	if (word == NULL || strcmp(word, "for") != 0 || used == 0)
		return lease_refuse(
			call, word != NULL ? word : "no time", "a value, and for how long");
	at++;
	const char *expected = call_duration_take(call, &at, &lease->length_ns);
	if (expected != NULL || call_argument(call, at) != NULL)
		return lease_refuse(call,
			call_argument(call, at) != NULL ? call_argument(call, at) : "",
			expected != NULL ? expected : "nothing behind the duration");
	if (lease->length_ns < LEASE_NS_MIN || lease->length_ns > LEASE_NS_MAX)
		return lease_refuse(call, "that time", "from 1 s to 24 h");
	return true;
}

/* Text between quotes in YAML, of which limits files have plain ASCII; a lease's own record has the reason as it was
   given. */
static void quoted(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
	for (; *to != '\0'; to++)
		if (*to == '"' || *to == '\\')
			*to = '\'';
		else if (*to < ' ' || *to > '~')
			*to = '?';
}

/* ---- asked for ---- */

/* The one limit of a set that the limits in force state otherwise: both have the same rows. */
static void changed_find(
	const struct limitset *old, const struct limitset *set, uint32_t *row, enum limit *limit)
{
	for (uint32_t i = 0; i < set->row_count && i < old->row_count; i++)
		for (unsigned at = 0; at < LIMIT_COUNT; at++)
			if (memcmp(&set->rows[i].limits[at], &old->rows[i].limits[at],
				    sizeof(struct limit_value)) != 0) {
				*row = i;
				*limit = (enum limit)at;
			}
}

/* Whether a lease of this limit may be asked for; false: the answer is coded. */
static bool lease_may_be(struct call *call, const struct lease_record *asked)
{
	struct leasing_row rows[LEASING_COUNT_MAX];
	char name[LEASING_NAME_BYTES];
	uint32_t last, count = leasing_list(&call->control->plane, rows, &last);
	const struct limit_place place = {.scope = asked->scope,
		.limit = asked->limit,
		.id = asked->id,
		.symbol = asked->symbol};
	const struct leasing_row *other = leasing_find(rows, count, &place);
	if (other == NULL)
		return true;
	answer_code(&call->answer, CODE_STATE_WRONG,
		"%s has lease %u already, expected none: first limits undo lease %u, or wait "
		"%" PRIu64 " s",
		leasing_name(&call->control->site, asked, name), other->row.lease.number,
		other->row.lease.number, other->left_ns / 1000000000u + 1);
	return false;
}

/* Tells the next gate whose limit it is, from `gate` on; false: that was the last. */
static bool lease_ask(struct call *call, uint32_t gate, uint64_t now_ns)
{
	struct lease_asked *lease = &loading_of(call)->lease;
	while (gate < GATE_COUNT_MAX && (lease->gate_mask >> gate & 1) == 0)
		gate++;
	if (gate >= GATE_COUNT_MAX)
		return false;
	lease->record.value = lease->values[gate];
	slicing_lease_ask(&call->control->publishing.slicing, gate, &lease->record);
	call->question.lease = lease->record;
	call_gate_ask(call, gate, REQUEST_LEASE, now_ns);
	return true;
}

/* Of several gates some have it already. */
static void gates_tell(struct call *call, uint32_t mask, const char *what)
{
	const struct site_config *site = &call->control->site;
	for (uint32_t i = 0; i < site->gate_count; i++)
		if ((mask >> i & 1) != 0)
			answer_line(&call->answer, "%s %s", gate_name(site, i), what);
}

static void lease_refused(struct call *call, int32_t code)
{
	const struct lease_record *asked = &loading_of(call)->lease.record;
	char name[LEASING_NAME_BYTES];
	const char *why = code == ENOSPC   ? "as many limits as can be are raised for a time"
			  : code == EEXIST ? "it has a lease already"
			  : code == EBUSY  ? "limits are on trial"
			  : code == ESTALE ? "other limits came into force meanwhile"
			  : code == EINVAL
				  ? "that is not looser than what it has, in the same currency"
			  : code == ENOENT ? "its limits do not state that one"
					   : strerror(code);
	answer_code(&call->answer, CODE_STATE_WRONG,
		"%s did not raise %s: %s; see limits leases and status",
		call_stage(call, call->question.stage),
		leasing_name(&call->control->site, asked, name), why);
}

static enum call_progress lease_step(struct call *call, uint64_t now_ns)
{
	struct lease_asked *lease = &loading_of(call)->lease;
	const struct mailbox_answer *page;
	char name[LEASING_NAME_BYTES], value[80];
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	uint32_t gate = stage_gate_index(call->question.stage);
	if (page == NULL || page->code != 0) {
		if (page != NULL)
			lease_refused(call, page->code);
		gates_tell(call, lease->taken_mask, "has it");
		return CALL_DONE;
	}
	lease->taken_mask |= 1u << (gate & 31);
	if (lease_ask(call, gate + 1, now_ns))
		return CALL_WAITING;
	limit_format(&call->control->site, (enum limit)lease->record.limit, &lease->record.whole,
		value, sizeof value);
	answer_code(&call->answer, CODE_DONE,
		"lease %u: %s is %s for %" PRIu64
		" s, asked by %s; then it is again what the file states",
		lease->record.number, leasing_name(&call->control->site, &lease->record, name),
		value, lease->record.within_ns / 1000000000u,
		call->has_second ? call->first.name : call->person.name);
	return CALL_DONE;
}

static void lease_written(struct call *call, const struct limitset *set, uint64_t now_ns)
{
	struct control *control = call->control;
	struct loading *loading = loading_of(call);
	struct lease_asked *lease = &loading->lease;
	struct leasing_row rows[LEASING_COUNT_MAX];
	enum limit limit = LIMIT_COUNT;
	uint32_t at = 0, last;
	changed_find(publishing_set(&control->publishing), set, &at, &limit);
	CHECK(limit != LIMIT_COUNT); /* is_lease_or_none of agree.c */
	const struct limit_row *row = &set->rows[at];
	leasing_list(&control->plane, rows, &last);
	lease->record = (struct lease_record){.number = last + 1,
		.epoch = control->publishing.epoch,
		.word = LEASE_BEGINS,
		.scope = row->scope,
		.limit = (uint8_t)limit,
		.persons = call->has_second ? 2 : 1,
		.id = row->id,
		.symbol = row->symbol,
		.uid = call->has_second ? call->first.uid : call->person.uid,
		.second_uid = call->has_second ? call->person.uid : 0,
		.within_ns = loading->within_ns,
		.whole = row->limits[limit]};
	call_reason_copy(call, lease->record.reason, sizeof lease->record.reason);
	if (!loading_is_cut(call) || !lease_may_be(call, &lease->record))
		return;
	slicing_lease_values(
		&control->publishing.slicing, row, limit, &row->limits[limit], lease->values);
	for (uint32_t i = 0; i < site_gate_count(&control->site); i++)
		lease->gate_mask |= (uint32_t)site_has_row(control_view(control, i), row) << i;
	call->step = lease_step;
	if (!lease_ask(call, 0, now_ns))
		answer_code(&call->answer, CODE_STATE_WRONG,
			"found no gate that has what this limit is of, expected one: gates: of "
			"site.yaml says who has what");
}

void command_limits_raise(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	struct control *control = call->control;
	struct lease lease = {0};
	char more[LEASE_TEXT_BYTES], limit[LEASE_WORD_BYTES], reason[400];
	uint32_t at;
	if (!call_reasoned(call))
		return;
	if (!lease_scope(call, &lease, &at) || !lease_words(call, &lease, at))
		return;
	if (publishing_has_term(&control->publishing)) {
		char term[PUBLISHING_TEXT_BYTES];
		answer_code(&call->answer, CODE_STATE_WRONG,
			"limits are on trial (%s); first: limits confirm, or limits undo",
			publishing_tell(&control->publishing, &control->plane, term));
		return;
	}
	quoted(limit, sizeof limit, lease.limit);
	quoted(reason, sizeof reason, call->request.reason);
	for (char *c = lease.value; *c != '\0'; c++)
		if (*c == '"' || *c == '\\')
			*c = '?';
	snprintf(more, sizeof more,
		"\nleases:\n  - {%slimit: \"%s\", value: \"%s\", reason: \"%s\"}\n", lease.scope,
		limit, lease.value, reason);
	struct reading *reading = reading_begin_more(
		&control->site, control->kept_path, more, publishing_set(&control->publishing));
	loading_begin_lease(call, reading, lease.length_ns, lease_written);
}

/* ---- told ---- */

void command_limits_leases(struct call *call, uint64_t now_ns)
{
	const struct site_config *site = &call->control->site;
	struct leasing_row rows[LEASING_COUNT_MAX];
	/* The gates alone know: one that starts again may have some still. */
	if (!call->control->plane.is_attached) {
		call_silent(call, STAGE_GATE, now_ns);
		return;
	}
	uint32_t last, count = leasing_list(&call->control->plane, rows, &last);
	for (uint32_t i = 0; i < count; i++) {
		const struct lease_record *lease = &rows[i].row.lease;
		enum limit limit = (enum limit)(lease->limit < LIMIT_COUNT ? lease->limit : 0);
		char name[LEASING_NAME_BYTES], value[80], reason[sizeof lease->reason + 1] = {0};
		memcpy(reason, lease->reason, sizeof lease->reason);
		answer_row(&call->answer);
		answer_number(&call->answer, "lease", lease->number);
		answer_word(&call->answer, "limit", leasing_name(site, lease, name));
		limit_format(site, limit, &lease->whole, value, sizeof value);
		answer_word(&call->answer, "value", value);
		limit_format(site, limit, &rows[i].row.base, value, sizeof value);
		answer_word(&call->answer, "then", value);
		answer_count(&call->answer, "left_s", rows[i].left_ns / 1000000000u);
		answer_format(&call->answer, "by", "%s, %s", person_find(site, lease->uid).name,
			person_find(site, lease->second_uid).name);
		answer_word(&call->answer, "because", reason);
	}
	answer_code(&call->answer, CODE_ROWS, "%u limits are raised for a time%s", count,
		count > 0 ? "; limits undo lease N gives one up" : "");
}

/* ---- given up ---- */

struct undoing {
	uint32_t number, gate_mask, taken_mask;
};

static bool undo_ask(struct call *call, uint32_t gate, uint64_t now_ns)
{
	const struct undoing *undoing = call->own;
	while (gate < GATE_COUNT_MAX && (undoing->gate_mask >> gate & 1) == 0)
		gate++;
	if (gate >= GATE_COUNT_MAX)
		return false;
	call->question.lease = (struct lease_record){
		.number = undoing->number, .word = LEASE_UNDONE, .uid = call->person.uid};
	call_gate_ask(call, gate, REQUEST_LEASE, now_ns);
	return true;
}

/* To give up tightens: a gate that is silent, or where its time is over, holds up no other. */
static enum call_progress undo_step(struct call *call, uint64_t now_ns)
{
	struct undoing *undoing = call->own;
	const struct mailbox_answer *page;
	if (call_look(call, now_ns, &page) == CALL_WAITING)
		return CALL_WAITING;
	uint32_t gate = stage_gate_index(call->question.stage);
	if (page != NULL && page->code == 0)
		undoing->taken_mask |= 1u << (gate & 31);
	if (undo_ask(call, gate + 1, now_ns))
		return CALL_WAITING;
	if (call->answer.is_coded)
		gates_tell(call, undoing->taken_mask, "gave it up");
	else if (undoing->taken_mask == 0)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"lease %u is no longer: its time was over, or somebody was first",
			undoing->number);
	else
		answer_code(&call->answer, CODE_DONE,
			"lease %u is given up: its limit is what the file states again",
			undoing->number);
	return CALL_DONE;
}

/* The number that is named, or the only one; 0: the answer is coded. */
static uint32_t undo_number(struct call *call, const struct leasing_row *rows, uint32_t count)
{
	const struct control *control = call->control;
	const char *word = call_argument(call, 0), *text = call_argument(call, 1);
	uint64_t number = 0;
	bool is_good = word != NULL && strcmp(word, "lease") == 0 && text != NULL &&
		       scalar_count(text, &number) == NULL && number <= UINT32_MAX &&
		       call_argument(call, 2) == NULL;
	if (word == NULL && count == 1)
		return rows[0].row.lease.number;
	if (word != NULL && !is_good)
		answer_code(&call->answer, CODE_ARGUMENT_BAD,
			"found \"%.60s\", expected nothing, or lease and its number: limits leases",
			text != NULL ? text : word);
	else if (word == NULL && count > 1)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"found %u leases, expected one: limits undo lease N; limits leases lists "
			"them",
			count);
	else if (word == NULL)
		answer_code(&call->answer, CODE_STATE_WRONG,
			"nothing is on trial, and no limit is raised for a time: epoch %u "
			"stays%s%s",
			control->publishing.now.now.epoch,
			control->limits_note[0] != '\0' ? "; " : "", control->limits_note);
	return (uint32_t)number;
}

void lease_undo(struct call *call, uint64_t now_ns)
{
	struct leasing_row rows[LEASING_COUNT_MAX];
	if (!call->control->plane.is_attached) {
		call_silent(call, STAGE_GATE, now_ns);
		return;
	}
	uint32_t last, count = leasing_list(&call->control->plane, rows, &last);
	uint32_t number = undo_number(call, rows, count), at = 0;
	if (call->answer.is_coded)
		return;
	while (at < count && rows[at].row.lease.number != number)
		at++;
	struct undoing *undoing = at < count ? call_own(call, sizeof *undoing) : NULL;
	if (at == count)
		answer_code(&call->answer, CODE_NOT_FOUND,
			"found no lease %u, expected one that is in force: limits leases", number);
	if (undoing == NULL)
		return;
	undoing->number = number;
	undoing->gate_mask = rows[at].gate_mask;
	undo_ask(call, 0, now_ns);
	call->step = undo_step;
}
