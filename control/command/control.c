#include "control/command/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/command/dispatch.h"
#include "control/command/kept.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"

/* What was in force before a restart stays in force unless the file only tightens it: a restart is no way
   around the second person, and what was in force and cannot be read is no reason to go on with something looser.  NULL
   with a sentence: so it is; else it is the caller's, and empty where nothing was kept. */
static struct limitset *limits_kept_read(const struct control *control, struct config_error *error)
{
	struct config_error why;
	struct stat file;
	struct limitset *kept = calloc(1, sizeof *kept);
	if (kept == NULL) {
		snprintf(error->text, sizeof error->text, "out of memory for limits");
		return NULL;
	}
	bool is_none = lstat(control->kept_path, &file) != 0 && errno == ENOENT;
	if (is_none || limitset_load(kept, &control->site, control->kept_path, &why))
		return kept;
	snprintf(error->text, sizeof error->text,
		"%.600s: these limits were in force when control ended; bring the file back, or "
		"take it "
		"away to begin with %.200s",
		why.text, control->limits_path);
	free(kept);
	return NULL;
}

/* true: the kept limits were taken.  *is_kept tells whether what is wanted now is what was kept, whichever was taken. */
static bool limits_kept_take(struct control *control, const struct limitset *kept,
	const struct limitset *file, bool *is_kept)
{
	static char text[65536];
	uint32_t loosened = 0;
	if (kept->hash[0] != 0 || kept->hash[1] != 0)
		limitset_diff(kept, file, &control->site, text, sizeof text, &loosened);
	if (loosened > 0) {
		snprintf(control->limits_note, sizeof control->limits_note,
			"%s loosens %u limits against what was in force, which stays: "
			"`limits load` takes two persons",
			control->limits_path, loosened);
		log_write(LOG_LEVEL_WARNING, "limits", "%s", control->limits_note);
		publishing_resume(&control->publishing, kept);
	}
	*is_kept = loosened > 0 || memcmp(kept->hash, file->hash, sizeof file->hash) == 0;
	return loosened > 0;
}

/* Reads the limits before anything is made: a file that is refused leaves nothing behind. */
static struct reading *limits_read(struct control *control, struct config_error *error)
{
	const char *why = "out of memory for limits";
	struct reading *reading =
		reading_begin(&control->site, control->limits_path, NULL, 0, NULL, NULL);
	if (reading != NULL)
		reading_wait(reading);
	if (reading != NULL && reading_set(reading, &why) != NULL)
		return reading;
	snprintf(error->text, sizeof error->text, "%s", why);
	reading_end(reading);
	return NULL;
}

/* If they are in force already their file is held, unless control ended just before. */
static void offer_at_start(
	struct control *control, const struct reading *reading, const struct limitset *set)
{
	history_offer(
		&control->history, reading, set, history_words(&control->site, set, "start", NULL));
}

/* The kept limits were taken: their text once more. */
static void kept_offer(struct control *control)
{
	const char *why;
	struct reading *reading =
		reading_begin(&control->site, control->kept_path, NULL, 0, NULL, NULL);
	if (reading == NULL)
		return;
	reading_wait(reading);
	const struct limitset *set = reading_set(reading, &why);
	if (set != NULL)
		offer_at_start(control, reading, set);
	reading_end(reading);
}

/* Limits that were on trial when control ended may be so still. */
static void limits_know(struct control *control)
{
	const char *why;
	struct reading *reading =
		access(control->trial_path, R_OK) != 0
			? NULL
			: reading_begin(&control->site, control->trial_path, NULL, 0, NULL, NULL);
	if (reading == NULL)
		return;
	reading_wait(reading);
	const struct limitset *set = reading_set(reading, &why);
	if (set == NULL) {
		log_write(LOG_LEVEL_WARNING, "limits", "what was on trial cannot be read: %s", why);
		reading_end(reading);
		return;
	}
	publishing_know(&control->publishing, set);
	offer_at_start(control, reading, set);
	control->trial = reading;
	control->is_trial_offered = true;
}

/* Takes the reading over. */
static void limits_open(
	struct control *control, struct reading *reading, const struct limitset *kept)
{
	const char *why;
	bool is_kept;
	const struct limitset *file = reading_set(reading, &why);
	bool is_taken = limits_kept_take(control, kept, file, &is_kept);
	struct lint_counts lint = reading_lint_of(reading).counts;
	if (lint.found > 0)
		log_write(LOG_LEVEL_WARNING, "limits",
			"%s has %u limits so high that they do nothing: see limits lint",
			control->limits_path, lint.found);
	if (!is_taken)
		publishing_resume(&control->publishing, file);
	publishing_expect(&control->publishing, kept);
	history_open(&control->history, control->site.journal_directory);
	if (is_taken)
		kept_offer(control);
	else
		offer_at_start(control, reading, file);
	if (is_kept)
		limits_know(control);
	if (!is_taken) {
		/* Not waited for: gates refuse until the heartbeat moves, and a disk may stand still. */
		if (kept_begin(control, reading))
			return;
		log_write(LOG_LEVEL_WARNING, "limits",
			"what is in force is not kept for a restart: out of threads");
	}
	reading_end(reading);
}

