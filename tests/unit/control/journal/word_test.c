/* word_test.c - what venues say of an order, told: whichever venue, protocol and session it comes by.
   rooms: control_journal */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/names.h"
#include "dataplane/wire/ouch42.h"
#include "tests/support/fix_text.h"
#include "tests/unit/control/journal/why.h"

enum { EXCHANGE = 200, SECOND = 201, DROP = 240 };

static void says_not(const char *part)
{
	if (strstr(told, part) != NULL)
		fail_msg("expected no \"%s\" in: %s", part, told);
}

static int begin_two(void **state)
{
	site = (struct site_config){.name = "test"};
	if (begin(state) != 0)
		return 1;
	site.venue_count = 2;
	site.venues[1] = (struct venue_config){.name = "second", .session_id = SECOND};
	site.venues[0].drop = (struct drop_config){.session_id = DROP};
	return 0;
}

static int end_two(void **state)
{
	site = (struct site_config){.name = ""};
	return end(state);
}

/* One order that passed, and was handed over. */
static void order_write(uint64_t order, uint32_t ref)
{
	struct receipt receipt = receipt_of(order, LANE_NONE);
	const struct sent_record sent = {
		.order_id = order, .venue_ref = ref, .kind = DECISION_ENTER};
	receipt.venue_ref = ref;
	record_write(RECORD_RECEIPT, &receipt, sizeof receipt);
	record_write(RECORD_SENT, &sent, sizeof sent);
}

static void ouch50(uint32_t session, struct ouch_out out, uint64_t order)
{
	uint8_t bytes[256];
	memset(out.clordid, ' ', sizeof out.clordid);
	if (order != 0)
		names_clordid(out.clordid, 17, order);
	session_says(session, bytes, ouch50_build_out(bytes, sizeof bytes, &out));
}

static void ouch42(struct ouch42_out out, uint64_t order)
{
	uint8_t bytes[256];
	names_clordid(out.token, 17, order);
	session_says(SECOND, bytes, ouch42_build_out(bytes, sizeof bytes, &out));
}

/* A FIX message; each $ of body is the name of order 42. */
static void fix(const char *version, const char *body)
{
	uint8_t wire[1024];
	char fields[1024], name[15] = "";
	size_t used = 0;
	names_clordid(name, 17, 42);
	for (const char *c = body; *c != '\0'; c++)
		used += (size_t)snprintf(fields + used, sizeof fields - used, "%.*s",
			*c == '$' ? 14 : 1, *c == '$' ? name : c);
	uint32_t size = fix_text_frame(wire, sizeof wire, version, fields);
	session_says(SECOND, wire, size);
}

#define HEAD(seq, rest) "35=8|49=SECOND|56=SLUICE|34=" seq "|52=20190129-21:00:00|37=9|11=$|" rest
#define TERMS           "55=ZVZZT|54=1|38=100|44=10.5|"

static void a_number_counts_at_its_own_venue(void **state)
{
	(void)state;
	order_write(42, 1);
	order_write(43, 1);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'A', .ref = 1, .qty = 100, .price_e4 = 105000},
		42);
	ouch50(SECOND, (struct ouch_out){.type = 'A', .ref = 1, .qty = 77, .price_e4 = 105000}, 43);
	ouch50(SECOND, (struct ouch_out){.type = 'E', .ref = 1, .qty = 7, .match = 5}, 0);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'C', .ref = 1, .qty = 99, .code = 'U'}, 0);
	tell(42);
	says("it is known at venue exchange as UserRefNum 1");
	says("venue exchange ACCEPTED 100 at 10.5000");
	says("venue exchange CANCELLED 99 shares, reason U");
	says_not("second");
	tell(43);
	says("the order was handed to venue second as UserRefNum 1");
	says("venue second ACCEPTED 77");
	says("venue second EXECUTED 7");
	says_not("exchange");
}

static void a_number_that_began_anew_at_one_venue_stays_at_another(void **state)
{
	const struct session_record anew = {.session = SECOND, .change = SESSION_VENUE_NEW};
	(void)state;
	order_write(42, 1);
	order_write(43, 1);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'A', .ref = 1, .qty = 100}, 42);
	ouch50(SECOND, (struct ouch_out){.type = 'A', .ref = 1, .qty = 77}, 43);
	record_write(RECORD_SESSION, &anew, sizeof anew);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'C', .ref = 1, .qty = 99}, 0);
	ouch50(SECOND, (struct ouch_out){.type = 'C', .ref = 1, .qty = 55}, 0);
	tell(42);
	says("CANCELLED 99 shares");
	tell(43);
	says_not("CANCELLED");
}

static void an_order_that_no_venue_spoke_of_says_so(void **state)
{
	(void)state;
	order_write(42, 1);
	tell(42);
	says("the order was handed to a venue as UserRefNum 1");
}

