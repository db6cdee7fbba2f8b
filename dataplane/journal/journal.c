#include "dataplane/journal/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "dataplane/journal/journal_inside.h"
#include "drivers/machine/build.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

static const uint64_t JOURNAL_WAIT_NS = 10ull * 1000 * 1000 * 1000;

int journal_failed(const struct journal *journal)
{
	return journal->failed;
}

static void journal_fail(struct journal *j, int code)
{
	if (j->failed == 0)
		j->failed = code;
	atomic_store_explicit(&j->link->failed, (uint64_t)j->failed, memory_order_release);
	metrics_add(j->metrics, METRIC_journal_errors, 1);
}

/* journal_enter_file begins a segment: its header is the beginning of its first group. */
static void journal_enter_file(struct journal *j, int file, uint64_t file_bytes)
{
	j->file = file;
	j->file_bytes = file_bytes;
	memcpy(j->path, j->next_path, sizeof j->path);
	j->first = j->sequence + 1;
	j->offset = BLOCK;
	j->end_sequence = UINT64_MAX;
	j->partial = 0;
	j->is_filling = false;
	j->carry_bytes = BLOCK;
	segment_header_fill(j->carry, (struct segment_header){.first_sequence = j->first,
					      .wall_ns = j->wall_ns,
					      .build_id = build_id(),
					      .config_hash = {j->config_hash[0], j->config_hash[1]},
					      .previous_crc = j->crc});
	metrics_add(j->metrics, METRIC_journal_segments, 1);
	journal_want_next(j);
}

/* What a disk tells only when a file is shut is told of what was called durable. */
static void journal_shut(struct journal *j, int file)
{
	int code = disk_shut(j->disk, file);
	if (code != 0)
		journal_fail(j, -code);
}

/* The file is shut when its last write is done; perhaps that is now. */
static void journal_leave_file(struct journal *j)
{
	struct group *last = &j->groups[(j->filling - 1) % GROUP_COUNT];
	if (j->filling > j->oldest) {
		CHECK(last->file == j->file); /* every segment holds a record */
		last->is_last_of_file = true;
	} else {
		journal_shut(j, j->file);
	}
}

/* Goes on in the next segment.  false: it is not there yet, or never will be (failed is set). */
static bool journal_rotate(struct journal *j)
{
	int failed = PREPARE_FAILED;
	atomic_compare_exchange_strong(&j->prepare, &failed, PREPARE_WANTED);
	journal_make_next(j);
	int prepare = atomic_load(&j->prepare);
	if (prepare == PREPARE_FAILED)
		journal_fail(j, -j->next_file);
	if (prepare != PREPARE_READY)
		return false;
	int file = j->next_file;
	uint64_t bytes = j->next_bytes;
	atomic_store(&j->prepare, PREPARE_NONE);
	journal_leave_file(j);
	journal_enter_file(j, file, bytes);
	return true;
}

static struct group *journal_begin_group(struct journal *j)
{
	struct group *g = &j->groups[j->filling % GROUP_COUNT];
	if (j->is_filling)
		return g;
	*g = (struct group){.file = j->file,
		.offset = j->offset - j->carry_bytes,
		.size_bytes = j->carry_bytes,
		.sequence = j->sequence,
		.position = j->position,
		.bytes = j->bytes};
	memcpy(j->buffers[j->filling % GROUP_COUNT], j->carry, j->carry_bytes);
	j->is_filling = true;
	return g;
}

static void journal_mark_block(struct group *g)
{
	g->block_sequence = g->sequence;
	g->block_position = g->position;
	g->block_bytes = g->bytes;
}

/* Copies one record behind the others and stamps it; position is where the link goes on. */
static void journal_stamp(
	struct journal *j, struct group *g, const struct record *source, uint64_t position)
{
	uint32_t size = source->size_bytes, end = g->size_bytes + size;
	uint8_t *bytes = j->buffers[j->filling % GROUP_COUNT] + g->size_bytes;
	struct record *record = (struct record *)bytes;
	CHECK(source->sequence == (uint32_t)(j->sequence + 1));
	memcpy(record, source, size);
	record->crc = j->crc = record_crc(j->crc, record);
	if (end / BLOCK > g->size_bytes / BLOCK && end % BLOCK != 0)
		journal_mark_block(g);
	g->has_news = true;
	g->size_bytes = end;
	g->sequence = ++j->sequence;
	g->position = j->position = position;
	g->bytes = j->bytes += size;
	j->offset += size;
	if (end % BLOCK == 0)
		journal_mark_block(g);
}

/* Why taking ended. */
enum take { TAKE_ALL, TAKE_FULL, TAKE_ROTATE };

/* Takes records from the link into the group being filled. */
static enum take journal_take(struct journal *j, struct group *g)
{
	for (;;) {
		uint64_t position = j->position;
		const struct record *record = link_peek(j->link, &position);
		if (!record)
			return TAKE_ALL;
		if (j->sequence == j->end_sequence)
			return TAKE_ROTATE;
		if (g->size_bytes + record->size_bytes > JOURNAL_GROUP_BYTES)
			return TAKE_FULL;
		journal_stamp(j, g, record, position);
		journal_want_next(j);
	}
}

