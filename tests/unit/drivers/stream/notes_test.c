/* Sentences from a thread that may not log to one that may. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "drivers/stream/notes.h"

static void notes_come_out_in_order(void **state)
{
	static struct notes notes;
	char text[NOTE_BYTES];
	(void)state;
	assert_false(notes_take(&notes, text));
	notes_put(&notes, "first %d", 1);
	notes_put(&notes, "second");
	assert_true(notes_take(&notes, text));
	assert_string_equal(text, "first 1");
	assert_true(notes_take(&notes, text));
	assert_string_equal(text, "second");
	assert_false(notes_take(&notes, text));
}

static void what_nobody_takes_is_counted(void **state)
{
	static struct notes notes;
	char text[NOTE_BYTES];
	(void)state;
	for (int i = 0; i < NOTE_COUNT + 3; i++)
		notes_put(&notes, "%d", i);
	assert_int_equal(notes.lost, 3);
	for (int i = 0; i < NOTE_COUNT; i++) {
		assert_true(notes_take(&notes, text));
		assert_int_equal(atoi(text), i);
	}
	assert_false(notes_take(&notes, text));
}

static void a_long_note_is_cut(void **state)
{
	static struct notes notes;
	char text[NOTE_BYTES];
	(void)state;
	notes_put(&notes, "%1000d", 7);
	assert_true(notes_take(&notes, text));
	assert_int_equal(strlen(text), NOTE_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_come_out_in_order),
		cmocka_unit_test(what_nobody_takes_is_counted),
		cmocka_unit_test(a_long_note_is_cut),
	};
	return !!cmocka_run_group_tests_name("stream.notes", tests, NULL, NULL);
}