static void a_copys_words_are_told_as_the_copys(void **state)
{
	(void)state;
	order_write(42, 1);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'A', .ref = 1, .qty = 100}, 42);
	ouch50(DROP, (struct ouch_out){.type = 'A', .ref = 1, .qty = 100}, 42);
	ouch50(DROP, (struct ouch_out){.type = 'E', .ref = 1, .qty = 30, .match = 5}, 0);
	tell(42);
	says("  venue exchange ACCEPTED 100");
	says("  the drop copy of exchange ACCEPTED 100");
	says("  the drop copy of exchange EXECUTED 30");
	says_not("venue exchange EXECUTED");
}

static void what_moves_corrects_and_restates_is_told(void **state)
{
	struct ouch_out shown = {.type = 'R', .ref = 1, .code = 'R'};
	(void)state;
	order_write(42, 1);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'A', .ref = 1, .qty = 100}, 42);
	ouch50(EXCHANGE,
		(struct ouch_out){.type = 'T',
			.ref = 1,
			.price_e4 = 104900,
			.display = 'Y',
			.order_reference = 78},
		0);
	ouch50(EXCHANGE,
		(struct ouch_out){.type = 'F',
			.ref = 1,
			.qty = 40,
			.price_e4 = 104800,
			.match = 99,
			.code = 'E'},
		42);
	ouch50(EXCHANGE, shown, 0);
	shown.code = 'P';
	shown.options.present = 1u << 1 | 1u << 22 | 1u << 23;
	shown.options.value[1] = 79;
	shown.options.value[22] = 50;
	shown.options.value[23] = 104700;
	ouch50(EXCHANGE, shown, 0);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'M', .ref = 1, .qty = 20}, 0);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'D', .ref = 1, .qty = 21}, 0);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'B', .ref = 1, .match = 99, .code = 'S'}, 42);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'J', .ref = 1, .reject_code = 0x15}, 42);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'P', .ref = 1}, 0);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'I', .ref = 1}, 0);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'U', .ref = 2, .original_ref = 1, .qty = 9}, 43);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'Q', .ref = 1}, 0);
	ouch50(EXCHANGE, (struct ouch_out){.type = 'C', .ref = 2, .qty = 88}, 0);
	tell(42);
	says("venue exchange MOVED it: its price is 10.4900, display Y, its order 78");
	says("venue exchange CORRECTED the trade of match 99: 40 at 10.4800");
	says("venue exchange RESTATED it, reason R\n");
	says("venue exchange RESTATED it, reason P, it shows 50, shown at 10.4700, its order 79");
	says("venue exchange CUT it: 20 open");
	says("venue exchange CANCELLED 21 shares: self-match prevention");
	says("venue exchange BROKE the trade of match 99, reason S");
	says("venue exchange REJECTED it, reason 0x0015");
	says("venue exchange will cancel it later (cancel pending)");
	says("venue exchange refused the cancel");
	says("venue exchange REPLACED UserRefNum 1 by 2: 9 open at");
	says_not("of type");
	says_not("CANCELLED 88");
}

static void tokens_of_ouch42_name_the_order(void **state)
{
	struct ouch42_out other = {.type = 'U', .shares = 60, .price_e4 = 104000};
	(void)state;
	site.venues[1].protocol = ORDERS_OUCH42;
	order_write(42, 42);
	ouch42((struct ouch42_out){.type = 'A', .shares = 100, .price_e4 = 105000}, 42);
	ouch42((struct ouch42_out){.type = 'A', .shares = 11, .price_e4 = 105000}, 41);
	ouch42((struct ouch42_out){.type = 'E',
		       .shares = 40,
		       .price_e4 = 104900,
		       .match = 5,
		       .liquidity = 'A'},
		42);
	ouch42((struct ouch42_out){.type = 'J', .code = 'Z'}, 42);
	ouch42((struct ouch42_out){.type = 'T', .price_e4 = 104800, .display = 'Y'}, 42);
	names_clordid(other.previous, 17, 42);
	ouch42(other, 44);
	session_says(SECOND, (const uint8_t *)"A", 1);
	tell(42);
	says("handed to venue second by our ClOrdID of order 42");
	says("venue second ACCEPTED 100 at 10.5000");
	says("venue second EXECUTED 40 at 10.4900, liquidity A, match 5");
	says("venue second REJECTED it, reason Z");
	says("venue second MOVED it: its price is 10.4800");
	says("venue second REPLACED order 42 by order 44: 60 open at 10.4000");
	says_not("ACCEPTED 11");
	tell(44);
	says("venue second REPLACED order 42 by order 44");
}

