/* plain_abroad_test.c - which orders are plain where there are several currencies: those that need no rate, or the base's.

   Venue 0 takes what is traded, venue 1 EUR, venue 2 JPY, of which nobody stated a rate. */
#include "tests/unit/dataplane/risk/plain_desk.h"
#include "tests/unit/dataplane/risk/abroad.h"

/* The desk with so many currencies, of which one order of each symbol that may pass has passed. */
static void desk_of(struct desk *desk, uint32_t currency_count)
{
	desk_open(desk);
	risk_close(desk->risk);
	desk_abroad(desk);
	desk->site.currency_count = currency_count;
	if (currency_count == 2)
		desk->symbols[2].currency = 0;
	desk->site.venue_count = 3;
	desk->site.venues[1].fees = (struct fees_config){.has_currency = true, .currency = EUR};
	if (currency_count > 2)
		desk->site.venues[2].fees =
			(struct fees_config){.has_currency = true, .currency = JPY};
	desk->turn.venue_up_mask = 7;
	desk->accounts[0].approved_until_wall_ns = UINT64_MAX;
	desk->risk = risk_open(&desk->site);
	desk->epoch = 0;
	desk_adopt(desk);
	for (desk->order.symbol = 0; desk->order.symbol < 2; desk->order.symbol++)
		desk_pass(desk);
	desk->order.symbol = 0;
	desk_size(desk, 101);
}

static void an_order_in_the_base_currency_is_plain_and_no_other(void **state)
{
	(void)state;
	static struct desk desk;
	for (uint32_t count = 2; count <= 3; count++) {
		desk_of(&desk, count);
		for (desk.order.symbol = 0; desk.order.symbol < 2; desk.order.symbol++) {
			assert_int_equal(is_plain(&desk), desk.order.symbol == 0);
			desk_expect(&desk, LANE_NONE);
		}
		risk_fill(desk.risk, 7, 2, SIDE_BUY, 1, 0, 100000);
		assert_int_equal(is_plain(&desk), count == 2);
		desk_judge(&desk);
		desk_close(&desk);
	}
}

/* The rate of a venue's fees is needed as long as the euro is good, an hour. */
static void an_order_is_plain_where_its_venues_fees_have_a_rate(void **state)
{
	(void)state;
	static struct desk desk;
	for (uint32_t count = 2; count <= 3; count++) {
		desk_of(&desk, count);
		desk.order.venue_index = 1;
		assert_true(is_plain(&desk));
		desk_expect(&desk, LANE_NONE);
		desk.order.venue_index = 2;
		assert_int_equal(is_plain(&desk), count == 2);
		desk_judge(&desk);
		desk.order.venue_index = 0;
		desk.order.symbol = 1;
		desk.turn.wall_ns = BEGUN_NS + HOUR_NS;
		assert_false(is_plain(&desk));
		desk_expect(&desk, LANE_NONE);
		desk.turn.wall_ns++;
		assert_false(is_plain(&desk));
		desk_expect(&desk, LANE_GROSS_EXPOSURE);
		desk_close(&desk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_in_the_base_currency_is_plain_and_no_other),
		cmocka_unit_test(an_order_is_plain_where_its_venues_fees_have_a_rate),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.risk.plain_abroad", tests, NULL, NULL);
}
