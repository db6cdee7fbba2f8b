/* protocol.c - what a channel speaks, and which of a venue's streams it is; what an order session speaks. */
#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

enum {
	IEX_REQUEST_MESSAGES_MAX = 1000, /* over UDP, IEX-TP 1.26                      */
	CBOE_REQUEST_MESSAGES_MAX = 100, /* of the gap request proxy, PITCH 2.41.66    */
	CBOE_REQUESTS_PER_S_MAX = 320,   /* the same                                   */
	CBOE_USERNAME_MAX = 4,
};

static const char *const words[PROTOCOL_COUNT] = {
	[PROTOCOL_ITCH50] = "itch50",
	[PROTOCOL_DEEP] = "deep",
	[PROTOCOL_DEEP_PLUS] = "deep+",
	[PROTOCOL_PITCH] = "pitch",
};

static const char *const order_words[ORDERS_COUNT] = {
	[ORDERS_OUCH50] = "ouch50",
	[ORDERS_OUCH42] = "ouch42",
	[ORDERS_FIX42] = "fix42",
	[ORDERS_FIX44] = "fix44",
};

const char *protocol_name(enum protocol protocol)
{
	return words[protocol];
}

const char *order_protocol_name(enum order_protocol protocol)
{
	return order_words[protocol];
}

bool order_protocol_read(const struct document *d, const char *text, uint8_t *protocol)
{
	unsigned found = ORDERS_OUCH50;
	if (text != NULL && !field_choice(d, text, order_words, ORDERS_COUNT, &found))
		return false;
	*protocol = (uint8_t)found;
	return true;
}

static bool read_market(
	const struct document *d, const struct raw_channel *raw, struct channel_config *channel)
{
	static const char *const names[] = {"nasdaq", "texas", "psx"};
	unsigned market;
	if (raw->market == NULL)
		return true;
	if (channel->protocol != PROTOCOL_ITCH50)
		return document_refuse(d, raw->market,
			"found the market \"%s\", expected none: only ITCH halts by markets",
			raw->market);
	if (!field_choice(d, raw->market, names, ARRAY_COUNT(names), &market))
		return false;
	channel->market = (uint8_t) "QBX"[market];
	return true;
}

static bool read_number(
	const struct document *d, const struct raw_channel *raw, struct channel_config *channel)
{
	if (raw->number == NULL)
		return true;
	channel->has_number = 1;
	switch (channel->protocol) {
	case PROTOCOL_ITCH50:
		return document_refuse(d, raw->number,
			"found the number %s, expected none: a MoldUDP64 stream has a session and "
			"no number",
			raw->number);
	case PROTOCOL_PITCH: /* a unit */
		return field_count_u32(d, raw->number, NULL, 1, UINT8_MAX, &channel->number);
	default: /* a channel of IEX-TP */
		return field_count_u32(d, raw->number, NULL, 0, UINT32_MAX, &channel->number);
	}
}

static bool read_session(
	const struct document *d, const struct raw_channel *raw, struct channel_config *channel)
{
	uint32_t session;
	if (raw->session == NULL)
		return true;
	switch (channel->protocol) {
	case PROTOCOL_ITCH50:
		if (!field_text(d, raw->session, channel->session, sizeof channel->session))
			return false;
		return strlen(channel->session) == 10 ||
		       document_refuse(d, raw->session,
			       "found \"%s\", expected a MoldUDP64 session of exactly 10 "
			       "characters",
			       raw->session);
	case PROTOCOL_PITCH:
		return document_refuse(d, raw->session,
			"found the session \"%s\", expected none: a unit of Cboe has a number and "
			"no session",
			raw->session);
	default:
		if (!field_count_u32(d, raw->session, NULL, 1, UINT32_MAX, &session))
			return false;
		snprintf(channel->session, sizeof channel->session, "%u", session);
		return true;
	}
}

bool protocol_read(
	const struct document *d, const struct raw_channel *raw, struct channel_config *channel)
{
	unsigned protocol = PROTOCOL_ITCH50;
	if (raw->protocol != NULL &&
		!field_choice(d, raw->protocol, words, PROTOCOL_COUNT, &protocol))
		return false;
	channel->protocol = (uint8_t)protocol;
	return read_market(d, raw, channel) && read_number(d, raw, channel) &&
	       read_session(d, raw, channel);
}

