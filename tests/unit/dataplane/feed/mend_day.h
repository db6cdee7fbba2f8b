/* mend_day.h - one day of a channel that loses things, for the tests of mend.

   Owner      the test that includes it: everything is its own. */
#ifndef SLUICE_TESTS_MEND_DAY_H
#define SLUICE_TESTS_MEND_DAY_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "dataplane/feed/mend.h"
#include "tests/support/venue_rig.h"

enum { DAY_COUNT = 900, A = 0, B = 1 };
#define MS_NS      UINT64_C(1000000)
#define SILENCE_NS (100 * MS_NS)

static struct feed_rig *rig;
static struct venue_rig *venue;
static const struct channel_state *page;

/* A day of adds of AAPL, each a tick better than the one before: the bid tells how far we are, and its depth
   that nothing is missing. */
static inline int day_open(feed_rig_edit *edit)
{
	rig = feed_rig_open_edited("", 1, edit);
	venue = venue_rig_open(rig);
	page = &rig->market->channels[0];
	for (uint32_t i = 1; i <= DAY_COUNT; i++)
		feed_rig_add(rig, 1, i, SIDE_BUY, 100, (int64_t)i * 100);
	return 0;
}

static inline void edit_plain(struct site_config *site)
{
	site->channels[0].max_silence_ns = SILENCE_NS;
	site->channels[0].is_session_adopted = 1;
	site->channels[0].recovery = venue_rig_recovery;
}

static inline void edit_asks_only(struct site_config *site)
{
	edit_plain(site);
	site->channels[0].recovery.has_snapshot = 0;
}

static inline void edit_spins_only(struct site_config *site)
{
	edit_plain(site);
	site->channels[0].recovery.has_requests = 0;
}

static inline void edit_tries_again(struct site_config *site)
{
	edit_plain(site);
	site->channels[0].recovery.again_ns = 1000 * MS_NS;
}

static inline void edit_refuses(struct site_config *site)
{
	edit_plain(site);
	site->channels[0].is_session_adopted = 0;
}

static inline void edit_refuses_alone(struct site_config *site)
{
	edit_refuses(site);
	site->channels[0].recovery.has_requests = site->channels[0].recovery.has_snapshot = 0;
}

static inline int open_plain(void **state)
{
	(void)state;
	return day_open(edit_plain);
}

static inline int open_asks_only(void **state)
{
	(void)state;
	return day_open(edit_asks_only);
}

static inline int open_spins_only(void **state)
{
	(void)state;
	return day_open(edit_spins_only);
}

static inline int open_tries_again(void **state)
{
	(void)state;
	return day_open(edit_tries_again);
}

static inline int open_refuses(void **state)
{
	(void)state;
	return day_open(edit_refuses);
}

static inline int open_refuses_alone(void **state)
{
	(void)state;
	return day_open(edit_refuses_alone);
}

static inline int day_close(void **state)
{
	(void)state;
	venue_rig_close(venue);
	feed_rig_close(rig);
	return 0;
}

static inline void publish(uint32_t line, uint64_t first, uint32_t count)
{
	feed_rig_send(rig, line, first, count);
	if (first + count - 1 > venue->published)
		venue->published = first + count - 1;
}

/* lose publishes without sending. */
static inline void lose(uint64_t until)
{
	venue->published = until;
}

static inline void pass(uint64_t ms)
{
	for (uint64_t i = 0; i < ms; i++) {
		rig->now_ns += MS_NS;
		venue_rig_poll(venue);
	}
}

/* settle passes time, at the end of which the venue says that nothing is missing. */
static inline void settle(uint64_t ms)
{
	pass(ms);
	feed_rig_control(rig, A, venue->published + 1, MOLD64_HEARTBEAT);
	pass(1);
}

static inline bool is_stale(void)
{
	bool is_marked = feed_rig_top(rig, FEED_RIG_AAPL).stale != 0;
	assert_int_equal(is_marked, page->stale_since_ns != 0);
	assert_int_equal(is_marked, page->stale_reasons != 0);
	return is_marked;
}

/* is_exact tells whether the books hold messages 1 .. last and nothing is missing. */
static inline bool is_exact(uint64_t last)
{
	return feed_rig_top(rig, FEED_RIG_AAPL).bid_e4 == (int64_t)last * 100 &&
	       page->next_sequence == last + 1 &&
	       feed_rig_metric(rig, METRIC_feed_book_orders) == last && !is_stale() &&
	       page->recovery == RECOVERY_NONE && page->gap_count == 0;
}

#define PLAIN_TEST(name) cmocka_unit_test_setup_teardown(name, open_plain, day_close)

#endif
