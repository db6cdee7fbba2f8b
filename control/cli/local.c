/* local.c - the journal read without control: its directory is enough. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "control/cli/hand.h"
#include "control/cli/progress.h"
#include "control/journal/inspect.h"
#include "control/journal/story.h"
#include "drivers/machine/clock.h"

enum {
	RECORDS_PER_STEP = 100000,
	RECORDS_A_LOOK = 10000, /* of an export, between two looks at the clock */
};

bool local_can(const struct request *request)
{
	if (request->word_count == 2 && strcmp(request->words[0], "why") == 0)
		return true;
	return request->word_count >= 2 && strcmp(request->words[0], "journal") == 0 &&
	       (strcmp(request->words[1], "verify") == 0 ||
		       strcmp(request->words[1], "export") == 0);
}

static void progress_start(struct progress *progress)
{
	progress_begin(progress, stderr, isatty(STDERR_FILENO) != 0, clock_now_ns());
}

static bool number_read(const char *word, uint64_t *number)
{
	char *end;
	errno = 0;
	*number = strtoull(word, &end, 10);
	return word[0] >= '0' && word[0] <= '9' && *end == '\0' && errno == 0;
}

/* Whether an end may be a write under way, and is to be looked at again: it is waited for. */
static bool goes_on(
	struct growth *growth, const struct site_config *site, const struct reader_end *end)
{
	const struct timespec pause = {.tv_nsec = GROWTH_LOOK_NS};
	if (growth_is_settled(growth, site->journal_directory, end, clock_now_ns()))
		return false;
	nanosleep(&pause, NULL);
	return true;
}

static void local_why(const struct site_config *site, struct answer *answer, uint64_t order)
{
	struct config_error error;
	struct story *story = story_open(site, site->journal_directory, order, &error);
	if (story == NULL) {
		answer_code(answer, CODE_JOURNAL_FAILED, "%s", error.text);
		return;
	}
	struct progress progress;
	progress_start(&progress);
	do {
		while (!story_step(story, RECORDS_PER_STEP))
			progress_tell(
				&progress, story->record_count, story->wall_ns, clock_now_ns());
	} while (goes_on(&story->growth, site, &story->end));
	progress_end(&progress);
	story_tell(story, answer);
	story_close(story);
}

static void local_verify(const struct site_config *site, struct answer *answer)
{
	struct config_error error;
	struct inspect *inspect = inspect_open(site, site->journal_directory, 0, 0, &error);
	if (inspect == NULL) {
		answer_code(answer, CODE_JOURNAL_FAILED, "%s", error.text);
		return;
	}
	struct progress progress;
	progress_start(&progress);
	do {
		while (!inspect_step(inspect, answer, RECORDS_PER_STEP))
			progress_tell(&progress, inspect->count, inspect->wall_ns, clock_now_ns());
	} while (goes_on(&inspect->growth, site, &inspect->end));
	progress_end(&progress);
	inspect_tell(inspect, answer);
	inspect_close(inspect);
}

/* An export under way. */
struct export
{
	const struct site_config *site;
	struct reader *reader;
	struct progress progress;
	uint64_t from, wall_ns, count;
};

