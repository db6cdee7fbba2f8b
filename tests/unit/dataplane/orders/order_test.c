/* The order table and its transitions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/orders/order.h"

static void an_order_is_found_by_both_its_numbers(void **state)
{
	struct order_table orders;
	(void)state;
	order_table_open(&orders, 4);
	uint32_t slot = order_table_take(&orders, 1, 2, 10, 0, 77);
	assert_int_equal(order_table_find_client(&orders, 2, 10), slot);
	assert_int_equal(order_table_find_client(&orders, 3, 10), ORDER_NONE);
	assert_int_equal(order_table_find_venue(&orders, 0, 77), slot);
	assert_int_equal(order_table_find_venue(&orders, 1, 77), ORDER_NONE);
	assert_int_equal(orders.slots[slot].state, ORDER_DECIDED);
	orders.slots[slot].state = ORDER_DONE;
	order_table_return(&orders, slot);
	assert_int_equal(order_table_find_client(&orders, 2, 10), ORDER_NONE);
	assert_int_equal(orders.open_count, 0);
	order_table_close(&orders);
}

static void a_chain_is_found_by_the_order_that_has_its_place(void **state)
{
	struct order_table orders;
	(void)state;
	order_table_open(&orders, 4);
	uint32_t first = order_table_take(&orders, 1, 2, 10, 0, 77);
	uint32_t second = order_table_take(&orders, 2, 2, 11, 0, 78);
	uint32_t third = order_table_take(&orders, 3, 2, 12, 0, 79);
	order_inherit(&orders.slots[second], &orders.slots[first]);
	order_inherit(&orders.slots[third], &orders.slots[second]);
	assert_int_equal(order_first_ref(&orders.slots[first]), 77);
	assert_int_equal(order_first_ref(&orders.slots[third]), 77);
	assert_int_equal(order_table_find_chain(&orders, 0, 77), ORDER_NONE);
	order_table_follow(&orders, second);
	assert_int_equal(order_table_find_chain(&orders, 0, 77), second);
	assert_int_equal(order_table_find_chain(&orders, 1, 77), ORDER_NONE);
	order_table_follow(&orders, third);
	orders.slots[second].state = ORDER_DONE;
	order_table_return(&orders, second);
	assert_int_equal(order_table_find_chain(&orders, 0, 77), third);
	orders.slots[third].state = ORDER_DONE;
	order_table_return(&orders, third);
	assert_int_equal(order_table_find_chain(&orders, 0, 77), ORDER_NONE);
	order_table_close(&orders);
}

static void an_order_is_found_once_it_is_entered(void **state)
{
	struct order_table orders;
	(void)state;
	order_table_open(&orders, 4);
	uint32_t slot = order_table_claim(&orders, 1, 2, 10, 0, 77);
	assert_int_equal(orders.slots[slot].state, ORDER_DECIDED);
	assert_int_equal(orders.open_count, 0);
	assert_int_equal(orders.open_head, ORDER_NONE);
	assert_int_equal(order_table_find_client(&orders, 2, 10), ORDER_NONE);
	assert_int_equal(order_table_find_venue(&orders, 0, 77), ORDER_NONE);
	order_table_enter(&orders, slot);
	assert_int_equal(orders.open_count, 1);
	assert_int_equal(orders.open_head, slot);
	assert_int_equal(order_table_find_client(&orders, 2, 10), slot);
	assert_int_equal(order_table_find_venue(&orders, 0, 77), slot);
	order_table_close(&orders);
}

static void an_order_that_is_nobodys_gets_no_number_that_its_client_uses(void **state)
{
	struct order_table orders;
	(void)state;
	order_table_open(&orders, 4);
	uint32_t slot = order_table_take(&orders, 1, 2, 10, 0, 77);
	uint32_t lost = order_table_take(&orders, 2, 0, 0, 0, 78);
	assert_false(order_table_own(&orders, lost, 2, 10));
	assert_int_equal(order_table_find_client(&orders, 2, 10), slot);
	assert_int_equal(orders.slots[lost].session, 0);
	order_table_disown(&orders, slot);
	assert_int_equal(order_table_find_client(&orders, 2, 10), ORDER_NONE);
	assert_true(order_table_own(&orders, lost, 2, 10));
	assert_int_equal(order_table_find_client(&orders, 2, 10), lost);
	assert_int_equal(orders.slots[lost].session, 2);
	order_table_close(&orders);
}

static void what_is_asked_for_ahead_of_a_full_table_is_its_numbers_alone(void **state)
{
	struct order_table orders;
	(void)state;
	order_table_open(&orders, 1);
	uint32_t slot = order_table_take(&orders, 1, 2, 10, 0, 77);
	assert_true(order_table_is_full(&orders));
	order_table_prefetch(&orders, 2, 11, 0, 78); /* there is no slot to ask for */
	assert_int_equal(order_table_find_client(&orders, 2, 10), slot);
	order_table_close(&orders);
}

