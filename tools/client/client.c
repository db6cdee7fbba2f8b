#include "tools/client/client.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "drivers/machine/clock.h"
#include "drivers/stream/stream_shm.h"
#include "tools/client/tell.h"

#define HEARTBEAT_NS 1000000000ull
#define QUERY_NS     1000000000ull
#define RETRY_NS     10000000

enum { OPTION_FIRM = 2, OPTION_GROUP = 24, SEND_BYTES = 1 << 20, ORDER_MAX = 1 << 28 };

static bool client_put(struct client *c, enum soup_type type, const uint8_t *payload, uint32_t size)
{
	uint8_t bytes[MESSAGE_BYTES_MAX + SOUP_HEADER_BYTES];
	size = soup_build(bytes, type, payload, size);
	while (c->connection != CONNECTION_NONE) {
		if (stream_send(c->stream, c->connection, bytes, size)) {
			c->sent_ns = clock_now_ns();
			return true;
		}
		client_turn(c);
	}
	return false;
}

static struct client_order *client_slot(struct client *c, uint32_t ref)
{
	CHECK(ref < ORDER_MAX);
	while (ref >= c->order_capacity) {
		uint32_t old = c->order_capacity;
		c->order_capacity = old == 0 ? 1024 : old * 2;
		c->orders = realloc(c->orders, c->order_capacity * sizeof c->orders[0]);
		CHECK(c->orders != NULL);
		memset(c->orders + old, 0, (c->order_capacity - old) * sizeof c->orders[0]);
	}
	return &c->orders[ref];
}

static void client_fill_order(struct client *c, const struct step *step, struct ouch_in *in)
{
	char clordid[32];
	in->qty = step->qty;
	in->price_e4 = step->price_e4;
	in->time_in_force = step->time_in_force;
	in->display = step->display;
	in->iso = 'N';
	snprintf(clordid, sizeof clordid, "%-4.4s%010" PRIu64, c->options.user, ++c->clordid);
	memcpy(in->clordid, clordid, sizeof in->clordid);
	if (step->mpid[0] != '\0') {
		uint8_t firm[4] = {' ', ' ', ' ', ' '};
		memcpy(firm, step->mpid, strlen(step->mpid));
		in->options.present |= 1u << OPTION_FIRM;
		in->options.value[OPTION_FIRM] = load_be32(firm);
	}
	if (step->strategy != 0) {
		in->options.present |= 1u << OPTION_GROUP;
		in->options.value[OPTION_GROUP] = step->strategy;
	}
}

/* client_note keeps that an order was sent; a number sent again keeps its first time. */
static void client_note(struct client *c, uint32_t ref, uint32_t qty, uint32_t original)
{
	struct client_order *order = client_slot(c, ref);
	c->last = ref;
	c->highest = ref > c->highest ? ref : c->highest;
	if (order->is_sent)
		return;
	*order = (struct client_order){.is_sent = true,
		.sent_ns = clock_now_ns(),
		.qty = qty,
		.original = original,
		.is_replacement = original != 0};
	c->unanswered++;
}

bool client_send_order(struct client *c, const struct step *step)
{
	uint8_t bytes[MESSAGE_BYTES_MAX];
	struct ouch_in in = {.type = step->kind == STEP_ENTER     ? 'O'
				     : step->kind == STEP_REPLACE ? 'U'
								  : 'X'};
	uint32_t target = step->ref == SCRIPT_LAST ? c->last : step->ref, ref = c->highest + 1;
	if (step->kind == STEP_CANCEL) {
		in.ref = c->base + target;
		in.qty = step->qty;
		c->cancels++;
	} else {
		client_fill_order(c, step, &in);
		if (step->kind == STEP_ENTER) {
			ref = step->ref != 0 ? step->ref : ref;
			in.side = step->side;
			in.symbol = step->symbol;
			in.capacity = 'P';
			in.cross_type = 'N';
			c->entered++;
		} else {
			in.original_ref = c->base + target;
			c->replaces++;
		}
		in.ref = c->base + ref;
	}
	uint32_t size = ouch50_build_in(bytes, sizeof bytes, &in);
	CHECK(size > 0);
	if (step->kind != STEP_CANCEL)
		client_note(c, ref, step->qty, step->kind == STEP_REPLACE ? target : 0);
	tell_sent(c, &in, step->kind == STEP_CANCEL ? target : ref);
	return client_put(c, SOUP_UNSEQUENCED, bytes, size);
}

