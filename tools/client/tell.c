#include "tools/client/tell.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/machine/clock.h"

static void tell_price(uint64_t price_e4, char text[32])
{
	snprintf(text, 32, "%llu.%04llu", (unsigned long long)(price_e4 / 10000),
		(unsigned long long)(price_e4 % 10000));
}

static double since_us(uint64_t from_ns, uint64_t to_ns)
{
	return (double)(to_ns - from_ns) / 1000.0;
}

static const char *side_word(uint8_t side)
{
	return side == 'B' ? "buy" : side == 'S' ? "sell" : side == 'T' ? "short" : "short exempt";
}

static void tell_json(json_t *object)
{
	CHECK(object != NULL);
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(object);
}

void tell_sent(const struct client *c, const struct ouch_in *in, uint32_t ref)
{
	char price[32], symbol[9];
	double t_us = since_us(c->start_ns, clock_now_ns());
	if (c->options.is_quiet)
		return;
	tell_price(in->price_e4, price);
	symbol_unpack(in->symbol, symbol);
	if (c->options.is_json) {
		json_t *object = json_pack("{s:f, s:s, s:s%, s:I, s:I, s:I}", "t_us", t_us, "way",
			"sent", "type", (const char *)&in->type, (size_t)1, "ref", (json_int_t)ref,
			"user_ref", (json_int_t)in->ref, "qty", (json_int_t)in->qty);
		if (in->type != 'X')
			json_object_set_new(object, "price", json_string(price));
		if (in->type == 'O') {
			json_object_set_new(object, "side", json_string(side_word(in->side)));
			json_object_set_new(object, "symbol", json_string(symbol));
		}
		tell_json(object);
		return;
	}
	printf("%12.1f us  -> ", t_us);
	if (in->type == 'O')
		printf("enter   %u  %s %u %s at %s%s\n", ref, side_word(in->side), in->qty, symbol,
			price, in->time_in_force == '3' ? " ioc" : "");
	else if (in->type == 'U')
		printf("replace %u by %u  %u at %s\n", in->original_ref - c->base, ref, in->qty,
			price);
	else
		printf("cancel  %u to %u\n", ref, in->qty);
}

static const char *answer_word(uint8_t type)
{
	switch (type) {
	case 'A':
		return "accepted";
	case 'U':
		return "replaced";
	case 'C':
		return "canceled";
	case 'D':
		return "canceled to prevent a self-match";
	case 'E':
		return "executed";
	case 'J':
		return "rejected";
	case 'S':
		return "system event";
	case 'Q':
		return "next number";
	default:
		return "message";
	}
}

static void tell_received_json(const struct client *c, const struct ouch_out *out,
	const struct client_order *order, uint64_t now_ns)
{
	char price[32];
	int64_t ref = (int64_t)out->ref - c->base;
	tell_price(out->price_e4, price);
	json_t *object = json_pack("{s:f, s:s, s:s%, s:s, s:I, s:I, s:I}", "t_us",
		since_us(c->start_ns, now_ns), "way", "received", "type", (const char *)&out->type,
		(size_t)1, "what", answer_word(out->type), "ref", (json_int_t)ref, "user_ref",
		(json_int_t)out->ref, "qty", (json_int_t)out->qty);
	CHECK(object != NULL);
	if (out->price_e4 != 0)
		json_object_set_new(object, "price", json_string(price));
	if (out->type == 'J')
		json_object_set_new(object, "code", json_integer(out->reject_code));
	if (out->type == 'C')
		json_object_set_new(object, "reason", json_stringn((const char *)&out->code, 1));
	if (out->type == 'E')
		json_object_set_new(object, "match", json_integer((json_int_t)out->match));
	if (order != NULL)
		json_object_set_new(
			object, "since_sent_us", json_real(since_us(order->sent_ns, now_ns)));
	tell_json(object);
}

