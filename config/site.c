#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

/* A socket's path has 108 bytes; the longest name in the run directory has 17. */
enum { RUN_DIRECTORY_BYTES_MAX = 90 };

static bool read_identity(
	const struct document *d, const struct raw_identity *raw, struct site_config *site)
{
	static const char *const kinds[] = {"production", "certification", "simulation"};
	unsigned kind;
	if (!field_name(d, raw->name, site->name, sizeof site->name) ||
		!field_choice(d, raw->kind, kinds, ARRAY_COUNT(kinds), &kind))
		return false;
	site->kind = (uint8_t)(SITE_PRODUCTION + kind);
	return true;
}

static bool read_directory(
	const struct document *d, const struct site_config *site, const char *text, char *target)
{
	return field_path(d, site->directory, text, "a directory", target, PATH_BYTES);
}

static bool read_run_directory(const struct document *d, const char *text, struct site_config *site)
{
	if (!read_directory(d, site, text, site->run_directory))
		return false;
	size_t size = strlen(site->run_directory);
	if (size > RUN_DIRECTORY_BYTES_MAX)
		return document_refuse(d, text,
			"found a run directory of %zu bytes, expected at most %d so that a "
			"socket's path fits",
			size, RUN_DIRECTORY_BYTES_MAX);
	return true;
}

/* A site that says nothing keeps 64 MiB for when the journal's disk is full. */
static bool read_reserve(const struct document *d, const char *text, uint64_t *reserve_bytes)
{
	uint64_t bytes = 64ull << 20;
	const char *expected = text == NULL ? NULL : scalar_size(text, &bytes);
	if (expected != NULL)
		return document_refuse(d, text, "found \"%.64s\", expected %s", text, expected);
	if (bytes < 4 << 20 || bytes > 1ull << 30)
		return document_refuse(d, text, "found \"%s\", expected from 4 MiB to 1 GiB", text);
	*reserve_bytes = bytes;
	return true;
}

static bool read_journal(
	const struct document *d, const struct raw_journal *raw, struct site_config *site)
{
	enum { SEGMENT_BYTES_MIN = 1 << 20 };
	const char *expected = scalar_size(raw->segment, &site->segment_bytes);
	if (expected != NULL)
		return document_refuse(
			d, raw->segment, "found \"%.64s\", expected %s", raw->segment, expected);
	if (site->segment_bytes < SEGMENT_BYTES_MIN || site->segment_bytes > 4ull << 30 ||
		site->segment_bytes % 4096 != 0)
		return document_refuse(d, raw->segment,
			"found \"%s\", expected from 1 MiB to 4 GiB in whole blocks of 4 KiB",
			raw->segment);
	return read_reserve(d, raw->reserve, &site->reserve_bytes) &&
	       read_directory(d, site, raw->directory, site->journal_directory) &&
	       field_count_u32(
		       d, raw->max_behind, "records", 1, 1 << 24, &site->journal_max_behind);
}

/* A site that says nothing about captures may keep half a gigabyte beside its files. */
static bool read_capture(
	const struct document *d, const struct raw_capture *raw, struct site_config *site)
{
	enum { FILE_BYTES_MIN = 1 << 16 };
	char directory[] = "capture", file[] = "64 MiB", files[] = "8";
	const struct raw_capture unsaid = {.directory = directory, .file = file, .files = files};
	if (raw == NULL)
		raw = &unsaid;
	const char *expected = scalar_size(raw->file, &site->capture_file_bytes);
	if (expected != NULL)
		return document_refuse(
			d, raw->file, "found \"%.64s\", expected %s", raw->file, expected);
	if (site->capture_file_bytes < FILE_BYTES_MIN || site->capture_file_bytes > 4ull << 30)
		return document_refuse(
			d, raw->file, "found \"%s\", expected from 64 KiB to 4 GiB", raw->file);
	return read_directory(d, site, raw->directory, site->capture_directory) &&
	       field_count_u32(d, raw->files, NULL, 2, 4096, &site->capture_file_count);
}

