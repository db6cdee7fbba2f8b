/* participants_test.c - counts of participants, against asking every one of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "dataplane/feed/participants.h"

enum { SYMBOL_COUNT = 3, MPID_COUNT = 40 };

static struct participants participants;
static struct participant_facts facts[SYMBOL_COUNT];

static int open_all(void **state)
{
	(void)state;
	memset(facts, 0, sizeof facts);
	participants_init(&participants, SYMBOL_COUNT);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	participants_return(&participants);
	return 0;
}

static void say(uint32_t symbol, uint32_t mpid, char primary, char state)
{
	struct participant_position position = {
		.primary = (uint8_t)primary, .mode = 'N', .state = (uint8_t)state};
	char name[16];
	snprintf(name, sizeof name, "P%03u", mpid);
	memcpy(position.mpid, name, 4);
	participants_note(&participants, symbol, &position, &facts[symbol]);
}

static void each_word_moves_a_participant_from_count_to_count(void **state)
{
	(void)state;
	say(0, 1, 'Y', 'A');
	say(0, 2, 'N', 'A');
	assert_int_equal(facts[0].active, 2);
	assert_int_equal(facts[0].primary, 1);
	say(0, 1, 'Y', 'E');
	assert_int_equal(facts[0].active, 1);
	assert_int_equal(facts[0].excused, 1);
	assert_int_equal(facts[0].primary, 0);
	say(0, 1, 'N', 'A');
	say(0, 2, 'N', 'D');
	assert_int_equal(facts[0].active, 1);
	assert_int_equal(facts[0].excused, 0);
	assert_int_equal(facts[0].primary, 0);
	assert_memory_equal(facts[0].last_mpid, "P002", 4);
	assert_int_equal(facts[0].last_state, 'D');
	assert_int_equal(facts[0].last_mode, 'N');
}

static void no_room_is_counted_and_breaks_nothing(void **state)
{
	(void)state;
	uint32_t room = participants.mask + 1;
	for (uint32_t i = 0; i < room; i++)
		say(i % SYMBOL_COUNT, i / SYMBOL_COUNT, 'N', 'W');
	uint32_t kept = 0, not_kept = 0;
	for (uint32_t i = 0; i < SYMBOL_COUNT; i++) {
		kept += facts[i].withdrawn;
		not_kept += facts[i].not_kept;
	}
	assert_int_equal(kept + not_kept, room);
	assert_true(not_kept > 0 && kept >= room - room / 8 - 1);
	/* Those with room still change. */
	say(0, 0, 'N', 'S');
	assert_int_equal(facts[0].suspended, 1);
}

static void any_words_agree_with_asking_everyone(void **state)
{
	(void)state;
	static char last[SYMBOL_COUNT][MPID_COUNT];
	static bool is_primary[SYMBOL_COUNT][MPID_COUNT];
	uint64_t seed = 3;
	for (uint32_t step = 0; step < 20000; step++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint32_t dice = (uint32_t)(seed >> 33), symbol = dice % SYMBOL_COUNT;
		uint32_t mpid = dice / 8 % MPID_COUNT;
		if (dice % 997 == 0) {
			participants_forget(&participants, symbol);
			memset(&facts[symbol], 0, sizeof facts[symbol]);
			memset(last[symbol], 0, sizeof last[symbol]);
			continue;
		}
		last[symbol][mpid] = "AEWSD"[dice / 512 % 5];
		is_primary[symbol][mpid] = dice / 4096 % 2 != 0;
		say(symbol, mpid, is_primary[symbol][mpid] ? 'Y' : 'N', last[symbol][mpid]);
		uint32_t found[128] = {0}, primary = 0;
		for (uint32_t i = 0; i < MPID_COUNT; i++) {
			found[(uint8_t)last[symbol][i]]++;
			primary += last[symbol][i] == 'A' && is_primary[symbol][i];
		}
		assert_int_equal(facts[symbol].active, found['A']);
		assert_int_equal(facts[symbol].excused, found['E']);
		assert_int_equal(facts[symbol].withdrawn, found['W']);
		assert_int_equal(facts[symbol].suspended, found['S']);
		assert_int_equal(facts[symbol].primary, primary);
		assert_int_equal(facts[symbol].not_kept, 0);
	}
}

static void the_table_grows_with_the_site_up_to_its_bound(void **state)
{
	(void)state;
	struct participants many;
	participants_init(&many, SYMBOL_COUNT_MAX);
	assert_int_equal(many.mask + 1, PARTICIPANT_SLOT_COUNT_MAX);
	participants_return(&many);
	participants_init(&many, 0);
	assert_int_equal(many.mask + 1, PARTICIPANTS_PER_SYMBOL);
	participants_return(&many);
}

#define PARTICIPANTS_TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PARTICIPANTS_TEST(each_word_moves_a_participant_from_count_to_count),
		PARTICIPANTS_TEST(no_room_is_counted_and_breaks_nothing),
		PARTICIPANTS_TEST(any_words_agree_with_asking_everyone),
		PARTICIPANTS_TEST(the_table_grows_with_the_site_up_to_its_bound),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.feed.participants", tests, NULL, NULL);
}
