/* FIX at the venue, both versions: what is said for each thing that can become of an order, sessions that come back,
   and copies.
   rooms: tools_exchange */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "drivers/stream/stream_sim.h"
#include "tests/support/fix_text.h"
#include "tests/unit/tools/exchange/venue.h"
#include "tools/exchange/counter.h"

#define SECOND_NS 1000000000ull
#define WALL_NS   1735828200000000000ull

static struct stream_sim_net *net;
static struct stream *outside;
static uint16_t port;
static uint64_t now_ns;

/* One peer: what it has heard and not looked at yet. */
struct peer {
	const char *version, *name;
	uint32_t connection, used;
	uint64_t next_out;
	bool is_closed;
	uint8_t bytes[1 << 17];
	char text[4096]; /* the message looked at, with bars */
};

static struct peer peers[3];

static int begin(void **state)
{
	static struct options options;
	struct config_error error;
	(void)state;
	options = venue_options();
	venue_user(&options, "FIRM-OF-42", "secret", "FRMA");
	venue_user(&options, "FIRM-OF-44", "secret", "");
	venue_user(&options, "ouch", "secret", "");
	options.drops[0] = (struct options_drop){"COPY", "secret", "FIRM-OF-42"};
	options.drops[1] = (struct options_drop){"COPY", "secret", "ouch"};
	options.drop_count = 2;
	options.speeches[0] = (struct options_speech){"FIRM-OF-42", SPEECH_FIX42};
	options.speeches[1] = (struct options_speech){"FIRM-OF-44", SPEECH_FIX44};
	options.speeches[2] = (struct options_speech){"COPY", SPEECH_FIX44};
	options.speech_count = 3;
	venue_open(&options);
	exchange_begin(x, 1);
	net = stream_sim_net_open(3, 8, 1 << 16);
	x->fix.stream = stream_sim_open(net);
	outside = stream_sim_open(net);
	port = stream_listen_port(
		x->fix.stream, stream_listen(x->fix.stream, "10.0.0.1", 0, &error));
	now_ns = 100 * SECOND_NS;
	memset(peers, 0, sizeof peers);
	peers[0].version = "FIX.4.2";
	peers[0].name = "FIRM-OF-42";
	peers[1].version = "FIX.4.4";
	peers[1].name = "FIRM-OF-44";
	peers[2].version = "FIX.4.4";
	peers[2].name = "COPY";
	for (size_t i = 0; i < ARRAY_COUNT(peers); i++)
		peers[i].next_out = 1;
	return 0;
}

static int finish_net(void **state)
{
	(void)state;
	stream_close(outside);
	venue_close();
	stream_sim_net_close(net);
	return 0;
}

static void turns(uint32_t count)
{
	struct stream_event events[8];
	for (uint32_t t = 0; t < count; t++) {
		fix_door_turn(&x->fix, now_ns, WALL_NS + now_ns);
		uint32_t heard = stream_poll(outside, events, 8);
		for (uint32_t i = 0; i < heard; i++)
			for (size_t p = 0; p < ARRAY_COUNT(peers); p++) {
				struct peer *peer = &peers[p];
				if (peer->connection != events[i].connection)
					continue;
				peer->is_closed |= events[i].kind == STREAM_CLOSED;
				if (events[i].kind != STREAM_BYTES)
					continue;
				memcpy(peer->bytes + peer->used, events[i].bytes,
					events[i].size_bytes);
				peer->used += events[i].size_bytes;
			}
	}
}

static void done_and_heard(const char *line)
{
	done(line);
	turns(3);
}

/* say sends a message: its type and body; the header is made around them. */
static void say(struct peer *peer, const char *type, const char *body)
{
	uint8_t wire[2048];
	char fields[2048], time[FIX_TIME_BYTES_MAX + 1] = "";
	fix_write_time((uint8_t *)time, WALL_NS + now_ns, FIX_MILLIS);
	snprintf(fields, sizeof fields, "35=%s|49=%s|56=VENUE|34=%llu|52=%s|%s", type, peer->name,
		(unsigned long long)peer->next_out++, time, body);
	uint32_t size = fix_text_frame(wire, sizeof wire, peer->version, fields);
	assert_true(stream_send(outside, peer->connection, wire, size));
	turns(5);
}

