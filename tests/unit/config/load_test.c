/* The example site, broken in one place at a time: each break is refused with the line and column of
   what is wrong, and with what should stand there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/config/example.h"

#define SYMBOL_MARKS "and marks, but no quote, bracket, backslash or one of , ; :"

static void the_example_is_read_whole(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	if (!config_load(&site, directory, &error))
		fail_msg("%s", error.text);
	assert_string_equal(error.text, "");
	assert_string_equal(site.name, "simulation");
	assert_int_equal(site.kind, SITE_SIMULATION);
	assert_string_equal(site.directory, directory);
	assert_string_equal(site.run_directory + strlen(directory), "/run");
	assert_string_equal(site.journal_directory + strlen(directory), "/journal");
	assert_int_equal(site.segment_bytes, 16 << 20);
	assert_int_equal(site.journal_max_behind, 65536);
	assert_int_equal(site.port_count, 2);
	assert_int_equal(site.ports[1].kind, PORT_DPDK);
	assert_string_equal(site.ports[1].device, "net_af_packet1,iface=slfeedb");
	assert_int_equal(site.channel_count, 1);
	assert_int_equal(site.channels[0].line_count, 2);
	assert_int_equal(site.channels[0].max_silence_ns, 3000000000);
	assert_int_equal(site.channels[0].recovery.is_configured, 1);
	assert_int_equal(site.channels[0].recovery.servers[0].port, 26010);
	assert_int_equal(site.channels[0].recovery.snapshot_port, 26020);
	assert_int_equal(site.channels[0].lines[1].port, 1);
	assert_int_equal(site.channels[0].lines[1].group_ip, 0xEF010102);
	assert_int_equal(site.channels[0].lines[1].udp_port, 26478);
	assert_string_equal(site.venues[0].address, "127.0.0.1");
	assert_int_equal(site.venues[0].tcp_port, 26000);
	assert_int_equal(site.venues[0].session_id, 200);
	assert_string_equal(site.venues[0].firm, "SLCE");
	assert_int_equal(site.venues[0].protocol, ORDERS_OUCH50);
	assert_string_equal(site.listen_address, "127.0.0.1");
	assert_int_equal(site.listen_port, 25000);
	assert_int_equal(site.silent_policy, SILENT_HALTED);
	assert_int_equal(site.residue_policy, RESIDUE_HALTED);
	assert_int_equal(site.control_max_silence_ns, 500000000);
	assert_int_equal(site.gate_stage.idle, IDLE_NAP);
	assert_int_equal(site.gate_stage.nap_ns, 20000);
	assert_int_equal(site.feeds[0].stage.idle, IDLE_NAP);
	assert_int_equal(site.feeds[0].stage.nap_ns, 50000);
	assert_int_equal(site.feeds[0].stage.core, -1);
	assert_int_equal(site.person_count, 4);
	assert_int_equal(site.persons[3].role, ROLE_VIEWER);
	config_free(&site);
}

static void ids_find_their_rows(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	assert_true(config_load(&site, directory, &error));
	assert_int_equal(site_account_find(&site, 18), 1);
	assert_int_equal(site_account_find(&site, 19), UINT32_MAX);
	assert_int_equal(site_session_find(&site, 2), 1);
	assert_int_equal(site_session_find(&site, 200), UINT32_MAX);
	assert_int_equal(site_symbol_find(&site, symbol_pack("ZVZZT")), 1);
	assert_int_equal(site_symbol_find(&site, symbol_pack("ZVZZ")), UINT32_MAX);
	assert_int_equal(site.symbols[0].tick_e4, 100);
	assert_int_equal(site.symbols[0].previous_close_e4, 1546800);
	assert_int_equal(site.symbols[0].previous_close_wall_ns, 1548795600000000000);
	assert_int_equal(site.accounts[0].strategies[1].id, 2);
	assert_string_equal(site.accounts[1].mpid, "SLCB");
	assert_int_equal(site.accounts[1].sessions[0], 2);
	config_free(&site);
	assert_null(site.accounts);
}

static void the_hash_names_the_bytes_of_all_three_files(void **state)
{
	static struct site_config site;
	struct config_error error;
	uint64_t seen[FILE_COUNT + 1];
	(void)state;
	for (unsigned i = 0; i <= FILE_COUNT; i++) {
		struct file_text texts[FILE_COUNT];
		read_texts(texts);
		if (i < FILE_COUNT)
			replace_once(&texts[i], "name", "name"); /* the same bytes */
		if (i > 0)
			replace_once(&texts[i - 1], "\n", " # more\n");
		assert_true(site_parse(&site, directory, texts, &error));
		seen[i] = site.hash[0];
		assert_int_not_equal(site.hash[1], 0);
		config_free(&site);
		free_texts(texts);
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
	}
}

