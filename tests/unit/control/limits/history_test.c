/* history_test.c - files of loads kept beside the journal: when, which words, how many, and what lies there already. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/limits/history.h"
#include "drivers/machine/log.h"

static char directory[64];
static struct history history;
static struct limits_page page;
static struct limitset set;
static struct site_config site;

static int begin(void **state)
{
	(void)state;
	log_set_floor(LOG_LEVEL_COUNT);
	snprintf(directory, sizeof directory, "/dev/shm/sluice-history-XXXXXX");
	assert_non_null(mkdtemp(directory));
	memset(&page, 0, sizeof page);
	memset(&set, 0, sizeof set);
	history_open(&history, directory);
	return 0;
}

static int end(void **state)
{
	(void)state;
	char command[128];
	history_close(&history);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return system(command);
}

static void work(void)
{
	do {
		history_turn(&history, &page);
		if (history.working != NULL)
			reading_wait(history.working);
	} while (history.working != NULL);
}

/* A load that was given to the gate; its text is as long as is said. */
static void offer(uint64_t hash, const char *because, size_t size)
{
	char *text = malloc(size + 1);
	memset(text, 'x', size);
	text[size] = '\0';
	struct reading *reading = reading_copy(NULL, text);
	free(text);
	set.hash[0] = hash;
	history_offer(&history, reading, &set, history_words(&site, &set, "load", because));
	reading_end(reading);
}

static void in_force(uint32_t epoch, uint64_t hash)
{
	page.now = (struct limit_epoch_record){.epoch = epoch, .hash = {hash, 0}};
	if (epoch > page.taken)
		page.taken = epoch;
	work();
}

static bool file_is_there(uint32_t epoch)
{
	struct stat facts;
	char path[HISTORY_PATH_BYTES];
	history_path(&history, epoch, path);
	return stat(path, &facts) == 0;
}

static const char *because_of(uint32_t epoch)
{
	const struct held_load *held = history_find(&history, epoch);
	assert_non_null(held);
	return json_string_value(json_object_get(held->words, "because"));
}

static void holds(const char *list)
{
	char text[HISTORY_LIST_BYTES];
	history_list(&history, text);
	assert_string_equal(text, list);
}

static void every_file_that_is_held_is_listed_however_many_there_are(void **state)
{
	(void)state;
	static struct history full;
	char text[HISTORY_LIST_BYTES], last[24];
	for (uint32_t gap = 1; gap <= 2; gap++) {
		full.held_count = HISTORY_COUNT_MAX;
		/* Pairs, and each by itself. */
		for (uint32_t i = 0; i < HISTORY_COUNT_MAX; i++)
			full.held[i].epoch = UINT32_MAX - 400 + (gap == 2 ? 2 * i : i + i / 2);
		history_list(&full, text);
		snprintf(last, sizeof last, "%u", full.held[HISTORY_COUNT_MAX - 1].epoch);
		assert_true(strlen(text) + 1 < sizeof text);
		assert_string_equal(text + strlen(text) - strlen(last), last);
	}
}

static void a_file_is_held_when_its_hash_is_in_force_and_not_before(void **state)
{
	(void)state;
	offer(11, "one", 100);
	work(); /* nothing is in force */
	holds("none");
	in_force(1, 12); /* others are */
	holds("none");
	in_force(2, 11);
	holds("2");
	assert_true(file_is_there(2));
	assert_string_equal(because_of(2), "one");
	assert_int_equal(history_find(&history, 2)->hash[0], 11);
	assert_null(history_find(&history, 1));
}

/* Loaded, replaced, loaded again with other words: each epoch has its own. */
static void the_words_of_an_epoch_are_those_of_its_load(void **state)
{
	(void)state;
	offer(11, "one", 100);
	in_force(1, 11);
	offer(12, "two", 100);
	in_force(2, 12);
	offer(11, "again", 100);
	in_force(3, 11);
	holds("1 to 3");
	assert_string_equal(because_of(1), "one");
	assert_string_equal(because_of(3), "again");
	/* A term that ended: what returned has its words still. */
	in_force(2, 12);
	assert_string_equal(because_of(2), "two");
}

static void what_is_held_is_found_again_by_the_next_start(void **state)
{
	(void)state;
	offer(11, "one \"quoted\"", 100);
	in_force(7, 11);
	history_close(&history);
	history_open(&history, directory);
	holds("7");
	assert_string_equal(because_of(7), "one \"quoted\"");
	assert_int_equal(history_find(&history, 7)->hash[0], 11);
	/* At that start nobody knows its words: the file keeps them. */
	set.hash[0] = 11;
	offer(11, NULL, 100);
	in_force(7, 11);
	assert_string_equal(because_of(7), "one \"quoted\"");
}

static void files_of_others_are_left_where_they_are(void **state)
{
	(void)state;
	static const char *const names[] = {"epoch-0.yaml", "epoch-3.yaml", "epoch-4.yaml",
		"epoch-5.yaml.new", "epoch-06.yaml", "epoch-x.yaml", "notes"};
	static const char *const texts[] = {"# {\"hash\":\"00000000000000000000000000000001\"}\n",
		"version: 1\n", "# {\"hash\":\"zz\"}\n",
		"# {\"hash\":\"00000000000000000000000000000001\"}\n",
		"# {\"hash\":\"00000000000000000000000000000001\"}\n", "", ""};
	char path[256];
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		snprintf(path, sizeof path, "%s/limits.history/%s", directory, names[i]);
		FILE *file = fopen(path, "we");
		assert_non_null(file);
		fputs(texts[i], file);
		fclose(file);
	}
	history_close(&history);
	history_open(&history, directory);
	holds("none");
	assert_int_equal(access(path, R_OK), 0);
}

