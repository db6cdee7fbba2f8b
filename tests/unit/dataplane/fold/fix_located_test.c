/* fix_located_test.c - what a strategy of FIX says was located for a short sale, at venues of either OUCH.  Each test ends by
   replaying itself.
   rooms: dataplane_gate */
#include "tests/support/fix_client_rig.h"

static void site_with_ouch42(struct site_config *site)
{
	site_with_fix(site);
	site->venues[0].protocol = ORDERS_OUCH42;
}

static int open_of_ouch42(void **state)
{
	static const struct rig_hooks hooks = {
		.others = peer_poll, .site = site_with_ouch42, .event = peer_event};
	return open_by(state, ORDERS_FIX44, &hooks);
}

/* LocateReqd: N is "located", which OUCH 5.0 says by SharesLocated and forgets with each replace that does not. */
static void what_was_located_for_a_short_sale_is_what_the_venue_gets(void **state)
{
	static const struct {
		const char *words;
		bool is_located;
	} orders[] = {{"54=5|114=N|", true}, {"54=6|114=N|", true}, {"54=5|", false},
		{"54=6|", false}, {"54=2|114=N|", false}};
	struct rig *rig = *state;
	struct ouch_in at_venue, answer;
	char body[160];
	for (uint32_t i = 0; i < ARRAY_COUNT(orders); i++) {
		snprintf(body, sizeof body,
			"11=%u|21=1|55=AAPL|60=20250102-14:30:00|38=%u|40=2|44=164|%s", i, 100 + i,
			orders[i].words);
		say(rig, "D", body);
		assert_true(rig_venue_got(rig, &at_venue));
		assert_int_equal((at_venue.options.present & 1u << 25) != 0, orders[i].is_located);
		if (orders[i].is_located)
			assert_int_equal(at_venue.options.value[25], 'Y');
		if (i == 0)
			answer = at_venue;
	}
	rig_accept(rig, &answer);
	told("35=8|11=0|150=0|54=5|");
	say(rig, "G", "41=0|11=G|21=1|55=AAPL|54=5|60=20250102-14:30:00|38=120|40=2|44=164|114=N|");
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'U');
	assert_int_equal(at_venue.options.present, 1u << 25);
	assert_int_equal(at_venue.options.value[25], 'Y');
	at_venue.symbol = symbol_pack("AAPL");
	at_venue.side = 'T';
	rig_accept(rig, &at_venue);
	told("35=8|11=G|41=0|150=5|");
	say(rig, "G", "41=G|11=H|21=1|55=AAPL|54=5|60=20250102-14:30:00|38=130|40=2|44=164|");
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.options.present, 0);
}

/* It has no word for it: a short sale, and its replace, are what they were without. */
static void a_venue_without_a_word_for_it_gets_the_short_sale_without_it(void **state)
{
	struct rig *rig = *state;
	struct ouch_in at_venue;
	say(rig, "D", "11=A|21=1|55=AAPL|60=20250102-14:30:00|38=100|40=2|44=164|54=5|114=N|");
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.side, 'T');
	rig_accept(rig, &at_venue);
	told("35=8|11=A|150=0|54=5|");
	say(rig, "G", "41=A|11=B|21=1|55=AAPL|54=5|60=20250102-14:30:00|38=120|40=2|44=164|114=N|");
	assert_true(rig_venue_got(rig, &at_venue));
	at_venue.symbol = symbol_pack("AAPL");
	rig_accept(rig, &at_venue);
	told("35=8|11=B|41=A|150=5|");
	say(rig, "G", "41=B|11=C|21=1|55=AAPL|54=5|60=20250102-14:30:00|38=90|40=2|44=164|");
	assert_true(rig_venue_got(rig, &at_venue));
	assert_int_equal(at_venue.type, 'U');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_located_for_a_short_sale_is_what_the_venue_gets, open_42, shut),
		cmocka_unit_test_setup_teardown(
			what_was_located_for_a_short_sale_is_what_the_venue_gets, open_44, shut),
		cmocka_unit_test_setup_teardown(
			a_venue_without_a_word_for_it_gets_the_short_sale_without_it,
			open_of_ouch42, shut),
	};
	clock_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
