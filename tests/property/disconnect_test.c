/* A long conversation, broken after every byte of either direction at either side: states are equal or uncertain,
   never wrong, nothing is sent twice, and every message is heard once.

   Orders rest, trade, are replaced, cancelled, cross with fills, and are killed in mass.  The conversation is
   held over and over, and each time one connection of the gate's ends one byte later: by a reset, by a
   silence that nobody learns of, or by the death of the whole process in the middle of its turn.

   Strategies and venue speak OUCH 5.0 first; then each of the other fifteen pairs of what either may speak, a sentence of its
   own, every SLUICE_SPEECH_STRIDE-th byte.

   Every SLUICE_DISCONNECT_STRIDE-th byte is tried (1: all of them), and every SLUICE_DEATH_STRIDE-th for deaths,
   beginning at a place that the way chooses;
   SLUICE_DISCONNECT=talker:way:how:byte holds one conversation alone (how: reset, silence, death, flush); behind it
   may stand :strategies:venue, what they speak.
   SLUICE_DISCONNECT_SENTENCES='*_venue_of_FIX44_*': only the sentences that fit.
   SLUICE_DISCONNECT_STORMS: so many conversations whose connections break by a seed, many times each;
   SLUICE_SPEECH_STORMS: so many for each other pair.
   rooms: tools_exchange dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/conversation.h"

enum { STEPS = 17, CONVERSATIONS_PER_GATE = 150, GATE = TALKER_COUNT };

enum how { BY_RESET, BY_SILENCE, BY_DEATH, BY_DEATH_AFTER_SENDING, HOW_COUNT };

static const char *const hows[HOW_COUNT] = {"reset", "silence", "death", "flush"};
/* What is spoken. */
struct speech {
	enum order_protocol strategies, venue;
};

static const struct speech ouch50_alone = {ORDERS_OUCH50, ORDERS_OUCH50};
static const char *const words[] = {[ORDERS_OUCH50] = "ouch50",
	[ORDERS_OUCH42] = "ouch42",
	[ORDERS_FIX42] = "fix42",
	[ORDERS_FIX44] = "fix44"};
static struct speech spoken;

static const uint64_t ms_ns = 1000000;
static const struct stream_fault_rates no_faults = {.seed = 1};

static void burst(struct conversation *talk)
{
	struct talker *one = &talk->talkers[0];
	uint32_t refs[5];
	for (uint32_t i = 0; i < 5; i++)
		refs[i] = talker_enter(one, i % 2 == 0 ? 'B' : 'S', 10 + i,
			i % 2 == 0 ? 1625000 + 100 * i : 1634000 - 100 * i, '0');
	talker_replace(one, refs[0], 25, 1625500);
	talker_replace(one, refs[0], 26, 1625600); /* one change at a time: refused */
	talker_cancel(one, refs[1], 0);
	talker_cancel(one, refs[2], 5);
}

/* The first half: orders rest, trade in part, are replaced and cancelled, and cross. */
static void step_early(struct conversation *talk, uint32_t number)
{
	struct talker *one = &talk->talkers[0], *two = &talk->talkers[1];
	uint32_t r = one->base_ref, q = two->base_ref;
	switch (number) {
	case 0:
		talker_enter(one, 'B', 100, 1629000, '0'); /* r + 1 */
		break;
	case 1:
		talker_enter(one, 'B', 200, 1628000, '0'); /* r + 2 */
		talker_enter(one, 'S', 60, 1633000, '0');  /* r + 3 */
		break;
	case 2:
		talker_enter(two, 'B', 300, 1627000, '0'); /* q + 1 */
		talker_enter(two, 'S', 40, 1634000, '0');  /* q + 2 */
		break;
	case 3: /* a part of r + 1 */
		conversation_make(talk, 'S', 40, 1629000, '3');
		break;
	case 4:
		talker_replace(one, r + 1, 150, 1629500); /* r + 4 */
		break;
	case 5: /* a replace that crosses a fill of what it replaces */
		talker_replace(one, r + 4, 120, 1629200); /* r + 5 */
		conversation_make(talk, 'S', 30, 1629000, '3');
		break;
	case 6:
		talker_cancel(two, q + 1, 100);
		talker_cancel(one, r + 3, 0);
		break;
	case 7: /* a cancel that crosses a fill */
		talker_cancel(one, r + 2, 0);
		conversation_make(talk, 'S', 150, 1627900, '3');
		break;
	default:
		burst(talk); /* r + 6 .. r + 12 */
	}
}

