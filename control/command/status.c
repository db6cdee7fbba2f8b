/* status.c - what control sees by itself in the dataplane's pages. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "control/command/commands.h"
#include "control/command/kept.h"
#include "control/health/health.h"
#include "control/limits/leasing.h"
#include "control/metrics/channels.h"
#include "control/metrics/cuts.h"
#include "control/metrics/exposition.h"
#include "control/metrics/gauges.h"
#include "control/metrics/marks.h"
#include "control/socket/scope.h"

void command_help(struct call *call, uint64_t now_ns)
{
	(void)now_ns;
	const char *first = call_argument(call, 0);
	if (first == NULL || strcmp(first, "codes") != 0) {
		grammar_help(&call->answer, call->command.arguments, call->command.argument_count);
		return;
	}
	for (uint32_t i = 0; i < code_row_count; i++) {
		answer_row(&call->answer);
		answer_format(&call->answer, "code", "%03u", code_rows[i].number);
		answer_word(&call->answer, "name", code_rows[i].name);
		answer_word(&call->answer, "meaning", code_rows[i].sentence);
	}
	answer_code(&call->answer, CODE_ROWS, "%u codes", code_row_count);
}

static void fact(struct answer *answer, const char *what, const char *value)
{
	answer_row(answer);
	answer_word(answer, "what", what);
	answer_word(answer, "value", value);
}

__attribute__((format(printf, 3, 4))) static void fact_format(
	struct answer *answer, const char *what, const char *format, ...)
{
	char text[1300];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	fact(answer, what, text);
}

static const char *site_kind_name(uint8_t kind)
{
	static const char *const names[] = {"?", "production", "certification", "simulation"};
	return kind < ARRAY_COUNT(names) ? names[kind] : "?";
}

/* The firm's state as a person must take it: what cannot be known is not "active". */
static const char *trading_state(const struct control *control, uint64_t now_ns)
{
	const struct plane *plane = &control->plane;
	if (!plane->is_attached)
		return "absent";
	for (uint32_t i = 0; i < plane_gate_count(plane); i++)
		if (!plane_stage_is_alive(plane, stage_of_gate(i), now_ns))
			return "silent";
	if (!plane_is_recovered(plane))
		return "recovering";
	return trading_state_name((enum trading_state)plane_latched_state(plane));
}

/* A fact of one gate; where there are several the gate stands in front. */
__attribute__((format(printf, 5, 6))) static void gate_fact(struct answer *answer,
	const struct site_config *site, uint32_t gate, const char *what, const char *format, ...)
{
	char name[NAME_BYTES + 40], text[80];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	snprintf(name, sizeof name, "%s%s%s", site->gate_count > 0 ? gate_name(site, gate) : "",
		site->gate_count > 0 ? " " : "", what);
	fact(answer, name, text);
}

static void gate_facts(struct answer *answer, const struct plane *plane, uint32_t gate)
{
	const struct site_config *site = plane->site;
	const struct gate_page *page = region_gate(plane->region, gate);
	gate_fact(answer, site, gate, "recovered", "%s",
		atomic_load_explicit(&page->is_recovered, memory_order_acquire) != 0 ? "yes"
										     : "no");
	gate_fact(answer, site, gate, "latches", "%u scopes at reduce-only or stricter",
		atomic_load_explicit(&page->latch_count, memory_order_relaxed));
	gate_fact(answer, site, gate, "day", "%s",
		day_phase_name(atomic_load_explicit(&page->day_phase, memory_order_relaxed)));
	gate_fact(answer, site, gate, "open orders", "%" PRIu64,
		metrics_get(region_gate_metrics(plane->region, gate), METRIC_gate_open_orders));
}

static void plane_facts(struct answer *answer, const struct plane *plane)
{
	char since[32];
	if (plane->region == NULL) {
		fact(answer, "dataplane", plane->trouble);
		return;
	}
	const struct region_header *header = &plane->region->header;
	time_format(header->started_wall_ns, since);
	fact_format(answer, "dataplane", "pid %" PRIu64 ", started %s, build %016" PRIx64 "%s%s",
		header->pid, since, header->build_id,
		plane->is_attached ? "" : "; GONE: ", plane->is_attached ? "" : plane->trouble);
	if (header->config_hash[0] != plane->site->hash[0] ||
		header->config_hash[1] != plane->site->hash[1])
		fact(answer, "configuration",
			"the dataplane runs another one than control: restart one of them");
	for (uint32_t i = 0; i < plane_gate_count(plane); i++)
		gate_facts(answer, plane, i);
}

static void limits_facts(struct answer *answer, const struct control *control)
{
	const struct limitset *set = publishing_set(&control->publishing);
	const struct plane *plane = &control->plane;
	char term[PUBLISHING_TEXT_BYTES], leases[LEASING_TEXT_BYTES];
	if (set != NULL)
		fact_format(answer, "limits", "epoch %u, %u rows, %016" PRIx64 "%016" PRIx64 ": %s",
			control->publishing.epoch, set->row_count, set->hash[1], set->hash[0],
			publishing_is_adopted(&control->publishing, plane) ? "in force"
									   : "not adopted");
	if (publishing_tell(&control->publishing, plane, term)[0] != '\0')
		fact(answer, "limits term", term);
	if (leasing_tell(plane, leases)[0] != '\0')
		fact(answer, "limits leases", leases);
	if (control->limits_note[0] != '\0')
		fact(answer, "limits note", control->limits_note);
}

