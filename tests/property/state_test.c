/* state_test.c - the state of a market against a model that remembers every message and begins at the first one
   whenever it is asked: halts, breakers, collars, directories, phases, closes and broken trades in any order.

   SLUICE_STATE_DAYS is how many days are played (default 150).
   rooms: dataplane_feed */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/feed_rig.h"

enum { DAY_MESSAGES = 240, ASKED_EVERY = 5 };

static uint64_t seed;

static uint32_t rnd(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static char one_of(const char *letters)
{
	return letters[rnd((uint32_t)strlen(letters))];
}

/* What the model says of a symbol. */
struct answer {
	uint8_t state, operational, short_sale, phase;
	uint32_t lower, upper, close;
	int64_t last;
	bool may_be_unspoken;       /* neither listed nor given a word: 0 refuses like H */
	bool last_may_be_forgotten; /* more trades came after it than a feed remembers */
};

static bool names(const uint8_t *m, uint32_t at, const char *symbol)
{
	return memcmp(m + at, symbol, 8) == 0;
}

/* Trades of the symbol in order, without the broken ones; the feed cannot know those it no longer remembered
   when one was broken. */
static void answer_trades(const struct feed_rig *rig, uint16_t locate, struct answer *a)
{
	static uint64_t matches[DAY_MESSAGES];
	static int64_t prices[DAY_MESSAGES];
	uint32_t count = 0, ever = 0;
	for (uint32_t i = 0; i < rig->message_count; i++) {
		const uint8_t *m = rig->messages[i].bytes;
		if (load_be16(m + 1) != locate)
			continue;
		bool is_cross = m[0] == 'Q' && load_be64(m + 11) != 0 && load_be32(m + 27) != 0;
		if (m[0] == 'P' || is_cross) {
			matches[count] = load_be64(m + (is_cross ? 31 : 36));
			prices[count++] = load_be32(m + (is_cross ? 27 : 32));
			ever++;
		}
		for (uint32_t k = 0; m[0] == 'B' && k < count; k++) {
			if (matches[k] != load_be64(m + 11))
				continue;
			memmove(&matches[k], &matches[k + 1], (count - k - 1) * sizeof matches[0]);
			memmove(&prices[k], &prices[k + 1], (count - k - 1) * sizeof prices[0]);
			count--;
			break;
		}
	}
	a->last = count > 0 ? prices[count - 1] : 0;
	a->last_may_be_forgotten = ever > TRADE_COUNT && ever - count >= TRADE_COUNT;
}

/* answer_of reads the whole day from the first message. */
static struct answer answer_of(const struct feed_rig *rig, uint16_t locate, const char *symbol)
{
	struct answer a = {0};
	/* A symbol that no message named is on no channel: nothing is said of it, which refuses too. */
	bool is_named = false;
	bool is_listed = false, is_test = false, is_broken = false, is_over = false;
	uint8_t word = 0;
	uint64_t close_match = 0;
	bool halted_on[256] = {false};
	for (uint32_t i = 0; i < rig->message_count; i++) {
		const uint8_t *m = rig->messages[i].bytes;
		uint64_t exch_ns = load_be48(m + 5);
		if (m[0] == 'S' && strchr("OSQMEC", m[11]) != NULL)
			a.phase = m[11];
		is_named |= names(m, m[0] == 'Q' ? 19 : m[0] == 'P' ? 24 : 11, symbol);
		if (is_named && m[0] == 'W' && (m[11] == '3' || exch_ns < UINT64_C(55500000000000)))
			is_broken = true;
		is_over |= m[0] == 'W' && m[11] == '3';
		if (m[0] == 'B' && load_be16(m + 1) == locate && load_be64(m + 11) == close_match)
			a.close = 0;
		if (m[0] == 'Q' && names(m, 19, symbol) && m[39] == 'C' && load_be32(m + 27) != 0 &&
			load_be64(m + 11) != 0) {
			a.close = load_be32(m + 27);
			close_match = load_be64(m + 31);
		}
		if (!names(m, 11, symbol))
			continue;
		if (m[0] == 'R') {
			is_listed = true;
			is_test = m[29] != 'P';
		} else if (m[0] == 'H') {
			word = m[19];
			is_broken = false;
			if (word == 'T')
				a.lower = a.upper = 0;
		} else if (m[0] == 'h') {
			halted_on[m[19]] = m[20] != 'T';
		} else if (m[0] == 'Y') {
			a.short_sale = m[19];
		} else if (m[0] == 'J') {
			a.upper = load_be32(m + 23);
			a.lower = load_be32(m + 27);
		}
	}
	for (unsigned i = 0; i < 256; i++)
		a.operational |= halted_on[i];
	is_over &= is_named;
	a.may_be_unspoken = word == 0 && !is_listed;
	a.state = is_test ? 'X' : is_broken || is_over ? 'H' : word == 0 && is_listed ? 'H' : word;
	answer_trades(rig, locate, &a);
	return a;
}

static uint32_t message_make(uint8_t *m, uint64_t *match)
{
	static const char types[] = "RHHHHhhYJJWSQQPPPPBB";
	bool is_msft = rnd(3) == 0;
	memset(m, 0, ITCH50_SIZE_MAX);
	m[0] = (uint8_t)types[rnd(sizeof types - 1)];
	uint32_t at = m[0] == 'Q' ? 19 : m[0] == 'P' ? 24 : 11;
	store_be16(m + 1, is_msft ? 2 : 1);
	store_be48(m + 5, UINT64_C(1000000000) * (55490 + rnd(20)));
	for (uint32_t i = 11; i < itch50_size(m[0]); i++)
		m[i] = (uint8_t)('A' + rnd(4));
	memcpy(m + at, is_msft ? "MSFT    " : "AAPL    ", strchr("WSB", m[0]) == NULL ? 8 : 0);
	switch (m[0]) {
	case 'R':
		m[29] = (uint8_t)one_of("PPPPPPPPPT");
		break;
	case 'H':
		m[19] = (uint8_t)one_of("TTTHPQ");
		break;
	case 'h':
		m[19] = (uint8_t)one_of("QBX");
		m[20] = (uint8_t)one_of("HTTT");
		break;
	case 'Y':
		m[19] = (uint8_t)one_of("012");
		break;
	case 'W':
		m[11] = (uint8_t)one_of(rnd(8) == 0 ? "3" : "12");
		break;
	case 'S':
		m[11] = (uint8_t)one_of("OSQMECAZ");
		break;
	case 'Q':
		store_be64(m + 11, rnd(3));
		store_be32(m + 27, rnd(4) * 100);
		store_be64(m + 31, ++*match);
		m[39] = (uint8_t)one_of("OCCH");
		break;
	case 'P':
		store_be32(m + 32, 1 + rnd(50));
		store_be64(m + 36, ++*match);
		break;
	case 'B':
		store_be64(m + 11, *match - rnd(*match < 6 ? 1 : 6));
		break;
	default:
		break;
	}
	return itch50_size(m[0]);
}

static void symbol_agrees(
	const struct feed_rig *rig, uint32_t symbol, const char *name, uint64_t day)
{
	struct answer expected = answer_of(rig, (uint16_t)(symbol + 1), name);
	struct top_prices top = feed_rig_top(rig, symbol);
	bool is_last = top.last_e4 == expected.last ||
		       (expected.last_may_be_forgotten && top.last_e4 == 0);
	bool is_phase = rig->market->channels[0].phase == expected.phase;
	bool is_state = top.state == expected.state ||
			(top.state == 0 && expected.state == 'H' && expected.may_be_unspoken);
	if (is_state && top.operational == expected.operational &&
		top.short_sale == expected.short_sale && is_phase && is_last &&
		top.close_e4 == expected.close && top.band_lower_e4 == expected.lower &&
		top.band_upper_e4 == expected.upper)
		return;
	fail_msg("day %lu, message %u, %s: state %d %d, operational %u %u, short sale %d %d, last "
		 "%ld %ld, close %u %u, band %u-%u %u-%u (found, expected)",
		(unsigned long)day, rig->message_count, name, top.state, expected.state,
		top.operational, expected.operational, top.short_sale, expected.short_sale,
		(long)top.last_e4, (long)expected.last, top.close_e4, expected.close,
		top.band_lower_e4, top.band_upper_e4, expected.lower, expected.upper);
}

static void the_state_is_what_the_whole_day_says(void **state)
{
	(void)state;
	const char *days_wanted = getenv("SLUICE_STATE_DAYS");
	uint64_t days = days_wanted != NULL ? strtoull(days_wanted, NULL, 10) : 150;
	uint64_t traded = 0, asked = 0;
	for (uint64_t day = 1; day <= days; day++) {
		struct feed_rig *rig = feed_rig_open("", 1);
		uint64_t match = 0, sent = 0;
		seed = day;
		while (rig->message_count < DAY_MESSAGES) {
			uint8_t message[ITCH50_SIZE_MAX];
			uint32_t size = message_make(message, &match);
			feed_rig_say_bytes(rig, message, size);
			if (rig->message_count % ASKED_EVERY != 0)
				continue;
			feed_rig_send(rig, 0, sent + 1, (uint32_t)(rig->message_count - sent));
			feed_rig_poll(rig);
			sent = rig->message_count;
			symbol_agrees(rig, FEED_RIG_AAPL, "AAPL    ", day);
			symbol_agrees(rig, FEED_RIG_MSFT, "MSFT    ", day);
			traded += feed_rig_top(rig, FEED_RIG_AAPL).state == 'T';
			asked++;
		}
		feed_rig_close(rig);
	}
	print_message("%lu days, asked %lu times, trading %lu times\n", (unsigned long)days,
		(unsigned long)asked, (unsigned long)traded);
	assert_true(traded > asked / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_is_what_the_whole_day_says),
	};
	return !!cmocka_run_group_tests_name("property.state", tests, NULL, NULL);
}
