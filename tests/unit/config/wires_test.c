/* Ports, channels, lines and feed stages of the example site, broken in one place at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/config/example.h"

static void a_line_may_be_of_ipv6(void **state)
{
	(void)state;
	static const struct wrong row = {
		SITE, "239.1.1.2:26478", "\"[ff3e::8000:1]:26478\", source: \"fd00::9\"", ""};
	char sentence[1024];
	assert_true(parse_with(&row, sentence));
	const struct line_config *line = &parsed.lines[1];
	assert_true(line->is_ipv6);
	assert_memory_equal(line->group_ip6, "\xFF\x3E\0\0\0\0\0\0\0\0\0\0\x80\0\0\x01", 16);
	assert_memory_equal(line->source_ip6, "\xFD\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
	assert_int_equal(line->udp_port, 26478);
	assert_int_equal(line->group_ip, 0);
}

static void faults_come_with_what_they_need(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "\"net_af_packet0,iface=slfeeda\"",
			"x, fault: {seed: 1, loss: 1 ppm, reorder: 0 ppm, duplicate: 0 ppm, burst: "
			"1 "
			"ppm}",
			"site.yaml:14:114: found burst without burst_length, expected both or "
			"neither"},
		{SITE, "\"net_af_packet0,iface=slfeeda\"",
			"x, fault: {seed: 1, loss: 1 ppm, reorder: 0 ppm, duplicate: 0 ppm, "
			"delay_by: 1 ms}",
			"site.yaml:14:117: found delay_by without delay, expected both or neither"},
		{SITE, "\"net_af_packet0,iface=slfeeda\"",
			"x, fault: {seed: 1, loss: 1 ppm, reorder: 0 ppm, duplicate: 0 ppm, "
			"runt: 1 %}",
			"site.yaml:14:113: found \"1 %\", expected parts per million such as \"100 "
			"ppm\""},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

#define TWO_FEEDS "feeds: [{name: one, core: none, idle: spin}, {name: two, core: 3, idle: yield}]"
#define ONE_FEED  "feed: {core: none, idle: nap 50 us}"

static void feed_stages_are_named_and_share_no_port(void **state)
{
	static const struct wrong rows[] = {
		{SITE, ONE_FEED, TWO_FEEDS,
			"site.yaml:18:11: found the channel \"itch\" without a stage, expected one "
			"of "
			"the 2 feed stages"},
		{SITE, ONE_FEED,
			"feeds: [{name: a, core: none, idle: spin}, {name: a, core: none, "
			"idle: spin}]",
			"site.yaml:82:53: found a second feed stage \"a\", expected each name "
			"once"},
		{SITE, ONE_FEED, ONE_FEED "\n  " TWO_FEEDS,
			"site.yaml:84:16: found feed and feeds among the stages, expected either "
			"feed "
			"or feeds"},
		{SITE, ONE_FEED, "",
			"site.yaml:83:16: found neither feed nor feeds among the stages, expected "
			"either feed or feeds"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

/* A second channel on the first one's port, each with a stage of its own; or of the same stage. */
static void a_port_is_polled_by_one_stage(void **state)
{
	(void)state;
	static const char *const stages[] = {"one", "two"};
	for (size_t i = 0; i < ARRAY_COUNT(stages); i++) {
		static struct site_config site;
		struct file_text texts[FILE_COUNT];
		struct config_error error;
		char second[256];
		snprintf(second, sizeof second,
			"channels:\n  - {name: more, stage: %s, max_silence: 3 s, lines: [{port: "
			"feed-a, "
			"group: 239.1.1.9:26477}]}",
			stages[i]);
		read_texts(texts);
		replace_once(&texts[SITE], "channels:", second);
		replace_once(
			&texts[SITE], "max_silence: 3 s\n", "max_silence: 3 s\n    stage: one\n");
		replace_once(&texts[SITE], ONE_FEED, TWO_FEEDS);
		bool is_good = site_parse(&site, directory, texts, &error);
		assert_int_equal(is_good, i == 0);
		if (is_good) {
			assert_int_equal(site_feed_count(&site), 2);
			assert_string_equal(site.feeds[1].name, "two");
			assert_int_equal(site.feeds[1].stage.core, 3);
			config_free(&site);
		} else {
			assert_non_null(
				strstr(error.text, "found the port \"feed-a\" in channels of "
						   "two stages, expected each port in one"));
		}
		free_texts(texts);
	}
}