/* The second: what is finished is touched again, and a kill. */
static void step_late(struct conversation *talk, uint32_t number)
{
	struct talker *one = &talk->talkers[0], *two = &talk->talkers[1];
	uint32_t r = one->base_ref, q = two->base_ref;
	switch (number) {
	case 9: /* takes a part at once, the rest goes */
		conversation_make(talk, 'S', 30, 1630000, '0');
		talker_enter(two, 'B', 50, 1630000, '3'); /* q + 3 */
		break;
	case 10: /* what is finished long ago is replaced and cancelled */
		talker_replace(one, r + 1, 99, 1629100);
		talker_cancel(one, r + 2, 0);
		break;
	case 11: /* a replace whose order is finished before it arrives */
		talker_replace(two, q + 2, 70, 1634500); /* q + 4 */
		conversation_make(talk, 'B', 60, 1634000, '3');
		break;
	case 12:
		conversation_kill(talk);
		break;
	case 13:
		talker_enter(one, 'B', 10, 1625000, '0'); /* refused */
		talker_enter(two, 'B', 10, 1625100, '0');
		break;
	case 14:
		conversation_release(talk);
		break;
	case 15:
		talker_enter(one, 'S', 77, 1633300, '0');
		talker_enter(one, 'B', 5, 1626000, '0');
		break;
	default: /* sells to who is still there, and cancels the rest */
		conversation_make(talk, 'S', 20, 1625000, '3');
		talker_cancel(one, one->ref, 0);
	}
}

/* step says what everybody says next; all of a step is under way at once. */
static void step(struct conversation *talk, uint32_t number)
{
	if (number <= 8)
		step_early(talk, number);
	else
		step_late(talk, number);
}

static void hold(struct conversation *talk, const struct stream_fault_cut *cut, enum how how)
{
	enum conversation_death death = how == BY_DEATH                 ? DEATH_LOSES_THE_QUEUE
					: how == BY_DEATH_AFTER_SENDING ? DEATH_SENDS_THE_QUEUE
									: LIFE_GOES_ON;
	conversation_begin(talk, &no_faults, cut, death);
	for (uint32_t i = 0; i < STEPS; i++) {
		step(talk, i);
		conversation_poll(talk, 30 * ms_ns);
		conversation_poll(talk, 30 * ms_ns);
	}
	conversation_settle(talk);
}

/* The bytes of a conversation that nothing breaks, by whose connection and way. */
static void measure(uint64_t bytes[GATE + 1][2])
{
	struct conversation *talk = conversation_open(spoken.strategies, spoken.venue);
	hold(talk, NULL, BY_RESET);
	for (uint32_t who = 0; who <= GATE; who++) {
		for (unsigned way = STREAM_FAULT_RX; way <= STREAM_FAULT_TX; way++)
			bytes[who][way] =
				conversation_passed(talk, who, (enum stream_fault_way)way);
	}
	assert_int_equal(conversation_end(talk), 0);
	assert_true(talk->orders >= 17);
	conversation_close(talk);
}

static struct stream_fault_cut cut_of(uint32_t who, unsigned way, enum how how, uint64_t byte)
{
	return (struct stream_fault_cut){.is_accepted = who != GATE,
		.skip = who == GATE ? 0 : who,
		.way = (uint8_t)way,
		.end = how == BY_SILENCE ? STREAM_FAULT_SILENCE : STREAM_FAULT_RESET,
		.after_bytes = byte};
}

static const char *now_at = ""; /* for who reads why it failed */

/* Returns how many orders stay uncertain. */
static uint32_t hold_broken(
	struct conversation *talk, uint32_t who, unsigned way, enum how how, uint64_t byte)
{
	static char place[64];
	snprintf(place, sizeof place, "%u:%u:%s:%llu:%s:%s", who, way, hows[how],
		(unsigned long long)byte, words[spoken.strategies], words[spoken.venue]);
	now_at = place;
	struct stream_fault_cut cut = cut_of(who, way, how, byte);
	hold(talk, &cut, how);
	uint32_t uncertain = conversation_end(talk);
	/* A venue of OUCH 4.2 cannot be asked; one of FIX does not lack what a process that died had not numbered. */
	assert_true(uncertain == 0 || spoken.venue == ORDERS_OUCH42 ||
		    (spoken.venue != ORDERS_OUCH50 && how >= BY_DEATH));
	return uncertain;
}

static int tell_where(void **state)
{
	(void)state;
	if (now_at[0] != '\0')
		print_message("the last conversation was SLUICE_DISCONNECT=%s\n", now_at);
	now_at = "";
	return 0;
}

