/* client_test.c - what a script may wait for, of orders as they stand.
   rooms: tools_client */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tools/client/client.h"
#include "tools/client/known.h"

static void a_replace_is_waited_for_by_either_of_its_orders(void **state)
{
	(void)state;
	struct client_order orders[4] = {[1] = {.is_sent = true, .is_accepted = true},
		[2] = {.is_sent = true, .is_replacement = true, .original = 1},
		[3] = {.is_sent = true, .is_accepted = true}};
	const struct client client = {.orders = orders, .order_capacity = 4, .last = 2};
	struct step step = {.outcome = OUTCOME_REPLACED, .ref = SCRIPT_LAST};
	assert_false(client_is(&client, &step));
	orders[2].is_accepted = orders[1].is_replaced = true;
	assert_true(client_is(&client, &step));
	step.ref = 1;
	assert_true(client_is(&client, &step));
	step.ref = 3;
	assert_false(client_is(&client, &step));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_replace_is_waited_for_by_either_of_its_orders),
	};
	return !!cmocka_run_group_tests_name("unit.tools.client.client", tests, NULL, NULL);
}
