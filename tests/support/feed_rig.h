/* feed_rig.h - a whole feed on the table: two simulated ports as lines A and B, a day of messages, and a
   slow honest model of its books.

   A test writes a day (feed_rig_say), sends any part of it on either line in packets of any cut, moves time
   and polls.  The model applies the same messages one by one with nothing clever in it.

   Owner      the test. */
#ifndef SLUICE_TESTS_FEED_RIG_H
#define SLUICE_TESTS_FEED_RIG_H

#include "dataplane/feed/channel.h"
#include "dataplane/feed/feed.h"
#include "drivers/port/port_sim.h"

enum {
	FEED_RIG_AAPL = 0, /* symbol indexes of the site */
	FEED_RIG_MSFT = 1,
	FEED_RIG_SYMBOL_COUNT = 2,
	FEED_RIG_MESSAGE_COUNT = 32768,
	FEED_RIG_ORDER_COUNT = 32768,
	FEED_RIG_TAPE_COUNT = 65536,
	FEED_RIG_HOLD_COUNT = 64,           /* packets held ahead of a gap       */
	FEED_RIG_WAIT_NS = 2 * 1000 * 1000, /* the other line has this long      */
};

struct feed_rig_message {
	uint32_t size_bytes;
	uint8_t bytes[ITCH50_SIZE_MAX];
};

struct feed_rig {
	struct site_config site;
	struct symbol_config symbols[FEED_RIG_SYMBOL_COUNT];
	struct dataplane_region *region;
	struct market_region *market;
	struct port *ports[2]; /* one a line */
	struct feed *feed;
	uint64_t now_ns;
	uint32_t message_count; /* of the day; message n has index n - 1 */
	struct feed_rig_message messages[FEED_RIG_MESSAGE_COUNT];
};

/* feed_rig_edit changes the site before the feed is opened. */
typedef void feed_rig_edit(struct site_config *site);

/* feed_rig_open_edited is feed_rig_open with an edit of the site.

   feed_rig_open builds a site of channel_count channels (1 or 2) over two lines each.  A session of ""
   is adopted.  feed_rig_close ends it. */
struct feed_rig *feed_rig_open(const char *session, uint8_t channel_count);
struct feed_rig *feed_rig_open_edited(
	const char *session, uint8_t channel_count, feed_rig_edit *edit);
void feed_rig_close(struct feed_rig *rig);

/* feed_rig_say appends one message to the day; returns its number.  feed_rig_say_bytes takes any bytes. */
uint64_t feed_rig_say(struct feed_rig *rig, const struct event *event);
uint64_t feed_rig_say_bytes(struct feed_rig *rig, const void *bytes, uint32_t size_bytes);

/* Common messages, for locate 1 (AAPL) and 2 (MSFT). */
uint64_t feed_rig_add(struct feed_rig *rig, uint16_t locate, uint64_t order, enum side side,
	uint32_t qty, int64_t price_e4);

/* feed_rig_payload builds a packet of the day's messages first .. first + count - 1. */
uint32_t feed_rig_payload(const struct feed_rig *rig, const char session[10], uint64_t first,
	uint32_t count, uint8_t *payload, uint32_t room);

/* feed_rig_frame wraps a payload as line `line` (0 or 1) of channel `channel` sends it. */
uint32_t feed_rig_frame(uint8_t channel, uint32_t line, const uint8_t *payload,
	uint32_t payload_bytes, uint8_t *frame, uint32_t room);

/* feed_rig_send puts such a packet on a line of channel 0; feed_rig_control a heartbeat (count 0) or an end of
   session (0xFFFF) with the next number; feed_rig_put any payload. */
void feed_rig_send(struct feed_rig *rig, uint32_t line, uint64_t first, uint32_t count);
void feed_rig_control(struct feed_rig *rig, uint32_t line, uint64_t next, uint16_t count);
void feed_rig_put(struct feed_rig *rig, uint8_t channel, uint32_t line, const uint8_t *payload,
	uint32_t payload_bytes);

/* A third kind of line: those on which a proxy answers.  feed_rig_reply_line gives one for a site, feed_rig_reply puts a
   payload on it. */
struct line_config feed_rig_reply_line(uint8_t channel, uint8_t line);
void feed_rig_reply(struct feed_rig *rig, uint8_t channel, uint32_t line, const uint8_t *payload,
	uint32_t payload_bytes);

/* feed_rig_poll turns until nothing is left to do, then checks what must always hold: the conservation of
   packets and of messages. */
void feed_rig_poll(struct feed_rig *rig);
void feed_rig_conserves(const struct feed_rig *rig);

uint64_t feed_rig_metric(const struct feed_rig *rig, enum metric metric);
struct top_prices feed_rig_top(const struct feed_rig *rig, uint32_t symbol);

/* The slow model: orders in a list, the best found by looking at all of them. */
struct feed_model {
	uint32_t count;
	struct feed_model_order {
		uint64_t reference;
		int64_t price_e4;
		uint32_t qty;
		uint16_t locate;
		uint8_t side;
	} orders[FEED_RIG_ORDER_COUNT];
};

/* feed_model_apply applies one message as it stands on the wire; feed_model_best finds the best and the shares
   at it, 0 if the side is empty. */
void feed_model_apply(struct feed_model *model, const uint8_t *message);
int64_t feed_model_best(
	const struct feed_model *model, uint16_t locate, enum side side, uint32_t *qty);

/* feed_rig_top_matches fails the test unless a symbol's top is exactly the model's best of its locate. */
void feed_rig_top_matches(const struct feed_rig *rig, uint32_t symbol,
	const struct feed_model *model, uint16_t locate);

#endif