/* hears takes the next message and looks for each of the fields, which are written "150=0|39=0". */
static void hears(struct peer *peer, const char *type, const char *fields)
{
	struct fix_frame frame;
	char wanted[64];
	if (fix_cut(peer->bytes, peer->used, &frame) != FIX_WHOLE)
		fail_msg("%s: found nothing, expected 35=%s %s", peer->name, type, fields);
	snprintf(peer->text, sizeof peer->text, "|%.*s", (int)frame.size_bytes,
		(const char *)frame.bytes);
	for (char *c = peer->text; *c != '\0'; c++)
		*c = *c == FIX_SOH ? '|' : *c;
	peer->used -= frame.taken_bytes;
	memmove(peer->bytes, peer->bytes + frame.taken_bytes, peer->used);
	snprintf(wanted, sizeof wanted, "|35=%s|", type);
	bool is = strstr(peer->text, wanted) != NULL;
	while (is && *fields != '\0') {
		size_t size = strcspn(fields, "|");
		snprintf(wanted, sizeof wanted, "|%.*s|", (int)size, fields);
		is = strstr(peer->text, wanted) != NULL;
		fields += size + (fields[size] == '|');
	}
	if (!is)
		fail_msg("%s: found `%s`, expected `%s`", peer->name, peer->text, wanted);
}

static void silence(const struct peer *peer)
{
	assert_int_equal(peer->used, 0);
}

static void dial(struct peer *peer)
{
	peer->used = 0;
	peer->is_closed = false;
	peer->connection = stream_connect(outside, "10.0.0.1", port);
	turns(3);
}

static void logs_in(struct peer *peer)
{
	dial(peer);
	say(peer, "A", "98=0|108=30|554=secret|");
	hears(peer, "A", "49=VENUE|98=0|108=30");
}

static void buys(struct peer *peer, const char *name, uint32_t qty)
{
	char body[256];
	snprintf(body, sizeof body,
		"11=%s|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=%u|40=2|44=163|59=0|", name, qty);
	say(peer, "D", body);
}

static void asks(
	struct peer *peer, const char *type, const char *name, const char *of, uint32_t qty)
{
	char body[256];
	snprintf(body, sizeof body, "41=%s|11=%s|%s55=AAPL|54=1|60=20250102-14:30:00|38=%u|%s", of,
		name, type[0] == 'G' ? "21=1|" : "", qty,
		type[0] == 'G' ? "40=2|44=162.5|59=0|" : "");
	say(peer, type, body);
}

static void an_order_lives_in_reports(void **state)
{
	(void)state;
	struct peer *p = &peers[0];
	logs_in(p);
	buys(p, "A-1", 100);
	hears(p, "8", "11=A-1|150=0|39=0|20=0|55=AAPL|54=1|38=100|44=163|151=100|14=0|6=0");
	done_and_heard("fill FIRM-OF-42 1 30");
	hears(p, "8", "11=A-1|150=1|39=1|20=0|32=30|31=163|151=70|14=30|6=163");
	asks(p, "G", "A-2", "A-1", 90);
	hears(p, "8", "11=A-2|41=A-1|150=5|39=5|38=90|44=162.5|151=60|14=30");
	done_and_heard("fill FIRM-OF-42 last 10 at 162");
	hears(p, "8", "11=A-2|150=1|39=1|32=10|31=162|151=50|14=40|6=162.75");
	done_and_heard("cancel FIRM-OF-42 last 20");
	hears(p, "8", "11=A-2|150=D|39=1|378=5|151=30");
	asks(p, "F", "A-3", "A-2", 90);
	hears(p, "8", "11=A-3|41=A-2|150=4|39=4|151=0|14=40");
	asks(p, "F", "A-4", "A-2", 90);
	hears(p, "9", "11=A-4|41=A-2|39=4|434=1|102=0");
	asks(p, "F", "A-5", "A-9", 90);
	hears(p, "9", "11=A-5|41=A-9|37=NONE|39=8|434=1|102=1");
	silence(p);
}

