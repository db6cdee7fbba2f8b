#include "control/health/health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "control/health/trust.h"
#include "control/limits/leasing.h"
#include "dataplane/shm/word.h"

const char *health_part_name(enum health_part part)
{
	static const char *const names[HEALTH_PART_COUNT] = {"alive", "ready", "armed"};
	return (unsigned)part < HEALTH_PART_COUNT ? names[part] : "?";
}

__attribute__((format(printf, 5, 6))) static void check_add(struct health *health,
	enum health_part part, const char *name, bool is_good, const char *format, ...)
{
	if (health->count == HEALTH_CHECK_COUNT_MAX)
		return;
	struct health_check *check = &health->checks[health->count++];
	va_list arguments;
	check->part = part;
	check->is_good = is_good;
	snprintf(check->name, sizeof check->name, "%s", name);
	va_start(arguments, format);
	vsnprintf(check->reason, sizeof check->reason, format, arguments);
	va_end(arguments);
	health->is_good[part] &= is_good;
}

/* What a check of a gate is called; where there are several the gate stands behind. */
static const char *check_name(
	const struct site_config *site, uint32_t gate, const char *what, char text[NAME_BYTES + 24])
{
	snprintf(text, NAME_BYTES + 24, "%s%s%s", what, site->gate_count > 0 ? " " : "",
		site->gate_count > 0 ? gate_name(site, gate) : "");
	return text;
}

static const char *stage_label(
	const struct site_config *site, enum stage_id stage, char text[NAME_BYTES + 24])
{
	uint32_t gate = stage_gate_index(stage);
	return gate == UINT32_MAX ? stage_name(stage) : check_name(site, gate, "gate", text);
}

static void alive_read(struct health *health, const struct plane *plane, uint64_t now_ns)
{
	if (!plane->is_attached)
		check_add(health, HEALTH_ALIVE, "dataplane", false, "%s", plane->trouble);
	for (unsigned i = 0; i < STAGE_COUNT && plane->is_attached; i++) {
		enum stage_id stage = (enum stage_id)i;
		if (!stage_is_there(plane->site, stage))
			continue;
		char label[NAME_BYTES + 24];
		const char *name = stage_label(plane->site, stage, label);
		bool is_alive = plane_stage_is_alive(plane, stage, now_ns);
		if (is_alive)
			check_add(health, HEALTH_ALIVE, name, true, "loop moves");
		else
			check_add(health, HEALTH_ALIVE, name, false,
				"loop stands at %" PRIu64 " since %" PRIu64
				" ms, expected it to move",
				plane->loops[i], (now_ns - plane->loops_moved_ns[i]) / 1000000);
	}
}

static void lines_read(struct health *health, const struct channel_config *config,
	const struct channel_state *channel, uint64_t now_ns)
{
	for (uint32_t line = 0; line < config->line_count; line++) {
		char name[NAME_BYTES + 16], text[FEEDS_TEXT_BYTES];
		uint64_t silent_ms = feeds_line_silence_ms(config, channel, line, now_ns);
		if (silent_ms == 0 || health->count == HEALTH_CHECK_COUNT_MAX)
			continue;
		snprintf(name, sizeof name, "line %s %c", config->name, 'A' + (int)line);
		check_add(health, HEALTH_READY, name, true, "%s", feeds_line_tell(silent_ms, text));
		health->checks[health->count - 1].is_warning = true;
		health->warning_count++;
	}
}

