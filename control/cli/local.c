/* local.c - the journal read without control: its directory is enough. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/cli/hand.h"
#include "control/journal/inspect.h"
#include "control/journal/story.h"

enum { RECORDS_PER_STEP = 100000 };

bool local_can(const struct request *request)
{
	if (request->word_count == 2 && strcmp(request->words[0], "why") == 0)
		return true;
	return request->word_count >= 2 && strcmp(request->words[0], "journal") == 0 &&
	       (strcmp(request->words[1], "verify") == 0 ||
		       strcmp(request->words[1], "export") == 0);
}

static bool number_read(const char *word, uint64_t *number)
{
	char *end;
	errno = 0;
	*number = strtoull(word, &end, 10);
	return word[0] >= '0' && word[0] <= '9' && *end == '\0' && errno == 0;
}

static void local_why(struct hand *hand, struct answer *answer, uint64_t order)
{
	struct config_error error;
	struct story *story = story_open(&hand->site, hand->site.journal_directory, order, &error);
	if (story == NULL) {
		answer_code(answer, CODE_JOURNAL_FAILED, "%s", error.text);
		return;
	}
	while (!story_step(story, RECORDS_PER_STEP))
		;
	story_tell(story, answer);
	story_close(story);
}

static void local_verify(struct hand *hand, struct answer *answer)
{
	struct config_error error;
	struct inspect *inspect =
		inspect_open(&hand->site, hand->site.journal_directory, 0, 0, &error);
	if (inspect == NULL) {
		answer_code(answer, CODE_JOURNAL_FAILED, "%s", error.text);
		return;
	}
	while (!inspect_step(inspect, answer, RECORDS_PER_STEP))
		;
	inspect_tell(inspect, answer, 0);
	inspect_close(inspect);
}

/* Straight from the reader to the page: a day need not fit into an answer. */
static int local_export(struct hand *hand, uint64_t from)
{
	struct config_error error;
	struct reader *reader = reader_open(hand->site.journal_directory, &error);
	const struct record *record;
	uint64_t sequence, wall_ns = 0;
	if (reader == NULL) {
		fprintf(stderr, "%03u %s\n", (unsigned)CODE_JOURNAL_FAILED, error.text);
		return code_exit_status(CODE_JOURNAL_FAILED);
	}
	while ((record = reader_next(reader, &sequence)) != NULL) {
		if (record->type == RECORD_TURN &&
			record->body_bytes >= sizeof(struct turn_inputs)) {
			struct turn_inputs turn;
			memcpy(&turn, record_body(record), sizeof turn);
			wall_ns = turn.wall_ns;
		}
		if (sequence < from)
			continue;
		json_t *row = record_json(&hand->site, record, sequence, wall_ns);
		json_dumpf(row, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(row);
	}
	struct reader_end end;
	reader_end_of(reader, &end);
	reader_close(reader);
	if (end.is_damaged)
		fprintf(stderr, "%03u ends at %s: %s\n", (unsigned)CODE_JOURNAL_DAMAGED,
			end.segment, end.reason);
	return end.is_damaged ? code_exit_status(CODE_JOURNAL_DAMAGED) : 0;
}

int local_run(struct hand *hand, const struct request *request)
{
	struct answer answer;
	uint64_t number = 0;
	size_t size;
	const char *word = request->words[0][0] == 'w' ? request->words[1]
			   : request->word_count > 2   ? request->words[2]
						       : NULL;
	bool is_export = request->words[0][0] == 'j' && request->words[1][0] == 'e';
	bool is_good = word == NULL || number_read(word, &number);
	fprintf(stderr, "(control does not answer: read from %s)\n", hand->site.journal_directory);
	if (is_good && is_export)
		return local_export(hand, number);
	answer_init(&answer, hand->is_json);
	if (!is_good)
		answer_code(&answer, CODE_ARGUMENT_BAD, "found \"%.60s\", expected a number", word);
	else if (request->words[0][0] == 'w')
		local_why(hand, &answer, number);
	else
		local_verify(hand, &answer);
	char *bytes = answer_render(&answer, &size);
	if (bytes != NULL)
		fwrite(bytes, 1, hand->is_json ? size : size - 1, stdout);
	fflush(stdout);
	free(bytes);
	int status = code_exit_status(answer.code);
	answer_free(&answer);
	return status;
}