static void keys_are_known_once_and_complete(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "book:", "boook:",
			"site.yaml:78:1: found unknown key \"boook\", expected one of: site, "
			"run_directory, journal, "
			"ports, channels, venues, routes, gate, gates, book, capture, clock, "
			"limits, "
			"stages, "
			"market, "
			"positions, calendar, base_currency, currencies, people"},
		{SITE, "book: {orders: 131072}", "",
			"site.yaml:3:1: found no key \"book\" here, expected it"},
		{SITE, "book: {orders: 131072}", "book: {orders: 1, orders: 1}",
			"site.yaml:78:19: found key \"orders\" again, expected it only once, at "
			"line 78"},
		{SITE, "book: {orders: 131072}", "book: 5",
			"site.yaml:78:7: found text, expected keys and values"},
		{SITE, "book: {orders: 131072}", "book: {orders: [5]}",
			"site.yaml:78:16: found a list, expected text"},
		{SITE, "book: {orders: 131072}", "book: {orders: !!int 5}",
			"site.yaml:78:16: found the tag tag:yaml.org,2002:int, expected none"},
		{SITE, "book: {orders: 131072}", "book: {orders: }",
			"site.yaml:78:16: found \"\", expected a whole number such as \"100\""},
		{SITE, "name: simulation, kind: simulation", "name: &a simulation, kind: *a",
			"site.yaml:3:14: found an alias to this, expected each value written out"},
		{ACCOUNTS, "sessions: [1]", "sessions: []",
			"accounts.yaml:9:15: found a list of 0, expected from 1 to 8 entries"},
		{ACCOUNTS, "accounts:", "---\n---\naccounts:",
			"accounts.yaml:1:1: found an empty file, expected keys and values"},
		{SYMBOLS, "symbols:", "symbols:\n  - &x {name: A, tick: 1, lot: 1}\n  - *x",
			"symbols.yaml:5:5: found an alias to this, expected each value written "
			"out"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows) - 2);
	/* What libyaml makes of the rest is its own, but it is never taken. */
	for (size_t i = ARRAY_COUNT(rows) - 2; i < ARRAY_COUNT(rows); i++) {
		char sentence[1024];
		assert_false(parse_with(&rows[i], sentence));
	}
}

static void captures_are_held_to_their_words(void **state)
{
	(void)state;
	static const struct wrong rows[] = {
		{SITE, "book: {orders: 131072}",
			"book: {orders: 131072}\ncapture: {directory: x, file: 5x, files: 8}",
			"site.yaml:79:31: found \"5x\", expected a size in B, KiB, MiB or GiB such "
			"as \"64 MiB\""},
		{SITE, "book: {orders: 131072}",
			"book: {orders: 131072}\ncapture: {directory: x, file: 5 GiB, files: 8}",
			"site.yaml:79:31: found \"5 GiB\", expected from 64 KiB to 4 GiB"},
		{SITE, "book: {orders: 131072}",
			"book: {orders: 131072}\ncapture: {directory: x, file: 64 MiB, files: 1}",
			"site.yaml:79:46: found 1, expected from 2 to 4096"},
		{SITE, "book: {orders: 131072}",
			"book: {orders: 131072}\ncapture: {directory: \"\", file: 64 MiB, files: "
			"8}",
			"site.yaml:79:22: found \"\", expected a directory"},
	};
	refuse_all(rows, ARRAY_COUNT(rows));
}

