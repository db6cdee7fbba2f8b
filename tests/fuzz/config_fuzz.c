/* config_fuzz: any bytes as any of the four files.  The first byte chooses which; the others are the
   example's.  A refusal must be a sentence; what is taken must format and parse again.
   rooms: config */
#include "config/site_file.h"

#include <stdio.h>
#include <stdlib.h>

static const char site_text[] =
	"site: {name: sim, kind: simulation}\nrun_directory: run\n"
	"journal: {directory: j, segment: 1 MiB, max_behind: 64 records}\nports: []\nchannels: "
	"[]\nvenues: []\n"
	"gate:\n  listen: 127.0.0.1:1\n  client_heartbeat: 1 s\n  client_timeout: 2 s\n  "
	"cancels_per_turn: 1\n"
	"  own_orders: 1\n  control: {max_silence: 1 s, when_silent: halted}\n"
	"  sessions: [{id: 1, name: a, username: a, password: a, replay: 1}]\nbook: {orders: 1}\n"
	"stages:\n  feed: {core: none, idle: spin}\n  gate: {core: none, idle: spin}\n"
	"  journal: {core: none, idle: spin}\n  door: {core: none, idle: spin}\n"
	"people: [{name: a, uid: 0, role: risk}]\n";
static const char accounts_text[] =
	"accounts: [{id: 17, name: a, strategies: [{id: 1, name: s}], sessions: [1]}]\n";
static const char symbols_text[] = "symbols: [{name: AAPL, tick: 0.01, lot: 1}]\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct site_config site;
	static struct limitset set;
	struct config_error error;
	struct file_text texts[3] = {
		{(char *)(uintptr_t)site_text, sizeof site_text - 1},
		{(char *)(uintptr_t)accounts_text, sizeof accounts_text - 1},
		{(char *)(uintptr_t)symbols_text, sizeof symbols_text - 1},
	};
	if (size == 0)
		return 0;
	unsigned which = bytes[0] & 3;
	if (which < 3)
		texts[which] = (struct file_text){(char *)(uintptr_t)(bytes + 1), size - 1};
	if (!site_parse(&site, "fuzz", texts, &error)) {
		CHECK(which < 3 && error.text[0] != '\0' && strstr(error.text, "expected") != NULL);
		return 0;
	}
	if (which == 3) {
		bool good = limitset_parse(
			&set, &site, "limits.yaml", (const char *)bytes + 1, size - 1, &error);
		CHECK(good || strstr(error.text, "limits.yaml:") == error.text);
		for (uint32_t r = 0; good && r < set.row_count; r++) {
			for (unsigned i = 0; i < LIMIT_COUNT; i++) {
				char text[64];
				limit_format(&site, (enum limit)i, &set.rows[r].limits[i], text,
					sizeof text);
			}
		}
	}
	config_free(&site);
	return 0;
}
