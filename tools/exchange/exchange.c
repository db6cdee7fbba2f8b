#include "tools/exchange/exchange.h"

#include <stdio.h>
#include <stdlib.h>

#include "drivers/machine/clock.h"
#include "tools/exchange/speech.h"

enum { BACKGROUND_PER_TURN = 128 };

#define OPEN_NS 34200000000000ull /* 09:30 */

static void on_publish(void *context, const struct event *event)
{
	struct exchange *x = context;
	tape_event(&x->tape, event);
}

static void on_fill(void *context, const struct match_fill *fill)
{
	struct exchange *x = context;
	desk_on_fill(x->desk, fill);
}

static void on_prevent(void *context, const struct match_prevented *prevented)
{
	static const uint8_t letters[] = {
		[SELF_CANCELS_OLDEST] = 'O', [SELF_CANCELS_NEWEST] = 'W', [SELF_DECREMENTS] = 'D'};
	struct exchange *x = context;
	desk_prevented(x->desk, prevented, letters[x->options.self]);
}

static void on_symbol(void *context, uint16_t locate, uint64_t name)
{
	struct exchange *x = context;
	if (x->symbols[locate] != 0)
		return;
	x->symbols[locate] = name;
	match_symbol(x->match, locate, name);
	desk_symbol(x->desk, locate, name);
}

uint16_t exchange_symbol(struct exchange *x, uint64_t symbol)
{
	uint32_t locate = 1;
	while (locate < SYMBOL_COUNT_MAX && x->symbols[locate] != 0)
		locate++;
	CHECK(locate < SYMBOL_COUNT_MAX);
	on_symbol(x, (uint16_t)locate, symbol);
	return (uint16_t)locate;
}

/* exchange_symbols gives the named symbols locates that the file does not use. */
static bool exchange_symbols(struct exchange *x, struct config_error *error)
{
	uint32_t count = 0;
	background_symbols(&x->background, on_symbol, x);
	for (uint32_t i = 0; i < x->options.symbol_count; i++) {
		uint64_t known;
		if (!refmap_get(&x->desk->locates, x->options.symbols[i], &known))
			known = exchange_symbol(x, x->options.symbols[i]);
		x->desk->terms.tick_e4[known] = x->options.tick_e4[i];
		x->desk->terms.lot[known] = x->options.lot[i];
	}
	for (uint32_t i = 0; i < SYMBOL_COUNT_MAX; i++)
		count += x->symbols[i] != 0;
	if (count == 0)
		snprintf(error->text, sizeof error->text,
			"symbols: found none, expected --symbols A,B or an --itch file that names "
			"some");
	return count > 0;
}

/* exchange_ports makes a port of every user, and one of everybody who hears another's copies. */
static bool exchange_ports(struct exchange *x, struct config_error *error)
{
	const struct options *o = &x->options;
	for (uint32_t i = 0; i < o->user_count; i++)
		desk_user_add(x->desk, o->users[i].name, o->users[i].password, o->users[i].firm);
	for (uint32_t i = 0; i < o->drop_count; i++) {
		const struct options_drop *drop = &o->drops[i];
		uint32_t of = desk_user_named(x->desk, drop->of);
		uint32_t port = desk_user_named(x->desk, drop->name);
		if (of == UINT32_MAX)
			port = UINT32_MAX;
		else if (port == UINT32_MAX)
			port = desk_user_add(x->desk, drop->name, drop->password, "");
		if (port == UINT32_MAX || port == of) {
			snprintf(error->text, sizeof error->text,
				"--drop %s: found no user '%s', or %d users, expected one whose "
				"copies can be heard",
				drop->name, drop->of, DESK_USER_MAX);
			return false;
		}
		desk_copies(x->desk, port, of);
	}
	for (uint32_t i = 0; i < o->speech_count; i++) {
		uint32_t port = desk_user_named(x->desk, o->speeches[i].name);
		if (port == UINT32_MAX) {
			snprintf(error->text, sizeof error->text,
				"--speaks %s: found no such user, expected one of --user or --drop",
				o->speeches[i].name);
			return false;
		}
		bool is_fix = o->speeches[i].speech >= SPEECH_FIX42;
		desk_user_speech(x->desk, port, o->speeches[i].speech);
		if (is_fix)
			fix_door_port(&x->fix, port,
				o->speeches[i].speech == SPEECH_FIX42 ? FIX_42 : FIX_44);
	}
	for (uint32_t i = 0; i < x->desk->user_count; i++) {
		const struct desk_user *user = &x->desk->users[i];
		if (user->ear == NULL && strlen(user->name) > 6) {
			snprintf(error->text, sizeof error->text,
				"user %s: found %zu characters, expected up to 6 where it does not "
				"speak FIX",
				user->name, strlen(user->name));
			return false;
		}
	}
	return true;
}