static void feeds_read(struct health *health, const struct site_config *site,
	const struct market_region *market, uint64_t now_ns)
{
	for (uint32_t i = 0; i < site->channel_count; i++) {
		const struct channel_state *channel = &market->channels[i];
		char name[NAME_BYTES + 16], text[2 * FEEDS_TEXT_BYTES];
		snprintf(name, sizeof name, "feed %s", site->channels[i].name);
		if (word_get(&channel->stale_since_ns) != 0)
			check_add(health, HEALTH_READY, name, false, "%s",
				feeds_explain(&site->channels[i], channel, now_ns, text));
		else if (word_get(&channel->heard_ns) == 0)
			check_add(health, HEALTH_READY, name, false,
				"never heard, expected packets on at least one line");
		else
			check_add(health, HEALTH_READY, name, true, "sequenced, next %" PRIu64,
				word_get(&channel->next_sequence));
		lines_read(health, &site->channels[i], channel, now_ns);
	}
}

enum { DOUBTED_NAMES_MAX = 16 };

/* The first symbols by name, and how many more there are: "AAPL, MSFT and 3 more". */
static void symbols_list(const struct site_config *site, const uint32_t first[], uint32_t count,
	char *text, size_t size)
{
	size_t used = 0;
	uint32_t named = count < DOUBTED_NAMES_MAX ? count : DOUBTED_NAMES_MAX;
	for (uint32_t i = 0; i < named; i++) {
		char name[9];
		symbol_unpack(site->symbols[first[i]].name, name);
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", name);
	}
	if (count > named)
		snprintf(text + used, size - used, " and %u more", count - named);
}

static void books_read(struct health *health, const struct plane *plane, uint64_t now_ns)
{
	uint32_t first[DOUBTED_NAMES_MAX];
	char names[DOUBTED_NAMES_MAX * 10 + 24];
	uint32_t count = trust_doubted(plane, now_ns, first, DOUBTED_NAMES_MAX);
	if (count == 0) {
		check_add(health, HEALTH_READY, "books", true, "no symbol is stale alone");
		return;
	}
	symbols_list(plane->site, first, count, names, sizeof names);
	check_add(health, HEALTH_READY, "books", true,
		"%u of %u symbols are stale alone: %s; their own messages contradict each other, "
		"or "
		"none has named them since the books began anew, expected a complete stream: a "
		"snapshot or another session begins a book anew; show symbol",
		count, plane->site->symbol_count, names);
	health->checks[health->count - 1].is_warning = true;
	health->warning_count++;
}

static void ports_read(struct health *health, const struct plane *plane, uint64_t now_ns)
{
	for (uint32_t i = 0; i < plane->site->port_count; i++) {
		const struct port_watch *watch = &plane->ports[i];
		char name[NAME_BYTES + 16];
		if (!site_port_is_used(plane->site, i))
			continue;
		snprintf(name, sizeof name, "port %s", plane->site->ports[i].name);
		if (watch->down_ns != 0)
			check_add(health, HEALTH_READY, name, false,
				"link down for %" PRIu64 " ms, expected up",
				(now_ns - watch->down_ns) / 1000000);
		else if (watch_is_losing(watch, now_ns))
			check_add(health, HEALTH_READY, name, false,
				"lost %" PRIu64 " frames so far, the last %" PRIu64
				" ms ago, expected none for 10 s",
				watch->lost, (now_ns - watch->lost_ns) / 1000000);
		else
			check_add(health, HEALTH_READY, name, true,
				"link up, %" PRIu64 " frames taken, %" PRIu64 " lost",
				port_page_get(&plane->region->ports[i], PORT_WORD_frames),
				watch->lost);
	}
}

static void clock_read(struct health *health, const struct timekeeping *keeping, uint64_t now_ns)
{
	char reason[sizeof health->checks[0].reason];
	enum timekeeping_verdict verdict =
		timekeeping_judge(keeping, now_ns, reason, sizeof reason);
	check_add(health, HEALTH_READY, "clock", verdict <= TIME_NOT_DEMANDED, "%s", reason);
}

