#include "dataplane/journal/reserve.h"

#include <errno.h>
#include <stdio.h>

enum { RESERVE_PATH_BYTES = PATH_BYTES + 16 };

static void reserve_path(
	const struct reserve *reserve, uint32_t piece, char path[RESERVE_PATH_BYTES])
{
	snprintf(path, RESERVE_PATH_BYTES, "%s/reserve.%04u", reserve->directory, piece);
}

static void reserve_set(struct reserve *reserve, uint32_t piece, bool is_held)
{
	uint32_t held = atomic_load_explicit(&reserve->held_count, memory_order_relaxed);
	reserve->is_held[piece] = is_held;
	atomic_store(&reserve->held_count, is_held ? held + 1 : held - 1);
}

/* The first piece that is held, or that lacks; piece_count: there is none. */
static uint32_t reserve_find(const struct reserve *reserve, bool is_held)
{
	uint32_t piece = 0;
	while (piece < reserve->piece_count && reserve->is_held[piece] != is_held)
		piece++;
	return piece;
}

int reserve_open(struct reserve *reserve, struct disk *disk, const char *directory,
	uint64_t reserve_bytes, uint64_t piece_bytes)
{
	char path[RESERVE_PATH_BYTES];
	uint64_t count = (reserve_bytes + piece_bytes - 1) / piece_bytes, bytes;
	*reserve = (struct reserve){.disk = disk,
		.directory = directory,
		.piece_bytes = piece_bytes,
		.piece_count = count < RESERVE_PIECE_MAX ? (uint32_t)count : RESERVE_PIECE_MAX};
	/* Pieces are given from the first on: a larger reserve that was kept before may begin behind a gap. */
	for (uint32_t piece = 0; piece < RESERVE_PIECE_MAX; piece++) {
		reserve_path(reserve, piece, path);
		int code = disk_allocated(disk, path, &bytes);
		if (code == -ENOENT)
			continue;
		if (code == 0 && piece < reserve->piece_count && bytes == piece_bytes)
			reserve_set(reserve, piece, true);
		else if (code == 0)
			code = disk_remove(disk, path);
		if (code != 0)
			return code;
	}
	return 0;
}

bool reserve_is_whole(const struct reserve *reserve)
{
	return atomic_load(&reserve->held_count) == reserve->piece_count;
}

int reserve_build(struct reserve *reserve)
{
	char path[RESERVE_PATH_BYTES];
	uint32_t piece = reserve_find(reserve, false);
	if (piece == reserve->piece_count)
		return 0;
	reserve_path(reserve, piece, path);
	int file = disk_create(reserve->disk, path, reserve->piece_bytes);
	if (file == -EEXIST) { /* one that could not be given */
		file = disk_remove(reserve->disk, path);
		if (file == 0)
			file = disk_create(reserve->disk, path, reserve->piece_bytes);
	}
	if (file < 0)
		return file;
	int result = disk_shut(reserve->disk, file);
	if (result != 0)
		return result;
	reserve_set(reserve, piece, true);
	return 1;
}

int reserve_give(struct reserve *reserve, const char *path)
{
	char from[RESERVE_PATH_BYTES];
	int refusal = -ENOSPC;
	for (;;) {
		uint32_t piece = reserve_find(reserve, true);
		if (piece == reserve->piece_count)
			return refusal;
		reserve_path(reserve, piece, from);
		int file = disk_adopt(reserve->disk, from, path);
		/* Perhaps the piece before took the name, and could not be given all the same. */
		if (file == -EEXIST)
			return refusal == -ENOSPC ? file : refusal;
		reserve_set(reserve, piece, false);
		if (file >= 0)
			return file;
		refusal = file;
	}
}

bool reserve_return(struct reserve *reserve, const char *path)
{
	char to[RESERVE_PATH_BYTES];
	uint32_t piece = reserve_find(reserve, false);
	if (piece == reserve->piece_count)
		return false;
	reserve_path(reserve, piece, to);
	int file = disk_adopt(reserve->disk, path, to);
	if (file < 0 || disk_shut(reserve->disk, file) != 0)
		return false;
	reserve_set(reserve, piece, true);
	return true;
}

void reserve_clear(struct reserve *reserve)
{
	char path[RESERVE_PATH_BYTES];
	for (;;) {
		uint32_t piece = reserve_find(reserve, true);
		if (piece == reserve->piece_count)
			return;
		reserve_path(reserve, piece, path);
		disk_remove(reserve->disk, path);
		reserve_set(reserve, piece, false);
	}
}