void tell_received(const struct client *c, const struct ouch_out *out,
	const struct client_order *order, uint64_t now_ns)
{
	char price[32];
	if (c->options.is_quiet)
		return;
	if (c->options.is_json) {
		tell_received_json(c, out, order, now_ns);
		return;
	}
	tell_price(out->price_e4, price);
	printf("%12.1f us  <- %s", since_us(c->start_ns, now_ns), answer_word(out->type));
	if (out->type == 'S')
		printf(" %c\n", out->code);
	else if (out->type == 'Q')
		printf(" %u\n", out->ref);
	else {
		printf(" %lld", (long long)out->ref - (long long)c->base);
		if (out->type == 'J')
			printf("  code 0x%04X", out->reject_code);
		if (out->type == 'E')
			printf("  %u at %s", out->qty, price);
		if (out->type == 'A' || out->type == 'U')
			printf("  %u open at %s", out->qty, price);
		if (out->type == 'C')
			printf("  %u, reason %c", out->qty, out->code);
		if (order != NULL)
			printf("  (%.1f us after it was sent)", since_us(order->sent_ns, now_ns));
		putchar('\n');
	}
}

void tell_failure(const struct client *c, const struct step *step, const char *name)
{
	const struct client_order *order = client_order_of(c, step->ref);
	char about[96] = "", found[160] = "no such order";
	if (step->outcome == OUTCOME_CODE)
		snprintf(about, sizeof about, " 0x%04X", step->code);
	if (step->outcome == OUTCOME_ANSWERS || step->outcome == OUTCOME_CLOSED)
		snprintf(found, sizeof found, "%u orders without an answer, session %s",
			c->unanswered, c->connection == CONNECTION_NONE ? "closed" : "open");
	else if (order != NULL)
		snprintf(found, sizeof found,
			"accepted=%d rejected=%d code=0x%04X executed=%u canceled=%u of %u",
			order->is_accepted, order->is_rejected, order->reject_code, order->executed,
			order->canceled, order->qty);
	if (c->options.is_json)
		tell_json(json_pack("{s:f, s:s, s:s, s:i, s:s, s:s}", "t_us",
			since_us(c->start_ns, clock_now_ns()), "way", "failure", "script", name,
			"line", (int)step->line, "expected",
			outcome_name((enum outcome)step->outcome), "found", found));
	fprintf(stderr, "%s:%u: found %s, expected %s%s\n", name, step->line, found,
		outcome_name((enum outcome)step->outcome), about);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static double percentile_us(const struct client *c, uint64_t part, uint64_t of)
{
	if (c->rtt_count == 0)
		return 0;
	uint64_t at = c->rtt_count * part / of;
	return (double)c->rtt_ns[at < c->rtt_count ? at : c->rtt_count - 1] / 1000.0;
}

void tell_summary(struct client *c)
{
	if (c->rtt_count > 0)
		qsort(c->rtt_ns, c->rtt_count, sizeof c->rtt_ns[0], compare);
	double p50 = percentile_us(c, 50, 100), p99 = percentile_us(c, 99, 100);
	double most = percentile_us(c, 1, 1);
	if (c->options.is_json) {
		tell_json(json_pack(
			"{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I,"
			"s:f, s:f, s:f, s:b}",
			"way", "summary", "user", c->options.user, "entered",
			(json_int_t)c->entered, "replaces", (json_int_t)c->replaces, "cancels",
			(json_int_t)c->cancels, "accepted", (json_int_t)c->accepted, "rejected",
			(json_int_t)c->rejected, "replaced", (json_int_t)c->replaced, "executions",
			(json_int_t)c->executions, "executed_shares",
			(json_int_t)c->executed_shares, "canceled", (json_int_t)c->canceled,
			"unanswered", (json_int_t)c->unanswered, "failures",
			(json_int_t)c->failures, "rtt_us_p50", p50, "rtt_us_p99", p99, "rtt_us_max",
			most, "is_connected", c->connection != CONNECTION_NONE));
		return;
	}
	printf("%s: entered %llu, accepted %llu, rejected %llu, replaced %llu, executions %llu "
	       "(%llu shares), "
	       "canceled %llu, unanswered %u; enter to answer p50 %.1f us, p99 %.1f us, most %.1f "
	       "us; "
	       "%u expectations failed\n",
		c->options.user, (unsigned long long)c->entered, (unsigned long long)c->accepted,
		(unsigned long long)c->rejected, (unsigned long long)c->replaced,
		(unsigned long long)c->executions, (unsigned long long)c->executed_shares,
		(unsigned long long)c->canceled, c->unanswered, p50, p99, most, c->failures);
}