/* Whether logins are refused so that nobody is in; says so. */
static bool refusals_read(struct health *health, const struct session_refusals *refusals,
	const char *name, bool is_up, const struct venue_config *venue)
{
	char words[SESSION_WORDS_BYTES];
	uint32_t count = atomic_load_explicit(&refusals->count, memory_order_acquire);
	bool is_paused = count >= venue->login_tries;
	if (count == 0 || (is_up && !is_paused))
		return false;
	check_add(health, HEALTH_READY, name, false, "refused %u logins in a row%s: %s", count,
		is_paused ? ", expected one accepted: tried once a minute until then" : "",
		session_words(&refusals->last, words));
	return true;
}

static void venues_read(struct health *health, const struct site_config *site,
	const struct dataplane_region *region)
{
	for (uint32_t i = 0; i < site->venue_count; i++) {
		const struct gate_page *gate = region_gate(region, site->venues[i].gate);
		uint32_t place = venue_place(site, i);
		uint32_t up = atomic_load_explicit(&gate->venue_up_mask, memory_order_relaxed);
		uint32_t closed =
			atomic_load_explicit(&gate->venue_closed_mask, memory_order_relaxed);
		char name[NAME_BYTES + 16];
		/* Who is outside of its hours may refuse as often as it likes. */
		bool is_up = (up >> place & 1) != 0, is_closed = (closed >> place & 1) != 0;
		snprintf(name, sizeof name, "venue %s", site->venues[i].name);
		uint32_t uncertain =
			atomic_load_explicit(&gate->venue_uncertain[place], memory_order_relaxed);
		if (!is_closed && refusals_read(health, venue_refusals(region, site, i, false),
					  name, is_up, &site->venues[i]))
			continue;
		if (uncertain == 0 && is_closed)
			check_add(health, HEALTH_READY, name, true,
				"outside of its hours: no order goes to it until its calendar "
				"begins its next day");
		else if (uncertain == 0)
			check_add(health, HEALTH_READY, name, is_up, "%s",
				is_up ? "logged in" : "not logged in, expected a session");
		else
			check_add(health, HEALTH_READY, name, false,
				"%s, %u orders sent to it of which nobody knows, expected its "
				"word; "
				"accounts with orders there may only reduce while it is away: show "
				"venues",
				is_up ? "logged in" : "not logged in", uncertain);
	}
}

/* A venue's second word: whether we hear it, and whether it is ours. */
static void copies_read(struct health *health, const struct site_config *site,
	const struct dataplane_region *region)
{
	for (uint32_t i = 0; i < site->venue_count; i++) {
		const struct gate_page *gate = region_gate(region, site->venues[i].gate);
		uint32_t place = venue_place(site, i);
		uint32_t up = atomic_load_explicit(&gate->venue_copy_up_mask, memory_order_relaxed);
		uint32_t closed =
			atomic_load_explicit(&gate->venue_closed_mask, memory_order_relaxed);
		uint64_t lost = atomic_load_explicit(&gate->breaks_lost, memory_order_relaxed);
		char name[NAME_BYTES + 16];
		uint32_t breaks =
			atomic_load_explicit(&gate->venue_breaks[place], memory_order_relaxed);
		if (site->venues[i].drop.session_id == 0)
			continue;
		snprintf(name, sizeof name, "drop copy %s", site->venues[i].name);
		bool is_up = (up >> place & 1) != 0, is_closed = (closed >> place & 1) != 0;
		if (!is_closed && refusals_read(health, venue_refusals(region, site, i, true), name,
					  is_up, &site->venues[i]))
			continue;
		if (!is_up && !is_closed)
			check_add(health, HEALTH_READY, name, false,
				"not logged in, expected a session: what the venue tells is taken "
				"on trust until it is back");
		else if (breaks > 0)
			check_add(health, HEALTH_READY, name, false,
				"%u words that it and the order session do not tell alike for "
				"longer than %" PRIu64 " ms, expected none: show breaks",
				breaks, site->venues[i].drop.alarm_after_ns / 1000000);
		else if (lost > 0)
			check_add(health, HEALTH_READY, name, false,
				"%" PRIu64 " words could not be compared, there being no room, "
				"expected none: compare with the venue's own list",
				lost);
		else
			check_add(health, HEALTH_READY, name, true, "%s",
				is_up ? "logged in, tells what we know"
				      : "outside of its venue's hours");
	}
}

