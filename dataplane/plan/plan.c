#include "dataplane/plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/eastern.h"
#include "dataplane/feed/protocol.h"
#include "dataplane/plan/patience.h"
#include "drivers/machine/build.h"
#include "drivers/machine/aside.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"
#include "drivers/machine/memory.h"

static void plan_phase(struct plan *plan, const char *name)
{
	phases_end(&plan->phases, name, clock_now_ns());
}

static bool plan_make_run(struct plan *plan, struct config_error *error)
{
	const char *path = plan->site->run_directory;
	plan->made_run_directory = mkdir(path, 0755) == 0;
	if (plan->made_run_directory || errno == EEXIST)
		return true;
	snprintf(error->text, sizeof error->text,
		"%s: found %s, expected to make this directory: make it, or change the path in "
		"site.yaml",
		path, strerror(errno));
	return false;
}

static bool plan_stage(struct plan *plan, enum stage_id id, const char *name, stage_poll *poll,
	void *context, enum metric loops, const struct stage_config *config,
	struct config_error *error)
{
	struct stage *stage = &plan->stages[id];
	stage->name = name;
	stage->poll = poll;
	stage->context = context;
	stage->metrics = region_metrics(plan->region, id);
	stage->loops = loops;
	stage->strayed_ns = &plan->region->clocks[id].strayed_ns;
	stage->config = *config;
	return stage_start(stage, error);
}

static bool plan_start_door(struct plan *plan, struct config_error *error)
{
	plan->region = region_create_dataplane(&plan->region_fd, plan->site, error);
	if (plan->region == NULL)
		return false;
	plan->market = market_create(&plan->market_fd, plan->site, error);
	if (plan->market == NULL)
		return false;
	plan->door = door_open(plan->site, plan->region, plan->region_fd, plan->market_fd, error);
	return plan->door != NULL &&
	       plan_stage(plan, STAGE_DOOR, "sluice-door", door_poll, plan->door, METRIC_door_loops,
		       &plan->site->door_stage, error);
}

/* The directory of all journals first, be they one or several: a second dataplane must not even touch the sockets of the one
   that runs. */
static bool plan_lock(struct plan *plan, struct config_error *error)
{
	return journal_lock(&plan->lock, plan->site->journal_directory, error);
}

/* Each gate's own directory then; of one gate it is that one. */
static bool plan_lock_gates(struct plan *plan, struct config_error *error)
{
	const struct site_config *site = plan->site;
	for (uint32_t i = 0; i < site_gate_count(site); i++) {
		struct plan_gate *of = &plan->gates[i];
		site_of_gate(&of->site, site, i);
		if (site->gate_count == 0) {
			of->lock = plan->lock;
			plan->lock.file = -1;
		} else if (!journal_lock(&of->lock, of->site.journal_directory, error)) {
			site_of_gate_free(&of->site);
			return false;
		}
		plan->gate_count++;
	}
	return true;
}

static void plan_unlock(struct plan *plan)
{
	for (uint32_t i = plan->gate_count; i-- > 0;) {
		struct plan_gate *of = &plan->gates[i];
		journal_unlock(&of->lock, of->site.journal_directory, plan->is_refused);
		site_of_gate_free(&of->site);
	}
	if (plan->lock.file >= 0)
		journal_unlock(&plan->lock, plan->site->journal_directory, plan->is_refused);
}

/* What stands in front of a gate's lines of the log; nothing where there is one. */
static const char *plan_gate_label(
	const struct plan *plan, const struct plan_gate *of, char text[NAME_BYTES + 8])
{
	text[0] = '\0';
	if (plan->site->gate_count > 0)
		snprintf(text, NAME_BYTES + 8, "gate %s: ", plan->site->gates[of->site.gate].name);
	return text;
}

