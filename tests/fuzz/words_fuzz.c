/* words_fuzz.c - arbitrary lines at the kill socket: understood or refused with a sentence, and never a
   scope or an id that the site does not have.

   rooms: dataplane_plan */
#include <stdlib.h>

#include "dataplane/plan/words.h"
#include "dataplane/shm/stop.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct account_config account = {.id = 17,
		.name = "alpha",
		.strategy_count = 1,
		.strategies = {{.id = 3, .name = "maker"}}};
	static struct symbol_config symbol;
	static struct site_config site = {.name = "demo",
		.venue_count = 1,
		.session_count = 1,
		.account_count = 1,
		.symbol_count = 1,
		.accounts = &account,
		.symbols = &symbol};
	site.venues[0] = (struct venue_config){.name = "nasdaq", .session_id = 200};
	site.sessions[0] = (struct session_config){.name = "desk", .id = 1};
	symbol.name = symbol_pack("AAPL");
	struct words words;
	char text[256] = "";
	int code = words_read(&site, (const char *)bytes, size, &words, text, sizeof text);
	if (code != 0) {
		CHECK(strstr(text, "found") && strstr(text, "expected"));
		return 0;
	}
	if (words.is_status)
		return 0;
	CHECK(words.state >= STATE_REDUCE_ONLY && words.state <= STATE_KILLED);
	CHECK(stop_index(words.scope, words.id) != UINT32_MAX);
	CHECK(words.label[0] != '\0' && memchr(words.label, 0, sizeof words.label));
	CHECK(memchr(words.reason, 0, sizeof words.reason));
	for (const char *p = words.reason; *p; p++)
		CHECK((*p >= ' ' && *p <= '~') || *p == '\t');
	static const uint32_t ids[][2] = {{0, 0}, {0, 0}, {1, 200}, {17, 17}, {3, 3}, {0, 0}};
	CHECK(words.id == ids[words.scope][0] || words.id == ids[words.scope][1]);
	return 0;
}