static void client_answered(struct client *c, struct client_order *order, uint64_t now_ns)
{
	if (order->answered_ns != 0)
		return;
	order->answered_ns = now_ns;
	c->unanswered--;
	if (order->is_replacement)
		return;
	if (c->rtt_count == c->rtt_capacity) {
		c->rtt_capacity = c->rtt_capacity == 0 ? 1024 : c->rtt_capacity * 2;
		c->rtt_ns = realloc(c->rtt_ns, c->rtt_capacity * sizeof c->rtt_ns[0]);
		CHECK(c->rtt_ns != NULL);
	}
	c->rtt_ns[c->rtt_count++] = now_ns - order->sent_ns;
}

static void client_replaced(
	struct client *c, struct client_order *order, const struct ouch_out *out)
{
	struct client_order *old =
		out->original_ref > c->base && out->original_ref - c->base < c->order_capacity
			? &c->orders[out->original_ref - c->base]
			: NULL;
	c->replaced++;
	order->is_accepted = true;
	order->qty = out->qty;
	if (old != NULL) {
		old->is_replaced = true;
		old->replaced_by = out->ref - c->base;
	}
}

static void client_on_message(
	struct client *c, const uint8_t *bytes, uint32_t size, uint64_t now_ns)
{
	struct ouch_out out;
	if (ouch50_parse_out(bytes, size, &out) != OUCH_OK) {
		c->other++;
		return;
	}
	if (out.type == 'Q' && !c->is_numbered) {
		c->base = out.ref - 1;
		c->is_numbered = true;
	}
	bool is_ours = out.ref > c->base && out.ref - c->base < c->order_capacity &&
		       c->orders[out.ref - c->base].is_sent && out.type != 'Q' && out.type != 'S';
	struct client_order *order = is_ours ? &c->orders[out.ref - c->base] : NULL;
	tell_received(c, &out, order, now_ns);
	if (order == NULL) {
		c->other++;
		return;
	}
	client_answered(c, order, now_ns);
	switch (out.type) {
	case 'A':
		order->is_accepted = true;
		order->qty = out.qty;
		c->accepted++;
		break;
	case 'J':
		order->is_rejected = true;
		order->reject_code = out.reject_code;
		c->rejected++;
		break;
	case 'U':
		client_replaced(c, order, &out);
		break;
	case 'E':
		order->executed += out.qty;
		c->executions++;
		c->executed_shares += out.qty;
		break;
	case 'C':
	case 'D':
		order->canceled += out.qty;
		c->canceled++;
		break;
	default:
		c->other++;
	}
}

static void client_on_packet(struct client *c, const struct soup_packet *packet, uint64_t now_ns)
{
	uint64_t sequence;
	switch (packet->type) {
	case SOUP_LOGIN_ACCEPTED:
		c->is_logged_in = soup_parse_login_accepted(packet, c->options.session, &sequence);
		break;
	case SOUP_LOGIN_REJECTED:
		c->login_reject = packet->payload_bytes > 0 ? (char)packet->payload[0] : '?';
		break;
	case SOUP_SEQUENCED:
		client_on_message(c, packet->payload, packet->payload_bytes, now_ns);
		break;
	default: /* heartbeats and debug; an end of session is followed by the connection's */
		break;
	}
}