static void a_fix_venues_reports_are_told(void **state)
{
	(void)state;
	site.venues[1].protocol = ORDERS_FIX44;
	order_write(42, 42);
	fix("FIX.4.4", HEAD("2", "17=E1|150=0|39=0|" TERMS "151=100|14=0|6=0|"));
	fix("FIX.4.4",
		HEAD("3", "17=E2|150=F|39=1|" TERMS "32=4|31=10.45|851=1|151=96|14=4|6=10.45|"));
	fix("FIX.4.4", HEAD("3", "43=Y|122=20190129-21:00:00|17=E2|150=F|39=1|" TERMS
				 "32=4|31=10.45|151=96|14=4|6=10.45|"));
	fix("FIX.4.4",
		HEAD("4", "17=E3|19=E2|150=G|39=1|" TERMS "32=4|31=10.4|151=96|14=4|6=10.4|"));
	fix("FIX.4.4", HEAD("5", "17=E4|19=E2|150=H|39=0|" TERMS "151=96|14=0|6=0|"));
	fix("FIX.4.4", HEAD("6", "17=E5|150=D|39=0|378=5|" TERMS "151=90|14=0|6=0|"));
	fix("FIX.4.4", HEAD("7", "17=E6|150=A|39=A|" TERMS "151=90|14=0|6=0|"));
	fix("FIX.4.4", HEAD("8", "17=E7|150=I|39=1|" TERMS "151=90|14=4|6=0|"));
	fix("FIX.4.4", HEAD("9", "17=E8|150=6|39=6|" TERMS "151=90|14=4|6=0|"));
	fix("FIX.4.4",
		"35=9|49=SECOND|56=SLUICE|34=10|52=20190129-21:00:00|37=9|11=X$0001|41=$|39=0|"
		"434=1|102=0|");
	fix("FIX.4.4", HEAD("11", "17=E9|150=4|39=4|" TERMS "151=0|14=4|6=0|"));
	fix("FIX.4.4", "35=j|49=SECOND|56=SLUICE|34=12|52=20190129-21:00:00|45=9|372=D|379=$|380=3|"
		       "58=not today|");
	fix("FIX.4.4", "35=0|49=SECOND|56=SLUICE|34=13|52=20190129-21:00:00|");
	tell(42);
	says("the order was handed to venue second by our ClOrdID of order 42");
	says("venue second ACCEPTED 100 at 10.5000, its order 9");
	says("venue second EXECUTED 4 at 10.4500, liquidity A, execution E2");
	says("venue second CORRECTED the trade of execution E2: 4 at 10.4000");
	says("venue second BROKE the trade of execution E2\n");
	says("venue second RESTATED it: 90 open");
	says("venue second has it and has not done it yet (pending)");
	says("venue second told its state, OrdStatus 1: 90 open, 4 executed");
	says("venue second will cancel it later");
	says("venue second refused the cancel");
	says("venue second CANCELLED what was open of it, 4 executed before");
	says("venue second REJECTED it, reason 3: not today");
	says("order 42, 13 events");
}

static void a_fix42_venue_says_in_tag_20_what_a_report_is(void **state)
{
	(void)state;
	site.venues[1].protocol = ORDERS_FIX42;
	order_write(42, 42);
	fix("FIX.4.2",
		HEAD("2", "17=E1|20=0|150=8|39=8|103=1|58=unknown|" TERMS "151=0|14=0|6=0|"));
	fix("FIX.4.2",
		HEAD("3", "17=E2|20=0|150=2|39=2|" TERMS "32=100|31=10.5|151=0|14=100|6=10.5|"));
	fix("FIX.4.2", HEAD("4", "17=E3|20=1|19=E2|150=0|39=0|" TERMS "151=0|14=0|6=0|"));
	fix("FIX.4.2", HEAD("5", "17=E4|20=2|19=E2|150=2|39=2|" TERMS
				 "32=100|31=10.4|151=0|14=100|6=10.4|"));
	fix("FIX.4.2", HEAD("6", "17=E5|20=3|150=0|39=0|" TERMS "151=100|14=0|6=0|"));
	fix("FIX.4.2", HEAD("7", "17=E6|20=0|150=C|39=C|" TERMS "151=0|14=0|6=0|"));
	fix("FIX.4.2", HEAD("8", "17=E7|20=0|150=3|39=3|" TERMS "151=0|14=0|6=0|"));
	tell(42);
	says("REJECTED it, reason 1: unknown");
	says("EXECUTED 100 at 10.5000, liquidity -, execution E2");
	says("BROKE the trade of execution E2");
	says("CORRECTED the trade of execution E2: 100 at 10.4000");
	says("told its state, OrdStatus 0: 100 open, 0 executed");
	says("EXPIRED what was open of it");
	says("was DONE for the day with what was open of it");
}

int main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, begin_two, end_two)
	const struct CMUnitTest tests[] = {
		ONE(a_number_counts_at_its_own_venue),
		ONE(a_number_that_began_anew_at_one_venue_stays_at_another),
		ONE(an_order_that_no_venue_spoke_of_says_so),
		ONE(a_copys_words_are_told_as_the_copys),
		ONE(what_moves_corrects_and_restates_is_told),
		ONE(tokens_of_ouch42_name_the_order),
		ONE(a_fix_venues_reports_are_told),
		ONE(a_fix42_venue_says_in_tag_20_what_a_report_is),
	};
	return !!cmocka_run_group_tests_name("unit.control.journal.word", tests, NULL, NULL);
}