static void trades_are_broken_and_corrected_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer *p = &peers[i];
		char line[96], fill[128], name[64] = "";
		logs_in(p);
		buys(p, "B-1", 100);
		hears(p, "8", i == 0 ? "150=0|20=0" : "150=0|39=0");
		snprintf(line, sizeof line, "fill %s 1 100", p->name);
		done_and_heard(line);
		hears(p, "8", i == 0 ? "150=2|39=2|14=100" : "150=F|39=2|14=100|851=1");
		const char *exec = strstr(p->text, "|17=") + 4;
		memcpy(name, exec, strcspn(exec, "|"));
		snprintf(line, sizeof line, "correct %s last to 162", p->name);
		done_and_heard(line);
		snprintf(fill, sizeof fill, "19=%s|31=162|6=162|%s", name,
			i == 0 ? "20=2|150=2" : "150=G");
		hears(p, "8", fill);
		snprintf(line, sizeof line, "bust %s last", p->name);
		done_and_heard(line);
		snprintf(fill, sizeof fill, "19=%s|39=4|38=100|151=0|14=0|6=0|%s", name,
			i == 0 ? "20=1" : "150=H");
		hears(p, "8", fill);
		asks(p, "F", "B-2", "B-1", 100);
		hears(p, "9", "11=B-2|41=B-1|39=4|434=1|102=0");
		silence(p);
	}
}

/* Nothing is open again; OrderQty is what is open and what stands, and so is the total of a replace. */
static void a_broken_trade_of_a_working_order_opens_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer *p = &peers[i];
		char line[96];
		logs_in(p);
		buys(p, "W-1", 100);
		hears(p, "8", "11=W-1|39=0|151=100");
		snprintf(line, sizeof line, "fill %s last 30", p->name);
		done_and_heard(line);
		hears(p, "8", "11=W-1|39=1|38=100|14=30|151=70");
		snprintf(line, sizeof line, "bust %s last", p->name);
		done_and_heard(line);
		hears(p, "8", "11=W-1|39=0|38=70|14=0|151=70|6=0");
		asks(p, "G", "W-2", "W-1", 90);
		hears(p, "8", "11=W-2|41=W-1|150=5|38=90|14=0|151=90");
		snprintf(line, sizeof line, "fill %s last 20 at 162", p->name);
		done_and_heard(line);
		hears(p, "8", "11=W-2|39=1|38=90|14=20|151=70|6=162");
		asks(p, "G", "W-3", "W-2", 100);
		hears(p, "8", "11=W-3|41=W-2|150=5|38=100|14=20|151=80");
		snprintf(line, sizeof line, "bust %s last", p->name);
		done_and_heard(line);
		hears(p, "8", "11=W-3|39=0|38=80|14=0|151=80|6=0");
		snprintf(line, sizeof line, "fill %s last 80", p->name);
		done_and_heard(line);
		hears(p, "8", "11=W-3|39=2|38=80|14=80|151=0");
		silence(p);
	}
}

static void what_is_not_done_is_said(void **state)
{
	(void)state;
	struct peer *p = &peers[1];
	logs_in(p);
	done_and_heard("next FIRM-OF-44 enter reject invalid_symbol");
	buys(p, "C-1", 100);
	hears(p, "8", "11=C-1|150=8|39=8|103=1|58=0x0017 invalid_symbol|151=0");
	buys(p, "C-1", 100);
	hears(p, "8", "11=C-1|150=8|103=6|37=NONE");
	buys(p, "C-2", 100);
	hears(p, "8", "11=C-2|150=0");
	done_and_heard("next FIRM-OF-44 cancel pend");
	asks(p, "F", "C-3", "C-2", 100);
	hears(p, "8", "11=C-3|41=C-2|150=6|39=6");
	done_and_heard("next FIRM-OF-44 cancel refuse");
	asks(p, "F", "C-4", "C-2", 100);
	hears(p, "9", "11=C-4|41=C-2|434=1|39=0");
	done_and_heard("next FIRM-OF-44 replace reject replace_not_allowed");
	asks(p, "G", "C-5", "C-2", 100);
	hears(p, "9", "11=C-5|41=C-2|434=2|58=0x0015 replace_not_allowed");
	asks(p, "G", "C-5", "C-2", 100);
	hears(p, "9", "11=C-5|41=C-2|434=2|102=2");
	say(p, "H", "11=C-2|55=AAPL|54=1|");
	hears(p, "8", "11=C-2|150=I|39=0|151=100");
	say(p, "H", "11=C-99|55=AAPL|54=1|");
	hears(p, "8", "11=C-99|150=I|39=8|103=5");
	say(p, "D", "11=C-7|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=1|");
	hears(p, "8", "11=C-7|150=8");
	/* A side that FIX has and this venue has not is told as it was said. */
	say(p, "D", "11=C-9|55=AAPL|54=9|60=20250102-14:30:00|38=100|40=2|44=163|");
	hears(p, "8", "11=C-9|150=8|39=8|54=9");
	done_and_heard("next FIRM-OF-44 enter dead");
	buys(p, "C-8", 100);
	hears(p, "8", "11=C-8|150=4|39=4|151=0");
	silence(p);
}

