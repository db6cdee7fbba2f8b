#include "drivers/disk/disk_sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/machine/memory.h"

struct sim_file {
	char path[PATH_BYTES];
	uint64_t at, size_bytes; /* its place on the disk */
	uint32_t in_flight;
	bool is_open;
};

struct sim_write {
	const uint8_t *bytes;
	uint64_t at, tag, ready_poll;
	uint32_t size_bytes;
	int file;
	int32_t result;
	bool is_waiting, is_torn, is_short, is_stray;
};

struct disk_sim {
	struct disk disk;
	struct disk_sim_faults faults;
	uint64_t random, capacity_bytes, used_bytes, polls, writes, asked;
	uint32_t file_count;
	struct sim_file files[DISK_SIM_FILE_MAX];
	struct sim_write flight[DISK_IN_FLIGHT_MAX];
	uint8_t *platter;
};

/* splitmix64 */
static uint64_t sim_random(struct disk_sim *s)
{
	uint64_t z = s->random += 0x9E3779B97F4A7C15ull;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return z ^ z >> 31;
}

static bool sim_chance(struct disk_sim *s, uint32_t ppm)
{
	return ppm > 0 && sim_random(s) % 1000000 < ppm;
}

static struct sim_file *sim_find(struct disk_sim *s, const char *path)
{
	for (uint32_t i = 0; i < s->file_count; i++)
		if (strcmp(s->files[i].path, path) == 0)
			return &s->files[i];
	return NULL;
}

/* sim_ask counts an operation.  Returns what it is refused by, or 0. */
static int sim_ask(struct disk_sim *s)
{
	const struct disk_sim_faults *f = &s->faults;
	s->asked++;
	bool is_refused = f->refuse_at > 0 && (f->is_refused_for_ever ? s->asked >= f->refuse_at
								      : s->asked == f->refuse_at);
	return is_refused ? -f->refusal : 0;
}

static int sim_create(struct disk *d, const char *path, uint64_t size_bytes)
{
	struct disk_sim *s = (struct disk_sim *)d;
	int refusal = sim_ask(s);
	if (refusal != 0)
		return refusal;
	if (size_bytes == 0 || size_bytes % DISK_BLOCK_BYTES != 0)
		return -EINVAL;
	if (strlen(path) >= PATH_BYTES)
		return -ENAMETOOLONG;
	if (sim_find(s, path) != NULL)
		return -EEXIST;
	if (s->faults.is_full || s->file_count == DISK_SIM_FILE_MAX ||
		size_bytes > s->capacity_bytes - s->used_bytes)
		return -ENOSPC;
	struct sim_file *f = &s->files[s->file_count];
	memcpy(f->path, path, strlen(path) + 1);
	f->at = s->used_bytes;
	f->size_bytes = size_bytes;
	f->is_open = true;
	s->used_bytes += size_bytes;
	return (int)s->file_count++;
}

/* sim_doom decides at the start of a write how it will end. */
static void sim_doom(struct disk_sim *s, struct sim_write *w)
{
	const struct disk_sim_faults *f = &s->faults;
	s->writes++;
	bool is_eio = f->eio_at > 0 &&
		      (f->is_eio_sticky ? s->writes >= f->eio_at : s->writes == f->eio_at);
	w->is_torn = sim_chance(s, f->torn_ppm);
	w->is_short = !w->is_torn && sim_chance(s, f->short_ppm);
	w->result = is_eio || w->is_torn || w->is_short ? -EIO : 0;
	w->is_stray = w->result == 0 && sim_chance(s, f->stray_ppm);
	w->ready_poll = s->polls + 1;
	if (f->delay_polls > 0)
		w->ready_poll += sim_random(s) % (f->delay_polls + 1ull);
}