static void wires_name_what_exists_and_only_once(void **state)
{
	static const struct wrong rows[] = {
		{SITE, "name: feed-b, kind", "name: feed-a, kind",
			"site.yaml:15:12: found a second port \"feed-a\", expected each name once"},
		{SITE, "kind: dpdk", "kind: xdp",
			"site.yaml:14:26: found \"xdp\", expected dpdk, pcap or sim"},
		{SITE, "\"net_af_packet0,iface=slfeeda\"", "\"\"",
			"site.yaml:14:40: found \"\", expected a device or a capture's path"},
		{SITE, "\"net_af_packet0,iface=slfeeda\"", "x.pcap, speed: fast",
			"site.yaml:14:55: found \"fast\", expected at once or capture"},
		{SITE, "\"net_af_packet0,iface=slfeeda\"",
			"x, fault: {seed: 1, loss: 1000001 ppm, reorder: 0 ppm, duplicate: 0 ppm}",
			"site.yaml:14:66: found 1000001 ppm, expected from 0 to 1000000 ppm"},
		{SITE, "port: feed-b", "port: feed-c",
			"site.yaml:22:16: found the port \"feed-c\", expected a name from ports"},
		{SITE, "239.1.1.2:26478", "239.1.1.2:65536",
			"site.yaml:22:31: found \"239.1.1.2:65536\", expected a numeric IPv4 "
			"address and a port from 1 to "
			"65535 such as \"239.1.1.1:26477\""},
		{SITE, "port: feed-b, group: 239.1.1.2:26478",
			"port: feed-a, group: 239.1.1.1:26477",
			"site.yaml:22:31: found the group 239.1.1.1:26477 on port \"feed-a\" "
			"again, expected each line once"},
		{SITE, "239.1.1.2:26478", "239.1.1.2:26478, source: somewhere",
			"site.yaml:22:56: found \"somewhere\", expected a numeric IPv4 address "
			"such as \"10.0.0.1\""},
		{SITE, "max_silence: 3 s", "max_silence: 3 s\n    stage: other",
			"site.yaml:20:12: found the stage \"other\", expected a name from the feed "
			"stages"},
		{SITE, "239.1.1.2:26478", "\"[ff3e::1]\"",
			"site.yaml:22:31: found \"[ff3e::1]\", expected a numeric IPv6 address in "
			"brackets and a port from 1 to 65535 such as \"[ff3e::1]:26477\""},
		{SITE, "239.1.1.2:26478", "\"[ff3e::1]:26477\", source: 10.0.0.1",
			"site.yaml:22:58: found \"10.0.0.1\", expected a numeric IPv6 address such "
			"as \"fd00::1\""},
		{SITE, "239.1.1.2:26478", "10.1.1.1:26477",
			"site.yaml:22:31: found \"10.1.1.1:26477\", expected a multicast group: "
			"224.0.0.0 to 239.255.255.255, or [ff..]"},
		{SITE, "239.1.1.2:26478", "\"[fd00::1]:26477\"",
			"site.yaml:22:31: found \"[fd00::1]:26477\", expected a multicast group: "
			"224.0.0.0 to 239.255.255.255, or [ff..]"},
		{SITE, "239.1.1.2:26478", "\"[ff3e::1]:26477\", interface: 10.0.0.1",
			"site.yaml:22:61: found the interface \"10.0.0.1\" beside an IPv6 group, "
			"expected none: MLD speaks from the port's link-local address"},
		{SITE, "max_silence: 3 s", "session: SHORT\n    max_silence: 3 s",
			"site.yaml:19:14: found \"SHORT\", expected a MoldUDP64 session of exactly "
			"10 characters"},
		{SITE, "max_silence: 3 s", "max_silence: 0 s",
			"site.yaml:19:18: found \"0 s\", expected from 1 ns to 24 h"},
		{SITE, "session_id: 200", "session_id: 256",
			"site.yaml:45:17: found 256, expected from 1 to 255"},
		{SITE, "firm: SLCE", "firm: SLUICE",
			"site.yaml:49:11: found \"SLUICE\" of 6 characters, expected at most 4"},
		{SITE, "timeout: 15 s", "timeout: 1 s",
			"site.yaml:51:14: found a timeout of 1 s, expected longer than the "
			"heartbeat of 1 s"},
	};
	(void)state;
	refuse_all(rows, ARRAY_COUNT(rows));
}

#define SNAPSHOT(protocol, more)                                                                   \
	"protocol: " protocol "\n    recovery: {wait: 2 ms, hold: 64 packets, snapshot: {" more    \
	"address: 1.1.1.1:1, username: FIRM, password: x, tries: 1, timeout: 1 s}}\n"              \
	"    max_silence: 3 s"

static void a_snapshot_may_have_to_name_the_same_session(void **state)
{
	static const struct {
		const char *text;
		uint8_t is_same;
	} rows[] = {{SNAPSHOT("itch50", ""), 0}, {SNAPSHOT("itch50", "session: any, "), 0},
		{SNAPSHOT("itch50", "session: same, "), 1},
		{SNAPSHOT("pitch", "sub_id: \"0002\", "), 0}};
	static const struct wrong refused[] = {
		{SITE, "max_silence: 3 s", SNAPSHOT("itch50", "session: ours, "),
			"site.yaml:20:66: found \"ours\", expected any or same"},
		{SITE, "max_silence: 3 s", SNAPSHOT("pitch", "session: same, sub_id: \"0002\", "),
			"site.yaml:20:66: found the snapshot's session \"same\" of a channel that "
			"speaks pitch, expected none: a spin server names no session"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct wrong row = {SITE, "max_silence: 3 s", rows[i].text, ""};
		char sentence[1024];
		if (!parse_with(&row, sentence))
			fail_msg("%s", sentence);
		assert_int_equal(parsed.recovery.is_snapshot_session_same, rows[i].is_same);
	}
	refuse_all(refused, ARRAY_COUNT(refused));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_may_be_of_ipv6),
		cmocka_unit_test(faults_come_with_what_they_need),
		cmocka_unit_test(feed_stages_are_named_and_share_no_port),
		cmocka_unit_test(a_port_is_polled_by_one_stage),
		cmocka_unit_test(a_snapshot_may_have_to_name_the_same_session),
		cmocka_unit_test(wires_name_what_exists_and_only_once),
	};
	return !!cmocka_run_group_tests_name("unit.config.wires", tests, NULL, NULL);
}