static void plan_tell_replay(
	const struct plan *plan, const struct plan_gate *of, const struct replay_result *result)
{
	char label[NAME_BYTES + 8];
	plan_gate_label(plan, of, label);
	log_write(result->end.is_damaged || result->differences != 0 ? LOG_LEVEL_WARNING
								     : LOG_LEVEL_INFO,
		"journal",
		"%s%llu records read, %llu decisions, %llu differences, to record %llu%s%s", label,
		(unsigned long long)result->records, (unsigned long long)result->receipts,
		(unsigned long long)result->differences, (unsigned long long)result->last_sequence,
		result->end.is_damaged ? "; damaged tail: " : "",
		result->end.is_damaged ? result->end.reason : "");
	if (result->differences != 0)
		log_write(LOG_LEVEL_WARNING, "journal", "%s%s", label, result->first_difference);
}

/* A journal that has begun has its positions. */
static bool plan_may_begin(const struct plan_gate *of, uint64_t wall_ns, struct config_error *error)
{
	return of->replay->fold->has_booted || positions_are_current(&of->site, wall_ns, error);
}

/* Whoever goes on behind what a disk would not read writes a second truth beside the first. */
static bool plan_has_read(const struct plan_gate *of, struct config_error *error)
{
	const struct reader_end *end = &of->replay->result.end;
	if (end->code == 0)
		return true;
	snprintf(error->text, sizeof error->text,
		"journal %s/%s: found \"%s\" when reading it, expected a sound disk: what lies "
		"behind "
		"record %llu is unknown, look at the kernel's log",
		of->site.journal_directory, end->segment, strerror(end->code),
		(unsigned long long)end->last_sequence);
	return false;
}

static bool plan_start_journal(struct plan *plan, struct plan_gate *of, struct config_error *error)
{
	const struct site_config *site = &of->site;
	struct gate_writes writes = region_gate_writes(plan->region, site->gate);
	of->replay = replay_open(site);
	plan_phase(plan, "tables");
	if (!replay_journal(of->replay, site->journal_directory, 0, error))
		return false;
	plan_tell_replay(plan, of, &of->replay->result);
	plan_phase(plan, "replay");
	if (!plan_has_read(of, error) || !plan_may_begin(of, clock_wall_ns(), error))
		return false;
	const struct reader_end *end = &of->replay->result.end;
	of->disk = disk_uring_open(error);
	if (of->disk == NULL)
		return false;
	struct patience patience = {.is_stopping = plan->is_stopping,
		.directory = site->journal_directory,
		.metrics = writes.metrics};
	patience_begin(&patience);
	of->journal = journal_open(of->disk, site->journal_directory, site->segment_bytes,
		site->reserve_bytes, site->hash, writes.journal, writes.metrics, end->last_sequence,
		end->last_crc, clock_wall_ns(),
		&(struct journal_patience){.goes_on = patience_goes_on, .context = &patience},
		error);
	patience_end(&patience);
	plan_phase(plan, "journal");
	return of->journal != NULL;
}

/* The journal stage's turn over all journals: they want wall time too, for their segments.  Before the first record, which is a gate's,
   turns are few, because they take their core from the boot. */
static bool plan_poll_journals(void *context, uint64_t now_ns)
{
	const struct timespec nap = {.tv_nsec = 1000 * 1000};
	struct plan *plan = context;
	bool had_work = false;
	for (uint32_t i = 0; i < plan->gate_count; i++)
		had_work |= journal_poll(plan->gates[i].journal, now_ns, clock_wall_ns());
	if (atomic_load_explicit(&plan->has_records, memory_order_acquire))
		return had_work;
	nanosleep(&nap, NULL);
	return true;
}

static bool plan_start_journals(struct plan *plan, struct config_error *error)
{
	for (uint32_t i = 0; i < plan->gate_count; i++) {
		if (!plan_start_journal(plan, &plan->gates[i], error))
			return false;
	}
	return plan_stage(plan, STAGE_JOURNAL, "sluice-journal", plan_poll_journals, plan,
		METRIC_journal_loops, &plan->site->journal_stage, error);
}

