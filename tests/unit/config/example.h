/* example.h - the example site, broken in one place at a time: each break is refused with the line and column of
   what is wrong, and with what should stand there.

   Owner      the test that includes it. */
#ifndef SLUICE_TESTS_CONFIG_EXAMPLE_H
#define SLUICE_TESTS_CONFIG_EXAMPLE_H

#include <stdio.h>
#include <stdlib.h>

#include "config/site_file.h"

static const char directory[] = SLUICE_SOURCE_DIRECTORY "/config/examples/simulation";

enum { SITE, ACCOUNTS, SYMBOLS, FILE_COUNT };
static const char *const names[FILE_COUNT] = {"site.yaml", "accounts.yaml", "symbols.yaml"};

/* One break: in which file, what to replace by what, and the sentence without the path. */
struct wrong {
	unsigned file;
	const char *old, *new, *sentence;
};

static inline void read_texts(struct file_text texts[FILE_COUNT])
{
	for (unsigned i = 0; i < FILE_COUNT; i++) {
		char path[512];
		struct config_error error;
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		assert_true(file_text_read(&texts[i], path, &error));
	}
}

static inline void free_texts(struct file_text texts[FILE_COUNT])
{
	for (unsigned i = 0; i < FILE_COUNT; i++)
		file_text_free(&texts[i]);
}

/* replace_once puts new in old's place; old must be there. */
static inline void replace_once(struct file_text *text, const char *old, const char *new)
{
	char *at = memmem(text->bytes, text->size, old, strlen(old));
	if (at == NULL)
		fail_msg("the example holds no \"%s\"", old);
	size_t before = (size_t)(at - text->bytes), after = text->size - before - strlen(old);
	char *bytes = malloc(text->size + strlen(new) + 1);
	assert_non_null(bytes);
	memcpy(bytes, text->bytes, before);
	memcpy(bytes + before, new, strlen(new));
	memcpy(bytes + before + strlen(new), at + strlen(old), after);
	text->size = before + strlen(new) + after;
	free(text->bytes);
	text->bytes = bytes;
}

/* What the example says of recovery; read_bare_texts leaves it out, for tests that say it their own way. */
static const char recovery_block[] = "    # What both lines lose is asked for, then fetched as a "
				     "snapshot.  Without this it stays lost, and prices stale.\n"
				     "    recovery:\n"
				     "      wait: 2 ms\n"
				     "      hold: 4096 packets\n"
				     "      again: 30 s\n"
				     "      requests:\n"
				     "        servers: [127.0.0.1:26010]\n"
				     "        messages: 64 messages\n"
				     "        reach: 100000 messages\n"
				     "        rate: 1000 per s\n"
				     "        tries: 6\n"
				     "        timeout: 100 ms\n"
				     "        within: 20 s\n"
				     "      snapshot:\n"
				     "        address: 127.0.0.1:26020\n"
				     "        username: feed\n"
				     "        password: test-feed\n"
				     "        tries: 3\n"
				     "        timeout: 5 s\n";

static inline void read_bare_texts(struct file_text texts[FILE_COUNT])
{
	read_texts(texts);
	replace_once(&texts[SITE], recovery_block, "");
}

/* parse_with loads the example with one change and leaves the sentence after the directory; the
   channel that was read stays in parsed. */
static struct channel_config parsed __attribute__((unused));

static inline bool parse_with(const struct wrong *wrong, char sentence[1024])
{
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	if (strcmp(wrong->old, "max_silence: 3 s") == 0)
		read_bare_texts(texts);
	else
		read_texts(texts);
	replace_once(&texts[wrong->file], wrong->old, wrong->new);
	bool good = site_parse(&site, directory, texts, &error);
	size_t skip =
		strncmp(error.text, directory, strlen(directory)) == 0 ? strlen(directory) + 1 : 0;
	snprintf(sentence, 1024, "%s", error.text + skip);
	parsed = site.channels[0];
	if (good)
		config_free(&site);
	free_texts(texts);
	return good;
}

static inline void refuse_all(const struct wrong *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char sentence[1024];
		if (parse_with(&rows[i], sentence))
			fail_msg("\"%s\" was taken", rows[i].new);
		assert_string_equal(sentence, rows[i].sentence);
	}
}

#endif