static void an_indexed_table_finds_an_order_by_its_id_as_long_as_it_is_there(void **state)
{
	struct order_table orders;
	(void)state;
	order_table_open(&orders, 4);
	order_table_index(&orders);
	uint32_t slot = order_table_take(&orders, 1ull << 40, 2, 10, 0, 77);
	assert_int_equal(order_table_find_id(&orders, 1ull << 40), slot);
	assert_int_equal(order_table_find_id(&orders, 1), ORDER_NONE);
	/* A venue may bring an order under an id that another has: the first keeps it. */
	uint32_t other = order_table_take(&orders, 1ull << 40, 0, 0, 1, 78);
	assert_int_equal(order_table_find_id(&orders, 1ull << 40), slot);
	orders.slots[other].state = ORDER_DONE;
	order_table_return(&orders, other);
	assert_int_equal(order_table_find_id(&orders, 1ull << 40), slot);
	orders.slots[slot].state = ORDER_DONE;
	order_table_return(&orders, slot);
	assert_int_equal(order_table_find_id(&orders, 1ull << 40), ORDER_NONE);
	order_table_close(&orders);
}

static void the_table_is_full_at_its_bound_and_not_before(void **state)
{
	struct order_table orders;
	(void)state;
	order_table_open(&orders, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_false(order_table_is_full(&orders));
		order_table_take(&orders, i + 1, 1, i + 1, 0, i + 1);
	}
	assert_true(order_table_is_full(&orders));
	orders.slots[orders.open_head].state = ORDER_DONE;
	order_table_return(&orders, orders.open_head);
	assert_false(order_table_is_full(&orders));
	order_table_close(&orders);
}

static void open_orders_stand_in_the_order_of_their_ids(void **state)
{
	struct order_table orders;
	(void)state;
	order_table_open(&orders, 8);
	uint32_t slots[5];
	for (uint32_t i = 0; i < 5; i++)
		slots[i] = order_table_take(&orders, i + 1, 1, i + 1, 0, i + 1);
	static const uint32_t gone[] = {2, 0, 4};
	for (uint32_t i = 0; i < 3; i++) {
		orders.slots[slots[gone[i]]].state = ORDER_DONE;
		order_table_return(&orders, slots[gone[i]]);
	}
	order_table_take(&orders, 6, 1, 6, 0, 6);
	uint64_t last = 0;
	uint32_t count = 0;
	for (uint32_t slot = orders.open_head; slot != ORDER_NONE;
		slot = orders.slots[slot].next, count++) {
		assert_true(orders.slots[slot].id > last);
		last = orders.slots[slot].id;
	}
	assert_int_equal(count, 3);
	assert_int_equal(orders.open_count, 3);
	order_table_close(&orders);
}