/* Under a sanitizer everything takes ten times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWER = 29 };
#elif defined(__has_feature)
enum { SLOWER = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ? 29 : 1 };
#else
enum { SLOWER = 1 };
#endif

static uint64_t count_of(const char *name, uint64_t usual)
{
	const char *given = getenv(name);
	return given == NULL ? usual : strtoull(given, NULL, 10);
}

/* Every stride-th byte of everybody's both ways. */
static void hold_all(enum how how, uint64_t stride, uint64_t bytes[GATE + 1][2])
{
	uint64_t count = 0, orders = 0, uncertain = 0;
	struct conversation *talk = NULL;
	for (uint32_t who = 0; who <= GATE; who++) {
		for (unsigned way = STREAM_FAULT_RX; way <= STREAM_FAULT_TX; way++) {
			uint64_t first = (who * 2 + way) * 7 % stride;
			for (uint64_t byte = first; byte <= bytes[who][way]; byte += stride) {
				if (talk == NULL)
					talk = conversation_open(spoken.strategies, spoken.venue);
				uint32_t left = hold_broken(talk, who, way, how, byte);
				uncertain += left;
				if (++count % CONVERSATIONS_PER_GATE != 0 && left == 0)
					continue;
				orders += talk->orders;
				conversation_close(talk);
				talk = NULL;
			}
		}
	}
	if (talk != NULL) {
		orders += talk->orders;
		conversation_close(talk);
	}
	print_message("%s to %s by %s: %llu conversations, of %llu bytes with the venue, %llu "
		      "orders there, %llu left uncertain\n",
		words[spoken.strategies], words[spoken.venue], hows[how], (unsigned long long)count,
		(unsigned long long)(bytes[GATE][0] + bytes[GATE][1]), (unsigned long long)orders,
		(unsigned long long)uncertain);
	assert_true(count > 0 && orders > count * 5);
}

static void a_conversation_that_nothing_breaks_is_whole(void **state)
{
	uint64_t bytes[GATE + 1][2];
	(void)state;
	spoken = ouch50_alone;
	measure(bytes);
	assert_true(bytes[GATE][STREAM_FAULT_RX] > 1500 && bytes[GATE][STREAM_FAULT_TX] > 1000);
}

/* The same where nothing but OUCH 5.0 is spoken. */
static void hold_all_ouch50(enum how how, uint64_t stride)
{
	uint64_t bytes[GATE + 1][2];
	spoken = ouch50_alone;
	measure(bytes);
	hold_all(how, stride, bytes);
}

static void a_reset_at_any_byte_leaves_states_equal(void **state)
{
	(void)state;
	hold_all_ouch50(BY_RESET, count_of("SLUICE_DISCONNECT_STRIDE", SLOWER));
}

static void a_silence_at_any_byte_leaves_states_equal(void **state)
{
	(void)state;
	hold_all_ouch50(BY_SILENCE, count_of("SLUICE_DISCONNECT_STRIDE", 11 * SLOWER));
}

static void a_death_at_any_byte_leaves_states_equal(void **state)
{
	(void)state;
	hold_all_ouch50(BY_DEATH, count_of("SLUICE_DEATH_STRIDE", 251));
}

static void a_death_whose_last_bytes_still_leave_does_too(void **state)
{
	(void)state;
	hold_all_ouch50(BY_DEATH_AFTER_SENDING, count_of("SLUICE_DEATH_STRIDE", 257));
}

/* Connections break, go silent, stall and refuse by a seed, again and again, and now and then the process dies
   where one breaks.  Then the weather clears. */
static void hold_in_storm(struct conversation *talk, uint64_t seed)
{
	static char place[64];
	const struct stream_fault_rates storm = {.seed = seed,
		.split_ppm = 200000,
		.merge_ppm = 50000,
		.delay_ppm = 100000,
		.delay_polls = 6,
		.refuse_ppm = seed % 3 == 0 ? 20000 : 0,
		.reset_ppm = 15000,
		.silence_ppm = seed % 5 == 0 ? 5000 : 0};
	snprintf(place, sizeof place, "0:0:storm:%llu:%s:%s", (unsigned long long)seed,
		words[spoken.strategies], words[spoken.venue]);
	now_at = place;
	conversation_begin(talk, &storm, NULL, LIFE_GOES_ON);
	for (uint32_t i = 0; i < STEPS; i++) {
		if (seed % 4 == 0 && i % 6 == seed / 4 % 6)
			talk->death = seed % 8 == 0 ? DEATH_LOSES_THE_QUEUE : DEATH_SENDS_THE_QUEUE;
		step(talk, i);
		conversation_poll(talk, 30 * ms_ns);
		conversation_poll(talk, 30 * ms_ns);
	}
	talk->death = LIFE_GOES_ON;
	conversation_rates(talk, &no_faults);
	conversation_settle(talk);
	conversation_end(talk);
}

static void hold_storms(uint64_t count)
{
	uint64_t deaths = 0, orders = 0, seed = 1;
	while (seed <= count) {
		struct conversation *talk = conversation_open(spoken.strategies, spoken.venue);
		do
			hold_in_storm(talk, seed);
		while (++seed % CONVERSATIONS_PER_GATE != 0 && seed <= count);
		deaths += talk->deaths;
		orders += talk->orders;
		conversation_close(talk);
	}
	print_message("%s to %s: %llu storms, %llu deaths in them, %llu orders at the venue\n",
		words[spoken.strategies], words[spoken.venue], (unsigned long long)count,
		(unsigned long long)deaths, (unsigned long long)orders);
}