static void a_message_that_is_not_served_is_refused_as_business(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct peer *p = &peers[i];
		logs_in(p);
		say(p, "q", "11=Q-1|530=7|60=20250102-14:30:00|");
		hears(p, "j",
			"45=2|372=q|379=Q-1|380=3|58=found a message type that is not served here");
		buys(p, "Q-2", 100);
		hears(p, "8", "11=Q-2|39=0");
		silence(p);
	}
}

/* Nothing is answered ok that a session of FIX cannot be made to do. */
static void what_is_of_soup_is_not_done_to_a_user_of_fix(void **state)
{
	static const char *const lines[] = {"mute FIRM-OF-42", "sequence FIRM-OF-42 ahead 1",
		"flood FIRM-OF-44 3 heartbeats", "debug FIRM-OF-44 hello"};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		commands_do(x, lines[i], 1, answer, sizeof answer);
		assert_non_null(strstr(answer, "speaks FIX, expected a user of SoupBinTCP"));
	}
	done("mute ouch");
	done("keep FIRM-OF-42");
	done("voice FIRM-OF-42");
}

static void what_may_have_come_before_is_told_its_state_and_done_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		static const char again[] = "97=Y|11=R-1|21=1|55=AAPL|54=1|60=20250102-14:30:00|"
					    "38=100|40=2|44=163|59=0|";
		struct peer *p = &peers[i];
		logs_in(p);
		say(p, "D", again);
		hears(p, "8", "11=R-1|150=0");
		say(p, "D", again);
		hears(p, "8", i == 0 ? "11=R-1|20=3|39=0|151=100" : "11=R-1|150=I|39=0|151=100");
		asks(p, "F", "R-2", "R-1", 100);
		hears(p, "8", "11=R-2|41=R-1|39=4");
		say(p, "F", "97=Y|41=R-1|11=R-2|55=AAPL|54=1|60=20250102-14:30:00|38=100|");
		hears(p, "8", i == 0 ? "20=3|39=4|151=0" : "150=I|39=4|151=0");
		silence(p);
	}
}

/* Two requests in one segment: each is answered whole. */
static void what_is_asked_for_twice_at_once_is_sent_twice(void **state)
{
	(void)state;
	struct peer *p = &peers[0];
	uint8_t wire[1024];
	char fields[256], time[FIX_TIME_BYTES_MAX + 1] = "";
	uint32_t size = 0;
	logs_in(p);
	buys(p, "S-1", 100);
	buys(p, "S-2", 100);
	hears(p, "8", "34=2|11=S-1");
	hears(p, "8", "34=3|11=S-2");
	fix_write_time((uint8_t *)time, WALL_NS + now_ns, FIX_MILLIS);
	for (int i = 2; i <= 3; i++) {
		snprintf(fields, sizeof fields, "35=2|49=%s|56=VENUE|34=%llu|52=%s|7=%d|16=%d|",
			p->name, (unsigned long long)p->next_out++, time, i, i);
		size += fix_text_frame(wire + size, sizeof wire - size, p->version, fields);
	}
	assert_true(stream_send(outside, p->connection, wire, size));
	turns(5);
	hears(p, "8", "34=2|43=Y|11=S-1");
	hears(p, "8", "34=3|43=Y|11=S-2");
	silence(p);
}

