/* sluice-dataplane: feed, gate and journal on their cores; or, with --replay, the same gate over a journal. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "config/check.h"
#include "config/scalar.h"
#include "dataplane/plan/plan.h"
#include "dataplane/plan/rerun.h"
#include "drivers/machine/build.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/stdio.h"

static volatile sig_atomic_t is_stopping;

static void main_on_signal(int number)
{
	(void)number;
	is_stopping = 1;
}

static int main_usage(FILE *to, int status)
{
	fputs("usage: sluice-dataplane --config DIR             run the site\n"
	      "       sluice-dataplane --config DIR --check [--limits FILE]\n"
	      "                                                 read the configuration and "
	      "limits.yaml, say "
	      "what\n"
	      "                                                 is wrong, and stop\n"
	      "       sluice-dataplane --config DIR --replay JOURNAL [--json]\n"
	      "                                                 judge a journal again and compare\n"
	      "       ... --replay JOURNAL --limits FILE [--order ID] [--json]\n"
	      "                                                 judge it by other limits: what "
	      "differs\n"
	      "       ... --replay JOURNAL --until RECORD       no further: of a journal that is "
	      "being\n"
	      "                                                 written, the last acknowledged\n"
	      "       ... --replay JOURNAL --gate NAME          of a site with several gates\n"
	      "       sluice-dataplane --version                which build this is\n"
	      "exit: 0 done, 1 failed or a replay differs, 2 configuration or usage, 3 other "
	      "limits,\n"
	      "      other verdicts\n",
		to);
	return status;
}

static int main_wrong(const char *found, const char *expected)
{
	fprintf(stderr, "sluice-dataplane: found %s, expected %s; --help says more\n", found,
		expected);
	return 2;
}

/* A site whose configuration is refused, whatever was begun by then. */
static int main_refused(struct site_config *site, const struct config_error *error)
{
	fprintf(stderr, "%s\n", error->text);
	config_free(site);
	return 2;
}

static int main_failed(struct site_config *site, const struct config_error *error)
{
	fprintf(stderr, "sluice-dataplane: %s\n", error->text);
	config_free(site);
	return 1;
}

/* Ports come up while accounts and symbols are read: of ten thousand symbols a quarter of the boot. */
static int main_run(struct site_config *site, const char *directory)
{
	static struct plan plan;
	struct phases phases;
	struct config_error error = {{0}};
	struct sigaction action = {.sa_handler = main_on_signal};
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	phases_begin(&phases, clock_now_ns());
	struct config_reading *reading = config_begin(site, directory, &error);
	if (reading == NULL)
		return main_refused(site, &error);
	phases_end(&phases, "site", clock_now_ns());
	if (!plan_begin(&plan, site, &phases, &error)) {
		config_drop(reading);
		return main_failed(site, &error);
	}
	if (!config_end(reading)) {
		plan_abandon(&plan);
		return main_refused(site, &error);
	}
	bool is_good = plan_start(&plan, &is_stopping, &error);
	if (is_good) {
		is_good = plan_run(&plan, &is_stopping, &error);
		plan_stop(&plan);
	}
	if (!is_good)
		return main_failed(site, &error);
	config_free(site);
	return 0;
}

/* What the words ask for. */
struct main_words {
	const char *config, *journal, *limits, *order, *gate, *until;
	uint64_t order_id, until_record;
	bool is_json, is_check, is_help, is_version;
};

/* main_read takes the words; false: one is not known. */
static bool main_read(struct main_words *words, int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"replay", required_argument, NULL, 'r'}, {"limits", required_argument, NULL, 'l'},
		{"order", required_argument, NULL, 'o'}, {"gate", required_argument, NULL, 'g'},
		{"until", required_argument, NULL, 'u'}, {"json", no_argument, NULL, 'j'},
		{"check", no_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'}, {0}};
	const char **texts[] = {['c'] = &words->config,
		['r'] = &words->journal,
		['l'] = &words->limits,
		['o'] = &words->order,
		['g'] = &words->gate,
		['u'] = &words->until};
	bool *flags[] = {['j'] = &words->is_json,
		['k'] = &words->is_check,
		['h'] = &words->is_help,
		['V'] = &words->is_version};
	int option;
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option < (int)ARRAY_COUNT(texts) && texts[option] != NULL)
			*texts[option] = optarg;
		else if (option < (int)ARRAY_COUNT(flags) && flags[option] != NULL)
			*flags[option] = true;
		else
			return false;
	}
	return words->is_help || words->is_version || (words->config != NULL && optind == argc);
}

/* main_check finds what of the words does not go together; 0, or the exit status. */
static int main_check(struct main_words *words)
{
	if (words->limits != NULL && words->journal == NULL && !words->is_check)
		return main_wrong("--limits and neither --replay nor --check",
			"the journal to judge: --replay JOURNAL");
	if (words->order != NULL && words->limits == NULL)
		return main_wrong(
			"--order and no --limits", "the limits to judge it by: --limits FILE");
	if (words->gate != NULL && words->journal == NULL)
		return main_wrong("--gate and no --replay",
			"the journal to judge: a site is run with all its gates");
	if (words->until != NULL && words->journal == NULL)
		return main_wrong(
			"--until and no --replay", "the journal to judge: --replay JOURNAL");
	if (words->until != NULL && (scalar_count(words->until, &words->until_record) != NULL ||
					    words->until_record == 0)) {
		char found[64];
		snprintf(found, sizeof found, "--until \"%.40s\"", words->until);
		return main_wrong(found, "the number of a record, from 1");
	}
	if (words->order != NULL &&
		(scalar_count(words->order, &words->order_id) != NULL || words->order_id == 0)) {
		char found[64];
		snprintf(found, sizeof found, "--order \"%.40s\"", words->order);
		return main_wrong(found, "its number, from 1, as `show orders` tells it");
	}
	return 0;
}

/* main_look reads the limits too, as control will. */
static int main_look(const struct site_config *site, const char *limits)
{
	struct config_error error;
	if (check_limits(site, limits, stdout, &error))
		return 0;
	fprintf(stderr, "%s\n", error.text);
	return 2;
}

/* main_judge judges a journal of one of the gates again. */
static int main_judge(const struct site_config *site, const struct main_words *words)
{
	static struct site_config view;
	struct config_error error;
	uint32_t gate;
	if (!site_gate_choose(site, words->gate, &gate, &error)) {
		fprintf(stderr, "sluice-dataplane: %s\n", error.text);
		return 2;
	}
	site_of_gate(&view, site, gate);
	int status =
		words->limits != NULL
			? rerun_what_if(&view, site, words->journal, words->until_record,
				  words->limits, words->order_id, words->is_json)
			: rerun_journal(&view, words->journal, words->until_record, words->is_json);
	site_of_gate_free(&view);
	return status;
}

int main(int argc, char **argv)
{
	static struct site_config site;
	struct main_words words = {0};
	struct config_error error = {{0}};
	stdio_hold();
	if (!main_read(&words, argc, argv))
		return main_usage(stderr, 2);
	if (words.is_version)
		return build_print("sluice-dataplane");
	if (words.is_help)
		return main_usage(stdout, 0);
	int wrong = main_check(&words);
	if (wrong != 0)
		return wrong;
	clock_start();
	if (!words.is_check && words.journal == NULL)
		return main_run(&site, words.config);
	if (!config_load(&site, words.config, &error))
		return main_refused(&site, &error);
	int status = words.is_check ? main_look(&site, words.limits) : main_judge(&site, &words);
	config_free(&site);
	return status;
}
