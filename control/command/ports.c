/* ports.c - `show ports`: every port as the feed's page has it, and what control remembers of it. */
#include <inttypes.h>
#include <stdio.h>

#include "control/command/call.h"

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
		answer_word(&call->answer, "link", "not used by a line");
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
