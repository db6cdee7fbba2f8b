#include "control/health/timekeeping.h"

#include <inttypes.h>
#include <stdio.h>

#include "control/plane/plane.h"
#include "drivers/machine/log.h"

enum { CHRONY_PORT = 323 };

void timekeeping_open(struct timekeeping *keeping, const struct site_config *site)
{
	keeping->max_offset_ns = site->clock_max_offset_ns;
	keeping->strayed_ns = keeping->told_ns = 0;
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

void timekeeping_hear(struct timekeeping *keeping, const struct dataplane_region *region)
{
	keeping->strayed_ns = 0;
	for (unsigned i = 0; i < STAGE_COUNT && region != NULL; i++) {
		uint64_t strayed_ns =
			atomic_load_explicit(&region->clocks[i].strayed_ns, memory_order_relaxed);
		if (strayed_ns <= keeping->strayed_ns)
			continue;
		keeping->strayed_ns = strayed_ns;
		keeping->strayed = (enum stage_id)i;
	}
	if (keeping->strayed_ns / 2 >= keeping->told_ns && keeping->strayed_ns != 0) {
		keeping->told_ns = keeping->strayed_ns;
		log_write(LOG_LEVEL_ERROR, "clock",
			"the TSC of the stage %s strayed by %" PRIu64
			" ns from the kernel's clock, expected both to go equally far",
			stage_name(keeping->strayed), keeping->strayed_ns);
	} else if (keeping->strayed_ns < keeping->told_ns) {
		keeping->told_ns = keeping->strayed_ns; /* another dataplane */
	}
}

const char *timekeeping_source(const struct timekeeping *keeping)
{
	static const char *const names[] = {"none", "kernel", "chrony", "ptp", "sim"};
	return keeping->source.kind < ARRAY_COUNT(names) ? names[keeping->source.kind] : "?";
}

/* The offset of the wall clock either way and what the TSC strayed, both together. */
static uint64_t off_of(const struct timekeeping *keeping)
{
	int64_t offset_ns = keeping->source.reading.offset_ns;
	uint64_t off_ns = offset_ns < 0 ? 0 - (uint64_t)offset_ns : (uint64_t)offset_ns;
	return off_ns < UINT64_MAX - keeping->strayed_ns ? off_ns + keeping->strayed_ns
							 : UINT64_MAX;
}

enum timekeeping_verdict timekeeping_judge(
	const struct timekeeping *keeping, uint64_t now_ns, char *reason, size_t size)
{
	const struct time_reading *reading = &keeping->source.reading;
	const char *name = timekeeping_source(keeping);
	uint64_t off_ns = off_of(keeping);
	if (keeping->strayed_ns > keeping->max_offset_ns) {
		snprintf(reason, size,
			"the TSC of the stage %s strayed by %" PRIu64
			" ns from the kernel's clock, expected at most %" PRIu64
			" ns: it measures windows and ages; restart the dataplane, which measures "
			"it anew, and if it comes again look at the kernel's clocksource and the "
			"firmware",
			stage_name(keeping->strayed), keeping->strayed_ns, keeping->max_offset_ns);
		return TIME_STRAYED;
	}
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
			"%s: off by %" PRId64 " ns, and the TSC strayed by %" PRIu64
			" ns, expected at most %" PRIu64 " ns either way",
			name, reading->offset_ns, keeping->strayed_ns, keeping->max_offset_ns);
		return TIME_TOO_FAR;
	}
	snprintf(reason, size,
		"%s: off by %" PRId64 " ns, at most %" PRIu64 " ns allowed, kept by %s", name,
		reading->offset_ns, keeping->max_offset_ns, reading->reference);
	return TIME_IS_KEPT;
}

uint64_t timekeeping_off_ns(const struct timekeeping *keeping, uint64_t now_ns)
{
	char reason[512];
	switch (timekeeping_judge(keeping, now_ns, reason, sizeof reason)) {
	case TIME_STRAYED:
	case TIME_NOT_DEMANDED:
		return keeping->strayed_ns;
	case TIME_IS_KEPT:
	case TIME_TOO_FAR:
		return off_of(keeping);
	case TIME_UNKNOWN:
	case TIME_NOT_SYNCHRONISED:
		break;
	}
	return UINT64_MAX;
}
