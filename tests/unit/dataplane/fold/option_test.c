/* What an order may ask for: every option of OUCH 5.0 on both messages, against the list in the document.
   rooms: dataplane_gate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane/fold/option.h"

static struct ouch_in order(uint8_t type)
{
	return (struct ouch_in){.type = type,
		.side = 'B',
		.time_in_force = '0',
		.display = 'Y',
		.capacity = type == 'U' ? 0 : 'P',
		.iso = 'N',
		.cross_type = type == 'U' ? 0 : 'N',
		.qty = 500};
}

static const struct own_order sale = {.wire_side = 'S', .side = SIDE_SELL};

static bool fits_with(uint8_t type, uint32_t tag, int64_t value)
{
	struct ouch_in in = order(type);
	in.options.present = 1u << tag;
	in.options.value[tag] = value;
	return option_fits(&in, type == 'U' ? &sale : NULL);
}

static void every_option_is_judged_or_refused(void **state)
{
	(void)state;
	/* Values that fit, and that do not; a space is no value. */
	static const struct {
		uint32_t tag;
		int64_t good[3], bad[3];
		bool on_enter, on_replace;
	} rows[] = {
		{2, {1, 1, 1}, {-1, -1, -1}, true, true},
		{3, {0, 1, 500}, {501, 1000000, UINT32_MAX}, true, true},
		{4, {'R', 'N', 'N'}, {' ', 'X', 0}, true, false},
		{5, {0, 1, 500}, {501, 1000000, UINT32_MAX}, true, true},
		{6, {'L', 'L', 'L'}, {'P', 'M', 'm'}, true, true},
		{12, {'P', 'N', 'N'}, {' ', 'p', 0}, true, true},
		{16, {'Y', 'N', 'N'}, {' ', 'y', 0}, true, true},
		{24, {1, 1, 1}, {-1, -1, -1}, true, true},
		{25, {'Y', 'N', 'N'}, {' ', 'y', 0}, true, true},
		{26, {1, 1, 1}, {-1, -1, -1}, true, true},
		{27, {'S', 'T', 'E'}, {'B', ' ', 0}, false, true},
		{28, {0, 1, 255}, {-1, -1, -1}, true, true},
	};
	for (uint32_t tag = 0; tag < 29; tag++) {
		bool is_listed = false;
		for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
			if (rows[i].tag != tag)
				continue;
			is_listed = true;
			for (size_t v = 0; v < 3; v++) {
				assert_int_equal(
					fits_with('O', tag, rows[i].good[v]), rows[i].on_enter);
				assert_int_equal(
					fits_with('U', tag, rows[i].good[v]), rows[i].on_replace);
				assert_true(rows[i].bad[v] == -1 ||
					    !fits_with('O', tag, rows[i].bad[v]));
				assert_true(rows[i].bad[v] == -1 ||
					    !fits_with('U', tag, rows[i].bad[v]));
			}
		}
		if (!is_listed) { /* 13 and 15 need another beside them */
			assert_false(fits_with('O', tag, 1));
			assert_false(fits_with('U', tag, 1));
		}
	}
}

static void random_reserves_need_a_floor(void **state)
{
	(void)state;
	struct ouch_in in = order('O');
	in.options.present = 1u << 5 | 1u << 13;
	in.options.value[5] = 100;
	in.options.value[13] = 50;
	assert_true(option_fits(&in, NULL));
	in.options.value[13] = 501;
	assert_false(option_fits(&in, NULL));
	in.options.value[13] = 0;
	in.options.present = 1u << 13;
	assert_true(option_fits(&in, NULL));
}