/* check_snapshot holds a snapshot to what its protocol's servers want said. */
static bool check_snapshot(const struct document *d, const struct raw_snapshot *raw,
	const struct channel_config *channel)
{
	const char *word = words[channel->protocol];
	if (channel->protocol == PROTOCOL_DEEP || channel->protocol == PROTOCOL_DEEP_PLUS)
		return document_refuse(d, raw->address,
			"found a snapshot of a channel that speaks %s, expected none: GLIMPSE "
			"gives ITCH 5.0, a spin server PITCH",
			word);
	if (channel->protocol == PROTOCOL_PITCH && raw->sub_id == NULL)
		return document_refuse(d, raw->address,
			"found a spin server without a sub_id, expected the session sub id that "
			"Cboe gave: four characters");
	if (channel->protocol == PROTOCOL_PITCH && raw->session != NULL)
		return document_refuse(d, raw->session,
			"found the snapshot's session \"%s\" of a channel that speaks %s, expected "
			"none: a spin server names no session",
			raw->session, word);
	if (channel->protocol != PROTOCOL_PITCH && raw->sub_id != NULL)
		return document_refuse(d, raw->sub_id,
			"found the sub_id %s of a channel that speaks %s, expected none: it is "
			"Cboe's",
			raw->sub_id, word);
	if (channel->protocol == PROTOCOL_PITCH && strlen(raw->username) > CBOE_USERNAME_MAX)
		return document_refuse(d, raw->username,
			"found \"%s\", expected a username of up to %d characters: so long is "
			"Cboe's field",
			raw->username, CBOE_USERNAME_MAX);
	return true;
}

/* check_proxy holds requests to what Cboe's gap request proxy wants and gives. */
static bool check_proxy(const struct document *d, const struct raw_requests *raw,
	const struct channel_config *channel)
{
	const struct recovery_config *recovery = &channel->recovery;
	if (raw->username == NULL || raw->sub_id == NULL)
		return document_refuse(d, raw->servers[0],
			"found a gap request proxy without a %s, expected sub_id, username and a "
			"password: Cboe takes no request without a login",
			raw->username == NULL ? "username" : "sub_id");
	if (raw->lines_count == 0)
		return document_refuse(d, raw->servers[0],
			"found a gap request proxy without lines, expected the groups of the "
			"unit's gap responses: what was lost comes again there and nowhere else");
	if (recovery->request_messages > CBOE_REQUEST_MESSAGES_MAX)
		return document_refuse(d, raw->messages,
			"found %s, expected from 1 to %d messages: Cboe answers no more at once",
			raw->messages, CBOE_REQUEST_MESSAGES_MAX);
	return recovery->requests_per_s <= CBOE_REQUESTS_PER_S_MAX ||
	       document_refuse(d, raw->rate,
		       "found %s, expected from 1 to %d per s: Cboe takes no more", raw->rate,
		       CBOE_REQUESTS_PER_S_MAX);
}

/* check_requests holds requests by datagrams to what such servers take. */
static bool check_requests(const struct document *d, const struct raw_requests *raw,
	const struct channel_config *channel)
{
	const char *stray = raw->username != NULL   ? raw->username
			    : raw->sub_id != NULL   ? raw->sub_id
			    : raw->lines_count != 0 ? raw->lines[0].group
						    : NULL;
	if (stray != NULL)
		return document_refuse(d, stray,
			"found a login or lines beside the request servers of a channel that "
			"speaks %s, expected none: they answer who asks, without a login",
			words[channel->protocol]);
	return channel->protocol == PROTOCOL_ITCH50 ||
	       channel->recovery.request_messages <= IEX_REQUEST_MESSAGES_MAX ||
	       document_refuse(d, raw->messages,
		       "found %s, expected from 1 to %d messages: IEX answers no more at once",
		       raw->messages, IEX_REQUEST_MESSAGES_MAX);
}

bool protocol_check(
	const struct document *d, const struct raw_channel *raw, struct channel_config *channel)
{
	const struct raw_recovery *recovery = raw->recovery;
	if (channel->recovery.has_snapshot && !check_snapshot(d, recovery->snapshot, channel))
		return false;
	if (!channel->recovery.has_requests)
		return true;
	return channel->protocol == PROTOCOL_PITCH ? check_proxy(d, recovery->requests, channel)
						   : check_requests(d, recovery->requests, channel);
}
