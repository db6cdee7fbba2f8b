#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "dataplane/journal/journal_inside.h"
#include "drivers/machine/log.h"

static const uint64_t RESERVE_RETRY_NS = 1000 * 1000 * 1000; /* when a piece could not be made */

/* The size of the segment behind one of so many bytes: what is left of that one is time enough to make it. */
static uint64_t journal_next_bytes(const struct journal *j, uint64_t file_bytes)
{
	return file_bytes < j->segment_bytes / PREPARE_SHARE ? file_bytes * PREPARE_SHARE
							     : j->segment_bytes;
}

static void journal_lacks_room(struct journal *j, int code)
{
	atomic_store_explicit(&j->link->full, (uint64_t)code, memory_order_release);
}

static bool journal_is_full(const struct journal *j)
{
	return atomic_load_explicit(&j->link->full, memory_order_acquire) != 0;
}

static void journal_name_next(struct journal *j, uint64_t first_sequence, uint32_t attempt)
{
	char name[SEGMENT_NAME_BYTES];
	segment_name(first_sequence, attempt, name);
	snprintf(j->next_path, sizeof j->next_path, "%s/%s", j->directory, name);
}

/* Returns the number behind the highest try that is there: below it a name may be free because a blank file was taken back, and
   of several that fit the reader takes the highest.  Negative errno: the disk would not tell. */
static int journal_next_try(struct journal *j, uint64_t first_sequence)
{
	uint64_t bytes;
	for (int attempt = SEGMENT_TRY_COUNT; attempt-- > 0;) {
		journal_name_next(j, first_sequence, (uint32_t)attempt);
		int code = disk_allocated(j->disk, j->next_path, &bytes);
		if (code != -ENOENT)
			return code == 0 ? attempt + 1 : code;
	}
	return 0;
}

/* journal_create makes the file of a segment, of the reserve and as large as a piece where there is no room; a file of that
   name is evidence and stays. */
int journal_create(struct journal *j, uint64_t first_sequence, uint64_t *size_bytes)
{
	int attempt = journal_next_try(j, first_sequence);
	if (attempt < 0)
		return attempt;
	if (attempt == SEGMENT_TRY_COUNT)
		return -EEXIST;
	journal_name_next(j, first_sequence, (uint32_t)attempt);
	int file = disk_create(j->disk, j->next_path, *size_bytes);
	if (file != -ENOSPC && file != -EDQUOT)
		return file;
	journal_lacks_room(j, -file);
	int given = reserve_give(&j->reserve, j->next_path);
	if (given >= 0)
		*size_bytes = j->reserve.piece_bytes;
	return given == -ENOSPC ? file : given;
}

/* The number of the next segment's first record must be known to make its file, so the end of this one
   is fixed now: as many records as fit even if all are of the longest kind. */
void journal_want_next(struct journal *j)
{
	if (j->end_sequence != UINT64_MAX)
		return;
	/* What is left may be all there is: filled to its end, it holds more than by the longest records. */
	uint64_t next = journal_is_full(j) ? j->file_bytes : journal_next_bytes(j, j->file_bytes);
	uint64_t left = j->file_bytes - j->offset, mark = next / PREPARE_SHARE;
	if (left > (mark > BLOCK ? mark : BLOCK))
		return;
	j->end_sequence = j->sequence + left / RECORD_BYTES_MAX;
	atomic_store(&j->prepare, PREPARE_WANTED);
}

/* Makes the next segment if one is wanted. */
static bool journal_make_wanted(struct journal *j)
{
	if (atomic_load(&j->prepare) != PREPARE_WANTED)
		return false;
	j->next_bytes = journal_next_bytes(j, j->file_bytes);
	j->next_file = journal_create(j, j->end_sequence + 1, &j->next_bytes);
	atomic_store(&j->prepare, j->next_file >= 0 ? PREPARE_READY : PREPARE_FAILED);
	return true;
}

bool journal_make_next(struct journal *j)
{
	if (atomic_exchange(&j->is_making, true)) /* journal (6) */
		return false;
	bool has_made = journal_make_wanted(j);
	atomic_store(&j->is_making, false);
	return has_made;
}

