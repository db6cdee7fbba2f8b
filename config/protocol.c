/* protocol.c - what a channel speaks, and which of a venue's streams it is; what an order session speaks. */
#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

enum { IEX_REQUEST_MESSAGES_MAX = 1000 }; /* over UDP, IEX-TP 1.26 */

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
	return read_number(d, raw, channel) && read_session(d, raw, channel);
}

bool protocol_check(
	const struct document *d, const struct raw_channel *raw, struct channel_config *channel)
{
	if (channel->recovery.has_snapshot && channel->protocol != PROTOCOL_ITCH50)
		return document_refuse(d, raw->recovery->snapshot->address,
			"found a snapshot of a channel that speaks %s, expected none: GLIMPSE "
			"gives ITCH 5.0",
			words[channel->protocol]);
	if (channel->recovery.has_requests && channel->protocol == PROTOCOL_PITCH)
		return document_refuse(d, raw->recovery->requests->servers[0],
			"found request servers of a channel that speaks pitch, expected none: Cboe "
			"answers over TCP and other groups, which is not built");
	if (channel->recovery.request_messages > IEX_REQUEST_MESSAGES_MAX &&
		channel->protocol != PROTOCOL_ITCH50)
		return document_refuse(d, raw->recovery->requests->messages,
			"found %s, expected from 1 to %d messages: IEX answers no more at once",
			raw->recovery->requests->messages, IEX_REQUEST_MESSAGES_MAX);
	return true;
}