static void a_storm_leaves_states_equal(void **state)
{
	(void)state;
	spoken = ouch50_alone;
	hold_storms(count_of("SLUICE_DISCONNECT_STORMS", SLOWER == 1 ? 50 : 10));
}

/* The state is the pair. */
static void a_pair_ends_equal_or_uncertain(void **state)
{
	const struct speech *pair = *state;
	uint64_t stride = count_of("SLUICE_SPEECH_STRIDE", 1013 * SLOWER);
	uint64_t bytes[GATE + 1][2];
	spoken = *pair;
	measure(bytes);
	hold_all(BY_RESET, stride, bytes);
	hold_all(BY_SILENCE, 5 * stride, bytes);
	hold_all(BY_DEATH, 20 * stride, bytes);
	hold_all(BY_DEATH_AFTER_SENDING, 20 * stride, bytes);
	hold_storms(count_of("SLUICE_SPEECH_STORMS", SLOWER == 1 ? 6 : 2));
}

static enum order_protocol protocol_of(const char *word)
{
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++)
		if (strcmp(word, words[i]) == 0)
			return (enum order_protocol)i;
	return ORDERS_OUCH50;
}

/* SLUICE_DISCONNECT=talker:way:how:byte[:strategies:venue], or 0:0:storm:seed */
static void one_conversation(const char *place)
{
	char name[16], strategies[16] = "", venue[16] = "";
	unsigned who, way;
	unsigned long long byte;
	assert_true(sscanf(place, "%u:%u:%15[a-z]:%llu:%15[a-z0-9]:%15[a-z0-9]", &who, &way, name,
			    &byte, strategies, venue) >= 4);
	spoken = (struct speech){protocol_of(strategies), protocol_of(venue)};
	if (strcmp(name, "storm") == 0) {
		struct conversation *talk = conversation_open(spoken.strategies, spoken.venue);
		hold_in_storm(talk, byte);
		conversation_close(talk);
	}
	for (int how = 0; how < HOW_COUNT; how++) {
		if (strcmp(name, hows[how]) != 0)
			continue;
		struct conversation *talk = conversation_open(spoken.strategies, spoken.venue);
		hold_broken(talk, who, way, (enum how)how, byte);
		conversation_close(talk);
	}
}

static void the_one_that_was_asked_for(void **state)
{
	(void)state;
	if (getenv("SLUICE_DISCONNECT") != NULL)
		one_conversation(getenv("SLUICE_DISCONNECT"));
}

int main(void)
{
#define BROKEN(name) cmocka_unit_test_teardown(name, tell_where)
#define PAIR(strategies, venue)                                                                    \
	{                                                                                          \
		.name = "strategies_of_" #strategies "_and_a_venue_of_" #venue                     \
			"_end_equal_or_uncertain",                                                 \
		.test_func = a_pair_ends_equal_or_uncertain, .teardown_func = tell_where,          \
		.initial_state = &(struct speech)                                                  \
		{                                                                                  \
			ORDERS_##strategies, ORDERS_##venue                                        \
		}                                                                                  \
	}
	const struct CMUnitTest one[] = {cmocka_unit_test(the_one_that_was_asked_for)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_that_nothing_breaks_is_whole),
		BROKEN(a_reset_at_any_byte_leaves_states_equal),
		BROKEN(a_silence_at_any_byte_leaves_states_equal),
		BROKEN(a_death_at_any_byte_leaves_states_equal),
		BROKEN(a_death_whose_last_bytes_still_leave_does_too),
		BROKEN(a_storm_leaves_states_equal),
		PAIR(OUCH50, OUCH42),
		PAIR(OUCH50, FIX42),
		PAIR(OUCH50, FIX44),
		PAIR(OUCH42, OUCH50),
		PAIR(OUCH42, OUCH42),
		PAIR(OUCH42, FIX42),
		PAIR(OUCH42, FIX44),
		PAIR(FIX42, OUCH50),
		PAIR(FIX42, OUCH42),
		PAIR(FIX42, FIX42),
		PAIR(FIX42, FIX44),
		PAIR(FIX44, OUCH50),
		PAIR(FIX44, OUCH42),
		PAIR(FIX44, FIX42),
		PAIR(FIX44, FIX44),
	};
	if (getenv("SLUICE_DISCONNECT") != NULL)
		return !!cmocka_run_group_tests_name("property.disconnect", one, NULL, NULL);
	cmocka_set_test_filter(getenv("SLUICE_DISCONNECT_SENTENCES"));
	return !!cmocka_run_group_tests_name("property.disconnect", tests, NULL, NULL);
}