/* exchange_serve opens the doors for those who missed something, where they are asked for. */
static bool exchange_serve(struct exchange *x, struct config_error *error)
{
	const struct options *o = &x->options;
	if (o->rewind_address[0] != '\0' &&
		!rewind_open(&x->rewind, o->rewind_address, o->rewind_port, error))
		return false;
	if (o->glimpse_address[0] == '\0')
		return true;
	x->glimpse.stream = stream_uring_open(
		GLIMPSE_CLIENT_MAX, GLIMPSE_CLIENT_MAX, GLIMPSE_SEND_BYTES, error);
	if (x->glimpse.stream == NULL)
		return false;
	uint32_t listener =
		stream_listen(x->glimpse.stream, o->glimpse_address, o->glimpse_port, error);
	x->glimpse_port = stream_listen_port(x->glimpse.stream, listener);
	return listener != 0;
}

/* exchange_feed makes the feed and what answers for it. */
static bool exchange_feed(struct exchange *x, struct config_error *error)
{
	const struct options *o = &x->options;
	tape_init(
		&x->tape, o->mold_session, LINE_COUNT_MAX, o->history_max, lines_packet, &x->lines);
	rewind_init(&x->rewind, &x->tape);
	x->rewind.rate_per_s = o->rewind_rate_per_s;
	x->rewind.depth = o->rewind_depth;
	if (o->rewind_count_max > 0)
		x->rewind.count_max = o->rewind_count_max;
	glimpse_init(&x->glimpse, &x->tape, x->match, x->options.glimpse_users,
		x->options.glimpse_user_count);
	x->glimpse.heartbeat_ns = o->heartbeat_ns;
	x->glimpse.timeout_ns = o->timeout_ns;
	for (int i = 0; i < LINE_COUNT_MAX; i++)
		if (o->feed[i] != NULL &&
			!lines_open(&x->lines, i, o->feed[i], o->interface[i], error))
			return false;
	x->tape.ear = unit_hear;
	x->tape.ear_context = &x->unit;
	return unit_open(&x->unit, o, error) && exchange_serve(x, error);
}

/* exchange_fix opens the door for FIX sessions, where it is asked for. */
static bool exchange_fix(struct exchange *x, struct config_error *error)
{
	if (x->options.fix_address[0] == '\0')
		return true;
	x->fix.stream = stream_uring_open(FIX_CLIENT_MAX, FIX_CLIENT_MAX, FIX_SEND_BYTES, error);
	if (x->fix.stream == NULL)
		return false;
	uint32_t listener =
		stream_listen(x->fix.stream, x->options.fix_address, x->options.fix_port, error);
	x->fix_port = stream_listen_port(x->fix.stream, listener);
	return listener != 0;
}

bool exchange_open(struct exchange *x, const struct options *options, struct config_error *error)
{
	const struct match_sink sink = {
		.context = x, .publish = on_publish, .fill = on_fill, .prevent = on_prevent};
	memset(x, 0, sizeof *x);
	lines_init(&x->lines);
	x->rewind.fd = -1;
	x->options = *options;
	unit_init(&x->unit, &x->options);
	x->match = match_open(&sink, options->order_max);
	x->desk = calloc(1, sizeof *x->desk);
	CHECK(x->desk != NULL);
	desk_init(x->desk);
	x->desk->match = x->match;
	x->desk->is_closed = true;
	x->desk->is_counted = options->script != NULL;
	x->desk->terms.rules = options->rules;
	x->desk->is_self_port = options->is_self_port;
	match_self(x->match, options->self);
	fix_door_init(&x->fix, x->desk, options->comp_id);
	x->fix.is_cancel_on_disconnect = options->is_cancel_on_disconnect;
	if (!exchange_ports(x, error))
		return false;
	if (options->itch != NULL && !background_open(&x->background, options->itch, error))
		return false;
	if (!exchange_symbols(x, error))
		return false;
	x->first_exch_ns = options->itch != NULL ? x->background.first_ns : OPEN_NS;
	x->desk->exch_ns = x->first_exch_ns;
	match_now(x->match, x->first_exch_ns);
	if (!exchange_feed(x, error))
		return false;
	if (!exchange_fix(x, error))
		return false;
	x->stream = stream_uring_open(DOOR_CLIENT_MAX, DOOR_CLIENT_MAX, DOOR_SEND_BYTES, error);
	if (x->stream == NULL)
		return false;
	uint32_t listener =
		stream_listen(x->stream, options->listen_address, options->listen_port, error);
	if (listener == 0)
		return false;
	x->port = stream_listen_port(x->stream, listener);
	door_init(&x->door, x->stream, x->desk, options->session);
	x->fix.harms = x->door.harms;
	x->door.heartbeat_ns = options->heartbeat_ns;
	x->door.timeout_ns = options->timeout_ns;
	x->door.is_cancel_on_disconnect = options->is_cancel_on_disconnect;
	x->door.is_second_refused = options->is_second_refused;
	return true;
}

