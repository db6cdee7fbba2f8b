/* fields.c - see fields.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/support/fields.h"

void fields_match(const uint8_t *message, const struct little_field *fields, uint32_t count,
	const json_t *decoded)
{
	assert_int_equal(json_object_size(decoded), count + 1); /* and its name */
	for (uint32_t i = 0; i < count; i++) {
		const struct little_field *f = &fields[i];
		const json_t *expected = json_object_get(decoded, f->name);
		assert_non_null(expected);
		assert_int_equal(json_is_string(expected), f->kind == 'A');
		if (f->kind == 'A')
			assert_true(capture_alpha_equals(
				message + f->offset, f->bytes, json_string_value(expected)));
		else
			assert_int_equal(
				little_value(message, f), capture_integer(decoded, f->name));
	}
}

void fields_cover(const struct little_field *fields, uint32_t count, uint32_t size)
{
	uint32_t at = 0;
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(fields[i].offset, at);
		at += fields[i].bytes;
	}
	assert_int_equal(at, size);
}