static bool read_stage(
	const struct document *d, const struct raw_stage *raw, struct stage_config *stage)
{
	uint64_t core;
	if (strcmp(raw->core, "none") == 0) {
		stage->core = -1;
	} else {
		const char *expected = scalar_count(raw->core, &core);
		if (expected != NULL || core > 1023)
			return document_refuse(d, raw->core,
				"found \"%.64s\", expected a core from 0 to 1023, or none",
				raw->core);
		stage->core = (int16_t)core;
	}
	if (strcmp(raw->idle, "spin") == 0) {
		stage->idle = IDLE_SPIN;
	} else if (strcmp(raw->idle, "yield") == 0) {
		stage->idle = IDLE_YIELD;
	} else {
		stage->idle = IDLE_NAP;
		if (strncmp(raw->idle, "nap ", 4) != 0 ||
			scalar_duration(raw->idle + 4, &stage->nap_ns) != NULL ||
			stage->nap_ns == 0 || stage->nap_ns > 100000000)
			return document_refuse(d, raw->idle,
				"found \"%.64s\", expected spin, yield, or a nap of at most 100 ms "
				"such as "
				"\"nap 50 us\"",
				raw->idle);
	}
	return true;
}

static bool check_person(const struct document *d, const struct raw_person *raw,
	const struct site_config *site, const struct person_config *person)
{
	for (const struct person_config *other = site->persons; other < person; other++) {
		if (strcmp(other->name, person->name) == 0)
			return document_refuse(d, raw->name,
				"found a second person \"%s\", expected each name once", raw->name);
		if (other->uid == person->uid)
			return document_refuse(d, raw->uid,
				"found uid %s of \"%s\" again, expected one person for each uid",
				raw->uid, other->name);
	}
	return true;
}

static bool read_person(
	const struct document *d, const struct raw_person *raw, struct site_config *site)
{
	static const char *const roles[] = {"viewer", "operator", "risk", "security"};
	struct person_config *person = &site->persons[site->person_count];
	unsigned role;
	if (!field_name(d, raw->name, person->name, sizeof person->name) ||
		!field_count_u32(d, raw->uid, NULL, 0, UINT32_MAX - 1, &person->uid) ||
		!field_choice(d, raw->role, roles, ARRAY_COUNT(roles), &role) ||
		!check_person(d, raw, site, person))
		return false;
	person->role = (uint8_t)(ROLE_VIEWER + role);
	site->person_count++;
	return true;
}

static bool read_feed(
	const struct document *d, const struct raw_feed *raw, struct site_config *site)
{
	struct feed_stage_config *feed = &site->feeds[site->feed_count];
	const struct raw_stage stage = {.core = raw->core, .idle = raw->idle};
	if (!field_name(d, raw->name, feed->name, sizeof feed->name) ||
		!read_stage(d, &stage, &feed->stage))
		return false;
	for (const struct feed_stage_config *other = site->feeds; other < feed; other++) {
		if (strcmp(other->name, feed->name) == 0)
			return document_refuse(d, raw->name,
				"found a second feed stage \"%s\", expected each name once",
				feed->name);
	}
	site->feed_count++;
	return true;
}

/* One stage named feed, or a list of stages with names. */
static bool read_feeds(
	const struct document *d, const struct raw_site *raw, struct site_config *site)
{
	const struct raw_stages *stages = &raw->stages;
	if ((stages->feed != NULL) == (stages->feeds != NULL))
		return document_refuse(d, stages->gate.core,
			"found %s among the stages, expected either feed or feeds",
			stages->feed != NULL ? "feed and feeds" : "neither feed nor feeds");
	if (stages->feed != NULL) {
		site->feed_count = 1;
		snprintf(site->feeds[0].name, sizeof site->feeds[0].name, "feed");
		return read_stage(d, stages->feed, &site->feeds[0].stage);
	}
	for (unsigned i = 0; i < stages->feeds_count; i++) {
		if (!read_feed(d, &stages->feeds[i], site))
			return false;
	}
	return true;
}

