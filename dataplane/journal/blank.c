#include "dataplane/journal/blank.h"

#include <stdio.h>
#include <stdlib.h>

static void blank_path(const struct blanks *blanks, const char *name,
	char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1])
{
	snprintf(path, PATH_BYTES + SEGMENT_NAME_BYTES + 1, "%s/%.60s", blanks->directory, name);
}

static bool blank_is_zero(const uint8_t *bytes, uint64_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* Whether the first block, or what there is of it, says nothing. */
static bool blank_is_begun(struct blanks *blanks, const char *name)
{
	char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1];
	uint64_t got;
	blank_path(blanks, name, path);
	return disk_read(blanks->disk, path, 0, blanks->slice, SEGMENT_BLOCK_BYTES, &got) != 0 ||
	       !blank_is_zero(blanks->slice, got);
}

void blank_open(struct blanks *blanks, struct disk *disk, const char *directory, uint64_t last)
{
	char(*names)[SEGMENT_NAME_BYTES] = calloc(BLANK_LIST_MAX, sizeof *names);
	uint64_t first;
	uint32_t attempt;
	CHECK(names != NULL);
	blanks->disk = disk;
	blanks->directory = directory;
	blanks->count = 0;
	blanks->offset = 0;
	int count = disk_list(disk, directory, names, BLANK_LIST_MAX);
	for (int i = 0; i < count; i++) {
		if (!segment_name_read(names[i], &first, &attempt))
			continue;
		bool is_begun = blank_is_begun(blanks, names[i]);
		if (is_begun && first > last + 1) { /* blank (2) */
			blanks->count = 0;
			break;
		}
		if (!is_begun && blanks->count < BLANK_COUNT_MAX)
			memcpy(blanks->names[blanks->count++], names[i], sizeof names[i]);
	}
	free(names);
}

bool blank_look(
	struct blanks *blanks, char path[PATH_BYTES + SEGMENT_NAME_BYTES + 1], uint64_t *size_bytes)
{
	uint64_t got;
	if (blanks->count == 0)
		return false;
	blank_path(blanks, blanks->names[blanks->count - 1], path);
	int result = disk_read(
		blanks->disk, path, blanks->offset, blanks->slice, BLANK_SLICE_BYTES, &got);
	bool is_zero = result == 0 && blank_is_zero(blanks->slice, got);
	blanks->offset += got;
	if (is_zero && got == BLANK_SLICE_BYTES)
		return false;
	*size_bytes = blanks->offset;
	blanks->offset = 0;
	blanks->count--;
	return is_zero; /* blank (3) */
}