static void identity_journal_and_stages_are_held_to_their_words(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "kind: simulation}", "kind: Simulation}",
			"site.yaml:3:32: found \"Simulation\", expected production, certification "
			"or simulation"},
		{SITE, "name: simulation", "name: sim lation",
			"site.yaml:3:14: found \"sim lation\", expected a name of letters, digits, "
			"dots, dashes and "
			"underscores"},
		{SITE, "name: simulation", "name: a23456789012345678901234567890123",
			"site.yaml:3:14: found \"a23456789012345678901234567890123\" of 33 "
			"characters, expected at most 31"},
		{SITE, "run_directory: run", "run_directory: \"\"",
			"site.yaml:5:16: found \"\", expected a directory"},
		{SITE, "segment: 16 MiB", "segment: 16 MB",
			"site.yaml:9:12: found \"16 MB\", expected a size in B, KiB, MiB or GiB "
			"such as \"64 MiB\""},
		{SITE, "segment: 16 MiB", "segment: 1048575 B",
			"site.yaml:9:12: found \"1048575 B\", expected from 1 MiB to 4 GiB in "
			"whole blocks of 4 KiB"},
		{SITE, "segment: 16 MiB", "segment: 5 GiB",
			"site.yaml:9:12: found \"5 GiB\", expected from 1 MiB to 4 GiB in whole "
			"blocks of 4 KiB"},
		{SITE, "reserve: 16 MiB", "reserve: 3 MiB",
			"site.yaml:11:12: found \"3 MiB\", expected from 4 MiB to 1 GiB"},
		{SITE, "reserve: 16 MiB", "reserve: 2 GiB",
			"site.yaml:11:12: found \"2 GiB\", expected from 4 MiB to 1 GiB"},
		{SITE, "65536 records", "0 records",
			"site.yaml:10:15: found 0 records, expected from 1 to 16777216 records"},
		{SITE, "65536 records", "065536 records",
			"site.yaml:10:15: found \"065536 records\", expected a whole number of "
			"records such as \"4096 "
			"records\""},
		{SITE, "131072", "268435457",
			"site.yaml:78:16: found 268435457, expected from 1 to 268435456"},
		{SITE, "131072", "99999999999999999999",
			"site.yaml:78:16: found \"99999999999999999999\", expected a number that "
			"fits in 63 bits"},
		{SITE, "core: none, idle: nap 20 us", "core: 1024, idle: yield",
			"site.yaml:83:16: found \"1024\", expected a core from 0 to 1023, or none"},
		{SITE, "core: none, idle: nap 20 us", "core: none, idle: sleep",
			"site.yaml:83:28: found \"sleep\", expected spin, yield, or a nap of at "
			"most 100 ms such as \"nap "
			"50 us\""},
		{SITE, "nap 1 ms", "nap 101 ms",
			"site.yaml:85:28: found \"nap 101 ms\", expected spin, yield, or a nap of "
			"at most 100 ms such as "
			"\"nap 50 us\""},
		{SITE, "role: viewer", "role: admin",
			"site.yaml:92:39: found \"admin\", expected viewer, operator, risk or "
			"security"},
		{SITE, "uid: 1001", "uid: 1000",
			"site.yaml:91:25: found uid 1000 of \"operator\" again, expected one "
			"person for each uid"},
		{SITE, "name: second", "name: root",
			"site.yaml:91:12: found a second person \"root\", expected each name once"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

/* A recovery block in front of the example's max_silence, in one line so that the columns are known. */
#define REQUESTS                                                                                   \
	"requests: {servers: [10.0.0.1:26400, 10.0.0.2:26400], messages: 60 messages, "            \
	"reach: 100000 messages, rate: 500 per s, tries: 6, timeout: 200 ms, within: 30 s}"
#define SNAPSHOT                                                                                   \
	"snapshot: {address: 10.0.0.3:26401, username: sluice, password: secret, tries: 3, "       \
	"timeout: 10 s}"
#define RECOVERY(parts)                                                                            \
	"recovery: {wait: 2 ms, hold: 4096 packets, " parts "}\n    max_silence: 3 s"
#define BESIDE(text, sentence)                                                                     \
	{                                                                                          \
		SITE, "max_silence: 3 s", text, sentence                                           \
	}
#define NEW_SESSION "\n    new_session: "

static void a_channel_says_how_it_gets_back_what_it_lost(void **state)
{
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	(void)state;
	read_bare_texts(texts);
	replace_once(&texts[SITE], "max_silence: 3 s",
		RECOVERY("again: 60 s, " REQUESTS ", " SNAPSHOT) NEW_SESSION "adopt");
	if (!site_parse(&site, directory, texts, &error))
		fail_msg("%s", error.text);
	const struct recovery_config *r = &site.channels[0].recovery;
	assert_int_equal(site.channels[0].is_session_adopted, 1);
	assert_int_equal(r->is_configured, 1);
	assert_int_equal(r->wait_ns, 2000000);
	assert_int_equal(r->hold_packets, 4096);
	assert_int_equal(r->again_ns, 60000000000);
	assert_int_equal(r->server_count, 2);
	assert_int_equal(r->servers[1].ip, 0x0A000002);
	assert_int_equal(r->servers[1].port, 26400);
	assert_int_equal(r->request_messages, 60);
	assert_int_equal(r->request_reach, 100000);
	assert_int_equal(r->requests_per_s, 500);
	assert_int_equal(r->request_tries, 6);
	assert_int_equal(r->request_timeout_ns, 200000000);
	assert_int_equal(r->request_within_ns, 30000000000);
	assert_int_equal(r->has_requests + r->has_snapshot, 2);
	assert_string_equal(r->snapshot_address, "10.0.0.3");
	assert_int_equal(r->snapshot_port, 26401);
	assert_string_equal(r->snapshot_username, "sluice");
	assert_string_equal(r->snapshot_password, "secret");
	assert_int_equal(r->snapshot_tries, 3);
	assert_int_equal(r->snapshot_timeout_ns, 10000000000);
	config_free(&site);
	free_texts(texts);
}

static void a_recovery_is_held_to_its_words(void **state)
{
	static const struct wrong rows[] = {
		BESIDE("recovery: {wait: 2 ms, hold: 64 packets}\n    max_silence: 3 s",
			"site.yaml:19:15: found a recovery with neither requests nor a "
			"snapshot, "
			"expected one of them or no recovery at all"),
		BESIDE(RECOVERY("again: 60 s, " REQUESTS),
			"site.yaml:19:55: found \"60 s\", expected none without a "
			"snapshot: only a "
			"snapshot mends books that went on behind a loss"),
		BESIDE("recovery: {wait: 11 s, hold: 64 packets, " REQUESTS
		       "}\n    max_silence: 3 s",
			"site.yaml:19:22: found \"11 s\", expected at most 10 s"),
		BESIDE("recovery: {wait: 1 s, hold: 63 packets, " REQUESTS
		       "}\n    max_silence: 3 s",
			"site.yaml:19:33: found 63 packets, expected from 64 to 65536 "
			"packets"),
		BESIDE("recovery: {wait: 1 s, hold: 64 packets, requests: {servers: "
		       "[here], "
		       "messages: 1 messages, reach: 1 messages, rate: 1 per s, tries: 1, "
		       "timeout: 1 s, within: 1 s}}\n    max_silence: 3 s",
			"site.yaml:19:66: found \"here\", expected a numeric IPv4 address "
			"and a "
			"port from 1 to 65535 such as \"239.1.1.1:26477\""),
		BESIDE("recovery: {wait: 1 s, hold: 64 packets, requests: {servers: "
		       "[1.1.1.1:1], "
		       "messages: 65535 messages, reach: 1 messages, rate: 1 per s, tries: "
		       "1, "
		       "timeout: 1 s, within: 1 s}}\n    max_silence: 3 s",
			"site.yaml:19:88: found 65535 messages, expected from 1 to 65534 "
			"messages"),
		BESIDE("recovery: {wait: 1 s, hold: 64 packets, requests: {servers: "
		       "[1.1.1.1:1], "
		       "messages: 1 messages, reach: 1 messages, rate: 1 a second, tries: "
		       "1, "
		       "timeout: 1 s, within: 1 s}}\n    max_silence: 3 s",
			"site.yaml:19:125: found \"1 a second\", expected how many in a "
			"second such as "
			"\"500 per s\""),
		BESIDE("session: ABCDEFGHIJ" NEW_SESSION "adopt\n    max_silence: 3 s",
			"site.yaml:20:18: found \"adopt\" beside the session "
			"\"ABCDEFGHIJ\", expected "
			"one of them: a named session is the only one taken"),
		BESIDE("new_session: perhaps\n    max_silence: 3 s",
			"site.yaml:19:18: found \"perhaps\", expected refuse or adopt"),
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

static void a_channel_says_what_it_speaks(void **state)
{
	static const struct {
		const char *text, *session;
		uint32_t number;
		uint8_t protocol, has_number, market;
	} rows[] = {
		{"market: nasdaq\n    session: ABCDEFGHIJ", "ABCDEFGHIJ", 0, PROTOCOL_ITCH50, 0,
			'Q'},
		{"protocol: deep\n    number: 0\n    session: 1222443008", "1222443008", 0,
			PROTOCOL_DEEP, 1, 0},
		{"protocol: deep+\n    number: 4294967295", "", UINT32_MAX, PROTOCOL_DEEP_PLUS, 1,
			0},
		{"protocol: pitch\n    number: 31", "", 31, PROTOCOL_PITCH, 1, 0},
		{"protocol: pitch", "", 0, PROTOCOL_PITCH, 0, 0},
		{"", "", 0, PROTOCOL_ITCH50, 0, 0},
		{"protocol: itch50\n    market: texas", "", 0, PROTOCOL_ITCH50, 0, 'B'},
		{"market: psx", "", 0, PROTOCOL_ITCH50, 0, 'X'},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		static struct site_config site;
		struct file_text texts[FILE_COUNT];
		struct config_error error;
		char text[256];
		read_bare_texts(texts);
		snprintf(text, sizeof text, "%s\n    max_silence: 3 s", rows[i].text);
		replace_once(&texts[SITE], "max_silence: 3 s", text);
		if (!site_parse(&site, directory, texts, &error))
			fail_msg("%s", error.text);
		const struct channel_config *channel = &site.channels[0];
		assert_int_equal(channel->protocol, rows[i].protocol);
		assert_int_equal(channel->has_number, rows[i].has_number);
		assert_int_equal(channel->number, rows[i].number);
		assert_int_equal(channel->market, rows[i].market);
		assert_string_equal(channel->session, rows[i].session);
		config_free(&site);
		free_texts(texts);
	}
	assert_string_equal(protocol_name(PROTOCOL_DEEP_PLUS), "deep+");
}

#define SPEAKS(protocol, more) "protocol: " protocol "\n    " more "\n    max_silence: 3 s"

#define LOGIN "sub_id: \"0001\", username: FIRM, password: x"
#define LINES ", lines: [{port: feed-a, group: 224.0.130.190:30001}]"
#define PROXY(more, messages, rate)                                                                \
	"recovery: {wait: 2 ms, hold: 64 packets, requests: {servers: [10.1.1.1:17005], "          \
	"messages: " messages ", reach: 1 messages, rate: " rate                                   \
	" per s, tries: 1, timeout: 1 s, within: 1 s, " more "}}"

static void a_unit_says_who_logs_in_and_where_answers_come(void **state)
{
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	(void)state;
	read_bare_texts(texts);
	replace_once(&texts[SITE], "max_silence: 3 s",
		SPEAKS("pitch", "number: 31\n    recovery: {wait: 2 ms, hold: 4096 packets, "
				"requests: {servers: [10.1.1.1:17005], messages: 100 messages, "
				"reach: 1000000 messages, rate: 300 per s, tries: 6, timeout: 200 "
				"ms, within: 30 s, " LOGIN LINES "}, snapshot: {address: "
				"10.1.1.2:17105, sub_id: \"0002\", username: FIRM, password: y, "
				"tries: 3, timeout: 5 s}}"));
	if (!site_parse(&site, directory, texts, &error))
		fail_msg("%s", error.text);
	const struct recovery_config *recovery = &site.channels[0].recovery;
	assert_string_equal(recovery->request_sub_id, "0001");
	assert_string_equal(recovery->request_username, "FIRM");
	assert_string_equal(recovery->request_password, "x");
	assert_int_equal(recovery->reply_count, 1);
	assert_int_equal(recovery->replies[0].group_ip, 0xE00082BE);
	assert_int_equal(recovery->replies[0].udp_port, 30001);
	assert_string_equal(recovery->snapshot_sub_id, "0002");
	assert_string_equal(recovery->snapshot_username, "FIRM");
	assert_string_equal(recovery->snapshot_password, "y");
	config_free(&site);
	free_texts(texts);
}

static void a_protocol_is_held_to_its_words(void **state)
{
	static const struct wrong rows[] = {
		BESIDE("protocol: itch\n    max_silence: 3 s",
			"site.yaml:19:15: found \"itch\", expected itch50, deep, deep+ or pitch"),
		BESIDE("market: bx\n    max_silence: 3 s",
			"site.yaml:19:13: found \"bx\", expected nasdaq, texas or psx"),
		BESIDE(SPEAKS("pitch", "market: psx"), "site.yaml:20:13: found the market \"psx\", "
						       "expected none: only ITCH halts by markets"),
		BESIDE("number: 1\n    max_silence: 3 s",
			"site.yaml:19:13: found the number 1, expected none: a MoldUDP64 stream "
			"has a session and no number"),
		BESIDE(SPEAKS("pitch", "number: 0"),
			"site.yaml:20:13: found 0, expected from 1 to 255"),
		BESIDE(SPEAKS("pitch", "session: ABCDEFGHIJ"),
			"site.yaml:20:14: found the session \"ABCDEFGHIJ\", expected none: a unit "
			"of Cboe has a number and no session"),
		BESIDE(SPEAKS("deep", "number: 4294967296"),
			"site.yaml:20:13: found 4294967296, expected from 0 to 4294967295"),
		BESIDE(SPEAKS("deep", "session: ABCDEFGHIJ"),
			"site.yaml:20:14: found \"ABCDEFGHIJ\", expected a whole number such as "
			"\"100\""),
		BESIDE(SPEAKS("deep+", "recovery: {wait: 2 ms, hold: 64 packets, " SNAPSHOT "}"),
			"site.yaml:20:66: found a snapshot of a channel that speaks deep+, "
			"expected none: GLIMPSE gives ITCH 5.0, a spin server PITCH"),
		BESIDE(SPEAKS("pitch", "recovery: {wait: 2 ms, hold: 64 packets, " REQUESTS "}"),
			"site.yaml:20:67: found a gap request proxy without a username, expected "
			"sub_id, username and a password: Cboe takes no request without a login"),
		BESIDE(SPEAKS("pitch", PROXY("username: FIRM, password: x", "100 messages", "1")),
			"site.yaml:20:67: found a gap request proxy without a sub_id, expected "
			"sub_id, username and a password: Cboe takes no request without a login"),
		BESIDE(SPEAKS("pitch", PROXY(LOGIN, "100 messages", "1")),
			"site.yaml:20:67: found a gap request proxy without lines, expected the "
			"groups of the unit's gap responses: what was lost comes again there and "
			"nowhere else"),
		BESIDE(SPEAKS("pitch", PROXY(LOGIN LINES, "101 messages", "1")),
			"site.yaml:20:94: found 101 messages, expected from 1 to 100 messages: "
			"Cboe answers no more at once"),
		BESIDE(SPEAKS("pitch", PROXY(LOGIN LINES, "100 messages", "321")),
			"site.yaml:20:133: found 321 per s, expected from 1 to 320 per s: Cboe "
			"takes no more"),
		BESIDE(SPEAKS("pitch",
			       PROXY("sub_id: \"0001\", password: x" LINES, "1 messages", "1")),
			"site.yaml:20:203: found a password without a username, expected both or "
			"neither"),
		BESIDE(SPEAKS("deep", PROXY(LOGIN, "100 messages", "1")),
			"site.yaml:20:205: found a login or lines beside the request servers of a "
			"channel that "
			"speaks deep, expected none: they answer who asks, without a login"),
		BESIDE(SPEAKS("pitch", "recovery: {wait: 2 ms, hold: 64 packets, " SNAPSHOT "}"),
			"site.yaml:20:66: found a spin server without a sub_id, expected the "
			"session sub id that Cboe gave: four characters"),
		BESIDE(SPEAKS("deep", "recovery: {wait: 1 s, hold: 64 packets, requests: "
				      "{servers: [1.1.1.1:1], messages: 1001 messages, reach: 1 "
				      "messages, rate: 1 per s, tries: 1, timeout: 1 s, within: 1 "
				      "s}}"),
			"site.yaml:20:88: found 1001 messages, expected from 1 to 1000 messages: "
			"IEX answers no more at once"),
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

static void sessions_have_ids_names_and_accounts_of_their_own(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "- id: 2", "- id: 1",
			"site.yaml:69:11: found session id 1 again, expected one that no "
			"other "
			"session has"},
		{SITE, "- id: 2", "- id: 200",
			"site.yaml:69:11: found session id 200 of venue \"exchange\" "
			"again, "
			"expected one that no other "
			"session has"},
		{SITE, "- id: 2", "- id: 0", "site.yaml:69:11: found 0, expected from 1 to 255"},
		{SITE, "name: taker", "name: quoter",
			"site.yaml:70:13: found a second session \"quoter\", expected each "
			"name "
			"once"},
		{SITE, "username: take2", "username: Quote1", /* SoupBinTCP's have no case */
			"site.yaml:71:17: found the username \"Quote1\" of session 1 "
			"again, "
			"expected one that no other "
			"session has"},
		{SITE, "username: take2", "username: toolong",
			"site.yaml:71:17: found \"toolong\" of 7 characters, expected at "
			"most 6"},
		{SITE, "password: test-two", "password: a-long-secret",
			"site.yaml:72:17: found a password of 13 characters, expected 1 to "
			"10 "
			"letters, digits, dots, "
			"dashes or underscores"},
		{SITE, "default_account: 18", "default_account: 19",
			"site.yaml:74:24: found the unknown account 19, expected an id "
			"from "
			"accounts.yaml"},
		{SITE, "default_account: 18", "default_account: 17",
			"site.yaml:74:24: found account 17, expected one whose sessions "
			"name "
			"session 2"},
		{SITE, "default_strategy: 3", "default_strategy: 1",
			"site.yaml:75:25: found strategy 1, expected one of the account "
			"that the "
			"session speaks for"},
		{SITE, "when_silent: halted", "when_silent: active",
			"site.yaml:59:47: found \"active\", expected halted or "
			"reduce-only"},
		{SITE, "own_orders: 65536", "own_orders: 65536\n  residue: active",
			"site.yaml:59:12: found \"active\", expected halted or reduce-only"},
		{SITE, "own_orders: 65536", "own_orders: 1048577",
			"site.yaml:58:15: found 1048577, expected from 1 to 1048576"},
		{SITE, "client_timeout: 15 s", "client_timeout: 999 ms",
			"site.yaml:56:19: found a timeout of 999 ms, expected longer than "
			"the "
			"heartbeat of 1 s"},
		{SITE, "listen: 127.0.0.1:25000", "listen: 0:25000",
			"site.yaml:54:11: found \"0:25000\", expected a numeric IPv4 "
			"address and a "
			"port from 1 to 65535 "
			"such as \"239.1.1.1:26477\""},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

static void what_a_session_speaks_is_known_by_name(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "id: 2\n      name: taker",
			"id: 2\n      protocol: morse\n      name: taker",
			"site.yaml:70:17: found \"morse\", expected ouch50, fix42, fix44 or "
			"ouch42"},
		{SITE, "session_id: 200", "session_id: 200\n    protocol: morse",
			"site.yaml:46:15: found \"morse\", expected ouch50, fix42, fix44 or "
			"ouch42"},
		{SITE, "session_id: 200", "session_id: 200\n    protocol: fix42",
			"site.yaml:44:11: found venue \"exchange\" of fix42, expected comp_id, "
			"our_comp_id and "
			"reset (and timestamps, if wanted) with fix42 and fix44, and none of them "
			"with another protocol"},
		{SITE, "name: taker", "name: taker\n      parents: some",
			"site.yaml:71:16: found \"some\", expected no or yes"},
		{SITE, "name: taker", "name: taker\n      protocol: ouch42\n      parents: yes",
			"site.yaml:72:16: found parents of session \"taker\" of ouch42, expected a "
			"protocol whose orders have a field for them: ouch50, fix42 or fix44"},
		{SITE, "session_id: 200",
			"session_id: 200\n    protocol: fix44\n    comp_id: A\n    our_comp_id: "
			"B\n    reset: daily",
			"site.yaml:49:12: found reset daily and no calendar, expected the "
			"`calendar:` by whose days the numbers begin anew"},
		{SITE, "name: taker", "name: taker\n      protocol: fix42",
			"site.yaml:70:13: found session \"taker\" of fix42, expected comp_id, "
			"our_comp_id and "
			"reset (and timestamps, if wanted) with fix42 and fix44, and none of them "
			"with another protocol"},
		{SITE, "name: taker",
			"name: taker\n      comp_id: A\n      our_comp_id: B\n      reset: agreed",
			"site.yaml:70:13: found session \"taker\" of ouch50, expected comp_id, "
			"our_comp_id and "
			"reset (and timestamps, if wanted) with fix42 and fix44, and none of them "
			"with another protocol"},
		{SITE, "name: taker",
			"name: taker\n      protocol: fix44\n      comp_id: A\n      our_comp_id: "
			"B\n      reset: maybe",
			"site.yaml:74:14: found \"maybe\", expected refused or agreed"},
		{SITE, "name: taker",
			"name: taker\n      protocol: fix44\n      comp_id: A\n      reset: agreed",
			"site.yaml:70:13: found session \"taker\" of fix44, expected comp_id, "
			"our_comp_id and "
			"reset (and timestamps, if wanted) with fix42 and fix44, and none of them "
			"with another protocol"},
		{SITE, "own_orders: 65536", "own_orders: 65536\n  text_ids: 0",
			"site.yaml:59:13: found 0, expected from 1 to 16777216"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

static void the_site_says_what_a_missing_order_makes_of_the_firm(void **state)
{
	static struct site_config site;
	struct file_text texts[FILE_COUNT];
	struct config_error error;
	(void)state;
	read_texts(texts);
	replace_once(
		&texts[SITE], "own_orders: 65536", "own_orders: 65536\n  residue: reduce-only");
	if (!site_parse(&site, directory, texts, &error))
		fail_msg("%s", error.text);
	assert_int_equal(site.residue_policy, RESIDUE_REDUCE_ONLY);
	config_free(&site);
	free_texts(texts);
}

static void accounts_share_nothing(void **state)
{
	static const struct wrong rows[] = {
		{ACCOUNTS, "id: 18", "id: 17",
			"accounts.yaml:10:9: found a second account 17, expected each id "
			"once"},
		{ACCOUNTS, "id: 18", "id: 4096",
			"accounts.yaml:10:9: found 4096, expected from 1 to 4095"},
		{ACCOUNTS, "momentum", "market-making",
			"accounts.yaml:11:11: found a second account \"market-making\", "
			"expected "
			"each name once"},
		{ACCOUNTS, "SLCB", "SLCA",
			"accounts.yaml:12:11: found the MPID \"SLCA\" of account 17 again, "
			"expected one account for each "
			"MPID"},
		{ACCOUNTS, "id: 3,", "id: 1,",
			"accounts.yaml:15:14: found strategy 1 of account 17 again, "
			"expected one "
			"account for each "
			"strategy"},
		{ACCOUNTS, "id: 2,", "id: 1,",
			"accounts.yaml:8:14: found strategy 1 of account 17 again, "
			"expected one "
			"account for each "
			"strategy"},
		{ACCOUNTS, "mpid: SLCB", "mpid: SLCB\n    self_trade_group: \"\"",
			"accounts.yaml:13:23: found \"\", expected a name of letters, digits, "
			"dots, dashes and underscores"},
		{ACCOUNTS, "mpid: SLCB", "mpid: SLCB\n    self_trade_group: desk",
			"accounts.yaml:13:23: found account 18 alone in the self-trade group desk, "
			"expected another with the same name: give it to a second account, or "
			"leave it away"},
		{ACCOUNTS, "mpid: SLCB", "mpid: SLCB\n    self_trade_mode: oldest",
			"accounts.yaml:13:22: found \"oldest\", expected cancel_newest, "
			"cancel_oldest, cancel_both or decrement"},
		{ACCOUNTS, "mpid: SLCB", "mpid: SLCB\n    market_orders: allowed",
			"accounts.yaml:13:20: found \"allowed\", expected refused or converted"},
		{ACCOUNTS, "name: taker", "name: hedger",
			"accounts.yaml:15:23: found a second strategy \"hedger\", expected "
			"each "
			"name once"},
		{ACCOUNTS, "sessions: [2]", "sessions: [2, 3]",
			"accounts.yaml:16:19: found the unknown session 3, expected an id "
			"from the "
			"gate's sessions"},
		{ACCOUNTS, "sessions: [2]", "sessions: [2, 2]",
			"accounts.yaml:16:19: found session 2 again, expected each once"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

/* Two accounts that must not trade with each other say so by one name. */
static void accounts_may_share_a_self_trade_group(void **state)
{
	static struct site_config site;
	struct config_error error;
	struct file_text texts[FILE_COUNT];
	(void)state;
	read_texts(texts);
	replace_once(&texts[ACCOUNTS], "mpid: SLCA", "mpid: SLCA\n    self_trade_group: desk-1");
	replace_once(&texts[ACCOUNTS], "mpid: SLCB", "mpid: SLCB\n    self_trade_group: desk-1");
	if (!site_parse(&site, directory, texts, &error))
		fail_msg("%s", error.text);
	assert_string_equal(site.accounts[0].self_trade_group, "desk-1");
	assert_string_equal(site.accounts[1].self_trade_group, "desk-1");
	assert_int_equal(site.accounts[1].self_trade_mode, SELF_TRADE_CANCEL_NEWEST);
	assert_int_equal(
		site.accounts[1].converts_market[0] | site.accounts[1].converts_market[1], 0);
	config_free(&site);
	/* Whose orders meet, they say the same of them. */
	replace_once(&texts[ACCOUNTS], "mpid: SLCB", "mpid: SLCB\n    self_trade_mode: decrement");
	assert_false(site_parse(&site, directory, texts, &error));
	assert_non_null(
		strstr(error.text, "found accounts 17 and 18 of the self-trade group desk-1 with "
				   "different self_trade_mode, expected one for the group"));
	replace_once(&texts[ACCOUNTS], "mpid: SLCA",
		"mpid: SLCA\n    self_trade_mode: decrement\n    market_orders: converted");
	if (!site_parse(&site, directory, texts, &error))
		fail_msg("%s", error.text);
	assert_int_equal(site.accounts[0].self_trade_mode, SELF_TRADE_DECREMENT);
	assert_int_equal(site.accounts[0].converts_market[0], 0);
	assert_int_equal(site.accounts[0].converts_market[1], 1);
	assert_int_equal(site.accounts[1].self_trade_mode, SELF_TRADE_DECREMENT);
	config_free(&site);
	free_texts(texts);
	read_texts(texts);
	replace_once(&texts[ACCOUNTS], "mpid: SLCA", "mpid: SLCA\n    self_trade_group: desk-1");
	replace_once(&texts[ACCOUNTS], "mpid: SLCB", "mpid: SLCB\n    self_trade_group: desk-1");
	/* Two names are two groups, and nobody else has either. */
	replace_once(&texts[ACCOUNTS], "desk-1", "desk-2");
	assert_false(site_parse(&site, directory, texts, &error));
	assert_non_null(strstr(error.text,
		"accounts.yaml:5:23: found account 17 alone in the self-trade group desk-2"));
	free_texts(texts);
	read_texts(texts);
	assert_true(site_parse(&site, directory, texts, &error));
	assert_string_equal(site.accounts[0].self_trade_group, "");
	config_free(&site);
	free_texts(texts);
}

static void symbols_are_on_a_grid_and_stand_once(void **state)
{
	static const struct wrong rows[] = {
		{SYMBOLS, "name: MSFT", "name: AAPL",
			"symbols.yaml:9:12: found a second symbol AAPL, expected each "
			"once"},
		{SYMBOLS, "sector: test", "sector: Test",
			"symbols.yaml:8:104: found the sector \"Test\", expected 1 to 15 small "
			"letters, digits and dashes"},
		{SYMBOLS, "sector: test", "sector: sixteen-letters-",
			"symbols.yaml:8:104: found the sector \"sixteen-letters-\", expected 1 to "
			"15 small letters, digits and dashes"},
		{SYMBOLS, "name: MSFT", "name: msft",
			"symbols.yaml:9:12: found \"msft\", expected a symbol of 1 to 8 "
			"characters: capitals, digits " SYMBOL_MARKS},
		{SYMBOLS, "name: MSFT", "name: 'MS\"T'",
			"symbols.yaml:9:12: found \"MS\"T\", expected a symbol of 1 to 8 "
			"characters: capitals, digits " SYMBOL_MARKS},
		{SYMBOLS, "name: MSFT", "name: 'A;KILL'",
			"symbols.yaml:9:12: found \"A;KILL\", expected a symbol of 1 to 8 "
			"characters: capitals, digits " SYMBOL_MARKS},
		{SYMBOLS, "name: MSFT", "name: NINECHARS",
			"symbols.yaml:9:12: found \"NINECHARS\", expected a symbol of 1 to 8 "
			"characters: capitals, digits " SYMBOL_MARKS},
		{SYMBOLS, "AAPL, tick: 0.01", "AAPL, tick: 0.00005",
			"symbols.yaml:5:24: found \"0.00005\", expected a price with at "
			"most four "
			"decimals such as "
			"\"189.95\""},
		{SYMBOLS, "AAPL, tick: 0.01", "AAPL, tick: 0",
			"symbols.yaml:5:24: found \"0\", expected a price above 0"},
		{SYMBOLS, "AAPL, tick: 0.01, lot: 1", "AAPL, tick: 0.01, lot: 0",
			"symbols.yaml:5:35: found 0, expected from 1 to 1000000"},
		{SYMBOLS, "previous_close: 154.68, ", "",
			"symbols.yaml:5:12: found only one of previous_close and "
			"previous_close_time for AAPL, expected "
			"both or none"},
		{SYMBOLS, "2019-01-29T21:00:00Z", "2019-02-30T21:00:00Z",
			"symbols.yaml:5:83: found \"2019-02-30T21:00:00Z\", expected a "
			"time in UTC "
			"from 1970 to 2199 such "
			"as \"2019-01-29T21:00:00Z\""},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

static void a_directory_without_files_is_said(void **state)
{
	static struct site_config site;
	struct config_error error;
	(void)state;
	assert_false(config_load(&site, "/nonexistent", &error));
	assert_string_equal(error.text,
		"/nonexistent/site.yaml:1:1: found no readable file (No such file or "
		"directory), expected one");
	assert_null(site.accounts);
	assert_false(config_load(&site, "/", &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_read_whole),
		cmocka_unit_test(ids_find_their_rows),
		cmocka_unit_test(the_hash_names_the_bytes_of_all_three_files),
		cmocka_unit_test(keys_are_known_once_and_complete),
		cmocka_unit_test(captures_are_held_to_their_words),
		cmocka_unit_test(identity_journal_and_stages_are_held_to_their_words),
		cmocka_unit_test(a_channel_says_how_it_gets_back_what_it_lost),
		cmocka_unit_test(a_recovery_is_held_to_its_words),
		cmocka_unit_test(a_channel_says_what_it_speaks),
		cmocka_unit_test(a_unit_says_who_logs_in_and_where_answers_come),
		cmocka_unit_test(a_protocol_is_held_to_its_words),
		cmocka_unit_test(sessions_have_ids_names_and_accounts_of_their_own),
		cmocka_unit_test(what_a_session_speaks_is_known_by_name),
		cmocka_unit_test(the_site_says_what_a_missing_order_makes_of_the_firm),
		cmocka_unit_test(accounts_share_nothing),
		cmocka_unit_test(accounts_may_share_a_self_trade_group),
		cmocka_unit_test(symbols_are_on_a_grid_and_stand_once),
		cmocka_unit_test(a_directory_without_files_is_said),
	};
	return !!cmocka_run_group_tests_name("unit.config.load", tests, NULL, NULL);
}
