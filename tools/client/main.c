/* main.c - sluice-client: a scripted strategy; see --help and script.h. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/machine/build.h"
#include "drivers/machine/clock.h"
#include "tools/client/client.h"
#include "tools/client/tell.h"

enum { EXIT_FAILED = 1, EXIT_MISTAKE = 2, EXIT_LOST = 3, TEXT_MAX = 1 << 24 };

static const char help[] =
	"sluice-client: a scripted strategy. SoupBinTCP and OUCH 5.0 to a gate or a venue.\n\n"
	"  --connect ADDRESS:PORT   where to (127.0.0.1:25000); a path is the order socket of a\n"
	"                           dataplane on this machine (run/order.sock): shared memory\n"
	"  --user NAME              SoupBinTCP user, up to 6 characters\n"
	"  --password WORD          up to 10 characters\n"
	"  --script FILE            steps, one a line; - is standard input\n"
	"  --session NAME           SoupBinTCP session; the current one without it\n"
	"  --sequence N             first message wanted; 0 only new ones (0)\n"
	"  --first-ref N            first UserRefNum; asked for without it\n"
	"  --wait-ms N              keep trying to connect for so long (0)\n"
	"  --json                   one JSON object a line\n"
	"  --quiet                  only failures and the summary\n"
	"  --version                which build this is\n"
	"  --help                   print this\n\n"
	"steps: buy|sell|short QTY SYMBOL at PRICE [as MPID] [strategy N] [tif day|ioc] [hidden] "
	"[ref N]\n"
	"       replace N|last with QTY at PRICE    cancel N|last [to QTY]\n"
	"       flood buy QTY SYMBOL at PRICE times N [rate N]\n"
	"       wait accepted|rejected|replaced|executed|filled|canceled N|last [within TIME]\n"
	"       wait answers|closed [within TIME]   pause TIME   repeat N { ... }\n"
	"       expect accepted|...|silent N|last   expect code CODE [N|last]\n\n"
	"Exit: 0 all expectations held, 1 one did not, 2 a mistake in the call or the script,\n"
	"      3 no connection, login refused, or the session was lost.\n";

static char *text_read(const char *path)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (file == NULL) {
		fprintf(stderr,
			"sluice-client: --script: found '%s' for %s, expected a file of steps\n",
			strerror(errno), path);
		return NULL;
	}
	char *text = calloc(1, TEXT_MAX);
	CHECK(text != NULL);
	size_t size = fread(text, 1, TEXT_MAX - 1, file);
	text[size] = '\0';
	if (file != stdin)
		fclose(file);
	return text;
}

static bool copied(char *to, size_t size, const char *from)
{
	size_t used = strlen(from);
	if (used == 0 || used >= size)
		return false;
	memcpy(to, from, used + 1);
	return true;
}

static bool read_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;
	*value = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *value <= max;
}

static bool read_option(struct client_options *o, int letter, const char *text, const char **script)
{
	uint64_t value = 0;
	switch (letter) {
	case 'c':
		return client_address_read(o, text);
	case 'u':
		return copied(o->user, sizeof o->user, text);
	case 'p':
		return copied(o->password, sizeof o->password, text);
	case 's':
		return copied(o->session, sizeof o->session, text);
	case 'f':
		*script = text;
		return true;
	case 'n':
		return read_number(text, INT64_MAX, &o->sequence);
	case 'r':
		if (!read_number(text, UINT32_MAX / 2, &value) || value == 0)
			return false;
		o->first_ref = (uint32_t)value;
		return true;
	case 'w':
		if (!read_number(text, 3600000, &value))
			return false;
		o->connect_ns = value * 1000000;
		return true;
	case 'j':
		return o->is_json = true;
	default:
		return o->is_quiet = true;
	}
}

/* options_read returns -1 to go on, else the code to exit with. */
static int options_read(struct client_options *o, int argc, char **argv, const char **script)
{
	static const struct option rows[] = {{"connect", 1, NULL, 'c'}, {"user", 1, NULL, 'u'},
		{"password", 1, NULL, 'p'}, {"script", 1, NULL, 'f'}, {"session", 1, NULL, 's'},
		{"sequence", 1, NULL, 'n'}, {"first-ref", 1, NULL, 'r'}, {"wait-ms", 1, NULL, 'w'},
		{"json", 0, NULL, 'j'}, {"quiet", 0, NULL, 'q'}, {"help", 0, NULL, 'h'},
		{"version", 0, NULL, 'V'}, {NULL, 0, NULL, 0}};
	int letter, index = 0;
	*o = (struct client_options){.address = "127.0.0.1", .port = 25000};
	while ((letter = getopt_long(argc, argv, "", rows, &index)) != -1) {
		if (letter == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (letter == 'V')
			return build_print("sluice-client") != 0;
		if (letter == '?')
			return EXIT_MISTAKE;
		if (!read_option(o, letter, optarg, script)) {
			fprintf(stderr,
				"sluice-client: found '%s', expected what --help says of --%s\n",
				optarg, rows[index].name);
			return EXIT_MISTAKE;
		}
	}
	if (optind < argc || o->user[0] == '\0' || o->password[0] == '\0' || *script == NULL) {
		fprintf(stderr,
			"sluice-client: found %s, expected --user, --password and --script\n",
			optind < argc ? argv[optind] : "one of them missing");
		return EXIT_MISTAKE;
	}
	return -1;
}

int main(int argc, char **argv)
{
	static struct client client;
	struct client_options options;
	struct config_error error = {{0}};
	struct script script;
	const char *path = NULL;
	int code = options_read(&options, argc, argv, &path);
	if (code >= 0)
		return code;
	char *text = text_read(path);
	if (text == NULL || !script_parse(&script, path, text, &error)) {
		fprintf(stderr, "%s%s", error.text, text == NULL ? "" : "\n");
		free(text);
		return EXIT_MISTAKE;
	}
	free(text);
	signal(SIGPIPE, SIG_IGN);
	clock_start();
	if (!client_open(&client, &options, &error)) {
		fprintf(stderr, "sluice-client: %s\n", error.text);
		code = EXIT_LOST;
	} else {
		code = client_run(&client, &script, path) ? 0 : EXIT_LOST;
		tell_summary(&client);
	}
	if (client.failures > 0)
		code = EXIT_FAILED;
	client_logout(&client);
	script_free(&script);
	return code;
}
