#include "config/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/shadow.h"
#include "config/unstated.h"

enum { CHECK_TEXT_BYTES = 64 * 1024, CHECK_SHADOW_COUNT_MAX = 1000 };

static void unstated_print(
	const struct limitset *set, const struct site_config *site, char *text, FILE *to)
{
	uint32_t count = limitset_unstated(set, site, text, CHECK_TEXT_BYTES);
	if (count > 0)
		fprintf(to,
			"%s%u limits are not stated for every order, and refuse where they are "
			"not\n",
			text, count);
}

static void lint_print(
	const struct limitset *set, const struct site_config *site, char *text, FILE *to)
{
	struct lint_counts counts = limitset_lint(set, site, text, CHECK_TEXT_BYTES);
	if (counts.found + counts.waived > 0)
		fprintf(to, "%s%u limits are so high that they do nothing, %u are waived\n", text,
			counts.found, counts.waived);
}

static void shadow_print(
	const struct site_config *site, const struct limit_shadow *shadow, FILE *to)
{
	enum limit limit = (enum limit)shadow->limit;
	char scope[64], by[64], states[64], tighter[64];
	limit_scope_format(site, shadow->row, scope, sizeof scope);
	limit_scope_format(site, shadow->by, by, sizeof by);
	limit_format(site, limit, &shadow->row->limits[limit], states, sizeof states);
	limit_format(site, limit, &shadow->by->limits[limit], tighter, sizeof tighter);
	fprintf(to, "%s: %s %s never binds: %s states %s, being %s\n", scope, limit_keys[limit].key,
		states, by, tighter, shadow_by_name((enum shadow_by)shadow->kind));
}

static void shadows_print(const struct limitset *set, const struct site_config *site,
	struct limit_shadow *shadows, FILE *to)
{
	uint32_t count = limitset_shadows(set, site, shadows, CHECK_SHADOW_COUNT_MAX);
	for (uint32_t i = 0; i < count && i < CHECK_SHADOW_COUNT_MAX; i++)
		shadow_print(site, &shadows[i], to);
	if (count > 0)
		fprintf(to,
			"%u limits never bind, because others are always tighter: no fault, a "
			"warning\n",
			count);
}

/* Leases are said to a control that runs, and end. */
static bool file_load(struct limitset *set, const struct site_config *site, const char *path,
	struct config_error *error)
{
	if (!limitset_load(set, site, path, error))
		return false;
	if (set->lease_count > 0)
		snprintf(error->text, sizeof error->text,
			"%s: found %u limits for a time, expected none in a file: limits raise",
			path, set->lease_count);
	return set->lease_count == 0;
}

bool check_limits(
	const struct site_config *site, const char *path, FILE *to, struct config_error *error)
{
	char own[PATH_BYTES + 16];
	struct limitset *set = calloc(1, sizeof *set);
	struct limit_shadow *shadows = calloc(CHECK_SHADOW_COUNT_MAX, sizeof *shadows);
	char *text = calloc(1, CHECK_TEXT_BYTES);
	bool is_good = set != NULL && shadows != NULL && text != NULL;
	snprintf(own, sizeof own, "%s/limits.yaml", site->directory);
	path = path != NULL ? path : own;
	if (!is_good)
		snprintf(error->text, sizeof error->text, "out of memory for limits");
	is_good = is_good && file_load(set, site, path, error);
	if (is_good) {
		fprintf(to, "%s: good: %u rows, %016" PRIx64 "%016" PRIx64 "\n", path,
			set->row_count, set->hash[1], set->hash[0]);
		unstated_print(set, site, text, to);
		lint_print(set, site, text, to);
		shadows_print(set, site, shadows, to);
	}
	free(set);
	free(shadows);
	free(text);
	return is_good;
}