/* Where ptp4l is asked: as linuxptp has it, unless the site says otherwise. */
static bool read_ptp(
	const struct document *d, const struct raw_clock *clock, struct site_config *site)
{
	const char *socket = clock->socket != NULL ? clock->socket : "/var/run/ptp4l";
	uint32_t domain = 0;
	const char *said = clock->socket != NULL ? clock->socket : clock->domain;
	if (site->clock_source != CLOCK_PTP)
		return said == NULL || document_refuse(d, said,
					       "found \"%.64s\" for a clock whose source is %s, "
					       "expected socket and "
					       "domain only with source: ptp",
					       said, clock->source);
	if (socket[0] != '/' || strlen(socket) >= sizeof site->clock_socket)
		return document_refuse(d, socket,
			"found \"%.64s\", expected the absolute path of ptp4l's uds_address, of at "
			"most %zu bytes",
			socket, sizeof site->clock_socket - 1);
	snprintf(site->clock_socket, sizeof site->clock_socket, "%s", socket);
	if (clock->domain != NULL && !field_count_u32(d, clock->domain, NULL, 0, 127, &domain))
		return false;
	site->clock_domain = (uint8_t)domain;
	return true;
}

/* What is not said is the stricter. */
static bool read_raising(
	const struct document *d, const struct raw_raising *raw, struct site_config *site)
{
	static const char *const words[] = {"two_persons", "confirmed"};
	unsigned word = 0;
	if (raw != NULL && !field_choice(d, raw->raise, words, ARRAY_COUNT(words), &word))
		return false;
	site->raise_policy = (uint8_t)(RAISE_TWO_PERSONS + word);
	return true;
}

/* A production site says who keeps its clock; the others may leave it open, which demands nothing. */
static bool read_clock(
	const struct document *d, const struct raw_site *raw, struct site_config *site)
{
	static const char *const sources[] = {"none", "kernel", "chrony", "ptp"};
	const struct raw_clock *clock = raw->clock;
	unsigned source = CLOCK_NONE;
	if (clock != NULL &&
		!field_choice(d, clock->source, sources, ARRAY_COUNT(sources), &source))
		return false;
	if (source == CLOCK_NONE && site->kind == SITE_PRODUCTION)
		return document_refuse(d, clock != NULL ? clock->source : raw->site.kind,
			"found no source of the clock in the production site \"%s\", expected "
			"clock: {source: chrony, max_offset: 100 us}, or ptp, or kernel",
			site->name);
	if (source != CLOCK_NONE && clock->max_offset == NULL)
		return document_refuse(d, clock->source,
			"found the source \"%s\" without max_offset, expected how far the clock "
			"may "
			"be off",
			clock->source);
	site->clock_source = (uint8_t)source;
	return clock == NULL ||
	       (read_ptp(d, clock, site) &&
		       (clock->max_offset == NULL ||
			       field_duration(d, clock->max_offset, &site->clock_max_offset_ns)));
}

bool site_read(const struct document *d, struct site_config *site)
{
	const struct raw_site *raw = d->root;
	if (!read_identity(d, &raw->site, site) ||
		!read_run_directory(d, raw->run_directory, site) ||
		!read_journal(d, &raw->journal, site) ||
		!field_count_u32(d, raw->book.orders, NULL, 1, 1u << 28, &site->book_order_count) ||
		!read_capture(d, raw->capture, site) || !read_feeds(d, raw, site) ||
		!read_stage(d, &raw->stages.gate, &site->gate_stage) ||
		!read_stage(d, &raw->stages.journal, &site->journal_stage) ||
		!read_stage(d, &raw->stages.door, &site->door_stage))
		return false;
	for (unsigned i = 0; i < raw->people_count; i++) {
		if (!read_person(d, &raw->people[i], site))
			return false;
	}
	return read_clock(d, raw, site) && read_raising(d, raw->limits, site);
}
