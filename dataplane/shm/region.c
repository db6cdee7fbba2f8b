#include "dataplane/shm/region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/shm/market.h"
#include "drivers/machine/build.h"
#include "drivers/machine/aside.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/memory.h"

#define PAGE_BYTES ((size_t)4096)

/* Without these seals a peer could write what it was only to read, or cut the file under our feet. */
enum { REGION_SEALS = F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK };

/* The least size of a kind; the market may be larger by its tapes' rings, a dataplane's by more gates. */
static size_t region_size_of(uint64_t magic)
{
	if (magic == REGION_MAGIC_CONTROL)
		return sizeof(struct control_region);
	if (magic == REGION_MAGIC_DATAPLANE)
		return sizeof(struct dataplane_region);
	CHECK(magic == REGION_MAGIC_MARKET);
	return sizeof(struct market_region);
}

static const char *region_name_of(uint64_t magic)
{
	return magic == REGION_MAGIC_CONTROL  ? "sluice-control"
	       : magic == REGION_MAGIC_MARKET ? "sluice-market"
					      : "sluice-dataplane";
}

static bool region_size_is(uint64_t magic, uint64_t size_bytes)
{
	size_t least = region_size_of(magic);
	if (magic == REGION_MAGIC_CONTROL || size_bytes < least)
		return size_bytes == least;
	return magic == REGION_MAGIC_MARKET ||
	       ((size_bytes - least) % sizeof(struct gate_part) == 0 &&
		       (size_bytes - least) / sizeof(struct gate_part) < GATE_COUNT_MAX);
}

static void region_fill_header(
	struct region_header *header, uint64_t magic, size_t size, const struct site_config *site)
{
	uint64_t wall_ns = clock_wall_ns();
	*header = (struct region_header){.version = REGION_VERSION,
		.layout_hash = region_layout_hash(),
		.size_bytes = size,
		.instance = wall_ns,
		.pid = (uint64_t)getpid(),
		.build_id = build_id(),
		.config_hash = {site->hash[0], site->hash[1]},
		.started_wall_ns = wall_ns};
	header->magic = magic;
}

