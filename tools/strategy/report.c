#include "tools/strategy/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

static const char *idle_word(const struct strategy_options *o)
{
	return o->idle == IDLE_SPIN ? "spin" : o->idle == IDLE_YIELD ? "yield" : "nap";
}

static void report_json(json_t *object)
{
	CHECK(object != NULL);
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(object);
}

void report_open(const struct strategy *s)
{
	if (s->options->is_json) {
		report_json(json_pack("{s:s, s:I, s:I, s:I, s:I, s:s}", "type", "open", "pid",
			(json_int_t)s->market.map->pid, "instance", (json_int_t)s->market.instance,
			"symbols", (json_int_t)s->symbol_count, "tapes", (json_int_t)s->tape_count,
			"idle", idle_word(s->options)));
		return;
	}
	printf("market of dataplane pid %" PRIu64 ": %u symbols, %u tapes; idle: %s\n",
		s->market.map->pid, s->symbol_count, s->tape_count, idle_word(s->options));
}

static void report_top(const struct strategy *s, const char *name)
{
	uint32_t index = sluice_symbol(&s->market, name);
	struct sluice_top top = {0};
	const struct strategy_symbol none = {.is_partial = true};
	const struct strategy_symbol *sums = index < s->symbol_count ? &s->symbols[index] : &none;
	bool is_there = sluice_top_read(&s->market, index, &top) != 0;
	uint64_t age_ns = sluice_channel_age_ns(&s->market, top.channel, sluice_now_ns(&s->market));
	if (s->options->is_json) {
		report_json(json_pack(
			"{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:I, s:I, s:b}",
			"type", "top", "symbol", name, "known", is_there, "bid_e4",
			(json_int_t)top.bid_e4, "bid_qty", (json_int_t)top.bid_qty, "ask_e4",
			(json_int_t)top.ask_e4, "ask_qty", (json_int_t)top.ask_qty, "last_e4",
			(json_int_t)top.last_e4, "stale", top.stale != 0, "age_us",
			(json_int_t)(age_ns == UINT64_MAX ? UINT64_C(0) - 1 : age_ns / 1000),
			"prints", (json_int_t)sums->prints, "volume", (json_int_t)sums->volume,
			"print_e4", (json_int_t)sums->last_e4, "whole", !sums->is_partial));
		return;
	}
	printf("%-8s %u at %.4f x %u at %.4f, last %.4f%s; %" PRIu64 " shares in %" PRIu64
	       " prints%s\n",
		name, top.bid_qty, (double)top.bid_e4 / 1e4, top.ask_qty, (double)top.ask_e4 / 1e4,
		(double)top.last_e4 / 1e4, top.stale != 0 ? ", STALE" : "", sums->volume,
		sums->prints, sums->is_partial ? " heard, events are missing" : "");
}

void report_tops(const struct strategy *s)
{
	for (uint32_t i = 0; i < s->options->watched_count; i++)
		report_top(s, s->options->watched[i]);
}

void report_loss(const struct strategy *s, uint32_t tape, uint64_t lost)
{
	if (s->options->is_json)
		report_json(json_pack("{s:s, s:I, s:I, s:I}", "type", "lost", "tape",
			(json_int_t)tape, "events", (json_int_t)lost, "total",
			(json_int_t)s->tapes[tape].lost));
	else
		printf("lost %" PRIu64
		       " events of tape %u: too slow; sums begin anew at the tops\n",
			lost, tape);
}

void report_order(const struct strategy *s, const struct sluice_top *top)
{
	if (s->options->is_json)
		report_json(json_pack("{s:s, s:s, s:I, s:I, s:I}", "type", "order", "symbol",
			s->when.symbol, "number", (json_int_t)s->orders, "bid_e4",
			(json_int_t)top->bid_e4, "ask_e4", (json_int_t)top->ask_e4));
	else
		printf("order %" PRIu64 ": %s at %.4f x %.4f\n", s->orders, s->when.symbol,
			(double)top->bid_e4 / 1e4, (double)top->ask_e4 / 1e4);
}

void report_gone(const struct strategy *s)
{
	if (s->options->is_json)
		report_json(json_pack(
			"{s:s, s:I}", "type", "gone", "instance", (json_int_t)s->market.instance));
	else
		printf("the dataplane is gone; what was read last stays readable\n");
}

static json_t *latency_json(const struct histogram *h)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)h->count, "p50",
		(json_int_t)histogram_percentile(h, 500), "p99",
		(json_int_t)histogram_percentile(h, 990), "p999",
		(json_int_t)histogram_percentile(h, 999), "max", (json_int_t)h->max);
}

static void latency_text(const char *what, const struct histogram *h)
{
	if (h->count > 0)
		printf("%s: p50 %" PRIu64 " ns, p99 %" PRIu64 " ns, p99.9 %" PRIu64
		       " ns, most %" PRIu64 " ns, of %" PRIu64 "\n",
			what, histogram_percentile(h, 500), histogram_percentile(h, 990),
			histogram_percentile(h, 999), h->max, h->count);
}

void report_summary(const struct strategy *s)
{
	uint64_t read = 0, lost = 0, overruns = 0;
	for (uint32_t i = 0; i < s->tape_count; i++) {
		read += s->tapes[i].read;
		lost += s->tapes[i].lost;
		overruns += s->tapes[i].overruns;
	}
	if (s->options->is_json) {
		report_json(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
			"type", "summary", "idle", idle_word(s->options), "events",
			(json_int_t)s->events, "read", (json_int_t)read, "lost", (json_int_t)lost,
			"overruns", (json_int_t)overruns, "losses", (json_int_t)s->losses, "opens",
			(json_int_t)s->opens, "orders", (json_int_t)s->orders, "frame_to_event_ns",
			latency_json(&s->heard_ns), "frame_to_order_ns",
			latency_json(&s->acted_ns)));
		return;
	}
	printf("%" PRIu64 " events read, %" PRIu64 " lost in %" PRIu64 " overruns; %" PRIu64
	       " orders; idle: %s\n",
		s->events, lost, overruns, s->orders, idle_word(s->options));
	latency_text("frame -> event in hand", &s->heard_ns);
	latency_text("frame -> order handed over", &s->acted_ns);
}