static void client_on_bytes(struct client *c, const struct stream_event *event, uint64_t now_ns)
{
	const uint8_t *bytes = event->bytes;
	uint32_t left = event->size_bytes;
	while (left > 0 && c->connection != CONNECTION_NONE) {
		uint32_t room = (uint32_t)sizeof c->bytes - c->used, at = 0;
		uint32_t piece = left < room ? left : room;
		struct soup_packet packet;
		enum soup_verdict verdict;
		memcpy(c->bytes + c->used, bytes, piece);
		c->used += piece;
		bytes += piece;
		left -= piece;
		while ((verdict = soup_parse(c->bytes + at, c->used - at, &packet)) == SOUP_OK) {
			client_on_packet(c, &packet, now_ns);
			at += packet.wire_bytes;
		}
		c->used -= at;
		memmove(c->bytes, c->bytes + at, c->used);
		if (verdict == SOUP_BROKEN || c->used == sizeof c->bytes) {
			stream_shut(c->stream, c->connection, true);
			return;
		}
	}
}

void client_turn(struct client *c)
{
	struct stream_event events[BURST_COUNT_MAX];
	uint32_t count = stream_poll(c->stream, events, BURST_COUNT_MAX);
	uint64_t now_ns = clock_now_ns();
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].kind == STREAM_BYTES) {
			client_on_bytes(c, &events[i], now_ns);
		} else if (events[i].kind == STREAM_CLOSED) {
			c->connection = CONNECTION_NONE;
			c->close_error = events[i].error;
		}
	}
	if (c->is_logged_in && now_ns - c->sent_ns > HEARTBEAT_NS) {
		uint8_t bytes[SOUP_HEADER_BYTES];
		uint32_t size = soup_build(bytes, SOUP_CLIENT_HEARTBEAT, NULL, 0);
		if (c->connection != CONNECTION_NONE)
			stream_send(c->stream, c->connection, bytes, size);
		c->sent_ns = now_ns;
	}
	if (count == 0)
		sched_yield(); /* the gate may live on the same core */
}

/* client_login sends the login once the connection stands; false: closed before it was answered. */
static bool client_login(struct client *c)
{
	uint8_t bytes[SOUP_LOGIN_REQUEST_BYTES];
	struct soup_login login = {.sequence = c->options.sequence};
	memcpy(login.username, c->options.user, sizeof login.username);
	memcpy(login.password, c->options.password, sizeof login.password);
	memcpy(login.session, c->options.session, sizeof login.session);
	uint32_t size = soup_build_login_request(bytes, &login);
	while (c->connection != CONNECTION_NONE &&
		!stream_send(c->stream, c->connection, bytes, size))
		client_turn(c);
	while (c->connection != CONNECTION_NONE && !c->is_logged_in && c->login_reject == 0)
		client_turn(c);
	return c->is_logged_in;
}

/* client_number learns the next free UserRefNum; a side that does not answer has none used. */
static void client_number(struct client *c)
{
	const uint8_t query = 'Q';
	if (c->options.first_ref != 0) {
		c->base = c->options.first_ref - 1;
		return;
	}
	uint64_t until_ns = clock_now_ns() + QUERY_NS;
	client_put(c, SOUP_UNSEQUENCED, &query, 1);
	while (!c->is_numbered && c->connection != CONNECTION_NONE && clock_now_ns() < until_ns)
		client_turn(c);
	c->is_numbered = true;
}

bool client_address_read(struct client_options *options, const char *text)
{
	struct in_addr ip;
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	size_t size = colon == NULL ? 0 : (size_t)(colon - text);
	if (strchr(text, '/') != NULL) {
		size = strlen(text);
		options->port = 0;
	} else {
		unsigned long port = size > 0 ? strtoul(colon + 1, &end, 10) : 0;
		if (size == 0 || colon[1] < '0' || colon[1] > '9' || *end != '\0' ||
			port > UINT16_MAX)
			return false;
		options->port = (uint16_t)port;
	}
	if (size >= sizeof options->address)
		return false;
	memcpy(options->address, text, size);
	options->address[size] = '\0';
	return options->address[size - 1] != '/' &&
	       (options->port == 0 || inet_pton(AF_INET, options->address, &ip) == 1);
}