/* Writes all records up to where the journal ends now.  Whoever reads the page may have gone. */
static void export_to_end(struct export *export)
{
	const struct record *record;
	uint64_t sequence;
	while (!ferror(stdout) && (record = reader_next(export->reader, &sequence)) != NULL) {
		if (record->type == RECORD_TURN &&
			record->body_bytes >= sizeof(struct turn_inputs)) {
			struct turn_inputs turn;
			memcpy(&turn, record_body(record), sizeof turn);
			export->wall_ns = turn.wall_ns;
		}
		if (++export->count % RECORDS_A_LOOK == 0)
			progress_tell(
				&export->progress, export->count, export->wall_ns, clock_now_ns());
		if (sequence < export->from)
			continue;
		json_t *row = record_json(export->site, record, sequence, export->wall_ns);
		json_dumpf(row, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(row);
	}
}

/* Straight from the reader to the page: a day need not fit into an answer. */
static int local_export(const struct site_config *site, uint64_t from)
{
	struct config_error error;
	struct export export = {
		.site = site, .reader = reader_open(site->journal_directory, &error), .from = from};
	struct growth growth = {0};
	struct reader_end end;
	if (export.reader == NULL) {
		fprintf(stderr, "%03u %s\n", (unsigned)CODE_JOURNAL_FAILED, error.text);
		return code_exit_status(CODE_JOURNAL_FAILED);
	}
	progress_start(&export.progress);
	do {
		export_to_end(&export);
		reader_end_of(export.reader, &end);
	} while (!ferror(stdout) && goes_on(&growth, site, &end));
	progress_end(&export.progress);
	reader_close(export.reader);
	if (growth.is_growing)
		fprintf(stderr,
			"(the journal is being written by process %u: read up to record %" PRIu64
			")\n",
			growth.holder, end.last_sequence);
	else if (end.is_damaged)
		fprintf(stderr, "%03u ends at %s: %s\n", (unsigned)CODE_JOURNAL_DAMAGED,
			end.segment, end.reason);
	bool is_bad = end.is_damaged && !growth.is_growing;
	return is_bad ? code_exit_status(CODE_JOURNAL_DAMAGED) : 0;
}

/* What the words ask for. */
struct local_words {
	bool is_why, is_export;
	const char *number_word, *gate_named;
	uint64_t number;
	uint32_t gate;
};

/* false: error says what is wrong with them. */
static bool words_take(const struct hand *hand, const struct request *request,
	struct local_words *words, struct config_error *error)
{
	words->is_why = request->words[0][0] == 'w';
	words->is_export = !words->is_why && request->words[1][0] == 'e';
	for (uint32_t i = words->is_why ? 1 : 2; i < request->word_count; i++) {
		bool is_gate = strcmp(request->words[i], "--gate") == 0;
		if (is_gate && i + 1 < request->word_count)
			words->gate_named = request->words[++i];
		else
			words->number_word = request->words[i];
	}
	if (words->number_word != NULL && !number_read(words->number_word, &words->number)) {
		snprintf(error->text, sizeof error->text, "found \"%.60s\", expected a number",
			words->number_word);
		return false;
	}
	if (words->is_why && words->number == 0) {
		snprintf(error->text, sizeof error->text,
			"found \"0\", expected an order's number: show orders, or a receipt");
		return false;
	}
	words->gate = site_gate_of_order(&hand->site, words->number);
	return words->is_why ||
	       site_gate_choose(&hand->site, words->gate_named, &words->gate, error);
}

/* Prints what a gate's journal says; view NULL: what error says. */
static int local_tell(const struct hand *hand, const struct site_config *view,
	const struct local_words *words, const struct config_error *error)
{
	struct answer answer;
	size_t size;
	answer_init(&answer, hand->is_json);
	if (view == NULL)
		answer_code(&answer, CODE_ARGUMENT_BAD, "%s", error->text);
	else if (words->is_why)
		local_why(view, &answer, words->number);
	else
		local_verify(view, &answer);
	char *bytes = answer_render(&answer, &size);
	if (bytes != NULL)
		fwrite(bytes, 1, hand->is_json ? size : size - 1, stdout);
	fflush(stdout);
	free(bytes);
	int status = code_exit_status(answer.code);
	answer_free(&answer);
	return status;
}

int local_run(struct hand *hand, const struct request *request)
{
	static struct site_config view;
	struct local_words words = {0};
	struct config_error error;
	bool is_good = words_take(hand, request, &words, &error);
	if (is_good)
		site_of_gate(&view, &hand->site, words.gate);
	fprintf(stderr, "(control does not answer: read from %s)\n",
		is_good ? view.journal_directory : hand->site.journal_directory);
	int status = is_good && words.is_export
			     ? local_export(&view, words.number)
			     : local_tell(hand, is_good ? &view : NULL, &words, &error);
	if (is_good)
		site_of_gate_free(&view);
	return status;
}
