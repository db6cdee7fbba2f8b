/* fix_told_test.c - what a strategy of FIX believes of its orders, against a venue that does as it pleases, by a seed.

   The strategy keeps its books as FIX says (volume 4, order state changes): a request is open until one answer comes under
   its own ClOrdID, an order is what the last report under its current ClOrdID said.  After every step each order that
   lives at the gate is believed to live, with the same LeavesQty and CumQty, and none besides; no answer comes twice.
   In between connections break, gates die and accounts are killed.  In the end every request has had its answer.

   SLUICE_SEED plays one seed alone.
   rooms: dataplane_gate */
#include "tests/support/fix_client_rig.h"
#include "tests/support/random_venue.h"

enum { STEPS = 1500, SEEDS = 6, WISH_MAX = 2048, TRADE_MAX = 4096, OPEN_WANTED = 24 };

/* A request, by its ClOrdID; one that was taken is an order's name. */
struct wish {
	char type; /* D G F */
	bool is_answered;
	bool is_alive; /* the current name of an order that lives */
	uint32_t leaves, cum;
};

static struct world {
	struct rig *rig;
	struct random_venue venue;
	uint64_t expected; /* the next MsgSeqNum that it must hear */
	bool has_asked;
	struct wish wishes[WISH_MAX];
	uint32_t wish_count, alive_count, changed_count, refused_late;
	uint32_t chained; /* changes of what a change had told last */
	char trades[TRADE_MAX]
		   [32]; /* of each trade the name of the report that told it last; empty: broken */
	uint32_t trade_count;
} w;

static uint32_t late_count, chained_count;

static uint32_t any(uint32_t below)
{
	return random_any(&w.venue, below);
}

/* --- what it hears --- */

static uint32_t number(uint32_t tag)
{
	return (uint32_t)strtoul(
		fix_text_value(peer.heard[0].bytes, peer.heard[0].size, tag), NULL, 10);
}

static char letter(uint32_t tag)
{
	return fix_text_value(peer.heard[0].bytes, peer.heard[0].size, tag)[0];
}

static struct wish *wish_of(uint32_t tag)
{
	uint32_t id = number(tag);
	assert_true(id >= 1 && id <= w.wish_count);
	return &w.wishes[id - 1];
}

static void answered(struct wish *wish, char type)
{
	assert_int_equal(wish->type, type);
	assert_false(wish->is_answered);
	wish->is_answered = true;
}

static void over(struct wish *order)
{
	assert_true(order->is_alive);
	order->is_alive = false;
	w.alive_count--;
}

static void lives(struct wish *order)
{
	assert_false(order->is_alive);
	order->is_alive = true;
	order->leaves = number(151);
	order->cum = number(14);
	w.alive_count++;
}

static const char *name(uint32_t tag)
{
	return fix_text_value(peer.heard[0].bytes, peer.heard[0].size, tag);
}

static void trade_put(char trade[32], const char *exec)
{
	assert_true(strlen(exec) < 32);
	snprintf(trade, 32, "%s", exec);
}

/* The trade that 19 names, which must be the newest name of one. */
static char *trade_of(void)
{
	for (uint32_t i = w.trade_count; i-- > 0;) {
		if (strcmp(w.trades[i], name(19)) == 0)
			return w.trades[i];
	}
	fail_msg("no report named %s told a trade last", name(19));
	return NULL;
}

static void hear_execution(void)
{
	struct wish *order = wish_of(11);
	assert_int_equal(letter(17), 'F');
	assert_true(w.trade_count < TRADE_MAX);
	trade_put(w.trades[w.trade_count++], name(17));
	assert_true(order->is_alive);
	order->cum += number(32);
	order->leaves = number(151);
	assert_int_equal(number(14), order->cum);
	assert_int_equal(letter(39), order->leaves == 0 ? '2' : '1');
	if (order->leaves == 0)
		over(order);
}

/* By its own name if nobody asked, else by the cancel's. */
static void hear_cancelled(void)
{
	struct wish *order = wish_of(11);
	assert_int_equal(number(151), 0);
	if (letter(41) != '\0') {
		answered(order, 'F');
		order = wish_of(41);
	}
	if (order->type == 'D' && !order->is_answered)
		order->is_answered = true; /* born dead */
	else
		over(order);
}

/* A trade that was broken or corrected: what is open stays so, and what stands is what is told. */
static void hear_second_thought(void)
{
	struct wish *order = wish_of(11);
	char *trade = trade_of();
	bool is_bust = letter(20) == '1' || letter(150) == 'H';
	w.chained += trade[0] == 'R';
	trade_put(trade, is_bust ? "" : name(17));
	assert_true(order->type != 'F' && order->is_answered);
	assert_int_equal(number(151), order->is_alive ? order->leaves : 0);
	assert_true(number(14) <= order->cum);
	order->cum = number(14);
	w.changed_count++;
}