void *region_create(int *fd, uint64_t magic, size_t size, const struct site_config *site,
	region_present *present, struct config_error *error)
{
	const char *step = "memfd_create";
	int file = memfd_create(region_name_of(magic), MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *region = MAP_FAILED;
	if (file < 0)
		goto fail;
	step = "ftruncate";
	if (ftruncate(file, (off_t)size) != 0)
		goto fail;
	step = "mmap";
	region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (region == MAP_FAILED)
		goto fail;
	/* A stage that writes its page for the first time must not fault. */
	step = "populate";
	errno = present(region, size, site);
	if (errno != 0)
		goto fail;
	step = "seal";
	if (fcntl(file, F_ADD_SEALS, REGION_SEALS | F_SEAL_SEAL) != 0)
		goto fail;
	region_fill_header(region, magic, size, site);
	*fd = file;
	return region;
fail:
	snprintf(error->text, sizeof error->text,
		"shared memory of %s: %s found \"%s\", expected %zu MiB of sealed memory: see "
		"`ulimit "
		"-v` and free memory; the kernel must be 5.1 or newer",
		region_name_of(magic), step, strerror(errno), size >> 20);
	if (region != MAP_FAILED)
		munmap(region, size);
	if (file >= 0)
		close(file);
	return NULL;
}

static int region_pages(void *region, size_t offset_bytes, size_t size_bytes,
	int (*make)(void *from, size_t size_bytes))
{
	size_t from = offset_bytes / PAGE_BYTES * PAGE_BYTES;
	size_t end = (offset_bytes + size_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	return make((uint8_t *)region + from, end - from);
}

int region_piece(void *region, size_t offset_bytes, size_t size_bytes)
{
	return region_pages(region, offset_bytes, size_bytes, aside_make);
}

int region_piece_later(void *region, size_t offset_bytes, size_t size_bytes)
{
	return region_pages(region, offset_bytes, size_bytes, aside_make_later);
}

/* What of control's region a site uses: of each bank the rows that its limits file may state, and what is cut of them. */
struct piece {
	size_t offset_bytes, size_bytes;
};
enum { CONTROL_PIECE_COUNT = 1 + 2 * LIMIT_BANK_COUNT };

static void control_pieces(const struct site_config *site, struct piece pieces[])
{
	const size_t rows = site_limit_rows(site);
	const size_t cuts = site_gate_count(site) > 1 ? LIMIT_CUT_COUNT_MAX : 0;
	*pieces++ = (struct piece){0, offsetof(struct control_region, banks)};
	for (size_t i = 0; i < LIMIT_BANK_COUNT; i++) {
		size_t bank =
			offsetof(struct control_region, banks) + i * sizeof(struct limit_bank);
		*pieces++ = (struct piece){
			bank, offsetof(struct limit_bank, cuts) + cuts * sizeof(struct limit_cut)};
		*pieces++ = (struct piece){
			bank + offsetof(struct limit_bank, rows), rows * sizeof(struct limit_row)};
	}
}

static int control_present(void *region, size_t size, const struct site_config *site)
{
	struct piece pieces[CONTROL_PIECE_COUNT];
	int error = 0;
	(void)size;
	control_pieces(site, pieces);
	for (size_t i = 0; i < CONTROL_PIECE_COUNT && error == 0; i++)
		error = region_piece(region, pieces[i].offset_bytes, pieces[i].size_bytes);
	return error;
}

void region_read_control(const struct control_region *control, const struct site_config *site)
{
	struct piece pieces[CONTROL_PIECE_COUNT];
	control_pieces(site, pieces);
	for (size_t i = 0; i < CONTROL_PIECE_COUNT; i++) {
		const volatile uint8_t *piece = (const uint8_t *)control + pieces[i].offset_bytes;
		for (size_t at = 0; at < pieces[i].size_bytes; at += PAGE_BYTES)
			(void)piece[at];
		if (pieces[i].size_bytes > 0)
			(void)piece[pieces[i].size_bytes - 1];
	}
}

struct control_region *region_create_control(
	int *fd, const struct site_config *site, struct config_error *error)
{
	return region_create(fd, REGION_MAGIC_CONTROL, sizeof(struct control_region), site,
		control_present, error);
}

/* All but the frames of feed stages that there are not. */
static int dataplane_present(void *region, size_t size, const struct site_config *site)
{
	const size_t gates = offsetof(struct dataplane_region, more_gates);
	size_t frames = site_feed_count(site) * sizeof(struct frames);
	int error = region_piece(region, 0, offsetof(struct dataplane_region, frames) + frames);
	return error != 0 ? error : region_piece(region, gates, size - gates);
}

struct dataplane_region *region_create_dataplane(
	int *fd, const struct site_config *site, struct config_error *error)
{
	size_t size = sizeof(struct dataplane_region) +
		      (site_gate_count(site) - 1) * sizeof(struct gate_part);
	return region_create(fd, REGION_MAGIC_DATAPLANE, size, site, dataplane_present, error);
}

/* What is wrong with a mapped header, told in error; false: it may not be used. */
static bool region_check_header(
	const struct region_header *header, uint64_t magic, struct config_error *error)
{
	const char *name = region_name_of(magic);
	if (header->magic != magic)
		snprintf(error->text, sizeof error->text,
			"shared memory: found magic %016lx, expected %016lx of %s", header->magic,
			magic, name);
	else if (header->version != REGION_VERSION)
		snprintf(error->text, sizeof error->text,
			"shared memory of %s: found version %u, expected %d: start both from one "
			"build",
			name, header->version, REGION_VERSION);
	else if (header->layout_hash != region_layout_hash())
		snprintf(error->text, sizeof error->text,
			"shared memory of %s: found layout %016lx, expected %016lx: start both "
			"from "
			"one build",
			name, header->layout_hash, region_layout_hash());
	else if (!region_size_is(magic, header->size_bytes))
		snprintf(error->text, sizeof error->text,
			"shared memory of %s: found size %lu in its header, expected %zu", name,
			header->size_bytes, region_size_of(magic));
	else
		return true;
	return false;
}

/* The header is read through the descriptor before anything is mapped: mapping a file that is too
   short would end in a bus error. */
static bool region_check_file(int fd, uint64_t magic, size_t *size, struct config_error *error)
{
	struct stat file;
	struct region_header header;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & REGION_SEALS) != REGION_SEALS) {
		snprintf(error->text, sizeof error->text,
			"shared memory of %s: found a descriptor with seals %#x, expected memory "
			"that "
			"is sealed against writing, growing and shrinking (%#x)",
			region_name_of(magic), seals < 0 ? 0u : (unsigned)seals,
			(unsigned)REGION_SEALS);
		return false;
	}
	if (fstat(fd, &file) != 0 || file.st_size < (off_t)sizeof header ||
		pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header) {
		snprintf(error->text, sizeof error->text,
			"shared memory of %s: found nothing that can be read, expected %zu bytes",
			region_name_of(magic), region_size_of(magic));
		return false;
	}
	if (!region_check_header(&header, magic, error))
		return false;
	if ((uint64_t)file.st_size != header.size_bytes) {
		snprintf(error->text, sizeof error->text,
			"shared memory of %s: found %ld bytes, expected %lu", region_name_of(magic),
			(long)file.st_size, header.size_bytes);
		return false;
	}
	*size = header.size_bytes;
	return true;
}

