/* fix_client_rig.h - a strategy of FIX at the rig's gate: what it says, field by field, and what it heard.

   Owner      the test: one at a time. */
#ifndef SLUICE_TESTS_SUPPORT_FIX_CLIENT_RIG_H
#define SLUICE_TESTS_SUPPORT_FIX_CLIENT_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "drivers/machine/clock.h"
#include "tests/support/fix_text.h"
#include "tests/support/rig.h"

enum { FIX_SESSION = 2, HEARD_COUNT = 256, TEXT_IDS = 64 };

/* The strategy: what it heard, oldest first. */
static struct {
	uint32_t connection;
	bool is_closed;
	uint64_t next;
	uint32_t rx_bytes, count;
	uint8_t rx[1 << 16];
	struct {
		uint8_t bytes[FIX_MESSAGE_BYTES_MAX];
		uint32_t size;
	} heard[HEARD_COUNT];
} peer;
static enum order_protocol protocol;
static bool has_parents;
static uint8_t converts_market;

static inline void site_with_fix(struct site_config *site)
{
	struct session_config *session = &site->sessions[FIX_SESSION - 1];
	session->protocol = (uint8_t)protocol;
	snprintf(session->comp_id, sizeof session->comp_id, "STRAT");
	snprintf(session->our_comp_id, sizeof session->our_comp_id, "SLUICE");
	session->takes_reset = 1;
	session->has_parents = has_parents;
	site->accounts[1].converts_market[0] = converts_market;
	site->text_id_count = TEXT_IDS;
}

static inline bool peer_poll(struct rig *rig)
{
	struct fix_frame frame;
	(void)rig;
	while (fix_cut(peer.rx, peer.rx_bytes, &frame) == FIX_WHOLE) {
		assert_true(peer.count < HEARD_COUNT);
		memcpy(peer.heard[peer.count].bytes, frame.bytes, frame.size_bytes);
		peer.heard[peer.count++].size = frame.size_bytes;
		peer.rx_bytes -= frame.taken_bytes;
		memmove(peer.rx, peer.rx + frame.taken_bytes, peer.rx_bytes);
	}
	return false;
}

/* The rig's own poll takes all events of its peers' stream: bytes of a connection it does not know come here. */
static inline void peer_event(struct rig *rig, const struct stream_event *event)
{
	(void)rig;
	if (event->connection != peer.connection)
		return;
	if (event->kind == STREAM_BYTES) {
		memcpy(peer.rx + peer.rx_bytes, event->bytes, event->size_bytes);
		peer.rx_bytes += event->size_bytes;
	} else if (event->kind == STREAM_CLOSED) {
		peer.is_closed = true;
	}
}

static const struct rig_hooks client_hooks = {
	.others = peer_poll, .site = site_with_fix, .event = peer_event};

static inline void say_at(struct rig *rig, uint64_t number, const char *type, const char *body)
{
	char fields[1024], time[32] = {0};
	uint8_t wire[2048];
	fix_write_time((uint8_t *)time, clock_wall_ns(), FIX_MILLIS);
	snprintf(fields, sizeof fields, "35=%s|49=STRAT|56=SLUICE|34=%llu|52=%s|%s", type,
		(unsigned long long)number, time, body);
	uint32_t size = fix_text_frame(
		wire, sizeof wire, protocol == ORDERS_FIX42 ? "FIX.4.2" : "FIX.4.4", fields);
	assert_true(stream_send(rig->peer_stream, peer.connection, wire, size));
	atomic_store(&rig->market->channels[0].heard_ns, rig->now_ns);
	rig_poll(rig, 1000);
}

static inline void say(struct rig *rig, const char *type, const char *body)
{
	say_at(rig, peer.next++, type, body);
}

/* heard takes the oldest message; told compares tags of it, "150=0|39=0|". */
static inline void told(const char *fields)
{
	char text[FIX_MESSAGE_BYTES_MAX];
	assert_true(peer.count > 0);
	uint32_t size = peer.heard[0].size;
	for (uint32_t i = 0; i < size; i++)
		text[i] = peer.heard[0].bytes[i] == 1 ? '|' : (char)peer.heard[0].bytes[i];
	text[size] = '\0';
	while (*fields != '\0') {
		char one[256];
		size_t length = strcspn(fields, "|") + 1;
		snprintf(one, sizeof one, "|%.*s", (int)length, fields);
		if (strstr(text, one) == NULL)
			fail_msg("expected %s in %s", one, text);
		fields += length;
	}
	memmove(peer.heard, peer.heard + 1, --peer.count * sizeof peer.heard[0]);
}

static inline void dial(struct rig *rig)
{
	peer.connection = stream_connect(rig->peer_stream, "127.0.0.1", 25000);
	peer.rx_bytes = peer.count = 0;
	peer.is_closed = false;
	rig_poll(rig, 1000);
}

static inline const char *logon_words(void)
{
	return protocol == ORDERS_FIX42 ? "98=0|108=30|95=5|96=PASS2|"
					: "98=0|108=30|553=USER2|554=PASS2|";
}

static inline int open_by(void **state, enum order_protocol spoken, const struct rig_hooks *hooks)
{
	protocol = spoken;
	struct rig *rig = rig_open_with(hooks, NULL);
	rig_venue_up(rig);
	rig_limits(rig, NULL);
	rig_market(rig, RIG_AAPL, 1630000, 1630200);
	dial(rig);
	peer.next = 1;
	say(rig, "A", logon_words());
	told("35=A|34=1|108=30|");
	*state = rig;
	return 0;
}

static inline int open_42(void **state)
{
	return open_by(state, ORDERS_FIX42, &client_hooks);
}

static inline int open_44(void **state)
{
	return open_by(state, ORDERS_FIX44, &client_hooks);
}

static inline int shut(void **state)
{
	rig_close(*state);
	return 0;
}

#define ORDER(id) "11=" id "|21=1|55=AAPL|54=1|60=20250102-14:30:00|38=100|40=2|44=163.00|59=0|"

/* An order named A that the venue has accepted. */
static inline struct ouch_in accepted(struct rig *rig)
{
	struct ouch_in at_venue;
	say(rig, "D", ORDER("A"));
	assert_true(rig_venue_got(rig, &at_venue));
	rig_accept(rig, &at_venue);
	told("35=8|11=A|150=0|39=0|151=100|14=0|6=0|38=100|55=AAPL|54=1|");
	return at_venue;
}

#endif