static bool plan_open_gates(struct plan *plan, struct config_error *error)
{
	const struct stack_config *stack = &plan->site->stack;
	struct port *port = stack->is_used ? plan->ports.rows[stack->port] : NULL;
	for (uint32_t i = 0; i < plan->gate_count; i++) {
		struct plan_gate *of = &plan->gates[i];
		if (!entrance_open(&of->entrance, &of->site, port, error))
			return false;
		of->gate = gate_open(&of->site, plan->region, plan->market, of->entrance.stream);
	}
	return true;
}

/* plan_start_recovery opens what lost messages come back by, and says which channels have nothing. */
static bool plan_start_recovery(struct plan *plan, struct config_error *error)
{
	const struct site_config *site = plan->site;
	bool has_stream[FEED_STAGE_COUNT_MAX] = {false};
	for (uint32_t i = 0; i < site->channel_count; i++) {
		const struct recovery_config *recovery = &site->channels[i].recovery;
		bool has_proxy = protocol_row_of(site->channels[i].protocol)->has_proxy;
		has_stream[site->channels[i].stage] |=
			recovery->has_snapshot != 0 || (has_proxy && recovery->has_requests != 0);
		if (recovery->is_configured == 0)
			log_write(LOG_LEVEL_WARNING, "feed",
				"channel %s has no recovery: what both lines lose stays lost, and "
				"its "
				"prices stale, for the session",
				site->channels[i].name);
		if (recovery->has_requests == 0 || has_proxy)
			continue;
		plan->datagrams[i] = datagram_udp_open(error);
		if (plan->datagrams[i] == NULL)
			return false;
	}
	/* A ring belongs to one thread, so each stage has its own. */
	for (uint32_t i = 0; i < site_feed_count(site); i++) {
		if (has_stream[i]) {
			/* of each channel a proxy and a snapshot, never both at once, but one may still be closing */
			plan->snapshots[i] = stream_uring_open(
				2 * CHANNEL_COUNT_MAX, 2 * CHANNEL_COUNT_MAX, 4096, error);
			if (plan->snapshots[i] == NULL)
				return false;
		}
		feed_recover_by(plan->feeds[i], plan->snapshots[i], plan->datagrams);
	}
	return true;
}

static bool plan_start_feed(struct plan *plan, struct config_error *error)
{
	const struct site_config *site = plan->site;
	/* All take their tables before one runs: what they share is laid out by then.  And before the ports are waited for:
	   pages become present meanwhile. */
	for (uint32_t i = 0; i < site_feed_count(site); i++)
		plan->feeds[i] = feed_take(site, (uint8_t)i, plan->region, plan->market);
	plan_phase(plan, "books");
	if (!ports_end(&plan->ports, error))
		return false;
	plan_phase(plan, "ports");
	for (uint32_t i = 0; i < site_feed_count(site); i++) {
		if (!feed_plug(plan->feeds[i], plan->ports.rows, error))
			return false;
	}
	if (!plan_start_recovery(plan, error))
		return false;
	memory_settle(); /* a feed that faults loses packets */
	for (uint32_t i = 0; i < site_feed_count(site); i++) {
		char *name = plan->feed_names[i];
		snprintf(name, sizeof plan->feed_names[i], "sluice-%.8s", site->feeds[i].name);
		if (!plan_stage(plan, stage_of_feed(i), name, feed_poll, plan->feeds[i],
			    METRIC_feed_loops, &site->feeds[i].stage, error))
			return false;
	}
	return true;
}

void plan_abandon(struct plan *plan)
{
	plan->is_refused = true;
	plan_stop(plan);
}

bool plan_begin(struct plan *plan, const struct site_config *site, const struct phases *phases,
	struct config_error *error)
{
	memset(plan, 0, sizeof *plan);
	plan->site = site;
	plan->phases = *phases;
	plan->region_fd = plan->market_fd = plan->lock.file = -1;
	aside_begin();
	bool is_up = plan_lock(plan, error) && plan_make_run(plan, error);
	plan_phase(plan, "lock");
	if (is_up)
		ports_begin(&plan->ports, site);
	else
		plan_abandon(plan);
	return is_up;
}