static int sim_write(struct disk *d, int file, const void *bytes, uint32_t size_bytes,
	uint64_t offset, uint64_t tag)
{
	struct disk_sim *s = (struct disk_sim *)d;
	int refusal = sim_ask(s);
	if (refusal != 0)
		return refusal;
	if (file < 0 || (uint32_t)file >= s->file_count || !s->files[file].is_open ||
		size_bytes == 0 || size_bytes % DISK_BLOCK_BYTES != 0 ||
		offset % DISK_BLOCK_BYTES != 0 || (uintptr_t)bytes % DISK_BLOCK_BYTES != 0)
		return -EINVAL;
	struct sim_file *f = &s->files[file];
	if (offset > f->size_bytes || size_bytes > f->size_bytes - offset)
		return -EFBIG;
	for (uint32_t i = 0; i < DISK_IN_FLIGHT_MAX; i++) {
		struct sim_write *w = &s->flight[i];
		if (w->is_waiting)
			continue;
		*w = (struct sim_write){.bytes = bytes,
			.at = f->at + offset,
			.tag = tag,
			.size_bytes = size_bytes,
			.file = file,
			.is_waiting = true};
		sim_doom(s, w);
		f->in_flight++;
		return 0;
	}
	return -EAGAIN;
}

/* Where a write lands that went astray: any block that a file has, as long as all of it fits. */
static uint64_t sim_stray(struct disk_sim *s, const struct sim_write *w)
{
	uint64_t blocks = (s->used_bytes - w->size_bytes) / DISK_BLOCK_BYTES + 1;
	uint64_t at = sim_random(s) % blocks * DISK_BLOCK_BYTES;
	return at != w->at ? at : at == 0 ? DISK_BLOCK_BYTES * (blocks > 1) : at - DISK_BLOCK_BYTES;
}

/* sim_land puts a write, or what a fault leaves of it, on the platter. */
static void sim_land(struct disk_sim *s, const struct sim_write *w, bool is_power_cut)
{
	uint64_t at = w->is_stray ? sim_stray(s, w) : w->at;
	uint32_t sectors = w->size_bytes / DISK_SIM_SECTOR_BYTES;
	uint32_t first = w->is_short ? (uint32_t)(sim_random(s) % sectors) : sectors;
	bool is_torn = w->is_torn || is_power_cut;
	if (w->result != 0 && !w->is_torn && !w->is_short)
		return;
	for (uint32_t i = 0; i < first; i++) {
		uint64_t from = (uint64_t)i * DISK_SIM_SECTOR_BYTES;
		if (!is_torn || (sim_random(s) & 1) != 0)
			memcpy(s->platter + at + from, w->bytes + from, DISK_SIM_SECTOR_BYTES);
	}
}

static uint32_t sim_poll(struct disk *d, struct disk_done *done, uint32_t max)
{
	struct disk_sim *s = (struct disk_sim *)d;
	uint32_t count = 0, start = (uint32_t)(sim_random(s) % DISK_IN_FLIGHT_MAX);
	s->polls++;
	for (uint32_t i = 0; i < DISK_IN_FLIGHT_MAX && count < max; i++) {
		struct sim_write *w = &s->flight[(start + i) % DISK_IN_FLIGHT_MAX];
		if (!w->is_waiting || w->ready_poll > s->polls)
			continue;
		sim_land(s, w, false);
		done[count++] = (struct disk_done){.tag = w->tag, .result = w->result};
		w->is_waiting = false;
		s->files[w->file].in_flight--;
	}
	return count;
}

static int sim_read(struct disk *d, const char *path, uint64_t offset, void *bytes,
	uint64_t size_bytes, uint64_t *got)
{
	struct disk_sim *s = (struct disk_sim *)d;
	const struct sim_file *f = sim_find(s, path);
	int refusal = sim_ask(s);
	*got = 0;
	if (refusal != 0)
		return refusal;
	if (f == NULL)
		return -ENOENT;
	if (offset >= f->size_bytes)
		return 0;
	*got = size_bytes < f->size_bytes - offset ? size_bytes : f->size_bytes - offset;
	memcpy(bytes, s->platter + f->at + offset, *got);
	return 0;
}

static int sim_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int sim_list(struct disk *d, const char *directory, char (*names)[64], uint32_t max)
{
	struct disk_sim *s = (struct disk_sim *)d;
	size_t size = strlen(directory);
	uint32_t count = 0;
	int refusal = sim_ask(s);
	if (refusal != 0)
		return refusal;
	while (size > 1 && directory[size - 1] == '/')
		size--;
	for (uint32_t i = 0; i < s->file_count; i++) {
		const char *path = s->files[i].path;
		if (strncmp(path, directory, size) != 0 || path[size] != '/' ||
			strchr(path + size + 1, '/') != NULL)
			continue;
		if (strlen(path + size + 1) >= sizeof names[0])
			return -ENAMETOOLONG;
		if (count == max)
			return -E2BIG;
		memcpy(names[count++], path + size + 1, strlen(path + size + 1) + 1);
	}
	qsort(names, count, sizeof names[0], sim_compare);
	return (int)count;
}