static void limits_read(struct health *health, const struct health_sources *from, uint32_t gate)
{
	const struct gate_page *page = region_gate(from->plane->region, gate);
	char name[NAME_BYTES + 24], term[PUBLISHING_TEXT_BYTES], leases[LEASING_TEXT_BYTES];
	uint32_t adopted = atomic_load_explicit(&page->limits_epoch_adopted, memory_order_acquire);
	bool is_adopted = publishing_is_adopted_by(from->publishing, from->plane, gate);
	check_name(from->site, gate, "limits", name);
	publishing_tell(from->publishing, from->plane, term);
	leasing_tell(from->plane, leases);
	if (is_adopted)
		check_add(health, HEALTH_READY, name, true, "epoch %u in force%s%s%s%s", adopted,
			term[0] != '\0' ? "; " : "", term, leases[0] != '\0' ? "; " : "", leases);
	else if (publishing_is_strange(from->publishing))
		check_add(health, HEALTH_READY, name, false,
			"the gate has epoch %u, which is neither limits.yaml nor what was kept "
			"when "
			"control ended, expected one of them: it stays in force until two persons "
			"say limits load",
			adopted);
	else
		check_add(health, HEALTH_READY, name, false,
			"the gate has epoch %u, expected other limits of control's%s%s", adopted,
			term[0] != '\0' ? "; " : "", term);
}

static void gate_read(struct health *health, const struct health_sources *from, uint32_t gate)
{
	const struct plane *plane = from->plane;
	const struct gate_page *page = region_gate(plane->region, gate);
	const struct metrics *metrics = region_gate_metrics(plane->region, gate);
	char name[NAME_BYTES + 24];
	bool is_recovered = atomic_load_explicit(&page->is_recovered, memory_order_acquire) != 0;
	check_add(health, HEALTH_READY, check_name(plane->site, gate, "recovery", name),
		is_recovered, "%s",
		is_recovered ? "the gate replayed its journal"
		: metrics_get(metrics, METRIC_journal_waits) != 0
			? "the gate waits for its disk, expected the first segment of its journal "
			  "to be made and its first block written: look at the disk's load; it "
			  "goes on by itself"
			: "the gate has not recovered its state, expected a replay");
	limits_read(health, from, gate);
	uint64_t errors = metrics_get(metrics, METRIC_journal_errors);
	uint64_t behind = metrics_get(metrics, METRIC_journal_behind);
	bool is_writing = errors == 0 && behind <= plane->site->journal_max_behind;
	uint64_t reserve = metrics_get(metrics, METRIC_journal_reserve_bytes);
	check_name(plane->site, gate, "journal", name);
	if (is_writing && metrics_get(metrics, METRIC_journal_no_room) != 0)
		check_add(health, HEALTH_READY, name, false,
			"the disk is full: %" PRIu64 " bytes are left to write, at least %" PRIu64
			" records, expected room: free some, its reserve is built again by itself, "
			"then resume firm 0",
			metrics_get(metrics, METRIC_journal_room_bytes),
			metrics_get(metrics, METRIC_journal_room_records));
	else if (is_writing && reserve < plane->site->reserve_bytes)
		check_add(health, HEALTH_READY, name, false,
			"found a reserve of %" PRIu64 " MiB, expected %" PRIu64
			" MiB: it is being built",
			reserve >> 20, plane->site->reserve_bytes >> 20);
	else
		check_add(health, HEALTH_READY, name, is_writing,
			"%" PRIu64 " failed writes, %" PRIu64 " records behind%s", errors, behind,
			is_writing ? "" : ", expected none failed and few behind");
	int64_t residue = (int64_t)metrics_get(metrics, METRIC_gate_conservation_residue);
	check_add(health, HEALTH_READY, check_name(plane->site, gate, "conservation", name),
		residue == 0, "residue %" PRId64 "%s", residue,
		residue == 0 ? ""
			     : ", expected 0: orders went in that neither passed, were refused nor "
			       "ignored");
	const struct bookkeeping_verdict *books = &from->books[gate];
	check_add(health, HEALTH_READY, check_name(plane->site, gate, "ledger", name),
		books->state == BOOKKEEPING_EQUAL, "%s", books->reason);
}

