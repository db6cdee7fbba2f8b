#include "tools/strategy/strategy.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/strategy/report.h"

bool strategy_open(
	struct strategy *s, const struct strategy_options *options, struct config_error *error)
{
	s->options = options;
	if (!s->has_client && options->has_orders) {
		if (!client_open(&s->client, &options->client, error))
			return false;
		s->has_client = true;
	}
	if (sluice_open(&s->market, options->run_directory, "sluice-strategy") != 0) {
		snprintf(error->text, sizeof error->text, "%s", s->market.error);
		return false;
	}
	s->symbol_count = s->market.parts[SLUICE_INSTRUMENTS].count;
	s->symbols = calloc(s->symbol_count + 1, sizeof *s->symbols);
	CHECK(s->symbols != NULL);
	s->tape_count = sluice_tape_count(&s->market);
	if (s->tape_count > FEED_STAGE_COUNT_MAX)
		s->tape_count = FEED_STAGE_COUNT_MAX;
	for (uint32_t i = 0; i < s->tape_count; i++) {
		sluice_tape_join(&s->tapes[i], &s->market, i,
			options->is_oldest ? SLUICE_OLDEST : SLUICE_NEWEST);
		s->lost_seen[i] = 0;
		/* Who comes in the middle of the day has heard only a part of it. */
		if (s->tapes[i].first > 1)
			strategy_lose(s);
	}
	s->when = options->when;
	s->trigger_symbol =
		s->when.is_set ? sluice_symbol(&s->market, s->when.symbol) : SLUICE_NONE;
	s->opens++;
	return true;
}

void strategy_close(struct strategy *s)
{
	sluice_close(&s->market);
	free(s->symbols);
	s->symbols = NULL;
	s->tape_count = 0;
}

void strategy_lose(struct strategy *s)
{
	for (uint32_t i = 0; i < s->symbol_count; i++)
		s->symbols[i].is_partial = true;
}

/* The feed's own word: a symbol, or all of a channel, lost messages. */
static void strategy_doubt(struct strategy *s, const struct sluice_event *event)
{
	for (uint32_t i = 0; i < s->symbol_count; i++)
		if (event->symbol == i ||
			(event->symbol == SLUICE_NONE && s->symbols[i].channel == event->channel))
			s->symbols[i].is_partial = true;
}

/* A print counts towards volume unless the venue says that it does not. */
static void strategy_print(struct strategy_symbol *symbol, const struct sluice_event *event)
{
	if (event->kind == SLUICE_EXECUTE_AT && event->code != 'Y')
		return;
	symbol->prints++;
	symbol->volume += event->kind == SLUICE_CROSS ? event->order : event->qty;
	if (event->price_e4 > 0)
		symbol->last_e4 = event->price_e4;
}

static void strategy_act(struct strategy *s, uint64_t recv_ns)
{
	struct sluice_top top;
	uint64_t now_ns = sluice_now_ns(&s->market);
	if (!sluice_top_read(&s->market, s->trigger_symbol, &top) ||
		!trigger_fires(
			&s->when, &top, sluice_channel_age_ns(&s->market, top.channel, now_ns)) ||
		!s->has_client || s->orders >= s->options->order_max)
		return;
	if (!client_send_order(&s->client, &s->options->then.steps[0]))
		return;
	histogram_add(&s->acted_ns, sluice_now_ns(&s->market) - recv_ns);
	s->orders++;
	report_order(s, &top);
}

void strategy_take(
	struct strategy *s, const struct sluice_event *events, size_t count, uint64_t now_ns)
{
	bool is_touched = false;
	uint64_t touched_ns = 0;
	for (size_t i = 0; i < count; i++) {
		const struct sluice_event *event = &events[i];
		histogram_add(&s->heard_ns, now_ns > event->recv_ns ? now_ns - event->recv_ns : 0);
		if (event->kind == SLUICE_STALE)
			strategy_doubt(s, event);
		if (event->symbol >= s->symbol_count)
			continue;
		struct strategy_symbol *symbol = &s->symbols[event->symbol];
		symbol->channel = event->channel;
		if (event->kind == SLUICE_EXECUTE || event->kind == SLUICE_EXECUTE_AT ||
			event->kind == SLUICE_TRADE || event->kind == SLUICE_CROSS)
			strategy_print(symbol, event);
		if (event->symbol == s->trigger_symbol) {
			is_touched = true;
			touched_ns = event->recv_ns;
		}
	}
	s->events += count;
	/* The top already shows what the last event did: it is looked at once. */
	if (is_touched)
		strategy_act(s, touched_ns);
}

static void strategy_stall(struct strategy *s)
{
	const struct timespec pause = {.tv_sec = (time_t)(s->options->stall_ns / 1000000000u),
		.tv_nsec = (long)(s->options->stall_ns % 1000000000u)};
	if (s->options->stall_events == 0 || s->events / s->options->stall_events <= s->stall_count)
		return;
	s->stall_count = s->events / s->options->stall_events;
	nanosleep(&pause, NULL);
}

size_t strategy_turn(struct strategy *s)
{
	struct sluice_event events[STRATEGY_BATCH];
	size_t total = 0;
	for (uint32_t i = 0; i < s->tape_count; i++) {
		size_t count = sluice_tape_read(&s->tapes[i], events, STRATEGY_BATCH);
		uint64_t now_ns = sluice_now_ns(&s->market);
		uint64_t lost = s->tapes[i].lost - s->lost_seen[i];
		if (UNLIKELY(lost != 0)) {
			s->lost_seen[i] = s->tapes[i].lost;
			s->losses++;
			strategy_lose(s);
			report_loss(s, i, lost);
		}
		strategy_take(s, events, count, now_ns);
		total += count;
	}
	if (s->has_client)
		client_turn(&s->client);
	strategy_stall(s);
	return total;
}