/* By the kernel's TCP, or through the memory that a dataplane on this machine gives. */
static struct stream *client_stream(const char *address, struct config_error *error)
{
	const struct stream_shm_config shm = {
		.connection_max = 4, .ring_bytes = STREAM_SHM_RING_BYTES_MIN};
	if (strchr(address, '/') != NULL)
		return stream_shm_open(&shm, error);
	return stream_uring_open(4, 4, SEND_BYTES, error);
}

bool client_open(struct client *c, const struct client_options *options, struct config_error *error)
{
	const struct timespec nap = {.tv_nsec = RETRY_NS};
	char port[8] = ""; /* a path has none */
	if (options->port != 0)
		snprintf(port, sizeof port, ":%u", options->port);
	memset(c, 0, sizeof *c);
	c->options = *options;
	c->start_ns = c->sent_ns = clock_now_ns();
	c->clordid = clock_wall_ns() / 1000000 % 100000 * 100000; /* apart from an earlier run's */
	c->stream = client_stream(options->address, error);
	if (c->stream == NULL)
		return false;
	do {
		c->connection = stream_connect(c->stream, options->address, options->port);
		if (!client_login(c) && c->login_reject == 0)
			nanosleep(&nap, NULL);
	} while (!c->is_logged_in && c->login_reject == 0 &&
		 clock_now_ns() - c->start_ns < options->connect_ns);
	if (c->login_reject != 0)
		snprintf(error->text, sizeof error->text,
			"login of '%s': found it refused with %c, expected %s", options->user,
			c->login_reject,
			c->login_reject == 'S' ? "a session that is there; leave out --session"
					       : "the user and password of a session there");
	else if (!c->is_logged_in)
		snprintf(error->text, sizeof error->text,
			"connect to %s%s: found '%s', expected someone listening there",
			options->address, port,
			c->close_error == 0 ? "the connection closed" : strerror(c->close_error));
	if (c->is_logged_in)
		client_number(c);
	return c->is_logged_in;
}

bool client_is(const struct client *c, const struct step *step)
{
	if (step->outcome == OUTCOME_CLOSED)
		return c->connection == CONNECTION_NONE;
	if (step->outcome == OUTCOME_ANSWERS)
		return c->unanswered == 0;
	const struct client_order *order = client_order_of(c, step->ref);
	if (order == NULL)
		return false;
	switch ((enum outcome)step->outcome) {
	case OUTCOME_ACCEPTED:
		return order->is_accepted;
	case OUTCOME_REJECTED:
		return order->is_rejected;
	case OUTCOME_REPLACED:
		/* of the one that was replaced, and of the one that took its place */
		return order->is_replaced || (order->is_replacement && order->is_accepted);
	case OUTCOME_EXECUTED:
		return order->executed > 0;
	case OUTCOME_FILLED:
		return order->executed > 0 && order->executed >= order->qty;
	case OUTCOME_CANCELED:
		return order->canceled > 0 && order->executed + order->canceled >= order->qty;
	case OUTCOME_SILENT:
		return order->answered_ns == 0;
	case OUTCOME_CODE:
		return order->is_rejected && order->reject_code == step->code;
	default:
		return false;
	}
}

void client_logout(struct client *c)
{
	if (c->connection != CONNECTION_NONE) {
		uint64_t until_ns = clock_now_ns() + QUERY_NS;
		client_put(c, SOUP_LOGOUT, NULL, 0);
		while (c->connection != CONNECTION_NONE && clock_now_ns() < until_ns)
			client_turn(c);
	}
	if (c->stream != NULL)
		stream_close(c->stream);
	free(c->orders);
	free(c->rtt_ns);
}
