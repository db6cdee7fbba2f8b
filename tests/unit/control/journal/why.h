/* why.h - a test asks what became of an order, and looks at what it is told.

   Owner      the test: one at a time. */
#ifndef SLUICE_TESTS_UNIT_CONTROL_JOURNAL_WHY_H
#define SLUICE_TESTS_UNIT_CONTROL_JOURNAL_WHY_H

#include "control/journal/story.h"
#include "tests/unit/control/journal/telling.h"

static char told[65536];

/* tell asks why, and returns the answer's code; its text is told. */
static inline unsigned tell(uint64_t order)
{
	struct config_error error;
	struct answer answer;
	size_t size;
	fflush(journal.file);
	struct story *story = story_open(&site, directory, order, &error);
	assert_non_null(story);
	while (!story_step(story, 3))
		;
	answer_init(&answer, false);
	story_tell(story, &answer);
	char *text = answer_render(&answer, &size);
	snprintf(told, sizeof told, "%s", text);
	unsigned code = answer.code;
	free(text);
	answer_free(&answer);
	story_close(story);
	return code;
}

static inline void says(const char *part)
{
	if (strstr(told, part) == NULL)
		fail_msg("expected \"%s\" in: %s", part, told);
}

#endif