/* Starts the write of the group being filled.  A full group is cut at its last whole block, so the
   next write does not touch what is in flight (what is cut off goes with the record that found no room,
   which is next); otherwise the last block goes out as it is and the next group must wait for it:
   journal (3). */
static bool journal_issue(struct journal *j, struct group *g, enum take take)
{
	uint8_t *bytes = j->buffers[j->filling % GROUP_COUNT];
	uint32_t used = g->size_bytes, whole = used / BLOCK * BLOCK;
	uint32_t size = take == TAKE_FULL ? whole : (used + BLOCK - 1) / BLOCK * BLOCK;
	if (size > used)
		memset(bytes + used, 0, size - used);
	int code = disk_write(j->disk, g->file, bytes, size, g->offset, j->filling);
	if (code == -EAGAIN)
		return false;
	if (code != 0) {
		journal_fail(j, -code);
		return false;
	}
	if (take == TAKE_FULL) {
		g->sequence = g->block_sequence;
		g->position = g->block_position;
		g->bytes = g->block_bytes;
	}
	g->started_ns = j->now_ns;
	j->carry_bytes = used - whole;
	memcpy(j->carry, bytes + whole, j->carry_bytes);
	j->filling++;
	j->in_flight++;
	j->is_filling = false;
	j->partial = size > whole ? j->filling : 0;
	return true;
}

/* Tells whether the block that the next group begins with is still on its way to the disk. */
static bool journal_overlaps(const struct journal *j)
{
	return j->partial > j->oldest && !j->groups[(j->partial - 1) % GROUP_COUNT].is_done;
}

static bool journal_write(struct journal *j)
{
	uint64_t before = j->sequence + j->filling;
	while (j->failed == 0 && j->filling - j->oldest < GROUP_COUNT) {
		struct group *g = journal_begin_group(j);
		enum take take = journal_take(j, g);
		if (g->has_news && (journal_overlaps(j) || !journal_issue(j, g, take)))
			break;
		if (take == TAKE_ALL || (take == TAKE_ROTATE && !journal_rotate(j)))
			break;
	}
	return j->sequence + j->filling != before;
}

/* Acknowledges a group: everything up to its last record is on the disk. */
static void journal_acknowledge(struct journal *j, const struct group *g)
{
	metrics_add(j->metrics, METRIC_journal_records, g->sequence - j->durable);
	metrics_add(j->metrics, METRIC_journal_bytes, g->bytes - j->durable_bytes);
	metrics_add(j->metrics, METRIC_journal_commits, 1);
	histogram_add(&j->metrics->commit_ns, j->now_ns - g->started_ns);
	j->durable = g->sequence;
	j->durable_bytes = g->bytes;
	atomic_store_explicit(&j->link->durable, j->durable, memory_order_release);
	link_release(j->link, g->position);
	if (g->is_last_of_file)
		journal_shut(j, g->file);
}

/* Takes finished writes.  Groups are acknowledged in order, and none after a failure: journal (4). */
static bool journal_complete(struct journal *j)
{
	struct disk_done done[DISK_IN_FLIGHT_MAX];
	if (j->in_flight == 0)
		return false;
	uint32_t count = disk_poll(j->disk, done, DISK_IN_FLIGHT_MAX);
	for (uint32_t i = 0; i < count; i++) {
		CHECK(done[i].tag >= j->oldest && done[i].tag < j->filling);
		j->in_flight--;
		if (done[i].result != 0)
			journal_fail(j, -done[i].result);
		else
			j->groups[done[i].tag % GROUP_COUNT].is_done = true;
	}
	while (j->failed == 0 && j->oldest < j->filling &&
		j->groups[j->oldest % GROUP_COUNT].is_done)
		journal_acknowledge(j, &j->groups[j->oldest++ % GROUP_COUNT]);
	return count > 0;
}

bool journal_poll(struct journal *j, uint64_t now_ns, uint64_t wall_ns)
{
	j->now_ns = now_ns;
	j->wall_ns = wall_ns;
	bool has_worked = journal_complete(j);
	has_worked |= journal_write(j);
	/* Nobody else makes the next segment: now, when nothing waits for it, is the best time. */
	if (!has_worked && j->in_flight == 0 && !atomic_load(&j->has_preparer) && j->failed == 0)
		has_worked = journal_make(j, now_ns);
	journal_tell_room(j);
	uint64_t published = atomic_load_explicit(&j->link->sequence, memory_order_acquire);
	metrics_set(j->metrics, METRIC_journal_behind, published - j->durable);
	return has_worked;
}

bool journal_flush(struct journal *j)
{
	uint64_t begin_ns = clock_now_ns(), now_ns = begin_ns;
	for (;;) {
		journal_poll(j, now_ns > j->now_ns ? now_ns : j->now_ns, j->wall_ns);
		if (j->failed != 0)
			return false;
		if (j->durable >= atomic_load_explicit(&j->link->sequence, memory_order_acquire))
			return true;
		now_ns = clock_now_ns();
		if (now_ns - begin_ns > j->wait_ns)
			return false;
	}
}

