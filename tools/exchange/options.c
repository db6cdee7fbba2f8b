#include "tools/exchange/options.h"

#include <getopt.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/machine/build.h"
#include "tools/exchange/lines.h"
#include "tools/exchange/profile.h"
#include "tools/exchange/speech.h"

/* clang-format off */
#define OPTIONS(ROW)                                                                                     \
	ROW("listen", 'l', "ADDRESS:PORT", "take order sessions here; port 0 takes a free one (127.0.0.1:0)")  \
	ROW("user", 'u', "NAME:PASSWORD[:FIRM]", "a port that may log in; repeat for more")                     \
	ROW("session", 's', "NAME", "SoupBinTCP session, up to 10 characters (SIM0000001)")                     \
	ROW("symbols", 'y', "A,B", "symbols beside those of the ITCH file")                                     \
	ROW("itch", 'i', "FILE", "background flow: 16-bit length and ITCH 5.0 message, repeated")                \
	ROW("speed", 'p', "max|step|N", "play the file at once, by command, or N times as fast as it was (1)")   \
	ROW("messages-per-second", 'r', "N", "play the file at this rate instead")                              \
	ROW("start", 'w', "now|login|command", "when the feed's day and the file begin (now)")                  \
	ROW("mold-session", 'm', "NAME", "MoldUDP64 session, up to 10 characters (SIM0000001)")                  \
	ROW("feed-a", 'a', "GROUP:PORT", "publish line A there")                                                \
	ROW("interface-a", 'A', "ADDRESS", "from the interface with this address")                              \
	ROW("feed-b", 'b', "GROUP:PORT", "publish line B there")                                                \
	ROW("interface-b", 'B', "ADDRESS", "from the interface with this address")                              \
	ROW("rewind", 'x', "ADDRESS:PORT", "answer MoldUDP64 requests for old messages here, by UDP")            \
	ROW("rewind-rate", '1', "N", "at most so many requests a second (no limit)")                            \
	ROW("rewind-depth", '2', "N", "only the newest N messages (all that is kept)")                          \
	ROW("rewind-messages", '3', "N", "at most so many messages an answer (what fits a packet)")             \
	ROW("history", '4', "N", "keep so many messages at least (33554432)")                                   \
	ROW("glimpse", 'g', "ADDRESS:PORT", "serve GLIMPSE 5.0 snapshots here; needs a --glimpse-user")          \
	ROW("glimpse-user", 'G', "NAME:PASSWORD", "who may log in there; repeat for more")                      \
	ROW("pitch-a", 'e', "GROUP:PORT", "say the feed as a Cboe unit too, line A there")                      \
	ROW("pitch-b", 'D', "GROUP:PORT", "line B of it")                                                       \
	ROW("pitch-unit", '5', "N", "which unit that is (1)")                                                   \
	ROW("gap-a", 'J', "GROUP:PORT", "its gap responses on line A")                                          \
	ROW("gap-b", 'K', "GROUP:PORT", "on line B")                                                            \
	ROW("gap-proxy", 'L', "ADDRESS:PORT", "its gap request proxy here, by TCP; needs a --cboe-user")         \
	ROW("spin-server", 'M', "ADDRESS:PORT", "its spin server here; needs a --cboe-user")                    \
	ROW("cboe-user", 'U', "SUBID:NAME:PASSWORD", "who may log in at both")                                  \
	ROW("heartbeat-ms", 'h', "N", "heartbeat on order sessions (1000)")                                     \
	ROW("timeout-ms", 't', "N", "drop a session that is silent for so long (15000)")                        \
	ROW("orders", 'n', "N", "room for so many resting orders (4194304)")                                    \
	ROW("cancel-on-disconnect", 'c', NULL, "cancel a user's orders when its session ends")                  \
	ROW("script", 'k', "FILE", "play a conversation, say PASS or FAIL for each line, and end (docs/venue.md)")  \
	ROW("verdict", 'v', "FILE", "write what became of the script's lines there, as JSON")                   \
	ROW("drop", 'd', "NAME:PASSWORD:USER", "a read-only port: hears what becomes of USER's orders; repeat")  \
	ROW("speaks", 'q', "USER:PROTOCOL", "what a port speaks: ouch50, ouch42, fix42 or fix44; repeat for more")     \
	ROW("fix", 'F', "ADDRESS:PORT", "take FIX sessions here")                                               \
	ROW("comp-id", 'I', "NAME", "our CompID in FIX (VENUE)")                                                \
	ROW("profile", 'P', "FILE", "what venue it is: ports, symbols, rules; later options add to it")         \
	ROW("commands", 'C', NULL, "take commands on standard input; `help` lists them")                        \
	ROW("spin", 'S', NULL, "never sleep between turns")                                                     \
	ROW("stats", 'j', NULL, "print counts as JSON at the end")                                              \
	ROW("stats-file", 'f', "FILE", "write the same there")                                                  \
	ROW("orders-file", 'o', "FILE", "write every order there at the end, one JSON object a line")           \
	ROW("ready-fd", 'R', "N", "say `ready port=...` on this descriptor, not on standard output")            \
	ROW("version", 'V', NULL, "which build this is")                                                          \
	ROW("help", 'H', NULL, "print this")