static void the_oldest_goes_where_there_is_no_room(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= HISTORY_COUNT_MAX + 2; i++) {
		offer(i, "many", 10);
		in_force(i, i);
	}
	holds("3 to 66");
	assert_false(file_is_there(1));
	assert_false(file_is_there(2));
	assert_true(file_is_there(3));
	/* What takes the place of a file of the same epoch needs none. */
	offer(100, "other", 10);
	in_force(66, 100);
	holds("3 to 66");
	assert_string_equal(because_of(66), "other");
	/* By bytes: the newest is held whatever its size. */
	history.bytes_max = 1000;
	offer(67, "large", 800);
	in_force(67, 67);
	assert_string_equal(because_of(67), "large");
	offer(68, "larger", 5000);
	in_force(68, 68);
	holds("68");
	assert_false(file_is_there(67));
}

/* The journal was taken away and another begun: its epochs count from 1. */
/* Another cut of the same limits between gates is an epoch, and no load. */
static void a_load_that_is_cut_anew_is_held_once(void **state)
{
	(void)state;
	offer(11, "first", 10);
	in_force(3, 11);
	for (uint32_t epoch = 4; epoch < 4 + 2 * HISTORY_COUNT_MAX; epoch++)
		in_force(epoch, 11);
	holds("3");
	/* So after a start of control. */
	history_close(&history);
	history_open(&history, directory);
	offer(11, "start", 10);
	in_force(200, 11);
	holds("3");
	/* What another load was in force between is loaded anew. */
	offer(13, "second", 10);
	in_force(203, 13);
	offer(11, "third", 10);
	in_force(204, 11);
	holds("3, 203 to 204");
	assert_ptr_equal(
		history_find_load(&history, 3, 202, history.held[0].hash), &history.held[0]);
	assert_ptr_equal(
		history_find_load(&history, 204, 300, history.held[0].hash), &history.held[2]);
	assert_null(history_find_load(&history, 4, 202, history.held[0].hash));
}

/* A term that is over, given up or replaced by its own file for good: what comes then is a load with words of its own. */
static void a_load_of_the_file_whose_trial_ended_is_held(void **state)
{
	(void)state;
	offer(11, "as it was", 10);
	in_force(1, 11);
	offer(12, "a trial", 10);
	in_force(2, 12);
	page.ended = (struct limit_end_record){.epoch = 2, .again = 1, .why = LIMITS_UNDONE};
	in_force(1, 11);
	offer(12, "for good", 10);
	in_force(3, 12);
	holds("1 to 3");
	assert_string_equal(because_of(3), "for good");
	/* Cut anew it is of that load still, and so when another trial has ended since. */
	in_force(4, 12);
	page.ended = (struct limit_end_record){.epoch = 9, .again = 4, .why = LIMITS_UNCONFIRMED};
	in_force(10, 12);
	holds("1 to 3");
}

static void a_trial_that_was_confirmed_is_one_load_and_one_that_was_replaced_is_not(void **state)
{
	(void)state;
	offer(12, "a trial", 10);
	in_force(2, 12);
	page.ended = (struct limit_end_record){.epoch = 2, .why = LIMITS_CONFIRMED};
	in_force(3, 12);
	holds("2");
	offer(13, "another", 10);
	in_force(4, 13);
	page.ended = (struct limit_end_record){.epoch = 4, .why = LIMITS_REPLACED};
	offer(13, "for good", 10);
	in_force(5, 13);
	holds("2, 4 to 5");
}

static void loads_of_another_journal_are_held_no_more(void **state)
{
	(void)state;
	offer(11, "old", 10);
	in_force(1, 11);
	offer(12, "old", 10);
	in_force(2, 12);
	offer(13, "new", 10);
	page.taken = 1;
	in_force(1, 13);
	holds("1");
	assert_string_equal(because_of(1), "new");
	assert_false(file_is_there(2));
}

static void what_cannot_be_written_is_not_held_and_not_tried_for_ever(void **state)
{
	(void)state;
	snprintf(history.directory, sizeof history.directory, "/nowhere");
	offer(11, "one", 10);
	in_force(1, 11);
	holds("none");
	assert_int_equal(history.failed_epoch, 1);
	history_turn(&history, &page);
	assert_null(history.working);
	history_close(&history);
	history_open(&history, "/nowhere");
	holds("none");
}

static void gaps_are_told_as_gaps(void **state)
{
	(void)state;
	static const uint32_t epochs[] = {3, 5, 6, 7, 9};
	for (size_t i = 0; i < ARRAY_COUNT(epochs); i++) {
		offer(epochs[i], "x", 10);
		in_force(epochs[i], epochs[i]);
	}
	holds("3, 5 to 7, 9");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		ONE(a_file_is_held_when_its_hash_is_in_force_and_not_before),
		ONE(every_file_that_is_held_is_listed_however_many_there_are),
		ONE(the_words_of_an_epoch_are_those_of_its_load),
		ONE(what_is_held_is_found_again_by_the_next_start),
		ONE(files_of_others_are_left_where_they_are),
		ONE(the_oldest_goes_where_there_is_no_room),
		ONE(a_load_that_is_cut_anew_is_held_once),
		ONE(a_load_of_the_file_whose_trial_ended_is_held),
		ONE(a_trial_that_was_confirmed_is_one_load_and_one_that_was_replaced_is_not),
		ONE(loads_of_another_journal_are_held_no_more),
		ONE(what_cannot_be_written_is_not_held_and_not_tried_for_ever),
		ONE(gaps_are_told_as_gaps),
	};
	return !!cmocka_run_group_tests_name("unit.control.limits.history", tests, NULL, NULL);
}