static bool doors_open(struct control *control, struct config_error *error)
{
	struct server_hooks hooks = dispatch_hooks(control);
	/* Whoever starts first makes it; the other finds it. */
	control->made_run_directory = mkdir(control->site.run_directory, 0755) == 0;
	control->server = server_open(control->site.run_directory, &hooks, error);
	if (control->server == NULL)
		return false;
	control->audit = audit_open(control->site.journal_directory, error);
	if (control->audit == NULL)
		return false;
	hearsay_open(&control->hearsay, &control->site, control->started_wall_ns);
	control->recorder = recorder_open(&control->site);
	if (control->recorder == NULL) {
		snprintf(error->text, sizeof error->text, "out of memory or threads for captures");
		return false;
	}
	control->archive = archive_open(&control->site);
	if (control->archive == NULL)
		snprintf(error->text, sizeof error->text, "out of memory or threads for bars");
	if (control->archive == NULL)
		return false;
	bool is_open = true;
	for (uint32_t i = 0; is_open && i < site_gate_count(&control->site); i++) {
		control->bookkeeping[i] = bookkeeping_open(control_view(control, i));
		is_open = control->bookkeeping[i] != NULL;
	}
	if (!is_open)
		snprintf(
			error->text, sizeof error->text, "out of memory or threads for the ledger");
	return is_open;
}

static bool control_views_open(struct control *control, struct config_error *error)
{
	const struct site_config *site = &control->site;
	control->views = NULL;
	if (site->gate_count == 0)
		return true;
	control->views = calloc(site->gate_count, sizeof control->views[0]);
	for (uint32_t i = 0; control->views != NULL && i < site->gate_count; i++)
		site_of_gate(&control->views[i], site, i);
	if (control->views == NULL)
		snprintf(error->text, sizeof error->text, "out of memory for the gates");
	return control->views != NULL;
}

static void control_views_close(struct control *control)
{
	for (uint32_t i = 0; control->views != NULL && i < control->site.gate_count; i++)
		site_of_gate_free(&control->views[i]);
	free(control->views);
	control->views = NULL;
}

const struct site_config *control_view(const struct control *control, uint32_t gate)
{
	return control->views == NULL ? &control->site : &control->views[gate];
}

bool control_open(struct control *control, const char *directory, const char *limits_path,
	struct config_error *error)
{
	memset(control, 0, sizeof *control);
	error->text[0] = '\0';
	control->own_uid = geteuid();
	control->plane.socket = control->plane.own_fd = control->plane.region_fd =
		control->plane.market_fd = -1;
	if (!config_load(&control->site, directory, error))
		return false;
	control->is_opened = true;
	timekeeping_open(&control->timekeeping, &control->site);
	control->started_wall_ns = clock_wall_ns();
	control->beat_interval_ns = control->site.control_max_silence_ns / 10;
	if (control->beat_interval_ns < 1000000)
		control->beat_interval_ns = 1000000;
	if (limits_path != NULL)
		snprintf(control->limits_path, sizeof control->limits_path, "%s", limits_path);
	else
		snprintf(control->limits_path, sizeof control->limits_path, "%.240s/limits.yaml",
			directory);
	snprintf(control->kept_path, sizeof control->kept_path, "%s/limits.in-force.yaml",
		control->site.journal_directory);
	snprintf(control->trial_path, sizeof control->trial_path, "%s/limits.on-trial.yaml",
		control->site.journal_directory);
	struct reading *reading = limits_read(control, error);
	struct limitset *kept = reading != NULL ? limits_kept_read(control, error) : NULL;
	if (kept != NULL && control_views_open(control, error) &&
		publishing_open(&control->publishing, &control->site, error) &&
		plane_open(&control->plane, &control->site, error) &&
		standing_open(&control->standing, &control->plane, control->site.journal_directory,
			error) &&
		doors_open(control, error)) {
		limits_open(control, reading, kept);
		free(kept);
		return true;
	}
	free(kept);
	reading_end(reading);
	/* Fails if somebody else's sockets are there. */
	char run_directory[PATH_BYTES];
	memcpy(run_directory, control->site.run_directory, sizeof run_directory);
	bool made_run_directory = control->made_run_directory;
	control_close(control);
	if (made_run_directory)
		rmdir(run_directory);
	return false;
}

