#include "drivers/stream/stream_pair.h"

#include "drivers/machine/memory.h"
#include "drivers/stream/numbers.h"

#define SECOND_BIT 0x80000000u

struct pair {
	struct stream stream;
	struct stream *drivers[2];
	struct numbers open[2]; /* 31 bits of a number -> the number */
	char prefix[16];
	uint32_t turn;
	size_t size_bytes;
};

static uint32_t pair_place(uint32_t which, uint32_t number)
{
	return (number & ~SECOND_BIT) | (which != 0 ? SECOND_BIT : 0);
}

/* pair_number gives the driver's own number; CONNECTION_NONE: no such connection is open. */
static uint32_t pair_number(const struct pair *pair, uint32_t connection, uint32_t *which)
{
	*which = (connection & SECOND_BIT) != 0;
	const struct number *row = numbers_find(&pair->open[*which], connection);
	return row != NULL ? row->value : CONNECTION_NONE;
}

/* pair_enter keeps a new connection's number.  CONNECTION_NONE: its 31 bits are none, or taken, or there are too many;
   it was reset. */
static uint32_t pair_enter(struct pair *pair, uint32_t which, uint32_t number)
{
	uint32_t place = pair_place(which, number);
	if ((place & ~SECOND_BIT) != 0 && numbers_find(&pair->open[which], place) == NULL &&
		numbers_add(&pair->open[which], place, number))
		return place;
	stream_shut(pair->drivers[which], number, true);
	return CONNECTION_NONE;
}

static uint32_t pair_which(const struct pair *pair, const char *address)
{
	return strncmp(address, pair->prefix, strlen(pair->prefix)) == 0;
}

static uint32_t pair_listen(
	struct stream *s, const char *address, uint16_t port, struct config_error *error)
{
	struct pair *pair = (struct pair *)s;
	uint32_t which = pair_which(pair, address);
	uint32_t listener = stream_listen(pair->drivers[which], address, port, error);
	return listener == 0 ? 0 : pair_place(which, listener);
}

static uint32_t pair_connect(struct stream *s, const char *address, uint16_t port)
{
	struct pair *pair = (struct pair *)s;
	uint32_t which = pair_which(pair, address);
	uint32_t number = stream_connect(pair->drivers[which], address, port);
	return number == CONNECTION_NONE ? CONNECTION_NONE : pair_enter(pair, which, number);
}

/* pair_take makes a driver's event one of the pair's.  false: it is nobody's. */
static bool pair_take(struct pair *pair, uint32_t which, struct stream_event *event)
{
	uint32_t number = event->connection;
	event->connection = pair_place(which, number);
	if (event->listener != 0)
		event->listener = pair_place(which, event->listener);
	if (event->kind == STREAM_OPENED && event->listener != 0)
		return pair_enter(pair, which, number) != CONNECTION_NONE;
	struct number *row = numbers_find(&pair->open[which], event->connection);
	if (row == NULL || row->value != number)
		return false; /* one that was reset as it came */
	if (event->kind == STREAM_CLOSED)
		numbers_remove(&pair->open[which], row);
	return true;
}

static uint32_t pair_poll(struct stream *s, struct stream_event *events, uint32_t max)
{
	struct pair *pair = (struct pair *)s;
	uint32_t count = 0;
	pair->turn++;
	for (uint32_t i = 0; i < 2; i++) {
		/* Also without room: a driver sends and looks around when it is polled. */
		uint32_t which = (pair->turn + i) & 1, from = count;
		uint32_t got = stream_poll(pair->drivers[which], events + from, max - from);
		for (uint32_t e = from; e < from + got; e++) {
			if (UNLIKELY(!pair_take(pair, which, &events[e])))
				continue;
			if (UNLIKELY(e != count))
				events[count] = events[e];
			count++;
		}
	}
	return count;
}

static bool pair_send(
	struct stream *s, uint32_t connection, const uint8_t *bytes, uint32_t size_bytes)
{
	struct pair *pair = (struct pair *)s;
	uint32_t which, number = pair_number(pair, connection, &which);
	return number != CONNECTION_NONE &&
	       stream_send(pair->drivers[which], number, bytes, size_bytes);
}

static uint32_t pair_unsent_bytes(struct stream *s, uint32_t connection)
{
	struct pair *pair = (struct pair *)s;
	uint32_t which, number = pair_number(pair, connection, &which);
	return number == CONNECTION_NONE ? 0 : stream_unsent_bytes(pair->drivers[which], number);
}

static void pair_shut(struct stream *s, uint32_t connection, bool reset)
{
	struct pair *pair = (struct pair *)s;
	uint32_t which, number = pair_number(pair, connection, &which);
	if (number != CONNECTION_NONE)
		stream_shut(pair->drivers[which], number, reset);
}

static uint16_t pair_listen_port(struct stream *s, uint32_t listener)
{
	struct pair *pair = (struct pair *)s;
	return stream_listen_port(
		pair->drivers[(listener & SECOND_BIT) != 0], listener & ~SECOND_BIT);
}

static bool pair_peer(struct stream *s, uint32_t connection, struct stream_peer *peer)
{
	struct pair *pair = (struct pair *)s;
	uint32_t which, number = pair_number(pair, connection, &which);
	return number != CONNECTION_NONE && stream_peer_of(pair->drivers[which], number, peer);
}

static void pair_close(struct stream *s)
{
	struct pair *pair = (struct pair *)s;
	stream_close(pair->drivers[1]);
	stream_close(pair->drivers[0]);
	memory_return(pair, pair->size_bytes);
}

static bool pair_counts(struct stream *s, struct stream_counts *counts)
{
	const struct pair *pair = (struct pair *)s;
	return stream_get_counts(pair->drivers[0], counts) ||
	       stream_get_counts(pair->drivers[1], counts);
}

static const struct stream_ops pair_ops = {
	.listen = pair_listen,
	.connect = pair_connect,
	.poll = pair_poll,
	.send = pair_send,
	.unsent_bytes = pair_unsent_bytes,
	.shut = pair_shut,
	.listen_port = pair_listen_port,
	.close = pair_close,
	.peer = pair_peer,
	.counts = pair_counts,
};

struct stream *stream_pair_open(
	struct stream *first, struct stream *second, const char *prefix, uint32_t connection_max)
{
	uint32_t rows = numbers_row_count(connection_max);
	size_t size = sizeof(struct pair) + 2 * rows * sizeof(struct number);
	struct pair *pair = memory_take("stream_pair", size);
	CHECK(connection_max >= 1 && strlen(prefix) < sizeof pair->prefix);
	memcpy(pair->prefix, prefix, strlen(prefix) + 1);
	pair->stream.ops = &pair_ops;
	pair->drivers[0] = first;
	pair->drivers[1] = second;
	pair->size_bytes = size;
	struct number *table = (struct number *)(pair + 1);
	numbers_init(&pair->open[0], table, rows);
	numbers_init(&pair->open[1], table + rows, rows);
	return &pair->stream;
}
