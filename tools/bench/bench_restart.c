#include "tools/bench/bench_restart.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/fold/replay.h"
#include "dataplane/journal/segment.h"
#include "tools/bench/gate_rig.h"

enum {
	RESTART_ORDERS = 300000,
	RESTART_OPEN = 512,
	RESTART_READ_BYTES = 256 * 1024,
	RESTART_SEGMENT_MAX = 64,
	RESTART_PATH_BYTES = 256
};

struct restart {
	char directory[32];
	struct gate_rig *rig;
	uint64_t records;
	uint32_t segment_count;
	struct restart_segment {
		uint64_t first, bytes; /* of its records */
	} segments[RESTART_SEGMENT_MAX];
	uint64_t hash[2]; /* of the state that the day came to */
	bool is_other;    /* a replay came to another */
};

static void restart_clear(const char *path)
{
	char name[RESTART_PATH_BYTES + 64];
	DIR *directory = opendir(path);
	for (struct dirent *e; directory != NULL && (e = readdir(directory)) != NULL;) {
		snprintf(name, sizeof name, "%s/%s", path, e->d_name);
		if (e->d_name[0] != '.')
			unlink(name);
	}
	if (directory != NULL)
		closedir(directory);
	rmdir(path);
}

/* Counts the records, and how far each segment is filled. */
static bool restart_survey(struct restart *r)
{
	struct config_error error;
	struct reader *reader = reader_open(r->directory, &error);
	struct reader_end end;
	const struct record *record;
	if (reader == NULL)
		return false;
	while ((record = reader_next(reader, NULL)) != NULL) {
		uint64_t first = reader_segment(reader)->first_sequence;
		if (r->segment_count == 0 || r->segments[r->segment_count - 1].first != first) {
			CHECK(r->segment_count < RESTART_SEGMENT_MAX);
			r->segments[r->segment_count++].first = first;
		}
		r->segments[r->segment_count - 1].bytes += record->size_bytes;
		r->records++;
	}
	reader_end_of(reader, &end);
	reader_close(reader);
	return !end.is_damaged;
}

static bool restart_make(struct restart *r, uint32_t symbols, uint32_t accounts)
{
	struct gate_rig *b = r->rig;
	uint32_t open[RESTART_OPEN] = {0};
	uint64_t chance = 88172645463325252ull;
	b->journal_directory = r->directory;
	if (!rig_open(b, symbols, accounts))
		return false;
	for (uint32_t i = 0; i < RESTART_ORDERS; i++) {
		chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
		if (open[i % RESTART_OPEN] != 0)
			rig_finish(b, open[i % RESTART_OPEN]);
		rig_order(b, chance);
		atomic_store_explicit(
			&b->market->channels[0].heard_ns, b->now_ns, memory_order_relaxed);
		rig_step(b);
		open[i % RESTART_OPEN] = b->memory.last_ref;
	}
	fold_hash(b->gate->fold, r->hash);
	return rig_flush(b) && restart_survey(r);
}

/* restart_stream reads what the records fill, and adds it up. */
static double restart_stream(void *context)
{
	static uint8_t bytes[RESTART_READ_BYTES];
	struct restart *r = context;
	uint32_t sum = 0;
	uint64_t from = round_cpu_ns();
	for (uint32_t i = 0; i < r->segment_count; i++) {
		char name[SEGMENT_NAME_BYTES], path[RESTART_PATH_BYTES];
		segment_name(r->segments[i].first, 0, name);
		snprintf(path, sizeof path, "%s/%s", r->directory, name);
		int file = open(path, O_RDONLY | O_CLOEXEC);
		uint64_t left = r->segments[i].bytes, at = SEGMENT_BLOCK_BYTES;
		while (file >= 0 && left > 0) {
			size_t part = left < sizeof bytes ? (size_t)left : sizeof bytes;
			CHECK(pread(file, bytes, part, (off_t)at) == (ssize_t)part);
			sum = crc32c(sum, bytes, part);
			at += part;
			left -= part;
		}
		close(file);
	}
	round_keep(sum);
	return (double)(round_cpu_ns() - from) / (double)r->records;
}

static double restart_verify(void *context)
{
	struct restart *r = context;
	struct config_error error;
	uint64_t sum = 0, from = round_cpu_ns();
	struct reader *reader = reader_open(r->directory, &error);
	const struct record *record;
	CHECK(reader != NULL);
	while ((record = reader_next(reader, NULL)) != NULL)
		sum += record->type;
	reader_close(reader);
	round_keep(sum);
	return (double)(round_cpu_ns() - from) / (double)r->records;
}

static double restart_fold(void *context)
{
	struct restart *r = context;
	struct config_error error = {{0}};
	struct replay *replay = replay_open(&r->rig->site);
	uint64_t from = round_cpu_ns();
	bool is_read = replay_journal(replay, r->directory, 0, &error);
	double cost = (double)(round_cpu_ns() - from) / (double)r->records;
	r->is_other |= !is_read || replay->result.differences != 0 ||
		       replay->result.records != r->records ||
		       memcmp(replay->result.state_hash, r->hash, sizeof r->hash) != 0;
	if (r->is_other)
		fprintf(stderr, "sluice-bench: restart: %s%s\n", error.text,
			replay->result.first_difference);
	replay_close(replay);
	return cost;
}

static bool restart_measure(
	struct figures *figures, const char *of, uint32_t symbols, uint32_t accounts)
{
	char names[3][FIGURE_NAME_BYTES];
	struct restart *r = calloc(1, sizeof *r);
	CHECK(r != NULL && (r->rig = calloc(1, sizeof *r->rig)) != NULL);
	snprintf(r->directory, sizeof r->directory, "/tmp/sluice-restart-XXXXXX");
	CHECK(mkdtemp(r->directory) != NULL);
	snprintf(names[0], sizeof names[0], "restart: the same bytes streamed and summed, %s", of);
	snprintf(names[1], sizeof names[1], "restart: a record read and verified, %s", of);
	snprintf(names[2], sizeof names[2], "restart: a record read, verified and folded, %s", of);
	const struct bench_case cases[] = {
		{names[0], NULL, restart_stream, r},
		{names[1], names[0], restart_verify, r},
		{names[2], names[0], restart_fold, r},
	};
	bool is_made = restart_make(r, symbols, accounts);
	if (is_made)
		round_run(figures, cases, ARRAY_COUNT(cases));
	else
		fprintf(stderr, "sluice-bench: restart: no journal could be made in %s\n",
			r->directory);
	bool is_good = is_made && !r->is_other;
	if (!figures->is_quiet)
		fprintf(stderr, "restart, %s: %lu records\n", of, (unsigned long)r->records);
	rig_close(r->rig);
	restart_clear(r->directory);
	free(r->rig);
	free(r);
	return is_good;
}

bool bench_restart_run(struct figures *figures)
{
	bool is_good = restart_measure(figures, "one symbol", 1, 1);
	return restart_measure(figures, "1,000 symbols and 64 accounts", 1000, 64) && is_good;
}