static void whoever_begins_with_what_is_no_message_is_let_go(void **state)
{
	(void)state;
	struct peer *p = &peers[0];
	dial(p);
	assert_true(stream_send(
		outside, p->connection, (const uint8_t *)"8=FIX.4.2\0019=5\001junk", 19));
	turns(5);
	assert_true(p->is_closed);
	assert_int_equal(x->fix.counts.garbled, 1);
	logs_in(p);
}

static void who_was_away_hears_what_it_missed(void **state)
{
	(void)state;
	struct peer *p = &peers[0];
	logs_in(p);
	buys(p, "D-1", 100);
	hears(p, "8", "34=2|150=0");
	stream_shut(outside, p->connection, true);
	turns(5);
	done_and_heard("fill FIRM-OF-42 1 40");
	done_and_heard("fill FIRM-OF-42 1 60");
	dial(p);
	say(p, "A", "98=0|108=30|554=secret|");
	hears(p, "A", "34=5"); /* 3 and 4 are missing: it asks for them */
	say(p, "2", "7=3|16=0|");
	hears(p, "8", "34=3|43=Y|150=1|14=40");
	hears(p, "8", "34=4|43=Y|150=2|14=100");
	hears(p, "4", "34=5|43=Y|123=Y|36=6");
	silence(p);
}

static void logons_are_checked(void **state)
{
	(void)state;
	static const char *const logons[] = {"98=0|108=30|554=wrong|", "98=0|108=30|",
		"98=0|108=30|95=5|96=wrong|", "98=0|108=30|95=6|96=secret|554=wrong|"};
	struct peer *p = &peers[0];
	assert_string_equal(p->version, "FIX.4.2");
	for (size_t i = 0; i < ARRAY_COUNT(logons); i++) {
		dial(p);
		p->next_out = 1;
		say(p, "A", logons[i]);
		assert_true(p->is_closed);
		silence(p);
	}
	p->next_out = 1;
	dial(p);
	say(p, "A", "98=0|108=30|95=6|96=secret|"); /* 4.2 has no other place for it */
	hears(p, "A", "49=VENUE|98=0|108=30");
	stream_shut(outside, p->connection, true);
	turns(3);
	dial(p);
	say(p, "0", "");
	assert_true(p->is_closed);
	p->next_out = 1;
	p->version = "FIX.4.4"; /* not what the port speaks */
	dial(p);
	say(p, "A", "98=0|108=30|554=secret|");
	assert_true(p->is_closed);
	assert_int_equal(x->fix.counts.refused, 6);
	dial(p);
	now_ns += 11 * SECOND_NS;
	turns(3);
	assert_true(p->is_closed);
	assert_int_equal(x->fix.counts.timeouts, 1);
}

static void a_copy_hears_what_becomes_of_anothers_orders(void **state)
{
	struct ouch_in in = {.type = 'O',
		.ref = 1,
		.side = 'S',
		.qty = 40,
		.symbol = symbol_pack("AAPL"),
		.price_e4 = 1630000,
		.time_in_force = '0',
		.display = 'Y',
		.capacity = 'P',
		.iso = 'N',
		.cross_type = 'N'};
	uint8_t bytes[MESSAGE_BYTES_MAX];
	(void)state;
	logs_in(&peers[0]);
	logs_in(&peers[2]);
	buys(&peers[0], "E-1", 100);
	hears(&peers[2], "8", "11=E-1|150=0|54=1|151=100");
	memcpy(in.clordid, "OUCH-1        ", sizeof in.clordid);
	counter_take(x->desk, desk_user_named(x->desk, "ouch"), bytes,
		ouch50_build_in(bytes, sizeof bytes, &in));
	turns(5);
	hears(&peers[2], "8", "11=OUCH-1|150=0|54=2");
	hears(&peers[2], "8", "11=E-1|150=F|39=1|32=40|14=40");
	hears(&peers[2], "8", "11=OUCH-1|150=F|39=2|32=40|151=0");
	buys(&peers[2], "E-2", 100);
	hears(&peers[2], "8", "11=E-2|150=8|39=8|58=read-only");
	silence(&peers[2]);
}