/* On a full disk its room is not let go. */
static int journal_give_back(struct journal *j, const char *path, uint64_t size_bytes)
{
	bool is_piece = journal_is_full(j) && size_bytes == j->reserve.piece_bytes &&
			reserve_return(&j->reserve, path);
	return is_piece ? 0 : disk_remove(j->disk, path);
}

/* Looks at a slice of what an earlier process made ahead and never began; blank, its room comes back. */
static bool journal_take_back(struct journal *j)
{
	char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1];
	uint64_t size_bytes;
	if (j->blanks.count == 0)
		return false;
	if (!blank_look(&j->blanks, path, &size_bytes))
		return true;
	int code = journal_give_back(j, path, size_bytes);
	if (code == 0)
		log_write(LOG_LEVEL_INFO, "journal",
			"took back %s: made ahead by an earlier process, %" PRIu64
			" bytes of zeros and no record",
			path, size_bytes);
	else
		log_write(LOG_LEVEL_WARNING, "journal",
			"%s stays: made ahead by an earlier process, %" PRIu64
			" bytes of zeros and no record; found \"%s\" when taking it away",
			path, size_bytes, strerror(-code));
	return true;
}

/* Makes a piece that the reserve lacks.  Whole, it ends what refused orders, unless the next segment still has no room. */
static bool journal_build(struct journal *j, uint64_t now_ns)
{
	if (reserve_is_whole(&j->reserve) &&
		(!journal_is_full(j) || atomic_load(&j->prepare) == PREPARE_FAILED))
		return false;
	int made = now_ns < j->build_ns ? 0 : reserve_build(&j->reserve);
	if (made < 0) {
		journal_lacks_room(j, -made);
		j->build_ns = now_ns + RESERVE_RETRY_NS;
	} else if (reserve_is_whole(&j->reserve)) {
		journal_lacks_room(j, 0);
	}
	return made > 0;
}

bool journal_make(struct journal *j, uint64_t now_ns)
{
	if (atomic_exchange(&j->is_making, true)) /* journal (6) */
		return false;
	bool has_made = journal_make_wanted(j);
	if (!has_made && atomic_load(&j->link->failed) == 0)
		has_made = journal_take_back(j) || journal_build(j, now_ns);
	atomic_store(&j->is_making, false);
	return has_made;
}

bool journal_prepare(struct journal *j, uint64_t now_ns)
{
	atomic_store(&j->has_preparer, true);
	return journal_make(j, now_ns);
}

/* What can be written if the disk gives no more room. */
void journal_tell_room(struct journal *j)
{
	const uint64_t longest = RECORD_BYTES_MAX, piece = j->reserve.piece_bytes - BLOCK;
	uint64_t pieces = atomic_load(&j->reserve.held_count);
	uint64_t left = j->file_bytes - j->offset, bytes = left + pieces * piece;
	uint64_t records =
		j->end_sequence != UINT64_MAX ? j->end_sequence - j->sequence : left / longest;
	records += pieces * (piece / longest);
	if (atomic_load(&j->prepare) == PREPARE_READY) {
		bytes += j->next_bytes - BLOCK;
		records += (j->next_bytes - BLOCK) / longest;
	}
	metrics_set(j->metrics, METRIC_journal_reserve_bytes, pieces * j->reserve.piece_bytes);
	metrics_set(j->metrics, METRIC_journal_room_bytes, j->failed == 0 ? bytes : 0);
	metrics_set(j->metrics, METRIC_journal_room_records, j->failed == 0 ? records : 0);
	metrics_set(j->metrics, METRIC_journal_no_room, journal_is_full(j));
}

/* Names are not used twice, so starts that come to nothing would use them up.  A write that never ended holds the file open, and
   then it stays. */
void journal_forget(struct journal *j, int file, const char *path, uint64_t size_bytes)
{
	if (disk_shut(j->disk, file) == 0)
		journal_give_back(j, path, size_bytes);
}