/* Words of stops, as many as there is room for. */
struct teller {
	const struct site_config *site;
	char *text;
	size_t size, used;
	uint32_t count;
};

static void word_tell(
	void *context, uint32_t index, uint64_t word, const struct stop_change *change)
{
	(void)change;
	struct teller *teller = context;
	char name[80], one[120];
	uint32_t id;
	enum scope scope = stop_scope(index, &id);
	if (stop_word_state(word) == STATE_ACTIVE)
		return;
	scope_id_name(teller->site, scope, id, name, sizeof name);
	snprintf(one, sizeof one, "%s%s %s", teller->count > 0 ? ", " : "", name,
		trading_state_name(stop_word_state(word)));
	teller->count++;
	if (teller->used + strlen(one) < teller->size) {
		memcpy(teller->text + teller->used, one, strlen(one) + 1);
		teller->used += strlen(one);
	}
}

static void waiting_fact(struct answer *answer, const struct plane *plane)
{
	char text[400] = "";
	struct teller teller = {.site = plane->site, .text = text, .size = sizeof text};
	if (standing_is_waiting(plane))
		stop_scan(&plane->own->stops, 0, word_tell, &teller);
	if (teller.count > 0)
		fact_format(answer, "stops waiting", "%u for a dataplane that latches them: %s",
			teller.count, text);
}

static void archive_fact(struct answer *answer, const struct control *control)
{
	struct archive_facts facts;
	archive_look(control->archive, &facts);
	fact_format(answer, "archive", "%" PRIu64 " prints, %" PRIu64 " holes, %s%s", facts.prints,
		facts.holes,
		facts.trouble[0] == '\0' ? "writes" : "does not write: ", facts.trouble);
}

void command_status(struct call *call, uint64_t now_ns)
{
	struct control *control = call->control;
	struct answer *answer = &call->answer;
	char since[32];
	const char *state = trading_state(control, now_ns);
	fact(answer, "state", state);
	fact_format(
		answer, "site", "%s, %s", control->site.name, site_kind_name(control->site.kind));
	time_format(control->started_wall_ns, since);
	fact_format(answer, "control", "pid %d, started %s", (int)getpid(), since);
	plane_facts(answer, &control->plane);
	waiting_fact(answer, &control->plane);
	limits_facts(answer, control);
	int audit = audit_failed(control->audit);
	fact_format(answer, "audit", "%s", audit == 0 ? "writes" : strerror(audit));
	archive_fact(answer, control);
	answer_code(answer, CODE_ROWS, "%s: %s", control->site.name, state);
}

void command_health(struct call *call, uint64_t now_ns)
{
	struct control *control = call->control;
	struct bookkeeping_verdict books[GATE_COUNT_MAX];
	struct health health;
	for (uint32_t i = 0; i < site_gate_count(&control->site); i++)
		bookkeeping_judge(control->bookkeeping[i], now_ns, &books[i]);
	const struct health_sources from = {.site = &control->site,
		.plane = &control->plane,
		.publishing = &control->publishing,
		.keeping = &control->timekeeping,
		.books = books,
		.audit_errno = audit_failed(control->audit),
		.limits_owed = kept_owed(control)};
	health_read(&health, &from, now_ns);
	for (uint32_t i = 0; i < health.count; i++) {
		const struct health_check *check = &health.checks[i];
		answer_row(&call->answer);
		answer_word(&call->answer, "part", health_part_name(check->part));
		answer_word(&call->answer, "check", check->name);
		answer_flag(&call->answer, "good", check->is_good);
		answer_flag(&call->answer, "warning", check->is_warning);
		answer_word(&call->answer, "found", check->reason);
	}
	bool is_good = health.is_good[HEALTH_ARMED];
	char warnings[32] = "";
	if (health.warning_count > 0)
		snprintf(warnings, sizeof warnings, ", %u warning%s", health.warning_count,
			health.warning_count == 1 ? "" : "s");
	answer_code(&call->answer, is_good ? CODE_ROWS : CODE_NOT_READY,
		"alive %s, ready %s, armed %s%s", health.is_good[HEALTH_ALIVE] ? "yes" : "no",
		health.is_good[HEALTH_READY] ? "yes" : "no", is_good ? "yes" : "no", warnings);
}