bool plan_start(
	struct plan *plan, const volatile sig_atomic_t *is_stopping, struct config_error *error)
{
	const struct site_config *site = plan->site;
	plan->is_stopping = is_stopping;
	plan_phase(plan, "configuration");
	bool is_up = plan_lock_gates(plan, error);
	is_up = is_up && plan_start_door(plan, error) && plan_start_journals(plan, error);
	/* A gate's own stack is on a port; any other gate takes its tables while ports come up. */
	bool has_early_gates = is_up && !site->stack.is_used;
	is_up = is_up && (!has_early_gates || plan_open_gates(plan, error));
	plan_phase(plan, "gates");
	is_up = is_up && plan_start_feed(plan, error);
	plan_phase(plan, "feeds");
	is_up = is_up && (has_early_gates || plan_open_gates(plan, error));
	plan_phase(plan, "gates");
	if (!is_up)
		plan_abandon(plan);
	return is_up;
}

static void plan_attach_feeds(struct plan *plan, const struct control_region *control)
{
	for (uint32_t i = 0; i < site_feed_count(plan->site); i++)
		feed_attach(plan->feeds[i], control);
}

/* Why the firm must boot halted; NULL: it need not. */
static const char *plan_halt_reason(const struct plan_gate *of, const struct link *old)
{
	const struct replay_result *result = &of->replay->result;
	if (result->end.is_damaged)
		return "the journal's tail is damaged";
	if (result->differences != 0)
		return "the journal replays to other decisions";
	/* A segment that was taken away, an old copy in the place of the journal, a write that went elsewhere. */
	if (old != NULL &&
		atomic_load_explicit(&old->durable, memory_order_relaxed) > result->last_sequence)
		return "records that were durable are not in the journal";
	if (result->records > 0 && !result->is_clean && old == NULL)
		return "published records may be lost";
	return NULL;
}

/* Hands a gate what the journal and the process before left it. */
static bool plan_recover_gate(struct plan *plan, struct plan_gate *of, struct config_error *error)
{
	uint64_t wall_ns = clock_wall_ns();
	char label[NAME_BYTES + 8];
	if (!plan_may_begin(of, wall_ns, error)) /* who waits grows older */
		return false;
	const struct dataplane_region *previous = door_previous(plan->door);
	bool has_link = previous != NULL && of->site.gate < region_gate_count(previous);
	const struct link *old = has_link ? region_link(previous, of->site.gate) : NULL;
	const char *halt_reason = plan_halt_reason(of, old);
	if (halt_reason != NULL)
		log_write(LOG_LEVEL_WARNING, "gate",
			"%sthe firm boots halted: %s; check, then `sluicectl resume firm 0 because "
			"...`",
			plan_gate_label(plan, of, label), halt_reason);
	const struct gate_time time = {.now_ns = clock_now_ns(),
		.wall_ns = wall_ns,
		.midnight_wall_ns = eastern_day_of(wall_ns).begin_ns};
	gate_recovered(of->gate, of->replay, old, build_id(), &time, halt_reason);
	replay_close(of->replay);
	of->replay = NULL;
	gate_attach(of->gate, door_control(plan->door));
	return true;
}

static bool plan_start_gates(struct plan *plan, struct config_error *error)
{
	atomic_store_explicit(&plan->has_records, true, memory_order_release);
	for (uint32_t i = 0; i < plan->gate_count; i++) {
		if (!plan_recover_gate(plan, &plan->gates[i], error))
			return false;
	}
	plan_attach_feeds(plan, door_control(plan->door));
	for (uint32_t i = 0; i < plan->gate_count; i++) {
		if (!gate_listen(plan->gates[i].gate, error))
			return false;
	}
	memory_seal();
	for (uint32_t i = 0; i < plan->gate_count; i++) {
		struct plan_gate *of = &plan->gates[i];
		snprintf(of->name, sizeof of->name, "sluice-%.8s",
			plan->site->gate_count > 0 ? plan->site->gates[i].name : "gate");
		plan->stages[stage_of_gate(i)].leave = gate_leave;
		if (!plan_stage(plan, stage_of_gate(i), of->name, gate_poll, of->gate,
			    METRIC_gate_loops, &plan->site->gate_stage, error))
			return false;
		log_write(LOG_LEVEL_INFO, "dataplane", "open: clients on %s:%u",
			of->site.listen_address,
			stream_listen_port(of->entrance.stream, of->gate->listener));
	}
	char text[PHASES_TEXT_BYTES];
	plan_phase(plan, "recovery");
	log_write(LOG_LEVEL_INFO, "dataplane", "%s", phases_tell(&plan->phases, text));
	return true;
}