/* reports_heard counts the reports among the whole messages; returns their bytes. */
static uint32_t reports_heard(const struct peer *peer, uint32_t *reports)
{
	uint32_t at = 0;
	struct fix_frame frame;
	struct fix_message message;
	while (fix_cut(peer->bytes + at, peer->used - at, &frame) == FIX_WHOLE) {
		fix_parse(frame.bytes, frame.size_bytes, &message);
		*reports += message.type == FIX_MSG_EXECUTION_REPORT;
		at += frame.taken_bytes;
	}
	return at;
}

static void a_session_cut_at_any_byte_hears_each_report(void **state)
{
	struct peer *p = &peers[0];
	char name[16], ask[64];
	uint32_t bytes = 0;
	(void)state;
	logs_in(p);
	for (bool was_cut = true; was_cut; bytes++) {
		uint64_t cut = x->fix.counts.cut, next = x->fix.ports[0]->session.next_out;
		uint32_t reports = 0;
		x->door.harms[0].is_cut_sent = true;
		x->door.harms[0].cut_sent = bytes;
		snprintf(name, sizeof name, "G-%u", bytes);
		buys(p, name, 1);
		was_cut = x->fix.counts.cut > cut;
		x->door.harms[0].is_cut_sent = false;
		reports_heard(p, &reports);
		assert_true(was_cut || reports == 1); /* cut behind its last byte it has come too */
		stream_shut(outside, p->connection, true);
		turns(5);
		logs_in(p);
		if (reports == 0) { /* what it misses it asks for */
			snprintf(ask, sizeof ask, "7=%llu|16=%llu|", (unsigned long long)next,
				(unsigned long long)next);
			say(p, "2", ask);
			snprintf(ask, sizeof ask, "11=%s|150=0|43=Y|34=%llu", name,
				(unsigned long long)next);
			hears(p, "8", ask);
		}
		silence(p);
	}
	assert_true(bytes > 150);
}

static void an_order_not_heard_whole_was_not_heard(void **state)
{
	struct peer *p = &peers[1];
	(void)state;
	for (uint32_t bytes = 0; bytes <= 60; bytes += 7) {
		logs_in(p);
		uint64_t next_out = p->next_out;
		x->door.harms[1].is_cut_heard = true;
		x->door.harms[1].cut_heard = bytes;
		buys(p, "H-1", 100);
		assert_true(p->is_closed);
		assert_int_equal(x->desk->users[1].counts.messages, 0);
		p->next_out = next_out; /* it never arrived */
		turns(5);
	}
	x->door.harms[1].refuse = 1;
	dial(p);
	say(p, "A", "98=0|108=30|554=secret|");
	assert_true(p->is_closed);
}

static void garbage_is_skipped_and_the_end_is_said(void **state)
{
	(void)state;
	struct peer *p = &peers[0];
	logs_in(p);
	assert_true(stream_send(
		outside, p->connection, (const uint8_t *)"8=FIX.4.2\0019=5\001junk", 19));
	buys(p, "F-1", 100);
	hears(p, "8", "11=F-1|150=0");
	assert_true(x->fix.counts.garbled > 0);
	fix_door_end(&x->fix);
	turns(5);
	hears(p, "5", "58=end of day");
	assert_true(p->is_closed || p->connection != 0);
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, finish_net)
	const struct CMUnitTest tests[] = {
		EACH(an_order_lives_in_reports),
		EACH(trades_are_broken_and_corrected_by_name),
		EACH(a_broken_trade_of_a_working_order_opens_nothing),
		EACH(what_is_not_done_is_said),
		EACH(a_message_that_is_not_served_is_refused_as_business),
		EACH(what_is_of_soup_is_not_done_to_a_user_of_fix),
		EACH(what_may_have_come_before_is_told_its_state_and_done_once),
		EACH(what_is_asked_for_twice_at_once_is_sent_twice),
		EACH(whoever_begins_with_what_is_no_message_is_let_go),
		EACH(who_was_away_hears_what_it_missed),
		EACH(logons_are_checked),
		EACH(a_copy_hears_what_becomes_of_anothers_orders),
		EACH(a_session_cut_at_any_byte_hears_each_report),
		EACH(an_order_not_heard_whole_was_not_heard),
		EACH(garbage_is_skipped_and_the_end_is_said),
	};
	return !!cmocka_run_group_tests_name("unit.tools.exchange.fix_door", tests, NULL, NULL);
}