/* clang-format on */

static void options_help(void)
{
	puts("sluice-exchange: a venue. OUCH 5.0 over SoupBinTCP in, ITCH 5.0 in MoldUDP64 out, "
	     "one\n"
	     "market for its participants and the background flow. Runs until SIGTERM or "
	     "SIGINT.\n");
#define HELP(name, letter, value, help)                                                            \
	{                                                                                          \
		const char *text = value;                                                          \
		char left[64];                                                                     \
		snprintf(left, sizeof left, "--%s %s", name, text == NULL ? "" : text);            \
		printf("  %-32s %s\n", left, help);                                                \
	}
	OPTIONS(HELP)
#undef HELP
}

static bool number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return false;
	*value = strtoull(text, &end, 10);
	return *end == '\0' && *value <= max;
}

static bool name_into(char *to, size_t size, const char *from, size_t used)
{
	if (used == 0 || used >= size)
		return false;
	memcpy(to, from, used);
	to[used] = '\0';
	return true;
}

/* read_user adds NAME:PASSWORD[:FIRM] to a list of OPTIONS_USER_MAX. */
static bool read_user(struct options_user *users, uint32_t *count, const char *text)
{
	const char *password = strchr(text, ':');
	if (password == NULL || *count == OPTIONS_USER_MAX)
		return false;
	struct options_user *user = &users[*count];
	password++;
	const char *firm = strchr(password, ':');
	size_t size = firm == NULL ? strlen(password) : (size_t)(firm - password);
	if (!name_into(user->name, sizeof user->name, text, (size_t)(password - 1 - text)) ||
		!name_into(user->password, sizeof user->password, password, size) ||
		(firm != NULL &&
			!name_into(user->firm, sizeof user->firm, firm + 1, strlen(firm + 1))))
		return false;
	*count += 1;
	return true;
}

static bool read_profile(struct options *options, const char *path)
{
	struct config_error error = {{0}};
	bool is_read = profile_load(options, path, &error);
	if (!is_read)
		fprintf(stderr, "sluice-exchange: %s\n", error.text);
	return is_read;
}

/* read_drop adds NAME:PASSWORD:USER; the user may be named later. */
static bool read_drop(struct options *options, const char *text)
{
	struct options_drop *drop = &options->drops[options->drop_count];
	const char *password = strchr(text, ':');
	const char *of = password == NULL ? NULL : strchr(password + 1, ':');
	if (of == NULL || options->drop_count == OPTIONS_USER_MAX ||
		!name_into(drop->name, sizeof drop->name, text, (size_t)(password - text)) ||
		!name_into(drop->password, sizeof drop->password, password + 1,
			(size_t)(of - password - 1)) ||
		!name_into(drop->of, sizeof drop->of, of + 1, strlen(of + 1)))
		return false;
	options->drop_count++;
	return true;
}

/* read_speech adds USER:PROTOCOL; the user may be named later. */
static bool read_speech(struct options *options, const char *text)
{
	struct options_speech *speech = &options->speeches[options->speech_count];
	const char *word = strchr(text, ':');
	if (word == NULL || options->speech_count == OPTIONS_USER_MAX ||
		!name_into(speech->name, sizeof speech->name, text, (size_t)(word - text)) ||
		!speech_of(word + 1, &speech->speech))
		return false;
	options->speech_count++;
	return true;
}

