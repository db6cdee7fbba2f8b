/* ports.c - `show ports` and `show clock`: the wire and the time, as the feed's pages and control have them. */
#include <inttypes.h>
#include <stdio.h>

#include "control/command/commands.h"

static void link_words(struct call *call, const struct port_page *page,
	const struct port_watch *watch, uint64_t now_ns)
{
	static const char *const sources[] = {"software", "capture", "hardware"};
	uint64_t source = port_page_get(page, PORT_WORD_time_source);
	if (port_page_get(page, PORT_WORD_link_up) != 0)
		answer_word(&call->answer, "link", "up");
	else if (watch->down_ns != 0)
		answer_format(&call->answer, "link", "DOWN for %" PRIu64 " ms",
			(now_ns - watch->down_ns) / 1000000);
	else
		answer_word(&call->answer, "link", "DOWN");
	answer_word(&call->answer, "time", source < ARRAY_COUNT(sources) ? sources[source] : "?");
}

static void port_row(struct call *call, uint32_t index, uint64_t now_ns)
{
	const struct control *control = call->control;
	const struct port_page *page = &control->plane.region->ports[index];
	answer_row(&call->answer);
	answer_word(&call->answer, "port", control->site.ports[index].name);
	if (!site_port_is_used(&control->site, index)) {
		answer_word(&call->answer, "link", "not used by a line or the stack");
		return;
	}
	link_words(call, page, &control->plane.ports[index], now_ns);
	for (unsigned word = 0; word < PORT_WORD_COUNT; word++) {
		if (word != PORT_WORD_link_up && word != PORT_WORD_time_source)
			answer_count(&call->answer, port_word_rows[word].field,
				port_page_get(page, (enum port_word)word));
	}
	answer_number(&call->answer, "unaccounted", port_page_residue(page));
}

void command_show_ports(struct call *call, uint64_t now_ns)
{
	const struct control *control = call->control;
	if (control->plane.region == NULL) {
		call_silent(call, STAGE_FEED, now_ns);
		return;
	}
	for (uint32_t i = 0; i < control->site.port_count; i++)
		port_row(call, i, now_ns);
	answer_code(&call->answer, CODE_ROWS, "%u ports%s", control->site.port_count,
		control->plane.is_attached ? "" : " of a dataplane that is gone");
}

void command_show_clock(struct call *call, uint64_t now_ns)
{
	const struct timekeeping *keeping = &call->control->timekeeping;
	const struct time_reading *reading = &keeping->source.reading;
	char reason[512];
	enum timekeeping_verdict verdict =
		timekeeping_judge(keeping, now_ns, reason, sizeof reason);
	answer_row(&call->answer);
	answer_word(&call->answer, "source", timekeeping_source(keeping));
	answer_flag(&call->answer, "good", verdict <= TIME_NOT_DEMANDED);
	answer_flag(&call->answer, "known", reading->is_known);
	answer_flag(&call->answer, "synchronised", reading->is_synchronised);
	answer_number(&call->answer, "offset_ns", reading->offset_ns);
	answer_count(&call->answer, "max_offset_ns", keeping->max_offset_ns);
	answer_count(&call->answer, "bound_ns", reading->bound_ns);
	answer_number(&call->answer, "stratum", reading->stratum);
	answer_word(&call->answer, "reference", reading->reference);
	answer_count(&call->answer, "strayed_ns", keeping->strayed_ns);
	answer_word(&call->answer, "found", reason);
	answer_code(&call->answer, verdict <= TIME_NOT_DEMANDED ? CODE_ROWS : CODE_NOT_READY,
		"clock: %s", reason);
}
