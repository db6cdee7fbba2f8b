/* news_test.c - what becomes of a channel is told once, when it does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>

#include "control/health/news.h"
#include "dataplane/shm/word.h"
#include "drivers/machine/log.h"

#define MS_NS UINT64_C(1000000)

static struct site_config site;
static struct plane plane;
static struct market_region *market;
static struct channel_state *channel;
static struct news news;
static uint64_t now_ns;

static int pages_open(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	market = mmap(
		NULL, sizeof *market, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	site = (struct site_config){.channel_count = 1};
	site.channels[0] = (struct channel_config){
		.name = "itch", .line_count = 2, .max_silence_ns = 100 * MS_NS};
	plane = (struct plane){
		.site = &site, .market = market, .is_attached = true, .attach_count = 1};
	memset(&news, 0, sizeof news);
	channel = &market->channels[0];
	now_ns = 1000 * MS_NS;
	return market == MAP_FAILED;
}

static int pages_close(void **state)
{
	(void)state;
	return munmap(market, sizeof *market);
}

/* A turn 20 ms later, in which lines that are heard speak. */
static uint32_t turn(void)
{
	now_ns += 20 * MS_NS;
	return news_turn(&news, &plane, now_ns);
}

static void stale(uint64_t reasons)
{
	word_set(&channel->stale_reasons, reasons);
	word_set(&channel->stale_since_ns, reasons == 0 ? 0 : now_ns);
}

static void stale_and_whole_again_are_told_once_each(void **state)
{
	(void)state;
	assert_int_equal(turn(), 0);
	stale(STALE_GAP);
	assert_int_equal(turn(), NEWS_STALE);
	assert_int_equal(turn(), 0);
	word_set(&channel->stale_reasons, STALE_GAP | STALE_SILENT); /* worse */
	assert_int_equal(turn(), NEWS_STALE);
	word_set(&channel->stale_reasons, STALE_GAP);
	assert_int_equal(turn(), 0);
	word_set(&channel->recoveries, 1);
	stale(0);
	assert_int_equal(turn(), NEWS_WHOLE | NEWS_CLOSED);
	assert_int_equal(turn(), 0);
}

static void a_gap_that_nobody_saw_open_is_told_when_it_has_closed(void **state)
{
	(void)state;
	assert_int_equal(turn(), 0);
	word_set(&channel->recoveries, 1);
	assert_int_equal(turn(), NEWS_CLOSED);
	assert_int_equal(turn(), 0);
}

static void what_is_given_up_is_told(void **state)
{
	(void)state;
	turn();
	stale(STALE_GAP);
	word_set(&channel->lost, 5);
	assert_int_equal(turn(), NEWS_STALE | NEWS_GIVEN_UP);
	assert_int_equal(turn(), 0);
	word_set(&channel->lost, 6);
	assert_int_equal(turn(), NEWS_GIVEN_UP);
}

static void what_was_before_control_came_is_no_news_but_what_stands_is(void **state)
{
	(void)state;
	word_set(&channel->lost, 5);
	word_set(&channel->recoveries, 7);
	word_set(&channel->session_changes, 1);
	stale(STALE_ENDED);
	assert_int_equal(turn(), NEWS_STALE);
	plane.attach_count = 2; /* another dataplane */
	assert_int_equal(turn(), NEWS_STALE);
	plane.is_attached = false;
	word_set(&channel->lost, 6);
	assert_int_equal(turn(), 0);
}

static void sessions_are_told(void **state)
{
	(void)state;
	turn();
	word_set(&channel->refused_session[0], 1);
	word_set(&channel->refused_ns, now_ns);
	assert_int_equal(turn(), NEWS_REFUSED);
	word_set(&channel->refused_ns, now_ns);
	assert_int_equal(turn(), 0); /* the same one */
	word_set(&channel->refused_session[1], 1);
	assert_int_equal(turn(), NEWS_REFUSED);
	word_set(&channel->session_changes, 1);
	word_set(&channel->refused_ns, 0);
	assert_int_equal(turn(), NEWS_SESSION);
}

static void a_line_that_falls_silent_is_told_while_the_other_carries_on(void **state)
{
	(void)state;
	word_set(&channel->heard_ns, now_ns);
	word_set(&channel->lines[0].heard_ns, now_ns + 20 * MS_NS);
	assert_int_equal(turn(), 0); /* B was never heard: a start is no news */
	word_set(&channel->lines[1].heard_ns, now_ns);
	now_ns += 120 * MS_NS;
	word_set(&channel->lines[0].heard_ns, now_ns);
	assert_int_equal(turn(), NEWS_SILENT);
	assert_int_equal(turn(), 0);
	word_set(&channel->lines[1].heard_ns, now_ns);
	assert_int_equal(turn(), NEWS_HEARD);
	/* Both: that is the channel's. */
	now_ns += 300 * MS_NS;
	stale(STALE_SILENT);
	assert_int_equal(turn(), NEWS_STALE);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, pages_open, pages_close)
	const struct CMUnitTest tests[] = {
		ONE(stale_and_whole_again_are_told_once_each),
		ONE(a_gap_that_nobody_saw_open_is_told_when_it_has_closed),
		ONE(what_is_given_up_is_told),
		ONE(what_was_before_control_came_is_no_news_but_what_stands_is),
		ONE(sessions_are_told),
		ONE(a_line_that_falls_silent_is_told_while_the_other_carries_on),
	};
	return !!cmocka_run_group_tests_name("unit.control.health.news", tests, NULL, NULL);
}
