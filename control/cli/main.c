/* sluicectl - the operator's hand: one-shot, interactive, scripts. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/cli/hand.h"
#include "drivers/machine/build.h"
#include "drivers/machine/stdio.h"

static int usage(FILE *out, int status)
{
	fputs("sluicectl [--config DIR | --run DIR | --socket PATH] [--json] [command... | -f "
	      "FILE]\n"
	      "  --config DIR   the site; also lets why and journal read its journal without "
	      "control\n"
	      "  --run DIR      where the sockets are (default: SLUICE_RUN, else /run/sluice)\n"
	      "  --socket PATH  control's socket itself\n"
	      "  --json         answers as JSON objects, one a line\n"
	      "  -f FILE        commands from a file, - for standard input; stops at the first "
	      "failure\n"
	      "  --version      which build this is; status says which runs\n"
	      "Without a command it is interactive.  Commands: sluicectl help, and top, the live "
	      "screen.\n"
	      "Exit status: 0 done, 4 refused, 8 failed, 9 not understood.\n",
		out);
	return status;
}

/* What was asked is done; that its answer can be read nowhere is a failure all the same, unless a reader left. */
static int output_end(int status)
{
	struct stat output;
	bool is_written = fflush(stdout) == 0 && ferror(stdout) == 0;
	bool has_reader = fstat(STDOUT_FILENO, &output) == 0 &&
			  (S_ISFIFO(output.st_mode) || S_ISSOCK(output.st_mode));
	if (is_written || has_reader)
		return status;
	fputs("sluicectl: found an output that takes no more, expected room for the answer; the "
	      "command was run\n",
		stderr);
	return status != 0 ? status : 8;
}

int main(int argc, char **argv)
{
	static struct hand hand;
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"run", required_argument, NULL, 'r'}, {"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
	const char *config = NULL, *run = NULL, *socket = NULL, *script = NULL;
	bool is_json = false;
	struct config_error error;
	stdio_hold();
	/* "+": a command's own words are not ours to reorder. */
	for (int option; (option = getopt_long(argc, argv, "+c:r:s:jf:h", options, NULL)) != -1;) {
		if (option == 'c')
			config = optarg;
		else if (option == 'r')
			run = optarg;
		else if (option == 's')
			socket = optarg;
		else if (option == 'j')
			is_json = true;
		else if (option == 'f')
			script = optarg;
		else if (option == 'V')
			return build_print("sluicectl");
		else
			return usage(option == 'h' ? stdout : stderr, option == 'h' ? 0 : 9);
	}
	/* Wherever it stands: no command has such a word. */
	int kept = optind;
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			is_json = true;
		else
			argv[kept++] = argv[i];
	}
	argc = kept;
	if (script != NULL && optind < argc) {
		fprintf(stderr, "sluicectl: found -f %s and \"%s\", expected one of both\n", script,
			argv[optind]);
		return 9;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!hand_open(&hand, socket, run, config, is_json, &error)) {
		fprintf(stderr, "sluicectl: %s\n", error.text);
		return 9;
	}
	int status;
	if (script != NULL)
		status = hand_script(&hand, script);
	else if (optind < argc)
		status = hand_words(&hand, argv + optind, argc - optind);
	else
		status = prompt_run(&hand);
	hand_close(&hand);
	return output_end(status);
}