static void archive_metrics(struct answer *answer, struct archive *archive)
{
	struct archive_facts facts;
	archive_look(archive, &facts);
	const struct {
		enum told told;
		uint64_t value;
	} rows[] = {
		{TOLD_archive_prints, facts.prints},
		{TOLD_archive_repeated, facts.repeated},
		{TOLD_archive_broken, facts.broken},
		{TOLD_archive_unknown, facts.unknown},
		{TOLD_archive_lost, facts.lost},
		{TOLD_archive_holes, facts.holes},
		{TOLD_archive_errors, facts.errors},
		{TOLD_archive_writing, facts.is_writing},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		exposition_count(answer, exposition_begin(answer, rows[i].told), "", rows[i].value);
}

/* One of the ledgers' numbers, of each gate's. */
static uint64_t ledger_number(
	const struct clerk_facts *facts, const struct bookkeeping_verdict *verdict, unsigned which)
{
	const uint64_t numbers[] = {facts->sequence, facts->trades, facts->rounds, facts->differing,
		verdict->state == BOOKKEEPING_EQUAL};
	return numbers[which];
}

static void ledger_metrics(struct answer *answer, const struct control *control, uint64_t now_ns)
{
	static const enum told rows[] = {TOLD_ledger_record, TOLD_ledger_trades, TOLD_ledger_rounds,
		TOLD_ledger_differing, TOLD_ledger_equal};
	const struct site_config *site = &control->site;
	for (unsigned row = 0; row < ARRAY_COUNT(rows); row++) {
		const char *name = exposition_begin(answer, rows[row]);
		for (uint32_t i = 0; i < site_gate_count(site); i++) {
			struct clerk_facts facts;
			struct bookkeeping_verdict verdict;
			char text[32], label[NAME_BYTES + 16];
			bookkeeping_look(control->bookkeeping[i], &facts);
			bookkeeping_judge(control->bookkeeping[i], now_ns, &verdict);
			snprintf(text, sizeof text, "%" PRIu64,
				ledger_number(&facts, &verdict, row));
			exposition_value(answer, name, exposition_gate(site, i, label), text);
		}
	}
}

static void metrics_write(struct call *call, uint64_t now_ns)
{
	const struct control *control = call->control;
	exposition_write(
		&call->answer, &control->site, &control->plane, server_counts(control->server));
	if (control->plane.market != NULL)
		channels_write(&call->answer, &control->plane, &control->rates, now_ns);
	if (call->own != NULL)
		gauges_write(call->own, &call->answer);
	marks_write(&call->answer, &control->site, &control->watching);
	cuts_write(&call->answer, &control->site, &control->publishing.slicing);
	archive_metrics(&call->answer, control->archive);
	exposition_count(&call->answer, exposition_begin(&call->answer, TOLD_audit_writing), "",
		audit_failed(control->audit) == 0);
	exposition_count(&call->answer, exposition_begin(&call->answer, TOLD_limits_kept), "",
		kept_owed(control) == NULL);
	ledger_metrics(&call->answer, control, now_ns);
	answer_code(&call->answer, CODE_ROWS, "metrics%s",
		control->plane.is_attached      ? ""
		: control->plane.region != NULL ? " of a dataplane that is gone"
						: "; no dataplane was attached yet");
}

static enum call_progress metrics_step(struct call *call, uint64_t now_ns)
{
	if (!gauges_look(call->own, &call->control->plane, now_ns))
		return CALL_WAITING;
	metrics_write(call, now_ns);
	return CALL_DONE;
}

static void metrics_end(struct call *call, void *gauges)
{
	gauges_end(gauges, &call->control->plane);
}

/* Counters are in the region; usage has to be asked for, of a gate that is there. */
void command_metrics(struct call *call, uint64_t now_ns)
{
	struct plane *plane = &call->control->plane;
	if (plane->is_attached)
		call_hold(call, gauges_begin(&call->control->site, plane, now_ns), metrics_end);
	if (call->own != NULL)
		call->step = metrics_step;
	else
		metrics_write(call, now_ns);
}

void command_show_rejects(struct call *call, uint64_t now_ns)
{
	const struct dataplane_region *region = call->control->plane.region;
	uint64_t total = 0;
	if (region == NULL) {
		call_silent(call, STAGE_GATE, now_ns);
		return;
	}
	for (unsigned lane = 0; lane < LANE_COUNT; lane++) {
		uint64_t refused = 0, breached = 0;
		for (uint32_t i = 0; i < region_gate_count(region); i++) {
			const struct metrics *m = region_gate_metrics(region, i);
			refused += atomic_load_explicit(&m->refused[lane], memory_order_relaxed);
			breached += atomic_load_explicit(&m->breached[lane], memory_order_relaxed);
		}
		if (refused == 0 && breached == 0)
			continue;
		answer_row(&call->answer);
		answer_word(&call->answer, "reason", lane_rows[lane].name);
		answer_number(&call->answer, "control", lane_rows[lane].control);
		answer_count(&call->answer, "refused", refused);
		answer_count(&call->answer, "breached", breached);
		answer_word(&call->answer, "what", lane_rows[lane].sentence);
		total += refused;
	}
	answer_code(&call->answer, CODE_ROWS, "%" PRIu64 " orders refused%s", total,
		call->control->plane.is_attached ? "" : " by a dataplane that is gone");
}