const void *region_join(int fd, uint64_t magic, struct config_error *error)
{
	size_t size;
	if (!region_check_file(fd, magic, &size, error))
		return NULL;
	const void *region = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (region == MAP_FAILED) {
		snprintf(error->text, sizeof error->text,
			"shared memory of %s: mmap found \"%s\", expected %zu MiB to read",
			region_name_of(magic), strerror(errno), size >> 20);
		return NULL;
	}
	return region;
}

void region_leave(const void *region)
{
	if (!region)
		return;
	const struct region_header *header = region;
	size_t size = header->size_bytes;
	void *mapping = (void *)(uintptr_t)region;
	memory_settle();
	aside_drop(mapping, size);
	CHECK(munmap(mapping, size) == 0);
}

struct metrics *region_metrics(struct dataplane_region *region, enum stage_id stage)
{
	CHECK((unsigned)stage < STAGE_COUNT);
	if (stage >= STAGE_GATE_MORE)
		return region_gate_writes(region, stage_gate_index(stage)).metrics;
	return stage < STAGE_FEED_MORE ? &region->metrics
				       : &region->more_feeds[stage - STAGE_FEED_MORE];
}

uint32_t region_gate_count(const struct dataplane_region *region)
{
	uint64_t size = region->header.size_bytes;
	return size <= sizeof *region
		       ? 1
		       : 1 + (uint32_t)((size - sizeof *region) / sizeof region->more_gates[0]);
}

struct gate_writes region_gate_writes(struct dataplane_region *region, uint32_t index)
{
	if (index == 0)
		return (struct gate_writes){&region->metrics, &region->gate, &region->journal};
	CHECK(index < region_gate_count(region));
	struct gate_part *part = &region->more_gates[index - 1];
	return (struct gate_writes){&part->metrics, &part->gate, &part->journal};
}

const struct gate_page *region_gate(const struct dataplane_region *region, uint32_t index)
{
	CHECK(index == 0 || index < region_gate_count(region));
	return index == 0 ? &region->gate : &region->more_gates[index - 1].gate;
}

const struct metrics *region_gate_metrics(const struct dataplane_region *region, uint32_t index)
{
	CHECK(index == 0 || index < region_gate_count(region));
	return index == 0 ? &region->metrics : &region->more_gates[index - 1].metrics;
}

const struct link *region_link(const struct dataplane_region *region, uint32_t index)
{
	CHECK(index == 0 || index < region_gate_count(region));
	return index == 0 ? &region->journal : &region->more_gates[index - 1].journal;
}

const struct metrics *region_feed_metrics(const struct dataplane_region *region, uint32_t index)
{
	CHECK(index < FEED_STAGE_COUNT_MAX);
	return index == 0 ? &region->metrics : &region->more_feeds[index - 1];
}

uint64_t region_sum(const struct dataplane_region *region, enum metric metric)
{
	uint64_t sum = metrics_get(&region->metrics, metric);
	for (uint32_t i = 1; i < FEED_STAGE_COUNT_MAX; i++)
		sum += metrics_get(region_feed_metrics(region, i), metric);
	for (uint32_t i = 1; i < region_gate_count(region); i++)
		sum += metrics_get(region_gate_metrics(region, i), metric);
	return sum;
}

/* A page that begins with its lock. */
static void page_take(const _Atomic uint64_t *lock, void *copy, size_t size)
{
	/* A gate writes it in less than one, unless it lost its core over it: then it has a tenth of a second to come back. */
	enum { TRIES = 1000, NAPS = 500 };
	const struct timespec nap = {.tv_nsec = 100000};
	for (unsigned i = 1; i <= TRIES * NAPS; i++) {
		uint64_t before = atomic_load_explicit(lock, memory_order_acquire);
		memcpy(copy, (const void *)lock, size);
		atomic_thread_fence(memory_order_acquire);
		if ((before & 1) == 0 && atomic_load_explicit(lock, memory_order_relaxed) == before)
			return;
		if (i % TRIES == 0)
			nanosleep(&nap, NULL);
	}
}

void limits_page_take(const struct limits_page *page, struct limits_page *copy)
{
	page_take(&page->lock, copy, sizeof *copy);
}

void leases_page_take(const struct leases_page *page, struct leases_page *copy)
{
	page_take(&page->lock, copy, sizeof *copy);
}