static bool read_symbols(struct options *options, const char *text)
{
	while (*text != '\0') {
		char name[9];
		size_t size = strcspn(text, ",");
		if (options->symbol_count == OPTIONS_SYMBOL_MAX ||
			!name_into(name, sizeof name, text, size))
			return false;
		options->symbols[options->symbol_count++] = symbol_pack(name);
		text += size + (text[size] == ',');
	}
	return true;
}

static bool read_address(char address[64], uint16_t *port, const char *text)
{
	struct sockaddr_in name;
	if (!lines_address(text, &name))
		return false;
	inet_ntop(AF_INET, &name.sin_addr, address, 64);
	*port = ntohs(name.sin_port);
	return true;
}

static bool read_speed(struct options *options, const char *text)
{
	char *end;
	options->pace = strcmp(text, "max") == 0    ? PACE_MAX
			: strcmp(text, "step") == 0 ? PACE_STEP
						    : PACE_TIMES;
	if (options->pace != PACE_TIMES)
		return true;
	options->times = strtod(text, &end);
	return end != text && (*end == '\0' || strcmp(end, "x") == 0) && options->times > 0 &&
	       options->times < 1e9;
}

static bool read_start(struct options *options, const char *text)
{
	static const char *const words[] = {"now", "login", "command"};
	for (uint8_t i = 0; i < ARRAY_COUNT(words); i++)
		if (strcmp(text, words[i]) == 0) {
			options->start = i;
			return true;
		}
	return false;
}

/* read_cboe_user reads who may log in at the unit's doors: four, four and ten characters at most. */
static bool read_cboe_user(struct options_unit *unit, const char *text)
{
	uint32_t count = 0;
	const char *colon = strchr(text, ':');
	return colon != NULL &&
	       name_into(unit->sub_id, sizeof unit->sub_id, text, (size_t)(colon - text)) &&
	       read_user(&unit->user, &count, colon + 1) && strlen(unit->user.name) <= 4;
}

/* read_number takes the options whose value is a number. */
static bool read_number(struct options *options, int letter, const char *text)
{
	uint64_t value;
	uint64_t max = letter == 'R' ? 1023 : letter == 'n' ? 1u << 28 : 1000000000;
	if (!number(text, max, &value) || (value == 0 && letter != 'R'))
		return false;
	switch (letter) {
	case 'r':
		options->pace = PACE_RATE;
		options->rate_per_s = value;
		break;
	case 'h':
		options->heartbeat_ns = value * 1000000;
		break;
	case 't':
		options->timeout_ns = value * 1000000;
		break;
	case 'n':
		options->order_max = (uint32_t)value;
		break;
	case 'R':
		options->ready_fd = (int)value;
		break;
	case '1':
		options->rewind_rate_per_s = (uint32_t)value;
		break;
	case '2':
		options->rewind_depth = value;
		break;
	case '3':
		options->rewind_count_max = (uint32_t)value;
		break;
	case '4':
		options->history_max = value;
		break;
	case '5':
		if (value > UINT8_MAX)
			return false;
		options->unit.number = (uint8_t)value;
		break;
	default:
		break;
	}
	return true;
}

static bool read_text(struct options *options, int letter, const char *text)
{
	switch (letter) {
	case 'l':
		return read_address(options->listen_address, &options->listen_port, text);
	case 'F':
		return read_address(options->fix_address, &options->fix_port, text);
	case 'I':
		return name_into(options->comp_id, sizeof options->comp_id, text, strlen(text));
	case 'x':
		return read_address(options->rewind_address, &options->rewind_port, text);
	case 'g':
		return read_address(options->glimpse_address, &options->glimpse_port, text);
	case 'u':
		return read_user(options->users, &options->user_count, text);
	case 'P':
		return read_profile(options, text);
	case 'q':
		return read_speech(options, text);
	case 'd':
		return read_drop(options, text);
	case 'G':
		return read_user(options->glimpse_users, &options->glimpse_user_count, text);
	case 'L':
		return read_address(options->unit.gap_address, &options->unit.gap_port, text);
	case 'M':
		return read_address(options->unit.spin_address, &options->unit.spin_port, text);
	case 'U':
		return read_cboe_user(&options->unit, text);
	case 's':
		return name_into(options->session, sizeof options->session, text, strlen(text));
	case 'm':
		return name_into(
			options->mold_session, sizeof options->mold_session, text, strlen(text));
	case 'y':
		return read_symbols(options, text);
	case 'p':
		return read_speed(options, text);
	case 'w':
		return read_start(options, text);
	default:
		return read_number(options, letter, text);
	}
}

