/* base.h - the few words every floor speaks: checks, saturating money, byte order.

   CHECK is for our own bugs only and is always on: it prints where and what, and stops the
   process, because a gate that no longer knows its own state must not trade.  Other people's data
   is never CHECKed: it gets a verdict and a counter.

   Errors     the saturating functions cannot fail; a result that does not fit becomes INT64_MAX
              or INT64_MIN, which every limit treats as a breach. */
#ifndef SLUICE_CONFIG_BASE_H
#define SLUICE_CONFIG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CACHE_LINE_BYTES   64
/* Words of a reader and of a writer stand this far apart: two lines, for the pair prefetcher. */
#define SHARED_ALIGN_BYTES 128

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIKELY(x)      __builtin_expect(!!(x), 1)
#define UNLIKELY(x)    __builtin_expect(!!(x), 0)
/* APART keeps a function out of its callers: what comes seldom takes no room among what comes with every order. */
#define APART          __attribute__((noinline))

/* base_ask asks for a line of memory that is written soon.  A compiler that sees across files finds a function which does
   nothing but __builtin_prefetch without effect, and leaves out its call: gcc 12 did. */
static inline void base_ask(const void *address)
{
	__asm__ volatile("prefetcht0 %0" : : "m"(*(const char *)address));
}

/* CHECK stops the process if what must hold does not: our bug, never the outside world's. */
#define CHECK(truth)                                                                               \
	do {                                                                                       \
		if (UNLIKELY(!(truth)))                                                            \
			base_check_failed(__FILE__, __LINE__, #truth);                             \
	} while (0)

/* base_check_failed writes one line to standard error and aborts. */
_Noreturn void base_check_failed(const char *file, int line, const char *truth);

/* Saturating arithmetic: what does not fit becomes the nearest end of the range. */
static inline int64_t saturating_add(int64_t a, int64_t b)
{
	int64_t sum;
	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static inline int64_t saturating_subtract(int64_t a, int64_t b)
{
	int64_t difference;
	if (__builtin_sub_overflow(a, b, &difference))
		return b < 0 ? INT64_MAX : INT64_MIN;
	return difference;
}

static inline int64_t saturating_multiply(int64_t a, int64_t b)
{
	int64_t product;
	if (__builtin_mul_overflow(a, b, &product))
		return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
	return product;
}

/* Big-endian loads and stores at any alignment, as the exchange's wire has them. */
static inline uint16_t load_be16(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof v);
	return __builtin_bswap16(v);
}

static inline uint32_t load_be32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return __builtin_bswap32(v);
}

static inline uint64_t load_be64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return __builtin_bswap64(v);
}

/* load_be48 reads exactly six bytes. */
static inline uint64_t load_be48(const uint8_t *p)
{
	return (uint64_t)load_be16(p) << 32 | load_be32(p + 2);
}

static inline void store_be16(uint8_t *p, uint16_t v)
{
	v = __builtin_bswap16(v);
	memcpy(p, &v, sizeof v);
}

static inline void store_be32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof v);
}

static inline void store_be64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, sizeof v);
}

static inline void store_be48(uint8_t *p, uint64_t v)
{
	store_be16(p, (uint16_t)(v >> 32));
	store_be32(p + 2, (uint32_t)v);
}

#endif