static void a_time_in_seconds_has_its_seconds_and_no_other_has(void **state)
{
	(void)state;
	struct ouch_in in = order('O');
	for (const char *letter = "035"; *letter != '\0'; letter++) {
		in.time_in_force = (uint8_t)*letter;
		in.options.present = 0;
		assert_true(option_fits(&in, NULL));
		in.options.present = 1u << 15;
		in.options.value[15] = 60;
		assert_false(option_fits(&in, NULL));
	}
	in.time_in_force = '6';
	assert_true(option_fits(&in, NULL));
	in.options.value[15] = 86399;
	assert_true(option_fits(&in, NULL));
	in.options.value[15] = 86400;
	assert_false(option_fits(&in, NULL));
	in.options.value[15] = 0;
	assert_false(option_fits(&in, NULL));
	in.options.present = 0;
	assert_false(option_fits(&in, NULL));
	in.time_in_force = 'E';
	assert_false(option_fits(&in, NULL));
}

static void fields_that_ask_for_more_are_refused(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 256; c++) {
		struct ouch_in in = order('O'), more = order('U');
		char letter[2] = {(char)c, 0};
		in.display = (uint8_t)c;
		assert_int_equal(
			option_fits(&in, NULL), c != 0 && strstr("Y N A", letter) && c != ' ');
		in = order('O');
		in.capacity = (uint8_t)c;
		assert_int_equal(
			option_fits(&in, NULL), c == 'A' || c == 'P' || c == 'R' || c == 'O');
		in = order('O');
		in.iso = more.iso = (uint8_t)c;
		assert_int_equal(option_fits(&in, NULL), c == 'N');
		assert_int_equal(option_fits(&more, &sale), c == 'N');
		in = order('O');
		in.cross_type = (uint8_t)c;
		assert_int_equal(option_fits(&in, NULL), c == 'N');
	}
	/* A tag that nobody knows may ask for anything. */
	struct ouch_in in = order('O');
	in.options.present = OUCH_OPTION_UNKNOWN;
	assert_false(option_fits(&in, NULL));
}

static void a_sale_becomes_another_kind_of_sale_and_nothing_else(void **state)
{
	(void)state;
	for (const char *from = "BSTE"; *from != '\0'; from++) {
		for (const char *to = "BSTE?"; *to != '\0'; to++)
			assert_int_equal(option_side_may_change((uint8_t)*from, (uint8_t)*to),
				*from == *to || (*from != 'B' && strchr("STE", *to) != NULL));
	}
	assert_false(option_side_may_change('?', 'S'));
}

static void only_the_venues_business_goes_there(void **state)
{
	(void)state;
	struct ouch_options options = {.present = UINT32_MAX};
	option_strip(&options);
	assert_int_equal(options.present, ~(1u | 1u << 2 | 1u << 24 | 1u << 28));
	option_answer(&options, 0);
	assert_int_equal(options.present & 1u << 28, 0);
	option_answer(&options, 7);
	assert_int_equal(option_index(&options), 7);
	option_answer(&options, 0);
	assert_int_equal(option_index(&options), 0);
}

static void what_is_the_venues_business_goes_on_and_names_stay(void **state)
{
	(void)state;
	struct ouch_options from = {.present = OUCH_OPTION_UNKNOWN}, to;
	for (uint32_t tag = 1; tag < 29; tag++) {
		from.present |= 1u << tag;
		from.value[tag] = tag;
	}
	memset(&to, 0xEE, sizeof to);
	option_pass(&to, &from);
	const uint32_t names = 1u << 2 | 1u << 24 | 1u << 28;
	assert_int_equal(to.present, from.present & ~(names | OUCH_OPTION_UNKNOWN));
	for (uint32_t tag = 1; tag < 29; tag++) {
		if ((to.present >> tag & 1) != 0)
			assert_int_equal(to.value[tag], tag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_judged_or_refused),
		cmocka_unit_test(random_reserves_need_a_floor),
		cmocka_unit_test(a_time_in_seconds_has_its_seconds_and_no_other_has),
		cmocka_unit_test(fields_that_ask_for_more_are_refused),
		cmocka_unit_test(a_sale_becomes_another_kind_of_sale_and_nothing_else),
		cmocka_unit_test(only_the_venues_business_goes_there),
		cmocka_unit_test(what_is_the_venues_business_goes_on_and_names_stay),
	};
	return !!cmocka_run_group_tests_name("unit.dataplane.fold.option", tests, NULL, NULL);
}
