/* ports_test.c - a page that adds up, and one that does not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/shm/ports.h"

static void what_is_taken_goes_to_one_place_each(void **state)
{
	(void)state;
	static struct port_page page;
	for (unsigned word = PORT_WORD_delivered; word <= PORT_WORD_fragments; word++) {
		port_page_add(&page, (enum port_word)word, 3);
		assert_int_equal(port_page_residue(&page), -3);
		port_page_add(&page, PORT_WORD_frames, 3);
		assert_int_equal(port_page_residue(&page), 0);
	}
	port_page_add(&page, PORT_WORD_frames, 1);
	assert_int_equal(port_page_residue(&page), 1);
}

static void what_the_device_lost_is_a_sum(void **state)
{
	(void)state;
	static struct port_page page;
	port_page_set(&page, PORT_WORD_missed, 1);
	port_page_set(&page, PORT_WORD_no_buffer, 20);
	port_page_set(&page, PORT_WORD_errors, 300);
	port_page_set(&page, PORT_WORD_fault_lost, 4000);
	assert_int_equal(port_page_lost(&page), 321);
}

static void every_row_has_its_word_and_a_name_with_its_kind(void **state)
{
	(void)state;
	for (unsigned word = 0; word < PORT_WORD_COUNT; word++) {
		const struct port_word_row *row = &port_word_rows[word];
		size_t length = strlen(row->name);
		assert_memory_equal(row->name, "sluice_port_", 12);
		assert_int_equal(row->is_gauge, strcmp(row->name + length - 6, "_total") != 0);
	}
	assert_string_equal(port_word_rows[PORT_WORD_missed].field, "missed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_goes_to_one_place_each),
		cmocka_unit_test(what_the_device_lost_is_a_sum),
		cmocka_unit_test(every_row_has_its_word_and_a_name_with_its_kind),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.shm.ports", tests, NULL, NULL);
}