/* What control itself has to write down. */
static void control_read(struct health *health, const struct health_sources *from)
{
	if (from->audit_errno == 0)
		check_add(health, HEALTH_READY, "audit", true, "writes");
	else
		check_add(health, HEALTH_READY, "audit", false,
			"found \"%s\", expected each line to be durable: nothing can be loosened "
			"until "
			"control is started again; see the journal directory's disk",
			strerror(from->audit_errno));
	if (from->limits_owed == NULL)
		check_add(health, HEALTH_READY, "kept limits", true, "for a restart");
	else
		check_add(health, HEALTH_READY, "kept limits", false,
			"what is in force is not kept for a restart, expected it to be: %.400s; "
			"tried "
			"again every few seconds, let control run until then",
			from->limits_owed);
}

static void armed_read(struct health *health, const struct plane *plane, uint32_t index)
{
	const struct gate_page *gate = region_gate(plane->region, index);
	char name[NAME_BYTES + 24];
	uint32_t state = atomic_load_explicit(&gate->latched_state, memory_order_relaxed);
	uint32_t latches = atomic_load_explicit(&gate->latch_count, memory_order_relaxed);
	check_add(health, HEALTH_ARMED, check_name(plane->site, index, "stops", name),
		state < STATE_HALTED, "the firm is %s, %u scopes latched%s",
		trading_state_name((enum trading_state)state), latches,
		state < STATE_HALTED ? "" : ", expected active: resume or rearm firm");
	uint32_t standing = atomic_load_explicit(&gate->trips_standing, memory_order_relaxed);
	uint32_t phase = atomic_load_explicit(&gate->day_phase, memory_order_relaxed);
	check_add(health, HEALTH_ARMED, check_name(plane->site, index, "day", name),
		phase == DAY_OPEN, "the gate's day is %s%s", day_phase_name(phase),
		phase == DAY_OPEN ? "" : ", expected open: day show says what comes next");
	check_add(health, HEALTH_ARMED, check_name(plane->site, index, "trips", name),
		standing == 0, "%u scopes latched by the gate itself%s", standing,
		standing == 0 ? "" : ", expected 0: look (show stops), then resume each");
}

void health_read(struct health *health, const struct health_sources *from, uint64_t now_ns)
{
	const struct plane *plane = from->plane;
	memset(health, 0, sizeof *health);
	for (unsigned i = 0; i < HEALTH_PART_COUNT; i++)
		health->is_good[i] = true;
	alive_read(health, plane, now_ns);
	clock_read(health, from->keeping, now_ns);
	control_read(health, from);
	if (plane->is_attached) {
		for (uint32_t i = 0; i < plane_gate_count(plane); i++)
			gate_read(health, from, i);
		feeds_read(health, from->site, plane->market, now_ns);
		books_read(health, plane, now_ns);
		ports_read(health, plane, now_ns);
		venues_read(health, from->site, plane->region);
		copies_read(health, from->site, plane->region);
		for (uint32_t i = 0; i < plane_gate_count(plane); i++)
			armed_read(health, plane, i);
	}
	health->is_good[HEALTH_READY] &= health->is_good[HEALTH_ALIVE];
	if (!health->is_good[HEALTH_READY])
		check_add(health, HEALTH_ARMED, "ready", false,
			"not ready, expected each check of alive and ready to say yes");
}