void exchange_close(struct exchange *x)
{
	if (x->stream != NULL)
		stream_close(x->stream);
	if (x->glimpse.stream != NULL)
		stream_close(x->glimpse.stream);
	fix_door_close(&x->fix);
	glimpse_free(&x->glimpse);
	rewind_close(&x->rewind);
	lines_close(&x->lines);
	unit_close(&x->unit);
	tape_free(&x->tape);
	if (x->background.bytes != NULL)
		background_close(&x->background);
	match_close(x->match);
	desk_free(x->desk);
	free(x->desk);
}

static void exchange_say(struct exchange *x, struct event *event, uint16_t locate)
{
	event->locate = locate;
	event->symbol = x->symbols[locate];
	event->exch_ns = x->desk->exch_ns;
	tape_event(&x->tape, event);
}

static void exchange_system(struct exchange *x, uint8_t code)
{
	struct event event = {.kind = EVENT_SYSTEM, .code = code};
	exchange_say(x, &event, 0);
}

void exchange_begin(struct exchange *x, uint64_t now_ns)
{
	if (x->is_open)
		return;
	x->is_open = true;
	x->desk->is_closed = false;
	x->begun_ns = x->rate_ns = now_ns;
	exchange_system(x, 'O');
	for (uint32_t i = 0; i < SYMBOL_COUNT_MAX; i++) {
		struct event event = {.kind = EVENT_DIRECTORY, .qty = 100, .code = 'P'};
		if (x->symbols[i] != 0)
			exchange_say(x, &event, (uint16_t)i);
	}
	for (uint32_t i = 0; i < SYMBOL_COUNT_MAX; i++) {
		struct event event = {.kind = EVENT_STATE,
			.code = (x->desk->halts[i] & DESK_HALT) != 0 ? 'H' : 'T'};
		if (x->symbols[i] != 0)
			exchange_say(x, &event, (uint16_t)i);
	}
	for (uint32_t i = 0; i < SYMBOL_COUNT_MAX; i++) {
		struct event event = {.kind = EVENT_SHORT_SALE,
			.code = x->short_sale[i] != 0 ? x->short_sale[i] : '0'};
		if (x->symbols[i] != 0)
			exchange_say(x, &event, (uint16_t)i);
	}
	exchange_system(x, 'S');
	exchange_system(x, 'Q');
}

bool exchange_halt(struct exchange *x, const char *symbol, bool is_halted)
{
	uint64_t locate;
	struct event event = {.kind = EVENT_STATE, .code = is_halted ? 'H' : 'T'};
	if (strlen(symbol) > 8 || !refmap_get(&x->desk->locates, symbol_pack(symbol), &locate))
		return false;
	desk_halt(x->desk, (uint16_t)locate, DESK_HALT, is_halted);
	if (x->is_open)
		exchange_say(x, &event, (uint16_t)locate);
	return true;
}

void exchange_rate(struct exchange *x, uint64_t rate_per_s, uint64_t now_ns)
{
	x->options.pace = PACE_RATE;
	x->options.rate_per_s = rate_per_s;
	x->rate_ns = now_ns;
	x->rate_messages = x->background.counts.messages;
}

