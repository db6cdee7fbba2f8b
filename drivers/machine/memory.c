#include "drivers/machine/memory.h"

#include "drivers/machine/aside.h"
#include "drivers/machine/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_HAS_ASAN 1
#endif
#endif
#ifdef MEMORY_HAS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
/* The rest of the last page is nobody's, so a step past the end of a take is reported; and what only a
   take points to is not leaked. */
static void memory_watch(uint8_t *from, size_t size_bytes, size_t whole)
{
	__asan_poison_memory_region(from + size_bytes, whole - size_bytes);
	__lsan_register_root_region(from, whole);
}

static void memory_unwatch(void *from, size_t whole)
{
	__lsan_unregister_root_region(from, whole);
	__asan_unpoison_memory_region(from, whole);
}
#else
static void memory_watch(uint8_t *from, size_t size_bytes, size_t whole)
{
	(void)from, (void)size_bytes, (void)whole;
}

static void memory_unwatch(void *from, size_t whole)
{
	(void)from, (void)whole;
}
#endif

#define PAGE_BYTES ((size_t)4096)
#define HUGE_BYTES ((size_t)2 * 1024 * 1024)

static _Atomic size_t memory_bytes;
static _Atomic bool memory_is_sealed;

/* memory_round gives what a take of size_bytes really occupies: whole pages, whole huge pages when it
   is large enough for one. */
static size_t memory_round(size_t size_bytes)
{
	size_t unit = size_bytes >= HUGE_BYTES ? HUGE_BYTES : PAGE_BYTES;
	if (size_bytes == 0)
		return PAGE_BYTES;
	if (size_bytes > SIZE_MAX / 4)
		return 0;
	return (size_bytes + unit - 1) / unit * unit;
}

_Noreturn static void memory_refuse(const char *what, size_t size_bytes, int error)
{
	log_write(LOG_LEVEL_ERROR, "memory",
		"%s: expected %zu bytes, found %s after %zu bytes were taken; give the machine "
		"more "
		"memory or lower the table's size in the site's file",
		what, size_bytes, strerror(error), memory_taken_bytes());
	exit(EXIT_FAILURE);
}

/* memory_map reserves whole bytes that begin at a multiple of unit. */
static uint8_t *memory_map(size_t whole, size_t unit)
{
	size_t extra = unit > PAGE_BYTES ? unit : 0;
	uint8_t *from = mmap(
		NULL, whole + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (from == MAP_FAILED)
		return NULL;
	if (extra == 0)
		return from;
	size_t lead = (unit - (uintptr_t)from % unit) % unit;
	if (lead > 0)
		munmap(from, lead);
	if (extra > lead)
		munmap(from + lead + whole, extra - lead);
	return from + lead;
}

/* memory_open maps what memory_round gives, and watches it. */
static uint8_t *memory_open(const char *what, size_t size_bytes)
{
	bool is_sealed = atomic_load_explicit(&memory_is_sealed, memory_order_relaxed);
	if (is_sealed)
		log_write(LOG_LEVEL_ERROR, "memory", "%s: %zu bytes asked for after memory_seal",
			what, size_bytes);
	CHECK(!is_sealed);
	size_t whole = memory_round(size_bytes);
	if (whole == 0)
		memory_refuse(what, size_bytes, ENOMEM);
	uint8_t *from = memory_map(whole, whole >= HUGE_BYTES ? HUGE_BYTES : PAGE_BYTES);
	if (from == NULL)
		memory_refuse(what, size_bytes, errno);
	atomic_fetch_add_explicit(&memory_bytes, whole, memory_order_relaxed);
	memory_watch(from, size_bytes, whole);
	return from;
}

void *memory_take(const char *what, size_t size_bytes)
{
	return memory_take_part(what, size_bytes, size_bytes);
}

/* Whole pages. */
struct pages {
	uint8_t *from;
	size_t size_bytes;
};

/* The whole pages that some bytes lie on. */
static struct pages pages_of(void *from, size_t size_bytes)
{
	uintptr_t at = (uintptr_t)from, first = at / PAGE_BYTES * PAGE_BYTES;
	size_t whole = (at + size_bytes - first + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	return (struct pages){(uint8_t *)from - (at - first), size_bytes > 0 ? whole : 0};
}

/* pages_ask advises huge pages where there is room for one, and asks for all of them. */
static void pages_ask(
	const char *what, struct pages pages, int (*make)(void *from, size_t size_bytes))
{
	if (pages.size_bytes >= HUGE_BYTES)
		madvise(pages.from, pages.size_bytes,
			MADV_HUGEPAGE); /* small pages serve as well */
	int refused = make(pages.from, pages.size_bytes);
	if (refused != 0)
		memory_refuse(what, pages.size_bytes, refused);
}

static void pages_make(const char *what, struct pages pages)
{
	pages_ask(what, pages, pages.size_bytes >= HUGE_BYTES ? aside_make_huge : aside_make);
}

void *memory_take_part(const char *what, size_t size_bytes, size_t part_bytes)
{
	CHECK(part_bytes <= size_bytes);
	uint8_t *from = memory_open(what, size_bytes);
	pages_make(what, (struct pages){from, memory_round(part_bytes)});
	return from;
}

void memory_make(const char *what, void *from, size_t size_bytes)
{
	pages_make(what, pages_of(from, size_bytes));
}

void memory_make_later(const char *what, void *from, size_t size_bytes)
{
	pages_ask(what, pages_of(from, size_bytes), aside_make_later);
}

void *memory_reserve(const char *what, size_t size_bytes)
{
	return memory_open(what, size_bytes);
}

void memory_return(void *memory, size_t size_bytes)
{
	if (memory == NULL)
		return;
	size_t whole = memory_round(size_bytes);
	memory_settle();
	aside_drop(memory, whole);
	memory_unwatch(memory, whole);
	CHECK(munmap(memory, whole) == 0);
	size_t before = atomic_fetch_sub_explicit(&memory_bytes, whole, memory_order_relaxed);
	CHECK(before >= whole);
}

void memory_settle(void)
{
	int refused = aside_settle();
	if (refused != 0)
		memory_refuse("tables", memory_taken_bytes(), refused);
}

void memory_seal(void)
{
	int refused = aside_end();
	if (refused != 0)
		memory_refuse("tables", memory_taken_bytes(), refused);
	atomic_store_explicit(&memory_is_sealed, true, memory_order_relaxed);
}

size_t memory_taken_bytes(void)
{
	return atomic_load_explicit(&memory_bytes, memory_order_relaxed);
}
