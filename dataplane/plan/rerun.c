#include "dataplane/plan/rerun.h"

#include <stdio.h>

#include "dataplane/fold/replay.h"

typedef unsigned long long wide;

static void rerun_print_text(const struct replay_result *r, const char *verdict)
{
	double seconds = (double)r->elapsed_ns / 1e9;
	printf("replay: %s\n", verdict);
	printf("  records     %llu (%llu inputs, %llu outputs) in %llu turns\n", (wide)r->records,
		(wide)r->inputs, (wide)r->outputs, (wide)r->turns);
	printf("  decisions   %llu: %llu passed, %llu refused\n", (wide)r->receipts,
		(wide)r->passed, (wide)r->refused);
	printf("  differences %llu\n", (wide)r->differences);
	if (r->differences != 0)
		printf("  first       %s\n", r->first_difference);
	printf("  hashes      %llu compared; state %016llx%016llx\n", (wide)r->hashes,
		(wide)r->state_hash[1], (wide)r->state_hash[0]);
	printf("  speed       %.3f s, %.2f M records/s\n", seconds,
		seconds > 0 ? (double)r->records / seconds / 1e6 : 0.0);
	if (r->end.is_damaged)
		printf("  damaged     %s at byte %llu: %s\n", r->end.segment, (wide)r->end.offset,
			r->end.reason);
}

void rerun_print_string(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		if ((unsigned char)*text >= ' ')
			putchar(*text);
	}
	putchar('"');
}

static void rerun_print_json(const struct replay_result *r, const char *verdict)
{
	printf("{\"verdict\":\"%s\",\"records\":%llu,\"inputs\":%llu,\"outputs\":%llu,\"turns\":%"
	       "llu,\"decisions\":%llu,"
	       "\"passed\":%llu,\"refused\":%llu,\"differences\":%llu,\"hashes\":%llu,\"state\":\"%"
	       "016llx%016llx\","
	       "\"elapsed_ns\":%llu,\"damaged\":%s,\"first_difference\":",
		verdict, (wide)r->records, (wide)r->inputs, (wide)r->outputs, (wide)r->turns,
		(wide)r->receipts, (wide)r->passed, (wide)r->refused, (wide)r->differences,
		(wide)r->hashes, (wide)r->state_hash[1], (wide)r->state_hash[0],
		(wide)r->elapsed_ns, r->end.is_damaged ? "true" : "false");
	rerun_print_string(r->first_difference);
	printf(",\"end\":");
	rerun_print_string(r->end.reason);
	printf("}\n");
}

int rerun_journal(
	const struct site_config *site, const char *directory, uint64_t until, bool is_json)
{
	struct config_error error = {{0}};
	struct replay *replay = replay_open(site);
	if (!replay_journal(replay, directory, until, &error)) {
		fprintf(stderr, "sluice-dataplane: %s\n", error.text);
		replay_close(replay);
		return 2;
	}
	const struct replay_result *r = &replay->result;
	bool is_equal = r->differences == 0 && !r->end.is_damaged;
	const char *verdict = is_equal              ? "equal"
			      : r->differences != 0 ? "different"
						    : "equal up to a damaged tail";
	if (is_json)
		rerun_print_json(r, verdict);
	else
		rerun_print_text(r, verdict);
	replay_close(replay);
	return is_equal ? 0 : 1;
}
