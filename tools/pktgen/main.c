/* sluice-pktgen - makes a market, its packets and the truth about its end. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/machine/build.h"
#include "tools/pktgen/carrier.h"
#include "tools/pktgen/market.h"
#include "tools/pktgen/translate.h"
#include "tools/pktgen/verify.h"

static const char help[] =
	"sluice-pktgen makes a market that behaves like a day of NASDAQ.\n"
	"\n"
	"  sluice-pktgen --messages N [--symbols N] [--seed S] [--itch FILE] [--pcap FILE] "
	"[--pcap-b FILE]\n"
	"                [--protocol NAME] [--session NAME] [--oracle FILE]\n"
	"  sluice-pktgen --verify FILE --oracle FILE\n"
	"\n"
	"  --messages N    how many ITCH 5.0 messages, 1 to 1,000,000,000 (default 300,000)\n"
	"  --symbols N     how many symbols, 1 to 65,535 (default 8,714)\n"
	"  --seed S        another seed, another market; the same seed, the same bytes (default "
	"1)\n"
	"  --itch FILE     messages behind 16-bit lengths, as a daily file has them\n"
	"  --protocol NAME itch50 (default), deep, deep+ or pitch: the same market on another "
	"wire;\n"
	"                  --itch then holds its messages, too\n"
	"  --pcap FILE     MoldUDP64 (deep: IEX-TP, pitch: unit 1) over UDP multicast, line A "
	"(233.54.12.111:26477)\n"
	"  --pcap-b FILE   the same for line B (233.54.12.239:26477)\n"
	"  --session NAME  MoldUDP64 session, up to ten characters (default PKTGEN0001)\n"
	"  --oracle FILE   for each symbol, how its book must look at the end (tab-separated)\n"
	"  --verify FILE   play a daily file through the parser and the book and compare with "
	"--oracle\n"
	"  --version       which build this is\n"
	"  --help          this text\n"
	"\n"
	"Exit code: 0 made, or exact; 1 not exact, or a file failed; 2 an option is wrong.\n";

struct arguments {
	struct market_options options;
	const char *itch, *pcap, *pcap_b, *session, *oracle, *verify, *protocol_word;
	enum protocol protocol;
};

static bool read_number(
	const char *name, const char *text, uint64_t low, uint64_t high, uint64_t *number)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9' || value < low ||
		value > high) {
		fprintf(stderr,
			"--%s: found '%s', expected a number from %" PRIu64 " to %" PRIu64 "\n",
			name, text, low, high);
		return false;
	}
	*number = value;
	return true;
}

static bool read_protocol(struct arguments *a)
{
	a->protocol = PROTOCOL_ITCH50;
	while (a->protocol < PROTOCOL_COUNT &&
		strcmp(a->protocol_word, protocol_name(a->protocol)) != 0)
		a->protocol++;
	if (a->protocol < PROTOCOL_COUNT)
		return true;
	fprintf(stderr, "--protocol: found '%s', expected itch50, deep, deep+ or pitch\n",
		a->protocol_word);
	return false;
}

static bool arguments_agree(const struct arguments *a)
{
	if (strlen(a->session) > 10) {
		fprintf(stderr, "--session: found '%s', expected at most ten characters\n",
			a->session);
		return false;
	}
	if (a->verify != NULL && a->oracle == NULL) {
		fputs("--verify: expected --oracle FILE beside it\n", stderr);
		return false;
	}
	return true;
}

/* read_arguments returns -1 to go on, or the exit code. */
static int read_arguments(int count, char **words, struct arguments *a)
{
	enum {
		MESSAGES,
		SYMBOLS,
		SEED,
		ITCH,
		PCAP,
		PCAP_B,
		SESSION,
		ORACLE,
		PROTOCOL,
		VERIFY,
		HELP,
		VERSION
	};
	static const struct option options[] = {{"messages", 1, NULL, MESSAGES},
		{"symbols", 1, NULL, SYMBOLS}, {"seed", 1, NULL, SEED}, {"itch", 1, NULL, ITCH},
		{"pcap", 1, NULL, PCAP}, {"pcap-b", 1, NULL, PCAP_B}, {"session", 1, NULL, SESSION},
		{"oracle", 1, NULL, ORACLE}, {"protocol", 1, NULL, PROTOCOL},
		{"verify", 1, NULL, VERIFY}, {"help", 0, NULL, HELP}, {"version", 0, NULL, VERSION},
		{NULL, 0, NULL, 0}};
	const char **texts[] = {[ITCH] = &a->itch,
		[PCAP] = &a->pcap,
		[PCAP_B] = &a->pcap_b,
		[SESSION] = &a->session,
		[ORACLE] = &a->oracle,
		[PROTOCOL] = &a->protocol_word,
		[VERIFY] = &a->verify};
	uint64_t symbols = a->options.symbol_count;
	bool is_good = true;
	int which;
	while (is_good && (which = getopt_long(count, words, "", options, NULL)) != -1) {
		if (which == MESSAGES)
			is_good = read_number(
				"messages", optarg, 1, 1000000000, &a->options.message_count);
		else if (which == SYMBOLS)
			is_good = read_number("symbols", optarg, 1, 65535, &symbols);
		else if (which == SEED)
			is_good = read_number("seed", optarg, 0, UINT64_MAX, &a->options.seed);
		else if (which >= ITCH && which <= VERIFY)
			*texts[which] = optarg;
		else if (which == HELP)
			return fputs(help, stdout) < 0;
		else if (which == VERSION)
			return build_print("sluice-pktgen");
		else
			is_good = false;
	}
	a->options.symbol_count = (uint32_t)symbols;
	if (is_good && optind < count) {
		fprintf(stderr, "found '%s', expected an option; see --help\n", words[optind]);
		is_good = false;
	}
	return is_good && read_protocol(a) && arguments_agree(a) ? -1 : 2;
}