static int sim_shut(struct disk *d, int file)
{
	struct disk_sim *s = (struct disk_sim *)d;
	if (file < 0 || (uint32_t)file >= s->file_count || !s->files[file].is_open)
		return -EINVAL;
	if (s->files[file].in_flight > 0)
		return -EBUSY;
	s->files[file].is_open = false;
	return sim_ask(s);
}

/* A removed file keeps its number and its place: neither is used again. */
static int sim_remove(struct disk *d, const char *path)
{
	struct disk_sim *s = (struct disk_sim *)d;
	struct sim_file *f = sim_find(s, path);
	int refusal = sim_ask(s);
	if (refusal != 0)
		return refusal;
	if (f == NULL || path[0] == '\0')
		return -ENOENT;
	if (f->is_open)
		return -EBUSY;
	f->path[0] = '\0';
	return 0;
}

static int sim_adopt(struct disk *d, const char *from, const char *to)
{
	struct disk_sim *s = (struct disk_sim *)d;
	struct sim_file *f = sim_find(s, from);
	int refusal = sim_ask(s);
	if (refusal != 0)
		return refusal;
	if (strlen(to) >= PATH_BYTES)
		return -ENAMETOOLONG;
	if (sim_find(s, to) != NULL)
		return -EEXIST;
	if (f == NULL || from[0] == '\0')
		return -ENOENT;
	if (f->is_open)
		return -EBUSY;
	memset(s->platter + f->at, 0, f->size_bytes);
	memcpy(f->path, to, strlen(to) + 1);
	f->is_open = true;
	return (int)(f - s->files);
}

static int sim_allocated(struct disk *d, const char *path, uint64_t *bytes)
{
	struct disk_sim *s = (struct disk_sim *)d;
	const struct sim_file *f = sim_find(s, path);
	int refusal = s->faults.is_look_spared ? 0 : sim_ask(s);
	if (refusal != 0)
		return refusal;
	if (f == NULL || path[0] == '\0')
		return -ENOENT;
	*bytes = f->size_bytes;
	return 0;
}

static void sim_close(struct disk *d)
{
	struct disk_sim *s = (struct disk_sim *)d;
	memory_return(s->platter, s->capacity_bytes);
	memory_return(s, sizeof *s);
}

static const struct disk_ops sim_ops = {
	.create = sim_create,
	.write = sim_write,
	.poll = sim_poll,
	.read = sim_read,
	.list = sim_list,
	.shut = sim_shut,
	.remove = sim_remove,
	.adopt = sim_adopt,
	.allocated = sim_allocated,
	.close = sim_close,
};

struct disk *disk_sim_open(uint64_t seed, uint64_t capacity_bytes)
{
	struct disk_sim *s = memory_take("disk_sim", sizeof *s);
	s->disk.ops = &sim_ops;
	s->random = seed;
	s->capacity_bytes = capacity_bytes;
	s->platter = memory_take("disk_sim platter", capacity_bytes);
	return &s->disk;
}

void disk_sim_set(struct disk *d, const struct disk_sim_faults *faults)
{
	struct disk_sim *s = (struct disk_sim *)d;
	s->faults = *faults;
	s->writes = 0;
	s->asked = 0;
}

uint64_t disk_sim_asked(const struct disk *d)
{
	return ((const struct disk_sim *)d)->asked;
}

void disk_sim_power_cut(struct disk *d)
{
	struct disk_sim *s = (struct disk_sim *)d;
	for (uint32_t i = 0; i < DISK_IN_FLIGHT_MAX; i++) {
		if (s->flight[i].is_waiting)
			sim_land(s, &s->flight[i], true);
		s->flight[i].is_waiting = false;
	}
	for (uint32_t i = 0; i < s->file_count; i++) {
		s->files[i].is_open = false;
		s->files[i].in_flight = 0;
	}
}

uint8_t *disk_sim_bytes(struct disk *d, const char *path, uint64_t *size_bytes)
{
	struct disk_sim *s = (struct disk_sim *)d;
	const struct sim_file *f = sim_find(s, path);
	if (f == NULL)
		return NULL;
	*size_bytes = f->size_bytes;
	return s->platter + f->at;
}
