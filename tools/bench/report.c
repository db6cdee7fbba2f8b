#include "tools/bench/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <unistd.h>

#include "drivers/machine/build.h"
#include "drivers/machine/cpu.h"

/* read_machine finds the processor's name. */
static void read_machine(char *name, size_t name_bytes)
{
	char line[256];
	FILE *file = fopen("/proc/cpuinfo", "r");
	snprintf(name, name_bytes, "unknown processor");
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		char *colon = strchr(line, ':');
		if (strncmp(line, "model name", 10) != 0 || colon == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(name, name_bytes, "%s", colon + 2);
		break;
	}
	if (file != NULL)
		fclose(file);
}

static double ratio_of(const struct figures *figures, const struct figure *f)
{
	const struct figure *yardstick = round_find(figures, f->yardstick);
	return yardstick == NULL || yardstick->value <= 0 ? 0 : f->value / yardstick->value;
}

bool report_text(const struct figures *figures, FILE *file)
{
	char machine[128];
	read_machine(machine, sizeof machine);
	fprintf(file,
		"%s, %ld cores, %s, commit %016" PRIx64 ", optimised %s, medians of %u rounds\n\n",
		machine, sysconf(_SC_NPROCESSORS_ONLN), isa_name(cpu_isa()), build_id(),
		build_kind(), figures->round_count);
	for (uint32_t i = 0; i < figures->count; i++) {
		const struct figure *f = &figures->rows[i];
		double ratio = ratio_of(figures, f);
		fprintf(file, "%-62s %10.2f %-3s", f->name, f->value, f->unit);
		if (f->high > f->low)
			fprintf(file, " [%.2f .. %.2f]", f->low, f->high);
		if (ratio > 0)
			fprintf(file, "  %.2f x %s", ratio, f->yardstick);
		fputc('\n', file);
	}
	return fflush(file) == 0 && !ferror(file);
}

bool report_json(const struct figures *figures, FILE *file)
{
	char machine[128], commit[20];
	json_t *rows = json_array();
	read_machine(machine, sizeof machine);
	snprintf(commit, sizeof commit, "%016" PRIx64, build_id());
	for (uint32_t i = 0; i < figures->count; i++) {
		const struct figure *f = &figures->rows[i];
		json_t *row = json_pack("{s:s, s:s, s:f, s:f, s:f}", "name", f->name, "unit",
			f->unit, "value", f->value, "low", f->low, "high", f->high);
		if (ratio_of(figures, f) > 0) {
			json_object_set_new(row, "yardstick", json_string(f->yardstick));
			json_object_set_new(row, "ratio", json_real(ratio_of(figures, f)));
		}
		json_array_append_new(rows, row);
	}
	json_t *root = json_pack("{s:s, s:I, s:s, s:s, s:s, s:i, s:o}", "machine", machine, "cores",
		(json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "isa", isa_name(cpu_isa()), "commit",
		commit, "optimised", build_kind(), "rounds", (int)figures->round_count, "figures",
		rows);
	bool is_written = root != NULL && json_dumpf(root, file, JSON_INDENT(1)) == 0;
	fputc('\n', file);
	json_decref(root);
	return is_written && fflush(file) == 0 && !ferror(file);
}
