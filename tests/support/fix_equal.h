/* fix_equal.h - two messages of FIX compared tag by tag.

   Owner      the test. */
#ifndef SLUICE_TESTS_SUPPORT_FIX_EQUAL_H
#define SLUICE_TESTS_SUPPORT_FIX_EQUAL_H

#include "dataplane/wire/fix.h"

static inline bool fix_equal_text(const struct fix_text *a, const struct fix_text *b)
{
	return a->size_bytes == b->size_bytes &&
	       (a->size_bytes == 0 || memcmp(a->bytes, b->bytes, a->size_bytes) == 0);
}

/* fix_equal_tags tells whether both have the same tags with the same values. */
static inline bool fix_equal_tags(const struct fix_message *a, const struct fix_message *b)
{
	static const struct {
		size_t offset, size;
	} members[] = {
#define FIX_TAG(number, name, member, kind, place, values)                                         \
	{offsetof(struct fix_message, member), sizeof(((struct fix_message *)0)->member)},
#include "dataplane/wire/fix.def"
	};
	bool is_equal = a->version == b->version && a->type == b->type &&
			memcmp(a->present, b->present, sizeof a->present) == 0;
	for (size_t i = 0; i < FIX_TAG_COUNT; i++) {
		const uint8_t *one = (const uint8_t *)a + members[i].offset;
		const uint8_t *other = (const uint8_t *)b + members[i].offset;
		is_equal = is_equal &&
			   (members[i].size == sizeof(struct fix_text)
					   ? fix_equal_text((const void *)one, (const void *)other)
					   : memcmp(one, other, members[i].size) == 0);
	}
	return is_equal;
}

#endif
