#include "control/plane/watch.h"

#include <inttypes.h>

#include "drivers/machine/log.h"

bool watch_is_losing(const struct port_watch *watch, uint64_t now_ns)
{
	return watch->lost_ns != 0 && now_ns - watch->lost_ns < WATCH_LOST_NS;
}

static void link_watch(struct port_watch *watch, bool is_up, const char *name, uint64_t now_ns)
{
	if (is_up) {
		if (watch->is_told)
			log_write(LOG_LEVEL_INFO, "plane",
				"port %s: the link is up again after %" PRIu64 " ms", name,
				(now_ns - watch->down_ns) / 1000000);
		watch->was_up = true;
		watch->is_told = false;
		watch->down_ns = 0;
		return;
	}
	if (watch->down_ns == 0)
		watch->down_ns = now_ns != 0 ? now_ns : 1;
	if (watch->is_told || (!watch->was_up && now_ns - watch->down_ns < WATCH_START_NS))
		return;
	watch->is_told = true;
	log_write(LOG_LEVEL_ERROR, "plane",
		"port %s: found its link down, expected up: look at cable and switch", name);
}

void watch_turn(
	struct port_watch *watch, const struct port_page *page, const char *name, uint64_t now_ns)
{
	uint64_t lost = port_page_lost(page);
	link_watch(watch, port_page_get(page, PORT_WORD_link_up) != 0, name, now_ns);
	if (watch->is_known && lost != watch->lost) {
		if (!watch_is_losing(watch, now_ns))
			log_write(LOG_LEVEL_WARNING, "plane",
				"port %s: found %" PRIu64 " frames lost by the device (%" PRIu64
				" in all), expected none: give its stage a core of its own",
				name, lost - watch->lost, lost);
		watch->lost_ns = now_ns != 0 ? now_ns : 1;
	}
	watch->is_known = true;
	watch->lost = lost;
}
