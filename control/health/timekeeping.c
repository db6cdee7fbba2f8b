#include "control/health/timekeeping.h"

#include <inttypes.h>
#include <stdio.h>

enum { CHRONY_PORT = 323 };

void timekeeping_open(struct timekeeping *keeping, const struct site_config *site)
{
	keeping->max_offset_ns = site->clock_max_offset_ns;
	if (site->clock_source == CLOCK_PTP)
		timesource_open_ptp(&keeping->source, site->clock_socket, site->clock_domain);
	else
		timesource_open(
			&keeping->source, (enum clock_source)site->clock_source, CHRONY_PORT);
}

void timekeeping_close(struct timekeeping *keeping)
{
	timesource_close(&keeping->source);
}

void timekeeping_turn(struct timekeeping *keeping, uint64_t now_ns)
{
	timesource_turn(&keeping->source, now_ns);
}

const char *timekeeping_source(const struct timekeeping *keeping)
{
	static const char *const names[] = {"none", "kernel", "chrony", "ptp", "sim"};
	return keeping->source.kind < ARRAY_COUNT(names) ? names[keeping->source.kind] : "?";
}

enum timekeeping_verdict timekeeping_judge(
	const struct timekeeping *keeping, uint64_t now_ns, char *reason, size_t size)
{
	const struct time_reading *reading = &keeping->source.reading;
	const char *name = timekeeping_source(keeping);
	uint64_t off_ns = reading->offset_ns < 0 ? 0 - (uint64_t)reading->offset_ns
						 : (uint64_t)reading->offset_ns;
	if (keeping->source.kind == CLOCK_NONE) {
		snprintf(reason, size, "the site demands no source");
		return TIME_NOT_DEMANDED;
	}
	if (!reading->is_known) {
		snprintf(
			reason, size, "%s: unknown: %s; expected an answer", name, reading->reason);
		return TIME_UNKNOWN;
	}
	if (now_ns > reading->read_ns && now_ns - reading->read_ns > TIMEKEEPING_AGE_NS) {
		snprintf(reason, size,
			"%s: unknown: last answer %" PRIu64 " ms ago, expected one each second",
			name, (now_ns - reading->read_ns) / 1000000);
		return TIME_UNKNOWN;
	}
	if (!reading->is_synchronised) {
		snprintf(reason, size, "%s: %s; expected it kept", name, reading->reason);
		return TIME_NOT_SYNCHRONISED;
	}
	if (off_ns > keeping->max_offset_ns) {
		snprintf(reason, size,
			"%s: off by %" PRId64 " ns, expected at most %" PRIu64 " ns either way",
			name, reading->offset_ns, keeping->max_offset_ns);
		return TIME_TOO_FAR;
	}
	snprintf(reason, size,
		"%s: off by %" PRId64 " ns, at most %" PRIu64 " ns allowed, kept by %s", name,
		reading->offset_ns, keeping->max_offset_ns, reading->reference);
	return TIME_IS_KEPT;
}

uint64_t timekeeping_off_ns(const struct timekeeping *keeping, uint64_t now_ns)
{
	char reason[256];
	int64_t offset_ns = keeping->source.reading.offset_ns;
	switch (timekeeping_judge(keeping, now_ns, reason, sizeof reason)) {
	case TIME_NOT_DEMANDED:
		return 0;
	case TIME_IS_KEPT:
	case TIME_TOO_FAR:
		return offset_ns < 0 ? 0 - (uint64_t)offset_ns : (uint64_t)offset_ns;
	case TIME_UNKNOWN:
	case TIME_NOT_SYNCHRONISED:
		break;
	}
	return UINT64_MAX;
}