static bool journal_waits_on(
	const struct journal *j, const struct journal_patience *patience, uint64_t begin_ns)
{
	uint64_t waited_ns = clock_now_ns() - begin_ns;
	return patience == NULL ? waited_ns <= j->wait_ns
				: patience->goes_on(patience->context, waited_ns);
}

/* Waits until no write is in flight: their buffers are ours. */
static bool journal_settle(
	struct journal *j, const struct journal_patience *patience, uint64_t begin_ns)
{
	for (;;) {
		journal_complete(j);
		if (j->in_flight == 0)
			return true;
		if (!journal_waits_on(j, patience, begin_ns))
			return false;
	}
}

/* Writes the header; false: it failed, or whoever waits for it has waited enough. */
static bool journal_write_header(struct journal *j, const struct journal_patience *patience)
{
	uint64_t begin_ns = clock_now_ns();
	while (!journal_issue(j, journal_begin_group(j), TAKE_ALL))
		if (j->failed != 0 || !journal_waits_on(j, patience, begin_ns))
			return false;
	return journal_settle(j, patience, begin_ns) && j->failed == 0;
}

/* The header is written before anything else is: a disk that cannot write is found at boot.  Nobody waits until a
   whole segment is zeroed: the first one is small. */
static int journal_begin(struct journal *j, const struct journal_patience *patience)
{
	uint64_t bytes = j->reserve.piece_bytes;
	int file = journal_create(j, j->sequence + 1, &bytes);
	if (file < 0)
		return -file;
	journal_enter_file(j, file, bytes);
	if (journal_write_header(j, patience))
		return 0;
	journal_forget(j, file, j->path, bytes);
	return j->failed != 0 ? j->failed : ETIMEDOUT;
}

struct journal *journal_open(struct disk *disk, const char *directory, uint64_t segment_bytes,
	uint64_t reserve_bytes, const uint64_t config_hash[2], struct link *link,
	struct metrics *metrics, uint64_t last, uint32_t last_crc, uint64_t wall_ns,
	const struct journal_patience *patience, struct config_error *error)
{
	if (segment_bytes < JOURNAL_SEGMENT_BYTES_MIN || segment_bytes % BLOCK != 0) {
		snprintf(error->text, sizeof error->text,
			"journal %s: found segments of %" PRIu64
			" bytes, expected a multiple of %d and at least %d",
			directory, segment_bytes, BLOCK, JOURNAL_SEGMENT_BYTES_MIN);
		return NULL;
	}
	struct journal *j = memory_take("journal", sizeof *j);
	CHECK((uintptr_t)j->buffers % BLOCK == 0);
	j->disk = disk;
	j->link = link;
	j->metrics = metrics;
	j->segment_bytes = segment_bytes;
	j->wall_ns = wall_ns;
	j->wait_ns = JOURNAL_WAIT_NS;
	memcpy(j->config_hash, config_hash, sizeof j->config_hash);
	snprintf(j->directory, sizeof j->directory, "%s", directory);
	int code = -reserve_open(&j->reserve, disk, j->directory, reserve_bytes,
		segment_bytes < JOURNAL_FIRST_BYTES ? segment_bytes : JOURNAL_FIRST_BYTES);
	blank_open(&j->blanks, disk, j->directory, last);
	j->position = atomic_load_explicit(&link->tail, memory_order_relaxed);
	j->sequence = j->durable = last;
	j->crc = last_crc;
	atomic_store_explicit(&link->durable, last, memory_order_release);
	if (code == 0)
		code = journal_begin(j, patience);
	if (code == 0)
		return j;
	snprintf(error->text, sizeof error->text,
		"journal %s: found \"%s\", expected to create and write a segment of %" PRIu64
		" MiB: look at `df -h` and the directory's owner",
		directory,
		code == ETIMEDOUT ? "a disk that had not written the first block when nobody "
				    "waited any longer"
				  : strerror(code),
		segment_bytes >> 20);
	if (j->in_flight == 0)
		memory_return(j, sizeof *j);
	return NULL;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	bool is_settled = journal_settle(j, NULL, clock_now_ns());
	for (; j->oldest < j->filling; j->oldest++)
		if (j->groups[j->oldest % GROUP_COUNT].is_last_of_file)
			journal_shut(j, j->groups[j->oldest % GROUP_COUNT].file);
	if (j->sequence < j->first)
		journal_forget(j, j->file, j->path, j->file_bytes);
	else
		journal_shut(j, j->file);
	if (atomic_load(&j->prepare) == PREPARE_READY)
		journal_forget(j, j->next_file, j->next_path, j->next_bytes);
	if (j->sequence == 0)
		reserve_clear(&j->reserve);
	/* A write that never ended still owns its buffer: better lost than written over. */
	if (is_settled)
		memory_return(j, sizeof *j);
}