static void hear_report(void)
{
	char type = letter(150);
	bool is_new = letter(20) == '\0' || letter(20) == '0';
	if (!is_new || type == 'G' || type == 'H') {
		hear_second_thought();
	} else if (type == '0') {
		answered(wish_of(11), 'D');
		lives(wish_of(11));
	} else if (type == '8') {
		answered(wish_of(11), 'D');
	} else if (type == '5') {
		answered(wish_of(11), 'G');
		over(wish_of(41));
		lives(wish_of(11));
		if (number(151) == 0) /* replaced, and dead */
			over(wish_of(11));
	} else if (type == '4') {
		hear_cancelled();
	} else if (type == 'D') {
		assert_true(wish_of(11)->is_alive);
		wish_of(11)->leaves = number(151);
	} else if (type == '6') {
		assert_true(wish_of(11)->is_alive);
	} else {
		assert_true(type == 'F' || type == '1' || type == '2');
		hear_execution();
	}
}

static void hear_refused(void)
{
	answered(wish_of(11), number(434) == 1 ? 'F' : 'G');
	w.refused_late += letter(102) == '0';
	/* An order that lives is not told to be over. */
	if (letter(102) == '0')
		assert_false(wish_of(41)->is_alive);
}

/* SLUICE_TRACE=1 shows the conversation. */
static void trace(const char *way, const uint8_t *bytes, uint32_t size)
{
	if (getenv("SLUICE_TRACE") == NULL)
		return;
	printf("%s ", way);
	for (uint32_t i = 0; i < size; i++)
		putchar(bytes[i] == 1 ? '|' : bytes[i]);
	putchar(10), fflush(stdout);
}

static void hear_next(void)
{
	uint32_t sequence = number(34);
	trace("<-", peer.heard[0].bytes, peer.heard[0].size);
	char type = letter(35);
	if (sequence > w.expected && !w.has_asked) {
		char body[64];
		w.has_asked = true;
		snprintf(body, sizeof body, "7=%llu|16=0|", (unsigned long long)w.expected);
		say(w.rig, "2", body);
	}
	if (sequence == w.expected) {
		w.expected++;
		w.has_asked = false;
		if (type == '4')
			w.expected = number(36);
		else if (type == '8')
			hear_report();
		else if (type == '9')
			hear_refused();
		else
			assert_true(type == 'A' || type == '0' || type == '1' || type == '5');
	}
	memmove(peer.heard, peer.heard + 1, --peer.count * sizeof peer.heard[0]);
}

/* --- the strategy --- */

/* Mostly one of the newest names, whatever became of it. */
static uint32_t some_name(void)
{
	uint32_t back = w.wish_count < 30 ? w.wish_count : 30;
	return w.wish_count - any(back);
}

static void step_strategy(void)
{
	static const char tail[] = "21=1|55=AAPL|54=1|60=20250102-14:30:00|";
	char body[160], type[2] = {0};
	uint32_t dice = any(10), original = w.wish_count == 0 ? 0 : some_name();
	if (peer.is_closed || w.wish_count == WISH_MAX)
		return;
	type[0] = dice < 4 || original == 0 ? 'D' : dice < 7 ? 'G' : 'F';
	if (type[0] == 'D' && w.alive_count > OPEN_WANTED)
		type[0] = 'F';
	uint32_t id = ++w.wish_count;
	w.wishes[id - 1] = (struct wish){.type = type[0]};
	if (type[0] == 'D')
		snprintf(body, sizeof body, "11=%u|%s38=%u|40=2|44=163|", id, tail,
			100 * (1 + any(3)));
	else if (type[0] == 'G')
		snprintf(body, sizeof body, "11=%u|41=%u|%s38=%u|40=2|44=162.9|", id, original,
			tail, 100 * (1 + any(4)));
	else
		snprintf(body, sizeof body, "11=%u|41=%u|55=AAPL|54=1|60=20250102-14:30:00|", id,
			original);
	trace(type, (const uint8_t *)body, (uint32_t)strlen(body));
	say(w.rig, type, body);
}

static void back_in(void)
{
	dial(w.rig);
	w.has_asked = false;
	say(w.rig, "A", logon_words());
}

static void step_break(void)
{
	uint32_t dice = any(3);
	if (dice == 0 && w.rig->venue.is_up) {
		random_venue_cuts(&w.venue);
	} else if (dice == 1) {
		stream_shut(w.rig->peer_stream, peer.connection, true);
		rig_poll(w.rig, 1000000);
		back_in();
	} else if (dice == 2) {
		rig_restart(w.rig, false);
		rig_venue_up(w.rig);
		rig_limits(w.rig, NULL);
		rig_market(w.rig, RIG_AAPL, 1630000, 1630200);
		back_in();
	}
}