bool plan_run(
	struct plan *plan, const volatile sig_atomic_t *is_stopping, struct config_error *error)
{
	const struct timespec nap = {.tv_nsec = 1000 * 1000};
	const struct control_region *control = NULL;
	log_write(LOG_LEVEL_INFO, "dataplane", "waiting for sluice-control at %s/attach.sock",
		plan->site->run_directory);
	while (!*is_stopping) {
		const struct control_region *newest = door_control(plan->door);
		if (newest != control && control == NULL) {
			plan_phase(plan, "control");
			if (!plan_start_gates(plan, error)) {
				plan->is_refused = true;
				return false;
			}
		} else if (newest != control) {
			for (uint32_t i = 0; i < plan->gate_count; i++)
				gate_attach(plan->gates[i].gate, newest);
			plan_attach_feeds(plan, newest);
		}
		control = newest;
		for (uint32_t i = 0; i < plan->gate_count; i++) {
			struct plan_gate *of = &plan->gates[i];
			journal_prepare(of->journal, clock_now_ns());
			entrance_tell(
				&of->entrance, region_metrics(plan->region, stage_of_gate(i)));
		}
		nanosleep(&nap, NULL);
	}
	return true;
}

static void plan_stop_stage(struct plan *plan, enum stage_id id)
{
	if (!plan->stages[id].is_started)
		return;
	stage_stop(&plan->stages[id]);
	stage_join(&plan->stages[id]);
}

static void plan_flush_journal(struct journal *journal)
{
	if (journal != NULL && !journal_flush(journal))
		log_write(LOG_LEVEL_ERROR, "journal", "the last records are not durable: %s",
			strerror(journal_failed(journal)));
}

static void plan_close_gate(struct plan_gate *of)
{
	if (of->journal != NULL)
		journal_close(of->journal);
	if (of->disk != NULL)
		disk_close(of->disk);
	if (of->replay != NULL)
		replay_close(of->replay);
	if (of->gate != NULL)
		gate_close(of->gate);
	entrance_close(&of->entrance);
}

void plan_stop(struct plan *plan)
{
	for (uint32_t i = plan->gate_count; i-- > 0;)
		plan_stop_stage(plan, stage_of_gate(i));
	for (uint32_t i = FEED_STAGE_COUNT_MAX; i-- > 0;)
		plan_stop_stage(plan, stage_of_feed(i));
	plan_stop_stage(plan, STAGE_JOURNAL);
	for (uint32_t i = 0; i < plan->gate_count; i++)
		plan_flush_journal(plan->gates[i].journal);
	plan_stop_stage(plan, STAGE_DOOR);
	for (uint32_t i = plan->gate_count; i-- > 0;)
		plan_close_gate(&plan->gates[i]);
	for (uint32_t i = FEED_STAGE_COUNT_MAX; i-- > 0;) {
		if (plan->feeds[i] != NULL)
			feed_close(plan->feeds[i]);
		if (plan->snapshots[i] != NULL)
			stream_close(plan->snapshots[i]);
	}
	for (uint32_t i = 0; i < CHANNEL_COUNT_MAX; i++) {
		if (plan->datagrams[i] != NULL)
			datagram_close(plan->datagrams[i]);
	}
	ports_close(&plan->ports);
	if (plan->door != NULL)
		door_close(plan->door);
	if (plan->region != NULL)
		region_leave(plan->region);
	if (plan->market != NULL)
		region_leave(plan->market);
	if (plan->is_refused && plan->made_run_directory)
		rmdir(plan->site->run_directory); /* fails if control's sockets are there */
	plan_unlock(plan);
}