/* Written from OUCH 5.0, section 6, apart from the table in order.c. */
static void the_table_allows_what_the_protocol_allows(void **state)
{
	(void)state;
	for (unsigned event = 0; event < ORDER_EVENT_COUNT; event++) {
		assert_int_equal(order_next(ORDER_FREE, event), ORDER_FREE);
		assert_int_equal(order_next(ORDER_DONE, event), ORDER_FREE);
	}
	/* Handed over once, and only once. */
	assert_int_equal(order_next(ORDER_DECIDED, ORDER_WAS_SENT), ORDER_SENT);
	assert_int_equal(order_next(ORDER_SENT, ORDER_WAS_SENT), ORDER_FREE);
	assert_int_equal(order_next(ORDER_LIVE, ORDER_WAS_SENT), ORDER_FREE);
	assert_int_equal(order_next(ORDER_UNCERTAIN, ORDER_WAS_SENT), ORDER_FREE);
	/* Withheld only before it was sent. */
	assert_int_equal(order_next(ORDER_DECIDED, ORDER_WAS_WITHHELD), ORDER_DONE);
	assert_int_equal(order_next(ORDER_SENT, ORDER_WAS_WITHHELD), ORDER_FREE);
	/* Accepted once. */
	assert_int_equal(order_next(ORDER_SENT, ORDER_WAS_ACCEPTED), ORDER_LIVE);
	assert_int_equal(order_next(ORDER_UNCERTAIN, ORDER_WAS_ACCEPTED), ORDER_LIVE);
	assert_int_equal(order_next(ORDER_LIVE, ORDER_WAS_ACCEPTED), ORDER_FREE);
	/* A lost venue makes the unanswered uncertain and leaves the live alone. */
	assert_int_equal(order_next(ORDER_SENT, ORDER_VENUE_LOST), ORDER_UNCERTAIN);
	assert_int_equal(order_next(ORDER_DECIDED, ORDER_VENUE_LOST), ORDER_UNCERTAIN);
	assert_int_equal(order_next(ORDER_LIVE, ORDER_VENUE_LOST), ORDER_LIVE);
	/* What the venue accepted cannot be unseen. */
	assert_int_equal(order_next(ORDER_UNCERTAIN, ORDER_NOT_SEEN), ORDER_DONE);
	assert_int_equal(order_next(ORDER_LIVE, ORDER_NOT_SEEN), ORDER_FREE);
	/* Reject after accept ends it. */
	assert_int_equal(order_next(ORDER_LIVE, ORDER_WAS_REJECTED), ORDER_DONE);
	assert_int_equal(order_next(ORDER_LIVE, ORDER_WAS_FINISHED), ORDER_DONE);
	assert_int_equal(order_next(ORDER_LIVE, ORDER_WAS_REDUCED), ORDER_LIVE);
}

/* Each cell: what may follow, by its letter; - may not happen.  The events in the order of enum order_event: sent,
   withheld, accepted, rejected, reduced, finished, venue lost, not seen, orphaned. */
static void every_cell_of_the_table_stands_here_too(void **state)
{
	static const char *const cells[ORDER_STATE_COUNT] = {[ORDER_FREE] = "---------",
		[ORDER_DECIDED] = "sdld-dudd",
		[ORDER_SENT] = "--ldldudd",
		[ORDER_LIVE] = "---dldl--",
		[ORDER_UNCERTAIN] = "--ldldudd",
		[ORDER_DONE] = "---------"};
	(void)state;
	for (unsigned from = 0; from < ORDER_STATE_COUNT; from++) {
		for (unsigned event = 0; event < ORDER_EVENT_COUNT; event++) {
			enum order_state to = order_next((enum order_state)from, event);
			char letter = to == ORDER_FREE ? '-' : order_state_name(to)[0];
			if (letter != cells[from][event])
				fail_msg("from %s by event %u: found %c, expected %c",
					order_state_name((enum order_state)from), event, letter,
					cells[from][event]);
		}
	}
	assert_string_equal(order_state_name(ORDER_STATE_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_found_by_both_its_numbers),
		cmocka_unit_test(a_chain_is_found_by_the_order_that_has_its_place),
		cmocka_unit_test(an_order_is_found_once_it_is_entered),
		cmocka_unit_test(an_order_that_is_nobodys_gets_no_number_that_its_client_uses),
		cmocka_unit_test(what_is_asked_for_ahead_of_a_full_table_is_its_numbers_alone),
		cmocka_unit_test(an_indexed_table_finds_an_order_by_its_id_as_long_as_it_is_there),
		cmocka_unit_test(the_table_is_full_at_its_bound_and_not_before),
		cmocka_unit_test(open_orders_stand_in_the_order_of_their_ids),
		cmocka_unit_test(the_table_allows_what_the_protocol_allows),
		cmocka_unit_test(every_cell_of_the_table_stands_here_too),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.order", tests, NULL, NULL);
}
