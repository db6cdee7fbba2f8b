/* sluice-control - the one process that may change anything. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/check.h"
#include "control/command/control.h"
#include "drivers/machine/build.h"
#include "drivers/machine/clock.h"
#include "drivers/machine/log.h"
#include "drivers/machine/stdio.h"

static volatile sig_atomic_t is_ending;

static void end(int signal)
{
	(void)signal;
	is_ending = 1;
}

static int usage(FILE *out, int status)
{
	fputs("sluice-control --config DIR [--limits FILE] [--check]\n"
	      "  --config DIR   the site: site.yaml, accounts.yaml, symbols.yaml, limits.yaml\n"
	      "  --limits FILE  limits instead of DIR/limits.yaml\n"
	      "  --check        read the site and its limits, say what is wrong, and stop\n"
	      "  --version      which build this is\n"
	      "Serves control.sock and view.sock in the site's run directory; ends on SIGTERM.\n",
		out);
	return status;
}

static int check(const char *directory, const char *limits)
{
	static struct site_config site;
	struct config_error error;
	bool is_good = config_load(&site, directory, &error);
	if (is_good) {
		is_good = check_limits(&site, limits, stdout, &error);
		config_free(&site);
	}
	if (!is_good)
		fprintf(stderr, "sluice-control: %s\n", error.text);
	return is_good ? 0 : 2;
}

int main(int argc, char **argv)
{
	static struct control control;
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"limits", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'},
		{"check", no_argument, NULL, 'k'}, {"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	bool is_check = false;
	const char *directory = NULL, *limits = NULL;
	struct config_error error;
	stdio_hold();
	for (int option; (option = getopt_long(argc, argv, "c:l:h", options, NULL)) != -1;) {
		if (option == 'c')
			directory = optarg;
		else if (option == 'l')
			limits = optarg;
		else if (option == 'k')
			is_check = true;
		else if (option == 'V')
			return build_print("sluice-control");
		else
			return usage(option == 'h' ? stdout : stderr, option == 'h' ? 0 : 2);
	}
	if (directory == NULL || optind < argc)
		return usage(stderr, 2);
	if (is_check)
		return check(directory, limits);
	clock_start();
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
	sigaction(SIGINT, &(struct sigaction){.sa_handler = end}, NULL);
	if (!control_open(&control, directory, limits, &error)) {
		fprintf(stderr, "sluice-control: %s\n", error.text);
		return 2;
	}
	log_write(LOG_LEVEL_INFO, "control", "ready: site %s, %s/control.sock", control.site.name,
		control.site.run_directory);
	while (!is_ending)
		control_turn(&control, 20);
	log_write(LOG_LEVEL_INFO, "control", "ends on a signal");
	control_close(&control);
	return 0;
}