/* read_plain takes the options that are kept as they are; false: it is not one of them. */
static bool read_plain(struct options *options, int letter, const char *text)
{
	switch (letter) {
	case 'i':
		options->itch = text;
		return true;
	case 'a':
	case 'b':
		options->feed[letter - 'a'] = text;
		return true;
	case 'e':
	case 'D':
		options->unit.line[letter == 'D'] = text;
		return true;
	case 'J':
	case 'K':
		options->unit.gap_line[letter - 'J'] = text;
		return true;
	case 'A':
	case 'B':
		options->interface[letter - 'A'] = text;
		return true;
	case 'k':
		options->script = text;
		return true;
	case 'v':
		options->verdict = text;
		return true;
	case 'f':
		options->stats_file = text;
		return true;
	case 'o':
		options->orders_file = text;
		return true;
	case 'c':
		return options->is_cancel_on_disconnect = true;
	case 'C':
		return options->is_commanded = true;
	case 'S':
		return options->is_spinning = true;
	case 'j':
		return options->is_stats_printed = true;
	default:
		return false;
	}
}

static const struct option long_options[] = {
#define LONG(name, letter, value, help)                                                            \
	{name, (value) != NULL ? required_argument : no_argument, NULL, letter},
	OPTIONS(LONG)
#undef LONG
		{NULL, 0, NULL, 0}};

static const char *const expectations[] = {
#define EXPECT(name, letter, value, help) value,
	OPTIONS(EXPECT)
#undef EXPECT
};

int options_read(struct options *options, int argc, char **argv)
{
	int index = 0, letter;
	*options = (struct options){.listen_address = "127.0.0.1",
		.session = "SIM0000001",
		.mold_session = "SIM0000001",
		.comp_id = "VENUE",
		.pace = PACE_TIMES,
		.times = 1,
		.heartbeat_ns = 1000000000ull,
		.timeout_ns = 15000000000ull,
		.order_max = 1u << 22,
		.history_max = 1u << 25,
		.unit = {.number = 1},
		.ready_fd = -1};
	terms_rules_all(&options->rules);
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "", long_options, &index)) != -1) {
		if (letter == 'H') {
			options_help();
			return 0;
		}
		if (letter == 'V')
			return build_print("sluice-exchange");
		if (letter == '?') {
			fprintf(stderr,
				"sluice-exchange: found '%s', expected an option of --help with "
				"its "
				"value\n",
				argv[optind - 1]);
			return 2;
		}
		if (read_plain(options, letter, optarg) || read_text(options, letter, optarg))
			continue;
		fprintf(stderr, "sluice-exchange: --%s: found '%s', expected %s\n",
			long_options[index].name, optarg, expectations[index]);
		return 2;
	}
	if (options->glimpse_address[0] != '\0' && options->glimpse_user_count == 0) {
		fprintf(stderr, "sluice-exchange: --glimpse: found nobody who may log in, expected "
				"at least one --glimpse-user NAME:PASSWORD\n");
		return 2;
	}
	bool has_doors =
		options->unit.gap_address[0] != '\0' || options->unit.spin_address[0] != '\0';
	if (has_doors && options->unit.sub_id[0] == '\0') {
		fprintf(stderr,
			"sluice-exchange: --gap-proxy or --spin-server: found nobody who may "
			"log in, expected a --cboe-user SUBID:NAME:PASSWORD\n");
		return 2;
	}
	if (optind < argc || options->user_count == 0) {
		fprintf(stderr, "sluice-exchange: found %s%s, expected %s\n",
			optind < argc ? "the stray word " : "no --user",
			optind < argc ? argv[optind] : "",
			optind < argc ? "options only"
				      : "at least one --user NAME:PASSWORD, or a --profile");
		return 2;
	}
	return -1;
}
