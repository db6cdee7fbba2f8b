#include "control/cli/fullest.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "control/limits/percent.h"

enum { LABEL_BYTES = 40, BILLION = 1000000000 };

struct fullest {
	double part;     /* of its limit: the order */
	int64_t percent; /* and what is shown of it */
	const char *labels, *usage, *limit;
};

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));
	return text != NULL ? text : "";
}

/* The value of a label; "": it has none. */
static const char *label_of(const char *labels, const char *name, char text[LABEL_BYTES])
{
	char begin[LABEL_BYTES];
	size_t size = (size_t)snprintf(begin, sizeof begin, "%s=\"", name);
	const char *at = labels;
	text[0] = '\0';
	while ((at = strstr(at, begin)) != NULL && at != labels && at[-1] != ',')
		at += size;
	if (at != NULL)
		snprintf(text, LABEL_BYTES, "%.*s", (int)strcspn(at + size, "\""), at + size);
	return text;
}

/* A sample's decimal, in billionths: exact, as `show limits` reckons.  What is no number is beyond every limit. */
static percent_wide decimal_of(const char *text)
{
	char *end;
	long long whole = strtoll(text, &end, 10);
	percent_wide value = (percent_wide)whole * BILLION, unit = BILLION / 10;
	bool is_below = *text == '-';
	if (end == text)
		return (percent_wide)INT64_MAX * BILLION;
	for (const char *at = *end == '.' ? end + 1 : ""; isdigit((unsigned char)*at) && unit > 0;
		at++, unit /= 10)
		value += (is_below ? -1 : 1) * (*at - '0') * unit;
	return value;
}

/* Keeps the fullest in order; of equals the first. */
static void fullest_take(
	struct fullest fullest[FULLEST_COUNT + 1], size_t *count, struct fullest row)
{
	size_t at = *count;
	while (at > 0 && fullest[at - 1].part < row.part) {
		fullest[at] = fullest[at - 1];
		at--;
	}
	fullest[at] = row;
	*count += *count < FULLEST_COUNT ? 1 : 0;
}

/* Samples of usage and of limits come in one order; what nobody limits has no sample of the latter. */
static size_t fullest_find(const json_t *rows, struct fullest fullest[FULLEST_COUNT + 1])
{
	size_t count = 0, size = json_array_size(rows), at = 0;
	for (size_t i = 0; i < size; i++) {
		const json_t *used = json_array_get(rows, i);
		const char *labels = text_of(used, "labels");
		if (strcmp(text_of(used, "metric"), "sluice_limit_usage") != 0)
			continue;
		size_t found = at;
		while (found < size &&
			(strcmp(text_of(json_array_get(rows, found), "metric"), "sluice_limit") !=
					0 ||
				strcmp(text_of(json_array_get(rows, found), "labels"), labels) !=
					0))
			found++;
		if (found == size)
			continue;
		at = found + 1;
		struct fullest row = {.labels = labels,
			.usage = text_of(used, "value"),
			.limit = text_of(json_array_get(rows, found), "value")};
		percent_wide used_e9 = decimal_of(row.usage), limit_e9 = decimal_of(row.limit);
		row.percent = percent_of(used_e9, limit_e9);
		row.part = limit_e9 > 0 ? (double)used_e9 / (double)limit_e9
					: (double)row.percent / 100;
		fullest_take(fullest, &count, row);
	}
	return count;
}

void fullest_draw(FILE *out, const json_t *metrics)
{
	struct fullest fullest[FULLEST_COUNT + 1];
	size_t count = fullest_find(json_object_get(metrics, "rows"), fullest);
	char scope[LABEL_BYTES], id[LABEL_BYTES], symbol[LABEL_BYTES], limit[LABEL_BYTES];
	char unit[LABEL_BYTES], gate[LABEL_BYTES], whose[5 * LABEL_BYTES];
	fputs("LIMITS NEAREST TO FULL\n", out);
	for (size_t i = 0; i < count; i++) {
		const char *labels = fullest[i].labels;
		bool has_id = strcmp(label_of(labels, "id", id), "0") != 0 && id[0] != '\0';
		label_of(labels, "scope", scope);
		label_of(labels, "symbol", symbol);
		label_of(labels, "gate", gate);
		/* An account is one gate's; what each has of its own does not tell whose it is. */
		bool is_of_gate = gate[0] != '\0' && strncmp(scope, "account", 7) != 0;
		snprintf(whose, sizeof whose, "%s%s%s%s%s%s%s",
			strcmp(scope, "account-symbol") == 0 ? "account" : scope, has_id ? " " : "",
			has_id ? id : "", symbol[0] != '\0' ? " " : "", symbol,
			is_of_gate ? " at " : "", is_of_gate ? gate : "");
		fprintf(out, "  %3" PRId64 " %%  %-28s %-20s %s of %s %s\n", fullest[i].percent,
			whose, label_of(labels, "limit", limit), fullest[i].usage, fullest[i].limit,
			label_of(labels, "unit", unit));
	}
	if (count == 0)
		fputs("  none in use\n", out);
}
