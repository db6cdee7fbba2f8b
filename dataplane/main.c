/* sluice-dataplane: feed, gate and journal on their cores; or, with --replay, the same gate over a journal. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "config/scalar.h"
#include "dataplane/plan/plan.h"
#include "dataplane/plan/rerun.h"
#include "drivers/machine/clock.h"

static volatile sig_atomic_t is_stopping;

static void main_on_signal(int number)
{
	(void)number;
	is_stopping = 1;
}

static int main_usage(FILE *to, int status)
{
	fputs("usage: sluice-dataplane --config DIR             run the site\n"
	      "       sluice-dataplane --config DIR --check     read the configuration and stop\n"
	      "       sluice-dataplane --config DIR --replay JOURNAL [--json]\n"
	      "                                                 judge a journal again and compare\n"
	      "       ... --replay JOURNAL --limits FILE [--order ID] [--json]\n"
	      "                                                 judge it by other limits: what "
	      "differs\n"
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

static int main_run(const struct site_config *site)
{
	static struct plan plan;
	struct config_error error = {{0}};
	struct sigaction action = {.sa_handler = main_on_signal};
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	bool is_good = plan_start(&plan, site, &error);
	if (is_good) {
		is_good = plan_run(&plan, &is_stopping, &error);
		plan_stop(&plan);
	}
	if (!is_good)
		fprintf(stderr, "sluice-dataplane: %s\n", error.text);
	return is_good ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"replay", required_argument, NULL, 'r'}, {"limits", required_argument, NULL, 'l'},
		{"order", required_argument, NULL, 'o'}, {"json", no_argument, NULL, 'j'},
		{"check", no_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'}, {0}};
	static struct site_config site;
	struct config_error error = {{0}};
	const char *config = NULL, *journal = NULL, *limits = NULL, *order = NULL;
	uint64_t order_id = 0;
	bool is_json = false, is_check = false;
	int option;
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'h')
			return main_usage(stdout, 0);
		else if (option == 'c')
			config = optarg;
		else if (option == 'r')
			journal = optarg;
		else if (option == 'l')
			limits = optarg;
		else if (option == 'o')
			order = optarg;
		else if (option == 'j')
			is_json = true;
		else if (option == 'k')
			is_check = true;
		else
			return main_usage(stderr, 2);
	}
	if (config == NULL || optind != argc)
		return main_usage(stderr, 2);
	if (limits != NULL && journal == NULL)
		return main_wrong(
			"--limits and no --replay", "the journal to judge: --replay JOURNAL");
	if (order != NULL && limits == NULL)
		return main_wrong(
			"--order and no --limits", "the limits to judge it by: --limits FILE");
	if (order != NULL && (scalar_count(order, &order_id) != NULL || order_id == 0)) {
		char found[64];
		snprintf(found, sizeof found, "--order \"%.40s\"", order);
		return main_wrong(found, "its number, from 1, as `show orders` tells it");
	}
	clock_start();
	if (!config_load(&site, config, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 2;
	}
	int status = is_check          ? 0
		     : limits != NULL  ? rerun_what_if(&site, journal, limits, order_id, is_json)
		     : journal != NULL ? rerun_journal(&site, journal, is_json)
				       : main_run(&site);
	config_free(&site);
	return status;
}