/* The heartbeat comes first and never more than once an interval: a burst of turns proves no more. */
static void control_beat(struct control *control, uint64_t now_ns)
{
	if (now_ns - control->beat_ns < control->beat_interval_ns)
		return;
	control->beat_ns = now_ns;
	atomic_fetch_add_explicit(&control->plane.own->heartbeat, 1, memory_order_release);
}

/* The capture follows the dataplane from one life to the next. */
static void control_capture_turn(struct control *control, uint64_t now_ns)
{
	const struct plane *plane = &control->plane;
	if (control->capture_attach_count != plane->attach_count) {
		control->capture_attach_count = plane->attach_count;
		recorder_attach(control->recorder, plane->region_fd);
	}
	bool is_wanted = recorder_turn(control->recorder, now_ns);
	atomic_store_explicit(
		&plane->own->capture_bytes, is_wanted ? PACKET_BYTES_MAX : 0, memory_order_relaxed);
}

/* So does the archive. */
static void control_archive_turn(struct control *control)
{
	const struct plane *plane = &control->plane;
	if (control->archive_attach_count == plane->attach_count)
		return;
	control->archive_attach_count = plane->attach_count;
	archive_attach(control->archive, plane->market_fd);
}

void control_turn(struct control *control, int timeout_ms)
{
	static struct pollfd polls[PEER_TOTAL_COUNT + 2];
	int beat_ms = (int)(control->beat_interval_ns / 1000000);
	if (timeout_ms > beat_ms)
		timeout_ms = beat_ms;
	if (timeout_ms > 20)
		timeout_ms = 20; /* the dataplane's end is noticed within this */
	if (timeout_ms > 1 && control->is_hurried)
		timeout_ms = 1;
	uint32_t count = server_polls(control->server, polls, &timeout_ms);
	if (poll(polls, count, timeout_ms) < 0) {
		for (uint32_t i = 0; i < count; i++)
			polls[i].revents = 0;
	}
	uint64_t now_ns = clock_now_ns();
	control_beat(control, now_ns);
	if (plane_turn(&control->plane, now_ns) && !control->plane.is_attached)
		log_write(LOG_LEVEL_ERROR, "control",
			"the dataplane is gone; its counters stay readable");
	rates_turn(&control->rates, control->plane.market, control->site.channel_count, now_ns);
	news_turn(&control->news, &control->plane, now_ns);
	timekeeping_turn(&control->timekeeping, now_ns);
	timekeeping_hear(&control->timekeeping, control->plane.region);
	/* Unknown, the largest, becomes 0. */
	atomic_store_explicit(&control->plane.own->clock_off_ns,
		timekeeping_off_ns(&control->timekeeping, now_ns) + 1, memory_order_release);
	publishing_turn(&control->publishing, &control->plane);
	slicing_turn(&control->publishing.slicing, &control->plane, control->audit, now_ns);
	kept_turn(control, now_ns);
	standing_turn(&control->standing, &control->plane, now_ns);
	history_turn(&control->history, &control->publishing.now);
	control_capture_turn(control, now_ns);
	control_archive_turn(control);
	watching_turn(&control->watching, &control->plane, control->audit, now_ns);
	control->is_hurried = slicing_is_hurried(&control->publishing.slicing);
	for (uint32_t i = 0; i < site_gate_count(&control->site); i++)
		control->is_hurried |= bookkeeping_turn(
			control->bookkeeping[i], &control->plane, control->audit, now_ns);
	hearsay_turn(&control->hearsay, control->bookkeeping, control->audit, now_ns);
	server_turn(control->server, polls, count, now_ns);
}

void control_close(struct control *control)
{
	if (!control->is_opened)
		return;
	if (control->server != NULL)
		server_close(control->server);
	for (uint32_t i = 0; i < GATE_COUNT_MAX; i++)
		if (control->bookkeeping[i] != NULL)
			bookkeeping_close(control->bookkeeping[i]);
	hearsay_close(&control->hearsay);
	if (control->audit != NULL)
		audit_close(control->audit);
	if (control->archive != NULL)
		archive_close(control->archive);
	if (control->recorder != NULL)
		recorder_close(control->recorder);
	timekeeping_close(&control->timekeeping);
	standing_close(&control->standing);
	plane_close(&control->plane);
	publishing_close(&control->publishing);
	reading_end(control->keeping);
	reading_end(control->owed);
	reading_end(control->trial);
	history_close(&control->history);
	control->keeping = control->owed = control->trial = NULL;
	control_views_close(control);
	config_free(&control->site);
	control->is_opened = false;
}