static void step_stop(void)
{
	const struct fold *fold = w.rig->gate->fold;
	uint32_t index = stop_index(SCOPE_ACCOUNT, RIG_OTHER_ACCOUNT);
	if (fold->latches.states[index] == STATE_ACTIVE) {
		rig_stop(w.rig, SCOPE_ACCOUNT, RIG_OTHER_ACCOUNT, STATE_KILLED);
		return;
	}
	struct mailbox_request request = {.kind = REQUEST_RELEASE};
	request.release = (struct release_record){.scope = SCOPE_ACCOUNT,
		.id = RIG_OTHER_ACCOUNT,
		.latch = fold->latches.rows[index].number};
	assert_int_equal(rig_ask(w.rig, &request)->code, 0);
}

/* --- the two are of one mind --- */

static void check(void)
{
	const struct fold *fold = w.rig->gate->fold;
	uint32_t alive = 0;
	for (uint32_t i = fold->orders.open_head; i != ORDER_NONE; i = fold->orders.slots[i].next) {
		const struct own_order *order = &fold->orders.slots[i];
		const struct id *id = ids_text(&fold->ids, order->session, order->client_ref);
		char name[ID_TEXT_BYTES + 1] = {0};
		memcpy(name, id->text, id->size_bytes);
		uint32_t at = (uint32_t)strtoul(name, NULL, 10);
		assert_true(at >= 1 && at <= w.wish_count);
		const struct wish *wish = &w.wishes[at - 1];
		if (!wish->is_alive) { /* under way */
			assert_false(wish->is_answered);
			continue;
		}
		assert_int_equal(wish->leaves, order->open_qty);
		assert_int_equal(wish->cum, order->standing_qty);
		alive++;
	}
	assert_int_equal(alive, w.alive_count);
}

static void step(void)
{
	uint32_t dice = any(1000);
	if (dice < 10)
		step_break();
	else if (dice < 16)
		step_stop();
	else if (dice < 450)
		step_strategy();
	else
		random_venue_acts(&w.venue);
	rig_poll(w.rig, 3000000);
	while (peer.count > 0)
		hear_next();
	check();
}

static void finish(void)
{
	random_venue_ends(&w.venue);
	rig_poll(w.rig, 3000000);
	while (peer.count > 0)
		hear_next();
	check();
	assert_int_equal(w.alive_count, 0);
	for (uint32_t i = 0; i < w.wish_count; i++) {
		if (!w.wishes[i].is_answered)
			fail_msg("%c %u has no answer", w.wishes[i].type, i + 1);
	}
}

static void site_with_names(struct site_config *site)
{
	site_with_fix(site);
	site->text_id_count = WISH_MAX;
}

static void run(uint64_t seed, enum order_protocol spoken)
{
	static const struct rig_hooks hooks = {
		.others = peer_poll, .site = site_with_names, .event = peer_event};
	void *state;
	open_by(&state, spoken, &hooks);
	w = (struct world){.rig = state, .expected = 2};
	random_venue_join(&w.venue, w.rig, seed);
	for (uint32_t i = 0; i < STEPS; i++)
		step();
	finish();
	print_message(
		"seed %llu: %u requests, %u came too late, %u trades changed, %llu orders passed\n",
		(unsigned long long)seed, w.wish_count, w.refused_late, w.changed_count,
		(unsigned long long)w.rig->gate->fold->orders_passed);
	late_count += w.refused_late;
	chained_count += w.chained;
	rig_close(w.rig);
}

static void play(enum order_protocol spoken)
{
	late_count = chained_count = 0;
	const char *only = getenv("SLUICE_SEED");
	uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;
	for (uint64_t seed = first; seed < first + (only != NULL ? 1 : SEEDS); seed++)
		run(seed, spoken);
	/* What was to be shown was met. */
	assert_true((late_count > 0 && chained_count > 0) || only != NULL);
}

static void a_strategy_of_fix_42_believes_what_is_true(void **state)
{
	(void)state;
	play(ORDERS_FIX42);
}

static void a_strategy_of_fix_44_believes_what_is_true(void **state)
{
	(void)state;
	play(ORDERS_FIX44);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_strategy_of_fix_42_believes_what_is_true),
		cmocka_unit_test(a_strategy_of_fix_44_believes_what_is_true),
	};
	clock_start();
	return !!cmocka_run_group_tests_name("property.fix_told", tests, NULL, NULL);
}
