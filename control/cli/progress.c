#include "control/cli/progress.h"

#include <inttypes.h>

#include "control/socket/answer.h"

void progress_begin(struct progress *progress, FILE *file, bool is_terminal, uint64_t now_ns)
{
	*progress = (struct progress){.file = file, .is_terminal = is_terminal, .told_ns = now_ns};
}

void progress_tell(
	struct progress *progress, uint64_t record_count, uint64_t wall_ns, uint64_t now_ns)
{
	char text[32] = "its beginning";
	if (now_ns - progress->told_ns < PROGRESS_NS)
		return;
	progress->told_ns = now_ns;
	progress->is_told = true;
	if (wall_ns != 0)
		time_format(wall_ns, text);
	fprintf(progress->file, "%s(reading: %" PRIu64 " records, the journal up to %s)%s",
		progress->is_terminal ? "\r" : "", record_count, text,
		progress->is_terminal ? "\x1b[K" : "\n");
	fflush(progress->file);
}

void progress_end(struct progress *progress)
{
	if (progress->is_told && progress->is_terminal)
		fputs("\r\x1b[K", progress->file);
	fflush(progress->file);
}