static bool write_oracle(const struct market *market, const char *path)
{
	if (path == NULL)
		return true;
	FILE *file = fopen(path, "w");
	if (file != NULL) {
		market_oracle(market, file);
		if (fclose(file) == 0)
			return true;
	}
	fprintf(stderr, "%s: cannot be written: %s\n", path, strerror(errno));
	return false;
}

/* carry hands one message of the market on, in the protocol asked for; returns how many that are. */
static uint32_t carry(struct carrier *carrier, struct translator *translator,
	const uint8_t *message, uint32_t size, uint64_t time_ns)
{
	struct translated others[TRANSLATE_COUNT_MAX];
	if (translator == NULL) {
		carrier_add(carrier, message, size, time_ns);
		return 1;
	}
	uint32_t count = translator_take(translator, message, size, others);
	for (uint32_t i = 0; i < count; i++)
		carrier_add(carrier, others[i].bytes, others[i].size_bytes, time_ns);
	return count;
}

static bool generate(const struct arguments *a)
{
	static struct carrier carrier;
	uint8_t message[ITCH50_SIZE_MAX];
	uint64_t made = 0, carried = 0;
	uint32_t size;
	struct market *market = market_open(&a->options);
	if (market == NULL) {
		fputs("no memory for the market; ask for fewer --symbols\n", stderr);
		return false;
	}
	struct translator *translator =
		a->protocol == PROTOCOL_ITCH50 ? NULL : translator_open(a->protocol, market);
	bool is_made = carrier_open(&carrier, a->protocol, a->itch, a->pcap, a->pcap_b, a->session);
	while (is_made && (size = market_next(market, message)) != 0) {
		carried += carry(&carrier, translator, message, size, market_time_ns(market));
		if (++made % 1000000 == 0)
			fprintf(stderr, "%" PRIu64 " million messages, %" PRIu64 " live orders\n",
				made / 1000000, market_order_count(market));
	}
	is_made = is_made && carrier_close(&carrier) && write_oracle(market, a->oracle);
	if (is_made)
		fprintf(stderr,
			"%" PRIu64 " messages, %" PRIu64 " packets, %" PRIu64 " live orders\n",
			carried, carrier.packets, market_order_count(market));
	translator_close(translator);
	market_close(market);
	return is_made;
}

int main(int count, char **words)
{
	struct arguments a = {
		.options = {300000, 8714, 1}, .session = "PKTGEN0001", .protocol_word = "itch50"};
	int code = read_arguments(count, words, &a);
	if (code >= 0)
		return code;
	if (a.verify != NULL)
		return verify_files(a.verify, a.oracle, stdout) ? 0 : 1;
	return generate(&a) ? 0 : 1;
}
