#include "control/cli/fullest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_BYTES = 40 };

struct fullest {
	double percent;
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

static double percent_of(const char *usage, const char *limit)
{
	double used = strtod(usage, NULL), most = strtod(limit, NULL);
	if (used <= 0)
		return 0;
	return most > 0 ? used * 100 / most : 100;
}

/* Keeps the fullest in order; of equals the first. */
static void fullest_take(
	struct fullest fullest[FULLEST_COUNT + 1], size_t *count, struct fullest row)
{
	size_t at = *count;
	while (at > 0 && fullest[at - 1].percent < row.percent) {
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
		row.percent = percent_of(row.usage, row.limit);
		fullest_take(fullest, &count, row);
	}
	return count;
}

void fullest_draw(FILE *out, const json_t *metrics)
{
	struct fullest fullest[FULLEST_COUNT + 1];
	size_t count = fullest_find(json_object_get(metrics, "rows"), fullest);
	char scope[LABEL_BYTES], id[LABEL_BYTES], symbol[LABEL_BYTES], limit[LABEL_BYTES];
	char unit[LABEL_BYTES], whose[3 * LABEL_BYTES];
	fputs("LIMITS NEAREST TO FULL\n", out);
	for (size_t i = 0; i < count; i++) {
		const char *labels = fullest[i].labels;
		bool has_id = strcmp(label_of(labels, "id", id), "0") != 0 && id[0] != '\0';
		label_of(labels, "scope", scope);
		label_of(labels, "symbol", symbol);
		snprintf(whose, sizeof whose, "%s%s%s%s%s",
			strcmp(scope, "account-symbol") == 0 ? "account" : scope, has_id ? " " : "",
			has_id ? id : "", symbol[0] != '\0' ? " " : "", symbol);
		fprintf(out, "  %3.0f %%  %-28s %-20s %s of %s %s\n", fullest[i].percent, whose,
			label_of(labels, "limit", limit), fullest[i].usage, fullest[i].limit,
			label_of(labels, "unit", unit));
	}
	if (count == 0)
		fputs("  none in use\n", out);
}