/* exchange_clock moves the venue's clock: as fast as the file is played, else as time goes. */
static void exchange_clock(struct exchange *x, uint64_t now_ns)
{
	if (!x->is_open || x->is_paused || x->desk->is_counted)
		return;
	double times = x->options.pace == PACE_TIMES ? x->options.times : 1;
	uint64_t exch_ns = x->first_exch_ns + (uint64_t)((double)(now_ns - x->begun_ns) * times);
	if (exch_ns > x->desk->exch_ns)
		x->desk->exch_ns = exch_ns;
	match_now(x->match, x->desk->exch_ns);
}

/* exchange_is_due tells whether the background's next message may be played now. */
static bool exchange_is_due(const struct exchange *x, uint64_t exch_ns, uint64_t now_ns)
{
	if (x->budget > 0)
		return true;
	switch (x->options.pace) {
	case PACE_TIMES:
		return exch_ns <= x->desk->exch_ns;
	case PACE_RATE:
		return (double)(x->background.counts.messages - x->rate_messages) <
		       (double)(now_ns - x->rate_ns) * (double)x->options.rate_per_s / 1e9;
	case PACE_STEP:
		return false;
	default:
		return true;
	}
}

static bool exchange_background(struct exchange *x, uint64_t now_ns)
{
	uint64_t exch_ns;
	uint32_t count = 0;
	if (!x->is_open || x->is_paused)
		return false;
	while (count < BACKGROUND_PER_TURN && background_next(&x->background, &exch_ns) &&
		exchange_is_due(x, exch_ns, now_ns)) {
		background_step(&x->background, x->desk, &x->tape);
		x->rate_messages += x->budget > 0; /* a burst is beside the rate */
		x->budget -= x->budget > 0;
		count++;
	}
	return count > 0;
}

bool exchange_turn(struct exchange *x, uint64_t now_ns)
{
	exchange_clock(x, now_ns);
	bool did = door_turn(&x->door, now_ns);
	did |= fix_door_turn(&x->fix, now_ns, clock_wall_ns());
	if (!x->is_open && (x->options.start == START_NOW ||
				   (x->options.start == START_LOGIN &&
					   x->door.counts.logins + x->fix.counts.logons > 0)))
		exchange_begin(x, now_ns);
	did |= exchange_background(x, now_ns);
	did |= door_pump(&x->door, now_ns);
	tape_turn(&x->tape, now_ns);
	lines_due(&x->lines, now_ns);
	did |= lines_stock_turn(&x->lines, now_ns);
	did |= rewind_poll(&x->rewind, now_ns);
	did |= glimpse_turn(&x->glimpse, now_ns);
	did |= unit_turn(&x->unit, now_ns);
	return did;
}

void exchange_stop(struct exchange *x)
{
	x->is_paused = true;
	x->desk->is_closed = true;
	tape_end(&x->tape);
}

void exchange_session(struct exchange *x, const char *name)
{
	struct sequence market = {.count = 0};
	char session[11] = "";
	memcpy(session, name, strnlen(name, sizeof session - 1));
	glimpse_spin(&x->tape, x->match, &market);
	tape_session(&x->tape, session);
	unit_begin(&x->unit);
	exchange_system(x, 'O');
	for (uint64_t n = 1; n <= market.count; n++) {
		uint32_t size;
		const uint8_t *message = sequence_message(&market, n, &size);
		if (message[0] != 'S')
			tape_raw(&x->tape, message, size);
	}
	exchange_system(x, 'S');
	exchange_system(x, 'Q');
	sequence_free(&market);
	x->is_paused = false;
	x->desk->is_closed = false;
}

void exchange_end(struct exchange *x, uint64_t now_ns)
{
	if (x->is_open && !x->tape.is_ended) {
		exchange_system(x, 'M');
		exchange_system(x, 'E');
		exchange_system(x, 'C');
	}
	tape_end(&x->tape);
	glimpse_end(&x->glimpse);
	desk_day_end(x->desk);
	door_pump(&x->door, now_ns);
	door_end(&x->door);
	fix_door_end(&x->fix);
}

bool exchange_is_quiet(struct exchange *x)
{
	struct stream_event events[BURST_COUNT_MAX];
	uint32_t count = stream_poll(x->stream, events, BURST_COUNT_MAX);
	if (x->fix.stream != NULL)
		count += stream_poll(x->fix.stream, events, BURST_COUNT_MAX);
	if (x->glimpse.stream != NULL)
		count += stream_poll(x->glimpse.stream, events, BURST_COUNT_MAX);
	return count == 0;
}
